/** Addresses and networks as text of lists, and as keys of tables. */

/** A network of a list: an address alone is one of all its bits. */
export interface Network {
	readonly family: 4 | 6;
	readonly bits: number;
	/** The same network is the same text, however it was written. */
	readonly text: string;
}

/** IPv4 as a signed 32 bit number, IPv6 as 32 hex digits; undefined where the text is no address. An IPv4 address inside IPv6 is that IPv4 address. */
export function addressKey(text: string): number | string | undefined {
	return text.includes(":") ? key6(text) : key4(text);
}

function key4(text: string): number | undefined {
	let key = 0;
	let part = -1;
	let parts = 0;
	for (let at = 0; at <= text.length; at++) {
		const code = at === text.length ? 0x2e : text.charCodeAt(at);
		if (code === 0x2e) {
			if (part < 0 || part > 255) return undefined;
			key = (key << 8) | part;
			parts++;
			part = -1;
		} else if (code >= 0x30 && code <= 0x39) {
			// A leading zero would be octal to some.
			if (part === 0) return undefined;
			part = (part < 0 ? 0 : 10 * part) + code - 0x30;
			if (part > 255) return undefined;
		} else return undefined;
	}
	return parts === 4 ? key : undefined;
}

function key6(text: string): number | string | undefined {
	let plain = text.toLowerCase();
	if (plain.length > 45) return undefined;
	const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(plain);
	if (dotted !== null) {
		const last = key4(dotted[2]!);
		if (last === undefined) return undefined;
		plain = `${dotted[1]}${(last >>> 16).toString(16)}:${(last & 0xffff).toString(16)}`;
	}
	const halves = plain.split("::");
	if (halves.length > 2) return undefined;
	const [front, back] = halves.map((half) => (half === "" ? [] : half.split(":")));
	const zeros = back === undefined ? 0 : 8 - front!.length - back.length;
	if (back === undefined ? front!.length !== 8 : zeros < 1) return undefined;
	const groups = [...front!, ...Array<string>(zeros).fill("0"), ...(back ?? [])];
	let key = "";
	for (const group of groups) {
		if (!/^[0-9a-f]{1,4}$/.test(group)) return undefined;
		key += group.padStart(4, "0");
	}
	return key.startsWith("00000000000000000000ffff") ? Number.parseInt(key.slice(24), 16) | 0 : key;
}

const mask4 = (key: number, bits: number): number => (bits === 0 ? 0 : key & (-1 << (32 - bits)));

function mask6(key: string, bits: number): string {
	const digits = bits >> 2;
	if (digits >= key.length) return key;
	const rest = bits & 3;
	const edge = rest === 0 ? "" : (Number.parseInt(key[digits]!, 16) & (0xf0 >> rest) & 0xf).toString(16);
	return (key.slice(0, digits) + edge).padEnd(key.length, "0");
}

/** The first bits of an address; a key of another family is itself. */
export const masked = (key: number | string, bits: number): number | string =>
	typeof key === "number" ? mask4(key, bits) : mask6(key, bits);

/** Reads "203.0.113.7", "203.0.113.0/24", "2001:db8::/32". */
export function networkOf(text: string): Network | undefined {
	const slash = text.indexOf("/");
	const key = addressKey(slash < 0 ? text : text.slice(0, slash));
	if (key === undefined) return undefined;
	const family = typeof key === "number" ? 4 : 6;
	const most = family === 4 ? 32 : 128;
	let bits = most;
	if (slash >= 0) {
		if (!/^\d{1,3}$/.test(text.slice(slash + 1))) return undefined;
		bits = Number(text.slice(slash + 1));
		// An IPv4 address inside IPv6 counts its bits from the front of all 128.
		if (family === 4 && text.includes(":")) bits -= 96;
		if (bits < 0 || bits > most) return undefined;
	}
	const first = masked(key, bits);
	const address = typeof first === "number" ? [24, 16, 8, 0].map((by) => (first >>> by) & 255).join(".") : first.match(/.{4}/g)!.join(":");
	return { family, bits, text: bits === most ? address : `${address}/${bits}` };
}

/** Space that means a place in every network, and no host of somebody else. */
const NOBODY = "is no address of a host: it means this computer, everybody or nobody";
const PRIVATE = "is a network that any site may have, and would name the plant itself: list single addresses of it";
const OWN: readonly [network: string, why: string][] = [
	["0.0.0.0/8", NOBODY],
	["127.0.0.0/8", NOBODY],
	["224.0.0.0/3", NOBODY],
	["::/127", NOBODY],
	["ff00::/8", NOBODY],
	["10.0.0.0/8", PRIVATE],
	["172.16.0.0/12", PRIVATE],
	["192.168.0.0/16", PRIVATE],
	["169.254.0.0/16", PRIVATE],
	["fc00::/7", PRIVATE],
	["fe80::/10", PRIVATE],
];
const keyOf = ({ text }: Network): number | string => addressKey(text.split("/", 1)[0]!)!;
const OWN_NETWORKS = OWN.map(([text, why]) => {
	const network = networkOf(text)!;
	return { family: network.family, bits: network.bits, key: keyOf(network), why };
});

/** Why no list may mean this network; undefined where it may. */
export function ownSpace(asked: Network): string | undefined {
	const isOne = asked.bits === (asked.family === 4 ? 32 : 128);
	const askedKey = keyOf(asked);
	for (const { family, bits, key, why } of OWN_NETWORKS) {
		if (family !== asked.family || (isOne && why === PRIVATE)) continue;
		const common = Math.min(bits, asked.bits);
		if (masked(key, common) === masked(askedKey, common)) return why;
	}
	return undefined;
}
