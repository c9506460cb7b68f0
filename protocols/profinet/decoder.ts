/**
 * Frames of EtherType 0x8892 (IEC 61158-6-10, 4.2): DCP message by message, alarms, and cyclic data and clock synchronisation only where they begin or change, as a machine
 * sends thousands of them a second.
 */
import type { DecoderContext } from "../../src/decode/protocol.ts";
import { FlowBetween } from "../../src/flow/flow.ts";
import { ipv4Text, macText } from "../../src/wire/address.ts";
import { i32, u8, u16, u32 } from "../../src/wire/bytes.ts";
import { paddedOf } from "../../src/wire/text.ts";
import { BLOCK_TYPE, DCP_OPTION, FRAME, LAYER, layerOf, RTA, SERVICE, SERVICE_TYPE } from "./codes.ts";
import { type SiteMemory, siteMemoryOf } from "./memory.ts";
import { type DcpBlock, ProfinetObservation } from "./observation.ts";
import { ALARM, ALARM_ACK, BLOCK, DATA_STATUS, DCP, DCP_BLOCK, NOTIFICATION, STATUS } from "./wire.ts";

/** Blocks of one message that are kept. */
const MAX_BLOCKS = 64;
const MAX_NAMED = 8;
/** Requests that wait for an answer, and names that answered one search. */
const MAX_PENDING = 256;
const MAX_NAMES = 1024;
/** Devices that a client found by their name. */
const MAX_FOUND = 1024;
/** Senders with their FrameIDs, and pairs of ends the other way round. */
const MAX_STREAMS = 4096;
const MAX_BETWEEN = 64;
/** Microseconds: 4.3.2, a client gives up a device after about three seconds; a search is answered within its ResponseDelay, 64 s at most, as a rule within two. */
const PATIENCE = 5_000_000;
/** Microseconds between the search of a device by its name and the address that it gets. */
const START = 60_000_000;

interface Pending {
	readonly frame: number;
	readonly time: number;
	readonly service: number;
	readonly xid: number;
	readonly client: string;
	/** Undefined of a search. */
	readonly server: string | undefined;
	readonly blocks: readonly DcpBlock[];
	/** The first of them, without what they say: for words, where nobody answers. */
	readonly named: readonly DcpBlock[];
	readonly isStart: boolean;
	/** The name that is searched for; "" for any. */
	readonly name: string;
	/** Who answered, by name. */
	readonly names: Map<string, { mac: string; frame: number }>;
	/** A search is for many, so it ends with its time. */
	isAnswered: boolean;
}

interface Cycle {
	status: number;
	transfer: number;
	frames: number;
}

const keyOf = (client: string, xid: number, service: number): string => `${client} ${xid} ${service}`;

/** Who sent it: 4.3.2, an answer and a Hello are of a device; cyclic data and alarms are of who provides them. */
export function frameSender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (end - start < 4) return undefined;
	const frameId = u16(bytes, start);
	switch (layerOf(frameId)) {
		case LAYER.dcp:
			return frameId === FRAME.hello || (u8(bytes, start + DCP.serviceType) & SERVICE_TYPE.response) !== 0 ? "server" : "client";
		case LAYER.alarm:
			return end - start >= ALARM.body + BLOCK.body && isAcknowledged(u16(bytes, start + ALARM.body)) ? "client" : "server";
		default:
			return "server";
	}
}
const isAcknowledged = (type: number): boolean => (type & BLOCK_TYPE.answer) !== 0;

export class ProfinetFrames {
	readonly #context: DecoderContext<ProfinetObservation>;
	readonly #memory: SiteMemory;
	readonly #out = new ProfinetObservation();
	readonly #pending = new Map<string, Pending>();
	readonly #found = new Map<string, number>();
	readonly #streams = new Map<string, Map<number, Cycle>>();
	readonly #between = new Map<string, FlowBetween>();
	#streamCount = 0;
	#deadline = Number.POSITIVE_INFINITY;

	constructor(context: DecoderContext<ProfinetObservation>) {
		this.#context = context;
		this.#memory = siteMemoryOf(context.clock);
	}

	data(bytes: Uint8Array, start: number, end: number): boolean {
		if (end - start < 4) return false;
		const { clock } = this.#context;
		if (clock.time >= this.#deadline) this.#expire(clock.time);
		const frameId = u16(bytes, start);
		const layer = layerOf(frameId);
		if (layer === LAYER.none) {
			this.#context.count("frame-id");
			return false;
		}
		if (layer === LAYER.cyclic) this.#cyclic(frameId, bytes, start, end);
		else if (layer === LAYER.dcp) this.#dcp(frameId, bytes, start, end);
		else if (layer === LAYER.alarm) this.#alarm(frameId, bytes, start, end);
		else this.#rare(frameId, layer, end - start);
		return true;
	}

	#begin(frameId: number, size: number): ProfinetObservation {
		const out = this.#out;
		out.reset(this.#context.clock.time, this.#context.clock.frame);
		out.frameId = frameId;
		out.size = size;
		return out;
	}

	/** The memory of one sender's FrameID, with this frame counted. */
	#cycle(frameId: number): Cycle {
		const mac = this.#context.flow.server.mac ?? "";
		let own = this.#streams.get(mac);
		let cycle = own?.get(frameId);
		if (cycle === undefined) {
			// A flood of senders makes all begin anew: none is forgotten for good.
			if (this.#streamCount >= MAX_STREAMS) {
				this.#context.count("streams-bound");
				this.#streams.clear();
				this.#streamCount = 0;
				own = undefined;
			}
			this.#streamCount++;
			if (own === undefined) this.#streams.set(mac, (own = new Map()));
			cycle = { status: -1, transfer: 0, frames: 0 };
			own.set(frameId, cycle);
		}
		cycle.frames++;
		return cycle;
	}

	/** 4.7: only its beginning, and what becomes another in its status, is said. */
	#cyclic(frameId: number, bytes: Uint8Array, start: number, end: number): void {
		if (end - start < 2 + STATUS.size) {
			this.#begin(frameId, end - start).layer = "rt";
			this.#malformed("length");
			return;
		}
		const status = u8(bytes, end + STATUS.dataStatus);
		const transfer = u8(bytes, end + STATUS.transferStatus);
		const cycle = this.#cycle(frameId);
		if (cycle.status === status && cycle.transfer === transfer) return;
		const out = this.#begin(frameId, end - start);
		out.layer = "rt";
		out.kind = "cyclic";
		out.isFromServer = true;
		out.cycleCounter = u16(bytes, end + STATUS.cycleCounter);
		out.dataStatus = status;
		out.transferStatus = transfer;
		out.previousStatus = cycle.status;
		out.frames = cycle.frames;
		cycle.frames = 0;
		cycle.status = status;
		cycle.transfer = transfer;
		// Reserved bits are zero (4.7.3.2).
		if ((status & DATA_STATUS.reserved) !== 0) out.violation = "data-status";
		this.#emitProvided();
	}

	/** Clock synchronisation and fragments: only that there are some. */
	#rare(frameId: number, layer: number, size: number): void {
		const cycle = this.#cycle(frameId);
		if (cycle.frames !== 1) return;
		const out = this.#begin(frameId, size);
		out.layer = layer === LAYER.time ? "ptcp" : "rt";
		out.kind = layer === LAYER.time ? "time" : "fragment";
		out.isFromServer = true;
		out.frames = 1;
		this.#emitProvided();
	}

	/** 4.8. */
	#alarm(frameId: number, bytes: Uint8Array, start: number, end: number): void {
		const out = this.#begin(frameId, end - start);
		out.layer = "alarm";
		out.kind = "alarm";
		if (end - start < ALARM.body) {
			this.#malformed("length");
			return;
		}
		out.pduType = u8(bytes, start + ALARM.pduType) & 15;
		out.sendSequence = u16(bytes, start + ALARM.sendSequence);
		out.ackSequence = u16(bytes, start + ALARM.ackSequence);
		const length = u16(bytes, start + ALARM.length);
		const from = start + ALARM.body;
		if (from + length > end) {
			this.#malformed("length");
			return;
		}
		if (out.pduType === RTA.data) {
			const type = length < BLOCK.body ? -1 : u16(bytes, from);
			const isAck = isAcknowledged(type);
			if (length < (isAck ? ALARM_ACK.size : NOTIFICATION.size)) {
				this.#malformed("alarm");
				return;
			}
			out.blockTypes = [type];
			out.alarmType = u16(bytes, from + NOTIFICATION.alarmType);
			out.slot = u16(bytes, from + NOTIFICATION.slot);
			out.subslot = u16(bytes, from + NOTIFICATION.subslot);
			if (isAck) out.status = u32(bytes, from + ALARM_ACK.status);
			out.isFromServer = !isAck;
		} else if (out.pduType === RTA.error) {
			if (length < 4) {
				this.#malformed("alarm");
				return;
			}
			out.status = u32(bytes, from);
		}
		if (out.pduType === RTA.data) this.#context.emit(out);
		else this.#emitProvided();
	}

	/** Who provides cyclic data, or acknowledges, is the server but where it is a controller. */
	#emitProvided(): void {
		const out = this.#out;
		const { flow } = this.#context;
		const isController = this.#memory.stationAt(flow.server.mac) === "controller";
		out.isFromServer = !isController;
		this.#context.emit(out, isController ? this.#ends(flow.server.mac, flow.client.mac) : undefined);
	}

	#ends(client: string | undefined, server: string | undefined): FlowBetween {
		const key = `${client} ${server}`;
		let between = this.#between.get(key);
		if (between === undefined) {
			if (this.#between.size >= MAX_BETWEEN) this.#between.delete(this.#between.keys().next().value!);
			const end = (mac: string | undefined) => ({ ip: undefined, port: undefined, mac });
			between = new FlowBetween(this.#context.flow, end(client), end(server));
			this.#between.set(key, between);
		}
		return between;
	}

	#malformed(violation: string): void {
		const out = this.#out;
		out.kind = "malformed";
		out.violation = violation;
		this.#context.emit(out);
	}

	/** 4.3. */
	#dcp(frameId: number, bytes: Uint8Array, start: number, end: number): void {
		const out = this.#begin(frameId, end - start);
		if (end - start < DCP.body) {
			this.#malformed("length");
			return;
		}
		out.mac = this.#context.flow.server.mac ?? "";
		out.service = u8(bytes, start + DCP.serviceId);
		out.xid = u32(bytes, start + DCP.xid);
		const type = u8(bytes, start + DCP.serviceType);
		const isResponse = (type & SERVICE_TYPE.response) !== 0;
		out.isFromServer = isResponse || frameId === FRAME.hello;
		out.kind = frameId === FRAME.hello ? "hello" : isResponse ? "response" : "request";
		const from = start + DCP.body;
		const to = from + u16(bytes, start + DCP.length);
		if (!isService(frameId, out.service, isResponse)) {
			this.#malformed("service");
			return;
		}
		if (to > end) {
			this.#malformed("length");
			return;
		}
		const violation =
			out.service === SERVICE.get && !isResponse ? this.#options(bytes, from, to) : this.#blocks(bytes, from, to, isResponse);
		if (isResponse) {
			this.#answers(out.service);
			if ((type & SERVICE_TYPE.notSupported) !== 0) {
				out.kind = "refusal";
				out.status = -1;
			} else if (out.blocks.some(({ error = 0 }) => error !== 0)) out.kind = "refusal";
		} else if (out.kind === "request" && violation === "") this.#asks();
		if (violation !== "") this.#malformed(violation);
		else this.#context.emit(out);
	}

	/** A Get names what it asks for by two bytes each. */
	#options(bytes: Uint8Array, from: number, to: number): string {
		const blocks: DcpBlock[] = [];
		for (let at = from; at + 2 <= to && blocks.length < MAX_BLOCKS; at += 2)
			blocks.push({ option: u8(bytes, at), suboption: u8(bytes, at + 1), qualifier: -1, octets: 0 });
		this.#out.blocks = blocks;
		return (to - from) % 2 === 0 && to > from ? "" : "block";
	}

	#blocks(bytes: Uint8Array, from: number, to: number, isResponse: boolean): string {
		const out = this.#out;
		const blocks: DcpBlock[] = [];
		out.blocks = blocks;
		let at = from;
		while (at < to) {
			if (at + DCP_BLOCK > to) return "block";
			const [option, suboption, length] = [u8(bytes, at), u8(bytes, at + 1), u16(bytes, at + 2)];
			const body = at + DCP_BLOCK;
			if (body + length > to) return "block";
			if (blocks.length === MAX_BLOCKS) {
				this.#context.count("blocks-bound");
				return "";
			}
			const number = (option << 8) | suboption;
			// 4.3.1.4: filters of a search and the Response block have no information before what they say.
			const isBare = (out.service === SERVICE.identify && !isResponse) || number === DCP_OPTION.response;
			if (!isBare && length < 2) return "block";
			const qualifier = isBare ? -1 : u16(bytes, body);
			const block = readBlock(number, qualifier, bytes, isBare ? body : body + 2, body + length);
			if (block === undefined) return "block";
			blocks.push(block);
			// Blocks begin at even places.
			at = body + length + (length & 1);
		}
		return "";
	}

	#asks(): void {
		const out = this.#out;
		const { flow, count } = this.#context;
		const client = flow.client.mac ?? "";
		const server = flow.server.mac ?? "";
		const isSearch = out.service === SERVICE.identify;
		if (out.service === SERVICE.set) {
			const found = this.#found.get(`${client} ${server}`);
			out.isStart =
				found !== undefined &&
				out.time - found <= START &&
				out.blocks.every(({ option, suboption, qualifier }) => option === 1 && suboption > 1 && (qualifier & 1) === 0);
		}
		const key = keyOf(client, out.xid, out.service);
		const known = this.#pending.get(key);
		if (known !== undefined && !known.isAnswered && known.server === server && !isSearch) {
			out.isRepeat = true;
			return;
		}
		this.#pending.delete(key);
		if (this.#pending.size >= MAX_PENDING) {
			this.#pending.delete(this.#pending.keys().next().value!);
			count("requests-bound");
		}
		this.#pending.set(key, {
			frame: out.frame,
			time: out.time,
			service: out.service,
			xid: out.xid,
			client,
			server: isSearch ? undefined : server,
			blocks: out.blocks,
			named: out.blocks.slice(0, MAX_NAMED).map(({ option, suboption, qualifier }) => ({ option, suboption, qualifier, octets: 0 })),
			isStart: out.isStart,
			name: isSearch ? (out.blocks.find(({ text }) => text !== undefined)?.text ?? "") : "",
			names: new Map(),
			isAnswered: isSearch,
		});
		this.#deadline = Math.min(this.#deadline, out.time + PATIENCE);
	}

	/** What an answer answers. */
	#answers(service: number): void {
		const out = this.#out;
		const { flow, count } = this.#context;
		const client = flow.client.mac ?? "";
		const server = flow.server.mac ?? "";
		const pending = this.#pending.get(keyOf(client, out.xid, service));
		if (pending === undefined || (pending.server !== undefined && pending.server !== server)) return;
		out.isMatched = true;
		out.isRepeat = pending.isAnswered && pending.server !== undefined;
		out.isStart = pending.isStart;
		out.requestFrame = pending.frame;
		out.latency = out.time - pending.time;
		out.asked = { frame: pending.frame, time: pending.time, blocks: pending.blocks, records: [], command: -1, isParametrising: false };
		pending.isAnswered = true;
		if (service !== SERVICE.identify) return;
		const name = out.blocks.find(({ option, suboption }) => ((option << 8) | suboption) === DCP_OPTION.nameOfStation)?.text ?? "";
		if (name === "") return;
		const before = pending.names.get(name);
		if (before !== undefined && before.mac !== server) {
			out.rival = before.mac;
			out.rivalFrame = before.frame;
		} else if (before === undefined && pending.names.size < MAX_NAMES) pending.names.set(name, { mac: server, frame: out.frame });
		if (pending.name !== name) return;
		const key = `${client} ${server}`;
		this.#found.delete(key);
		if (this.#found.size >= MAX_FOUND) {
			this.#found.delete(this.#found.keys().next().value!);
			count("found-bound");
		}
		this.#found.set(key, out.time);
	}

	/** Requests whose time is over: nobody answered. */
	#expire(now: number): void {
		let next = Number.POSITIVE_INFINITY;
		for (const [key, pending] of this.#pending) {
			if (pending.time + PATIENCE > now) {
				next = Math.min(next, pending.time + PATIENCE);
				continue;
			}
			this.#pending.delete(key);
			if (pending.isAnswered) continue;
			const out = this.#out;
			out.reset(pending.time + PATIENCE, pending.frame);
			out.kind = "unanswered";
			out.frameId = FRAME.getSet;
			out.service = pending.service;
			out.xid = pending.xid;
			out.mac = pending.server ?? "";
			out.blocks = pending.named;
			out.requestFrame = pending.frame;
			out.isStart = pending.isStart;
			this.#context.emit(out, this.#ends(pending.client, pending.server));
		}
		this.#deadline = next;
	}
}

/** 4.3.1.1: which services a FrameID has. */
function isService(frameId: number, service: number, isResponse: boolean): boolean {
	switch (frameId) {
		case FRAME.hello:
			return service === SERVICE.hello;
		case FRAME.getSet:
			return service === SERVICE.get || service === SERVICE.set;
		default:
			return service === SERVICE.identify && isResponse === (frameId === FRAME.identifyResponse);
	}
}

/** What a block says, from behind its qualifier; undefined where it is too short. */
function readBlock(number: number, qualifier: number, bytes: Uint8Array, from: number, to: number): DcpBlock | undefined {
	const octets = to - from;
	const block = { option: number >> 8, suboption: number & 255, qualifier, octets };
	switch (number) {
		case DCP_OPTION.mac:
			return octets < 6 ? undefined : { ...block, text: macText(bytes, from) };
		case DCP_OPTION.ip:
		case DCP_OPTION.ipSuite:
			if (octets < 12) return undefined;
			return { ...block, ip: ipv4Text(i32(bytes, from)), mask: ipv4Text(i32(bytes, from + 4)), gateway: ipv4Text(i32(bytes, from + 8)) };
		case DCP_OPTION.gateway:
			return octets < 4 ? undefined : { ...block, gateway: ipv4Text(i32(bytes, from)) };
		case DCP_OPTION.typeOfStation:
		case DCP_OPTION.nameOfStation:
		case DCP_OPTION.alias:
			return { ...block, text: paddedOf(bytes, from, to) };
		case DCP_OPTION.deviceId:
		case DCP_OPTION.oemDeviceId:
			return octets < 4 ? undefined : { ...block, vendorId: u16(bytes, from), deviceId: u16(bytes, from + 2) };
		case DCP_OPTION.deviceRole:
			return octets < 1 ? undefined : { ...block, role: u8(bytes, from) };
		case DCP_OPTION.signal:
			return octets < 2 ? undefined : { ...block, value: u16(bytes, from) };
		case DCP_OPTION.response:
			return octets < 3 ? undefined : { ...block, about: u16(bytes, from), error: u8(bytes, from + 2) };
		default:
			return block;
	}
}
