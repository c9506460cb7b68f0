/**
 * The baseline: who talks to which server, with which functions, to which points, and what the values are. The `members` traits are the maps and sets in here;
 * the `value` trait is in `points.ts`. Everything is bounded, knows whether it changed since it was last saved, and is found again by names that survive a restart.
 *
 *   Server (an address that serves one control protocol)
 *   ├── Target (one unit behind it) ── points
 *   └── Link (one client of it) ── Pair (that client with one unit) ── Use (one function), Reach (points by verb), refusals
 */
import { VERBS, type Verb, type WideSpace } from "../decode/protocol.ts";
import { Calendar } from "./calendar.ts";
import { type Evidence, judges } from "./maturity.ts";
import { PointTable } from "./points.ts";
import { type PageBudget, PageIndex, Reach, type Run } from "./reach.ts";

/** Every bound of the baseline. A large site (a thousand PLCs with a hundred points) fits; a scan does not get further. */
export interface PlantBounds {
	/** Values of 262,144 points take 40 MB. */
	points: number;
	servers: number;
	/** Clients of one server: real PLCs take a few dozen connections. */
	links: number;
	/** Units behind one server: Modbus has 248. */
	targets: number;
	/** Client and unit together, over all. */
	pairs: number;
	/** Functions of one pair: a function code is a byte in most protocols. */
	uses: number;
	/** Different refusals of one pair. */
	refusals: number;
	/** Pages of 256 points, of values and of reaches each: 32,768 of them take 34 MB and 4 MB. */
	pages: number;
	/** Names given to points of one unit. */
	labels: number;
}
export const PLANT_BOUNDS: Readonly<PlantBounds> = {
	points: 262_144,
	servers: 4096,
	links: 512,
	targets: 512,
	pairs: 32_768,
	uses: 256,
	refusals: 256,
	pages: 32_768,
	labels: 16_384,
};

/** Points of a page. */
export const PAGE = 256;
/** Longest name of a point that is kept; OPC UA allows more, plants do not use it. */
export const MAX_POINT_NAME = 256;

/** Verbs that change the plant: who does this is a writer. */
const CHANGING: ReadonlySet<Verb> = new Set<Verb>(["write", "command", "program"]);
const isChanging = (verb: Verb): boolean => CHANGING.has(verb);

/** Learning round of what a person admitted: before every other, so that what else turns up there is judged at once (`admission.ts`). */
export const STRICT = -1;
const isRound = (value: unknown): value is number => isCount(value) || value === STRICT;

/** Has this client written here? */
export const WRITER = { no: 0, normal: 1, observed: 2 } as const;

/** A number of two neighbouring words of a page; its point is at the same place of `page`. */
export interface Wide {
	readonly at: number;
	readonly page: PointPage;
	readonly form: WideSpace;
}

/** 256 points of one space of one unit: their ids, -1 where never seen. */
export class PointPage {
	readonly target: Target;
	readonly space: number;
	readonly number: number;
	readonly ids = new Int32Array(PAGE).fill(-1);
	/** The numbers that words of this page make, in order. */
	wides: readonly Wide[] = [];
	isDirty = false;
	/** What `news` said when it was last saved. */
	savedNews = Number.NaN;
	constructor(target: Target, space: number, number: number) {
		this.target = target;
		this.space = space;
		this.number = number;
	}

	/** Is the point one word of a number of two? */
	isWide(at: number): boolean {
		return this.wides.some((wide) => wide.at === at || wide.at === at - 1);
	}

	/** Points, and deviations that were said of them; see `Plant.save`. */
	news({ said }: PointTable): number {
		let news = 0;
		for (let at = 0; at < PAGE; at++) {
			const id = this.ids[at]!;
			if (id < 0) continue;
			news++;
			if (Number.isFinite(said[id]!)) news += said[id]!;
		}
		return news;
	}
}

/** One unit behind a server. */
export class Target {
	readonly server: Server;
	readonly unit: number;
	/** Index: space + 1; space -1 is that of named points, numbered in order of sight. */
	readonly spaces: (PageIndex<PointPage> | undefined)[] = [];
	readonly names: string[] = [];
	readonly ordinals = new Map<string, number>();
	readonly labels = new Map<string, string>();
	points = 0;
	operations = 0;
	answers = 0;
	refused = 0;
	unanswered = 0;
	/** Capture time, microseconds; 0 for never. */
	firstRequest = 0;
	lastRequest = 0;
	lastAnswer = 0;
	/** Watched time of the last answer, and of its return after it had been out of reach; -1 for never. */
	heard = -1;
	returned = -1;
	/** It answered by itself although its number is that of all units. */
	isDevice = false;
	lastWriteTime = 0;
	lastWriteClient = "";
	/** Space and number of the point. */
	lastWriteSpace = -1;
	lastWriteAt = 0;
	lastWriteValue = Number.NaN;
	/** When a person took what is known of it from a document (box time, microseconds); 0 for never. */
	imported = 0;
	isDirty = false;
	/** What `news` said when it was last saved. */
	savedNews = Number.NaN;
	constructor(server: Server, unit: number) {
		this.server = server;
		this.unit = unit;
	}

	news(): number {
		return this.labels.size + this.returned + this.imported + (this.isDevice ? 1 : 0);
	}

	page(space: number, number: number): PointPage | undefined {
		return this.spaces[space + 1]?.get(number);
	}

	/** All pages, in order of space and number. */
	*pages(): Generator<[space: number, number: number, page: PointPage]> {
		for (let slot = 0; slot < this.spaces.length; slot++)
			for (const [number, page] of this.spaces[slot]?.entries() ?? []) yield [slot - 1, number, page];
	}
}

/** One function of a pair. */
export class Use {
	readonly verb: Verb;
	readonly code: number;
	readonly isChanging: boolean;
	/** Verb and code as one small integer: VERBS are fewer than 16. */
	readonly number: number;
	isNormal: boolean;
	count = 0;
	/** Watched time of the first and of the latest. */
	readonly born: number;
	seen: number;
	readonly reach: Reach;
	/** What people's rules may say of it: theirs to fill in, undefined until they have looked. */
	rules: readonly object[] | undefined = undefined;
	/** Watched time at which they looked. */
	rulesAt = 0;
	constructor(verb: Verb, code: number, isNormal: boolean, born: number, seen: number, reach: Reach) {
		this.verb = verb;
		this.code = code;
		this.isChanging = isChanging(verb);
		this.number = VERBS.indexOf(verb) + 16 * code;
		this.isNormal = isNormal;
		this.born = born;
		this.seen = seen;
		this.reach = reach;
	}
}

export interface Refusal {
	count: number;
	isNormal: boolean;
	/** Watched time of the latest. */
	seen: number;
}

/** One client with one unit. */
export class Pair {
	readonly link: Link;
	readonly target: Target;
	readonly uses: Use[] = [];
	/** By index of the verb. */
	readonly reaches: (Reach | undefined)[] = [];
	/** By function code and outcome code. */
	readonly refusals = new Map<string, Refusal>();
	isNormal: boolean;
	operations = 0;
	refused = 0;
	readonly born: number;
	epoch: number;
	lastNewUse: number;
	lastNewPoint: number;
	lastNewRefusal: number;
	lastUse: Use | undefined = undefined;
	isDirty = false;
	/** What `news` said when it was last saved. */
	savedNews = Number.NaN;
	constructor(link: Link, target: Target, born: number, epoch: number, isNormal: boolean) {
		this.link = link;
		this.target = target;
		this.born = born;
		this.epoch = epoch;
		this.isNormal = isNormal;
		this.lastNewUse = born;
		this.lastNewPoint = born;
		this.lastNewRefusal = born;
	}

	news(): number {
		const normal = this.uses.filter(({ isNormal }) => isNormal).length + (this.isNormal ? 1 : 0);
		return this.lastNewUse + this.lastNewPoint + this.lastNewRefusal + this.uses.length + this.refusals.size + normal;
	}
}

/** One client of a server. */
export class Link {
	readonly server: Server;
	/** IP address, or MAC address on a link without IP. */
	readonly client: string;
	readonly pairs = new Map<number, Pair>();
	isNormal = false;
	/** One of WRITER. */
	writer: number = WRITER.no;
	operations = 0;
	reads = 0;
	writes = 0;
	programs = 0;
	/** Capture time, microseconds. */
	firstTime = 0;
	lastTime = 0;
	readonly born: number;
	epoch: number;
	/** Operations in the running second of capture time, and the most in one second so far while normal. */
	second = 0;
	inSecond = 0;
	busiest = 0;
	/** Frame (counted anew in each capture), capture time and weight of the latest fact about a request of this client: what its answer adds is said by the fact. */
	factFrame = 0;
	factTime = 0;
	factWeight = 0;
	/** Capture time at which it was last said to be a stranger that writes. */
	strangerTime = 0;
	/** Numbers that the traits of habits know it by, its latest stream, and the round in which they were given; see `habits.ts`. */
	channel = -1;
	stream = -1;
	round = -1;
	isDirty = false;
	/** What `news` said when it was last saved. */
	savedNews = Number.NaN;
	constructor(server: Server, client: string, born: number, epoch: number) {
		this.server = server;
		this.client = client;
		this.born = born;
		this.epoch = epoch;
	}

	news(): number {
		return this.writer * 2 + (this.isNormal ? 1 : 0) + this.strangerTime;
	}
}

/** An address that serves one control protocol. */
export class Server {
	readonly address: string;
	readonly protocol: string;
	readonly key: string;
	readonly targets = new Map<number, Target>();
	readonly links = new Map<string, Link>();
	port: number | undefined = undefined;
	operations = 0;
	answers = 0;
	readonly born: number;
	readonly epoch: number;
	/** Watched time of the latest new normal client, writer, unit. */
	lastNewClient: number;
	lastNewWriter: number;
	isDirty = false;
	/** What `news` said when it was last saved. */
	savedNews = Number.NaN;
	constructor(address: string, protocol: string, born: number, epoch: number) {
		this.address = address;
		this.protocol = protocol;
		this.key = `${protocol}|${address}`;
		this.born = born;
		this.epoch = epoch;
		this.lastNewClient = born;
		this.lastNewWriter = born;
	}

	news(): number {
		return this.lastNewClient + this.lastNewWriter + (this.port ?? -1);
	}
}

const isCount = (value: unknown): value is number => Number.isFinite(value) && (value as number) >= 0;
const isText = (value: unknown, most: number): value is string => typeof value === "string" && value.length > 0 && value.length <= most;
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** The kind of a record in its key; keys sort so that what others refer to comes first. */
const KIND = /^plc\/[^/]+\/(client|device|pair|points)\//;

export type Dirty = Server | Target | Link | Pair | PointPage;

export class Plant {
	readonly points: PointTable;
	readonly calendar = new Calendar();
	readonly servers = new Map<string, Server>();
	/** Bounds reached, by fixed name. */
	readonly counters: Record<string, number> = {};
	/** Watched time (microseconds during which traffic was looked at) and learning round; see `endLearning`. */
	watched = 0;
	epoch = 0;
	readonly learningSeconds: number;
	readonly #bounds: PlantBounds;
	readonly #wide: ReadonlyMap<string, readonly WideSpace[]>;
	readonly #valuePages: PageBudget;
	readonly #reachPages: PageBudget;
	#pairs = 0;
	#dirty: Dirty[] = [];

	/** `wide` are the spaces of numbers of two words, by protocol. */
	constructor(bounds: PlantBounds, learningSeconds: number, wide: ReadonlyMap<string, readonly WideSpace[]> = new Map()) {
		this.#bounds = bounds;
		this.#wide = wide;
		this.learningSeconds = learningSeconds;
		this.points = new PointTable(bounds.points);
		this.points.learningMicros = learningSeconds * 1e6;
		this.#valuePages = { left: bounds.pages, refused: 0 };
		this.#reachPages = { left: bounds.pages, refused: 0 };
	}

	count(what: string): void {
		this.counters[what] = (this.counters[what] ?? 0) + 1;
	}

	/** Moves watched time on. */
	watch(micros: number): void {
		this.watched += micros;
		this.points.watched = this.watched;
	}

	/** A person said: what was seen so far is normal. */
	endLearning(): void {
		if (this.epoch < 255) this.epoch++;
		this.points.epoch = this.epoch;
	}

	server(address: string, protocol: string, born = this.watched): Server | undefined {
		const key = `${protocol}|${address}`;
		let server = this.servers.get(key);
		if (server === undefined) {
			if (this.servers.size >= this.#bounds.servers) {
				this.count("servers-bound");
				return undefined;
			}
			server = new Server(address, protocol, born, this.epoch);
			this.servers.set(key, server);
			this.touch(server);
		}
		return server;
	}

	target(server: Server, unit: number): Target | undefined {
		let target = server.targets.get(unit);
		if (target === undefined) {
			if (server.targets.size >= this.#bounds.targets) {
				this.count("targets-bound");
				return undefined;
			}
			target = new Target(server, unit);
			server.targets.set(unit, target);
			this.touch(target);
		}
		return target;
	}

	/** The link, known or new. Beyond the bound a new one is made but not kept: it is a stranger each time. */
	link(server: Server, client: string, born = this.watched): Link {
		let link = server.links.get(client);
		if (link === undefined) {
			link = new Link(server, client, born, this.epoch);
			if (server.links.size < this.#bounds.links) {
				server.links.set(client, link);
				this.touch(link);
			} else this.count("links-bound");
		}
		return link;
	}

	pair(link: Link, target: Target, born = this.watched): Pair {
		let pair = link.pairs.get(target.unit);
		if (pair === undefined) {
			pair = new Pair(link, target, born, this.epoch, false);
			if (this.#pairs < this.#bounds.pairs && link.server.links.get(link.client) === link) {
				this.#pairs++;
				link.pairs.set(target.unit, pair);
				this.touch(pair);
			} else this.count("pairs-bound");
		}
		return pair;
	}

	/** The use, or a new one; beyond the bound one that is not kept. */
	use(pair: Pair, verb: Verb, code: number, born = this.watched): Use {
		for (const use of pair.uses) if (use.code === code && use.verb === verb) return use;
		const use = new Use(verb, code, false, born, this.watched, this.reach(pair, verb));
		if (pair.uses.length < this.#bounds.uses) pair.uses.push(use);
		else this.count("uses-bound");
		return use;
	}

	reach(pair: Pair, verb: Verb): Reach {
		return (pair.reaches[VERBS.indexOf(verb)] ??= new Reach(this.#reachPages));
	}

	/** The reaches of a pair, by verb. */
	*reachesOf(pair: Pair): Generator<[verb: Verb, reach: Reach]> {
		for (let verb = 0; verb < pair.reaches.length; verb++) {
			const reach = pair.reaches[verb];
			if (reach !== undefined) yield [VERBS[verb]!, reach];
		}
	}

	refusal(pair: Pair, code: number, outcomeCode: number): Refusal {
		const key = `${code}/${outcomeCode}`;
		let refusal = pair.refusals.get(key);
		if (refusal === undefined) {
			refusal = { count: 0, isNormal: false, seen: this.watched };
			if (pair.refusals.size < this.#bounds.refusals) pair.refusals.set(key, refusal);
			else this.count("refusals-bound");
		}
		return refusal;
	}

	/** The page for points, made when it is not there; undefined where no more may be made. */
	page(target: Target, space: number, number: number): PointPage | undefined {
		const pages = (target.spaces[space + 1] ??= new PageIndex());
		let page = pages.get(number);
		if (page === undefined) {
			if (this.#valuePages.left <= 0) {
				this.#valuePages.refused++;
				return undefined;
			}
			this.#valuePages.left--;
			page = new PointPage(target, space, number);
			pages.set(number, page);
		}
		return page;
	}

	/** A new point on a page; -1 where no more may be made. */
	addPoint(page: PointPage, at: number): number {
		const id = this.points.add();
		if (id < 0) this.count("points-bound");
		else {
			page.ids[at] = id;
			if (!page.isDirty) this.touch(page);
			const form = this.#wide.get(page.target.server.protocol)?.find(({ space }) => space === page.space);
			if (form === undefined) page.target.points++;
			else this.#join(page, at, form);
		}
		return id;
	}

	/** The word at `at` of a page and the one behind it are one number from here on; nothing where it is one, or no more points may be made. */
	addWide(words: PointPage, at: number, form: WideSpace): void {
		const page = this.page(words.target, form.space, words.number);
		if (page !== undefined && page.ids[at]! < 0) this.addPoint(page, at);
	}

	#join(page: PointPage, at: number, form: WideSpace): void {
		const words = this.page(page.target, form.words, page.number);
		if (words !== undefined) words.wides = [...words.wides, { at, page, form }].sort((one, other) => one.at - other.at);
	}

	/** For how long what is normal of a thing is true, watched microseconds: since it was born, but for what has faded. */
	memory(born: number): number {
		return Math.min(this.watched - born, this.points.memoryMicros);
	}

	/** Number of a named point in its unit; -1 where it is not known (and `isNew` is false) or no more may be made. */
	ordinal(target: Target, name: string, isNew: boolean): number {
		const known = target.ordinals.get(name);
		if (known !== undefined) return known;
		if (!isNew || name.length > MAX_POINT_NAME || this.points.size >= this.points.capacity) {
			if (isNew) this.count("names-bound");
			return -1;
		}
		const ordinal = target.names.length;
		target.names.push(name);
		target.ordinals.set(name, ordinal);
		return ordinal;
	}

	label(target: Target, name: string, label: string): void {
		if (target.labels.get(name) === label) return;
		if (target.labels.size >= this.#bounds.labels && !target.labels.has(name)) {
			this.count("labels-bound");
			return;
		}
		target.labels.set(name, label);
		this.touch(target);
	}

	/** Will be saved next time. */
	touch(one: Dirty): void {
		if (one.isDirty) return;
		one.isDirty = true;
		this.#dirty.push(one);
	}

	isForced(epoch: number): boolean {
		return epoch < this.epoch;
	}

	/** Who talks to this server. */
	talkers(server: Server): Evidence {
		let members = 0;
		let singletons = 0;
		for (const link of server.links.values()) {
			if (!link.isNormal) continue;
			members++;
			if (link.operations === 1) singletons++;
		}
		return this.#evidence(server, server.operations, members, singletons, server.lastNewClient);
	}

	/** Who writes to this server. Every operation that is no write is evidence too: somebody who could have written did not. */
	writers(server: Server): Evidence {
		let members = 0;
		let singletons = 0;
		for (const link of server.links.values()) {
			if (link.writer !== WRITER.normal) continue;
			members++;
			if (link.writes === 1) singletons++;
		}
		return this.#evidence(server, server.operations, members, singletons, server.lastNewWriter);
	}

	/** Which functions this client uses with this unit. */
	functions(pair: Pair): Evidence {
		let members = 0;
		let singletons = 0;
		for (const use of pair.uses) {
			if (!use.isNormal) continue;
			members++;
			if (use.count === 1) singletons++;
		}
		return this.#evidence(pair, pair.operations, members, singletons, pair.lastNewUse);
	}

	/** Which units of the server this client uses. */
	units(link: Link): Evidence {
		let members = 0;
		let singletons = 0;
		let lastNew = link.born;
		for (const pair of link.pairs.values()) {
			if (!pair.isNormal) continue;
			members++;
			lastNew = Math.max(lastNew, pair.born);
			if (pair.operations === 1) singletons++;
		}
		return this.#evidence(link, link.operations, members, singletons, lastNew);
	}

	/** Which points this client touches with a verb. */
	reached(pair: Pair, use: Use): Evidence {
		let observations = 0;
		for (const other of pair.uses) if (other.reach === use.reach) observations += other.count;
		const { members, singletons, surprises } = use.reach;
		// Points come in ranges: an operation that touched a hundred points for the first time was one surprise, not a hundred.
		const evidence = this.#evidence(pair, observations, members, members === 0 ? 0 : surprises * (singletons / members), pair.lastNewPoint);
		if (use.reach.isStrict) evidence.isForced = true;
		return evidence;
	}

	/** What is refused to this client. */
	refusals(pair: Pair): Evidence {
		let singletons = 0;
		for (const refusal of pair.refusals.values()) if (refusal.isNormal && refusal.count === 1) singletons++;
		return this.#evidence(pair, pair.operations, pair.refusals.size, singletons, pair.lastNewRefusal);
	}

	#evidence(of: { born: number; epoch: number }, observations: number, members: number, singletons: number, lastNew: number): Evidence {
		return { observations, members, singletons, born: of.born, lastNew, isForced: this.isForced(of.epoch) };
	}

	judges(evidence: Evidence): boolean {
		return judges(evidence, this.watched, this.learningSeconds);
	}

	/** Bounds that were reached. */
	bounds(): Record<string, number> {
		const pages = this.#valuePages.refused + this.#reachPages.refused;
		return pages > 0 ? { ...this.counters, "pages-bound": pages } : { ...this.counters };
	}

	/**
	 * The records that changed since the last time; unless `isWhole`, those of which something is new: `news` is another number than when it was last saved. While it stays the
	 * same, what is stored lacks only that the same was seen again. A new extreme of a point that is still learned is no news in this sense: it would be so all day, and
	 * is learned again where a crash loses it. What is taken from the iterator counts as saved.
	 */
	*save(isWhole: boolean): Generator<[key: string, value: unknown]> {
		const dirty = this.#dirty;
		this.#dirty = [];
		for (const one of dirty) {
			const news = one.news(this.points);
			if (!isWhole && news === one.savedNews) {
				this.#dirty.push(one);
				continue;
			}
			one.savedNews = news;
			one.isDirty = false;
			if (one instanceof PointPage)
				yield [`plc/${one.target.server.key}/points/${one.target.unit}|${one.space}|${one.number}`, this.#savePage(one)];
			else if (one instanceof Pair) yield [`plc/${one.link.server.key}/pair/${one.link.client}|${one.target.unit}`, savePair(one)];
			else if (one instanceof Link) yield [`plc/${one.server.key}/client/${one.client}`, saveLink(one)];
			else if (one instanceof Target) yield [`plc/${one.server.key}/device/${one.unit}`, saveTarget(one)];
			else yield [`plc/${one.key}`, saveServer(one)];
		}
	}

	#savePage(page: PointPage): unknown {
		const points: [at: number, point: unknown, name?: string][] = [];
		for (let at = 0; at < PAGE; at++) {
			const id = page.ids[at]!;
			if (id < 0) continue;
			if (page.space >= 0) points.push([at, this.points.save(id)]);
			else points.push([at, this.points.save(id), page.target.names[page.number * PAGE + at]!]);
		}
		return { ...place(page.target.server), unit: page.target.unit, space: page.space, page: page.number, points };
	}

	/**
	 * Takes saved records back: in any order within one call, in the order of their keys over several. Returns how many were damaged; those are left out.
	 */
	restore(entries: Iterable<[key: string, value: unknown]>): number {
		const kinds = new Map<string, Record<string, unknown>[]>();
		let damaged = 0;
		for (const [key, value] of entries) {
			const kind = KIND.exec(key)?.[1] ?? "server";
			if (!isRecord(value) || !isText(value.protocol, 64) || !isText(value.address, 64)) damaged++;
			else {
				const list = kinds.get(kind);
				if (list === undefined) kinds.set(kind, [value]);
				else list.push(value);
			}
		}
		const each = (kind: string, take: (record: Record<string, unknown>) => boolean) => {
			for (const record of kinds.get(kind) ?? []) if (!take(record)) damaged++;
		};
		each("server", (record) => this.#restoreServer(record));
		each("device", (record) => this.#restoreTarget(record));
		each("client", (record) => this.#restoreLink(record));
		each("pair", (record) => this.#restorePair(record));
		each("points", (record) => this.#restorePage(record));
		for (const one of this.#dirty) one.isDirty = false;
		this.#dirty = [];
		return damaged;
	}

	#restoreServer(record: Record<string, unknown>): boolean {
		const { address, protocol, born, epoch, operations, answers, lastNewClient, lastNewWriter, port } = record;
		if (![born, epoch, operations, answers, lastNewClient, lastNewWriter].every(isCount)) return false;
		if (this.servers.size >= this.#bounds.servers) return false;
		const server = new Server(address as string, protocol as string, born as number, epoch as number);
		server.operations = operations as number;
		server.answers = answers as number;
		server.lastNewClient = lastNewClient as number;
		server.lastNewWriter = lastNewWriter as number;
		server.port = isCount(port) ? port : undefined;
		this.servers.set(server.key, server);
		return true;
	}

	#restoreTarget(record: Record<string, unknown>): boolean {
		const server = this.#serverOf(record);
		const { unit, labels, lastWrite } = record;
		const numbers = ["operations", "answers", "refused", "unanswered", "firstRequest", "lastRequest", "lastAnswer"] as const;
		if (server === undefined || !Number.isInteger(unit) || !numbers.every((name) => isCount(record[name]))) return false;
		const target = this.target(server, unit as number);
		if (target === undefined) return false;
		for (const name of numbers) target[name] = record[name] as number;
		target.heard = isCount(record.heard) ? record.heard : -1;
		target.returned = isCount(record.returned) ? record.returned : -1;
		target.imported = isCount(record.imported) ? record.imported : 0;
		target.isDevice = record.isDevice === true;
		if (isRecord(lastWrite) && isCount(lastWrite.time) && isText(lastWrite.client, 64) && isCount(lastWrite.at)) {
			target.lastWriteTime = lastWrite.time;
			target.lastWriteClient = lastWrite.client;
			target.lastWriteSpace = Number.isInteger(lastWrite.space) ? (lastWrite.space as number) : -1;
			target.lastWriteAt = lastWrite.at;
			target.lastWriteValue = Number.isFinite(lastWrite.value) ? (lastWrite.value as number) : Number.NaN;
		}
		if (Array.isArray(labels)) {
			for (const label of labels) {
				if (Array.isArray(label) && isText(label[0], MAX_POINT_NAME) && isText(label[1], MAX_POINT_NAME))
					this.label(target, label[0], label[1]);
			}
		}
		return true;
	}

	#restoreLink(record: Record<string, unknown>): boolean {
		const server = this.#serverOf(record);
		const { client, born, epoch } = record;
		const numbers = [
			"writer",
			"operations",
			"reads",
			"writes",
			"programs",
			"firstTime",
			"lastTime",
			"second",
			"inSecond",
			"busiest",
			"factFrame",
			"factTime",
			"factWeight",
			"strangerTime",
		] as const;
		if (server === undefined || !isText(client, 64) || !isCount(born) || !isRound(epoch)) return false;
		if (!numbers.every((name) => isCount(record[name])) || server.links.size >= this.#bounds.links) return false;
		const link = new Link(server, client, born, epoch);
		for (const name of numbers) link[name] = record[name] as number;
		link.isNormal = record.isNormal === true;
		server.links.set(client, link);
		return true;
	}

	#restorePair(record: Record<string, unknown>): boolean {
		const server = this.#serverOf(record);
		const link = server?.links.get(record.client as string);
		const target = server?.targets.get(record.unit as number);
		const { born, epoch, uses, reaches, refusals } = record;
		const numbers = ["operations", "refused", "lastNewUse", "lastNewPoint", "lastNewRefusal"] as const;
		if (link === undefined || target === undefined || !isCount(born) || !isRound(epoch) || this.#pairs >= this.#bounds.pairs) return false;
		if (!numbers.every((name) => isCount(record[name])) || !Array.isArray(uses) || !isRecord(reaches) || !isRecord(refusals)) return false;
		const pair = new Pair(link, target, born, epoch, record.isNormal === true);
		for (const name of numbers) pair[name] = record[name] as number;
		for (const [verb, saved] of Object.entries(reaches)) {
			if (!VERBS.includes(verb as Verb) || !isRecord(saved) || !Array.isArray(saved.runs) || !isCount(saved.surprises)) return false;
			const reach = this.reach(pair, verb as Verb);
			reach.surprises = saved.surprises;
			reach.isStrict = saved.isStrict === true;
			for (const run of saved.runs) {
				if (!Array.isArray(run) || !run.every(Number.isInteger)) return false;
				const [space, first, count, known] = run as Run;
				if (!(space >= -1 && space < 256 && first >= 0 && count > 0 && count <= 2 ** 23 && first + count <= 2 ** 31)) return false;
				if (!(known >= 0 && known < 8)) return false;
				reach.restore([space, first, count, known]);
			}
		}
		for (const use of uses.slice(0, this.#bounds.uses)) {
			if (
				!Array.isArray(use) ||
				!VERBS.includes(use[0]) ||
				!Number.isInteger(use[1]) ||
				!isCount(use[2]) ||
				!isCount(use[4]) ||
				!isCount(use[5])
			)
				return false;
			const made = new Use(use[0], use[1], use[3] === true, use[4], use[5], this.reach(pair, use[0]));
			made.count = use[2];
			pair.uses.push(made);
		}
		for (const [key, refusal] of Object.entries(refusals).slice(0, this.#bounds.refusals)) {
			if (!Array.isArray(refusal) || !isCount(refusal[0]) || !isCount(refusal[2])) return false;
			pair.refusals.set(key, { count: refusal[0], isNormal: refusal[1] === true, seen: refusal[2] });
		}
		this.#pairs++;
		link.pairs.set(target.unit, pair);
		return true;
	}

	#restorePage(record: Record<string, unknown>): boolean {
		const target = this.#serverOf(record)?.targets.get(record.unit as number);
		const { space, page: number, points } = record;
		if (target === undefined || !Array.isArray(points) || !Number.isInteger(space) || !isCount(number) || number > 2 ** 23) return false;
		if ((space as number) < -1 || (space as number) > 255 || ((space as number) < 0 && number > this.points.capacity / PAGE)) return false;
		const page = this.page(target, space as number, number);
		if (page === undefined) return false;
		let isWhole = true;
		for (const point of points) {
			if (!Array.isArray(point) || !Number.isInteger(point[0]) || point[0] < 0 || point[0] >= PAGE || page.ids[point[0]]! >= 0)
				return false;
			const ordinal = number * PAGE + point[0];
			if (space === -1) {
				if (!isText(point[2], MAX_POINT_NAME) || target.ordinals.has(point[2])) return false;
				target.names[ordinal] = point[2];
				target.ordinals.set(point[2], ordinal);
			}
			const id = this.addPoint(page, point[0]);
			if (id < 0) return false;
			isWhole = this.points.restore(id, point[1]) && isWhole;
		}
		return isWhole;
	}

	#serverOf(record: Record<string, unknown>): Server | undefined {
		return this.servers.get(`${record.protocol as string}|${record.address as string}`);
	}
}

const place = (server: Server) => ({ protocol: server.protocol, address: server.address });

const saveServer = (server: Server) => ({
	...place(server),
	port: server.port ?? null,
	born: server.born,
	epoch: server.epoch,
	operations: server.operations,
	answers: server.answers,
	lastNewClient: server.lastNewClient,
	lastNewWriter: server.lastNewWriter,
});

const saveTarget = (target: Target) => ({
	...place(target.server),
	unit: target.unit,
	operations: target.operations,
	answers: target.answers,
	refused: target.refused,
	unanswered: target.unanswered,
	firstRequest: target.firstRequest,
	lastRequest: target.lastRequest,
	lastAnswer: target.lastAnswer,
	heard: target.heard,
	returned: target.returned,
	...(target.imported > 0 && { imported: target.imported }),
	...(target.isDevice && { isDevice: true }),
	lastWrite:
		target.lastWriteTime === 0
			? null
			: {
					time: target.lastWriteTime,
					client: target.lastWriteClient,
					space: target.lastWriteSpace,
					at: target.lastWriteAt,
					value: Number.isNaN(target.lastWriteValue) ? null : target.lastWriteValue,
				},
	labels: [...target.labels],
});

const saveLink = (link: Link) => ({
	...place(link.server),
	client: link.client,
	born: link.born,
	epoch: link.epoch,
	isNormal: link.isNormal,
	writer: link.writer,
	operations: link.operations,
	reads: link.reads,
	writes: link.writes,
	programs: link.programs,
	firstTime: link.firstTime,
	lastTime: link.lastTime,
	second: link.second,
	inSecond: link.inSecond,
	busiest: link.busiest,
	factFrame: link.factFrame,
	factTime: link.factTime,
	factWeight: link.factWeight,
	strangerTime: link.strangerTime,
});

function savePair(pair: Pair): unknown {
	const reaches: Record<string, { surprises: number; isStrict: boolean; runs: Run[] }> = {};
	pair.reaches.forEach((reach, verb) => {
		if (reach !== undefined) reaches[VERBS[verb]!] = { surprises: reach.surprises, isStrict: reach.isStrict, runs: [...reach.runs()] };
	});
	const refusals: Record<string, [number, boolean, number]> = {};
	for (const [key, refusal] of pair.refusals) refusals[key] = [refusal.count, refusal.isNormal, refusal.seen];
	return {
		...place(pair.link.server),
		client: pair.link.client,
		unit: pair.target.unit,
		born: pair.born,
		epoch: pair.epoch,
		isNormal: pair.isNormal,
		operations: pair.operations,
		refused: pair.refused,
		lastNewUse: pair.lastNewUse,
		lastNewPoint: pair.lastNewPoint,
		lastNewRefusal: pair.lastNewRefusal,
		uses: pair.uses.map((use) => [use.verb, use.code, use.count, use.isNormal, use.born, use.seen]),
		reaches,
		refusals,
	};
}
