/** Modbus over UDP: one message a datagram. */
import { describe, expect, it } from "vitest";
import { protocols, services } from "../../protocols/index.ts";
import { modbus } from "../../protocols/modbus/index.ts";
import { Engine } from "../../src/app/engine.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { datagramSuite } from "../contract/stream.ts";
import { DatagramHarness, hex, join } from "../support/decoderHarness.ts";
import { ethernet, frameOf, ipv4, udp } from "../wire/frameBuilder.ts";
import { adu, CONVERSATIONS } from "./modbusSamples.ts";

const T0 = 1_000_000_000;
const open = () => new DatagramHarness(modbus, { time: T0 });
const read = adu(1, 1, "03 0000 0001");
const answer = adu(1, 1, "03 02 0007");

describe("Modbus over UDP", () => {
	it("pairs requests with answers", () => {
		const { records, operations } = open()
			.request(read, { time: T0 })
			.response(answer, { time: T0 + 1500 });
		expect(records).toMatchObject([
			{ kind: "request", address: 0, quantity: 1 },
			{ kind: "response", matched: true, values: [7], latencyMs: 1.5, requestFrame: 1 },
		]);
		expect(operations).toMatchObject([{ verb: "read", points: ["holding:0"], values: [7], outcome: "ok" }]);
	});

	it("says that a request was sent again, and reports neither it nor its second answer", () => {
		const harness = open()
			.request(read, { time: T0 })
			.request(read, { time: T0 + 1_000_000 })
			.response(answer, { time: T0 + 1_001_000 })
			.response(answer, { time: T0 + 1_002_000 })
			.response(answer, { time: T0 + 1_003_000 });
		expect(harness.records.map(({ kind, repeated, late, duplicate }) => [kind, repeated, late, duplicate])).toEqual([
			["request", undefined, undefined, undefined],
			["unanswered", undefined, undefined, undefined],
			["request", true, undefined, undefined],
			["response", undefined, undefined, undefined],
			["response", undefined, true, undefined],
			["unsolicited", undefined, undefined, true],
		]);
		expect(harness.facts).toEqual([]);
	});

	it("reports two different answers here too", () => {
		const harness = open()
			.request(read)
			.response(answer)
			.response(adu(1, 1, "03 02 0008"));
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["modbus-diverging-answer"]);
	});

	it("reports a request that nobody answers when its time is over", () => {
		const harness = open()
			.request(read)
			.advance(T0 + 2_000_000);
		expect(harness.records.map(({ kind }) => kind)).toEqual(["request", "unanswered"]);
	});

	it("reports what breaks the specification, and is not led astray by it", () => {
		// A read request that is six bytes too long, behind which another message would fit.
		const harness = open()
			.request(adu(1, 1, `03 0000 0001 ${"0002 0000 0006 01"}`))
			.request(read)
			.response(answer);
		expect(harness.records).toMatchObject([
			{ kind: "request", violations: ["length"] },
			{ kind: "request" },
			{ kind: "response", matched: true },
		]);
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["modbus-malformed"]);
	});

	it("refuses a datagram that is less or more than one message", () => {
		const harness = open().request(read.slice(0, -1)).request(join(read, read)).request(hex("00"));
		expect(harness.refused).toBe(3);
		expect(harness.records).toEqual([]);
	});

	it("is certain off its port of public functions in their exact shape alone", () => {
		const probe = (bytes: Uint8Array) => modbus.udp!.probe(bytes, 0, bytes.length);
		expect(probe(read)).toBe(PROBE.certain);
		expect(probe(answer)).toBe(PROBE.certain);
		expect(probe(adu(1, 1, "03 0000 0000"))).toBe(PROBE.match);
		expect(probe(adu(1, 1, "41 00"))).toBe(PROBE.match);
		expect(probe(adu(1, 1, "5a 00 02"))).toBe(PROBE.match);
		// A DNS query, an NTP request, zeros.
		for (const bytes of [hex("1a2b 0100 0001 0000 0000 0000 0161 00 0001 0001"), join(hex("1b"), new Uint8Array(47)), new Uint8Array(12)]) {
			expect(probe(bytes)).toBe(PROBE.mismatch);
		}
	});
});

describe("in the whole engine", () => {
	/** The kinds of the lines that datagrams on this port of a server give. */
	function kindsOf(port: number, pdus: readonly (readonly [toServer: boolean, bytes: Uint8Array])[]): string[] {
		const kinds: string[] = [];
		const engine = new Engine({
			protocols,
			services,
			onObservation: (protocol, observation, flow) => void kinds.push(`${protocol.name} ${observation.kind} ${flow.server.port}`),
		});
		for (const [index, [toServer, bytes]] of pdus.entries()) {
			const [source, destination, from, to] = toServer ? ["10.0.0.1", "10.0.0.2", 40000, port] : ["10.0.0.2", "10.0.0.1", port, 40000];
			const packet = ipv4(17, udp([...bytes], { from: from as number, to: to as number }), {
				source: source as string,
				destination: destination as string,
			});
			engine.frame(frameOf(ethernet(0x0800, packet), { number: index + 1, time: T0 + index * 1000 }));
		}
		engine.endSource();
		return kinds;
	}

	it("is found on its port, and on another one by its shape alone", () => {
		for (const port of [502, 20502]) {
			expect(
				kindsOf(port, [
					[true, read],
					[false, answer],
				]),
			).toEqual([`modbus request ${port}`, `modbus response ${port}`]);
		}
		expect(kindsOf(20502, [[true, adu(1, 1, "41 00")]])).toEqual([]);
		expect(kindsOf(502, [[true, adu(1, 1, "41 00")]])).toEqual(["modbus request 502"]);
	});

	it("has the right server where the answer is seen first", () => {
		expect(
			kindsOf(20502, [
				[false, answer],
				[true, adu(2, 1, "03 0000 0001")],
			]),
		).toEqual(["modbus unsolicited 20502", "modbus request 20502"]);
	});
});

datagramSuite(modbus, CONVERSATIONS);
