/**
 * Whether a serial line whose rate was found still makes sense: bytes sampled at a rate that is not the line's any more are other bytes, and next to none of them lie
 * in frames whose checksum is right. Judged over a while, so that noise, a collision or a plug that is pulled out is no reason to begin anew. A pure state machine.
 */
import { framesIn } from "./rateFinder.ts";

/** Microseconds of one judgement, and bytes that it needs: the longest frame is whole in them wherever they begin. Where few come, it takes longer. */
export const SENSE_MICROS = 10e6;
export const SENSE_BYTES = 512;
/** Bytes that are looked at: the first of the while. */
const SAMPLE_BYTES = 1024;
/** Part of them that lies in frames on a line that is understood, however disturbed. Of random bytes it is one in thousands. */
const SENSE_SHARE = 0.1;

export class LineSense {
	readonly #sample = new Uint8Array(SAMPLE_BYTES);
	#length = 0;
	#since = Number.NaN;

	/** Bytes that were read at `time`, microseconds: false once those of a while have made no sense. */
	take(bytes: Uint8Array, time: number): boolean {
		if (Number.isNaN(this.#since)) this.#since = time;
		const count = Math.min(bytes.length, SAMPLE_BYTES - this.#length);
		this.#sample.set(bytes.subarray(0, count), this.#length);
		this.#length += count;
		if (this.#length < SENSE_BYTES || time - this.#since < SENSE_MICROS) return true;
		const { framed } = framesIn(this.#sample, this.#length);
		const isSense = framed >= SENSE_SHARE * this.#length;
		this.#since = Number.NaN;
		this.#length = 0;
		return isSense;
	}
}
