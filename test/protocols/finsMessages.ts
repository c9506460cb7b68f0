/** Messages of FINS with the bytes written out (W342, 5-1; W421, 7-4): of a FINS/TCP message the length is counted, nothing else. */
import { hex } from "../support/decoderHarness.ts";

/** From node 10, unit 0 of the local network to the CPU unit of node 1; its answer. */
export const command = (text: string, sid = "01"): Uint8Array => hex(`80 00 02 00 01 00 00 0a 00 ${sid} ${text}`);
export const answer = (text: string, sid = "01"): Uint8Array => hex(`c0 00 02 00 0a 00 00 01 00 ${sid} ${text}`);

/** A message of FINS/TCP. */
export function message(code: number, body: string | Uint8Array, error = 0): Uint8Array {
	const content = typeof body === "string" ? hex(body) : body;
	const length = content.length + 8;
	return Uint8Array.of(0x46, 0x49, 0x4e, 0x53, 0, 0, length >> 8, length & 255, 0, 0, 0, code, 0, 0, 0, error, ...content);
}
export const framed = (frame: Uint8Array): Uint8Array => message(2, frame);

/** The client has no node number and is given 10; the server is 1. */
export const HELLO = message(0, "00000000");
export const WELCOME = message(1, "0000000a 00000001");

/** D100, two words: 7 and 500; CIO 10.05; D200 becomes 300. */
export const READ = command("0101 82 0064 00 0002");
export const VALUE = answer("0101 0000 0007 01f4");
export const READ_BIT = command("0101 30 000a 05 0001", "02");
export const BIT = answer("0101 0000 01", "02");
export const WRITE = command("0102 82 00c8 00 0001 012c", "03");
export const WRITTEN = answer("0102 0000", "03");

const text = (words: string, size: number): string =>
	Array.from({ length: size }, (_, index) => (words.charCodeAt(index) || 0).toString(16).padStart(2, "0")).join("");
/** Model, versions, for the system's use, areas. */
export const IDENTITY = answer(
	`0501 0000 ${text("CJ2M-CPU33", 20)} ${text("02.01", 10)} ${text("02.10", 10)} ${"00".repeat(40)} ${"00".repeat(12)}`,
	"05",
);
export const IDENTIFY = command("0501 00", "05");
export const fileName = (name: string): string => text(name, 12);
