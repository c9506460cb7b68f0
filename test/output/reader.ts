/** A subscriber for tests: a real MQTT client that remembers what came and lets a test wait for it. */
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";

export interface Received {
	topic: string;
	text: string;
	retain: boolean;
	qos: number;
}

export class Reader {
	readonly client: MqttClient;
	readonly received: Received[] = [];
	#waiting: { isDone: () => boolean; resolve: () => void }[] = [];

	private constructor(client: MqttClient) {
		this.client = client;
		client.on("error", () => {});
		client.on("message", (topic, payload, { retain, qos }) => {
			this.received.push({ topic, text: payload.toString(), retain, qos });
			this.#waiting = this.#waiting.filter(({ isDone, resolve }) => !isDone() || void resolve());
		});
	}

	/** Resolves once it is subscribed; it connects and subscribes again by itself. */
	static async open(url: string, filter = "spanwatch/#", options: IClientOptions = {}): Promise<Reader> {
		const client = await mqtt.connectAsync(url, { reconnectPeriod: 50, ...options });
		const reader = new Reader(client);
		await client.subscribeAsync(filter, { qos: 1 });
		return reader;
	}

	until(isDone: () => boolean): Promise<void> {
		if (isDone()) return Promise.resolve();
		return new Promise((resolve) => this.#waiting.push({ isDone, resolve }));
	}

	/** Alerts as they came: sequence number and sentence. */
	get alerts(): { topic: string; sequence: number; sentence: string; id: string; qos: number; retain: boolean }[] {
		return this.received
			.filter(({ topic }) => topic.includes("/alert/"))
			.map(({ topic, text, qos, retain }) => ({
				topic,
				qos,
				retain,
				...(JSON.parse(text) as { sequence: number; sentence: string; id: string }),
			}));
	}

	latest(topic: string): Received | undefined {
		return this.received.findLast((one) => one.topic === topic);
	}

	async close(): Promise<void> {
		await this.client.endAsync(true);
	}
}
