/**
 * `spanwatch replay`: the same engine over captures, on capture time, as fast as it can. Same input, same bytes out.
 *
 * With `--state` what is learned and alerted is kept in LevelDB, with the place in the captures where it was last complete. A run that was cut off (power,
 * kill -9) is taken up there: the frames before that place are read again, but only to find the connections again, not to learn or alert twice.
 */
import { basename } from "node:path";
import { protocols, services } from "../../protocols/index.ts";
import type { Alert } from "../alert/alert.ts";
import { AlertArchive } from "../alert/archive.ts";
import { AlertBook, type AlertChange } from "../alert/book.ts";
import { Quarantine } from "../alert/quarantine.ts";
import { vendorOf } from "../assets/vendor.ts";
import { CaptureInput } from "../capture/file.ts";
import type { Frame } from "../capture/frame.ts";
import { CaptureReader } from "../capture/reader.ts";
import { loadConfig } from "../config/load.ts";
import type { ZoneSettings } from "../config/zones.ts";
import { Analyst } from "../detect/analyst.ts";
import type { IndicatorColumns } from "../intel/indicator.ts";
import { openStore } from "../store/level.ts";
import type { Store } from "../store/store.ts";
import type { Arguments, CommandRecord } from "./arguments.ts";
import { Engine } from "./engine.ts";
import { EXIT, UsageError } from "./failure.ts";
import { loadIndicators } from "./indicators.ts";
import { LineWriter } from "./lines.ts";
import { Progress } from "./progress.ts";
import { records } from "./records.ts";

/** Site and sensor in the alerts of a replay. */
const SITE = "replay";
const SENSOR = "replay";
/** Capture time between two savings, microseconds: with the bytes read at a time, well under the 30 s that may be lost. */
const SAVE_INTERVAL = 10_000_000;
/** Bytes parsed between two looks at whether it is time to save: some twenty frames, so that a quiet network's minutes do not hide in one. */
const SLICE = 2048;
/** The same where nothing is saved, for the alerts that end by themselves. */
const PLAIN_SLICE = 65_536;
/** Alerts below this are informational: no finding. */
const FINDING = 30;

/** One capture of a run. */
export interface Step {
	path: string;
	isLearned: boolean;
}

/** Where the learned first part of the first watched capture ends. */
export type Boundary = { kind: "percent" | "seconds" | "frames"; amount: number };

/** Where a cut-off run was last complete; in the store under `meta`. */
interface Place {
	/** Which captures the run reads, and how. */
	run: string;
	step: number;
	frame: number;
	/** Capture time of the saving, microseconds: the next one comes when it would have come. */
	savedAt: number;
	hasLearned: boolean;
	/** Operations said up to here; the other counts come again with the frames. */
	operations: number;
	isFinished: boolean;
}
const PLACE_KEY = "replay";

interface Counts {
	frames: number;
	bytes: number;
	observations: Record<string, number>;
	cut: number;
	gaps: number;
	rejected: number;
}

function readBoundary(text: string): Boundary {
	const found = /^(\d+(?:\.\d+)?)(%|s|frames)$/.exec(text);
	const amount = Number(found?.[1]);
	if (found === null || (found[2] === "%" && amount > 100)) {
		throw new UsageError(
			`replay: --learn-first ${text} is not understood: give a share (50%), capture seconds (60s) or frames (1000frames).`,
		);
	}
	return { kind: found[2] === "%" ? "percent" : found[2] === "s" ? "seconds" : "frames", amount };
}

/** Reads one capture to its end, slice by slice; `between` is called between two slices, and awaited where it has something to do. */
async function readSlices(
	input: CaptureInput,
	reader: CaptureReader,
	size: number,
	between: () => Promise<void> | undefined,
): Promise<void> {
	for await (const chunk of input.chunks()) {
		for (let at = 0; at < chunk.length; at += size) {
			reader.push(chunk.subarray(at, Math.min(chunk.length, at + size)));
			const work = between();
			if (work !== undefined) await work;
		}
	}
	reader.end();
}

async function countFrames(path: string): Promise<number> {
	if (path === "-")
		throw new UsageError("replay: a share (--learn-first N%) of standard input cannot be known beforehand; give seconds or frames.");
	const input = new CaptureInput(path);
	const reader = new CaptureReader(() => {}, { name: input.name });
	for await (const chunk of input.chunks()) reader.push(chunk);
	reader.end();
	return reader.frames;
}

export interface ReplayOptions {
	/** In this order; the learned ones first. */
	readonly steps: readonly Step[];
	readonly boundary?: Boundary | undefined;
	readonly store?: Store | undefined;
	readonly indicators?: IndicatorColumns;
	/** What is told of zones; nothing unless given. */
	readonly zones?: ZoneSettings | undefined;
	/** Sentences for people: a file that is cut, a run that is taken up. */
	readonly onWarning?: (sentence: string) => void;
	/** An alert is given out for the first time; `time` is capture time in microseconds. */
	readonly onAlert?: (alert: Alert, time: number) => void;
}

/** One run of `replay`: `restore`, `run`, then `alerts` and `summary`, then `finish`. */
export class Replay {
	readonly #steps: readonly Step[];
	readonly #boundary: Boundary | undefined;
	readonly #store: Store | undefined;
	readonly #options: ReplayOptions;
	readonly #analyst: Analyst;
	readonly #book: AlertBook;
	readonly #quarantine = new Quarantine(loadConfig(undefined).learning.quarantineSeverity);
	/** The latest document of each alert of this run. */
	readonly #alerts = new Map<string, Alert>();
	readonly #progress = new Progress();
	#archive: AlertArchive | undefined;
	/** Alerts that changed and are not yet in the store. */
	#changes: AlertChange[] = [];
	#step = 0;
	#frame = 0;
	/** Capture time of the newest frame, microseconds. */
	#time = 0;
	#hasLearned = false;
	#skipTo: Place | undefined;
	#operationsBefore = 0;
	#savedAt = Number.NEGATIVE_INFINITY;
	#learnTime = Number.POSITIVE_INFINITY;
	#learnFrame = Number.POSITIVE_INFINITY;
	readonly #done: Counts = { frames: 0, bytes: 0, observations: {}, cut: 0, gaps: 0, rejected: 0 };

	constructor(options: ReplayOptions) {
		this.#options = options;
		this.#steps = options.steps;
		this.#boundary = options.boundary;
		this.#store = options.store;
		this.#book = new AlertBook({ site: SITE, sensor: SENSOR, records });
		this.#analyst = new Analyst({
			protocols,
			vendorOf,
			habits: { services },
			...(options.zones !== undefined && { zones: options.zones }),
			onDetection: (detection) => {
				const change = this.#book.detect(detection);
				if (change !== undefined) this.#take(change);
			},
		});
		if (options.indicators !== undefined) this.#analyst.indicators.take(options.indicators);
	}

	/** Takes up what an earlier run left in the store. */
	async restore(): Promise<void> {
		if (this.#store === undefined) return;
		const entries: [string, unknown][] = [];
		for await (const entry of this.#store.list("baseline")) entries.push(entry);
		this.#analyst.restore(entries);
		this.#archive = await AlertArchive.open(this.#store);
		const kept = await this.#archive.load();
		this.#book.restore(kept);
		for (const { alert } of kept) this.#quarantine.take(alert);
		const place = (await this.#store.get("meta", PLACE_KEY)) as Place | undefined;
		if (place === undefined || place.isFinished || place.run !== this.#name()) return;
		this.#skipTo = place;
		this.#operationsBefore = place.operations;
		this.#savedAt = place.savedAt;
		this.#hasLearned = place.hasLearned;
		const run = new Set((await this.#store.get("meta", `${PLACE_KEY}-alerts`)) as string[] | undefined);
		for (const { alert } of kept) if (run.has(alert.id)) this.#alerts.set(alert.id, alert);
	}

	async run(): Promise<void> {
		for (const [index, { path, isLearned }] of this.#steps.entries()) {
			this.#step = index;
			this.#frame = 0;
			this.#book.file = path === "-" ? undefined : basename(path);
			if (!isLearned && this.#steps[index - 1]?.isLearned && this.#boundary === undefined) this.#endLearning();
			if (this.#boundary !== undefined && index === this.#steps.findIndex((step) => !step.isLearned))
				await this.#setBoundary(path, this.#boundary);
			this.#hold();
			await this.#read(path);
		}
		if (this.#steps.every(({ isLearned }) => isLearned)) this.#endLearning();
		for (const change of this.#book.flush(true)) this.#take(change);
		this.#step = this.#steps.length;
		this.#frame = 0;
		await this.#save(false);
		this.#progress.clear();
	}

	/** The alerts are handed over: the next run with this state is a new one. */
	async finish(): Promise<void> {
		await this.#save(true);
	}

	/** What was learned so far. */
	get analyst(): Analyst {
		return this.#analyst;
	}

	/** The alerts of the run, in the order in which they were first seen. */
	alerts(): Alert[] {
		return [...this.#alerts.values()].sort((a, b) => a.ts - b.ts || (a.id < b.id ? -1 : 1));
	}

	summary(): Record<string, unknown> {
		const { frames, bytes, observations, cut, gaps, rejected } = this.#done;
		const { points } = this.#analyst.stats();
		return {
			type: "summary",
			frames,
			bytes,
			observations,
			operations: this.#operations,
			points,
			alerts: this.#alerts.size,
			cut,
			gaps,
			rejected,
		};
	}

	/** What makes a run the same run. */
	#name(): string {
		return JSON.stringify([this.#steps, this.#boundary ?? null]);
	}

	async #setBoundary(path: string, { kind, amount }: Boundary): Promise<void> {
		if (kind === "percent") this.#learnFrame = Math.round(((await countFrames(path)) * amount) / 100);
		else if (kind === "frames") this.#learnFrame = amount;
		else this.#learnTime = amount * 1e6;
		if (this.#learnFrame === 0) this.#endLearning();
	}

	#endLearning(): void {
		if (this.#hasLearned) return;
		this.#hasLearned = true;
		this.#learnFrame = this.#learnTime = Number.POSITIVE_INFINITY;
		this.#analyst.endLearning();
		this.#hold();
	}

	/** Where an incident is open nothing new is learned, but for what was declared normal. */
	#hold(): void {
		const isDeclared = this.#steps[this.#step]?.isLearned || (this.#boundary !== undefined && !this.#hasLearned);
		this.#analyst.hold(isDeclared ? [] : this.#quarantine.addresses);
	}

	async #read(path: string): Promise<void> {
		const hasInterfaces = this.#options.zones?.zones.some(({ interfaces }) => interfaces !== undefined) ?? false;
		const engine = new Engine({ protocols, services, analyst: this.#analyst, hasInterfaces });
		const skip = this.#skipTo;
		const isBehind = skip !== undefined && this.#step < skip.step;
		let mutedTo = isBehind ? Number.POSITIVE_INFINITY : skip !== undefined && this.#step === skip.step ? skip.frame : 0;
		engine.isMuted = mutedTo > 0;
		let first = Number.NaN;
		const onFrame = (frame: Readonly<Frame>): void => {
			if (frame.number > mutedTo && engine.isMuted) {
				engine.isMuted = false;
				mutedTo = 0;
			}
			if (Number.isNaN(first)) first = frame.time;
			this.#time = frame.time;
			if (frame.number > this.#learnFrame || frame.time - first > this.#learnTime) this.#endLearning();
			this.#frame = frame.number;
			engine.frame(frame);
		};
		const input = new CaptureInput(path);
		const reader = new CaptureReader(onFrame, { name: input.name, onWarning: (sentence) => this.#warn(sentence) });
		await readSlices(input, reader, this.#store === undefined ? PLAIN_SLICE : SLICE, () => {
			this.#progress.show(() => `${this.#steps[this.#step]!.isLearned ? "learning" : "watching"} ${input.name}: ${engine.frames} frames`);
			if (engine.isMuted || Math.abs(engine.time - this.#savedAt) < SAVE_INTERVAL) return undefined;
			this.#savedAt = engine.time;
			for (const change of [...this.#book.advance(engine.time), ...this.#book.flush(false)]) this.#take(change);
			return this.#save(false);
		});
		for (const sentence of input.warnings) this.#warn(sentence);
		if (!isBehind) engine.isMuted = false;
		engine.endSource();
		this.#count(engine);
	}

	#count(engine: Engine): void {
		const counts = engine.counts();
		const done = this.#done;
		done.frames += counts.frames;
		done.bytes += counts.bytes;
		done.cut += counts.cut;
		done.gaps += counts.gaps;
		done.rejected += counts.rejected;
		for (const [name, count] of Object.entries(counts.observations)) done.observations[name] = (done.observations[name] ?? 0) + count;
	}

	get #operations(): number {
		return this.#operationsBefore + this.#analyst.stats().operations;
	}

	#take(change: AlertChange): void {
		if (this.#quarantine.take(change.alert)) this.#hold();
		if (!this.#alerts.has(change.alert.id)) this.#options.onAlert?.(change.alert, this.#time);
		this.#alerts.set(change.alert.id, change.alert);
		if (this.#archive !== undefined) this.#changes.push(change);
	}

	#warn(sentence: string): void {
		this.#progress.clear();
		this.#options.onWarning?.(sentence);
	}

	/** Everything up to here in one batch: what was learned, what was alerted, and where we are. */
	async #save(isFinished: boolean): Promise<void> {
		if (this.#store === undefined) return;
		const place: Place = {
			run: this.#name(),
			step: this.#step,
			frame: this.#frame,
			savedAt: this.#savedAt,
			hasLearned: this.#hasLearned,
			operations: this.#operations,
			isFinished,
		};
		const changes = await this.#archive!.records(this.#changes);
		this.#changes = [];
		for (const [key, value] of this.#analyst.save()) changes.push({ kind: "baseline", key, value });
		changes.push({ kind: "meta", key: PLACE_KEY, value: place });
		changes.push({ kind: "meta", key: `${PLACE_KEY}-alerts`, value: [...this.#alerts.keys()] });
		await this.#store.batch(changes, { durable: false });
	}
}

async function run(input: Arguments): Promise<number> {
	const learn = input.texts("learn");
	const watch = [...input.texts("watch"), ...input.operands];
	const first = input.text("learn-first");
	if (learn.length + watch.length === 0) throw new UsageError("replay: no capture was named; give --learn FILE, --watch FILE, or both.");
	if (first !== undefined && watch.length === 0) throw new UsageError("replay: --learn-first needs a capture to watch; give --watch FILE.");
	const boundary = first === undefined ? undefined : readBoundary(first);
	const steps = [...learn.map((path) => ({ path, isLearned: true })), ...watch.map((path) => ({ path, isLearned: false }))];
	const onWarning = (sentence: string) => void process.stderr.write(`spanwatch: ${sentence}\n`);
	const config = input.text("config");
	const box = config === undefined ? undefined : loadConfig(config);
	const indicators = loadIndicators(box?.indicators ?? [], onWarning);
	const lines = new LineWriter(input.text("alerts") ?? "-");
	const state = input.text("state");
	const store = state === undefined ? undefined : await openStore(state);
	try {
		const replay = new Replay({ steps, boundary, store, zones: box, indicators, onWarning });
		await replay.restore();
		await replay.run();
		const alerts = replay.alerts();
		for (const alert of alerts) lines.write(alert);
		if (input.flag("summary")) {
			if (input.text("alerts") === undefined || input.text("alerts") === "-") lines.write(replay.summary());
			else process.stdout.write(`${JSON.stringify(replay.summary())}\n`);
		}
		lines.flush();
		await replay.finish();
		return alerts.some(({ severity }) => severity >= FINDING) ? EXIT.finding : EXIT.fine;
	} finally {
		lines.close();
		await store?.close();
	}
}

export const replay: CommandRecord = {
	name: "replay",
	operands: "[FILE...]",
	help: [
		"Runs the engine over captures, on capture time, and prints the alerts as JSON lines, each once with its final count.",
		"Captures given with --learn are normal; what comes after is judged against them. Without --learn and --learn-first everything is learned as it",
		"would be live. Facts are alerted in learned captures too. Exit code 1: there was an alert above informational.",
	].join("\n"),
	options: {
		learn: { type: "string", multiple: true, value: "FILE", help: "a capture that is normal (may be given several times)" },
		"learn-first": { type: "string", value: "N%|Ns|Nframes", help: "the first part of the first watched capture is normal" },
		watch: {
			type: "string",
			multiple: true,
			value: "FILE",
			help: "a capture to watch (may be given several times; FILE alone is the same)",
		},
		alerts: { type: "string", value: "FILE|-", help: "where the alerts go (standard output)" },
		config: { type: "string", value: "FILE", help: "configuration of a box; its zones, conduits and lists of indicators hold here too" },
		state: { type: "string", value: "DIR", help: "keep what is learned and alerted here; a run that was cut off is taken up again" },
		summary: { type: "boolean", help: "end with one more JSON line that counts" },
	},
	run,
};
