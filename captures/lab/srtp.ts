/**
 * A compressor by SRTP: a CPU in slot 1, a panel that polls it, and whoever else asks. Any host may be one of them; all are silent until the lab says so. Written here octet by octet from what is
 * published of the protocol (Denton et al., DFRWS 2017), as the lab has no package that is a controller.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Actions, HostContext } from "./host.ts";

const PORT = 18_245;
const SIZE = 56;
const PATIENCE = 1000;
const WORDS = 1024;
const MAILBOX = { request: 0xc0, done: 0xd4, doneText: 0x94, refused: 0xd1 } as const;
/** Selectors of %R and, in octets, of %M. */
const REGISTERS = 0x08;
const INTERNALS = 0x16;
/** Run and stop, as the upper bits of the status word have them. */
const RUN = 0x0100;
const STOP = 0x2000;

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const le16 = (...values: number[]): Buffer => Buffer.from(values.flatMap((value) => [value & 255, (value >> 8) & 255]));

/** What all messages but the first have. */
function message(type: number, sequence: number, mailbox: number, body: Buffer, text: Buffer): Buffer {
	const out = Buffer.alloc(SIZE);
	out.set([type, 0, sequence, 0, ...le16(text.length)]);
	out[9] = out[17] = 1;
	out.set([sequence, mailbox, 0, 0, 0, 0, 0x10, 0x0e, 0, 0, 1, 1], 30);
	body.copy(out, 42);
	return Buffer.concat([out, text]);
}

/** The CPU: registers, internals, its state. */
class Cpu {
	readonly #registers = new Uint16Array(WORDS);
	readonly #internals = new Uint8Array(WORDS);
	#state = RUN;

	/** Pressure, speed and a contact move on. */
	turn(round: number): void {
		if (this.#state !== RUN) return;
		this.#registers[99] = 6200 + (round % 11);
		this.#registers[100] = 2950;
		this.#internals[0] = round & 1;
	}

	answer(asked: Buffer): Buffer {
		const sequence = asked[2]!;
		const [service, selector] = [asked[42]!, asked[43]!];
		const first = asked.readUInt16LE(44);
		const count = asked.readUInt16LE(46);
		const refused = (major: number, minor: number): Buffer => this.#reply(sequence, MAILBOX.refused, Buffer.alloc(0), [major, minor]);
		const done = (data: Buffer): Buffer =>
			data.length > 6 ? this.#reply(sequence, MAILBOX.doneText, data) : this.#reply(sequence, MAILBOX.done, data);
		switch (service) {
			case 0x00:
				return done(Buffer.alloc(0));
			case 0x04:
				if (selector === REGISTERS && first + count <= WORDS) return done(le16(...this.#registers.subarray(first, first + count)));
				if (selector === INTERNALS && first + count <= WORDS) return done(Buffer.from(this.#internals.subarray(first, first + count)));
				return refused(5, 0xf4);
			case 0x07:
				if (selector !== REGISTERS || first + count > WORDS || count > 4) return refused(5, 0xf4);
				for (let index = 0; index < count; index++) this.#registers[first + index] = asked.readUInt16LE(48 + 2 * index);
				return done(Buffer.alloc(0));
			case 0x23:
				this.#state = this.#state === RUN ? STOP : RUN;
				return done(Buffer.alloc(0));
			case 0x43:
				return done(Buffer.concat([Buffer.from("COMPRES1"), Buffer.alloc(24)]));
			case 0x20:
			case 0x21:
			case 0x24:
			case 0x39:
			case 0x3f:
			case 0x44:
				return done(Buffer.alloc(0));
			case 0x40:
				return this.#state === STOP ? done(Buffer.alloc(0)) : refused(2, 0);
			default:
				return refused(1, 0);
		}
	}

	#reply(sequence: number, mailbox: number, data: Buffer, status: readonly number[] = [0, 0]): Buffer {
		const body = Buffer.alloc(14);
		body.set(status);
		if (mailbox === MAILBOX.done) data.copy(body, 2);
		body.set([1, 2, 0, 0, ...le16(this.#state)], 8);
		return message(3, sequence, mailbox, body, mailbox === MAILBOX.doneText ? data : Buffer.alloc(0));
	}
}

/** Calls `take` with each message. */
function eachMessage(socket: Socket, take: (bytes: Buffer) => void): void {
	let rest: Buffer = Buffer.alloc(0);
	socket.on("error", () => {});
	socket.on("data", (bytes) => {
		rest = Buffer.concat([rest, bytes]);
		while (rest.length >= SIZE && rest.length >= SIZE + rest.readUInt16LE(4)) {
			const end = SIZE + rest.readUInt16LE(4);
			take(rest.subarray(0, end));
			rest = rest.subarray(end);
		}
	});
}

/** One who asks, one request at a time. */
class Asker {
	readonly socket: Socket;
	#done: ((bytes: Buffer) => void) | undefined;
	#sequence = 5;

	private constructor(socket: Socket) {
		this.socket = socket;
		eachMessage(socket, (bytes) => this.#done?.(bytes));
	}

	static async connect(ip: string): Promise<Asker> {
		const socket = connect(PORT, ip).setNoDelay(true);
		await once(socket, "connect");
		const asker = new Asker(socket);
		await asker.#exchange(Buffer.alloc(SIZE));
		return asker;
	}

	/** Service and what it wants, in hex; resolves with the status in hex, empty where no reply comes. */
	async ask(text: string): Promise<string> {
		this.#sequence = (this.#sequence + 1) & 255;
		const answer = await this.#exchange(message(2, this.#sequence, MAILBOX.request, hex(text), Buffer.alloc(0)));
		return answer?.subarray(42, 44).toString("hex") ?? "";
	}

	async #exchange(bytes: Buffer): Promise<Buffer | undefined> {
		const answered = new Promise<Buffer>((resolve) => {
			this.#done = resolve;
		});
		this.socket.write(bytes);
		const answer = await Promise.race([answered, sleep(PATIENCE)]);
		return answer instanceof Buffer ? answer : undefined;
	}
}

export function srtpActions(context: HostContext): Actions {
	const cpu = new Cpu();
	const sockets = new Set<Socket>();
	let server: Server | undefined;
	let timer: NodeJS.Timeout | undefined;
	let panel: Asker | undefined;
	let isWatching = false;
	/** What the panel writes with its next poll. */
	let order = "";

	return {
		openCompressor: async () => {
			let round = 0;
			timer = setInterval(() => cpu.turn(round++), 500);
			server = createServer((socket) => {
				sockets.add(socket.setNoDelay(true));
				eachMessage(socket, (bytes) => {
					if (bytes[0] === 2) socket.write(cpu.answer(bytes));
					else if (bytes[0] === 0) socket.write(Buffer.concat([Buffer.of(1, 0, 0, 0, 0, 0, 0, 0, 0x0f), Buffer.alloc(SIZE - 9)]));
				});
			}).listen(PORT, context.ip);
			await once(server, "listening");
		},
		/** Polls registers and internals. */
		watchCompressor: async (args) => {
			const asker = await Asker.connect(context.address(String(args.host)));
			panel = asker;
			isWatching = true;
			const poll = async (): Promise<void> => {
				while (isWatching) {
					await asker.ask("04 08 6300 0400");
					await asker.ask("04 16 0000 0100");
					if (order !== "") await asker.ask(order);
					order = "";
					await sleep(500);
				}
			};
			void poll();
		},
		/** Writes a set point. */
		setCompressor: (args) => {
			order = `07 08 c700 0100 ${le16(Number(args.value)).toString("hex")}`;
		},
		/** Requests in hex, one after another; resolves with their statuses. */
		engineerCompressor: async (args) => {
			const asker = await Asker.connect(context.address(String(args.host)));
			const ends: string[] = [];
			for (const text of args.requests as string[]) {
				ends.push(await asker.ask(text));
				await sleep(300);
			}
			// The controller sends such messages, nobody else.
			if (args.isBroken === true) asker.socket.write(message(3, 1, MAILBOX.done, Buffer.alloc(0), Buffer.alloc(0)));
			await sleep(300);
			asker.socket.destroy();
			return ends;
		},
		stopCompressor: async () => {
			isWatching = false;
			await sleep(600);
			clearInterval(timer);
			for (const socket of sockets) socket.destroy();
			panel?.socket.destroy();
			server?.close();
		},
	};
}
