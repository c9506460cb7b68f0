/**
 * One pass over the body of a message by its structure (OPC 10000-6, 5.2): proves that it can be read, to the byte, and keeps what operations need.
 * No object is made. Cost is linear in the bytes: each array element takes at least one byte, and nesting is bounded.
 */
import { u16le, u32le } from "../../src/wire/bytes.ts";
import { CAPTURE, FIXED_SIZE, type Field, LAYOUT, STRUCTURE_BY_ID, type Structure, TYPE } from "./codes.ts";

/** Part 6, 5.2.2.12 and 5.2.2.16: "Decoders shall support at least 100 nesting levels". */
export const MAX_NESTING = 100;

/** Items of one message kept for operations. Servers limit themselves to some thousands an operation (OperationLimits of Part 5). */
export const MAX_ITEMS = 8192;

/** Why a body cannot be read: fixed words. */
export const REASONS = {
	short: "a length beyond the end of the message",
	negative: "a negative length",
	nesting: "nested too deep",
	nodeId: "no such node id encoding",
	variant: "no such variant type",
	mask: "reserved bits in an encoding mask",
	rest: "bytes after the end of the body",
} as const;
export type Reason = (typeof REASONS)[keyof typeof REASONS];

/** What one walk kept: `count` items, each with what its service has. Reused for the next message. */
export class Items {
	count = 0;
	/** True when there were more than MAX_ITEMS. */
	isCut = false;
	/** Where the node id stands. */
	nodeStart = new Int32Array(64);
	nodeEnd = new Int32Array(64);
	/** 0 where the service names none. */
	attribute = new Int32Array(64);
	/** NaN where the value is not one number. */
	values = new Float64Array(64);
	/** Unsigned 32 bit status codes. */
	statuses = new Uint32Array(64);
	clientHandles = new Uint32Array(64);
	itemIds = new Uint32Array(64);
	subscriptionId = 0;
	isMethod = false;
	/** Values of items that write several, in order: which item's, and the number. */
	writtenCount = 0;
	writtenItems = new Int32Array(16);
	written = new Float64Array(16);

	reset(): void {
		this.count = 0;
		this.writtenCount = 0;
		this.isCut = false;
		this.subscriptionId = 0;
		this.isMethod = false;
	}

	/** Adds one of the values that the last item writes. */
	write(value: number): void {
		if (this.writtenCount === this.written.length) {
			if (this.writtenCount >= MAX_ITEMS) {
				this.isCut = true;
				return;
			}
			this.writtenItems = grown(this.writtenItems, new Int32Array(this.writtenCount * 2));
			this.written = grown(this.written, new Float64Array(this.writtenCount * 2));
		}
		this.writtenItems[this.writtenCount] = this.count - 1;
		this.written[this.writtenCount++] = value;
	}

	/** Starts the next item; false when there is no room. */
	begin(): boolean {
		if (this.count === this.values.length) {
			if (this.count >= MAX_ITEMS) {
				this.isCut = true;
				return false;
			}
			const length = this.count * 2;
			this.nodeStart = grown(this.nodeStart, new Int32Array(length));
			this.nodeEnd = grown(this.nodeEnd, new Int32Array(length));
			this.attribute = grown(this.attribute, new Int32Array(length));
			this.values = grown(this.values, new Float64Array(length));
			this.statuses = grown(this.statuses, new Uint32Array(length));
			this.clientHandles = grown(this.clientHandles, new Uint32Array(length));
			this.itemIds = grown(this.itemIds, new Uint32Array(length));
		}
		const index = this.count++;
		this.nodeStart[index] = 0;
		this.nodeEnd[index] = 0;
		this.attribute[index] = 0;
		this.values[index] = Number.NaN;
		this.statuses[index] = 0;
		this.clientHandles[index] = 0;
		this.itemIds[index] = 0;
		return true;
	}
}

function grown<T extends Int32Array | Float64Array | Uint32Array>(from: T, to: T): T {
	to.set(from);
	return to;
}

/** Where bytes become floating point numbers; words are in the order of this machine, which Node.js has on little-endian ones only. */
const DOUBLES = new Float64Array(1);
const FLOATS = new Float32Array(DOUBLES.buffer);
const WORDS = new Uint32Array(DOUBLES.buffer);

/** The cursor. Every method leaves `at` after what it read, or sets `failure` and goes to the end. */
export class Walk {
	readonly items: Items;
	bytes: Uint8Array = new Uint8Array(0);
	at = 0;
	end = 0;
	failure: Reason | undefined = undefined;
	/**
	 * Where in values there are extension objects whose bodies do not fit their structure. They are data, and of another version of the standard perhaps:
	 * they stay as bytes. Anywhere else such a body makes the message malformed.
	 */
	readonly misfits: number[] = [];
	#depth = 0;
	#isInValue = false;
	/** False inside values: what is in a value is data, not an item of the service. */
	#isCapturing = false;
	/** The number and status of the DataValue or Variant read last. */
	#number = Number.NaN;
	#status = 0;

	constructor(items: Items) {
		this.items = items;
	}

	reset(bytes: Uint8Array, start: number, end: number): void {
		this.bytes = bytes;
		this.at = start;
		this.end = end;
		this.failure = undefined;
		this.misfits.length = 0;
		this.#depth = 0;
		this.#isInValue = false;
	}

	/** Walks the fields of a message's structure from `first` on, keeping items. True when it could be read; `at` is then after it. */
	message(structure: Structure, first: number): boolean {
		this.items.reset();
		this.#isCapturing = true;
		this.#fields(structure, first);
		return this.failure === undefined;
	}

	/** Walks the fields of a structure without keeping anything. */
	structure(structure: Structure, first: number): boolean {
		this.#isCapturing = false;
		this.#fields(structure, first);
		return this.failure === undefined;
	}

	fail(reason: Reason): void {
		this.failure ??= reason;
		this.at = this.end;
	}

	fixed(size: number): void {
		if (this.end - this.at < size) this.fail(REASONS.short);
		else this.at += size;
	}

	/** String, ByteString, XmlElement (5.2.2.4, 5.2.2.7, 5.2.2.8): a length, -1 for null. */
	string(): void {
		const at = this.at;
		if (this.end - at < 4) {
			this.fail(REASONS.short);
			return;
		}
		const bytes = this.bytes;
		const length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
		if (length < 0) {
			if (length !== -1) {
				this.fail(REASONS.negative);
				return;
			}
			this.at = at + 4;
		} else if (length > this.end - at - 4) this.fail(REASONS.short);
		else this.at = at + 4 + length;
	}

	/** An array of strings. */
	strings(): void {
		const count = this.#count();
		for (let index = 0; index < count && this.failure === undefined; index++) this.string();
	}

	/** NodeId (5.2.2.9); `flags` are the bits that an ExpandedNodeId adds (5.2.2.10). */
	nodeId(flags: number): void {
		if (this.at >= this.end) {
			this.fail(REASONS.short);
			return;
		}
		const encoding = this.bytes[this.at]!;
		if ((encoding & 0xc0 & ~flags) !== 0) {
			this.fail(REASONS.nodeId);
			return;
		}
		switch (encoding & 0x3f) {
			case 0:
				this.fixed(2);
				break;
			case 1:
				this.fixed(4);
				break;
			case 2:
				this.fixed(7);
				break;
			case 3:
			case 5:
				this.fixed(3);
				this.string();
				break;
			case 4:
				this.fixed(19);
				break;
			default:
				this.fail(REASONS.nodeId);
				return;
		}
		if ((encoding & 0x80) !== 0) this.string();
		if ((encoding & 0x40) !== 0) this.fixed(4);
	}

	/** ExtensionObject (5.2.2.15). A body of a known structure must be readable as that; what a later version appended to it is let be. */
	extensionObject(): void {
		const start = this.at;
		this.nodeId(0);
		const typeEnd = this.at;
		if (this.at >= this.end) {
			this.fail(REASONS.short);
			return;
		}
		const encoding = this.bytes[this.at++]!;
		if (encoding === 0) return;
		if (encoding > 2) {
			this.fail(REASONS.mask);
			return;
		}
		const bodyStart = this.at + 4;
		this.string();
		if (encoding !== 1 || this.failure !== undefined || this.at <= bodyStart) return;
		const structure = STRUCTURE_BY_ID.get(standardId(this.bytes, start, typeEnd));
		if (structure === undefined) return;
		const after = this.at;
		const end = this.end;
		this.at = bodyStart;
		this.end = after;
		this.#fields(structure, 0);
		this.at = after;
		this.end = end;
		if (this.failure === undefined) return;
		if (this.#isInValue) {
			this.failure = undefined;
			this.misfits.push(start);
		} else this.at = end;
	}

	/** DataValue (5.2.2.17). */
	dataValue(): void {
		this.#number = Number.NaN;
		this.#status = 0;
		if (this.at >= this.end) {
			this.fail(REASONS.short);
			return;
		}
		const mask = this.bytes[this.at++]!;
		if ((mask & 0xc0) !== 0) {
			this.fail(REASONS.mask);
			return;
		}
		if ((mask & 0x01) !== 0) {
			this.variant();
			this.#status = 0;
		}
		if ((mask & 0x02) !== 0) {
			if (this.end - this.at >= 4) this.#status = u32le(this.bytes, this.at);
			this.fixed(4);
		}
		// source and server time of 8 bytes, picoseconds of 2
		this.fixed(((mask & 0x04) << 1) + (mask & 0x08) + ((mask & 0x10) >> 3) + ((mask & 0x20) >> 4));
	}

	/** Variant (5.2.2.16). Leaves its number where it is one. */
	variant(): void {
		this.#number = Number.NaN;
		const at = this.at;
		if (at >= this.end) {
			this.fail(REASONS.short);
			return;
		}
		const mask = this.bytes[at]!;
		this.at = at + 1;
		let type = mask & 0x3f;
		if (type > TYPE.DiagnosticInfo) {
			if (type > 31) {
				this.fail(REASONS.variant);
				return;
			}
			type = TYPE.ByteString; // 5.2.2.16: reserved types are read as ByteStrings
		}
		if (type === 0) {
			if (mask !== 0) this.fail(REASONS.variant);
			return;
		}
		const wasCapturing = this.#isCapturing;
		const wasInValue = this.#isInValue;
		this.#isCapturing = false;
		this.#isInValue = true;
		if ((mask & 0x80) === 0) {
			if ((mask & 0x40) !== 0) this.fail(REASONS.mask);
			else {
				this.#builtIn(type);
				this.#number = this.failure === undefined && type <= TYPE.Double ? this.number(type, at + 1) : Number.NaN;
			}
		} else {
			const count = this.#count();
			const size = FIXED_SIZE[type]!;
			if (size > 0) this.fixed(count * size);
			else for (let index = 0; index < count && this.failure === undefined; index++) this.#builtIn(type);
			if ((mask & 0x40) !== 0) this.fixed(this.#count() * 4);
			this.#number = Number.NaN;
		}
		this.#isCapturing = wasCapturing;
		this.#isInValue = wasInValue;
	}

	/** What the Variant or DataValue read last was as one number, NaN where it was none; and its status. */
	get lastNumber(): number {
		return this.#number;
	}
	get lastStatus(): number {
		return this.#status;
	}

	/** DiagnosticInfo (5.2.2.12). */
	diagnosticInfo(): void {
		if (this.at >= this.end) {
			this.fail(REASONS.short);
			return;
		}
		const mask = this.bytes[this.at++]!;
		if (mask === 0) return;
		if ((mask & 0x80) !== 0) {
			this.fail(REASONS.mask);
			return;
		}
		this.fixed(((mask & 1) + ((mask >> 1) & 1) + ((mask >> 2) & 1) + ((mask >> 3) & 1)) * 4);
		if ((mask & 0x10) !== 0) this.string();
		if ((mask & 0x20) !== 0) this.fixed(4);
		if ((mask & 0x40) !== 0 && this.#enter()) {
			this.diagnosticInfo();
			this.#depth--;
		}
	}

	/** A number of a fixed numeric type (or a Boolean as 0 or 1) at `at`; the caller has checked the length. */
	number(type: number, at: number): number {
		const bytes = this.bytes;
		switch (type) {
			case TYPE.Boolean:
				return bytes[at] === 0 ? 0 : 1;
			case TYPE.SByte:
				return (bytes[at]! << 24) >> 24;
			case TYPE.Byte:
				return bytes[at]!;
			case TYPE.Int16:
				return (u16le(bytes, at) << 16) >> 16;
			case TYPE.UInt16:
				return u16le(bytes, at);
			case TYPE.Int32:
				return u32le(bytes, at) | 0;
			case TYPE.UInt32:
				return u32le(bytes, at);
			case TYPE.Int64:
				return (u32le(bytes, at + 4) | 0) * 4_294_967_296 + u32le(bytes, at);
			case TYPE.UInt64:
				return u32le(bytes, at + 4) * 4_294_967_296 + u32le(bytes, at);
			case TYPE.Float:
				WORDS[0] = u32le(bytes, at);
				return FLOATS[0]!;
			case TYPE.Double:
				WORDS[0] = u32le(bytes, at);
				WORDS[1] = u32le(bytes, at + 4);
				return DOUBLES[0]!;
			default:
				return Number.NaN;
		}
	}

	#enter(): boolean {
		if (this.#depth >= MAX_NESTING) {
			this.fail(REASONS.nesting);
			return false;
		}
		this.#depth++;
		return true;
	}

	/** The length of an array: null is none. More elements than bytes left cannot be. */
	#count(): number {
		if (this.end - this.at < 4) {
			this.fail(REASONS.short);
			return 0;
		}
		const count = u32le(this.bytes, this.at) | 0;
		this.at += 4;
		if (count < 0) {
			if (count !== -1) this.fail(REASONS.negative);
			return 0;
		}
		if (count > this.end - this.at) {
			this.fail(REASONS.short);
			return 0;
		}
		return count;
	}

	/** One value of a built-in type that stands alone. */
	value(type: number): void {
		this.#isCapturing = false;
		this.#isInValue = true;
		this.#builtIn(type);
		this.#isInValue = false;
	}

	#builtIn(type: number): void {
		switch (type) {
			case TYPE.String:
			case TYPE.ByteString:
			case TYPE.XmlElement:
				this.string();
				return;
			case TYPE.NodeId:
				this.nodeId(0);
				return;
			case TYPE.ExpandedNodeId:
				this.nodeId(0xc0);
				return;
			case TYPE.QualifiedName:
				this.fixed(2);
				this.string();
				return;
			case TYPE.LocalizedText: {
				if (this.at >= this.end) {
					this.fail(REASONS.short);
					return;
				}
				const mask = this.bytes[this.at++]!;
				if (mask > 3) {
					this.fail(REASONS.mask);
					return;
				}
				if ((mask & 1) !== 0) this.string();
				if ((mask & 2) !== 0) this.string();
				return;
			}
			case TYPE.ExtensionObject:
				if (this.#enter()) {
					this.extensionObject();
					this.#depth--;
				}
				return;
			case TYPE.DataValue:
				if (this.#enter()) {
					this.dataValue();
					this.#depth--;
				}
				return;
			case TYPE.Variant:
				if (this.#enter()) {
					this.variant();
					this.#depth--;
				}
				return;
			case TYPE.DiagnosticInfo:
				if (this.#enter()) {
					this.diagnosticInfo();
					this.#depth--;
				}
				return;
			default:
				this.fixed(FIXED_SIZE[type]!);
		}
	}

	#fields(structure: Structure, first: number): void {
		if (!this.#enter()) return;
		const fields = structure.fields;
		if (structure.layout !== LAYOUT.plain) this.#chosen(structure);
		else {
			for (let index = first; index < fields.length && this.failure === undefined; index++) {
				const field = fields[index]!;
				if (field.isArray) this.#elements(field);
				else this.#field(field);
			}
		}
		this.#depth--;
	}

	/** The fields that a mask or a number before them says are there. */
	#chosen({ fields, layout }: Structure): void {
		const at = this.at;
		this.fixed(4);
		if (this.failure !== undefined) return;
		const choice = u32le(this.bytes, at);
		if (layout === LAYOUT.union) {
			const field = fields[choice - 1];
			if (choice > fields.length) this.fail(REASONS.mask);
			else if (field?.isArray === true) this.#elements(field);
			else if (field !== undefined) this.#field(field);
			return;
		}
		let bit = 0;
		for (const field of fields) {
			if (this.failure !== undefined) return;
			if (field.isOptional && (choice & (1 << bit++)) === 0) continue;
			if (field.isArray) this.#elements(field);
			else this.#field(field);
		}
	}

	#elements(field: Field): void {
		const count = this.#count();
		if (field.size > 0 && field.capture === CAPTURE.none) this.fixed(count * field.size);
		else for (let element = 0; element < count && this.failure === undefined; element++) this.#field(field);
	}

	#field(field: Field): void {
		const start = this.at;
		if (field.size > 0) this.fixed(field.size);
		else if (field.structure !== undefined) this.#fields(field.structure, 0);
		else this.#builtIn(field.type);
		if (field.capture !== CAPTURE.none && this.#isCapturing && this.failure === undefined) this.#capture(field.capture, start);
	}

	#capture(capture: number, start: number): void {
		const items = this.items;
		if ((capture & CAPTURE.begin) !== 0 && !items.begin()) return;
		const index = items.count - 1;
		const kind = capture & ~CAPTURE.begin;
		if (kind === CAPTURE.subscription) {
			items.subscriptionId = u32le(this.bytes, start);
			return;
		}
		if (index < 0 || items.isCut) return;
		switch (kind) {
			case CAPTURE.method:
				items.isMethod = true;
				items.nodeStart[index] = start;
				items.nodeEnd[index] = this.at;
				break;
			case CAPTURE.node:
				items.nodeStart[index] = start;
				items.nodeEnd[index] = this.at;
				break;
			case CAPTURE.attribute:
				items.attribute[index] = u32le(this.bytes, start);
				break;
			case CAPTURE.value:
				items.values[index] = this.#number;
				items.statuses[index] = this.#status;
				break;
			case CAPTURE.status:
				items.statuses[index] = u32le(this.bytes, start);
				break;
			case CAPTURE.written:
				items.write(this.#number);
				break;
			case CAPTURE.clientHandle:
				items.clientHandles[index] = u32le(this.bytes, start);
				break;
			default:
				items.itemIds[index] = u32le(this.bytes, start);
		}
	}
}

/** The numeric id of a node id of namespace 0 in `bytes[start] .. bytes[end - 1]`, or -1. */
export function standardId(bytes: Uint8Array, start: number, end: number): number {
	switch (end - start) {
		case 2:
			return bytes[start] === 0 ? bytes[start + 1]! : -1;
		case 4:
			return bytes[start] === 1 && bytes[start + 1] === 0 ? bytes[start + 2]! | (bytes[start + 3]! << 8) : -1;
		case 7:
			return bytes[start] === 2 && bytes[start + 1] === 0 && bytes[start + 2] === 0 ? u32le(bytes, start + 3) : -1;
		default:
			return -1;
	}
}
