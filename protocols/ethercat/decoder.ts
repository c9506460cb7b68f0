/**
 * EtherCAT (ETG.1000.4): a frame runs through all slaves and back, so it is seen twice, the second time with working counters and with the local bit set in the address of its sender
 * (5.3.3). The slaves have no address of their own: that one stands for their segment. Process data is said where it begins and where who takes part changes, as a master sends thousands of frames a second.
 */
import { type DecoderContext, PROBE, type Probe } from "../../src/decode/protocol.ts";
import { type Direction, FlowBetween, TO_CLIENT } from "../../src/flow/flow.ts";
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { paddedOf } from "../../src/wire/text.ts";
import {
	COE_SERVICE,
	FOE_CODE,
	isByPosition,
	isByStation,
	isLogical,
	isReading,
	isState,
	isWriting,
	LAST_COMMAND,
	MAILBOX_TYPE,
	REGISTER,
	SDO,
	STATE,
} from "./codes.ts";
import { EthercatObservation } from "./observation.ts";
import { COE, DATAGRAM, FOE, FRAME, LENGTH, MAILBOX } from "./wire.ts";

/** Accesses and states that are known; beyond it all begin anew. */
const MAX_KNOWN = 4096;
/** Requests that wait, of registers and of mailboxes. */
const MAX_PENDING = 256;
const MAX_SEGMENTS = 64;
/** Microseconds: a frame is back within some; a mailbox is answered when its slave has time (ETG.1000.6, 5.6). */
const BACK = 1_000_000;
const PATIENCE = 10_000_000;
const MAX_TEXT = 255;
const POSITION = 0x10000;

interface Access {
	counter: number;
	frames: number;
}
interface Pending {
	readonly time: number;
	readonly frame: number;
	readonly unit: number;
}
/** What a slave was asked by its mailbox. */
interface Question {
	readonly time: number;
	readonly frame: number;
	readonly service: number;
	readonly specifier: number;
	readonly index: number;
	readonly subindex: number;
	readonly text: string;
}

/** The lengths of all datagrams fit. -1 where they do not; else where the last one ends. */
function endOf(bytes: Uint8Array, start: number, end: number): number {
	if (end - start < FRAME.header) return -1;
	const header = u16le(bytes, start);
	const to = start + FRAME.header + (header & FRAME.length);
	if (header >> FRAME.typeShift !== FRAME.datagrams || to > end) return -1;
	let at = start + FRAME.header;
	for (;;) {
		if (at + DATAGRAM.data + DATAGRAM.counter > to || u8(bytes, at) > LAST_COMMAND) return -1;
		const length = u16le(bytes, at + DATAGRAM.length);
		at += DATAGRAM.data + (length & LENGTH.mask) + DATAGRAM.counter;
		if (at > to) return -1;
		if ((length & LENGTH.more) === 0) return at;
	}
}

/** On its own port alone. */
export const probe = (bytes: Uint8Array, start: number, end: number): Probe =>
	endOf(bytes, start, end) < 0 ? PROBE.mismatch : PROBE.match;

const isLocal = (mac: string): boolean => (Number.parseInt(mac.slice(0, 2), 16) & 2) !== 0;
const withBit = (mac: string, isSet: boolean): string => {
	const first = Number.parseInt(mac.slice(0, 2), 16);
	return `${(isSet ? first | 2 : first & ~2).toString(16).padStart(2, "0")}${mac.slice(2)}`;
};

/** What is known of one segment. */
class Segment {
	readonly between: FlowBetween | undefined;
	readonly accesses = new Map<number, Access>();
	readonly states = new Map<number, number>();
	readonly pending = new Map<string, Pending>();
	readonly questions = new Map<number, Question>();

	constructor(between: FlowBetween | undefined) {
		this.between = between;
	}
}

export class EthercatDecoder {
	readonly deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<EthercatObservation>;
	readonly #out = new EthercatObservation();
	readonly #segments = new Map<string, Segment>();
	#segment = new Segment(undefined);
	#isReturned = false;

	constructor(context: DecoderContext<EthercatObservation>) {
		this.#context = context;
	}

	expire(_now: number): void {}

	/** A frame of EtherType 0x88a4; or a datagram, which has a direction. */
	data(bytes: Uint8Array, start: number, end: number, direction?: Direction): boolean {
		if (end - start < FRAME.header || u16le(bytes, start) >> FRAME.typeShift !== FRAME.datagrams) return false;
		if (this.#context.flow.transport === "link") this.#side();
		else this.#isReturned = direction === TO_CLIENT;
		if (endOf(bytes, start, end) < 0) {
			this.#begin(-1, -1, -1, end - start);
			this.#out.kind = "malformed";
			this.#out.violation = "length";
			this.#emit();
			return true;
		}
		this.#late();
		let at = start + FRAME.header;
		for (;;) {
			const length = u16le(bytes, at + DATAGRAM.length);
			const data = at + DATAGRAM.data;
			const size = length & LENGTH.mask;
			this.#datagram(bytes, at, data, data + size);
			at = data + size + DATAGRAM.counter;
			if ((length & LENGTH.more) === 0) return true;
		}
	}

	/** Which segment it is, and whether the frame comes back. */
	#side(): void {
		const { flow } = this.#context;
		const sender = flow.client.mac ?? "";
		this.#isReturned = isLocal(sender);
		const key = withBit(sender, true);
		let segment = this.#segments.get(key);
		if (segment === undefined) {
			if (this.#segments.size >= MAX_SEGMENTS) {
				this.#segments.delete(this.#segments.keys().next().value!);
				this.#context.count("segments-bound");
			}
			const endpoint = (mac: string) => ({ ip: undefined, port: undefined, mac });
			segment = new Segment(new FlowBetween(flow, endpoint(withBit(sender, false)), endpoint(key)));
			this.#segments.set(key, segment);
		}
		this.#segment = segment;
	}

	#begin(command: number, unit: number, address: number, size: number): EthercatObservation {
		const out = this.#out;
		out.reset(this.#context.clock.time, this.#context.clock.frame);
		out.command = command;
		out.unit = unit;
		out.address = address;
		out.size = size;
		out.isReturned = this.#isReturned;
		return out;
	}

	#emit(): void {
		this.#context.emit(this.#out, this.#segment.between);
	}

	#datagram(bytes: Uint8Array, at: number, from: number, to: number): void {
		const command = u8(bytes, at);
		if (command === 0) return;
		const counter = u16le(bytes, to);
		if (isLogical(command)) {
			this.#known(command, -1, u32le(bytes, at + DATAGRAM.address), to - from, counter);
			return;
		}
		const address = u16le(bytes, at + DATAGRAM.offset);
		const slave = u16le(bytes, at + DATAGRAM.address);
		// A position counts up from slave to slave, so only the way out says which one is meant.
		let unit = isByStation(command) ? slave : isByPosition(command) && !this.#isReturned ? POSITION + ((POSITION - slave) & 0xffff) : -1;
		if (to - from < 2) {
			this.#known(command, unit, address, to - from, counter);
			return;
		}
		const isControl = address === REGISTER.control && isWriting(command);
		const isMailbox = address >= REGISTER.memory && isMailboxAt(bytes, from, to);
		if (!isControl && !isMailbox) {
			if (address === REGISTER.status && isReading(command)) this.#status(command, unit, u16le(bytes, from), to - from, counter);
			else this.#known(command, unit, address, to - from, counter);
			return;
		}
		const key = `${command} ${u8(bytes, at + DATAGRAM.index)} ${address} ${isByStation(command) ? slave : ""}`;
		const pending = this.#isReturned ? this.#segment.pending.get(key) : undefined;
		if (pending !== undefined) {
			this.#segment.pending.delete(key);
			unit = pending.unit;
		}
		// A mailbox that is read has something in it only on the way back.
		if (isMailbox && !isWriting(command) && (!this.#isReturned || counter === 0)) return;
		const out = this.#begin(command, unit, address, to - from);
		out.counter = this.#isReturned ? counter : -1;
		out.isMatched = pending !== undefined;
		if (pending !== undefined) {
			out.requestFrame = pending.frame;
			out.latency = out.time - pending.time;
		} else if (!this.#isReturned && isWriting(command)) this.#wait(key, unit);
		if (isControl) {
			out.kind = "control";
			out.state = u16le(bytes, from);
			out.previousState = this.#stateOf(unit);
			this.#emit();
		} else this.#mailbox(bytes, from, to);
	}

	#wait(key: string, unit: number): void {
		const { pending } = this.#segment;
		pending.delete(key);
		if (pending.size >= MAX_PENDING) {
			pending.delete(pending.keys().next().value!);
			this.#context.count("requests-bound");
		}
		pending.set(key, { time: this.#out.time, frame: this.#out.frame, unit });
	}

	/** The state in which who is told was last; of all, and of a position, that of the one that is furthest. Another sender on the same cable is another segment here, and its slaves are the same. */
	#stateOf(unit: number): number {
		const own = this.#segment.states.get(unit);
		if (own !== undefined) return own;
		const isMany = unit < 0 || unit >= POSITION;
		let furthest = -1;
		for (const { states } of this.#segments.size === 0 ? [this.#segment] : this.#segments.values())
			for (const [slave, state] of states) if (isMany || slave === unit || slave < 0) furthest = Math.max(furthest, state & STATE.mask);
		return furthest;
	}

	/** Process data, and registers that are of no further meaning here. */
	#known(command: number, unit: number, address: number, size: number, counter: number): void {
		const { accesses } = this.#segment;
		const key = (address * 16 + command) * 4 + (this.#isReturned ? 1 : 0);
		let access = accesses.get(key);
		if (access === undefined) {
			if (accesses.size >= MAX_KNOWN) {
				accesses.clear();
				this.#context.count("accesses-bound");
			}
			accesses.set(key, (access = { counter: -1, frames: 0 }));
		}
		access.frames++;
		const isCyclic = isLogical(command);
		// Who takes part is known on the way back.
		const isNews =
			access.frames === 1 && access.counter < 0
				? !this.#isReturned || isCyclic
				: isCyclic && this.#isReturned && access.counter !== counter;
		const previous = access.counter;
		access.counter = counter;
		if (!isNews) return;
		const out = this.#begin(command, unit, address, size);
		out.kind = isCyclic ? "cyclic" : "register";
		out.counter = this.#isReturned ? counter : -1;
		out.previousCounter = this.#isReturned ? previous : -1;
		out.frames = access.frames;
		access.frames = 0;
		this.#emit();
	}

	/** AL status: said where a slave is in another state than before. */
	#status(command: number, unit: number, state: number, size: number, counter: number): void {
		// Of all, the states of several are mixed: it is one where all have it.
		if (!this.#isReturned || counter === 0 || isByPosition(command) || !isState(state)) return;
		const { states } = this.#segment;
		const before = states.get(unit) ?? -1;
		if (before === state) return;
		if (before < 0 && states.size >= MAX_KNOWN) {
			states.clear();
			this.#context.count("states-bound");
		}
		states.set(unit, state);
		const out = this.#begin(command, unit, REGISTER.status, size);
		out.kind = "status";
		out.counter = counter;
		out.state = state;
		out.previousState = before;
		this.#emit();
	}

	#mailbox(bytes: Uint8Array, from: number, to: number): void {
		const out = this.#out;
		out.kind = "mailbox";
		out.mailbox = u8(bytes, from + MAILBOX.type) & 15;
		const body = from + MAILBOX.body;
		const end = Math.min(to, body + u16le(bytes, from + MAILBOX.length));
		if (out.mailbox === MAILBOX_TYPE.coe && end - body >= COE.sdo) this.#coe(bytes, body, end);
		else if (out.mailbox === MAILBOX_TYPE.foe && end - body >= FOE.text) this.#foe(bytes, body, end);
		this.#emit();
	}

	#coe(bytes: Uint8Array, body: number, end: number): void {
		const out = this.#out;
		out.service = u16le(bytes, body) >> COE.serviceShift;
		if ((out.service !== COE_SERVICE.request && out.service !== COE_SERVICE.response) || end - body < COE.size) return;
		const flags = u8(bytes, body + COE.sdo);
		out.specifier = flags >> 5;
		const isAbort = out.specifier === SDO.abort;
		const isAnswer = out.service === COE_SERVICE.response || (isAbort && !isWriting(out.command));
		const isInitiated =
			isAbort ||
			(isAnswer
				? out.specifier === SDO.upload || out.specifier === SDO.downloaded
				: out.specifier === SDO.download || out.specifier === SDO.upload);
		if (!isInitiated) return;
		out.index = u16le(bytes, body + COE.index);
		out.subindex = u8(bytes, body + COE.subindex);
		if (isAbort) out.abort = u32le(bytes, body + COE.data);
		else if (isAnswer ? out.specifier === SDO.upload : out.specifier === SDO.download) this.#value(bytes, body, end, flags);
		if (isAnswer) this.#answers();
		else this.#asks();
	}

	/** Up to four octets stand in place of the size; more stand behind it, as text where they are some. */
	#value(bytes: Uint8Array, body: number, end: number, flags: number): void {
		const out = this.#out;
		if ((flags & SDO.expedited) !== 0) {
			const octets = (flags & SDO.sized) !== 0 ? 4 - ((flags >> 2) & 3) : 4;
			out.value = u32le(bytes, body + COE.data) % 256 ** octets;
		} else
			out.text = paddedOf(bytes, body + COE.block, Math.min(end, body + COE.block + Math.min(MAX_TEXT, u32le(bytes, body + COE.data))));
	}

	#foe(bytes: Uint8Array, body: number, end: number): void {
		const out = this.#out;
		out.service = u8(bytes, body + FOE.code);
		if (out.service === FOE_CODE.read || out.service === FOE_CODE.write) {
			out.text = paddedOf(bytes, body + FOE.text, Math.min(end, body + FOE.text + MAX_TEXT));
			this.#asks();
		} else if (out.service === FOE_CODE.error) {
			out.abort = u32le(bytes, body + FOE.value);
			this.#answers();
		} else if (!isWriting(out.command)) this.#answers();
	}

	#asks(): void {
		const out = this.#out;
		if (out.isReturned && out.isMatched) return;
		const { questions } = this.#segment;
		questions.delete(out.unit);
		if (questions.size >= MAX_PENDING) {
			questions.delete(questions.keys().next().value!);
			this.#context.count("requests-bound");
		}
		const { time, frame, service, specifier, index, subindex, text } = out;
		questions.set(out.unit, { time, frame, service, specifier, index, subindex, text });
	}

	#answers(): void {
		const out = this.#out;
		const question = this.#segment.questions.get(out.unit);
		if (question === undefined || (question.index >= 0 && (question.index !== out.index || question.subindex !== out.subindex))) return;
		this.#segment.questions.delete(out.unit);
		out.isMatched = true;
		out.asked = question.index >= 0 ? question.specifier : question.service;
		out.index = question.index;
		if (out.text === "") out.text = question.text;
		out.requestFrame = question.frame;
		out.latency = out.time - question.time;
	}

	/** What did not come back, and what no slave answered. */
	#late(): void {
		const { time } = this.#context.clock;
		const segment = this.#segment;
		for (const [key, pending] of segment.pending) {
			if (time - pending.time < BACK) break;
			segment.pending.delete(key);
		}
		for (const [unit, question] of segment.questions) {
			if (time - question.time < PATIENCE) break;
			segment.questions.delete(unit);
			const out = this.#begin(-1, unit, -1, 0);
			out.time = question.time + PATIENCE;
			out.frame = question.frame;
			out.kind = "unanswered";
			out.mailbox = question.index >= 0 ? MAILBOX_TYPE.coe : MAILBOX_TYPE.foe;
			out.service = question.service;
			out.asked = question.index >= 0 ? question.specifier : question.service;
			out.index = question.index;
			out.subindex = question.subindex;
			out.text = question.text;
			out.requestFrame = question.frame;
			this.#emit();
		}
	}
}

/** Its length fits, its type is one, and there is something in it. */
function isMailboxAt(bytes: Uint8Array, from: number, to: number): boolean {
	if (to - from <= MAILBOX.body) return false;
	const length = u16le(bytes, from + MAILBOX.length);
	const type = u8(bytes, from + MAILBOX.type) & 15;
	return (
		length > 0 &&
		length <= to - from - MAILBOX.body &&
		((type >= MAILBOX_TYPE.aoe && type <= MAILBOX_TYPE.soe) || type === MAILBOX_TYPE.voe)
	);
}
