/** Builds frames layer by layer; every function returns the bytes of its layer with what it carries. */
import type { Frame } from "../../src/capture/frame.ts";

type Bytes = readonly number[];

export const hex = (text: string): number[] => (text.replace(/\s+/g, "").match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
export const be16 = (value: number): number[] => [(value >>> 8) & 255, value & 255];
export const be32 = (value: number): number[] => [...be16(value >>> 16), ...be16(value & 0xffff)];
const v4 = (text: string): number[] => text.split(".").map(Number);
/** Full form only: eight groups. */
const v6 = (text: string): number[] => text.split(":").flatMap((group) => be16(Number.parseInt(group, 16)));
export const mac = (text: string): number[] => hex(text.replaceAll(":", ""));

export const MAC_A = "02:00:00:00:00:0a";
export const MAC_B = "02:00:00:00:00:0b";

export const ethernet = (
	type: number,
	payload: Bytes,
	{ source = MAC_A, destination = MAC_B, tags = [] as [number, number][] } = {},
): number[] => [
	...mac(destination),
	...mac(source),
	...tags.flatMap(([tag, vlan]) => [...be16(tag), ...be16(vlan)]),
	...be16(type),
	...payload,
];

export const ipv4 = (
	protocol: number,
	payload: Bytes,
	{ source = "10.0.0.1", destination = "10.0.0.2", id = 0x1234, fragment = 0, ttl = 64, options = [] as Bytes, length = -1 } = {},
): number[] => {
	const header = 20 + options.length;
	return [
		0x40 | (header / 4),
		0,
		...be16(length >= 0 ? length : header + payload.length),
		...be16(id),
		...be16(fragment),
		ttl,
		protocol,
		0,
		0,
		...v4(source),
		...v4(destination),
		...options,
		...payload,
	];
};

export const ipv6 = (
	next: number,
	payload: Bytes,
	{ source = "fd00:0:0:0:0:0:0:1", destination = "fd00:0:0:0:0:0:0:2", hopLimit = 64, length = -1 } = {},
): number[] => [
	0x60,
	0,
	0,
	0,
	...be16(length >= 0 ? length : payload.length),
	next,
	hopLimit,
	...v6(source),
	...v6(destination),
	...payload,
];

/** Options of IPv6: the next type, and `units` of eight bytes more than the first. */
export const extension = (next: number, units = 0): number[] => [next, units, ...new Array<number>(6 + 8 * units).fill(0)];
export const fragmentHeader = (next: number, offset: number, more: boolean, id = 7): number[] => [
	next,
	0,
	...be16(offset | (more ? 1 : 0)),
	...be32(id),
];

export const FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

export const tcp = (
	payload: Bytes,
	{ from = 40000, to = 502, sequence = 0, acknowledgment = 0, flags = FLAG.ack as number, options = [] as Bytes, checksum = 0 } = {},
): number[] => [
	...be16(from),
	...be16(to),
	...be32(sequence),
	...be32(acknowledgment),
	(5 + options.length / 4) << 4,
	flags,
	...be16(8192),
	...be16(checksum),
	0,
	0,
	...options,
	...payload,
];

export const udp = (payload: Bytes, { from = 40000, to = 53, length = -1, checksum = 0 } = {}): number[] => [
	...be16(from),
	...be16(to),
	...be16(length >= 0 ? length : 8 + payload.length),
	...be16(checksum),
	...payload,
];

export const gre = (protocol: number, payload: Bytes, { flags = 0, fields = [] as Bytes } = {}): number[] => [
	...be16(flags),
	...be16(protocol),
	...fields,
	...payload,
];

export const vxlan = (payload: Bytes): number[] => [0x08, 0, 0, 0, 0, 0x12, 0x34, 0, ...payload];

/** A frame in the middle of a larger array whose other bytes are 0xee, so that a read outside shows. */
export function frameOf(bytes: Bytes, { linkType = 1, number = 1, time = 1_700_000_000_000_000, cut = 0, interfaceId = 0 } = {}): Frame {
	const all = new Uint8Array(bytes.length + 128).fill(0xee);
	all.set(bytes, 64);
	return {
		number,
		time,
		capturedLength: bytes.length - cut,
		wireLength: bytes.length,
		linkType,
		interfaceId,
		bytes: all,
		start: 64,
	};
}
