/** The page's commands, and the lists that belong to them. Sessions and the same-origin rule are those of every other route. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { CommandError, type CommandErrorCode } from "../config/commandError.ts";
import { WebError } from "./error.ts";
import type { Session } from "./session.ts";
import type { StationView } from "./view.ts";

/** A maintenance window for 256 PLCs and 64 clients, each by the longest address. */
const MAX_BODY = 32 << 10;
const MAX_ENTRIES = 200;
const DEFAULT_ENTRIES = 50;
const STATUS: Partial<Record<CommandErrorCode, number>> = { COMMAND_INVALID: 400, COMMAND_UNKNOWN: 404, COMMAND_BUSY: 503 };
/** It is understood, and cannot be done as things are. */
const CONFLICT = 409;

export function addCommandRoutes(app: FastifyInstance, view: StationView, sessionOf: (request: FastifyRequest) => Session): void {
	app.post("/api/commands", { bodyLimit: MAX_BODY }, async (request) => {
		const { user } = sessionOf(request);
		try {
			return await view.command(request.body, { user, via: "page", address: request.ip });
		} catch (error) {
			if (!(error instanceof CommandError)) throw error;
			throw new WebError(error.code, STATUS[error.code] ?? CONFLICT, error.message);
		}
	});

	app.get("/api/permits", async (request) => {
		sessionOf(request);
		return { permits: view.permits(), mutes: view.mutes() };
	});

	app.get<{ Querystring: { limit: number; before?: string } }>(
		"/api/audit",
		{
			schema: {
				querystring: {
					type: "object",
					additionalProperties: false,
					properties: {
						limit: { type: "integer", minimum: 1, maximum: MAX_ENTRIES, default: DEFAULT_ENTRIES },
						before: { type: "string", pattern: "^[0-9a-f-]{1,64}$" },
					},
				},
			},
		},
		async (request) => {
			sessionOf(request);
			return { entries: await view.audit(request.query) };
		},
	);
}
