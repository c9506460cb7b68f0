/** The same on public captures of real polling: learned on the first half, watched on the second; and changes injected into the second. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Random } from "../../captures/lab/random.ts";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import type { Frame } from "../../src/capture/frame.ts";
import { pick, SECOND } from "./calendar.ts";
import { FAULTS, type Fault } from "./injection.ts";
import { pointsOf, type Rule, type Saying } from "./tampering.ts";
import { type Finding, foldOf, type Knowledge, Watch } from "./watch.ts";

const root = fileURLToPath(
	new URL(import.meta.url.includes("/dist/") ? "../../../../shared/captures/" : "../../../shared/captures/", import.meta.url),
);
const ITI = "ITI+ICS-Security-Tools/pcaps/ModbusTCP";
/** Real polling in which nobody attacks. */
const SETS = [
	"antoine-lemay+Modbus_dataset/channel_4d_12s.pcap",
	"antoine-lemay+Modbus_dataset/channel_5d_3s.pcap",
	`${ITI}/ModbusTCP.pcap`,
	`${ITI}/Modbus/modbus_test.pcap`,
	`${ITI}/Modbus/modbus_test_2.pcap`,
];

export const hasCaptures = (): boolean => SETS.every((set) => existsSync(root + set));
export const captureNames = (): readonly string[] => SETS;

/** A capture in memory. */
interface Recording {
	frames: Frame[];
	/** Frames that are learned. */
	half: number;
}

async function load(name: string): Promise<Recording> {
	const frames: Frame[] = [];
	await readCapture(new CaptureInput(root + name), (frame) => {
		const bytes = frame.bytes.slice(frame.start, frame.start + frame.capturedLength);
		frames.push({ ...frame, bytes, start: 0 });
	});
	return { frames, half: frames.length >> 1 };
}

/** What a point did in the learned half. */
interface PointHabit {
	client: string;
	server: string;
	unit: number;
	point: string;
	min: number;
	max: number;
	reads: number;
	changes: number;
	writes: number;
	step: number;
	last: number;
	/** Latest values, for a replay. */
	past: number[];
}
interface ChannelHabit {
	client: string;
	server: string;
	key: string;
	count: number;
	example: Saying;
}

const PAST = 400;
const channelOf = ({ client, server, fields, runs }: Saying): string => JSON.stringify([client, server, fields.unit, fields.code, runs]);

class Notes {
	readonly points = new Map<string, PointHabit>();
	readonly channels = new Map<string, ChannelHabit>();

	readonly rule: Rule = (saying) => {
		const { client, server, fields, values } = saying;
		const isWrite = fields.verb === "write";
		if (fields.outcome !== "ok") return [saying];
		const key = channelOf(saying);
		const channel = this.channels.get(key);
		if (channel !== undefined) channel.count++;
		else this.channels.set(key, { client, server, key, count: 1, example: structuredClone(saying) });
		if (values.length === 0) return [saying];
		pointsOf(saying).forEach((point, at) => {
			const value = values[at]!;
			const name = `${client}|${server}|${fields.unit}|${point}`;
			let habit = this.points.get(name);
			if (habit === undefined) {
				const { unit } = fields;
				habit = { client, server, unit, point, min: value, max: value, reads: 0, changes: 0, writes: 0, step: 0, last: value, past: [] };
				this.points.set(name, habit);
			}
			habit.min = Math.min(habit.min, value);
			habit.max = Math.max(habit.max, value);
			if (isWrite) habit.writes++;
			else {
				habit.reads++;
				if (value !== habit.last) habit.changes++;
				habit.step = Math.max(habit.step, Math.abs(value - habit.last));
				if (habit.past.push(value) > PAST) habit.past.shift();
			}
			habit.last = value;
		});
		return [saying];
	};
}

export interface CaptureNormal {
	name: string;
	frames: number;
	/** Of the watched half. */
	hours: number;
	points: number;
	findings: Finding[];
	informational: number;
}

export interface CaptureOutcome {
	name: string;
	fault: Fault;
	words: string;
	isLarge: boolean;
	isFound: boolean;
	delay: number;
	type: string | undefined;
	/** What was said below 30, where nothing was said above. */
	whisper: string | undefined;
}

interface Draft {
	rule: Rule;
	words: string;
	isLarge: boolean;
	server: string;
}

/** A capture of minutes has no hours of its own. */
const FAULTS_HERE = FAULTS.filter((fault) => fault !== "wrong hour");

/** Measures one capture: what is alerted as it is, and what of so many changes is found. */
export async function measureCapture(
	name: string,
	options: { seed: number; count: number },
): Promise<{ normal: CaptureNormal; outcomes: CaptureOutcome[] }> {
	const { frames, half } = await load(name);
	const notes = new Notes();
	const learned = new Watch({ rule: notes.rule });
	for (let at = 0; at < half; at++) learned.frame(frames[at]!);
	learned.analyst.endLearning();
	const knowledge = learned.knowledge();
	const { points } = learned.analyst.stats();
	// What a fact says in the learned half was said then.
	const boundary = frames[half]!.time;
	const usual = watchRest(frames, half, knowledge);
	const last = frames.at(-1)!.time;
	const normal = {
		name,
		frames: frames.length,
		hours: (last - boundary) / 3600e6,
		points,
		findings: usual.findings(),
		informational: usual.findings(true).length - usual.findings().length,
	};
	const before = new Map(usual.findings(true).map((finding) => [foldOf(finding), finding.alert.severity]));
	const random = new Random(options.seed);
	const outcomes: CaptureOutcome[] = [];
	for (let turn = 0; outcomes.length < options.count && turn < 10 * options.count; turn++) {
		const fault = FAULTS_HERE[turn % FAULTS_HERE.length]!;
		const start = boundary + (last - boundary) * (0.1 + 0.4 * random.next());
		const draft = makeDraft(fault, notes, random, start, last);
		if (draft === undefined) continue;
		const watch = watchRest(frames, half, knowledge, draft.rule);
		const isNew = (finding: Finding): boolean => {
			const { alert, time } = finding;
			const isAbout = alert.source.ip === draft.server || alert.destination?.ip === draft.server;
			return isAbout && time >= start && !((before.get(foldOf(finding)) ?? -1) >= Math.min(30, alert.severity));
		};
		const found = watch.findings().find(isNew);
		const whisper = watch.findings(true).find(isNew);
		outcomes.push({
			name,
			fault,
			words: draft.words,
			isLarge: draft.isLarge,
			isFound: found !== undefined,
			delay: found === undefined ? Number.NaN : (found.time - start) / SECOND,
			type: found?.alert.type,
			whisper: found === undefined && whisper !== undefined ? `${whisper.alert.severity} ${whisper.alert.type}` : undefined,
		});
	}
	return { normal, outcomes };
}

function watchRest(frames: readonly Frame[], half: number, knowledge: Knowledge, rule?: Rule): Watch {
	const watch = new Watch({ knowledge, ...(rule !== undefined && { rule }) });
	for (let at = half; at < frames.length; at++) watch.frame(frames[at]!);
	watch.end();
	return watch;
}

const WORD = 65_535;

function makeDraft(fault: Fault, notes: Notes, random: Random, start: number, last: number): Draft | undefined {
	const points = [...notes.points.values()];
	const channels = [...notes.channels.values()].filter(({ count, example }) => count >= 20 && example.fields.verb === "read");
	const at = <T>(from: readonly T[]): T | undefined => (from.length === 0 ? undefined : pick(random, from));
	const isOf = (habit: PointHabit, { client, server, fields }: Saying): boolean =>
		fields.time >= start && client === habit.client && server === habit.server && fields.unit === habit.unit;
	/** Other values for one point in what is read from now on. */
	const shows = (habit: PointHabit, value: (real: number, time: number) => number, verb = "read"): Rule => {
		return (saying) => {
			if (!isOf(habit, saying) || saying.fields.verb !== verb || saying.values.length === 0) return [saying];
			const index = pointsOf(saying).indexOf(habit.point);
			if (index < 0) return [saying];
			const values = [...saying.values];
			values[index] = value(values[index]!, saying.fields.time);
			return [{ ...saying, values }];
		};
	};
	/** Says something once, before the first operation of a channel from now on. */
	const once = (channel: ChannelHabit, make: (saying: Saying) => Saying): Rule => {
		let isDone = false;
		return (saying) => {
			if (isDone || saying.fields.time < start || saying.client !== channel.client || saying.server !== channel.server) return [saying];
			isDone = true;
			return [make(saying), saying];
		};
	};
	switch (fault) {
		case "value outside, read":
		case "value outside, written": {
			const isWrite = fault === "value outside, written";
			const widths = random.next() < 0.3 ? 0.2 + 0.75 * random.next() : 1.02 + 3 * random.next();
			const fits = points.filter(({ reads, writes, max, min }) => {
				const way = Math.max(1, (max - min || Math.max(1, max)) * widths);
				return (isWrite ? writes >= 3 : reads >= 20) && max > 1 && max + way <= WORD;
			});
			const habit = at(fits);
			if (habit === undefined) return undefined;
			const { min, max, server, point } = habit;
			const value = Math.round(max + Math.max(1, (max - min || Math.max(1, max)) * widths));
			const isLarge = value - max >= max - min;
			return {
				rule: shows(habit, () => value, isWrite ? "write" : "read"),
				words: `${point} ${isWrite ? "is written" : "shows"} ${value} (${min} to ${max})`,
				isLarge,
				server,
			};
		}
		case "impossible step": {
			const habit = at(points.filter(({ reads, max, min, step, changes }) => reads >= 100 && max - min > 10 * step && changes > 20));
			if (habit === undefined) return undefined;
			const { min, max, server, point } = habit;
			const way = (max - min) * 0.45;
			return {
				rule: shows(habit, (real) => Math.round(real < (min + max) / 2 ? real + way : real - way)),
				words: `${point} jumps by ${way}`,
				isLarge: false,
				server,
			};
		}
		case "frozen": {
			const habit = at(points.filter(({ reads, changes }) => reads >= 50 && changes > 0.25 * reads));
			if (habit === undefined) return undefined;
			let held: number | undefined;
			return {
				rule: shows(habit, (real) => {
					held ??= real;
					return held;
				}),
				words: `${habit.point} stands still (${habit.changes} changes in ${habit.reads} reads)`,
				isLarge: false,
				server: habit.server,
			};
		}
		case "replayed": {
			const habit = at(points.filter(({ reads, changes }) => reads >= 50 && changes > 0.25 * reads));
			if (habit === undefined) return undefined;
			const past = habit.past.slice(-60);
			let next = 0;
			return {
				rule: shows(habit, () => past[next++ % past.length]!),
				words: `${habit.point} repeats its last ${past.length} values`,
				isLarge: false,
				server: habit.server,
			};
		}
		case "slow drift": {
			const habit = at(points.filter(({ reads, max, min }) => reads >= 50 && max - min >= 8 && 3 * max < WORD));
			if (habit === undefined) return undefined;
			const way = (habit.max - habit.min) * 2;
			return {
				rule: shows(habit, (real, time) => Math.round(real + (way * (time - start)) / (last - start))),
				words: `${habit.point} drifts by ${way} (${habit.min} to ${habit.max})`,
				isLarge: false,
				server: habit.server,
			};
		}
		case "wrong writer": {
			const channel = at([...notes.channels.values()].filter(({ count }) => count >= 5));
			if (channel === undefined) return undefined;
			const from = channel.client.replace(/[^.]+$/, "251");
			return {
				rule: once(channel, (saying) => ({
					...saying,
					from,
					fields: { ...saying.fields, verb: "write", code: 6 },
					runs: [{ space: 3, first: 3, count: 1 }],
					values: [1],
				})),
				words: `a stranger writes to ${channel.server}`,
				isLarge: false,
				server: channel.server,
			};
		}
		case "new point": {
			const channel = at(channels);
			if (channel === undefined) return undefined;
			return {
				rule: once(channel, (saying) => ({
					...saying,
					fields: {
						...channel.example.fields,
						time: saying.fields.time,
						frame: saying.fields.frame,
						requestFrame: saying.fields.requestFrame,
					},
					runs: [{ space: 3, first: 40_000 + Math.floor(random.next() * 1000), count: 2 }],
					values: [0, 0],
				})),
				words: `${channel.client} reads what it never did of ${channel.server}`,
				isLarge: false,
				server: channel.server,
			};
		}
		case "missing poll":
		case "faster poll":
		case "wrong order": {
			const channel = at(channels);
			if (channel === undefined) return undefined;
			let held: Saying | undefined;
			return {
				rule: (saying) => {
					if (saying.fields.time < start || saying.client !== channel.client || saying.server !== channel.server) return [saying];
					const isIt = channelOf(saying) === channel.key;
					if (fault === "missing poll") return isIt ? [] : [saying];
					if (fault === "faster poll") return isIt ? [saying, saying, saying] : [saying];
					if (isIt && held === undefined) {
						held = saying;
						return [];
					}
					if (held === undefined) return [saying];
					const late = { ...held, fields: { ...held.fields, time: saying.fields.time, frame: saying.fields.frame } };
					held = undefined;
					return [saying, late];
				},
				words: `${fault}: ${channel.client} at ${channel.server} (${channel.count} times)`,
				isLarge: false,
				server: channel.server,
			};
		}
		default:
			return undefined;
	}
}
