/** Maintenance windows: when they are open, and for whom. Hours are those of the zone that the plant's people live in, whatever the operating system's is. */
import { describe, expect, it } from "vitest";
import { isInside, type Permit, Permits } from "../../src/alert/permit.ts";
import { LocalTime } from "../../src/baseline/localTime.ts";
import type { Detection } from "../../src/detect/detection.ts";

const ZONE = "America/St_Johns";
/** In June its clocks are two and a half hours behind UTC. */
const at = (day: number, hour: number, minute = 0): number => Date.UTC(2030, 5, 2 + day, hour + 2, minute + 30) / 1000;
const local = new LocalTime(ZONE);
/** 2 June 2030 is a Sunday. */
const permit = (over: Partial<Permit>): Permit => ({
	id: "p",
	by: "Ada",
	why: "work",
	given: 0,
	clients: [],
	plcs: [],
	verbs: [],
	...over,
});
const write = (time: number, over: Partial<Detection> = {}): Detection => ({
	type: "first-write",
	time: time * 1e6,
	source: { ip: "10.0.0.7" },
	destination: { ip: "10.0.0.5" },
	key: "k",
	sentence: "s",
	confidence: 1,
	reasons: [{ points: 60, text: "w" }],
	frames: [1],
	operation: { verb: "write", name: "w", code: 6, points: [], pointCount: 0, values: [], outcome: "ok" },
	...over,
});
const weigh = (one: Permit, detection: Detection, isDeviation = true) => {
	const permits = new Permits(ZONE);
	permits.set(one);
	const before = structuredClone(detection);
	const { detection: weighed, permit: mark } = permits.weigh(detection, isDeviation);
	expect(detection).toEqual(before);
	return { severity: weighed.reasons.reduce((sum, { points }) => sum + points, 0), key: weighed.key, mark: mark?.id };
};

describe("a weekly window", () => {
	const nights = permit({ weekly: [{ days: [1, 2, 3, 4, 5], from: "22:00", to: "06:00" }] });
	it.each([
		["Monday, before it begins", at(1, 21, 59), false],
		["Monday, as it begins", at(1, 22), true],
		["Tuesday, past midnight", at(2, 0), true],
		["Tuesday, the last minute", at(2, 5, 59), true],
		["Tuesday, at its end", at(2, 6), false],
		["Saturday morning belongs to Friday's night", at(6, 3), true],
		["Saturday night", at(6, 23), false],
		["Sunday morning", at(7, 3), false],
		["Monday morning belongs to Sunday", at(8, 3), false],
	])("%s", (_, time, isOpen) => expect(isInside(nights, time, local)).toBe(isOpen));

	it("is meant on the clocks of the plant, before and after they are changed, and in no other zone", () => {
		const shift = permit({ weekly: [{ days: [0], from: "06:00", to: "07:00" }] });
		const open = (zone: string, time: string) => isInside(shift, Date.parse(time) / 1000, new LocalTime(zone));
		// On Sunday 31 March 2030 Zurich's clocks go from 2:00 to 3:00.
		expect(open("Europe/Zurich", "2030-03-24T05:30:00Z")).toBe(true);
		expect(open("Europe/Zurich", "2030-03-31T05:30:00Z")).toBe(false);
		expect(open("Europe/Zurich", "2030-03-31T04:30:00Z")).toBe(true);
		expect(open("UTC", "2030-03-31T04:30:00Z")).toBe(false);
		expect(open("UTC", "2030-03-31T06:30:00Z")).toBe(true);
		expect(open("Pacific/Auckland", "2030-03-30T17:30:00Z")).toBe(true);
	});

	it("from and to alike are a whole day; and it ends with until", () => {
		const sundays = permit({ weekly: [{ days: [0], from: "08:00", to: "08:00" }], until: at(7, 12) });
		expect([at(0, 7), at(0, 8), at(1, 7, 59), at(1, 8), at(7, 11), at(7, 12)].map((time) => isInside(sundays, time, local))).toEqual([
			false,
			true,
			true,
			false,
			true,
			false,
		]);
	});

	it("weighs more outside for as long as it stands", () => {
		expect(weigh(nights, write(at(1, 12)))).toEqual({ severity: 75, key: "k", mark: undefined });
		expect(weigh(nights, write(at(300, 12)))).toMatchObject({ severity: 75 });
		expect(weigh({ ...nights, until: at(3, 0) }, write(at(5, 12)))).toMatchObject({ severity: 60 });
	});
});

describe("a window of once", () => {
	const once = permit({ from: at(1, 8), until: at(1, 10) });
	it("is open from its begin to its end, weighs more in the week around, and says nothing beyond", () => {
		expect(weigh(once, write(at(1, 8)))).toEqual({ severity: 20, key: "permit/p/k", mark: "p" });
		expect(weigh(once, write(at(1, 10)))).toMatchObject({ severity: 75 });
		expect(weigh(once, write(at(8, 9)))).toMatchObject({ severity: 75 });
		expect(weigh(once, write(at(8, 11)))).toMatchObject({ severity: 60 });
		expect(weigh(once, write(at(-6, 9)))).toMatchObject({ severity: 75 });
		expect(weigh(once, write(at(-6, 7)))).toMatchObject({ severity: 60 });
	});

	it("never makes a light alert heavier", () => {
		expect(weigh(once, write(at(1, 9), { reasons: [{ points: 10, text: "w" }] }))).toMatchObject({ severity: 10, mark: "p" });
	});

	const named = permit({ ...once, clients: ["10.0.0.7"], plcs: ["10.0.0.5"], verbs: ["write"] });
	const operation = (verb: string) => ({ ...write(0).operation!, verb });
	const nothing = { operation: undefined as never };

	it("covers of changes only who, where and what it names", () => {
		const time = at(1, 9);
		for (const isDeviation of [true, false]) expect(weigh(named, write(time), isDeviation)).toMatchObject({ mark: "p" });
		for (const over of [{ source: { ip: "10.0.0.8" } }, { destination: { ip: "10.0.0.6" } }, { operation: operation("program") }])
			expect(weigh(named, write(time, over))).toEqual({ severity: 60, key: "k", mark: undefined });
	});

	it("covers that a client that it names looks around, or is new; of nobody else, and no fact", () => {
		const time = at(1, 9);
		const isNew = { ...nothing, destination: undefined as never };
		for (const over of [{ operation: operation("read") }, { operation: operation("identify") }, nothing, isNew]) {
			expect(weigh(named, write(time, over))).toEqual({ severity: 20, key: "permit/p/k", mark: "p" });
			expect(weigh(named, write(time, over), false)).toMatchObject({ mark: undefined });
			expect(weigh(named, write(time, { ...over, source: { ip: "10.0.0.8" } }))).toMatchObject({ mark: undefined });
			// Whom it does not name it does not know.
			expect(weigh(once, write(time, over))).toEqual({ severity: 60, key: "k", mark: undefined });
			expect(weigh(named, write(at(1, 11), over))).toEqual({ severity: 60, key: "k", mark: undefined });
		}
		expect(weigh(named, write(time, { operation: operation("read"), destination: { ip: "10.0.0.6" } }))).toMatchObject({ mark: undefined });
		expect(weigh(named, write(time, { ...isNew, source: { ip: "10.0.0.7", mac: "00:00:00:00:00:07" } }))).toMatchObject({ mark: "p" });
	});

	it("that is open wins over one that is not", () => {
		const permits = new Permits(ZONE);
		permits.set(permit({ id: "closed", from: at(2, 0), until: at(2, 1) }));
		permits.set(permit({ id: "open", from: at(1, 8), until: at(1, 10) }));
		expect(permits.weigh(write(at(1, 9)), true).permit?.id).toBe("open");
	});
});
