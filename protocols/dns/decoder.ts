/** DNS messages (RFC 1035, 4) over UDP and TCP, with multicast DNS (RFC 6762) and LLMNR (RFC 4795), which share the format. */
import { type DecoderContext, PROBE, type Probe, REJECT } from "../../src/decode/protocol.ts";
import { type Direction, TO_SERVER } from "../../src/flow/flow.ts";
import { addressText, ipv4Text } from "../../src/wire/address.ts";
import { i32, u8, u16, u32 } from "../../src/wire/bytes.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { RESPONSE_NAMES, TYPE } from "./codes.ts";
import type { DnsObservation, DnsRecord } from "./observation.ts";
import { FLAG, HEADER_LENGTH, MAX_LABEL, MAX_NAME, MAX_POINTERS, OFFSET, opcodeOf, responseCodeOf } from "./wire.ts";

/** Answers of one message that are kept; a resolver's answer has a dozen. */
const MAX_RECORDS = 64;
/** Text of a TXT record that is kept, and strings of one. */
const MAX_TEXT = 255;
const MAX_STRINGS = 32;
/** Requests of one flow that wait for their answer; the oldest gives way. */
const PENDING = 32;
/** A resolver that has not answered after this long will not; microseconds. RFC 1035, 4.2.1 suggests retransmission after 2 to 5 s. */
const TIMEOUT = 5_000_000;
/** A stub resolver's message over TCP (RFC 1035, 4.2.2): two bytes of length. */
export const MAX_MESSAGE = 65_537;

/** Counts of one message beyond which it is no DNS: resolvers ask one question, and a whole answer section has a few dozen records. */
const MAX_QUESTIONS = 16;
const MAX_COUNT = 512;

const PORT_MDNS = 5353;
const PORT_LLMNR = 5355;

/** Whether the twelve bytes at `start` can be a header: known opcode and response code, counts that could be true. */
function isHeader(bytes: Uint8Array, start: number): boolean {
	const flags = u16(bytes, start + OFFSET.flags);
	const opcode = opcodeOf(flags);
	const responseCode = responseCodeOf(flags);
	if (opcode > 6 || opcode === 3 || RESPONSE_NAMES[responseCode] === undefined) return false;
	const questions = u16(bytes, start + OFFSET.questions);
	const records = u16(bytes, start + OFFSET.answers) + u16(bytes, start + OFFSET.authorities) + u16(bytes, start + OFFSET.additionals);
	if (questions > MAX_QUESTIONS || records > MAX_COUNT) return false;
	// A server that could not read the question says so without repeating it.
	return questions + records > 0 || ((flags & FLAG.response) !== 0 && responseCode !== 0);
}

/** Whether the bytes are a DNS message: a header that fits and a first question that can be read. */
export function probe(bytes: Uint8Array, start: number, end: number): Probe {
	if (end - start < HEADER_LENGTH || !isHeader(bytes, start)) return PROBE.mismatch;
	if (u16(bytes, start + OFFSET.questions) === 0) return PROBE.match;
	const after = skipName(bytes, start + HEADER_LENGTH, end);
	if (after < 0 || after + 4 > end) return PROBE.mismatch;
	const type = u16(bytes, after);
	const queryClass = u16(bytes, after + 2) & 0x7fff; // RFC 6762, 5.4: the top bit asks for a unicast answer
	return type > 0 && (queryClass === 1 || queryClass === 255 || queryClass === 3) ? PROBE.match : PROBE.mismatch;
}

/** The same behind the two bytes of length that TCP has (RFC 1035, 4.2.2). */
export function probeStream(bytes: Uint8Array, start: number, end: number): Probe {
	if (end - start < 2) return PROBE.more;
	const length = u16(bytes, start);
	if (length < HEADER_LENGTH) return PROBE.mismatch;
	if (end - start <= 2 + HEADER_LENGTH) return PROBE.more;
	if (end - start < 2 + length) {
		// Not all of it is here: what is must begin one question for a host name. The header first: it is the cheaper look, and this is asked at every byte of garbage.
		if (u16(bytes, start + 2 + OFFSET.questions) !== 1 || !isHeader(bytes, start + 2)) return PROBE.mismatch;
		const label = start + 2 + HEADER_LENGTH;
		if (u8(bytes, label) > MAX_LABEL) return PROBE.mismatch;
		for (let at = label + 1; at < end && at <= label + u8(bytes, label); at++) if (!isPlain(u8(bytes, at))) return PROBE.mismatch;
		return PROBE.match;
	}
	return probe(bytes, start + 2, start + 2 + length);
}

/** Who sent it: the response bit says so (RFC 1035, 4.1.1 QR). */
export const sender = (bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined =>
	end - start < HEADER_LENGTH ? undefined : u16(bytes, start + OFFSET.flags) & FLAG.response ? "server" : "client";

/** Offset behind a name, or -1 where it cannot be read. */
function skipName(bytes: Uint8Array, start: number, end: number): number {
	let at = start;
	while (at < end) {
		const length = u8(bytes, at);
		if (length === 0) return at + 1;
		if ((length & 0xc0) === 0xc0) return at + 2 <= end ? at + 2 : -1;
		if (length > MAX_LABEL || at - start > MAX_NAME) return -1;
		at += 1 + length;
	}
	return -1;
}

/** Bytes that a host name may have as they are (RFC 952, and `_` of RFC 2782). */
const isPlain = (byte: number): boolean =>
	(byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x5f;

/** Bytes to text; what is not plain reads `\DDD`. */
function plainText(bytes: Uint8Array, start: number, end: number, isSpaceFine: boolean): string {
	let text = "";
	for (let at = start; at < end; at++) {
		const byte = u8(bytes, at);
		text +=
			isPlain(byte) || (isSpaceFine && byte >= 0x20 && byte < 0x7f && byte !== 0x5c)
				? String.fromCharCode(byte)
				: `\\${String(byte).padStart(3, "0")}`;
	}
	return text;
}

/** The strings of a TXT record (RFC 1035, 3.3.14). */
function stringsOf(bytes: Uint8Array, start: number, end: number): string[] {
	const texts: string[] = [];
	for (let at = start; at < end && texts.length < MAX_STRINGS; at += 1 + u8(bytes, at)) {
		const stop = at + 1 + u8(bytes, at);
		if (stop > end) break;
		if (stop > at + 1) texts.push(utf8Of(bytes, at + 1, stop));
	}
	return texts;
}

/** Decodes the messages of one flow. */
export class DnsDecoder {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<DnsObservation>;
	readonly #pending: { id: number; time: number; frame: number; query: string; queryType: number }[] = [];
	/** Where the last name that was read ended. */
	#after = 0;
	readonly #out: DnsObservation;

	constructor(context: DecoderContext<DnsObservation>) {
		this.#context = context;
		const { client, server } = context.flow;
		const at = (port: number) => client.port === port || server.port === port;
		this.#out = {
			protocol: "dns",
			kind: "request",
			time: 0,
			frame: 0,
			transactionId: 0,
			opcode: 0,
			responseCode: 0,
			query: "",
			queryType: 0,
			questions: 0,
			answers: [],
			additionals: [],
			senderIp: "",
			isTruncated: false,
			latency: -1,
			requestFrame: 0,
			isMatched: false,
			variant: at(PORT_MDNS) ? "mdns" : at(PORT_LLMNR) ? "llmnr" : "dns",
			violation: "",
		};
	}

	/** One message; false where it is none. */
	message(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		if (probe(bytes, start, end) === PROBE.mismatch) return false;
		const out = this.#out;
		const { clock, flow } = this.#context;
		const flags = u16(bytes, start + OFFSET.flags);
		out.time = clock.time;
		out.frame = clock.frame;
		out.transactionId = u16(bytes, start + OFFSET.id);
		out.opcode = opcodeOf(flags);
		out.responseCode = responseCodeOf(flags);
		out.isTruncated = (flags & FLAG.truncated) !== 0;
		out.questions = u16(bytes, start + OFFSET.questions);
		out.query = "";
		out.queryType = 0;
		out.answers = [];
		out.additionals = [];
		out.senderIp = (direction === TO_SERVER ? flow.client : flow.server).ip ?? "";
		out.violation = "";
		out.latency = -1;
		out.requestFrame = clock.frame;
		out.isMatched = false;
		const isResponse = (flags & FLAG.response) !== 0;
		let at = start + HEADER_LENGTH;
		for (let question = 0; question < out.questions && out.violation === ""; question++) {
			const name = this.#name(bytes, start, at, end);
			if (name === undefined || this.#after + 4 > end) out.violation = "question";
			else if (question === 0) {
				out.query = name;
				out.queryType = u16(bytes, this.#after);
			}
			at = this.#after + 4;
		}
		const records = Math.min(MAX_RECORDS, u16(bytes, start + OFFSET.answers));
		for (let record = 0; record < records && out.violation === ""; record++) at = this.#record(bytes, start, at, end, out.answers);
		if (out.variant === "mdns" && out.violation === "") this.#additionals(bytes, start, at, end, records);
		if (out.violation !== "" && !out.isTruncated) out.kind = "malformed";
		else if (isResponse) this.#response();
		else this.#request();
		this.#context.emit(out);
		return true;
	}

	expire(now: number): void {
		const out = this.#out;
		while (this.#pending.length > 0 && this.#pending[0]!.time + TIMEOUT <= now) {
			const asked = this.#pending.shift()!;
			Object.assign(out, {
				kind: "unanswered",
				time: asked.time + TIMEOUT,
				frame: asked.frame,
				requestFrame: asked.frame,
				transactionId: asked.id,
			});
			Object.assign(out, {
				query: asked.query,
				queryType: asked.queryType,
				questions: 1,
				answers: [],
				additionals: [],
				violation: "",
				latency: -1,
				isMatched: false,
			});
			this.#context.emit(out);
		}
		this.#setDeadline();
	}

	#request(): void {
		const out = this.#out;
		out.kind = "request";
		if (out.variant !== "dns") return; // RFC 6762, 6: nobody has to answer a multicast question
		if (this.#pending.length === PENDING) {
			this.#pending.shift();
			this.#context.count("pending-full");
		}
		this.#pending.push({ id: out.transactionId, time: out.time, frame: out.frame, query: out.query, queryType: out.queryType });
		this.#setDeadline();
	}

	#response(): void {
		const out = this.#out;
		const found = this.#pending.findIndex(({ id, query }) => id === out.transactionId && (out.query === "" || query === out.query));
		out.kind = found >= 0 || out.variant !== "dns" ? "response" : "unsolicited";
		if (found < 0) return;
		const [asked] = this.#pending.splice(found, 1);
		out.isMatched = true;
		out.latency = out.time - asked!.time;
		out.requestFrame = asked!.frame;
		this.#setDeadline();
	}

	#setDeadline(): void {
		const oldest = this.#pending[0];
		this.deadline = oldest === undefined ? Number.POSITIVE_INFINITY : oldest.time + TIMEOUT;
	}

	/** What comes behind the `read` answers: those that were too many, name servers (what a host means to claim, RFC 6762, 8.2), and what belongs to the answers. */
	#additionals(bytes: Uint8Array, start: number, from: number, end: number, read: number): void {
		const out = this.#out;
		const before = u16(bytes, start + OFFSET.answers) - read + u16(bytes, start + OFFSET.authorities);
		const count = Math.min(MAX_RECORDS, before + u16(bytes, start + OFFSET.additionals));
		let at = from;
		const skipped: DnsRecord[] = [];
		for (let record = 0; record < count && out.violation === ""; record++)
			at = this.#record(bytes, start, at, end, record < before ? skipped : out.additionals);
	}

	/** Reads one resource record (RFC 1035, 4.1.3) into `records`; returns the offset behind it. */
	#record(bytes: Uint8Array, start: number, from: number, end: number, records: DnsRecord[]): number {
		const out = this.#out;
		const name = this.#name(bytes, start, from, end);
		const at = this.#after;
		if (name === undefined || at + 10 > end) {
			out.violation = "answer";
			return end;
		}
		const type = u16(bytes, at);
		const length = u16(bytes, at + 8);
		const data = at + 10;
		if (data + length > end) {
			out.violation = "answer-length";
			return end;
		}
		const record: DnsRecord = { name, type, timeToLive: u32(bytes, at + 4), data: undefined, port: -1, texts: [] };
		if (type === TYPE.a && length === 4) record.data = ipv4Text(i32(bytes, data));
		else if (type === TYPE.aaaa && length === 16)
			record.data = addressText(Int32Array.of(i32(bytes, data), i32(bytes, data + 4), i32(bytes, data + 8), i32(bytes, data + 12)));
		else if (type === TYPE.cname || type === TYPE.ptr || type === TYPE.ns) record.data = this.#name(bytes, start, data, data + length);
		else if (type === TYPE.mx && length > 2) record.data = this.#name(bytes, start, data + 2, data + length);
		else if (type === TYPE.srv && length > 6) {
			record.data = this.#name(bytes, start, data + 6, data + length);
			record.port = u16(bytes, data + 4);
		} else if (type === TYPE.txt && length > 0) {
			record.texts = stringsOf(bytes, data, data + length);
			record.data = plainText(bytes, data + 1, data + 1 + Math.min(u8(bytes, data), length - 1, MAX_TEXT), true);
		}
		records.push(record);
		return data + length;
	}

	/** The name at `from` (RFC 1035, 4.1.4), or undefined; `#after` is the offset behind it in either case. `from` and pointers stay inside the message. */
	#name(bytes: Uint8Array, start: number, from: number, end: number): string | undefined {
		this.#after = Math.max(from, skipName(bytes, from, end));
		let name = "";
		let at = from;
		for (let pointers = 0; at < end; ) {
			const length = u8(bytes, at);
			if (length === 0) return name === "" ? "." : name;
			if ((length & 0xc0) === 0xc0) {
				const to = start + (u16(bytes, at) & 0x3fff);
				if (at + 2 > end || to >= at || ++pointers > MAX_POINTERS) return undefined;
				at = to;
				continue;
			}
			if (length > MAX_LABEL || at + 1 + length > end || name.length > 4 * MAX_NAME) return undefined;
			name += `${name === "" ? "" : "."}${plainText(bytes, at + 1, at + 1 + length, false)}`;
			at += 1 + length;
		}
		return undefined;
	}
}

/** DNS over UDP: one datagram, one message. */
export class DnsDatagrams extends DnsDecoder {
	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		return this.message(bytes, start, end, direction);
	}
}

/** Bytes of an unfinished message in which all that `probeStream` looks at has come: length, header, first label. */
const PROBED = 2 + HEADER_LENGTH + 1 + MAX_LABEL;

/** DNS over TCP: messages behind two bytes of length. */
export class DnsStream extends DnsDecoder {
	/** By direction: bytes that the unfinished message at the front has when it is whole; looking at it earlier would say nothing new. 0 for none. */
	readonly #wanted: [number, number] = [0, 0];

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		if (end - start < this.#wanted[direction]) return 0;
		this.#wanted[direction] = 0;
		let at = start;
		while (at < end) {
			const fit = probeStream(bytes, at, end);
			if (fit === PROBE.mismatch) return at === start ? REJECT : at - start;
			const length = 2 + u16(bytes, at);
			if (fit === PROBE.more || end - at < length) {
				if (end - at >= PROBED) this.#wanted[direction] = length;
				break;
			}
			this.message(bytes, at + 2, at + length, direction);
			at += length;
		}
		return at - start;
	}

	/** Transactions are matched by id, so lost bytes cost only the messages in them. */
	gap(direction: Direction): void {
		this.#wanted[direction] = 0;
	}
}
