/**
 * The check of an RTU frame (MODBUS over Serial Line V1.02, 2.5.1.2 and appendix B): CRC-16 with the polynomial A001 (reflected 8005), begun at FFFF, sent low
 * byte first, so that the CRC of a frame with its own CRC is 0.
 *
 * A CRC is linear: with the register kept behind each byte of a line, whether the bytes from one place to another are a frame costs two look-ups, however long
 * they are. So searching for the next frame costs the same for each byte of noise.
 */

const POLYNOMIAL = 0xa001;
const START = 0xffff;
/** Unit, the longest PDU, CRC (2.5.1). */
export const MAX_RTU = 256;

const TABLE = new Uint16Array(256);
for (let byte = 0; byte < 256; byte++) {
	let register = byte;
	for (let bit = 0; bit < 8; bit++) register = register & 1 ? (register >>> 1) ^ POLYNOMIAL : register >>> 1;
	TABLE[byte] = register;
}

/** The register behind one more byte. */
export const crcStep = (register: number, byte: number): number => (register >>> 8) ^ TABLE[(register ^ byte) & 255]!;

/** By length and half of the register: what the register becomes behind so many zeros. */
const ZEROS = new Uint16Array((MAX_RTU + 1) * 512);
for (let byte = 0; byte < 256; byte++) {
	for (const half of [0, 1]) {
		let register = byte << (8 * half);
		for (let length = 0; length <= MAX_RTU; length++) {
			ZEROS[length * 512 + half * 256 + byte] = register;
			register = crcStep(register, 0);
		}
	}
}

/** True where `length` bytes end in their own CRC; `before` and `behind` are the registers, begun anywhere, before the first and behind the last of them. */
export function isChecked(before: number, behind: number, length: number): boolean {
	const register = before ^ START;
	const at = length * 512;
	return (ZEROS[at + (register & 255)]! ^ ZEROS[at + 256 + (register >>> 8)]!) === behind;
}

/** The CRC of bytes. */
export function crcOf(bytes: Uint8Array, start: number, end: number): number {
	let register = START;
	for (let at = start; at < end; at++) register = crcStep(register, bytes[at]!);
	return register;
}
