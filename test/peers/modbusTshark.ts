/** Modbus/TCP, frame by frame against tshark: the columns that tshark prints are made from our lines, and both must be the same. */
import { functionName } from "../../protocols/modbus/codes.ts";
import { byFrame, capturesOf, type Line, linesOf } from "./captures.ts";
import { inPairs, Tally } from "./tally.ts";
import { type Columns, columnsOf, version } from "./tshark.ts";

const COMPARED = [
	"mbtcp.trans_id",
	"mbtcp.unit_id",
	"modbus.func_code",
	"modbus.exception_code",
	"modbus.reference_num",
	"modbus.word_cnt",
	"modbus.bit_cnt",
	"modbus.read_reference_num",
	"modbus.read_word_cnt",
	"modbus.write_reference_num",
	"modbus.write_word_cnt",
	"modbus.and_mask",
	"modbus.or_mask",
	"modbus.regnum16",
	"modbus.regval_uint16",
	"modbus.bitnum",
	"modbus.bitval",
	"modbus.diagnostic_code",
	"modbus.mei",
	"modbus.read_device_id",
	"modbus.object_id",
	"modbus.object_str_value",
	"modbus.data",
] as const;
type Field = (typeof COMPARED)[number];

const FIELDS = [
	"frame.number",
	"tcp.srcport",
	"tcp.dstport",
	"tcp.len",
	"tcp.analysis.flags",
	"_ws.malformed",
	"mbtcp.len",
	"mbtcp.prot_id",
	...COMPARED,
] as const;
type Row = Columns<(typeof FIELDS)[number]>;

const empty = (): Record<Field, string[]> => Object.fromEntries(COMPARED.map((field) => [field, []])) as unknown as Record<Field, string[]>;
const hexOf = (values: readonly number[]): string => values.map((value) => value.toString(16).padStart(4, "0")).join("");
const mask = (value: number): string => `0x${value.toString(16).padStart(4, "0")}`;
const textHex = (text: string): string => Buffer.from(text, "latin1").toString("hex");
/** The answer of function 17 as it was on the wire: byte count, id, run indicator, text. */
function serverId({ serverId, runIndicator, additionalData }: Line): string {
	const bytes = `${additionalData === undefined ? textHex(serverId) : serverId}${runIndicator ? "ff" : "00"}${textHex(additionalData ?? "")}`;
	return (bytes.length / 2).toString(16).padStart(2, "0") + bytes;
}
const bit = (value: boolean): string => (value ? "1" : "0");

function packed(coils: readonly boolean[]): string {
	const bytes = new Uint8Array((coils.length + 7) >> 3);
	coils.forEach((isOn, at) => {
		if (isOn) bytes[at >> 3]! |= 1 << (at & 7);
	});
	return Buffer.from(bytes).toString("hex");
}

/** Puts into `row` what tshark prints for a message that we decoded as `line`. */
function add(row: Record<Field, string[]>, line: Line, theirs: readonly string[]): void {
	if (line.functionCode === undefined) return;
	const put = (field: Field, ...values: unknown[]) => row[field].push(...values.map(String));
	put("mbtcp.trans_id", line.transactionId);
	put("mbtcp.unit_id", line.unitId);
	put("modbus.func_code", line.functionCode);
	if (line.kind === "malformed") return;
	if (line.exceptionCode !== undefined) {
		put("modbus.exception_code", line.exceptionCode);
		return;
	}
	const isRequest = line.kind === "request";
	const values: readonly (number | boolean)[] = line.values ?? [];
	const from: number = line.address ?? 0;
	switch (line.functionCode) {
		case 1:
		case 2:
			if (isRequest) {
				put("modbus.reference_num", line.address);
				put("modbus.bit_cnt", line.quantity);
			} else {
				put("modbus.bitnum", ...values.map((_, at) => from + at));
				put("modbus.bitval", ...(values as boolean[]).map(bit));
			}
			break;
		case 3:
		case 4:
			if (isRequest) {
				put("modbus.reference_num", line.address);
				put("modbus.word_cnt", line.quantity);
			} else {
				put("modbus.regnum16", ...values.map((_, at) => from + at));
				put("modbus.regval_uint16", ...values);
			}
			break;
		case 5:
			put("modbus.reference_num", line.address);
			put("modbus.data", values[0] ? "ff00" : "0000");
			break;
		case 6:
			put("modbus.reference_num", line.address);
			put("modbus.data", hexOf(values as number[]));
			break;
		case 7:
			if (!isRequest) put("modbus.data", line.status.toString(16).padStart(2, "0"));
			break;
		case 8:
			put("modbus.diagnostic_code", line.subFunction);
			// tshark has the data of some sub-functions in fields of their own.
			if (theirs.includes(line.data)) put("modbus.data", line.data);
			break;
		case 15:
			put("modbus.reference_num", line.address);
			put("modbus.bit_cnt", line.quantity);
			if (isRequest) put("modbus.data", packed(values as boolean[]));
			break;
		case 16:
			put("modbus.reference_num", line.address);
			put("modbus.word_cnt", line.quantity);
			if (isRequest) {
				put("modbus.regnum16", ...values.map((_, at) => from + at));
				put("modbus.regval_uint16", ...values);
			}
			break;
		case 22:
			put("modbus.reference_num", line.address);
			put("modbus.and_mask", mask(line.andMask));
			put("modbus.or_mask", mask(line.orMask));
			break;
		case 23:
			if (isRequest) {
				put("modbus.read_reference_num", line.address);
				put("modbus.read_word_cnt", line.quantity);
				put("modbus.write_reference_num", line.writeAddress);
				put("modbus.write_word_cnt", line.writeQuantity);
				put("modbus.data", hexOf(line.writeValues));
			} else put("modbus.data", hexOf(values as number[]));
			break;
		case 24:
			if (isRequest) put("modbus.reference_num", line.address);
			else put("modbus.word_cnt", line.quantity);
			break;
		case 43:
			put("modbus.mei", line.mei);
			if (line.mei !== 14) put("modbus.data", `${line.mei.toString(16).padStart(2, "0")}${line.data ?? ""}`);
			else {
				put("modbus.read_device_id", line.readDeviceIdCode);
				if (isRequest) put("modbus.object_id", line.objectId);
				for (const { id, value } of line.objects ?? []) {
					put("modbus.object_id", id);
					put("modbus.object_str_value", value);
				}
			}
			break;
		case 17:
			if (line.serverId !== undefined) put("modbus.data", serverId(line));
			break;
		default:
			if (line.data) put("modbus.data", line.data);
	}
}

const isMessage = ({ kind }: Line): boolean => kind !== "unanswered";
const violates = (lines: readonly Line[], ...words: string[]): boolean =>
	lines.some(({ violations }) => words.some((word) => (violations ?? []).includes(word)));

/** One frame that differs. */
interface Difference {
	/** Undefined where tshark has neither Modbus nor a remark about TCP. */
	row: Row | undefined;
	ours: readonly Line[];
	fields: readonly Field[];
	/** Lines of frames in which tshark has no Modbus. */
	onlyOurs: readonly Line[];
}

const isOnly = (fields: readonly Field[], ...allowed: Field[]): boolean => fields.every((field) => allowed.includes(field));

/** Why a frame may differ, and how that is told from a defect. */
export const MODBUS_REASONS: readonly { reason: string; applies: (difference: Difference) => boolean }[] = [
	{
		reason: "theirs: part of the segment was sent before: tshark leaves it out, we read what is new in it",
		applies: ({ row, ours }) =>
			row !== undefined &&
			row["mbtcp.trans_id"].length === 0 &&
			row["tcp.analysis.flags"].length > 0 &&
			ours.every(({ kind }) => kind !== "malformed"),
	},
	{
		reason: "either: behind a lost segment: tshark reads it where it stands, we when the missing bytes have come",
		applies: ({ row, ours, onlyOurs }) => {
			if (row === undefined || ours.length > 0) return false;
			const [client, frame] = [Number(row["tcp.dstport"][0]), Number(row["frame.number"][0])];
			return row["mbtcp.trans_id"].every((id) =>
				onlyOurs.some((line) => line.frame > frame && line.client.port === client && line.transactionId === Number(id)),
			);
		},
	},
	{
		reason: "either: more bytes than the function has: tshark calls them data, we a violation of the length",
		applies: ({ ours, fields }) => isOnly(fields, "modbus.data") && violates(ours, "length") && !violates(ours, "byte-count"),
	},
	{
		reason: "either: cut short or no function: tshark prints the fields up to the cut, we the bytes and a violation",
		applies: ({ ours, fields }) =>
			!fields.includes("mbtcp.trans_id") &&
			!fields.includes("mbtcp.unit_id") &&
			!fields.includes("modbus.func_code") &&
			ours.length === 1 &&
			ours[0]!.kind === "malformed" &&
			violates(ours, "length", "function-code"),
	},
	{
		reason: "either: byte count and quantity contradict each other: tshark follows the one, we the other and say so",
		applies: ({ ours, fields }) => isOnly(fields, "modbus.data") && violates(ours, "byte-count"),
	},
	{
		reason: "either: who opened the connection uses port 502: tshark calls it the server, we the client, whose answers are violations",
		applies: ({ ours }) => ours.length > 0 && ours.every(({ client, server }) => client.port === 502 && server.port !== 502),
	},
];

/** A message as the tables of the report call it: hundred codes without a name are one kind. */
function kindOf(code: number | undefined): string {
	if (code === undefined) return "none that can be read";
	const name = functionName(code);
	return name.startsWith("unknown-") ? "functions without a name" : `${code} ${name}`;
}

/** `alter` may change our lines, to prove that a difference is seen. */
export async function compareModbus(capture: string, alter: (line: Line) => void = () => {}): Promise<Tally> {
	const tally = new Tally(capture, `tshark ${version}`);
	const lines = (await linesOf(capture, ["modbus"])).filter(isMessage);
	lines.forEach(alter);
	const frames = byFrame(lines);
	const ports = new Set([502, ...lines.map(({ server }) => server.port!)]);
	const rows = await columnsOf(capture, "mbtcp || tcp.analysis.flags", FIELDS, ["-o", `mbtcp.tcp.port:${[...ports].join(",")}`]);
	const byNumber = new Map(rows.map((row) => [Number(row["frame.number"][0]), row]));
	const isTheirs = (frame: number): boolean => (byNumber.get(frame)?.["mbtcp.trans_id"].length ?? 0) > 0;
	for (const line of lines) tally.saw("ours", kindOf(line.functionCode));
	for (const row of rows)
		row["mbtcp.trans_id"].forEach((_, at) => {
			const code = row["modbus.func_code"][at];
			tally.saw("theirs", kindOf(code === undefined ? undefined : Number(code)));
		});
	const onlyOurs = lines.filter(({ frame }) => !isTheirs(frame));
	const numbers = new Set([...byNumber.keys()].filter(isTheirs).concat(...frames.keys()));
	for (const frame of [...numbers].sort((a, b) => a - b)) {
		const row = byNumber.get(frame);
		const ours = frames.get(frame) ?? [];
		const theirData = (row?.["modbus.data"] ?? []).filter((text) => text !== "<MISSING>");
		const mine = empty();
		for (const line of ours) add(mine, line, theirData);
		const theirs = (field: Field): string => (field === "modbus.data" ? theirData : (row?.[field] ?? [])).join();
		const fields = COMPARED.filter((field) => mine[field].join() !== theirs(field));
		const messages = Math.max(row?.["mbtcp.trans_id"].length ?? 0, ours.length);
		if (fields.length === 0) {
			tally.same(messages);
			continue;
		}
		const difference: Difference = { row, ours, fields, onlyOurs };
		const shown = fields.map((field) => `${field}: ours ${mine[field].join()}, tshark ${theirs(field)}`).join("; ");
		tally.count(MODBUS_REASONS.find(({ applies }) => applies(difference))?.reason, `frame ${frame}: ${shown.slice(0, 400)}`, messages);
	}
	return tally;
}

/** Real polling and writes, too much for each run of the tests. */
export const LARGEST = "antoine-lemay+Modbus_dataset/channel_5d_3s.pcap";

/** Every capture that the list calls Modbus. */
export const compareAllModbus = (): Promise<Tally[]> => inPairs(capturesOf("Modbus"), (capture) => compareModbus(capture));
