/**
 * Others on the plant's network beside those that the simulation plays: each is a generator that sends frames and yields the seconds until it goes on. Their frames and those of
 * the simulation become one stream in the order of time, numbered anew; which of them belong to an attack is kept.
 */
import type { Frame } from "../../src/capture/frame.ts";
import { EPOCH, SECOND } from "./calendar.ts";
import { MACHINES } from "./machines.ts";
import { addressOf } from "./network.ts";
import type { PlantState } from "./simulation.ts";

/** What a guest does; yields seconds to wait. */
export type Play = Generator<number, void>;

export interface Host {
	/** Last byte of its address and of its MAC. */
	readonly host: number;
	/** PLCs have cards of one maker, computers of another. */
	readonly isPlc?: boolean;
}

export const FLAG = { fin: 1, syn: 2, reset: 4, push: 8, ack: 16 } as const;
const ETHERNET_LEAST = 60;
const HEADERS = 54;

export const macOf = ({ host, isPlc }: Host): number[] =>
	isPlc ? [0x00, 0x80, 0xf4, 0x30, 0x00, host] : [0x00, 0x1b, 0x21, 0x30, 0x00, host];
export const ipOf = ({ host }: Host): string => addressOf(host);
export const plcHost = (plc: number): Host => ({ host: MACHINES[plc]!.host, isPlc: true });

interface Visit {
	due: number;
	order: number;
	play: Play;
	isMarked: boolean;
}

export class Guests {
	readonly #onFrame: (frame: Readonly<Frame>) => void;
	readonly #stateOf: () => PlantState;
	readonly #visits: Visit[] = [];
	readonly #lent: Frame = {
		number: 0,
		time: 0,
		capturedLength: 0,
		wireLength: 0,
		linkType: 1,
		interfaceId: 0,
		bytes: new Uint8Array(0),
		start: 0,
	};
	#order = 0;
	#frames = 0;
	#isMarked = false;
	/** Frames of visits that were begun as part of an attack, and when the first was sent, microseconds of the simulation. */
	readonly marked = new Set<number>();
	begun = Number.NaN;
	/** Microseconds of the simulation. */
	time = 0;

	constructor(onFrame: (frame: Readonly<Frame>) => void, stateOf: () => PlantState) {
		this.#onFrame = onFrame;
		this.#stateOf = stateOf;
	}

	get plant(): PlantState {
		return this.#stateOf();
	}

	/** Lets somebody begin at a time of the simulation. */
	begin(at: number, play: Play, isMarked = false): void {
		this.#put({ due: at, order: this.#order++, play, isMarked });
	}

	/** A frame of the simulation: whoever is due before it goes first. */
	readonly frame = (frame: Readonly<Frame>): void => {
		this.run(frame.time - EPOCH);
		this.#give(frame.time, frame.bytes, frame.start, frame.capturedLength);
	};

	/** Lets everybody act who is due until then. */
	run(until: number): void {
		for (;;) {
			const next = this.#visits[0];
			if (next === undefined || next.due > until) break;
			this.#visits.shift();
			this.time = next.due;
			this.#isMarked = next.isMarked;
			const { done, value } = next.play.next();
			this.#isMarked = false;
			if (!done) this.#put({ ...next, due: next.due + value * SECOND });
		}
		this.time = until;
	}

	/** Sends a frame now. */
	send(bytes: Uint8Array): void {
		this.#give(EPOCH + Math.round(this.time), bytes, 0, bytes.length);
		if (!this.#isMarked) return;
		this.marked.add(this.#frames);
		if (Number.isNaN(this.begun)) this.begun = this.time;
	}

	#put(visit: Visit): void {
		let at = this.#visits.length;
		while (
			at > 0 &&
			(this.#visits[at - 1]!.due > visit.due || (this.#visits[at - 1]!.due === visit.due && this.#visits[at - 1]!.order > visit.order))
		)
			at--;
		this.#visits.splice(at, 0, visit);
	}

	#give(time: number, bytes: Uint8Array, start: number, length: number): void {
		const lent = this.#lent;
		lent.number = ++this.#frames;
		lent.time = time;
		lent.bytes = bytes;
		lent.start = start;
		lent.capturedLength = lent.wireLength = length;
		this.#onFrame(lent);
	}
}

/** ARP (RFC 826): who holds an address. `claims` is what the sender says that it holds. */
export function sendArp(guests: Guests, from: Host, claims: Host, asks: Host, isAnswer: boolean, to?: Host): void {
	const bytes = new Uint8Array(ETHERNET_LEAST);
	bytes.set(to === undefined ? [0xff, 0xff, 0xff, 0xff, 0xff, 0xff] : macOf(to), 0);
	bytes.set(macOf(from), 6);
	bytes.set([0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, isAnswer ? 2 : 1], 12);
	bytes.set(macOf(from), 22);
	bytes.set([10, 30, 0, claims.host], 28);
	if (to !== undefined) bytes.set(macOf(to), 32);
	bytes.set([10, 30, 0, asks.host], 38);
	guests.send(bytes);
}

/** RFC 1071. */
function checksum(view: DataView, from: number, length: number, sum: number): number {
	let total = sum;
	const end = from + length;
	for (let at = from; at < end; at += 2) total += at + 1 < end ? view.getUint16(at) : view.getUint8(at) << 8;
	while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
	return ~total & 0xffff;
}

/** One TCP connection of a guest. */
export class Conversation {
	readonly client: Host;
	readonly server: Host;
	readonly #guests: Guests;
	readonly #ports: readonly [client: number, server: number];
	#sequences: [client: number, server: number];

	constructor(guests: Guests, client: Host, server: Host, port: number, clientPort: number) {
		this.#guests = guests;
		this.client = client;
		this.server = server;
		this.#ports = [clientPort, port];
		this.#sequences = [(clientPort * 65_537) >>> 0, (clientPort * 40_503) >>> 0];
	}

	/** Asks for the MAC address, and opens the connection. */
	*open(): Play {
		yield* resolve(this.#guests, this.client, this.server, true);
		this.send(true, FLAG.syn);
		yield 0.0003;
		this.send(false, FLAG.syn | FLAG.ack);
		yield 0.0001;
		this.send(true, FLAG.ack);
		yield 0.001;
	}

	/** A request and its answer, which may not come. */
	*exchange(request: Uint8Array, answer: Uint8Array | undefined, latency = 0.004, rest = 0.0005): Play {
		this.send(true, FLAG.push | FLAG.ack, request);
		yield latency;
		if (answer !== undefined) this.send(false, FLAG.push | FLAG.ack, answer);
		yield rest;
	}

	*close(): Play {
		this.send(true, FLAG.fin | FLAG.ack);
		yield 0.0003;
		this.send(false, FLAG.fin | FLAG.ack);
		yield 0.0001;
		this.send(true, FLAG.ack);
	}

	send(isFromClient: boolean, flags: number, payload: Uint8Array = new Uint8Array(0)): void {
		this.#guests.send(this.segment(isFromClient, flags, payload));
	}

	/** The frame of a segment; sequence numbers move on. */
	segment(isFromClient: boolean, flags: number, payload: Uint8Array): Uint8Array {
		const side = isFromClient ? 0 : 1;
		const [from, to] = isFromClient ? [this.client, this.server] : [this.server, this.client];
		const bytes = new Uint8Array(Math.max(ETHERNET_LEAST, HEADERS + payload.length));
		const view = new DataView(bytes.buffer);
		bytes.set(macOf(to), 0);
		bytes.set(macOf(from), 6);
		view.setUint16(12, 0x0800);
		view.setUint8(14, 0x45);
		view.setUint16(16, 40 + payload.length);
		view.setUint16(20, 0x4000);
		view.setUint8(22, 64);
		view.setUint8(23, 6);
		view.setUint32(26, 0x0a1e0000 + from.host);
		view.setUint32(30, 0x0a1e0000 + to.host);
		view.setUint16(24, checksum(view, 14, 20, 0));
		view.setUint16(34, this.#ports[side]!);
		view.setUint16(36, this.#ports[1 - side]!);
		view.setUint32(38, this.#sequences[side]!);
		if ((flags & FLAG.ack) !== 0) view.setUint32(42, this.#sequences[1 - side]!);
		view.setUint8(46, 0x50);
		view.setUint8(47, flags);
		view.setUint16(48, 8192);
		bytes.set(payload, HEADERS);
		view.setUint16(50, checksum(view, 26, 28 + payload.length, 6 + 20 + payload.length));
		this.#sequences[side] = (this.#sequences[side]! + payload.length + ((flags & (FLAG.syn | FLAG.fin)) !== 0 ? 1 : 0)) >>> 0;
		return bytes;
	}
}

/** Who has this address? Answered where somebody does. */
export function* resolve(guests: Guests, from: Host, to: Host, isThere: boolean): Play {
	sendArp(guests, from, from, to, false);
	yield 0.0002;
	if (!isThere) return;
	sendArp(guests, to, to, from, true, from);
	yield 0.0001;
}

/** A connection that nobody answers. */
export function* knock(guests: Guests, client: Host, server: Host, port: number, clientPort: number, isThere: boolean): Play {
	yield* resolve(guests, client, server, isThere);
	if (isThere) new Conversation(guests, client, server, port, clientPort).send(true, FLAG.syn);
}
