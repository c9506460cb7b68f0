/** Network namespaces for tests: a monitored interface in one, and somebody who sends in another. Removed at the end. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { InterfaceEvent } from "../../src/capture/live.ts";
import type { InterfaceHealth } from "../../src/health/health.ts";

/** The compiled listener: beside this module, or, when this runs from its source, in the build. */
const places = ["./listener.js", "../../dist/test/support/listener.js"].map((place) => fileURLToPath(new URL(place, import.meta.url)));
const listener = places.find((place) => existsSync(place)) ?? places[1]!;

/** Why live capture cannot be tested here, or undefined. */
export function whyNoLiveCapture(): string | undefined {
	if (process.getuid?.() !== 0) return "it needs root";
	if (!existsSync(listener)) return "the program is not built";
	try {
		createRequire(import.meta.url)("pcap/build/Release/pcap_binding.node");
	} catch {
		return "the package pcap is not built";
	}
	const name = `spw-try-${process.pid}`;
	const made = spawnSync("ip", ["netns", "add", name]);
	if (made.status !== 0) return "network namespaces cannot be made";
	const pair = spawnSync("ip", ["-n", name, "link", "add", "name", "one", "type", "veth", "peer", "name", "two"]);
	execFileSync("ip", ["netns", "del", name]);
	return pair.status === 0 ? undefined : "virtual interfaces cannot be made";
}

/** A line that the listener prints. */
export interface ListenerLine {
	event?: InterfaceEvent;
	started?: boolean;
	error?: string;
	message?: string;
	frame?: number;
	number?: number;
	interfaceId?: number;
	length?: number;
	health?: InterfaceHealth[];
}

/** The monitored side has no address and sends nothing of its own; the sending side has one and a fixed neighbour. */
export class Wire {
	readonly monitored: string;
	readonly sender: string;
	readonly #children: ChildProcess[] = [];

	constructor() {
		const unique = `${process.pid}-${Math.floor(Math.random() * 1e6)}`;
		this.monitored = `spwm-${unique}`;
		this.sender = `spws-${unique}`;
		execFileSync("ip", ["netns", "add", this.monitored]);
		execFileSync("ip", ["netns", "add", this.sender]);
	}

	/** `ip` in the namespace of the monitored interface. */
	ip(...words: string[]): void {
		execFileSync("ip", ["-n", this.monitored, ...words]);
	}

	/** `ip` in the namespace of the sender. */
	peer(...words: string[]): void {
		execFileSync("ip", ["-n", this.sender, ...words]);
	}

	/** A pair of interfaces, `name` on the monitored side; its state stays down unless `isUp`. */
	connect(name: string, { subnet = 1, isUp = true } = {}): void {
		this.ip("link", "add", "name", name, "type", "veth", "peer", "name", `${name}p`, "netns", this.sender);
		// The kernel itself must not speak on a monitored interface: no IPv6, so no router solicitation and no neighbour discovery.
		this.ip("link", "set", name, "addrgenmode", "none");
		this.peer("address", "add", `10.99.${subnet}.1/24`, "dev", `${name}p`);
		this.peer("link", "set", `${name}p`, "addrgenmode", "none", "up");
		this.peer("neighbour", "add", `10.99.${subnet}.2`, "lladdr", "02:00:00:00:00:02", "dev", `${name}p`, "nud", "permanent");
		if (isUp) this.ip("link", "set", name, "up");
	}

	/** A file below /sys/class/net/`name` of the monitored side. */
	read(name: string, file: string): string {
		return execFileSync("ip", ["netns", "exec", this.monitored, "cat", `/sys/class/net/${name}/${file}`], { encoding: "utf8" }).trim();
	}

	/** Sends UDP datagrams "n=0", "n=1", ... of `size` bytes to the monitored side, one each `millis` (0: as fast as it can). */
	send(count: number, { subnet = 1, millis = 0, size = 20, first = 0 } = {}): Promise<void> {
		const program = `
			const socket = require("node:dgram").createSocket("udp4");
			socket.bind(() => {
				let next = ${first};
				let left = ${count};
				const sent = () => --left === 0 && socket.close();
				const turn = () => {
					for (let burst = 0; burst < (${millis} ? 1 : 64); burst++) {
						if (next === ${first + count}) return;
						socket.send(("n=" + next++ + " ").padEnd(${size}, "x"), 9, "10.99.${subnet}.2", sent);
					}
					${millis} ? setTimeout(turn, ${millis}) : setImmediate(turn);
				};
				turn();
			});`;
		const child = this.#spawn(this.sender, ["--eval", program]);
		return new Promise((resolve, reject) => child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`sender: ${code}`)))));
	}

	/** One datagram from the monitored side, to see that sending would be noticed. */
	sendBack(): void {
		const program = `const socket = require("node:dgram").createSocket("udp4"); socket.send("x", 9, "10.99.1.1", () => socket.close());`;
		execFileSync("ip", ["netns", "exec", this.monitored, process.execPath, "--eval", program]);
	}

	listen(options: unknown, prefix: string[] = []): Listener {
		const child = this.#spawn(this.monitored, [listener, JSON.stringify(options)], prefix);
		return new Listener(child);
	}

	#spawn(namespace: string, words: string[], prefix: string[] = []): ChildProcess {
		const child = spawn("ip", ["netns", "exec", namespace, ...prefix, process.execPath, ...words], { stdio: ["pipe", "pipe", "inherit"] });
		this.#children.push(child);
		return child;
	}

	close(): void {
		for (const child of this.#children) child.kill("SIGKILL");
		execFileSync("ip", ["netns", "del", this.monitored]);
		execFileSync("ip", ["netns", "del", this.sender]);
	}
}

/** The listener as a test sees it. */
export class Listener {
	readonly child: ChildProcess;
	readonly lines: ListenerLine[] = [];
	#isOver = false;
	#wake: () => void = () => {};

	constructor(child: ChildProcess) {
		this.child = child;
		const reader = createInterface(child.stdout!);
		reader.on("line", (line) => {
			this.lines.push(JSON.parse(line) as ListenerLine);
			this.#wake();
		});
		reader.on("close", () => {
			this.#isOver = true;
			this.#wake();
		});
	}

	get frames(): ListenerLine[] {
		return this.lines.filter((line) => line.frame !== undefined);
	}

	get states(): string[] {
		return this.lines.flatMap((line) => (line.event === undefined ? [] : [line.event.state]));
	}

	/** The first line from `from` on that fits; waits for it. */
	async until(fits: (line: ListenerLine) => boolean, from = 0): Promise<ListenerLine> {
		for (let at = from; ; at++) {
			while (at >= this.lines.length) {
				if (this.#isOver) throw new Error(`the listener has ended; it said ${JSON.stringify(this.lines.slice(-5))}`);
				await new Promise<void>((resolve) => {
					this.#wake = resolve;
				});
			}
			if (fits(this.lines[at]!)) return this.lines[at]!;
		}
	}

	/** Waits for a state entered after line `from`. */
	async state(state: InterfaceHealth["state"], from = 0): Promise<InterfaceEvent> {
		return (await this.until((line) => line.event?.state === state, from)).event!;
	}

	async health(): Promise<InterfaceHealth[]> {
		const from = this.lines.length;
		this.child.stdin!.write("health\n");
		return (await this.until((line) => line.health !== undefined, from)).health!;
	}

	async stop(): Promise<InterfaceHealth[]> {
		const from = this.lines.length;
		this.child.stdin!.write("stop\n");
		return (await this.until((line) => line.health !== undefined, from)).health!;
	}
}
