/** The store contract. One implementation (LevelDB, `level.ts`); one process owns it. */

/** The kinds of record; each is a sublevel. Keys are sortable text. */
export const KINDS = ["baseline", "asset", "alert", "outbox", "audit", "verdict", "user", "meta"] as const;
export type Kind = (typeof KINDS)[number];

/** One change; a value of null deletes. Values are plain JSON data. */
export interface Change {
	kind: Kind;
	key: string;
	value: unknown;
}

export interface ListOptions {
	/** Inclusive lower and exclusive upper bound of the keys. */
	from?: string;
	to?: string;
	reverse?: boolean;
	limit?: number;
}

export interface Store {
	get(kind: Kind, key: string): Promise<unknown>;
	/** All or nothing. With `durable` it is on the disk (fsync) when the promise resolves. */
	batch(changes: readonly Change[], options: { durable: boolean }): Promise<void>;
	list(kind: Kind, options?: ListOptions): AsyncIterable<[key: string, value: unknown]>;
	close(): Promise<void>;
}
