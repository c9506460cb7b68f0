/** Telnet: negotiations and logins written out (RFC 854), recognised key by key, however the stream is cut; and the contract. */
import { describe, expect, it } from "vitest";
import { telnet } from "../../protocols/telnet/index.ts";
import { isWaiting, promptOf, verdictOf } from "../../protocols/telnet/prompts.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { type Sample, streamSuite } from "../contract/stream.ts";
import { hex, StreamHarness } from "../support/decoderHarness.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 255);
const open = () => new StreamHarness(telnet, {});
/** What the client types (`>`) and the server shows (`<`), in their order; `step` bytes a segment. */
function talk(lines: readonly string[], step = 4000) {
	const harness = open();
	for (const one of lines) {
		const bytes = ascii(one.slice(1));
		for (let at = 0; at < bytes.length; at += step)
			harness.send(one.startsWith(">") ? TO_SERVER : TO_CLIENT, bytes.slice(at, at + step), { frame: 1 });
	}
	return harness;
}

const LOGIN = ["<Debian 12\r\nplc-7 login: ", ">ann\r\0", "<ann\r\nPassword: ", ">s3cret\r\0"];

describe("a login", () => {
	it.each<[string, string[], string[]]>([
		["that is accepted", [...LOGIN, "<\r\nLast login: Mon Nov 23 from hmi\r\nann@plc-7:~$ "], ["ok"]],
		[
			"that is refused, then accepted",
			[...LOGIN, "<\r\nLogin incorrect\r\nplc-7 login: ", ">ann\r\n", "<\r\nPassword: ", ">x\r\n", "<\r\n# ", ">ls\r\n"],
			["refused", "ok"],
		],
		["that is asked for again without a word", [...LOGIN, "<\r\nUsername: "], ["refused"]],
		["of a switch", ["<User Access Verification\r\n\r\nPassword: ", ">x\r\n", "<\r\nRouter>", ">enable\r\n"], ["ok"]],
		["of a switch that refuses", ["<\r\nPassword: ", ">x\r\n", "<\r\n% Bad passwords\r\n"], ["refused"]],
		[
			"after which a failed one is told of",
			[...LOGIN, "<\r\nThere was 1 failed login attempt since the last successful login.\r\n"],
			["ok"],
		],
		["whose end is not seen", [...LOGIN, "<\r\nplease wait\r\n"], []],
		["behind a long message", [...LOGIN, `<\r\n${"message\r\n".repeat(60)}`, "<# ", ">ls\r\n"], []],
	])("%s", (_, lines, outcomes) => {
		const whole = talk(lines);
		expect(whole.operations.map(({ verb, outcome, code }) => [verb, outcome, telnet.isLogin!(code, 0)])).toEqual(
			outcomes.map((outcome) => ["authenticate", outcome, true]),
		);
		const isNamed = outcomes.includes("ok") && lines[0] === LOGIN[0];
		expect(whole.credentials).toEqual(isNamed ? [{ kind: "user", text: "ann", isServer: false }] : []);
		for (const step of [1, 3]) expect(talk(lines, step).records).toEqual(whole.records);
	});

	it("shows the user and the host, and never the password", () => {
		const { records, facts, identities } = talk([...LOGIN, "<\r\nLogin incorrect\r\n"]);
		expect(records).toMatchObject([
			{ kind: "password", sender: "client", userName: "ann", password: "(present)", inClear: true },
			{ kind: "login", sender: "server", userName: "ann", login: "refused" },
		]);
		expect(JSON.stringify(records)).not.toContain("s3cret");
		expect(facts).toMatchObject([{ record: { id: "cleartext-password" }, key: "ann" }]);
		expect(identities).toMatchObject([{ hostName: "plc-7", presumed: true }]);
		expect([telnet.operationName(1), telnet.operationName(2), telnet.outcomeName(1), telnet.outcomeName(2), telnet.pointName("x")]).toEqual(
			["log in", "other", "refused", "unknown", "x"],
		);
	});

	it("is typed with mistakes, and shown in colours", () => {
		const { records } = talk(["<\x1b[1;32mlogin\x1b[0m: ", ">bon\x08\x7f\x7fann\r\n", "<\x1bcPass\b\bssword:", ">\r\n", ">x\r\n"]);
		expect(records).toMatchObject([{ kind: "password", userName: "ann" }]);
	});

	it("does not go on over lost bytes", () => {
		const harness = talk(LOGIN.slice(0, 3)).gap(TO_SERVER);
		harness.request(ascii("s3cret\r\n"));
		expect(harness.records).toEqual([]);
	});
});

describe("negotiations", () => {
	it("are said one by one, with the terminal type", () => {
		const harness = open();
		harness.response(hex("fffd18 fffb01 fff1")).request(hex("fffb18 fffe63 fff7")).response(hex("fffa1801fff0"));
		harness.request(hex("fffa18005854455249fffff0 fff0"));
		expect(harness.records).toMatchObject([
			{ kind: "command", sender: "server", command: "DO", option: "terminal type" },
			{ command: "WILL", option: "echo" },
			{ command: "NOP" },
			{ sender: "client", command: "WILL", option: "terminal type" },
			{ command: "DONT", option: "option 99" },
			{ command: "EC" },
			{ kind: "subnegotiation", sender: "server", option: "terminal type" },
			{ kind: "subnegotiation", sender: "client", option: "terminal type", terminalType: expect.stringMatching(/^XTERI/) },
		]);
	});

	it("behind which a side encrypts end what is read of it", () => {
		for (const start of ["fffa2603 01 fff0", "fffa2e01 fff0"]) {
			const harness = open().request(hex(start)).request(hex("fffb18 fffb18"));
			expect(harness.records).toHaveLength(1);
		}
	});

	it("without an end are malformed, and decoding goes on", () => {
		expect(open().request(hex("fffa1800 41 fffb01")).records).toMatchObject([{ kind: "malformed" }, { command: "WILL", option: "echo" }]);
		const harness = open()
			.request(hex(`fffa1800${"41".repeat(5000)}`))
			.request(hex("fffb01"));
		expect(harness.records).toMatchObject([{ kind: "malformed" }, { command: "WILL" }]);
	});

	it("of no command are stepped over", () => {
		expect(open().request(hex("ff01 ffff fffb01")).records).toMatchObject([{ command: "WILL" }]);
	});
});

describe("words", () => {
	it.each([
		["login: ", "user"],
		["User name:", "user"],
		["Benutzername: ", "user"],
		["Password for ann: ", "password"],
		["Enter passcode:", "password"],
		["Last login: ", undefined],
		["speed: ", undefined],
	])("'%s' asks for %s", (line, prompt) => {
		expect(promptOf(line)).toBe(prompt);
	});

	it.each([
		["Access denied", "refused"],
		["Welcome to drive 7", "ok"],
		["Last failed login: Mon", "ok"],
		["speed 1200", undefined],
	])("'%s' means %s", (line, verdict) => {
		expect(verdictOf(line)).toBe(verdict);
	});

	it("wait behind some signs alone", () => {
		expect(["$ ", "host> ", "# ", "Choice:", "text", ""].map(isWaiting)).toEqual([true, true, true, true, false, false]);
	});
});

describe("the probe", () => {
	it.each<[string, number, number]>([
		["fffd18 fffb01", PROBE.certain, PROBE.certain],
		["fffd18", PROBE.match, PROBE.match],
		["fffd", PROBE.more, PROBE.more],
		["ff", PROBE.more, PROBE.more],
		["fffd99", PROBE.mismatch, PROBE.mismatch],
		["fffa1801fff0", PROBE.match, PROBE.match],
		["fff1", PROBE.mismatch, PROBE.match],
		["6c6f67696e3a20", PROBE.mismatch, PROBE.match],
		["03000016 11e0", PROBE.mismatch, PROBE.mismatch],
		["ffd8ffe0", PROBE.mismatch, PROBE.mismatch],
	])("of %s", (bytes, elsewhere, onPort) => {
		const probe = (isHinted: boolean) => telnet.tcp!.probe(hex(bytes), 0, hex(bytes).length, isHinted);
		expect([probe(false), probe(true)]).toEqual([elsewhere, onPort]);
	});
});

const sample = (name: string, bytes: string, direction: 0 | 1 = TO_SERVER): Sample => ({ name, bytes: hex(bytes), direction });
streamSuite(telnet, [
	[
		sample("a question", "fffd18", TO_CLIENT),
		sample("its answer", "fffb18"),
		sample("a question for the terminal", "fffa1801fff0", TO_CLIENT),
		sample("the terminal", "fffa180058544552 4dfff0"),
	],
]);
