/** The encapsulation: header, items of the common packet format, answers of the List commands (CIP Vol. 2, chapter 2). */
import { PROBE, type Probe } from "../../src/decode/protocol.ts";
import { u8, u16, u16le, u32, u32le } from "../../src/wire/bytes.ts";
import { COMMAND, ITEM, isCommand, isStatus } from "./codes.ts";
import type { ListedIdentity, ListedService } from "./observation.ts";
import { textOf } from "./text.ts";
import {
	HEADER,
	IDENTITY,
	ITEM_COUNT,
	ITEM_HEADER,
	MAX_DATA,
	MAX_ITEMS,
	OFFSET,
	PREFIX,
	REGISTRATION,
	SEQUENCED,
	SERVICES,
} from "./wire.ts";

/** Bytes behind the header that the commands may have at most which carry no items of a client's choice. */
const MAX_PLAIN = 1024;
/** Bytes before the first item of a message with data. */
const FIRST_ITEM = HEADER + PREFIX + ITEM_COUNT;

const isData = (command: number): boolean => command === COMMAND.sendRRData || command === COMMAND.sendUnitData;
export const isList = (command: number): boolean =>
	command === COMMAND.listIdentity || command === COMMAND.listServices || command === COMMAND.listInterfaces || command === COMMAND.legacy;

/** Whether `length` bytes behind the header are possible for the command. */
function fitsLength(command: number, length: number): boolean {
	if (isData(command)) return length === 0 || (length >= PREFIX + ITEM_COUNT && length <= MAX_DATA);
	if (command === COMMAND.registerSession) return length === REGISTRATION || length === 0;
	if (command === COMMAND.unregisterSession) return length === 0;
	return length <= MAX_PLAIN;
}

/** Whether the bytes begin with a header whose command is known and whose length is possible. */
export function isHeader(bytes: Uint8Array, start: number, end: number): boolean {
	if (end - start < 2) return u8(bytes, start) <= COMMAND.startDtls && isCommand(u8(bytes, start));
	const command = u16le(bytes, start);
	return isCommand(command) && (end - start < OFFSET.session || fitsLength(command, u16le(bytes, start + OFFSET.length)));
}

/** As strict as a place needs to be that nothing else hints at: status and options too, and of data its interface and first item. */
export function probeHeader(bytes: Uint8Array, start: number, end: number, isHinted: boolean | undefined): Probe {
	if (!isHeader(bytes, start, end)) return PROBE.mismatch;
	const size = end - start;
	if (size < 2) return PROBE.more;
	const command = u16le(bytes, start);
	// What is nearly nothing but zeros is no reason to look for a header.
	if ((command === COMMAND.nop || command === COMMAND.legacy) && isHinted !== true) return PROBE.mismatch;
	if (isHinted === true && size >= HEADER) return PROBE.match;
	if (size >= OFFSET.context && !isStatus(u32le(bytes, start + OFFSET.status))) return PROBE.mismatch;
	if (size < HEADER) return PROBE.more;
	if (u32(bytes, start + OFFSET.options) !== 0) return PROBE.mismatch;
	const length = u16le(bytes, start + OFFSET.length);
	if (length === 0) return PROBE.match;
	if (isData(command)) {
		if (size < FIRST_ITEM + ITEM_HEADER) return PROBE.more;
		return u32(bytes, start + HEADER) === 0 && isFirstItem(bytes, start + HEADER + PREFIX) ? PROBE.certain : PROBE.mismatch;
	}
	if (command !== COMMAND.registerSession) return PROBE.match;
	if (size < HEADER + REGISTRATION) return PROBE.more;
	// Version 1 and no options (2-4.4).
	return u32(bytes, start + HEADER) === 0x01000000 ? PROBE.certain : PROBE.mismatch;
}

/** The number of items, and an address of a connection or of none. */
function isFirstItem(bytes: Uint8Array, at: number): boolean {
	const count = u16le(bytes, at);
	const type = u16le(bytes, at + ITEM_COUNT);
	const length = u16le(bytes, at + ITEM_COUNT + 2);
	if (count < 1 || count > MAX_ITEMS) return false;
	return type === ITEM.nullAddress
		? length === 0
		: type === ITEM.connectedAddress
			? length === 4
			: type === ITEM.unconnectedData || type === ITEM.unconnectedUdp;
}

/** Where the items of a message with data end by their own lengths; -1 where too few of their bytes are there, or they make no sense. */
export function itemsEnd(bytes: Uint8Array, start: number, end: number): number {
	if (!isData(u16le(bytes, start)) || end - start < FIRST_ITEM) return -1;
	const count = u16le(bytes, start + HEADER + PREFIX);
	let at = start + FIRST_ITEM;
	if (count === 0 || count > MAX_ITEMS) return -1;
	for (let index = 0; index < count; index++) {
		if (at + ITEM_HEADER > end) return -1;
		at += ITEM_HEADER + u16le(bytes, at + 2);
	}
	return at;
}

/** Messages of I/O connections have no header: two items, the sequenced address and the data, fill the datagram (2-6, chapter 3 "class 0 and 1"). */
export const isIo = (bytes: Uint8Array, start: number, end: number): boolean =>
	end - start >= ITEM_COUNT + 2 * ITEM_HEADER + SEQUENCED &&
	u16le(bytes, start) === 2 &&
	u16le(bytes, start + 2) === ITEM.sequencedAddress &&
	u16le(bytes, start + 4) === SEQUENCED &&
	u16le(bytes, start + 14) === ITEM.connectedData &&
	u16le(bytes, start + 16) === end - start - 18;

/** Who sends a message of this shape. */
export function senderOf(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (end - start < HEADER || !isHeader(bytes, start, end)) return undefined;
	const command = u16le(bytes, start);
	if (u32le(bytes, start + OFFSET.status) !== 0) return "server";
	const length = u16le(bytes, start + OFFSET.length);
	if (isList(command)) return length === 0 ? "client" : "server";
	// A client has no session yet when it asks for one.
	if (command === COMMAND.registerSession) return u32le(bytes, start + OFFSET.session) === 0 ? "client" : "server";
	if (!isData(command)) return command === COMMAND.unregisterSession ? "client" : undefined;
	const items = itemsOf(bytes, start + HEADER + PREFIX, Math.min(end, start + HEADER + length));
	if (items === undefined || items.dataStart < 0) return undefined;
	const at = items.dataStart + (items.connectionId >= 0 ? 2 : 0);
	return at >= items.dataEnd ? undefined : (u8(bytes, at) & 0x80) !== 0 ? "server" : "client";
}

/** The items of one message. */
export interface Items {
	/** -1 for none. */
	connectionId: number;
	/** What the message carries; -1 where it carries nothing. */
	dataStart: number;
	dataEnd: number;
	identities: ListedIdentity[];
	services: ListedService[];
}

/** Reads the items behind their count; undefined where one is longer than the message. */
export function itemsOf(bytes: Uint8Array, start: number, end: number): Items | undefined {
	const items: Items = { connectionId: -1, dataStart: -1, dataEnd: -1, identities: [], services: [] };
	if (start + ITEM_COUNT > end) return undefined;
	const count = u16le(bytes, start);
	let at = start + ITEM_COUNT;
	if (count > MAX_ITEMS) return undefined;
	for (let index = 0; index < count; index++) {
		if (at + ITEM_HEADER > end) return undefined;
		const type = u16le(bytes, at);
		const from = at + ITEM_HEADER;
		const to = from + u16le(bytes, at + 2);
		if (to > end) return undefined;
		switch (type) {
			case ITEM.connectedAddress:
				if (to - from !== 4) return undefined;
				items.connectionId = u32le(bytes, from);
				break;
			case ITEM.connectedData:
			case ITEM.unconnectedData:
				items.dataStart = from;
				items.dataEnd = to;
				break;
			case ITEM.identity: {
				const identity = listedIdentity(bytes, from, to);
				if (identity === undefined) return undefined;
				items.identities.push(identity);
				break;
			}
			case ITEM.services:
				if (to - from < SERVICES.length) return undefined;
				items.services.push({
					version: u16le(bytes, from),
					capabilityFlags: u16le(bytes, from + SERVICES.flags),
					name: textOf(bytes, from + SERVICES.name, from + SERVICES.length),
				});
				break;
		}
		at = to;
	}
	return items;
}

function listedIdentity(bytes: Uint8Array, start: number, end: number): ListedIdentity | undefined {
	if (start + IDENTITY.name > end) return undefined;
	const name = start + IDENTITY.name;
	const stop = name + u8(bytes, start + IDENTITY.nameLength);
	if (stop > end) return undefined;
	const ip = start + IDENTITY.ip;
	return {
		encapsulationVersion: u16le(bytes, start),
		ip: [0, 1, 2, 3].map((at) => u8(bytes, ip + at)).join("."),
		port: u16(bytes, start + IDENTITY.port),
		vendorId: u16le(bytes, start + IDENTITY.vendor),
		deviceType: u16le(bytes, start + IDENTITY.deviceType),
		productCode: u16le(bytes, start + IDENTITY.productCode),
		revision: `${u8(bytes, start + IDENTITY.major)}.${`${u8(bytes, start + IDENTITY.minor)}`.padStart(3, "0")}`,
		status: u16le(bytes, start + IDENTITY.status),
		serialNumber: u32le(bytes, start + IDENTITY.serial),
		productName: textOf(bytes, name, stop),
		state: stop < end ? u8(bytes, stop) : -1,
	};
}
