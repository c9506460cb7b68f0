/**
 * Public captures whose frames are labelled: learned from frames labelled clean, watched whole, and watched once more without the labelled frames. A run of the attack is found
 * where an alert stands on labelled frames alone and does not come in the clean part. Who attacks whom comes from the labels; no address stands here.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import type { Frame } from "../../src/capture/frame.ts";
import { SECOND } from "./calendar.ts";
import { type Detector, Simple } from "./simple.ts";
import { type Finding, foldOf, Watch } from "./watch.ts";

export const capturesRoot = fileURLToPath(
	new URL(import.meta.url.includes("/dist/") ? "../../../../shared/captures/" : "../../../shared/captures/", import.meta.url),
);
const FOLDER = "antoine-lemay+Modbus_dataset/";
const LABELS = "_labeled.csv";
/** Labelled frames of the same two hosts further apart are two runs, seconds. */
const APART = 60;
const FINDING = 30;

export interface LabelledSet {
	name: string;
	frames: readonly Frame[];
	/** By frame number. */
	isAttack: ReadonlyMap<number, boolean>;
}

export const hasLabelled = (): boolean => existsSync(capturesRoot + FOLDER);

export async function framesOf(path: string): Promise<Frame[]> {
	const frames: Frame[] = [];
	await readCapture(new CaptureInput(path), (frame) => {
		const bytes = frame.bytes.slice(frame.start, frame.start + frame.capturedLength);
		frames.push({ ...frame, bytes, start: 0 });
	});
	return frames;
}

/** All captures of the set that have labels, in the order of time. */
export async function labelledSets(): Promise<LabelledSet[]> {
	const sets: LabelledSet[] = [];
	for (const file of readdirSync(capturesRoot + FOLDER).filter((name) => name.endsWith(LABELS))) {
		const name = `${file.slice(0, -LABELS.length)}.pcap`;
		const isAttack = new Map<number, boolean>();
		for (const line of readFileSync(capturesRoot + FOLDER + file, "utf8").split(/\r?\n/)) {
			const [number, label] = line.split(";");
			if (label !== undefined) isAttack.set(Number(number), label.trim() === "1");
		}
		sets.push({ name, frames: await framesOf(capturesRoot + FOLDER + name), isAttack });
	}
	return sets.sort((one, other) => one.frames[0]!.time - other.frames[0]!.time);
}

/** Who talks to whom over IPv4, by frame; a broadcast belongs to what its sender does next. */
function pairsOf({ frames }: LabelledSet): Map<number, string> {
	const pairs = new Map<number, string>();
	for (let at = frames.length - 1; at >= 0; at--) {
		const { number, bytes } = frames[at]!;
		if (bytes[12] !== 8 || bytes[13] !== 0) continue;
		const next = pairs.get(number + 1);
		if (bytes[0] === 0xff && next !== undefined) {
			pairs.set(number, next);
			continue;
		}
		pairs.set(number, [bytes.subarray(26, 30).join("."), bytes.subarray(30, 34).join(".")].sort().join(" and "));
	}
	return pairs;
}

export interface Run {
	/** The two hosts, as the frames say. */
	pair: string;
	first: number;
	last: number;
	frames: ReadonlySet<number>;
	begin: number;
	seconds: number;
}

/** Labelled frames of two hosts, none of them far from the next. */
export function runsOf(set: LabelledSet): Run[] {
	const pairs = pairsOf(set);
	const runs: (Run & { frames: Set<number>; end: number })[] = [];
	for (const { number, time } of set.frames) {
		if (set.isAttack.get(number) !== true) continue;
		const pair = pairs.get(number) ?? "others";
		const open = runs.findLast((run) => run.pair === pair);
		if (open !== undefined && time - open.end <= APART * SECOND) {
			open.frames.add(number);
			open.last = number;
			open.end = time;
			open.seconds = (time - open.begin) / SECOND;
		} else runs.push({ pair, first: number, last: number, frames: new Set([number]), begin: time, end: time, seconds: 0 });
	}
	return runs;
}

export interface RunOutcome {
	run: Run;
	/** Alerts on this run's frames alone that the clean part does not have, by weight. */
	alerts: readonly Finding[];
	delay: number;
	simple: ReadonlyMap<Detector, number>;
}

export interface SetOutcome {
	name: string;
	learnedFrames: number;
	watchedFrames: number;
	outcomes: readonly RunOutcome[];
	/** Above informational in the clean part. */
	clean: readonly Finding[];
	cleanHours: number;
	/** Of the clean part, by the simple detectors. */
	simple: ReadonlyMap<Detector, number>;
}

function watch(learned: readonly Frame[], watched: readonly Frame[]) {
	const from = learned[0]!.time;
	const simple = new Simple({ from, until: watched[0]!.time });
	const one = new Watch({ rule: simple.rule });
	for (const frame of learned) one.frame(frame);
	one.analyst.endLearning();
	for (const frame of watched) one.frame(frame);
	one.end();
	return { findings: one.findings(true), alarms: simple.alarms };
}

/** Learns `learned`, then watches a set with and without what is labelled. */
function measure(set: LabelledSet, learned: readonly Frame[], watched: readonly Frame[]): SetOutcome {
	const clean = watched.filter(({ number }) => set.isAttack.get(number) !== true);
	const whole = watch(learned, watched);
	const without = watch(learned, clean);
	const known = new Set(without.findings.map(foldOf));
	const usual = new Set(without.alarms.map(({ detector, variable }) => `${detector}|${variable}`));
	const outcomes = runsOf(set).map((run): RunOutcome => {
		const alerts = whole.findings
			.filter((finding) => !known.has(foldOf(finding)) && finding.alert.evidence.frames.every((frame) => run.frames.has(frame)))
			.sort((one, other) => other.alert.severity - one.alert.severity || one.time - other.time);
		const loud = alerts.filter(({ alert }) => alert.severity >= FINDING);
		const simple = new Map<Detector, number>();
		for (const { detector, variable, time } of whole.alarms) {
			const after = (time - run.begin) / SECOND;
			if (after >= 0 && after <= run.seconds + APART && !usual.has(`${detector}|${variable}`) && !simple.has(detector))
				simple.set(detector, after);
		}
		return {
			run,
			alerts,
			delay: loud.length === 0 ? Number.NaN : Math.min(...loud.map(({ time }) => (time - run.begin) / SECOND)),
			simple,
		};
	});
	const counts = new Map<Detector, number>();
	for (const { detector } of without.alarms) counts.set(detector, (counts.get(detector) ?? 0) + 1);
	return {
		name: set.name,
		learnedFrames: learned.length,
		watchedFrames: watched.length,
		outcomes,
		clean: without.findings.filter(({ alert }) => alert.severity >= FINDING),
		cleanHours: (clean.at(-1)!.time - clean[0]!.time) / SECOND / 3600,
		simple: counts,
	};
}

/** Each set: learned from what is clean before its first labelled frame, and from the clean frames of earlier sets where that is little. */
export async function measureLabelled(): Promise<SetOutcome[]> {
	const sets = await labelledSets();
	const outcomes: SetOutcome[] = [];
	const cleanBefore: Frame[] = [];
	for (const set of sets) {
		const first = set.frames.findIndex(({ number }) => set.isAttack.get(number) === true);
		const own = first < 100 ? [] : set.frames.slice(0, first);
		outcomes.push(measure(set, [...cleanBefore, ...own], set.frames.slice(own.length)));
		cleanBefore.push(...set.frames.filter(({ number }) => set.isAttack.get(number) !== true));
	}
	return outcomes;
}

export interface Strange {
	name: string;
	frames: number;
	/** Facts above informational, by type, with how often and the first sentence. */
	facts: readonly { type: string; alerts: number; sentence: string }[];
}

/** Facts in public captures that nobody labelled; nothing is learned of them. */
export async function strangeThings(): Promise<Strange[]> {
	const found: Strange[] = [];
	const lines = readFileSync(`${capturesRoot}MANIFEST.tsv`, "utf8").trim().split("\n").slice(1);
	for (const line of lines.sort()) {
		const cells = line.split("\t");
		const [name, protocol, labels] = [cells[0]!, cells[2] ?? "", cells[8] ?? ""];
		if (!/Modbus|OPC UA/.test(protocol) || labels.startsWith("per-packet") || !existsSync(capturesRoot + name)) continue;
		const own = new Watch();
		const frames = await framesOf(capturesRoot + name);
		for (const frame of frames) own.frame(frame);
		own.end();
		const facts = new Map<string, { type: string; alerts: number; sentence: string }>();
		for (const { alert } of own.findings()) {
			if (alert.nature !== "fact") continue;
			const known = facts.get(alert.type);
			if (known === undefined) facts.set(alert.type, { type: alert.type, alerts: 1, sentence: alert.sentence });
			else known.alerts++;
		}
		if (facts.size > 0) found.push({ name, frames: frames.length, facts: [...facts.values()] });
	}
	return found;
}
