/**
 * The search: inputs are changed copies of inputs that went where none had gone before (a block never run, or run a number of times of another magnitude). It begins
 * with the recordings, is the same for the same seed, and knows no clock.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Breach, breachOf, RULE } from "./breach.ts";
import { type Conversation, NO_BYTES, STEP, sizeOf } from "./conversation.ts";
import type { Examiner, Range } from "./examiner.ts";
import { blocks } from "./instrument.ts";
import { Dice } from "./mutation.ts";
import { Mutator } from "./mutator.ts";
import { shrink } from "./shrink.ts";

/** Inputs that one engine sees before it makes way for a new one: as many sessions of one site. */
const INPUTS_PER_ENGINE = 64;
/** Every so many inputs a good exchange follows on a new connection; every so many everything is asked of one. */
const RECOVERY_EVERY = 8;
const EXAMINED_EVERY = 64;
/** Inputs kept; beyond it one that is no seed gives way. */
const MOST_CORPUS = 4_096;
/** Different finds after which a decoder is left alone. */
const MOST_FINDS = 8;
/** Bytes that an engine may hold more after the last fifth of its inputs than after the third. */
const MOST_GROWTH = 24 << 20;
/** The last part of the inputs goes to a single engine, in so many windows. */
const WINDOWS = 5;

/** Headers of a segment, about: an empty step costs something too. */
const STEP_BYTES = 64;

export interface FoundBreach {
	readonly breach: Breach;
	readonly conversation: Conversation;
}

export class Fuzzer {
	inputs = 0;
	/** Most blocks per byte of any input, and that input. */
	dearest = { perByte: 0, conversation: [] as Conversation };
	/** Bytes by which an old engine grew, in the windows that count. */
	growth = 0;
	readonly corpus: Conversation[] = [];
	readonly finds: FoundBreach[] = [];
	readonly #examiner: Examiner;
	readonly #mutator: Mutator;
	readonly #dice: Dice;
	readonly #publish: (conversation: Conversation) => void;
	/** By block: a bit for each magnitude of its count that was seen. */
	readonly #seen = new Uint8Array(blocks.length);
	readonly #signatures = new Set<string>();
	#seeds = 0;
	/** What the engine at hand has seen. */
	#history: Conversation[] = [];

	/** `publish` is told of each input before it is played, so that somebody else knows which one never ended. */
	constructor(examiner: Examiner, tokens: readonly Uint8Array[], seed: number, publish: (conversation: Conversation) => void) {
		this.#examiner = examiner;
		this.#dice = new Dice(seed);
		this.#mutator = new Mutator(this.#dice, { conversations: examiner.seeds.conversations, tokens });
		this.#publish = publish;
	}

	get isDone(): boolean {
		return this.finds.length >= MOST_FINDS;
	}

	/** Blocks of a range that ran at least once. */
	covered({ from, to }: Range): number {
		let count = 0;
		for (let index = from; index < to; index++) if (this.#seen[index] !== 0) count++;
		return count;
	}

	/** Plays the recordings themselves. */
	plant(): void {
		for (const conversation of this.#examiner.seeds.conversations) this.#try(conversation, false);
		if (this.corpus.length === 0) this.corpus.push(this.#examiner.seeds.exchange);
		this.#seeds = this.corpus.length;
	}

	/** One new input. */
	next(): void {
		if (this.inputs % INPUTS_PER_ENGINE === 0) this.#renew();
		this.#try(this.#make(), true);
	}

	/** Inputs for one engine, which must not grow without end; `done` says which part of them is behind us, 1 for all. */
	age(done: () => number): void {
		this.#renew();
		const first = this.inputs;
		const sizes: number[] = [];
		for (let window = 1; window <= WINDOWS; window++) {
			while (done() < window / WINDOWS) this.#try(this.#make(), false);
			sizes.push(memoryInUse());
		}
		this.growth = sizes.at(-1)! - sizes[WINDOWS >> 1]!;
		if (this.growth > MOST_GROWTH)
			this.#found(new Breach(RULE.memory, `${this.growth} bytes more after ${this.inputs - first} inputs`), this.#history.flat());
		this.#renew();
	}

	#make(): Conversation {
		const { corpus } = this;
		const dice = this.#dice;
		// New ones more often: what they lead to is least explored.
		const index = dice.next() < 0.3 ? corpus.length - 1 - dice.below(Math.min(corpus.length, 32)) : dice.below(corpus.length);
		return this.#mutator.mutate(corpus[index]!, corpus);
	}

	#renew(): void {
		this.#examiner.player.renew();
		this.#history = [];
	}

	#try(conversation: Conversation, isExamined: boolean): void {
		this.inputs++;
		this.#publish(conversation);
		if (this.#history.length >= INPUTS_PER_ENGINE) this.#history.shift();
		this.#history.push(conversation);
		const examiner = this.#examiner;
		try {
			const cost = examiner.play(conversation);
			const isNew = this.#isNew();
			const perByte = cost / (sizeOf(conversation) + STEP_BYTES * conversation.length + STEP_BYTES);
			if (perByte > this.dearest.perByte) {
				this.dearest = { perByte, conversation };
				this.#keep(conversation);
			} else if (isNew) this.#keep(conversation);
			if (this.inputs % RECOVERY_EVERY === 0) examiner.recoverAnew();
			if (isExamined && (isNew || this.inputs % EXAMINED_EVERY === 0)) {
				const breach = examiner.examine(conversation);
				this.#renew();
				if (breach !== undefined) this.#found(breach, conversation);
			}
		} catch (error) {
			const breach = breachOf(error);
			const history = this.#history;
			this.#renew();
			this.#found(breach, conversation, history);
		}
	}

	#keep(conversation: Conversation): void {
		if (this.corpus.length >= MOST_CORPUS) this.corpus.splice(this.#seeds + this.#dice.below(this.corpus.length - this.#seeds), 1);
		this.corpus.push(conversation);
	}

	/** True where a block ran that had not, or as often as it never had. */
	#isNew(): boolean {
		const seen = this.#seen;
		let isNew = false;
		for (const { from, to } of this.#examiner.ranges) {
			for (let index = from; index < to; index++) {
				const count = blocks[index]!;
				if (count === 0) continue;
				const bit = magnitude(count);
				if ((seen[index]! & bit) !== 0) continue;
				seen[index]! |= bit;
				isNew = true;
			}
		}
		return isNew;
	}

	#found(breach: Breach, conversation: Conversation, history: readonly Conversation[] = []): void {
		const signature = breach.message.replace(/[0-9a-f]*\d[0-9a-f]*/gi, "0").slice(0, 160);
		if (this.#signatures.has(signature)) return;
		this.#signatures.add(signature);
		const examiner = this.#examiner;
		const examine = (one: Conversation) => {
			this.#publish(one);
			return examiner.examine(one);
		};
		const together = history.flatMap((one, index) => (index === 0 ? one : [ANEW, ...one]));
		const failing = [conversation, together].find((one) => examine(one)?.rule === breach.rule);
		this.finds.push({ breach, conversation: failing === undefined ? together : shrink(failing, breach, examine) });
		this.#renew();
	}
}

const ANEW = { kind: STEP.connect, direction: 0, wait: 1_000_000, bytes: NO_BYTES } as const;

/** Once, twice, three times, a few, several, many, very many: one bit each. */
function magnitude(count: number): number {
	if (count < 4) return 1 << (count - 1);
	if (count < 8) return 8;
	if (count < 16) return 16;
	if (count < 64) return 32;
	return count < 512 ? 64 : 128;
}

/** Bytes in use of this thread after collecting garbage; twice, since array buffers are given back by the sweep that follows a collection. */
function memoryInUse(): number {
	setFlagsFromString("--expose-gc");
	const collect = runInNewContext("gc") as () => void;
	collect();
	collect();
	const { heapUsed, arrayBuffers } = process.memoryUsage();
	return heapUsed + arrayBuffers;
}
