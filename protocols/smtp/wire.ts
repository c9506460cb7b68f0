/** Lines of SMTP (RFC 5321, 2.3.8, 4.1.1, 4.2): bytes alone, no state. */
import { u8 } from "../../src/wire/bytes.ts";
import { CommandLines } from "../../src/wire/replies.ts";
import { isCommand, isOwnCommand } from "./codes.ts";

const DOT = 0x2e;
/** 4.5.3.1.4 has 512 bytes, RFC 4954, 4 has 12288 for what a login says. */
export const MAX_LINE = 12_288 + 2;

/** Replies begin with 2 to 5 (4.2); "STARTTLS" has eight letters, extensions have a few more. */
export const lines = new CommandLines({ first: [2, 5], second: 5, letters: [4, 12], isCommand });

/** Whether the line that fits here is a command that no other protocol has. */
export const isOwnCommandAt = (bytes: Uint8Array, start: number, end: number): boolean => isOwnCommand(lines.wordAt(bytes, start, end));

/** 4.1.1.4: a line that is a full stop alone ends the mail. */
export const isEndOfMail = (bytes: Uint8Array, start: number, end: number): boolean => end - start === 1 && u8(bytes, start) === DOT;
