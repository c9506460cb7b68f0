/** HART-IP: messages and frames with the bytes written out (HCF_SPEC-085, 10.3; HCF_SPEC-127, 6; HCF_SPEC-151, 7), what answers what, hostile bytes, and what is said of it. */
import { describe, expect, it } from "vitest";
import { hartIp } from "../../protocols/hart-ip/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { datagramSuite, type Sample, streamSuite } from "../contract/stream.ts";
import { DatagramHarness, hex, join, StreamHarness } from "../support/decoderHarness.ts";
import {
	answer,
	checked,
	command,
	IDENTITY_DATA,
	KEEP,
	KEPT,
	longTag,
	message,
	OPEN,
	OPENED,
	READ,
	SELF,
	TAG_DATA,
	VALUES,
} from "./hartIpMessages.ts";

const SECOND = 1_000_000;
const open = () => new DatagramHarness(hartIp);
const openTcp = () => new StreamHarness(hartIp);
const exchange = (code: number, asked = "", answered = "", status = "00 00") =>
	open()
		.request(command(code, asked))
		.response(answer(code, answered, 1, undefined, status));
const probe = (bytes: Uint8Array) => hartIp.udp!.probe(bytes, 0, bytes.length);
const probeTcp = (bytes: Uint8Array) => hartIp.tcp!.probe(bytes, 0, bytes.length);

describe("messages", () => {
	it("opens, keeps and closes a session", () => {
		const harness = open()
			.request(OPEN, { time: 10 * SECOND })
			.response(OPENED, { time: 10 * SECOND + 5000 })
			.request(KEEP)
			.response(KEPT)
			.request(message(0, 1, "", { sequence: 8 }))
			.response(message(1, 1, "", { sequence: 8 }));
		expect(harness.records).toMatchObject([
			{
				kind: "session",
				sender: "client",
				version: 1,
				messageType: "request",
				messageId: "session initiate",
				hostType: "primary",
				inactivityTimer: 30000,
			},
			{ kind: "session", sender: "server", status: 0, inactivityTimer: 60000, matched: true, latencyMs: 5, requestFrame: 1 },
			{ kind: "session", messageId: "keep alive", sequence: 7 },
			{ kind: "session", matched: true },
			{ kind: "session", messageId: "session close" },
			{ kind: "session", matched: true },
		]);
		expect(harness.operations).toMatchObject([{ verb: "other", code: 0x10000, outcome: "ok", unit: -1 }]);
		expect(hartIp.operationName(0x10000)).toBe("session initiate");
	});

	it("says a session that is refused, with a body and without one", () => {
		for (const body of ["", "00 00000000"]) {
			const harness = open()
				.request(OPEN)
				.response(message(1, 0, body, { status: 15 }));
			expect(harness.records[1]).toMatchObject({ kind: "error", status: 15 });
			expect(harness.operations).toMatchObject([{ outcome: "refused", outcomeCode: 15 }]);
		}
		expect(hartIp.outcomeName(15)).toBe("all sessions are in use (response code 15)");
	});

	it("reads an audit log", () => {
		const harness = open()
			.request(message(0, 5, "00 02", { version: 2 }))
			.response(message(1, 5, "00 02 0000000065000000 0000000065000100 0000 003a", { version: 2 }));
		expect(harness.records).toMatchObject([
			{ kind: "session", version: 2, messageId: "read audit log", firstRecord: 0, records: 2 },
			{ kind: "session", powerUpTime: 0x65000000, lastSecurityChange: 0x65000100, matched: true },
		]);
		expect(harness.operations).toMatchObject([{ verb: "diagnose", code: 0x10005 }]);
	});

	it("says what nobody answers, once, also where it is sent again; but a session may be answered from another port", () => {
		const harness = open()
			.request(OPEN, { time: 10 * SECOND })
			.request(READ, { time: 10 * SECOND })
			.request(READ, { time: 12 * SECOND })
			.advance(90 * SECOND);
		expect(harness.records).toMatchObject([
			{ kind: "session" },
			{ kind: "request" },
			{ kind: "request", repeat: true },
			{ kind: "unanswered", time: 42 * SECOND, requestFrame: 2, commandNumber: 3 },
		]);
		expect(harness.operations).toMatchObject([{ verb: "read", outcome: "unanswered", unit: 0xd2 }]);
		const stream = openTcp()
			.request(OPEN)
			.advance(90_000 * SECOND);
		expect(stream.records[1]).toMatchObject({ kind: "unanswered", messageId: "session initiate", hostType: "primary" });
	});

	it("keeps 32 requests", () => {
		const harness = open();
		for (let sequence = 1; sequence <= 33; sequence++) harness.request(command(1, "", sequence));
		expect(harness.counts).toEqual({ "hart-ip requests waiting": 1 });
	});

	it("says an answer that nobody asked for, and a refusal of the whole message", () => {
		expect(open().response(VALUES).operations).toEqual([]);
		const harness = open()
			.request(READ)
			.response(message(15, 3, "", { sequence: 2, status: 16 }));
		expect(harness.records[1]).toMatchObject({ kind: "error", messageType: "NAK", commandNumber: 3, response: "access restricted" });
		expect(harness.operations).toMatchObject([{ verb: "read", outcome: "refused", outcomeCode: 16, unit: 0xd2 }]);
	});
});

describe("commands", () => {
	it("reads dynamic variables as points", () => {
		const harness = open()
			.request(READ, { time: 10 * SECOND })
			.response(VALUES, { time: 10 * SECOND + 250_000 });
		expect(harness.records).toMatchObject([
			{
				kind: "request",
				deviceType: "264E",
				deviceId: "0000D2",
				master: "primary",
				commandNumber: 3,
				command: "read dynamic variables and loop current",
				octets: 0,
			},
			{
				kind: "response",
				responseCode: 0,
				response: "success",
				deviceStatusCode: 0,
				variables: [
					{ code: 245, name: "loop current", value: 4 },
					{ code: 246, name: "primary variable", units: "bar", value: 1.5 },
					{ code: 247, units: "°C", value: 32.5 },
					{ code: 248, units: "°C", value: 32 },
					{ code: 249, units: "none" },
				],
			},
		]);
		expect(harness.operations).toMatchObject([
			{
				verb: "read",
				code: 3,
				unit: 0xd2,
				outcome: "ok",
				latency: 250_000,
				points: ["variable:245", "variable:246", "variable:247", "variable:248", "variable:249"],
				values: [4, 1.5, 32.5, 32, Number.NaN],
			},
		]);
		expect(harness.facts).toEqual([]);
	});

	it.each<[number, string, string, Record<string, unknown>]>([
		[1, "", "07 3fc00000", { variables: [{ code: 246, units: "bar", value: 1.5 }] }],
		[
			2,
			"",
			"41400000 42480000",
			{
				variables: [
					{ code: 245, value: 12 },
					{ code: 244, value: 50 },
				],
			},
		],
		[7, "", "05 01", { pollingAddress: 5, loopCurrentMode: 1 }],
		[8, "", "41 40 fa fa", { pvClass: 65, qvClass: 250 }],
		[
			9,
			"00 f6",
			"02 00 00 fb 00000000 10 f6 41 07 3fc00000 c0 68ff6500",
			{
				extendedStatus: ["device variable alert"],
				timeOfDay: 55049,
				variables: [
					{ code: 0, status: 16 },
					{ code: 246, value: 1.5, status: 192 },
				],
			},
		],
		[12, "", "00108310518720928b30d38fbe086d8e49669e8a6aaecb6e", { message: "@ABCDEFGHIJKLMNO/ !-#$%&'()*+,-." }],
		[13, "", TAG_DATA, { tag: "FT-101", descriptor: "", date: "2026-11-28" }],
		[14, "", "00007b 07 41200000 00000000 3dcccccd", { transducerSerialNumber: 123, units: "bar", upperLimit: 10, lowerLimit: 0 }],
		[
			15,
			"",
			"00 00 07 41200000 00000000 3f800000 fb fa 00",
			{ alarmSelection: 0, units: "bar", upperRange: 10, damping: 1, writeProtect: 251, analogChannelFlags: 0 },
		],
		[16, "", "00012c", { finalAssemblyNumber: 300 }],
		[20, "", longTag("wihartgw"), { longTag: "wihartgw" }],
		[
			33,
			"01 02",
			"01 27 41400000 02 39 42480000",
			{
				variables: [
					{ code: 1, units: "mA", value: 12 },
					{ code: 2, units: "%", value: 50 },
				],
			},
		],
		[48, "", "100407000000 02 00 00 00 00 00 00", { deviceSpecificStatus: "100407000000", extendedStatusCode: 2, standardizedStatus3: 0 }],
		[
			54,
			"01",
			"01 00007b 07 41200000 00000000 3f800000 3dcccccd 41 00 00007d00 00",
			{ variable: "device variable 1", units: "bar", class: 65, updatePeriod: 1, properties: 0 },
		],
		[
			60,
			"01",
			"01 27 41400000 42480000",
			{ analogChannel: 1, percentRange: 50, variables: [{ code: 1, name: "analog channel 1", units: "mA", value: 12 }] },
		],
		[
			62,
			"00 01",
			"00 27 41400000 01 27 40800000",
			{
				variables: [
					{ name: "analog channel 0", value: 12 },
					{ name: "analog channel 1", value: 4 },
				],
			},
		],
		[74, "", "01 08 01 0009 04 01 03", { cards: 1, channelsPerCard: 8, devices: 9, retryCount: 3 }],
		[76, "", "03", { lockStatus: 3 }],
		[80, "f6", "f6 07 00000000 41200000", { variable: "primary variable", lowerTrimPoint: 0, upperTrimPoint: 10 }],
	])("command %i says what it says", (code, asked, answered, expected) => {
		const harness = exchange(code, asked, answered);
		expect(harness.records[1]).toMatchObject({ kind: "response", matched: true, ...expected });
		expect(harness.operations).toMatchObject([{ code, outcome: "ok", unit: 0xd2 }]);
		expect(harness.facts).toEqual([]);
	});

	it("says a refusal with what was asked, and an error of communication", () => {
		const harness = exchange(40, "41200000", "", "0b 48");
		expect(harness.records[1]).toMatchObject({
			kind: "error",
			responseCode: 11,
			response: "refused by the command's own reason",
			deviceStatus: ["configuration changed", "loop current fixed"],
			variables: [{ code: 245, value: 10 }],
		});
		expect(harness.operations).toMatchObject([
			{ verb: "write", outcome: "refused", outcomeCode: 11, points: ["variable:245"], values: [10] },
		]);
		const read = exchange(33, "01 02", "", "40 00");
		expect(read.operations).toMatchObject([
			{ verb: "read", outcome: "refused", outcomeCode: 64, points: ["variable:1", "variable:2"], values: [] },
		]);
		expect(exchange(1, "", "", "88 00").records[1]).toMatchObject({
			kind: "error",
			response: "communication error",
			communicationErrors: ["longitudinal parity"],
		});
		// Done all the same.
		expect(exchange(34, "3f8ccccd", "3f800000", "08 00").operations).toMatchObject([{ outcome: "ok" }]);
		expect([8, 24, 30, 96, 127].map(hartIp.outcomeName)).toEqual([
			"done, with a warning (response code 8)",
			"done, with a warning (response code 24)",
			"command response truncated (response code 30)",
			"done, with a warning (response code 96)",
			"done, with a warning (response code 127)",
		]);
		expect(hartIp.postponing).toEqual([32, 33, 34]);
	});

	it("knows commands of two octets, and those that are a maker's own", () => {
		const harness = exchange(31, "0306", "0306 1234");
		expect(harness.records).toMatchObject([
			{ commandNumber: 774, command: "read network id" },
			{ commandNumber: 774, networkId: 0x1234 },
		]);
		expect(harness.operations).toMatchObject([{ verb: "identify", code: 774 }]);
		expect(exchange(140, "01", "02").operations).toMatchObject([{ verb: "other", code: 140 }]);
		expect(hartIp.operationName(140)).toBe("device-specific command (command 140)");
		expect(hartIp.operationName(5000)).toBe("unknown command (command 5000)");
	});

	it("asks the server itself at polling address 0, others at theirs, and all at none", () => {
		const unit = (address: string) =>
			open()
				.request(command(1, "", 1, address))
				.response(answer(1, "07 3fc00000", 1, address)).operations[0]!.unit;
		expect([unit("80"), unit("85"), unit("8000000000"), unit("a64e0000d2")]).toEqual([-1, 5, -1, 0xd2]);
		expect(open().request(command(1, "", 1, "c5")).records[0]).toMatchObject({ pollingAddress: 5, master: "primary", burstMode: true });
	});

	it("passes commands on to devices behind an I/O system", () => {
		const harness = open()
			.request(command(77, "01 02 05 82 9126001234 28 04 41200000"))
			.response(answer(77, "01 02 86 9126001234 28 06 00 08 41200000"))
			.request(command(77, "01 02 05 02 83 00 00", 2))
			.response(answer(77, "", 2, undefined, "20 00"));
		expect(harness.records).toMatchObject([
			{ carrier: 77, card: 1, channel: 2, deviceId: "001234", commandNumber: 40 },
			{ carrier: 77, card: 1, channel: 2, deviceId: "001234", commandNumber: 40, deviceStatus: ["loop current fixed"] },
			{ carrier: 77, pollingAddress: 3, commandNumber: 0 },
			{ kind: "error", carrier: 77, pollingAddress: 3, commandNumber: 0, response: "busy" },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "write", code: 40, unit: 0x1234, values: [10] },
			{ verb: "identify", code: 0, unit: 3, outcome: "refused", outcomeCode: 32 },
		]);
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["values-forced"]);
	});

	it("asks for several commands at once", () => {
		const harness = open()
			.request(command(78, "02 0001 00 0021 01 01"))
			.response(answer(78, "02 02 0001 06 00 07 3fc00000 0021 07 00 01 27 41400000"));
		expect(harness.records).toMatchObject([
			{ carrier: 78, item: 0, commandNumber: 1, deviceId: "0000D2" },
			{ carrier: 78, item: 1, commandNumber: 33 },
			{ carrier: 78, item: 0, commandNumber: 1, extendedStatusCode: 2, variables: [{ code: 246, value: 1.5 }] },
			{ carrier: 78, item: 1, commandNumber: 33, variables: [{ code: 1, value: 12 }] },
		]);
		expect(harness.operations.map(({ code, outcome }) => [code, outcome])).toEqual([
			[1, "ok"],
			[33, "ok"],
		]);
	});

	it("reads direct PDUs, of which each command is answered by itself", () => {
		const harness = open()
			.request(message(0, 4, "00 00 0001 00 0028 04 41200000 0306 00"))
			.response(message(1, 4, "48 02 0001 06 00 07 3fc00000 0028 01 10 0306 03 00 1234"));
		expect(harness.records.slice(0, 3)).toMatchObject([
			{ kind: "request", messageId: "direct PDU", item: 0, commandNumber: 1 },
			{ kind: "request", item: 1, commandNumber: 40 },
			{ kind: "request", item: 2, commandNumber: 774 },
		]);
		expect(harness.records.slice(3)).toMatchObject([
			{ kind: "response", item: 0, deviceStatusCode: 0x48, extendedStatusCode: 2 },
			{ kind: "error", item: 1, commandNumber: 40, responseCode: 16 },
			{ kind: "response", item: 2, networkId: 0x1234 },
		]);
		expect(harness.operations).toMatchObject([
			{ code: 1, unit: -1, outcome: "ok", values: [1.5] },
			{ code: 40, outcome: "refused", values: [10] },
			{ code: 774, outcome: "ok" },
		]);
		const many = open().request(message(0, 4, `00 00 ${"0001 00".repeat(70)}`));
		expect(many.records).toHaveLength(64);
		expect(many.counts).toEqual({ "hart-ip commands of a message": 1 });
	});

	it("takes what is published for a report", () => {
		const harness = open().response(message(2, 3, checked("81 a64e0000d2 01 07 00 00 07 3fc00000")));
		expect(harness.records).toMatchObject([{ kind: "publish", messageType: "publish", commandNumber: 1 }]);
		expect(harness.operations).toMatchObject([
			{ verb: "report", outcome: "unsolicited", unit: 0xd2, points: ["variable:246"], values: [1.5] },
		]);
	});
});

describe("identity", () => {
	it("says who the server is, and who is behind it", () => {
		const harness = open()
			.request(command(0, "", 1, SELF))
			.response(answer(0, IDENTITY_DATA, 1, SELF))
			.request(command(20, "", 2))
			.response(answer(20, longTag("wihartgw"), 2))
			.request(command(84, "0001", 3))
			.response(answer(84, `0001 00 03 0011 1123 000bb8 07 ${longTag("PT-205")} 02 01 0011`, 3));
		expect(harness.identities).toEqual([
			{
				vendor: "Rosemount",
				model: "HART device type 264E",
				firmware: "1",
				serialNumber: "210",
				statements: new Map([
					["device type", "264E"],
					["device revision", "4"],
					["software revision", "1"],
				]),
				evidence: "HART unique identifier",
			},
			{ hostName: "wihartgw", evidence: "HART tag" },
			{ vendor: "Endress+Hauser", model: "HART device type 1123", serialNumber: "3000", unit: 3000, evidence: "HART unique identifier" },
		]);
		expect(harness.labels["variable:246"]).toBe("wihartgw primary variable");
	});

	it("says it of a device by its unit, and of one of revision 5", () => {
		const harness = exchange(0, "", "fe 26 06 05 05 02 13 0a 00 001234");
		expect(harness.identities).toMatchObject([
			{ vendor: "Rosemount", model: "HART device type 2606", firmware: "19", serialNumber: "4660", unit: 0xd2 },
		]);
		const tagged = exchange(13, "", TAG_DATA);
		expect(tagged.labels["variable:245"]).toBe("FT-101 loop current");
		expect(tagged.identities).toEqual([]);
		expect(exchange(13, "", "00".repeat(21)).labels).toEqual({});
		expect(exchange(0, "", IDENTITY_DATA.replaceAll("0026", "ff26")).identities[0]).not.toHaveProperty("vendor");
	});
});

describe("work on devices", () => {
	it.each([
		[6, "05 01", "device-address", "take the polling address 5"],
		[18, TAG_DATA, "device-address", "take the tag FT-101"],
		[22, longTag("FT-101"), "device-address", "take the tag FT-101"],
		[34, "3f800000", "hart-measurement-changed", "damp its primary variable otherwise"],
		[35, "07 41200000 00000000", "hart-measurement-changed", "take another range"],
		[36, "", "hart-measurement-changed", "take what it measures now as the end of its range"],
		[37, "", "hart-measurement-changed", "take what it measures now as the beginning of its range"],
		[40, "41200000", "values-forced", "hold its loop current at 10 mA"],
		[42, "", "controller-restart", "reset itself"],
		[43, "", "hart-measurement-changed", "take what it measures now as zero"],
		[44, "06", "hart-measurement-changed", "measure in another unit"],
		[45, "40800000", "hart-measurement-changed", "trim its loop current at 4 mA"],
		[46, "41a00000", "hart-measurement-changed", "trim its loop current at 20 mA"],
		[47, "01", "hart-measurement-changed", "take another transfer function"],
		[51, "00 01 02 03", "hart-measurement-changed", "take other variables as its dynamic ones"],
		[52, "01", "hart-measurement-changed", "take what a variable is now as zero"],
		[53, "01 07", "hart-measurement-changed", "measure a variable in another unit"],
		[66, "01 27 41200000", "values-forced", "hold analog channel 1 at 10 mA"],
		[71, "02", "controller-reserved", "lock itself against others (permanent)"],
		[79, "f6 01 07 41200000 c0", "values-forced", "hold primary variable at 10"],
		[82, "f6 01 07 41200000", "hart-measurement-changed", "trim a variable"],
		[83, "f6", "hart-measurement-changed", "forget how a variable was trimmed"],
		[0x020e, "01", "values-forced", "show a simulated status"],
		[0x021b, "13e6", "device-address", "serve HART-IP at port 5094"],
		[0x021d, "00", "credential-change", "take another password or key for its clients"],
		[0x0222, "00", "credential-change", "take another password or key for its log server"],
		[0x0300, "00".repeat(16), "credential-change", "take another key of the wireless network"],
		[0x0305, "1234", "device-address", "join the wireless network 4660"],
	])("command %i is a fact", (code, data, id, words) => {
		const sent = code < 256 ? command(code, data) : command(31, `${code.toString(16).padStart(4, "0")} ${data}`);
		const harness = open().request(sent);
		expect(harness.facts.map(({ record }) => record.id)).toEqual([id]);
		expect(harness.facts[0]!.sentence).toBe(
			`{client} asked device 0000D2 behind {server} to ${words} (HART, command ${code}); a plant's own traffic never does.`,
		);
		expect(harness.facts[0]!.operation).toMatchObject({ code, unit: 0xd2, outcome: "requested" });
		// Sent again, it is the same one.
		expect(harness.request(sent).facts).toHaveLength(1);
	});

	it.each([
		[40, "00000000"],
		[66, "01 27 7fa00000"],
		[71, "00"],
		[79, "f6 00 07 00000000 00"],
		[38, "0002"],
		[41, ""],
		[89, "00 1c0b7e 00000000 0000"],
		[17, "00".repeat(24)],
	])("command %i with %s is what a station may do", (code, data) => {
		const harness = open().request(command(code, data));
		expect(harness.records[0]).toMatchObject({ kind: "request" });
		expect(harness.facts).toEqual([]);
	});

	it("names which device is meant, and the first use of a clock and of the sign of a change", () => {
		expect(open().request(command(42, "", 1, "85")).facts[0]!.sentence).toContain("the device with polling address 5 behind {server}");
		expect(open().request(command(42, "", 1, SELF)).facts[0]!.sentence).toContain("asked {server} to reset itself");
		expect(hartIp.firstUse!(89, "configure")).toMatchObject({ id: "clock-set" });
		expect(hartIp.firstUse!(38, "configure")).toMatchObject({ id: "hart-change-flag-reset", nature: "deviation" });
		expect(hartIp.firstUse!(3, "read")).toBeUndefined();
		expect(open().request(command(40, "41200000")).facts[0]!.operation).toMatchObject({
			points: ["variable:245"],
			pointCount: 1,
			values: [10],
		});
	});
});

describe("broken messages", () => {
	const wrong = (bytes: Uint8Array, isAnswer = false) => (isAnswer ? open().response(bytes) : open().request(bytes));

	it.each<[string, Uint8Array, boolean]>([
		["checksum", message(0, 3, "82 a64e0000d2 03 00 00"), false],
		["frame", message(0, 3, checked("86 a64e0000d2 03 00")), false],
		["frame", message(1, 3, checked("82 a64e0000d2 03 00")), true],
		["frame", message(0, 3, "82 a6"), false],
		["frame", message(0, 3, checked("82 a64e0000d2 03 09")), false],
		["length", message(0, 3, `${"82 a64e0000d2 03 00 18"} 00`), false],
		["length", message(1, 3, checked("86 a64e0000d2 03 00")), true],
		["length", message(0, 3, checked("82 a64e0000d2 1f 01 03")), false],
		["length", message(0, 3, checked("82 a64e0000d2 4d 05 01 02 05 82 91")), false],
		["length", message(0, 3, checked("82 a64e0000d2 4d 0b 01 02 05 82 9126001234 28 04")), false],
		["length", message(0, 3, checked("82 a64e0000d2 4e 04 01 0001 05")), false],
		["length", message(0, 4, "00"), false],
		["length", message(0, 4, "00 00"), false],
		["length", message(0, 4, "00 00 0001 05"), false],
		["length", message(1, 4, "00 00 0001 00"), true],
		["length", message(0, 0, "01"), false],
		["length", message(0, 5, "01"), false],
		["parameters", command(35, "07 41200000"), false],
		["parameters", answer(0, "fe 264e"), true],
	])("%s", (violation, bytes, isAnswer) => {
		const harness = wrong(bytes, isAnswer);
		expect(harness.records.at(-1)).toMatchObject({ kind: "malformed", violation });
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["hart-ip-malformed"]);
	});

	it("says what was asked where the answer is broken", () => {
		const harness = open()
			.request(READ)
			.response(message(1, 3, "86 a64e0000d2 03 02 00 00 00", { sequence: 2 }));
		expect(harness.records[1]).toMatchObject({ kind: "malformed", violation: "checksum", commandNumber: 3 });
		expect(harness.operations).toMatchObject([{ verb: "read", code: 3, outcome: "ok", points: [] }]);
		expect(harness.facts[0]!.frames).toEqual([1, 2]);
	});

	it("passes over preambles and expansions", () => {
		expect(open().request(message(0, 3, Uint8Array.of(0xff, 0xff, ...checked("82 a64e0000d2 03 00")))).records[0]).toMatchObject({
			commandNumber: 3,
		});
		expect(open().request(message(0, 3, checked("a2 a64e0000d2 77 03 00"))).records[0]).toMatchObject({ commandNumber: 3 });
	});

	it("finds the next message of a stream behind others", () => {
		const harness = openTcp().request(join(hex("00112233445566"), READ, hex("ff"), KEEP));
		expect(harness.records.map(({ kind, violation }) => violation ?? kind)).toEqual(["header", "request", "header", "session"]);
		const cut = openTcp()
			.request(READ.subarray(0, 10), { time: 10 * SECOND })
			.request(READ, { time: 15 * SECOND });
		expect(cut.records.map(({ kind, violation }) => violation ?? kind)).toEqual(["unfinished", "request"]);
		const gap = openTcp().request(READ).gap(TO_CLIENT).response(VALUES);
		expect(gap.records.at(-1)).not.toHaveProperty("matched");
	});
});

describe("probe", () => {
	it.each<[string, Uint8Array, number, number]>([
		["a frame", READ, PROBE.certain, PROBE.certain],
		["its answer", VALUES, PROBE.certain, PROBE.certain],
		["a session", OPEN, PROBE.certain, PROBE.certain],
		["a refused session", message(1, 0, "", { status: 15 }), PROBE.match, PROBE.match],
		["a session of another host", message(0, 0, "02 00007530"), PROBE.mismatch, PROBE.mismatch],
		["a session without a timer", message(0, 0, "01"), PROBE.mismatch, PROBE.mismatch],
		["what keeps a session", KEEP, PROBE.match, PROBE.match],
		["what keeps it, with more", message(0, 2, "00"), PROBE.mismatch, PROBE.mismatch],
		["a wrong check octet", message(0, 3, "82 a64e0000d2 03 00 00"), PROBE.match, PROBE.match],
		["no frame", message(0, 3, "00112233"), PROBE.mismatch, PROBE.mismatch],
		["a refused frame", message(15, 3, "", { status: 16 }), PROBE.match, PROBE.match],
		["a direct PDU", message(0, 4, "00 00 0001 00"), PROBE.match, PROBE.match],
		["a broken direct PDU", message(0, 4, "00 00 0001 05"), PROBE.mismatch, PROBE.mismatch],
		["an audit log", message(0, 5, "00 01"), PROBE.match, PROBE.match],
		["another version", message(0, 2, "", { version: 3 }), PROBE.mismatch, PROBE.mismatch],
		["another type", message(3, 2), PROBE.mismatch, PROBE.mismatch],
		["another id", message(0, 9), PROBE.mismatch, PROBE.mismatch],
		["a length that is too small", hex("01 00 02 00 0001 0007"), PROBE.mismatch, PROBE.mismatch],
		["half a header", READ.subarray(0, 5), PROBE.mismatch, PROBE.more],
		["half a message", READ.subarray(0, 12), PROBE.mismatch, PROBE.more],
		["Modbus", hex("0001 0000 0006 01 03 0000 0002"), PROBE.mismatch, PROBE.mismatch],
	])("%s", (_, bytes, udp, tcp) => {
		expect(probe(bytes)).toBe(udp);
		expect(probeTcp(bytes)).toBe(tcp);
	});

	it("takes a broken frame where a port hints at it, by TCP", () => {
		const broken = message(0, 3, "00112233");
		expect(hartIp.tcp!.probe(broken, 0, broken.length, true)).toBe(PROBE.match);
		// ROC Plus begins so.
		const other = hex("01 02 03 04 06 d7 01 00 02 00 02 01 01 00");
		expect(hartIp.tcp!.probe(join(other, new Uint8Array(256)), 0, 270, false)).toBe(PROBE.mismatch);
	});

	it("tells who asks", () => {
		const sender = (bytes: Uint8Array) => hartIp.udp!.sender!(bytes, 0, bytes.length);
		expect([sender(READ), sender(VALUES), sender(hex("00"))]).toEqual(["client", "server", undefined]);
		expect(open().request(READ.subarray(0, 9)).records).toEqual([]);
	});
});

describe("points", () => {
	it.each([
		["PV", "", "variable:246"],
		["variable:246", "", "variable:246"],
		["7", "variable", "variable:7"],
		["7", "Channel", "channel:7"],
		["7", "", undefined],
		["variable:256", "", undefined],
		["constructor", "", undefined],
		["x", "", undefined],
		["7", "holding", undefined],
	])("%s of %s", (text, table, expected) => {
		expect(hartIp.parsePoint!(text, table)).toBe(expected);
	});

	it("has words for people", () => {
		expect(["variable:246", "variable:3", "channel:1"].map(hartIp.pointName)).toEqual([
			"primary variable",
			"device variable 3",
			"analog channel 1",
		]);
	});
});

const sample = (name: string, bytes: Uint8Array, direction: Sample["direction"] = TO_SERVER): Sample => ({ name, bytes, direction });
const CONVERSATIONS: readonly (readonly Sample[])[] = [
	[
		sample("a session", OPEN),
		sample("its answer", OPENED, TO_CLIENT),
		sample("a read", READ),
		sample("its answer", VALUES, TO_CLIENT),
		sample("what keeps it", KEEP),
		sample("its answer", KEPT, TO_CLIENT),
	],
	[
		sample("a question who it is", command(0, "", 1, SELF)),
		sample("the answer", answer(0, IDENTITY_DATA, 1, SELF), TO_CLIENT),
		sample("a loop test", command(40, "41200000", 2)),
		sample("a refusal", answer(40, "", 2, undefined, "0b 00"), TO_CLIENT),
	],
	[
		sample("one that is passed on", command(77, "01 02 05 82 9126001234 28 04 41200000")),
		sample("its answer", answer(77, "01 02 86 9126001234 28 06 00 08 41200000"), TO_CLIENT),
		sample("a direct PDU", message(0, 4, "00 00 0001 00 0306 00", { sequence: 3 })),
		sample("its answer", message(1, 4, "48 02 0001 06 00 07 3fc00000 0306 03 00 1234", { sequence: 3 }), TO_CLIENT),
	],
];
datagramSuite(hartIp, CONVERSATIONS);
streamSuite(hartIp, CONVERSATIONS);
