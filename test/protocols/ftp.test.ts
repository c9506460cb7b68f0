/** FTP: control connections written out (RFC 959), replies of several lines, logins, hostile lines, and the contract. */
import { describe, expect, it } from "vitest";
import { ftp } from "../../protocols/ftp/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { type Sample, streamSuite } from "../contract/stream.ts";
import { StreamHarness } from "../support/decoderHarness.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 255);
const line = (text: string): Uint8Array => ascii(`${text}\r\n`);
const open = () => new StreamHarness(ftp, {});
/** Commands (`>`) and replies (`<`), in their order. */
function talk(...lines: string[]): StreamHarness<never> {
	const harness = open();
	for (const one of lines) harness.send(one.startsWith(">") ? TO_SERVER : TO_CLIENT, line(one.slice(1)));
	return harness as unknown as StreamHarness<never>;
}

describe("a session", () => {
	const harness = talk(
		"<220-Drive 7",
		"< 220 is no end",
		"<220 ProFTPD 1.3.8 Server ready",
		">USER ann",
		"<331 Password required",
		">PASS s3cret",
		"<230 Welcome",
		">SYST",
		"<215 UNIX Type: L8",
		">CWD /programs",
		"<250 Done",
		">EPSV",
		"<229 Entering (|||50001|)",
		">RETR pump.exe",
		"<150 Here it comes",
		"<226 Done",
		">stor new.cfg",
		"<553 No",
		">RNFR a.txt",
		"<350 Go on",
		">RNTO b.txt",
		"<250 Done",
		">QUIT",
		"<221 Goodbye",
	);

	it("is commands and whole replies, joined", () => {
		expect(harness.rejects).toBe(0);
		expect(harness.records[0]).toMatchObject({ kind: "reply", replyCode: 220, replyText: "Drive 7", matched: false });
		expect(harness.records.slice(1, 5)).toMatchObject([
			{ kind: "command", command: "USER", argument: "ann", userName: "ann" },
			{ kind: "reply", command: "USER", replyCode: 331, matched: true },
			{ kind: "command", command: "PASS", password: "(present)", inClear: true, userName: "ann" },
			{ kind: "reply", command: "PASS", replyCode: 230, login: "ok" },
		]);
		expect(JSON.stringify(harness.records)).not.toContain("s3cret");
	});

	it("reads, writes and looks through files", () => {
		expect(harness.operations.map(({ verb, outcome, outcomeCode, points }) => [verb, outcome, outcomeCode, ...points])).toEqual([
			["authenticate", "ok", 0],
			["identify", "ok", 0],
			["browse", "ok", 0, "/programs"],
			["read", "ok", 0, "pump.exe"],
			["write", "refused", 553, "new.cfg"],
			["write", "ok", 0, "a.txt", "b.txt"],
		]);
		expect(harness.traces.map(({ value }) => value)).toEqual(["pump.exe", "new.cfg", "b.txt"]);
		expect(ftp.operationName(harness.operations[3]!.code)).toBe("RETR");
		expect([ftp.operationName(100), ftp.operationName(0), ftp.outcomeName(553), ftp.outcomeName(599), ftp.pointName("a")]).toEqual([
			"log in",
			"unknown command",
			"file name not allowed (553)",
			"reply (599)",
			"file a",
		]);
	});

	it("says who the server is, and that the password was readable", () => {
		expect(harness.identities).toMatchObject([
			{ application: "Drive 7", presumed: true },
			{ operatingSystem: "UNIX Type: L8", presumed: true },
		]);
		expect(harness.facts).toMatchObject([{ record: { id: "cleartext-password" }, key: "ann" }]);
	});
});

describe("logins", () => {
	it.each<[string, string[], string[]]>([
		["refused", [">USER ann", "<331 x", ">PASS y", "<530 Login incorrect"], ["refused"]],
		["refused by the code of later times", [">USER ann", "<331 x", ">PASS y", "<430 Invalid"], ["refused"]],
		["without a password", [">USER ann", "<230 In"], ["ok"]],
		["that need an account", [">USER ann", "<331 x", ">PASS y", "<332 Account", ">ACCT z", "<230 In"], ["ok"]],
		["put off", [">USER ann", "<331 x", ">PASS y", "<421 Too many"], []],
	])("%s", (_, lines, outcomes) => {
		const harness = talk(...lines);
		const logins = harness.operations.filter(({ verb }) => verb === "authenticate");
		expect(logins.map(({ outcome }) => outcome)).toEqual(outcomes);
		for (const { code, outcomeCode } of logins) expect(ftp.isLogin!(code, outcomeCode)).toBe(true);
		expect(harness.credentials).toEqual(outcomes.includes("ok") ? [{ kind: "user", text: "ann", isServer: false }] : []);
	});

	it("of nobody in particular are no secret", () => {
		expect(talk(">USER anonymous", "<331 x", ">PASS me@here", "<230 In").facts).toEqual([]);
		expect(talk(">USER ann", "<331 x", ">PASS ", "<530 No").facts).toEqual([]);
	});

	it("behind TLS are not seen", () => {
		const harness = talk("<220 FTP", ">AUTH TLS", "<234 Go on")
			.send(TO_SERVER, ascii("\x16\x03\x01 USER x\r\n"))
			.send(TO_CLIENT, ascii("\x16\x03\x03 230 \r\n"));
		expect(harness.records).toHaveLength(3);
		expect(harness.rejects).toBe(0);
	});
});

describe("lines", () => {
	it("that tell the server to run a program are a fact", () => {
		expect(talk(">SITE EXEC /bin/sh -c id", "<200 x").facts).toMatchObject([{ record: { id: "remote-execution" } }]);
		expect(talk(">SITE CHMOD 755 x", "<200 x").facts).toEqual([]);
		expect(talk(">SITE CHMOD 755 x", "<200 x").operations).toMatchObject([{ verb: "command" }]);
	});

	it("without an end, and with a zero byte, are malformed", () => {
		const harness = open().request(ascii(`USER ${"A".repeat(5000)}`));
		expect(harness.records).toMatchObject([{ kind: "malformed", sender: "client", violations: ["length"] }]);
		expect(harness.facts).toMatchObject([{ record: { id: "ftp-malformed" }, key: "length" }]);
		harness.request(line("")).request(line("NOOP"));
		expect(harness.records.at(-1)).toMatchObject({ kind: "command", command: "NOOP" });
		expect(open().request(line("CWD a\0b")).facts).toMatchObject([{ key: "nul" }]);
	});

	it("that Telnet interprets are no part of a command", () => {
		const harness = open().request(ascii("\xff\xf4\xff\xf2ABOR\r\n"));
		expect(harness.records).toMatchObject([{ command: "ABOR" }]);
		expect(harness.rejects).toBe(0);
	});

	it("that are not answered say so; a transfer may take an hour", () => {
		const harness = open().request(line("LIST"), { time: 1_000_000_000 }).advance(1_061_000_000);
		expect(harness.records[1]).toMatchObject({ kind: "unanswered", command: "LIST", frame: 1 });
		expect(harness.operations).toMatchObject([{ verb: "browse", outcome: "unanswered" }]);
		harness.response(line("226 late")).request(line("RETR a")).response(line("150 x"));
		harness.advance(1_900_000_000);
		expect(harness.records.at(-1)).toMatchObject({ replyCode: 150 });
		expect(harness.records.find(({ replyCode }) => replyCode === 226)).toMatchObject({ matched: false });
	});

	it("more of them than wait are counted", () => {
		const harness = open();
		for (let at = 0; at < 40; at++) harness.request(line(`SIZE ${at}`));
		for (let at = 0; at < 40; at++) harness.response(line("213 1"));
		expect(harness.counts["pending-bound"]).toBe(8);
		expect(harness.operations.map(({ points }) => points[0])).toEqual(Array.from({ length: 32 }, (_, at) => String(at + 8)));
	});

	it("go on after lost bytes", () => {
		const harness = talk(">USER ann").gap(TO_SERVER).gap(TO_CLIENT);
		harness.request(ascii("ord\r\nRETR a\r\n")).response(ascii("ed 99\r\n150 x\r\n226 y\r\n"));
		expect(harness.operations).toMatchObject([{ verb: "read", points: ["a"] }]);
	});
});

describe("the probe", () => {
	it.each<[string, number]>([
		["220 (vsFTPd 3.0.3)\r\n", PROBE.certain],
		["220 Microsoft FTP Service\r\n", PROBE.certain],
		["220 drive\r\n", PROBE.match],
		["220 mail ESMTP, no FTP, SMTP\r\n", PROBE.match],
		["220", PROBE.more],
		["22", PROBE.more],
		["920 x", PROBE.mismatch],
		["2200 x", PROBE.mismatch],
		["USER ann\r\n", PROBE.match],
		["USE", PROBE.more],
		["GET / HTTP/1.1\r\n", PROBE.mismatch],
		["EHLO x\r\n", PROBE.mismatch],
		["SSH-2.0-x\r\n", PROBE.mismatch],
	])("of %s", (text, expected) => {
		const bytes = ascii(text);
		expect(ftp.tcp!.probe(bytes, 0, bytes.length)).toBe(expected);
	});

	it.each<[string, number]>([
		["220 (vsFTPd 3.0.3)\r\n", PROBE.certain],
		["331 password\r\n", PROBE.match],
		["227 Entering Passive Mode (10,0,0,2,4,1)\r\n", PROBE.match],
		["USER ann\r\n", PROBE.match],
		["PASV\r\n", PROBE.match],
		// Mail (RFC 5321), news (RFC 3977).
		["220 drive\r\n", PROBE.mismatch],
		["250 2.0.0 Message accepted for delivery\r\n", PROBE.mismatch],
		["200 Daemon, posting allowed\r\n", PROBE.mismatch],
		["QUIT\r\n", PROBE.mismatch],
		["HELP\r\n", PROBE.mismatch],
		["LIST\r\n", PROBE.mismatch],
	])("of %s where no port hints", (text, expected) => {
		const bytes = ascii(text);
		expect(ftp.tcp!.probe(bytes, 0, bytes.length, false)).toBe(expected);
	});
});

const sample = (name: string, bytes: Uint8Array, direction: 0 | 1 = TO_SERVER): Sample => ({ name, bytes, direction });
streamSuite(
	ftp,
	[
		[
			sample("a greeting", line("220 FTP server ready"), TO_CLIENT),
			sample("a user", line("USER ann")),
			sample("a question", line("331 Password"), TO_CLIENT),
			sample("a password", line("PASS s3cret")),
			sample("a refusal", line("530 No"), TO_CLIENT),
		],
		[
			sample("a file", line("RETR a/b.bin")),
			sample("its beginning", line("150 Here"), TO_CLIENT),
			sample("its end", line("226 Done"), TO_CLIENT),
		],
	],
	{
		foreign: [
			["a binary message", Uint8Array.of(3, 0, 0, 22, 17, 224, 0, 0, 0, 1, 0)],
			["ones", new Uint8Array(48).fill(0xff)],
		],
	},
);
