/** What the decoder says of one OPC UA message. One object, reused: on loan, like the bytes that it points into. */
import type { CertificateFacts, Credential, ObservationBase } from "../../src/decode/protocol.ts";
import type { MessageKind, Service } from "./codes.ts";
import type { Finding } from "./conduct.ts";
import type { Definitions } from "./definitions.ts";
import type { ServerEvent } from "./events.ts";
import type { Session, Subscription } from "./memory.ts";
import type { AskedNames, NodeName } from "./names.ts";
import type { Nested } from "./nested.ts";
import type { Guess } from "./shape.ts";
import type { Items } from "./walk.ts";

export const KINDS = [
	/** Connection protocol: HEL, ACK, ERR, RHE. */
	"hello",
	"acknowledge",
	"error",
	"reverse-hello",
	/** Services that could be read. */
	"request",
	"response",
	"fault",
	/** The sender gave up a message of several chunks. */
	"abort",
	/** Encrypted, or of a channel whose security is not known yet: only its outside is. */
	"message",
	/** No answer came in time. */
	"unanswered",
	/** An answer to nothing that was asked. */
	"unsolicited",
	"malformed",
] as const;
export type Kind = (typeof KINDS)[number];

/** A request that waits for its answer, or has just got it. */
export class Pending implements AskedNames {
	requestId = 0;
	service!: Service;
	requestHandle = 0;
	time = 0;
	frame = 0;
	/** Microseconds; Infinity for what waits by design. */
	deadline = Number.POSITIVE_INFINITY;
	/** Its answer may have been in bytes that were lost. */
	isDoubtful = false;
	/** It was said that no answer came. */
	isOverdue = false;
	/** Point names, in the order of the request's items. */
	readonly names: string[] = [];
	nameCount = 0;
	/** Items that the request had; more than `nameCount` where not all were kept. */
	itemCount = 0;
	attributes = new Int32Array(8);
	/** What a Write wants to write, NaN where it is no number. */
	values = new Float64Array(8);
	clientHandles = new Uint32Array(8);
	itemIds = new Uint32Array(8);
	/** Values that a HistoryUpdate writes, in order, and which item's each is. */
	written: Float64Array = new Float64Array(0);
	writtenItems: Int32Array = new Int32Array(0);
	targets: AskedNames["targets"] = undefined;
	fields: AskedNames["fields"] = undefined;
	subscriptionId = 0;
	session: Session | undefined = undefined;
	/** CreateSession: what the client calls the session and itself. ActivateSession: who the user is. */
	sessionName: string | undefined = undefined;
	client: string | undefined = undefined;
	clientUri: string | undefined = undefined;
	identity: string | undefined = undefined;
	user: string | undefined = undefined;
	/** A Read of what identifies the server (Part 5: BuildInfo). */
	isIdentifying = false;
	/** A Read of names or definitions. */
	isTelling = false;
	/** A Read of the state that the server is in. */
	isAskingState = false;
	/** SetPublishingMode, SetMonitoringMode: what it is to be. OpenSecureChannel: which channel is to be renewed. */
	mode = -1;
}

const NO_NAMES: readonly NodeName[] = [];
const NO_NODES: readonly string[] = [];
const NO_FINDINGS: readonly Finding[] = [];
const NO_CREDENTIALS: readonly Credential[] = [];
const NO_EVENTS: readonly ServerEvent[] = [];

export class OpcuaObservation implements ObservationBase {
	readonly protocol = "opcua";
	kind: Kind = "message";
	time = 0;
	frame = 0;
	/** `HEL`, `ACK`, `ERR`, `RHE`, `OPN`, `MSG`, `CLO`. */
	messageType = "MSG";
	/** Which side sent it; for `unanswered` the one that did not. */
	isFromServer = false;
	/** Bytes on the wire, of all chunks. */
	size = 0;
	chunks = 1;
	/** -1 where the message has none, or it cannot be read. */
	secureChannelId = -1;
	tokenId = -1;
	sequenceNumber = -1;
	requestId = -1;
	/** Whole URI; empty where it was not seen. */
	policyUri = "";
	/** `None`, `Sign`, `SignAndEncrypt`; `unknown` until there is evidence. */
	securityMode = "unknown";
	/** Undefined where it is not known. */
	encrypted: boolean | undefined = undefined;
	/** The sender's certificate (OPN). */
	certificate: CertificateFacts | undefined = undefined;
	/** An OPN that renews the keys of a channel, where its body is hidden. */
	isRenewal = false;
	/** Of a hidden message: what it may be. Never anything that was read. */
	guess: Guess | undefined = undefined;
	/** Of a hidden message: microseconds since the one before in its direction; -1 where unknown. */
	sincePrevious = -1;
	/** Once a channel is known to be hidden: the certificates of client and server. */
	sealedBy: readonly [CertificateFacts | undefined, CertificateFacts | undefined] | undefined = undefined;
	/** What kind of message it is; undefined where it is no service that could be read. */
	message: MessageKind | undefined = undefined;
	/** The service, for a fault that of its request. */
	service: Service | undefined = undefined;
	/** What stood around a message that belongs to no session (Part 4, 6.3). */
	envelope: Nested | undefined = undefined;
	requestHandle = -1;
	/** Microseconds; NaN for none. */
	timestamp = Number.NaN;
	/** Milliseconds; 0 for none. */
	timeoutHint = 0;
	/** Status of a response, error of ERR and of an abort; -1 for none. Unsigned. */
	serviceResult = -1;
	/** Microseconds from request to answer; -1 where unknown. */
	latency = -1;
	requestFrame = -1;
	/** The answer to a request that was said to be unanswered. */
	isLate = false;
	/** Why it is malformed, in fixed words. */
	reason = "";
	/** What in the answer does not fit its request, in fixed words; empty as a rule. */
	contradiction = "";
	/** The request of an answer, or the request itself. */
	request: Pending | undefined = undefined;
	session: Session | undefined = undefined;
	/** Of a Publish answer. */
	subscription: Subscription | undefined = undefined;
	/** Of a CreateSession answer: whom it tells about, and where its server listens. */
	clientIp: string | undefined = undefined;
	serverPort = 0;
	/** What the answer calls nodes. */
	nodeNames: readonly NodeName[] = NO_NAMES;
	/** Nodes that the answer says more of than their name. */
	defined: readonly string[] = NO_NODES;
	/** An ActivateSession whose password or token can be read on the wire. */
	isSecretInClear = false;
	/** What this message is the last straw of. */
	findings: readonly Finding[] = NO_FINDINGS;
	/** What the two ends show of themselves by it, or by what came before. */
	credentials: readonly Credential[] = NO_CREDENTIALS;
	/** Events that it carries and that want attention. */
	events: readonly ServerEvent[] = NO_EVENTS;

	/** The body: the service's header begins at `headerStart`, its parameters at `bodyStart`. For HEL, ACK, ERR, RHE and aborts: what follows the headers. */
	bytes: Uint8Array = new Uint8Array(0);
	headerStart = 0;
	bodyStart = 0;
	bodyEnd = 0;
	/** Items of the message: what was read, written, notified. `items.count` of them. */
	readonly items: Items;
	/** Point names of the items, `nameCount` of them; undefined where a notification's item is not known. */
	names: (string | undefined)[] = [];
	nameCount = 0;
	/** Reads certificates inside bodies. */
	readonly certificateAt: (bytes: Uint8Array, start: number, end: number) => CertificateFacts | undefined;
	/** What a node of the server was called in passing; undefined where nothing was seen. */
	readonly nameOf: (node: string) => string | undefined;
	/** How the server makes its data, as far as it was seen. */
	readonly definitions: () => Definitions | undefined;

	constructor(
		items: Items,
		certificateAt: OpcuaObservation["certificateAt"],
		nameOf: OpcuaObservation["nameOf"],
		definitions: OpcuaObservation["definitions"],
	) {
		this.items = items;
		this.certificateAt = certificateAt;
		this.nameOf = nameOf;
		this.definitions = definitions;
	}

	reset(): void {
		this.size = 0;
		this.chunks = 1;
		this.secureChannelId = -1;
		this.tokenId = -1;
		this.sequenceNumber = -1;
		this.requestId = -1;
		this.policyUri = "";
		this.securityMode = "unknown";
		this.encrypted = undefined;
		this.certificate = undefined;
		this.isRenewal = false;
		this.guess = undefined;
		this.sincePrevious = -1;
		this.sealedBy = undefined;
		this.message = undefined;
		this.service = undefined;
		this.envelope = undefined;
		this.requestHandle = -1;
		this.timestamp = Number.NaN;
		this.timeoutHint = 0;
		this.serviceResult = -1;
		this.latency = -1;
		this.requestFrame = -1;
		this.isLate = false;
		this.reason = "";
		this.contradiction = "";
		this.request = undefined;
		this.session = undefined;
		this.subscription = undefined;
		this.clientIp = undefined;
		this.nodeNames = NO_NAMES;
		this.defined = NO_NODES;
		this.isSecretInClear = false;
		this.findings = NO_FINDINGS;
		this.credentials = NO_CREDENTIALS;
		this.events = NO_EVENTS;
		this.headerStart = 0;
		this.bodyStart = 0;
		this.bodyEnd = 0;
		this.nameCount = 0;
	}
}
