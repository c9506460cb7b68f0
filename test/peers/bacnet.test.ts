/** What we say of BACnet/IP, message by message against tshark in every public capture that has some and in the lab's recording, and row by row against the logs of ICSNPP. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { messageName } from "../../protocols/bacnet/codes.ts";
import { ERROR_CODES, OBJECT_TYPES, PROPERTIES } from "../../protocols/bacnet/names.ts";
import { vendorName } from "../../protocols/bacnet/vendors.ts";
import { bvlc } from "../protocols/bacnetSamples.ts";
import { join as bytesOf } from "../support/decoderHarness.ts";
import { pcapHeader, pcapRecord } from "../support/pcapBuilder.ts";
import { ethernet, ipv4, udp } from "../wire/frameBuilder.ts";
import { byFrame, capturesOf, hasCaptures, type Line, linesOf } from "./captures.ts";
import { columnsOf, hasTshark } from "./tshark.ts";
import { type Row, rowsOf, UNSET } from "./zeekLog.ts";

const RECORDED = fileURLToPath(new URL("../../captures/building-takeover.pcap", import.meta.url));
const EXAMPLE = "cisagov+icsnpp-bacnet/testing/traces/bacnet_example.pcap";
const LOGS = "cisagov+icsnpp-bacnet/testing/baseline/analyzer.basic/";

const FIELDS = [
	"frame.number",
	"bvlc.function",
	"bvlc.result",
	"bvlc.reg_ttl",
	"bvlc.fwd_ip",
	"bacnet.dnet",
	"bacnet.snet",
	"bacnet.hopc",
	"bacnet.mesgtyp",
	"bacapp.type",
	"bacapp.invoke_id",
	"bacapp.confirmed_service",
	"bacapp.unconfirmed_service",
	"bacapp.sequence_number",
	"bacapp.objectType",
	"bacapp.instance_number",
	"bacapp.property_identifier",
	"bacapp.error_class",
	"bacapp.error_code",
	"bacapp.vendor_identifier",
	"bacapp.present_value.real",
] as const;
type Field = (typeof FIELDS)[number];
const BVLC = [
	"BVLC-Result",
	"Write-Broadcast-Distribution-Table",
	"Read-Broadcast-Distribution-Table",
	"Read-Broadcast-Distribution-Table-Ack",
	"Forwarded-NPDU",
	"Register-Foreign-Device",
	"Read-Foreign-Device-Table",
	"Read-Foreign-Device-Table-Ack",
	"Delete-Foreign-Device-Table-Entry",
	"Distribute-Broadcast-To-Network",
	"Original-Unicast-NPDU",
	"Original-Broadcast-NPDU",
	"Secured-BVLL",
];
const PDUS = ["CONFIRMED_REQUEST", "UNCONFIRMED_REQUEST", "SIMPLE_ACK", "COMPLEX_ACK", "SEGMENT_ACK", "ERROR", "REJECT", "ABORT"];
const CLASSES = ["device", "object", "property", "resources", "security", "services", "vt", "communication"];

interface Item {
	objectType: string;
	instanceNumber: number;
	property?: string;
	type?: string;
	value?: unknown;
	values?: { type: string; value: unknown }[];
	errorClass?: string;
	errorCode?: string;
}
const itemsOf = (line: Line): Item[] => line.objects ?? [];
const valuesOf = ({ type, value, values }: Item): { type: string; value: unknown }[] =>
	values ?? (type === undefined ? [] : [{ type, value }]);

/** Objects in the order in which they stand in the message: each once where several of its properties follow, those among the values too. */
function objectsOf(line: Line): string[] {
	const objects: string[] = [line.initiatingDevice ?? line.sourceDevice ?? []].flat();
	if (line.service === "i-Have") objects.push(line.device);
	let before = "";
	for (const item of itemsOf(line)) {
		const object = `${item.objectType},${item.instanceNumber}`;
		if (object !== before) objects.push(object);
		before = object;
		for (const { type, value } of valuesOf(item)) if (type === "object-identifier") objects.push(String(value));
	}
	return objects;
}

/** What of a message is compared, in our words. */
function ours(line: Line): Record<string, unknown> {
	const items = itemsOf(line);
	return {
		function: line.bvlcFunction,
		timeToLive: line.timeToLive,
		origin: line.origin?.ip,
		// tshark has one name for where a message goes and for the networks that it is about.
		dnet: line.dnet ?? line.networks?.[0],
		message: line.networkMessage,
		snet: line.snet,
		hopCount: line.hopCount,
		pdu: line.pduType,
		invokeId: line.invokeId,
		service: line.pduType === "REJECT" || line.pduType === "ABORT" ? undefined : line.serviceChoice,
		objects: objectsOf(line),
		properties: items.flatMap(({ property }) => property ?? []),
		errors: [line, ...items].flatMap(({ errorClass, errorCode }) => (errorClass === undefined ? [] : [`${errorClass}/${errorCode}`])),
		vendor: line.vendorId,
		reals: items
			.filter(({ property }) => property === "present-value")
			.flatMap(valuesOf)
			.filter(({ type }) => type === "real")
			.map(({ value }) => Math.fround(value as number)),
	};
}

function theirs(row: Record<Field, string[]>): Record<string, unknown> {
	const number = (field: Field): number | undefined => (row[field][0] === undefined ? undefined : Number(row[field][0]));
	const types = row["bacapp.objectType"];
	const errorCodes = row["bacapp.error_code"];
	return {
		function: BVLC[number("bvlc.function")!],
		timeToLive: number("bvlc.reg_ttl"),
		origin: row["bvlc.fwd_ip"][0],
		dnet: number("bacnet.dnet"),
		message: number("bacnet.mesgtyp") === undefined ? undefined : messageName(number("bacnet.mesgtyp")!),
		snet: number("bacnet.snet"),
		hopCount: number("bacnet.hopc"),
		pdu: number("bacapp.type") === undefined ? undefined : PDUS[number("bacapp.type")!],
		invokeId: number("bacapp.invoke_id"),
		service: number("bacapp.confirmed_service") ?? number("bacapp.unconfirmed_service"),
		objects: types.map((type, at) => `${OBJECT_TYPES.get(Number(type)) ?? `object-type-${type}`},${row["bacapp.instance_number"][at]}`),
		properties: row["bacapp.property_identifier"].map((property) => PROPERTIES.get(Number(property)) ?? `property-${property}`),
		errors: row["bacapp.error_class"].map((one, at) => `${CLASSES[Number(one)]}/${ERROR_CODES.get(Number(errorCodes[at]))}`),
		vendor: number("bacapp.vendor_identifier"),
		reals: row["bacapp.present_value.real"].map(Number).map(Math.fround),
	};
}

/** Why a field is not the same. Ours being wrong is no reason: that is mended. */
function reasonFor(field: string, line: Line): string | undefined {
	const isInside = itemsOf(line).some((item) => valuesOf(item).some(({ type }) => type === "constructed" || type === "context"));
	return field === "objects" && isInside ? "either: what is in a tagged value is octets to us, and an object to tshark" : undefined;
}

interface Compared {
	equal: number;
	explained: number;
	different: string[];
}

/** `alter` may change our lines, to prove that a difference is seen. */
async function compared(capture: string, alter: (line: Line) => void = () => {}): Promise<Compared> {
	const rows = await columnsOf(capture, "bvlc", FIELDS);
	const said = (await linesOf(capture, ["bacnet"])).filter(({ kind }) => kind !== "unanswered");
	said.forEach(alter);
	const lines = byFrame(said);
	let explained = 0;
	const different: string[] = [];
	let equal = 0;
	for (const row of rows) {
		const frame = Number(row["frame.number"][0]);
		const [line] = lines.get(frame) ?? [];
		lines.delete(frame);
		if (line === undefined) {
			different.push(`frame ${frame}: only tshark sees a message`);
			continue;
		}
		const mine = ours(line);
		const peer = theirs(row);
		const fields = Object.keys(mine).filter((key) => JSON.stringify(mine[key]) !== JSON.stringify(peer[key]));
		if (fields.length === 0) equal++;
		else if (fields.every((field) => reasonFor(field, line) !== undefined)) explained++;
		else
			different.push(
				`frame ${frame}: ${fields.map((key) => `${key}: ours ${JSON.stringify(mine[key])}, tshark ${JSON.stringify(peer[key])}`).join("; ")}`,
			);
	}
	for (const frame of lines.keys()) different.push(`frame ${frame}: only we see a message`);
	return { equal, explained, different };
}

describe.skipIf(!hasTshark)("BACnet against tshark", () => {
	it("says the same of the lab's recording", async () => {
		expect(await compared(RECORDED)).toEqual({ equal: 135, explained: 0, different: [] });
	});

	it.skipIf(!hasCaptures)("says the same of every public capture", { timeout: 180_000 }, async () => {
		const all: Compared[] = [];
		for (const capture of capturesOf("BACnet")) all.push(await compared(capture));
		expect(all.flatMap(({ different }) => different)).toEqual([]);
		expect([all.reduce((sum, { equal }) => sum + equal, 0), all.reduce((sum, { explained }) => sum + explained, 0)]).toEqual([4338, 2]);
	});

	it("sees one altered value", async () => {
		const { different } = await compared(RECORDED, (line) => {
			if (line.frame === 40) line.invokeId++;
		});
		expect(different).toHaveLength(1);
	});
});

/** Services that no capture has, as requests of clause 13 to 17 written out. */
const WRITTEN_OUT = [
	"0005 01 00 0901 1c00000003 2903 3e 1905 3f 4b 006869 5e 1906 5f",
	"0005 01 02 0901 1c020004d2 2c00000003 3e 1905 3f 4905 5964 6905 7b 006869 8900 9901 a900 b903 ce 5e 0c42c80000 1a0400 2c3f800000 3c42b40000 5f cf",
	"0005 01 03",
	"0005 01 05 0912 1c00000003 2901 393c",
	"0005 01 06 c402800001 0e 3100 221000 0f",
	"30 01 06 11 0e 3100 64deadbeef 0f",
	"0005 01 07 c402800001 0e 3100 64deadbeef 0f",
	"0005 01 08 0c03c00001 1966 3e 2105 3f",
	"0005 01 0a 0e 1c05000005 0f",
	"0005 01 0b c405000005",
	"0005 01 0e 0c020004d2 1e 094d 0946 1f 0c00000003 1e 0955 1f",
	"30 01 0e 0c020004d2 1e 294d 4e 7505 00 41485531 4f 2946 5e 9102 9120 5f 1f",
	"0005 01 10 0c00400001 1e 0955 2e 44 425c0000 2f 3908 1f",
	"0005 01 11 0905 1901 2d09 0066696c6973746572",
	"0005 01 12 0905 1901 2e 2105 2f",
	"0005 01 13 0c020004d2 2900 3c 006d6178",
	"0005 01 14 0901 1d09 0066696c6973746572",
	"0005 01 15 9100 2101",
	"0005 01 1a 0c05000001 1983 3e 2101 310a 3f",
	"0005 01 1b 0901 1c 006d6178 2901 3c05400001",
	"0005 01 1c 0912 1c00000003 2900 393c 4e 0955 4f 5c3f800000",
	"0005 01 1d",
	"10 01 c4020004d2 c400000003 74 006d6178",
	"10 03 0901 1c020004d2 2c00000003 3e 1905 3f 4905 5964 6905 8900 9901 a900 b903",
	"10 06 a47e0b1c06 b40a141e28",
	"10 07 2c00000003",
	"10 07 3c 006d6178",
	"10 08 0905 1a04d2",
	"10 09 a47e0b1c06 b40a141e28",
	"10 0a 0901 1908 2e 0901 2105 2f",
	"40 01 00 04",
	"50 01 0f 9102 9128",
	"60 01 09",
	"71 01 04",
].map((apdu) => bvlc(0x0a, `01 04 ${apdu}`));
const NETWORK = [
	"00 07d1",
	"01 07d1 07d2",
	"02 07d1 00",
	"03 01 07d1",
	"04 07d1",
	"05 07d1",
	"06 01 07d1 01 00",
	"07",
	"08 07d1 05",
	"09 07d1",
	"12",
	"13 07d1 01",
].map((message) => bvlc(0x0a, `01 80 ${message}`));
const TABLES: readonly (readonly [number, string])[] = [
	[0, "0030"],
	[1, "0a000002bac0ffffffff"],
	[2, ""],
	[3, "0a000002bac0ffffffff"],
	[5, "003c"],
	[6, ""],
	[7, "0a000001bac0003c0050"],
	[8, "0a000001bac0"],
];

describe.skipIf(!hasTshark)("BACnet written out, against tshark", () => {
	const folder = mkdtempSync(join(tmpdir(), "bacnet-"));
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	it("says the same of services, network messages and tables", async () => {
		const messages = [...WRITTEN_OUT, ...NETWORK, ...TABLES.map(([code, body]) => bvlc(code, body))];
		const records = messages.map((bytes, index) => {
			const datagram = udp(Array.from(bytes), { from: 47808, to: 47808 });
			return pcapRecord(
				1_700_000_000 + index,
				0,
				ethernet(0x0800, ipv4(17, datagram, { source: "10.0.0.1", destination: "10.0.0.2", id: index })),
			);
		});
		const file = join(folder, "services.pcap");
		writeFileSync(file, bytesOf(pcapHeader(), ...records));
		expect(await compared(file)).toEqual({ equal: messages.length, explained: 0, different: [] });
	});
});

const columns = (row: Row, names: readonly string[]): string => names.map((name) => row[name]).join(" | ");
const sorted = (rows: readonly string[]): string[] => [...rows].sort();
/** Who sent a message: of a line without it, the client asked and the server answered. */
const ENDS = ["source_h", "source_p", "destination_h", "destination_p"];
const isFromServer = ({ kind, service }: Line): boolean => kind === "response" || kind === "error" || service === "i-Am";
const endsOf = (line: Line): string => {
	const [from, to] = isFromServer(line) ? [line.server, line.client] : [line.client, line.server];
	return [from.ip, from.port, to.ip, to.port].join(" | ");
};
/** `readProperty` as ICSNPP writes it, with a sign between the words. */
const worded = (service: string, sign: string): string =>
	service
		.replace(/([a-z])([A-Z])/g, `$1${sign}$2`)
		.replace(/-/g, sign)
		.toLowerCase();
/** C rounds half to even, and this language up: less digits than ICSNPP writes are the same in both. */
const rounded = (value: number): string => value.toFixed(4);
const valueText = ({ type, value }: { type?: string; value?: unknown }): string =>
	type === "real" ? rounded(Math.fround(value as number)) : value === undefined ? UNSET : String(value);

describe.skipIf(!hasCaptures)("BACnet against the logs of ICSNPP", () => {
	it("has the same messages, properties and announcements", async () => {
		const lines = (await linesOf(EXAMPLE, ["bacnet"])).filter(({ kind }) => kind !== "unanswered");
		const messages = lines.map((line) =>
			[
				endsOf(line),
				String(line.bvlcFunction).replaceAll("-", "_"),
				line.pduType === "ERROR" ? "ERROR_PDU" : line.pduType,
				worded(line.service, "_"),
				line.invokeId ?? UNSET,
				line.errorCode ?? UNSET,
			].join(" | "),
		);
		const wanted = rowsOf(`${LOGS}bacnet.log`).map((row) =>
			columns(row, [...ENDS, "bvlc_function", "pdu_type", "pdu_service", "invoke_id", "result_code"]),
		);
		expect(sorted(messages)).toEqual(sorted(wanted));
		expect(wanted).toHaveLength(3257);

		const properties = lines
			.filter(({ service }) => service === "readProperty")
			.flatMap((line) =>
				itemsOf(line).map((item) =>
					[
						endsOf(line),
						line.invokeId,
						`read-property-${line.kind === "response" ? "ack" : line.kind}`,
						item.objectType,
						item.instanceNumber,
						item.property,
						UNSET,
						valueText(item),
					].join(" | "),
				),
			);
		const propertyRows = rowsOf(`${LOGS}bacnet_property.log`).map(({ value, ...row }) =>
			columns({ ...row, value: row.property === "present-value" && value !== UNSET ? rounded(Number(value)) : value! }, [
				...ENDS,
				"invoke_id",
				"pdu_service",
				"object_type",
				"instance_number",
				"property",
				"array_index",
				"value",
			]),
		);
		expect(sorted(properties)).toEqual(sorted(propertyRows));
		expect(propertyRows).toHaveLength(2800);

		const found = lines
			.filter(({ kind }) => kind === "unconfirmed")
			.map((line) => [endsOf(line), worded(line.service, "-"), itemsOf(line)[0]?.instanceNumber ?? UNSET].join(" | "));
		const foundRows = rowsOf(`${LOGS}bacnet_discovery.log`).map((row) => columns(row, [...ENDS, "pdu_service", "instance_number"]));
		expect(sorted(found)).toEqual(sorted(foundRows));
		expect(foundRows).toHaveLength(217);
	});

	/** The register of vendors changes: names are taken over, shortened and mended. */
	it("names the same vendors, as far as their names are still the same", async () => {
		const names = new Map<number, string>();
		for (const { vendorId, service, objects } of await linesOf(EXAMPLE, ["bacnet"]))
			if (service === "i-Am") names.set(objects[0].instanceNumber, vendorName(vendorId) ?? "");
		const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, "");
		const rows = rowsOf(`${LOGS}bacnet_discovery.log`).filter(({ pdu_service }) => pdu_service === "i-am");
		const same = rows.filter(({ instance_number, vendor }) => plain(names.get(Number(instance_number))!) === plain(vendor!));
		expect(same.length / rows.length).toBeGreaterThan(0.8);
	});
});
