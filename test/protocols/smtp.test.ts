/** SMTP: conversations written out (RFC 5321), pipelining, logins by every mechanism, mails with what is attached, hostile lines, and the contract. */
import { describe, expect, it } from "vitest";
import { smtp } from "../../protocols/smtp/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { type Sample, streamSuite } from "../contract/stream.ts";
import { StreamHarness } from "../support/decoderHarness.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 255);
const line = (text: string): Uint8Array => ascii(`${text}\r\n`);
const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");
const open = () => new StreamHarness(smtp, {});
/** Lines of the client (`>`) and the server (`<`), in their order. */
function talk(...lines: string[]): StreamHarness<never> {
	const harness = open();
	for (const one of lines) harness.send(one.startsWith(">") ? TO_SERVER : TO_CLIENT, line(one.slice(1)));
	return harness as unknown as StreamHarness<never>;
}
const HELLO = [
	"<220 mail.plant.example ESMTP Postfix 3.7.11",
	">EHLO hmi-1.plant.example",
	"<250-mail.plant.example",
	"<250-PIPELINING",
	"<250 AUTH PLAIN LOGIN",
];
const ENVELOPE = [
	">MAIL FROM:<ann@Plant.example> SIZE=100",
	"<250 2.1.0 Ok",
	">RCPT TO:<bob@other.example>",
	"<250 Ok",
	">RCPT TO:<eve@other.example>",
	"<250 Ok",
	">RCPT TO:<nobody@third.example>",
	"<550 No such user",
	">DATA",
	"<354 Go on",
];

describe("a mail", () => {
	const harness = talk(
		...HELLO,
		...ENVELOPE,
		">Subject: QUIT",
		'>Content-Type: text/csv; name="levels.csv"',
		">",
		">a,b",
		">..",
		">",
		">TVpQAA no program",
		">.",
		"<250 2.0.0 queued",
		">QUIT",
		"<221 Bye",
	);

	it("is said once, with its envelope and what is attached", () => {
		expect(harness.rejects).toBe(0);
		expect(harness.records.find(({ kind }) => kind === "mail")).toMatchObject({
			from: "plant.example",
			recipients: 2,
			domains: ["other.example"],
			size: 90,
			attachments: ["levels.csv"],
			helo: "hmi-1.plant.example",
			replyCode: 250,
			matched: true,
		});
		expect(JSON.stringify(harness.records)).not.toMatch(/ann@|bob|\beve|Subject/);
		expect(harness.records.at(-2)).toMatchObject({ kind: "command", command: "QUIT" });
		expect(harness.facts).toEqual([]);
	});

	it("is a write, and names both hosts", () => {
		expect(harness.operations).toMatchObject([{ verb: "write", code: 101, outcome: "ok" }]);
		expect(harness.identities).toEqual([
			{ hostName: "mail.plant.example", presumed: true, evidence: "SMTP greeting" },
			{ application: "Postfix 3.7.11", presumed: true, evidence: "SMTP greeting" },
			{ ip: "10.0.0.1", hostName: "hmi-1.plant.example", presumed: true, evidence: "SMTP greeting" },
		]);
		expect(harness.traces).toEqual([{ kind: "file-name", value: "levels.csv", byServer: false }]);
		expect([
			smtp.operationName(100),
			smtp.operationName(101),
			smtp.operationName(1),
			smtp.operationName(0),
			smtp.outcomeName(554),
			smtp.outcomeName(599),
			smtp.pointName("a"),
		]).toEqual(["log in", "send a mail", "HELO", "unknown command", "transaction failed (554)", "reply (599)", "a"]);
	});

	it("that is refused says so, and the next one begins anew", () => {
		const refused = talk(...HELLO, ...ENVELOPE, ">x", ">.", "<554 Spam", ">MAIL FROM:<>", "<250 Ok", ">DATA", "<354 x", ">.", "<250 Ok");
		expect(refused.operations).toMatchObject([
			{ outcome: "refused", outcomeCode: 554 },
			{ verb: "write", outcome: "ok" },
		]);
		expect(refused.records.at(-1)).toMatchObject({ kind: "mail", from: "", recipients: 0, size: 0 });
	});

	it("that is not taken is none", () => {
		const harness = talk(...HELLO, ">DATA", "<503 No sender", ">NOOP", "<250 Ok");
		expect(harness.records.slice(-2)).toMatchObject([{ command: "NOOP" }, { kind: "reply", command: "NOOP" }]);
	});

	it("in pieces is read by its lengths", () => {
		const harness = talk(...HELLO, ">MAIL FROM:<a@b.example>", "<250 Ok", ">RCPT TO:<c@d.example>", "<250 Ok");
		harness
			.request(ascii("BDAT 8\r\nQUIT\r\nx\n"))
			.response(line("250 Ok"))
			.request(ascii("BDAT 4 LAST\r\nab\r\nNOOP\r\n"))
			.response(line("250 Done"));
		expect(harness.records.slice(-5)).toMatchObject([
			{ command: "BDAT", argument: "8" },
			{ kind: "reply", command: "BDAT" },
			{ command: "BDAT", argument: "4 LAST" },
			{ command: "NOOP" },
			{ kind: "mail", size: 12, recipients: 1 },
		]);
		expect(talk(...HELLO, ">BDAT 0 LAST", "<250 Ok").records.at(-1)).toMatchObject({ kind: "mail", size: 0 });
		expect(talk(...HELLO, ">BDAT x", "<501 No").records.at(-1)).toMatchObject({ kind: "reply", command: "BDAT" });
	});

	it("whose commands come all at once is the same", () => {
		const harness = talk(...HELLO)
			.request(ascii("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"))
			.response(ascii("250 Ok\r\n250 Ok\r\n354 Go on\r\n"))
			.request(ascii("Hello\r\n.\r\nQUIT\r\n"))
			.response(ascii("250 Ok\r\n221 Bye\r\n"));
		expect(harness.records.filter(({ kind }) => kind === "mail")).toMatchObject([{ from: "b.example", recipients: 1, size: 7 }]);
	});
});

describe("programs", () => {
	const attach = (first: string) =>
		talk(
			...HELLO,
			...ENVELOPE,
			'>Content-Disposition: attachment; filename="viewer.exe"',
			">Content-Transfer-Encoding: base64",
			">",
			`>${first}`,
			">.",
			"<250 Ok",
		);

	it("that are attached are a fact", () => {
		const harness = attach("TVqQAAMAAAAEAAAA//8AALgAAAA");
		expect(harness.records.at(-1)).toMatchObject({ attachments: ["viewer.exe"], programs: ["Windows program"] });
		expect(harness.facts).toMatchObject([{ record: { id: "smtp-program-attached" }, key: "viewer.exe" }]);
		expect(attach("f0VMRgIBAQAAAAAAAAAAAAI").facts).toHaveLength(1);
		expect(attach("JVBERi0xLjQK").facts).toEqual([]);
	});

	it("and names are bounded", () => {
		const names = Array.from({ length: 40 }, (_, at) => `>Content-Type: x; name=f${at}.bin`);
		expect(talk(...HELLO, ...ENVELOPE, ...names, ">.", "<250 Ok").records.at(-1)?.attachments).toHaveLength(16);
	});
});

describe("logins", () => {
	const NTLM_TYPE_1 = Buffer.concat([
		Buffer.from("NTLMSSP\0", "latin1"),
		Buffer.from("0100000007820000", "hex"),
		Buffer.alloc(16),
	]).toString("base64");
	const utf16 = (text: string) => Buffer.from(text, "utf16le");
	/** [MS-NLMP] 2.2.1.2: a challenge with the server's name. */
	const challenge = (): string => {
		const name = utf16("MAIL-1");
		const pairs = Buffer.concat([Buffer.of(1, 0, name.length, 0), name, Buffer.alloc(4)]);
		const head = Buffer.alloc(56);
		head.write("NTLMSSP\0", "latin1");
		head.writeUInt32LE(2, 8);
		head.writeUInt32LE(0x02000001, 20);
		head.writeUInt16LE(pairs.length, 40);
		head.writeUInt32LE(56, 44);
		head.set([10, 0, 0x61, 0x4a], 48);
		return Buffer.concat([head, pairs]).toString("base64");
	};
	/** 2.2.1.3. */
	const authenticate = (): string => {
		const texts = ["PLANT", "ann", "HMI-1"].map(utf16);
		const head = Buffer.alloc(64);
		head.write("NTLMSSP\0", "latin1");
		head.writeUInt32LE(3, 8);
		head.writeUInt16LE(24, 20);
		let at = 64;
		for (const [index, text] of texts.entries()) {
			head.writeUInt16LE(text.length, 28 + 8 * index);
			head.writeUInt32LE(at, 32 + 8 * index);
			at += text.length;
		}
		head.writeUInt32LE(at, 24);
		head.writeUInt32LE(1, 60);
		return Buffer.concat([head, ...texts, Buffer.alloc(24)]).toString("base64");
	};

	it.each<[string, string[], string, boolean]>([
		["PLAIN at once", [`>AUTH PLAIN ${base64("\0ann\0s3cret")}`], "ann", true],
		["PLAIN when asked", [">AUTH plain", "<334 ", `>${base64("\0ann\0s3cret")}`], "ann", true],
		["PLAIN without a password", [`>AUTH PLAIN ${base64("\0ann\0")}`], "ann", false],
		["LOGIN", [">AUTH LOGIN", "<334 VXNlcm5hbWU6", `>${base64("ann")}`, "<334 UGFzc3dvcmQ6", `>${base64("s3cret")}`], "ann", true],
		["LOGIN with the user at once", [`>AUTH LOGIN ${base64("ann")}`, "<334 UGFzc3dvcmQ6", `>${base64("s3cret")}`], "ann", true],
		["CRAM-MD5", [">AUTH CRAM-MD5", `<334 ${base64("<1.2@mail>")}`, `>${base64("ann 0123456789abcdef")}`], "ann", false],
		["XOAUTH2", [`>AUTH XOAUTH2 ${base64("user=ann\x01auth=Bearer t0ken\x01\x01")}`], "ann", false],
		["NTLM", [`>AUTH NTLM ${NTLM_TYPE_1}`, `<334 ${challenge()}`, `>${authenticate()}`], "PLANT\\ann", false],
	])("by %s", (_, lines, user, isReadable) => {
		for (const [reply, outcome, code] of [
			["<235 2.7.0 Welcome", "ok", 0],
			["<535 5.7.8 Wrong", "refused", 535],
		] as const) {
			const harness = talk(...HELLO, ...lines, reply);
			expect(harness.rejects).toBe(0);
			expect(harness.records.at(-1)).toMatchObject({ kind: "reply", login: outcome, userName: user });
			expect(harness.operations).toMatchObject([{ verb: "authenticate", outcome, outcomeCode: code }]);
			expect(smtp.isLogin!(harness.operations[0]!.code, code)).toBe(true);
			expect(harness.facts.map(({ record, key }) => [record.id, key])).toEqual(isReadable ? [["cleartext-password", user]] : []);
			expect(JSON.stringify(harness.records)).not.toMatch(/s3cret|t0ken|czNjcmV0/);
		}
	});

	it("by NTLM name both hosts", () => {
		const { identities } = talk(...HELLO, `>AUTH NTLM ${NTLM_TYPE_1}`, `<334 ${challenge()}`, `>${authenticate()}`);
		expect(identities.slice(-2)).toEqual([
			{ hostName: "MAIL-1", operatingSystem: "Windows 10 or later (10.0.19041)", presumed: true, evidence: "SMTP login (NTLM)" },
			{ ip: "10.0.0.1", hostName: "HMI-1", presumed: true, evidence: "SMTP login (NTLM)" },
		]);
	});

	it("that are given up, put off or garbled are none", () => {
		expect(talk(...HELLO, ">AUTH LOGIN", "<334 VXNlcm5hbWU6", ">*", "<501 Given up", ">NOOP").operations).toEqual([]);
		expect(talk(...HELLO, ">AUTH GSSAPI", "<504 Unknown", ">NOOP").records.at(-1)).toMatchObject({ command: "NOOP" });
		expect(talk(...HELLO, `>AUTH PLAIN ${base64("garbled")}`, "<454 Later").operations).toEqual([]);
		expect(talk(...HELLO, ">AUTH CRAM-MD5", "<334 eA==", `>${base64("garbled")}`, "<535 Wrong").records.at(-1)?.userName).toBeUndefined();
	});

	it("behind encryption are not seen", () => {
		const harness = talk(...HELLO, ">STARTTLS", "<220 Go on");
		harness.request(ascii("\x16\x03\x01 AUTH x\r\n")).response(ascii("\x16\x03\x03 235 \r\n"));
		expect(harness.records.at(-1)).toMatchObject({ kind: "reply", command: "STARTTLS", encrypted: true });
		expect(harness.rejects).toBe(0);
		expect(harness.facts).toEqual([]);
	});
});

describe("lines", () => {
	it("behind the one that begins encryption are malformed", () => {
		const harness = talk(...HELLO).request(ascii("STARTTLS\r\nMAIL FROM:<a@b.example>\r\n"));
		expect(harness.facts).toMatchObject([{ record: { id: "smtp-malformed" }, key: "starttls" }]);
	});

	it("without an end, and with a zero byte, are malformed", () => {
		const harness = open().request(ascii(`EHLO ${"A".repeat(13_000)}`));
		expect(harness.records).toMatchObject([{ kind: "malformed", sender: "client", violations: ["length"] }]);
		harness.request(line("")).request(line("NOOP"));
		expect(harness.records.at(-1)).toMatchObject({ command: "NOOP" });
		expect(open().request(line("MAIL a\0b")).facts).toMatchObject([{ key: "nul" }]);
		const login = talk(...HELLO, ">AUTH LOGIN")
			.request(ascii("A".repeat(30_000)))
			.request(line(""));
		expect(login.records.filter(({ kind }) => kind === "malformed")).toHaveLength(2);
	});

	it("of a mail may be long", () => {
		const harness = talk(...HELLO, ...ENVELOPE)
			.request(ascii(`${"x".repeat(40_000)}\r\n.\r\n`))
			.response(line("250 Ok"));
		expect(harness.records.at(-1)).toMatchObject({ kind: "mail" });
		expect(harness.facts).toEqual([]);
	});

	it("that ask for names are a search of the server", () => {
		const harness = talk(...HELLO, ">VRFY ann", "<252 Maybe", ">EXPN all", "<502 No");
		expect(harness.operations).toMatchObject([
			{ verb: "browse", outcome: "ok" },
			{ verb: "browse", outcome: "refused", outcomeCode: 502 },
		]);
	});

	it("that are not answered say so", () => {
		const harness = open().request(line("VRFY ann"), { time: 1_000_000_000 }).advance(1_301_000_000);
		expect(harness.records[1]).toMatchObject({ kind: "unanswered", command: "VRFY", frame: 1 });
		expect(harness.operations).toMatchObject([{ verb: "browse", outcome: "unanswered" }]);
		harness.response(line("250 late")).request(line("NOOP")).response(line("250 Ok"));
		expect(harness.records.at(-1)).toMatchObject({ command: "NOOP", matched: true });
	});

	it("more of them than wait are counted", () => {
		const harness = open();
		for (let at = 0; at < 140; at++) harness.request(line("NOOP"));
		expect(harness.counts["pending-bound"]).toBe(12);
	});

	it("greet without a name of a host say none", () => {
		expect(talk("<220 10.0.0.2 ESMTP", ">HELO [10.0.0.1]", "<250 x", ">EHLO localhost", "<250 x").identities).toEqual([]);
	});

	it("go on after lost bytes", () => {
		const harness = talk(...HELLO, ...ENVELOPE, ">text")
			.gap(TO_SERVER)
			.gap(TO_CLIENT);
		harness.request(ascii("rest of a line\r\nQUIT\r\n")).response(ascii("ed\r\n221 Bye\r\n"));
		expect(harness.records.at(-1)).toMatchObject({ kind: "reply", command: "QUIT", matched: true });
	});

	it("of a reply end by another code", () => {
		expect(talk("<250-a", "<221 Bye").records).toMatchObject([{ replyCode: 221 }]);
		expect(talk("<250-a", "<251-b", "<251 c").records).toMatchObject([{ replyCode: 251, replyText: "b" }]);
	});
});

describe("the probe", () => {
	const probe = (text: string, isHinted?: boolean) => smtp.tcp!.probe(ascii(text), 0, text.length, isHinted);
	it.each<[string, number, number]>([
		["220 mail.plant.example ESMTP\r\n", PROBE.certain, PROBE.certain],
		["220 smtp service\r\n", PROBE.certain, PROBE.certain],
		["220 drive\r\n", PROBE.match, PROBE.mismatch],
		["220", PROBE.more, PROBE.more],
		["22", PROBE.more, PROBE.more],
		["120 x", PROBE.mismatch, PROBE.mismatch],
		["2200 x", PROBE.mismatch, PROBE.mismatch],
		["EHLO x\r\n", PROBE.match, PROBE.match],
		["RCPT TO:<a@b>\r\n", PROBE.match, PROBE.match],
		["EHL", PROBE.more, PROBE.more],
		["QUIT\r\n", PROBE.match, PROBE.mismatch],
		["GET / HTTP/1.1\r\n", PROBE.mismatch, PROBE.mismatch],
		["USER ann\r\n", PROBE.mismatch, PROBE.mismatch],
		["SSH-2.0-x\r\n", PROBE.mismatch, PROBE.mismatch],
		["\x16\x03\x01\x02\x00\x01", PROBE.mismatch, PROBE.mismatch],
	])("of %j", (text, hinted, elsewhere) => {
		expect(probe(text)).toBe(hinted);
		expect(probe(text, false)).toBe(elsewhere);
	});
});

const sample = (name: string, bytes: Uint8Array, direction: 0 | 1 = TO_SERVER): Sample => ({ name, bytes, direction });
streamSuite(
	smtp,
	[
		[
			sample("a greeting", line("220 mail.plant.example ESMTP"), TO_CLIENT),
			sample("a client's greeting", line("EHLO hmi-1.plant.example")),
			sample("its answer", line("250 mail.plant.example"), TO_CLIENT),
			sample("a sender", line("MAIL FROM:<ann@plant.example>")),
			sample("a refusal", line("550 No"), TO_CLIENT),
		],
		[sample("a question", line("VRFY ann")), sample("its answer", line("252 Maybe"), TO_CLIENT)],
	],
	{
		foreign: [
			["a binary message", Uint8Array.of(3, 0, 0, 22, 17, 224, 0, 0, 0, 1, 0)],
			["ones", new Uint8Array(48).fill(0xff)],
		],
	},
);
