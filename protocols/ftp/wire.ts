/** Lines of FTP's control connection (RFC 959, 4 and 5.3; RFC 854 for the end of a line): bytes alone, no state. */
import { CommandLines } from "../../src/wire/replies.ts";
import { isCommand, isOwnCommand } from "./codes.ts";

/** Bytes of a line; RFC 959 names no bound, servers take 512 to 4096. */
export const MAX_LINE = 4096;

/** Replies begin with 1 to 6 (RFC 2228); commands have three or four letters (5.3), those of later times too. */
export const lines = new CommandLines({ first: [1, 6], second: 7, letters: [3, 4], isCommand });

/** Whether the line that fits here is a command of FTP alone. */
export const isOwnCommandAt = (bytes: Uint8Array, start: number, end: number): boolean => isOwnCommand(lines.wordAt(bytes, start, end));
