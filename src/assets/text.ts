/** Text from the wire, made harmless: what a device says about itself may be anything. */

import { HIDDEN } from "../wire/text.ts";

/** Longest text kept of a claim; real names, models and versions are shorter. */
export const MAX_TEXT = 128;

/** Rows of what cannot be seen. */
const UNSEEN = new RegExp(`(?:${HIDDEN.source})+`, "g");
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Bounded, on one line, without hidden characters; undefined where nothing is left. */
export function cleanText(text: string | undefined, length = MAX_TEXT): string | undefined {
	if (text === undefined || text.length === 0) return undefined;
	const clean = text.slice(0, length).replace(UNSEEN, " ").replace(LONE_SURROGATE, "\ufffd").trim();
	return clean.length > 0 ? clean : undefined;
}
