/**
 * The engine as a process of its own: it parses hostile bytes, so it opens no socket to the network and writes no file. It reads frames (from the sniffers'
 * pipes, or captures), and tells the station what it found (messages.ts).
 */
import { basename } from "node:path";
import { protocols, services } from "../../protocols/index.ts";
import { vendorOf } from "../assets/vendor.ts";
import { CaptureInput } from "../capture/file.ts";
import type { Frame } from "../capture/frame.ts";
import { LiveCapture } from "../capture/live.ts";
import { CaptureReader } from "../capture/reader.ts";
import { Analyst } from "../detect/analyst.ts";
import type { Detection } from "../detect/detection.ts";
import type { InterfaceHealth, SensorHealth } from "../health/health.ts";
import { BaselineSaver, HABIT_SECONDS, NEWS_EVERY } from "./baselineSaver.ts";
import { Engine } from "./engine.ts";
import { sentenceOf } from "./failure.ts";
import type { EngineSettings, Order, Report, Source } from "./messages.ts";

/** Milliseconds between two reports of detections; an alert is out well within a second. */
const DETECTIONS_EVERY = 100;
const STATUS_EVERY = 1000;
/** Detections that wait for the station; beyond it they are counted and dropped: a station that far behind has enough to tell. */
const WAITING_DETECTIONS = 10_000;
/** Reports on the way to the station at one time. */
const REPORTS_UNDERWAY = 16;
/** Records of one baseline report, so that none blocks the channel for long. */
const BASELINE_RECORDS = 2000;
/** Milliseconds between two reports of all assets: when each was last seen, and which are gone. */
const ASSETS_EVERY = 60_000;
/** Microseconds between two captures that are played one after the other. */
const BETWEEN_FILES = 1e6;
/** Played captures: bytes parsed before the pace is looked at, and the longest wait between two frames, seconds. */
const PLAYED_SLICE = 1024;
const LONGEST_WAIT = 1;

let underway = 0;
function report(message: Report): void {
	if (!process.connected) return;
	underway++;
	process.send!(message, undefined, undefined, () => {
		underway--;
	});
}

let waiting: Detection[] = [];
let dropped = 0;
let file: string | undefined;

const { learningHours, forgetDays, timeZone, zones, seed } = JSON.parse(process.argv[2]!) as EngineSettings;
const analyst = new Analyst({
	protocols,
	vendorOf,
	learningSeconds: learningHours * 3600,
	zones,
	habits: { services, forgetSeconds: forgetDays * 86_400, timeZone, saveSeconds: HABIT_SECONDS },
	onDetection: (detection) => {
		if (waiting.length < WAITING_DETECTIONS) waiting.push(detection);
		else dropped++;
	},
});
const saver = new BaselineSaver(analyst);
const engine = new Engine({
	protocols,
	services,
	analyst,
	hasInterfaces: zones.zones.some(({ interfaces }) => interfaces !== undefined),
	seed,
});
let interfaces: () => InterfaceHealth[] = () => [];
let lastFrames = 0;
let lastStatus = performance.now();
let lastWhole = Number.NEGATIVE_INFINITY;

function sendDetections(): void {
	if (waiting.length === 0) return;
	const detections = waiting;
	waiting = [];
	report({ kind: "detections", detections, ...(file !== undefined && { file }) });
}

function sendBaseline(records: Iterable<[key: string, value: unknown]>): void {
	// What is stored as known must have been alerted before.
	sendDetections();
	let entries: [string, unknown][] = [];
	for (const entry of records) {
		entries.push(entry);
		if (entries.length < BASELINE_RECORDS) continue;
		report({ kind: "baseline", entries, time: engine.time });
		entries = [];
	}
	if (entries.length > 0) report({ kind: "baseline", entries, time: engine.time });
}

function sendStatus(): void {
	if (underway >= REPORTS_UNDERWAY) return;
	const now = performance.now();
	const counts = engine.counts();
	const stats = analyst.stats();
	const { frames } = counts;
	const health: SensorHealth = {
		time: Date.now() / 1000,
		captureTime: engine.time / 1e6,
		frames,
		bytes: counts.bytes,
		framesPerSecond: Math.max(0, (1000 * (frames - lastFrames)) / (now - lastStatus)),
		duplicates: counts.duplicates,
		gaps: counts.gaps,
		cut: counts.cut,
		rejected: counts.rejected,
		flows: counts.flows,
		assets: stats.assets,
		points: stats.points,
		memory: process.memoryUsage.rss(),
		interfaces: interfaces(),
		counters: {
			...counts.counters,
			...stats.counters,
			"baseline-damaged": stats.damaged,
			"servers-without-answers": stats.oneSidedServers,
			"detections-dropped": dropped,
			"operations-held": stats.held,
		},
	};
	const isWhole = now - lastWhole > ASSETS_EVERY;
	if (isWhole) lastWhole = now;
	lastFrames = frames;
	lastStatus = now;
	const changed = analyst.changedAssets();
	report({ kind: "status", assets: isWhole ? analyst.assets() : changed, isWhole, plcs: analyst.plcs(engine.time), health });
}

const timers: NodeJS.Timeout[] = [];
function startTimers(): void {
	timers.push(
		setInterval(() => {
			if (underway < REPORTS_UNDERWAY) sendDetections();
		}, DETECTIONS_EVERY),
		setInterval(sendStatus, STATUS_EVERY),
		setInterval(() => sendBaseline(saver.due(performance.now())), NEWS_EVERY),
	);
}

/** Hands over the rest and ends. */
async function end(): Promise<void> {
	for (const timer of timers) clearInterval(timer);
	sendBaseline(analyst.save());
	sendStatus();
	while (waiting.length > 0 || underway > 0) {
		sendDetections();
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
	if (process.connected) process.disconnect();
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Capture times of the first and the last frame, microseconds. */
async function span(path: string): Promise<{ first: number; length: number }> {
	const input = new CaptureInput(path);
	let first = Number.NaN;
	let last = 0;
	const reader = new CaptureReader(
		({ time }) => {
			if (Number.isNaN(first)) first = time;
			last = time;
		},
		{ name: input.name },
	);
	for await (const chunk of input.chunks()) reader.push(chunk);
	reader.end();
	return { first, length: Math.max(0, last - first) };
}

const played: InterfaceHealth[] = [];

/** Plays one capture at `speed` times its pace (0: as fast as it goes), its times moved by `shift` microseconds. */
async function play(path: string, speed: number, shift: number): Promise<void> {
	file = basename(path);
	// On the page a recording stands where an interface would.
	const health: InterfaceHealth = { name: file, state: "up", frames: 0, kernelDrops: 0, interfaceDrops: 0, lastFrame: 0 };
	played.push(health);
	const input = new CaptureInput(path);
	let captured = Number.NaN;
	const reader = new CaptureReader(
		(frame: Frame) => {
			captured = frame.time;
			frame.time += shift;
			health.frames++;
			health.lastFrame = frame.time / 1e6;
			engine.frame(frame);
		},
		{ name: input.name, onWarning: (sentence) => report({ kind: "warning", sentence }) },
	);
	let reached = Number.NaN;
	for await (const chunk of input.chunks()) {
		for (let at = 0; at < chunk.length; at += PLAYED_SLICE) {
			reader.push(chunk.subarray(at, Math.min(chunk.length, at + PLAYED_SLICE)));
			if (!Number.isNaN(reached) && speed > 0 && captured > reached)
				await pause(1000 * Math.min(LONGEST_WAIT, (captured - reached) / 1e6 / speed));
			reached = captured;
		}
	}
	reader.end();
	engine.endSource();
	sendDetections();
	health.state = "ended";
	file = undefined;
}

/**
 * Plays captures as if they happened now: one after the other, the last frame in the moment in which it is played. Played faster than they happened, what
 * came before lies a little in the past, never in the future.
 */
async function playAll({ learn, watch, speed }: Extract<Source, { kind: "files" }>): Promise<void> {
	interfaces = () => played;
	const lengths = new Map<string, { first: number; length: number }>();
	for (const path of [...learn, ...watch]) lengths.set(path, await span(path));
	const total = (paths: readonly string[]) => paths.reduce((sum, path) => sum + lengths.get(path)!.length + BETWEEN_FILES, 0);
	const watched = total(watch);
	let at = Date.now() * 1000 + Math.min(0, watched / speed - watched) - total(learn);
	const playNext = async (path: string, pace: number) => {
		const { first, length } = lengths.get(path)!;
		await play(path, pace, at - first);
		at += length + BETWEEN_FILES;
	};
	for (const path of learn) {
		report({ kind: "phase", phase: "learning", file: basename(path) });
		await playNext(path, 0);
	}
	if (learn.length > 0) {
		analyst.endLearning();
		sendBaseline(analyst.save());
	}
	for (const path of watch) {
		report({ kind: "phase", phase: "watching", file: basename(path) });
		await playNext(path, speed);
	}
	sendStatus();
	report({ kind: "phase", phase: "ended" });
}

async function run(source: Source): Promise<void> {
	if (source.kind === "files") {
		startTimers();
		await playAll(source);
		return;
	}
	const live = new LiveCapture({
		interfaces: source.interfaces,
		serial: source.serial,
		...(source.filter !== undefined && { filter: source.filter }),
		snapLength: source.snapLength,
		bufferBytes: source.bufferMegabytes * 2 ** 20,
	});
	interfaces = () => live.health();
	await live.start(
		(frame: Readonly<Frame>) => engine.frame(frame),
		({ name, state, time, sentence }) => {
			// That capture ends because the station wants it to is no blindness.
			if (state !== "ended") report({ kind: "interface", name, isBlind: state !== "up", time, sentence });
		},
	);
	startTimers();
	// On a quiet link time goes on by the box's clock: what waits for an answer must not wait for the next frame.
	timers.push(setInterval(() => engine.advance(Date.now() * 1000), STATUS_EVERY));
	report({ kind: "phase", phase: "watching" });
	stop = () => live.stop();
}

let stop: () => Promise<void> = async () => {};

process.on("message", async (order: Order) => {
	try {
		if (order.kind === "restore") analyst.restore(order.entries);
		else if (order.kind === "indicators") analyst.indicators.take(order.columns, order.isFirst, order.isLast);
		else if (order.kind === "start") await run(order.source);
		else if (order.kind === "hold") analyst.hold(order.addresses);
		else if (order.kind === "teach") {
			const taught = analyst.teach(order.admit, order.dismiss);
			sendBaseline(analyst.save());
			report({ kind: "taught", id: order.id, ...taught });
		} else {
			await stop();
			await end();
			process.exit(0);
		}
	} catch (error) {
		const { code, name } = error as { code?: string; name?: string };
		report({ kind: "failed", code: code ?? name ?? "Error", sentence: sentenceOf(error) });
		await end();
		process.exit(1);
	}
});
// The station ends us; a Ctrl-C at the terminal reaches the whole group.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
process.on("disconnect", () => process.exit(0));
report({ kind: "ready" });
