/** Who talks across zones, and what a zone or a criticality adds to a severity. */
import { describe, expect, it } from "vitest";
import { protocols, services } from "../../protocols/index.ts";
import { Engine } from "../../src/app/engine.ts";
import type { ZoneSettings } from "../../src/config/zones.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import type { Detection } from "../../src/detect/detection.ts";
import type { Flow } from "../../src/flow/flow.ts";
import { ethernet, FLAG, frameOf, ipv4, tcp } from "../wire/frameBuilder.ts";
import { macOf, PlantBed, STOP, severity } from "./plantBed.ts";

const HMI = "10.20.0.30";
const PLC = "10.20.0.11";
const OFFICE = "10.30.0.50";
const JUMP = "10.25.0.10";
const VENDOR = "10.99.0.7";
const OUTSIDE = "203.0.113.80";
const ZONES: ZoneSettings = {
	zones: [
		{ zone: "OT", networks: ["10.20.0.0/16"] },
		{ zone: "DMZ", networks: ["10.25.0.0/16"] },
		{ zone: "IT", networks: ["10.30.0.0/16"] },
		{ zone: "remote", networks: ["10.99.0.0/16"] },
	],
	conduits: [],
};
const CROSSINGS = ["outsider-to-plc", "ot-to-internet", "internet-to-ot", "remote-access", "dmz-bypass"];

function plant(zones?: ZoneSettings): PlantBed {
	const bed = new PlantBed({ habits: { services }, ...(zones && { zones }) });
	bed.read(HMI, PLC, 0, [7]);
	bed.wait(1);
	return bed;
}

/** A conversation, or a call in vain, from its first packet to its end. */
function talk(bed: PlantBed, client: string, server: string, port: number, over: Partial<Flow> = {}): void {
	const flow = bed.flow(client, server, port, over);
	Object.assign(flow, { firstTime: bed.time, lastTime: bed.time, firstFrame: ++bed.frame });
	bed.analyst.flowOpened(flow);
	bed.wait(2);
	bed.analyst.flowClosed(flow);
	bed.wait(1);
}
const crossings = (bed: PlantBed): Detection[] => bed.detections.filter(({ type }) => CROSSINGS.includes(type));
const said = (bed: PlantBed) => crossings(bed).map(({ type, source, destination }) => [type, source.ip, destination?.ip]);

describe("across zones", () => {
	it("each is said once per pair and service, with what a person would learn", () => {
		const bed = plant(ZONES);
		for (const [type, client, server, port] of [
			["outsider-to-plc", OFFICE, PLC, 9000],
			["outsider-to-plc", VENDOR, PLC, 9000],
			["internet-to-ot", OUTSIDE, HMI, 443],
			["ot-to-internet", HMI, OUTSIDE, 443],
			["remote-access", OFFICE, HMI, 3389],
			["remote-access", VENDOR, HMI, 80],
			["dmz-bypass", OFFICE, HMI, 445],
			["dmz-bypass", HMI, OFFICE, 445],
		] as const) {
			bed.detections.length = 0;
			talk(bed, client, server, port);
			bed.flows.delete(`${client}>${server}:${port}`);
			talk(bed, client, server, port);
			expect(said(bed)).toEqual([[type, client, server]]);
			const [detection] = crossings(bed);
			expect(detection!.things).toEqual([{ trait: "fact", type, source: client, destination: server, key: `tcp/${port}` }]);
			expect(detection!.source.zone).toBeDefined();
		}
	});

	it("nothing is said of what goes the way that it should", () => {
		const bed = plant(ZONES);
		for (const [what, client, server, port] of [
			["a historian in the DMZ reads a PLC", JUMP, PLC, 9000],
			["remote access ends in the DMZ", OFFICE, JUMP, 3389],
			["and goes on from there", JUMP, HMI, 3389],
			["updates come from the DMZ", HMI, JUMP, 443],
			["the DMZ talks to the Internet", JUMP, OUTSIDE, 443],
			["OT talks among itself", HMI, PLC, 22],
			["nobody told what this is", HMI, "192.168.7.7", 443],
		] as const) {
			talk(bed, client, server, port);
			expect(said(bed), what).toEqual([]);
		}
	});

	it("a conduit, and a person's word, make it normal: for these two and this service", () => {
		const bed = plant({ ...ZONES, conduits: [{ from: OFFICE, to: "OT", services: ["tcp/9000", "rdp"] }] });
		talk(bed, OFFICE, PLC, 9000);
		talk(bed, OFFICE, HMI, 3389);
		expect(said(bed)).toEqual([]);
		bed.analyst.teach([{ trait: "fact", type: "ot-to-internet", source: HMI, destination: OUTSIDE, key: "tcp/443" }], []);
		talk(bed, HMI, OUTSIDE, 443);
		talk(bed, HMI, OUTSIDE, 8443);
		expect(crossings(bed).map(({ key }) => key)).toEqual(["tcp/8443"]);
	});

	it("without a DMZ, IT and OT may talk", () => {
		const bed = plant({ ...ZONES, zones: ZONES.zones.filter(({ zone }) => zone !== "DMZ") });
		talk(bed, OFFICE, HMI, 445);
		expect(said(bed)).toEqual([]);
	});

	it("without zones a guess is said to be one; remote access from nobody knows where only informs", () => {
		const bed = plant();
		talk(bed, HMI, OUTSIDE, 443);
		talk(bed, "192.168.7.7", HMI, 22);
		talk(bed, "192.168.7.7", HMI, 443);
		expect(said(bed)).toEqual([
			["ot-to-internet", HMI, OUTSIDE],
			["remote-access", "192.168.7.7", HMI],
		]);
		const [out, remote] = crossings(bed);
		expect(out).toMatchObject({ source: { zone: "OT", isZoneGuessed: true }, destination: { zone: "internet", isZoneGuessed: true } });
		expect(out!.sentence).toContain("(guessed)");
		expect(severity(remote!)).toBeLessThan(30);
		expect(remote!.source.zone).toBeUndefined();
	});

	it("what calls out in vain is said too, with less weight; what knocks in vain is not", () => {
		const bed = plant(ZONES);
		bed.read(HMI, PLC, 0, [7]);
		talk(bed, HMI, OUTSIDE, 443, { isConversation: false });
		talk(bed, OUTSIDE, HMI, 22, { isConversation: false });
		talk(bed, "10.20.0.99", OUTSIDE, 443, { isConversation: false });
		expect(said(bed)).toEqual([["ot-to-internet", HMI, OUTSIDE]]);
		expect(severity(crossings(bed)[0]!)).toBe(45);
	});

	it("many peers become one, and a restart repeats nothing", () => {
		const bed = plant(ZONES);
		for (let last = 1; last <= 40; last++) talk(bed, HMI, `203.0.113.${last}`, 443);
		expect(crossings(bed)).toHaveLength(21);
		expect(crossings(bed).at(-1)!.destination).toBeUndefined();
		bed.detections.length = 0;
		bed.restart();
		bed.flows.clear();
		for (const last of [1, 39, 60]) talk(bed, HMI, `203.0.113.${last}`, 443);
		expect(said(bed)).toEqual([]);
		bed.wait(8 * 86_400);
		talk(bed, HMI, "203.0.113.1", 443);
		expect(bed.analyst.stats().damaged).toBe(0);
	});
});

describe("the context of a severity", () => {
	const stop = (bed: PlantBed, client: string) => {
		bed.detections.length = 0;
		bed.do(client, PLC, { code: 40, verb: "command" });
		bed.wait(1);
		const detection = bed.detections.find(({ type }) => type === STOP.id)!;
		return { points: severity(detection), reasons: detection.reasons.map(({ points, text }) => `${points} ${text}`) };
	};

	it("who comes from outside weighs more, and the sum says so", () => {
		const inside = stop(plant(ZONES), HMI);
		for (const [client, points, words] of [
			[OFFICE, 10, "it comes from IT"],
			[VENDOR, 10, "it comes from remote access"],
			[OUTSIDE, 15, "it comes from the Internet (guessed)"],
		] as const) {
			const outside = stop(plant(ZONES), client);
			expect(outside.reasons).toContain(`${points} ${words}`);
			expect(outside.points - inside.points).toBe(points);
		}
	});

	it("what hangs on the PLC weighs as a person said, until he takes it back; over a restart too", () => {
		const bed = plant(ZONES);
		const plain = stop(bed, HMI).points;
		const place = (is: string) => ({ trait: "place", address: PLC, place: "criticality", is }) as const;
		expect(bed.analyst.teach([place("meter")], []).admitted).toEqual([place("meter")]);
		bed.wait(70);
		expect(stop(bed, HMI).points).toBe(plain - 10);
		expect(bed.analyst.teach([place("safety")], [])).toEqual({ admitted: [place("safety")], dismissed: [place("meter")], refused: [] });
		bed.restart();
		bed.wait(70);
		const safe = stop(bed, HMI);
		expect(safe.points).toBe(plain + 15);
		expect(safe.reasons.at(-1)).toContain(`${PLC} is a safety controller`);
		expect(bed.analyst.assets().find(({ ips }) => ips.includes(PLC))).toMatchObject({
			zone: { is: "OT", by: "configuration" },
			level: { is: "1", by: "guess" },
			criticality: { is: "safety", by: "person" },
		});
		bed.analyst.teach([place("meter")], [place("safety")]);
		expect(bed.analyst.assets().find(({ ips }) => ips.includes(PLC))?.criticality?.is).toBe("meter");
		bed.analyst.teach([], [place("meter")]);
		expect(bed.analyst.assets().find(({ ips }) => ips.includes(PLC))?.criticality).toBeUndefined();
	});
});

describe("a box with two mirror ports", () => {
	const NOTEBOOK = "192.168.7.7";
	const SERVER = "192.168.7.9";
	const SENSOR = "192.168.7.5";
	/** All addresses of one network: the interfaces alone say which is which. */
	const alerts = (first: string, zones: ZoneSettings["zones"]) => {
		const found: Detection[] = [];
		const analyst = new Analyst({
			protocols,
			habits: { services },
			zones: { zones, conduits: [] },
			onDetection: (detection) => found.push(structuredClone(detection)),
		});
		const engine = new Engine({ protocols, services, analyst, hasInterfaces: true });
		let time = 1_788_770_000e6;
		let number = 0;
		/** A request and its answer, heard on an interface. */
		const exchange = (client: string, server: string, interfaceName: string, port: number) => {
			const say = (
				source: string,
				destination: string,
				from: number,
				to: number,
				bytes: readonly number[],
				flags: number,
				at: readonly [number, number],
			) => {
				const segment = tcp([...bytes], { from, to, sequence: at[0], acknowledgment: at[1], flags });
				const packet = ethernet(0x0800, ipv4(6, segment, { source, destination, id: number & 0xffff }), {
					source: macOf(source),
					destination: macOf(destination),
				});
				time += 1000;
				engine.frame({ ...frameOf(packet, { number: ++number, time }), interfaceName });
			};
			const own = 40_000 + number;
			say(client, server, own, port, [], FLAG.syn, [1000, 0]);
			say(server, client, port, own, [], FLAG.syn | FLAG.ack, [5000, 1001]);
			say(client, server, own, port, [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1], FLAG.ack | FLAG.psh, [1001, 5001]);
			say(server, client, port, own, [0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 7], FLAG.ack | FLAG.psh, [5001, 1013]);
			for (let second = 0; second < 30; second++) {
				time += 1e6;
				engine.advance(time);
			}
		};
		exchange(SERVER, SENSOR, "ot0", 502);
		exchange(NOTEBOOK, "192.168.7.8", first, 9000);
		exchange(NOTEBOOK, SENSOR, first, 502);
		engine.endSource();
		return found.filter(({ type }) => CROSSINGS.includes(type)).map(({ type, source, destination }) => [type, source.ip, destination?.ip]);
	};

	it("knows IT from OT by where it hears a host", () => {
		const zones: ZoneSettings["zones"] = [
			{ zone: "OT", interfaces: ["ot0"] },
			{ zone: "IT", interfaces: ["it0"] },
		];
		expect(alerts("it0", zones)).toEqual([["outsider-to-plc", NOTEBOOK, SENSOR]]);
		expect(alerts("ot0", zones)).toEqual([]);
	});
});
