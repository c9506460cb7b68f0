/** Bytes that were sent as base64 (RFC 4648, 4). */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Int8Array(128).fill(-1);
for (let value = 0; value < DIGITS.length; value++) VALUES[DIGITS.charCodeAt(value)] = value;

/** The bytes up to the first character that is none of it. */
export function base64Of(text: string): Uint8Array {
	const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
	let length = 0;
	let bits = 0;
	let held = 0;
	for (let at = 0; at < text.length; at++) {
		const value = VALUES[text.charCodeAt(at)] ?? -1;
		if (value < 0) break;
		held = ((held << 6) | value) & 0xffff;
		bits += 6;
		if (bits < 8) continue;
		bits -= 8;
		bytes[length++] = (held >> bits) & 255;
	}
	return bytes.subarray(0, length);
}
