/**
 * LDAP (RFC 4511) over TCP, and over UDP as Windows looks for its servers ([MS-ADTS] 6.3.3). Requests are paired with what ends them by the id of the message. What is behind StartTLS and behind a login that
 * protects what follows (RFC 4513, 5.2.1.8) is not looked at.
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
	seekBy,
} from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { BER } from "../../src/wire/ber.ts";
import { NTLM, ntlmAt, ntlmIn } from "../../src/wire/ntlm.ts";
import { answered, isRequest, OP, RESULT, START_TLS } from "./codes.ts";
import { type LdapObservation, type LdapRequest, newObservation } from "./observation.ts";
import { eachAttribute, newRequest, readRequest, textOf } from "./requests.ts";
import { AFTER, Elements, ENUMERATED, type Envelope, MAX_MESSAGE, MORE, messageAt, NONE, readEnvelope } from "./wire.ts";

/** Requests that wait; the oldest gives way. */
const PENDING = 128;
/** Microseconds after which no answer will come: searches may take long. */
const PATIENCE = 60_000_000;
/** Objects of Java in a directory (RFC 2713, 3): what of them makes a client load code. */
const JAVA = /^java(?:CodeBase|SerializedData|Factory)$/i;

const PORTS = [389, 3268];

/** A message whose front fits. */
function probe(bytes: Uint8Array, start: number, end: number): Probe {
	const length = messageAt(bytes, start, end);
	return length === NONE ? PROBE.mismatch : length === MORE ? PROBE.more : PROBE.match;
}

function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	const length = messageAt(bytes, start, end);
	if (length <= 0 || end - start < length) return undefined;
	const envelope: Envelope = { id: 0, op: 0, start: 0, end: 0 };
	readEnvelope(bytes, start, start + length, envelope);
	return isRequest(envelope.op) ? "client" : "server";
}

export const ldapTcp: StreamDecoder<LdapObservation> = {
	ports: PORTS,
	maxMessage: MAX_MESSAGE,
	probe,
	sender,
	open: (context) => new LdapStream(context),
};

export const ldapUdp: DatagramDecoder<LdapObservation> = {
	ports: [389],
	probe: (bytes, start, end) => (messageAt(bytes, start, end) === end - start ? PROBE.match : PROBE.mismatch),
	sender,
	open: (context) => new LdapDatagrams(context),
};

/** Requests and answers of one flow. */
class Conversation {
	deadline = Number.POSITIVE_INFINITY;
	/** What follows is encrypted, or packed. */
	isHidden = false;
	readonly #context: DecoderContext<LdapObservation>;
	readonly #out = newObservation();
	readonly #envelope: Envelope = { id: 0, op: 0, start: 0, end: 0 };
	/** By id, in order of time. */
	readonly #pending = new Map<number, LdapRequest>();
	/** A login by SASL was let in: what follows may be packed. */
	#mayBePacked = false;

	constructor(context: DecoderContext<LdapObservation>) {
		this.#context = context;
	}

	/** RFC 4422, 3.7: packed messages stand behind their length, which never begins like a message. */
	isPacked(first: number): boolean {
		return this.#mayBePacked && first !== BER.sequence;
	}

	message(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const envelope = this.#envelope;
		readEnvelope(bytes, start, end, envelope);
		if (isRequest(envelope.op) !== (direction === TO_SERVER)) {
			this.malformed(direction);
			return;
		}
		if (direction === TO_SERVER) this.#request(bytes, envelope);
		else this.#answer(bytes, envelope);
	}

	malformed(direction: Direction): void {
		this.#context.emit(this.#begin("malformed", direction));
	}

	/** Bytes were lost: answers may have been among them. */
	forget(): void {
		this.#pending.clear();
		this.#schedule();
	}

	/** Everything begins anew. */
	reset(): void {
		this.forget();
		this.isHidden = this.#mayBePacked = false;
	}

	expire(now: number): void {
		for (const [id, one] of this.#pending) {
			if (one.time + PATIENCE > now) break;
			this.#pending.delete(id);
			const out = this.#begin("unanswered", TO_SERVER);
			out.frame = one.frame;
			out.id = id;
			out.op = one.op;
			out.request = one;
			this.#context.emit(out);
		}
		this.#schedule();
	}

	#request(bytes: Uint8Array, { id, op, start, end }: Envelope): void {
		const { clock } = this.#context;
		const request = newRequest(id, op, clock.time, clock.frame);
		if (!readRequest(bytes, start, end, request)) {
			this.malformed(TO_SERVER);
			return;
		}
		const out = this.#begin("request", TO_SERVER);
		out.id = id;
		out.op = op;
		out.request = request;
		this.#context.emit(out);
		if (op === OP.unbindRequest || op === OP.abandonRequest) return;
		if (this.#pending.size >= PENDING) {
			this.#context.count("pending-bound");
			for (const oldest of this.#pending.keys()) {
				this.#pending.delete(oldest);
				break;
			}
		}
		this.#pending.delete(id);
		this.#pending.set(id, request);
		this.#schedule();
	}

	#answer(bytes: Uint8Array, { id, op, start, end }: Envelope): void {
		const request = this.#pending.get(id);
		if (op === OP.searchEntry) {
			if (request !== undefined) request.entries++;
			this.#entry(bytes, start, end);
			return;
		}
		const asked = answered(op);
		if (asked === undefined) return;
		const parts = new Elements(bytes, start, end);
		const result = parts.integer(ENUMERATED);
		const matchedName = parts.take(BER.octetString) ? textOf(parts) : "";
		const diagnostic = parts.take(BER.octetString) ? textOf(parts) : "";
		if (parts.isBroken) {
			this.malformed(TO_CLIENT);
			return;
		}
		const isMatched = request?.op === asked;
		const out = this.#begin(id === 0 ? "notice" : "response", TO_CLIENT);
		out.id = id;
		out.op = asked;
		out.result = result;
		out.matchedName = matchedName;
		out.diagnostic = diagnostic;
		if (isMatched) {
			out.request = request;
			out.latency = Math.max(0, out.time - request.time);
			this.#pending.delete(id);
			this.#schedule();
		}
		while (parts.next()) if (op === OP.bindResponse && parts.element.tag === AFTER.saslCredentials) this.#challenge(parts, out);
		// [MS-ADTS] 5.1.1.1.3: there the challenge is in place of the name.
		if (isMatched && request.authentication === "ntlm") {
			const inner = new Elements(bytes, start, end);
			inner.next();
			if (inner.next()) this.#challenge(inner, out);
		}
		this.#context.emit(out);
		if (!isMatched || result !== RESULT.success) return;
		if (request.oid === START_TLS) {
			this.isHidden = true;
			this.forget();
		} else if (asked === OP.bindRequest) this.#mayBePacked = request.authentication === "sasl" || request.authentication === "ntlm";
	}

	#challenge({ bytes, element: { start, end } }: Elements, out: LdapObservation): void {
		const at = ntlmIn(bytes, start, end);
		const message = at < 0 ? undefined : ntlmAt(bytes, at, end);
		if (message?.type !== NTLM.challenge) return;
		out.matchedName = "";
		out.computer = message.computer;
		out.dnsComputer = message.dnsComputer;
		out.targetDomain = message.targetDomain;
		out.serverVersion = message.version;
	}

	/** The root says what server it is (RFC 4512, 5.1; RFC 3045; [MS-ADTS] 3.1.1.3.2). */
	#entry(bytes: Uint8Array, start: number, end: number): void {
		let hostName = "";
		let vendor = "";
		let product = "";
		let java = "";
		const fits = eachAttribute(bytes, start, end, (entry, name, value) => {
			if (JAVA.test(name)) java = name;
			if (entry !== "") return;
			const known = name.toLowerCase();
			if (known === "dnshostname") hostName = value;
			else if (known === "vendorname") vendor = value;
			else if (known === "vendorversion") product = value;
		});
		if (!fits) {
			this.malformed(TO_CLIENT);
			return;
		}
		if (java !== "") {
			const out = this.#begin("java", TO_CLIENT);
			out.attribute = java;
			this.#context.emit(out);
		}
		if (hostName === "" && product === "" && vendor === "") return;
		const out = this.#begin("host", TO_CLIENT);
		out.hostName = hostName;
		out.vendor = vendor;
		out.product = product;
		this.#context.emit(out);
	}

	#schedule(): void {
		this.deadline = Number.POSITIVE_INFINITY;
		for (const { time } of this.#pending.values()) {
			this.deadline = time + PATIENCE;
			return;
		}
	}

	#begin(kind: LdapObservation["kind"], direction: Direction): LdapObservation {
		const out = this.#out;
		const { clock, flow } = this.#context;
		out.kind = kind;
		out.time = clock.time;
		out.frame = clock.frame;
		out.isFromServer = direction === TO_CLIENT;
		out.id = out.op = 0;
		out.request = undefined;
		out.result = out.latency = -1;
		out.matchedName = out.diagnostic = out.computer = out.dnsComputer = out.targetDomain = out.serverVersion = "";
		out.hostName = out.vendor = out.product = out.attribute = "";
		out.ends.client = flow.client.ip;
		out.ends.server = flow.server.ip;
		return out;
	}
}

class LdapStream implements Stream, MessageUser {
	readonly soundness = PROBE.match;
	readonly #conversation: Conversation;
	readonly #reader: MessageReader;
	/** By direction: bytes were lost, and messages in the clear may begin anew. */
	readonly #mayBegin: [boolean, boolean] = [false, false];

	constructor(context: DecoderContext<LdapObservation>) {
		this.#conversation = new Conversation(context);
		this.#reader = new MessageReader(this, context.clock);
	}

	get deadline(): number {
		return this.#conversation.deadline;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		const conversation = this.#conversation;
		if (!conversation.isHidden && conversation.isPacked(bytes[start]!)) conversation.isHidden = true;
		if (conversation.isHidden) {
			const answer = this.#mayBegin[direction] ? probe(bytes, start, end) : PROBE.mismatch;
			if (answer === PROBE.more) return 0;
			this.#mayBegin[direction] = false;
			if (answer === PROBE.mismatch) return end - start;
			conversation.reset();
		}
		const used = this.#reader.data(bytes, start, end, direction);
		return conversation.isHidden ? end - start : used;
	}

	gap(direction: Direction): void {
		this.#reader.gap(direction);
		this.#conversation.forget();
		this.#mayBegin[direction] = true;
	}

	seek(bytes: Uint8Array, start: number, end: number): number {
		if (this.#conversation.isHidden) return start;
		return seekBy(probe, bytes, start, end);
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
		if (!this.#conversation.isHidden) this.#conversation.message(bytes, start, end, direction);
	}

	broken(_size: number, direction: Direction, _why: number): void {
		this.#conversation.malformed(direction);
	}
}

class LdapDatagrams implements Datagrams {
	readonly #conversation: Conversation;

	constructor(context: DecoderContext<LdapObservation>) {
		this.#conversation = new Conversation(context);
	}

	get deadline(): number {
		return this.#conversation.deadline;
	}

	/** An answer is several messages in one datagram. */
	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		for (let at = start; at < end; ) {
			const length = messageAt(bytes, at, end);
			if (length <= 0 || at + length > end) return at > start;
			this.#conversation.message(bytes, at, at + length, direction);
			at += length;
		}
		return end > start;
	}

	expire(now: number): void {
		this.#conversation.expire(now);
	}
}
