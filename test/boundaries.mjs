// The import rules as a gate: dependency-cruiser over the product and the lab. Seeing no modules is a failure, not a pass.
import { spawnSync } from "node:child_process";

const run = spawnSync(
	"npx",
	["depcruise", "--config", "test/boundaries.cjs", "--output-type", "json", "src", "protocols", "captures/lab", "appliance"],
	{ encoding: "utf8", maxBuffer: 256 * 1024 * 1024 },
);
if (run.stdout === "") {
	console.error(`The import rules were not checked: ${run.stderr.trim()}`);
	process.exit(1);
}
const { summary, modules } = JSON.parse(run.stdout);
const own = modules.filter(({ source }) => /^(src|protocols|captures)\//.test(source)).length;
for (const violation of summary.violations) console.error(`${violation.rule.name}: ${violation.from} -> ${violation.to}`);
console.log(`import rules: ${own} modules, ${summary.totalDependenciesCruised} dependencies, ${summary.violations.length} violations`);
process.exit(own < 20 || summary.violations.some(({ rule }) => rule.severity === "error") ? 1 : 0);
