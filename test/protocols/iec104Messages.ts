/** Messages of IEC 60870-5-104 as bytes, put together from 104, 5 and 101, 7. */
import { hex, join } from "../support/decoderHarness.ts";

const le16 = (value: number): Uint8Array => Uint8Array.of(value & 255, (value >> 8) & 255);

/** An APDU: start, length, and what follows. */
export const apdu = (...parts: readonly Uint8Array[]): Uint8Array => {
	const body = join(...parts);
	return join(Uint8Array.of(0x68, body.length), body);
};

/** I format with its numbers. */
export const information = (send: number, receive: number, asdu: Uint8Array): Uint8Array => apdu(le16(send << 1), le16(receive << 1), asdu);
export const supervisory = (receive: number): Uint8Array => apdu(hex("0100"), le16(receive << 1));

export const STARTDT_ACT = hex("68 04 07 00 00 00");
export const STARTDT_CON = hex("68 04 0b 00 00 00");
export const STOPDT_ACT = hex("68 04 13 00 00 00");
export const STOPDT_CON = hex("68 04 23 00 00 00");
export const TESTFR_ACT = hex("68 04 43 00 00 00");
export const TESTFR_CON = hex("68 04 83 00 00 00");

/** An ASDU: type, qualifier (count, with 0x80 a sequence), cause (with 0x40 negative, 0x80 test), common address, and its objects in hex. */
export const asdu = (type: number, qualifier: number, cause: number, address: number, objects: string, originator = 0): Uint8Array =>
	join(Uint8Array.of(type, qualifier, cause, originator), le16(address), hex(objects));

/** Both sides' numbers of one connection, as the messages are made. */
export class Numbers {
	#client = 0;
	#server = 0;

	request(type: number, cause: number, objects: string, address = 1): Uint8Array {
		return information(this.#client++, this.#server, asdu(type, 1, cause, address, objects));
	}

	answer(type: number, cause: number, objects: string, qualifier = 1, address = 1): Uint8Array {
		return information(this.#server++, this.#client, asdu(type, qualifier, cause, address, objects));
	}
}
