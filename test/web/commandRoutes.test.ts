/** The routes of people's verbs over real HTTP: who may, in which form, and how a refusal is said. The page's and the program's own tests show the rest. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandError } from "../../src/config/commandError.ts";
import { createWeb, type Web } from "../../src/web/web.ts";
import { type FakeView, waterWorks } from "../support/fakeView.ts";
import { MemoryStore } from "../support/memoryStore.ts";

let view: FakeView;
let web: Web;
let cookie: string;

const call = async (method: string, path: string, body?: string, headers: Record<string, string> = {}) => {
	const response = await fetch(new URL(path, web.url), {
		method,
		headers: { origin: web.url.slice(0, -1), cookie, ...(body !== undefined && { "content-type": "application/json" }), ...headers },
		...(body !== undefined && { body }),
	});
	return { status: response.status, body: (await response.json()) as Record<string, unknown>, cookie: response.headers.get("set-cookie") };
};

beforeEach(async () => {
	cookie = "";
	view = waterWorks(Date.now() / 1000);
	web = await createWeb({ host: "127.0.0.1", port: 0, view, store: new MemoryStore(), clock: Date.now });
	const made = await call("POST", "/api/setup", JSON.stringify({ code: web.setupCode, name: "Ada", password: "correct horse battery" }));
	cookie = made.cookie!.split(";")[0]!;
});
afterEach(() => web.close());

const COMMAND = JSON.stringify({ verb: "close", alert: "a".repeat(32), why: "x" });

describe("commands over HTTP", () => {
	it("need a session, the page's own origin, and JSON", async () => {
		const mine = cookie;
		cookie = "";
		for (const [method, path] of [
			["POST", "/api/commands"],
			["GET", "/api/permits"],
			["GET", "/api/audit"],
		] as const)
			expect([path, (await call(method, path, method === "POST" ? COMMAND : undefined)).status]).toEqual([path, 401]);
		cookie = mine;
		expect((await call("POST", "/api/commands", COMMAND, { origin: "http://evil.example" })).status).toBe(403);
		expect((await call("POST", "/api/commands", COMMAND, { "content-type": "text/plain" })).status).toBe(415);
		expect((await call("POST", "/api/commands", "{")).status).toBe(400);
		expect((await call("GET", "/api/commands")).status).toBe(404);
		expect(view.commands).toEqual([]);
		expect(await call("POST", "/api/commands", COMMAND)).toMatchObject({ status: 200, body: { entry: "e-1" } });
		expect(view.commands).toEqual([[JSON.parse(COMMAND), { user: "Ada", via: "page", address: "127.0.0.1" }]]);
	});

	it("say a refusal with its code, and nothing of a failure's inside", async () => {
		for (const [code, status] of [
			["COMMAND_INVALID", 400],
			["COMMAND_UNKNOWN", 404],
			["COMMAND_NOT_LEARNABLE", 409],
			["COMMAND_NOTHING", 409],
			["COMMAND_FULL", 409],
			["COMMAND_BUSY", 503],
		] as const) {
			view.refusal = new CommandError(code, "One sentence.");
			expect(await call("POST", "/api/commands", COMMAND)).toMatchObject({ status, body: { code, error: "One sentence." } });
		}
		view.refusal = new Error("/var/lib/secret is full");
		const { status, body } = await call("POST", "/api/commands", COMMAND);
		expect([status, body.code]).toEqual([500, "WEB_FAILED"]);
		expect(JSON.stringify(body)).not.toContain("secret");
	});

	it("the audit log comes in pages, and asks for nothing else", async () => {
		view.auditList = Array.from({ length: 60 }, (_, at) => ({ id: `${100 + at}`, time: 1, action: "close", outcome: "ok" as const }));
		expect(((await call("GET", "/api/audit")).body.entries as unknown[]).length).toBe(50);
		expect((await call("GET", "/api/audit?limit=2&before=157")).body.entries).toMatchObject([{ id: "158" }, { id: "159" }]);
		for (const query of ["limit=0", "limit=201", "limit=x", "before=../x", "before=", "who=me"])
			expect([query, (await call("GET", `/api/audit?${query}`)).status]).toEqual([query, 400]);
	});
});
