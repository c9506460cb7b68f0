// What needs no native module, on a current LTS release of Node, from its npm package (a binary in the package, nothing global). Native modules built for another
// Node are not loaded by these tests.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const VERSION = "24";
const architecture = process.arch === "arm64" ? "arm64" : "x64";
const folder = ".cache/lts";
const name = `node-linux-${architecture}`;
const node = `${folder}/node_modules/${name}/bin/node`;
if (!existsSync(node)) {
	const install = spawnSync(
		"npm",
		["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", folder, `${name}@${VERSION}`],
		{ stdio: "inherit" },
	);
	if (install.status !== 0 || !existsSync(node)) {
		console.error(`${name}@${VERSION} could not be installed.`);
		process.exit(1);
	}
}
// Every recording through the whole program, and what asks most of Node itself: what only computes is the same on both.
const tests = ["captures.test.ts", "wire", "flow", "decode", "assets", "alert", "config"].map((one) => `test/${one}`);
const env = { ...process.env, CI: "" };
const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
console.log(`Node ${version}`);
const run = spawnSync(node, ["node_modules/vitest/vitest.mjs", "run", "--config", "test/vitest.config.ts", ...tests], {
	stdio: "inherit",
	env,
});
process.exit(run.status ?? 1);
