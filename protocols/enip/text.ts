/** Bytes as text for people, as much of it as a line shows. */
import { hexOf as hex, paddedOf } from "../../src/wire/text.ts";

/** Characters of one text that are kept. */
export const MAX_TEXT = 512;
/** Bytes of data of no known type that a line shows. */
const MAX_HEX = 64;

/** Text as UTF-8, without zeros that fill up. */
export const textOf = (bytes: Uint8Array, start: number, end: number): string => paddedOf(bytes, start, Math.min(end, start + MAX_TEXT));

/** The first bytes in hex. */
export const hexOf = (bytes: Uint8Array, start: number, end: number): string => hex(bytes, start, Math.min(end, start + MAX_HEX));
