/**
 * Where detections are put together before they leave: one happening gives one. A deviation waits for a moment; what the same two ends do within it and weighs
 * less becomes a reason of what weighs most. What repeats is handed on once a minute, with how often.
 */
import type { Detection, DetectionRecord, Party } from "./detection.ts";

/** Watched microseconds a deviation waits for something heavier from the same ends. An alert must be out within two seconds; the engine's tick takes some of it. */
export const HOLD_MICROS = 700_000;
/** Watched microseconds in which the same again is only counted. */
export const REPEAT_MICROS = 60e6;
/** Detections that wait, and repetitions that are counted, at most: a flood of different ones is handed on at once instead. */
const MAX_WAITING = 1024;
const MAX_REPEATING = 4096;
/** A repetition that weighs this much more is no repetition. */
const HEAVIER = 10;
/** Repetitions after which they are counted without being worded or weighed: a flood must not cost more than counting. */
const PLAIN_REPEATS = 20;
/** What a lighter detection adds to the heavier one it joins. */
const JOINED_POINTS = 5;
const MAX_JOINED = 15;
const MAX_FRAMES = 16;

interface Waiting {
	detection: Detection;
	since: number;
	joined: number;
}

interface Repeating {
	since: number;
	weight: number;
	repeats: number;
	latest: Detection | undefined;
	/** It is a reason of something heavier: what repeats is part of that. */
	isJoined: boolean;
}

const keyOf = (detection: Detection): string =>
	`${detection.type}|${partyKey(detection.source)}|${partyKey(detection.destination)}|${detection.key}`;

export const partyKey = (party: Party | undefined): string => party?.ip ?? party?.line ?? party?.mac ?? party?.name ?? "";
export const weightOf = (detection: Detection): number => detection.reasons.reduce((sum, reason) => sum + reason.points, 0);

/** Joins that add nothing, because the heavier detection counts the same by itself: it says that the client is a stranger. */
const COUNTED: ReadonlySet<string> = new Set(["new-talker", "new-unit"]);

export class Desk {
	readonly #onDetection: (detection: Detection) => void;
	readonly #titles = new Map<string, string>();
	readonly #waiting = new Map<string, Waiting>();
	readonly #repeating = new Map<string, Repeating>();
	/** Watched time; `advance` moves it, the owner sets it once after a restart. */
	watched = 0;
	#wasSaved = false;

	constructor(onDetection: (detection: Detection) => void) {
		this.#onDetection = onDetection;
	}

	/** Counts one that was seen many times within the minute, so that it need not be worded; false where it must be submitted. */
	isRepeated(record: DetectionRecord, source: string, destination: string, key: string, time: number, frame: number): boolean {
		const known = this.#repeating.get(`${record.id}|${source}|${destination}|${key}`);
		if (known?.latest === undefined || known.repeats < PLAIN_REPEATS || this.watched - known.since >= REPEAT_MICROS) return false;
		known.repeats++;
		known.latest.time = time;
		known.latest.frames = [frame];
		return true;
	}

	/** Takes one. A fact leaves at once. */
	submit(record: DetectionRecord, detection: Detection): void {
		this.#titles.set(record.id, record.title);
		const key = keyOf(detection);
		const weight = weightOf(detection);
		const known = this.#repeating.get(key);
		if (known !== undefined && this.watched - known.since < REPEAT_MICROS && weight < known.weight + HEAVIER) {
			known.repeats++;
			known.latest = detection;
			return;
		}
		if (known !== undefined) {
			if (known.repeats > 0) detection.repeats = known.repeats;
			this.#repeating.delete(key);
		} else if (this.#repeating.size >= MAX_REPEATING) {
			const [oldest, state] = this.#repeating.entries().next().value!;
			this.#repeating.delete(oldest);
			this.#endRepeats(state);
		}
		this.#repeating.set(key, { since: this.watched, weight, repeats: 0, latest: undefined, isJoined: false });
		if (record.nature === "fact") {
			// A rule of the plant's people stands for itself, with the severity that they gave it.
			if (detection.rule === undefined) this.#joinWaiting(detection);
			this.#onDetection(detection);
			return;
		}
		this.#wait(detection, weight);
	}

	/** The two ends, whichever way round. */
	#ends(detection: Detection): string {
		const one = partyKey(detection.source);
		const other = partyKey(detection.destination);
		return one < other ? `${one}|${other}` : `${other}|${one}`;
	}

	#wait(detection: Detection, weight: number): void {
		const ends = this.#ends(detection);
		const alone = `|${partyKey(detection.source)}`;
		if (detection.destination === undefined) {
			// Something about one device joins what that device is doing.
			const source = partyKey(detection.source);
			for (const [key, waiting] of this.#waiting) {
				if (key !== ends && partyKey(waiting.detection.source) === source && weightOf(waiting.detection) - waiting.joined >= weight) {
					this.#join(waiting, detection);
					return;
				}
			}
		} else {
			const device = this.#waiting.get(alone);
			if (device !== undefined) {
				this.#waiting.delete(alone);
				this.#put(ends, detection, weight);
				this.#join(this.#waiting.get(ends)!, device.detection);
				return;
			}
		}
		this.#put(ends, detection, weight);
	}

	#put(ends: string, detection: Detection, weight: number): void {
		const waiting = this.#waiting.get(ends);
		if (waiting === undefined) {
			if (this.#waiting.size >= MAX_WAITING) this.#onDetection(detection);
			else this.#waiting.set(ends, { detection, since: this.watched, joined: 0 });
		} else if (weightOf(waiting.detection) - waiting.joined >= weight) this.#join(waiting, detection);
		else {
			const lighter = waiting.detection;
			waiting.detection = detection;
			waiting.joined = 0;
			this.#join(waiting, lighter);
		}
	}

	#join(waiting: Waiting, lighter: Detection): void {
		const { detection } = waiting;
		const repeating = this.#repeating.get(keyOf(lighter));
		if (repeating !== undefined) repeating.isJoined = true;
		if (lighter.type !== detection.type || lighter.sentence !== detection.sentence) {
			const points = COUNTED.has(lighter.type) ? 0 : Math.min(JOINED_POINTS, MAX_JOINED - waiting.joined);
			waiting.joined += points;
			if (detection.reasons.length < 16) {
				detection.reasons.push({ points, text: `${this.#titles.get(lighter.type) ?? lighter.type} at the same time: ${lighter.sentence}` });
			}
		}
		for (const reason of lighter.reasons) {
			if (reason.text.includes(" at the same time: ") && detection.reasons.length < 16)
				detection.reasons.push({ points: 0, text: reason.text });
		}
		detection.frames = [...new Set([...detection.frames, ...lighter.frames])].sort((one, other) => one - other).slice(0, MAX_FRAMES);
		if (detection.operation === undefined && lighter.operation !== undefined) detection.operation = lighter.operation;
	}

	/** A fact takes what waits of the same ends and weighs less. */
	#joinWaiting(fact: Detection): void {
		const holder: Waiting = { detection: fact, since: this.watched, joined: 0 };
		for (const key of [this.#ends(fact), `|${partyKey(fact.source)}`]) {
			const waiting = this.#waiting.get(key);
			if (waiting === undefined || weightOf(waiting.detection) > weightOf(fact)) continue;
			this.#waiting.delete(key);
			this.#join(holder, waiting.detection);
		}
	}

	/** Watched time goes on: what has waited long enough leaves. */
	advance(watched: number): void {
		this.watched = watched;
		for (const [key, waiting] of this.#waiting) {
			if (watched - waiting.since < HOLD_MICROS) continue;
			this.#waiting.delete(key);
			this.#onDetection(waiting.detection);
		}
		for (const [key, state] of this.#repeating) {
			if (watched - state.since < REPEAT_MICROS) break; // in order of time
			this.#repeating.delete(key);
			if (state.repeats > 0 && !state.isJoined) {
				this.#endRepeats(state);
				this.#repeating.set(key, { since: watched, weight: state.weight, repeats: 0, latest: undefined, isJoined: false });
			}
		}
	}

	#endRepeats(state: Repeating): void {
		if (state.latest === undefined || state.isJoined) return;
		if (state.repeats > 1) state.latest.repeats = state.repeats - 1;
		this.#onDetection(state.latest);
	}

	/** Nothing more comes: everything leaves. */
	flush(): void {
		for (const waiting of this.#waiting.values()) this.#onDetection(waiting.detection);
		this.#waiting.clear();
		for (const state of this.#repeating.values()) this.#endRepeats(state);
		this.#repeating.clear();
	}

	/** What waits, as plain data; undefined where nothing does and nothing was saved. */
	save(): unknown {
		if (this.#waiting.size === 0 && this.#repeating.size === 0) {
			if (!this.#wasSaved) return undefined;
			this.#wasSaved = false;
			return null;
		}
		this.#wasSaved = true;
		return structuredClone({
			waiting: [...this.#waiting],
			repeating: [...this.#repeating],
			titles: [...this.#titles],
		});
	}

	/** Takes saved data back; false where it is damaged. */
	restore(saved: unknown): boolean {
		const data = saved as { waiting?: unknown; repeating?: unknown; titles?: unknown } | null;
		if (typeof data !== "object" || data === null || !Array.isArray(data.waiting) || !Array.isArray(data.repeating)) return false;
		for (const entry of data.waiting.slice(0, MAX_WAITING)) {
			if (!Array.isArray(entry) || typeof entry[0] !== "string" || !isDetection(entry[1]?.detection)) return false;
			this.#waiting.set(entry[0], {
				detection: entry[1].detection,
				since: Number(entry[1].since) || 0,
				joined: Number(entry[1].joined) || 0,
			});
		}
		for (const entry of data.repeating.slice(0, MAX_REPEATING)) {
			if (!Array.isArray(entry) || typeof entry[0] !== "string" || !Number.isFinite(entry[1]?.since)) return false;
			const { since, weight, repeats, latest, isJoined } = entry[1];
			this.#repeating.set(entry[0], {
				since,
				weight: Number(weight) || 0,
				repeats: Number(repeats) || 0,
				latest: isDetection(latest) ? latest : undefined,
				isJoined: isJoined === true,
			});
		}
		for (const entry of Array.isArray(data.titles) ? data.titles : []) {
			if (Array.isArray(entry) && typeof entry[0] === "string" && typeof entry[1] === "string") this.#titles.set(entry[0], entry[1]);
		}
		this.#wasSaved = true;
		return true;
	}
}

function isDetection(value: unknown): value is Detection {
	const detection = value as Detection | null | undefined;
	return (
		typeof detection === "object" &&
		detection !== null &&
		typeof detection.type === "string" &&
		typeof detection.sentence === "string" &&
		Array.isArray(detection.reasons) &&
		Array.isArray(detection.frames) &&
		typeof detection.source === "object"
	);
}
