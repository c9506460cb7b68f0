/**
 * Telecontrol of the plant by DNP3: outstations, over TCP and over UDP, several of them behind one address, and a master that polls them, is told what changes, and operates
 * them. Any host may be either; all are silent until the lab says so. An engineering tool, or who has taken one over, asks for what a plant's own traffic never does.
 */
import type { Buffer } from "node:buffer";
import { Buffer as Bytes } from "node:buffer";
import { createSocket, type Socket as Datagrams } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
	analogOutput,
	CLASSES,
	type Ends,
	type Fragment,
	FragmentReader,
	FUNCTION,
	fileBlock,
	fileCommand,
	fileStatus,
	float,
	framesOf,
	latch,
	PORT,
	requestOf,
	time48,
	u8,
	u16,
	u32,
} from "./dnp3Frames.ts";
import type { Actions, HostContext } from "./host.ts";
import type { Measurements } from "./physics.ts";

/** Link address of every master here. */
const MASTER = 1;
/** Milliseconds: a master gives a request up, an outstation looks for changes, a master polls events. */
const PATIENCE = 2000;
const CHANGES_EVERY = 700;
const POLL_EVERY = 1000;
/** Event polls before all is asked for. */
const INTEGRITY_AFTER = 6;
const IIN = { needTime: 0x10, restart: 0x80, noFunction: 0x100, objectUnknown: 0x200 } as const;
const HANDLE = 7;
const BLOCK_SIZE = 512;

/** What stands in an outstation: a tank, or a feeder with its meter. */
interface Outstation {
	readonly address: number;
	iin: number;
	isReporting: boolean;
	sequence: number;
	setPoint: number;
	isClosed: boolean;
	/** What it reported last. */
	reported: number[];
	selected: string;
	readonly files: Map<string, Buffer>;
	opened: string;
}

type Send = (fragment: Buffer, ends: Ends) => void;

export function outstationActions(context: HostContext): Actions {
	let values: Measurements | undefined;
	context.onMeasurements((measurements) => {
		values = measurements;
	});
	const own = new Outstations(() => values, context);
	const masters = new Masters(context);
	return {
		/** Serves outstations at these link addresses, over TCP, or over UDP. */
		openDnp3: (args) => own.open(args.addresses as number[], args.isUdp === true),
		closeDnp3: () => own.close(),
		/** Polls outstations until told to stop: `stations` are { host, addresses, isUdp }. */
		startDnp3Master: (args) => masters.start(args.stations as Station[]),
		stopDnp3Master: () => masters.stop(),
		/** Selects and operates an output, and waits for both answers. */
		dnp3Operate: (args) => masters.operate(Number(args.address), Number(args.index), args.isOn === true),
		/** Sets an analog output directly. */
		dnp3SetOutput: (args) =>
			masters.request(Number(args.address), FUNCTION.directOperate, analogOutput(Number(args.index), Number(args.value))),
		/** What an engineering tool does, step by step, on a connection of its own; says which were answered. */
		dnp3Session: (args) => session(context, String(args.host), Number(args.address), args.steps as string[]),
	};
}

/** The outstations of one host. */
class Outstations {
	readonly #measurements: () => Measurements | undefined;
	readonly #context: HostContext;
	readonly #stations = new Map<number, Outstation>();
	#server: Server | undefined;
	#datagrams: Datagrams | undefined;
	#timer: NodeJS.Timeout | undefined;
	/** How the master that spoke last is reached. */
	#send: Send | undefined;
	readonly #connections = new Set<Socket>();

	constructor(measurements: () => Measurements | undefined, context: HostContext) {
		this.#measurements = measurements;
		this.#context = context;
	}

	async open(addresses: readonly number[], isUdp: boolean): Promise<void> {
		for (const address of addresses) {
			this.#stations.set(address, {
				address,
				iin: IIN.restart | IIN.needTime,
				isReporting: false,
				sequence: 0,
				setPoint: 2600,
				isClosed: true,
				reported: [],
				selected: "",
				files: new Map([["protection.cfg", Bytes.alloc(900, "relay 51 pickup 600 A delay 0.4 s\n")]]),
				opened: "",
			});
		}
		if (isUdp) {
			const socket = createSocket("udp4");
			socket.bind(PORT, this.#context.ip);
			await once(socket, "listening");
			socket.on("message", (bytes, { address, port }) => {
				const send: Send = (fragment, ends) => socket.send(framesOf(fragment, ends, 0), port, address);
				new FragmentReader((fragment) => this.#take(fragment, send)).push(bytes);
			});
			this.#datagrams = socket;
		} else {
			this.#server = createServer((socket) => this.#accept(socket)).listen(PORT, this.#context.ip);
			await once(this.#server, "listening");
		}
		this.#timer = setInterval(() => this.#report(), CHANGES_EVERY);
	}

	#accept(socket: Socket): void {
		let sequence = 0;
		this.#connections.add(socket);
		const send: Send = (fragment, ends) => {
			if (!socket.destroyed) socket.write(framesOf(fragment, ends, sequence++));
		};
		const reader = new FragmentReader((fragment) => this.#take(fragment, send));
		socket.on("data", (bytes) => reader.push(bytes));
		socket.on("error", () => {});
		socket.on("close", () => this.#connections.delete(socket));
	}

	/** Analog inputs in whole numbers: of a tank level, inflow, outflow, temperature; of a feeder volts, amperes, power. */
	#analogs({ address }: Outstation): number[] {
		const now = this.#measurements();
		if (now === undefined) return [0, 0, 0];
		return (address < 20 ? [now.level, now.inflow, now.outflow, now.temperature] : [now.volts * 10, now.amperes * 10, now.power * 10]).map(
			Math.round,
		);
	}

	#counter({ address }: Outstation): number {
		const now = this.#measurements();
		return Math.round((address < 20 ? now?.total : now?.energy) ?? 0);
	}

	/** Everything, as an answer to class 0. */
	#everything(station: Outstation): Buffer {
		const analogs = this.#analogs(station);
		const flag = (isOn: boolean) => (isOn ? 0x81 : 0x01);
		return Bytes.concat([
			u8(1, 2, 0, 0, 1, flag(analogs[0]! > 3000), flag(analogs[0]! < 1000)),
			u8(10, 2, 0, 0, 0, flag(station.isClosed)),
			u8(20, 1, 0, 0, 0, 1),
			u32(this.#counter(station)),
			u8(30, 1, 0, 0, analogs.length - 1),
			...analogs.map((value) => Bytes.concat([u8(1), u32(value)])),
			u8(40, 2, 0, 0, 0, 1),
			u16(station.setPoint),
		]);
	}

	/** Analog inputs that moved, as events with their time. */
	#changes(station: Outstation): Buffer {
		const analogs = this.#analogs(station);
		const moved = analogs.flatMap((value, index) =>
			Math.abs(value - (station.reported[index] ?? Number.POSITIVE_INFINITY)) > 1
				? [Bytes.concat([u16(index), u8(1), u32(value), time48(Date.now())])]
				: [],
		);
		station.reported = analogs;
		return moved.length === 0 ? Bytes.alloc(0) : Bytes.concat([u8(32, 3, 0x28), u16(moved.length), ...moved]);
	}

	#report(): void {
		for (const station of this.#stations.values()) {
			if (!station.isReporting || this.#send === undefined || station.address % 10 !== 0) continue;
			const changes = this.#changes(station);
			if (changes.length === 0) continue;
			station.sequence = (station.sequence + 1) & 15;
			const head = Bytes.concat([u8(0xf0 | station.sequence, FUNCTION.unsolicited), u16(station.iin)]);
			this.#send(Bytes.concat([head, changes]), { own: station.address, other: MASTER, isMaster: false });
		}
	}

	#take(fragment: Fragment, send: Send): void {
		if (fragment.functionCode === FUNCTION.confirm) return;
		const station = this.#stations.get(fragment.destination);
		if (station === undefined) {
			// To all: the time is set, nobody answers.
			if (fragment.functionCode === FUNCTION.write) for (const one of this.#stations.values()) one.iin &= ~IIN.needTime;
			return;
		}
		const answer = this.#answer(station, fragment, send);
		const wantsConfirm = answer.length > 0 && answer[0] === 32;
		const control = 0xc0 | (wantsConfirm ? 0x20 : 0) | fragment.sequence;
		const iin = station.iin | this.#refusal;
		this.#refusal = 0;
		const head = Bytes.concat([u8(control, FUNCTION.response), u16(iin)]);
		send(Bytes.concat([head, answer]), { own: station.address, other: fragment.source, isMaster: false });
	}
	#refusal = 0;

	#answer(station: Outstation, { functionCode, objects }: Fragment, send: Send): Buffer {
		switch (functionCode) {
			case FUNCTION.read:
				return this.#read(station, objects);
			case FUNCTION.write:
				if (objects[0] === 50) station.iin &= ~IIN.needTime;
				else if (objects[0] === 80) station.iin &= ~IIN.restart;
				else if (objects[0] === 70) {
					const block = objects.subarray(14);
					station.files.set(station.opened, Bytes.concat([station.files.get(station.opened) ?? Bytes.alloc(0), block]));
					return Bytes.concat([u8(70, 6, 0x5b, 1), u16(9), objects.subarray(6, 14), u8(0)]);
				}
				return Bytes.alloc(0);
			case FUNCTION.select:
				station.selected = objects.toString("hex");
				return objects;
			case FUNCTION.operate:
				if (station.selected !== objects.toString("hex")) return Bytes.concat([objects.subarray(0, -1), u8(2)]);
				station.selected = "";
				return this.#operate(station, objects);
			case FUNCTION.directOperate:
				return this.#operate(station, objects);
			case FUNCTION.enableUnsolicited:
				station.isReporting = true;
				this.#send = send;
				return Bytes.alloc(0);
			case FUNCTION.disableUnsolicited:
				station.isReporting = false;
				return Bytes.alloc(0);
			case FUNCTION.delayMeasure:
				return u8(52, 2, 7, 1, 0, 0);
			case FUNCTION.coldRestart:
				station.iin |= IIN.restart | IIN.needTime;
				return u8(52, 2, 7, 1, 0x88, 0x13);
			case FUNCTION.openFile: {
				const name = objects.subarray(32).toString();
				const mode = objects.readUInt16LE(26);
				station.opened = name;
				if (mode === 2) station.files.set(name, Bytes.alloc(0));
				const file = station.files.get(name);
				return file === undefined ? fileStatus(0, 0, 3) : fileStatus(HANDLE, file.length, 0);
			}
			case FUNCTION.closeFile:
				return fileStatus(HANDLE, 0, 0);
			case FUNCTION.deleteFile:
				return fileStatus(0, 0, station.files.delete(objects.subarray(32).toString()) ? 0 : 3);
			case FUNCTION.assignClass:
				return Bytes.alloc(0);
			default:
				this.#refusal = IIN.noFunction;
				return Bytes.alloc(0);
		}
	}

	#operate(station: Outstation, objects: Buffer): Buffer {
		if (objects[0] === 12) station.isClosed = objects[5] === 3;
		else {
			station.setPoint = objects.readUInt16LE(5);
			if (station.address < 20) this.#context.actuate({ levelSetPoint: station.setPoint });
		}
		return objects;
	}

	#read(station: Outstation, objects: Buffer): Buffer {
		const [group, variation] = objects;
		if (group === 60) {
			const changes = this.#changes(station);
			return objects.includes(u8(60, 1, 6)) ? Bytes.concat([changes, this.#everything(station)]) : changes;
		}
		if (group === 0) {
			const attribute = (number: number, text: string) => Bytes.concat([u8(0, number, 0, 0, 0, 1, text.length), Bytes.from(text)]);
			return Bytes.concat([
				attribute(242, "4.1.7"),
				attribute(248, `T3-00${station.address}`),
				attribute(250, station.address < 20 ? "RTU-300" : "Feeder Relay 51"),
				attribute(252, "Plant Example Controls"),
			]);
		}
		if (group === 70) {
			const file = station.files.get(station.opened) ?? Bytes.alloc(0);
			const block = objects.readUInt32LE(10);
			const from = block * BLOCK_SIZE;
			return fileBlock(HANDLE, block, from + BLOCK_SIZE >= file.length, file.subarray(from, from + BLOCK_SIZE));
		}
		if (group === 40 && variation === 2) return Bytes.concat([u8(40, 2, 0, 0, 0, 1), u16(station.setPoint)]);
		if (group === 30 && variation === 5) return Bytes.concat([u8(30, 5, 0, 0, 0, 1), float(this.#analogs(station)[0]!)]);
		this.#refusal = IIN.objectUnknown;
		return Bytes.alloc(0);
	}

	close(): void {
		clearInterval(this.#timer);
		this.#server?.close();
		for (const connection of this.#connections) connection.destroy();
		this.#datagrams?.close();
		this.#stations.clear();
		this.#server = this.#datagrams = this.#send = undefined;
	}
}

interface Station {
	readonly host: string;
	readonly addresses: readonly number[];
	readonly isUdp?: boolean;
}

/** One connection of a master: one request at a time for each outstation, and confirms for what wants them. */
class MasterLink {
	readonly #write: (bytes: Buffer) => void;
	readonly #waiting = new Map<string, (fragment: Fragment) => void>();
	readonly #sequences = new Map<number, number>();
	#transport = 0;
	readonly reader = new FragmentReader((fragment) => this.#take(fragment));

	constructor(write: (bytes: Buffer) => void) {
		this.#write = write;
	}

	/** The response, or undefined where none came in time; at once where nobody answers. */
	async request(address: number, functionCode: number, objects: Buffer, isAnswered = true): Promise<Fragment | undefined> {
		const sequence = ((this.#sequences.get(address) ?? -1) + 1) & 15;
		this.#sequences.set(address, sequence);
		this.#send(address, requestOf(functionCode, sequence, objects));
		if (!isAnswered) return undefined;
		const key = `${address} ${sequence}`;
		const answer = new Promise<Fragment>((resolve) => this.#waiting.set(key, resolve));
		return await Promise.race([answer, sleep(PATIENCE, undefined, { ref: false })]);
	}

	#send(address: number, fragment: Buffer): void {
		this.#write(framesOf(fragment, { own: MASTER, other: address, isMaster: true }, this.#transport++));
	}

	#take(fragment: Fragment): void {
		const { source, sequence, wantsConfirm, isUnsolicited } = fragment;
		if (wantsConfirm) this.#send(source, u8(0xc0 | (isUnsolicited ? 0x10 : 0) | sequence, FUNCTION.confirm));
		if (isUnsolicited) return;
		const key = `${source} ${sequence}`;
		this.#waiting.get(key)?.(fragment);
		this.#waiting.delete(key);
	}
}

async function connected(context: HostContext, host: string): Promise<{ link: MasterLink; socket: Socket }> {
	const socket = connect({ port: PORT, host: context.address(host), localAddress: context.ip });
	await once(socket, "connect");
	const link = new MasterLink((bytes) => void socket.write(bytes));
	socket.on("data", (bytes) => link.reader.push(bytes));
	socket.on("error", () => {});
	return { link, socket };
}

class Masters {
	readonly #context: HostContext;
	readonly #links = new Map<number, MasterLink>();
	readonly #closers: (() => void)[] = [];
	#isRunning = false;

	constructor(context: HostContext) {
		this.#context = context;
	}

	async start(stations: readonly Station[]): Promise<void> {
		this.#isRunning = true;
		for (const { host, addresses, isUdp } of stations) {
			let link: MasterLink;
			if (isUdp === true) {
				const socket = createSocket("udp4");
				socket.bind(PORT, this.#context.ip);
				await once(socket, "listening");
				link = new MasterLink((bytes) => socket.send(bytes, PORT, this.#context.address(host)));
				socket.on("message", (bytes) => link.reader.push(bytes));
				this.#closers.push(() => socket.close());
			} else {
				const { link: made, socket } = await connected(this.#context, host);
				link = made;
				this.#closers.push(() => socket.destroy());
			}
			for (const address of addresses) {
				this.#links.set(address, link);
				void this.#poll(address, link);
			}
		}
	}

	/** 5.1.1: as a master begins, and then round by round. */
	async #poll(address: number, link: MasterLink): Promise<void> {
		await link.request(address, FUNCTION.disableUnsolicited, CLASSES.events);
		await link.request(address, FUNCTION.read, CLASSES.all);
		await link.request(address, FUNCTION.write, u8(80, 1, 0, 7, 7, 0));
		await link.request(address, FUNCTION.enableUnsolicited, CLASSES.events);
		for (let round = 1; this.#isRunning; round++) {
			await sleep(POLL_EVERY);
			if (!this.#isRunning) return;
			const answer = await link.request(address, FUNCTION.read, round % INTEGRITY_AFTER === 0 ? CLASSES.all : CLASSES.events);
			if (answer !== undefined && answer.iin & IIN.needTime) {
				await link.request(address, FUNCTION.delayMeasure, Bytes.alloc(0));
				await link.request(address, FUNCTION.write, Bytes.concat([u8(50, 1, 7, 1), time48(Date.now())]));
			}
		}
	}

	request(address: number, functionCode: number, objects: Buffer): Promise<string> {
		return said(this.#links.get(address)!.request(address, functionCode, objects));
	}

	async operate(address: number, index: number, isOn: boolean): Promise<string> {
		await this.request(address, FUNCTION.select, latch(index, isOn));
		return await this.request(address, FUNCTION.operate, latch(index, isOn));
	}

	stop(): void {
		this.#isRunning = false;
		for (const close of this.#closers.splice(0)) close();
		this.#links.clear();
	}
}

const said = async (answer: Promise<Fragment | undefined>): Promise<string> => ((await answer) === undefined ? "no answer" : "answered");

/** What an engineering tool, or an attacker, may ask for; each gives the requests of one step. */
const STEPS: Readonly<Record<string, readonly (readonly [functionCode: number, objects: Buffer])[]>> = {
	identify: [[FUNCTION.read, u8(0, 254, 0, 0, 0)]],
	poll: [[FUNCTION.read, CLASSES.all]],
	operateAlone: [[FUNCTION.operate, latch(0, false)]],
	operateOther: [
		[FUNCTION.select, latch(0, true)],
		[FUNCTION.operate, latch(0, false)],
	],
	trip: [[FUNCTION.directOperate, latch(0, false)]],
	silence: [
		[FUNCTION.enableUnsolicited, CLASSES.events],
		[FUNCTION.disableUnsolicited, CLASSES.events],
	],
	takeAway: [[FUNCTION.assignClass, u8(60, 1, 6, 30, 0, 6)]],
	readFile: [
		[FUNCTION.openFile, fileCommand("protection.cfg", 1, 0)],
		[FUNCTION.read, fileBlock(HANDLE, 0, false, Bytes.alloc(0))],
		[FUNCTION.read, fileBlock(HANDLE, 1, false, Bytes.alloc(0))],
		[FUNCTION.closeFile, fileStatus(HANDLE, 0, 0)],
	],
	writeFile: [
		[FUNCTION.openFile, fileCommand("protection.cfg", 2, 600)],
		[FUNCTION.write, fileBlock(HANDLE, 0, false, Bytes.alloc(BLOCK_SIZE, "relay 51 pickup 6000 A delay 9.9 s\n"))],
		[FUNCTION.write, fileBlock(HANDLE, 1, true, Bytes.alloc(88, "relay 51 blocked\n"))],
		[FUNCTION.closeFile, fileStatus(HANDLE, 0, 0)],
	],
	deleteFile: [[FUNCTION.deleteFile, fileCommand("protection.cfg", 0, 0)]],
	stop: [[FUNCTION.stopApplication, Bytes.alloc(0)]],
	restart: [[FUNCTION.coldRestart, Bytes.alloc(0)]],
};

async function session(context: HostContext, host: string, address: number, steps: readonly string[]): Promise<Record<string, string>> {
	const { link, socket } = await connected(context, host);
	const answers: Record<string, string> = {};
	for (const step of steps) {
		for (const [functionCode, objects] of STEPS[step]!) {
			answers[step] = await said(link.request(address, functionCode, objects));
			await sleep(150);
		}
	}
	socket.end();
	return answers;
}
