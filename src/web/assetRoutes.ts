/** The devices: their list, what is known of one, and all of them as a file. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type AssetDocument, assetDocument, assetTable } from "../assets/assetDocument.ts";
import { WebError } from "./error.ts";
import type { Session } from "./session.ts";
import type { StationView } from "./view.ts";

/** Listed at once; a file has all of them. */
const MAX_ASSETS = 5000;
const MAX_ID = 200;

export function addAssetRoutes(app: FastifyInstance, view: StationView, sessionOf: (request: FastifyRequest) => Session): void {
	app.get("/api/assets", async (request) => {
		sessionOf(request);
		const assets = view.assets();
		return { assets: assets.slice(0, MAX_ASSETS), total: assets.length };
	});

	app.get<{ Querystring: { id: string } }>(
		"/api/asset",
		{
			schema: {
				querystring: {
					type: "object",
					additionalProperties: false,
					required: ["id"],
					properties: { id: { type: "string", minLength: 1, maxLength: MAX_ID } },
				},
			},
		},
		async (request): Promise<AssetDocument> => {
			sessionOf(request);
			const asset = view.assets().find(({ id }) => id === request.query.id);
			if (asset === undefined) throw new WebError("WEB_NOT_FOUND", 404, "There is no device with this id.");
			return assetDocument(asset);
		},
	);

	for (const [format, type, text] of [
		["json", "application/json", () => `${JSON.stringify(view.assets().map(assetDocument), undefined, "\t")}\n`],
		["csv", "text/csv", () => assetTable(view.assets())],
	] as const) {
		app.get(`/api/assets.${format}`, async (request, reply) => {
			sessionOf(request);
			reply.header("content-disposition", `attachment; filename="devices.${format}"`);
			return reply.type(`${type}; charset=utf-8`).send(text());
		});
	}
}
