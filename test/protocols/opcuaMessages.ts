/** OPC UA messages for tests: headers written by hand, bodies as given. */

export const POLICY = "http://opcfoundation.org/UA/SecurityPolicy#";

/** Little-endian bytes, one field after the other. */
export class Writer {
	readonly #bytes: number[] = [];

	u8(...values: number[]): this {
		this.#bytes.push(...values);
		return this;
	}

	u16(value: number): this {
		return this.u8(value & 255, (value >>> 8) & 255);
	}

	u32(value: number): this {
		return this.u16(value & 0xffff).u16(value >>> 16);
	}

	f64(value: number): this {
		const view = new DataView(new ArrayBuffer(8));
		view.setFloat64(0, value, true);
		return this.raw(new Uint8Array(view.buffer));
	}

	raw(bytes: Uint8Array): this {
		for (const byte of bytes) this.#bytes.push(byte);
		return this;
	}

	/** String or ByteString; null is length -1. */
	string(value: string | Uint8Array | null): this {
		if (value === null) return this.u32(0xffffffff);
		const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
		return this.u32(bytes.length).raw(bytes);
	}

	/** `i=n` of namespace 0 in four bytes. */
	id(value: number): this {
		return this.u8(1, 0).u16(value);
	}

	/** `ns=2;s=name`. */
	node(name: string, namespace = 2): this {
		return this.u8(3).u16(namespace).string(name);
	}

	/** 2024-01-01T00:00:00Z. */
	time(): this {
		return this.u32(0x7689c000).u32(0x01da3c45);
	}

	requestHeader(handle: number, token = 0, timeoutHint = 0): this {
		if (token === 0) this.u8(0, 0);
		else this.u8(2).u16(1).u32(token);
		return this.time().u32(handle).u32(0).string(null).u32(timeoutHint).u8(0, 0, 0);
	}

	responseHeader(handle: number, result = 0): this {
		return this.time().u32(handle).u32(result).u8(0).u32(0xffffffff).u8(0, 0, 0);
	}

	bytes(): Uint8Array {
		return Uint8Array.from(this.#bytes);
	}
}

const letters = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A header and what follows; `type` is e.g. `MSGF`. */
export const framed = (type: string, rest: Uint8Array): Uint8Array =>
	new Writer()
		.raw(letters(type))
		.u32(rest.length + 8)
		.raw(rest)
		.bytes();

export const hello = (url = "opc.tcp://plc:4840"): Uint8Array =>
	framed("HELF", new Writer().u32(0).u32(65536).u32(65536).u32(0).u32(0).string(url).bytes());

export const acknowledge = (): Uint8Array => framed("ACKF", new Writer().u32(0).u32(65536).u32(65536).u32(0).u32(0).bytes());

/** MSG or CLO. `body` begins with the node id of the service. */
export function message(
	body: Uint8Array,
	{ type = "MSGF", channel = 7, token = 1, sequence = 0, request = 1 }: MessageOptions = {},
): Uint8Array {
	return framed(
		type,
		new Writer()
			.u32(channel)
			.u32(token)
			.u32(sequence === 0 ? request : sequence)
			.u32(request)
			.raw(body)
			.bytes(),
	);
}

export interface MessageOptions {
	type?: string;
	channel?: number;
	token?: number;
	sequence?: number;
	request?: number;
}

/** OPN: `body` as it stands on the wire, after the security header. */
export const opening = (channel: number, policy: string, certificate: Uint8Array | null, body: Uint8Array): Uint8Array =>
	framed(
		"OPNF",
		new Writer()
			.u32(channel)
			.string(POLICY + policy)
			.string(certificate)
			.string(certificate === null ? null : new Uint8Array(20))
			.raw(body)
			.bytes(),
	);

/** OPN of policy None: request and answer. */
export const openRequest = (request = 1, mode = 1): Uint8Array =>
	opening(
		0,
		"None",
		null,
		new Writer().u32(1).u32(request).id(446).requestHeader(1).u32(0).u32(0).u32(mode).string(null).u32(3_600_000).bytes(),
	);

export const openResponse = (channel = 7, request = 1): Uint8Array =>
	opening(
		channel,
		"None",
		null,
		new Writer().u32(1).u32(request).id(449).responseHeader(1).u32(0).u32(channel).u32(1).time().u32(3_600_000).string(null).bytes(),
	);
