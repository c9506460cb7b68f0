/** The alerts in the store: by time for lists, by id for one. Bounded; the oldest go first. */
import type { Change, Store } from "../store/store.ts";
import type { Alert } from "./alert.ts";
import type { AlertChange, KeptAlert } from "./book.ts";

/** About 200 MB of documents: years of a quiet plant, and room for a bad week. */
const MAX_STORED = 50_000;
/** How many are removed at a time once there are too many, so that most changes remove none. */
const PRUNE = 500;

/** Sortable: microseconds of the first sighting in 16 digits (the most that a number holds exactly), then the id. */
const TIME = "at/";
const ID = "id/";
/** Sorts after every key that begins with TIME. */
const TIME_END = "at0";

const keyOf = (alert: Alert): string => `${TIME}${String(Math.round(alert.ts * 1e6)).padStart(16, "0")}/${alert.id}`;

export class AlertArchive {
	readonly #store: Store;
	readonly #max: number;
	#count = 0;

	private constructor(store: Store, max: number) {
		this.#store = store;
		this.#max = max;
	}

	/** Opens it and counts what is there. */
	static async open(store: Store, options: { max?: number } = {}): Promise<AlertArchive> {
		const archive = new AlertArchive(store, options.max ?? MAX_STORED);
		for await (const _ of store.list("alert", { from: ID })) archive.#count++;
		return archive;
	}

	/** Number of alerts stored. */
	get count(): number {
		return this.#count;
	}

	/** All that is stored, the oldest first: what `AlertBook.restore` wants. */
	async load(): Promise<KeptAlert[]> {
		const kept: KeptAlert[] = [];
		for await (const [, value] of this.#store.list("alert", { from: TIME, to: TIME_END })) kept.push(value as KeptAlert);
		return kept;
	}

	/** The records that store these changes; for one batch, with whatever else must come or stay away together with them. */
	async records(changes: readonly AlertChange[]): Promise<Change[]> {
		const records: Change[] = [];
		for (const { key, alert, things, habit, counted } of changes) {
			const at = keyOf(alert);
			if (alert.revision === 1) this.#count++;
			records.push(
				{
					kind: "alert",
					key: at,
					value: {
						key,
						alert,
						...(things !== undefined && { things }),
						...(habit !== undefined && { habit }),
						...(counted !== undefined && { counted }),
					} satisfies KeptAlert,
				},
				{ kind: "alert", key: ID + alert.id, value: at },
			);
		}
		// Where the oldest cannot be read they stay for now: the new ones must not be lost with them.
		if (this.#count > this.#max) records.unshift(...(await this.#prune().catch(() => [])));
		return records;
	}

	async #prune(): Promise<Change[]> {
		const records: Change[] = [];
		const limit = Math.max(PRUNE, this.#count - this.#max);
		for await (const [at] of this.#store.list("alert", { from: TIME, to: TIME_END, limit })) {
			records.push({ kind: "alert", key: at, value: null }, { kind: "alert", key: ID + at.slice(at.lastIndexOf("/") + 1), value: null });
		}
		this.#count -= records.length / 2;
		return records;
	}

	/** Newest first (by first sighting); `before` is the id of the last one of the page before. */
	async newest(options: { limit: number; before?: string; minSeverity?: number }): Promise<Alert[]> {
		const to = options.before === undefined ? TIME_END : await this.#store.get("alert", ID + options.before);
		if (typeof to !== "string") return [];
		const alerts: Alert[] = [];
		for await (const [, value] of this.#store.list("alert", { from: TIME, to, reverse: true })) {
			const { alert } = value as KeptAlert;
			if (alert.severity < (options.minSeverity ?? 0)) continue;
			if (alerts.push(alert) >= options.limit) break;
		}
		return alerts;
	}

	async get(id: string): Promise<Alert | undefined> {
		return (await this.kept(id))?.alert;
	}

	/** An alert with what it is recognised by and what could be learned from it. */
	async kept(id: string): Promise<KeptAlert | undefined> {
		const at = await this.#store.get("alert", ID + id);
		if (typeof at !== "string") return undefined;
		return (await this.#store.get("alert", at)) as KeptAlert | undefined;
	}
}
