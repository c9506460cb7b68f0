/** The `observe` of the traits that see every operation is on the hot path (the volume sees a minute): it costs no allocation. Alone in its file, because code that other tests have led astray is not what the engine runs. */
import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Trait } from "../../src/baseline/trait.ts";
import { Bed, type TraitUnderTest } from "../contract/trait.ts";
import { cadence, job, schedule, sequence } from "./habits.ts";

/** Rounds in which the compiler may be late: on a busy machine it was, for all of the first. What allocates does so in each. */
const ROUNDS = 50;

async function allocatedBy<T extends Trait>(under: TraitUnderTest<T>): Promise<number> {
	const bed = new Bed(under.make);
	const id = bed.trait.subject("one");
	under.prepare?.(bed.trait, id);
	for (let step = 0; step < under.steps; step++) under.live(bed, id, step);
	const deed = { time: bed.time, frame: 1, value: 0, isNormal: true };
	const { trait } = bed;
	const batch = () => {
		for (let n = 0; n < 5000; n++) {
			deed.time += 10e6;
			deed.value = n & 3;
			trait.observe(id, deed);
		}
	};
	for (let n = 0; n < 40; n++) batch();
	// What is allocated shows as growth between two looks; the median, because the collector may come between them. What is interpreted boxes its numbers.
	let least = Number.POSITIVE_INFINITY;
	for (let round = 0; round < ROUNDS && least >= 1; round++) {
		const grown: number[] = [];
		for (let n = 0; n < 41; n++) {
			const before = process.memoryUsage().heapUsed;
			batch();
			grown.push(process.memoryUsage().heapUsed - before);
		}
		least = Math.min(least, grown.sort((one, other) => one - other)[20]! / 5000);
		await setTimeout(1);
	}
	return least;
}

it("allocates nothing for an operation", async () => {
	expect(await allocatedBy(cadence)).toBeLessThan(1);
	expect(await allocatedBy(sequence)).toBeLessThan(1);
	expect(await allocatedBy(schedule)).toBeLessThan(1);
	expect(await allocatedBy(job)).toBeLessThan(1);
});
