/**
 * The bytes delivered last, so that bytes sent again can be compared with what was used: an injected answer and the genuine one that follows it claim the same sequence numbers.
 *
 * One log for all flows, written round and round: a record a segment, chained to the record before it of the same direction. Writing is sequential however many flows there are, which
 * costs a third of a window of its own for each. How far back it reaches depends on the traffic: about seven seconds at 1,000 control messages a second, 40 ms at 200,000;
 * the race that it has to witness is decided within milliseconds.
 */

/** 32 bit words of the log of a large table, 1 MiB; a smaller one has `WORDS_PER_FLOW`. A larger one would push everything else out of the processor's cache: 8 MiB cost 8 % of the whole. */
const MAX_WORDS = 1 << 18;
const WORDS_PER_FLOW = 128;
/** Places count on past the end of the log up to here, so that an old one is known for old. */
const PLACES = 1 << 30;
/** Bytes of a segment that are kept, from its front: the longest Modbus message and then some. More would let bulk transfers push the others out. */
const MAX_KEPT = 512;
/** Records of a direction that are looked through. */
const MAX_LOOK_BACK = 64;

/** Words of a record before its bytes. */
const KEY = 0;
const SEQUENCE = 1;
const LENGTH = 2;
const PREVIOUS = 3;
const HEADER = 4;

/** Where there is no record. */
export const NO_RECORD = -1;

export class RecentBytes {
	readonly #size: number;
	readonly #mask: number;
	readonly #words: Int32Array;
	readonly #bytes: Uint8Array;
	/** Where the next record goes. */
	#head = 0;

	/** For a table of `flows` flows. */
	constructor(flows: number) {
		this.#size = Math.min(MAX_WORDS, 2 ** Math.ceil(Math.log2(Math.max(flows, 16) * WORDS_PER_FLOW)));
		this.#mask = this.#size - 1;
		this.#words = new Int32Array(this.#size);
		this.#bytes = new Uint8Array(this.#words.buffer);
	}

	/**
	 * Keeps the bytes from `start` to `end` of `view`, the first of which has number `sequence`, for a direction named `key` whose latest record is `previous`.
	 * Returns the place of the record.
	 */
	keep(key: number, previous: number, sequence: number, view: DataView, start: number, end: number): number {
		const words = this.#words;
		const length = end - start < MAX_KEPT ? end - start : MAX_KEPT;
		const size = HEADER + ((length + 3) >> 2);
		let place = this.#head;
		// a record does not wrap
		const left = this.#size - (place & this.#mask);
		if (size > left) place = (place + left) & (PLACES - 1);
		this.#head = (place + size) & (PLACES - 1);
		let at = place & this.#mask;
		words[at + KEY] = key;
		words[at + SEQUENCE] = sequence;
		words[at + LENGTH] = length;
		words[at + PREVIOUS] = previous;
		at += HEADER;
		let from = start;
		const to = start + length;
		for (; from + 4 <= to; from += 4) words[at++] = view.getInt32(from, true);
		for (let byte = at << 2; from < to; from++) this.#bytes[byte++] = view.getUint8(from);
		return place;
	}

	/** Whether `length` bytes from `sequence` on are what was kept of them, as far as anything was. `latest` is the direction's latest record. */
	isSame(key: number, latest: number, sequence: number, bytes: Uint8Array, start: number, length: number): boolean {
		const words = this.#words;
		let place = latest;
		for (let looks = 0; looks < MAX_LOOK_BACK && this.#isHeld(place); looks++) {
			const at = place & this.#mask;
			if (words[at + KEY] !== key) break;
			// offset of the record in the bytes to compare
			const offset = (words[at + SEQUENCE]! - sequence) | 0;
			const from = offset > 0 ? offset : 0;
			const to = Math.min(offset + words[at + LENGTH]!, length);
			const kept = ((at + HEADER) << 2) - offset;
			for (let byte = from; byte < to; byte++) if (this.#bytes[kept + byte] !== bytes[start + byte]) return false;
			place = words[at + PREVIOUS]!;
		}
		return true;
	}

	/** Whether a record has not been overwritten yet. */
	#isHeld(place: number): boolean {
		return place !== NO_RECORD && ((this.#head - place) & (PLACES - 1)) <= this.#size;
	}
}
