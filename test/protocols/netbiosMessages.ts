/** Messages of NetBIOS over UDP, written out from RFC 1002 and [MS-BRWS]. */
import { hex, join } from "../support/decoderHarness.ts";

export const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 255);
const be16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255);
const le16 = (value: number): Uint8Array => Uint8Array.of(value & 255, value >> 8);
const zeros = (length: number): Uint8Array => new Uint8Array(length);
const padded = (name: string, length: number, fill: number): Uint8Array => {
	const bytes = new Uint8Array(length).fill(fill);
	bytes.set(ascii(name));
	return bytes;
};

/** RFC 1001, 14.1: sixteen bytes as 32 letters. */
const letters = (bytes: Uint8Array): Uint8Array =>
	join(Uint8Array.of(32), Uint8Array.from([...bytes].flatMap((byte) => [0x41 + (byte >> 4), 0x41 + (byte & 15)])), Uint8Array.of(0));
export const encoded = (name: string, suffix: number): Uint8Array => letters(join(padded(name, 15, 0x20), Uint8Array.of(suffix)));
/** The name of every node. */
export const ANY = letters(padded("*", 16, 0));

/** Header with its counts of questions, answers, authorities, additionals. */
export const header = (id: number, flags: number, counts: readonly [number, number, number, number]): Uint8Array =>
	join(be16(id), be16(flags), ...counts.map(be16));
const NB = hex("0020 0001");
const STATUS = hex("0021 0001");
const record = (type: Uint8Array, seconds: string, data: Uint8Array): Uint8Array => join(type, hex(seconds), be16(data.length), data);
const entry = (ip: string, flags = "0000"): Uint8Array => join(hex(flags), Uint8Array.from(ip.split(".").map(Number)));

/** 4.2.12; `broadcast` as it is to all. */
export const query = (id: number, name: string, suffix: number, isBroadcast = true): Uint8Array =>
	join(header(id, isBroadcast ? 0x0110 : 0x0100, [1, 0, 0, 0]), encoded(name, suffix), NB);
/** 4.2.13. */
export const positive = (id: number, name: string, suffix: number, ip: string, flags = 0x8500): Uint8Array =>
	join(header(id, flags, [0, 1, 0, 0]), encoded(name, suffix), record(NB, "000000a5", entry(ip)));
/** 4.2.14. */
export const negative = (id: number, name: string, suffix: number, flags = 0x8583): Uint8Array =>
	join(header(id, flags, [0, 1, 0, 0]), encoded(name, suffix), record(hex("000a 0001"), "00000000", zeros(0)));
/** 4.2.2: a claim (opcode 5), or 4.2.9 a release (6), or 4.2.4 a refresh (8). */
export const claim = (
	id: number,
	name: string,
	suffix: number,
	ip: string,
	{ opcode = 5, group = false, broadcast = true } = {},
): Uint8Array =>
	join(
		header(id, (opcode << 11) | 0x0100 | (broadcast ? 0x10 : 0), [1, 0, 0, 1]),
		encoded(name, suffix),
		NB,
		hex("c00c"),
		record(NB, "000493e0", entry(ip, group ? "e000" : "6000")),
	);
/** 4.2.8. */
export const conflictDemand = (id: number, name: string, suffix: number): Uint8Array =>
	join(header(id, 0xac07, [0, 1, 0, 0]), encoded(name, suffix), record(NB, "00000000", entry("0.0.0.0")));
/** 4.2.5, 4.2.6: what a registration is told by a name server. */
export const registered = (id: number, name: string, suffix: number, ip: string, code = 0): Uint8Array =>
	join(header(id, 0xad80 | code, [0, 1, 0, 0]), encoded(name, suffix), record(NB, "000493e0", entry(ip)));

/** 4.2.17, 4.2.18. */
export const statusRequest = (id: number): Uint8Array => join(header(id, 0, [1, 0, 0, 0]), ANY, STATUS);
export const status = (id: number, names: readonly (readonly [string, number, string])[], unit = "02000000aa01"): Uint8Array =>
	join(
		header(id, 0x8400, [0, 1, 0, 0]),
		ANY,
		record(
			STATUS,
			"00000000",
			join(
				Uint8Array.of(names.length),
				...names.map(([name, suffix, flags]) => join(padded(name, 15, 0x20), Uint8Array.of(suffix), hex(flags))),
				hex(unit),
				zeros(40),
			),
		),
	);

interface DatagramOptions {
	ip?: string;
	from?: readonly [string, number];
	to?: readonly [string, number];
	flags?: number;
	offset?: number;
	type?: number;
}
/** 4.4.2. */
export function datagram(
	data: Uint8Array,
	{ ip = "10.0.0.1", from = ["HMI-1", 0], to = ["PLANT", 0x1d], flags = 2, offset = 0, type = 0x11 }: DatagramOptions = {},
): Uint8Array {
	const rest = join(encoded(...from), encoded(...to), data);
	const source = Uint8Array.from(ip.split(".").map(Number));
	return join(Uint8Array.of(type, flags), be16(0x1234), source, be16(138), be16(rest.length), be16(offset), rest);
}
/** [MS-CIFS] 2.2.4.33: a write to a mailslot. */
export function mailslot(name: string, data: Uint8Array): Uint8Array {
	const slot = join(ascii(name), zeros(1));
	const offset = 32 + 1 + 34 + 2 + slot.length;
	const words = join(
		le16(0),
		le16(data.length),
		zeros(4),
		zeros(2),
		zeros(2),
		zeros(4),
		zeros(2),
		le16(0),
		le16(0),
		le16(data.length),
		le16(offset),
		Uint8Array.of(3, 0),
		le16(1),
		le16(1),
		le16(2),
	);
	return join(hex("ff534d42 25"), zeros(27), Uint8Array.of(17), words, le16(slot.length + data.length), slot, data);
}
/** [MS-BRWS] 2.2.1, 2.2.6, 2.2.10. */
export const announcement = (command: number, name: string, version: readonly [number, number], types: string, comment = ""): Uint8Array =>
	mailslot(
		"\\MAILSLOT\\BROWSE",
		join(
			Uint8Array.of(command, 0),
			hex("60ea0000"),
			padded(name, 16, 0),
			Uint8Array.of(...version),
			hex(types),
			hex("0f01 55aa"),
			ascii(`${comment}\0`),
		),
	);
/** 2.2.3. */
export const election = (name: string): Uint8Array =>
	mailslot("\\MAILSLOT\\BROWSE", join(Uint8Array.of(8, 1), hex("03000f20 10270000 00000000"), ascii(`${name}\0`)));
