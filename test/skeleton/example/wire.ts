/** The message of the example protocol (its specification, section): offsets and bounds. */

export const PORT = 65_000;
export const OFFSET = { magic: 0, length: 2, function: 4, transaction: 5, body: 7 } as const;
/** Bytes of the header. */
export const HEADER = 7;
export const MAGIC = 0x5a7e;
/** Most bytes of one message, its header included. */
export const MAX_MESSAGE = 1024;
