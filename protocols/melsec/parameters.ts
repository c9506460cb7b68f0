/** The data of commands and of their answers (SH-080956, 5.2 to 5.9). What a command says is read again when it is answered: an answer names nothing of it. */
import { OPERATION_POINTS } from "../../src/decode/protocol.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { COMMAND, DEVICES } from "./codes.ts";
import { MAX_ITEMS, type MelsecObservation } from "./observation.ts";
import { type Reader, SUB } from "./wire.ts";

/** Characters of a type name. */
const NAME = 16;
const BITS = 16;

function item(o: MelsecObservation, reader: Reader, count: number): void {
	if (o.itemCount >= MAX_ITEMS) return;
	const index = o.itemCount++;
	o.codes[index] = reader.code;
	o.addresses[index] = reader.address;
	o.counts[index] = count;
}

/** Points of an item: a word of a device that is bits is sixteen of them. */
export const pointsOf = (o: MelsecObservation, index: number): number =>
	o.counts[index]! * (!o.isInBits && DEVICES[o.codes[index]!]?.isBit === true ? BITS : 1);

function value(o: MelsecObservation, number: number): void {
	if (o.valueCount < OPERATION_POINTS) o.values[o.valueCount++] = number;
}

/** Words of one item. */
function words(o: MelsecObservation, reader: Reader, index: number): void {
	const device = DEVICES[o.codes[index]!];
	for (let count = o.counts[index]!; count > 0 && reader.has(2); count--) {
		const word = reader.number(2);
		if (device?.isBit === true) for (let bit = 0; bit < BITS; bit++) value(o, (word >> bit) & 1);
		// A double word of a device that has nothing else is two words of one number.
		else value(o, device?.isDouble === true ? Number.NaN : word);
	}
}

function bits(o: MelsecObservation, reader: Reader, count: number): void {
	const start = reader.at;
	reader.skipBits(count);
	if (reader.isBroken) return;
	for (let index = 0; index < Math.min(count, OPERATION_POINTS); index++) value(o, reader.bit(start, index));
}

/** What a request says; false where its data do not fit it. */
export function readRequest(o: MelsecObservation, reader: Reader): boolean {
	if ((o.subcommand & SUB.extended) !== 0) return true;
	const isWide = (o.subcommand & SUB.wide) !== 0;
	switch (o.command) {
		case COMMAND.read:
		case COMMAND.write: {
			o.isInBits = (o.subcommand & SUB.bits) !== 0;
			reader.device(isWide);
			const count = reader.number(2);
			if (reader.isBroken) return false;
			item(o, reader, count);
			if (o.command === COMMAND.read) return reader.isEmpty;
			const isThere = o.isInBits || reader.has(2 * count);
			if (o.isInBits) bits(o, reader, count);
			else words(o, reader, 0);
			return isThere && reader.isEmpty && !reader.isBroken;
		}
		case COMMAND.readRandom:
		case COMMAND.registerMonitor:
			return random(o, reader, isWide, false);
		case COMMAND.writeRandom:
			return (o.subcommand & SUB.bits) !== 0 ? randomBits(o, reader, isWide) : random(o, reader, isWide, true);
		case COMMAND.readBlocks:
		case COMMAND.writeBlocks:
			return blocks(o, reader, isWide);
		case COMMAND.run:
		case COMMAND.pause:
			o.mode = reader.number(2);
			return !reader.isBroken;
		default:
			return true;
	}
}

/** Numbers of words and of double words, then each. */
function random(o: MelsecObservation, reader: Reader, isWide: boolean, isWrite: boolean): boolean {
	const single = reader.number(1);
	const double = reader.number(1);
	for (let index = 0; index < single + double && !reader.isBroken; index++) {
		const size = index < single ? 1 : 2;
		reader.device(isWide);
		item(o, reader, size);
		if (!isWrite) continue;
		if (!reader.has(2 * size)) return false;
		words(o, reader, o.itemCount - 1);
	}
	return !reader.isBroken && reader.isEmpty;
}

/** Their number, then each with 0 or 1. */
function randomBits(o: MelsecObservation, reader: Reader, isWide: boolean): boolean {
	o.isInBits = true;
	const count = reader.number(1);
	for (let index = 0; index < count && !reader.isBroken; index++) {
		reader.device(isWide);
		item(o, reader, 1);
		value(o, reader.number(isWide ? 2 : 1) & 1);
	}
	return !reader.isBroken && reader.isEmpty;
}

/** Numbers of blocks of words and of bits, then each with its words. */
function blocks(o: MelsecObservation, reader: Reader, isWide: boolean): boolean {
	const count = reader.number(1) + reader.number(1);
	for (let index = 0; index < count && !reader.isBroken; index++) {
		reader.device(isWide);
		const size = reader.number(2);
		if (reader.isBroken) return false;
		item(o, reader, size);
		if (o.command !== COMMAND.writeBlocks) continue;
		if (!reader.has(2 * size)) return false;
		words(o, reader, o.itemCount - 1);
	}
	return !reader.isBroken && reader.isEmpty;
}

/** What an answer says behind an end code of 0; `o` has what was asked. False where it does not fit. */
export function readAnswer(o: MelsecObservation, reader: Reader, bytes: Uint8Array): boolean {
	switch (o.command) {
		case COMMAND.readTypeName: {
			const at = reader.text(NAME);
			if (reader.isBroken) return false;
			o.model = utf8Of(bytes, at, at + NAME).trim();
			if (!reader.isEmpty) o.modelCode = reader.number(2);
			return !reader.isBroken;
		}
		case COMMAND.read:
		case COMMAND.readRandom:
		case COMMAND.readBlocks:
			if (o.itemCount === 0) return true;
			o.valueCount = 0;
			for (let index = 0; index < o.itemCount; index++) {
				if (o.isInBits) bits(o, reader, o.counts[index]!);
				else if (reader.has(2 * o.counts[index]!)) words(o, reader, index);
				else return false;
			}
			return !reader.isBroken && reader.isEmpty;
		default:
			return true;
	}
}
