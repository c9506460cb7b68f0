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
import { Engine } from "./engine.ts";
import { sentenceOf } from "./failure.ts";
import type { EngineSettings, Order, Report, Source } from "./messages.ts";

/** Milliseconds between two reports of detections; an alert is out well within a second. */
const DETECTIONS_EVERY = 100;
const STATUS_EVERY = 1000;
/** What is learned is handed over this often: less than the 30 s that a crash may cost. */
const BASELINE_EVERY = 10_000;
/** Detections that wait for the station; beyond it they are counted and dropped: a station that far behind has enough to tell. */
const WAITING_DETECTIONS = 10_000;
/** Reports on the way to the station at one time. */
const REPORTS_UNDERWAY = 16;
/** Records of one baseline report, so that none blocks the channel for long. */
const BASELINE_RECORDS = 2000;
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

const { learningHours, seed } = JSON.parse(process.argv[2]!) as EngineSettings;
const analyst = new Analyst({
	protocols,
	vendorOf,
	learningSeconds: learningHours * 3600,
	onDetection: (detection) => {
		if (waiting.length < WAITING_DETECTIONS) waiting.push(detection);
		else dropped++;
	},
});
let engine = new Engine({ protocols, services, analyst, seed });
let interfaces: () => InterfaceHealth[] = () => [];
/** Counts of engines before this one (each capture file has its own). */
const before = { frames: 0, bytes: 0 };
let lastFrames = 0;
let lastStatus = performance.now();

function sendDetections(): void {
	if (waiting.length === 0 || underway >= REPORTS_UNDERWAY) return;
	const detections = waiting;
	waiting = [];
	report({ kind: "detections", detections, ...(file !== undefined && { file }) });
}

function sendBaseline(): void {
	let entries: [string, unknown][] = [];
	for (const entry of analyst.save()) {
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
	const frames = before.frames + counts.frames;
	const health: SensorHealth = {
		time: Date.now() / 1000,
		captureTime: engine.time / 1e6,
		frames,
		bytes: before.bytes + counts.bytes,
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
		counters: { ...counts.counters, ...stats.counters, "detections-dropped": dropped },
	};
	lastFrames = frames;
	lastStatus = now;
	report({ kind: "status", assets: analyst.changedAssets(), plcs: analyst.plcs(engine.time), health });
}

const timers: NodeJS.Timeout[] = [];
function startTimers(): void {
	timers.push(
		setInterval(sendDetections, DETECTIONS_EVERY),
		setInterval(sendStatus, STATUS_EVERY),
		setInterval(sendBaseline, BASELINE_EVERY),
	);
}

/** Hands over the rest and ends. */
async function end(): Promise<void> {
	for (const timer of timers) clearInterval(timer);
	sendBaseline();
	sendStatus();
	while (waiting.length > 0 || underway > 0) {
		sendDetections();
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
	if (process.connected) process.disconnect();
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Plays one capture at `speed` times its pace; 0 is as fast as it goes. */
async function play(path: string, speed: number): Promise<void> {
	file = basename(path);
	const input = new CaptureInput(path);
	let captured = Number.NaN;
	const reader = new CaptureReader(
		(frame) => {
			captured = frame.time;
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
	before.frames += engine.frames;
	before.bytes += engine.bytes;
	engine = new Engine({ protocols, services, analyst, seed });
}

async function run(source: Source): Promise<void> {
	if (source.kind === "files") {
		startTimers();
		if (source.learn.length > 0) {
			for (const path of source.learn) {
				report({ kind: "phase", phase: "learning", file: basename(path) });
				await play(path, 0);
			}
			analyst.endLearning();
			sendBaseline();
		}
		for (const path of source.watch) {
			report({ kind: "phase", phase: "watching", file: basename(path) });
			await play(path, source.speed);
		}
		sendStatus();
		report({ kind: "phase", phase: "ended" });
		return;
	}
	const live = new LiveCapture({
		interfaces: source.interfaces,
		...(source.filter !== undefined && { filter: source.filter }),
		snapLength: source.snapLength,
		bufferBytes: source.bufferMegabytes * 2 ** 20,
	});
	interfaces = () => live.health();
	await live.start(
		(frame: Readonly<Frame>) => engine.frame(frame),
		({ name, state, time, sentence }) => report({ kind: "interface", name, isBlind: state !== "up", time, sentence }),
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
		else if (order.kind === "start") await run(order.source);
		else {
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
