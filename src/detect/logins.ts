/** Logins that are refused again and again: guessing, fast or slow, at one server or at several. Times are watched microseconds; all is bounded. */
import { type Found, Searches, type Span } from "./search.ts";

/** Refusals of one client at one server: fast, and over a day. */
const FAST: Span = { micros: 600e6, count: 10 };
const SLOW: Span = { micros: 86_400e6, count: 48 };
/** Servers that refuse one client. */
const SERVERS: Span = { micros: 600e6, count: 5 };
const MAX_PAIRS = 2048;
const MAX_CLIENTS = 512;

export const LOGIN_LIMITS = `${FAST.count} refusals of one client at one server within ${FAST.micros / 60e6} minutes, or ${SLOW.count} within a day; or ${SERVERS.count} servers that refuse one client within ${SERVERS.micros / 60e6} minutes`;

interface Refusals {
	/** Of the latest ones. */
	readonly times: number[];
	firstFrame: number;
	/** Since it began, also those that are forgotten. */
	count: number;
	/** While it is guessing: when that is over, if nothing more comes. */
	foundUntil: number;
}

/** Guessing that is found now, or goes on. */
export interface Guessing {
	readonly refusals: number;
	/** Watched microseconds since the first of them. */
	readonly lasted: number;
	readonly firstFrame: number;
}

export class Logins {
	/** Pairs that gave way. */
	displaced = 0;
	readonly #pairs = new Map<string, Refusals>();
	readonly #servers = new Searches([SERVERS], { parties: MAX_CLIENTS, things: 64 });

	/** A login was refused; the guessing, where this makes one or is part of one. `pair` names client, server and the way. */
	refused(pair: string, watched: number, frame: number): Guessing | undefined {
		let refusals = this.#pairs.get(pair);
		if (refusals !== undefined && watched - refusals.times.at(-1)! > SLOW.micros) {
			this.#pairs.delete(pair);
			refusals = undefined;
		}
		if (refusals === undefined) {
			if (this.#pairs.size >= MAX_PAIRS) {
				this.#pairs.delete(this.#pairs.keys().next().value!);
				this.displaced++;
			}
			refusals = { times: [], firstFrame: frame, count: 0, foundUntil: -1 };
			this.#pairs.set(pair, refusals);
		}
		const { times } = refusals;
		times.push(watched);
		if (times.length > SLOW.count) times.shift();
		refusals.count++;
		for (const { micros, count } of [FAST, SLOW])
			if (times.length >= count && watched - times[times.length - count]! <= micros) refusals.foundUntil = watched + FAST.micros;
		return watched <= refusals.foundUntil ? this.#guessing(refusals, watched) : undefined;
	}

	/** A server refused a client; the search for one that does not, where this makes one. */
	refusedAt(client: string, server: string, watched: number, frame: number): Found | undefined {
		return this.#servers.add(client, server, watched, frame);
	}

	/** A login was accepted; the guessing that it ends, where there was one. */
	accepted(pair: string, watched: number): Guessing | undefined {
		const refusals = this.#pairs.get(pair);
		if (refusals === undefined || watched > refusals.foundUntil) return undefined;
		this.#pairs.delete(pair);
		return this.#guessing(refusals, watched);
	}

	#guessing({ times, count, firstFrame }: Refusals, watched: number): Guessing {
		return { refusals: count, lasted: watched - times[0]!, firstFrame };
	}

	/** As plain data. */
	save(): { pairs: unknown[]; servers: unknown[] } {
		return {
			pairs: [...this.#pairs].map(([pair, { times, firstFrame, count, foundUntil }]) => [pair, [...times], firstFrame, count, foundUntil]),
			servers: this.#servers.save(),
		};
	}

	/** Takes saved ones back. What is damaged is left out. */
	restore(saved: unknown): void {
		const { pairs, servers } = (saved ?? {}) as { pairs?: unknown; servers?: unknown };
		this.#servers.restore(servers);
		for (const entry of Array.isArray(pairs) ? pairs.slice(0, MAX_PAIRS) : []) {
			if (!Array.isArray(entry)) continue;
			const [pair, times, ...numbers] = entry as [unknown, unknown, ...unknown[]];
			if (typeof pair !== "string" || !Array.isArray(times) || times.length === 0 || times.length > SLOW.count) continue;
			if (numbers.length !== 3 || ![...times, ...numbers].every(Number.isFinite)) continue;
			const [firstFrame, count, foundUntil] = numbers as [number, number, number];
			this.#pairs.set(pair, { times: [...times], firstFrame, count, foundUntil });
		}
	}
}
