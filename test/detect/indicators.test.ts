/** What fires on a list of indicators, and what stands just beside it and does not. */
import { describe, expect, it } from "vitest";
import type { Detection } from "../../src/detect/detection.ts";
import { type Listing, piecesOf } from "../../src/intel/indicator.ts";
import { IndicatorLists } from "../../src/intel/indicatorList.ts";
import { alertsOf } from "../catalogue/entry.ts";
import { FakeFlow } from "../support/fakeFlow.ts";
import { PlantBed, severity, toy, types } from "./plantBed.ts";

const NOW = 1_750_000_000;
const HMI = "10.0.0.2";
const PLC = "10.0.0.5";

function bedWith(list: string, source = "feed.csv"): PlantBed {
	const bed = new PlantBed();
	const lists = new IndicatorLists(NOW);
	lists.read(list, source, source);
	bed.analyst.indicators.take(lists.columns());
	return bed;
}

/** A flow begins; gives what was said of it. */
function call(
	bed: PlantBed,
	client: string,
	server: string,
	{ port = 443, transport = "tcp" as "tcp" | "udp", time = NOW } = {},
): Detection[] {
	const flow = new FakeFlow({ client: { ip: client }, server: { ip: server, port }, transport });
	flow.firstTime = time * 1e6;
	flow.firstFrame = 7;
	bed.analyst.flowOpened(flow);
	return bed.take();
}

describe("an address on a list", () => {
	const LIST = "value,name,confidence,expires,labels,reference\n203.0.113.0/28,FrostyGoop C2,80,2030-01-01,frostygoop,S1165\n";

	it("that is called is a fact: who, whom, which list, how sure, until when", () => {
		const [detection, ...others] = call(bedWith(LIST), HMI, "203.0.113.7");
		expect(others).toEqual([]);
		expect(detection).toMatchObject({
			type: "indicator-address-called",
			time: NOW * 1e6,
			source: { ip: HMI },
			destination: { ip: "203.0.113.7", port: 443 },
			confidence: 0.8,
			frames: [7],
			sentence:
				'10.0.0.2 called 203.0.113.7 port 443; 203.0.113.0/28 is on the indicator list feed.csv as "FrostyGoop C2", confidence 80, valid until 2030-01-01. Normally no host of a plant has to do with what is listed.',
		});
		expect(detection!.reasons.map(({ text }) => text)).toEqual([
			"Host called an address of an indicator list",
			"the list calls it frostygoop",
			"the list refers to S1165",
		]);
	});

	it("that calls is another one, with other techniques", () => {
		const [detection, ...others] = call(bedWith(LIST), "203.0.113.7", HMI);
		expect(others).toEqual([]);
		expect(detection).toMatchObject({ type: "indicator-address-caller", source: { ip: "203.0.113.7" }, destination: { ip: HMI } });
	});

	it("weighs more with a PLC, and less where the list is not sure", () => {
		const bed = bedWith(LIST);
		for (let round = 0; round < 5; round++) bed.read(HMI, PLC, 0, [1]);
		bed.wait(1);
		bed.take();
		const [withPlc] = call(bed, PLC, "203.0.113.7");
		expect(severity(withPlc!)).toBe(85);
		const unsure = (confidence: number) => severity(call(bedWith(`value,confidence\n203.0.113.7,${confidence}\n`), HMI, "203.0.113.7")[0]!);
		expect([unsure(10), unsure(40), unsure(90)]).toEqual([30, 50, 70]);
	});

	it.each([
		["the neighbouring address", LIST, "203.0.113.16"],
		["an address that is over", LIST.replace("2030-01-01", "2025-01-01"), "203.0.113.7"],
		["an address that only begins alike", "203.0.113.7\n", "203.0.113.77"],
	])("does not fire on %s", (_, list, server) => {
		expect(call(bedWith(list), HMI, server)).toEqual([]);
		expect(call(bedWith(list), server, HMI)).toEqual([]);
	});

	it("counts hits of what is over, by the clock of the capture", () => {
		const bed = bedWith(LIST);
		const end = Date.UTC(2030, 0, 1) / 1000;
		expect(types(call(bed, HMI, "203.0.113.7", { time: end - 1 }))).toEqual(["indicator-address-called"]);
		expect(call(bed, HMI, "203.0.113.7", { time: end })).toEqual([]);
		expect(bed.analyst.stats().counters["indicators-expired"]).toBe(1);
	});

	it("fires only in the role, on the port and over the transport that the list names", () => {
		const pattern =
			"[network-traffic:dst_ref.value = '203.0.113.7' AND network-traffic:dst_port = 443 AND network-traffic:protocols[*] = 'tcp']";
		const bundle = JSON.stringify({ type: "bundle", objects: [{ type: "indicator", id: "indicator--1", pattern, name: "C2" }] });
		const said = (client: string, server: string, more = {}) => types(call(bedWith(bundle, "x.json"), client, server, more));
		expect(said(HMI, "203.0.113.7")).toEqual(["indicator-address-called"]);
		expect(said(HMI, "203.0.113.7", { port: 80 })).toEqual([]);
		expect(said(HMI, "203.0.113.7", { transport: "udp" })).toEqual([]);
		expect(said("203.0.113.7", HMI)).toEqual([]);
	});

	it("called ten thousand times is one detection a minute", () => {
		const bed = bedWith(LIST);
		for (let round = 0; round < 10_000; round++) {
			const flow = new FakeFlow({ client: { ip: HMI }, server: { ip: "203.0.113.7" } });
			bed.analyst.flowOpened(flow);
		}
		expect(bed.detections).toHaveLength(1);
	});

	it("is one alert for each host and indicator, however many addresses of it are called, also over a restart", () => {
		const bed = bedWith(LIST);
		const said: Detection[] = [];
		const [first] = call(bed, HMI, "203.0.113.1");
		for (let at = 2; at < 14; at++) said.push(...call(bed, HMI, `203.0.113.${at}`, { time: NOW + at }));
		bed.restart();
		const lists = new IndicatorLists(NOW);
		lists.read(LIST, "feed.csv", "feed.csv");
		bed.analyst.indicators.take(lists.columns());
		said.push(...call(bed, HMI, "203.0.113.14", { time: NOW + 60 }));
		bed.wait(70);
		bed.analyst.flush();
		said.push(...bed.take());
		const alerts = alertsOf([first!, ...said]);
		expect(alerts).toHaveLength(1);
		expect(alerts[0]).toMatchObject({ source: { ip: HMI }, destination: { ip: "203.0.113.1" } });
		expect(types(call(bed, "10.0.0.9", "203.0.113.14"))).toEqual(["indicator-address-called"]);
		expect(alertsOf([first!, ...call(bed, "10.0.0.10", "203.0.113.1")])).toHaveLength(2);
	});

	it("that calls one host from many addresses is one alert for that host", () => {
		const bed = bedWith(LIST);
		const said = [1, 2, 3].flatMap((at) => call(bed, `203.0.113.${at}`, HMI, { time: NOW + at }));
		expect(alertsOf(said)).toHaveLength(1);
	});

	it("is news again after an hour without it, with whom it was then", () => {
		const bed = bedWith(LIST);
		const said = [call(bed, HMI, "203.0.113.1"), call(bed, HMI, "203.0.113.2", { time: NOW + 3601 })].flat();
		expect(said.map(({ destination }) => destination?.ip)).toEqual(["203.0.113.1", "203.0.113.2"]);
	});

	it("is remembered of a bounded number of hosts, and more of them are counted", () => {
		const bed = bedWith(LIST);
		for (let at = 0; at < 1030; at++) call(bed, `10.1.${at >> 8}.${at & 255}`, "203.0.113.1");
		expect(bed.analyst.indicators.save()).toHaveLength(1024);
		expect(bed.analyst.stats().counters["indicator-hosts-bound"]).toBe(6);
		bed.analyst.indicators.restore([["x", { source: {}, destination: {}, last: "soon" }], "x", null, ["y", null]]);
		expect(bed.analyst.indicators.save()).toHaveLength(1024);
	});

	it("counts against the lists that were read last, once the last piece of them is there", () => {
		const bed = bedWith(LIST);
		const lists = new IndicatorLists(NOW);
		lists.read("198.51.100.1\n198.51.100.2\n", "new.txt", "new.txt");
		const [one, two] = [...piecesOf(lists.columns(), 1)];
		const isSaid = (server: string, host: string) => call(bed, host, server).length > 0;
		bed.analyst.indicators.take(one!, true, false);
		expect([isSaid("203.0.113.7", "10.0.1.1"), isSaid("198.51.100.1", "10.0.1.2")]).toEqual([true, false]);
		bed.analyst.indicators.take(two!, false, true);
		expect([isSaid("203.0.113.7", "10.0.1.3"), isSaid("198.51.100.1", "10.0.1.4"), isSaid("198.51.100.2", "10.0.1.5")]).toEqual([
			false,
			true,
			true,
		]);
		const none = [...piecesOf(new IndicatorLists(NOW).columns(), 1)];
		expect(none).toHaveLength(1);
		bed.analyst.indicators.take(none[0]!);
		expect(bed.analyst.indicators.isActive).toBe(false);
	});

	it("says nothing while the traffic is only followed, and nothing without a list", () => {
		const bed = bedWith(LIST);
		bed.analyst.isFollowing = true;
		expect(call(bed, HMI, "203.0.113.7")).toEqual([]);
		expect(new PlantBed().analyst.indicators.isActive).toBe(false);
	});
});

describe("what a protocol shows", () => {
	const LIST = `type,value\ndomain,evil.example\nfilename,bad.exe\nfilehash,${"ab".repeat(32)}\nthumbprint,${"cd".repeat(20)}\nja4,t13d1516h2_8daaf6152771_e5627efa2ab1\n`;

	/** A protocol that says one thing of what it saw: hashes of files come from none yet. */
	function show(
		bed: PlantBed,
		kind: Parameters<Parameters<(typeof toy)["operations"]>[1]["trace"]>[0],
		value: string,
		byServer = false,
	): Detection[] {
		const protocol = {
			...toy,
			operations: (_: unknown, sink: Parameters<(typeof toy)["operations"]>[1]) => sink.trace(kind, value, byServer),
		};
		bed.analyst.observe(protocol, { protocol: "toy", kind: "x", time: NOW * 1e6, frame: 9 }, new FakeFlow());
		return bed.take();
	}

	it.each([
		["domain", "www.EVIL.example", "indicator-domain", "had to do with the name www.EVIL.example"],
		["file-name", "BAD.exe", "indicator-file", "asked for or sent the file BAD.exe"],
		["file-name", "/srv/boot/BAD.exe", "indicator-file", "the file /srv/boot/BAD.exe"],
		["file-name", "C:\\Temp\\bad.exe", "indicator-file", "the file C:\\Temp\\bad.exe"],
		["file-hash", "AB".repeat(32), "indicator-file", "sent a file with the hash"],
		["certificate", "CD".repeat(20), "indicator-certificate", "showed the certificate with the thumbprint"],
		["ja4", "t13d1516h2_8daaf6152771_e5627efa2ab1", "indicator-tls-client", "began TLS with the fingerprint JA4"],
	] as const)("%s %s fires", (kind, value, type, words) => {
		const [detection, ...others] = show(bedWith(LIST), kind, value);
		expect(others).toEqual([]);
		expect(detection!.type).toBe(type);
		expect(detection!.sentence).toContain(words);
		expect(detection!).toMatchObject({ source: { ip: "10.0.0.1" }, destination: { ip: "10.0.0.2" }, frames: [9], protocol: "toy" });
	});

	it.each([
		["domain", "notevil.example"],
		["domain", "evil.example.org"],
		["file-name", "notbad.exe"],
		["file-name", "bad.exe/readme.txt"],
		["certificate", `${"cd".repeat(19)}ce`],
		["certificate", "ab".repeat(32)],
		["ja4", "t13d1516h2_8daaf6152771_e5627efa2ab2"],
	] as const)("%s %s does not", (kind, value) => {
		expect(show(bedWith(LIST), kind, value)).toEqual([]);
	});

	it("of a server has the server as its source", () => {
		const [detection] = show(bedWith(LIST), "certificate", "CD".repeat(20), true);
		expect(detection).toMatchObject({ source: { ip: "10.0.0.2" }, destination: { ip: "10.0.0.1" } });
	});

	it("by any server, to one client, is one alert", () => {
		const bed = bedWith(LIST);
		const shown = (client: string, server: string, kind: "certificate" | "domain", value: string) => {
			const protocol = {
				...toy,
				operations: (_: unknown, sink: Parameters<(typeof toy)["operations"]>[1]) => sink.trace(kind, value, kind === "certificate"),
			};
			const flow = new FakeFlow({ client: { ip: client }, server: { ip: server, port: 443 } });
			bed.analyst.observe(protocol, { protocol: "toy", kind: "x", time: NOW * 1e6, frame: 9 }, flow);
			return bed.take();
		};
		const certificate = "CD".repeat(20);
		const one = [shown(HMI, "203.0.113.1", "certificate", certificate), shown(HMI, "203.0.113.2", "certificate", certificate)].flat();
		expect(alertsOf(one)).toHaveLength(1);
		expect(alertsOf([...one, ...shown("10.0.0.9", "203.0.113.1", "certificate", certificate)])).toHaveLength(2);
		// Asked of a name server, then named to the server itself, under another name of the domain.
		const names = [shown(HMI, "10.0.0.53", "domain", "evil.example"), shown(HMI, "203.0.113.1", "domain", "www.evil.example")].flat();
		expect(alertsOf(names)).toHaveLength(1);
	});

	it("is cut where it is long, and any end of a list is a sentence", () => {
		const bed = new PlantBed();
		const listing: Listing = { source: "x", id: "", name: "x", validUntil: 1e300 };
		bed.analyst.indicators.take({ listings: [listing], kinds: ["domain"], values: ["evil.example"], listing: [0] });
		const [detection] = show(bed, "domain", `${"a".repeat(900)}.evil.example`);
		expect(detection!.sentence.length).toBeLessThan(500);
		expect(detection!.sentence).toContain("without an end");
	});
});
