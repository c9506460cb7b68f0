/** A small plant whose frames are made of bytes and go through the whole engine: for what no real program sends on purpose, and for bytes of real programs that were kept. */
import { protocols, services } from "../../protocols/index.ts";
import { Engine } from "../../src/app/engine.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import type { Detection } from "../../src/detect/detection.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { macOf } from "../detect/plantBed.ts";
import { be16, ethernet, FLAG, frameOf, ipv4, mac, tcp } from "../wire/frameBuilder.ts";

/** Microseconds between two frames. */
const APART = 1000;
/** Bytes of one segment at most. */
const SEGMENT = 1400;
const TYPE = { ip: 0x0800, arp: 0x0806 } as const;
const TCP = 6;

/** One TCP connection, joined at its first SYN. */
export class Connection {
	readonly #bed: WireBed;
	readonly #client: string;
	readonly #server: string;
	readonly #ports: readonly [number, number];
	/** Next sequence number of each direction. */
	readonly #next: [number, number] = [1000, 5000];

	constructor(bed: WireBed, client: string, server: string, ports: readonly [number, number]) {
		this.#bed = bed;
		this.#client = client;
		this.#server = server;
		this.#ports = ports;
		this.#segment(TO_SERVER, [], FLAG.syn);
		this.#segment(TO_CLIENT, [], FLAG.syn | FLAG.ack);
		this.#segment(TO_SERVER, [], FLAG.ack);
	}

	request(bytes: Uint8Array): this {
		return this.send(TO_SERVER, bytes);
	}

	answer(bytes: Uint8Array): this {
		return this.send(TO_CLIENT, bytes);
	}

	send(direction: Direction, bytes: Uint8Array): this {
		for (let at = 0; at < bytes.length; at += SEGMENT) {
			const part = bytes.subarray(at, at + SEGMENT);
			this.#segment(direction, part, FLAG.ack | FLAG.psh);
			this.#next[direction] += part.length;
		}
		return this;
	}

	/** Bytes that were sent are sent again, the latest `bytes.length` of that direction: the same, or others in their place. */
	again(direction: Direction, bytes: Uint8Array): this {
		this.#segment(direction, bytes, FLAG.ack | FLAG.psh, this.#next[direction] - bytes.length);
		return this;
	}

	/** The bytes are lost on the way to the monitor. */
	lose(direction: Direction, bytes: Uint8Array): this {
		this.#next[direction] += bytes.length;
		return this;
	}

	close(): void {
		for (const direction of [TO_SERVER, TO_CLIENT] as const) {
			this.#segment(direction, [], FLAG.fin | FLAG.ack);
			this.#next[direction]++;
		}
		this.#segment(TO_SERVER, [], FLAG.ack);
	}

	#segment(direction: Direction, payload: ArrayLike<number>, flags: number, sequence = this.#next[direction]): void {
		const isOut = direction === TO_SERVER;
		const [source, destination] = isOut ? [this.#client, this.#server] : [this.#server, this.#client];
		const [from, to] = isOut ? this.#ports : [this.#ports[1], this.#ports[0]];
		const acknowledgment = this.#next[isOut ? TO_CLIENT : TO_SERVER];
		this.#bed.segment(source, destination, tcp(Array.from(payload), { from, to, sequence, acknowledgment, flags }));
		if (flags & FLAG.syn) this.#next[direction]++;
	}
}

/** A plant of a few devices: tables of the usual size take longer to lay out than such a scene to play. */
const SMALL = { points: 4096 };
const SMALL_HABITS = { streams: 1024, channels: 64, schedules: 64, volumes: 64, jobs: 64, flows: 256 };

export class WireBed {
	readonly detections: Detection[] = [];
	readonly analyst = new Analyst({
		protocols,
		bounds: SMALL,
		habits: { services, bounds: SMALL_HABITS },
		onDetection: (detection) => this.detections.push(structuredClone(detection)),
	});
	readonly engine = new Engine({ protocols, services, analyst: this.analyst });
	/** Microseconds. */
	time: number;
	frames = 0;
	#port: number;

	/** `time` in microseconds; `port` is that of the first client. */
	constructor(time: number, port = 40_000) {
		this.time = time;
		this.#port = port;
	}

	/** The port that the next client has. */
	get port(): number {
		return this.#port;
	}

	connect(client: string, server: string, port = 502): Connection {
		return new Connection(this, client, server, [this.#port++, port]);
	}

	/** A connection is tried, and refused, or not answered at all. */
	knock(client: string, server: string, port: number, isRefused: boolean): void {
		const from = this.#port++;
		this.segment(client, server, tcp([], { from, to: port, sequence: 1000, flags: FLAG.syn }));
		if (isRefused)
			this.segment(server, client, tcp([], { from: port, to: from, sequence: 0, acknowledgment: 1001, flags: FLAG.rst | FLAG.ack }));
	}

	segment(source: string, destination: string, segment: readonly number[]): void {
		this.frame(source, destination, TYPE.ip, ipv4(TCP, segment, { source, destination, id: this.frames & 0xffff }));
	}

	/** One frame between two hosts, by their addresses; `destination` undefined: to all. */
	frame(source: string, destination: string | undefined, type: number, payload: readonly number[]): void {
		const to = destination === undefined ? "ff:ff:ff:ff:ff:ff" : macOf(destination);
		this.time += APART;
		this.engine.frame(
			frameOf(ethernet(type, payload, { source: macOf(source), destination: to }), { number: ++this.frames, time: this.time }),
		);
	}

	/** `source` announces by ARP, to all, that `ip` is at `at`. */
	announce(source: string, ip: string, at = macOf(ip)): void {
		const address = ip.split(".").map(Number);
		const zero = [0, 0, 0, 0, 0, 0];
		this.frame(source, undefined, TYPE.arp, [...be16(1), ...be16(TYPE.ip), 6, 4, ...be16(1), ...mac(at), ...address, ...zero, ...address]);
	}

	wait(seconds: number): void {
		const end = this.time + seconds * 1e6;
		while (this.time < end) {
			this.time = Math.min(end, this.time + 100_000);
			this.engine.advance(this.time);
		}
	}
}

/** A bed as it is before a scene, made once: each scene plays on what another one learned. `time` in microseconds. */
export function wireGround(time: number, learn: (bed: WireBed) => void): () => WireBed {
	let saved: [WireBed, unknown[]] | undefined;
	return () => {
		if (saved === undefined) {
			const learned = new WireBed(time);
			learn(learned);
			learned.analyst.endLearning();
			saved = [learned, [...structuredClone([...learned.analyst.save()])]];
		}
		const [learned, entries] = saved;
		const bed = new WireBed(learned.time, learned.port);
		bed.analyst.restore((entries as [string, unknown][]).filter(([, value]) => value !== null));
		return bed;
	};
}
