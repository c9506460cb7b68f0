/**
 * `npm run bench:indicators`: what lists of indicators cost. Memory for each in the engine and in the station, the time of a look at one that is not listed, and what a polled answer
 * costs more with a list than without: nothing. The table goes into `src/README.md`, between its marks.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deserialize, serialize, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { protocols, services } from "../../protocols/index.ts";
import { Engine } from "../../src/app/engine.ts";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import { type IndicatorColumns, piecesOf } from "../../src/intel/indicator.ts";
import { IndicatorLists } from "../../src/intel/indicatorList.ts";
import { IndicatorTable } from "../../src/intel/indicatorTable.ts";
import { writePollingCapture } from "./polling.ts";

const COUNT = 100_000;
const LOOKS = 300_000;
const FRAMES = 100_000;
/** Runs with and without a list, in turn; the fastest of each counts, as other work on the machine only adds. */
const ROUNDS = 5;
/** Milliseconds of work of this process, whatever else the machine does. */
const worked = (): number => process.cpuUsage().user / 1000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
function memory(): number {
	// The text in which something was sought last is kept by the system.
	/a/.exec("a");
	for (let pass = 0; pass < 3; pass++) collect();
	const { heapUsed, external } = process.memoryUsage();
	return heapUsed + external;
}

const address = (at: number) => `203.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
const domain = (at: number) => `host${at}.zone${at % 977}.example`;
const digits = (at: number) => at.toString(16).padStart(40, "0");
const lines = (type: string, value: (at: number) => string) => () =>
	`type,value,name,confidence,valid until\n${Array.from({ length: COUNT }, (_, at) => `${type},${value(at)},C2,80,2030-01-01`).join("\n")}\n`;

/** Lists of 100,000, each of one kind. */
const LISTS: readonly [name: string, text: () => string][] = [
	["address, CSV", lines("ip", address)],
	["domain, CSV", lines("domain", domain)],
	["certificate, CSV", lines("thumbprint", digits)],
	[
		"address, STIX (each with its own name and id)",
		() =>
			JSON.stringify({
				type: "bundle",
				objects: Array.from({ length: COUNT }, (_, at) => ({
					type: "indicator",
					id: `indicator--${digits(at).slice(0, 8)}-0000-4000-8000-${digits(at).slice(-12)}`,
					name: `Address ${at} of a botnet`,
					confidence: 80,
					modified: "2026-01-01T00:00:00Z",
					valid_until: "2030-01-01T00:00:00Z",
					labels: ["malicious-activity"],
					pattern: `[ipv4-addr:value = '${address(at)}']`,
				})),
			}),
	],
];

/** Reads a list; its text is gone when this returns. */
function read(text: () => string): IndicatorColumns {
	const lists = new IndicatorLists(0);
	lists.read(text(), "list", "list");
	return lists.columns();
}

/** As the engine gets it. */
const sent = function* (columns: IndicatorColumns): Generator<IndicatorColumns> {
	for (const piece of piecesOf(columns, 20_000)) yield deserialize(serialize(piece)) as IndicatorColumns;
};

function sizes(text: () => string): { station: number; engine: number } {
	const empty = memory();
	const columns = read(text);
	const after = memory();
	const table = new IndicatorTable();
	for (const piece of sent(columns)) table.add(piece);
	const engine = memory() - after;
	if (table.size !== COUNT || columns.values.length !== COUNT) throw new Error(`${table.size} of ${COUNT} indicators were read`);
	return { station: (after - empty) / COUNT, engine: engine / COUNT };
}

const NEVER = (): boolean => false;
function nanoseconds(look: (at: number) => unknown): number {
	let best = Number.POSITIVE_INFINITY;
	for (let round = 0; round < ROUNDS; round++) {
		const began = worked();
		let found = 0;
		for (let at = 0; at < LOOKS; at++) if (look(at) !== undefined) found++;
		if (found > 0) throw new Error("something was found that is not listed");
		best = Math.min(best, ((worked() - began) * 1e6) / LOOKS);
	}
	return best;
}

/** Milliseconds for a capture of polling, learned and judged. */
async function poll(file: string, columns: IndicatorColumns | undefined): Promise<number> {
	const analyst = new Analyst({ protocols, onDetection: () => {} });
	if (columns !== undefined) analyst.indicators.take(columns);
	const engine = new Engine({ protocols, services, analyst });
	const began = worked();
	await readCapture(new CaptureInput(file), engine.frame);
	return worked() - began;
}

async function main(): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "spanwatch-bench-"));
	try {
		const rows = LISTS.map(([name, text]) => {
			const { station, engine } = sizes(text);
			return `| memory for each ${name} | ${Math.round(engine)} bytes in the engine, ${Math.round(station)} in the station |`;
		});
		const addresses = new IndicatorTable();
		addresses.add(read(LISTS[0]![1]));
		const networks = new IndicatorTable();
		networks.add(read(() => Array.from({ length: 25 }, (_, bits) => `203.0.113.0/${bits + 8}`).join("\n")));
		const domains = new IndicatorTable();
		domains.add(read(LISTS[1]![1]));
		const far = Array.from({ length: 1024 }, (_, at) => `198.51.${at >> 8}.${at & 255}`);
		const names = Array.from({ length: 1024 }, (_, at) => `plc-${at}.line.plant.example`);
		const ns = (value: number) => `${Math.round(value)} ns`;
		rows.push(
			`| a look at an address that is not listed, once for each end of a new connection | ${ns(nanoseconds((at) => addresses.address(far[at & 1023]!, NEVER)))} |`,
			`| the same where networks of 25 lengths are listed | ${ns(nanoseconds((at) => networks.address(far[at & 1023]!, NEVER)))} |`,
			`| a look at a name of four labels that is not listed | ${ns(nanoseconds((at) => domains.domain(names[at & 1023]!, NEVER)))} |`,
		);
		const file = join(folder, "polling.pcap");
		writePollingCapture(file, FRAMES);
		const columns = read(LISTS[0]![1]);
		const best = { without: Number.POSITIVE_INFINITY, with: Number.POSITIVE_INFINITY };
		for (let round = 0; round < ROUNDS; round++) {
			best.without = Math.min(best.without, await poll(file, undefined));
			best.with = Math.min(best.with, await poll(file, columns));
		}
		const perFrame = (milliseconds: number) => Math.round((milliseconds * 1e6) / FRAMES);
		rows.push(
			`| a frame of Modbus polling, learned and judged | ${perFrame(best.without)} ns without a list, ${perFrame(best.with)} ns with ${COUNT.toLocaleString("en")} addresses |`,
		);
		const table = ["| what, at 100,000 indicators | measured |", "| --- | --- |", ...rows].join("\n");
		process.stdout.write(`${table}\n`);
		const readme = fileURLToPath(new URL("../../../src/README.md", import.meta.url));
		const text = readFileSync(readme, "utf8");
		writeFileSync(
			readme,
			text.replace(/(<!-- indicators -->\n)[\s\S]*?(\n<!-- \/indicators -->)/, (_, from: string, to: string) => `${from}${table}${to}`),
		);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
void main();
