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
	});
});

datagramSuite(dhcp, [
	[
		{ name: "discover", bytes: DISCOVER, direction: TO_SERVER },
		{ name: "acknowledgement", bytes: ACK, direction: TO_CLIENT },
	],
]);
