/**
 * Public captures that show one attack each, or one thing that an engineer does. Of a labelled window is learned what all other windows show of the plant without who attacks (the
 * labels say who that is); it is found where an alert above informational is about labelled frames and has the attacker as its source. Of an engineer's work nothing is learned: it
 * is found where the fact is reported that says what it is.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Frame } from "../../src/capture/frame.ts";
import { SECOND } from "./calendar.ts";
import { capturesRoot, framesOf } from "./labelled.ts";
import { type Finding, Watch } from "./watch.ts";

const FOLDER = "qut-infosec+2017QUT_S7comm/";
const LABELS = ".master.csv";
/** Offset and length of the source's address of IPv4 in an Ethernet frame, and of the other's. */
const SOURCE = 26;
const DESTINATION = 30;

export interface AttackWindow {
	/** What the labels call it. */
	readonly attack: string;
	readonly frames: readonly Frame[];
	readonly labelled: ReadonlySet<number>;
	/** Addresses that sent labelled frames. */
	readonly attackers: ReadonlySet<string>;
}

const addressAt = ({ bytes }: Frame, at: number): string =>
	bytes[12] === 8 && bytes[13] === 0 ? bytes.subarray(at, at + 4).join(".") : "";

export const hasWindows = (): boolean => existsSync(capturesRoot + FOLDER);

/** All windows, in the order of time. */
export async function attackWindows(): Promise<AttackWindow[]> {
	const windows: AttackWindow[] = [];
	const folder = capturesRoot + FOLDER;
	for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(LABELS))) {
		const rows = readFileSync(join(folder, file), "utf8").trim().split(/\r?\n/);
		const labelled = new Set(rows.map((row) => Number(row.split(",")[0])));
		const frames = await framesOf(join(folder, `${file.slice(0, -".csv".length)}.pcap`));
		const attackers = new Set(frames.filter(({ number }) => labelled.has(number)).map((frame) => addressAt(frame, SOURCE)));
		windows.push({ attack: rows[0]!.split(",")[2]!.trim(), frames, labelled, attackers });
	}
	return windows.sort((one, other) => one.frames[0]!.time - other.frames[0]!.time);
}

export interface WindowOutcome {
	readonly window: AttackWindow;
	/** Alerts about the attack, the weightiest first. */
	readonly alerts: readonly Finding[];
	/** Above informational, about anybody else. */
	readonly others: readonly Finding[];
	/** Seconds from the first labelled frame to the first alert; NaN for none. */
	readonly delay: number;
}

export async function measureWindows(): Promise<WindowOutcome[]> {
	const windows = await attackWindows();
	const attackers = new Set(windows.flatMap((one) => [...one.attackers]));
	const isTheirs = (frame: Frame) => attackers.has(addressAt(frame, SOURCE)) || attackers.has(addressAt(frame, DESTINATION));
	return windows.map((window): WindowOutcome => {
		const watch = new Watch();
		// The plant's own traffic of the other windows, before this one and after it, in one row of time.
		for (const other of windows) {
			if (other === window) continue;
			const shift = window.frames[0]!.time - 86_400 * SECOND * (windows.length - windows.indexOf(other)) - other.frames[0]!.time;
			for (const frame of other.frames) if (!isTheirs(frame)) watch.frame({ ...frame, time: frame.time + shift });
		}
		watch.analyst.endLearning();
		for (const frame of window.frames) watch.frame(frame);
		watch.end();
		const begin = window.frames.find(({ number }) => window.labelled.has(number))!.time;
		const own = watch.findings().filter(({ alert }) => alert.ts * SECOND >= window.frames[0]!.time - 1);
		const isAbout = ({ alert }: Finding) =>
			window.attackers.has(alert.source.ip ?? "") &&
			alert.evidence.frames.some((frame) => window.labelled.has(frame) || window.labelled.has(frame - 1));
		const alerts = own.filter(isAbout).sort((one, other) => other.alert.severity - one.alert.severity);
		return {
			window,
			alerts,
			others: own.filter((finding) => !isAbout(finding)),
			delay: alerts.length === 0 ? Number.NaN : Math.min(...alerts.map(({ time }) => (time - begin) / SECOND)),
		};
	});
}
