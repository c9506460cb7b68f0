/** Frames of EtherCAT written out (ETG.1000.4, ETG.1000.6), from behind the EtherType; all numbers little-endian. */
import { hex } from "../support/decoderHarness.ts";

const le = (value: number, octets: number): string =>
	Array.from({ length: octets }, (_, at) => Math.floor(value / 256 ** at) & 255)
		.map((one) => one.toString(16).padStart(2, "0"))
		.join("");
const size = (text: string): number => hex(text).length;

/** A datagram: command, slave, register, data, and how many took part. */
interface Datagram {
	readonly command: number;
	readonly slave?: number;
	readonly register: number;
	readonly data: string;
	readonly counter?: number;
	readonly index?: number;
}
export const frame = (...datagrams: Datagram[]): Uint8Array => {
	const body = datagrams
		.map(({ command, slave = 0, register, data, counter = 0, index = 0 }, at) => {
			const more = at < datagrams.length - 1 ? 0x8000 : 0;
			return `${le(command, 1)}${le(index, 1)}${le(slave, 2)}${le(register, 2)}${le(size(data) | more, 2)}0000${data}${le(counter, 2)}`;
		})
		.join("");
	return hex(`${le(size(body) | 0x1000, 2)}${body}`);
};
/** Process data by a logical address. */
export const process = (counter: number, data = "0102030405060708"): Uint8Array =>
	frame({ command: 12, slave: 0, register: 1, data, counter });
/** AL control of a station, of one by its position, of all; and AL status. */
export const setState = (slave: number, state: number, counter = 0, command = 5): Uint8Array =>
	frame({ command, slave, register: 0x120, data: le(state, 2), counter });
export const status = (slave: number, state: number, counter = 1, command = 4): Uint8Array =>
	frame({ command, slave, register: 0x130, data: le(state, 2), counter });

const mailbox = (type: number, body: string): string => `${le(size(body), 2)}0000 00 ${le(type | 0x10, 1)} ${body}`.replaceAll(" ", "");
/** A mailbox that is written to a station, and one that is read from it. */
const sent = (slave: number, data: string, counter: number): Uint8Array =>
	frame({ command: 5, slave, register: 0x1000, data: data.padEnd(64, "0"), counter });
const fetched = (slave: number, data: string, counter: number): Uint8Array =>
	frame({ command: 4, slave, register: 0x1080, data: data.padEnd(64, "0"), counter });

const object = (index: number, subindex: number): string => `${le(index, 2)}${le(subindex, 1)}`;
const coe = (service: number, body: string): string => mailbox(3, `${le(service << 12, 2)}${body}`);
export const upload = (slave: number, index: number, subindex: number, counter = 0): Uint8Array =>
	sent(slave, coe(2, `40${object(index, subindex)}00000000`), counter);
export const uploaded = (slave: number, index: number, subindex: number, value: number): Uint8Array =>
	fetched(slave, coe(3, `43${object(index, subindex)}${le(value, 4)}`), 1);
export const uploadedText = (slave: number, index: number, text: string): Uint8Array =>
	fetched(slave, coe(3, `41${object(index, 0)}${le(text.length, 4)}${Buffer.from(text).toString("hex")}`), 1);
export const download = (slave: number, index: number, subindex: number, value: number, counter = 0): Uint8Array =>
	sent(slave, coe(2, `2b${object(index, subindex)}${le(value, 2)}0000`), counter);
export const downloaded = (slave: number, index: number, subindex: number): Uint8Array =>
	fetched(slave, coe(3, `60${object(index, subindex)}00000000`), 1);
export const aborted = (slave: number, index: number, subindex: number, code: number): Uint8Array =>
	fetched(slave, coe(2, `80${object(index, subindex)}${le(code, 4)}`), 1);
const foe = (code: number, value: number, text = ""): string =>
	mailbox(4, `${le(code, 1)}00${le(value, 4)}${Buffer.from(text).toString("hex")}`);
export const writeFile = (slave: number, name: string, counter = 0): Uint8Array => sent(slave, foe(2, 0, name), counter);
export const readFile = (slave: number, name: string, counter = 0): Uint8Array => sent(slave, foe(1, 0, name), counter);
export const fileAnswer = (slave: number, code: number, value = 0): Uint8Array => fetched(slave, foe(code, value), 1);
