/** What every `Store` owes, whatever is below it. `reopen` closes the store and opens the same state again. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Change, Store } from "../../src/store/store.ts";
import { KINDS } from "../../src/store/store.ts";

export interface StoreUnderTest {
	store: Store;
	reopen(): Promise<Store>;
	remove(): Promise<void>;
}

export function storeSuite(name: string, make: () => Promise<StoreUnderTest>): void {
	const put = (kind: Change["kind"], key: string, value: unknown): Change => ({ kind, key, value });
	const keys = async (store: Store, ...args: Parameters<Store["list"]>) => {
		const found: string[] = [];
		for await (const [key] of store.list(...args)) found.push(key);
		return found;
	};

	describe(`${name} as a store`, () => {
		let under: StoreUnderTest;
		let store: Store;
		beforeEach(async () => {
			under = await make();
			store = under.store;
		});
		afterEach(() => under.remove());

		it("gives back JSON data as it was given", async () => {
			const value = { text: "Pumpe ä \u0000 \ud83d\ude00", number: -0.25, list: [1, null, true], nested: { empty: {} } };
			await store.batch([put("asset", "a", value)], { durable: false });
			expect(await store.get("asset", "a")).toEqual(value);
		});

		it("keeps what was given even when the caller changes its object afterwards", async () => {
			const value = { count: 1 };
			const done = store.batch([put("asset", "a", value)], { durable: false });
			value.count = 2;
			await done;
			expect(await store.get("asset", "a")).toEqual({ count: 1 });
		});

		it("gives undefined for a key that is not there", async () => {
			expect(await store.get("asset", "nothing")).toBeUndefined();
		});

		it("keeps the kinds apart", async () => {
			await store.batch(
				KINDS.map((kind) => put(kind, "same", kind)),
				{ durable: false },
			);
			for (const kind of KINDS) expect(await store.get(kind, "same")).toBe(kind);
			await store.batch([put("asset", "same", null)], { durable: false });
			expect(await store.get("asset", "same")).toBeUndefined();
			expect(await store.get("alert", "same")).toBe("alert");
			expect(await keys(store, "asset")).toEqual([]);
		});

		it("deletes with null", async () => {
			await store.batch([put("alert", "a", 1), put("alert", "b", 2)], { durable: true });
			await store.batch([put("alert", "a", null)], { durable: true });
			expect(await store.get("alert", "a")).toBeUndefined();
			expect(await keys(store, "alert")).toEqual(["b"]);
		});

		it("lists in the order of the keys, within bounds, reversed and limited", async () => {
			await store.batch(
				["b", "d", "a", "c", "e"].map((key) => put("alert", key, key)),
				{ durable: false },
			);
			expect(await keys(store, "alert")).toEqual(["a", "b", "c", "d", "e"]);
			expect(await keys(store, "alert", { from: "b", to: "d" })).toEqual(["b", "c"]);
			expect(await keys(store, "alert", { from: "b", to: "d", reverse: true })).toEqual(["c", "b"]);
			expect(await keys(store, "alert", { limit: 2 })).toEqual(["a", "b"]);
			expect(await keys(store, "alert", { reverse: true, limit: 1 })).toEqual(["e"]);
			expect(await keys(store, "alert", { limit: 0 })).toEqual([]);
		});

		it("applies batches that were not awaited in the order in which they were given", async () => {
			const all: Promise<void>[] = [];
			for (let count = 0; count < 200; count++) all.push(store.batch([put("meta", "x", count)], { durable: count % 7 === 0 }));
			await Promise.all(all);
			expect(await store.get("meta", "x")).toBe(199);
		});

		it("refuses a value that is no JSON, alone and whole", async () => {
			const circular: { self?: unknown } = {};
			circular.self = circular;
			const good = store.batch([put("asset", "good", 1)], { durable: false });
			await expect(store.batch([put("asset", "half", 1), put("asset", "bad", circular)], { durable: false })).rejects.toThrow(TypeError);
			await expect(store.batch([put("asset", "bad", undefined)], { durable: false })).rejects.toThrow(TypeError);
			await good;
			expect(await keys(store, "asset")).toEqual(["good"]);
		});

		it("has everything again when opened again", async () => {
			await store.batch([put("alert", "a", { deep: [1, 2] }), put("outbox", "a", "x")], { durable: true });
			store = await under.reopen();
			expect(await store.get("alert", "a")).toEqual({ deep: [1, 2] });
			expect(await store.get("outbox", "a")).toBe("x");
		});

		it("writes what was given before close, and refuses what comes after", async () => {
			const before = store.batch([put("alert", "a", 1)], { durable: false });
			await store.close();
			await before;
			await expect(store.get("alert", "a")).rejects.toMatchObject({ code: "STORE_CLOSED" });
			await expect(store.batch([], { durable: false })).rejects.toMatchObject({ code: "STORE_CLOSED" });
			await expect(keys(store, "alert")).rejects.toMatchObject({ code: "STORE_CLOSED" });
			store = await under.reopen();
			expect(await store.get("alert", "a")).toBe(1);
		});

		it("ends a list that is left early, so that it can still be closed", async () => {
			await store.batch([put("alert", "a", 1), put("alert", "b", 1)], { durable: false });
			for await (const [key] of store.list("alert")) {
				expect(key).toBe("a");
				break;
			}
			await store.close();
		});
	});
}
