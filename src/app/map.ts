/** `spanwatch map`: register maps, from the tables of the plant's engineers and back, and what was found as a map to start from. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { protocols } from "../../protocols/index.ts";
import { MAP_HEADER, type MapEntry, mapCells, type ReadMap, readRegisterMap, wideEntry } from "../baseline/registerMap.ts";
import type { Config } from "../config/schema.ts";
import { writeTable } from "../config/table.ts";
import type { Analyst } from "../detect/analyst.ts";
import { rehearsalWords } from "../detect/rehearsal.ts";
import { openStore } from "../store/level.ts";
import type { Change, Store } from "../store/store.ts";
import type { Arguments, CommandRecord } from "./arguments.ts";
import { isMeant, learned, recall, stateOf } from "./baseline.ts";
import { EXIT, UsageError } from "./failure.ts";
import { output } from "./lines.ts";
import { say } from "./terminal.ts";

const PREFIX = "map/";
/** An address, perhaps with a unit. */
const PLC = /^[^\s/][^\s]{0,79}$/;

function readMap(path: string): ReadMap {
	let text: string;
	try {
		text = readFileSync(path, "utf8");
	} catch (error) {
		throw new UsageError(`The register map ${path} cannot be read (${(error as NodeJS.ErrnoException).code}): check the path.`);
	}
	return readRegisterMap(text, path, protocols);
}

const record = (plc: string, entries: readonly MapEntry[], isConfigured: boolean): Change => ({
	kind: "baseline",
	key: `${PREFIX}${plc}`,
	value: { plc, entries, isConfigured },
});

/** Puts the maps that the configuration names into the store, in place of those that it named before. Throws where one is wrong. */
export async function storeMaps(maps: Config["maps"], store: Store): Promise<void> {
	const changes: Change[] = [];
	for await (const [key, value] of store.list("baseline", { from: PREFIX, to: `${PREFIX}\uffff` }))
		if ((value as { isConfigured?: unknown }).isConfigured === true) changes.push({ kind: "baseline", key, value: null });
	for (const { plc, file } of maps) changes.push(record(plc, readMap(file).entries, true));
	if (changes.length > 0) await store.batch(changes, { durable: true });
}

/** The map and the PLC that a verb was given. */
function given(verb: string, input: Arguments, paths: readonly string[]): ReadMap & { plc: string } {
	const plc = input.text("plc");
	if (plc === undefined || !PLC.test(plc) || paths.length !== 1)
		throw new UsageError(`map: ${verb} takes one file, and --plc ADDRESS or ADDRESS/UNIT, whose map it is.`);
	return { plc, ...readMap(paths[0]!) };
}

/** What the limits of this map would have said, in lines. */
function rehearsed(analyst: Analyst, plc: string, entries: readonly MapEntry[]): string[] {
	if (entries.every(({ limits }) => Object.keys(limits).length === 0)) return ["The map has no alarm limits."];
	analyst.maps.set(plc, entries);
	const lines = analyst
		.rehearsals()
		.filter(({ plc: address, unit }) => {
			// A unit may have a map of its own.
			const map = analyst.maps.of(address, unit);
			return isMeant(plc, { plc: address, ...(unit >= 0 && { unit }) }) && map?.get(entries[0]!.point) === entries[0];
		})
		.flatMap((one) => rehearsalWords(one, protocols.find(({ name }) => name === one.protocol)!.pointName));
	return lines.length > 0 ? lines : [`It is the map of no PLC that is known: ${plc} was not seen, or its units have maps of their own.`];
}

/** What a map would have alarmed, before it is set. */
async function checkMap(input: Arguments, paths: readonly string[]): Promise<number> {
	const { plc, entries } = given("check", input, paths);
	output(`${rehearsed(await learned(input), plc, entries).join("\n")}\n`);
	return EXIT.fine;
}

async function importMap(input: Arguments, paths: readonly string[]): Promise<number> {
	const { plc, entries, unused } = given("import", input, paths);
	const store = await openStore(stateOf(input));
	let lines: string[];
	try {
		await store.batch([record(plc, entries, false)], { durable: true });
		lines = rehearsed(await recall(store), plc, entries);
	} finally {
		await store.close();
	}
	const named = entries.filter(({ name }) => name !== undefined).length;
	const limited = entries.filter(({ limits }) => Object.keys(limits).length > 0).length;
	say(`${entries.length} points of ${plc}: ${named} with a name, ${limited} with alarm limits`);
	if (unused.length > 0) say(`columns that were not used: ${unused.join(", ")}`);
	if (limited > 0) for (const line of lines) say(line);
	return EXIT.fine;
}

/** A point as a document has it. */
export interface FoundPoint {
	point: string;
	name?: string;
	kind: string;
	min?: number;
	max?: number;
	states?: number[];
	written?: { seen: number };
}

/** Rows of a map of what was found, with what a map of before says of it. A number in two registers is one row, that of the first. */
export function mapRows(found: readonly FoundPoint[], map: ReadonlyMap<string, MapEntry> | undefined): (string | number)[][] {
	const rows: (string | number)[][] = [];
	const numbers = new Map(found.map(({ point }) => [point, wideEntry(point)]));
	const words = new Set([...numbers.values()].flatMap((number) => (number === undefined ? [] : [number.point, number.second])));
	for (const { point, name, kind, min, max, states, written } of found) {
		if (words.has(point)) continue;
		const number = numbers.get(point);
		const old = map?.get(number?.point ?? point);
		const entry: MapEntry = {
			...(old ?? { point: number?.point ?? point, ...(name !== undefined && { name }), scale: 1, offset: 0, order: "ABCD", limits: {} }),
			...(number !== undefined && old?.type === undefined && { type: number.type, order: number.order }),
		};
		rows.push([...mapCells(entry), kind, min ?? states?.[0] ?? "", max ?? states?.at(-1) ?? "", written?.seen ?? ""]);
	}
	// What the map has and nobody touched stays in it.
	const touched = new Set([...found.map(({ point }) => point), ...words]);
	for (const entry of map?.values() ?? []) if (!touched.has(entry.point)) rows.push([...mapCells(entry), "", "", "", ""]);
	return rows;
}

async function exportMaps(input: Arguments): Promise<number> {
	const analyst = await learned(input);
	const wanted = input.text("plc");
	const documents = analyst.documents().filter((document) => isMeant(wanted, document));
	if (wanted !== undefined && documents.length === 0) throw new UsageError(`map: there is no PLC ${wanted}.`);
	const folder = input.text("out");
	if (folder === undefined && documents.length > 1)
		throw new UsageError(
			`map: there are ${documents.length} PLCs; give --plc for one of them, or --out for a folder with a file for each.`,
		);
	for (const { protocol, plc, unit, points } of documents) {
		const map = analyst.maps.of(plc, unit ?? -1);
		const text = writeTable([MAP_HEADER, ...mapRows((points ?? []) as FoundPoint[], map)]);
		if (folder === undefined) output(text);
		else {
			const name = `${protocol}-${plc}${unit === undefined ? "" : `-${unit}`}`.replace(/[^A-Za-z0-9._-]/g, "_");
			try {
				mkdirSync(folder, { recursive: true });
				writeFileSync(join(folder, `${name}.csv`), text);
			} catch (error) {
				throw new UsageError(
					`map: ${folder} cannot be written (${(error as NodeJS.ErrnoException).code}): name a folder that you may write to.`,
				);
			}
		}
	}
	return EXIT.fine;
}

export const map: CommandRecord = {
	name: "map",
	operands: "import|check|export [FILE]",
	help: [
		"Register maps (CSV): what the points of a PLC are called, their units, scales, types and alarm limits.",
		"  import FILE --plc P  takes the map of one PLC into a box that does not run (or name it in the configuration, under maps)",
		"  check FILE --plc P   says what its alarm limits would have alarmed in the last 7 days, of a box (also while it runs) or of captures (--learn); sets nothing",
		"  export               writes what was found as a map to fill in, of a box (also while it runs) or of captures (--learn)",
		"A column is known by its title, as real tools write it: address (holding:107, 40108, 400108, %MW107, a node id), table, name, unit, scale, offset,",
		"raw low, raw high, scaled low, scaled high, type (bool, uint16, int16, uint32, int32, float32), word order (ABCD, CDAB, BADC, DCBA), low low, low, high, high high.",
	].join("\n"),
	options: {
		plc: { type: "string", value: "ADDRESS[/UNIT]", help: "whose map it is; without a unit, that of every unit there" },
		out: { type: "string", value: "FOLDER", help: "write one file for each PLC there instead of to standard output" },
		learn: { type: "string", multiple: true, value: "FILE", help: "a capture to learn from instead of a box (may be given several times)" },
		state: { type: "string", value: "DIR", help: "the box's state, instead of the configuration's stateDir" },
		config: { type: "string", value: "FILE", help: "configuration (YAML) of the box" },
	},
	run: async (input) => {
		const [verb = "", ...operands] = input.operands;
		if (verb === "import") return importMap(input, operands);
		if (verb === "check") return checkMap(input, operands);
		if (verb === "export") return exportMaps(input);
		throw new UsageError(
			`map: ${verb === "" ? "say what to do" : `there is no "${verb}"`}: import, check, export; see \`spanwatch map --help\`.`,
		);
	},
};
