/** The word that was probably meant, for those who wrote one that is none. */

/** Edits that a slip of the fingers makes at most. */
const SLIP = 3;

/** Edits from one word to the other (Levenshtein). */
function distance(from: string, to: string): number {
	let row = Array.from({ length: to.length + 1 }, (_, index) => index);
	for (let at = 0; at < from.length; at++) {
		const next = [at + 1];
		for (let other = 0; other < to.length; other++)
			next.push(Math.min(next[other]! + 1, row[other + 1]! + 1, row[other]! + (from[at] === to[other] ? 0 : 1)));
		row = next;
	}
	return row.at(-1)!;
}

/** The nearest of the known words; undefined where none is near, or where more than half of a short word would have to change. */
export function nearest(word: string, known: readonly string[]): string | undefined {
	// A long text is no slip, and costs much to compare.
	const least = Math.min(...known.map((one) => one.length));
	if (word.length > Math.max(0, ...known.map((one) => one.length)) + SLIP || word.length + SLIP < least) return undefined;
	const [first] = known.map((one) => ({ one, edits: distance(word.toLowerCase(), one.toLowerCase()) })).sort((a, b) => a.edits - b.edits);
	return first !== undefined && first.edits <= SLIP && first.edits <= Math.max(1, word.length / 2) ? first.one : undefined;
}

/** "did you mean site?" or "it may be one of site, sensor." */
export function hint(word: string, known: readonly string[]): string {
	const meant = nearest(word, known);
	return meant === undefined ? `it may be one of ${known.join(", ")}.` : `did you mean ${meant}?`;
}
