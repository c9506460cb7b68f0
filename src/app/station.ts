/**
 * The station: store, alerts, outputs and page. It starts the engine as a process of its own, keeps what the engine learns and finds, and starts it again when
 * it ends. It holds no capability and parses nothing from the wire.
 */
import { type ChildProcess, fork } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Alert } from "../alert/alert.ts";
import { AlertArchive } from "../alert/archive.ts";
import { AlertBook, type AlertChange } from "../alert/book.ts";
import type { Asset } from "../assets/asset.ts";
import type { PlcStatus } from "../baseline/status.ts";
import { readPublic, readSecret } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { BLIND_INTERFACE, DROPPED_FRAMES, ENGINE_RESTARTED, STORE_FAILING } from "../detect/blindness.ts";
import type { Detection, DetectionRecord } from "../detect/detection.ts";
import type { SensorHealth } from "../health/health.ts";
import { Broker } from "../output/broker.ts";
import { MqttOutput } from "../output/mqtt.ts";
import { Outbox } from "../output/outbox.ts";
import { type LevelStore, openStore } from "../store/level.ts";
import type { Change } from "../store/store.ts";
import type { StationView, ViewEvent } from "../web/view.ts";
import { createWeb, type Web } from "../web/web.ts";
import type { BaselineEntry, EngineSettings, Order, Report, Source } from "./messages.ts";
import { records } from "./records.ts";
import { VERSION } from "./version.ts";

/** The one destination of the outbox. */
const MQTT = "mqtt";
/** Milliseconds between two looks at what is quiet, what was counted, and what is over. */
const HOUSEKEEPING_EVERY = 5000;
/** Milliseconds between two publications of health and of PLCs whose state is the same. */
const PUBLISH_EVERY = 10_000;
/** Pause before the engine is started again, doubled for each end that follows soon. */
const RESTART_AFTER = 500;
const LONGEST_RESTART = 30_000;
/** An engine that lived so long was well. */
const WELL_AFTER = 60_000;
/** Seconds without a further drop after which drops are over. */
const DROPS_OVER = 60;
/** Baseline records handed to the engine at a time. */
const RESTORED_RECORDS = 2000;
/** What the engine may take to hand over the rest. */
const STOP_WITHIN = 5000;
const BYTES_PER_MEGABYTE = 2 ** 20;

/** The engine said that it cannot do its work, at the start: wrong interface, no privilege, bad filter. */
export class EngineError extends Error {
	override readonly name = "EngineError";
	readonly code: string;
	constructor(code: string, message: string) {
		super(message);
		this.code = code;
	}
}

export interface StationOptions {
	config: Config;
	source: Source;
	/** What happens, for the terminal. */
	onPhase: (phase: string, file: string | undefined) => void;
	onAlert: (alert: Alert) => void;
	onWarning: (sentence: string) => void;
}

export class Station implements StationView {
	readonly site: string;
	readonly sensor: string;
	readonly version = VERSION;
	readonly #options: StationOptions;
	readonly #book: AlertBook;
	readonly #listeners = new Set<(event: ViewEvent) => void>();
	readonly #assets = new Map<string, Asset>();
	#store!: LevelStore;
	#archive!: AlertArchive;
	#outbox!: Outbox;
	#broker: Broker | undefined;
	#mqtt: MqttOutput | undefined;
	#web: Web | undefined;
	#plcs: PlcStatus[] = [];
	#health: SensorHealth | undefined;
	#engine: ChildProcess | undefined;
	#engineStarted = 0;
	#soon = 0;
	#isRunning = false;
	#isStopping = false;
	#restart: NodeJS.Timeout | undefined;
	#housekeeping: NodeJS.Timeout | undefined;
	/** Alerts are stored in the order in which they came. */
	#work: Promise<void> = Promise.resolve();
	#published = Number.NEGATIVE_INFINITY;
	#publishedStates = "";
	#dropsSeen = 0;
	#lastDrop = 0;

	constructor(options: StationOptions) {
		this.#options = options;
		this.site = options.config.site;
		this.sensor = options.config.sensor;
		this.#book = new AlertBook({ site: this.site, sensor: this.sensor, records });
	}

	/** Starts everything; resolves when the engine runs. Throws one of the errors with a sentence; then nothing is left running. */
	async start(): Promise<{ url: string; setupCode?: string; broker?: string }> {
		const { config } = this.#options;
		try {
			mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
			this.#store = await openStore(config.stateDir);
			this.#archive = await AlertArchive.open(this.#store);
			this.#book.restore(await this.#archive.load());
			const { maxEntries, maxMegabytes } = config.outbox;
			const hasOutput = config.mqtt.url !== "" || config.broker.enabled;
			this.#outbox = await Outbox.open({
				store: this.#store,
				destinations: hasOutput ? [MQTT] : [],
				maxEntries,
				maxBytes: maxMegabytes * BYTES_PER_MEGABYTE,
				onProblem: (sentence) => this.#storeProblem(sentence),
			});
			await this.#startOutputs();
			this.#web = await createWeb({
				host: config.web.host,
				port: config.web.port,
				...(config.web.certFile !== undefined && {
					tls: { cert: readPublic(config.web.certFile, "web.certFile"), key: readSecret(config.web.keyFile!, "web.keyFile") },
				}),
				view: this,
				store: this.#store,
				clock: Date.now,
			});
			await this.#startEngine(true);
			this.#housekeeping = setInterval(() => this.#keepHouse(), HOUSEKEEPING_EVERY);
			return {
				url: this.#web.url,
				...(this.#web.setupCode !== undefined && { setupCode: this.#web.setupCode }),
				...(this.#broker !== undefined && { broker: this.#broker.url }),
			};
		} catch (error) {
			await this.stop();
			throw error;
		}
	}

	/** Ends the engine, stores what is left, says goodbye to the broker. */
	async stop(): Promise<void> {
		if (this.#isStopping) return;
		this.#isStopping = true;
		clearTimeout(this.#restart);
		clearInterval(this.#housekeeping);
		await this.#stopEngine();
		await this.#work;
		if (this.#outbox !== undefined) {
			await this.#keep(this.#book.flush(false));
			await this.#work;
		}
		await this.#web?.close();
		await this.#mqtt?.stop();
		await this.#outbox?.close();
		await this.#broker?.close();
		await this.#store?.close();
	}

	alerts(options: { limit: number; before?: string; minSeverity?: number }): Promise<Alert[]> {
		return this.#archive.newest(options);
	}

	alert(id: string): Promise<Alert | undefined> {
		return this.#archive.get(id);
	}

	assets(): Asset[] {
		return [...this.#assets.values()];
	}

	plcs(): PlcStatus[] {
		return this.#plcs;
	}

	health(): SensorHealth | undefined {
		return this.#health;
	}

	outputs(): { name: string; state: string; waiting: number }[] {
		if (this.#mqtt === undefined) return [];
		return [{ name: MQTT, state: this.#mqtt.state, waiting: this.#outbox.queue(MQTT).waiting }];
	}

	watch(listener: (event: ViewEvent) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	async #startOutputs(): Promise<void> {
		const { broker, mqtt } = this.#options.config;
		if (broker.enabled) {
			this.#broker = await Broker.start({
				host: broker.host,
				port: broker.port,
				onWarning: this.#options.onWarning,
				...(broker.user !== undefined && { user: broker.user, password: readSecret(broker.passwordFile!, "broker.passwordFile") }),
			});
		}
		if (mqtt.url === "" && this.#broker === undefined) return;
		const isEmbedded = mqtt.url === "";
		this.#mqtt = new MqttOutput({
			site: this.site,
			sensor: this.sensor,
			root: mqtt.topicRoot,
			queue: this.#outbox.queue(MQTT),
			onWarning: this.#options.onWarning,
			...(isEmbedded
				? this.#broker!.client()
				: {
						url: mqtt.url,
						version: mqtt.version,
						clientId: mqtt.clientId,
						...(mqtt.user !== undefined && { user: mqtt.user }),
						...(mqtt.passwordFile !== undefined && { password: readSecret(mqtt.passwordFile, "mqtt.passwordFile") }),
						...(mqtt.caFile !== undefined && { ca: readPublic(mqtt.caFile, "mqtt.caFile") }),
						...(mqtt.certFile !== undefined && {
							cert: readPublic(mqtt.certFile, "mqtt.certFile"),
							key: readSecret(mqtt.keyFile!, "mqtt.keyFile"),
						}),
					}),
		});
		this.#mqtt.start();
	}

	/** Starts the engine; the first start must succeed, later ones are tried for ever. */
	#startEngine(isFirst: boolean): Promise<void> {
		return new Promise((resolve, reject) => {
			const path = fileURLToPath(new URL("./engineProcess.js", import.meta.url));
			const settings: EngineSettings = { learningHours: this.#options.config.learning.hours, seed: randomInt(2 ** 31) };
			const engine = fork(path, [JSON.stringify(settings)], {
				serialization: "advanced",
				execArgv: ["--max-old-space-size=512"],
				stdio: ["ignore", "inherit", "inherit", "ipc"],
			});
			this.#engine = engine;
			this.#engineStarted = Date.now();
			let failure: EngineError | undefined;
			engine.on("message", (report: Report) => {
				if (report.kind === "ready") void this.#brief(engine).catch(reject);
				else if (report.kind === "failed") failure = new EngineError(report.code, report.sentence);
				else {
					if (report.kind === "phase") {
						this.#isRunning = true;
						resolve();
					}
					this.#hear(report);
				}
			});
			engine.on("error", (error) => {
				failure ??= new EngineError("ENGINE_START", `The engine could not be started: ${error.message}.`);
			});
			engine.on("exit", (code, signal) => {
				this.#engine = undefined;
				if (this.#isStopping) return resolve();
				const error = failure ?? new EngineError("ENGINE_ENDED", `The engine ended unexpectedly (${signal ?? `exit code ${code}`}).`);
				if (isFirst && !this.#isRunning) return reject(error);
				this.#engineEnded(error.message);
			});
		});
	}

	/** What the engine must know before it starts. */
	async #brief(engine: ChildProcess): Promise<void> {
		const send = (order: Order) => new Promise<void>((resolve) => engine.send(order, () => resolve()));
		await this.#work;
		let entries: BaselineEntry[] = [];
		for await (const entry of this.#store.list("baseline")) {
			if (entries.push(entry) < RESTORED_RECORDS) continue;
			await send({ kind: "restore", entries });
			entries = [];
		}
		if (entries.length > 0) await send({ kind: "restore", entries });
		await send({ kind: "start", source: this.#options.source });
	}

	#engineEnded(sentence: string): void {
		this.#options.onWarning(`${sentence} It is started again.`);
		this.#note(ENGINE_RESTARTED, `${sentence} It was started again with what it had learned; between the two nothing was seen.`, "engine");
		this.#soon = Date.now() - this.#engineStarted < WELL_AFTER ? this.#soon + 1 : 0;
		const pause = Math.min(LONGEST_RESTART, RESTART_AFTER * 2 ** Math.min(this.#soon, 10));
		this.#restart = setTimeout(() => void this.#startEngine(false), pause);
	}

	async #stopEngine(): Promise<void> {
		const engine = this.#engine;
		if (engine === undefined) return;
		const ended = new Promise((resolve) => engine.once("exit", resolve));
		if (engine.connected) engine.send({ kind: "stop" } satisfies Order);
		const kill = setTimeout(() => engine.kill("SIGKILL"), STOP_WITHIN);
		await ended;
		clearTimeout(kill);
	}

	#hear(report: Exclude<Report, { kind: "ready" } | { kind: "failed" }>): void {
		if (report.kind === "detections") {
			this.#book.file = report.file;
			const changes: AlertChange[] = [];
			for (const detection of report.detections) {
				const change = this.#book.detect(detection);
				if (change !== undefined) changes.push(change);
			}
			void this.#keep(changes);
		} else if (report.kind === "baseline") {
			this.#storeRecords(report.entries.map(([key, value]) => ({ kind: "baseline", key, value })));
		} else if (report.kind === "status") this.#status(report.assets, report.plcs, report.health);
		else if (report.kind === "interface") this.#interface(report.name, report.isBlind, report.time, report.sentence);
		else if (report.kind === "phase") this.#options.onPhase(report.phase, report.file);
		else this.#options.onWarning(report.sentence);
	}

	#status(assets: readonly Asset[], plcs: PlcStatus[], health: SensorHealth): void {
		for (const asset of assets) {
			this.#assets.set(asset.id, asset);
			this.#mqtt?.asset(asset);
		}
		const states = plcs.map(({ id, state }) => `${id} ${state}`).join();
		const isNews = states !== this.#publishedStates;
		const isDue = performance.now() - this.#published > PUBLISH_EVERY;
		this.#plcs = plcs;
		this.#health = health;
		if (isNews || isDue) this.#mqtt?.plcs(plcs);
		if (isDue) this.#mqtt?.health(health);
		if (isDue) this.#published = performance.now();
		this.#publishedStates = states;
		this.#drops(health);
		this.#tell({ kind: "status" });
	}

	#drops({ interfaces }: SensorHealth): void {
		const drops = interfaces.reduce((sum, { kernelDrops, interfaceDrops }) => sum + kernelDrops + interfaceDrops, 0);
		const now = Date.now() / 1000;
		if (drops > this.#dropsSeen) {
			this.#note(
				DROPPED_FRAMES,
				`${drops - this.#dropsSeen} frames were lost before the monitor could take them; what was in them was not seen.`,
				"drops",
			);
			this.#lastDrop = now;
		} else if (this.#lastDrop > 0 && now - this.#lastDrop > DROPS_OVER) {
			this.#over(DROPPED_FRAMES, "No frames have been lost for a minute.", "drops");
			this.#lastDrop = 0;
		}
		this.#dropsSeen = drops;
	}

	#interface(name: string, isBlind: boolean, time: number, sentence: string): void {
		if (isBlind) this.#note(BLIND_INTERFACE, sentence, name, time);
		else this.#over(BLIND_INTERFACE, sentence, name, time);
	}

	#storeProblem(sentence: string | undefined): void {
		if (sentence === undefined) this.#over(STORE_FAILING, "The disk takes records again.", "disk");
		else {
			this.#options.onWarning(sentence);
			this.#note(STORE_FAILING, sentence, "disk");
		}
	}

	/** A detection of the monitor about itself. */
	#self({ id, severity, title }: DetectionRecord, sentence: string, key: string, time = Date.now() / 1000): Detection {
		return {
			type: id,
			time: time * 1e6,
			source: { name: this.sensor },
			key,
			sentence,
			confidence: 1,
			reasons: [{ points: severity, text: title }],
			frames: [],
		};
	}

	#note(record: DetectionRecord, sentence: string, key: string, time?: number): void {
		const change = this.#book.detect(this.#self(record, sentence, key, time));
		if (change !== undefined) void this.#keep([change]);
	}

	#over(record: DetectionRecord, sentence: string, key: string, time?: number): void {
		const change = this.#book.end(this.#self(record, sentence, key, time));
		if (change !== undefined) void this.#keep([change]);
	}

	/** Stores alerts and hands those that are to be published to the outbox, in one batch; then tells the page. */
	#keep(changes: readonly AlertChange[]): Promise<void> {
		if (changes.length === 0) return this.#work;
		const { minSeverity } = this.#options.config.alerts;
		this.#work = this.#work.then(async () => {
			const published = changes.filter(({ publish, alert }) => publish && alert.severity >= minSeverity).map(({ alert }) => alert);
			await this.#outbox.post(await this.#archive.records(changes), published);
			for (const { alert, publish } of changes) {
				this.#tell({ kind: "alert", alert });
				if (publish) this.#options.onAlert(alert);
			}
		});
		return this.#work;
	}

	#storeRecords(changes: readonly Change[]): void {
		this.#work = this.#work.then(() => this.#outbox.post(changes, []));
	}

	#keepHouse(): void {
		const now = this.#options.source.kind === "live" ? Date.now() * 1000 : (this.#health?.captureTime ?? 0) * 1e6;
		void this.#keep([...this.#book.advance(now), ...this.#book.flush(false)]);
		const isWell = this.#engine !== undefined && Date.now() - this.#engineStarted > HOUSEKEEPING_EVERY;
		if (isWell) this.#over(ENGINE_RESTARTED, "The engine runs again.", "engine");
	}

	#tell(event: ViewEvent): void {
		for (const listener of this.#listeners) listener(event);
	}
}
