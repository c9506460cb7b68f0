/** The five packets of TFTP and the option acknowledgement: offsets and bounds (RFC 1350, 5 and figures 5-1 to 5-4; RFC 2347). */

export const OFFSET = { opcode: 0, fileName: 2, block: 2, errorCode: 2, options: 2, data: 4, errorText: 4 } as const;
/** The shortest of each: an acknowledgement has nothing behind its block; a request has at least one byte of name, and what ends it. */
export const LENGTH = { request: 4, data: 4, acknowledgement: 4, error: 5, optionAcknowledgement: 4 } as const;
/** RFC 2347: "the maximum size of a request packet is 512 octets". */
export const MAX_REQUEST = 512;
