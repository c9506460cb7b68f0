/**
 * System status lists (SZL), by which a controller says what it is: number and index, length and number of records, records. Their layout is in Siemens' manual "System Software for S7-300/400
 * System and Standard Functions", chapter System Status Lists.
 */
import { u8, u16 } from "../../src/wire/bytes.ts";
import { SZL, SZL_HEADER_ONLY, stateName, szlName } from "./codes.ts";
import type { S7Observation } from "./observation.ts";
import { szlText } from "./subjects.ts";
import { textOf } from "./text.ts";

const HEADER = 8;
/** Records of one list that are shown. */
const MAX_RECORDS = 64;

/** Index of a record in the list of modules (0x11). */
const MODULE = { module: 1, hardware: 6, firmware: 7, boot: 0x81 } as const;
const MODULE_NAMES: Readonly<Record<number, string>> = {
	[MODULE.module]: "module",
	[MODULE.hardware]: "hardware",
	[MODULE.firmware]: "firmware",
	[MODULE.boot]: "firmwareExtension",
};
const MODULE_RECORD = 28;
const ORDER_NUMBER = 20;

/** Index of a record in the list of components (0x1c). */
const COMPONENT = {
	station: 1,
	module: 2,
	plant: 3,
	copyright: 4,
	serial: 5,
	type: 7,
	cardSerial: 8,
	maker: 9,
	oem: 10,
	location: 11,
} as const;
const COMPONENT_NAMES: Readonly<Record<number, string>> = {
	[COMPONENT.station]: "stationName",
	[COMPONENT.module]: "moduleName",
	[COMPONENT.plant]: "plantDesignation",
	[COMPONENT.copyright]: "copyright",
	[COMPONENT.serial]: "serialNumber",
	[COMPONENT.type]: "moduleType",
	[COMPONENT.cardSerial]: "memoryCardSerialNumber",
	[COMPONENT.maker]: "manufacturer",
	[COMPONENT.oem]: "oem",
	[COMPONENT.location]: "location",
};
const COMPONENT_RECORD = 34;
/** Manufacturer id of Siemens (Profibus I&M). */
const SIEMENS = 0x002a;
/** Order numbers of Siemens' automation. */
const ORDER = /^6[A-Z]{2}\d/;

/** What a list says of the device. */
export interface SzlFacts {
	orderNumber?: string;
	hardware?: string;
	firmware?: string;
	stationName?: string;
	moduleName?: string;
	plantDesignation?: string;
	serialNumber?: string;
	memoryCardSerialNumber?: string;
	moduleType?: string;
	location?: string;
	isSiemens?: boolean;
	/** Operating state. */
	state?: string;
	/** Protection level that is in force, 1 to 3. */
	protectionLevel?: number;
	/** Longest message, and connections. */
	pduLength?: number;
	connections?: number;
}

/** A whole list in an answer; undefined where there is none. */
function listOf({ contents, contentsStart: at, contentsEnd: end, hasMore }: S7Observation) {
	if (hasMore || end - at < HEADER) return undefined;
	const id = u16(contents, at);
	const length = u16(contents, at + 4);
	if (id >> 8 === SZL_HEADER_ONLY || length < 2) return { id, length, count: 0 };
	return { id, length, count: Math.min(u16(contents, at + 6), Math.floor((end - at - HEADER) / length), MAX_RECORDS) };
}

/** Two bytes and two more: a letter, and three numbers. */
const versionOf = (bytes: Uint8Array, at: number): string | undefined =>
	u8(bytes, at) === 0x56 ? `V${u8(bytes, at + 1)}.${u8(bytes, at + 2)}.${u8(bytes, at + 3)}` : undefined;

export function szlFactsOf(o: S7Observation): SzlFacts {
	const facts: SzlFacts = {};
	const list = listOf(o);
	if (list === undefined) return facts;
	const { contents } = o;
	for (let index = 0; index < list.count; index++)
		addFacts(facts, contents, o.contentsStart + HEADER + index * list.length, list.id, list.length);
	return facts;
}

function addFacts(facts: SzlFacts, bytes: Uint8Array, at: number, id: number, length: number): void {
	const which = u16(bytes, at);
	switch (id & 0xff) {
		case SZL.modules: {
			if (length < MODULE_RECORD) return;
			const order = textOf(bytes, at + 2, at + 2 + ORDER_NUMBER).trim();
			if (which === MODULE.module && order !== "") facts.orderNumber = order;
			if (which === MODULE.hardware) facts.hardware = `${u16(bytes, at + 24)}`;
			const version = which === MODULE.firmware ? versionOf(bytes, at + 24) : undefined;
			if (version !== undefined) facts.firmware = version;
			return;
		}
		case SZL.components:
			if (length < COMPONENT_RECORD) return;
			addComponent(facts, bytes, at, which);
			return;
		case SZL.modes:
			if (length >= 4) facts.state = stateName(u8(bytes, at + 3) & 0x0f);
			return;
		case SZL.capabilities:
			if (which === 1 && length >= 6) {
				facts.pduLength = u16(bytes, at + 2);
				facts.connections = u16(bytes, at + 4);
			}
			return;
		case SZL.communication:
			// Key switch, configured and valid level of protection.
			if (which === 4 && length >= 8) facts.protectionLevel = u16(bytes, at + 6);
			return;
	}
}

function addComponent(facts: SzlFacts, bytes: Uint8Array, at: number, which: number): void {
	if (which === COMPONENT.maker) {
		if (u16(bytes, at + 2) === SIEMENS) facts.isSiemens = true;
		return;
	}
	const text = textOf(bytes, at + 2, at + COMPONENT_RECORD).trim();
	if (text === "") return;
	switch (which) {
		case COMPONENT.station:
			facts.stationName = text;
			return;
		case COMPONENT.module:
			facts.moduleName = text;
			return;
		case COMPONENT.plant:
			facts.plantDesignation = text;
			return;
		case COMPONENT.serial:
			facts.serialNumber = text;
			return;
		case COMPONENT.type:
			facts.moduleType = text;
			return;
		case COMPONENT.cardSerial:
			facts.memoryCardSerialNumber = text;
			return;
		case COMPONENT.location:
			facts.location = text;
			return;
	}
}

export const isSiemensOrder = (order: string): boolean => ORDER.test(order);

/** The list for a line. */
export function szlRecordOf(o: S7Observation): Record<string, unknown> {
	const { contents, contentsStart: at, contentsEnd: end } = o;
	if (o.isContinuation && o.contentsStart === o.contentsEnd) return {};
	if (o.kind === "request" || o.hasMore) {
		if (o.name === "") return {};
		const id = Number.parseInt(o.name, 16);
		return {
			szlId: o.name,
			szlIdName: szlName(id),
			...(o.kind === "request" && end - at >= 4 && { szlIndex: szlText(u16(contents, at + 2)) }),
		};
	}
	const list = listOf(o);
	if (list === undefined) return {};
	const record: Record<string, unknown> = {
		szlId: szlText(list.id),
		szlIdName: szlName(list.id),
		szlIndex: szlText(u16(contents, at + 2)),
		szlRecordLength: list.length,
		szlRecords: u16(contents, at + 6),
	};
	const kind = list.id & 0xff;
	const place = (index: number): number => at + HEADER + index * list.length;
	if (kind === SZL.modules && list.length >= MODULE_RECORD) {
		record.modules = Array.from({ length: list.count }, (_, index) => {
			const here = place(index);
			const which = u16(contents, here);
			return {
				index: MODULE_NAMES[which] ?? which,
				orderNumber: textOf(contents, here + 2, here + 2 + ORDER_NUMBER).trim(),
				moduleTypeId: u16(contents, here + 22),
				version: versionOf(contents, here + 24) ?? `${u16(contents, here + 24)}.${u16(contents, here + 26)}`,
			};
		});
	} else if (kind === SZL.components && list.length >= COMPONENT_RECORD) {
		const components: Record<string, string> = {};
		for (let index = 0; index < list.count; index++) {
			const here = place(index);
			const which = u16(contents, here);
			components[COMPONENT_NAMES[which] ?? `${which}`] =
				which === COMPONENT.maker ? szlText(u16(contents, here + 2)) : textOf(contents, here + 2, here + COMPONENT_RECORD).trim();
		}
		record.components = components;
	} else if ((kind === SZL.leds || kind === SZL.ledsOfRedundant) && list.length >= 4) {
		record.leds = Array.from({ length: list.count }, (_, index) => ({
			led: u16(contents, place(index)),
			on: u8(contents, place(index) + 2) !== 0,
			blink: u8(contents, place(index) + 3),
		}));
	} else {
		const { state, protectionLevel, pduLength, connections } = szlFactsOf(o);
		if (state !== undefined) record.operatingState = state;
		if (protectionLevel !== undefined) record.protectionLevel = protectionLevel;
		if (pduLength !== undefined) record.pduLength = pduLength;
		if (connections !== undefined) record.connections = connections;
		if (kind === 0) record.lists = Array.from({ length: list.count }, (_, index) => szlText(u16(contents, place(index))));
	}
	return record;
}
