/** Damages frames as networks, cheap taps and attackers do: bytes turned, cut, doubled, swapped, moved, of another connection. */

/** A frame of its own. */
export interface Specimen {
	time: number;
	wireLength: number;
	linkType: number;
	bytes: Uint8Array;
}

/** Small random numbers from a seed (mulberry32), so that a find can be made again. */
export class Dice {
	#state: number;
	constructor(seed: number) {
		this.#state = seed | 0;
	}
	/** 0 to below 1. */
	next(): number {
		this.#state = (this.#state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	}
	/** 0 to `most` - 1. */
	below(most: number): number {
		return Math.floor(this.next() * most);
	}
	pick<T>(items: readonly T[]): T {
		return items[this.below(items.length)]!;
	}
}

/** Numbers at which parsers break. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff];

/** Where the payload of TCP or UDP begins in an Ethernet frame, about: most damage is done behind it, the rest anywhere. */
const PAYLOAD = 54;

type Damage = (bytes: Uint8Array, dice: Dice) => Uint8Array;

const at = (bytes: Uint8Array, dice: Dice): number =>
	bytes.length > PAYLOAD && dice.next() < 0.8 ? PAYLOAD + dice.below(bytes.length - PAYLOAD) : dice.below(bytes.length);

const DAMAGES: readonly Damage[] = [
	(bytes, dice) => {
		bytes[at(bytes, dice)]! ^= 1 << dice.below(8);
		return bytes;
	},
	(bytes, dice) => {
		bytes[at(bytes, dice)] = dice.pick(EDGES);
		return bytes;
	},
	(bytes, dice) => {
		for (let count = 1 + dice.below(8); count > 0; count--) bytes[at(bytes, dice)] = dice.below(256);
		return bytes;
	},
	(bytes, dice) => bytes.subarray(0, at(bytes, dice)),
	(bytes, dice) => {
		const place = at(bytes, dice);
		const length = 1 + dice.below(Math.min(64, bytes.length - place));
		const longer = new Uint8Array(bytes.length + length);
		longer.set(bytes.subarray(0, place + length));
		longer.set(bytes.subarray(place), place + length);
		return longer;
	},
	(bytes, dice) => {
		const place = at(bytes, dice);
		const length = 1 + dice.below(Math.min(64, bytes.length - place));
		bytes.copyWithin(place, place + length);
		return bytes.subarray(0, bytes.length - length);
	},
	(bytes, dice) => {
		const place = at(bytes, dice);
		bytes.fill(dice.pick([0x00, 0xff]), place, Math.min(bytes.length, place + 1 + dice.below(16)));
		return bytes;
	},
];

/** A damaged copy of some frames. */
export function mutate(seed: readonly Specimen[], dice: Dice): Specimen[] {
	const frames: Specimen[] = [];
	const rate = dice.pick([0.02, 0.1, 0.5]);
	for (const frame of seed) {
		if (dice.next() < rate / 8) continue;
		let { bytes, time, wireLength } = frame;
		if (dice.next() < rate && bytes.length > 0) {
			bytes = bytes.slice();
			for (let count = 1 + dice.below(3); count > 0 && bytes.length > 0; count--) bytes = dice.pick(DAMAGES)(bytes, dice);
			wireLength = dice.next() < 0.8 ? bytes.length : Math.max(wireLength, bytes.length);
		}
		if (dice.next() < rate / 16) time += dice.pick([-1, 1]) * 10 ** dice.below(14);
		frames.push({ time, wireLength, linkType: frame.linkType, bytes });
		if (dice.next() < rate / 8) frames.push({ time: time + dice.below(1000), wireLength, linkType: frame.linkType, bytes });
		if (dice.next() < rate / 8 && frames.length > 1)
			[frames[frames.length - 1], frames[frames.length - 2]] = [frames.at(-2)!, frames.at(-1)!];
	}
	return frames;
}
