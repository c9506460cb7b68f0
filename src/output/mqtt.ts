/**
 * MQTT (5.0 or 3.1.1) to one broker: alerts out of the outbox, in order and confirmed; what is retained (status, health, assets, PLCs) in its latest state.
 * Each connection is a client of its own with a clean session: what a broken connection left undone is known here, not in the client.
 */
import { hostname } from "node:os";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { Asset } from "../assets/asset.ts";
import type { PlcStatus } from "../baseline/status.ts";
import type { SensorHealth } from "../health/health.ts";
import type { MqttCommands } from "./mqttCommands.ts";
import { explainMqtt } from "./mqttError.ts";
import type { OutboxQueue } from "./outbox.ts";
import { baseTopic, topicLevel } from "./topic.ts";

/** Of the MQTT CONNECT packet: 4 is 3.1.1. It is given, not tried out: a broker that refuses one may be a broken one. */
export type MqttVersion = 4 | 5;

export interface MqttOptions {
	/** mqtt://host:1883 or mqtts://host:8883. */
	url: string;
	version: MqttVersion;
	/** Empty: made of site and sensor. Two clients with the same put each other out. */
	clientId: string;
	user?: string;
	password?: string;
	/** PEM. The broker's certificate is always verified: against `ca`, else against what the system trusts. */
	ca?: string;
	cert?: string;
	key?: string;
	/** First levels of all topics. */
	root: string;
	site: string;
	sensor: string;
	queue: OutboxQueue;
	/** Takes commands; absent where none are taken. */
	commands?: MqttCommands;
	/** Told once of each new reason for not being connected, and of messages that the broker will never take; one sentence. */
	onWarning: (sentence: string) => void;
	/** Told of each connection and its end. */
	onState?: (state: MqttState) => void;
	/** Pause before the second attempt, in milliseconds; doubled for each one after, up to a minute. */
	retryMilliseconds?: number;
	/** How long the broker may take to answer, in milliseconds. */
	patienceMilliseconds?: number;
}

export type MqttState = "connecting" | "connected" | "disconnected" | "stopped";

const RETRY = 1000;
const LONGEST_RETRY = 60_000;
const PATIENCE = 30_000;
/** Seconds between signs of life; a dead connection is noticed after one and a half of them. */
const KEEPALIVE = 30;
/** Messages on the way at a time: enough for 300 a second over a line of 50 ms, few to send again. */
const WINDOW = 16;
/** Topics whose latest state is held; a site with more devices than that has more than one sensor. */
const MAX_RETAINED = 20_000;
/** How long a goodbye may take, in milliseconds. */
const GOODBYE = 2000;
/** Reason codes that mean "never this message" (MQTT 5.0, 3.4.2.1): topic name invalid, packet too large, payload format invalid. */
const NEVER: ReadonlySet<number> = new Set([0x90, 0x95, 0x99]);

/** One connection. */
interface Session {
	client: MqttClient;
	isReady: boolean;
	inFlight: number;
	/** Sequence number of the last message handed to the client. */
	sent: number;
	window: number;
	/** Bytes that the broker takes at most. */
	maxBytes: number;
	/** False where the broker keeps nothing. */
	isRetaining: boolean;
	/** Why it ended, as far as known. */
	reason: unknown;
	/** Runs while something is on the way. */
	patience: NodeJS.Timeout | undefined;
}

const now = (): number => Math.round(Date.now() / 1000);

export class MqttOutput {
	readonly #options: MqttOptions;
	readonly #base: string;
	/** Payloads by topic. */
	readonly #retained = new Map<string, string>();
	/** Topics whose payload the broker does not have. */
	readonly #stale = new Set<string>();
	#session: Session | undefined;
	#retry: NodeJS.Timeout | undefined;
	#failures = 0;
	/** The last thing said, so that it is not said at every attempt. */
	#warned: string | undefined;
	#isFilling = false;
	#mustFill = false;
	#state: MqttState = "stopped";
	/** Why it is not connected, one sentence; undefined while it is. */
	problem: string | undefined;
	/** Messages that the broker will never take, and topics beyond the bound. */
	readonly counters = { refused: 0, unretained: 0 };

	constructor(options: MqttOptions) {
		this.#options = options;
		this.#base = baseTopic(options.root, options.site, options.sensor);
	}

	get state(): MqttState {
		return this.#state;
	}

	/** Connects, and again whenever the connection ends, until `stop`. Never throws: see `problem`. */
	start(): void {
		if (this.#state !== "stopped") return;
		this.#options.queue.listen(() => this.#fill());
		this.#connect();
	}

	/** Says goodbye, so that the broker does not send the Will, and ends. What is not confirmed stays in the outbox. */
	async stop(): Promise<void> {
		const session = this.#session;
		this.#options.queue.listen(undefined);
		clearTimeout(this.#retry);
		this.#session = undefined;
		this.#become("stopped");
		if (session === undefined) return;
		clearTimeout(session.patience);
		const { client } = session;
		if (session.isReady) {
			const offline = JSON.stringify({ state: "offline", time: now() });
			await within(GOODBYE, client.publishAsync(`${this.#base}/status`, offline, { qos: 1, retain: session.isRetaining }));
		}
		await within(GOODBYE, client.endAsync(!session.isReady));
		client.end(true);
	}

	/** Retained; call it every ten seconds or so. */
	health(health: SensorHealth): void {
		this.#retain("health", health);
	}

	/** Retained. */
	asset(asset: Asset): void {
		this.#retain(`asset/${topicLevel(asset.id)}`, asset);
	}

	/** Retained. Without values of the process: those leave the box in alerts alone. */
	plcs(plcs: readonly PlcStatus[]): void {
		for (const plc of plcs) {
			const { lastWrite, ...rest } = plc;
			const { value: _, ...write } = lastWrite ?? { value: null };
			this.#retain(`plc/${topicLevel(plc.id)}`, lastWrite === undefined ? rest : { ...rest, lastWrite: write });
		}
	}

	#retain(topic: string, document: unknown): void {
		const payload = JSON.stringify(document);
		const before = this.#retained.get(topic);
		if (before === payload) return;
		if (before === undefined && this.#retained.size >= MAX_RETAINED) {
			this.counters.unretained++;
			return;
		}
		this.#retained.set(topic, payload);
		this.#stale.add(topic);
		this.#fill();
	}

	#become(state: MqttState): void {
		if (state === this.#state) return;
		this.#state = state;
		this.#options.onState?.(state);
	}

	#connect(): void {
		const { url, version, clientId, user, password, ca, cert, key, site, sensor } = this.#options;
		const patience = this.#options.patienceMilliseconds ?? PATIENCE;
		this.#become("connecting");
		const settings: IClientOptions = {
			protocolVersion: version,
			clientId: clientId === "" ? `spanwatch-${site}-${sensor}-${hostname()}`.slice(0, 128) : clientId,
			clean: true,
			keepalive: KEEPALIVE,
			// Connecting again is our business: the client would send its own unconfirmed messages beside ours.
			reconnectPeriod: 0,
			connectTimeout: patience,
			rejectUnauthorized: true,
			will: { topic: `${this.#base}/status`, payload: Buffer.from('{"state":"offline"}'), qos: 1, retain: true },
			...(user !== undefined && { username: user }),
			...(password !== undefined && { password }),
			...(ca !== undefined && { ca }),
			...(cert !== undefined && { cert }),
			...(key !== undefined && { key }),
		};
		let client: MqttClient;
		try {
			client = mqtt.connect(url, settings);
		} catch (error) {
			// A key that is no PEM, a URL that is none: the same at the next attempt, but said, and never a crash.
			this.#ended(error);
			return;
		}
		const session: Session = {
			client,
			isReady: false,
			inFlight: 0,
			sent: 0,
			window: WINDOW,
			maxBytes: Number.POSITIVE_INFINITY,
			isRetaining: true,
			reason: undefined,
			patience: undefined,
		};
		this.#session = session;
		client.on("connect", ({ properties }) => {
			// It may say so after it was ended, when the broker's bytes were already there.
			if (session !== this.#session) return;
			session.isReady = true;
			session.window = Math.min(WINDOW, properties?.receiveMaximum ?? WINDOW);
			session.maxBytes = properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
			session.isRetaining = properties?.retainAvailable !== false;
			this.#greet(session);
		});
		// The first error says most; those that follow from it less. After each, whatever the client thinks, the connection is over.
		client.on("error", (error) => this.#break(session, error));
		client.on("disconnect", (packet) => this.#break(session, packet.reasonCode ? { code: packet.reasonCode } : undefined));
		client.on("close", () => this.#break(session, undefined));
	}

	/** Status first: once it is confirmed, the connection is good for more. */
	#greet(session: Session): void {
		for (const topic of this.#retained.keys()) this.#stale.add(topic);
		this.#publish(session, "status", JSON.stringify({ state: "online", time: now() }), session.isRetaining, () => {
			this.problem = undefined;
			this.#become("connected");
			this.#listen(session);
			this.#fill();
		});
	}

	/** Commands, where they are taken. A broker that does not let us subscribe is a problem to be said, and no reason to end the connection. */
	#listen(session: Session): void {
		const { commands } = this.#options;
		if (commands === undefined) return;
		const { client } = session;
		client.on("message", (topic, payload, { retain }) => {
			const isOurs = session === this.#session && topic.startsWith(`${this.#base}/`);
			if (!isOurs) return;
			void commands.take(topic.slice(this.#base.length + 1), payload, retain).then((answer) => {
				if (answer !== undefined && session === this.#session) this.#publish(session, answer.topic, answer.payload, false, () => {});
			});
		});
		const topics = commands.topics.map((topic) => `${this.#base}/${topic}`);
		client.subscribe(topics, { qos: 1 }, (error, granted) => {
			const refused = granted?.find(({ qos }) => qos >= 0x80)?.topic ?? (error ? topics[0] : undefined);
			if (refused !== undefined && session === this.#session)
				this.#options.onWarning(`The MQTT broker does not let this box subscribe to ${refused}: commands from there are not taken.`);
		});
	}

	#break(session: Session, reason: unknown): void {
		if (session !== this.#session) return;
		this.#session = undefined;
		clearTimeout(session.patience);
		session.client.end(true);
		this.#ended(reason, session.isReady);
	}

	/** Everything was delivered: whatever goes wrong from here is news. */
	#isWell(): void {
		this.#failures = 0;
		this.#warned = undefined;
	}

	#warn(sentence: string): void {
		if (sentence === this.#warned) return;
		this.#warned = sentence;
		this.#options.onWarning(sentence);
	}

	#ended(reason: unknown, wasReady = false): void {
		const { url, version, retryMilliseconds = RETRY } = this.#options;
		const problem = explainMqtt(reason, { url, version, wasReady });
		this.#warn(problem);
		this.problem = problem;
		this.#become("disconnected");
		const pause = Math.min(LONGEST_RETRY, retryMilliseconds * 2 ** Math.min(this.#failures++, 16));
		// Spread, so that the sensors of a site do not all come back to a restarted broker in the same moment.
		this.#retry = setTimeout(() => this.#connect(), pause * (0.75 + Math.random() / 2));
	}

	/** Hands over as much as may be on the way: alerts first, then what is retained. */
	async #fill(): Promise<void> {
		this.#mustFill = true;
		if (this.#isFilling) return;
		this.#isFilling = true;
		try {
			while (this.#mustFill) {
				this.#mustFill = false;
				const session = this.#session;
				if (session === undefined || this.#state !== "connected") break;
				await this.#alerts(session);
				if (session === this.#session) this.#states(session);
			}
		} catch (error) {
			// The store cannot be read: the outbox says so where it writes, and the next confirmation or alert tries again.
			this.#warn((error as Error).message);
		} finally {
			this.#isFilling = false;
		}
	}

	async #alerts(session: Session): Promise<void> {
		const { queue } = this.#options;
		while (session.inFlight < session.window) {
			const messages = await queue.take(session.sent, session.window - session.inFlight);
			if (messages.length === 0) return;
			for (const { sequence, alert } of messages) {
				if (session !== this.#session) return;
				session.sent = sequence;
				const topic = `alert/${alert.severityName}/${topicLevel(alert.type)}`;
				this.#publish(session, topic, JSON.stringify({ ...alert, sequence }), false, (isTaken) => {
					if (isTaken) queue.acknowledge(sequence);
					else queue.drop(sequence);
				});
			}
		}
	}

	#states(session: Session): void {
		for (const topic of this.#stale) {
			if (session.inFlight >= session.window) return;
			this.#stale.delete(topic);
			this.#publish(session, topic, this.#retained.get(topic)!, session.isRetaining, () => {});
		}
	}

	/** Publishes with QoS 1. `done` is called once it is confirmed, or will never be taken; not at all when the connection ends before. */
	#publish(session: Session, topic: string, payload: string, retain: boolean, done: (isTaken: boolean) => void): void {
		const refuse = (why: string) => {
			this.counters.refused++;
			this.#options.onWarning(
				`The MQTT broker takes no message of ${payload.length} bytes on ${this.#base}/${topic} (${why}); it was given up.`,
			);
			done(false);
		};
		// Topic, packet identifier and lengths come on top.
		if (Buffer.byteLength(payload) + this.#base.length + topic.length + 32 > session.maxBytes) {
			refuse("it is too large for it");
			return;
		}
		session.inFlight++;
		this.#wait(session);
		const onDone = (error?: Error) => {
			session.inFlight--;
			if (session !== this.#session) return;
			const code = (error as { code?: unknown } | undefined)?.code;
			if (error && !(typeof code === "number" && NEVER.has(code))) {
				this.#break(session, error);
				return;
			}
			this.#wait(session);
			if (error) refuse(error.message);
			else done(true);
			if (session.inFlight === 0 && this.#options.queue.waiting === 0) this.#isWell();
			void this.#fill();
		};
		try {
			session.client.publish(`${this.#base}/${topic}`, payload, { qos: 1, retain }, onDone);
		} catch (error) {
			// A client that has lost its ground between two of our looks: the connection is over, and no more than that.
			this.#break(session, error);
		}
	}

	/** A broker that answers pings but confirms nothing is no broker. */
	#wait(session: Session): void {
		clearTimeout(session.patience);
		session.patience = undefined;
		if (session.inFlight === 0) return;
		const patience = this.#options.patienceMilliseconds ?? PATIENCE;
		session.patience = setTimeout(() => this.#break(session, { code: "UNCONFIRMED" }), patience);
	}
}

/** Waits for a promise, but not for ever, and not for how it ends. */
function within(milliseconds: number, promise: Promise<unknown>): Promise<void> {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, milliseconds);
		const done = () => {
			clearTimeout(timer);
			resolve();
		};
		promise.then(done, done);
	});
}
