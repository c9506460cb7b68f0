/** SNMP messages written out element by element. */
import { hex, join } from "../support/decoderHarness.ts";

/** One element of BER with a definite length. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
	const body = join(...contents);
	const { length } = body;
	return join(length < 0x80 ? Uint8Array.of(tag, length) : Uint8Array.of(tag, 0x82, length >> 8, length & 255), body);
}
export const integer = (...bytes: readonly number[]): Uint8Array => element(0x02, Uint8Array.from(bytes));
export const octets = (text: string | Uint8Array): Uint8Array =>
	element(0x04, typeof text === "string" ? new TextEncoder().encode(text) : text);
export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => element(0x30, ...parts);
export const NULL = element(0x05);

export function oid(text: string): Uint8Array {
	const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
	const bytes = [40 * first + second, ...rest].flatMap((arc) => {
		const digits = [arc & 0x7f];
		for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left & 0x7f) | 0x80);
		return digits;
	});
	return element(0x06, Uint8Array.from(bytes));
}

export type Binding = readonly [oid: string, value: Uint8Array];
export const bindings = (list: readonly Binding[]): Uint8Array => sequence(...list.map(([name, value]) => sequence(oid(name), value)));

export const SYS_DESCR = "1.3.6.1.2.1.1.1.0";
export const SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0";
export const SYS_UP_TIME = "1.3.6.1.2.1.1.3.0";
export const SYS_NAME = "1.3.6.1.2.1.1.5.0";

/** A PDU of the common form; the two numbers are status and index, or of GetBulkRequest its own. */
export const pdu = (tag: number, id: number, list: readonly Binding[], numbers: readonly [number, number] = [0, 0]): Uint8Array =>
	element(tag, integer(id), integer(numbers[0]), integer(numbers[1]), bindings(list));

export const message = (contents: Uint8Array, { version = 1, community = "public" } = {}): Uint8Array =>
	sequence(integer(version), octets(community), contents);

export const ENGINE = "80001f88 03 0002a3 010203";

interface Secured {
	id?: number;
	flags?: number;
	engine?: string;
	user?: string;
	/** Encrypted contents stand in its place. */
	scoped?: Uint8Array;
}
/** A message of version 3 by the user-based model. */
export const secured = (contents: Uint8Array, { id = 7, flags = 0, engine = ENGINE, user = "", scoped }: Secured = {}): Uint8Array =>
	sequence(
		integer(3),
		sequence(integer(id), integer(0x05, 0xdc), element(0x04, Uint8Array.of(flags)), integer(3)),
		octets(sequence(octets(hex(engine)), integer(1), integer(0x12), octets(user), octets(""), octets(""))),
		scoped ?? sequence(octets(hex(engine)), octets(""), contents),
	);
