/**
 * Holds operations against the rules of the plant's people (`rule.ts`). What a rule says of client, PLC, unit and function is decided once for each function that a
 * client uses at a PLC; an operation of which no rule could speak costs the look at an empty list.
 */
import { LocalTime } from "../baseline/localTime.ts";
import type { Pair, Use } from "../baseline/plant.ts";
import { isWithin } from "../baseline/weeklyHours.ts";
import { wideValue } from "../baseline/wide.ts";
import type { AnyProtocol, Operation, WideSpace } from "../decode/protocol.ts";
import type { Zones } from "./place.ts";
import type { OperationRecorder } from "./recorder.ts";
import { MAX_TIMES, type Rule, type Span, type ValueCondition } from "./rule.ts";

/** Rates that are being counted, and sightings in all of them together: 1 MiB. Beyond it the oldest count begins anew. */
const MAX_WINDOWS = 1024;
const MAX_SIGHTINGS = 65_536;
/** Frames of a rate that are evidence, the first and the latest half each. */
const MAX_FRAMES = 12;

/** The conditions in the order in which they are looked at. */
const STAGES = ["protocol", "who", "plc", "unit", "verb", "code", "subcode", "outcome", "point", "value", "hours", "rate"] as const;
export type RuleStage = (typeof STAGES)[number];
const AT = Object.fromEntries(STAGES.map((stage, at) => [stage, at])) as Readonly<Record<RuleStage, number>>;

/** Numbered points of one protocol. */
interface RuleRange {
	readonly space: number;
	readonly first: number;
	readonly last: number;
	/** Two words make the number. */
	readonly wide: WideSpace | undefined;
}
interface RulePoints {
	readonly ranges: readonly RuleRange[];
	readonly names: ReadonlySet<string>;
	readonly beginnings: readonly string[];
}

/** A rule that may speak of a function of a pair. */
interface Candidate {
	readonly rule: Rule;
	/** Undefined where the rule is about no points. */
	readonly points: RulePoints | undefined;
	/** What its rate is counted by. */
	readonly key: string;
}

/** What a rule found. */
export interface RuleHit {
	readonly rule: Rule;
	/** The point that it is about, as its place in the operation; -1 for none. */
	readonly index: number;
	/** Its value; NaN where the rule asks for none. */
	readonly value: number;
	/** Of the earlier sightings that its rate counted. */
	readonly frames: readonly number[];
}

interface Window {
	/** Watched times, microseconds, ascending. */
	times: number[];
	frames: number[];
}

/** How far the operations of a run came with a rule. */
export interface RuleProgress {
	/** Conditions of which all held at once. */
	passed: number;
	hits: number;
}

export class RuleWatch {
	#rules: readonly Rule[] = [];
	readonly #local: LocalTime;
	readonly #points = new Map<string, RulePoints | undefined>();
	readonly #windows = new Map<string, Window>();
	#sightings = 0;
	readonly #progress = new Map<Rule, RuleProgress>();
	/** Where zones are known; set it before anything is observed. */
	zones: Zones | undefined;
	/** What some rule says depends on zones. */
	asksZones = false;
	/** Counts that began anew because there were too many. */
	displaced = 0;
	#saved = "[]";

	/** `timeZone` is the IANA name of the zone in which hours are meant. */
	constructor(timeZone: string | undefined) {
		this.#local = new LocalTime(timeZone);
	}

	/** Takes rules in place of those before; before anything is observed. */
	set(rules: readonly Rule[]): void {
		this.#rules = rules;
		this.#points.clear();
		this.#progress.clear();
		for (const rule of rules) this.#progress.set(rule, { passed: 0, hits: 0 });
		this.asksZones = rules.some((rule) => zonesOf(rule).length > 0);
	}

	get rules(): readonly Rule[] {
		return this.#rules;
	}

	/** How far each rule came since it was set; the condition that never held, where it never fired. */
	stageOf(rule: Rule): { hits: number; missing: RuleStage | undefined } {
		const { hits, passed } = this.#progress.get(rule) ?? { hits: 0, passed: 0 };
		return { hits, missing: hits > 0 ? undefined : STAGES[passed] };
	}

	/** The rules that may speak of what this client does here with this function. */
	candidates(protocol: AnyProtocol, { link, target }: Pair, use: Use): readonly Candidate[] {
		const found: Candidate[] = [];
		for (const rule of this.#rules) {
			const stage = this.#staticStage(rule, protocol.name, link.client, link.server.address, target.unit, use);
			this.#note(rule, stage);
			if (stage < AT.subcode) continue;
			const { per } = rule.rate ?? { per: "pair" };
			found.push({
				rule,
				points: this.#pointsOf(rule, protocol),
				key: `${rule.name}|${per === "plc" ? "" : link.client}|${per === "client" ? "" : link.server.address}`,
			});
		}
		return found;
	}

	/** What the operation is by this rule; `watched` in microseconds. Nothing is made where it does not fire. */
	judge({ rule, points, key }: Candidate, recorder: OperationRecorder, watched: number): RuleHit | undefined {
		const { operation } = recorder;
		if (!isIn(rule.subCodes, operation.subCode)) return this.#miss(rule, AT.subcode);
		if (!isOutcome(rule, operation)) return this.#miss(rule, AT.outcome);
		let index = -1;
		let value = Number.NaN;
		if (points !== undefined || rule.value !== undefined) {
			if (points !== undefined) index = placeOfPoint(points, recorder);
			if (points !== undefined && index < 0) return this.#miss(rule, AT.point);
			if (rule.value !== undefined) {
				index = placeOfValue(points, rule.value, recorder);
				if (index < 0) return this.#miss(rule, AT.value);
				value = found.value;
			}
		}
		if (rule.hours.length > 0 && !isWithin(rule.hours, this.#local, operation.time)) return this.#miss(rule, AT.hours);
		if (rule.exceptHours.length > 0 && isWithin(rule.exceptHours, this.#local, operation.time)) return this.#miss(rule, AT.hours);
		let frames: readonly number[] = [];
		if (rule.rate !== undefined) {
			const counted = this.#count(key, rule, watched, operation.frame);
			if (counted === undefined) return this.#miss(rule, AT.rate);
			({ frames } = counted);
		}
		this.#progress.get(rule)!.hits++;
		return { rule, index, value, frames };
	}

	/** Frames are counted anew in the next source. */
	sourceEnded(): void {
		for (const window of this.#windows.values()) window.frames.length = 0;
	}

	/** The counts that still matter, as plain data; undefined where they are as they were saved. */
	save(watched: number): unknown {
		const seconds = new Map(this.#rules.flatMap(({ name, rate }) => (rate === undefined ? [] : [[name, rate.seconds] as const])));
		const windows = [...this.#windows]
			.filter(([key, { times }]) => watched - times.at(-1)! < 1e6 * (seconds.get(key.slice(0, key.indexOf("|"))) ?? 0))
			.map(([key, { times, frames }]) => [key, times, frames]);
		const text = JSON.stringify(windows);
		if (text === this.#saved) return undefined;
		this.#saved = text;
		return structuredClone(windows);
	}

	/** Takes saved counts back; false where they are damaged. */
	restore(saved: unknown): boolean {
		if (!Array.isArray(saved)) return false;
		const numbers = (value: unknown, most: number): value is number[] =>
			Array.isArray(value) && value.length <= most && value.every((one) => Number.isFinite(one));
		for (const entry of saved.slice(0, MAX_WINDOWS)) {
			const [key, times, frames] = Array.isArray(entry) ? entry : [];
			if (typeof key !== "string" || !numbers(times, MAX_TIMES) || times.length === 0 || !numbers(frames, MAX_FRAMES)) return false;
			if (this.#sightings + times.length > MAX_SIGHTINGS) return true;
			this.#sightings += times.length;
			this.#windows.set(key, { times: [...times], frames: [...frames] });
		}
		this.#saved = JSON.stringify(saved);
		return true;
	}

	#note(rule: Rule, passed: number): void {
		const progress = this.#progress.get(rule)!;
		if (passed > progress.passed) progress.passed = passed;
	}

	#miss(rule: Rule, stage: number): undefined {
		this.#note(rule, stage);
		return undefined;
	}

	/** The first condition that does not hold, whatever is done there with this function; that of the sub-code where all do. */
	#staticStage(rule: Rule, protocol: string, client: string, server: string, unit: number, { verb, code }: Use): number {
		const { zones } = this;
		if (rule.protocols.length > 0 && !rule.protocols.includes(protocol)) return AT.protocol;
		if (rule.who?.has(client, zones) === false || rule.exceptWho?.has(client, zones) === true) return AT.who;
		if (rule.plc?.has(server, zones) === false || rule.exceptPlc?.has(server, zones) === true) return AT.plc;
		if (!isIn(rule.units, unit)) return AT.unit;
		if (rule.verbs.length > 0 && !rule.verbs.includes(verb)) return AT.verb;
		return isIn(rule.codes, code) ? AT.subcode : AT.code;
	}

	#pointsOf(rule: Rule, protocol: AnyProtocol): RulePoints | undefined {
		if (rule.points.length === 0) return undefined;
		const key = `${protocol.name}|${rule.name}`;
		let points = this.#points.get(key);
		if (points === undefined) {
			points = compile(rule, protocol);
			this.#points.set(key, points);
		}
		return points;
	}

	/** Counts one sighting; gives the frames of the others where the rate is reached, and begins anew. */
	#count(key: string, { rate }: Rule, watched: number, frame: number): { frames: number[] } | undefined {
		const { times, seconds } = rate!;
		let window = this.#windows.get(key);
		if (window === undefined) {
			window = { times: [], frames: [] };
			this.#windows.set(key, window);
		}
		const since = watched - seconds * 1e6;
		let old = 0;
		while (old < window.times.length && window.times[old]! <= since) old++;
		if (old > 0) {
			window.times.splice(0, old);
			this.#sightings -= old;
			if (window.times.length === 0) window.frames.length = 0;
		}
		window.times.push(watched);
		this.#sightings++;
		if (window.times.length >= times) {
			const { frames } = window;
			this.#drop(key, window);
			return { frames };
		}
		if (window.frames.length >= MAX_FRAMES) window.frames.splice(MAX_FRAMES / 2, 1);
		window.frames.push(frame);
		while (this.#windows.size > MAX_WINDOWS || this.#sightings > MAX_SIGHTINGS) {
			const [oldest, other] = this.#windows.entries().next().value!;
			this.#drop(oldest, other);
			this.displaced++;
		}
		return undefined;
	}

	#drop(key: string, window: Window): void {
		this.#windows.delete(key);
		this.#sightings -= window.times.length;
	}

	/** Names of zones that a rule asks for and that there are none of. */
	unknownZones(rule: Rule): string[] {
		const known = this.zones?.names ?? [];
		return [...new Set(zonesOf(rule).filter((zone) => !known.includes(zone)))];
	}
}

/** Names of zones that it asks for. */
const zonesOf = ({ who, exceptWho, plc, exceptPlc }: Rule): string[] =>
	[who, exceptWho, plc, exceptPlc].flatMap((places) => places?.zones ?? []);

const isIn = (spans: readonly Span[], value: number): boolean => {
	if (spans.length === 0) return true;
	for (const [first, last] of spans) if (value >= first && value <= last) return true;
	return false;
};

function isOutcome({ outcomes, refusals }: Rule, operation: Operation): boolean {
	if (outcomes.length > 0 && !outcomes.includes(operation.outcome)) return false;
	return isIn(refusals, operation.outcomeCode);
}

function compile(rule: Rule, protocol: AnyProtocol): RulePoints {
	const ranges: RuleRange[] = [];
	const names = new Set<string>();
	const beginnings: string[] = [];
	for (const { text, space, span } of rule.points) {
		const at = space === undefined ? -1 : protocol.spaces.indexOf(space);
		if (at >= 0) {
			const wide = protocol.wide?.find((one) => one.space === at);
			const [first, last] = span ?? [0, Number.MAX_SAFE_INTEGER];
			ranges.push({ space: wide?.words ?? at, first, last, wide });
		} else if (text.endsWith("*")) beginnings.push(text.slice(0, -1));
		else names.add(text);
	}
	return { ranges, names, beginnings };
}

const isNamed = ({ names, beginnings }: RulePoints, name: string): boolean =>
	names.has(name) || beginnings.some((beginning) => name.startsWith(beginning));

/** The place of the first of the points in the operation; -1 where it has none of them. */
function placeOfPoint(points: RulePoints, recorder: OperationRecorder): number {
	let at = 0;
	for (let run = 0; run < recorder.runs; run++) {
		const space = recorder.spaces[run]!;
		const from = recorder.firsts[run]!;
		const count = recorder.counts[run]!;
		if (space < 0) {
			if (isNamed(points, recorder.names[from]!)) return at;
		} else {
			for (const { space: own, first, last, wide } of points.ranges) {
				const begin = Math.max(first, from);
				if (own === space && begin <= last && begin + (wide === undefined ? 0 : 1) < from + count) return at + begin - from;
			}
		}
		at += count;
	}
	return -1;
}

/** The value that `placeOfValue` found last. */
const found = { value: Number.NaN };

/** The place of the first of the points whose value fits; -1 where none does. */
function placeOfValue(points: RulePoints | undefined, condition: ValueCondition, recorder: OperationRecorder): number {
	const { values, valueCount } = recorder.operation;
	let at = 0;
	for (let run = 0; run < recorder.runs; run++) {
		const space = recorder.spaces[run]!;
		const from = recorder.firsts[run]!;
		const count = recorder.counts[run]!;
		for (let n = 0; n < count && at + n < valueCount; n++) {
			if (points === undefined || (space < 0 && isNamed(points, recorder.names[from]!))) {
				if (take(values[at + n]!, condition)) return at + n;
				continue;
			}
			for (const { space: own, first, last, wide } of points.ranges) {
				if (own !== space || from + n < first || from + n > last) continue;
				if (
					wide === undefined
						? take(values[at + n]!, condition)
						: n + 1 < count && at + n + 1 < valueCount && take(wideValue(wide, values[at + n]!, values[at + n + 1]!), condition)
				)
					return at + n;
			}
		}
		at += count;
	}
	return -1;
}

function take(value: number, { above, below, outside, is, isNot }: ValueCondition): boolean {
	if (Number.isNaN(value)) return false;
	if (above !== undefined && !(value > above)) return false;
	if (below !== undefined && !(value < below)) return false;
	if (outside !== undefined && value >= outside[0] && value <= outside[1]) return false;
	if (is !== undefined && !is.includes(value)) return false;
	if (isNot?.includes(value)) return false;
	found.value = value;
	return true;
}
