import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { comparePlcs, type PlcDocument } from "../../src/baseline/document.ts";
import { AGE_WORDS, ageOf, ageWords, seenAtLeast } from "../../src/baseline/known.ts";
import { readWritten, writeYaml } from "../../src/config/written.ts";
import { PlantBed } from "../detect/plantBed.ts";
import { random } from "../support/random.ts";

const PLC = "10.0.0.5";
const textOf = (documents: readonly PlcDocument[]): string => documents.map(writeYaml).join("---\n");

/** A new box that starts from a text, is switched off once, and says what it knows. */
function imported(text: string): PlantBed {
	const bed = new PlantBed();
	bed.analyst.adopt(readWritten(text, "plc.yaml"), bed.time);
	bed.restart();
	return bed;
}

/** The documents of a text, as `baseline diff` reads them. */
const parsed = (text: string): PlcDocument[] => imported(text).analyst.documents();

const deed = fc.record({
	client: fc.constantFrom("10.0.0.2", "10.0.0.3", "10.0.0.12"),
	plc: fc.constantFrom(PLC, "10.0.0.50"),
	unit: fc.constantFrom(-1, 1, 2),
	verb: fc.constantFrom("read" as const, "write" as const, "command" as const, "report" as const),
	code: fc.integer({ min: 1, max: 6 }),
	space: fc.integer({ min: 0, max: 1 }),
	first: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 250, max: 260 }), fc.integer({ min: 65_500, max: 65_530 })),
	values: fc.array(
		fc.oneof(fc.integer({ min: 0, max: 65_535 }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, 1, 20.1)),
		{
			minLength: 1,
			maxLength: 6,
		},
	),
	names: fc.array(fc.constantFrom("ns=1;s=Tank", "ns=1;s=Tank: \"#'", "i=2258", "- {a: b}", "holding:x"), { maxLength: 2 }),
	outcome: fc.constantFrom("ok" as const, "ok" as const, "ok" as const, "refused" as const, "unanswered" as const),
	wait: fc.constantFrom(0.1, 1, 70, 3000, 80_000),
});

describe("documents of what was learned", () => {
	it("stay the same through export, import and export", { timeout: 120_000 }, () => {
		fc.assert(
			fc.property(fc.array(deed, { minLength: 1, maxLength: 60 }), (deeds) => {
				const bed = new PlantBed();
				for (const { client, plc, wait, names, values, ...rest } of deeds) {
					bed.do(
						client,
						plc,
						names.length > 0
							? { ...rest, names, count: 0, values: values.slice(0, names.length) }
							: { ...rest, values, count: values.length },
					);
					bed.wait(wait);
				}
				bed.claim({ ip: PLC, mac: "00:10:20:00:00:05", hostName: "PLC: #3", evidence: "test" });
				const text = textOf(bed.analyst.documents());
				expect(textOf(imported(text).analyst.documents())).toBe(text);
			}),
			{ numRuns: 100 },
		);
	});

	it("do not change with the clock alone", () => {
		const bed = learnedBed();
		const text = textOf(bed.analyst.documents());
		for (let round = 0; round < 20; round++) {
			bed.read("10.0.0.2", PLC, 100, [round % 3, 7]);
			bed.wait(1);
		}
		expect(textOf(bed.analyst.documents())).toBe(text);
	});

	it("judge from the first minute once they are imported, and say so", () => {
		const bed = imported(textOf(learnedBed().analyst.documents()));
		bed.read("10.0.0.2", PLC, 100, [1, 7]);
		expect(bed.take()).toEqual([]);
		bed.read("10.0.0.2", PLC, 100, [900, 7]);
		bed.write("10.0.0.66", PLC, 100, [1]);
		const types = bed.take().map(({ type }) => type);
		expect(types).toContain("value-outside");
		expect(types).toContain("first-write");
		const [plc] = bed.analyst.plcs(bed.time);
		expect(plc?.imported).toBe(bed.start / 1e6);
		expect(plc?.name).toBe("PLC-3");
	});

	/** Two weeks of a client that reads each 20 seconds and writes each working day at six. */
	const rhythmic = (): PlantBed => {
		const bed = new PlantBed();
		for (let second = 0; second < 14 * 86_400; second += 20) {
			bed.read("10.0.0.2", PLC, 0, [second % 40, 7]);
			const at = bed.time / 1e6;
			const isWorking = (Math.floor(at / 86_400) + 3) % 7 < 5;
			if (isWorking && Math.floor(at / 20) % 4320 === 1100) bed.write("10.0.0.2", PLC, 8, [5]);
			bed.wait(20);
		}
		return bed;
	};

	it("hold the rhythm and the hours, which judge from the first minute where they are imported", () => {
		const learned = rhythmic();
		expect(learned.detections.map(({ sentence }) => sentence)).toEqual([]);
		const text = textOf(learned.analyst.documents());
		expect(text).toContain(
			"\n  - {client: 10.0.0.2, verb: read, function: 3, words: toy function 3, points: holding:0-1, every: 20, jitter: 0, since: ",
		);
		expect(text).toMatch(
			/\n {2}- \{client: 10\.0\.0\.2, verb: write, .*, points: holding:8, hours: \{Monday: \{06:00: 2\}, .*Friday: \{06:00: 2\}\}/,
		);
		expect(text).not.toMatch(/Sunday/);
		const box = imported(text);
		expect(textOf(box.analyst.documents())).toBe(text);
		box.detections.length = 0;
		for (let round = 0; round < 30; round++) {
			box.read("10.0.0.2", PLC, 0, [0, 7]);
			box.wait(20);
		}
		expect(box.take()).toEqual([]);
		// Three times as often; then, in the evening, a write.
		for (let round = 0; round < 30; round++) {
			box.read("10.0.0.2", PLC, 0, [0, 7]);
			box.wait(6);
		}
		expect(box.take().map(({ type }) => type)).toContain("poll-pace");
		box.write("10.0.0.2", PLC, 8, [5]);
		box.wait(2);
		expect(box.take().map(({ type }) => type)).toContain("unusual-hour");
	});

	it("hold what the noise of a quantity may bring, and its level", () => {
		const rng = random(3);
		const bell = () => rng() + rng() + rng() + rng() + rng() + rng() - 3;
		const value = (mean: number) => Math.round(100 * (mean + 10 * bell())) / 100;
		const learned = new PlantBed();
		for (let second = 0; second < 2.5 * 86_400; second += 20) {
			learned.read("10.0.0.2", PLC, 0, [value(500), 7]);
			learned.wait(20);
		}
		const text = textOf(learned.analyst.documents());
		const point =
			/point: holding:0, kind: range, min: ([\d.]+), max: ([\d.]+), .*noise: \{min: ([\d.]+), max: ([\d.]+).*\}, level: \{min: ([\d.]+), max: ([\d.]+)\}/;
		const [min, max, noiseMin, noiseMax, levelMin, levelMax] = point.exec(text)!.slice(1).map(Number) as [
			number,
			number,
			number,
			number,
			number,
			number,
		];
		expect([noiseMin < min, noiseMax > max, levelMin > min, levelMax < max]).toEqual([true, true, true, true]);
		const box = imported(text);
		expect(textOf(box.analyst.documents())).toBe(text);
		const without = imported(text.replace(/, noise: \{.*?\}, level: \{.*?\}/, ""));
		for (const bed of [box, without]) {
			bed.detections.length = 0;
			for (let round = 0; round < 2000; round++) {
				bed.read("10.0.0.2", PLC, 0, [value(500), 7]);
				bed.wait(20);
			}
			// Between what was seen, with its margin, and what noise may bring.
			bed.read("10.0.0.2", PLC, 0, [noiseMax - 0.05, 7]);
			bed.wait(20);
		}
		expect(box.take()).toEqual([]);
		expect(without.take().map(({ type }) => type)).toEqual(["value-outside"]);
		for (const bed of [box, without])
			for (let round = 0; round < 60; round++) {
				bed.read("10.0.0.2", PLC, 0, [value(levelMax + 2 * (levelMax - levelMin)), 7]);
				bed.wait(20);
			}
		expect(box.take().map(({ type }) => type)).toEqual(["value-level"]);
		expect(without.take()).toEqual([]);
		expect(comparePlcs(parsed(text), parsed(text.replace(`max: ${noiseMax}`, "max: 560")))).toEqual([
			`PLC 10.0.0.5 unit 1: what the noise of point holding:0 may bring, at the highest, is 560 now; before it was ${noiseMax}.`,
		]);
		expect(comparePlcs(parsed(text), parsed(text.replace(/, level: \{.*?\}/, "")))).toEqual([
			`PLC 10.0.0.5 unit 1: the level of ten minutes of point holding:0 is not known now; before it was ${levelMin}–${levelMax}.`,
		]);
		expect(() => imported(text.replace("kind: range, min", "kind: counter, min"))).toThrow(
			"only a quantity in a range has noise and a level",
		);
	});

	it("hold which points go together, which judges where it is imported", () => {
		const noise = random(6);
		const starts = random(7);
		let isOn = false;
		let until = 0;
		let second = 0;
		/** A pump, its current and its flow, read each half minute. */
		const round = (bed: PlantBed, change: (values: number[]) => void = () => {}) => {
			if (second >= until) {
				isOn = !isOn;
				until = second + 600 + 2400 * starts();
			}
			const speed = isOn ? 900 + 60 * Math.sin(second / 5000) : 0;
			const values = [isOn ? 1 : 0, Math.round(isOn ? 120 + speed / 5 + 6 * noise() : 0), Math.round(isOn ? speed * 0.4 + 8 * noise() : 0)];
			change(values);
			bed.read("10.0.0.2", PLC, 0, values);
			bed.wait(30);
			second += 30;
		};
		const learned = new PlantBed();
		while (second < 6 * 86_400) round(learned);
		expect(learned.detections).toEqual([]);
		const text = textOf(learned.analyst.documents());
		const pump = "  - point: holding:2\n    with: holding:0\n    while:\n      - {is: 0, min: 0, max: 0}\n      - {is: 1, min: ";
		const current = "  - point: holding:2\n    with: holding:1\n    range: {min: 0, max: ";
		expect(text).toMatch(new RegExp(`^together:\n[^]*${pump}3\\d\\d, max: 3\\d\\d\\}\n    since: [^]*${current}`, "m"));
		const box = imported(text);
		expect(textOf(box.analyst.documents())).toBe(text);
		box.detections.length = 0;
		for (let at = 0; at < 500; at++) round(box);
		box.restart();
		for (let at = 0; at < 500; at++) round(box);
		expect(box.take()).toEqual([]);
		while (!isOn || until - second < 600) round(box);
		for (let at = 0; at < 12; at++) round(box, (values) => void (values[2] = 0));
		expect(box.take().map(({ type, sentence }) => [type, sentence.slice(0, 60)])).toEqual([
			["values-disagree", "The holding register 2 of PLC 10.0.0.5 unit 1 was 0 for two "],
		]);
		const changed = text.replace(new RegExp(`(${pump})\\d+`), "$1300");
		expect(comparePlcs(parsed(text), parsed(changed))).toEqual([
			expect.stringMatching(/^PLC 10\.0\.0\.5 unit 1: while holding:0 is 1, holding:2 is 300–3\d\d now; before it was 3\d\d–3\d\d\.$/),
		]);
		const alone = text.replace(new RegExp(`${current}[^]*?\n(?=\\w)`), "");
		expect(comparePlcs(parsed(text), parsed(alone))).toEqual(["PLC 10.0.0.5 unit 1: that holding:2 goes with holding:1 was removed."]);
		// A state that is still learned.
		const open = text.replace(pump, pump.replace("{is: 0, min: 0, max: 0}", "{is: 0}"));
		expect(textOf(parsed(open))).toBe(open);
		const wrong = (from: string, to: string): string => {
			expect(pump).toContain(from);
			try {
				imported(text.replace(pump, pump.replace(from, to)));
			} catch (error) {
				return (error as Error).message;
			}
			return "it was taken";
		};
		expect(wrong("with: holding:0", "with: holding:9")).toMatch(/^plc\.yaml:\d+:\d+: holding:9 is no point that this document knows\.$/);
		expect(wrong("with: holding:0", "with: holding:2")).toContain("a point does not go with itself");
		expect(wrong("with: holding:0", "with: holding:1\n    range: {min: 2, max: 2}")).toContain("a range in parts has a width");
		expect(wrong("point: holding:2", "point: holding:1")).toContain("these two stand here twice");
		expect(wrong("{is: 0, ", "{is: 1, ")).toContain("this part stands here twice");
		expect(wrong("max: 0}", "max: -1}")).toContain("max -1 is below min 0");
		expect(wrong("{is: 0, ", "{eighth: 1, ")).toContain("is is missing");
	});

	it("hold the amounts of traffic, which judge where they are imported", () => {
		/** Two hosts talk to the PLC and it to a third; a copy is made from two minutes before two to two minutes after three. */
		const talk = (bed: PlantBed, minutes: number, factor = 1) => {
			const isNew = bed.flows.size === 0;
			const ends = [
				["10.0.0.2", PLC, 9000],
				["10.0.0.8", PLC, 22],
				[PLC, "10.0.0.9", 443],
			] as const;
			const flows = ends.map(([client, server, port]) => bed.flow(client, server, port, { bytes: [1, 1] }));
			const counts = flows.map(({ bytes }) => bytes as [number, number]);
			if (isNew) for (const flow of flows) bed.analyst.flowOpened(flow);
			for (let minute = 0; minute < minutes; minute++) {
				bed.read("10.0.0.2", PLC, 0, [5]);
				bed.wait(60);
				const at = Math.floor(bed.time / 60e6) % 1440;
				counts[0]![1] += 30_000 + 500 * (minute % 9);
				counts[1]![1] += (at >= 118 && at < 182 ? 50e6 : 20_000) * factor;
				counts[2]![0] += 40_000;
			}
		};
		const learned = new PlantBed();
		talk(learned, 5 * 1440);
		expect(learned.detections.map(({ sentence }) => sentence)).toEqual([]);
		const text = textOf(learned.analyst.documents());
		const amounts = text.slice(text.indexOf("\namounts:"));
		expect(amounts).toMatch(/\n {2}- \{client: 10\.0\.0\.2, service: tcp\/9000, least: 30000, most: \d+, since: /);
		expect(amounts).toContain(`
  - client: 10.0.0.8
    service: tcp/22
    least: 20000
    most: 50000000
    hours:
      - {from: 00:00, until: 01:00, least: 20000, most: 20000}
      - {from: 02:00, until: 03:00, least: 50000000, most: 50000000}
      - {from: 04:00, until: 24:00, least: 20000, most: 20000}
`);
		expect(amounts).toContain("\n  - {server: 10.0.0.9, service: tcp/443, least: 40000, most: 40000, since: ");
		expect(text).toContain("\nservices:\n  - {service: tcp/22, seen: 1}\n  - {service: tcp/9000, seen: 1}\n");
		const box = imported(text);
		expect(textOf(box.analyst.documents())).toBe(text);
		box.flows.clear();
		talk(box, 600);
		expect(box.detections).toEqual([]);
		talk(box, 5, 1000);
		expect(box.detections.map(({ type, sentence }) => [type, sentence.includes("10.0.0.8")])).toEqual([["unusual-volume", true]]);
		const words = "PLC 10.0.0.5 unit 1: the amount of traffic to 10.0.0.9 over tcp/443";
		const changed = text.replace(
			"least: 40000, most: 40000",
			"least: 30000, most: 40000, hours: [{from: 05:00, until: 06:00, least: 0, most: 7}]",
		);
		expect(textOf(parsed(textOf(parsed(changed))))).toBe(textOf(parsed(changed)));
		expect(comparePlcs(parsed(text), parsed(changed))).toEqual([
			`${words} is 30000–40000 bytes a minute now; before it was 40000–40000 bytes a minute.`,
			`${words} at 05:00 is 0–7 bytes a minute now; before it was as at any hour.`,
		]);
		expect(() => imported(text.replace("until: 01:00", "until: 00:00"))).toThrow("hours end after they begin");
		expect(() => imported(text.replace("until: 01:00", "until: 03:00"))).toThrow("the hour from 02:00 stands here twice");
		expect(() => imported(text.replace("least: 40000", "least: 50000"))).toThrow(/^plc\.yaml:\d+:\d+: most 40000 is below least 50000\.$/);
		expect(() => imported(text.replace("server: 10.0.0.9, ", ""))).toThrow("the other end is either a client or a server");
		expect(() => imported(text.replace("client: 10.0.0.8\n    service: tcp/22", "client: 10.0.0.2\n    service: tcp/9000"))).toThrow(
			"this conversation stands here twice",
		);
		const without = text.replace("  - {service: tcp/22, seen: 1}\n", "");
		expect(comparePlcs(parsed(text), parsed(without))).toEqual(["PLC 10.0.0.5 unit 1: the service tcp/22 was removed."]);
		const other = imported(without);
		other.flows.clear();
		talk(other, 2);
		expect(other.detections.map(({ type }) => type)).toEqual(["new-service"]);
		expect(() => imported(text.replace("service: tcp/22, seen", "service: ssh, seen"))).toThrow("a service is like tcp/502; it is ssh.");
		expect(() => imported(text.replace("service: tcp/22, seen", "service: tcp/9000, seen"))).toThrow(
			"the service tcp/9000 stands here twice",
		);
	});

	it("hold the order of a cycle, over several units, which judges where it is imported", () => {
		const polls = [0, 10, 20, 30, 40];
		const cycle = (bed: PlantBed, order: readonly number[]) => {
			for (const first of order) {
				bed.read("10.0.0.2", PLC, first, [1], first === 20 ? { unit: 2 } : {});
				bed.wait(first === 40 ? 30 : 1);
			}
		};
		const learned = new PlantBed();
		for (let second = 0; second < 2 * 86_400; second += 34) cycle(learned, polls);
		const text = textOf(learned.analyst.documents());
		expect(text.match(/^order:/gm)).toHaveLength(1);
		expect(text).toMatch(
			/- \{verb: read, function: 3, points: holding:10\}\n +- \{unit: 2, verb: read, function: 3, points: holding:20\}\n/,
		);
		const box = imported(text);
		expect(textOf(box.analyst.documents())).toBe(text);
		for (let round = 0; round < 10; round++) cycle(box, polls);
		expect(box.take()).toEqual([]);
		for (let round = 0; round < 10; round++) cycle(box, [40, 30, 20, 10, 0]);
		expect(box.take().map(({ type }) => type)).toContain("unusual-order");
		const other = imported(
			text.replace(/- \{verb: read, function: 3, points: holding:10\}\n +(?=- \{unit: 2, verb)/, ""),
		).analyst.documents();
		expect(comparePlcs(learned.analyst.documents(), other)).toContain(
			"PLC 10.0.0.5 unit 1: the order in which client 10.0.0.2 asks is another one: before it was 5 requests in 1 phase, and it is 4 requests in 1 phase.",
		);
	});

	it("compare rhythms and hours in sentences", () => {
		const before = rhythmic().analyst.documents();
		const text = textOf(before);
		const changed = text.replace("every: 20", "every: 5").replace("Monday: {06:00", "Monday: {23:00");
		expect(changed).not.toBe(text);
		const after = imported(changed).analyst.documents();
		expect(comparePlcs(before, after)).toEqual([
			"PLC 10.0.0.5 unit 1: the rhythm of read of holding:0-1 by client 10.0.0.2 was every 20 s and is every 5 s.",
			"PLC 10.0.0.5 unit 1: the hours of write of holding:8 by client 10.0.0.2 are now also Monday 23:00, and are no more Monday 06:00.",
		]);
	});

	it("say what is wrong with file and line", () => {
		const good = textOf(learnedBed().analyst.documents());
		const wrong = (from: string | RegExp, to: string): string => {
			const text = good.replace(from, to);
			expect(text).not.toBe(good);
			try {
				imported(text);
			} catch (error) {
				expect((error as Error).name).toBe("ConfigError");
				return (error as Error).message;
			}
			throw new Error("it was taken");
		};
		expect(wrong("spanwatch-baseline/1", "spanwatch-baseline/9")).toBe(
			"plc.yaml:1:9: the format is spanwatch-baseline/9; this program knows spanwatch-baseline/1.",
		);
		expect(wrong("protocol: toy", "protocol: dnp3")).toContain("plc.yaml:4:11: there is no protocol dnp3");
		expect(wrong("writes: false", "writes: maybe")).toMatch(/^plc\.yaml:10:\d+: there must be true or false; there is "maybe"\.$/);
		expect(wrong("kind: states", "kind: static")).toContain("there is no static here; did you mean states?");
		expect(wrong("point: holding:101", "point: holding:100")).toMatch(/^plc\.yaml:\d+:\d+: the point holding:100 stands here twice\.$/);
		expect(wrong("points: holding:100-101", "points: holding:101-100")).toContain("no range of points");
		expect(wrong("states: [0, 1, 2]", "states: [0, 1, 1]")).toContain("states are different values");
		expect(wrong(/name: PLC-3([\s\S]*)client: 10.0.0.2/, "name: &a PLC-3$1client: *a")).toMatch(/plc\.yaml:\d+:\d+: aliases/);
		expect(wrong("unit: 1", "unit: 1\ncolour: red")).toBe(
			"plc.yaml:4:1: there is no key colour here; it may be one of format, plc, unit, protocol, port, name, clients, points, together, services, rhythm, order, hours, amounts.",
		);
		expect(wrong("unit: 1", "unit: [1")).toMatch(/^plc\.yaml:\d+:\d+: .*it must be YAML or JSON\.$/);
		expect(wrong(/since: \S+,/, "since: 2026-02-31,")).toContain("since must be a day like");
	});

	it("are compared in sentences", () => {
		const before = learnedBed().analyst.documents();
		expect(comparePlcs(before, before)).toEqual([]);
		const bed = learnedBed();
		for (let round = 0; round < 40; round++) {
			bed.read("10.0.0.9", PLC, 100, [round % 5, 7, 3]);
			bed.wait(1);
		}
		bed.write("10.0.0.2", PLC, 101, [8]);
		bed.read("10.0.0.2", PLC, 101, [8]);
		const after = bed.analyst.documents();
		const words = "PLC 10.0.0.5 unit 1";
		expect(comparePlcs(before, after)).toEqual([
			`${words}: client 10.0.0.9 was added.`,
			`${words}: client 10.0.0.2 was added to those that write.`,
			`${words}: toy function 6 (write) by client 10.0.0.2 was added.`,
			`${words}: write of holding:101 by client 10.0.0.2 was added.`,
			`${words}: point holding:102 was added.`,
			`${words}: states 3, 4 of point holding:100 were added.`,
			`${words}: point holding:101 is one of few states (7, 8) now; before it was constant (7).`,
			`${words}: values written to point holding:101 were added: 8.`,
			`${words}: the hours of write of holding:101 by client 10.0.0.2 were added.`,
		]);
		expect(comparePlcs(after, before)).toContain(`${words}: client 10.0.0.2 was removed from those that write.`);
		expect(comparePlcs(before, [])).toEqual([`${words} was removed.`]);
	});
});

/** One client that polls two registers for a while. */
function learnedBed(): PlantBed {
	const bed = new PlantBed();
	for (let round = 0; round < 250; round++) {
		bed.read("10.0.0.2", PLC, 100, [round % 3, 7]);
		bed.wait(1);
	}
	bed.claim({ ip: PLC, mac: "00:10:20:00:00:05", hostName: "PLC-3", evidence: "test" });
	return bed;
}

describe("what is rounded", () => {
	it("stays when it is rounded again", () => {
		fc.assert(
			fc.property(fc.nat({ max: 2 ** 31 - 1 }), (count) => {
				const seen = seenAtLeast(count);
				expect(seen).toBeLessThanOrEqual(count);
				expect(seenAtLeast(seen)).toBe(seen);
			}),
		);
		for (const words of AGE_WORDS) expect(ageWords(ageOf(words))).toBe(words);
	});
});
