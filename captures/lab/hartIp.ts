/**
 * Field devices by HART-IP: a gateway with two transmitters behind it that serves UDP and TCP, a station that looks after them by UDP, and a tool by TCP. Any host may be one of them; all are silent until the lab
 * says so. Written here octet by octet from the specifications (HCF_SPEC-085, 10.3; HCF_SPEC-127, 6; HCF_SPEC-151, 7), as no package for Node that the lab has speaks it.
 */
import { createSocket, type Socket as Datagrams } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Actions, HostContext } from "./host.ts";

const PORT = 5094;
const HEADER = 8;
const PATIENCE = 1000;
const TYPE = { request: 0, response: 1, publish: 2 } as const;
const ID = { tokenPassing: 3, direct: 4 } as const;
const STATUS = { none: 0, changed: 0x40, fixed: 0x08 } as const;
const NOT_IMPLEMENTED = 64;
const LOCKED = 7;

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const be16 = (value: number): Buffer => Buffer.of(value >> 8, value & 255);
const f32 = (value: number): Buffer => {
	const out = Buffer.alloc(4);
	out.writeFloatBE(value);
	return out;
};
const latin = (text: string): Buffer => Buffer.concat([Buffer.from(text, "latin1"), Buffer.alloc(32)]).subarray(0, 32);
/** Four characters in three octets. */
function packed(text: string, size: number): Buffer {
	const padded = text.padEnd(size, " ");
	const out: number[] = [];
	for (let at = 0; at < size; at += 4) {
		const word = [0, 1, 2, 3].reduce((sum, index) => (sum << 6) | (padded.charCodeAt(at + index) & 0x3f), 0);
		out.push((word >> 16) & 255, (word >> 8) & 255, word & 255);
	}
	return Buffer.from(out);
}

/** A transmitter, or the gateway itself, which measures its own temperature. */
class Device {
	readonly address: Buffer;
	readonly #unit: number;
	#tag: string;
	#value = 0;
	#fixed = 0;
	#upper = 10;
	#status: number = STATUS.none;
	#isLocked = false;
	#changes = 2;

	constructor(type: number, id: number, tag: string, unit: number) {
		this.address = Buffer.concat([be16(type), Buffer.of(0), be16(id)]);
		this.#tag = tag;
		this.#unit = unit;
	}

	turn(round: number): void {
		this.#value = Math.round((4 + 2 * Math.sin(round / 6 + this.address[4]!)) * 100) / 100;
	}

	/** Response code and data. */
	serve(command: number, data: Buffer): [code: number, data: Buffer] {
		const isWrite = command !== 71 && [18, 22, 34, 35, 38, 40, 42, 44].includes(command);
		if (isWrite && this.#isLocked) return [LOCKED, Buffer.alloc(0)];
		switch (command) {
			case 0:
				return [
					0,
					Buffer.concat([
						hex("fe"),
						this.address.subarray(0, 2),
						hex("05 07 04 03 0e 0c"),
						this.address.subarray(2),
						hex("05 04"),
						be16(this.#changes),
						hex("00 00"),
						this.address.subarray(0, 1),
						hex("00"),
						this.address.subarray(0, 1),
						hex("84"),
					]),
				];
			case 1:
				return [0, Buffer.concat([Buffer.of(this.#unit), f32(this.#value)])];
			case 3:
				return [0, Buffer.concat([f32(this.#current()), Buffer.of(this.#unit), f32(this.#value), Buffer.of(32), f32(31.5)])];
			case 9: {
				const slots = [...data].map((code) =>
					Buffer.concat([
						Buffer.of(code, 0x41, code === 245 ? 39 : this.#unit),
						f32(code === 245 ? this.#current() : this.#value),
						hex("c0"),
					]),
				);
				return [0, Buffer.concat([hex("00"), ...slots, hex("68ff6500")])];
			}
			case 13:
				return [0, Buffer.concat([packed(this.#tag, 8), packed("", 16), hex("1c0b7e")])];
			case 15:
				return [0, Buffer.concat([Buffer.of(0, 0, this.#unit), f32(this.#upper), f32(0), f32(1), hex("fb fa 00")])];
			case 20:
				return [0, latin(this.#tag)];
			case 22:
				this.#tag = data.toString("latin1").replaceAll("\0", "");
				return this.#changed(data);
			case 34:
			case 44:
				return this.#changed(data);
			case 35:
				this.#upper = data.readFloatBE(1);
				return this.#changed(data);
			case 38:
				this.#status &= ~STATUS.changed;
				return [0, be16(this.#changes)];
			case 40:
				this.#fixed = data.readFloatBE(0);
				this.#status = this.#fixed > 0 ? this.#status | STATUS.fixed : this.#status & ~STATUS.fixed;
				return [0, data];
			case 42:
				return [0, Buffer.alloc(0)];
			case 48:
				return [0, hex("000000000000 00 00 00 00 00 00 00")];
			case 71:
				this.#isLocked = data.readUInt8(0) !== 0;
				return [0, data];
			default:
				return [NOT_IMPLEMENTED, Buffer.alloc(0)];
		}
	}

	get status(): number {
		return this.#status;
	}

	#current(): number {
		return this.#fixed > 0 ? this.#fixed : 4 + (16 * this.#value) / this.#upper;
	}

	#changed(data: Buffer): [number, Buffer] {
		this.#changes++;
		this.#status |= STATUS.changed;
		return [0, data];
	}
}

const checked = (frame: Buffer): Buffer => Buffer.concat([frame, Buffer.of(frame.reduce((sum, octet) => sum ^ octet, 0))]);
function message(type: number, id: number, sequence: number, body: Buffer): Buffer {
	const header = Buffer.of(1, type, id, 0, 0, 0, 0, 0);
	header.writeUInt16BE(sequence, 4);
	header.writeUInt16BE(HEADER + body.length, 6);
	return Buffer.concat([header, body]);
}

class Gateway {
	readonly devices = [
		new Device(0x264e, 0xd2, "HG-1", 32),
		new Device(0x2606, 0x1a2b, "FT-101", 19),
		new Device(0x1121, 0x0bb8, "PT-205", 7),
	] as const;
	#round = 0;

	turn(): void {
		this.#round++;
		for (const device of this.devices) device.turn(this.#round);
	}

	/** One message answers one, but for a frame with a wrong check octet, which is no frame. */
	answer(asked: Buffer): Buffer | undefined {
		const id = asked[2]!;
		const sequence = asked.readUInt16BE(4);
		const body = asked.subarray(HEADER);
		if (id === ID.tokenPassing) {
			const answered = this.#frame(body);
			return answered && message(TYPE.response, id, sequence, answered);
		}
		return message(TYPE.response, id, sequence, id === ID.direct ? this.#direct(body) : body);
	}

	/** What the second device says without being asked. */
	published(sequence: number): Buffer {
		const device = this.devices[1];
		return message(TYPE.publish, ID.tokenPassing, sequence, answerFrame(0x81, device.address, 1, device, device.serve(1, Buffer.alloc(0))));
	}

	#device(address: Buffer): Device | undefined {
		if (address.length === 1) return (address[0]! & 0x3f) === 0 ? this.devices[0] : undefined;
		return this.devices.find(
			(one) => ((one.address[0]! ^ address[0]!) & 0x3f) === 0 && one.address.subarray(1).equals(address.subarray(1)),
		);
	}

	#frame(frame: Buffer): Buffer | undefined {
		if (frame.reduce((sum, octet) => sum ^ octet, 0) !== 0) return undefined;
		const answered = this.#serve(frame.subarray(0, -1));
		return answered && checked(answered);
	}

	/** A frame without its check octet. */
	#serve(frame: Buffer): Buffer | undefined {
		const size = (frame[0]! & 0x80) === 0 ? 1 : 5;
		const address = frame.subarray(1, 1 + size);
		const device = this.#device(address);
		if (device === undefined) return undefined;
		const command = frame[1 + size]!;
		const data = frame.subarray(3 + size);
		// Card and channel of the device, then its own frame.
		if (command === 77) {
			const inner = this.#serve(data.subarray(3));
			return inner && bare(frame[0]! | 4, address, command, device, [0, Buffer.concat([data.subarray(0, 2), inner])]);
		}
		return bare(frame[0]! | 4, address, command, device, device.serve(command, data));
	}

	/** Device status, extended status, commands behind each other: to the gateway itself. */
	#direct(body: Buffer): Buffer {
		const parts: Buffer[] = [Buffer.of(this.devices[0].status, 0)];
		for (let at = 2; at < body.length; at += 3 + body[at + 2]!) {
			const [code, data] = this.devices[0].serve(body.readUInt16BE(at), body.subarray(at + 3, at + 3 + body[at + 2]!));
			parts.push(body.subarray(at, at + 2), Buffer.of(data.length + 1, code), data);
		}
		return Buffer.concat(parts);
	}
}

const bare = (delimiter: number, address: Buffer, command: number, device: Device, [code, data]: [number, Buffer]): Buffer =>
	Buffer.concat([Buffer.of(delimiter), address, Buffer.of(command, data.length + 2, code, device.status), data]);
const answerFrame = (...parts: Parameters<typeof bare>): Buffer => checked(bare(...parts));

/** "CC data" in hex, to an address in hex, as a frame. */
function asked(address: string, text: string): Buffer {
	const [command, ...data] = text.split(" ");
	const to = hex(address);
	const bytes = hex(data.join(""));
	return checked(Buffer.concat([Buffer.of(to.length === 1 ? 0x02 : 0x82), to, hex(command!), Buffer.of(bytes.length), bytes]));
}

export function hartIpActions(context: HostContext): Actions {
	const gateway = new Gateway();
	const timers: NodeJS.Timeout[] = [];
	let server: Server | undefined;
	let datagrams: Datagrams | undefined;
	let station: Datagrams | undefined;

	return {
		openFieldGateway: async () => {
			timers.push(setInterval(() => gateway.turn(), 500));
			datagrams = createSocket("udp4");
			let published = 0;
			datagrams.on("message", (bytes, { address, port }) => {
				const answered = bytes.length >= HEADER ? gateway.answer(bytes) : undefined;
				if (answered !== undefined) datagrams?.send(answered, port, address);
				// Who opens a session gets what is published, now and then.
				if (bytes[2] === 0) timers.push(setInterval(() => datagrams?.send(gateway.published(published++ & 0xffff), port, address), 2000));
			});
			datagrams.bind(PORT, context.ip);
			await once(datagrams, "listening");
			server = createServer((socket) => {
				let rest: Buffer = Buffer.alloc(0);
				socket.setNoDelay(true).on("error", () => {});
				socket.on("data", (bytes) => {
					rest = Buffer.concat([rest, bytes]);
					while (rest.length >= HEADER && rest.length >= rest.readUInt16BE(6)) {
						const answered = gateway.answer(rest.subarray(0, rest.readUInt16BE(6)));
						if (answered !== undefined) socket.write(answered);
						rest = rest.subarray(rest.readUInt16BE(6));
					}
				});
			}).listen(PORT, context.ip);
			await once(server, "listening");
		},
		/** Opens a session by UDP, asks who is there, and polls the devices. */
		watchField: async (args) => {
			const ip = context.address(String(args.host));
			station = createSocket("udp4");
			station.bind(0, context.ip);
			await once(station, "listening");
			let sequence = 0;
			const send = (id: number, body: Buffer): void => station?.send(message(TYPE.request, id, ++sequence, body), PORT, ip);
			const ask = (address: string, text: string): void => send(ID.tokenPassing, asked(address, text));
			send(0, hex("01 00007530"));
			for (const [address, text] of [
				["80", "00"],
				["a64e0000d2", "14"],
				["a606001a2b", "00"],
				["a606001a2b", "0d"],
				["9121000bb8", "00"],
				["9121000bb8", "14"],
				["a606001a2b", "0f"],
			] as const) {
				ask(address, text);
				await sleep(100);
			}
			let round = 0;
			timers.push(
				setInterval(() => {
					ask("a606001a2b", "03");
					ask("9121000bb8", round % 2 === 0 ? "01" : "09 f6f5");
					if (round % 6 === 5) ask("a64e0000d2", "30");
					if (round % 6 === 3) send(2, Buffer.alloc(0));
					round++;
				}, 1000),
			);
		},
		/** Commands by TCP, one after another: to an address as frames, without one as one direct PDU each; resolves with the answers in hex. */
		workOnField: async (args) => {
			const { host, commands, isBroken } = args as {
				host: string;
				commands: (readonly [address: string, text: string])[];
				isBroken?: boolean;
			};
			const socket = connect(PORT, context.address(host)).setNoDelay(true);
			socket.on("error", () => {});
			await once(socket, "connect");
			const answers: string[] = [];
			let sequence = 100;
			const ask = async (id: number, body: Buffer): Promise<void> => {
				socket.write(message(TYPE.request, id, ++sequence, body));
				const answer = await Promise.race([once(socket, "data"), sleep(PATIENCE)]);
				answers.push(Array.isArray(answer) ? (answer[0] as Buffer).toString("hex") : "");
				await sleep(200);
			};
			await ask(0, hex("01 00007530"));
			for (const [address, text] of commands)
				await (address === "" ? ask(ID.direct, hex(text)) : ask(ID.tokenPassing, asked(address, text)));
			if (isBroken === true) await ask(ID.tokenPassing, hex("82 a606001a2b 03 00 00"));
			else await ask(1, Buffer.alloc(0));
			socket.end();
			await once(socket, "close");
			return answers.length;
		},
		closeField: () => {
			for (const timer of timers) clearInterval(timer);
			server?.close();
			datagrams?.close();
			station?.close();
		},
	};
}
