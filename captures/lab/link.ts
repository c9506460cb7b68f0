/** A Modbus client's connection to one server (modbus-serial), one request at a time, connected again when it broke. */

import { setTimeout as sleep } from "node:timers/promises";
import modbus from "modbus-serial";
import type { HostContext } from "./host.ts";

type ModbusClient = InstanceType<typeof modbus.default>;

const ANSWER_TIMEOUT = 700;
const RECONNECT_PAUSE = 1000;

export class ModbusLink {
	readonly #context: HostContext;
	readonly #server: string;
	#client: ModbusClient | undefined;
	#queue: Promise<unknown> = Promise.resolve();

	constructor(context: HostContext, server: string) {
		this.#context = context;
		this.#server = server;
	}

	/** Runs `work` when all earlier work is done. A refusal by the server leaves the connection open; anything else closes it. */
	run<T>(unit: number, work: (client: ModbusClient) => Promise<T>): Promise<T> {
		const result = this.#queue.then(() => this.#perform(unit, work));
		this.#queue = result.catch(() => undefined);
		return result;
	}

	close(): Promise<void> {
		const closed = this.#queue.then(() => this.#drop());
		this.#queue = closed;
		return closed;
	}

	async #perform<T>(unit: number, work: (client: ModbusClient) => Promise<T>): Promise<T> {
		const client = this.#client ?? (await this.#connect());
		client.setID(unit);
		try {
			return await work(client);
		} catch (error) {
			if ((error as { modbusCode?: number }).modbusCode === undefined) {
				this.#drop();
				await sleep(RECONNECT_PAUSE);
			}
			throw error;
		}
	}

	async #connect(): Promise<ModbusClient> {
		const client = new modbus.default();
		client.setTimeout(ANSWER_TIMEOUT);
		client.on("error", () => {});
		const { isLoopback, ip, modbusPort } = this.#context;
		try {
			await client.connectTCP(this.#context.address(this.#server), {
				port: modbusPort,
				timeout: 3000,
				...(isLoopback && ip !== "" ? { localAddress: ip } : {}),
			});
		} catch (error) {
			client.close(() => {});
			await sleep(RECONNECT_PAUSE);
			throw error;
		}
		this.#client = client;
		return client;
	}

	#drop(): void {
		this.#client?.close(() => {});
		this.#client = undefined;
	}
}

/** A loop that runs `work` every `pause()` milliseconds until stopped; what `work` throws ends that round only. */
export class Cycle {
	#isRunning = false;
	#ended: Promise<void> = Promise.resolve();
	#wake: AbortController | undefined;

	start(pause: () => number, work: (round: number) => Promise<void>): void {
		if (this.#isRunning) return;
		this.#isRunning = true;
		this.#wake = new AbortController();
		this.#ended = this.#loop(pause, work, this.#wake.signal);
	}

	async stop(): Promise<void> {
		this.#isRunning = false;
		this.#wake?.abort();
		await this.#ended;
	}

	async #loop(pause: () => number, work: (round: number) => Promise<void>, signal: AbortSignal): Promise<void> {
		for (let round = 0; this.#isRunning; round++) {
			await work(round).catch(() => undefined);
			await sleep(pause(), undefined, { signal }).catch(() => undefined);
		}
	}
}
