/** What is out of the ordinary about a value, as an engineer of the plant would say it. */
import type { Kind } from "../baseline/kinds.ts";
import type { Band } from "../baseline/points.ts";
import type { Reason } from "./detection.ts";
import { countWords, durationWords, listWords, numberWords } from "./words.ts";

const KIND_WORDS: Readonly<Partial<Record<Kind, string>>> = {
	"bit field": "a status word",
	"set point": "a set point",
	counter: "a counter",
	ramp: "a ramp",
	random: "a value that jumps about",
	clock: "a clock",
};

/** "; it is a counter", where that helps to understand. */
export const kindWords = (kind: Kind): string => (KIND_WORDS[kind] === undefined ? "" : `; it is ${KIND_WORDS[kind]}`);

/** "bit 7 at 1" of each of these bits as it is in `value`. */
export function bitStates(bits: number, value: number, link = "at"): string[] {
	const words: string[] = [];
	for (let bit = 0; bit < 32; bit++) if ((bits >>> bit) & 1) words.push(`bit ${bit} ${link} ${(value >>> bit) & 1}`);
	return words;
}

/** "in 6 days bit 7 never was 1". */
export const bitWords = (band: Band, value: number, bits: number): string =>
	`in ${durationWords(band.age)} ${listWords(bitStates(bits, value, "never was"))}`;

export const replayWords = (band: Band): string => `in ${durationWords(band.age)} its changes never repeated themselves`;
export const REPLAY_REASON: Reason = {
	points: 20,
	text: "its latest changes are those of before, one by one: a recording is played, or a sensor is simulated",
};

const SECOND = 1e6;

/** Points that stand still. */
export function stillWords(plc: string, names: readonly string[], count: number, moving: number, still: number, longest: number): string {
	const time = durationWords(still * SECOND);
	const usual = longest === 0 ? "less than a second" : durationWords(longest * SECOND);
	if (count === 1)
		return `The ${names[0]} of ${plc} stood still for ${time} while it was read; normally it stands still for no longer than ${usual}.`;
	return `${count} of ${countWords(moving, "moving point")} of ${plc} stood still for ${time} while they were read, among them ${listWords(names)}; normally the first of them stands still for no longer than ${usual}.`;
}

/** Limits that followed. */
export function driftWords(plc: string, names: readonly string[], count: number, anchor: number, shift: number): string {
	const more = count > 1 ? ` ${countWords(count - 1, "more point")} drifted too.` : "";
	return `The ${names[0]} of ${plc} drifted slowly ${shift > 0 ? "up" : "down"}: its mean was ${numberWords(anchor)} on its first judged day, and its limits have followed by ${numberWords(Math.abs(shift))} since.${more}`;
}

/** A mean that none was before. */
export function levelWords(
	plc: string,
	names: readonly string[],
	count: number,
	{ mean, low, high }: { mean: number; low: number; high: number },
	age: number,
): string {
	const more = count > 1 ? ` ${countWords(count - 1, "more point")} left ${count === 2 ? "its" : "their"} usual level too.` : "";
	return `The mean of the ${names[0]} of ${plc} was ${numberWords(mean)} over the last ten minutes; in ${durationWords(age)} no ten minutes had one outside ${numberWords(low)}–${numberWords(high)}.${more}`;
}

/** A point of two that go together, in words. */
export interface Told {
	readonly name: string;
	readonly value: string;
	/** Between what it lay. */
	readonly from: string;
	readonly to: string;
}

const lay = ({ from, to }: Told): string => (from === to ? from : `${from} to ${to}`);

/** A point that others contradict; `more` is how many besides `companion`. */
export function disagreeWords(plc: string, point: Told, companion: Told, more: number, isEither: boolean, age: number): string {
	const others =
		more === 0
			? ""
			: ` ${countWords(more, "more point")} that ${more === 1 ? "goes" : "go"} with it ${more === 1 ? "says" : "say"} so too.`;
	const either = isEither ? " One of the two is not what it seems." : "";
	return `The ${point.name} of ${plc} was ${point.value} for two minutes while the ${companion.name} was ${companion.value}; in ${durationWords(age)}, while that was ${lay(companion)}, it was ${lay(point)}.${others}${either}`;
}
