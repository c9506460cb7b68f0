/**
 * What clients do over several messages: searching for servers, walking through the nodes, guessing passwords, collecting history, using a server up. Counted within windows of capture
 * time, of rare services alone: what reads and publishes costs nothing here. Every table has a bound; the oldest entry gives way, and is counted.
 */

/** What was found. `detections.ts` words it. */
export const FOUND = {
	search: "search",
	walk: "walk",
	guessing: "guessing",
	collected: "collected",
	exhausted: "exhausted",
	taken: "taken",
	stopped: "stopped",
	late: "late",
} as const;

export interface Finding {
	readonly what: (typeof FOUND)[keyof typeof FOUND];
	/** How many of what is counted. */
	readonly count: number;
	/** From the first to the last of them, microseconds. */
	readonly micros: number;
	/** Frame of the first of them. */
	readonly frame: number;
	/** Names of some of them, or what it was in fixed words. */
	readonly names: readonly string[];
}

const SECOND = 1e6;
/** Servers whose endpoints a client asks for, without a session at any of them. */
export const SEARCHED = { limit: 5, micros: 120 * SECOND };
/** Different nodes whose references a client asks for. */
export const WALKED = { limit: 50, micros: 60 * SECOND };
/** Logins that a server refuses to one client. */
export const GUESSED = { limit: 5, micros: 300 * SECOND };
/** Different nodes whose history a client reads. */
export const COLLECTED = { limit: 25, micros: 60 * SECOND };
/** Sessions, channels or connections that a client begins and does not end. */
export const HELD = { sessions: 20, channels: 40, connections: 40, micros: 60 * SECOND };
/** Times that a server says that it has no room for another one. */
export const NO_ROOM = { limit: 3, micros: 60 * SECOND };
/** The time that a client which stopped all its reports has to begin new ones, or to close its session, as one that changes its screens does at once. */
export const STOPPED_MICROS = 10 * SECOND;

/** Clients, or pairs of client and server, that are counted at a time. */
const MAX_WINDOWS = 1024;
/** Different names in one window. */
const MAX_NAMES = 256;
/** Pairs known to have a session. */
const MAX_PEERS = 8192;
/** Names that a finding carries. */
const NAMED = 5;

interface Window {
	since: number;
	frame: number;
	count: number;
	isFound: boolean;
	readonly names: Set<string>;
}

/** Counts by a key within a window that begins with the first of them. */
class Windows {
	readonly #windows = new Map<string, Window>();
	readonly #limit: number;
	readonly #micros: number;
	readonly #count: (what: string) => void;

	constructor(limit: number, micros: number, count: (what: string) => void) {
		this.#limit = limit;
		this.#micros = micros;
		this.#count = count;
	}

	/** One more; different names count, and what has none counts each time. The window, once, when this reaches its limit. */
	add(key: string, name: string | undefined, time: number, frame: number): Window | undefined {
		let window = this.#windows.get(key);
		if (window === undefined || !(Math.abs(time - window.since) <= this.#micros)) {
			this.#windows.delete(key);
			if (this.#windows.size >= MAX_WINDOWS) {
				this.#windows.delete(this.#windows.keys().next().value!);
				this.#count("conduct-windows");
			}
			window = { since: time, frame, count: 0, isFound: false, names: new Set() };
			this.#windows.set(key, window);
		}
		if (name === undefined) window.count++;
		else if (window.names.size < MAX_NAMES && !window.names.has(name)) {
			window.names.add(name);
			window.count++;
		}
		if (window.isFound || window.count < this.#limit) return undefined;
		window.isFound = true;
		return window;
	}

	/** As `add`, of what is named without being counted by it. */
	addNamed(key: string, name: string, time: number, frame: number): Window | undefined {
		const window = this.add(key, undefined, time, frame);
		const names = this.#windows.get(key)!.names;
		if (names.size < MAX_NAMES) names.add(name);
		return window;
	}

	/** One of them was ended, or is none of them after all. */
	take(key: string, name?: string): void {
		const window = this.#windows.get(key);
		if (window === undefined || window.count === 0) return;
		if (name === undefined || window.names.delete(name)) window.count--;
	}
}

const found = (what: Finding["what"], window: Window, time: number, words?: string): Finding => ({
	what,
	count: window.count,
	micros: Math.max(0, time - window.since),
	frame: window.frame,
	names: words === undefined ? [...window.names].slice(0, NAMED) : [words],
});

/** Where a message stands. */
export interface Moment {
	readonly client: string;
	readonly server: string;
	readonly time: number;
	readonly frame: number;
}

const pairOf = ({ client, server }: Moment): string => `${client} ${server}`;

export class Conduct {
	readonly #searches: Windows;
	readonly #walks: Windows;
	readonly #logins: Windows;
	readonly #history: Windows;
	readonly #sessions: Windows;
	readonly #channels: Windows;
	readonly #connections: Windows;
	readonly #refusals: Windows;
	/** Clients with a session, or a secured channel, at a server. */
	readonly #peers = new Set<string>();
	readonly #count: (what: string) => void;

	constructor(count: (what: string) => void) {
		this.#count = count;
		this.#searches = new Windows(SEARCHED.limit, SEARCHED.micros, count);
		this.#walks = new Windows(WALKED.limit, WALKED.micros, count);
		this.#logins = new Windows(GUESSED.limit, GUESSED.micros, count);
		this.#history = new Windows(COLLECTED.limit, COLLECTED.micros, count);
		this.#sessions = new Windows(HELD.sessions, HELD.micros, count);
		this.#channels = new Windows(HELD.channels, HELD.micros, count);
		this.#connections = new Windows(HELD.connections, HELD.micros, count);
		this.#refusals = new Windows(NO_ROOM.limit, NO_ROOM.micros, count);
	}

	/** A client asks a server what it offers. */
	enquired(moment: Moment): Finding | undefined {
		if (this.#peers.has(pairOf(moment))) return undefined;
		const window = this.#searches.add(moment.client, moment.server, moment.time, moment.frame);
		return window && found(FOUND.search, window, moment.time);
	}

	/** A session, or a secured channel: this client had reason to ask. */
	met(moment: Moment): void {
		const pair = pairOf(moment);
		if (this.#peers.has(pair)) return;
		if (this.#peers.size >= MAX_PEERS) {
			this.#peers.delete(this.#peers.values().next().value!);
			this.#count("conduct-peers");
		}
		this.#peers.add(pair);
		this.#searches.take(moment.client, moment.server);
	}

	/** A client asks for the references of nodes. */
	browsed(moment: Moment, nodes: readonly string[], count: number): Finding | undefined {
		return this.#nodes(this.#walks, FOUND.walk, moment, nodes, count);
	}

	/** A client reads the history of nodes. */
	readHistory(moment: Moment, nodes: readonly string[], count: number): Finding | undefined {
		return this.#nodes(this.#history, FOUND.collected, moment, nodes, count);
	}

	#nodes(windows: Windows, what: Finding["what"], moment: Moment, nodes: readonly string[], count: number): Finding | undefined {
		const pair = pairOf(moment);
		let window: Window | undefined;
		for (let index = 0; index < Math.min(count, MAX_NAMES); index++) {
			window = windows.add(pair, nodes[index]!, moment.time, moment.frame) ?? window;
		}
		return window && found(what, window, moment.time);
	}

	/** The server refused a login. */
	refusedLogin(moment: Moment, user: string): Finding | undefined {
		const window = this.#logins.addNamed(pairOf(moment), user, moment.time, moment.frame);
		return window && found(FOUND.guessing, window, moment.time);
	}

	/** The server has no room. */
	hadNoRoom(moment: Moment): Finding | undefined {
		const window = this.#refusals.add(pairOf(moment), undefined, moment.time, moment.frame);
		return window && found(FOUND.exhausted, window, moment.time, "refusals for want of room");
	}

	began(moment: Moment, what: "sessions" | "channels" | "connections"): Finding | undefined {
		const window = this.#heldOf(what).add(pairOf(moment), undefined, moment.time, moment.frame);
		return window && found(FOUND.exhausted, window, moment.time, what);
	}

	ended(moment: Moment, what: "sessions" | "channels" | "connections"): void {
		this.#heldOf(what).take(pairOf(moment));
	}

	#heldOf(what: "sessions" | "channels" | "connections"): Windows {
		return what === "sessions" ? this.#sessions : what === "channels" ? this.#channels : this.#connections;
	}
}
