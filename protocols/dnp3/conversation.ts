/**
 * One flow of DNP3, whatever carries its frames (IEEE 1815-2012): frames to segments, segments to fragments (clause 8), requests and their responses (clause 4). A connection
 * may hold several outstations and several masters; each pair is followed on its own.
 */
import type { DecoderContext } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u16le } from "../../src/wire/bytes.ts";
import { type Association, Associations, CONTINUED, type Controls, OPEN, OVERDUE, type Request } from "./associations.ts";
import { FIRST_RESPONSE, FUNCTION, IIN, isAnswered, isFunction, isLinkFunction, LINK, VIOLATION } from "./codes.ts";
import type { Dnp3Kind, Dnp3Observation } from "./observation.ts";
import { ObjectReader } from "./reader.ts";
import {
	APPLICATION,
	CONTROL,
	copyData,
	isBroadcast,
	MAX_DATA,
	OFFSET,
	REQUEST_HEADER,
	RESPONSE_HEADER,
	SHORTEST,
	TRANSPORT,
} from "./wire.ts";

/** Microseconds after which a request is called unanswered: masters wait for seconds, over radio for tens. */
const ANSWER_WITHIN = 15_000_000;
/** Microseconds that a given-up request is remembered for a late answer. */
const REMEMBERED = 60_000_000;
/** Microseconds for which answers must have fitted before one that fits nothing is called unasked. */
const SETTLED = 10_000_000;
/** Unfinished fragments of one direction, and bytes of one: twice what IEEE 1815 recommends (4.2.2.2: 2048). */
const MAX_ASSEMBLIES = 8;
export const MAX_FRAGMENT = 4096;
const FIRST_ROOM = 512;

const AUTHENTICATION = 120;
const CHALLENGE = 1;
const REPLY = 2;

/** A fragment that is not whole yet. */
interface Assembly {
	source: number;
	destination: number;
	/** Sequence of the next segment; -1 where there is no fragment. */
	next: number;
	bytes: Uint8Array;
	length: number;
	time: number;
}

/** The user data of one frame; synchronous, so one for all. */
const DATA = new Uint8Array(MAX_DATA);
const NOTHING = new Uint8Array(0);

export abstract class Conversation {
	protected readonly context: DecoderContext<Dnp3Observation>;
	deadline = Number.POSITIVE_INFINITY;
	readonly #associations = new Associations();
	readonly #assemblies: readonly [Assembly[], Assembly[]] = [[], []];
	readonly #out: Dnp3Observation = {
		protocol: "dnp3",
		kind: "link",
		time: 0,
		frame: 0,
		linkControl: -1,
		source: -1,
		destination: -1,
		outstation: -1,
		master: -1,
		isFromMaster: false,
		isFromServer: false,
		control: -1,
		functionCode: -1,
		iin: -1,
		bytes: NOTHING,
		start: 0,
		end: 0,
		objects: new ObjectReader(),
		requestBytes: NOTHING,
		requestLength: 0,
		requestFunction: -1,
		requestFrame: 0,
		latency: -1,
		isLate: false,
		isUnanswerable: false,
		isRepeated: false,
		isContinued: false,
		isUnasked: false,
		isRestarted: false,
		isCorrupted: false,
		isSilencing: false,
		selectFrame: 0,
		violations: 0,
	};

	constructor(context: DecoderContext<Dnp3Observation>) {
		this.context = context;
	}

	/** Bytes were lost, of one direction. */
	protected lose(direction: Direction): void {
		this.#associations.forget();
		for (const assembly of this.#assemblies[direction]) assembly.next = -1;
	}

	/** Reports bytes that are no frame, or a frame that is damaged; `hasHeader` where its header can be believed. */
	protected malformed(bytes: Uint8Array, start: number, end: number, direction: Direction, violation: number, hasHeader: boolean): void {
		const out = this.#begin("malformed", bytes, start, end, direction);
		if (hasHeader) this.#address(bytes, start);
		out.violations = violation;
		this.context.emit(out);
	}

	/** One whole frame with sound checksums. */
	protected frame(bytes: Uint8Array, at: number, direction: Direction): void {
		const control = u8(bytes, at + OFFSET.control);
		const length = u8(bytes, at + OFFSET.length) - SHORTEST;
		const code = control & CONTROL.function;
		const isPrimary = (control & CONTROL.primary) !== 0;
		const carries = isPrimary && (code === LINK.confirmedData || code === LINK.unconfirmedData);
		if (!carries || length === 0) {
			const isWrong = carries === (length === 0) || !isLinkFunction(code, isPrimary);
			const out = this.#begin(isWrong ? "malformed" : "link", NOTHING, 0, 0, direction);
			this.#address(bytes, at);
			if (isWrong) out.violations = VIOLATION.linkData;
			this.context.emit(out);
			return;
		}
		copyData(bytes, at, DATA);
		const transport = DATA[0]!;
		const source = u16le(bytes, at + OFFSET.source);
		const destination = u16le(bytes, at + OFFSET.destination);
		if ((transport & (TRANSPORT.first | TRANSPORT.final)) === (TRANSPORT.first | TRANSPORT.final)) {
			const open = this.#assemblyOf(direction, source, destination);
			if (open !== undefined) open.next = -1;
			this.#fragment(bytes, at, DATA, 1, length, direction);
			return;
		}
		const assembly = this.#segment(transport, length, source, destination, direction);
		if (assembly === undefined) return;
		assembly.next = -1;
		this.#fragment(bytes, at, assembly.bytes, 0, assembly.length, direction);
	}

	#assemblyOf(direction: Direction, source: number, destination: number): Assembly | undefined {
		for (const one of this.#assemblies[direction]) if (one.source === source && one.destination === destination) return one;
		return undefined;
	}

	/** Takes one segment of several; gives the fragment when it is whole. */
	#segment(transport: number, length: number, source: number, destination: number, direction: Direction): Assembly | undefined {
		const sequence = transport & TRANSPORT.sequence;
		const { time } = this.context.clock;
		let assembly = this.#assemblyOf(direction, source, destination);
		if (transport & TRANSPORT.first) {
			assembly ??= this.#addAssembly(direction);
			Object.assign(assembly, { source, destination, length: 0, time });
		} else if (assembly === undefined || assembly.next < 0) {
			this.context.count("segment-without-first");
			return undefined;
		} else if (sequence !== assembly.next) {
			// Sent again, it is the one before.
			if (((sequence + 1) & TRANSPORT.sequence) === assembly.next) return undefined;
			this.context.count("segment-out-of-order");
			assembly.next = -1;
			return undefined;
		}
		const size = length - 1;
		if (assembly.length + size > MAX_FRAGMENT) {
			this.context.count("fragment-too-long");
			assembly.next = -1;
			return undefined;
		}
		if (assembly.bytes.length < assembly.length + size) {
			const grown = new Uint8Array(Math.min(MAX_FRAGMENT, Math.max(FIRST_ROOM, 2 * (assembly.length + size))));
			grown.set(assembly.bytes.subarray(0, assembly.length));
			assembly.bytes = grown;
		}
		assembly.bytes.set(DATA.subarray(1, length), assembly.length);
		assembly.length += size;
		assembly.next = (sequence + 1) & TRANSPORT.sequence;
		assembly.time = time;
		return transport & TRANSPORT.final ? assembly : undefined;
	}

	#addAssembly(direction: Direction): Assembly {
		const all = this.#assemblies[direction];
		if (all.length < MAX_ASSEMBLIES) {
			const added = { source: -1, destination: -1, next: -1, bytes: NOTHING, length: 0, time: 0 };
			all.push(added);
			return added;
		}
		const oldest = all.reduce((first, other) => (other.next < 0 || (first.next >= 0 && other.time < first.time) ? other : first));
		if (oldest.next >= 0) this.context.count("assemblies-bound");
		return oldest;
	}

	#begin(kind: Dnp3Kind, bytes: Uint8Array, start: number, end: number, direction: Direction): Dnp3Observation {
		const out = this.#out;
		const { clock } = this.context;
		out.kind = kind;
		out.time = clock.time;
		out.frame = clock.frame;
		out.linkControl = out.source = out.destination = out.outstation = out.master = -1;
		out.isFromMaster = false;
		out.isFromServer = direction === TO_CLIENT;
		out.control = out.functionCode = out.iin = -1;
		out.bytes = bytes;
		out.start = start;
		out.end = end;
		out.objects.count = out.objects.violations = 0;
		out.requestBytes = NOTHING;
		out.requestLength = out.requestFrame = out.selectFrame = 0;
		out.requestFunction = out.latency = -1;
		out.isLate =
			out.isUnanswerable =
			out.isRepeated =
			out.isContinued =
			out.isUnasked =
			out.isRestarted =
			out.isCorrupted =
			out.isSilencing =
				false;
		out.violations = 0;
		return out;
	}

	#address(bytes: Uint8Array, at: number): void {
		const out = this.#out;
		out.linkControl = u8(bytes, at + OFFSET.control);
		out.source = u16le(bytes, at + OFFSET.source);
		out.destination = u16le(bytes, at + OFFSET.destination);
		out.isFromMaster = (out.linkControl & CONTROL.direction) !== 0;
		out.outstation = out.isFromMaster ? out.destination : out.source;
		out.master = out.isFromMaster ? out.source : out.destination;
	}

	/** One whole fragment; its last frame is at `at` of `frame`. */
	#fragment(frame: Uint8Array, at: number, bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const out = this.#begin("malformed", bytes, start, end, direction);
		this.#address(frame, at);
		const length = end - start;
		if (length >= REQUEST_HEADER) {
			out.control = u8(bytes, start);
			out.functionCode = u8(bytes, start + 1);
		}
		const isResponse = out.functionCode >= FIRST_RESPONSE;
		if (length < REQUEST_HEADER || (isResponse && length < RESPONSE_HEADER)) {
			out.violations = VIOLATION.fragment;
			this.context.emit(out);
			return;
		}
		if (isResponse) out.iin = u16le(bytes, start + REQUEST_HEADER);
		out.objects.read(bytes, start + (isResponse ? RESPONSE_HEADER : REQUEST_HEADER), end, out.functionCode);
		if (out.objects.isCut) this.context.count("headers-bound");
		out.violations = out.objects.violations;
		if (!isFunction(out.functionCode)) out.violations |= VIOLATION.functionCode;
		// An outstation confirms nothing; who is which is told by the frames that began the flow.
		if (isResponse === out.isFromMaster || out.isFromServer === out.isFromMaster) {
			out.violations |= VIOLATION.direction;
			this.context.emit(out);
			return;
		}
		const association = this.#associations.of(out.master, out.outstation, out.time);
		if (this.#associations.evicted > 0) {
			this.#associations.evicted = 0;
			this.context.count("associations-bound");
		}
		if (isResponse) this.#response(association);
		else if (out.functionCode === FUNCTION.confirm) this.#confirm(association);
		else this.#request(association);
	}

	#request(association: Association): void {
		const out = this.#out;
		const { functionCode } = out;
		const sequence = out.control & APPLICATION.sequence;
		out.kind = "request";
		out.requestFrame = out.frame;
		this.#controls(association, sequence);
		if (functionCode === FUNCTION.enableUnsolicited) association.isSpeaking = true;
		else if (functionCode === FUNCTION.disableUnsolicited) {
			// After a restart a master begins anew, and many begin with this.
			out.isSilencing = association.isSpeaking && (association.iin < 0 || (association.iin & IIN.deviceRestart) === 0);
			association.isSpeaking = false;
		}
		association.seen++;
		out.isUnanswerable = !this.#isAnswered();
		if (out.isUnanswerable) {
			this.context.emit(out);
			return;
		}
		let request = association.find(OPEN, sequence);
		if (request?.functionCode === functionCode) {
			out.isRepeated = true;
			this.context.emit(out);
			return;
		}
		request ??= association.place();
		if (request.state === OPEN) this.context.count("request-given-up");
		request.state = OPEN;
		request.sequence = sequence;
		request.functionCode = functionCode;
		request.time = out.time;
		request.frame = out.frame;
		request.linkControl = out.linkControl;
		request.keep(out.bytes, out.start, out.end);
		this.deadline = Math.min(this.deadline, out.time + ANSWER_WITHIN);
		this.context.emit(out);
	}

	/** Whether the request in `#out` is to be answered: not one to all, and not the reply to a challenge, of which only a refusal is said. */
	#isAnswered(): boolean {
		const { functionCode, objects, destination } = this.#out;
		if (!isAnswered(functionCode) || isBroadcast(destination)) return false;
		return (
			functionCode !== FUNCTION.authenticate || objects.count !== 1 || objects.group[0] !== AUTHENTICATION || objects.variation[0] !== REPLY
		);
	}

	/** 4.4.3: an operate follows its select with the next sequence, and repeats its controls. */
	#controls(association: Association, sequence: number): void {
		const out = this.#out;
		const { functionCode } = out;
		const { select, operate } = association;
		if (functionCode === FUNCTION.select) {
			set(select, this.#digest(), sequence, out.frame);
			set(operate, -1, -1, 0);
		} else if (functionCode === FUNCTION.operate) {
			const digest = this.#digest();
			const isAgain = operate.digest === digest && operate.sequence === sequence;
			if (select.digest >= 0 && select.digest !== digest) {
				out.violations |= VIOLATION.otherSelect;
				out.selectFrame = select.frame;
			} else if (select.digest < 0 && !isAgain && association.seen > 0) out.violations |= VIOLATION.noSelect;
			set(operate, digest, sequence, out.frame);
			set(select, -1, -1, 0);
		} else if (functionCode !== FUNCTION.read && functionCode !== FUNCTION.authenticate) set(select, -1, -1, 0);
	}

	/** FNV-1a of the controls with their headers, in 32 bits. */
	#digest(): number {
		const { objects, bytes } = this.#out;
		let sum = 0x811c9dc5;
		for (let header = 0; header < objects.count; header++) {
			if (!objects.isControl(header)) continue;
			for (let at = objects.at[header]!; at < objects.end[header]!; at++) sum = Math.imul(sum ^ u8(bytes, at), 0x01000193);
		}
		return sum >>> 0;
	}

	#confirm(association: Association): void {
		const out = this.#out;
		out.kind = "confirm";
		const one = association.unconfirmed[out.control & APPLICATION.unsolicited ? 1 : 0];
		if (one.sequence === (out.control & APPLICATION.sequence)) {
			out.requestFrame = one.frame;
			out.latency = out.time - one.time;
			one.sequence = -1;
		}
		this.context.emit(out);
	}

	#response(association: Association): void {
		const out = this.#out;
		const { control, functionCode, iin } = out;
		const sequence = control & APPLICATION.sequence;
		const isUnsolicited = functionCode === FUNCTION.unsolicited;
		out.kind = isUnsolicited ? "unsolicited" : "response";
		// Whoever waits for a confirm in vain says it again.
		const isAgain = association.unconfirmed[0].sequence === sequence;
		if (control & APPLICATION.confirm) {
			const one = association.unconfirmed[isUnsolicited ? 1 : 0];
			one.sequence = sequence;
			one.frame = out.frame;
			one.time = out.time;
		}
		const before = association.iin;
		association.iin = iin;
		if (before >= 0) {
			out.isRestarted = (iin & ~before & IIN.deviceRestart) !== 0;
			out.isCorrupted = (iin & ~before & IIN.configurationCorrupt) !== 0;
		}
		if (isUnsolicited) {
			if (out.objects.count > 0) association.isSpeaking = true;
		} else this.#answer(association, sequence, isAgain);
		this.context.emit(out);
	}

	/** Finds the request that the response in `#out` answers. */
	#answer(association: Association, sequence: number, isAgain: boolean): void {
		const out = this.#out;
		const isFirst = (out.control & APPLICATION.first) !== 0;
		const isFinal = (out.control & APPLICATION.final) !== 0;
		const request = isFirst ? (association.find(OPEN, sequence) ?? this.#overdue(association, sequence)) : association.continued(sequence);
		if (request === undefined) {
			out.isUnasked = isFirst && !isAgain && out.time - association.fittingSince > SETTLED;
			return;
		}
		out.requestFunction = request.functionCode;
		out.requestFrame = request.frame;
		out.requestBytes = request.bytes;
		out.requestLength = request.length;
		out.isLate = request.state === OVERDUE;
		out.isContinued = !isFirst;
		if (isFirst) out.latency = out.time - request.time;
		if (Number.isNaN(association.fittingSince)) association.fittingSince = out.time;
		// A challenge puts the answer off.
		if (request.functionCode !== FUNCTION.authenticate && this.#isChallenge()) return;
		if (isFinal) request.free();
		else {
			request.state = CONTINUED;
			request.next = (sequence + 1) & APPLICATION.sequence;
		}
	}

	#isChallenge(): boolean {
		const { functionCode, objects } = this.#out;
		return (
			functionCode === FUNCTION.authenticateResponse &&
			objects.count > 0 &&
			objects.group[0] === AUTHENTICATION &&
			objects.variation[0] === CHALLENGE
		);
	}

	#overdue(association: Association, sequence: number): Request | undefined {
		const request = association.find(OVERDUE, sequence);
		return request !== undefined && this.context.clock.time - request.time <= REMEMBERED ? request : undefined;
	}

	/** Reports requests that were not answered in time. `now` in microseconds. */
	expire(now: number): void {
		let next = Number.POSITIVE_INFINITY;
		for (const association of this.#associations.all) {
			for (const request of association.requests) {
				if (request.state !== OPEN) continue;
				const until = request.time + ANSWER_WITHIN;
				if (until > now) {
					next = Math.min(next, until);
					continue;
				}
				request.state = OVERDUE;
				this.#unanswered(association, request, until);
			}
		}
		this.deadline = next;
	}

	#unanswered(association: Association, request: Request, time: number): void {
		const { bytes, length } = request;
		const out = this.#begin("unanswered", bytes, 0, length, TO_SERVER);
		out.time = time;
		out.frame = out.requestFrame = request.frame;
		out.linkControl = request.linkControl;
		out.isFromMaster = true;
		out.source = out.master = association.master;
		out.destination = out.outstation = association.outstation;
		out.control = u8(bytes, 0);
		out.functionCode = out.requestFunction = request.functionCode;
		out.objects.read(bytes, REQUEST_HEADER, length, request.functionCode);
		this.context.emit(out);
	}
}

function set(controls: Controls, digest: number, sequence: number, frame: number): void {
	controls.digest = digest;
	controls.sequence = sequence;
	controls.frame = frame;
}
