/** PubSub NetworkMessages for tests, written byte by byte from OPC 10000-14 1.05 and not from our tables. */
import { hex, join } from "../support/decoderHarness.ts";

const le = (value: number, size: number): Uint8Array =>
	Uint8Array.from({ length: size }, (_, index) => Math.floor(value / 256 ** index) % 256);
export const u8 = (value: number): Uint8Array => le(value, 1);
export const u16 = (value: number): Uint8Array => le(value, 2);
export const u32 = (value: number): Uint8Array => le(value, 4);
export const string = (word: string | undefined): Uint8Array => {
	if (word === undefined) return hex("ffffffff");
	const bytes = new TextEncoder().encode(word);
	return join(u32(bytes.length), bytes);
};
const real = (value: number, size: 4 | 8): Uint8Array => {
	const bytes = new Uint8Array(size);
	const view = new DataView(bytes.buffer);
	if (size === 4) view.setFloat32(0, value, true);
	else view.setFloat64(0, value, true);
	return bytes;
};

/** Variants (Part 6, 5.2.2.16): the built-in type, then the value. */
export const variant = {
	boolean: (value: boolean): Uint8Array => join(u8(1), u8(value ? 1 : 0)),
	byte: (value: number): Uint8Array => join(u8(3), u8(value)),
	int16: (value: number): Uint8Array => join(u8(4), u16(value & 0xffff)),
	uint32: (value: number): Uint8Array => join(u8(7), u32(value)),
	float: (value: number): Uint8Array => join(u8(10), real(value, 4)),
	double: (value: number): Uint8Array => join(u8(11), real(value, 8)),
	string: (value: string): Uint8Array => join(u8(12), string(value)),
	statusCode: (value: number): Uint8Array => join(u8(19), u32(value)),
};

export interface Network {
	/** PublisherId: type (0 Byte, 1 UInt16, 2 UInt32, 3 UInt64, 4 String) and bytes. */
	publisher?: [type: number, bytes: Uint8Array];
	group?: { id?: number; version?: number; number?: number; sequence?: number };
	/** DataSetWriterIds of the payload header; undefined for none. */
	writers?: number[] | undefined;
	classId?: Uint8Array;
	timestamp?: Uint8Array;
	pico?: number;
	promoted?: Uint8Array;
	security?: { flags: number; token?: number; nonce?: Uint8Array; footer?: Uint8Array };
	/** NetworkMessage type: 0 data, 1 probe, 2 announcement. */
	type?: number;
	isChunk?: boolean;
}

/** 7.2.4.4.2. The signature of a signed message is `5a` 32 times. */
export function network(what: Network, ...payload: Uint8Array[]): Uint8Array {
	const { publisher, group, writers, classId, timestamp, pico, promoted, security, type = 0, isChunk = false } = what;
	const extended2 = (isChunk ? 1 : 0) | (promoted ? 2 : 0) | (type << 2);
	const extended1 =
		(publisher?.[0] ?? 0) |
		(classId ? 8 : 0) |
		(security ? 0x10 : 0) |
		(timestamp ? 0x20 : 0) |
		(pico === undefined ? 0 : 0x40) |
		(extended2 > 0 ? 0x80 : 0);
	const flags = 1 | (publisher ? 0x10 : 0) | (group ? 0x20 : 0) | (writers ? 0x40 : 0) | (extended1 > 0 ? 0x80 : 0);
	const none = hex("");
	const some = (value: number | undefined, write: (value: number) => Uint8Array) => (value === undefined ? none : write(value));
	return join(
		u8(flags),
		extended1 > 0 ? u8(extended1) : none,
		extended2 > 0 ? u8(extended2) : none,
		publisher?.[1] ?? none,
		classId ?? none,
		group
			? join(
					u8(
						(group.id === undefined ? 0 : 1) |
							(group.version === undefined ? 0 : 2) |
							(group.number === undefined ? 0 : 4) |
							(group.sequence === undefined ? 0 : 8),
					),
					some(group.id, u16),
					some(group.version, u32),
					some(group.number, u16),
					some(group.sequence, u16),
				)
			: none,
		writers ? join(isChunk ? none : u8(writers.length), ...writers.map(u16)) : none,
		timestamp ?? none,
		some(pico, u16),
		promoted ? join(u16(promoted.length), promoted) : none,
		security
			? join(
					u8(security.flags | (security.footer ? 4 : 0)),
					u32(security.token ?? 1),
					u8(security.nonce?.length ?? 0),
					security.nonce ?? none,
					security.footer ? u16(security.footer.length) : none,
				)
			: none,
		...payload,
		security?.footer ?? none,
		((security?.flags ?? 0) & 1) === 1 ? new Uint8Array(32).fill(0x5a) : none,
	);
}

export interface DataSetHeader {
	isValid?: boolean;
	/** 0 Variant, 1 RawData, 2 DataValue. */
	encoding?: number;
	/** 0 key frame, 1 delta frame, 2 event, 3 keep alive. */
	type?: number;
	sequence?: number;
	timestamp?: Uint8Array;
	status?: number;
	major?: number;
	minor?: number;
}

/** 7.2.4.5.4; the contents follow. */
export function dataSet(header: DataSetHeader, ...contents: Uint8Array[]): Uint8Array {
	const { isValid = true, encoding = 0, type = 0, sequence, timestamp, status, major, minor } = header;
	const flags2 = type | (timestamp ? 0x10 : 0);
	const flags1 =
		(isValid ? 1 : 0) |
		(encoding << 1) |
		(sequence === undefined ? 0 : 8) |
		(status === undefined ? 0 : 0x10) |
		(major === undefined ? 0 : 0x20) |
		(minor === undefined ? 0 : 0x40) |
		(flags2 > 0 ? 0x80 : 0);
	const none = hex("");
	return join(
		u8(flags1),
		flags2 > 0 ? u8(flags2) : none,
		sequence === undefined ? none : u16(sequence),
		timestamp ?? none,
		status === undefined ? none : u16(status),
		major === undefined ? none : u32(major),
		minor === undefined ? none : u32(minor),
		...contents,
	);
}

/** A key frame of Variants. */
export const keyFrame = (header: DataSetHeader, ...fields: Uint8Array[]): Uint8Array => dataSet(header, u16(fields.length), ...fields);

export const PUBLISHER: [number, Uint8Array] = [1, u16(2234)];

/** The usual message: publisher 2234, group 100, writer 1, one key frame. */
export const usual = (sequence: number, ...fields: Uint8Array[]): Uint8Array =>
	network({ publisher: PUBLISHER, group: { id: 100, sequence }, writers: [1] }, keyFrame({ sequence }, ...fields));

/** One FieldMetaData (6.2.3.2.4): name, built-in type, value rank, dimensions, longest text. */
const fieldMeta = ([name, type, rank = -1, length = 0, dimension = 0]: [string, number, number?, number?, number?]): Uint8Array =>
	join(
		string(name),
		u8(0), // description: LocalizedText without locale and text
		u16(0), // fieldFlags
		u8(type),
		join(hex("00"), u8(type)), // dataType: i=type
		u32(rank >>> 0),
		dimension > 0 ? join(u32(1), u32(dimension)) : hex("ffffffff"),
		u32(length),
		new Uint8Array(16), // dataSetFieldId
		hex("ffffffff"), // properties
	);

/** A DataSetMetaData announcement (7.2.4.6.4) of writer 1. */
export const metaData = (
	name: string,
	fields: [string, number, number?, number?, number?][],
	{ major = 1, minor = 1, publisher = PUBLISHER } = {},
): Uint8Array => {
	const body = join(
		u8(2),
		u16(1),
		u16(1), // DataSetWriterId
		hex("ffffffff ffffffff ffffffff ffffffff"), // namespaces, structures, enumerations, simple types
		string(name),
		u8(0),
		u32(fields.length),
		...fields.map(fieldMeta),
		new Uint8Array(16),
		u32(major),
		u32(minor),
		u32(0), // StatusCode
	);
	return network({ publisher, security: { flags: 0 }, type: 2 }, body);
};
