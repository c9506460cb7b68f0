/** The DNS message: header offsets and the bounds of names (RFC 1035, 4.1.1 and 2.3.4). */

export const OFFSET = { id: 0, flags: 2, questions: 4, answers: 6, authorities: 8, additionals: 10 } as const;
export const HEADER_LENGTH = 12;
/** RFC 1035, 2.3.4. */
export const MAX_LABEL = 63;
export const MAX_NAME = 255;
/** Compression pointers followed in one name (RFC 1035, 4.1.4): no honest message nests deeper, a loop stops here. */
export const MAX_POINTERS = 16;

export const FLAG = { response: 0x8000, truncated: 0x0200 } as const;
export const opcodeOf = (flags: number): number => (flags >> 11) & 15;
export const responseCodeOf = (flags: number): number => flags & 15;
