import type { ObservationBase } from "../../src/decode/protocol.ts";
import type { Value } from "../../src/wire/mmsData.ts";

export type Kind = "message" | "malformed";
/** Length: the frame is shorter than it says; pdu: no GOOSE message; field: one is missing or is none; entries: not so many as it says. */
export type Violation = "" | "length" | "pdu" | "field" | "entries";

/** One message of GOOSE. On loan; one object is used again. Texts are from the wire and hostile. */
export class GooseObservation implements ObservationBase {
	readonly protocol = "goose";
	kind: Kind = "message";
	time = 0;
	frame = 0;
	appId = 0;
	/** S of Reserved 1. */
	isMarkedSimulated = false;
	gocbRef = "";
	/** Milliseconds. */
	timeAllowedToLive = 0;
	datSet = "";
	goId = "";
	/** When the state began, as the publisher says it. */
	t = "";
	stNum = 0;
	sqNum = 0;
	/** "test" before edition 2. */
	isSimulation = false;
	confRev = 0;
	needsCommissioning = false;
	entries = 0;
	values: readonly Value[] = NO_VALUES;
	/** The state before, with the same values again, as a publisher sends it all the time. */
	isRepeat = false;
	/** A publication that was not seen before, or with another configuration than before. */
	isNews = false;
	/** Repetitions between this one and the one before that were not seen; 0 where a new state began. */
	missed = 0;
	/** Microseconds since the message before, where they are more than that one allowed; else 0. */
	late = 0;
	/** The address of another sender where two publish under one control block at once; empty where not. */
	rival = "";
	/** Both have the same address. */
	isOwnName = false;
	/** The last frame of the other one, and its state. */
	rivalFrame = 0;
	rivalState = 0;
	violation: Violation = "";

	reset(time: number, frame: number): void {
		this.kind = "message";
		this.time = time;
		this.frame = frame;
		this.gocbRef = this.datSet = this.goId = this.t = this.rival = "";
		this.appId = this.timeAllowedToLive = this.stNum = this.sqNum = this.confRev = this.entries = 0;
		this.missed = this.late = this.rivalFrame = this.rivalState = 0;
		this.isMarkedSimulated = this.isSimulation = this.needsCommissioning = this.isNews = this.isOwnName = this.isRepeat = false;
		this.values = NO_VALUES;
		this.violation = "";
	}
}

const NO_VALUES: readonly Value[] = [];
