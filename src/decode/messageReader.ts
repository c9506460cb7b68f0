/**
 * Messages of a stream that say their own length. Finds the next one after bytes that are none, and gives up one whose rest never comes: when a later segment begins with a sound
 * message, that one is it. Cost is linear in the bytes but for what `probe` looks ahead.
 */
import type { Direction } from "../flow/flow.ts";
import { type Clock, type Probe, placeOf, seekBy } from "./protocol.ts";

/** Microseconds after which the rest of a message is no longer expected when a sound one begins with a segment. */
const UNFINISHED_AFTER = 2_000_000;

/** An answer of `lengthAt`: too few bytes to say. */
export const MORE = 0;
/** What `broken` is told of a message whose rest never came. */
export const UNFINISHED = 0;

/** What a decoder does with the messages of one stream. Bytes are on loan. */
export interface MessageUser {
	/** Length of the message that begins at `at`, MORE, or a negative number where none does: which one is the user's, and says why. */
	lengthAt(bytes: Uint8Array, at: number, end: number): number;
	/** As the protocol's own, where the flow is known to be this protocol. */
	probe(bytes: Uint8Array, start: number, end: number): Probe;
	/** The least answer of `probe` by which the bytes of a new segment are a message, and not the rest of one. */
	readonly soundness: Probe;
	/** A whole message. */
	message(bytes: Uint8Array, start: number, end: number, direction: Direction): void;
	/** Bytes that are no message, once for a row of them, with the answer of `lengthAt`; or UNFINISHED. */
	broken(size: number, direction: Direction, why: number): void;
}

export class MessageReader {
	readonly #user: MessageUser;
	readonly #clock: Readonly<Clock>;
	/** By direction: bytes of an unfinished message that come again, and when it began. */
	readonly #carried = new Int32Array(2);
	readonly #since = new Float64Array(2);
	/** By direction: 1 while foreign bytes were reported and no message was read since. */
	readonly #isForeign = new Uint8Array(2);

	constructor(user: MessageUser, clock: Readonly<Clock>) {
		this.#user = user;
		this.#clock = clock;
	}

	/** As `Stream.data`. */
	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		const user = this.#user;
		const fresh = start + this.#carried[direction]!;
		let at = start;
		while (at < end) {
			const length = user.lengthAt(bytes, at, end);
			if (length === MORE) break;
			if (length < 0) {
				const next = placeOf(seekBy((...lent) => user.probe(...lent), bytes, at + 1, end));
				if (this.#isForeign[direction] === 0) user.broken(next - at, direction, length);
				this.#isForeign[direction] = 1;
				at = next;
				continue;
			}
			if (
				fresh > at &&
				fresh < Math.min(end, at + length) &&
				this.#clock.time - this.#since[direction]! > UNFINISHED_AFTER &&
				user.probe(bytes, fresh, end) >= user.soundness
			) {
				user.broken(fresh - at, direction, UNFINISHED);
				at = fresh;
				continue;
			}
			if (end - at < length) break;
			this.#isForeign[direction] = 0;
			user.message(bytes, at, at + length, direction);
			at += length;
		}
		if (at > start || this.#carried[direction] === 0) this.#since[direction] = this.#clock.time;
		this.#carried[direction] = end - at;
		return at - start;
	}

	/** As `Stream.gap`. */
	gap(direction: Direction): void {
		this.#carried[direction] = 0;
		this.#isForeign[direction] = 0;
	}
}
