/** The monitor as it runs on a box: compiled, on an interface of a network namespace, with real frames, a real broker, and whatever goes wrong. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Alert } from "../../src/alert/alert.ts";
import { AlertArchive } from "../../src/alert/archive.ts";
import type { SensorHealth } from "../../src/health/health.ts";
import { openStore } from "../../src/store/level.ts";
import { freePort, hasMosquitto, Mosquitto, makeCertificates } from "../output/mosquitto.ts";
import { Reader } from "../output/reader.ts";
import { Door, descendants, isBuilt, isThere, Monitor, makeFolder } from "../support/monitor.ts";
import { Wire, whyNoLiveCapture } from "../support/namespace.ts";
import { restartCapture } from "../support/restarts.ts";

/** Frames that came, and those that did not get in. */
const taken = ({ frames, interfaces: [one] }: SensorHealth) => frames + one!.kernelDrops;

const capture = (name: string) => fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url));
const why =
	whyNoLiveCapture() ??
	(isBuilt ? undefined : "the program is not built") ??
	(existsSync("/usr/bin/tcpreplay") ? undefined : "tcpreplay is missing");
if (why !== undefined) console.warn(`skipped: the monitor on an interface, ${why}`);

describe.skipIf(why !== undefined)("spanwatch run", { timeout: 120_000 }, () => {
	let wire: Wire;
	/** Ended after each test, the last first. */
	let open: (() => unknown)[];
	beforeEach(() => {
		wire = new Wire();
		wire.ip("link", "set", "lo", "up");
		wire.connect("mon0");
		open = [];
	});
	afterEach(async () => {
		for (const close of open.reverse()) await close();
		wire.close();
	});

	function folder(config: object = {}) {
		const made = makeFolder(config);
		open.push(() => rmSync(made.dir, { recursive: true, force: true }));
		return made;
	}

	async function start(config: string, isWatching = true): Promise<Monitor> {
		const monitor = new Monitor({ args: ["run", "--config", config, "--interface", "mon0"], namespace: wire.monitored });
		open.push(() => monitor.close());
		if (isWatching) await monitor.said(/listening on mon0/);
		return monitor;
	}

	/** Subscribes to the embedded broker. */
	async function subscribe(monitor: Monitor): Promise<Reader> {
		const port = await monitor.reach(Number(await monitor.said(/alerts on MQTT: mqtt:\/\/127\.0\.0\.1:(\d+),/)));
		return listen(`mqtt://127.0.0.1:${port}`);
	}

	async function listen(url: string, options = {}): Promise<Reader> {
		const reader = await Reader.open(url, "spanwatch/#", options);
		open.push(() => reader.close());
		return reader;
	}

	/** Sends a capture into the monitored interface. */
	async function replay(file: string, ...how: string[]): Promise<void> {
		const child = spawn("ip", ["netns", "exec", wire.sender, "tcpreplay", "-i", "mon0p", ...how, file], { stdio: "ignore" });
		open.push(() => child.kill("SIGKILL"));
		const [code] = await once(child, "exit");
		expect(code).toBe(0);
	}

	const documents = (reader: Reader): (Alert & { sequence: number })[] =>
		reader.received.filter(({ topic }) => topic.includes("/alert/")).map(({ text }) => JSON.parse(text) as Alert & { sequence: number });

	/** The first alert that fits, when it arrives. */
	async function arrives(reader: Reader, fits: (alert: Alert) => boolean): Promise<Alert> {
		await reader.until(() => documents(reader).some(fits));
		return documents(reader).find(fits)!;
	}

	const statusWhen = async (monitor: Monitor, fits: (status: Awaited<ReturnType<Monitor["status"]>>) => boolean) => {
		await expect.poll(async () => fits(await monitor.status()), { timeout: 60_000, interval: 200 }).toBe(true);
		return monitor.status();
	};

	const stored = async (state: string): Promise<Alert[]> => {
		const store = await openStore(state);
		const alerts = (await (await AlertArchive.open(store)).load()).map(({ alert }) => alert);
		await store.close();
		return alerts;
	};

	it("says a restart command on MQTT, on the page and in the store, and sends no frame", async () => {
		const { config, state } = folder();
		const monitor = await start(config);
		const soc = await subscribe(monitor);
		await monitor.enter();
		const sent = Date.now() / 1000;
		await replay(capture("restart-command"), "--topspeed");
		const alert = await arrives(soc, ({ type }) => type === "modbus-restart");
		const seconds = Date.now() / 1000 - alert.ts;
		console.info(`from the frame to the subscriber: ${seconds.toFixed(2)} s`);
		expect(alert).toMatchObject({ source: { ip: "10.20.0.40" }, destination: { ip: "10.20.0.13" }, sensor: "box", status: "open" });
		expect(alert.ts).toBeGreaterThan(sent - 1);
		expect(soc.received.find(({ text }) => text.includes(alert.id))!.topic).toBe(
			`spanwatch/site/box/alert/${alert.severityName}/modbus-restart`,
		);
		expect((await monitor.alerts()).map(({ id }) => id)).toContain(alert.id);
		const status = await statusWhen(monitor, ({ health }) => (health?.frames ?? 0) >= 1567);
		expect(status.health!.interfaces).toMatchObject([{ name: "mon0", state: "up", kernelDrops: 0 }]);
		expect(wire.read("mon0", "statistics/tx_packets")).toBe("0");
		const family = descendants(monitor.child.pid!);
		expect(family.length).toBeGreaterThanOrEqual(2);
		expect(await monitor.stop()).toBe(0);
		expect(family.filter(isThere)).toEqual([]);
		const kept = await stored(state);
		expect(kept.map(({ id }) => id)).toContain(alert.id);
		// That it was stopped is no blindness.
		expect(kept.map(({ type }) => type)).not.toContain("sensor-blind");
		expect(wire.read("mon0", "statistics/tx_packets")).toBe("0");
	});

	it.skipIf(!hasMosquitto)("says it to a broker with TLS and a password", async () => {
		const { dir, config } = folder();
		const certificates = makeCertificates(join(dir, "tls"));
		const passwords = join(dir, "passwords");
		execFileSync("mosquitto_passwd", ["-b", "-c", passwords, "sensor", "secret"], { stdio: "ignore" });
		writeFileSync(join(dir, "password"), "secret\n", { mode: 0o600 });
		const broker = new Mosquitto(join(dir, "mosquitto"), await freePort(), [
			"allow_anonymous false",
			`password_file ${passwords}`,
			`certfile ${certificates.server.cert}`,
			`keyfile ${certificates.server.key}`,
		]);
		await broker.start();
		open.push(() => broker.stop());
		const door = new Door();
		open.push(() => door.close());
		const port = await door.open(wire.monitored, broker.port);
		writeFileSync(
			config,
			JSON.stringify({
				sensor: "box",
				stateDir: "state",
				web: { port: 0 },
				mqtt: { url: `mqtts://127.0.0.1:${port}`, user: "sensor", passwordFile: "password", caFile: "tls/ca.pem" },
			}),
		);
		const soc = await listen(`mqtts://127.0.0.1:${broker.port}`, {
			ca: readFileSync(certificates.ca),
			username: "sensor",
			password: "secret",
		});
		const monitor = await start(config);
		expect(await monitor.said(/alerts on MQTT: (\S+),/)).toBe(`mqtts://127.0.0.1:${port}`);
		await replay(capture("restart-command"), "--topspeed");
		await arrives(soc, ({ type }) => type === "modbus-restart");
		await monitor.enter();
		await statusWhen(monitor, ({ outputs }) => outputs[0]?.state === "connected" && outputs[0].waiting === 0);
	});

	it("needs no privilege but to listen", async () => {
		const { dir, config, state } = folder();
		mkdirSync(state);
		for (const path of [dir, state]) chownSync(path, 65534, 65534);
		const capabilities = ["bounding-set=-all,+net_raw", "inh-caps=-all,+net_raw", "ambient-caps=-all,+net_raw"].map((one) => `--${one}`);
		const monitor = new Monitor({
			args: ["run", "--config", config, "--interface", "mon0"],
			namespace: wire.monitored,
			prefix: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", ...capabilities, "--no-new-privs"],
		});
		open.push(() => monitor.close());
		await monitor.said(/listening on mon0/);
		const soc = await subscribe(monitor);
		await replay(capture("restart-command"), "--topspeed");
		await arrives(soc, ({ type }) => type === "modbus-restart");
		expect(await monitor.stop("SIGTERM")).toBe(0);
	});

	it("ends an engine that hangs, and starts another", async () => {
		const { config } = folder();
		const monitor = await start(config);
		const soc = await subscribe(monitor);
		const engine = monitor.engine();
		process.kill(engine, "SIGSTOP");
		const restarted = await arrives(soc, ({ type }) => type === "sensor-restarted");
		expect(restarted.sentence).toMatch(/^The engine gave no sign of life for 30 seconds and was ended\./);
		await arrives(soc, ({ id, status }) => id === restarted.id && status === "closed");
		expect(isThere(engine)).toBe(false);
		expect(await monitor.stop()).toBe(0);
	});

	it("says that it is blind while the interface is down, and that it sees again", async () => {
		const { config } = folder();
		const monitor = await start(config);
		const soc = await subscribe(monitor);
		await monitor.enter();
		wire.ip("link", "set", "mon0", "down");
		const blind = await arrives(soc, ({ type }) => type === "sensor-blind");
		expect(blind).toMatchObject({ status: "open", nature: "health", sentence: "mon0 is down." });
		await statusWhen(monitor, ({ health }) => health?.interfaces[0]?.state === "down");
		wire.ip("link", "set", "mon0", "up");
		await arrives(soc, ({ id, status }) => id === blind.id && status === "closed");
		await replay(capture("restart-command"), "--topspeed");
		await arrives(soc, ({ type }) => type === "modbus-restart");
		expect((await monitor.alerts()).filter(({ type }) => type === "sensor-blind").length).toBe(1);
		expect(wire.read("mon0", "statistics/tx_packets")).toBe("0");
		expect(await monitor.stop()).toBe(0);
	});

	it("starts an engine again that was killed, with what it had learned, and keeps serving", async () => {
		const { config } = folder();
		const monitor = await start(config);
		const soc = await subscribe(monitor);
		await monitor.enter();
		await replay(capture("normal"), "--topspeed");
		const before = await statusWhen(monitor, ({ plcs, health }) => plcs.length >= 3 && (health?.frames ?? 0) >= 1618);
		// What was learned is handed over every ten seconds.
		await statusWhen(monitor, ({ time }) => time > before.time + 11);
		const known = await monitor.get<{ total: number; assets: { id: string }[] }>("assets");
		process.kill(monitor.engine(), "SIGKILL");
		const restarted = await arrives(soc, ({ type }) => type === "sensor-restarted");
		expect(restarted.sentence).toMatch(/^The engine ended unexpectedly \(SIGKILL\)\./);
		expect((await monitor.status()).plcs.length).toBe(before.plcs.length);
		// The new engine has seen nothing yet, and knows all the same.
		const after = await statusWhen(monitor, ({ health, time }) => health!.frames === 0 && health!.time > time - 5);
		expect(after.plcs.map(({ id }) => id).sort()).toEqual(before.plcs.map(({ id }) => id).sort());
		expect(after.health!.points).toBe(before.health!.points);
		const assets = await monitor.get<{ total: number; assets: { id: string }[] }>("assets");
		expect(assets.assets.map(({ id }) => id).sort()).toEqual(known.assets.map(({ id }) => id).sort());
		await arrives(soc, ({ id, status }) => id === restarted.id && status === "closed");
		await replay(capture("restart-command"), "--topspeed");
		await arrives(soc, ({ type }) => type === "modbus-restart");
		expect(await monitor.stop()).toBe(0);
	});

	it.skipIf(!hasMosquitto)("loses nothing when it is killed while the broker is down, and says nothing twice", async () => {
		const { dir, config } = folder();
		const broker = new Mosquitto(join(dir, "mosquitto"), await freePort(), ["allow_anonymous true", "max_queued_messages 0"]);
		const door = new Door();
		open.push(() => door.close());
		const port = await door.open(wire.monitored, broker.port);
		writeFileSync(
			config,
			JSON.stringify({ sensor: "box", stateDir: "state", web: { port: 0 }, mqtt: { url: `mqtt://127.0.0.1:${port}` } }),
		);
		const file = join(dir, "restarts.pcap");
		writeFileSync(file, restartCapture(40));
		const first = await start(config);
		await first.enter();
		await replay(file, "--pps=500");
		const isAll = (alerts: Alert[]) => new Set(alerts.filter(({ type }) => type === "modbus-restart").map(({ id }) => id)).size === 40;
		await expect.poll(async () => isAll(await first.alerts()), { timeout: 20_000 }).toBe(true);
		expect((await first.status()).outputs[0]!.waiting).toBeGreaterThanOrEqual(40);
		const family = descendants(first.child.pid!);
		expect(await first.stop("SIGKILL")).toBe("SIGKILL");
		await expect.poll(() => family.filter(isThere)).toEqual([]);

		await broker.start();
		open.push(() => broker.stop());
		const soc = await listen(`mqtt://127.0.0.1:${broker.port}`);
		const second = await start(config);
		await second.enter();
		await statusWhen(second, ({ outputs }) => outputs[0]!.state === "connected" && outputs[0]!.waiting === 0);
		const sent = documents(soc);
		expect(isAll(sent)).toBe(true);
		expect(new Set(sent.map(({ id, revision }) => `${id} ${revision}`)).size).toBe(sent.length);
		expect(sent.map(({ sequence }) => sequence)).toEqual(sent.map((_, index) => index + 1));
		expect(isAll(await second.alerts())).toBe(true);
		expect(await second.stop()).toBe(0);
	});

	it.skipIf(!hasMosquitto)("sends everything that happened while the broker was away, in order, once it is back", async () => {
		const { dir, config } = folder();
		const broker = new Mosquitto(join(dir, "mosquitto"), await freePort(), ["allow_anonymous true", "max_queued_messages 0"]);
		await broker.start();
		open.push(() => broker.stop());
		const door = new Door();
		open.push(() => door.close());
		const port = await door.open(wire.monitored, broker.port);
		writeFileSync(
			config,
			JSON.stringify({ sensor: "box", stateDir: "state", web: { port: 0 }, mqtt: { url: `mqtt://127.0.0.1:${port}` } }),
		);
		const soc = await listen(`mqtt://127.0.0.1:${broker.port}`);
		const monitor = await start(config);
		await monitor.enter();
		const file = join(dir, "restarts.pcap");
		const restarts = (alerts: Alert[]) => new Set(alerts.filter(({ type }) => type === "modbus-restart").map(({ id }) => id)).size;
		writeFileSync(file, restartCapture(5));
		await replay(file, "--pps=1000");
		await soc.until(() => restarts(documents(soc)) === 5);
		await statusWhen(monitor, ({ outputs }) => outputs[0]!.waiting === 0);
		await broker.stop("SIGKILL");
		// The first hundred stand for themselves; all of them are one alert then, which counts them, closes those, and is sent again each time that its count doubles.
		writeFileSync(file, restartCapture(600, { first: 5 }));
		await replay(file, "--pps=2000");
		await statusWhen(monitor, ({ outputs }) => outputs[0]!.waiting > 190);
		await broker.start();
		const many = () =>
			documents(soc).findLast(({ type, examples, count }) => type === "modbus-restart" && examples !== undefined && count >= 512);
		await soc.until(() => many() !== undefined);
		expect(restarts(documents(soc))).toBe(101);
		await statusWhen(monitor, ({ outputs }) => outputs[0]!.waiting === 0);
		const sequences = documents(soc).map(({ sequence }) => sequence);
		expect(sequences).toEqual(sequences.map((_, index) => index + 1));
		expect(await monitor.stop()).toBe(0);
	});

	it("counts and shows what is lost when frames come faster than they are taken, and answers meanwhile", async () => {
		const { dir, config } = folder({ capture: { bufferMegabytes: 1 } });
		const monitor = await start(config);
		const soc = await subscribe(monitor);
		await monitor.enter();
		const file = join(dir, "many.pcap");
		writeFileSync(file, restartCapture(3000));
		const engine = monitor.engine();
		await replay(file, "--pps=3000");
		const calm = (await statusWhen(monitor, ({ health }) => taken(health!) >= 15_000)).health!.memory;
		process.kill(engine, "SIGSTOP");
		open.push(() => isThere(engine) && process.kill(engine, "SIGCONT"));
		const flood = replay(file, "--topspeed", "--loop=20");
		await monitor.status();
		await flood;
		await monitor.status();
		process.kill(engine, "SIGCONT");
		const drops = await arrives(soc, ({ type }) => type === "sensor-drops");
		expect(drops.sentence).toMatch(/^More frames come than the monitor can take: \d+ were lost within a second/);
		const { health } = await statusWhen(monitor, ({ health }) => taken(health!) >= 21 * 15_000);
		const [one] = health!.interfaces;
		console.info(
			`${one!.frames} frames taken, ${one!.kernelDrops} lost; the engine grew from ${calm >> 20} to ${health!.memory >> 20} MiB`,
		);
		// Every frame is accounted for.
		expect(one!.frames + one!.kernelDrops).toBe(21 * 15_000);
		expect(health!.memory).toBeLessThan(400 * 2 ** 20);
		expect(await monitor.stop()).toBe(0);
	});

	it("goes on alerting while the disk is full, says so, and stores what it has when there is space again", async () => {
		const { dir, config, state } = folder();
		mkdirSync(state);
		execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs", state]);
		open.push(() => execFileSync("umount", ["-l", state]));
		const monitor = await start(config);
		const soc = await subscribe(monitor);
		await monitor.enter();
		const ballast = join(state, "ballast");
		execFileSync("sh", ["-c", `head -c 30m /dev/zero > ${ballast} 2>/dev/null || true`]);
		const file = join(dir, "restarts.pcap");
		writeFileSync(file, restartCapture(20));
		await replay(file, "--pps=500");
		const isAll = () =>
			new Set(
				documents(soc)
					.filter(({ type }) => type === "modbus-restart")
					.map(({ id }) => id),
			).size === 20;
		await soc.until(isAll);
		const full = await arrives(soc, ({ type }) => type === "sensor-disk");
		expect(full.sentence).toMatch(/^The disk that holds \S+ is full: free some space/);
		await monitor.status();
		rmSync(ballast);
		await arrives(soc, ({ id, status }) => id === full.id && status === "closed");
		const shown = await monitor.alerts();
		expect(shown.filter(({ type }) => type === "modbus-restart").length).toBe(20);
		expect(await monitor.stop()).toBe(0);
		expect((await stored(state)).filter(({ type }) => type === "modbus-restart").length).toBe(20);
	});
});
