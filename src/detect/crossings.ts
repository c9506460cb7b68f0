/**
 * Who talks across zones that should not: an outsider straight to a PLC, OT to the Internet and back, remote access into OT, IT and OT past the DMZ. Looked at when a
 * flow becomes a conversation and when it ends, never per packet. Each is said once per pair and service, and again after a week in which it did not happen.
 */
import type { Inventory } from "../assets/inventory.ts";
import type { Placed } from "../assets/placement.ts";
import { isPrivate, netOf, type ZoneMap } from "../assets/zones.ts";
import type { Zone } from "../config/zones.ts";
import { type ServiceRecord, ServiceTable } from "../decode/service.ts";
import { type Flow, ROLE } from "../flow/flow.ts";
import { DMZ_BYPASS, FROM_INTERNET, OUTSIDER_TO_PLC, REMOTE_ACCESS, TO_INTERNET } from "./crossingRecords.ts";
import type { Desk } from "./desk.ts";
import type { Detection, DetectionRecord, Reason } from "./detection.ts";
import type { Narrator } from "./narrator.ts";

/** Watched microseconds without the same again after which it is news again. */
const AGAIN_MICROS = 7 * 86_400e6;
/** Pairs and services remembered; beyond it the one not seen for longest is forgotten, and would be said again. */
const MAX_SAID = 8192;
/** Peers of one host that are said one by one within an hour; the rest is one alert. */
const PEERS = 20;
const HOUR_MICROS = 3600e6;
const MAX_HOSTS = 1024;
const CONFIDENCE = 0.95;
/** A zone that nobody told is less sure. */
const GUESSED_CONFIDENCE = 0.7;
/** What is taken off where nobody told of which zone the caller is: it may well be OT. */
const UNTOLD_POINTS = -30;

export interface CrossingsOptions {
	readonly inventory: Inventory;
	readonly zones: ZoneMap;
	readonly narrator: Narrator;
	readonly desk: Desk;
	readonly services: readonly ServiceRecord[];
	/** A person said that this is normal. */
	readonly isAccepted: (fact: { type: string; source: string; destination: string; key: string }) => boolean;
	readonly count: (bound: string) => void;
}

interface Peers {
	since: number;
	peers: Set<string>;
	isMany: boolean;
}

export class Crossings {
	readonly #options: CrossingsOptions;
	readonly #table: ServiceTable;
	readonly #remote = new Set<string>();
	/** By record, ends and service: when it was seen last, in watched microseconds. */
	readonly #said = new Map<string, number>();
	readonly #hosts = new Map<string, Peers>();
	watched = 0;
	#isDirty = false;

	constructor(options: CrossingsOptions) {
		this.#options = options;
		this.#table = new ServiceTable(options.services);
		for (const { name, isRemoteAccess } of options.services) if (isRemoteAccess === true) this.#remote.add(name);
	}

	/** A flow in which both sides spoke, or (`isAnswered` false) one that was called in vain. `service` is what its bytes say, where known. */
	look(flow: Flow, time: number, service: string | undefined, isAnswered: boolean): void {
		const { ip: client } = flow.client;
		const { ip: server, port } = flow.server;
		if (client === undefined || server === undefined || client === server) return;
		const { zones } = this.#options;
		if (isAnswered) zones.talked(client, server);
		const from = zones.ofIp(client);
		const to = zones.ofIp(server);
		if (from?.is === to?.is && from !== undefined) return;
		const name = service ?? this.#table.ofPort(flow.transport, port)?.service;
		const record = this.#judge(client, from?.is, server, to?.is, name);
		// What is called in vain leaves the plant all the same; what knocks from outside does not come in.
		if (record === undefined || (!isAnswered && record !== TO_INTERNET)) return;
		const key = `${flow.transport}/${port}`;
		if (zones.isConduit(client, from?.is, server, to?.is, [key, name])) return;
		if (!this.#isNews(`${record.id}|${client}|${server}|${key}`)) return;
		if (this.#options.isAccepted({ type: record.id, source: client, destination: server, key })) return;
		const isMany = this.#isMany(`${record.id}|${client}`, server);
		if (isMany === undefined) return;
		this.#say(record, flow, time, { from, to, name, key, isAnswered, isMany });
	}

	#judge(
		client: string,
		from: Zone | undefined,
		server: string,
		to: Zone | undefined,
		service: string | undefined,
	): DetectionRecord | undefined {
		const { inventory, zones } = this.#options;
		const isPlc = inventory.byIp(server)?.isControl === true;
		if (to === "OT") {
			if (from === "internet") return FROM_INTERNET;
			const isFar = from === "IT" || from === "remote";
			if (isFar && isPlc) return OUTSIDER_TO_PLC;
			const isRemote = service !== undefined && this.#remote.has(service);
			if (from === "remote" || (isRemote && from === "IT")) return REMOTE_ACCESS;
			if (isRemote && from === undefined && isPrivate(client) && netOf(client) !== netOf(server)) return REMOTE_ACCESS;
			return from === "IT" && zones.hasDmz ? DMZ_BYPASS : undefined;
		}
		if (from !== "OT") return undefined;
		if (to === "internet") return TO_INTERNET;
		return to === "IT" && zones.hasDmz ? DMZ_BYPASS : undefined;
	}

	#isNews(key: string): boolean {
		const last = this.#said.get(key);
		this.#said.delete(key);
		if (this.#said.size >= MAX_SAID) {
			this.#said.delete(this.#said.keys().next().value!);
			this.#options.count("crossings-bound");
		}
		this.#said.set(key, this.watched);
		this.#isDirty = true;
		return last === undefined || this.watched - last > AGAIN_MICROS;
	}

	/** True for the one that is said of many; undefined where that was said already. */
	#isMany(host: string, peer: string): boolean | undefined {
		let known = this.#hosts.get(host);
		if (known === undefined || this.watched - known.since > HOUR_MICROS) {
			this.#hosts.delete(host);
			if (this.#hosts.size >= MAX_HOSTS) this.#hosts.delete(this.#hosts.keys().next().value!);
			known = { since: this.watched, peers: new Set(), isMany: false };
			this.#hosts.set(host, known);
		}
		if (known.peers.has(peer)) return known.isMany ? undefined : false;
		if (known.peers.size < PEERS) {
			known.peers.add(peer);
			return false;
		}
		if (known.isMany) return undefined;
		known.isMany = true;
		return true;
	}

	#say(
		record: DetectionRecord,
		flow: Flow,
		time: number,
		seen: {
			from: Placed<Zone> | undefined;
			to: Placed<Zone> | undefined;
			name: string | undefined;
			key: string;
			isAnswered: boolean;
			isMany: boolean;
		},
	): void {
		const { inventory, narrator, desk } = this.#options;
		const { from, to, name, key, isAnswered, isMany } = seen;
		const client = flow.client.ip!;
		const server = flow.server.ip!;
		const reasons: Reason[] = [{ points: record.severity, text: record.title }];
		const isPlc = inventory.byIp(server)?.isControl === true;
		if (isPlc && record !== OUTSIDER_TO_PLC) reasons.push({ points: 15, text: "the host that is called is a PLC" });
		if (record === TO_INTERNET && inventory.byIp(client)?.isControl) reasons.push({ points: 15, text: "the host that calls is a PLC" });
		if (record === FROM_INTERNET && name !== undefined && this.#remote.has(name))
			reasons.push({ points: 10, text: `${name} is remote access: whoever comes in works on the machine` });
		if (!isAnswered) reasons.push({ points: -15, text: "nothing answered: something on the way may have kept it from leaving" });
		if (from === undefined)
			reasons.push({ points: UNTOLD_POINTS, text: `nobody told of which zone ${client} is: name its network in zones` });
		for (const [ip, zone] of [
			[client, from],
			[server, to],
		] as const)
			if (zone?.by === "guess") reasons.push({ points: 0, text: `that ${ip} is ${zone.is} is guessed: ${zone.evidence}` });
		if (flow.role < ROLE.port)
			reasons.push({ points: 0, text: "its beginning was not seen: which of the two called the other is a guess" });
		const isGuessed = from === undefined || from.by === "guess" || to?.by === "guess";
		const words = `${isMany ? "many hosts, the latest " : ""}${narrator.name(server)} ${zoneWords(to)}`;
		const what = name === undefined ? key : `${name} (${key})`;
		const act = isAnswered ? `talks to ${words} over ${what}` : `calls ${words} over ${what} without an answer`;
		const detection: Detection = {
			type: record.id,
			time,
			source: narrator.party(flow.client, false),
			key: isMany ? "many" : key,
			sentence: `${narrator.name(client)} ${zoneWords(from)} ${act}; ${NORMAL.get(record)!}.`,
			confidence: isGuessed ? GUESSED_CONFIDENCE : CONFIDENCE,
			reasons,
			frames: [flow.firstFrame],
		};
		if (!isMany) {
			detection.destination = narrator.party(flow.server, true);
			detection.things = [{ trait: "fact", type: record.id, source: client, destination: server, key }];
		}
		desk.submit(record, detection);
	}

	/** What was said, as plain data; undefined where nothing changed. */
	save(): unknown {
		if (!this.#isDirty) return undefined;
		this.#isDirty = false;
		return {
			said: [...this.#said],
			hosts: [...this.#hosts].map(([host, { since, peers, isMany }]) => [host, since, isMany, [...peers]]),
		};
	}

	/** Takes saved data back; false where it is damaged. */
	restore(saved: unknown): boolean {
		const { said, hosts } = (saved ?? {}) as { said?: unknown; hosts?: unknown };
		if (!Array.isArray(said) || !Array.isArray(hosts)) return false;
		for (const entry of said.slice(0, MAX_SAID)) {
			if (!Array.isArray(entry) || typeof entry[0] !== "string" || !Number.isFinite(entry[1])) return false;
			this.#said.set(entry[0], entry[1]);
		}
		for (const entry of hosts.slice(0, MAX_HOSTS)) {
			if (!Array.isArray(entry) || typeof entry[0] !== "string" || !Number.isFinite(entry[1]) || !Array.isArray(entry[3])) return false;
			const peers = entry[3].slice(0, PEERS).filter((peer: unknown) => typeof peer === "string");
			this.#hosts.set(entry[0], { since: entry[1], isMany: entry[2] === true, peers: new Set(peers) });
		}
		return true;
	}
}

const zoneWords = (zone: Placed<Zone> | undefined): string => {
	if (zone === undefined) return "of a zone that nobody told";
	const place =
		zone.is === "internet"
			? "on the Internet"
			: zone.is === "remote"
				? "of remote access"
				: `in ${zone.is === "DMZ" ? "the " : ""}${zone.is}`;
	return zone.by === "guess" ? `${place} (guessed)` : place;
};

/** What is normal instead, as the end of the sentence. */
const NORMAL: ReadonlyMap<DetectionRecord, string> = new Map<DetectionRecord, string>([
	[OUTSIDER_TO_PLC, "normally only hosts of OT, and of the DMZ between, talk to a PLC"],
	[TO_INTERNET, "normally a host of OT talks to nobody outside"],
	[FROM_INTERNET, "normally nobody reaches OT from there"],
	[REMOTE_ACCESS, "normally remote access ends in the DMZ"],
	[DMZ_BYPASS, "normally what goes between IT and OT goes through the DMZ"],
]);
