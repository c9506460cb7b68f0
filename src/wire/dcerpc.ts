/**
 * Remote procedure calls: the connection-oriented PDUs of DCE 1.1 RPC ([C706] 12.6 with [MS-RPCE] 2.2.2), whatever carries them (TCP, named pipes of SMB). A header, whose data
 * representation says how its numbers are written; binding names interfaces by UUID, a call one of their operations by number.
 */
import { u8, u16, u16le, u32, u32le } from "./bytes.ts";

/** [C706] 12.6.4: types of PDU. */
export const PDU = { request: 0, response: 2, fault: 3, bind: 11, bindAck: 12, bindNak: 13, alter: 14, alterResponse: 15 } as const;

/** The header (12.6.3.1), and from where on what its type has. */
export const RPC = {
	size: 16,
	context: 20,
	operation: 22,
	stub: 24,
	faultStatus: 24,
	/** Of a bind: number of contexts, and where they begin (12.6.4.3). */
	contextCount: 24,
	contexts: 28,
} as const;
const VERSION = 5;
const FLAG = { first: 0x01, object: 0x80 } as const;
const OBJECT_SIZE = 16;
/** A context of a bind: id, number of transfer syntaxes, UUID and version of the interface, then 20 bytes for each syntax. */
const CONTEXT_SIZE = 24;
const SYNTAX_SIZE = 20;
/** Contexts of one bind that are read; programs offer up to three for one interface. */
const MAX_CONTEXTS = 16;
/** [MS-RPCE] 2.2.1.1.8: contents are encrypted. */
const PRIVACY = 6;

export interface RpcPdu {
	type: number;
	isFirst: boolean;
	isLittle: boolean;
	length: number;
	callId: number;
	/** Where the contents of a request begin; contents are sealed, so that only numbers can be read. */
	stub: number;
	isSealed: boolean;
}

/** The header at `at`; undefined where none begins there. The caller has `RPC.stub` bytes, or knows that there are no more. */
export function rpcAt(bytes: Uint8Array, at: number, end: number): RpcPdu | undefined {
	if (end - at < RPC.size || u8(bytes, at) !== VERSION || u8(bytes, at + 1) > 1 || u8(bytes, at + 2) > 19) return undefined;
	const isLittle = (u8(bytes, at + 4) & 0xf0) !== 0;
	const length = isLittle ? u16le(bytes, at + 8) : u16(bytes, at + 8);
	if (length < RPC.size) return undefined;
	const flags = u8(bytes, at + 3);
	const authLength = isLittle ? u16le(bytes, at + 10) : u16(bytes, at + 10);
	// [C706] 13.2.6.1: the trailer in front of the authentication value.
	const trailer = at + length - authLength - 8;
	return {
		type: u8(bytes, at + 2),
		isFirst: (flags & FLAG.first) !== 0,
		isLittle,
		length,
		callId: isLittle ? u32le(bytes, at + 12) : u32(bytes, at + 12),
		stub: at + RPC.stub + (flags & FLAG.object ? OBJECT_SIZE : 0),
		isSealed: authLength > 0 && trailer >= at + RPC.size && trailer + 2 <= end && u8(bytes, trailer + 1) === PRIVACY,
	};
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

/** A UUID as text, by the data representation of its PDU (A.1). */
function uuidOf(bytes: Uint8Array, at: number, isLittle: boolean): string {
	const [first, second, third] = isLittle
		? [u32le(bytes, at), u16le(bytes, at + 4), u16le(bytes, at + 6)]
		: [u32(bytes, at), u16(bytes, at + 4), u16(bytes, at + 6)];
	return `${hex(first, 8)}-${hex(second, 4)}-${hex(third, 4)}-${hex(u16(bytes, at + 8), 4)}-${hex(u16(bytes, at + 10), 4)}${hex(u32(bytes, at + 12), 8)}`;
}

/** The contexts that a bind or an alteration offers: their ids and interfaces. */
export function* contextsOf(bytes: Uint8Array, at: number, end: number, isLittle: boolean): Generator<{ id: number; uuid: string }> {
	if (end - at < RPC.contexts) return;
	let here = at + RPC.contexts;
	for (let left = Math.min(MAX_CONTEXTS, u8(bytes, at + RPC.contextCount)); left > 0 && here + CONTEXT_SIZE <= end; left--) {
		yield { id: isLittle ? u16le(bytes, here) : u16(bytes, here), uuid: uuidOf(bytes, here + 4, isLittle) };
		here += CONTEXT_SIZE + SYNTAX_SIZE * u8(bytes, here + 2);
	}
}
