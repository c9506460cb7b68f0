/** DNP3, frame by frame and field by field against tshark. */
import { byFrame, type Line, linesOf } from "./captures.ts";
import { Tally } from "./tally.ts";
import { type Columns, columnsOf, version } from "./tshark.ts";

const FIELDS = [
	"frame.number",
	"dnp3.src",
	"dnp3.dst",
	"dnp3.ctl",
	"dnp3.tr.fir",
	"dnp3.al.fragment",
	"dnp3.al.ctl",
	"dnp3.al.func",
	"dnp3.al.iin",
	"dnp3.al.obj",
	"dnp3.al.range.start",
	"dnp3.al.range.stop",
	"dnp3.al.range.quantity",
	"dnp3.al.point_index",
	"dnp3.al.index",
	"dnp3.al.bit",
	"dnp3.al.2bit",
	"dnp3.al.biq.b7",
	"dnp3.al.boq.b7",
	"dnp3.al.biq.b0",
	"dnp3.al.boq.b0",
	"dnp3.al.aiq.b0",
	"dnp3.al.ctrq.b0",
	"dnp3.al.aoq.b0",
	"dnp3.al.ana.int",
	"dnp3.al.ana.float",
	"dnp3.al.ana.double",
	"dnp3.al.anaout.int",
	"dnp3.al.anaout.float",
	"dnp3.al.anaout.double",
	"dnp3.al.cnt",
	"dnp3.al.ctrlstatus",
	"dnp3.al.on_time",
	"dnp3.al.off_time",
	"dnp3.al.count",
	"dnp3.al.timestamp",
	"dnp3.al.reltimestamp",
	"dnp3.al.file_name",
	"dnp3.al.file.mode",
	"dnp3.al.file.size",
	"dnp3.al.file.handle",
	"dnp3.al.file.status",
	"dnp3.al.datatype",
	"dnp3.hdr.CRC.incorrect",
	"dnp3.data_chunk.CRC.incorrect",
	"dnp3.unknown_object",
	"dnp3.invalid_length",
	"_ws.malformed",
	"tcp.analysis.retransmission",
] as const;
type Row = Columns<(typeof FIELDS)[number]>;

/** Why a frame is not the same. Ours being wrong is no reason: that is mended. */
const REASONS = {
	broken: "either: objects that break the standard, where each gives up at another place",
	unknown: "theirs: an object that tshark does not know, behind which it reads nothing",
	resent: "theirs: TCP sent it again, and tshark reads a copy too",
	damaged: "either: a frame with a wrong checksum, or none, of which each reports what it can",
	unjoined: "theirs: a fragment whose segments tshark does not join",
	mixed: "theirs: tshark joins a segment with one of an older fragment",
	unread: "theirs: a request whose objects tshark does not read",
} as const;

/** Groups whose objects tshark 4.0 reads other than the standard has them, or not at all. */
const UNREAD = new Set([31, 51, 52, 70, 85, 86, 87, 88, 90, 91, 110, 111, 112, 113, 120, 121, 122]);

/** Functions whose objects tshark 4.0 does not read: assign class, authentication, initialise and stop. */
const NOT_READ = new Set([15, 16, 17, 18, 19, 22, 31, 32, 33, 131]);

type Said = Record<string, string>;
const joined = (values: readonly (string | number | undefined)[]): string => values.filter((value) => value !== undefined).join(" ");
const number = (value: string): number => Number(value);

interface Point {
	index?: number;
	value?: number | string;
	flags?: string[];
	time?: number;
	statusCode?: number;
	onTime?: number;
	offTime?: number;
	executeCount?: number;
	fileName?: string;
	mode?: string;
	size?: number;
	handle?: number;
	type?: string;
}
interface Header {
	group: number;
	variation: number;
	qualifier: string;
	start?: number;
	stop?: number;
	count?: number;
	points?: Point[];
}
const MODES = ["NULL", "READ", "WRITE", "APPEND"];

/** Of two bits with flags tshark has the upper one here. */
const isDouble = (group: number, variation: number): boolean => (group === 3 && variation === 2) || group === 4;

/** Groups by which field of tshark has their values. */
const VALUE_FIELDS: readonly [field: (typeof FIELDS)[number], isOf: (header: Header) => boolean][] = [
	["dnp3.al.bit", ({ group, variation }) => (group === 1 || group === 10 || group === 80) && variation === 1],
	["dnp3.al.biq.b7", ({ group, variation }) => (group === 1 && variation === 2) || group === 2 || isDouble(group, variation)],
	["dnp3.al.boq.b7", ({ group, variation }) => (group === 10 && variation === 2) || group === 11],
	["dnp3.al.ana.int", ({ group, variation }) => (group === 30 || group === 32) && variation <= 4],
	[
		"dnp3.al.ana.float",
		({ group, variation }) => (group === 30 && variation === 5) || (group === 32 && (variation === 5 || variation === 7)),
	],
	[
		"dnp3.al.ana.double",
		({ group, variation }) => (group === 30 && variation === 6) || (group === 32 && (variation === 6 || variation === 8)),
	],
	[
		"dnp3.al.anaout.int",
		({ group, variation }) => (group === 40 && variation <= 2) || (group === 41 && variation <= 2) || (group === 42 && variation <= 4),
	],
	[
		"dnp3.al.anaout.float",
		({ group, variation }) => ((group === 40 || group === 41) && variation === 3) || (group === 42 && (variation === 5 || variation === 7)),
	],
	["dnp3.al.cnt", ({ group }) => group >= 20 && group <= 23],
];
const FLAG_FIELDS: readonly [field: (typeof FIELDS)[number], isOf: (header: Header) => boolean][] = [
	["dnp3.al.aiq.b0", ({ group, variation }) => (group === 30 && variation !== 3 && variation !== 4) || group === 32],
	[
		"dnp3.al.ctrq.b0",
		({ group, variation }) => (group === 20 && variation <= 4) || (group === 21 && variation <= 8) || group === 22 || group === 23,
	],
	["dnp3.al.aoq.b0", ({ group }) => group === 40 || group === 42],
];

function ours(lines: readonly Line[]): Said {
	const fragments = lines.filter(({ functionCode }) => functionCode !== undefined);
	const headers: Header[] = fragments.flatMap(({ objects }) => objects ?? []);
	const points = (isOf: (header: Header) => boolean): Point[] => headers.filter(isOf).flatMap((header) => header.points ?? []);
	const control = ({ first, final, confirm, unsolicited, sequence }: Line): number =>
		(first === false ? 0 : 0x80) | (final === false ? 0 : 0x40) | (confirm ? 0x20 : 0) | (unsolicited ? 0x10 : 0) | sequence;
	const said: Said = {
		functions: joined(fragments.map(({ functionCode }) => functionCode)),
		controls: joined(fragments.map(control)),
		indications: joined(fragments.map(({ iin }) => (iin === undefined ? undefined : ((iin & 255) << 8) | (iin >> 8)))),
		objects: joined(headers.map(({ group, variation }) => (group << 8) | (group >= 110 && group <= 113 ? 0 : variation))),
		starts: joined(headers.map(({ start }) => start)),
		stops: joined(headers.map(({ stop }) => stop)),
		quantities: joined(headers.filter(({ start }) => start === undefined).map(({ count }) => count)),
		status: joined(points(({ group }) => group === 12 || group === 41).map(({ statusCode }) => statusCode ?? 0)),
		onTimes: joined(points(({ group }) => group === 12).map(({ onTime }) => onTime)),
		offTimes: joined(points(({ group }) => group === 12).map(({ offTime }) => offTime)),
		counts: joined(points(({ group }) => group === 12).map(({ executeCount }) => executeCount)),
		times: joined(points(({ group, variation }) => !(variation === 3 && (group === 2 || group === 4))).map(({ time }) => time)),
		files: joined(points(({ group }) => group === 70).map(({ fileName }) => fileName || undefined)),
		modes: joined(points(({ group, variation }) => group === 70 && variation === 3).map(({ mode }) => MODES.indexOf(mode!))),
	};
	for (const [field, isOf] of VALUE_FIELDS) {
		const values = headers
			.filter(isOf)
			.flatMap(({ group, variation, points: list = [] }) =>
				list.map(({ value }) => (isDouble(group, variation) ? Number(value) >> 1 : value!)),
			);
		said[field] = joined(values.map(shortened));
	}
	for (const [field, isOf] of FLAG_FIELDS) said[field] = joined(points(isOf).map(({ flags }) => Number(flags!.includes("online"))));
	return said;
}

/** As many digits as both show. */
const shortened = (value: number | string): string =>
	Number.isInteger(Number(value)) ? String(Number(value)) : Number(value).toPrecision(5);

function theirs(row: Row): Said {
	const objects = row["dnp3.al.obj"].map(number);
	const said: Said = {
		functions: joined(row["dnp3.al.func"].map(number)),
		controls: joined(row["dnp3.al.ctl"].map(number)),
		indications: joined(row["dnp3.al.iin"].map(number)),
		objects: joined(objects.map((one) => (one >> 8 >= 110 && one >> 8 <= 113 ? one & 0xff00 : one))),
		starts: joined(row["dnp3.al.range.start"].map(number)),
		stops: joined(row["dnp3.al.range.stop"].map(number)),
		quantities: joined(row["dnp3.al.range.quantity"].map(number)),
		status: joined(row["dnp3.al.ctrlstatus"].map(number)),
		onTimes: joined(row["dnp3.al.on_time"]),
		offTimes: joined(row["dnp3.al.off_time"]),
		counts: joined(row["dnp3.al.count"].map(number)),
		times: joined(row["dnp3.al.timestamp"].map((text) => Date.parse(text.replace(/(\.\d{3})\d+/, "$1")) / 1000)),
		files: joined(row["dnp3.al.file_name"]),
		modes: joined(row["dnp3.al.file.mode"].map(number)),
	};
	for (const [field] of [...VALUE_FIELDS, ...FLAG_FIELDS]) said[field] = joined(row[field].map(shortened));
	return said;
}

/** Frames of the link layer in a frame of the capture: without user data they are lines of their own. */
const addressesOf = (lines: readonly Line[]): string =>
	joined(
		lines
			.filter(({ kind, linkFunction }) => kind !== "unanswered" && linkFunction !== undefined)
			.map(({ source, destination }) => `${source}>${destination}`),
	);

function reasonOf(row: Row, lines: readonly Line[]): string | undefined {
	const violations = new Set(lines.flatMap(({ violations }) => (violations as string[] | undefined) ?? []));
	if (row["dnp3.hdr.CRC.incorrect"].length > 0 || row["dnp3.data_chunk.CRC.incorrect"].length > 0) return REASONS.damaged;
	if (violations.has("framing") || violations.has("header-checksum") || violations.has("data-checksum") || violations.has("link-data"))
		return REASONS.damaged;
	if (row["tcp.analysis.retransmission"].length > 0) return REASONS.resent;
	if (row["_ws.malformed"].length > 0 || violations.size > 0 || row["dnp3.invalid_length"].length > 0) return REASONS.broken;
	if (row["dnp3.al.obj"].length === 0 && lines.some(({ functionCode }) => NOT_READ.has(functionCode))) return REASONS.unread;
	const isWhole = row["dnp3.tr.fir"][0] === "1" || row["dnp3.tr.fir"][0] === "True";
	if (isWhole && row["dnp3.al.fragment"].some((frame) => Number(frame) < Number(row["frame.number"][0]))) return REASONS.mixed;
	if (row["dnp3.al.func"].length === 0 && row["dnp3.tr.fir"].some((first) => first === "0" || first === "False")) return REASONS.unjoined;
	const groups = lines.flatMap(({ objects }) => ((objects ?? []) as Header[]).map(({ group }) => group));
	if (row["dnp3.unknown_object"].length > 0 || groups.some((group) => UNREAD.has(group))) return REASONS.unknown;
	return undefined;
}

/** Every frame of a capture; `reasons` are counted in the tally. */
export async function compareDnp3(capture: string, change: (line: Line) => Line = (line) => line): Promise<Tally> {
	const tally = new Tally(capture, `tshark ${version}`);
	const rows = await columnsOf(capture, "dnp3", FIELDS);
	const lines = (await linesOf(capture, ["dnp3"])).filter(({ kind }) => kind !== "unanswered").map(change);
	const frames = byFrame(lines);
	for (const row of rows) {
		const frame = Number(row["frame.number"][0]);
		const mine = frames.get(frame) ?? [];
		frames.delete(frame);
		const reason = reasonOf(row, mine);
		const [we, they] = [ours(mine), theirs(row)];
		const different = Object.keys(we).filter((field) => we[field] !== they[field]);
		for (const field of Object.keys(we)) {
			if (we[field] === "" && they[field] === "") continue;
			tally.columns.add(field);
			tally.fields++;
			if (we[field] === they[field]) tally.equalFields++;
		}
		const links = joined(row["dnp3.src"].map((source, at) => `${number(source)}>${number(row["dnp3.dst"][at]!)}`));
		// Only the last of several segments has a line.
		const isLinkSame = row["dnp3.al.func"].length !== row["dnp3.src"].length || addressesOf(mine) === links || mine.length === 0;
		if (different.length === 0 && isLinkSame) tally.same();
		else if (reason !== undefined) tally.because([reason]);
		else if (mine.length === 0 && row["dnp3.al.func"].length === 0 && row["dnp3.ctl"].length > 0) tally.same();
		else
			tally.differs(
				`frame ${frame}: ${different.map((field) => `${field} ours "${we[field]}", theirs "${they[field]}"`).join("; ") || `links ${addressesOf(mine)}, theirs ${links}`}`,
			);
	}
	for (const [frame, left] of frames) {
		if (left.every(({ kind }) => kind === "malformed")) tally.because([REASONS.damaged]);
		else tally.differs(`frame ${frame}: tshark has none for ${JSON.stringify(left).slice(0, 300)}`);
	}
	return tally;
}
