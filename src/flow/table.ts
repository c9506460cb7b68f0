/** All flows: from packets to in-order bytes and datagrams, with who is the client, and with a bound on everything. */
import type { Frame } from "../capture/frame.ts";
import { i32, u16 } from "../wire/bytes.ts";
import { IP_PROTOCOL, type Packet, TCP_FLAG } from "../wire/packet.ts";
import { type FlowCounters, flowCounters } from "./counters.ts";
import { type Direction, type FlowSink, ROLE } from "./flow.ts";
import { FlowKeys } from "./keys.ts";
import { LONE, Queues, TALKING } from "./queues.ts";
import { Reassembler, VERDICT } from "./reassembler.ts";
import { NO_RECORD } from "./recent.ts";
import {
	ADDRESS,
	BYTES,
	CONVERSATION,
	ENDED,
	FIRST_FRAME,
	FIRST_TIME,
	FLIP,
	FLIP_SHIFT,
	HAS_MAC0,
	INTS,
	IS_LONE,
	IS_TCP,
	IS_V6,
	LAST_FRAME,
	LAST_TIME,
	MAC_HIGH,
	MAC_LOW,
	META,
	PACKETS,
	PORTS,
	QUEUED_TIME,
	RARE,
	REALS,
	RECENT,
	RESET_BY_SERVER,
	ROLE_SHIFT,
	SAW_FIN0,
	SAW_HANDSHAKE,
	SENT0,
	Slots,
	VLAN,
	WORDS,
} from "./slots.ts";
import { TrackedFlow } from "./trackedFlow.ts";

/** A large plant has some thousands of flows at a time; this many cost about 60 MB when all have been in use. */
const MAX_FLOWS = 65_536;
/** The share of the table for flows without a conversation is one in this many. */
const LONE_SHARE = 4;

/** Microseconds of capture time after which a silent flow is closed. A poll once a minute is usual, once an hour is met; TCP keeps alive every two hours (RFC 9293, 3.8.4). */
export const IDLE_TCP = 2 * 3600_000_000 + 300_000_000;
/** UDP has no end; RFC 4787, 4.3 wants address translators to wait at least two minutes. */
export const IDLE_UDP = 180_000_000;
/** Nobody answered, or one side has sent FIN. */
export const IDLE_LONE = 60_000_000;
/** How often the flows of a queue are looked at. A closed flow is kept until the first look, for what trails behind it. */
const LOOK_LONE = 5_000_000;
const LOOK_TALKING = 30_000_000;
/** Capture time between two rounds of `advance`, and flows looked at in one: what is left waits for the next. */
const ROUND = 50_000;
const MAX_LOOKS = 4096;
/** Flows that are spared at one eviction because they were used since they were queued. */
const MAX_SPARED = 16;

/** Below are the ports of services by convention (RFC 6335, 6: system ports). */
const SYSTEM_PORTS = 1024;

export interface FlowTableOptions {
	/** Ports on which known protocols are served. */
	readonly serverPorts: ReadonlySet<number>;
	/** Key of the hash table: any number; the same for the same results, another in each live run so that nobody can aim at a place. */
	readonly seed: number;
	/** Flows at a time; `MAX_FLOWS` unless told. */
	readonly maxFlows?: number;
}

export class FlowTable {
	readonly counters: FlowCounters = flowCounters();
	readonly #sink: FlowSink;
	readonly #slots: Slots;
	readonly #ints: Int32Array;
	readonly #reals: Float64Array;
	readonly #keys: FlowKeys;
	readonly #queues: Queues;
	readonly #reassembler: Reassembler;
	readonly #maxLone: number;
	/** 1 where a port is a known service's. */
	readonly #isServerPort = new Uint8Array(65_536);
	#lastId = 0;
	#open = 0;
	/** When time passed last, and when it is to pass again; fractions, so that the fields hold doubles from the start. */
	#round = -0.5;
	#due = -0.5;

	constructor(sink: FlowSink, options: FlowTableOptions) {
		const capacity = options.maxFlows ?? MAX_FLOWS;
		this.#sink = sink;
		this.#slots = new Slots(capacity);
		this.#ints = this.#slots.ints;
		this.#reals = this.#slots.reals;
		this.#keys = new FlowKeys(this.#slots, options.seed);
		this.#queues = new Queues(this.#slots);
		this.#reassembler = new Reassembler(this.#slots, sink, this.counters);
		this.#maxLone = Math.max(1, Math.floor(capacity / LONE_SHARE));
		for (const port of options.serverPorts) this.#isServerPort[port] = 1;
	}

	/** Flows that are open now. */
	get size(): number {
		return this.#open;
	}

	/** TCP bytes that wait for others before them. */
	get heldBytes(): number {
		return this.#reassembler.heldBytes;
	}

	/**
	 * One IP packet, no fragment and no copy, of `frame`. Lets time pass, then calls the sink before it returns. Packets that are neither TCP nor UDP are counted and
	 * make no flow.
	 */
	packet(packet: Readonly<Packet>, frame: Readonly<Frame>): void {
		if (frame.time >= this.#due || frame.time < this.#round) this.advance(frame.time);
		const isTcp = packet.ipProtocol === IP_PROTOCOL.tcp;
		if ((!isTcp && packet.ipProtocol !== IP_PROTOCOL.udp) || packet.isFragment || packet.ipVersion === 0) {
			this.counters.otherPackets++;
			return;
		}
		const hash = this.#keys.hash(packet);
		let found = this.#keys.find(packet, hash);
		if (found < 0) {
			if (isTcp && !opensFlow(packet)) {
				this.counters.otherPackets++;
				return;
			}
			found = 2 * this.#enter(packet, frame, hash);
		}
		const slot = found >>> 1;
		const side = found & 1;
		this.#touch(slot, side, packet, frame);
		if (isTcp) this.#tcp(slot, side, packet, frame);
		else this.#udp(slot, side, packet, frame);
	}

	/** Lets time pass (microseconds of capture time): closes idle flows and gives up holes. `packet` does it too, so call it where no packets come. */
	advance(now: number): void {
		if (now < this.#due && now >= this.#round) return;
		this.#round = now;
		this.#due = now + ROUND;
		this.#reassembler.expire(now);
		this.#expire(LONE, LOOK_LONE, now);
		this.#expire(TALKING, LOOK_TALKING, now);
	}

	/** Closes all flows, oldest first as far as the queues know: the end of the capture. */
	flush(): void {
		for (const queue of [TALKING, LONE]) {
			for (let slot = this.#queues.first(queue); slot >= 0; slot = this.#queues.first(queue)) this.#remove(slot);
		}
	}

	#tcp(slot: number, side: number, packet: Readonly<Packet>, frame: Readonly<Frame>): void {
		const verdict = this.#reassembler.packet(slot, side, packet, frame);
		const meta = this.#ints[slot * INTS + META]!;
		if (verdict === VERDICT.keep) {
			if ((meta & (CONVERSATION | IS_LONE | ENDED)) === (CONVERSATION | IS_LONE)) this.#promote(slot, frame.time);
			return;
		}
		if (verdict === VERDICT.close) {
			const isServer = side !== (meta & FLIP) >>> FLIP_SHIFT;
			const isInUse = (meta & (SAW_FIN0 << (side ^ 1))) === 0;
			if (isServer && isInUse && (packet.tcpFlags & TCP_FLAG.rst) !== 0) this.#ints[slot * INTS + RARE]! |= RESET_BY_SERVER;
			this.#close(slot);
			this.#queues.remove(slot);
			this.#queues.append(LONE, slot, frame.time);
			return;
		}
		// another connection on the same ports, in the same slot
		const hash = this.#keys.hash(packet);
		this.#remove(slot);
		const fresh = this.#enter(packet, frame, hash);
		if (verdict === VERDICT.restartSynchronized) this.#ints[fresh * INTS + META]! |= SAW_HANDSHAKE;
		this.#touch(fresh, 0, packet, frame);
		this.#reassembler.packet(fresh, 0, packet, frame);
	}

	#udp(slot: number, side: number, packet: Readonly<Packet>, frame: Readonly<Frame>): void {
		const ints = this.#ints;
		const base = slot * INTS;
		let meta = ints[base + META]!;
		if ((meta & CONVERSATION) === 0) {
			meta |= SENT0 << side;
			if ((meta & (3 * SENT0)) === 3 * SENT0) meta |= CONVERSATION;
			ints[base + META] = meta;
			if ((meta & CONVERSATION) !== 0) this.#promote(slot, frame.time);
		}
		const { payload, payloadLength } = packet;
		this.#sink.datagram(
			this.#slots.flows[slot]!,
			packet.bytes,
			payload,
			payload + payloadLength,
			(side ^ ((meta & FLIP) >>> FLIP_SHIFT)) as Direction,
			payloadLength === packet.payloadWireLength,
		);
	}

	/** Notes that `side` sent a packet: when, how much, from which MAC address. */
	#touch(slot: number, side: number, packet: Readonly<Packet>, frame: Readonly<Frame>): void {
		const ints = this.#ints;
		const reals = this.#reals;
		const base = slot * INTS;
		const real = slot * REALS;
		ints[base + PACKETS + side]!++;
		reals[real + LAST_TIME] = frame.time;
		reals[real + LAST_FRAME] = frame.number;
		reals[real + BYTES + side]! += packet.payloadWireLength;
		const mac = packet.sourceMac;
		if (mac < 0) return;
		const { linkBytes, view } = packet;
		const high = u16(linkBytes, mac);
		const low = linkBytes === packet.bytes ? view.getInt32(mac + 2) : i32(linkBytes, mac + 2);
		if (low === ints[base + MAC_LOW + side] && high === ((ints[base + MAC_HIGH]! >>> (side << 4)) & 0xffff)) return;
		this.#slots.flows[slot]!.macChanges++;
		ints[base + MAC_LOW + side] = low;
		ints[base + MAC_HIGH] = (ints[base + MAC_HIGH]! & ~(0xffff << (side << 4))) | (high << (side << 4));
		// all zero is what a loopback interface writes
		if ((low | high) === 0) ints[base + META]! &= ~(HAS_MAC0 << side);
		else ints[base + META]! |= HAS_MAC0 << side;
		if (ints[base + VLAN]! < 0) ints[base + VLAN] = packet.vlan;
	}

	/** Fills a slot for the first packet of a flow and tells the sink. */
	#enter(packet: Readonly<Packet>, frame: Readonly<Frame>, hash: number): number {
		if (this.#queues.count(LONE) >= this.#maxLone) this.#evict(LONE);
		let slot = this.#slots.take();
		if (slot < 0) {
			this.#evict(this.#queues.count(LONE) > 0 ? LONE : TALKING);
			slot = this.#slots.take();
		}
		const { flows, words } = this.#slots;
		let flow = flows[slot];
		if (flow === undefined) {
			flow = new TrackedFlow(this.#slots, slot);
			flows.push(flow);
		}
		const base = slot * INTS;
		const ints = this.#ints;
		const { source, destination } = packet;
		ints.fill(0, base, base + INTS);
		ints[base + ADDRESS] = source[3]!;
		ints[base + ADDRESS + 1] = destination[3]!;
		ints[base + PORTS] = (packet.sourcePort << 16) | packet.destinationPort;
		ints[base + META] = this.#roles(packet) | (packet.ipProtocol === IP_PROTOCOL.tcp ? IS_TCP : 0) | (packet.ipVersion === 6 ? IS_V6 : 0);
		ints[base + VLAN] = packet.vlan;
		ints[base + RECENT] = NO_RECORD;
		ints[base + RECENT + 1] = NO_RECORD;
		if (packet.ipVersion === 6) {
			for (let word = 0; word < 3; word++) {
				words[slot * WORDS + word] = source[word]!;
				words[slot * WORDS + 3 + word] = destination[word]!;
			}
		}
		const real = slot * REALS;
		this.#reals.fill(0, real, real + REALS);
		this.#reals[real + FIRST_TIME] = frame.time;
		this.#reals[real + FIRST_FRAME] = frame.number;
		this.#reals[real + LAST_TIME] = frame.time;
		this.#reals[real + LAST_FRAME] = frame.number;
		this.#keys.add(slot, hash);
		this.#queues.append(LONE, slot, frame.time);
		this.#open++;
		this.counters.flows++;
		flow.reset(++this.#lastId);
		this.#sink.opened(flow);
		return slot;
	}

	/** Who is the client, as bits of META: the handshake says it, else the ports, else it spoke first. */
	#roles(packet: Readonly<Packet>): number {
		const flags = packet.ipProtocol === IP_PROTOCOL.tcp ? packet.tcpFlags & (TCP_FLAG.syn | TCP_FLAG.ack) : 0;
		if (flags === TCP_FLAG.syn) return ROLE.handshake << ROLE_SHIFT;
		if (flags === (TCP_FLAG.syn | TCP_FLAG.ack)) return (ROLE.handshake << ROLE_SHIFT) | FLIP;
		const { sourcePort, destinationPort } = packet;
		let difference = this.#isServerPort[sourcePort]! - this.#isServerPort[destinationPort]!;
		if (difference === 0) difference = (sourcePort < SYSTEM_PORTS ? 1 : 0) - (destinationPort < SYSTEM_PORTS ? 1 : 0);
		if (difference === 0) return ROLE.firstSender << ROLE_SHIFT;
		return (ROLE.port << ROLE_SHIFT) | (difference > 0 ? FLIP : 0);
	}

	#promote(slot: number, time: number): void {
		this.#queues.remove(slot);
		this.#queues.append(TALKING, slot, time);
	}

	/** Ends a flow for the sink; the slot stays, so that what trails behind finds it. */
	#close(slot: number): void {
		const flow = this.#slots.flows[slot]!;
		this.#reassembler.finish(slot);
		this.#ints[slot * INTS + META]! |= ENDED;
		this.#open--;
		this.#sink.closed(flow);
		flow.decoding = undefined;
		flow.analysis = undefined;
	}

	#remove(slot: number): void {
		if ((this.#ints[slot * INTS + META]! & ENDED) === 0) this.#close(slot);
		this.#queues.remove(slot);
		this.#keys.remove(slot);
		this.#slots.give(slot);
	}

	/** Makes room: the flow of a queue that was used least lately, about. */
	#evict(queue: number): void {
		let slot = this.#queues.first(queue);
		for (let spared = 0; spared < MAX_SPARED; spared++) {
			const real = slot * REALS;
			const last = this.#reals[real + LAST_TIME]!;
			if (last <= this.#reals[real + QUEUED_TIME]! || (this.#ints[slot * INTS + META]! & ENDED) !== 0) break;
			this.#queues.requeue(slot, last);
			slot = this.#queues.first(queue);
		}
		if ((this.#ints[slot * INTS + META]! & ENDED) === 0) {
			this.counters.flowsEvicted++;
			if (queue === TALKING) this.counters.conversationsEvicted++;
		}
		this.#remove(slot);
	}

	#expire(queue: number, look: number, now: number): void {
		const reals = this.#reals;
		for (let looks = 0; looks < MAX_LOOKS; looks++) {
			const slot = this.#queues.first(queue);
			if (slot < 0) return;
			const real = slot * REALS;
			const waited = now - reals[real + QUEUED_TIME]!;
			if (waited < look && waited >= 0) return;
			// a clock that was set back must not keep flows for ever
			if (reals[real + LAST_TIME]! > now) reals[real + LAST_TIME] = now;
			const hasEnded = (this.#ints[slot * INTS + META]! & ENDED) !== 0;
			if (!hasEnded && now - reals[real + LAST_TIME]! < this.#patience(slot)) this.#queues.requeue(slot, now);
			else {
				if (!hasEnded) this.counters.flowsExpired++;
				this.#remove(slot);
			}
		}
	}

	/** How long a flow may be silent. */
	#patience(slot: number): number {
		const meta = this.#ints[slot * INTS + META]!;
		if ((meta & CONVERSATION) === 0 || (meta & (3 * SAW_FIN0)) !== 0) return IDLE_LONE;
		return (meta & IS_TCP) !== 0 ? IDLE_TCP : IDLE_UDP;
	}
}

/** A reset, or a FIN without data, is the end of something that was not seen. */
const opensFlow = (packet: Readonly<Packet>): boolean =>
	(packet.tcpFlags & TCP_FLAG.rst) === 0 && ((packet.tcpFlags & TCP_FLAG.fin) === 0 || packet.payloadWireLength > 0);
