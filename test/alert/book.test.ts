import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Alert } from "../../src/alert/alert.ts";
import { AlertBook, type AlertChange, type KeptAlert } from "../../src/alert/book.ts";
import type { Detection } from "../../src/detect/detection.ts";
import { detection, options, START } from "./samples.ts";

const book = (change: Partial<typeof options> = {}) => new AlertBook({ ...options, ...change });

/** What a store would hold. */
class Kept {
	readonly byId = new Map<string, KeptAlert>();
	published: Alert[] = [];
	take(changes: AlertChange | undefined | AlertChange[]): void {
		for (const { key, alert, publish } of [changes ?? []].flat()) {
			this.byId.set(alert.id, structuredClone({ key, alert }));
			if (publish) this.published.push(alert);
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

	it("counts what is too many of one type in one alert, with the worst words, and leaves other types alone", () => {
		const one = book({ maxOfType: 100, maxOpen: 1000 });
		const changes: AlertChange[] = [];
		for (let at = 0; at < 5000; at++) {
			const points = at === 4000 ? 99 : 60;
			const change = one.detect(
				detection(at * 0.01, { source: { ip: `10.9.${at >> 8}.${at & 255}` }, frames: [at], reasons: [{ points, text: "" }] }),
			);
			if (change) changes.push(change);
		}
		expect(one.open).toBe(101);
		expect(changes.length).toBeLessThan(120);
		const many = one.flush(false).find(({ key }) => key === "many")!.alert;
		expect(many).toMatchObject({ count: 4900, source: {}, severity: 99 });
		expect(many.sentence).toContain("wrote at 40");
		expect(one.counters.collected).toBe(4900);
		expect(one.detect(detection(60, { type: "restart" }))?.alert.count).toBe(1);
		expect(one.detect(detection(50 + 3600, { key: "later" }))?.alert.count).toBe(1);
	});

	it("stays bounded in what waits to be collected", () => {
		const one = book({ maxOpen: 10, maxOfType: 1e9 });
		for (let at = 0; at < 1000; at++) one.detect(detection(at, { key: String(at) }));
		expect(one.open).toBe(10);
		expect(one.advance(START)).toHaveLength(10);
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
			fc.record({ key: fc.constantFrom("1", "2", "3"), gap: fc.constantFrom(0, 1, 5, 59, 61, 500), points: fc.constantFrom(20, 60, 90) }),
			{ minLength: 1, maxLength: 40 },
		);
		fc.assert(
			fc.property(events, fc.nat(), fc.nat(), fc.boolean(), (list, stop, back, isAdvancing) => {
				let now = 0;
				const all = list.map(({ key, gap, points }, at) => {
					now += gap;
					return detection(now, { key, frames: [at + 1], reasons: [{ points, text: "" }] });
				});
				const limits = { quietSeconds: 60, maxOfType: 12 };
				const run = (kept: Kept, from: number, to: number, isKilled: boolean) => {
					const one = book(limits);
					one.file = "a.pcap";
					one.restore([...kept.byId.values()].sort((a, b) => a.alert.ts - b.alert.ts));
					for (const next of all.slice(from, to)) {
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
				const shape = ({ id, type, count, ts, last, severity, sentence, status, evidence }: Alert) => ({
					id,
					type,
					count,
					ts,
					last,
					severity,
					sentence,
					status,
					frames: evidence.frames,
				});
				expect(cut.alerts.map(shape).sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
					straight.alerts.map(shape).sort((a, b) => (a.id < b.id ? -1 : 1)),
				);
			}),
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
