/**
 * `npm run evaluate`: what is found and what is said in vain. Attacks and benign events in a simulated plant, labelled public captures; and how well the learner learns: fourteen
 * simulated days, twice, changes injected into the second week, the same on public captures, cost. Writes the tables into test/evaluation/README.md.
 *
 *   npm run evaluate                         all of it, as tables, and into the README
 *   npm run evaluate -- --only attacks       one part: attacks, labelled, plant, changes, captures or cost
 *   npm run evaluate -- --quick              a small one, to see that it works; writes nothing
 *   npm run evaluate -- --misses             with each change that was not found, on standard error
 *   npm run evaluate -- --seed 7             another plant, other attacks and other changes; writes nothing
 */
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Random } from "../../captures/lab/random.ts";
import { ATTACKS } from "./attacks.ts";
import { BENIGN } from "./benign.ts";
import { clockWords, DAY, EPOCH, HOUR } from "./calendar.ts";
import { type CaptureNormal, type CaptureOutcome, captureNames, hasCaptures, measureCapture } from "./captures.ts";
import { measureCost } from "./cost.ts";
import { causesOf, cyclicFindings, injectAll, type NormalRun, normalRun, type Outcome } from "./evaluation.ts";
import { FAULTS, type Fault, LIE, momentTimes, VALUE_FAULTS } from "./injection.ts";
import { hasLabelled, measureLabelled, strangeThings } from "./labelled.ts";
import { DAYS, LEARNED_DAYS } from "./people.ts";
import { playAll, suiteRun } from "./suite.ts";
import { attackTables, benignTables, labelledTables, strangeTable, windowTable, workTable } from "./suiteTables.ts";
import { type Cell, median, percent, secondsWords, table, writeBetween } from "./tables.ts";
import type { Finding } from "./watch.ts";
import { measureWindows, measureWork } from "./windows.ts";

const PARTS = ["attacks", "labelled", "plant", "changes", "captures", "cost"] as const;
type Part = (typeof PARTS)[number];

const { values } = parseArgs({
	options: {
		quick: { type: "boolean", default: false },
		misses: { type: "boolean", default: false },
		only: { type: "string" },
		seed: { type: "string", default: "1" },
		count: { type: "string" },
	},
});
const seed = Number(values.seed);
const count = Number(values.count ?? (values.quick ? 24 : 624));
if (
	!Number.isInteger(seed) ||
	!Number.isInteger(count) ||
	count < 1 ||
	(values.only !== undefined && !PARTS.includes(values.only as Part))
) {
	process.stderr.write(`evaluate: --seed and --count take whole numbers, --only one of ${PARTS.join(", ")}.\n`);
	process.exit(2);
}
const isWanted = (part: Part): boolean => values.only === undefined || values.only === part;
const readme = fileURLToPath(
	new URL(import.meta.url.includes("/dist/") ? "../../../test/evaluation/README.md" : "README.md", import.meta.url),
);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** The tables of the README are those of the first seed, whole. */
const isWritten = !values.quick && seed === 1 && values.count === undefined;

/** Prints a part, and writes it. */
function give(name: string, text: string): void {
	process.stdout.write(`\n## ${name}\n\n${text}\n`);
	if (isWritten) writeBetween(readme, name, text);
}

/** Runs of each kind of attack, and of benign event. */
const ATTACK_ROUNDS = 5;
const BENIGN_ROUNDS = 5;
const MOMENTS = 24;
/** Hours after which the changes of the learning curve are injected. */
const CURVE_HOURS = [2, 6, 12, 20, 26, 32, 38, 50, 74, 98, 146];
const CURVE_EACH = 4;
/** Goldenberg and Wool watched real channels for so long without a false alarm; the goal for channels that only repeat a cycle. */
const CYCLIC_HOURS = 111;
const BANDS = ["critical", "high", "medium", "low"] as const;

const learned = (days: number): number => (values.quick ? 1 : days);
const days = values.quick ? 2 : DAYS;
const onDay = (day: number): void => void process.stderr.write(`\r\x1b[Kday ${day} of ${days}`);

function run(isDeclared: boolean, moments: readonly number[]): NormalRun {
	const learnedDays = learned(LEARNED_DAYS);
	const result = normalRun({
		seed,
		days,
		learnedDays,
		isDeclared,
		...(isDeclared && { learningSeconds: learnedDays * 86_400 }),
		moments,
		onDay,
	});
	process.stderr.write("\r\x1b[K");
	return result;
}

/** What an alert is about, so that those of one cause stand in one line. */
const causeWords = (finding: Finding, { deeds }: NormalRun): string => causesOf(finding, deeds)[0] ?? "nothing that anybody did";

function plantTables(declared: NormalRun, shipped: NormalRun): string {
	const from = learned(LEARNED_DAYS) * DAY;
	const watched = days - learned(LEARNED_DAYS);
	const of = ({ findings }: NormalRun, isWatched: boolean): Finding[] => findings.filter(({ time }) => time - EPOCH >= from === isWatched);
	const cyclicHours = Math.min(CYCLIC_HOURS, watched * 24);
	const rows = (
		[
			["learning for seven days, then told that all was normal", declared],
			["as shipped: a day of learning, nobody says anything", shipped],
		] as const
	).map(([name, normal]): Cell[] => {
		const found = of(normal, true);
		return [
			name,
			of(normal, false).length,
			...BANDS.map((band) => found.filter(({ alert }) => alert.severityName === band).length),
			(found.length / watched).toFixed(2),
			cyclicFindings(normal.findings, from, from + cyclicHours * HOUR).length,
		];
	});
	const summary = table(
		["", "alerts while learning", ...BANDS, "above informational a day (at most 1)", `on cyclic channels in ${cyclicHours} h (0)`],
		rows,
	);
	const list = (normal: NormalRun): string => {
		const kinds = new Map<string, { finding: Finding; count: number }>();
		for (const finding of of(normal, true)) {
			const key = `${finding.alert.type}|${finding.key}|${causeWords(finding, normal)}`;
			const known = kinds.get(key);
			if (known === undefined) kinds.set(key, { finding, count: 1 });
			else known.count++;
		}
		return table(
			["alerts", "first", "severity", "type", "what was said first", "what had happened"],
			[...kinds.values()]
				.sort((one, other) => other.count - one.count)
				.map(({ finding, count: times }) => [
					times,
					clockWords(finding.time - EPOCH),
					finding.alert.severity,
					finding.alert.type,
					finding.alert.sentence,
					causeWords(finding, normal),
				]),
		);
	};
	const { frames, operations, points, milliseconds } = declared;
	return [
		`${days} days, ${frames.toLocaleString("en")} frames, ${operations.toLocaleString("en")} operations, ${points} points; the days pass ${Math.round((days * 86_400_000) / milliseconds).toLocaleString("en")} times as fast as real ones.`,
		summary,
		"Alerts of the watched days, those of one cause in one line. Learned for seven days:",
		list(declared),
		"As shipped:",
		list(shipped),
		"Maturity as the status of each PLC shows it, as shipped (`–`: not within the run):",
		maturityTable(shipped),
	].join("\n\n");
}

/** When the maturity of each PLC, which is one number over its traits, first reached some marks. */
function maturityTable({ maturity }: NormalRun): string {
	const plcs = [...new Set(maturity.map(({ plc }) => plc))].sort();
	const marks = [0.25, 0.5, 0.9, 1];
	const rows = plcs.map((name): Cell[] => {
		const own = maturity.filter(({ plc }) => plc === name);
		return [name, ...marks.map((mark) => own.find(({ maturity: share }) => share >= mark)?.hour ?? "–"), own.at(-1)!.maturity.toFixed(2)];
	});
	return table(["PLC", ...marks.map((mark) => `hours to ${mark * 100} %`), "at the end"], rows);
}

interface Found {
	isFound: boolean;
	delay: number;
	whisper: string | undefined;
}

const rowOf = (name: string, of: readonly Found[]): Cell[] => {
	const found = of.filter(({ isFound }) => isFound);
	const delays = found.map(({ delay }) => delay).sort((one, other) => one - other);
	return [
		name,
		of.length,
		found.length,
		percent(found.length, of.length),
		of.filter(({ whisper }) => whisper !== undefined).length,
		secondsWords(median(delays)),
		secondsWords(delays.length === 0 ? Number.NaN : delays[Math.min(delays.length - 1, Math.floor(0.9 * delays.length))]!),
	];
};
const HEAD = ["change", "injected", "found", "share", "only informational", "delay, median", "delay, 90 %"];

/** Values that are wrong only beside others, by the point that showed them. */
function lieTables(lies: readonly Outcome[]): string {
	const points = [...new Set(lies.map(({ injection }) => injection.of))].sort();
	const own = (point: string) => lies.filter(({ injection }) => injection.of === point);
	return [table(HEAD, [rowOf(LIE, lies), ...points.map((point) => rowOf(point, own(point)))]), `Found by: ${foundBy(lies)}.`].join("\n\n");
}

/** "value-outside 4, value-level 2". */
function foundBy(outcomes: readonly Outcome[]): string {
	const types = new Map<string, number>();
	for (const { type } of outcomes) if (type !== undefined) types.set(type, (types.get(type) ?? 0) + 1);
	const words = [...types].sort(([, one], [, other]) => other - one).map(([type, times]) => `${type} ${times}`);
	return words.join(", ") || "–";
}

function changeTables(outcomes: readonly Outcome[]): string {
	const rows = FAULTS.map((fault) =>
		rowOf(
			fault,
			outcomes.filter(({ injection }) => injection.fault === fault),
		),
	);
	const isValue = ({ injection }: Outcome): boolean => injection.fault.startsWith("value outside");
	const large = outcomes.filter((outcome) => isValue(outcome) && outcome.injection.isLarge);
	rows.push(rowOf("**all** (goal 90 %)", outcomes));
	rows.push(rowOf("**values further outside than the point's normal range is wide** (goal 95 %)", large));
	rows.push(
		rowOf(
			"values less far outside",
			outcomes.filter((outcome) => isValue(outcome) && !outcome.injection.isLarge),
		),
	);
	const kinds = [
		...new Set(
			outcomes.filter(({ injection }) => (VALUE_FAULTS as readonly Fault[]).includes(injection.fault)).map(({ injection }) => injection.of),
		),
	].sort();
	const cells = kinds.map((kind) => {
		const cell = (fault: Fault): string => {
			const of = outcomes.filter(({ injection }) => injection.fault === fault && injection.of === kind);
			return of.length === 0 ? "–" : `${of.filter(({ isFound }) => isFound).length} of ${of.length}`;
		};
		return [kind, ...VALUE_FAULTS.map(cell)];
	});
	const named = outcomes.filter(({ isFound, injection }) => isFound && injection.point !== undefined);
	return [
		table(HEAD, rows),
		`Of the ${named.length} found changes of one point, ${named.filter(({ isNamed }) => isNamed).length} were said of that very point.`,
		"By what the point is:",
		table(["point", ...VALUE_FAULTS], cells),
		"By what found them:",
		table(
			["change", "found by"],
			FAULTS.map((fault) => [fault, foundBy(outcomes.filter(({ injection }) => injection.fault === fault))]),
		),
	].join("\n\n");
}

/** Kinds of changes that one trait is there for. */
const GROUPS: readonly (readonly [name: string, faults: readonly Fault[]])[] = [
	["values outside, read", ["value outside, read"]],
	["values outside, written", ["value outside, written"]],
	["steps, drift", ["impossible step", "slow drift"]],
	["still, replayed", ["frozen", "replayed"]],
	["writers, points", ["wrong writer", "new point"]],
	["hours", ["wrong hour"]],
	["order", ["wrong order"]],
	["rhythm", ["missing poll", "faster poll"]],
];

function curveTable(shipped: NormalRun): string {
	const rows = shipped.snapshots.map((snapshot, at): Cell[] => {
		const outcomes = injectAll([snapshot], shipped, { seed: seed + 100 + at, count: CURVE_EACH * FAULTS.length });
		const cells = GROUPS.map(([, faults]) => {
			const of = outcomes.filter(({ injection }) => faults.includes(injection.fault));
			return of.length === 0 ? "–" : `${of.filter(({ isFound }) => isFound).length} of ${of.length}`;
		});
		return [Math.round(snapshot.from / HOUR), ...cells];
	});
	return table(["hours learned", ...GROUPS.map(([name]) => name)], rows);
}

async function captureTables(): Promise<string> {
	const normals: CaptureNormal[] = [];
	const outcomes: CaptureOutcome[] = [];
	const names = values.quick ? captureNames().slice(-1) : captureNames();
	for (const name of names) {
		process.stderr.write(`\r\x1b[K${name}`);
		const { normal, outcomes: of } = await measureCapture(name, { seed, count: values.quick ? 11 : 44 });
		normals.push(normal);
		outcomes.push(...of);
	}
	process.stderr.write("\r\x1b[K");
	const short = (name: string): string => name.replace(/^.*\//, "");
	if (values.misses)
		for (const { name, fault, words, isFound, whisper } of outcomes)
			if (!isFound) say(`${short(name)}: ${fault}: ${words}; ${whisper ?? "silent"}`);
	const rows = normals.map(({ name, frames, hours, points, findings, informational }): Cell[] => [
		short(name),
		frames,
		(hours * 60).toFixed(1),
		points,
		findings.length,
		informational,
		(findings.length / hours).toFixed(1),
		findings.map(({ alert }) => alert.type).join(", "),
	]);
	const faults = [...new Set(outcomes.map(({ fault }) => fault))];
	const found = FAULTS.filter((fault) => faults.includes(fault)).map((fault) =>
		rowOf(
			fault,
			outcomes.filter((outcome) => outcome.fault === fault),
		),
	);
	found.push(rowOf("**all**", outcomes));
	found.push(
		rowOf(
			"**values further outside than the point's range**",
			outcomes.filter(({ fault, isLarge }) => isLarge && fault.startsWith("value outside")),
		),
	);
	return [
		table(["capture", "frames", "minutes watched", "points", "above informational", "informational", "an hour", "types"], rows),
		"Changes injected into the watched halves:",
		table(HEAD, found),
	].join("\n\n");
}

async function costTables(): Promise<string> {
	const {
		decoded,
		learned: whole,
		operations,
		files,
		memory,
		saveMilliseconds,
		restoreMilliseconds,
	} = await measureCost(values.quick ? [4000] : [20_000, 100_000]);
	const round = (number: number): number => Math.round(number);
	return [
		`${process.version}, ${cpus()[0]?.model ?? "an unknown processor"}. An hour of the plant, ${round(operations).toLocaleString("en")} operations; the fastest of five rounds.`,
		table(
			["", "ns an operation"],
			[
				["frames to observations, no learner", round(decoded)],
				["with learner and judge", round(whole)],
				["learner and judge alone", round(whole - decoded)],
				...files.map(([file, nanoseconds]): Cell[] => [`of it \`${file}\` (sampled)`, round(nanoseconds)]),
			],
		),
		table(
			["points", "bytes a point (goal 1,024)"],
			memory.map(([points, bytes]) => [points.toLocaleString("en"), round(bytes)]),
		),
		`All of it saved in ${round(saveMilliseconds)} ms and taken back in ${round(restoreMilliseconds)} ms.`,
	].join("\n\n");
}

const began = performance.now();
const lastDay = days - learned(LEARNED_DAYS);
if (isWanted("attacks")) {
	const from = learned(LEARNED_DAYS) * DAY;
	const moments = values.quick ? [from + 9 * HOUR, from + 15 * HOUR] : momentTimes(new Random(seed), MOMENTS);
	const suite = suiteRun({ seed, days, learnedDays: learned(LEARNED_DAYS), moments, onDay });
	const { attacks, benign } = playAll(suite, {
		seed,
		attacks: ATTACKS.length * (values.quick ? 1 : ATTACK_ROUNDS),
		benign: BENIGN.length * (values.quick ? 1 : BENIGN_ROUNDS),
		onDone: (done, of) => void process.stderr.write(`\r\x1b[K${done} of ${of} runs`),
	});
	process.stderr.write("\r\x1b[K");
	give("attacks", attackTables(attacks));
	give("benign", benignTables(suite, benign, from));
}
if (isWanted("labelled")) {
	if (hasLabelled()) {
		give("labelled", labelledTables(await measureLabelled()));
		give("strange", strangeTable(await strangeThings()));
		give("windows", windowTable(await measureWindows()));
		give("work", workTable(await measureWork()));
	} else say("evaluate: the labelled captures are not here; that part is left out.");
}
if (isWanted("plant") || isWanted("changes")) {
	const moments = values.quick
		? [learned(LEARNED_DAYS) * DAY + 9 * HOUR, learned(LEARNED_DAYS) * DAY + 15 * HOUR]
		: momentTimes(new Random(seed), MOMENTS);
	const curve = values.quick ? [6 * HOUR] : CURVE_HOURS.map((hours) => hours * HOUR);
	const declared = run(true, moments);
	say(`learned for ${learned(LEARNED_DAYS)} days, watched ${lastDay}: ${declared.findings.length} alerts`);
	if (isWanted("plant")) {
		const shipped = run(false, curve);
		give("plant", plantTables(declared, shipped));
		give("curve", curveTable(shipped));
	}
	if (isWanted("changes")) {
		const outcomes = injectAll(declared.snapshots, declared, {
			seed: seed + 1,
			count,
			onDone: (done) => void process.stderr.write(`\r\x1b[K${done} of ${count} changes`),
		});
		process.stderr.write("\r\x1b[K");
		if (values.misses)
			for (const { injection, isFound, whisper } of outcomes)
				if (!isFound) say(`${injection.fault}${injection.isLarge ? " (large)" : ""}: ${injection.words}; ${whisper ?? "silent"}`);
		give("changes", changeTables(outcomes));
		give("lies", lieTables(injectAll(declared.snapshots, declared, { seed: seed + 2, count: Math.ceil(count / 10), faults: [LIE] })));
	}
}
if (isWanted("captures")) {
	if (hasCaptures()) give("captures", await captureTables());
	else say("evaluate: the public captures are not here; that part is left out.");
}
if (isWanted("cost")) give("cost", await costTables());
const { user, system } = process.cpuUsage();
say(`${((performance.now() - began) / 1000).toFixed(0)} s, ${((user + system) / 1e6).toFixed(0)} s of them on a processor`);
