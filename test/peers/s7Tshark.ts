/** S7comm, frame by frame against tshark: the columns that tshark prints are made from our lines. S7comm-plus is not known to it. */
import { areaName, sizeName, syntaxName } from "../../protocols/s7comm/items.ts";
import { byFrame, type Line, linesOf } from "./captures.ts";
import { Tally } from "./tally.ts";
import { type Columns, columnsOf, version } from "./tshark.ts";

const COMPARED = [
	"s7comm.header.rosctr",
	"s7comm.header.pduref",
	"s7comm.header.errcls",
	"s7comm.header.errcod",
	"s7comm.param.func",
	"s7comm.param.userdata.funcgroup",
	"s7comm.param.userdata.subfunc",
	"s7comm.param.userdata.seq_num",
	"s7comm.param.errcod",
	"s7comm.param.pdu_length",
	"s7comm.param.item.syntaxid",
	"s7comm.param.item.transp_size",
	"s7comm.param.item.length",
	"s7comm.param.item.db",
	"s7comm.param.item.area",
	"s7comm.param.item.address",
	"s7comm.resp.data",
	"s7comm.param.blockcontrol.filename",
	"s7comm.param.pistart.servicename",
	"cotp.type",
] as const;
type Field = (typeof COMPARED)[number];
const FIELDS = ["frame.number", "tcp.analysis.retransmission", "tcp.analysis.out_of_order", "_ws.malformed", ...COMPARED] as const;
type Row = Columns<(typeof FIELDS)[number]>;

/** Numbers by the names that our lines have. */
const inverse = (name: (code: number) => string): ReadonlyMap<string, number> =>
	new Map(Array.from({ length: 256 }, (_, code): [string, number] => [name(code), code]).reverse());
const AREAS = inverse(areaName);
const SIZES = inverse(sizeName);
const SYNTAXES = inverse(syntaxName);
const WIDTHS: Readonly<Record<string, number>> = { BIT: 1, BYTE: 1, CHAR: 1, WORD: 2, INT: 2, DWORD: 4, DINT: 4, REAL: 4 };

/** Bits from the beginning of the area, or the number of a timer or counter: from our name. */
function addressOf(address: string): number {
	const [, at, bit] = /(\d+)(?:\.(\d))?$/.exec(address.replace(/^D[BI]\d+\./, ""))!;
	return /^[TC]\d/.test(address) ? Number(at) : Number(at) * 8 + Number(bit ?? 0);
}

/** Bytes of an item as they were on the wire; undefined where the line has them otherwise. */
function bytesOf({ transportSize, values, data }: Line["items"][number]): string | undefined {
	if (data !== undefined) return data;
	const width = WIDTHS[transportSize];
	if (width === undefined || values === undefined) return undefined;
	const bytes = Buffer.alloc(width * values.length);
	values.forEach((value: number | boolean, index: number) => {
		if (transportSize === "REAL") bytes.writeFloatBE(Number(value), index * width);
		else if (Number(value) < 0) bytes.writeIntBE(Number(value), index * width, width);
		else bytes.writeUIntBE(Number(value), index * width, width);
	});
	return bytes.toString("hex");
}

function columns(lines: readonly Line[]): Record<Field, string[]> {
	const row = Object.fromEntries(COMPARED.map((field) => [field, []])) as unknown as Record<Field, string[]>;
	const put = (field: Field, value: unknown): void => {
		row[field].push(String(value));
	};
	for (const line of lines) {
		if (line.kind === "connect") put("cotp.type", 0x0e);
		if (line.kind === "accept") put("cotp.type", 0x0d);
		if (line.rosctr === undefined) continue;
		put("s7comm.header.rosctr", line.rosctr);
		put("s7comm.header.pduref", line.pduReference);
		const error = Number(line.errorCode ?? 0);
		if (line.rosctr === 2 || line.rosctr === 3) {
			put("s7comm.header.errcls", error >> 8);
			put("s7comm.header.errcod", error & 255);
			if (error !== 0) put("s7comm.param.errcod", error);
		}
		if (line.functionGroup === undefined) {
			if (line.rosctr !== 2) put("s7comm.param.func", line.functionCode);
		} else {
			put("s7comm.param.userdata.funcgroup", line.functionGroup);
			// A change of the operating mode has a field of its own there.
			if (line.functionGroup !== 0) put("s7comm.param.userdata.subfunc", line.subFunction);
			put("s7comm.param.userdata.seq_num", line.sequence);
			if (error > 255) put("s7comm.param.errcod", error);
		}
		if (line.pduLength !== undefined && line.functionCode === 0xf0) put("s7comm.param.pdu_length", line.pduLength);
		if (line.kind === "request" && line.functionGroup !== 1)
			for (const item of line.items ?? []) {
				put("s7comm.param.item.syntaxid", SYNTAXES.get(item.syntax));
				if (item.syntax !== "S7ANY") continue;
				put("s7comm.param.item.transp_size", SIZES.get(item.transportSize));
				put("s7comm.param.item.length", item.count);
				put("s7comm.param.item.db", item.db ?? 0);
				put("s7comm.param.item.area", AREAS.get(item.area));
				if (item.address !== undefined) put("s7comm.param.item.address", addressOf(item.address));
			}
		if ((line.functionCode === 4 && line.kind === "response") || (line.functionCode === 5 && line.kind === "request"))
			for (const item of line.items ?? []) {
				const bytes = bytesOf(item);
				if (bytes !== undefined) put("s7comm.resp.data", bytes);
			}
		if (line.fileName !== undefined && line.functionGroup === undefined) put("s7comm.param.blockcontrol.filename", line.fileName);
		if (line.piService !== undefined && line.kind === "request") put("s7comm.param.pistart.servicename", line.piService);
	}
	return row;
}

/** What tshark prints as we do: numbers without their base. */
function plain(row: Row, field: Field): string[] {
	if (field === "s7comm.resp.data") return row[field].map((text) => text.replaceAll(":", ""));
	if (field === "s7comm.param.blockcontrol.filename" || field === "s7comm.param.pistart.servicename") return row[field];
	const numbers = row[field].map(Number);
	// Of the transport only connections are said; of userdata's errors only those that are some.
	if (field === "cotp.type") return numbers.filter((type) => type !== 0x0f && type !== 0x08).map(String);
	if (field === "s7comm.param.errcod") return numbers.filter((code) => code !== 0).map(String);
	return numbers.map(String);
}

export const REASON = {
	again: "TCP sent it again, or in another order: tshark dissects each copy, we read the stream",
	lost: "the capture has lost bytes: what is behind them is read when they are given up, and so in a later frame",
	block: "tshark prints the contents of a block as data, and the file names that a service is given as those of a transfer",
	alarm: "tshark prints the addresses and values of alarms, we their event and its state",
	time: "timers and counters are shown as the numbers that they are, which need not have all bits",
	subscription: "a DB read, a push or a subscription: tshark prints data of userdata there too",
	unasked: "the request was not captured: its answer has no addresses, so its values are shown as bytes of each item",
	wide: "items of more than 256 elements are shown as far as that",
	float: "a float that is no number is shown as its bytes",
	malformed: "tshark takes the message for malformed, or stops in it",
} as const;

/** `alter` may change our lines, to prove that a difference is seen. */
export async function compareS7(capture: string, alter: (line: Line) => void = () => {}): Promise<Tally> {
	const tally = new Tally(capture, `tshark ${version}`);
	const all = await linesOf(capture, ["s7comm", "s7comm-plus"]);
	const lines = all.filter(({ kind, protocol }) => kind !== "unanswered" && protocol === "s7comm");
	lines.forEach(alter);
	const ours = byFrame(lines);
	let lossy: Promise<boolean> | undefined;
	const isLossy = (): Promise<boolean> => {
		lossy ??= columnsOf(capture, "tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment", ["frame.number"]).then(
			({ length }) => length > 0,
		);
		return lossy;
	};
	const rows = new Map((await columnsOf(capture, "s7comm", FIELDS)).map((row) => [Number(row["frame.number"][0]), row]));
	for (const frame of [...new Set([...rows.keys(), ...ours.keys()])].sort((a, b) => a - b)) {
		const row = rows.get(frame);
		const mine = ours.get(frame) ?? [];
		if (row === undefined) {
			// Connections have no message; lost bytes are noticed later than the next message of tshark.
			if (mine.every(({ rosctr }) => rosctr === undefined)) continue;
			tally.count((await isLossy()) ? REASON.lost : undefined, `frame ${frame}: only we say ${mine.map(({ kind }) => kind).join(", ")}`);
			continue;
		}
		const said = columns(mine);
		const fields = COMPARED.filter((field) => said[field].join("|") !== plain(row, field).join("|"));
		tally.fields += COMPARED.length;
		tally.equalFields += COMPARED.length - fields.length;
		if (fields.length === 0) tally.same();
		else
			tally.count(
				reasonOf(row, mine, fields, await isLossy()),
				`frame ${frame}: ${fields.map((field) => `${field}: ours ${said[field].join("|")}, tshark ${plain(row, field).join("|")}`).join("; ")}`,
			);
	}
	return tally;
}

function reasonOf(row: Row, mine: readonly Line[], fields: readonly Field[], isLossy: boolean): string | undefined {
	const isOnly = (...some: Field[]): boolean => fields.every((field) => some.includes(field));
	if (row["tcp.analysis.retransmission"].length > 0 || row["tcp.analysis.out_of_order"].length > 0) return REASON.again;
	if (row["_ws.malformed"].length > 0) return REASON.malformed;
	const messages = mine.filter(({ rosctr }) => rosctr !== undefined).length;
	if (isLossy && (messages !== row["s7comm.header.rosctr"].length || fields.includes("s7comm.header.pduref"))) return REASON.lost;
	const isTransfer = mine.some(({ functionCode }) => functionCode === 0x1b || functionCode === 0x1e || functionCode === 0x28);
	if (isTransfer && isOnly("s7comm.resp.data", "s7comm.param.blockcontrol.filename")) return REASON.block;
	if (mine.some(({ functionGroup }) => functionGroup === 4) && isOnly("s7comm.resp.data", "s7comm.param.item.syntaxid"))
		return REASON.alarm;
	if (isOnly("s7comm.resp.data")) {
		if (mine.some((line) => line.functionGroup !== undefined || line.items?.some(({ syntax }: { syntax?: string }) => syntax === "DBREAD")))
			return REASON.subscription;
		if (mine.some(({ kind }) => kind === "unsolicited")) return REASON.unasked;
		const items = mine.flatMap((line) => line.items ?? []);
		if (items.some(({ count }) => count > 256)) return REASON.wide;
		if (items.some(({ transportSize }) => /^(TIMER|COUNTER|S5TIME|TIME|TOD|DATE_AND_TIME)$/.test(transportSize))) return REASON.time;
		if (items.some(({ transportSize, values }) => transportSize === "REAL" && values?.some((value: unknown) => typeof value === "string")))
			return REASON.float;
	}
	return undefined;
}
