/** The filter of a search (RFC 4511, 4.5.1.7) as text (RFC 4515). */
import { BER } from "../../src/wire/ber.ts";
import { utf8Of } from "../../src/wire/text.ts";
import type { Elements } from "./wire.ts";

/** Filters inside one another, and letters of all. */
const MAX_DEPTH = 16;
const MAX_TEXT = 1024;
const MAX_VALUE = 128;

const LISTS: Readonly<Record<number, string>> = { 160: "&", 161: "|" };
const NOT = 0xa2;
const COMPARISONS: Readonly<Record<number, string>> = { 163: "=", 165: ">=", 166: "<=", 168: "~=" };
const SUBSTRINGS = 0xa4;
const PRESENT = 0x87;
const EXTENSIBLE = 0xa9;
const SUBSTRING = { initial: 0x80, any: 0x81, final: 0x82 } as const;
const MATCH = { rule: 0x81, type: 0x82, value: 0x83 } as const;

/** RFC 4515, 3: what has a meaning of its own. */
const escaped = (text: string): string =>
	text.replace(/[*()\\\ufffd]/g, (letter) => (letter === "\ufffd" ? letter : `\\${letter.charCodeAt(0).toString(16)}`));

/** The text of the filter that `outer` comes to next; "…" where it is too deep or too long, undefined where it does not fit. */
export function filterOf(outer: Elements): string | undefined {
	let length = 0;
	let isBroken = false;
	const textIn = (list: Elements): string => {
		const { start, end } = list.element;
		return escaped(utf8Of(list.bytes, start, Math.min(end, start + MAX_VALUE)));
	};
	const one = (list: Elements, depth: number): string => {
		if (!list.next()) {
			isBroken = true;
			return "";
		}
		const { tag } = list.element;
		if (tag === PRESENT) return `(${add(textIn(list))}=*)`;
		const parts = list.inside();
		if (LISTS[tag] !== undefined) {
			let text = "";
			while (!parts.isOver && !isBroken) {
				if (depth >= MAX_DEPTH || length > MAX_TEXT) return `(${LISTS[tag]}${text}…)`;
				text += one(parts, depth + 1);
			}
			return `(${LISTS[tag]}${text})`;
		}
		if (tag === NOT) return depth >= MAX_DEPTH ? "(!…)" : `(!${one(parts, depth + 1)})`;
		if (COMPARISONS[tag] !== undefined) {
			const name = parts.take(BER.octetString) ? textIn(parts) : "";
			const value = parts.take(BER.octetString) ? textIn(parts) : "";
			isBroken ||= parts.isBroken;
			return `(${add(name)}${COMPARISONS[tag]}${add(value)})`;
		}
		if (tag === SUBSTRINGS) return substrings(parts);
		if (tag === EXTENSIBLE) return extensible(parts);
		isBroken = true;
		return "";
	};
	const add = (text: string): string => {
		length += text.length;
		return text;
	};
	const substrings = (parts: Elements): string => {
		const name = parts.take(BER.octetString) ? textIn(parts) : "";
		const list = parts.take(BER.sequence) ? parts.inside() : undefined;
		if (list === undefined) isBroken = true;
		let text = `(${add(name)}=`;
		let last = -1;
		while (list?.next() && length <= MAX_TEXT) {
			const { tag } = list.element;
			if (tag !== SUBSTRING.initial) text += "*";
			text += add(textIn(list));
			last = tag;
		}
		if (list?.isBroken) isBroken = true;
		return `${text}${last === SUBSTRING.final ? "" : "*"})`;
	};
	const extensible = (parts: Elements): string => {
		const rule = parts.may(MATCH.rule) ? textIn(parts) : "";
		const name = parts.may(MATCH.type) ? textIn(parts) : "";
		const value = parts.take(MATCH.value) ? textIn(parts) : "";
		isBroken ||= parts.isBroken;
		return `(${add(name)}${rule === "" ? "" : `:${add(rule)}`}:=${add(value)})`;
	};
	const text = one(outer, 0);
	return isBroken ? undefined : text;
}
