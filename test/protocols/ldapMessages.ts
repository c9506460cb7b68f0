/** Messages of LDAP written out (RFC 4511; X.690), for its tests and for the catalogue. */
import { join } from "../support/decoderHarness.ts";

export function ber(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
	const inside = join(...contents);
	const { length } = inside;
	const size = length < 128 ? [length] : [0x82, length >> 8, length & 255];
	return join(Uint8Array.of(tag, ...size), inside);
}
export const text = (words: string, tag = 4): Uint8Array => ber(tag, Buffer.from(words));
export const number = (value: number, tag = 2): Uint8Array => ber(tag, Uint8Array.of(value));
export const message = (id: number, op: Uint8Array, ...controls: readonly Uint8Array[]): Uint8Array =>
	ber(0x30, number(id), op, ...controls);

/** 4.2 */
export const simpleBind = (id: number, name: string, password: string): Uint8Array =>
	message(id, ber(0x60, number(3), text(name), text(password, 0x80)));
export const saslBind = (id: number, mechanism: string, credentials?: Uint8Array): Uint8Array =>
	message(id, ber(0x60, number(3), text(""), ber(0xa3, text(mechanism), ...(credentials === undefined ? [] : [ber(4, credentials)]))));
/** 4.1.9 */
export const result = (id: number, op: number, code: number, diagnostic = "", ...more: readonly Uint8Array[]): Uint8Array =>
	message(id, ber(op, number(code, 10), text(""), text(diagnostic), ...more));
/** 4.5.1 */
export const search = (id: number, base: string, filter: Uint8Array, ...attributes: readonly string[]): Uint8Array =>
	message(
		id,
		ber(
			0x63,
			text(base),
			number(2, 10),
			number(0, 10),
			number(0),
			number(0),
			ber(1, Uint8Array.of(0)),
			filter,
			ber(0x30, ...attributes.map((name) => text(name))),
		),
	);
export const present = (name: string): Uint8Array => text(name, 0x87);
export const equal = (name: string, value: string, tag = 0xa3): Uint8Array => ber(tag, text(name), text(value));
/** 4.5.2 */
export const entry = (id: number, name: string, attributes: Readonly<Record<string, string>>): Uint8Array =>
	message(
		id,
		ber(0x64, text(name), ber(0x30, ...Object.entries(attributes).map(([key, value]) => ber(0x30, text(key), ber(0x31, text(value)))))),
	);
export const extended = (id: number, oid: string): Uint8Array => message(id, ber(0x77, text(oid, 0x80)));
export const START_TLS = "1.3.6.1.4.1.1466.20037";
