/**
 * Extremes of a noisy process. The raw largest value of a day says little about the largest of ten years: a process with noise passes it again and again. Here the largest
 * of each of up to twelve equal stretches of the point's life is kept; when there are twelve, neighbours become one and the stretch doubles, so the blocks always span the
 * whole life in constant memory. Gumbel's law fitted to the block maxima (by L-moments, Hosking 1990) gives the level that is passed once in ten years.
 */
import { BLOCKS, FIELD, type Motion } from "./motion.ts";

/** The first blocks, seconds: no shorter than the time between two looks (`detect/valueWatch.ts`). */
const FIRST_BLOCK = 30;
/** A thousand points with two ends each that alarm once in ten years are an alarm in two days at worst, in a plant whose points are all at their noisiest. */
const RETURN_SECONDS = 10 * 365 * 86_400;
/** Fewer block maxima are no distribution. */
const MIN_BLOCKS = 6;
/** Of what was seen for minutes ten years cannot be told: below this the margin by independent looks stands alone. Seconds. */
const MIN_LIFE = 3600;
/** Standard error of a scale found from n block maxima, times the square root of n; two of them are added, for a scale found too small alarms for years. */
const SCALE_ERROR = 0.8;
const EULER = 0.577_215_664_9;

/** Each tail: extremes of the blocks that ended, and that of the running one. */
export const TAIL = {
	high: [FIELD.high, FIELD.runningHigh],
	low: [FIELD.low, FIELD.runningLow],
	step: [FIELD.step, FIELD.runningStep],
} as const;
const TAILS = Object.values(TAIL);
type Tail = (typeof TAILS)[number];
const scratch = new Float64Array(BLOCKS);

/** True for a new extreme of the running block. Of the low tail the negative values are kept, so that its extreme is a maximum too. */
export const isExtreme = ({ floats }: Motion, at: number, value: number, step: number): boolean =>
	value > floats[at + FIELD.runningHigh]! || -value > floats[at + FIELD.runningLow]! || step > floats[at + FIELD.runningStep]!;

/** Learns a value; its step where it is one (not NaN). */
export function noteExtreme({ floats }: Motion, at: number, value: number, step: number): void {
	if (value > floats[at + FIELD.runningHigh]!) floats[at + FIELD.runningHigh] = value;
	if (-value > floats[at + FIELD.runningLow]!) floats[at + FIELD.runningLow] = -value;
	if (step > floats[at + FIELD.runningStep]!) floats[at + FIELD.runningStep] = step;
}

/** Ends blocks until one holds this second of the point's life. */
export function turnBlocks(motion: Motion, at: number, second: number): void {
	const { words, floats } = motion;
	if (words[at + FIELD.blockCount] === 0) {
		words[at + FIELD.blockSeconds] = FIRST_BLOCK;
		words[at + FIELD.blockEnd] = second + FIRST_BLOCK;
		words[at + FIELD.blockCount] = 1;
		return;
	}
	while (second >= words[at + FIELD.blockEnd]!) {
		for (const [ended, running] of TAILS) {
			floats[at + ended + words[at + FIELD.blockCount]! - 1] = floats[at + running]!;
			floats[at + running] = Number.NEGATIVE_INFINITY;
		}
		if (words[at + FIELD.blockCount] === BLOCKS) {
			for (const [ended] of TAILS)
				for (let block = 0; block < BLOCKS / 2; block++)
					floats[at + ended + block] = Math.max(floats[at + ended + 2 * block]!, floats[at + ended + 2 * block + 1]!);
			words[at + FIELD.blockCount] = BLOCKS / 2;
			words[at + FIELD.blockSeconds]! *= 2;
		}
		words[at + FIELD.blockCount]!++;
		words[at + FIELD.blockEnd]! += words[at + FIELD.blockSeconds]!;
	}
}

/** Level that is passed once in RETURN_SECONDS; NaN where too little is known. */
export function tailLevel(motion: Motion, at: number, [ended, running]: Tail): number {
	const { words, floats } = motion;
	if (words[at + FIELD.blockCount]! * words[at + FIELD.blockSeconds]! < MIN_LIFE) return Number.NaN;
	let count = 0;
	const blocks = words[at + FIELD.blockCount]!;
	for (let block = 0; block < blocks; block++) {
		const value = floats[at + (block === blocks - 1 ? running : ended + block)]!;
		if (value === Number.NEGATIVE_INFINITY) continue;
		let place = count++;
		for (; place > 0 && scratch[place - 1]! > value; place--) scratch[place] = scratch[place - 1]!;
		scratch[place] = value;
	}
	if (count < MIN_BLOCKS) return Number.NaN;
	let mean = 0;
	let weighted = 0;
	for (let place = 0; place < count; place++) {
		mean += scratch[place]! / count;
		weighted += (scratch[place]! * place) / (count - 1) / count;
	}
	const scale = (Math.max(0, 2 * weighted - mean) / Math.LN2) * (1 + (2 * SCALE_ERROR) / Math.sqrt(count));
	return mean + scale * (Math.log(RETURN_SECONDS / words[at + FIELD.blockSeconds]!) - EULER);
}

/** How far values and steps may go; NaN where that is not known. */
export interface Tails {
	high: number;
	low: number;
	step: number;
}

export const knownTails = (motion: Motion, at: number): Tails => ({
	high: tailLevel(motion, at, TAIL.high),
	low: -tailLevel(motion, at, TAIL.low),
	step: tailLevel(motion, at, TAIL.step),
});

/** Takes what a document gives: each block is as far out, so that the fit is that level itself. Nothing was learned before. */
export function adoptTails({ words, floats }: Motion, at: number, { high, low, step }: Tails): void {
	words[at + FIELD.blockCount] = BLOCKS;
	words[at + FIELD.blockSeconds] = MIN_LIFE / BLOCKS;
	for (const [[ended, running], level] of [
		[TAIL.high, high],
		[TAIL.low, -low],
		[TAIL.step, step],
	] as const) {
		const extreme = Number.isNaN(level) ? Number.NEGATIVE_INFINITY : level;
		floats[at + running] = extreme;
		floats.fill(extreme, at + ended, at + ended + BLOCKS);
	}
}

/** What lies beyond these limits fades: no extreme is further out. */
export function fadeTails({ floats }: Motion, at: number, min: number, max: number): void {
	for (const [[ended, running], limit] of [
		[TAIL.high, max],
		[TAIL.low, -min],
	] as const) {
		floats[at + running] = Math.min(floats[at + running]!, limit);
		for (let block = 0; block < BLOCKS; block++) floats[at + ended + block] = Math.min(floats[at + ended + block]!, limit);
	}
}
