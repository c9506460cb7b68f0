/** What the analyst says of rhythm, order, hour and amount, and that a person can accept exactly one of it. */
import { describe, expect, it } from "vitest";
import { PlantBed, severity } from "./plantBed.ts";

const HMI = "10.0.0.2";
const PANEL = "10.0.0.3";
const PLC = "10.0.0.5";
const OTHER = "10.0.0.6";

/** Two clients poll two PLCs in cycles of four requests for a day and an hour; the HMI writes at noon. */
class Site {
	readonly bed = new PlantBed();
	readonly noon = 12 * 3600 - ((this.bed.start / 1e6) % 86_400);
	/** Every `every` seconds one round of those who speak. */
	poll(seconds: number, { clients = [HMI, PANEL], every = 10, order = [0, 20, 40, 60], plcs = [PLC, OTHER] } = {}): void {
		for (let passed = 0; passed < seconds; passed += every) {
			for (const client of clients) for (const plc of plcs) for (const first of order) this.bed.read(client, plc, first, [7, 7, 7, 7]);
			this.bed.wait(every);
		}
	}
	constructor() {
		this.poll(30 * 3600);
		this.bed.detections.length = 0;
	}
	said(type: string): string[] {
		return this.bed.detections.filter((one) => one.type === type).map(({ sentence }) => sentence);
	}
}

describe("a regular job", () => {
	const BACKUP = "10.0.0.9";
	const DAY = 86_400;
	/** Each night the backup server connects and copies the program, in so many steps. */
	const night = (bed: PlantBed, isRunning = true): void => {
		for (let passed = 0; passed < DAY; passed += 60) {
			if (passed % 600 === 0) bed.read(HMI, PLC, 0, [7]);
			if (isRunning && passed === 7200) {
				bed.flows.delete(`${BACKUP}>${PLC}:502`);
				for (let step = 0; step < 5; step++) bed.do(BACKUP, PLC, { verb: "program", code: 90 });
			}
			bed.wait(60);
		}
	};

	it("that did not run is said with what it is, when it runs and how often it did; accepted it is not", () => {
		const bed = new PlantBed({ habits: { timeZone: "UTC" } });
		for (let day = 0; day < 10; day++) night(bed);
		bed.restart();
		for (let day = 0; day < 4; day++) night(bed);
		bed.detections.length = 0;
		night(bed, false);
		const said = bed.detections.filter(({ type }) => type === "job-missed");
		expect(said.map(({ sentence }) => sentence)).toEqual([
			expect.stringMatching(
				/^10\.0\.0\.9 did not work on the program of PLC 10\.0\.0\.5 at about \d\d:\d\d; in 14 days it did so every day, 14 times in all, the latest 25 hours ago\.$/,
			),
		]);
		expect(said[0]).toMatchObject({ source: { ip: BACKUP }, destination: { ip: PLC }, key: "program" });
		expect(severity(said[0]!)).toBe(30);
		bed.analyst.teach(said[0]!.things!, []);
		for (let day = 0; day < 7; day++) night(bed);
		bed.detections.length = 0;
		night(bed, false);
		expect(bed.detections.filter(({ type }) => type === "job-missed")).toEqual([]);
	});
});

describe("habits of a plant", () => {
	it("a client that falls silent is said, for that client alone, and no more where a person accepted it; the other one still is", () => {
		const site = new Site();
		site.poll(120, { clients: [HMI] });
		expect(site.said("poll-silent")).toEqual([
			"10.0.0.3 and PLC 10.0.0.5 unit 1 no longer exchange holding register 0 to 3: nothing for 61 seconds, while the PLC answers others; in 30 hours it came every 10 s. The same goes for 3 more exchanges.",
			"10.0.0.3 and PLC 10.0.0.6 unit 1 no longer exchange holding register 0 to 3: nothing for 61 seconds, while the PLC answers others; in 30 hours it came every 10 s. The same goes for 3 more exchanges.",
		]);
		const [first] = site.bed.detections;
		expect(first!.things).toHaveLength(4);
		expect(site.bed.analyst.teach(first!.things!, []).admitted).toHaveLength(4);
		site.poll(600);
		site.bed.restart();
		site.poll(600);
		site.bed.detections.length = 0;
		site.poll(120, { clients: [HMI] });
		expect(site.said("poll-silent").map((sentence) => sentence.slice(0, 25))).toEqual(["10.0.0.3 and PLC 10.0.0.6"]);
		site.poll(600);
		site.bed.detections.length = 0;
		site.poll(120, { clients: [PANEL] });
		expect(site.said("poll-silent")).toHaveLength(2);
	});

	it("requests in another order are said with what came and what belongs there; accepted, that order is, and no other", () => {
		const site = new Site();
		site.poll(200, { order: [60, 40, 20, 0], clients: [HMI], plcs: [PLC] });
		const [said] = site.bed.detections.filter(({ type }) => type === "unusual-order");
		expect(said!.sentence).toMatch(
			/^The requests of 10\.0\.0\.2 to PLC 10\.0\.0\.5 came out of order \d times within a moment, the latest "read holding register 0 to 3 of unit 1" where "read holding register \d+ to \d+ of unit 1" belongs; in 30 hours they were never out of order\.$/,
		);
		expect(severity(said!)).toBe(30);
		expect(said!.things).toMatchObject([{ trait: "fact", type: "unusual-order", source: HMI, destination: PLC }]);
		site.bed.analyst.teach(said!.things!, []);
		site.poll(9000);
		site.bed.detections.length = 0;
		site.poll(200, { order: [60, 40, 20, 0], clients: [HMI], plcs: [PLC] });
		expect(site.said("unusual-order")).toEqual([]);
		site.poll(9000);
		site.bed.detections.length = 0;
		site.poll(200, { order: [60, 40, 20, 0], clients: [HMI], plcs: [OTHER] });
		expect(site.said("unusual-order")).toHaveLength(1);
		site.poll(9000);
		site.bed.analyst.teach([], said!.things!);
		site.bed.detections.length = 0;
		site.poll(200, { order: [60, 40, 20, 0], clients: [HMI], plcs: [PLC] });
		expect(site.said("unusual-order")).toHaveLength(1);
	});

	it("another pace is said; a faster one that was accepted lets a slower one be said", () => {
		const site = new Site();
		site.poll(60, { every: 5, clients: [HMI], plcs: [PLC] });
		const [said] = site.bed.detections.filter(({ type }) => type === "poll-pace");
		expect(said!.sentence).toBe(
			"10.0.0.2 and PLC 10.0.0.5 unit 1 exchange holding register 0 to 3 faster than usual, several times in a row, the latest after 5 s; in 30 hours it came every 10 s.",
		);
		for (const one of site.bed.detections) site.bed.analyst.teach(one.things ?? [], []);
		site.poll(600);
		site.bed.detections.length = 0;
		site.poll(60, { every: 5, clients: [HMI], plcs: [PLC] });
		site.poll(600);
		expect(site.said("poll-pace").filter((sentence) => sentence.includes(" faster "))).toEqual([]);
		site.poll(200, { every: 20, clients: [HMI], plcs: [PLC] });
		expect(site.said("poll-pace").filter((sentence) => sentence.includes(" slower "))).not.toEqual([]);
	});

	it("an operator who writes at night is said, with the hours at which it is usual; accepted is this hour of the week", () => {
		const bed = new PlantBed();
		const day = 86_400;
		// 1.7e9 is a Tuesday, 22:13 UTC.
		const work = (days: number) => {
			for (let done = 0; done < days * 24; done++) {
				const hour = Math.floor(bed.time / 3600e6) % 24;
				for (let minute = 0; minute < 60; minute += 10) {
					bed.read(HMI, PLC, 0, [7]);
					if (hour >= 8 && hour < 16) bed.write(HMI, PLC, 0, [7]);
					bed.wait(600);
				}
			}
		};
		work(21);
		bed.detections.length = 0;
		const night = () => {
			while (Math.floor(bed.time / 3600e6) % 24 !== 2) bed.wait(600);
			bed.write(HMI, PLC, 0, [7]);
			bed.wait(600);
		};
		night();
		const said = () => bed.detections.filter(({ type }) => type === "unusual-hour");
		expect(said().map(({ sentence }) => sentence)).toEqual([
			expect.stringMatching(
				/^10\.0\.0\.2 wrote to holding register 0 of PLC 10\.0\.0\.5 unit 1 on Wednesday between 2:00 and 3:00; in 21 days it did so only Monday to Sunday 8:00–17:00\.$/,
			),
		]);
		bed.analyst.teach(said()[0]!.things!, []);
		bed.detections.length = 0;
		for (let passed = 0; passed < 20 * 3600; passed += 600) bed.wait(600);
		night();
		expect(said()).toHaveLength(1);
		for (let passed = 0; passed < 6 * day - 3 * 3600; passed += 600) bed.wait(600);
		bed.detections.length = 0;
		night();
		expect(said()).toEqual([]);
	});
});
