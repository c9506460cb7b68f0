/**
 * Reading numbers from bytes. The one rule of every parser here: check the length once, then read. A read outside the array gives 0, never an
 * exception, so a forgotten check is a wrong value and not a crash.
 */

/** Unsigned 8 bit. */
export const u8 = (bytes: Uint8Array, at: number): number => bytes[at]! | 0;

/** Unsigned 16 bit, big-endian. */
export const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

/** Unsigned 32 bit, big-endian. */
export const u32 = (bytes: Uint8Array, at: number): number =>
	((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;

/** Signed 32 bit, big-endian: one word of an address. */
export const i32 = (bytes: Uint8Array, at: number): number =>
	(bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

/** Unsigned 16 bit, little-endian. */
export const u16le = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);

/** Unsigned 32 bit, little-endian. */
export const u32le = (bytes: Uint8Array, at: number): number =>
	(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
