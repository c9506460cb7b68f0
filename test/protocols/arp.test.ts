/** ARP: kinds, identities and forged senders, with the bytes written out (RFC 826). */
import { describe, expect, it } from "vitest";
import { arp } from "../../protocols/arp/index.ts";
import type { ArpObservation } from "../../protocols/arp/observation.ts";
import type { IdentityClaim, OperationSink } from "../../src/decode/protocol.ts";
import type { Fact } from "../../src/detect/detection.ts";
import type { FlowView } from "../../src/flow/flow.ts";
import { hex } from "../support/decoderHarness.ts";

const FRAME_MAC = "02:00:00:00:00:01";

function decode(bytes: Uint8Array, frameMac = FRAME_MAC) {
	const seen: ArpObservation[] = [];
	const flow: FlowView = {
		id: 0,
		transport: "link",
		client: { ip: undefined, port: undefined, mac: frameMac },
		server: { ip: undefined, port: undefined, mac: "ff:ff:ff:ff:ff:ff" },
		vlan: -1,
	};
	const decoder = arp.link!.open({
		clock: { time: 5_000_000, frame: 7 },
		flow,
		emit: (o) => seen.push({ ...o }),
		count: () => {},
		certificate: () => undefined,
	});
	const isTaken = decoder.data(bytes, 0, bytes.length);
	const claims: IdentityClaim[] = [];
	const sought: [string, string][] = [];
	const facts: Fact[] = [];
	for (const observation of seen) {
		arp.operations(observation, {
			identity: (claim) => claims.push(claim),
			seek: (source, ip) => sought.push([source, ip]),
		} as Partial<OperationSink> as OperationSink);
		arp.detect(observation, flow, (fact) => facts.push(fact));
	}
	return { isTaken, seen, claims, sought, facts };
}

const message = (operation: string, senderMac: string, senderIp: string, targetMac: string, targetIp: string): Uint8Array =>
	hex(`0001 0800 06 04 ${operation} ${senderMac} ${senderIp} ${targetMac} ${targetIp}`);

describe("ARP", () => {
	it("reads a request and says who holds the sender's address", () => {
		const { seen, claims, sought, facts } = decode(message("0001", "020000000001", "0a000001", "000000000000", "0a000002"));
		expect(seen).toHaveLength(1);
		expect(sought).toEqual([["10.0.0.1", "10.0.0.2"]]);
		expect(seen[0]).toMatchObject({
			kind: "request",
			frame: 7,
			time: 5_000_000,
			senderIp: "10.0.0.1",
			senderMac: FRAME_MAC,
			targetIp: "10.0.0.2",
		});
		expect(claims).toEqual([{ ip: "10.0.0.1", mac: FRAME_MAC, evidence: "ARP request" }]);
		expect(facts).toEqual([]);
	});

	it("tells a reply, a probe and an announcement apart", () => {
		expect(decode(message("0002", "020000000001", "0a000001", "020000000002", "0a000002")).seen[0]?.kind).toBe("reply");
		const probe = decode(message("0001", "020000000001", "00000000", "000000000000", "0a000001"));
		expect(probe.seen[0]?.kind).toBe("probe");
		expect(probe.claims).toEqual([]);
		expect(probe.sought).toEqual([]);
		expect(decode(message("0001", "020000000001", "0a000001", "000000000000", "0a000001")).seen[0]?.kind).toBe("announcement");
	});

	it("reports a message in another device's name", () => {
		const { facts } = decode(message("0002", "020000000009", "0a000001", "020000000002", "0a000002"));
		expect(facts).toHaveLength(1);
		expect(facts[0]?.record.id).toBe("arp-forged-sender");
		expect(facts[0]?.sentence).toContain("02:00:00:00:00:01 sent an ARP message that says that 10.0.0.1 is at 02:00:00:00:00:09");
	});

	it("reports a group address as sender", () => {
		const { facts } = decode(message("0002", "0300000000ff", "0a000001", "020000000002", "0a000002"), "03:00:00:00:00:ff");
		expect(facts[0]?.sentence).toContain("group address");
	});

	it("refuses what is no ARP for IPv4 over Ethernet, and every cut message", () => {
		expect(decode(hex("0006 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002")).isTaken).toBe(false);
		expect(decode(hex("0001 86dd 06 10 0001 020000000001 0a000001 000000000000 0a000002")).isTaken).toBe(false);
		const whole = message("0001", "020000000001", "0a000001", "000000000000", "0a000002");
		for (let length = 0; length < whole.length; length++) expect(decode(whole.subarray(0, length)).isTaken).toBe(false);
	});

	it("gives the record its names", () => {
		const { seen } = decode(message("0001", "020000000001", "0a000001", "000000000000", "0a000002"));
		expect(arp.record(seen[0]!)).toEqual({
			operation: 1,
			operationName: "request",
			senderMac: FRAME_MAC,
			senderIp: "10.0.0.1",
			targetMac: "00:00:00:00:00:00",
			targetIp: "10.0.0.2",
		});
	});
});
