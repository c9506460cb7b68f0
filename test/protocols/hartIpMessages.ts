/** Messages of HART-IP with the bytes written out (HCF_SPEC-085, 10.3; HCF_SPEC-081, 5): lengths and check octets are counted, nothing else. */
import { hex } from "../support/decoderHarness.ts";

/** A message: type, id, body. */
export function message(
	type: number,
	id: number,
	body: string | Uint8Array = "",
	{ sequence = 1, status = 0, version = 1 } = {},
): Uint8Array {
	const content = typeof body === "string" ? hex(body) : body;
	const length = content.length + 8;
	return Uint8Array.of(version, type, id, status, sequence >> 8, sequence & 255, length >> 8, length & 255, ...content);
}

/** With the octet that makes the sum of all zero. */
export function checked(text: string): Uint8Array {
	const bytes = hex(text);
	return Uint8Array.of(
		...bytes,
		bytes.reduce((sum, byte) => sum ^ byte, 0),
	);
}

/** A Rosemount device of type 264E with the number 0000D2, asked by the primary master; the device that the server itself is. */
export const DEVICE = "a64e0000d2";
export const SELF = "80";

const counted = (command: number, data: string): string => {
	const size = hex(data).length;
	return `${command.toString(16).padStart(2, "0")}${size.toString(16).padStart(2, "0")} ${data}`;
};
/** A command of one octet to a device by its number, and to the server itself; their answers. */
export const command = (code: number, data = "", sequence = 1, device = DEVICE): Uint8Array =>
	message(0, 3, checked(`${device.length > 2 ? "82" : "02"} ${device} ${counted(code, data)}`), { sequence });
export const answer = (code: number, data = "", sequence = 1, device = DEVICE, status = "00 00"): Uint8Array =>
	message(1, 3, checked(`${device.length > 2 ? "86" : "06"} ${device} ${counted(code, `${status} ${data}`)}`), { sequence });

export const OPEN = message(0, 0, "01 00007530");
export const OPENED = message(1, 0, "01 0000ea60");
export const KEEP = message(0, 2, "", { sequence: 7 });
export const KEPT = message(1, 2, "", { sequence: 7 });

/** 4 mA and four variables; a range in bar. */
export const READ = command(3, "", 2);
export const VALUES = answer(3, "40800000 07 3fc00000 20 42020000 20 42000000 fb 7fa00000", 2);
export const IDENTITY_DATA = "fe 264e 05 07 04 01 0e 0c 0000d2 05 02 0002 00 0026 0026 84";
/** "FT-101" as the device packs it, and a descriptor of blanks. */
export const TAG_DATA = "194b71c31820 820820820820820820820820 1c0b7e";
export const longTag = (text: string): string =>
	Array.from({ length: 32 }, (_, index) => (text.charCodeAt(index) || 0).toString(16).padStart(2, "0")).join("");
