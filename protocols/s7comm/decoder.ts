/**
 * S7comm on ISO transport: messages, their requests and answers. A job is answered under its reference, by either side: in a download the controller asks for the parts of the
 * block. Userdata goes on until its last part. Pushes belong to a subscription of the same flow by its number.
 */
import type { CarrierContext, Stream } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u16 } from "../../src/wire/bytes.ts";
import { hexOf } from "../../src/wire/text.ts";
import { MAX_PACKET, parametersOf, TPDU, TransportReader, type TransportUser } from "../../src/wire/tpkt.ts";
import { CYCLIC, FUNCTION, GROUP, ROSCTR, TYPE } from "./codes.ts";
import { RETURN } from "./errors.ts";
import { type Shape, Shapes } from "./items.ts";
import { clear, newObservation, type S7Observation, type Violation } from "./observation.ts";
import { nameOf, subjectOf } from "./subjects.ts";
import { eachValue, numbersOf } from "./values.ts";
import { hasWatch, type Watch, watchOf, watchValuesOf } from "./watch.ts";
import { ANSWER_HEADER, begins, DATA_HEADER, HEADER, headerOf, OFFSET, PROTOCOL_ID, USERDATA } from "./wire.ts";

export const MAX_MESSAGE = MAX_PACKET;
/** Requests of one direction that wait; the oldest gives way. A connection negotiates 8 jobs at most in practice. */
const PENDING = 64;
/** Microseconds after which no answer will come: clients wait 2 to 10 s. */
const TIMEOUT = 10_000_000;
/** Subscriptions of a flow, uploads and downloads that are open. */
const SUBSCRIPTIONS = 256;
const TRANSFERS = 16;
/** Bytes of an answer in several parts. */
const LONG_ANSWER = 65_536;
/** Second and third byte of the parameters of userdata. */
const USERDATA_HEAD = 0x0112;
/** Selectors have 2 bytes, or a text of up to 16. */
const MAX_SELECTOR = 32;

/** A request that waits for its answer. */
interface Pending {
	readonly reference: number;
	readonly functionCode: number;
	readonly group: number;
	readonly subFunction: number;
	readonly shape: Shape | undefined;
	readonly watch: Watch | undefined;
	readonly written: readonly (readonly number[])[];
	readonly name: string;
	readonly subject: string;
	readonly time: number;
	readonly frame: number;
	readonly isContinuation: boolean;
	/** Bytes were lost since: its answer may have been among them. */
	isDoubted: boolean;
}

export class S7Stream implements Stream, TransportUser {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: CarrierContext<S7Observation>;
	readonly #out = newObservation();
	readonly #reader: TransportReader;
	readonly #shapes = new Shapes();
	/** By the direction of the request, then by its reference; in order of time. */
	readonly #pending: readonly [Map<number, Pending>, Map<number, Pending>] = [new Map(), new Map()];
	#connect: Pending | undefined = undefined;
	/** Addresses by the number of their subscription. */
	readonly #subscriptions = new Map<number, Shape>();
	/** Variables by the number of their job. */
	readonly #watches = new Map<number, Watch>();
	/** Blocks by the number of their transfer. */
	readonly #transfers = new Map<number, string>();
	/** An answer in several parts: which, and what came of it. */
	#long: Uint8Array | undefined = undefined;
	#longLength = 0;
	#longKey = -1;
	#longName = "";

	constructor(context: CarrierContext<S7Observation>) {
		this.#context = context;
		this.#reader = new TransportReader(this);
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		return this.#reader.data(bytes, start, end, direction);
	}

	gap(direction: Direction): void {
		this.#reader.gap(direction);
		this.#longKey = -1;
		// What was lost may have been answers.
		for (const pending of this.#pending) for (const one of pending.values()) one.isDoubted = true;
		if (this.#connect !== undefined) this.#connect.isDoubted = true;
	}

	expire(now: number): void {
		for (const direction of [TO_SERVER, TO_CLIENT] as const) {
			for (const [reference, one] of this.#pending[direction]) {
				if (one.time + TIMEOUT > now) break;
				this.#pending[direction].delete(reference);
				this.#unanswered(one, direction);
			}
		}
		if (this.#connect !== undefined && this.#connect.time + TIMEOUT <= now) {
			const one = this.#connect;
			this.#connect = undefined;
			this.#unanswered(one, TO_SERVER);
		}
		this.#schedule();
	}

	begins(bytes: Uint8Array, start: number, end: number): boolean {
		return begins(bytes, start, end);
	}

	broken(what: "foreign" | "unfinished" | "long", direction: Direction): void {
		if (what === "long") this.#context.count("long-message");
		const out = this.#begin(direction);
		out.kind = "malformed";
		out.violation = what;
		this.#context.emit(out);
	}

	control(code: number, bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const out = this.#begin(direction);
		if (code === TPDU.connectionRequest || code === TPDU.connectionConfirm) {
			const parameters = parametersOf(bytes, start, end);
			if (parameters === undefined) {
				out.kind = "malformed";
				out.violation = "parameters";
				this.#context.emit(out);
				return;
			}
			const text = ([from, to]: readonly [number, number]) => hexOf(bytes, from, Math.min(to, from + MAX_SELECTOR));
			out.callingTsap = text(parameters.calling);
			out.calledTsap = text(parameters.called);
			out.tpduSize = parameters.size;
		}
		if (code === TPDU.connectionRequest) {
			out.kind = "connect";
			this.#connect = {
				reference: -1,
				functionCode: -1,
				group: -1,
				subFunction: -1,
				shape: undefined,
				watch: undefined,
				written: [],
				name: out.callingTsap,
				subject: out.calledTsap,
				time: out.time,
				frame: out.frame,
				isContinuation: false,
				isDoubted: false,
			};
			this.#schedule();
		} else {
			out.kind = code === TPDU.connectionConfirm ? "accept" : "disconnect";
			const asked = this.#connect;
			if (asked !== undefined && direction === TO_CLIENT) {
				out.requestFrame = asked.frame;
				out.latency = out.time - asked.time;
				out.name = asked.name;
				out.subject = asked.subject;
				this.#connect = undefined;
				this.#schedule();
			}
		}
		this.#context.emit(out);
	}

	message(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const out = this.#begin(direction);
		out.bytes = bytes;
		out.parameterStart = out.parameterEnd = out.dataStart = start;
		out.dataEnd = end;
		const violation = this.#read(out, bytes, start, end, direction);
		if (violation !== "" || !eachValue(out)) {
			out.kind = "malformed";
			out.violation = violation === "" ? "data" : violation;
			out.valuesAt = -1;
		}
		this.#context.emit(out);
	}

	#begin(direction: Direction): S7Observation {
		const out = this.#out;
		const { time, frame } = this.#context.clock;
		clear(out);
		out.time = time;
		out.frame = frame;
		out.isFromServer = direction === TO_CLIENT;
		return out;
	}

	/** Header, and what its kind of message has. */
	#read(out: S7Observation, bytes: Uint8Array, start: number, end: number, direction: Direction): Violation | "" {
		if (u8(bytes, start) !== PROTOCOL_ID) return "protocol-id";
		if (end - start < HEADER) return "length";
		out.rosctr = u8(bytes, start + OFFSET.rosctr);
		const header = headerOf(out.rosctr);
		if (header === 0) return "rosctr";
		out.reference = u16(bytes, start + OFFSET.reference);
		out.parameterStart = start + header;
		out.parameterEnd = out.parameterStart + u16(bytes, start + OFFSET.parameterLength);
		out.dataStart = out.parameterEnd;
		const said = out.dataStart + u16(bytes, start + OFFSET.dataLength);
		if (said !== end) {
			out.parameterEnd = out.dataStart = out.parameterStart = Math.min(end, out.parameterStart);
			return "length";
		}
		if (header === ANSWER_HEADER) out.errorCode = u16(bytes, start + OFFSET.errorClass);
		if (out.rosctr === ROSCTR.userdata) return this.#userdata(out, direction);
		if (out.parameterEnd > out.parameterStart) out.functionCode = u8(bytes, out.parameterStart);
		if (out.rosctr === ROSCTR.job) return this.#job(out, direction);
		return this.#answer(out, direction);
	}

	#job(out: S7Observation, direction: Direction): Violation | "" {
		out.kind = "request";
		if (out.functionCode < 0) return "parameters";
		const { bytes, functionCode } = out;
		let violation: Violation | "" = "";
		if (functionCode === FUNCTION.readVar || functionCode === FUNCTION.writeVar) {
			if (out.parameterEnd - out.parameterStart < 2) violation = "parameters";
			else {
				out.shape = this.#shapes.of(bytes, out.parameterStart + 2, out.parameterEnd, u8(bytes, out.parameterStart + 1));
				if (out.shape.isBroken) violation = "items";
				if (functionCode === FUNCTION.writeVar) {
					out.valuesAt = out.dataStart;
					out.valuesEnd = out.dataEnd;
					out.written = numbersOf(out);
				}
			}
		} else {
			out.name = nameOf(out);
			out.subject = subjectOf(out);
			// The parts of a block name the transfer that they belong to.
			if (out.subject === "") out.subject = this.#transfers.get(transferOf(out)) ?? "";
		}
		this.#wait(out, direction);
		return violation;
	}

	#answer(out: S7Observation, direction: Direction): Violation | "" {
		const asked = this.#settle(out, direction);
		if (asked === undefined) {
			out.kind = "unsolicited";
			return "";
		}
		out.kind = "response";
		if (out.functionCode < 0) out.functionCode = asked.functionCode;
		else if (out.functionCode !== asked.functionCode) return "parameters";
		out.shape = asked.shape;
		out.written = asked.written;
		if (out.errorCode !== 0) return "";
		if (asked.functionCode === FUNCTION.readVar || asked.functionCode === FUNCTION.writeVar) {
			if (out.parameterEnd - out.parameterStart < 2) return "parameters";
			if (asked.shape !== undefined && u8(out.bytes, out.parameterStart + 1) !== asked.shape.items.length && !asked.shape.isBroken)
				return "items";
			out.valuesAt = out.dataStart;
			out.valuesEnd = out.dataEnd;
		} else if (asked.functionCode === FUNCTION.startUpload) this.#open(transferOf(out), asked.subject);
		return "";
	}

	#userdata(out: S7Observation, direction: Direction): Violation | "" {
		const { bytes, parameterStart: start } = out;
		const length = out.parameterEnd - start;
		if (length < USERDATA.short) return "parameters";
		// A change of the operating mode has a head of its own.
		if (u16(bytes, start + 1) === USERDATA_HEAD && u8(bytes, start + USERDATA.length) !== length - USERDATA.method) return "parameters";
		const both = u8(bytes, start + USERDATA.type);
		out.type = both >> 4;
		out.group = both & 0x0f;
		out.subFunction = u8(bytes, start + USERDATA.subFunction);
		out.sequence = u8(bytes, start + USERDATA.sequence);
		const isLong = length >= USERDATA.long;
		out.hasMore = isLong && u8(bytes, start + USERDATA.last) !== 0;
		if (isLong) out.errorCode = u16(bytes, start + USERDATA.error);
		if (out.dataEnd - out.dataStart >= DATA_HEADER) {
			const code = u8(bytes, out.dataStart);
			out.contents = bytes;
			out.contentsStart = out.dataStart + DATA_HEADER;
			out.contentsEnd = out.contentsStart + u16(bytes, out.dataStart + 2);
			if (out.contentsEnd > out.dataEnd) {
				out.contentsEnd = out.contentsStart;
				return "data";
			}
			if (
				code !== RETURN.ok &&
				out.errorCode === 0 &&
				out.type !== TYPE.request &&
				out.type !== TYPE.ncRequest &&
				!isEmptyAnswer(out, code)
			) {
				out.errorCode = code;
			}
		} else if (out.dataEnd !== out.dataStart) return "data";
		switch (out.type) {
			case TYPE.request:
			case TYPE.ncRequest:
				return this.#userdataRequest(out, direction);
			case TYPE.response:
			case TYPE.ncResponse:
				return this.#userdataAnswer(out, direction);
			case TYPE.push:
			case TYPE.ncPush:
				out.kind = "push";
				if (out.group === GROUP.cyclic) this.#cyclicValues(out, this.#subscriptions.get(out.sequence));
				else if (out.group === GROUP.programmer) out.watch = this.#watches.get(out.sequence);
				out.name = nameOf(out);
				return "";
			default:
				return "parameters";
		}
	}

	#userdataRequest(out: S7Observation, direction: Direction): Violation | "" {
		out.kind = "request";
		const { contents, contentsStart: start, contentsEnd: end } = out;
		// The next part of an answer is asked for by the number of that answer.
		out.isContinuation = out.sequence !== 0 && out.parameterEnd - out.parameterStart >= USERDATA.long;
		let violation: Violation | "" = "";
		if (out.group === GROUP.cyclic && isSubscription(out.subFunction)) {
			if (end - start < 4) violation = "data";
			else {
				out.shape = this.#shapes.of(contents, start + 4, end, u8(contents, start + 1));
				if (out.shape.isBroken) violation = "items";
			}
		}
		if (out.group === GROUP.programmer && hasWatch(out.subFunction)) {
			out.watch = watchOf(out);
			out.written = [watchValuesOf(out)];
		}
		out.name = out.isContinuation ? this.#longName : nameOf(out);
		out.subject = subjectOf(out);
		this.#wait(out, direction);
		return violation;
	}

	#userdataAnswer(out: S7Observation, direction: Direction): Violation | "" {
		const asked = this.#settle(out, direction);
		if (asked === undefined) {
			out.kind = "unsolicited";
			return "";
		}
		out.kind = "response";
		if (out.group !== asked.group || out.subFunction !== asked.subFunction) return "parameters";
		out.isContinuation = asked.isContinuation;
		this.#gather(out, direction);
		out.watch = asked.watch;
		out.written = asked.written;
		if (asked.watch !== undefined && out.errorCode === 0) {
			if (this.#watches.size >= SUBSCRIPTIONS && !this.#watches.has(out.sequence)) {
				this.#context.count("watches");
				this.#watches.clear();
			}
			this.#watches.set(out.sequence, asked.watch);
		}
		if (out.group === GROUP.cyclic && asked.shape !== undefined && out.errorCode === 0) {
			if (this.#subscriptions.size >= SUBSCRIPTIONS && !this.#subscriptions.has(out.sequence)) {
				this.#context.count("subscriptions");
				this.#subscriptions.clear();
			}
			this.#subscriptions.set(out.sequence, asked.shape);
			this.#cyclicValues(out, asked.shape);
		}
		return "";
	}

	/** A count, and the values of a subscription as those of a read. */
	#cyclicValues(out: S7Observation, shape: Shape | undefined): void {
		out.shape = shape;
		if (out.subFunction === CYCLIC.unsubscribe || out.contentsEnd - out.contentsStart < 2 || out.errorCode !== 0) return;
		out.valuesAt = out.contentsStart + 2;
		out.valuesEnd = out.contentsEnd;
	}

	/** Puts an answer together that comes in several parts. With the last one `contents` is all of it. */
	#gather(out: S7Observation, direction: Direction): void {
		const key = (out.group << 9) | (out.subFunction << 1) | direction;
		const length = out.contentsEnd - out.contentsStart;
		const isNext = this.#longKey === key && out.isContinuation;
		if (!out.hasMore && !isNext) return;
		if (!isNext) {
			this.#longKey = key;
			this.#longLength = 0;
			this.#longName = out.name;
		}
		const all = this.#longLength + length;
		if (all > LONG_ANSWER) {
			this.#context.count("long-answer");
			this.#longKey = -1;
			return;
		}
		if (this.#long === undefined || this.#long.length < all) {
			const grown = new Uint8Array(Math.min(LONG_ANSWER, 2 * all));
			if (this.#long !== undefined) grown.set(this.#long.subarray(0, this.#longLength));
			this.#long = grown;
		}
		this.#long.set(out.contents.subarray(out.contentsStart, out.contentsEnd), this.#longLength);
		this.#longLength = all;
		if (out.hasMore) return;
		out.contents = this.#long;
		out.contentsStart = 0;
		out.contentsEnd = all;
		this.#longKey = -1;
	}

	#open(transfer: number, block: string): void {
		if (transfer < 0 || block === "") return;
		this.#transfers.delete(transfer);
		for (const oldest of this.#transfers.keys()) {
			if (this.#transfers.size < TRANSFERS) break;
			this.#transfers.delete(oldest);
		}
		this.#transfers.set(transfer, block);
	}

	#wait(out: S7Observation, direction: Direction): void {
		const pending = this.#pending[direction];
		const before = pending.get(out.reference);
		if (before !== undefined) pending.delete(out.reference);
		else if (pending.size >= PENDING) {
			this.#context.count("requests");
			for (const [reference] of pending) {
				pending.delete(reference);
				break;
			}
		}
		const { reference, functionCode, group, subFunction, shape, watch, written, name, subject, time, frame, isContinuation } = out;
		pending.set(reference, {
			reference,
			functionCode,
			group,
			subFunction,
			shape,
			watch,
			written,
			name,
			subject,
			time,
			frame,
			isContinuation,
			isDoubted: false,
		});
		this.#schedule();
	}

	/** Takes the request that this answers. */
	#settle(out: S7Observation, direction: Direction): Pending | undefined {
		const pending = this.#pending[direction === TO_CLIENT ? TO_SERVER : TO_CLIENT];
		const asked = pending.get(out.reference);
		if (asked === undefined || asked.group >= 0 !== (out.rosctr === ROSCTR.userdata)) return undefined;
		pending.delete(out.reference);
		out.requestFrame = asked.frame;
		out.latency = out.time - asked.time;
		out.name = asked.name;
		out.subject = asked.subject;
		this.#schedule();
		return asked;
	}

	#unanswered(one: Pending, direction: Direction): void {
		if (one.isDoubted) return;
		const out = this.#begin(direction);
		out.kind = "unanswered";
		out.time = one.time + TIMEOUT;
		out.frame = out.requestFrame = one.frame;
		out.reference = one.reference;
		out.functionCode = one.functionCode;
		out.group = one.group;
		out.subFunction = one.subFunction;
		out.shape = one.shape;
		out.watch = one.watch;
		out.written = one.written;
		out.name = one.name;
		out.subject = one.subject;
		out.isContinuation = one.isContinuation;
		this.#context.emit(out);
	}

	#schedule(): void {
		let earliest = this.#connect?.time ?? Number.POSITIVE_INFINITY;
		for (const pending of this.#pending)
			for (const one of pending.values()) {
				if (one.time < earliest) earliest = one.time;
				break;
			}
		this.deadline = earliest + TIMEOUT;
	}
}

const isSubscription = (subFunction: number): boolean =>
	subFunction === CYCLIC.transfer || subFunction === CYCLIC.change || subFunction === CYCLIC.changeModify;

/** Some answers that go well have nothing to say, and say that there is no object. */
const isEmptyAnswer = (o: S7Observation, code: number): boolean => code === RETURN.absent && o.contentsEnd === o.contentsStart;

/** The number of a transfer of blocks in a job or answer that has one; -1 for none. */
function transferOf(o: S7Observation): number {
	const { functionCode, bytes, parameterStart: start, parameterEnd: end } = o;
	if (functionCode < FUNCTION.requestDownload || functionCode > FUNCTION.endUpload || end - start < 8) return -1;
	return (u16(bytes, start + 4) << 16) | u16(bytes, start + 6);
}
