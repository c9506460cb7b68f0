/** What we say of HART-IP, against tshark: every public capture, and the lab's recording. What differs for no known reason fails. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { byFrame, hasCaptures, type Line, linesOf } from "./captures.ts";
import { Tally } from "./tally.ts";
import { type Columns, columnsOf, hasTshark, version } from "./tshark.ts";

const PUBLIC: readonly string[] = ["ITI+ICS-Security-Tools/pcaps/hart/hart_ip.pcap", "ntop+nDPI/tests/cfgs/default/pcap/hart_ip.pcap"];
const RECORDED = fileURLToPath(new URL("../../captures/field-takeover.pcap", import.meta.url));

const FIELDS = [
	"frame.number",
	"icmp.type",
	"hart_ip.version",
	"hart_ip.message_type",
	"hart_ip.message_id",
	"hart_ip.status",
	"hart_ip.transaction_id",
	"hart_ip.msg_length",
	"hart_ip.session_init.inactivity_close_timer",
	"hart_ip.pt.short_addr",
	"hart_ip.pt.long_address",
	"hart_ip.pt.command",
	"hart_ip.pt.response_code",
	"hart_ip.pt.device_status",
	"hart_ip.pt.rsp.expanded_device_type",
	"hart_ip.pt.rsp.device_rev",
	"hart_ip.pt.rsp.software_rev",
	"hart_ip.pt.rsp.device_id",
	"hart_ip.pt.rsp.manufacturer_Id",
	"hart_ip.pt.rsp.pv",
	"hart_ip.pt.rsp.sv",
	"hart_ip.pt.rsp.pv_loop_current",
	"hart_ip.pt.rsp.pv_percent_range",
	"hart_ip.pt.rsp.slot0_device_var",
	"hart_ip.pt.rsp.slot0_device_var_value",
	"hart_ip.pt.rsp.tag",
	"hart_ip.pt.rsp.message",
	"hart_ip.pt.rsp.device_sp_status",
	"hart_ip.pt.rsp.pv_upper_range_value",
] as const;
type Row = Columns<(typeof FIELDS)[number]>;
type Said = Record<string, readonly (number | string)[]>;

const REASON = {
	icmp: "theirs: a message that an error of ICMP quotes is dissected again",
	direct: "theirs: tshark takes no direct PDU for a message",
	embedded:
		"theirs: of a command that is passed on tshark shows the outer command and status beside the inner; the data of the inner it does not read",
	fewer: "theirs: of command 3 tshark reads an answer with all four variables alone",
	broken: "theirs: a wrong check octet is not noticed",
} as const;

const TYPES = ["request", "response", "publish"];
const IDS = ["session initiate", "session close", "keep alive", "token-passing PDU", "direct PDU"];
const present = (values: readonly unknown[]): (number | string)[] =>
	values.filter((value): value is number | string => value !== undefined);
const numbers = (values: readonly string[]): number[] => values.map(Number);
/** As numbers of 32 bits; what is not a number is not said. */
const floats = (values: readonly string[]): number[] =>
	values
		.map(Number)
		.filter((value) => Number.isFinite(value))
		.map(Math.fround);
const hex = (text: string): string => text.replaceAll(":", "").toLowerCase();

function ours(lines: readonly Line[]): Said {
	const [line] = lines as [Line];
	const answers = lines.filter(({ responseCode }) => responseCode !== undefined);
	const valuesOf = (code: number): number[] =>
		present(
			answers.flatMap((one) =>
				(one.variables ?? []).filter((each: { code: number }) => each.code === code).map((each: { value?: number }) => each.value),
			),
		).map((value) => Math.fround(Number(value)));
	const long = lines.filter(({ deviceId, carrier }) => deviceId !== undefined && carrier !== 77);
	return {
		version: [line.version],
		type: [TYPES.indexOf(line.messageType)],
		id: [IDS.indexOf(line.messageId)],
		status: [line.status],
		sequence: [line.sequence],
		length: [line.length],
		timer: present([line.inactivityTimer]),
		polling: present(lines.filter(({ carrier }) => carrier === undefined).map(({ pollingAddress }) => pollingAddress)),
		// Without the bits of master and burst mode, which are part of theirs.
		device: long.map(({ deviceType, deviceId }) => `${deviceType}${deviceId}`.toLowerCase()),
		command: present(lines.map(({ commandNumber }) => commandNumber)),
		responseCode: answers.map(({ responseCode }) => responseCode),
		deviceStatus: answers.map(({ deviceStatusCode }) => deviceStatusCode),
		deviceType: present(answers.map(({ expandedDeviceType }) => expandedDeviceType)),
		deviceRevision: present(answers.map(({ deviceRevision }) => deviceRevision)),
		softwareRevision: present(answers.map(({ softwareRevision }) => softwareRevision)),
		deviceNumber: present(answers.map(({ deviceNumber }) => deviceNumber)),
		manufacturer: present(answers.map(({ manufacturer }) => manufacturer)),
		pv: answers.some(({ commandNumber }) => commandNumber === 9) ? [] : valuesOf(246),
		sv: valuesOf(247),
		loopCurrent: answers.some(({ commandNumber }) => commandNumber === 9 || commandNumber === 40) ? [] : valuesOf(245),
		percentRange: valuesOf(244),
		slot0: present(answers.filter(({ commandNumber }) => commandNumber === 9).map(({ variables }) => variables?.[0]?.code)),
		slot0Value: present(answers.filter(({ commandNumber }) => commandNumber === 9).map(({ variables }) => variables?.[0]?.value)).map(
			(value) => Math.fround(Number(value)),
		),
		tag: present(lines.map(({ tag, longTag }) => tag ?? longTag)),
		message: present(answers.map(({ message }) => message)),
		deviceSpecificStatus: present(answers.map(({ deviceSpecificStatus }) => deviceSpecificStatus)),
		upperRange: present(answers.map(({ upperRange, commandNumber }) => (commandNumber === 15 ? upperRange : undefined))).map((value) =>
			Math.fround(Number(value)),
		),
	};
}

const theirs = (row: Row): Said => ({
	version: numbers(row["hart_ip.version"]),
	type: numbers(row["hart_ip.message_type"]),
	id: numbers(row["hart_ip.message_id"]),
	status: numbers(row["hart_ip.status"]),
	sequence: numbers(row["hart_ip.transaction_id"]),
	length: numbers(row["hart_ip.msg_length"]),
	timer: numbers(row["hart_ip.session_init.inactivity_close_timer"]),
	polling: numbers(row["hart_ip.pt.short_addr"]),
	device: row["hart_ip.pt.long_address"].map((text) => {
		const address = hex(text);
		return ((Number.parseInt(address.slice(0, 2), 16) & 0x3f).toString(16).padStart(2, "0") + address.slice(2)).toLowerCase();
	}),
	command: numbers(row["hart_ip.pt.command"]),
	responseCode: numbers(row["hart_ip.pt.response_code"]),
	deviceStatus: numbers(row["hart_ip.pt.device_status"]),
	deviceType: numbers(row["hart_ip.pt.rsp.expanded_device_type"]),
	deviceRevision: numbers(row["hart_ip.pt.rsp.device_rev"]),
	softwareRevision: numbers(row["hart_ip.pt.rsp.software_rev"]),
	deviceNumber: row["hart_ip.pt.rsp.device_id"].map((text) => Number.parseInt(hex(text), 16)),
	manufacturer: numbers(row["hart_ip.pt.rsp.manufacturer_Id"]),
	pv: floats(row["hart_ip.pt.rsp.pv"]),
	sv: floats(row["hart_ip.pt.rsp.sv"]),
	loopCurrent: floats(row["hart_ip.pt.rsp.pv_loop_current"]),
	percentRange: floats(row["hart_ip.pt.rsp.pv_percent_range"]),
	slot0: numbers(row["hart_ip.pt.rsp.slot0_device_var"]),
	slot0Value: floats(row["hart_ip.pt.rsp.slot0_device_var_value"]),
	tag: row["hart_ip.pt.rsp.tag"].map((text) => text.trimEnd()),
	message: row["hart_ip.pt.rsp.message"],
	deviceSpecificStatus: row["hart_ip.pt.rsp.device_sp_status"].map(hex),
	upperRange: floats(row["hart_ip.pt.rsp.pv_upper_range_value"]),
});

/** `alter` may change our lines, to prove that a difference is seen. */
async function compare(capture: string, alter: (line: Line) => void = () => {}): Promise<Tally> {
	const tally = new Tally(capture, `tshark ${version}`);
	const lines = (await linesOf(capture, ["hart-ip"])).filter(({ kind }) => kind !== "unanswered");
	lines.forEach(alter);
	const mine = byFrame(lines);
	for (const row of await columnsOf(capture, "hart_ip", FIELDS)) {
		const frame = Number(row["frame.number"][0]);
		const own = mine.get(frame);
		mine.delete(frame);
		if (own === undefined && row["icmp.type"].length > 0) {
			tally.because([REASON.icmp]);
			continue;
		}
		tally.saw("theirs", "message");
		if (own === undefined) {
			tally.differs(`frame ${frame}: only tshark sees HART-IP`);
			continue;
		}
		tally.saw("ours", "message");
		const said = ours(own);
		const peer = theirs(row);
		const names = Object.keys(said).filter((name) => said[name]!.join() !== peer[name]!.join());
		const isEmbedded = own[0]!.carrier === 77;
		const isBroken = own[0]!.violation === "checksum";
		const reasons = names.map((name) => {
			if (isBroken && said[name]!.length === 0) return REASON.broken;
			if (isEmbedded && ["polling", "command", "device", "responseCode", "deviceStatus"].includes(name)) return REASON.embedded;
			if (own[0]!.commandNumber === 3 && own[0]!.variables?.length < 5 && peer[name]!.length === 0) return REASON.fewer;
			return undefined;
		});
		if (names.length === 0) tally.same();
		else if (reasons.every((reason) => reason !== undefined)) tally.because([...new Set(reasons as string[])]);
		else
			tally.differs(
				`frame ${frame}: ${names.map((name) => `${name}: ours ${said[name]!.join()}, tshark ${peer[name]!.join()}`).join("; ")}`,
			);
	}
	for (const [frame, [line]] of mine)
		tally.count(line!.messageId === "direct PDU" ? REASON.direct : undefined, `frame ${frame}: only we see HART-IP`);
	return tally;
}

describe.skipIf(!hasTshark)("HART-IP against tshark", () => {
	it.each([...(hasCaptures ? PUBLIC : []), RECORDED])("says the same of %s", { timeout: 120_000 }, async (capture) => {
		const tally = await compare(capture);
		expect(tally.examples).toEqual([]);
		expect(tally.messages.ours).toBe(tally.messages.theirs);
		expect(tally.equal).toBeGreaterThan(20);
	});

	it.each<[string, (line: Line) => boolean]>([
		["a sequence number", (line) => (line.sequence += 1) > 0],
		["a command", (line) => line.commandNumber !== undefined && (line.commandNumber += 1) > 0],
		["a value", (line) => line.responseCode !== undefined && line.commandNumber === 1 && (line.variables[0].value += 1) > 0],
	])("sees %s that is wrong", { timeout: 120_000 }, async (_, alter) => {
		let isDone = false;
		const tally = await compare(RECORDED, (line) => {
			if (!isDone) isDone = alter(line);
		});
		expect(tally.unexplained).toBe(1);
	});
});
