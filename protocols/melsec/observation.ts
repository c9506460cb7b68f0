import { type ObservationBase, OPERATION_POINTS } from "../../src/decode/protocol.ts";

/** Ranges of devices that one command names: 192 in a random read (SH-080956, 5.2), 120 blocks. */
export const MAX_ITEMS = 256;

/** One frame. On loan, like its arrays. */
export class MelsecObservation implements ObservationBase {
	readonly protocol = "melsec";
	/** `error` is an answer with another end code than normal completion. */
	kind: "request" | "response" | "error" | "report" | "unanswered" | "malformed" = "malformed";
	time = 0;
	frame = 0;
	/** The sender is the one who answers, or reports. */
	isFromServer = false;
	/** Octets of the frame, or of what is none. */
	size = 0;
	/** Bits of FORM; -1 where it is no frame. */
	form = -1;
	/** Of 4E; -1 in 3E. */
	serial = -1;
	network = 0;
	station = 0;
	io = 0;
	multidrop = 0;
	/** Of a request, in steps of 250 ms; -1 elsewhere. */
	timer = -1;
	/** Of an answer those of its request, where it is known, or where an error repeats them; else -1. */
	command = -1;
	subcommand = -1;
	/** -1 in a request. */
	endCode = -1;
	/** Number of the device behind the address that is asked: -1 for the CPU of the station itself. */
	unit = -1;
	/** Ranges of devices, of the request or of that which is answered. */
	itemCount = 0;
	readonly codes = new Int16Array(MAX_ITEMS);
	readonly addresses = new Float64Array(MAX_ITEMS);
	/** Words, or bits where the command is about bits. */
	readonly counts = new Int32Array(MAX_ITEMS);
	isInBits = false;
	/** One for each point of all ranges, in order; NaN where it is not known. */
	valueCount = 0;
	readonly values = new Float64Array(OPERATION_POINTS);
	/** Mode of remote RUN and PAUSE: 1, or 3 for by force; -1 elsewhere. */
	mode = -1;
	model = "";
	modelCode = -1;
	/** Octets of data that are not read further; -1 where there are none. */
	octets = -1;
	isMatched = false;
	/** Microseconds; -1 where unknown. */
	latency = -1;
	requestFrame = -1;
	/** Why it is malformed. */
	violation = "";

	/** Everything but the arrays as in a new one. */
	reset(time: number, frame: number): void {
		this.kind = "malformed";
		this.time = time;
		this.frame = frame;
		this.isFromServer = this.isInBits = this.isMatched = false;
		this.size = this.network = this.station = this.io = this.multidrop = this.itemCount = this.valueCount = 0;
		this.form = this.serial = this.timer = this.command = this.subcommand = this.endCode = this.unit = -1;
		this.mode = this.modelCode = this.octets = this.latency = this.requestFrame = -1;
		this.model = this.violation = "";
	}
}
