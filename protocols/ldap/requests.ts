/** What the requests of LDAP ask for (RFC 4511, 4.2 to 4.12). */
import { BER } from "../../src/wire/ber.ts";
import { NTLM, ntlmAt, ntlmIn } from "../../src/wire/ntlm.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { CHANGES, OP } from "./codes.ts";
import { filterOf } from "./filter.ts";
import type { LdapRequest } from "./observation.ts";
import { AUTHENTICATION, Elements, ENUMERATED, EXTENDED_NAME, SET } from "./wire.ts";

/** Bytes of a name that are kept; attributes and changes. */
const MAX_NAME = 512;
const MAX_LIST = 64;

export const newRequest = (id: number, op: number, time: number, frame: number): LdapRequest => ({
	id,
	op,
	time,
	frame,
	name: "",
	version: 0,
	authentication: "",
	mechanism: "",
	user: "",
	domain: "",
	workstation: "",
	clientVersion: "",
	scope: -1,
	filter: "",
	attributes: [],
	changes: [],
	newName: "",
	oid: "",
	entries: 0,
});

/** The element that was found last, as text. */
export function textOf({ bytes, element: { start, end } }: Elements): string {
	return utf8Of(bytes, start, Math.min(end, start + MAX_NAME));
}

/** Fills in what the request says; false where it does not fit. */
export function readRequest(bytes: Uint8Array, start: number, end: number, out: LdapRequest): boolean {
	const parts = new Elements(bytes, start, end);
	switch (out.op) {
		case OP.bindRequest:
			return bind(parts, out);
		case OP.searchRequest:
			return search(parts, out);
		case OP.modifyRequest:
			return modify(parts, out);
		case OP.addRequest:
			if (!parts.take(BER.octetString)) return false;
			out.name = textOf(parts);
			if (!parts.take(BER.sequence)) return false;
			out.attributes = namesOf(parts.inside());
			return true;
		case OP.deleteRequest:
			out.name = utf8Of(bytes, start, Math.min(end, start + MAX_NAME));
			return true;
		case OP.renameRequest:
			if (!parts.take(BER.octetString)) return false;
			out.name = textOf(parts);
			if (!parts.take(BER.octetString)) return false;
			out.newName = textOf(parts);
			return true;
		case OP.compareRequest:
			if (!parts.take(BER.octetString)) return false;
			out.name = textOf(parts);
			if (!parts.take(BER.sequence)) return false;
			out.attributes = namesOf(parts.inside(), true);
			return true;
		case OP.extendedRequest:
			if (!parts.take(EXTENDED_NAME)) return false;
			out.oid = textOf(parts);
			return true;
		default:
			return true;
	}
}

function bind(parts: Elements, out: LdapRequest): boolean {
	out.version = parts.integer();
	if (!parts.take(BER.octetString)) return false;
	out.name = textOf(parts);
	if (!parts.next()) return false;
	const { tag, start, end } = parts.element;
	if (tag === AUTHENTICATION.simple) {
		out.authentication = end > start ? "simple" : out.name === "" ? "anonymous" : "unauthenticated";
		return true;
	}
	if (tag === AUTHENTICATION.sasl) {
		const sasl = parts.inside();
		out.authentication = "sasl";
		if (!sasl.take(BER.octetString)) return false;
		out.mechanism = textOf(sasl);
		if (sasl.may(BER.octetString)) token(sasl, out);
		return !sasl.isBroken;
	}
	if (tag !== AUTHENTICATION.discovery && tag !== AUTHENTICATION.negotiate && tag !== AUTHENTICATION.response) return false;
	out.authentication = "ntlm";
	token(parts, out);
	return true;
}

/** NTLM, bare or in SPNEGO. */
function token({ bytes, element: { start, end } }: Elements, out: LdapRequest): void {
	const at = ntlmIn(bytes, start, end);
	const message = at < 0 ? undefined : ntlmAt(bytes, at, end);
	if (message === undefined) return;
	if (message.response !== "") out.mechanism = message.response;
	out.domain = message.domain;
	out.workstation = message.workstation;
	out.clientVersion = message.version;
	if (message.type === NTLM.authenticate) out.user = message.user;
}

function search(parts: Elements, out: LdapRequest): boolean {
	if (!parts.take(BER.octetString)) return false;
	out.name = textOf(parts);
	out.scope = parts.integer(ENUMERATED);
	parts.integer(ENUMERATED);
	// Limits of entries and of time; whether values are wanted.
	parts.integer();
	parts.integer();
	parts.next();
	const filter = parts.isBroken ? undefined : filterOf(parts);
	if (filter === undefined || !parts.take(BER.sequence)) return false;
	out.filter = filter;
	const list = parts.inside();
	const attributes: string[] = [];
	while (attributes.length < MAX_LIST && list.next()) attributes.push(textOf(list));
	out.attributes = attributes;
	return !list.isBroken;
}

function modify(parts: Elements, out: LdapRequest): boolean {
	if (!parts.take(BER.octetString)) return false;
	out.name = textOf(parts);
	if (!parts.take(BER.sequence)) return false;
	const list = parts.inside();
	const changes: string[] = [];
	while (changes.length < MAX_LIST && list.next()) {
		const change = list.inside();
		const kind = change.integer(ENUMERATED);
		if (!change.take(BER.sequence)) return false;
		const attribute = change.inside();
		if (!attribute.take(BER.octetString)) return false;
		changes.push(`${CHANGES[kind] ?? "change"} ${textOf(attribute)}`);
	}
	out.changes = changes;
	return !list.isBroken;
}

/** Names of attributes with their values; or of one (`isOne`). */
function namesOf(list: Elements, isOne = false): string[] {
	if (isOne) return list.take(BER.octetString) ? [textOf(list)] : [];
	const names: string[] = [];
	while (names.length < MAX_LIST && list.next()) {
		const attribute = list.inside();
		if (attribute.take(BER.octetString)) names.push(textOf(attribute));
	}
	return names;
}

/** The attributes of an entry (4.5.2): name and first value of each. */
export function eachAttribute(
	bytes: Uint8Array,
	start: number,
	end: number,
	use: (entry: string, name: string, value: string) => void,
): boolean {
	const parts = new Elements(bytes, start, end);
	if (!parts.take(BER.octetString)) return false;
	const entry = textOf(parts);
	if (!parts.take(BER.sequence)) return false;
	const list = parts.inside();
	for (let count = 0; count < MAX_LIST && list.next(); count++) {
		const attribute = list.inside();
		if (!attribute.take(BER.octetString)) return false;
		const name = textOf(attribute);
		const values = attribute.take(SET) ? attribute.inside() : undefined;
		use(entry, name, values?.next() ? textOf(values) : "");
	}
	return !list.isBroken;
}
