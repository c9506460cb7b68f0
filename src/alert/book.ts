/**
 * The alert book: detections in, alerts out. Repeats of the same thing are one alert that counts; a new one begins once it was quiet for a while.
 * Synchronous and deterministic: what it says depends on what it was told alone, never on the clock.
 */
import { createHash } from "node:crypto";
import { type Thing, thingWords } from "../baseline/thing.ts";
import { partyKey } from "../detect/desk.ts";
import type { Detection, DetectionRecord, Party, Reason } from "../detect/detection.ts";
import { ALERT_SCHEMA, type Alert, type Closing, severityName } from "./alert.ts";
import { captureFilter } from "./filter.ts";
import { type Example, Floods, type Group, MANY, MAX_OF_END, MAX_OF_TYPE } from "./flood.ts";
import { type Habit, Habituation, lowering } from "./habituation.ts";
import { Mutes } from "./mute.ts";
import { type PermitMark, Permits } from "./permit.ts";

/** An alert with what repeats are recognised by. This is what is stored. */
export interface KeptAlert {
	/** The detection's `key`. */
	key: string;
	/** A copy, owned by whoever receives it. */
	alert: Alert;
	/** What a person would learn from it. */
	things?: Thing[];
	/** How often the same was seen before without consequence; of a deviation alone. */
	habit?: Habit;
	/** What was counted so far. */
	counted?: Counted[];
}

/** The sightings of one source that were counted: a capture file, or (undefined) what is heard live. Microseconds, both ends included, and the newest frame of the latter. */
export interface Counted {
	file?: string;
	from: number;
	until: number;
	frame: number;
}

/** An alert that changed. */
export interface AlertChange extends KeptAlert {
	/** True where receivers are to be told; false where storing it is enough (a count went up). */
	publish: boolean;
}

export interface AlertBookOptions {
	site: string;
	sensor: string;
	/** By id; every type of a detection must be in it. */
	records: ReadonlyMap<string, DetectionRecord>;
	/** An alert that was not seen again for this long is closed, in seconds of the time that detections carry. */
	quietSeconds?: number;
	/** Most open alerts; the one not seen for longest is closed to make room. */
	maxOpen?: number;
	/** What people said about repeats and about maintenance; the owner changes them. */
	mutes?: Mutes;
	permits?: Permits;
	/** Most alerts of one type, and of one type with one end in common, that begin within `quietSeconds`; further ones are counted together in one. */
	maxOfType?: number;
	maxOfEnd?: number;
}

/** An hour: longer than any poll cycle, shorter than a shift, so that tomorrow's repeat is news again. */
const QUIET_SECONDS = 3600;
/** About 40 MB of documents; a site with more open alerts has one problem, not ten thousand. */
const MAX_OPEN = 10_000;
/** First and latest sightings kept, half each (the contract of `evidence.frames`). */
const MAX_FRAMES = 16;
/** Bounds of what one document holds; above what the engine says, so that a document stays small whatever happens. */
const MAX_REASONS = 32;
const MAX_POINTS = 64;
const MAX_TEXT = 2000;
const MAX_NAME = 256;
const MAX_LEARNS = 8;
/** Of an alert that collects many: what a person may learn at once, the examples shown, the addresses named. */
const MAX_THINGS = 512;
const MAX_EXAMPLES = 8;
const MAX_ADDRESSES = 256;
/** Many weigh more than one. */
const MANY_POINTS = 5;
/** Sources of one alert whose sightings are told apart. */
const MAX_COUNTED = 16;
/** Alerts that people closed and whose late sightings still belong to them. */
const MAX_SETTLED = 10_000;
interface Entry {
	fold: string;
	key: string;
	alert: Alert;
	things: Thing[] | undefined;
	/** Of one that collects many: its things as text, so that each is taken once. */
	thingTexts: Set<string> | undefined;
	habit: Habit | undefined;
	/** Microseconds and newest frame of the newest sighting: the same again is the same detection delivered twice. */
	time: number;
	frame: number;
	/** Count at which it is published next; doubles, so that ten thousand repeats are 14 messages. */
	publishAt: number;
	/** It changed since it was last given out, and since that was for publishing. */
	isUnsaved: boolean;
	isUnpublished: boolean;
	/** What was counted, the source of the newest sighting last; and what of it was before a restart: a capture that is read again brings it again. */
	counted: Counted[];
	restored: readonly Counted[];
}

/** A closed alert that was restored: detections of its times and files are the same ones again. */
interface Span extends Counted {
	/** It went on as part of another: the next may be of the same microsecond. */
	isPart: boolean;
}

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** Whole microseconds that a number holds exactly; hostile captures have any time. */
const micros = (time: number): number => (time > 0 ? Math.min(Math.round(time), Number.MAX_SAFE_INTEGER) : 0);

function sumOf(reasons: readonly Reason[]): number {
	let total = 0;
	for (const { points } of reasons) total += points;
	return total;
}

const judge = (reasons: readonly Reason[]): number => {
	const total = sumOf(reasons);
	return total > 0 ? Math.min(100, Math.round(total)) : 0;
};

const foldOf = (type: string, source: string, destination: string, key: string): string => JSON.stringify([type, source, destination, key]);

const endOf = (party: Party | undefined): string => party?.ip ?? party?.line ?? party?.mac ?? "";

/** The address or the serial line where there is one, else the MAC address. */
export const foldOfDetection = ({ type, source, destination, key }: Pick<Detection, "type" | "source" | "destination" | "key">): string =>
	foldOf(type, endOf(source), endOf(destination), key);

/** Without the port: what it has in common with others. */
const common = ({ port: _, ...party }: Party): Party => party;

/** Key of the alert that counts many together: each rule of the plant's people is a kind of its own. */
const manyOf = (rule: string | undefined): string => (rule === undefined ? MANY : `${MANY}/${rule}`);

/** The groups in which a detection may be one of many, the narrowest first. */
function groupsOf({ type, source, destination, rule }: Pick<Detection | Alert, "type" | "source" | "destination" | "rule">): Group[] {
	const groups: Group[] = [];
	const key = manyOf(typeof rule === "object" ? rule.name : rule);
	if (endOf(source) !== "") groups.push({ key, fold: foldOf(type, endOf(source), "", key), source: common(source) });
	if (endOf(destination) !== "") groups.push({ key, fold: foldOf(type, "", endOf(destination), key), destination: common(destination!) });
	groups.push({ key, fold: foldOf(type, "", "", key) });
	return groups;
}

/** It counts many together. */
const isCollecting = ({ key, alert: { rule } }: Pick<KeptAlert, "key" | "alert">): boolean => key === manyOf(rule);

const groupWords = ({ source, destination }: Group): string => {
	const end = source ?? destination;
	if (end === undefined) return "";
	const name = cut(end.name ?? partyKey(end), MAX_NAME);
	return source === undefined ? ` to ${name}` : ` from ${name}`;
};

/** What was counted of a stored alert; of one that says nothing of it, what it says of itself. */
function countedOf({ alert: { ts, last, evidence }, counted }: Pick<KeptAlert, "alert" | "counted">): readonly Counted[] {
	if (counted !== undefined) return counted;
	const { file, frames } = evidence;
	return [{ from: Math.round(ts * 1e6), until: Math.round(last * 1e6), frame: frames.at(-1) ?? 0, ...(file !== undefined && { file }) }];
}

/** An entry as it was when it was stored last. */
function keptEntry(fold: string, { key, alert, things, habit, counted }: KeptAlert): Entry {
	const until = Math.round(alert.last * 1e6);
	const frame = alert.evidence.frames.at(-1) ?? 0;
	const restored = countedOf({ alert, ...(counted !== undefined && { counted }) });
	return {
		fold,
		key,
		alert: structuredClone(alert),
		things,
		thingTexts: undefined,
		habit,
		time: until,
		frame,
		publishAt: 2 ** Math.ceil(Math.log2(alert.count + 1)),
		isUnsaved: false,
		isUnpublished: false,
		counted: restored.map((one) => ({ ...one })),
		restored,
	};
}

const keptOf = ({ key, alert, things, habit, counted }: Entry): KeptAlert => ({
	key,
	alert,
	counted,
	...(things !== undefined && { things }),
	...(habit !== undefined && { habit }),
});

export class AlertBook {
	readonly #site: string;
	readonly #sensor: string;
	readonly #records: ReadonlyMap<string, DetectionRecord>;
	readonly #quiet: number;
	readonly #maxOpen: number;
	/** Open alerts; the one not seen for longest comes first. */
	readonly #open = new Map<string, Entry>();
	/** Restored closed alerts, as many as were stored. */
	readonly #ended = new Map<string, Span[]>();
	/** Microseconds up to which sightings belong to an alert that a person closed; the oldest first. */
	readonly #settled = new Map<string, number>();
	readonly #mutes: Mutes;
	readonly #permits: Permits;
	readonly #floods: Floods;
	readonly #habits: Habituation;
	#displaced: AlertChange[] = [];
	/** Base name of the capture file that the next detections come from; undefined when live. */
	file: string | undefined;
	/** Bounds that were reached: alerts closed early, alerts counted in a collective one. */
	readonly counters = { displaced: 0, collected: 0 };

	constructor(options: AlertBookOptions) {
		this.#site = options.site;
		this.#sensor = options.sensor;
		this.#records = options.records;
		this.#quiet = (options.quietSeconds ?? QUIET_SECONDS) * 1e6;
		this.#maxOpen = options.maxOpen ?? MAX_OPEN;
		this.#floods = new Floods({ quiet: this.#quiet, ofEnd: options.maxOfEnd ?? MAX_OF_END, ofType: options.maxOfType ?? MAX_OF_TYPE });
		this.#habits = new Habituation(this.#quiet);
		this.#mutes = options.mutes ?? new Mutes();
		this.#permits = options.permits ?? new Permits();
	}

	/** Number of open alerts. */
	get open(): number {
		return this.#open.size;
	}

	/**
	 * Takes one detection. Gives the alert when it is to be stored, or stored and published, now; undefined for a repeat that is merely counted
	 * (`flush` gives it later) and for one that was delivered before. Throws for a type without a record: the book was put together wrongly.
	 */
	detect(given: Detection): AlertChange | undefined {
		const { detection, permit } = this.#permits.weigh(given, this.#records.get(given.type)?.nature === "deviation");
		const fold = foldOfDetection(detection);
		const time = micros(detection.time);
		// What is muted or permitted is said to nobody: it is no part of a flood.
		const isAlone = permit !== undefined || this.#isHealth(detection.type) || this.#isMuted(fold, time);
		const groups = isAlone ? [] : groupsOf(detection);
		const frame = detection.frames.at(-1) ?? 0;
		if (this.#isOld(fold, time, frame) || groups.some((group) => this.#isOld(group.fold, time, frame))) return undefined;
		const known = this.#open.get(fold);
		if (known === undefined && this.#isSettled(fold, time)) return undefined;
		if (known !== undefined) {
			if (this.#isNear(known, time)) return this.#repeat(known, detection, time);
			this.#displace(known, true);
		}
		if (isAlone) return this.#begin(fold, detection, time, permit);
		if (groups.some((group) => !this.#open.has(group.fold) && this.#isSettled(group.fold, time))) return undefined;
		for (const group of groups) {
			const collecting = this.#open.get(group.fold);
			if (collecting === undefined) continue;
			if (this.#isNear(collecting, time)) return this.#collect(collecting, group, detection, time);
			this.#displace(collecting, true);
		}
		const full = this.#floods.begin(groups, time);
		return full === undefined ? this.#begin(fold, detection, time) : this.#flood(full, detection, time);
	}

	/**
	 * The condition behind an open alert is over (an interface is back): closes it, with the detection's sentence and time. Undefined where none is open.
	 * Alerts of nature "health" close this way alone, as a condition lasts until it ends.
	 */
	end(detection: Detection): AlertChange | undefined {
		const entry = this.#open.get(foldOfDetection(detection));
		if (entry === undefined) return undefined;
		entry.time = Math.max(entry.time, micros(detection.time));
		entry.alert.last = entry.time / 1e6;
		entry.alert.sentence = cut(detection.sentence, MAX_TEXT);
		return this.#close(entry, true);
	}

	/** An open alert; undefined where it is none. */
	find(id: string): KeptAlert | undefined {
		const entry = this.#entryOf(id);
		return entry === undefined ? undefined : keptOf(entry);
	}

	/** A person closes an open alert. Sightings up to now belong to it, also those that are delivered later. */
	closeBy(id: string, closing: Closing): AlertChange | undefined {
		const entry = this.#entryOf(id);
		if (entry === undefined) return undefined;
		entry.alert.closed = closing;
		if (this.#settled.size >= MAX_SETTLED) this.#settled.delete(this.#settled.keys().next().value!);
		this.#settled.delete(entry.fold);
		this.#settled.set(entry.fold, micros(closing.time * 1e6));
		return this.#close(entry, true);
	}

	/** Opens a closed alert again, to last as if it had been seen now (microseconds); undefined where the same is open already. */
	reopen({ key, alert, things }: KeptAlert, now: number): AlertChange | undefined {
		// Whoever opens it again finds that it is not over: from now on it weighs in full.
		const fold = foldOfDetection({ ...alert, key });
		if (this.#open.has(fold)) return undefined;
		const { closed: _, ...rest } = alert;
		const entry: Entry = {
			...keptEntry(fold, { key, alert: { ...rest, status: "open" }, ...(things !== undefined && { things }) }),
			time: now,
			isUnsaved: true,
			isUnpublished: true,
		};
		this.#settled.delete(fold);
		this.#habits.set(fold, undefined);
		this.#admit(entry);
		return this.#give(entry, true);
	}

	isOpen(fold: string): boolean {
		return this.#open.has(fold);
	}

	/** What people said about it changed: gives it anew. */
	again(fold: string): AlertChange | undefined {
		const entry = this.#open.get(fold);
		return entry === undefined ? undefined : this.#give(entry, true);
	}

	#entryOf(id: string): Entry | undefined {
		for (const entry of this.#open.values()) if (entry.alert.id === id) return entry;
		return undefined;
	}

	/** Closes what was quiet for long enough at `now` (microseconds of capture time). Call it every few seconds of that time, with `flush`. */
	advance(now: number): AlertChange[] {
		const changes = this.#takeDisplaced();
		for (const entry of this.#open.values())
			if (now - entry.time >= this.#quiet && !this.#isHealth(entry.alert.type)) changes.push(this.#close(entry, true));
		return changes;
	}

	/**
	 * The alerts whose counts were not given out since they changed. With `publish`, at the end of a run, they are for publishing
	 * and include those that were only stored; without, for the store alone.
	 */
	flush(publish: boolean): AlertChange[] {
		const changes = this.#takeDisplaced();
		for (const entry of this.#open.values())
			if (entry.isUnsaved || (publish && entry.isUnpublished)) changes.push(this.#give(entry, publish));
		return changes;
	}

	/**
	 * Takes back what was stored, the oldest first: open alerts go on counting; closed ones of a capture file are remembered, so that reading it again does not
	 * raise them again. Call it before the first detection.
	 */
	restore(kept: Iterable<KeptAlert>): void {
		const collecting: [Entry, Group][] = [];
		for (const one of kept) {
			const { key, alert, habit } = one;
			const from = Math.round(alert.ts * 1e6);
			const fold = foldOfDetection({ ...alert, key });
			const ends = [endOf(alert.source), endOf(alert.destination)];
			if (habit !== undefined) this.#habits.set(fold, habit);
			if (alert.permit === undefined && this.#isConsequence(alert.type)) this.#habits.happened(ends, from);
			// Counted as if it began now, so that what was too many stays too many.
			const groups = groupsOf(alert);
			const group = groups.find((group) => group.key === key && group.fold === fold);
			if (group !== undefined) this.#floods.fill(group, from);
			else if (alert.permit === undefined && alert.muted === undefined && !this.#isHealth(alert.type)) this.#floods.begin(groups, from);
			if (alert.status === "closed") {
				for (const counted of countedOf(one)) {
					if (counted.file === undefined) continue;
					const span = { ...counted, isPart: alert.partOf !== undefined };
					const spans = this.#ended.get(fold);
					if (spans === undefined) this.#ended.set(fold, [span]);
					else spans.push(span);
				}
				continue;
			}
			const older = this.#open.get(fold);
			if (older !== undefined) this.#displace(older, false);
			const entry = keptEntry(fold, one);
			this.#admit(entry);
			if (group !== undefined) collecting.push([entry, group]);
		}
		for (const [entry, group] of collecting) if (this.#open.get(entry.fold) === entry) this.#absorb(entry, group, false);
	}

	#isHealth(type: string): boolean {
		return this.#records.get(type)?.nature === "health";
	}

	/** Facts are what happens to those who were warned; what merely informs is none. */
	#isConsequence(type: string): boolean {
		const record = this.#records.get(type);
		return record?.nature === "fact" && severityName(record.severity) !== "informational";
	}

	/** It goes on where it was seen within the quiet time; a condition of the monitor goes on until it ends. */
	#isNear({ alert, time: seen }: Entry, time: number): boolean {
		return (time <= seen + this.#quiet && time >= alert.ts * 1e6 - this.#quiet) || this.#isHealth(alert.type);
	}

	/** A person closed it after that time. */
	#isSettled(fold: string, time: number): boolean {
		return time <= (this.#settled.get(fold) ?? -1);
	}

	#isMuted(fold: string, time: number): boolean {
		return time / 1e6 < (this.#mutes.at(fold)?.until ?? -1);
	}

	#begin(fold: string, detection: Detection, time: number, permit?: PermitMark): AlertChange {
		return this.#give(this.#entry(fold, detection, time, permit), true);
	}

	/** A new open alert. */
	#entry(fold: string, detection: Detection, time: number, permit?: PermitMark): Entry {
		const record = this.#records.get(detection.type);
		if (record === undefined) throw new TypeError(`No detection record is known for the type ${detection.type}.`);
		const { source, destination, key, rule } = detection;
		const frames = detection.frames.slice(0, MAX_FRAMES);
		const filter = captureFilter(source, destination);
		const alert: Alert = {
			schema: ALERT_SCHEMA,
			id: createHash("sha256")
				.update(JSON.stringify([this.#site, this.#sensor, fold, time]))
				.digest("hex")
				.slice(0, 32),
			revision: 0,
			type: detection.type,
			...(rule !== undefined && { rule: rule.name }),
			nature: record.nature,
			title: rule === undefined ? record.title : `Rule ${rule.name}`,
			sentence: "",
			severity: -1,
			severityName: "informational",
			reasons: [],
			techniques: [...(rule ?? record).techniques],
			confidence: 0,
			ts: time / 1e6,
			last: time / 1e6,
			count: 1 + (detection.repeats ?? 0),
			status: "open",
			site: this.#site,
			sensor: this.#sensor,
			...(detection.protocol === undefined ? {} : { protocol: detection.protocol }),
			source: { ...source },
			...(destination === undefined ? {} : { destination: { ...destination } }),
			evidence: {
				frames,
				...(this.file === undefined ? {} : { file: this.file }),
				...(filter === undefined ? {} : { filter }),
			},
			causes: [...record.causes],
			advice: [...(rule === undefined || rule.advice.length === 0 ? record : rule).advice],
			...(permit !== undefined && { permit }),
		};
		const frame = detection.frames.at(-1) ?? 0;
		const entry: Entry = {
			fold,
			key,
			alert,
			things: undefined,
			thingTexts: undefined,
			habit: undefined,
			time,
			frame,
			publishAt: 2 ** Math.ceil(Math.log2(alert.count + 1)),
			isUnsaved: true,
			isUnpublished: true,
			counted: [],
			restored: [],
		};
		this.#countedNow(entry, time, frame);
		this.#weigh(entry, detection, time);
		if (permit === undefined && this.#isConsequence(detection.type)) this.#habits.happened([endOf(source), endOf(destination)], time);
		this.#admit(entry);
		return entry;
	}

	/** It was counted already: it came twice, or its capture is read again. */
	#isCounted(entry: Entry, detection: Detection, time: number): boolean {
		const { alert } = entry;
		const frame = detection.frames.at(-1) ?? 0;
		if (time === entry.time && frame === entry.frame) return true;
		const before = entry.restored.find(({ file }) => file === this.file);
		if (before === undefined || time < before.from || time > before.until) return false;
		return time < before.until || frame <= before.frame || (alert.evidence.file === this.file && alert.evidence.frames.includes(frame));
	}

	/** A sighting of the running source is counted. */
	#countedNow({ counted }: Entry, time: number, frame: number): void {
		const { file } = this;
		const at = counted.findIndex((one) => one.file === file);
		const own = at < 0 ? { from: time, until: time, frame, ...(file !== undefined && { file }) } : counted[at]!;
		if (at >= 0) counted.splice(at, 1);
		else if (counted.length >= MAX_COUNTED) counted.shift();
		own.from = Math.min(own.from, time);
		if (time >= own.until) {
			own.frame = time > own.until ? frame : Math.max(own.frame, frame);
			own.until = time;
		}
		counted.push(own);
	}

	#repeat(entry: Entry, detection: Detection, time: number): AlertChange | undefined {
		if (this.#isCounted(entry, detection, time)) return undefined;
		const { alert } = entry;
		const { frames } = alert.evidence;
		this.#open.delete(entry.fold);
		this.#open.set(entry.fold, entry);
		alert.count += 1 + (detection.repeats ?? 0);
		this.#countedNow(entry, time, detection.frames.at(-1) ?? 0);
		if (time >= entry.time) {
			entry.time = time;
			entry.frame = detection.frames.at(-1) ?? 0;
			alert.last = time / 1e6;
		}
		// Frame numbers are counted per file: those of another one would point at the wrong place.
		if (alert.evidence.file === this.file) {
			for (const number of detection.frames) {
				if (frames.includes(number)) continue;
				if (frames.length >= MAX_FRAMES) frames.splice(MAX_FRAMES / 2, 1);
				frames.push(number);
			}
		}
		const band = alert.severityName;
		alert.confidence = Math.max(alert.confidence, detection.confidence);
		this.#weigh(entry, detection, time);
		entry.isUnsaved = true;
		entry.isUnpublished = true;
		if (alert.count < entry.publishAt && alert.severityName === band) return undefined;
		while (entry.publishAt <= alert.count) entry.publishAt *= 2;
		return this.#give(entry, true);
	}

	/** The words, the sum and the operation are those of the worst sighting; a deviation that keeps coming back without consequence weighs less than its sum. */
	#weigh(entry: Entry, detection: Detection, time: number): void {
		const { alert } = entry;
		const before = alert.lowered?.from ?? alert.severity;
		const weight = judge(detection.reasons);
		if (weight > before) this.#word(entry, detection);
		const ends = [endOf(detection.source), endOf(detection.destination)];
		// What has no end of its own can have no consequence that would be seen.
		if (alert.nature !== "deviation" || alert.permit !== undefined || (ends[0] === "" && ends[1] === "")) return;
		entry.habit = this.#habits.see(entry.fold, ends, time, weight);
		if (alert.lowered !== undefined) {
			if (weight <= before) alert.reasons.pop();
			delete alert.lowered;
		}
		const lower = lowering(Math.max(weight, before), sumOf(alert.reasons), entry.habit);
		if (lower !== undefined) {
			alert.reasons.push(lower.reason);
			alert.lowered = lower.lowered;
		}
		alert.severity = judge(alert.reasons);
		alert.severityName = severityName(alert.severity);
	}

	/** The words of a sighting. */
	#word(entry: Entry, detection: Detection): void {
		const { alert } = entry;
		const reasons = detection.reasons.slice(0, MAX_REASONS);
		alert.severity = judge(reasons);
		alert.severityName = severityName(alert.severity);
		alert.confidence = Math.max(alert.confidence, detection.confidence);
		alert.sentence = cut(detection.sentence, MAX_TEXT);
		alert.reasons = reasons.map(({ points, text }) => ({ points, text: cut(text, MAX_TEXT) }));
		if (!isCollecting(entry)) this.#setThings(entry, detection.things);
		if (detection.operation === undefined) return;
		const { points, values } = detection.operation;
		alert.operation = {
			...detection.operation,
			points: points.slice(0, MAX_POINTS).map((point) => cut(point, MAX_NAME)),
			values: values.slice(0, MAX_POINTS),
		};
	}

	/** Facts are learned only where their record lets a person say so, whatever the detection carries. */
	#setThings(entry: Entry, things: Thing[] | undefined): void {
		const { alert } = entry;
		const isLearnable = alert.nature === "deviation" || this.#records.get(alert.type)?.isLearnable === true;
		entry.things = isLearnable ? things : undefined;
		if (entry.things === undefined) delete alert.learns;
		else {
			alert.learns = entry.things.slice(0, MAX_LEARNS).map((thing) => cut(thingWords(thing), MAX_NAME));
			if (entry.things.length > MAX_LEARNS) alert.learns.push(`and ${entry.things.length - MAX_LEARNS} more`);
		}
	}

	#admit(entry: Entry): void {
		for (const oldest of this.#open.values()) {
			if (this.#open.size < this.#maxOpen) break;
			this.#displace(oldest, oldest.isUnpublished);
			this.counters.displaced++;
		}
		this.#open.set(entry.fold, entry);
	}

	/** Closes one that nobody asked about: given out with the next `advance` or `flush`. */
	#displace(entry: Entry, publish: boolean): void {
		const change = this.#close(entry, publish);
		// Bounded: what does not fit stays open in the store, and closes after the next start.
		if (this.#displaced.length < this.#maxOpen) this.#displaced.push(change);
	}

	#takeDisplaced(): AlertChange[] {
		const taken = this.#displaced;
		this.#displaced = [];
		return taken;
	}

	#close(entry: Entry, publish: boolean): AlertChange {
		this.#open.delete(entry.fold);
		entry.alert.status = "closed";
		return this.#give(entry, publish);
	}

	#give(entry: Entry, publish: boolean): AlertChange {
		const { alert } = entry;
		alert.revision++;
		entry.isUnsaved = false;
		if (publish) entry.isUnpublished = false;
		const wasMuted = alert.muted !== undefined;
		const muted = this.#mutes.of(entry.fold, alert, entry.time / 1e6);
		if (muted !== undefined) alert.muted = muted;
		else delete alert.muted;
		// Of an alert that was said before, that it is muted is said once; what is permitted is never said.
		const isQuiet = alert.permit !== undefined || (muted !== undefined && (wasMuted || alert.revision === 1));
		return { ...structuredClone(keptOf(entry)), publish: publish && !isQuiet };
	}

	#isOld(fold: string, time: number, frame: number): boolean {
		const spans = this.#ended.get(fold);
		if (spans === undefined) return false;
		return spans.some(
			(one) =>
				one.file === this.file && time >= one.from && (time < one.until || (time === one.until && (!one.isPart || frame <= one.frame))),
		);
	}

	/** One alert for all of a group from here on, and for those that are open. Its words are those of the worst, with its ends in common alone. */
	#flood(group: Group, detection: Detection, time: number): AlertChange {
		this.counters.collected++;
		const entry = this.#entry(group.fold, this.#collective(group, detection), time);
		this.#absorb(entry, group, true);
		this.#exemplify(entry, group, detection, detection.things);
		return this.#give(entry, true);
	}

	#collect(entry: Entry, group: Group, detection: Detection, time: number): AlertChange | undefined {
		this.counters.collected++;
		const collective = this.#collective(group, detection);
		if (this.#isCounted(entry, collective, time)) return undefined;
		this.#exemplify(entry, group, detection, detection.things);
		return this.#repeat(entry, collective, time);
	}

	#collective(group: Group, { destination: _, operation: __, things: ___, sentence, reasons, ...rest }: Detection): Detection {
		const { source = {}, destination } = group;
		const most = this.#floods.mostOf(group);
		const words = `more than ${most} of the kind${groupWords(group)} within ${this.#quiet / 3600e6 === 1 ? "an hour" : `${this.#quiet / 1e6} s`}`;
		return {
			...rest,
			source,
			...(destination !== undefined && { destination }),
			key: group.key,
			sentence: `${words.charAt(0).toUpperCase()}${words.slice(1)}, counted together here. The worst of them: ${sentence}`,
			reasons: [...reasons, { points: MANY_POINTS, text: words }],
		};
	}

	/** Closes the open alerts of its group: they are part of it. With `isCounted` their counts are too. */
	#absorb(entry: Entry, group: Group, isCounted: boolean): void {
		const { alert } = entry;
		const { source, destination } = group;
		const isOfIt = ({ key, alert: { type, rule, permit, muted, ...ends } }: Entry): boolean =>
			type === alert.type &&
			rule === alert.rule &&
			key !== group.key &&
			permit === undefined &&
			muted === undefined &&
			(source === undefined || endOf(ends.source) === endOf(source)) &&
			(destination === undefined || endOf(ends.destination) === endOf(destination));
		const absorbed = [...this.#open.values()].filter(isOfIt);
		// In the order of their beginnings, so that a restart in between changes nothing.
		absorbed.sort(({ alert: one }, { alert: other }) => one.ts - other.ts || (one.id < other.id ? -1 : 1));
		for (const one of absorbed) {
			if (isCounted) {
				alert.count += one.alert.count;
				this.#exemplify(entry, group, one.alert, one.things);
				const { lowered, reasons, confidence, sentence, source, type } = one.alert;
				const full = lowered === undefined ? reasons : reasons.slice(0, -1);
				const { key, time } = entry;
				this.#weigh(entry, this.#collective(group, { type, source, key, time, sentence, confidence, reasons: full, frames: [] }), time);
			}
			one.alert.partOf = alert.id;
			this.#displace(one, true);
		}
		while (entry.publishAt <= alert.count) entry.publishAt *= 2;
	}

	/** Notes one of the many: as an example while there are few, its ends, and what could be learned from it. */
	#exemplify(entry: Entry, group: Group, one: Detection | Alert, things: readonly Thing[] | undefined): void {
		const { alert } = entry;
		const { source, destination, sentence } = one;
		alert.examples ??= [];
		if (alert.examples.length < MAX_EXAMPLES) {
			const ts = "ts" in one ? one.ts : micros(one.time) / 1e6;
			const example: Example = { ts, sentence: cut(sentence, MAX_TEXT), source: { ...source } };
			if (destination !== undefined) example.destination = { ...destination };
			alert.examples.push(example);
		}
		alert.addresses ??= [];
		for (const end of [group.source === undefined ? endOf(source) : "", group.destination === undefined ? endOf(destination) : ""]) {
			if (end !== "" && alert.addresses.length < MAX_ADDRESSES && !alert.addresses.includes(end)) alert.addresses.push(end);
		}
		if (things === undefined || (entry.things?.length ?? 0) >= MAX_THINGS) return;
		entry.thingTexts ??= new Set(entry.things?.map((thing) => JSON.stringify(thing)));
		const texts = entry.thingTexts;
		const fresh = things.filter((thing) => !texts.has(JSON.stringify(thing))).slice(0, MAX_THINGS - texts.size);
		if (fresh.length === 0) return;
		for (const thing of fresh) texts.add(JSON.stringify(thing));
		this.#setThings(entry, [...(entry.things ?? []), ...fresh]);
	}
}
