/**
 * The engine: frames in, observations and detections out, in one synchronous pass (src/README.md, "The way of a frame").
 * It owns every table of the layers capture to detect; it opens no socket and no file.
 */
import { type Frame, LINK_TYPE } from "../capture/frame.ts";
import { Dispatcher, TICK } from "../decode/dispatcher.ts";
import type { AnyProtocol, Clock, ObservationBase } from "../decode/protocol.ts";
import type { ServiceGuess, ServiceRecord } from "../decode/service.ts";
import type { Analyst } from "../detect/analyst.ts";
import type { Flow, FlowView } from "../flow/flow.ts";
import { Intake } from "../flow/intake.ts";
import { Lines } from "../flow/lines.ts";
import { FlowTable } from "../flow/table.ts";
import { IP_PROTOCOL } from "../wire/packet.ts";

export interface EngineOptions {
	readonly protocols: readonly AnyProtocol[];
	readonly services: readonly ServiceRecord[];
	/** Learns and judges; without it the engine only decodes. */
	readonly analyst?: Analyst;
	/** Takes every observation, on loan. */
	readonly onObservation?: (protocol: AnyProtocol, observation: ObservationBase, flow: FlowView) => void;
	readonly onFlow?: (flow: Flow, service: ServiceGuess | undefined) => void;
	/** Zones are told by interface: what each flow was heard on is handed to the analyst. */
	readonly hasInterfaces?: boolean;
	/** Key of the hash tables: the default for captures (same input, same results), another number in each live run so that nobody can aim. */
	readonly seed?: number;
}

/** What was counted; plain data. */
export interface EngineCounts {
	frames: number;
	bytes: number;
	cut: number;
	duplicates: number;
	gaps: number;
	rejected: number;
	flows: number;
	observations: Record<string, number>;
	counters: Record<string, number>;
}

export class Engine {
	frames = 0;
	bytes = 0;
	/** Newest capture time, microseconds. */
	time = 0;

	readonly #clock: Clock = { time: 0, frame: 0 };
	readonly #intake: Intake;
	readonly #dispatcher: Dispatcher;
	readonly #table: FlowTable;
	readonly #lines: Lines;
	readonly #analyst: Analyst | undefined;
	readonly #hasInterfaces: boolean;
	/** Interface of the frame being worked on, where zones are told by it. */
	#heardOn: string | undefined = undefined;
	#isMuted = false;
	#nextTick = Number.NEGATIVE_INFINITY;
	#notIp = 0;

	constructor(options: EngineOptions) {
		const { analyst, onObservation } = options;
		this.#analyst = analyst;
		this.#hasInterfaces = options.hasInterfaces ?? false;
		this.#dispatcher = new Dispatcher({
			protocols: options.protocols,
			services: options.services,
			clock: this.#clock,
			onObservation: (protocol, observation, flow) => {
				if (analyst !== undefined) analyst.observe(protocol, observation, flow);
				if (onObservation !== undefined && !this.#isMuted) onObservation(protocol, observation, flow);
			},
			onOpened: (flow) => analyst?.flowOpened(flow, this.#heardOn),
			// Who only decodes does not look for programs.
			...(analyst !== undefined && {
				onProgram: (flow, image, direction) =>
					analyst.program(flow, image, direction, this.#dispatcher.serviceOf(flow)?.service, this.#clock.time, this.#clock.frame),
			}),
			onAnomaly: (flow, anomaly, direction) => analyst?.anomaly(flow, anomaly, direction, this.#clock.time, this.#clock.frame),
			onClosed: (flow, service) => {
				analyst?.flowClosed(flow, service?.service);
				if (!this.#isMuted) options.onFlow?.(flow, service);
			},
		});
		const seed = options.seed ?? 0;
		this.#intake = new Intake(seed);
		this.#lines = new Lines(this.#dispatcher);
		this.#table = new FlowTable(this.#dispatcher, { seed, serverPorts: Dispatcher.serverPorts(options.protocols, options.services) });
	}

	/** While true nothing is learned, judged or handed out: the engine only finds its place in the traffic again. */
	get isMuted(): boolean {
		return this.#isMuted;
	}

	set isMuted(isMuted: boolean) {
		this.#isMuted = isMuted;
		if (this.#analyst !== undefined) this.#analyst.isFollowing = isMuted;
	}

	/** Takes one frame on loan. Never throws for what is in it. */
	readonly frame = (frame: Readonly<Frame>): void => {
		this.frames++;
		this.bytes += frame.wireLength;
		const clock = this.#clock;
		const { time } = frame;
		if (time >= this.#nextTick) this.#tick(time);
		clock.time = time;
		clock.frame = frame.number;
		if (this.#hasInterfaces) this.#heardOn = frame.interfaceName;
		if (frame.linkType === LINK_TYPE.rtacSerial) {
			this.#lines.frame(frame);
			return;
		}
		const intake = this.#intake;
		if (!intake.frame(frame)) return;
		const { packet } = intake;
		if (packet.ipVersion === 0) {
			this.#notIp++;
			this.#dispatcher.link(packet);
			return;
		}
		this.#table.packet(packet, frame);
		if (packet.ipProtocol !== IP_PROTOCOL.tcp && packet.ipProtocol !== IP_PROTOCOL.udp) this.#dispatcher.ip(packet);
	};

	/** Capture time goes on without frames (a live capture on a quiet link). Microseconds; what lies in the past is ignored. */
	advance(now: number): void {
		if (now >= this.#nextTick) this.#tick(now);
	}

	/** The source ended: what is unfinished is finished. The next source starts with an empty flow table and its own capture time. */
	endSource(): void {
		this.#dispatcher.isEnding = true;
		this.#table.flush();
		this.#lines.flush();
		this.#dispatcher.isEnding = false;
		this.#analyst?.flush();
		this.#nextTick = Number.NEGATIVE_INFINITY;
	}

	counts(): EngineCounts {
		const wire = this.#intake.parser.counters;
		const table = this.#table.counters;
		const copies = this.#intake.duplicates.counters;
		return {
			frames: this.frames,
			bytes: this.bytes,
			cut: wire.cut,
			duplicates: copies.duplicates,
			gaps: table.gaps,
			rejected: this.#dispatcher.rejected,
			flows: this.#table.size,
			observations: this.#dispatcher.observations,
			counters: {
				...this.#dispatcher.counters,
				...wire,
				...table,
				...copies,
				...this.#intake.fragments.counters,
				...this.#lines.counters,
				notIp: this.#notIp,
			},
		};
	}

	#tick(time: number): void {
		this.#nextTick = time + TICK;
		this.time = time;
		this.#table.advance(time);
		this.#dispatcher.advance(time);
		this.#analyst?.advance(time);
	}
}
