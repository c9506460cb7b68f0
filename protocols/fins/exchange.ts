/**
 * What answers what: an answer has the service number, the command and, turned round, the addresses of what it answers (W342, 5-1-1). A node that is addressed as 0 answers with its own
 * number, and over TCP one that calls itself 0 is given one, so of the addresses the unit counts, and the node where it was said.
 * Both ends of a flow may ask: who sends a command is the client of it.
 */
import type { DecoderContext } from "../../src/decode/protocol.ts";
import { type WaitingRequest, WaitingRequests } from "../../src/decode/waitingRequests.ts";
import { type Direction, FlowBetween, TO_CLIENT } from "../../src/flow/flow.ts";
import { u8, u16 } from "../../src/wire/bytes.ts";
import { FinsObservation } from "./observation.ts";
import { readAnswer, readCommand } from "./parameters.ts";
import { ALL_NODES, END, FRAME, ICF } from "./wire.ts";

/** Commands of one flow that wait for their answer; the oldest gives way. */
const MAX_WAITING = 32;
/** Microseconds after which no answer will come: clients wait 2 s as shipped, through gateways longer. */
const PATIENCE = 10_000_000;

export class Exchange {
	protected readonly context: DecoderContext<FinsObservation>;
	protected readonly out = new FinsObservation();
	readonly #waiting = new WaitingRequests(MAX_WAITING, PATIENCE);
	#turned: FlowBetween | undefined;

	constructor(context: DecoderContext<FinsObservation>) {
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

	protected begin(size: number): FinsObservation {
		const { clock } = this.context;
		this.out.reset(clock.time, clock.frame);
		this.out.size = size;
		return this.out;
	}

	/** Hands the observation on, between the ends that it is about. */
	protected emit(direction: Direction, isFromServer: boolean): void {
		const { out } = this;
		out.isFromServer = isFromServer;
		this.context.emit(out, isFromServer === (direction === TO_CLIENT) ? undefined : this.#ends());
	}

	#ends(): FlowBetween {
		const { flow } = this.context;
		this.#turned ??= new FlowBetween(flow, flow.server, flow.client);
		return this.#turned;
	}

	/** One whole frame; `out` has been begun. */
	protected finsFrame(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const { out } = this;
		header(out, bytes, start);
		if ((out.icf & ICF.answer) === 0) this.#command(bytes, start, end, direction);
		else this.#answer(bytes, start, end, direction);
	}

	#command(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const { out } = this;
		out.unit = unitOf(out.destinationNetwork, out.destinationNode, out.destinationUnit);
		out.isBroadcast = out.destinationNode === ALL_NODES;
		out.kind = "request";
		if (!readCommand(out, bytes, start + FRAME.text, end)) {
			out.kind = "malformed";
			out.violation = "parameters";
		}
		if ((out.icf & ICF.silent) === 0 && !out.isBroadcast) this.#wait(bytes, start, end, direction);
		this.emit(direction, false);
	}

	#wait(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const { out } = this;
		// Sent again, as it was not answered: the answer is to both.
		const before = this.#waiting.find((waiting) => waiting.direction === direction && isSame(waiting, bytes, start, end));
		if (before !== undefined) {
			out.isRepeat = true;
			this.#waiting.renew(before, out.time);
		} else if (!this.#waiting.keep(bytes, start, end, direction, out.time, out.frame)) this.context.count("fins commands waiting");
	}

	#answer(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const { out } = this;
		const code = u16(bytes, start + FRAME.endCode);
		out.endCode = code & END.code;
		out.isRelayError = (code & END.relay) !== 0;
		out.isNonFatalError = (code & 0x80) !== 0;
		out.isFatalError = (code & 0x40) !== 0;
		out.unit = unitOf(out.sourceNetwork, out.sourceNode, out.sourceUnit);
		out.kind = out.endCode === 0 && !out.isRelayError ? "response" : "error";
		const waiting = this.#waiting.take((one) => one.direction !== direction && isAnswered(one, out));
		if (waiting !== undefined) {
			readCommand(out, waiting.bytes, FRAME.text, waiting.length);
			out.unit = unitIn(waiting.bytes);
			out.isMatched = true;
			out.latency = out.time - waiting.time;
			out.requestFrame = waiting.frame;
		}
		if (!readAnswer(out, bytes, start + FRAME.answerText, end)) {
			out.kind = "malformed";
			out.violation = "parameters";
			out.valueCount = 0;
		}
		this.emit(direction, true);
	}

	#unanswered(waiting: WaitingRequest): void {
		const { out } = this;
		out.reset(this.#waiting.endOf(waiting), waiting.frame);
		header(out, waiting.bytes, 0);
		out.unit = unitIn(waiting.bytes);
		out.kind = "unanswered";
		out.requestFrame = waiting.frame;
		readCommand(out, waiting.bytes, FRAME.text, waiting.length);
		this.emit(waiting.direction, false);
	}
}

function header(o: FinsObservation, bytes: Uint8Array, start: number): void {
	o.icf = u8(bytes, start);
	o.gatewayCount = u8(bytes, start + FRAME.gatewayCount);
	o.destinationNetwork = u8(bytes, start + FRAME.destinationNetwork);
	o.destinationNode = u8(bytes, start + FRAME.destinationNode);
	o.destinationUnit = u8(bytes, start + FRAME.destinationUnit);
	o.sourceNetwork = u8(bytes, start + FRAME.sourceNetwork);
	o.sourceNode = u8(bytes, start + FRAME.sourceNode);
	o.sourceUnit = u8(bytes, start + FRAME.sourceUnit);
	o.sid = u8(bytes, start + FRAME.sid);
	o.command = u16(bytes, start + FRAME.command);
}

/**
 * The number of a device behind the address: -1 for the CPU unit of the node itself; the unit address for another unit of it; network, node and unit address behind each other for
 * one of another network.
 */
function unitOf(network: number, node: number, unit: number): number {
	if (network === 0) return unit === 0 ? -1 : unit;
	return (network << 16) | (node << 8) | unit;
}

const unitIn = (frame: Uint8Array): number =>
	unitOf(u8(frame, FRAME.destinationNetwork), u8(frame, FRAME.destinationNode), u8(frame, FRAME.destinationUnit));

function isSame(waiting: WaitingRequest, bytes: Uint8Array, start: number, end: number): boolean {
	if (waiting.length !== end - start) return false;
	for (let at = 0; at < waiting.length; at++) if (waiting.bytes[at] !== bytes[start + at]) return false;
	return true;
}

function isAnswered({ bytes }: WaitingRequest, o: FinsObservation): boolean {
	if (u8(bytes, FRAME.sid) !== o.sid || u16(bytes, FRAME.command) !== o.command || u8(bytes, FRAME.sourceUnit) !== o.destinationUnit)
		return false;
	const node = u8(bytes, FRAME.sourceNode);
	return node === 0 || node === o.destinationNode;
}
