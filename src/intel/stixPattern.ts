/**
 * STIX 2.1 patterns (OASIS STIX 2.1, section 9), as far as they name something that passes on this wire: comparisons with `=`, IN, ISSUBSET and LIKE '%.domain', joined by
 * OR, and by AND where the others only narrow it (type, port, transport, end). Anything else is said, never guessed.
 */
import { type IndicatorKind, normalised } from "./indicator.ts";

/** One thing that a pattern looks for. */
export interface PatternTerm {
	kind: IndicatorKind;
	value: string;
	port?: number;
	end?: "client" | "server";
	transport?: "tcp" | "udp";
}
export interface PatternReading {
	terms: PatternTerm[];
	/** What does not map, and why; empty where all of it does. */
	problems: string[];
}

/** Characters of a pattern; parentheses in each other; alternatives that it may unfold to. */
const MAX_PATTERN = 65_536;
const MAX_DEPTH = 32;
const MAX_ALTERNATIVES = 10_000;
const MAX_PROBLEMS = 8;

type Token = { kind: "word" | "text" | "number" | "sign" | "end"; text: string };

const TOKEN = /\s*(?:(t|b|h)?'((?:[^'\\]|\\.)*)'|([-+]?\d+(?:\.\d+)?)(?![\w-])|(!=|<>|<=|>=|[[\]()=<>,.:*])|([A-Za-z_][\w-]*))/y;

class NotMapped extends Error {}

function* tokensOf(pattern: string): Generator<Token> {
	TOKEN.lastIndex = 0;
	const text = pattern.trimEnd();
	while (TOKEN.lastIndex < text.length) {
		const from = TOKEN.lastIndex;
		const found = TOKEN.exec(text);
		if (found === null) throw new NotMapped(`it is no pattern from "${text.slice(from, from + 20).trim()}" on`);
		const [, , quoted, number, sign, word] = found;
		if (quoted !== undefined) yield { kind: "text", text: quoted.replace(/\\(.)/g, "$1") };
		else if (number !== undefined) yield { kind: "number", text: number };
		else if (sign !== undefined) yield { kind: "sign", text: sign };
		else yield { kind: "word", text: word! };
	}
	yield { kind: "end", text: "the end" };
}

/** One comparison: the path of the object, and the values of which one must be there. */
interface Comparison {
	path: string;
	operator: string;
	values: string[];
}
/** Alternatives; all comparisons of one must hold. A problem stands for an alternative that cannot be read. */
type Alternatives = (Comparison[] | NotMapped)[];

class Reader {
	readonly #tokens: Token[];
	#at = 0;
	#depth = 0;

	constructor(pattern: string) {
		this.#tokens = [...tokensOf(pattern)];
	}

	/** Observations joined by OR; each other way of joining needs several observations together. */
	observations(): Alternatives {
		const all = this.#observation();
		for (;;) {
			const token = this.#peek();
			const word = token.kind === "word" ? token.text.toUpperCase() : token.text;
			if (token.kind === "end" || word === ")") {
				if (all.length > MAX_ALTERNATIVES) throw new NotMapped("it has too many alternatives");
				return all;
			}
			this.#next();
			if (word === "OR") all.push(...this.#observation());
			else if (word === "AND" || word === "FOLLOWEDBY")
				throw new NotMapped(`${word} of observations: several would have to be seen together`);
			else if (word === "WITHIN") {
				// How long one observation may last says nothing.
				this.#next();
				this.#next();
			} else if (word === "REPEATS" || word === "START") throw new NotMapped(`the qualifier ${word}`);
			else throw new NotMapped(`"${token.text}" is not expected there`);
		}
	}

	finish(): void {
		const token = this.#next();
		if (token.kind !== "end") throw new NotMapped(`"${token.text}" is not expected there`);
	}

	#observation(): Alternatives {
		const token = this.#next();
		if (token.text === "(" && token.kind === "sign") return this.#inside(() => this.observations(), ")");
		if (token.text !== "[" || token.kind !== "sign")
			throw new NotMapped(`"${token.text}" is not expected there: an observation begins with [`);
		return this.#inside(() => this.#or(), "]");
	}

	#inside(read: () => Alternatives, end: string): Alternatives {
		if (++this.#depth > MAX_DEPTH) throw new NotMapped("it is nested too deep");
		const found = read();
		this.#expect(end);
		this.#depth--;
		return found;
	}

	#or(): Alternatives {
		const all = this.#and();
		while (this.#isWord("OR")) {
			all.push(...this.#and());
			if (all.length > MAX_ALTERNATIVES) throw new NotMapped("it has too many alternatives");
		}
		return all;
	}

	#and(): Alternatives {
		let all = this.#term();
		while (this.#isWord("AND")) {
			const more = this.#term();
			if (all.length * more.length > MAX_ALTERNATIVES) throw new NotMapped("it has too many alternatives");
			all = all.flatMap((one) =>
				more.map((other) => (one instanceof NotMapped ? one : other instanceof NotMapped ? other : [...one, ...other])),
			);
		}
		return all;
	}

	#term(): Alternatives {
		const token = this.#peek();
		if (token.kind === "sign" && token.text === "(") {
			this.#at++;
			return this.#inside(() => this.#or(), ")");
		}
		if (this.#isWord("NOT") || this.#isWord("EXISTS"))
			throw new NotMapped(`${token.text.toUpperCase()}: what is absent or merely there is no indicator`);
		const path = this.#path();
		const isNegated = this.#isWord("NOT");
		const operator = this.#next();
		const values = this.#values();
		if (isNegated) return [new NotMapped(`NOT of ${path}`)];
		return [[{ path, operator: operator.text.toUpperCase(), values }]];
	}

	/** `network-traffic:dst_ref.value`, `x509-certificate:hashes.'SHA-256'`, `network-traffic:protocols[*]`. */
	#path(): string {
		const first = this.#next();
		if (first.kind !== "word") throw new NotMapped(`"${first.text}" is not expected there: a comparison begins with a path`);
		let path = first.text.toLowerCase();
		for (;;) {
			const token = this.#peek();
			if (token.kind !== "sign" || !(token.text === ":" || token.text === "." || token.text === "[")) return path;
			this.#at++;
			const step = this.#next();
			if (token.text === "[") {
				this.#expect("]");
				continue;
			}
			path += `${token.text}${step.text.toLowerCase()}`;
		}
	}

	#values(): string[] {
		const first = this.#next();
		if (first.kind !== "sign" || first.text !== "(") return [first.text];
		const values: string[] = [];
		for (;;) {
			values.push(this.#next().text);
			const token = this.#next();
			if (token.text === ")") return values;
			if (token.text !== ",") throw new NotMapped(`"${token.text}" is not expected in a set`);
		}
	}

	#isWord(word: string): boolean {
		const token = this.#peek();
		if (token.kind !== "word" || token.text.toUpperCase() !== word) return false;
		this.#at++;
		return true;
	}

	#expect(text: string): void {
		const token = this.#next();
		if (token.text !== text) throw new NotMapped(`"${token.text}" is not expected there: ${text} is missing`);
	}

	#peek(): Token {
		return this.#tokens[this.#at]!;
	}

	/** The end stays where it is, however often it is read. */
	#next(): Token {
		const token = this.#peek();
		if (token.kind !== "end") this.#at++;
		return token;
	}
}

/** What a comparison names. `narrow` only narrows another one. */
type Meaning = { terms: PatternTerm[] } | { narrow: Partial<PatternTerm>[] };

const ADDRESSES: Readonly<Record<string, "client" | "server" | undefined>> = {
	"ipv4-addr:value": undefined,
	"ipv6-addr:value": undefined,
	"network-traffic:src_ref.value": "client",
	"network-traffic:dst_ref.value": "server",
};
const KINDS: Readonly<Record<string, IndicatorKind>> = {
	"domain-name:value": "domain",
	"file:name": "file-name",
	"file:hashes.md5": "file-hash",
	"file:hashes.sha-1": "file-hash",
	"file:hashes.sha-256": "file-hash",
	"x509-certificate:hashes.sha-1": "certificate",
	"x509-certificate:hashes.sha-256": "certificate",
};
/** JA4 has no place in STIX 2.1: whoever extends it calls it by its name. */
const JA4_PATH = /^(?:x-[a-z0-9-]*ja4[a-z0-9-]*:value|[a-z0-9-]+:(?:[a-z0-9_-]+\.)*(?:x_)?ja4(?:\.value)?)$/;

function meaningOf({ path, operator, values }: Comparison): Meaning {
	if (operator !== "=" && operator !== "IN" && operator !== "ISSUBSET" && operator !== "LIKE")
		throw new NotMapped(`${operator} of ${path}`);
	if (/_ref\.type$/.test(path)) return { narrow: [{}] };
	if (path === "network-traffic:dst_port") return { narrow: values.map((text) => ({ port: portOf(text) })) };
	if (path === "network-traffic:protocols") {
		return {
			narrow: values.map((text) => {
				const name = text.toLowerCase();
				if (name === "tcp" || name === "udp") return { transport: name };
				if (name === "ipv4" || name === "ipv6" || name === "ip") return {};
				throw new NotMapped(`the protocol ${name} beside it`);
			}),
		};
	}
	if (path in ADDRESSES) {
		if (operator === "LIKE") throw new NotMapped("LIKE of an address");
		const end = ADDRESSES[path];
		return { terms: values.map((text) => ({ kind: "address", value: named("address", text), ...(end !== undefined && { end }) })) };
	}
	if (path === "url:value") return { terms: values.map(ofUrl) };
	const kind = JA4_PATH.test(path) ? "ja4" : KINDS[path];
	if (kind === undefined) throw new NotMapped(`${path} is not seen on this wire`);
	if (operator === "ISSUBSET") throw new NotMapped(`ISSUBSET of ${path}`);
	if (operator !== "LIKE") return { terms: values.map((text) => ({ kind, value: named(kind, text) })) };
	return {
		terms: values.map((text) => {
			// All names below a domain; the domain itself is taken in too.
			if (kind !== "domain" || !/^%\.[^%_]+$/.test(text)) throw new NotMapped(`LIKE '${text}'`);
			return { kind, value: named(kind, text.slice(2)) };
		}),
	};
}

function named(kind: IndicatorKind, text: string): string {
	const found = normalised(kind, text);
	if ("problem" in found) throw new NotMapped(found.problem);
	return found.value;
}

function portOf(text: string): number {
	const port = Number(text);
	if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new NotMapped(`"${text}" is no port`);
	return port;
}

/** A host alone; with a path behind it the same host may serve what is harmless. */
function ofUrl(text: string): PatternTerm {
	const found = /^[a-z][a-z0-9+.-]*:\/\/(?:\[([0-9a-f:.]+)\]|([^/:?#@]+))(?::(\d+))?\/?$/i.exec(text);
	if (found === null) throw new NotMapped("the path of a URL is not seen");
	const host = found[1] ?? found[2]!;
	const address = normalised("address", host);
	if (!("value" in address)) return { kind: "domain", value: named("domain", host) };
	return { kind: "address", value: address.value, end: "server", ...(found[3] !== undefined && { port: portOf(found[3]) }) };
}

/** The host of a URL, or why it does not map. */
export function readUrl(text: string): PatternTerm | { problem: string } {
	try {
		return ofUrl(text.trim());
	} catch (error) {
		if (error instanceof NotMapped) return { problem: error.message };
		throw error;
	}
}

/** One alternative: everything in it must hold at once. */
function termsOf(comparisons: readonly Comparison[]): PatternTerm[] {
	let terms: PatternTerm[] | undefined;
	let narrows: Partial<PatternTerm>[] = [{}];
	for (const comparison of comparisons) {
		const meaning = meaningOf(comparison);
		if ("narrow" in meaning) {
			narrows = narrows.flatMap((one) => meaning.narrow.map((other) => ({ ...one, ...other })));
		} else if (terms === undefined) terms = meaning.terms;
		else throw new NotMapped("AND of several values: they would have to be seen together");
		if (narrows.length * (terms?.length ?? 1) > MAX_ALTERNATIVES) throw new NotMapped("it has too many alternatives");
	}
	if (terms === undefined) throw new NotMapped("it names no address, domain, fingerprint, certificate or file");
	return terms.flatMap((term) =>
		narrows.map((narrow) => {
			if (term.kind !== "address" && Object.keys(narrow).length > 0) throw new NotMapped("a port or protocol beside what is no address");
			return { ...term, ...narrow };
		}),
	);
}

/** Reads a pattern. Never throws. */
export function readPattern(pattern: string): PatternReading {
	if (pattern.length > MAX_PATTERN) return { terms: [], problems: ["the pattern is longer than 64 KiB"] };
	const problems: string[] = [];
	const note = (error: unknown): void => {
		if (!(error instanceof NotMapped)) throw error;
		if (problems.length < MAX_PROBLEMS && !problems.includes(error.message)) problems.push(error.message);
	};
	const terms: PatternTerm[] = [];
	try {
		const reader = new Reader(pattern);
		const alternatives = reader.observations();
		reader.finish();
		for (const alternative of alternatives) {
			try {
				if (alternative instanceof NotMapped) throw alternative;
				for (const term of termsOf(alternative)) terms.push(term);
			} catch (error) {
				note(error);
			}
		}
	} catch (error) {
		note(error);
		return { terms: [], problems };
	}
	return { terms, problems };
}
