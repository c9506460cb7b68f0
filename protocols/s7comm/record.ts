/** The fields of a `decode` line. Names are Wireshark's and ICSNPP's in camelCase. */
import { u8, u16, u32 } from "../../src/wire/bytes.ts";
import { hexOf } from "../../src/wire/text.ts";
import {
	BLOCKS,
	blockTypeOf,
	blockTypeOfNumber,
	CPU,
	CYCLIC,
	connectionTypeName,
	FUNCTION,
	functionName,
	GROUP,
	groupName,
	isAlarm,
	languageName,
	PROGRAMMER,
	rosctrName,
	SECURITY,
	subFunctionName,
	TIME,
	TYPE,
} from "./codes.ts";
import { errorWords, RETURN } from "./errors.ts";
import { areaName, dataSizeName, type Item, namesOf, SYNTAX, sizeName, syntaxName, valueWordsAt } from "./items.ts";
import type { S7Observation } from "./observation.ts";
import { alarmEventOf, argumentOf, blockOf, fileNameOf } from "./subjects.ts";
import { szlRecordOf } from "./szl.ts";
import { textOf } from "./text.ts";
import { eachValue } from "./values.ts";
import { watchValuesOf } from "./watch.ts";

/** Bytes of data that are shown as they are, and elements of one item. */
const MAX_HEX = 256;
const MAX_ELEMENTS = 256;
const MAX_BLOCKS = 1024;
/** Time bases of a subscription, in milliseconds. */
const TIME_BASES: Readonly<Record<number, number>> = { 0: 100, 1: 1000, 2: 10_000 };

const hex4 = (code: number): string => `0x${code.toString(16).padStart(code > 0xff ? 4 : 2, "0")}`;

export function recordOf(o: S7Observation): Record<string, unknown> {
	const record: Record<string, unknown> = {};
	if (o.rosctr >= 0) {
		record.rosctr = o.rosctr;
		record.rosctrName = rosctrName(o.rosctr);
	}
	if (o.reference >= 0) record.pduReference = o.reference;
	if (o.functionCode >= 0) {
		record.functionCode = o.functionCode;
		record.function = functionName(o.functionCode);
	}
	if (o.group >= 0) {
		record.functionGroup = o.group;
		record.functionGroupName = groupName(o.group);
		record.subFunction = o.subFunction;
		record.subFunctionName = subFunctionName(o.group, o.subFunction);
		if (o.sequence >= 0) record.sequence = o.sequence;
		if (o.hasMore) record.moreFollows = true;
	}
	if (o.isFromServer && o.kind === "request") record.byServer = true;
	if (o.errorCode !== 0) {
		record.errorCode = hex4(o.errorCode);
		record.error = errorWords(o.errorCode);
	}
	if (o.kind === "malformed") {
		record.sender = o.isFromServer ? "server" : "client";
		if (o.dataEnd > o.parameterStart) record.data = hexOf(o.bytes, o.parameterStart, Math.min(o.dataEnd, o.parameterStart + MAX_HEX));
	} else addDetails(o, record);
	if (o.requestFrame > 0 && o.requestFrame !== o.frame) record.requestFrame = o.requestFrame;
	if (o.latency >= 0) record.latencyMs = Math.round(o.latency) / 1000;
	if (o.violation !== "") record.violations = [o.violation];
	return record;
}

function addDetails(o: S7Observation, record: Record<string, unknown>): void {
	if (o.kind === "connect" || o.kind === "accept") addConnection(o, record);
	else if (o.functionCode >= 0 && o.group < 0) addJob(o, record);
	else if (o.group >= 0 && o.kind !== "unanswered") addUserdata(o, record);
	else if (o.name !== "") record.name = o.name;
}

/** A selector of two bytes: what for, then rack (three bits) and slot (five); of more bytes it is a text. */
function addConnection(o: S7Observation, record: Record<string, unknown>): void {
	if (o.callingTsap !== "") record.callingTsap = o.callingTsap;
	if (o.calledTsap !== "") record.calledTsap = o.calledTsap;
	if (o.tpduSize > 0) record.tpduSize = o.tpduSize;
	const place = tsapPlace(o.calledTsap);
	if (place === undefined) return;
	if (place.connection !== undefined) record.connectionType = place.connection;
	record.rack = place.rack;
	record.slot = place.slot;
}

/** What a called selector of two bytes says. */
export function tsapPlace(tsap: string): { type: number; connection: string | undefined; rack: number; slot: number } | undefined {
	if (tsap.length !== 4) return undefined;
	const type = Number.parseInt(tsap.slice(0, 2), 16);
	const place = Number.parseInt(tsap.slice(2), 16);
	return { type, connection: connectionTypeName(type), rack: place >> 5, slot: place & 0x1f };
}

function addJob(o: S7Observation, record: Record<string, unknown>): void {
	const { bytes, parameterStart: start, parameterEnd: end } = o;
	switch (o.functionCode) {
		case FUNCTION.setup:
			if (end - start < 8 || o.kind === "unanswered") return;
			record.maxAmqCalling = u16(bytes, start + 2);
			record.maxAmqCalled = u16(bytes, start + 4);
			record.pduLength = u16(bytes, start + 6);
			return;
		case FUNCTION.readVar:
		case FUNCTION.writeVar:
			record.items = itemsOf(o);
			return;
		case FUNCTION.programService:
		case FUNCTION.plcStop: {
			if (o.name !== "") record.piService = o.name;
			const blocks =
				o.functionCode === FUNCTION.programService && o.kind === "request" ? argumentOf(o) : o.subject === "" ? [] : [o.subject];
			if (blocks.length > 0) record.argument = blocks.join(" ");
			return;
		}
		case FUNCTION.requestDownload:
		case FUNCTION.downloadBlock:
		case FUNCTION.downloadEnded:
		case FUNCTION.startUpload:
		case FUNCTION.upload:
		case FUNCTION.endUpload:
			addTransfer(o, record);
			return;
		default:
			if (o.kind !== "unanswered" && end > start + 1) record.data = hexOf(bytes, start + 1, Math.min(end, start + 1 + MAX_HEX));
	}
}

function addTransfer(o: S7Observation, record: Record<string, unknown>): void {
	const { bytes, parameterStart: start, parameterEnd: end } = o;
	if (o.subject !== "") record.block = o.subject;
	if (o.kind === "unanswered") return;
	if (end - start >= 2) record.functionStatus = u8(bytes, start + 1);
	if (end - start >= 8) record.sessionId = u32(bytes, start + 4);
	const file = fileNameOf(o);
	if (file !== "") {
		record.fileName = file;
		const block = blockOf(file);
		if (block !== undefined) {
			record.blockType = block.type;
			record.blockNumber = block.number;
			record.destinationFileSystem = block.fileSystem;
		}
	}
	if (o.functionCode === FUNCTION.startUpload && o.kind === "response" && end - start > 9)
		record.blockLength = Number(textOf(bytes, start + 9, Math.min(end, start + 9 + u8(bytes, start + 8)))) || 0;
	// One letter that is not known, load memory and code, six digits each.
	const lengths = start + 9 + u8(bytes, start + 8);
	if (o.functionCode === FUNCTION.requestDownload && o.kind === "request" && end - lengths >= 14) {
		record.loadMemoryLength = Number(textOf(bytes, lengths + 2, lengths + 8)) || 0;
		record.mc7CodeLength = Number(textOf(bytes, lengths + 8, lengths + 14)) || 0;
	}
	if (o.kind === "response" && o.dataEnd - o.dataStart >= 4) record.length = u16(bytes, o.dataStart);
}

interface ItemRecord {
	address?: string;
	syntax?: string;
	area?: string;
	db?: number;
	transportSize?: string;
	count?: number;
	returnCode?: string;
	dataSize?: string;
	values?: (number | boolean | string)[];
	data?: string;
}

function itemsOf(o: S7Observation): ItemRecord[] {
	const out: ItemRecord[] = [];
	for (const item of o.shape?.items ?? []) out.push(itemRecordOf(item));
	const bytes = o.group >= 0 ? o.contents : o.bytes;
	eachValue(o, (index, item, code, size, start, end) => {
		let record = out[index];
		if (record === undefined) {
			record = {};
			out.push(record);
		}
		if (o.kind !== "request") {
			record.returnCode = hex4(code);
			if (code !== RETURN.ok) return;
		}
		if (start === end) return;
		record.dataSize = dataSizeName(size);
		const count = item === undefined || item.width === 0 ? 0 : Math.min(item.count, Math.floor((end - start) / item.width), MAX_ELEMENTS);
		if (count > 0) record.values = Array.from({ length: count }, (_, at) => valueWordsAt(bytes, start + at * item!.width, item!));
		else record.data = hexOf(bytes, start, Math.min(end, start + MAX_HEX));
	});
	return out;
}

function itemRecordOf(item: Item): ItemRecord {
	const address = namesOf(item, 1)[0];
	return {
		...(address !== undefined && { address }),
		syntax: syntaxName(item.syntax),
		...(item.syntax === SYNTAX.any && { area: areaName(item.area), transportSize: sizeName(item.size) }),
		...((item.db > 0 || item.area === 0x84) && { db: item.db }),
		count: item.count,
	};
}

function addUserdata(o: S7Observation, record: Record<string, unknown>): void {
	const { contents, contentsStart: at, contentsEnd: end } = o;
	const length = end - at;
	const isRequest = o.type === TYPE.request;
	switch (o.group) {
		case GROUP.cyclic:
			if (o.subFunction === CYCLIC.unsubscribe) {
				if (isRequest && length >= 2) record.jobId = u8(contents, at + 1);
				return;
			}
			if (isRequest && length >= 4) record.intervalMs = (TIME_BASES[u8(contents, at + 2)] ?? 0) * u8(contents, at + 3);
			if (o.shape !== undefined || o.valuesAt >= 0) record.items = itemsOf(o);
			return;
		case GROUP.programmer:
			if (o.watch !== undefined) {
				const values = watchValuesOf(o);
				record.items = o.watch.names.map((address, index) => ({
					address,
					...(Number.isFinite(values[index]) && { value: values[index] }),
				}));
			} else if (o.subFunction === PROGRAMMER.enableJob && isRequest && length >= 24) record.jobId = u8(contents, end - 1);
			return;
		case GROUP.blocks:
			addBlocks(o, record, isRequest);
			return;
		case GROUP.cpu:
			if (o.subFunction === CPU.readSzl) Object.assign(record, szlRecordOf(o));
			else if (o.subFunction === CPU.messageService && isRequest && length >= 10) {
				record.events = u8(contents, at);
				record.userName = textOf(contents, at + 2, at + 10);
			} else if (o.subFunction === CPU.diagnosticMessage && length >= 2) record.eventId = hex4(u16(contents, at));
			else if (isAlarm(o.subFunction)) {
				const event = alarmEventOf(o);
				if (event !== undefined) {
					record.eventId = `0x${event.id.toString(16).padStart(8, "0")}`;
					if (event.state >= 0) record.eventState = event.state;
				}
			}
			return;
		case GROUP.security:
			// Whoever reads a line need not know the password.
			if (o.subFunction === SECURITY.password && isRequest) record.passwordLength = length;
			return;
		case GROUP.time: {
			const clock = clockOf(o);
			if (clock !== undefined) record.clock = clock;
			return;
		}
		case GROUP.ncProgramming:
			if (o.subject !== "") record.fileName = o.subject;
	}
}

/** A byte that is not known, the century, then a DATE_AND_TIME whose year is short. */
export function clockOf({ contents, contentsStart: at, contentsEnd: end, group, subFunction, type }: S7Observation): string | undefined {
	if (group !== GROUP.time || end - at < 10) return undefined;
	if ((type === TYPE.request) !== (subFunction === TIME.set || subFunction === TIME.setFollowing)) return undefined;
	const digits = (index: number): string =>
		u8(contents, at + index)
			.toString(16)
			.padStart(2, "0");
	return `20${digits(2)}-${digits(3)}-${digits(4)}T${digits(5)}:${digits(6)}:${digits(7)}.${digits(8)}${digits(9)[0]}`;
}

const BLOCK_INFO = 78;

function addBlocks(o: S7Observation, record: Record<string, unknown>, isRequest: boolean): void {
	const { contents, contentsStart: at, contentsEnd: end } = o;
	if (o.subject !== "") record.block = o.subject;
	if (isRequest || o.hasMore || end === at) return;
	const count = Math.min(MAX_BLOCKS, Math.floor((end - at) / 4));
	if (o.subFunction === BLOCKS.list)
		record.blocks = Array.from({ length: count }, (_, index) => {
			const letters = textOf(contents, at + 4 * index, at + 4 * index + 2);
			return { type: blockTypeOf(letters) ?? letters, count: u16(contents, at + 4 * index + 2) };
		});
	else if (o.subFunction === BLOCKS.listOfType)
		record.blocks = Array.from({ length: count }, (_, index) => ({
			number: u16(contents, at + 4 * index),
			flags: u8(contents, at + 4 * index + 2),
			language: languageName(u8(contents, at + 4 * index + 3)),
		}));
	else if (o.subFunction === BLOCKS.info && end - at >= BLOCK_INFO) {
		record.info = {
			language: languageName(u8(contents, at + 10)),
			type: blockTypeOfNumber(u8(contents, at + 11)),
			number: u16(contents, at + 12),
			loadMemoryLength: u32(contents, at + 14),
			isProtected: u32(contents, at + 18) !== 0,
			mc7CodeLength: u16(contents, at + 40),
			author: textOf(contents, at + 42, at + 50),
			family: textOf(contents, at + 50, at + 58),
			name: textOf(contents, at + 58, at + 66),
			version: `${u8(contents, at + 66) >> 4}.${u8(contents, at + 66) & 15}`,
			checksum: hex4(u16(contents, at + 68)),
		};
	}
}
