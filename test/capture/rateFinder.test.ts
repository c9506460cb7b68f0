/** Finding the rate of a line: a line spoken at one rate and format, sampled by a port at another, as its receiver would. */
import { describe, expect, it } from "vitest";
import { RateFinder, TRIAL_BYTES, TRIAL_MICROS, type Trial } from "../../src/capture/rateFinder.ts";
import type { CharacterFormat } from "../../src/capture/serialSettings.ts";
import { ascii, rtu } from "../protocols/serialSamples.ts";
import { join } from "../support/decoderHarness.ts";

const format = (text: string): CharacterFormat => ({
	dataBits: text[0] === "7" ? 7 : 8,
	parity: text[1] === "N" ? "none" : text[1] === "E" ? "even" : "odd",
	stopBits: text[2] === "2" ? 2 : 1,
});
const parityOf = (byte: number, parity: "even" | "odd"): number => {
	let ones = 0;
	for (let bit = 0; bit < 8; bit++) ones += (byte >> bit) & 1;
	return (ones & 1) ^ Number(parity === "odd");
};

/** A wire: when its level changes, in seconds. Idle is 1. */
function spoken(frames: readonly Uint8Array[], baudRate: number, { dataBits, parity, stopBits }: CharacterFormat, pause: number) {
	const edges: [time: number, level: number][] = [];
	let time = 0;
	let level = 1;
	const put = (next: number, bits = 1) => {
		if (next !== level) edges.push([time, next]);
		level = next;
		time += bits / baudRate;
	};
	for (const frame of frames) {
		for (const byte of frame) {
			put(0);
			for (let bit = 0; bit < dataBits; bit++) put((byte >> bit) & 1);
			if (parity !== "none") put(parityOf(byte & ((1 << dataBits) - 1), parity));
			put(1, stopBits);
		}
		put(1, 0);
		time += pause;
	}
	return { edges, end: time };
}

/**
 * What a receiver reads from a wire, from a time on: a falling edge begins a character, each bit is sampled in its middle; a character without a stop bit is dropped
 * (IGNPAR).
 */
function* received({ edges }: ReturnType<typeof spoken>, baudRate: number, { dataBits, parity }: CharacterFormat, from: number) {
	const bit = 1 / baudRate;
	let low = 0;
	for (let high = edges.length; low < high; ) {
		const middle = (low + high) >> 1;
		if (edges[middle]![0] < from) low = middle + 1;
		else high = middle;
	}
	let at = 0;
	const levelAt = (time: number) => {
		while (at + 1 < edges.length && edges[at + 1]![0] <= time) at++;
		return edges[at]![1];
	};
	let free = from;
	for (let edge = low; edge < edges.length; edge++) {
		const [start, level] = edges[edge]!;
		if (level !== 0 || start < free) continue;
		at = edge;
		let byte = 0;
		for (let index = 0; index < dataBits; index++) byte |= levelAt(start + (1.5 + index) * bit) << index;
		const place = 1.5 + dataBits + Number(parity !== "none");
		const stop = levelAt(start + place * bit);
		free = start + (place + (stop === 1 ? 0 : 0.5)) * bit;
		if (stop === 1) yield { bytes: Uint8Array.of(byte), time: Math.round(free * 1e6) };
	}
}

const POLLING = Array.from({ length: 4000 }, (_, round) => {
	const unit = 1 + (round % 3);
	const value = ((round * 7919) & 0xffff).toString(16).padStart(4, "0");
	return [`03 00${(round & 63).toString(16).padStart(2, "0")} 0002`, `03 04 ${value} 01f4`].map((pdu) => [unit, pdu] as const);
}).flat();

/** Plays the line to a port that follows the finder; the trials it made, and the bytes it had when it was sure. */
function find(finder: RateFinder, frames: readonly Uint8Array[], baudRate: number, spokenAs: CharacterFormat, pause: number) {
	const wire = spoken(frames, baudRate, spokenAs, pause);
	const tried: Trial[] = [finder.trial];
	let from = 0;
	for (let round = 0; round < 200; round++) {
		const { trial } = finder;
		let verdict: string = "more";
		for (const { bytes, time } of received(wire, trial.baudRate, trial.format, from / 1e6)) {
			from = time;
			verdict = finder.take(bytes, time);
			if (verdict !== "more") break;
		}
		if (verdict === "found") return { found: finder.trial, tried, seconds: from / 1e6 };
		if (verdict === "more") {
			from += TRIAL_MICROS;
			verdict = finder.take(new Uint8Array(0), from);
		}
		if (verdict === "next") tried.push(finder.trial);
		if (from / 1e6 > wire.end) break;
	}
	return { found: undefined, tried, seconds: from / 1e6 };
}

describe("the chooser of a line's rate", () => {
	it.each([
		[19_200, "8E1"],
		[9600, "8N1"],
		[9600, "8E1"],
		[38_400, "8N1"],
		[57_600, "8E1"],
		[115_200, "8N1"],
		[4800, "8E1"],
		[2400, "8N1"],
		[1200, "8E1"],
	])("finds RTU at %i %s", (baudRate, text) => {
		const frames = POLLING.map(([unit, pdu]) => rtu(unit, pdu));
		const { found } = find(new RateFinder({}), frames, baudRate, format(text), 0.05);
		expect(found).toEqual({ baudRate, format: format(text) });
	});

	it("reads a line with two stop bits, and one with odd parity where the port does not check it, in a format that fits", () => {
		const frames = POLLING.map(([unit, pdu]) => rtu(unit, pdu));
		expect(find(new RateFinder({}), frames, 9600, format("8N2"), 0.05).found?.baudRate).toBe(9600);
		expect(find(new RateFinder({}), frames, 19_200, format("8O1"), 0.05).found).toEqual({ baudRate: 19_200, format: format("8E1") });
	});

	it("finds ASCII in characters of seven bits", () => {
		const frames = POLLING.map(([unit, pdu]) => ascii(unit, pdu));
		const { found } = find(new RateFinder({}), frames, 9600, format("7E1"), 0.05);
		expect(found).toEqual({ baudRate: 9600, format: format("7E1") });
	});

	it("tries only what is not known", () => {
		expect(new RateFinder({ baudRate: 19_200 }).trials.every(({ baudRate }) => baudRate === 19_200)).toBe(true);
		expect(new RateFinder({ format: format("8N1") }).trials.every((one) => one.format.parity === "none")).toBe(true);
	});

	it("never takes noise for a line", () => {
		const finder = new RateFinder({});
		let state = 12_345;
		for (let time = 0; time < 2e8; time += 1e5) {
			const bytes = Uint8Array.from({ length: 64 }, () => {
				state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
				return state >>> 24;
			});
			expect(finder.take(bytes, time)).not.toBe("found");
		}
	});

	it("goes on to the next when a trial is full or a while has passed, and comes round", () => {
		const finder = new RateFinder({});
		const first = finder.trial;
		expect(finder.take(new Uint8Array(0), 0)).toBe("more");
		expect(finder.take(new Uint8Array(0), TRIAL_MICROS - 1)).toBe("more");
		expect(finder.take(new Uint8Array(0), TRIAL_MICROS)).toBe("next");
		expect(finder.trial).not.toEqual(first);
		for (let trial = 1; trial < finder.trials.length; trial++)
			expect(finder.take(new Uint8Array(TRIAL_BYTES), 2 * TRIAL_MICROS)).toBe("next");
		expect(finder.trial).toEqual(first);
	});

	it("gives what it read in the trial that was right", () => {
		const finder = new RateFinder({});
		const frames = join(...POLLING.slice(0, 6).map(([unit, pdu]) => rtu(unit, pdu)));
		expect(finder.take(frames, 0)).toBe("found");
		expect([...finder.bytes]).toEqual([...frames]);
	});
});
