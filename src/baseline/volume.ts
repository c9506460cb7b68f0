/**
 * The `volume` trait: how much two hosts send each other over one service in an interval, by the hour of the day; it needs no decoder, so it works on encrypted channels
 * too. A subject is one client, one server and one service; its measure is the logarithm to base 2 of one plus the bytes, because traffic varies by factors.
 *
 * What an hour may bring lies between its smallest and its largest interval, once it was met on several days; until then between those of any hour. An interval beyond
 * that by a factor is odd; odd intervals in a row are said. Once mature the band follows slow growth within a limit, and nothing else.
 */
import type { LocalTime } from "./localTime.ts";
import { type Evidence, type Maturity, maturityOf } from "./maturity.ts";
import { isNumbers, Subjects } from "./subjects.ts";
import type { Deed, Deviation, Trait, Watch } from "./trait.ts";

/** Watched microseconds of an interval. */
export const INTERVAL = 60e6;
/** Hours of the day, and one class for any hour. */
const CLASSES = 25;
const ANY = 24;
/** Intervals after which an hour has a band of its own: three days of it. */
export const OWN_INTERVALS = 180;
/** Odd: this many doublings above the largest, or below the smallest, interval; or this share of the width of the band, where that is more. */
const DOUBLINGS = 1;
const WIDTHS = 0.5;
/** Odd intervals in a row, and the number of doublings at which one says as much as several. */
export const ODD_INTERVALS = 3;
const FAR = 4;
/** How far a mature band may move away from where it was on the first mature day, doublings, and in one interval. */
const DRIFT = 0.5;
const CREEP = 0.001;
/** A band that grew by this much, doublings, is news. */
const NEWS = 0.2;
/** Below so many bytes an interval nothing is much. */
const LEAST = Math.log2(1 + 2000);
/** Forced by a person: so many intervals show what is usual. */
const FORCED_INTERVALS = 10;
/** What is odd for so long while it is still learned is another way of life. */
const SETTLED_INTERVALS = 60;

const LOW = 0;
const HIGH = 1;
const COUNT = 2;
const MIDDLE = 3;
const FIELDS = 4;

/** Doublings: the logarithm to base 2 of one plus the bytes of an interval. */
export interface KnownBand {
	readonly low: number;
	readonly high: number;
}

/** Bands of a mature subject, for a document: that of any hour as it was at maturity, and those of hours that lie elsewhere by more than what is odd. */
export interface KnownAmounts {
	readonly born: number;
	readonly intervals: number;
	readonly any: KnownBand;
	readonly hours: readonly (KnownBand & { readonly hour: number })[];
}

export class Volume extends Subjects implements Trait {
	readonly name = "volume";
	/** By subject and class: smallest and largest interval, how many, and the running median. */
	readonly #bands: Float32Array;
	/** The same of the class of any hour at maturity. */
	readonly #anchorLow: Float32Array;
	readonly #anchorHigh: Float32Array;
	readonly #intervals: Float64Array;
	readonly #lastNew: Float64Array;
	/** Above 0: intervals too large in a row; below: too small. */
	readonly #odd: Float32Array;
	/** 1 mature, 2 said. */
	readonly #flags: Uint8Array;
	readonly #found: Deviation[] = [];

	readonly #local: LocalTime;

	constructor(watch: Watch, local: LocalTime, capacity: number, saveMicros = 0) {
		super(watch, capacity, saveMicros);
		this.#local = local;
		this.#bands = new Float32Array(capacity * CLASSES * FIELDS);
		this.#anchorLow = new Float32Array(capacity);
		this.#anchorHigh = new Float32Array(capacity);
		this.#intervals = new Float64Array(capacity);
		this.#lastNew = new Float64Array(capacity);
		this.#odd = new Float32Array(capacity);
		this.#flags = new Uint8Array(capacity);
	}

	/** What a document says of it; undefined before it judges. */
	known(id: number): KnownAmounts | undefined {
		if ((this.#flags[id]! & 1) === 0) return undefined;
		const any = { low: this.#anchorLow[id]!, high: this.#anchorHigh[id]! };
		const hours: (KnownBand & { hour: number })[] = [];
		for (let hour = 0; hour < ANY; hour++) {
			const at = (id * CLASSES + hour) * FIELDS;
			const [low, high] = [this.#bands[at + LOW]!, this.#bands[at + HIGH]!];
			if (this.#bands[at + COUNT]! < OWN_INTERVALS) continue;
			if (Math.max(Math.abs(low - any.low), Math.abs(high - any.high)) > DOUBLINGS) hours.push({ hour, low, high });
		}
		return { born: this.born[id]!, intervals: this.#intervals[id]!, any, hours };
	}

	/** Takes what a document says of a subject that is not known yet; it judges at once. False where there is no place for it. */
	adopt(key: string, { born, intervals, any, hours }: KnownAmounts): boolean {
		const id = this.subject(key);
		if (id < 0) return false;
		this.born[id] = born;
		this.#intervals[id] = intervals;
		this.#lastNew[id] = born;
		this.#flags[id] = 1;
		this.#anchorLow[id] = any.low;
		this.#anchorHigh[id] = any.high;
		for (const { hour, low, high } of [{ hour: ANY, ...any }, ...hours])
			this.#bands.set([low, high, OWN_INTERVALS, (low + high) / 2], (id * CLASSES + hour) * FIELDS);
		return true;
	}

	/** One interval is over: `deed.value` bytes came. */
	observe(id: number, deed: Deed): void {
		const amount = deed.value > 0 ? Math.log2(1 + deed.value) : 0;
		if (amount > 0) this.touch(id);
		else this.change(id);
		const hour = this.#local.hour(deed) % ANY;
		const own = (id * CLASSES + hour) * FIELDS;
		const any = (id * CLASSES + ANY) * FIELDS;
		if ((this.#flags[id]! & 1) === 0) {
			this.#ripen(id, any);
			if ((this.#flags[id]! & 1) === 0) {
				if (!deed.isNormal) return;
				if (this.#intervals[id]! >= FORCED_INTERVALS) this.#rehearse(id, any, amount, deed);
				this.#learn(id, own, any, amount);
				return;
			}
		}
		const bands = this.#bands;
		const band = bands[own + COUNT]! >= OWN_INTERVALS ? own : any;
		const low = bands[band + LOW]!;
		const high = bands[band + HIGH]!;
		const beyond = beyondBand(low, high, amount);
		if (beyond !== 0) {
			if (this.#isSaid(id, beyond)) this.#found.push(this.#deviation(id, deed, beyond > 0 ? high : low));
		} else {
			if (this.#odd[id] !== 0) this.#isUsual(id);
			if (deed.isNormal) this.#follow(id, own, any, amount);
		}
	}

	/** What would be said of a young subject. Its band is held as it was when the first odd interval came; after an hour of them it is another band. */
	#rehearse(id: number, any: number, amount: number, deed: Deed): void {
		if (this.#odd[id] === 0) {
			this.#anchorLow[id] = this.#bands[any + LOW]!;
			this.#anchorHigh[id] = this.#bands[any + HIGH]!;
		}
		const low = this.#anchorLow[id]!;
		const high = this.#anchorHigh[id]!;
		const beyond = beyondBand(low, high, amount);
		if (beyond === 0 || Math.abs(this.#odd[id]!) >= SETTLED_INTERVALS) {
			if (this.#odd[id] !== 0) this.#isUsual(id);
		} else if (this.#isSaid(id, beyond)) this.surprise(this.#deviation(id, deed, beyond > 0 ? high : low));
	}

	#isUsual(id: number): void {
		this.#odd[id] = 0;
		this.#flags[id]! &= ~2;
		this.essential(id);
	}

	#learn(id: number, own: number, any: number, amount: number): void {
		this.#intervals[id]!++;
		const grown = this.#widen(any, amount);
		this.#widen(own, amount);
		if (grown > NEWS) this.#lastNew[id] = this.watch.watched;
	}

	#widen(at: number, amount: number): number {
		const bands = this.#bands;
		const count = ++bands[at + COUNT]!;
		if (count === 1) {
			bands[at + LOW] = amount;
			bands[at + HIGH] = amount;
			bands[at + MIDDLE] = amount;
			return Number.POSITIVE_INFINITY;
		}
		this.#middle(at, amount);
		let grown = 0;
		if (amount < bands[at + LOW]!) {
			grown = bands[at + LOW]! - amount;
			bands[at + LOW] = amount;
		}
		if (amount > bands[at + HIGH]!) {
			grown = amount - bands[at + HIGH]!;
			bands[at + HIGH] = amount;
		}
		return grown;
	}

	/** A median that runs: one small step towards each interval, and not past it. */
	#middle(at: number, amount: number): void {
		const bands = this.#bands;
		const step = Math.max(0.01, 1 / bands[at + COUNT]!);
		bands[at + MIDDLE]! += Math.max(-step, Math.min(step, amount - bands[at + MIDDLE]!));
	}

	/** Mature: within the band everything is usual, a little beside it moves the band a little, within limits. */
	#follow(id: number, own: number, any: number, amount: number): void {
		this.#intervals[id]!++;
		// An hour that is still being met learns what the whole day already allows.
		if (this.#bands[own + COUNT]! < OWN_INTERVALS) this.#widen(own, amount);
		else this.#creep(id, own, amount);
		this.#creep(id, any, amount);
	}

	#creep(id: number, at: number, amount: number): void {
		const bands = this.#bands;
		bands[at + COUNT]!++;
		this.#middle(at, amount);
		if (amount > bands[at + HIGH]!) bands[at + HIGH] = Math.min(amount, this.#anchorHigh[id]! + DRIFT, bands[at + HIGH]! + CREEP);
		if (amount < bands[at + LOW]!) bands[at + LOW] = Math.max(amount, this.#anchorLow[id]! - DRIFT, bands[at + LOW]! - CREEP);
	}

	#ripen(id: number, any: number): void {
		if (this.isForced(id) ? this.#intervals[id]! < FORCED_INTERVALS : !this.judges(id)) return;
		this.#flags[id] = 1;
		this.#odd[id] = 0;
		this.#anchorLow[id] = this.#bands[any + LOW]!;
		this.#anchorHigh[id] = this.#bands[any + HIGH]!;
		this.essential(id);
	}

	/** Counts an interval that is so far beyond its band (below it: negative); true where it is to be said. */
	#isSaid(id: number, beyond: number): boolean {
		const sign = Math.sign(beyond);
		const before = this.#odd[id]!;
		const weight = 1 + Math.min(ODD_INTERVALS - 1, Math.abs(beyond) / FAR);
		this.#odd[id] = Math.min(100, (before * sign > 0 ? Math.abs(before) : 0) + weight) * sign;
		this.essential(id);
		if ((this.#flags[id]! & 2) !== 0 || Math.abs(this.#odd[id]!) < ODD_INTERVALS) return false;
		this.#flags[id]! |= 2;
		return true;
	}

	/** `edge` is the end of the band that was passed. */
	#deviation(id: number, { time, frame, value }: Deed, edge: number): Deviation {
		return {
			trait: "volume",
			kind: this.#odd[id]! > 0 ? "more" : "less",
			key: this.key(id),
			time,
			frame,
			seen: value,
			usual: 2 ** edge - 1,
			trust: this.trust(id),
			born: this.born[id]!,
		};
	}

	judge(_time: number, report: (deviation: Deviation) => void): void {
		for (const deviation of this.#found) report(deviation);
		this.#found.length = 0;
	}

	evidence(id: number): Evidence {
		return this.evidenceOf(id, this.#intervals[id]!, 1, 0, this.#lastNew[id]!);
	}

	maturity(id: number): Maturity {
		if ((this.#flags[id]! & 1) === 0) {
			const found = maturityOf(this.evidence(id), this.watch.watched, this.watch.learningSeconds);
			return { ...found, value: Math.min(0.99, found.value) };
		}
		let own = 0;
		for (let hour = 0; hour < ANY; hour++) if (this.#bands[(id * CLASSES + hour) * FIELDS + COUNT]! >= OWN_INTERVALS) own++;
		return { value: 1, reason: `${own} of 24 hours have a band of their own`, forecast: 0 };
	}

	interrupt(): void {}

	protected clear(id: number): void {
		this.#bands.fill(0, id * CLASSES * FIELDS, (id + 1) * CLASSES * FIELDS);
		this.#anchorLow[id] = 0;
		this.#anchorHigh[id] = 0;
		this.#intervals[id] = 0;
		this.#odd[id] = 0;
		this.#flags[id] = 0;
		this.#lastNew[id] = this.watch.watched;
	}

	protected record(id: number): Record<string, unknown> {
		const bands: number[] = [];
		for (let at = 0; at < CLASSES; at++) {
			const from = (id * CLASSES + at) * FIELDS;
			if (this.#bands[from + COUNT]! > 0) bands.push(at, ...this.#bands.subarray(from, from + FIELDS));
		}
		return {
			bands,
			anchors: [this.#anchorLow[id], this.#anchorHigh[id]],
			intervals: this.#intervals[id],
			lastNew: this.#lastNew[id],
			odd: this.#odd[id]! + 100,
			flags: this.#flags[id],
		};
	}

	protected take(id: number, { bands, anchors, intervals, lastNew, odd, flags }: Record<string, unknown>): boolean {
		const size = FIELDS + 1;
		if (!isNumbers(bands, 0, CLASSES * size) || bands.length % size !== 0 || !isNumbers(anchors, 2, 2)) return false;
		if (!isNumbers([intervals, lastNew, odd, flags], 4, 4) || (flags as number) > 3) return false;
		for (let at = 0; at < bands.length; at += size) {
			if (!Number.isInteger(bands[at]) || bands[at]! >= CLASSES) return false;
			this.#bands.set(bands.slice(at + 1, at + size), (id * CLASSES + bands[at]!) * FIELDS);
		}
		this.#anchorLow[id] = anchors[0]!;
		this.#anchorHigh[id] = anchors[1]!;
		this.#intervals[id] = intervals as number;
		this.#lastNew[id] = lastNew as number;
		this.#odd[id] = (odd as number) - 100;
		this.#flags[id] = flags as number;
		return true;
	}
}

/** How many doublings an interval is beyond a band and its margin: above 0 for more, below for less. */
function beyondBand(low: number, high: number, amount: number): number {
	const margin = Math.max(DOUBLINGS, WIDTHS * (high - low));
	if (amount > Math.max(high + margin, LEAST)) return amount - high - margin;
	return low - margin > 0 && low > LEAST && amount < low - margin ? amount - low + margin : 0;
}
