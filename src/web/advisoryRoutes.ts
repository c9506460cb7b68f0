/** What security advisories say of the devices, for the page. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type AdvisoryMatch, bySeriousness } from "../assets/advisories/library.ts";
import type { Session } from "./session.ts";
import type { DeviceAdvisories, StationView } from "./view.ts";

/** About three megabytes of JSON. */
const MAX_MATCHES = 1000;
const DEFAULT_MATCHES = 200;
/** As many as assets are listed. */
const MAX_DEVICES = 5000;
const MAX_ID = 200;

export interface AdvisoryAnswer {
	/** Advisory documents on the box. */
	documents: number;
	/** `described` of all devices said which model they are. */
	devices: { total: number; described: number };
	isComparing: boolean;
	/** One sentence: why not all is as it should be. */
	problem: string | null;
	/** Matches of all devices, or of the one that was asked for; those that are listed are the most serious. */
	total: number;
	matches: AdvisoryMatch[];
	/** Devices that advisories concern, in numbers, by id; bounded, and `concerned` is how many there are. */
	concerned: number;
	byDevice: Record<string, Omit<DeviceAdvisories, "asset" | "matches">>;
}

export function addAdvisoryRoutes(app: FastifyInstance, view: StationView, sessionOf: (request: FastifyRequest) => Session): void {
	app.get<{ Querystring: { asset?: string; limit: number } }>(
		"/api/advisories",
		{
			schema: {
				querystring: {
					type: "object",
					additionalProperties: false,
					properties: {
						asset: { type: "string", minLength: 1, maxLength: MAX_ID },
						limit: { type: "integer", minimum: 0, maximum: MAX_MATCHES, default: DEFAULT_MATCHES },
					},
				},
			},
		},
		async (request): Promise<AdvisoryAnswer> => {
			sessionOf(request);
			const { asset, limit } = request.query;
			const { documents, described, isComparing, problem, devices } = view.advisories();
			const meant = asset === undefined ? devices : devices.filter((one) => one.asset === asset);
			return {
				documents,
				devices: { total: view.assets().length, described },
				isComparing,
				problem: problem ?? null,
				total: meant.reduce((sum, { affected, mayBeAffected }) => sum + affected + mayBeAffected, 0),
				matches:
					limit === 0
						? []
						: meant
								.flatMap(({ matches }) => matches)
								.sort(bySeriousness)
								.slice(0, limit),
				concerned: meant.length,
				byDevice: Object.fromEntries(
					meant
						.slice(0, MAX_DEVICES)
						.map(({ asset: id, affected, mayBeAffected, score }) => [
							id,
							{ affected, mayBeAffected, ...(score !== undefined && { score }) },
						]),
				),
			};
		},
	);
}
