/** Tables of the suite of scenarios and of the labelled captures. */
import { ATTACKS } from "./attacks.ts";
import { BENIGN } from "./benign.ts";
import { clockWords, EPOCH } from "./calendar.ts";
import { causesOf } from "./evaluation.ts";
import type { SetOutcome, Strange } from "./labelled.ts";
import { DETECTORS, type Detector } from "./simple.ts";
import type { AttackOutcome, BenignOutcome, SuiteRun } from "./suite.ts";
import { type Cell, median, percent, secondsWords, table } from "./tables.ts";
import type { WindowOutcome, WorkOutcome } from "./windows.ts";

const FINDING_MARK = "–";

const share = (part: number, whole: number): string => `${part} of ${whole}`;

function simpleCells(of: readonly { simple: ReadonlyMap<Detector, number> }[]): string[] {
	return DETECTORS.map((detector) => share(of.filter(({ simple }) => simple.has(detector)).length, of.length));
}

/** "first-write 3, new-talker 1". */
function counted(words: readonly (string | undefined)[]): string {
	const counts = new Map<string, number>();
	for (const word of words) if (word !== undefined) counts.set(word, (counts.get(word) ?? 0) + 1);
	return (
		[...counts]
			.sort(([one, first], [other, second]) => second - first || (one < other ? -1 : 1))
			.map(([word, count]) => `${word} ${count}`)
			.join(", ") || FINDING_MARK
	);
}

function attackRow(name: string, of: readonly AttackOutcome[]): Cell[] {
	const found = of.filter(({ isFound }) => isFound);
	return [
		name,
		of.length,
		found.length,
		percent(found.length, of.length),
		secondsWords(median(found.map(({ delay }) => delay))),
		counted(found.map(({ by }) => by)),
		...simpleCells(of),
	];
}

/** What was said of the attacks, beside what the simple detectors said. */
export function attackTables(outcomes: readonly AttackOutcome[]): string {
	const head = ["attack", "runs", "found", "share", "delay, median", "told by", ...DETECTORS];
	const families = [...new Set(ATTACKS.map(({ family }) => family))];
	const rows = families.flatMap((family) => [
		...ATTACKS.filter((kind) => kind.family === family).map((kind) =>
			attackRow(
				`${family}: ${kind.name}`,
				outcomes.filter((outcome) => outcome.kind === kind),
			),
		),
	]);
	rows.push(attackRow("**all** (goal 98 %)", outcomes));
	const facts = outcomes.filter(({ nature }) => nature === "fact");
	const found = outcomes.filter(({ isFound }) => isFound);
	const misses = outcomes.filter(({ isFound }) => !isFound);
	const sentences = [
		`Facts: ${facts.length} runs, the alert after ${secondsWords(median(facts.map(({ delay }) => delay)))} (median; goal under 2 s). A search is a fact once it is one: its delay is the time that it takes to pass the limit.`,
		`Of the ${found.length} alerts that found an attack, ${found.filter(({ own, evidence }) => own === evidence).length} show frames of the attack alone.`,
	];
	return [
		table(head, rows),
		sentences.join(" "),
		"Not found:",
		misses.length === 0
			? "none."
			: table(
					["attack", "seed", "where", "what was said of it, and does not say what makes it an attack"],
					misses.map(({ kind, seed, words, whisper }) => [`${kind.family}: ${kind.name}`, seed, words, whisper ?? ""]),
				),
	].join("\n\n");
}

/** Of the days as usual and of the benign events: what was said that should not be. */
export function benignTables({ normal, alarms, watchedDays }: SuiteRun, outcomes: readonly BenignOutcome[], learnedUntil: number): string {
	const watched = normal.findings.filter(({ time }) => time - EPOCH >= learnedUntil);
	const caused = outcomes.flatMap(({ findings }) => findings).length;
	const simpleDays = (detector: Detector): string =>
		(alarms.filter((alarm) => alarm.detector === detector).length / watchedDays).toFixed(1);
	const simpleEvents = DETECTORS.map((detector) => `${detector} ${outcomes.reduce((sum, { simple }) => sum + simple.get(detector)!, 0)}`);
	const rows: Cell[][] = [
		[`${watchedDays} days as usual`, watched.length, (watched.length / watchedDays).toFixed(2), ...DETECTORS.map(simpleDays)],
	];
	const events = BENIGN.map(({ name }): Cell[] => {
		const own = outcomes.filter(({ kind }) => kind.name === name);
		return [
			name,
			own.length,
			own.filter(({ findings }) => findings.length > 0).length,
			counted(own.flatMap(({ findings }) => findings.map(({ alert }) => `${alert.type} (${alert.severity})`))),
		];
	});
	return [
		"Alerts above informational that are no attacks (goal: at most 1 a site-day), and alarms of the simple detectors, each variable's once an hour:",
		table(["", "alerts", "a site-day", ...DETECTORS.map((detector) => `${detector}, a site-day`)], rows),
		`The ${outcomes.length} benign events raised ${caused} alerts that do not come in the same hour without them; the simple detectors ${simpleEvents.join(", ")}. By the event:`,
		table(["event", "runs", "with an alert", "alerts"], events),
		"What was said in the days as usual:",
		watched.length === 0
			? "nothing."
			: table(
					["when", "severity", "type", "what was said", "what had happened"],
					watched.map((finding) => [
						clockWords(finding.time - EPOCH),
						finding.alert.severity,
						finding.alert.type,
						finding.alert.sentence,
						causesOf(finding, normal.deeds)[0] ?? "nothing that anybody did",
					]),
				),
	].join("\n\n");
}

/** Names hosts by letters, in the order in which they are named: addresses of public captures stay there. */
class Letters {
	readonly #known = new Map<string, string>();

	readonly of = (text: string): string =>
		text.replace(/\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b|::1\b/g, (address) => {
			let letter = this.#known.get(address);
			if (letter === undefined) {
				letter = `host ${String.fromCharCode(65 + (this.#known.size % 26))}`;
				this.#known.set(address, letter);
			}
			return letter;
		});
}

/** Runs of labelled captures: which alert, which frames. */
export function labelledTables(sets: readonly SetOutcome[]): string {
	const runs = sets.flatMap(({ name, outcomes }) => outcomes.map((outcome) => ({ name, ...outcome })));
	const found = runs.filter(({ delay }) => !Number.isNaN(delay));
	const letters = new Letters();
	const rows = runs.map(({ name, run, alerts, delay, simple }): Cell[] => {
		const loud = alerts.filter(({ alert }) => alert.severity >= 30);
		return [
			name,
			`${letters.of(run.pair)}, frames ${run.first} to ${run.last} (${run.frames.size})`,
			Number.isNaN(delay) ? "missed" : "found",
			secondsWords(delay),
			loud
				.map(({ alert }) => `${alert.severity} ${alert.type} (frames ${alert.evidence.frames.join(", ")}): ${letters.of(alert.sentence)}`)
				.join(" · ") || FINDING_MARK,
			[...simple.keys()].join(", ") || FINDING_MARK,
		];
	});
	const clean = sets.map(({ name, learnedFrames, watchedFrames, clean: findings, cleanHours, simple }): Cell[] => [
		name,
		learnedFrames,
		watchedFrames,
		(cleanHours * 60).toFixed(1),
		findings.length,
		findings
			.map(({ alert }) => `${alert.severity} ${alert.type} (frames ${alert.evidence.frames.join(", ")}): ${letters.of(alert.sentence)}`)
			.join(" · ") || FINDING_MARK,
		DETECTORS.map((detector) => `${detector} ${simple.get(detector) ?? 0}`).join(", "),
	]);
	return [
		`Found: ${share(found.length, runs.length)} runs (goal: all).`,
		table(["capture", "run", "", "delay", "alerts on labelled frames alone that the clean part does not have", "simple detectors"], rows),
		"What was said of the clean parts:",
		table(["capture", "frames learned", "watched", "clean minutes", "alerts", "which", "alarms of the simple detectors"], clean),
	].join("\n\n");
}

/** Windows of one attack each, those of one kind in one row. */
export function windowTable(outcomes: readonly WindowOutcome[]): string {
	const found = outcomes.filter(({ alerts }) => alerts.length > 0);
	const rows = [...new Set(outcomes.map(({ window }) => window.attack))].map((attack): Cell[] => {
		const own = outcomes.filter(({ window }) => window.attack === attack);
		const letters = new Letters();
		return [
			attack,
			own.length,
			own.filter(({ alerts }) => alerts.length > 0).length,
			secondsWords(median(own.map(({ delay }) => delay).filter((delay) => !Number.isNaN(delay)))),
			counted(own.map(({ alerts }) => alerts[0]?.alert.type)),
			own[0]!.alerts[0] === undefined ? FINDING_MARK : letters.of(own[0]!.alerts[0].alert.sentence),
			own.flatMap(({ others }) => others).length,
		];
	});
	return [
		`Found: ${share(found.length, outcomes.length)} windows (goal: all).`,
		table(["attack", "windows", "found", "delay, median", "told by", "the first sentence", "alerts about anybody else"], rows),
	].join("\n\n");
}

export function workTable(outcomes: readonly WorkOutcome[]): string {
	const found = outcomes.filter(({ expected, facts }) => expected.every((type) => facts.has(type)));
	return [
		`Found: ${share(found.length, outcomes.length)} (goal: all).`,
		table(
			["capture", "what is done", "facts that must be told", "", "facts that were told"],
			outcomes.map(({ file, what, expected, facts }): Cell[] => [
				file,
				what,
				expected.join(", "),
				expected.every((type) => facts.has(type)) ? "found" : "missed",
				[...facts].map(([type, times]) => `${type} ${times}`).join(", ") || FINDING_MARK,
			]),
		),
	].join("\n\n");
}

export function strangeTable(strange: readonly Strange[]): string {
	return table(
		["capture", "frames", "fact", "alerts", "the first"],
		strange.flatMap(({ name, frames, facts }) =>
			facts.map(({ type, alerts, sentence }): Cell[] => [name, frames, type, alerts, new Letters().of(sentence)]),
		),
	);
}
