/**
 * Finds the slot of a flow by its addresses, ports and transport, whichever side sent the packet. An open-addressing hash table of integers with linear probing;
 * a removal closes the hole it leaves, so there are no tombstones. The hash is keyed: who does not know the seed cannot aim at a place.
 */
import { IP_PROTOCOL, type Packet } from "../wire/packet.ts";
import { ADDRESS, HASH, INTS, IS_TCP, IS_V6, META, PORTS, type Slots, WORDS } from "./slots.ts";

export class FlowKeys {
	readonly #slots: Slots;
	readonly #ints: Int32Array;
	/** Pairs of hash and slot + 1; 0 in the second is an empty place. Never more than half full. */
	readonly #table: Int32Array;
	readonly #mask: number;
	readonly #salt: number;
	readonly #oddOne: number;
	readonly #oddTwo: number;

	constructor(slots: Slots, seed: number) {
		this.#slots = slots;
		this.#ints = slots.ints;
		const places = 2 ** Math.ceil(Math.log2(slots.capacity * 2));
		this.#table = new Int32Array(places * 2);
		this.#mask = places - 1;
		this.#salt = scramble(seed);
		this.#oddOne = scramble(this.#salt) | 1;
		this.#oddTwo = scramble(this.#oddOne) | 1;
	}

	/** The same for both directions of a flow. */
	hash(packet: Readonly<Packet>): number {
		const { source, destination } = packet;
		let from = source[3]! ^ this.#salt;
		let to = destination[3]! ^ this.#salt;
		if (packet.ipVersion === 6) {
			from ^= this.#fold(source);
			to ^= this.#fold(destination);
		}
		from = Math.imul(from, this.#oddOne);
		from = Math.imul((from ^ (from >>> 15)) + packet.sourcePort, this.#oddTwo);
		to = Math.imul(to, this.#oddOne);
		to = Math.imul((to ^ (to >>> 15)) + packet.destinationPort, this.#oddTwo);
		const sum = Math.imul((from ^ (from >>> 16)) + (to ^ (to >>> 16)), this.#oddOne) ^ packet.ipProtocol;
		return sum ^ (sum >>> 15);
	}

	#fold(words: Int32Array): number {
		let folded = Math.imul(words[0]! ^ this.#salt, this.#oddTwo);
		folded = Math.imul((folded ^ (folded >>> 15)) + words[1]!, this.#oddOne);
		return Math.imul((folded ^ (folded >>> 13)) + words[2]!, this.#oddTwo);
	}

	/** Twice the slot, plus the side that sent the packet; -1 where there is no such flow. */
	find(packet: Readonly<Packet>, hash: number): number {
		const table = this.#table;
		const ints = this.#ints;
		const mask = this.#mask;
		const { source, destination, sourcePort, destinationPort } = packet;
		const from = source[3]!;
		const to = destination[3]!;
		const forth = (sourcePort << 16) | destinationPort;
		const back = (destinationPort << 16) | sourcePort;
		const kind = (packet.ipProtocol === IP_PROTOCOL.tcp ? IS_TCP : 0) | (packet.ipVersion === 6 ? IS_V6 : 0);
		for (let place = hash & mask; ; place = (place + 1) & mask) {
			const entry = table[2 * place + 1]!;
			if (entry === 0) return -1;
			if (table[2 * place] !== hash) continue;
			const base = (entry - 1) * INTS;
			if ((ints[base + META]! & (IS_TCP | IS_V6)) !== kind) continue;
			const ports = ints[base + PORTS]!;
			const one = ints[base + ADDRESS]!;
			const two = ints[base + ADDRESS + 1]!;
			if (ports === forth && one === from && two === to && (kind < IS_V6 || this.#isSame(entry - 1, source, destination)))
				return 2 * (entry - 1);
			if (ports === back && one === to && two === from && (kind < IS_V6 || this.#isSame(entry - 1, destination, source)))
				return 2 * (entry - 1) + 1;
		}
	}

	#isSame(slot: number, first: Int32Array, second: Int32Array): boolean {
		const { words } = this.#slots;
		const at = slot * WORDS;
		return (
			words[at] === first[0] &&
			words[at + 1] === first[1] &&
			words[at + 2] === first[2] &&
			words[at + 3] === second[0] &&
			words[at + 4] === second[1] &&
			words[at + 5] === second[2]
		);
	}

	/** Enters a slot under the hash of its packet, which is not in the table yet. */
	add(slot: number, hash: number): void {
		const table = this.#table;
		let place = hash & this.#mask;
		while (table[2 * place + 1] !== 0) place = (place + 1) & this.#mask;
		table[2 * place] = hash;
		table[2 * place + 1] = slot + 1;
		this.#ints[slot * INTS + HASH] = hash;
	}

	remove(slot: number): void {
		const table = this.#table;
		const mask = this.#mask;
		let hole = this.#ints[slot * INTS + HASH]! & mask;
		while (table[2 * hole + 1] !== slot + 1) hole = (hole + 1) & mask;
		for (let place = (hole + 1) & mask; table[2 * place + 1] !== 0; place = (place + 1) & mask) {
			// an entry may fill the hole unless its own place lies behind it
			if (((place - (table[2 * place]! & mask)) & mask) < ((place - hole) & mask)) continue;
			table[2 * hole] = table[2 * place]!;
			table[2 * hole + 1] = table[2 * place + 1]!;
			hole = place;
		}
		table[2 * hole + 1] = 0;
	}
}

/** The finishing step of MurmurHash3, which spreads every bit of the seed. */
function scramble(value: number): number {
	let mixed = Math.imul(value ^ 0x9e3779b9 ^ (value >>> 16), 0x85ebca6b);
	mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
	return mixed ^ (mixed >>> 16);
}
