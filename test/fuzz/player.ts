/**
 * Plays conversations to one decoder as the engine would: dispatcher, deadlines, the line, the neutral words and the facts of each observation. Every promise of
 * the contract that can be seen from here is held up; a broken one is thrown as a `Breach`.
 */
import { Dispatcher, TICK } from "../../src/decode/dispatcher.ts";
import { type AnyProtocol, type Clock, type ObservationBase, VERBS } from "../../src/decode/protocol.ts";
import { OperationRecorder } from "../../src/detect/recorder.ts";
import type { FlowView } from "../../src/flow/flow.ts";
import { Breach, breachOf, RULE } from "./breach.ts";
import type { Connection, Target } from "./carriers.ts";
import { type Conversation, STEP } from "./conversation.ts";

/** Microseconds: when the first conversation of an engine begins, and the pause between two. */
const BEGIN = 1_700_000_000_000_000;
const PAUSE = 1_000_000;
/** Bytes on either side of the lent ones. */
const MARGIN = 64;
/** Observations of a conversation for each byte: a message has more than one byte, and may be said to be unanswered later. */
const OBSERVATIONS_BYTE = 2;
/**
 * Text of all records of a conversation: so much for each record, and over that for each byte. A coil is one bit and reads `false,`; a name in DNS is repeated by two
 * bytes and may read 1,000 characters.
 */
const RECORD_TEXT = 1024;
const RECORD_TEXT_BYTE = 512;

export class Player {
	readonly target: Target;
	/** Observations of the last play. */
	observations = 0;
	/** While not undefined, the lines of all observations are kept here. */
	lines: string[] | undefined = undefined;
	/** While not undefined, what was said is kept here, without what differs from one time to another: kinds, verbs and outcomes. */
	said: string[] | undefined = undefined;
	/** True where the last connection of the last play changed its ends. */
	isTurned = false;
	readonly #recorder: OperationRecorder;
	readonly #lent = { bytes: new Uint8Array(0), poison: 0xa5 };
	#clock: Clock = { time: BEGIN, frame: 0 };
	#dispatcher: Dispatcher;
	#nextTick = 0;
	#connections = 0;
	/** Bytes of the play so far, and the text of its records. */
	#given = 0;
	#text = 0;

	constructor(target: Target) {
		this.target = target;
		this.#recorder = new OperationRecorder({
			commit: () => this.#commit(),
			identity: (claim) => {
				this.#say(() => `identity ${claim.evidence}`);
			},
			credential: ({ kind, text }) => {
				this.#say(() => `credential ${kind} ${text}`);
			},
			answers: () => {},
			seek: (source, ip) => {
				this.#say(() => `seek ${source} ${ip}`);
			},
			takesName: (source, name, ip) => {
				this.#say(() => `takes ${source} ${name} ${ip}`);
			},
			lookup: ({ name, isUnknown }) => {
				this.#say(() => `lookup ${name} ${isUnknown}`);
			},
			label: () => {},
			trace: (kind, value, byServer) => {
				this.#say(() => `trace ${kind} ${value} ${byServer}`);
			},
		});
		this.#dispatcher = this.#engine();
	}

	/** An engine that has seen nothing. */
	renew(): void {
		this.#dispatcher = this.#engine();
	}

	/** Plays a conversation over connections of its own, `rest` over its last one. `poison` is what lies around and, afterwards, in lent bytes. */
	play(conversation: Conversation, { poison = 0xa5, rest = [] as Conversation, beforeRest = () => {} } = {}): void {
		this.observations = 0;
		this.#given = 0;
		this.#text = 0;
		this.#wait(PAUSE);
		if (poison !== this.#lent.poison) {
			this.#lent.poison = poison;
			this.#lent.bytes.fill(poison);
		}
		let connection = this.#connect(true);
		try {
			connection = this.#steps(conversation, connection);
			this.isTurned = connection.isTurned;
			if (rest.length > 0) {
				beforeRest();
				connection = this.#steps(rest, connection);
			}
			// What is said of requests that nobody will answer is not part of what was asked for.
			this.said = undefined;
			connection.close();
		} catch (error) {
			throw breachOf(error);
		}
	}

	#steps(conversation: Conversation, first: Connection): Connection {
		let connection = first;
		for (const { kind, direction, wait, bytes } of conversation) {
			this.#wait(wait);
			this.#clock.frame++;
			if (kind === STEP.bytes) this.#send(connection, bytes, direction);
			else if (kind === STEP.gap) connection.gap(direction);
			else {
				connection.close();
				connection = this.#connect(kind === STEP.connect);
			}
		}
		return connection;
	}

	#engine(): Dispatcher {
		this.#clock = { time: BEGIN, frame: 0 };
		this.#nextTick = 0;
		this.#connections = 0;
		return new Dispatcher({
			protocols: [this.target.protocol, ...(this.target.carrier.companions ?? [])],
			services: [],
			clock: this.#clock,
			onObservation: (protocol, observation, flow) => this.#observe(protocol, observation, flow),
		});
	}

	#connect(isHinted: boolean): Connection {
		return this.target.carrier.connect(this.#dispatcher, this.target.protocol, ++this.#connections, isHinted);
	}

	#wait(wait: number): void {
		const clock = this.#clock;
		clock.time = Math.max(0, clock.time + wait);
		if (clock.time < this.#nextTick) return;
		this.#nextTick = clock.time + TICK;
		this.#dispatcher.advance(clock.time);
	}

	#send(connection: Connection, bytes: Uint8Array, direction: 0 | 1): void {
		const lent = this.#lent;
		const end = MARGIN + bytes.length;
		if (end + MARGIN > lent.bytes.length) lent.bytes = new Uint8Array(2 * (end + MARGIN)).fill(lent.poison);
		lent.bytes.set(bytes, MARGIN);
		this.#given += bytes.length;
		connection.send(lent.bytes, MARGIN, end, direction);
		lent.bytes.fill(lent.poison, MARGIN, end);
	}

	#observe(protocol: AnyProtocol, observation: ObservationBase, flow: FlowView): void {
		this.observations++;
		if (!(Number.isFinite(observation.time) && Number.isInteger(observation.frame)))
			throw new Breach(RULE.record, `time ${observation.time}, frame ${observation.frame}`);
		const record = protocol.record(observation);
		const size = sizeOf(record, 0);
		this.#text += size - RECORD_TEXT;
		if (this.#text > RECORD_TEXT_BYTE * this.#given || this.observations > OBSERVATIONS_BYTE * this.#given)
			throw new Breach(RULE.recordSize, `${this.observations} records, ${size} characters in the last, for ${this.#given} bytes`);
		this.lines?.push(JSON.stringify({ kind: observation.kind, time: observation.time, frame: observation.frame, ...record }));
		this.#say(() => observation.kind);
		protocol.operations(observation, this.#recorder);
		protocol.detect(observation, flow, (fact) => {
			if (!protocol.detections.includes(fact.record)) throw new Breach(RULE.fact, fact.record.id);
			this.lines?.push(JSON.stringify({ ...fact, record: fact.record.id }));
		});
	}

	#commit(): void {
		const { operation, names, spaces, firsts, runs } = this.#recorder;
		const { protocol } = this.target;
		const { verb, code, unit, outcome, outcomeCode, pointCount, valueCount, time, frame, requestFrame, latency } = operation;
		const isSound =
			VERBS.includes(verb) &&
			Number.isFinite(time) &&
			Number.isInteger(frame) &&
			Number.isInteger(requestFrame) &&
			Number.isInteger(code) &&
			Number.isInteger(unit) &&
			Number.isInteger(outcomeCode) &&
			Number.isFinite(latency) &&
			(valueCount === 0 || valueCount === pointCount);
		if (!isSound) throw new Breach(RULE.operation, JSON.stringify({ ...operation, points: pointCount, values: valueCount }));
		const words = [protocol.operationName(code), protocol.outcomeName(outcomeCode)];
		if (runs > 0) words.push(protocol.pointName(spaces[0]! < 0 ? names[0]! : `${protocol.spaces[spaces[0]!]}:${firsts[0]}`));
		for (const word of words)
			if (typeof word !== "string" || word === "") throw new Breach(RULE.operation, `a name for ${code} is ${word}`);
		this.lines?.push(words.join(" "));
		this.#say(() => `${verb} ${code} ${outcome}`);
	}

	#say(what: () => string): void {
		if (this.said !== undefined) this.said.push(what());
	}
}

/** Nesting of a record beyond which nobody would read it; a decoder bounds its own. */
const MOST_NESTING = 1000;

/** Characters that a record takes as JSON, about. It is nothing but objects, lists, texts, numbers, truth values and null; what was left out is undefined. */
function sizeOf(value: unknown, depth: number): number {
	switch (typeof value) {
		case "string":
			return value.length + 3;
		case "number":
		case "boolean":
			return 8;
		case "undefined":
			return 0;
		case "object": {
			if (value === null) return 5;
			if (depth > MOST_NESTING) throw new Breach(RULE.record, "nested without end");
			let size = 2;
			if (Array.isArray(value)) for (const item of value) size += sizeOf(item, depth + 1);
			else {
				if (Object.getPrototypeOf(value) !== Object.prototype) throw new Breach(RULE.record, `${value.constructor?.name} in it`);
				for (const key in value) size += key.length + 4 + sizeOf((value as Record<string, unknown>)[key], depth + 1);
			}
			return size;
		}
		default:
			throw new Breach(RULE.record, `a ${typeof value} in it`);
	}
}
