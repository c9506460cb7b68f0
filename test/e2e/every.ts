/**
 * Puts captures through the whole pipeline, decode lines and alerts, and says after each how that went: one JSON line. A child process of
 * `publicCaptures.test.ts`, so that a hang is seen and memory is measured. Reads their paths from standard input, one a line.
 */
import { readFileSync } from "node:fs";
import { decodeRecording } from "../../captures/lab/expectation.ts";
import { Replay } from "../../src/app/replay.ts";
import { CaptureError } from "../../src/capture/error.ts";

export interface Passage {
	path: string;
	frames: number;
	lines: number;
	/** Of which something was decoded. */
	protocols: string[];
	alerts: Record<string, number>;
	/** Milliseconds for decoding, and for learning the first half and watching the second. */
	time: number;
	/** Bytes that the process holds. */
	memory: number;
	/** Bytes of objects and buffers that it needs; 0 where that was not looked at. */
	needed: number;
	/** Why it is no capture. */
	refused?: string;
	/** What was thrown; nothing may be. */
	thrown?: string;
}

/** Captures after which what is let go of is collected (the process runs with --expose-gc): each time would take longer than the captures do. */
const COLLECT_EVERY = 4;
let passed = 0;

async function pass(path: string): Promise<Passage> {
	const began = performance.now();
	const passage: Passage = { path, frames: 0, lines: 0, protocols: [], alerts: {}, time: 0, memory: 0, needed: 0 };
	try {
		const { lines, observations } = await decodeRecording(path);
		passage.lines = lines;
		passage.protocols = Object.keys(observations);
		const replay = new Replay({ steps: [{ path, isLearned: false }], boundary: { kind: "percent", amount: 50 } });
		await replay.run();
		for (const { type } of replay.alerts()) passage.alerts[type] = (passage.alerts[type] ?? 0) + 1;
		passage.frames = replay.summary().frames as number;
	} catch (error) {
		if (error instanceof CaptureError) passage.refused = error.message;
		else passage.thrown = (error as Error).stack ?? String(error);
	}
	passage.time = Math.round(performance.now() - began);
	// What is let go of is not growth, whenever it is collected.
	if (++passed % COLLECT_EVERY === 0) {
		globalThis.gc!();
		const { heapUsed, external } = process.memoryUsage();
		passage.needed = heapUsed + external;
	}
	passage.memory = process.memoryUsage.rss();
	return passage;
}

for (const path of readFileSync(0, "utf8").trim().split("\n")) process.stdout.write(`${JSON.stringify(await pass(path))}\n`);
