/**
 * A serial line of the plant, played for a recording or live: three Modbus devices of the small process on an RS-485 bus, a controller that polls them, and, where a
 * scenario wants it, somebody who clips on. Notes what was done and when, as the stage of the network does.
 */
import { setTimeout as sleep } from "node:timers/promises";
import modbus from "modbus-serial";
import { Cycle } from "./link.ts";
import { Physics } from "./physics.ts";
import { Random, seedOf } from "./random.ts";
import { SerialBus } from "./serialBus.ts";
import { SerialPlant, type SerialUnit } from "./serialPlant.ts";
import type { Mark } from "./stage.ts";

type ModbusClient = InstanceType<typeof modbus.default>;

/** What the line is called where it is listened to, and so in its recordings. */
export const LINE_NAME = "ttyRS485";
export const UNITS = { tank: 1, pump: 2, meter: 11 } as const;
/** Milliseconds between two steps of the process, two rounds of the controller, and before a request: 3.5 characters of silence (V1.02, 2.5.1.1). */
const STEP = 100;
const ROUND = 150;
const SILENCE = 3;
/** Milliseconds for which the controller, and who clips on, wait for an answer. */
const PATIENCE = { controller: 2000, clip: 300 } as const;

export class SerialLine {
	readonly marks: Mark[] = [];
	readonly bus = new SerialBus();
	readonly #signal: AbortSignal;
	readonly #physics: Physics;
	readonly #random: Random;
	readonly #polling = new Cycle();
	#plant: SerialPlant | undefined;
	#clip: ModbusClient | undefined;
	#timer: NodeJS.Timeout | undefined;
	/** One speaks at a time: who clips on waits for a pause of the line, or gives himself away by collisions. */
	#turn: Promise<unknown> = Promise.resolve();
	#start = Date.now();

	/** `age`: seconds that the plant has run before. */
	constructor(age: number, signal: AbortSignal) {
		const seed = seedOf(LINE_NAME);
		this.#physics = new Physics(seed, age);
		this.#random = new Random(seed);
		this.#signal = signal;
	}

	async open(): Promise<void> {
		await this.bus.open();
		this.#plant = await SerialPlant.open(this.bus, Object.values(UNITS));
		this.#plant.client.setTimeout(PATIENCE.controller);
		const { levelSetPoint, speedSetPoint } = this.#physics.actuators;
		this.#unit(UNITS.tank).holding.set([levelSetPoint, 4200, 800]);
		this.#unit(UNITS.pump).holding.set([speedSetPoint, 200, 1450]);
		this.#unit(UNITS.pump).coils[0] = 1;
		let last = performance.now();
		this.#timer = setInterval(() => {
			const now = performance.now();
			this.#step((now - last) / 1000);
			last = now;
		}, STEP);
	}

	/** The controller begins to poll; from now on `until` counts from here. */
	begin(): void {
		this.#start = Date.now();
		this.#polling.start(
			() => this.#random.jitter(ROUND, 0.1),
			async (round) => {
				await this.#ask(UNITS.tank, (client) => client.readInputRegisters(0, 4));
				await this.#ask(UNITS.tank, (client) => client.readHoldingRegisters(0, 3));
				await this.#ask(UNITS.pump, (client) => client.readInputRegisters(0, 4));
				await this.#ask(UNITS.pump, (client) => client.readCoils(0, 2));
				if (round % 4 === 0) await this.#ask(UNITS.meter, (client) => client.readInputRegisters(0, 8));
			},
		);
	}

	async close(): Promise<void> {
		await this.#polling.stop();
		clearInterval(this.#timer);
		if (this.#clip !== undefined) await new Promise<void>((resolve) => this.#clip!.close(() => resolve()));
		await this.#plant?.close();
		await this.bus.close();
	}

	/** Waits until `seconds` after the beginning. */
	async until(seconds: number): Promise<void> {
		await this.pause(Math.max(0, seconds - (Date.now() - this.#start) / 1000));
	}

	async pause(seconds: number): Promise<void> {
		await sleep(seconds * 1000, undefined, { signal: this.#signal });
	}

	/** Set points that the controller writes. */
	level(millimetres: number): Promise<void> {
		return this.#work("setLevel", { value: millimetres }, UNITS.tank, (client) => client.writeRegister(0, millimetres));
	}

	speed(revolutions: number): Promise<void> {
		return this.#work("setSpeed", { value: revolutions }, UNITS.pump, (client) => client.writeRegister(0, revolutions));
	}

	pump(isOn: boolean): Promise<void> {
		return this.#work("switchPump", { value: isOn }, UNITS.pump, (client) => client.writeCoil(0, isOn));
	}

	/** Somebody clips a laptop on, and speaks in the pauses of the controller. */
	async clipOn(): Promise<void> {
		await this.bus.plug("clip");
		this.#clip = new modbus.default();
		await this.#clip.connectRTUBuffered(this.bus.path("clip"), { baudRate: 19_200 });
		this.#clip.setTimeout(PATIENCE.clip);
	}

	/** Asks each unit whether it is there. */
	scanUnits(first: number, last: number): Promise<void> {
		return this.#note(true, "clip", "scanUnits", { first, last }, async () => {
			for (let unit = first; unit <= last; unit++) await this.#askAs(this.#clip!, unit, (client) => client.readHoldingRegisters(0, 1));
		});
	}

	intrude(name: string, unit: number, parameters: Mark["parameters"], what: (client: ModbusClient) => Promise<unknown>): Promise<void> {
		return this.#note(true, "clip", name, { unit, ...parameters }, async () => {
			await this.#askAs(this.#clip!, unit, what);
		});
	}

	#unit(number: number): SerialUnit {
		return this.#plant!.units.get(number)!;
	}

	#work(name: string, parameters: Mark["parameters"], unit: number, what: (client: ModbusClient) => Promise<unknown>): Promise<void> {
		return this.#note(false, "controller", name, { unit, ...parameters }, async () => {
			await this.#ask(unit, what);
		});
	}

	async #note(isAttack: boolean, host: string, name: string, parameters: Mark["parameters"], what: () => Promise<void>): Promise<void> {
		const mark: Mark = { name, isAttack, host, start: Date.now() / 1000, end: 0, parameters };
		this.marks.push(mark);
		await what();
		mark.end = Date.now() / 1000;
	}

	#ask(unit: number, what: (client: ModbusClient) => Promise<unknown>): Promise<void> {
		return this.#askAs(this.#plant!.client, unit, what);
	}

	/** When nobody else speaks. A silent unit and a refusal are answers too. */
	#askAs(client: ModbusClient, unit: number, what: (client: ModbusClient) => Promise<unknown>): Promise<void> {
		const asked = this.#turn.then(async () => {
			await sleep(SILENCE);
			client.setID(unit);
			await what(client).catch(() => undefined);
		});
		this.#turn = asked;
		return asked;
	}

	#step(seconds: number): void {
		const [tank, pump, meter] = [this.#unit(UNITS.tank), this.#unit(UNITS.pump), this.#unit(UNITS.meter)];
		Object.assign(this.#physics.actuators, {
			levelSetPoint: tank.holding[0]!,
			speedSetPoint: pump.holding[0]!,
			run: pump.coils[0] === 1,
		});
		this.#physics.step(seconds);
		const measured = this.#physics.measure();
		tank.input.set([measured.level, measured.inflow, measured.outflow, measured.temperature]);
		pump.input.set([measured.speed, measured.current, measured.pressure, measured.vibration]);
		pump.coils[1] = Number(Math.abs(measured.speed - pump.holding[0]!) <= 10);
		const words = new DataView(new ArrayBuffer(16));
		for (const [index, value] of [measured.volts, measured.amperes, measured.power, measured.energy].entries())
			words.setFloat32(4 * index, value);
		for (let word = 0; word < 8; word++) meter.input[word] = words.getUint16(2 * word);
	}
}
