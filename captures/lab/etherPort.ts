/** Whole Ethernet frames of a host, for what is spoken below IP: socat sits on the host's card, and hands each frame over as a datagram on the loopback interface. */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError, toolExists } from "./network.ts";

const CARD = "eth0";
const SOCAT = "socat";
const LOOPBACK = "127.0.0.1";
const SETTLE = 300;
/** Destination, source and type stand before what a frame carries. */
const HEADER = 14;

export interface Frame {
	readonly source: string;
	readonly destination: string;
	readonly payload: Buffer;
}

const macBytes = (mac: string): Buffer => Buffer.from(mac.replaceAll(":", ""), "hex");
const macText = (bytes: Buffer): string => bytes.toString("hex").replace(/(..)(?=.)/g, "$1:");

export class EtherPort {
	readonly #mac: string;
	readonly #etherType: number;
	readonly #port: number;
	readonly #take: (frame: Frame) => void;
	#socket: Socket | undefined;
	#socat: ChildProcess | undefined;

	/** `port` and the one behind it are free on the host's loopback interface. */
	constructor(mac: string, etherType: number, port: number, take: (frame: Frame) => void) {
		this.#mac = mac;
		this.#etherType = etherType;
		this.#port = port;
		this.#take = take;
	}

	async open(): Promise<void> {
		if (!toolExists(SOCAT)) throw new LabError(`the tool ${SOCAT} is missing (apt-get install ${SOCAT})`);
		const socket = createSocket("udp4");
		this.#socket = socket;
		socket.bind(this.#port, LOOPBACK);
		await once(socket, "listening");
		socket.on("error", () => {});
		socket.on("message", (bytes) => this.#receive(bytes));
		const near = `UDP4-DATAGRAM:${LOOPBACK}:${this.#port},bind=${LOOPBACK}:${this.#port + 1}`;
		this.#socat = spawn(SOCAT, [near, `INTERFACE:${CARD}`], { stdio: "ignore" });
		await sleep(SETTLE);
	}

	/** From this host's own address, unless another one is given. */
	send(destination: string, payload: Buffer, source = this.#mac): void {
		const type = Buffer.alloc(2);
		type.writeUInt16BE(this.#etherType);
		// Shorter frames are filled up (IEEE 802.3, 3.2.8).
		const fill = Buffer.alloc(Math.max(0, 46 - payload.length));
		this.#socket?.send(Buffer.concat([macBytes(destination), macBytes(source), type, payload, fill]), this.#port + 1, LOOPBACK);
	}

	close(): void {
		this.#socat?.kill();
		this.#socat = undefined;
		this.#socket?.close();
		this.#socket = undefined;
	}

	#receive(bytes: Buffer): void {
		if (bytes.length <= HEADER || bytes.readUInt16BE(12) !== this.#etherType) return;
		const source = macText(bytes.subarray(6, 12));
		if (source !== this.#mac) this.#take({ source, destination: macText(bytes.subarray(0, 6)), payload: bytes.subarray(HEADER) });
	}
}
