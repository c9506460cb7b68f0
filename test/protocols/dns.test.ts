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
