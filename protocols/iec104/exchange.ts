/**
 * What answers what on one connection: a confirmation its activation, a termination the same, values the interrogation or read that asked for them, a message of a file transfer
 * the one before it. 101 pairs by type, common address and object address (6.5 to 6.13); nothing in a message numbers the request.
 */
import type { DecoderContext } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { ACKNOWLEDGE, CAUSE, GROUP, isUnknown, SELECT, TYPE, TYPES, VIOLATION } from "./codes.ts";
import { clear, type Iec104Observation } from "./observation.ts";
import { GLOBAL_ADDRESS, UNNUMBERED } from "./wire.ts";

/** Requests of one connection that wait for their confirmation, and confirmed ones that wait for their termination; the oldest gives way. */
const PENDING = 256;
const ACTIVE = 256;
/** Microseconds after which no confirmation will come. The standard names none; masters wait 5 to 30 s. */
const TIMEOUT = 30_000_000;
/** 104, 9.6: t1, for the answer to a test, start or stop. */
const T1 = 15_000_000;

/** Set in the qualifier of a command and of a set point: it only selects (7.2.6.26 and 39). */
export const SELECT_BIT = 0x80;
/** 7.2.6.30: what is called, below the error. */
const CALL_MASK = 0x0f;

interface Request {
	readonly key: number;
	readonly typeId: number;
	readonly commonAddress: number;
	readonly address: number;
	readonly cause: number;
	readonly originator: number;
	readonly value: number;
	readonly detail: number;
	readonly time: number;
	readonly frame: number;
}

/** Type and addresses in one whole number, with the bits that a confirmation repeats. */
const keyOf = (commonAddress: number, typeId: number, address: number, isDeactivation: boolean, isSelect: boolean): number =>
	((commonAddress * 256 + typeId) * 0x1000000 + address) * 4 + (isDeactivation ? 2 : 0) + (isSelect ? 1 : 0);

/** Types whose activation ends with a termination (101, 6.8 and 6.6). */
const isTerminated = (typeId: number): boolean =>
	TYPES[typeId]!.group === GROUP.command || typeId === TYPE.interrogation || typeId === TYPE.counterInterrogation;

const isCommand = (typeId: number): boolean => TYPES[typeId]!.group === GROUP.command;
/** A bitstring has no qualifier. */
export const isSelect = (typeId: number, detail: number): boolean => isCommand(typeId) && detail >= 0 && (detail & SELECT_BIT) !== 0;

/** An interrogation that runs: its values come between confirmation and termination. */
interface Asking {
	commonAddress: number;
	frame: number;
}
const NOBODY = -1;

export class Exchange {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<Iec104Observation>;
	readonly #out: Iec104Observation;
	/** In order of time. A request may stand in it twice: it was sent again before it was answered. */
	readonly #pending: Request[] = [];
	readonly #active = new Map<number, Request>();
	readonly #asking: Record<"station" | "counters", Asking> = {
		station: { commonAddress: NOBODY, frame: 0 },
		counters: { commonAddress: NOBODY, frame: 0 },
	};
	/** Start, stop and test that wait for their confirmation: by the octet of the activation and its direction. */
	readonly #functions = new Map<number, { control: number; direction: Direction; time: number; frame: number }>();
	/** The latest message of a file transfer that wants an answer; `typeId` -1 for none. */
	readonly #file = { typeId: -1, detail: -1, direction: TO_SERVER as Direction, commonAddress: 0, address: 0, name: 0, time: 0, frame: 0 };
	#transferred = -1;
	#isStopped = false;
	readonly #givenUp: Request[] = [];

	constructor(context: DecoderContext<Iec104Observation>, out: Iec104Observation) {
		this.#context = context;
		this.#out = out;
	}

	/** Data was stopped by both sides, and not started since. */
	get isStopped(): boolean {
		return this.#isStopped;
	}

	/** U format (104, 5.3). */
	unnumbered(o: Iec104Observation, direction: Direction): void {
		const { control } = o;
		if (control === UNNUMBERED.startAct || control === UNNUMBERED.stopAct || control === UNNUMBERED.testAct) {
			this.#functions.set(control * 2 + direction, { control, direction, time: o.time, frame: o.frame });
		} else {
			const act =
				control === UNNUMBERED.startCon ? UNNUMBERED.startAct : control === UNNUMBERED.stopCon ? UNNUMBERED.stopAct : UNNUMBERED.testAct;
			const key = act * 2 + (1 - direction);
			const asked = this.#functions.get(key);
			if (asked !== undefined) {
				this.#functions.delete(key);
				answer(o, asked, -1, -1);
			}
			if (control !== UNNUMBERED.testCon) this.#isStopped = control === UNNUMBERED.stopCon;
		}
		this.#schedule();
	}

	/** An ASDU whose header and objects were read. Sets what it answers, and whether it contradicts it. */
	asdu(o: Iec104Observation, direction: Direction): void {
		const { group } = TYPES[o.typeId]!;
		if (group === GROUP.file) this.#fileMessage(o, direction);
		else if (direction === TO_SERVER) {
			if (o.kind === "request") this.#request(o);
		} else if (group === GROUP.monitor || o.kind === "information") this.#information(o);
		else if (o.kind === "confirmation" || o.kind === "refusal") this.#confirmation(o);
		else if (o.kind === "termination") this.#termination(o);
		this.#schedule();
	}

	#request(o: Iec104Observation): void {
		const { typeId, commonAddress, cause } = o;
		const address = o.objectCount > 0 ? o.addresses[0]! : 0;
		const detail = o.objectCount > 0 ? o.details[0]! : -1;
		const isDeactivation = cause === CAUSE.deactivation;
		const key = keyOf(commonAddress, typeId, address, isDeactivation, isSelect(typeId, detail));
		if (this.#pending.length >= PENDING) {
			this.#context.count("iec104 requests waiting");
			this.#givenUp.push(this.#pending.shift()!);
		}
		this.#pending.push({
			key,
			typeId,
			commonAddress,
			address,
			cause,
			originator: o.originator,
			value: o.objectCount > 0 ? o.values[0]! : Number.NaN,
			detail,
			time: o.time,
			frame: o.frame,
		});
		if (isDeactivation) return;
		const asking =
			typeId === TYPE.interrogation ? this.#asking.station : typeId === TYPE.counterInterrogation ? this.#asking.counters : undefined;
		if (asking === undefined) return;
		asking.commonAddress = commonAddress;
		asking.frame = o.frame;
	}

	/** Says what was given up for want of room, once the observation in hand was said. `time` in microseconds. */
	settle(time: number): void {
		if (this.#givenUp.length === 0) return;
		for (const request of this.#givenUp) if (request.commonAddress !== GLOBAL_ADDRESS) this.#unanswered(request, time);
		this.#givenUp.length = 0;
	}

	#information(o: Iec104Observation): void {
		const { cause } = o;
		if (cause >= CAUSE.interrogated && cause <= CAUSE.lastGroup) asked(o, this.#asking.station, TYPE.interrogation);
		else if (cause >= CAUSE.counterRequested && cause <= CAUSE.lastCounterGroup) asked(o, this.#asking.counters, TYPE.counterInterrogation);
		else if (cause === CAUSE.request && o.objectCount > 0) {
			const request = this.#take(keyOf(o.commonAddress, TYPE.read, o.addresses[0]!, false, false));
			if (request !== undefined) answer(o, request, TYPE.read, -1);
		}
	}

	#find(key: number): Request | undefined {
		for (const request of this.#pending) if (request.key === key) return request;
		return undefined;
	}

	/** The oldest with this key, which waits no more. */
	#take(key: number): Request | undefined {
		const request = this.#find(key);
		if (request !== undefined) this.#pending.splice(this.#pending.indexOf(request), 1);
		return request;
	}

	/** By its own addresses, or as one of those that a request to all stations reached. */
	#requestOf(o: Iec104Observation): Request | undefined {
		const address = o.objectCount > 0 ? o.addresses[0]! : 0;
		const isDeactivation = o.cause === CAUSE.deactivationCon;
		const select = isSelect(o.typeId, o.objectCount > 0 ? o.details[0]! : -1);
		const own = this.#take(keyOf(o.commonAddress, o.typeId, address, isDeactivation, select));
		if (own !== undefined) return own;
		// A station that does not know the cause mirrors the whole of a deactivation too.
		if (isUnknown(o.cause)) {
			const mirrored = this.#take(keyOf(o.commonAddress, o.typeId, address, true, select));
			if (mirrored !== undefined) return mirrored;
		}
		return this.#find(keyOf(GLOBAL_ADDRESS, o.typeId, address, isDeactivation, select));
	}

	#confirmation(o: Iec104Observation): void {
		const request = this.#requestOf(o);
		if (request === undefined) return;
		answer(o, request, request.typeId, request.detail);
		if (o.kind === "refusal") {
			this.#endAsking(o.typeId, request.frame);
			return;
		}
		const { typeId } = request;
		if (isCommand(typeId) && (!Object.is(o.values[0], request.value) || o.details[0] !== request.detail))
			o.violations |= VIOLATION.mismatch;
		if (request.cause !== CAUSE.activation || !isTerminated(typeId) || isSelect(typeId, request.detail)) return;
		if (!this.#active.has(request.key) && this.#active.size >= ACTIVE) {
			this.#context.count("iec104 activations without termination");
			this.#active.delete(this.#active.keys().next().value!);
		}
		this.#active.set(request.key, request);
	}

	#termination(o: Iec104Observation): void {
		const { typeId } = o;
		const address = o.objectCount > 0 ? o.addresses[0]! : 0;
		const key = keyOf(o.commonAddress, typeId, address, false, false);
		const toAll = keyOf(GLOBAL_ADDRESS, typeId, address, false, false);
		const request = this.#active.get(key) ?? this.#active.get(toAll);
		if (request === undefined) return;
		answer(o, request, typeId, request.detail);
		// To all stations: others may still answer.
		if (request.commonAddress === GLOBAL_ADDRESS) return;
		this.#active.delete(request.key);
		this.#endAsking(typeId, request.frame);
	}

	#endAsking(typeId: number, frame: number): void {
		for (const asking of typeId === TYPE.interrogation
			? [this.#asking.station]
			: typeId === TYPE.counterInterrogation
				? [this.#asking.counters]
				: [])
			if (asking.frame === frame) asking.commonAddress = NOBODY;
	}

	/** 101, 6.12 and 7.4.11: each side answers the message before; segments follow each other. */
	#fileMessage(o: Iec104Observation, direction: Direction): void {
		const file = this.#file;
		if (file.typeId >= 0 && file.direction !== direction && file.commonAddress === o.commonAddress) {
			answer(o, file, file.typeId, file.detail);
			file.typeId = -1;
		}
		const { typeId } = o;
		const detail = o.objectCount > 0 ? o.details[0]! : -1;
		if (typeId === TYPE.fileReady || (typeId === TYPE.selectAndCall && (detail & CALL_MASK) === SELECT.callFile)) this.#transferred = 0;
		else if (typeId === TYPE.segment) {
			if (this.#transferred >= 0) this.#transferred += o.segmentLength;
		}
		o.transferred = this.#transferred;
		if (typeId === TYPE.acknowledgeFile && (detail & CALL_MASK) <= ACKNOWLEDGE.fileNegative) this.#transferred = -1;
		if (o.kind !== "file" || !wantsAnswer(typeId, detail)) return;
		file.typeId = typeId;
		file.detail = detail;
		file.direction = direction;
		file.commonAddress = o.commonAddress;
		file.address = o.objectCount > 0 ? o.addresses[0]! : 0;
		file.name = o.fileName;
		file.time = o.time;
		file.frame = o.frame;
	}

	/** What depended on lost bytes. */
	forget(): void {
		this.#pending.length = 0;
		this.#active.clear();
		this.#functions.clear();
		this.#asking.station.commonAddress = this.#asking.counters.commonAddress = NOBODY;
		this.#file.typeId = -1;
		this.#transferred = -1;
		this.#isStopped = false;
		this.#schedule();
	}

	expire(now: number): void {
		for (const [key, one] of this.#functions) {
			if (one.time + T1 > now) continue;
			this.#functions.delete(key);
			const out = this.#begin(one.time + T1, one.frame, one.direction);
			out.format = "U";
			out.control = one.control;
			this.#context.emit(out);
		}
		const file = this.#file;
		if (file.typeId >= 0 && file.time + TIMEOUT <= now) {
			const { typeId } = file;
			file.typeId = -1;
			if (file.direction === TO_SERVER) {
				const out = this.#begin(file.time + TIMEOUT, file.frame, TO_SERVER);
				Object.assign(out, {
					format: "I",
					typeId,
					cause: CAUSE.file,
					commonAddress: file.commonAddress,
					fileName: file.name,
					requestType: typeId,
				});
				out.requestDetail = file.detail;
				fill(out, file.address, Number.NaN, file.detail);
				this.#context.emit(out);
			}
		}
		while (this.#pending.length > 0 && this.#pending[0]!.time + TIMEOUT <= now) {
			const request = this.#pending.shift()!;
			if (request.commonAddress !== GLOBAL_ADDRESS) this.#unanswered(request, request.time + TIMEOUT);
		}
		this.#schedule();
	}

	#unanswered(request: Request, time: number): void {
		const out = this.#begin(time, request.frame, TO_SERVER);
		out.format = "I";
		out.typeId = request.typeId;
		out.cause = request.cause;
		out.originator = request.originator;
		out.commonAddress = request.commonAddress;
		out.requestType = request.typeId;
		out.requestDetail = request.detail;
		fill(out, request.address, request.value, request.detail);
		this.#context.emit(out);
	}

	#begin(time: number, frame: number, direction: Direction): Iec104Observation {
		const out = this.#out;
		clear(out);
		out.kind = "unanswered";
		out.time = time;
		out.frame = out.requestFrame = frame;
		out.isFromServer = direction === TO_CLIENT;
		return out;
	}

	#schedule(): void {
		let deadline = Number.POSITIVE_INFINITY;
		if (this.#pending.length > 0) deadline = this.#pending[0]!.time + TIMEOUT;
		for (const { time } of this.#functions.values()) deadline = Math.min(deadline, time + T1);
		if (this.#file.typeId >= 0) deadline = Math.min(deadline, this.#file.time + TIMEOUT);
		this.deadline = deadline;
	}
}

/** The one object of a message that is put together again. It has no time. */
function fill(o: Iec104Observation, address: number, value: number, detail: number): void {
	o.count = o.objectCount = 1;
	o.addresses[0] = address;
	o.values[0] = value;
	o.details[0] = detail;
	o.qualities[0] = 0;
	o.names[0] = -1;
}

function answer(o: Iec104Observation, request: { time: number; frame: number }, typeId: number, detail: number): void {
	o.isMatched = true;
	o.latency = o.time - request.time;
	o.requestFrame = request.frame;
	o.requestType = typeId;
	o.requestDetail = detail;
}

/** Values of an interrogation say that they are; a latency would say how many came before. */
function asked(o: Iec104Observation, asking: Asking, typeId: number): void {
	o.requestType = typeId;
	if (asking.commonAddress !== o.commonAddress && asking.commonAddress !== GLOBAL_ADDRESS) return;
	o.isMatched = true;
	o.requestFrame = asking.frame;
}

/** Whether the other side says something to it: to what is ready, is called, or is complete. */
function wantsAnswer(typeId: number, detail: number): boolean {
	if (typeId === TYPE.selectAndCall) {
		const call = detail & CALL_MASK;
		return call !== SELECT.deactivateFile && call !== SELECT.deleteFile;
	}
	return typeId === TYPE.fileReady || typeId === TYPE.sectionReady || typeId === TYPE.lastSection;
}
