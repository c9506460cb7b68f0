/** modbus-serial's TCP server with what it lacks of a real PLC: diagnostics (function 8), listen-only mode, a restart, files, broadcasts behind a gateway, and faults. */
import { once } from "node:events";
import type { Server, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import modbus from "modbus-serial";
import { FileRecords } from "./fileRecords.ts";
import { Mischief, type MischiefKind } from "./mischief.ts";

/** The memory of one unit. */
export interface RegisterImage {
	holding: Map<number, number>;
	coils: boolean[];
	inputs: number[];
	discretes: boolean[];
}

export interface ServerBehaviour {
	/** The memory of a unit, or undefined when there is no such unit. */
	image(unit: number): RegisterImage | undefined;
	/** Objects of Read Device Identification. */
	readonly identity: Readonly<Record<number, string>>;
	/** What is sent to unit 0 goes to all units of a line behind it, and nobody answers. */
	readonly isGateway?: true;
	/** Something was written. */
	written(): void;
	/** Restart Communications was asked for (function 8, sub-function 1). */
	restart(): void;
}

const EXCEPTION = { address: 2, value: 3, path: 10 } as const;
/** Modbus Application Protocol V1.1b3, 6.8.1. */
const DIAGNOSTIC = { query: 0, restart: 1, register: 2, listenOnly: 4, clear: 10, messageCount: 11 } as const;
const DIAGNOSTICS = 8;
const MBAP_LENGTH = 7;
const HIGHEST_SETTING = 30_000;

export class ModbusServer {
	readonly #ip: string;
	readonly #port: number;
	readonly #behaviour: ServerBehaviour;
	#server: InstanceType<typeof modbus.ServerTCP> | undefined;
	#isListenOnly = false;
	#isFull = false;
	#messageCount = 0;
	readonly #files = new FileRecords();
	readonly #mischief = new Mischief();

	constructor(ip: string, port: number, behaviour: ServerBehaviour) {
		this.#ip = ip;
		this.#port = port;
		this.#behaviour = behaviour;
	}

	async listen(): Promise<void> {
		const server = new modbus.ServerTCP(this.#vector(), { host: this.#ip, port: this.#port, unitID: 255 });
		server.on("socketError", () => {});
		server.on("error", () => {});
		this.#server = server;
		// Before the package's own listener, so that every byte passes the diagnostics first.
		const { _server: tcp } = server as unknown as { _server: Server };
		tcp.prependListener("connection", (socket) => this.#front(socket));
		await once(server, "initialized");
	}

	async restart(milliseconds: number): Promise<void> {
		if (this.#server === undefined) return;
		await this.stop();
		this.#isListenOnly = false;
		this.#messageCount = 0;
		await sleep(milliseconds);
		await this.listen();
	}

	/** Resets every connection and stops listening. */
	async stop(): Promise<void> {
		const server = this.#server;
		this.#server = undefined;
		if (server === undefined) return;
		for (const socket of server.socks.keys()) socket.resetAndDestroy();
		await new Promise<void>((done) => server.close(() => done()));
	}

	/** For some time resets each connection as soon as something is asked on it, as a server with none to spare does. */
	async resetPeers(milliseconds: number): Promise<void> {
		this.#isFull = true;
		await sleep(milliseconds);
		this.#isFull = false;
	}

	/** As after power-up. */
	forgive(): void {
		this.#isListenOnly = false;
		this.#mischief.plan("twice", 0);
	}

	/** Something is wrong with its next `count` answers about holding registers. */
	misbehave(kind: MischiefKind, count: number): void {
		this.#mischief.plan(kind, count);
	}

	/** Sends an answer that nobody asked for to the clients at an address. */
	blurt(client: string, pdu: Buffer): void {
		const header = Buffer.from([0x7a, 0x11, 0, 0, 0, pdu.length + 1, 1]);
		for (const socket of this.#server?.socks.keys() ?? [])
			if (socket.remoteAddress?.endsWith(client)) socket.write(Buffer.concat([header, pdu]));
	}

	#front(socket: Socket): void {
		socket.setNoDelay(true);
		const write = socket.write.bind(socket) as (bytes: Buffer) => boolean;
		socket.write = ((bytes: Buffer) => {
			void this.#mischief.send(bytes, write);
			return true;
		}) as typeof socket.write;
		const pass = socket.emit.bind(socket) as (event: string | symbol, ...args: unknown[]) => boolean;
		socket.emit = (event: string | symbol, ...args: unknown[]) => {
			if (event !== "data") return pass(event, ...args);
			if (this.#isFull) {
				socket.resetAndDestroy();
				return true;
			}
			const bytes = args[0] as Buffer;
			this.#messageCount++;
			const file = this.#isListenOnly ? undefined : this.#files.answer(bytes);
			if (this.#isDiagnostics(bytes)) this.#diagnose(socket, bytes);
			else if (file !== undefined) socket.write(file);
			else if (this.#behaviour.isGateway && isBroadcast(bytes)) this.#behaviour.written();
			else if (!this.#isListenOnly) pass("data", bytes);
			return true;
		};
	}

	/** Diagnostics come as one message in one segment here; anything else is for the package. */
	#isDiagnostics(bytes: Buffer): boolean {
		return bytes.length === MBAP_LENGTH + 5 && bytes[MBAP_LENGTH] === DIAGNOSTICS && bytes.readUInt16BE(4) === 6;
	}

	#diagnose(socket: Socket, request: Buffer): void {
		const subFunction = request.readUInt16BE(MBAP_LENGTH + 1);
		const answer = Buffer.from(request);
		switch (subFunction) {
			case DIAGNOSTIC.query:
				break;
			case DIAGNOSTIC.restart:
				// V1.1b3 6.8.1: no response when the device is in listen-only mode.
				if (!this.#isListenOnly) socket.write(answer);
				setImmediate(() => this.#behaviour.restart());
				return;
			case DIAGNOSTIC.register:
				answer.writeUInt16BE(0, MBAP_LENGTH + 3);
				break;
			case DIAGNOSTIC.listenOnly:
				this.#isListenOnly = true;
				return;
			case DIAGNOSTIC.clear:
				this.#messageCount = 0;
				break;
			case DIAGNOSTIC.messageCount:
				answer.writeUInt16BE(this.#messageCount & 0xffff, MBAP_LENGTH + 3);
				break;
			default: {
				const refusal = Buffer.from(request.subarray(0, MBAP_LENGTH + 2));
				refusal.writeUInt16BE(3, 4);
				refusal[MBAP_LENGTH] = DIAGNOSTICS | 0x80;
				refusal[MBAP_LENGTH + 1] = 1;
				if (!this.#isListenOnly) socket.write(refusal);
				return;
			}
		}
		if (!this.#isListenOnly) socket.write(answer);
	}

	#vector() {
		const image = (unit: number) => this.#behaviour.image(unit) ?? refuse(EXCEPTION.path);
		const slice = <T>(values: readonly T[], address: number, count: number): T[] =>
			address + count <= values.length ? values.slice(address, address + count) : refuse(EXCEPTION.address);
		const set = (address: number, value: number, unit: number) => {
			const { holding } = image(unit);
			if (!holding.has(address)) refuse(EXCEPTION.address);
			if (value > HIGHEST_SETTING) refuse(EXCEPTION.value);
			holding.set(address, value);
		};
		const inputs = (address: number, count: number, unit: number) => slice(image(unit).inputs, address, count);
		const holdings = (address: number, count: number, unit: number) => {
			const { holding } = image(unit);
			return Array.from({ length: count }, (_, index) => holding.get(address + index) ?? refuse(EXCEPTION.address));
		};
		return {
			getMultipleInputRegisters: inputs,
			getMultipleHoldingRegisters: holdings,
			getInputRegister: (address: number, unit: number) => inputs(address, 1, unit)[0]!,
			getHoldingRegister: (address: number, unit: number) => holdings(address, 1, unit)[0]!,
			getCoil: (address: number, unit: number) => slice(image(unit).coils, address, 1)[0]!,
			getDiscreteInput: (address: number, unit: number) => slice(image(unit).discretes, address, 1)[0]!,
			setCoil: async (address: number, value: boolean, unit: number) => {
				const { coils } = image(unit);
				slice(coils, address, 1);
				coils[address] = value;
				this.#behaviour.written();
			},
			setRegister: async (address: number, value: number, unit: number) => {
				set(address, value, unit);
				this.#behaviour.written();
			},
			setRegisterArray: async (address: number, values: number[], unit: number) => {
				for (const [index, value] of values.entries()) set(address + index, value, unit);
				this.#behaviour.written();
			},
			readDeviceIdentification: () => this.#behaviour.identity,
		};
	}
}

/** A write to unit 0 (V1.02 2.2). */
const isBroadcast = (adu: Buffer): boolean => adu[MBAP_LENGTH - 1] === 0 && [5, 6, 15, 16].includes(adu[MBAP_LENGTH]!);

function refuse(modbusErrorCode: number): never {
	throw Object.assign(new Error(`exception ${modbusErrorCode}`), { modbusErrorCode });
}
