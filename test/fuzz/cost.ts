/**
 * How the cost of a decoder grows with its bytes, counted and not timed: blocks run, and bytes that built-in functions copy, for shapes that are bad for parsers in
 * general, made from the recordings, and for the dearest input that the fuzzer found.
 */
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { type Conversation, STEP, type Step, sizeOf } from "./conversation.ts";
import type { Examiner } from "./examiner.ts";
import { Dice } from "./mutation.ts";
import { pieces, SHAPES, type Shape } from "./shapes.ts";
import type { CostRow } from "./work.ts";

/** Bytes for which cost is measured. */
export const SIZES = [1 << 13, 1 << 16, 1 << 19];
/** Payload of a full segment. */
const SEGMENT = 1_460;
const MOST_DATAGRAM = 1_472;
/** Front of a message that looks like the beginning of one again and again. */
const FRONTS = [1, 2, 3, 4, 6, 8, 12, 16, 24];
/** Places in a message where a length is looked for. */
const LENGTH_PLACES = 32;
/** Bytes with which the worst of several shapes is chosen. */
const FILLER = 4_096;

/** Bytes that built-in functions copied: they have no blocks of their own. */
let copied = 0;

/** Counts what arrays of bytes move. */
function countCopies(): void {
	const prototype = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
	const { set, slice, fill } = prototype;
	prototype.set = function (this: Uint8Array, from: ArrayLike<number>, at?: number) {
		if (this instanceof Uint8Array) copied += from.length;
		set.call(this, from, at);
	};
	prototype.slice = function (this: Uint8Array, ...range) {
		const out = slice.apply(this, range) as Uint8Array<ArrayBuffer>;
		if (this instanceof Uint8Array) copied += out.length;
		return out;
	};
	prototype.fill = function (this: Uint8Array, value: number, start = 0, end = this.length) {
		if (this instanceof Uint8Array) copied += end - start;
		return fill.call(this, value, start, end) as never;
	};
}

/** A conversation again and again, as it is. */
const again =
	(conversation: Conversation): Shape =>
	(size) => {
		const bytes = Math.max(1, sizeOf(conversation));
		return Array.from({ length: Math.ceil(size / bytes) }, () => conversation).flat();
	};

function repeated(pattern: Uint8Array, size: number): Uint8Array {
	const bytes = new Uint8Array(size);
	for (let at = 0; at < size; at += pattern.length) bytes.set(pattern.subarray(0, Math.min(pattern.length, size - at)), at);
	return bytes;
}

function random(size: number): Uint8Array {
	const dice = new Dice(1);
	return Uint8Array.from({ length: size }, () => dice.below(256));
}

export function measureCost(examiner: Examiner, dearest: Conversation, publish: (conversation: Conversation) => void): CostRow[] {
	countCopies();
	const { exchange } = examiner.seeds;
	const isStream = examiner.target.carrier.swallows(examiner.target.protocol) !== undefined;
	const messages = exchange.filter(({ kind }) => kind === STEP.bytes);
	const whole = isStream ? SEGMENT : MOST_DATAGRAM;
	/** Behind a good exchange, so that the flow is decided. */
	const behind =
		(make: Shape): Shape =>
		(size) => [...exchange, ...make(size)];
	const costOf = (conversation: Conversation): number => {
		publish([]);
		examiner.player.renew();
		copied = 0;
		const blocks = examiner.cost(conversation);
		return blocks + copied;
	};
	/** The one of several that costs most. */
	const worst = (shapes: readonly Shape[]): Shape => {
		const costs = shapes.map((shape) => costOf(behind(shape)(FILLER)));
		return shapes[costs.indexOf(Math.max(...costs))]!;
	};
	const shapes: [name: string, shape: Shape][] = [
		["a good exchange, again and again", again(exchange)],
		["random", behind((size) => pieces(random(size), whole))],
		[
			"the worst byte, again and again",
			behind(worst(Array.from({ length: 256 }, (_, value) => (size: number) => pieces(new Uint8Array(size).fill(value), whole)))),
		],
		[
			"the worst front of a message, again and again",
			behind(
				worst(
					messages.flatMap(({ bytes, direction }) =>
						FRONTS.map((length) => (size: number) => pieces(repeated(bytes.subarray(0, length), size), whole, direction)),
					),
				),
			),
		],
		["the dearest input found, again and again", again(dearest)],
	];
	const questions = exchange.filter(({ direction }) => direction === TO_SERVER);
	// A publisher asks nothing.
	if (sizeOf(questions) > 0) shapes.push(["its questions alone", again(questions)]);
	if (isStream) {
		const endless = findEndless(messages, costOf, behind);
		shapes.push(
			["a good exchange byte by byte", (size) => again(exchange)(size).flatMap((step) => pieces(step.bytes, 1, step.direction))],
			["random, byte by byte", behind((size) => pieces(random(size), 1))],
			["a message that does not end, byte by byte", behind((size) => pieces(padded(endless.bytes, size), 1, endless.direction))],
			["the same, 64 bytes at a time", behind((size) => pieces(padded(endless.bytes, size), 64, endless.direction))],
			[
				"a good exchange, bytes lost behind each",
				again([
					...exchange,
					{ kind: STEP.gap, direction: TO_SERVER, wait: 0, bytes: new Uint8Array(0) },
					{ kind: STEP.gap, direction: TO_CLIENT, wait: 0, bytes: new Uint8Array(0) },
				]),
			],
		);
	}
	shapes.push(...(SHAPES[examiner.target.name] ?? []));
	return shapes.map(([shape, make]) => {
		const costs = SIZES.map((size) => {
			const conversation = make(size);
			return { bytes: sizeOf(conversation), cost: costOf(conversation) };
		});
		return { shape, perByte: costs.map(({ bytes, cost }) => cost / bytes), exponent: exponentOf(costs) };
	});
}

/** A message with zeros behind it. */
function padded(front: Uint8Array, size: number): Uint8Array {
	const bytes = new Uint8Array(Math.max(size, front.length));
	bytes.set(front);
	return bytes;
}

/** The message whose length, changed somewhere, makes the decoder wait longest: where it waits each further byte costs least of all that is read. */
function findEndless(messages: readonly Step[], costOf: (conversation: Conversation) => number, behind: (shape: Shape) => Shape): Step {
	let best = messages[0]!;
	let least = Number.POSITIVE_INFINITY;
	for (const message of messages) {
		for (let at = 0; at < Math.min(LENGTH_PLACES, message.bytes.length); at++) {
			for (const edge of EDGES) {
				if (at + edge.length > message.bytes.length) continue;
				const bytes = message.bytes.slice();
				bytes.set(edge, at);
				const cost = costOf(behind((size) => pieces(padded(bytes, size), 64, message.direction))(FILLER));
				if (cost >= least) continue;
				least = cost;
				best = { ...message, bytes };
			}
		}
	}
	return best;
}

/** Large lengths of 32, 16 and 8 bit, in both orders; of two that make a decoder wait as long the first counts, so the larger ones come first. */
const EDGES = [[0xff, 0xff, 0x0f, 0x00], [0x00, 0x0f, 0xff, 0xff], [0xff, 0xff], [0xff, 0x0f], [0x0f, 0xff], [0xfe]].map((edge) =>
	Uint8Array.from(edge),
);

/** The exponent of the power with which cost grows with the size, from the smallest to the largest: a bound that is reached on the way changes the cost of a byte once. */
function exponentOf(costs: readonly { bytes: number; cost: number }[]): number {
	const [one, other] = [costs[0]!, costs.at(-1)!];
	return Math.log(other.cost / one.cost) / Math.log(other.bytes / one.bytes);
}
