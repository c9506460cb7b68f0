/** `spanwatch demo` as a newcomer starts it: what it says, that its recordings happen now, that it finds other ports, and that it ends without a trace. */
import { readdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { AdvisoryAnswer } from "../../src/web/advisoryRoutes.ts";
import { Reader } from "../output/reader.ts";
import { descendants, isBuilt, isThere, Monitor, makeFolder, runToEnd } from "../support/monitor.ts";

if (!isBuilt) console.warn("skipped: the demonstration, the program is not built");

let dir: string;
let config: string;
let state: string;
let monitor: Monitor;
let taken: Server[];
beforeEach(() => {
	({ dir, config, state } = makeFolder());
	taken = [];
});
afterEach(async () => {
	await monitor?.close();
	for (const server of taken) server.close();
	rmSync(dir, { recursive: true, force: true });
});

it.skipIf(!isBuilt)("learns, watches, alerts as if it happened now, and ends without a trace", { timeout: 120_000 }, async () => {
	monitor = new Monitor({ args: ["demo", "--config", config, "--speed", "10"], env: { TMPDIR: dir } });
	const soc = await Reader.open(await monitor.said(/alerts on MQTT: (\S+), topics spanwatch\/site\/box\/alert\/#/));
	await monitor.said(/try next: .*npm start -- --interface eth1/);
	await monitor.enter();
	await monitor.said(/the recordings are over/);
	const alerts = await monitor.alerts();
	const found = (type: string) => alerts.find((alert) => alert.type === type);
	expect(found("first-write")).toMatchObject({
		source: { ip: "10.20.0.66" },
		destination: { ip: "10.20.0.12" },
		evidence: { file: "new-talker-write.pcap" },
	});
	expect(found("write-outside")).toMatchObject({ source: { ip: "10.20.0.30" }, evidence: { file: "value-out-of-range.pcap" } });
	const restart = found("modbus-restart")!;
	expect(restart.evidence.file).toBe("restart-command.pcap");
	expect(restart.evidence.frames.every((frame) => frame >= 663 && frame <= 679)).toBe(true);
	const now = Date.now() / 1000;
	for (const { ts, last } of alerts) {
		expect(ts).toBeGreaterThan(now - 180);
		expect(last).toBeLessThan(now + 2);
	}
	// Routine work is nothing to be alarmed about.
	expect(alerts.filter(({ evidence, severity }) => evidence.file === "recipe-change.pcap" && severity >= 30)).toEqual([]);
	expect(soc.alerts.map(({ id }) => id)).toContain(restart.id);
	await soc.close();
	const { plcs, health } = await monitor.status();
	expect(health!.interfaces.map(({ name, state }) => `${name} ${state}`)).toEqual([
		"plant-normal.pcap ended",
		"recipe-change.pcap ended",
		"new-talker-write.pcap ended",
		"value-out-of-range.pcap ended",
		"restart-command.pcap ended",
	]);
	expect(plcs.length).toBeGreaterThanOrEqual(4);
	expect(Math.abs(health!.captureTime - now)).toBeLessThan(60);
	expect(plcs.map(({ state }) => state)).not.toContain("silent");

	expect(readdirSync(dir).some((name) => name.startsWith("spanwatch-demo-"))).toBe(true);
	const family = descendants(monitor.child.pid!);
	// As from a terminal under npm: the same Ctrl-C arrives more than once.
	monitor.child.kill("SIGINT");
	monitor.child.kill("SIGINT");
	expect(await monitor.stop("SIGINT")).toBe(0);
	expect(family.filter(isThere)).toEqual([]);
	expect(readdirSync(dir)).toEqual(["config.yaml"]);
});

it.skipIf(!isBuilt)("takes up advisories that are imported while it runs", { timeout: 60_000 }, async () => {
	monitor = new Monitor({ args: ["demo", "--config", config, "--speed", "100", "--state", state] });
	await monitor.enter();
	const known = async () => (await monitor.get<AdvisoryAnswer>("advisories")).documents;
	expect(await known()).toBe(0);
	const folder = fileURLToPath(new URL("../assets/advisories/csaf/", import.meta.url));
	expect((await runToEnd(["advisories", "import", folder, "--state", state])).code).toBe(0);
	await expect.poll(known, { timeout: 20_000 }).toBe(4);
	expect((await monitor.status()).advisories).toMatchObject({ documents: 4 });
	expect(await monitor.stop("SIGTERM")).toBe(0);
});

it.skipIf(!isBuilt)("takes free ports where its own are taken, and says so", { timeout: 60_000 }, async () => {
	const ports = await Promise.all(
		[0, 1].map(
			() =>
				new Promise<number>((resolve) => {
					const server = createServer().listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
					taken.push(server);
				}),
		),
	);
	rmSync(dir, { recursive: true, force: true });
	({ dir, config } = makeFolder({ web: { port: ports[0] }, broker: { port: ports[1] } }));
	monitor = new Monitor({ args: ["demo", "--config", config, "--speed", "100"], env: { TMPDIR: dir } });
	await monitor.said(new RegExp(`port ${ports[1]} is taken by another program: MQTT takes a free one`));
	await monitor.said(new RegExp(`port ${ports[0]} is taken by another program: the page takes a free one`));
	expect(Number(await monitor.said(/page: http:\/\/127\.0\.0\.1:(\d+)\//))).not.toBe(ports[0]);
	await monitor.enter();
	await monitor.status();
	expect(await monitor.stop("SIGTERM")).toBe(0);
	expect(readdirSync(join(dir))).toEqual(["config.yaml"]);
});
