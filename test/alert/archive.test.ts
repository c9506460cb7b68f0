import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AlertArchive } from "../../src/alert/archive.ts";
import { AlertBook, type AlertChange } from "../../src/alert/book.ts";
import { openStore } from "../../src/store/level.ts";
import type { Store } from "../../src/store/store.ts";
import { detection, options } from "./samples.ts";

let dir = "";
let store: Store;
let archive: AlertArchive;
beforeEach(async () => {
	dir = mkdtempSync(join(tmpdir(), "archive-"));
	store = await openStore(dir);
	archive = await AlertArchive.open(store);
});
afterEach(async () => {
	await store.close();
	rmSync(dir, { recursive: true });
});

const keep = async (...changes: (AlertChange | undefined)[]) => {
	const records = await archive.records(changes.filter((change) => change !== undefined));
	await store.batch(records, { durable: false });
};
const fill = async (count: number, book = new AlertBook({ ...options, maxOfEnd: 1e9, maxOfType: 1e9 })) => {
	for (let at = 0; at < count; at++)
		await keep(book.detect(detection(at * 10, { key: String(at), reasons: [{ points: at % 2 ? 80 : 20, text: "" }] })));
	return book;
};

describe("AlertArchive", () => {
	it("lists the newest first, in pages, from a severity on", async () => {
		await fill(10);
		const keys = async (...args: Parameters<AlertArchive["newest"]>) => (await archive.newest(...args)).map(({ sentence }) => sentence);
		expect(await keys({ limit: 3 })).toEqual(["wrote at 90", "wrote at 80", "wrote at 70"]);
		const [, , last] = await archive.newest({ limit: 3 });
		expect(await keys({ limit: 2, before: last!.id })).toEqual(["wrote at 60", "wrote at 50"]);
		expect(await keys({ limit: 3, minSeverity: 50 })).toEqual(["wrote at 90", "wrote at 70", "wrote at 50"]);
		expect(await keys({ limit: 100 })).toHaveLength(10);
		expect(await keys({ limit: 3, before: "no such id" })).toEqual([]);
	});

	it("gives one by its id, in its latest revision", async () => {
		const book = new AlertBook({ ...options });
		const first = book.detect(detection(0))!;
		await keep(first, book.detect(detection(1)));
		expect(await archive.get(first.alert.id)).toMatchObject({ revision: 2, count: 2 });
		expect(await archive.get("no such id")).toBeUndefined();
		expect(archive.count).toBe(1);
	});

	it("gives all back, the oldest first, for a book to go on with", async () => {
		const book = await fill(5);
		const loaded = await archive.load();
		expect(loaded.map(({ key }) => key)).toEqual(["0", "1", "2", "3", "4"]);
		const next = new AlertBook({ ...options });
		next.restore(loaded);
		expect(next.open).toBe(book.open);
		expect(next.detect(detection(100, { key: "3" }))?.alert).toMatchObject({ count: 2, id: loaded[3]!.alert.id });
	});

	it("stays bounded: the oldest go, and nothing of them is left", async () => {
		archive = await AlertArchive.open(store, { max: 1000 });
		await fill(1700);
		expect(archive.count).toBeLessThanOrEqual(1000);
		expect(archive.count).toBeGreaterThan(400);
		const newest = await archive.newest({ limit: 5000 });
		expect(newest).toHaveLength(archive.count);
		expect(newest[0]?.sentence).toBe("wrote at 16990");
		let records = 0;
		for await (const _ of store.list("alert")) records++;
		expect(records).toBe(2 * archive.count);
		expect((await AlertArchive.open(store)).count).toBe(archive.count);
	});
});
