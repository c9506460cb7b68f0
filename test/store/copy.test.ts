import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openCopy } from "../../src/store/copy.ts";
import { openStore } from "../../src/store/level.ts";

const folder = mkdtempSync(join(tmpdir(), "spanwatch-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith("spanwatch-copy-")).length;

describe("a copy of a store in use", () => {
	it("is the state of one moment: batches are in it whole or not at all", async () => {
		const store = await openStore(join(folder, "busy"));
		const before = copies();
		const filler = "x".repeat(2000);
		let isWriting = true;
		const writing = (async () => {
			for (let round = 1; isWriting; round++) {
				const changes = Array.from({ length: 50 }, (_, at) => ({
					kind: "baseline" as const,
					key: `key-${at}`,
					value: [round, `${filler}${Math.random()}`],
				}));
				await store.batch(changes, { durable: false });
			}
		})();
		let latest = 0;
		for (let look = 0; look < 15; look++) {
			await new Promise((resolve) => setTimeout(resolve, 30));
			const copy = await openCopy(join(folder, "busy"));
			const rounds = new Set<number>();
			for await (const [, value] of copy.list("baseline")) rounds.add((value as [number])[0]);
			await copy.close();
			expect(rounds.size).toBe(1);
			const [round] = [...rounds] as [number];
			expect(round).toBeGreaterThanOrEqual(latest);
			latest = round;
		}
		isWriting = false;
		await writing;
		await store.close();
		expect(latest).toBeGreaterThan(1);
		expect(copies()).toBe(before);
	});

	it("is refused where there is no state", async () => {
		await expect(openCopy(join(folder, "nowhere"))).rejects.toMatchObject({ code: "STORE_FOLDER" });
	});
});
