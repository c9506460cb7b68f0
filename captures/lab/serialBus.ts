/**
 * An RS-485 bus of pseudo terminals (socat): one port of the client, one of the servers, and a tap, which sees what both send; later perhaps one of somebody who clips
 * on. What the tap shows may be disturbed on the way; the bus itself never is. Everything that a listener sends out of the tap is counted.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AsciiConverter } from "./asciiConverter.ts";

const PORTS = ["client", "servers", "tap"] as const;
type Port = (typeof PORTS)[number] | "clip";
/** Who hears what somebody sends: everybody else. */
const SPEAKERS = ["client", "servers", "clip"] as const;
const SOCAT = "/usr/bin/socat";
const READY_MILLIS = 5000;

export const hasSocat = existsSync(SOCAT);

/** Bytes of one port as they came over the bus. */
export interface BusChunk {
	from: (typeof SPEAKERS)[number];
	bytes: Uint8Array;
}

export class SerialBus {
	/** What the tap shows of bytes on the bus: any number of pieces. */
	disturb: (chunk: BusChunk) => readonly Uint8Array[] = ({ bytes }) => [bytes];
	/** What stands between the bus and the servers; undefined for nothing. */
	converter: AsciiConverter | undefined;
	/** What was on the bus, in order. */
	onChunk: (chunk: BusChunk) => void = () => {};
	/** Bytes that somebody sent into the bus at the tap. */
	sentByTap = 0;

	readonly #folder = mkdtempSync(join(tmpdir(), "spanwatch-bus-"));
	readonly #ports = new Map<Port, { server: Server; socket: Socket | undefined; socat: ChildProcess | undefined }>();

	/** Path of a port. */
	path(port: Port): string {
		return join(this.#folder, `tty${port}`);
	}

	async open(): Promise<this> {
		for (const port of PORTS) await this.plug(port);
		return this;
	}

	/** Plugs a port in: one that was unplugged, or the clip. */
	async plug(port: Port): Promise<void> {
		const address = join(this.#folder, `${port}.sock`);
		rmSync(address, { force: true });
		const server = createServer().listen(address);
		await once(server, "listening");
		const socat = spawn(SOCAT, [`PTY,raw,echo=0,link=${this.path(port)}`, `UNIX-CONNECT:${address}`], { stdio: "ignore" });
		this.#ports.set(port, { server, socat, socket: undefined });
		const [socket] = (await once(server, "connection")) as [Socket];
		socket.on("error", () => {});
		socket.on("data", (bytes: Buffer) => this.#take(port, new Uint8Array(bytes)));
		this.#ports.set(port, { server, socat, socket });
		for (let waited = 0; !existsSync(this.path(port)); waited += 10) {
			if (waited > READY_MILLIS) throw new Error(`socat made no ${this.path(port)}`);
			await sleep(10);
		}
	}

	/** Pulls a port's plug. */
	async unplug(port: Port): Promise<void> {
		const one = this.#ports.get(port);
		this.#ports.delete(port);
		if (one === undefined) return;
		const { socat } = one;
		if (socat !== undefined && socat.exitCode === null && socat.signalCode === null) {
			socat.kill("SIGTERM");
			await once(socat, "exit");
		}
		one.socket?.destroy();
		one.server.close();
		rmSync(this.path(port), { force: true });
	}

	async close(): Promise<void> {
		for (const port of [...this.#ports.keys()]) await this.unplug(port);
		rmSync(this.#folder, { recursive: true, force: true });
	}

	/** Shows bytes at the tap alone: noise. */
	show(bytes: Uint8Array): void {
		this.#ports.get("tap")?.socket?.write(bytes);
	}

	#take(port: Port, bytes: Uint8Array): void {
		if (port === "tap") {
			this.sentByTap += bytes.length;
			return;
		}
		for (const said of port === "servers" ? (this.converter?.fromServers(bytes) ?? [bytes]) : [bytes])
			this.#pass({ from: port, bytes: said });
	}

	#pass(chunk: BusChunk): void {
		this.onChunk(chunk);
		for (const other of SPEAKERS) {
			if (other === chunk.from) continue;
			const heard = other === "servers" ? (this.converter?.toServers(chunk.bytes) ?? [chunk.bytes]) : [chunk.bytes];
			for (const bytes of heard) this.#ports.get(other)?.socket?.write(bytes);
		}
		for (const piece of this.disturb(chunk)) this.show(piece);
	}
}
