import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../src/store/level.ts";
import { MIGRATIONS, type Migration, migrate } from "../../src/store/migration.ts";
import type { Store } from "../../src/store/store.ts";

let dir = "";
let store: Store;
beforeEach(async () => {
	dir = mkdtempSync(join(tmpdir(), "store-"));
	store = await openStore(dir);
});
afterEach(async () => {
	await store.close();
	rmSync(dir, { recursive: true });
});

const first = MIGRATIONS.length + 1;
/** As many empty steps as exist, then two that rename a record. */
const later: Migration[] = [
	...MIGRATIONS,
	async (store) => [
		{ kind: "meta", key: "new", value: await store.get("meta", "old") },
		{ kind: "meta", key: "old", value: null },
	],
	async (store) => [{ kind: "meta", key: "newer", value: { was: await store.get("meta", "new") } }],
];

describe("migrate", () => {
	it("marks new state with the version that it knows", async () => {
		expect(await store.get("meta", "schema")).toEqual({ version: first });
	});

	it("takes older state through each step in order, once", async () => {
		await store.batch([{ kind: "meta", key: "old", value: 7 }], { durable: true });
		await migrate(store, dir, later);
		expect(await store.get("meta", "newer")).toEqual({ was: 7 });
		expect(await store.get("meta", "old")).toBeUndefined();
		expect(await store.get("meta", "schema")).toEqual({ version: first + 2 });
		await store.batch([{ kind: "meta", key: "new", value: 8 }], { durable: true });
		await migrate(store, dir, later);
		expect(await store.get("meta", "newer")).toEqual({ was: 7 });
	});

	it("goes on after the last whole step when one fails", async () => {
		await store.batch([{ kind: "meta", key: "old", value: 7 }], { durable: true });
		const broken = [
			...later.slice(0, -1),
			async () => {
				throw new Error("no");
			},
		];
		await expect(migrate(store, dir, broken)).rejects.toThrow("no");
		expect(await store.get("meta", "schema")).toEqual({ version: first + 1 });
		await migrate(store, dir, later);
		expect(await store.get("meta", "newer")).toEqual({ was: 7 });
	});

	it("refuses state of a newer program and leaves it as it is", async () => {
		await store.batch([{ kind: "meta", key: "schema", value: { version: first + 1 } }], { durable: true });
		await store.close();
		await expect(openStore(dir)).rejects.toMatchObject({
			code: "STORE_NEWER",
			message: expect.stringContaining(`schema ${first + 1}; this one knows ${first}`),
		});
		await expect(openStore(dir)).rejects.toMatchObject({ code: "STORE_NEWER" });
	});
});
