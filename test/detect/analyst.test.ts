import { describe, expect, it } from "vitest";
import { PlantBed, severity, types } from "./plantBed.ts";

const HMI = "10.0.0.2";
const ARCHIVE = "10.0.0.3";
const PLC = "10.0.0.5";
const STRANGER = "10.0.0.77";

/** An hour of a small plant: an operator station that reads and writes, an archive that reads. */
function trained(options: { hours?: number } = {}): PlantBed {
	const bed = new PlantBed();
	day(bed, (options.hours ?? 1) * 360);
	bed.analyst.endLearning();
	expect(types(bed.take())).toEqual([]);
	return bed;
}

/** The values of now: a level that goes up and down with some noise, a set point, a constant, a pump. */
function values(bed: PlantBed): [level: number, setPoint: number, constant: number, pump: number] {
	const round = Math.round((bed.time - bed.start) / 10e6);
	return [Math.round(250 + 50 * Math.sin(round / 7) + ((round * 37) % 11)), 100 * (1 + (Math.floor(round / 30) % 3)), 7, round % 2];
}

/** `rounds` of ten seconds each. */
function day(bed: PlantBed, rounds: number): void {
	for (let done = 0; done < rounds; done++) {
		const round = Math.round((bed.time - bed.start) / 10e6);
		bed.read(HMI, PLC, 0, values(bed));
		bed.read(ARCHIVE, PLC, 0, values(bed).slice(0, 2));
		if (round % 30 === 29) bed.write(HMI, PLC, 1, [100 * (1 + ((Math.floor(round / 30) + 1) % 3))]);
		bed.wait(10);
	}
}

describe("what is learned", () => {
	it("is not alarmed when it goes on", () => {
		const bed = trained();
		day(bed, 360);
		expect(bed.take()).toEqual([]);
	});

	it("is only learned while nobody said that it is normal and little was seen", () => {
		const bed = new PlantBed();
		day(bed, 100);
		bed.write(STRANGER, PLC, 1, [5000]);
		bed.read(ARCHIVE, PLC, 500, [1]);
		expect(bed.take()).toEqual([]);
		expect(bed.analyst.stats().learned).toBeGreaterThan(0);
	});

	it("judges by itself after a day, without a word from anybody", () => {
		const bed = new PlantBed();
		day(bed, 9000);
		expect(bed.take()).toEqual([]);
		bed.write(STRANGER, PLC, 1, [150]);
		const [alarm] = bed.take();
		expect(alarm!.type).toBe("first-write");
		expect(severity(alarm!)).toBeGreaterThanOrEqual(70);
	});

	it("keeps what deviated apart: the same again is the same deviation", () => {
		const bed = trained();
		bed.read(STRANGER, PLC, 0, [250]);
		expect(types(bed.take())).toEqual(["new-talker"]);
		bed.wait(7200);
		bed.detections.length = 0;
		bed.read(STRANGER, PLC, 0, [250]);
		expect(types(bed.take())).toEqual(["new-talker"]);
	});
});

describe("a stranger", () => {
	it("that writes gives one high alarm with everything in it", () => {
		const bed = trained();
		bed.write(STRANGER, PLC, 1, [812]);
		const alarms = bed.take();
		expect(types(alarms)).toEqual(["first-write"]);
		const [alarm] = alarms;
		expect(severity(alarm!)).toBeGreaterThanOrEqual(70);
		expect(alarm!.sentence).toBe(
			"10.0.0.77 wrote 812 to holding register 1 of PLC 10.0.0.5 unit 1; in 60 minutes only 10.0.0.2 wrote to this PLC, and the value was 100, 200 or 300.",
		);
		expect(alarm!.source).toMatchObject({ ip: STRANGER });
		expect(alarm!.destination).toMatchObject({ ip: PLC, port: 9000 });
		expect(alarm!.operation).toMatchObject({ verb: "write", points: ["holding:1"], values: [812], unit: 1 });
		expect(alarm!.reasons.some(({ text }) => text.startsWith("New device on the network at the same time"))).toBe(true);
		expect(alarm!.frames.length).toBeGreaterThan(0);
	});

	it("that only reads gives a medium one", () => {
		const bed = trained();
		bed.read(STRANGER, PLC, 0, values(bed).slice(0, 2));
		const [alarm, ...others] = bed.take();
		expect(others).toEqual([]);
		expect(alarm!.type).toBe("new-talker");
		expect(severity(alarm!)).toBeGreaterThanOrEqual(50);
		expect(severity(alarm!)).toBeLessThan(70);
		expect(alarm!.sentence).toContain("10.0.0.77 read holding register 0 to 1 of PLC 10.0.0.5 unit 1; in ");
		expect(alarm!.sentence).toContain("only 10.0.0.2 and 10.0.0.3 talked to this PLC");
	});

	it("that is refused weighs less but is named", () => {
		const bed = trained();
		bed.write(STRANGER, PLC, 1, [812], { outcome: "refused", outcomeCode: 2 });
		const [alarm] = bed.take();
		expect(alarm!.type).toBe("first-write");
		expect(alarm!.sentence).toContain("(refused: toy exception 2)");
		expect(severity(alarm!)).toBeGreaterThanOrEqual(70);
	});

	it("leaves no points behind", () => {
		const bed = trained();
		const before = bed.analyst.stats().points;
		for (let at = 0; at < 200; at++) bed.read(STRANGER, PLC, 1000 + at, [0]);
		expect(bed.analyst.stats().points).toBe(before);
	});
});

describe("a known client", () => {
	it("that writes for the first time is said with a high severity", () => {
		const bed = trained();
		bed.write(ARCHIVE, PLC, 1, [100]);
		const [alarm, ...others] = bed.take();
		expect(others).toEqual([]);
		expect(alarm!.type).toBe("first-write");
		expect(severity(alarm!)).toBe(70);
	});

	it("that reads a new point is said with a low severity", () => {
		const bed = trained();
		bed.read(ARCHIVE, PLC, 0, values(bed));
		const [alarm, ...others] = bed.take();
		expect(others).toEqual([]);
		expect(alarm!.type).toBe("new-point");
		expect(severity(alarm!)).toBe(30);
		expect(alarm!.sentence).toContain("it never touched 2 points from holding register 2 on there");
	});

	it("that uses a new function is said", () => {
		const bed = trained();
		bed.do(ARCHIVE, PLC, { verb: "identify", code: 43 });
		const [alarm] = bed.take();
		expect(alarm!.type).toBe("new-function");
		expect(severity(alarm!)).toBe(45);
		expect(alarm!.sentence).toContain("10.0.0.3 used toy function 43 on PLC 10.0.0.5 unit 1; in ");
		expect(alarm!.sentence).toContain("it used only toy function 3 there");
	});

	it("that writes a value far outside with a new function is said for the value, and its value is not learned", () => {
		const bed = trained();
		bed.write(HMI, PLC, 1, [5000], { code: 16 });
		const [alarm, ...others] = bed.take();
		expect(others).toEqual([]);
		expect(alarm!.type).toBe("write-outside");
		expect(severity(alarm!)).toBeGreaterThanOrEqual(70);
		expect(alarm!.reasons.some(({ text }) => text.startsWith("New function between a client and a PLC at the same time"))).toBe(true);
		bed.wait(7200);
		bed.detections.length = 0;
		bed.write(HMI, PLC, 1, [5000]);
		expect(types(bed.take())).toEqual(["write-outside"]);
	});

	it("that writes a usual value with a new function is said for the function alone", () => {
		const bed = trained();
		bed.write(HMI, PLC, 1, [200], { code: 16 });
		expect(types(bed.take())).toEqual(["new-function"]);
		// Nor is what a client wrote who never did: that it wrote is what is said.
		bed.write(ARCHIVE, PLC, 1, [5000]);
		expect(types(bed.take())).toEqual(["first-write"]);
	});

	it("that is refused something for the first time is said", () => {
		const bed = trained();
		bed.read(HMI, PLC, 0, [], { count: 4, outcome: "refused", outcomeCode: 4 });
		const [alarm] = bed.take();
		expect(alarm!.type).toBe("new-refusal");
		expect(severity(alarm!)).toBe(30);
		expect(alarm!.operation).toMatchObject({ outcome: "refused", outcomeCode: 4 });
	});

	it("that addresses a new unit is said", () => {
		const bed = trained();
		bed.read(HMI, PLC, 0, [1], { unit: 9 });
		const [alarm] = bed.take();
		expect(alarm!.type).toBe("new-unit");
		expect(alarm!.sentence).toContain("it used only unit 1 of this PLC");
	});

	it("that writes a value far outside is said with a high severity, and the value read back is not said again", () => {
		const bed = trained();
		bed.write(HMI, PLC, 1, [5000]);
		bed.read(HMI, PLC, 0, [values(bed)[0], 5000, 7, 0]);
		bed.read(ARCHIVE, PLC, 0, [values(bed)[0], 5000]);
		const [alarm, ...others] = bed.take();
		expect(others).toEqual([]);
		expect(alarm!.type).toBe("write-outside");
		expect(severity(alarm!)).toBeGreaterThanOrEqual(70);
		expect(alarm!.sentence).toMatch(
			/^10\.0\.0\.2 wrote 5000 to holding register 1 of PLC 10\.0\.0\.5 unit 1; in 60 minutes it was 100, 200 or 300/,
		);
	});

	it("may write what was written before", () => {
		const bed = trained();
		for (const value of [100, 200, 300]) bed.write(HMI, PLC, 1, [value]);
		expect(bed.take()).toEqual([]);
	});
});

describe("values read", () => {
	it("far outside are said, with the PLC as source", () => {
		const bed = trained();
		bed.read(HMI, PLC, 0, [9000, ...values(bed).slice(1)]);
		const [alarm, ...others] = bed.take();
		expect(others).toEqual([]);
		expect(alarm!.type).toBe("value-outside");
		expect(severity(alarm!)).toBeGreaterThanOrEqual(30);
		expect(alarm!.source).toMatchObject({ ip: PLC });
		expect(alarm!.sentence).toMatch(
			/^PLC 10\.0\.0\.5 unit 1 reported 9000 in holding register 0 to 10\.0\.0\.2; in 60 minutes it was 20\d–3\d\d in steps of at most/,
		);
	});

	it("a hair outside are not", () => {
		const bed = trained();
		bed.read(HMI, PLC, 0, [312, ...values(bed).slice(1)]);
		expect(bed.take()).toEqual([]);
	});

	it("of a constant that changed little are informational at most", () => {
		const bed = trained();
		bed.read(HMI, PLC, 0, [values(bed)[0], values(bed)[1], 9, 0]);
		for (const alarm of bed.take()) expect(severity(alarm)).toBeLessThan(30);
	});

	it("that stay outside are said once a minute with their number, not each time", () => {
		const bed = trained();
		for (let round = 0; round < 600; round++) {
			bed.read(HMI, PLC, 0, [9000 + (round % 5), ...values(bed).slice(1)]);
			bed.wait(0.5);
		}
		const alarms = bed.take();
		expect(alarms.length).toBeGreaterThan(1);
		expect(alarms.length).toBeLessThan(8);
	});

	it("of a counter that goes on counting are not", () => {
		const bed = new PlantBed();
		for (let round = 0; round < 300; round++) {
			bed.read(HMI, PLC, 0, [round * 3]);
			bed.wait(1);
		}
		bed.analyst.endLearning();
		for (let round = 300; round < 900; round++) {
			bed.read(HMI, PLC, 0, [round * 3]);
			bed.wait(1);
		}
		expect(bed.take()).toEqual([]);
	});
});

describe("searching", () => {
	it("for functions is one alarm", () => {
		const bed = trained();
		for (let code = 1; code < 127; code++) {
			if (code === 40) continue;
			bed.do(STRANGER, PLC, { verb: "other", code, outcome: code === 3 ? "ok" : "refused", outcomeCode: 1 });
			bed.wait(0.05);
		}
		const alarms = bed.take();
		expect(types(alarms)).toContain("function-scan");
		expect(alarms.length).toBeLessThanOrEqual(3);
		expect(alarms.map(severity).sort().at(-1)).toBeGreaterThanOrEqual(70);
	});

	it("for points is one alarm, not hundreds", () => {
		const bed = trained();
		for (let at = 0; at < 2000; at++) {
			bed.read(ARCHIVE, PLC, at * 10, [], { count: 10, outcome: at % 3 === 0 ? "ok" : "refused", outcomeCode: 2 });
			bed.wait(0.05);
		}
		const alarms = bed.take();
		expect(types(alarms)).toContain("point-scan");
		expect(alarms.length).toBeLessThanOrEqual(6);
		expect(new Set(types(alarms)).size).toBeLessThanOrEqual(3);
	});

	it("for units is one alarm", () => {
		const bed = trained();
		for (let unit = 2; unit < 248; unit++) {
			bed.read(STRANGER, PLC, 0, [], { unit, count: 1, outcome: "unanswered" });
			bed.wait(0.05);
		}
		expect(types(bed.take())).toContain("unit-scan");
	});

	it("for hosts is seen over TCP where their addresses end in .255, and broadcasts of UDP are none", () => {
		const calls = (transport: "tcp" | "udp") => {
			const bed = trained();
			// The networks of PLCs: a scan concerns them alone.
			for (let net = 1; net < 50; net++) {
				for (let round = 0; round < 2; round++) bed.read(HMI, `10.0.${net}.5`, 0, [1]);
				bed.wait(0.1);
			}
			bed.take();
			for (let net = 1; net < 50; net++)
				bed.analyst.flowOpened(bed.flow(STRANGER, `10.0.${net}.255`, 9000, { transport, isConversation: false, packets: [1, 0] }));
			return types(bed.take());
		};
		expect(calls("udp")).toEqual([]);
		expect(calls("tcp")).toEqual(["host-scan"]);
	});

	it("for hosts is one alarm where PLCs are", () => {
		const bed = trained();
		for (let host = 10; host < 60; host++)
			bed.analyst.flowOpened(bed.flow(STRANGER, `10.0.0.${host}`, 9000, { isConversation: false, packets: [1, 0] }));
		const alarms = bed.take();
		expect(types(alarms)).toEqual(["host-scan"]);
		expect(alarms[0]!.sentence).toMatch(/^10\.0\.0\.77 called \d+ hosts without an answer/);
	});
});

describe("facts", () => {
	it("are said at once, learned or not, with more weight for a stranger", () => {
		const bed = new PlantBed();
		bed.do(HMI, PLC, { verb: "command", code: 40 });
		expect(types(bed.detections)).toEqual(["toy-stop"]);
		const known = trained();
		known.do(STRANGER, PLC, { verb: "command", code: 40 });
		expect(types(known.detections)).toContain("toy-stop");
		const [fact] = known.take();
		expect(severity(fact!)).toBe(85);
		expect(fact!.sentence).toBe("10.0.0.77 told 10.0.0.5 to stop.");
	});

	it("do not enter the baseline", () => {
		const bed = new PlantBed();
		day(bed, 50);
		bed.do(HMI, PLC, { verb: "command", code: 40 });
		day(bed, 300);
		bed.analyst.endLearning();
		bed.take();
		bed.do(HMI, PLC, { verb: "command", code: 41 });
		expect(types(bed.take())).toEqual(["new-function"]);
	});

	it("of repeated bytes that differ are said", () => {
		const bed = trained();
		bed.analyst.anomaly(bed.flow(HMI, PLC), "overlap-conflict", 0, bed.time, 77);
		const [alarm] = bed.take();
		expect(alarm).toMatchObject({ type: "overlap-conflict", frames: [77] });
	});
});

describe("flood", () => {
	it("is said when a client asks far more than it ever did", () => {
		const bed = trained();
		for (let second = 0; second < 4; second++) {
			for (let round = 0; round < 500; round++) bed.read(HMI, PLC, 0, values(bed));
			bed.wait(1);
		}
		const [alarm] = bed.take();
		expect(alarm!.type).toBe("flood");
		expect(alarm!.sentence).toContain("10.0.0.2 sent 500 requests within one second to PLC 10.0.0.5");
	});

	it("of connection attempts from forged addresses is one alarm and makes no assets", () => {
		const bed = trained();
		const before = bed.analyst.stats().assets;
		for (let at = 0; at < 3000; at++)
			bed.analyst.flowOpened(bed.flow(`172.16.${at >> 8}.${at & 255}`, PLC, 9000, { isConversation: false, packets: [1, 0] }));
		const alarms = bed.take();
		expect(types(alarms)).toEqual(["flood"]);
		expect(bed.analyst.stats().assets).toBe(before);
	});
});

describe("one direction only", () => {
	it("is noted, and nothing is said of what is not answered", () => {
		const bed = new PlantBed();
		for (let round = 0; round < 2000; round++) {
			bed.read(HMI, PLC, 0, [], { count: 4, outcome: "unanswered" });
			bed.wait(1);
			if (round === 100) bed.analyst.endLearning();
		}
		expect(bed.take()).toEqual([]);
		expect(bed.analyst.stats().oneSidedServers).toBe(1);
	});
});

describe("a server that calls its client", () => {
	it("does not serve the port that it calls from", () => {
		const bed = new PlantBed();
		const portOf = () =>
			[...bed.analyst.save()].flatMap(([key, record]) => (/^plc\/[^/]+$/.test(key) ? [(record as { port: number | null }).port] : []));
		bed.flow(HMI, PLC, 51_234, { isReversed: true });
		bed.flows.set(`${HMI}>${PLC}:9000`, bed.flow(HMI, PLC, 51_234));
		bed.read(HMI, PLC, 0, [1]);
		expect(portOf()).toEqual([null]);
		bed.flows.delete(`${HMI}>${PLC}:9000`);
		bed.read(HMI, PLC, 0, [1]);
		expect(portOf()).toEqual([9000]);
	});
});
