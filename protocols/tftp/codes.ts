/** Opcodes and error codes of TFTP (RFC 1350, 5 and its appendix; RFC 2347), and the modes of a transfer (RFC 1350, 1). */
export const OPCODE = { read: 1, write: 2, data: 3, acknowledgement: 4, error: 5, optionAcknowledgement: 6 } as const;

const OPCODE_NAMES: Readonly<Record<number, string>> = { 1: "RRQ", 2: "WRQ", 3: "DATA", 4: "ACK", 5: "ERROR", 6: "OACK" };

/** "mail" is obsolete, and still in the text. */
export const MODES: ReadonlySet<string> = new Set(["netascii", "octet", "mail"]);

const ERROR_NAMES: Readonly<Record<number, string>> = {
	0: "not defined",
	1: "file not found",
	2: "access violation",
	3: "disk full or allocation exceeded",
	4: "illegal TFTP operation",
	5: "unknown transfer ID",
	6: "file already exists",
	7: "no such user",
	8: "option refused",
};
export const isErrorCode = (code: number): boolean => ERROR_NAMES[code] !== undefined;

export const opcodeName = (opcode: number): string => OPCODE_NAMES[opcode] ?? `opcode ${opcode}`;
export const errorName = (code: number): string => ERROR_NAMES[code] ?? "unknown error";
