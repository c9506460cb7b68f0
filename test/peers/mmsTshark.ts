/** MMS, frame by frame against tshark: PDUs, services, invoke ids, names, and the values of their data. */
import { fileURLToPath } from "node:url";
import { serviceName, unconfirmedName } from "../../protocols/mms/codes.ts";
import { byFrame, type Line, linesOf } from "./captures.ts";
import { Tally } from "./tally.ts";
import { type Columns, columnsOf, version } from "./tshark.ts";

export const RECORDED = fileURLToPath(new URL("../../captures/substation-attack.pcap", import.meta.url));

const FIELDS = [
	"frame.number",
	"mms.confirmedServiceRequest",
	"mms.confirmedServiceResponse",
	"mms.unconfirmedService",
	"mms.invokeID",
	"mms.originalInvokeID",
	"mms.domainId",
	"mms.itemId",
	"mms.Identifier",
	"mms.vendorName",
	"mms.modelName",
	"mms.revision",
	"mms.FileName_item",
	"mms.integer",
	"mms.unsigned",
	"mms.boolean",
	"mms.floating_point",
	"mms.data.visible-string",
	"mms.failure",
	"mms.localDetailCalling",
	"mms.localDetailCalled",
	"mms.errorClass",
	"mms.rejectReason",
] as const;
type Row = Columns<(typeof FIELDS)[number]>;

const REASON = {
	context: "theirs: without the connection's beginning tshark does not know what a context is for, and reads the presentation layer alone",
	malformed: "malformed: tshark reads on as far as it can",
} as const;

/** What of a frame is compared, as text by name. */
type Said = Record<string, string>;

const sorted = (values: readonly string[]): string => [...values].sort().join(" ");
const number = (value: number): string => (Number.isFinite(value) ? String(Math.fround(value)) : String(value));

/** All numbers, truths and texts in values, however deep. */
function flat(value: unknown, into: { numbers: string[]; truths: string[]; errors: string[] }): void {
	if (typeof value === "number") into.numbers.push(number(value));
	else if (typeof value === "boolean") into.truths.push(value ? "1" : "0");
	else if (Array.isArray(value)) for (const one of value) flat(one, into);
	else if (value === "NaN" || value === "Infinity" || value === "-Infinity") into.numbers.push(value);
	else if (typeof value === "object" && value !== null && "error" in value) into.errors.push(String(value.error));
}

/** Of a write: what was written, or why it was not. */
function valuesOf(line: Line): unknown {
	if (line.kind === "request") return line.listOfData ?? [];
	const results: unknown[] = line.listOfAccessResult ?? [];
	return line.service === "write" ? results.filter((one) => one !== "success") : results;
}

function ours(lines: readonly Line[]): Said {
	const found = { numbers: [] as string[], truths: [] as string[], errors: [] as string[] };
	for (const line of lines) flat(valuesOf(line), found);
	const of = (...pdus: string[]): Line[] => lines.filter(({ pdu }) => pdus.includes(pdu));
	const services = (...pdus: string[]): string => sorted(of(...pdus).map(({ service }) => service ?? "?"));
	const pick = (name: string): string => sorted(lines.flatMap((line) => (line[name] === undefined ? [] : [String(line[name])])));
	const isNamed = ({ service, pdu }: Line): boolean =>
		service !== "getNameList" && (pdu !== "confirmed-ResponsePDU" || service === "getNamedVariableListAttributes");
	const asked = of("confirmed-RequestPDU", "unconfirmed-PDU", "confirmed-ResponsePDU").filter(isNamed);
	const named = asked.flatMap(({ names, variableListName, pdu }) => [
		...(names ?? []),
		...(pdu === "confirmed-ResponsePDU" ? [] : [variableListName ?? ""]),
	]);
	return {
		requests: services("confirmed-RequestPDU"),
		responses: services("confirmed-ResponsePDU"),
		reports: services("unconfirmed-PDU"),
		ids: pick("invokeID"),
		names: sorted(
			named.filter((name: string) => /^[^@/]+\//.test(name)).map((name: string) => name.replace(/(\[[^\]]*\]|\.[a-zA-Z]+)+$/, "")),
		),
		listed: sorted(of("confirmed-ResponsePDU").flatMap(({ names, service }) => (service === "getNameList" ? (names ?? []) : []))),
		vendor: pick("vendorName"),
		model: pick("modelName"),
		revision: pick("revision"),
		size: pick("localDetail"),
		numbers: sorted(found.numbers),
		truths: sorted(found.truths),
		errors: sorted(found.errors),
	};
}

/** Exponent width, then an IEEE 754 number. */
function float(text: string): string {
	const bytes = Buffer.from(text.replace(/:/g, ""), "hex");
	return number(bytes.length === 5 ? bytes.readFloatBE(1) : bytes.readDoubleBE(1));
}

/** Services whose numbers are values. */
const VALUED = new Set(["read", "write", "informationReport"]);

function theirs(row: Row): Said {
	const domains = row["mms.domainId"];
	const items = row["mms.itemId"];
	return {
		requests: sorted(row["mms.confirmedServiceRequest"].map((code) => serviceName(Number(code)))),
		responses: sorted(row["mms.confirmedServiceResponse"].map((code) => serviceName(Number(code)))),
		reports: sorted(row["mms.unconfirmedService"].map((code) => unconfirmedName(Number(code)))),
		ids: sorted([...row["mms.invokeID"], ...row["mms.originalInvokeID"]]),
		names: sorted(items.map((item, at) => `${domains[at]}/${item}`)),
		listed: sorted(row["mms.Identifier"]),
		vendor: sorted(row["mms.vendorName"]),
		model: sorted(row["mms.modelName"]),
		revision: sorted(row["mms.revision"]),
		size: sorted([...row["mms.localDetailCalling"], ...row["mms.localDetailCalled"]]),
		numbers: sorted(
			[...row["mms.integer"], ...row["mms.unsigned"]].map((text) => number(Number(text))).concat(row["mms.floating_point"].map(float)),
		),
		truths: sorted(row["mms.boolean"]),
		errors: sorted(row["mms.failure"]),
	};
}

/** `alter` may change our lines, to prove that a difference is seen. */
export async function compareMms(capture: string, alter: (line: Line) => void = () => {}): Promise<Tally> {
	const tally = new Tally(capture, `tshark ${version}`);
	const lines = (await linesOf(capture, ["mms"])).filter(
		({ kind, pdu, violations }) => kind !== "unanswered" && (pdu !== undefined || violations !== undefined),
	);
	lines.forEach(alter);
	const mine = byFrame(lines);
	const rows = new Map((await columnsOf(capture, "mms", FIELDS)).map((row) => [Number(row["frame.number"][0]), row]));
	for (const frame of [...new Set([...rows.keys(), ...mine.keys()])].sort((a, b) => a - b)) {
		const own = mine.get(frame) ?? [];
		const row = rows.get(frame);
		for (const { service, pdu, kind } of own) tally.saw("ours", service ?? pdu ?? kind);
		if (own.length === 0) {
			tally.differs(`frame ${frame}: tshark alone`);
			continue;
		}
		if (own.some(({ kind }) => kind === "malformed")) {
			tally.because([REASON.malformed]);
			continue;
		}
		if (row === undefined) {
			tally.because([REASON.context]);
			continue;
		}
		const said = ours(own);
		const peer = theirs(row);
		if (own.some(({ service }) => service !== undefined && !VALUED.has(service)))
			for (const key of ["numbers", "truths", "errors"]) said[key] = peer[key]!;
		const different = Object.keys(said).filter((key) => said[key] !== peer[key]);
		if (different.length === 0) tally.same();
		else
			tally.differs(
				`frame ${frame}: ${different.map((key) => `${key}: ours ${said[key]!.slice(0, 150)}, tshark ${peer[key]!.slice(0, 150)}`).join("; ")}`,
			);
	}
	return tally;
}
