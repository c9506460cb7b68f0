/**
 * What outlives one message: which nodes there are, who speaks for them, what their births named, how far they have counted; one for the whole engine, as a birth may pass on another connection than the data.
 * Every table has a bound; the oldest entry gives way, which is counted.
 */
import type { Endpoint } from "../../src/flow/flow.ts";
import type { Metric, OtherSpeaker, SparkplugObservation } from "./observation.ts";

/** Nodes and host applications of a site. */
const MAX_SPEAKERS = 2048;
/** Names of metrics of all births. */
const MAX_NAMES = 131_072;
/** Commands that were sent to a broker, and microseconds within which a copy of one is that. */
const MAX_COMMANDS = 256;
const COPIED = 30_000_000;
const SEQUENCES = 256;

interface Named {
	readonly name: string;
	readonly datatype: number;
}

/** A node with its devices, or a host application. */
export class Speaker {
	/** Who was born last, or was seen first. Owned. */
	end: Endpoint | undefined = undefined;
	#frame = 0;
	#time = 0;
	#sequence = -1;
	birthSequence = -1;
	/** By alias; and by name of a metric of the node or one of its devices. */
	readonly aliases = new Map<number, Named>();
	readonly types = new Map<string, number>();

	/**
	 * Somebody speaks. A birth gives the name to who sends it; where another one speaks within `window` microseconds, this is whose name it is. After that it has moved, and its birth was not
	 * seen.
	 */
	speaks({ ip, port, mac }: Endpoint, isBirth: boolean, window: number, time: number, frame: number): OtherSpeaker | undefined {
		if (this.end?.ip !== ip) {
			if (this.end?.ip !== undefined && !isBirth && time - this.#time < window) return { host: this.end.ip, frame: this.#frame };
			this.end = { ip, port, mac };
		}
		this.#time = time;
		this.#frame = frame;
		return undefined;
	}

	/** Takes the next number; the one that had to come, or -1. */
	count(sequence: number, isBirth: boolean): number {
		const expected = isBirth || this.#sequence < 0 ? -1 : (this.#sequence + 1) % SEQUENCES;
		this.#sequence = sequence;
		return expected === sequence ? -1 : expected;
	}
}

export class Memory {
	readonly #speakers = new Map<string, Speaker>();
	readonly #commands = new Map<string, number>();
	#names = 0;

	speaker(key: string, count: (what: string) => void): Speaker {
		let speaker = this.#speakers.get(key);
		if (speaker === undefined) {
			if (this.#speakers.size >= MAX_SPEAKERS) {
				const [oldest, one] = this.#speakers.entries().next().value!;
				this.#forget(one);
				this.#speakers.delete(oldest);
				count("sparkplug nodes");
			}
			speaker = new Speaker();
			this.#speakers.set(key, speaker);
		}
		return speaker;
	}

	/** A birth names all of its metrics; that of a node begins anew, also for its devices. */
	name(speaker: Speaker, o: SparkplugObservation, count: (what: string) => void): void {
		if (o.device === "") this.#forget(speaker);
		for (const { name, alias, datatype } of o.metrics) {
			if (name === "") continue;
			if (this.#names >= MAX_NAMES) {
				count("sparkplug names of metrics");
				return;
			}
			const key = keyOf(o.device, name);
			if (!speaker.types.has(key)) this.#names++;
			speaker.types.set(key, datatype);
			if (alias < 0) continue;
			if (!speaker.aliases.has(alias)) this.#names++;
			speaker.aliases.set(alias, { name, datatype });
		}
	}

	/** Name and type of a metric, as far as it does not say them itself. */
	named(speaker: Speaker, device: string, metric: Metric): Named | undefined {
		if (metric.name === "") return speaker.aliases.get(metric.alias);
		const datatype = speaker.types.get(keyOf(device, metric.name));
		return datatype === undefined ? undefined : { name: metric.name, datatype };
	}

	/** A command goes to a broker. */
	sent(key: string, time: number): void {
		if (this.#commands.size >= MAX_COMMANDS) this.#commands.delete(this.#commands.keys().next().value!);
		this.#commands.delete(key);
		this.#commands.set(key, time);
	}

	/** It was seen on its way to a broker. */
	wasSent(key: string, time: number): boolean {
		return time - (this.#commands.get(key) ?? Number.NEGATIVE_INFINITY) < COPIED;
	}

	#forget(speaker: Speaker): void {
		this.#names -= speaker.aliases.size + speaker.types.size;
		speaker.aliases.clear();
		speaker.types.clear();
	}
}

const keyOf = (device: string, name: string): string => `${device}/${name}`;

const memories = new WeakMap<object, Memory>();

/** The memory of the engine that has this clock. */
export function memoryOf(clock: object): Memory {
	let memory = memories.get(clock);
	if (memory === undefined) {
		memory = new Memory();
		memories.set(clock, memory);
	}
	return memory;
}
