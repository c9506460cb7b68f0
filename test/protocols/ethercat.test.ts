/** EtherCAT: frames with the bytes written out (ETG.1000), seen on their way out and back, hostile bytes, and what is said of it. */
import { describe, expect, it } from "vitest";
import { ethercat } from "../../protocols/ethercat/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { datagramSuite, messageSuite } from "../contract/stream.ts";
import { DatagramHarness, hex, MessageHarness } from "../support/decoderHarness.ts";
import {
	aborted,
	download,
	downloaded,
	fileAnswer,
	frame,
	process,
	readFile,
	setState,
	status,
	upload,
	uploaded,
	uploadedText,
	writeFile,
} from "./ethercatMessages.ts";

const MASTER = "00:01:05:00:00:01";
const SEGMENT = "02:01:05:00:00:01";
const ALL = "ff:ff:ff:ff:ff:ff";
const SECOND = 1_000_000;
const STATION = 1001;

class Wire {
	readonly client = { ip: undefined, port: undefined, mac: MASTER };
	readonly harness = new MessageHarness(ethercat, "link", {
		flow: { client: this.client, server: { ip: undefined, port: undefined, mac: ALL } },
	});

	out(bytes: Uint8Array, wait = 0): this {
		this.client.mac = MASTER;
		this.harness.send(bytes, { time: this.harness.clock.time + wait });
		return this;
	}

	back(bytes: Uint8Array, wait = 10): this {
		this.client.mac = SEGMENT;
		this.harness.send(bytes, { time: this.harness.clock.time + wait });
		return this;
	}
}
const ids = ({ harness }: Wire) => harness.facts.map(({ record }) => record.id);

describe("EtherCAT", () => {
	it("says when process data begins, and when others take part", () => {
		const wire = new Wire();
		for (let round = 0; round < 20; round++) wire.out(process(0)).back(process(3));
		wire.out(process(0)).back(process(2));
		expect(wire.harness.records).toMatchObject([
			{ kind: "cyclic", returned: false, command: "LRW", address: "0x00010000", octets: 8, frames: 1 },
			{ kind: "cyclic", returned: true, workingCounter: 3 },
			{ kind: "cyclic", returned: true, workingCounter: 2, previousWorkingCounter: 3, frames: 20 },
		]);
		expect(wire.harness.between[0]).toMatchObject({ client: { mac: MASTER }, server: { mac: SEGMENT } });
		expect(wire.harness.operations).toEqual([]);
	});

	it("says registers once, and the states of slaves as they change", () => {
		const wire = new Wire();
		for (let round = 0; round < 3; round++) {
			wire
				.out(frame({ command: 1, slave: 0xffff, register: 0x10, data: "0000" }))
				.back(frame({ command: 1, slave: 2, register: 0x10, data: "e903", counter: 1 }));
			wire.out(status(STATION, 0, 0)).back(status(STATION, 2));
		}
		wire.back(status(STATION, 0x12));
		expect(wire.harness.records).toMatchObject([
			{ kind: "register", command: "APRD", position: 1, address: "0x0010" },
			{ kind: "status", station: STATION, state: "PREOP", workingCounter: 1 },
			{ kind: "status", state: "PREOP", error: true, previousState: "PREOP" },
		]);
	});

	it("pairs a state that is asked for with its return, and tells a start from a stop", () => {
		const wire = new Wire();
		wire
			.out(setState(STATION, 2))
			.back(setState(STATION, 2, 1))
			.back(status(STATION, 2));
		wire
			.out(setState(STATION, 8))
			.back(setState(STATION, 8, 1))
			.back(status(STATION, 8));
		expect(ids(wire)).toEqual([]);
		wire.out(setState(STATION, 4)).back(setState(STATION, 4, 1));
		expect(wire.harness.records.at(-1)).toMatchObject({
			kind: "control",
			matched: true,
			state: "SAFEOP",
			previousState: "OP",
			workingCounter: 1,
			latencyMs: 0.01,
		});
		expect(wire.harness.operations).toMatchObject([
			{ verb: "command", code: 0x120, subCode: 2, unit: STATION, outcome: "ok", points: ["PREOP"] },
			{ subCode: 8 },
			{ subCode: 4 },
		]);
		expect(ids(wire)).toEqual(["controller-stop"]);
		expect(wire.harness.facts[0]!.sentence).toContain(`slave ${STATION} of {server} to leave OP for SAFEOP`);
		// Nobody took part.
		wire.out(setState(9, 1)).back(setState(9, 1, 0));
		expect(wire.harness.operations.at(-1)).toMatchObject({ unit: 9, outcome: "unanswered" });
	});

	it("takes the state of all for that of who is told by position, or with all", () => {
		const wire = new Wire().back(status(0, 8, 3, 7));
		wire.out(setState(0xfffe, 1, 0, 2)).back(setState(1, 1, 1, 2));
		wire.out(setState(0, 1, 0, 8)).back(setState(3, 1, 3, 8));
		expect(ids(wire)).toEqual(["controller-stop", "controller-stop"]);
		expect(wire.harness.facts[0]!.sentence).toContain("the slave at position 2 of {server}");
		expect(wire.harness.facts[1]!.sentence).toContain("the slaves of {server}");
		expect(wire.harness.operations).toMatchObject([
			{ unit: 0x10002, isBroadcast: false },
			{ unit: -1, isBroadcast: true },
		]);
	});

	it("reports BOOT, also where only the way back is seen", () => {
		const wire = new Wire().back(setState(STATION, 3, 1));
		expect(ids(wire)).toEqual(["controller-mode"]);
		expect(wire.harness.records[0]).toMatchObject({ state: "BOOT", returned: true });
	});

	it("reads and writes objects, with values, and says who a slave is", () => {
		const wire = new Wire();
		const ask = (bytes: (counter: number) => Uint8Array, answer: Uint8Array) => wire.out(bytes(0)).back(bytes(1)).back(answer, 500);
		ask((counter) => upload(STATION, 0x1018, 1, counter), uploaded(STATION, 0x1018, 1, 2));
		ask((counter) => upload(STATION, 0x1018, 2, counter), uploaded(STATION, 0x1018, 2, 77));
		ask((counter) => upload(STATION, 0x1018, 4, counter), uploaded(STATION, 0x1018, 4, 4711));
		ask((counter) => upload(STATION, 0x1008, 0, counter), uploadedText(STATION, 0x1008, "EL7201"));
		ask((counter) => upload(STATION, 0x100a, 0, counter), uploadedText(STATION, 0x100a, "1.02"));
		ask((counter) => download(STATION, 0x6040, 0, 15, counter), downloaded(STATION, 0x6040, 0));
		ask((counter) => upload(STATION, 0x6041, 0, counter), aborted(STATION, 0x6041, 0, 0x06020000));
		expect(wire.harness.records[2]).toMatchObject({
			kind: "mailbox",
			mailbox: "CoE",
			service: "SDO Response",
			index: "0x1018",
			subindex: 1,
			value: 2,
			matched: true,
			latencyMs: 0.51,
		});
		expect(wire.harness.operations).toMatchObject([
			{ verb: "identify", code: 0x302, points: ["1018:01"], values: [2] },
			{ verb: "identify" },
			{ verb: "identify" },
			{ verb: "identify", points: ["1008:00"], values: [] },
			{ verb: "identify" },
			{ verb: "write", code: 0x301, unit: STATION, points: ["6040:00"], outcome: "ok" },
			{ verb: "read", outcome: "refused", outcomeCode: 0x06020000 },
		]);
		expect(wire.harness.identities).toMatchObject([
			{ unit: STATION, vendor: "Beckhoff" },
			{ productCode: "77" },
			{ serialNumber: "4711" },
			{ model: "EL7201" },
			{ firmware: "1.02" },
		]);
		expect(ethercat.outcomeName(0x06020000)).toBe("object does not exist (CoE 0x06020000)");
		expect(ethercat.pointName("6040:00")).toBe("object 0x6040, subindex 0x00");
		expect(ethercat.pointName("OP")).toBe("OP");
		expect(ethercat.parsePoint!("0x6040:0", "")).toBe("6040:00");
		expect(ethercat.parsePoint!("6040", "")).toBeUndefined();
		expect([0x120, 0x301, 0x302, 0x402, 0x409].map((code) => ethercat.operationName(code))).toEqual([
			"set state (AL control)",
			"download object (CoE)",
			"upload object (CoE)",
			"write file (FoE)",
			"transfer file (FoE)",
		]);
	});

	it("reports a file that is written, and names it", () => {
		const wire = new Wire();
		wire
			.out(writeFile(STATION, "EL7201.efw"))
			.back(writeFile(STATION, "EL7201.efw", 1))
			.back(fileAnswer(STATION, 4));
		wire
			.out(readFile(STATION, "a.bin"))
			.back(readFile(STATION, "a.bin", 1))
			.back(fileAnswer(STATION, 5, 0x8001));
		expect(ids(wire)).toEqual(["firmware-change"]);
		expect(wire.harness.facts[0]!.sentence).toContain('take the file "EL7201.efw"');
		expect(wire.harness.operations).toMatchObject([
			{ verb: "program", code: 0x402, outcome: "ok", points: ["EL7201.efw"] },
			{ verb: "program", code: 0x401, outcome: "refused" },
		]);
		expect(ethercat.outcomeName(wire.harness.operations[1]!.outcomeCode)).toBe("error 0x8001 (FoE)");
		expect(wire.harness.traces).toMatchObject([{ kind: "file-name", value: "EL7201.efw" }, { value: "a.bin" }]);
	});

	it("says that a slave did not answer, when the next frame shows that it is late", () => {
		const wire = new Wire().out(upload(STATION, 0x6041, 0)).out(process(0), 11 * SECOND);
		expect(wire.harness.records[1]).toMatchObject({ kind: "unanswered", station: STATION, index: "0x6041", requestFrame: 1 });
		expect(wire.harness.operations).toMatchObject([{ verb: "read", outcome: "unanswered" }]);
		const file = new Wire().out(writeFile(STATION, "x")).out(process(0), 11 * SECOND);
		expect(file.harness.operations).toMatchObject([{ verb: "program", outcome: "unanswered" }]);
	});

	it("reads all datagrams of a frame", () => {
		const wire = new Wire().out(
			frame(
				{ command: 0, register: 0, data: "" },
				{ command: 7, register: 0x130, data: "0000" },
				{ command: 12, register: 1, data: "00" },
				{ command: 8, register: 0x300, data: "00" },
			),
		);
		expect(wire.harness.records).toMatchObject([{ kind: "cyclic" }, { kind: "register", command: "BWR", address: "0x0300" }]);
	});

	it.each<[string, string]>([
		["more than there is", "3010 0c00"],
		["no datagram", "0010"],
		["a datagram longer than its frame", "0e10 0700 0000 3001 0900 0000 0000"],
		["a command that is none", "0e10 0f00 0000 3001 0200 0000 0000 0000"],
		["another datagram that is not there", "0e10 0700 0000 3001 0280 0000 0000 0000"],
	])("reports %s", (_, bytes) => {
		const wire = new Wire().out(hex(bytes));
		expect(wire.harness.records).toMatchObject([{ kind: "malformed", violation: "length" }]);
		expect(ids(wire)).toEqual(["ethercat-malformed"]);
	});

	it("takes no other types of frames, and datagrams on its port alone", () => {
		const wire = new Wire().out(hex("0440 0000 0000")).out(hex("00"));
		expect(wire.harness.refused).toBe(2);
		const probe = (bytes: Uint8Array) => ethercat.udp!.probe(bytes, 0, bytes.length);
		expect(probe(process(0))).toBe(PROBE.match);
		expect(probe(hex("3010 0c00"))).toBe(PROBE.mismatch);
		expect(probe(hex("10"))).toBe(PROBE.mismatch);
		const harness = new DatagramHarness(ethercat, {}).request(setState(1, 3)).response(setState(1, 3, 1));
		expect(harness.operations).toMatchObject([{ verb: "command", unit: 1, outcome: "ok" }]);
		expect(harness.facts).toHaveLength(1);
	});
});

messageSuite(ethercat, "link", [
	[
		{ name: "process data", bytes: process(0) },
		{ name: "a state", bytes: setState(STATION, 3) },
		{ name: "an upload", bytes: upload(STATION, 0x1018, 1) },
		{ name: "a file", bytes: writeFile(STATION, "x.efw") },
	],
]);
datagramSuite(ethercat, [
	[
		{ name: "a state", bytes: setState(1, 2), direction: TO_SERVER },
		{ name: "its return", bytes: setState(1, 2, 1), direction: TO_CLIENT },
	],
]);
