/** What was normal and is not seen any more fades, and is said to: members, points, values; what is still seen does not. */
import { describe, expect, it } from "vitest";
import { random } from "../support/random.ts";
import { PlantBed } from "./plantBed.ts";

const HMI = "10.0.0.2";
const LAPTOP = "10.0.0.7";
const PLC = "10.0.0.5";
const DAY = 86_400;
const FORGET_DAYS = 4;
const EVERY = 40;

/** An HMI reads a level, a mode and a constant for days; `also` is what else happens in a round. */
class Site {
	readonly bed = new PlantBed({ habits: { forgetSeconds: FORGET_DAYS * DAY } });
	readonly #rng = random(8);
	#second = 0;
	get day(): number {
		return this.#second / DAY;
	}
	watch(untilDay: number, level: () => number, mode: () => number, also: (day: number) => void = () => {}): this {
		while (this.day < untilDay) {
			this.bed.read(HMI, PLC, 0, [level(), mode(), 7]);
			also(this.day);
			this.bed.wait(EVERY);
			this.#second += EVERY;
		}
		return this;
	}
	/** A noisy value around a centre, that wanders from one end to the other in an hour. */
	level(from: number, to: number): () => number {
		return () => Math.round(from + (to - from) * (0.5 + 0.45 * Math.sin(this.#second / 570)) + 2 * this.#rng());
	}
	mode(...states: number[]): () => number {
		return () => states[Math.floor(this.#second / 1900) % states.length]!;
	}
	faded(): string[] {
		return this.bed.detections.filter(({ type }) => type === "baseline-faded").map(({ sentence }) => sentence);
	}
	types(): string[] {
		return this.bed.detections.map(({ type }) => type);
	}
}

/** The laptop's visit on the first day: it reads and writes. */
const visit = (site: Site) => (day: number) => {
	if (day > 0.4 || Math.floor(day * 100) % 10 !== 0) return;
	site.bed.read(LAPTOP, PLC, 30, [1, 2]);
	site.bed.write(LAPTOP, PLC, 40, [5]);
};

describe("what is normal", () => {
	it("fades with a client that comes no more: said once, for information, and judged as new when it is back", () => {
		const site = new Site();
		const level = site.level(200, 600);
		site.watch(3, level, site.mode(1, 2), visit(site));
		expect(site.types()).toEqual([]);
		site.watch(5, level, site.mode(1, 2));
		expect(site.faded()).toEqual([
			"Not seen at PLC 10.0.0.5 for 4 days or longer, and so normal no more: 10.0.0.7 talks to it. When it comes again it is judged as new.",
		]);
		expect(site.bed.detections[0]!.reasons).toEqual([{ points: 10, text: "Was normal, and was not seen for long" }]);
		site.watch(9, level, site.mode(1, 2));
		expect(site.faded().slice(1)).toEqual([expect.stringContaining(": holding register 40 of unit 1 is written 5. When")]);
		site.bed.detections.length = 0;
		site.bed.read(LAPTOP, PLC, 30, [1, 2]);
		site.bed.write(LAPTOP, PLC, 40, [5]);
		site.bed.wait(2);
		expect(site.types()).toContain("first-write");
	});

	it("does not fade while it is seen now and then, nor before its time", () => {
		const site = new Site();
		const level = site.level(200, 600);
		site.watch(1, level, site.mode(1, 2), visit(site));
		site.watch(14, level, site.mode(1, 2), (day) => {
			if (Math.floor((day * DAY) / EVERY) % Math.floor((3 * DAY) / EVERY) !== 5) return;
			site.bed.read(LAPTOP, PLC, 30, [1, 2]);
			site.bed.write(LAPTOP, PLC, 40, [5]);
		});
		expect(site.faded()).toEqual([]);
	});

	it("fades point by point and function by function where the client itself stays, after a restart too", () => {
		const site = new Site();
		const level = site.level(200, 600);
		site.watch(2, level, site.mode(1, 2), (day) => {
			if (day < 1 && Math.floor(day * 100) % 10 === 0) {
				site.bed.read(HMI, PLC, 60, [4, 4, 4]);
				site.bed.do(HMI, PLC, { verb: "identify", code: 43 });
			}
		});
		site.bed.restart();
		site.watch(6, level, site.mode(1, 2));
		expect(site.faded().join("\n")).toContain("10.0.0.2 uses toy function 43 of unit 1");
		site.watch(8.1, level, site.mode(1, 2));
		expect(site.faded().join("\n")).toContain("10.0.0.2 touches holding register 60 to 62 (read) of unit 1");
		site.bed.detections.length = 0;
		site.bed.read(HMI, PLC, 61, [4]);
		site.bed.wait(2);
		expect(site.types()).toEqual(["new-point"]);
	});

	it("fades with the last conversation over a service of a PLC, which is new when it is used again", () => {
		const site = new Site();
		const level = site.level(200, 600);
		const talk = (client: string, bytes: number) => {
			const flow = site.bed.flow(client, PLC, 22, { bytes: [1, 1] });
			if (bytes === 0) site.bed.analyst.flowOpened(flow);
			(flow.bytes as [number, number])[1] += bytes;
		};
		for (const client of [HMI, LAPTOP]) talk(client, 0);
		// A conversation that goes on is not disturbed by it.
		const steady = site.bed.flow(HMI, PLC, 9000, { bytes: [1, 1] });
		site.bed.analyst.flowOpened(steady);
		const poll = () => void ((steady.bytes as [number, number])[0] += 40_000);
		site.watch(2, level, site.mode(1, 2), (day) => {
			poll();
			talk(HMI, 50);
			if (day < 1) talk(LAPTOP, 50);
		});
		// One of the two still uses it, then nobody.
		site.watch(5.6, level, site.mode(1, 2), poll);
		expect(site.faded().join("\n")).toMatch(/the amount that 10\.0\.0\.7 exchanges over tcp\/22/);
		expect(site.faded().join("\n")).not.toContain("its service");
		site.watch(7, level, site.mode(1, 2), poll);
		expect(site.types()).not.toContain("unusual-volume");
		expect(site.faded().join("\n")).toContain(
			"PLC 10.0.0.5 for 4 days or longer, and so normal no more: its service tcp/22 is used; the amount that 10.0.0.2 ",
		);
		// The connection that rested is counted again once it speaks.
		const amounts = () => site.bed.analyst.documents().some(({ amounts }) => JSON.stringify(amounts ?? "").includes("tcp/22"));
		expect(amounts()).toBe(false);
		site.watch(8.5, level, site.mode(1, 2), () => {
			poll();
			talk(HMI, 50);
		});
		expect(amounts()).toBe(true);
		site.bed.flows.delete(`${HMI}>${PLC}:22`);
		site.bed.detections.length = 0;
		talk(HMI, 0);
		site.bed.wait(2);
		expect(site.types()).toContain("new-service");
	});

	it("of values fades to what they still are, and what lies beyond is said again", () => {
		const site = new Site();
		site.watch(3, site.level(100, 900), site.mode(0, 1, 2));
		const before = site.bed.detections.length;
		// In a new regime half as wide, and without one state.
		site.watch(4, site.level(300, 500), site.mode(0, 1));
		site.bed.detections.length = before;
		site.bed.restart();
		site.watch(8.1, site.level(300, 500), site.mode(0, 1));
		const said = site.faded().join("\n");
		expect(said).toMatch(/holding register 0 of unit 1 is 1\d\d to 8\d\d, now 2\d\d\.\d to 5\d\d\.\d/);
		expect(said).toContain("holding register 1 of unit 1 is 2");
		site.bed.detections.length = 0;
		site.watch(8.11, () => 820, site.mode(0, 1));
		expect(site.types()).toContain("value-outside");
	});

	it("of written values fades to what still comes, also where all of it was beside what was learned", () => {
		const site = new Site();
		const level = site.level(200, 600);
		const writes = (values: number[]) => (day: number) => {
			if (Math.floor((day * DAY) / EVERY) % 700 === 3) site.bed.write(HMI, PLC, 50, [values[Math.floor(day * 7) % values.length]!]);
		};
		// A single write is no range: what comes near it is taken as normal.
		site.watch(0.02, level, site.mode(1, 2), writes([130]));
		site.watch(1.2, level, site.mode(1, 2));
		site.watch(8.1, level, site.mode(1, 2), writes([100, 110, 120]));
		expect(site.faded()).toEqual([expect.stringContaining("holding register 50 of unit 1 is written 130, now 100 to 120")]);
		site.watch(16.2, level, site.mode(1, 2), writes([100, 110, 120]));
		expect(site.types()).toEqual(["baseline-faded"]);
	});

	it("of a status word fades bit by bit, and its words go back no further than what is remembered", () => {
		const site = new Site();
		const rng = random(4);
		let word = 0;
		const status =
			(...bits: number[]) =>
			() =>
				(word ^= 1 << bits[Math.floor(rng() * bits.length)]!);
		const level = site.level(200, 600);
		site.watch(3, level, status(0, 1, 2, 3, 6));
		word &= ~(1 << 6);
		site.watch(4, level, status(0, 1, 2, 3));
		site.bed.restart();
		const before = site.bed.detections.length;
		site.watch(8.1, level, status(0, 1, 2, 3));
		expect(site.faded().join("\n")).toContain(": holding register 1 of unit 1 has bit 6 at 1. When");
		expect(site.bed.detections.slice(before).map(({ type }) => type)).toEqual(["baseline-faded"]);
		site.bed.detections.length = 0;
		site.watch(8.11, level, () => 1 << 6);
		expect(site.bed.detections.map(({ sentence }) => sentence).join("\n")).toContain("in 4 days bit 6 never was 1");
	});

	it("of written values fades too", () => {
		const site = new Site();
		const level = site.level(200, 600);
		const writes = (values: number[]) => (day: number) => {
			if (Math.floor((day * DAY) / EVERY) % 200 === 3) site.bed.write(HMI, PLC, 50, [values[Math.floor(day * 7) % values.length]!]);
		};
		site.watch(3, level, site.mode(1, 2), writes([100, 300, 500]));
		site.watch(8.1, level, site.mode(1, 2), writes([300, 350]));
		expect(site.faded().join("\n")).toMatch(/holding register 50 of unit 1 is written 100 to 500, now 300 to 350/);
		site.bed.detections.length = 0;
		site.bed.write(HMI, PLC, 50, [500]);
		site.bed.wait(2);
		expect(site.types()).toContain("write-outside");
	});
});
