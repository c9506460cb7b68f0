/** What the network watch finds, and what is near it and benign. */
import { describe, expect, it } from "vitest";
import type { AnyProtocol, OperationSink } from "../../src/decode/protocol.ts";
import type { ServiceRecord } from "../../src/decode/service.ts";
import { type Deed, macOf, PlantBed, severity, toy, types } from "./plantBed.ts";

const HMI = "10.0.0.2";
const PLC = "10.0.0.5";
const GUEST = "10.0.0.66";

const LOGIN = 50;
const BAD_PASSWORD = 7;

/** A bed whose protocol has logins. */
const loginBed = (): PlantBed =>
	new PlantBed({
		protocols: [{ ...toy, isLogin: (code, outcomeCode) => code === LOGIN && (outcomeCode === 0 || outcomeCode === BAD_PASSWORD) }],
	});

function logIn(bed: PlantBed, isAccepted: boolean, { client = GUEST, server = PLC, code = LOGIN, outcomeCode = BAD_PASSWORD } = {}): void {
	bed.do(client, server, { verb: "authenticate", code, outcome: isAccepted ? "ok" : "refused", outcomeCode: isAccepted ? 0 : outcomeCode });
}
const ofGuessing = (bed: PlantBed) => bed.take().filter(({ type }) => type.startsWith("password-"));

describe("logins", () => {
	it("refused ten times within ten minutes are guessing, said once and then counted", () => {
		const bed = loginBed();
		for (let tries = 0; tries < 9; tries++) {
			logIn(bed, false);
			bed.wait(2);
		}
		expect(ofGuessing(bed)).toEqual([]);
		for (let tries = 0; tries < 11; tries++) logIn(bed, false);
		const [alarm, ...others] = ofGuessing(bed);
		expect(others).toEqual([]);
		expect(alarm).toMatchObject({ type: "password-guessing", source: { ip: GUEST }, destination: { ip: PLC } });
		expect(alarm!.sentence).toBe(
			`${PLC} refused 10 logins of ${GUEST} by Toy protocol within 20 seconds, the latest because: toy exception 7; normally a login is right at the first or second try.`,
		);
	});

	it("accepted after such guessing are worse; after two typing errors they are nothing", () => {
		const bed = loginBed();
		logIn(bed, false);
		logIn(bed, false);
		logIn(bed, true);
		expect(ofGuessing(bed)).toEqual([]);
		for (let tries = 0; tries < 12; tries++) logIn(bed, false);
		logIn(bed, true);
		const alarms = ofGuessing(bed);
		expect(types(alarms)).toEqual(["password-guessing", "password-guessed"]);
		expect(severity(alarms[1]!)).toBeGreaterThan(severity(alarms[0]!));
		logIn(bed, true);
		expect(ofGuessing(bed)).toEqual([]);
	});

	it("refused slowly over a day are guessing too; what is refused for another reason, or is no login, is none", () => {
		const bed = loginBed();
		for (let tries = 0; tries < 48; tries++) {
			logIn(bed, false, { server: "10.0.0.6", outcomeCode: 3 });
			logIn(bed, false, { server: "10.0.0.7", code: LOGIN + 1 });
			logIn(bed, false);
			bed.wait(1790);
		}
		expect(ofGuessing(bed).map(({ destination }) => destination?.ip)).toEqual([PLC]);
	});

	it("refused by one server after the other are one search for a door that opens", () => {
		const bed = loginBed();
		for (let last = 10; last < 15; last++) logIn(bed, false, { server: `10.0.0.${last}` });
		const [alarm, ...others] = ofGuessing(bed);
		expect(others).toEqual([]);
		expect(alarm!.sentence).toContain(`5 servers refused logins of ${GUEST} within less than a second: 10.0.0.10, 10.0.0.11 and 3 more`);
	});

	it("are counted on after a restart", () => {
		const bed = loginBed();
		for (let tries = 0; tries < 9; tries++) logIn(bed, false);
		bed.wait(1);
		bed.restart();
		logIn(bed, false);
		expect(types(ofGuessing(bed))).toEqual(["password-guessing"]);
	});

	it("of ever new clients keep a bounded table", () => {
		const bed = loginBed();
		for (let client = 0; client < 2100; client++) logIn(bed, false, { client: `10.1.${client >> 8}.${client & 255}` });
		expect(bed.analyst.stats().counters["logins-bound"]).toBe(2100 - 2048);
		for (let tries = 0; tries < 10; tries++) logIn(bed, false, { client: HMI });
		expect(types(ofGuessing(bed))).toEqual(["password-guessing"]);
	});
});

/** A station that polls two PLCs, and what it calls is normal. */
function plantBed(): PlantBed {
	const bed = new PlantBed();
	for (const ip of [HMI, PLC, GUEST]) bed.claim({ ip, mac: macOf(ip), evidence: "toy claim" });
	for (let round = 0; round < 100; round++) {
		bed.read(HMI, PLC, 0, [round]);
		bed.wait(1);
	}
	bed.analyst.endLearning();
	bed.take();
	return bed;
}

/** A call; in vain where not answered. */
function call(bed: PlantBed, client: string, server: string, port: number, isAnswered = false, transport: "tcp" | "udp" = "tcp"): void {
	const flow = { ...bed.flow(client, server, port), transport, isConversation: isAnswered, firstTime: bed.time, lastTime: bed.time };
	bed.analyst.flowOpened(flow);
	bed.analyst.flowClosed(flow);
}
/** Somebody asks who has an address. */
function ask(bed: PlantBed, source: string, ip: string): void {
	bed.do(source, "10.0.0.255", { code: 0, names: [`${source}?${ip}`] });
}
const seekers = {
	...toy,
	operations: (deed: Deed, sink: OperationSink) => {
		const [source, ip] = deed.names?.[0]?.split("?") ?? [];
		if (source !== undefined && ip !== undefined) sink.seek(source, ip);
		else toy.operations(deed, sink);
	},
};
const ofScans = (bed: PlantBed) => bed.take().filter(({ type }) => type.endsWith("-scan"));

describe("a search", () => {
	it("through the ports of one device is said as such, with the ports that answered", () => {
		const bed = plantBed();
		for (let port = 1; port <= 24; port++) call(bed, GUEST, PLC, port, port === 22);
		expect(ofScans(bed)).toEqual([]);
		call(bed, GUEST, PLC, 80);
		const [alarm, ...others] = ofScans(bed);
		expect(others).toEqual([]);
		expect(alarm).toMatchObject({ type: "port-scan", source: { ip: GUEST }, destination: { ip: PLC } });
		expect(alarm!.sentence).toBe(
			`${GUEST} called 25 ports of ${PLC}, of which 1 answered, within 2 seconds, among them 1, 2 and 23 more; normally a host uses the few services that it knows.`,
		);
		expect(severity(alarm!)).toBe(70);
	});

	it("that everybody answers is found too, once the network is known; a station that starts up calls those that it knows", () => {
		const bed = new PlantBed();
		for (const ip of [HMI, PLC]) bed.claim({ ip, mac: macOf(ip), evidence: "toy claim" });
		const peers = Array.from({ length: 30 }, (_, at) => `10.0.0.${100 + at}`);
		const start = (client: string) => {
			for (const peer of peers) call(bed, client, peer, 502, true);
		};
		bed.read(HMI, PLC, 0, [1]);
		start(HMI);
		bed.wait(100);
		bed.analyst.endLearning();
		expect(ofScans(bed)).toEqual([]);
		start(HMI);
		expect(ofScans(bed)).toEqual([]);
		start(GUEST);
		const [alarm, ...others] = ofScans(bed);
		expect(others).toEqual([]);
		expect(alarm!.sentence).toContain(`${GUEST} called 25 hosts for the first time within`);
	});

	it("that tries one address each quarter of an hour is found, with its pace; one that calls the same few all day is none", () => {
		const bed = plantBed();
		for (let last = 100; last < 164; last++) {
			call(bed, GUEST, `10.0.0.${last}`, 502);
			for (const off of [90, 91, 92]) call(bed, HMI, `10.0.0.${off}`, 502);
			for (let port = 0; port < 5; port++) call(bed, HMI, "10.0.0.93", 10_000 + 5 * last + port, false, "udp");
			bed.wait(900);
		}
		const [alarm, ...others] = ofScans(bed);
		expect(others).toEqual([]);
		expect(alarm).toMatchObject({ type: "host-scan", source: { ip: GUEST } });
		expect(alarm!.reasons.map(({ text }) => text)).toContain("slow: a try every 15 minutes, as one who does not want to be seen");
	});

	it("cannot hide across the end of a window", () => {
		const bed = plantBed();
		for (let last = 100; last < 112; last++) call(bed, GUEST, `10.0.0.${last}`, 502);
		bed.wait(110);
		for (let last = 112; last < 119; last++) call(bed, GUEST, `10.0.0.${last}`, 502);
		bed.wait(20);
		expect(ofScans(bed)).toEqual([]);
		for (let last = 119; last < 137; last++) call(bed, GUEST, `10.0.0.${last}`, 502);
		expect(types(ofScans(bed))).toEqual(["host-scan"]);
	});

	it("outside of the plant's networks is no concern", () => {
		const bed = plantBed();
		for (let last = 0; last < 60; last++) call(bed, GUEST, `203.0.113.${last}`, 443);
		expect(ofScans(bed)).toEqual([]);
	});

	it("goes on after a restart as if there was none", () => {
		const bed = plantBed();
		for (let port = 1; port <= 20; port++) call(bed, GUEST, PLC, port);
		bed.wait(1);
		bed.restart();
		for (let port = 21; port <= 25; port++) call(bed, GUEST, PLC, port);
		expect(types(ofScans(bed))).toEqual(["port-scan"]);
		expect(bed.analyst.stats().damaged).toBe(0);
	});

	it("by asking for addresses is one where half of them belong to nobody; a station that looks for its devices does not search", () => {
		const bed = new PlantBed({ protocols: [seekers] });
		bed.read(HMI, PLC, 0, [1]);
		for (let last = 100; last < 160; last++) bed.claim({ ip: `10.0.0.${last}`, mac: macOf(`10.0.0.${last}`), evidence: "toy claim" });
		for (let last = 100; last < 160; last++) ask(bed, HMI, `10.0.0.${last}`);
		bed.wait(2);
		expect(ofScans(bed)).toEqual([]);
		for (let last = 80; last < 120; last++) {
			ask(bed, GUEST, `10.0.0.${last}`);
			bed.wait(0.05);
		}
		const [alarm, ...others] = ofScans(bed);
		expect(others).toEqual([]);
		expect(alarm).toMatchObject({ type: "address-scan", source: { ip: GUEST } });
		expect(alarm!.sentence).toContain(
			`${GUEST} asked who has 40 different addresses within 1 second, of which 20 belong to nobody (10.0.0.80, 10.0.0.81 and 18 more)`,
		);
	});

	it("of ever new sources and things keeps bounded tables, and is found afterwards", () => {
		const bed = plantBed();
		for (let source = 0; source < 1100; source++) call(bed, `10.1.${source >> 8}.${source & 255}`, PLC, 1);
		for (let port = 1; port <= 3000; port++) call(bed, GUEST, PLC, port);
		expect(bed.analyst.stats().counters["scans-bound"]).toBeGreaterThan(0);
		expect(types(ofScans(bed))).toContain("port-scan");
		const saved = [...bed.analyst.save()].find(([key]) => key === "network/scans")![1];
		expect(JSON.stringify(saved).length).toBeLessThan(400_000);
	});
});

describe("a datagram to an address that ends in .255", () => {
	it("is a call where a device has that address, and a broadcast where none has", () => {
		const bed = plantBed();
		bed.claim({ ip: "10.0.0.255", mac: macOf("10.0.0.255"), evidence: "toy claim" });
		bed.take();
		for (let port = 1; port <= 30; port++) call(bed, GUEST, "10.0.0.255", port, false, "udp");
		expect(types(ofScans(bed))).toEqual(["port-scan"]);
		const other = plantBed();
		for (let port = 1; port <= 30; port++) call(other, GUEST, "10.0.0.255", port, false, "udp");
		expect(ofScans(other)).toEqual([]);
	});
});

const NAMES = "10.0.0.9";
/** Asks for names, and says duties; all else is the toy protocol. */
const namers: AnyProtocol = {
	...toy,
	operations: (deed: Deed, sink) => {
		const [name, answer] = deed.names?.[0]?.split("?") ?? [];
		if (name === undefined || answer === undefined) toy.operations(deed, sink);
		else sink.lookup({ name, isAnswered: answer !== "none", isUnknown: answer === "unknown" });
	},
};
const remoteServices: readonly ServiceRecord[] = [
	{ name: "shell", transport: "tcp", ports: [22], isRemoteAccess: true },
	{ name: "clock", transport: "udp", ports: [123], duty: "time" },
];
/** The network of `plantBed`, with a server of names, and services that are known. */
function namedBed(learn: (bed: PlantBed) => void = () => {}): PlantBed {
	const bed = new PlantBed({ protocols: [namers], habits: { services: remoteServices } });
	for (const ip of [HMI, PLC, GUEST, NAMES]) bed.claim({ ip, mac: macOf(ip), evidence: "toy claim" });
	for (let round = 0; round < 100; round++) {
		bed.read(HMI, PLC, 0, [round]);
		lookUp(bed, HMI, "archive.plant.example");
		bed.wait(1);
	}
	learn(bed);
	bed.analyst.endLearning();
	bed.take();
	return bed;
}
function lookUp(bed: PlantBed, client: string, name: string, answer: "found" | "unknown" | "none" = "found", server = NAMES): void {
	bed.do(client, server, { code: 0, names: [`${name}?${answer}`] });
}
const only = (bed: PlantBed, ...ids: string[]) => bed.take().filter(({ type }) => ids.includes(type));

describe("a server for the whole network", () => {
	it("that gives out addresses beside the usual one is said, with what it may do; the usual one and its other half are not", () => {
		const lease = (bed: PlantBed, ip: string) => bed.claim({ ip, duty: "addresses", role: "toy server", evidence: "toy lease" });
		const bed = namedBed((learning) => {
			lease(learning, "10.0.0.8");
			learning.wait(10);
			lease(learning, "10.0.0.7");
		});
		lease(bed, "10.0.0.8");
		lease(bed, "10.0.0.7");
		expect(only(bed, "unexpected-server")).toEqual([]);
		lease(bed, GUEST);
		const [alarm, ...others] = only(bed, "unexpected-server");
		expect(others).toEqual([]);
		expect(alarm!.sentence).toMatch(
			/^10\.0\.0\.66 gives out addresses; in \d+ (seconds|minutes) only 10\.0\.0\.8 and 10\.0\.0\.7 did so\.$/,
		);
		expect(severity(alarm!)).toBe(60);
		bed.analyst.teach(alarm!.things!, []);
		lease(bed, GUEST);
		bed.wait(61);
		lease(bed, GUEST);
		expect(only(bed, "unexpected-server")).toEqual([]);
	});

	it("that answers for names, or for the time where nobody did, is said; one that does not answer is none", () => {
		const bed = namedBed();
		lookUp(bed, HMI, "archive.plant.example", "none", GUEST);
		expect(only(bed, "unexpected-server")).toEqual([]);
		lookUp(bed, HMI, "archive.plant.example", "found", GUEST);
		bed.wait(1);
		bed.analyst.flowOpened(bed.flow(HMI, GUEST, 123, { transport: "udp" }));
		expect(only(bed, "unexpected-server").map(({ key, source }) => [key, source.ip])).toEqual([
			["names", GUEST],
			["time", GUEST],
		]);
	});

	it("is remembered over a restart", () => {
		const bed = namedBed();
		bed.restart();
		lookUp(bed, HMI, "archive.plant.example");
		expect(only(bed, "unexpected-server")).toEqual([]);
		lookUp(bed, HMI, "archive.plant.example", "found", GUEST);
		expect(types(only(bed, "unexpected-server"))).toEqual(["unexpected-server"]);
		expect(bed.analyst.stats().damaged).toBe(0);
	});
});

describe("names", () => {
	it("in a domain that a station never asked for are news; other names of a known one, and those of a host that is no part of the plant, are none", () => {
		const bed = namedBed();
		lookUp(bed, HMI, "Historian.Plant.EXAMPLE");
		lookUp(bed, GUEST, "www.shop.example");
		lookUp(bed, HMI, "7.0.0.10.in-addr.arpa");
		expect(only(bed, "new-domain")).toEqual([]);
		lookUp(bed, HMI, "cdn.update.co.uk");
		const [alarm, ...others] = only(bed, "new-domain");
		expect(others).toEqual([]);
		expect(alarm!.sentence).toMatch(
			/^10\.0\.0\.2 asked for a name in update\.co\.uk; in \d+ (seconds|minutes) it asked for those in plant\.example only\.$/,
		);
	});

	it("asked for by a PLC that never asked for any are news", () => {
		const bed = namedBed();
		lookUp(bed, PLC, "a.command.example");
		const [alarm] = only(bed, "new-domain");
		expect(alarm!.sentence).toContain("it asked for no names at all.");
		expect(severity(alarm!)).toBe(40);
	});

	it("of twenty domains that do not exist are made up; the same wrong one again and again is a mistake", () => {
		const bed = namedBed();
		for (let round = 0; round < 200; round++) lookUp(bed, HMI, `host${round}.old-domain.test`, "unknown");
		// Who serves names asks for what others want to know.
		for (let round = 0; round < 40; round++) lookUp(bed, NAMES, `name${round}.test`, "unknown", "10.0.0.1");
		expect(only(bed, "made-up-names")).toEqual([]);
		for (let round = 0; round < 25; round++) lookUp(bed, HMI, `${"qzxkvjwpyb".slice(round % 5)}${round}.test`, "unknown");
		const [alarm, ...others] = only(bed, "made-up-names");
		expect(others).toEqual([]);
		expect(alarm!.sentence).toContain("10.0.0.2 asked for names in 20 different domains that do not exist within 2 seconds, among them ");
		expect(severity(alarm!)).toBe(65);
	});

	it("that are long and never the same carry something; long ones that come again, and a walk through addresses, do not", () => {
		const bed = namedBed();
		for (let round = 0; round < 600; round++) {
			lookUp(bed, HMI, `a-long-name-of-a-download-server-${round % 20}.cloud.example`);
			lookUp(bed, HMI, `${[...round.toString(16).padStart(32, "0")].join(".")}.ip6.arpa`);
			bed.wait(0.5);
		}
		expect(only(bed, "name-tunnel")).toEqual([]);
		for (let round = 0; round < 60; round++) lookUp(bed, HMI, `${round.toString(16).padStart(40, "z")}.t.example`);
		const [alarm, ...others] = only(bed, "name-tunnel");
		expect(others).toEqual([]);
		expect(alarm!.sentence).toMatch(
			/^10\.0\.0\.2 asked for 50 different long names of the domain t\.example within 1 second, the latest with \d+ characters/,
		);
	});
});

describe("remote access", () => {
	it("from another host than usual is news, each time until a person learns it; the usual one is none", () => {
		const bed = namedBed((learning) => call(learning, HMI, PLC, 22, true));
		call(bed, HMI, PLC, 22, true);
		expect(only(bed, "new-remote-access")).toEqual([]);
		call(bed, GUEST, PLC, 22, true);
		const [alarm] = only(bed, "new-remote-access");
		expect(alarm!.sentence).toMatch(
			/^10\.0\.0\.66 uses shell \(tcp\/22\) of 10\.0\.0\.5, by which people work on a machine from afar; in \d+ \w+ only 10\.0\.0\.2 did so there\.$/,
		);
		bed.wait(61);
		call(bed, GUEST, PLC, 22, true);
		const [again] = only(bed, "new-remote-access");
		bed.analyst.teach(again!.things!, []);
		bed.wait(61);
		call(bed, GUEST, PLC, 22, true);
		expect(only(bed, "new-remote-access")).toEqual([]);
	});

	it("on a port of its own is known by its bytes, and a station that calls out is as bad", () => {
		const bed = namedBed();
		const flow = bed.flow(GUEST, HMI, 2222);
		bed.analyst.flowOpened(flow);
		bed.wait(1);
		bed.analyst.flowClosed(flow, "shell");
		call(bed, HMI, "10.0.9.9", 22, true);
		expect(only(bed, "new-remote-access").map(({ key, source }) => [key, source.ip])).toEqual([
			["tcp/2222", GUEST],
			["tcp/22", HMI],
		]);
	});

	it("between hosts that are no part of the plant is no concern", () => {
		const bed = namedBed();
		call(bed, GUEST, "10.0.0.77", 22, true);
		expect(only(bed, "new-remote-access")).toEqual([]);
	});
});

describe("connections that a PLC resets", () => {
	const reset = (bed: PlantBed, times: number, client = HMI) => {
		for (let time = 0; time < times; time++) {
			const flow = { ...bed.flow(client, PLC), firstTime: bed.time, lastTime: bed.time, isResetByServer: true };
			bed.analyst.flowOpened(flow);
			bed.wait(3);
			bed.analyst.flowClosed(flow);
		}
	};

	it("five times within ten minutes are said; those of one restart, and those by the client, are not", () => {
		const bed = plantBed();
		reset(bed, 4);
		bed.wait(700);
		reset(bed, 4);
		for (let time = 0; time < 20; time++) call(bed, HMI, PLC, 9000, true);
		expect(only(bed, "connections-reset")).toEqual([]);
		reset(bed, 2);
		const [alarm, ...others] = only(bed, "connections-reset");
		expect(others).toEqual([]);
		expect(alarm).toMatchObject({ source: { ip: PLC }, destination: { ip: HMI } });
		expect(alarm!.sentence).toBe(`${PLC} reset 5 connections of ${HMI} (tcp/9000) within 14 seconds; none was while it was learned.`);
	});

	it("all the time while it is learned are its way", () => {
		const bed = new PlantBed();
		bed.read(HMI, PLC, 0, [1]);
		reset(bed, 30);
		bed.analyst.endLearning();
		bed.wait(700);
		reset(bed, 40);
		expect(only(bed, "connections-reset")).toEqual([]);
	});
});

describe("groups", () => {
	const send = (bed: PlantBed, source: string, group: string, port: number): void => {
		bed.flows.delete(`${source}>${group}:${port}`);
		bed.analyst.flowOpened(bed.flow(source, group, port, { transport: "udp", isConversation: false, firstFrame: ++bed.frame }));
		bed.wait(1);
	};
	const found = (bed: PlantBed) =>
		bed
			.take()
			.filter(({ type }) => type === "new-group")
			.map(({ sentence }) => sentence);
	const known = (): PlantBed => {
		const bed = new PlantBed();
		for (const ip of [HMI, PLC]) bed.claim({ ip, mac: macOf(ip), evidence: "toy claim" });
		for (let hour = 0; hour < 48; hour++) {
			bed.read(HMI, PLC, 0, [7]);
			send(bed, HMI, "224.0.0.251", 5353);
			for (let minute = 0; minute < 60; minute++) bed.wait(60);
		}
		bed.take();
		return bed;
	};

	it("that a host of the plant never spoke to are said, also after a restart, and those that it knows are not", () => {
		const bed = known();
		send(bed, HMI, "224.0.0.251", 5353);
		expect(found(bed)).toEqual([]);
		bed.restart();
		send(bed, HMI, "224.0.0.251", 5353);
		send(bed, HMI, "239.255.255.250", 1900);
		send(bed, PLC, "10.0.0.255", 138);
		send(bed, HMI, "ff02::c", 1900);
		expect(found(bed)).toEqual([
			`${HMI} speaks to the group 239.255.255.250 over udp/1900; in 2 days it spoke to 224.0.0.251 udp/5353 only.`,
			`${PLC} speaks to all of its network over udp/138; in 2 days it spoke to nobody in this way.`,
			`${HMI} speaks to the group ff02::c over udp/1900; in 2 days it spoke to 224.0.0.251 udp/5353 only.`,
		]);
	});

	it("of strangers, and datagrams to a device whose address ends in 255, say nothing", () => {
		const bed = known();
		bed.claim({ ip: "10.0.0.255", mac: macOf("10.0.0.255"), evidence: "toy claim" });
		send(bed, GUEST, "239.255.255.250", 1900);
		send(bed, HMI, "10.0.0.255", 138);
		expect(found(bed)).toEqual([]);
	});
});
