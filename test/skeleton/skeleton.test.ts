/** A new protocol from the skeleton: its folder is whole, the types of the whole project fit, and it decodes. What it decodes is tested where it lies (`example.test.ts`). */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { skeleton } from "./main.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "spanwatch-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = skeleton(ROOT, "acme");

it("gives a folder with all of its files, a test, a line and a row, and none that speaks of the example", () => {
	expect([...files.keys()].filter((path) => !path.includes("acme"))).toEqual(["protocols/index.ts", "protocols/README.md"]);
	for (const name of ["README.md", "codes.ts", "decoder.ts", "detections.ts", "index.ts", "observation.ts", "operations.ts", "wire.ts"])
		expect(files.get(`protocols/acme/${name}`)).toBeDefined();
	for (const [path, text] of files) if (path.includes("acme")) expect([path, /example/i.exec(text)?.[0]]).toEqual([path, undefined]);
	const index = files.get("protocols/index.ts")!;
	expect(index).toContain('import { acme } from "./acme/index.ts";\n');
	expect(index).toContain(", acme];\n");
	const rows = files.get("protocols/README.md")!.split("\n");
	const at = rows.indexOf("| [acme](acme/README.md) | TCP | magic number and length | yes |");
	expect(rows[at - 1]).toMatch(/^\| \[\w+\]\(\w+\/README\.md\) \|/);
	expect(rows[at + 1]).toBe("");
});

it("fits the project's types, and its test passes", () => {
	for (const name of ["src", "protocols", "test/contract", "test/support"])
		cpSync(join(ROOT, name), join(folder, name), { recursive: true });
	for (const name of ["package.json", "tsconfig.json"]) cpSync(join(ROOT, name), join(folder, name));
	symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
	for (const [path, text] of files) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), text);
	}
	const settings = JSON.parse(readFileSync(join(folder, "tsconfig.json"), "utf8"));
	writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ ...settings, include: ["protocols", "test/protocols"] }));
	const run = (script: string, ...args: string[]) => {
		const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "node_modules", script), ...args], {
			cwd: folder,
			encoding: "utf8",
		});
		return [status, status === 0 ? "" : stdout + stderr];
	};
	expect(run("typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json")).toEqual([0, ""]);
	expect(run("vitest/vitest.mjs", "run", "--root", folder, "test/protocols/acme.test.ts")).toEqual([0, ""]);
}, 120_000);
