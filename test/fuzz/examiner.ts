/** Everything that is asked of one input, each question on an engine that has seen nothing: what a find is made small with, and what goes through old finds. */
import { Breach, breachOf, RULE } from "./breach.ts";
import type { Target } from "./carriers.ts";
import { type Conversation, NO_BYTES, STEP, type Step, sizeOf } from "./conversation.ts";
import { blocks } from "./instrument.ts";
import { Player } from "./player.ts";
import type { Seeds } from "./seeds.ts";

/**
 * Blocks that an input may run: so many for itself, for each step and for each byte. The dearest honest message (lists of names that point at one another, in DNS)
 * stays far below; what grows faster than its bytes does not.
 */
const COST = 10_000;
const COST_STEP = 3_000;
const COST_BYTE = 250;

/** Microseconds after which no decoder waits for an answer any more. */
const SETTLED = 200_000_000;
/** Longest message behind which good exchanges are tried without a gap; behind longer ones it takes too many of them. */
const MOST_SWALLOWED = 4_096;

/** Where the counters of what is under test are. */
export interface Range {
	readonly from: number;
	readonly to: number;
}

export class Examiner {
	readonly target: Target;
	readonly seeds: Seeds;
	readonly player: Player;
	readonly ranges: readonly Range[];

	constructor(target: Target, seeds: Seeds, ranges: readonly Range[]) {
		this.target = target;
		this.seeds = seeds;
		this.player = new Player(target);
		this.ranges = ranges;
	}

	/** The first promise that does not hold, or undefined. */
	examine(conversation: Conversation): Breach | undefined {
		try {
			this.player.renew();
			this.play(conversation);
			this.#compareLent(conversation);
			this.player.renew();
			this.player.play(conversation);
			this.recoverAnew();
			this.#recoverAfterGap(conversation, false);
			this.#recoverAfterGap(conversation, true);
			this.#recoverBehind(conversation);
			return undefined;
		} catch (error) {
			return breachOf(error);
		}
	}

	/** Plays an input on the engine as it is; the counters are those of this input afterwards. Returns how many blocks ran. */
	cost(conversation: Conversation): number {
		blocks.fill(0);
		this.player.play(conversation);
		let cost = 0;
		for (const { from, to } of this.ranges) for (let index = from; index < to; index++) cost += blocks[index]!;
		return cost;
	}

	/** The same, where it may not cost more than its bytes allow. */
	play(conversation: Conversation): number {
		const cost = this.cost(conversation);
		const allowed = COST + COST_STEP * conversation.length + COST_BYTE * sizeOf(conversation);
		if (cost > allowed) throw new Breach(RULE.cost, `${cost} blocks for ${sizeOf(conversation)} bytes in ${conversation.length} steps`);
		return cost;
	}

	/** A good exchange on a new connection of the same engine. */
	recoverAnew(): void {
		const { exchange } = this.seeds;
		this.#expect(RULE.blindAnew, () => this.player.play(exchange));
	}

	/** The same whatever lies around the bytes and whatever becomes of them. */
	#compareLent(conversation: Conversation): void {
		const { player } = this;
		const [one, other] = [0x00, 0xff].map((poison) => {
			player.renew();
			player.lines = [];
			try {
				player.play(conversation, { poison });
				return player.lines;
			} finally {
				player.lines = undefined;
			}
		});
		for (const [index, line] of one!.entries()) {
			if (line !== other![index]) throw new Breach(RULE.lent, `${line} or ${other![index]}`);
		}
		if (one!.length !== other!.length) throw new Breach(RULE.lent, `${one!.length} or ${other!.length} lines`);
	}

	/** Lost bytes in both directions, a pause, then a good exchange on the same connection, whole or byte by byte. */
	#recoverAfterGap(conversation: Conversation, isByByte: boolean): void {
		if (this.target.carrier.swallows(this.target.protocol) === undefined && isByByte) return;
		if (isElsewhere(conversation)) return;
		const { player, seeds } = this;
		const lost: Step[] = [
			{ kind: STEP.gap, direction: 0, wait: SETTLED, bytes: NO_BYTES },
			{ kind: STEP.gap, direction: 1, wait: 0, bytes: NO_BYTES },
		];
		const exchange = isByByte ? byByte(seeds.exchange) : seeds.exchange;
		this.#expect(RULE.blindAfterGap, (begin) => {
			player.renew();
			player.play([...conversation, ...lost], { rest: exchange, beforeRest: begin });
			return !player.isTurned;
		});
	}

	/** Good exchanges behind the garbage, nothing lost: those after the longest message that the garbage may pretend to be. */
	#recoverBehind(conversation: Conversation): void {
		const { target, player, seeds } = this;
		const swallowed = target.carrier.swallows(target.protocol) ?? 0;
		if (swallowed > MOST_SWALLOWED || isElsewhere(conversation)) return;
		const least = Math.min(
			...[0, 1].map((way) => sizeOf(seeds.exchange.filter(({ kind, direction }) => kind === STEP.bytes && direction === way))),
		);
		const [first, ...others] = seeds.exchange;
		const exchange = [{ ...first!, wait: SETTLED }, ...others];
		const before = Array.from({ length: 2 + Math.ceil(swallowed / Math.max(1, least)) }, () => exchange).flat();
		this.#expect(RULE.blindAfterGarbage, (begin) => {
			player.renew();
			player.play([...conversation, ...before], { rest: exchange, beforeRest: begin });
			return !player.isTurned;
		});
	}

	/** What is said from `begin` on (or in all of it) has all that a good exchange says; a `false` from `play` says that nothing was promised. */
	#expect(rule: Breach["rule"], play: (begin: () => void) => unknown): void {
		const { player, seeds } = this;
		let said: string[] = [];
		player.said = said;
		try {
			const isPromised = play(() => {
				player.said = said = [];
			});
			if (isPromised === false) return;
		} finally {
			player.said = undefined;
		}
		// An identity is not said twice, and garbage may have said it; more may be known after garbage, never less.
		const expected = seeds.said.filter((word) => !word.startsWith("identity "));
		let met = 0;
		for (const word of said) if (word === expected[met]) met++;
		if (met < expected.length) throw new Breach(rule, `said ${JSON.stringify(said)} where ${JSON.stringify(expected)} was expected`);
	}
}

/** True where the last connection is on a port that hints at nothing: there a flow may be given up. */
function isElsewhere(conversation: Conversation): boolean {
	const last = conversation.findLast(({ kind }) => kind === STEP.connect || kind === STEP.connectElsewhere);
	return last?.kind === STEP.connectElsewhere;
}

const byByte = (conversation: Conversation): Conversation =>
	conversation.flatMap((step) =>
		step.kind === STEP.bytes
			? Array.from(step.bytes, (byte, index) => ({ ...step, wait: index === 0 ? step.wait : 0, bytes: Uint8Array.of(byte) }))
			: [step],
	);
