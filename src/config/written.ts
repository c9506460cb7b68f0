/**
 * Documents that people write or review (YAML, and JSON as a part of it): every value knows its line and column, so that what is wrong is said where it stands. And the way back:
 * a stable text, the small things each on a line of its own, as version control wants it.
 */
import { Document, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, visit } from "yaml";
import { CONFIG_ERROR, ConfigError, type ConfigErrorCode } from "./error.ts";
import { hint, nearest } from "./nearest.ts";

/** Bytes of one document: a unit with all 65,536 registers of all tables stays below. */
export const MAX_WRITTEN = 64 * 2 ** 20;
/** Problems shown of a value that is quoted. */
const MAX_QUOTED = 60;

/** Line and column, from 1. */
interface Place {
	line: number;
	column: number;
}
const placeAt = (lines: LineCounter, offset: number): Place => {
	const { line, col } = lines.linePos(offset);
	return { line, column: col };
};
/** As editors and terminals know it. */
const placed = (file: string, { line, column }: Place): string => `${file}:${line}:${column}`;

/** One value of a document, and where it stands. */
export class Written {
	readonly #node: Node | null;
	readonly #file: string;
	readonly #lines: LineCounter;
	readonly #place: Place;

	constructor(node: Node | null, file: string, lines: LineCounter, place: Place) {
		this.#node = node;
		this.#file = file;
		this.#lines = lines;
		this.#place = node?.range == null ? place : placeAt(lines, node.range[0]);
	}

	get line(): number {
		return this.#place.line;
	}

	/** What is wrong with it, to be thrown: "plc.yaml:7:3: ...". */
	wrong(words: string, code: ConfigErrorCode = CONFIG_ERROR.wrongValue): ConfigError {
		return new ConfigError(code, `${placed(this.#file, this.#place)}: ${words}`);
	}

	#at(node: unknown): Written {
		return new Written(node as Node | null, this.#file, this.#lines, this.#place);
	}

	#must(expected: string): never {
		const text = JSON.stringify(this.#node?.toJSON() ?? null) ?? "nothing";
		throw this.wrong(`there must be ${expected}; there is ${text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED - 1)}…` : text}.`);
	}

	/** Keys and values; a key that is not among `known` is an error. */
	fields<Key extends string>(known: readonly Key[]): Fields<Key> {
		if (!isMap(this.#node)) return this.#must("keys and values");
		const fields = new Map<string, Written>();
		for (const { key, value } of this.#node.items) {
			const name = String(isScalar(key) ? key.value : key);
			const at = this.#at(value ?? key);
			if (!(known as readonly string[]).includes(name))
				throw this.#at(key).wrong(`there is no key ${name} here; ${hint(name, known)}`, CONFIG_ERROR.unknownKey);
			fields.set(name, at);
		}
		return {
			get: (key) => {
				const field = fields.get(key);
				if (field === undefined) throw this.wrong(`the key ${key} is missing.`);
				return field;
			},
			find: (key) => fields.get(key),
		};
	}

	items(most: number): Written[] {
		if (!isSeq(this.#node)) return this.#must("a list");
		if (this.#node.items.length > most) throw this.wrong(`the list has ${this.#node.items.length} entries; at most ${most} are taken.`);
		return this.#node.items.map((item) => this.#at(item));
	}

	/** The entries of a list, or the one value that stands there without one. */
	each(most: number): Written[] {
		return this.isList ? this.items(most) : [this];
	}

	/** True for a list. */
	get isList(): boolean {
		return isSeq(this.#node);
	}

	get #scalar(): unknown {
		return isScalar(this.#node) ? this.#node.value : undefined;
	}

	text(most: number): string {
		const value = this.#scalar;
		if (typeof value !== "string" || value.length === 0 || value.length > most) return this.#must(`a text of 1 to ${most} characters`);
		return value;
	}

	/** A text, or a number as it reads. */
	term(most: number): string {
		const value = this.#scalar;
		return typeof value === "number" ? String(value) : this.text(most);
	}

	number(min = -Number.MAX_VALUE, max = Number.MAX_VALUE): number {
		const value = this.#scalar;
		if (typeof value !== "number" || !(value >= min && value <= max))
			return this.#must(min === -Number.MAX_VALUE ? "a number" : `a number from ${min} to ${max}`);
		return value;
	}

	whole(min: number, max: number): number {
		const value = this.#scalar;
		if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max)
			return this.#must(`a whole number from ${min} to ${max}`);
		return value;
	}

	flag(): boolean {
		const value = this.#scalar;
		if (typeof value !== "boolean") return this.#must("true or false");
		return value;
	}

	oneOf<Word extends string>(words: readonly Word[]): Word {
		const value = this.#scalar;
		const found = words.find((word) => word === value);
		if (found !== undefined) return found;
		const meant = typeof value === "string" ? nearest(value, words) : undefined;
		if (meant !== undefined) throw this.wrong(`there is no ${value} here; did you mean ${meant}?`);
		return this.#must(words.join(" or "));
	}

	/** Plain data. */
	plain(): unknown {
		return this.#node?.toJSON() ?? null;
	}
}

export interface Fields<Key extends string> {
	/** Throws where it is missing. */
	get(key: Key): Written;
	find(key: Key): Written | undefined;
}

/** The documents of a text of at most `most` characters: those of a YAML stream, or the entries of a list. Throws a ConfigError with file, line and column. */
export function readWritten(text: string, file: string, most = MAX_WRITTEN): Written[] {
	if (text.length > most)
		throw new ConfigError(CONFIG_ERROR.unreadable, `${file} is larger than ${most / 2 ** 20} MiB: that is no document of this program.`);
	const lines = new LineCounter();
	const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, schema: "core" });
	const fail = (offset: number, words: string): never => {
		throw new ConfigError(CONFIG_ERROR.notYaml, `${placed(file, placeAt(lines, offset))}: ${words}`);
	};
	const all: Written[] = [];
	for (const document of documents as Document.Parsed[]) {
		const [first] = document.errors;
		if (first !== undefined) fail(first.pos[0], `${first.message.split("\n")[0]!.replace(/\.$/, "")}; it must be YAML or JSON.`);
		visit(document, {
			Alias: (_key, node) => fail(node.range?.[0] ?? 0, "aliases (*name) are not taken: write the value where it is wanted."),
		});
		const one = new Written(document.contents as Node | null, file, lines, { line: 1, column: 1 });
		if (one.isList) all.push(...one.items(Number.MAX_SAFE_INTEGER));
		else if (document.contents !== null) all.push(one);
	}
	return all;
}

/** One value as YAML: what holds only plain values stands on one line. */
export function writeYaml(value: unknown): string {
	const document = new Document(value, { aliasDuplicateObjects: false });
	visit(document, {
		Collection: (key, node) => {
			const isSmall = node.items.every((item) => {
				const inner = isScalar(item) ? item : (item as { value?: unknown }).value;
				return (
					isScalar(inner) || (isSeq(inner) && inner.items.every(isScalar)) || (isMap(inner) && inner.items.length <= 6 && key !== null)
				);
			});
			// A list of things is one a line; a thing is a line.
			if (isSmall && !(isSeq(node) && node.items.some(isMap)) && key !== null) (node as { flow?: boolean }).flow = true;
		},
	});
	return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
