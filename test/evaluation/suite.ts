/** The suite of scenarios: one normal run with an OPC UA station in it, then each attack and each benign event in an otherwise same run from one of its moments. */
import { Random } from "../../captures/lab/random.ts";
import { records } from "../../src/app/records.ts";
import { says } from "../catalogue/entry.ts";
import { ATTACKS, type AttackKind, type Scene } from "./attacks.ts";
import { BENIGN, type EventKind } from "./benign.ts";
import { DAY, EPOCH, SECOND } from "./calendar.ts";
import { type NormalRun, normalRun, type Snapshot } from "./evaluation.ts";
import { Guests } from "./guests.ts";
import { Dosing, station } from "./opcuaPlant.ts";
import type { Deed } from "./people.ts";
import { type Alarm, DETECTORS, type Detector, type Models, Simple } from "./simple.ts";
import { copyState, Simulation } from "./simulation.ts";
import { type Finding, foldOf, Watch } from "./watch.ts";

const FINDING = 30;
/** How long before an attack the run begins, and how long after it is watched, seconds. */
const BEFORE = [30, 120] as const;
const AFTER = 300;
/** Of a benign event. */
const BENIGN_SECONDS = 3600;

export interface SuiteRun {
	normal: NormalRun;
	models: Models;
	/** Of the simple detectors, in the watched days. */
	alarms: readonly Alarm[];
	watchedDays: number;
}

export interface SuiteOptions {
	seed: number;
	days: number;
	learnedDays: number;
	/** Microseconds of the simulation, in order, after the learned days. */
	moments: readonly number[];
	onDay?: (day: number) => void;
}

const startStation = (guests: Guests, dosing: Dosing, seed: number, at: number): void =>
	guests.begin(at + 2 * SECOND, station(guests, dosing, { seed }));

/** The plant with its OPC UA station, learned and watched as it is. */
export function suiteRun({ seed, days, learnedDays, moments, onDay }: SuiteOptions): SuiteRun {
	const learnedUntil = EPOCH + learnedDays * DAY;
	const simple = new Simple({ from: EPOCH, until: learnedUntil });
	const dosing = new Dosing();
	let models: Models | undefined;
	const normal = normalRun({
		seed,
		days,
		learnedDays,
		isDeclared: true,
		learningSeconds: learnedDays * 86_400,
		moments,
		rule: (saying) => {
			if (models === undefined && saying.fields.time >= learnedUntil) models = simple.models();
			return simple.rule(saying);
		},
		visit: (guests) => startStation(guests, dosing, seed, 0),
		...(onDay !== undefined && { onDay }),
	});
	return { normal, models: models ?? simple.models(), alarms: simple.alarms, watchedDays: days - learnedDays };
}

interface Played {
	watch: Watch;
	guests: Guests;
	alarms: readonly Alarm[];
}

type Stage = (scene: Scene) => { deeds?: readonly Deed[] };

/** Plays the time from a moment on with what was known then, and with what `stage` puts into it. */
function play({ normal, models }: SuiteRun, snapshot: Snapshot, until: number, seed: number, stage?: Stage): Played {
	const simple = new Simple({ models });
	const watch = new Watch({ knowledge: snapshot.knowledge, rule: simple.rule });
	const state = copyState(snapshot.state);
	const guests = new Guests(watch.frame, () => state);
	const dosing = new Dosing();
	startStation(guests, dosing, seed, snapshot.from);
	const staged = stage?.({ guests, dosing, random: new Random(seed), habits: normal.habits });
	new Simulation(state, normal.deeds, guests.frame, staged?.deeds === undefined ? {} : { deeds: staged.deeds }).run(until);
	guests.run(until);
	watch.end();
	return { watch, guests, alarms: simple.alarms };
}

export interface AttackOutcome {
	kind: AttackKind;
	seed: number;
	words: string;
	/** Ids of records that an alert on the attack's own frames says, itself or as a reason. */
	told: readonly string[];
	isFound: boolean;
	/** The alert that says first what makes it an attack. */
	by: string | undefined;
	nature: string | undefined;
	/** Seconds from the attack's first frame to that alert. */
	delay: number;
	severity: number;
	/** Frames of the alert's evidence, and how many of them the attack sent or caused. */
	evidence: number;
	own: number;
	/** Where it was not found: what was said of it all the same, also below 30. */
	whisper: string | undefined;
	/** By the simple detectors: seconds to the first alarm that does not come in the same run without the attack. */
	simple: ReadonlyMap<Detector, number>;
}

const toldBy = ({ alert }: Finding): string[] => [...records.keys()].filter((id) => says(alert, id));

/** Alarms of one run that the other has not. */
function news(alarms: readonly Alarm[], usual: readonly Alarm[], from: number): Map<Detector, number> {
	const known = new Set(usual.map(({ detector, variable }) => `${detector}|${variable}`));
	const first = new Map<Detector, number>();
	for (const { detector, variable, time } of alarms) {
		if (time - EPOCH < from || known.has(`${detector}|${variable}`) || first.has(detector)) continue;
		first.set(detector, (time - EPOCH - from) / SECOND);
	}
	return first;
}

/** One attack, with a seed of its own. */
export function attack(run: SuiteRun, kind: AttackKind, snapshot: Snapshot, seed: number): AttackOutcome {
	const random = new Random(seed);
	const start = snapshot.from + (BEFORE[0] + random.next() * (BEFORE[1] - BEFORE[0])) * SECOND;
	const until = start + AFTER * SECOND;
	let words = "";
	let parties: readonly string[] = [];
	const usual = play(run, snapshot, until, seed);
	const { watch, guests, alarms } = play(run, snapshot, until, seed, (scene) => {
		const drafted = kind.draft(scene);
		({ words, parties } = drafted);
		scene.guests.begin(start, drafted.play, true);
		return {};
	});
	const before = new Map(usual.watch.findings(true).map((finding) => [foldOf(finding), finding]));
	const isNew = (finding: Finding): boolean => {
		const { alert } = finding;
		if (!parties.some((ip) => alert.source.ip === ip || alert.destination?.ip === ip)) return false;
		return !((before.get(foldOf(finding))?.alert.severity ?? -1) >= Math.min(FINDING, alert.severity));
	};
	const isOwn = ({ alert }: Finding): boolean => alert.evidence.frames.some((frame) => guests.marked.has(frame));
	const all = watch.findings(true).filter((finding) => isNew(finding) && isOwn(finding));
	const loud = all.filter(({ alert }) => alert.severity >= FINDING);
	const isIt = (finding: Finding): boolean => toldBy(finding).some((id) => kind.by.test(id));
	const found = loud.find(isIt);
	return {
		kind,
		seed,
		words,
		told: [...new Set(loud.flatMap(toldBy))],
		isFound: found !== undefined,
		by: found === undefined ? undefined : toldBy(found).find((id) => kind.by.test(id)),
		nature: found?.alert.nature,
		delay: found === undefined ? Number.NaN : Math.max(0, (found.time - EPOCH - guests.begun) / SECOND),
		severity: found?.alert.severity ?? 0,
		evidence: found?.alert.evidence.frames.length ?? 0,
		own: found?.alert.evidence.frames.filter((frame) => guests.marked.has(frame)).length ?? 0,
		whisper:
			found !== undefined ? undefined : all.map(({ alert }) => `${alert.severity} ${alert.type}`).join(", ") || "nothing was said of it",
		simple: news(alarms, usual.alarms, guests.begun),
	};
}

export interface BenignOutcome {
	kind: EventKind;
	seed: number;
	words: string;
	/** Above informational, but for those that also come in the same run without the event. */
	findings: readonly Finding[];
	/** Alarms of the simple detectors, likewise. */
	simple: ReadonlyMap<Detector, number>;
}

/** One benign event, with a seed of its own. */
export function benign(run: SuiteRun, kind: EventKind, snapshot: Snapshot, seed: number, seconds = BENIGN_SECONDS): BenignOutcome {
	const random = new Random(seed);
	const start = snapshot.from + (BEFORE[0] + random.next() * (BEFORE[1] - BEFORE[0])) * SECOND;
	const until = snapshot.from + seconds * SECOND;
	let words = "";
	const usual = play(run, snapshot, until, seed);
	const { watch, alarms } = play(run, snapshot, until, seed, (scene) => {
		const drafted = kind.draft(scene, start);
		words = drafted.words;
		if (drafted.play !== undefined) scene.guests.begin(start, drafted.play);
		return drafted;
	});
	const known = new Set(usual.watch.findings().map(foldOf));
	const key = ({ detector, variable }: Alarm): string => `${detector}|${variable}`;
	const usualAlarms = new Set(usual.alarms.map(key));
	const own = alarms.filter((alarm) => !usualAlarms.has(key(alarm)));
	const counts = new Map<Detector, number>(DETECTORS.map((name) => [name, own.filter(({ detector }) => detector === name).length]));
	return {
		kind,
		seed,
		words,
		findings: watch.findings().filter((finding) => !known.has(foldOf(finding))),
		simple: counts,
	};
}

/** So many of each kind, at moments in turn. */
export function playAll(
	run: SuiteRun,
	options: { seed: number; attacks: number; benign: number; onDone?: (done: number, of: number) => void },
): { attacks: AttackOutcome[]; benign: BenignOutcome[] } {
	const { snapshots } = run.normal;
	const random = new Random(options.seed);
	const any = (): Snapshot => snapshots[Math.floor(random.next() * snapshots.length)]!;
	const of = options.attacks + options.benign;
	const outcomes: AttackOutcome[] = [];
	const events: BenignOutcome[] = [];
	for (let at = 0; at < options.attacks; at++) {
		outcomes.push(attack(run, ATTACKS[at % ATTACKS.length]!, any(), options.seed * 10_000 + at));
		options.onDone?.(outcomes.length, of);
	}
	for (let at = 0; at < options.benign; at++) {
		events.push(benign(run, BENIGN[at % BENIGN.length]!, any(), options.seed * 10_000 + 5000 + at));
		options.onDone?.(outcomes.length + events.length, of);
	}
	return { attacks: outcomes, benign: events };
}
