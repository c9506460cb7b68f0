/**
 * The traits of what comes again and again (cadence, sequence, schedule, volume, job) put together: they are shown each operation and each conversation, asked at each tick,
 * and saved as one.
 */
import { VERBS, type Verb } from "../decode/protocol.ts";
import type { Flow } from "../flow/flow.ts";
import { Cadence } from "./cadence.ts";
import { Jobs } from "./jobs.ts";
import { LocalTime } from "./localTime.ts";
import type { Link } from "./plant.ts";
import { Schedule } from "./schedule.ts";
import { Sequence } from "./sequence.ts";
import { Streams } from "./streams.ts";
import { isNumber, isNumbers, isRecord } from "./subjects.ts";
import type { Deed, Deviation, Trait, TraitName, Watch } from "./trait.ts";
import { INTERVAL, Volume } from "./volume.ts";

export interface HabitBounds {
	/** Polls and other streams; 160 bytes each once used. */
	streams: number;
	/** Clients of servers. */
	channels: number;
	/** Kinds of acts of a client at a server. */
	schedules: number;
	/** Hosts that speak to each other over a service. */
	volumes: number;
	/** What may be a job: kinds of acts of a client at a server, and services over which it connects. */
	jobs: number;
	/** Flows whose bytes are counted at one time. */
	flows: number;
}
export const HABIT_BOUNDS: Readonly<HabitBounds> = {
	streams: 65_536,
	channels: 8192,
	schedules: 8192,
	volumes: 8192,
	jobs: 8192,
	flows: 16_384,
};

export interface HabitOptions {
	/** IANA name of the plant's time zone. */
	readonly timeZone?: string;
	/** Watched seconds after which what was not seen is forgotten. */
	readonly forgetSeconds?: number;
	/** Watched seconds between two savings of what changes all the time; 0 for always. */
	readonly saveSeconds?: number;
	/** True while one of the two is part of an open incident: nothing new is learned of them. */
	readonly isHeld?: (client: string, server: string) => boolean;
	readonly bounds?: Partial<HabitBounds>;
}

/** Forgotten after a quarter: what comes once a month came three times. */
export const FORGET_SECONDS = 90 * 86_400;
/** Watched microseconds between two looks at what faded. */
const FADE_MICROS = 3600e6;
/** Acts with a schedule: what changes the plant or how it reports. */
const ACTS: ReadonlySet<Verb> = new Set<Verb>(["write", "command", "program", "configure"]);
/** A subject of a trait that was forgotten, by its name. */
export interface FadedSubject {
	readonly trait: TraitName;
	readonly key: string;
}

/** An operation as the traits see it, with the time of its request; `value` is theirs. On loan. */
export interface Act extends Deed {
	unit: number;
	/** Number of the use: verb and code. */
	use: number;
	/** Its first range, and how many ranges there are; space -1 for named points (`first` is the number of the name), -2 for none. */
	space: number;
	first: number;
	count: number;
}

/** A flow whose bytes are counted: its conversation by name and number (-1 for none), and the bytes that were counted. */
interface Counted {
	readonly client: string;
	readonly server: string;
	readonly key: string;
	id: number;
	bytes: number;
}

export class Habits {
	readonly cadence: Cadence;
	readonly sequence: Sequence;
	readonly schedule: Schedule;
	readonly volume: Volume;
	readonly jobs: Jobs;
	readonly traits: readonly Trait[];
	readonly local: LocalTime;
	/** How many were forgotten in all. */
	fadedCount = 0;
	/** Those that were not taken yet. */
	readonly #faded: FadedSubject[] = [];
	flowsRefused = 0;
	readonly #watch: Watch;
	readonly #streams: Streams;
	readonly #bounds: HabitBounds;
	readonly #forgetMicros: number;
	readonly #isDelayed: boolean;
	readonly #isHeld: (client: string, server: string) => boolean;
	/** Counts how often stream numbers lost their meaning. */
	#round = 0;
	readonly #deed: Deed = { time: Number.NaN, frame: 0, value: 0, isNormal: true };
	readonly #flows = new Map<Flow, Counted>();
	/** Bytes of the running interval by subject of the volume, and the latest frame of any of its flows. */
	readonly #bytes: Float64Array;
	readonly #frames: Float64Array;
	#intervalSince = 0;
	#fadedAt = 0;
	#savedClock = "";
	readonly #deviations: Deviation[] = [];
	readonly #take = (deviation: Deviation): void => {
		this.#deviations.push(deviation);
	};

	constructor(watch: Watch, options: HabitOptions) {
		this.#watch = watch;
		this.#bounds = { ...HABIT_BOUNDS, ...options.bounds };
		const { streams, channels, schedules, volumes, jobs } = this.#bounds;
		const saveMicros = (options.saveSeconds ?? 0) * 1e6;
		this.#isDelayed = saveMicros > 0;
		this.#isHeld = options.isHeld ?? (() => false);
		this.#forgetMicros = (options.forgetSeconds ?? FORGET_SECONDS) * 1e6;
		this.local = new LocalTime(options.timeZone);
		this.#streams = new Streams(streams);
		this.cadence = new Cadence(watch, streams, saveMicros);
		this.sequence = new Sequence(watch, channels, saveMicros);
		this.schedule = new Schedule(watch, this.local, schedules, saveMicros);
		this.volume = new Volume(watch, this.local, volumes, saveMicros);
		this.jobs = new Jobs(watch, this.local, jobs, saveMicros);
		this.traits = [this.cadence, this.sequence, this.schedule, this.volume, this.jobs];
		this.#bytes = new Float64Array(volumes);
		this.#frames = new Float64Array(volumes);
	}

	/** One operation of a client. */
	operation(link: Link, act: Act): void {
		const { isNormal } = act;
		if (link.round !== this.#round && !this.#meet(link, isNormal)) return;
		const channel = link.channel;
		if (channel < 0) return;
		const streams = this.#streams;
		const { unit, use, space, first, count } = act;
		let stream = streams.find(link.stream, channel, unit, use, space, first, count);
		if (stream < 0) {
			// What is not normal makes no stream, but may be of one that was known before a restart.
			if ((!isNormal && this.cadence.find(streamKey(link, act)) < 0) || streams.size >= streams.capacity) return;
			stream = streams.add(~stream, channel, unit, use, space, first, count);
			this.#name(link, act, stream);
		}
		link.stream = stream;
		const poll = streams.cadence(stream);
		if (poll >= 0) this.cadence.observe(poll, act);
		const symbol = streams.symbol(stream);
		if (symbol >= 0) {
			act.value = symbol;
			this.sequence.observe(channel, act);
		}
		const habit = streams.schedule(stream);
		if (habit >= 0) this.schedule.observe(habit, act);
		const job = streams.job(stream);
		if (job >= 0) this.jobs.observe(job, act);
	}

	/** Gives a link its numbers; false where it is a stranger, of whom nothing is kept. */
	#meet(link: Link, isNormal: boolean): boolean {
		const key = channelKey(link);
		if (!isNormal && this.sequence.find(key) < 0) return false;
		link.round = this.#round;
		link.stream = -1;
		link.channel = this.sequence.subject(key);
		return true;
	}

	/** A new stream gets its names. */
	#name(link: Link, act: Act, stream: number): void {
		const verb = VERBS[act.use & 15]!;
		const isAct = ACTS.has(verb);
		this.#streams.name(
			stream,
			this.cadence.subject(streamKey(link, act)),
			// What the server says unasked, and what a person does, has no place in an order of requests.
			verb !== "report" && !isAct ? this.sequence.symbol(link.channel, symbolKey(act)) : -1,
			// Each thing that is written has hours of its own; commands and programs are too seldom for that.
			isAct ? this.schedule.subject(verb === "write" ? streamKey(link, act) : `${channelKey(link)}|${verb}`) : -1,
			// A job is all that it does.
			isAct ? this.jobs.subject(`${channelKey(link)}|${verb}`) : -1,
		);
	}

	/** Somebody comes in over a service of remote access. */
	entered(client: string, server: string, service: string, time: number, frame: number): void {
		this.#connected(this.schedule, `${service}|${server}|${client}|enter`, this.#isHeld(client, server), time, frame);
	}

	#connected(trait: Schedule | Jobs, key: string, isHeld: boolean, time: number, frame: number): void {
		const id = isHeld ? trait.find(key) : trait.subject(key);
		if (id < 0) return;
		const deed = this.#deed;
		deed.time = time;
		deed.frame = frame;
		deed.isNormal = !isHeld;
		trait.observe(id, deed);
	}

	/** From here on the flow's bytes are counted. `isNew` where its bytes so far count too. */
	track(flow: Flow, client: string, server: string, service: string, isNew: boolean): void {
		if (this.#flows.has(flow)) return;
		if (this.#flows.size >= this.#bounds.flows) {
			this.flowsRefused++;
			return;
		}
		const counted: Counted = { client, server, key: `${client}|${server}|${service}`, id: -1, bytes: isNew ? 0 : bytesOf(flow) };
		counted.id = this.#conversation(counted);
		this.#flows.set(flow, counted);
		if (isNew)
			this.#connected(this.jobs, `${service}|${server}|${client}|connect`, this.#isHeld(client, server), flow.firstTime, flow.firstFrame);
	}

	/** The volume's number of a conversation; -1 where there is no room, or it is new and one of its ends is held. */
	#conversation({ client, server, key }: Counted): number {
		return this.#isHeld(client, server) ? this.volume.find(key) : this.volume.subject(key);
	}

	/** It ended. `isCounted` is false where its bytes were counted before a restart. */
	untrack(flow: Flow, isCounted: boolean): void {
		const counted = this.#flows.get(flow);
		if (counted === undefined) return;
		this.#flows.delete(flow);
		if (isCounted) this.#count(flow, counted);
	}

	#count(flow: Flow, counted: Counted): void {
		const bytes = bytesOf(flow);
		if (bytes > counted.bytes) {
			// What was forgotten, or was held, while the flow went on begins anew; the number may be another's now.
			if (this.volume.key(counted.id) !== counted.key) counted.id = this.#conversation(counted);
			if (counted.id >= 0) {
				this.#bytes[counted.id]! += bytes - counted.bytes;
				this.#frames[counted.id] = flow.lastFrame;
			}
		}
		counted.bytes = bytes;
	}

	/** Bytes of the running interval so far, with the frame, by name; sorted. */
	#running(): [key: string, bytes: number, frame: number][] {
		this.#countFlows();
		const running: [string, number, number][] = [];
		for (const [key, id] of this.volume.all()) if (this.#bytes[id]! > 0) running.push([key, this.#bytes[id]!, this.#frames[id]!]);
		return running.sort(([one], [other]) => (one < other ? -1 : 1));
	}

	#countFlows(): void {
		for (const [flow, counted] of this.#flows) this.#count(flow, counted);
	}

	/** What flows carried so far was counted before: frames of before a restart were read again. */
	caughtUp(): void {
		for (const [flow, counted] of this.#flows) counted.bytes = bytesOf(flow);
	}

	/** At each tick; `time` is capture time. Deviations in the order of time; `shadow` takes what would have been said of what does not judge yet. */
	judge(time: number, report: (deviation: Deviation) => void, shadow: (deviation: Deviation) => void): void {
		const { watched } = this.#watch;
		if (watched - this.#intervalSince >= INTERVAL) this.#endInterval(time);
		for (const trait of this.traits) {
			trait.judge(time, this.#take);
			if (trait.surprises.length === 0) continue;
			for (const surprise of trait.surprises) shadow(surprise);
			trait.surprises.length = 0;
		}
		if (this.#deviations.length > 0) {
			this.#deviations.sort(inOrder);
			for (const deviation of this.#deviations) report(deviation);
			this.#deviations.length = 0;
		}
		if (watched - this.#fadedAt >= FADE_MICROS) this.#fade();
	}

	#endInterval(time: number): void {
		// A tick seldom falls on the end of an interval: bytes are those of a whole one.
		const share = INTERVAL / (this.#watch.watched - this.#intervalSince);
		this.#intervalSince = this.#watch.watched;
		this.#countFlows();
		const deed = this.#deed;
		deed.time = time;
		for (const [key, id] of this.volume.all()) {
			const [client, server] = key.split("|") as [string, string];
			deed.isNormal = !this.#isHeld(client, server);
			deed.value = this.#bytes[id]! * share;
			deed.frame = this.#frames[id]!;
			this.#bytes[id] = 0;
			this.volume.observe(id, deed);
		}
	}

	#fade(): void {
		this.#fadedAt = this.#watch.watched;
		// Whoever connects once and stays connected has no job that he could leave undone.
		const others = new Set<string>();
		for (const [key, id] of this.jobs.all()) if (!this.jobs.isRegular(id)) others.add(key);
		for (const trait of this.traits) {
			for (const key of trait.fade(this.#forgetMicros)) {
				if (trait !== this.jobs || !others.has(key)) {
					this.fadedCount++;
					this.#faded.push({ trait: trait.name, key });
				}
				// Streams go by numbers, and one that was given back may be given to another; flows look at the name.
				if (trait === this.volume || key.endsWith("|connect")) continue;
				this.#round++;
				this.#streams.clear();
			}
		}
	}

	/** What was forgotten since this was asked last. */
	takeFaded(): FadedSubject[] {
		return this.#faded.splice(0);
	}

	interrupt(): void {
		for (const trait of this.traits) trait.interrupt();
		this.#intervalSince = this.#watch.watched;
		this.#bytes.fill(0);
	}

	/** Bounds that were reached. */
	counters(): Record<string, number> {
		const counters: Record<string, number> = {};
		for (const { name, refused } of this.traits) if (refused > 0) counters[`${name}-bound`] = refused;
		if (this.flowsRefused > 0) counters["counted-flows-bound"] = this.flowsRefused;
		if (this.fadedCount > 0) counters.faded = this.fadedCount;
		return counters;
	}

	*save(isWhole = true): Generator<[key: string, value: unknown]> {
		const clock = {
			intervalSince: this.#intervalSince,
			fadedAt: this.#fadedAt,
			count: this.fadedCount,
			bytes: this.#isDelayed ? [] : this.#running(),
		};
		const text = JSON.stringify(clock);
		if (text !== this.#savedClock) {
			this.#savedClock = text;
			yield ["trait/clock", structuredClone(clock)];
		}
		for (const trait of this.traits) yield* trait.save(isWhole);
	}

	/** Takes records back; returns how many were damaged. The watch must stand where it stood. */
	restore(entries: Iterable<[key: string, value: unknown]>): number {
		let damaged = 0;
		let clock: unknown;
		const of = new Map<string, [string, unknown][]>(this.traits.map(({ name }) => [name, []]));
		for (const [key, value] of entries) {
			if (key === "trait/clock") {
				clock = value;
				continue;
			}
			const own = of.get(/^trait\/([a-z]+)/.exec(key)?.[1] ?? "");
			if (own === undefined) damaged++;
			else own.push([key, value]);
		}
		for (const trait of this.traits) damaged += trait.restore(of.get(trait.name)!);
		// It names subjects of the volume.
		if (clock !== undefined && !this.#takeClock(clock)) damaged++;
		// Records that were saved at different times do not say when each was heard last.
		if (this.#isDelayed) this.interrupt();
		return damaged;
	}

	#takeClock(value: unknown): boolean {
		if (!isRecord(value) || !isNumber(value.intervalSince) || !isNumber(value.fadedAt) || !isNumber(value.count)) return false;
		this.#intervalSince = value.intervalSince;
		this.#fadedAt = value.fadedAt;
		this.fadedCount = value.count;
		for (const one of Array.isArray(value.bytes) ? value.bytes : []) {
			const id = Array.isArray(one) ? this.volume.find(one[0]) : -1;
			if (id < 0 || !isNumbers([one[1], one[2]], 2, 2)) continue;
			this.#bytes[id] = one[1];
			this.#frames[id] = one[2];
		}
		return true;
	}
}

/** Name of the channel of a client to a server. */
const channelKey = (link: Link): string => `${link.server.key}|${link.client}`;

/** Name of an operation within its channel. */
const symbolKey = ({ unit, use, space, first, count }: Act): string => `${unit}|${VERBS[use & 15]}/${use >> 4}|${space}:${first}+${count}`;

const streamKey = (link: Link, act: Act): string => `${channelKey(link)}|${symbolKey(act)}`;

function bytesOf(flow: Flow): number {
	const [up, down] = flow.bytes;
	return up + down;
}

const inOrder = (one: Deviation, other: Deviation): number =>
	one.time - other.time || (one.key < other.key ? -1 : 1) || (one.trait < other.trait ? -1 : 1);
