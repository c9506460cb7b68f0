/** Server-Sent Events: each alert as it changes, and the status at least every five seconds. Bounded in clients, in rate and in what a slow client holds. */
import type { ServerResponse } from "node:http";
import type { Alert } from "../alert/alert.ts";
import type { ViewEvent } from "./view.ts";

/** A browser opens at most six connections to a host; a fifth tab of one session takes over from its first. */
const MAX_STREAMS_PER_SESSION = 4;
const MAX_STREAMS = 64;
/** Unsent bytes of one client; who reads slower is cut off and connects again. */
const MAX_UNSENT = 2 * 1024 * 1024;
/** More alerts between two sendings than a list shows: the page is told to read the list again. */
const MAX_PENDING = 50;
/** Alerts come in bursts of changes to the same document. */
const GATHER_MS = 200;
/** Status changes with every frame; people do not read faster. */
const STATUS_MS = 1000;
/** Also the heartbeat: proxies and pages notice a dead stream. */
const HEARTBEAT_MS = 5000;

interface Stream {
	raw: ServerResponse;
	session: object;
	isAlive: () => boolean;
}

export interface EventSourceOfStation {
	watch(listener: (event: ViewEvent) => void): () => void;
	/** The status document as JSON. */
	status(): Promise<string>;
}

export class EventHub {
	readonly #station: EventSourceOfStation;
	readonly #streams = new Set<Stream>();
	readonly #pending = new Map<string, Alert>();
	readonly #unwatch: () => void;
	readonly #heartbeat: NodeJS.Timeout;
	#overflow = false;
	#gather: NodeJS.Timeout | undefined;
	#statusTimer: NodeJS.Timeout | undefined;
	#statusRunning = false;

	constructor(station: EventSourceOfStation) {
		this.#station = station;
		this.#unwatch = station.watch((event) => this.#changed(event));
		this.#heartbeat = setInterval(() => void this.#sendStatus(), HEARTBEAT_MS);
		this.#heartbeat.unref();
	}

	get isFull(): boolean {
		return this.#streams.size >= MAX_STREAMS;
	}

	/** Takes over a response whose head is written. `isAlive` is asked before each sending; when it says no, the stream ends with the event `end`. */
	add(raw: ServerResponse, session: object, isAlive: () => boolean): void {
		const own = [...this.#streams].filter((stream) => stream.session === session);
		if (own.length >= MAX_STREAMS_PER_SESSION) this.#end(own[0]!, "replaced");
		const stream: Stream = { raw, session, isAlive };
		this.#streams.add(stream);
		const drop = () => this.#streams.delete(stream);
		raw.once("close", drop);
		raw.once("error", drop);
		this.#write(stream, "retry: 3000\n\n");
		void this.#sendStatus();
	}

	/** Ends the streams of sessions that are over. */
	sweep(): void {
		for (const stream of this.#streams) if (!stream.isAlive()) this.#end(stream, "end");
	}

	close(): void {
		this.#unwatch();
		clearInterval(this.#heartbeat);
		clearTimeout(this.#gather);
		clearTimeout(this.#statusTimer);
		for (const stream of this.#streams) this.#end(stream, "restart");
	}

	#changed(event: ViewEvent): void {
		if (this.#streams.size === 0) return;
		if (event.kind === "status") {
			this.#statusTimer ??= setTimeout(() => {
				this.#statusTimer = undefined;
				void this.#sendStatus();
			}, STATUS_MS).unref();
			return;
		}
		if (this.#pending.size >= MAX_PENDING && !this.#pending.has(event.alert.id)) this.#overflow = true;
		else this.#pending.set(event.alert.id, event.alert);
		this.#gather ??= setTimeout(() => this.#sendAlerts(), GATHER_MS).unref();
	}

	#sendAlerts(): void {
		this.#gather = undefined;
		let text = "";
		for (const alert of this.#pending.values()) text += frame("alert", JSON.stringify(alert));
		if (this.#overflow) text += frame("reload", "{}");
		this.#pending.clear();
		this.#overflow = false;
		this.#broadcast(text);
		void this.#sendStatus();
	}

	async #sendStatus(): Promise<void> {
		if (this.#streams.size === 0 || this.#statusRunning) return;
		this.#statusRunning = true;
		try {
			this.#broadcast(frame("status", await this.#station.status()));
		} catch {
			// The page keeps its last status and shows its age; a comment keeps the stream alive.
			this.#broadcast(": no status\n\n");
		} finally {
			this.#statusRunning = false;
		}
	}

	#broadcast(text: string): void {
		for (const stream of this.#streams) {
			if (stream.isAlive()) this.#write(stream, text);
			else this.#end(stream, "end");
		}
	}

	#write(stream: Stream, text: string): void {
		if (stream.raw.writableLength + text.length > MAX_UNSENT) {
			this.#streams.delete(stream);
			stream.raw.destroy();
			return;
		}
		stream.raw.write(text);
	}

	#end(stream: Stream, why: "end" | "replaced" | "restart"): void {
		this.#streams.delete(stream);
		stream.raw.end(frame(why, "{}"));
	}
}

/** JSON holds no raw line break, so one data line is enough. */
const frame = (event: string, json: string): string => `event: ${event}\ndata: ${json}\n\n`;
