/** Records scenarios into `captures/`: the frames of the mirror or of the serial line's tap, the marks, and one index over all of them. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ZoneSettings } from "../../src/config/zones.ts";
import type { Expectation } from "./expectation.ts";
import { frameTimes } from "./frameTimes.ts";
import { Lab } from "./lab.ts";
import { LabError, MIRROR_INTERFACE, NamespaceNetwork, toolExists } from "./network.ts";
import { addressOf, HOSTS, NETWORK } from "./plant.ts";
import { isSerial, PLAYBILL } from "./playbill.ts";
import { seedOf } from "./random.ts";
import type { Finding, Scenario, ScenarioRecord } from "./scenarios.ts";
import { LINE_NAME, SerialLine } from "./serialLine.ts";
import type { SerialScenario } from "./serialScenarios.ts";
import { type Mark, Stage } from "./stage.ts";
import { captureTap } from "./tapRecorder.ts";

/** Small enough to live in a repository and be read as a test. */
const LARGEST_FILE = 1_000_000;
const SETTLE = 4000;

export interface CaptureEntry {
	name: string;
	file: string;
	scenario: string;
	title: string;
	verdict: "benign" | "attack";
	/** Benign and covered by the recording that it is judged by: nothing above informational may be found. */
	routine: boolean;
	recorded: string;
	/** Seconds that the plant had lived when it began; where it is missing, all of the time since the plant was born. */
	age?: number;
	bytes: number;
	frames: number;
	seconds: number;
	sha256: string;
	/** When the attack was: seconds after the first frame, and the first and last frame of that time (numbers from 1; others talk meanwhile). */
	attack?: { start: number; end: number; firstFrame: number; lastFrame: number; host: string; ip?: string };
	mustFind: readonly Finding[];
	mayFind: readonly string[];
	withoutPermit?: readonly Finding[];
	/** What the box is told of zones. */
	zones?: ZoneSettings;
	/** What `decode` and `replay` must print; undefined until `npm run lab -- expect` has written it. */
	expect?: Expectation;
}

export interface CaptureIndex {
	schema: 1;
	/** Seconds since the epoch at which the plant of these recordings began. */
	born: number;
	network: string;
	hosts: { name: string; role: string; ip: string; mac: string; title: string }[];
	captures: CaptureEntry[];
}

/** Records the named scenarios (all of them when none is named). `folder` is `captures/`. */
export async function record(names: readonly string[], folder: string, signal: AbortSignal): Promise<void> {
	const wanted = names.length === 0 ? PLAYBILL : PLAYBILL.filter((one) => names.includes(one.name));
	const index = readIndex(folder);
	const now = Date.now() / 1000;
	if (names.length === 0) index.born = now;
	// A partial recording goes on where the plant was at the end of the latest one, however long ago that is.
	const age = names.length === 0 ? 0 : Math.max(0, ...index.captures.map((entry) => ageOf(entry, index.born) + entry.seconds));
	const keep = (entry: CaptureEntry): void => {
		entry.age = rounded(age + Date.parse(entry.recorded) / 1000 - now);
		index.captures = filed(index.captures, entry);
		writeFileSync(join(folder, "index.json"), `${JSON.stringify(index, undefined, "\t")}\n`);
		writeTable(index, join(folder, "README.md"));
		console.log(`${entry.file}: ${entry.frames} frames, ${entry.bytes} bytes, ${entry.seconds.toFixed(1)} s`);
	};
	const onNetwork = wanted.filter((one) => !isSerial(one)) as Scenario[];
	if (onNetwork.length > 0) {
		for (const tool of ["tcpdump", "nft"]) {
			if (!toolExists(tool)) throw new LabError(`Recording needs ${tool} (apt-get install ${tool === "nft" ? "nftables" : tool}).`);
		}
		const seed = seedOf("plant");
		const lab = new Lab(new NamespaceNetwork(), seed, age);
		try {
			await lab.start(seed);
			for (const scenario of onNetwork) keep(await recordOne(lab, scenario, folder, signal));
		} finally {
			await lab.stop();
		}
	}
	for (const scenario of wanted.filter(isSerial)) keep(await recordLine(scenario, folder, age + Date.now() / 1000 - now, signal));
}

/** In the order of the scenarios; what other hands recorded stays, behind them. */
function filed(captures: readonly CaptureEntry[], entry: CaptureEntry): CaptureEntry[] {
	const all = new Map([...captures, entry].map((one) => [one.name, one]));
	const own = PLAYBILL.flatMap(({ name }) => all.get(name) ?? []);
	return [...own, ...[...all.values()].filter((one) => !own.includes(one))];
}

async function recordOne(lab: Lab, scenario: Scenario, folder: string, signal: AbortSignal): Promise<CaptureEntry> {
	const file = `${scenario.name}.pcap`;
	const temporary = join(folder, `.${file}.part`);
	await lab.reset();
	await sleep(SETTLE, undefined, { signal });
	lab.network.forgetNeighbours();
	const stage = new Stage(lab, signal);
	try {
		await captureMirror(lab, temporary, async () => {
			stage.begin();
			await lab.connectClients();
			await scenario.play(stage);
			await stage.until(scenario.seconds);
		});
		await lab.disconnectClients();
		return filedAs(scenario, file, temporary, stage.marks, folder);
	} finally {
		rmSync(temporary, { force: true });
	}
}

async function recordLine(scenario: SerialScenario, folder: string, age: number, signal: AbortSignal): Promise<CaptureEntry> {
	const file = `${scenario.name}.pcapng`;
	const temporary = join(folder, `.${file}.part`);
	const line = new SerialLine(age, signal);
	try {
		await line.open();
		await captureTap(line.bus.path("tap"), LINE_NAME, temporary, async () => {
			line.begin();
			await scenario.play(line);
			await line.until(scenario.seconds);
		});
		if (line.bus.sentByTap > 0) throw new LabError("The tap has sent bytes into the line.");
		return filedAs(scenario, file, temporary, line.marks, folder);
	} finally {
		await line.close();
		rmSync(temporary, { force: true });
	}
}

/** Moves a recording to its place, its marks beside it; gives its entry in the index. */
function filedAs(scenario: ScenarioRecord, file: string, temporary: string, marks: readonly Mark[], folder: string): CaptureEntry {
	const bytes = statSync(temporary).size;
	if (bytes > LARGEST_FILE)
		throw new LabError(`${file} came to ${bytes} bytes; a recording may have ${LARGEST_FILE}. Shorten the scenario.`);
	const times = frameTimes(temporary);
	const first = times[0];
	if (first === undefined) throw new LabError(`${file} holds no frame: nothing was seen.`);
	renameSync(temporary, join(folder, file));
	writeFileSync(
		join(folder, `${scenario.name}.marks.json`),
		`${JSON.stringify({ scenario: scenario.name, firstFrame: first, marks }, undefined, "\t")}\n`,
	);
	const attack = attackWindow(marks, times, first);
	return {
		name: scenario.name,
		file,
		scenario: scenario.name,
		title: scenario.title,
		verdict: scenario.verdict,
		routine: scenario.isRoutine,
		recorded: new Date(first * 1000).toISOString(),
		bytes,
		frames: times.length,
		seconds: rounded(times.at(-1)! - first),
		sha256: createHash("sha256")
			.update(readFileSync(join(folder, file)))
			.digest("hex"),
		...(attack === undefined ? {} : { attack }),
		mustFind: scenario.mustFind,
		mayFind: scenario.mayFind,
		...(scenario.withoutPermit === undefined ? {} : { withoutPermit: scenario.withoutPermit }),
		...(scenario.zones === undefined ? {} : { zones: scenario.zones }),
	};
}

/** Writes what the mirror sees to `file` for as long as `work` takes. */
export async function captureMirror(lab: Lab, file: string, work: () => Promise<void>): Promise<void> {
	// -Z root: tcpdump would otherwise give up the right to write here.
	const args = ["-i", MIRROR_INTERFACE, "-n", "-U", "-s", "0", "-B", "16384", "-Z", "root", "-w", file];
	const tcpdump = lab.network.startOnSwitch("tcpdump", args, { stdio: ["ignore", "ignore", "pipe"] });
	const ended = once(tcpdump, "exit");
	let words = "";
	const listening = new Promise<void>((resolve, reject) => {
		tcpdump.stderr?.on("data", (bytes: Buffer) => {
			words += bytes.toString();
			if (words.includes("listening on")) resolve();
		});
		ended.then(() => reject(new LabError(`tcpdump ended before it began: ${words.trim()}`)), reject);
	});
	try {
		await listening;
		await work();
		// The last frames are still on their way through the mirror.
		await sleep(200);
	} finally {
		tcpdump.kill("SIGINT");
		await ended;
	}
	const dropped = /(\d+) packets? dropped by kernel/.exec(words)?.[1];
	if (dropped !== "0") throw new LabError(`tcpdump lost frames: ${words.trim()}`);
}

function attackWindow(marks: readonly Mark[], times: readonly number[], first: number): CaptureEntry["attack"] {
	const hostile = marks.filter((mark) => mark.isAttack);
	if (hostile.length === 0) return undefined;
	const start = Math.min(...hostile.map((mark) => mark.start));
	const end = Math.max(...hostile.map((mark) => mark.end));
	const firstFrame = times.findIndex((time) => time >= start) + 1;
	const lastFrame = times.findLastIndex((time) => time <= end) + 1;
	const host = hostile[0]!.host;
	const isOnNetwork = HOSTS.some(({ name }) => name === host);
	return {
		start: rounded(start - first),
		end: rounded(end - first),
		firstFrame,
		lastFrame,
		host,
		...(isOnNetwork && { ip: addressOf(host) }),
	};
}

/** The table of the recordings in the README, between its two marks. */
function writeTable(index: CaptureIndex, readme: string): void {
	const rows = index.captures.map((one) => {
		const found = one.mustFind.map((finding) => `\`${finding.type}\``);
		const verdict = one.routine ? "routine" : one.verdict;
		return `| \`${one.file}\` | ${verdict} | ${one.frames} | ${Math.round(one.seconds)} | ${one.title} | ${[...new Set(found)].join(" ")} |`;
	});
	const table = ["| file | | frames | s | what happens | must be found |", "| --- | --- | --- | --- | --- | --- |", ...rows].join("\n");
	const text = readFileSync(readme, "utf8");
	writeFileSync(readme, text.replace(/(<!-- recordings[^>]*-->\n)[\s\S]*(<!-- end -->)/, `$1\n${table}\n\n$2`));
}

const ageOf = ({ age, recorded }: CaptureEntry, born: number): number => age ?? Date.parse(recorded) / 1000 - born;

function readIndex(folder: string): CaptureIndex {
	const file = join(folder, "index.json");
	const old = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as CaptureIndex) : undefined;
	return {
		schema: 1,
		born: old?.born ?? 0,
		network: `${NETWORK.prefix}0/${NETWORK.bits}`,
		hosts: HOSTS.map((host) => ({ name: host.name, role: host.role, ip: addressOf(host.name), mac: host.mac, title: host.title })),
		captures: old?.captures ?? [],
	};
}

function rounded(seconds: number): number {
	return Math.round(seconds * 1000) / 1000;
}
