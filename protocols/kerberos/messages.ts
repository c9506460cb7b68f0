/** What messages of Kerberos say (RFC 4120, 5.4 and 5.9). Every field has a tag of its own around it. */
import { application, BerReader, context } from "../../src/wire/ber.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { isProof, MESSAGE, NETBIOS } from "./codes.ts";
import type { KerberosRequest } from "./observation.ts";

/** Bytes of a name that are kept; parts of a name, types of encryption, kinds of proof and addresses that are read. */
const MAX_TEXT = 256;
const MAX_LIST = 32;
const TICKET = 1;
/** 5.2.4: numbers are of 32 bits. */
const MAX_ERROR = 0x7fff_ffff;

/** The contents of the field that was found last. */
function contentOf(field: BerReader): BerReader | undefined {
	const inner = field.inside();
	return inner.next() ? inner : undefined;
}
const textOf = (field: BerReader): string => {
	const content = contentOf(field);
	return content === undefined ? "" : utf8Of(content.bytes, content.start, Math.min(content.end, content.start + MAX_TEXT));
};
const numberOf = (field: BerReader): number => contentOf(field)?.integer() ?? Number.NaN;

/** Calls back with each element of the list that was found last, up to a bound. */
function each(field: BerReader, use: (item: BerReader) => void): void {
	const list = contentOf(field)?.inside();
	for (let count = 0; count < MAX_LIST && list?.next(); count++) use(list);
}

/** 5.2.2: a type, then the parts of the name. */
function nameOf(field: BerReader): string {
	const name = contentOf(field)?.inside();
	const parts: string[] = [];
	if (name?.find(context(1))) each(name, (part) => parts.push(utf8Of(part.bytes, part.start, Math.min(part.end, part.start + MAX_TEXT))));
	return parts.join("/").slice(0, MAX_TEXT);
}

/** 5.2.9: the type of an encrypted part. */
function encryptionOf(field: BerReader): number {
	const data = contentOf(field)?.inside();
	return data?.find(context(0)) ? numberOf(data) : Number.NaN;
}

/** The fields of a whole message, whose front fits. */
function fieldsOf(bytes: Uint8Array, start: number, end: number): BerReader {
	const message = new BerReader(bytes, start, end);
	message.next();
	const sequence = message.inside();
	sequence.next();
	return sequence.inside();
}

/** 5.4.1; undefined where it does not fit. */
export function readRequest(
	bytes: Uint8Array,
	start: number,
	end: number,
	type: number,
	time: number,
	frame: number,
): KerberosRequest | undefined {
	const fields = fieldsOf(bytes, start, end);
	let hasProof = type === MESSAGE.tgsRequest;
	let body: BerReader | undefined;
	while (fields.next()) {
		if (fields.tag === context(3))
			each(fields, (item) => {
				const proof = item.inside();
				if (proof.find(context(1)) && isProof(numberOf(proof))) hasProof = true;
			});
		else if (fields.tag === context(4)) body = contentOf(fields)?.inside();
	}
	if (fields.isBroken || body === undefined) return undefined;
	let [client, server, realm, host] = ["", "", "", ""];
	let nonce = Number.NaN;
	const encryptions: number[] = [];
	while (body.next()) {
		if (body.tag === context(1)) client = nameOf(body);
		else if (body.tag === context(2)) realm = textOf(body);
		else if (body.tag === context(3)) server = nameOf(body);
		else if (body.tag === context(7)) nonce = numberOf(body);
		else if (body.tag === context(8)) each(body, (item) => encryptions.push(item.integer()));
		else if (body.tag === context(9))
			each(body, (item) => {
				const address = item.inside();
				if (address.find(context(0)) && numberOf(address) === NETBIOS && address.find(context(1))) host = textOf(address).trim();
			});
	}
	if (body.isBroken || Number.isNaN(nonce)) return undefined;
	return { type, time, frame, nonce, client, server, realm, encryptions, hasProof, host };
}

export interface Reply {
	client: string;
	server: string;
	realm: string;
	ticketEncryption: number;
	replyEncryption: number;
}

/** 5.4.2; undefined where it does not fit. */
export function readReply(bytes: Uint8Array, start: number, end: number): Reply | undefined {
	const fields = fieldsOf(bytes, start, end);
	const out: Reply = { client: "", server: "", realm: "", ticketEncryption: Number.NaN, replyEncryption: Number.NaN };
	while (fields.next()) {
		if (fields.tag === context(3)) out.realm = textOf(fields);
		else if (fields.tag === context(4)) out.client = nameOf(fields);
		else if (fields.tag === context(6)) out.replyEncryption = encryptionOf(fields);
		else if (fields.tag === context(5)) {
			const ticket = contentOf(fields);
			const sequence = ticket?.tag === application(TICKET) ? contentOf(ticket) : undefined;
			const parts = sequence?.inside();
			while (parts?.next()) {
				if (parts.tag === context(2)) out.server = nameOf(parts);
				else if (parts.tag === context(3)) out.ticketEncryption = encryptionOf(parts);
			}
		}
	}
	return fields.isBroken || Number.isNaN(out.ticketEncryption) || Number.isNaN(out.replyEncryption) ? undefined : out;
}

export interface Failure {
	error: number;
	client: string;
	server: string;
	realm: string;
	text: string;
}

/** 5.9.1; undefined where it does not fit. */
export function readError(bytes: Uint8Array, start: number, end: number): Failure | undefined {
	const fields = fieldsOf(bytes, start, end);
	const out: Failure = { error: Number.NaN, client: "", server: "", realm: "", text: "" };
	while (fields.next()) {
		if (fields.tag === context(6)) out.error = numberOf(fields);
		else if (fields.tag === context(8)) out.client = nameOf(fields);
		else if (fields.tag === context(9)) out.realm = textOf(fields);
		else if (fields.tag === context(10)) out.server = nameOf(fields);
		else if (fields.tag === context(11)) out.text = textOf(fields);
	}
	return !fields.isBroken && out.error >= 0 && out.error <= MAX_ERROR ? out : undefined;
}
