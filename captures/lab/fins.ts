/**
 * A mixer by FINS: a CPU unit that serves UDP and TCP, a panel that polls it by UDP, a station that asks by TCP, and a programming tool. Any host may be one of them; all are silent until the lab says
 * so. Written here octet by octet from Omron's manuals (W342, 5; W421, 7), as no package for Node that the lab has speaks it on the side of a controller.
 */
import { createSocket, type Socket as Datagrams } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Actions, HostContext } from "./host.ts";

const PORT = 9600;
const HEADER = 10;
const TCP_HEADER = 16;
const PATIENCE = 1000;
/** Words of DM and of CIO that there are. */
const WORDS = 1024;
const AREA = { dmWord: 0x82, cioWord: 0xb0, cioBit: 0x30 } as const;
const MODE = { program: 0, monitor: 2, run: 4 } as const;
const OK = Buffer.of(0, 0);
const PROGRAM = Buffer.from("mixer program, version 4: fill, heat, stir, drain ".repeat(8));

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const be16 = (...values: number[]): Buffer => Buffer.from(values.flatMap((value) => [(value >> 8) & 255, value & 255]));
const padded = (text: string, size: number): Buffer => Buffer.concat([Buffer.from(text), Buffer.alloc(size)]).subarray(0, size);
const bcd = (value: number): number => Math.floor(value / 10) * 16 + (value % 10);

/** The CPU unit: memory, mode, program. */
class Cpu {
	readonly #dm = new Uint16Array(WORDS);
	readonly #cio = new Uint16Array(WORDS);
	#mode: number = MODE.run;

	/** Level, temperature and speed move on. */
	turn(round: number): void {
		this.#dm[100] = 500 + Math.round(80 * Math.sin(round / 5));
		this.#dm[101] = 640 + (round % 7);
		this.#dm[102] = this.#mode === MODE.program ? 0 : 1450;
		this.#cio[10] = (this.#cio[10]! & ~1) | (round & 1);
	}

	/** Command code and text; code, end code and text of the answer. */
	answer(asked: Buffer): Buffer {
		const [end, ...rest] = this.#serve(asked.readUInt16BE(0), asked.subarray(2));
		return Buffer.concat([asked.subarray(0, 2), end!, ...rest]);
	}

	#serve(code: number, text: Buffer): Buffer[] {
		switch (code) {
			case 0x0101:
				return this.#read(text.readUInt8(0), text.readUInt16BE(1), text.readUInt8(3), text.readUInt16BE(4));
			case 0x0102:
				return [this.#write(text.readUInt8(0), text.readUInt16BE(1), text.readUInt8(3), text.subarray(6))];
			case 0x0104:
				return [
					OK,
					...Array.from({ length: text.length / 4 }, (_, index) => {
						const [, value] = this.#read(text.readUInt8(index * 4), text.readUInt16BE(index * 4 + 1), text.readUInt8(index * 4 + 3), 1);
						return Buffer.concat([text.subarray(index * 4, index * 4 + 1), value!]);
					}),
				];
			case 0x0306: {
				const first = text.readUInt32BE(2);
				const part = PROGRAM.subarray(first, first + (text.readUInt16BE(6) & 0x7fff));
				const isLast = first + part.length >= PROGRAM.length;
				return [OK, text.subarray(0, 6), be16(part.length | (isLast ? 0x8000 : 0)), part];
			}
			case 0x0307:
				return this.#mode === MODE.program ? [OK, text.subarray(0, 8)] : [hex("2206")];
			case 0x0401:
				this.#mode = text.length >= 3 ? text.readUInt8(2) : MODE.monitor;
				return [OK];
			case 0x0402:
				this.#mode = MODE.program;
				return [OK];
			case 0x0501:
				return [OK, padded("CJ2M-CPU33", 20), padded("02.01", 10), padded("02.10", 10), Buffer.alloc(52)];
			case 0x0601:
				return [OK, Buffer.of(this.#mode === MODE.program ? 0 : 1, this.#mode), Buffer.alloc(24)];
			case 0x0701: {
				const now = new Date();
				const parts = [now.getUTCFullYear() % 100, now.getUTCMonth() + 1, now.getUTCDate(), now.getUTCHours(), now.getUTCMinutes()];
				return [OK, Buffer.from([...parts, now.getUTCSeconds(), now.getUTCDay()].map(bcd))];
			}
			case 0x0702:
			case 0x0c01:
			case 0x0c03:
			case 0x2103:
			case 0x2301:
			case 0x2302:
				return [OK];
			case 0x0304:
				return [OK];
			default:
				return [hex("0401")];
		}
	}

	#read(area: number, address: number, bit: number, count: number): Buffer[] {
		const words = area === AREA.dmWord ? this.#dm : this.#cio;
		if (area !== AREA.dmWord && area !== AREA.cioWord && area !== AREA.cioBit) return [hex("1101")];
		if (address + count > WORDS) return [hex("1104")];
		if (area === AREA.cioBit) return [OK, Buffer.from(Array.from({ length: count }, (_, index) => (words[address]! >> (bit + index)) & 1))];
		return [OK, be16(...words.subarray(address, address + count))];
	}

	#write(area: number, address: number, bit: number, data: Buffer): Buffer {
		if (area === AREA.cioBit) {
			this.#cio[address] = (this.#cio[address]! & ~(1 << bit)) | (data.readUInt8(0) << bit);
			return OK;
		}
		if (area !== AREA.dmWord || address + data.length / 2 > WORDS) return hex("1103");
		for (let at = 0; at < data.length; at += 2) this.#dm[address + at / 2] = data.readUInt16BE(at);
		return OK;
	}
}

/** The answer to a frame: addresses turned round. */
const answerTo = (cpu: Cpu, frame: Buffer, node: number): Buffer =>
	Buffer.concat([
		Buffer.of(0xc0, 0, 2, frame[6]!, frame[7]!, frame[8]!, frame[3]!, frame[4]! === 0 ? node : frame[4]!, frame[5]!, frame[9]!),
		cpu.answer(frame.subarray(HEADER)),
	]);

const tcpMessage = (command: number, body: Buffer, error = 0): Buffer => {
	const header = Buffer.alloc(TCP_HEADER);
	header.write("FINS");
	header.writeUInt32BE(body.length + 8, 4);
	header.writeUInt32BE(command, 8);
	header.writeUInt32BE(error, 12);
	return Buffer.concat([header, body]);
};

/** Calls `take` with command and body of each message of FINS/TCP. */
function eachMessage(socket: Socket, take: (command: number, body: Buffer) => void): void {
	let rest: Buffer = Buffer.alloc(0);
	socket.on("error", () => {});
	socket.on("data", (bytes) => {
		rest = Buffer.concat([rest, bytes]);
		while (rest.length >= TCP_HEADER && rest.length >= 8 + rest.readUInt32BE(4)) {
			const end = 8 + rest.readUInt32BE(4);
			take(rest.readUInt32BE(8), rest.subarray(TCP_HEADER, end));
			rest = rest.subarray(end);
		}
	});
}

const nodeOf = (ip: string): number => Number(ip.split(".")[3]);

/** One who asks: a service number for each command, and the answer to it. */
class Asker {
	readonly #waiting = new Map<number, (answer: Buffer) => void>();
	readonly #send: (frame: Buffer) => void;
	readonly #node: number;
	readonly #server: number;
	#sid = 0;

	constructor(node: number, server: number, send: (frame: Buffer) => void) {
		this.#node = node;
		this.#server = server;
		this.#send = send;
	}

	take(frame: Buffer): void {
		this.#waiting.get(frame[9]!)?.(frame.subarray(HEADER));
		this.#waiting.delete(frame[9]!);
	}

	/** Resolves with the end code in hex; empty where no answer comes. */
	async ask(text: Buffer): Promise<string> {
		this.#sid = (this.#sid + 1) & 255;
		const sid = this.#sid;
		const answered = new Promise<Buffer>((resolve) => this.#waiting.set(sid, resolve));
		this.#send(Buffer.concat([Buffer.of(0x80, 0, 2, 0, this.#server, 0, 0, this.#node, 0, sid), text]));
		const answer = await Promise.race([answered, sleep(PATIENCE)]);
		return answer instanceof Buffer ? answer.subarray(2, 4).toString("hex") : "";
	}
}

export function finsActions(context: HostContext): Actions {
	const cpu = new Cpu();
	let server: Server | undefined;
	let datagrams: Datagrams | undefined;
	let panel: Datagrams | undefined;
	let station: Socket | undefined;
	const timers: NodeJS.Timeout[] = [];
	const sockets = new Set<Socket>();
	let operator: Asker | undefined;

	const connected = async (host: string): Promise<[Socket, Asker]> => {
		const ip = context.address(host);
		const socket = connect(PORT, ip).setNoDelay(true);
		await once(socket, "connect");
		const given = new Promise<void>((resolve) =>
			eachMessage(socket, (command, body) => {
				if (command === 1) resolve();
				else if (command === 2) asker.take(body);
			}),
		);
		const asker = new Asker(nodeOf(context.ip), nodeOf(ip), (frame) => socket.write(tcpMessage(2, frame)));
		socket.write(tcpMessage(0, Buffer.of(0, 0, 0, nodeOf(context.ip))));
		await given;
		return [socket, asker];
	};

	return {
		openMixer: async () => {
			let round = 0;
			timers.push(setInterval(() => cpu.turn(round++), 500));
			const node = nodeOf(context.ip);
			datagrams = createSocket("udp4");
			datagrams.on("message", (frame, { address, port }) => {
				if (frame.length >= HEADER + 2) datagrams?.send(answerTo(cpu, frame, node), port, address);
			});
			datagrams.bind(PORT, context.ip);
			await once(datagrams, "listening");
			server = createServer((socket) => {
				sockets.add(socket.setNoDelay(true));
				eachMessage(socket, (command, body) => {
					if (command === 0) socket.write(tcpMessage(1, Buffer.concat([body, Buffer.of(0, 0, 0, node)])));
					else if (command === 2) socket.write(tcpMessage(2, answerTo(cpu, body, node)));
				});
			}).listen(PORT, context.ip);
			await once(server, "listening");
		},
		/** Polls level, temperature, speed and a contact by UDP, and the state of the controller now and then. */
		watchMixer: async (args) => {
			const ip = context.address(String(args.host));
			panel = createSocket("udp4");
			const asker = new Asker(nodeOf(context.ip), nodeOf(ip), (frame) => panel?.send(frame, PORT, ip));
			panel.on("message", (frame) => asker.take(frame));
			panel.bind(PORT, context.ip);
			await once(panel, "listening");
			let round = 0;
			timers.push(
				setInterval(() => {
					void asker.ask(hex("0101 82 0064 00 0003"));
					if (round % 4 === 0) void asker.ask(hex("0104 b0 000a 00 30 000a 00"));
					if (round % 8 === 0) void asker.ask(hex("0601"));
					round++;
				}, 500),
			);
			operator = asker;
		},
		/** Asks by TCP what the controller is, and for its clock. */
		visitMixer: async (args) => {
			const [socket, asker] = await connected(String(args.host));
			station = socket;
			return [await asker.ask(hex("0501 00")), await asker.ask(hex("0701"))];
		},
		/** Writes a set point. */
		setMixer: (args) => operator?.ask(Buffer.concat([hex("0102 82 00c8 00 0001"), be16(Number(args.value))])),
		/** Commands in hex, one after another by TCP; resolves with their end codes. */
		engineerMixer: async (args) => {
			const [socket, asker] = await connected(String(args.host));
			const ends: string[] = [];
			for (const text of args.commands as string[]) {
				ends.push(await asker.ask(hex(text)));
				await sleep(300);
			}
			// No message of FINS/TCP has such a command.
			if (args.isBroken === true) socket.write(tcpMessage(9, Buffer.alloc(0)));
			await sleep(300);
			socket.destroy();
			return ends;
		},
		stopMixer: () => {
			for (const timer of timers) clearInterval(timer);
			for (const socket of sockets) socket.destroy();
			server?.close();
			station?.destroy();
			datagrams?.close();
			panel?.close();
		},
	};
}
