/** Real Modbus devices on a bus: RTU servers of several units and a client, of `modbus-serial`. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import modbus from "modbus-serial";
import type { SerialBus } from "./serialBus.ts";

type ModbusClient = InstanceType<typeof modbus.default>;
type SerialServer = InstanceType<typeof modbus.ServerSerial>;

/** Silence after which the servers take bytes for a whole request, the client's patience and its pause before a request, milliseconds. */
const SERVER_SILENCE = 5;
const CLIENT_PATIENCE = 300;
const REQUEST_PAUSE = 3;
const REGISTERS = 128;

/** How the client comes to the servers. */
export type Connect = (client: ModbusClient, bus: SerialBus) => Promise<unknown>;
const toBus: Connect = (client, bus) => client.connectRTUBuffered(bus.path("client"), { baudRate: 19_200 });

/** The registers and coils of one unit. */
export class SerialUnit {
	readonly holding = new Uint16Array(REGISTERS);
	readonly input = new Uint16Array(REGISTERS);
	readonly coils = new Uint8Array(REGISTERS);
}

/** A client that asks units over the bus. */
export class SerialPlant {
	readonly client = new modbus.default();
	readonly #servers: SerialServer;
	readonly units: ReadonlyMap<number, SerialUnit>;

	private constructor(units: ReadonlyMap<number, SerialUnit>, servers: SerialServer) {
		this.units = units;
		this.#servers = servers;
	}

	/** `units` answer; other units are silent, an address beyond a unit's registers is refused. The client speaks RTU on the bus unless `connect` says otherwise. */
	static async open(bus: SerialBus, units: readonly number[], connect: Connect = toBus): Promise<SerialPlant> {
		const table = new Map(units.map((unit) => [unit, new SerialUnit()]));
		type Done<T> = (error: Error | null, value: T) => void;
		const answer = <T>(unit: number, address: number, count: number, done: Done<T>, read: (one: SerialUnit) => T): void => {
			const one = table.get(unit);
			// Nobody of this number is here: no answer.
			if (one === undefined) return;
			if (address + count > REGISTERS) done(Object.assign(new Error("illegal data address"), { modbusErrorCode: 2 }), undefined as T);
			else done(null, read(one));
		};
		const vector = {
			getMultipleHoldingRegisters: (address: number, count: number, unit: number, done: Done<number[]>) =>
				answer(unit, address, count, done, (one) => [...one.holding.subarray(address, address + count)]),
			getHoldingRegister: (address: number, unit: number, done: Done<number>) =>
				answer(unit, address, 1, done, (one) => one.holding[address]!),
			getInputRegister: (address: number, unit: number, done: Done<number>) => answer(unit, address, 1, done, (one) => one.input[address]!),
			getCoil: (address: number, unit: number, done: Done<boolean>) => answer(unit, address, 1, done, (one) => one.coils[address] === 1),
			getDiscreteInput: (address: number, unit: number, done: Done<boolean>) =>
				answer(unit, address, 1, done, (one) => one.coils[address] === 1),
			setRegister: (address: number, value: number, unit: number, done: Done<void>) =>
				answer(unit, address, 1, done, (one) => {
					one.holding[address] = value;
				}),
			setCoil: (address: number, value: boolean, unit: number, done: Done<void>) =>
				answer(unit, address, 1, done, (one) => {
					one.coils[address] = Number(value);
				}),
		};
		const servers = new modbus.ServerSerial(
			vector as never,
			{
				path: bus.path("servers"),
				baudRate: 19_200,
				interval: SERVER_SILENCE,
				openCallback: () => {},
			} as never,
		);
		await once(servers, "initialized");
		const plant = new SerialPlant(table, servers);
		await connect(plant.client, bus);
		plant.client.setTimeout(CLIENT_PATIENCE);
		return plant;
	}

	/** Asks one unit; true for an answer, false for none or a refusal. */
	async ask(unit: number, what: (client: ModbusClient) => Promise<unknown>): Promise<boolean> {
		// 3.5 characters of silence before each request, as the specification wants them (2.5.1.1).
		await sleep(REQUEST_PAUSE);
		this.client.setID(unit);
		try {
			await what(this.client);
			return true;
		} catch {
			return false;
		}
	}

	async close(): Promise<void> {
		await new Promise<void>((resolve) => this.client.close(() => resolve()));
		await new Promise<void>((resolve) => this.#servers.close(() => resolve()));
	}
}
