/** What the decoder says of one PubSub NetworkMessage. One object, reused: on loan, like the bytes that it points into. */
import type { CertificateFacts, ObservationBase } from "../../src/decode/protocol.ts";
import type { PointNames } from "./pubsubMemory.ts";

/** Fields of one NetworkMessage that are kept; a data set has tens to hundreds. */
const MAX_FIELDS = 8192;
/** DataSetMessages of one NetworkMessage: UADP counts them in a byte. */
export const MAX_DATA_SETS = 255;

/** One DataSetMessage. Its fields are `firstField` .. `firstField + fieldCount - 1` of the observation's. */
export class DataSet {
	writerId = -1;
	writerName = "";
	/** What the meta data calls the data set. */
	name = "";
	start = 0;
	end = 0;
	isValid = true;
	/** One of ENCODING; -1 where there is none (JSON). */
	encoding = -1;
	/** One of DATA_SET_TYPE, or another number of the wire. */
	type = 0;
	/** -1 for none. */
	sequenceNumber = -1;
	/** Microseconds; NaN for none. */
	timestamp = Number.NaN;
	picoSeconds = -1;
	/** Whole status code; -1 for none. */
	status = -1;
	majorVersion = -1;
	minorVersion = -1;
	firstField = 0;
	fieldCount = 0;
	/** RawData that could not be told apart: where its bytes begin, or -1. */
	rawAt = -1;
	/** Names of its points, by field; owned by the memory. Undefined for a copy. */
	points: PointNames | undefined = undefined;
	/** True for the first one whose fields have names: their points are to be named for people. */
	isNamed = false;

	reset(): void {
		this.writerId = -1;
		this.writerName = "";
		this.name = "";
		this.start = 0;
		this.end = 0;
		this.isValid = true;
		this.encoding = -1;
		this.type = 0;
		this.sequenceNumber = -1;
		this.timestamp = Number.NaN;
		this.picoSeconds = -1;
		this.status = -1;
		this.majorVersion = -1;
		this.minorVersion = -1;
		this.firstField = 0;
		this.fieldCount = 0;
		this.rawAt = -1;
		this.points = undefined;
		this.isNamed = false;
	}
}

/** Two that should be one. */
export interface Rival {
	/** Address of the other host; empty where it is the same. */
	host: string;
	frame: number;
}

export class PubSubObservation implements ObservationBase {
	readonly protocol = "opcua";
	/** `probe` asks publishers to describe themselves, `announcement` is such a description, `chunk` a part of a message that is not whole yet. */
	kind: "data" | "probe" | "announcement" | "action" | "chunk" | "malformed" = "data";
	time = 0;
	frame = 0;
	mapping: "uadp" | "json" = "uadp";
	/** Name under which a broker carried it; empty for none. */
	topic = "";
	isFromServer = true;
	/** A broker's copy of what somebody published. */
	isCopy = false;
	size = 0;
	/** Parts it was put together from; 1 as a rule. */
	chunks = 1;
	reason = "";

	/** Text of whatever type it is; empty for none. */
	publisherId = "";
	dataSetClassId = "";
	/** -1 for none. */
	writerGroupId = -1;
	writerGroupName = "";
	groupVersion = -1;
	networkMessageNumber = -1;
	sequenceNumber = -1;
	timestamp = Number.NaN;
	picoSeconds = -1;
	/** Where promoted fields are; equal where there are none. */
	promotedStart = 0;
	promotedEnd = 0;

	hasSecurityHeader = false;
	isSigned = false;
	isEncrypted = false;
	isKeyReset = false;
	tokenId = -1;
	nonceLength = 0;
	footerSize = 0;

	/** The type of an announcement or of what a probe asks for, by name. */
	information = "";
	announcementType = 0;
	announcementSequence = -1;
	/** Of a chunk. */
	chunkSequence = -1;
	chunkOffset = 0;
	chunkTotal = 0;
	/** Of JSON. */
	messageId = "";
	/** What a JSON message announces, bounded by its size. */
	content: unknown = undefined;

	/** Contents: DataSetMessages, announcement, probe. */
	bytes: Uint8Array = new Uint8Array(0);
	bodyStart = 0;
	bodyEnd = 0;
	readonly dataSets: DataSet[] = [];
	dataSetCount = 0;
	/** Writers that the payload header names, `writerCount` of them. */
	readonly writerIds = new Uint16Array(MAX_DATA_SETS);
	writerCount = 0;

	/** Fields of all data sets. */
	fieldCount = 0;
	/** True when there were more than are kept. */
	isCut = false;
	fieldIndex = new Int32Array(64);
	fieldAt = new Int32Array(64);
	/** Built-in type of a field of RawData. */
	fieldType = new Uint8Array(64);
	numbers = new Float64Array(64);
	statuses = new Uint32Array(64);
	readonly fieldNames: (string | undefined)[] = [];
	/** Of JSON. */
	readonly fieldValues: unknown[] = [];

	/** Who the sender says that it is, in an announcement. */
	applicationName = "";
	applicationUri = "";
	/** True for the first message of a publisher from this address. */
	isNewPublisher = false;
	publisherHost: string | undefined = undefined;
	publisherMac: string | undefined = undefined;

	/** Evidence of somebody else behind the same identity; undefined as a rule. */
	sharedWith: Rival | undefined = undefined;
	conflict: (Rival & { kind: "other content" | "two sequences"; sequenceNumber: number; writerId: number }) | undefined = undefined;
	/** Frame of the message that still had more security. */
	downgrade: { frame: number; from: number; to: number } | undefined = undefined;

	readonly certificateAt: (bytes: Uint8Array, start: number, end: number) => CertificateFacts | undefined;

	constructor(certificateAt: PubSubObservation["certificateAt"]) {
		this.certificateAt = certificateAt;
	}

	reset(): void {
		this.kind = "data";
		this.mapping = "uadp";
		this.topic = "";
		this.isFromServer = true;
		this.isCopy = false;
		this.size = 0;
		this.chunks = 1;
		this.reason = "";
		this.publisherId = "";
		this.dataSetClassId = "";
		this.writerGroupId = -1;
		this.writerGroupName = "";
		this.groupVersion = -1;
		this.networkMessageNumber = -1;
		this.sequenceNumber = -1;
		this.timestamp = Number.NaN;
		this.picoSeconds = -1;
		this.promotedStart = 0;
		this.promotedEnd = 0;
		this.hasSecurityHeader = false;
		this.isSigned = false;
		this.isEncrypted = false;
		this.isKeyReset = false;
		this.tokenId = -1;
		this.nonceLength = 0;
		this.footerSize = 0;
		this.information = "";
		this.announcementType = 0;
		this.announcementSequence = -1;
		this.chunkSequence = -1;
		this.chunkOffset = 0;
		this.chunkTotal = 0;
		this.messageId = "";
		this.content = undefined;
		this.bodyStart = 0;
		this.bodyEnd = 0;
		this.applicationName = "";
		this.applicationUri = "";
		this.isNewPublisher = false;
		this.publisherHost = undefined;
		this.publisherMac = undefined;
		this.sharedWith = undefined;
		this.conflict = undefined;
		this.downgrade = undefined;
		this.writerCount = 0;
		this.clearDataSets();
	}

	clearDataSets(): void {
		this.dataSetCount = 0;
		this.fieldCount = 0;
		this.isCut = false;
		this.fieldNames.length = 0;
		this.fieldValues.length = 0;
	}

	/** The next DataSetMessage, blank; undefined where there are too many. */
	addDataSet(): DataSet | undefined {
		if (this.dataSetCount === MAX_DATA_SETS) {
			this.isCut = true;
			return undefined;
		}
		let dataSet = this.dataSets[this.dataSetCount];
		if (dataSet === undefined) {
			dataSet = new DataSet();
			this.dataSets.push(dataSet);
		}
		this.dataSetCount++;
		dataSet.reset();
		dataSet.firstField = this.fieldCount;
		return dataSet;
	}

	/** The next field of `dataSet`; false where there is no room. */
	addField(dataSet: DataSet, index: number, at: number, type: number, number: number, status: number): boolean {
		if (this.fieldCount === this.numbers.length) {
			if (this.fieldCount >= MAX_FIELDS) {
				this.isCut = true;
				return false;
			}
			const length = this.fieldCount * 2;
			this.fieldIndex = grown(this.fieldIndex, new Int32Array(length));
			this.fieldAt = grown(this.fieldAt, new Int32Array(length));
			this.fieldType = grown(this.fieldType, new Uint8Array(length));
			this.numbers = grown(this.numbers, new Float64Array(length));
			this.statuses = grown(this.statuses, new Uint32Array(length));
		}
		const place = this.fieldCount++;
		this.fieldIndex[place] = index;
		this.fieldAt[place] = at;
		this.fieldType[place] = type;
		this.numbers[place] = number;
		this.statuses[place] = status;
		dataSet.fieldCount++;
		return true;
	}
}

function grown<T extends Int32Array | Float64Array | Uint32Array | Uint8Array>(from: T, to: T): T {
	to.set(from);
	return to;
}
