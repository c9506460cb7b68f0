/** The catalogue: each detection fires exactly once where it must, and not at all in the benign twin. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { watchRecording } from "../../captures/lab/expectation.ts";
import { records } from "../../src/app/records.ts";
import { recordingOf, type Said, type Scene, says } from "./entry.ts";
import { readCatalogue, STILL_WITHOUT } from "./index.ts";
import { ROWS, UNANSWERED } from "./rows.ts";

const FOLDER = fileURLToPath(new URL("../../captures/", import.meta.url));
const index = JSON.parse(readFileSync(`${FOLDER}index.json`, "utf8")) as { captures: { name: string; file: string; verdict: string }[] };
const captureOf = (name: string) => index.captures.find((one) => one.name === name);

const areas = await readCatalogue();
const entries = [...areas.values()].flat();

/** What each scene says; a recording is watched once for all rows. */
const watched = new Map<string, readonly Said[]>();
const play = (scene: Scene): readonly Said[] => (typeof scene === "string" ? watched.get(recordingOf(scene)!)! : scene());

beforeAll(async () => {
	const names = new Set(entries.flatMap(({ fires, twin }) => [recordingOf(fires), recordingOf(twin)]));
	for (const name of names) {
		const file = name === undefined ? undefined : captureOf(name)?.file;
		if (file !== undefined) watched.set(name!, (await watchRecording(FOLDER, file)).alerts);
	}
}, 120_000);

describe.each([...areas])("the catalogue's %s rows", (_area, rows) => {
	it.each(rows.map((row) => [row.id, row] as const))("%s", (_id, { id, fires, twin, which, twinIs }) => {
		expect(records.has(id), `${id} is a record`).toBe(true);
		for (const scene of [fires, twin]) {
			const name = recordingOf(scene);
			if (name !== undefined) expect(existsSync(FOLDER + captureOf(name)?.file), `${name} is a recording`).toBe(true);
		}
		const count = (scene: Scene): number => play(scene).filter((said) => says(said, id, scene === fires ? which : {})).length;
		expect(count(fires), "where it must fire").toBe(1);
		expect(count(twin), `where it must not: ${twinIs}`).toBe(0);
	});
});

describe("the catalogue", () => {
	it("has a row for every record, but for those that are said to be still without", () => {
		const shown = new Set(entries.map(({ id }) => id));
		expect([...records.keys()].filter((id) => !shown.has(id) && !STILL_WITHOUT.includes(id))).toEqual([]);
		expect(
			STILL_WITHOUT.filter((id) => shown.has(id) || !records.has(id)),
			"to be struck off the list",
		).toEqual([]);
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
