/**
 * Commands over MQTT. Who gives one is not what the message says: each user has a topic of his own, `command/USER`, to which the broker lets that user alone
 * publish; so the topic's name is the user that the broker has authenticated. The configuration names the users; without any nothing is subscribed to.
 *
 * A message is {id, time, command}: an id that was never used before and the time of now, in seconds, keep a recorded message from being played again, also over
 * a restart. The answer goes to `result/USER`: {id, ok, entry?, code?, sentence}.
 */
import { CommandError } from "../config/commandError.ts";

/** Longest message, bytes. */
const MAX_BYTES = 32 << 10;
/** Seconds that the sender's clock may be off, and a message may be on its way. */
const MAX_AGE = 60;
/** Ids that are remembered at most; they are forgotten once their time is past. */
const MAX_SEEN = 1000;
/** Commands of one user within a minute. */
const MAX_PER_MINUTE = 30;
const MINUTE = 60;
const ID = /^[A-Za-z0-9_-]{8,64}$/;

/** Who carries them out. */
export interface CommandTaker {
	run(
		value: unknown,
		actor: { user: string; via: "mqtt" },
		once: { id: string; time: number },
	): Promise<{ entry: string; sentence: string }>;
	wasSeen(id: string): boolean;
	readonly seen: number;
	forgetBefore(time: number): void;
}

export interface MqttAnswer {
	/** Below the sensor's topics. */
	topic: string;
	payload: string;
}

export class MqttCommands {
	readonly #users: readonly string[];
	readonly #taker: CommandTaker;
	/** Seconds since the epoch. */
	readonly #clock: () => number;
	readonly #rates = new Map<string, { since: number; count: number }>();
	/** Messages that were not carried out. */
	refused = 0;

	constructor(users: readonly string[], taker: CommandTaker, clock: () => number) {
		this.#users = users;
		this.#taker = taker;
		this.#clock = clock;
	}

	/** What to subscribe to, below the sensor's topics. */
	get topics(): string[] {
		return this.#users.map((user) => `command/${user}`);
	}

	/** Takes one message of a topic below the sensor's; gives the answer, or undefined where there is nobody to answer. Never throws. */
	async take(topic: string, payload: Uint8Array, isRetained: boolean): Promise<MqttAnswer | undefined> {
		const user = this.#users.find((one) => topic === `command/${one}`);
		if (user === undefined) return undefined;
		let id: unknown;
		const before = this.#countOf(user);
		if (before > MAX_PER_MINUTE) {
			// Said once: a flood gets no flood of answers.
			this.refused++;
			return undefined;
		}
		try {
			if (before === MAX_PER_MINUTE)
				throw new CommandError("COMMAND_BUSY", `More than ${MAX_PER_MINUTE} commands within a minute: wait a little.`);
			const message = read(payload);
			id = message.id;
			const answer = await this.#run(user, message, isRetained);
			return { topic: `result/${user}`, payload: JSON.stringify({ id, ok: true, ...answer }) };
		} catch (error) {
			this.refused++;
			const { code, message } = error as { code?: string; message: string };
			const isOurs = error instanceof CommandError;
			const sentence = isOurs ? message : "The box could not carry it out: try again, then look at its log.";
			const answer = { ...(typeof id === "string" && ID.test(id) && { id }), ok: false, code: isOurs ? code : "COMMAND_FAILED", sentence };
			return { topic: `result/${user}`, payload: JSON.stringify(answer) };
		}
	}

	async #run(user: string, { id, time, command }: Message, isRetained: boolean): Promise<{ entry: string; sentence: string }> {
		const now = this.#clock();
		if (isRetained) throw new CommandError("COMMAND_LATE", "A retained command is not taken: publish it without retain.");
		if (Math.abs(now - time) > MAX_AGE)
			throw new CommandError("COMMAND_LATE", `The command is not of now: its time and the box's differ by more than ${MAX_AGE} seconds.`);
		this.#taker.forgetBefore(now - 2 * MAX_AGE);
		const name = `${user}/${id}`;
		if (this.#taker.wasSeen(name))
			throw new CommandError("COMMAND_REPEATED", "A command with this id was carried out before: give each a new id.");
		if (this.#taker.seen >= MAX_SEEN) throw new CommandError("COMMAND_BUSY", "Too many commands: wait a minute.");
		return this.#taker.run(command, { user, via: "mqtt" }, { id: name, time });
	}

	/** Messages of this user within the minute before this one, which is counted. */
	#countOf(user: string): number {
		const now = this.#clock();
		const rate = this.#rates.get(user);
		if (rate !== undefined && Math.abs(now - rate.since) < MINUTE) return rate.count++;
		this.#rates.set(user, { since: now, count: 1 });
		return 0;
	}
}

interface Message {
	id: string;
	time: number;
	command: unknown;
}

function read(payload: Uint8Array): Message {
	const fail = (sentence: string): never => {
		throw new CommandError("COMMAND_INVALID", sentence);
	};
	if (payload.length > MAX_BYTES) fail(`The message is longer than ${MAX_BYTES} bytes.`);
	let value: unknown;
	try {
		value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
	} catch {
		fail("The message is no JSON in UTF-8.");
	}
	if (typeof value !== "object" || value === null || Array.isArray(value)) fail("The message must hold id, time and command.");
	const { id, time, command, ...rest } = value as Record<string, unknown>;
	const [unknown] = Object.keys(rest);
	if (unknown !== undefined) fail(`The message must hold id, time and command alone; it has ${JSON.stringify(unknown).slice(0, 60)}.`);
	if (typeof id !== "string" || !ID.test(id)) fail("id must be 8 to 64 letters, digits, - and _.");
	if (typeof time !== "number" || !Number.isFinite(time)) fail("time must be the seconds since the epoch.");
	return { id: id as string, time: time as number, command };
}
