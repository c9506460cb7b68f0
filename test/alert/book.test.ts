import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Alert } from "../../src/alert/alert.ts";
import { AlertBook, type AlertChange, foldOfDetection, type KeptAlert } from "../../src/alert/book.ts";
import { Mutes } from "../../src/alert/mute.ts";
import type { Thing } from "../../src/baseline/thing.ts";
import type { Detection } from "../../src/detect/detection.ts";
import { detection, options, START } from "./samples.ts";

const book = (change: Partial<typeof options> = {}) => new AlertBook({ ...options, ...change });

/** What a store would hold. */
class Kept {
	readonly byId = new Map<string, KeptAlert>();
	published: Alert[] = [];
	take(changes: AlertChange | undefined | AlertChange[]): void {
		for (const { publish, ...kept } of [changes ?? []].flat()) {
			this.byId.set(kept.alert.id, structuredClone(kept));
			if (publish) this.published.push(kept.alert);
		}
	}
	get alerts(): Alert[] {
		return [...this.byId.values()].map(({ alert }) => alert);
	}
}

describe("AlertBook.detect", () => {
	it("makes the whole document of a first detection", () => {
		const given = detection(0.5, {
			reasons: [
				{ points: 60, text: "a new writer" },
				{ points: 20, text: "to a PLC" },
				{ points: -5, text: "in the day shift" },
			],
			operation: {
				verb: "write",
				name: "write single register (function 6)",
				code: 6,
				points: ["holding:1"],
				pointCount: 1,
				values: [5],
				outcome: "ok",
			},
			frames: [3, 4],
		});
		const change = book().detect(given);
		expect(change).toEqual({
			key: "1",
			publish: true,
			habit: { count: 1, first: START + 0.5e6, last: START + 0.5e6, weight: 75 },
			counted: [{ from: START + 0.5e6, until: START + 0.5e6, frame: 4 }],
			alert: {
				schema: "spanwatch.alert/1",
				id: expect.stringMatching(/^[0-9a-f]{32}$/),
				revision: 1,
				type: "new-writer",
				nature: "deviation",
				title: "Title of new-writer",
				sentence: "wrote at 0.5",
				severity: 75,
				severityName: "high",
				reasons: given.reasons,
				techniques: ["T0836"],
				confidence: 0.8,
				ts: 1_700_000_000.5,
				last: 1_700_000_000.5,
				count: 1,
				status: "open",
				site: "plant",
				sensor: "box",
				protocol: "modbus",
				source: given.source,
				destination: given.destination,
				operation: given.operation,
				evidence: {
					frames: [3, 4],
					filter: "(host 10.0.0.7 and host 10.0.0.3 and port 502) or (vlan and host 10.0.0.7 and host 10.0.0.3 and port 502)",
				},
				causes: ["a cause"],
				advice: ["look"],
			},
		});
	});

	it("leaves out what is not known", () => {
		const { protocol: _, destination: __, ...rest } = detection(0);
		const alert = book().detect({ ...rest, source: {} })!.alert;
		for (const name of ["protocol", "destination", "operation"]) expect(Object.hasOwn(alert, name)).toBe(false);
		expect(Object.keys(alert.evidence)).toEqual(["frames"]);
	});

	it("gives the same id for the same happening, and another one for any other", () => {
		const id = (change: Partial<Detection>, site = "plant", sensor = "box") =>
			book({ site, sensor }).detect(detection(0, change))!.alert.id;
		const same = id({});
		expect(id({ sentence: "other words", confidence: 0.1, frames: [9], source: { ip: "10.0.0.7" } })).toBe(same);
		const others = [
			id({ time: START + 1 }),
			id({ type: "restart" }),
			id({ key: "2" }),
			id({ source: { ip: "10.0.0.8" } }),
			id({ source: { mac: "02:00:00:00:00:07" } }),
			id({ destination: { ip: "10.0.0.4" } }),
			id({}, "plant2"),
			id({}, "plant", "box2"),
		];
		expect(new Set([same, ...others]).size).toBe(others.length + 1);
	});

	it("cuts the sum to 0 and 100", () => {
		const severity = (points: number) => book().detect(detection(0, { reasons: [{ points, text: "" }] }))!.alert;
		expect(severity(180)).toMatchObject({ severity: 100, severityName: "critical" });
		expect(severity(-20)).toMatchObject({ severity: 0, severityName: "informational" });
		expect(severity(Number.NaN)).toMatchObject({ severity: 0 });
		expect(severity(29.6)).toMatchObject({ severity: 30, severityName: "low" });
	});

	it("counts repeats in one alert and publishes at 1, 2, 4, 8 and so on", () => {
		const one = book();
		const published: number[] = [];
		for (let at = 0; at < 10_000; at++) {
			const change = one.detect(detection(at * 0.1, { frames: [at] }));
			if (change !== undefined) {
				expect(change.publish).toBe(true);
				published.push(change.alert.count);
			}
		}
		expect(published).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192]);
		const [last, ...more] = one.flush(false);
		expect(more).toEqual([]);
		expect(last).toMatchObject({ publish: false, alert: { count: 10_000, revision: 15, last: 1_700_000_999.9, ts: 1_700_000_000 } });
		expect(last!.alert.evidence.frames).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 9992, 9993, 9994, 9995, 9996, 9997, 9998, 9999]);
		expect(one.flush(false)).toEqual([]);
		expect(one.flush(true)).toMatchObject([{ publish: true, alert: { count: 10_000 } }]);
		expect(one.flush(true)).toEqual([]);
	});

	it("keeps apart what differs in type, ends or key", () => {
		const one = book();
		const all = [{}, { type: "restart" }, { key: "2" }, { source: { ip: "10.0.0.8" } }, { destination: { ip: "10.0.0.9" } }];
		for (const change of all) expect(one.detect(detection(0, change))?.alert.count).toBe(1);
		expect(one.open).toBe(all.length);
		expect(one.detect(detection(1, { source: { ip: "10.0.0.7", port: 50_000 }, destination: { ip: "10.0.0.3" } }))?.alert.count).toBe(2);
	});

	it("cannot be made to fold different things by separators in names", () => {
		const one = book();
		one.detect(detection(0, { source: { mac: 'a","b' }, key: "c" }));
		one.detect(detection(0, { source: { mac: "a" }, destination: { ip: 'b","c' }, key: "" }));
		expect(one.open).toBe(2);
	});

	it("takes the words and the sum of a worse repeat, says so at once when the band rises, and never judges down", () => {
		const one = book();
		one.detect(detection(0));
		one.detect(detection(1));
		expect(one.detect(detection(2, { reasons: [{ points: 62, text: "a little worse" }] }))).toBeUndefined();
		const worse = one.detect(detection(3, { reasons: [{ points: 95, text: "worse" }], confidence: 0.9 }));
		expect(worse).toMatchObject({
			publish: true,
			alert: {
				count: 4,
				severity: 95,
				severityName: "critical",
				sentence: "wrote at 3",
				reasons: [{ points: 95, text: "worse" }],
				confidence: 0.9,
			},
		});
		one.detect(detection(4, { reasons: [{ points: 10, text: "harmless" }] }));
		expect(one.flush(false)[0]?.alert).toMatchObject({ severity: 95, sentence: "wrote at 3" });
	});

	it("counts the very same detection once", () => {
		const one = book();
		one.detect(detection(0));
		expect(one.detect(detection(0))).toBeUndefined();
		one.detect(detection(1));
		one.detect(detection(1));
		one.detect(detection(1, { frames: [77] }));
		expect(one.flush(true)[0]?.alert.count ?? 0).toBe(3);
	});

	it("gives copies: what a receiver does to one changes nothing", () => {
		const one = book();
		const first = one.detect(detection(0))!;
		first.alert.count = 99;
		first.alert.evidence.frames.push(5);
		expect(one.detect(detection(1))!.alert).toMatchObject({ count: 2, evidence: { frames: [1, 2] } });
	});

	it("keeps frame numbers of one file only", () => {
		const one = book();
		one.file = "a.pcap";
		one.detect(detection(0));
		one.file = "b.pcap";
		expect(one.detect(detection(1, { frames: [500] }))!.alert).toMatchObject({ count: 2, evidence: { file: "a.pcap", frames: [1] } });
	});

	it("refuses a type that nobody declared", () => {
		expect(() => book().detect(detection(0, { type: "unknown" }))).toThrow("No detection record is known for the type unknown");
	});

	it("bounds what one document holds", () => {
		const long = "x".repeat(100_000);
		const { alert } = book().detect(
			detection(0, {
				sentence: long,
				reasons: Array.from({ length: 1000 }, () => ({ points: 1, text: long })),
				frames: Array.from({ length: 1000 }, (_, at) => at),
				operation: {
					verb: "write",
					name: "w",
					code: 1,
					points: Array(5000).fill(long),
					pointCount: 5000,
					values: Array(5000).fill(1),
					outcome: "ok",
				},
			}),
		)!;
		expect(JSON.stringify(alert).length).toBeLessThan(100_000);
		expect(alert.evidence.frames).toHaveLength(16);
		expect(alert.severity).toBe(alert.reasons.reduce((total, { points }) => total + points, 0));
	});

	it("takes any time that a capture can hold", () => {
		for (const time of [Number.NaN, -1, 0, 1e300, Number.POSITIVE_INFINITY]) {
			const one = book();
			const { alert } = one.detect(detection(0, { time }))!;
			expect(Number.isFinite(alert.ts)).toBe(true);
			one.detect(detection(0, { time, frames: [2] }));
			one.detect(detection(0));
			one.advance(Number.MAX_SAFE_INTEGER);
		}
	});
});

describe("the life of an alert", () => {
	it("closes once it was quiet for long enough, and is a new alert after that", () => {
		const one = book({ quietSeconds: 60 });
		const first = one.detect(detection(0))!;
		one.detect(detection(50));
		one.detect(detection(51));
		expect(one.advance(START + 110.9e6)).toEqual([]);
		const closed = one.advance(START + 111e6);
		expect(closed).toMatchObject([{ publish: true, alert: { id: first.alert.id, status: "closed", count: 3, last: 1_700_000_051 } }]);
		expect(one.open).toBe(0);
		const next = one.detect(detection(200))!;
		expect(next.alert).toMatchObject({ count: 1, status: "open" });
		expect(next.alert.id).not.toBe(first.alert.id);
	});

	it("is a new alert after a quiet stretch even when nobody closed the old one meanwhile", () => {
		const one = book({ quietSeconds: 60 });
		const first = one.detect(detection(0))!.alert.id;
		expect(one.detect(detection(61))!.alert).toMatchObject({ count: 1 });
		expect(one.advance(START + 61e6)).toMatchObject([{ publish: true, alert: { id: first, status: "closed" } }]);
	});

	it("keeps a condition of the monitor itself open until it ends", () => {
		const one = book({ quietSeconds: 60 });
		const blind = (seconds: number, sentence: string) =>
			detection(seconds, { type: "blind", source: { name: "eth1" }, key: "eth1", sentence, reasons: [{ points: 50, text: "" }] });
		one.detect(blind(0, "eth1 is down"));
		expect(one.advance(START + 1e12)).toEqual([]);
		expect(one.detect(blind(1e6, "eth1 is down"))?.alert.count).toBe(2);
		expect(one.end(blind(1e6 + 5, "eth1 is back"))).toMatchObject({
			publish: true,
			alert: { status: "closed", sentence: "eth1 is back", last: 1_701_000_005 },
		});
		expect(one.end(blind(1e6 + 6, "eth1 is back"))).toBeUndefined();
		expect(one.detect(blind(1e6 + 7, "eth1 is down"))?.alert).toMatchObject({ count: 1, revision: 1 });
	});
});

describe("a flood", () => {
	it("closes the alert not seen for longest when too many are open", () => {
		const one = book({ maxOpen: 3 });
		for (const key of ["a", "b", "c"]) one.detect(detection(0, { key }));
		one.detect(detection(1, { key: "a" }));
		one.detect(detection(2, { key: "d" }));
		expect(one.open).toBe(3);
		expect(one.counters.displaced).toBe(1);
		expect(one.flush(false)).toMatchObject([{ key: "b", publish: false, alert: { status: "closed" } }]);
	});

	/** Many sources, many destinations. */
	const apart = (at: number) => ({ source: { ip: `10.9.${at >> 8}.${at & 255}` }, destination: { ip: `10.8.${at >> 8}.${at & 255}` } });
	const thing = (client: string): Thing => ({ trait: "client", protocol: "modbus", server: "10.0.0.3", client });

	it("counts what is too many of one type in one alert, with the worst words, and leaves other types alone", () => {
		const one = book();
		const changes: AlertChange[] = [];
		for (let at = 0; at < 10_000; at++) {
			const points = at === 4000 ? 90 : 60;
			const change = one.detect(detection(at * 0.01, { ...apart(at), frames: [at], reasons: [{ points, text: "" }] }));
			if (change) changes.push(change);
		}
		expect(one.open).toBe(1);
		expect(changes.length).toBeLessThan(120);
		const taken = one.flush(false);
		const many = taken.find(({ key }) => key === "many")!.alert;
		expect(many).toMatchObject({ count: 10_000, source: {}, severity: 95 });
		expect(many.sentence).toMatch(/^More than 100 of the kind within an hour, counted together here. The worst of them: wrote at 40$/);
		expect(many.examples).toHaveLength(8);
		expect(many.examples![0]).toEqual({ ts: 1_700_000_000, sentence: "wrote at 0", ...apart(0) });
		expect(many.addresses).toHaveLength(256);
		expect(one.counters.collected).toBe(9900);
		const folded = taken.filter(({ key }) => key !== "many");
		expect(folded).toHaveLength(100);
		for (const { alert } of folded) expect(alert).toMatchObject({ status: "closed", partOf: many.id });
		expect(one.detect(detection(100, { type: "restart" }))?.alert.count).toBe(1);
		expect(one.detect(detection(101 + 3600, { key: "later" }))?.alert.count).toBe(1);
	});

	it("keeps the end that they have in common, and offers all of them to be learned at once", () => {
		const from = book();
		for (let at = 0; at < 300; at++) {
			const { destination } = apart(at);
			from.detect(detection(at, { destination, things: [thing(`10.7.0.${at}`)] }));
		}
		const { alert, things } = from.flush(false).find(({ key }) => key === "many")!;
		expect(alert).toMatchObject({ count: 300, source: { ip: "10.0.0.7", mac: "02:00:00:00:00:07", name: "eng" } });
		expect(alert.source.port).toBeUndefined();
		expect(alert.destination).toBeUndefined();
		expect(alert.sentence).toMatch(/^More than 20 of the kind from eng within an hour/);
		expect(alert.addresses).toContain("10.8.0.200");
		expect(alert.addresses).not.toContain("10.0.0.7");
		expect(alert.learns!.at(-1)).toBe("and 292 more");
		expect(things).toHaveLength(300);

		const to = book();
		for (let at = 0; at < 300; at++) to.detect(detection(at, { source: apart(at).source }));
		const collected = to.flush(false).find(({ key }) => key === "many")!.alert;
		expect(collected).toMatchObject({ count: 300, source: {}, destination: { ip: "10.0.0.3" } });
		expect(collected.sentence).toMatch(/^More than 20 of the kind to 10.0.0.3 within an hour/);
	});

	it("has the words of the worst also where that came first", () => {
		const one = book();
		for (let at = 0; at < 30; at++)
			one.detect(detection(at, { destination: apart(at).destination, reasons: [{ points: at === 3 ? 92 : 60, text: "" }] }));
		const { alert } = one.flush(false).find(({ key }) => key === "many")!;
		expect(alert).toMatchObject({ severity: 97, severityName: "critical" });
		expect(alert.sentence).toMatch(/The worst of them: wrote at 3$/);
	});

	it("of one rule of the plant's people says nothing of the others, also after a restart", () => {
		const broken = (name: string, at: number) =>
			detection(at, { type: "restart", destination: apart(at).destination, key: `${name}/1`, rule: { name, techniques: [], advice: [] } });
		const one = book();
		const kept = new Map<string, AlertChange>();
		const take = (changes: readonly (AlertChange | undefined)[]) => {
			for (const change of changes) if (change !== undefined) kept.set(change.alert.id, change);
		};
		for (let at = 0; at < 60; at++) take([one.detect(broken("noisy", at))]);
		take([one.detect(broken("quiet", 70)), one.detect(detection(71, { type: "restart", key: "stop" }))]);
		take(one.flush(false));
		const open = () => [...kept.values()].filter(({ alert }) => alert.status === "open").map(({ key, alert }) => `${key} ${alert.count}`);
		expect(open().sort()).toEqual(["many/noisy 60", "quiet/1 1", "stop 1"]);
		expect([...kept.values()].find(({ key }) => key === "many/noisy")!.alert).toMatchObject({ rule: "noisy", title: "Rule noisy" });
		const again = book();
		again.restore([...kept.values()].sort((a, b) => a.alert.ts - b.alert.ts));
		take([again.detect(broken("noisy", 80)), again.detect(broken("quiet", 81))]);
		take(again.flush(false));
		expect(open().sort()).toEqual(["many/noisy 61", "quiet/1 1", "quiet/1 1", "stop 1"]);
	});

	it("bounds what can be learned at once", () => {
		const one = book();
		for (let at = 0; at < 2000; at++)
			one.detect(detection(at, { destination: apart(at).destination, things: [thing(`10.7.${at >> 8}.${at & 255}`)] }));
		expect(one.flush(false).find(({ key }) => key === "many")!.things).toHaveLength(512);
	});

	it("is no flood while few come within the time, or where it is muted or permitted", () => {
		const slow = book({ quietSeconds: 60 });
		for (let at = 0; at < 100; at++) slow.detect(detection(at * 4, { destination: apart(at).destination }));
		expect(slow.counters.collected).toBe(0);

		const mutes = new Mutes();
		const muted = book({ mutes });
		for (let at = 0; at < 100; at++) {
			const { destination } = apart(at);
			const fold = foldOfDetection(detection(0, { destination }));
			mutes.set({ id: `m${at}`, fold, title: "", by: "Ada", why: "", until: 1_800_000_000, severity: 60 });
			muted.detect(detection(at, { destination }));
		}
		expect(muted.counters.collected).toBe(0);
		expect(muted.open).toBe(100);
	});

	it("leaves conditions of the monitor itself apart", () => {
		const one = book();
		for (let at = 0; at < 100; at++) one.detect(detection(at, { type: "blind", source: { name: "box" }, key: `eth${at}` }));
		expect(one.counters.collected).toBe(0);
	});

	it("begins with single alerts again once it was quiet, and with none that a person closed", () => {
		const one = book({ quietSeconds: 60 });
		for (let at = 0; at < 30; at++) one.detect(detection(at, { destination: apart(at).destination }));
		const many = one.flush(false).find(({ key }) => key === "many")!.alert;
		expect(one.closeBy(many.id, { id: "c", time: 1_700_000_029, by: "Ada", why: "a test", isLearned: false })).toBeDefined();
		expect(one.detect(detection(28.5, { destination: apart(77).destination }))).toBeUndefined();
		expect(one.detect(detection(31, { destination: apart(78).destination }))!.alert.examples).toHaveLength(1);
		expect(one.detect(detection(120, { destination: apart(79).destination }))!.alert.examples).toBeUndefined();
		expect(one.open).toBe(1);
	});

	it("stays bounded in what waits to be collected", () => {
		const one = book({ maxOpen: 10, maxOfType: 1e9, maxOfEnd: 1e9 });
		for (let at = 0; at < 1000; at++) one.detect(detection(at, { key: String(at) }));
		expect(one.open).toBe(10);
		expect(one.advance(START)).toHaveLength(10);
	});
});

describe("a deviation that keeps coming back without consequence", () => {
	const HOUR = 3600;
	const DAY = 86_400;
	/** Seen each day, `days` times. */
	const daily = (one: AlertBook, days: number, change: Partial<Detection> = {}, from = 0) => {
		let latest: Alert | undefined;
		for (let day = 0; day < days; day++) {
			one.advance(START + (from + day) * DAY * 1e6);
			latest = one.detect(detection((from + day) * DAY, { reasons: [{ points: 70, text: "a new writer" }], ...change }))?.alert ?? latest;
		}
		return latest!;
	};

	it("weighs less, down to half, with the reason, and is kept and counted as before", () => {
		expect(daily(book(), 3)).toMatchObject({ severity: 70, reasons: [{ points: 70 }] });
		expect(daily(book(), 3).lowered).toBeUndefined();
		expect(daily(book(), 5)).toMatchObject({ severity: 63 });
		const settled = daily(book(), 14);
		expect(settled).toMatchObject({
			severity: 35,
			severityName: "low",
			lowered: { from: 70, count: 14, days: 13 },
			reasons: [
				{ points: 70, text: "a new writer" },
				{ points: -35, text: "lowered from 70 to 35: seen 14 times in 13 days, no consequence" },
			],
		});
		expect(daily(book(), 60).severity).toBe(35);
	});

	it("weighs less in the same open alert too, and the reason is there once", () => {
		const one = book();
		for (let at = 0; at < 15; at++) one.detect(detection(at * HOUR, { reasons: [{ points: 70, text: "a new writer" }] }));
		const [{ alert }] = one.flush(true) as [AlertChange];
		expect(alert).toMatchObject({ count: 15, severity: 35, severityName: "low" });
		expect(alert.reasons).toHaveLength(2);
	});

	it("is not bored by what repeats within the hour", () => {
		const one = book();
		for (let at = 0; at < 500; at++) one.detect(detection(at, { reasons: [{ points: 70, text: "" }] }));
		expect(one.flush(true)[0]!.alert.severity).toBe(70);
	});

	it("weighs in full once it is clearly worse than at first, however slowly it got there", () => {
		const one = book();
		daily(one, 20);
		const worse = daily(one, 1, { reasons: [{ points: 80, text: "worse" }] }, 20);
		expect(worse).toMatchObject({ severity: 80, reasons: [{ points: 80 }] });
		const creeping = book();
		for (let day = 0; day < 12; day++) daily(creeping, 1, { reasons: [{ points: 60 + day, text: "" }] }, day);
		expect(daily(creeping, 1, { reasons: [{ points: 72, text: "" }] }, 12).lowered).toBeUndefined();
	});

	it("weighs in full after a consequence: a fact at one of its ends", () => {
		for (const change of [{ source: { ip: "10.0.0.7" }, destination: { ip: "10.0.0.99" } }, { source: { ip: "10.0.0.66" } }]) {
			const one = book();
			daily(one, 14);
			one.detect(detection(13.5 * DAY, { type: "restart", ...change }));
			expect(daily(one, 1, {}, 14)).toMatchObject({ severity: 70 });
		}
		const elsewhere = book();
		daily(elsewhere, 14);
		elsewhere.detect(detection(13.5 * DAY, { type: "restart", source: { ip: "10.0.0.66" }, destination: { ip: "10.0.0.99" } }));
		expect(daily(elsewhere, 1, {}, 14)).toMatchObject({ severity: 35 });
	});

	it("says so at once when the consequence comes while it is open", () => {
		const one = book();
		for (let at = 0; at < 14; at++) one.detect(detection(at * HOUR, { reasons: [{ points: 70, text: "a new writer" }] }));
		one.detect(detection(13.2 * HOUR, { type: "restart" }));
		expect(one.detect(detection(13.5 * HOUR, { reasons: [{ points: 70, text: "a new writer" }] }))).toMatchObject({
			publish: true,
			alert: { severity: 70, severityName: "high", reasons: [{ points: 70, text: "a new writer" }] },
		});
	});

	it("is news again after more than a month, and when a person opens it again", () => {
		const one = book();
		daily(one, 14);
		expect(daily(one, 1, {}, 14 + 36)).toMatchObject({ severity: 70 });
		const other = book();
		const { id } = daily(other, 14);
		const closed = other.closeBy(id, { id: "c", time: START / 1e6 + 13 * DAY, by: "Ada", why: "a test", isLearned: false })!;
		other.reopen(closed, START + 13 * DAY * 1e6);
		expect(other.detect(detection(13.1 * DAY, { reasons: [{ points: 70, text: "a new writer" }] }))!.alert).toMatchObject({ severity: 70 });
	});

	it("never lowers a fact, or what is of another kind, point or host", () => {
		const one = book();
		const fact = daily(one, 20, { type: "restart" });
		expect(fact.severity).toBe(70);
		expect(fact.lowered).toBeUndefined();
		daily(one, 20, { source: { ip: "10.0.0.55" }, destination: { ip: "10.0.0.56" } });
		expect(
			one.detect(detection(20 * DAY, { source: { ip: "10.0.0.55" }, destination: { ip: "10.0.0.56" }, key: "2" }))!.alert.severity,
		).toBe(60);
		expect(one.detect(detection(20 * DAY, { source: { ip: "10.0.0.58" }, destination: { ip: "10.0.0.56" } }))!.alert.severity).toBe(60);
	});

	it("survives a restart", () => {
		const kept = new Kept();
		const before = book();
		for (let day = 0; day < 13; day++) {
			kept.take(before.advance(START + day * DAY * 1e6));
			kept.take(before.detect(detection(day * DAY, { reasons: [{ points: 70, text: "" }] })));
		}
		const after = book();
		after.restore([...kept.byId.values()].sort((a, b) => a.alert.ts - b.alert.ts));
		after.advance(START + 13 * DAY * 1e6);
		expect(after.detect(detection(13 * DAY, { reasons: [{ points: 70, text: "" }] }))!.alert).toMatchObject({ severity: 35 });
	});

	it("lowers what is cut at 100 from there", () => {
		expect(daily(book(), 14, { reasons: [{ points: 130, text: "" }] })).toMatchObject({
			severity: 50,
			reasons: [{ points: 130 }, { points: -80 }],
		});
	});
});

describe("a restart", () => {
	it("goes on counting in the stored alert", () => {
		const kept = new Kept();
		const before = book();
		for (let at = 0; at < 5; at++) kept.take(before.detect(detection(at)));
		const after = book();
		after.restore(kept.byId.values());
		kept.take(after.detect(detection(10)));
		kept.take(after.flush(false));
		// The fifth was counted, not stored: it may be lost with the process.
		expect(kept.alerts).toMatchObject([{ count: 5, revision: 4, ts: 1_700_000_000, last: 1_700_000_010 }]);
		for (let at = 11; at < 14; at++) kept.take(after.detect(detection(at)));
		expect(kept.published.map(({ count }) => count)).toEqual([1, 2, 4, 8]);
	});

	it("closes a restored alert that has been quiet since", () => {
		const kept = new Kept();
		kept.take(book({ quietSeconds: 60 }).detect(detection(0)));
		const after = book({ quietSeconds: 60 });
		after.restore(kept.byId.values());
		expect(after.advance(START + 60e6)).toMatchObject([{ alert: { status: "closed", revision: 2 } }]);
	});

	it("has the same alerts in the end, wherever a reading was cut off and from wherever it goes on", () => {
		const events = fc.array(
			fc.record({
				key: fc.constantFrom("1", "2", "3"),
				host: fc.constantFrom(1, 2, 3, 4),
				gap: fc.constantFrom(0, 1, 5, 59, 61, 500),
				points: fc.constantFrom(20, 60, 90),
				type: fc.constantFrom("new-writer", "new-writer", "new-writer", "restart"),
			}),
			{ minLength: 1, maxLength: 40 },
		);
		fc.assert(
			fc.property(
				events,
				fc.nat(),
				fc.nat(),
				fc.boolean(),
				fc.nat(),
				fc.integer({ min: 0, max: 200 }),
				(list, stop, back, isAdvancing, turn, earlier) => {
					let now = 0;
					// The second capture may have been recorded before the first, or while it was.
					const second = turn % (list.length + 1);
					const all = list.map(({ key, host, gap, points, type }, at) => {
						now += at === second ? gap - earlier : gap;
						return detection(now, { key, type, source: { ip: `10.0.0.${host}` }, frames: [at + 1], reasons: [{ points, text: "" }] });
					});
					// A flood is counted by time, and begins anew where that goes back.
					const most = second < list.length && earlier > 0 ? 1e9 : 3;
					const limits = { quietSeconds: 60, maxOfType: 2 * most, maxOfEnd: most };
					const run = (kept: Kept, from: number, to: number, isKilled: boolean) => {
						const one = book(limits);
						one.restore([...kept.byId.values()].sort((a, b) => a.alert.ts - b.alert.ts));
						for (const [offset, next] of all.slice(from, to).entries()) {
							one.file = from + offset < second ? "a.pcap" : "b.pcap";
							if (isAdvancing) kept.take(one.advance(next.time));
							kept.take(one.detect(next));
						}
						// The station stores counts before the engine's place in the capture: what is not stored is read again.
						kept.take(one.flush(!isKilled));
					};
					const straight = new Kept();
					run(straight, 0, all.length, false);
					const cut = new Kept();
					const at = stop % (all.length + 1);
					run(cut, 0, at, true);
					run(cut, at - (back % (at + 1)), all.length, false);
					const shape = ({
						id,
						type,
						count,
						ts,
						last,
						severity,
						sentence,
						status,
						evidence,
						lowered,
						addresses,
						partOf,
						examples,
					}: Alert) => ({
						id,
						type,
						count,
						ts,
						last,
						severity,
						sentence,
						status,
						frames: evidence.frames,
						lowered,
						addresses,
						partOf,
						examples,
					});
					expect(cut.alerts.map(shape).sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
						straight.alerts.map(shape).sort((a, b) => (a.id < b.id ? -1 : 1)),
					);
				},
			),
			{ numRuns: 400 },
		);
	});

	it("raises nothing again when the same capture is read a second time", () => {
		const kept = new Kept();
		const read = (file: string) => {
			const one = book({ quietSeconds: 60 });
			one.file = file;
			one.restore(kept.byId.values());
			const before = kept.published.length;
			for (const at of [0, 10, 500, 510]) kept.take(one.detect(detection(at)));
			kept.take(one.flush(false));
			kept.take(one.advance(START + 530e6));
			return kept.published.length - before;
		};
		expect(read("a.pcap")).toBeGreaterThan(0);
		expect(kept.alerts.map(({ count }) => count)).toEqual([2, 2]);
		expect(read("a.pcap")).toBe(0);
		expect(kept.alerts.map(({ count }) => count)).toEqual([2, 2]);
	});
});
