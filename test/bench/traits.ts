/**
 * What each trait of habits costs for an operation, alone and together as the analyst asks for them: `node dist/test/bench/traits.js`. A plant of 200 PLCs is polled in five
 * ranges each; traits are mature. Prints one JSON line: nanoseconds for an operation (the best of some rounds), bytes of records, and bytes a day as they are saved.
 */
import { type Act, Habits } from "../../src/baseline/habits.ts";
import { Link, Server } from "../../src/baseline/plant.ts";
import type { Deed } from "../../src/baseline/trait.ts";
import { VERBS } from "../../src/decode/protocol.ts";

const PLCS = 200;
const RANGES = 5;
const ROUNDS = 7;
/** Cycles of one second each. */
const CYCLES = 600;

const watch = { watched: 0, epoch: 0, learningSeconds: 86_400 };
const habits = new Habits(watch, { saveSeconds: 1800 });
const links: Link[] = [];
const acts: Act[] = [];
for (let plc = 0; plc < PLCS; plc++) links.push(new Link(new Server(`10.0.0.${plc}`, "toy", 0, 0), "10.0.1.1", 0, 0));
for (let range = 0; range < RANGES; range++)
	acts.push({
		unit: 1,
		use: VERBS.indexOf(range === RANGES - 1 ? "write" : "read") + 16 * 3,
		space: 1,
		first: 20 * range,
		count: 10,
		time: 0,
		frame: 1,
		value: 0,
		isNormal: true,
	});

let time = 1_700_438_400e6;
let deviations = 0;
let written = 0;
function cycle(): void {
	for (let plc = 0; plc < PLCS; plc++) {
		for (let range = 0; range < RANGES; range++) {
			const act = acts[range]!;
			act.time = time + plc * 1000 + range * 100;
			habits.operation(links[plc]!, act);
		}
	}
	time += 1e6;
	watch.watched += 1e6;
}
const tick = (): void =>
	habits.judge(
		time,
		() => {
			deviations++;
		},
		() => {},
	);

for (let n = 0; n < 2 * 86_400; n += 10) {
	cycle();
	time += 9e6;
	watch.watched += 9e6;
	tick();
	if (n % 10 === 0) for (const [key, value] of habits.save()) if (n > 86_400) written += key.length + JSON.stringify(value).length;
}

/** The best of several rounds: what the code costs, without what else the machine did. */
function best(round: () => number): number {
	let least = Number.POSITIVE_INFINITY;
	for (let n = 0; n < ROUNDS; n++) {
		const began = performance.now();
		const operations = round();
		least = Math.min(least, ((performance.now() - began) * 1e6) / operations);
	}
	return Math.round(least * 10) / 10;
}

const all = best(() => {
	for (let n = 0; n < CYCLES; n++) {
		time += 9e6;
		cycle();
	}
	return CYCLES * PLCS * RANGES;
});
const ticks = best(() => {
	for (let n = 0; n < 200; n++) {
		watch.watched += 1e6;
		time += 1e6;
		tick();
	}
	return 200;
});

const deed: Deed = { time, frame: 1, value: 0, isNormal: true };
const cadence = best(() => {
	for (let n = 0; n < CYCLES; n++) {
		deed.time += 10e6;
		for (let id = 0; id < PLCS * RANGES; id++) habits.cadence.observe(id, deed);
	}
	return CYCLES * PLCS * RANGES;
});
const sequence = best(() => {
	for (let n = 0; n < CYCLES; n++)
		for (let id = 0; id < PLCS; id++)
			for (let symbol = 0; symbol < RANGES - 1; symbol++) {
				deed.value = symbol;
				habits.sequence.observe(id, deed);
			}
	return CYCLES * PLCS * (RANGES - 1);
});
const schedule = best(() => {
	for (let n = 0; n < CYCLES; n++) for (let id = 0; id < PLCS; id++) habits.schedule.observe(id, deed);
	return CYCLES * PLCS;
});
for (let pair = 0; pair < PLCS; pair++) habits.volume.subject(`10.0.1.1|10.0.0.${pair}|tcp/502`);
const volume = best(() => {
	for (let n = 0; n < CYCLES; n++)
		for (let id = 0; id < PLCS; id++) {
			deed.value = 20_000 + n;
			habits.volume.observe(id, deed);
		}
	return CYCLES * PLCS;
});
const records = [...habits.save()];
process.stdout.write(
	`${JSON.stringify({
		streams: habits.cadence.size,
		nanosecondsPerOperation: { all, cadence, sequence, scheduleOfAWrite: schedule },
		nanosecondsPerMinuteAndPair: volume,
		microsecondsPerTick: Math.round(ticks / 100) / 10,
		megabytesSavedADay: Math.round(written / 1e5) / 10,
		recordBytes: Math.round(records.reduce((sum, [key, value]) => sum + key.length + JSON.stringify(value).length, 0) / records.length),
		deviations,
	})}\n`,
);
