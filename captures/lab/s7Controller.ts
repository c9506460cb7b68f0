/**
 * A small controller that speaks S7comm and S7comm-plus on port 102, since no package serves them without code of another language: written byte by byte from what `protocols/s7comm` and
 * `protocols/s7comm-plus` name as their sources. It has one data block and a few flags, a program of one block that can be given out and replaced, an operating state, and says who it is.
 */
import { createServer, type Server, type Socket } from "node:net";

export const S7_PORT = 102;

const bytes = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ""), "hex");
const byte = (value: number): string => value.toString(16).padStart(2, "0");
const word = (value: number): string => value.toString(16).padStart(4, "0");
const padded = (text: string, length: number, fill = " "): string => Buffer.from(text.padEnd(length, fill), "latin1").toString("hex");

/** One packet of ISO transport around one message. */
export function packet(contents: Buffer): Buffer {
	const head = bytes("03000000 02f080");
	head.writeUInt16BE(contents.length + head.length, 2);
	return Buffer.concat([head, contents]);
}

/** A message of S7comm: its kind, reference, error where it has one, parameters and data. */
export function message(rosctr: number, reference: number, parameters: Buffer, data: Buffer, error?: Buffer): Buffer {
	const head = bytes(`32 ${byte(rosctr)} 0000 ${word(reference)} ${word(parameters.length)} ${word(data.length)}`);
	return packet(Buffer.concat([head, error ?? Buffer.alloc(0), parameters, data]));
}
export const job = (reference: number, parameters: string, data = ""): Buffer => message(1, reference, bytes(parameters), bytes(data));
const answer = (reference: number, parameters: Buffer, data: Buffer = Buffer.alloc(0)): Buffer =>
	message(3, reference, parameters, data, bytes("0000"));

/** Userdata with contents. */
export function userdata(reference: number, type: number, group: number, subFunction: number, contents: Buffer): Buffer {
	const isRequest = type === 4;
	const parameters = bytes(
		`000112 ${isRequest ? "0411" : "0812"} ${byte((type << 4) | group)} ${byte(subFunction)} ${isRequest ? "00" : "01 00 00 0000"}`,
	);
	return message(7, reference, parameters, Buffer.concat([bytes(`ff09 ${word(contents.length)}`), contents]));
}

/** A message of S7comm-plus with its trailer. */
export function plusMessage(version: number, data: string): Buffer {
	const body = bytes(data);
	return packet(Buffer.concat([bytes(`72 ${byte(version)} ${word(body.length)}`), body, bytes(`72 ${byte(version)} 0000`)]));
}

/** Splits what a socket gives into whole packets. */
export function onPackets(socket: Socket, take: (one: Buffer) => void): void {
	let held = Buffer.alloc(0);
	socket.on("error", () => {});
	socket.on("data", (chunk) => {
		held = Buffer.concat([held, chunk as Buffer]);
		while (held.length >= 4 && held.length >= held.readUInt16BE(2)) {
			const length = held.readUInt16BE(2);
			take(held.subarray(0, length));
			held = held.subarray(length);
		}
	});
}

const ORDER = "6ES7 315-2EH14-0AB0";
const NAMES: readonly (readonly [number, string])[] = [
	[1, "valve station"],
	[2, "valve"],
	[5, "S C-X4U421302009"],
	[7, "CPU 315-2 PN/DP"],
];
/** What S7comm-plus says of the product; another device at the same address in a real plant, here one for both. */
const PRODUCT = "1;6ES7 214-1HE30-0XB0 ;V2.2";
/** Body of the one block: its header, and code that does nothing. */
const BLOCK = Buffer.concat([bytes("70700101 010a0001 00000024 00000000"), Buffer.alloc(20)]);

export class S7Controller {
	readonly memory = Buffer.alloc(64);
	readonly flags = Buffer.alloc(64);
	isRunning = true;
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();
	#own = 0x0100;

	private constructor() {
		this.#server = createServer((socket) => {
			this.#sockets.add(socket.setNoDelay(true));
			socket.on("close", () => this.#sockets.delete(socket));
			onPackets(socket, (one) => this.#packet(socket, one));
		});
	}

	static async open(ip: string): Promise<S7Controller> {
		const controller = new S7Controller();
		await new Promise<void>((done) => controller.#server.listen(S7_PORT, ip, done));
		return controller;
	}

	close(): void {
		for (const socket of this.#sockets) socket.destroy();
		this.#server.close();
	}

	#packet(socket: Socket, one: Buffer): void {
		// A connection is confirmed with the parameters that it was asked with.
		if (one[5] === 0xe0) {
			const confirmation = Buffer.from(one);
			confirmation[5] = 0xd0;
			one.copy(confirmation, 6, 8, 10);
			confirmation.writeUInt16BE(0x0007, 8);
			socket.write(confirmation);
		} else if (one[7] === 0x32) this.#classic(socket, one.subarray(7));
		else if (one[7] === 0x72) this.#plus(socket, one.subarray(7));
	}

	#classic(socket: Socket, said: Buffer): void {
		const reference = said.readUInt16BE(4);
		const parameters = said.subarray(10, 10 + said.readUInt16BE(6));
		const data = said.subarray(10 + parameters.length);
		if (said[1] === 7) this.#userdata(socket, reference, parameters, data);
		else if (said[1] === 1) this.#job(socket, reference, parameters, data);
		// The part of a block that was asked for has come: that was all of it.
		else if (said[1] === 3 && said[12] === 0x1b) socket.write(job(this.#own++, `1c 00 0000 00000000 09 ${padded("_0A00001P", 9)}`));
	}

	#job(socket: Socket, reference: number, parameters: Buffer, data: Buffer): void {
		const code = parameters[0]!;
		const reply = (text: string, more: Buffer = Buffer.alloc(0)): boolean => socket.write(answer(reference, bytes(text), more));
		switch (code) {
			case 0xf0:
				reply("f0 00 0001 0001 00f0");
				return;
			case 0x04:
				reply(`04 ${byte(parameters[1]!)}`, this.#read(parameters));
				return;
			case 0x05:
				reply(`05 ${byte(parameters[1]!)}`, this.#write(parameters, data));
				return;
			case 0x1d:
				reply(`1d 00 0000 00000007 07 ${padded(`${BLOCK.length}`.padStart(7, "0"), 7)}`);
				return;
			case 0x1e:
				reply("1e 00", Buffer.concat([bytes(`${word(BLOCK.length)} 00fb`), BLOCK]));
				return;
			case 0x1a:
				reply("1a");
				socket.write(job(this.#own++, `1b 00 0000 00000000 09 ${padded("_0A00001P", 9)}`));
				return;
			case 0x29:
				this.isRunning = false;
				reply("29");
				return;
			case 0x28:
				if (parameters.includes("P_PROGRAM")) this.isRunning = true;
				reply("28");
				return;
			default:
				reply(byte(code));
		}
	}

	/** S7ANY addresses of 12 bytes each: bytes, or one bit. */
	#each(parameters: Buffer, visit: (area: Buffer, at: number, count: number, size: number, bit: number) => void): void {
		for (let index = 0; index < parameters[1]!; index++) {
			const item = parameters.subarray(2 + 12 * index, 14 + 12 * index);
			const size = item[3]!;
			const bits = item.readUIntBE(9, 3);
			const width = size === 1 ? 1 : size < 4 ? 1 : size < 6 ? 2 : 4;
			visit(item[8] === 0x84 ? this.memory : this.flags, bits >> 3, item.readUInt16BE(4) * width, size, bits & 7);
		}
	}

	#read(parameters: Buffer): Buffer {
		const parts: Buffer[] = [];
		this.#each(parameters, (area, at, count, size, bit) => {
			if (parts.length > 0 && parts.at(-1)!.length % 2 === 1) parts.push(Buffer.alloc(1));
			if (at + count > area.length) parts.push(bytes("0a000000"));
			else if (size === 1) parts.push(bytes(`ff03 0001 ${byte((area[at]! >> bit) & 1)}`));
			else parts.push(bytes(`ff04 ${word(count * 8)}`), Buffer.from(area.subarray(at, at + count)));
		});
		return Buffer.concat(parts);
	}

	#write(parameters: Buffer, data: Buffer): Buffer {
		const codes: number[] = [];
		let from = 0;
		this.#each(parameters, (area, at, count, size, bit) => {
			const value = data.subarray(from + 4, from + 4 + count);
			from += 4 + count + (count % 2);
			if (at + count > area.length) codes.push(0x0a);
			else {
				if (size === 1) area[at] = value[0] === 0 ? area[at]! & ~(1 << bit) : area[at]! | (1 << bit);
				else value.copy(area, at);
				codes.push(0xff);
			}
		});
		return Buffer.from(codes);
	}

	#userdata(socket: Socket, reference: number, parameters: Buffer, data: Buffer): void {
		const group = parameters[5]! & 0x0f;
		const list = data.length >= 8 ? data.readUInt16BE(4) : 0;
		const reply = (text: string): boolean => socket.write(userdata(reference, 8, group, parameters[6]!, bytes(text)));
		if (group === 4 && (list & 0xff) === 0x11)
			reply(`0011 0000 001c 0002 0001 ${padded(ORDER, 20)} 00c0 0003 0001 0007 ${padded("", 20)} 00c0 5603 0207`);
		else if (group === 4 && (list & 0xff) === 0x1c)
			reply(`001c 0000 0022 ${word(NAMES.length)} ${NAMES.map(([index, name]) => `${word(index)}${padded(name, 32, "\0")}`).join("")}`);
		else if (group === 4) reply(`0424 0000 0014 0001 5144 ff ${this.isRunning ? "08" : "04"} 00000000 00000000 0016021014513757`);
		else reply("");
	}

	#plus(socket: Socket, said: Buffer): void {
		const body = said.subarray(4);
		const code = body.readUInt16BE(3);
		const sequence = word(body.readUInt16BE(7));
		const reply = (version: number, set: string): boolean =>
			socket.write(plusMessage(version, `32 0000 ${word(code)} 0000 ${sequence} 34 ${set}`));
		switch (code) {
			case 0x4ca:
				// Only a session is made in version 1.
				if (said[1] === 1)
					reply(
						1,
						`00 02 8740 8741 a1 00000120 821f 00 00 a3 8232 00 17 0000013a 823f 00 15 ${byte(PRODUCT.length)} ${padded(PRODUCT, PRODUCT.length)} 00 a2 00000000`,
					);
				else reply(2, "00 00 00000000");
				return;
			case 0x54c:
				reply(
					2,
					`00 01 00 0e ${this.memory.subarray(0, 4).toString("hex")} 02 00 07 ${this.memory.subarray(8, 10).toString("hex")} 00 00 00000000`,
				);
				return;
			case 0x4f2:
				this.isRunning = body.includes(bytes("9077 00 08 03"));
				reply(2, "00 00000000");
				return;
			case 0x556:
				reply(2, "00 0012 00000003 00000000");
				return;
			case 0x4d4:
				reply(2, "00 000003c0 00000000");
				return;
			default:
				reply(2, "00 00 00000000");
		}
	}
}
