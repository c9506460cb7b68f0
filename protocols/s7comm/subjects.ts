/** What a message is about, by name: blocks of a transfer, a program service and what it is given, a system status list, a file of a numerical control. */
import { u8, u16 } from "../../src/wire/bytes.ts";
import { BLOCKS, blockTypeOf, CPU, FUNCTION, GROUP, isAlarm, NC } from "./codes.ts";
import type { S7Observation } from "./observation.ts";
import { textOf } from "./text.ts";

/** Two letters of type, five digits, one letter of the file system; in transfers one letter before. */
const FILE_NAME = /^([_$]?)([0-9A-F]{2})([0-9]{5})([ABP])$/;
const FILE_LENGTH = 8;
/** File systems of blocks. */
const FILE_SYSTEMS: Readonly<Record<string, string>> = { P: "passive", A: "active", B: "passive and active" };
/** Blocks of one program service that are named. */
const MAX_BLOCKS = 16;
/** Numbers of blocks have five digits. */
const BLOCK_NUMBER = 5;

/** A block by its file name, as people write it. */
export interface BlockName {
	name: string;
	type: string;
	number: number;
	fileSystem: string;
}

export function blockOf(fileName: string): BlockName | undefined {
	const parts = FILE_NAME.exec(fileName);
	if (parts === null) return undefined;
	const type = blockTypeOf(parts[2]!);
	if (type === undefined) return undefined;
	const number = Number(parts[3]);
	return { name: `${type}${number}`, type, number, fileSystem: FILE_SYSTEMS[parts[4]!]! };
}

/** The file name of a transfer of a block; empty for none. */
export function fileNameOf(o: S7Observation): string {
	const { bytes, parameterStart: start, parameterEnd: end, functionCode } = o;
	if (o.kind === "response" || end - start < 9) return "";
	const isNamed =
		functionCode === FUNCTION.requestDownload ||
		functionCode === FUNCTION.downloadBlock ||
		functionCode === FUNCTION.downloadEnded ||
		functionCode === FUNCTION.startUpload;
	return isNamed ? textOf(bytes, start + 9, Math.min(end, start + 9 + u8(bytes, start + 8))) : "";
}

/** The name of a program service, or the number of a system status list. */
export function nameOf(o: S7Observation): string {
	const { bytes, parameterStart: start, parameterEnd: end } = o;
	if (o.functionCode === FUNCTION.programService) {
		const at = argumentEnd(o);
		return at < end ? textOf(bytes, at + 1, Math.min(end, at + 1 + u8(bytes, at))) : "";
	}
	if (o.functionCode === FUNCTION.plcStop)
		return end - start > 7 ? textOf(bytes, start + 7, Math.min(end, start + 7 + u8(bytes, start + 6))) : "";
	if (o.group === GROUP.cpu && o.subFunction === CPU.readSzl && o.contentsEnd - o.contentsStart >= 4)
		return szlText(u16(o.contents, o.contentsStart));
	if (o.group === GROUP.cpu && isAlarm(o.subFunction)) {
		const event = alarmEventOf(o);
		return event === undefined ? "" : `alarm:${event.id.toString(16).padStart(8, "0")}`;
	}
	return "";
}

export const szlText = (id: number): string => `0x${id.toString(16).padStart(4, "0")}`;

/** Where the argument of a program service ends: behind seven bytes that are not known, and its length. */
const argumentEnd = ({ bytes, parameterStart: start, parameterEnd: end }: S7Observation): number =>
	end - start < 10 ? end : start + 10 + u16(bytes, start + 8);

/** The argument of a program service: blocks by name, or a text. */
export function argumentOf(o: S7Observation): readonly string[] {
	const { bytes, parameterStart: start } = o;
	const from = start + 10;
	const to = Math.min(o.parameterEnd, argumentEnd(o));
	if (to <= from) return [];
	const count = u8(bytes, from);
	if (to - from === 2 + count * FILE_LENGTH && count > 0) {
		const blocks: string[] = [];
		for (let at = from + 2; at < to && blocks.length < MAX_BLOCKS; at += FILE_LENGTH) {
			const text = textOf(bytes, at, at + FILE_LENGTH);
			blocks.push(blockOf(text)?.name ?? text);
		}
		return blocks;
	}
	return [textOf(bytes, from, to)];
}

/** What it is about; empty for nothing. */
export function subjectOf(o: S7Observation): string {
	const { contents, contentsStart: at, contentsEnd: end } = o;
	if (o.functionCode >= FUNCTION.requestDownload && o.functionCode <= FUNCTION.endUpload) {
		const file = fileNameOf(o);
		return blockOf(file)?.name ?? file;
	}
	if (o.functionCode === FUNCTION.programService) return argumentOf(o).join(" ");
	if (o.group === GROUP.blocks && o.subFunction === BLOCKS.listOfType && end - at >= 2) {
		const letters = textOf(contents, at, at + 2);
		return blockTypeOf(letters) ?? letters;
	}
	if (o.group === GROUP.blocks && o.subFunction === BLOCKS.info && end - at >= FILE_LENGTH) {
		const text = textOf(contents, at, at + FILE_LENGTH);
		return blockOf(text)?.name ?? text.slice(0, 2 + BLOCK_NUMBER);
	}
	if (o.group === GROUP.ncProgramming && (o.subFunction === NC.requestDownload || o.subFunction === NC.startUpload))
		return textOf(contents, at + 2, end);
	return "";
}

/** Time, function, number of objects; then of the first object: specification, length, syntax, number of values, event, and its states. */
export function alarmEventOf({ contents, contentsStart: at, contentsEnd: end }: S7Observation): { id: number; state: number } | undefined {
	if (end - at < 18) return undefined;
	const id = ((u16(contents, at + 14) << 16) | u16(contents, at + 16)) >>> 0;
	return { id, state: end - at > 18 ? u8(contents, at + 18) : -1 };
}
