import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Level } from "level";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Alert } from "../../src/alert/alert.ts";
import { AlertBook } from "../../src/alert/book.ts";
import { Outbox, type OutboxOptions } from "../../src/output/outbox.ts";
import { openStore } from "../../src/store/level.ts";
import type { Store } from "../../src/store/store.ts";
import { detection, options } from "../alert/samples.ts";

let dir = "";
let store: Store;
beforeEach(async () => {
	dir = mkdtempSync(join(tmpdir(), "outbox-"));
	store = await openStore(dir);
});
afterEach(async () => {
	await store.close();
	rmSync(dir, { recursive: true });
});

const open = (change: Partial<OutboxOptions> = {}) =>
	Outbox.open({ store, destinations: ["mqtt"], maxEntries: 1000, maxBytes: 1 << 24, ...change });
const alert = (at: number, points = 60): Alert =>
	new AlertBook(options).detect(detection(at, { key: String(at), reasons: [{ points, text: "" }] }))!.alert;
const sequences = async (outbox: Outbox, after = 0, limit = 1000, destination = "mqtt") =>
	(await outbox.queue(destination).take(after, limit)).map(({ sequence }) => sequence);

describe("Outbox", () => {
	it("numbers the messages of each destination and gives them in order until they are confirmed", async () => {
		const outbox = await open({ destinations: ["mqtt", "other"] });
		const given = [alert(1), alert(2), alert(3)];
		await outbox.post([], given.slice(0, 2));
		await outbox.post([], given.slice(2));
		const mqtt = outbox.queue("mqtt");
		expect(await mqtt.take(0, 10)).toEqual(given.map((alert, at) => ({ sequence: at + 1, alert })));
		expect(await mqtt.take(1, 1)).toEqual([{ sequence: 2, alert: given[1] }]);
		mqtt.acknowledge(1);
		mqtt.acknowledge(1);
		expect(await sequences(outbox)).toEqual([2, 3]);
		expect(mqtt.waiting).toBe(2);
		expect(await sequences(outbox, 0, 10, "other")).toEqual([1, 2, 3]);
	});

	it("stores the records and the messages together, before there is anything to take", async () => {
		const order: string[] = [];
		const slow: Store = {
			get: (...args) => store.get(...args),
			list: (...args) => store.list(...args),
			close: () => store.close(),
			batch: async (changes, how) => {
				order.push(`${changes.map(({ kind, key }) => `${kind}:${key}`).sort()} durable=${how.durable}`);
				expect(await sequences(outbox)).toEqual([]);
				await store.batch(changes, how);
				order.push("stored");
			},
		};
		const outbox: Outbox = await open({ store: slow });
		outbox.queue("mqtt").listen(() => order.push("told"));
		await outbox.post([{ kind: "alert", key: "a", value: 1 }], [alert(1)]);
		expect(order).toEqual(["alert:a,meta:outbox/mqtt,outbox:mqtt/0000000000000001 durable=true", "stored", "told"]);
	});

	it("goes on where it was after a restart, with numbers that are never used twice", async () => {
		const before = await open();
		await before.post([], [alert(1), alert(2), alert(3)]);
		for (const sequence of [1, 2, 3]) before.queue("mqtt").acknowledge(sequence);
		await before.post([], [alert(4), alert(5)]);
		before.queue("mqtt").acknowledge(4);
		await before.close();
		const after = await open();
		await after.post([], [alert(6)]);
		const messages = await after.queue("mqtt").take(0, 10);
		expect(messages.map(({ sequence, alert }) => [sequence, alert.sentence])).toEqual([
			[5, "wrote at 5"],
			[6, "wrote at 6"],
		]);
		for (const sequence of [5, 6]) after.queue("mqtt").acknowledge(sequence);
		await after.close();
		const last = await open();
		await last.post([], [alert(7)]);
		expect(await sequences(last)).toEqual([7]);
	});

	it("gives up the oldest of the least severe when too many wait: a gap in the numbers", async () => {
		const outbox = await open({ maxEntries: 4 });
		const points = [90, 10, 50, 10, 80, 80, 20, 95];
		for (const [at, severity] of points.entries()) await outbox.post([], [alert(at, severity)]);
		// 2, 4 and 7 are informational, 3 is medium.
		expect(await sequences(outbox)).toEqual([1, 5, 6, 8]);
		expect(outbox.queue("mqtt").dropped).toBe(4);
		await outbox.post([], [alert(9, 5)]);
		expect(await sequences(outbox)).toEqual([1, 5, 6, 8]);
		await outbox.close();
		const after = await open({ maxEntries: 4 });
		expect(await sequences(after)).toEqual([1, 5, 6, 8]);
		await after.post([], [alert(10, 91)]);
		expect(await sequences(after)).toEqual([1, 6, 8, 10]);
	});

	it("is bounded in bytes as well, but keeps one message of any size", async () => {
		const size = JSON.stringify(alert(1)).length;
		const outbox = await open({ maxBytes: size * 3.5 });
		await outbox.post([], [alert(1), alert(2), alert(3), alert(4), alert(5)]);
		expect(await sequences(outbox)).toEqual([3, 4, 5]);
		const tiny = await open({ maxBytes: 10, destinations: ["tiny"] });
		await tiny.post([], [alert(1), alert(2)]);
		expect(await sequences(tiny, 0, 10, "tiny")).toEqual([2]);
	});

	it("steps over a damaged message and counts it", async () => {
		const before = await open();
		await before.post([], [alert(1), alert(2), alert(3)]);
		await before.close();
		const after = await open();
		await store.close();
		const level = new Level(join(dir, "store"));
		await level.sublevel("outbox").put("mqtt/0000000000000002", "{");
		await level.close();
		store = await openStore(dir);
		const again = await open();
		expect(await sequences(again)).toEqual([1, 3]);
		await after.close();
	});

	it("keeps what it cannot store, sends it from memory, and stores it once the disk takes it", async () => {
		let isRefusing = false;
		const problems: (string | undefined)[] = [];
		const moody: Store = {
			get: (...args) => store.get(...args),
			list: (...args) => store.list(...args),
			close: () => store.close(),
			batch: async (changes, how) => {
				if (isRefusing) throw new Error("The disk is full.");
				await store.batch(changes, how);
			},
		};
		const outbox = await open({ store: moody, onProblem: (sentence) => problems.push(sentence) });
		await outbox.post([{ kind: "alert", key: "a", value: 1 }], [alert(1)]);
		isRefusing = true;
		await outbox.post([{ kind: "alert", key: "a", value: 2 }], [alert(2)]);
		await outbox.post([{ kind: "alert", key: "a", value: 3 }], [alert(3)]);
		expect(problems).toEqual(["The disk is full."]);
		expect(outbox.problem).toBe("The disk is full.");
		expect(outbox.unstored).toBeGreaterThan(0);
		const messages = await outbox.queue("mqtt").take(0, 10);
		expect(messages.map(({ sequence, alert }) => [sequence, alert.sentence])).toEqual([
			[1, "wrote at 1"],
			[2, "wrote at 2"],
			[3, "wrote at 3"],
		]);
		outbox.queue("mqtt").acknowledge(1);
		outbox.queue("mqtt").acknowledge(2);
		expect(await sequences(outbox)).toEqual([3]);
		expect(await store.get("alert", "a")).toBe(1);
		isRefusing = false;
		await outbox.post([], []);
		await outbox.post([], [alert(4)]);
		expect(problems).toEqual(["The disk is full.", undefined]);
		expect(await store.get("alert", "a")).toBe(3);
		expect(outbox.unstored).toBe(0);
		await outbox.close();
		expect(await sequences(await open())).toEqual([3, 4]);
	});

	it("stays bounded in memory while the disk takes nothing: the oldest documents go, counted and missing in the numbers", async () => {
		const refusing: Store = {
			get: async () => undefined,
			list: () => store.list("outbox"),
			close: () => store.close(),
			batch: async () => {
				throw new Error("The disk is full.");
			},
		};
		const outbox = await open({ store: refusing, maxEntries: 1e6, maxBytes: 1e12 });
		const big: Alert = { ...alert(1), sentence: "x".repeat(1_000_000) };
		for (let at = 0; at < 50; at++) await outbox.post([], [big]);
		const left = await sequences(outbox);
		expect(left).toEqual(Array.from({ length: 33 }, (_, at) => at + 18));
		expect(outbox.lost).toBe(17);
		expect(outbox.queue("mqtt").dropped).toBe(17);
		await outbox.close();
	});

	it("loses nothing that was acknowledged, and gives nothing an other number, when its process is killed again and again", async () => {
		await store.close();
		const script = join(import.meta.dirname, "poster.ts");
		const register = join(import.meta.dirname, "..", "support", "typescript.mjs");
		/** Sequence numbers by alert id, as a receiver has them. */
		const received = new Map<string, number>();
		const posted = new Set<string>();
		for (let round = 0; round < 3; round++) {
			const child = fork(script, [dir, String(round)], { execArgv: ["--import", register] });
			let messages = 0;
			child.on("message", (message: { posted?: string; sent?: { id: string; sequence: number } }) => {
				if (message.posted !== undefined) posted.add(message.posted);
				if (message.sent !== undefined) {
					const { id, sequence } = message.sent;
					expect(received.get(id) ?? sequence).toBe(sequence);
					received.set(id, sequence);
				}
				if (++messages === 150) child.kill("SIGKILL");
			});
			await once(child, "exit");
		}
		store = await openStore(dir);
		const outbox = await open();
		for (const { sequence, alert } of await outbox.queue("mqtt").take(0, 1e6)) {
			expect(received.get(alert.id) ?? sequence).toBe(sequence);
			received.set(alert.id, sequence);
		}
		expect(posted.size).toBeGreaterThan(100);
		for (const id of posted) expect(received.has(id)).toBe(true);
		const numbers = [...received.values()].sort((a, b) => a - b);
		expect(numbers).toEqual(numbers.map((_, at) => at + 1));
	});
});

const canMount = (() => {
	const where = mkdtempSync(join(tmpdir(), "mount-"));
	try {
		execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", where], { stdio: "ignore" });
		execFileSync("umount", [where]);
		return true;
	} catch {
		return false;
	} finally {
		rmSync(where, { recursive: true });
	}
})();

describe.skipIf(!canMount)("Outbox on a disk that is full (needs the right to mount)", () => {
	it("misses no alert over the time in which the disk was full", async () => {
		const disk = mkdtempSync(join(tmpdir(), "disk-"));
		execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", disk]);
		try {
			let small = await openStore(disk);
			let outbox = await open({ store: small });
			await outbox.post([], [alert(1)]);
			try {
				writeFileSync(join(disk, "filler"), Buffer.alloc(30 << 20));
			} catch {}
			for (let at = 2; at <= 20; at++) await outbox.post([], [alert(at)]);
			expect(outbox.problem).toContain("is full");
			expect(await sequences(outbox)).toHaveLength(20);
			rmSync(join(disk, "filler"));
			await outbox.post([], [alert(21)]);
			expect(outbox.problem).toBeUndefined();
			await outbox.close();
			await small.close();
			small = await openStore(disk);
			outbox = await open({ store: small });
			const sentences = (await outbox.queue("mqtt").take(0, 100)).map(({ alert }) => alert.sentence);
			expect(sentences).toEqual(Array.from({ length: 21 }, (_, at) => `wrote at ${at + 1}`));
			await outbox.close();
			await small.close();
		} finally {
			execFileSync("umount", ["-l", disk]);
			rmSync(disk, { recursive: true });
		}
	});
});
