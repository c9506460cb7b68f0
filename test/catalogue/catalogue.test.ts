/** The catalogue: each detection fires exactly once where it must, and not at all in the benign twin. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { watchRecording } from "../../captures/lab/expectation.ts";
import { protocols } from "../../protocols/index.ts";
import { records } from "../../src/app/records.ts";
import { type CatalogueEntry, recordingOf, type Said, type Scene, says } from "./entry.ts";
import { readCatalogue } from "./index.ts";
import { ROWS, UNANSWERED } from "./rows.ts";

const FOLDER = fileURLToPath(new URL("../../captures/", import.meta.url));
const index = JSON.parse(readFileSync(`${FOLDER}index.json`, "utf8")) as { captures: { name: string; file: string; verdict: string }[] };
const captureOf = (name: string) => index.captures.find((one) => one.name === name);

const areas = await readCatalogue();
const entries = [...areas.values()].flat();

const twinsOf = ({ twin, twinIs, twins = [] }: CatalogueEntry) => [{ scene: twin, is: twinIs }, ...twins];
const scenesOf = (entry: CatalogueEntry): Scene[] => [entry.fires, ...twinsOf(entry).map(({ scene }) => scene)];

/** What each scene says; each is played, or watched, once for all rows. */
const watched = new Map<string, readonly Said[]>();
const played = new Map<Scene, Promise<readonly Said[]>>();
function play(scene: Scene): Promise<readonly Said[]> {
	let said = played.get(scene);
	if (said === undefined) {
		said = Promise.resolve(typeof scene === "string" ? watched.get(recordingOf(scene)!)! : scene());
		played.set(scene, said);
	}
	return said;
}

beforeAll(async () => {
	const names = new Set(entries.flatMap((entry) => scenesOf(entry).map(recordingOf)));
	for (const name of names) {
		const file = name === undefined ? undefined : captureOf(name)?.file;
		if (file !== undefined) watched.set(name!, (await watchRecording(FOLDER, file)).alerts);
	}
}, 120_000);

describe.each([...areas])("the catalogue's %s rows", (_area, rows) => {
	it.each(rows.map((row) => [row.id, row] as const))("%s", async (_id, row) => {
		const { id, fires, which } = row;
		expect(records.has(id), `${id} is a record`).toBe(true);
		for (const scene of scenesOf(row)) {
			const name = recordingOf(scene);
			if (name !== undefined) expect(existsSync(FOLDER + captureOf(name)?.file), `${name} is a recording`).toBe(true);
		}
		expect((await play(fires)).filter((said) => says(said, id, which)).length, "where it must fire").toBe(1);
		for (const { scene, is } of twinsOf(row)) {
			const loud = (await play(scene)).filter((said) => said.permit === undefined && says(said, id));
			expect(loud.length, `where it must not: ${is}`).toBe(0);
		}
	});
});

describe("the catalogue", () => {
	it("has a row for every record", () => {
		const shown = new Set(entries.map(({ id }) => id));
		expect([...records.keys()].filter((id) => !shown.has(id))).toEqual([]);
	});

	it("shows each record of each protocol by that protocol", async () => {
		const shown = new Set<string>();
		for (const { id, fires } of entries) for (const said of await play(fires)) if (says(said, id)) shown.add(`${said.protocol} ${id}`);
		const declared = protocols.flatMap(({ name, detections }) => detections.map(({ id }) => `${name} ${id}`));
		expect(declared.filter((pair) => !shown.has(pair))).toEqual([]);
	});

	it("answers every row of what the field knows, or says why not", () => {
		expect([..."MUG"].map((letter) => [...ROWS.keys()].filter((row) => row.startsWith(letter)).length)).toEqual([25, 18, 21]);
		const answered = new Set(entries.flatMap(({ answers }) => answers));
		expect([...answered].filter((row) => !ROWS.has(row))).toEqual([]);
		expect([...ROWS.keys()].filter((row) => !answered.has(row) && !(row in UNANSWERED))).toEqual([]);
		expect(
			Object.keys(UNANSWERED).filter((row) => answered.has(row)),
			"to be struck off the list",
		).toEqual([]);
	});

	it("knows a reason from its title, and one host from another", () => {
		const [title] = [records.get("new-device")!.title];
		const said: Said = {
			type: "first-write",
			source: { ip: "10.0.0.1" },
			destination: { ip: "10.0.0.2" },
			operation: { points: ["holding:1"], values: [3] },
			reasons: [{ points: 5, text: `${title} at the same time: Device 10.0.0.1 is new.` }],
		};
		expect(says(said, "new-device")).toBe(true);
		expect(says(said, "host-scan")).toBe(false);
		expect(says(said, "first-write", { source: "10.0.0.1", points: ["holding:1"] })).toBe(true);
		expect(says(said, "first-write", { source: "10.0.0.3" })).toBe(false);
		expect(says(said, "first-write", { points: ["holding:2"] })).toBe(false);
	});
});
