/**
 * The plant at work: machines scan once a second, clients poll, people write, and every request and answer becomes a frame of Modbus/TCP as a mirror port would show it.
 * Everything that changes is plain data in one state, so that a run can be copied and taken up again from any moment; the same state goes on in the same way. Each machine and
 * each connection draws its own random numbers, so a change that is injected in one place leaves all the others as they would have been.
 */
import { seedOf } from "../../captures/lab/random.ts";
import type { Frame } from "../../src/capture/frame.ts";
import { bell, draw, EPOCH, SECOND } from "./calendar.ts";
import { type Condition, MACHINES } from "./machines.ts";
import { CLIENTS, CONNECTIONS, connectionOf, type Poll } from "./network.ts";
import type { Deed, Request } from "./people.ts";
import { copyImage, type Image, newImage } from "./points.ts";

/** What somebody does to the run. Times are of the simulation. */
export interface Tamper {
	/** Deeds besides those of the agenda, in order of time. */
	readonly deeds?: readonly Deed[];
	/** Changes what a PLC shows from now on until its next scan; what it really has goes on. */
	show?(plc: number, shown: Image, time: number): void;
	/** What a connection asks in the cycle that begins now. */
	cycle?(connection: number, polls: readonly Poll[], time: number): readonly Poll[];
	/** Seconds to the next cycle. */
	period?(connection: number, seconds: number, time: number): number;
}

type Phase = "closed" | "synchronize" | "accept" | "open" | "cycle" | "request" | "response" | "close";

interface Connection {
	seed: number;
	phase: Phase;
	/** When the next packet, or the next cycle, is due. */
	due: number;
	nextCycle: number;
	/** What is left of the cycle, and what people want asked. */
	polls: readonly Poll[];
	asked: Request[];
	screen: Poll | undefined;
	screenUntil: number;
	port: number;
	clientSequence: number;
	serverSequence: number;
	transaction: number;
	/** Protocol data unit of the answer that is due. */
	answer: number[];
}

interface Plc {
	condition: Condition;
	image: Image;
	shown: Image;
	awayUntil: number;
}

export interface PlantState {
	time: number;
	nextScan: number;
	deed: number;
	frames: number;
	plcs: Plc[];
	connections: Connection[];
	/** Last byte of each client's MAC, and until when it is off. */
	macs: number[];
	offUntil: number[];
}

const FLAG = { fin: 1, syn: 2, reset: 4, push: 8, ack: 16 } as const;
const FUNCTION = { coil: 1, discrete: 2, holding: 3, input: 4 } as const;
const PATIENCE = 2 * SECOND;
/** Bytes of Ethernet, IPv4 and TCP headers without options, and of a Modbus header. */
const HEADERS = 54;
const MBAP = 7;
const ETHERNET_LEAST = 60;

const high = (word: number): number => (word >> 8) & 0xff;
const low = (word: number): number => word & 0xff;

export function firstState(seed: number): PlantState {
	const plcs = MACHINES.map((machine): Plc => {
		const image = newImage();
		for (const [space, at, values] of machine.settings) image[space].set(values, at);
		return { condition: { ...machine.initial, seed: seedOf(`${seed} ${machine.name}`) }, image, shown: newImage(), awayUntil: 0 };
	});
	const connections = CONNECTIONS.map(({ polls }, index): Connection => {
		const of = { seed: seedOf(`${seed} connection ${index}`) };
		return {
			phase: polls.length > 0 ? "synchronize" : "closed",
			due: polls.length > 0 ? 2 * SECOND + draw(of) * 5 * SECOND : Number.POSITIVE_INFINITY,
			nextCycle: 0,
			polls: [],
			asked: [],
			screen: undefined,
			screenUntil: 0,
			port: 49_152 + Math.floor(draw(of) * 8000),
			clientSequence: Math.floor(draw(of) * 2 ** 32),
			serverSequence: Math.floor(draw(of) * 2 ** 32),
			transaction: Math.floor(draw(of) * 1000),
			answer: [],
			...of,
		};
	});
	return {
		time: 0,
		nextScan: 0,
		deed: 0,
		frames: 0,
		plcs,
		connections,
		macs: CLIENTS.map(({ host }) => host),
		offUntil: CLIENTS.map(() => 0),
	};
}

export const copyState = (state: PlantState): PlantState => structuredClone(state);

export class Simulation {
	readonly state: PlantState;
	readonly #deeds: readonly Deed[];
	readonly #onFrame: (frame: Readonly<Frame>) => void;
	readonly #tamper: Tamper;
	#tampered = 0;
	readonly #bytes = new Uint8Array(400);
	readonly #view = new DataView(this.#bytes.buffer);
	readonly #frame: Frame = {
		number: 0,
		time: 0,
		capturedLength: 0,
		wireLength: 0,
		linkType: 1,
		interfaceId: 0,
		bytes: this.#bytes,
		start: 0,
	};

	/** Goes on from `state`, which it owns from here on. */
	constructor(state: PlantState, deeds: readonly Deed[], onFrame: (frame: Readonly<Frame>) => void, tamper: Tamper = {}) {
		this.state = state;
		this.#deeds = deeds;
		this.#onFrame = onFrame;
		this.#tamper = tamper;
	}

	/** Everything up to a time of the simulation. `onScan` is told after each scan of all machines. */
	run(until: number, onScan?: (state: PlantState) => void): void {
		const { state } = this;
		const { connections } = state;
		for (;;) {
			let next = connections[0]!;
			for (let index = 1; index < connections.length; index++) if (connections[index]!.due < next.due) next = connections[index]!;
			const deed = this.#deeds[state.deed];
			const extra = this.#tamper.deeds?.[this.#tampered];
			const deedAt = Math.min(deed?.at ?? Number.POSITIVE_INFINITY, extra?.at ?? Number.POSITIVE_INFINITY);
			const at = Math.min(next.due, state.nextScan, deedAt);
			if (at >= until) break;
			state.time = at;
			if (at === state.nextScan) {
				this.#scan();
				onScan?.(state);
			} else if (at === deedAt) {
				if (extra?.at === at) {
					this.#tampered++;
					this.#do(extra);
				} else {
					state.deed++;
					this.#do(deed!);
				}
			} else this.#step(next, connections.indexOf(next));
		}
		state.time = until;
	}

	#scan(): void {
		const { state } = this;
		state.nextScan += SECOND;
		for (let plc = 0; plc < MACHINES.length; plc++) {
			const { condition, image, shown } = state.plcs[plc]!;
			MACHINES[plc]!.scan(condition, image, state.time);
			copyImage(image, shown);
			this.#tamper.show?.(plc, shown, state.time);
		}
	}

	#do({ client, plc, what }: Deed): void {
		const { state } = this;
		const index = connectionOf(client, plc);
		switch (what.kind) {
			case "ask": {
				const connection = state.connections[index]!;
				connection.asked.push(...what.requests);
				if (connection.phase === "closed") this.#later(connection, "synchronize", 1000);
				break;
			}
			case "screen":
				state.connections[index]!.screen = what.poll;
				state.connections[index]!.screenUntil = what.until;
				break;
			case "drop":
				this.#break(state.connections[index]!, index, what.seconds * SECOND);
				break;
			case "restart":
				state.plcs[plc]!.awayUntil = state.time + what.seconds * SECOND;
				MACHINES[plc]!.restart?.(state.plcs[plc]!.condition);
				break;
			case "replace":
				state.offUntil[client] = state.time + what.seconds * SECOND;
				state.macs[client] = 0x80 + CLIENTS[client]!.host;
				state.connections.forEach((connection, at) => {
					if (CONNECTIONS[at]!.client === client && connection.phase !== "closed")
						this.#break(connection, at, (what.seconds + at) * SECOND);
				});
				break;
		}
	}

	/** It ends with a reset, and is opened again after a while. */
	#break(connection: Connection, index: number, micros: number): void {
		if (connection.phase !== "synchronize" && connection.phase !== "closed") this.#send(connection, index, true, FLAG.reset | FLAG.ack, []);
		connection.polls = [];
		connection.answer = [];
		connection.port = 49_152 + ((connection.port - 49_152 + 7) % 8000);
		this.#later(connection, "synchronize", micros);
	}

	#later(connection: Connection, phase: Phase, micros: number): void {
		connection.phase = phase;
		connection.due = this.state.time + micros;
	}

	#isAway(index: number): boolean {
		return this.state.time < this.state.plcs[CONNECTIONS[index]!.plc]!.awayUntil;
	}

	/** A connection's next packet, or its next cycle. */
	#step(connection: Connection, index: number): void {
		const plan = CONNECTIONS[index]!;
		const { state } = this;
		switch (connection.phase) {
			case "closed":
				connection.due = Number.POSITIVE_INFINITY;
				break;
			case "synchronize":
				this.#resolve(plan.client, MACHINES[plan.plc]!.host, !this.#isAway(index));
				this.#send(connection, index, true, FLAG.syn, []);
				if (this.#isAway(index)) this.#later(connection, "synchronize", 3 * SECOND);
				else this.#later(connection, "accept", 300);
				break;
			case "accept":
				this.#send(connection, index, false, FLAG.syn | FLAG.ack, []);
				this.#later(connection, "open", 120);
				break;
			case "open":
				this.#send(connection, index, true, FLAG.ack, []);
				connection.nextCycle = state.time + 2000;
				this.#later(connection, "cycle", 2000);
				break;
			case "cycle":
				this.#beginCycle(connection, index);
				break;
			case "request":
				this.#request(connection, index);
				break;
			case "response":
				this.#send(connection, index, false, FLAG.push | FLAG.ack, connection.answer);
				this.#next(connection, index);
				break;
			case "close":
				// It waited for an answer in vain, or has nothing more to ask.
				if (plan.polls.length > 0) this.#break(connection, index, SECOND);
				else {
					this.#send(connection, index, true, FLAG.fin | FLAG.ack, []);
					connection.port = 49_152 + ((connection.port - 49_152 + 7) % 8000);
					this.#later(connection, "closed", 0);
				}
				break;
		}
	}

	#beginCycle(connection: Connection, index: number): void {
		const { time } = this.state;
		const { polls, period, jitter } = CONNECTIONS[index]!;
		const seconds = this.#tamper.period?.(index, period, time) ?? period;
		// The beat is kept: a late cycle does not move the next one.
		connection.nextCycle += seconds * SECOND;
		if (connection.nextCycle < time) connection.nextCycle = time + seconds * SECOND;
		const shown = connection.screen !== undefined && time < connection.screenUntil ? [...polls, connection.screen] : polls;
		connection.polls = this.#tamper.cycle?.(index, shown, time) ?? shown;
		this.#later(connection, "request", Math.abs(bell(connection)) * jitter * period * SECOND);
	}

	/** After an answer: what people want comes first, then the rest of the cycle, then the next cycle. */
	#next(connection: Connection, index: number): void {
		const plan = CONNECTIONS[index]!;
		if (connection.asked.length > 0 || connection.polls.length > 0)
			this.#later(connection, "request", plan.polls.length > 0 ? 4000 + draw(connection) * 6000 : 200_000 + draw(connection) * 600_000);
		else if (plan.polls.length === 0) this.#later(connection, "close", 400_000);
		else {
			connection.phase = "cycle";
			connection.due = Math.max(this.state.time + 1000, connection.nextCycle);
		}
	}

	#request(connection: Connection, index: number): void {
		const asked = connection.asked.shift();
		let request: Request;
		if (asked !== undefined) request = asked;
		else {
			const [poll, ...rest] = connection.polls;
			if (poll === undefined) {
				this.#next(connection, index);
				return;
			}
			connection.polls = rest;
			request = { kind: "read", poll };
		}
		const plc = this.state.plcs[CONNECTIONS[index]!.plc]!;
		connection.transaction = (connection.transaction + 1) & 0xffff;
		const [question, answer] = exchange(request, plc);
		this.#send(connection, index, true, FLAG.push | FLAG.ack, question);
		connection.answer = answer;
		if (this.#isAway(index)) this.#later(connection, "close", PATIENCE);
		else {
			const isSlow = draw(connection) < 0.003;
			this.#later(connection, "response", isSlow ? 40_000 + draw(connection) * 160_000 : 2500 + draw(connection) * 5000);
		}
	}

	#send(connection: Connection, index: number, isFromClient: boolean, flags: number, pdu: readonly number[]): void {
		const { client, plc } = CONNECTIONS[index]!;
		const machine = MACHINES[plc]!;
		const view = this.#view;
		const bytes = this.#bytes;
		const payload = pdu.length > 0 ? MBAP + pdu.length : 0;
		const length = Math.max(ETHERNET_LEAST, HEADERS + payload);
		bytes.fill(0, 0, length);
		const [from, to] = isFromClient ? [CLIENTS[client]!.host, machine.host] : [machine.host, CLIENTS[client]!.host];
		this.#mac(0, isFromClient ? to : this.state.macs[client]!, isFromClient);
		this.#mac(6, isFromClient ? this.state.macs[client]! : from, !isFromClient);
		view.setUint16(12, 0x0800);
		view.setUint8(14, 0x45);
		view.setUint16(16, 40 + payload);
		view.setUint16(18, this.state.frames & 0xffff);
		view.setUint16(20, 0x4000);
		view.setUint8(22, 64);
		view.setUint8(23, 6);
		view.setUint32(26, 0x0a1e0000 + from);
		view.setUint32(30, 0x0a1e0000 + to);
		view.setUint16(24, checksum(view, 14, 20, 0));
		view.setUint16(34, isFromClient ? connection.port : 502);
		view.setUint16(36, isFromClient ? 502 : connection.port);
		view.setUint32(38, isFromClient ? connection.clientSequence : connection.serverSequence);
		if ((flags & FLAG.ack) !== 0) view.setUint32(42, isFromClient ? connection.serverSequence : connection.clientSequence);
		view.setUint8(46, 0x50);
		view.setUint8(47, flags);
		view.setUint16(48, 8192);
		if (payload > 0) {
			view.setUint16(HEADERS, connection.transaction);
			view.setUint16(HEADERS + 4, pdu.length + 1);
			view.setUint8(HEADERS + 6, machine.unit);
			bytes.set(pdu, HEADERS + MBAP);
		}
		// The pseudo header of RFC 9293, 3.1: addresses, protocol, length.
		view.setUint16(50, checksum(view, 26, 28 + payload, 6 + 20 + payload));
		const used = payload + ((flags & (FLAG.syn | FLAG.fin)) !== 0 ? 1 : 0);
		if (isFromClient) connection.clientSequence = (connection.clientSequence + used) >>> 0;
		else connection.serverSequence = (connection.serverSequence + used) >>> 0;
		this.#give(length);
	}

	/** PLCs have cards of one maker, computers of another. */
	#mac(at: number, host: number, isPlc: boolean): void {
		this.#bytes.set(isPlc ? [0x00, 0x80, 0xf4, 0x30, 0x00, host] : [0x00, 0x1b, 0x21, 0x30, 0x00, host], at);
	}

	/** Who opens a connection asks for the MAC address first (RFC 826), and is answered. */
	#resolve(client: number, server: number, isThere: boolean): void {
		for (const operation of isThere ? [1, 2] : [1]) {
			const bytes = this.#bytes;
			bytes.fill(0, 0, ETHERNET_LEAST);
			const isAsked = operation === 1;
			if (isAsked) bytes.fill(0xff, 0, 6);
			else this.#mac(0, this.state.macs[client]!, false);
			this.#mac(6, isAsked ? this.state.macs[client]! : server, !isAsked);
			this.#view.setUint16(12, 0x0806);
			bytes.set([0, 1, 8, 0, 6, 4, 0, operation], 14);
			this.#mac(22, isAsked ? this.state.macs[client]! : server, !isAsked);
			bytes.set([10, 30, 0, isAsked ? CLIENTS[client]!.host : server], 28);
			if (!isAsked) this.#mac(32, this.state.macs[client]!, false);
			bytes.set([10, 30, 0, isAsked ? server : CLIENTS[client]!.host], 38);
			this.#give(ETHERNET_LEAST);
		}
	}

	#give(length: number): void {
		const frame = this.#frame;
		frame.number = ++this.state.frames;
		frame.time = EPOCH + Math.round(this.state.time);
		frame.capturedLength = length;
		frame.wireLength = length;
		this.#onFrame(frame);
	}
}

/** Question and answer as protocol data units; a write is done to the PLC. */
function exchange(request: Request, { image, shown }: Plc): [question: number[], answer: number[]] {
	if (request.kind === "identify") {
		const objects = ["Plant PLC", "P-200", "V2.4"].flatMap((text, id) => [id, text.length, ...new TextEncoder().encode(text)]);
		return [
			[0x2b, 0x0e, 1, 0],
			[0x2b, 0x0e, 1, 1, 0, 0, 3, ...objects],
		];
	}
	if (request.kind === "read") {
		const { space, first, count } = request.poll;
		const question = [FUNCTION[space], high(first), low(first), high(count), low(count)];
		if (space === "coil" || space === "discrete") {
			const bits: number[] = new Array(Math.ceil(count / 8)).fill(0);
			for (let at = 0; at < count; at++) if (shown[space][first + at] === 1) bits[at >> 3]! |= 1 << (at & 7);
			return [question, [FUNCTION[space], bits.length, ...bits]];
		}
		const answer = [FUNCTION[space], count * 2];
		for (let at = first; at < first + count; at++) answer.push(high(shown[space][at] ?? 0), low(shown[space][at] ?? 0));
		return [question, answer];
	}
	const { space, first, values, isSingle } = request;
	image[space].set(values, first);
	shown[space].set(values, first);
	const place = [high(first), low(first)];
	if (space === "coil") {
		if (isSingle) {
			const message = [5, ...place, values[0] === 1 ? 0xff : 0, 0];
			return [message, message];
		}
		const bits = values.reduce((sum, value, at) => sum | (value << at), 0);
		return [
			[15, ...place, 0, values.length, 1, bits],
			[15, ...place, 0, values.length],
		];
	}
	if (isSingle) {
		const message = [6, ...place, high(values[0]!), low(values[0]!)];
		return [message, message];
	}
	const head = [16, ...place, 0, values.length];
	return [[...head, values.length * 2, ...values.flatMap((value) => [high(value), low(value)])], head];
}

/** RFC 1071. */
function checksum(view: DataView, from: number, length: number, sum: number): number {
	let total = sum;
	const end = from + length;
	let at = from;
	for (; at + 1 < end; at += 2) total += view.getUint16(at);
	if (at < end) total += view.getUint8(at) << 8;
	while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
	return ~total & 0xffff;
}
