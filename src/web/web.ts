/**
 * The local page and its API (fastify). What changes state is login, logout, and the commands of a person who is logged in (`commandRoutes.ts`).
 *
 * | request | needs | gives |
 * | --- | --- | --- |
 * | `GET /api/session` | | {site, setup, user, previousVisit}: is the first user still to be made, who is logged in |
 * | `POST /api/setup` {code, name, password} | setup code | {user}; makes the first user and logs in |
 * | `POST /api/login` {name, password} | | {user, previousVisit} and the session cookie |
 * | `POST /api/logout` | | {} |
 * | `GET /api/status` | login | `StationStatus` (status.ts) |
 * | `GET /api/alerts?limit&before&minSeverity` | login | {alerts}: newest first; `before` is the id of an alert |
 * | `GET /api/alerts/:id` | login | one `Alert` |
 * | `GET /api/assets` | login | {assets, total} |
 * | `GET /api/asset?id` | login | `AssetDocument` (assets/assetDocument.ts): one device with all that was said of it, and what said so |
 * | `GET /api/assets.json`, `GET /api/assets.csv` | login | all devices as a file |
 * | `GET /api/advisories?asset&limit` | login | `AdvisoryAnswer` (advisoryRoutes.ts): what security advisories say of the devices, the most serious first |
 * | `POST /api/commands` | login | carries out one command (`config/command.ts`); {entry, sentence} |
 * | `GET /api/permits` | login | {permits, mutes}: maintenance windows, and mutes that last |
 * | `GET /api/audit?limit&before` | login | {entries}: newest first; `before` is the id of an entry |
 * | `GET /api/events` | login | Server-Sent Events: `alert` (an Alert), `status` (a StationStatus), `reload`, `replaced`, `restart`, `end` |
 *
 * Errors are {code, error}: a stable code and one sentence. A request with the header `x-spanwatch-refresh` was made by the page on its
 * own and does not count as a sign of a person.
 */
import { existsSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { createSecureContext } from "node:tls";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import type { Store } from "../store/store.ts";
import { addAdvisoryRoutes } from "./advisoryRoutes.ts";
import { addAssetRoutes } from "./assetRoutes.ts";
import { addCommandRoutes } from "./commandRoutes.ts";
import { WebError } from "./error.ts";
import { EventHub } from "./events.ts";
import { type Session, Sessions } from "./session.ts";
import { type StationStatus, stationStatus } from "./status.ts";
import { Budget, Throttle, visitorOf } from "./throttle.ts";
import { isSetupCode, MAX_NAME, MAX_PASSWORD, makeSetupCode, Users } from "./user.ts";
import type { StationView } from "./view.ts";

export interface WebOptions {
	/** Address to listen on; a loopback one unless the box's owner wants the page on the network. */
	host: string;
	/** 0 takes a free one. */
	port: number;
	/** PEM texts. Without it passwords cross the network readable: fit for loopback only. */
	tls?: { cert: string | Buffer; key: string | Buffer };
	view: StationView;
	/** Kinds "user" and "audit". */
	store: Store;
	/** Milliseconds since the epoch. */
	clock: () => number;
}

export interface Web {
	/** Where the page is, with the port that was taken. */
	url: string;
	/** Only while there is no user: show it on the terminal, and nowhere else. It lasts until the first user is made or the process ends. */
	setupCode?: string;
	/** Ends all streams and connections. */
	close(): Promise<void>;
}

/** The longest body is a setup with the longest name and password. */
const MAX_BODY = 4096;
/** Browsers of one site; further connections are refused by the kernel's side of Node. */
const MAX_CONNECTIONS = 256;
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_ALERTS = 200;
const DEFAULT_ALERTS = 50;
const MAX_ID = 200;
/** A status is made at most this often, however many ask. */
const STATUS_AGE_MS = 500;

const HEADERS = {
	"content-security-policy":
		"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
	"x-content-type-options": "nosniff",
	"x-frame-options": "DENY",
	"referrer-policy": "same-origin",
	"cross-origin-opener-policy": "same-origin",
	"cross-origin-resource-policy": "same-origin",
	"permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
} as const;

const credentials = {
	name: { type: "string", minLength: 1, maxLength: MAX_NAME * 2 },
	password: { type: "string", minLength: 1, maxLength: MAX_PASSWORD * 2 },
} as const;

/** Opens the page; throws WebError with one sentence when the port, the address, the certificate or the page's files are not to be had. */
export async function createWeb(options: WebOptions): Promise<Web> {
	const { view, clock } = options;
	const users = new Users(options.store, clock);
	const sessions = new Sessions();
	const pairs = new Throttle(4, 5 * 60_000);
	// Over all names of one address; short, because a whole site may sit behind one proxy.
	const visitors = new Throttle(20, 10_000);
	const budget = new Budget();
	let setupCode = (await users.isEmpty()) ? makeSetupCode() : undefined;
	const app = open(options);

	let cached: { time: number; status: Promise<StationStatus> } | undefined;
	const status = (): Promise<StationStatus> => {
		const now = clock();
		if (cached === undefined || Math.abs(now - cached.time) >= STATUS_AGE_MS) cached = { time: now, status: stationStatus(view, now) };
		return cached.status;
	};
	const hub = new EventHub({ watch: (listener) => view.watch(listener), status: async () => JSON.stringify(await status()) });

	// Browsers share cookies between the ports of a host: two boxes tunnelled to one desk must not log each other out.
	const cookieName = (request: FastifyRequest) => `spanwatch_${request.raw.socket.localPort ?? 0}`;
	const tokenOf = (request: FastifyRequest) => readCookie(request.headers.cookie, cookieName(request));
	const setCookie = (request: FastifyRequest, reply: FastifyReply, token: string | undefined) =>
		reply.header(
			"set-cookie",
			`${cookieName(request)}=${token ?? ""}; Path=/; HttpOnly; SameSite=Strict${options.tls ? "; Secure" : ""}${token === undefined ? "; Max-Age=0" : ""}`,
		);
	const sessionOf = (request: FastifyRequest): Session => {
		const session = sessions.find(tokenOf(request), clock(), request.headers["x-spanwatch-refresh"] === undefined);
		if (session === undefined) throw new WebError("WEB_LOGIN_NEEDED", 401, "Log in first.");
		return session;
	};
	const logIn = (request: FastifyRequest, reply: FastifyReply, user: string, previousVisit: number | undefined) => {
		sessions.end(tokenOf(request));
		setCookie(request, reply, sessions.open(user, previousVisit, clock()));
		return { user, previousVisit: previousVisit ?? null };
	};
	/** Counts an attempt of this visitor, or throws when it comes too soon. Gives what forgets the attempts. */
	const brake = (request: FastifyRequest, name: string): (() => void) => {
		const now = clock();
		const visitor = visitorOf(request.ip);
		const pair = `${visitor} ${name.normalize("NFKC").trim().toLowerCase()}`;
		const seconds = Math.ceil(Math.max(pairs.wait(pair, now), visitors.wait(visitor, now)) / 1000);
		if (seconds > 0) {
			throw new WebError(
				"WEB_TOO_FAST",
				429,
				`Too many attempts: wait ${seconds} ${seconds === 1 ? "second" : "seconds"} and try again.`,
				seconds,
			);
		}
		pairs.count(pair, now);
		visitors.count(visitor, now);
		return () => {
			pairs.clear(pair);
			visitors.clear(visitor);
		};
	};

	app.addHook("onRequest", async (request, reply) => {
		reply.headers(HEADERS);
		if (options.tls) reply.header("strict-transport-security", "max-age=31536000");
		if (isLoopback(options.host) && !isLoopback(hostName(request.headers.host ?? ""))) {
			throw new WebError("WEB_HOST_REFUSED", 421, "This page answers to localhost only: open it by that name.");
		}
		if (!budget.take(visitorOf(request.ip), clock())) {
			throw new WebError("WEB_TOO_FAST", 429, "Too many requests from this address: wait a few seconds.", 3);
		}
		if (request.method !== "GET" && request.method !== "HEAD" && !isSameOrigin(request.headers)) {
			throw new WebError("WEB_ORIGIN_REFUSED", 403, "This request did not come from the page itself.");
		}
		// The page's files revalidate by their etag; what the API says is nobody's to keep.
		reply.header("cache-control", request.url.startsWith("/api/") ? "no-store" : "no-cache");
	});

	app.setErrorHandler((error: FastifyError | WebError, _request, reply) => {
		if (error instanceof WebError) {
			if (error.retryAfter !== undefined) reply.header("retry-after", error.retryAfter);
			return reply.code(error.statusCode).send({ code: error.code, error: error.message });
		}
		const statusCode = error.statusCode ?? 500;
		if (statusCode >= 500) {
			return reply.code(500).send({ code: "WEB_FAILED", error: "The box could not answer this: try again, then look at its log." });
		}
		const found = error.validation === undefined ? "its form" : error.message;
		return reply.code(statusCode).send({ code: "WEB_REQUEST_INVALID", error: `The request is not understood: ${found}.` });
	});
	app.setNotFoundHandler((_request, reply) => reply.code(404).send({ code: "WEB_NOT_FOUND", error: "There is nothing at this address." }));

	app.get("/api/session", async (request) => {
		const session = sessions.find(tokenOf(request), clock(), request.headers["x-spanwatch-refresh"] === undefined);
		return {
			site: session === undefined ? null : view.site,
			setup: setupCode !== undefined,
			user: session?.user ?? null,
			previousVisit: session?.previousVisit ?? null,
		};
	});

	app.post<{ Body: { code: string; name: string; password: string } }>(
		"/api/setup",
		{ schema: { body: body({ code: { type: "string", minLength: 1, maxLength: 64 }, ...credentials }) } },
		async (request, reply) => {
			if (setupCode === undefined) throw new WebError("WEB_SETUP_DONE", 409, "The first user exists already: log in instead.");
			const forget = brake(request, "");
			if (!isSetupCode(request.body.code, setupCode)) {
				throw new WebError("WEB_SETUP_REFUSED", 403, "This is not the setup code that the terminal shows.");
			}
			forget();
			const user = await users.addFirst(request.body.name, request.body.password, request.ip);
			setupCode = undefined;
			return logIn(request, reply, user, undefined);
		},
	);

	app.post<{ Body: { name: string; password: string } }>("/api/login", { schema: { body: body(credentials) } }, async (request, reply) => {
		const forget = brake(request, request.body.name);
		const user = await users.login(request.body.name, request.body.password, request.ip);
		if (user === undefined) throw new WebError("WEB_LOGIN_REFUSED", 401, "Name or password is wrong.");
		forget();
		return logIn(request, reply, user.name, user.previousVisit);
	});

	app.post("/api/logout", async (request, reply) => {
		const token = tokenOf(request);
		const session = sessions.find(token, clock(), false);
		sessions.end(token);
		setCookie(request, reply, undefined);
		hub.sweep();
		if (session !== undefined) await users.loggedOut(session.user, request.ip);
		return {};
	});

	app.get("/api/status", async (request) => {
		sessionOf(request);
		return status();
	});

	app.get<{ Querystring: { limit: number; before?: string; minSeverity?: number } }>(
		"/api/alerts",
		{
			schema: {
				querystring: {
					type: "object",
					additionalProperties: false,
					properties: {
						limit: { type: "integer", minimum: 1, maximum: MAX_ALERTS, default: DEFAULT_ALERTS },
						before: { type: "string", minLength: 1, maxLength: MAX_ID },
						minSeverity: { type: "integer", minimum: 0, maximum: 100 },
					},
				},
			},
		},
		async (request) => {
			sessionOf(request);
			return { alerts: await view.alerts(request.query) };
		},
	);

	app.get<{ Params: { id: string } }>("/api/alerts/:id", async (request) => {
		sessionOf(request);
		const alert = await view.alert(request.params.id);
		if (alert === undefined) throw new WebError("WEB_NOT_FOUND", 404, "There is no alert with this id; old ones are removed.");
		return alert;
	});

	addAssetRoutes(app, view, sessionOf);
	addAdvisoryRoutes(app, view, sessionOf);
	addCommandRoutes(app, view, sessionOf);

	app.get("/api/events", async (request, reply) => {
		const session = sessionOf(request);
		if (hub.isFull) throw new WebError("WEB_BUSY", 503, "Too many pages are open: close one.", 30);
		const token = tokenOf(request);
		reply.hijack();
		reply.raw.writeHead(200, { ...HEADERS, "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" });
		// A stream that runs is no sign of a person: it lives as long as the session does, and no longer.
		hub.add(reply.raw, session, () => sessions.find(token, clock(), false) !== undefined);
	});

	try {
		await app.register(fastifyStatic, { root: pageFolder(), wildcard: false, cacheControl: false, dotfiles: "deny" });
		await app.listen({ host: options.host, port: options.port });
	} catch (error) {
		hub.close();
		await app.close();
		throw listenError(error, options);
	}
	app.server.maxConnections = MAX_CONNECTIONS;

	const address = app.server.address();
	const port = typeof address === "object" && address !== null ? address.port : options.port;
	const web: Web = {
		url: `${options.tls ? "https" : "http"}://${urlHost(options.host)}:${port}/`,
		async close() {
			hub.close();
			await app.close();
		},
	};
	if (setupCode !== undefined) web.setupCode = setupCode;
	return web;
}

function open({ tls }: WebOptions): FastifyInstance {
	const common = {
		bodyLimit: MAX_BODY,
		requestTimeout: REQUEST_TIMEOUT_MS,
		keepAliveTimeout: REQUEST_TIMEOUT_MS,
		forceCloseConnections: true,
		// A HEAD of the event stream would hold it open for nothing.
		exposeHeadRoutes: false,
		routerOptions: { maxParamLength: MAX_ID },
		ajv: { customOptions: { removeAdditional: false as const } },
	};
	let app: FastifyInstance;
	if (tls === undefined) app = fastify(common);
	else {
		try {
			createSecureContext(tls);
		} catch (error) {
			throw new WebError(
				"WEB_TLS_INVALID",
				500,
				`The page's certificate and key do not work (${reason(error)}): give both as matching PEM files.`,
			);
		}
		app = fastify({ ...common, https: { ...tls, minVersion: "TLSv1.2" } }) as unknown as FastifyInstance;
	}
	// JSON is the only language here; a form of another site cannot speak it without asking first.
	app.removeContentTypeParser("text/plain");
	return app;
}

/** Beside this module in the sources and in the bundle; a compiled module finds the files in the sources. */
function pageFolder(): string {
	for (const place of ["./page/", "../../../src/web/page/"]) {
		const folder = fileURLToPath(new URL(place, import.meta.url));
		if (existsSync(`${folder}index.html`)) return folder;
	}
	throw new WebError("WEB_PAGE_MISSING", 500, "The files of the page are missing (src/web/page): install Spanwatch again.");
}

function listenError(error: unknown, { host, port }: WebOptions): Error {
	if (error instanceof WebError) return error;
	switch ((error as NodeJS.ErrnoException).code) {
		case "EADDRINUSE":
			return new WebError(
				"WEB_PORT_IN_USE",
				500,
				`Port ${port} on ${host} is taken by another program, perhaps another Spanwatch: stop that one, or give the page another port as web.port.`,
			);
		case "EACCES":
			return new WebError(
				"WEB_PORT_DENIED",
				500,
				`This user may not open port ${port} on ${host}: give a port of 1024 or above as web.port.`,
			);
		case "EADDRNOTAVAIL":
		case "ENOTFOUND":
		case "EAI_AGAIN":
			return new WebError(
				"WEB_ADDRESS_UNAVAILABLE",
				500,
				`This machine has no address ${host}: give one of its own as web.host, or 127.0.0.1.`,
			);
		default:
			return new WebError("WEB_LISTEN_FAILED", 500, `The page could not be opened on ${host} port ${port}: ${reason(error)}.`);
	}
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split("\n")[0]!;

const body = (properties: Record<string, object>) =>
	({ type: "object", additionalProperties: false, required: Object.keys(properties), properties }) as const;

/** The name in a Host header, without port and brackets. */
const hostName = (host: string): string => (host.startsWith("[") ? host.slice(1).split("]")[0]! : host.split(":")[0]!);

const isLoopback = (name: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(name);

const urlHost = (host: string): string => (host === "0.0.0.0" || host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host);

/** A browser says where a request comes from; what says nothing is no browser page of ours. */
function isSameOrigin(headers: IncomingHttpHeaders): boolean {
	const site = headers["sec-fetch-site"];
	if (site !== undefined && site !== "same-origin") return false;
	if (headers.origin === undefined) return site === "same-origin";
	try {
		const origin = new URL(headers.origin);
		// Parsed with the origin's own scheme, so that a default port counts as left out.
		return origin.host === new URL(`${origin.protocol}//${headers.host}`).host;
	} catch {
		return false;
	}
}

function readCookie(header: string | undefined, name: string): string | undefined {
	for (const part of header?.split(";") ?? []) {
		const at = part.indexOf("=");
		if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
	}
	return undefined;
}
