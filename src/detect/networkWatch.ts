/**
 * Watches what hosts do on the network, whatever they speak: who searches it, guesses passwords, poses as a server, asks for strange names. It is shown only what is rare: logins, calls in vain, names asked for, connections that
 * begin and end. Nothing of it is called for an ordinary request of a poll.
 */
import type { Inventory } from "../assets/inventory.ts";
import type { Plant } from "../baseline/plant.ts";
import type { FactThing } from "../baseline/thing.ts";
import type { AnyProtocol, Lookup, Operation } from "../decode/protocol.ts";
import type { NetworkDuty, ServiceRecord } from "../decode/service.ts";
import { addressOf, type Flow, type FlowView, ROLE } from "../flow/flow.ts";
import { type Desk, partyKey } from "./desk.ts";
import type { Detection, DetectionRecord, Party, Reason } from "./detection.ts";
import { Logins } from "./logins.ts";
import { domainOf, entropyOf, Lookups } from "./lookups.ts";
import { isMet, Members, type Met } from "./members.ts";
import { isBait, Names, nameOf } from "./names.ts";
import type { Narrator } from "./narrator.ts";
import {
	ADDRESS_SCAN,
	CONNECTIONS_RESET,
	HOST_SCAN,
	MADE_UP_NAMES,
	NAME_POISONING,
	NAME_TUNNEL,
	NEW_DOMAIN,
	NEW_GROUP,
	NEW_REMOTE_ACCESS,
	PASSWORD_GUESSED,
	PASSWORD_GUESSING,
	PORT_SCAN,
	UNEXPECTED_SERVER,
} from "./networkRecords.ts";
import { Resets, type Resetting } from "./resets.ts";
import { type Scan, Scans, type Tried, triedWords } from "./scans.ts";
import { countWords, durationWords, listWords } from "./words.ts";

const FACT_CONFIDENCE = 0.95;
const DEVIATION_CONFIDENCE = 0.8;
/** Servers of a kind, domains of a host, pairs of remote access, and groups that a host speaks to, as far as they are known. */
const SERVER_BOUNDS = { groups: 8, members: 64 } as const;
const DOMAIN_BOUNDS = { groups: 1024, members: 256 } as const;
const GROUP_BOUNDS = { groups: 1024, members: 64 } as const;
const ENTRY_BOUNDS = { groups: 1, members: 4096 } as const;
const ENTRIES = "remote access";
/** Connections over unusual ports whose service may show before they end; beyond it the oldest is taken for none. */
const MAX_FRESH = 1024;
/** Bits a character above which a name looks made up, on average. */
const RANDOM_BITS = 3;

/** What a server of a kind does, and what it can do to others. */
const DUTIES: Readonly<Record<NetworkDuty, { act: string; points: number; why: string }>> = {
	addresses: { act: "gives out addresses", points: 15, why: "who gives out addresses may lead everybody's traffic through himself" },
	routes: { act: "is named as the way to other networks", points: 15, why: "what leaves the network goes through it" },
	names: { act: "serves names", points: 5, why: "who answers for names may send others wherever he likes" },
	time: { act: "serves the time", points: 0, why: "records and schedules follow it" },
	mail: { act: "takes mail", points: -10, why: "what is mailed leaves the plant" },
};

export interface NetworkWatchOptions {
	readonly plant: Plant;
	readonly inventory: Inventory;
	readonly narrator: Narrator;
	readonly desk: Desk;
	/** Those with a duty, and those of remote access, are looked at. */
	readonly services: readonly ServiceRecord[];
	/** Part of an open incident: nothing new is learned of it. */
	readonly isHeld: (client: string, server: string) => boolean;
	/** A person said that this is normal. */
	readonly isAccepted: (fact: Omit<FactThing, "trait">) => boolean;
	/** These two are known to have talked over this service. */
	readonly knows: (flow: Flow) => boolean;
	/** When the network was met: a baseline that was imported says nothing of it. */
	readonly met: () => Met;
}

/** What is said of two hosts. */
interface Said {
	readonly time: number;
	readonly protocol?: string;
	readonly source: Party;
	readonly destination?: Party;
	readonly key?: string;
	readonly sentence: string;
	readonly reasons?: readonly Reason[];
	readonly frames: readonly number[];
}

export class NetworkWatch {
	readonly #plant: Plant;
	readonly #inventory: Inventory;
	readonly #narrator: Narrator;
	readonly #desk: Desk;
	readonly #options: NetworkWatchOptions;
	readonly #logins = new Logins();
	readonly #scans = new Scans();
	readonly #lookups = new Lookups();
	readonly #names = new Names();
	readonly #resets = new Resets();
	readonly #servers: Members;
	readonly #domains: Members;
	readonly #entries: Members;
	readonly #groups: Members;
	/** By `tcp/25`. */
	readonly #duties = new Map<string, NetworkDuty>();
	/** By `tcp/22`, and their names alone. */
	readonly #remote = new Map<string, string>();
	readonly #remoteNames = new Set<string>();
	/** Connections of two that never talked over this service, which is none that is known to be remote access. */
	readonly #fresh = new Set<Flow>();
	/** What goes on, by the names of its records. */
	readonly #running: Readonly<Record<string, { readonly displaced: number; save(): unknown; restore(saved: unknown): void }>> = {
		logins: this.#logins,
		scans: this.#scans,
		lookups: this.#lookups,
		names: this.#names,
		resets: this.#resets,
	};
	/** What is known, the same. */
	readonly #known: Readonly<Record<string, Members>>;
	readonly #saved = new Map<string, string>();

	constructor(options: NetworkWatchOptions) {
		this.#options = options;
		this.#plant = options.plant;
		this.#inventory = options.inventory;
		this.#narrator = options.narrator;
		this.#desk = options.desk;
		this.#servers = new Members(options.plant, SERVER_BOUNDS, options.met);
		this.#domains = new Members(options.plant, DOMAIN_BOUNDS, options.met);
		this.#entries = new Members(options.plant, ENTRY_BOUNDS, options.met);
		this.#groups = new Members(options.plant, GROUP_BOUNDS, options.met);
		this.#known = { servers: this.#servers, domains: this.#domains, entries: this.#entries, groups: this.#groups };
		for (const { name, transport, ports, duty, isRemoteAccess } of options.services) {
			if (isRemoteAccess === true) this.#remoteNames.add(name);
			for (const port of ports) {
				if (duty !== undefined) this.#duties.set(`${transport}/${port}`, duty);
				if (isRemoteAccess === true) this.#remote.set(`${transport}/${port}`, name);
			}
		}
	}

	/** An `authenticate` operation of the flow ended. */
	login(protocol: AnyProtocol, { time, code, outcome, outcomeCode, frame, requestFrame }: Operation, flow: FlowView): void {
		const client = addressOf(flow.client);
		const server = addressOf(flow.server);
		if (client === undefined || server === undefined || protocol.isLogin?.(code, outcomeCode) !== true) return;
		const { watched } = this.#plant;
		const pair = `${protocol.name}|${server}|${client}`;
		const who = this.#narrator.name(client);
		const where = this.#narrator.name(server);
		const ends = { time, protocol: protocol.name, source: this.#narrator.party(flow.client, false) };
		const destination = this.#narrator.party(flow.server, true);
		if (outcome === "ok") {
			const guessing = this.#logins.accepted(pair, watched);
			if (guessing === undefined) return;
			this.#say(PASSWORD_GUESSED, {
				...ends,
				destination,
				sentence: `${where} let ${who} in by ${protocol.title}, after it had refused it ${guessing.refusals} times within ${durationWords(guessing.lasted)}; normally a login is right at the first or second try.`,
				reasons: this.#control(server),
				frames: [guessing.firstFrame, frame],
			});
			return;
		}
		if (outcome !== "refused") return;
		const guessing = this.#logins.refused(pair, watched, frame);
		const others = this.#logins.refusedAt(client, server, watched, frame);
		if (guessing !== undefined && !this.#desk.isRepeated(PASSWORD_GUESSING, client, server, "", time, frame))
			this.#say(PASSWORD_GUESSING, {
				...ends,
				destination,
				sentence: `${where} refused ${guessing.refusals} logins of ${who} by ${protocol.title} within ${durationWords(guessing.lasted)}, the latest because: ${protocol.outcomeName(outcomeCode)}; normally a login is right at the first or second try.`,
				reasons: this.#control(server),
				frames: [guessing.firstFrame, requestFrame, frame],
			});
		if (others !== undefined && !this.#desk.isRepeated(PASSWORD_GUESSING, client, "", "servers", time, frame))
			this.#say(PASSWORD_GUESSING, {
				...ends,
				key: "servers",
				sentence: `${countWords(others.count, "server")} refused logins of ${who} within ${durationWords(others.lasted)}: ${listWords([...others.things].map((one) => this.#narrator.name(one)))}; normally a client logs in where it is known.`,
				frames: [others.firstFrame, frame],
			});
	}

	/** A call that nobody answered; without a flow an address that nobody has. */
	tried(source: string, ip: string, flow: Flow | undefined, time: number, frame: number): void {
		const isSlow = flow === undefined || (flow.transport === "tcp" && !this.#options.knows(flow));
		const tried = { ip, port: flow === undefined ? "" : String(flow.server.port), isAnswered: false };
		this.#tried(source, tried, isSlow, time, frame);
	}

	/** A conversation of two that never talked over this service. While the network is still met for the first time that is no news. */
	#reached({ client, server, lastFrame }: Flow, time: number): void {
		if (!this.#isLearned) return;
		if (client.ip === undefined || server.ip === undefined || !this.#isOfPlant(server.ip)) return;
		const tried = { ip: server.ip, port: String(server.port), isAnswered: true };
		this.#tried(client.ip, tried, true, time, lastFrame);
	}

	#tried(source: string, tried: Tried, isSlow: boolean, time: number, frame: number): void {
		const { watched } = this.#plant;
		const scan = this.#scans.tried(source, tried, isSlow, watched, frame);
		const ports = tried.port === "" ? undefined : this.#scans.port(source, tried, watched, frame);
		if (scan !== undefined) this.#sayScan(source, scan, time, frame);
		if (ports !== undefined) this.#sayPorts(source, tried.ip, ports, time, frame);
	}

	/** The network is no longer met for the first time. */
	get #isLearned(): boolean {
		return isMet(this.#plant, this.#options.met());
	}

	/** Two begin to talk: `isKnown` where they did so before over this service. */
	began(flow: Flow, isKnown: boolean, time: number): void {
		const { ip, port } = flow.server;
		if (flow.role < ROLE.port || ip === undefined) return;
		const key = `${flow.transport}/${port}`;
		const duty = this.#duties.get(key);
		if (duty !== undefined) this.serves(ip, duty, flow.client.ip ?? "", time, flow.firstFrame);
		const remote = this.#remote.get(key);
		if (remote !== undefined) this.#entered(flow, remote, key, time);
		if (isKnown) return;
		if (remote === undefined && this.#remoteNames.size > 0 && flow.transport === "tcp") {
			if (this.#fresh.size >= MAX_FRESH) this.#fresh.delete(this.#fresh.values().next().value!);
			this.#fresh.add(flow);
		}
		this.#reached(flow, time);
	}

	/** A conversation ended, which was seen at `now`: flows end in another order than that of their last packets. `service` is what it was, where known. */
	ended(flow: Flow, service: string | undefined, now: number): void {
		const isFresh = this.#fresh.delete(flow);
		if (isFresh && service !== undefined && this.#remoteNames.has(service))
			this.#entered(flow, service, `${flow.transport}/${flow.server.port}`, now);
		if (flow.isResetByServer) this.#reset(flow, now);
	}

	/** Another capture begins, or time was not watched. */
	interrupt(): void {
		this.#resets.interrupt();
	}

	/** Somebody comes in to work on a machine. */
	#entered(flow: Flow, service: string, key: string, time: number): void {
		const client = flow.client.ip;
		const server = flow.server.ip;
		if (client === undefined || server === undefined) return;
		const entry = `${client}|${server}|${key}`;
		if (this.#entries.see(ENTRIES, entry)) return;
		// Where a host of the plant is called, or calls out.
		const isInto = this.#isOfProcess(server);
		if (!this.#isLearned || (!isInto && !this.#isOfProcess(client))) {
			if (!this.#options.isHeld(client, server)) this.#entries.learn(ENTRIES, entry);
			return;
		}
		const usual = this.#entries.of(ENTRIES).filter((one) => one.split("|")[1] === server);
		const reasons: Reason[] = [];
		if (this.#inventory.byIp(server)?.isControl === true) reasons.push({ points: 10, text: "it controls machines" });
		if (!isInto) reasons.push({ points: 0, text: "a host of the plant calls out: whoever is at the other end may work on it" });
		const before =
			usual.length === 0
				? "nobody was seen to do so there"
				: `only ${listWords([...new Set(usual.map((one) => this.#narrator.name(one.split("|")[0]!)))])} did so there`;
		this.#say(NEW_REMOTE_ACCESS, {
			time,
			source: this.#narrator.party(flow.client, false),
			destination: this.#narrator.party(flow.server, true),
			key,
			sentence: `${this.#narrator.name(client)} uses ${service} (${key}) of ${this.#narrator.name(server)}, by which people work on a machine from afar; in ${durationWords(this.#plant.watched)} ${before}.`,
			reasons,
			frames: [flow.firstFrame],
		});
	}

	/** A PLC, or a host that talks to one. */
	#isOfProcess(ip: string): boolean {
		return this.#inventory.byIp(ip)?.isControl === true || this.#isUsual(ip);
	}

	/** One of the usual clients of a PLC: of this one, or of any. */
	#isUsual(client: string, plc?: string): boolean {
		for (const server of this.#plant.servers.values())
			if ((plc === undefined || server.address === plc) && server.links.get(client)?.isNormal === true) return true;
		return false;
	}

	#reset({ client, server, transport, lastFrame }: Flow, now: number): void {
		if (client.ip === undefined || server.ip === undefined) return;
		const service = `${transport}/${server.port}`;
		const { watched } = this.#plant;
		// Who is none of its usual clients may well be turned away.
		const isLearning = !this.#isLearned || !this.#isUsual(client.ip, server.ip);
		const resetting = this.#resets.note(`${client.ip}|${server.ip}|${service}`, isLearning, watched, lastFrame);
		if (resetting === undefined || this.#desk.isRepeated(CONNECTIONS_RESET, server.ip, client.ip, service, now, lastFrame)) return;
		this.#say(CONNECTIONS_RESET, {
			time: now,
			source: this.#narrator.party(server, true),
			destination: this.#narrator.party(client, false),
			key: service,
			sentence: resetWords(this.#narrator.name(server.ip), this.#narrator.name(client.ip), service, resetting),
			reasons: this.#control(server.ip),
			frames: [resetting.firstFrame, lastFrame],
		});
	}

	/** `ip` does something for the whole network: it answered for it, or was named as the one who does. */
	serves(ip: string, duty: NetworkDuty, client: string, time: number, frame: number): void {
		if (this.#servers.see(duty, ip)) return;
		if (!this.#servers.judgesByTime(duty)) {
			if (!this.#options.isHeld(client, ip)) this.#servers.learn(duty, ip);
			return;
		}
		const { act, points, why } = DUTIES[duty];
		const usual = this.#servers.of(duty).map((one) => this.#narrator.name(one));
		this.#say(UNEXPECTED_SERVER, {
			time,
			source: this.#narrator.partyAt(ip),
			key: duty,
			sentence: `${this.#narrator.name(ip)} ${act}; in ${durationWords(this.#servers.age(duty))} ${usual.length === 0 ? "nobody did so" : `only ${listWords(usual)} did so`}.`,
			reasons: [{ points, text: why }],
			frames: [frame],
		});
	}

	/** The flow's client asked its server for a name. */
	lookup(lookup: Lookup, flow: FlowView, time: number, frame: number): void {
		const client = flow.client.ip;
		const server = flow.server.ip;
		if (client === undefined || server === undefined) return;
		if (lookup.isAnswered) this.serves(server, "names", client, time, frame);
		// Letters of either case are the same; some resolvers mix them on purpose.
		const name = lookup.name.toLowerCase();
		const domain = domainOf(name);
		// A name server asks for what others want to know.
		if (domain === undefined || this.#servers.has("names", client)) return;
		if (lookup.isUnknown) this.#unknown(client, domain, time, frame);
		this.#tunnelled(client, name, domain, time, frame);
		if (!lookup.isUnknown && lookup.isAnswered) this.#asked(client, domain, server, time, frame);
	}

	/** A host answers everybody for a name, which it says is at `ip`. */
	takesName(source: string, said: string, ip: string, protocol: string, time: number, frame: number): void {
		const host = this.#inventory.byIp(source)?.id ?? source;
		const name = nameOf(said);
		const { watched } = this.#plant;
		const many = this.#names.many(ip, name, watched, frame);
		const rival = this.#names.rival(name, { host, source, ip, watched, frame });
		const key = isBait(name) ? name : rival !== undefined ? name : "";
		if (many === undefined && key === "") return;
		if (this.#desk.isRepeated(NAME_POISONING, source, "", key, time, frame)) return;
		const who = this.#narrator.name(source);
		const what = isBait(name)
			? `${who} answered all who ask for ${said}, that it is at ${ip}; clients look for their proxy by this name, and normally no host has it`
			: rival !== undefined
				? `${who} answered for the name ${said} that it is at ${ip}, which ${this.#narrator.name(rival.source)} answered for before, at ${rival.ip}; normally a name has one host`
				: `${who} answered for ${many!.count} different names that they are at ${ip}, within ${durationWords(Math.max(1e6, many!.lasted))}: ${listWords([...many!.things])}; normally a host answers for its own name alone`;
		this.#say(NAME_POISONING, {
			time,
			protocol,
			source: this.#narrator.partyAt(source),
			key,
			sentence: `${what}.`,
			frames: [many?.firstFrame ?? rival?.frame ?? frame, frame],
		});
	}

	#asked(client: string, domain: string, server: string, time: number, frame: number): void {
		if (this.#domains.see(client, domain)) return;
		// Who is no part of the plant yet may be one later, and asks for names before he does his work.
		if (!this.#domains.judges(client) || !this.#isOfProcess(client)) {
			if (!this.#options.isHeld(client, server)) this.#domains.learn(client, domain);
			return;
		}
		const usual = this.#domains.of(client);
		this.#say(NEW_DOMAIN, {
			time,
			source: this.#narrator.partyAt(client),
			key: domain,
			sentence: `${this.#narrator.name(client)} asked for a name in ${domain}; in ${durationWords(this.#domains.age(client))} it asked for ${usual.length === 0 ? "no names at all" : `those in ${listWords(usual)} only`}.`,
			reasons: this.#control(client),
			frames: [frame],
		});
	}

	/** `source` sends a datagram to a group, or to all of a network (`to`: "broadcast"). */
	grouped(source: string, to: string, service: string, time: number, frame: number): void {
		const group = `${to} ${service}`;
		if (this.#groups.see(source, group)) return;
		// As with names: who is no part of the plant yet may be one later.
		if (!this.#groups.judgesByTime(source) || !this.#isOfProcess(source)) {
			if (!this.#options.isHeld(source, to)) this.#groups.learn(source, group);
			return;
		}
		if (this.#desk.isRepeated(NEW_GROUP, source, "", group, time, frame)) return;
		const usual = this.#groups.of(source);
		this.#say(NEW_GROUP, {
			time,
			source: this.#narrator.partyAt(source),
			key: group,
			sentence: `${this.#narrator.name(source)} speaks to ${to === "broadcast" ? "all of its network" : `the group ${to}`} over ${service}; in ${durationWords(this.#groups.age(source))} it spoke to ${usual.length === 0 ? "nobody in this way" : `${listWords(usual)} only`}.`,
			reasons: [{ points: -5, text: "in this way devices find each other, too" }],
			frames: [frame],
		});
	}

	#unknown(client: string, domain: string, time: number, frame: number): void {
		const found = this.#lookups.unknown(client, domain, this.#plant.watched, frame);
		if (found === undefined || this.#desk.isRepeated(MADE_UP_NAMES, client, "", "", time, frame)) return;
		const domains = [...found.things];
		const bits = domains.reduce((sum, one) => sum + entropyOf(one.split(".")[0]!), 0) / domains.length;
		this.#say(MADE_UP_NAMES, {
			time,
			source: this.#narrator.partyAt(client),
			sentence: `${this.#narrator.name(client)} asked for names in ${found.count} different domains that do not exist within ${durationWords(Math.max(1e6, found.lasted))}, among them ${listWords(domains)}; normally a host asks for the few that it knows.`,
			reasons: bits >= RANDOM_BITS ? [{ points: 10, text: "they look made up: hardly a letter comes twice" }] : [],
			frames: [found.firstFrame, frame],
		});
	}

	#tunnelled(client: string, name: string, domain: string, time: number, frame: number): void {
		const found = this.#lookups.long(client, name, domain, this.#plant.watched, frame);
		if (found === undefined || this.#desk.isRepeated(NAME_TUNNEL, client, "", domain, time, frame)) return;
		this.#say(NAME_TUNNEL, {
			time,
			source: this.#narrator.partyAt(client),
			key: domain,
			sentence: `${this.#narrator.name(client)} asked for ${found.count} different long names of the domain ${domain} within ${durationWords(Math.max(1e6, found.lasted))}, the latest with ${name.length} characters; normally a host asks for the same few again and again.`,
			frames: [found.firstFrame, frame],
		});
	}

	/** Somebody asks who has an address. */
	asked(source: string, ip: string, time: number, frame: number): void {
		const { watched } = this.#plant;
		const scan = this.#scans.asked(source, ip, watched, frame);
		if (scan === undefined || this.#desk.isRepeated(ADDRESS_SCAN, source, "", "", time, frame)) return;
		// Whoever was found by his calls before is said to search already.
		const { calling, asking } = this.#scans.since(source, watched);
		if (calling <= asking) return;
		const nobody = scan.tried.filter((one) => this.#inventory.byIp(one.ip) === undefined);
		if (2 * nobody.length < scan.tried.length || !scan.tried.some((one) => this.#isOfPlant(one.ip))) return;
		this.#say(ADDRESS_SCAN, {
			time,
			source: this.#narrator.partyAt(source),
			sentence: `${this.#narrator.name(source)} asked who has ${scan.count} different addresses within ${durationWords(Math.max(1e6, scan.lasted))}, of which ${nobody.length} belong to nobody (${listWords(nobody.map((one) => one.ip))}); normally a host asks for those that it talks to.`,
			reasons: this.#plcsAmong(scan.tried.map((one) => one.ip)),
			frames: [scan.firstFrame, frame],
		});
	}

	#sayScan(source: string, { tried, lasted, count, firstFrame }: Scan, time: number, frame: number): void {
		if (this.#desk.isRepeated(HOST_SCAN, source, "", "", time, frame)) return;
		// Who asks for addresses and hardly calls anybody is judged by that, who tries the ports of one device by those.
		const called = tried.filter(({ port }) => port !== "").length;
		const { calling, asking } = this.#scans.since(source, this.#plant.watched);
		if (2 * called < tried.length && asking < calling) return;
		const ports = new Map<string, number>();
		for (const { ip } of tried) ports.set(ip, (ports.get(ip) ?? 0) + 1);
		const [device, portsThere] = [...ports].reduce((one, other) => (other[1] > one[1] ? other : one));
		if (2 * portsThere > tried.length) {
			if (this.#scans.isSlow(source, this.#plant.watched))
				this.#sayPorts(
					source,
					device,
					{ tried: tried.filter(({ ip }) => ip === device), count: portsThere, lasted, firstFrame },
					time,
					frame,
				);
			return;
		}
		// Only what concerns the plant: hosts of a network in which a PLC was seen.
		const hosts = [...ports.keys()];
		if (!hosts.some((host) => this.#isOfPlant(host))) return;
		const answered = tried.filter(({ isAnswered }) => isAnswered);
		this.#say(HOST_SCAN, {
			time,
			source: this.#narrator.partyAt(source),
			sentence: `${this.#narrator.name(source)} called ${countWords(hosts.length, "host")}${answerWords(tried.length, answered.length, new Set(answered.map(({ ip }) => ip)).size)} within ${durationWords(Math.max(1e6, lasted))}, among them ${listWords(tried.map(triedWords))}; normally a host calls those that it knows and that answer.`,
			reasons: [...this.#plcsAmong(hosts), ...paceReason(lasted / count)],
			frames: [firstFrame, frame],
		});
	}

	#sayPorts(source: string, host: string, { tried, count, lasted, firstFrame }: Scan, time: number, frame: number): void {
		if (!this.#isOfPlant(host) || this.#desk.isRepeated(PORT_SCAN, source, host, "", time, frame)) return;
		const answered = tried.filter(({ isAnswered }) => isAnswered).length;
		this.#say(PORT_SCAN, {
			time,
			source: this.#narrator.partyAt(source),
			destination: this.#narrator.partyAt(host),
			sentence: `${this.#narrator.name(source)} called ${countWords(count, "port")} of ${this.#narrator.name(host)}${answerWords(tried.length, answered, answered)} within ${durationWords(Math.max(1e6, lasted))}, among them ${listWords(tried.map(({ port }) => port))}; normally a host uses the few services that it knows.`,
			reasons: [...this.#plcsAmong([host]), ...paceReason(lasted / count)],
			frames: [firstFrame, frame],
		});
	}

	#plcsAmong(hosts: readonly string[]): Reason[] {
		const plcs = hosts.filter((host) => this.#inventory.byIp(host)?.isControl).length;
		return plcs > 0 ? [{ points: 10, text: `${countWords(plcs, "PLC")} among them` }] : [];
	}

	/** In a network (/24 or /64) in which a PLC is. */
	#isOfPlant(ip: string): boolean {
		const { servers } = this.#plant;
		if (this.#netsOf !== servers.size) {
			this.#netsOf = servers.size;
			this.#nets = new Set([...servers.values()].map(({ address }) => netOf(address)));
		}
		return this.#nets.has(netOf(ip));
	}
	#nets: ReadonlySet<string> = new Set();
	#netsOf = -1;

	/** More weight for what is done to a PLC. */
	#control(address: string): Reason[] {
		return this.#inventory.byAddress(address)?.isControl === true ? [{ points: 10, text: "it controls machines" }] : [];
	}

	#say(record: DetectionRecord, { key = "", reasons = [], frames, ...said }: Said): void {
		const about = { type: record.id, source: partyKey(said.source), destination: partyKey(said.destination), key };
		const isFact = record.nature === "fact";
		const isLearnable = !isFact || record.isLearnable === true;
		if (isLearnable && this.#options.isAccepted(about)) return;
		const detection: Detection = {
			...said,
			type: record.id,
			key,
			confidence: isFact ? FACT_CONFIDENCE : DEVIATION_CONFIDENCE,
			reasons: [{ points: record.severity, text: record.title }, ...reasons],
			frames: [...new Set(frames)].sort((one, other) => one - other),
			...(isLearnable && { things: [{ trait: "fact", ...about }] }),
		};
		this.#desk.submit(record, detection);
	}

	/** Bounds reached, by fixed name. */
	counters(): Record<string, number> {
		const counters: Record<string, number> = {};
		for (const [name, part] of [...Object.entries(this.#running), ...Object.entries(this.#known)])
			if (part.displaced > 0) counters[`${name}-bound`] = part.displaced;
		return counters;
	}

	/** What goes on and what is known, as records to be stored; what did not change is left out. */
	*save(): Generator<[key: string, value: unknown]> {
		for (const [name, part] of Object.entries(this.#running)) {
			const value = part.save();
			const text = JSON.stringify(value);
			if (text === this.#saved.get(name)) continue;
			this.#saved.set(name, text);
			yield [`network/${name}`, value];
		}
		for (const [name, members] of Object.entries(this.#known))
			for (const [group, value] of members.save()) yield [`network/${name}/${group}`, value];
	}

	/** Takes a record back; false where it is none, or damaged. */
	restore(key: string, value: unknown): boolean {
		const [, name = "", group] = key.split("/", 3);
		if (group !== undefined) return this.#known[name]?.restore(value) ?? false;
		this.#running[name]?.restore(value);
		return name in this.#running;
	}
}

/** How many of those that were tried answered; `hosts` of them where hosts are counted. */
function answerWords(tried: number, answered: number, hosts: number): string {
	if (answered === 0) return " without an answer";
	return answered === tried ? " for the first time" : `, of which ${hosts} answered,`;
}

const paceReason = (pace: number): Reason[] =>
	pace < 60e6 ? [] : [{ points: 0, text: `slow: a try every ${durationWords(pace)}, as one who does not want to be seen` }];

function resetWords(server: string, client: string, service: string, { resets, lasted, most }: Resetting): string {
	const usual = most === 0 ? "none was while it was learned" : `while it was learned there were at most ${most} in ten minutes`;
	return `${server} reset ${countWords(resets, "connection")} of ${client} (${service}) within ${durationWords(Math.max(1e6, lasted))}; ${usual}.`;
}

/** The network of an address, as a site usually cuts them: /24, and the first half of an IPv6 address. */
const netOf = (ip: string): string => (ip.includes(":") ? ip.split(":", 4).join(":") : ip.slice(0, ip.lastIndexOf(".")));
