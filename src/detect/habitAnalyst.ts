/** Shows the traits of habits (`baseline/habits.ts`) what happens, and words what they find. */
import { type Act, type FadedSubject, type HabitOptions, Habits } from "../baseline/habits.ts";
import { DAY_NAMES } from "../baseline/localTime.ts";
import type { Maturity } from "../baseline/maturity.ts";
import type { Link, Pair, Plant, Server, Target, Use } from "../baseline/plant.ts";
import { WEEKDAYS } from "../baseline/schedule.ts";
import type { TraitStatus } from "../baseline/status.ts";
import { type FactThing, MAX_THINGS } from "../baseline/thing.ts";
import type { Deviation, TraitName } from "../baseline/trait.ts";
import type { AnyProtocol } from "../decode/protocol.ts";
import type { ServiceRecord } from "../decode/service.ts";
import { addressOf, type Flow, ROLE } from "../flow/flow.ts";
import type { Desk } from "./desk.ts";
import type { Detection, DetectionRecord, Party, Reason } from "./detection.ts";
import { JOB_MISSED, POLL_PACE, POLL_SILENT, UNUSUAL_HOUR, UNUSUAL_ORDER, UNUSUAL_REMOTE_HOUR, UNUSUAL_VOLUME } from "./habitRecords.ts";
import type { Narrator } from "./narrator.ts";
import type { OperationRecorder } from "./recorder.ts";
import type { Shadow } from "./shadow.ts";
import { countWords, durationWords, hoursWords, hourWords, listWords, numberWords, spanWords } from "./words.ts";

/** So many PLCs that fall silent together are more likely a mirror port that did. */
const ALL_SILENT = 3;
/** What a short acquaintance takes off: less than the learning time was watched, because a person ended it. */
const SHORT_POINTS = -15;
/** Watched microseconds for which the statuses of traits are kept: they are asked for each few seconds and change slowly. */
const STATUS_MICROS = 30e6;

export interface HabitAnalystOptions extends HabitOptions {
	/** Services of which those of remote access count. */
	readonly services?: readonly ServiceRecord[];
	/** A person said that this is normal. */
	readonly isAccepted?: (thing: FactThing) => boolean;
}

/** What a stream's or a habit's name says. */
interface Subject {
	server: Server;
	link: Link | undefined;
	client: string;
	target: Target | undefined;
	/** Points for people, or the operation's name. */
	what: string;
	verb: string;
}

/** A habit that is normal no more, at whom (a PLC where it is one), and what it was. */
export interface FadedHabit {
	readonly server: Server | undefined;
	readonly address: string;
	readonly client: string;
	readonly words: string;
	/** A service of the PLC that nobody is known to use any more. */
	readonly unused?: string;
}
const HABIT_WORDS: Readonly<Partial<Record<TraitName, string>>> = {
	cadence: "the rhythm",
	sequence: "the order",
	schedule: "the hours",
	volume: "the amount",
	job: "the regular job",
};

export class HabitAnalyst {
	readonly #habits: Habits;
	readonly #plant: Plant;
	readonly #narrator: Narrator;
	readonly #desk: Desk;
	readonly #protocols: ReadonlyMap<string, AnyProtocol>;
	/** Names by "tcp/22". */
	readonly #remote = new Map<string, string>();
	readonly #act: Act = { unit: -1, use: 0, space: 0, first: 0, count: 0, time: Number.NaN, frame: 0, value: 0, isNormal: true };
	readonly #silent: Deviation[] = [];
	readonly #missed: Deviation[] = [];
	/** Watched time at which a PLC was last found silent. */
	readonly #silentPlcs = new WeakMap<Target, number>();
	readonly #take = (deviation: Deviation): void => {
		if (this.#isAccepted(thingOf(deviation))) return;
		if (deviation.kind === "silent") this.#silent.push(deviation);
		else if (deviation.kind === "missed") this.#missed.push(deviation);
		else this.#say(deviation);
	};
	readonly #isAccepted: (thing: FactThing) => boolean;
	readonly #shadow: Shadow;
	/** While it is asked what would have been said: what that is. */
	#shown: Pick<Detection, "frames" | "sentence"> | undefined;
	#isShown = false;
	readonly #shade = (deviation: Deviation): void => {
		const target = this.#targetOf(deviation);
		if (target === undefined) return;
		const age = this.#plant.watched - deviation.born;
		// Hours take as many learning times as there are weekdays.
		const learned = deviation.kind === "hour" ? age / WEEKDAYS : age;
		this.#shadow.note(target, recordOf(deviation), deviation.time, learned, () => {
			this.#isShown = true;
			this.#say(deviation);
			this.#isShown = false;
			return this.#shown!;
		});
	};
	#statuses = new Map<string, Tally>();
	#statusesAt = Number.NEGATIVE_INFINITY;

	constructor(
		plant: Plant,
		narrator: Narrator,
		desk: Desk,
		protocols: ReadonlyMap<string, AnyProtocol>,
		shadow: Shadow,
		options: HabitAnalystOptions,
	) {
		this.#shadow = shadow;
		this.#habits = new Habits(plant, options);
		this.#plant = plant;
		this.#narrator = narrator;
		this.#desk = desk;
		this.#protocols = protocols;
		this.#isAccepted = options.isAccepted ?? (() => false);
		for (const { name, transport, ports, isRemoteAccess } of options.services ?? [])
			if (isRemoteAccess === true) for (const port of ports) this.#remote.set(`${transport}/${port}`, name);
	}

	/** For documents. */
	get habits(): Habits {
		return this.#habits;
	}

	/** An operation that was answered, or whose answers are never seen. */
	operation(pair: Pair, use: Use, recorder: OperationRecorder, isNormal: boolean): void {
		const { operation } = recorder;
		const act = this.#act;
		act.unit = operation.unit;
		act.use = use.number;
		const isReport = operation.verb === "report";
		if (recorder.runs === 0 || isReport) {
			// What is reported varies with what changed: the report is one stream.
			act.space = -2;
			act.first = 0;
			act.count = 0;
		} else if (recorder.spaces[0]! < 0) {
			const ordinal = pair.target.ordinals.get(recorder.names[recorder.firsts[0]!]!);
			if (ordinal === undefined) return;
			act.space = -1;
			act.first = ordinal;
			act.count = recorder.runs;
		} else {
			act.space = recorder.spaces[0]!;
			act.first = recorder.firsts[0]!;
			act.count = recorder.counts[0]!;
		}
		const { latency } = operation;
		act.time = latency > 0 && !isReport ? operation.time - latency : operation.time;
		act.frame = operation.frame;
		act.isNormal = isNormal;
		this.#habits.operation(pair.link, act);
	}

	/** The client of this flow is known to have talked to its server over this service. */
	knows({ transport, client, server }: Flow): boolean {
		return this.#habits.volume.find(`${addressOf(client)}|${server.ip}|${transport}/${server.port}`) >= 0;
	}

	/** Both ends of a flow spoke. Called when it is noticed and again at its end. */
	conversation(flow: Flow, isNew: boolean): void {
		const { ip, port } = flow.server;
		const client = addressOf(flow.client);
		// Without a service the pair would be another one with each flow.
		if (ip === undefined || port === undefined || client === undefined || flow.role < ROLE.port || flow.isReversed) return;
		const service = `${flow.transport}/${port}`;
		this.#habits.track(flow, client, ip, service, isNew);
		const remote = this.#remote.get(service);
		if (remote !== undefined && isNew) this.#habits.entered(client, ip, remote, flow.firstTime, flow.firstFrame);
	}

	flowClosed(flow: Flow, isCounted: boolean): void {
		this.#habits.untrack(flow, isCounted);
	}

	/** Frames of before a restart were read again, up to here. */
	caughtUp(): void {
		this.#habits.caughtUp();
	}

	/** Somebody exchanges something with this unit in a rhythm that is known: its silence is noticed. */
	isPolled({ server, unit }: Target): boolean {
		const { cadence } = this.#habits;
		for (const [key, id] of cadence.all()) {
			if (!key.startsWith(`${server.key}|`) || key.split("|")[3] !== String(unit)) continue;
			const known = cadence.known(id);
			if (known !== undefined && !known.comesAndGoes) return true;
		}
		return false;
	}

	/** At each tick. `now` is capture time. */
	judge(now: number): void {
		if (Number.isNaN(now)) return;
		this.#habits.judge(now, this.#take, this.#shade);
		if (this.#silent.length > 0) this.#sayAllSilent(now);
		if (this.#missed.length > 0) this.#sayAllMissed();
	}

	/** What faded since this was asked last. */
	takeFaded(): FadedHabit[] {
		return this.#habits.takeFaded().map((one) => this.#fadedWords(one));
	}

	#fadedWords({ trait, key }: FadedSubject): FadedHabit {
		const parts = key.split("|");
		const what = HABIT_WORDS[trait] ?? trait;
		const name = (address: string) => this.#narrator.name(address);
		if (trait === "volume") {
			const [client = "?", address = "?", service = "?"] = parts;
			let isUsed = false;
			for (const [other] of this.#habits.volume.all()) if (other.endsWith(`|${address}|${service}`)) isUsed = true;
			return {
				server: this.#serverAt(address),
				address,
				client,
				words: `${what} that ${name(client)} exchanges over ${service}`,
				...(!isUsed && { unused: service }),
			};
		}
		if (key.endsWith("|connect")) {
			const [service, address = "?", client = "?"] = parts;
			return { server: this.#serverAt(address), address, client, words: `${what} for which ${name(client)} connects over ${service}` };
		}
		if (key.endsWith("|enter")) {
			const [service, address = "?", client = "?"] = parts;
			return { server: this.#serverAt(address), address, client, words: `${what} at which ${name(client)} comes in over ${service}` };
		}
		const [, address = "?", client = "?"] = parts;
		const subject = this.#subject(key);
		if (subject === undefined) return { server: undefined, address, client, words: `${what} of ${name(client)}` };
		const { server, target, verb, what: points } = subject;
		const at = target === undefined || target.unit < 0 ? "" : ` of unit ${target.unit}`;
		const did = trait === "sequence" ? "requests" : `${verb} ${points}${at}`.trimEnd();
		return { server, address, client, words: `${what} of ${name(client)} (${did})` };
	}

	interrupt(): void {
		this.#habits.interrupt();
	}

	save(isWhole: boolean): Generator<[key: string, value: unknown]> {
		return this.#habits.save(isWhole);
	}

	restore(entries: Iterable<[key: string, value: unknown]>): number {
		return this.#habits.restore(entries);
	}

	counters(): Record<string, number> {
		return this.#habits.counters();
	}

	/** The unit at which it is shown. What concerns a whole PLC is shown at its first one; what concerns none, nowhere. */
	#targetOf({ trait, key }: Deviation): Target | undefined {
		const [one, other, client, last] = key.split("|") as [string, string, string?, string?];
		let server: Server | undefined;
		if (trait === "volume") server = this.#serverAt(other) ?? this.#serverAt(one);
		else if (last === "enter" || last === "connect") server = this.#serverAt(other);
		else {
			const subject = client === undefined ? undefined : this.#subject(key);
			if (subject?.target !== undefined) return subject.target;
			server = subject?.server;
		}
		return server?.targets.get(Math.min(...server.targets.keys()));
	}

	#subject(key: string): Subject | undefined {
		const [name, address, client, unit, act, range] = key.split("|");
		const server = this.#plant.servers.get(`${name}|${address}`);
		const protocol = this.#protocols.get(name!);
		if (server === undefined || protocol === undefined || client === undefined) return undefined;
		const target = unit === undefined ? undefined : server.targets.get(Number(unit));
		const [verb = unit ?? "", code] = act?.split("/") ?? [];
		const what = target === undefined || range === undefined ? "" : this.#rangeWords(protocol, target, range, Number(code));
		return { server, link: server.links.get(client), client, target, what, verb };
	}

	#rangeWords(protocol: AnyProtocol, target: Target, range: string, code: number): string {
		const [space, first, count] = range.split(/(?<!^)[:+]/).map(Number) as [number, number, number];
		if (space === -2) return protocol.operationName(code);
		const name = (at: number) => this.#narrator.pointWords(protocol, target, this.#narrator.pointName(protocol, target, space, at));
		if (space === -1) return count === 1 ? name(first) : `${name(first)} and ${countWords(count - 1, "more point")}`;
		return spanWords(name(first), name(first + count - 1));
	}

	/** "read holding register 0 to 9 (unit 1)" of a symbol of a channel. */
	#symbolWords(protocol: AnyProtocol, server: Server, symbol: string): string {
		const [unit, act, range] = symbol.split("|");
		const target = server.targets.get(Number(unit));
		if (target === undefined || act === undefined || range === undefined) return "an unknown request";
		const [verb, code] = act.split("/");
		const words = this.#rangeWords(protocol, target, range, Number(code));
		return `${range.startsWith("-2:") ? words : `${verb} ${words}`}${target.unit < 0 ? "" : ` of unit ${unit}`}`;
	}

	#age(born: number): string {
		return durationWords(this.#plant.watched - born);
	}

	#memory(born: number): string {
		return durationWords(this.#plant.memory(born));
	}

	#reasons(record: DetectionRecord, { born }: Deviation, ...more: (Reason | undefined)[]): Reason[] {
		const reasons: Reason[] = [{ points: record.severity, text: record.title }];
		for (const reason of more) if (reason !== undefined) reasons.push(reason);
		if (this.#plant.watched - born < this.#plant.learningSeconds * 1e6)
			reasons.push({ points: SHORT_POINTS, text: `it was watched for ${this.#age(born)} only` });
		return reasons;
	}

	#submit(
		record: DetectionRecord,
		deviation: Deviation,
		source: Party,
		destination: Party | undefined,
		key: string,
		sentence: string,
		reasons: Reason[],
		protocol: string | undefined,
		deviations: readonly Deviation[] = [deviation],
	): void {
		const frames = deviation.frame > 0 ? [deviation.frame] : [];
		if (this.#isShown) {
			this.#shown = { frames, sentence };
			return;
		}
		const detection: Detection = {
			type: record.id,
			time: deviation.time,
			...(protocol !== undefined && { protocol }),
			source,
			...(destination !== undefined && { destination }),
			key,
			sentence,
			confidence: Math.round(deviation.trust * 100) / 100,
			reasons,
			frames,
			things: deviations.slice(0, MAX_THINGS).map(thingOf),
		};
		this.#desk.submit(record, detection);
	}

	#plcParty(server: Server): Party {
		const party = this.#narrator.partyAt(server.address);
		if (server.port !== undefined) party.port = server.port;
		return party;
	}

	/** Polls that fell silent at the same tick: one thing for each client, or each PLC where nobody gets an answer, or one where all are silent. */
	#sayAllSilent(now: number): void {
		const groups = new Map<string, { deviations: Deviation[]; subject: Subject; isPlc: boolean }>();
		const { watched } = this.#plant;
		for (const deviation of this.#silent) {
			const subject = this.#subject(deviation.key);
			if (subject?.target === undefined) continue;
			const { server, target, client } = subject;
			// A second is the grain of the ticks and of answers on their way.
			const said = this.#silentPlcs.get(target) ?? Number.NEGATIVE_INFINITY;
			// What pauses with its PLC is part of that, also where the PLC is back by the time that a slow poll is missed.
			const isPlc = watched - target.heard >= deviation.seen - 1e6 || watched - said <= deviation.seen;
			if (isPlc) this.#silentPlcs.set(target, watched);
			const key = `${server.key}|${isPlc ? "" : client}|${target.unit}`;
			const group = groups.get(key);
			if (group === undefined) groups.set(key, { deviations: [deviation], subject, isPlc });
			else group.deviations.push(deviation);
		}
		this.#silent.length = 0;
		if (groups.size === 0) return;
		if (this.#isAllSilent(Math.max(...[...groups.values()].map(({ deviations }) => deviations[0]!.seen)))) {
			this.#sayMirrorSilent([...groups.values()][0]!.deviations[0]!, now);
			return;
		}
		for (const { deviations, subject, isPlc } of groups.values()) this.#saySilent(deviations, subject, isPlc, now);
	}

	#isAllSilent(seen: number): boolean {
		let silent = 0;
		for (const server of this.#plant.servers.values()) {
			let heard = -1;
			for (const target of server.targets.values()) heard = Math.max(heard, target.heard);
			if (heard < 0) continue;
			if (this.#plant.watched - heard < Math.min(seen, SILENT_TOGETHER) - 1e6) return false;
			silent++;
		}
		return silent >= ALL_SILENT;
	}

	#sayMirrorSilent(deviation: Deviation, now: number): void {
		const plcs = countWords(this.#plant.servers.size, "PLC");
		const reasons = this.#reasons(POLL_SILENT, deviation, { points: -10, text: "all at once: the mirror port may show nothing" });
		this.#submit(
			POLL_SILENT,
			deviation,
			{ name: "all PLCs" },
			undefined,
			"all",
			`Nothing is heard of any of ${plcs} for ${durationWords(now - deviation.time)}; in ${this.#age(deviation.born)} that was never so.`,
			reasons,
			undefined,
			[], // a deaf mirror is never normal
		);
	}

	#saySilent(deviations: Deviation[], { server, target, client, what }: Subject, isPlc: boolean, now: number): void {
		const deviation = deviations[0]!;
		const others = deviations.length - 1;
		const plc = this.#narrator.plc(server, target!.unit);
		const more = others > 0 ? ` The same goes for ${countWords(others, "more exchange")}.` : "";
		const usual = `in ${this.#age(deviation.born)} it came every ${paceWords(deviation.usual)}`;
		const silent = durationWords(now - deviation.time);
		const sentence = isPlc
			? `${plc} has answered nobody for ${silent}, also not ${this.#narrator.name(client)} (${what}); ${usual}.${more}`
			: `${this.#narrator.name(client)} and ${plc} no longer exchange ${what}: nothing for ${silent}, while the PLC answers others; ${usual}.${more}`;
		const [source, destination] = isPlc ? [this.#plcParty(server), undefined] : [this.#narrator.partyAt(client), this.#plcParty(server)];
		this.#submit(
			POLL_SILENT,
			deviation,
			source,
			destination,
			String(target!.unit),
			sentence,
			this.#reasons(POLL_SILENT, deviation),
			server.protocol,
			deviations,
		);
	}

	/** Jobs that were missed at the same tick: of one client at one server they are one. What it does says more than that it connects. */
	#sayAllMissed(): void {
		const groups = new Map<string, Deviation[]>();
		for (const deviation of this.#missed) {
			const [, server, client] = deviation.key.split("|");
			const key = `${server}|${client}`;
			const group = groups.get(key);
			if (group === undefined) groups.set(key, [deviation]);
			else group.push(deviation);
		}
		this.#missed.length = 0;
		for (const deviations of groups.values()) {
			const deviation = deviations.find(({ key }) => !key.endsWith("|connect")) ?? deviations[0]!;
			this.#sayMissed(deviation, deviations);
		}
	}

	#sayMissed(deviation: Deviation, deviations: readonly Deviation[]): void {
		const [name = "", address = "", client = "", last = ""] = deviation.key.split("|");
		const { usual, days = [], runs = 0, seen, born } = deviation;
		const server = this.#serverAt(address);
		const where = server === undefined ? this.#narrator.name(address) : this.#narrator.plc(server);
		const what = last === "connect" ? `connect to ${where} over ${name}` : `${UNDONE[last] ?? "act on"} ${where}`;
		const at = `${String(Math.floor(usual / 60)).padStart(2, "0")}:${String(usual % 60).padStart(2, "0")}`;
		const when =
			days.length === 7
				? "every day"
				: `on ${listWords(
						days.map((day) => DAY_NAMES[day]!),
						days.length,
					)}`;
		this.#submit(
			JOB_MISSED,
			deviation,
			this.#narrator.partyAt(client),
			server === undefined ? this.#narrator.partyAt(address) : this.#plcParty(server),
			last === "connect" ? name : last,
			`${this.#narrator.name(client)} did not ${what} at about ${at}; in ${this.#memory(born)} it did so ${when}, ${countWords(runs, "time")} in all, the latest ${durationWords(seen)} ago.`,
			this.#reasons(JOB_MISSED, deviation),
			last === "connect" ? undefined : name,
			deviations,
		);
	}

	#say(deviation: Deviation): void {
		if (deviation.trait === "volume") {
			this.#sayVolume(deviation);
			return;
		}
		if (deviation.key.endsWith("|enter")) {
			this.#sayEntry(deviation);
			return;
		}
		const subject = this.#subject(deviation.key);
		if (subject === undefined) return;
		if (deviation.trait === "cadence") this.#sayPace(deviation, subject);
		else if (deviation.trait === "sequence") this.#sayOrder(deviation, subject);
		else this.#sayHour(deviation, subject);
	}

	#sayPace(deviation: Deviation, { server, target, client, what }: Subject): void {
		const { kind, seen, usual, born } = deviation;
		const reason =
			kind === "faster"
				? { points: 5, text: "more requests than usual load the PLC" }
				: kind === "drift"
					? { points: -10, text: "it moved slowly, as clocks do" }
					: undefined;
		const plc = this.#narrator.plc(server, target?.unit);
		const who = this.#narrator.name(client);
		const sentence =
			kind === "drift"
				? `${who} and ${plc} exchange ${what} at a pace that moved away from every ${paceWords(usual)}, which it was when it was learned ${this.#age(born)} ago.`
				: `${who} and ${plc} exchange ${what} ${kind} than usual, several times in a row, the latest after ${paceWords(seen)}; in ${this.#age(born)} it came every ${paceWords(usual)}.`;
		this.#submit(
			POLL_PACE,
			deviation,
			this.#narrator.partyAt(client),
			this.#plcParty(server),
			`${target?.unit ?? -1}/${kind}`,
			sentence,
			this.#reasons(POLL_PACE, deviation, reason),
			server.protocol,
		);
	}

	#sayOrder(deviation: Deviation, { server, client }: Subject): void {
		const protocol = this.#protocols.get(server.protocol)!;
		const expected = this.#symbolWords(protocol, server, deviation.expected ?? "");
		const came = this.#symbolWords(protocol, server, deviation.came ?? "");
		const usual =
			deviation.usual === 0 ? "never out of order" : `out of order at most ${countWords(deviation.usual, "time")} within a moment`;
		this.#submit(
			UNUSUAL_ORDER,
			deviation,
			this.#narrator.partyAt(client),
			this.#plcParty(server),
			"",
			`The requests of ${this.#narrator.name(client)} to ${this.#narrator.plc(server)} came out of order ${countWords(deviation.seen, "time")} within a moment, the latest "${came}" where "${expected}" belongs; in ${this.#age(deviation.born)} they were ${usual}.`,
			this.#reasons(UNUSUAL_ORDER, deviation),
			server.protocol,
		);
	}

	#sayHour(deviation: Deviation, { server, client, target, what, verb }: Subject): void {
		const [points, words, did] = ACTS[verb] ?? [0, "", "acted on"];
		const at = target === undefined ? "" : `${what} of `;
		this.#submit(
			UNUSUAL_HOUR,
			deviation,
			this.#narrator.partyAt(client),
			this.#plcParty(server),
			target === undefined ? verb : `${target.unit}/${verb}/${what}`,
			`${this.#narrator.name(client)} ${did} ${at}${this.#narrator.plc(server, target?.unit)} ${hourWords(deviation.seen)}; in ${this.#memory(deviation.born)} it did so only ${hoursWords(deviation.hours ?? [])}.`,
			this.#reasons(UNUSUAL_HOUR, deviation, points > 0 ? { points, text: words } : undefined),
			server.protocol,
		);
	}

	#sayEntry(deviation: Deviation): void {
		const [service, server, client] = deviation.key.split("|") as [string, string, string];
		const isPlc = this.#serverAt(server) !== undefined;
		this.#submit(
			UNUSUAL_REMOTE_HOUR,
			deviation,
			this.#narrator.partyAt(client),
			this.#narrator.partyAt(server),
			service,
			`${this.#narrator.name(client)} came in over ${service} to ${this.#narrator.name(server)} ${hourWords(deviation.seen)}; in ${this.#memory(deviation.born)} it did so only ${hoursWords(deviation.hours ?? [])}.`,
			this.#reasons(UNUSUAL_REMOTE_HOUR, deviation, isPlc ? { points: 15, text: "it is a PLC" } : undefined),
			undefined,
		);
	}

	#sayVolume(deviation: Deviation): void {
		const [client, server, service] = deviation.key.split("|") as [string, string, string];
		const isPlc = (this.#serverAt(server) ?? this.#serverAt(client)) !== undefined;
		const usual =
			deviation.kind === "more"
				? `never more than ${bytesWords(deviation.usual)} at this time of day`
				: `never less than ${bytesWords(deviation.usual)} at this time of day`;
		this.#submit(
			UNUSUAL_VOLUME,
			deviation,
			this.#narrator.partyAt(client),
			this.#narrator.partyAt(server),
			`${service}/${deviation.kind}`,
			`${this.#narrator.name(client)} and ${this.#narrator.name(server)} exchanged ${bytesWords(deviation.seen)} over ${service} within a minute, not for the first minute; in ${this.#age(deviation.born)} it was ${usual}.`,
			this.#reasons(
				UNUSUAL_VOLUME,
				deviation,
				deviation.kind === "less"
					? { points: -10, text: "less than usual harms nobody by itself" }
					: isPlc
						? { points: 10, text: "one of the two is a PLC" }
						: undefined,
			),
			undefined,
		);
	}

	/** The PLC at an address. */
	#serverAt(address: string): Server | undefined {
		for (const name of this.#protocols.keys()) {
			const server = this.#plant.servers.get(`${name}|${address}`);
			if (server !== undefined) return server;
		}
		return undefined;
	}

	/** How far the traits are about a unit of a server, each over all that it is about. */
	statuses(server: Server, target: Target): TraitStatus[] {
		if (Math.abs(this.#plant.watched - this.#statusesAt) >= STATUS_MICROS) this.#tally();
		const found: TraitStatus[] = [];
		for (const [trait, key] of [
			["cadence", `${server.key}|${target.unit}`],
			["sequence", server.key],
			["schedule", server.key],
			["volume", server.address],
			["job", server.address],
		] as const) {
			const tally = this.#statuses.get(`${trait} ${key}`);
			if (tally !== undefined) found.push(tally.status(trait));
		}
		return found;
	}

	#tally(): void {
		this.#statusesAt = this.#plant.watched;
		this.#statuses = new Map();
		const { cadence, sequence, schedule, volume, jobs } = this.#habits;
		for (const [key, id] of cadence.all()) {
			const [name, address, , unit] = key.split("|");
			this.#add("cadence", `${name}|${address}|${unit}`, cadence.maturity(id));
		}
		for (const [key, id] of sequence.all()) this.#add("sequence", key.slice(0, key.lastIndexOf("|")), sequence.maturity(id));
		for (const [key, id] of schedule.all()) {
			const [name, address] = key.split("|");
			if (!key.endsWith("|enter")) this.#add("schedule", `${name}|${address}`, schedule.maturity(id));
		}
		for (const [key, id] of volume.all()) {
			const [client, server] = key.split("|") as [string, string];
			const maturity = volume.maturity(id);
			this.#add("volume", server, maturity);
			this.#add("volume", client, maturity);
		}
		for (const [key, id] of jobs.all()) this.#add("job", key.split("|")[1]!, jobs.maturity(id));
	}

	#add(trait: TraitName, key: string, maturity: Maturity): void {
		const name = `${trait} ${key}`;
		let tally = this.#statuses.get(name);
		if (tally === undefined) {
			tally = new Tally();
			this.#statuses.set(name, tally);
		}
		tally.add(maturity);
	}
}

/** Which record each kind of deviation is. */
function recordOf({ trait, kind, key }: Deviation): DetectionRecord {
	if (trait === "cadence") return kind === "silent" ? POLL_SILENT : POLL_PACE;
	if (trait === "sequence") return UNUSUAL_ORDER;
	if (trait === "volume") return UNUSUAL_VOLUME;
	if (trait === "job") return JOB_MISSED;
	return key.endsWith("|enter") ? UNUSUAL_REMOTE_HOUR : UNUSUAL_HOUR;
}

/**
 * What a person would accept of it: this pause, order, hour of the week or amount of this very exchange, and of no other; a faster or slower pace of what these two exchange
 * about one unit, for that is what an alert of it is about.
 */
function thingOf(deviation: Deviation): FactThing {
	const { trait, kind, key, seen, expected, came } = deviation;
	const parts = key.split("|");
	const isVolume = trait === "volume";
	const [source, destination] = isVolume ? [parts[0], parts[1]] : [parts[2], parts[1]];
	const about = isVolume ? parts.slice(2) : [parts[0], ...parts.slice(3)];
	if (trait === "schedule") about.push(`hour ${seen} of the week`);
	else if (trait === "sequence") about.push(`${came} where ${expected} belongs`);
	else if (trait === "cadence" && kind !== "silent") about.splice(2, about.length, kind);
	else about.push(kind);
	return { trait: "fact", type: recordOf(deviation).id, source: source ?? "", destination: destination ?? "", key: about.join("/") };
}

/** Silence of everything is judged at this length at most, microseconds: the slowest poll must not decide whether the mirror shows nothing. */
const SILENT_TOGETHER = 3e6;

/** Several maturities of one trait. */
export class Tally {
	#subjects = 0;
	#judging = 0;
	#sum = 0;
	#least: Maturity | undefined = undefined;
	#forecast = 0;

	add(maturity: Maturity): void {
		this.#subjects++;
		this.#sum += maturity.value;
		if (maturity.value >= 1) this.#judging++;
		else if (Number.isFinite(maturity.forecast)) this.#forecast = Math.max(this.#forecast, maturity.forecast);
		if (this.#least === undefined || maturity.value < this.#least.value) this.#least = maturity;
	}

	status(trait: string): TraitStatus {
		const isDone = this.#judging === this.#subjects;
		return {
			trait,
			subjects: this.#subjects,
			judging: this.#judging,
			maturity: this.#subjects === 0 ? 0 : this.#sum / this.#subjects,
			reason: this.#least?.reason ?? "nothing was seen so far",
			forecast: isDone ? "judges" : this.#forecast > 0 ? `mature in about ${durationWords(this.#forecast * 1e6)}` : "nothing says when",
		};
	}
}

/** What an act at an odd hour adds, why, and the act in the past tense. */
const ACTS: Readonly<Record<string, readonly [points: number, why: string, did: string]>> = {
	write: [0, "", "wrote to"],
	configure: [0, "", "changed the set-up of"],
	command: [15, "it commands the PLC", "commanded"],
	program: [20, "it changes or copies the PLC's program", "worked on the program of"],
};

/** What was left undone. */
const UNDONE: Readonly<Record<string, string>> = {
	write: "write to",
	configure: "change the set-up of",
	command: "command",
	program: "work on the program of",
};

/** "1.5 seconds", "200 ms". */
const paceWords = (micros: number): string =>
	micros < 1e6 ? `${numberWords(Math.round(micros / 1000))} ms` : `${numberWords(Math.round(micros / 1e5) / 10)} s`;

const BYTE_UNITS = ["bytes", "kB", "MB", "GB", "TB"] as const;

function bytesWords(bytes: number): string {
	let amount = bytes;
	let unit = 0;
	while (amount >= 1000 && unit < BYTE_UNITS.length - 1) {
		amount /= 1000;
		unit++;
	}
	return `${numberWords(unit === 0 ? Math.round(amount) : Math.round(amount * 10) / 10)} ${BYTE_UNITS[unit]}`;
}
