/** Payloads of Sparkplug with the bytes written out (Sparkplug 3.0, 6.4; Protocol Buffers): tags and lengths are counted, nothing else. */
import { join } from "../support/decoderHarness.ts";

export function varint(value: number | bigint): Uint8Array {
	const out: number[] = [];
	let rest = BigInt.asUintN(64, BigInt(value));
	do {
		const bits = Number(rest & 0x7fn);
		rest >>= 7n;
		out.push(rest > 0n ? bits | 0x80 : bits);
	} while (rest > 0n);
	return Uint8Array.from(out);
}
export const number = (field: number, value: number | bigint): Uint8Array => join(varint(field * 8), varint(value));
export const bytes = (field: number, content: Uint8Array): Uint8Array => join(varint(field * 8 + 2), varint(content.length), content);
export const text = (field: number, content: string): Uint8Array => bytes(field, new TextEncoder().encode(content));
export function float(field: number, value: number): Uint8Array {
	const out = new DataView(new ArrayBuffer(4));
	out.setFloat32(0, value, true);
	return join(varint(field * 8 + 5), new Uint8Array(out.buffer));
}
export function double(field: number, value: number): Uint8Array {
	const out = new DataView(new ArrayBuffer(8));
	out.setFloat64(0, value, true);
	return join(varint(field * 8 + 1), new Uint8Array(out.buffer));
}

export const TYPE = {
	int8: 1,
	int16: 2,
	int32: 3,
	int64: 4,
	uint8: 5,
	uint64: 8,
	float: 9,
	double: 10,
	boolean: 11,
	string: 12,
	dataSet: 16,
	bytes: 17,
	template: 19,
} as const;
/** A metric: name ("" for none), alias (-1 for none), type (0 for none), and the field of its value. */
export const metric = (name: string, alias: number, type: number, ...more: readonly Uint8Array[]): Uint8Array =>
	join(
		...(name === "" ? [] : [text(1, name)]),
		...(alias < 0 ? [] : [number(2, alias)]),
		...(type === 0 ? [] : [number(4, type)]),
		...more,
	);
export const TIME = 1_700_000_000_000;
/** A payload; a sequence number below 0 is left out. */
export const payload = (sequence: number, ...metrics: readonly Uint8Array[]): Uint8Array =>
	join(number(1, TIME), ...metrics.map((one) => bytes(2, one)), ...(sequence < 0 ? [] : [number(3, sequence)]));

export const topic = (type: string, node = "Edge1", device = ""): string =>
	`spBv1.0/Plant/${type}/${node}${device === "" ? "" : `/${device}`}`;

export const NODE_BIRTH = payload(
	0,
	metric("bdSeq", -1, TYPE.int64, number(11, 3)),
	metric("Node Control/Rebirth", -1, TYPE.boolean, number(14, 0)),
	metric("Properties/Hardware Make", -1, TYPE.string, text(15, "Example")),
	metric("Properties/Hardware Model", -1, TYPE.string, text(15, "EG-5")),
	metric("Properties/FW Version", -1, TYPE.string, text(15, "2.1")),
	metric("Load", 1, TYPE.double, double(13, 0.5)),
);
export const DEVICE_BIRTH = payload(
	1,
	metric("Level", 2, TYPE.float, float(12, 1.5)),
	metric("Pump/Speed", 3, TYPE.int16, number(10, 1450)),
	metric("Pump/Run", 4, TYPE.boolean, number(14, 1)),
);
/** Level 2.5, speed -5, by their aliases. */
export const DEVICE_DATA = payload(2, metric("", 2, 0, float(12, 2.5)), metric("", 3, 0, number(10, 0xfffffffb)));
export const COMMAND = payload(-1, metric("Pump/Speed", -1, TYPE.int16, number(10, 1500)));
export const REBIRTH = payload(-1, metric("Node Control/Rebirth", -1, TYPE.boolean, number(14, 1)));
export const REBOOT = payload(-1, metric("Node Control/Reboot", -1, TYPE.boolean, number(14, 1)));
