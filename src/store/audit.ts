/** The audit log: who did what, when, whence and why. Kind "audit" of the store; entries are only ever added, and sort by time. */
import { randomBytes } from "node:crypto";
import type { Change, Store } from "./store.ts";

/** One line. Never holds a password, a token, a setup code, or a name nobody has (it could be a mistyped password). */
export interface AuditEntry {
	/** Seconds since the epoch. */
	time: number;
	/** "login", "logout", "user-made", or a command's verb. */
	action: string;
	outcome: "ok" | "failed";
	user?: string;
	/** Network address of whoever did it, where there is one. */
	address?: string;
	/** The way it came: "page", "command line", "mqtt". */
	via?: string;
	why?: string;
	/** What was done, in a sentence. */
	words?: string;
	/** Id of the alert, or of the earlier entry, that it is about. */
	alert?: string;
	entry?: string;
	/** Entries of this kind before this one that were too many to write down. */
	omitted?: number;
}

export class AuditLog {
	readonly #store: Store;
	#entries = 0;

	constructor(store: Store) {
		this.#store = store;
	}

	/** The change that writes an entry, for one batch with what it is about, and the entry's id. */
	add(entry: AuditEntry): { id: string; change: Change } {
		const time = Math.floor(entry.time * 1000)
			.toString()
			.padStart(15, "0");
		// The random part keeps entries apart when the clock is set back over a restart.
		const order = (this.#entries++ % 1e6).toString().padStart(6, "0");
		const id = `${time}-${order}-${randomBytes(3).toString("hex")}`;
		return { id, change: { kind: "audit", key: id, value: entry } };
	}

	async get(id: string): Promise<AuditEntry | undefined> {
		return (await this.#store.get("audit", id)) as AuditEntry | undefined;
	}

	/** Newest first; `before` is the id of the last one of the page before. */
	async newest({ limit, before }: { limit: number; before?: string | undefined }): Promise<(AuditEntry & { id: string })[]> {
		const entries: (AuditEntry & { id: string })[] = [];
		for await (const [id, value] of this.#store.list("audit", { reverse: true, limit, ...(before !== undefined && { to: before }) }))
			entries.push({ id, ...(value as AuditEntry) });
		return entries;
	}
}
