/** Messages of SRTP with the bytes written out (DFRWS 2017, tables 1 to 4): 56 octets each, and text behind them. */
import { hex, join } from "../support/decoderHarness.ts";

/** The first message of a connection, and the answer to it. */
export const HELLO = new Uint8Array(56);
export const WELCOME = Uint8Array.from({ length: 56 }, (_, at) => (at === 0 ? 1 : at === 8 ? 0x0f : 0));

function message(type: number, sequence: number, mailbox: number, body: string, text: string): Uint8Array {
	const data = hex(text);
	const out = new Uint8Array(56);
	out.set([type, 0, sequence, 0, data.length & 255, data.length >> 8]);
	out.set([1], 9);
	out.set([1], 17);
	out.set([sequence, mailbox], 30);
	out.set(hex("00000000 100e0000 01 01"), 32);
	out.set(hex(body), 42);
	return join(out, data);
}

/** Service, selector, offset, length and data of up to eight octets. */
export const request = (sequence: number, body: string): Uint8Array => message(2, sequence, 0xc0, body, "");
/** The same with text behind it. */
export const requestText = (sequence: number, body: string, text: string): Uint8Array =>
	message(2, sequence, 0x80, `0000000000000101 ${body}`, text);
/** Status and minor status, six octets of data, then program, privilege level, sweep time and state (run, a tool attached). */
const STATE = "01 02 0000 4001";
export const reply = (sequence: number, data = "", status = "0000"): Uint8Array =>
	message(3, sequence, 0xd4, `${status} ${data.replaceAll(" ", "").padEnd(12, "0")} ${STATE}`, "");
export const replyText = (sequence: number, text: string): Uint8Array => message(3, sequence, 0x94, `0000 000000000000 ${STATE}`, text);
export const refusal = (sequence: number, status: string): Uint8Array => message(3, sequence, 0xd1, `${status} 000000000000 ${STATE}`, "");

/** %R100, four words; %R200 becomes 300. */
export const READ = request(6, "04 08 6300 0400");
export const VALUE = replyText(6, "0700 f401 0000 0100");
export const WRITE = request(7, "07 08 c700 0100 2c01");
export const WRITTEN = reply(7);
