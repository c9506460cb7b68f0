/**
 * SNMP over UDP: version 1 (RFC 1157), 2c (RFC 1901, 3416) and 3 (RFC 3412, 3414). One datagram, one message. The manager is the client; an agent that sends a trap is the client of who
 * takes traps.
 */
import { type DecoderContext, PROBE, type Probe } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT } from "../../src/flow/flow.ts";
import { ipv4Text, macText } from "../../src/wire/address.ts";
import { BER, BerCursor, integerOf, oidOf } from "../../src/wire/ber.ts";
import { i32, u8, u32 } from "../../src/wire/bytes.ts";
import { hexOf, utf8Of } from "../../src/wire/text.ts";
import type { Engine, SnmpObservation, Variable, Violation } from "./observation.ts";
import { FLAG, MANY_COMMUNITIES, MAX_PENDING, MAX_TEXT, MAX_VARIABLES, PATIENCE, PDU, USER_MODEL, VALUE, VERSION } from "./wire.ts";

const cursor = new BerCursor();

/** Where the parts of a message that fits lie. */
const parts = { version: -1, inner: 0, end: 0 };

/** The front of a message: a SEQUENCE that is the whole datagram, and a version. */
function front(bytes: Uint8Array, start: number, end: number): boolean {
	if (!cursor.is(BER.sequence, bytes, start, end) || cursor.end !== end) return false;
	parts.end = cursor.end;
	if (!cursor.is(BER.integer, bytes, cursor.start, parts.end) || cursor.end - cursor.start !== 1) return false;
	parts.version = u8(bytes, cursor.start);
	parts.inner = cursor.end;
	return parts.version === VERSION.one || parts.version === VERSION.twoC || parts.version === VERSION.three;
}

/** A SEQUENCE, a version, and behind it what this version has there: a community, or a header. The length of the whole may be wrong. */
function begins(bytes: Uint8Array, start: number, end: number): boolean {
	if (end - start < 6 || bytes[start] !== BER.sequence) return false;
	const length = u8(bytes, start + 1);
	const at = start + 2 + (length > 0x80 ? length & 0x7f : 0);
	if (at + 4 > end || bytes[at] !== BER.integer || bytes[at + 1] !== 1) return false;
	const version = u8(bytes, at + 2);
	const next = u8(bytes, at + 3);
	return version === VERSION.three ? next === BER.sequence : version <= VERSION.twoC && next === BER.octetString;
}

/** Certain where all of it fits to the end; how it begins is enough on SNMP's own ports. */
export function probe(bytes: Uint8Array, start: number, end: number): Probe {
	if (!begins(bytes, start, end)) return PROBE.mismatch;
	if (!front(bytes, start, end)) return PROBE.match;
	if (parts.version === VERSION.three) {
		if (!cursor.is(BER.sequence, bytes, parts.inner, end)) return PROBE.match;
		let at = cursor.end;
		const headerEnd = cursor.end;
		let field = cursor.start;
		for (const tag of [BER.integer, BER.integer, BER.octetString, BER.integer]) {
			if (!cursor.is(tag, bytes, field, headerEnd)) return PROBE.match;
			field = cursor.end;
		}
		if (field !== headerEnd || !cursor.is(BER.octetString, bytes, at, end)) return PROBE.match;
		at = cursor.end;
		return cursor.at(bytes, at, end) && (cursor.tag === BER.sequence || cursor.tag === BER.octetString) && cursor.end === end
			? PROBE.certain
			: PROBE.match;
	}
	if (!cursor.is(BER.octetString, bytes, parts.inner, end)) return PROBE.match;
	return cursor.at(bytes, cursor.end, end) && cursor.end === end && cursor.tag >= PDU.get && cursor.tag <= PDU.report
		? PROBE.certain
		: PROBE.match;
}

/** The tag of the PDU, or 0 where it is encrypted or not there. */
function pduOf(bytes: Uint8Array, start: number, end: number): number {
	if (!front(bytes, start, end)) return 0;
	let at = parts.inner;
	const isThree = parts.version === VERSION.three;
	for (let skipped = isThree ? 2 : 1; skipped > 0; skipped--) {
		if (!cursor.at(bytes, at, end)) return 0;
		at = cursor.end;
	}
	if (isThree) {
		// ScopedPDU: contextEngineID, contextName, data.
		if (!cursor.is(BER.sequence, bytes, at, end)) return 0;
		at = cursor.start;
		for (let skipped = 2; skipped > 0; skipped--) {
			if (!cursor.is(BER.octetString, bytes, at, end)) return 0;
			at = cursor.end;
		}
	}
	return at < end ? u8(bytes, at) : 0;
}

/** Responses and reports come from the agent; all else from who asks or announces. */
export function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	const pdu = pduOf(bytes, start, end);
	if (pdu < PDU.get || pdu > PDU.report) return undefined;
	return pdu === PDU.response || pdu === PDU.report ? "server" : "client";
}

interface Pending {
	pdu: number;
	id: number;
	version: number;
	time: number;
	frame: number;
	/** What it asked for. */
	variables: Variable[];
	variableCount: number;
	userName: string;
}

/** Decodes one flow's datagrams. */
export class SnmpDatagrams {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<SnmpObservation>;
	/** In the order in which they came, by their id. */
	readonly #pending = new Map<number, Pending>();
	/** Hashes of the communities that were used: enough to tell one from another, not to know them. */
	readonly #communities: number[] = [];
	readonly #out: SnmpObservation = {
		protocol: "snmp",
		kind: "request",
		time: 0,
		frame: 0,
		version: 0,
		pdu: 0,
		requestPdu: 0,
		requestId: 0,
		requestFrame: 0,
		latency: -1,
		errorStatus: 0,
		errorIndex: 0,
		nonRepeaters: -1,
		maxRepetitions: -1,
		variables: [],
		variableCount: 0,
		enterprise: "",
		genericTrap: -1,
		specificTrap: -1,
		agentAddress: "",
		engine: undefined,
		engineBoots: 0,
		engineTime: 0,
		userName: "",
		flags: -1,
		communities: 0,
		isFromServer: false,
		violation: undefined,
	};

	constructor(context: DecoderContext<SnmpObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		if (!begins(bytes, start, end)) return false;
		this.#blank(direction);
		if (!front(bytes, start, end)) {
			this.#reject("message");
			return true;
		}
		const out = this.#out;
		const { version, inner } = parts;
		out.version = version;
		const violation = version === VERSION.three ? this.#three(bytes, inner, end) : this.#community(bytes, inner, end);
		if (violation !== undefined) {
			this.#reject(violation);
			return true;
		}
		this.#context.emit(out);
		return true;
	}

	expire(now: number): void {
		const { clock } = this.#context;
		for (const [key, pending] of this.#pending) {
			if (now < pending.time + PATIENCE) break;
			this.#pending.delete(key);
			this.#blank(0);
			const out = this.#out;
			out.kind = "unanswered";
			out.time = Math.min(now, Math.max(clock.time, pending.time + PATIENCE));
			out.frame = out.requestFrame = pending.frame;
			out.version = pending.version;
			out.pdu = out.requestPdu = pending.pdu;
			out.requestId = pending.id;
			out.variables = pending.variables;
			out.variableCount = pending.variableCount;
			out.userName = pending.userName;
			this.#context.emit(out);
		}
		this.#setDeadline();
	}

	#setDeadline(): void {
		const next = this.#pending.values().next();
		this.deadline = next.done === true ? Number.POSITIVE_INFINITY : next.value.time + PATIENCE;
	}

	#blank(direction: Direction): void {
		const out = this.#out;
		const { clock } = this.#context;
		out.kind = "request";
		out.time = clock.time;
		out.frame = out.requestFrame = clock.frame;
		out.version = -1;
		out.pdu = out.requestPdu = out.requestId = out.errorStatus = out.errorIndex = out.variableCount = 0;
		out.latency = out.nonRepeaters = out.maxRepetitions = out.genericTrap = out.specificTrap = out.flags = -1;
		out.variables = [];
		out.enterprise = out.agentAddress = out.userName = "";
		out.engine = out.violation = undefined;
		out.engineBoots = out.engineTime = out.communities = 0;
		out.isFromServer = direction === TO_CLIENT;
	}

	#reject(violation: Violation): void {
		this.#out.kind = "malformed";
		this.#out.violation = violation;
		this.#context.emit(this.#out);
	}

	/** Version 1 and 2c: community, PDU. */
	#community(bytes: Uint8Array, at: number, end: number): Violation | undefined {
		if (!cursor.is(BER.octetString, bytes, at, end)) return "security";
		const { start, end: stop } = cursor;
		const violation = this.#pdu(bytes, stop, end);
		if (violation === undefined && !this.#out.isFromServer) this.#know(bytes, start, stop);
		return violation;
	}

	/** Remembers that another community was used: those of one device are few (behind an @ some name a VLAN). */
	#know(bytes: Uint8Array, start: number, end: number): void {
		let hash = SEED;
		for (let at = start; at < end && bytes[at] !== AT; at++) hash = Math.imul(hash ^ u8(bytes, at), 0x01000193);
		const out = this.#out;
		const isKnown = this.#communities.includes(hash);
		if (!isKnown && this.#communities.length < MANY_COMMUNITIES) {
			this.#communities.push(hash);
			out.communities = this.#communities.length;
		}
	}

	/** Version 3 (RFC 3412, 6): header, security parameters, scoped PDU. */
	#three(bytes: Uint8Array, at: number, end: number): Violation | undefined {
		const out = this.#out;
		if (!cursor.is(BER.sequence, bytes, at, end)) return "header";
		const next = cursor.end;
		let field = cursor.start;
		const id = this.#integer(bytes, field, next);
		field = cursor.end;
		const size = this.#integer(bytes, field, next);
		field = cursor.end;
		if (Number.isNaN(id) || Number.isNaN(size) || !cursor.is(BER.octetString, bytes, field, next) || cursor.end - cursor.start !== 1)
			return "header";
		out.flags = u8(bytes, cursor.start) & (FLAG.authenticated | FLAG.private | FLAG.reportable);
		const model = this.#integer(bytes, cursor.end, next);
		if (Number.isNaN(model) || cursor.end !== next || !cursor.is(BER.octetString, bytes, next, end)) return "header";
		const { start: from, end: to } = cursor;
		if (model === USER_MODEL && !this.#user(bytes, from, to)) return "security";
		out.requestId = id;
		if ((out.flags & FLAG.private) !== 0) {
			if (!cursor.is(BER.octetString, bytes, to, end) || cursor.end !== end) return "pdu";
			out.kind = "encrypted";
			this.#pair(id);
		} else {
			if (!cursor.is(BER.sequence, bytes, to, end) || cursor.end !== end) return "pdu";
			let scoped = cursor.start;
			for (let skipped = 2; skipped > 0; skipped--) {
				if (!cursor.is(BER.octetString, bytes, scoped, end)) return "pdu";
				scoped = cursor.end;
			}
			const violation = this.#pdu(bytes, scoped, end, id);
			if (violation !== undefined) return violation;
		}
		return undefined;
	}

	#integer(bytes: Uint8Array, at: number, end: number): number {
		return cursor.is(BER.integer, bytes, at, end) ? integerOf(bytes, cursor.start, cursor.end) : Number.NaN;
	}

	/** UsmSecurityParameters (RFC 3414, 2.4). */
	#user(bytes: Uint8Array, start: number, end: number): boolean {
		const out = this.#out;
		if (!cursor.is(BER.sequence, bytes, start, end) || cursor.end !== end) return false;
		if (!cursor.is(BER.octetString, bytes, cursor.start, end)) return false;
		out.engine = engineOf(bytes, cursor.start, cursor.end);
		out.engineBoots = this.#integer(bytes, cursor.end, end);
		out.engineTime = this.#integer(bytes, cursor.end, end);
		if (Number.isNaN(out.engineBoots + out.engineTime) || !cursor.is(BER.octetString, bytes, cursor.end, end)) return false;
		out.userName = utf8Of(bytes, cursor.start, Math.min(cursor.end, cursor.start + MAX_TEXT));
		return true;
	}

	/** `key` pairs it with its answer; the request's own number where there is no other. */
	#pdu(bytes: Uint8Array, at: number, end: number, key?: number): Violation | undefined {
		const out = this.#out;
		if (!cursor.at(bytes, at, end) || cursor.end !== end || cursor.tag < PDU.get || cursor.tag > PDU.report) return "pdu";
		out.pdu = cursor.tag;
		if (out.pdu === PDU.trapV1) return this.#trap(bytes, cursor.start, end);
		const numbers = [0, 0, 0];
		let field = cursor.start;
		for (let one = 0; one < numbers.length; one++) {
			numbers[one] = this.#integer(bytes, field, end);
			if (Number.isNaN(numbers[one])) return "pdu";
			field = cursor.end;
		}
		out.requestId = numbers[0]!;
		if (out.pdu === PDU.getBulk) [out.nonRepeaters, out.maxRepetitions] = [numbers[1]!, numbers[2]!];
		else [out.errorStatus, out.errorIndex] = [numbers[1]!, numbers[2]!];
		const violation = this.#variables(bytes, field, end);
		if (violation !== undefined) return violation;
		out.kind =
			out.pdu === PDU.response
				? "response"
				: out.pdu === PDU.report
					? "report"
					: out.pdu === PDU.trap || out.pdu === PDU.inform
						? "notification"
						: "request";
		this.#pair(key ?? out.requestId);
		return undefined;
	}

	/** RFC 1157, 4.1.6: enterprise, agent-addr, generic-trap, specific-trap, time-stamp, variable-bindings. */
	#trap(bytes: Uint8Array, start: number, end: number): Violation | undefined {
		const out = this.#out;
		out.kind = "notification";
		if (!cursor.is(BER.objectIdentifier, bytes, start, end)) return "pdu";
		const enterprise = oidOf(bytes, cursor.start, cursor.end);
		if (enterprise === undefined || !cursor.is(VALUE.ipAddress, bytes, cursor.end, end) || cursor.end - cursor.start !== 4) return "pdu";
		out.enterprise = enterprise;
		out.agentAddress = ipv4Text(i32(bytes, cursor.start));
		out.genericTrap = this.#integer(bytes, cursor.end, end);
		out.specificTrap = this.#integer(bytes, cursor.end, end);
		if (Number.isNaN(out.genericTrap + out.specificTrap) || !cursor.is(VALUE.timeTicks, bytes, cursor.end, end)) return "pdu";
		return this.#variables(bytes, cursor.end, end);
	}

	#variables(bytes: Uint8Array, at: number, end: number): Violation | undefined {
		const out = this.#out;
		if (!cursor.is(BER.sequence, bytes, at, end) || cursor.end !== end) return "variable";
		for (let next = cursor.start; next < end; ) {
			if (!cursor.is(BER.sequence, bytes, next, end)) return "variable";
			next = cursor.end;
			if (!cursor.is(BER.objectIdentifier, bytes, cursor.start, next)) return "variable";
			const { start: from, end: to } = cursor;
			if (!cursor.at(bytes, to, next) || cursor.end !== next) return "variable";
			out.variableCount++;
			if (out.variables.length >= MAX_VARIABLES) {
				if (out.variableCount === MAX_VARIABLES + 1) this.#context.count("variables-bound");
				continue;
			}
			const oid = oidOf(bytes, from, to);
			if (oid === undefined) return "variable";
			out.variables.push(variableOf(oid, cursor.tag, bytes, cursor.start, cursor.end));
		}
		return undefined;
	}

	/** Requests wait by their id; an answer finds its own. */
	#pair(key: number): void {
		const out = this.#out;
		const { isFromServer, kind, pdu } = out;
		if (!isFromServer && (kind === "request" || kind === "encrypted" || pdu === PDU.inform)) {
			// The same request again: its answer is that to the first.
			if (this.#pending.has(key)) return;
			if (this.#pending.size >= MAX_PENDING) {
				this.#context.count("pending-bound");
				this.#pending.delete(this.#pending.keys().next().value!);
			}
			const { time, frame, version, variables, variableCount, userName } = out;
			this.#pending.set(key, { pdu, id: out.requestId, version, time, frame, variables, variableCount, userName });
			this.#setDeadline();
			return;
		}
		if (!isFromServer || pdu === PDU.trap || pdu === PDU.inform) return;
		const asked = this.#pending.get(key);
		if (asked === undefined) return;
		this.#pending.delete(key);
		this.#setDeadline();
		out.requestPdu = asked.pdu;
		out.requestFrame = asked.frame;
		out.latency = Math.max(0, out.time - asked.time);
		if (out.userName === "") out.userName = asked.userName;
		// A refusal repeats what was asked, or leaves it out.
		if (out.errorStatus !== 0 && out.variables.length === 0) out.variables = asked.variables;
	}
}

const AT = 0x40;
/** Another one each time the program runs: hashes of communities tell nobody anything. */
const SEED = Math.floor(Math.random() * 0xffff_ffff) | 0;

/** Bytes of a text; others become hex. */
const isText = (bytes: Uint8Array, start: number, end: number): boolean => {
	for (let at = start; at < end; at++) {
		const byte = u8(bytes, at);
		if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) return false;
		if (byte >= 0x7f) return false;
	}
	return true;
};

function variableOf(oid: string, type: number, bytes: Uint8Array, start: number, end: number): Variable {
	const variable: Variable = { oid, type, number: Number.NaN, text: "" };
	switch (type) {
		case BER.integer:
			variable.number = integerOf(bytes, start, end);
			break;
		case VALUE.counter32:
		case VALUE.gauge32:
		case VALUE.timeTicks:
		case VALUE.counter64:
			variable.number = unsignedOf(bytes, start, end);
			break;
		case VALUE.ipAddress:
			variable.text = end - start === 4 ? ipv4Text(i32(bytes, start)) : hexOf(bytes, start, Math.min(end, start + MAX_TEXT));
			break;
		case BER.objectIdentifier:
			variable.text = oidOf(bytes, start, end) ?? "";
			break;
		case BER.null:
		case VALUE.noSuchObject:
		case VALUE.noSuchInstance:
		case VALUE.endOfMibView:
			break;
		default: {
			const stop = Math.min(end, start + MAX_TEXT);
			variable.text = type === BER.octetString && isText(bytes, start, stop) ? utf8Of(bytes, start, stop) : hexOf(bytes, start, stop);
		}
	}
	return variable;
}

/** Counters and the like: a careless agent leaves out the zero in front, and one is never negative (RFC 2578, 7.1.6 and further). */
function unsignedOf(bytes: Uint8Array, start: number, end: number): number {
	if (end <= start || end - start > 9) return Number.NaN;
	let value = 0;
	for (let at = start; at < end; at++) value = value * 256 + u8(bytes, at);
	return value;
}

/** RFC 3411, SnmpEngineID: the first bit set means the enterprise number, what follows, and that. */
function engineOf(bytes: Uint8Array, start: number, end: number): Engine | undefined {
	const size = end - start;
	if (size < 5 || size > 32) return undefined;
	const engine: Engine = { id: hexOf(bytes, start, end), enterprise: -1, mac: "", ip: "", text: "" };
	engine.enterprise = u32(bytes, start) & 0x7fff_ffff;
	if (u8(bytes, start) < 0x80) return engine;
	const from = start + 5;
	switch (u8(bytes, start + 4)) {
		case 1:
			if (end - from === 4) engine.ip = ipv4Text(i32(bytes, from));
			break;
		case 3:
			if (end - from === 6) engine.mac = macText(bytes, from);
			break;
		case 4:
			engine.text = utf8Of(bytes, from, end);
	}
	return engine;
}
