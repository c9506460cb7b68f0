/**
 * How a login ended, by the lengths of what is encrypted. A client asks for the service of logins (RFC 4253, 10), which the server grants by a message of a fixed size; then it offers what it
 * has (RFC 4252, 5), and only the message that lets it in is as short as one byte. Where the length of packets is in the clear they are told apart; else what a server says between two words of
 * its client counts as one packet, and nothing is said of a login where that cannot be sure.
 */
import { type Framing, PAYLOAD_SIZE, sizeOf } from "./codes.ts";

/** What a server may add at once to the message that lets in is as large as a list of host keys (OpenSSH, PROTOCOL, 2.5), or nothing. */
const LEAST_ADDED = 80;
/** A login takes fewer bytes of the server. */
const MAX_BYTES = 16_384;
/** No packet is longer (RFC 4253, 6.1), with its MAC. */
const MAX_SIZE = 36_000;
/** Sizes of answers that are remembered. */
const MAX_SIZES = 16;

export class LoginWatch {
	/** Answers to what the client offered; and when it was let in: microseconds and frame, 0 while it was not. */
	answers = 0;
	time = 0;
	frame = 0;
	/** False where nothing can be said any more. */
	isSure = true;
	readonly #framing: Framing;
	readonly #acceptSize: number;
	readonly #successSize: number;
	#isAccepted = false;
	#hasClientSpoken = false;
	/** Of the server: bytes since the client's last, when the latest came, and all of them. */
	#run = 0;
	#runTime = 0;
	#runFrame = 0;
	#all = 0;
	/** Where lengths are in the clear: bytes of the packet at the front that are still to come, and those of its length that came. */
	#left = 0;
	#header = 0;
	#length = 0;
	readonly #sizes: number[] = [];

	constructor(framing: Framing) {
		this.#framing = framing;
		this.#acceptSize = sizeOf(framing, PAYLOAD_SIZE.serviceAccept);
		this.#successSize = sizeOf(framing, PAYLOAD_SIZE.success);
	}

	get isOver(): boolean {
		return this.time > 0 || !this.isSure;
	}

	client(): void {
		if (!this.#framing.isLengthClear && this.#run > 0) this.#packet(this.#run, this.#runTime, this.#runFrame);
		this.#run = 0;
		this.#hasClientSpoken = true;
	}

	server(bytes: Uint8Array, start: number, end: number, time: number, frame: number): void {
		this.#all += end - start;
		if (this.#all > MAX_BYTES) {
			this.isSure = false;
			return;
		}
		this.#run += end - start;
		this.#runTime = time;
		this.#runFrame = frame;
		if (this.#framing.isLengthClear) this.#split(bytes, start, end, time, frame);
	}

	/** The conversation is over. */
	end(): void {
		if (!this.#framing.isLengthClear && this.#run > 0) this.#packet(this.#run, this.#runTime, this.#runFrame);
		this.#run = 0;
	}

	#split(bytes: Uint8Array, start: number, end: number, time: number, frame: number): void {
		for (let at = start; at < end; ) {
			if (this.#left === 0) {
				this.#length = ((this.#length << 8) | bytes[at]!) >>> 0;
				at++;
				if (++this.#header < 4) continue;
				this.#header = 0;
				this.#left = this.#length + this.#framing.tag;
				if (this.#left > MAX_SIZE) {
					this.isSure = false;
					return;
				}
				continue;
			}
			const taken = Math.min(this.#left, end - at);
			at += taken;
			this.#left -= taken;
			if (this.#left > 0) continue;
			this.#packet(4 + this.#length + this.#framing.tag, time, frame);
			this.#length = 0;
			if (this.isOver) return;
		}
	}

	#packet(size: number, time: number, frame: number): void {
		if (this.isOver || !this.#hasClientSpoken) return;
		if (!this.#isAccepted) {
			if (size === this.#acceptSize) this.#isAccepted = true;
			// Where lengths are in the clear, extensions (RFC 8308) may come before it.
			else if (!this.#framing.isLengthClear) this.isSure = false;
			return;
		}
		this.answers++;
		if (size === this.#successSize) {
			this.time = time;
			this.frame = frame;
			return;
		}
		if (this.#framing.isLengthClear || this.#sizes.includes(size)) return;
		if (size - this.#successSize >= LEAST_ADDED && this.answers > 1) this.isSure = false;
		else if (this.#sizes.length < MAX_SIZES) this.#sizes.push(size);
	}
}
