/** What we say of GOOSE, message by message against tshark, in every public capture that has some and in the lab's recordings. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { hasCaptures, type Line, linesOf } from "./captures.ts";
import { type Columns, columnsOf, hasTshark } from "./tshark.ts";

const recorded = (name: string): string => fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url));
const PUBLIC = [
	...["gooseind1_7", "iedscout", "mmsy", "mmsy1", "pres", "pres1"].map((name) => `EmreEkin+ICS-Pcaps/IEC61850/${name}.pcap`),
	...["GOOSE/GOOSE", "GOOSE/GOOSE_DEMO", "GOOSE/Sample_File_GOOSE", "Sample_File_MMS_and_GOOSE"].map(
		(name) => `ITI+ICS-Security-Tools/pcaps/IEC61850/${name}.pcap`,
	),
];

const FIELDS = [
	"frame.number",
	"goose.appid",
	"goose.gocbRef",
	"goose.timeAllowedtoLive",
	"goose.datSet",
	"goose.goID",
	"goose.stNum",
	"goose.sqNum",
	"goose.simulation",
	"goose.confRev",
	"goose.ndsCom",
	"goose.numDatSetEntries",
	"goose.boolean",
	"goose.integer",
	"goose.floating_point",
	"goose.bit_string",
] as const;
type Row = Columns<(typeof FIELDS)[number]>;

/** Values of one kind, however deep. */
function ofKind(values: readonly unknown[], is: (value: unknown) => boolean): unknown[] {
	return values.flatMap((value) => (Array.isArray(value) ? ofKind(value, is) : is(value) ? [value] : []));
}
/** Bits as tshark writes them: octets, the last filled up with zeros. */
function octets(bits: string): string {
	const digits = bits.slice(2);
	return (digits.match(/.{1,8}/g) ?? []).map((one) => Number.parseInt(one.padEnd(8, "0"), 2).toString(16).padStart(2, "0")).join("");
}
const isBits = (value: unknown): boolean => typeof value === "string" && value.startsWith("0b");

const ours = (line: Line): unknown => ({
	frame: String(line.frame),
	appid: line.appid,
	gocbRef: line.gocbRef,
	timeAllowedtoLive: String(line.timeAllowedtoLive),
	datSet: line.datSet,
	goID: line.goID,
	stNum: String(line.stNum),
	sqNum: String(line.sqNum),
	simulation: line.simulation,
	confRev: String(line.confRev),
	ndsCom: line.ndsCom,
	entries: String(line.numDatSetEntries),
	booleans: ofKind(line.allData, (value) => typeof value === "boolean"),
	numbers: ofKind(line.allData, (value) => typeof value === "number").length,
	bits: ofKind(line.allData, isBits).map((value) => octets(value as string)),
});

function theirs(row: Row): unknown {
	const isTrue = (text: string | undefined): boolean => text === "1" || text === "True";
	const first = (name: (typeof FIELDS)[number]): string | undefined => row[name][0];
	return {
		frame: first("frame.number"),
		appid: first("goose.appid"),
		gocbRef: first("goose.gocbRef"),
		timeAllowedtoLive: first("goose.timeAllowedtoLive"),
		datSet: first("goose.datSet"),
		goID: first("goose.goID"),
		stNum: first("goose.stNum"),
		sqNum: first("goose.sqNum"),
		simulation: isTrue(first("goose.simulation")),
		confRev: first("goose.confRev"),
		ndsCom: isTrue(first("goose.ndsCom")),
		entries: first("goose.numDatSetEntries"),
		booleans: row["goose.boolean"].map(isTrue),
		numbers: row["goose.integer"].length + row["goose.floating_point"].length,
		bits: row["goose.bit_string"].map((text) => text.replaceAll(":", "")),
	};
}

async function compare(capture: string): Promise<number> {
	const lines = (await linesOf(capture, ["goose"])).filter(({ kind }) => kind !== "malformed");
	const rows = new Map((await columnsOf(capture, "goose", FIELDS)).map((row) => [Number(row["frame.number"][0]), row]));
	for (const line of lines) expect(ours(line)).toEqual(theirs(rows.get(line.frame)!));
	return lines.length;
}

describe.skipIf(!hasTshark)("GOOSE against tshark", () => {
	it.each([
		["protection-normal", 141, 0],
		["protection-attack", 55, 1],
	])("says the same of the lab's recording %s", async (name, messages, broken) => {
		expect(await compare(recorded(name))).toBe(messages);
		expect((await linesOf(recorded(name), ["goose"])).filter(({ kind }) => kind === "malformed")).toHaveLength(broken);
	});

	it.skipIf(!hasCaptures)("says the same of every public capture", { timeout: 120_000 }, async () => {
		let messages = 0;
		for (const capture of PUBLIC) {
			const lines = await linesOf(capture, ["goose"]);
			expect(lines).toHaveLength((await columnsOf(capture, "goose", FIELDS)).length);
			expect(lines.filter(({ kind, rival }) => kind === "malformed" || rival !== undefined)).toEqual([]);
			messages += await compare(capture);
		}
		expect(messages).toBe(615);
	});

	it("sees one altered value", async () => {
		const [line] = await linesOf(recorded("protection-normal"), ["goose"]);
		const [row] = await columnsOf(recorded("protection-normal"), "goose", FIELDS);
		expect(ours({ ...line!, stNum: 77 })).not.toEqual(theirs(row!));
		expect(ours({ ...line!, allData: [...line!.allData.slice(0, -1), [true, "0b0"]] })).not.toEqual(theirs(row!));
	});
});
