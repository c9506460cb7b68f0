/** Builds capture files byte by byte: classic pcap and pcapng in either byte order, with what is wrong in them on request. */

class Writer {
	readonly #little: boolean;
	readonly #bytes: number[] = [];

	constructor(little: boolean) {
		this.#little = little;
	}

	get length(): number {
		return this.#bytes.length;
	}

	#number(value: number, size: number): this {
		const bytes: number[] = [];
		let rest = value < 0 ? value + 2 ** (8 * size) : value;
		for (let i = 0; i < size; i++) {
			bytes.push(rest % 256);
			rest = Math.floor(rest / 256);
		}
		this.#bytes.push(...(this.#little ? bytes : bytes.reverse()));
		return this;
	}

	u16(value: number): this {
		return this.#number(value, 2);
	}

	u32(value: number): this {
		return this.#number(value, 4);
	}

	/** Two 32 bit halves, so that no digit is lost; `value` may be negative. */
	u64(value: bigint): this {
		const unsigned = BigInt.asUintN(64, value);
		const high = Number(unsigned >> 32n);
		const low = Number(unsigned & 0xffffffffn);
		return this.#little ? this.u32(low).u32(high) : this.u32(high).u32(low);
	}

	raw(bytes: Iterable<number>): this {
		this.#bytes.push(...bytes);
		return this;
	}

	pad(): this {
		while (this.#bytes.length % 4 !== 0) this.#bytes.push(0);
		return this;
	}

	bytes(): Uint8Array {
		return Uint8Array.from(this.#bytes);
	}
}

/** Joins pieces of a file. */
export function join(...pieces: Uint8Array[]): Uint8Array {
	const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
	let at = 0;
	for (const piece of pieces) {
		all.set(piece, at);
		at += piece.length;
	}
	return all;
}

export const PCAP_MAGIC = { micros: 0xa1b2c3d4, nanos: 0xa1b23c4d, modified: 0xa1b2cd34 } as const;

/** The 24 byte header of a classic pcap. */
export function pcapHeader({
	little = true,
	magic = PCAP_MAGIC.micros as number,
	linkType = 1,
	snapLength = 65535,
	minor = 4,
} = {}): Uint8Array {
	return new Writer(little).u32(magic).u16(2).u16(minor).u32(0).u32(0).u32(snapLength).u32(linkType).bytes();
}

/** One packet record; lengths default to those of the data. `extra` stands between header and data (the modified format has eight bytes there). */
export function pcapRecord(
	seconds: number,
	fraction: number,
	data: Iterable<number>,
	{ little = true, captured = undefined as number | undefined, wire = undefined as number | undefined, extra = [] as number[] } = {},
): Uint8Array {
	const bytes = [...data];
	return new Writer(little)
		.u32(seconds)
		.u32(fraction)
		.u32(captured ?? bytes.length)
		.u32(wire ?? bytes.length)
		.raw(extra)
		.raw(bytes)
		.bytes();
}

/** A block of any type around a body, padded, with both lengths. `length` overrides what is claimed. */
export function block(type: number, body: Uint8Array, { little = true, length = undefined as number | undefined } = {}): Uint8Array {
	const padded = new Writer(little).raw(body).pad().bytes();
	const claimed = length ?? padded.length + 12;
	return new Writer(little).u32(type).u32(claimed).raw(padded).u32(claimed).bytes();
}

export function option(code: number, value: Iterable<number>, { little = true } = {}): Uint8Array {
	const bytes = [...value];
	return new Writer(little).u16(code).u16(bytes.length).raw(bytes).pad().bytes();
}

export const END_OF_OPTIONS = Uint8Array.of(0, 0, 0, 0);

export function sectionBlock({ little = true, options = new Uint8Array() as Uint8Array } = {}): Uint8Array {
	return block(0x0a0d0d0a, join(new Writer(little).u32(0x1a2b3c4d).u16(1).u16(0).u64(-1n).bytes(), options), { little });
}

export function interfaceBlock({
	little = true,
	linkType = 1,
	snapLength = 0,
	name = undefined as string | undefined,
	resolution = undefined as number | undefined,
	offset = undefined as bigint | undefined,
} = {}): Uint8Array {
	const options: Uint8Array[] = [];
	if (name !== undefined) options.push(option(2, new TextEncoder().encode(name), { little }));
	if (resolution !== undefined) options.push(option(9, [resolution], { little }));
	if (offset !== undefined) options.push(option(14, new Writer(little).u64(offset).bytes(), { little }));
	if (options.length > 0) options.push(END_OF_OPTIONS);
	return block(1, join(new Writer(little).u16(linkType).u16(0).u32(snapLength).bytes(), ...options), { little });
}

/** An Enhanced Packet Block; `ticks` in the resolution of the interface. */
export function packetBlock(
	interfaceId: number,
	ticks: bigint,
	data: Iterable<number>,
	{
		little = true,
		captured = undefined as number | undefined,
		wire = undefined as number | undefined,
		options = new Uint8Array() as Uint8Array,
	} = {},
): Uint8Array {
	const bytes = [...data];
	const head = new Writer(little)
		.u32(interfaceId)
		.u32(Number(ticks >> 32n))
		.u32(Number(ticks & 0xffffffffn))
		.u32(captured ?? bytes.length)
		.u32(wire ?? bytes.length)
		.raw(bytes)
		.pad();
	return block(6, join(head.bytes(), options), { little });
}

/** The obsolete Packet Block. */
export function oldPacketBlock(interfaceId: number, ticks: bigint, data: Iterable<number>, { little = true } = {}): Uint8Array {
	const bytes = [...data];
	const head = new Writer(little)
		.u16(interfaceId)
		.u16(0)
		.u32(Number(ticks >> 32n))
		.u32(Number(ticks & 0xffffffffn))
		.u32(bytes.length)
		.u32(bytes.length);
	return block(2, head.raw(bytes).bytes(), { little });
}

export function simplePacketBlock(data: Iterable<number>, { little = true, wire = undefined as number | undefined } = {}): Uint8Array {
	const bytes = [...data];
	return block(
		3,
		new Writer(little)
			.u32(wire ?? bytes.length)
			.raw(bytes)
			.bytes(),
		{ little },
	);
}

export function statisticsBlock(
	interfaceId: number,
	ticks: bigint,
	{ little = true, received = 0n, interfaceDrops = 0n, kernelDrops = 0n } = {},
): Uint8Array {
	const count = (code: number, value: bigint) => option(code, new Writer(little).u64(value).bytes(), { little });
	return block(
		5,
		join(
			new Writer(little)
				.u32(interfaceId)
				.u32(Number(ticks >> 32n))
				.u32(Number(ticks & 0xffffffffn))
				.bytes(),
			count(4, received),
			count(5, interfaceDrops),
			count(7, kernelDrops),
			END_OF_OPTIONS,
		),
		{ little },
	);
}
