/** DHCP: messages with the bytes written out (RFC 2131, 2132). */
import { describe, expect, it } from "vitest";
import { dhcp } from "../../protocols/dhcp/index.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { datagramSuite } from "../contract/stream.ts";
import { DatagramHarness, hex } from "../support/decoderHarness.ts";

/** Header up to the options; addresses as eight hex digits. */
const header = (operation: string, clientIp: string, yourIp: string) =>
	`${operation} 01 06 00 cafe0001 0000 8000 ${clientIp} ${yourIp} 00000000 00000000 020000000007 ${"00".repeat(10)} ${"00".repeat(64)} ${"00".repeat(128)} 63825363`;
const ZERO = "00000000";
const DISCOVER = hex(`${header("01", ZERO, ZERO)} 350101 0c03484d49 3c06504c43206f73 370401030c06 ff`);
const ACK = hex(
	`${header("02", ZERO, "0a000063")} 350105 36040a000001 330400000e10 0104ffffff00 03040a0000fe 06080a0000350a000036 0f03706c74 ff`,
);

describe("DHCP", () => {
	it("reads who a client says it is", () => {
		const harness = new DatagramHarness(dhcp, {});
		harness.send(TO_SERVER, DISCOVER);
		expect(harness.records).toMatchObject([
			{
				kind: "request",
				messageType: "DISCOVER",
				transactionId: 0xcafe0001,
				clientMac: "02:00:00:00:00:07",
				hostName: "HMI",
				vendorClass: "PLC os",
				parameters: [1, 3, 12, 6],
			},
		]);
		expect(harness.identities).toEqual([{ mac: "02:00:00:00:00:07", hostName: "HMI", application: "PLC os", evidence: "DHCP request" }]);
	});

	it("reads a lease and the roles it names", () => {
		const harness = new DatagramHarness(dhcp, {});
		harness.send(TO_CLIENT, ACK);
		expect(harness.records).toMatchObject([
			{
				kind: "response",
				messageType: "ACK",
				yourIp: "10.0.0.99",
				serverId: "10.0.0.1",
				leaseTime: 3600,
				subnetMask: "255.255.255.0",
				routers: ["10.0.0.254"],
				nameServers: ["10.0.0.53", "10.0.0.54"],
				domainName: "plt",
			},
		]);
		expect(harness.identities).toEqual([
			{ ip: "10.0.0.99", mac: "02:00:00:00:00:07", assigned: true, evidence: "DHCP lease" },
			{ ip: "10.0.0.1", role: "DHCP server", duty: "addresses", evidence: "DHCP server identifier" },
			{ ip: "10.0.0.254", role: "router", duty: "routes", evidence: "DHCP router option" },
			{ ip: "10.0.0.53", role: "DNS server", duty: "names", evidence: "DHCP name server option" },
			{ ip: "10.0.0.54", role: "DNS server", duty: "names", evidence: "DHCP name server option" },
		]);
	});

	const ask = (options: string, of: { mac?: string } = {}) =>
		new DatagramHarness(dhcp, {}).send(
			TO_SERVER,
			hex(`${header("01", ZERO, ZERO).replace("020000000007", of.mac ?? "020000000007")} 350101 ${options} ff`),
		);
	const option = (code: string, bytes: string) => `${code} ${(bytes.replace(/\s/g, "").length / 2).toString(16).padStart(2, "0")} ${bytes}`;
	const ascii = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0).toString(16).padStart(2, "0")).join("");
	const list = (...codes: number[]) => option("37", codes.map((code) => code.toString(16).padStart(2, "0")).join(""));

	it.each<[string, string, object[]]>([
		["Windows", option("3c", ascii("MSFT 5.0")), [{ operatingSystem: "Windows", application: "MSFT 5.0", evidence: "DHCP request" }]],
		["Android", option("3c", ascii("android-dhcp-14")), [{ operatingSystem: "Android 14" }]],
		["dhcpcd", option("3c", ascii("dhcpcd-6.11.5:Linux-4.1.18-v7+:armv7l:BCM2709")), [{ operatingSystem: "Linux 4.1.18-v7+" }]],
		["BusyBox", option("3c", ascii("udhcp 1.36.1")), [{ operatingSystem: "Linux (BusyBox)" }]],
		[
			"an Axis camera",
			option("3c", ascii("AXIS,Network Camera,M1065-LW,8.20.1")),
			[{ vendor: "Axis Communications", model: "M1065-LW", firmware: "8.20.1" }],
		],
		["an access point of Cisco", option("3c", ascii("Cisco AP c1240")), [{ vendor: "Cisco", model: "c1240" }]],
		["systemd", option("3d", "ff 01020304 0002 0000ab11 0102030405060708"), [{ operatingSystem: "Linux (systemd)" }]],
		[
			"Debian's dhclient",
			list(1, 28, 2, 3, 15, 6, 119, 12, 44, 47, 26, 121, 42),
			[{ operatingSystem: "Linux (dhclient)", presumed: true }],
		],
		["lwIP", list(1, 3, 28, 6), [{ operatingSystem: "lwIP", presumed: true, evidence: "DHCP parameter request list" }]],
		[
			"Windows by its list",
			list(1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252),
			[{ operatingSystem: "Windows", presumed: true }],
		],
		[
			"lwIP with a name",
			`${option("0c", ascii("valve"))} ${list(1, 3, 28, 6)}`,
			[{ hostName: "valve" }, { operatingSystem: "lwIP", presumed: true }],
		],
		["nobody known", list(1, 3, 6, 42), []],
		["dhclient that asks for all", list(1, 28, 2, 3, 15, 6, 119, 12, 44, 46, 47, 26, 121, 42, 249), []],
	])("knows %s by what it asks with", (_, options, expected) => {
		const { identities } = ask(options);
		expect(identities).toMatchObject(expected);
		expect(identities).toHaveLength(expected.length);
	});

	it("reads class, id and full name of a client", () => {
		expect(ask(option("4d", `04 ${ascii("line")} 02 ${ascii("b7")}`)).records[0]).toMatchObject({ userClass: "line.b7" });
		expect(ask(option("4d", ascii("RRAS.Microsoft"))).records[0]).toMatchObject({ userClass: "RRAS.Microsoft" });
		expect(ask(option("3d", "00 706c63")).records[0]).toMatchObject({ clientId: "00:70:6c:63" });
		expect(ask(option("3d", "01 020000000007")).records[0]?.clientId).toBeUndefined();
		expect(ask(option("51", `00 00 00 ${ascii("hmi.plant")}`)).records[0]).toMatchObject({ hostName: "hmi.plant" });
		expect(ask(option("51", `05 00 00 03 ${ascii("hmi")} 05 ${ascii("plant")} 00`)).records[0]).toMatchObject({ hostName: "hmi.plant" });
		expect(ask(option("51", `05 00 00 03 ${ascii("hmi")} 3f ${ascii("x")}`)).records[0]).toMatchObject({ hostName: "hmi" });
	});

	const tell = (options: string, type = "05") =>
		new DatagramHarness(dhcp, {}).send(TO_CLIENT, hex(`${header("02", ZERO, ZERO)} 3501${type} ${options} ff`));

	it("reads why a server refuses, where a device starts from, and where its proxy is", () => {
		expect(tell(option("38", ascii("wrong network")), "06").records).toMatchObject([{ messageType: "NAK", message: "wrong network" }]);
		expect(
			tell(`${option("42", ascii("10.0.0.4"))} ${option("43", ascii("pxe.0"))} ${option("fc", ascii("http://wpad/x"))}`).records,
		).toMatchObject([{ bootServer: "10.0.0.4", bootFile: "pxe.0", proxy: "http://wpad/x" }]);
	});

	it("reads routes, and says when a server takes all of them over", () => {
		const halves = "01 00 0a000042 01 80 0a000042";
		const harness = tell(option("79", `18 0a0900 0a000001 ${halves}`));
		expect(harness.records[0]?.routes).toEqual([
			{ network: "10.9.0.0", bits: 24, router: "10.0.0.1" },
			{ network: "0.0.0.0", bits: 1, router: "10.0.0.66" },
			{ network: "128.0.0.0", bits: 1, router: "10.0.0.66" },
		]);
		expect(harness.facts).toMatchObject([{ record: { id: "dhcp-route-injected" }, key: "10.0.0.66", byServer: true }]);
		expect(tell(option("f9", halves)).facts).toHaveLength(1);
		expect(tell(option("79", "00 0a000001 18 0a0900 0a000001 01 00 0a000042")).facts).toEqual([]);
		expect(tell(option("79", "21 00 0a000001")).records[0]?.routes).toBeUndefined();
		expect(tell(option("79", "18 0a09")).records[0]?.routes).toBeUndefined();
	});

	it("says when addresses are asked for in the names of many", () => {
		const harness = new DatagramHarness(dhcp, { flow: { client: { ip: "0.0.0.0", port: 68, mac: "02:00:00:00:00:66" } } });
		const from = (client: number, relay = ZERO) =>
			hex(
				`${header("01", ZERO, ZERO)
					.replace("020000000007", `0200000001${client.toString(16).padStart(2, "0")}`)
					.replace(`${ZERO} 020000`, `${relay} 020000`)} 350101 ff`,
			);
		for (let client = 0; client < 9; client++) harness.send(TO_SERVER, from(client)).send(TO_SERVER, from(client));
		expect(harness.facts).toEqual([]);
		harness.send(TO_SERVER, from(9));
		expect(harness.facts).toMatchObject([{ record: { id: "dhcp-exhaustion" }, isAlone: true }]);
		harness.advance(harness.clock.time + 61_000_000);
		expect(harness.send(TO_SERVER, from(10)).facts).toHaveLength(1);
		const relay = new DatagramHarness(dhcp, {});
		for (let client = 0; client < 120; client++) relay.send(TO_SERVER, from(client, "0a000001"));
		expect(relay.facts).toEqual([]);
		const unknown = new DatagramHarness(dhcp, { flow: { client: { ip: "0.0.0.0", port: 68, mac: undefined } } });
		for (let client = 0; client < 100; client++) unknown.send(TO_SERVER, from(client));
		expect(unknown.facts).toHaveLength(1);
	});

	it("replaces control characters in names from the wire", () => {
		const harness = new DatagramHarness(dhcp, {});
		harness.send(TO_SERVER, hex(`${header("01", ZERO, ZERO)} 350101 0c041b5b324a ff`));
		expect(harness.records[0]?.hostName).toBe(".[2J");
	});

	it("calls an option malformed that ends beyond the message", () => {
		const harness = new DatagramHarness(dhcp, {});
		harness.send(TO_SERVER, hex(`${header("01", ZERO, ZERO)} 350101 0cff4142`));
		expect(harness.records[0]).toMatchObject({ kind: "malformed", violations: ["option-length"] });
		expect(harness.identities).toEqual([]);
		expect(harness.facts).toMatchObject([{ record: { id: "dhcp-malformed" }, key: "option-length" }]);
	});
});

datagramSuite(dhcp, [
	[
		{ name: "discover", bytes: DISCOVER, direction: TO_SERVER },
		{ name: "acknowledgement", bytes: ACK, direction: TO_CLIENT },
	],
]);
