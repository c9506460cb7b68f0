import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Alert } from "../../src/alert/alert.ts";
import { createWeb, type Web } from "../../src/web/web.ts";
import { alert, type FakeView, firstWrite, waterWorks } from "../support/fakeView.ts";
import { MemoryStore } from "../support/memoryStore.ts";

const NAME = "Ada";
const PASSWORD = "correct horse battery";
const START = 1_790_000_000_000;

interface Reply {
	status: number;
	headers: IncomingMessage["headers"];
	// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, looked at field by field
	body: any;
	text: string;
}

let now = START;
let store: MemoryStore;
let view: FakeView;
let web: Web;
let cookie = "";

beforeEach(async () => {
	now = START;
	cookie = "";
	store = new MemoryStore();
	view = waterWorks(now / 1000);
	web = await createWeb({ host: "127.0.0.1", port: 0, view, store, clock: () => now });
});
afterEach(() => web.close());

const call = (
	method: string,
	path: string,
	{ body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Reply> =>
	new Promise((resolve, reject) => {
		const url = new URL(path, web.url);
		const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
		const all: Record<string, string> = { host: url.host, ...(cookie === "" ? {} : { cookie }) };
		if (method !== "GET") all.origin = url.origin;
		if (text !== undefined) all["content-type"] = "application/json";
		const sent = httpRequest(
			{ host: url.hostname, port: url.port, path: url.pathname + url.search, method, headers: { ...all, ...headers } },
			(response) => {
				const parts: Buffer[] = [];
				response.on("data", (part: Buffer) => parts.push(part));
				response.on("end", () => {
					const whole = Buffer.concat(parts).toString();
					const isJson = response.headers["content-type"]?.includes("json") === true;
					resolve({ status: response.statusCode!, headers: response.headers, body: isJson ? JSON.parse(whole) : undefined, text: whole });
				});
			},
		);
		sent.on("error", reject);
		sent.end(text);
	});

const keepCookie = (reply: Reply): void => {
	cookie = reply.headers["set-cookie"]![0]!.split(";")[0]!;
};

async function setUp(): Promise<Reply> {
	const reply = await call("POST", "/api/setup", { body: { code: web.setupCode, name: NAME, password: PASSWORD } });
	expect(reply.status).toBe(200);
	keepCookie(reply);
	return reply;
}

const logIn = (password = PASSWORD, name = NAME, headers = {}) => call("POST", "/api/login", { body: { name, password }, headers });

async function audit(): Promise<Record<string, unknown>[]> {
	const entries: Record<string, unknown>[] = [];
	for await (const [, value] of store.list("audit")) entries.push(value as Record<string, unknown>);
	return entries;
}

describe("the first start", () => {
	it("gives a setup code of 80 bits, and nothing to see without a login", async () => {
		expect(web.setupCode).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
		expect((await call("GET", "/api/session")).body).toEqual({ site: null, setup: true, user: null, previousVisit: null });
		for (const path of ["/api/status", "/api/alerts", "/api/alerts/a-write", "/api/assets", "/api/events"]) {
			const reply = await call("GET", path);
			expect([path, reply.status, reply.body.code]).toEqual([path, 401, "WEB_LOGIN_NEEDED"]);
		}
	});

	it("makes the first user with the code, typed carelessly, and logs in", async () => {
		const typed = web.setupCode!.toLowerCase().replaceAll("-", " ").replaceAll("0", "o").replaceAll("1", "l");
		const reply = await call("POST", "/api/setup", { body: { code: typed, name: ` ${NAME} `, password: PASSWORD } });
		expect(reply.body).toEqual({ user: NAME, previousVisit: null });
		keepCookie(reply);
		expect((await call("GET", "/api/session")).body).toMatchObject({ site: "waterworks", setup: false, user: NAME });
	});

	it("refuses a wrong code, a short password, and a name that hides something", async () => {
		const code = web.setupCode;
		const attempt = (body: object) => call("POST", "/api/setup", { body: { code, name: NAME, password: PASSWORD, ...body } });
		expect((await attempt({ code: "0000-0000-0000-0000" })).body.code).toBe("WEB_SETUP_REFUSED");
		expect((await attempt({ password: "elevenchars" })).body.code).toBe("WEB_PASSWORD_SHORT");
		expect((await attempt({ name: "Ad\u202ea" })).body.code).toBe("WEB_NAME_INVALID");
		expect((await attempt({ name: "<b>" })).body.code).toBe("WEB_NAME_INVALID");
		expect((await attempt({ extra: 1 })).status).toBe(400);
	});

	it("makes one user only, even of two who come at once, and the code is used up", async () => {
		const code = web.setupCode;
		const attempt = (name: string) => call("POST", "/api/setup", { body: { code, name, password: PASSWORD } });
		const statuses = (await Promise.all([attempt("Ada"), attempt("Bob")])).map((reply) => reply.status).sort();
		expect(statuses).toEqual([200, 409]);
		expect((await attempt("Eve")).body.code).toBe("WEB_SETUP_DONE");
		const second = await createWeb({ host: "127.0.0.1", port: 0, view, store, clock: () => now });
		expect(second.setupCode).toBeUndefined();
		await second.close();
	});

	it("throttles guesses at the code", async () => {
		const guess = () => call("POST", "/api/setup", { body: { code: "0000", name: NAME, password: PASSWORD } });
		const statuses = [];
		for (let i = 0; i < 6; i++) statuses.push((await guess()).status);
		expect(statuses).toEqual([403, 403, 403, 403, 403, 429]);
	});
});

describe("logging in", () => {
	it("stores a salted scrypt hash, and no password, code or token anywhere", async () => {
		await setUp();
		expect((await logIn()).status).toBe(200);
		const record = (await store.get("user", "ada")) as Record<string, unknown>;
		expect(record).toMatchObject({ name: NAME, algorithm: "scrypt", N: 32768, r: 8, p: 3 });
		expect(Buffer.from(record.salt as string, "base64")).toHaveLength(16);
		expect(Buffer.from(record.hash as string, "base64")).toHaveLength(32);
		const token = cookie.split("=")[1]!;
		for (const secret of [PASSWORD, web.setupCode!, token]) expect(store.dump()).not.toContain(secret);
	});

	it("sets a cookie that scripts and other sites cannot use", async () => {
		const reply = await setUp();
		expect(reply.headers["set-cookie"]![0]).toMatch(/^spanwatch_\d+=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
	});

	it("gives a new token at each login and ends the old one", async () => {
		await setUp();
		const old = cookie;
		keepCookie(await logIn());
		expect(cookie).not.toBe(old);
		cookie = old;
		expect((await call("GET", "/api/status")).status).toBe(401);
	});

	it("refuses a wrong password and an unknown name with the same words, and audits without the unknown name", async () => {
		await setUp();
		const [wrong, unknown] = [await logIn("wrong password"), await logIn(PASSWORD, "my-secret-typed-here")];
		expect([wrong.status, unknown.status]).toEqual([401, 401]);
		expect(wrong.body).toEqual(unknown.body);
		expect((await audit()).map(({ action, outcome, user }) => [action, outcome, user])).toEqual([
			["user-made", "ok", NAME],
			["login", "failed", NAME],
			["login", "failed", undefined],
		]);
		expect(store.dump()).not.toContain("my-secret-typed-here");
	});

	it("delays guesses more and more for one name, while other people get in", async () => {
		await setUp();
		const statuses = [];
		for (let i = 0; i < 6; i++) statuses.push((await logIn("wrong password", "bob")).status);
		expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
		expect((await logIn()).status).toBe(200);
		now += 1001;
		expect((await logIn("wrong password", "bob")).status).toBe(401);
		now += 1001;
		const reply = await logIn("wrong password", "BOB");
		expect([reply.status, reply.headers["retry-after"]]).toEqual([429, "1"]);
		expect(reply.body.error).toBe("Too many attempts: wait 1 second and try again.");
	});

	it("tells the login before this one", async () => {
		await setUp();
		now += 60_000;
		expect((await logIn()).body.previousVisit).toBe(START / 1000);
		now += 60_000;
		expect((await logIn()).body.previousVisit).toBe(START / 1000 + 60);
	});

	it("ends with logout, which takes the cookie back", async () => {
		await setUp();
		const reply = await call("POST", "/api/logout");
		expect(reply.headers["set-cookie"]![0]).toMatch(/=; .*Max-Age=0$/);
		expect((await call("GET", "/api/status")).status).toBe(401);
		expect((await audit()).at(-1)).toMatchObject({ action: "logout", user: NAME, address: "127.0.0.1" });
	});

	it("ends after 30 minutes without a person; what the page asks on its own does not count", async () => {
		await setUp();
		now += 29 * 60_000;
		expect((await call("GET", "/api/session")).body.user).toBe(NAME);
		now += 29 * 60_000;
		expect((await call("GET", "/api/status", { headers: { "x-spanwatch-refresh": "1" } })).status).toBe(200);
		now += 2 * 60_000;
		expect((await call("GET", "/api/status")).status).toBe(401);
	});

	it("ends after 12 hours however busy", async () => {
		await setUp();
		for (let minutes = 0; minutes < 12 * 60 - 20; minutes += 20) {
			now += 20 * 60_000;
			expect((await call("GET", "/api/status")).status).toBe(200);
		}
		now += 20 * 60_000;
		expect((await call("GET", "/api/status")).status).toBe(401);
	});
});

describe("what is turned away", () => {
	it("a change that does not come from the page itself", async () => {
		const origins: Record<string, string>[] = [
			{ origin: "http://evil.example" },
			{ origin: "null" },
			{ "sec-fetch-site": "cross-site" },
			{ "sec-fetch-site": "same-site" },
		];
		for (const headers of origins) {
			expect([headers, (await logIn(PASSWORD, NAME, headers)).body.code]).toEqual([headers, "WEB_ORIGIN_REFUSED"]);
		}
		const bare = await fetch(new URL("/api/logout", web.url), { method: "POST" });
		expect(bare.status).toBe(403);
	});

	it("a Host that is not this computer, on a loopback address", async () => {
		for (const host of ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.1"]) {
			expect([host, (await call("GET", "/", { headers: { host } })).status]).toEqual([host, 421]);
		}
		for (const host of ["localhost:9999", "127.0.0.1", "[::1]:8080"])
			expect((await call("GET", "/", { headers: { host } })).status).toBe(200);
	});

	it("long bodies, other languages than JSON, broken JSON, and unknown places, each in one sentence", async () => {
		const replies = [
			await call("POST", "/api/login", { body: { name: "a", password: "x".repeat(5000) } }),
			await call("POST", "/api/login", { body: "name=a", headers: { "content-type": "text/plain" } }),
			await call("POST", "/api/login", { body: "{" }),
			await call("GET", "/api/nothing"),
			await call("GET", "/../web.ts"),
			await call("GET", "/%2e%2e/web.ts"),
		];
		expect(replies.map((reply) => reply.status)).toEqual([413, 415, 400, 404, 404, 404]);
		for (const { body, text } of replies) {
			expect(Object.keys(body)).toEqual(["code", "error"]);
			expect(body.error).toMatch(/^[A-Z][^\n]*\.$/);
			expect(text).not.toMatch(/\bat .*:\d+|node_modules|src\//);
		}
	});

	it("more requests than a person makes", async () => {
		const statuses = await Promise.all(Array.from({ length: 210 }, async () => (await call("GET", "/api/session")).status));
		expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(10);
		now += 1000;
		expect((await call("GET", "/api/session")).status).toBe(200);
	});

	it("a failure of the station, without its words", async () => {
		await setUp();
		view.alerts = () => Promise.reject(new Error("LEVEL_CORRUPTION in /var/lib/secret"));
		const reply = await call("GET", "/api/alerts");
		expect([reply.status, reply.body.code]).toEqual([500, "WEB_FAILED"]);
		expect(reply.text).not.toContain("secret");
	});
});

describe("headers", () => {
	it("forbid everything that the page does not need, on every answer", async () => {
		for (const path of ["/", "/app.js", "/api/session", "/api/status", "/nothing"]) {
			const { headers } = await call("GET", path);
			expect(headers["content-security-policy"]).toBe(
				"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
			);
			expect(headers["x-content-type-options"]).toBe("nosniff");
			expect(headers["referrer-policy"]).toBe("same-origin");
			expect(headers.server).toBeUndefined();
			expect(headers["x-powered-by"]).toBeUndefined();
			expect(headers["cache-control"]).toBe(path.startsWith("/api/") ? "no-store" : "no-cache");
		}
	});

	it("let the page's own files be found, with the types that browsers insist on", async () => {
		expect((await call("GET", "/")).headers["content-type"]).toMatch(/^text\/html/);
		expect((await call("GET", "/app.js")).headers["content-type"]).toMatch(/javascript/);
		expect((await call("GET", "/style.css")).headers["content-type"]).toMatch(/^text\/css/);
		expect((await call("GET", "/icon.svg")).headers["content-type"]).toMatch(/^image\/svg/);
	});
});

describe("what is shown", () => {
	it("the status: open alerts that need a person, counted, and the most severe of them", async () => {
		await setUp();
		const { body } = await call("GET", "/api/status");
		expect(body).toMatchObject({
			site: "waterworks",
			sensor: "hall-2",
			version: "0.1.0",
			time: START / 1000,
			counts: { plcs: 4, assets: 8 },
		});
		// The closed one and the informational one are not counted.
		expect(body.attention).toMatchObject({ count: 3, atLeast: false, bands: { high: 1, medium: 1, low: 1 } });
		expect(body.attention.top).toMatchObject({ id: "a-write", severity: 85, advice: expect.stringContaining("Ask the shift") });
		expect(body.attention.byAddress).toEqual({ "10.20.1.77": 3, "10.20.1.13": 2 });
		expect(body.plcs).toHaveLength(4);
		expect(body.health.framesPerSecond).toBe(1284);
	});

	it("alerts in pages and by severity, one by its id, and no page without an end", async () => {
		await setUp();
		const ids = async (query: string) => (await call("GET", `/api/alerts${query}`)).body.alerts.map((one: Alert) => one.id);
		expect(await ids("?limit=2")).toEqual(["a-write", "a-scan"]);
		expect(await ids("?limit=2&before=a-scan")).toEqual(["a-device", "a-refused"]);
		expect(await ids("?minSeverity=50")).toEqual(["a-write", "a-scan", "a-blind"]);
		for (const query of ["?limit=0", "?limit=201", "?limit=x", "?minSeverity=-1", "?other=1", `?before=${"x".repeat(201)}`]) {
			expect([query, (await call("GET", `/api/alerts${query}`)).status]).toEqual([query, 400]);
		}
		expect((await call("GET", "/api/alerts/a-scan")).body.title).toBe("New function used with a PLC");
		expect((await call("GET", "/api/alerts/a-none")).status).toBe(404);
	});

	it("devices", async () => {
		await setUp();
		const { body } = await call("GET", "/api/assets");
		expect(body.total).toBe(8);
		expect(body.assets[0]).toMatchObject({ id: "m-001", name: "PLC-1 Intake" });
	});
});

/** The stream as an async sequence of [event, data]. */
async function* events(signal: AbortSignal): AsyncGenerator<[string, Record<string, unknown>]> {
	const response = await fetch(new URL("/api/events", web.url), { headers: { cookie }, signal });
	expect(response.headers.get("content-type")).toBe("text/event-stream");
	let text = "";
	for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
		text += part;
		const frames = text.split("\n\n");
		text = frames.pop()!;
		for (const frame of frames) {
			const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(frame) ?? [];
			if (event !== undefined) yield [event, JSON.parse(data!)];
		}
	}
}

describe("events", () => {
	const stop = new AbortController();
	const next = async (stream: AsyncGenerator<[string, Record<string, unknown>]>, wanted: string) => {
		for (;;) {
			const { value, done } = await stream.next();
			if (done) throw new Error(`the stream ended before ${wanted}`);
			if (value[0] === wanted) return value[1];
		}
	};

	it("begin with the status, bring an alert as it comes, its last revision once, and the new status", async () => {
		await setUp();
		const stream = events(stop.signal);
		expect(await next(stream, "status")).toMatchObject({ attention: { count: 3 } });
		now += 1000;
		const made = alert(now / 1000, { id: "a-new", title: "New" });
		view.push(made);
		view.push({ ...made, revision: 2, count: 2 });
		expect(await next(stream, "alert")).toMatchObject({ id: "a-new", revision: 2 });
		expect(await next(stream, "status")).toMatchObject({ attention: { count: 4 } });
		await stream.return(undefined);
	});

	it("tell the page to read the list again when more alerts come than it shows", async () => {
		await setUp();
		const stream = events(stop.signal);
		await next(stream, "status");
		for (let i = 0; i < 60; i++) view.push(firstWrite(now / 1000, { id: `a-${i}` }));
		const seen: string[] = [];
		for await (const [event] of stream) {
			seen.push(event);
			if (event === "reload") break;
		}
		expect(seen.filter((event) => event === "alert")).toHaveLength(50);
	});

	it("end with the session", async () => {
		await setUp();
		const stream = events(stop.signal);
		await next(stream, "status");
		await call("POST", "/api/logout");
		expect(await next(stream, "end")).toEqual({});
		expect((await stream.next()).done).toBe(true);
	});

	it("are given to the newest four tabs of a session", async () => {
		await setUp();
		const streams = [];
		for (let i = 0; i < 5; i++) {
			streams.push(events(stop.signal));
			await next(streams[i]!, "status");
		}
		await next(streams[0]!, "replaced");
		expect((await streams[0]!.next()).done).toBe(true);
		now += 1000;
		view.statusChanged();
		await next(streams[4]!, "status");
		for (const stream of streams) await stream.return(undefined);
	});

	it("end when the page is closed, and nobody watches the station any more", async () => {
		await setUp();
		const stream = events(stop.signal);
		await next(stream, "status");
		expect(view.watchers).toBe(1);
		await web.close();
		await next(stream, "restart");
		expect(view.watchers).toBe(0);
	});
});

describe("opening the page", () => {
	const open = (options: object) => createWeb({ host: "127.0.0.1", port: 0, view, store, clock: () => now, ...options });

	it("says in a sentence that the port is taken", async () => {
		const taken = createServer();
		await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
		const { port } = taken.address() as { port: number };
		await expect(open({ port })).rejects.toMatchObject({
			code: "WEB_PORT_IN_USE",
			message: `Port ${port} on 127.0.0.1 is taken by another program, perhaps another Spanwatch: stop that one, or give the page another port as web.port.`,
		});
		await new Promise((resolve) => taken.close(resolve));
		expect(view.watchers).toBe(1);
	});

	it("says that the address is not this machine's", async () => {
		await expect(open({ host: "192.0.2.1" })).rejects.toMatchObject({ code: "WEB_ADDRESS_UNAVAILABLE" });
	});

	it("says that the certificate does not work", async () => {
		await expect(open({ tls: { cert: "no", key: "no" } })).rejects.toMatchObject({ code: "WEB_TLS_INVALID" });
	});

	it("speaks TLS when it has a certificate, and marks the cookie", async ({ skip }) => {
		const folder = mkdtempSync(join(tmpdir(), "page-"));
		const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
		try {
			execFileSync(
				"openssl",
				[
					"req",
					"-x509",
					"-newkey",
					"ec",
					"-pkeyopt",
					"ec_paramgen_curve:prime256v1",
					"-nodes",
					"-keyout",
					key,
					"-out",
					cert,
					"-days",
					"1",
					"-subj",
					"/CN=localhost",
				],
				{ stdio: "ignore" },
			);
		} catch {
			rmSync(folder, { recursive: true });
			console.warn("the TLS test is skipped: openssl is not installed");
			skip();
		}
		const secure = await open({ store: new MemoryStore(), tls: { key: readFileSync(key), cert: readFileSync(cert) } });
		rmSync(folder, { recursive: true });
		const { protocol, origin } = new URL(secure.url);
		expect(protocol).toBe("https:");
		const response = await new Promise<IncomingMessage>((resolve, reject) => {
			const sent = httpsRequest(
				new URL("/api/setup", secure.url),
				{ method: "POST", rejectUnauthorized: false, headers: { origin, "content-type": "application/json" } },
				resolve,
			);
			sent.on("error", reject);
			sent.end(JSON.stringify({ code: secure.setupCode, name: NAME, password: PASSWORD }));
		});
		response.resume();
		expect(response.statusCode).toBe(200);
		expect(response.headers["set-cookie"]![0]).toMatch(/; HttpOnly; SameSite=Strict; Secure$/);
		expect(response.headers["strict-transport-security"]).toBe("max-age=31536000");
		await secure.close();
	});
});
