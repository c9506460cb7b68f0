/** The text of commands and of their answers (W227, 5; W342, 5-3). What a command says is read again when it is answered: an answer names nothing of it. */
import { OPERATION_POINTS } from "../../src/decode/protocol.ts";
import { u8, u16, u32 } from "../../src/wire/bytes.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { AREAS, COMMAND, COMMANDS, modeName } from "./codes.ts";
import { type FinsDetails, type FinsObservation, MAX_ITEMS } from "./observation.ts";

/** Octets of a memory area code with the address behind it. */
const ADDRESS = 4;
/** Of a model and of a version (W342, 5-3-13), of a file name (5-3-30), of a message. */
const TEXT = 20;
const FILE_NAME = 12;
const MESSAGE = 16;
/** Half of a version: where it ends before, another one stands in the second half. */
const HALF = TEXT / 2;
/** Octets of a unit in the answer to connection data read, and the bit that says that no more follow. */
const UNIT = 1 + TEXT;
const LAST = 0x80;
const LAST_WORD = 0x8000;
/** Files and units that are kept of one message. */
const MAX_NAMES = 64;
/** A file as its directory has it: name, date, capacity (W342, 5-3-30). */
const FILE_ENTRY = 20;
/** Name of a node, and its length at most. */
const MAX_NAME = 8;

const STATUS: Readonly<Record<number, string>> = { 0: "stopped", 1: "running", 128: "standby" };

/** Text up to its first zero, without the blanks around it. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
	const zero = bytes.subarray(start, end).indexOf(0);
	return utf8Of(bytes, start, zero < 0 ? end : start + zero).trim();
}

function item(o: FinsObservation, bytes: Uint8Array, at: number, count: number): void {
	if (o.itemCount >= MAX_ITEMS) return;
	const index = o.itemCount++;
	o.areas[index] = u8(bytes, at);
	o.addresses[index] = u16(bytes, at + 1);
	o.bits[index] = u8(bytes, at + 3);
	o.counts[index] = count;
	o.forces[index] = -1;
}

/** One element of an area as a number. A word with its forced status has that behind it. */
function valueAt(bytes: Uint8Array, at: number, size: number, area: number): number {
	if (size === 1) return u8(bytes, at) & 1;
	if (size === 2) return u16(bytes, at);
	return area === 0xdc ? u32(bytes, at) : u16(bytes, at);
}

/** Values of one range; false where there are more or fewer octets than it has. */
function values(o: FinsObservation, index: number, bytes: Uint8Array, start: number, end: number): boolean {
	const area = o.areas[index]!;
	const record = AREAS[area];
	if (record === undefined) return true;
	const count = o.counts[index]!;
	if (end - start !== count * record.size) return false;
	for (let at = start; at < end && o.valueCount < OPERATION_POINTS; at += record.size)
		o.values[o.valueCount++] = valueAt(bytes, at, record.size, area);
	return true;
}

const decimal = (octet: number): string => octet.toString(16).padStart(2, "0");

/** Binary coded decimals: year, month, day, hour, minute, and where they are there second. */
function clockAt(bytes: Uint8Array, at: number, end: number): string {
	const [year, month, day, hour, minute, second] = Array.from({ length: 6 }, (_, index) =>
		at + index < end ? decimal(u8(bytes, at + index)) : "00",
	);
	return `${Number(year) < 70 ? 20 : 19}${year}-${month}-${day}T${hour}:${minute}:${second}`;
}

const ipAt = (bytes: Uint8Array, at: number): string => Array.from(bytes.subarray(at, at + 4)).join(".");

const detailsOf = (o: FinsObservation): FinsDetails => {
	o.details ??= {};
	return o.details;
};

function files(o: FinsObservation, bytes: Uint8Array, starts: readonly number[]): void {
	detailsOf(o).files = starts.map((start) => textOf(bytes, start, start + FILE_NAME));
}

/** What a command says; false where its text does not fit it. */
export function readCommand(o: FinsObservation, bytes: Uint8Array, start: number, end: number): boolean {
	const size = end - start;
	const record = COMMANDS.get(o.command);
	if (record === undefined) return true;
	if (size < record.least) return false;
	switch (o.command) {
		case COMMAND.memoryRead:
		case COMMAND.forcedStatusRead:
			item(o, bytes, start, u16(bytes, start + ADDRESS));
			return size === ADDRESS + 2;
		case COMMAND.memoryWrite:
			item(o, bytes, start, u16(bytes, start + ADDRESS));
			return values(o, 0, bytes, start + ADDRESS + 2, end);
		case COMMAND.memoryFill: {
			const count = u16(bytes, start + ADDRESS);
			item(o, bytes, start, count);
			const value = u16(bytes, start + ADDRESS + 2);
			o.valueCount = Math.min(count, OPERATION_POINTS);
			o.values.fill(value, 0, o.valueCount);
			return size === ADDRESS + 4;
		}
		case COMMAND.multipleRead:
			for (let at = start; at + ADDRESS <= end; at += ADDRESS) item(o, bytes, at, 1);
			return size % ADDRESS === 0;
		case COMMAND.memoryTransfer: {
			const count = u16(bytes, start + 2 * ADDRESS);
			item(o, bytes, start, count);
			item(o, bytes, start + ADDRESS, count);
			return size === 2 * ADDRESS + 2;
		}
		case COMMAND.parameterRead:
		case COMMAND.parameterWrite:
		case COMMAND.parameterClear:
			parameters(o, bytes, start);
			if (o.command === COMMAND.parameterWrite) return octets(o, size - 6, 2 * o.count);
			return size >= 6;
		case COMMAND.protect:
		case COMMAND.protectClear:
			o.program = u16(bytes, start);
			return true;
		case COMMAND.programRead:
		case COMMAND.programWrite:
			program(o, bytes, start);
			return o.command === COMMAND.programRead ? size === 8 : octets(o, size - 8, o.count);
		case COMMAND.programClear:
			o.program = u16(bytes, start);
			return true;
		case COMMAND.run:
			if (size >= 2) o.program = u16(bytes, start);
			if (size >= 3) o.mode = u8(bytes, start + 2);
			return size <= 3 && size !== 1;
		case COMMAND.stop:
			if (size >= 2) o.program = u16(bytes, start);
			return size === 0 || size === 2;
		case COMMAND.controllerData:
		case COMMAND.cycleTime:
			if (size > 0) o.parameter = u8(bytes, start);
			return size <= 1;
		case COMMAND.clockWrite:
			detailsOf(o).clock = clockAt(bytes, start, end);
			return size <= 7;
		case COMMAND.message:
			o.parameter = u16(bytes, start);
			return true;
		case COMMAND.accessAcquire:
		case COMMAND.accessForced:
		case COMMAND.accessRelease:
			o.program = u16(bytes, start);
			return true;
		case COMMAND.errorLogRead:
			o.first = u16(bytes, start);
			o.count = u16(bytes, start + 2);
			return size === 4;
		case COMMAND.forcedSet:
			return forced(o, bytes, start, end);
		case COMMAND.nameSet:
			detailsOf(o).name = textOf(bytes, start, Math.min(end, start + MAX_NAME));
			return true;
		case COMMAND.addressWrite:
			detailsOf(o).ipAddress = ipAt(bytes, start);
			return true;
		case COMMAND.addressTableWrite:
			detailsOf(o).entries = u16(bytes, start);
			return true;
		default:
			return o.command >> 8 === 0x22 ? file(o, bytes, start, end) : true;
	}
}

/** Area, first word, number of words with a bit that says whether more follow. */
function parameters(o: FinsObservation, bytes: Uint8Array, start: number): void {
	o.parameterArea = u16(bytes, start);
	o.first = u16(bytes, start + 2);
	const count = u16(bytes, start + 4);
	o.count = count & ~LAST_WORD;
	if ((count & LAST_WORD) !== 0) detailsOf(o).isLast = true;
}

/** Program number, first word, number of octets with a bit that says whether more follow. */
function program(o: FinsObservation, bytes: Uint8Array, start: number): void {
	o.program = u16(bytes, start);
	o.first = u32(bytes, start + 2);
	const count = u16(bytes, start + 6);
	o.count = count & ~LAST_WORD;
	if ((count & LAST_WORD) !== 0) detailsOf(o).isLast = true;
}

function octets(o: FinsObservation, there: number, due: number): boolean {
	detailsOf(o).octets = there;
	return there === due;
}

/** Number of bits, and of each what is wanted, its area and its address. */
function forced(o: FinsObservation, bytes: Uint8Array, start: number, end: number): boolean {
	const count = u16(bytes, start);
	o.count = count;
	for (let at = start + 2; at + 6 <= end && o.itemCount < MAX_ITEMS; at += 6) {
		item(o, bytes, at + 2, 1);
		o.forces[o.itemCount - 1] = u16(bytes, at);
	}
	return end - start === 2 + 6 * count;
}

/** Commands on file memory: disk, what to do, names of twelve octets, and what else. */
function file(o: FinsObservation, bytes: Uint8Array, start: number, end: number): boolean {
	const size = end - start;
	const isTransfer = o.command === COMMAND.memoryFile || o.command === COMMAND.parameterFile || o.command === COMMAND.programFile;
	if (isTransfer) {
		o.parameter = u16(bytes, start);
		if (o.command === COMMAND.memoryFile) item(o, bytes, start + 2, u16(bytes, start + 6));
		else if (o.command === COMMAND.parameterFile) {
			o.parameterArea = u16(bytes, start + 2);
			o.first = u16(bytes, start + 4);
			o.count = u16(bytes, start + 6);
		} else {
			o.program = u16(bytes, start + 2);
			o.first = u32(bytes, start + 4);
			o.count = u32(bytes, start + 8);
		}
		const disk = start + (o.command === COMMAND.programFile ? 12 : 8);
		detailsOf(o).disk = u16(bytes, disk);
		files(o, bytes, [disk + 2]);
		return true;
	}
	if (size < 2) return true;
	detailsOf(o).disk = u16(bytes, start);
	switch (o.command) {
		case COMMAND.fileNames:
			o.first = u16(bytes, start + 2);
			o.count = u16(bytes, start + 4);
			return true;
		case COMMAND.fileRead:
			files(o, bytes, [start + 2]);
			o.first = u32(bytes, start + 14);
			o.count = u16(bytes, start + 18);
			return true;
		case COMMAND.fileWrite:
			o.parameter = u16(bytes, start + 2);
			files(o, bytes, [start + 4]);
			o.first = u32(bytes, start + 16);
			o.count = u16(bytes, start + 20);
			detailsOf(o).octets = Math.min(o.count, size - 22);
			return size - 22 >= o.count;
		case COMMAND.fileDelete: {
			o.count = u16(bytes, start + 2);
			const starts: number[] = [];
			for (let at = start + 4; at + FILE_NAME <= end && starts.length < Math.min(o.count, MAX_NAMES); at += FILE_NAME) starts.push(at);
			files(o, bytes, starts);
			return size - 4 >= o.count * FILE_NAME;
		}
		case COMMAND.fileCopy:
			files(o, bytes, [start + 2, start + 2 + FILE_NAME + 2]);
			return true;
		case COMMAND.fileRename:
			files(o, bytes, [start + 2, start + 2 + FILE_NAME]);
			return true;
		case COMMAND.fileCheck:
			files(o, bytes, [start + 2]);
			return true;
		default:
			return true;
	}
}

/** Octets of the controller's data, in its two blocks (W342, 5-3-13): model, versions, for the system's use, areas; then units, remote I/O and status, which may come alone. */
const DATA = { model: 0, version: TEXT, least: 2 * TEXT, secondAlone: 67 } as const;

/** What an answer says beside its end code; `o` has what was asked, where that is known. False where it does not fit. */
export function readAnswer(o: FinsObservation, bytes: Uint8Array, start: number, end: number): boolean {
	const size = end - start;
	const record = COMMANDS.get(o.command);
	if (o.command === COMMAND.accessAcquire && size >= 3) {
		detailsOf(o).holder = `${u8(bytes, start)}.${u8(bytes, start + 1)}.${u8(bytes, start + 2)}`;
		return true;
	}
	if (record === undefined || o.endCode !== 0) return true;
	if (size < record.answerLeast) return false;
	switch (o.command) {
		case COMMAND.memoryRead:
			o.valueCount = 0;
			return !o.isMatched || values(o, 0, bytes, start, end);
		case COMMAND.multipleRead:
			return !o.isMatched || multiple(o, bytes, start, end);
		case COMMAND.parameterRead:
			parameters(o, bytes, start);
			return octets(o, size - 6, 2 * o.count);
		case COMMAND.programRead:
			program(o, bytes, start);
			return octets(o, size - 8, o.count);
		case COMMAND.programWrite:
			if (size >= 8) program(o, bytes, start);
			return true;
		case COMMAND.controllerData:
			return controllerData(o, bytes, start, end);
		case COMMAND.connectionData:
			return units(o, bytes, start, end);
		case COMMAND.controllerStatus: {
			const details = detailsOf(o);
			details.status = STATUS[u8(bytes, start) & 0x81] ?? "unknown";
			o.mode = u8(bytes, start + 1);
			details.mode = modeName(o.mode);
			if (size >= 6) {
				details.fatalErrors = u16(bytes, start + 2);
				details.nonFatalErrors = u16(bytes, start + 4);
			}
			if (size >= 10 + MESSAGE) {
				const message = textOf(bytes, start + 10, start + 10 + MESSAGE);
				if (message !== "") details.errorMessage = message;
			}
			return true;
		}
		case COMMAND.cycleTime:
			if (size >= 12) {
				// Tenths of a millisecond.
				const details = detailsOf(o);
				details.averageCycleMs = u32(bytes, start) / 10;
				details.maximumCycleMs = u32(bytes, start + 4) / 10;
				details.minimumCycleMs = u32(bytes, start + 8) / 10;
			}
			return true;
		case COMMAND.clockRead:
			detailsOf(o).clock = clockAt(bytes, start, end);
			return size === 7;
		case COMMAND.errorLogRead:
			detailsOf(o).entries = u16(bytes, start + 4);
			return true;
		case COMMAND.fileNames: {
			// Volume, date, sizes and numbers of files in front of the files; the last number says how many are told, with a bit for the last of all.
			const first = start + 26;
			const starts: number[] = [];
			for (let at = first; at + FILE_ENTRY <= end && starts.length < MAX_NAMES; at += FILE_ENTRY) starts.push(at);
			if (starts.length > 0) files(o, bytes, starts);
			return true;
		}
		case COMMAND.fileRead:
			detailsOf(o).octets = Math.max(0, size - 10);
			return true;
		case COMMAND.memoryFile:
		case COMMAND.parameterFile:
			if (size >= 2) detailsOf(o).entries = u16(bytes, start);
			return true;
		case COMMAND.nameRead:
			detailsOf(o).name = textOf(bytes, start, Math.min(end, start + MAX_NAME));
			return true;
		default:
			return true;
	}
}

/** Each value has its area code in front (W342, 5-3-5). */
function multiple(o: FinsObservation, bytes: Uint8Array, start: number, end: number): boolean {
	o.valueCount = 0;
	let at = start;
	for (let index = 0; index < o.itemCount; index++) {
		const area = o.areas[index]!;
		const record = AREAS[area];
		if (record === undefined) {
			o.valueCount = 0;
			return true;
		}
		if (at + 1 + record.size > end || u8(bytes, at) !== area) return false;
		o.values[o.valueCount++] = valueAt(bytes, at + 1, record.size, area);
		at += 1 + record.size;
	}
	return at === end;
}

function controllerData(o: FinsObservation, bytes: Uint8Array, start: number, end: number): boolean {
	if (o.parameter === 1 || end - start === DATA.secondAlone) return true;
	if (end - start < DATA.least) return false;
	const details = detailsOf(o);
	details.model = textOf(bytes, start + DATA.model, start + DATA.model + TEXT);
	const version = start + DATA.version;
	const whole = textOf(bytes, version, version + TEXT);
	details.version = whole;
	const internal = whole.length < HALF ? textOf(bytes, version + HALF, version + TEXT) : "";
	if (internal !== "") details.internalVersion = internal;
	return true;
}

/** Number of units with a bit that says whether they are the last; then each with its address and model (W342, 5-3-14). */
function units(o: FinsObservation, bytes: Uint8Array, start: number, end: number): boolean {
	const number = u8(bytes, start);
	const count = number & ~LAST;
	const found: { unit: number; model: string }[] = [];
	for (let at = start + 1; at + UNIT <= end && found.length < MAX_NAMES; at += UNIT)
		found.push({ unit: u8(bytes, at), model: textOf(bytes, at + 1, at + UNIT) });
	const details = detailsOf(o);
	details.units = found;
	if ((number & LAST) !== 0) details.isLast = true;
	return end - start === 1 + count * UNIT;
}
