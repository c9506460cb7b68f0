/**
 * `npm run bench:storage`: what the baseline costs. Bytes written to the disk in a simulated day, time from a restart to ready, memory for a point, and what a scan
 * of everything leaves behind. The same plant each time, on a simulated clock; the bytes are those that the kernel counted for this process, whatever LevelDB does. The table
 * goes into `src/baseline/README.md`, between its marks.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BaselineSaver, HABIT_SECONDS, NEWS_EVERY } from "../../src/app/baselineSaver.ts";
import { Station } from "../../src/app/station.ts";
import { loadConfig } from "../../src/config/load.ts";
import { openStore } from "../../src/store/level.ts";
import type { Store } from "../../src/store/store.ts";
import { PlantBed } from "../detect/plantBed.ts";

const HMI = "10.0.1.1";
const HISTORIAN = "10.0.1.2";
const DAY_SECONDS = 86_400;
const DAY_PLCS = 10;
const DAY_POINTS = 100;
const LARGE_PLCS = 50;
const LARGE_POINTS = 2000;
const SCANNED_UNITS = 247;
const REGISTERS = 65_536;
/** Restarts, of which the fastest counts: other work on the machine only adds. */
const RESTARTS = 3;
/** Registers of one Modbus request. */
const REQUEST = 125;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "spanwatch-bench-"));
const plc = (number: number) => `10.0.${2 + (number >> 7)}.${1 + (number & 127)}`;

/** Bytes that this process has handed to the kernel to be written, and bytes of pages that it made dirty on a disk. */
function written(): { calls: number; disk: number } {
	const text = readFileSync("/proc/self/io", "utf8");
	const field = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(text)?.[1]);
	return { calls: field("wchar"), disk: field("write_bytes") };
}

function memory(): number {
	// Buffers are given back by the pass after the one that found their owner gone.
	for (let pass = 0; pass < 3; pass++) collect();
	const { heapUsed, external } = process.memoryUsage();
	return heapUsed + external;
}

/** What a register of a plant says: some stand still, some count, some switch, most waver. */
function registerOf(point: number, second: number, last: number): number {
	const noise = ((Math.imul(second * 7919 + point * 104_729, 0x9e3779b1) >>> 0) / 2 ** 32) * 2 - 1;
	if (point % 10 < 3) return 1000 + point;
	if (point % 10 === 3) return (second + point) % 65_536;
	if (point % 10 === 4) return Math.floor(second / (60 + (point % 50))) % 3;
	if (point % 10 === 5) return last + (noise > 0.98 ? 1 : 0);
	return Math.round(2000 + 500 * Math.sin((second + point * 60) / 3000) + 20 * noise);
}

async function store(saver: BaselineSaver, now: number, into: Store): Promise<void> {
	const changes = [...saver.due(now)].map(([key, value]) => ({ kind: "baseline" as const, key, value }));
	if (changes.length > 0) await into.batch(changes, { durable: false });
}

async function simulateDay(): Promise<{ calls: number; disk: number; kept: number }> {
	const bed = new PlantBed({ habits: { saveSeconds: HABIT_SECONDS } });
	const dir = join(folder, "day");
	const level = await openStore(dir);
	const saver = new BaselineSaver(bed.analyst);
	const values = Array.from({ length: DAY_PLCS }, () => new Array<number>(DAY_POINTS).fill(0));
	const before = written();
	for (let second = 0; second < DAY_SECONDS; second++) {
		values.forEach((list, number) => {
			for (let at = 0; at < DAY_POINTS; at++) list[at] = registerOf(number * DAY_POINTS + at, second, list[at]!);
			bed.read(HMI, plc(number), 0, list);
			if (second % 10 === number) bed.read(HISTORIAN, plc(number), 0, list.slice(0, 20));
			if (second % 600 === number) bed.write(HMI, plc(number), 0, [1000 + number * DAY_POINTS]);
		});
		bed.time += 1e6;
		bed.analyst.advance(bed.time);
		if ((second * 1000) % NEWS_EVERY === 0) await store(saver, second * 1000, level);
	}
	await level.close();
	const after = written();
	const kept = readdirSync(join(dir, "store")).reduce((sum, name) => sum + statSync(join(dir, "store", name)).size, 0);
	return { calls: after.calls - before.calls, disk: after.disk - before.disk, kept };
}

/** Makes a plant with many points, in memory and in a store. */
async function makeLarge(dir: string): Promise<{ points: number; perPoint: number }> {
	const before = memory();
	const bed = new PlantBed();
	for (let round = 0; round < 20; round++) {
		for (let number = 0; number < LARGE_PLCS; number++)
			for (let at = 0; at < LARGE_POINTS; at += REQUEST) {
				const count = Math.min(REQUEST, LARGE_POINTS - at);
				bed.read(
					HMI,
					plc(number),
					at,
					Array.from({ length: count }, (_, n) => registerOf(at + n, round, round)),
				);
			}
		bed.wait(1);
	}
	const { points } = bed.analyst.stats();
	const perPoint = (memory() - before) / points;
	const level = await openStore(dir);
	await level.batch(
		[...bed.analyst.save()].map(([key, value]) => ({ kind: "baseline" as const, key, value })),
		{ durable: true },
	);
	await level.close();
	return { points, perPoint };
}

/** Seconds from the start of the station to the moment in which its engine watches again. */
async function restart(dir: string): Promise<number> {
	const config = loadConfig(undefined, { stateDir: dir });
	config.web.port = 0;
	config.broker.port = 0;
	const watch = [join(root, "captures", "plant-routine.pcap")];
	const began = performance.now();
	const station = new Station({
		config,
		source: { kind: "files", learn: [], watch, speed: 1 },
		onPhase: () => {},
		onAlert: () => {},
		onWarning: () => {},
	});
	await station.start();
	const seconds = (performance.now() - began) / 1000;
	await station.stop();
	return seconds;
}

/** One client asks each of 247 units for each of its registers, and gets values. */
function scan(isKnown: boolean): { points: number; memory: number; seconds: number; records: number } {
	const bed = new PlantBed();
	if (isKnown) bed.read(HMI, plc(0), 0, [1]);
	else {
		for (let round = 0; round < 100; round++) {
			bed.read(HMI, plc(0), 0, [1, 2, 3]);
			bed.wait(1);
		}
		bed.analyst.endLearning();
	}
	const before = memory();
	const known = bed.analyst.stats().points;
	const began = performance.now();
	const values = Array.from({ length: REQUEST }, (_, at) => at);
	for (let unit = 1; unit <= SCANNED_UNITS; unit++) {
		for (let at = 0; at < REGISTERS; at += REQUEST)
			bed.read(isKnown ? HMI : "10.0.9.9", plc(0), at, values.slice(0, Math.min(REQUEST, REGISTERS - at)), { unit });
		bed.wait(1);
		bed.detections.length = 0;
	}
	const seconds = (performance.now() - began) / 1000;
	const taken = memory() - before;
	const records = [...bed.analyst.save()].length;
	return { points: bed.analyst.stats().points - known, memory: taken, seconds, records };
}

const mega = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

try {
	const large = await makeLarge(join(folder, "large"));
	let ready = Number.POSITIVE_INFINITY;
	for (let round = 0; round < RESTARTS; round++) ready = Math.min(ready, await restart(join(folder, "large")));
	const known = scan(true);
	const stranger = scan(false);
	const day = await simulateDay();
	const table = [
		"| what | measured | at most |",
		"| --- | --- | --- |",
		`| written in a simulated day, ${DAY_PLCS * DAY_POINTS} points polled each second (bytes handed to the kernel) | ${mega(day.calls)} | 500 MB |`,
		`| the same, as pages that became dirty on the disk | ${mega(day.disk)} | 500 MB |`,
		`| the state on the disk after that day | ${mega(day.kept)} | |`,
		`| from a restart to ready with ${large.points} points (the fastest of ${RESTARTS}) | ${ready.toFixed(1)} s | 5 s |`,
		`| memory for a point (at ${large.points} points) | ${Math.round(large.perPoint)} bytes | 1024 bytes |`,
		`| a scan of ${REGISTERS} registers of ${SCANNED_UNITS} units while everything is still learned: points that are made | ${known.points} | 262144 |`,
		`| the same: memory that it takes | ${mega(known.memory)} | 512 MB |`,
		`| the same scan by a stranger, once clients are known: points that are made | ${stranger.points} | 0 |`,
		`| the same: memory that it takes | ${mega(stranger.memory)} | 10 MB |`,
	].join("\n");
	process.stdout.write(`${table}\n`);
	process.stderr.write(
		`scans took ${known.seconds.toFixed(1)} s and ${stranger.seconds.toFixed(1)} s, and made ${known.records} and ${stranger.records} records\n`,
	);
	const readme = join(root, "src", "baseline", "README.md");
	const text = readFileSync(readme, "utf8");
	const marked = text.replace(
		/(<!-- storage -->\n)[\s\S]*?(\n<!-- \/storage -->)/,
		(_, from: string, to: string) => `${from}${table}${to}`,
	);
	writeFileSync(readme, marked);
} finally {
	rmSync(folder, { recursive: true, force: true });
}
