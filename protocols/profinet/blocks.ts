/** Blocks of the connection management (IEC 61158-6-10, 5.1 and 5.2), read into an observation. */
import { macText } from "../../src/wire/address.ts";
import { u8, u16, u32 } from "../../src/wire/bytes.ts";
import { hexOf, paddedOf } from "../../src/wire/text.ts";
import { BLOCK_TYPE, INDEX, SUPERVISOR_AR } from "./codes.ts";
import type { DataRecord, Identification, ProfinetObservation } from "./observation.ts";
import { AR, AR_SERVER, BLOCK, CONTROL, IM, IM0, IOCR, RECORD } from "./wire.ts";

/** Blocks, and records, of one message that are kept. */
const MAX_BLOCKS = 256;
const MAX_RECORDS = 256;
/** I&M0 of one message. */
const MAX_IDENTIFICATIONS = 16;
/** 4.3.1.4.5: a name of a station has at most 240 letters. */
const MAX_NAME = 240;
/** 5.1.2.3: the bit of ARProperties by which a supervisor asks for records alone. */
const DEVICE_ACCESS = 0x100;

/** All words of a UUID in the order of the blocks, which is big-endian always. */
const uuid = (bytes: Uint8Array, at: number): string =>
	[
		hexOf(bytes, at, at + 4),
		hexOf(bytes, at + 4, at + 6),
		hexOf(bytes, at + 6, at + 8),
		hexOf(bytes, at + 8, at + 10),
		hexOf(bytes, at + 10, at + 16),
	].join("-");

/** Reads what one message has; a fixed word where a block does not fit, else "". */
export class BlockReader {
	readonly #count: (what: string) => void;
	#types: number[] = [];
	#records: DataRecord[] = [];
	#identifications: Identification[] = [];
	#frameIds: number[] = [];
	#texts: Record<string, string> | undefined;

	constructor(count: (what: string) => void) {
		this.#count = count;
	}

	read(bytes: Uint8Array, from: number, to: number, out: ProfinetObservation): string {
		this.#types = [];
		this.#records = [];
		this.#identifications = [];
		this.#frameIds = [];
		this.#texts = undefined;
		const violation = this.#blocks(bytes, from, to, out, false);
		out.blockTypes = this.#types;
		out.records = this.#records;
		out.identifications = this.#identifications;
		out.frameIds = this.#frameIds;
		out.texts = this.#texts;
		return violation;
	}

	#blocks(bytes: Uint8Array, from: number, to: number, out: ProfinetObservation, isInside: boolean): string {
		let at = from;
		while (at < to) {
			if (at + BLOCK.body > to) return "block";
			const type = u16(bytes, at);
			const end = at + BLOCK.uncounted + u16(bytes, at + BLOCK.length);
			if (end > to || end < at + BLOCK.body) return "block";
			if (this.#types.length === MAX_BLOCKS) {
				this.#count("blocks-bound");
				return "";
			}
			this.#types.push(type);
			if (isRecordBlock(type)) {
				if (end - at < RECORD.size) return "block";
				const record = this.#record(bytes, at, type, out, isInside);
				// An answer to a write, and a request to read, have no data behind their header.
				const hasData = type === BLOCK_TYPE.writeRequest || type === (BLOCK_TYPE.readRequest | BLOCK_TYPE.answer);
				const isMany = record.index === INDEX.multipleWrite && !isInside && type !== BLOCK_TYPE.readRequest;
				if (isMany && !hasData) {
					at = end;
					continue;
				}
				const dataEnd = hasData ? end + record.length : end;
				if (dataEnd > to) return "record";
				if (isMany) {
					const violation = this.#blocks(bytes, end, dataEnd, out, true);
					if (violation !== "") return violation;
				} else if (hasData && record.index > INDEX.userLast) this.#data(bytes, end, dataEnd, record);
				// 4.10.3.2: inside of a multiple write, records begin at places that four divides, from the beginning of the first.
				at = isInside && hasData ? Math.min(to, from + ((dataEnd - from + 3) & ~3)) : dataEnd;
				continue;
			}
			const violation = this.#block(bytes, at, end, type, out);
			if (violation !== "") return violation;
			at = end;
		}
		return "";
	}

	#record(bytes: Uint8Array, at: number, type: number, out: ProfinetObservation, isInside: boolean): DataRecord {
		const record = {
			api: u32(bytes, at + RECORD.api),
			slot: u16(bytes, at + RECORD.slot),
			subslot: u16(bytes, at + RECORD.subslot),
			index: u16(bytes, at + RECORD.index),
			length: u32(bytes, at + RECORD.length),
			status: type === (BLOCK_TYPE.writeRequest | BLOCK_TYPE.answer) ? u32(bytes, at + RECORD.status) : 0,
		};
		if (!isInside) out.arUuid = uuid(bytes, at + RECORD.arUuid);
		if (record.index === INDEX.multipleWrite && !isInside) return record;
		if (this.#records.length < MAX_RECORDS) this.#records.push(record);
		else this.#count("records-bound");
		return record;
	}

	/** What a record of a standardised index has; what is none of blocks is only counted in its length. */
	#data(bytes: Uint8Array, from: number, to: number, { slot, subslot }: DataRecord): void {
		let at = from;
		while (at + BLOCK.body <= to) {
			const type = u16(bytes, at);
			const end = at + BLOCK.uncounted + u16(bytes, at + BLOCK.length);
			if (end > to || end < at + BLOCK.body || this.#types.length === MAX_BLOCKS) return;
			this.#types.push(type);
			const size = end - at;
			if (type === BLOCK_TYPE.im0 && size >= IM0.size && this.#identifications.length < MAX_IDENTIFICATIONS)
				this.#identifications.push(identificationAt(bytes, at, slot, subslot));
			else if (type === BLOCK_TYPE.im1 && size >= IM.locationEnd) {
				this.#text("tagFunction", paddedOf(bytes, at + BLOCK.body, at + IM.functionEnd));
				this.#text("tagLocation", paddedOf(bytes, at + IM.functionEnd, at + IM.locationEnd));
			} else if (type === BLOCK_TYPE.im2 && size >= IM.dateEnd)
				this.#text("installationDate", paddedOf(bytes, at + BLOCK.body, at + IM.dateEnd));
			else if (type === BLOCK_TYPE.im3 && size >= IM.descriptorEnd)
				this.#text("descriptor", paddedOf(bytes, at + BLOCK.body, at + IM.descriptorEnd));
			at = end;
		}
	}

	#text(name: string, text: string): void {
		this.#texts ??= {};
		this.#texts[name] = text.trim();
	}

	#block(bytes: Uint8Array, at: number, end: number, type: number, out: ProfinetObservation): string {
		const size = end - at;
		const asked = type & ~BLOCK_TYPE.answer;
		const isAnswer = asked !== type;
		if (asked >= BLOCK_TYPE.firstControl && asked <= BLOCK_TYPE.lastControl) {
			if (size < CONTROL.size) return "block";
			out.arUuid = uuid(bytes, at + CONTROL.arUuid);
			out.command = u16(bytes, at + CONTROL.command);
			return "";
		}
		switch (type === BLOCK_TYPE.arServer ? type : asked) {
			case BLOCK_TYPE.arServer: {
				if (size < AR_SERVER.name || at + AR_SERVER.name + u16(bytes, at + AR_SERVER.nameLength) > end) return "block";
				const length = Math.min(MAX_NAME, u16(bytes, at + AR_SERVER.nameLength));
				const stationName = paddedOf(bytes, at + AR_SERVER.name, at + AR_SERVER.name + length);
				if (out.relation !== undefined) out.relation = { ...out.relation, stationName };
				return "";
			}
			case BLOCK_TYPE.ar: {
				if (size < (isAnswer ? AR.size : AR.name)) return "block";
				out.arUuid = uuid(bytes, at + AR.uuid);
				const length = isAnswer ? 0 : u16(bytes, at + AR.nameLength);
				if (at + AR.name + length > end && !isAnswer) return "block";
				const name = isAnswer ? "" : paddedOf(bytes, at + AR.name, at + AR.name + Math.min(length, MAX_NAME));
				const arType = u16(bytes, at + AR.type);
				const isTakeover = !isAnswer && arType === SUPERVISOR_AR && (u32(bytes, at + AR.properties) & DEVICE_ACCESS) === 0;
				out.relation = { arType, arUuid: out.arUuid, mac: macText(bytes, at + AR.mac), stationName: name, isTakeover };
				return "";
			}
			case BLOCK_TYPE.iocr:
				if (size < (isAnswer ? IOCR.resSize : IOCR.size)) return "block";
				this.#frameIds.push(u16(bytes, at + (isAnswer ? IOCR.resFrameId : IOCR.frameId)));
				return "";
			default:
				return "";
		}
	}
}

const isRecordBlock = (type: number): boolean => {
	const asked = type & ~BLOCK_TYPE.answer;
	return asked === BLOCK_TYPE.writeRequest || asked === BLOCK_TYPE.readRequest;
};

/** 5.2.14: the revision of the software is a letter (V released, R revision, P prototype, U in test, T test device) and three numbers. */
function identificationAt(bytes: Uint8Array, at: number, slot: number, subslot: number): Identification {
	const prefix = u8(bytes, at + IM0.softwarePrefix);
	const letter = prefix > 0x20 && prefix < 0x7f ? String.fromCharCode(prefix) : "";
	const [functional, bugfix, internal] = [0, 1, 2].map((index) => u8(bytes, at + IM0.softwareRevision + index));
	return {
		slot,
		subslot,
		vendorId: u16(bytes, at + IM0.vendorId),
		orderId: paddedOf(bytes, at + IM0.orderId, at + IM0.serialNumber).trim(),
		serialNumber: paddedOf(bytes, at + IM0.serialNumber, at + IM0.hardwareRevision).trim(),
		hardwareRevision: u16(bytes, at + IM0.hardwareRevision),
		softwareRevision: `${letter}${functional}.${bugfix}.${internal}`,
	};
}
