/**
 * PCCC inside CIP: the commands of PLC-5, SLC 500 and MicroLogix, carried by "Execute PCCC" of class 0x67 (Rockwell 1770-6.5.16, DF1 Protocol and Command Set). Addresses are
 * those that their programs use: N7:0, F8:1, T4:0.2. What a command means is in its command and function; the answer has neither its function nor its address.
 */
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { ANSWER, COMMAND, FILE_TYPES, type FileType, FUNCTION, hasFunction } from "./pcccCodes.ts";
import { textOf } from "./text.ts";
import { MAX_VALUES, type Value } from "./values.ts";

/** One command. Owned. Numbers are -1 where it has no such field. */
export interface PcccCommand {
	requestorVendorId: number;
	requestorSerial: number;
	command: number;
	fnc: number;
	status: number;
	transactionId: number;
	byteSize: number;
	fileNumber: number;
	fileType: number;
	element: number;
	subElement: number;
	/** As programs write it; empty where it names nothing. */
	address: string;
	mode: number;
	mask: number;
	values: Value[];
	violation: string;
}

/** One answer. Owned. */
export interface PcccAnswer {
	command: number;
	status: number;
	/** -1 where there is none. */
	extendedStatus: number;
	transactionId: number;
	values: Value[];
	dataBytes: number;
	violation: string;
}

/** Before CMD: the length of the requestor's id, its vendor and serial number. */
const REQUESTOR = 7;
const LONG = 0xff;

/** Reads numbers that take one byte, or 0xff and two (chapter 13, "SLC 500 addressing"). */
class Fields {
	at: number;
	isShort = false;
	readonly #bytes: Uint8Array;
	readonly #end: number;
	constructor(bytes: Uint8Array, at: number, end: number) {
		this.#bytes = bytes;
		this.at = at;
		this.#end = end;
	}
	byte(): number {
		return this.#take(1) ? u8(this.#bytes, this.at - 1) : -1;
	}
	word(): number {
		return this.#take(2) ? u16le(this.#bytes, this.at - 2) : -1;
	}
	field(): number {
		const value = this.byte();
		return value === LONG ? this.word() : value;
	}
	#take(count: number): boolean {
		if (this.at + count > this.#end) {
			this.isShort = true;
			this.at = this.#end;
			return false;
		}
		this.at += count;
		return true;
	}
}

/** The length of the requestor's id; 0 where the bytes are too few. */
const requestorLength = (bytes: Uint8Array, start: number, end: number): number => {
	const length = u8(bytes, start);
	return start < end && length >= REQUESTOR && start + length + 4 <= end ? length : 0;
};

export function commandOf(bytes: Uint8Array, start: number, end: number): PcccCommand | undefined {
	const length = requestorLength(bytes, start, end);
	if (length === 0) return undefined;
	const at = start + length;
	const command: PcccCommand = {
		requestorVendorId: u16le(bytes, start + 1),
		requestorSerial: u32le(bytes, start + 3),
		command: u8(bytes, at),
		status: u8(bytes, at + 1),
		transactionId: u16le(bytes, at + 2),
		fnc: -1,
		byteSize: -1,
		fileNumber: -1,
		fileType: -1,
		element: -1,
		subElement: -1,
		address: "",
		mode: -1,
		mask: -1,
		values: [],
		violation: "",
	};
	const fields = new Fields(bytes, at + 4, end);
	if (hasFunction(command.command)) command.fnc = fields.byte();
	if (command.command === COMMAND.extended) extended(command, fields, bytes, end);
	else if (isPlc2(command.command)) {
		// An address in bytes of the compatibility file.
		const word = fields.word();
		if (!fields.isShort) command.address = `compatibility:${word}`;
		if (command.command === COMMAND.unprotectedRead) command.byteSize = fields.byte();
	}
	if (fields.isShort) command.violation = "pccc";
	return command;
}

const isPlc2 = (command: number): boolean =>
	command === COMMAND.protectedWrite || command === COMMAND.unprotectedRead || command === COMMAND.unprotectedWrite;

function extended(command: PcccCommand, fields: Fields, bytes: Uint8Array, end: number): void {
	switch (command.fnc) {
		case FUNCTION.logicalRead2:
		case FUNCTION.logicalRead3:
		case FUNCTION.logicalWrite2:
		case FUNCTION.logicalWrite3:
		case FUNCTION.maskedWrite3:
			command.byteSize = fields.byte();
			command.fileNumber = fields.field();
			command.fileType = fields.byte();
			command.element = fields.field();
			if (command.fnc !== FUNCTION.logicalRead2 && command.fnc !== FUNCTION.logicalWrite2) command.subElement = fields.field();
			if (fields.isShort) return;
			command.address = addressOf(command, 0);
			if (command.fnc === FUNCTION.maskedWrite3) command.mask = fields.word();
			if (command.fnc !== FUNCTION.logicalRead2 && command.fnc !== FUNCTION.logicalRead3)
				command.values = valuesOf(command, bytes, fields.at, Math.min(end, fields.at + command.byteSize));
			return;
		case FUNCTION.wordRangeRead:
		case FUNCTION.wordRangeWrite:
		case FUNCTION.typedRead:
		case FUNCTION.typedWrite:
			fields.word();
			fields.word();
			command.address = plc5Address(fields, bytes, end);
			return;
		case FUNCTION.readModifyWrite:
		case FUNCTION.bitWrite:
		case FUNCTION.readModifyWriteN:
			command.address = plc5Address(fields, bytes, end);
			return;
		case FUNCTION.protectedFileRead:
		case FUNCTION.protectedFileWrite:
			command.byteSize = fields.byte();
			fields.word(); // the tag that opening the file gave
			fields.word();
			command.fileType = fields.byte();
			return;
		case FUNCTION.openFile:
			fields.byte(); // to read, or to write too
			command.fileNumber = fields.field();
			command.fileType = fields.byte();
			return;
		case FUNCTION.setMode:
		case FUNCTION.changeMode:
			command.mode = fields.byte();
			return;
	}
}

/** PLC-5: a text behind 0x00 and "$", or levels that a mask announces: file, element and what is in it (chapter 13, "PLC-5 addressing"). */
function plc5Address(fields: Fields, bytes: Uint8Array, end: number): string {
	const first = fields.byte();
	if (first === 0 && u8(bytes, fields.at) === 0x24 && fields.at < end) {
		const from = fields.at + 1;
		const stop = bytes.subarray(0, end).indexOf(0, from);
		return textOf(bytes, from, stop < 0 ? end : stop);
	}
	const levels: number[] = [];
	for (let bit = 0; bit < 7 && !fields.isShort; bit++) levels.push(first & (1 << bit) ? fields.field() : 0);
	return fields.isShort ? "" : `file:${levels[1]}:${levels[2]}${levels[3] === 0 ? "" : `.${levels[3]}`}`;
}

const typeOf = ({ fileType }: PcccCommand): FileType | undefined => FILE_TYPES[fileType];

/** The address of the value `index` of a logical read or write. */
export function addressOf(command: PcccCommand, index: number): string {
	const type = typeOf(command);
	const { fileNumber, element, subElement } = command;
	if (type === undefined)
		return `file:${fileNumber}/0x${command.fileType.toString(16)}:${element}${subElement > 0 ? `.${subElement}` : ""}`;
	if (subElement > 0 || (type.value === "structure" && command.byteSize <= 2))
		return `${type.letter}${fileNumber}:${element}.${Math.max(0, subElement) + index}`;
	return `${type.letter}${fileNumber}:${element + index}`;
}

function valuesOf(command: PcccCommand, bytes: Uint8Array, start: number, end: number): Value[] {
	const type = typeOf(command);
	const values: Value[] = [];
	if (type === undefined) return values;
	// One word of a timer, counter or control is a number of its own.
	const isWord = type.value === "structure" && command.byteSize === 2;
	const size = isWord ? 2 : type.size;
	for (let at = start; at + size <= end && values.length < MAX_VALUES; at += size) {
		if (isWord || type.value === "i16") values.push((u16le(bytes, at) << 16) >> 16);
		else if (type.value === "u16") values.push(u16le(bytes, at));
		else if (type.value === "i32") values.push(u32le(bytes, at) | 0);
		else if (type.value === "f32") values.push(float(bytes, at));
		else values.push(structure(type, bytes, at));
	}
	return values;
}

const SCRATCH = new DataView(new ArrayBuffer(4));
function float(bytes: Uint8Array, at: number): Value {
	SCRATCH.setUint32(0, u32le(bytes, at));
	const value = SCRATCH.getFloat32(0);
	return Number.isFinite(value) ? value : `${value}`;
}

/** A string; of a timer or counter its control word, preset and accumulated value. */
function structure(type: FileType, bytes: Uint8Array, at: number): string {
	if (type.letter === "ST") {
		// Characters of each word stand the other way round.
		const text = new Uint8Array(82);
		for (let index = 0; index < 82; index++) text[index] = u8(bytes, at + 2 + (index ^ 1));
		return textOf(text, 0, Math.min(82, u16le(bytes, at)));
	}
	return [0, 2, 4].map((offset) => u16le(bytes, at + offset)).join("/");
}

/** `command` is the one that it answers, where that was seen. */
export function answerOf(bytes: Uint8Array, start: number, end: number, command: PcccCommand | undefined): PcccAnswer | undefined {
	const length = requestorLength(bytes, start, end);
	if (length === 0) return undefined;
	const at = start + length;
	const status = u8(bytes, at + 1);
	const hasExtended = status === 0xf0;
	const data = at + (hasExtended ? 5 : 4);
	const answer: PcccAnswer = {
		command: u8(bytes, at) & ~ANSWER,
		status,
		extendedStatus: hasExtended && at + 4 < end ? u8(bytes, at + 4) : -1,
		transactionId: u16le(bytes, at + 2),
		values: [],
		dataBytes: Math.max(0, end - data),
		violation: "",
	};
	if (command !== undefined && status === 0 && (command.fnc === FUNCTION.logicalRead2 || command.fnc === FUNCTION.logicalRead3))
		answer.values = valuesOf(command, bytes, data, end);
	return answer;
}

/** Whether a command is one that reads data, writes it, or neither. */
export function directionOf({ command, fnc }: PcccCommand): "read" | "write" | "none" {
	if (command === COMMAND.unprotectedRead) return "read";
	if (
		command === COMMAND.protectedWrite ||
		command === COMMAND.unprotectedWrite ||
		command === COMMAND.protectedBitWrite ||
		command === COMMAND.unprotectedBitWrite
	)
		return "write";
	if (command !== COMMAND.extended) return "none";
	switch (fnc) {
		case FUNCTION.logicalRead2:
		case FUNCTION.logicalRead3:
		case FUNCTION.wordRangeRead:
		case FUNCTION.typedRead:
		case FUNCTION.fileRead:
		case FUNCTION.protectedFileRead:
		case FUNCTION.physicalRead:
		case FUNCTION.readBytesPhysical:
			return "read";
		case FUNCTION.logicalWrite2:
		case FUNCTION.logicalWrite3:
		case FUNCTION.maskedWrite3:
		case FUNCTION.wordRangeWrite:
		case FUNCTION.typedWrite:
		case FUNCTION.fileWrite:
		case FUNCTION.protectedFileWrite:
		case FUNCTION.physicalWrite:
		case FUNCTION.writeBytesPhysical:
		case FUNCTION.bitWrite:
		case FUNCTION.readModifyWrite:
		case FUNCTION.readModifyWriteN:
			return "write";
		default:
			return "none";
	}
}
