/** The store on LevelDB: one sublevel a kind, JSON values, one writer at a time. */
import { constants } from "node:fs";
import { access, mkdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { Level } from "level";
import { StoreError } from "./error.ts";
import { migrate } from "./migration.ts";
import { type Change, KINDS, type Kind, type ListOptions, type Store } from "./store.ts";

/**
 * After a failed write the log's end is undefined until it is opened again, and opening rewrites the log (at most one write buffer of 4 MB) as a
 * table: with less than twice that free, opening would fail and reads would go too.
 */
const REOPEN_BYTES = 8 << 20;

/** Most changes written as one group. A single batch may be larger: it stays whole. */
const GROUP = 10_000;

/** A change as it is written; `text` is undefined for a deletion. */
interface Written {
	kind: Kind;
	key: string;
	text: string | undefined;
}

interface Waiting {
	changes: readonly Written[];
	durable: boolean;
	done: () => void;
	failed: (error: unknown) => void;
}

type Database = Level<string, string>;
type Sublevels = Record<Kind, ReturnType<typeof divide>>;

const divide = (level: Database, kind: Kind) => level.sublevel<string, string>(kind, { keyEncoding: "utf8", valueEncoding: "utf8" });

export interface LevelStore extends Store {
	/** Records that were no JSON when they were read; they are skipped. */
	readonly damaged: number;
	/** True while the disk refuses writes. */
	readonly isFull: boolean;
}

const codeOf = (error: unknown): string => {
	const { code, cause } = error as { code?: string; cause?: { code?: string } };
	return cause?.code ?? code ?? "";
};
const textOf = (error: unknown): string => {
	const { message, cause } = error as { message?: string; cause?: { message?: string } };
	return cause?.message ?? message ?? String(error);
};

/** Says in one sentence what LevelDB or the file system said. */
function explain(error: unknown, dir: string): StoreError {
	if (error instanceof StoreError) return error;
	const code = codeOf(error);
	const text = textOf(error);
	if (code === "LEVEL_LOCKED")
		return new StoreError(
			"STORE_LOCKED",
			`The state in ${dir} is in use by another process: stop that one first, or give another state folder.`,
			error,
		);
	if (code === "LEVEL_CORRUPTION")
		return new StoreError(
			"STORE_DAMAGED",
			`The state in ${dir} is damaged (${text}): restore a backup, or move ${join(dir, "store")} away to start with empty state.`,
			error,
		);
	if (code === "ENOSPC" || text.includes("No space left") || text.includes("Disk quota exceeded"))
		return new StoreError("STORE_FULL", `The disk that holds ${dir} is full: free some space; until then nothing new is kept.`, error);
	if (code === "EACCES" || code === "EPERM" || code === "EROFS" || /Permission denied|Read-only file system/.test(text))
		return new StoreError(
			"STORE_FOLDER",
			`The state folder ${dir} cannot be written (${text}): make it writable for this user, or give another one.`,
			error,
		);
	return new StoreError("STORE_FAILED", `The state in ${dir} cannot be read or written (${text}): check the disk.`, error);
}

/** The folder itself is made where only it is missing; a missing parent is more likely a typing error or a disk that is not mounted. */
async function prepare(dir: string): Promise<void> {
	for (const folder of [dir, join(dir, "store")]) {
		try {
			await mkdir(folder, { mode: 0o700 });
		} catch (error) {
			const code = codeOf(error);
			if (code === "ENOENT")
				throw new StoreError("STORE_FOLDER", `The folder above ${folder} does not exist: create it, or give another state folder.`, error);
			if (code === "EEXIST") {
				if (!(await stat(folder)).isDirectory())
					throw new StoreError("STORE_FOLDER", `${folder} is not a folder: move it away, or give another state folder.`, error);
			} else if (code === "ENOTDIR")
				throw new StoreError("STORE_FOLDER", `A part of ${folder} is not a folder: give another state folder.`, error);
			else throw explain(error, dir);
		}
		await access(folder, constants.W_OK | constants.X_OK).catch((error) => {
			throw explain(error, dir);
		});
	}
}

class LevelStoreImpl implements LevelStore {
	readonly #dir: string;
	readonly #level: Database;
	#sublevels: Sublevels;
	#queue: Waiting[] = [];
	#writing: Promise<void> | undefined;
	#reopening: Promise<void> | undefined;
	#mustReopen = false;
	#isClosed = false;
	damaged = 0;
	isFull = false;

	constructor(dir: string, level: Database) {
		this.#dir = dir;
		this.#level = level;
		this.#sublevels = this.#divide();
	}

	#divide(): Sublevels {
		const all = {} as Sublevels;
		for (const kind of KINDS) all[kind] = divide(this.#level, kind);
		return all;
	}

	#parse(text: string): unknown {
		try {
			return JSON.parse(text);
		} catch {
			this.damaged++;
			return undefined;
		}
	}

	#text(key: string, value: unknown): string {
		const text = JSON.stringify(value);
		if (text === undefined) throw new TypeError(`The value of ${key} is no JSON data.`);
		return text;
	}

	#mustBeOpen(): void {
		if (this.#isClosed) throw new StoreError("STORE_CLOSED", `The state in ${this.#dir} is closed.`);
	}

	async get(kind: Kind, key: string): Promise<unknown> {
		this.#mustBeOpen();
		await this.#reopening;
		try {
			const text = await this.#sublevels[kind].get(key);
			return text === undefined ? undefined : this.#parse(text);
		} catch (error) {
			throw explain(error, this.#dir);
		}
	}

	async *list(kind: Kind, options: ListOptions = {}): AsyncIterable<[key: string, value: unknown]> {
		this.#mustBeOpen();
		await this.#reopening;
		try {
			const range: { gte?: string; lt?: string; reverse: boolean } = { reverse: options.reverse ?? false };
			if (options.from !== undefined) range.gte = options.from;
			if (options.to !== undefined) range.lt = options.to;
			// The limit counts records given, not damaged ones skipped.
			let left = options.limit ?? Number.POSITIVE_INFINITY;
			if (left <= 0) return;
			for await (const [key, text] of this.#sublevels[kind].iterator(range)) {
				const value = this.#parse(text);
				if (value === undefined) continue;
				yield [key, value];
				if (--left <= 0) return;
			}
		} catch (error) {
			throw explain(error, this.#dir);
		}
	}

	batch(changes: readonly Change[], options: { durable: boolean }): Promise<void> {
		return new Promise((done, failed) => {
			this.#mustBeOpen();
			// Written out now: the caller may change its objects afterwards, and a value that is no JSON fails alone.
			const written = changes.map(({ kind, key, value }) => ({ kind, key, text: value === null ? undefined : this.#text(key, value) }));
			this.#queue.push({ changes: written, durable: options.durable, done, failed });
			this.#writing ??= this.#write();
		});
	}

	/** LevelDB gives each batch to a thread of its own; one writer keeps them in order, and those that wait meanwhile share one write. */
	async #write(): Promise<void> {
		await undefined;
		while (this.#queue.length > 0) {
			let size = 0;
			let count = 0;
			while (count < this.#queue.length && (count === 0 || size + this.#queue[count]!.changes.length <= GROUP))
				size += this.#queue[count++]!.changes.length;
			const group = this.#queue.splice(0, count);
			try {
				await this.#put(group);
				for (const waiting of group) waiting.done();
			} catch (error) {
				for (const waiting of group) waiting.failed(error);
			}
		}
		this.#writing = undefined;
	}

	async #put(group: readonly Waiting[]): Promise<void> {
		if (this.#mustReopen) await this.#reopen();
		try {
			const operations = group.flatMap(({ changes }) =>
				changes.map(({ kind, key, text }) =>
					text === undefined
						? { type: "del" as const, key, sublevel: this.#sublevels[kind] }
						: { type: "put" as const, key, value: text, sublevel: this.#sublevels[kind] },
				),
			);
			const sync = group.some(({ durable }) => durable);
			await this.#level.batch(operations, { sync });
		} catch (error) {
			const reason = explain(error, this.#dir);
			if (reason.code === "STORE_FULL") this.isFull = true;
			if (reason.code === "STORE_FULL" || reason.code === "STORE_FAILED") this.#mustReopen = true;
			throw reason;
		}
	}

	async #reopen(): Promise<void> {
		const { bavail, bsize } = await statfs(this.#dir);
		if (bavail * bsize < REOPEN_BYTES)
			throw new StoreError("STORE_FULL", `The disk that holds ${this.#dir} is full: free some space; until then nothing new is kept.`);
		const work = (async () => {
			await this.#level.close();
			await this.#level.open();
			this.#sublevels = this.#divide();
			await Promise.all(KINDS.map((kind) => this.#sublevels[kind].open()));
		})();
		this.#reopening = work.catch(() => undefined);
		try {
			await work;
			this.#mustReopen = false;
			this.isFull = false;
		} catch (error) {
			throw explain(error, this.#dir);
		} finally {
			this.#reopening = undefined;
		}
	}

	async close(): Promise<void> {
		if (this.#isClosed) return;
		this.#isClosed = true;
		await this.#writing;
		await this.#level.close();
	}
}

/**
 * Opens the state in `dir`/store, making both folders where they are missing (not their parents), and brings it to this program's schema.
 * Throws a `StoreError`.
 */
export async function openStore(dir: string): Promise<LevelStore> {
	await prepare(dir);
	const level = new Level<string, string>(join(dir, "store"), { keyEncoding: "utf8", valueEncoding: "utf8" });
	try {
		await level.open();
	} catch (error) {
		throw explain(error, dir);
	}
	const store = new LevelStoreImpl(dir, level);
	try {
		await migrate(store, dir);
	} catch (error) {
		await store.close();
		throw error;
	}
	return store;
}
