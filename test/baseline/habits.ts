/** Usual lives of the traits' subjects, for the contract suite and for what is measured. */
import { Cadence } from "../../src/baseline/cadence.ts";
import { Jobs } from "../../src/baseline/jobs.ts";
import { LocalTime } from "../../src/baseline/localTime.ts";
import { Schedule } from "../../src/baseline/schedule.ts";
import { Sequence } from "../../src/baseline/sequence.ts";
import { Volume } from "../../src/baseline/volume.ts";
import type { TraitUnderTest } from "../contract/trait.ts";

export const cadence: TraitUnderTest<Cadence> = {
	make: (watch, capacity) => new Cadence(watch, capacity),
	live: (bed, id, step) => {
		bed.wait(9.9 + (step % 3) / 10);
		bed.observe(id);
	},
	steps: 12_000,
	deviate: (bed) => {
		for (let second = 0; second < 100; second++) bed.wait(1);
	},
	kind: "silent",
};

export const SYMBOLS = ["1|read/3|1:0+10", "1|read/3|1:20+10", "1|read/1|0:0+8", "1|read/4|3:0+4"] as const;

export const sequence: TraitUnderTest<Sequence> = {
	make: (watch, capacity) => new Sequence(watch, capacity),
	prepare: (trait, id) => {
		for (const name of SYMBOLS) trait.symbol(id, name);
	},
	live: (bed, id, step) => {
		bed.wait(10);
		bed.observe(id, step % 4);
	},
	steps: 12_000,
	deviate: (bed, id) => {
		for (let at = 19; at >= 0; at--) bed.observe(id, at % 4);
		bed.wait(1);
	},
	kind: "order",
};

const hourOf = (time: number): number => Math.floor(time / 3600e6) % 24;
const dayOf = (time: number): number => (Math.floor(time / 86_400e6) + 3) % 7;

export const schedule: TraitUnderTest<Schedule> = {
	make: (watch, capacity) => new Schedule(watch, new LocalTime(), capacity),
	live: (bed, id) => {
		bed.wait(1800);
		const hour = hourOf(bed.time);
		if (dayOf(bed.time) < 5 && hour >= 7 && hour < 16) bed.observe(id);
	},
	steps: 14 * 48,
	deviate: (bed, id) => {
		do bed.wait(1800);
		while (hourOf(bed.time) !== 2);
		bed.observe(id);
		bed.wait(1);
	},
	kind: "hour",
};

/** A nightly job at half past two. */
export const job: TraitUnderTest<Jobs> = {
	make: (watch, capacity) => new Jobs(watch, new LocalTime(), capacity),
	live: (bed, id) => {
		bed.wait(1800);
		if ((bed.time / 60e6) % 1440 === 150) bed.observe(id);
	},
	steps: 21 * 48,
	deviate: (bed) => {
		do bed.wait(1800);
		while (hourOf(bed.time) !== 5);
	},
	kind: "missed",
};

export const volume: TraitUnderTest<Volume> = {
	make: (watch, capacity) => new Volume(watch, new LocalTime(), capacity),
	live: (bed, id, step) => {
		bed.wait(60);
		bed.observe(id, 20_000 + 1000 * (step % 7));
	},
	steps: 2100,
	deviate: (bed, id) => {
		for (let minute = 0; minute < 5; minute++) {
			bed.wait(60);
			bed.observe(id, 5e6);
		}
		bed.wait(60);
		bed.observe(id, 21_000);
	},
	kind: "more",
};
