/**
 * Makes the capture that the benchmarks read: three clients poll twenty Modbus/TCP PLCs, one of them writes now and then. Deterministic: the same
 * number of packets gives the same bytes. Every connection begins with its handshake, sequence numbers and checksums are right, and values move
 * as those of a process do.
 *
 * node dist/test/bench/polling.js FILE [PACKETS]
 */

import { closeSync, openSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

const PLCS = 20;
const REGISTERS = 100;
const COILS = 32;
const START_SECONDS = 1_750_000_000;
/** Bytes written to the file at a time. */
const WRITE_BYTES = 1 << 20;
/** Ethernet, IPv4 and TCP headers without options, and the record header of pcap. */
const HEADERS = 54;
const RECORD_HEADER = 16;
const LONGEST_PACKET = 400;
const FLAG = { syn: 2, push: 8, ack: 16 } as const;

/** A generator of small random numbers, the same on every machine (mulberry32). */
function random(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

interface Host {
	mac: number[];
	ip: number;
	nextIdentification: number;
}

interface Plc extends Host {
	registers: Uint16Array;
	coils: Uint8Array;
	movedAt: number;
}

/** One request that a client repeats. */
interface Poll {
	functionCode: number;
	address: number;
	quantity: number;
}

interface Connection {
	client: Host;
	plc: Plc;
	clientPort: number;
	/** Next sequence numbers. */
	clientSequence: number;
	serverSequence: number;
	polls: Poll[];
	nextPoll: number;
	/** Microseconds between requests, and the share of requests that are writes. */
	period: number;
	writes: number;
	transactionId: number;
	/** What the next packet is, and when: microseconds since the start. */
	phase: "synchronize" | "accept" | "open" | "request" | "response" | "acknowledge";
	due: number;
	answer: number[];
	nextRequest: number;
}

class PacketWriter {
	packets = 0;
	bytes = 0;
	readonly #file: number;
	readonly #wanted: number;
	readonly #buffer = new Uint8Array(WRITE_BYTES);
	readonly #view = new DataView(this.#buffer.buffer);
	#length = 0;
	#lastTime = 0;

	constructor(file: number, wanted: number) {
		this.#file = file;
		this.#wanted = wanted;
		const header = [0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1];
		for (const word of header) {
			this.#view.setUint32(this.#length, word, true);
			this.#length += 4;
		}
	}

	get isDone(): boolean {
		return this.packets >= this.#wanted;
	}

	/** One TCP packet at `time` microseconds since the start; packets of one instant are moved apart, time never runs backwards. */
	write(
		time: number,
		from: Host,
		to: Host,
		ports: [number, number],
		sequence: number,
		acknowledged: number,
		flags: number,
		data: number[],
	): void {
		if (this.isDone) return;
		if (this.#length + RECORD_HEADER + LONGEST_PACKET > WRITE_BYTES) this.flush();
		time = Math.max(Math.floor(time), this.#lastTime + 1);
		this.#lastTime = time;
		const view = this.#view;
		const length = Math.max(60, HEADERS + data.length);
		let at = this.#length;
		view.setUint32(at, START_SECONDS + Math.floor(time / 1e6), true);
		view.setUint32(at + 4, time % 1e6, true);
		view.setUint32(at + 8, length, true);
		view.setUint32(at + 12, length, true);
		at += RECORD_HEADER;
		this.#length = at + length;
		this.#buffer.fill(0, at, this.#length);

		this.#buffer.set(to.mac, at);
		this.#buffer.set(from.mac, at + 6);
		view.setUint16(at + 12, 0x0800);

		const ip = at + 14;
		view.setUint8(ip, 0x45);
		view.setUint16(ip + 2, 40 + data.length);
		view.setUint16(ip + 4, from.nextIdentification++ & 0xffff);
		view.setUint16(ip + 6, 0x4000); // do not fragment
		view.setUint8(ip + 8, 64);
		view.setUint8(ip + 9, 6);
		view.setUint32(ip + 12, from.ip);
		view.setUint32(ip + 16, to.ip);
		view.setUint16(ip + 10, checksum(view, ip, 20, 0));

		const tcp = ip + 20;
		view.setUint16(tcp, ports[0]);
		view.setUint16(tcp + 2, ports[1]);
		view.setUint32(tcp + 4, sequence);
		view.setUint32(tcp + 8, acknowledged);
		view.setUint8(tcp + 12, 0x50);
		view.setUint8(tcp + 13, flags);
		view.setUint16(tcp + 14, 8192);
		this.#buffer.set(data, tcp + 20);
		const pseudoHeader = (from.ip >>> 16) + (from.ip & 0xffff) + (to.ip >>> 16) + (to.ip & 0xffff) + 6 + 20 + data.length;
		view.setUint16(tcp + 16, checksum(view, tcp, 20 + data.length, pseudoHeader));

		this.packets++;
		this.bytes += length;
	}

	flush(): void {
		for (let written = 0; written < this.#length; ) written += writeSync(this.#file, this.#buffer, written, this.#length - written);
		this.#length = 0;
	}
}

/** The Internet checksum (RFC 1071); the bytes behind an odd end are zero (padding) or inside the buffer and masked away. */
function checksum(view: DataView, at: number, length: number, sum: number): number {
	const even = length & ~1;
	for (let offset = 0; offset < even; offset += 2) sum += view.getUint16(at + offset);
	if (even < length) sum += view.getUint8(at + even) << 8;
	while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
	return ~sum & 0xffff;
}

const host = (lastByte: number, vendor: number[]): Host => ({
	mac: [...vendor, 0x10, 0x20, lastByte],
	ip: 0x0a140000 + lastByte, // 10.20.0.x
	nextIdentification: lastByte * 257,
});

/** A process: registers below 40 are continuous, to 60 they count, to 80 they are states, the rest are set points that stay until written. */
function move(plc: Plc, time: number, draw: () => number): void {
	if (time - plc.movedAt < 100_000) return;
	plc.movedAt = time;
	for (let register = 0; register < 40; register++) {
		const centre = 1000 + register * 50;
		const value = plc.registers[register]!;
		plc.registers[register] = value + Math.round((centre - value) * 0.02 + (draw() - 0.5) * 12);
	}
	for (let register = 40; register < 60; register++) if (draw() < 0.3) plc.registers[register]!++;
	if (draw() < 0.01) plc.registers[60 + Math.floor(draw() * 20)] = Math.floor(draw() * 4);
	if (draw() < 0.02) plc.coils[Math.floor(draw() * COILS)]! ^= 1;
}

const high = (value: number): number => (value >> 8) & 255;
const low = (value: number): number => value & 255;

function request({ functionCode, address, quantity }: Poll): number[] {
	return [functionCode, high(address), low(address), high(quantity), low(quantity)];
}

function response(plc: Plc, { functionCode, address, quantity }: Poll): number[] {
	if (functionCode === 1) {
		const bytes = new Array<number>(Math.ceil(quantity / 8)).fill(0);
		for (let coil = 0; coil < quantity; coil++) if (plc.coils[address + coil]) bytes[coil >> 3]! |= 1 << (coil & 7);
		return [1, bytes.length, ...bytes];
	}
	const values: number[] = [];
	for (let register = address; register < address + quantity; register++)
		values.push(high(plc.registers[register]!), low(plc.registers[register]!));
	return [functionCode, values.length, ...values];
}

/** Sets a set point or two, as an operator does, and gives request and response. */
function write(plc: Plc, draw: () => number): [number[], number[]] {
	const address = 80 + Math.floor(draw() * 18);
	const setPoint = () => 500 + 10 * Math.floor(draw() * 50);
	if (draw() < 0.7) {
		const value = setPoint();
		plc.registers[address] = value;
		const message = [6, high(address), low(address), high(value), low(value)];
		return [message, message];
	}
	const values = [setPoint(), setPoint()];
	plc.registers.set(values, address);
	const head = [16, high(address), low(address), 0, values.length];
	return [[...head, values.length * 2, ...values.flatMap((value) => [high(value), low(value)])], head];
}

function polls(draw: () => number): Poll[] {
	const count = 2 + Math.floor(draw() * 4);
	return Array.from({ length: count }, () => {
		const kind = draw();
		const usual = 4 + Math.floor(draw() * 7);
		if (kind < 0.2) return { functionCode: 1, address: Math.floor(draw() * 8), quantity: 8 + Math.floor(draw() * 16) };
		const quantity = draw() < 0.7 ? usual : 1 + Math.floor(draw() * 20);
		return { functionCode: kind < 0.7 ? 3 : 4, address: Math.floor(draw() * (REGISTERS - quantity)), quantity };
	});
}

function plant(draw: () => number): Connection[] {
	const plcs = Array.from({ length: PLCS }, (_, index): Plc => {
		const registers = new Uint16Array(REGISTERS);
		for (let register = 0; register < REGISTERS; register++)
			registers[register] = register < 40 ? 1000 + register * 50 : register < 80 ? 0 : 700;
		return { ...host(101 + index, [0x00, 0x80, 0xf4]), registers, coils: new Uint8Array(COILS), movedAt: 0 };
	});
	// An HMI that also writes, a SCADA server and a historian, from fast to slow.
	const clients = [
		{ ...host(11, [0x00, 0x1b, 0x21]), period: 100_000, writes: 0.004 },
		{ ...host(12, [0x00, 0x1b, 0x21]), period: 250_000, writes: 0 },
		{ ...host(13, [0x00, 0x50, 0x56]), period: 1_000_000, writes: 0 },
	];
	return clients.flatMap(({ period, writes, ...client }) => {
		const machine: Host = client;
		return plcs.map(
			(plc, index): Connection => ({
				client: machine,
				plc,
				clientPort: 49_200 + index * 3,
				clientSequence: Math.floor(draw() * 4_294_967_296),
				serverSequence: Math.floor(draw() * 4_294_967_296),
				polls: polls(draw),
				nextPoll: 0,
				period: period * (0.9 + draw() * 0.2),
				writes,
				transactionId: Math.floor(draw() * 1000),
				phase: "synchronize",
				due: draw() * 1_000_000,
				answer: [],
				nextRequest: 0,
			}),
		);
	});
}

/** Writes a connection's next packet and sets when the one after it is due, so that connections interleave as they do on a wire. */
function step(connection: Connection, out: PacketWriter, draw: () => number): void {
	const { client, plc, due } = connection;
	const send = (fromClient: boolean, flags: number, data: number[] = []) => {
		const { clientPort, clientSequence, serverSequence } = connection;
		const used = data.length + (flags & FLAG.syn ? 1 : 0);
		if (fromClient) {
			out.write(due, client, plc, [clientPort, 502], clientSequence, flags & FLAG.ack ? serverSequence : 0, flags, data);
			connection.clientSequence = (clientSequence + used) >>> 0;
		} else {
			out.write(due, plc, client, [502, clientPort], serverSequence, clientSequence, flags, data);
			connection.serverSequence = (serverSequence + used) >>> 0;
		}
	};
	const next = (phase: Connection["phase"], after: number) => {
		connection.phase = phase;
		connection.due = due + after;
	};
	switch (connection.phase) {
		case "synchronize":
			send(true, FLAG.syn);
			next("accept", 300);
			break;
		case "accept":
			send(false, FLAG.syn | FLAG.ack);
			next("open", 120);
			break;
		case "open":
			send(true, FLAG.ack);
			next("request", 180);
			break;
		case "request": {
			move(plc, due, draw);
			let ask: number[];
			let answer: number[];
			if (draw() < connection.writes) [ask, answer] = write(plc, draw);
			else {
				const poll = connection.polls[connection.nextPoll]!;
				connection.nextPoll = (connection.nextPoll + 1) % connection.polls.length;
				ask = request(poll);
				answer = response(plc, poll);
			}
			connection.transactionId = (connection.transactionId + 1) & 0xffff;
			connection.answer = message(connection.transactionId, answer);
			connection.nextRequest = due + connection.period * (0.95 + draw() * 0.1);
			send(true, FLAG.push | FLAG.ack, message(connection.transactionId, ask));
			next("response", 400 + draw() * 600);
			break;
		}
		case "response":
			send(false, FLAG.push | FLAG.ack, connection.answer);
			// A client that has nothing to send soon acknowledges on its own, as the delayed acknowledgment timer does.
			if (draw() < 0.1) next("acknowledge", 40_000);
			else next("request", connection.nextRequest - due);
			break;
		case "acknowledge":
			send(true, FLAG.ack);
			next("request", connection.nextRequest - due);
			break;
	}
}

/** A Modbus/TCP message: header with unit 1, and the protocol data unit. */
const message = (transactionId: number, pdu: number[]): number[] => [
	high(transactionId),
	low(transactionId),
	0,
	0,
	high(pdu.length + 1),
	low(pdu.length + 1),
	1,
	...pdu,
];

/** Writes `packets` packets to `path` and returns the bytes of the frames in them. */
export function writePollingCapture(path: string, packets = 1_500_000): number {
	const draw = random(20);
	const connections = plant(draw);
	const file = openSync(path, "w");
	try {
		const out = new PacketWriter(file, packets);
		while (!out.isDone) {
			let next = connections[0]!;
			for (const connection of connections) if (connection.due < next.due) next = connection;
			step(next, out, draw);
		}
		out.flush();
		return out.bytes;
	} finally {
		closeSync(file);
	}
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
	const [path, count] = process.argv.slice(2);
	const packets = count === undefined ? 1_500_000 : Number(count);
	if (path === undefined || !Number.isSafeInteger(packets) || packets < 1) {
		console.error("Usage: node dist/test/bench/polling.js FILE [PACKETS]");
		process.exit(2);
	}
	const bytes = writePollingCapture(path, packets);
	console.error(`${packets} packets, ${(bytes / packets).toFixed(1)} bytes on average`);
}
