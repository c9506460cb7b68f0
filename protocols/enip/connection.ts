/** Services of the Connection Manager that open, close and route (CIP Vol. 1, 3-5.5). Everything here is plain data for a line. */
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { type CipPath, pathOf } from "./path.ts";
import { vendorName } from "./vendors.ts";

const TYPES = ["null", "multicast", "point-to-point", "reserved"] as const;
const PRIORITIES = ["low", "high", "scheduled", "urgent"] as const;
const TRIGGERS = ["cyclic", "change-of-state", "application-object", "reserved"] as const;

/** One direction of a connection. RPI in microseconds. */
export interface ConnectionSide {
	connectionId: number;
	rpi: number;
	size: number;
	isVariable: boolean;
	priority: (typeof PRIORITIES)[number];
	type: (typeof TYPES)[number];
	isRedundantOwner: boolean;
}

/** What a Forward Open asks for. */
export interface ConnectionRequest {
	timeoutMs: number;
	toTarget: ConnectionSide;
	toOriginator: ConnectionSide;
	connectionSerial: number;
	originatorVendorId: number;
	originatorVendor: string;
	originatorSerial: number;
	timeoutMultiplier: number;
	transportClass: number;
	trigger: (typeof TRIGGERS)[number] | string;
	isServer: boolean;
	path: CipPath;
}

/** What names a connection in a Forward Close and in all answers. */
export interface ConnectionName {
	connectionSerial: number;
	originatorVendorId: number;
	originatorVendor: string;
	originatorSerial: number;
}

/** The time after which a request is given up: 2 to the power of the tick time, times ticks (3-5.5.1.2). */
export const timeoutOf = (bytes: Uint8Array, at: number): number => 2 ** (u8(bytes, at) & 0x0f) * u8(bytes, at + 1);

function side(connectionId: number, rpi: number, parameters: number, isLarge: boolean): ConnectionSide {
	const flags = isLarge ? parameters >>> 16 : parameters;
	return {
		connectionId,
		rpi,
		size: isLarge ? parameters & 0xffff : parameters & 0x1ff,
		isVariable: (flags & 0x200) !== 0,
		priority: PRIORITIES[(flags >> 10) & 3]!,
		type: TYPES[(flags >> 13) & 3]!,
		isRedundantOwner: (flags & 0x8000) !== 0,
	};
}

export const nameOf = (bytes: Uint8Array, at: number): ConnectionName => ({
	connectionSerial: u16le(bytes, at),
	originatorVendorId: u16le(bytes, at + 2),
	originatorVendor: vendorName(u16le(bytes, at + 2)),
	originatorSerial: u32le(bytes, at + 4),
});

/** 3-5.5.2; undefined where it is too short or its path does not end with it. */
export function forwardOpenOf(bytes: Uint8Array, start: number, end: number, isLarge: boolean): ConnectionRequest | undefined {
	const width = isLarge ? 4 : 2;
	const trigger = start + 30 + 2 * width;
	if (trigger + 2 > end) return undefined;
	const path = pathAt(bytes, trigger + 1, end, 1);
	if (path === undefined) return undefined;
	const read = isLarge ? u32le : u16le;
	const transport = u8(bytes, trigger);
	return {
		timeoutMs: timeoutOf(bytes, start),
		toTarget: side(u32le(bytes, start + 2), u32le(bytes, start + 22), read(bytes, start + 26), isLarge),
		toOriginator: side(u32le(bytes, start + 6), u32le(bytes, start + 26 + width), read(bytes, start + 30 + width), isLarge),
		...nameOf(bytes, start + 10),
		timeoutMultiplier: 4 << (u8(bytes, start + 18) & 7),
		transportClass: transport & 0x0f,
		trigger: TRIGGERS[(transport >> 4) & 7] ?? "reserved",
		isServer: (transport & 0x80) !== 0,
		path,
	};
}

/** A path behind its size in words, which takes `width` bytes (with one that fills up). */
function pathAt(bytes: Uint8Array, at: number, end: number, width: number): CipPath | undefined {
	const from = at + width;
	const stop = from + 2 * u8(bytes, at);
	return stop > end ? undefined : pathOf(bytes, from, stop);
}

/** 3-5.5.3. */
export function forwardCloseOf(
	bytes: Uint8Array,
	start: number,
	end: number,
): (ConnectionName & { timeoutMs: number; path: CipPath }) | undefined {
	if (start + 12 > end) return undefined;
	const path = pathAt(bytes, start + 10, end, 2);
	return path === undefined ? undefined : { timeoutMs: timeoutOf(bytes, start), ...nameOf(bytes, start + 2), path };
}

/** 3-5.5.4: the request that it carries to `route`. */
export interface Carried {
	timeoutMs: number;
	start: number;
	end: number;
	route: string;
}
export function unconnectedSendOf(bytes: Uint8Array, start: number, end: number): Carried | undefined {
	if (start + 4 > end) return undefined;
	const size = u16le(bytes, start + 2);
	const stop = start + 4 + size;
	const routeAt = stop + (size & 1);
	if (size < 2 || routeAt + 2 > end) return undefined;
	const path = pathAt(bytes, routeAt, end, 2);
	return path === undefined ? undefined : { timeoutMs: timeoutOf(bytes, start), start: start + 4, end: stop, route: path.route };
}

/** What the target agreed to; API in microseconds. */
export interface ConnectionGrant extends ConnectionName {
	toTargetId: number;
	toOriginatorId: number;
	toTargetApi: number;
	toOriginatorApi: number;
	applicationBytes: number;
}
export function grantOf(bytes: Uint8Array, start: number, end: number): ConnectionGrant | undefined {
	if (start + 26 > end) return undefined;
	return {
		toTargetId: u32le(bytes, start),
		toOriginatorId: u32le(bytes, start + 4),
		...nameOf(bytes, start + 8),
		toTargetApi: u32le(bytes, start + 16),
		toOriginatorApi: u32le(bytes, start + 20),
		applicationBytes: 2 * u8(bytes, start + 24),
	};
}
