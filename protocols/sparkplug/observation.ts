import type { ObservationBase } from "../../src/decode/protocol.ts";
import type { MessageType } from "./wire.ts";

/** One metric of a payload. */
export interface Metric {
	/** As it says, or as the birth of its node named its alias; "#5" where that was not seen. */
	name: string;
	/** -1 where it has none. */
	alias: number;
	/** Milliseconds since the epoch; -1 where not said. */
	timestamp: number;
	/** -1 where neither it nor the birth says. */
	datatype: number;
	isHistorical: boolean;
	isTransient: boolean;
	isNull: boolean;
	/** For people and as a number (NaN where it is none). Text from the wire. */
	value: unknown;
	number: number;
	/** Of an integer of 64 bits: with the upper one as its sign. NaN else. */
	signed: number;
}

/** Somebody who spoke in the same name. */
export interface OtherSpeaker {
	readonly host: string;
	readonly frame: number;
}

/** One message of Sparkplug. On loan, like its metrics. */
export class SparkplugObservation implements ObservationBase {
	readonly protocol = "sparkplug";
	kind: "birth" | "death" | "data" | "command" | "state" | "malformed" = "malformed";
	time = 0;
	frame = 0;
	type: MessageType = "NDATA";
	group = "";
	node = "";
	device = "";
	/** Of a state: the host application, and whether it says that it is there. */
	host = "";
	isOnline = false;
	/** The broker delivers what was sent to it. */
	isCopy = false;
	/** Of a command: nothing is known of it from its way to the broker. */
	isNews = true;
	size = 0;
	/** Address of the broker. */
	broker: string | undefined = undefined;
	/** Address of who sent it to the broker; of a copy undefined. */
	sender: string | undefined = undefined;
	/** -1 where not said. */
	timestamp = -1;
	sequence = -1;
	/** The sequence number that had to come; -1 where it came, or nothing is known. */
	expectedSequence = -1;
	birthSequence = -1;
	/** Of a death: it is that of a birth before the last one. */
	isStale = false;
	isCompressed = false;
	metrics: Metric[] = [];
	/** There are more than are kept. */
	isCut = false;
	/** Another host said it was this node, or this host application, shortly before. */
	otherSpeaker: OtherSpeaker | undefined = undefined;
	/** Why it is malformed. */
	violation = "";

	/** Everything as in a new one. */
	reset(time: number, frame: number): void {
		this.kind = "malformed";
		this.time = time;
		this.frame = frame;
		this.group = this.node = this.device = this.host = this.violation = "";
		this.isOnline = this.isCopy = this.isStale = this.isCompressed = this.isCut = false;
		this.isNews = true;
		this.size = 0;
		this.broker = this.sender = undefined;
		this.timestamp = this.sequence = this.expectedSequence = this.birthSequence = -1;
		this.metrics = [];
		this.otherSpeaker = undefined;
	}
}
