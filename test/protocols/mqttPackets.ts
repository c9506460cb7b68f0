/** MQTT control packets for tests, written from the specifications (OASIS MQTT 3.1.1 and 5.0) and not from our tables. */
import { hex, join } from "../support/decoderHarness.ts";

const utf8 = (word: string): Uint8Array => new TextEncoder().encode(word);
export const text = (word: string): Uint8Array => join(Uint8Array.of(utf8(word).length >> 8, utf8(word).length & 255), utf8(word));

/** A control packet: first byte, remaining length, contents. */
export function packet(first: number, ...contents: Uint8Array[]): Uint8Array {
	const body = join(...contents);
	const length: number[] = [];
	let rest = body.length;
	do {
		const digit = rest % 128;
		rest = Math.floor(rest / 128);
		length.push(rest > 0 ? digit | 128 : digit);
	} while (rest > 0);
	return join(Uint8Array.of(first), Uint8Array.from(length), body);
}

const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255);

export const connect = ({ level = 4, clientId = "pump-1", user = "", password = "", flags = 2, properties = "00" } = {}): Uint8Array =>
	packet(
		0x10,
		text(level === 3 ? "MQIsdp" : "MQTT"),
		Uint8Array.of(level, flags | (user === "" ? 0 : 0x80) | (password === "" ? 0 : 0x40)),
		u16(60),
		level === 5 ? hex(properties) : hex(""),
		text(clientId),
		...(user === "" ? [] : [text(user)]),
		...(password === "" ? [] : [text(password)]),
	);
export const connack = (code = 0, properties = ""): Uint8Array => packet(0x20, Uint8Array.of(0, code), hex(properties));

/** `properties` with their length; empty for versions 3. */
export const publish = (topic: string, payload: string | Uint8Array, { first = 0x30, id = 0, properties = "" } = {}): Uint8Array =>
	packet(first, text(topic), id === 0 ? hex("") : u16(id), hex(properties), typeof payload === "string" ? utf8(payload) : payload);
/** PUBACK, PUBREC, PUBREL, PUBCOMP by first byte. */
export const acknowledge = (first: number, id: number, rest = ""): Uint8Array => packet(first, u16(id), hex(rest));
export const subscribe = (id: number, filter: string, options = 1, properties = ""): Uint8Array =>
	packet(0x82, u16(id), hex(properties), text(filter), Uint8Array.of(options));
export const suback = (id: number, code: number, properties = ""): Uint8Array =>
	packet(0x90, u16(id), hex(properties), Uint8Array.of(code));
export const unsubscribe = (id: number, filter: string): Uint8Array => packet(0xa2, u16(id), text(filter));
export const unsuback = (id: number): Uint8Array => packet(0xb0, u16(id));
export const PINGREQ = hex("c000");
export const PINGRESP = hex("d000");
export const DISCONNECT = hex("e000");
