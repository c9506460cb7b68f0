/** The tree itself: every protocol is complete, listed, documented and recorded; documents name files that exist. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { protocols } from "../protocols/index.ts";
import { records } from "../src/app/records.ts";
import { TECHNIQUES } from "../src/detect/techniques.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = readdirSync(join(root, "protocols"), { withFileTypes: true })
	.filter((entry) => entry.isDirectory())
	.map(({ name }) => name);

describe("protocols", () => {
	it("are listed, each folder once", () => {
		expect(protocols.map(({ name }) => name).sort()).toEqual([...folders].sort());
	});

	it.each(folders)("%s has all its files", (name) => {
		for (const file of ["index.ts", "wire.ts", "codes.ts", "observation.ts", "decoder.ts", "operations.ts", "detections.ts", "README.md"]) {
			expect(existsSync(join(root, "protocols", name, file)), file).toBe(true);
		}
	});

	it.each(folders)("%s says what it does not decode and where it is blind, and stands in the table", (name) => {
		const readme = readFileSync(join(root, "protocols", name, "README.md"), "utf8");
		expect(readme).toMatch(/not decoded/i);
		expect(readme).toMatch(/blind spots/i);
		expect(readFileSync(join(root, "protocols/README.md"), "utf8")).toContain(`[${name}](${name}/README.md)`);
	});

	it.each(folders)("%s is in a recording", (name) => {
		const { captures } = JSON.parse(readFileSync(join(root, "captures/index.json"), "utf8")) as {
			captures: { name: string; expect: { observations?: Record<string, Record<string, number>> } }[];
		};
		const lines = captures.flatMap((capture) => Object.values(capture.expect.observations?.[name] ?? {}));
		expect(lines.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
	});

	it.each(folders)("%s has a test", (name) => {
		expect(readdirSync(join(root, "test/protocols")).some((file) => file.startsWith(name) && file.endsWith(".test.ts"))).toBe(true);
	});
});

describe("detections", () => {
	it("have ids that are unique and fit a topic", () => {
		const ids = [...records.keys()];
		expect(new Set(ids).size).toBe(ids.length);
		for (const id of ids) expect(id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
	});

	it("say why it may be innocent and what to do first, with techniques of the current matrix", () => {
		for (const { id, nature, severity, techniques, causes, advice } of records.values()) {
			expect(causes.length, id).toBeGreaterThan(0);
			expect(advice.length, id).toBeGreaterThan(0);
			expect(severity >= 0 && severity <= 100, id).toBe(true);
			// What is below 30 only informs.
			if (nature !== "health" && severity >= 30) expect(techniques.length, id).toBeGreaterThan(0);
			for (const technique of techniques) expect(Object.keys(TECHNIQUES), id).toContain(technique);
		}
	});
});

describe("documents", () => {
	const documents = ["README.md", "src/README.md", "protocols/README.md", "captures/README.md", "appliance/README.md"].filter((file) =>
		existsSync(join(root, file)),
	);

	it.each(documents)("%s links to files that exist", (document) => {
		const text = readFileSync(join(root, document), "utf8");
		for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g))
			expect(existsSync(join(root, dirname(document), target!)), target).toBe(true);
	});

	it.each(documents)("%s names source files that exist", (document) => {
		const text = readFileSync(join(root, document), "utf8");
		for (const [, file] of text.matchAll(/`((?:src|protocols|captures|appliance|test|[a-z]+)\/[A-Za-z0-9/]+\.(?:ts|mjs|yaml))`/g)) {
			const places = [file!, join("src", file!), join(dirname(document), file!)];
			expect(
				places.some((place) => existsSync(join(root, place))),
				file,
			).toBe(true);
		}
	});

	it("names every command in the README and in src/README.md", async () => {
		const main = readFileSync(join(root, "src/app/main.ts"), "utf8");
		const commands = [...main.matchAll(/^\t([a-z]+): \{\n?\s*line:|^\t([a-z]+): \{ line:/gm)].map(([, one, two]) => one ?? two!);
		expect(commands.length).toBeGreaterThan(3);
		for (const command of commands) expect(readFileSync(join(root, "README.md"), "utf8"), command).toContain(`npx spanwatch ${command}`);
	});
});
