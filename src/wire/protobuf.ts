/**
 * Fields of a message of Protocol Buffers (Encoding, protobuf.dev), as offsets: every length is checked, nothing is copied; one level costs as much as its bytes. What a field means the schema
 * says, which is its protocol's. Groups, which no schema of today has, are no fields.
 */

/** Wire types. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const VARINT_BYTES = 10;
const MAX_NUMBER = 536_870_911;
const FLOAT = new DataView(new ArrayBuffer(8));

/** Reads the fields of one message, one after another. */
export class ProtobufReader {
	/** The field that `next` found. */
	number = 0;
	wire = 0;
	/** Of a varint: as a number, exact to 53 bits, and as its lower and upper 32 bits. */
	value = 0;
	low = 0;
	high = 0;
	/** Where the contents begin and end, but for those of a varint. */
	start = 0;
	end = 0;
	/** Something is no field, or does not fit. */
	isBroken = false;
	readonly #bytes: Uint8Array;
	#at: number;
	readonly #stop: number;

	constructor(bytes: Uint8Array, start: number, stop: number) {
		this.#bytes = bytes;
		this.#at = start;
		this.#stop = stop;
	}

	next(): boolean {
		if (this.#at >= this.#stop || this.isBroken) return false;
		if (!this.#varint()) return false;
		this.wire = this.low & 7;
		this.number = Math.floor(this.value / 8);
		if (this.number === 0 || this.number > MAX_NUMBER) return this.#break();
		switch (this.wire) {
			case WIRE.varint:
				return this.#varint();
			case WIRE.fixed64:
				return this.#take(8);
			case WIRE.fixed32:
				return this.#take(4);
			case WIRE.bytes:
				return this.#varint() && this.#take(this.value);
			default:
				return this.#break();
		}
	}

	/** Of a fixed32. */
	float(): number {
		for (let index = 0; index < 4; index++) FLOAT.setUint8(index, this.#bytes[this.start + index]!);
		return FLOAT.getFloat32(0, true);
	}

	/** Of a fixed64. */
	double(): number {
		for (let index = 0; index < 8; index++) FLOAT.setUint8(index, this.#bytes[this.start + index]!);
		return FLOAT.getFloat64(0, true);
	}

	#varint(): boolean {
		let low = 0;
		let high = 0;
		for (let index = 0; index < VARINT_BYTES && this.#at < this.#stop; index++) {
			const byte = this.#bytes[this.#at++]!;
			const bits = byte & 0x7f;
			if (index < 4) low |= bits << (index * 7);
			else if (index === 4) {
				low |= bits << 28;
				high = bits >> 4;
			} else if (index < 9) high |= bits << (index * 7 - 32);
			else high |= bits << 31;
			if (byte < 0x80) {
				this.low = low >>> 0;
				this.high = high >>> 0;
				this.value = this.high * 2 ** 32 + this.low;
				return true;
			}
		}
		return this.#break();
	}

	#take(size: number): boolean {
		if (size > this.#stop - this.#at) return this.#break();
		this.start = this.#at;
		this.#at += size;
		this.end = this.#at;
		return true;
	}

	#break(): false {
		this.isBroken = true;
		return false;
	}
}
