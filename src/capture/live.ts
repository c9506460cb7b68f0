/**
 * Live capture on one or several interfaces and serial lines, each through a sniffer process of its own (`sniffer.ts`, `serialSniffer.ts`). Listens only: nothing is
 * ever sent.
 *
 * A sniffer that ends (its interface went down, its session went deaf, it was killed) is started again at once, and after each further end a
 * little later, so that an interface that keeps falling costs at most one process a second. Back-pressure is the pipe: frames are taken
 * synchronously, so while the taker works the pipe fills, the sniffer waits, and what the kernel cannot hold is counted as `kernelDrops`.
 */

import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { InterfaceHealth } from "../health/health.ts";
import { CAPTURE_ERROR, CaptureError } from "./error.ts";
import type { Frame, OnFrame } from "./frame.ts";
import type { SnifferMessage } from "./parent.ts";
import { CaptureReader } from "./reader.ts";
import type { SerialSettings } from "./serialSettings.ts";
import type { SerialSnifferOptions } from "./serialSniffer.ts";
import type { SnifferOptions } from "./sniffer.ts";

/** A card that joins segments hands over frames up to 64 KB. More than frames need costs nothing: the kernel packs them tightly. */
const SNAP_LENGTH = 65_535;
/** Kernel buffer: 2 s of 200,000 small frames a second. */
const BUFFER_BYTES = 64 << 20;
/** Pause before a sniffer is started again, doubled for each end that follows soon. */
const RESTART_MILLIS = 25;
const LONGEST_RESTART_MILLIS = 1000;
/** A sniffer that lived so long was well: the next pause is the shortest again. */
const WELL_MILLIS = 5000;
/** A sniffer gives a sign of life every second; one that is silent for so many looks, a second apart, hangs. */
const SILENT_LOOKS = 6;
const LOOK_MILLIS = 1000;
/** What a sniffer may take to hand over its last frames when it is to stop. */
const STOP_MILLIS = 500;
/** Frames are taken for so long at a time; then timers and everybody else get their turn. */
const TURN_MILLIS = 20;
/** Kept of what a dying sniffer says. */
const LAST_WORDS_BYTES = 2000;

export interface LiveOptions {
	/** Names as the system has them. */
	interfaces: readonly string[];
	/** A BPF filter as for tcpdump; empty for all. */
	filter?: string;
	/** Bytes kept of each frame, 64 to 65535. */
	snapLength?: number;
	/** Bytes of the kernel's buffer, for each interface. */
	bufferBytes?: number;
	/** Serial lines; each counts as one more interface. */
	serial?: readonly SerialSettings[];
}

/** An interface was lost to our sight or came back. Blindness is every state but "up". */
export interface InterfaceEvent {
	/** Seconds since the epoch. */
	time: number;
	interfaceId: number;
	name: string;
	state: InterfaceHealth["state"];
	/** Seconds since the state before was entered; for "up", how long we were blind. */
	seconds: number;
	/** What happened, for a person. */
	sentence: string;
}

export class LiveCapture {
	readonly #interfaces: LiveInterface[];
	#frames = 0;

	/** Nothing is opened before `start`. Throws a `CaptureError` when this program is not built. */
	constructor(options: LiveOptions) {
		const names = [...new Set(options.interfaces)];
		this.#interfaces = names.map(
			(name, index) =>
				new LiveInterface(program("sniffer"), index, name, {
					interface: name,
					filter: options.filter ?? "",
					snapLength: options.snapLength ?? SNAP_LENGTH,
					bufferBytes: options.bufferBytes ?? BUFFER_BYTES,
					mustExist: true,
				}),
		);
		for (const line of options.serial ?? []) {
			if (this.#interfaces.some(({ health }) => health.name === line.name)) continue;
			this.#interfaces.push(new LiveInterface(program("serialSniffer"), this.#interfaces.length, line.name, { ...line, mustExist: true }));
		}
	}

	/**
	 * Starts listening. Frames of all interfaces come to `onFrame` on loan, numbered together from 1 as they arrive, with `interfaceId` their place
	 * in the list; of each interface in order, between two interfaces a few milliseconds apart. `onEvent` hears of every change of state.
	 * Resolves when every interface is open or is waited for (one that is down); rejects with a `CaptureError`, all stopped, when one cannot be
	 * captured at all: no such name, no privilege, a bad filter, `pcap` missing. Later trouble is an event, and is tried again for ever.
	 */
	async start(onFrame: OnFrame, onEvent: (event: InterfaceEvent) => void = () => {}): Promise<void> {
		const take = (frame: Frame, id: number) => {
			frame.number = ++this.#frames;
			frame.interfaceId = id;
			onFrame(frame);
		};
		try {
			await Promise.all(this.#interfaces.map((one) => one.start(take, onEvent)));
		} catch (error) {
			await this.stop();
			throw error;
		}
	}

	/** In the order of the interfaces. Drops are up to date to a second. */
	health(): InterfaceHealth[] {
		return this.#interfaces.map((one) => ({ ...one.health }));
	}

	/** Ends all sniffers; what they have captured is handed over first, as far as half a second suffices. */
	async stop(): Promise<void> {
		await Promise.all(this.#interfaces.map((one) => one.stop()));
	}
}

/** One interface and its sniffer of the hour. */
class LiveInterface {
	readonly health: InterfaceHealth;
	readonly #id: number;
	readonly #path: string;
	readonly #options: SnifferOptions | SerialSnifferOptions;
	#onFrame: (frame: Frame, id: number) => void = () => {};
	#onEvent: (event: InterfaceEvent) => void = () => {};
	/** Settles `start`; undefined once it has. */
	#starting: { resolve: () => void; reject: (error: CaptureError) => void } | undefined;
	#child: ChildProcess | undefined;
	#closed: Promise<void> = Promise.resolve();
	#restart: NodeJS.Timeout | undefined;
	#isStopping = false;
	#since = Date.now();
	#lastSentence = "";
	#soon = 0;
	#silentLooks = 0;
	/** Drops of the sniffers before this one. */
	#kernelDrops = 0;
	#interfaceDrops = 0;

	constructor(path: string, id: number, name: string, options: SnifferOptions | SerialSnifferOptions) {
		this.#path = path;
		this.#id = id;
		this.#options = options;
		this.health = { name, state: "down", frames: 0, kernelDrops: 0, interfaceDrops: 0, lastFrame: 0 };
	}

	start(onFrame: (frame: Frame, id: number) => void, onEvent: (event: InterfaceEvent) => void): Promise<void> {
		this.#onFrame = onFrame;
		this.#onEvent = onEvent;
		return new Promise((resolve, reject) => {
			this.#starting = { resolve, reject };
			this.#fork();
		});
	}

	async stop(): Promise<void> {
		this.#isStopping = true;
		clearTimeout(this.#restart);
		const child = this.#child;
		if (child !== undefined) {
			if (child.connected) child.disconnect();
			const kill = setTimeout(() => child.kill("SIGKILL"), STOP_MILLIS);
			await this.#closed;
			clearTimeout(kill);
		}
		// Who was never told that it began is not told that it ended.
		if (this.#options.mustExist) this.health.state = "ended";
		else this.#enter("ended", `Capture on ${this.health.name} has ended.`);
	}

	#fork(): void {
		const started = Date.now();
		const child = fork(this.#path, [JSON.stringify(this.#options)], { stdio: ["ignore", "pipe", "pipe", "ipc"], execArgv: [] });
		this.#child = child;
		this.#silentLooks = 0;
		const health = this.health;
		const onFrame = this.#onFrame;
		const id = this.#id;
		const reader = new CaptureReader((frame) => onFrame(frame, id), {
			name: health.name,
			onStatistics: ({ kernelDrops, interfaceDrops }) => {
				health.kernelDrops = this.#kernelDrops + kernelDrops;
				health.interfaceDrops = this.#interfaceDrops + interfaceDrops;
			},
		});
		let lastWords = "";
		let explained = false;
		const look = setInterval(() => {
			if (++this.#silentLooks >= SILENT_LOOKS) child.kill("SIGKILL");
		}, LOOK_MILLIS);

		const frames = child.stdout!;
		let turnEnds = 0;
		frames.on("data", (chunk: Buffer) => {
			this.#silentLooks = 0;
			if (turnEnds === 0) turnEnds = performance.now() + TURN_MILLIS;
			const before = reader.frames;
			reader.push(chunk);
			if (reader.frames > before) {
				health.frames += reader.frames - before;
				health.lastFrame = reader.lastTime / 1e6;
			}
			if (performance.now() < turnEnds) return;
			frames.pause();
			setImmediate(() => {
				turnEnds = 0;
				frames.resume();
			});
		});
		child.stderr!.setEncoding("utf8").on("data", (words: string) => {
			lastWords = (lastWords + words).slice(-LAST_WORDS_BYTES);
		});
		child.on("message", (message: SnifferMessage) => {
			this.#silentLooks = 0;
			explained = message.type === "failed" || message.type === "blind";
			this.#hear(message);
		});
		let how = "";
		const exit = new Promise<void>((resolve) => {
			child.on("exit", (code, signal) => {
				how = signal ?? `exit code ${code}`;
				resolve();
			});
			// Could not be started at all: then there is no exit.
			child.on("error", (error) => {
				how = error.message;
				if (child.pid === undefined) resolve();
			});
		});
		// Not the event "close" of the process: it does not come when a channel is disconnected while the process ends.
		const drained = new Promise<void>((resolve) => frames.on("close", resolve));
		this.#closed = Promise.all([exit, drained]).then(() => {
			clearInterval(look);
			this.#child = undefined;
			this.#kernelDrops = health.kernelDrops;
			this.#interfaceDrops = health.interfaceDrops;
			if (this.#isStopping) return;
			if (!explained) {
				const why = lastWords.trim().split("\n").at(-1) || how;
				this.#fail(new CaptureError(CAPTURE_ERROR.openFailed, `The capture process of ${health.name} ended unexpectedly (${why}).`));
			}
			if (this.#isStopping) return;
			this.#soon = Date.now() - started < WELL_MILLIS ? this.#soon + 1 : 0;
			const delay = Math.min(LONGEST_RESTART_MILLIS, RESTART_MILLIS * 2 ** Math.min(this.#soon, 10));
			this.#restart = setTimeout(() => this.#fork(), delay);
		});
	}

	#hear(message: SnifferMessage): void {
		if (this.#isStopping) return;
		const { name } = this.health;
		if (message.type === "failed") {
			this.#fail(new CaptureError(message.code, message.sentence));
			return;
		}
		this.#options.mustExist = false;
		if (message.type === "blind") this.#enter(message.state, message.sentence);
		else if (message.type === "seeing") this.#enter("up", `${name} has its link again.`);
		else this.#enter("up", `Capture on ${name} is open${message.as === undefined ? "" : ` at ${message.as}`}.`);
		this.#starting?.resolve();
		this.#starting = undefined;
	}

	/** At the start it is the end; later it is tried again. */
	#fail(error: CaptureError): void {
		if (this.#starting === undefined) {
			this.#enter("deaf", error.message);
			return;
		}
		this.#isStopping = true;
		this.#starting.reject(error);
		this.#starting = undefined;
	}

	#enter(state: InterfaceHealth["state"], sentence: string): void {
		const isNew = state !== this.health.state;
		if (!isNew && (state === "up" || sentence === this.#lastSentence)) return;
		const now = Date.now();
		const seconds = (now - this.#since) / 1000;
		if (isNew) this.#since = now;
		this.#lastSentence = sentence;
		this.health.state = state;
		this.#onEvent({ time: now / 1000, interfaceId: this.#id, name: this.health.name, state, seconds, sentence });
	}
}

/** A sniffer, a program of its own: beside this one in the bundle; what runs from elsewhere finds it where the build put it. */
function program(name: "sniffer" | "serialSniffer"): string {
	// None of these lies outside of the project: what is found is run.
	const places = ["./", "../../program/", "../../dist/program/"].map((folder) =>
		fileURLToPath(new URL(`${folder}${name}/${name}.js`, import.meta.url)),
	);
	const found = places.find((place) => existsSync(place));
	if (found === undefined)
		throw new CaptureError(CAPTURE_ERROR.notBuilt, `Live capture needs the built program (${places.at(-1)}): run "npm run build".`);
	return found;
}
