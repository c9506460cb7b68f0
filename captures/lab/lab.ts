/** The running plant: its network, its process, and one process a host. */
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Arguments, HostSetup, Order, Report } from "./host.ts";
import { LabError, type LabNetwork } from "./network.ts";
import { Physics } from "./physics.ts";
import { HOSTS, type LabHost } from "./plant.ts";

/** Milliseconds between two steps of the process. */
const STEP = 100;
const READY_TIMEOUT = 180_000;
const ORDER_TIMEOUT = 180_000;
/** Hosts that talk all the time, in the order in which they are switched on. */
const CLIENTS = ["tablet", "hmi", "historian", "scada"] as const;
const PLCS = ["plc-1", "plc-2", "plc-3"] as const;
/** Hosts that the field wiring reaches. */
const WIRED: ReadonlySet<string> = new Set(["plc", "gateway", "opcuaServer"]);
/** Registered on loopback for those who may not open port 502. */
const UNPRIVILEGED_MODBUS_PORT = 5020;

interface Waiting {
	done(result: unknown): void;
	failed(error: Error): void;
}

export class Lab {
	readonly network: LabNetwork;
	readonly #children = new Map<string, ChildProcess>();
	readonly #waiting = new Map<number, Waiting>();
	readonly #physics: Physics;
	readonly #pkiFolder: string;
	readonly #removePki = () => rmSync(this.#pkiFolder, { recursive: true, force: true });
	#timer: NodeJS.Timeout | undefined;
	#orders = 0;
	#isStopping = false;

	/** Also deletes the keys of a lab that was killed hard. `seed`: of the process and all jitter. `age`: seconds that the plant has run before; its counters continue from there. */
	constructor(network: LabNetwork, seed: number, age: number) {
		this.network = network;
		for (const name of readdirSync(tmpdir())) {
			const owner = /^spanwatch-lab-(\d+)-/.exec(name)?.[1];
			if (owner !== undefined && !existsSync(`/proc/${owner}`)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
		}
		this.#pkiFolder = mkdtempSync(join(tmpdir(), `spanwatch-lab-${process.pid}-`));
		this.#physics = new Physics(seed, age);
		process.on("exit", this.#removePki);
	}

	/** Starts every host and waits until all servers listen. No client talks yet. */
	async start(seed: number): Promise<void> {
		const { isLoopback } = this.network;
		const modbusPort = isLoopback && process.getuid?.() !== 0 ? UNPRIVILEGED_MODBUS_PORT : 502;
		const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
		const entry = fileURLToPath(new URL(`./host.${extension}`, import.meta.url));
		await Promise.all(
			HOSTS.map((host) => {
				const setup: HostSetup = { name: host.name, isLoopback, modbusPort, seed, pkiFolder: this.#pkiFolder };
				return this.#startHost(host, entry, setup);
			}),
		);
		let last = performance.now();
		this.#timer = setInterval(() => {
			const now = performance.now();
			this.#physics.step((now - last) / 1000);
			last = now;
			const order: Order = { type: "measurements", measurements: this.#physics.measure() };
			for (const host of HOSTS) if (WIRED.has(host.role)) this.#send(host.name, order);
		}, STEP);
	}

	/** Has a host do something; rejects with the host's own words when it cannot. */
	do(host: string, action: string, args: Arguments = {}): Promise<unknown> {
		const id = ++this.#orders;
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => settle(new Error("no answer from the host's process")), ORDER_TIMEOUT);
			const settle = (error: Error | undefined, result?: unknown) => {
				clearTimeout(timer);
				this.#waiting.delete(id);
				if (error === undefined) resolve(result);
				else reject(new LabError(`${host} could not ${action}: ${error.message}`));
			};
			this.#waiting.set(id, { done: (result) => settle(undefined, result), failed: settle });
			this.#send(host, { type: "do", id, action, args });
		});
	}

	async connectClients(clients: readonly string[] = CLIENTS): Promise<void> {
		await Promise.all(clients.map((client) => this.do(client, "connect")));
	}

	async disconnectClients(clients: readonly string[] = CLIENTS): Promise<void> {
		await Promise.all(clients.map((client) => this.do(client, "disconnect")));
	}

	/** Everything as after power-up, without a word on the network. */
	async reset(): Promise<void> {
		await Promise.all(PLCS.map((plc) => this.do(plc, "reset")));
		this.network.forgetNeighbours();
	}

	async stop(): Promise<void> {
		if (this.#isStopping) return;
		this.#isStopping = true;
		clearInterval(this.#timer);
		await Promise.all([...this.#children.values()].map(end));
		this.network.destroy();
		this.#removePki();
		process.off("exit", this.#removePki);
	}

	#startHost(host: LabHost, entry: string, setup: HostSetup): Promise<void> {
		const child = this.network.start(host, process.execPath, [entry, JSON.stringify(setup)], {
			stdio: ["ignore", "ignore", "pipe", "ipc"],
			env: { ...process.env, NODE_NO_WARNINGS: "1" },
		});
		this.#children.set(host.name, child);
		let complaints = "";
		child.stderr?.on("data", (bytes: Buffer) => (complaints = (complaints + bytes.toString()).slice(-2000)));
		return new Promise((resolve, reject) => {
			const timer = setTimeout(
				() => reject(new LabError(`${host.name} did not start within ${READY_TIMEOUT / 1000} s. ${complaints}`)),
				READY_TIMEOUT,
			);
			child.on("error", (error) => reject(new LabError(`${host.name} did not start: ${error.message}`)));
			child.on("exit", (code) => {
				clearTimeout(timer);
				reject(new LabError(`${host.name} did not start: ${complaints}`));
				if (!this.#isStopping) console.error(`${host.name} ended by itself (exit ${code}). ${complaints}`);
			});
			child.on("message", (message: Report) => {
				if (message.type === "ready") {
					clearTimeout(timer);
					resolve();
				} else if (message.type === "actuate") Object.assign(this.#physics.actuators, message.change);
				else if (message.error !== undefined) this.#waiting.get(message.id)?.failed(new Error(message.error));
				else this.#waiting.get(message.id)?.done(message.result);
			});
		});
	}

	#send(host: string, order: Order): void {
		const child = this.#children.get(host);
		if (child?.connected) child.send(order, () => {});
	}
}

async function end(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = new Promise((resolve) => child.once("exit", resolve));
	child.kill("SIGTERM");
	const timer = setTimeout(() => child.kill("SIGKILL"), 2000);
	await ended;
	clearTimeout(timer);
}
