/** One flow's conversation: requests wait for their answers, connections are remembered that go to an object with a format of its own. */
import type { DecoderContext } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT } from "../../src/flow/flow.ts";
import { u16le, u32le } from "../../src/wire/bytes.ts";
import { type CipRequest, isAnswer, isManager, requestOf } from "./cip.ts";
import { answerOf, type CipAnswer, fits, isGood } from "./cipAnswers.ts";
import { CLASS, EMBEDDED_ERROR, SERVICE } from "./cipCodes.ts";
import { COMMAND, isAnswered } from "./codes.ts";
import { isList, itemsOf } from "./encapsulation.ts";
import { createObservation, type EnipObservation, resetObservation } from "./observation.ts";
import { ANSWER_AFTER, type Waiting, WaitingRequests } from "./waiting.ts";
import { HEADER, OFFSET, PREFIX, SEQUENCE } from "./wire.ts";

/** Connections of one flow that are remembered; of more the oldest are forgotten. */
const MAX_CONNECTIONS = 64;

/** Requests without a connection are told from each other by their context, where clients give each its own, and by their order. */
export class Exchange {
	deadline = Number.POSITIVE_INFINITY;
	protected readonly context: DecoderContext<EnipObservation>;
	readonly #out = createObservation();
	readonly #waiting = new WaitingRequests();
	/** By connection id: it carries services. */
	readonly #connections = new Map<number, boolean>();

	constructor(context: DecoderContext<EnipObservation>) {
		this.context = context;
	}

	expire(now: number): void {
		for (let oldest = this.#waiting.oldest; oldest !== undefined && oldest.time + ANSWER_AFTER <= now; oldest = this.#waiting.oldest) {
			this.#waiting.take((one) => one === oldest);
			this.#unanswered(oldest, oldest.time + ANSWER_AFTER);
		}
		this.#schedule();
	}

	protected forget(): void {
		this.#waiting.clear();
		this.#connections.clear();
		this.#schedule();
	}

	#schedule(): void {
		const { oldest } = this.#waiting;
		this.deadline = oldest === undefined ? Number.POSITIVE_INFINITY : oldest.time + ANSWER_AFTER;
	}

	#begin(kind: EnipObservation["kind"], direction: Direction): EnipObservation {
		const out = this.#out;
		const { clock, flow } = this.context;
		resetObservation(out);
		out.kind = kind;
		out.time = clock.time;
		out.frame = clock.frame;
		out.isFromServer = direction === TO_CLIENT;
		out.senderIp = (out.isFromServer ? flow.server : flow.client).ip;
		return out;
	}

	/** Bytes that are no message, or one that could not be read. */
	protected malformed(bytes: Uint8Array, start: number, end: number, direction: Direction, violation: string): void {
		const out = this.#begin("malformed", direction);
		if (violation !== "header") this.#header(bytes, start);
		out.bytes = bytes;
		out.start = start;
		out.end = end;
		out.violation = violation;
		this.context.emit(out);
	}

	#header(bytes: Uint8Array, start: number): void {
		const out = this.#out;
		out.command = u16le(bytes, start);
		out.session = u32le(bytes, start + OFFSET.session);
		out.status = u32le(bytes, start + OFFSET.status);
		out.contextLow = u32le(bytes, start + OFFSET.context);
		out.contextHigh = u32le(bytes, start + OFFSET.context + 4);
	}

	/** Values of an I/O connection: a connection id and a sequence number, and the data. */
	protected io(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const out = this.#begin("io", direction);
		out.connectionId = u32le(bytes, start + 6);
		out.ioSequence = u32le(bytes, start + 10);
		out.bytes = bytes;
		out.start = start + 18;
		out.end = end;
		this.context.emit(out);
	}

	/** One whole message. */
	protected message(bytes: Uint8Array, start: number, end: number, direction: Direction, isBroadcast: boolean): void {
		const command = u16le(bytes, start);
		if (u32le(bytes, start + OFFSET.options) !== 0) this.malformed(bytes, start, end, direction, "options");
		else if (command === COMMAND.sendRRData || command === COMMAND.sendUnitData) this.#data(bytes, start, end, direction);
		else this.#plain(bytes, start, end, direction, command, isBroadcast);
	}

	/** A command of the encapsulation itself. */
	#plain(bytes: Uint8Array, start: number, end: number, direction: Direction, command: number, isBroadcast: boolean): void {
		const isListed = isList(command);
		const isReply = isAnswered(command) && (isListed ? end > start + HEADER || direction === TO_CLIENT : direction === TO_CLIENT);
		const items = isListed && end > start + HEADER ? itemsOf(bytes, start + HEADER, end) : undefined;
		if (isListed && end > start + HEADER && items === undefined) {
			this.malformed(bytes, start, end, direction, "items");
			return;
		}
		const out = this.#begin("request", direction);
		this.#header(bytes, start);
		out.isBroadcast = isBroadcast;
		if (items !== undefined) {
			out.identities = items.identities;
			out.services = items.services;
		}
		if (isReply) {
			out.kind = out.status === 0 ? "response" : "error";
			this.#settle(this.#waiting.take((one) => one.request === undefined && this.#fitsHeader(one, command)));
		}
		this.context.emit(out);
		if (!isReply && isAnswered(command) && !isBroadcast) this.#wait(undefined);
	}

	#fitsHeader(one: Waiting, command: number): boolean {
		const { contextLow, contextHigh, isFromServer } = this.#out;
		return one.command === command && one.low === contextLow && one.high === contextHigh && one.isFromServer !== isFromServer;
	}

	/** The observation is an answer to this one. */
	#settle(waiting: Waiting | undefined): void {
		const out = this.#out;
		this.#schedule();
		if (waiting === undefined) return;
		out.matched = true;
		out.requestFrame = waiting.frame;
		out.latency = out.time - waiting.time;
	}

	/** The observation is a request, and its answer is to come. */
	#wait(request: CipRequest | undefined): void {
		const out = this.#out;
		const isConnected = out.connectionId >= 0;
		const given = this.#waiting.add({
			command: out.command,
			session: out.session,
			low: isConnected ? out.connectionId : out.contextLow,
			high: isConnected ? 0 : out.contextHigh,
			sequenceCount: out.sequenceCount,
			request,
			time: out.time,
			frame: out.frame,
			isFromServer: out.isFromServer,
		});
		if (given !== undefined) {
			this.context.count("more requests wait than are kept");
			this.#unanswered(given, this.context.clock.time);
		}
		this.#schedule();
	}

	#unanswered(waiting: Waiting, time: number): void {
		const out = this.#begin("unanswered", waiting.isFromServer ? 1 : 0);
		const isConnected = waiting.sequenceCount >= 0;
		out.time = time;
		out.frame = out.requestFrame = waiting.frame;
		out.command = waiting.command;
		out.session = waiting.session;
		out.contextLow = isConnected ? 0 : waiting.low;
		out.contextHigh = waiting.high;
		out.connectionId = isConnected ? waiting.low : -1;
		out.sequenceCount = waiting.sequenceCount;
		out.request = waiting.request;
		this.context.emit(out);
	}

	/** Send RR Data and Send Unit Data (2-4.7, 2-4.8). */
	#data(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const status = u32le(bytes, start + OFFSET.status);
		if (end === start + HEADER) {
			// The encapsulation itself refuses, and sends nothing back.
			const out = this.#begin(status === 0 ? "malformed" : "error", direction);
			this.#header(bytes, start);
			if (status === 0) out.violation = "length";
			else {
				const waiting = this.#waiting.take((one) => this.#fitsHeader(one, out.command));
				out.request = waiting?.request;
				this.#settle(waiting);
			}
			this.context.emit(out);
			return;
		}
		const items = itemsOf(bytes, start + HEADER + PREFIX, end);
		const isConnected = items !== undefined && items.connectionId >= 0;
		const at = items === undefined ? end : items.dataStart + (isConnected ? SEQUENCE : 0);
		if (items === undefined || items.dataStart < 0 || at >= items.dataEnd) {
			this.malformed(bytes, start, end, direction, "items");
			return;
		}
		const out = this.#begin("request", direction);
		this.#header(bytes, start);
		if (isConnected) {
			out.connectionId = items.connectionId;
			out.sequenceCount = u16le(bytes, items.dataStart);
			if (this.#connections.get(items.connectionId) === false) {
				out.kind = "data";
				out.bytes = bytes;
				out.start = at;
				out.end = items.dataEnd;
				this.context.emit(out);
				return;
			}
		}
		if (isAnswer(bytes, at)) this.#answer(bytes, at, items.dataEnd);
		else this.#request(bytes, at, items.dataEnd);
	}

	#request(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		const request = requestOf(bytes, start, end);
		out.request = request;
		out.violation = violationOf(request);
		if (out.violation !== "") {
			out.kind = "malformed";
			out.bytes = bytes;
			out.start = start;
			out.end = end;
		}
		if (out.sequenceCount >= 0) {
			const { connectionId, sequenceCount, isFromServer } = out;
			const before = this.#waiting.take(
				(one) =>
					one.low === connectionId &&
					one.sequenceCount === sequenceCount &&
					one.isFromServer === isFromServer &&
					one.request?.service === request.service,
			);
			out.isRepeated = before !== undefined;
		}
		this.context.emit(out);
		for (const [place, part] of request.parts.entries()) {
			out.request = part;
			out.place = place;
			this.context.emit(out);
		}
		out.place = -1;
		this.#wait(request);
	}

	#answer(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		const service = bytes[start]! & 0x7f;
		const { sequenceCount, isFromServer } = out;
		const waiting = this.#waiting.take((one) =>
			sequenceCount >= 0
				? one.sequenceCount === sequenceCount &&
					one.isFromServer !== isFromServer &&
					one.request !== undefined &&
					fits(service, one.request)
				: one.request !== undefined && this.#fitsHeader(one, out.command) && fits(service, one.request),
		);
		const request = waiting?.request;
		const answer = answerOf(bytes, start, end, request);
		out.request = request;
		out.answer = answer;
		this.#settle(waiting);
		out.kind = kindOf(answer);
		out.violation =
			answer.violation || (answer.pccc?.violation ?? "") || (answer.parts.find((part) => part.violation !== "")?.violation ?? "");
		if (out.violation !== "") {
			out.kind = "malformed";
			out.bytes = bytes;
			out.start = start;
			out.end = end;
		}
		this.context.emit(out);
		if (request !== undefined) this.#remember(request, answer);
		for (const [place, part] of answer.parts.entries()) {
			out.request = request?.parts[place];
			out.answer = part;
			out.place = place;
			out.kind = part.violation === "" ? kindOf(part) : "malformed";
			out.violation = part.violation;
			this.context.emit(out);
			if (out.request !== undefined) this.#remember(out.request, part);
		}
	}

	/** A connection was opened: does it go to the router of messages, and carry services? */
	#remember(request: CipRequest, answer: CipAnswer): void {
		if (!isManager(request) || request.opens === undefined || answer.opened === undefined) return;
		const isRouter = request.opens.path.classId === CLASS.messageRouter;
		for (const id of [answer.opened.toTargetId, answer.opened.toOriginatorId]) {
			this.#connections.delete(id);
			this.#connections.set(id, isRouter);
		}
		while (this.#connections.size > MAX_CONNECTIONS) {
			const [first] = this.#connections.keys();
			this.#connections.delete(first!);
			this.context.count("more connections are open than are remembered");
		}
	}
}

/** What is wrong with a request, or with one inside it. */
function violationOf(request: CipRequest): string {
	if (request.violation !== "") return request.violation;
	for (const part of request.parts) {
		const inner = violationOf(part);
		if (inner !== "") return inner;
	}
	return "";
}

/** Of a packet of services each has its own outcome. */
const kindOf = (answer: CipAnswer): "response" | "error" =>
	isGood(answer) || (answer.service === SERVICE.multipleServicePacket && answer.generalStatus === EMBEDDED_ERROR && answer.parts.length > 0)
		? "response"
		: "error";
