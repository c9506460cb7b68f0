/**
 * What answers what: in 4E an answer has the serial number of its request, in 3E one request waits at a time and answers come in their order (SH-080956, 4.3). Either end may have opened the
 * connection: who sends a request is the client of it, whoever opened it.
 */
import type { DecoderContext } from "../../src/decode/protocol.ts";
import { type WaitingRequest, WaitingRequests } from "../../src/decode/waitingRequests.ts";
import { type Direction, FlowBetween, TO_CLIENT } from "../../src/flow/flow.ts";
import { u16le } from "../../src/wire/bytes.ts";
import { COMMAND } from "./codes.ts";
import { MelsecObservation } from "./observation.ts";
import { readAnswer, readRequest } from "./parameters.ts";
import { dataOf, FORM, formAt, headerOf, isOwn, Reader, type Routing, routingAt } from "./wire.ts";

/** Requests of one flow that wait for their answer; the oldest gives way. */
const MAX_WAITING = 16;
/** Microseconds after which no answer will come; clients wait some seconds. */
const PATIENCE = 10_000_000;
/** Microseconds after which a client that asks again in 3E has given up what it asked before. By UDP it has at once: of two answers nobody could tell which is which. */
const GIVEN_UP_AFTER = 1_000_000;
/** An error repeats where it happened and what was asked (SH-080956, 4.3). */
const ERROR_INFORMATION = 9;

const serialAt = (bytes: Uint8Array, start: number, form: number): number => {
	if ((form & FORM.serial) === 0) return -1;
	return (form & FORM.ascii) !== 0 ? new Reader(bytes, start + 4, start + 8, true).number(2) : u16le(bytes, start + 2);
};

const formOf = ({ bytes, length }: WaitingRequest): number => formAt(bytes, 0, length);
/** -1 in 3E. */
const serialOf = (waiting: WaitingRequest): number => serialAt(waiting.bytes, 0, formOf(waiting));

export class Exchange {
	protected readonly context: DecoderContext<MelsecObservation>;
	protected readonly out = new MelsecObservation();
	readonly #waiting = new WaitingRequests(MAX_WAITING, PATIENCE);
	#turned: FlowBetween | undefined;

	constructor(context: DecoderContext<MelsecObservation>) {
		this.context = context;
	}

	get deadline(): number {
		return this.#waiting.deadline;
	}

	expire(now: number): void {
		for (let waiting = this.#waiting.takeOverdue(now); waiting !== undefined; waiting = this.#waiting.takeOverdue(now))
			this.#unanswered(waiting, this.#waiting.endOf(waiting));
	}

	/** What depended on lost bytes. */
	protected forget(): void {
		this.#waiting.clear();
	}

	/** What is no frame. */
	protected noFrame(size: number, direction: Direction, violation: string): void {
		const { clock } = this.context;
		this.out.reset(clock.time, clock.frame);
		this.out.size = size;
		this.out.violation = violation;
		this.#emit(direction, direction === TO_CLIENT);
	}

	/** One whole frame. */
	protected melsecFrame(bytes: Uint8Array, start: number, end: number, form: number, direction: Direction): void {
		const { out } = this;
		const { clock } = this.context;
		if ((form & (FORM.answer | FORM.serial)) === 0) this.#supersede(clock.time, direction);
		out.reset(clock.time, clock.frame);
		out.size = end - start;
		this.#header(bytes, start, form);
		if ((form & FORM.answer) === 0) this.#request(bytes, start, end, direction);
		else this.#answer(bytes, start, end, direction);
	}

	/** A client of 3E asks again: what it asked before will not be answered any more. */
	#supersede(now: number, direction: Direction): void {
		const isDatagram = this.context.flow.transport === "udp";
		// A clock that was set back says nothing of how long it waited.
		const isGivenUp = (waiting: WaitingRequest): boolean =>
			waiting.direction === direction && serialOf(waiting) < 0 && (isDatagram || Math.abs(now - waiting.time) >= GIVEN_UP_AFTER);
		for (let waiting = this.#waiting.take(isGivenUp); waiting !== undefined; waiting = this.#waiting.take(isGivenUp))
			this.#unanswered(waiting, now);
	}

	#emit(direction: Direction, isFromServer: boolean): void {
		const { flow } = this.context;
		this.out.isFromServer = isFromServer;
		if (isFromServer === (direction === TO_CLIENT)) {
			this.context.emit(this.out);
			return;
		}
		this.#turned ??= new FlowBetween(flow, flow.server, flow.client);
		this.context.emit(this.out, this.#turned);
	}

	#header(bytes: Uint8Array, start: number, form: number): void {
		const { out } = this;
		const routing = routingAt(bytes, start, form);
		out.form = form;
		out.serial = serialAt(bytes, start, form);
		out.network = routing.network;
		out.station = routing.station;
		out.io = routing.io;
		out.multidrop = routing.multidrop;
		out.unit = unitOf(routing);
	}

	/** Timer, command, subcommand and data; false where these do not fit. */
	#asked(bytes: Uint8Array, start: number, end: number, form: number): boolean {
		const { out } = this;
		const isAscii = (form & FORM.ascii) !== 0;
		const head = new Reader(bytes, start + headerOf(form), end, isAscii);
		out.timer = head.number(2);
		out.command = head.number(2);
		out.subcommand = head.number(2);
		const data = start + dataOf(form);
		if (!readRequest(out, new Reader(bytes, data, end, isAscii)) || head.isBroken) return false;
		if (out.itemCount === 0 && data < end) out.octets = end - data;
		return true;
	}

	#request(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const { out } = this;
		const isSound = this.#asked(bytes, start, end, out.form);
		if (out.command === COMMAND.onDemand) {
			// A controller sends it by itself, and wants no answer (SH-080008, 4.4).
			out.kind = "report";
			this.#emit(direction, true);
			return;
		}
		if (isSound) out.kind = "request";
		else out.violation = "parameters";
		if (!this.#waiting.keep(bytes, start, end, direction, out.time, out.frame)) this.context.count("melsec requests waiting");
		this.#emit(direction, false);
	}

	#answer(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const { out } = this;
		const { form, serial } = out;
		const isAscii = (form & FORM.ascii) !== 0;
		const endCode = new Reader(bytes, start + headerOf(form), end, isAscii).number(2);
		const waiting = this.#waiting.take(
			(one) => one.direction !== direction && (formOf(one) ^ form) === FORM.answer && serialOf(one) === serial,
		);
		if (waiting !== undefined) {
			const asked = formOf(waiting);
			this.#asked(waiting.bytes, 0, waiting.length, asked);
			out.isMatched = true;
			out.latency = out.time - waiting.time;
			out.requestFrame = waiting.frame;
			out.unit = unitOf(routingAt(waiting.bytes, 0, asked));
		}
		out.timer = out.octets = -1;
		out.endCode = endCode;
		const reader = new Reader(bytes, start + dataOf(form), end, isAscii);
		if (endCode !== 0) {
			out.kind = "error";
			if (waiting === undefined && reader.has(ERROR_INFORMATION)) {
				reader.number(4);
				reader.number(1);
				out.command = reader.number(2);
				out.subcommand = reader.number(2);
			}
		} else if ((out.subcommand & 0x80) !== 0 || readAnswer(out, reader, bytes)) out.kind = "response";
		else {
			out.violation = "parameters";
			out.valueCount = 0;
		}
		this.#emit(direction, true);
	}

	#unanswered(waiting: WaitingRequest, time: number): void {
		const { out } = this;
		const form = formOf(waiting);
		out.reset(time, waiting.frame);
		this.#header(waiting.bytes, 0, form);
		this.#asked(waiting.bytes, 0, waiting.length, form);
		out.kind = "unanswered";
		out.requestFrame = waiting.frame;
		this.#emit(waiting.direction, false);
	}
}

/** -1 for the CPU of the station itself; else network, station, and which CPU or multidrop station of it, behind each other. */
function unitOf(routing: Routing): number {
	if (isOwn(routing)) return -1;
	const { network, station, io, multidrop } = routing;
	return (network << 16) | (station << 8) | (multidrop !== 0 ? multidrop : io === 0x3ff ? 0 : io & 255);
}
