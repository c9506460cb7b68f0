/** Text from the wire, made harmless: what a device says about itself may be anything. */

/** Longest text kept of a claim; real names, models and versions are shorter. */
export const MAX_TEXT = 128;

/** Control characters, and the invisible ones that reorder or hide text (Unicode bidirectional controls, zero-width, byte order mark, separators). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]+/g;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Bounded, on one line, without hidden characters; undefined where nothing is left. */
export function cleanText(text: string | undefined, length = MAX_TEXT): string | undefined {
	if (text === undefined || text.length === 0) return undefined;
	const clean = text.slice(0, length).replace(HIDDEN, " ").replace(LONE_SURROGATE, "\ufffd").trim();
	return clean.length > 0 ? clean : undefined;
}
