/** Messages of EtherNet/IP for tests, put together from their parts; what is inside is written out in hex. */
import { hex, join } from "../support/decoderHarness.ts";

export const le16 = (value: number): Uint8Array => Uint8Array.of(value & 255, (value >> 8) & 255);
export const le32 = (value: number): Uint8Array => Uint8Array.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);

export const SESSION = 0x11020100;

/** CIP Vol. 2, 2-3.1. */
export const message = (command: number, data: Uint8Array, { session = SESSION, status = 0, context = 0, options = 0 } = {}): Uint8Array =>
	join(le16(command), le16(data.length), le32(session), le32(status), le32(context), le32(0), le32(options), data);

export const LIST_IDENTITY = message(0x63, hex(""), { session: 0 });
/** A PLC: vendor 1, type 14, code 54, revision 20.11, serial 00c0ffee, "1756-L61/B LOGIX5561", operational. */
export const IDENTITY_ITEM =
	"0100 0002af12 0a000005 0000000000000000 0100 0e00 3600 140b 6030 eeffc000 14 313735362d4c36312f42204c4f47495835353631 03";
export const IDENTITY = message(0x63, join(hex("0100 0c00"), le16(hex(IDENTITY_ITEM).length), hex(IDENTITY_ITEM)), { session: 0 });
export const REGISTER = message(0x65, hex("0100 0000"), { session: 0 });
export const REGISTERED = message(0x65, hex("0100 0000"));
export const UNREGISTER = message(0x66, hex(""));
export const LIST_SERVICES = message(0x04, hex(""), { session: 0 });
export const SERVICES = message(0x04, hex("0100 0001 1400 0100 2001 436f6d6d756e69636174696f6e730000"), { session: 0 });

const bytesOf = (cip: string | Uint8Array): Uint8Array => (typeof cip === "string" ? hex(cip) : cip);

/** A service without a connection (2-4.7). */
export const rr = (cip: string | Uint8Array, context = 1): Uint8Array => {
	const data = bytesOf(cip);
	return message(0x6f, join(hex("00000000 0a00 0200 0000 0000 b200"), le16(data.length), data), { context });
};

/** One over a connection (2-4.8). */
export const unit = (connection: number, sequence: number, cip: string | Uint8Array): Uint8Array => {
	const data = bytesOf(cip);
	return message(
		0x70,
		join(hex("00000000 0000 0200 a100 0400"), le32(connection), hex("b100"), le16(data.length + 2), le16(sequence), data),
	);
};
export const TO_PLC = 0xff954022;
export const TO_STATION = 0x80fe0028;
export const ask = (sequence: number, cip: string | Uint8Array): Uint8Array => unit(TO_PLC, sequence, cip);
export const tell = (sequence: number, cip: string | Uint8Array): Uint8Array => unit(TO_STATION, sequence, cip);

/** A part of a path: an ANSI extended symbol segment for each name, member segments for `[n]`. */
export function tagPath(name: string): Uint8Array {
	const parts: Uint8Array[] = [];
	for (const piece of name.split(".")) {
		const [symbol = "", ...indexes] = piece.split(/[[\]]+/).filter((text) => text !== "");
		const text = Uint8Array.from(symbol, (letter) => letter.charCodeAt(0));
		parts.push(Uint8Array.of(0x91, text.length), text, new Uint8Array(text.length % 2));
		for (const index of indexes) parts.push(Uint8Array.of(0x28, Number(index)));
	}
	const path = join(...parts);
	return join(Uint8Array.of(path.length / 2), path);
}
/** A service of a tag with what follows the path. */
export const onTag = (service: number, name: string, data: string): Uint8Array => join(Uint8Array.of(service), tagPath(name), hex(data));

/** CIP Vol. 1, 3-5.5.4: to the module in slot 0. */
export const routed = (cip: string): Uint8Array => {
	const inner = hex(cip);
	return join(hex("52 02 2006 2401 0a 0e"), le16(inner.length), inner, new Uint8Array(inner.length % 2), hex("01 00 0100"));
};

/** */
export function packet(services: readonly (string | Uint8Array)[], head = "0a 02 2002 2401"): Uint8Array {
	const parts = services.map(bytesOf);
	let at = 2 + 2 * parts.length;
	const offsets = parts.map((part) => {
		const offset = le16(at);
		at += part.length;
		return offset;
	});
	return join(hex(head), le16(parts.length), ...offsets, ...parts);
}
export const packetAnswer = (status: string, services: readonly (string | Uint8Array)[]): Uint8Array => packet(services, `8a 00 ${status}`);

/** "Execute PCCC" with the id of the requestor before the command. */
export const pccc = (command: string): string => `4b 02 2067 2401 07 4d00 efbeadde ${command}`;
export const pcccAnswer = (answer: string): string => `cb 00 00 00 07 4d00 efbeadde ${answer}`;

/** Large enough for a class 3 connection to the message router behind the backplane (3-5.5.2). */
export const FORWARD_OPEN =
	"54 02 2006 2401 0a0e 02000020 28 00fe80 0100 4d00 efbeadde 03 000000 34122100 f443 34122100 f443 a3 03 0100 2002 2401".replace(
		"28 00fe80",
		"2800fe80",
	);
export const FORWARD_OPENED = "d4 00 00 00 224095ff 2800fe80 0100 4d00 efbeadde 34122100 34122100 00 00";
export const FORWARD_CLOSE = "4e 02 2006 2401 0a0e 0100 4d00 efbeadde 03 00 0100 2002 2401";
export const FORWARD_CLOSED = "ce 00 00 00 0100 4d00 efbeadde 00 00";

/** An I/O message (2-6.2). */
export const io = (connection: number, sequence: number, data: string): Uint8Array =>
	join(hex("0200 0280 0800"), le32(connection), le32(sequence), hex("b100"), le16(hex(data).length), hex(data));
