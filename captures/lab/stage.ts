/** Where a scenario is played: orders to hosts, a clock, and the marks that say afterwards when the attack was. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Arguments } from "./host.ts";
import type { Lab } from "./lab.ts";
import { MAP } from "./plant.ts";

/** What was done and when. Times are seconds since the epoch. */
export interface Mark {
	name: string;
	isAttack: boolean;
	host: string;
	start: number;
	end: number;
	parameters: Arguments;
	/** What the host said, or why it could not. */
	result?: unknown;
	error?: string;
}

export class Stage {
	readonly marks: Mark[] = [];
	readonly #lab: Lab;
	readonly #signal: AbortSignal;
	#start = Date.now();

	constructor(lab: Lab, signal: AbortSignal) {
		this.#lab = lab;
		this.#signal = signal;
	}

	/** From now on `until` counts from here. */
	begin(): void {
		this.#start = Date.now();
	}

	/** Waits until `seconds` after the beginning. */
	async until(seconds: number): Promise<void> {
		await this.pause(Math.max(0, seconds - (Date.now() - this.#start) / 1000));
	}

	async pause(seconds: number): Promise<void> {
		await sleep(seconds * 1000, undefined, { signal: this.#signal });
	}

	/** Everyday work: noted, and allowed to fail (a PLC may be away). */
	work(host: string, action: string, args: Arguments = {}): Promise<unknown> {
		return this.#perform(false, host, action, args).catch(() => undefined);
	}

	/** Part of an attack: its time is the attack's. */
	attack(host: string, action: string, args: Arguments = {}): Promise<unknown> {
		return this.#perform(true, host, action, args);
	}

	level(millimetres: number): Promise<unknown> {
		return this.work("hmi", "writeRegister", { plc: "plc-1", address: MAP.tank.holding.levelSetPoint, value: millimetres });
	}

	speed(revolutions: number): Promise<unknown> {
		return this.work("hmi", "writeRegister", { plc: "plc-2", address: MAP.pump.holding.speedSetPoint, value: revolutions });
	}

	position(thousandths: number): Promise<unknown> {
		return this.work("hmi", "writeRegister", { plc: "plc-3", address: MAP.valve.holding.positionSetPoint, value: thousandths });
	}

	/** Mode, recipe and dose in one message, as a recipe download does. */
	recipe(recipe: number, dose: number): Promise<unknown> {
		return this.work("hmi", "writeRegisters", { plc: "plc-1", address: MAP.tank.holding.mode, values: [1, recipe, dose] });
	}

	pump(isOn: boolean): Promise<unknown> {
		return this.work("hmi", "writeCoil", { plc: "plc-2", address: MAP.pump.coil.run, value: isOn });
	}

	outlet(isOpen: boolean): Promise<unknown> {
		return this.work("hmi", "writeCoil", { plc: "plc-1", address: MAP.tank.coil.outletOpen, value: isOpen });
	}

	/** Held for longer than the operator station takes to read the coil back. */
	async acknowledge(): Promise<void> {
		for (const value of [true, false]) {
			await this.work("hmi", "writeCoil", { plc: "plc-1", address: MAP.tank.coil.acknowledge, value });
			await this.pause(value ? 2.2 : 0.3);
		}
	}

	async #perform(isAttack: boolean, host: string, action: string, parameters: Arguments): Promise<unknown> {
		const mark: Mark = { name: action, isAttack, host, start: Date.now() / 1000, end: 0, parameters };
		this.marks.push(mark);
		try {
			const result = await this.#lab.do(host, action, parameters);
			if (result !== undefined) mark.result = result;
			return result;
		} catch (error) {
			mark.error = (error as Error).message;
			throw error;
		} finally {
			mark.end = Date.now() / 1000;
		}
	}
}
