/**
 * What strains a PLC, and what shows that it is strained (`strainRecords.ts`). It is asked about writes, refusals and missing answers alone: an ordinary poll costs nothing here.
 * All times are watched ones, so a restart changes nothing.
 */
import type { Link, Pair, Plant, Server, Target } from "../baseline/plant.ts";
import type { FactThing } from "../baseline/thing.ts";
import type { Desk } from "./desk.ts";
import type { Detection, DetectionRecord, Reason } from "./detection.ts";
import { Identities, type Restatement } from "./identities.ts";
import type { Narrator, Scene } from "./narrator.ts";
import { type Excess, PACE, type PaceMode, Paces } from "./paces.ts";
import { MISS_MICROS, MISSES, POSTPONEMENTS, REFUSALS, SPREAD, WRITES } from "./strainLimits.ts";
import { BROADCAST_WRITE, IDENTITY_CHANGED, POSTPONED, REFUSAL_STORM, UNRESPONSIVE, WRITE_BURST, WRITE_SPREAD } from "./strainRecords.ts";
import { countWords, durationWords, listWords } from "./words.ts";

const SECOND = 1e6;
/** Runs of one operation that are counted as points: what is written is one run as a rule. */
const MAX_RUNS = 8;
const MAX_MISSING = 1024;
/** Watched microseconds within which a device says that it is one, and no broadcast. */
const ANSWER_MICROS = 0.5 * SECOND;
const MAX_PENDING = 256;
const CONFIDENCE = 0.8;
const FACT_CONFIDENCE = 0.95;

export interface StrainOptions {
	/** A person said that this is normal. */
	readonly isAccepted: (thing: FactThing) => boolean;
	/** Somebody polls this unit, so its silence is noticed without this. */
	readonly isPolled: (target: Target) => boolean;
	/** What the client does is known to be a search already. */
	readonly isSearch: (link: Link) => boolean;
}

interface Missing {
	since: number;
	count: number;
	isSaid: boolean;
}

interface Pending {
	target: Target;
	since: number;
	detection: Detection;
}

export class Strain {
	readonly #plant: Plant;
	readonly #narrator: Narrator;
	readonly #desk: Desk;
	readonly #options: StrainOptions;
	readonly #writes = new Paces(WRITES);
	readonly #spread = new Paces(SPREAD);
	readonly #refusals = new Paces(REFUSALS);
	readonly #postponed = new Paces(POSTPONEMENTS);
	readonly #missing = new Map<Target, Missing>();
	readonly #pending: Pending[] = [];
	readonly #identities = new Identities();
	#savedLoose = "";

	constructor(plant: Plant, narrator: Narrator, desk: Desk, options: StrainOptions) {
		this.#plant = plant;
		this.#narrator = narrator;
		this.#desk = desk;
		this.#options = options;
	}

	/** A write, however it ended. */
	wrote(pair: Pair, scene: Scene, mayLearn: boolean): void {
		const { link, target } = pair;
		const { recorder } = scene;
		const { watched } = this.#plant;
		const mode = this.#modeOf(link, mayLearn);
		const age = watched - link.born;
		const place = `${link.server.key}|${link.client}|${target.unit}`;
		for (let run = 0; run < Math.min(recorder.runs, MAX_RUNS); run++) {
			const space = recorder.spaces[run]!;
			const first = recorder.firsts[run]!;
			const point = space < 0 ? recorder.names[first]! : `${scene.protocol.spaces[space] ?? space}:${first}`;
			const key = `${place}|${point}`;
			const isOther = !this.#writes.isRunning(key, watched);
			const burst = this.#writes.note(key, watched, age, mode);
			if (burst !== undefined) this.#sayBurst(scene, point, burst);
			if (!isOther) continue;
			const spread = this.#spread.note(place, watched, age, mode);
			if (spread !== undefined) this.#saySpread(scene, spread);
		}
	}

	/** A refusal. */
	refused(pair: Pair, scene: Scene, mayLearn: boolean): void {
		const { link } = pair;
		const { watched } = this.#plant;
		const excess = this.#refusals.note(`${link.server.key}|${link.client}`, watched, watched - link.born, this.#modeOf(link, mayLearn));
		if (excess === undefined || this.#options.isSearch(link)) return;
		const { operation } = scene.recorder;
		const { protocol } = scene;
		const plc = this.#narrator.plc(link.server);
		const latest = `the latest ${protocol.operationName(operation.code)} with ${protocol.outcomeName(operation.outcomeCode)}`;
		this.#submit(
			REFUSAL_STORM,
			scene,
			"",
			`${plc} refused ${countWords(excess.count, "request")} of ${this.#narrator.name(link.client)} within an hour, ${latest}; ${this.#usual(excess, this.#refusals, "in an hour", !link.isNormal)}.`,
			this.#reasons(REFUSAL_STORM, link),
		);
	}

	/** An answer that puts off. */
	postponed(pair: Pair, scene: Scene, mayLearn: boolean): void {
		const { link, target } = pair;
		const { server } = link;
		const { watched } = this.#plant;
		const isMature = this.#plant.judges(this.#plant.talkers(server));
		const mode = isMature ? PACE.judge : mayLearn ? PACE.learn : PACE.count;
		const excess = this.#postponed.note(`${server.key}|${target.unit}`, watched, watched - server.born, mode);
		if (excess === undefined) return;
		const { operation } = scene.recorder;
		const { protocol } = scene;
		const plc = this.#narrator.plc(server, target.unit);
		this.#submit(
			POSTPONED,
			scene,
			String(target.unit),
			`${plc} put off ${countWords(excess.count, "request")} within a minute, the latest ${protocol.operationName(operation.code)} of ${this.#narrator.name(link.client)} with ${protocol.outcomeName(operation.outcomeCode)}; ${this.#usual(excess, this.#postponed, "in a minute")}.`,
			[base(POSTPONED)],
			true,
		);
	}

	/** No answer came to a request of a client. */
	unanswered(pair: Pair, scene: Scene): void {
		const { link, target } = pair;
		const { watched } = this.#plant;
		if (!link.isNormal || target.answers === 0) return;
		let missing = this.#missing.get(target);
		if (missing === undefined || target.heard >= missing.since || watched - missing.since > MISS_MICROS) {
			this.#missing.delete(target);
			if (this.#missing.size >= MAX_MISSING) this.#missing.delete(this.#missing.keys().next().value!);
			missing = { since: watched, count: 0, isSaid: false };
			this.#missing.set(target, missing);
		}
		missing.count++;
		if (missing.isSaid || missing.count < MISSES || !this.#plant.judges(this.#plant.talkers(link.server))) return;
		missing.isSaid = true;
		if (this.#options.isPolled(target)) return;
		const plc = this.#narrator.plc(link.server, target.unit);
		const silent = target.heard < 0 ? "" : `, and nobody else for ${durationWords(watched - target.heard)}`;
		this.#submit(
			UNRESPONSIVE,
			scene,
			String(target.unit),
			`${plc} did not answer ${countWords(missing.count, "request")} of ${this.#narrator.name(link.client)} in a row${silent}; before, it answered ${target.answers} of ${target.operations}.`,
			[base(UNRESPONSIVE)],
			true,
		);
	}

	/** A write to all units that is not usual. Said unless an answer shows that the number is one device's. */
	broadcast(pair: Pair, scene: Scene): void {
		const { link, target, uses } = pair;
		if (target.isDevice || !this.#plant.judges(this.#plant.talkers(link.server))) return;
		// It writes to all by habit: what is new is something else, and is said by itself.
		if (uses.some(({ isNormal, isChanging }) => isNormal && isChanging)) return;
		const reasons = this.#reasons(BROADCAST_WRITE, link);
		const units = [...link.server.targets.values()].filter((other) => other !== target && other.answers > 0).map(({ unit }) => unit);
		if (units.length > 1) reasons.push({ points: 10, text: `${units.length} units have answered there` });
		const detection = this.#detection(
			BROADCAST_WRITE,
			scene,
			String(target.unit),
			`${this.#narrator.name(link.client)} ${this.#narrator.act(scene)}, which goes to every unit there${units.length > 0 ? ` (units ${listWords(units.map(String), 6)} have answered)` : ""}; in ${durationWords(this.#plant.memory(link.server.born))} it never did so.`,
			reasons,
		);
		if (this.#options.isAccepted(detection.things![0] as FactThing)) return;
		if (this.#pending.length >= MAX_PENDING) this.#desk.submit(BROADCAST_WRITE, this.#pending.shift()!.detection);
		this.#pending.push({ target, since: this.#plant.watched, detection });
	}

	/** A unit whose number is that of all answered by itself. */
	answers(target: Target): void {
		if (!target.isDevice) {
			target.isDevice = true;
			this.#plant.touch(target);
		}
		for (let at = this.#pending.length - 1; at >= 0; at--) if (this.#pending[at]!.target === target) this.#pending.splice(at, 1);
	}

	/** What a device says of itself, to `client`. Undefined, or a detection that the caller completes and submits: it is a fact of the current observation. */
	identity(server: Server, unit: number, client: string, statements: ReadonlyMap<string, string>): Restated | undefined {
		const changes = this.#identities.note(`${server.key}|${unit}`, statements);
		if (changes.length === 0) return undefined;
		const words = ({ name, before, now }: Restatement) => `${name} "${now}" instead of "${before}"`;
		return {
			key: `${unit}`,
			sentence: `${this.#narrator.plc(server, unit)} now says of itself, asked by ${this.#narrator.name(client)}: ${listWords(changes.map(words), 4)}; a device says the same as long as nobody changes it.`,
			confidence: FACT_CONFIDENCE,
			reasons: [base(IDENTITY_CHANGED)],
		};
	}

	/** Watched time went on. */
	advance(): void {
		while (this.#pending.length > 0 && this.#plant.watched - this.#pending[0]!.since >= ANSWER_MICROS)
			this.#desk.submit(BROADCAST_WRITE, this.#pending.shift()!.detection);
	}

	/** Nothing more comes. */
	flush(): void {
		for (const { detection } of this.#pending.splice(0)) this.#desk.submit(BROADCAST_WRITE, detection);
	}

	/** Bounds that were reached. */
	counters(): Record<string, number> {
		const counters: Record<string, number> = {};
		const refused = this.#paces().reduce((sum, [, paces]) => sum + paces.refused, 0);
		if (refused > 0) counters["paces-bound"] = refused;
		if (this.#identities.forgotten > 0) counters["identities-bound"] = this.#identities.forgotten;
		return counters;
	}

	/** What was only counted again waits until `isWhole`. */
	*save(isWhole: boolean): Generator<[key: string, value: unknown]> {
		yield* this.#identities.save();
		const loose = {
			missing: [...this.#missing].map(([target, missing]) => [target.server.key, target.unit, missing]),
			pending: this.#pending.map(({ target, since, detection }) => [target.server.key, target.unit, since, detection]),
		};
		const text = JSON.stringify(loose);
		if (text !== this.#savedLoose) {
			this.#savedLoose = text;
			yield ["strain/loose", structuredClone(loose)];
		}
		if (!isWhole) return;
		for (const [name, paces] of this.#paces()) {
			const saved = paces.save(this.#plant.watched);
			if (saved !== undefined) yield [`strain/${name}`, saved];
		}
	}

	/** Takes a record back, after those of the plant; false where it is damaged. */
	restore(key: string, record: unknown): boolean {
		if (key.startsWith("identity/")) return this.#identities.restore(key, record);
		const name = key.slice("strain/".length);
		if (name === "loose") return this.#restoreLoose(record);
		return (
			this.#paces()
				.find(([one]) => one === name)?.[1]
				.restore(record) ?? false
		);
	}

	#restoreLoose(record: unknown): boolean {
		const { missing, pending } = (record ?? {}) as { missing?: unknown; pending?: unknown };
		if (!Array.isArray(missing) || !Array.isArray(pending)) return false;
		const targetOf = (server: unknown, unit: unknown) => this.#plant.servers.get(server as string)?.targets.get(unit as number);
		if (![...missing, ...pending].every(Array.isArray)) return false;
		for (const [server, unit, one] of missing.slice(0, MAX_MISSING)) {
			const target = targetOf(server, unit);
			if (target === undefined || ![one?.since, one?.count].every(Number.isFinite)) return false;
			this.#missing.set(target, { since: one.since, count: one.count, isSaid: one.isSaid === true });
		}
		for (const [server, unit, since, detection] of pending.slice(0, MAX_PENDING)) {
			const target = targetOf(server, unit);
			if (target === undefined || !Number.isFinite(since) || !Array.isArray(detection?.reasons)) return false;
			this.#pending.push({ target, since, detection });
		}
		return true;
	}

	#paces(): [name: string, paces: Paces][] {
		return [
			["writes", this.#writes],
			["spread", this.#spread],
			["refusals", this.#refusals],
			["postponed", this.#postponed],
		];
	}

	/** What a happening of a client becomes. */
	#modeOf(link: Link, mayLearn: boolean): PaceMode {
		const plant = this.#plant;
		if (!link.isNormal) return plant.judges(plant.talkers(link.server)) ? PACE.judge : PACE.count;
		if (plant.isForced(link.epoch) || plant.watched - link.born >= plant.learningSeconds * SECOND) return PACE.judge;
		return mayLearn ? PACE.learn : PACE.count;
	}

	#reasons(record: DetectionRecord, link: Link): Reason[] {
		const reasons = [base(record)];
		if (!link.isNormal) reasons.push({ points: 10, text: `${this.#narrator.name(link.client)} is none of the usual clients of this PLC` });
		return reasons;
	}

	/** "usual are at most 4 in ten seconds". Nothing is usual of a stranger. */
	#usual({ usual }: Excess, { limits }: Paces, within: string, isStranger = false): string {
		if (isStranger) return `${limits.floor} ${within} are too many of a client that is not known`;
		return `usual are at most ${usual > 0 ? usual : Math.floor(limits.floor / limits.factor)} ${within}`;
	}

	#sayBurst(scene: Scene, point: string, excess: Excess): void {
		const { link, target, protocol } = scene;
		const words = this.#narrator.pointWords(protocol, target, point);
		this.#submit(
			WRITE_BURST,
			scene,
			`${target.unit}/${point}`,
			`${this.#narrator.name(link.client)} wrote ${words} of ${this.#narrator.plc(link.server, target.unit)} ${excess.count} times within ten seconds; ${this.#usual(excess, this.#writes, "in ten seconds", !link.isNormal)}.`,
			this.#reasons(WRITE_BURST, link),
		);
	}

	#saySpread(scene: Scene, excess: Excess): void {
		const { link, target } = scene;
		this.#submit(
			WRITE_SPREAD,
			scene,
			String(target.unit),
			`${this.#narrator.name(link.client)} wrote ${countWords(excess.count, "different point")} of ${this.#narrator.plc(link.server, target.unit)} one after the other within ten seconds; ${this.#usual(excess, this.#spread, "in ten seconds", !link.isNormal)}.`,
			this.#reasons(WRITE_SPREAD, link),
		);
	}

	#detection(record: DetectionRecord, scene: Scene, key: string, sentence: string, reasons: Reason[], byServer = false): Detection {
		const { link, recorder, protocol } = scene;
		const { requestFrame, frame, time } = recorder.operation;
		const client = this.#narrator.partyAt(link.client);
		const plc = this.#narrator.partyAt(link.server.address);
		if (link.server.port !== undefined) plc.port = link.server.port;
		const thing: FactThing = {
			trait: "fact",
			type: record.id,
			source: byServer ? link.server.address : link.client,
			destination: byServer ? "" : link.server.address,
			key: `${protocol.name}/${key}`,
		};
		return {
			type: record.id,
			time,
			protocol: protocol.name,
			source: byServer ? plc : client,
			...(!byServer && { destination: plc }),
			key,
			sentence,
			confidence: CONFIDENCE,
			reasons,
			frames: requestFrame !== frame && requestFrame > 0 ? [requestFrame, frame] : [frame],
			operation: this.#narrator.operation(scene),
			things: [thing],
		};
	}

	#submit(record: DetectionRecord, scene: Scene, key: string, sentence: string, reasons: Reason[], byServer = false): void {
		const detection = this.#detection(record, scene, key, sentence, reasons, byServer);
		if (!this.#options.isAccepted(detection.things![0] as FactThing)) this.#desk.submit(record, detection);
	}
}

/** The part of a detection that says what a device is now. */
export type Restated = Pick<Detection, "key" | "sentence" | "confidence" | "reasons">;

const base = ({ severity, title }: DetectionRecord): Reason => ({ points: severity, text: title });
