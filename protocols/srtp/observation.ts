import { type ObservationBase, OPERATION_POINTS } from "../../src/decode/protocol.ts";

/** One message. On loan, like its array, which is overwritten with the next one. */
export class SrtpObservation implements ObservationBase {
	readonly protocol = "srtp";
	/** `connection` is the first message of each side; `error` a refusal, or a reply with a status that is none. */
	kind: "connection" | "request" | "response" | "error" | "unanswered" | "malformed" = "malformed";
	time = 0;
	frame = 0;
	isFromServer = false;
	/** Octets of the message, or of what is none. */
	size = 0;
	/** -1 in a message without one. */
	sequence = -1;
	mailbox = -1;
	/** Rack and slot of the CPU, as the mailbox has them; -1 where there is none. */
	destination = -1;
	/** Of a reply those of its request, where it is known; else -1. */
	service = -1;
	selector = -1;
	first = -1;
	count = -1;
	/** What a service without memory has in place of a selector: a privilege level, a state. */
	parameter = -1;
	/** Of a reply; else -1. */
	status = -1;
	minor = -1;
	privilege = -1;
	state = -1;
	/** One for each point; as many as were there. */
	valueCount = 0;
	readonly values = new Float64Array(OPERATION_POINTS);
	/** Octets of text. */
	octets = 0;
	/** What a controller says of itself, as far as it is text. */
	name = "";
	isMatched = false;
	/** Microseconds; -1 where unknown. */
	latency = -1;
	requestFrame = -1;
	/** Why it is malformed. */
	violation = "";

	/** Everything but the array as in a new one. */
	reset(time: number, frame: number): void {
		this.kind = "malformed";
		this.time = time;
		this.frame = frame;
		this.isFromServer = this.isMatched = false;
		this.size = this.valueCount = this.octets = 0;
		this.sequence = this.mailbox = this.destination = this.service = this.selector = this.first = this.count = -1;
		this.parameter = this.status = this.minor = this.privilege = this.state = this.latency = this.requestFrame = -1;
		this.name = this.violation = "";
	}
}
