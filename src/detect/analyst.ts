/**
 * The analyst: learns from every operation, judges it by what was learned before, and words what is out of the ordinary. The engine drives it; it owns
 * inventory, baseline and desk. Same input, same output: it knows no clock but that of the capture.
 *
 * Two times. Capture time stands on the frames. Watched time is the sum of the capture time that really passed under its eyes; maturity and windows count in it.
 */
import type { Asset, Source } from "../assets/asset.ts";
import { GONE_MICROS, Inventory, type Takeover } from "../assets/inventory.ts";
import { PLACES, type Placed, type Placement, type PlaceName } from "../assets/placement.ts";
import { ARCHIVE_SERVERS, type ClientWork, guessCriticality, guessLevel } from "../assets/purdue.ts";
import { isPrivate, ZoneMap } from "../assets/zones.ts";
import { adoptPlcs, describePlcs, type PlcDocument } from "../baseline/document.ts";
import { FORGET_SECONDS } from "../baseline/habits.ts";
import { type Evidence, LEARNING_SECONDS, maturityOf, progress, trust, YOUNG } from "../baseline/maturity.ts";
import {
	type Link,
	PAGE,
	type Pair,
	PLANT_BOUNDS,
	Plant,
	type PlantBounds,
	type PointPage,
	type Server,
	type Target,
	type Use,
	type Wide,
	WRITER,
} from "../baseline/plant.ts";
import { VERDICT, type Verdict } from "../baseline/points.ts";
import { RegisterMaps } from "../baseline/registerMap.ts";
import { Services } from "../baseline/services.ts";
import type { PlcStatus } from "../baseline/status.ts";
import type { Thing } from "../baseline/thing.ts";
import { wideValue } from "../baseline/wide.ts";
import type { Written } from "../config/written.ts";
import { ZONES, type ZoneSettings } from "../config/zones.ts";
import type { ProgramImage } from "../decode/program.ts";
import type { AnyProtocol, Credential, IdentityClaim, ObservationBase, TraceKind } from "../decode/protocol.ts";
import { type Anomaly, addressOf, type Direction, type Endpoint, type Flow, type FlowView, ROLE } from "../flow/flow.ts";
import { weigh } from "./context.ts";
import { CredentialAnalyst } from "./credentialAnalyst.ts";
import { Crossings } from "./crossings.ts";
import { Desk, weightOf } from "./desk.ts";
import type { Detection, DetectionOperation, DetectionRecord, Fact, Party, Reason } from "./detection.ts";
import { type Contradiction, type Dispute, Disputes } from "./dispute.ts";
import { FadeWatch } from "./fadeWatch.ts";
import { HabitAnalyst, type HabitAnalystOptions, Tally } from "./habitAnalyst.ts";
import { IndicatorWatch } from "./indicatorWatch.ts";
import {
	behaviourThing,
	clientThings,
	functionThings,
	pointThings,
	refusalThings,
	unitThings,
	valueThings,
	writerThings,
} from "./learnable.ts";
import { LIMIT_WORDS, Limits } from "./limits.ts";
import { amountWords, Narrator, type Scene } from "./narrator.ts";
import { NetworkWatch } from "./networkWatch.ts";
import { OperationRecorder } from "./recorder.ts";
import {
	ADDRESS_TAKEOVER,
	ALARM_LIMIT,
	CONTRADICTION,
	FIRST_WRITE,
	FLOOD,
	FUNCTION_SCAN,
	NEW_DEVICE,
	NEW_FUNCTION,
	NEW_POINT,
	NEW_REFUSAL,
	NEW_SERVICE,
	NEW_TALKER,
	NEW_UNIT,
	OVERLAP_CONFLICT,
	POINT_SCAN,
	RULE,
	UNIT_SCAN,
	VALUE_OUTSIDE,
	VALUE_REPLAYED,
	WRITE_OUTSIDE,
} from "./records.ts";
import { type Rehearsal, rehearse } from "./rehearsal.ts";
import { readRules } from "./rule.ts";
import { type RuleHit, RuleWatch } from "./ruleWatch.ts";
import { Shadow, type ShadowSummary, shadowWords } from "./shadow.ts";
import { Strain } from "./strain.ts";
import { IDENTITY_CHANGED } from "./strainRecords.ts";
import { Calls, SWEEP, type SweepKind, Sweeps } from "./sweep.ts";
import { FLOOD_FACTOR, FLOOD_FAR, FLOOD_FLOOR } from "./thresholds.ts";
import { Transfers } from "./transfers.ts";
import { ValueWatch } from "./valueWatch.ts";
import { bitWords, kindWords, REPLAY_REASON, replayWords } from "./valueWords.ts";
import { Verdicts } from "./verdicts.ts";
import { countWords, durationWords, listWords, numberWords } from "./words.ts";

/** A step of capture time longer than this was not watched: another capture begins, or the box was off. */
const MAX_STEP_MICROS = 3600e6;
/** How often a flow's ends are noted in the inventory, microseconds of capture time; at once when another MAC address speaks. */
const TOUCH_MICROS = 2e6;
/** Flows that may still become conversations; beyond it the oldest is forgotten (a flood of forged handshakes), and found again when it speaks. */
const MAX_CALLING = 4096;
/** Microseconds after which a call without an answer was in vain. */
const CALL_MICROS = 1e6;
/** Addresses that somebody looks for and that nobody is known to hold; beyond it the oldest counts as in vain. */
const MAX_SOUGHT = 4096;
/** Services of one server address that are remembered. */
/** Clients named in a status. */
const MAX_NAMED = 16;
/** Of a point that is known so well hardly a value is chance. */
const WELL_KNOWN = 0.9;
/** New devices within a minute that are one event. */
const MANY_DEVICES = 10;
const MINUTE_MICROS = 60e6;
/** Silence after which nobody talks to a PLC, seconds: at least, and in usual intervals. */
const SILENT_SECONDS = 60;
const SILENT_INTERVALS = 10;
/** A PLC that did not answer for so long, in watched microseconds and in usual intervals, was away; for a while afterwards its values may be those of a start. */
const AWAY_MICROS = 3e6;
const AWAY_INTERVALS = 5;
const START_MICROS = 120e6;
/** A holder of an address that was heard within this time, microseconds, is still there. */
const PRESENT_MICROS = 120e6;
/** A first write says that the writer is none of the usual clients: that it also reads is no news for this long, microseconds. */
const STRANGER_MICROS = 3600e6;
/** Normal ranges that a written value is away from its own from which on it is far off: more than another recipe of the same product would ask for. */
const FAR_WRITE = 1;
/** Of a point that always had one value, whose width is that value: nothing was seen of how far it goes. */
const FAR_WRITE_OF_CONSTANT = 5;
/** Watched microseconds for which it holds of which zone somebody is: a person, or a controller that is met, may change it. */
const ZONES_MICROS = 60e6;
const MAX_REASONS = 16;
const FACT_CONFIDENCE = 0.95;
/** Severity of a record from which on it is more than information. */
const TELLING = 30;

export interface AnalystOptions {
	readonly protocols: readonly AnyProtocol[];
	/** Takes each detection; owned by the receiver. Called from within `observe`, `advance`, `flush` and the like. */
	readonly onDetection: (detection: Detection) => void;
	/** Watched seconds before a trait judges by itself; a day where not given. */
	readonly learningSeconds?: number;
	readonly bounds?: Partial<PlantBounds>;
	readonly vendorOf?: (mac: string) => string | undefined;
	readonly habits?: HabitAnalystOptions;
	/** What the configuration says of zones, checked; nothing told unless given. */
	readonly zones?: ZoneSettings;
}

export interface AnalystStats {
	points: number;
	operations: number;
	assets: number;
	servers: number;
	/** Servers that many ask and that never answer: the mirror port shows one direction only. */
	oneSidedServers: number;
	/** Deviations that were seen while their trait was not mature: learned, not said. */
	learned: number;
	/** Operations that taught nothing new, because a party was part of an open incident. */
	held: number;
	/** Records that `restore` refused. */
	damaged: number;
	/** Bounds reached, by fixed name. */
	counters: Record<string, number>;
}

/** What the analyst keeps with a flow. */
class FlowState {
	client: Endpoint | undefined = undefined;
	protocol: AnyProtocol | undefined = undefined;
	link: Link | undefined = undefined;
	pair: Pair | undefined = undefined;
	nextTouch = 0;
	/** `Flow.macChanges` when its ends were last noted. */
	macChanges = 0;
	isConversation = false;
}

interface Calling {
	/** Microseconds: of capture time for a flow, watched ones for an address. */
	since: number;
	frame: number;
	/** Interface of the box, where zones are told by it. */
	heardOn?: string;
}

/** An address that somebody looks for. */
interface Seeking extends Calling {
	source: string;
	ip: string;
	time: number;
}

export class Analyst {
	/**
	 * While true the traffic is only followed, to be in the middle of it when learning goes on: frames of before a restart are read again. Nothing is learned, judged or
	 * said, and nothing is remembered but what belongs to flows.
	 */
	get isFollowing(): boolean {
		return this.#isFollowing;
	}
	set isFollowing(isFollowing: boolean) {
		if (this.#isFollowing && !isFollowing) this.#habits.caughtUp();
		this.#isFollowing = isFollowing;
	}
	#isFollowing = false;

	readonly #plant: Plant;
	readonly #inventory: Inventory;
	/** What the plant's own documents say of its points; set before anything is observed. */
	readonly maps = new RegisterMaps();
	readonly #limits = new Limits(this.maps);
	readonly #zones: ZoneMap;
	readonly #crossings: Crossings;
	readonly #transfers: Transfers;
	/** What the plant's people want to be told of; set before anything is observed. */
	readonly rules: RuleWatch;
	readonly #narrator: Narrator;
	readonly #desk: Desk;
	readonly #habits: HabitAnalyst;
	readonly #recorder: OperationRecorder;
	readonly #sweeps = new Sweeps();
	readonly #calls = new Calls();
	readonly #disputes = new Disputes();
	readonly #valueWatch: ValueWatch;
	readonly #fadeWatch: FadeWatch;
	readonly #network: NetworkWatch;
	readonly #credentials: CredentialAnalyst;
	readonly #strain: Strain;
	readonly #shadow = new Shadow();
	readonly #verdicts: Verdicts;
	/** What is on lists of indicators. */
	readonly indicators: IndicatorWatch;
	readonly #protocols = new Map<string, AnyProtocol>();
	readonly #report = (fact: Fact): void => this.#fact(fact);

	/** The observation being worked on. */
	#protocol!: AnyProtocol;
	#flow!: FlowView;
	#observed: ObservationBase | undefined = undefined;
	#lookedAt: Flow | undefined = undefined;
	/** Weight of the heaviest fact of the observation; 0 for none. What comes with a fact is not learned. */
	#factWeight = 0;
	/** A party of the operation is part of an open incident: what is new here is not learned. */
	#isHeld = false;
	#held = 0;
	readonly #packetState = new FlowState();

	/** Capture time of the latest tick. */
	#time = Number.NaN;
	/** The same, also when its source has ended. */
	#lastTime = 0;
	#operations = 0;
	#learned = 0;
	#damaged = 0;
	/** The trait "who is on this network". */
	#devicesBorn = -1;
	#devicesLastNew = 0;
	#devicesEpoch = 0;
	#newDevices: { since: number; count: number } = { since: 0, count: 0 };
	readonly #calling = new Map<Flow, Calling>();
	/** By who looks for what; the oldest first. */
	readonly #seeking = new Map<string, Seeking>();
	readonly #services = new Services((bound) => this.#plant.count(bound));
	#savedClock = "";
	readonly #hot = new Map<Link, number>();

	constructor(options: AnalystOptions) {
		this.#plant = new Plant(
			{ ...PLANT_BOUNDS, ...options.bounds },
			options.learningSeconds ?? LEARNING_SECONDS,
			new Map(options.protocols.map(({ name, wide = [] }) => [name, wide])),
		);
		this.#inventory = new Inventory(options.vendorOf ?? (() => undefined));
		this.#inventory.onNew = (asset) => this.#newDevice(asset);
		this.#zones = new ZoneMap(options.zones, this.#inventory, (asset) => this.#saidPlace(asset, "zone"));
		this.#narrator = new Narrator(this.#inventory, this.maps, this.#zones);
		this.#desk = new Desk((detection) => options.onDetection(this.#inContext(detection)));
		this.indicators = new IndicatorWatch(this.#narrator, this.#inventory, this.#desk);
		this.rules = new RuleWatch(options.habits?.timeZone);
		this.rules.zones = { names: ZONES, zoneOf: (address) => this.#zones.ofIp(address)?.is };
		this.#verdicts = new Verdicts({
			plant: this.#plant,
			spacesOf: (protocol) => this.#protocols.get(protocol)?.spaces ?? [],
			service: ({ server, service }, isNormal) => this.#services.set(server, service, isNormal),
		});
		this.#valueWatch = new ValueWatch(this.#plant, this.#narrator, this.#desk, this.#protocols, {
			maps: this.maps,
			isHeld: (address) => this.#verdicts.isHeld("", address),
			isAccepted: (thing) => this.#verdicts.isAcceptedFact(thing),
			saveSeconds: options.habits?.saveSeconds ?? 0,
		});
		for (const protocol of options.protocols) this.#protocols.set(protocol.name, protocol);
		this.#habits = new HabitAnalyst(this.#plant, this.#narrator, this.#desk, this.#protocols, this.#shadow, {
			...options.habits,
			isHeld: (client, server) => this.#verdicts.isHeld(client, server),
			isAccepted: (thing) => this.#verdicts.isAcceptedFact(thing),
		});
		this.#crossings = new Crossings({
			inventory: this.#inventory,
			zones: this.#zones,
			narrator: this.#narrator,
			desk: this.#desk,
			services: options.habits?.services ?? [],
			isAccepted: (fact) => this.#verdicts.isAcceptedFact(fact),
			count: (bound) => this.#plant.count(bound),
		});
		this.#transfers = new Transfers({
			inventory: this.#inventory,
			zones: this.#zones,
			narrator: this.#narrator,
			desk: this.#desk,
			isAccepted: (fact) => this.#verdicts.isAcceptedFact(fact),
		});
		const forgetMicros = (options.habits?.forgetSeconds ?? FORGET_SECONDS) * 1e6;
		this.#plant.points.memoryMicros = forgetMicros;
		this.#fadeWatch = new FadeWatch(this.#plant, this.#narrator, this.#desk, this.#protocols, this.#services, forgetMicros);
		this.#network = new NetworkWatch({
			plant: this.#plant,
			inventory: this.#inventory,
			narrator: this.#narrator,
			desk: this.#desk,
			isAccepted: (thing) => this.#verdicts.isAcceptedFact(thing),
			knows: (flow) => this.#habits.knows(flow),
			met: () => ({ born: this.#devicesBorn, epoch: this.#devicesEpoch }),
			isHeld: (client, server) => this.#verdicts.isHeld(client, server),
			services: options.habits?.services ?? [],
		});
		this.#credentials = new CredentialAnalyst(this.#plant, this.#narrator, this.#desk, (thing) => this.#verdicts.isAcceptedFact(thing));
		this.#strain = new Strain(this.#plant, this.#narrator, this.#desk, {
			isAccepted: (thing) => this.#verdicts.isAcceptedFact(thing),
			isPolled: (target) => this.#habits.isPolled(target),
			isSearch: (link) => this.#sweeps.found(link) !== SWEEP.none,
		});
		this.#recorder = new OperationRecorder({
			credential: (credential) => this.#credential(credential),
			commit: () => this.#commit(),
			identity: (claim) => this.#identity(claim),
			answers: (unit) => this.#answers(unit),
			seek: (source, ip) => this.#seek(source, ip),
			lookup: (lookup) => {
				if (!this.isFollowing) this.#network.lookup(lookup, this.#flow, this.#observed!.time, this.#observed!.frame);
			},
			takesName: (source, name, ip) => {
				if (!this.isFollowing) this.#network.takesName(source, name, ip, this.#protocol.name, this.#observed!.time, this.#observed!.frame);
			},
			label: (unit, name, label) => this.#label(unit, name, label),
			trace: (kind, value, byServer) => this.#trace(kind, value, byServer),
		});
	}

	/** One observation, on loan: its facts, then what it teaches. */
	observe(protocol: AnyProtocol, observation: ObservationBase, flow: FlowView): void {
		this.#protocol = protocol;
		this.#flow = flow;
		this.#factWeight = 0;
		this.#observed = observation;
		if (!this.isFollowing) protocol.detect(observation, flow, this.#report);
		protocol.operations(observation, this.#recorder);
		this.#observed = undefined;
	}

	/** The first packet of a flow. `heardOn` is the interface of the box, where zones are told by it. */
	flowOpened(flow: Flow, heardOn?: string): void {
		if (this.#calling.size >= MAX_CALLING) {
			this.#calling.delete(this.#calling.keys().next().value!);
			this.#plant.count("calling-flows-bound");
		}
		this.#calling.set(flow, { since: this.#time, frame: flow.firstFrame, ...(heardOn !== undefined && { heardOn }) });
		if (this.isFollowing) return;
		if (this.indicators.isActive) this.indicators.opened(flow);
		if (flow.transport === "udp") this.#toGroup(flow);
	}

	/** A flow to many: there is no answer by which it would become a conversation. */
	#toGroup(flow: Flow): void {
		const isGroup = ({ ip }: Endpoint): boolean => ip !== undefined && (isGroupIp(ip) || isBroadcastIp(ip));
		const [source, target] = isGroup(flow.server) ? [flow.client, flow.server] : [flow.server, flow.client];
		if (source.ip === undefined || !isGroup(target) || this.#inventory.byIp(target.ip) !== undefined) return;
		const to = isBroadcastIp(target.ip!) ? "broadcast" : target.ip!;
		this.#network.grouped(source.ip, to, `udp/${target.port}`, flow.firstTime, flow.firstFrame);
	}

	/** A flow ended; the object is used again afterwards. `service` is what it was, where known. */
	flowClosed(flow: Flow, service?: string): void {
		const calling = this.#calling.get(flow);
		this.#calling.delete(flow);
		if (this.isFollowing) {
			this.#habits.flowClosed(flow, false);
			flow.analysis = undefined;
			return;
		}
		if (flow.isConversation) {
			this.#conversation(flow, flow.lastTime, service, calling);
			this.#network.ended(flow, service, this.#time);
		} else if (calling !== undefined) this.#inVain(flow, calling);
		this.#habits.flowClosed(flow, true);
		flow.analysis = undefined;
	}

	/** A program passed in a flow that nobody decodes, or of a protocol that carries files; `service` is what the flow is, where known. `time` in microseconds. */
	program(flow: Flow, image: ProgramImage, direction: Direction, service: string | undefined, time: number, frame: number): void {
		if (!this.isFollowing) this.#transfers.program(flow, image, direction, service, time, frame);
	}

	/** A fact of the transport. `time` in microseconds. */
	anomaly(flow: Flow, anomaly: Anomaly, _direction: number, time: number, frame: number): void {
		if (anomaly !== "overlap-conflict" || this.isFollowing) return;
		const reasons = this.#base(OVERLAP_CONFLICT);
		if (this.#inventory.byIp(flow.server.ip)?.isControl) reasons.push({ points: 10, text: "the connection is one to a PLC" });
		this.#desk.submit(OVERLAP_CONFLICT, {
			type: OVERLAP_CONFLICT.id,
			time,
			source: this.#narrator.party(flow.client, false),
			destination: this.#narrator.party(flow.server, true),
			key: "",
			sentence: `On the connection from ${this.#narrator.endName(flow.client)} to ${this.#narrator.endName(flow.server)} port ${flow.server.port}, bytes were sent again with other content; normally a repetition is the same.`,
			confidence: FACT_CONFIDENCE,
			reasons,
			frames: [frame],
		});
	}

	/** Capture time goes on, microseconds. Called often (each tenth of a second to each second). */
	advance(now: number): void {
		const step = now - this.#time;
		this.#time = now;
		if (!this.isFollowing) {
			this.#plant.calendar.note(now, this.#plant.watched);
			this.#lastTime = now;
		}
		if (this.isFollowing) {
			this.#inspectFlows();
			return;
		}
		const before = this.#plant.watched;
		if (step > 0 && step <= MAX_STEP_MICROS) this.#plant.watch(step);
		else if (step !== 0) {
			// Another capture: nothing of the old one is to wait for.
			this.#strain.flush();
			this.#desk.flush();
			this.#habits.interrupt();
			this.#network.interrupt();
		}
		const { watched } = this.#plant;
		this.#sweeps.watched = watched;
		this.#calls.watched = watched;
		this.#crossings.watched = watched;
		this.#inspectCalls();
		this.#valueWatch.advance(before, now);
		this.#habits.judge(now);
		this.#fadeWatch.advance(before, now, this.#habits.takeFaded());
		this.#strain.advance();
		this.#desk.advance(watched);
	}

	/** A person said that everything so far is normal: every trait judges from here on, as far as its evidence goes. */
	endLearning(): void {
		this.#strain.flush();
		this.#desk.flush();
		this.#plant.endLearning();
	}

	/** A person's word: these things are normal, those no longer. Gives what really changed by it, and what could not be done. */
	teach(admitted: readonly Thing[], dismissed: readonly Thing[]): { admitted: Thing[]; dismissed: Thing[]; refused: Thing[] } {
		for (const thing of [...admitted, ...dismissed]) if (thing.trait === "place") this.#inventory.again(thing.address);
		return this.#verdicts.teach(admitted, dismissed);
	}

	/** Addresses of clients and PLCs of open incidents: until they are named no more, what is new there is judged and not learned. */
	hold(addresses: readonly string[]): void {
		if (this.#verdicts.hold(addresses) > 0) this.#plant.count("held-addresses-bound");
	}

	/** A source ended: what was held back leaves, and the time until the next one begins is not watched. */
	flush(): void {
		if (!this.isFollowing) {
			this.#strain.flush();
			this.#desk.flush();
			this.#habits.interrupt();
			this.#network.interrupt();
			this.rules.sourceEnded();
		}
		this.#time = Number.NaN;
	}

	/** What changed since the last call, as records to be stored together with the alerts made so far; null deletes. Take all of it in one go. Unless `isWhole`, what was only seen again waits. */
	*save(isWhole = true): Generator<[key: string, value: unknown]> {
		yield* this.#inventory.save(isWhole);
		// What was found leaves before what it is known by is saved.
		this.#habits.judge(this.#time);
		const clock = {
			watched: this.#plant.watched,
			epoch: this.#plant.epoch,
			devicesBorn: this.#devicesBorn,
			devicesLastNew: this.#devicesLastNew,
			devicesEpoch: this.#devicesEpoch,
			newDevices: this.#newDevices,
			time: Number.isNaN(this.#time) ? null : this.#time,
			lastTime: this.#lastTime,
		};
		const text = JSON.stringify(clock);
		if (text !== this.#savedClock) {
			this.#savedClock = text;
			yield ["clock", structuredClone(clock)];
		}
		const zones = this.#zones.save();
		if (zones !== undefined) yield ["zones", zones];
		const crossings = this.#crossings.save();
		if (crossings !== undefined) yield ["crossings", crossings];
		const desk = this.#desk.save();
		if (desk !== undefined) yield ["desk", desk];
		const verdicts = this.#verdicts.save();
		if (verdicts !== undefined) yield ["verdicts", verdicts];
		yield* this.#plant.save(isWhole);
		yield* this.#valueWatch.save(isWhole);
		yield* this.#habits.save(isWhole);
		if (isWhole) for (const [page, chunks] of this.#plant.points.chunks.save()) yield [`chunks/${page}`, chunks];
		yield* this.#plant.calendar.save();
		if (isWhole) yield* this.#shadow.save();
		yield* this.#services.save();
		yield* this.#network.save();
		yield* this.#credentials.save();
		const rates = this.rules.save(this.#plant.watched);
		if (rates !== undefined) yield ["rates", rates];
		yield* this.#strain.save(isWhole);
		const searches = {
			sweeps: this.#sweeps.save(),
			calls: this.#calls.save(),
			disputes: this.#disputes.save(),
			indicators: this.indicators.save(),
			seeking: [...this.#seeking.values()],
			hot: [...this.#hot].map(([link, seconds]) => [link.server.key, link.client, seconds]),
		};
		const running = JSON.stringify(searches);
		if (running !== this.#savedSearches) {
			this.#savedSearches = running;
			yield ["searches", structuredClone(searches)];
		}
	}
	#savedSearches = "";

	/**
	 * Takes saved records back, before anything is observed. May be called several times where the records come in the order of their keys.
	 * Damaged records are left out and counted.
	 */
	restore(entries: Iterable<[key: string, value: unknown]>): void {
		const plant: [string, unknown][] = [];
		const habits: [string, unknown][] = [];
		const chunks: unknown[] = [];
		const together: [string, unknown][] = [];
		const strain: [string, unknown][] = [];
		let searches: unknown;
		for (const [key, value] of entries) {
			if (value === null) continue;
			if (key === "clock") this.#restoreClock(value);
			else if (key === "desk") {
				if (!this.#desk.restore(value)) this.#damaged++;
			} else if (key === "verdicts") {
				if (!this.#verdicts.restore(value)) this.#damaged++;
			} else if (key.startsWith("asset/")) {
				if (!this.#inventory.restore(value)) this.#damaged++;
			} else if (key.startsWith("plc/")) plant.push([key, value]);
			else if (key.startsWith("trait/")) habits.push([key, value]);
			else if (key === "searches") searches = value;
			else if (key.startsWith("credentials/") || key.startsWith("host-credentials/")) {
				if (!this.#credentials.restore(key, value)) this.#damaged++;
			} else if (key.startsWith("chunks/")) chunks.push(value);
			else if (key.startsWith("together/") || key.startsWith("words/")) together.push([key, value]);
			else if (key.startsWith("strain/") || key.startsWith("identity/")) strain.push([key, value]);
			else if (key.startsWith("shadow/")) {
				if (!this.#shadow.restore(value)) this.#damaged++;
			} else if (key.startsWith("map/")) {
				if (!this.maps.restore(value)) this.#damaged++;
			} else if (key === "zones") {
				if (!this.#zones.restore(value)) this.#damaged++;
			} else if (key === "crossings") {
				if (!this.#crossings.restore(value)) this.#damaged++;
			} else if (key === "rates") {
				if (!this.rules.restore(value)) this.#damaged++;
			} else if (key === "rules") {
				if (!this.#restoreRules(value)) this.#damaged++;
			} else if (key === "calendar") {
				if (!this.#plant.calendar.restore(value)) this.#damaged++;
			} else if (key.startsWith("services/")) {
				if (!this.#services.restore(value)) this.#damaged++;
			} else if (key.startsWith("network/")) {
				if (!this.#network.restore(key, value)) this.#damaged++;
			} else this.#damaged++;
		}
		this.#damaged += this.#plant.restore(plant) + this.#habits.restore(habits);
		for (const [key, record] of together) if (!this.#valueWatch.restore(key, record)) this.#damaged++;
		for (const [key, record] of strain) if (!this.#strain.restore(key, record)) this.#damaged++;
		if (chunks.length > 0) this.#damaged += this.#plant.points.chunks.restore(chunks);
		if (searches !== undefined) this.#restoreSearches(searches);
	}

	/** The files of rules as they were taken when the box started. */
	#restoreRules(value: unknown): boolean {
		if (!Array.isArray(value) || !value.every((one) => typeof one?.file === "string" && typeof one?.text === "string")) return false;
		try {
			this.rules.set(readRules(value, [...this.#protocols.values()]));
			return true;
		} catch {
			return false;
		}
	}

	/** Searches and quarrels that were going on. */
	#restoreSearches(value: unknown): void {
		const { sweeps, calls, disputes, indicators, seeking, hot } = (value ?? {}) as Record<string, unknown>;
		const linkOf = (server: unknown, client: unknown) => this.#plant.servers.get(server as string)?.links.get(client as string);
		this.#sweeps.restore(sweeps, linkOf);
		this.#calls.restore(calls);
		this.#disputes.restore(disputes);
		this.indicators.restore(indicators);
		for (const one of Array.isArray(seeking) ? (seeking.slice(0, MAX_SOUGHT) as Partial<Seeking>[]) : []) {
			const { source, ip, since, frame, time } = one ?? {};
			if (typeof source !== "string" || typeof ip !== "string" || ![since, frame, time].every(Number.isFinite)) continue;
			this.#seeking.set(`${source}|${ip}`, { source, ip, since: since!, frame: frame!, time: time! });
		}
		for (const entry of Array.isArray(hot) ? hot : []) {
			const link = Array.isArray(entry) ? linkOf(entry[0], entry[1]) : undefined;
			if (link !== undefined && Number.isFinite(entry[2])) this.#hot.set(link, entry[2]);
		}
	}

	#restoreClock(value: unknown): void {
		const clock = value as Record<string, unknown>;
		const numbers = ["watched", "epoch", "devicesBorn", "devicesLastNew", "devicesEpoch"] as const;
		const newDevices = clock?.newDevices as { since?: unknown; count?: unknown } | undefined;
		if (typeof clock !== "object" || !numbers.every((name) => Number.isFinite(clock[name]))) {
			this.#damaged++;
			return;
		}
		this.#plant.watched = clock.watched as number;
		this.#plant.epoch = clock.epoch as number;
		this.#plant.points.watched = this.#plant.watched;
		this.#plant.points.epoch = this.#plant.epoch;
		this.#desk.watched = this.#plant.watched;
		this.#sweeps.watched = this.#plant.watched;
		this.#calls.watched = this.#plant.watched;
		this.#crossings.watched = this.#plant.watched;
		this.#devicesBorn = clock.devicesBorn as number;
		this.#devicesLastNew = clock.devicesLastNew as number;
		this.#devicesEpoch = clock.devicesEpoch as number;
		if (Number.isFinite(newDevices?.since) && Number.isFinite(newDevices?.count))
			this.#newDevices = { since: newDevices!.since as number, count: newDevices!.count as number };
		this.#time = Number.isFinite(clock.time) ? (clock.time as number) : Number.NaN;
		this.#lastTime = Number.isFinite(clock.lastTime) ? (clock.lastTime as number) : 0;
	}

	/** The baseline as documents, as far as it is normal. */
	documents(): PlcDocument[] {
		return describePlcs({
			plant: this.#plant,
			habits: this.#habits.habits,
			companions: this.#valueWatch.companions,
			services: this.#services,
			protocols: this.#protocols,
			nameOf: (address) => this.#inventory.byAddress(address)?.name,
			mapped: (target, point) => this.#narrator.mapped(target, point)?.name,
		});
	}

	/** Takes documents into an analyst that knows nothing yet; throws with file and line. `time` in microseconds: when a person did so. */
	adopt(documents: readonly Written[], time: number): void {
		const nameDevice = (address: string, name: string) => this.#inventory.introduce(address, name, "imported baseline", time);
		const { companions } = this.#valueWatch;
		const into = {
			plant: this.#plant,
			habits: this.#habits.habits,
			companions,
			services: this.#services,
			protocols: this.#protocols,
			nameDevice,
		};
		for (const target of adoptPlcs(documents, into)) target.imported = time;
	}

	assets(): Asset[] {
		const clients = this.#assignRoles();
		return this.#inventory.all().map((asset) => this.#placed(asset, clients));
	}

	/** Assets that changed since the last call. */
	changedAssets(): Asset[] {
		const clients = this.#assignRoles();
		return this.#inventory.changed().map((asset) => this.#placed(asset, clients));
	}

	/** A device with where it belongs: what a person said, else what is told or guessed. */
	#placed(asset: Asset, clients: ReadonlyMap<string, ClientWork>): Asset {
		const zone = this.#zones.ofAsset(asset);
		const work = [...asset.ips, ...asset.macs, asset.line].map((address) => (address === undefined ? undefined : clients.get(address)));
		const level =
			this.#saidPlace(asset, "level") ??
			guessLevel(
				asset,
				zone,
				work.find((one) => one !== undefined),
			);
		const criticality = this.#criticalityOf(asset);
		return { ...asset, ...(zone && { zone }), ...(level && { level }), ...(criticality && { criticality }) };
	}

	#criticalityOf(asset: Asset): Placement["criticality"] {
		return this.#saidPlace(asset, "criticality") ?? guessCriticality(asset);
	}

	#saidPlace<Name extends PlaceName>(asset: Asset, place: Name): Placed<(typeof PLACES)[Name][number]> | undefined {
		const said = this.#verdicts.placeOf(asset, place);
		const is = (PLACES[place] as readonly (typeof PLACES)[Name][number][]).find((one) => one === said);
		return is === undefined ? undefined : { is, by: "person", evidence: "a person said so" };
	}

	#inContext(detection: Detection): Detection {
		const assetOf = ({ ip, mac, line }: Party) => this.#inventory.byIp(ip) ?? this.#inventory.byAddress(line) ?? this.#inventory.byMac(mac);
		return weigh(
			detection,
			(party) => {
				const asset = assetOf(party);
				return asset && this.#criticalityOf(asset);
			},
			(party) => this.#narrator.name(party.ip ?? party.line ?? party.mac ?? party.name ?? "it"),
		);
	}

	stats(): AnalystStats {
		let oneSidedServers = 0;
		for (const server of this.#plant.servers.values()) if (server.answers === 0 && server.operations >= 20) oneSidedServers++;
		const counters: Record<string, number> = {
			...this.#plant.bounds(),
			...this.#inventory.counters,
			...this.indicators.counters,
			...this.#habits.counters(),
			...this.#valueWatch.counters(),
			...this.#network.counters(),
			...this.#strain.counters(),
		};
		if (this.rules.displaced > 0) counters["rule-rates-bound"] = this.rules.displaced;
		if (this.#shadow.displaced > 0) counters["shadows-bound"] = this.#shadow.displaced;
		if (this.#recorder.dropped > 0) counters["operation-points-bound"] = this.#recorder.dropped;
		return {
			points: this.#plant.points.size,
			operations: this.#operations,
			assets: this.#inventory.size,
			servers: this.#plant.servers.size,
			oneSidedServers,
			learned: this.#learned,
			held: this.#held,
			damaged: this.#damaged,
			counters,
		};
	}

	/** State of every PLC (a unit behind an address). `now` in microseconds of capture time. */
	plcs(now: number): PlcStatus[] {
		const plcs: PlcStatus[] = [];
		for (const server of this.#plant.servers.values())
			for (const target of server.targets.values()) plcs.push(this.#status(server, target, now));
		return plcs;
	}

	#commit(): void {
		const protocol = this.#protocol;
		const recorder = this.#recorder;
		const op = recorder.operation;
		if (!this.isFollowing) {
			this.#operations++;
			if (protocol.isLogin !== undefined && op.verb === "authenticate") this.#network.login(protocol, op, this.#flow);
		}
		if (!protocol.isControl) return;
		const state = this.#stateOf();
		if (state === undefined) return;
		let pair = state.pair;
		if (pair === undefined || pair.target.unit !== op.unit) {
			pair = this.#pairOf(state.link!, op.unit);
			if (pair === undefined) return;
			state.pair = pair;
		}
		const { link, target } = pair;
		const { server } = link;
		const { time } = op;
		const { macChanges } = this.#flow as Flow;
		if (macChanges !== state.macChanges || time >= state.nextTouch || time < state.nextTouch - 2 * TOUCH_MICROS) this.#touch(state, time);
		if (this.isFollowing) return;
		if (!pair.isDirty) {
			const plant = this.#plant;
			plant.touch(pair);
			plant.touch(link);
			plant.touch(target);
			plant.touch(server);
		}

		server.operations++;
		link.operations++;
		pair.operations++;
		target.operations++;
		target.lastRequest = time;
		if (target.firstRequest === 0) target.firstRequest = time;
		const second = Math.floor(time / 1e6);
		if (second === link.second) link.inSecond++;
		else this.#nextSecond(link, second);

		if (op.requestFrame === link.factFrame && link.factFrame > 0 && Math.abs(time - link.factTime) < MINUTE_MICROS)
			this.#factWeight = Math.max(this.#factWeight, link.factWeight);

		const isHeld = this.#verdicts.isHeld(link.client, server.address);
		if (isHeld !== this.#isHeld) {
			this.#isHeld = isHeld;
			this.#plant.points.isHeld = isHeld;
		}
		if (isHeld) this.#held++;
		let use = pair.lastUse;
		if (use === undefined || use.code !== op.code || use.verb !== op.verb) {
			use = this.#plant.use(pair, op.verb, op.code);
			pair.lastUse = use;
		}
		use.count++;
		use.seen = this.#plant.watched;
		if (this.rules.rules.length > 0) this.#judgeRules(pair, use);
		if (use.isChanging) {
			link.writes++;
			if (op.verb === "program") link.programs++;
		} else link.reads++;

		let isNormal = true;
		if (!link.isNormal || !pair.isNormal || !use.isNormal || (use.isChanging && link.writer !== WRITER.normal))
			isNormal = this.#members(pair, use);
		const isWrite = op.verb === "write";
		if (isWrite) {
			this.#strain.wrote(pair, this.#scene(pair), isNormal && !this.#mustNotLearn());
			if (op.isBroadcast && !isNormal) this.#strain.broadcast(pair, this.#scene(pair));
		}
		// The deadline of what is not answered says nothing about when it was asked.
		if (op.outcome !== "unanswered" || server.answers === 0) this.#habits.operation(pair, use, recorder, isNormal && !this.#mustNotLearn());
		if (op.outcome === "refused") {
			this.#refused(pair, use, isNormal);
			return;
		}
		const isAnswered = op.outcome !== "unanswered";
		if (isAnswered) {
			server.answers++;
			this.#answered(target, time);
		} else {
			// A gateway that says so for a device has answered itself: both directions are seen.
			if (op.outcomeCode > 0) server.answers++;
			this.#unanswered(pair, use);
		}
		if (!isAnswered && !isWrite && target.answers > 0) return;

		// Points. What a stranger asks for makes no points: a scan of 65,536 registers by 247 units leaves nothing behind.
		const mayJudge = isNormal && this.#factWeight === 0;
		const mayAdd = mayJudge && !this.#isHeld;
		// Whoever writes here anyway is judged by what he writes, also where the way in which he does it is new.
		const isWriter = this.#factWeight === 0 && link.isNormal && pair.isNormal && link.writer === WRITER.normal;
		let at = 0;
		// Numbers of two words that are odd are added behind.
		const { runs } = recorder;
		for (let run = 0; run < runs; run++) {
			const space = recorder.spaces[run]!;
			const count = recorder.counts[run]!;
			let first = recorder.firsts[run]!;
			let isKnown = mayJudge;
			if (space < 0) {
				const ordinal = this.#plant.ordinal(target, recorder.names[first]!, mayAdd);
				if (ordinal < 0) {
					at += count;
					continue;
				}
				first = ordinal;
			}
			if (isNormal && !use.reach.isSettled(space, first, count)) isKnown = this.#reach(pair, use, space, first, count, run) && mayJudge;
			if (isWrite) this.#write(pair, target, space, first, count, at, isKnown || isWriter, isKnown, isKnown && mayAdd);
			else this.#read(pair, target, space, first, count, at, isKnown && mayAdd);
			at += count;
		}
		if (this.#disputes.size > 0 && !isWrite) this.#compare(pair);
		if (this.maps.size > 0 && isAnswered) this.#judgeLimits(pair);
		if (this.#oddIndex >= 0) this.#sayOdd(pair, isWrite);
	}

	/** Watched age of the trait that would speak if it judged; -1 outside of the shadow. */
	#shadowAge = -1;
	#shadowedOperation = -1;

	/** Of one operation, as in the light, only the first that is new is said: true once for each. */
	#isFirstSurprise(): boolean {
		const isFirst = this.#shadowedOperation !== this.#operations;
		this.#shadowedOperation = this.#operations;
		return isFirst;
	}

	/** What a trait would say that is still learning: counted, with a few examples, and never handed on. Its first member is no surprise. */
	#inShadow({ born, members }: Pick<Evidence, "born" | "members">, say: () => void): void {
		if (members === 0 || !this.#isFirstSurprise()) return;
		this.#shadowAge = this.#plant.watched - born;
		say();
		this.#shadowAge = -1;
	}

	/** A value that would have been said if its point judged. */
	#surprise(pair: Pair, index: number, id: number): void {
		if (!this.#isFirstSurprise()) return;
		const { points, watched } = this.#plant;
		const { operation } = this.#recorder;
		const { surpriseMin, surpriseMax } = points;
		this.#shadow.note(pair.target, VALUE_OUTSIDE, operation.time, watched - points.born[id]!, () => {
			const { target } = pair;
			const name = this.#narrator.nameAt(this.#scene(pair), index);
			const amount = (value: number) => this.#narrator.amount(target, name, value);
			const range = surpriseMin === surpriseMax ? `always ${amount(surpriseMin)}` : `${amount(surpriseMin)} to ${amount(surpriseMax)}`;
			return {
				frames: this.#operationFrames(),
				sentence: `${this.#narrator.plc(target.server, target.unit)} reported ${amount(operation.values[index]!)} in ${this.#narrator.pointWords(this.#protocol, target, name)}; in ${this.#memory(points.born[id]!)} it was ${range}.`,
			};
		});
	}

	/** Frames of the answer and its request. */
	#operationFrames(): number[] {
		const { requestFrame, frame } = this.#recorder.operation;
		return requestFrame !== frame && requestFrame > 0 ? [requestFrame, frame] : [frame];
	}

	/** What would have been said of each PLC in the last days. */
	shadows(): { plc: string; unit: number; protocol: string; summaries: ShadowSummary[] }[] {
		const shadows: { plc: string; unit: number; protocol: string; summaries: ShadowSummary[] }[] = [];
		for (const server of this.#plant.servers.values())
			for (const target of server.targets.values())
				shadows.push({
					plc: server.address,
					unit: target.unit,
					protocol: server.protocol,
					summaries: this.#shadow.summary(target, this.#lastTime),
				});
		return shadows;
	}

	/** What the alarm limits of the maps would have said in the last days. */
	rehearsals(): Rehearsal[] {
		return rehearse(this.#plant, this.maps, this.#protocols, this.#lastTime);
	}

	/** What comes with a fact or during an incident teaches nothing. */
	#mustNotLearn(): boolean {
		return this.#isHeld || this.#factWeight > 0;
	}

	/** What a person said of a value of the operation; undefined where nobody did. */
	#saidOf(pair: Pair, index: number, isWrite: boolean): boolean | undefined {
		if (!this.#verdicts.hasValues) return undefined;
		const { target, link } = pair;
		const name = this.#narrator.nameAt(this.#scene(pair), index);
		const value = this.#recorder.operation.values[index]!;
		return this.#verdicts.ofValue(link.server.protocol, link.server.address, target.unit, name, value, isWrite ? link.client : undefined);
	}

	/** The worst point of the operation so far. */
	#oddIndex = -1;
	#oddId = -1;
	#oddVerdict: Verdict = VERDICT.normal;
	#oddDistance = 0;
	#oddCount = 0;

	/** Learns and judges what was read; values come at `at` of the operation. */
	#read(pair: Pair, target: Target, space: number, first: number, count: number, at: number, mayAdd: boolean): void {
		const { operation } = this.#recorder;
		const hasValues = operation.valueCount > 0;
		const { values, points: ids, time } = operation;
		const table = this.#plant.points;
		let done = 0;
		while (done < count) {
			const index = first + done;
			const offset = index & (PAGE - 1);
			const here = Math.min(count - done, PAGE - offset);
			let page = target.page(space, index >>> 8);
			if (page === undefined && mayAdd) page = this.#plant.page(target, space, index >>> 8);
			if (page === undefined) {
				for (let n = 0; n < here; n++) ids[at + done + n] = -1;
				done += here;
				continue;
			}
			if (!page.isDirty) this.#plant.touch(page);
			const pageIds = page.ids;
			let { last, lastTime, count: reads } = table;
			for (let n = 0; n < here; n++) {
				let id = pageIds[offset + n]!;
				const where = at + done + n;
				if (id < 0 && mayAdd) {
					id = this.#plant.addPoint(page, offset + n);
					({ last, lastTime, count: reads } = table); // the columns may have grown
				}
				ids[where] = id;
				if (id < 0 || !hasValues) continue;
				const value = values[where]!;
				if (value === last[id]) {
					reads[id]!++;
					lastTime[id] = time;
				} else {
					const verdict = table.observe(id, value, time);
					if (verdict === VERDICT.normal || page.isWide(offset + n)) continue;
					const isCarry =
						(n + 1 < here && table.isCarry(id, value, pageIds[offset + n + 1]!, values[where + 1]!)) ||
						(n > 0 && table.isCarry(id, value, pageIds[offset + n - 1]!, values[where - 1]!));
					if (!isCarry) this.#strange(pair, where, id, verdict, value);
				}
			}
			if (page.wides.length > 0 && hasValues) this.#readWide(pair, page, offset, here, at + done);
			done += here;
		}
	}

	/** Numbers of two words, of which both came: `count` words from `offset` of their page, their values at `at` of the operation. */
	#readWide(pair: Pair, page: PointPage, offset: number, count: number, at: number): void {
		const { operation } = this.#recorder;
		const { values, time } = operation;
		const table = this.#plant.points;
		for (const { at: place, page: own, form } of page.wides) {
			if (place < offset || place + 1 >= offset + count) continue;
			const id = own.ids[place]!;
			const where = at + place - offset;
			const value = wideValue(form, values[where]!, values[where + 1]!);
			if (!own.isDirty) this.#plant.touch(own);
			const verdict = table.observe(id, value, time);
			if (verdict !== VERDICT.normal) this.#strangeWide(pair, own, place, id, verdict, value);
		}
	}

	#strangeWide(pair: Pair, page: PointPage, place: number, id: number, verdict: Verdict, value: number): void {
		const index = this.#recorder.append(page.space, page.number * PAGE + place, value);
		if (index < 0) return;
		this.#recorder.operation.points[index] = id;
		this.#strange(pair, index, id, verdict, value);
	}

	/** Rules of the plant's people: facts beside what is learned, which they neither teach nor hold back. */
	#judgeRules(pair: Pair, use: Use): void {
		const { watched } = this.#plant;
		if (use.rules === undefined || (this.rules.asksZones && watched - use.rulesAt >= ZONES_MICROS)) {
			use.rules = this.rules.candidates(this.#protocol, pair, use);
			use.rulesAt = watched;
		}
		for (const candidate of use.rules as ReturnType<RuleWatch["candidates"]>) {
			const hit = this.rules.judge(candidate, this.#recorder, this.#plant.watched);
			if (hit !== undefined) this.#sayRule(pair, hit);
		}
	}

	#sayRule(pair: Pair, { rule, index, value, frames }: RuleHit): void {
		const { link, target } = pair;
		const key = `${rule.name}/${target.unit}`;
		if (this.#isRepeated(RULE, pair, key)) return;
		const { operation } = this.#recorder;
		const client = this.#narrator.name(link.client);
		let deed = `${client} ${this.#narrator.act(this.#scene(pair))}`;
		if (rule.value !== undefined) {
			const plc = this.#narrator.plc(target.server, target.unit);
			const point = this.#narrator.pointWords(this.#protocol, target, this.#narrator.nameAt(this.#scene(pair), index));
			deed =
				operation.verb === "write"
					? `${client} wrote ${numberWords(value)} to ${point} of ${plc}${this.#narrator.outcome(this.#protocol, operation)}`
					: `${plc} reported ${numberWords(value)} in ${point} to ${client}`;
		}
		const often = rule.rate === undefined ? "" : `, ${rule.rate.times} times within ${durationWords(rule.rate.seconds * 1e6)}`;
		this.#desk.submit(RULE, {
			type: RULE.id,
			time: operation.time,
			protocol: this.#protocol.name,
			source: this.#narrator.party(this.#flow.client, false),
			destination: this.#narrator.party(this.#flow.server, true),
			key,
			sentence: `${deed}${often}; the plant's rule ${rule.name} says: ${/[.!?]$/.test(rule.text) ? rule.text : `${rule.text}.`}`,
			confidence: FACT_CONFIDENCE,
			reasons: [{ points: rule.severity, text: `the plant's rule ${rule.name} gives it this severity` }],
			frames: [...new Set([...frames, ...this.#operationFrames()])].sort((one, other) => one - other).slice(-MAX_REASONS),
			operation: this.#narrator.operation(this.#scene(pair), Math.max(0, index)),
			rule: { name: rule.name, techniques: [...rule.techniques], advice: [...rule.advice] },
		});
	}

	/** While two devices claim the PLC's address: do they say the same? */
	#compare(pair: Pair): void {
		const { points, values, valueCount, time } = this.#recorder.operation;
		const { mac } = this.#flow.server;
		const dispute = this.#disputes.of(pair.target.server.address, time);
		if (dispute === undefined || mac === undefined) return;
		const { min, max } = this.#plant.points;
		const scene = this.#scene(pair);
		for (let at = 0; at < valueCount; at++) {
			const id = points[at]!;
			if (id < 0) continue;
			const name = `${pair.target.unit}/${this.#narrator.nameAt(scene, at)}`;
			const found = this.#disputes.compare(dispute, name, mac, values[at]!, time, Math.max(0, max[id]! - min[id]!));
			if (found !== undefined) this.#sayContradiction(dispute, pair, at, found);
		}
	}

	/** A value beyond a limit of the plant's own. */
	#judgeLimits(pair: Pair): void {
		const { target, link } = pair;
		const crossing = this.#limits.judge(target, this.#protocol.spaces, this.#recorder);
		if (crossing === undefined) return;
		const { entry, limit, value, index, others } = crossing;
		const isWrite = this.#recorder.operation.verb === "write";
		const client = this.#narrator.name(link.client);
		const plc = this.#narrator.plc(target.server, target.unit);
		const point = this.#narrator.pointWords(this.#protocol, target, entry.point);
		const reasons = this.#base(ALARM_LIMIT);
		if (limit === "lowLow" || limit === "highHigh")
			reasons.push({ points: 15, text: "it is the last limit before the process is in danger" });
		if (isWrite) reasons.push({ points: 15, text: "it was written: it is what the process shall do" });
		const more = others > 0 ? ` ${countWords(others, "more point")} passed a limit too.` : "";
		this.#deviate(
			ALARM_LIMIT,
			pair,
			`${target.unit}/${entry.point}/${limit}`,
			`${isWrite ? `${client} wrote ${amountWords(entry, value)} to ${point} of ${plc}` : `${plc} reported ${amountWords(entry, value)} in ${point} to ${client}`}; the plant's own ${LIMIT_WORDS[limit]} there is ${amountWords(entry, entry.limits[limit]!)}.${more}`,
			FACT_CONFIDENCE,
			reasons,
			{ byServer: !isWrite, from: index },
		);
	}

	#sayContradiction(dispute: Dispute, pair: Pair, index: number, { held, claimed, apart }: Contradiction): void {
		const operation = this.#narrator.operation(this.#scene(pair), index);
		const name = operation.points[0]!;
		const { target } = pair;
		operation.points = [name];
		operation.pointCount = 1;
		operation.values = [held, claimed];
		this.#desk.submit(CONTRADICTION, {
			type: CONTRADICTION.id,
			time: this.#recorder.operation.time,
			protocol: this.#protocol.name,
			source: this.#narrator.partyOf(this.#inventory.byMac(dispute.newMac)?.ips[0], dispute.newMac),
			destination: this.#narrator.party(this.#flow.server, true),
			key: `${target.unit}/${name}`,
			sentence: `The ${this.#narrator.pointWords(this.#protocol, target, name)} of ${this.#narrator.plc(target.server, target.unit)} was ${numberWords(held)} in an answer from ${dispute.oldMac} and ${numberWords(claimed)} in one from ${dispute.newMac}, ${numberWords(Math.round(apart / 100) / 10)} ms apart; a point has one value at a time.`,
			confidence: FACT_CONFIDENCE,
			reasons: [...this.#base(CONTRADICTION), { points: 15, text: "two devices claim the PLC's address" }],
			frames: [this.#recorder.operation.frame],
			operation,
		});
	}

	/** Judges what was written where who wrote it is normal (`isJudged`; only what is far off where not all else of it is, `isNormal`), and learns it where all is and nothing keeps it from that. */
	#write(
		pair: Pair,
		target: Target,
		space: number,
		first: number,
		count: number,
		at: number,
		isJudged: boolean,
		isNormal: boolean,
		mayAdd: boolean,
	): void {
		const { operation } = this.#recorder;
		const table = this.#plant.points;
		const isTaken = operation.outcome !== "unanswered";
		for (let n = 0; n < count; n++) {
			const index = first + n;
			const where = at + n;
			let page = target.page(space, index >>> 8);
			if (page === undefined && mayAdd) page = this.#plant.page(target, space, index >>> 8);
			let id = page === undefined ? -1 : page.ids[index & (PAGE - 1)]!;
			if (id < 0 && page !== undefined && mayAdd) id = this.#plant.addPoint(page, index & (PAGE - 1));
			operation.points[where] = id;
			if (id < 0 || where >= operation.valueCount) continue;
			if (!page!.isDirty) this.#plant.touch(page!);
			const value = operation.values[where]!;
			const wide = this.#wideOf(page!, index & (PAGE - 1), n, count);
			// A word is judged with the other one of its number, at the second of them.
			const isGood = (wide !== undefined || this.#judgeWrite(pair, where, id, value, isJudged, isNormal)) && isNormal;
			if (isTaken) table.noteWrite(id, value, operation.time, isGood);
			if (wide === undefined || wide.at === (index & (PAGE - 1))) continue;
			const number = wideValue(wide.form, operation.values[where - 1]!, value);
			const place = this.#recorder.append(wide.page.space, index - 1, number);
			const own = wide.page.ids[wide.at]!;
			if (place >= 0) operation.points[place] = own;
			const isGoodNumber = place >= 0 && this.#judgeWrite(pair, place, own, number, isJudged, isNormal) && isNormal;
			if (isTaken) table.noteWrite(own, number, operation.time, isGoodNumber);
			if (!wide.page.isDirty) this.#plant.touch(wide.page);
		}
		if (isTaken) {
			target.lastWriteTime = operation.time;
			target.lastWriteClient = pair.link.client;
			target.lastWriteSpace = space;
			target.lastWriteAt = first;
			target.lastWriteValue = at < operation.valueCount ? operation.values[at]! : Number.NaN;
		}
	}

	/** The number that a word belongs to, where both its words are among the `count` written ones; this is the `n`th. */
	#wideOf(page: PointPage, at: number, n: number, count: number): Wide | undefined {
		if (page.wides.length === 0) return undefined;
		return page.wides.find((wide) => (wide.at === at && n + 1 < count) || (wide.at === at - 1 && n > 0));
	}

	/** Judges a written value; true where it may be learned. Where the way in which it is written is new, that is said already, with the value: only one that is far off is a word of its own. */
	#judgeWrite(pair: Pair, where: number, id: number, value: number, isJudged: boolean, isNormal: boolean): boolean {
		if (!isJudged) return false;
		const table = this.#plant.points;
		const said = this.#saidOf(pair, where, true);
		const isOdd = said === false && !table.isJudgingWrites(id);
		if (said !== true && (isOdd || table.judgeWrite(id, value) !== VERDICT.normal)) {
			const distance = table.distance(id, value, true);
			if (isNormal || distance >= this.#farOf(id)) this.#odd(where, id, VERDICT.outside, distance);
			return false;
		}
		// What a person accepted of one client is not learned for all. Beside it nothing is accepted where the point itself cannot judge yet.
		return said === undefined;
	}

	#farOf(id: number): number {
		const { min, max } = this.#plant.points.band(id);
		return max > min ? FAR_WRITE : FAR_WRITE_OF_CONSTANT;
	}

	/** A value that is not normal, or is only because its point still learns. */
	#strange(pair: Pair, index: number, id: number, verdict: Verdict, value: number): void {
		if (verdict === VERDICT.surprise) this.#surprise(pair, index, id);
		else if (this.#saidOf(pair, index, false) !== true) this.#odd(index, id, verdict, this.#plant.points.distance(id, value, false));
	}

	#odd(index: number, id: number, verdict: Verdict, distance: number): void {
		this.#oddCount++;
		if (this.#oddIndex >= 0 && distance <= this.#oddDistance) return;
		this.#oddIndex = index;
		this.#oddId = id;
		this.#oddVerdict = verdict;
		this.#oddDistance = distance;
	}

	#stateOf(): FlowState | undefined {
		const flow = this.#flow as Flow;
		let state: FlowState | undefined;
		const { transport } = flow as FlowView;
		if (transport === "link" || transport === "ip") {
			state = this.#packetState;
			state.client = undefined;
		} else {
			state = flow.analysis as FlowState | undefined;
			if (state === undefined || state === null) {
				state = new FlowState();
				flow.analysis = state;
			}
		}
		if (state.client === flow.client && state.protocol === this.#protocol && state.link !== undefined) return state;
		const { client, server } = flow;
		const serverAddress = addressOf(server);
		const clientAddress = addressOf(client);
		if (serverAddress === undefined || clientAddress === undefined) return undefined;
		const known = this.#plant.server(serverAddress, this.#protocol.name);
		if (known === undefined) return undefined;
		if (!flow.isReversed) known.port ??= server.port; // the port of a server that calls is any free one
		state.client = client;
		state.protocol = this.#protocol;
		state.link = this.#plant.link(known, clientAddress);
		state.pair = undefined;
		state.nextTouch = 0;
		return state;
	}

	#pairOf(link: Link, unit: number): Pair | undefined {
		const target = this.#plant.target(link.server, unit);
		return target === undefined ? undefined : this.#plant.pair(link, target);
	}

	/** Now and then: who is there. */
	#touch(state: FlowState, time: number): void {
		const flow = this.#flow as Flow;
		state.nextTouch = time + TOUCH_MICROS;
		state.macChanges = flow.macChanges;
		if (this.isFollowing) return;
		const link = state.link!;
		if (link.firstTime === 0) link.firstTime = time;
		link.lastTime = time;
		// A forged sender makes no asset: both sides have to speak.
		const { transport } = flow as FlowView;
		if ((transport === "udp" && !flow.isConversation) || (transport === "ip" && this.#recorder.operation.latency < 0)) return;
		this.#spoke(flow, time);
		const { server } = flow;
		const asset = this.#inventory.byAddress(addressOf(server)) ?? this.#inventory.byMac(server.mac);
		if (asset !== undefined && !(asset.isControl && asset.services.includes(this.#protocol.name)))
			this.#inventory.serves(addressOf(server), server.mac, this.#protocol.name, true);
	}

	/** Notes both ends in the inventory. */
	#spoke(flow: FlowView, time: number): void {
		this.#endSpoke(flow.client, flow.vlan, time);
		this.#endSpoke(flow.server, flow.vlan, time);
	}

	#endSpoke({ ip, mac, line }: Endpoint, vlan: number, time: number): void {
		if (line !== undefined) {
			this.#inventory.spokeOn(line, time);
			return;
		}
		const takeover = this.#inventory.spoke(ip, mac, vlan, time, this.#source());
		if (takeover !== undefined) this.#takeover(takeover, time, this.#frames());
	}

	#identity(claim: IdentityClaim): void {
		if (this.isFollowing) return;
		const { time } = this.#observed!;
		if (claim.statements !== undefined) this.#statements(claim.unit ?? -1, claim.statements);
		if (claim.ip === undefined && claim.mac === undefined) {
			const { ip, line, mac } = this.#flow.server;
			this.#inventory.describe(ip ?? line ?? mac, claim, time, this.#source());
			return;
		}
		const takeover = this.#inventory.claim(claim, this.#flow.vlan, time, this.#source());
		if (takeover !== undefined) this.#takeover(takeover, time, this.#frames());
		if (claim.duty !== undefined && claim.ip !== undefined) this.#network.serves(claim.ip, claim.duty, "", time, this.#observed!.frame);
	}

	#credential(credential: Credential): void {
		if (this.isFollowing) return;
		const flow = this.#flow;
		const server = addressOf(flow.server);
		const client = addressOf(flow.client);
		if (server === undefined || client === undefined) return;
		const link = this.#linkOf(flow);
		// Servers of the Internet show what they like; one that steers machines is judged where it is known.
		if (link === undefined && (this.#protocol.isControl || (flow.server.ip !== undefined && !isPrivate(flow.server.ip)))) return;
		const mayLearn = !this.#verdicts.isHeld(client, server) && this.#factWeight === 0;
		const when = { time: this.#observed!.time, frames: this.#frames() };
		this.#credentials.shown(credential, { protocol: this.#protocol.name, server, client, link, flow, ...when, mayLearn });
	}

	/** Something that a list of indicators may name. */
	#trace(kind: TraceKind, value: string, byServer: boolean): void {
		if (!this.indicators.isActive || this.isFollowing) return;
		const { time, frame } = this.#observed!;
		const weight = this.indicators.trace(kind, value, byServer, this.#flow, this.#protocol.name, time, frame);
		this.#factWeight = Math.max(this.#factWeight, weight);
	}

	/** What the server of the observation says of itself. */
	#statements(unit: number, statements: ReadonlyMap<string, string>): void {
		const server = this.#serverOf(this.#flow);
		if (server === undefined) return;
		const restated = this.#strain.identity(server, unit, addressOf(this.#flow.client) ?? "", statements);
		if (restated === undefined) return;
		const { time } = this.#observed!;
		const protocol = this.#protocol.name;
		const source = this.#narrator.party(this.#flow.server, true);
		this.#desk.submit(IDENTITY_CHANGED, { type: IDENTITY_CHANGED.id, time, protocol, source, ...restated, frames: this.#frames() });
	}

	/** A unit whose number is that of all is one device. */
	#answers(unit: number): void {
		if (this.isFollowing) return;
		const target = this.#serverOf(this.#flow)?.targets.get(unit);
		if (target !== undefined) this.#strain.answers(target);
	}

	/** Frame of the observation, or of the flow that is looked at. */
	/** The message at hand, or the first frame of a flow that nobody decodes. */
	#source(): Partial<Source> {
		if (this.#observed !== undefined) return { protocol: this.#protocol.name, frame: this.#observed.frame };
		return this.#lookedAt === undefined ? {} : { frame: this.#lookedAt.firstFrame };
	}

	#frames(): number[] {
		const frame = this.#observed?.frame ?? this.#lookedAt?.firstFrame;
		return frame === undefined ? [] : [frame];
	}

	#label(unit: number, name: string, label: string): void {
		if (!this.#protocol.isControl || this.isFollowing) return;
		const state = this.#stateOf();
		if (state === undefined) return;
		const target = this.#plant.target(state.link!.server, unit);
		if (target !== undefined) this.#plant.label(target, name, label);
	}

	/** Something about who does this is not known to be normal. Learns it or says it; true where it is normal now. */
	#members(pair: Pair, use: Use): boolean {
		const plant = this.#plant;
		const { link, target } = pair;
		const { server } = link;
		const isQuarantined = this.#mustNotLearn();
		let isNormal = true;
		if (!link.isNormal) {
			const talkers = plant.talkers(server);
			if (plant.judges(talkers)) {
				isNormal = false;
				if (!use.isChanging) this.#sayTalker(pair, use, talkers);
			} else if (isQuarantined) isNormal = false;
			else {
				this.#inShadow(talkers, () => this.#sayTalker(pair, use, talkers));
				link.isNormal = true;
				server.lastNewClient = plant.watched;
				this.#learned++;
			}
		}
		if (isNormal && !pair.isNormal) {
			const units = plant.units(link);
			if (units.members > 0 && plant.judges(units)) {
				isNormal = false;
				if (!use.isChanging || link.writer === WRITER.normal) this.#sayUnit(pair, use, units);
			} else if (isQuarantined) isNormal = false;
			else {
				this.#inShadow(units, () => this.#sayUnit(pair, use, units));
				pair.isNormal = true;
			}
		}
		if (use.isChanging && link.writer !== WRITER.normal) {
			const writers = plant.writers(server);
			if (plant.judges(writers)) {
				this.#sayWriter(pair, use, writers);
				link.writer = WRITER.observed;
				isNormal = false;
			} else if (isNormal && !isQuarantined) {
				this.#inShadow(writers, () => this.#sayWriter(pair, use, writers));
				link.writer = WRITER.normal;
				server.lastNewWriter = plant.watched;
				this.#learned++;
			} else link.writer = WRITER.observed;
		}
		// Whoever is a stranger has used nothing before: only what has a word of its own is said.
		const isOwn = isNormal;
		if (isNormal && !use.isNormal) {
			const functions = plant.functions(pair);
			if (functions.members > 0 && plant.judges(functions)) {
				isNormal = false;
				this.#sayFunction(pair, use, functions);
			} else if (isQuarantined) isNormal = false;
			else {
				this.#inShadow(functions, () => this.#sayFunction(pair, use, functions));
				use.isNormal = true;
				pair.lastNewUse = plant.watched;
			}
		}
		if (!isNormal) {
			this.#oddRange(pair);
			if (!use.isNormal && !isOwn) this.#sayFirstUse(pair, use);
		}
		if (use.count === 1 && use.verb !== "report") {
			const sweep = this.#sweeps.of(link);
			if (sweep.functions.size < 256) sweep.functions.add(use.code);
			if (this.#recorder.operation.outcome === "refused") sweep.refusedFunctions.add(use.code);
			if (pair.operations === 1 && (!isNormal || this.#recorder.operation.outcome !== "ok")) sweep.units.add(target.unit);
			this.#saySweep(pair, this.#sweeps.judge(sweep));
		}
		return isNormal;
	}

	/** A client that is no normal one touches a range: many different ones are a search. */
	#oddRange(pair: Pair): void {
		const { recorder } = this.#scene(pair);
		if (recorder.runs === 0) return;
		const sweep = this.#sweeps.of(pair.link);
		if (sweep.oddRanges.size < 256) {
			const size = sweep.oddRanges.size;
			const name = recorder.spaces[0]! < 0 ? recorder.names[0]! : `${recorder.spaces[0]}:${recorder.firsts[0]}`;
			sweep.oddRanges.add(`${pair.target.unit}/${name}`);
			if (sweep.oddRanges.size > size) this.#saySweep(pair, this.#sweeps.judge(sweep));
		}
	}

	/** Points that were touched less than twice; false where one of them was news. */
	#reach(pair: Pair, use: Use, space: number, first: number, count: number, run: number): boolean {
		const { reach } = use;
		const fresh = reach.countNew(space, first, count);
		if (fresh > 0) {
			const reached = this.#plant.reached(pair, use);
			if (reached.members > 0 && this.#plant.judges(reached)) {
				this.#oddRange(pair);
				this.#sayPoint(pair, use, reached, space, reach.firstNew, run, fresh);
				return false;
			}
			if (this.#mustNotLearn()) return true;
			this.#inShadow(reached, () => this.#sayPoint(pair, use, reached, space, reach.firstNew, run, fresh));
			reach.surprises++;
			pair.lastNewPoint = this.#plant.watched;
		}
		reach.add(space, first, count);
		return true;
	}

	#refused(pair: Pair, use: Use, isNormal: boolean): void {
		const { operation } = this.#recorder;
		const { target, link } = pair;
		target.refused++;
		this.#answered(target, operation.time);
		link.server.answers++;
		pair.refused++;
		const mayLearn = isNormal && !this.#mustNotLearn();
		// What is put off is neither a mistake of the client nor a search.
		if (this.#protocol.postponing?.includes(operation.outcomeCode)) {
			this.#strain.postponed(pair, this.#scene(pair), mayLearn);
			return;
		}
		this.#strain.refused(pair, this.#scene(pair), mayLearn);
		const refusal = this.#plant.refusal(pair, operation.code, operation.outcomeCode);
		refusal.count++;
		refusal.seen = this.#plant.watched;
		const sweep = this.#sweeps.of(link);
		sweep.refusals++;
		if (this.#recorder.runs > 0 && sweep.refusedRanges.size < 256)
			sweep.refusedRanges.add(
				`${target.unit}/${use.code}/${this.#recorder.spaces[0]}:${this.#recorder.firsts[0]}:${this.#recorder.counts[0]}`,
			);
		this.#saySweep(pair, this.#sweeps.judge(sweep));
		if (refusal.isNormal || !isNormal) return;
		const refusals = this.#plant.refusals(pair);
		if (this.#plant.judges(refusals)) this.#sayRefusal(pair, use, refusals);
		else if (!this.#mustNotLearn()) {
			this.#inShadow(refusals, () => this.#sayRefusal(pair, use, refusals));
			refusal.isNormal = true;
			pair.lastNewRefusal = this.#plant.watched;
		}
	}

	#answered(target: Target, time: number): void {
		const { watched } = this.#plant;
		if (target.heard >= 0 && watched - target.heard >= AWAY_MICROS) {
			const interval = (target.lastRequest - target.firstRequest) / target.operations;
			if (watched - target.heard >= AWAY_INTERVALS * interval) target.returned = watched;
		}
		target.heard = watched;
		target.answers++;
		target.lastAnswer = time;
	}

	#unanswered(pair: Pair, use: Use): void {
		const { target, link } = pair;
		target.unanswered++;
		// Where nothing is ever answered the mirror shows one direction: no news about the client.
		if (target.server.answers === 0) return;
		const sweep = this.#sweeps.of(link);
		sweep.unanswered++;
		if (target.answers === 0 && use.count <= 2 && sweep.units.size < 256) sweep.units.add(target.unit);
		this.#saySweep(pair, this.#sweeps.judge(sweep));
		this.#strain.unanswered(pair, this.#scene(pair));
	}

	/** Another second of capture time began for this client. */
	#nextSecond(link: Link, second: number): void {
		const count = link.inSecond;
		const isNext = second === link.second + 1;
		link.second = second;
		link.inSecond = 1;
		const isMature =
			link.isNormal && (this.#plant.isForced(link.epoch) || this.#plant.watched - link.born >= this.#plant.learningSeconds * 1e6);
		const isOdd = !link.isNormal && this.#plant.judges(this.#plant.talkers(link.server));
		const limit = Math.max(FLOOD_FLOOR, isOdd ? 0 : FLOOD_FACTOR * link.busiest);
		if ((isMature || isOdd) && count >= limit) {
			const hot = isNext ? (this.#hot.get(link) ?? 0) + 1 : 1;
			this.#hot.set(link, hot);
			if (hot >= 2 || count >= Math.max(FLOOD_FAR, 2 * limit)) this.#sayFlood(link, count);
			return;
		}
		this.#hot.delete(link);
		if (link.isNormal && !isMature && count > link.busiest && !this.#verdicts.isHeld(link.client, link.server.address))
			link.busiest = count;
	}

	#scene(pair: Pair): Scene {
		return { protocol: this.#protocol, recorder: this.#recorder, target: pair.target, link: pair.link };
	}

	#base(record: DetectionRecord): Reason[] {
		return [{ points: record.severity, text: record.title }];
	}

	#young(reasons: Reason[], evidence: Evidence, points: number): number {
		const certainty = trust(evidence, this.#plant.watched);
		if (certainty < YOUNG) {
			const seen = countWords(evidence.observations, "operation");
			reasons.push({ points: -points, text: `little was seen so far: ${seen} in ${this.#age(evidence.born)}` });
		}
		return certainty;
	}

	#age(born: number): string {
		return durationWords(this.#plant.watched - born);
	}

	#memory(born: number): string {
		return durationWords(this.#plant.memory(born));
	}

	#outcome(reasons: Reason[]): void {
		if (this.#recorder.operation.outcome === "refused") reasons.push({ points: -10, text: "the PLC refused it" });
	}

	/** Counts a deviation of the current operation that was said many times just now; true where that is all there is to do. */
	#isRepeated(record: DetectionRecord, pair: Pair, key: string): boolean {
		const { operation } = this.#recorder;
		return this.#desk.isRepeated(record, pair.link.client, pair.link.server.address, key, operation.time, operation.frame);
	}

	/** A deviation of the current operation. What a fact of the same observation says already, and weighs as much, is not said twice. */
	#deviate(
		record: DetectionRecord,
		pair: Pair,
		key: string,
		sentence: string,
		confidence: number,
		reasons: Reason[],
		extra?: { byServer?: boolean; from?: number; things?: Thing[] },
	): void {
		const scene = this.#scene(pair);
		const { operation } = this.#recorder;
		if (this.#shadowAge >= 0) {
			this.#shadow.note(pair.target, record, operation.time, this.#shadowAge, () => ({ frames: this.#operationFrames(), sentence }));
			return;
		}
		const detection: Detection = {
			type: record.id,
			time: operation.time,
			protocol: this.#protocol.name,
			source: this.#narrator.party(this.#flow.client, false),
			destination: this.#narrator.party(this.#flow.server, true),
			key,
			sentence,
			confidence: Math.round(confidence * 100) / 100,
			reasons,
			frames: this.#operationFrames(),
			operation: this.#narrator.operation(scene, extra?.from ?? 0),
			...(extra?.things && extra.things.length > 0 && { things: extra.things }),
		};
		if (extra?.byServer) [detection.source, detection.destination] = [detection.destination!, detection.source];
		// What is not a write is what the fact is about.
		if (this.#factWeight > 0 && (weightOf(detection) <= this.#factWeight || !(operation.verb === "write" || operation.verb === "program")))
			return;
		this.#desk.submit(record, detection);
	}

	#usual(server: Server, isUsual: (link: Link) => boolean): string[] {
		return [...server.links.values()].filter(isUsual).map((link) => link.client);
	}

	#sayTalker(pair: Pair, use: Use, talkers: Evidence): void {
		const { link } = pair;
		const { server } = link;
		const { verb, time } = this.#recorder.operation;
		if (this.#sweeps.found(link) !== SWEEP.none || this.#isRepeated(NEW_TALKER, pair, "")) return;
		if (Math.abs(time - link.strangerTime) < STRANGER_MICROS) return;
		const reasons = this.#base(NEW_TALKER);
		if (verb === "identify" || verb === "diagnose" || verb === "browse")
			reasons.push({ points: 5, text: "it asks what the PLC is: looking around" });
		this.#outcome(reasons);
		const certainty = this.#young(reasons, talkers, 10);
		const usual = this.#narrator.only(
			this.#usual(server, (other) => other.isNormal),
			"talked to this PLC",
		);
		this.#deviate(
			NEW_TALKER,
			pair,
			"",
			`${this.#narrator.name(pair.link.client)} ${this.#narrator.act(this.#scene(pair))}; in ${this.#memory(server.born)} ${usual}.`,
			certainty,
			reasons,
			{ things: clientThings(this.#scene(pair), use) },
		);
	}

	#sayWriter(pair: Pair, use: Use, writers: Evidence): void {
		if (this.#isRepeated(FIRST_WRITE, pair, "")) return;
		const { link, target } = pair;
		const { server } = link;
		const scene = this.#scene(pair);
		const reasons = this.#base(FIRST_WRITE);
		reasons.push({ points: 10, text: "it changes the process" });
		if (use.verb === "program") reasons.push({ points: 10, text: "it changes the PLC's program" });
		if (!link.isNormal) {
			link.strangerTime = this.#recorder.operation.time;
			reasons.push({ points: 15, text: `${this.#narrator.name(link.client)} is none of the usual clients of this PLC` });
		}
		this.#outcome(reasons);
		let normal = "";
		if (use.verb === "write" && this.#recorder.runs > 0 && this.#recorder.operation.valueCount > 0) {
			const id = this.#idOf(target, 0);
			const value = this.#recorder.operation.values[0]!;
			if (id >= 0 && this.#plant.points.count[id]! > 0) {
				normal = `, and ${this.#narrator.normalValue(this.#plant.points.band(id), target, this.#narrator.nameAt(scene, 0)).replace(/^in .*? it was/, "the value was")}`;
				const distance = this.#plant.points.distance(id, value, true);
				if (distance > 0.1) reasons.push({ points: 5, text: "the value is outside what was seen there" });
			}
		}
		const certainty = this.#young(reasons, writers, 10);
		const usual = this.#narrator.only(
			this.#usual(server, (other) => other.writer === WRITER.normal),
			"wrote to this PLC",
		);
		this.#deviate(
			FIRST_WRITE,
			pair,
			"",
			`${this.#narrator.name(link.client)} ${this.#narrator.act(scene)}; in ${this.#memory(server.born)} ${usual}${normal}.`,
			certainty,
			reasons,
			{ things: writerThings(scene, use, (of, index) => this.#narrator.nameAt(of, index)) },
		);
	}

	/** Id of the first point of a run of the operation; -1 where it is not known. */
	#idOf(target: Target, run: number): number {
		const recorder = this.#recorder;
		const space = recorder.spaces[run]!;
		let first = recorder.firsts[run]!;
		if (space < 0) first = this.#plant.ordinal(target, recorder.names[first]!, false);
		return first < 0 ? -1 : (target.page(space, first >>> 8)?.ids[first & (PAGE - 1)] ?? -1);
	}

	#sayUnit(pair: Pair, use: Use, units: Evidence): void {
		if (this.#sweeps.found(pair.link) !== SWEEP.none || this.#isRepeated(NEW_UNIT, pair, String(pair.target.unit))) return;
		const { link } = pair;
		const reasons = this.#base(NEW_UNIT);
		if (use.isChanging) reasons.push({ points: 20, text: "it changes the process" });
		this.#outcome(reasons);
		const certainty = this.#young(reasons, units, 10);
		const known = [...link.pairs.values()].filter((other) => other.isNormal).map((other) => String(other.target.unit));
		this.#deviate(
			NEW_UNIT,
			pair,
			String(pair.target.unit),
			`${this.#narrator.name(link.client)} ${this.#narrator.act(this.#scene(pair))}; in ${this.#memory(link.born)} it used only unit ${listWords(known)} of this PLC.`,
			certainty,
			reasons,
			{ things: unitThings(this.#scene(pair), use) },
		);
	}

	#sayFunction(pair: Pair, use: Use, functions: Evidence): void {
		const key = `${pair.target.unit}/${use.code}`;
		const protocol = this.#protocol;
		const named = protocol.firstUse?.(use.code, use.verb);
		const record = named ?? NEW_FUNCTION;
		if (this.#sweeps.found(pair.link) !== SWEEP.none || this.#isRepeated(record, pair, key)) return;
		const reasons = this.#base(record);
		const added = named === undefined ? (FUNCTION_POINTS[use.verb] ?? 0) : 0;
		if (added > 0) reasons.push({ points: added, text: FUNCTION_WORDS[use.verb]! });
		this.#outcome(reasons);
		const certainty = this.#young(reasons, functions, 10);
		const known = pair.uses.filter((other) => other.isNormal).map((other) => protocol.operationName(other.code));
		const how = this.#howWords(use);
		this.#deviate(
			record,
			pair,
			key,
			`${this.#narrator.name(pair.link.client)} ${this.#narrator.act(this.#scene(pair))}${how}; in ${this.#memory(pair.born)} it used only ${listWords(known, 5)} there.`,
			certainty,
			reasons,
			{ things: functionThings(this.#scene(pair), use) },
		);
	}

	/** Reading and writing are said without the function. */
	#howWords({ verb, code }: Use): string {
		return verb === "read" || verb === "write" ? ` with ${this.#protocol.operationName(code)}` : "";
	}

	/** A function that deserves a word of its own, by a client of which little or nothing is normal. That such a one looks around is said of it as a new client. */
	#sayFirstUse(pair: Pair, use: Use): void {
		if (use.verb === "identify") return;
		const record = this.#protocol.firstUse?.(use.code, use.verb);
		const { link, target } = pair;
		const talkers = this.#plant.talkers(link.server);
		const key = `${target.unit}`;
		if (record === undefined || !this.#plant.judges(talkers)) return;
		if (this.#sweeps.found(link) !== SWEEP.none || this.#isRepeated(record, pair, key)) return;
		const reasons = this.#base(record);
		if (!link.isNormal) reasons.push({ points: 10, text: `${this.#narrator.name(link.client)} is none of the usual clients of this PLC` });
		this.#outcome(reasons);
		const certainty = this.#young(reasons, talkers, 10);
		this.#deviate(
			record,
			pair,
			key,
			`${this.#narrator.name(link.client)} ${this.#narrator.act(this.#scene(pair))}${this.#howWords(use)}; in ${this.#memory(link.server.born)} it never did so.`,
			certainty,
			reasons,
			{ things: clientThings(this.#scene(pair), use) },
		);
	}

	#sayPoint(pair: Pair, use: Use, reached: Evidence, space: number, firstNew: number, run: number, fresh: number): void {
		if (this.#sweeps.found(pair.link) !== SWEEP.none) return;
		const protocol = this.#protocol;
		const reasons = this.#base(NEW_POINT);
		if (use.isChanging) reasons.push({ points: 20, text: "it changes the process" });
		else if (use.verb !== "read") reasons.push({ points: -10, text: "it only looks" });
		const certainty = this.#young(reasons, reached, 10);
		const name =
			space < 0 ? this.#recorder.names[this.#recorder.firsts[run]!]! : this.#narrator.pointName(protocol, pair.target, space, firstNew);
		const did = use.isChanging ? "wrote" : "touched";
		const what =
			fresh === 1
				? this.#narrator.pointWords(protocol, pair.target, name)
				: `${countWords(fresh, "point")} from ${this.#narrator.pointWords(protocol, pair.target, name)} on`;
		this.#deviate(
			NEW_POINT,
			pair,
			`${pair.target.unit}/${use.verb}/${name}`,
			`${this.#narrator.name(pair.link.client)} ${this.#narrator.act(this.#scene(pair))}; in ${this.#memory(pair.born)} it never ${did} ${what} there.`,
			certainty,
			reasons,
			{ things: pointThings(this.#scene(pair), use, run) },
		);
	}

	#sayRefusal(pair: Pair, use: Use, refusals: Evidence): void {
		const { operation } = this.#recorder;
		const key = `${pair.target.unit}/${operation.code}/${operation.outcomeCode}`;
		if (this.#sweeps.found(pair.link) !== SWEEP.none || this.#isRepeated(NEW_REFUSAL, pair, key)) return;
		const reasons = this.#base(NEW_REFUSAL);
		if (use.isChanging) reasons.push({ points: 10, text: "what was refused would have changed the process" });
		if (use.verb === "authenticate" && this.#protocol.isLogin?.(operation.code, operation.outcomeCode) === true)
			reasons.push({ points: -10, text: "people mistype passwords; who guesses them is said by itself" });
		const certainty = this.#young(reasons, refusals, 10);
		const known = pair.refused - 1;
		const before = known === 0 ? "nothing was refused to it there" : "this was never the reason of a refusal there";
		this.#deviate(
			NEW_REFUSAL,
			pair,
			key,
			`${this.#narrator.name(pair.link.client)} ${this.#narrator.act(this.#scene(pair))}; in ${this.#memory(pair.born)} ${before}.`,
			certainty,
			reasons,
			{ things: refusalThings(this.#scene(pair)) },
		);
	}

	/** A value of the current operation is out of the ordinary. */
	#sayOdd(pair: Pair, isWrite: boolean): void {
		const index = this.#oddIndex;
		const id = this.#oddId;
		const verdict = this.#oddVerdict;
		const distance = this.#oddDistance;
		const others = this.#oddCount - 1;
		this.#oddIndex = -1;
		this.#oddCount = 0;
		const protocol = this.#protocol;
		const { operation } = this.#recorder;
		const { target, link } = pair;
		const record = isWrite ? WRITE_OUTSIDE : verdict === VERDICT.replayed ? VALUE_REPLAYED : VALUE_OUTSIDE;
		const band = this.#plant.points.band(id);
		const value = operation.values[index]!;
		const name = this.#narrator.operation(this.#scene(pair), index).points[0]!;
		const repetition = behaviourThing(VALUE_REPLAYED, target, name);
		if (record === VALUE_REPLAYED && this.#verdicts.isAcceptedFact(repetition)) return;
		const point = this.#narrator.pointWords(protocol, target, name);
		const amount = this.#narrator.amount(target, name, value);
		const plc = this.#narrator.plc(target.server, target.unit);
		const reasons = this.#base(record);
		let normal = this.#narrator.normalValue(band, target, name);
		let known: { min: number; max: number } = band;
		if (verdict === VERDICT.step) {
			reasons.push({ points: band.trust >= WELL_KNOWN ? 0 : -10, text: "the value itself is one that is known; the jump is not" });
			normal = `in ${durationWords(band.age)} its largest step was ${numberWords(band.step)}`;
		} else if (verdict === VERDICT.bit) {
			normal = bitWords(band, value, this.#plant.points.newBits(id, value));
			known = { min: value, max: value }; // a word lies between no others
		} else if (verdict === VERDICT.replayed) {
			reasons.push(REPLAY_REASON);
			normal = replayWords(band);
		} else if (verdict === VERDICT.state) reasons.push({ points: -15, text: "the value lies between known ones" });
		else if (verdict === VERDICT.back) {
			reasons.push({ points: 0, text: "it was set back, or what the PLC says is no longer what it counts" });
			normal = `in ${durationWords(band.age)} it only counted one way, between ${numberWords(band.min)} and ${numberWords(band.max)}`;
		} else {
			const [points, words] = isWrite ? writeDistance(distance) : readDistance(distance);
			if (words !== "") reasons.push({ points, text: words });
			if (!isWrite && band.trust >= WELL_KNOWN) reasons.push({ points: 10, text: "its range is well known" });
			if (!isWrite) normal += kindWords(band.kind);
		}
		if (band.trust < YOUNG)
			reasons.push({
				points: -15,
				text: `little was seen of this point so far: ${countWords(isWrite ? band.writes : band.changes, isWrite ? "write" : "change")} in ${durationWords(band.age)}`,
			});
		if (!isWrite && target.returned >= 0 && this.#plant.watched - target.returned < START_MICROS)
			reasons.push({ points: -15, text: "the PLC was out of reach just before: it may have been restarted" });
		if (isWrite) {
			this.#outcome(reasons);
			const written =
				band.writes === 0
					? ""
					: band.writtenMin === band.min && band.writtenMax === band.max
						? ""
						: ` and what was written lay at ${numberWords(band.writtenMin)}–${numberWords(band.writtenMax)}`;
			if (band.writes > 0 && Number.isNaN(band.min))
				normal = `in ${durationWords(band.age)} what was written there lay at ${numberWords(band.writtenMin)}–${numberWords(band.writtenMax)}`;
			else if (band.writes > 0) normal += written;
		}
		const more = others > 0 ? ` ${countWords(others, "more point")} ${others === 1 ? "was" : "were"} out of the ordinary too.` : "";
		const sentence = isWrite
			? `${this.#narrator.name(link.client)} wrote ${amount} to ${point} of ${plc}${this.#narrator.outcome(protocol, operation)}; ${normal}.${more}`
			: `${plc} reported ${amount} in ${point} to ${this.#narrator.name(link.client)}; ${normal}.${more}`;
		this.#deviate(record, pair, `${target.unit}/${name}`, sentence, band.trust, reasons, {
			byServer: !isWrite,
			from: index,
			things: record === VALUE_REPLAYED ? [repetition] : valueThings(this.#scene(pair), name, value, known, isWrite),
		});
	}

	#saySweep(pair: Pair, kind: SweepKind): void {
		if (kind === SWEEP.none) return;
		const record = SWEEP_RECORDS[kind];
		if (this.#isRepeated(record, pair, "")) return;
		const { link, target } = pair;
		const sweep = this.#sweeps.of(link);
		const reasons = this.#base(record);
		if (!link.isNormal) reasons.push({ points: 10, text: `${this.#narrator.name(link.client)} is none of the usual clients of this PLC` });
		const what = {
			[SWEEP.functions]: `tried ${sweep.functions.size} functions for the first time, of which ${sweep.refusedFunctions.size} were refused`,
			[SWEEP.points]: `asked for ${Math.max(sweep.oddRanges.size, sweep.refusedRanges.size)} different ranges of points that it does not normally use${sweep.refusedRanges.size > 0 ? `; ${sweep.refusals} requests were refused` : ""}`,
			[SWEEP.units]: `addressed ${sweep.units.size} units that it does not normally use, or that do not answer`,
			[SWEEP.unanswered]: `sent ${sweep.unanswered} requests that were not answered, while the PLC answered others`,
		}[kind];
		const where = this.#narrator.plc(link.server, kind === SWEEP.units ? -1 : target.unit);
		this.#deviate(
			record,
			pair,
			"",
			`Within ${durationWords(this.#plant.watched - sweep.since)} ${this.#narrator.name(link.client)} ${what}, at ${where}; normally a client uses the same few.`,
			FACT_CONFIDENCE,
			reasons,
		);
	}

	#sayFlood(link: Link, count: number): void {
		const reasons = this.#base(FLOOD);
		if (!link.isNormal) reasons.push({ points: 10, text: `${this.#narrator.name(link.client)} is none of the usual clients of this PLC` });
		const normal =
			link.busiest > 0 ? `its busiest second in ${this.#age(link.born)} had ${link.busiest}` : "it is not known to talk to this PLC";
		this.#desk.submit(FLOOD, {
			type: FLOOD.id,
			time: this.#recorder.operation.time,
			protocol: link.server.protocol,
			source: this.#narrator.partyAt(link.client),
			destination: this.#narrator.partyAt(link.server.address),
			key: "",
			sentence: `${this.#narrator.name(link.client)} sent ${count} requests within one second to ${this.#narrator.plc(link.server)}; ${normal}.`,
			confidence: FACT_CONFIDENCE,
			reasons,
			frames: [this.#recorder.operation.frame],
		});
	}

	/** A fact that the protocol reports of the current observation. */
	#fact(fact: Fact): void {
		const flow = this.#flow;
		const client = this.#narrator.endName(flow.client);
		const server = this.#narrator.endName(flow.server);
		const reasons: Reason[] = [...this.#base(fact.record), ...(fact.reasons ?? [])].slice(0, MAX_REASONS);
		const link = this.#linkOf(flow);
		const stranger = this.#strangerOf(flow, link);
		if (stranger !== undefined) reasons.push(stranger);
		else if (!fact.byServer && link?.isNormal && link.writer !== WRITER.normal && fact.operation?.verb === "command") {
			if (this.#plant.judges(this.#plant.writers(link.server)))
				reasons.push({ points: 5, text: `${client} never changed anything at this PLC before` });
		}
		const detection: Detection = {
			type: fact.record.id,
			time: this.#observed!.time,
			protocol: this.#protocol.name,
			source: this.#narrator.party(flow.client, false),
			destination: this.#narrator.party(flow.server, true),
			key: fact.key,
			sentence: fact.sentence.replaceAll("{client}", client).replaceAll("{server}", server),
			confidence: FACT_CONFIDENCE,
			reasons,
			frames: [...fact.frames],
			...(fact.operation && { operation: fact.operation as DetectionOperation }),
		};
		if (fact.byServer) [detection.source, detection.destination] = [detection.destination!, detection.source];
		if (fact.isAlone) delete detection.destination;
		if (fact.record.isLearnable) {
			const address = ({ ip, line, mac }: Party): string => ip ?? line ?? mac ?? "";
			const destination = detection.destination === undefined ? "" : address(detection.destination);
			const about = { type: fact.record.id, source: address(detection.source), destination, key: fact.key };
			if (this.#verdicts.isAcceptedFact(about)) return;
			detection.things = [{ trait: "fact", ...about }];
		}
		const target = fact.byServer ? flow.client : flow.server;
		if (flow.transport === "link" && target.ip === undefined && isGroupMac(target.mac)) delete detection.destination;
		// What only informs is no reason to learn nothing.
		if (fact.record.severity >= TELLING) this.#factWeight = Math.max(this.#factWeight, weightOf(detection), 1);
		if (link !== undefined && !fact.byServer && this.#factWeight > 0) {
			link.factFrame = this.#observed!.frame;
			link.factTime = this.#observed!.time;
			link.factWeight = this.#factWeight;
		}
		this.#desk.submit(fact.record, detection);
	}

	#serverOf(flow: FlowView): Server | undefined {
		if (!this.#protocol.isControl) return undefined;
		return this.#plant.servers.get(`${this.#protocol.name}|${addressOf(flow.server)}`);
	}

	#linkOf(flow: FlowView): Link | undefined {
		const server = this.#serverOf(flow);
		const client = addressOf(flow.client);
		return server === undefined || client === undefined ? undefined : this.#plant.link(server, client);
	}

	/** More weight for what a host does that is none of the usual clients. */
	#strangerOf(flow: FlowView, link: Link | undefined): Reason | undefined {
		const server = this.#serverOf(flow);
		const client = addressOf(flow.client);
		if (server === undefined || client === undefined || link?.isNormal) return undefined;
		if (!this.#plant.judges(this.#plant.talkers(server))) return undefined;
		return { points: 10, text: `${this.#narrator.name(client)} is none of the usual clients of this PLC` };
	}

	/** Flows that have become conversations, calls that were in vain, and addresses that nobody has. */
	#inspectCalls(): void {
		const { watched } = this.#plant;
		for (const seeking of this.#seeking.values()) {
			if (watched - seeking.since < CALL_MICROS) break; // in order of time
			this.#notFound(seeking);
		}
		this.#inspectFlows();
	}

	#inspectFlows(): void {
		for (const [flow, calling] of this.#calling) {
			const isOver = !(this.#time - calling.since < CALL_MICROS);
			if (!flow.isConversation && !isOver) continue;
			this.#calling.delete(flow);
			if (this.isFollowing) {
				if (flow.isConversation) this.#habits.conversation(flow, false);
				continue;
			}
			if (flow.isConversation) this.#conversation(flow, flow.lastTime, undefined, calling);
			else this.#inVain(flow, calling);
		}
	}

	/** Both sides spoke. Called when it is noticed, with the `calling` that it was until then, and again at the end. */
	#conversation(flow: Flow, time: number, service: string | undefined, calling: Calling | undefined): void {
		const isKnown = this.#habits.knows(flow);
		this.#habits.conversation(flow, calling !== undefined);
		if (calling !== undefined) this.#network.began(flow, isKnown, time);
		this.#lookedAt = flow;
		this.#spoke(flow, time);
		if (calling?.heardOn !== undefined)
			for (const { ip, mac } of [flow.client, flow.server]) this.#inventory.heardOn(ip, mac, calling.heardOn);
		this.#crossings.look(flow, time, service, true);
		this.#lookedAt = undefined;
		const { ip, mac, port } = flow.server;
		if (ip === undefined || port === undefined || flow.isReversed || !this.#isDevice(ip)) return;
		const isJoined = flow.role < ROLE.port;
		if (isJoined && !this.#isBetweenPlcs(flow)) return;
		const key = `${flow.transport}/${port}`;
		const offered = this.#services.note(ip, key);
		if (service !== undefined) this.#inventory.serves(ip, mac, service, false);
		if (offered === undefined || offered.isNormal) return;
		const asset = this.#inventory.byIp(ip);
		const server = asset?.isControl ? this.#controlServer(ip) : undefined;
		const evidence = server === undefined ? undefined : this.#plant.talkers(server);
		if (server === undefined || evidence === undefined || !this.#plant.judges(evidence) || port === server.port) {
			offered.isNormal = !this.#verdicts.isHeld(flow.client.ip ?? "", ip);
			return;
		}
		const reasons = this.#base(NEW_SERVICE);
		const certainty = this.#young(reasons, evidence, 10);
		if (isJoined) reasons.push({ points: 0, text: "its beginning was not seen: which of the two called the other is a guess" });
		const others = [...this.#services.normal(ip)].map(([name]) => name);
		this.#desk.submit(NEW_SERVICE, {
			type: NEW_SERVICE.id,
			time,
			source: this.#narrator.party(flow.client, false),
			destination: this.#narrator.party(flow.server, true),
			key,
			sentence: `${this.#narrator.endName(flow.client)} uses ${service === undefined ? key : `${service} (${key})`} of ${this.#narrator.plc(server)}; in ${this.#age(server.born)} only ${listWords(others.length > 0 ? others : [server.port === undefined ? "its own calls" : `tcp/${server.port}`])} was used there.`,
			confidence: Math.round(certainty * 100) / 100,
			reasons,
			frames: [flow.firstFrame],
			things: [{ trait: "service", server: ip, service: key }],
		});
	}

	/** A connection joined in its middle over ports that neither PLC is known to serve: news, whichever of them called. */
	#isBetweenPlcs({ transport, client, server }: Flow): boolean {
		const isStrange = ({ ip, port }: Endpoint): boolean =>
			ip !== undefined && this.#inventory.byIp(ip)?.isControl === true && !this.#services.isNormal(ip, `${transport}/${port}`);
		return isStrange(client) && isStrange(server);
	}

	#controlServer(ip: string): Server | undefined {
		for (const name of this.#protocols.keys()) {
			const server = this.#plant.servers.get(`${name}|${ip}`);
			if (server !== undefined) return server;
		}
		return undefined;
	}

	#isDevice(ip: string): boolean {
		return this.#inventory.byIp(ip) !== undefined;
	}

	/** Somebody looks for an address: in vain, where nobody has it after a while. */
	#seek(source: string, ip: string): void {
		if (this.isFollowing || isGroupIp(ip)) return;
		if (this.#inventory.byIp(ip) !== undefined) {
			this.#network.asked(source, ip, this.#observed!.time, this.#observed!.frame);
			return;
		}
		const key = `${source}|${ip}`;
		if (this.#seeking.has(key)) return;
		if (this.#seeking.size >= MAX_SOUGHT) {
			this.#plant.count("sought-addresses-bound");
			this.#notFound(this.#seeking.values().next().value!);
		}
		this.#seeking.set(key, { source, ip, since: this.#plant.watched, frame: this.#observed!.frame, time: this.#observed!.time });
	}

	#notFound(seeking: Seeking): void {
		const { source, ip, time, frame } = seeking;
		this.#seeking.delete(`${source}|${ip}`);
		this.#network.asked(source, ip, time, frame);
		if (this.#inventory.byIp(ip) === undefined) this.#network.tried(source, ip, undefined, time, frame);
	}

	/** A call without an answer. */
	#inVain(flow: Flow, calling: Calling): void {
		const source = flow.client.ip;
		const target = flow.server.ip;
		if (source === undefined || target === undefined || isGroupIp(target) || flow.role === ROLE.firstSender) return;
		if (isNetBroadcast(flow) && this.#inventory.byIp(target) === undefined) return;
		const time = flow.firstTime;
		if (flow.transport === "tcp" && this.#inventory.byIp(target)?.isControl) {
			const flood = this.#calls.attempt(source, target);
			if (flood !== undefined) this.#sayCalls(flow, time, calling, flood.attempts, flood.sources);
		}
		// A forged sender is no device that calls.
		if (this.#isDevice(source)) this.#crossings.look(flow, time, undefined, false);
		this.#network.tried(source, target, flow, time, calling.frame);
	}

	#sayCalls(flow: Flow, time: number, calling: Calling, attempts: number, sources: number): void {
		const server = flow.server.ip!;
		const source: Party = sources === 1 ? this.#narrator.party(flow.client, false) : { name: `${sources} or more addresses` };
		this.#desk.submit(FLOOD, {
			type: FLOOD.id,
			time,
			source,
			destination: this.#narrator.party(flow.server, true),
			key: "connections",
			sentence: `${attempts} connection attempts from ${sources === 1 ? this.#narrator.endName(flow.client) : `${sources} or more addresses`} to PLC ${this.#narrator.name(server)} within ten seconds got no further; normally each attempt becomes a connection.`,
			confidence: FACT_CONFIDENCE,
			reasons: this.#base(FLOOD),
			frames: [calling.frame],
		});
	}

	/** The inventory met a device. */
	#newDevice(asset: Asset): void {
		const plant = this.#plant;
		if (this.#devicesBorn < 0) {
			this.#devicesBorn = plant.watched;
			this.#devicesEpoch = plant.epoch;
		}
		const evidence: Evidence = {
			observations: this.#inventory.sightings,
			members: this.#inventory.size,
			singletons: this.#inventory.singletons(),
			born: this.#devicesBorn,
			lastNew: this.#devicesLastNew,
			isForced: plant.isForced(this.#devicesEpoch),
		};
		const ip = asset.ips[0];
		if (!plant.judges(evidence)) {
			this.#devicesLastNew = plant.watched;
			this.#learned++;
			return;
		}
		// Somebody on the Internet is no device of this network, and an IPv6 address without a card of its own is probably one more of a known device.
		if (ip !== undefined && !this.#inventory.isOnLink(asset) && (!isPrivate(ip) || (ip.includes(":") && asset.macs.length === 0))) return;
		const recent = this.#newDevices;
		if (plant.watched - recent.since > MINUTE_MICROS) {
			recent.since = plant.watched;
			recent.count = 0;
		}
		recent.count++;
		const isMany = recent.count > MANY_DEVICES;
		const reasons = this.#base(NEW_DEVICE);
		if (isMany) reasons.push({ points: 10, text: `${recent.count} new devices within a minute` });
		const certainty = this.#young(reasons, evidence, 10);
		const mac = asset.macs[0];
		const others = this.#inventory.size - 1;
		const details = [...(ip !== undefined && mac !== undefined ? [mac] : []), ...(asset.vendor !== undefined ? [asset.vendor] : [])];
		const who = `${ip ?? mac ?? asset.id}${details.length > 0 ? ` (${details.join(", ")})` : ""}`;
		this.#desk.submit(NEW_DEVICE, {
			type: NEW_DEVICE.id,
			time: asset.firstSeen * 1e6,
			source: isMany ? { name: "many new devices" } : this.#narrator.partyOf(ip, mac),
			key: "",
			sentence: isMany
				? `${recent.count} devices that were never seen before turned up within a minute, the latest ${who}; in ${this.#age(this.#devicesBorn)} there were ${this.#inventory.size - recent.count}.`
				: `Device ${who} is on the network for the first time; in ${this.#age(this.#devicesBorn)} there ${others === 1 ? "was" : "were"} ${countWords(others, "other device")}.`,
			confidence: Math.round(certainty * 100) / 100,
			reasons,
			frames: this.#frames(),
		});
	}

	#takeover(takeover: Takeover, time: number, frames: number[]): void {
		const { ip, oldMac, newMac, others } = takeover;
		if (takeover.isKnown) return;
		if (!takeover.isVirtual && !takeover.isAssigned) this.#disputes.claim(ip, oldMac, newMac, time);
		const reasons = this.#base(ADDRESS_TAKEOVER);
		const asset = this.#inventory.byIp(ip);
		if (takeover.isVirtual) reasons.push({ points: -60, text: "a redundancy protocol's virtual address: such a change is its purpose" });
		if (takeover.isAssigned) reasons.push({ points: -60, text: "an address server gave it the address" });
		if (takeover.oldSilence <= PRESENT_MICROS) reasons.push({ points: 10, text: "the device that held it is still there" });
		else if (takeover.oldSilence >= GONE_MICROS)
			reasons.push({ points: -20, text: `the device that held it was silent for ${durationWords(takeover.oldSilence)}` });
		if (others.length > 0) reasons.push({ points: 10, text: `the new device also holds ${listWords(others)}` });
		if (asset?.isControl) reasons.push({ points: 10, text: "the address is that of a PLC" });
		if (takeover.isByTraffic) reasons.push({ points: -15, text: "seen in the traffic alone; no claim to the address was heard" });
		const vendor = this.#inventory.byMac(newMac)?.vendor;
		const owner = others.length > 0 ? ` (${this.#narrator.name(others[0]!)})` : vendor === undefined ? "" : ` (${vendor})`;
		const destination = this.#narrator.partyOf(ip, oldMac);
		this.#desk.submit(ADDRESS_TAKEOVER, {
			type: ADDRESS_TAKEOVER.id,
			time,
			source: others.length > 0 ? this.#narrator.partyOf(others[0], newMac) : { mac: newMac, ...(vendor !== undefined && { vendor }) },
			destination,
			key: ip,
			sentence: takeover.isByTraffic
				? `Traffic of ${this.#narrator.name(ip)} comes from ${newMac}${owner}; until now the address was that of ${oldMac}, last heard ${durationWords(takeover.oldSilence)} before.`
				: `${newMac}${owner} says that it is ${this.#narrator.name(ip)} (${takeover.evidence}); until now the address was that of ${oldMac}, last heard ${durationWords(takeover.oldSilence)} before.`,
			confidence: takeover.isByTraffic ? 0.6 : FACT_CONFIDENCE,
			reasons,
			frames,
		});
	}

	/** Roles as behaviour shows them. */
	#assignRoles(): ReadonlyMap<string, ClientWork> {
		const clients = new Map<string, ClientWork>();
		const now = this.#lastTime;
		for (const server of this.#plant.servers.values()) {
			this.#inventory.role(
				server.address,
				"PLC",
				true,
				`clients ask it by ${this.#protocols.get(server.protocol)?.title ?? server.protocol}`,
				now,
			);
			for (const link of server.links.values()) {
				const client = clients.get(link.client) ?? { servers: 0, reads: 0, writes: 0, programs: 0 };
				clients.set(link.client, client);
				client.servers++;
				client.reads += link.reads;
				client.writes += link.writes;
				client.programs += link.programs;
			}
		}
		for (const [address, { servers, reads, writes, programs }] of clients) {
			const of = countWords(servers, "PLC");
			const role = (name: string, isHeld: boolean, evidence: string) => this.#inventory.role(address, name, isHeld, evidence, now);
			role("engineering station", programs > 0, `it reads or writes programs of ${of}`);
			role("HMI or SCADA", programs === 0 && reads > 0 && writes > 0, `it reads and writes ${of}`);
			role("historian", writes === 0 && programs === 0 && servers >= ARCHIVE_SERVERS, `it only reads, ${of}`);
			role("reader", writes === 0 && programs === 0 && servers < ARCHIVE_SERVERS, `it only reads, ${of}`);
		}
		return clients;
	}

	#status(server: Server, target: Target, now: number): PlcStatus {
		const protocol = this.#protocols.get(server.protocol);
		const asset = this.#inventory.byAddress(server.address);
		const readers: string[] = [];
		const writers: string[] = [];
		const traits: [name: string, done: number][] = [];
		const members = new Tally();
		const note = (name: string, evidence: Evidence): void => {
			traits.push([name, progress(evidence, this.#plant.watched, this.#plant.learningSeconds)]);
			members.add(maturityOf(evidence, this.#plant.watched, this.#plant.learningSeconds));
		};
		note("clients", this.#plant.talkers(server));
		note("writers", this.#plant.writers(server));
		for (const link of server.links.values()) {
			const pair = link.pairs.get(target.unit);
			if (pair === undefined) continue;
			if (link.reads > 0 && readers.length < MAX_NAMED) readers.push(link.client);
			if (link.writes > 0 && writers.length < MAX_NAMED) writers.push(link.client);
			if (!pair.isNormal) continue;
			note(`functions of ${link.client}`, this.#plant.functions(pair));
			const reads = pair.uses.find((use) => use.isNormal && use.reach.members > 0);
			if (reads !== undefined) note(`points of ${link.client}`, this.#plant.reached(pair, reads));
		}
		const { judging, total } = this.#judgingPoints(target);
		if (total > 0) traits.push(["values", judging / total]);
		const interval = target.operations > 1 ? (target.lastRequest - target.firstRequest) / (target.operations - 1) : 0;
		const patience = Math.max(SILENT_SECONDS * 1e6, SILENT_INTERVALS * interval);
		const state =
			now - target.lastRequest > patience
				? "silent"
				: target.lastRequest - target.lastAnswer > Math.min(patience, 5e6)
					? "unanswered"
					: "talking";
		const ready = traits.filter(([, done]) => done >= 1).length;
		const waiting = traits.filter(([, done]) => done < 1).map(([name]) => name);
		const id = asset?.id ?? server.address;
		const shadow = shadowWords(this.#shadow.summary(target, now));
		return {
			id: target.unit < 0 ? id : `${id}-${target.unit}`,
			asset: id,
			ip: server.address,
			...(target.unit >= 0 && { unit: target.unit }),
			name: asset?.name ?? server.address,
			protocol: server.protocol,
			state,
			lastRequest: target.lastRequest / 1e6,
			lastAnswer: target.lastAnswer / 1e6,
			readers,
			writers,
			points: target.points,
			operations: target.operations,
			refused: target.refused,
			unanswered: target.unanswered,
			...(target.lastWriteTime > 0 && {
				lastWrite: {
					time: target.lastWriteTime / 1e6,
					client: target.lastWriteClient,
					point: protocol === undefined ? "?" : this.#narrator.pointName(protocol, target, target.lastWriteSpace, target.lastWriteAt),
					value: Number.isFinite(target.lastWriteValue) ? target.lastWriteValue : null,
				},
			}),
			maturity: traits.reduce((sum, [, done]) => sum + done, 0) / traits.length,
			...(shadow !== undefined && { shadow }),
			...(target.imported > 0 && { imported: target.imported / 1e6 }),
			maturityReason:
				waiting.length === 0
					? `all ${traits.length} traits judge${target.imported > 0 ? ", from an imported baseline" : ""}`
					: `learning: ${ready} of ${traits.length} traits judge; not yet: ${listWords(waiting)}`,
			traits: [members.status("members"), ...this.#habits.statuses(server, target)],
		};
	}

	/** Points of a unit whose value judges. */
	#judgingPoints(target: Target): { judging: number; total: number } {
		let judging = 0;
		let total = 0;
		for (const [, , page] of target.pages()) {
			for (const id of page.ids) {
				if (id < 0 || this.#plant.points.count[id] === 0) continue;
				total++;
				if (this.#plant.points.isJudging(id)) judging++;
			}
		}
		return { judging, total };
	}
}

/** What a new function adds, by what it does. */
const FUNCTION_POINTS: Readonly<Record<string, number>> = {
	identify: 10,
	diagnose: 10,
	browse: 10,
	authenticate: 10,
	configure: 10,
	write: 15,
	command: 25,
	program: 35,
};
const FUNCTION_WORDS: Readonly<Record<string, string>> = {
	identify: "it asks what the PLC is",
	diagnose: "it reaches into the PLC's diagnostics",
	browse: "it asks what the PLC has",
	authenticate: "it logs in",
	configure: "it changes how the PLC reports",
	write: "it changes the process",
	command: "it commands the PLC",
	program: "it changes or copies the PLC's program",
};

const SWEEP_RECORDS = {
	[SWEEP.functions]: FUNCTION_SCAN,
	[SWEEP.points]: POINT_SCAN,
	[SWEEP.units]: UNIT_SCAN,
	[SWEEP.unanswered]: FLOOD,
} as const;

const timesWords = (distance: number): string =>
	`${distance >= 10 ? Math.round(distance) : Math.round(distance * 10) / 10} times the normal range away from it`;

/** What the distance of a read value adds, and why. */
function readDistance(distance: number): [number, string] {
	if (distance < 0.1) return [-10, "only just outside"];
	if (distance < 0.5) return [-5, "not far outside"];
	if (distance < 1) return [0, ""];
	return distance < 5 ? [10, timesWords(distance)] : [20, timesWords(distance)];
}

function writeDistance(distance: number): [number, string] {
	if (distance < 0.1) return [-15, "only just outside"];
	if (distance < 0.5) return [-5, "not far outside"];
	if (distance < 1) return [0, ""];
	return distance < 5 ? [10, timesWords(distance)] : [20, timesWords(distance)];
}

const isGroupMac = (mac: string | undefined): boolean => mac === undefined || (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;

/** Multicast, and the broadcast of the link: nobody in particular is called. */
const isGroupIp = (ip: string): boolean => (ip.includes(":") ? ip.startsWith("ff") : Number.parseInt(ip, 10) >= 224);

/** What is most likely the broadcast of a network. */
const isBroadcastIp = (ip: string): boolean => ip.endsWith(".255");
/** The same of a flow: it answers nobody, and nobody opens a connection to it. */
const isNetBroadcast = ({ transport, server }: Flow): boolean => transport !== "tcp" && server.ip !== undefined && isBroadcastIp(server.ip);
