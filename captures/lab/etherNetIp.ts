/**
 * EtherNet/IP in the plant: a controller with tags and data tables, a screen that polls it, an engineering tool, and an I/O connection to a remote station. There is no server of it among npm's or Debian's
 * packages that needs no compiler, so both sides are written from the specification (CIP Vol. 1 and 2, Rockwell 1756-PM020, 1770-6.5.16) and speak over real sockets. Any host may be one
 * of them; all are silent until the lab says so.
 */
import { createSocket, type Socket as Datagrams } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Actions, HostContext } from "./host.ts";
import type { Measurements } from "./physics.ts";

const PORT = 44_818;
const IO_PORT = 2222;
const HEADER = 24;
const COMMAND = { listServices: 0x04, listIdentity: 0x63, register: 0x65, unregister: 0x66, sendRRData: 0x6f, sendUnitData: 0x70 } as const;
const SESSION = 0x11020100;
const TO_CONTROLLER = 0x20000002;
const TO_STATION = 0x80fe0028;
/** Milliseconds that a client waits for an answer. */
const PATIENCE = 3000;
/** Milliseconds between two messages of the I/O connection, and how a station sends its values. */
const IO_EVERY = 200;

const TYPE = { BOOL: 0xc1, INT: 0xc3, DINT: 0xc4, REAL: 0xca } as const;
type TypeName = keyof typeof TYPE;

const le16 = (value: number): Buffer => {
	const bytes = Buffer.alloc(2);
	bytes.writeUInt16LE(value & 0xffff);
	return bytes;
};
const le32 = (value: number): Buffer => {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32LE(value >>> 0);
	return bytes;
};
const hex = (text: string): Buffer => Buffer.from(text.replace(/\s+/g, ""), "hex");

/** CIP Vol. 2, 2-3.1. */
const message = (command: number, data: Buffer, session = SESSION, context: Buffer = Buffer.alloc(8)): Buffer =>
	Buffer.concat([le16(command), le16(data.length), le32(session), le32(0), context, le32(0), data]);
/** 2-4.7 and 2-4.8. */
const unconnected = (cip: Buffer, context: Buffer): Buffer =>
	message(COMMAND.sendRRData, Buffer.concat([hex("00000000 0a00 0200 0000 0000 b200"), le16(cip.length), cip]), SESSION, context);
const connected = (connection: number, sequence: number, cip: Buffer): Buffer =>
	message(
		COMMAND.sendUnitData,
		Buffer.concat([hex("00000000 0000 0200 a100 0400"), le32(connection), hex("b100"), le16(cip.length + 2), le16(sequence), cip]),
	);

/** ANSI extended symbol segments (1756-PM020, "CIP Addressing"). */
function tagPath(name: string): Buffer {
	const parts = name
		.split(".")
		.map((symbol) => Buffer.concat([Buffer.of(0x91, symbol.length), Buffer.from(symbol), Buffer.alloc(symbol.length % 2)]));
	const path = Buffer.concat(parts);
	return Buffer.concat([Buffer.of(path.length / 2), path]);
}
function encoded(type: TypeName, value: number): Buffer {
	const bytes = Buffer.alloc(type === "BOOL" ? 1 : type === "INT" ? 2 : 4);
	if (type === "BOOL") bytes.writeUInt8(value === 0 ? 0 : 1);
	else if (type === "INT") bytes.writeInt16LE(value);
	else if (type === "DINT") bytes.writeInt32LE(value);
	else bytes.writeFloatLE(value);
	return bytes;
}
const readTag = (name: string): Buffer => Buffer.concat([Buffer.of(0x4c), tagPath(name), le16(1)]);
const writeTag = (name: string, type: TypeName, value: number): Buffer =>
	Buffer.concat([Buffer.of(0x4d), tagPath(name), le16(TYPE[type]), le16(1), encoded(type, value)]);
/** CIP Vol. 1, A-4.10; the head is the service with its path, or an answer's status. */
function packet(head: string, services: readonly Buffer[]): Buffer {
	let at = 2 + 2 * services.length;
	const offsets = services.map((service) => {
		const offset = le16(at);
		at += service.length;
		return offset;
	});
	return Buffer.concat([hex(head), le16(services.length), ...offsets, ...services]);
}

const NAME = "1756-L61/B LOGIX5561";
/** Vendor 1, a PLC, code 54, revision 20.11; status, serial number and name (CIP Vol. 1, 5A-2). */
const IDENTITY = Buffer.concat([hex("0100 0e00 3600 140b 6030 eeffc000"), Buffer.of(NAME.length), Buffer.from(NAME)]);
const OPENED = (request: Buffer): Buffer =>
	Buffer.concat([
		hex("d4000000"),
		le32(TO_CONTROLLER),
		request.subarray(12, 16),
		request.subarray(16, 24),
		request.subarray(28, 32),
		request.subarray(28, 32),
		hex("0000"),
	]);

/** The tags of a controller; what it measures moves, what is written stays. */
class Controller {
	readonly #tags = new Map<string, { type: TypeName; value: number }>([
		["Tank.Level", { type: "INT", value: 0 }],
		["Tank.Temperature", { type: "REAL", value: 20 }],
		["Pump.Run", { type: "BOOL", value: 1 }],
		["Pump.Speed", { type: "DINT", value: 0 }],
		["Pump.Setpoint", { type: "REAL", value: 50 }],
	]);
	#words = 0;

	take(measurements: Measurements): void {
		this.#tags.get("Tank.Level")!.value = Math.round(measurements.level);
		this.#tags.get("Tank.Temperature")!.value = measurements.temperature;
		this.#tags.get("Pump.Speed")!.value = Math.round(measurements.speed);
	}

	/** The answer to one service. */
	answer(cip: Buffer): Buffer {
		const service = cip[0]!;
		const good = Buffer.of(service | 0x80, 0, 0, 0);
		const pathEnd = 2 + 2 * cip[1]!;
		const data = cip.subarray(pathEnd);
		const classId = cip[2] === 0x20 ? cip[3]! : -1;
		if (service === 0x0a) {
			const count = data.readUInt16LE(0);
			const at = (index: number): number => (index < count ? data.readUInt16LE(2 + 2 * index) : data.length);
			return packet(
				"8a000000",
				Array.from({ length: count }, (_, index) => this.answer(data.subarray(at(index), at(index + 1)))),
			);
		}
		if (service === 0x54) return OPENED(cip);
		if (service === 0x4e && classId === 6) return Buffer.concat([hex("ce000000"), data.subarray(2, 10), hex("0000")]);
		if (service === 0x52 && classId === 6) return this.answer(data.subarray(4, 4 + data.readUInt16LE(2)));
		if (service === 0x01 && classId === 1) return Buffer.concat([good, IDENTITY]);
		if (service === 0x4b && classId === 0x67) return Buffer.concat([good, data.subarray(0, 7), this.#pccc(data.subarray(7))]);
		if (service === 0x55) return Buffer.concat([good, this.#list()]);
		if (service === 0x4f) return Buffer.concat([good, hex("01000000"), Buffer.from("The pump starts when the tank is low")]);
		if (service === 0x08) return Buffer.concat([good, le32(1)]);
		if (classId >= 0) return good;
		const tag = this.#tags.get(nameOf(cip.subarray(2, pathEnd)));
		if (tag === undefined) return Buffer.of(service | 0x80, 0, 0x04, 0);
		if (service === 0x4c) return Buffer.concat([good, le16(TYPE[tag.type]), encoded(tag.type, tag.value)]);
		tag.value = tag.type === "REAL" ? data.readFloatLE(4) : tag.type === "DINT" ? data.readInt32LE(4) : data.readInt16LE(4);
		return good;
	}

	#list(): Buffer {
		return Buffer.concat(
			[...this.#tags].map(([name, { type }], index) =>
				Buffer.concat([le32(41 + index), le16(name.length), Buffer.from(name), le16(TYPE[type])]),
			),
		);
	}

	/** 1770-6.5.16: reads of an integer file count on; everything else is done. */
	#pccc(command: Buffer): Buffer {
		const head = Buffer.concat([Buffer.of(command[0]! | 0x40, 0), command.subarray(2, 4)]);
		return command[4] === 0xa2 ? Buffer.concat([head, ...Array.from({ length: command[5]! / 2 }, () => le16(++this.#words))]) : head;
	}
}

/** Names of a path of symbols, joined by dots. */
function nameOf(path: Buffer): string {
	const names: string[] = [];
	for (let at = 0; at + 2 <= path.length; at += 2 + path[at + 1]! + (path[at + 1]! % 2))
		names.push(path.subarray(at + 2, at + 2 + path[at + 1]!).toString("latin1"));
	return names.join(".");
}

/** Hands on each whole message of a connection. */
function eachMessage(socket: Socket, take: (message: Buffer) => void): void {
	let left = Buffer.alloc(0);
	socket.on("data", (bytes) => {
		left = Buffer.concat([left, bytes]);
		while (left.length >= HEADER && left.length >= HEADER + left.readUInt16LE(2)) {
			const size = HEADER + left.readUInt16LE(2);
			take(left.subarray(0, size));
			left = left.subarray(size);
		}
	});
	socket.on("error", () => {});
}

/** One session with one connection to the router of messages of a controller. */
class Client {
	readonly #socket: Socket;
	readonly #waiting: ((message: Buffer) => void)[] = [];
	#sequence = 0;

	private constructor(socket: Socket) {
		this.#socket = socket;
		eachMessage(socket, (bytes) => this.#waiting.shift()?.(bytes));
	}

	static async open(host: string): Promise<Client> {
		const socket = connect(PORT, host).setNoDelay(true);
		await once(socket, "connect");
		const client = new Client(socket);
		await client.#ask(message(COMMAND.register, hex("0100 0000"), 0));
		// Who is in slot 0 of the rack; then a connection of class 3 to it (CIP Vol. 1, 3-5.5.2, 3-5.5.4).
		await client.unconnected(hex("52 02 2006 2401 0a0e 0600 01 02 2001 2401 01 00 0100"));
		await client.unconnected(
			hex("54 02 2006 2401 0a0e 02000020 2800fe80 0100 4d00 efbeadde 03 000000 34122100 f443 34122100 f443 a3 03 0100 2002 2401"),
		);
		return client;
	}

	unconnected(cip: Buffer): Promise<Buffer> {
		return this.#ask(unconnected(cip, Buffer.concat([le32(++this.#sequence), le32(0)])));
	}

	/** A service over the connection. */
	service(cip: Buffer): Promise<Buffer> {
		return this.#ask(connected(TO_CONTROLLER, ++this.#sequence, cip));
	}

	async close(): Promise<void> {
		await this.unconnected(hex("4e 02 2006 2401 0a0e 0100 4d00 efbeadde 03 00 0100 2002 2401"));
		this.#socket.write(message(COMMAND.unregister, Buffer.alloc(0)));
		this.#socket.end();
	}

	async #ask(bytes: Buffer): Promise<Buffer> {
		const answer = new Promise<Buffer>((resolve, reject) => {
			this.#waiting.push(resolve);
			setTimeout(() => reject(new Error("no answer")), PATIENCE).unref();
		});
		this.#socket.write(bytes);
		return await answer;
	}
}

export function etherNetIpActions(context: HostContext): Actions {
	const controller = new Controller();
	context.onMeasurements((measurements) => controller.take(measurements));
	let server: Server | undefined;
	let finder: Datagrams | undefined;
	let screen: Client | undefined;
	let timer: NodeJS.Timeout | undefined;
	let tool: Client | undefined;
	const sockets = new Set<Socket>();

	/** CIP Vol. 2, 2-4.2: socket address before the identity, state behind it. */
	const listed = (): Buffer => {
		const item = Buffer.concat([
			hex("0100 0002 af12"),
			Buffer.from(context.ip.split(".").map(Number)),
			Buffer.alloc(8),
			IDENTITY,
			Buffer.of(3),
		]);
		return Buffer.concat([hex("0100 0c00"), le16(item.length), item]);
	};
	const reply = (bytes: Buffer): Buffer | undefined => {
		const command = bytes.readUInt16LE(0);
		const sender = bytes.subarray(12, 20);
		if (command === COMMAND.listIdentity) return message(command, listed(), 0, sender);
		if (command === COMMAND.listServices)
			return message(command, hex("0100 0001 1400 0100 2001 436f6d6d756e69636174696f6e730000"), 0, sender);
		if (command === COMMAND.register) return message(command, bytes.subarray(HEADER), SESSION, sender);
		if (command === COMMAND.sendRRData) return unconnected(controller.answer(bytes.subarray(40)), sender);
		if (command === COMMAND.sendUnitData) return connected(TO_STATION, bytes.readUInt16LE(44), controller.answer(bytes.subarray(46)));
		return undefined;
	};

	return {
		/** Serves as a controller, and tells who asks all devices that it is one. */
		openController: async () => {
			server = createServer((socket) => {
				sockets.add(socket.setNoDelay(true));
				eachMessage(socket, (bytes) => {
					const answer = reply(bytes);
					if (answer !== undefined) socket.write(answer);
				});
			}).listen(PORT, context.ip);
			await once(server, "listening");
			finder = createSocket({ type: "udp4", reuseAddr: true });
			finder.on("message", (bytes, { address, port }) => {
				const answer = bytes.length >= HEADER ? reply(bytes) : undefined;
				if (answer !== undefined) finder?.send(answer, port, address);
			});
			finder.bind(PORT, "0.0.0.0");
			await once(finder, "listening");
		},
		closeController: () => {
			clearInterval(timer);
			for (const socket of sockets) socket.destroy();
			server?.close();
			finder?.close();
		},
		/** Asks all devices of the network who they are. */
		findControllers: async () => {
			const socket = createSocket("udp4");
			socket.bind(0, context.ip);
			await once(socket, "listening");
			socket.setBroadcast(true);
			socket.send(message(COMMAND.listIdentity, Buffer.alloc(0), 0), PORT, context.ip.replace(/\d+$/, "255"));
			await sleep(500);
			socket.close();
		},
		/** Polls the tags of a controller, and a data table as an older screen does. */
		startScreen: async (args) => {
			screen = await Client.open(context.address(String(args.host)));
			const names = ["Tank.Level", "Tank.Temperature", "Pump.Run", "Pump.Speed"];
			timer = setInterval(() => {
				void screen?.service(packet("0a 02 2002 2401", names.map(readTag))).catch(() => {});
				void screen?.service(hex("4b 02 2067 2401 07 4d00 efbeadde 0f 00 0100 a2 04 07 89 0a 00")).catch(() => {});
			}, Number(args.every));
		},
		writeTag: async (args) => {
			await screen?.service(writeTag(String(args.name), String(args.type) as TypeName, Number(args.value)));
		},
		stopScreen: async () => {
			clearInterval(timer);
			await screen?.close();
		},
		/** Sends values to a remote station over an I/O connection, and gets others back (CIP Vol. 2, 2-6): both ends run this. */
		exchangeValues: async (args) => {
			const socket = createSocket({ type: "udp4", reuseAddr: true });
			socket.bind(IO_PORT, context.ip);
			await once(socket, "listening");
			const host = context.address(String(args.host));
			for (let count = 1; count <= Number(args.count); count++) {
				const data = Buffer.concat([le16(count), le32(1), le16(count % 7), le16(1000 + (count % 5))]);
				socket.send(
					Buffer.concat([hex("0200 0280 0800"), le32(Number(args.connection)), le32(count), hex("b100"), le16(data.length), data]),
					IO_PORT,
					host,
				);
				await sleep(IO_EVERY);
			}
			socket.close();
		},
		/** What an engineering tool asks of a controller, service by service. */
		openTool: async (args) => {
			tool = await Client.open(context.address(String(args.host)));
		},
		useTool: async (args) => {
			for (const service of args.services as string[]) {
				await tool?.service(hex(service));
				await sleep(150);
			}
		},
		closeTool: async () => {
			await tool?.close();
		},
	};
}
