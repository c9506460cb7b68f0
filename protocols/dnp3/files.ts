/** File transfer (IEEE 1815-2012, clause 5.3 and A.24): the objects of group 70. Offsets are from the beginning of the object. */
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { FILE_MODE, fileModeName, fileStatusName, LAST_BLOCK } from "./codes.ts";
import { timeAt } from "./reader.ts";
import { nameOf, textOf } from "./text.ts";

export const FILE_GROUP = 70;
export const FILE_OBJECT = {
	authentication: 2,
	command: 3,
	status: 4,
	transport: 5,
	transportStatus: 6,
	descriptor: 7,
	specification: 8,
} as const;
/** Shortest length of each variation, without its texts. */
const LENGTHS = [0, 28, 12, 26, 13, 8, 9, 20, 0] as const;
/** A directory is a file of descriptors (A.24.7). */
const TYPES = ["directory", "file"] as const;

export interface FileFacts {
	fileName?: string;
	/** Of a command: what it is opened for; of a descriptor: what it is. */
	mode?: number;
	fileType?: number;
	size?: number;
	handle?: number;
	block?: number;
	isLast?: boolean;
	status?: number;
	/** Bytes of a block of data. */
	dataLength?: number;
	userName?: string;
	hasPassword?: boolean;
	/** What the outstation gives for a password; 0 where it turns it down. */
	key?: number;
	created?: number;
	permissions?: number;
	maxBlockSize?: number;
	requestId?: number;
	text?: string;
}

/** A text that stands at an offset that the object says; empty where it is not in the object. */
function placed(bytes: Uint8Array, start: number, end: number, at: number): string {
	const from = start + u16le(bytes, at);
	const stop = from + u16le(bytes, at + 2);
	return stop > end || from < start ? "" : nameOf(bytes, from, stop);
}

/** What one object of group 70 says; undefined where it is cut. */
export function fileFactsOf(bytes: Uint8Array, start: number, end: number, variation: number): FileFacts | undefined {
	const shortest = LENGTHS[variation];
	if (shortest === undefined || end - start < shortest) return undefined;
	switch (variation) {
		case FILE_OBJECT.authentication:
			return {
				userName: placed(bytes, start, end, start),
				hasPassword: u16le(bytes, start + 6) > 0,
				key: u32le(bytes, start + 8),
			};
		case FILE_OBJECT.command:
			return {
				fileName: placed(bytes, start, end, start),
				created: timeAt(bytes, start + 4),
				permissions: u16le(bytes, start + 10),
				key: u32le(bytes, start + 12),
				size: u32le(bytes, start + 16),
				mode: u16le(bytes, start + 20),
				maxBlockSize: u16le(bytes, start + 22),
				requestId: u16le(bytes, start + 24),
			};
		case FILE_OBJECT.status:
			return {
				handle: u32le(bytes, start),
				size: u32le(bytes, start + 4),
				maxBlockSize: u16le(bytes, start + 8),
				requestId: u16le(bytes, start + 10),
				status: u8(bytes, start + 12),
				...(end > start + 13 && { text: textOf(bytes, start + 13, end) }),
			};
		case FILE_OBJECT.transport:
			return { ...blockAt(bytes, start), dataLength: end - start - 8 };
		case FILE_OBJECT.transportStatus:
			return {
				...blockAt(bytes, start),
				status: u8(bytes, start + 8),
				...(end > start + 9 && { text: textOf(bytes, start + 9, end) }),
			};
		case FILE_OBJECT.descriptor:
			return {
				fileName: placed(bytes, start, end, start),
				fileType: u16le(bytes, start + 4),
				size: u32le(bytes, start + 6),
				created: timeAt(bytes, start + 10),
				permissions: u16le(bytes, start + 16),
				requestId: u16le(bytes, start + 18),
			};
		case FILE_OBJECT.specification:
			return { fileName: nameOf(bytes, start, end) };
		default:
			return {};
	}
}

const blockAt = (bytes: Uint8Array, start: number): FileFacts => {
	const block = u32le(bytes, start + 4);
	return { handle: u32le(bytes, start), block: (block & ~LAST_BLOCK) >>> 0, isLast: block >= LAST_BLOCK };
};

/** The fields of a line. */
export function fileRecord({ mode, fileType, status, created, isLast, ...facts }: FileFacts): Record<string, unknown> {
	return {
		...facts,
		...(fileType !== undefined && { fileType: TYPES[fileType] ?? fileType }),
		...(mode !== undefined && { mode: fileModeName(mode) }),
		...(created !== undefined && created > 0 && { created: created / 1000 }),
		...(isLast !== undefined && { last: isLast }),
		...(status !== undefined && { status: fileStatusName(status), statusCode: status }),
	};
}

/** A name that lists a directory rather than the bytes of a file. */
export const isDirectory = (name: string): boolean => /(^|[/\\])\.{0,2}$/.test(name);
export const isWriting = (mode: number | undefined): boolean => mode === FILE_MODE.write || mode === FILE_MODE.append;
