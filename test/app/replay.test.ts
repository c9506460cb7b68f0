import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Alert } from "../../src/alert/alert.ts";
import { Replay, type Step } from "../../src/app/replay.ts";
import type { Change } from "../../src/store/store.ts";
import { MemoryStore } from "../support/memoryStore.ts";

const capture = (name: string): string => fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url));
const STEPS: Step[] = [
	{ path: capture("plant-normal"), isLearned: true },
	...["mitm-alter", "function-scan", "host-scan"].map((name) => ({
		path: capture(name),
		isLearned: false,
	})),
];

class Kill extends Error {}

/** A store whose process dies right after a batch was written. */
class DeadlyStore extends MemoryStore {
	batches = 0;
	left = Number.POSITIVE_INFINITY;
	/** Capture seconds, watched, of each saving. */
	readonly watched: number[] = [];

	override async batch(changes: readonly Change[], options: { durable: boolean }): Promise<void> {
		await super.batch(changes, options);
		this.batches++;
		const clock = (await this.get("baseline", "clock")) as { watched: number } | undefined;
		if (clock !== undefined) this.watched.push(clock.watched / 1e6);
		if (--this.left === 0) throw new Kill();
	}
}

async function run(store: DeadlyStore, finish: boolean, steps = STEPS): Promise<Alert[]> {
	const replay = new Replay({ steps, store });
	await replay.restore();
	await replay.run();
	if (finish) await replay.finish();
	return replay.alerts();
}

/** Revisions count how often a document was stored, which a restart may change; nothing else. */
const told = (alerts: Alert[]): unknown[] => alerts.map(({ revision: _, ...rest }) => rest);

async function baseline(store: MemoryStore): Promise<Map<string, unknown>> {
	const all = new Map<string, unknown>();
	for await (const [key, value] of store.list("baseline")) all.set(key, value);
	return all;
}

describe("a replay with state", () => {
	it("that is cut off again and again ends as one that was not, wherever it was cut", async () => {
		const whole = new DeadlyStore();
		const alerts = await run(whole, false);
		expect(alerts.length).toBeGreaterThan(7);
		expect(new Set(alerts.map(({ id }) => id)).size).toBe(alerts.length);
		expect(whole.batches).toBeGreaterThan(14);

		const cut = new DeadlyStore();
		for (let kill = 1; kill < whole.batches; kill++) {
			cut.left = 1;
			await expect(run(cut, false)).rejects.toThrow(Kill);
		}
		expect(told(await run(cut, false))).toEqual(told(alerts));
		expect(cut.batches).toBe(whole.batches);
		const [one, other] = [await baseline(whole), await baseline(cut)];
		expect([...other.keys()]).toEqual([...one.keys()]);
		for (const [key, value] of one) expect(other.get(key), key).toEqual(value);
	}, 120_000);

	it("counts on over each cut what comes too often, is not answered, or was said before", async () => {
		const steps = [STEPS[0]!, { path: capture("modbus-takeover"), isLearned: false }];
		const whole = new DeadlyStore();
		const alerts = await run(whole, false, steps);
		const types = alerts.map(({ type }) => type);
		for (const type of ["write-burst", "write-spread", "refusal-storm", "plc-busy", "identity-changed"]) expect(types).toContain(type);
		const cut = new DeadlyStore();
		while (cut.batches + 3 < whole.batches) {
			cut.left = 3;
			await expect(run(cut, false, steps)).rejects.toThrow(Kill);
		}
		cut.left = Number.POSITIVE_INFINITY;
		expect(told(await run(cut, false, steps))).toEqual(told(alerts));
		expect(await baseline(cut)).toEqual(await baseline(whole));
	}, 120_000);

	it("saves what was learned before ten seconds of capture time have passed", async () => {
		const store = new DeadlyStore();
		await run(store, true);
		for (let at = 1; at < store.watched.length; at++) expect(store.watched[at]! - store.watched[at - 1]!).toBeLessThan(11);
		expect(store.watched.at(-1)).toBeGreaterThan(140);
	});

	it("gives its alerts again where it died before they were handed over, and begins anew after that", async () => {
		const store = new DeadlyStore();
		const alerts = await run(store, false);
		expect(told(await run(store, true))).toEqual(told(alerts));
		expect((await store.get("meta", "replay")) as object).toMatchObject({ isFinished: true });
	});

	it("that watches other captures does not take up the place of another run", async () => {
		const store = new DeadlyStore();
		store.left = 12;
		await expect(run(store, false)).rejects.toThrow(Kill);
		const other = new Replay({ steps: [{ path: capture("normal"), isLearned: false }], store });
		await other.restore();
		await other.run();
		expect(other.summary()).toMatchObject({ frames: 1618 });
		expect((await store.get("meta", "replay")) as object).toMatchObject({ step: 1, frame: 0 });
	});
});
