/**
 * Telecontrol by IEC 60870-5-104: a controlled station that reports the energy meters and has a breaker, and a control centre. Any host may be one of them; all are silent until the
 * lab says so. Both are written here octet by octet from 60870-5-104 (5, control fields and sequence numbers) and 60870-5-101 (7, information), as no package for Node speaks it.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Actions, HostContext } from "./host.ts";
import type { Measurements } from "./physics.ts";

const PORT = 2404;
/** Common address of the station. */
const STATION = 14;
const U = { startAct: 0x07, startCon: 0x0b, stopAct: 0x13, stopCon: 0x23, testAct: 0x43, testCon: 0x83 } as const;
const TYPE = {
	singlePoint: 1,
	doublePoint: 3,
	scaled: 11,
	floating: 13,
	total: 15,
	doublePointWithTime: 31,
	floatingWithTime: 36,
	singleCommand: 45,
	doubleCommand: 46,
	setPoint: 50,
	endOfInitialization: 70,
	interrogation: 100,
	counters: 101,
	read: 102,
	clock: 103,
	reset: 105,
	fileReady: 120,
	select: 122,
	last: 123,
	acknowledge: 124,
	segment: 125,
} as const;
const CAUSE = {
	cyclic: 1,
	spontaneous: 3,
	initialized: 4,
	request: 5,
	act: 6,
	con: 7,
	term: 10,
	remote: 11,
	file: 13,
	interrogated: 20,
	counters: 37,
	unknownObject: 47,
} as const;
const NEGATIVE = 0x40;
const SELECT = 0x80;
/** Information objects. */
const OBJECT = {
	alarm: 1,
	door: 2,
	breaker: 101,
	level: 701,
	volts: 702,
	amperes: 703,
	power: 704,
	energy: 801,
	lamp: 1001,
	switch: 1101,
	limit: 1201,
	file: 5001,
} as const;
const LEVEL = { off: 1, on: 2 } as const;
/** I format APDUs received after which an acknowledgement is sent by itself, and milliseconds for fewer. */
const ACKNOWLEDGE_AFTER = 8;
const ACKNOWLEDGE_WITHIN = 1000;
/** Milliseconds between two looks at the meters, and for a breaker to move. */
const SCAN = 500;
const TRAVEL = 400;
const PATIENCE = 3000;

const u8 = (...octets: number[]): Buffer => Buffer.from(octets);
const u16 = (value: number): Buffer => u8(value & 255, (value >> 8) & 255);
const u24 = (value: number): Buffer => u8(value & 255, (value >> 8) & 255, (value >> 16) & 255);
const u32 = (value: number): Buffer => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)]);
const float = (value: number): Buffer => {
	const bytes = Buffer.alloc(4);
	bytes.writeFloatLE(value);
	return bytes;
};
/** CP56Time2a (7.2.6.18), in universal time. */
function now(): Buffer {
	const date = new Date();
	const milliseconds = date.getUTCSeconds() * 1000 + date.getUTCMilliseconds();
	const day = date.getUTCDate() | ((date.getUTCDay() || 7) << 5);
	return Buffer.concat([
		u16(milliseconds),
		u8(date.getUTCMinutes(), date.getUTCHours(), day, date.getUTCMonth() + 1, date.getUTCFullYear() % 100),
	]);
}
/** An information object: its address and its element. */
const object = (address: number, ...element: Buffer[]): Buffer => Buffer.concat([u24(address), ...element]);
const asdu = (type: number, cause: number, ...objects: Buffer[]): Buffer =>
	Buffer.concat([u8(type, objects.length, cause, 0), u16(STATION), ...objects]);
const wait = (milliseconds: number): Promise<void> => sleep(milliseconds);

/** One end of a connection: control fields, numbers and acknowledgements. */
class Link {
	readonly #socket: Socket;
	readonly #onAsdu: (asdu: Buffer) => void;
	readonly #onFunction: (octet: number) => void;
	#sent = 0;
	#received = 0;
	#unacknowledged = 0;
	#timer: NodeJS.Timeout | undefined;
	#rest: Buffer = Buffer.alloc(0);

	constructor(socket: Socket, onAsdu: (asdu: Buffer) => void, onFunction: (octet: number) => void) {
		this.#socket = socket.setNoDelay(true);
		this.#onAsdu = onAsdu;
		this.#onFunction = onFunction;
		socket.on("data", (bytes) => this.#take(bytes));
		socket.on("error", () => {});
		socket.on("close", () => clearTimeout(this.#timer));
	}

	raw(bytes: Buffer): void {
		if (this.#socket.writable) this.#socket.write(bytes);
	}

	tell(octet: number): void {
		this.raw(u8(0x68, 4, octet, 0, 0, 0));
	}

	/** Several in one segment. */
	send(...asdus: readonly Buffer[]): void {
		this.raw(
			Buffer.concat(
				asdus.map((one) => {
					const control = Buffer.concat([u16(this.#sent << 1), u16(this.#received << 1)]);
					this.#sent = (this.#sent + 1) & 0x7fff;
					return Buffer.concat([u8(0x68, one.length + 4), control, one]);
				}),
			),
		);
		this.#settled();
	}

	close(): Promise<unknown> {
		if (this.#socket.destroyed) return Promise.resolve();
		const closed = once(this.#socket, "close");
		this.#socket.end();
		return closed;
	}

	#settled(): void {
		this.#unacknowledged = 0;
		clearTimeout(this.#timer);
		this.#timer = undefined;
	}

	#acknowledge(): void {
		this.raw(Buffer.concat([u8(0x68, 4, 1, 0), u16(this.#received << 1)]));
		this.#settled();
	}

	#take(bytes: Buffer): void {
		this.#rest = Buffer.concat([this.#rest, bytes]);
		while (this.#rest.length >= 2 && this.#rest.length >= 2 + this.#rest[1]!) {
			const message = this.#rest.subarray(0, 2 + this.#rest[1]!);
			this.#rest = this.#rest.subarray(message.length);
			const first = message[2]!;
			if (message[0] !== 0x68 || message.length < 6) continue;
			if ((first & 3) === 3) this.#onFunction(first);
			else if ((first & 1) === 0) {
				this.#received = ((message.readUInt16LE(2) >> 1) + 1) & 0x7fff;
				if (++this.#unacknowledged >= ACKNOWLEDGE_AFTER) this.#acknowledge();
				else this.#timer ??= setTimeout(() => this.#acknowledge(), ACKNOWLEDGE_WITHIN);
				if (message.length >= 12) this.#onAsdu(message.subarray(6));
			}
		}
	}
}

/** The controlled station, as it is told and as the meters show it. */
class Station {
	#measured: Measurements | undefined;
	#breaker: number = LEVEL.on;
	#alarm = 0;
	#limit = 400;
	#selected = 0;
	#server: Server | undefined;
	#scan: NodeJS.Timeout | undefined;
	readonly #started = new Set<Link>();
	#round = 0;

	measure(measured: Measurements): void {
		this.#measured = measured;
	}

	async open(ip: string): Promise<void> {
		this.#server = createServer((socket) => {
			const link: Link = new Link(
				socket,
				(one) => this.#answer(link, one),
				(octet) => {
					if (octet === U.startAct) {
						link.tell(U.startCon);
						link.send(asdu(TYPE.endOfInitialization, CAUSE.initialized, object(0, u8(0))));
						this.#started.add(link);
					} else if (octet === U.stopAct) {
						this.#started.delete(link);
						link.tell(U.stopCon);
					} else if (octet === U.testAct) link.tell(U.testCon);
				},
			);
			socket.on("close", () => this.#started.delete(link));
		}).listen(PORT, ip);
		await once(this.#server, "listening");
		this.#scan = setInterval(() => this.#report(), SCAN);
	}

	async close(): Promise<void> {
		clearInterval(this.#scan);
		await Promise.all([...this.#started].map((link) => link.close()));
		this.#server?.close();
	}

	#floats(): Buffer[] {
		const { volts = 0, amperes = 0, power = 0 } = this.#measured ?? {};
		return [
			object(OBJECT.volts, float(volts), u8(0)),
			object(OBJECT.amperes, float(amperes), u8(0)),
			object(OBJECT.power, float(power), u8(0)),
		];
	}

	#level(): Buffer {
		return object(OBJECT.level, u16(this.#measured?.level ?? 0), u8(0));
	}

	/** The power when it changed, with its time; the level each second time. */
	#report(): void {
		this.#round++;
		const said = [asdu(TYPE.floatingWithTime, CAUSE.spontaneous, object(OBJECT.power, float(this.#measured?.power ?? 0), u8(0), now()))];
		if (this.#round % 2 === 0) said.push(asdu(TYPE.scaled, CAUSE.cyclic, this.#level()));
		for (const link of this.#started) link.send(...said);
	}

	#answer(link: Link, one: Buffer): void {
		const type = one[0]!;
		const cause = one[2]! & 0x3f;
		const address = one.readUIntLE(6, 3);
		const mirror = (as: number): Buffer => Buffer.concat([one.subarray(0, 2), u8(as), one.subarray(3)]);
		if (type >= TYPE.fileReady) {
			this.#file(link, type, one);
			return;
		}
		if (cause === CAUSE.request) {
			const isKnown = address === OBJECT.level;
			link.send(isKnown ? asdu(TYPE.scaled, CAUSE.request, this.#level()) : mirror(CAUSE.unknownObject | NEGATIVE));
			return;
		}
		switch (type) {
			case TYPE.interrogation:
				link.send(
					mirror(CAUSE.con),
					asdu(TYPE.singlePoint, CAUSE.interrogated, object(OBJECT.alarm, u8(this.#alarm)), object(OBJECT.door, u8(0))),
					asdu(TYPE.doublePoint, CAUSE.interrogated, object(OBJECT.breaker, u8(this.#breaker))),
					asdu(TYPE.scaled, CAUSE.interrogated, this.#level()),
					asdu(TYPE.floating, CAUSE.interrogated, ...this.#floats()),
					mirror(CAUSE.term),
				);
				return;
			case TYPE.counters:
				link.send(
					mirror(CAUSE.con),
					asdu(TYPE.total, CAUSE.counters, object(OBJECT.energy, u32(Math.round(this.#measured?.energy ?? 0)), u8(this.#round & 31))),
					mirror(CAUSE.term),
				);
				return;
			case TYPE.clock:
			case TYPE.reset:
				link.send(mirror(CAUSE.con));
				return;
			case TYPE.doubleCommand:
				void this.#command(link, address, one[9]!, mirror);
				return;
			case TYPE.setPoint:
			case TYPE.singleCommand: {
				const isKnown = address === (type === TYPE.setPoint ? OBJECT.limit : OBJECT.lamp);
				if (isKnown && type === TYPE.setPoint) this.#limit = one.readFloatLE(9);
				link.send(...(isKnown ? [mirror(CAUSE.con), mirror(CAUSE.term)] : [mirror(CAUSE.unknownObject | NEGATIVE)]));
				this.#alarm = (this.#measured?.power ?? 0) > this.#limit ? 1 : 0;
				return;
			}
		}
	}

	/** The breaker wants to be selected first. */
	async #command(link: Link, address: number, command: number, mirror: (as: number) => Buffer): Promise<void> {
		if (address !== OBJECT.switch) link.send(mirror(CAUSE.unknownObject | NEGATIVE));
		else if (command & SELECT) {
			this.#selected = command & 3;
			link.send(mirror(CAUSE.con));
		} else if (this.#selected !== (command & 3)) link.send(mirror(CAUSE.con | NEGATIVE));
		else {
			this.#selected = 0;
			link.send(mirror(CAUSE.con));
			await wait(TRAVEL);
			this.#breaker = command & 3;
			link.send(asdu(TYPE.doublePointWithTime, CAUSE.remote, object(OBJECT.breaker, u8(this.#breaker), now())), mirror(CAUSE.term));
		}
	}

	/** 7.4.11: takes any file, section by section. */
	#file(link: Link, type: number, one: Buffer): void {
		const head = one.subarray(6, 11);
		const call = (qualifier: number): Buffer => asdu(TYPE.select, CAUSE.file, Buffer.concat([head, u8(1, qualifier)]));
		if (type === TYPE.fileReady) link.send(call(2));
		else if (type === TYPE.fileReady + 1) link.send(call(6));
		else if (type === TYPE.last) {
			const isSection = one[12]! >= 3;
			link.send(asdu(TYPE.acknowledge, CAUSE.file, Buffer.concat([head, u8(1, isSection ? 3 : 1)])));
		}
	}
}

/** The control centre, or whoever acts as one. */
class Centre {
	readonly #link: Link;
	readonly #answers: ((one: Buffer) => boolean)[] = [];
	#onFunction: (octet: number) => void = () => {};

	constructor(socket: Socket) {
		const link: Link = new Link(
			socket,
			(one) => {
				const at = this.#answers.findIndex((takes) => takes(one));
				if (at >= 0) this.#answers.splice(at, 1);
			},
			(octet) => {
				if (octet === U.testAct) link.tell(U.testCon);
				else this.#onFunction(octet);
			},
		);
		this.#link = link;
	}

	static async connect(host: string): Promise<Centre> {
		const socket = connect(PORT, host);
		await once(socket, "connect");
		return new Centre(socket);
	}

	async tell(act: number, con: number): Promise<void> {
		const answered = new Promise<void>((resolve) => (this.#onFunction = (octet) => octet === con && resolve()));
		this.#link.tell(act);
		await answered;
	}

	/** Resolves with the cause of the first answer that has the type, and where `isWhole` is the termination. */
	async ask(type: number, cause: number, element: Buffer, answer: number = type, last?: number): Promise<number> {
		const answered = new Promise<number>((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error(`no answer to type ${type}`)), PATIENCE);
			this.#answers.push((one) => {
				const said = one[2]!;
				if (one[0] !== answer || (last !== undefined && said !== last && (said & NEGATIVE) === 0)) return false;
				clearTimeout(timer);
				resolve(said);
				return true;
			});
		});
		this.#link.send(asdu(type, cause, element));
		return await answered;
	}

	send(type: number, cause: number, element: Buffer): void {
		this.#link.send(asdu(type, cause, element));
	}

	raw(bytes: Buffer): void {
		this.#link.raw(bytes);
	}

	close(): Promise<unknown> {
		return this.#link.close();
	}

	interrogate(): Promise<number> {
		return this.ask(TYPE.interrogation, CAUSE.act, object(0, u8(20)), TYPE.interrogation, CAUSE.term);
	}

	/** Selects the breaker and moves it; resolves with the cause that ended it. */
	async move(to: number): Promise<number> {
		await this.ask(TYPE.doubleCommand, CAUSE.act, object(OBJECT.switch, u8(to | SELECT)));
		return await this.ask(TYPE.doubleCommand, CAUSE.act, object(OBJECT.switch, u8(to)), TYPE.doubleCommand, CAUSE.term);
	}

	limit(value: number): Promise<number> {
		return this.ask(TYPE.setPoint, CAUSE.act, object(OBJECT.limit, float(value), u8(0)), TYPE.setPoint, CAUSE.term);
	}
}

export function telecontrolActions(context: HostContext): Actions {
	const station = new Station();
	context.onMeasurements((measured) => station.measure(measured));
	let centre: Centre | undefined;
	return {
		openStation: () => station.open(context.ip),
		closeStation: () => station.close(),
		/** Connects, starts, sets the clock, asks for everything and for the counters. */
		openCentre: async (args) => {
			centre = await Centre.connect(context.address(String(args.host)));
			await centre.tell(U.testAct, U.testCon);
			await centre.tell(U.startAct, U.startCon);
			await centre.ask(TYPE.clock, CAUSE.act, object(0, now()));
			await centre.interrogate();
			await centre.ask(TYPE.counters, CAUSE.act, object(0, u8(5)), TYPE.counters, CAUSE.term);
			await centre.ask(TYPE.read, CAUSE.request, object(OBJECT.level), TYPE.scaled, CAUSE.request);
		},
		/** Opens the breaker and closes it, sets the limit of the power. Resolves with the causes that ended each. */
		operateStation: async (args) => {
			const ended = [await centre!.move(LEVEL.off)];
			await wait(1000);
			ended.push(await centre!.move(LEVEL.on), await centre!.limit(Number(args.limit)));
			ended.push(await centre!.ask(TYPE.singleCommand, CAUSE.act, object(OBJECT.lamp, u8(1)), TYPE.singleCommand, CAUSE.term));
			return ended;
		},
		closeCentre: () => centre?.close(),
		setLimit: (args) => centre!.limit(Number(args.limit)),
		/** Leaves the connection open, and the station silent on it. */
		stopStation: () => centre?.tell(U.stopAct, U.stopCon),
		/** A stranger looks at the station, tries commands, loads a file into it, sends what is no message, sets its clock, and has it reset. Resolves with the causes of the commands. */
		raidStation: async (args) => {
			const raider = await Centre.connect(context.address(String(args.host)));
			await raider.tell(U.startAct, U.startCon);
			await raider.interrogate();
			const causes = [];
			for (const address of [OBJECT.switch - 1, OBJECT.switch])
				causes.push(await raider.ask(TYPE.doubleCommand, CAUSE.act, object(address, u8(LEVEL.off))));
			causes.push(await raider.move(LEVEL.off));
			const file = (...octets: number[]): Buffer => object(OBJECT.file, u16(1), u8(...octets));
			const content = u8(...Array.from({ length: 200 }, (_, index) => (index * 7) & 255));
			const checksum = content.reduce((sum, octet) => sum + octet, 0) & 255;
			await raider.ask(TYPE.fileReady, CAUSE.file, Buffer.concat([file(), u24(content.length), u8(0)]), TYPE.select);
			await raider.ask(TYPE.fileReady + 1, CAUSE.file, Buffer.concat([file(1), u24(content.length), u8(0)]), TYPE.select);
			raider.send(TYPE.segment, CAUSE.file, Buffer.concat([file(1, content.length), content]));
			await raider.ask(TYPE.last, CAUSE.file, file(1, 3, checksum), TYPE.acknowledge);
			await raider.ask(TYPE.last, CAUSE.file, file(1, 1, checksum), TYPE.acknowledge);
			raider.raw(u8(0x68, 4, 0x0f, 0, 0, 0));
			await raider.ask(TYPE.clock, CAUSE.act, object(0, now()));
			causes.push(await raider.ask(TYPE.reset, CAUSE.act, object(0, u8(1))));
			await raider.close();
			return causes;
		},
	};
}
