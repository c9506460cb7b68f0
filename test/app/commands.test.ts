/** Commands on the real store: written first, then done; each undone; what a crash cut off is taken up; nothing half. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AlertArchive } from "../../src/alert/archive.ts";
import { AlertBook, type AlertChange } from "../../src/alert/book.ts";
import { Mutes } from "../../src/alert/mute.ts";
import { Permits } from "../../src/alert/permit.ts";
import { Commands } from "../../src/app/commands.ts";
import type { Taught, Teaching } from "../../src/app/messages.ts";
import { records } from "../../src/app/records.ts";
import type { Thing } from "../../src/baseline/thing.ts";
import { ENGINE_RESTARTED } from "../../src/detect/blindness.ts";
import type { Detection } from "../../src/detect/detection.ts";
import { FIRST_WRITE, HOST_SCAN, NEW_DEVICE, POINT_SCAN } from "../../src/detect/records.ts";
import { AuditLog } from "../../src/store/audit.ts";
import { type LevelStore, openStore } from "../../src/store/level.ts";
import type { Change } from "../../src/store/store.ts";

const ADA = { user: "Ada", via: "page" as const, address: "10.0.0.1" };
const THINGS: Thing[] = [
	{ trait: "writer", protocol: "modbus", server: "10.0.0.5", client: "10.0.0.77" },
	{ trait: "value", protocol: "modbus", server: "10.0.0.5", unit: 1, point: "holding:1", from: 812, to: 812, client: "10.0.0.77" },
];

/** What a box has of it, on one store. */
class Box {
	readonly book: AlertBook;
	readonly mutes = new Mutes();
	readonly permits = new Permits();
	readonly told: Teaching[] = [];
	readonly published: AlertChange[] = [];
	isEngineThere = true;
	/** What the engine answers; by itself that it did all of it. */
	taught: (teaching: Teaching) => Taught = ({ admit, dismiss }) => ({ admitted: admit, dismissed: dismiss, refused: [] });
	commands!: Commands;
	archive!: AlertArchive;
	audit!: AuditLog;
	#writing: Promise<unknown> = Promise.resolve();
	/** Nothing that is kept reaches the disk any more: as if the power had gone. */
	isDead = false;
	readonly store: LevelStore;
	readonly clock: () => number;

	constructor(store: LevelStore, clock: () => number) {
		this.store = store;
		this.clock = clock;
		this.book = new AlertBook({ site: "site", sensor: "box", records, mutes: this.mutes, permits: this.permits });
	}

	static async open(store: LevelStore, clock: () => number): Promise<Box> {
		const box = new Box(store, clock);
		box.archive = await AlertArchive.open(store);
		box.book.restore(await box.archive.load());
		box.audit = new AuditLog(store);
		box.commands = new Commands({
			store,
			audit: box.audit,
			book: box.book,
			archive: box.archive,
			mutes: box.mutes,
			permits: box.permits,
			clock,
			keep: (alerts, changes) => box.keep(alerts, changes),
			isDevice: (address) => address === "10.0.0.5",
			tell: (teaching) => {
				if (!box.isEngineThere) return false;
				box.told.push(teaching);
				queueMicrotask(() => box.commands.taught(teaching.id, box.taught(teaching)));
				return true;
			},
		});
		await box.commands.restore();
		await box.stored();
		return box;
	}

	keep(alerts: readonly AlertChange[], changes: readonly Change[]): void {
		if (this.isDead) return;
		this.published.push(...alerts.filter(({ publish }) => publish));
		this.#writing = this.#writing.then(async () =>
			this.store.batch([...(await this.archive.records(alerts)), ...changes], { durable: false }),
		);
	}

	stored(): Promise<unknown> {
		return this.#writing;
	}

	/** An alert, as the engine's detection makes it. */
	async alert(over: Partial<Detection> = {}): Promise<string> {
		const change = this.book.detect({
			type: FIRST_WRITE.id,
			time: this.clock() * 1000,
			source: { ip: "10.0.0.77" },
			destination: { ip: "10.0.0.5", port: 502 },
			key: "",
			sentence: "10.0.0.77 wrote 812.",
			confidence: 0.9,
			reasons: [{ points: 75, text: "First write" }],
			frames: [1],
			things: THINGS,
			operation: { verb: "write", name: "write", code: 6, points: ["holding:1"], pointCount: 1, values: [812], outcome: "ok" },
			...over,
		});
		if (change === undefined) return "";
		this.keep([change], []);
		await this.stored();
		return change.alert.id;
	}

	async entries(): Promise<Record<string, unknown>[]> {
		return (await this.audit.newest({ limit: 50 })).map(({ id: _, time: __, ...entry }) => ({ ...entry }));
	}
}

describe("commands", () => {
	let dir: string;
	let store: LevelStore;
	let box: Box;
	let now: number;
	const clock = () => now;
	const code = (promise: Promise<unknown>) =>
		promise.then(
			() => "done",
			(error: { code?: string }) => error.code,
		);

	beforeEach(async () => {
		dir = mkdtempSync(join(tmpdir(), "spanwatch-commands-"));
		store = await openStore(dir);
		now = 1_800_000_000_000;
		box = await Box.open(store, clock);
	});
	afterEach(async () => {
		await store.close();
		rmSync(dir, { recursive: true, force: true });
	});

	/** The box dies in the middle of what it was doing, and starts again on what reached the disk. */
	async function restart(): Promise<void> {
		await box.stored();
		box.isDead = true;
		await store.close();
		store = await openStore(dir);
		box = await Box.open(store, clock);
	}

	it("learn tells the engine exactly the alert's things, closes it, and is undone exactly", async () => {
		const id = await box.alert();
		// One was normal already: undoing must not take it away.
		box.taught = ({ admit }) => ({ admitted: [admit[0]!], dismissed: [], refused: [] });
		const { entry, sentence } = await box.commands.run({ verb: "learn", alert: id, why: "new panel" }, ADA);
		expect(box.told).toEqual([{ id: entry, admit: THINGS, dismiss: [] }]);
		expect(sentence).toBe(
			"Learned: 10.0.0.77 changes something at 10.0.0.5 (modbus); holding:1 of 10.0.0.5 unit 1 is 812 when 10.0.0.77 writes it.",
		);
		await box.stored();
		const alert = await box.archive.get(id);
		expect(alert).toMatchObject({ status: "closed", closed: { id: entry, by: "Ada", why: "new panel", isLearned: true } });
		expect(await box.entries()).toEqual([
			{ action: "learn", outcome: "ok", user: "Ada", via: "page", address: "10.0.0.1", why: "new panel", alert: id, words: sentence },
		]);
		box.taught = ({ admit, dismiss }) => ({ admitted: admit, dismissed: dismiss, refused: [] });
		const undone = await box.commands.run({ verb: "unlearn", entry, why: "a mistake" }, ADA);
		expect(box.told[1]).toEqual({ id: undone.entry, admit: [], dismiss: [THINGS[0]] });
		await box.stored();
		expect(await code(box.commands.run({ verb: "undo", entry, why: "again" }, ADA))).toBe("COMMAND_NOTHING");
		// That too can be undone.
		await box.commands.run({ verb: "undo", entry: undone.entry, why: "it was right" }, ADA);
		expect(box.told[2]).toMatchObject({ admit: [THINGS[0]], dismiss: [] });
	});

	it("no fact is learned but where its record says so; it is closed or muted", async () => {
		const scan = await box.alert({ type: POINT_SCAN.id });
		expect(await code(box.commands.run({ verb: "learn", alert: scan, why: "x" }, ADA))).toBe("COMMAND_NOT_LEARNABLE");
		expect(box.told).toEqual([]);
		expect(await box.entries()).toEqual([]);
		const hosts = await box.alert({
			type: HOST_SCAN.id,
			things: [{ trait: "fact", type: HOST_SCAN.id, source: "10.0.0.77", destination: "", key: "" }],
		});
		await box.commands.run({ verb: "learn", alert: hosts, why: "the inventory system" }, ADA);
		expect(box.told.length).toBe(1);
		await box.commands.run({ verb: "close", alert: scan, why: "looked into it" }, ADA);
		const device = await box.alert({ type: NEW_DEVICE.id, things: undefined as never });
		expect((await box.commands.run({ verb: "learn", alert: device, why: "ours" }, ADA)).sentence).toContain("is known from now on");
		const self = await box.alert({ type: ENGINE_RESTARTED.id });
		expect(await code(box.commands.run({ verb: "learn", alert: self, why: "x" }, ADA))).toBe("COMMAND_NOT_LEARNABLE");
	});

	it("close ends an alert; what comes late belongs to it, and the same later is a new one; undone, it is open again", async () => {
		const id = await box.alert();
		const { entry } = await box.commands.run({ verb: "close", alert: id, why: "the operator did it" }, ADA);
		await box.stored();
		expect((await box.archive.get(id))!.status).toBe("closed");
		expect(await box.alert({ time: (now - 500) * 1000, frames: [9] })).toBe("");
		expect(await code(box.commands.run({ verb: "close", alert: id, why: "x" }, ADA))).toBe("COMMAND_NOTHING");
		now += 1000;
		await box.commands.run({ verb: "undo", entry, why: "not settled" }, ADA);
		await box.stored();
		const open = await box.archive.get(id);
		expect([open!.status, open!.closed]).toEqual(["open", undefined]);
		const again = await box.commands.run({ verb: "close", alert: id, why: "now it is" }, ADA);
		now += 1000;
		const other = await box.alert({ frames: [10] });
		expect(other).not.toBe(id);
		expect(await code(box.commands.run({ verb: "undo", entry: again.entry, why: "x" }, ADA))).toBe("COMMAND_NOTHING");
	});

	it("mute keeps an alert and its repeats quiet until its time, unless it gets worse; over a restart too", async () => {
		const id = await box.alert();
		const { entry } = await box.commands.run({ verb: "mute", alert: id, until: now / 1000 + 7200, why: "sensor is replaced" }, ADA);
		await box.stored();
		// Receivers hear once that it is muted.
		expect(box.published.at(-1)!.alert.muted).toEqual({ id: entry, until: now / 1000 + 7200, by: "Ada", why: "sensor is replaced" });
		await restart();
		const repeats = async (from: number, over: Partial<Detection> = {}) => {
			for (let frame = from; frame < from + 40; frame++) {
				now += 1000;
				await box.alert({ frames: [frame], ...over });
			}
		};
		await repeats(100);
		expect(box.published).toEqual([]);
		// Worse by a band: said.
		await repeats(200, { reasons: [{ points: 95, text: "worse" }] });
		expect(box.published.length).toBeGreaterThan(0);
		box.published.length = 0;
		now += 2 * 3600 * 1000;
		const fresh = await box.alert({ frames: [300] });
		expect(box.published.map(({ alert }) => [alert.id, alert.muted])).toEqual([[fresh, undefined]]);
	});

	it("a new alert of what is muted is quiet from its first sighting; undone, it is told", async () => {
		const id = await box.alert();
		const { entry } = await box.commands.run({ verb: "mute", alert: id, until: now / 1000 + 86_400, why: "known" }, ADA);
		await box.commands.run({ verb: "close", alert: id, why: "known" }, ADA);
		box.published.length = 0;
		now += 1000;
		const second = await box.alert({ frames: [2] });
		expect(second).not.toBe(id);
		expect(box.published).toEqual([]);
		await box.commands.run({ verb: "undo", entry, why: "listen again" }, ADA);
		expect(box.published.map(({ alert }) => [alert.id, alert.muted])).toEqual([[second, undefined]]);
		expect(box.mutes.all).toEqual([]);
	});

	it("permit makes work inside the window informational and linked; outside it weighs more; ended, all is as before", async () => {
		const { entry } = await box.commands.run(
			{ verb: "permit", clients: ["10.0.0.77"], plcs: ["10.0.0.5"], verbs: ["write"], until: now / 1000 + 3600, why: "pump 3" },
			ADA,
		);
		const inside = await box.alert();
		await box.stored();
		expect(await box.archive.get(inside)).toMatchObject({ severity: 20, permit: { id: entry, by: "Ada", why: "pump 3" } });
		expect(box.published).toEqual([]);
		// Another client, another PLC, another verb: as ever.
		const verb = (word: string) => ({ verb: word, name: word, code: 1, points: [], pointCount: 0, values: [], outcome: "ok" });
		for (const over of [{ source: { ip: "10.0.0.78" } }, { destination: { ip: "10.0.0.6" } }, { operation: verb("program"), key: "p" }]) {
			const other = await box.alert(over);
			expect((await box.archive.get(other))!.severity).toBe(75);
		}
		await restart();
		now += 3600 * 1000;
		const outside = await box.alert();
		expect(outside).not.toBe(inside);
		const alert = (await box.archive.get(outside))!;
		expect([alert.severity, alert.permit]).toEqual([90, undefined]);
		expect(alert.reasons.at(-1)).toEqual({ points: 15, text: "outside the maintenance window for this work: pump 3" });
		await box.commands.run({ verb: "undo", entry, why: "done" }, ADA);
		now += 7200 * 1000;
		box.book.advance(now * 1000);
		const after = await box.alert();
		expect((await box.archive.get(after))!.severity).toBe(75);
	});

	it.each([
		["no verb", { why: "x" }],
		["an unknown verb", { verb: "constructor", why: "x" }],
		["no reason", { verb: "close", alert: "a".repeat(32) }],
		["an empty reason", { verb: "close", alert: "a".repeat(32), why: " " }],
		["more than it takes", { verb: "close", alert: "a".repeat(32), why: "x", force: true }],
		["a mute into the past", { verb: "mute", alert: "a".repeat(32), until: 5, why: "x" }],
		["a window without an end", { verb: "permit", why: "x" }],
		["a window that ends before it begins", { verb: "permit", from: 1_800_000_900, until: 1_800_000_800, why: "x" }],
		["a verb that cannot be permitted", { verb: "permit", verbs: ["read"], until: 1_800_000_800, why: "x" }],
		["an unlearn of nothing", { verb: "unlearn", why: "x" }],
		["a thing with a prototype", { verb: "unlearn", thing: { trait: "__proto__" }, why: "x" }],
		["a list", [1]],
		["null", null],
	])("%s is refused with a sentence, and changes nothing", async (_, value) => {
		const error = await box.commands.run(value, ADA).catch((one: Error) => one);
		expect(error).toMatchObject({ name: "CommandError", code: "COMMAND_INVALID" });
		expect((error as Error).message).toMatch(/^[^\n]{10,300}\.$/);
		expect(await box.entries()).toEqual([]);
	});

	it("place tells the engine where a device belongs; undone, what was said before is back", async () => {
		const why = "drawing 12";
		const placed = await box.commands.run({ verb: "place", device: "10.0.0.5", level: "1", criticality: "safety", why }, ADA);
		expect(placed.sentence).toBe("Placed: the Purdue level of 10.0.0.5 is 1; the criticality of 10.0.0.5 is safety.");
		const level = { trait: "place", address: "10.0.0.5", place: "level", is: "1" } as const;
		const criticality = { trait: "place", address: "10.0.0.5", place: "criticality", is: "safety" } as const;
		expect(box.told.at(-1)).toMatchObject({ admit: [level, criticality], dismiss: [] });
		const older = { ...level, is: "2" };
		box.taught = ({ admit, dismiss }) => ({ admitted: admit, dismissed: dismiss.length === 0 ? [older] : dismiss, refused: [] });
		const again = await box.commands.run({ verb: "place", device: "10.0.0.5", level: "1", why }, ADA);
		await box.commands.run({ verb: "undo", entry: again.entry, why }, ADA);
		expect(box.told.at(-1)).toMatchObject({ admit: [older], dismiss: [level] });
		expect((await box.entries()).map(({ action }) => action)).toEqual(["undo", "place", "place"]);
		const unseen = await box.commands.run({ verb: "place", device: "10.0.0.99", zone: "DMZ", why }, ADA);
		expect(unseen.sentence).toContain("No device 10.0.0.99 was seen so far");
		expect(await code(box.commands.run({ verb: "place", device: "10.0.0.5", why }, ADA))).toBe("COMMAND_INVALID");
		expect(await code(box.commands.run({ verb: "place", device: "10.0.0.5", level: "9", why }, ADA))).toBe("COMMAND_INVALID");
	});

	it("unknown alerts and entries are said to be unknown", async () => {
		for (const value of [
			{ verb: "learn", alert: "a".repeat(32), why: "x" },
			{ verb: "unlearn", entry: "0123", why: "x" },
			{ verb: "undo", entry: "0123", why: "x" },
		])
			expect(await code(box.commands.run(value, ADA))).toBe("COMMAND_UNKNOWN");
	});

	it("a disk that takes nothing lets nothing happen", async () => {
		const id = await box.alert();
		const batch = store.batch.bind(store);
		store.batch = () => Promise.reject(Object.assign(new Error("full"), { name: "StoreError", code: "STORE_FULL" }));
		for (const value of [
			{ verb: "learn", alert: id, why: "x" },
			{ verb: "close", alert: id, why: "x" },
			{ verb: "mute", alert: id, until: now / 1000 + 60, why: "x" },
			{ verb: "permit", until: now / 1000 + 60, why: "x" },
		])
			expect(await code(box.commands.run(value, ADA))).toBe("STORE_FULL");
		store.batch = batch;
		expect(box.told).toEqual([]);
		expect([box.mutes.all, box.permits.all]).toEqual([[], []]);
		expect((await box.archive.get(id))!.status).toBe("open");
		expect(await box.entries()).toEqual([]);
	});

	it("what was on the disk and not yet done when the power went is done at the next start", async () => {
		const learned = await box.alert();
		const closed = await box.alert({ key: "other" });
		box.isEngineThere = false;
		box.isDead = true;
		const { entry, sentence } = await box.commands.run({ verb: "learn", alert: learned, why: "x" }, ADA);
		expect(sentence).toContain("It takes effect when the engine runs again.");
		await box.commands.run({ verb: "close", alert: closed, why: "y" }, ADA);
		expect((await box.archive.get(closed))!.status).toBe("open");
		await restart();
		expect(await box.archive.get(closed)).toMatchObject({ status: "closed", closed: { by: "Ada", why: "y" } });
		expect(await box.archive.get(learned)).toMatchObject({ status: "closed", closed: { isLearned: true } });
		expect(box.commands.lessons()).toEqual([{ id: entry, admit: THINGS, dismiss: [] }]);
		expect(await code(box.commands.run({ verb: "unlearn", entry, why: "x" }, ADA))).toBe("COMMAND_BUSY");
		box.commands.taught(entry, { admitted: THINGS, dismissed: [], refused: [] });
		await restart();
		expect(box.commands.lessons()).toEqual([]);
		await box.commands.run({ verb: "unlearn", entry, why: "x" }, ADA);
		expect(box.told[0]).toMatchObject({ dismiss: THINGS });
	});

	it("one at a time, and no more wait than may", async () => {
		const id = await box.alert();
		const runs = Array.from({ length: 40 }, () => code(box.commands.run({ verb: "close", alert: id, why: "x" }, ADA)));
		const counts = new Map<unknown, number>();
		for (const result of await Promise.all(runs)) counts.set(result, (counts.get(result) ?? 0) + 1);
		expect([...counts].sort()).toEqual([
			["COMMAND_BUSY", 8],
			["COMMAND_NOTHING", 31],
			["done", 1],
		]);
	});
});
