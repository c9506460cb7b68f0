/** Whether a line still makes sense at the rate that was found. */
import { describe, expect, it } from "vitest";
import { LineSense, SENSE_BYTES, SENSE_MICROS } from "../../src/capture/lineSense.ts";
import { rtu } from "../protocols/serialSamples.ts";
import { join } from "../support/decoderHarness.ts";

/** Numbers that look random and are the same each time. */
function noise(seed: number): (length: number) => Uint8Array {
	let state = seed;
	return (length) =>
		Uint8Array.from({ length }, () => {
			state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
			return state >>> 24;
		});
}
const poll = (round: number) => join(rtu(1, `03 00${(round & 127).toString(16).padStart(2, "0")} 0002`), rtu(1, "03 04 0102 01f4"));
/** The longest: 125 registers. */
const long = (round: number) => join(rtu(1, "03 0000 007d"), rtu(1, `03 fa ${(round & 255).toString(16).padStart(2, "0").repeat(250)}`));

/** Microseconds until a line is given up; undefined where it never is. */
function givenUp(
	pieces: (round: number) => Uint8Array,
	every: number,
	rounds: number,
	sense = new LineSense(),
	from = 0,
): number | undefined {
	for (let round = 0; round < rounds; round++) if (!sense.take(pieces(round), from + round * every)) return round * every;
	return undefined;
}

describe("a line that was understood", () => {
	it.each([
		["short polls", poll, 50_000],
		["the longest answers, one every three seconds", long, 3e6],
		["the longest answers, without a pause", long, 1000],
		["one poll in ten seconds", poll, 10e6],
	] as const)("is not given up while it makes sense: %s", (_name, pieces, every) => {
		expect(givenUp(pieces, every, 5000)).toBeUndefined();
	});

	it("is not given up for noise between its frames, nor for a burst of nothing else", () => {
		const random = noise(1);
		expect(givenUp((round) => join(random(40), poll(round)), 100_000, 5000)).toBeUndefined();
		const sense = new LineSense();
		for (let second = 0; second < 600; second++)
			expect(sense.take(second % 20 === 7 ? random(400) : poll(second), second * 1e6), `second ${second}`).toBe(true);
	});

	it("is given up where nothing makes sense any more, within two judgements, seldom three, at any speed", () => {
		let late = 0;
		for (let seed = 1; seed < 200; seed++) {
			const random = noise(seed);
			const sense = new LineSense();
			givenUp(poll, 50_000, 300, sense);
			const slow = givenUp(() => random(16), 100_000, 1000, sense, 15e6);
			expect(slow, `seed ${seed}`).toBeDefined();
			expect(slow!).toBeGreaterThan(SENSE_BYTES / 16);
			// In random bytes a long frame may seem to be one in a while.
			expect(slow!).toBeLessThan(4 * SENSE_MICROS);
			if (slow! > 2 * SENSE_MICROS) late++;
		}
		expect(late).toBeLessThan(20);
		const random = noise(7);
		expect(givenUp(() => random(200), 20_000, 2000)!).toBeLessThan(2 * SENSE_MICROS);
		// Three bytes a second: no sooner than there is something to judge by.
		expect(givenUp(() => random(3), 1e6, 2000)!).toBeGreaterThan(100e6);
	});

	it("is not judged while nothing comes", () => {
		const sense = new LineSense();
		for (let hour = 0; hour < 50; hour++) expect(sense.take(poll(hour), hour * 3600e6)).toBe(true);
	});
});
