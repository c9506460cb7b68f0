/**
 * What all traits share: subjects by name and number, since when each is known and when it was last seen, what has to be saved, and forgetting. A trait adds its
 * columns, indexed by the subject's number.
 */
import { type Evidence, judges, trust } from "./maturity.ts";
import type { Deviation, TraitName, Watch } from "./trait.ts";

/** Longest name of a subject. */
export const MAX_KEY = 512;

/** Surprises that wait for the next tick; what is beyond is one flood and says no more. */
const MAX_SURPRISES = 64;

const CHANGE = { none: 0, routine: 1, essential: 2 } as const;

export const isNumber = (value: unknown): value is number => Number.isFinite(value);
export const isRecord = (value: unknown): value is Record<string, unknown> =>
	typeof value === "object" && value !== null && !Array.isArray(value);
/** A list of exactly or at most so many finite numbers, none negative. */
export const isNumbers = (value: unknown, least: number, most: number): value is number[] =>
	Array.isArray(value) && value.length >= least && value.length <= most && value.every((one) => isNumber(one) && one >= 0);

export abstract class Subjects {
	abstract readonly name: TraitName;
	readonly watch: Watch;
	readonly capacity: number;
	refused = 0;
	readonly surprises: Deviation[] = [];
	/** Numbers that were ever given; below it some may be free. */
	protected used = 0;
	/** Watched time: known since, and last seen as of the latest note. */
	protected readonly born: Float64Array;
	protected readonly seen: Float64Array;
	protected readonly epochs: Uint16Array;
	readonly #keys: (string | undefined)[] = [];
	readonly #ids = new Map<string, number>();
	readonly #free: number[] = [];
	readonly #changes: Uint8Array;
	readonly #touched: Uint8Array;
	readonly #savedAt: Float64Array;
	readonly #gone = new Set<string>();
	/** Watched microseconds between two savings of what changes all the time: a flash card wears. What a judgement hangs on is saved at once. 0: always at once. */
	readonly #saveMicros: number;

	constructor(watch: Watch, capacity: number, saveMicros = 0) {
		this.watch = watch;
		this.capacity = capacity;
		this.#saveMicros = saveMicros;
		this.born = new Float64Array(capacity);
		this.seen = new Float64Array(capacity);
		this.epochs = new Uint16Array(capacity);
		this.#changes = new Uint8Array(capacity);
		this.#touched = new Uint8Array(capacity);
		this.#savedAt = new Float64Array(capacity);
	}

	get size(): number {
		return this.#ids.size;
	}

	subject(key: string): number {
		const known = this.#ids.get(key);
		if (known !== undefined) return known;
		if (key.length > MAX_KEY || this.#ids.size >= this.capacity) {
			this.refused++;
			return -1;
		}
		const id = this.#free.pop() ?? this.used++;
		this.#ids.set(key, id);
		this.#keys[id] = key;
		this.#gone.delete(key);
		this.born[id] = this.watch.watched;
		this.seen[id] = this.watch.watched;
		this.epochs[id] = this.watch.epoch;
		this.#savedAt[id] = Number.NEGATIVE_INFINITY;
		this.clear(id);
		this.essential(id);
		return id;
	}

	/** The number of a subject, or -1 where it is not known. */
	find(key: string): number {
		return this.#ids.get(key) ?? -1;
	}

	isKnown(id: number): boolean {
		return this.#keys[id] !== undefined;
	}

	key(id: number): string {
		return this.#keys[id] ?? "";
	}

	/** Each subject. */
	*all(): Generator<[key: string, id: number]> {
		yield* this.#ids;
	}

	/** It was seen, and changed as it always does. On the hot path: one byte, worked off by `#note`. */
	protected touch(id: number): void {
		this.#touched[id] = 1;
	}

	#note(): void {
		for (let id = 0; id < this.used; id++) {
			if (this.#touched[id] === 0) continue;
			this.#touched[id] = 0;
			this.seen[id] = this.watch.watched;
			this.change(id);
		}
	}

	/** It changed as it always does, though nothing was seen of it. */
	protected change(id: number): void {
		if (this.#changes[id] === CHANGE.none) this.#changes[id] = CHANGE.routine;
	}

	/** Something changed on which judgements hang. */
	protected essential(id: number): void {
		this.#changes[id] = CHANGE.essential;
	}

	/** It would have been said if its subject judged already. */
	protected surprise(deviation: Deviation): void {
		if (this.surprises.length < MAX_SURPRISES) this.surprises.push(deviation);
	}

	protected abstract clear(id: number): void;
	protected abstract record(id: number): Record<string, unknown>;
	/** Takes the columns of a subject; false where they are damaged: the subject is dropped. */
	protected abstract take(id: number, record: Record<string, unknown>): boolean;
	abstract evidence(id: number): Evidence;

	protected evidenceOf(id: number, observations: number, members: number, singletons: number, lastNew: number): Evidence {
		return { observations, members, singletons, born: this.born[id]!, lastNew, isForced: this.epochs[id]! < this.watch.epoch };
	}

	protected isForced(id: number): boolean {
		return this.epochs[id]! < this.watch.epoch;
	}

	protected judges(id: number): boolean {
		// Asked often of what is young.
		if (!this.isForced(id) && this.watch.watched - this.born[id]! < this.watch.learningSeconds * 1e6) return false;
		return judges(this.evidence(id), this.watch.watched, this.watch.learningSeconds);
	}

	protected trust(id: number): number {
		return trust(this.evidence(id), this.watch.watched);
	}

	*save(isWhole = true): Generator<[key: string, value: unknown]> {
		if (isWhole) this.#note();
		for (const key of this.#gone) yield [`trait/${this.name}/${key}`, null];
		this.#gone.clear();
		const { watched } = this.watch;
		for (let id = 0; id < this.used; id++) {
			const change = this.#changes[id]!;
			if (change === CHANGE.none) continue;
			const key = this.#keys[id];
			if (key === undefined || (change === CHANGE.routine && (!isWhole || watched - this.#savedAt[id]! < this.#saveMicros))) continue;
			this.#changes[id] = CHANGE.none;
			this.#savedAt[id] = watched;
			yield [`trait/${this.name}/${key}`, { key, born: this.born[id], seen: this.seen[id], epoch: this.epochs[id], ...this.record(id) }];
		}
	}

	restore(entries: Iterable<[key: string, value: unknown]>): number {
		let damaged = 0;
		for (const [, value] of entries) if (!this.#restoreOne(value)) damaged++;
		return damaged;
	}

	#restoreOne(value: unknown): boolean {
		if (!isRecord(value) || typeof value.key !== "string" || value.key === "" || this.#ids.has(value.key)) return false;
		const { key, born, seen, epoch } = value;
		if (!isNumbers([born, seen, epoch], 3, 3) || (epoch as number) > 65_535) return false;
		const id = this.subject(key);
		if (id < 0) return false;
		this.born[id] = born as number;
		this.seen[id] = seen as number;
		this.epochs[id] = epoch as number;
		if (!this.take(id, value)) {
			this.#drop(id);
			this.#gone.delete(key);
			return false;
		}
		this.#changes[id] = CHANGE.none;
		this.#savedAt[id] = this.watch.watched;
		return true;
	}

	#drop(id: number): void {
		const key = this.#keys[id]!;
		this.clear(id);
		this.#ids.delete(key);
		this.#keys[id] = undefined;
		this.#changes[id] = CHANGE.none;
		this.#touched[id] = 0;
		this.#free.push(id);
		this.#gone.add(key);
	}

	fade(micros: number): string[] {
		this.#note();
		const faded: string[] = [];
		for (const [key, id] of this.#ids) if (this.watch.watched - this.seen[id]! > micros) faded.push(key);
		for (const key of faded) this.#drop(this.#ids.get(key)!);
		return faded;
	}
}
