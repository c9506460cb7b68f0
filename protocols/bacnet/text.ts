/** Character strings of BACnet (ASHRAE 135, 20.2.9) in each of their character sets, made harmless. */
import { u8, u16, u32 } from "../../src/wire/bytes.ts";
import { visible } from "../../src/wire/text.ts";

/** Bytes of a text that are kept. */
const MAX_TEXT = 512;

/** 20.2.9: the octet in front of the characters. */
const CHARSET = { utf8: 0, dbcs: 1, jis: 2, ucs4: 3, ucs2: 4, latin1: 5 } as const;

/** Microsoft's code pages by their number, as far as two bytes may make a character. */
const CODE_PAGES: Readonly<Record<number, string>> = {
	932: "shift_jis",
	936: "gbk",
	949: "euc-kr",
	950: "big5",
	1250: "windows-1250",
	1251: "windows-1251",
};
/** ESC $ B: JIS X 0208 from here on (ISO 2022). */
const TO_JIS = [0x1b, 0x24, 0x42];
const REPLACEMENT = "\ufffd";
const MAX_CODE_POINT = 0x10ffff;

type Decoder = InstanceType<typeof TextDecoder>;
const DECODERS = new Map<string, Decoder>();
function decoder(label: string): Decoder {
	let one = DECODERS.get(label);
	if (one === undefined) {
		one = new TextDecoder(label, { ignoreBOM: true });
		DECODERS.set(label, one);
	}
	return one;
}

/** A character string, its character set in front; bytes that are none, and what cannot be seen, become U+FFFD. Zero bytes at the end fill up. */
export function characterString(bytes: Uint8Array, start: number, end: number): string {
	if (start >= end) return "";
	const from = start + 1;
	const to = Math.min(end, from + MAX_TEXT);
	return visible(decode(u8(bytes, start), bytes, from, to).replace(/\0+$/, ""));
}

function decode(charset: number, bytes: Uint8Array, from: number, to: number): string {
	switch (charset) {
		case CHARSET.utf8:
			return decoder("utf-8").decode(bytes.subarray(from, to));
		case CHARSET.dbcs: {
			const label = CODE_PAGES[u16(bytes, from)];
			const rest = Math.min(to, from + 2);
			return label === undefined ? latin1(bytes, rest, to) : decoder(label).decode(bytes.subarray(rest, to));
		}
		case CHARSET.jis:
			return decoder("iso-2022-jp").decode(Uint8Array.from([...TO_JIS, ...bytes.subarray(from, to)]));
		case CHARSET.ucs4:
			return ucs4(bytes, from, to);
		case CHARSET.ucs2:
			return decoder("utf-16be").decode(bytes.subarray(from, to));
		default:
			return latin1(bytes, from, to);
	}
}

const latin1 = (bytes: Uint8Array, from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));

function ucs4(bytes: Uint8Array, from: number, to: number): string {
	let text = "";
	for (let at = from; at + 4 <= to; at += 4) {
		const point = u32(bytes, at);
		text += point > MAX_CODE_POINT || (point >= 0xd800 && point < 0xe000) ? REPLACEMENT : String.fromCodePoint(point);
	}
	return text;
}
