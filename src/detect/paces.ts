/**
 * How often something happens within a window of watched time, against the most that it ever did while it was learned: writes to a point, refusals, answers that put off.
 * What happens as seldom as everywhere is not kept; what is, is bounded, and found again after a restart.
 */

/** What becomes of one happening: it teaches, it is judged, or it is only counted (during an incident, of a stranger while strangers are normal). */
export const PACE = { learn: 0, judge: 1, count: 2 } as const;
export type PaceMode = (typeof PACE)[keyof typeof PACE];

export interface PaceLimits {
	readonly windowMicros: number;
	/** Parts of a window: it moves on by one of them. */
	readonly parts: number;
	/** Never too often below this. */
	readonly floor: number;
	/** So many times the most while learning is too often. */
	readonly factor: number;
	/** Things that are counted at once. */
	readonly bound: number;
}

/** What was learned in less than this share of a window counts as learned in so much. */
const SHORTEST = 60;
/** Share of the room that is made where everything in it is known to be frequent. */
const MADE = 1 / 8;
/** Characters of a thing's name that tell it from others. */
const MAX_KEY = 256;

interface Pace {
	/** Number of the latest part since watched time began. */
	part: number;
	/** By part, as a ring. */
	counts: number[];
	/** The most within a window while learning, and the age at which that was last learned. */
	most: number;
	age: number;
	/** The part in which it was last found too often. */
	said: number;
}

/** How much is too much, and what was usual. */
export interface Excess {
	readonly count: number;
	/** The most within a window while learning; 0 where it was too seldom to be kept. */
	readonly usual: number;
}

export class Paces {
	readonly limits: PaceLimits;
	/** Happenings that were not counted, and things that were let go of, because too many things were. */
	refused = 0;
	readonly #partMicros: number;
	readonly #paces = new Map<string, Pace>();
	#isDirty = false;
	/** The part in which room was last looked for: a flood of things must not cost more than counting. */
	#sought = -1;

	constructor(limits: PaceLimits) {
		this.limits = limits;
		this.#partMicros = limits.windowMicros / limits.parts;
	}

	/** Whether anything of this was counted within the window. `watched` in microseconds, here and below. */
	isRunning(key: string, watched: number): boolean {
		const pace = this.#paces.get(key.slice(0, MAX_KEY));
		return pace !== undefined && this.#sum(pace, Math.floor(watched / this.#partMicros)) > 0;
	}

	/** Counts one; what is too much, where it is found now: once for each part of a window. `age` is how long the thing has been known. */
	note(thing: string, watched: number, age: number, mode: PaceMode): Excess | undefined {
		const part = Math.floor(watched / this.#partMicros);
		const key = thing.slice(0, MAX_KEY);
		let pace = this.#paces.get(key);
		if (pace === undefined) {
			if (this.#paces.size >= this.limits.bound && part !== this.#sought) this.#makeRoom(part);
			if (this.#paces.size >= this.limits.bound) {
				this.refused++;
				return undefined;
			}
			pace = { part, counts: new Array(this.limits.parts).fill(0), most: 0, age: 0, said: -1 };
			this.#paces.set(key, pace);
		}
		this.#isDirty = true;
		const count = this.#count(pace, part);
		if (mode === PACE.learn) {
			if (count > pace.most) pace.most = count;
			pace.age = Math.max(pace.age, age);
		}
		if (mode !== PACE.judge || pace.said === part) return undefined;
		// What was learned for less than a window had no time to be as often as it is.
		const usual = Math.ceil(pace.most * Math.max(1, this.limits.windowMicros / Math.max(pace.age, this.limits.windowMicros / SHORTEST)));
		if (count < Math.max(this.limits.floor, this.limits.factor * usual)) return undefined;
		pace.said = part;
		return { count, usual: usual * this.limits.factor > this.limits.floor ? usual : 0 };
	}

	#count(pace: Pace, part: number): number {
		const { counts } = pace;
		const { parts } = this.limits;
		for (let gone = Math.max(pace.part + 1, part - parts + 1); gone <= part; gone++) counts[gone % parts] = 0;
		pace.part = part;
		counts[part % parts]!++;
		return counts.reduce((sum, one) => sum + one, 0);
	}

	#sum(pace: Pace, part: number): number {
		const { parts } = this.limits;
		let sum = 0;
		for (let one = Math.max(0, part - parts + 1); one <= Math.min(part, pace.part); one++)
			if (one > pace.part - parts) sum += pace.counts[one % parts]!;
		return sum;
	}

	/** Usual enough to lift the limit above the floor. */
	#isKept({ most }: Pace): boolean {
		return most * this.limits.factor > this.limits.floor;
	}

	/** Lets go of what is over and lifts no limit. What was learned for a part of a window only is kept that long. */
	#prune(part: number): void {
		for (const [key, pace] of this.#paces) {
			const isYoung = pace.most > 0 && pace.age < this.limits.windowMicros;
			if (!this.#isKept(pace) && !isYoung && this.#sum(pace, part) === 0) this.#paces.delete(key);
		}
	}

	/** Lets go of what is over; where that is nothing, of what has been still for longest, though it lifts a limit: who filled the room must not keep it. */
	#makeRoom(part: number): void {
		this.#sought = part;
		this.#prune(part);
		if (this.#paces.size < this.limits.bound) return;
		const still = [...this.#paces].filter(([, pace]) => this.#sum(pace, part) === 0).sort(([, one], [, other]) => one.part - other.part);
		for (const [key] of still.slice(0, Math.ceil(this.limits.bound * MADE))) {
			this.#paces.delete(key);
			this.refused++;
		}
	}

	/** All of it as plain data; undefined where nothing was counted since the last time. */
	save(watched: number): unknown {
		if (!this.#isDirty) return undefined;
		this.#isDirty = false;
		this.#prune(Math.floor(watched / this.#partMicros));
		return [...this.#paces].map(([key, { part, counts, most, age, said }]) => [key, part, [...counts], most, age, said]);
	}

	/** Takes saved data back; false where it is damaged. */
	restore(saved: unknown): boolean {
		if (!Array.isArray(saved)) return false;
		for (const entry of saved.slice(0, this.limits.bound)) {
			if (!Array.isArray(entry) || typeof entry[0] !== "string") return false;
			const [key, part, counts, most, age, said] = entry;
			if (!Array.isArray(counts) || counts.length !== this.limits.parts || ![part, most, age, said, ...counts].every(Number.isFinite))
				return false;
			this.#paces.set(key, { part, counts: [...counts], most, age, said });
		}
		return true;
	}
}
