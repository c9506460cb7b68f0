/**
 * Looks now and then at what time says of points, and words it: those that stand still, those that lie where they never lay, those whose limits followed a drift. In the order
 * of the plant and at fixed watched times, so that a restart changes nothing. A hundred thousand points take a few milliseconds.
 */
import { Companions, type Disagreement } from "../baseline/companions.ts";
import { PAGE, type Plant, type Target } from "../baseline/plant.ts";
import { VERDICT, type Verdict } from "../baseline/points.ts";
import type { RegisterMaps } from "../baseline/registerMap.ts";
import { type FactThing, MAX_THINGS } from "../baseline/thing.ts";
import { PairSeeker } from "../baseline/wide.ts";
import type { AnyProtocol } from "../decode/protocol.ts";
import type { Desk } from "./desk.ts";
import type { DetectionRecord, Reason } from "./detection.ts";
import { behaviourThing } from "./learnable.ts";
import type { Narrator } from "./narrator.ts";
import { VALUE_DRIFT, VALUE_FROZEN, VALUE_LEVEL, VALUES_DISAGREE } from "./records.ts";
import { disagreeWords, driftWords, levelWords, stillWords, type Told } from "./valueWords.ts";
import { countWords } from "./words.ts";

/** Watched time between two looks. */
const EVERY_MICROS = 30e6;
/** What is known of several points together is long, and learns for days: it waits so many times as long to be saved as what changes all the time does elsewhere. A flash card wears. */
const SAVE_FACTOR = 8;
/** Points named in a sentence. */
const MAX_NAMED = 8;

/** What is said of each verdict of `PointTable.inspect`. */
const RECORDS: Readonly<Partial<Record<Verdict, DetectionRecord>>> = {
	[VERDICT.frozen]: VALUE_FROZEN,
	[VERDICT.level]: VALUE_LEVEL,
	[VERDICT.drift]: VALUE_DRIFT,
};

/** Points of one unit of which the same is to be said. */
interface Finding {
	readonly verdict: Verdict;
	readonly record: DetectionRecord;
	/** As many as a person can learn of one alert, each by name and id; the others are counted. */
	readonly points: { name: string; id: number }[];
	count: number;
}

export interface ValueWatchOptions {
	/** What the plant's own documents say of its points. */
	readonly maps: RegisterMaps;
	/** Of a PLC whose address is held nothing is said: what stands still there is looked at by people. */
	readonly isHeld: (address: string) => boolean;
	/** A person said that this is normal. */
	readonly isAccepted: (thing: FactThing) => boolean;
	/** How long what a look learned may wait to be saved. */
	readonly saveSeconds: number;
}

export class ValueWatch {
	readonly #plant: Plant;
	readonly #narrator: Narrator;
	readonly #desk: Desk;
	readonly #protocols: ReadonlyMap<string, AnyProtocol>;
	readonly #options: ValueWatchOptions;
	readonly #pairs: PairSeeker;
	readonly #companions: Companions;

	constructor(plant: Plant, narrator: Narrator, desk: Desk, protocols: ReadonlyMap<string, AnyProtocol>, options: ValueWatchOptions) {
		this.#plant = plant;
		this.#narrator = narrator;
		this.#desk = desk;
		this.#protocols = protocols;
		this.#options = options;
		const saveLooks = (SAVE_FACTOR * options.saveSeconds * 1e6) / EVERY_MICROS;
		this.#pairs = new PairSeeker(plant, saveLooks);
		this.#companions = new Companions(plant, saveLooks);
	}

	/** For documents. */
	get companions(): Companions {
		return this.#companions;
	}

	/** Bounds that were reached. */
	counters(): Record<string, number> {
		const counters: Record<string, number> = {};
		if (this.#pairs.refused > 0) counters["pairs-sought-bound"] = this.#pairs.refused;
		if (this.#companions.refused > 0) counters["companions-bound"] = this.#companions.refused;
		return counters;
	}

	*save(isWhole: boolean): Generator<[key: string, value: unknown]> {
		yield* this.#companions.save(isWhole);
		if (isWhole) yield* this.#pairs.save();
	}

	/** Takes a record back, after those of the plant; false where it is damaged. */
	restore(key: string, record: unknown): boolean {
		return key.startsWith("words/") ? this.#pairs.restore(record) : this.#companions.restore(record);
	}

	/** Watched time went on from `before`; it is `now` of capture time. */
	advance(before: number, now: number): void {
		const { servers, points, watched } = this.#plant;
		if (Math.floor(before / EVERY_MICROS) === Math.floor(watched / EVERY_MICROS)) return;
		const { isHeld } = points;
		for (const server of servers.values()) {
			const protocol = this.#protocols.get(server.protocol);
			if (protocol === undefined) continue;
			points.isHeld = this.#options.isHeld(server.address);
			for (const target of server.targets.values()) this.#look(target, protocol, now);
		}
		points.isHeld = isHeld;
	}

	#look(target: Target, protocol: AnyProtocol, now: number): void {
		const { points } = this.#plant;
		if (!points.isHeld) this.#declare(target, protocol);
		const findings = new Map<Verdict, Finding>();
		let moving = 0;
		for (const [space, number, page] of target.pages()) {
			for (let at = 0; at < PAGE; at++) {
				const id = page.ids[at]!;
				if (id < 0 || !points.isMoving(id) || page.isWide(at)) continue;
				moving++;
				const verdict = points.inspect(id, now);
				const record = RECORDS[verdict];
				if (points.isNoted || record !== undefined) this.#plant.touch(page);
				if (record === undefined) continue;
				const name = this.#narrator.pointName(protocol, target, space, number * PAGE + at);
				if (this.#options.isAccepted(behaviourThing(record, target, name))) continue;
				let finding = findings.get(verdict);
				if (finding === undefined) findings.set(verdict, (finding = { verdict, record, points: [], count: 0 }));
				finding.count++;
				if (finding.points.length < MAX_THINGS) finding.points.push({ name, id });
			}
			const forms = protocol.wide?.filter(({ words }) => words === space) ?? [];
			if (forms.length > 0 && !points.isHeld) this.#pairs.look(page, forms);
		}
		for (const finding of findings.values()) this.#say(finding, target, protocol, moving, now);
		const disagreement = this.#companions.look(target, moving, now);
		if (disagreement !== undefined) this.#sayDisagreement(disagreement, target, protocol, now);
	}

	/** What the plant's own documents say to be one number need not be found, once both its words were seen. */
	#declare(target: Target, { spaces, wide = [] }: AnyProtocol): void {
		for (const { point, type, order } of this.#options.maps.wideOf(target.server.address, target.unit)) {
			const cut = point.indexOf(":");
			const words = spaces.indexOf(point.slice(0, cut));
			const number = Number(point.slice(cut + 1));
			const form = wide.find((one) => one.words === words && one.type === type && order === (one.isSwapped ? "CDAB" : "ABCD"));
			const page = form === undefined ? undefined : target.page(words, Math.floor(number / PAGE));
			const at = number % PAGE;
			if (page === undefined || at + 1 >= PAGE || page.ids[at]! < 0 || page.ids[at + 1]! < 0) continue;
			if (!page.isWide(at) && !page.isWide(at + 1)) this.#plant.addWide(page, at, form!);
		}
	}

	/** The values are those of the PLC, so it is the source. `moving` is how many of its points move. */
	#say({ verdict, record, points, count }: Finding, target: Target, protocol: AnyProtocol, moving: number, now: number): void {
		const table = this.#plant.points;
		const words = points.slice(0, MAX_NAMED).map(({ name }) => this.#narrator.pointWords(protocol, target, name));
		const plc = this.#narrator.plc(target.server, target.unit);
		const { name, id } = points[0]!;
		const reasons: Reason[] = [{ points: record.severity, text: record.title }];
		let sentence: string;
		if (verdict === VERDICT.frozen) {
			const { still, longest } = table.stillness(id);
			sentence = stillWords(plc, words, count, moving, still, longest);
			const reason = this.#compare(id, still, target);
			if (reason !== undefined) reasons.push(reason);
		} else if (verdict === VERDICT.level) sentence = levelWords(plc, words, count, table.level(id), table.age(id));
		else {
			const { anchor, shift } = table.drift(id);
			sentence = driftWords(plc, words, count, anchor, shift);
			reasons.push({ points: -20, text: "it is slow, and its limits follow it within bounds" });
		}
		this.#desk.submit(record, {
			type: record.id,
			time: now,
			protocol: target.server.protocol,
			source: this.#narrator.partyAt(target.server.address),
			key: `${target.unit}/${count > 1 ? "several" : name}`,
			sentence,
			confidence: Math.round(table.maturity(id) * 100) / 100,
			reasons,
			frames: [],
			things: points.map((point) => behaviourThing(record, target, point.name)),
		});
	}

	#sayDisagreement(disagreement: Disagreement, target: Target, protocol: AnyProtocol, now: number): void {
		const { liar, companion, low, high, against, agreeing, isEither, age } = disagreement;
		const nameOf = ({ space, at }: { space: number; at: number }) => this.#narrator.pointName(protocol, target, space, at);
		const name = nameOf(liar);
		const things = against.map((other) => behaviourThing(VALUES_DISAGREE, target, `${name} with ${nameOf(other)}`));
		const left = things.filter((thing) => !this.#options.isAccepted(thing));
		if (left.length === 0) return;
		const told = (point: string, value: number, from: number, to: number): Told => {
			const amount = (one: number) => this.#narrator.amount(target, point, one);
			return { name: this.#narrator.pointWords(protocol, target, point), value: amount(value), from: amount(from), to: amount(to) };
		};
		const { severity, title } = VALUES_DISAGREE;
		const reasons: Reason[] = [{ points: severity, text: title }];
		if (against.length > 1) reasons.push({ points: 10, text: `${against.length} points contradict it` });
		if (agreeing > against.length)
			reasons.push({
				points: -10,
				text: `${countWords(agreeing, "other point")} that ${agreeing === 1 ? "goes" : "go"} with it ${agreeing === 1 ? "agrees" : "agree"}`,
			});
		this.#desk.submit(VALUES_DISAGREE, {
			type: VALUES_DISAGREE.id,
			time: now,
			protocol: target.server.protocol,
			source: this.#narrator.partyAt(target.server.address),
			key: `${target.unit}/${name}`,
			sentence: disagreeWords(
				this.#narrator.plc(target.server, target.unit),
				told(name, liar.value, low, high),
				told(nameOf(companion), companion.value, companion.from, companion.to),
				against.length - 1,
				isEither,
				age,
			),
			confidence: Math.round(this.#plant.points.maturity(liar.id) * 100) / 100,
			reasons,
			frames: [],
			things: left.slice(0, MAX_THINGS),
		});
	}

	/** Does only this point stand still, or the machine? Of its neighbours, those count that usually move within that time. */
	#compare(first: number, still: number, target: Target): Reason | undefined {
		const { points } = this.#plant;
		let peers = 0;
		let standing = 0;
		for (const [, , page] of target.pages()) {
			for (let at = 0; at < PAGE; at++) {
				const id = page.ids[at]!;
				if (id < 0 || id === first || !points.isMoving(id) || page.isWide(at)) continue;
				const other = points.stillness(id);
				if (other.longest >= still) continue;
				peers++;
				if (2 * other.still >= still) standing++;
			}
		}
		if (peers === 0) return undefined;
		const words = `${standing} of ${countWords(peers, "other point")} that usually ${peers === 1 ? "moves" : "move"} within that time`;
		return 2 * standing >= peers
			? { points: -20, text: `${words} stood still too: the machine probably does` }
			: { points: 0, text: `only ${words} stood still too` };
	}
}
