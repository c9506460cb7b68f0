import type { ObservationBase } from "../../src/decode/protocol.ts";

export type Kind =
	| "request"
	| "response"
	| "refusal"
	| "hello"
	| "unanswered"
	| "cyclic"
	| "alarm"
	| "time"
	| "fragment"
	| "control"
	| "malformed";

/** One block of a DCP message. Texts are from the wire and hostile. */
export interface DcpBlock {
	readonly option: number;
	readonly suboption: number;
	/** BlockQualifier of a Set, BlockInfo of an answer; -1 for none. */
	readonly qualifier: number;
	readonly octets: number;
	readonly text?: string;
	readonly ip?: string;
	readonly mask?: string;
	readonly gateway?: string;
	readonly vendorId?: number;
	readonly deviceId?: number;
	readonly role?: number;
	readonly value?: number;
	/** Of a Response block: which block it is about, and BlockError. */
	readonly about?: number;
	readonly error?: number;
}

/** One record that is read or written. */
export interface DataRecord {
	readonly api: number;
	readonly slot: number;
	readonly subslot: number;
	readonly index: number;
	readonly length: number;
	/** PNIOStatus of its own; 0 for none. */
	readonly status: number;
}

/** I&M0 of a submodule (5.2.14). */
export interface Identification {
	readonly slot: number;
	readonly subslot: number;
	readonly vendorId: number;
	readonly orderId: string;
	readonly serialNumber: string;
	readonly hardwareRevision: number;
	readonly softwareRevision: string;
}

/** What a Connect asks for (5.1.2, 5.1.3). */
export interface Relation {
	readonly arType: number;
	readonly arUuid: string;
	readonly mac: string;
	readonly stationName: string;
	/** A supervisor that takes inputs and outputs from the controller: it asks for more than access to records. */
	readonly isTakeover: boolean;
}

/** What of a request its answer is said with. */
export interface Asked {
	readonly frame: number;
	/** Microseconds. */
	readonly time: number;
	readonly blocks: readonly DcpBlock[];
	readonly records: readonly DataRecord[];
	readonly command: number;
	readonly isParametrising: boolean;
}

/** One message of PROFINET, the beginning or a change of cyclic data, or a request that nobody answered. On loan; one object is used again. */
export class ProfinetObservation implements ObservationBase {
	readonly protocol = "profinet";
	kind: Kind = "request";
	time = 0;
	frame = 0;
	layer: "dcp" | "rt" | "alarm" | "ptcp" | "cm" | "epm" = "dcp";
	/** -1 for none, as in all numbers below. */
	frameId = -1;

	// DCP (4.3)
	service = -1;
	xid = -1;
	blocks: readonly DcpBlock[] = [];
	/** A temporary address for a device that the same client had searched for by its name: how each start of a controller goes (4.3.2). */
	isStart = false;
	/** Of who answers, or is asked. */
	mac = "";
	/** Another device answered the same search under the same name; empty where none did. */
	rival = "";
	rivalFrame = 0;

	// Cyclic data (4.7)
	cycleCounter = -1;
	dataStatus = -1;
	transferStatus = -1;
	/** DataStatus before this one. */
	previousStatus = -1;
	/** Frames of this FrameID and sender that were seen since the last line, with this one. */
	frames = 0;

	// Alarms (4.8)
	pduType = -1;
	alarmType = -1;
	slot = -1;
	subslot = -1;
	sendSequence = -1;
	ackSequence = -1;

	// Connection management (4.10)
	packetType = -1;
	operation = -1;
	interface = -1;
	activity = "";
	sequence = -1;
	fragment = -1;
	fragments = 1;
	/** Of the object: what it is. */
	vendorId = -1;
	deviceId = -1;
	/** Types of the blocks, in their order. */
	blockTypes: readonly number[] = [];
	records: readonly DataRecord[] = [];
	identifications: readonly Identification[] = [];
	relation: Relation | undefined = undefined;
	arUuid = "";
	/** FrameIDs of the cyclic data that is agreed on. */
	frameIds: readonly number[] = [];
	command = -1;
	/** PNIOStatus, or the status of a fault of RPC. */
	status = -1;
	/** Texts of I&M1 to I&M3 and of the endpoint mapper, by their names. */
	texts: Readonly<Record<string, string>> | undefined = undefined;
	/** The parameters that a device gets at the start of a connection are not ended yet. */
	isParametrising = false;

	size = 0;
	isFromServer = false;
	isMatched = false;
	isRepeat = false;
	asked: Asked | undefined = undefined;
	requestFrame = -1;
	latency = -1;
	/** A fixed word; empty where nothing is wrong. */
	violation = "";

	reset(time: number, frame: number): void {
		this.kind = "request";
		this.time = time;
		this.frame = frame;
		this.layer = "dcp";
		this.frameId = this.service = this.xid = -1;
		this.blocks = NO_BLOCKS;
		this.isStart = this.isFromServer = this.isMatched = this.isRepeat = this.isParametrising = false;
		this.mac = this.rival = this.activity = this.arUuid = this.violation = "";
		this.rivalFrame = this.frames = this.size = 0;
		this.cycleCounter = this.dataStatus = this.transferStatus = this.previousStatus = -1;
		this.pduType = this.alarmType = this.slot = this.subslot = this.sendSequence = this.ackSequence = -1;
		this.packetType = this.operation = this.interface = this.sequence = this.fragment = this.vendorId = this.deviceId = -1;
		this.fragments = 1;
		this.blockTypes = this.frameIds = NO_NUMBERS;
		this.records = NO_RECORDS;
		this.identifications = NO_IDENTIFICATIONS;
		this.relation = this.texts = this.asked = undefined;
		this.command = this.status = this.requestFrame = this.latency = -1;
	}
}

const NO_BLOCKS: readonly DcpBlock[] = [];
const NO_NUMBERS: readonly number[] = [];
const NO_RECORDS: readonly DataRecord[] = [];
const NO_IDENTIFICATIONS: readonly Identification[] = [];
