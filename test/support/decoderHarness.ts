/**
 * A small dispatcher for tests: opens a protocol's decoder, feeds it bytes as the engine does (leftovers come again, after a REJECT the next
 * message is sought, deadlines are kept) and collects what it says. It breaks the test when the decoder breaks the contract: claims
 * bytes that it was not given, keeps bytes that were on loan, or says records that are not plain data.
 */
import {
	type CarrierContext,
	type Clock,
	type Credential,
	type DatagramDecoder,
	type Datagrams,
	type DecoderContext,
	type IdentityClaim,
	type Line,
	type Lookup,
	type ObservationBase,
	OPERATION_POINTS,
	type OperationSink,
	type Outcome,
	type Protocol,
	placeOf,
	REJECT,
	type Stream,
	type StreamDecoder,
	seekIn,
	type TraceKind,
	type Verb,
} from "../../src/decode/protocol.ts";
import type { Fact } from "../../src/detect/detection.ts";
import { blankOperation } from "../../src/detect/recorder.ts";
import { type Direction, type FlowBetween, type FlowView, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";

/** The record of one observation with its time and frame, as a `decode` line has them; `time` in microseconds. */
export type HarnessRecord = { kind: string; time: number; frame: number } & Record<string, unknown>;

/** An operation with its points as names. */
export interface HarnessOperation {
	time: number;
	frame: number;
	requestFrame: number;
	verb: Verb;
	code: number;
	subCode: number;
	unit: number;
	outcome: Outcome;
	outcomeCode: number;
	latency: number;
	points: string[];
	values: number[];
	rangeSpace: number;
	rangeFirst: number;
	rangeCount: number;
	isBroadcast: boolean;
}

export interface HarnessOptions {
	/** Microseconds of the first byte; default 1,000,000,000. */
	time?: number;
	certificate?: DecoderContext<ObservationBase>["certificate"];
	/** Fills the bytes around the lent ones; a result that depends on it reads outside. */
	poison?: number;
	/** False: count what is said but keep nothing (for long runs). */
	keep?: boolean;
	flow?: Partial<FlowView>;
}

/** Bytes from hex; blanks and anything after `#` on a line are comments. */
export function hex(text: string): Uint8Array {
	const digits = text.replace(/#.*$/gm, "").replace(/\s+/g, "");
	if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) throw new Error(`not hex: ${text}`);
	return Uint8Array.from({ length: digits.length / 2 }, (_, index) => Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16));
}

/** One array of all bytes. */
export function join(...parts: readonly Uint8Array[]): Uint8Array {
	const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		out.set(part, at);
		at += part.length;
	}
	return out;
}

const MARGIN = 32; // poisoned bytes on either side of the lent ones
const CARRIED = 100; // messages handed on that are kept
const SCRIBBLE = 0xee; // what lent bytes become once the call is over

const TEST_FLOW: FlowView = {
	id: 1,
	transport: "tcp",
	client: { ip: "10.0.0.1", port: 40000, mac: "02:00:00:00:00:01" },
	server: { ip: "10.0.0.2", port: 1, mac: "02:00:00:00:00:02" },
	vlan: -1,
};

const TEST_LINE: Partial<FlowView> = {
	client: { ip: undefined, port: undefined, mac: undefined, line: "ttyS0-master" },
	server: { ip: undefined, port: undefined, mac: undefined, line: "ttyS0" },
};

/** What all kinds of decoders share: the context, and the collecting of records, operations and facts. */
class Collector<O extends ObservationBase> {
	readonly records: HarnessRecord[] = [];
	readonly operations: HarnessOperation[] = [];
	/** The ends of each record; undefined where they are the flow's. */
	readonly between: (FlowBetween | undefined)[] = [];
	readonly identities: IdentityClaim[] = [];
	readonly traces: { kind: TraceKind; value: string; byServer: boolean }[] = [];
	/** Units that answered a broadcast. */
	readonly answering: number[] = [];
	readonly sought: { source: string; ip: string }[] = [];
	readonly lookups: Lookup[] = [];
	/** Names that somebody answered for. */
	readonly namesTaken: { source: string; name: string; ip: string }[] = [];
	readonly credentials: Credential[] = [];
	readonly labels: Record<string, string> = {};
	readonly facts: Fact[] = [];
	/** Messages that it handed on for other protocols, the last hundred. */
	readonly carried: { direction: Direction; topic: string; bytes: Uint8Array }[] = [];
	/** How often the decoder counted each word. */
	readonly counts: Record<string, number> = {};
	observations = 0;
	readonly clock: Clock;
	readonly flow: FlowView;
	readonly protocol: Protocol<O>;
	readonly context: CarrierContext<O>;
	readonly poison: number;
	readonly #keep: boolean;
	readonly #sink: OperationSink;

	constructor(protocol: Protocol<O>, transport: FlowView["transport"], options: HarnessOptions) {
		this.protocol = protocol;
		this.clock = { time: options.time ?? 1_000_000_000, frame: 1 };
		this.flow = { ...TEST_FLOW, transport, ...options.flow };
		this.poison = options.poison ?? 0xa5;
		this.#keep = options.keep ?? true;
		this.#sink = this.#makeSink();
		this.context = {
			clock: this.clock,
			flow: this.flow,
			emit: (observation, between) => this.#take(observation, between),
			count: (what) => {
				this.counts[what] = (this.counts[what] ?? 0) + 1;
			},
			certificate: options.certificate ?? (() => undefined),
			inner: (bytes, start, end, direction, topic) => {
				if (this.carried.push({ direction, topic, bytes: bytes.slice(start, end) }) > CARRIED) this.carried.shift();
				return false;
			},
		};
	}

	/** Copies bytes between poisoned margins. */
	lend(bytes: Uint8Array): Uint8Array {
		const lent = new Uint8Array(bytes.length + 2 * MARGIN).fill(this.poison);
		lent.set(bytes, MARGIN);
		return lent;
	}

	#take(observation: O, between?: FlowBetween): void {
		this.observations++;
		const record: HarnessRecord = {
			...this.protocol.record(observation),
			kind: observation.kind,
			time: observation.time,
			frame: observation.frame,
		};
		JSON.stringify(record, (key, value: unknown) => {
			if (typeof value === "bigint" || typeof value === "function" || ArrayBuffer.isView(value)) {
				throw new Error(`${this.protocol.name}: ${key} of the record is not plain data`);
			}
			return value;
		});
		if (this.#keep) {
			this.records.push(record);
			this.between.push(between);
		}
		this.protocol.operations(observation, this.#sink);
		this.protocol.detect(observation, between ?? this.flow, (fact) => {
			if (!this.protocol.detections.includes(fact.record)) throw new Error(`${fact.record.id} is not among the protocol's detections`);
			if (this.#keep) this.facts.push({ ...fact, frames: [...fact.frames] });
		});
	}

	#makeSink(): OperationSink {
		const { protocol, clock } = this;
		const operation = blankOperation();
		const names: string[] = [];
		return {
			operation,
			begin: (unit) => {
				Object.assign(operation, {
					time: clock.time,
					frame: clock.frame,
					requestFrame: clock.frame,
					verb: "other",
					code: 0,
					subCode: -1,
					unit,
					outcome: "ok",
					outcomeCode: 0,
					latency: -1,
					pointCount: 0,
					valueCount: 0,
					rangeSpace: -1,
					rangeFirst: 0,
					rangeCount: 0,
					isBroadcast: false,
				});
				names.length = 0;
				return operation;
			},
			range: (space, first, count) => {
				const spaceName = protocol.spaces[space];
				if (spaceName === undefined) throw new Error(`${protocol.name} has no point space ${space}`);
				if (operation.pointCount === 0) Object.assign(operation, { rangeSpace: space, rangeFirst: first, rangeCount: count });
				else operation.rangeSpace = -1;
				for (let index = 0; index < count && operation.pointCount < OPERATION_POINTS; index++) {
					operation.points[operation.pointCount++] = names.push(`${spaceName}:${first + index}`) - 1;
				}
			},
			named: (name) => {
				if (operation.pointCount < OPERATION_POINTS) operation.points[operation.pointCount++] = names.push(name) - 1;
			},
			label: (name, label) => {
				this.labels[name] = label;
			},
			commit: () => {
				if (operation.valueCount !== 0 && operation.valueCount !== operation.pointCount) {
					throw new Error(`${operation.valueCount} values for ${operation.pointCount} points`);
				}
				if (!this.#keep) return;
				const { points, values, pointCount, valueCount, ...rest } = operation;
				this.operations.push({
					...rest,
					points: Array.from(points.subarray(0, pointCount), (id) => names[id]!),
					values: Array.from(values.subarray(0, valueCount)),
				});
			},
			identity: (claim) => {
				if (this.#keep) this.identities.push({ ...claim });
			},
			credential: (credential) => {
				if (this.#keep) this.credentials.push({ ...credential });
			},
			answers: (unit) => {
				if (this.#keep) this.answering.push(unit);
			},
			seek: (source, ip) => {
				if (this.#keep) this.sought.push({ source, ip });
			},
			lookup: (lookup) => {
				if (this.#keep) this.lookups.push({ ...lookup });
			},
			takesName: (source, name, ip) => {
				if (this.#keep) this.namesTaken.push({ source, name, ip });
			},
			trace: (kind, value, byServer) => {
				if (this.#keep) this.traces.push({ kind, value, byServer });
			},
		};
	}
}

/** One TCP flow. `send` gives one segment; the frame number goes up by one with each unless told. */
export class StreamHarness<O extends ObservationBase> extends Collector<O> {
	readonly stream: Stream;
	readonly decoder: StreamDecoder<O>;
	/** How often the decoder answered REJECT or let its message outgrow `maxMessage`. */
	rejects = 0;
	readonly #left: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];
	readonly #lost: [boolean, boolean] = [false, false];
	#nextFrame = 1;

	constructor(protocol: Protocol<O>, options: HarnessOptions = {}) {
		super(protocol, "tcp", options);
		if (protocol.tcp === undefined) throw new Error(`${protocol.name} is not on TCP`);
		this.decoder = protocol.tcp;
		this.stream = protocol.tcp.open(this.context);
	}

	/** One segment from the client. */
	request(bytes: Uint8Array, options: { time?: number; frame?: number } = {}): this {
		return this.send(TO_SERVER, bytes, options);
	}

	/** One segment from the server. */
	response(bytes: Uint8Array, options: { time?: number; frame?: number } = {}): this {
		return this.send(TO_CLIENT, bytes, options);
	}

	send(direction: Direction, bytes: Uint8Array, { time, frame }: { time?: number; frame?: number } = {}): this {
		if (time !== undefined) this.advance(time);
		this.clock.frame = frame ?? this.#nextFrame;
		this.#nextFrame = this.clock.frame + 1;
		const all = join(this.#left[direction], bytes);
		const lent = this.lend(all);
		const end = MARGIN + all.length;
		let at = MARGIN;
		while (at < end) {
			if (this.#lost[direction]) {
				const sought = seekIn(this.stream, this.decoder.probe, lent, at, end, direction);
				at = placeOf(sought);
				if (sought < 0) break;
				this.#lost[direction] = false;
			}
			const used = this.stream.data(lent, at, end, direction);
			if (used === REJECT) {
				this.#lost[direction] = true;
				this.rejects++;
				at++;
				continue;
			}
			if (!Number.isInteger(used) || used < 0 || used > end - at) {
				throw new Error(`${this.protocol.name} claimed ${used} of ${end - at} bytes`);
			}
			at += used;
			if (end - at <= this.decoder.maxMessage) break;
			this.#lost[direction] = true;
			this.rejects++;
			at++;
		}
		this.#left[direction] = lent.slice(at, end);
		lent.fill(SCRIBBLE);
		return this;
	}

	/** Bytes of one direction were lost. */
	gap(direction: Direction): this {
		this.#left[direction] = new Uint8Array(0);
		this.#lost[direction] = true;
		this.stream.gap(direction);
		return this;
	}

	/** Lets capture time pass (microseconds), keeping every deadline on the way. */
	advance(time: number): this {
		let previous = Number.NEGATIVE_INFINITY;
		while (this.stream.deadline <= time) {
			if (this.stream.deadline <= previous) throw new Error(`${this.protocol.name}: the deadline ${previous} did not move on`);
			previous = this.stream.deadline;
			this.clock.time = Math.max(this.clock.time, previous);
			this.stream.expire(this.clock.time);
		}
		this.clock.time = time;
		return this;
	}
}

/** One serial line. `send` gives bytes that arrive together; the frame number goes up by one with each unless told. */
export class LineHarness<O extends ObservationBase> extends Collector<O> {
	readonly line: Line;
	#nextFrame = 1;

	constructor(protocol: Protocol<O>, options: HarnessOptions = {}) {
		super(protocol, "serial", { flow: TEST_LINE, ...options });
		if (protocol.serial === undefined) throw new Error(`${protocol.name} is not on serial lines`);
		this.line = protocol.serial.open(this.context);
	}

	send(bytes: Uint8Array, { time, frame }: { time?: number; frame?: number } = {}): this {
		if (time !== undefined) this.advance(time);
		this.clock.frame = frame ?? this.#nextFrame;
		this.#nextFrame = this.clock.frame + 1;
		const lent = this.lend(bytes);
		this.line.data(lent, MARGIN, MARGIN + bytes.length);
		lent.fill(SCRIBBLE);
		return this;
	}

	/** Bytes were lost. */
	gap(): this {
		this.line.gap();
		return this;
	}

	/** Lets capture time pass (microseconds), keeping every deadline on the way. */
	advance(time: number): this {
		let previous = Number.NEGATIVE_INFINITY;
		while (this.line.deadline <= time) {
			if (this.line.deadline <= previous) throw new Error(`${this.protocol.name}: the deadline ${previous} did not move on`);
			previous = this.line.deadline;
			this.clock.time = Math.max(this.clock.time, previous);
			this.line.expire(this.clock.time);
		}
		this.clock.time = time;
		return this;
	}

	/** No more comes. */
	end(): this {
		this.line.end();
		return this;
	}
}

/** Whole messages without a transport of their own: what is behind an EtherType or in an LLC frame (`link`), what is directly on IP (`ip`), or what a carrier hands on (`message`). */
export class MessageHarness<O extends ObservationBase> extends Collector<O> {
	readonly #data: (bytes: Uint8Array, start: number, end: number, direction: Direction, topic: string) => unknown;
	/** How many messages the decoder took for its own, and how many not. */
	taken = 0;
	refused = 0;
	#nextFrame = 1;

	constructor(protocol: Protocol<O>, carrier: "link" | "ip" | "message", options: HarnessOptions = {}) {
		super(protocol, carrier === "message" ? "tcp" : carrier, options);
		const decoder = protocol[carrier];
		if (decoder === undefined) throw new Error(`${protocol.name} has no carrier ${carrier}`);
		const opened = decoder.open(this.context);
		this.#data = (bytes, start, end, direction, topic) => opened.data(bytes, start, end, direction, topic);
	}

	send(
		bytes: Uint8Array,
		{ direction = TO_SERVER, topic = "", time, frame }: { direction?: Direction; topic?: string; time?: number; frame?: number } = {},
	): this {
		if (time !== undefined) this.clock.time = time;
		this.clock.frame = frame ?? this.#nextFrame;
		this.#nextFrame = this.clock.frame + 1;
		const lent = this.lend(bytes);
		const answer = this.#data(lent, MARGIN, MARGIN + bytes.length, direction, topic);
		if (typeof answer !== "boolean") throw new Error(`${this.protocol.name} answered ${String(answer)} to a message`);
		if (answer) this.taken++;
		else this.refused++;
		lent.fill(SCRIBBLE);
		return this;
	}
}

/** One UDP flow. */
export class DatagramHarness<O extends ObservationBase> extends Collector<O> {
	readonly datagrams: Datagrams;
	readonly decoder: DatagramDecoder<O>;
	/** How many datagrams the decoder took for its own, and how many not. */
	taken = 0;
	refused = 0;
	#nextFrame = 1;

	constructor(protocol: Protocol<O>, options: HarnessOptions = {}) {
		super(protocol, "udp", options);
		if (protocol.udp === undefined) throw new Error(`${protocol.name} is not on UDP`);
		this.decoder = protocol.udp;
		this.datagrams = protocol.udp.open(this.context);
	}

	/** One datagram from the client. */
	request(bytes: Uint8Array, options: { time?: number; frame?: number } = {}): this {
		return this.send(TO_SERVER, bytes, options);
	}

	/** One datagram from the server. */
	response(bytes: Uint8Array, options: { time?: number; frame?: number } = {}): this {
		return this.send(TO_CLIENT, bytes, options);
	}

	send(direction: Direction, bytes: Uint8Array, { time, frame }: { time?: number; frame?: number } = {}): this {
		if (time !== undefined) this.advance(time);
		this.clock.frame = frame ?? this.#nextFrame;
		this.#nextFrame = this.clock.frame + 1;
		const lent = this.lend(bytes);
		const answer: unknown = this.datagrams.data(lent, MARGIN, MARGIN + bytes.length, direction);
		if (typeof answer !== "boolean") throw new Error(`${this.protocol.name} answered ${String(answer)} to a datagram`);
		if (answer) this.taken++;
		else this.refused++;
		lent.fill(SCRIBBLE);
		return this;
	}

	/** Lets capture time pass (microseconds), keeping every deadline on the way. */
	advance(time: number): this {
		let previous = Number.NEGATIVE_INFINITY;
		while (this.datagrams.deadline <= time) {
			if (this.datagrams.deadline <= previous) throw new Error(`${this.protocol.name}: the deadline ${previous} did not move on`);
			previous = this.datagrams.deadline;
			this.clock.time = Math.max(this.clock.time, previous);
			this.datagrams.expire(this.clock.time);
		}
		this.clock.time = time;
		return this;
	}
}
