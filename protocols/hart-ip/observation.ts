import type { ObservationBase } from "../../src/decode/protocol.ts";

/** Values that one command names: eight device variables at most (HCF_SPEC-127, 6.9). */
export const MAX_VARIABLES = 16;

/** One command of HART, or a message of HART-IP that carries none. On loan, like its arrays. */
export class HartObservation implements ObservationBase {
	readonly protocol = "hart-ip";
	/** `session` is what opens, keeps and closes one, or asks for the audit log; `error` an answer that refuses. */
	kind: "request" | "response" | "error" | "publish" | "session" | "unanswered" | "malformed" = "malformed";
	time = 0;
	frame = 0;
	/** The sender is the one who answers, or publishes. */
	isFromServer = false;
	/** Octets of the message. */
	size = 0;
	version = 0;
	/** -1 where there is no header. */
	messageType = -1;
	messageId = -1;
	status = 0;
	sequence = 0;
	/** Of a session initiate; -1 where not said. Milliseconds. */
	hostType = -1;
	inactivityTimer = -1;
	/** Polling address; -1 where the device is addressed by its type and number. */
	polling = -1;
	/** 14 bits of the device's type, and its number; -1 where not said. */
	deviceType = -1;
	deviceId = -1;
	isPrimary = false;
	isBurst = false;
	/** The device that the server itself is, by what it said when it was asked at polling address 0. */
	isSelf = false;
	/** Of what is passed on to a device behind an I/O system; -1 where not said. */
	card = -1;
	channel = -1;
	/** The command that carries this one: 77 or 78. -1 for none. */
	carrier = -1;
	/** Which one, of a message that has several. -1 for the only one. */
	item = -1;
	/** -1 where there is none. */
	command = -1;
	/** -1 in a request; with bit 7 errors of communication. */
	responseCode = -1;
	deviceStatus = -1;
	extendedStatus = -1;
	/** Octets behind the command. */
	octets = 0;
	details: Record<string, unknown> | undefined = undefined;
	variableCount = 0;
	/** They are analog channels. */
	isChannel = false;
	/** Codes of device variables; units and status are -1 where not said, values NaN. */
	readonly codes = new Uint8Array(MAX_VARIABLES);
	readonly units = new Int16Array(MAX_VARIABLES);
	readonly statuses = new Int16Array(MAX_VARIABLES);
	readonly values = new Float64Array(MAX_VARIABLES);
	/** Number of the device behind the server: -1 for itself. */
	unit = -1;
	/** The same request was sent before and not answered. */
	isRepeat = false;
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
		this.size = this.version = this.status = this.sequence = 0;
		this.messageType = this.messageId = this.hostType = this.inactivityTimer = -1;
		this.isFromServer = this.isRepeat = this.isMatched = false;
		this.latency = this.requestFrame = -1;
		this.violation = "";
		this.resetCommand();
	}

	/** What one command of several says. */
	resetCommand(): void {
		this.polling = this.deviceType = this.deviceId = this.card = this.channel = this.carrier = this.item = this.command = -1;
		this.responseCode = this.deviceStatus = this.extendedStatus = this.unit = -1;
		this.octets = this.variableCount = 0;
		this.details = undefined;
		this.isPrimary = this.isBurst = this.isSelf = this.isChannel = false;
	}

	/** Names one more variable. */
	variable(code: number, unit: number, value: number, status = -1): void {
		if (this.variableCount >= MAX_VARIABLES) return;
		const index = this.variableCount++;
		this.codes[index] = code;
		this.units[index] = unit;
		this.values[index] = value;
		this.statuses[index] = status;
	}
}
