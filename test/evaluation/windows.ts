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

interface AttackWindow {
	/** What the labels call it. */
	readonly attack: string;
	readonly frames: readonly Frame[];
	readonly labelled: ReadonlySet<number>;
	/** Addresses that sent labelled frames. */
	readonly attackers: ReadonlySet<string>;
}

const addressAt = ({ bytes }: Frame, at: number): string =>
	bytes[12] === 8 && bytes[13] === 0 ? bytes.subarray(at, at + 4).join(".") : "";

/** All windows, in the order of time. */
async function attackWindows(): Promise<AttackWindow[]> {
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

/** What an engineer does in a public capture, by the name that its author gave the file, and the facts that say so; several where it is done in several steps. */
const ITI = "ITI+ICS-Security-Tools/pcaps/";
const WORK: readonly (readonly [file: string, what: string, facts: readonly string[]])[] = [
	[`${ITI}EthernetIP/cip_start_plc.pcap`, "a controller is started", ["controller-start"]],
	[`${ITI}EthernetIP/cip_stop_plc.pcap`, "a controller is stopped", ["controller-stop"]],
	[`${ITI}EthernetIP/cip_unlock_cpu.pcap`, "a controller is unlocked", ["enip-controller-unlocked"]],
	[
		`${ITI}openics/EIP-RebootorRestart.pcap`,
		"a controller gets its program and is started anew",
		["controller-stop", "program-download", "controller-start"],
	],
	[`${ITI}openics/EIP-SoftwareUpload.pcap`, "a program is read", ["program-upload"]],
	[`${ITI}s7/s7comm_downloading_block_db1.pcap`, "a data block is loaded", ["program-download"]],
	[`${ITI}s7/S7-1200-Uploading-OB1-TIAV12.pcap`, "a block is loaded by S7comm-plus", ["program-download"]],
	[`${ITI}s7/snap7_s300_stop.pcapng`, "a controller is stopped", ["controller-stop"]],
	[
		`${ITI}s7/snap7_s300_everything.pcapng`,
		"blocks are read, a controller is stopped and started, its memory copied",
		["program-upload", "controller-stop", "controller-start", "controller-memory-write"],
	],
	[`${ITI}s7/step7_s300_AuthPassword.pcapng`, "a password is given", ["s7comm-password-in-clear"]],
	[`${ITI}s7/step7_s300_copyRamToRom.pcapng`, "memory is copied", ["controller-memory-write"]],
	[`${ITI}s7/step7_s300_download.pcapng`, "a program is loaded", ["program-download"]],
	[`${ITI}s7/step7_s300_stop.pcapng`, "a controller is stopped", ["controller-stop"]],
	[`${ITI}s7/step7_s300_rwVarTab.pcapng`, "values are modified by a table of variables", ["values-forced"]],
	[
		`${ITI}s7/tia_s300_downloadHwConfig.pcapng`,
		"a hardware configuration is loaded",
		["controller-stop", "program-download", "controller-start"],
	],
	[`${ITI}s7/tia_s300_downloadOb1.pcapng`, "a block is loaded", ["program-download"]],
	[`${ITI}dnp3/cold_restart_and_response.pcap`, "a cold restart", ["controller-restart"]],
	[`${ITI}dnp3/warm_restart_and_response.pcap`, "a warm restart", ["controller-restart"]],
	[`${ITI}dnp3/file_delete.pcap`, "a file is deleted", ["program-delete"]],
	[`${ITI}dnp3/file_read.pcap`, "a file is read", ["program-upload"]],
	[`${ITI}dnp3/file_write.pcap`, "a file is written", ["program-download"]],
];

export interface WorkOutcome {
	readonly file: string;
	readonly what: string;
	readonly expected: readonly string[];
	/** Facts above informational that were reported, by type, with how often. */
	readonly facts: ReadonlyMap<string, number>;
}

export async function measureWork(): Promise<WorkOutcome[]> {
	const outcomes: WorkOutcome[] = [];
	for (const [file, what, expected] of WORK) {
		if (!existsSync(capturesRoot + file)) continue;
		const watch = new Watch();
		for (const frame of await framesOf(capturesRoot + file)) watch.frame(frame);
		watch.end();
		const facts = new Map<string, number>();
		for (const { alert } of watch.findings())
			if (alert.nature === "fact") facts.set(alert.type, (facts.get(alert.type) ?? 0) + alert.count);
		outcomes.push({ file, what, expected, facts });
	}
	return outcomes;
}
