/**
 * Kerberos 5 (RFC 4120) between clients and the server of keys, by UDP and TCP: requests for tickets, with what answers them on the same flow. A message has no id: an answer belongs to the request of its kind that waits
 * longest, an error to the latest for the service that it names, and one that is sent again (by its nonce) waits once.
 */
import { MessageReader, type MessageUser } from "../../src/decode/messageReader.ts";
import {
	type DatagramDecoder,
	type Datagrams,
	type DecoderContext,
	PROBE,
	type Probe,
	type Stream,
	type StreamDecoder,
} from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8 } from "../../src/wire/bytes.ts";
import { MESSAGE } from "./codes.ts";
import { readError, readReply, readRequest } from "./messages.ts";
import { type KerberosObservation, type KerberosRequest, newObservation } from "./observation.ts";
import { LENGTH, MAX_MESSAGE, MORE, messageAt, NONE, typeAt } from "./wire.ts";

/** Requests of one flow that wait; the oldest gives way. */
const PENDING = 16;
/** Microseconds after which no answer will come. */
const PATIENCE = 10_000_000;

const PORTS = [88];
const isRequest = (type: number): boolean => type === MESSAGE.asRequest || type === MESSAGE.tgsRequest;
const sideOf = (type: number): "client" | "server" | undefined => (type <= 0 ? undefined : isRequest(type) ? "client" : "server");

function probe(bytes: Uint8Array, start: number, end: number): Probe {
	const length = messageAt(bytes, start, end);
	return length === NONE ? PROBE.mismatch : length === MORE ? PROBE.more : PROBE.certain;
}

export const kerberosTcp: StreamDecoder<KerberosObservation> = {
	ports: PORTS,
	maxMessage: MAX_MESSAGE,
	probe,
	sender: (bytes, start, end) => (messageAt(bytes, start, end) > 0 ? sideOf(u8(bytes, start + LENGTH) & 0x1f) : undefined),
	open: (context) => new KerberosStream(context),
};

export const kerberosUdp: DatagramDecoder<KerberosObservation> = {
	ports: PORTS,
	probe: (bytes, start, end) => (typeAt(bytes, start, end, end - start) > 0 ? PROBE.certain : PROBE.mismatch),
	sender: (bytes, start, end) => sideOf(typeAt(bytes, start, end, end - start)),
	open: (context) => new KerberosDatagrams(context),
};

/** Requests and answers of one flow. */
class Conversation {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<KerberosObservation>;
	readonly #out = newObservation();
	/** In order of time. */
	readonly #pending: KerberosRequest[] = [];

	constructor(context: DecoderContext<KerberosObservation>) {
		this.#context = context;
	}

	message(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const type = u8(bytes, start) & 0x1f;
		if (isRequest(type) !== (direction === TO_SERVER)) this.malformed(direction);
		else if (direction === TO_SERVER) this.#request(bytes, start, end, type);
		else if (type === MESSAGE.error) this.#error(bytes, start, end);
		else this.#reply(bytes, start, end, type);
	}

	malformed(direction: Direction): void {
		this.#context.emit(this.#begin("malformed", direction));
	}

	/** Bytes were lost: answers may have been among them. */
	forget(): void {
		this.#pending.length = 0;
		this.#schedule();
	}

	expire(now: number): void {
		while (this.#pending.length > 0 && this.deadline <= now) {
			const request = this.#pending.shift()!;
			this.#schedule();
			const out = this.#begin("unanswered", TO_SERVER);
			out.frame = request.frame;
			this.#asked(out, request);
			this.#context.emit(out);
		}
	}

	#request(bytes: Uint8Array, start: number, end: number, type: number): void {
		const { clock } = this.#context;
		const request = readRequest(bytes, start, end, type, clock.time, clock.frame);
		if (request === undefined) {
			this.malformed(TO_SERVER);
			return;
		}
		const out = this.#begin("request", TO_SERVER);
		this.#asked(out, request);
		this.#context.emit(out);
		if (this.#pending.some((one) => one.nonce === request.nonce && one.type === type)) return;
		if (this.#pending.length >= PENDING) {
			this.#context.count("pending-bound");
			this.#pending.shift();
		}
		this.#pending.push(request);
		this.#schedule();
	}

	#reply(bytes: Uint8Array, start: number, end: number, type: number): void {
		const reply = readReply(bytes, start, end);
		if (reply === undefined) {
			this.malformed(TO_CLIENT);
			return;
		}
		const out = this.#begin("reply", TO_CLIENT);
		this.#answers(
			out,
			this.#pending.findIndex((one) => one.type === type - 1),
		);
		out.type = type;
		Object.assign(out, reply);
		this.#context.emit(out);
	}

	#error(bytes: Uint8Array, start: number, end: number): void {
		const failure = readError(bytes, start, end);
		if (failure === undefined) {
			this.malformed(TO_CLIENT);
			return;
		}
		const out = this.#begin("error", TO_CLIENT);
		// 5.9.1: it names the service that was asked for.
		const named = this.#pending.findLastIndex(({ server }) => server === failure.server);
		this.#answers(out, named < 0 && this.#pending.length > 0 ? 0 : named);
		out.type = MESSAGE.error;
		Object.assign(out, failure);
		// What it leaves out, its request said.
		if (out.client === "") out.client = out.request?.client ?? "";
		this.#context.emit(out);
	}

	#answers(out: KerberosObservation, index: number): void {
		if (index < 0) return;
		const [request] = this.#pending.splice(index, 1);
		this.#schedule();
		out.request = request;
		out.latency = Math.max(0, out.time - request!.time);
	}

	#asked(out: KerberosObservation, request: KerberosRequest): void {
		out.request = request;
		out.type = request.type;
		out.client = request.client;
		out.server = request.server;
		out.realm = request.realm;
	}

	#schedule(): void {
		this.deadline = this.#pending.length > 0 ? this.#pending[0]!.time + PATIENCE : Number.POSITIVE_INFINITY;
	}

	#begin(kind: KerberosObservation["kind"], direction: Direction): KerberosObservation {
		const out = this.#out;
		const { clock, flow } = this.#context;
		out.kind = kind;
		out.time = clock.time;
		out.frame = clock.frame;
		out.isFromServer = direction === TO_CLIENT;
		out.type = 0;
		out.request = undefined;
		out.client = out.server = out.realm = out.text = "";
		out.ticketEncryption = out.replyEncryption = out.error = out.latency = -1;
		out.ends.client = flow.client.ip;
		return out;
	}
}

class KerberosStream implements Stream, MessageUser {
	readonly soundness = PROBE.certain;
	readonly #conversation: Conversation;
	readonly #reader: MessageReader;

	constructor(context: DecoderContext<KerberosObservation>) {
		this.#conversation = new Conversation(context);
		this.#reader = new MessageReader(this, context.clock);
	}

	get deadline(): number {
		return this.#conversation.deadline;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		return this.#reader.data(bytes, start, end, direction);
	}

	gap(direction: Direction): void {
		this.#reader.gap(direction);
		this.#conversation.forget();
	}

	expire(now: number): void {
		this.#conversation.expire(now);
	}

	lengthAt(bytes: Uint8Array, at: number, end: number): number {
		return messageAt(bytes, at, end);
	}

	probe(bytes: Uint8Array, start: number, end: number): Probe {
		return probe(bytes, start, end);
	}

	message(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		this.#conversation.message(bytes, start + LENGTH, end, direction);
	}

	broken(_size: number, direction: Direction, _why: number): void {
		this.#conversation.malformed(direction);
	}
}

class KerberosDatagrams implements Datagrams {
	readonly #conversation: Conversation;

	constructor(context: DecoderContext<KerberosObservation>) {
		this.#conversation = new Conversation(context);
	}

	get deadline(): number {
		return this.#conversation.deadline;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		if (typeAt(bytes, start, end, end - start) <= 0) return false;
		this.#conversation.message(bytes, start, end, direction);
		return true;
	}

	expire(now: number): void {
		this.#conversation.expire(now);
	}
}
