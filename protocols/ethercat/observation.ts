import type { ObservationBase } from "../../src/decode/protocol.ts";

export type Kind = "cyclic" | "register" | "control" | "status" | "mailbox" | "unanswered" | "malformed";

/** One access to registers, mailbox or process data that is said. On loan; one object is used again. */
export class EthercatObservation implements ObservationBase {
	readonly protocol = "ethercat";
	kind: Kind = "register";
	time = 0;
	frame = 0;
	/** -1 for none, as in all numbers below. */
	command = -1;
	/** Station address, or 65,536 and the position, of the slave; -1 of all, and of logical addresses. */
	unit = -1;
	/** Register, or logical address. */
	address = -1;
	size = 0;
	/** The frame comes back from the slaves: its working counter says how many took part. */
	isReturned = false;
	counter = -1;
	previousCounter = -1;
	/** Frames of this process data since the last line, with this one. */
	frames = 0;
	/** The request was seen before it came back, and its moment. */
	isMatched = false;
	requestFrame = -1;
	latency = -1;
	/** AL control or AL status, and the state in which the slave was known to be. */
	state = -1;
	previousState = -1;
	// Mailboxes.
	mailbox = -1;
	/** Of CoE the service, of FoE the OpCode. */
	service = -1;
	/** Of an SDO: specifier, object, value (where expedited) and abort code. */
	specifier = -1;
	index = -1;
	subindex = -1;
	value = Number.NaN;
	text = "";
	abort = -1;
	/** The SDO or transfer that this answers. */
	asked = -1;
	violation = "";

	reset(time: number, frame: number): void {
		this.kind = "register";
		this.time = time;
		this.frame = frame;
		this.command = this.unit = this.address = this.counter = this.previousCounter = this.requestFrame = this.latency = -1;
		this.size = this.frames = 0;
		this.isReturned = this.isMatched = false;
		this.state =
			this.previousState =
			this.mailbox =
			this.service =
			this.specifier =
			this.index =
			this.subindex =
			this.abort =
			this.asked =
				-1;
		this.value = Number.NaN;
		this.text = this.violation = "";
	}
}
