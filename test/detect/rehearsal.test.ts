/** Alarm limits that are held against the last week before they are set. */
import { beforeEach, describe, expect, it } from "vitest";
import { protocols } from "../../protocols/index.ts";
import { SPACES, WIDE } from "../../protocols/modbus/tables.ts";
import { PLANT_BOUNDS, Plant, type Target } from "../../src/baseline/plant.ts";
import { type MapEntry, RegisterMaps } from "../../src/baseline/registerMap.ts";
import { type Rehearsal, rehearsalWords, rehearse } from "../../src/detect/rehearsal.ts";

const HOUR = 3600e6;
const DAY = 24 * HOUR;
/** Midnight of 4 October 2024. */
const START = 20_000 * DAY;
const HOLDING = SPACES.indexOf("holding");
const byName = new Map(protocols.map((protocol) => [protocol.name as string, protocol]));

/** A plant of one PLC that is read and looked at each ten minutes. */
class Bed {
	readonly plant = new Plant(PLANT_BOUNDS, 86_400, new Map([["modbus", WIDE]]));
	readonly target: Target = this.plant.target(this.plant.server("10.0.0.5", "modbus")!, 1)!;
	readonly ids = new Map<number, number>();
	time = START;

	id(register: number): number {
		let id = this.ids.get(register);
		if (id === undefined) {
			id = this.plant.addPoint(this.plant.page(this.target, HOLDING, register >>> 8)!, register & 255);
			this.ids.set(register, id);
		}
		return id;
	}

	read(register: number, value: number): void {
		this.plant.points.observe(this.id(register), value, this.time);
	}

	/** `at` is given the hour since the beginning. */
	live(hours: number, at: (hour: number) => Record<number, number>): void {
		for (let step = 0; step < hours * 6; step++) {
			for (const [register, value] of Object.entries(at((this.time - START) / HOUR))) this.read(Number(register), value);
			this.look();
		}
	}

	look(micros = HOUR / 6): void {
		this.time += micros;
		this.plant.watch(micros);
		for (const id of this.ids.values()) this.plant.points.inspect(id, this.time);
	}

	rehearse(...entries: Partial<MapEntry>[]): Rehearsal {
		const maps = new RegisterMaps();
		maps.set(
			"10.0.0.5",
			entries.map((entry) => ({ point: "holding:0", scale: 1, offset: 0, order: "ABCD", limits: {}, ...entry })),
		);
		return rehearse(this.plant, maps, byName, this.time)[0]!;
	}
}

let bed: Bed;
beforeEach(() => {
	bed = new Bed();
});

describe("limits that are not yet set", () => {
	const wave = (hour: number) => 50 + 10 * Math.round(Math.sin(hour));

	it("are passed on the days on which a value was beyond them, also where it was said and not learned", () => {
		bed.live(72, (hour) => ({ 0: wave(hour) }));
		bed.plant.points.epoch++;
		bed.read(0, 95);
		bed.look();
		bed.live(60, (hour) => ({ 0: hour > 120 && hour < 121 ? 90 : wave(hour) }));
		expect(bed.plant.points.band(bed.id(0)).max).toBe(60);
		expect(bed.rehearse({ limits: { high: 80, highHigh: 92 } })).toMatchObject({
			days: 6,
			within: 0,
			passed: [{ limit: "highHigh", days: [20_003, 20_005], value: 95, day: 20_003 }],
		});
		expect(bed.rehearse({ limits: { high: 80, highHigh: 92 }, scale: 0.5, offset: 10 })).toMatchObject({ within: 1, passed: [] });
	});

	it("forget what is older than a week, and know nothing of days on which nothing was read", () => {
		bed.live(24, (hour) => ({ 0: wave(hour) }));
		bed.read(0, 95);
		bed.look();
		bed.live(24, (hour) => ({ 0: wave(hour) }));
		bed.look(2 * DAY);
		bed.live(12, (hour) => ({ 0: wave(hour) }));
		expect(bed.rehearse({ limits: { high: 80 } })).toMatchObject({ days: 5, passed: [{ days: [20_001] }] });
		expect(bed.plant.points.week(bed.id(0), bed.time).map(({ day }) => day)).toEqual([20_000, 20_001, 20_002, 20_004]);
		bed.live(96, (hour) => ({ 0: wave(hour) }));
		expect(bed.rehearse({ limits: { high: 80 } })).toMatchObject({ days: 7, passed: [], within: 1 });
		bed.look(30 * DAY);
		expect(bed.rehearse({ limits: { high: 80 } })).toMatchObject({ days: 0, passed: [], within: 0, unread: 1 });
	});

	it("know the days of now where the clock was wrong for a while", () => {
		bed.live(24, (hour) => ({ 0: wave(hour) }));
		bed.time += 1000 * DAY;
		bed.live(2, () => ({ 0: 95 }));
		bed.time -= 1000 * DAY;
		bed.live(30, (hour) => ({ 0: wave(hour) }));
		expect(bed.plant.points.week(bed.id(0), bed.time).map(({ day, high }) => [day, high])).toEqual([
			[20_001, 60],
			[20_002, 60],
		]);
		expect(bed.rehearse({ limits: { high: 80 } })).toMatchObject({ passed: [], within: 1 });
	});

	it("are held against the same week after a restart", () => {
		bed.live(60, (hour) => ({ 0: wave(hour), 1: hour > 30 ? 7 : 3, 2: 5 }));
		const { points } = bed.plant;
		const weeks = [0, 1, 2].map((register) => points.week(bed.id(register), bed.time));
		expect(weeks[0]).toHaveLength(3);
		expect(weeks[1]).toEqual([
			{ day: 20_001, low: 3, high: 7 },
			{ day: 20_002, low: 7, high: 7 },
		]);
		expect(weeks[2]).toEqual([20_000, 20_001, 20_002].map((day) => ({ day, low: 5, high: 5 })));
		for (const register of [0, 1, 2]) {
			const saved: unknown = JSON.parse(JSON.stringify(points.save(bed.id(register))));
			const other = points.add();
			expect(points.restore(other, saved)).toBe(true);
			expect(points.week(other, bed.time)).toEqual(weeks[register]);
		}
	});

	it("are those of engineering units: turned scales, signed words, and numbers of two registers", () => {
		const page = bed.plant.page(bed.target, HOLDING, 0)!;
		const signed = (value: number) => value & 0xffff;
		bed.live(24, (hour) => ({ 0: wave(hour), 1: signed(-wave(hour)), 2: signed(wave(hour) - 50), 10: 0x4120, 11: wave(hour) }));
		expect(bed.rehearse({ scale: -2, limits: { low: -110 } }).passed).toMatchObject([{ limit: "low", value: -120 }]);
		expect(bed.rehearse({ point: "holding:1", type: "int16", limits: { low: -55, high: 100 } }).passed).toMatchObject([
			{ limit: "low", value: -60 },
		]);
		expect(bed.rehearse({ point: "holding:2", type: "int16", limits: { high: 5 } })).toMatchObject({ passed: [], unclear: 1 });
		const float: Partial<MapEntry> = { point: "holding:10", type: "float32", limits: { high: 9 } };
		expect(bed.rehearse(float)).toMatchObject({ passed: [], unclear: 1 });
		bed.plant.addWide(page, 10, WIDE.find(({ type, isSwapped, words }) => type === "float32" && !isSwapped && words === HOLDING)!);
		bed.plant.points.observe(page.wides[0]!.page.ids[10]!, 10, bed.time);
		expect(bed.rehearse(float).passed).toMatchObject([{ limit: "high", value: 10 }]);
		expect(bed.rehearse({ ...float, order: "DCBA" })).toMatchObject({ passed: [], unclear: 1 });
		expect(bed.rehearse({ ...float, point: "holding:300" })).toMatchObject({ passed: [], unread: 1 });
		expect(bed.rehearse({ point: "ns=2;s=None", limits: { high: 1 } })).toMatchObject({ passed: [], unread: 1 });
	});

	it("are said in sentences", () => {
		bed.live(24 * 8 - 1, (hour) => ({ 0: wave(hour), 1: hour > 150 ? 30 : 20, 5: 3 }));
		const rehearsal = bed.rehearse(
			{ name: "Tank level", unit: "mm", scale: 0.1, limits: { low: 3, high: 5.5, highHigh: 9 } },
			{ point: "holding:1", limits: { high: 25 } },
			{ point: "holding:5", limits: { high: 25 } },
			{ point: "holding:9", limits: { high: 25 } },
		);
		expect(rehearsalWords(rehearsal, (point) => point.replace("holding:", "holding register "))).toEqual([
			"PLC 10.0.0.5 unit 1: in the last 7 days these limits would have alarmed on 7 days, at 2 points:",
			"  Tank level (holding register 0) was above its high alarm limit of 5.5 mm on 7 days, furthest with 6 mm on 2024-10-05.",
			"  holding register 1 was above its high alarm limit of 25 on 2 days, furthest with 30 on 2024-10-10.",
			"  1 point stayed within; 1 point with limits was not read.",
		]);
		const silent = bed.rehearse({ point: "holding:5", limits: { high: 25 } });
		expect(rehearsalWords(silent, String)).toEqual(["PLC 10.0.0.5 unit 1: in the last 7 days these limits would not have alarmed."]);
	});
});
