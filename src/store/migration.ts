/** The schema of the stored records: its version, and how older state becomes newer state. */
import { StoreError } from "./error.ts";
import type { Change, Store } from "./store.ts";

/** Gives the changes that make state of one version state of the next; they are applied together with the new version number, or not at all. */
export type Migration = (store: Store) => Promise<Change[]>;

/** `MIGRATIONS[i]` makes version i + 2 of version i + 1. Appended to, never edited: state of any age must find its way. */
export const MIGRATIONS: readonly Migration[] = [];

const KEY = "schema";

/**
 * Brings the state to the version that this program knows (one more than there are migrations) and records it. New state is marked at once.
 * Throws a `StoreError` with code STORE_NEWER, and changes nothing, where a newer program wrote it.
 */
export async function migrate(store: Store, where: string, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
	const known = migrations.length + 1;
	const record = (await store.get("meta", KEY)) as { version?: unknown } | undefined;
	const found = typeof record?.version === "number" ? record.version : undefined;
	if (found === known) return;
	if (found === undefined) {
		await store.batch([{ kind: "meta", key: KEY, value: { version: known } }], { durable: true });
		return;
	}
	if (found > known)
		throw new StoreError(
			"STORE_NEWER",
			`The state in ${where} was written by a newer version of this program (schema ${found}; this one knows ${known}): start the newer version again, or give an empty state folder.`,
		);
	for (let version = found; version < known; version++) {
		const changes = await migrations[version - 1]!(store);
		await store.batch([...changes, { kind: "meta", key: KEY, value: { version: version + 1 } }], { durable: true });
	}
}
