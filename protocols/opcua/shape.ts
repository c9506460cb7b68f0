/**
 * What an encrypted channel still shows: sizes, directions, times. From these a guess at the service of each message, never more than a guess.
 *
 * What it stands on: a body of SignAndEncrypt is padded to blocks of 16 bytes (OPC 10000-6, 6.7.2.5), so its length is known to 16 bytes; a ResponseHeader is 24
 * bytes as a rule, so answers that hold nothing but status codes, or a keep-alive, have lengths of their own; a Publish waits at the server (OPC
 * 10000-4, 5.14.5) and is asked again at once, all other services are answered at once; a channel begins with CreateSession and ActivateSession, which
 * carry certificates and signatures.
 */
import { type Direction, TO_SERVER } from "../../src/flow/flow.ts";

export const GUESSES = [
	"session set-up",
	"read poll",
	"write",
	"browse burst",
	"publish request",
	"publish keep-alive",
	"publish with data",
] as const;
export type GuessedService = (typeof GUESSES)[number];

/** A guess. One object a channel, changed by the next message. */
export interface Guess {
	service: GuessedService;
	/** 0 to 1. */
	confidence: number;
	/** In fixed words. */
	why: string;
}

/** Sizes of requests that are told apart on one channel; clients use about ten. */
const MAX_SIZES = 32;
/** Requests without an answer that are kept; further ones are not. */
const MAX_WAITING = 32;
/** An answer later than this was held back (microseconds): servers answer in some ten milliseconds, and publish ten times a second at most. */
const HELD = 90_000;
/** A request sooner than this after an answer was sent because of it. */
const AT_ONCE = 40_000;
/** Exchanges of a burst before it is called one. */
const BURST_LENGTH = 2;
/** Headers of a chunk, and the least padding (Part 6, 6.7.2). */
const OVERHEAD = 16 + 8 + 1;
const BLOCK = 16;
/** Part 6: typeId of 4 and ResponseHeader of 24 bytes, two arrays' lengths, and a status code of 4 bytes for one item. */
const STATUS_ANSWER = 40;
/** The same with four items at most. */
const MOST_STATUS_ANSWER = 52;
/** typeId, header, subscription, sequence numbers, an empty notification, results: 65 bytes, and some for each number and result. */
const KEEP_ALIVE = 65;
const MOST_KEEP_ALIVE = 93;
/** A certificate of 700 bytes or more is in CreateSession, a signature of 256 in ActivateSession. */
const CREATE_SESSION = 700;
const ACTIVATE_SESSION = 350;

/** Requests of a new channel before CreateSession. */
const BEFORE_SESSION = 2;

/** What the requests of one size have been taken for. */
interface Kind {
	service: GuessedService;
	count: number;
	/** Bytes of its last answer. */
	answer: number;
	/** How often the answer had another size than the one before. */
	changes: number;
}

interface Waiting {
	size: number;
	time: number;
}

const sure = (count: number, least: number): number => Math.min(0.95, least + 0.06 * count);

export class Shape {
	readonly guess: Guess = { service: "session set-up", confidence: 0, why: "" };
	/** Microseconds from the message before in the same direction to the one taken last; -1 for none. */
	since = -1;
	readonly #kinds = new Map<number, Kind>();
	/** Requests other than Publish that wait, oldest first. */
	readonly #waiting: Waiting[] = [];
	/** Publish requests that wait. */
	#held = 0;
	/** Steps of the set-up: CreateSession, its answer, ActivateSession, its answer, done. */
	#step: number;
	/** Requests before the set-up. */
	#before = 0;
	#smallest = Number.POSITIVE_INFINITY;
	readonly #last: [number, number] = [-1, -1];
	#wasPublished = false;
	#burst = 0;

	/** `isNew` where the channel was seen to be opened: what it begins with is then known. */
	constructor(isNew: boolean) {
		this.#step = isNew ? 0 : 4;
	}

	/** Requests that wait for an answer. */
	get outstanding(): number {
		return this.#waiting.length + this.#held;
	}

	/** Takes a whole message of `size` bytes and guesses. `signature` bytes end each chunk. Undefined where there is nothing to go by. */
	take(direction: Direction, time: number, size: number, chunks: number, signature: number): Guess | undefined {
		this.since = this.#last[direction] < 0 ? -1 : time - this.#last[direction];
		const isGuessed =
			direction === TO_SERVER ? this.#request(time, size) : this.#answer(time, size, size - chunks * (OVERHEAD + signature));
		this.#last[direction] = time;
		return isGuessed ? this.guess : undefined;
	}

	/** Microseconds that the request took which the answer now taken was for, where no other can have been meant; -1 else. Asked before `take`. */
	latency(time: number): number {
		return this.#waiting.length === 1 && this.#held === 0 ? time - this.#waiting[0]!.time : -1;
	}

	#say(service: GuessedService, confidence: number, why: string): true {
		const { guess } = this;
		guess.service = service;
		guess.confidence = Math.round(confidence * 100) / 100;
		guess.why = why;
		return true;
	}

	#request(time: number, size: number): boolean {
		if (this.#step === 0 || this.#step === 2) {
			if (size >= (this.#step === 0 ? CREATE_SESSION : ACTIVATE_SESSION)) {
				this.#step++;
				return this.#say("session set-up", 0.95, "first requests of a new channel, long enough for certificate and signature");
			}
			const isMoved = this.#step === 0 && size >= ACTIVATE_SESSION;
			if (isMoved) {
				this.#step = 3;
				return this.#say("session set-up", 0.6, "first request of a new channel, long enough for a signature");
			}
			// Some ask for the endpoints once more before.
			if (this.#step === 0 && this.#before++ < BEFORE_SESSION) return false;
			this.#step = 4;
		}
		this.#smallest = Math.min(this.#smallest, size);
		const kind = this.#kinds.get(size);
		const isSmall = size <= this.#smallest + BLOCK;
		const isAgain = this.#wasPublished && this.#last[1] >= 0 && time - this.#last[1] < AT_ONCE && isSmall;
		const isQueued = isSmall && this.#waiting.some((one) => one.size === size);
		if (kind?.service === "publish request" || isAgain || isQueued) {
			if (isQueued) this.#hold(size);
			this.#held++;
			const { count } = this.#learn(size, "publish request");
			return this.#say(
				"publish request",
				sure(count, isAgain ? 0.7 : 0.6),
				"as short as any, sent at once after a publication or while its like waits",
			);
		}
		if (this.#waiting.length < MAX_WAITING) this.#waiting.push({ size, time });
		// A poll rests after its answer; who walks through the address space asks on at once.
		const isBurst = !this.#wasPublished && this.#last[1] >= 0 && time - this.#last[1] < AT_ONCE;
		this.#burst = isBurst ? this.#burst + 1 : 0;
		if (kind !== undefined) {
			return this.#say(kind.service, sure(kind.count, 0.45), "of the same size as requests that were answered like it");
		}
		if (this.#burst >= BURST_LENGTH) return this.#say("browse burst", 0.4, "one of several requests that each followed an answer at once");
		return false;
	}

	#answer(time: number, size: number, most: number): boolean {
		if (this.#step === 1 || this.#step === 3) {
			this.#step++;
			return this.#say("session set-up", 0.95, "the answer to a set-up");
		}
		if (this.#step === 0) return false;
		const isKeepAlive = most >= KEEP_ALIVE && most < MOST_KEEP_ALIVE + BLOCK;
		const asked = this.#waiting[0];
		// The oldest may be a Publish that nothing has shown yet: it is short, waited long, and what came is long enough for one.
		const isHeld =
			asked !== undefined && time - asked.time >= HELD && asked.size <= this.#smallest + BLOCK && most >= KEEP_ALIVE && this.#isNews(asked);
		if (asked === undefined || isHeld) {
			if (asked !== undefined && isHeld) {
				this.#hold(asked.size);
				this.#learn(asked.size, "publish request");
			}
			if (this.#held > 0) this.#held--;
			// Too short for any publication: a Publish that is refused, or something else that was taken for one.
			this.#wasPublished = most >= KEEP_ALIVE;
			if (!this.#wasPublished) return false;
			const confidence = isHeld ? 0.5 : 0.85;
			const why = "no request but a waiting Publish can have asked for it";
			return isKeepAlive
				? this.#say("publish keep-alive", confidence, `${why}; as long as one without notifications`)
				: this.#say("publish with data", confidence, `${why}; longer than one without notifications`);
		}
		this.#wasPublished = false;
		this.#waiting.shift();
		if (most >= STATUS_ANSWER && most < MOST_STATUS_ANSWER + BLOCK - 4 && most - BLOCK < MOST_STATUS_ANSWER) {
			const { count } = this.#learn(asked.size, "write");
			return this.#say("write", sure(count, 0.6), "answered with hardly more than status codes");
		}
		const isBrowse = this.#burst >= BURST_LENGTH;
		const kind = this.#learn(asked.size, isBrowse ? "browse burst" : "read poll");
		if (kind.answer !== 0 && kind.answer !== size) kind.changes++;
		kind.answer = size;
		return isBrowse
			? this.#say("browse burst", sure(this.#burst, 0.4), "one of several requests that each followed an answer at once")
			: this.#say(
					"read poll",
					sure(kind.count - kind.changes, 0.35),
					kind.changes === 0 ? "the same request and the same answer again" : "answered at once with values",
				);
	}

	/** True where no answer to requests of this size has been seen: they are not yet known to be answered at once. */
	#isNews({ size }: Waiting): boolean {
		const kind = this.#kinds.get(size);
		return kind === undefined || kind.count < BURST_LENGTH;
	}

	/** Requests of this size that wait are Publish requests. */
	#hold(size: number): void {
		for (let index = this.#waiting.length - 1; index >= 0; index--) {
			if (this.#waiting[index]!.size !== size) continue;
			this.#waiting.splice(index, 1);
			if (this.#held < MAX_WAITING) this.#held++;
		}
	}

	#learn(size: number, service: GuessedService): Kind {
		let kind = this.#kinds.get(size);
		if (kind === undefined) {
			if (this.#kinds.size >= MAX_SIZES) this.#kinds.delete(this.#kinds.keys().next().value!);
			kind = { service, count: 0, answer: 0, changes: 0 };
			this.#kinds.set(size, kind);
		}
		if (kind.service !== service) {
			kind.service = service;
			kind.count = 0;
			kind.changes = 0;
		}
		kind.count++;
		return kind;
	}
}
