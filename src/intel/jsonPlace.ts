/** Where a text stops being JSON (RFC 8259): the system's own error names a place only sometimes. */

/** A number or a word; what follows it is looked at as the next token. */
const PLAIN = /-?\d[\d.eE+-]*|true|false|null/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What may come next. */
type Expected = "value" | "key" | "colon" | "more";

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;

/** The place behind a string that begins at `at`, or -1 where it does not end on its line. */
function behindString(text: string, at: number): number {
	for (let place = at + 1; place < text.length; place++) {
		const code = text.charCodeAt(place);
		if (code === QUOTE) return place + 1;
		if (code < 0x20) return -1;
		if (code === BACKSLASH) place++;
	}
	return -1;
}

/** The place behind the number, word or string at `at`, or -1 where there is none. */
function behindValue(text: string, at: number): number {
	if (text.charCodeAt(at) === QUOTE) return behindString(text, at);
	PLAIN.lastIndex = at;
	return PLAIN.test(text) ? PLAIN.lastIndex : -1;
}

/** Line, from 1, of the first place that does not fit; the last one where the text ends too soon. */
export function wrongLine(text: string): number {
	const open: string[] = [];
	let expected: Expected = "value";
	/** An empty pair may close at once. */
	let isEmpty = false;
	for (let at = 0; ; ) {
		while (at < text.length && isBlank(text.charCodeAt(at))) at++;
		const sign = text[at];
		const closes = sign === "}" ? "{" : sign === "]" ? "[" : undefined;
		if (expected === "value" && (sign === "{" || sign === "[")) {
			open.push(sign);
			expected = sign === "{" ? "key" : "value";
			isEmpty = true;
			at++;
			continue;
		}
		if (closes !== undefined && closes === open.at(-1) && (expected === "more" || isEmpty)) {
			open.pop();
			expected = "more";
			at++;
		} else if (expected === "more" && sign === "," && open.length > 0) {
			expected = open.at(-1) === "{" ? "key" : "value";
			at++;
		} else if (expected === "colon" && sign === ":") {
			expected = "value";
			at++;
		} else {
			const behind = expected === "value" || (expected === "key" && sign === '"') ? behindValue(text, at) : -1;
			if (behind < 0) return lineAt(text, at);
			expected = expected === "key" ? "colon" : "more";
			at = behind;
		}
		isEmpty = false;
	}
}

function lineAt(text: string, place: number): number {
	let line = 1;
	for (let at = text.indexOf("\n"); at >= 0 && at < place; at = text.indexOf("\n", at + 1)) line++;
	return line;
}
