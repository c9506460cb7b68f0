/**
 * The station: store, alerts, outputs and page. It starts the engine as a process of its own, keeps what the engine learns and finds, and starts it again when
 * it ends. It holds no capability and parses nothing from the wire.
 */
import { type ChildProcess, fork } from "node:child_process";
import { randomInt } from "node:crypto";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import type { Alert } from "../alert/alert.ts";
import { AlertArchive } from "../alert/archive.ts";
import { AlertBook, type AlertChange } from "../alert/book.ts";
import { type Mute, Mutes } from "../alert/mute.ts";
import { type Permit, Permits } from "../alert/permit.ts";
import { Quarantine } from "../alert/quarantine.ts";
import type { Asset } from "../assets/asset.ts";
import type { PlcStatus } from "../baseline/status.ts";
import { CAPTURE_ERROR, CaptureError, type CaptureErrorCode } from "../capture/error.ts";
import { CommandError } from "../config/commandError.ts";
import { readPublic, readSecret } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import type { SensorHealth } from "../health/health.ts";
import { type IndicatorColumns, piecesOf } from "../intel/indicator.ts";
import { Broker } from "../output/broker.ts";
import { MqttOutput } from "../output/mqtt.ts";
import { MqttCommands } from "../output/mqttCommands.ts";
import { Outbox } from "../output/outbox.ts";
import { baseTopic } from "../output/topic.ts";
import { type AuditEntry, AuditLog } from "../store/audit.ts";
import { type LevelStore, openStore } from "../store/level.ts";
import type { Change } from "../store/store.ts";
import type { Actor, AdvisoryNews, CommandAnswer, StationView, ViewEvent } from "../web/view.ts";
import { createWeb, type Web } from "../web/web.ts";
import { AdvisoryMatcher } from "./advisoryMatcher.ts";
import { CommandSocket } from "./commandSocket.ts";
import { Commands } from "./commands.ts";
import { sentenceOf } from "./failure.ts";
import { indicatorWords, loadIndicators } from "./indicators.ts";
import { storeMaps } from "./map.ts";
import type { BaselineEntry, EngineSettings, Order, Report, Source } from "./messages.ts";
import { records } from "./records.ts";
import { storeRules } from "./rules.ts";
import { SelfWatch } from "./selfWatch.ts";
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
/** An engine that said nothing between so many looks of housekeeping in a row hangs; it reports each second. */
const SILENT_LOOKS = 6;
/** Baseline records handed to the engine at a time. */
const RESTORED_RECORDS = 2000;
const INDICATORS_AT_A_TIME = 20_000;
/** Heap of the engine: its tables are bounded far below; what grows beyond this is a defect, and ends it. */
const ENGINE_MEGABYTES = 512;
/** What the engine may take to hand over the rest. */
const STOP_WITHIN = 5000;
const BYTES_PER_MEGABYTE = 2 ** 20;

/** Lists of indicators as the engine is told them. */
function* indicatorOrders(columns: IndicatorColumns): Generator<Order> {
	let from = 0;
	for (const piece of piecesOf(columns, INDICATORS_AT_A_TIME)) {
		const isFirst = from === 0;
		from += INDICATORS_AT_A_TIME;
		yield { kind: "indicators", columns: piece, isFirst, isLast: from >= columns.values.length };
	}
}

/** The engine could not be started, or ended. What is wrong with an interface, a privilege or a filter is a CaptureError. */
export class EngineError extends Error {
	override readonly name = "EngineError";
	readonly code: string;
	constructor(code: string, message: string) {
		super(message);
		this.code = code;
	}
}

/** Where people and programs find what the station has. */
export interface Entrance {
	/** The page. */
	url: string;
	/** While there is no user yet. */
	setupCode?: string;
	/** Where alerts are published, and below which topic; absent where nowhere. */
	mqtt?: { url: string; topics: string };
}

/** What waits to be stored, in the order in which it came. */
interface Waiting {
	alerts: readonly AlertChange[];
	records: readonly Change[];
}

const CAPTURE_CODES: ReadonlySet<string> = new Set(Object.values(CAPTURE_ERROR));

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
	readonly #self: SelfWatch;
	readonly #mutes = new Mutes();
	readonly #permits: Permits;
	readonly #quarantine: Quarantine;
	readonly #listeners = new Set<(event: ViewEvent) => void>();
	readonly #assets = new Map<string, Asset>();
	readonly #advisories: AdvisoryMatcher;
	#store!: LevelStore;
	#archive!: AlertArchive;
	#audit!: AuditLog;
	#commands!: Commands;
	#indicators!: IndicatorColumns;
	#socket: CommandSocket | undefined;
	#outbox!: Outbox;
	#broker: Broker | undefined;
	#mqtt: MqttOutput | undefined;
	#mqttCommands: MqttCommands | undefined;
	#web: Web | undefined;
	#plcs: PlcStatus[] = [];
	#health: SensorHealth | undefined;
	#engine: ChildProcess | undefined;
	/** Why the engine ends, where it is known before it does. */
	#engineFailure: Error | undefined;
	#engineStarted = 0;
	/** What is played now was declared normal: no incident keeps it from being learned. */
	#isDeclared = false;
	/** It has its baseline: from here on it can be taught. */
	#isBriefed = false;
	/** The engine of the hour has reported at least once. */
	#isSeeing = false;
	#silentLooks = 0;
	#soon = 0;
	#isStopping = false;
	#restart: NodeJS.Timeout | undefined;
	#housekeeping: NodeJS.Timeout | undefined;
	#waiting: Waiting[] = [];
	#storing: Promise<void> | undefined;
	#published = Number.NEGATIVE_INFINITY;
	#publishedStates = "";

	constructor(options: StationOptions) {
		this.#options = options;
		this.site = options.config.site;
		this.sensor = options.config.sensor;
		this.#permits = new Permits(options.config.learning.timeZone);
		this.#book = new AlertBook({ site: this.site, sensor: this.sensor, records, mutes: this.#mutes, permits: this.#permits });
		this.#quarantine = new Quarantine(options.config.learning.quarantineSeverity);
		this.#advisories = new AdvisoryMatcher({
			stateDir: options.config.stateDir,
			onChange: () => this.#tell({ kind: "status" }),
			onWarning: options.onWarning,
		});
		this.#self = new SelfWatch({
			sensor: this.sensor,
			book: this.#book,
			keep: (changes) => this.#keep(changes),
			clock: () => Date.now() / 1000,
		});
	}

	/** Starts everything; resolves when the engine runs. Throws one of the errors with a sentence; then nothing is left running. */
	async start(): Promise<Entrance> {
		const { config } = this.#options;
		try {
			this.#indicators = loadIndicators(config.indicators, this.#options.onWarning);
			this.#store = await openStore(config.stateDir);
			await storeMaps(config.maps, this.#store);
			await storeRules(config.rules, this.#store);
			this.#archive = await AlertArchive.open(this.#store);
			const kept = await this.#archive.load();
			this.#book.restore(kept);
			const { maxEntries, maxMegabytes } = config.outbox;
			const hasOutput = config.mqtt.url !== "" || config.broker.enabled;
			this.#outbox = await Outbox.open({
				store: this.#store,
				destinations: hasOutput ? [MQTT] : [],
				maxEntries,
				maxBytes: maxMegabytes * BYTES_PER_MEGABYTE,
				onProblem: (sentence) => this.#storeProblem(sentence),
			});
			for (const { alert } of kept) this.#quarantine.take(alert);
			this.#self.closeStale(kept, (name) => this.#isWatched(name));
			this.#advisories.look();
			await this.#takeCommands();
			const mqtt = await this.#startOutputs();
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
			await new Promise<void>((resolve, reject) => this.#startEngine({ resolve, reject }));
			this.#housekeeping = setInterval(() => this.#keepHouse(), HOUSEKEEPING_EVERY);
			return {
				url: this.#web.url,
				...(this.#web.setupCode !== undefined && { setupCode: this.#web.setupCode }),
				...(mqtt !== undefined && { mqtt: { url: mqtt, topics: `${config.mqtt.topicRoot}/${this.site}/${this.sensor}/` } }),
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
		await this.#advisories.stop();
		if (this.#outbox !== undefined) {
			this.#keep(this.#book.flush(false));
			await this.#stored();
		}
		await this.#socket?.close();
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

	advisories(): AdvisoryNews {
		return this.#advisories.news;
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

	command(value: unknown, actor: Actor): Promise<CommandAnswer> {
		return this.#commands.run(value, actor);
	}

	permits(): Permit[] {
		return this.#permits.all;
	}

	mutes(): Mute[] {
		const now = Date.now() / 1000;
		return this.#mutes.all.filter(({ until }) => until > now);
	}

	audit(options: { limit: number; before?: string }): Promise<(AuditEntry & { id: string })[]> {
		return this.#audit.newest(options);
	}

	/** Reads the lists of the configuration again. Throws a CommandError where one is none: then those of before stay. */
	async reloadIndicators({ user, via }: Actor): Promise<CommandAnswer> {
		const warnings: string[] = [];
		try {
			this.#indicators = loadIndicators(this.#options.config.indicators, (sentence) => void warnings.push(sentence));
		} catch (error) {
			throw new CommandError("COMMAND_INVALID", `${sentenceOf(error)} The lists that were read before stay.`);
		}
		// All at once, so that no other reading comes between; an engine that is being briefed gets them at its end.
		if (this.#engine?.connected && this.#isBriefed) for (const order of indicatorOrders(this.#indicators)) this.#engine.send(order);
		const sentence = [`The monitor watches for ${indicatorWords(this.#indicators)}.`, ...warnings.map((warning) => `${warning}.`)].join(
			" ",
		);
		const { id, change } = this.#audit.add({ time: Date.now() / 1000, action: "indicators", outcome: "ok", user, via, words: sentence });
		await this.#store.batch([change], { durable: true });
		return { entry: id, sentence };
	}

	watch(listener: (event: ViewEvent) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	async #takeCommands(): Promise<void> {
		this.#audit = new AuditLog(this.#store);
		this.#commands = new Commands({
			store: this.#store,
			audit: this.#audit,
			book: this.#book,
			archive: this.#archive,
			mutes: this.#mutes,
			permits: this.#permits,
			clock: Date.now,
			isDevice: (address) => this.assets().some(({ id, ips, macs, line }) => [id, ...ips, ...macs, line].includes(address)),
			keep: (alerts, changes) => this.#keep(alerts, changes),
			tell: (teaching) => {
				const engine = this.#engine;
				if (engine === undefined || !engine.connected || !this.#isBriefed) return false;
				engine.send({ kind: "teach", ...teaching } satisfies Order);
				return true;
			},
		});
		await this.#commands.restore();
		this.#socket = await CommandSocket.open(this.#options.config.stateDir, this);
	}

	/** Gives the address of the broker that alerts go to. */
	async #startOutputs(): Promise<string | undefined> {
		const { broker, mqtt, commands } = this.#options.config;
		const users = commands.mqttUsers;
		if (users.length > 0) this.#mqttCommands = new MqttCommands(users, this.#commands, () => Date.now() / 1000);
		const isEmbedded = mqtt.url === "";
		if (isEmbedded) {
			// Beside an external broker the embedded one would have nothing to say.
			if (!broker.enabled) return undefined;
			this.#broker = await Broker.start({
				host: broker.host,
				port: broker.port,
				onWarning: this.#options.onWarning,
				commandTopics: new Map(users.map((user) => [user, `${baseTopic(mqtt.topicRoot, this.site, this.sensor)}/command/${user}`])),
				...(broker.user !== undefined && { user: broker.user, password: readSecret(broker.passwordFile!, "broker.passwordFile") }),
			});
		}
		this.#mqtt = new MqttOutput({
			site: this.site,
			sensor: this.sensor,
			root: mqtt.topicRoot,
			queue: this.#outbox.queue(MQTT),
			...(this.#mqttCommands !== undefined && { commands: this.#mqttCommands }),
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
		return this.#broker?.url ?? mqtt.url;
	}

	/** Starts the engine. `first` settles with the first start, which must succeed; later ones are tried for ever. */
	#startEngine(first?: { resolve: () => void; reject: (error: Error) => void }): void {
		const path = fileURLToPath(new URL("./engineProcess.js", import.meta.url));
		const { learning, zones, conduits } = this.#options.config;
		const { hours, forgetDays, timeZone } = learning;
		const settings: EngineSettings = { learningHours: hours, forgetDays, timeZone, zones: { zones, conduits }, seed: randomInt(2 ** 31) };
		const engine = fork(path, [JSON.stringify(settings)], {
			serialization: "advanced",
			execArgv: [`--max-old-space-size=${ENGINE_MEGABYTES}`],
			stdio: ["ignore", "inherit", "inherit", "ipc"],
		});
		this.#engine = engine;
		this.#engineStarted = Date.now();
		this.#engineFailure = undefined;
		this.#isSeeing = false;
		this.#isBriefed = false;
		this.#isDeclared = false;
		this.#silentLooks = 0;
		let starting = first;
		engine.on("message", (report: Report) => {
			if (engine !== this.#engine) return;
			this.#silentLooks = 0;
			try {
				if (report.kind === "ready") this.#brief(engine).catch((error: Error) => this.#endEngine(error));
				else if (report.kind === "failed") {
					const { code, sentence } = report;
					this.#engineFailure = CAPTURE_CODES.has(code)
						? new CaptureError(code as CaptureErrorCode, sentence)
						: new EngineError(code, sentence);
				} else {
					if (report.kind === "phase") {
						starting?.resolve();
						starting = undefined;
					}
					this.#hear(report);
				}
			} catch (error) {
				// What parses hostile bytes may have been taken over: it must not end the station too.
				this.#endEngine(new EngineError("ENGINE_NONSENSE", `The engine reported what cannot be (${(error as Error).message}).`));
			}
		});
		const ended = (how: string) => {
			if (engine !== this.#engine) return;
			this.#engine = undefined;
			const error = this.#engineFailure ?? new EngineError("ENGINE_ENDED", `The engine ended unexpectedly (${how}).`);
			if (starting !== undefined) starting.reject(error);
			else if (!this.#isStopping) this.#engineEnded(sentenceOf(error));
		};
		engine.on("error", (error) => {
			// Could not be started at all: then there is no exit.
			if (engine.pid === undefined) ended(error.message);
		});
		engine.on("exit", (code, signal) => ended(signal ?? `exit code ${code}`));
	}

	#endEngine(error: Error): void {
		this.#engineFailure ??= error;
		this.#engine?.kill("SIGKILL");
	}

	/** What the engine must know before it starts. */
	async #brief(engine: ChildProcess): Promise<void> {
		const send = (order: Order) => new Promise<void>((resolve) => engine.send(order, () => resolve()));
		await this.#stored();
		let entries: BaselineEntry[] = [];
		for await (const entry of this.#store.list("baseline")) {
			if (entries.push(entry) < RESTORED_RECORDS) continue;
			await send({ kind: "restore", entries });
			entries = [];
		}
		if (entries.length > 0) await send({ kind: "restore", entries });
		for (const teaching of this.#commands.lessons()) await send({ kind: "teach", ...teaching });
		// Last, and again where they were read again meanwhile.
		for (let told: IndicatorColumns | undefined; told !== this.#indicators; ) {
			told = this.#indicators;
			for (const order of indicatorOrders(told)) await send(order);
		}
		this.#isBriefed = true;
		this.#hold();
		await send({ kind: "start", source: this.#options.source });
	}

	/** Tells the engine where nothing new is to be learned. */
	#hold(): void {
		if (this.#engine?.connected && this.#isBriefed)
			this.#engine.send({ kind: "hold", addresses: this.#isDeclared ? [] : this.#quarantine.addresses } satisfies Order);
	}

	#engineEnded(sentence: string): void {
		this.#options.onWarning(`${sentence} It is started again.`);
		this.#self.engineEnded(sentence);
		this.#soon = Date.now() - this.#engineStarted < WELL_AFTER ? this.#soon + 1 : 0;
		const pause = Math.min(LONGEST_RESTART, RESTART_AFTER * 2 ** Math.min(this.#soon, 10));
		this.#restart = setTimeout(() => this.#startEngine(), pause);
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
			this.#book.file = undefined;
			this.#keep(changes);
		} else if (report.kind === "baseline") {
			this.#keep(
				[],
				report.entries.map(([key, value]) => ({ kind: "baseline", key, value })),
			);
		} else if (report.kind === "status") this.#status(report);
		else if (report.kind === "interface") this.#self.interface(report.name, report.isBlind, report.time, report.sentence);
		else if (report.kind === "taught") this.#commands.taught(report.id, report);
		else if (report.kind === "phase") {
			this.#isDeclared = report.phase === "learning";
			this.#hold();
			this.#options.onPhase(report.phase, report.file);
		} else this.#options.onWarning(report.sentence);
	}

	#status({ assets, isWhole, plcs, health }: Extract<Report, { kind: "status" }>): void {
		const known = new Map(this.#assets);
		if (isWhole) this.#assets.clear();
		for (const asset of assets) {
			this.#assets.set(asset.id, asset);
			const before = known.get(asset.id);
			// That it was seen again is no news.
			if (before !== undefined && isDeepStrictEqual({ ...before, lastSeen: asset.lastSeen }, asset)) continue;
			this.#mqtt?.asset(asset);
			this.#advisories.take(asset);
		}
		if (isWhole) this.#advisories.retain(this.#assets);
		this.#advisories.compare();
		const states = plcs.map(({ id, state }) => `${id} ${state}`).join();
		const isNews = states !== this.#publishedStates;
		const isDue = performance.now() - this.#published > PUBLISH_EVERY;
		this.#plcs = plcs;
		this.#health = { ...health, counters: { ...health.counters, ...this.#counters() } };
		if (isNews || isDue) this.#mqtt?.plcs(plcs);
		if (isDue) this.#mqtt?.health(this.#health);
		if (isDue) this.#published = performance.now();
		this.#publishedStates = states;
		this.#isSeeing = true;
		this.#self.health(health, this.#options.source.kind === "live");
		this.#tell({ kind: "status" });
	}

	/** Bounds that the station itself has reached. */
	#counters(): Record<string, number> {
		const counters: Record<string, number> = {
			"alerts-displaced": this.#book.counters.displaced,
			"alerts-collected": this.#book.counters.collected,
			"records-damaged": this.#store.damaged,
			"records-lost": this.#outbox.lost,
			"records-unstored": this.#outbox.unstored,
		};
		if (this.#mqtt === undefined) return counters;
		counters["messages-dropped"] = this.#outbox.queue(MQTT).dropped;
		counters["messages-refused"] = this.#mqtt.counters.refused;
		if (this.#mqttCommands !== undefined) counters["commands-refused"] = this.#mqttCommands.refused;
		counters["topics-unretained"] = this.#mqtt.counters.unretained;
		return counters;
	}

	#storeProblem(sentence: string | undefined): void {
		if (sentence !== undefined) this.#options.onWarning(sentence);
		this.#self.disk(sentence);
	}

	/** Of an interface or a line that was watched before. */
	#isWatched(name: string): boolean {
		const { source } = this.#options;
		return source.kind === "live" && (source.interfaces.includes(name) || source.serial.some((line) => line.name === name));
	}

	/** Stores alerts and records in the order in which they came, and hands the alerts that are to be published to the outbox with them. */
	#keep(alerts: readonly AlertChange[], records: readonly Change[] = []): void {
		if (alerts.length === 0 && records.length === 0) return;
		let isOther = false;
		for (const { alert } of alerts) isOther = this.#quarantine.take(alert) || isOther;
		if (isOther) this.#hold();
		this.#waiting.push({ alerts, records });
		this.#storing ??= this.#storeWaiting();
	}

	/** Resolves when nothing waits to be stored. */
	async #stored(): Promise<void> {
		while (this.#storing !== undefined) await this.#storing;
	}

	/** All that came while the disk wrote goes into the next batch, so a slow disk makes batches larger, not the queue longer. */
	async #storeWaiting(): Promise<void> {
		const { minSeverity } = this.#options.config.alerts;
		while (this.#waiting.length > 0) {
			const taken = this.#waiting;
			this.#waiting = [];
			const changes = taken.flatMap(({ alerts }) => alerts);
			const published = changes.filter(({ publish, alert }) => publish && alert.severity >= minSeverity).map(({ alert }) => alert);
			let records: Change[] = [];
			try {
				records = await this.#archive.records(changes);
			} catch (error) {
				// They cannot be listed later, but they leave the box.
				this.#options.onWarning(sentenceOf(error));
			}
			await this.#outbox.post([...records, ...taken.flatMap((one) => one.records)], published);
			for (const { alert, publish } of changes) {
				this.#tell({ kind: "alert", alert });
				if (publish) this.#options.onAlert(alert);
			}
		}
		this.#storing = undefined;
	}

	#keepHouse(): void {
		this.#advisories.look();
		this.#keep([...this.#book.advance(Date.now() * 1000), ...this.#book.flush(false)]);
		if (this.#engine === undefined) return;
		if (++this.#silentLooks >= SILENT_LOOKS) {
			const seconds = (SILENT_LOOKS * HOUSEKEEPING_EVERY) / 1000;
			this.#endEngine(new EngineError("ENGINE_SILENT", `The engine gave no sign of life for ${seconds} seconds and was ended.`));
		}
		if (this.#isSeeing && Date.now() - this.#engineStarted > HOUSEKEEPING_EVERY) this.#self.engineRuns();
	}

	#tell(event: ViewEvent): void {
		for (const listener of this.#listeners) listener(event);
	}
}
