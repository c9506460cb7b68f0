/**
 * Damaged traffic through the whole pipeline: nothing throws, and what was learned can be saved and taken back. Seconds as many as `FUZZ_SECONDS` says (5 without,
 * 20 in CI). What is found is written to test/regressions, where the second test goes through it ever after.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { protocols, services } from "../../protocols/index.ts";
import { AlertBook } from "../../src/alert/book.ts";
import { Engine } from "../../src/app/engine.ts";
import { flowLine, observationLine } from "../../src/app/lines.ts";
import { records } from "../../src/app/records.ts";
import { vendorOf } from "../../src/assets/vendor.ts";
import { CaptureError } from "../../src/capture/error.ts";
import { CaptureReader } from "../../src/capture/reader.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import { Dice, mutate, type Specimen } from "./mutation.ts";

const SECONDS = Number(process.env.FUZZ_SECONDS ?? (process.env.CI === undefined ? 5 : 20));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const REGRESSIONS = join(ROOT, "test/regressions");
/** Frames of a seed; longer ones give a window. */
const WINDOW = 300;
/** Windows that one monitor sees, one after the other: making its tables costs more than a window. */
const WINDOWS = 40;
/** Milliseconds spent on making a find smaller. */
const SHRINK = 60_000;
const MOST_BYTES = 300_000;

/** Frames of a capture, copied; none where it is no capture. */
function framesOf(path: string): Specimen[] {
	const frames: Specimen[] = [];
	const reader = new CaptureReader(
		({ time, wireLength, linkType, bytes, start, capturedLength }) =>
			frames.push({ time, wireLength, linkType, bytes: bytes.slice(start, start + capturedLength) }),
		{ name: path },
	);
	try {
		reader.push(readFileSync(path));
		reader.end();
	} catch (error) {
		if (!(error instanceof CaptureError)) throw error;
	}
	return frames;
}

/** Everything that a monitor does with frames. Throws what they make it throw. */
function drive(frames: readonly Specimen[], learned: number): void {
	const make = () => {
		const book = new AlertBook({ site: "fuzz", sensor: "fuzz", records });
		return { book, analyst: new Analyst({ protocols, vendorOf, onDetection: (detection) => book.detect(detection) }) };
	};
	const { book, analyst } = make();
	const engine = new Engine({
		protocols,
		services,
		analyst,
		onObservation: (protocol, observation, flow) => JSON.stringify(observationLine(protocol, observation, flow)),
		onFlow: (flow, service) => JSON.stringify(flowLine(flow, service)),
	});
	const frame = {
		number: 0,
		time: 0,
		capturedLength: 0,
		wireLength: 0,
		linkType: 1,
		interfaceId: 0,
		bytes: new Uint8Array() as Uint8Array,
		start: 0,
	};
	for (const { time, wireLength, linkType, bytes } of frames) {
		if (frame.number === learned) analyst.endLearning();
		frame.number++;
		frame.time = time;
		frame.wireLength = wireLength;
		frame.linkType = linkType;
		frame.bytes = bytes;
		frame.capturedLength = bytes.length;
		engine.frame(frame);
	}
	engine.endSource();
	for (const { alert } of book.flush(true)) JSON.stringify(alert);
	JSON.stringify([analyst.assets(), analyst.plcs(frame.time), analyst.stats(), engine.counts()]);
	const saved = JSON.parse(JSON.stringify([...analyst.save()])) as [string, unknown][];
	const again = make().analyst;
	again.restore(saved.filter(([, value]) => value !== null));
	expect(again.stats().damaged).toBe(0);
	expect(again.stats().points).toBe(analyst.stats().points);
}

/** A classic pcap. */
function pcap(frames: readonly Specimen[]): Uint8Array {
	const size = frames.reduce((sum, { bytes }) => sum + 16 + bytes.length, 24);
	const file = new Uint8Array(size);
	const view = new DataView(file.buffer);
	view.setUint32(0, 0xa1b2c3d4, true);
	view.setUint16(4, 2, true);
	view.setUint16(6, 4, true);
	view.setUint32(16, 65_535, true);
	view.setUint32(20, frames[0]?.linkType ?? 1, true);
	let at = 24;
	for (const { time, wireLength, bytes } of frames) {
		const whole = Math.min(Math.max(0, Math.floor(time)), 4_294_967_295e6);
		view.setUint32(at, Math.floor(whole / 1e6), true);
		view.setUint32(at + 4, whole % 1e6, true);
		view.setUint32(at + 8, bytes.length, true);
		view.setUint32(at + 12, Math.max(wireLength, bytes.length), true);
		file.set(bytes, at + 16);
		at += 16 + bytes.length;
	}
	return file;
}

/** Fewer frames that still throw. */
function shrink(frames: Specimen[], learned: number): Specimen[] {
	const throws = (some: Specimen[]) => {
		try {
			drive(some, learned);
			return false;
		} catch {
			return true;
		}
	};
	let rest = frames;
	const end = performance.now() + SHRINK;
	for (let size = Math.ceil(rest.length / 2); size >= 1; size = Math.floor(size / 2)) {
		for (let at = 0; at < rest.length && performance.now() < end; ) {
			const less = [...rest.slice(0, at), ...rest.slice(at + size)];
			if (less.length > 0 && throws(less)) rest = less;
			else at += size;
		}
	}
	return rest;
}

function seeds(): Specimen[][] {
	const captures = join(ROOT, "captures");
	const found = readdirSync(captures)
		.filter((name) => name.endsWith(".pcap"))
		.map((name) => framesOf(join(captures, name)));
	const shared = join(ROOT, "../shared/captures");
	if (!existsSync(shared)) return found;
	for (const name of readdirSync(shared, { recursive: true, encoding: "utf8" })) {
		const path = join(shared, name);
		if (/\.(pcap|pcapng|cap)$/.test(name) && statSync(path).size < MOST_BYTES) found.push(framesOf(path));
	}
	return found.filter((frames) => frames.length > 0);
}

describe("damaged traffic", () => {
	it(`throws nothing in ${SECONDS} s`, { timeout: SECONDS * 1000 + 120_000 }, () => {
		const all = seeds();
		// What CI says of a change must not hang on luck.
		const first = Number(process.env.FUZZ_SEED ?? (process.env.CI ? 5 : Date.now() & 0x7fffffff));
		const end = performance.now() + SECONDS * 1000;
		let rounds = 0;
		let count = 0;
		while (performance.now() < end) {
			const dice = new Dice(first + rounds++);
			const frames: Specimen[] = [];
			for (let window = 0; window < WINDOWS; window++) {
				const seed = dice.pick(all);
				const from = dice.below(Math.max(1, seed.length - WINDOW + 1));
				frames.push(...mutate(seed.slice(from, from + WINDOW), dice));
			}
			const learned = dice.below(frames.length);
			count += frames.length;
			try {
				drive(frames, learned);
			} catch (error) {
				const path = join(REGRESSIONS, `pipeline-${first + rounds - 1}.pcap`);
				writeFileSync(path, pcap(shrink(frames, learned)));
				throw new Error(`${path} makes it throw (learned: ${learned}): ${(error as Error).stack}`);
			}
		}
		console.info(`${rounds * WINDOWS} damaged captures, ${count} frames, seed ${first}`);
		expect(rounds).toBeGreaterThan(0);
	});

	const finds = readdirSync(REGRESSIONS).filter((name) => name.endsWith(".pcap"));
	it.each(finds)("%s, found before, throws nothing", (name) => {
		const frames = framesOf(join(REGRESSIONS, name));
		expect(frames.length).toBeGreaterThan(0);
		for (const learned of [0, 1, Math.floor(frames.length / 2), frames.length - 1]) drive(frames, learned);
	});
});
