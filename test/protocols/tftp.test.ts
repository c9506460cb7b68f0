/** TFTP: packets with the bytes written out (RFC 1350, 2347 and its options), hostile names, and names of files against a list. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { protocols, services } from "../../protocols/index.ts";
import { tftp } from "../../protocols/tftp/index.ts";
import { Engine } from "../../src/app/engine.ts";
import { CaptureReader } from "../../src/capture/reader.ts";
import { Dispatcher } from "../../src/decode/dispatcher.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import type { Detection } from "../../src/detect/detection.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { IndicatorLists } from "../../src/intel/indicatorList.ts";
import { datagramSuite } from "../contract/stream.ts";
import { DatagramHarness, hex, join } from "../support/decoderHarness.ts";
import { FakeFlow } from "../support/fakeFlow.ts";
import { elfImage } from "../support/programs.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
/** A request whose texts are each ended by a zero byte. */
const request = (opcode: number, ...texts: string[]): Uint8Array =>
	join(Uint8Array.of(0, opcode), ascii(texts.map((text) => `${text}\0`).join("")));

const READ = hex("0001 626f6f742e62696e 00 6f63746574 00"); // boot.bin, octet
const WRITE = hex("0002 2f6366672f706c63 00 4e65744153434949 00"); // /cfg/plc, NetASCII
/** RFC 2347 to 2349, 7440. */
const OPTIONS = request(1, "boot.bin", "octet", "tsize", "0", "blksize", "1428", "timeout", "5", "WindowSize", "16");
const OACK = hex("0006 626c6b73697a65 00 31343238 00"); // blksize 1428
const DATA = hex("0003 0001 7f454c46");
const ACK = hex("0004 0001");
const NOT_FOUND = hex("0005 0001 4e6f2073756368 00"); // No such

const probe = (bytes: Uint8Array) => tftp.udp!.probe(bytes, 0, bytes.length);
const decoded = (...datagrams: Uint8Array[]) => {
	const harness = new DatagramHarness(tftp, { flow: { server: { ip: "10.0.0.9", port: 69, mac: undefined } } });
	for (const bytes of datagrams) harness.send(TO_SERVER, bytes);
	return harness;
};

describe("TFTP", () => {
	it("reads who asks for which file, and says it", () => {
		const harness = decoded(READ, WRITE);
		expect(harness.records).toMatchObject([
			{ kind: "request", opcode: "RRQ", fileName: "boot.bin", mode: "octet" },
			{ kind: "request", opcode: "WRQ", fileName: "/cfg/plc", mode: "netascii" },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "read", code: 1, outcome: "ok", points: ["boot.bin"], latency: -1, unit: -1 },
			{ verb: "write", code: 2, outcome: "ok", points: ["/cfg/plc"] },
		]);
		expect(harness.traces).toEqual([
			{ kind: "file-name", value: "boot.bin", byServer: false },
			{ kind: "file-name", value: "/cfg/plc", byServer: false },
		]);
		expect(harness.identities).toEqual([]);
	});

	it("reads options as they were sent, and zero bytes behind them as filling", () => {
		for (const bytes of [OPTIONS, join(OPTIONS, new Uint8Array(20))])
			expect(decoded(bytes).records).toMatchObject([
				{
					kind: "request",
					options: [
						{ name: "tsize", value: "0" },
						{ name: "blksize", value: "1428" },
						{ name: "timeout", value: "5" },
						{ name: "windowsize", value: "16" },
					],
				},
			]);
	});

	it("reads what a server says that answers from the port that was asked", () => {
		const harness = new DatagramHarness(tftp, {});
		harness.request(OPTIONS).response(OACK).request(hex("0004 0000")).response(DATA).request(ACK);
		expect(harness.records.slice(1)).toMatchObject([
			{ kind: "option-acknowledgement", opcode: "OACK", options: [{ name: "blksize", value: "1428" }] },
			{ kind: "acknowledgement", opcode: "ACK", block: 0 },
			{ kind: "data", opcode: "DATA", block: 1, length: 4 },
			{ kind: "acknowledgement", block: 1 },
		]);
		expect(harness.operations).toHaveLength(1);
	});

	it("says a refusal with what was asked for, once", () => {
		const harness = new DatagramHarness(tftp, {});
		harness.request(READ, { time: 1_000_000_000 });
		harness.response(NOT_FOUND, { time: 1_000_002_500 }).response(NOT_FOUND);
		expect(harness.records.slice(1)).toMatchObject([
			{ kind: "error", errorCode: 1, error: "file not found", errorText: "No such", fileName: "boot.bin", latencyMs: 2.5, requestFrame: 1 },
			{ kind: "error", errorCode: 1 },
		]);
		expect(harness.records[2]).not.toHaveProperty("fileName");
		expect(harness.operations.slice(1)).toMatchObject([
			{ verb: "read", code: 1, outcome: "refused", outcomeCode: 1, latency: 2500, points: ["boot.bin"], requestFrame: 1 },
		]);
		expect(tftp.outcomeName(1)).toBe("file not found (error 1)");
		expect(tftp.outcomeName(9)).toBe("unknown error (error 9)");
		expect([tftp.operationName(1), tftp.operationName(2)]).toEqual(["TFTP read request (RRQ)", "TFTP write request (WRQ)"]);
		expect(tftp.pointName("boot.bin")).toBe("file boot.bin");
	});

	it("takes a client that gives up for no refusal", () => {
		const harness = new DatagramHarness(tftp, {});
		harness.request(READ).request(NOT_FOUND);
		expect(harness.records[1]).toMatchObject({ kind: "error", errorText: "No such" });
		expect(harness.operations).toHaveLength(1);
	});

	it.each<[string, Uint8Array, number]>([
		["a request", READ, PROBE.certain],
		["one with options", OPTIONS, PROBE.certain],
		["one whose mode is in capitals", request(2, "x", "OCTET"), PROBE.certain],
		["one of a mode that is none", request(1, "x", "binary"), PROBE.match],
		["one that ends in its name", hex("0001 61626364"), PROBE.match],
		["an acknowledgement", ACK, PROBE.match],
		["data", DATA, PROBE.match],
		["an error", NOT_FOUND, PROBE.match],
		["acknowledged options", OACK, PROBE.match],
		["an acknowledgement with more behind it", hex("0004 0001 00"), PROBE.mismatch],
		["an error of no code", hex("0005 0063 6100"), PROBE.mismatch],
		["a name that begins with a control character", hex("0001 0161 00 6f63746574 00"), PROBE.match],
		["a binding request of STUN (RFC 8489, 5)", hex("0001 0000 2112a442 000102030405060708090a0b"), PROBE.mismatch],
		["another opcode", hex("0007 6161"), PROBE.mismatch],
		["too little", hex("0001 61"), PROBE.mismatch],
	])("is as sure of %s as its bytes allow", (_, bytes, expected) => {
		expect(probe(bytes)).toBe(expected);
	});

	it.each<[string, Uint8Array, string]>([
		["a name without an end", hex("0001 61626364"), "file-name"],
		["a mode that is none", request(1, "x", "binary"), "mode"],
		["a mode without an end", hex("0001 6162 00 6f63746574"), "mode"],
		["no mode", hex("0001 6162 00"), "mode"],
		["an option without a value", request(1, "x", "octet", "tsize"), "option"],
		["an option without an end", join(request(1, "x", "octet"), ascii("tsize")), "option"],
		["a value without an end", join(request(1, "x", "octet", "tsize"), ascii("0")), "option"],
		["bytes behind the filling", join(request(1, "x", "octet"), hex("0000 61")), "option"],
		["more options than there are", request(1, "x", "octet", ...Array.from({ length: 34 }, () => "a")), "option"],
		["more bytes than a request has", request(1, "x".repeat(510), "octet"), "length"],
	])("calls %s malformed, and still says the name", (_, bytes, violation) => {
		const { records, operations, traces } = decoded(bytes);
		expect(records).toMatchObject([{ kind: "malformed", violations: [violation] }]);
		expect(operations).toEqual([]);
		expect(traces).toHaveLength(1);
	});

	it("makes names harmless, and keeps the end of a long one", () => {
		const name = (bytes: Uint8Array) => decoded(join(Uint8Array.of(0, 1), bytes, hex("00 6f63746574 00"))).records[0]!.fileName;
		expect(name(hex("61 0a 1b 7f 62"))).toBe("a\ufffd\ufffd\ufffdb");
		expect(name(hex("61 e280ae 62"))).toBe("a\ufffdb"); // right-to-left override
		expect(name(hex("c3bc2e62696e"))).toBe("ü.bin");
		expect(name(hex("61 ff"))).toBe("a\ufffd");
		expect(name(hex("efbbbf 61"))).toBe("\ufffda"); // byte order mark
		expect(name(hex("01 2f 61"))).toBe("\ufffd/a");
		expect(name(ascii(`${"d/".repeat(30_000)}bad.exe`))).toHaveLength(512);
		expect(name(ascii(`${"d/".repeat(30_000)}bad.exe`))).toMatch(/\/bad\.exe$/);
	});
});

describe("what is in the files", () => {
	it.each<[string, Uint8Array, string[]]>([
		["a program", elfImage({ machine: 40 }), ["ELF ARM"]],
		["a text", ascii("\x7fELF is how a program begins"), []],
	])("is looked through for programs where the server keeps to its port: %s", (_, content, expected) => {
		const found: string[] = [];
		const dispatcher = new Dispatcher({
			protocols: [tftp],
			services: [],
			clock: { time: 0, frame: 0 },
			onObservation: () => {},
			onProgram: (_flow, { format, machine }, direction) => {
				expect(direction).toBe(TO_CLIENT);
				found.push(`${format} ${machine}`);
			},
		});
		const flow = new FakeFlow({ transport: "udp", server: { port: 69 } });
		dispatcher.datagram(flow, READ, 0, READ.length, TO_SERVER, true);
		const block = join(hex("0003 0001"), content);
		dispatcher.datagram(flow, block, 0, block.length, TO_CLIENT, true);
		expect(dispatcher.serviceOf(flow)).toEqual({ service: "tftp", by: "bytes" });
		expect(found).toEqual(expected);
	});
});

describe("names of files against a list", () => {
	const FILE = fileURLToPath(new URL("../../captures/file-transfers.pcap", import.meta.url));
	const detected = (...rows: string[]): Detection[] => {
		const lists = new IndicatorLists(0);
		lists.read(`type,value\n${rows.join("\n")}\n`, "list.csv", "list.csv");
		const detections: Detection[] = [];
		const analyst = new Analyst({ protocols, onDetection: (detection) => void detections.push(detection) });
		analyst.indicators.take(lists.columns());
		const engine = new Engine({ protocols, services, analyst });
		const reader = new CaptureReader(engine.frame, { name: FILE });
		reader.push(readFileSync(FILE));
		reader.end();
		engine.endSource();
		return detections.filter(({ type }) => type.startsWith("indicator"));
	};

	it("fires once, for a file that is asked for and for one that is sent", () => {
		expect(detected("filename,pump-2.4.bin")).toMatchObject([
			{ type: "indicator-file", protocol: "tftp", source: { ip: "10.20.0.40" }, destination: { ip: "10.20.0.2" }, key: "pump-2.4.bin" },
		]);
		const [sent, ...others] = detected("filename,C:\\Backup\\PLC-2-Parameters.bin");
		expect(others).toEqual([]);
		expect(sent!.sentence).toContain("asked for or sent the file plc-2-parameters.bin");
	});

	it("is silent about another name, and about a hash", () => {
		expect(detected("filename,pump-2.5.bin", `filehash,${"ab".repeat(32)}`)).toEqual([]);
	});
});

const sample = (name: string, bytes: Uint8Array, direction: 0 | 1 = TO_SERVER) => ({ name, bytes, direction });
datagramSuite(tftp, [
	[sample("a read request", READ), sample("an error", NOT_FOUND, TO_CLIENT)],
	[sample("a write request", WRITE), sample("the acknowledgement", ACK, TO_CLIENT), sample("data of the client", DATA)],
	[
		sample("a request with options", OPTIONS),
		sample("acknowledged options", OACK, TO_CLIENT),
		sample("data", DATA, TO_CLIENT),
		sample("an acknowledgement", ACK),
	],
]);
