/** A flow as others see it: a window on a slot of the flow table. Text is made when it is asked for and kept. */
import { addressText, macTextOf } from "../wire/address.ts";
import { type Endpoint, type Flow, ROLE } from "./flow.ts";
import {
	ADDRESS,
	BYTES,
	CONVERSATION,
	FIRST_FRAME,
	FIRST_TIME,
	FLIP,
	FLIP_SHIFT,
	HAS_MAC0,
	INTS,
	IS_REVERSED,
	IS_TCP,
	IS_V6,
	LAST_FRAME,
	LAST_TIME,
	MAC_HIGH,
	MAC_LOW,
	META,
	PACKETS,
	PORTS,
	RARE,
	REALS,
	RESET_BY_SERVER,
	ROLE_MASK,
	ROLE_SHIFT,
	SAW_HANDSHAKE,
	type Slots,
	VLAN,
	WORDS,
} from "./slots.ts";

class FlowEnd implements Endpoint {
	readonly #slots: Slots;
	readonly #slot: number;
	readonly #side: number;
	#ip: string | undefined;
	#mac: string | undefined;
	#macLow = 0;
	#macHigh = 0;

	constructor(slots: Slots, slot: number, side: number) {
		this.#slots = slots;
		this.#slot = slot;
		this.#side = side;
	}

	get ip(): string {
		if (this.#ip === undefined) {
			const { ints, words } = this.#slots;
			const base = this.#slot * INTS;
			const text = new Int32Array([0, 0, 0xffff, ints[base + ADDRESS + this.#side]!]);
			const from = this.#slot * WORDS + 3 * this.#side;
			if ((ints[base + META]! & IS_V6) !== 0) text.set(words.subarray(from, from + 3));
			this.#ip = addressText(text);
		}
		return this.#ip;
	}

	get port(): number {
		const ports = this.#slots.ints[this.#slot * INTS + PORTS]!;
		return this.#side === 0 ? ports >>> 16 : ports & 0xffff;
	}

	get mac(): string | undefined {
		const { ints } = this.#slots;
		const base = this.#slot * INTS;
		if ((ints[base + META]! & (HAS_MAC0 << this.#side)) === 0) return undefined;
		const low = ints[base + MAC_LOW + this.#side]!;
		const high = (ints[base + MAC_HIGH]! >>> (this.#side << 4)) & 0xffff;
		if (this.#mac === undefined || low !== this.#macLow || high !== this.#macHigh) {
			this.#mac = macTextOf(high, low);
			this.#macLow = low;
			this.#macHigh = high;
		}
		return this.#mac;
	}

	reset(): void {
		this.#ip = undefined;
		this.#mac = undefined;
	}
}

export class TrackedFlow implements Flow {
	id = 0;
	decoding: unknown = undefined;
	analysis: unknown = undefined;
	macChanges = 0;
	readonly #slots: Slots;
	readonly #slot: number;
	#first: FlowEnd | undefined;
	#second: FlowEnd | undefined;

	constructor(slots: Slots, slot: number) {
		this.#slots = slots;
		this.#slot = slot;
	}

	get transport(): "tcp" | "udp" {
		return (this.#meta & IS_TCP) !== 0 ? "tcp" : "udp";
	}
	get client(): Endpoint {
		return this.#end(this.#flip);
	}
	get server(): Endpoint {
		return this.#end(this.#flip ^ 1);
	}
	get vlan(): number {
		return this.#slots.ints[this.#slot * INTS + VLAN]!;
	}
	get firstTime(): number {
		return this.#slots.reals[this.#slot * REALS + FIRST_TIME]!;
	}
	get lastTime(): number {
		return this.#slots.reals[this.#slot * REALS + LAST_TIME]!;
	}
	get firstFrame(): number {
		return this.#slots.reals[this.#slot * REALS + FIRST_FRAME]!;
	}
	get lastFrame(): number {
		return this.#slots.reals[this.#slot * REALS + LAST_FRAME]!;
	}
	get packets(): readonly [number, number] {
		const at = this.#slot * INTS + PACKETS;
		const { ints } = this.#slots;
		const flip = this.#flip;
		return [ints[at + flip]! >>> 0, ints[at + (flip ^ 1)]! >>> 0];
	}
	get bytes(): readonly [number, number] {
		const at = this.#slot * REALS + BYTES;
		const { reals } = this.#slots;
		const flip = this.#flip;
		return [reals[at + flip]!, reals[at + (flip ^ 1)]!];
	}
	get isConversation(): boolean {
		return (this.#meta & CONVERSATION) !== 0;
	}
	get sawHandshake(): boolean {
		return (this.#meta & SAW_HANDSHAKE) !== 0;
	}
	get isReversed(): boolean {
		return (this.#rare & IS_REVERSED) !== 0;
	}
	get isResetByServer(): boolean {
		return (this.#rare & RESET_BY_SERVER) !== 0;
	}
	get role(): number {
		return (this.#meta & ROLE_MASK) >>> ROLE_SHIFT;
	}

	swap(certainty: number): void {
		const { ints } = this.#slots;
		if (this.role === ROLE.handshake) ints[this.#slot * INTS + RARE]! |= IS_REVERSED;
		ints[this.#slot * INTS + META] = ((this.#meta & ~ROLE_MASK) ^ FLIP) | (certainty << ROLE_SHIFT);
	}

	confirm(certainty: number): void {
		if (certainty > this.role) this.#slots.ints[this.#slot * INTS + META] = (this.#meta & ~ROLE_MASK) | (certainty << ROLE_SHIFT);
	}

	/** Forgets what it kept of the flow that the slot held before. */
	reset(id: number): void {
		this.id = id;
		this.decoding = undefined;
		this.analysis = undefined;
		this.#first?.reset();
		this.#second?.reset();
	}

	get #rare(): number {
		return this.#slots.ints[this.#slot * INTS + RARE]!;
	}
	get #meta(): number {
		return this.#slots.ints[this.#slot * INTS + META]!;
	}
	/** The side that is the client. */
	get #flip(): number {
		return (this.#meta & FLIP) >>> FLIP_SHIFT;
	}
	#end(side: number): FlowEnd {
		if (side === 0) return (this.#first ??= new FlowEnd(this.#slots, this.#slot, 0));
		return (this.#second ??= new FlowEnd(this.#slots, this.#slot, 1));
	}
}
