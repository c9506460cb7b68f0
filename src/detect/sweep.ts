/** Searching: one client that tries many functions, points or units of a server; one host that calls many others. Counts within a window, bounded. */
import type { Link } from "../baseline/plant.ts";

/** Watched microseconds of one window; a slower search than this many tries a minute is seen as single deviations. */
const WINDOW_MICROS = 60e6;
/** Functions tried for the first time in a window, and those of them refused, which must be half: a client that starts up tries many, but knows which are there. */
const FUNCTIONS = 5;
const FUNCTIONS_REFUSED = 3;
/** Different ranges refused in a window, most of them asked for once: a client that is set up wrongly asks for the same few again and again. */
const RANGES_REFUSED = 24;
/** Different ranges read by a client that is no normal one, or points new for a normal one, in a window. */
const RANGES_ODD = 24;
/** Units without answer or refused, or new ones, in a window. */
const UNITS = 6;
/** Requests without an answer in a window that are a flood (Suricata calls 500 at once one), where the server answers others. */
const UNANSWERED = 500;
const MAX_SWEEPS = 1024;

export const SWEEP = { none: 0, functions: 1, points: 2, units: 3, unanswered: 4 } as const;
export type SweepKind = (typeof SWEEP)[keyof typeof SWEEP];

/** What one client did within the window. */
export interface Sweep {
	since: number;
	functions: Set<number>;
	refusedFunctions: Set<number>;
	refusedRanges: Set<string>;
	refusals: number;
	oddRanges: Set<string>;
	units: Set<number>;
	unanswered: number;
	/** What it was already found to be: single deviations of this link are part of it then. */
	found: SweepKind;
}

export class Sweeps {
	readonly #sweeps = new Map<Link, Sweep>();
	watched = 0;

	/** The running window of a client. */
	of(link: Link): Sweep {
		let sweep = this.#sweeps.get(link);
		let found: SweepKind = SWEEP.none;
		if (sweep !== undefined && this.watched - sweep.since > WINDOW_MICROS) {
			// A search that goes on stays the search that it was found to be.
			if (this.watched - sweep.since <= 2 * WINDOW_MICROS) found = sweep.found;
			this.#sweeps.delete(link);
			sweep = undefined;
		}
		if (sweep === undefined) {
			if (this.#sweeps.size >= MAX_SWEEPS) this.#sweeps.delete(this.#sweeps.keys().next().value!);
			sweep = {
				since: this.watched,
				functions: new Set(),
				refusedFunctions: new Set(),
				refusedRanges: new Set(),
				refusals: 0,
				oddRanges: new Set(),
				units: new Set(),
				unanswered: 0,
				found,
			};
			this.#sweeps.set(link, sweep);
		}
		return sweep;
	}

	/** What this client is known to do right now. */
	found(link: Link): SweepKind {
		return this.#sweeps.has(link) ? this.of(link).found : SWEEP.none;
	}

	/** Looks at a window after something was counted; the kind, where it is now found or found again. */
	judge(sweep: Sweep): SweepKind {
		let kind: SweepKind = SWEEP.none;
		if (sweep.functions.size >= FUNCTIONS && sweep.refusedFunctions.size >= Math.max(FUNCTIONS_REFUSED, sweep.functions.size / 2))
			kind = SWEEP.functions;
		else if (sweep.units.size >= UNITS) kind = SWEEP.units;
		else if (sweep.refusedRanges.size >= RANGES_REFUSED && sweep.refusals <= 2 * sweep.refusedRanges.size) kind = SWEEP.points;
		else if (sweep.oddRanges.size >= RANGES_ODD) kind = SWEEP.points;
		else if (sweep.unanswered >= UNANSWERED) kind = SWEEP.unanswered;
		if (kind !== SWEEP.none) sweep.found = kind;
		return kind;
	}

	/** The windows that still count, as plain data. */
	save(): SavedSweep[] {
		const saved: SavedSweep[] = [];
		for (const [link, sweep] of this.#sweeps) {
			if (this.watched - sweep.since > 2 * WINDOW_MICROS) continue;
			const { functions, refusedFunctions, refusedRanges, oddRanges, units, ...numbers } = sweep;
			saved.push([
				link.server.key,
				link.client,
				numbers,
				[...functions],
				[...refusedFunctions],
				[...refusedRanges],
				[...oddRanges],
				[...units],
			]);
		}
		return saved;
	}

	/** Takes saved windows back; `linkOf` finds a client again. What is damaged is left out. */
	restore(saved: unknown, linkOf: (server: string, client: string) => Link | undefined): void {
		for (const entry of Array.isArray(saved) ? saved.slice(0, MAX_SWEEPS) : []) {
			if (!Array.isArray(entry) || typeof entry[0] !== "string" || typeof entry[1] !== "string") continue;
			const link = linkOf(entry[0], entry[1]);
			const { since, refusals, unanswered, found } = (entry[2] ?? {}) as Partial<Sweep>;
			if (link === undefined || ![since, refusals, unanswered, found].every(Number.isFinite)) continue;
			this.#sweeps.set(link, {
				since: since!,
				functions: new Set(numbers(entry[3])),
				refusedFunctions: new Set(numbers(entry[4])),
				refusedRanges: new Set(texts(entry[5])),
				refusals: refusals!,
				oddRanges: new Set(texts(entry[6])),
				units: new Set(numbers(entry[7])),
				unanswered: unanswered!,
				found: found!,
			});
		}
	}
}

type SavedSweep = [
	server: string,
	client: string,
	numbers: Pick<Sweep, "since" | "refusals" | "unanswered" | "found">,
	functions: number[],
	refusedFunctions: number[],
	refusedRanges: string[],
	oddRanges: string[],
	units: number[],
];

const MAX_SET = 256;
const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.slice(0, MAX_SET).filter(Number.isFinite) : []);
const texts = (value: unknown): string[] =>
	Array.isArray(value) ? value.slice(0, MAX_SET).filter((text) => typeof text === "string") : [];

/** Different addresses and ports that one host called in vain in a window: the limit Microsoft names for a port scan is 25 in two minutes. */
const TARGETS = 25;
const HOST_WINDOW_MICROS = 120e6;
/** Connection attempts at one server in vain within ten seconds that are a flood: real clients retry once a second or so. */
const ATTEMPTS = 500;
const ATTEMPT_WINDOW_MICROS = 10e6;
const MAX_HOSTS = 1024;
const MAX_TARGETS = 256;

/** The limits in words, for the records. */
export const SEARCH_LIMITS = {
	functions: `${FUNCTIONS} functions tried for the first time within ${WINDOW_MICROS / 1e6} s, of which half, and at least ${FUNCTIONS_REFUSED}, are refused`,
	points: `${RANGES_REFUSED} ranges refused within ${WINDOW_MICROS / 1e6} s, most of them asked for once; or ${RANGES_ODD} ranges that the client does not normally read`,
	units: `${UNITS} units that are new, refused or silent within ${WINDOW_MICROS / 1e6} s`,
	hosts: `${TARGETS} addresses or ports called in vain within ${HOST_WINDOW_MICROS / 1e6} s`,
	unanswered: `${UNANSWERED} requests without an answer within ${WINDOW_MICROS / 1e6} s`,
	attempts: `${ATTEMPTS} attempts to connect in vain within ${ATTEMPT_WINDOW_MICROS / 1e6} s`,
} as const;

export interface HostScan {
	since: number;
	/** `address:port`, first ones; bounded. */
	targets: Set<string>;
	firstFrame: number;
}

/** Calls in vain, by who called and by who was called. */
export class Calls {
	readonly #hosts = new Map<string, HostScan>();
	readonly #servers = new Map<string, { since: number; attempts: number; sources: Set<string> }>();
	watched = 0;

	/** A call got no answer; the scan, where this makes one. */
	vain(source: string, target: string, port: number | undefined, frame: number): HostScan | undefined {
		let scan = this.#hosts.get(source);
		if (scan === undefined || this.watched - scan.since > HOST_WINDOW_MICROS) {
			this.#hosts.delete(source);
			if (this.#hosts.size >= MAX_HOSTS) this.#hosts.delete(this.#hosts.keys().next().value!);
			scan = { since: this.watched, targets: new Set(), firstFrame: frame };
			this.#hosts.set(source, scan);
		}
		const size = scan.targets.size;
		if (size < MAX_TARGETS) scan.targets.add(`${target}:${port ?? ""}`);
		return scan.targets.size > size && scan.targets.size >= TARGETS ? scan : undefined;
	}

	/** A call to a server in vain; how many callers, where it is a flood now, else 0. */
	attempt(source: string, server: string): { attempts: number; sources: number } | undefined {
		let calls = this.#servers.get(server);
		if (calls === undefined || this.watched - calls.since > ATTEMPT_WINDOW_MICROS) {
			this.#servers.delete(server);
			if (this.#servers.size >= MAX_HOSTS) this.#servers.delete(this.#servers.keys().next().value!);
			calls = { since: this.watched, attempts: 0, sources: new Set() };
			this.#servers.set(server, calls);
		}
		calls.attempts++;
		if (calls.sources.size < MAX_TARGETS) calls.sources.add(source);
		return calls.attempts === ATTEMPTS ? { attempts: calls.attempts, sources: calls.sources.size } : undefined;
	}

	/** The windows that still count, as plain data. */
	save(): { hosts: unknown[]; servers: unknown[] } {
		const hosts = [...this.#hosts]
			.filter(([, scan]) => this.watched - scan.since <= HOST_WINDOW_MICROS)
			.map(([host, { since, targets, firstFrame }]) => [host, since, firstFrame, [...targets]]);
		const servers = [...this.#servers]
			.filter(([, calls]) => this.watched - calls.since <= ATTEMPT_WINDOW_MICROS)
			.map(([server, { since, attempts, sources }]) => [server, since, attempts, [...sources]]);
		return { hosts, servers };
	}

	/** Takes saved windows back. What is damaged is left out. */
	restore(saved: unknown): void {
		const { hosts, servers } = (saved ?? {}) as { hosts?: unknown; servers?: unknown };
		const entries = (value: unknown) =>
			(Array.isArray(value) ? value.slice(0, MAX_HOSTS) : []).filter(
				(entry) => Array.isArray(entry) && typeof entry[0] === "string" && Number.isFinite(entry[1]) && Number.isFinite(entry[2]),
			);
		for (const [host, since, firstFrame, targets] of entries(hosts))
			this.#hosts.set(host, { since, firstFrame, targets: new Set(texts(targets)) });
		for (const [server, since, attempts, sources] of entries(servers))
			this.#servers.set(server, { since, attempts, sources: new Set(texts(sources)) });
	}
}
