/**
 * Paths (EPATH): where a service is addressed, by class, instance and attribute, by the name of a tag, or through ports of devices on the way (CIP Vol. 1, appendix C-1;
 * tags: Rockwell 1756-PM020, "CIP Addressing"). Paths in messages are padded: each segment fills whole words.
 */
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { classCode } from "./cipCodes.ts";
import { textOf } from "./text.ts";

/** Segments of one path that are read; a path has at most 255 words. */
const MAX_SEGMENTS = 128;

const SEGMENT = { port: 0x00, logical: 0x20, network: 0x40, symbolic: 0x60, data: 0x80 } as const;
const LOGICAL = { class: 0, instance: 1, member: 2, connectionPoint: 3, attribute: 4, special: 5, service: 6, extended: 7 } as const;
const ANSI_SYMBOL = 0x91;
const SIMPLE_DATA = 0x80;
const ELECTRONIC_KEY = 0x34;

/** What a target has to be (C-1.4.2, "Electronic Key"). */
export interface ElectronicKey {
	vendorId: number;
	deviceType: number;
	productCode: number;
	majorRevision: number;
	minorRevision: number;
	isCompatible: boolean;
}

/** One path. Owned. Numbers are -1 where it has no such segment. */
export interface CipPath {
	/** The name of the tag or `class/instance/attribute`; of a connection's path with its points. */
	text: string;
	/** Ports and addresses on the way, e.g. `1/0`. */
	route: string;
	/** It names a tag, or a program's. */
	hasSymbol: boolean;
	classId: number;
	/** The class before the last one: what the object belongs to. */
	parentId: number;
	instanceId: number;
	attributeId: number;
	/** Index of the last element, where it ends with one; else 0. */
	element: number;
	/** The text ends with an index of one dimension. */
	endsInElement: boolean;
	connectionPoints: number[];
	key: ElectronicKey | undefined;
	/** Milliseconds between two productions at least; -1 for none. */
	inhibitTime: number;
	/** Bytes of configuration that the path carries to the target. */
	dataSize: number;
	isSafety: boolean;
	/** It could be read to its end. */
	isWhole: boolean;
}

const blank = (): CipPath => ({
	text: "",
	route: "",
	hasSymbol: false,
	classId: -1,
	parentId: -1,
	instanceId: -1,
	attributeId: -1,
	element: 0,
	endsInElement: false,
	connectionPoints: [],
	key: undefined,
	inhibitTime: -1,
	dataSize: 0,
	isSafety: false,
	isWhole: true,
});

/** Reads the path that fills the bytes `start` to `end`. */
export function pathOf(bytes: Uint8Array, start: number, end: number): CipPath {
	const path = blank();
	let at = start;
	for (let count = 0; at < end; count++) {
		const next = count < MAX_SEGMENTS ? segment(path, bytes, at, end) : -1;
		if (next < 0 || next > end) {
			path.isWhole = false;
			return path;
		}
		at = next;
	}
	return path;
}

/** Where the segment at `at` ends; -1 where it is none that is known. */
function segment(path: CipPath, bytes: Uint8Array, at: number, end: number): number {
	const type = u8(bytes, at);
	switch (type & 0xe0) {
		case SEGMENT.port:
			return port(path, bytes, at, end);
		case SEGMENT.logical:
			return logical(path, bytes, at, end);
		case SEGMENT.network:
			return network(path, bytes, at, end);
		case SEGMENT.symbolic: {
			const length = type & 0x1f;
			const stop = at + 1 + length;
			if (length === 0 || stop > end) return -1;
			symbol(path, textOf(bytes, at + 1, stop));
			return stop + ((length + 1) & 1);
		}
		case SEGMENT.data: {
			if (at + 2 > end) return -1;
			const length = u8(bytes, at + 1);
			if (type === SIMPLE_DATA) {
				path.dataSize += 2 * length;
				return at + 2 + 2 * length;
			}
			if (type !== ANSI_SYMBOL || at + 2 + length > end) return -1;
			symbol(path, textOf(bytes, at + 2, at + 2 + length));
			return at + 2 + length + (length & 1);
		}
		default:
			return -1;
	}
}

function symbol(path: CipPath, name: string): void {
	path.text += path.text === "" ? name : `.${name}`;
	path.hasSymbol = true;
	path.endsInElement = false;
}

/** C-1.4.1: an address of one byte, or of as many as its size says. */
function port(path: CipPath, bytes: Uint8Array, at: number, end: number): number {
	const type = u8(bytes, at);
	let number = type & 0x0f;
	let from = at + 1;
	let size = 1;
	if (type & 0x10) size = u8(bytes, from++);
	if (number === 0x0f) {
		number = u16le(bytes, from);
		from += 2;
	}
	const stop = from + size;
	if (stop > end) return -1;
	const address = type & 0x10 ? textOf(bytes, from, stop) : `${u8(bytes, from)}`;
	path.route += `${path.route === "" ? "" : ","}${number}/${address}`;
	return stop + ((stop - at) & 1);
}

/** C-1.4.2. */
function logical(path: CipPath, bytes: Uint8Array, at: number, end: number): number {
	const type = u8(bytes, at);
	if (type === ELECTRONIC_KEY) return electronicKey(path, bytes, at, end);
	const kind = (type >> 2) & 7;
	const format = type & 3;
	const isExtended = kind === LOGICAL.extended;
	const stop = at + (format === 0 && !isExtended ? 2 : format <= 1 ? 4 : 6);
	if (format === 3 || stop > end || kind === LOGICAL.special || (isExtended && format === 0)) return -1;
	const value = format === 0 ? u8(bytes, at + 1) : format === 1 ? u16le(bytes, at + 2) : u32le(bytes, at + 2);
	path.endsInElement = false;
	switch (kind) {
		case LOGICAL.class:
			path.parentId = path.classId;
			path.classId = value;
			path.instanceId = path.attributeId = -1;
			path.text += `${path.text === "" ? "" : "/"}${classCode(value)}`;
			break;
		case LOGICAL.instance:
			path.instanceId = value;
			path.text += `/${value}`;
			break;
		case LOGICAL.attribute:
			path.attributeId = value;
			path.text += `/${value}`;
			break;
		case LOGICAL.member: {
			// Dimensions of one index stand side by side.
			const isFurther = path.text.endsWith("]");
			path.text = isFurther ? `${path.text.slice(0, -1)},${value}]` : `${path.text}[${value}]`;
			path.element = value;
			path.endsInElement = !isFurther;
			break;
		}
		case LOGICAL.connectionPoint:
			path.connectionPoints.push(value);
			path.text += `/${value}`;
			break;
		default:
			path.text += `/${value}`;
	}
	return stop;
}

function electronicKey(path: CipPath, bytes: Uint8Array, at: number, end: number): number {
	const format = u8(bytes, at + 1);
	const stop = at + (format === 4 ? 10 : format === 5 ? 14 : end);
	if (at + 2 > end || stop > end) return -1;
	const major = u8(bytes, at + 8);
	path.key = {
		vendorId: u16le(bytes, at + 2),
		deviceType: u16le(bytes, at + 4),
		productCode: u16le(bytes, at + 6),
		majorRevision: major & 0x7f,
		minorRevision: u8(bytes, at + 9),
		isCompatible: (major & 0x80) !== 0,
	};
	return stop;
}

/** C-1.4.3: 0x43 is the production inhibit time; from 0x50 on the length stands behind the type. */
function network(path: CipPath, bytes: Uint8Array, at: number, end: number): number {
	if (at + 2 > end) return -1;
	const type = u8(bytes, at);
	if (type === 0x43) path.inhibitTime = u8(bytes, at + 1);
	if (type === 0x50) path.isSafety = true;
	return type < 0x50 ? at + 2 : at + 2 + 2 * u8(bytes, at + 1);
}
