/** HART-IP over UDP, a message in each datagram, and over TCP, where each message says its length. An answer has the sequence number of its request. */
import { MessageReader, type MessageUser, MORE, UNFINISHED } from "../../src/decode/messageReader.ts";
import {
	type DatagramDecoder,
	type Datagrams,
	type DecoderContext,
	PROBE,
	type Probe,
	type Stream,
	type StreamDecoder,
} from "../../src/decode/protocol.ts";
import { type WaitingRequest, WaitingRequests } from "../../src/decode/waitingRequests.ts";
import { type Direction, TO_CLIENT } from "../../src/flow/flow.ts";
import { u8, u16, u32 } from "../../src/wire/bytes.ts";
import { COMMAND, isDone } from "./codes.ts";
import { type Carried, type CarriedCommand, carriedBy, take } from "./commands.ts";
import { HartObservation } from "./observation.ts";
import { readAnswered, readAsked } from "./parameters.ts";
import { AUDIT, HEADER, isAsked, MAX_MESSAGE, MESSAGE_ID, MESSAGE_TYPE, messageAt, NONE, PORT, SESSION } from "./wire.ts";

/** Requests of one flow that wait for their answer; the oldest gives way. */
const MAX_WAITING = 32;
/** Microseconds after which no answer will come: a device behind a gateway may take seconds. */
const PATIENCE = 30_000_000;

/** Exactly one message. */
const isWhole = (bytes: Uint8Array, start: number, end: number): boolean => end > start && messageAt(bytes, start, end) === end - start;

type Sender = "client" | "server" | undefined;

export const hartUdp: DatagramDecoder<HartObservation> = {
	ports: [PORT],
	probe: (bytes, start, end) => {
		return isWhole(bytes, start, end) ? probeBody(bytes, start, end, false) : PROBE.mismatch;
	},
	sender: senderOf,
	open: (context) => new HartDatagrams(context),
};

export const hartTcp: StreamDecoder<HartObservation> = {
	ports: [PORT],
	maxMessage: MAX_MESSAGE,
	probe: probeStream,
	sender: senderOf,
	open: (context) => new HartStream(context),
};

function probeStream(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	const length = messageAt(bytes, start, end);
	if (length === NONE) return PROBE.mismatch;
	return length === MORE || start + length > end ? PROBE.more : probeBody(bytes, start, start + length, isHinted === true);
}

/** A frame with its check octet, or a session that is opened, is certain; a header alone has few bits that are fixed, so where no port hints both directions must fit. */
function probeBody(bytes: Uint8Array, start: number, end: number, isHinted: boolean): Probe {
	const isAnswer = !isAsked(bytes, start);
	switch (u8(bytes, start + HEADER.id)) {
		case MESSAGE_ID.sessionInitiate:
			if (end - start !== SESSION.end) return isAnswer && end - start === HEADER.body ? PROBE.match : PROBE.mismatch;
			return u8(bytes, start + SESSION.host) <= 1 ? (u8(bytes, start + HEADER.status) === 0 ? PROBE.certain : PROBE.match) : PROBE.mismatch;
		case MESSAGE_ID.tokenPassing: {
			if (end - start === HEADER.body && isAnswer) return PROBE.match;
			const { violation } = carriedBy(bytes, start, end, isAnswer);
			if (violation === "") return PROBE.certain;
			// Others begin with small numbers too.
			return violation === "checksum" || isHinted ? PROBE.match : PROBE.mismatch;
		}
		case MESSAGE_ID.direct:
			return carriedBy(bytes, start, end, isAnswer).violation === "" ? PROBE.match : PROBE.mismatch;
		case MESSAGE_ID.auditLog:
			return end - start === AUDIT.powerUp || (isAnswer && end - start >= AUDIT.answerEnd) ? PROBE.match : PROBE.mismatch;
		default:
			return end - start === HEADER.body ? PROBE.match : PROBE.mismatch;
	}
}

function senderOf(bytes: Uint8Array, start: number, end: number): Sender {
	if (messageAt(bytes, start, end) <= 0) return undefined;
	return isAsked(bytes, start) ? "client" : "server";
}

class Exchange {
	protected readonly context: DecoderContext<HartObservation>;
	protected readonly out = new HartObservation();
	readonly #waiting = new WaitingRequests(MAX_WAITING, PATIENCE);
	/** Type and number of the device that the server is; -1 while it was not asked at polling address 0. */
	#selfType = -1;
	#selfId = -1;

	constructor(context: DecoderContext<HartObservation>) {
		this.context = context;
	}

	get deadline(): number {
		return this.#waiting.deadline;
	}

	expire(now: number): void {
		for (let waiting = this.#waiting.takeOverdue(now); waiting !== undefined; waiting = this.#waiting.takeOverdue(now))
			this.#unanswered(waiting);
	}

	/** What depended on lost bytes. */
	protected forget(): void {
		this.#waiting.clear();
	}

	protected begin(size: number): HartObservation {
		const { clock } = this.context;
		this.out.reset(clock.time, clock.frame);
		this.out.size = size;
		return this.out;
	}

	message(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const out = this.begin(end - start);
		header(out, bytes, start);
		const waiting = out.isFromServer ? this.#answered(direction) : undefined;
		if (!out.isFromServer) this.#ask(bytes, start, end, direction);
		if (out.messageId === MESSAGE_ID.tokenPassing || out.messageId === MESSAGE_ID.direct) {
			// One that is refused as a whole has no body.
			if (end - start === HEADER.body && out.isFromServer) this.#refused(waiting);
			else this.#commands(bytes, start, end, waiting);
			return;
		}
		out.kind = out.status !== 0 || out.messageType === MESSAGE_TYPE.nak ? "error" : "session";
		if (!session(out, bytes, start, end)) {
			out.kind = "malformed";
			out.violation = "length";
		}
		this.context.emit(out);
	}

	#ask(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const { out } = this;
		// Sent again, as it was not answered: the answer is to both.
		const before = this.#waiting.find(
			(one) =>
				one.direction === direction &&
				one.length === end - start &&
				u16(one.bytes, HEADER.sequence) === out.sequence &&
				isSame(one, bytes, start),
		);
		if (before !== undefined) {
			out.isRepeat = true;
			this.#waiting.renew(before, out.time);
		} else if (!this.#waiting.keep(bytes, start, end, direction, out.time, out.frame)) this.context.count("hart-ip requests waiting");
	}

	#answered(direction: Direction): WaitingRequest | undefined {
		const { out } = this;
		if (out.messageType === MESSAGE_TYPE.publish) return undefined;
		const waiting = this.#waiting.take(
			({ bytes, direction: asked }) =>
				asked !== direction && u16(bytes, HEADER.sequence) === out.sequence && u8(bytes, HEADER.id) === out.messageId,
		);
		if (waiting === undefined) return undefined;
		out.isMatched = true;
		out.latency = out.time - waiting.time;
		out.requestFrame = waiting.frame;
		return waiting;
	}

	/** Says all commands of a message; of an answer with the help of what was asked. */
	#commands(bytes: Uint8Array, start: number, end: number, waiting: WaitingRequest | undefined): void {
		const { out } = this;
		const carried = carriedBy(bytes, start, end, out.isFromServer);
		const asked = waiting && askedIn(waiting);
		if (carried.isCut) this.context.count("hart-ip commands of a message");
		for (const [index, one] of carried.commands.entries()) {
			out.resetCommand();
			if (carried.commands.length > 1) out.item = index;
			if (out.isFromServer) this.#answer(bytes, one, waiting, asked?.[index]);
			else this.#request(bytes, one);
			this.context.emit(out);
		}
		if (carried.violation === "" && carried.commands.length > 0) return;
		// What was asked is answered all the same.
		out.resetCommand();
		const unread = asked?.[carried.commands.length];
		if (unread !== undefined) this.#asked(waiting!, unread);
		out.kind = "malformed";
		out.violation = carried.violation === "" ? "length" : carried.violation;
		this.context.emit(out);
	}

	#request(bytes: Uint8Array, one: CarriedCommand): void {
		const { out } = this;
		take(out, one);
		out.kind = "request";
		out.violation = "";
		this.#own(one);
		if (readAsked(out, bytes, one.start, one.end)) return;
		out.kind = "malformed";
		out.violation = "parameters";
	}

	/** The words of the request, where an answer has none of its own. */
	#asked(waiting: WaitingRequest, one: CarriedCommand): void {
		take(this.out, one);
		this.#own(one);
		readAsked(this.out, waiting.bytes, one.start, one.end);
	}

	#answer(bytes: Uint8Array, one: CarriedCommand, waiting: WaitingRequest | undefined, asked: CarriedCommand | undefined): void {
		const { out } = this;
		const { responseCode, deviceStatus, extendedStatus } = one;
		const isOwn = asked !== undefined && (asked.command === one.command || asked.carrier === one.command);
		if (isOwn) this.#asked(waiting!, asked);
		// A refusal of what was passed on is one of that.
		if (!isOwn || asked.carrier !== one.command) take(out, one);
		out.responseCode = responseCode;
		out.deviceStatus = deviceStatus;
		out.extendedStatus = extendedStatus;
		out.octets = one.end - one.start;
		out.kind = one.isPublished || out.messageType === MESSAGE_TYPE.publish ? "publish" : isDone(responseCode) ? "response" : "error";
		out.violation = "";
		if (!isDone(responseCode)) return;
		if (!readAnswered(out, bytes, one.start, one.end)) {
			out.kind = "malformed";
			out.violation = "parameters";
			return;
		}
		if (out.command === COMMAND.identity && one.polling === 0 && one.carrier < 0 && out.details !== undefined) {
			this.#selfType = Number(out.details.expandedDeviceType) & 0x3fff;
			this.#selfId = Number(out.details.deviceNumber);
		}
		this.#own(one);
	}

	#own({ deviceType, deviceId, polling, card, carrier }: CarriedCommand): void {
		const isDirect = card < 0 && (polling === 0 || (polling < 0 && deviceId < 0));
		this.out.isSelf =
			isDirect || (deviceId >= 0 && deviceId === this.#selfId && deviceType === this.#selfType && carrier !== COMMAND.toSubDevice);
	}

	/** An answer without a body: the server passes nothing on. */
	#refused(waiting: WaitingRequest | undefined): void {
		const { out } = this;
		const asked = waiting && askedIn(waiting)[0];
		if (asked !== undefined) this.#asked(waiting!, asked);
		out.kind = "error";
		out.responseCode = out.status;
		this.context.emit(out);
	}

	#unanswered(waiting: WaitingRequest): void {
		const { out } = this;
		const commands = askedIn(waiting);
		const id = u8(waiting.bytes, HEADER.id);
		// What is no command is not answered.
		if (CARRYING.has(id) && commands.length === 0) return;
		// Over UDP a server may answer from the port that the session gets, which is another flow.
		if (id === MESSAGE_ID.sessionInitiate && this.context.flow.transport === "udp") return;
		for (const one of commands.length > 0 ? commands : [undefined]) {
			out.reset(this.#waiting.endOf(waiting), waiting.frame);
			out.size = waiting.length;
			header(out, waiting.bytes, 0);
			if (one !== undefined) this.#asked(waiting, one);
			else session(out, waiting.bytes, 0, waiting.length);
			out.kind = "unanswered";
			out.requestFrame = waiting.frame;
			this.context.emit(out);
		}
	}
}

const CARRYING: ReadonlySet<number> = new Set([MESSAGE_ID.tokenPassing, MESSAGE_ID.direct]);
const askedIn = ({ bytes, length }: WaitingRequest): Carried["commands"] =>
	CARRYING.has(u8(bytes, HEADER.id)) ? carriedBy(bytes, 0, length, false).commands : [];

function header(o: HartObservation, bytes: Uint8Array, start: number): void {
	o.version = u8(bytes, start + HEADER.version);
	o.messageType = u8(bytes, start + HEADER.type);
	o.messageId = u8(bytes, start + HEADER.id);
	o.status = u8(bytes, start + HEADER.status);
	o.sequence = u16(bytes, start + HEADER.sequence);
	o.isFromServer = o.messageType !== MESSAGE_TYPE.request;
}

/** What opens, keeps and closes a session; false where something is missing. */
function session(o: HartObservation, bytes: Uint8Array, start: number, end: number): boolean {
	switch (o.messageId) {
		case MESSAGE_ID.sessionInitiate:
			if (end - start < SESSION.end) return o.isFromServer && o.status !== 0;
			o.hostType = u8(bytes, start + SESSION.host);
			o.inactivityTimer = u32(bytes, start + SESSION.timer);
			return true;
		case MESSAGE_ID.auditLog: {
			if (end - start < (o.isFromServer ? AUDIT.answerEnd : AUDIT.powerUp)) return o.isFromServer && o.status !== 0;
			const details: Record<string, unknown> = { firstRecord: u8(bytes, start + AUDIT.first), records: u8(bytes, start + AUDIT.count) };
			if (o.isFromServer) {
				details.powerUpTime = seconds(bytes, start + AUDIT.powerUp);
				details.lastSecurityChange = seconds(bytes, start + AUDIT.securityChange);
			}
			o.details = details;
			return true;
		}
		default:
			return true;
	}
}

const seconds = (bytes: Uint8Array, at: number): number => u32(bytes, at) * 2 ** 32 + u32(bytes, at + 4);

function isSame(waiting: WaitingRequest, bytes: Uint8Array, start: number): boolean {
	for (let at = 0; at < waiting.length; at++) if (waiting.bytes[at] !== bytes[start + at]) return false;
	return true;
}

class HartDatagrams extends Exchange implements Datagrams {
	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		if (!isWhole(bytes, start, end)) return false;
		this.message(bytes, start, end, direction);
		return true;
	}
}

class HartStream extends Exchange implements Stream, MessageUser {
	readonly soundness = PROBE.certain;
	readonly #reader = new MessageReader(this, this.context.clock);

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		return this.#reader.data(bytes, start, end, direction);
	}

	gap(direction: Direction): void {
		this.#reader.gap(direction);
		this.forget();
	}

	lengthAt(bytes: Uint8Array, at: number, end: number): number {
		return messageAt(bytes, at, end);
	}

	probe(bytes: Uint8Array, start: number, end: number): Probe {
		return probeStream(bytes, start, end);
	}

	broken(size: number, direction: Direction, why: number): void {
		const out = this.begin(size);
		out.isFromServer = direction === TO_CLIENT;
		out.violation = why === UNFINISHED ? "unfinished" : "header";
		this.context.emit(out);
	}
}
