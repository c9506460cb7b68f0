/**
 * What one value costs the `value` trait, in nanoseconds, and how many bytes a point takes: `node --expose-gc dist/test/bench/values.js`. Prints one JSON line for each kind
 * of point.
 */
import { PointTable } from "../../src/baseline/points.ts";
import { random } from "../support/random.ts";

const POINTS = 1000;
const ROUNDS = 3000;
/** Points and rounds for memory: enough that what belongs to no point does not count. */
const MANY = 50_000;
const FEW_ROUNDS = 40;

const rng = random(7);
const SERIES: Record<string, (round: number, point: number) => number> = {
	constant: (_round, point) => point,
	"two states": (round, point) => Math.floor((round + point) / 20) % 2,
	counter: (round, point) => (round + point) & 0xffff,
	"noisy wave": (round, point) => Math.round(2000 + 800 * Math.sin((round + point * 7) / 90) + 20 * rng()),
	random: () => Math.floor(rng() * 65_536),
};

function tableOf(points: number): PointTable {
	const table = new PointTable(262_144);
	table.learningMicros = 86_400e6;
	for (let point = 0; point < points; point++) table.add();
	return table;
}

function memory(): number {
	globalThis.gc?.();
	const { heapUsed, arrayBuffers } = process.memoryUsage();
	return heapUsed + arrayBuffers;
}

for (const [kind, at] of Object.entries(SERIES)) {
	const before = memory();
	const large = tableOf(MANY);
	for (let round = 0; round < FEW_ROUNDS; round++)
		for (let point = 0; point < MANY; point++) large.observe(point, at(round, point), 1_700_000_000e6 + round * 1e6);
	const bytes = (memory() - before) / large.size;

	const table = tableOf(POINTS);
	const values = Array.from({ length: ROUNDS }, (_, round) => Float64Array.from({ length: POINTS }, (_none, point) => at(round, point)));
	let time = 1_700_000_000e6;
	const began = process.hrtime.bigint();
	for (const row of values) {
		time += 1e6;
		table.watched += 1e6;
		for (let point = 0; point < POINTS; point++) {
			// As the analyst does: an unchanged value never reaches the trait.
			if (row[point] === table.last[point]) {
				table.count[point]!++;
				table.lastTime[point] = time;
			} else table.observe(point, row[point]!, time);
		}
	}
	const nanoseconds = Number(process.hrtime.bigint() - began) / (POINTS * ROUNDS);
	const savedBytes = JSON.stringify(table.save(0)).length;
	process.stdout.write(
		`${JSON.stringify({ kind, nanoseconds: Math.round(nanoseconds * 10) / 10, bytesPerPoint: Math.round(bytes), savedBytes })}\n`,
	);
}
