/**
 * GOOSE (IEC 61850-8-1, 18 and annexes A and C): who publishes repeats its state all the time, faster after a change. stNum counts states, sqNum repetitions of one. Who subscribes is
 * not on the wire: who publishes is the server, of the group that it publishes to.
 */
import type { DecoderContext } from "../../src/decode/protocol.ts";
import { BerReader } from "../../src/wire/ber.ts";
import { u16 } from "../../src/wire/bytes.ts";
import { Budget, utcTimeOf, valuesOf } from "../../src/wire/mmsData.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { GooseObservation, type Violation } from "./observation.ts";
import { FIELD, GOOSE_PDU, HEADER, SIMULATED } from "./wire.ts";

/** Publications by sender that are known. */
const MAX_PUBLICATIONS = 4096;
/** Octets of a reference (IEC 61850-8-1, table 44: 129) and of an id. */
const MAX_REFERENCE = 160;
/** Repetitions by which a copy of a message may come late, or several be lost, in one sequence. */
const SLACK = 16;

/** Where a sequence stands. */
interface Place {
	stNum: number;
	sqNum: number;
	frame: number;
	/** Microseconds until which its subscribers wait for more. */
	until: number;
}

/** What one sender publishes under one control block. */
interface Publication {
	readonly mac: string;
	current: Place;
	/** Where it stood before the state, or the sequence, became another. */
	left: Place | undefined;
	/** Of the last message. */
	time: number;
	confRev: number;
	/** All data of the last state: the first `size` bytes. */
	data: Uint8Array;
	size: number;
}

/** Who publishes under a control block. */
interface Publisher {
	mac: string;
	frame: number;
	stNum: number;
	until: number;
}

const distance = (one: Place, sqNum: number): number => sqNum - one.sqNum;
/** A message that follows `place` in one sequence: repetitions in between may be lost. */
function follows(place: Place, stNum: number, sqNum: number): boolean {
	if (stNum === place.stNum) return distance(place, sqNum) > 0 && distance(place, sqNum) <= SLACK;
	return stNum === place.stNum + 1 && sqNum <= 1;
}
/** The message at `place` or one before it, as a second network or a mirror of two ports delivers it. */
const isCopy = (place: Place, stNum: number, sqNum: number): boolean =>
	stNum === place.stNum && distance(place, sqNum) <= 0 && distance(place, sqNum) >= -SLACK;
/** A publisher that begins counts from here. */
const isBegin = (stNum: number, sqNum: number): boolean => stNum <= 1 && sqNum <= 1;

export class GooseDecoder {
	readonly #context: DecoderContext<GooseObservation>;
	readonly #out = new GooseObservation();
	/** By sender and control block; simulated ones apart, as they are published beside the real ones. */
	readonly #publications = new Map<string, Publication>();
	/** By control block. */
	readonly #publishers = new Map<string, Publisher>();

	constructor(context: DecoderContext<GooseObservation>) {
		this.#context = context;
	}

	/** False where the frame is too short for its header. */
	data(bytes: Uint8Array, start: number, end: number): boolean {
		if (end - start < HEADER.size) return false;
		const out = this.#out;
		const { clock, emit } = this.#context;
		out.reset(clock.time, clock.frame);
		out.appId = u16(bytes, start + HEADER.appId);
		out.isMarkedSimulated = (u16(bytes, start + HEADER.reserved1) & SIMULATED) !== 0;
		const stop = start + u16(bytes, start + HEADER.length);
		out.violation = stop > end || stop < start + HEADER.size ? "length" : this.#pdu(bytes, start + HEADER.size, stop);
		if (out.violation !== "") out.kind = "malformed";
		emit(out);
		return true;
	}

	#pdu(bytes: Uint8Array, start: number, end: number): Violation {
		const outer = new BerReader(bytes, start, end);
		if (!outer.next() || outer.tag !== GOOSE_PDU || !outer.isConstructed) return "pdu";
		const fields = outer.inside();
		let seen = 0;
		let data: BerReader | undefined;
		while (fields.next()) {
			seen |= 1 << (fields.tag & 31);
			if (fields.tag === FIELD.allData) data = fields.inside();
			else if (!this.#field(fields)) return "field";
			if (data !== undefined) break;
		}
		if (fields.isBroken || data === undefined) return fields.isBroken ? "pdu" : "field";
		if ((seen & MANDATORY) !== MANDATORY) return "field";
		return this.#follow(bytes, fields.start, fields.end, data);
	}

	/** False where it is not what it has to be. */
	#field(field: BerReader): boolean {
		const out = this.#out;
		const { bytes, start, end } = field;
		switch (field.tag) {
			case FIELD.gocbRef:
				out.gocbRef = textOf(field);
				return out.gocbRef !== "";
			case FIELD.timeAllowedtoLive:
				out.timeAllowedToLive = field.integer();
				return out.timeAllowedToLive >= 0;
			case FIELD.datSet:
				out.datSet = textOf(field);
				return true;
			case FIELD.goID:
				out.goId = textOf(field);
				return true;
			case FIELD.t: {
				const time = utcTimeOf(bytes, start, end);
				out.t = time ?? "";
				return time !== undefined;
			}
			case FIELD.stNum:
				out.stNum = field.integer();
				return out.stNum >= 0;
			case FIELD.sqNum:
				out.sqNum = field.integer();
				return out.sqNum >= 0;
			case FIELD.simulation:
				out.isSimulation = bytes[start] !== 0;
				return end - start === 1;
			case FIELD.confRev:
				out.confRev = field.integer();
				return out.confRev >= 0;
			case FIELD.ndsCom:
				out.needsCommissioning = bytes[start] !== 0;
				return end - start === 1;
			case FIELD.numDatSetEntries:
				out.entries = field.integer();
				return out.entries >= 0;
			default:
				return true;
		}
	}

	/** What the message is in its publication. */
	#follow(bytes: Uint8Array, start: number, end: number, data: BerReader): Violation {
		const out = this.#out;
		const mac = this.#context.flow.server.mac ?? "";
		const kind = out.isSimulation || out.isMarkedSimulated ? "simulated" : "real";
		const until = out.time + out.timeAllowedToLive * 1000;
		const key = `${kind} ${mac} ${out.gocbRef}`;
		const known = this.#publications.get(key);
		const place: Place = { stNum: out.stNum, sqNum: out.sqNum, frame: out.frame, until };
		const budget = new Budget();
		const values = valuesOf(data, budget);
		if (values === undefined) return "field";
		if (budget.isSpent) this.#context.count("values-bound");
		else if (values.length !== out.entries) return "entries";
		out.values = values;
		this.#claim(`${kind} ${out.gocbRef}`, mac, until);
		if (known === undefined) out.isNews = true;
		else if (this.#compare(known, equal(known, bytes, start, end))) return "";
		this.#keep(known ?? this.#begin(key, mac, place), place, bytes, start, end);
		return "";
	}

	/** Sets the message beside those before it; true where it is a copy of one that was seen. */
	#compare(known: Publication, isSame: boolean): boolean {
		const out = this.#out;
		const { current, left } = known;
		const { stNum, sqNum } = out;
		const isOld = isCopy(current, stNum, sqNum) && !isBegin(stNum, sqNum);
		if ((isOld && isSame) || (left !== undefined && isCopy(left, stNum, sqNum))) {
			out.isRepeat = true;
			return true;
		}
		if (out.time > current.until) out.late = out.time - known.time;
		out.isNews = known.confRev !== out.confRev;
		// Another state under the same number; or a sequence goes on that another one had taken the place of, while its subscribers still wait for it.
		const isBack = left !== undefined && out.time <= left.until && !follows(current, stNum, sqNum) && follows(left, stNum, sqNum);
		if (isOld || isBack) this.#dispute(known.mac, current);
		else if (stNum === current.stNum) out.missed = Math.max(0, distance(current, sqNum) - 1);
		out.isRepeat = isSame && stNum === current.stNum;
		return false;
	}

	#begin(key: string, mac: string, place: Place): Publication {
		if (this.#publications.size >= MAX_PUBLICATIONS) {
			this.#publications.delete(this.#publications.keys().next().value!);
			this.#context.count("publications-bound");
		}
		const publication: Publication = { mac, current: place, left: undefined, time: 0, confRev: 0, data: NO_BYTES, size: 0 };
		this.#publications.set(key, publication);
		return publication;
	}

	#keep(publication: Publication, place: Place, bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		if (publication.current.stNum !== place.stNum || out.rival !== "") publication.left = publication.current;
		publication.current = place;
		publication.time = out.time;
		publication.confRev = out.confRev;
		if (out.isRepeat) return;
		if (publication.data.length < end - start) publication.data = new Uint8Array(end - start);
		publication.data.set(bytes.subarray(start, end));
		publication.size = end - start;
	}

	#dispute(rival: string, { frame, stNum }: { frame: number; stNum: number }): void {
		const out = this.#out;
		out.rival = rival;
		out.isOwnName = rival === this.#context.flow.server.mac;
		out.rivalFrame = frame;
		out.rivalState = stNum;
	}

	/** Who publishes under a control block, while its subscribers wait for its next message. */
	#claim(key: string, mac: string, until: number): void {
		const out = this.#out;
		const publisher = this.#publishers.get(key);
		if (publisher !== undefined && publisher.mac !== mac && out.time <= publisher.until) {
			this.#dispute(publisher.mac, publisher);
			return;
		}
		if (publisher === undefined) {
			if (this.#publishers.size >= MAX_PUBLICATIONS) this.#publishers.delete(this.#publishers.keys().next().value!);
			this.#publishers.set(key, { mac, frame: out.frame, stNum: out.stNum, until });
			return;
		}
		publisher.mac = mac;
		publisher.frame = out.frame;
		publisher.stNum = out.stNum;
		publisher.until = until;
	}
}

const NO_BYTES = new Uint8Array(0);
/** All but those with a default, and goID, which may be left out. */
const MANDATORY = [
	FIELD.gocbRef,
	FIELD.timeAllowedtoLive,
	FIELD.datSet,
	FIELD.t,
	FIELD.stNum,
	FIELD.sqNum,
	FIELD.confRev,
	FIELD.numDatSetEntries,
	FIELD.allData,
].reduce((bits, tag) => bits | (1 << (tag & 31)), 0);

const textOf = ({ bytes, start, end }: BerReader): string => utf8Of(bytes, start, Math.min(end, start + MAX_REFERENCE));

function equal({ data, size }: Publication, bytes: Uint8Array, start: number, end: number): boolean {
	if (size !== end - start) return false;
	for (let at = 0; at < size; at++) if (data[at] !== bytes[start + at]) return false;
	return true;
}
