/** The station with its real engine, store and page, as a program would compose it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AlertArchive } from "../../src/alert/archive.ts";
import { AlertBook } from "../../src/alert/book.ts";
import { readFolders, writeAdvisories } from "../../src/app/advisoryFiles.ts";
import { records } from "../../src/app/records.ts";
import type { Station, StationOptions } from "../../src/app/station.ts";
import { loadConfig } from "../../src/config/load.ts";
import { DROPPED_FRAMES, ENGINE_RESTARTED, healthRecords, STORE_FAILING } from "../../src/detect/blindness.ts";
import { openStore } from "../../src/store/level.ts";
import { detection } from "../alert/samples.ts";
import { identifyingDevices } from "../support/identified.ts";
import { descendants, isBuilt, isThere, makeFolder } from "../support/monitor.ts";
import { restartCapture } from "../support/restarts.ts";

if (!isBuilt) console.warn("skipped: the station, the program is not built");

describe.skipIf(!isBuilt)("the station", { timeout: 60_000 }, () => {
	let dir: string;
	let config: string;
	let state: string;
	let stations: Station[];
	let phases: string[];
	let warnings: string[];
	let ended: () => void;
	beforeEach(() => {
		({ dir, config, state } = makeFolder());
		stations = [];
		phases = [];
		warnings = [];
	});
	afterEach(async () => {
		for (const station of stations) await station.stop();
		rmSync(dir, { recursive: true, force: true });
	});

	/** One that plays a capture; its second result waits for the end. */
	async function start(watch: string[], speed = 1000): Promise<[Station, Promise<void>]> {
		// The compiled one: its engine is a process of its own.
		const compiled = new URL("../../dist/src/app/station.js", import.meta.url).href;
		const { Station: Compiled } = (await import(compiled)) as { Station: new (options: StationOptions) => Station };
		const over = new Promise<void>((resolve) => {
			ended = resolve;
		});
		const station = new Compiled({
			config: loadConfig(config),
			source: { kind: "files", learn: [], watch, speed },
			onPhase: (phase) => {
				phases.push(phase);
				if (phase === "ended") ended();
			},
			onAlert: () => {},
			onWarning: (sentence) => void warnings.push(sentence),
		});
		stations.push(station);
		await station.start();
		return [station, over];
	}

	const capture = (count: number, first = 0): string => {
		const file = join(dir, `restarts-${first}.pcap`);
		writeFileSync(file, restartCapture(count, { first }));
		return file;
	};

	it("ends with nothing left running, and knows everything when it starts again", async () => {
		const [first, over] = await start([capture(30)]);
		await over;
		expect(phases).toEqual(["watching", "ended"]);
		expect(first.assets().length).toBe(60);
		const engines = descendants(process.pid).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("engineProcess"));
		expect(engines.length).toBe(1);
		await first.stop();
		expect(engines.filter(isThere)).toEqual([]);
		const [second, again] = await start([]);
		await again;
		await expect.poll(() => second.assets().length).toBe(60);
		expect((await second.alerts({ limit: 100 })).filter(({ type }) => type === "modbus-restart").length).toBe(30);
	});

	it("tells the page of every alert once it is stored, and counts what it has", async () => {
		const [station, over] = await start([capture(30)]);
		const told: string[] = [];
		const unwatch = station.watch((event) => {
			if (event.kind === "alert") told.push(event.alert.id);
		});
		await over;
		await expect.poll(async () => (await station.alerts({ limit: 200 })).length).toBeGreaterThanOrEqual(30);
		const alerts = await station.alerts({ limit: 200 });
		await expect.poll(() => new Set(told).size).toBe(alerts.length);
		for (const { id } of alerts) expect((await station.alert(id))!.id).toBe(id);
		expect(station.outputs()).toMatchObject([{ name: "mqtt" }]);
		await expect.poll(() => station.health()?.frames).toBe(150);
		expect(station.health()!.counters).toMatchObject({ "alerts-collected": 0, "records-lost": 0, "messages-dropped": 0 });
		unwatch();
	});

	it("counts what is too many together, and says that it does", async () => {
		const [station, over] = await start([capture(1200)]);
		await over;
		await expect.poll(() => station.health()?.counters["alerts-collected"]).toBeGreaterThanOrEqual(200);
		const restarts = async () => (await station.alerts({ limit: 2000 })).filter(({ type }) => type === "modbus-restart");
		await expect.poll(async () => (await restarts()).filter(({ status }) => status === "open").length, { timeout: 10_000 }).toBe(1);
		const all = await restarts();
		expect(all.length).toBe(101);
		const many = all.find(({ status }) => status === "open")!;
		expect(many.count).toBeGreaterThanOrEqual(300);
		expect(many.examples).toHaveLength(8);
		expect(all.filter(({ partOf }) => partOf === many.id).length).toBe(100);
	});

	it("closes what it said about itself before it was started again, where nobody else would", async () => {
		mkdirSync(state);
		const store = await openStore(state);
		const archive = await AlertArchive.open(store);
		const book = new AlertBook({ site: "site", sensor: "box", records });
		const keys: Record<string, string> = { [DROPPED_FRAMES.id]: "drops", [STORE_FAILING.id]: "disk", [ENGINE_RESTARTED.id]: "engine" };
		for (const { id } of healthRecords) {
			const { destination: _, ...about } = detection(1, { type: id, source: {}, key: keys[id] ?? "gone0" });
			await store.batch(await archive.records([book.detect(about)!]), { durable: true });
		}
		await store.close();
		const [station, over] = await start([]);
		await over;
		await expect
			.poll(async () => (await station.alerts({ limit: 10 })).map(({ type, status }) => `${type} ${status}`).sort())
			.toEqual(["sensor-blind closed", "sensor-disk closed", "sensor-drops closed", `${ENGINE_RESTARTED.id} open`]);
	});

	it("holds what its engine sees against the lists of indicators, and reads them again when told", async () => {
		const list = join(dir, "list.csv");
		writeFileSync(list, "type,value,name\ndomain,vendor.example,C2\nemail,a@b.example,x\n");
		writeFileSync(config, JSON.stringify({ ...(JSON.parse(readFileSync(config, "utf8")) as object), indicators: ["list.csv"] }));
		const [station, over] = await start([fileURLToPath(new URL("../../captures/update-check.pcap", import.meta.url))]);
		await over;
		const listed = async () => (await station.alerts({ limit: 100 })).filter(({ type }) => type.startsWith("indicator-"));
		await expect.poll(async () => (await listed()).length).toBe(1);
		expect((await listed())[0]).toMatchObject({ source: { ip: "10.20.0.31" }, destination: { ip: "10.20.0.2" } });

		const ada = { user: "ada", via: "command line" } as const;
		writeFileSync(list, "192.0.2.1\n192.0.2.2\n");
		const answer = await station.reloadIndicators(ada);
		expect(answer.sentence).toBe("The monitor watches for 2 indicators of 1 list.");
		expect(await station.audit({ limit: 1 })).toMatchObject([
			{ id: answer.entry, action: "indicators", user: "ada", words: answer.sentence },
		]);
		writeFileSync(list, '{"type": "bundle",\n"objects": [}');
		await expect(station.reloadIndicators(ada)).rejects.toMatchObject({
			code: "COMMAND_INVALID",
			message: `${list}: line 2: it begins like JSON and is none from there on; it must be a STIX 2.1 bundle. The lists that were read before stay.`,
		});
		expect((await station.audit({ limit: 1 }))[0]!.id).toBe(answer.entry);
	});

	it("says which devices advisories concern: an import is taken up while it runs, and a damaged file harms nothing", async () => {
		const file = join(dir, "identified.pcap");
		writeFileSync(
			file,
			identifyingDevices([
				{ ip: "10.0.0.11", vendor: "Schneider Electric", code: "BMX P34 2020", revision: "v2.7" },
				{ ip: "10.0.0.12", vendor: "Schneider Electric", code: "BMX P34 2000", revision: "v3.70" },
				{ ip: "10.0.0.13", vendor: "WAGO", code: "750-8212", revision: "FW boot" },
			]),
		);
		const [first, over] = await start([file]);
		await over;
		await expect.poll(() => first.advisories().described).toBe(3);
		expect(first.advisories()).toMatchObject({ documents: 0, isComparing: false, devices: [] });
		const changes: number[] = [];
		first.watch(({ kind }) => {
			if (kind === "status") changes.push(first.advisories().revision);
		});
		const found = (station: Station) =>
			station
				.advisories()
				.devices.map(({ affected, mayBeAffected, score, matches }) => [matches[0]!.advisory, affected, mayBeAffected, score]);
		const all = [
			["EX-2025-001", 1, 0, 9.1],
			["EX-2025-002", 0, 1, 7.5],
		];

		const { advisories } = readFolders([fileURLToPath(new URL("../assets/advisories/csaf/", import.meta.url))]);
		writeAdvisories(state, advisories.values());
		await expect.poll(() => found(first), { timeout: 15_000 }).toEqual(all);
		expect(first.advisories()).toMatchObject({ documents: 4, devices: [{ matches: [{ unit: 1, device: { firmware: "v2.7" } }] }, {}] });
		await expect.poll(() => changes.includes(first.advisories().revision)).toBe(true);

		writeFileSync(join(state, "advisories.jsonl"), "no such thing");
		await expect.poll(() => found(first), { timeout: 15_000 }).toEqual([]);
		expect(warnings).toContain("1 line of the box's advisories cannot be read: import the advisories again.");
		expect(first.health()!.frames).toBe(15);

		// Known again as soon as the devices are.
		writeAdvisories(state, advisories.values());
		await first.stop();
		const [second] = await start([]);
		await expect.poll(() => found(second), { timeout: 15_000 }).toEqual(all);
	});

	it("leaves nothing running when it cannot start", async () => {
		const before = descendants(process.pid).length;
		await expect(start([join(dir, "none.pcap")])).rejects.toMatchObject({ name: "CaptureError", code: "SPANWATCH_CAPTURE_NO_FILE" });
		expect(descendants(process.pid).length).toBe(before);
		// Its state is free again.
		await (await openStore(state)).close();
	});
});
