/** Rules of the plant's people: read, held against operations, and said. */
import { describe, expect, it } from "vitest";
import { protocols } from "../../protocols/index.ts";
import { AlertBook } from "../../src/alert/book.ts";
import { Permits } from "../../src/alert/permit.ts";
import { records } from "../../src/app/records.ts";
import type { AnyProtocol } from "../../src/decode/protocol.ts";
import type { Detection } from "../../src/detect/detection.ts";
import { MAX_RULES, type Rule, readRules } from "../../src/detect/rule.ts";
import { PlantBed, severity, toy } from "./plantBed.ts";

const PLC = "10.0.0.5";
const HMI = "10.0.0.2";
const LAPTOP = "10.0.0.66";

const read = (text: string, known: readonly AnyProtocol[] = [toy]): Rule[] => readRules([{ file: "plant.yaml", text }], known);
const problem = (text: string, known?: readonly AnyProtocol[]): string => {
	try {
		read(text, known);
	} catch (error) {
		return (error as Error).message;
	}
	throw new Error("it was taken");
};
/** A rule with these further keys. */
const rule = (more: string): string => `rule: r\ntext: Not here\nseverity: 60\n${more}\n`;

/** A bed whose analyst has these rules, and takes what they say alone. */
class RuleBed extends PlantBed {
	readonly #text: string;
	constructor(text: string, timeZone = "UTC") {
		super({ habits: { timeZone } });
		this.#text = text;
		this.analyst.rules.set(read(text));
	}

	override restart(): void {
		super.restart();
		this.analyst.rules.set(read(this.#text));
	}

	said(): Detection[] {
		return this.take().filter(({ type }) => type === "rule");
	}
}
/** How often a rule fires for what is done. */
const fires = (more: string, play: (bed: RuleBed) => void, timeZone?: string): number => {
	const bed = new RuleBed(rule(more), timeZone);
	play(bed);
	const [first] = bed.analyst.rules.rules;
	return bed.analyst.rules.stageOf(first!).hits;
};

describe("a rule", () => {
	it("says what was done, what its author wrote, and the severity that it was given", () => {
		const bed = new RuleBed(
			rule(
				"who: [10.0.0.0/24]\nexceptWho: 10.0.0.2\nverb: write\npoint: holding:5-9\nvalue: {above: 100}\ntechniques: T0836\nadvice: Call the shift leader",
			),
		);
		bed.write(HMI, PLC, 6, [200]);
		bed.write(LAPTOP, PLC, 4, [500, 20]);
		bed.write(LAPTOP, PLC, 4, [1, 101]);
		bed.write("10.0.1.66", PLC, 6, [200]);
		const [said, ...more] = bed.said();
		expect(more).toEqual([]);
		expect(said).toMatchObject({
			type: "rule",
			key: "r/1",
			source: { ip: LAPTOP },
			destination: { ip: PLC },
			sentence: "10.0.0.66 wrote 101 to holding register 5 of PLC 10.0.0.5 unit 1; the plant's rule r says: Not here.",
			reasons: [{ points: 60, text: "the plant's rule r gives it this severity" }],
			frames: [5, 6],
			operation: { verb: "write", points: ["holding:5"], values: [101] },
			rule: { name: "r", techniques: ["T0836"], advice: ["Call the shift leader"] },
		});
		expect(said!.things).toBeUndefined();
	});

	it("becomes an alert by its name, with its own techniques and advice; repeats are one; inside a permit it is informational", () => {
		const bed = new RuleBed(
			`${rule("verb: write\ntechniques: T0836")}---\n${rule("verb: write\nadvice: Stop").replace("rule: r", "rule: other")}`,
		);
		for (let n = 0; n < 40; n++) {
			bed.write(LAPTOP, PLC, 4, [n]);
			bed.wait(1);
		}
		const permits = new Permits("UTC");
		const book = new AlertBook({ site: "s", sensor: "b", records, permits });
		const alerts = new Map<string, unknown>();
		const take = (detections: Detection[]) => {
			for (const detection of detections) {
				const change = book.detect(detection);
				if (change !== undefined) alerts.set(change.alert.id, change.alert);
			}
			for (const { alert } of book.flush(true)) alerts.set(alert.id, alert);
			return [...alerts.values()];
		};
		expect(take(bed.said())).toMatchObject([
			{ type: "rule", rule: "r", title: "Rule r", severity: 60, techniques: ["T0836"], advice: records.get("rule")!.advice },
			{ type: "rule", rule: "other", title: "Rule other", severity: 60, techniques: [], advice: ["Stop"] },
		]);
		permits.set({ id: "p", by: "Ada", why: "work", given: 0, clients: [LAPTOP], plcs: [], verbs: [], from: 0, until: 1e11 });
		bed.wait(120);
		bed.write(LAPTOP, PLC, 4, [1]);
		expect(take(bed.said())[2]).toMatchObject({ rule: "r", severity: 20, permit: { by: "Ada" } });
	});

	it("changes nothing of what is learned and said without it", () => {
		const play = (bed: PlantBed) => {
			for (let n = 0; n < 100; n++) {
				for (let first = 0; first < 3; first++) bed.read(HMI, PLC, first, [n % 7]);
				if (n % 10 === 0) bed.write(HMI, PLC, 1, [n % 7]);
				bed.wait(1);
			}
			bed.analyst.endLearning();
			bed.write(LAPTOP, PLC, 1, [900]);
			return bed.take();
		};
		const plain = new PlantBed();
		const ruled = new RuleBed(rule("severity: 90").replace("severity: 60\n", ""));
		const said = play(plain);
		expect(said.map(({ type }) => type)).toContain("first-write");
		expect(play(ruled).filter(({ type }) => type !== "rule")).toEqual(said);
		const known = (bed: PlantBed) => [...bed.analyst.save()].filter(([key]) => key !== "desk");
		expect(known(ruled)).toEqual(known(plain));
	});

	it.each([
		["verb: [write, command]", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [1]), 0],
		["verb: read\ncode: 3-4", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [1]), 1],
		["code: [1, 5-16]", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [1]), 0],
		["code: 3\nsubcode: 4", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [1], { subCode: 4 }), 1],
		["code: 3\nsubcode: 4-5", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [1], { subCode: 3 }), 0],
		["code: 3\nsubcode: 4", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [1]), 0],
		["unit: 1", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [1], { unit: 2 }), 0],
		["unit: [1, 2-3]", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [1], { unit: 2 }), 1],
		["plc: 10.0.0.6", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [1]), 0],
		["exceptPlc: 10.0.0.4/31", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [1]), 0],
		["protocol: toy", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [1]), 1],
		["point: coil", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [1]), 0],
		["point: holding", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [1]), 1],
		["point: holding:3-4", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [1, 1, 1]), 1],
		["point: holding:4-5", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [1, 1, 1]), 0],
		["point: Tank.*", (bed: RuleBed) => bed.do(LAPTOP, PLC, { names: ["Pump.Speed", "Tank.Level"], values: [1, 2] }), 1],
		[
			"point: [Tank.Level]\nvalue: {is: 1}",
			(bed: RuleBed) => bed.do(LAPTOP, PLC, { names: ["Pump.Speed", "Tank.Level"], values: [1, 2] }),
			0,
		],
		["outcome: refused", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, []), 0],
		["refusal: [2, 5-6]", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [], { outcome: "refused", outcomeCode: 6 }), 1],
		["refusal: 2", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [], { outcome: "refused", outcomeCode: 6 }), 0],
		["value: {outside: [5, 9]}", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [5, 9]), 0],
		["value: {outside: [5, 9]}", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [5, 10]), 1],
		["value: {above: 4, below: 6, isNot: 5}", (bed: RuleBed) => bed.read(LAPTOP, PLC, 1, [4, 5, 6]), 0],
		["value: {is: [3, 4]}", (bed: RuleBed) => bed.write(LAPTOP, PLC, 1, [Number.NaN, 4]), 1],
	])("%s", (more, play, times) => expect(fires(more, play)).toBe(times));

	it("judges numbers of two registers where it names them so, and never a half", () => {
		const wide: AnyProtocol = {
			...toy,
			spaces: [...toy.spaces, "holding.uint32"],
			wide: [{ space: 2, words: 1, type: "uint32", isSwapped: false }],
		};
		const bed = new PlantBed({ protocols: [wide] });
		bed.analyst.rules.set(read(rule("point: holding.uint32:10\nvalue: {above: 70000}"), [wide]));
		const hits = () => bed.analyst.rules.stageOf(bed.analyst.rules.rules[0]!).hits;
		bed.write(LAPTOP, PLC, 9, [9, 1, 4464]);
		bed.write(LAPTOP, PLC, 10, [2]);
		expect(hits()).toBe(0);
		bed.write(LAPTOP, PLC, 9, [9, 1, 4465]);
		expect(hits()).toBe(1);
		expect(bed.take().find(({ type }) => type === "rule")!.sentence).toContain("wrote 70001 to");
	});

	it("is asked of a function once, and only then costs more than a look", () => {
		const bed = new RuleBed(rule("verb: write"));
		let asked = 0;
		const { rules } = bed.analyst;
		const candidates = rules.candidates.bind(rules);
		rules.candidates = (...given) => {
			asked++;
			return candidates(...given);
		};
		rules.judge = () => {
			throw new Error("a read has no candidate");
		};
		for (let n = 0; n < 100; n++) bed.read(HMI, PLC, n, [n]);
		expect(asked).toBe(1);
	});
});

describe("hours", () => {
	// 14 November 2023, 22:13:20 UTC, is a Tuesday; in Auckland it is Wednesday, 11:13.
	const at = (more: string, zone?: string) => fires(more, (bed) => bed.read(LAPTOP, PLC, 1, [1]), zone);
	it("are those of the plant's zone", () => {
		expect(at("hours: tue 22:00-23:00")).toBe(1);
		expect(at("hours: tue 22:00-23:00", "Pacific/Auckland")).toBe(0);
		expect(at("hours: wed 11:00-11:30", "Pacific/Auckland")).toBe(1);
		expect(at("hours: [sat-sun 00:00-00:00, 06:00-22:00]")).toBe(0);
		expect(at("exceptHours: mon-fri 06:00-22:00")).toBe(1);
		expect(at("exceptHours: mon,tue 22:00-06:00")).toBe(0);
	});
});

describe("zones", () => {
	it("are those that the box knows, and none where it knows none", () => {
		const bed = new RuleBed(rule("who: zone:office\nexceptWho: [zone:ot, 10.9.9.9]"));
		const { rules } = bed.analyst;
		expect(rules.unknownZones(rules.rules[0]!)).toEqual(["office", "ot"]);
		rules.zones = { names: ["office", "ot"], zoneOf: (address) => (address === LAPTOP ? "office" : "ot") };
		expect(rules.unknownZones(rules.rules[0]!)).toEqual([]);
		bed.read(LAPTOP, PLC, 1, [1]);
		bed.read(HMI, PLC, 1, [1]);
		expect(bed.said().map(({ source }) => source.ip)).toEqual([LAPTOP]);
	});

	it("hold within a minute after a person puts somebody into another", () => {
		const bed = new RuleBed(rule("who: zone:office"));
		let office = LAPTOP;
		bed.analyst.rules.zones = { names: ["office"], zoneOf: (address) => (address === office ? "office" : "ot") };
		const sources = () => bed.said().map(({ source }) => source.ip);
		const both = () => {
			bed.read(LAPTOP, PLC, 1, [1]);
			bed.read(HMI, PLC, 1, [1]);
		};
		both();
		expect(sources()).toEqual([LAPTOP]);
		office = HMI;
		for (let second = 0; second < 61; second++) bed.wait(1);
		both();
		expect(sources()).toEqual([HMI]);
	});
});

describe("a rate", () => {
	const FIVE = "verb: write\nrate: {times: 5, seconds: 10}";
	const writes =
		(count: number, pause: number, from = LAPTOP) =>
		(bed: RuleBed) => {
			for (let n = 0; n < count; n++) {
				bed.write(from, PLC, 1, [n]);
				bed.wait(pause);
			}
		};

	it("is reached within any stretch of its length, and counts anew then", () => {
		expect(fires(FIVE, writes(4, 1))).toBe(0);
		expect(fires(FIVE, writes(5, 1))).toBe(1);
		expect(fires(FIVE, writes(14, 1))).toBe(2);
		expect(fires(FIVE, writes(50, 2.6))).toBe(0);
		// The first two are too early for the others: the last five are near enough.
		expect(
			fires(FIVE, (bed) => {
				writes(2, 6)(bed);
				writes(5, 1)(bed);
			}),
		).toBe(1);
	});

	it("counts what belongs together: one client at one PLC, or each alone", () => {
		const mixed = (bed: RuleBed) => {
			for (const [client, plc] of [
				[LAPTOP, PLC],
				[LAPTOP, "10.0.0.6"],
				[HMI, PLC],
			] as const)
				for (let n = 0; n < 3; n++) bed.write(client, plc, 1, [n]);
		};
		expect(fires(FIVE, mixed)).toBe(0);
		expect(fires(FIVE.replace("10}", "10, per: client}"), mixed)).toBe(1);
		expect(fires(FIVE.replace("10}", "10, per: plc}"), mixed)).toBe(1);
	});

	it("has the frames of all as evidence, and says how often", () => {
		const bed = new RuleBed(rule(FIVE));
		writes(5, 1)(bed);
		const [said] = bed.said();
		expect(said!.frames).toEqual([2, 4, 6, 8, 9, 10]);
		expect(said!.sentence).toContain("unit 1, 5 times within 10 seconds; the plant's rule");
	});

	it("goes on over a restart, and is gone with its time", () => {
		const play = (restarts: boolean, pause: number) => {
			const bed = new RuleBed(rule(FIVE));
			writes(4, 1)(bed);
			if (restarts) bed.restart();
			bed.wait(pause);
			writes(1, 1)(bed);
			return bed.said();
		};
		expect(play(true, 1)).toEqual(play(false, 1));
		expect(play(true, 1)).toHaveLength(1);
		expect(play(true, 20)).toEqual([]);
		const bed = new RuleBed(rule(FIVE));
		for (const damaged of [{}, [1], [["r|a|b", [], []]], [["r|a|b", ["x"], []]], [["r|a|b", [1], new Array(50).fill(1)]]])
			bed.analyst.restore([["rates", damaged]]);
		expect(bed.analyst.stats().damaged).toBe(5);
	});

	it("is bounded whatever comes, and still counts", () => {
		const bed = new RuleBed(rule("verb: write\nrate: {times: 1000, seconds: 86400}"));
		for (let host = 0; host < 1200; host++) bed.write(`10.1.${host >> 8}.${host & 255}`, `10.2.${host >> 8}.${host & 255}`, 1, [1]);
		const [[, saved]] = [...bed.analyst.save()].filter(([key]) => key === "rates") as [[string, unknown[]]];
		expect(saved).toHaveLength(1024);
		expect(bed.analyst.stats().counters["rule-rates-bound"]).toBe(176);
		expect(fires("verb: write\nrate: {times: 1000, seconds: 3600}", writes(1000, 0))).toBe(1);
	});
});

describe("a file of rules", () => {
	it.each([
		["rule: r\ntext: x\nseverty: 5", "plant.yaml:3:1: there is no key severty here; did you mean severity?"],
		["rule: r\ntext: x", "plant.yaml:1:1: the key severity is missing."],
		["- rule: r\n  text: x\n  severity: high", 'plant.yaml:3:13: there must be a whole number from 0 to 100; there is "high".'],
		["rule: My Rule\ntext: x\nseverity: 5", 'plant.yaml:1:7: the name "My Rule" must be small letters, digits and single hyphens.'],
		[rule("verb: [read, wriet]"), "plant.yaml:4:14: there is no wriet here; did you mean write?"],
		[
			rule("who: 10.0.0.300"),
			'plant.yaml:4:6: "10.0.0.300" is no place: write an address (10.0.0.5), a network (10.0.0.0/24), a hardware address, line:NAME or zone:NAME.',
		],
		[
			rule("plc: 10.0.0.5/1"),
			"plant.yaml:4:6: 10.0.0.5/1 is no network: bits behind its first 1 are set; write the address alone for one host, and unit: 1 for a unit behind it.",
		],
		[rule("who: []"), "plant.yaml:4:6: the list is empty: leave the key out where it is no condition."],
		[rule("verb: []"), "plant.yaml:4:7: verb is an empty list: leave the key out where it is no condition."],
		[rule("protocol: modbus"), "plant.yaml:4:11: there is no protocol modbus of PLCs; it may be one of toy."],
		[rule("point: holdng:5"), "plant.yaml:4:8: there are no points holdng; did you mean holding:5?"],
		[rule("point: holding:9-5"), "plant.yaml:4:8: holding:9-5 is no range of points: its end is before its begin."],
		[rule("code: 9-5"), "plant.yaml:4:7: there must be a whole number from 0 to 4294967296, or two of them like 5-9."],
		[
			rule("value: {above: 9, below: 5}"),
			"plant.yaml:4:8: no value is above 9 and below 5; for what lies outside of them write outside: [5, 9].",
		],
		[rule("value: {}"), "plant.yaml:4:8: the value has no condition: give above, below, outside, is or isNot."],
		[rule("value: {outside: [9, 5]}"), "plant.yaml:4:18: outside takes the least and the most that is right, like [0, 1200]."],
		[rule("outcome: ok\nrefusal: 2"), "plant.yaml:4:10: a refusal has the outcome refused: leave outcome out."],
		[rule("rate: {times: 1, seconds: 5}"), "plant.yaml:4:15: there must be a whole number from 2 to 1000; there is 1."],
		[rule("hours: [night]"), 'plant.yaml:4:9: there must be hours like mon-fri 22:00-06:00; there is "night".'],
		[rule("hours: mon 25:00-26:00"), 'plant.yaml:4:8: there must be hours like mon-fri 22:00-06:00; there is "mon 25:00-26:00".'],
		[rule("techniques: T0808"), "plant.yaml:4:13: T0808 is no technique of ATT&CK for ICS that this program knows; it has ids like T0855."],
		['rule: r\ntext: "a\\u202eb"\nseverity: 5', "plant.yaml:2:7: the text holds a control character: write plain text."],
		[
			`- {rule: r, text: x, severity: 5}\n- {rule: r, text: x, severity: 5}`,
			"plant.yaml:2:3: there is a rule r already: give each a name of its own.",
		],
		["rule: &a r\ntext: *a\nseverity: 5", "plant.yaml:2:7: aliases (*name) are not taken: write the value where it is wanted."],
		["just words", 'plant.yaml:1:1: there must be keys and values; there is "just words".'],
	])("%s", (text, words) => expect(problem(text)).toBe(words));

	it("knows the points of real protocols, by any of their names", () => {
		const points = (text: string) => read(rule(text), protocols)[0]!.points;
		expect(points("protocol: modbus\npoint: [40101, holding:7-9, coil, holding.float32:4]")).toMatchObject([
			{ text: "holding:100", space: "holding", span: [100, 100] },
			{ space: "holding", span: [7, 9] },
			{ space: "coil" },
			{ space: "holding.float32", span: [4, 4] },
		]);
		expect(points("protocol: opcua\npoint: ns=2;s=Tank.*")).toEqual([{ text: "ns=2;s=Tank.*" }]);
		expect(problem(rule("protocol: opcua\npoint: holding:3"), protocols)).toBe(
			"plant.yaml:5:8: holding:3 is a point of modbus, and the rule is about opcua.",
		);
	});

	it("is bounded", () => {
		const many = Array.from({ length: MAX_RULES + 1 }, (_, n) => `- {rule: r${n}, text: x, severity: 5}`).join("\n");
		expect(problem(many)).toMatch(/^plant\.yaml:1001:3: there are more than 1000 rules/);
		expect(problem("#".repeat(2 ** 20 + 1))).toContain("plant.yaml is larger than 1 MiB");
		expect(read("")).toEqual([]);
	});

	it("says what was missing where a rule never fired", () => {
		const missing = (more: string) => {
			const bed = new RuleBed(rule(more));
			bed.write(LAPTOP, PLC, 1, [5]);
			bed.write(HMI, PLC, 2, [7], { outcome: "refused", outcomeCode: 2 });
			return bed.analyst.rules.stageOf(bed.analyst.rules.rules[0]!).missing;
		};
		expect(missing("who: 10.0.0.9")).toBe("who");
		expect(missing("who: 10.0.0.66\nplc: 10.0.0.9")).toBe("plc");
		expect(missing("unit: 2")).toBe("unit");
		expect(missing("verb: read")).toBe("verb");
		expect(missing("verb: write\ncode: 16")).toBe("code");
		expect(missing("verb: write\ncode: 6\nsubcode: 1")).toBe("subcode");
		expect(missing("outcome: unanswered")).toBe("outcome");
		expect(missing("point: holding:3")).toBe("point");
		expect(missing("point: holding:2\nvalue: {above: 7}")).toBe("value");
		expect(missing("hours: mon 00:00-01:00")).toBe("hours");
		expect(missing("rate: {times: 3, seconds: 60}")).toBe("rate");
		expect(missing("value: {above: 6}")).toBeUndefined();
	});
});

describe("severity", () => {
	it("is what the rule says, also where the same host does more", () => {
		const bed = new RuleBed(rule("verb: write").replace("60", "35"));
		for (let n = 0; n < 100; n++) {
			bed.read(HMI, PLC, 0, [7]);
			bed.wait(1);
		}
		bed.analyst.endLearning();
		bed.take();
		bed.read(LAPTOP, PLC, 0, [7]);
		bed.write(LAPTOP, PLC, 0, [7]);
		expect(bed.said().map(severity)).toEqual([35]);
	});
});
