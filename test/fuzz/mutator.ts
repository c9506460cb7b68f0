/** Damages conversations: bytes, lengths, pieces, their order, direction and time. */
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { type Conversation, NO_BYTES, STEP, type Step, sizeOf } from "./conversation.ts";
import type { Dice } from "./mutation.ts";

/** Steps and bytes of one input: enough for every table of one message, and small enough to play thousands in a second. */
const MOST_STEPS = 48;
const MOST_BYTES = 8_192;
/** Changes made to one input: 1 and then half as often one more. */
const MOST_CHANGES = 8;

/** Values at which parsers break, for fields of 8, 16 and 32 bit. */
const EDGES = [
	0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 63, 64, 100, 127, 128, 253, 254, 255, 256, 257, 511, 512, 1023, 1024, 1460, 4095, 4096, 0x7fff, 0x8000,
	0xfffe, 0xffff, 0x10000, 0xfffff, 0x100000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];
/** Microseconds: none, within and beyond the time-outs of decoders, back, and out of all reason. */
const WAITS = [
	0,
	0,
	1_000,
	50_001,
	250_000,
	2_000_001,
	5_000_001,
	15_000_001,
	120_000_001,
	86_400_000_000,
	-1,
	-3_000_000,
	-86_400_000_000,
	2 ** 52,
];

/** What the mutator may use besides the input itself. */
export interface Material {
	readonly conversations: readonly Conversation[];
	/** Bytes that mean something to the decoder. */
	readonly tokens: readonly Uint8Array[];
}

export class Mutator {
	readonly #dice: Dice;
	readonly #material: Material;

	constructor(dice: Dice, material: Material) {
		this.#dice = dice;
		this.#material = material;
	}

	/** A changed copy; `others` are inputs that may be mixed in. */
	mutate(conversation: Conversation, others: readonly Conversation[]): Conversation {
		const dice = this.#dice;
		let steps = [...conversation];
		let changes = 1;
		while (changes < MOST_CHANGES && dice.next() < 0.6) changes++;
		for (; changes > 0; changes--) {
			if (dice.next() < 0.65) this.#changeBytes(steps, others);
			else steps = this.#changeSteps(steps, others);
		}
		return bounded(steps);
	}

	#changeBytes(steps: Step[], others: readonly Conversation[]): void {
		const dice = this.#dice;
		const index = this.#stepWithBytes(steps);
		if (index < 0) return;
		const step = steps[index]!;
		const { bytes } = step;
		const at = this.#place(bytes.length);
		let changed: Uint8Array;
		switch (dice.below(13)) {
			case 0:
				changed = bytes.slice();
				changed[at]! ^= 1 << dice.below(8);
				break;
			case 1:
				changed = bytes.slice();
				changed[at] = dice.pick(EDGES);
				break;
			case 2:
				changed = bytes.slice();
				for (let count = 1 + dice.below(8); count > 0; count--) changed[this.#place(bytes.length)] = dice.below(256);
				break;
			case 3:
				changed = this.#write(bytes, at, dice.pick(EDGES));
				break;
			case 4:
			case 5:
				changed = this.#changeLength(bytes);
				break;
			case 6:
				changed = bytes.slice(0, at);
				break;
			case 7:
				changed = splice(bytes, at, Math.min(bytes.length - at, 1 + this.#small()), NO_BYTES);
				break;
			case 8: {
				const from = this.#place(bytes.length);
				changed = splice(bytes, at, 0, bytes.subarray(from, from + 1 + this.#small()));
				break;
			}
			case 9: {
				// The same piece many times: lists, nesting.
				const length = 1 + dice.below(Math.min(16, bytes.length - at));
				const piece = bytes.subarray(at, at + length);
				const times = 2 + dice.below(64);
				const many = new Uint8Array(length * times);
				for (let time = 0; time < times; time++) many.set(piece, time * length);
				changed = splice(bytes, at, 0, many);
				break;
			}
			case 10:
			case 11: {
				const token = this.#token(others);
				changed = splice(bytes, at, dice.next() < 0.5 ? Math.min(token.length, bytes.length - at) : 0, token);
				break;
			}
			default:
				changed = bytes.slice();
				changed.fill(dice.pick([0, 1, 0x20, 0x80, 0xff]), at, at + 1 + this.#small());
		}
		steps[index] = { ...step, bytes: changed };
	}

	#changeSteps(steps: Step[], others: readonly Conversation[]): Step[] {
		const dice = this.#dice;
		const at = dice.below(Math.max(1, steps.length));
		const step = steps[at];
		if (step === undefined) return [...dice.pick(this.#material.conversations)];
		switch (dice.below(12)) {
			case 0:
				steps.splice(at, 1 + dice.below(3));
				return steps;
			case 1:
				steps.splice(dice.below(steps.length + 1), 0, ...Array.from({ length: 1 + dice.below(8) }, () => step));
				return steps;
			case 2: {
				const other = dice.below(steps.length);
				[steps[at], steps[other]] = [steps[other]!, step];
				return steps;
			}
			case 3:
				// Other segments of the same bytes.
				steps.splice(at, 1, ...this.#cut(step));
				return steps;
			case 4: {
				const next = steps[at + 1];
				if (next === undefined || next.kind !== STEP.bytes || step.kind !== STEP.bytes) return steps;
				const joined = splice(step.bytes, step.bytes.length, 0, next.bytes);
				steps.splice(at, 2, { ...step, bytes: joined });
				return steps;
			}
			case 5:
				steps[at] = { ...step, direction: other(step.direction) };
				return steps;
			case 6:
				steps.splice(at, 0, { kind: STEP.gap, direction: dice.pick([TO_SERVER, TO_CLIENT]), wait: 0, bytes: NO_BYTES });
				return steps;
			case 7: {
				const kind = dice.next() < 0.7 ? STEP.connect : STEP.connectElsewhere;
				steps.splice(dice.below(steps.length + 1), 0, { kind, direction: TO_SERVER, wait: 0, bytes: NO_BYTES });
				return steps;
			}
			case 8:
			case 9:
				steps[at] = { ...step, wait: dice.pick(WAITS) };
				return steps;
			default: {
				const source = this.#other(others);
				const from = dice.below(Math.max(1, source.length));
				const some = source.slice(from, from + 1 + dice.below(8));
				if (dice.next() < 0.3) return [...steps.slice(0, at), ...some];
				steps.splice(at, 0, ...some);
				return steps;
			}
		}
	}

	/** Where a number at a place of the bytes may be the length of what follows, another number. */
	#changeLength(bytes: Uint8Array): Uint8Array {
		const dice = this.#dice;
		const places: { at: number; size: number; isLittle: boolean }[] = [];
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		for (let at = 0; at < Math.min(bytes.length, 128); at++) {
			const left = bytes.length - at;
			const isNear = (value: number) => value > 0 && value <= left && value >= left - 12;
			if (isNear(bytes[at]!)) places.push({ at, size: 1, isLittle: false });
			if (left >= 2 && isNear(view.getUint16(at))) places.push({ at, size: 2, isLittle: false });
			if (left >= 2 && isNear(view.getUint16(at, true))) places.push({ at, size: 2, isLittle: true });
			if (left >= 4 && isNear(view.getUint32(at, true))) places.push({ at, size: 4, isLittle: true });
		}
		const place =
			places.length > 0 && dice.next() < 0.8
				? dice.pick(places)
				: { at: this.#place(bytes.length), size: dice.pick([1, 2, 4]), isLittle: dice.next() < 0.5 };
		let value = 0;
		for (let index = 0; index < place.size; index++) {
			const byte = bytes[place.at + (place.isLittle ? place.size - 1 - index : index)] ?? 0;
			value = value * 256 + byte;
		}
		const changed = dice.next() < 0.6 ? value + dice.pick([-1, 1]) * (1 + dice.below(20)) : dice.pick(EDGES);
		return write(bytes, place.at, place.size, place.isLittle, changed);
	}

	#write(bytes: Uint8Array, at: number, value: number): Uint8Array {
		const size = this.#dice.pick([1, 2, 4]);
		return write(bytes, at, size, this.#dice.next() < 0.5, value);
	}

	#cut(step: Step): Step[] {
		const { bytes } = step;
		if (step.kind !== STEP.bytes || bytes.length < 2) return [step];
		const size = this.#dice.next() < 0.4 ? 1 : 1 + this.#dice.below(bytes.length);
		const pieces: Step[] = [];
		for (let at = 0; at < bytes.length && pieces.length < MOST_STEPS; at += size)
			pieces.push({
				...step,
				wait: at === 0 ? step.wait : 0,
				bytes: bytes.slice(at, pieces.length === MOST_STEPS - 1 ? undefined : at + size),
			});
		return pieces;
	}

	#token(others: readonly Conversation[]): Uint8Array {
		const dice = this.#dice;
		if (this.#material.tokens.length > 0 && dice.next() < 0.6) return dice.pick(this.#material.tokens);
		const source = this.#other(others);
		const index = this.#stepWithBytes(source);
		if (index < 0) return Uint8Array.of(dice.below(256));
		const { bytes } = source[index]!;
		const from = this.#place(bytes.length);
		return bytes.subarray(from, from + 1 + this.#small());
	}

	#other(others: readonly Conversation[]): Conversation {
		const dice = this.#dice;
		return others.length > 0 && dice.next() < 0.7 ? dice.pick(others) : dice.pick(this.#material.conversations);
	}

	#stepWithBytes(steps: Conversation): number {
		for (let attempt = 0; attempt < 4 && steps.length > 0; attempt++) {
			const index = this.#dice.below(steps.length);
			if (steps[index]!.bytes.length > 0) return index;
		}
		return -1;
	}

	/** A place in so many bytes: headers more often than what they head. */
	#place(length: number): number {
		return this.#dice.next() < 0.4 ? this.#dice.below(Math.min(32, length)) : this.#dice.below(length);
	}

	/** A small number, often very small. */
	#small(): number {
		return this.#dice.below(this.#dice.pick([2, 4, 16, 64]));
	}
}

const other = (direction: Direction): Direction => (1 - direction) as Direction;

function splice(bytes: Uint8Array, at: number, taken: number, put: Uint8Array): Uint8Array {
	const out = new Uint8Array(bytes.length - taken + put.length);
	out.set(bytes.subarray(0, at));
	out.set(put, at);
	out.set(bytes.subarray(at + taken), at + put.length);
	return out;
}

function write(bytes: Uint8Array, at: number, size: number, isLittle: boolean, value: number): Uint8Array {
	const out = bytes.slice();
	let left = ((value % 2 ** 32) + 2 ** 32) % 2 ** 32;
	for (let index = 0; index < size; index++) {
		const place = at + (isLittle ? index : size - 1 - index);
		if (place < out.length) out[place] = left % 256;
		left = Math.floor(left / 256);
	}
	return out;
}

/** No more steps and bytes than an input may have. */
function bounded(steps: Conversation): Conversation {
	if (steps.length <= MOST_STEPS && sizeOf(steps) <= MOST_BYTES) return steps;
	const kept: Step[] = [];
	let room = MOST_BYTES;
	for (const step of steps) {
		if (kept.length === MOST_STEPS || room === 0) break;
		const bytes = step.bytes.length > room ? step.bytes.slice(0, room) : step.bytes;
		room -= bytes.length;
		kept.push({ ...step, bytes });
	}
	return kept;
}
