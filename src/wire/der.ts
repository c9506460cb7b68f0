/** Elements of DER (X.690), as offsets: every length is checked, nothing is copied. Cost is linear in the bytes. */

/** Tags that lead to a certificate's extensions (RFC 5280, 4.1). */
export const SEQUENCE = 0x30;
export const OBJECT_IDENTIFIER = 0x06;
const OCTET_STRING = 0x04;
const EXTENSIONS = 0xa3;

/** One element: where its contents begin and end. */
interface Element {
	tag: number;
	start: number;
	end: number;
}

/** The element at `at`, or undefined where none fits before `end`. */
export function elementAt(der: Uint8Array, at: number, end: number): Element | undefined {
	if (at + 2 > end) return undefined;
	let length = der[at + 1]!;
	let start = at + 2;
	if (length > 0x80) {
		const size = length & 0x7f;
		if (size > 3 || start + size > end) return undefined;
		length = 0;
		for (const last = start + size; start < last; start++) length = length * 256 + der[start]!;
	}
	return start + length > end ? undefined : { tag: der[at]!, start, end: start + length };
}

/** The elements inside another one, as far as they can be read. */
export function* elementsOf(der: Uint8Array, start: number, end: number): Generator<Element> {
	for (let at = start; at < end; ) {
		const element = elementAt(der, at, end);
		if (element === undefined) return;
		yield element;
		at = element.end;
	}
}

/** Contents of an object identifier (X.690, 8.19). */
function encodedOid(oid: string): number[] {
	const [first = 0, second = 0, ...rest] = oid.split(".").map(Number);
	return [40 * first + second, ...rest].flatMap((arc) => {
		const digits = [arc & 0x7f];
		for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left & 0x7f) | 0x80);
		return digits;
	});
}

/** The value of an extension (RFC 5280, 4.1: extnID, critical, extnValue) of the certificate in `der`. */
export function extensionOf(der: Uint8Array, oid: string): Uint8Array | undefined {
	const wanted = encodedOid(oid);
	const certificate = elementAt(der, 0, der.length);
	const body = certificate && elementAt(der, certificate.start, certificate.end);
	if (body?.tag !== SEQUENCE) return undefined;
	for (const field of elementsOf(der, body.start, body.end)) {
		if (field.tag !== EXTENSIONS) continue;
		const list = elementAt(der, field.start, field.end);
		if (list === undefined) return undefined;
		for (const { start, end } of elementsOf(der, list.start, list.end)) {
			const parts = [...elementsOf(der, start, end)];
			const id = parts[0];
			const value = parts.at(-1);
			if (id?.tag !== OBJECT_IDENTIFIER || value?.tag !== OCTET_STRING || id.end - id.start !== wanted.length) continue;
			if (wanted.every((byte, index) => der[id.start + index] === byte)) return der.subarray(value.start, value.end);
		}
	}
	return undefined;
}
