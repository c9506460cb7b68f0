/**
 * Shadow mode: what traits would have said that do not judge yet. What they meet for the first time is learned, not said; here it is counted, with a few examples, by PLC,
 * kind of detection and day, and by how old the trait was. So a person sees what a shorter learning time would have brought, before choosing it.
 */
import type { Target } from "../baseline/plant.ts";
import type { Detection, DetectionRecord } from "./detection.ts";
import { countWords } from "./words.ts";

const DAY_MICROS = 86_400e6;
const HOUR_MICROS = 3600e6;
/** Days that are looked back on; the running one counts. */
export const SHADOW_DAYS = 7;
/** Hours of learning after which a trait would have judged. */
export const SHADOW_HOURS: readonly number[] = [0, 1, 6, 24, 72, 168];
const MAX_EXAMPLES = 3;
/** Of traits of the same age a later example is shown after so long: while much is new, words are made of few. */
const EXAMPLE_EVERY = 60e6;
/** PLCs of which is kept what would have been said; further ones are counted. Kinds are as many as there are detections. */
export const MAX_SHADOWED = 1024;
const MAX_KINDS = 64;

export interface ShadowExample {
	/** Microseconds of capture time. */
	time: number;
	frames: number[];
	sentence: string;
	/** Watched hours that the trait had learned. */
	hours: number;
}

interface Kind {
	title: string;
	/** By day since the epoch: how many, by age of the trait as in SHADOW_HOURS. */
	days: Map<number, number[]>;
	examples: ShadowExample[];
}

/** What would have been said of one PLC. */
interface Shadowed {
	plc: string;
	kinds: Map<string, Kind>;
}

export interface ShadowSummary {
	type: string;
	title: string;
	/** By SHADOW_HOURS: would-be alarms had traits judged after so many hours. */
	counts: number[];
	examples: ShadowExample[];
}

/** The oldest traits are nearest to judging: theirs say most. Of the same age the latest do. */
const isBetter = (hours: number, time: number, than: ShadowExample): boolean =>
	hours > than.hours || (hours === than.hours && time >= than.time + EXAMPLE_EVERY);

const keyOf = (target: Target): string => `${target.server.key}|${target.unit}`;

export class Shadow {
	/** Would-be alarms of PLCs that found no room. */
	displaced = 0;
	readonly #plcs = new Map<string, Shadowed>();
	readonly #dirty = new Set<string>();

	/**
	 * Counts what would have been said at `time` (microseconds of capture time) by a trait that has learned for `age` (watched microseconds). Its words are asked for only where
	 * they are kept.
	 */
	note(
		target: Target,
		{ id, title }: DetectionRecord,
		time: number,
		age: number,
		show: () => Pick<Detection, "frames" | "sentence">,
	): void {
		const key = keyOf(target);
		let plc = this.#plcs.get(key);
		if (plc === undefined) {
			if (this.#plcs.size >= MAX_SHADOWED) {
				this.displaced++;
				return;
			}
			plc = { plc: key, kinds: new Map() };
			this.#plcs.set(key, plc);
		}
		let kind = plc.kinds.get(id);
		if (kind === undefined) {
			if (plc.kinds.size >= MAX_KINDS) return;
			kind = { title, days: new Map(), examples: [] };
			plc.kinds.set(id, kind);
		}
		this.#dirty.add(key);
		const day = Math.floor(time / DAY_MICROS);
		let counts = kind.days.get(day);
		if (counts === undefined) {
			counts = SHADOW_HOURS.map(() => 0);
			kind.days.set(day, counts);
			if (kind.days.size > SHADOW_DAYS) kind.days.delete(Math.min(...kind.days.keys()));
		}
		for (let at = 0; at < counts.length; at++) if (age >= SHADOW_HOURS[at]! * HOUR_MICROS) counts[at]!++;
		const hours = Math.floor(age / HOUR_MICROS);
		const { examples } = kind;
		if (examples.length === MAX_EXAMPLES && !isBetter(hours, time, examples.at(-1)!)) return;
		const { frames, sentence } = show();
		examples.push({ time, frames: [...frames], sentence: cleanSentence(sentence), hours });
		examples.sort((one, other) => other.hours - one.hours || other.time - one.time);
		examples.length = Math.min(examples.length, MAX_EXAMPLES);
	}

	/** What would have been said in the seven days before `now` (microseconds of capture time), the most frequent first. */
	summary(target: Target, now: number): ShadowSummary[] {
		const first = Math.floor(now / DAY_MICROS) - SHADOW_DAYS + 1;
		const summaries: ShadowSummary[] = [];
		for (const [type, { title, days, examples }] of this.#plcs.get(keyOf(target))?.kinds ?? []) {
			const counts = SHADOW_HOURS.map(() => 0);
			for (const [day, one] of days) {
				if (day < first) continue;
				for (let at = 0; at < counts.length; at++) counts[at]! += one[at]!;
			}
			if (counts[0]! > 0) summaries.push({ type, title, counts, examples: examples.filter(({ time }) => time >= first * DAY_MICROS) });
		}
		return summaries.sort((one, other) => other.counts[0]! - one.counts[0]! || (one.type < other.type ? -1 : 1));
	}

	*save(): Generator<[key: string, value: unknown]> {
		for (const key of this.#dirty) {
			const { kinds } = this.#plcs.get(key)!;
			const saved = [...kinds].map(([type, { title, days, examples }]) => ({
				type,
				title,
				days: [...days],
				examples: structuredClone(examples),
			}));
			yield [`shadow/${key}`, { plc: key, kinds: saved }];
		}
		this.#dirty.clear();
	}

	/** False where the data is damaged. */
	restore(value: unknown): boolean {
		const { plc, kinds } = (value ?? {}) as { plc?: unknown; kinds?: unknown };
		if (typeof plc !== "string" || !Array.isArray(kinds) || this.#plcs.size >= MAX_SHADOWED) return false;
		const shadowed: Shadowed = { plc, kinds: new Map() };
		for (const kind of kinds.slice(0, MAX_KINDS)) {
			const { type, title, days, examples } = (kind ?? {}) as Record<string, unknown>;
			if (typeof type !== "string" || typeof title !== "string" || !Array.isArray(days) || !Array.isArray(examples)) return false;
			if (!days.every(isDay) || !examples.every(isExample)) return false;
			shadowed.kinds.set(type, {
				title,
				days: new Map(days.slice(-SHADOW_DAYS).map(([day, counts]) => [day, [...counts]])),
				examples: examples.slice(0, MAX_EXAMPLES),
			});
		}
		this.#plcs.set(plc, shadowed);
		return true;
	}
}

const isDay = (entry: unknown): entry is [number, number[]] =>
	Array.isArray(entry) &&
	Number.isInteger(entry[0]) &&
	Array.isArray(entry[1]) &&
	entry[1].length === SHADOW_HOURS.length &&
	entry[1].every(Number.isFinite);

function isExample(value: unknown): value is ShadowExample {
	const { time, frames, sentence, hours } = (value ?? {}) as Record<string, unknown>;
	return (
		Number.isFinite(time) &&
		Array.isArray(frames) &&
		frames.every(Number.isInteger) &&
		typeof sentence === "string" &&
		Number.isFinite(hours)
	);
}

/** Longest sentence that is kept. */
const MAX_SENTENCE = 500;
const cleanSentence = (sentence: string): string =>
	(sentence.length > MAX_SENTENCE ? `${sentence.slice(0, MAX_SENTENCE - 1)}…` : sentence).replace(/[\r\n]+/g, " ");

/** "In the last 7 days this would have alarmed 12 times after 1 hour of learning, 3 times after 24 hours." Undefined where there was nothing. */
export function shadowWords(summaries: readonly ShadowSummary[]): string | undefined {
	const sums = SHADOW_HOURS.map((_, at) => summaries.reduce((sum, { counts }) => sum + counts[at]!, 0));
	if (sums[0] === 0) return undefined;
	const parts: string[] = [];
	SHADOW_HOURS.forEach((hours, at) => {
		// Only where another learning time makes a difference.
		if (at === 0 || (sums[at] !== sums[at - 1] && sums[at - 1]! > 0))
			parts.push(
				`${countWords(sums[at]!, "time")} ${hours === 0 ? "without any learning time" : `after ${countWords(hours, "hour")} of it`}`,
			);
	});
	return `In the last ${SHADOW_DAYS} days, what is still learned would have alarmed ${parts.join(", ")}.`;
}
