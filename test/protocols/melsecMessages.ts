/** Frames of the MELSEC communication protocol with the bytes written out (SH-080956, 4.2): lengths are counted, nothing else. */
import { hex } from "../support/decoderHarness.ts";

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text.replaceAll(" ", ""), (letter) => letter.charCodeAt(0));
const hex4 = (value: number): string => value.toString(16).padStart(4, "0").toUpperCase();

/** 3E, binary, to the CPU of the station itself: timer 4, command, subcommand and data. */
export function request(text: string, routing = "00 ff ff03 00"): Uint8Array {
	const data = hex(`0400 ${text}`);
	return Uint8Array.of(0x50, 0, ...hex(routing), data.length & 255, data.length >> 8, ...data);
}
/** End code and data. */
export function answer(text: string, routing = "00 ff ff03 00"): Uint8Array {
	const data = hex(text);
	return Uint8Array.of(0xd0, 0, ...hex(routing), data.length & 255, data.length >> 8, ...data);
}
/** 4E, binary, with a serial number. */
export const request4 = (serial: number, text: string): Uint8Array =>
	Uint8Array.of(0x54, 0, serial & 255, serial >> 8, 0, 0, ...request(text).subarray(2));
export const answer4 = (serial: number, text: string): Uint8Array =>
	Uint8Array.of(0xd4, 0, serial & 255, serial >> 8, 0, 0, ...answer(text).subarray(2));
/** 3E in ASCII: command, subcommand and data, or end code and data, as their characters; "_" is a blank. */
export function asciiRequest(text: string): Uint8Array {
	const data = `0004${text.replaceAll(" ", "")}`;
	return bytesOf(`5000 00 FF 03FF 00 ${hex4(data.length)} ${data}`);
}
export function asciiAnswer(text: string): Uint8Array {
	const data = text.replaceAll(" ", "");
	return bytesOf(`D000 00 FF 03FF 00 ${hex4(data.length)} ${data}`).map((octet) => (octet === 0x5f ? 0x20 : octet));
}
/** 4E in ASCII. */
export const asciiRequest4 = (serial: number, text: string): Uint8Array =>
	Uint8Array.of(...bytesOf(`5400 ${hex4(serial)} 0000`), ...asciiRequest(text).subarray(4));
export const asciiAnswer4 = (serial: number, text: string): Uint8Array =>
	Uint8Array.of(...bytesOf(`D400 ${hex4(serial)} 0000`), ...asciiAnswer(text).subarray(4));

/** D100, two words: 7 and 500; M100 to M103; D200 becomes 300. */
export const READ = request("0104 0000 640000 a8 0200");
export const VALUE = answer("0000 0700 f401");
export const READ_BITS = request("0104 0100 640000 90 0400");
export const BITS = answer("0000 10 01");
export const WRITE = request("0114 0000 c80000 a8 0100 2c01");
export const DONE = answer("0000");
export const REFUSED = answer("51c0 00 ff ff03 00 0104 0000");
const name = (text: string): string => Array.from(text.padEnd(16), (letter) => letter.charCodeAt(0).toString(16).padStart(2, "0")).join("");
export const IDENTIFY = request("0101 0000");
export const IDENTITY = answer(`0000 ${name("Q03UDVCPU")} 6603`);
