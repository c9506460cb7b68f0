/** DNS: messages with the bytes written out (RFC 1035, 4), pairing, escaping, hostile names. */
import { describe, expect, it } from "vitest";
import { dns } from "../../protocols/dns/index.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { datagramSuite, streamSuite } from "../contract/stream.ts";
import { DatagramHarness, hex, join } from "../support/decoderHarness.ts";

const HEADER = (id: string, flags: string, counts: string) => `${id} ${flags} ${counts}`;
const PLC_LAN = "03 706c63 03 6c616e 00"; // plc.lan
const QUERY = hex(`${HEADER("1234", "0100", "0001 0000 0000 0000")} ${PLC_LAN} 0001 0001`);
const ANSWER = hex(`${HEADER("1234", "8180", "0001 0001 0000 0000")} ${PLC_LAN} 0001 0001  c00c 0001 0001 0000003c 0004 0a000005`);
const NO_SUCH_NAME = hex(`${HEADER("1234", "8183", "0001 0000 0000 0000")} ${PLC_LAN} 0001 0001`);

const framed = (bytes: Uint8Array) => join(Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes);

describe("DNS", () => {
	it("pairs an answer with its question and names the address", () => {
		const harness = new DatagramHarness(dns, { flow: { server: { ip: "10.0.0.9", port: 53, mac: undefined } } });
		harness.send(TO_SERVER, QUERY, { time: 1_000_000_000 });
		harness.send(TO_CLIENT, ANSWER, { time: 1_000_012_500 });
		expect(harness.records).toMatchObject([
			{ kind: "request", transactionId: 0x1234, query: "plc.lan", queryType: "A" },
			{
				kind: "response",
				query: "plc.lan",
				responseCode: "NOERROR",
				matched: true,
				latencyMs: 12.5,
				answers: [{ name: "plc.lan", type: "A", ttl: 60, data: "10.0.0.5" }],
			},
		]);
		expect(harness.identities).toEqual([{ ip: "10.0.0.5", hostName: "plc.lan", evidence: "DNS answer" }]);
		expect(harness.operations).toMatchObject([{ verb: "browse", code: 1, outcome: "ok", latency: 12_500 }]);
		expect(harness.lookups).toEqual([{ name: "plc.lan", isAnswered: true, isUnknown: false }]);
	});

	it("reads a message with the reserved bit set, and an error without its question", () => {
		const harness = new DatagramHarness(dns, {});
		harness.send(TO_SERVER, hex(`${HEADER("1234", "0140", "0001 0000 0000 0000")} ${PLC_LAN} 0001 0001`));
		harness.send(TO_CLIENT, hex(HEADER("1234", "8181", "0000 0000 0000 0000")));
		expect(harness.records).toMatchObject([
			{ kind: "request", query: "plc.lan" },
			{ kind: "response", matched: true, responseCode: "FORMERR", query: "" },
		]);
	});

	it("says that a name does not exist", () => {
		const harness = new DatagramHarness(dns, {});
		harness.send(TO_SERVER, QUERY);
		harness.send(TO_CLIENT, NO_SUCH_NAME);
		expect(harness.records[1]).toMatchObject({ kind: "response", responseCode: "NXDOMAIN", answers: [] });
		expect(harness.operations).toMatchObject([{ outcome: "refused", outcomeCode: 3 }]);
		expect(harness.lookups).toEqual([{ name: "plc.lan", isAnswered: true, isUnknown: true }]);
	});

	it("reports a question without answer when its time is over, and an answer nobody asked for", () => {
		const harness = new DatagramHarness(dns, {});
		harness.send(TO_CLIENT, ANSWER);
		expect(harness.records[0]).toMatchObject({ kind: "unsolicited", matched: false });
		harness.send(TO_SERVER, QUERY, { time: 2_000_000_000 });
		expect(harness.datagrams.deadline).toBe(2_005_000_000);
		harness.datagrams.expire(2_005_000_000);
		expect(harness.records.at(-1)).toMatchObject({ kind: "unanswered", query: "plc.lan", time: 2_005_000_000 });
		expect(harness.datagrams.deadline).toBe(Number.POSITIVE_INFINITY);
	});

	it("escapes what is no letter of a host name", () => {
		const harness = new DatagramHarness(dns, {});
		harness.send(TO_SERVER, hex(`${HEADER("0001", "0100", "0001 0000 0000 0000")} 04 3c623e2e 00 0001 0001`));
		expect(harness.records[0]?.query).toBe("\\060b\\062\\046");
	});

	it("does not follow a name that points at itself or forward", () => {
		for (const pointer of ["c00c", "c00e", "c0ff"]) {
			const harness = new DatagramHarness(dns, {});
			harness.send(TO_SERVER, hex(`${HEADER("0001", "0100", "0001 0000 0000 0000")} ${pointer} 0001 0001 0000`));
			expect(harness.records[0]).toMatchObject({ kind: "malformed", violations: ["question"] });
		}
	});

	it("calls an answer malformed whose data ends beyond the message", () => {
		const harness = new DatagramHarness(dns, {});
		harness.send(
			TO_CLIENT,
			hex(`${HEADER("1234", "8180", "0001 0001 0000 0000")} ${PLC_LAN} 0001 0001  c00c 0001 0001 0000003c 0040 0a000005`),
		);
		expect(harness.records[0]).toMatchObject({ kind: "malformed", violations: ["answer-length"] });
	});

	it("takes a reverse name for the name of its address", () => {
		const harness = new DatagramHarness(dns, {});
		const reverse = "01 35 01 30 01 30 02 3130 07 696e2d61646472 04 61727061 00"; // 5.0.0.10.in-addr.arpa
		harness.send(
			TO_CLIENT,
			hex(`${HEADER("0007", "8180", "0001 0001 0000 0000")} ${reverse} 000c 0001  c00c 000c 0001 00000e10 0009 ${PLC_LAN}`),
		);
		expect(harness.records[0]?.kind).toBe("unsolicited");
		expect(harness.identities).toEqual([]); // nobody asked: not believed
		harness.send(TO_SERVER, hex(`${HEADER("0007", "0100", "0001 0000 0000 0000")} ${reverse} 000c 0001`));
		harness.send(
			TO_CLIENT,
			hex(`${HEADER("0007", "8180", "0001 0001 0000 0000")} ${reverse} 000c 0001  c00c 000c 0001 00000e10 0009 ${PLC_LAN}`),
		);
		expect(harness.identities).toEqual([{ ip: "10.0.0.5", hostName: "plc.lan", evidence: "DNS answer" }]);
	});

	const MDNS = { server: { ip: "224.0.0.251", port: 5353, mac: undefined } };
	const LOCAL = "05 6c6f63616c 00"; // local
	const HOST = `04 67772d31 ${LOCAL}`; // gw-1.local
	const INSTANCE = `05 4d65746572 05 5f68747470 04 5f746370 ${LOCAL}`; // Meter._http._tcp.local
	const rr = (name: string, type: string, data: string, seconds = "00000078") =>
		`${name} ${type} 8001 ${seconds} ${(data.replace(/\s/g, "").length / 2).toString(16).padStart(4, "0")} ${data}`;
	const text = (...strings: string[]) =>
		strings
			.map((one) =>
				[one.length, ...Array.from(one, (letter) => letter.charCodeAt(0))].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
			)
			.join("");
	const announce = (texts: string, address = "0a000001", seconds?: string) =>
		hex(
			`0000 8400 0000 0002 0000 0002 ${rr(INSTANCE, "0010", texts, seconds)} ${rr(INSTANCE, "0021", `0000 0000 0050 ${HOST}`)} ${rr(HOST, "0001", address)} ${rr(HOST, "002f", "00")}`,
		);

	it("reads services of multicast DNS with what they say of their device", () => {
		const harness = new DatagramHarness(dns, { flow: MDNS });
		harness.request(announce(text("model=GW 4", "fw=2.7", "Vendor=Example Works", "serial=", "md=other", "path")));
		expect(harness.records[0]).toMatchObject({
			kind: "response",
			variant: "mdns",
			answers: [
				{
					name: "Meter._http._tcp.local",
					type: "TXT",
					texts: ["model=GW 4", "fw=2.7", "Vendor=Example Works", "serial=", "md=other", "path"],
				},
				{ type: "SRV", data: "gw-1.local", port: 80 },
			],
			additionals: [
				{ name: "gw-1.local", type: "A", data: "10.0.0.1" },
				{ name: "gw-1.local", type: "NSEC" },
			],
		});
		expect(harness.identities).toEqual([
			{ ip: "10.0.0.1", vendor: "Example Works", model: "GW 4", firmware: "2.7", presumed: true, evidence: "DNS-SD" },
			{ ip: "10.0.0.1", hostName: "gw-1.local", presumed: true, evidence: "multicast DNS" },
		]);
		expect(harness.traces.map(({ value }) => value)).toEqual(["Meter._http._tcp.local", "gw-1.local"]);
		expect(harness.namesTaken).toEqual([]); // nobody was told where it is but in passing
	});

	it("takes a service for that of the host that it names, and says nothing of one that ends", () => {
		const passedOn = new DatagramHarness(dns, { flow: MDNS }).request(announce(text("ty=Printer 9"), "0a000063"));
		expect(passedOn.identities[0]).toMatchObject({ ip: "10.0.0.99", model: "Printer 9" });
		expect(
			new DatagramHarness(dns, { flow: MDNS }).request(announce(text("ty=Printer 9"), "0a000001", "00000000")).identities,
		).toMatchObject([{ hostName: "gw-1.local" }]);
		const other = `05 4d65746572 ${LOCAL}`;
		const noService = hex(`0000 8400 0000 0001 0000 0000 ${rr(other, "0010", text("model=x"))}`);
		expect(new DatagramHarness(dns, { flow: MDNS }).request(noService).identities).toEqual([]);
		const alone = hex(`0000 8400 0000 0001 0000 0000 ${rr(INSTANCE, "0010", text("model=x"))}`);
		expect(new DatagramHarness(dns, { flow: MDNS }).request(alone).identities).toEqual([
			{ ip: "10.0.0.1", model: "x", presumed: true, evidence: "DNS-SD" },
		]);
	});

	it("leaves out what a host means to claim, and calls records malformed that end beyond the message", () => {
		const claims = hex(`0000 8400 0000 0000 0001 0001 ${rr(HOST, "0001", "0a000063")} ${rr(HOST, "0001", "0a000001")}`);
		expect(new DatagramHarness(dns, { flow: MDNS }).request(claims).records[0]).toMatchObject({
			answers: [],
			additionals: [{ data: "10.0.0.1" }],
		});
		expect(new DatagramHarness(dns, { flow: MDNS }).request(claims.slice(0, -2)).records[0]).toMatchObject({ kind: "malformed" });
		const short = hex(`0000 8400 0000 0001 0000 0000 ${rr(INSTANCE, "0010", "0541")}`);
		expect(new DatagramHarness(dns, { flow: MDNS }).request(short).records[0]?.answers).toMatchObject([{ type: "TXT" }]);
	});

	it("says who answers everybody for a name", () => {
		const llmnr = new DatagramHarness(dns, { flow: { server: { ip: "10.0.0.2", port: 5355, mac: undefined } } });
		llmnr.response(hex(`4100 8000 0001 0001 0000 0000 03 686d69 00 0001 0001 ${rr("03 686d69 00", "0001", "0a000002")}`));
		expect(llmnr.records[0]).toMatchObject({ kind: "response", variant: "llmnr" });
		expect(llmnr.namesTaken).toEqual([{ source: "10.0.0.2", name: "hmi", ip: "10.0.0.2" }]);
		const goodbye = new DatagramHarness(dns, { flow: MDNS });
		goodbye.request(hex(`0000 8400 0000 0001 0000 0000 ${rr(HOST, "0001", "0a000001", "00000000")}`));
		expect(goodbye.namesTaken).toEqual([]);
		const asked = new DatagramHarness(dns, {}).request(QUERY).response(ANSWER);
		expect(asked.namesTaken).toEqual([]);
	});

	it("waits for no answer to a multicast question", () => {
		const harness = new DatagramHarness(dns, { flow: { server: { ip: "224.0.0.251", port: 5353, mac: undefined } } });
		harness.send(TO_SERVER, QUERY);
		expect(harness.records[0]).toMatchObject({ kind: "request", variant: "mdns" });
		expect(harness.datagrams.deadline).toBe(Number.POSITIVE_INFINITY);
	});
});

datagramSuite(dns, [
	[
		{ name: "question", bytes: QUERY, direction: TO_SERVER },
		{ name: "answer", bytes: ANSWER, direction: TO_CLIENT },
	],
]);
streamSuite(dns, [
	[
		{ name: "question", bytes: framed(QUERY), direction: TO_SERVER },
		{ name: "answer", bytes: framed(ANSWER), direction: TO_CLIENT },
	],
]);
