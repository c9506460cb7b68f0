/**
 * The alert book: detections in, alerts out. Repeats of the same thing are one alert that counts; a new one begins once it was quiet for a while.
 * Synchronous and deterministic: what it says depends on what it was told alone, never on the clock.
 */
import { createHash } from "node:crypto";
import { type Thing, thingWords } from "../baseline/thing.ts";
import type { Detection, DetectionRecord, Reason } from "../detect/detection.ts";
import { ALERT_SCHEMA, type Alert, type Closing, severityName } from "./alert.ts";
import { captureFilter } from "./filter.ts";
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
	/** Most alerts of one type that begin within `quietSeconds`; further ones are counted together in one. */
	maxOfType?: number;
}

/** An hour: longer than any poll cycle, shorter than a shift, so that tomorrow's repeat is news again. */
const QUIET_SECONDS = 3600;
/** About 40 MB of documents; a site with more open alerts has one problem, not ten thousand. */
const MAX_OPEN = 10_000;
/** Nobody reads a thousand alerts of one kind in an hour; forged addresses could raise millions. */
const MAX_OF_TYPE = 1000;
/** First and latest sightings kept, half each (the contract of `evidence.frames`). */
const MAX_FRAMES = 16;
/** Bounds of what one document holds; above what the engine says, so that a document stays small whatever happens. */
const MAX_REASONS = 32;
const MAX_POINTS = 64;
const MAX_TEXT = 2000;
const MAX_NAME = 256;
const MAX_LEARNS = 8;
/** Alerts that people closed and whose late sightings still belong to them. */
const MAX_SETTLED = 10_000;
/** What the collective alert has as its key; no address stands beside it. */
const MANY = "many";

interface Entry {
	fold: string;
	key: string;
	alert: Alert;
	things: Thing[] | undefined;
	/** Microseconds and newest frame of the newest sighting: the same again is the same detection delivered twice. */
	time: number;
	frame: number;
	/** Count at which it is published next; doubles, so that ten thousand repeats are 14 messages. */
	publishAt: number;
	/** It changed since it was last given out, and since that was for publishing. */
	isUnsaved: boolean;
	isUnpublished: boolean;
	/** Microseconds up to which detections were counted before a restart; a capture that is read again brings them again. */
	restoredUntil: number;
}

/** A closed alert that was restored: detections of its time and file are the same ones again. */
interface Span {
	from: number;
	to: number;
	file: string;
}

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** Whole microseconds that a number holds exactly; hostile captures have any time. */
const micros = (time: number): number => (time > 0 ? Math.min(Math.round(time), Number.MAX_SAFE_INTEGER) : 0);

const judge = (reasons: readonly Reason[]): number => {
	let total = 0;
	for (const { points } of reasons) total += points;
	return total > 0 ? Math.min(100, Math.round(total)) : 0;
};

const foldOf = (type: string, source: string, destination: string, key: string): string => JSON.stringify([type, source, destination, key]);

/** The address or the serial line where there is one, else the MAC address. */
export const foldOfDetection = ({ type, source, destination, key }: Pick<Detection, "type" | "source" | "destination" | "key">): string =>
	foldOf(type, source.ip ?? source.line ?? source.mac ?? "", destination?.ip ?? destination?.line ?? destination?.mac ?? "", key);

const collectiveFold = (type: string): string => foldOf(type, "", "", MANY);

/** An entry as it was when it was stored last. */
function keptEntry(fold: string, key: string, alert: Alert, things: Thing[] | undefined): Entry {
	const until = Math.round(alert.last * 1e6);
	return {
		fold,
		key,
		alert: structuredClone(alert),
		things,
		time: until,
		frame: alert.evidence.frames.at(-1) ?? 0,
		publishAt: 2 ** Math.ceil(Math.log2(alert.count + 1)),
		isUnsaved: false,
		isUnpublished: false,
		restoredUntil: until,
	};
}

const keptOf = ({ key, alert, things }: Entry): KeptAlert => ({ key, alert, ...(things !== undefined && { things }) });

export class AlertBook {
	readonly #site: string;
	readonly #sensor: string;
	readonly #records: ReadonlyMap<string, DetectionRecord>;
	readonly #quiet: number;
	readonly #maxOpen: number;
	readonly #maxOfType: number;
	/** Open alerts; the one not seen for longest comes first. */
	readonly #open = new Map<string, Entry>();
	/** Restored closed alerts, as many as were stored. */
	readonly #ended = new Map<string, Span[]>();
	/** Microseconds up to which sightings belong to an alert that a person closed; the oldest first. */
	readonly #settled = new Map<string, number>();
	readonly #mutes: Mutes;
	readonly #permits: Permits;
	/** Per type: when its present stretch of counting began, and how many alerts began in it. */
	readonly #begun = new Map<string, { since: number; count: number }>();
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
		this.#maxOfType = options.maxOfType ?? MAX_OF_TYPE;
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
		const { detection, permit } = this.#permits.weigh(given);
		const fold = foldOfDetection(detection);
		const time = micros(detection.time);
		if (this.#isOld(fold, time)) return undefined;
		const known = this.#open.get(fold);
		if (known === undefined && time <= (this.#settled.get(fold) ?? -1)) return undefined;
		if (known !== undefined) {
			const isNear = time <= known.time + this.#quiet && time >= known.alert.ts * 1e6 - this.#quiet;
			if (isNear || this.#isHealth(known)) return this.#repeat(known, detection, time);
			this.#displace(known, true);
		}
		if (this.#isTooMany(detection.type, time)) return this.#collect(detection, time);
		return this.#begin(fold, detection, time, permit);
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
		const fold = foldOfDetection({ ...alert, key });
		if (this.#open.has(fold)) return undefined;
		const { closed: _, ...rest } = alert;
		const entry: Entry = {
			...keptEntry(fold, key, { ...rest, status: "open" }, things),
			time: now,
			isUnsaved: true,
			isUnpublished: true,
		};
		this.#settled.delete(fold);
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
			if (now - entry.time >= this.#quiet && !this.#isHealth(entry)) changes.push(this.#close(entry, true));
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
		for (const { key, alert, things } of kept) {
			const until = Math.round(alert.last * 1e6);
			const fold = foldOfDetection({ ...alert, key });
			// Counted as if it began now, so that what was too many stays too many.
			const isTooMany = this.#isTooMany(alert.type, Math.round(alert.ts * 1e6));
			if (!isTooMany && fold === collectiveFold(alert.type)) this.#begun.get(alert.type)!.count = this.#maxOfType;
			if (alert.status === "closed") {
				if (alert.evidence.file !== undefined) {
					const span = { from: Math.round(alert.ts * 1e6), to: until, file: alert.evidence.file };
					const spans = this.#ended.get(fold);
					if (spans === undefined) this.#ended.set(fold, [span]);
					else spans.push(span);
				}
				continue;
			}
			const older = this.#open.get(fold);
			if (older !== undefined) this.#displace(older, false);
			this.#admit(keptEntry(fold, key, alert, things));
		}
	}

	#isHealth(entry: Entry): boolean {
		return entry.alert.nature === "health";
	}

	#begin(fold: string, detection: Detection, time: number, permit?: PermitMark): AlertChange {
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
			count: 1,
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
			time,
			frame,
			publishAt: 2,
			isUnsaved: true,
			isUnpublished: true,
			restoredUntil: -1,
		};
		this.#worsen(entry, detection);
		this.#admit(entry);
		return this.#give(entry, true);
	}

	#repeat(entry: Entry, detection: Detection, time: number): AlertChange | undefined {
		const { alert } = entry;
		const { frames } = alert.evidence;
		const frame = detection.frames.at(-1) ?? 0;
		if (time === entry.time && (frame === entry.frame || (time === entry.restoredUntil && frames.includes(frame)))) return undefined;
		const isAgain = time < entry.restoredUntil && time >= Math.round(alert.ts * 1e6);
		if (isAgain) return undefined;
		this.#open.delete(entry.fold);
		this.#open.set(entry.fold, entry);
		alert.count++;
		if (time >= entry.time) {
			entry.time = time;
			entry.frame = frame;
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
		this.#worsen(entry, detection);
		entry.isUnsaved = true;
		entry.isUnpublished = true;
		if (alert.count < entry.publishAt && alert.severityName === band) return undefined;
		while (entry.publishAt <= alert.count) entry.publishAt *= 2;
		return this.#give(entry, true);
	}

	/** The words, the sum and the operation are those of the worst sighting. */
	#worsen(entry: Entry, detection: Detection): void {
		const { alert } = entry;
		const reasons = detection.reasons.slice(0, MAX_REASONS);
		const severity = judge(reasons);
		if (severity <= alert.severity) return;
		alert.severity = severity;
		alert.severityName = severityName(severity);
		alert.confidence = Math.max(alert.confidence, detection.confidence);
		alert.sentence = cut(detection.sentence, MAX_TEXT);
		alert.reasons = reasons.map(({ points, text }) => ({ points, text: cut(text, MAX_TEXT) }));
		this.#setThings(entry, detection.things);
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
		else alert.learns = entry.things.slice(0, MAX_LEARNS).map((thing) => cut(thingWords(thing), MAX_NAME));
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

	#isOld(fold: string, time: number): boolean {
		return this.#ended.get(fold)?.some(({ from, to, file }) => file === this.file && time >= from && time <= to) ?? false;
	}

	#isTooMany(type: string, time: number): boolean {
		const begun = this.#begun.get(type);
		if (begun === undefined || Math.abs(time - begun.since) > this.#quiet) {
			this.#begun.set(type, { since: time, count: 1 });
			return false;
		}
		return ++begun.count > this.#maxOfType;
	}

	/** One alert for all that are too many. It has no ends, as it has many; its words are those of the worst. */
	#collect(detection: Detection, time: number): AlertChange | undefined {
		this.counters.collected++;
		const { destination: _, operation: __, things: ___, rule: ____, ...rest } = detection;
		const collective: Detection = {
			...rest,
			source: {},
			key: MANY,
			sentence: `More than ${this.#maxOfType} different ones, so the rest is counted together here. The worst of them: ${detection.sentence}`,
		};
		const fold = collectiveFold(detection.type);
		const known = this.#open.get(fold);
		if (known === undefined) return this.#begin(fold, collective, time);
		return this.#repeat(known, collective, time);
	}
}
