/** Elements of DER (X.690), as offsets: every length is checked, nothing is copied. Cost is linear in the bytes. */
import { BER, BerCursor } from "./ber.ts";

/** The tag under which a certificate's extensions are (RFC 5280, 4.1). */
const EXTENSIONS = 0xa3;

/** The element at `at`, or undefined where none fits before `end`. */
export function elementAt(der: Uint8Array, at: number, end: number): BerCursor | undefined {
	const element = new BerCursor();
	return element.at(der, at, end) ? element : undefined;
}

/** The elements inside another one, as far as they can be read. */
export function* elementsOf(der: Uint8Array, start: number, end: number): Generator<BerCursor> {
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
	if (body?.tag !== BER.sequence) return undefined;
	for (const field of elementsOf(der, body.start, body.end)) {
		if (field.tag !== EXTENSIONS) continue;
		const list = elementAt(der, field.start, field.end);
		if (list === undefined) return undefined;
		for (const { start, end } of elementsOf(der, list.start, list.end)) {
			const parts = [...elementsOf(der, start, end)];
			const id = parts[0];
			const value = parts.at(-1);
			if (id?.tag !== BER.objectIdentifier || value?.tag !== BER.octetString || id.end - id.start !== wanted.length) continue;
			if (wanted.every((byte, index) => der[id.start + index] === byte)) return der.subarray(value.start, value.end);
		}
	}
	return undefined;
}
