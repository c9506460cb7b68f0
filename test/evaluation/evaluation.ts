/** The measurements: a normal run with what it alerts, and injected changes with what is found. What they give is plain numbers and words; `main.ts` makes tables of them. */
import { Random } from "../../captures/lab/random.ts";
import type { Alert } from "../../src/alert/alert.ts";
import { DAY, EPOCH, HOUR, MINUTE, SECOND } from "./calendar.ts";
import { Guests } from "./guests.ts";
import { FAULTS, type Fault, type Injection, Injector, type Moment } from "./injection.ts";
import { MACHINES } from "./machines.ts";
import { addressOf, CLIENTS, CONNECTIONS, isStrictlyCyclic } from "./network.ts";
import { agenda, type Deed } from "./people.ts";
import { copyState, firstState, Simulation } from "./simulation.ts";
import type { Rule } from "./tampering.ts";
import { type Habit, Truth } from "./truth.ts";
import { type Finding, foldOf, type Knowledge, Watch } from "./watch.ts";

export interface RunOptions {
	seed: number;
	days: number;
	learnedDays: number;
	/** Seconds before a trait judges by itself; the program's own where not given. */
	learningSeconds?: number;
	/** A person says after the learned days that all was normal. */
	isDeclared: boolean;
	/** Moments to be kept, in order of time. */
	moments?: readonly number[];
	/** Listens to each operation, or changes it. */
	rule?: Rule;
	/** Lets others on the plant's network. */
	visit?: (guests: Guests) => void;
	onDay?: (day: number) => void;
}

/** A moment with what was known then. */
export interface Snapshot extends Moment {
	knowledge: Knowledge;
}

/** Maturity of one PLC at one hour. */
export interface MaturitySample {
	hour: number;
	plc: string;
	maturity: number;
}

export interface NormalRun {
	deeds: readonly Deed[];
	/** Of the learned days. */
	habits: readonly Habit[];
	/** Above informational, over all days; and how many informational ones there were. */
	findings: Finding[];
	informational: number;
	snapshots: Snapshot[];
	maturity: MaturitySample[];
	frames: number;
	operations: number;
	points: number;
	/** Wall clock. */
	milliseconds: number;
}

export function normalRun(options: RunOptions): NormalRun {
	const began = performance.now();
	const deeds = agenda(options.seed);
	const watch = new Watch({
		...(options.learningSeconds !== undefined && { learningSeconds: options.learningSeconds }),
		...(options.rule !== undefined && { rule: options.rule }),
	});
	const first = firstState(options.seed);
	const guests = options.visit === undefined ? undefined : new Guests(watch.frame, () => first);
	if (guests !== undefined) options.visit?.(guests);
	const simulation = new Simulation(first, deeds, guests?.frame ?? watch.frame);
	const truth = new Truth();
	const snapshots: Snapshot[] = [];
	const maturity: MaturitySample[] = [];
	const moments = [...(options.moments ?? [])];
	const learned = options.learnedDays * DAY;
	for (let hour = 1; hour <= options.days * 24; hour++) {
		const until = hour * HOUR;
		while (moments.length > 0 && moments[0]! <= until) {
			const from = moments.shift()!;
			simulation.run(from, from <= learned ? truth.look : undefined);
			snapshots.push({ from, state: copyState(simulation.state), knowledge: watch.knowledge() });
		}
		simulation.run(until, until <= learned ? truth.look : undefined);
		for (const { ip, unit, maturity: share } of watch.analyst.plcs(EPOCH + until))
			maturity.push({ hour, plc: unit === undefined ? ip : `${ip} unit ${unit}`, maturity: share });
		if (until === learned && options.isDeclared) watch.analyst.endLearning();
		if (hour % 24 === 0) options.onDay?.(hour / 24);
	}
	watch.end();
	const findings = watch.findings();
	const { operations, points } = watch.analyst.stats();
	return {
		deeds,
		habits: truth.habits,
		findings,
		informational: watch.findings(true).length - findings.length,
		snapshots,
		maturity,
		frames: simulation.state.frames,
		operations,
		points,
		milliseconds: performance.now() - began,
	};
}

/** How long before an alert a deed may lie to be its cause: a reset of a level takes some minutes to be a new level. */
const CAUSE_MICROS = 20 * MINUTE;

/** What happened shortly before at the PLC, or to the client, that an alert is about; the latest first. */
export function causesOf({ alert, time }: Finding, deeds: readonly Deed[]): string[] {
	const at = time - EPOCH;
	const ends = [alert.source.ip, alert.destination?.ip];
	const causes = new Set<string>();
	for (const { at: when, client, plc, words, what } of deeds) {
		const lasts = "seconds" in what ? what.seconds * SECOND : 0;
		if (when > at + SECOND || when + lasts < at - CAUSE_MICROS) continue;
		const isAbout =
			(plc < 0 || ends.includes(addressOf(MACHINES[plc]!.host))) &&
			(client < 0 || plc >= 0 || ends.includes(addressOf(CLIENTS[client]!.host)));
		if (isAbout) causes.add(words);
	}
	return [...causes].reverse();
}

/** Alerts about what goes over channels that only repeat a cycle, which began within a stretch of time. */
export function cyclicFindings(findings: readonly Finding[], from: number, until: number): Finding[] {
	const cyclic = CONNECTIONS.filter(isStrictlyCyclic).map(
		({ client, plc }) => [addressOf(CLIENTS[client]!.host), addressOf(MACHINES[plc]!.host)] as const,
	);
	return findings.filter(({ alert, time }) => {
		const ends = [alert.source.ip, alert.destination?.ip];
		return time - EPOCH >= from && time - EPOCH < until && cyclic.some(([client, plc]) => ends.includes(client) && ends.includes(plc));
	});
}

export interface Outcome {
	injection: Injection;
	isFound: boolean;
	/** Seconds from the change to the alert. */
	delay: number;
	/** The alert's type, and whether it names the point. */
	type: string | undefined;
	isNamed: boolean;
	/** The best that was said below 30, where nothing was said above. */
	whisper: string | undefined;
}

/** Plays the minutes around a moment with what was known then. */
function play({ state, knowledge }: Snapshot, deeds: readonly Deed[], until: number, injection?: Injection): Watch {
	const watch = new Watch({ knowledge });
	new Simulation(copyState(state), deeds, watch.frame, injection?.tamper).run(until);
	watch.end();
	return watch;
}

const isAbout = (alert: Alert, { plc, client }: Injection): boolean =>
	[alert.source.ip, alert.destination?.ip].some((ip) => ip === plc || (client !== undefined && ip === client));

/** A number in two registers has a name of its own, with that of the first of them. */
const isNaming = ({ alert, key }: Finding, point: string): boolean => {
	const [space, at] = point.split(":");
	const name = new RegExp(`(^|[^\\w])${space}(\\.[\\w-]+)?:${at}($|[^\\d])`);
	return [key, ...(alert.operation?.points ?? [])].some((text) => name.test(text)) || new RegExp(`registers? ${at} `).test(alert.sentence);
};

/** Injects so many changes, evenly over the kinds, and says of each what was found. Deterministic. */
export function injectAll(
	snapshots: readonly Snapshot[],
	run: Pick<NormalRun, "deeds" | "habits">,
	options: { seed: number; count: number; faults?: readonly Fault[]; onDone?: (done: number) => void },
): Outcome[] {
	const faults = options.faults ?? FAULTS;
	const random = new Random(options.seed);
	const injector = new Injector(random, run.habits);
	const drafts: [Snapshot, Injection][] = [];
	for (let turn = 0; drafts.length < options.count && turn < 20 * options.count; turn++) {
		const snapshot = snapshots[Math.floor(random.next() * snapshots.length)]!;
		const injection = injector.make(faults[turn % faults.length]!, snapshot);
		if (injection !== undefined) drafts.push([snapshot, injection]);
	}
	/** What would have been alerted anyway. */
	const normal = new Map<Snapshot, Finding[]>();
	for (const snapshot of snapshots) {
		const until = Math.max(...drafts.filter(([of]) => of === snapshot).map(([, injection]) => injection.until));
		if (until > snapshot.from) normal.set(snapshot, play(snapshot, run.deeds, until).findings(true));
	}
	const outcomes: Outcome[] = [];
	for (const [snapshot, injection] of drafts) {
		const usual = normal.get(snapshot)!;
		const watch = play(snapshot, run.deeds, injection.until, injection);
		// The same alert as without the change is no find, unless it weighs more now.
		const before = new Map(usual.filter(({ time }) => time - EPOCH <= injection.until).map((finding) => [foldOf(finding), finding]));
		const isNew = (finding: Finding): boolean =>
			finding.time - EPOCH >= injection.start &&
			isAbout(finding.alert, injection) &&
			!((before.get(foldOf(finding))?.alert.severity ?? -1) >= Math.min(30, finding.alert.severity));
		const found = watch.findings().filter(isNew);
		const first = found[0];
		const whisper = watch.findings(true).find(isNew);
		const { point } = injection;
		outcomes.push({
			injection,
			isFound: first !== undefined,
			delay: first === undefined ? Number.NaN : (first.time - EPOCH - injection.start) / SECOND,
			type: first?.alert.type,
			isNamed: point !== undefined && found.some((finding) => isNaming(finding, point)),
			whisper: first === undefined && whisper !== undefined ? `${whisper.alert.severity} ${whisper.alert.type}` : undefined,
		});
		options.onDone?.(outcomes.length);
	}
	return outcomes;
}
