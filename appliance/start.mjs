// `npm start`: set-up, then the monitor with the arguments given; without any, the demonstration.
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const setup = spawnSync(process.execPath, [at("setup.mjs"), "run"], { stdio: "inherit" });
if (setup.status !== 0) process.exit(setup.status ?? 1);

const args = process.argv.slice(2);
const child = spawn(process.execPath, [at("../dist/program/main.js"), ...(args.length === 0 ? ["demo"] : ["run", ...args])], {
	stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));
