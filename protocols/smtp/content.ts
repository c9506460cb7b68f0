/** What of a mail is looked at (RFC 2045, 2183): names of attachments, and whether one is a program. Its lines are not kept. */
import { u8 } from "../../src/wire/bytes.ts";
import { utf8Of } from "../../src/wire/text.ts";
import type { SmtpMail } from "./observation.ts";

/** Names of attachments of one mail. */
const MAX_ATTACHMENTS = 16;
/** Bytes of a line that are looked at: RFC 5322, 2.1.1 has 998. */
const MAX_LINE = 1000;
const MAX_NAME = 255;
const NAME = /(?:^|[;\s])(?:file)?name\*?=(?:"([^"]{1,255})"|([^\s;"]{1,255}))/i;

/** First bytes of programs, as base64 begins with them: `MZ` with the usual third byte (Microsoft PE Format), `\x7fELF` (System V gABI, 4). */
const PROGRAMS: readonly (readonly [beginning: string, kind: string])[] = [
	["TVqQAAMAAAA", "Windows program"],
	["f0VMRg", "Linux program"],
];

/** Reads the lines of a mail, each once. */
export class Content {
	/** The line before was empty: what follows is the first of a part. */
	#isFirst = false;

	begin(): void {
		this.#isFirst = false;
	}

	line(bytes: Uint8Array, start: number, end: number, mail: SmtpMail): void {
		mail.size += end - start + 2;
		const isFirst = this.#isFirst;
		this.#isFirst = end === start;
		if (end === start) return;
		if (isFirst) {
			const program = PROGRAMS.find(([beginning]) => begins(bytes, start, end, beginning))?.[1];
			if (program !== undefined && !mail.programs.includes(program)) mail.programs.push(program);
		}
		// Of the lines that may name one most do not have the sign.
		const stop = Math.min(end, start + MAX_LINE);
		if (bytes.subarray(0, stop).indexOf(EQUALS, start) < 0 || mail.attachments.length >= MAX_ATTACHMENTS) return;
		const found = NAME.exec(utf8Of(bytes, start, stop));
		const name = (found?.[1] ?? found?.[2])?.slice(0, MAX_NAME);
		if (name !== undefined && !mail.attachments.includes(name)) mail.attachments.push(name);
	}
}

const EQUALS = 0x3d;

function begins(bytes: Uint8Array, start: number, end: number, text: string): boolean {
	if (end - start < text.length) return false;
	for (let at = 0; at < text.length; at++) if (u8(bytes, start + at) !== text.charCodeAt(at)) return false;
	return true;
}
