/**
 * NetBIOS over UDP (RFC 1002): the name service (port 137), whose questions and answers are joined, and the datagram service (port 138) with what browsers announce in it ([MS-BRWS]).
 * One datagram, one message. The session service belongs to SMB.
 */
import { type DatagramDecoder, type DecoderContext, PROBE, type Probe } from "../../src/decode/protocol.ts";
import { type Direction, FlowBetween, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { ipv4Text, macText } from "../../src/wire/address.ts";
import { i32, u8, u16, u32, u32le } from "../../src/wire/bytes.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { COMMAND, DATAGRAM, isDatagramType, isOpcode, isResponseCode, OPCODE, TYPE } from "./codes.ts";
import { type NetbiosName, type NetbiosObservation, newObservation } from "./observation.ts";
import {
	ADDRESS_ENTRY,
	behindName,
	DATAGRAM_HEADER,
	DATAGRAM_OFFSET,
	ENCODED,
	FLAG,
	isNameAt,
	MORE_FRAGMENTS,
	mailslotAt,
	mailslotData,
	NAME_FLAG,
	nameAt,
	nameOf,
	nodeTypeOf,
	OFFSET,
	opcodeOf,
	PORTS,
	RECORD_LENGTH,
	responseCodeOf,
	STATUS_ENTRY,
	suffixAt,
} from "./wire.ts";

/** Questions of one flow that wait for their answer; the oldest gives way. */
const PENDING = 32;
/** RFC 1002, 6: UCAST_REQ_RETRY_TIMEOUT; microseconds. */
const TIMEOUT = 5_000_000;
/** Addresses of one name that are kept; a group says 25 at most (4.2.13). */
const MAX_ADDRESSES = 25;
/** Text of an announcement that is kept: [MS-BRWS] 2.2.1 has 43 bytes. */
const MAX_COMMENT = 64;
const BROWSER_SLOT = "\\MAILSLOT\\BROWSE";
/** [MS-BRWS] 2.2.1, 2.2.6, 2.2.10: fields of an announcement behind its command. */
const ANNOUNCEMENT = { name: 6, major: 22, minor: 23, type: 24, comment: 32 } as const;
/** 2.2.3, 2.2.7, 2.2.9: where the name begins in those that are one. */
const NAMED: Readonly<Record<number, number>> = { [COMMAND.election]: 14, [COMMAND.master]: 1, [COMMAND.backup]: 1 };

export const netbiosUdp: DatagramDecoder<NetbiosObservation> = {
	ports: [PORTS.names, PORTS.datagrams],
	probe: (bytes, start, end) => Math.max(probeNames(bytes, start, end), probeDatagram(bytes, start, end)) as Probe,
	sender,
	open: (context) => new NetbiosDatagrams(context),
};

/** Certain where header and the first name fit and are followed by a type of NetBIOS; a header and the beginning of a name match. */
function probeNames(bytes: Uint8Array, start: number, end: number): Probe {
	if (!isNameAt(bytes, start + OFFSET.name, end)) return PROBE.mismatch;
	const flags = u16(bytes, start + OFFSET.flags);
	const isFine = isOpcode(opcodeOf(flags)) && isResponseCode(responseCodeOf(flags)) && (flags & FLAG.reserved) === 0;
	if (!isFine || u16(bytes, start + OFFSET.questions) > 1 || u16(bytes, start + OFFSET.additionals) > 1) return PROBE.mismatch;
	if (u16(bytes, start + OFFSET.answers) > 1 || u16(bytes, start + OFFSET.authorities) > 1) return PROBE.mismatch;
	const after = behindName(bytes, start + OFFSET.name, end);
	if (after < 0 || after + 4 > end) return PROBE.match;
	const type = u16(bytes, after);
	return (type === TYPE.name || type === TYPE.status) && u16(bytes, after + 2) === 1 ? PROBE.certain : PROBE.match;
}

/** Certain where the length is that of the datagram and both names fit; a type and the beginning of a name match. */
function probeDatagram(bytes: Uint8Array, start: number, end: number): Probe {
	const type = u8(bytes, start);
	if (end - start <= DATAGRAM_OFFSET.name || !isDatagramType(type)) return PROBE.mismatch;
	if (type === DATAGRAM.error) return end - start === DATAGRAM_OFFSET.name + 1 ? PROBE.match : PROBE.mismatch;
	if (type >= DATAGRAM.query) return behindName(bytes, start + DATAGRAM_OFFSET.name, end) === end ? PROBE.certain : PROBE.mismatch;
	const names = start + DATAGRAM_OFFSET.names;
	if (!isNameAt(bytes, names, end)) return PROBE.mismatch;
	const destination = behindName(bytes, names, end);
	const isWhole = destination >= 0 && behindName(bytes, destination, end) >= 0;
	return isWhole && u16(bytes, start + DATAGRAM_OFFSET.length) === end - names ? PROBE.certain : PROBE.match;
}

/** Who answers is the server; datagrams are not answered. */
function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (probeNames(bytes, start, end) === PROBE.mismatch) return undefined;
	return u16(bytes, start + OFFSET.flags) & FLAG.response ? "server" : "client";
}

interface Waiting {
	readonly id: number;
	readonly opcode: number;
	readonly type: number;
	readonly name: NetbiosName | undefined;
	readonly time: number;
	readonly frame: number;
	readonly direction: Direction;
	readonly senderIp: string;
}

class NetbiosDatagrams {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<NetbiosObservation>;
	readonly #out = newObservation();
	readonly #waiting: Waiting[] = [];
	/** The ends the other way round: both may ask. */
	#turned: FlowBetween | undefined;

	constructor(context: DecoderContext<NetbiosObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		const isName = probeNames(bytes, start, end) !== PROBE.mismatch;
		if (!isName && probeDatagram(bytes, start, end) === PROBE.mismatch) return false;
		const out = this.#begin(direction);
		if (isName) this.#names(bytes, start, end, direction);
		else {
			this.#datagram(bytes, start, end);
			if (out.violation !== "") out.kind = "malformed";
			this.#emit(false, direction);
		}
		return true;
	}

	expire(now: number): void {
		for (let first = this.#waiting[0]; first !== undefined && first.time + TIMEOUT <= now; first = this.#waiting[0]) {
			this.#waiting.shift();
			const out = this.#begin(first.direction);
			out.kind = "unanswered";
			out.time = first.time + TIMEOUT;
			out.frame = out.requestFrame = first.frame;
			out.transactionId = first.id;
			out.opcode = first.opcode;
			out.type = first.type;
			out.name = first.name;
			out.senderIp = first.senderIp;
			this.#emit(false, first.direction);
		}
		this.#schedule();
	}

	#schedule(): void {
		const [first] = this.#waiting;
		this.deadline = first === undefined ? Number.POSITIVE_INFINITY : first.time + TIMEOUT;
	}

	#begin(direction: Direction): NetbiosObservation {
		const out = this.#out;
		const { clock, flow } = this.#context;
		out.time = clock.time;
		out.frame = out.requestFrame = clock.frame;
		out.senderIp = (direction === TO_SERVER ? flow.client : flow.server).ip ?? "";
		out.isDatagram = out.isBroadcast = out.isNameServer = out.isMatched = out.isFragment = false;
		out.transactionId = out.opcode = out.type = out.responseCode = 0;
		out.name = out.destination = out.announcement = undefined;
		out.addresses = [];
		out.names = [];
		out.unitId = out.sourceIp = out.mailslot = out.violation = "";
		out.timeToLive = out.latency = out.datagramType = out.errorCode = out.command = -1;
		return out;
	}

	/** Between the flow's ends as they ask and answer. */
	#emit(isByServer: boolean, direction: Direction): void {
		const { flow, emit } = this.#context;
		this.#out.isFromServer = isByServer;
		if (isByServer === (direction === TO_CLIENT)) emit(this.#out);
		else {
			this.#turned ??= new FlowBetween(flow, flow.server, flow.client);
			emit(this.#out, this.#turned);
		}
	}

	#names(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const out = this.#out;
		const flags = u16(bytes, start + OFFSET.flags);
		const isResponse = (flags & FLAG.response) !== 0;
		out.transactionId = u16(bytes, start + OFFSET.id);
		out.opcode = opcodeOf(flags);
		out.responseCode = isResponse ? responseCodeOf(flags) : 0;
		out.isBroadcast = (flags & FLAG.broadcast) !== 0;
		out.isNameServer = isResponse && (flags & FLAG.recursionAvailable) !== 0;
		out.kind = isResponse ? "response" : "request";
		this.#sections(bytes, start, end);
		if (out.violation !== "" && (flags & FLAG.truncated) === 0) out.kind = "malformed";
		else if (isResponse) this.#answer(direction);
		else if (!out.isBroadcast) this.#wait(direction);
		this.#emit(isResponse, direction);
	}

	#wait(direction: Direction): void {
		const { transactionId: id, opcode, type, name, time, frame, senderIp } = this.#out;
		if (this.#waiting.length >= PENDING) {
			this.#waiting.shift();
			this.#context.count("pending-bound");
		}
		this.#waiting.push({ id, opcode, type, name, time, frame, direction, senderIp });
		this.#schedule();
	}

	/** A broadcast is answered in a flow of its own: there its answer is unsolicited. */
	#answer(direction: Direction): void {
		const out = this.#out;
		const found = this.#waiting.findIndex((one) => one.id === out.transactionId && one.direction !== direction);
		if (found < 0) {
			out.kind = "unsolicited";
			return;
		}
		// 4.2.16: it only says to wait.
		const asked = this.#waiting[found]!;
		if (out.opcode !== OPCODE.wait) this.#waiting.splice(found, 1);
		out.isMatched = true;
		out.latency = Math.max(0, out.time - asked.time);
		out.requestFrame = asked.frame;
		this.#schedule();
	}

	/** The question, and the first record. */
	#sections(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		let at = start + OFFSET.name;
		if (u16(bytes, start + OFFSET.questions) > 0) {
			const after = behindName(bytes, at, end);
			if (after < 0 || after + 4 > end) {
				out.violation = "question";
				return;
			}
			out.type = u16(bytes, after);
			out.name = { name: nameAt(bytes, at), suffix: suffixAt(bytes, at), isGroup: undefined };
			at = after + 4;
		}
		const records = u16(bytes, start + OFFSET.answers) + u16(bytes, start + OFFSET.authorities) + u16(bytes, start + OFFSET.additionals);
		if (records === 0) return;
		const after = behindName(bytes, at, end);
		const data = after + RECORD_LENGTH;
		if (after < 0 || data > end) {
			out.violation = "record";
			return;
		}
		const type = u16(bytes, after);
		const last = data + u16(bytes, after + 8);
		if (last > end) {
			out.violation = "record-length";
			return;
		}
		out.timeToLive = u32(bytes, after + 4);
		if (type === TYPE.name) {
			for (let entry = data; entry + ADDRESS_ENTRY <= last && out.addresses.length < MAX_ADDRESSES; entry += ADDRESS_ENTRY) {
				const flags = u16(bytes, entry);
				out.addresses.push({
					ip: ipv4Text(i32(bytes, entry + 2)),
					isGroup: (flags & NAME_FLAG.group) !== 0,
					nodeType: nodeTypeOf(flags),
				});
			}
		} else if (type === TYPE.status) this.#status(bytes, data, last);
		if (out.name === undefined) {
			out.type = type;
			// Where there is no question nothing can be pointed to.
			if (isNameAt(bytes, at, end)) out.name = { name: nameAt(bytes, at), suffix: suffixAt(bytes, at), isGroup: undefined };
		}
		const [first] = out.addresses;
		if (out.name !== undefined && first !== undefined) out.name = { ...out.name, isGroup: first.isGroup };
	}

	/** 4.2.18. */
	#status(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		const count = u8(bytes, start);
		const unit = start + 1 + STATUS_ENTRY * count;
		if (start >= end || unit > end) {
			out.violation = "record-length";
			return;
		}
		for (let at = start + 1; at < unit; at += STATUS_ENTRY) {
			const flags = u16(bytes, at + 16);
			out.names.push({
				name: nameOf(bytes, at),
				suffix: u8(bytes, at + 15),
				isGroup: (flags & NAME_FLAG.group) !== 0,
				isInConflict: (flags & NAME_FLAG.conflict) !== 0,
			});
		}
		if (unit + 6 <= end && (u32(bytes, unit) !== 0 || u16(bytes, unit + 4) !== 0)) out.unitId = macText(bytes, unit);
	}

	#datagram(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		const type = u8(bytes, start);
		out.kind = "datagram";
		out.isDatagram = true;
		out.datagramType = type;
		out.transactionId = u16(bytes, start + DATAGRAM_OFFSET.id);
		out.sourceIp = ipv4Text(i32(bytes, start + DATAGRAM_OFFSET.ip));
		const named = (at: number): NetbiosName | undefined =>
			isNameAt(bytes, at, end) ? { name: nameAt(bytes, at), suffix: suffixAt(bytes, at), isGroup: undefined } : undefined;
		if (type === DATAGRAM.error) {
			out.errorCode = u8(bytes, start + DATAGRAM_OFFSET.error);
			return;
		}
		if (type >= DATAGRAM.query) {
			out.destination = named(start + DATAGRAM_OFFSET.name);
			return;
		}
		const source = start + DATAGRAM_OFFSET.names;
		out.name = named(source);
		const destination = behindName(bytes, source, end);
		const data = destination < 0 ? -1 : behindName(bytes, destination, end);
		if (data < 0) out.violation = "name";
		else if (u16(bytes, start + DATAGRAM_OFFSET.length) !== end - start - DATAGRAM_HEADER) out.violation = "length";
		if (out.violation !== "") return;
		out.destination = named(destination);
		out.isFragment = (u8(bytes, start + DATAGRAM_OFFSET.flags) & MORE_FRAGMENTS) !== 0 || u16(bytes, start + DATAGRAM_OFFSET.offset) > 0;
		if (u16(bytes, start + DATAGRAM_OFFSET.offset) > 0) return;
		out.mailslot = mailslotAt(bytes, data, end);
		if (out.mailslot.toUpperCase() === BROWSER_SLOT) this.#browse(bytes, ...mailslotData(bytes, data, end));
	}

	#browse(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		if (start >= end) return;
		const command = u8(bytes, start);
		out.command = command;
		if (command === COMMAND.host || command === COMMAND.domain || command === COMMAND.localMaster) {
			if (start + ANNOUNCEMENT.comment > end) return;
			const major = u8(bytes, start + ANNOUNCEMENT.major);
			out.announcement = {
				name: textAt(bytes, start + ANNOUNCEMENT.name, start + ANNOUNCEMENT.major),
				version: major === 0 ? "" : `${major}.${u8(bytes, start + ANNOUNCEMENT.minor)}`,
				serverType: u32le(bytes, start + ANNOUNCEMENT.type),
				comment: textAt(bytes, start + ANNOUNCEMENT.comment, Math.min(end, start + ANNOUNCEMENT.comment + MAX_COMMENT)),
			};
			return;
		}
		const name = NAMED[command];
		if (name === undefined || start + name >= end) return;
		out.announcement = {
			name: textAt(bytes, start + name, Math.min(end, start + name + ENCODED / 2)),
			version: "",
			serverType: 0,
			comment: "",
		};
	}
}

/** Text up to a zero byte. */
function textAt(bytes: Uint8Array, start: number, end: number): string {
	const stop = bytes.subarray(0, end).indexOf(0, start);
	return utf8Of(bytes, start, stop < 0 ? end : stop);
}
