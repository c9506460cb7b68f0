/** A serial line's frames inside TCP and UDP, as device servers send them. */
import { describe, expect, it } from "vitest";
import { protocols, services } from "../../protocols/index.ts";
import { modbus } from "../../protocols/modbus/index.ts";
import type { ModbusObservation } from "../../protocols/modbus/observation.ts";
import { Engine } from "../../src/app/engine.ts";
import { observationLine } from "../../src/app/lines.ts";
import { PROBE, type Protocol } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { datagramSuite, type Sample, streamSuite } from "../contract/stream.ts";
import { join, StreamHarness } from "../support/decoderHarness.ts";
import { ethernet, FLAG, frameOf, ipv4, tcp, udp } from "../wire/frameBuilder.ts";
import { adu, CONVERSATIONS } from "./modbusSamples.ts";
import { ascii, LINE_CONVERSATIONS, rtu } from "./serialSamples.ts";

/** The loop back test has no length of its own: only the end of a segment ends it. */
const samples = (make: (unit: number, pdu: string) => Uint8Array): Sample[][] =>
	LINE_CONVERSATIONS.map((conversation) =>
		conversation
			.filter(({ name }) => !name.startsWith("loop back"))
			.map(({ name, unit, pdu, kind }) => ({ name, bytes: make(unit, pdu), direction: kind === "request" ? TO_SERVER : TO_CLIENT })),
	);

/** Modbus on a connection that began with this. */
const begunWith = (bytes: Uint8Array): Protocol<ModbusObservation> => ({
	...modbus,
	tcp: {
		...modbus.tcp!,
		// As on a port that hints at nothing: where a message is sought, pieces of serial frames are not believed, lest they hide Modbus/TCP.
		probe: (piece, start, end, isHinted = false) => modbus.tcp!.probe(piece, start, end, isHinted),
		open: (context) => {
			let isBegun = false;
			const stream = modbus.tcp!.open({ ...context, emit: (observation) => isBegun && context.emit(observation) });
			stream.data(bytes, 0, bytes.length, TO_SERVER);
			stream.gap(TO_SERVER);
			isBegun = true;
			return stream;
		},
	},
});

streamSuite({ ...begunWith(rtu(1, "03 0000 0001")), name: "modbus" }, samples(rtu));
streamSuite({ ...begunWith(ascii(1, "03 0000 0001")), name: "modbus" }, samples(ascii));
datagramSuite(modbus, samples(rtu));

describe("a device server's connection", () => {
	it("is told from Modbus/TCP by its first bytes, whichever port", () => {
		const { probe } = modbus.tcp!;
		for (const isHinted of [true, false]) {
			for (const { bytes } of samples(rtu).flat()) expect(probe(bytes, 0, bytes.length, isHinted)).toBe(PROBE.match);
			for (const { bytes } of samples(ascii).flat()) expect(probe(bytes, 0, bytes.length, isHinted)).toBe(PROBE.match);
		}
		for (const { bytes, direction } of CONVERSATIONS.flat()) {
			const harness = new StreamHarness(begunWith(bytes)).send(direction, bytes);
			expect(harness.records[0]).toMatchObject({ framing: "tcp" });
		}
	});

	it("is not taken for one where the checksum is wrong, or where something else follows", () => {
		const { probe } = modbus.tcp!;
		const bytes = rtu(1, "03 0000 0001");
		const wrong = bytes.slice();
		wrong[7]! ^= 1;
		expect(probe(wrong, 0, wrong.length, false)).toBe(PROBE.mismatch);
		const more = join(bytes, Uint8Array.of(0xff, 0xff, 0xff));
		expect(probe(more, 0, more.length, false)).toBe(PROBE.mismatch);
	});

	it("reads functions without a length, and the loop back test, as far as a segment goes", () => {
		const protocol = begunWith(rtu(1, "03 0000 0001"));
		const harness = new StreamHarness(protocol).request(rtu(1, "64 0102030405")).response(rtu(1, "64 07"));
		harness.request(rtu(1, "08 0000 a537")).response(rtu(1, "08 0000 a537"));
		expect(harness.records.map(({ kind, functionCode, matched }) => [kind, functionCode, matched])).toEqual([
			["request", 100, undefined],
			["response", 100, true],
			["request", 8, undefined],
			["response", 8, true],
		]);
	});

	it("says once that bytes between frames are none", () => {
		const harness = new StreamHarness(begunWith(rtu(1, "03 0000 0001")));
		harness.request(join(new Uint8Array(40).fill(0xff), rtu(1, "03 0000 0001"))).response(rtu(1, "03 02 0007"));
		expect(harness.records.map(({ kind }) => kind)).toEqual(["malformed", "request", "response"]);
		expect(harness.records[0]).toMatchObject({ violations: ["noise"] });
		expect(harness.facts).toEqual([]);
	});
});

describe("found by the engine", () => {
	const CLIENT = "10.0.0.1";
	const SERVER = "10.0.0.2";

	function lines(packets: { fromClient: boolean; payload: Uint8Array }[], port: number, transport: "tcp" | "udp", pause = 10_000) {
		const said: Record<string, unknown>[] = [];
		const engine = new Engine({
			protocols,
			services,
			onObservation: (protocol, one, flow) => said.push(observationLine(protocol, one, flow)),
		});
		const sequence = [1000, 5000];
		let number = 0;
		for (const { fromClient, payload } of packets) {
			const ends = fromClient ? { source: CLIENT, destination: SERVER } : { source: SERVER, destination: CLIENT };
			const ports = fromClient ? { from: 40_000, to: port } : { from: port, to: 40_000 };
			const side = fromClient ? 0 : 1;
			const numbers = { sequence: sequence[side]!, acknowledgment: sequence[1 - side]!, flags: FLAG.psh | FLAG.ack };
			const segment = transport === "udp" ? udp([...payload], ports) : tcp([...payload], { ...ports, ...numbers });
			sequence[side]! += payload.length;
			const bytes = ethernet(0x0800, ipv4(transport === "udp" ? 17 : 6, segment, { ...ends, id: ++number }));
			engine.frame(frameOf(bytes, { number, time: 1_700_000_000e6 + number * pause }));
		}
		engine.endSource();
		return said;
	}
	const polling = Array.from({ length: 6 }, (_, round) => [
		{ fromClient: true, payload: rtu(5, `03 000${round} 0001`) },
		{ fromClient: false, payload: rtu(5, `03 02 00${round}7`) },
	]).flat();

	it.each([
		["tcp", 4001],
		["tcp", 502],
		["udp", 4001],
		["udp", 10_001],
	] as const)("over %s, port %i", (transport, port) => {
		const said = lines(polling, port, transport);
		expect(said.map(({ kind, framing, unitId }) => [kind, framing, unitId])).toEqual(
			polling.map(({ fromClient }) => [fromClient ? "request" : "response", "rtu", 5]),
		);
		expect(said[0]).toMatchObject({ protocol: "modbus", client: { ip: CLIENT }, server: { ip: SERVER, port } });
	});

	it("in pieces, as a device server forwards what its port hands it", () => {
		const pieces = polling.flatMap(({ fromClient, payload }) => [
			{ fromClient, payload: payload.subarray(0, 3) },
			{ fromClient, payload: payload.subarray(3) },
		]);
		const said = lines(pieces, 4001, "tcp");
		expect(said.map(({ kind }) => kind)).toEqual(polling.map(({ fromClient }) => (fromClient ? "request" : "response")));
	});

	it.each([
		["tcp", rtu],
		["tcp", ascii],
		["udp", rtu],
		["udp", ascii],
	] as const)("that writes registers of 32 bits one by one, over %s", (transport, make) => {
		const writes = ["06 1b59 3f80 0001", "06 1b5a 0007", "06 1389 0000 0000"].flatMap((pdu) =>
			[true, false].map((fromClient) => ({ fromClient, payload: make(5, pdu) })),
		);
		const said = lines(writes, 4001, transport);
		expect(said.map(({ kind, values }) => [kind, values])).toEqual(
			[[0x3f80, 1], [7], [0, 0]].flatMap((values) => ["request", "response"].map((kind) => [kind, values])),
		);
		for (const line of said) expect(line).not.toHaveProperty("violations");
		// As a client's and its server's connection may be cut anywhere: in the middle of the four bytes.
		const pieces = writes.flatMap(({ fromClient, payload }) => [
			{ fromClient, payload: payload.subarray(0, payload.length - 3) },
			{ fromClient, payload: payload.subarray(payload.length - 3) },
		]);
		if (transport === "tcp") expect(lines(pieces, 4001, "tcp").map(({ values }) => values)).toEqual(said.map(({ values }) => values));
	});

	describe("whose form changes", () => {
		const exchange = (round: number, make: (pdu: string) => Uint8Array) => [
			{ fromClient: true, payload: make(`06 000${round} 0007`) },
			{ fromClient: false, payload: make(`06 000${round} 0007`) },
		];
		const serial = (count: number) => Array.from({ length: count }, (_, round) => exchange(round, (pdu) => rtu(5, pdu))).flat();
		const tcpIp = (count: number) => Array.from({ length: count }, (_, round) => exchange(round, (pdu) => adu(round, 5, pdu))).flat();
		// A lone frame that looks like the beginning of a message is read once the message does not go on: behind the one of the other direction.
		const framings = (said: Record<string, unknown>[], which: string) =>
			said.filter(({ kind }) => kind === which).map(({ framing }) => framing);

		it.each([
			["tcp", 502],
			["tcp", 4001],
			["udp", 502],
		] as const)("still sees all of it, over %s, port %i", (transport, port) => {
			const said = lines([...serial(2), ...tcpIp(2), ...serial(1), ...tcpIp(1)], port, transport);
			for (const which of ["request", "response"]) expect(framings(said, which)).toEqual(["rtu", "rtu", "tcp", "tcp", "rtu", "tcp"]);
			expect(said.filter(({ kind }) => kind === "malformed")).toEqual([]);
			expect(said.filter(({ kind }) => kind === "response").every(({ matched }) => matched === true)).toBe(true);
		});

		it.each([0, 1, 2, 3, 5, 255, 256, 0xff00])(
			"sees a serial write of %i behind a message, whose frame has zeros where a header has them",
			(value) => {
				const write = rtu(5, `06 0000 ${value.toString(16).padStart(4, "0")}`);
				const serialWrite = [true, false].map((fromClient) => ({ fromClient, payload: write }));
				const said = lines([...tcpIp(1), ...serialWrite, ...tcpIp(1)], 502, "tcp");
				for (const which of ["request", "response"]) expect(framings(said, which)).toEqual(["tcp", "rtu", "tcp"]);
			},
		);

		it("sees one that announces many bytes once they do not come", () => {
			const write = rtu(5, "06 0000 00fe");
			const serialWrite = [true, false].map((fromClient) => ({ fromClient, payload: write }));
			const said = lines([...tcpIp(1), ...serialWrite, ...tcpIp(2)], 502, "tcp", 1_500_000);
			for (const which of ["request", "response"]) expect(framings(said, which)).toEqual(["tcp", "rtu", "tcp", "tcp"]);
		});

		it("sees a write behind one serial frame that nobody answers, whole or byte by byte", () => {
			const write = { fromClient: true, payload: adu(1, 5, "06 0001 0007") };
			const bytes = Array.from(write.payload, (byte) => ({ fromClient: true, payload: Uint8Array.of(byte) }));
			for (const packets of [[write], bytes]) {
				const said = lines([{ fromClient: true, payload: rtu(5, "03 0000 0001") }, ...packets, write], 502, "tcp");
				expect(said.filter(({ functionCode }) => functionCode === 6).map(({ kind }) => kind)).toContain("request");
			}
		});
	});
});
