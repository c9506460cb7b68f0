/** The one sink that protocols write operations into. It keeps what they say until `commit`, and nothing after it. */
import {
	type Credential,
	type IdentityClaim,
	type Lookup,
	OPERATION_POINTS,
	type Operation,
	type OperationSink,
	type TraceKind,
} from "../decode/protocol.ts";

/** Largest number of a point: it must stay a small integer. */
const MAX_INDEX = 2 ** 30;

/** An operation of which nothing is said yet. */
export const blankOperation = (): Operation => ({
	time: 0,
	frame: 0,
	requestFrame: 0,
	verb: "other",
	code: 0,
	subCode: -1,
	unit: -1,
	outcome: "ok",
	outcomeCode: 0,
	latency: -1,
	points: new Int32Array(OPERATION_POINTS),
	pointCount: 0,
	values: new Float64Array(OPERATION_POINTS),
	valueCount: 0,
	rangeSpace: -1,
	rangeFirst: 0,
	rangeCount: 0,
	isBroadcast: false,
});

export interface RecorderOwner {
	commit(): void;
	identity(claim: IdentityClaim): void;
	credential(credential: Credential): void;
	answers(unit: number): void;
	seek(source: string, ip: string): void;
	lookup(lookup: Lookup): void;
	takesName(source: string, name: string, ip: string): void;
	label(unit: number, name: string, label: string): void;
	trace(kind: TraceKind, value: string, byServer: boolean): void;
}

export class OperationRecorder implements OperationSink {
	readonly operation: Operation = blankOperation();
	/** Runs of consecutive points in order: space (-1 for a named one), first (index into `names` for a named one), count. */
	readonly spaces = new Int32Array(OPERATION_POINTS);
	readonly firsts = new Int32Array(OPERATION_POINTS);
	readonly counts = new Int32Array(OPERATION_POINTS);
	runs = 0;
	readonly names: string[] = [];
	/** Points that did not fit. */
	dropped = 0;
	readonly #owner: RecorderOwner;

	constructor(owner: RecorderOwner) {
		this.#owner = owner;
	}

	begin(unit: number): Operation {
		const { operation } = this;
		operation.time = 0;
		operation.frame = 0;
		operation.requestFrame = 0;
		operation.verb = "other";
		operation.code = 0;
		operation.subCode = -1;
		operation.unit = unit;
		operation.outcome = "ok";
		operation.outcomeCode = 0;
		operation.latency = -1;
		operation.pointCount = 0;
		operation.valueCount = 0;
		operation.rangeSpace = -1;
		operation.rangeFirst = 0;
		operation.rangeCount = 0;
		operation.isBroadcast = false;
		this.runs = 0;
		if (this.names.length > 0) this.names.length = 0;
		return operation;
	}

	range(space: number, first: number, count: number): void {
		const { operation } = this;
		const room = OPERATION_POINTS - operation.pointCount;
		let taken = count;
		if (taken > room) {
			this.dropped += taken - room;
			taken = room;
		}
		if (!(taken > 0 && first >= 0 && first + taken <= MAX_INDEX)) return;
		const at = this.runs++;
		this.spaces[at] = space;
		this.firsts[at] = first;
		this.counts[at] = taken;
		operation.pointCount += taken;
		if (at === 0) {
			operation.rangeSpace = space;
			operation.rangeFirst = first;
			operation.rangeCount = taken;
		} else operation.rangeSpace = -1;
	}

	/** One more point with its value, behind all others; its place, or -1 where there is no room or others have no values. */
	append(space: number, at: number, value: number): number {
		const { operation } = this;
		const place = operation.pointCount;
		if (operation.valueCount !== place || place >= OPERATION_POINTS) return -1;
		this.range(space, at, 1);
		operation.values[place] = value;
		operation.valueCount = place + 1;
		return place;
	}

	named(name: string): void {
		const { operation } = this;
		if (operation.pointCount >= OPERATION_POINTS) {
			this.dropped++;
			return;
		}
		const at = this.runs++;
		this.spaces[at] = -1;
		this.firsts[at] = this.names.length;
		this.counts[at] = 1;
		this.names.push(name);
		operation.pointCount++;
		operation.rangeSpace = -1;
	}

	label(name: string, label: string): void {
		this.#owner.label(this.operation.unit, name, label);
	}

	commit(): void {
		this.#owner.commit();
	}

	identity(claim: IdentityClaim): void {
		this.#owner.identity(claim);
	}

	credential(credential: Credential): void {
		this.#owner.credential(credential);
	}

	answers(unit: number): void {
		this.#owner.answers(unit);
	}

	seek(source: string, ip: string): void {
		this.#owner.seek(source, ip);
	}

	lookup(lookup: Lookup): void {
		this.#owner.lookup(lookup);
	}

	takesName(source: string, name: string, ip: string): void {
		this.#owner.takesName(source, name, ip);
	}

	trace(kind: TraceKind, value: string, byServer: boolean): void {
		this.#owner.trace(kind, value, byServer);
	}
}
