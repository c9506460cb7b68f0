/**
 * The `sequence` trait: in which order the operations of a channel (one client of one server) come.
 *
 * Most channels are cycles of a program that polls (Goldenberg and Wool 2013): about 100 messages show them. The whole channel is one cycle where one timer drives it; where
 * several do, their messages interleave anyhow, and the channel is taken apart by how often each symbol comes: symbols of one timer come equally often, and in order among
 * themselves. A channel may have several phases (a start, day and night), each with its cycles (Markman, Wool and Cardenas 2018). What is not cyclic is known by which
 * operation follows which.
 *
 * Judged is the channel, not the message: a misfit adds to a score, a message that fits takes off. The limit lies above what the channel did by itself while learning, and is
 * never so low that one lost frame would reach it.
 */
import { type Evidence, type Maturity, maturityOf } from "./maturity.ts";
import { isNumbers, Subjects } from "./subjects.ts";
import type { Deed, Deviation, Trait } from "./trait.ts";

/** Latest messages kept of a channel: three rounds of the longest cycle of a plain poller. A power of two. */
export const RING = 512;
/** Different operations of a channel that are told apart. */
export const MAX_SYMBOLS = 512;
/** Messages before a cycle is sought, and between two attempts. */
export const FIRST_LOOK = 100;
const LOOK_AGAIN = 64;
/** Messages without a cycle after which the channel is taken as one that has none. */
const NO_CYCLE = 1024;
/** A cycle must have come so often, and its repetition must fit so well. */
const ROUNDS = 3;
const FIT = 0.95;
/** The share of the messages that the cycles found must hold. */
const COVER = 0.8;
export const MAX_CYCLES = 8;
export const MAX_PHASES = 8;
/** What a misfit adds, a fit takes off; a single misfit (a lost frame) is below the limit, a swap of two messages (three misfits) above. */
const MISFIT = 16;
const RELIEF = 1;
export const ORDER_LIMIT = 40;
/** The same for channels without a cycle: five orders never seen, close together. */
const FREE_LIMIT = 72;
const MAX_SCORE = 4096;
/** The highest score of a mature channel, in its limits: after so many good messages for each point of it a wrong order is news again. */
const MOST_LIMITS = 4;
/** While learning, a score so high means another phase. */
const PHASE_SCORE = 10 * MISFIT;
/** A score while learning that says: this order is none. */
const NO_ORDER = 1024;
/** Messages between two attempts to find the phase that a mature channel has gone over to: trying costs as much as hundreds of messages. */
const SWITCH_AGAIN = 16;
/** The same while learning, where nothing hurries. */
const PHASE_AGAIN = 256;
/** How well another phase must fit the messages since the first misfit. */
const SWITCH_FIT = 0.75;
/** Pairs of operations that follow each other, over all channels. */
export const MAX_TRANSITIONS = 131_072;

const SEEKING = 0;
const CYCLIC = 1;
const FREE = 2;

class Cycle {
	readonly pattern: Int16Array;
	at = 0;
	constructor(pattern: Int16Array) {
		this.pattern = pattern;
	}
}

/** The cycles of one phase, and of which of them each symbol is; -1 for one that comes when it is needed. */
class Phase {
	readonly cycles: Cycle[] = [];
	readonly cycleOf = new Int8Array(MAX_SYMBOLS).fill(-1);

	add(pattern: Int16Array): void {
		for (const symbol of pattern) this.cycleOf[symbol] = this.cycles.length;
		this.cycles.push(new Cycle(pattern));
	}
}

class Channel {
	readonly ring = new Int16Array(RING);
	messages = 0;
	score = 0;
	mode = SEEKING;
	readonly symbols: string[] = [];
	readonly ordinals = new Map<string, number>();
	/** The only cycle of the active phase: most channels have one, and most messages ask for no more than this. */
	only: Cycle | undefined = undefined;
	readonly phases: Phase[] = [];
	active = 0;
	worst = 0;
	/** `worst` before the running score. */
	usual = 0;
	/** `messages` at the first misfit of the running score. */
	oddSince = 0;
	lastOdd = 0;
	previous = -1;
	transitions = 0;
	singletons = 0;
	/** `messages` from which on other phases are tried again. */
	nextLook = 0;
	isMature = false;
	isSaid = false;
	/** Of the latest misfit. */
	expected = -1;
	came = -1;
	time = 0;
	frame = 0;

	activate(phase: number): void {
		this.active = phase;
		const cycles = this.phases[phase]?.cycles ?? [];
		this.only = this.mode === CYCLIC && cycles.length === 1 ? cycles[0] : undefined;
	}
}

/** The order of a channel that is cyclic and judges, for a document: phases, their cycles, the names of their operations. `born` is watched time. */
export interface KnownOrder {
	readonly born: number;
	readonly messages: number;
	/** The most misfits close together that were usual. */
	readonly misfits: number;
	readonly phases: readonly (readonly (readonly string[])[])[];
}

export class Sequence extends Subjects implements Trait {
	readonly name = "sequence";
	readonly #channels: (Channel | undefined)[] = [];
	/** Channel, symbol and next symbol, to how often; open addressing. */
	readonly #slots = new Float64Array(2 * MAX_TRANSITIONS).fill(-1);
	readonly #counts = new Uint16Array(2 * MAX_TRANSITIONS);
	#transitions = 0;
	readonly #telling: number[] = [];
	#ripenedAt = Number.NEGATIVE_INFINITY;

	/** What a document says of a channel; undefined where it has no order, or one that does not judge, nor would at the next look. */
	known(id: number): KnownOrder | undefined {
		const { isMature, mode, messages, worst, phases, symbols } = this.#channels[id]!;
		if (mode !== CYCLIC || (!isMature && !this.judges(id))) return undefined;
		const named = phases.map(({ cycles }) => cycles.map(({ pattern }) => [...pattern].map((symbol) => symbols[symbol]!)));
		return { born: this.born[id]!, messages, misfits: Math.ceil(worst / MISFIT), phases: named };
	}

	/** Takes what a document says of a channel that is not known yet; it judges at once. False where that cannot be an order, or there is no place for it. */
	adopt(key: string, { born, messages, misfits, phases }: KnownOrder): boolean {
		const symbols = [...new Set(phases.flat(2))];
		const id = this.subject(key);
		if (id < 0) return false;
		this.born[id] = born;
		const known: Readonly<Record<string, number>> = { messages, mode: CYCLIC, worst: misfits * MISFIT, previous: -1 };
		const number = (name: string) => symbols.indexOf(name);
		return this.take(id, {
			symbols,
			recent: [],
			numbers: NUMBERS.map((name) => (known[name] ?? 0) + 1),
			flags: FLAGS.map((name) => name === "isMature"),
			phases: phases.map((cycles) => cycles.map((cycle) => [0, ...cycle.map(number)])),
			pairs: [],
		});
	}

	/** The number of an operation within its channel; -1 beyond the bound. */
	symbol(id: number, name: string): number {
		const channel = this.#channels[id]!;
		const known = channel.ordinals.get(name);
		if (known !== undefined) return known;
		if (channel.symbols.length >= MAX_SYMBOLS) {
			this.refused++;
			return -1;
		}
		const symbol = channel.symbols.length;
		channel.symbols.push(name);
		channel.ordinals.set(name, symbol);
		this.essential(id);
		return symbol;
	}

	/** `deed.value` is the symbol. */
	observe(id: number, deed: Deed): void {
		const channel = this.#channels[id]!;
		const symbol = deed.value;
		if (!(symbol >= 0 && symbol < channel.symbols.length)) return;
		if (!deed.isNormal && channel.mode === SEEKING) return;
		channel.ring[channel.messages++ & (RING - 1)] = symbol;
		this.touch(id);
		const { only } = channel;
		if (only !== undefined && only.pattern[only.at] === symbol) {
			only.at = only.at + 1 === only.pattern.length ? 0 : only.at + 1;
			if (channel.score > 0) this.#relieve(id, channel);
		} else if (channel.mode === CYCLIC) {
			const phase = channel.phases[channel.active]!;
			const at = phase.cycleOf[symbol]!;
			if (at < 0) return;
			const cycle = phase.cycles[at]!;
			const { pattern } = cycle;
			if (pattern[cycle.at] === symbol) {
				cycle.at = cycle.at + 1 === pattern.length ? 0 : cycle.at + 1;
				if (channel.score > 0) this.#relieve(id, channel);
			} else this.#misfit(id, channel, cycle, symbol, deed);
		} else if (channel.mode === FREE) this.#follow(id, channel, symbol, deed);
		else if (channel.messages >= FIRST_LOOK && (channel.messages - FIRST_LOOK) % LOOK_AGAIN === 0) this.#seek(id, channel);
	}

	#relieve(id: number, channel: Channel): void {
		channel.score = Math.max(0, channel.score - RELIEF);
		if (channel.score === 0 && channel.isSaid) {
			channel.isSaid = false;
			this.essential(id);
		}
	}

	#misfit(id: number, channel: Channel, cycle: Cycle, symbol: number, deed: Deed): void {
		const { pattern } = cycle;
		const expected = pattern[cycle.at]!;
		let at = cycle.at;
		// The nearest place ahead at which it would have been right: from there on the order counts again.
		for (let tried = 0; tried < pattern.length && pattern[at] !== symbol; tried++) at = at + 1 === pattern.length ? 0 : at + 1;
		cycle.at = at + 1 === pattern.length ? 0 : at + 1;
		this.#odd(id, channel, expected, symbol, deed);
		if (channel.score < (channel.isMature ? ORDER_LIMIT : PHASE_SCORE) || channel.messages < channel.nextLook) return;
		channel.nextLook = channel.messages + (channel.isMature ? SWITCH_AGAIN : PHASE_AGAIN);
		if (this.#switchPhase(channel)) return;
		if (!channel.isMature) {
			if (deed.isNormal) this.#newPhase(channel);
		} else if (channel.score >= Math.max(ORDER_LIMIT, 2 * channel.worst)) this.#tell(id, channel);
	}

	#odd(id: number, channel: Channel, expected: number, came: number, deed: Deed): void {
		if (channel.score === 0) {
			channel.oddSince = channel.messages - 1;
			channel.usual = channel.worst;
		}
		const before = channel.score;
		const most = channel.isMature ? MOST_LIMITS * Math.max(FREE_LIMIT, 2 * channel.worst) : MAX_SCORE;
		channel.score = Math.min(most, channel.score + MISFIT);
		channel.expected = expected;
		channel.came = came;
		channel.time = deed.time;
		channel.frame = deed.frame;
		if (channel.isMature || !deed.isNormal) return;
		const limit = Math.max(ORDER_LIMIT, 2 * channel.usual);
		if (before < limit && channel.score >= limit) this.surprise(this.#deviation(id, channel));
		if (channel.score <= channel.worst) return;
		channel.worst = Math.min(channel.score, PHASE_SCORE);
		if (channel.score >= ORDER_LIMIT) channel.lastOdd = this.watch.watched;
	}

	#tell(id: number, channel: Channel): void {
		if (channel.isSaid) return;
		channel.isSaid = true;
		this.essential(id);
		this.#telling.push(id);
	}

	/** Messages of the channel from `since` on, as far as they are kept. */
	#recent(channel: Channel, since: number): Int16Array {
		const first = Math.max(since, channel.messages - RING, 0);
		const recent = new Int16Array(channel.messages - first);
		for (let at = 0; at < recent.length; at++) recent[at] = channel.ring[(first + at) & (RING - 1)]!;
		return recent;
	}

	/** Another phase that fits what came since the order broke. */
	#switchPhase(channel: Channel): boolean {
		const recent = this.#recent(channel, channel.oddSince);
		for (let at = 0; at < channel.phases.length; at++) {
			const phase = channel.phases[at]!;
			if (at === channel.active || play(phase, recent) < SWITCH_FIT) continue;
			channel.activate(at);
			channel.score = 0;
			return true;
		}
		return false;
	}

	/** While learning: what came lately is a phase of its own, once it shows a cycle. */
	#newPhase(channel: Channel): void {
		const odd = channel.messages - channel.oddSince;
		if (odd < FIRST_LOOK) return;
		const recent = this.#recent(channel, channel.oddSince);
		const phase = channel.phases.length < MAX_PHASES ? phaseOf(recent) : undefined;
		channel.lastOdd = this.watch.watched;
		if (phase !== undefined) {
			play(phase, recent);
			channel.phases.push(phase);
			channel.activate(channel.phases.length - 1);
			channel.score = 0;
		} else if (channel.score >= NO_ORDER && odd >= RING) {
			channel.mode = FREE;
			channel.phases.length = 0;
			channel.activate(0);
			channel.score = 0;
			channel.worst = 0;
		}
	}

	#seek(id: number, channel: Channel): void {
		const recent = this.#recent(channel, 0);
		const phase = phaseOf(recent);
		if (phase !== undefined) {
			play(phase, recent);
			channel.phases.push(phase);
			channel.mode = CYCLIC;
			channel.activate(0);
		} else if (channel.messages >= NO_CYCLE) channel.mode = FREE;
		else return;
		channel.lastOdd = this.watch.watched;
		this.essential(id);
	}

	/** A channel without a cycle: did this ever follow that? */
	#follow(id: number, channel: Channel, symbol: number, deed: Deed): void {
		const { previous } = channel;
		channel.previous = symbol;
		if (previous < 0) return;
		const slot = this.#slot(id, previous, symbol);
		const count = this.#counts[slot]!;
		if (count > 0) {
			if (count < 65_535 && deed.isNormal) this.#counts[slot] = count + 1;
			if (count === 1) channel.singletons--;
			if (channel.score > 0) this.#relieve(id, channel);
			return;
		}
		if (!channel.isMature) {
			if (!deed.isNormal) return;
			if (this.#transitions >= MAX_TRANSITIONS) {
				this.refused++;
				return;
			}
			this.#transitions++;
			this.#slots[slot] = keyOf(id, previous, symbol);
			this.#counts[slot] = 1;
			channel.transitions++;
			channel.singletons++;
			channel.lastOdd = this.watch.watched;
			return;
		}
		this.#odd(id, channel, previous, symbol, deed);
		if (channel.score >= Math.max(FREE_LIMIT, 2 * channel.worst)) this.#tell(id, channel);
	}

	#slot(id: number, previous: number, symbol: number): number {
		const key = keyOf(id, previous, symbol);
		const mask = this.#slots.length - 1;
		let slot = (Math.imul(id, 0x9e3779b1) ^ Math.imul(previous * MAX_SYMBOLS + symbol, 0x85ebca6b)) >>> 0;
		slot = (slot ^ (slot >>> 15)) & mask;
		while (this.#slots[slot] !== key && this.#slots[slot] !== -1) slot = (slot + 1) & mask;
		return slot;
	}

	#deviation(id: number, channel: Channel): Deviation {
		return {
			trait: "sequence",
			kind: "order",
			key: this.key(id),
			time: channel.time,
			frame: channel.frame,
			seen: Math.ceil(channel.score / MISFIT),
			usual: Math.floor(channel.worst / MISFIT),
			expected: channel.symbols[channel.expected] ?? "",
			came: channel.symbols[channel.came] ?? "",
			trust: this.trust(id),
			born: this.born[id]!,
		};
	}

	judge(_time: number, report: (deviation: Deviation) => void): void {
		for (const id of this.#telling) {
			const channel = this.#channels[id];
			if (channel === undefined || !channel.isSaid) continue;
			report(this.#deviation(id, channel));
		}
		this.#telling.length = 0;
		const { watched } = this.watch;
		if (watched - this.#ripenedAt < 1e6) return;
		this.#ripenedAt = watched;
		for (let id = 0; id < this.used; id++) {
			const channel = this.#channels[id];
			if (channel === undefined || channel.isMature || channel.mode === SEEKING || !this.judges(id)) continue;
			channel.isMature = true;
			channel.score = 0;
			this.essential(id);
		}
	}

	/** What the channel is known by: its cycles' lengths, or nothing where it has none. */
	cycles(id: number): number[] {
		const channel = this.#channels[id];
		return channel?.phases[channel.active]?.cycles.map(({ pattern }) => pattern.length) ?? [];
	}

	phases(id: number): number {
		return this.#channels[id]?.phases.length ?? 0;
	}

	evidence(id: number): Evidence {
		const { messages, transitions, singletons, lastOdd, mode } = this.#channels[id]!;
		const isFree = mode === FREE;
		return this.evidenceOf(id, messages, isFree ? transitions : 1, isFree ? singletons : 0, Math.max(lastOdd, this.born[id]!));
	}

	maturity(id: number): Maturity {
		const channel = this.#channels[id]!;
		const { watched, learningSeconds } = this.watch;
		const found = maturityOf(this.evidence(id), watched, learningSeconds);
		const known =
			channel.mode === SEEKING
				? "no order found so far"
				: channel.mode === FREE
					? `${channel.transitions} pairs that follow each other`
					: `${this.cycles(id).length} cycles, ${channel.phases.length} phases`;
		if (channel.isMature) return { value: 1, reason: known, forecast: 0 };
		return { ...found, value: Math.min(0.99, found.value), reason: `${found.reason}; ${known}` };
	}

	/** The next message may come at any place of the cycle: the order is taken up there. */
	interrupt(): void {
		for (const [, id] of this.all()) {
			const channel = this.#channels[id]!;
			channel.previous = -1;
			channel.score = 0;
			channel.isSaid = false;
			this.change(id);
		}
	}

	protected clear(id: number): void {
		const old = this.#channels[id];
		if (old !== undefined && old.transitions > 0) this.#dropTransitions(id);
		this.#channels[id] = new Channel();
		this.#channels[id].lastOdd = this.watch.watched;
	}

	/** Takes a channel's pairs out of the table; the others move together, so that none is lost behind a hole. */
	#dropTransitions(id: number): void {
		const kept: [number, number, number, number][] = [];
		this.#eachTransition((of, previous, symbol, count) => {
			if (of !== id) kept.push([of, previous, symbol, count]);
		});
		this.#slots.fill(-1);
		this.#counts.fill(0);
		this.#transitions = kept.length;
		for (const [of, previous, symbol, count] of kept) this.#setTransition(of, previous, symbol, count);
	}

	#setTransition(id: number, previous: number, symbol: number, count: number): void {
		const slot = this.#slot(id, previous, symbol);
		this.#slots[slot] = keyOf(id, previous, symbol);
		this.#counts[slot] = count;
	}

	#eachTransition(take: (id: number, previous: number, symbol: number, count: number) => void): void {
		for (let slot = 0; slot < this.#slots.length; slot++) {
			const key = this.#slots[slot]!;
			if (key < 0) continue;
			const pair = key % (MAX_SYMBOLS * MAX_SYMBOLS);
			take((key - pair) / (MAX_SYMBOLS * MAX_SYMBOLS), Math.floor(pair / MAX_SYMBOLS), pair % MAX_SYMBOLS, this.#counts[slot]!);
		}
	}

	protected record(id: number): Record<string, unknown> {
		const channel = this.#channels[id]!;
		const pairs: number[] = [];
		if (channel.mode === FREE) {
			for (let previous = 0; previous < channel.symbols.length; previous++) {
				for (let symbol = 0; symbol < channel.symbols.length; symbol++) {
					const count = this.#counts[this.#slot(id, previous, symbol)]!;
					if (count > 0) pairs.push(previous, symbol, count);
				}
			}
		}
		return {
			symbols: [...channel.symbols],
			recent: [...this.#recent(channel, 0)],
			numbers: NUMBERS.map((name) => channel[name] + 1),
			flags: FLAGS.map((name) => channel[name]),
			phases: channel.phases.map(({ cycles }) => cycles.map(({ at, pattern }) => [at, ...pattern])),
			pairs,
		};
	}

	protected take(id: number, record: Record<string, unknown>): boolean {
		const { symbols, recent, numbers, flags, phases, pairs } = record;
		const channel = this.#channels[id]!;
		if (!Array.isArray(symbols) || symbols.length > MAX_SYMBOLS || !symbols.every((one) => typeof one === "string")) return false;
		const isSymbol = (one: number) => Number.isInteger(one) && one < symbols.length;
		if (!isNumbers(recent, 0, RING) || !recent.every(isSymbol) || !isNumbers(numbers, NUMBERS.length, NUMBERS.length)) return false;
		if (!Array.isArray(flags) || flags.length !== FLAGS.length || !Array.isArray(phases) || phases.length > MAX_PHASES) return false;
		if (!isNumbers(pairs, 0, 3 * MAX_SYMBOLS * MAX_SYMBOLS) || pairs.length % 3 !== 0) return false;
		NUMBERS.forEach((name, at) => {
			channel[name] = numbers[at]! - 1;
		});
		FLAGS.forEach((name, at) => {
			channel[name] = flags[at] === true;
		});
		const whole = [channel.messages, channel.active, channel.previous, channel.oddSince];
		if (!whole.every(Number.isInteger) || new Set(symbols).size !== symbols.length) return false;
		if (channel.messages < recent.length || channel.previous >= symbols.length) return false;
		for (const symbol of symbols) this.symbol(id, symbol);
		recent.forEach((symbol, at) => {
			channel.ring[(channel.messages - recent.length + at) & (RING - 1)] = symbol;
		});
		for (const cycles of phases) {
			if (!Array.isArray(cycles) || cycles.length === 0 || cycles.length > MAX_CYCLES) return false;
			const phase = new Phase();
			for (const cycle of cycles) {
				if (!isNumbers(cycle, 2, RING + 1) || !Number.isInteger(cycle[0]) || cycle[0]! >= cycle.length - 1) return false;
				if (!cycle.slice(1).every(isSymbol)) return false;
				phase.add(Int16Array.from(cycle.slice(1)));
				phase.cycles.at(-1)!.at = cycle[0]!;
			}
			channel.phases.push(phase);
		}
		if (channel.mode === CYCLIC ? channel.phases[channel.active] === undefined : channel.mode !== SEEKING && channel.mode !== FREE)
			return false;
		channel.activate(channel.active);
		for (let at = 0; at < pairs.length; at += 3) {
			const [previous, symbol, count] = [pairs[at]!, pairs[at + 1]!, pairs[at + 2]!];
			if (!isSymbol(previous) || !isSymbol(symbol) || this.#transitions >= MAX_TRANSITIONS) return false;
			this.#transitions++;
			this.#setTransition(id, previous, symbol, count);
		}
		return true;
	}
}

const NUMBERS = [
	"messages",
	"mode",
	"active",
	"score",
	"worst",
	"usual",
	"oddSince",
	"lastOdd",
	"previous",
	"transitions",
	"singletons",
	"nextLook",
	"expected",
	"came",
	"time",
	"frame",
] as const;
const FLAGS = ["isMature", "isSaid"] as const;

const keyOf = (id: number, previous: number, symbol: number): number => (id * MAX_SYMBOLS + previous) * MAX_SYMBOLS + symbol;

/** The shortest cycle that these messages repeat, in the order in which it goes on after them; undefined where they repeat none. */
function cycleIn(messages: Int16Array): Int16Array | undefined {
	const { length } = messages;
	for (let lag = 1; lag * ROUNDS <= length; lag++) {
		const misses = (1 - FIT) * (length - lag);
		let missed = 0;
		for (let at = lag; at < length && missed <= misses; at++) if (messages[at] !== messages[at - lag]) missed++;
		if (missed <= misses) return messages.slice(length - lag);
	}
	return undefined;
}

/** The cycles in these messages; undefined where they hold too little of them. */
function phaseOf(messages: Int16Array): Phase | undefined {
	const phase = new Phase();
	const whole = cycleIn(messages);
	if (whole !== undefined) {
		phase.add(whole);
		return phase;
	}
	const counts = new Map<number, number>();
	for (const symbol of messages) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
	const symbols = [...counts].sort((one, other) => other[1] - one[1] || one[0] - other[0]);
	let covered = 0;
	for (let from = 0; from < symbols.length && phase.cycles.length < MAX_CYCLES; ) {
		const most = symbols[from]![1];
		if (most < ROUNDS) break;
		let to = from;
		// Symbols of one timer come equally often, but for the round that the window cuts at either end.
		while (to < symbols.length && symbols[to]![1] >= most - 1) to++;
		const group = new Set(symbols.slice(from, to).map(([symbol]) => symbol));
		const cycle = cycleIn(messages.filter((symbol) => group.has(symbol)));
		if (cycle !== undefined) {
			phase.add(cycle);
			for (const symbol of new Set(cycle)) covered += counts.get(symbol)!;
		}
		from = to;
	}
	return covered >= COVER * messages.length && phase.cycles.some(({ pattern }) => pattern.length > 1) ? phase : undefined;
}

/** Lets a phase run over messages, so that it stands where they end; returns the share of them that fits. */
function play(phase: Phase, messages: Int16Array): number {
	let fits = 0;
	let judged = 0;
	const isSet = new Uint8Array(MAX_CYCLES);
	for (const symbol of messages) {
		const of = phase.cycleOf[symbol]!;
		judged++;
		if (of < 0) continue;
		const cycle = phase.cycles[of]!;
		const { pattern } = cycle;
		if (isSet[of] === 1 && pattern[cycle.at] === symbol) fits++;
		else if (isSet[of] === 0) {
			isSet[of] = 1;
			fits++;
		}
		let at = cycle.at;
		for (let tried = 0; tried < pattern.length && pattern[at] !== symbol; tried++) at = at + 1 === pattern.length ? 0 : at + 1;
		cycle.at = at + 1 === pattern.length ? 0 : at + 1;
	}
	return judged === 0 ? 0 : fits / judged;
}
