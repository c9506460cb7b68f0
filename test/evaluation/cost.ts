/**
 * What learning costs: time of an operation, as a whole and by the file in which it is spent (each trait is a file of its own, so a new one shows up by itself), and memory of
 * a point.
 */
import { Session } from "node:inspector/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { protocols, services } from "../../protocols/index.ts";
import { Engine } from "../../src/app/engine.ts";
import type { Frame } from "../../src/capture/frame.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import { PlantBed } from "../detect/plantBed.ts";
import { DAY, HOUR, MINUTE } from "./calendar.ts";
import { agenda } from "./people.ts";
import { firstState, Simulation } from "./simulation.ts";

export interface Cost {
	/** Nanoseconds of an operation with its two frames: decoded alone, and learned and judged. */
	decoded: number;
	learned: number;
	operations: number;
	/** Nanoseconds of an operation by source file of learning and judging, dearest first. */
	files: [file: string, nanoseconds: number][];
	/** Bytes of a point by number of points. */
	memory: [points: number, bytes: number][];
	saveMilliseconds: number;
	restoreMilliseconds: number;
}

const ROUNDS = 5;
const POINTS_OF_UNIT = 400;

/** A busy hour of the plant, in memory. */
function record(): Frame[] {
	const frames: Frame[] = [];
	const from = DAY + 13 * HOUR;
	const keep = (frame: Readonly<Frame>): void => {
		if (simulation.state.time >= from) frames.push({ ...frame, bytes: frame.bytes.slice(0, frame.capturedLength) });
	};
	const simulation: Simulation = new Simulation(firstState(1), agenda(1), keep);
	simulation.run(from + HOUR + MINUTE);
	return frames;
}

/** Feeds the recording so many times, each an hour later. Nanoseconds of the processor altogether, so that others on the machine do not count. */
function feed(engine: Engine, frames: readonly Frame[], rounds: number, shift: { time: number; number: number }): number {
	const began = process.cpuUsage();
	const frame: Frame = { ...frames[0]! };
	for (let round = 0; round < rounds; round++) {
		for (const one of frames) {
			Object.assign(frame, one);
			frame.time = one.time + shift.time;
			frame.number = ++shift.number;
			engine.frame(frame);
		}
		engine.endSource();
		shift.time += HOUR + MINUTE;
	}
	const { user, system } = process.cpuUsage(began);
	return (user + system) * 1000;
}

export async function measureCost(pointCounts: readonly number[]): Promise<Cost> {
	const frames = record();
	const analyst = new Analyst({ protocols, onDetection: () => {} });
	const bare = new Engine({ protocols, services });
	const whole = new Engine({ protocols, services, analyst });
	const shift = [
		{ time: 0, number: 0 },
		{ time: 0, number: 0 },
	] as const;
	// Once for the compiler, then both in turn.
	feed(bare, frames, 1, shift[0]);
	feed(whole, frames, 1, shift[1]);
	const before = analyst.stats().operations;
	const times: [number[], number[]] = [[], []];
	for (let round = 0; round < ROUNDS; round++) {
		times[0].push(feed(bare, frames, 1, shift[0]));
		times[1].push(feed(whole, frames, 1, shift[1]));
	}
	const operations = (analyst.stats().operations - before) / ROUNDS;
	const best = (list: number[]): number => Math.min(...list) / operations;
	const files = await profile(() => feed(whole, frames, ROUNDS, shift[1]), operations * ROUNDS);
	const memory = pointCounts.map((points): [number, number] => [points, memoryOf(points)]);
	const bed = fillBed(pointCounts.at(-1)!);
	let began = performance.now();
	const records = [...bed.analyst.save()];
	const saveMilliseconds = performance.now() - began;
	const fresh = bed.make();
	began = performance.now();
	fresh.restore(records);
	const restoreMilliseconds = performance.now() - began;
	return { decoded: best(times[0]), learned: best(times[1]), operations, files, memory, saveMilliseconds, restoreMilliseconds };
}

/** Nanoseconds of an operation by file, of what V8's sampling profiler saw. */
async function profile(run: () => void, operations: number): Promise<[string, number][]> {
	const session = new Session();
	session.connect();
	await session.post("Profiler.enable");
	await session.post("Profiler.setSamplingInterval", { interval: 200 });
	await session.post("Profiler.start");
	run();
	const { profile: seen } = await session.post("Profiler.stop");
	session.disconnect();
	const files = new Map(
		seen.nodes.map(({ id, callFrame }) => [id, callFrame.url.replace(/^.*\/(src|protocols)\//, "$1/").replace(/\.js$/, ".ts")]),
	);
	const micros = new Map<string, number>();
	seen.samples?.forEach((id, at) => {
		const file = files.get(id) ?? "";
		if (/^src\/(baseline|detect|assets)\//.test(file)) micros.set(file, (micros.get(file) ?? 0) + seen.timeDeltas![at]!);
	});
	return [...micros]
		.map(([file, sum]): [string, number] => [file, (sum * 1000) / operations])
		.filter(([, nanoseconds]) => nanoseconds >= 1)
		.sort(([, one], [, other]) => other - one);
}

/** A PLC network with so many points, each with some history. */
function fillBed(points: number): PlantBed {
	const bed = new PlantBed();
	const values = new Array<number>(100).fill(0);
	for (let round = 0; round < 20; round++) {
		for (let unit = 0; unit * POINTS_OF_UNIT < points; unit++) {
			for (let first = 0; first < POINTS_OF_UNIT; first += values.length) {
				for (let at = 0; at < values.length; at++)
					values[at] = (first + at) % 3 === 0 ? 100 : 1000 + ((round * 37 + first * 11 + at * 7) % 90);
				bed.read("10.40.0.1", `10.40.${1 + Math.floor(unit / 250)}.${1 + (unit % 250)}`, first, values);
			}
		}
		bed.wait(60);
	}
	return bed;
}

function memoryOf(points: number): number {
	setFlagsFromString("--expose-gc");
	const collect = runInNewContext("gc") as () => void;
	const used = (): number => {
		collect();
		collect();
		const { heapUsed, external } = process.memoryUsage();
		return heapUsed + external;
	};
	const before = used();
	const bed = fillBed(points);
	const bytes = (used() - before) / bed.analyst.stats().points;
	bed.take();
	return bytes;
}
