import { describe, expect, it } from "vitest";
import { macOf, PlantBed, severity, types } from "./plantBed.ts";

const HMI = "10.0.0.2";
const ARCHIVE = "10.0.0.3";
const PLC = "10.0.0.5";
const OTHER_PLC = "10.0.0.6";
const LAPTOP = "10.0.0.66";

/** Ten minutes of two PLCs, all devices heard by their own claims. */
function trained(): PlantBed {
	const bed = new PlantBed();
	for (const ip of [HMI, ARCHIVE, PLC, OTHER_PLC, LAPTOP]) bed.claim({ ip, mac: macOf(ip), evidence: "toy claim" });
	for (let round = 0; round < 600; round++) {
		bed.read(HMI, PLC, 0, [round % 9, 5]);
		bed.read(ARCHIVE, PLC, 0, [round % 9, 5]);
		bed.read(ARCHIVE, OTHER_PLC, 0, [round % 9]);
		if (round % 60 === 0) bed.write(HMI, PLC, 1, [5]);
		if (round % 10 === 0) for (const ip of [HMI, PLC, LAPTOP]) bed.claim({ ip, mac: macOf(ip), evidence: "toy claim" });
		bed.wait(1);
	}
	bed.analyst.endLearning();
	expect(types(bed.take())).toEqual([]);
	return bed;
}

describe("an address", () => {
	it("of a PLC that another device claims while the PLC is there is a critical fact, said once", () => {
		const bed = trained();
		for (let second = 0; second < 30; second++) {
			bed.claim({ ip: PLC, mac: macOf(LAPTOP), evidence: "toy claim" });
			bed.claim({ ip: PLC, mac: macOf(PLC), evidence: "toy claim" });
			bed.wait(1);
		}
		const [alarm, ...others] = bed.take();
		expect(others).toEqual([]);
		expect(alarm!.type).toBe("address-takeover");
		expect(severity(alarm!)).toBe(90);
		expect(alarm!.sentence).toContain(
			`${macOf(LAPTOP)} (${LAPTOP}) says that it is ${PLC} (toy claim); until now the address was that of ${macOf(PLC)}, last heard`,
		);
		expect(alarm!.source).toMatchObject({ ip: LAPTOP, mac: macOf(LAPTOP) });
		expect(alarm!.destination).toMatchObject({ ip: PLC, mac: macOf(PLC) });
		expect(alarm!.frames).toHaveLength(1);
	});

	it("that a server gave away, or that is redundant by design, is informational", () => {
		const bed = trained();
		bed.claim({ ip: ARCHIVE, mac: "00:10:20:00:00:99", assigned: true, evidence: "lease" });
		bed.claim({ ip: "10.0.0.254", mac: "00:00:5e:00:01:01", evidence: "toy claim" });
		bed.claim({ ip: "10.0.0.254", mac: macOf(LAPTOP), evidence: "toy claim" });
		for (const alarm of bed.take().filter(({ type }) => type === "address-takeover")) expect(severity(alarm)).toBeLessThan(30);
	});

	it("whose device was replaced weighs less than one that is fought over", () => {
		const bed = trained();
		bed.wait(7000);
		bed.claim({ ip: LAPTOP, mac: "00:10:20:00:00:98", evidence: "toy claim" });
		const [alarm] = bed.take().filter(({ type }) => type === "address-takeover");
		expect(severity(alarm!)).toBeLessThan(50);
	});
});

describe("a new device", () => {
	it("is said with a low severity", () => {
		const bed = trained();
		bed.claim({ ip: "10.0.0.200", mac: "00:10:20:00:00:c8", evidence: "toy claim" });
		const [alarm, ...others] = bed.take();
		expect(others).toEqual([]);
		expect(alarm!.type).toBe("new-device");
		expect(severity(alarm!)).toBeGreaterThanOrEqual(30);
		expect(severity(alarm!)).toBeLessThan(50);
		expect(alarm!.sentence).toBe(
			"Device 10.0.0.200 (00:10:20:00:00:c8) is on the network for the first time; in 10 minutes there were 5 other devices.",
		);
	});

	it("is said whatever its address ends in: in a network wider than /24 a host may be .255", () => {
		const bed = trained();
		bed.claim({ ip: "10.0.0.255", mac: "00:10:20:00:00:c9", evidence: "toy claim" });
		expect(bed.take().map(({ type, source }) => [type, source.ip])).toEqual([["new-device", "10.0.0.255"]]);
		const other = trained();
		other.read("10.0.1.255", PLC, 0, [1, 5]);
		other.wait(1);
		other.read("10.0.1.255", PLC, 0, [1, 5]);
		other.take();
		expect(other.analyst.assets().map(({ ips }) => ips[0])).toContain("10.0.1.255");
	});

	it("is one of many where many come at once", () => {
		const bed = trained();
		for (let n = 0; n < 500; n++) {
			bed.claim({
				mac: `00:10:21:00:${(n >> 8).toString(16).padStart(2, "0")}:${(n & 255).toString(16).padStart(2, "0")}`,
				evidence: "toy claim",
			});
			bed.wait(0.01);
		}
		expect(bed.take().length).toBeLessThanOrEqual(12);
	});

	it("learns on its own clock: a new PLC is a new device, and what is done with it is learned", () => {
		const bed = trained();
		for (let round = 0; round < 100; round++) {
			bed.read(HMI, "10.0.0.9", 0, [round, 5]);
			bed.write(HMI, "10.0.0.9", 1, [round]);
			bed.wait(1);
		}
		expect(types(bed.take())).toEqual(["new-device"]);
	});
});

describe("a new service at a PLC", () => {
	it("is said", () => {
		const bed = trained();
		bed.analyst.flowOpened(bed.flow(LAPTOP, PLC, 22));
		const [alarm, ...others] = bed.take();
		expect(others).toEqual([]);
		expect(alarm!.type).toBe("new-service");
		expect(alarm!.sentence).toContain("10.0.0.66 uses tcp/22 of PLC 10.0.0.5; in ");
		expect(severity(alarm!)).toBe(40);
	});

	it("is not said where it was used before", () => {
		const bed = new PlantBed();
		bed.read(HMI, PLC, 0, [1]);
		bed.analyst.flowOpened(bed.flow(LAPTOP, PLC, 80));
		bed.wait(5);
		for (let round = 0; round < 100; round++) {
			bed.read(HMI, PLC, 0, [1]);
			bed.wait(1);
		}
		bed.analyst.endLearning();
		bed.analyst.flowOpened(bed.flow(ARCHIVE, PLC, 80));
		expect(types(bed.take())).not.toContain("new-service");
	});
});

describe("a connection joined in its middle", () => {
	const PEER = "10.0.0.9";
	const joined = { role: 0, sawHandshake: false };
	/** Two PLCs that a station reads; `before` happens while it is learned. */
	const plcs = (before: (bed: PlantBed) => void = () => {}): PlantBed => {
		const bed = new PlantBed();
		for (let round = 0; round < 100; round++) {
			bed.read(HMI, PLC, 0, [round]);
			bed.read(HMI, PEER, 0, [round]);
			bed.wait(1);
			if (round === 10) before(bed);
		}
		bed.analyst.endLearning();
		bed.take();
		return bed;
	};

	it("between two PLCs over ports that neither serves is a new service, whoever called", () => {
		const bed = plcs();
		bed.analyst.flowOpened(bed.flow(PEER, PLC, 4444, joined));
		const [alarm, ...others] = bed.take();
		expect(others).toEqual([]);
		expect(alarm!.type).toBe("new-service");
		expect(alarm!.sentence).toContain("10.0.0.9 uses tcp/4444 of PLC 10.0.0.5; in ");
		expect(alarm!.reasons.map(({ text }) => text)).toContain("its beginning was not seen: which of the two called the other is a guess");
	});

	it("is none where one of the two serves its port, or is no PLC", () => {
		const bed = plcs((learning) => learning.analyst.flowOpened(learning.flow(HMI, PEER, 4444)));
		// Taken for the client: it answers at its own port.
		const other = bed.flow(PLC, PEER, 4444);
		bed.analyst.flowOpened({ ...other, ...joined, client: other.server, server: other.client });
		expect(types(bed.take())).toEqual([]);
		bed.analyst.flowOpened(bed.flow(HMI, PLC, 4445, joined));
		expect(types(bed.take())).toEqual([]);
	});
});

describe("a PLC that was away", () => {
	it("may come back with the values of a start without an alarm above informational", () => {
		const bed = trained();
		for (let round = 0; round < 15; round++) {
			bed.read(HMI, PLC, 0, [], { count: 2, outcome: "unanswered" });
			bed.wait(1);
		}
		bed.read(HMI, PLC, 0, [20, 5]);
		for (const alarm of bed.take()) expect(severity(alarm)).toBeLessThan(30);
	});
});

describe("the status of a PLC", () => {
	it("says who reads and writes, what was written last, and how far learning is", () => {
		const bed = trained();
		const status = bed.analyst.plcs(bed.time).find(({ ip }) => ip === PLC)!;
		expect(status).toMatchObject({
			id: `${macOf(PLC)}-1`,
			asset: macOf(PLC),
			unit: 1,
			name: PLC,
			protocol: "toy",
			state: "talking",
			readers: [HMI, ARCHIVE],
			writers: [HMI],
			points: 2,
			refused: 0,
			unanswered: 0,
			lastWrite: { client: HMI, point: "holding:1", value: 5 },
			maturity: 1,
		});
		expect(status.maturityReason).toMatch(/^all \d traits judge$/);
		expect(bed.analyst.plcs(bed.time + 3600e6)[0]!.state).toBe("silent");
	});

	it("says that it is asked in vain", () => {
		const bed = trained();
		for (let round = 0; round < 20; round++) {
			bed.read(HMI, PLC, 0, [], { count: 2, outcome: "unanswered" });
			bed.wait(1);
		}
		expect(bed.analyst.plcs(bed.time).find(({ ip }) => ip === PLC)).toMatchObject({ state: "unanswered", unanswered: 20 });
	});

	it("says what it still learns", () => {
		const bed = new PlantBed();
		bed.read(HMI, PLC, 0, [1]);
		bed.wait(1);
		const [status] = bed.analyst.plcs(bed.time);
		expect(status!.maturity).toBeLessThan(0.5);
		expect(status!.maturityReason).toMatch(/^learning: 0 of \d traits judge; not yet: clients, writers and \d more$/);
	});
});

describe("assets", () => {
	it("have the roles that behaviour shows", () => {
		const roles = Object.fromEntries(
			trained()
				.analyst.assets()
				.map(({ ips, roles }) => [ips[0], roles]),
		);
		expect(roles).toEqual({ [HMI]: ["HMI or SCADA"], [ARCHIVE]: ["historian"], [PLC]: ["PLC"], [OTHER_PLC]: ["PLC"], [LAPTOP]: [] });
	});

	it("have their services, and PLCs are marked", () => {
		const bed = trained();
		expect(bed.analyst.assets().find(({ ips }) => ips.includes(PLC))).toMatchObject({ isControl: true, services: ["toy"] });
		bed.analyst.changedAssets();
		expect(bed.analyst.changedAssets()).toEqual([]);
	});
});

describe("names", () => {
	it("given to hosts and points stand in sentences", () => {
		const bed = new PlantBed();
		for (let round = 0; round < 300; round++) {
			bed.read(HMI, PLC, 0, [], { names: ["tag7"], count: 0, values: [round % 5] });
			bed.wait(1);
		}
		bed.claim({ ip: PLC, mac: macOf(PLC), hostName: "boiler", evidence: "toy" });
		bed.analyst.endLearning();
		bed.read(HMI, PLC, 0, [], { names: ["tag7"], count: 0, values: [500] });
		expect(bed.take()[0]!.sentence).toBe(
			"PLC boiler (10.0.0.5) unit 1 reported 500 in tag7 to 10.0.0.2; in 5 minutes it was 0–4 in steps of at most 4.",
		);
	});
});

describe("bounds", () => {
	it("of points and clients are kept and counted", () => {
		const bed = new PlantBed({ bounds: { points: 100, links: 4 } });
		for (let at = 0; at < 300; at++) bed.read(HMI, PLC, at * 3, [1, 2, 3]);
		for (let host = 20; host < 40; host++) bed.read(`10.0.0.${host}`, PLC, 0, [1]);
		const { points, counters } = bed.analyst.stats();
		expect(points).toBe(100);
		expect(counters["points-bound"]).toBeGreaterThan(0);
		expect(counters["links-bound"]).toBeGreaterThan(0);
	});

	it("of a scan of every register of every unit hold", () => {
		const bed = new PlantBed({ bounds: { pages: 64 } });
		for (let unit = 0; unit < 248; unit += 8)
			for (let first = 0; first < 65_536; first += 2048) bed.read(HMI, PLC, first, new Array(125).fill(0), { unit });
		expect(bed.analyst.stats().points).toBeLessThanOrEqual(64 * 256);
		expect(bed.analyst.stats().counters["pages-bound"]).toBeGreaterThan(0);
	});
});

describe("the same input", () => {
	it("gives the same output", () => {
		const run = () => {
			const bed = trained();
			bed.write(LAPTOP, PLC, 1, [900]);
			bed.claim({ ip: PLC, mac: macOf(LAPTOP), evidence: "toy claim" });
			return [bed.take(), [...bed.analyst.save()]];
		};
		expect(run()).toEqual(run());
	});
});
