/** Names of objects (ISO 9506-2, 7.5.2), variables (14.5.1 and .2) and what IEC 61850-8-1 (7.3) puts into them: `domain/LN$FC$DO$DA`. */
import { OPERATION_POINTS, type Verb } from "../../src/decode/protocol.ts";
import { type BerReader, context } from "../../src/wire/ber.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { CONSTRAINTS, OPERATION } from "./codes.ts";

/** Characters of one identifier: 32 by MMS, 64 by IEC 61850-8-1 (edition 2: 129). */
const MAX_IDENTIFIER = 160;
const MAX_SELECTIONS = 4;

export const textOf = (reader: BerReader): string =>
	utf8Of(reader.bytes, reader.start, Math.min(reader.end, reader.start + MAX_IDENTIFIER));

/** ObjectName, a choice, that the reader stands on: `item` of the whole device, `domain/item`, `@/item` of this association. Undefined where it is none. */
export function objectName(reader: BerReader): string | undefined {
	if (reader.tag === context(0) && !reader.isConstructed) return textOf(reader);
	if (reader.tag === context(2) && !reader.isConstructed) return `@/${textOf(reader)}`;
	if (reader.tag !== context(1) || !reader.isConstructed) return undefined;
	const parts = reader.inside();
	if (!parts.next()) return undefined;
	const domain = textOf(parts);
	return parts.next() ? `${domain}/${textOf(parts)}` : undefined;
}

/** An ObjectName in an element of its own. */
export function nameInside(reader: BerReader): string | undefined {
	const inside = reader.inside();
	return inside.next() ? objectName(inside) : undefined;
}

/** FileName: a sequence of strings. */
export function fileName(reader: BerReader): string {
	if (!reader.isConstructed) return textOf(reader);
	const parts = reader.inside();
	let text = "";
	while (parts.next() && text.length < 2 * MAX_IDENTIFIER) text += (text === "" || text.endsWith("/") ? "" : "/") + textOf(parts);
	return text;
}

/** VariableSpecification, a choice: a name, or an address. */
function variableName(reader: BerReader): string | undefined {
	if (reader.tag === context(0)) return nameInside(reader);
	if (reader.tag === context(1)) {
		const address = reader.inside();
		if (!address.next()) return undefined;
		return address.tag === context(0) ? `@${address.integer()}` : `@${textOf(address)}`;
	}
	return reader.tag >= context(2) && reader.tag <= context(4) ? "(description)" : undefined;
}

/** AlternateAccess (14.5.5): which elements of a variable, as far as it names one way; "" where it does not. */
function selectionOf(reader: BerReader): string {
	let text = "";
	let here = reader.inside();
	for (let level = 0; level < MAX_SELECTIONS && here.next(); level++) {
		const one = here;
		if (one.tag === context(0)) {
			// selectAlternateAccess: a selector, then further ones inside what it selects.
			const parts = one.inside();
			if (!parts.next()) break;
			text += selector(parts, 0);
			if (!parts.next()) break;
			here = parts.inside();
			continue;
		}
		text += selector(one, 1);
		break;
	}
	return text;
}

/** component, index, indexRange, allElements: tags from `base` on. */
function selector(reader: BerReader, base: number): string {
	switch (reader.tag - context(base)) {
		case 0:
			return reader.isConstructed ? "" : `.${textOf(reader)}`;
		case 1:
			return `[${reader.integer()}]`;
		case 2: {
			const range = reader.inside();
			const low = range.next() ? range.integer() : Number.NaN;
			return `[${low}+${range.next() ? range.integer() : Number.NaN}]`;
		}
		default:
			return "[]";
	}
}

/** Names of a list of variables; undefined where it cannot be read. `onBound` is told that there are more. */
export function variablesOf(reader: BerReader, onBound: () => void): string[] | undefined {
	const names: string[] = [];
	while (reader.next()) {
		if (names.length === OPERATION_POINTS) {
			onBound();
			return names;
		}
		const parts = reader.inside();
		let name = parts.next() ? variableName(parts) : undefined;
		if (name === undefined) return undefined;
		if (parts.next() && parts.tag === context(5)) name += selectionOf(parts);
		if (parts.isBroken) return undefined;
		names.push(name);
	}
	return reader.isBroken ? undefined : names;
}

/** The functional constraint of an object of IEC 61850, the second part of its item; "" where it has none. */
export function constraintOf(name: string): string {
	const item = name.slice(name.indexOf("/") + 1);
	const first = item.indexOf("$");
	if (first < 0) return "";
	const second = item.indexOf("$", first + 1);
	const constraint = item.slice(first + 1, second < 0 ? undefined : second);
	return /^[A-Z]{2}$/.test(constraint) ? constraint : "";
}

const CONTROL = /\$(SBOw|SBO|Oper|Cancel)(?:\$|$)/;
/** SBO, SBOw, Oper or Cancel of a controllable object (IEC 61850-8-1, 20.3 to 20.8); "" for none. */
export const controlOf = (name: string): string => (constraintOf(name) === "CO" ? (CONTROL.exec(name)?.[1] ?? "") : "");

/** What a write of this object is. */
export function writeOf(name: string, service: number): readonly [Verb, number] {
	const control = controlOf(name);
	if (control === "SBOw") return ["command", OPERATION.selectWithValue];
	if (control === "Cancel") return ["command", OPERATION.cancel];
	// The control block of the setting groups: which one is active, which is edited.
	if (name.includes("$SP$SGCB")) return CONSTRAINTS.SG!;
	return CONSTRAINTS[constraintOf(name)] ?? ["write", service];
}
