/** Modbus/TCP in the events that Zeek's test suite prints, one text for each: the same events, made from our lines. */
import { readFileSync } from "node:fs";
import { type Line, pathOf } from "./captures.ts";
import type { Reason, Row } from "./zeekLog.ts";

/** `2 modbus_exception, [orig_h=10.0.0.1, ...], [tid=1, pid=0, ...], 4`, where 2 is how often, as `uniq -c` has counted. */
const EVENT =
	/^(\d+) (\w+), \[orig_h=(.+?), orig_p=(\d+)\/tcp, resp_h=(.+?), resp_p=(\d+)\/tcp, .*?\], \[tid=(\w+), pid=(\d+), uid=(\d+), function_code=(\w+), len=(\d+)\], (.*)$/;
const PARTS = ["count", "event", "orig_h", "orig_p", "resp_h", "resp_p", "tid", "pid", "uid", "function_code", "len", "said"];
export const EVENT_KEY = ["event", "orig_h", "orig_p", "uid"] as const;

export function eventsIn(name: string): Row[] {
	return readFileSync(pathOf(name), "utf8")
		.split("\n")
		.filter((line) => line !== "" && !line.startsWith("#"))
		.map((line) => {
			const found = EVENT.exec(line);
			if (found === null) throw new Error(`${name}: this is no event: ${line}`);
			return Object.fromEntries(PARTS.map((part, at) => [part, found[at + 1]!]));
		});
}

const NAMES: Readonly<Record<number, string>> = {
	1: "read_coils",
	2: "read_discrete_inputs",
	3: "read_holding_registers",
	4: "read_input_registers",
	5: "write_single_coil",
	6: "write_single_register",
	8: "diagnostics",
	15: "write_multiple_coils",
	16: "write_multiple_registers",
	20: "read_file_record",
	21: "write_file_record",
	22: "mask_write_register",
	23: "read_write_multiple_registers",
	24: "read_fifo_queue",
	43: "encap_interface_transport",
};

const word = (value: unknown): string => (typeof value === "boolean" ? (value ? "T" : "F") : String(value));
const list = (values: readonly unknown[] | undefined): string => `[${(values ?? []).map(word).join(", ")}]`;

/** As Zeek prints a string: what can be printed stands for itself. */
const printed = (hex: string): string =>
	hex.replace(/../g, (byte) => {
		const code = Number.parseInt(byte, 16);
		return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : `\\x${byte}`;
	});

const hexOf = (...bytes: number[]): string => Buffer.from(bytes).toString("hex");

/** What follows the headers; undefined where no event tells it. */
function saidOf(line: Line, isRequest: boolean): string | undefined {
	const values: readonly unknown[] = line.values ?? [];
	switch (line.functionCode) {
		case 1:
		case 2:
		case 3:
		case 4:
			return isRequest ? `${line.address}, ${line.quantity}` : list(values);
		case 5:
		case 6:
			return `${line.address}, ${word(values[0])}`;
		case 8:
			return `${line.subFunction}, ${printed(line.data)}`;
		case 15:
		case 16:
			return isRequest ? `${line.address}, ${list(values)}` : `${line.address}, ${line.quantity}`;
		case 20:
		case 21:
			return `${7 * line.fileRecords.length}, ${list(line.fileRecords)}`;
		case 22:
			return `${line.address}, ${line.andMask}, ${line.orMask}`;
		case 23:
			return isRequest ? `${line.address}, ${line.quantity}, ${line.writeAddress}, ${list(line.writeValues)}` : list(values);
		case 24:
			return isRequest ? `${line.address}` : list(line.fifo);
		case 43:
			return `${line.mei}, ${printed(line.mei === 14 ? identification(line, isRequest) : line.data)}`;
		default:
			return undefined;
	}
}

/** A device identification as it was on the wire, behind its kind. */
function identification(line: Line, isRequest: boolean): string {
	if (isRequest) return hexOf(line.readDeviceIdCode, line.objectId);
	const objects = line.objects as { id: number; value: string }[];
	return (
		hexOf(line.readDeviceIdCode, line.conformityLevel, line.moreFollows ? 0xff : 0, line.nextObjectId, objects.length) +
		objects.map(({ id, value }) => hexOf(id, value.length) + Buffer.from(value, "latin1").toString("hex")).join("")
	);
}

/** Where the length is not what the function has, our line says so and not the length. */
const WRONG = "wrong";

/** What the header says of the length. */
function lengthOf(line: Line): string {
	if (line.kind === "malformed") return String(1 + (line.data ?? "").length / 2);
	return line.violations?.includes("length") ? WRONG : String(line.length);
}

function eventsOfLine(line: Line): Row[] {
	const isRequest = line.kind === "request" || line.sender === "client";
	const head = {
		orig_h: String(line.client.ip),
		orig_p: String(line.client.port),
		resp_h: String(line.server.ip),
		resp_p: String(line.server.port),
		tid: String(line.transactionId),
		pid: "0",
		uid: String(line.unitId),
		function_code: String(line.functionCode),
		len: lengthOf(line),
	};
	const message: Row = { event: "modbus_message", ...head, said: isRequest ? "T" : "F" };
	if (line.exceptionCode !== undefined) return [message, { event: "modbus_exception", ...head, said: String(line.exceptionCode) }];
	const name = NAMES[line.functionCode];
	const said = line.kind === "malformed" ? undefined : saidOf(line, isRequest);
	if (name === undefined || said === undefined) return [message];
	return [message, { event: `modbus_${name}_${isRequest ? "request" : "response"}`, ...head, said }];
}

/** `isMasked`: transaction and function were made anonymous after counting, and lines that were then the same became one. */
export function eventsOf(lines: readonly Line[], isMasked: boolean): Row[] {
	const counts = new Map<string, number>();
	for (const line of lines) {
		// Of a message without a header that can be believed there is nothing to tell.
		if (line.kind === "unanswered" || line.functionCode === undefined) continue;
		for (const event of eventsOfLine(line).map((row) => JSON.stringify(row))) counts.set(event, (counts.get(event) ?? 0) + 1);
	}
	const rows = [...counts].map(([event, count]): Row => ({ ...(JSON.parse(event) as Row), count: String(count) }));
	if (!isMasked) return rows;
	const masked = rows.map((row) => JSON.stringify({ ...row, tid: "XXX", function_code: "XXX" }));
	return [...new Set(masked)].map((event) => JSON.parse(event) as Row);
}

/** What Zeek finds strange, as far as it is a matter of Modbus: sub-functions of diagnostics that do not exist. */
export const weirdsOf = (lines: readonly Line[]): Row[] =>
	lines
		.filter(({ kind, functionCode, violations }) => kind === "request" && functionCode === 8 && violations?.includes("sub-function"))
		.map(({ subFunction }) => ({ name: "modbus_diag_unknown_request_subfunction", addl: String(subFunction) }));
export const WEIRD_KEY = ["name", "addl"] as const;

const PADDING = "theirs: a coil answer's padding bits are shown as coils; we cut the bits to the quantity that was asked for";
const areCoils = ({ event }: Row): boolean => event === "modbus_read_coils_response" || event === "modbus_read_discrete_inputs_response";

/** Where Zeek's events have other words than we, and why. */
export const EVENT_REASONS: readonly Reason[] = [
	{
		reason: PADDING,
		log: "events",
		fields: ["said"],
		applies: (theirs, ours, row) =>
			areCoils(row) && theirs.startsWith(ours.slice(0, -1)) && /^(, F){1,7}\]$/.test(theirs.slice(ours.length - 1)),
	},
	// Answers of several quantities then look alike, and are counted together.
	{ reason: PADDING, log: "events", fields: ["count"], applies: (theirs, ours, row) => areCoils(row) && Number(theirs) > Number(ours) },
	{
		reason: PADDING,
		log: "events",
		fields: [],
		applies: (_, ours, row) => ours !== "" && areCoils(row) && row.said!.split(", ").length % 8 !== 0,
	},
	{
		reason: "either: a length that its function cannot have: Zeek shows it, we call it a violation",
		log: "events",
		fields: ["len"],
		applies: (_, ours) => ours === WRONG,
	},
	{
		reason: "either: a device identification of a wrong length: Zeek shows its bytes, we its fields and the violation",
		log: "events",
		fields: ["said"],
		applies: (theirs, ours, { event }) =>
			event!.startsWith("modbus_encap_interface_transport_") &&
			theirs.startsWith("14, ") &&
			theirs.length > ours.length &&
			theirs.slice(0, "14, \\x00\\x00".length) === ours.slice(0, "14, \\x00\\x00".length),
	},
	{
		reason: "theirs: a length that no message can have is believed, and the message told; we show the bytes and call it a violation",
		log: "events",
		fields: [],
		applies: (theirs, _, { event, len }) => theirs !== "" && event === "modbus_message" && Number(len) > 254,
	},
	{
		reason: "theirs: who opened the connection uses port 502, and Zeek reads nothing of it",
		log: "events",
		fields: [],
		applies: (_, ours, row) => ours !== "" && row.orig_p === "502" && row.resp_p !== "502",
	},
	{
		reason: "theirs: sub-function 0, Return Query Data, is called unknown",
		log: "weird",
		fields: [],
		applies: (theirs, _, { name, addl }) => theirs !== "" && name === "modbus_diag_unknown_request_subfunction" && addl === "0",
	},
];
