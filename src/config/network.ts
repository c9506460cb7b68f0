/** IP networks as people write them: `10.20.0.0/24`, `fd00:20::/32`, or one address. */
import { isIP } from "node:net";

export interface Network {
	/** 4 or 16 bytes of the network's address. */
	readonly bytes: readonly number[];
	/** Leading bits that are the network's. */
	readonly bits: number;
}

/** The bytes of an address, 4 or 16; undefined where the text is none, or names an interface behind `%`. */
export function ipBytes(ip: string): readonly number[] | undefined {
	const kind = isIP(ip);
	if (kind === 4) return ip.split(".").map(Number);
	if (kind === 0 || ip.includes("%")) return undefined;
	const [head = "", tail] = ip.split("::");
	const front = groupsOf(head);
	const back = tail === undefined ? [] : groupsOf(tail);
	const bytes = [...front, ...new Array(16 - front.length - back.length).fill(0), ...back];
	return bytes;
}

/** The bytes of `20:0:1.2.3.4`, a part of an IPv6 address. */
function groupsOf(text: string): number[] {
	if (text === "") return [];
	return text.split(":").flatMap((group) => {
		if (group.includes(".")) return group.split(".").map(Number);
		const word = Number.parseInt(group, 16);
		return [word >>> 8, word & 0xff];
	});
}

export function contains({ bytes, bits }: Network, address: readonly number[]): boolean {
	if (address.length !== bytes.length) return false;
	const whole = bits >>> 3;
	for (let at = 0; at < whole; at++) if (address[at] !== bytes[at]) return false;
	const rest = bits & 7;
	return rest === 0 || ((address[whole]! ^ bytes[whole]!) & (0xff << (8 - rest)) & 0xff) === 0;
}

/** The network, or what is wrong with the text as the end of a sentence that begins with it. */
export function readNetwork(text: string): Network | { problem: string } {
	const slash = text.indexOf("/");
	const bytes = ipBytes(slash < 0 ? text : text.slice(0, slash));
	if (bytes === undefined) return { problem: "is no network; give one like 10.20.0.0/24, fd00:20::/32, or one address" };
	const length = bytes.length * 8;
	if (slash < 0) return { bytes, bits: length };
	const bits = /^\d{1,3}$/.test(text.slice(slash + 1)) ? Number(text.slice(slash + 1)) : Number.NaN;
	if (!(bits <= length)) return { problem: `has no length from 0 to ${length} behind the slash` };
	const masked = bytes.map((byte, at) => byte & (0xff << Math.min(8, Math.max(0, 8 * (at + 1) - bits))) & 0xff);
	if (masked.some((byte, at) => byte !== bytes[at])) {
		const meant = bytes.length === 4 ? `${masked.join(".")}/${bits}` : undefined;
		return {
			problem: `has bits set behind its length${meant === undefined ? "" : `; the network is ${meant}, the one host ${text.slice(0, slash)}`}`,
		};
	}
	return { bytes, bits };
}
