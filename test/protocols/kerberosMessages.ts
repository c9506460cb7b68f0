/** Messages of Kerberos written out (RFC 4120, 5), for its tests and for the catalogue. */
import { join } from "../support/decoderHarness.ts";

function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
	const inside = join(...contents);
	const { length } = inside;
	return join(Uint8Array.of(tag, ...(length < 128 ? [length] : [0x82, length >> 8, length & 255])), inside);
}
export const field = (number: number, content: Uint8Array): Uint8Array => der(0xa0 | number, content);
export const integer = (value: number): Uint8Array => der(2, Uint8Array.of(...(value > 127 ? [value >> 8, value & 255] : [value])));
export const text = (words: string): Uint8Array => der(0x1b, Buffer.from(words));
export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => der(0x30, ...parts);
export const octets = (value: Uint8Array): Uint8Array => der(4, value);
/** 5.2.2 */
export const principal = (name: string): Uint8Array =>
	sequence(field(0, integer(name.includes("/") ? 2 : 1)), field(1, sequence(...name.split("/").map(text))));
/** 5.2.9 */
const encrypted = (type: number): Uint8Array =>
	sequence(field(0, integer(type)), field(1, integer(3)), field(2, octets(new Uint8Array(40).fill(7))));
/** Of a type; the first fields are its version and type. */
export const message = (type: number, first: number, ...fields: readonly Uint8Array[]): Uint8Array =>
	der(0x60 | type, sequence(field(first, integer(5)), field(first + 1, integer(type)), ...fields));

export interface Asking {
	client?: string;
	server?: string;
	types?: readonly number[];
	nonce?: number;
	/** Kinds of pre-authentication. */
	proofs?: readonly number[];
	host?: string;
}
/** 5.4.1 */
export function request(
	type: 10 | 12,
	{ client = "ann", server = "krbtgt/PLANT", types = [18, 17], nonce = 7, proofs = [], host }: Asking = {},
): Uint8Array {
	const padata = sequence(...proofs.map((kind) => sequence(field(1, integer(kind)), field(2, octets(new Uint8Array(20))))));
	const addresses =
		host === undefined ? [] : [field(9, sequence(sequence(field(0, integer(20)), field(1, octets(Buffer.from(host.padEnd(16)))))))];
	const body = sequence(
		field(0, der(3, Uint8Array.of(0, 0x40, 0, 0, 0x10))),
		...(type === 10 ? [field(1, principal(client))] : []),
		field(2, text("PLANT")),
		field(3, principal(server)),
		field(5, der(0x18, Buffer.from("20371231235959Z"))),
		field(7, integer(nonce)),
		field(8, sequence(...types.map(integer))),
		...addresses,
	);
	return message(type, 1, ...(proofs.length > 0 ? [field(3, padata)] : []), field(4, body));
}
/** 5.4.2 */
export function reply(type: 11 | 13, client: string, server: string, ticket: number, part = ticket): Uint8Array {
	const inside = sequence(field(0, integer(5)), field(1, text("PLANT")), field(2, principal(server)), field(3, encrypted(ticket)));
	return message(type, 0, field(3, text("PLANT")), field(4, principal(client)), field(5, der(0x61, inside)), field(6, encrypted(part)));
}
/** 5.9.1 */
export const failure = (code: number, words?: string): Uint8Array =>
	message(
		30,
		0,
		field(4, der(0x18, Buffer.from("20261128120000Z"))),
		field(5, integer(9)),
		field(6, integer(code)),
		field(9, text("PLANT")),
		field(10, principal("krbtgt/PLANT")),
		...(words === undefined ? [] : [field(11, text(words))]),
	);
/** 7.2.2 */
export const framed = (bytes: Uint8Array): Uint8Array => join(Uint8Array.of(0, 0, bytes.length >> 8, bytes.length & 255), bytes);
