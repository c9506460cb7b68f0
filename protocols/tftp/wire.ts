/** The five packets of TFTP (RFC 1350, 5) and the option acknowledgement (RFC 2347): offsets and bounds. */

export const OFFSET = { opcode: 0, fileName: 2, block: 2, errorCode: 2, options: 2, data: 4, errorText: 4 } as const;
/** Opcode and block, or opcode and the beginning of a text: nothing is shorter, and an acknowledgement is no longer. Behind the code of an error at least the end of its text. */
export const LENGTH = { shortest: 4, acknowledgement: 4, error: 5 } as const;
/** RFC 2347: "the maximum size of a request packet is 512 octets". */
export const MAX_REQUEST = 512;
