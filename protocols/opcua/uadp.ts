/**
 * UADP, the binary mapping of PubSub (OPC 10000-14 1.05, 7.2.4): NetworkMessage header (7.2.4.4.2), DataSetMessage header and fields (7.2.4.5). Little-endian. One message is one
 * datagram, one frame, or one publication; what is left of it after the last field may only be padding.
 */
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { TYPE } from "./codes.ts";
import { DATA_SET_TYPE, ENCODING, NETWORK_TYPE, PUBSUB_REASONS } from "./pubsubCodes.ts";
import { type DataSet, MAX_DATA_SETS, type PubSubObservation } from "./pubsubObservation.ts";
import { guidText, utf8 } from "./text.ts";
import { Items, REASONS, Walk } from "./walk.ts";
import { dateTimeMicros } from "./wire.ts";

/** The version of this mapping, in the lower half of the first byte. */
export const VERSION = 1;
/** First byte. */
const FLAG = { publisherId: 0x10, groupHeader: 0x20, payloadHeader: 0x40, extended1: 0x80 } as const;
const EXTENDED1 = {
	publisherIdType: 0x07,
	dataSetClassId: 0x08,
	security: 0x10,
	timestamp: 0x20,
	picoSeconds: 0x40,
	extended2: 0x80,
} as const;
const EXTENDED2 = { chunk: 0x01, promoted: 0x02, typeShift: 2, typeMask: 7, action: 0x20, reserved: 0xc0 } as const;
const GROUP = { writerGroupId: 1, groupVersion: 2, networkMessageNumber: 4, sequenceNumber: 8, reserved: 0xf0 } as const;
const SECURITY = { isSigned: 1, isEncrypted: 2, footer: 4, keyReset: 8, reserved: 0xf0 } as const;
const DATA_SET1 = { isValid: 1, encodingShift: 1, sequence: 8, status: 0x10, major: 0x20, minor: 0x40, extended: 0x80 } as const;
const DATA_SET2 = { typeMask: 15, timestamp: 0x10, picoSeconds: 0x20, reserved: 0xc0 } as const;

/** Bytes of the signature: both policies of PubSub (PubSub-Aes128-CTR and PubSub-Aes256-CTR of OPC 10000-7) sign with HMAC-SHA2-256. */
const SIGNATURE = 32;
/** A publisher id that is a text; longer ones are not believed. */
const MAX_PUBLISHER_ID = 512;

/** Reads messages into an observation. */
export class UadpReader {
	readonly walk = new Walk(new Items());
	/** True for a chunk, whose contents are part of a message. */
	isChunk = false;
	/** One of NETWORK_TYPE. */
	type: number = NETWORK_TYPE.data;
	hasAction = false;
	chunkStart = 0;
	chunkEnd = 0;
	/** Why it could not be read; empty where it could. */
	reason = "";
	#bytes: Uint8Array = new Uint8Array(0);
	#at = 0;
	#end = 0;

	/** The NetworkMessage header. False where it is none: then nothing of `o` counts. Leaves the payload at `o.bodyStart` .. `o.bodyEnd`. */
	header(bytes: Uint8Array, start: number, end: number, o: PubSubObservation): boolean {
		this.#bytes = bytes;
		this.#at = start;
		this.#end = end;
		this.reason = "";
		this.isChunk = false;
		this.hasAction = false;
		this.type = NETWORK_TYPE.data;
		o.bytes = bytes;
		o.size = end - start;
		const flags = this.#byte();
		if ((flags & 15) !== VERSION) return this.#fail(PUBSUB_REASONS.header);
		const extended1 = (flags & FLAG.extended1) !== 0 ? this.#byte() : 0;
		const extended2 = (extended1 & EXTENDED1.extended2) !== 0 ? this.#byte() : 0;
		this.type = (extended2 >> EXTENDED2.typeShift) & EXTENDED2.typeMask;
		this.isChunk = (extended2 & EXTENDED2.chunk) !== 0;
		this.hasAction = (extended2 & EXTENDED2.action) !== 0;
		if ((extended2 & EXTENDED2.reserved) !== 0 || this.type > NETWORK_TYPE.announcement) return this.#fail(PUBSUB_REASONS.reserved);
		const hasPublisher = (flags & FLAG.publisherId) !== 0;
		if (!hasPublisher && (extended1 & EXTENDED1.publisherIdType) !== 0) return this.#fail(PUBSUB_REASONS.reserved);
		if (hasPublisher && !this.#publisherId(extended1 & EXTENDED1.publisherIdType, o)) return this.#fail(PUBSUB_REASONS.reserved);
		if ((extended1 & EXTENDED1.dataSetClassId) !== 0 && this.#has(16)) {
			o.dataSetClassId = guidText(bytes, this.#at);
			this.#at += 16;
		}
		if ((flags & FLAG.groupHeader) !== 0 && !this.#group(o)) return this.#fail(PUBSUB_REASONS.reserved);
		if ((flags & FLAG.payloadHeader) !== 0) this.#payloadHeader(o);
		if ((extended1 & EXTENDED1.timestamp) !== 0 && this.#has(8)) {
			o.timestamp = dateTimeMicros(bytes, this.#at);
			this.#at += 8;
		}
		if ((extended1 & EXTENDED1.picoSeconds) !== 0) o.picoSeconds = this.#u16();
		if ((extended2 & EXTENDED2.promoted) !== 0) {
			const size = this.#u16();
			o.promotedStart = this.#at;
			if (this.#has(size)) this.#at += size;
			o.promotedEnd = this.#at;
		}
		if ((extended1 & EXTENDED1.security) !== 0 && !this.#security(o)) return this.#fail(PUBSUB_REASONS.reserved);
		o.bodyStart = this.#at;
		o.bodyEnd = end - o.footerSize - (o.isSigned ? SIGNATURE : 0);
		if (o.bodyEnd < o.bodyStart) return this.#fail(PUBSUB_REASONS.header);
		return this.reason === "";
	}

	/** The chunk at the front of the payload (7.2.4.4.4). False where it is none. */
	chunk(o: PubSubObservation): boolean {
		this.#at = o.bodyStart;
		this.#end = o.bodyEnd;
		o.chunkSequence = this.#u16();
		o.chunkOffset = this.#u32();
		o.chunkTotal = this.#u32();
		const length = this.#u32();
		this.chunkStart = this.#at;
		this.chunkEnd = this.#at + length;
		if (this.reason === "" && (this.chunkEnd > this.#end || o.chunkOffset + length > o.chunkTotal || length === 0))
			this.reason = PUBSUB_REASONS.chunk;
		return this.reason === "";
	}

	/** All DataSetMessages of the payload (7.2.4.5.3). False where they cannot be read to the end. */
	dataSets(o: PubSubObservation): boolean {
		const { writerCount, bodyEnd } = o;
		this.#end = bodyEnd;
		this.#at = o.bodyStart;
		if (writerCount > 1) {
			const sizesAt = this.#at;
			if (!this.#has(writerCount * 2)) return this.#fail(PUBSUB_REASONS.sizes);
			let at = sizesAt + writerCount * 2;
			for (let index = 0; index < writerCount; index++) {
				const next = at + u16le(o.bytes, sizesAt + index * 2);
				if (next > bodyEnd) return this.#fail(PUBSUB_REASONS.sizes);
				if (next > at && !this.dataSet(o, o.writerIds[index]!, at, next)) return false;
				at = next;
			}
			return isZero(o.bytes, at, bodyEnd) || this.#fail(PUBSUB_REASONS.padding);
		}
		if (writerCount === 1) return this.dataSet(o, o.writerIds[0]!, this.#at, bodyEnd);
		// Without a payload header the subscriber knows how many there are; here each ends where its fields do.
		for (let count = 0; this.#at < bodyEnd && count < MAX_DATA_SETS; count++) {
			if (count > 0 && isZero(o.bytes, this.#at, bodyEnd)) break;
			if (!this.#readDataSet(o, -1, this.#at, bodyEnd)) return false;
		}
		return true;
	}

	/** One DataSetMessage that fills `start` .. `end`, perhaps with padding (ConfiguredSize, 6.3.1.3.3; the shortest Ethernet frame). */
	dataSet(o: PubSubObservation, writerId: number, start: number, end: number): boolean {
		if (!this.#readDataSet(o, writerId, start, end)) return false;
		return isZero(o.bytes, this.#at, end) || this.#fail(PUBSUB_REASONS.padding);
	}

	/** 7.2.4.5.4 to 7.2.4.5.8. Leaves the cursor behind it. */
	#readDataSet(o: PubSubObservation, writerId: number, start: number, end: number): boolean {
		const dataSet = o.addDataSet();
		if (dataSet === undefined) {
			this.#at = end;
			return true;
		}
		const { bytes } = o;
		this.#bytes = bytes;
		this.#at = start;
		this.#end = end;
		dataSet.writerId = writerId;
		dataSet.start = start;
		dataSet.end = end;
		const flags1 = this.#byte();
		dataSet.isValid = (flags1 & DATA_SET1.isValid) !== 0;
		dataSet.encoding = (flags1 >> DATA_SET1.encodingShift) & 3;
		if (!dataSet.isValid) {
			this.#at = end;
			return this.reason === "";
		}
		const flags2 = (flags1 & DATA_SET1.extended) !== 0 ? this.#byte() : 0;
		dataSet.type = flags2 & DATA_SET2.typeMask;
		if (dataSet.encoding > ENCODING.dataValue || (flags2 & DATA_SET2.reserved) !== 0) return this.#fail(PUBSUB_REASONS.reserved);
		if ((flags1 & DATA_SET1.sequence) !== 0) dataSet.sequenceNumber = this.#u16();
		if ((flags2 & DATA_SET2.timestamp) !== 0 && this.#has(8)) {
			dataSet.timestamp = dateTimeMicros(bytes, this.#at);
			this.#at += 8;
		}
		if ((flags2 & DATA_SET2.picoSeconds) !== 0) dataSet.picoSeconds = this.#u16();
		// The upper half of a status code.
		if ((flags1 & DATA_SET1.status) !== 0) dataSet.status = this.#u16() * 65_536;
		if ((flags1 & DATA_SET1.major) !== 0) dataSet.majorVersion = this.#u32();
		if ((flags1 & DATA_SET1.minor) !== 0) dataSet.minorVersion = this.#u32();
		if (this.reason !== "") return false;
		if (dataSet.type > DATA_SET_TYPE.keepAlive) {
			dataSet.rawAt = this.#at;
			this.#at = end;
		} else if (dataSet.type !== DATA_SET_TYPE.keepAlive) {
			if (dataSet.encoding === ENCODING.rawData && dataSet.type !== DATA_SET_TYPE.event) {
				dataSet.rawAt = this.#at;
				this.#at = end;
			} else this.#fields(o, dataSet);
		}
		return this.reason === "";
	}

	#fields(o: PubSubObservation, dataSet: DataSet): void {
		const { walk } = this;
		const count = this.#u16();
		const isDelta = dataSet.type === DATA_SET_TYPE.deltaFrame;
		const isDataValue = dataSet.encoding === ENCODING.dataValue;
		const type = isDataValue ? TYPE.DataValue : TYPE.Variant;
		walk.reset(o.bytes, this.#at, this.#end);
		for (let place = 0; place < count && this.reason === ""; place++) {
			let index = place;
			if (isDelta) {
				index = u16le(o.bytes, walk.at);
				walk.fixed(2);
			}
			const at = walk.at;
			if (isDataValue) walk.dataValue();
			else walk.variant();
			if (walk.failure !== undefined) this.reason = walk.failure;
			else o.addField(dataSet, index, at, type, walk.lastNumber, isDataValue ? walk.lastStatus : 0);
		}
		this.#at = walk.at;
	}

	#publisherId(type: number, o: PubSubObservation): boolean {
		switch (type) {
			case 0:
				o.publisherId = String(this.#byte());
				return true;
			case 1:
				o.publisherId = String(this.#u16());
				return true;
			case 2:
				o.publisherId = String(this.#u32());
				return true;
			case 3: {
				const low = this.#u32();
				const high = this.#u32();
				const number = high * 4_294_967_296 + low;
				o.publisherId = Number.isSafeInteger(number) ? String(number) : String((BigInt(high) << 32n) | BigInt(low));
				return true;
			}
			case 4: {
				const length = this.#u32();
				if (length > MAX_PUBLISHER_ID || !this.#has(length)) return false;
				o.publisherId = utf8(this.#bytes, this.#at, this.#at + length);
				this.#at += length;
				return true;
			}
			default:
				return false;
		}
	}

	#group(o: PubSubObservation): boolean {
		const flags = this.#byte();
		if ((flags & GROUP.reserved) !== 0) return false;
		if ((flags & GROUP.writerGroupId) !== 0) o.writerGroupId = this.#u16();
		if ((flags & GROUP.groupVersion) !== 0) o.groupVersion = this.#u32();
		if ((flags & GROUP.networkMessageNumber) !== 0) o.networkMessageNumber = this.#u16();
		if ((flags & GROUP.sequenceNumber) !== 0) o.sequenceNumber = this.#u16();
		return true;
	}

	/** 7.2.4.5.2; of a chunk the one writer, without a count (7.2.4.4.4). */
	#payloadHeader(o: PubSubObservation): void {
		const count = this.isChunk ? 1 : this.#byte();
		if (count === 0) this.#fail(PUBSUB_REASONS.empty);
		for (let index = 0; index < count && this.reason === ""; index++) o.writerIds[index] = this.#u16();
		o.writerCount = count;
	}

	#security(o: PubSubObservation): boolean {
		const flags = this.#byte();
		if ((flags & SECURITY.reserved) !== 0) return false;
		o.hasSecurityHeader = true;
		o.isSigned = (flags & SECURITY.isSigned) !== 0;
		o.isEncrypted = (flags & SECURITY.isEncrypted) !== 0;
		if (o.isEncrypted && !o.isSigned) return false;
		o.isKeyReset = (flags & SECURITY.keyReset) !== 0;
		o.tokenId = this.#u32();
		o.nonceLength = this.#byte();
		if (this.#has(o.nonceLength)) this.#at += o.nonceLength;
		if ((flags & SECURITY.footer) !== 0) o.footerSize = this.#u16();
		return true;
	}

	#fail(reason: string): false {
		if (this.reason === "") this.reason = reason;
		return false;
	}

	/** True where so many bytes are left; else the header is cut. */
	#has(size: number): boolean {
		if (this.#end - this.#at >= size) return true;
		this.#at = this.#end;
		return this.#fail(REASONS.short);
	}

	#byte(): number {
		return this.#has(1) ? u8(this.#bytes, this.#at++) : 0;
	}
	#u16(): number {
		if (!this.#has(2)) return 0;
		this.#at += 2;
		return u16le(this.#bytes, this.#at - 2);
	}
	#u32(): number {
		if (!this.#has(4)) return 0;
		this.#at += 4;
		return u32le(this.#bytes, this.#at - 4);
	}
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
	for (let at = start; at < end; at++) if (bytes[at] !== 0) return false;
	return true;
}
