/**
 * Attributes whose type is known by their object: Identity (CIP Vol. 1, 5A-2), TCP/IP Interface and Ethernet Link (Vol. 2, chapter 5), Wall Clock Time of Logix. Of others a value is
 * read where it fits a number.
 */
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { CLASS } from "./cipCodes.ts";
import { hexOf, textOf } from "./text.ts";
import { plainNumber, type Value, valuesOf } from "./values.ts";
import { deviceTypeName, vendorName } from "./vendors.ts";

type Kind = "u8" | "u16" | "u32" | "u64" | "revision" | "shortString" | "string" | "mac" | "addresses";
interface Known {
	readonly name: string;
	readonly kind: Kind;
}

const KNOWN: Readonly<Record<number, Readonly<Record<number, Known>>>> = {
	[CLASS.identity]: {
		1: { name: "vendorId", kind: "u16" },
		2: { name: "deviceType", kind: "u16" },
		3: { name: "productCode", kind: "u16" },
		4: { name: "revision", kind: "revision" },
		5: { name: "status", kind: "u16" },
		6: { name: "serialNumber", kind: "u32" },
		7: { name: "productName", kind: "shortString" },
		8: { name: "state", kind: "u8" },
	},
	[CLASS.tcpIp]: {
		1: { name: "status", kind: "u32" },
		2: { name: "configurationCapability", kind: "u32" },
		3: { name: "configurationControl", kind: "u32" },
		5: { name: "interfaceConfiguration", kind: "addresses" },
		6: { name: "hostName", kind: "string" },
	},
	246: {
		1: { name: "interfaceSpeed", kind: "u32" },
		2: { name: "interfaceFlags", kind: "u32" },
		3: { name: "physicalAddress", kind: "mac" },
	},
	[CLASS.wallClock]: { 6: { name: "utcMicroseconds", kind: "u64" } },
};
const SIZES: Readonly<Partial<Record<Kind, number>>> = { u8: 1, u16: 2, u32: 4, u64: 8, revision: 2, mac: 6 };

/** One attribute of a list or of an object. */
export interface Attribute {
	id: number;
	name?: string;
	/** Of a list; 0 is good. */
	status?: number;
	value?: Value;
	/** Hex of what has no known type. */
	data?: string;
}

const isRead = (classId: number, instanceId: number, id: number): Known | undefined =>
	instanceId === 0 ? undefined : KNOWN[classId]?.[id];

const ipText = (value: number): string => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join(".");

/** Bytes of a known attribute at `at`; -1 where they are too few. */
function sizeOf(kind: Kind, bytes: Uint8Array, at: number, end: number): number {
	const fixed = SIZES[kind];
	let size = fixed ?? 0;
	if (kind === "shortString") size = at < end ? 1 + u8(bytes, at) : -1;
	else if (kind === "string") size = at + 2 <= end ? 2 + u16le(bytes, at) : -1;
	else if (kind === "addresses") size = at + 22 <= end ? 22 + u16le(bytes, at + 20) : -1;
	return size >= 0 && at + size <= end ? size : -1;
}

function knownValue(kind: Kind, bytes: Uint8Array, at: number, size: number): Value {
	switch (kind) {
		case "u8":
			return u8(bytes, at);
		case "u16":
			return u16le(bytes, at);
		case "u32":
			return u32le(bytes, at);
		case "u64":
			return valuesOf(0xc9, 0, bytes, at, at + 8)[0]!;
		case "revision":
			return `${u8(bytes, at)}.${`${u8(bytes, at + 1)}`.padStart(3, "0")}`;
		case "shortString":
			return textOf(bytes, at + 1, at + size);
		case "string":
			return textOf(bytes, at + 2, at + size);
		case "mac":
			return Array.from(bytes.subarray(at, at + 6), (byte) => byte.toString(16).padStart(2, "0")).join(":");
		case "addresses":
			return `${ipText(u32le(bytes, at))}, mask ${ipText(u32le(bytes, at + 4))}, gateway ${ipText(u32le(bytes, at + 8))}`;
	}
}

/** The attribute that fills `start` to `end`. */
export function attributeOf(classId: number, instanceId: number, id: number, bytes: Uint8Array, start: number, end: number): Attribute {
	const known = isRead(classId, instanceId, id);
	if (known !== undefined) {
		const size = sizeOf(known.kind, bytes, start, end);
		if (size >= 0) return { id, name: known.name, value: knownValue(known.kind, bytes, start, size) };
	}
	const number = plainNumber(bytes, start, end);
	return {
		id,
		...(known !== undefined && { name: known.name }),
		...(Number.isNaN(number) ? { data: hexOf(bytes, start, end) } : { value: number }),
	};
}

/** Attributes of a list that are kept. */
const MAX_ATTRIBUTES = 256;

/** Those of an answer to Get Attribute List: each with its status, and its value where that is good (CIP Vol. 1, A-4.3). What follows one of unknown size cannot be told apart. */
export function attributeListOf(classId: number, instanceId: number, bytes: Uint8Array, start: number, end: number): Attribute[] {
	const list: Attribute[] = [];
	const count = Math.min(u16le(bytes, start), MAX_ATTRIBUTES);
	let at = start + 2;
	for (let index = 0; index < count && at + 4 <= end; index++) {
		const id = u16le(bytes, at);
		const status = u16le(bytes, at + 2);
		at += 4;
		if (status !== 0) {
			list.push({ id, status });
			continue;
		}
		const known = isRead(classId, instanceId, id);
		const size = known === undefined ? -1 : sizeOf(known.kind, bytes, at, end);
		const stop = size >= 0 ? at + size : end;
		list.push({ ...attributeOf(classId, instanceId, id, bytes, at, stop), status });
		if (size < 0 && index < count - 1) return list;
		at = stop;
	}
	return list;
}

/** All of the Identity object, as far as they are there; of other classes nothing. */
export function allAttributesOf(classId: number, instanceId: number, bytes: Uint8Array, start: number, end: number): Attribute[] {
	const list: Attribute[] = [];
	if (classId !== CLASS.identity) return list;
	let at = start;
	for (let id = 1; id <= 7; id++) {
		const known = isRead(classId, instanceId, id);
		const size = known === undefined ? -1 : sizeOf(known.kind, bytes, at, end);
		if (known === undefined || size < 0) return list;
		list.push({ id, name: known.name, value: knownValue(known.kind, bytes, at, size) });
		at += size;
	}
	return list;
}

/** Who a device is, as far as it was said. */
export interface DeviceIdentity {
	vendorId: number;
	deviceType: number;
	productCode: number;
	revision: string;
	/** -1 where it was not said. */
	serialNumber: number;
	productName: string;
}

/** From attributes of the Identity object; undefined where they do not name the product. */
export function identityOf(attributes: readonly Attribute[]): DeviceIdentity | undefined {
	const value = (id: number): Value | undefined => attributes.find((one) => one.id === id)?.value;
	const number = (id: number): number => {
		const one = value(id);
		return typeof one === "number" ? one : -1;
	};
	const revision = value(4);
	const productName = value(7);
	if (number(1) < 0 || number(3) < 0) return undefined;
	return {
		vendorId: number(1),
		deviceType: number(2),
		productCode: number(3),
		revision: typeof revision === "string" ? revision : "",
		serialNumber: number(6),
		productName: typeof productName === "string" ? productName : "",
	};
}

export const serialText = (serial: number): string => serial.toString(16).toUpperCase().padStart(8, "0");
export const describe = (identity: DeviceIdentity): { vendor: string; deviceType: string } => ({
	vendor: vendorName(identity.vendorId),
	deviceType: deviceTypeName(identity.deviceType),
});
