/** Making elements. Whatever comes from the wire becomes text here and nowhere else: never markup, never invisible, never endless. */

/** Control characters, direction marks and overrides, zero-width and tag characters: they hide or reorder what is read. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** More marks on one letter than any language writes. */
const PILED = /(\p{M}{4})\p{M}+/gu;
const LONGEST = 600;

/** What a person may safely read of a text from the wire: hidden characters are shown by their code. */
export function plain(value) {
	const text = String(value ?? "");
	const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
	return cut
		.replace(HIDDEN, (character) => `⟨U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`)
		.replace(PILED, "$1…");
}

/** An element with class and children; strings become text. No attribute is ever taken from the wire, but the address of a `link`. */
export function make(tag, className, ...children) {
	const element = document.createElement(tag);
	if (className) element.className = className;
	for (const child of children) {
		if (child === null || child === undefined || child === false) continue;
		element.append(child instanceof Node ? child : plain(child));
	}
	return element;
}

/** A link to another site, which learns nothing of this page; null where the address is not one of the web. Its text is the host that it leads to. */
export function link(address) {
	if (typeof address !== "string" || !URL.canParse(address)) return null;
	const url = new URL(address);
	if (url.protocol !== "https:" && url.protocol !== "http:") return null;
	const element = make("a", "wire", url.host);
	element.href = url.href;
	element.target = "_blank";
	element.rel = "noopener noreferrer";
	return element;
}

/** Sets the text of an element only when it differs, so that screen readers and selections are left alone. */
export function say(element, text) {
	const wanted = plain(text);
	if (element.textContent !== wanted) element.textContent = wanted;
}

export const byId = (id) => document.getElementById(id);

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const number = (value) => (Math.abs(value) < 1e6 ? whole : short).format(value);
export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

export function size(bytes) {
	const units = ["B", "KB", "MB", "GB", "TB"];
	let unit = 0;
	let value = bytes;
	while (value >= 1000 && unit < units.length - 1) {
		value /= 1000;
		unit++;
	}
	return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
