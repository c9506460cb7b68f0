/**
 * Holds what passes against the lists of indicators: the ends of a flow when it begins, and what protocols say of names, fingerprints, certificates and files. Costs nothing
 * on a packet of a flow that is going on, and nothing at all without a list. It knows nothing that would have to survive: same lists, same traffic, same facts.
 */
import type { Inventory } from "../assets/inventory.ts";
import type { TraceKind } from "../decode/protocol.ts";
import { addressOf, type Flow, type FlowView } from "../flow/flow.ts";
import type { IndicatorColumns, Listing } from "../intel/indicator.ts";
import { type Holds, IndicatorTable, type Match } from "../intel/indicatorTable.ts";
import type { Desk } from "./desk.ts";
import type { Detection, DetectionRecord, Reason } from "./detection.ts";
import {
	INDICATOR_CALLED,
	INDICATOR_CALLER,
	INDICATOR_CERTIFICATE,
	INDICATOR_DOMAIN,
	INDICATOR_FILE,
	INDICATOR_TLS,
} from "./indicatorRecords.ts";
import type { Narrator } from "./narrator.ts";
import { listWords } from "./words.ts";

/** A list that is not sure of itself is believed less; below this its entry only asks to be looked at. */
const UNSURE = 30;
const HALF_SURE = 60;
/** Where a list says nothing about how sure it is. */
const UNSAID_CONFIDENCE = 0.8;
/** Texts from the wire in a sentence. */
const MAX_SHOWN = 100;

/** What a trace is in words: "asked for the name X". */
const TRACES: Readonly<Record<TraceKind, { record: DetectionRecord; did: (value: string) => string }>> = {
	domain: { record: INDICATOR_DOMAIN, did: (value) => `had to do with the name ${value}` },
	ja4: { record: INDICATOR_TLS, did: (value) => `began TLS with the fingerprint JA4 ${value}` },
	certificate: { record: INDICATOR_CERTIFICATE, did: (value) => `showed the certificate with the thumbprint ${value}` },
	"file-name": { record: INDICATOR_FILE, did: (value) => `sent the file ${value}` },
	"file-hash": { record: INDICATOR_FILE, did: (value) => `sent a file with the hash ${value}` },
};

export class IndicatorWatch {
	/** Hits that did not fire, by fixed name. */
	readonly counters: Record<string, number> = {};
	readonly #table = new IndicatorTable();
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

	/** Takes indicators; before anything is observed, in any number of pieces. */
	add(columns: IndicatorColumns): void {
		this.#table.add(columns);
		if (this.#table.leftOut > 0) this.counters["indicators-bound"] = this.#table.leftOut;
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
		if (called !== undefined) this.#say(INDICATOR_CALLED, called, flow, false, did, firstTime, firstFrame, undefined);
		const caller = client.ip === undefined ? undefined : this.#table.address(client.ip, holds("client"));
		if (caller !== undefined) this.#say(INDICATOR_CALLER, caller, flow, false, did, firstTime, firstFrame, undefined);
	}

	/** What a protocol saw. Gives the weight of what was said of it, or 0. */
	trace(kind: TraceKind, value: string, byServer: boolean, flow: FlowView, protocol: string, time: number, frame: number): number {
		const holds: Holds = (listing) => this.#isValid(listing, time / 1e6);
		const match = kind === "domain" ? this.#table.domain(value, holds) : this.#table.text(kind, value, holds);
		if (match === undefined) return 0;
		const { record, did } = TRACES[kind];
		return this.#say(record, match, flow, byServer, () => did(value.slice(0, MAX_SHOWN)), time, frame, protocol);
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
		byServer: boolean,
		did: () => string,
		time: number,
		frame: number,
		protocol: string | undefined,
	): number {
		const [actor, other] = byServer ? [flow.server, flow.client] : [flow.client, flow.server];
		if (this.#desk.isRepeated(record, addressOf(actor) ?? "", addressOf(other) ?? "", listed, time, frame)) return record.severity;
		const reasons: Reason[] = [{ points: record.severity, text: record.title }];
		const { confidence, labels = [], references = [] } = listing;
		if (confidence !== undefined && confidence < UNSURE)
			reasons.push({ points: -40, text: `the list is not sure of it (confidence ${confidence})` });
		else if (confidence !== undefined && confidence < HALF_SURE)
			reasons.push({ points: -20, text: `the list is only half sure of it (confidence ${confidence})` });
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
			source: this.#narrator.party(actor, byServer),
			destination: this.#narrator.party(other, !byServer),
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

/** "confidence 80, valid until 2030-01-31". */
function sureWords({ confidence, validUntil }: Listing): string {
	const sure = confidence === undefined ? "which does not say how sure it is" : `confidence ${confidence}`;
	// A list may hold any date.
	const time = validUntil === undefined ? Number.NaN : new Date(validUntil * 1000).getTime();
	return `${sure}, ${Number.isNaN(time) ? "without an end" : `valid until ${new Date(time).toISOString().slice(0, 10)}`}`;
}
