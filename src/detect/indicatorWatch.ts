/**
 * Holds what passes against the lists of indicators: the ends of a flow when it begins, and what protocols say of names, fingerprints, certificates and files. Costs nothing
 * on a packet of a flow that is going on, and nothing at all without a list. What one host has to do with one indicator is one happening, whoever is at the other end.
 */
import type { Inventory } from "../assets/inventory.ts";
import type { TraceKind } from "../decode/protocol.ts";
import { addressOf, type Endpoint, type Flow, type FlowView } from "../flow/flow.ts";
import { baseNameOf, type IndicatorColumns, type Listing } from "../intel/indicator.ts";
import { type Holds, IndicatorTable, type Match } from "../intel/indicatorTable.ts";
import { type Desk, partyKey } from "./desk.ts";
import type { Detection, DetectionRecord, Party, Reason } from "./detection.ts";
import {
	HALF_SURE,
	HALF_SURE_POINTS,
	INDICATOR_CALLED,
	INDICATOR_CALLER,
	INDICATOR_CERTIFICATE,
	INDICATOR_DOMAIN,
	INDICATOR_FILE,
	INDICATOR_TLS,
	UNSURE,
	UNSURE_POINTS,
} from "./indicatorRecords.ts";
import type { Narrator } from "./narrator.ts";
import { listWords } from "./words.ts";

/** Where a list says nothing about how sure it is. */
const UNSAID_CONFIDENCE = 0.8;
/** Texts from the wire in a sentence. */
const MAX_SHOWN = 100;
/** Hosts with what of the lists they have to do with; the one not seen for longest is forgotten first, and is then news again. */
const MAX_FOUND = 1024;
/** Capture time after which the same is news again, as an alert that is quiet for so long is closed. */
const QUIET_MICROS = 3600e6;

/** What a trace is in words: "asked for the name X", and whose happening it is: of who did it, or of the client that got it. */
const TRACES: Readonly<Record<TraceKind, { record: DetectionRecord; did: (value: string) => string; isOfClient?: true }>> = {
	domain: { record: INDICATOR_DOMAIN, did: (value) => `had to do with the name ${value}` },
	ja4: { record: INDICATOR_TLS, did: (value) => `began TLS with the fingerprint JA4 ${value}` },
	certificate: { record: INDICATOR_CERTIFICATE, did: (value) => `showed the certificate with the thumbprint ${value}`, isOfClient: true },
	"file-name": { record: INDICATOR_FILE, did: (value) => `asked for or sent the file ${value}`, isOfClient: true },
	"file-hash": { record: INDICATOR_FILE, did: (value) => `sent a file with the hash ${value}`, isOfClient: true },
};

/** The ends that a happening had first: its repeats are counted there. */
interface Found {
	readonly source: Party;
	readonly destination: Party;
	/** Microseconds. */
	last: number;
}

export class IndicatorWatch {
	/** Hits that did not fire, and bounds that were reached, by fixed name. */
	readonly counters: Record<string, number> = {};
	#table = new IndicatorTable();
	/** The table that comes, until its last piece is there. */
	#coming: IndicatorTable | undefined;
	readonly #found = new Map<string, Found>();
	readonly #narrator: Narrator;
	readonly #inventory: Inventory;
	readonly #desk: Desk;

	constructor(narrator: Narrator, inventory: Inventory, desk: Desk) {
		this.#narrator = narrator;
		this.#inventory = inventory;
		this.#desk = desk;
	}

	/** True where there is a list. */
	get isActive(): boolean {
		return this.#table.size > 0;
	}

	/** Takes the lists anew, in one piece or in several: with the last they take the place of those before. */
	take(columns: IndicatorColumns, isFirst = true, isLast = true): void {
		if (isFirst || this.#coming === undefined) this.#coming = new IndicatorTable();
		this.#coming.add(columns);
		if (!isLast) return;
		this.#table = this.#coming;
		this.#coming = undefined;
		if (this.#table.leftOut > 0) this.counters["indicators-bound"] = this.#table.leftOut;
		else delete this.counters["indicators-bound"];
	}

	/** Who has to do with what, as plain data. */
	save(): [key: string, found: Found][] {
		return [...this.#found];
	}

	/** Takes it back; what is damaged is left out. */
	restore(saved: unknown): void {
		for (const entry of Array.isArray(saved) ? saved.slice(0, MAX_FOUND) : []) {
			const [key, found] = (Array.isArray(entry) ? entry : []) as [unknown, Partial<Found> | undefined];
			const { source, destination, last } = found ?? {};
			if (typeof key !== "string" || !isParty(source) || !isParty(destination) || !Number.isFinite(last)) continue;
			this.#found.set(key, { source, destination, last: last! });
		}
	}

	/** The first packet of a flow. */
	opened(flow: Flow): void {
		const { client, server, transport, firstTime, firstFrame } = flow;
		const now = firstTime / 1e6;
		const holds =
			(end: "client" | "server"): Holds =>
			(listing) =>
				(listing.end === undefined || listing.end === end) &&
				(listing.port === undefined || listing.port === server.port) &&
				(listing.transport === undefined || listing.transport === transport) &&
				this.#isValid(listing, now);
		const where = server.port === undefined ? "" : ` port ${server.port}`;
		const did = (): string => `called ${this.#narrator.endName(server)}${where}`;
		const called = server.ip === undefined ? undefined : this.#table.address(server.ip, holds("server"));
		if (called !== undefined) this.#say(INDICATOR_CALLED, called, flow, client, false, did, firstTime, firstFrame, undefined);
		const caller = client.ip === undefined ? undefined : this.#table.address(client.ip, holds("client"));
		if (caller !== undefined) this.#say(INDICATOR_CALLER, caller, flow, server, false, did, firstTime, firstFrame, undefined);
	}

	/** What a protocol saw. Gives the weight of what was said of it, or 0. */
	trace(kind: TraceKind, value: string, byServer: boolean, flow: FlowView, protocol: string, time: number, frame: number): number {
		const holds: Holds = (listing) => this.#isValid(listing, time / 1e6);
		const match =
			kind === "domain"
				? this.#table.domain(value, holds)
				: this.#table.text(kind, kind === "file-name" ? baseNameOf(value) : value, holds);
		if (match === undefined) return 0;
		const { record, did, isOfClient } = TRACES[kind];
		const host = byServer && isOfClient !== true ? flow.server : flow.client;
		return this.#say(record, match, flow, host, byServer, () => did(value.slice(0, MAX_SHOWN)), time, frame, protocol);
	}

	/** The ends that the same had first, where it is going on. */
	#endsOf(key: string, actor: Endpoint, other: Endpoint, byServer: boolean, time: number): Found {
		let found = this.#found.get(key);
		if (found === undefined || Math.abs(time - found.last) > QUIET_MICROS)
			found = { source: this.#narrator.party(actor, byServer), destination: this.#narrator.party(other, !byServer), last: time };
		found.last = time;
		this.#found.delete(key);
		for (const [oldest, { last }] of this.#found) {
			if (time - last <= QUIET_MICROS) break;
			this.#found.delete(oldest);
		}
		if (this.#found.size >= MAX_FOUND) {
			this.#found.delete(this.#found.keys().next().value!);
			this.counters["indicator-hosts-bound"] = (this.counters["indicator-hosts-bound"] ?? 0) + 1;
		}
		this.#found.set(key, found);
		return found;
	}

	#isValid({ validUntil }: Listing, now: number): boolean {
		if (validUntil === undefined || now < validUntil) return true;
		this.counters["indicators-expired"] = (this.counters["indicators-expired"] ?? 0) + 1;
		return false;
	}

	#say(
		record: DetectionRecord,
		{ listing, listed }: Match,
		flow: FlowView,
		host: Endpoint,
		byServer: boolean,
		did: () => string,
		time: number,
		frame: number,
		protocol: string | undefined,
	): number {
		const [actor, other] = byServer ? [flow.server, flow.client] : [flow.client, flow.server];
		const { source, destination } = this.#endsOf(`${record.id}|${addressOf(host) ?? ""}|${listed}`, actor, other, byServer, time);
		if (this.#desk.isRepeated(record, partyKey(source), partyKey(destination), listed, time, frame)) return record.severity;
		const reasons: Reason[] = [{ points: record.severity, text: record.title }];
		const { confidence, labels = [], references = [] } = listing;
		if (confidence !== undefined && confidence < UNSURE)
			reasons.push({ points: UNSURE_POINTS, text: `the list is not sure of it (confidence ${confidence})` });
		else if (confidence !== undefined && confidence < HALF_SURE)
			reasons.push({ points: HALF_SURE_POINTS, text: `the list is only half sure of it (confidence ${confidence})` });
		const plcs = [flow.client, flow.server].filter(({ ip }) => ip !== undefined && this.#inventory.byIp(ip)?.isControl === true);
		if (plcs.length > 0) reasons.push({ points: 15, text: "a PLC is part of it" });
		if (labels.length > 0) reasons.push({ points: 0, text: `the list calls it ${listWords(labels, 8)}` });
		if (references.length > 0) reasons.push({ points: 0, text: `the list refers to ${listWords(references, 8)}` });
		const shown = listed.slice(0, MAX_SHOWN);
		const of = protocol === undefined || flow.transport === "link" ? "" : ` (to ${this.#narrator.endName(other)})`;
		const detection: Detection = {
			type: record.id,
			time,
			...(protocol !== undefined && { protocol }),
			source: { ...source },
			destination: { ...destination },
			key: listed,
			sentence: `${this.#narrator.endName(actor)} ${did()}${of}; ${shown} is on the indicator list ${listing.source} as "${listing.name}"${listing.id === "" || listing.id === listing.name ? "" : ` (${listing.id})`}, ${sureWords(listing)}. Normally no host of a plant has to do with what is listed.`,
			confidence: confidence === undefined ? UNSAID_CONFIDENCE : confidence / 100,
			reasons,
			frames: [frame],
		};
		this.#desk.submit(record, detection);
		return Math.max(
			1,
			reasons.reduce((sum, { points }) => sum + points, 0),
		);
	}
}

const isParty = (value: unknown): value is Party => typeof value === "object" && value !== null && !Array.isArray(value);

/** "confidence 80, valid until 2030-01-31". */
function sureWords({ confidence, validUntil }: Listing): string {
	const sure = confidence === undefined ? "which does not say how sure it is" : `confidence ${confidence}`;
	// A list may hold any date.
	const time = validUntil === undefined ? Number.NaN : new Date(validUntil * 1000).getTime();
	return `${sure}, ${Number.isNaN(time) ? "without an end" : `valid until ${new Date(time).toISOString().slice(0, 10)}`}`;
}
