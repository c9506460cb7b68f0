/** Addresses as words and as text. */
import { i32 } from "./bytes.ts";

/** True for an IPv4-mapped address (RFC 4291, 2.5.5.2), which is how IPv4 addresses are held. */
const isIpv4 = (words: Int32Array): boolean => words[0] === 0 && words[1] === 0 && words[2] === 0xffff;

/** Dotted decimal of one 32 bit word. */
export const ipv4Text = (word: number): string => `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;

/** The canonical text of an address: dotted decimal, or RFC 5952 (lower case, the longest run of zero groups as "::"). */
export function addressText(words: Int32Array): string {
	if (isIpv4(words)) return ipv4Text(words[3]!);
	const groups: number[] = [];
	for (const word of words) groups.push(word >>> 16, word & 0xffff);
	let best = -1;
	let bestLength = 1; // RFC 5952, 4.2.2: a single zero group is not shortened
	for (let at = 0; at < 8; ) {
		let to = at;
		while (to < 8 && groups[to] === 0) to++;
		if (to - at > bestLength) {
			best = at;
			bestLength = to - at;
		}
		at = Math.max(to, at + 1);
	}
	const hex = (from: number, to: number) =>
		groups
			.slice(from, to)
			.map((group) => group.toString(16))
			.join(":");
	return best < 0 ? hex(0, 8) : `${hex(0, best)}::${hex(best + bestLength, 8)}`;
}

/** The same of the 16 bytes of an IPv6 address; the caller has checked that they are there. */
export const addressTextAt = (bytes: Uint8Array, at: number): string =>
	addressText(Int32Array.of(i32(bytes, at), i32(bytes, at + 4), i32(bytes, at + 8), i32(bytes, at + 12)));

const HEX = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"));

/** `aa:bb:cc:dd:ee:ff` of six bytes; the caller has checked that they are there. */
export const macText = (bytes: Uint8Array, at: number): string =>
	`${HEX[bytes[at]!]}:${HEX[bytes[at + 1]!]}:${HEX[bytes[at + 2]!]}:${HEX[bytes[at + 3]!]}:${HEX[bytes[at + 4]!]}:${HEX[bytes[at + 5]!]}`;

/** The same of an address held as two numbers: its first two bytes and its last four. */
export const macTextOf = (high: number, low: number): string =>
	`${HEX[(high >>> 8) & 255]}:${HEX[high & 255]}:${HEX[low >>> 24]}:${HEX[(low >>> 16) & 255]}:${HEX[(low >>> 8) & 255]}:${HEX[low & 255]}`;
