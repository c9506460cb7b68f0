/**
 * From flows to protocols: the port is a hint, the bytes decide.
 *
 * A TCP flow is undecided until a probe fits: one that is certain, one that fits on its own port, or one that fits both directions. What came before is
 * kept (bounded) and decoded then. After a message that a decoder refuses, or after lost bytes, the next place that probes well is where decoding goes on.
 */
import {
	type Anomaly,
	type Direction,
	type Endpoint,
	type Flow,
	type FlowSink,
	type FlowView,
	ROLE,
	TO_CLIENT,
	TO_SERVER,
} from "../flow/flow.ts";
import type { LineFlow, LineSink } from "../flow/lines.ts";
import { addressText, macText } from "../wire/address.ts";
import type { Packet } from "../wire/packet.ts";
import { readCertificate } from "./certificate.ts";
import { type ProgramImage, programIn } from "./program.ts";
import {
	type AnyProtocol,
	type CarrierContext,
	type Clock,
	type Datagrams,
	type DecoderContext,
	type Line,
	type ObservationBase,
	type PacketDecoder,
	PROBE,
	type Probe,
	placeOf,
	REJECT,
	type Stream,
	seekIn,
} from "./protocol.ts";
import { type ServiceGuess, type ServiceRecord, ServiceTable } from "./service.ts";

/** Bytes and pieces kept of a flow while it is undecided: a handshake of any protocol here is far smaller. */
const UNDECIDED_BYTES = 65_536;
const UNDECIDED_PIECES = 64;
/**
 * Bytes that all flows together may keep, of unfinished messages and while undecided. A flow may keep two messages of its protocol's longest, and there may be tens of
 * thousands of flows: somebody who leaves each with an unfinished message must not take all memory.
 */
export const HELD_BYTES = 64 << 20;
/** Pieces that fit no protocol before a flow is left to the services. On a protocol's own port it is tried for ever. */
const UNDECIDED_TRIES = 8;
/** Pieces of one direction that must fit where the other direction is never seen (half a mirror). */
const ONE_SIDED_PIECES = 4;
/** Messages refused in a row, with none understood, after which it is counted that the protocol is in doubt. It is still looked for: giving up would blind us. */
const REJECTS_BEFORE_DOUBT = 8;
/** How often deadlines are looked at, microseconds of capture time. */
export const TICK = 250_000;

/** Programs of one flow that are said; further ones are more of the same. */
const PROGRAMS = 256;

const UNDECIDED = 0;
const DECIDED = 1;
const UNKNOWN = 2;

/** A piece of a flow kept until its protocol is known. */
interface Piece {
	bytes: Uint8Array;
	direction: Direction;
	time: number;
	frame: number;
}

/** What is counted of one protocol: an object of its own, because a name looked up for each observation would cost more than the count. */
interface Tally {
	observations: number;
}

/** What the dispatcher knows of one flow. */
class Decoding {
	readonly flow: Flow;
	stage: typeof UNDECIDED | typeof DECIDED | typeof UNKNOWN = UNDECIDED;
	protocol: AnyProtocol | undefined = undefined;
	stream: Stream | undefined = undefined;
	datagrams: Datagrams | undefined = undefined;
	guess: ServiceGuess | undefined = undefined;
	/** Unfinished messages, by direction. */
	readonly carry: [Uint8Array | undefined, Uint8Array | undefined] = [undefined, undefined];
	readonly carried: [number, number] = [0, 0];
	/** True while the place of the next message is not known. */
	readonly lost: [boolean, boolean] = [false, false];
	rejects = 0;
	programs = 0;
	/** Bytes of the buffers of `carry` and of `pieces`. */
	held = 0;
	/** While undecided. */
	pieces: Piece[] = [];
	kept = 0;
	tries = 0;
	hints: readonly AnyProtocol[] | undefined = undefined;
	/** What the flow carries for other protocols, by direction; undefined until one took a message. */
	readonly inner: [InnerFlow | undefined, InnerFlow | undefined] = [undefined, undefined];

	constructor(flow: Flow) {
		this.flow = flow;
	}
}

export interface DispatcherOptions {
	readonly protocols: readonly AnyProtocol[];
	readonly services: readonly ServiceRecord[];
	/** The engine's clock: it sets time and frame before each packet. While kept bytes are decoded they are those of the kept bytes. */
	readonly clock: Clock;
	/** Takes every observation, on loan. */
	readonly onObservation: (protocol: AnyProtocol, observation: ObservationBase, flow: FlowView) => void;
	readonly onOpened?: (flow: Flow) => void;
	/** A program passed in a flow that nobody decodes, or of a protocol that carries files. */
	readonly onProgram?: (flow: Flow, image: ProgramImage, direction: Direction) => void;
	readonly onAnomaly?: (flow: Flow, anomaly: Anomaly, direction: Direction) => void;
	/** A flow ended; `service` is what it was: a protocol's name or a guess, or undefined. */
	readonly onClosed?: (flow: Flow, service: ServiceGuess | undefined) => void;
}

/** Takes what the flow layer gives; hands observations on. */
export class Dispatcher implements FlowSink, LineSink {
	/** Bounds reached and bytes refused, by fixed name. */
	readonly counters: Record<string, number> = {};
	/** Messages that decoders refused. */
	rejected = 0;
	/** True while flows close because the capture ended. */
	isEnding = false;

	readonly #options: DispatcherOptions;
	readonly #tallies = new Map<AnyProtocol, Tally>();
	readonly #clock: Clock;
	readonly #tcp: readonly AnyProtocol[];
	readonly #udp: readonly AnyProtocol[];
	readonly #tcpPorts = new Map<number, AnyProtocol[]>();
	readonly #udpPorts = new Map<number, AnyProtocol[]>();
	readonly #services: ServiceTable;
	readonly #link = new Map<number, PacketReader[]>();
	readonly #saps = new Map<number, PacketReader[]>();
	readonly #ip = new Map<number, PacketReader[]>();
	readonly #messages: readonly AnyProtocol[];
	readonly #packetFlow: PacketFlow = new PacketFlow();
	/** Flows whose decoder may have a deadline. */
	readonly #timed = new Set<Decoding>();
	/** Decoders of serial lines. */
	readonly #onLines = new Set<Line>();
	/** Flows that keep bytes, the one whose last grew longest ago first; and how many all of them keep. */
	readonly #holders = new Set<Decoding>();
	#held = 0;

	constructor(options: DispatcherOptions) {
		this.#options = options;
		this.#clock = options.clock;
		this.#tcp = options.protocols.filter((protocol) => protocol.tcp !== undefined);
		this.#udp = options.protocols.filter((protocol) => protocol.udp !== undefined);
		this.#messages = options.protocols.filter((protocol) => protocol.message !== undefined);
		this.#services = new ServiceTable(options.services);
		for (const protocol of options.protocols) {
			this.#tallies.set(protocol, { observations: 0 });
			for (const port of protocol.tcp?.ports ?? []) push(this.#tcpPorts, port, protocol);
			for (const port of protocol.udp?.ports ?? []) push(this.#udpPorts, port, protocol);
			const { link, ip } = protocol;
			if (link !== undefined) {
				const reader = { sender: link.sender, decoder: link.open(this.#context(protocol, this.#packetFlow)) };
				for (const etherType of link.etherTypes) push(this.#link, etherType, reader);
				for (const sap of link.saps ?? []) push(this.#saps, sap, reader);
			}
			if (ip !== undefined) {
				const reader = { sender: ip.sender, decoder: ip.open(this.#context(protocol, this.#packetFlow)) };
				for (const number of ip.ipProtocols) push(this.#ip, number, reader);
			}
		}
	}

	/** Ports that decide who is the server where no handshake was seen. */
	static serverPorts(protocols: readonly AnyProtocol[], services: readonly ServiceRecord[]): ReadonlySet<number> {
		const ports = new Set<number>();
		for (const protocol of protocols) {
			for (const port of protocol.tcp?.ports ?? []) ports.add(port);
			for (const port of protocol.udp?.ports ?? []) ports.add(port);
		}
		for (const service of services) for (const port of service.ports) ports.add(port);
		return ports;
	}

	/** Observations per protocol name. */
	get observations(): Record<string, number> {
		return Object.fromEntries([...this.#tallies].map(([{ name }, { observations }]) => [name, observations]));
	}

	opened(flow: Flow): void {
		this.#options.onOpened?.(flow);
	}

	anomaly(flow: Flow, anomaly: Anomaly, direction: Direction): void {
		this.#options.onAnomaly?.(flow, anomaly, direction);
	}

	closed(flow: Flow): void {
		const decoding = flow.decoding as Decoding | undefined;
		if (decoding !== undefined) {
			// Nobody will answer any more. At the end of a capture that is not known: it ended, not the connection.
			const decoder = decoding.stream ?? decoding.datagrams;
			if (!this.isEnding && decoder !== undefined && decoder.deadline !== Number.POSITIVE_INFINITY)
				decoder.expire(Number.POSITIVE_INFINITY);
			this.#timed.delete(decoding);
			this.#hold(decoding, -decoding.held);
		}
		this.#options.onClosed?.(flow, this.serviceOf(flow));
		flow.decoding = undefined;
	}

	/** What a flow carries, as far as known now. */
	serviceOf(flow: Flow): ServiceGuess | undefined {
		const decoding = flow.decoding as Decoding | undefined;
		if (decoding?.protocol !== undefined) return { service: decoding.protocol.name, by: "bytes" };
		return decoding?.guess ?? this.#services.ofPort(flow.transport, flow.server.port);
	}

	data(flow: Flow, bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		let decoding = flow.decoding as Decoding | undefined;
		if (decoding === undefined) {
			decoding = new Decoding(flow);
			flow.decoding = decoding;
		}
		if (decoding.stage !== DECIDED || decoding.protocol!.tcp!.carriesFiles === true)
			this.#lookForPrograms(decoding, bytes, start, end, direction);
		if (decoding.stage === DECIDED) this.#feed(decoding, bytes, start, end, direction);
		else this.#decide(decoding, bytes, start, end, direction);
	}

	#lookForPrograms(decoding: Decoding, bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const { onProgram } = this.#options;
		if (onProgram === undefined || decoding.programs >= PROGRAMS) return;
		const image = programIn(bytes, start, end);
		if (image === undefined) return;
		decoding.programs++;
		onProgram(decoding.flow, image, direction);
	}

	gap(flow: Flow, direction: Direction, _lost: number): void {
		const decoding = flow.decoding as Decoding | undefined;
		if (decoding === undefined) return;
		decoding.carried[direction] = 0;
		decoding.lost[direction] = true;
		if (decoding.stage === DECIDED) decoding.stream!.gap(direction);
		else this.#forget(decoding);
	}

	datagram(flow: Flow, bytes: Uint8Array, start: number, end: number, direction: Direction, isWhole: boolean): void {
		let decoding = flow.decoding as Decoding | undefined;
		if (decoding === undefined) {
			decoding = new Decoding(flow);
			flow.decoding = decoding;
		}
		if (!isWhole) this.#count("cut-datagram");
		if (decoding.stage === DECIDED) {
			if (decoding.protocol!.udp!.carriesFiles === true) this.#lookForPrograms(decoding, bytes, start, end, direction);
			if (decoding.datagrams!.data(bytes, start, end, direction)) return;
			const owner = this.#ownerOf(decoding, bytes, start, end);
			if (owner === undefined) this.#refuse();
			else this.#openDatagrams(decoding, owner, bytes, start, end, direction);
			return;
		}
		if (start === end) return;
		this.#lookForPrograms(decoding, bytes, start, end, direction);
		// On a protocol's own port, datagrams of something else must not hide those that follow.
		decoding.hints ??= this.#hints(this.#udpPorts, flow);
		if (decoding.stage === UNKNOWN && decoding.hints.length === 0) return;
		const protocol = this.#probeDatagram(decoding.hints, bytes, start, end) ?? this.#pairDatagram(decoding, bytes, start, end, direction);
		if (protocol !== undefined) {
			this.#openDatagrams(decoding, protocol, bytes, start, end, direction);
			return;
		}
		decoding.guess ??= this.#services.ofBytes("udp", bytes, start, end);
		if (++decoding.tries < UNDECIDED_TRIES && decoding.guess === undefined) return;
		decoding.stage = UNKNOWN;
		this.#forget(decoding);
	}

	/** Whose port it is, and whose this datagram is, where another protocol came first: one datagram of that, which anybody can send, must not hide what follows. */
	#ownerOf({ protocol, hints = NONE }: Decoding, bytes: Uint8Array, start: number, end: number): AnyProtocol | undefined {
		return hints.includes(protocol!) ? undefined : hints.find(({ udp }) => udp!.probe(bytes, start, end) >= PROBE.match);
	}

	/** The protocol is known: decodes the datagrams that were kept, then this one. */
	#openDatagrams(decoding: Decoding, protocol: AnyProtocol, bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const { flow, pieces } = decoding;
		const isSwapped = this.#orient(flow, protocol.udp!.sender?.(bytes, start, end), direction, true);
		const turned = (way: Direction): Direction => (isSwapped ? ((1 - way) as Direction) : way);
		const datagrams = protocol.udp!.open(this.#context(protocol, flow));
		decoding.protocol = protocol;
		decoding.stage = DECIDED;
		decoding.datagrams = datagrams;
		this.#timed.add(decoding);
		this.#forget(decoding);
		const { time, frame } = this.#clock;
		for (const one of pieces) {
			this.#clock.time = one.time;
			this.#clock.frame = one.frame;
			if (!datagrams.data(one.bytes, 0, one.bytes.length, turned(one.direction))) this.#refuse();
		}
		this.#clock.time = time;
		this.#clock.frame = frame;
		if (!datagrams.data(bytes, start, end, turned(direction))) this.#refuse();
	}

	/** A packet that is not IP. Behind a length, which leaves no EtherType, the service access point says what it is. */
	link(packet: Packet): void {
		const { bytes, etherType, linkPayload, end } = packet;
		if (etherType !== 0) this.#packet(this.#link.get(etherType), packet, linkPayload);
		// Under one service access point come many protocols (SNAP): that nobody knows a frame of it breaks none of them.
		else if (linkPayload < end) this.#offer(this.#saps.get(bytes[linkPayload]!), packet, linkPayload);
	}

	/** A packet of IP that is neither TCP nor UDP. */
	ip(packet: Packet): void {
		this.#packet(this.#ip.get(packet.ipProtocol), packet, packet.ipPayload);
	}

	#packet(readers: readonly PacketReader[] | undefined, packet: Packet, start: number): void {
		if (readers !== undefined && !this.#offer(readers, packet, start)) this.#refuse();
	}

	/** True where one of them took it. */
	#offer(readers: readonly PacketReader[] = [], packet: Packet, start: number): boolean {
		const { bytes, end } = packet;
		let isTaken = false;
		for (const { sender, decoder } of readers) {
			this.#packetFlow.set(packet, sender?.(bytes, start, end) === "server");
			isTaken = decoder.data(bytes, start, end) || isTaken;
		}
		return isTaken;
	}

	/** Every protocol of serial lines listens on each. */
	lineData(line: LineFlow, bytes: Uint8Array, start: number, end: number): void {
		line.decoding ??= this.#openLine(line);
		for (const decoder of line.decoding as Line[]) decoder.data(bytes, start, end);
	}

	lineGap(line: LineFlow): void {
		for (const decoder of (line.decoding ?? []) as Line[]) decoder.gap();
	}

	lineClosed(line: LineFlow): void {
		for (const decoder of (line.decoding ?? []) as Line[]) {
			decoder.end();
			this.#onLines.delete(decoder);
		}
		line.decoding = undefined;
	}

	/** Lets the decoders whose deadline has passed say so. `now` in microseconds never goes back. */
	advance(now: number): void {
		for (const decoding of this.#timed) {
			const decoder = (decoding.stream ?? decoding.datagrams)!;
			if (decoder.deadline <= now) decoder.expire(now);
		}
		for (const decoder of this.#onLines) if (decoder.deadline <= now) decoder.expire(now);
	}

	#openLine(line: LineFlow): Line[] {
		const decoders: Line[] = [];
		for (const protocol of this.#options.protocols) {
			const decoder = protocol.serial?.open(this.#context(protocol, line));
			if (decoder === undefined) continue;
			decoders.push(decoder);
			this.#onLines.add(decoder);
		}
		return decoders;
	}

	#context(protocol: AnyProtocol, flow: FlowView): DecoderContext<ObservationBase> {
		const { onObservation } = this.#options;
		const tally = this.#tallies.get(protocol)!;
		return {
			clock: this.#clock,
			flow,
			emit: (observation, between) => {
				tally.observations++;
				onObservation(protocol, observation, between ?? flow);
			},
			count: (what) => this.#count(`${protocol.name}-${what}`),
			certificate: readCertificate,
		};
	}

	/** The context of a decoder whose messages may hold those of another protocol. */
	#carrier(protocol: AnyProtocol, decoding: Decoding): CarrierContext<ObservationBase> {
		return {
			...this.#context(protocol, decoding.flow),
			inner: (bytes, start, end, direction, topic) => this.#inner(decoding, bytes, start, end, direction, topic),
		};
	}

	/** One whole message inside another protocol: the first that is certain of it takes it. */
	#inner(decoding: Decoding, bytes: Uint8Array, start: number, end: number, direction: Direction, topic: string): boolean {
		for (const protocol of this.#messages) {
			if (protocol.message!.probe(bytes, start, end, topic) !== PROBE.certain) continue;
			decoding.inner[direction] ??= new InnerFlow(decoding.flow, direction);
			const flow = decoding.inner[direction];
			let decoder = flow.decoders.get(protocol);
			if (decoder === undefined) {
				decoder = protocol.message!.open(this.#context(protocol, flow));
				flow.decoders.set(protocol, decoder);
			}
			if (decoder.data(bytes, start, end, direction, topic)) return true;
		}
		return false;
	}

	#count(what: string): void {
		this.counters[what] = (this.counters[what] ?? 0) + 1;
	}

	#refuse(): void {
		this.rejected++;
	}

	/** Bytes of a decided flow. */
	#feed(decoding: Decoding, bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const carried = decoding.carried[direction]!;
		if (carried > 0) {
			const whole = this.#carry(decoding, bytes, start, end, direction);
			if (whole === 0) return;
			const buffer = decoding.carry[direction]!;
			decoding.carried[direction] = 0;
			this.#consume(decoding, buffer, 0, whole, direction);
		} else this.#consume(decoding, bytes, start, end, direction);
	}

	#consume(decoding: Decoding, bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const stream = decoding.stream!;
		let at = start;
		while (at < end) {
			if (decoding.lost[direction]) {
				at = this.#find(decoding, bytes, at, end, direction);
				if (decoding.lost[direction]) {
					if (at < end) this.#keep(decoding, bytes, at, end, direction);
					return;
				}
			}
			const used = stream.data(bytes, at, end, direction);
			if (used === REJECT) {
				this.#refuse();
				decoding.lost[direction] = true;
				if (++decoding.rejects === REJECTS_BEFORE_DOUBT) this.#count("protocol-in-doubt");
				at++;
				continue;
			}
			if (used === 0) {
				this.#keep(decoding, bytes, at, end, direction);
				return;
			}
			// What is left after whole messages is the beginning of one, or refused at the next turn.
			decoding.rejects = 0;
			at += used;
		}
	}

	/** The next place in `bytes` where a message begins: then it is known again where they do. Else the place from which on bytes have to come again, or `end`. */
	#find(decoding: Decoding, bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		const sought = seekIn(decoding.stream!, decoding.protocol!.tcp!.probe, bytes, start, end, direction);
		if (sought >= 0) decoding.lost[direction] = false;
		return placeOf(sought);
	}

	/** Keeps an unfinished message. */
	#keep(decoding: Decoding, bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const length = end - start;
		const max = decoding.protocol!.tcp!.maxMessage;
		if (length > max) {
			this.#count("message-too-long");
			this.#refuse();
			decoding.lost[direction] = true;
			return;
		}
		let buffer = decoding.carry[direction];
		if (buffer === undefined || buffer.length < length) {
			buffer = this.#grow(decoding, direction, Math.min(2 * max, Math.max(512, 2 * length)));
			buffer.set(bytes.subarray(start, end));
		} else if (bytes !== buffer || start !== 0) buffer.set(bytes.subarray(start, end));
		decoding.carried[direction] = length;
	}

	/** Adds bytes behind an unfinished message; returns how many there are now, or 0 where they were too many. */
	#carry(decoding: Decoding, bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		const carried = decoding.carried[direction]!;
		const length = carried + end - start;
		let buffer = decoding.carry[direction]!;
		if (buffer.length < length) {
			const grown = this.#grow(decoding, direction, 2 * length);
			grown.set(buffer.subarray(0, carried));
			buffer = grown;
		}
		buffer.set(bytes.subarray(start, end), carried);
		decoding.carried[direction] = length;
		return length;
	}

	/** A longer buffer for an unfinished message. */
	#grow(decoding: Decoding, direction: Direction, length: number): Uint8Array {
		const grown = new Uint8Array(length);
		const before = decoding.carry[direction]?.length ?? 0;
		decoding.carry[direction] = grown;
		this.#hold(decoding, length - before);
		return grown;
	}

	/** A flow keeps so many bytes more. Where all keep too many, those give way that kept theirs first. */
	#hold(decoding: Decoding, more: number): void {
		decoding.held += more;
		this.#held += more;
		this.#holders.delete(decoding);
		if (decoding.held > 0) this.#holders.add(decoding);
		for (const oldest of this.#holders) {
			if (this.#held <= HELD_BYTES || oldest === decoding) return;
			this.#giveUp(oldest);
		}
	}

	/** Forgets what a flow keeps: an unfinished message is lost. */
	#giveUp(decoding: Decoding): void {
		this.#count("unfinished-given-up");
		for (const direction of [TO_SERVER, TO_CLIENT] as const) {
			decoding.carry[direction] = undefined;
			if (decoding.carried[direction] === 0) continue;
			decoding.carried[direction] = 0;
			decoding.lost[direction] = true;
			decoding.stream!.gap(direction);
		}
		decoding.pieces = [];
		decoding.kept = 0;
		this.#hold(decoding, -decoding.held);
	}

	/** Bytes of a flow whose protocol is not known yet. */
	#decide(decoding: Decoding, bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const { flow } = decoding;
		decoding.hints ??= this.#hints(this.#tcpPorts, flow);
		const isHinted = decoding.hints.length > 0;
		if (decoding.stage === UNKNOWN && !isHinted) return;

		// Pieces of this direction that are kept already and these bytes are one beginning.
		let piece = bytes;
		let from = start;
		let to = end;
		const kept = decoding.pieces.filter((one) => one.direction === direction);
		if (kept.length > 0) {
			piece = join(kept, bytes.subarray(start, end));
			from = 0;
			to = piece.length;
		}
		let maybe = false;
		for (const protocol of isHinted ? decoding.hints : this.#tcp) {
			const answer: Probe = protocol.tcp!.probe(piece, from, to, isHinted);
			if (answer === PROBE.mismatch) continue;
			maybe = true;
			const isEnough =
				answer === PROBE.certain ||
				(answer === PROBE.match && (isHinted || this.#fitsOtherWay(decoding, protocol, direction) || kept.length + 1 >= ONE_SIDED_PIECES));
			if (isEnough) {
				this.#open(decoding, protocol, bytes, start, end, direction, piece, from, to, answer === PROBE.certain);
				return;
			}
		}
		if (isHinted && !maybe) {
			// Another protocol on this one's port: only what is certain.
			for (const protocol of this.#tcp) {
				if (protocol.tcp!.probe(piece, from, to, false) === PROBE.certain) {
					this.#open(decoding, protocol, bytes, start, end, direction, piece, from, to, true);
					return;
				}
			}
		}
		decoding.guess ??= this.#services.ofBytes("tcp", piece, from, to);
		if (maybe && decoding.kept + end - start <= UNDECIDED_BYTES && decoding.pieces.length < UNDECIDED_PIECES) {
			decoding.pieces.push({ bytes: bytes.slice(start, end), direction, time: this.#clock.time, frame: this.#clock.frame });
			decoding.kept += end - start;
			this.#hold(decoding, end - start);
			return;
		}
		this.#forget(decoding);
		if (++decoding.tries >= UNDECIDED_TRIES || decoding.guess?.by === "bytes") decoding.stage = UNKNOWN;
	}

	#fitsOtherWay(decoding: Decoding, protocol: AnyProtocol, direction: Direction): boolean {
		const other = decoding.pieces.filter((one) => one.direction !== direction);
		if (other.length === 0) return false;
		const bytes = join(other, undefined);
		return protocol.tcp!.probe(bytes, 0, bytes.length, false) >= PROBE.match;
	}

	/** The protocol is known: decodes what was kept, then these bytes. */
	#open(
		decoding: Decoding,
		protocol: AnyProtocol,
		bytes: Uint8Array,
		start: number,
		end: number,
		direction: Direction,
		piece: Uint8Array,
		from: number,
		to: number,
		isCertain: boolean,
	): void {
		const { flow, pieces } = decoding;
		const isSwapped = this.#orient(flow, protocol.tcp!.sender?.(piece, from, to), direction, isCertain);
		const turned = (way: Direction): Direction => (isSwapped ? ((1 - way) as Direction) : way);
		decoding.protocol = protocol;
		decoding.stage = DECIDED;
		decoding.lost[TO_SERVER] = decoding.lost[TO_CLIENT] = false;
		decoding.stream = protocol.tcp!.open(this.#carrier(protocol, decoding));
		this.#timed.add(decoding);
		this.#forget(decoding);
		const { time, frame } = this.#clock;
		for (const one of pieces) {
			this.#clock.time = one.time;
			this.#clock.frame = one.frame;
			this.#feed(decoding, one.bytes, 0, one.bytes.length, turned(one.direction));
		}
		this.#clock.time = time;
		this.#clock.frame = frame;
		this.#feed(decoding, bytes, start, end, turned(direction));
	}

	/** Corrects who the server is by what the bytes say; true where client and server changed places. */
	#orient(flow: Flow, sender: "client" | "server" | undefined, direction: Direction, isCertain: boolean): boolean {
		if (sender === undefined) return false;
		if ((sender === "client") === (direction === TO_SERVER)) {
			flow.confirm(ROLE.protocol);
			return false;
		}
		// The handshake is only overruled by bytes that cannot be anything else (a server that calls its client).
		if (flow.role >= ROLE.handshake && !isCertain) return false;
		flow.swap(ROLE.protocol);
		return true;
	}

	#probeDatagram(hints: readonly AnyProtocol[], bytes: Uint8Array, start: number, end: number): AnyProtocol | undefined {
		for (const protocol of hints) {
			if (protocol.udp!.probe(bytes, start, end) >= PROBE.match) return protocol;
		}
		for (const protocol of this.#udp) {
			if (protocol.udp!.probe(bytes, start, end) === PROBE.certain) return protocol;
		}
		return undefined;
	}

	/**
	 * The protocol that wants to see both directions, and fits both with nothing else between, one as a client and one as a server where the bytes tell; keeps the
	 * datagram where it fits one so far.
	 */
	#pairDatagram(decoding: Decoding, bytes: Uint8Array, start: number, end: number, direction: Direction): AnyProtocol | undefined {
		let mayBe = false;
		for (const protocol of this.#udp) {
			const { probe, sender } = protocol.udp!;
			if (probe(bytes, start, end) !== PROBE.more) continue;
			mayBe = true;
			const speaker = sender?.(bytes, start, end);
			const isAnswered = decoding.pieces.some(
				(one) =>
					one.direction !== direction &&
					probe(one.bytes, 0, one.bytes.length) === PROBE.more &&
					(speaker === undefined || sender!(one.bytes, 0, one.bytes.length) !== speaker),
			);
			if (isAnswered) return protocol;
		}
		if (!mayBe) this.#forget(decoding);
		else if (decoding.kept + end - start <= UNDECIDED_BYTES) {
			decoding.pieces.push({ bytes: bytes.slice(start, end), direction, time: this.#clock.time, frame: this.#clock.frame });
			decoding.kept += end - start;
			this.#hold(decoding, end - start);
		}
		return undefined;
	}

	/** Protocols that one of the flow's ports hints at. */
	#hints(ports: ReadonlyMap<number, AnyProtocol[]>, flow: Flow): readonly AnyProtocol[] {
		return ports.get(flow.server.port ?? -1) ?? ports.get(flow.client.port ?? -1) ?? NONE;
	}

	#forget(decoding: Decoding): void {
		this.#hold(decoding, -decoding.kept);
		decoding.pieces = [];
		decoding.kept = 0;
	}
}

const NONE: readonly AnyProtocol[] = [];

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
	const list = map.get(key);
	if (list === undefined) map.set(key, [value]);
	else list.push(value);
}

function join(pieces: readonly Piece[], last: Uint8Array | undefined): Uint8Array {
	let length = last?.length ?? 0;
	for (const piece of pieces) length += piece.bytes.length;
	const joined = new Uint8Array(length);
	let at = 0;
	for (const piece of pieces) {
		joined.set(piece.bytes, at);
		at += piece.bytes.length;
	}
	if (last !== undefined) joined.set(last, at);
	return joined;
}

/** What reads packets without ports for one protocol. */
interface PacketReader {
	readonly sender: PacketDecoder<ObservationBase>["sender"];
	readonly decoder: ReturnType<PacketDecoder<ObservationBase>["open"]>;
}

/** One direction of a flow as the messages in it see it: who sends them is the server, as a publisher is on every other carrier. It lives as long as the flow. */
class InnerFlow implements FlowView {
	/** For the layers to the right, as in `Flow`. */
	analysis: unknown = undefined;
	readonly decoders = new Map<AnyProtocol, ReturnType<NonNullable<AnyProtocol["message"]>["open"]>>();
	readonly #flow: Flow;
	readonly #direction: Direction;

	constructor(flow: Flow, direction: Direction) {
		this.#flow = flow;
		this.#direction = direction;
	}

	get id(): number {
		return this.#flow.id;
	}
	get transport(): "tcp" | "udp" {
		return this.#flow.transport;
	}
	get vlan(): number {
		return this.#flow.vlan;
	}
	get macChanges(): number {
		return this.#flow.macChanges;
	}
	get isConversation(): boolean {
		return this.#flow.isConversation;
	}
	get client(): Endpoint {
		return this.#direction === TO_SERVER ? this.#flow.server : this.#flow.client;
	}
	get server(): Endpoint {
		return this.#direction === TO_SERVER ? this.#flow.client : this.#flow.server;
	}
}

interface PacketEnd {
	ip: string | undefined;
	port: undefined;
	mac: string | undefined;
}

/** The "flow" of a packet without ports: its sender and its receiver. One object, set anew for each. */
class PacketFlow implements FlowView {
	readonly id = 0;
	transport: "link" | "ip" = "link";
	readonly client: PacketEnd = { ip: undefined, port: undefined, mac: undefined };
	readonly server: PacketEnd = { ip: undefined, port: undefined, mac: undefined };
	vlan = -1;

	set({ linkBytes, sourceMac, destinationMac, vlan, ipVersion, source, destination }: Packet, isFromServer: boolean): void {
		const [from, to] = isFromServer ? [this.server, this.client] : [this.client, this.server];
		this.transport = ipVersion === 0 ? "link" : "ip";
		from.mac = sourceMac < 0 ? undefined : macText(linkBytes, sourceMac);
		to.mac = destinationMac < 0 ? undefined : macText(linkBytes, destinationMac);
		from.ip = ipVersion === 0 ? undefined : addressText(source);
		// The frame goes to the next router where the packet goes further.
		if (ipVersion !== 0) to.mac = undefined;
		to.ip = ipVersion === 0 ? undefined : addressText(destination);
		this.vlan = vlan;
	}
}
