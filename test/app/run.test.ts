/** `spanwatch run` and `demo` used in a wrong way, or where the box does not let them: one sentence, the right exit code, no stack. */
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isBuilt, Monitor, makeFolder, runToEnd } from "../support/monitor.ts";

if (!isBuilt) console.warn("skipped: wrong use of the commands, the program is not built");
const isRoot = process.getuid?.() === 0 && existsSync("/usr/bin/setpriv");
if (!isRoot) console.warn("skipped: some wrong uses of the commands, they need root and setpriv");
/** An ordinary user without any privilege. */
const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"];

describe.skipIf(!isBuilt)("a command used in a wrong way", { timeout: 60_000 }, () => {
	let dir: string;
	let config: string;
	beforeEach(() => {
		({ dir, config } = makeFolder());
	});
	afterEach(() => rmSync(dir, { recursive: true, force: true }));

	async function fails(args: string[], code: number, sentence: RegExp, options: Parameters<typeof runToEnd>[1] = {}) {
		const ended = await runToEnd(args, { cwd: dir, ...options });
		const said = ended.said.trim();
		expect(said).toMatch(sentence);
		expect(said.split("\n").length).toBe(1);
		expect(said).not.toMatch(/unexpected failure|\n\s+at /);
		expect([ended.code, ended.out]).toEqual([code, ""]);
	}

	it("names no interface", () => fails(["run", "--config", config], 2, /^spanwatch: run: no interface was named; give --interface IF/));
	it("names an interface that is not there", () =>
		fails(
			["run", "--config", config, "--interface", "nope0"],
			2,
			/^spanwatch: There is no network interface "nope0"\. There is .*: name one of them\.$/,
		));
	it("has an option that there is not", () =>
		fails(["run", "--iface", "lo"], 2, /^spanwatch: run: Unknown option '--iface'; see `spanwatch run --help`\.$/));
	it.each([
		["sit: plant", /config\.yaml: there is no key sit; did you mean site\?$/],
		["web: {port: many}", /config\.yaml: web\.port must be a whole number from 0 to 65535; it is "many"\.$/],
		["web: [", /config\.yaml, line 1: .*; it must be YAML\.$/],
		["mqtt: {url: 'mqtt://127.0.0.1', user: a, passwordFile: none}", /mqtt\.passwordFile: .*\/none cannot be read \(ENOENT\)/],
	])("has the configuration %s", (text, sentence) => {
		writeFileSync(config, text);
		return fails(["run", "--config", config, "--interface", "lo"], 2, sentence);
	});
	it("has no configuration where it was named", () =>
		fails(
			["run", "--config", join(dir, "none.yaml"), "--interface", "lo"],
			2,
			/^spanwatch: The configuration .*none\.yaml cannot be read \(ENOENT\)/,
		));
	it("has a state folder below nothing", () =>
		fails(
			["run", "--config", config, "--interface", "lo", "--state", join(dir, "a", "b")],
			2,
			/^spanwatch: The folder above .*b does not exist/,
		));
	it("has a speed that is none", () => fails(["demo", "--speed", "fast"], 2, /^spanwatch: demo: --speed takes a number/));

	it("has a page whose port is taken", async () => {
		const server = createServer();
		const port = await new Promise<number>((resolve) =>
			server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
		);
		try {
			writeFileSync(config, JSON.stringify({ web: { port }, broker: { port: 0 } }));
			await fails(["run", "--config", config, "--interface", "lo"], 1, /taken by another program.*web\.port/);
			writeFileSync(config, JSON.stringify({ web: { port: 0 }, broker: { port } }));
			await fails(["run", "--config", config, "--interface", "lo"], 1, /as another program does.*broker\.port/);
		} finally {
			server.close();
		}
	});

	it("shares its state with another monitor", async () => {
		const other = new Monitor({ args: ["demo", "--config", config, "--state", join(dir, "state")] });
		try {
			await other.said(/page: /);
			await fails(
				["run", "--config", config, "--interface", "lo"],
				1,
				/^spanwatch: The state in .*state is in use by another process: stop that one first/,
			);
		} finally {
			expect(await other.stop()).toBe(0);
			await other.close();
		}
	});

	describe.skipIf(!isRoot)("as an ordinary user", () => {
		beforeEach(() => chmodSync(dir, 0o777));
		it("may not listen", () =>
			fails(
				["run", "--config", config, "--interface", "lo"],
				2,
				/^spanwatch: No permission to capture on lo: run as root, or allow it once with "setcap/,
				{ prefix: NOBODY },
			));
		it("may not write its state", () => {
			mkdirSync(join(dir, "state"), { mode: 0o700 });
			return fails(
				["run", "--config", config, "--interface", "lo"],
				2,
				/^spanwatch: The state folder .*state cannot be written .*: make it writable/,
				{ prefix: NOBODY },
			);
		});
		it("may not make its state", () => {
			chmodSync(dir, 0o755);
			return fails(["run", "--config", config, "--interface", "lo"], 2, /^spanwatch: The state folder .*state cannot be written/, {
				prefix: NOBODY,
			});
		});
		it("may not read its configuration", () => {
			chmodSync(config, 0o600);
			return fails(["run", "--config", config, "--interface", "lo"], 2, /cannot be read \(EACCES\)/, { prefix: NOBODY });
		});
	});
});
