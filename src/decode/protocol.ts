/**
 * The protocol contract. A protocol is one declared record (`Protocol`): how to recognise it, how to decode it, how to say it in neutral words,
 * and which facts of it are suspicious in themselves. The engine knows protocols through this file alone.
 *
 * Ownership: everything handed to a callback is on loan until the callback returns. Whoever keeps it copies it.
 * Hostile input: no method of a protocol throws, whatever the bytes; each costs time linear in the bytes given and memory bounded by constants.
 */
import type { DetectionRecord, ReportFact } from "../detect/detection.ts";
import type { Direction, FlowBetween, FlowView } from "../flow/flow.ts";
import type { NetworkDuty, ServiceRecord } from "./service.ts";

/** Answers of a probe. */
export const PROBE = {
	/** Not this protocol. */
	mismatch: 0,
	/** Too few bytes to say. */
	more: 1,
	/** Fits, but so might other traffic: enough on the protocol's own port, or when both directions fit. */
	match: 2,
	/** Cannot reasonably be anything else. */
	certain: 3,
} as const;
export type Probe = (typeof PROBE)[keyof typeof PROBE];

/** `data` returns this instead of a number of bytes: what is at the front is not a message of this protocol. */
export const REJECT = -1;

/** The moment of the bytes being decoded. One object for the whole engine; on loan. */
export interface Clock {
	/** Microseconds since the epoch. */
	time: number;
	/** Number of the frame, from 1 per source. */
	frame: number;
}

/** What every observation has. Each protocol's own type adds its fields. One object is reused, so it is on loan. */
export interface ObservationBase {
	readonly protocol: string;
	/** What happened, e.g. `request`, `response`, `exception`, `unanswered`, `unsolicited`, `malformed`. */
	kind: string;
	/** Microseconds; of the frame that completed the message, or of the deadline that passed. */
	time: number;
	/** Frame that completed the message; for `unanswered` the frame of the request. */
	frame: number;
}

/** What an X.509 certificate says (RFC 5280), as far as it could be read. */
export interface CertificateFacts {
	subject: string;
	issuer: string;
	/** Upper-case hex SHA-1 of the DER bytes, as OPC UA names it (Part 6, 6.1 "thumbprint"). */
	thumbprint: string;
	/** The same as SHA-256, as lists of indicators name certificates; lines have the one above. */
	thumbprint256: string;
	/** Seconds since the epoch. */
	validFrom: number;
	validTo: number;
	keyType: string;
	keyBits: number;
	/** Hash of the issuer's signature, e.g. `sha256`, `sha1`; "unknown" where the algorithm is none that is known, or names its hash elsewhere. */
	signatureHash: string;
	/** uniformResourceIdentifier of the subjectAltName (Part 6, 6.2.2 ApplicationUri), or undefined. */
	applicationUri: string | undefined;
}

/** What a decoder needs from outside its folder. */
export interface DecoderContext<O extends ObservationBase> {
	readonly clock: Readonly<Clock>;
	readonly flow: FlowView;
	/** Takes one observation on loan. `between` where its ends are others than the flow's: both ask, or one passes on what another said. */
	readonly emit: (observation: O, between?: FlowBetween) => void;
	/** Counts that a bound was reached or bytes were refused; `what` is a fixed word, never text from the wire. */
	readonly count: (what: string) => void;
	/** Reads a DER certificate, or undefined when it is none. Costly: once per channel, never per message. */
	readonly certificate: (der: Uint8Array) => CertificateFacts | undefined;
}

/** What a decoder gets whose protocol carries messages of others. What is carried gets a plain context: it carries nothing further. */
export interface CarrierContext<O extends ObservationBase> extends DecoderContext<O> {
	/**
	 * Hands on one whole message that this protocol carried (an MQTT publication) under the name `topic`, on loan. Its observations come before this returns, in a
	 * flow in which who sent the message is the server. True where a protocol took it. Costs nothing where no protocol has a `message` carrier.
	 */
	readonly inner: (bytes: Uint8Array, start: number, end: number, direction: Direction, topic: string) => boolean;
}

/** One TCP flow being decoded. */
export interface Stream {
	/**
	 * Consumes whole messages from the front of `bytes[start] .. bytes[end - 1]`; returns how many bytes it used (0 to `end - start`; fewer than
	 * all means "need more", and the rest comes again at the front of the next call), or REJECT. After a REJECT the caller finds the next place that probes well.
	 * A decoder that knows how to step over one bad message reports it and uses its bytes instead.
	 */
	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number;
	/** Bytes of one direction were lost: forget whatever depended on them. */
	gap(direction: Direction): void;
	/** Where the next message begins, as `seekBy` says it; where not given, the protocol's own probe finds it. `data` goes on there. */
	seek?(bytes: Uint8Array, start: number, end: number, direction: Direction): number;
	/** Microseconds at which `expire` wants to be called; Infinity for never. Read often: a plain field. */
	deadline: number;
	/** Called when `now` (microseconds) has reached `deadline`. Moves `deadline` on. */
	expire(now: number): void;
}

/** A protocol on TCP. */
export interface StreamDecoder<O extends ObservationBase> {
	/** Ports that hint at it: then `match` from one side is enough. */
	readonly ports: readonly number[];
	/** Its messages carry pieces of files as they are: they are looked through for programs, as what nobody decodes is. */
	readonly carriesFiles?: true;
	/** Most bytes of one unfinished message; beyond it the stream is rejected and resynchronised. */
	readonly maxMessage: number;
	/**
	 * Do these bytes begin with a message? `isHinted` tells how strict to be: true where a port hints at the protocol (broken messages may fit too), false
	 * where none does, undefined where the flow is known to be this protocol and only the place of the next message is sought.
	 */
	probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe;
	/** Who sent these bytes (which `probe` fits), where the bytes tell; undefined where both could have. */
	sender?(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined;
	open(context: CarrierContext<O>): Stream;
}

/**
 * Where the next message begins in bytes that are no message: the first place at which `probe` fits; or minus one minus the place from which on there are too few
 * bytes to say (`end` where nothing may begin). Those have to come again with more: segments may be as short as one byte.
 */
export function seekBy(
	probe: (bytes: Uint8Array, start: number, end: number) => Probe,
	bytes: Uint8Array,
	start: number,
	end: number,
): number {
	for (let at = start; at < end; at++) {
		const answer = probe(bytes, at, end);
		if (answer !== PROBE.mismatch) return answer === PROBE.more ? -1 - at : at;
	}
	return -1 - end;
}

/** The same in a stream, which may know better than its protocol's `probe`. */
export const seekIn = (
	stream: Stream,
	probe: Parameters<typeof seekBy>[0],
	bytes: Uint8Array,
	start: number,
	end: number,
	direction: Direction,
): number => stream.seek?.(bytes, start, end, direction) ?? seekBy(probe, bytes, start, end);

/** The place that was found, or from which on bytes have to come again. */
export const placeOf = (sought: number): number => (sought < 0 ? -1 - sought : sought);

/** One UDP flow being decoded. */
export interface Datagrams {
	/** One whole datagram; false where it is not a message of this protocol. */
	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean;
	deadline: number;
	expire(now: number): void;
}

/** A protocol on UDP. */
export interface DatagramDecoder<O extends ObservationBase> {
	readonly ports: readonly number[];
	/** Its messages carry pieces of files as they are: they are looked through for programs, as what nobody decodes is. */
	readonly carriesFiles?: true;
	/** A datagram is whole, so `more` asks for one of the other direction that fits as well: until then nothing is decoded. */
	probe(bytes: Uint8Array, start: number, end: number): Probe;
	sender?(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined;
	open(context: DecoderContext<O>): Datagrams;
}

/** A protocol directly on Ethernet. The flow of its observations has the frame's sender as `client` and the receiver as `server`, unless `sender` says otherwise. */
export interface FrameDecoder<O extends ObservationBase> {
	readonly etherTypes: readonly number[];
	/** Of one that comes behind a length in place of an EtherType (IEEE 802.2): the destination service access points under which it does. `data` then gets the bytes from the LLC header on. */
	readonly saps?: readonly number[];
	sender?(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined;
	/** One decoder for the whole site; `data` gets the bytes after the EtherType. */
	open(context: DecoderContext<O>): { data(bytes: Uint8Array, start: number, end: number): boolean };
}

/** A protocol directly on IP. The flow of its observations has the packet's sender as `client` and the receiver as `server`, unless `sender` says otherwise. */
export interface PacketDecoder<O extends ObservationBase> {
	/** Protocol numbers (IANA). */
	readonly ipProtocols: readonly number[];
	sender?(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined;
	/** One decoder for the whole site; `data` gets what follows the IP header, put together where it came in fragments. */
	open(context: DecoderContext<O>): { data(bytes: Uint8Array, start: number, end: number): boolean };
}

/** One serial line being decoded. Its bytes come in the pieces in which an adapter hands them over, those of all its speakers mixed. */
export interface Line {
	/** Takes all of the bytes: finding where messages begin, also after noise, is the decoder's. The clock has the time at which they arrived. */
	data(bytes: Uint8Array, start: number, end: number): void;
	/** Bytes were lost. */
	gap(): void;
	/** No more comes. */
	end(): void;
	readonly deadline: number;
	expire(now: number): void;
}

/** A protocol on serial lines. */
export interface LineDecoder<O extends ObservationBase> {
	open(context: DecoderContext<O>): Line;
}

/** A protocol inside whole messages of another one, which hands them on (`CarrierContext.inner`). */
export interface MessageDecoder<O extends ObservationBase> {
	/** A message has no port that could hint: it is taken where this is `certain`, and asked for every message, so the first bytes must decide as a rule. */
	probe(bytes: Uint8Array, start: number, end: number, topic: string): Probe;
	/**
	 * One decoder for each direction of the carrying flow. `direction` is that of the carrier: TO_SERVER was sent to the broker, TO_CLIENT is a copy that it
	 * delivers. False where the message is none of this protocol.
	 */
	open(context: DecoderContext<O>): { data(bytes: Uint8Array, start: number, end: number, direction: Direction, topic: string): boolean };
}

/** What an operation does, in words that all protocols share (DESIGN section 3). */
export const VERBS = [
	"read",
	"write",
	"command",
	"program",
	"configure",
	"identify",
	"browse",
	"diagnose",
	"authenticate",
	"report",
	"other",
] as const;
export type Verb = (typeof VERBS)[number];

/** How an operation ended. */
export type Outcome = "ok" | "refused" | "unanswered" | "unsolicited";

/** Most points or values of one operation; a protocol that carries more commits several operations. */
export const OPERATION_POINTS = 2048;

/** One thing that a client did to a server, in neutral words. On loan. */
export interface Operation {
	/** Microseconds and frame of its end (answer, deadline), and frame of its request (equal where there is no other). */
	time: number;
	frame: number;
	requestFrame: number;
	verb: Verb;
	/** The protocol's own function or service, as its number; `operationName` says it in words. */
	code: number;
	/** What of it, where the protocol numbers that too: of Modbus the sub-function of diagnostics and the MEI type of function 43. -1 for none. */
	subCode: number;
	/** Modbus unit, S7 rack and slot; -1 for none. */
	unit: number;
	outcome: Outcome;
	/** Exception or status code where refused, or where a gateway says that nobody answered; else 0. */
	outcomeCode: number;
	/** Microseconds from request to answer; -1 where unknown. */
	latency: number;
	/** Ids of the points touched, in order; the first `pointCount` count. */
	readonly points: Int32Array;
	pointCount: number;
	/** `values[i]` belongs to `points[i]`; NaN where the value is no number. 0 or `pointCount` of them. */
	readonly values: Float64Array;
	valueCount: number;
	/** Points that the message names as one consecutive range, for words: its space, first index and count; rangeSpace is -1 where it names none. */
	rangeSpace: number;
	rangeFirst: number;
	rangeCount: number;
	/** Sent to all units at once, as `unit` is the address of all of them: nobody answers it. */
	isBroadcast: boolean;
}

/** What passing traffic says about who a device is: the one with this address, or the flow's server where there is none. Every text is from the wire and hostile. */
export interface IdentityClaim {
	ip?: string;
	mac?: string;
	hostName?: string;
	/** The unit that says it, where one address may have several devices behind it. */
	unit?: number;
	vendor?: string;
	model?: string;
	/** Order number or product code, where it is another text than the model. */
	productCode?: string;
	firmware?: string;
	serialNumber?: string;
	/** As the device names it, or as its maker's words give it away ("MSFT 5.0"). */
	operatingSystem?: string;
	application?: string;
	/** A role that the message proves (a DHCP server, a gateway). */
	role?: string;
	/** What `ip` does for the whole network, as this message proves or says. */
	duty?: NetworkDuty;
	/** True where it only stands in until somebody says more: it takes no other text's place. So the order in which claims come does not matter. */
	presumed?: boolean;
	/**
	 * Single statements of the device about itself, by the words of its protocol ("revision"): one that says something else than before is another program, or another device.
	 * They are about `unit` (-1 for none) of the current flow's server.
	 */
	statements?: ReadonlyMap<string, string>;
	/** True where an address server gave `ip` to `mac` (a lease): explains why an address moved. */
	assigned?: boolean;
	/** What said it, e.g. "DHCP host name", "Modbus device identification". */
	evidence: string;
}

/** A name that the current flow's client asked its server for. Text from the wire, hostile. */
export interface Lookup {
	readonly name: string;
	/** It was answered; else no answer came in time. */
	readonly isAnswered: boolean;
	/** The answer is that no such name exists. */
	readonly isUnknown: boolean;
}

/** What one end of a conversation shows of itself as it begins. Every text is from the wire and hostile. */
export interface Credential {
	/** What it is: "application", "certificate", "user", "security". */
	readonly kind: string;
	readonly text: string;
	/** The server shows it; else the client. */
	readonly isServer: boolean;
	/** Where several servers live at one address: which of them. */
	readonly port?: number;
	/** What it says beside, that stays the same when it is renewed. */
	readonly names?: string;
	/** A login without a user. */
	readonly isNameless?: boolean;
	/** How safe the connection is by it; only less than ever before is news. */
	readonly rank?: number;
}

/**
 * What a list of indicators may name of what was seen: a host name, the fingerprint of a TLS client, the SHA-1 or SHA-256 of a certificate, the name (also with its
 * folders) or the hash of a file.
 */
export const TRACES = ["domain", "ja4", "certificate", "file-name", "file-hash"] as const;
export type TraceKind = (typeof TRACES)[number];

/** Where a protocol says its observations in neutral words. One object for the whole engine. */
export interface OperationSink {
	/** Fill this, then call `commit`. `begin` resets it. */
	readonly operation: Operation;
	/** Resets `operation` for one of `unit` (-1 for none) of the current flow's server. */
	begin(unit: number): Operation;
	/** Appends the points `first` .. `first + count - 1` of a numbered space (index into the protocol's `spaces`). */
	range(space: number, first: number, count: number): void;
	/** Appends one named point. Text from the wire; bounded by the sink. */
	named(name: string): void;
	/** Gives a point (of the current flow's server and unit) a name for people. */
	label(name: string, label: string): void;
	/** Hands the operation on: learned and judged now. */
	commit(): void;
	identity(claim: IdentityClaim): void;
	/** One end of the current flow shows who it is, or how the two secure what they say. Rare: when a conversation begins. */
	credential(credential: Credential): void;
	/** `unit` of the current flow's server answered what is a broadcast by its protocol: it is one device, addressed by that number. */
	answers(unit: number): void;
	/** Somebody asks who or where `ip` is: `source` is who asks. Nobody there may ever answer. */
	seek(source: string, ip: string): void;
	/** A name was asked for, of a name service; said at its end. */
	lookup(lookup: Lookup): void;
	/** `source` answers everybody, without being a name server, that `name` is at `ip`. Text from the wire, hostile. */
	takesName(source: string, name: string, ip: string): void;
	/** The flow's client (with `byServer`, its server) asked for, showed or carried this. Text from the wire. Nothing is learned of it: it is held against the lists of indicators, where there are any. */
	trace(kind: TraceKind, value: string, byServer: boolean): void;
}

/** One condition of a signature of Suricata or Snort, as its author wrote it; `value` is empty where it has none. */
export interface SignatureOption {
	readonly name: string;
	readonly value: string;
}

/** What the conditions of a signature mean. */
export interface SignatureReading {
	/** As keys of a rule of the plant's people (`appliance/rules.md`). */
	readonly conditions: Readonly<Record<string, unknown>>;
	/** It is about what the server sends. */
	readonly isAnswer: boolean;
	/** Where the rule speaks of more than the signature did. */
	readonly notes: readonly string[];
}

/** How a protocol understands the signatures that Suricata and Snort have of it. */
export interface SignatureReader {
	/** Ports by which such a signature names the protocol, for want of a word of its own. */
	readonly ports: readonly number[];
	/** Options that only this protocol has. */
	readonly keywords: readonly string[];
	/** The meaning of all options about what is sent, by the server where `isAnswer`; why there is no rule for it where there is none, as the end of a sentence. */
	read(options: readonly SignatureOption[], isAnswer: boolean): SignatureReading | string;
}

/** How two neighbouring words make a number. */
export const WIDE_TYPES = ["float32", "uint32", "int32"] as const;

/** A space of numbers that two neighbouring points of 16 bits make together. Both spaces are indexes into the protocol's `spaces`. */
export interface WideSpace {
	readonly space: number;
	readonly words: number;
	readonly type: (typeof WIDE_TYPES)[number];
	/** The word with the lower bits comes first. */
	readonly isSwapped: boolean;
}

/** One protocol. Its folder holds all of it. */
export interface Protocol<O extends ObservationBase> {
	/** Short and stable: the word in `protocol` of every line, in topics, in `--protocol`. */
	readonly name: O["protocol"];
	readonly title: string;
	readonly tcp?: StreamDecoder<O>;
	readonly udp?: DatagramDecoder<O>;
	readonly link?: FrameDecoder<O>;
	readonly ip?: PacketDecoder<O>;
	readonly serial?: LineDecoder<O>;
	readonly message?: MessageDecoder<O>;
	/** True for protocols that steer machines: a server of it is a PLC (or the like), and focused alerts are about it. */
	readonly isControl: boolean;
	/** What it means that a host offers it, where hosts of offices and of maintenance do; then its ports say what it is where no bytes do (`servicesOf`). */
	readonly service?: Pick<ServiceRecord, "isRemoteAccess" | "duty">;
	/** Names of the numbered point spaces, e.g. `holding`; a point is then named `holding:107`. */
	readonly spaces: readonly string[];
	/** Spaces of numbers of 32 bits, each of two neighbouring points of another space; they are among `spaces`, and numbered by the first of the two. */
	readonly wide?: readonly WideSpace[];
	/**
	 * The fields of a `decode` line (DESIGN section 7) after the common ones, owned by the caller. No byte of the lent buffers may be left in it. Called at most
	 * once for an observation, in their order: it may set a line beside those before it.
	 */
	record(observation: O): Record<string, unknown>;
	/** Says an observation in neutral words; most observations give no or one operation. */
	operations(observation: O, sink: OperationSink): void;
	/** The operation for people, e.g. "write single register (function 6)". */
	operationName(code: number): string;
	/** The refusal for people, e.g. "illegal data address (exception 2)". */
	outcomeName(code: number): string;
	/**
	 * Whether an `authenticate` operation that ended like this was a try with a password or the like, accepted (outcome code 0) or turned down. Others open a channel,
	 * reserve something, or were refused for another reason. Where not given, nobody logs in over this protocol.
	 */
	isLogin?(code: number, outcomeCode: number): boolean;
	/** A point for people, e.g. "holding register 107" for `holding:107`. */
	pointName(name: string): string;
	/** The stable name of a point as other tools write it ("40108", or "107" with the table "holding"); undefined where it is none of this protocol. `table` may be empty. */
	parsePoint?(text: string, table: string): string | undefined;
	/** Outcome codes by which a server puts off what it is asked ("busy, ask again"), without saying that it cannot be done. */
	readonly postponing?: readonly number[];
	/** What the first use of a function by a client is called, where the function deserves a word of its own; one of `detections`, a deviation. */
	firstUse?(code: number, verb: Verb): DetectionRecord | undefined;
	readonly signatures?: SignatureReader;
	/** The facts it can report; see `detect`. */
	readonly detections: readonly DetectionRecord[];
	/** Looks at one observation; pure but for `report`. */
	detect(observation: O, flow: FlowView, report: ReportFact): void;
}

/** Any protocol, where the observation's own type does not matter. */
// biome-ignore lint/suspicious/noExplicitAny: a list of protocols with different observations has no other common type
export type AnyProtocol = Protocol<any>;
