/**
 * The durable outbox: an alert and its messages reach the disk together, before anything is sent; a message leaves it once its receiver has confirmed it.
 * Each destination has sequence numbers of its own, so that a receiver sees what is missing. All writes of alerts go this way, in order.
 */
import { type Alert, SEVERITY_BANDS, type SeverityName } from "../alert/alert.ts";
import type { Change, Store } from "../store/store.ts";

/** Most bytes of documents held in memory while the disk takes none: enough for about ten thousand alerts. */
const MAX_UNSTORED_BYTES = 32 << 20;
/** How often the disk is tried again when nothing new comes, in milliseconds. */
const RETRY_MILLISECONDS = 5000;
/** Digits of a sequence number in a key: as many as a number holds exactly. */
const DIGITS = 16;

/** One message to send. */
export interface OutboxMessage {
	/** From 1, in the order of sending; a number that never comes was dropped. The same message sent again has the same number. */
	sequence: number;
	alert: Alert;
}

export interface OutboxOptions {
	store: Store;
	/** Fixed words; part of the keys. */
	destinations: readonly string[];
	/** Bounds of each destination. */
	maxEntries: number;
	maxBytes: number;
	/** Told once when the disk stops taking records (one sentence), and once, with undefined, when it takes them again. */
	onProblem?: (sentence: string | undefined) => void;
}

interface Entry {
	bytes: number;
	severity: SeverityName;
	/** Here only while it is not on the disk. */
	alert: Alert | undefined;
}

interface Pending {
	change: Change;
	bytes: number;
	/** Of a message: whose it is. */
	queue?: OutboxQueue;
	sequence?: number;
}

const entryKey = (destination: string, sequence: number): string => `${destination}/${String(sequence).padStart(DIGITS, "0")}`;

/** The messages that wait for one destination. Made by `Outbox.open`. */
export class OutboxQueue {
	readonly #destination: string;
	readonly #options: OutboxOptions;
	readonly #write: (pending: Pending) => void;
	/** By sequence number, ascending. */
	readonly #entries = new Map<number, Entry>();
	/** Sequence numbers by severity, ascending; those that are no longer in `#entries` are stepped over. */
	readonly #bySeverity = new Map<SeverityName, number[]>(SEVERITY_BANDS.map(([name]) => [name, []]));
	#listener: (() => void) | undefined;
	#bytes = 0;
	#next = 1;
	/** Messages up to this one may be sent. */
	#settled = 0;
	/** Messages given up because too many waited, or because their record was damaged. */
	dropped = 0;

	constructor(destination: string, options: OutboxOptions, write: (pending: Pending) => void) {
		this.#destination = destination;
		this.#options = options;
		this.#write = write;
	}

	/** Messages not yet confirmed. */
	get waiting(): number {
		return this.#entries.size;
	}

	/** Calls back whenever there may be something new to take. One listener. */
	listen(listener: (() => void) | undefined): void {
		this.#listener = listener;
	}

	/** Up to `limit` messages after the given sequence number, in order. Throws a `StoreError` where they cannot be read. */
	async take(after: number, limit: number): Promise<OutboxMessage[]> {
		const wanted: { sequence: number; alert: Alert | undefined }[] = [];
		for (const [sequence, { alert }] of this.#entries) {
			if (sequence > this.#settled || wanted.length === limit) break;
			if (sequence > after) wanted.push({ sequence, alert });
		}
		const first = wanted.find(({ alert }) => alert === undefined);
		const stored = new Map<string, Alert>();
		if (first !== undefined) {
			const range = { from: entryKey(this.#destination, first.sequence), to: entryKey(this.#destination, wanted.at(-1)!.sequence + 1) };
			for await (const [key, value] of this.#options.store.list("outbox", range)) stored.set(key, value as Alert);
		}
		const messages: OutboxMessage[] = [];
		for (const { sequence, alert: kept } of wanted) {
			if (!this.#entries.has(sequence)) continue;
			const alert = kept ?? stored.get(entryKey(this.#destination, sequence));
			if (alert !== undefined) messages.push({ sequence, alert });
			else this.drop(sequence);
		}
		return messages;
	}

	/** The destination has it: forgets it, here now and on the disk soon. */
	acknowledge(sequence: number): void {
		if (!this.#forget(sequence)) return;
		this.#write({ change: { kind: "outbox", key: entryKey(this.#destination, sequence), value: null }, bytes: 0 });
	}

	/** Takes the next number and, unless it is the least important of too many, keeps the message. */
	append(alert: Alert, bytes: number): void {
		const sequence = this.#next++;
		this.#write({ change: { kind: "meta", key: `outbox/${this.#destination}`, value: { next: this.#next } }, bytes: 0 });
		this.#keep(sequence, { bytes, severity: alert.severityName, alert });
		this.#write({
			change: { kind: "outbox", key: entryKey(this.#destination, sequence), value: alert },
			bytes,
			queue: this,
			sequence,
		});
		while (this.#entries.size > this.#options.maxEntries || (this.#bytes > this.#options.maxBytes && this.#entries.size > 1))
			this.drop(this.#leastImportant());
	}

	/** Gives a message up: its number will be missing at the receiver. */
	drop(sequence: number): void {
		if (!this.#entries.has(sequence)) return;
		this.dropped++;
		this.acknowledge(sequence);
	}

	/** The last number given so far. */
	get last(): number {
		return this.#next - 1;
	}

	/** Messages up to `sequence` were written, or could not be: from here they may be sent. */
	settle(sequence: number): void {
		this.#settled = Math.max(this.#settled, sequence);
		this.#listener?.();
	}

	/** It is on the disk, so it need not be in memory. */
	stored(sequence: number): void {
		const entry = this.#entries.get(sequence);
		if (entry !== undefined) entry.alert = undefined;
	}

	/** Reads what waits from before. */
	async restore(): Promise<void> {
		const head = (await this.#options.store.get("meta", `outbox/${this.#destination}`)) as { next?: unknown } | undefined;
		if (typeof head?.next === "number") this.#next = head.next;
		const range = { from: `${this.#destination}/`, to: `${this.#destination}0` };
		for await (const [key, value] of this.#options.store.list("outbox", range)) {
			const alert = value as Alert;
			const sequence = Number(key.slice(key.lastIndexOf("/") + 1));
			this.#keep(sequence, { bytes: JSON.stringify(alert).length, severity: alert.severityName, alert: undefined });
			this.#next = Math.max(this.#next, sequence + 1);
		}
		this.#settled = this.last;
	}

	#keep(sequence: number, entry: Entry): void {
		this.#entries.set(sequence, entry);
		this.#bySeverity.get(entry.severity)?.push(sequence);
		this.#bytes += entry.bytes;
	}

	#forget(sequence: number): boolean {
		const entry = this.#entries.get(sequence);
		if (entry === undefined) return false;
		this.#bytes -= entry.bytes;
		this.#entries.delete(sequence);
		const list = this.#bySeverity.get(entry.severity);
		// Confirmed in order, so it is nearly always the first.
		if (list?.[0] === sequence) list.shift();
		return true;
	}

	/** The oldest of the least severe. */
	#leastImportant(): number {
		for (const [name] of SEVERITY_BANDS.toReversed()) {
			const list = this.#bySeverity.get(name)!;
			while (list.length > 0 && !this.#entries.has(list[0]!)) list.shift();
			if (list.length > 0) return list[0]!;
		}
		return this.#entries.keys().next().value!;
	}
}

export class Outbox {
	readonly #options: OutboxOptions;
	readonly #queues: Map<string, OutboxQueue>;
	/** What is to be written, by kind and key: the newest change of each. In the order in which they came. */
	#pending = new Map<string, Pending>();
	#writing: Promise<void> | undefined;
	#retry: NodeJS.Timeout | undefined;
	#isClosed = false;
	/** What the disk said, while it takes no records. */
	problem: string | undefined;
	/** Records given up because the disk took none for too long. */
	lost = 0;

	private constructor(options: OutboxOptions) {
		this.#options = options;
		this.#queues = new Map(options.destinations.map((name) => [name, new OutboxQueue(name, options, (pending) => this.#add(pending))]));
	}

	/** Opens it with what waits from before. */
	static async open(options: OutboxOptions): Promise<Outbox> {
		const outbox = new Outbox(options);
		for (const queue of outbox.#queues.values()) await queue.restore();
		return outbox;
	}

	queue(destination: string): OutboxQueue {
		const queue = this.#queues.get(destination);
		if (queue === undefined) throw new TypeError(`The outbox has no destination ${destination}.`);
		return queue;
	}

	/** Records that are in memory alone. */
	get unstored(): number {
		return this.problem === undefined ? 0 : this.#pending.size;
	}

	/**
	 * Keeps `records` and a message of each alert for each destination, in one durable batch, and sends after. Resolves when they are on the disk, or were refused
	 * by it: then they are sent from memory and written later (see `problem`). Never rejects.
	 */
	async post(records: readonly Change[], alerts: readonly Alert[]): Promise<void> {
		for (const change of records) this.#add({ change, bytes: change.value === null ? 0 : JSON.stringify(change.value).length });
		for (const alert of alerts) {
			const bytes = JSON.stringify(alert).length;
			for (const queue of this.#queues.values()) queue.append(alert, bytes);
		}
		await this.#writing;
	}

	#add(pending: Pending): void {
		const id = `${pending.change.kind}/${pending.change.key}`;
		this.#pending.delete(id);
		this.#pending.set(id, pending);
		this.#start();
	}

	#start(): void {
		if (this.#isClosed) return;
		this.#writing ??= this.#write();
	}

	async #write(): Promise<void> {
		// Whatever is added in this turn belongs together.
		await undefined;
		while (this.#pending.size > 0) {
			const group = this.#pending;
			this.#pending = new Map();
			let lasts = this.#lasts();
			const changes = Array.from(group.values(), ({ change }) => change);
			const durable = changes.some(({ value }) => value !== null);
			try {
				await this.#options.store.batch(changes, { durable });
				for (const { queue, sequence } of group.values()) if (sequence !== undefined) queue!.stored(sequence);
				this.#tell(undefined);
			} catch (error) {
				this.#putBack(group);
				lasts = this.#lasts();
				this.#tell((error as Error).message);
			}
			for (const [queue, last] of lasts) queue.settle(last);
			if (this.problem !== undefined) break;
		}
		this.#writing = undefined;
		if (this.problem === undefined || this.#isClosed) return;
		clearTimeout(this.#retry);
		this.#retry = setTimeout(() => this.#start(), RETRY_MILLISECONDS);
		this.#retry.unref();
	}

	#tell(problem: string | undefined): void {
		const isNews = (problem === undefined) !== (this.problem === undefined);
		this.problem = problem;
		if (isNews) this.#options.onProblem?.(problem);
	}

	#lasts(): (readonly [queue: OutboxQueue, last: number])[] {
		return Array.from(this.#queues.values(), (queue) => [queue, queue.last] as const);
	}

	/** Newer changes of the same record stand; the oldest documents go when there are too many. */
	#putBack(group: Map<string, Pending>): void {
		const newer = this.#pending;
		this.#pending = group;
		for (const [id, pending] of newer) {
			group.delete(id);
			group.set(id, pending);
		}
		let bytes = 0;
		for (const pending of group.values()) bytes += pending.bytes;
		for (const [id, pending] of group) {
			if (bytes <= MAX_UNSTORED_BYTES) break;
			if (pending.bytes === 0) continue;
			group.delete(id);
			bytes -= pending.bytes;
			this.lost++;
			if (pending.sequence !== undefined) pending.queue!.drop(pending.sequence);
		}
	}

	/** Writes what waits, once more where the disk refused it, and ends. The store stays open: whoever opened it closes it. */
	async close(): Promise<void> {
		clearTimeout(this.#retry);
		await this.#writing;
		this.#start();
		this.#isClosed = true;
		await this.#writing;
		clearTimeout(this.#retry);
	}
}
