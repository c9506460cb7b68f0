/** Segmented messages that are not whole yet (ASHRAE 135, 5.2), those of all flows of a site together, so that there is one bound for the memory that they take. */

/** Messages that are put together at a time, and bytes of one. */
const MAX_ASSEMBLIES = 64;
const MAX_MESSAGE = 65_536;
/** Bytes of the first buffer of a message. */
const ROOM = 2048;
/** Microseconds without a segment after which the message is given up (12.11: some seconds, with some repetitions). */
const PATIENCE = 20_000_000;
/** 20.1.2.7: sequence numbers are modulo 256, and no window has more than half of them. */
const HALF = 128;

interface Assembly {
	bytes: Uint8Array;
	length: number;
	/** Sequence number of the next segment. */
	next: number;
	segments: number;
	/** Microseconds of its latest segment. */
	time: number;
	/** It became too long: what comes is counted, and not kept. */
	isTooLong: boolean;
}

/** What a segment made of its message. */
export const SEGMENT = { more: 0, whole: 1, broken: 2 } as const;

export class Assemblies {
	/** The message that is whole; its bytes until the next call. */
	bytes: Uint8Array = new Uint8Array(0);
	length = 0;
	segments = 0;
	readonly #all = new Map<string, Assembly>();

	/** Takes the content of one segment of the message `key`. A segment that came already, or is out of order, is ignored: it comes again. `time` in microseconds. */
	add(
		key: string,
		sequence: number,
		isLast: boolean,
		bytes: Uint8Array,
		start: number,
		end: number,
		time: number,
		count: (what: string) => void,
	): (typeof SEGMENT)[keyof typeof SEGMENT] {
		let one = this.#all.get(key);
		if (one !== undefined && (time - one.time > PATIENCE || (sequence === 0 && one.next > 1 && one.segments < HALF))) one = undefined;
		if (one === undefined) {
			if (sequence !== 0) {
				count("segment-without-beginning");
				return isLast ? SEGMENT.broken : SEGMENT.more;
			}
			one = this.#begin(key, count);
		}
		one.time = time;
		if (sequence !== one.next) {
			const isAhead = ((sequence - one.next) & 0xff) < HALF;
			if (!isAhead || !isLast) return SEGMENT.more;
			count("segments-lost");
			this.#all.delete(key);
			return SEGMENT.broken;
		}
		one.next = (sequence + 1) & 0xff;
		one.segments++;
		if (!one.isTooLong && !append(one, bytes, start, end)) {
			count("segmented-message-bound");
			one.isTooLong = true;
			one.bytes = new Uint8Array(0);
		}
		if (!isLast) return SEGMENT.more;
		this.bytes = one.bytes;
		this.length = one.length;
		this.segments = one.segments;
		this.#all.delete(key);
		return one.isTooLong ? SEGMENT.broken : SEGMENT.whole;
	}

	#begin(key: string, count: (what: string) => void): Assembly {
		this.#all.delete(key);
		if (this.#all.size >= MAX_ASSEMBLIES) {
			this.#all.delete(this.#all.keys().next().value!);
			count("segmented-messages-bound");
		}
		const one = { bytes: new Uint8Array(ROOM), length: 0, next: 0, segments: 0, time: 0, isTooLong: false };
		this.#all.set(key, one);
		return one;
	}
}

/** False where the message becomes longer than is kept. */
function append(one: Assembly, bytes: Uint8Array, start: number, end: number): boolean {
	const length = one.length + end - start;
	if (length > MAX_MESSAGE) return false;
	if (length > one.bytes.length) {
		const grown = new Uint8Array(Math.min(MAX_MESSAGE, 2 * length));
		grown.set(one.bytes.subarray(0, one.length));
		one.bytes = grown;
	}
	one.bytes.set(bytes.subarray(start, end), one.length);
	one.length = length;
	return true;
}
