/**
 * What signatures of Suricata and Snort say of Modbus, as conditions of a rule: Suricata's `modbus` (Suricata User Guide, "Modbus Keyword"), Snort's `modbus_func`, `modbus_unit` and
 * `modbus_data` (Snort Users Manual, 2.2.15), and bytes at a fixed place of a Modbus/TCP message (`content`, `byte_test`, and of `pcre` a row of alternatives).
 */
import type { SignatureOption, SignatureReader, SignatureReading } from "../../src/decode/protocol.ts";
import { categoryOf, EXCEPTION_FLAG, FUNCTION, functionName, HIGHEST_FUNCTION } from "./codes.ts";
import { UMAS_OPERATION } from "./umas.ts";

/** Places in a Modbus/TCP message (Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3). */
const AT = { protocolId: 2, unit: 6, function: 7, data: 8 } as const;
/** Bytes of a message and more; what is looked for further behind is no place in one. */
const MAX_PLACE = 260;

/** Functions as Suricata sorts them, by their codes alone. */
const ALL = Array.from({ length: HIGHEST_FUNCTION }, (_, at) => at + 1);
const ofCategory = (name: string): number[] => ALL.filter((code) => categoryOf(code, -1, -1) === name);
const ASSIGNED = ofCategory("public-assigned");
const UNASSIGNED = ofCategory("public-unassigned");
const CATEGORIES: ReadonlyMap<string, readonly number[]> = new Map([
	["assigned", ASSIGNED],
	["unassigned", UNASSIGNED],
	["public", [...ASSIGNED, ...UNASSIGNED]],
	["user", ofCategory("user-defined")],
	["reserved", ofCategory("reserved")],
	["all", ALL],
]);

/** Snort's names of functions: Zeek's in small letters, but for one. */
const NAMES: ReadonlyMap<string, number> = new Map([
	...ASSIGNED.map((code) => [functionName(code).toLowerCase(), code] as const),
	["encapsulated_interface_transport", FUNCTION.encapsulatedInterface],
]);

const SPACES: ReadonlyMap<string, string> = new Map([
	["coils", "coil"],
	["discretes", "discrete"],
	["input", "input"],
	["holding", "holding"],
]);

/** What is found without a rule, by Suricata's name of the event. */
const EVENTS: ReadonlyMap<string, string> = new Map([
	["modbus.invalid_protocol_id", "modbus-malformed"],
	["modbus.invalid_length", "modbus-malformed"],
	["modbus.invalid_value", "modbus-malformed"],
	["modbus.invalid_unit_identifier", "modbus-malformed"],
	["modbus.invalid_function_code", "modbus-illegal-function"],
	["modbus.value_mismatch", "modbus-answer-mismatch"],
	["modbus.unsolicited_response", "modbus-unsolicited-answer"],
	["modbus.flooded", "flood"],
]);

/** Why a signature has no rule, as the end of a sentence. */
class Unmapped extends Error {}
const unmapped = (why: string): never => {
	throw new Unmapped(why);
};
const foundAnyway = (id: string): never => unmapped(`none is needed: ${id} finds it by itself`);

/** Numbers from first to last. */
type Span = readonly [first: number, last: number];

/** `5`, `<5`, `>5`, `5<>9`; both ends of the last are outside. */
function spanOf(text: string, most: number): Span {
	const [, sign = "", from = "", to] = /^([<>]?)\s*(\d{1,10})(?:\s*<>\s*(\d{1,10}))?$/.exec(text.trim()) ?? [];
	const first = Number(from);
	if (from === "" || (sign !== "" && to !== undefined)) unmapped(`${JSON.stringify(text)} is no number or range`);
	const span: Span =
		to !== undefined ? [first + 1, Number(to) - 1] : sign === "<" ? [0, first - 1] : sign === ">" ? [first + 1, most] : [first, first];
	if (span[0] > span[1] || span[1] > most) unmapped(`there is no number that is ${text.trim()}`);
	return span;
}

/** Addresses of the wire: those of Suricata's keyword begin with 1. */
function addressOf(text: string): Span {
	const [first, last] = spanOf(text, 65_536);
	if (last === 0) unmapped("there is no address 0: Suricata's begin with 1");
	return [Math.max(0, first - 1), last - 1];
}

/** As a rule's list wants it: 7, or "5-9". */
const spanWords = ([first, last]: Span): number | string => (first === last ? first : `${first}-${last}`);

/** Consecutive numbers as spans. */
function spansOf(numbers: readonly number[]): Span[] {
	const spans: [number, number][] = [];
	for (const number of [...numbers].sort((one, other) => one - other)) {
		const last = spans.at(-1);
		if (last !== undefined && number === last[1] + 1) last[1] = number;
		else spans.push([number, number]);
	}
	return spans;
}

/** What one signature asks for, put together. */
class Reading {
	#codes: number[] | undefined;
	#units: Span | undefined;
	#subCode: number | undefined;
	#verb: string | undefined;
	#space: string | undefined;
	#address: Span | undefined;
	#value: Span | undefined;
	#isException = false;
	#refusals: readonly number[] | undefined;
	#isAnswer: boolean;
	/** Bytes that are asked for, by their place in the message; each one of several. */
	readonly #bytes = new Map<number, readonly number[]>();
	readonly #notes: string[] = [];
	#isSaid = false;

	constructor(isAnswer: boolean) {
		this.#isAnswer = isAnswer;
	}

	/** Suricata's keyword. */
	keyword(text: string): void {
		const parts = text
			.replace(/^\s*"|"\s*$/g, "")
			.split(",")
			.map((part) => part.trim().split(/\s+/));
		for (const [word, ...rest] of parts) {
			const value = rest.join(" ");
			if (word === "unit") this.#unit(spanOf(value, 255));
			else if (word === "function") this.#function(value.replace(/\s+/g, ""));
			else if (word === "subfunction") this.#subCode = spanOf(value, 65_535)[0];
			else if (word === "access") this.#access(rest);
			else if (word === "address") this.#address = addressOf(value);
			else if (word === "value") this.#value = spanOf(value, 65_535);
			else unmapped(`the keyword modbus has no ${JSON.stringify(word)}`);
		}
		this.#isSaid = true;
	}

	#unit(span: Span): void {
		this.#units = span;
		this.#isSaid = true;
	}

	#function(word: string): void {
		if (/^\d+$/.test(word)) {
			this.functions([Number(word)]);
			return;
		}
		const isOther = word.startsWith("!");
		const category = CATEGORIES.get(word.slice(isOther ? 1 : 0)) ?? unmapped(`there are no ${JSON.stringify(word)} functions`);
		this.functions(isOther ? ALL.filter((code) => !category.includes(code)) : category);
	}

	#access([verb, table]: readonly string[]): void {
		if (verb !== "read" && verb !== "write") unmapped(`an access is read or write, not ${JSON.stringify(verb ?? "")}`);
		this.#verb = verb;
		if (table === undefined) return;
		this.#space = SPACES.get(table) ?? unmapped(`there is no table ${JSON.stringify(table)}`);
		if (verb === "write" && (table === "discretes" || table === "input")) unmapped(`nobody can write to ${table}`);
	}

	/** One of these functions. */
	functions(codes: readonly number[]): void {
		const own = this.#codes;
		this.#codes = own === undefined ? [...codes] : own.filter((code) => codes.includes(code));
		if (this.#codes.length === 0) unmapped("no function is all that it asks for");
		this.#isSaid = true;
	}

	snortFunction(value: string): void {
		const word = value.trim().toLowerCase();
		this.functions([/^\d+$/.test(word) ? Number(word) : (NAMES.get(word) ?? unmapped(`there is no function ${JSON.stringify(word)}`))]);
	}

	snortUnit(value: string): void {
		this.#unit(spanOf(value, 255));
	}

	/** One of these bytes at this place of the message. */
	byte(place: number, values: readonly number[]): void {
		const known = this.#bytes.get(place);
		const left = known === undefined ? values : values.filter((value) => known.includes(value));
		if (left.length === 0 || place < 0 || place > MAX_PLACE) unmapped("no message has all the bytes that it asks for");
		this.#bytes.set(place, left);
		this.#isSaid = true;
	}

	/** A number at this place, `size` bytes long. */
	number(size: number, operator: string, value: number, place: number): void {
		if (size === 1 && place === AT.function && isExceptionTest(operator, value)) {
			this.#isException = true;
			this.#isSaid = true;
		} else if (size === 1 && operator === "=") this.byte(place, [value]);
		else if (size === 2 && operator === "=") {
			this.byte(place, [value >> 8]);
			this.byte(place + 1, [value & 0xff]);
		} else if (size === 2 && place === AT.data + 2 && this.#isSingleWrite()) {
			const span = operator === "<" ? spanOf(`<${value}`, 65_535) : operator === ">" ? spanOf(`>${value}`, 65_535) : undefined;
			if (span === undefined) unmapped(`a rule cannot ask for a value that is ${operator} ${value}`);
			this.#value = span;
			this.#verb = "write";
		} else unmapped(`a rule cannot ask for the number in byte ${place + 1} of a message`);
	}

	#isSingleWrite(): boolean {
		return this.#soleFunction() === FUNCTION.writeSingleRegister;
	}

	#soleFunction(): number | undefined {
		const codes = this.#codes ?? this.#bytes.get(AT.function);
		return codes?.length === 1 ? codes[0]! : undefined;
	}

	#take(place: number): readonly number[] | undefined {
		const values = this.#bytes.get(place);
		this.#bytes.delete(place);
		return values;
	}

	/** The two bytes of a number, both of them known. */
	#takeWord(place: number): number | undefined {
		const [high, low] = [this.#bytes.get(place), this.#bytes.get(place + 1)];
		if (high?.length !== 1 || low?.length !== 1) return undefined;
		this.#bytes.delete(place);
		this.#bytes.delete(place + 1);
		return high[0]! * 256 + low[0]!;
	}

	/** What the bytes mean, from the front of the message. */
	#meaning(): void {
		for (const place of [AT.protocolId, AT.protocolId + 1]) {
			const values = this.#take(place);
			if (values !== undefined && !values.includes(0)) foundAnyway("modbus-malformed");
		}
		const unit = this.#take(AT.unit);
		if (unit?.length === 1) this.#units = [unit[0]!, unit[0]!];
		else if (unit !== undefined) unmapped("a rule cannot ask for one of several units by their bytes");
		const functions = this.#take(AT.function);
		if (functions !== undefined) {
			if (functions.every((code) => code >= EXCEPTION_FLAG)) {
				this.#isException = true;
				this.functions(functions.map((code) => code & ~EXCEPTION_FLAG));
			} else if (functions.some((code) => code >= EXCEPTION_FLAG)) unmapped("it asks for answers and for refusals at once");
			else this.functions(functions);
		}
		if (this.#isException) {
			this.#isAnswer = true;
			this.#refusals = this.#take(AT.data);
			return;
		}
		switch (this.#soleFunction()) {
			case FUNCTION.diagnostics:
				this.#subCode ??= this.#takeWord(AT.data);
				return;
			case FUNCTION.encapsulatedInterface: {
				const [mei, ...more] = this.#bytes.get(AT.data) ?? [];
				if (mei === undefined || more.length > 0) return;
				this.#bytes.delete(AT.data);
				this.#subCode = mei;
				return;
			}
			case FUNCTION.writeSingleCoil:
			case FUNCTION.writeSingleRegister: {
				if (this.#isAnswer) return;
				const isCoil = this.#soleFunction() === FUNCTION.writeSingleCoil;
				const [address, value] = [this.#takeWord(AT.data), this.#takeWord(AT.data + 2)];
				if (address !== undefined) {
					this.#space = isCoil ? "coil" : "holding";
					this.#address = [address, address];
				}
				if (value !== undefined) this.#value = isCoil ? [value === 0 ? 0 : 1, value === 0 ? 0 : 1] : [value, value];
			}
		}
	}

	read(): SignatureReading {
		this.#meaning();
		const [left] = this.#bytes.keys();
		if (left !== undefined) unmapped(`a rule cannot ask for byte ${left + 1} of a message`);
		if (!this.#isSaid) unmapped("it says nothing of Modbus that a rule could ask for");
		const conditions: Record<string, unknown> = { protocol: "modbus" };
		if (this.#units !== undefined) conditions.unit = spanWords(this.#units);
		if (this.#verb !== undefined) conditions.verb = this.#verb;
		this.#functionConditions(conditions);
		this.#pointConditions(conditions);
		if (this.#refusals !== undefined) conditions.refusal = this.#refusals.length === 1 ? this.#refusals[0] : [...this.#refusals];
		else if (this.#isException) conditions.outcome = "refused";
		return { conditions, isAnswer: this.#isAnswer, notes: this.#notes };
	}

	#functionConditions(conditions: Record<string, unknown>): void {
		const codes = this.#codes;
		if (codes !== undefined && codes.length < HIGHEST_FUNCTION) {
			const spans = spansOf(codes);
			if (codes.includes(FUNCTION.umas)) spans.push([UMAS_OPERATION, UMAS_OPERATION + 255]);
			conditions.code = spans.length === 1 ? spanWords(spans[0]!) : spans.map(spanWords);
		}
		if (this.#subCode === undefined) return;
		const code = this.#soleFunction();
		if (code !== FUNCTION.diagnostics && code !== FUNCTION.encapsulatedInterface) unmapped("only functions 8 and 43 have a sub-function");
		conditions.subcode = this.#subCode;
	}

	#pointConditions(conditions: Record<string, unknown>): void {
		const space = this.#space;
		if (space === undefined && (this.#address !== undefined || this.#value !== undefined)) {
			if (this.#address !== undefined) unmapped("it gives an address without a table");
			this.#notes.push("a value of any register");
		}
		if (space !== undefined) {
			const at = this.#address;
			conditions.point = at === undefined ? space : `${space}:${spanWords(at)}`;
			conditions.verb ??= "write";
		}
		const value = this.#value;
		if (value === undefined) return;
		if (space === "coil" && value[1] > 1) unmapped("a coil is 0 or 1");
		const [first, last] = value;
		conditions.value =
			first === last
				? { is: first }
				: first === 0
					? { below: last + 1 }
					: last === 65_535
						? { above: first - 1 }
						: { above: first - 1, below: last + 1 };
	}
}

const isExceptionTest = (operator: string, value: number): boolean =>
	(operator === ">=" && value === EXCEPTION_FLAG) ||
	(operator === ">" && value === EXCEPTION_FLAG - 1) ||
	(operator === "&" && value === EXCEPTION_FLAG);

/** What is told of a `content` behind it: where it is looked for. */
const PLACING: ReadonlySet<string> = new Set(["offset", "depth", "distance", "within"]);
/** Of a `content`, without a meaning for bytes at a place. */
const HARMLESS: ReadonlySet<string> = new Set(["fast_pattern", "rawbytes", "startswith"]);

/** The bytes of `"|00 5a|abc"`. */
function bytesOf(value: string): number[] {
	const text = value.replace(/^\s*"|"\s*$/g, "").replace(/\\(.)/g, "$1");
	const bytes: number[] = [];
	text.split("|").forEach((part, at) => {
		if (at % 2 === 0) bytes.push(...Buffer.from(part, "latin1"));
		else {
			const hex = part.replace(/\s+/g, "");
			if (!/^([0-9a-f]{2})*$/i.test(hex)) unmapped(`|${part}| are no bytes`);
			bytes.push(...Buffer.from(hex, "hex"));
		}
	});
	if (bytes.length === 0 || bytes.length > MAX_PLACE) unmapped("it looks for nothing, or for more than a message");
	return bytes;
}

const numberOf = (text: string | undefined): number => {
	const plain = text?.trim() ?? "";
	if (!/^(0x[0-9a-f]{1,8}|\d{1,8})$/i.test(plain)) unmapped(`${JSON.stringify(plain)} is no number`);
	return Number(plain);
};

interface Cursor {
	/** Where the bytes that were found last end. */
	end: number;
	/** Where a message begins for what is looked for next. */
	base: number;
}

/** One `content` with what is told of it behind it. */
function content(reading: Reading, options: readonly SignatureOption[], at: number, cursor: Cursor): number {
	const { value } = options[at]!;
	if (/^\s*!/.test(value)) unmapped("a rule cannot ask for bytes that are not there");
	// Suricata also takes what belongs to it behind a comma (Snort 3).
	const [bytesText = "", ...inline] = splitOutside(value);
	const bytes = bytesOf(bytesText);
	const places = new Map<string, number>();
	for (const part of inline) {
		const [name = "", number] = part.trim().split(/\s+/);
		if (PLACING.has(name)) places.set(name, numberOf(number));
		else if (!HARMLESS.has(name)) unmapped(`a rule cannot do what ${JSON.stringify(name)} does`);
	}
	let next = at + 1;
	for (; next < options.length; next++) {
		const { name, value: number } = options[next]!;
		if (PLACING.has(name)) places.set(name, numberOf(number));
		else if (name === "startswith") places.set("offset", 0).set("depth", bytes.length);
		else if (!HARMLESS.has(name)) break;
	}
	const isRelative = places.has("distance") || places.has("within");
	const from = isRelative ? cursor.end + (places.get("distance") ?? 0) : cursor.base + (places.get("offset") ?? 0);
	// The window begins behind offset or distance: as wide as the bytes, it is one place.
	const room = isRelative ? places.get("within") : places.get("depth");
	if (room !== bytes.length)
		unmapped(`it looks for bytes (${bytesText.trim()}) ${room === undefined ? "anywhere" : "at more than one place"} in a message`);
	for (const [n, byte] of bytes.entries()) reading.byte(from + n, [byte]);
	cursor.end = from + bytes.length;
	return next;
}

/** Parts between commas that no quotes hold. */
const splitOutside = (value: string): string[] => value.match(/(?:"(?:\\.|[^"\\])*"|[^,"])+/g) ?? [];

/** `/[\S\s]{3}(\x05|\x06)/R`: bytes that may be any, then one of several. */
function pattern(reading: Reading, value: string, cursor: Cursor): void {
	const [, source = "", flags = ""] = /^\s*"?\/(.*)\/([A-Za-z]*)"?\s*$/s.exec(value) ?? [];
	const isRelative = flags.includes("R");
	if (source === "" || !(source.startsWith("^") || flags.includes("A"))) unmapped("its pattern is looked for anywhere in a message");
	let rest = source.replace(/^\^/, "");
	let place = isRelative ? cursor.end : cursor.base;
	while (rest !== "") {
		const [skipped, times] = /^(?:\.|\[\\s\\S\]|\[\\S\\s\])(?:\{(\d{1,3})\})?/.exec(rest) ?? [];
		const [row, inner] = /^\((?:\?:)?((?:\\x[0-9a-f]{2}\|?)+)\)/i.exec(rest) ?? [];
		const [list, members] = /^\[((?:\\x[0-9a-f]{2})+)\]/i.exec(rest) ?? [];
		const [one] = /^\\x[0-9a-f]{2}/i.exec(rest) ?? [];
		const taken = skipped ?? row ?? list ?? one;
		if (taken === undefined) {
			if (place === AT.protocolId && /^\(\?!\\x00\\x00\)$/.test(rest)) foundAnyway("modbus-malformed");
			unmapped("its pattern is more than bytes at a place");
		}
		if (skipped !== undefined) place += Number(times ?? 1);
		else {
			const bytes = [...(inner ?? members ?? one!).matchAll(/\\x([0-9a-f]{2})/gi)].map(([, hex]) => Number.parseInt(hex!, 16));
			// "\x05\x06|\x07" is a row of words, not of bytes.
			if (inner?.split("|").some((word) => word.length !== 4)) unmapped("its pattern is more than bytes at a place");
			reading.byte(place++, bytes);
		}
		rest = rest.slice(taken!.length);
	}
	cursor.end = place;
}

/** `byte_test: 1, >=, 0x80, 7`. */
function byteTest(reading: Reading, value: string, cursor: Cursor): void {
	const [size, operator = "", number, offset, ...more] = value.split(",").map((part) => part.trim());
	if (more.some((word) => word !== "relative" && word !== "big")) unmapped(`a rule cannot do what ${JSON.stringify(more.join(", "))} does`);
	const from = more.includes("relative") ? cursor.end : cursor.base;
	reading.number(numberOf(size), operator, numberOf(number), from + numberOf(offset));
}

function read(options: readonly SignatureOption[], isAnswer: boolean): SignatureReading {
	const reading = new Reading(isAnswer);
	const cursor: Cursor = { end: 0, base: 0 };
	// What is tested of a byte depends on the function, which may stand behind it.
	const late: (() => void)[] = [];
	for (let at = 0; at < options.length; ) {
		const { name, value } = options[at]!;
		if (name === "content") {
			at = content(reading, options, at, cursor);
			continue;
		}
		at++;
		if (name === "modbus") reading.keyword(value);
		else if (name === "modbus_func") reading.snortFunction(value);
		else if (name === "modbus_unit") reading.snortUnit(value);
		else if (name === "modbus_data") Object.assign(cursor, { end: AT.data, base: AT.data });
		else if (name === "pcre") pattern(reading, value, cursor);
		else if (name === "byte_test") {
			const place = { ...cursor };
			late.push(() => byteTest(reading, value, place));
		} else if (name === "app-layer-event") foundAnyway(EVENTS.get(value.trim()) ?? unmapped(`there is no event ${value.trim()}`));
		else if (name === "dsize" || name === "byte_jump" || name === "isdataat") foundAnyway("modbus-malformed");
		else unmapped(`a rule cannot do what ${JSON.stringify(name)} does`);
	}
	for (const test of late) test();
	return reading.read();
}

export const signatures: SignatureReader = {
	ports: [502],
	keywords: ["modbus", "modbus_func", "modbus_unit", "modbus_data"],
	read(options, isAnswer) {
		try {
			return read(options, isAnswer);
		} catch (error) {
			if (error instanceof Unmapped) return error.message;
			throw error;
		}
	},
};
