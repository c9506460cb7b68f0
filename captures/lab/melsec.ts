/**
 * A conveyor by the MELSEC communication protocol: a CPU that serves 3E frames over TCP and UDP, a panel that polls it, and whoever else asks. Any host may be one of them; all are silent until the lab
 * says so. Written here octet by octet from Mitsubishi Electric's manuals (SH-080956, 4 and 5), as the lab has no package that is a controller.
 */
import { createSocket, type Socket as Datagrams } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Actions, HostContext } from "./host.ts";

const PORT = 5007;
const UDP_PORT = 5006;
const HEADER = 9;
const ROUTING = Buffer.of(0x00, 0xff, 0xff, 0x03, 0x00);
const TIMER = Buffer.of(0x10, 0x00);
const PATIENCE = 1000;
const POINTS = 1024;
const CODE = { d: 0xa8, m: 0x90 } as const;

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const le16 = (...values: number[]): Buffer => Buffer.from(values.flatMap((value) => [value & 255, (value >> 8) & 255]));
const frame = (subheader: number, body: Buffer): Buffer => Buffer.concat([Buffer.of(subheader, 0), ROUTING, le16(body.length), body]);

/** The CPU: words D, bits M, whether it runs. */
class Cpu {
	readonly #d = new Uint16Array(POINTS);
	readonly #m = new Uint8Array(POINTS);
	#isRunning = true;

	/** Speed, count of pieces and a light barrier move on. */
	turn(round: number): void {
		if (!this.#isRunning) return;
		this.#d[100] = 1200 + (round % 9);
		this.#d[101] = round & 0xffff;
		this.#m[10] = round & 1;
	}

	/** Behind the timer: command, subcommand, data. */
	answer(asked: Buffer): Buffer {
		const command = asked.readUInt16LE(0);
		const isInBits = (asked.readUInt16LE(2) & 1) !== 0;
		const data = asked.subarray(4);
		const refused = (code: number): Buffer => Buffer.concat([le16(code), ROUTING, asked.subarray(0, 4)]);
		switch (command) {
			case 0x0101:
				return Buffer.concat([le16(0), Buffer.from("Q03UDVCPU".padEnd(16)), le16(0x0366)]);
			case 0x0401:
			case 0x1401: {
				const first = data.readUIntLE(0, 3);
				const count = data.readUInt16LE(4);
				const code = data.readUInt8(3);
				if (first + count > POINTS) return refused(0x4031);
				if (command === 0x1401 && data.length !== 6 + (isInBits ? (count + 1) >> 1 : 2 * count)) return refused(0xc061);
				if (code !== CODE.d && code !== CODE.m) return refused(0xc05b);
				if (command === 0x0401)
					return Buffer.concat([le16(0), isInBits ? this.#bits(first, count) : le16(...this.#d.subarray(first, first + count))]);
				for (let index = 0; index < count; index++)
					if (isInBits) this.#m[first + index] = (data.readUInt8(6 + (index >> 1)) >> (index % 2 === 0 ? 4 : 0)) & 1;
					else this.#d[first + index] = data.readUInt16LE(6 + 2 * index);
				return le16(0);
			}
			case 0x1001:
			case 0x1002:
			case 0x1003:
				this.#isRunning = command === 0x1001;
				return le16(0);
			case 0x1005:
				return this.#isRunning ? refused(0x4010) : le16(0);
			case 0x1630:
				return data.subarray(2).toString() === "conveyor" ? le16(0) : refused(0xc200);
			case 0x1631:
			case 0x1828:
			case 0x1829:
				return le16(0);
			default:
				return refused(0xc059);
		}
	}

	#bits(first: number, count: number): Buffer {
		return Buffer.from(
			Array.from(
				{ length: (count + 1) >> 1 },
				(_, index) => (this.#m[first + 2 * index]! << 4) | (2 * index + 1 < count ? this.#m[first + 2 * index + 1]! : 0),
			),
		);
	}
}

/** Calls `take` with what stands behind the length of each frame. */
function eachFrame(socket: Socket, take: (body: Buffer) => void): void {
	let rest: Buffer = Buffer.alloc(0);
	socket.on("error", () => {});
	socket.on("data", (bytes) => {
		rest = Buffer.concat([rest, bytes]);
		while (rest.length >= HEADER && rest.length >= HEADER + rest.readUInt16LE(7)) {
			const end = HEADER + rest.readUInt16LE(7);
			take(rest.subarray(HEADER, end));
			rest = rest.subarray(end);
		}
	});
}

/** One who asks, one request at a time. */
class Asker {
	readonly #send: (bytes: Buffer) => void;
	#done: ((body: Buffer) => void) | undefined;

	constructor(send: (bytes: Buffer) => void) {
		this.#send = send;
	}

	take(body: Buffer): void {
		this.#done?.(body);
	}

	/** Command, subcommand and data in hex; resolves with the end code, empty where no answer comes. */
	async ask(text: string | Buffer): Promise<string> {
		const answered = new Promise<Buffer>((resolve) => {
			this.#done = resolve;
		});
		this.#send(frame(0x50, Buffer.concat([TIMER, typeof text === "string" ? hex(text) : text])));
		const body = await Promise.race([answered, sleep(PATIENCE)]);
		return body instanceof Buffer ? body.readUInt16LE(0).toString(16) : "";
	}
}

export function melsecActions(context: HostContext): Actions {
	const cpu = new Cpu();
	let server: Server | undefined;
	let datagrams: Datagrams | undefined;
	let screen: Asker | undefined;
	let screenSocket: Socket | undefined;
	let isWatching = false;
	let timer: NodeJS.Timeout | undefined;
	const sockets = new Set<Socket>();

	const connected = async (host: string): Promise<[Socket, Asker]> => {
		const socket = connect(PORT, context.address(host)).setNoDelay(true);
		await once(socket, "connect");
		const asker = new Asker((bytes) => socket.write(bytes));
		eachFrame(socket, (body) => asker.take(body));
		return [socket, asker];
	};

	return {
		openConveyor: async () => {
			let round = 0;
			timer = setInterval(() => cpu.turn(round++), 500);
			server = createServer((socket) => {
				sockets.add(socket.setNoDelay(true));
				eachFrame(socket, (body) => socket.write(frame(0xd0, cpu.answer(body.subarray(2)))));
			}).listen(PORT, context.ip);
			await once(server, "listening");
			datagrams = createSocket("udp4");
			datagrams.on("message", (bytes, { address, port }) => {
				if (bytes.length >= HEADER + 6) datagrams?.send(frame(0xd0, cpu.answer(bytes.subarray(HEADER + 2))), port, address);
			});
			datagrams.bind(UDP_PORT, context.ip);
			await once(datagrams, "listening");
		},
		/** Polls words and bits by TCP, one request behind the other. */
		watchConveyor: async (args) => {
			[screenSocket, screen] = await connected(String(args.host));
			isWatching = true;
			const poll = async (asker: Asker): Promise<void> => {
				while (isWatching) {
					await asker.ask("0104 0000 640000 a8 0200");
					await asker.ask("0104 0100 0a0000 90 0400");
					await sleep(500);
				}
			};
			void poll(screen);
		},
		/** Asks by UDP what the controller is. */
		visitConveyor: async (args) => {
			const socket = createSocket("udp4");
			const asker = new Asker((bytes) => socket.send(bytes, UDP_PORT, context.address(String(args.host))));
			socket.on("message", (bytes) => asker.take(bytes.subarray(HEADER)));
			const ends = [await asker.ask("0101 0000"), await asker.ask("0104 0000 640000 a8 0200")];
			socket.close();
			return ends;
		},
		/** Requests in hex, one after another by TCP; resolves with their end codes. */
		engineerConveyor: async (args) => {
			const [socket, asker] = await connected(String(args.host));
			const ends: string[] = [];
			for (const text of args.requests as string[]) {
				ends.push(await asker.ask(text));
				await sleep(300);
			}
			socket.destroy();
			return ends;
		},
		stopConveyor: async () => {
			isWatching = false;
			await sleep(600);
			clearInterval(timer);
			for (const socket of sockets) socket.destroy();
			screenSocket?.destroy();
			server?.close();
			datagrams?.close();
		},
	};
}
