/**
 * `node dist/test/bench/depth.js DIR`: does deeper decoding cost Modbus polling anything? Takes turns with a compiled checkout in DIR of the commit to compare with: frames of the benchmark's capture to observations, each run in a
 * process of its own; the fastest of each counts. The table goes into `protocols/modbus/README.md`, between its marks.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { table, writeBetween } from "../evaluation/tables.ts";
import { writePollingCapture } from "./polling.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PACKETS = 1_500_000;
const ROUNDS = 9;

const before = process.argv[2];
if (before === undefined || !existsSync(join(before, "dist/test/bench/pipeline.js"))) {
	process.stderr.write("usage: node dist/test/bench/depth.js DIR, where DIR is a compiled checkout\n");
	process.exit(2);
}
const commitOf = (folder: string): string =>
	execFileSync("git", ["-C", folder, "rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
const runs = [
	{ name: `${commitOf(before)}, before`, program: join(before, "dist/test/bench/pipeline.js") },
	{ name: `${commitOf(ROOT)}, as modules`, program: join(ROOT, "dist/test/bench/pipeline.js") },
	{ name: `${commitOf(ROOT)}, as the bundle that is shipped`, program: join(ROOT, "dist/bench/pipeline.js") },
].map((run) => ({ ...run, milliseconds: Number.POSITIVE_INFINITY, observations: 0 }));

const file = join(tmpdir(), `spanwatch-depth-${PACKETS}.pcap`);
if (!existsSync(file)) writePollingCapture(file, PACKETS);
for (let round = 0; round < ROUNDS; round++) {
	for (const run of runs) {
		const said = JSON.parse(execFileSync(process.execPath, [run.program, "decode", file], { encoding: "utf8" }));
		run.milliseconds = Math.min(run.milliseconds, said.milliseconds);
		run.observations = said.observations;
	}
}
const rows = runs.map(({ name, milliseconds, observations }) => [
	name,
	observations.toLocaleString("en"),
	Math.round(PACKETS / milliseconds),
	(milliseconds / runs[0]!.milliseconds).toFixed(2),
]);
const text = table(["commit", "observations", "thousand frames a second", "time beside before"], rows);
process.stdout.write(`${text}\n`);
writeBetween(`${ROOT}protocols/modbus/README.md`, "depth", text);
