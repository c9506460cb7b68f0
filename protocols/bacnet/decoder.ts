/**
 * BACnet/IP (ASHRAE 135-2020, Annex J) over UDP: a datagram is one BVLL message; in it a network message or an APDU. Both ends of a flow have port 47808 as a rule and each may ask
 * the other, so who is client and server is told by each message: whoever asks is the client, whoever answers or reports is the server. A forwarded message is about the device
 * that sent it first, not about the one that passes it on.
 */
import { type DecoderContext, PROBE } from "../../src/decode/protocol.ts";
import { type Direction, type Endpoint, FlowBetween, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u16, u32 } from "../../src/wire/bytes.ts";
import { hexOf } from "../../src/wire/text.ts";
import {
	BVLC_FUNCTION,
	CONFIRMED,
	isReporting,
	MESSAGE,
	maxApdu,
	maxSegments,
	PDU,
	REPORTING_MESSAGES,
	STATE,
	UNCONFIRMED,
} from "./codes.ts";
import { type SiteMemory, siteMemoryOf } from "./memory.ts";
import { BacnetObservation, type TableEntry } from "./observation.ts";
import { npduAt, probe, type Sender, senderOfFunction } from "./recognition.ts";
import { SEGMENT } from "./segments.ts";
import { readError, readParameters } from "./services.ts";
import { instanceOf, TagReader } from "./tags.ts";
import { ANSWERED, keyOf, OPEN, OVERDUE, PATIENCE, type Request, Requests } from "./transactions.ts";
import { ALL_NETWORKS, BVLC, CONTROL, ENTRY, FIRST_PROPRIETARY_MESSAGE, FLAG, NPDU_VERSION, ORIGIN, PORT } from "./wire.ts";

/** Rows of a table, and networks of a message, that are kept. */
const MAX_ROWS = 256;
/** Devices behind a flow (those whose messages are forwarded), and units with a backup or restore going on, that are known at a time. */
const MAX_BETWEEN = 64;
const MAX_PROCEDURES = 64;
/** A longer address is no address of any data link (6.2.2.2). */
const MAX_ADDRESS = 18;
/** 6.2.2: a network number makes way for the addresses of MS/TP and ARCNET, which are one octet. */
const NETWORK_STEP = 1000;
/** Longer addresses are told apart by a hash, above all of those. */
const FIRST_HASHED = 100_000_000;
const HASHED = 900_000_000;

/**
 * The number of a device behind a router: its network times a thousand, and its address where that is one octet ("2001012": network 2001, address 12); a number above all of
 * those for longer addresses. -1 for the device that has the IP address.
 */
export function unitOf(network: number, address: string): number {
	if (network < 0 || network === ALL_NETWORKS || address === "") return -1;
	if (address.length === 2) return network * NETWORK_STEP + Number.parseInt(address, 16);
	let hash = network;
	for (let at = 0; at < address.length; at++) hash = (Math.imul(hash, 31) + address.charCodeAt(at)) | 0;
	return FIRST_HASHED + ((hash >>> 0) % HASHED);
}

/** A second device at an IP address has a port of its own; where it is not the usual one, it is its number. */
const unitAt = ({ port }: Endpoint): number => (port === undefined || port === PORT ? -1 : port);

/** Decodes one flow's datagrams. */
export class BacnetDatagrams {
	readonly #context: DecoderContext<BacnetObservation>;
	readonly #memory: SiteMemory;
	readonly #out = new BacnetObservation();
	readonly #reader = new TagReader();
	readonly #requests = new Requests();
	readonly #between = new Map<string, FlowBetween>();
	readonly #procedures = new Map<number, "backup" | "restore">();
	readonly #count: (what: string) => void;
	/** Of the message being decoded. */
	#direction: Direction = TO_SERVER;
	/** Network addresses of who sent it and who is to get it, as units. */
	#senderUnit = -1;
	#receiverUnit = -1;

	constructor(context: DecoderContext<BacnetObservation>) {
		this.#context = context;
		this.#memory = siteMemoryOf(context.clock);
		this.#count = context.count;
	}

	get deadline(): number {
		return this.#requests.deadline;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		if (probe(bytes, start, end) === PROBE.mismatch) return false;
		const out = this.#out;
		const { clock, flow } = this.#context;
		out.reset(clock.time, clock.frame);
		out.requestFrame = clock.frame;
		this.#direction = direction;
		out.function = u8(bytes, start + BVLC.function);
		const to = start + u16(bytes, start + BVLC.length);
		// A message that says to be longer than its datagram may have been cut by the capture: what is missing is no fault of its sender.
		out.isCut = to > end;
		// Some devices fill in a wrong length, and others read on all the same: so does this.
		if (to < end) this.#note("length");
		const [from, at] = direction === TO_SERVER ? [flow.client, flow.server] : [flow.server, flow.client];
		this.#senderUnit = unitAt(from);
		this.#receiverUnit = unitAt(at);
		const npdu = npduAt(out.function);
		if (npdu > 0) {
			if (out.function === BVLC_FUNCTION.forwarded) this.#origin(bytes, start + BVLC.body, end);
			out.isBroadcast = out.function !== BVLC_FUNCTION.unicast;
			this.#npdu(bytes, start + npdu, end);
		} else this.#control(bytes, start + BVLC.body, end);
		return true;
	}

	expire(now: number): void {
		for (const request of this.#requests.overdue(now)) this.#giveUp(request, Math.min(now, request.lastTime + PATIENCE));
	}

	/** Nobody answered. */
	#giveUp(request: Request, time: number): void {
		const out = this.#out;
		out.reset(time, request.frame);
		out.kind = "unanswered";
		out.requestFrame = request.frame;
		out.pduType = PDU.confirmedRequest;
		out.isConfirmed = true;
		out.invokeId = request.invokeId;
		out.service = request.service;
		out.items = request.items;
		out.details = request.details;
		out.unit = request.unit;
		this.#emit(request.isByServer ? "server" : "client", request.direction);
	}

	/** A rule is broken, and the message can be read all the same. */
	#note(violation: string): void {
		const out = this.#out;
		if (out.violation === "" && !out.isCut) out.violation = violation;
	}

	/** It cannot be read. */
	#bad(violation: string): void {
		const out = this.#out;
		if (out.isCut) return;
		out.violation = violation;
		out.kind = "malformed";
	}

	/** Hands the message on, between the ends that it is about. */
	#emit(speaker: Sender, direction = this.#direction): void {
		const out = this.#out;
		if (out.isCut && out.violation === "") out.violation = "cut";
		const isByServer = speaker === undefined ? direction === TO_CLIENT : speaker === "server";
		out.isFromServer = isByServer;
		this.#context.emit(out, this.#ends(isByServer, direction));
	}

	/** Undefined where the flow's own client and server are those of the message. */
	#ends(isByServer: boolean, direction: Direction): FlowBetween | undefined {
		const out = this.#out;
		const isTurned = isByServer !== (direction === TO_CLIENT);
		const { flow } = this.#context;
		const [from, to] = direction === TO_SERVER ? [flow.client, flow.server] : [flow.server, flow.client];
		const isForwarded = out.originIp !== "" && out.originIp !== from.ip;
		if (!isTurned && !isForwarded) return undefined;
		const key = isForwarded ? `${out.originIp}:${out.originPort}/${isByServer}/${direction}` : `${direction}`;
		let between = this.#between.get(key);
		if (between === undefined) {
			if (this.#between.size >= MAX_BETWEEN) {
				this.#between.delete(this.#between.keys().next().value!);
				this.#count("forwarding-bound");
			}
			const source = isForwarded ? { ip: out.originIp, port: out.originPort, mac: undefined } : from;
			between = isByServer ? new FlowBetween(flow, to, source) : new FlowBetween(flow, source, to);
			this.#between.set(key, between);
		}
		return between;
	}

	/** J.2.5. */
	#origin(bytes: Uint8Array, at: number, end: number): void {
		if (at + ORIGIN > end) return;
		this.#out.originIp = ipAt(bytes, at);
		this.#out.originPort = u16(bytes, at + 4);
		this.#senderUnit = unitAt({ ip: this.#out.originIp, port: this.#out.originPort, mac: undefined });
	}

	/** J.2: messages of the BVLC itself. */
	#control(bytes: Uint8Array, at: number, end: number): void {
		const out = this.#out;
		out.kind = "bvlc";
		const size = end - at;
		switch (out.function) {
			case BVLC_FUNCTION.result:
				if (size >= 2) out.result = u16(bytes, at);
				if (size !== 2) this.#bad("length");
				break;
			case BVLC_FUNCTION.registerForeignDevice:
				if (size >= 2) out.timeToLive = u16(bytes, at);
				if (size !== 2) this.#bad("length");
				break;
			case BVLC_FUNCTION.writeBroadcastTable:
			case BVLC_FUNCTION.readBroadcastTableAck:
				this.#table(bytes, at, end, ENTRY.broadcast);
				break;
			case BVLC_FUNCTION.readForeignTableAck:
				this.#table(bytes, at, end, ENTRY.foreign);
				break;
			case BVLC_FUNCTION.deleteForeignEntry:
				this.#table(bytes, at, end, ENTRY.deleted);
				if (size !== ENTRY.deleted) this.#bad("length");
				break;
			case BVLC_FUNCTION.secured:
				out.kind = "secured";
				break;
			default:
				if (size !== 0) this.#bad("length");
		}
		const speaker = senderOfFunction(out.function);
		out.unit = speaker === "server" ? this.#senderUnit : this.#receiverUnit;
		this.#emit(speaker);
	}

	#table(bytes: Uint8Array, start: number, end: number, size: number): void {
		const out = this.#out;
		const entries: TableEntry[] = [];
		if ((end - start) % size !== 0) this.#bad("table");
		for (let at = start; at + size <= end; at += size) {
			if (entries.length === MAX_ROWS) {
				this.#count("rows-bound");
				break;
			}
			const entry = { ip: ipAt(bytes, at), port: u16(bytes, at + 4) };
			if (size === ENTRY.deleted) entries.push(entry);
			else if (out.function === BVLC_FUNCTION.readForeignTableAck)
				entries.push({ ...entry, timeToLive: u16(bytes, at + 6), timeLeft: u16(bytes, at + 8) });
			else entries.push({ ...entry, mask: ipAt(bytes, at + 6) });
		}
		out.entries = entries;
	}

	/** 6.2. */
	#npdu(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		let at = start + 2;
		if (at > end) {
			this.#broken("npdu");
			return;
		}
		if (u8(bytes, start) !== NPDU_VERSION) {
			this.#broken("version");
			return;
		}
		const control = u8(bytes, start + 1);
		if ((control & CONTROL.reserved) !== 0) this.#note("control");
		out.networkPriority = control & CONTROL.priority;
		if (control & CONTROL.destination) {
			const size = at + 3 > end ? -1 : u8(bytes, at + 2);
			if (size < 0 || size > MAX_ADDRESS || at + 3 + size > end) {
				this.#broken("destination");
				return;
			}
			out.destinationNetwork = u16(bytes, at);
			out.destinationAddress = hexOf(bytes, at + 3, at + 3 + size);
			at += 3 + size;
		}
		if (control & CONTROL.source) {
			const size = at + 3 > end ? -1 : u8(bytes, at + 2);
			if (size < 0 || size > MAX_ADDRESS || at + 3 + size > end) {
				this.#broken("source");
				return;
			}
			out.sourceNetwork = u16(bytes, at);
			out.sourceAddress = hexOf(bytes, at + 3, at + 3 + size);
			// 6.2.2: nobody sends as all, or from all networks.
			if (size === 0 || out.sourceNetwork === ALL_NETWORKS || out.sourceNetwork === 0) this.#note("source");
			at += 3 + size;
			this.#senderUnit = unitOf(out.sourceNetwork, out.sourceAddress);
		}
		if (control & CONTROL.destination) {
			if (at >= end) {
				this.#broken("hop-count");
				return;
			}
			out.hopCount = u8(bytes, at++);
			if (out.destinationAddress === "") out.isBroadcast = true;
			else this.#receiverUnit = unitOf(out.destinationNetwork, out.destinationAddress);
		}
		if (out.isBroadcast) this.#receiverUnit = -1;
		if (control & CONTROL.networkMessage) this.#networkMessage(bytes, at, end);
		else this.#apdu(bytes, at, end);
	}

	/** What cannot be read to what it carries. */
	#broken(violation: string): void {
		this.#bad(violation);
		this.#out.kind = "malformed";
		this.#out.unit = this.#direction === TO_SERVER ? this.#receiverUnit : this.#senderUnit;
		this.#emit(undefined);
	}

	/** 6.4. */
	#networkMessage(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		if (start >= end) {
			this.#broken("network-message");
			return;
		}
		out.kind = "network";
		out.messageType = u8(bytes, start);
		let at = start + 1;
		switch (out.messageType) {
			case MESSAGE.whoIsRouter:
				if (at < end) this.#networks(bytes, at, Math.min(end, at + 2));
				break;
			case MESSAGE.iAmRouter:
			case MESSAGE.routerBusy:
			case MESSAGE.routerAvailable:
				this.#networks(bytes, at, end);
				break;
			case MESSAGE.iCouldBeRouter:
			case MESSAGE.establishConnection:
			case MESSAGE.disconnectConnection:
			case MESSAGE.networkNumberIs:
				if (at + 2 > end) this.#bad("network-message");
				else this.#networks(bytes, at, at + 2);
				break;
			case MESSAGE.reject:
				if (at + 3 > end) this.#bad("network-message");
				else {
					out.networkReason = u8(bytes, at);
					this.#networks(bytes, at + 1, at + 3);
				}
				break;
			case MESSAGE.initializeRoutingTable:
			case MESSAGE.initializeRoutingTableAck:
				// An answer to one that changed something has nothing in it (6.4.8).
				if (at < end) this.#routes(bytes, at, end);
				break;
			default:
				if (out.messageType >= FIRST_PROPRIETARY_MESSAGE) {
					if (at + 2 > end) this.#bad("network-message");
					else out.details = { vendorId: u16(bytes, at), octets: end - at - 2 };
					at += 2;
				}
		}
		const isByServer = REPORTING_MESSAGES.has(out.messageType);
		out.unit = isByServer ? this.#senderUnit : this.#receiverUnit;
		this.#emit(isByServer ? "server" : "client");
	}

	#networks(bytes: Uint8Array, start: number, end: number): void {
		const networks: number[] = [];
		if ((end - start) % 2 !== 0) this.#bad("network-message");
		for (let at = start; at + 2 <= end && networks.length < MAX_ROWS; at += 2) networks.push(u16(bytes, at));
		this.#out.networks = networks;
	}

	/** 6.4.7: network, port, and information of a length that stands in front of it. */
	#routes(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		const ports = u8(bytes, start);
		const networks: number[] = [];
		out.routingPorts = ports;
		let at = start + 1;
		for (let port = 0; port < ports; port++) {
			if (at + 4 > end || at + 4 + u8(bytes, at + 3) > end) {
				this.#bad("routing-table");
				break;
			}
			networks.push(u16(bytes, at));
			at += 4 + u8(bytes, at + 3);
		}
		out.networks = networks;
	}

	/** 20.1. */
	#apdu(bytes: Uint8Array, at: number, end: number): void {
		const out = this.#out;
		if (at + 2 > end) {
			this.#broken("apdu");
			return;
		}
		const first = u8(bytes, at);
		out.pduType = first >> 4;
		switch (out.pduType) {
			case PDU.confirmedRequest:
				if (at + 4 > end) {
					this.#broken("apdu");
					return;
				}
				out.maxSegments = maxSegments((u8(bytes, at + 1) >> 4) & 7);
				out.maxApdu = maxApdu(u8(bytes, at + 1) & 15);
				this.#request(bytes, at + 2, end, first);
				return;
			case PDU.unconfirmedRequest:
				this.#unconfirmed(bytes, at + 1, end);
				return;
			case PDU.complexAck:
				if (at + 3 > end) {
					this.#broken("apdu");
					return;
				}
				this.#complexAck(bytes, at + 1, end, first);
				return;
			case PDU.segmentAck:
				this.#segmentAck(bytes, at, end, first);
				return;
			case PDU.simpleAck:
			case PDU.error:
			case PDU.reject:
			case PDU.abort:
				if (at + 3 > end) {
					this.#broken("apdu");
					return;
				}
				out.invokeId = u8(bytes, at + 1);
				this.#shortAnswer(bytes, at + 2, end, first);
				return;
			default:
				this.#broken("pdu-type");
				return;
		}
	}

	/** Takes what stands in front of the parameters, the same in a request and in an answer: 0 where it is cut, else where the parameters begin. */
	#head(bytes: Uint8Array, start: number, end: number, first: number): number {
		const out = this.#out;
		out.isConfirmed = true;
		out.invokeId = u8(bytes, start);
		let at = start + 1;
		if (first & FLAG.segmented) {
			if (at + 3 > end) return 0;
			out.moreFollows = (first & FLAG.moreFollows) !== 0;
			out.sequenceNumber = u8(bytes, at);
			out.windowSize = u8(bytes, at + 1);
			at += 2;
		}
		if (at >= end) return 0;
		out.service = u8(bytes, at);
		return at + 1;
	}

	/** True where the parameters are there as a whole: in `reader`. */
	#whole(bytes: Uint8Array, at: number, end: number, isAnswer: boolean, key: number): boolean {
		const out = this.#out;
		if (out.sequenceNumber < 0) {
			this.#reader.open(bytes, at, end);
			return true;
		}
		const { assemblies } = this.#memory;
		const name = `${this.#context.flow.id}/${key}/${isAnswer}`;
		const state = assemblies.add(name, out.sequenceNumber, !out.moreFollows, bytes, at, end, out.time, this.#count);
		out.kind = "segment";
		if (state === SEGMENT.more) return false;
		out.isCut ||= state === SEGMENT.broken;
		out.segments = state === SEGMENT.whole ? assemblies.segments : 1;
		this.#reader.open(assemblies.bytes, 0, state === SEGMENT.whole ? assemblies.length : 0);
		return true;
	}

	#read(isAnswer: boolean): void {
		if (!readParameters(this.#out, this.#reader, isAnswer)) this.#bad("parameters");
		if (this.#reader.isFull) this.#count("values-bound");
	}

	#request(bytes: Uint8Array, start: number, end: number, first: number): void {
		const out = this.#out;
		const at = this.#head(bytes, start, end, first);
		if (at === 0) {
			this.#broken("apdu");
			return;
		}
		const isByServer = isReporting(out.service, true);
		const speaker = isByServer ? "server" : "client";
		out.unit = isByServer ? this.#senderUnit : this.#receiverUnit;
		const key = keyOf(this.#receiverUnit, out.invokeId, this.#direction);
		if (!this.#whole(bytes, at, end, false, key)) {
			this.#emit(speaker);
			return;
		}
		out.kind = "request";
		this.#read(false);
		const digest = digestOf(bytes, at, end);
		const known = this.#requests.find(key, this.#senderUnit);
		let displaced: Request | undefined;
		if (known?.state === OPEN && known.service === out.service && known.digest === digest) {
			// 5.4.4.2: a client repeats what was not answered, under the same number. After its patience it asks anew, and some clients have one number for all.
			out.isRepeat = true;
			known.lastTime = out.time;
		} else {
			this.#procedure();
			const { invokeId, service, items, details, unit, time, frame } = out;
			displaced = this.#requests.add(
				{
					key,
					state: OPEN,
					time,
					lastTime: time,
					frame,
					digest,
					isByServer,
					unit,
					requester: this.#senderUnit,
					direction: this.#direction,
					invokeId,
					service,
					items,
					details,
				},
				this.#count,
			);
		}
		out.procedure = this.#procedures.get(out.unit) ?? "";
		this.#emit(speaker);
		if (displaced !== undefined) this.#giveUp(displaced, out.time);
	}

	/** 19.1: what reinitializeDevice begins and ends. */
	#procedure(): void {
		const { service, details, unit } = this.#out;
		if (service !== CONFIRMED.reinitializeDevice) return;
		switch (details?.state) {
			case STATE.startBackup:
			case STATE.startRestore:
				if (this.#procedures.size >= MAX_PROCEDURES) this.#procedures.clear();
				this.#procedures.set(unit, details.state === STATE.startBackup ? "backup" : "restore");
				break;
			default:
				this.#procedures.delete(unit);
		}
	}

	#unconfirmed(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		out.kind = "unconfirmed";
		out.service = u8(bytes, start);
		this.#reader.open(bytes, start + 1, end);
		this.#read(false);
		const isByServer = isReporting(out.service, false);
		out.unit = isByServer ? this.#senderUnit : this.#receiverUnit;
		if (out.service === UNCONFIRMED.iAm && out.sourceNetwork < 0 && out.originIp === "" && !this.#reader.isBroken) this.#heard();
		this.#emit(isByServer ? "server" : "client");
	}

	/** 12.11: no two devices of a site have the same instance. */
	#heard(): void {
		const out = this.#out;
		const { flow } = this.#context;
		const { ip, port } = this.#direction === TO_SERVER ? flow.client : flow.server;
		if (ip === undefined) return;
		const instance = instanceOf(out.items[0]!.objectId);
		const rival = this.#memory.heard(instance, `${ip}:${port}`, out.time, out.frame, this.#count);
		if (rival === undefined) return;
		out.rival = rival.address;
		out.rivalFrame = rival.frame;
	}

	#complexAck(bytes: Uint8Array, start: number, end: number, first: number): void {
		const out = this.#out;
		const at = this.#head(bytes, start, end, first);
		if (at === 0) {
			this.#broken("apdu");
			return;
		}
		const key = this.#answeredKey();
		out.unit = this.#senderUnit;
		if (!this.#whole(bytes, at, end, true, key)) {
			const request = this.#requests.find(key, this.#receiverUnit);
			if (request?.state === OPEN) request.lastTime = out.time;
			this.#emit("server");
			return;
		}
		out.kind = "response";
		this.#read(true);
		this.#settle(key, out.service);
		this.#emit("server");
	}

	/** Simple acknowledgements, errors, rejects and aborts: one octet says more, and an error goes on. */
	#shortAnswer(bytes: Uint8Array, at: number, end: number, first: number): void {
		const out = this.#out;
		out.isConfirmed = true;
		const key = this.#answeredKey();
		let isToServer = false;
		if (out.pduType === PDU.simpleAck || out.pduType === PDU.error) {
			out.kind = out.pduType === PDU.error ? "error" : "response";
			out.service = u8(bytes, at);
			isToServer = isReporting(out.service, true);
			if (out.pduType === PDU.error && !readError(out, this.#reader.open(bytes, at + 1, end))) this.#bad("error");
			this.#settle(key, out.service);
		} else {
			out.kind = out.pduType === PDU.abort ? "abort" : "reject";
			out.reason = u8(bytes, at);
			// 20.1.9: a client aborts what it asked itself.
			const isByRequester = out.pduType === PDU.abort && (first & FLAG.server) === 0;
			const request = isByRequester
				? this.#requests.find(keyOf(this.#receiverUnit, out.invokeId, this.#direction), this.#senderUnit)
				: this.#requests.find(key, this.#receiverUnit);
			const isReport = request?.isByServer === true;
			isToServer = isByRequester !== isReport;
			if (request !== undefined) {
				out.service = request.service;
				this.#answers(request);
			}
		}
		out.unit = isToServer ? this.#receiverUnit : this.#senderUnit;
		this.#emit(isToServer ? "client" : "server");
	}

	#segmentAck(bytes: Uint8Array, at: number, end: number, first: number): void {
		const out = this.#out;
		if (at + 4 > end) {
			this.#broken("apdu");
			return;
		}
		out.kind = "segment-ack";
		out.invokeId = u8(bytes, at + 1);
		out.sequenceNumber = u8(bytes, at + 2);
		out.windowSize = u8(bytes, at + 3);
		out.isNegative = (first & FLAG.negative) !== 0;
		const isByServer = (first & FLAG.server) !== 0;
		out.unit = isByServer ? this.#senderUnit : this.#receiverUnit;
		this.#emit(isByServer ? "server" : "client");
	}

	/** The key of the request that a message of this direction answers. */
	#answeredKey(): number {
		return keyOf(this.#senderUnit, this.#out.invokeId, 1 - this.#direction);
	}

	#settle(key: number, service: number): void {
		const request = this.#requests.find(key, this.#receiverUnit);
		if (request !== undefined && request.service === service) this.#answers(request);
	}

	#answers(request: Request): void {
		const out = this.#out;
		out.isMatched = true;
		out.asked = request;
		out.requestFrame = request.frame;
		out.latency = out.time - request.time;
		out.isRepeat = request.state === ANSWERED;
		out.isLate = request.state === OVERDUE;
		out.procedure = this.#procedures.get(out.unit === -1 ? request.unit : out.unit) ?? "";
		request.state = ANSWERED;
	}
}

const ipAt = (bytes: Uint8Array, at: number): string => {
	const address = u32(bytes, at);
	return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
};

/** FNV-1a of what a request says: the same again is the same request. */
function digestOf(bytes: Uint8Array, start: number, end: number): number {
	let hash = 0x811c9dc5;
	for (let at = start; at < end; at++) hash = Math.imul(hash ^ u8(bytes, at), 0x01000193);
	return hash | 0;
}
