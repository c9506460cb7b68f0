/** The monitor about itself: blindness, lost frames, an engine that ended, a disk that takes nothing. Each becomes an alert, and ends when it is over. */
import type { AlertBook, AlertChange, KeptAlert } from "../alert/book.ts";
import {
	BLIND_INTERFACE,
	DROPPED_FRAMES,
	ENGINE_RESTARTED,
	SILENT_FACTOR,
	SILENT_SECONDS,
	STORE_FAILING,
	USUAL_SECONDS,
} from "../detect/blindness.ts";
import type { Detection, DetectionRecord } from "../detect/detection.ts";
import { durationWords } from "../detect/words.ts";
import type { InterfaceHealth, SensorHealth } from "../health/health.ts";

/** Seconds without a further drop after which drops are over. */
const DROPS_OVER = 60;

/** What frames of one interface have been like, seconds. */
interface Traffic {
	/** Of the first frame. */
	readonly born: number;
	/** Of the newest frame, or since when it is listened on again. */
	last: number;
	newestFrame: number;
	longestPause: number;
	isSilent: boolean;
}

export interface SelfWatchOptions {
	/** Name of the sensor: the source of what is said. */
	readonly sensor: string;
	readonly book: AlertBook;
	readonly keep: (changes: readonly AlertChange[]) => void;
	/** Seconds since the epoch. */
	readonly clock: () => number;
}

export class SelfWatch {
	readonly #options: SelfWatchOptions;
	/** Frames lost by this engine, and all that belong to the open alert. */
	#drops = { seen: 0, sum: 0, last: 0 };
	readonly #traffic = new Map<string, Traffic>();

	constructor(options: SelfWatchOptions) {
		this.#options = options;
	}

	engineEnded(sentence: string): void {
		this.#note(ENGINE_RESTARTED, `${sentence} It is started again with what it had learned; in between nothing is seen.`, "engine");
		this.#drops.seen = 0;
	}

	engineRuns(): void {
		this.#over(ENGINE_RESTARTED, "The engine runs again.", "engine");
	}

	interface(name: string, isBlind: boolean, time: number, sentence: string): void {
		const traffic = this.#traffic.get(name);
		if (traffic !== undefined) {
			traffic.last = time;
			traffic.isSilent = false;
		}
		if (isBlind) this.#note(BLIND_INTERFACE, sentence, name, time);
		else this.#over(BLIND_INTERFACE, sentence, name, time);
	}

	/** What the engine reports each second; `isLive` where interfaces are listened on and no captures are played. */
	health({ time, interfaces }: Pick<SensorHealth, "time" | "interfaces">, isLive: boolean): void {
		this.#countDrops(interfaces);
		if (isLive) for (const one of interfaces) this.#lookForSilence(one, time);
	}

	/** The disk does not take records, and why; undefined: it does again. */
	disk(problem: string | undefined): void {
		if (problem === undefined) this.#over(STORE_FAILING, "The disk takes records again.", "disk");
		else this.#note(STORE_FAILING, problem, "disk");
	}

	/** Conditions that were open when the station ended, and that nobody would close: what still holds is said anew. */
	closeStale(kept: readonly KeptAlert[], isWatched: (name: string) => boolean): void {
		for (const { key, alert } of kept) {
			if (alert.status !== "open") continue;
			if (alert.type === BLIND_INTERFACE.id && !isWatched(key)) this.#over(BLIND_INTERFACE, `${key} is not listened on any more.`, key);
			for (const record of [DROPPED_FRAMES, STORE_FAILING])
				if (alert.type === record.id) this.#over(record, "The monitor was started anew.", key);
		}
	}

	#countDrops(interfaces: readonly InterfaceHealth[]): void {
		const drops = this.#drops;
		const seen = interfaces.reduce((sum, { kernelDrops, interfaceDrops }) => sum + kernelDrops + interfaceDrops, 0);
		const now = this.#options.clock();
		const lost = seen - drops.seen;
		drops.seen = seen;
		if (lost > 0) {
			drops.sum += lost;
			drops.last = now;
			const sentence = `More frames come than the monitor can take: ${lost} were lost within a second, and what was in them was not seen.`;
			this.#note(DROPPED_FRAMES, sentence, "drops");
		} else if (drops.last > 0 && now - drops.last > DROPS_OVER) {
			this.#over(DROPPED_FRAMES, `${drops.sum} frames were lost, and what was in them was not seen; none for a minute now.`, "drops");
			drops.sum = 0;
			drops.last = 0;
		}
	}

	/** A mirror port that shows nothing keeps its link: only that frames stay away tells. */
	#lookForSilence({ name, state, lastFrame }: InterfaceHealth, time: number): void {
		if (state !== "up") return;
		const traffic = this.#traffic.get(name);
		if (traffic === undefined) {
			if (lastFrame > 0)
				this.#traffic.set(name, { born: lastFrame, last: lastFrame, newestFrame: lastFrame, longestPause: 0, isSilent: false });
			return;
		}
		const { last, longestPause } = traffic;
		// An engine that was started again has seen none yet.
		if (lastFrame > 0 && lastFrame !== traffic.newestFrame) {
			traffic.last = traffic.newestFrame = lastFrame;
			traffic.longestPause = Math.max(longestPause, lastFrame - last);
			if (traffic.isSilent) this.#over(BLIND_INTERFACE, `Frames come at ${name} again.`, name, time);
			traffic.isSilent = false;
			return;
		}
		const pause = time - last;
		if (traffic.isSilent || last - traffic.born < USUAL_SECONDS || pause < Math.max(SILENT_SECONDS, SILENT_FACTOR * longestPause)) return;
		traffic.isSilent = true;
		const [silence, usual] = [pause, Math.max(1, longestPause)].map((seconds) => durationWords(seconds * 1e6));
		const sentence = `${name} has its link, and no frame came for ${silence}; before, the longest pause was ${usual}. The mirror port may show nothing.`;
		this.#note(BLIND_INTERFACE, sentence, name, time);
	}

	#self({ id, severity, title }: DetectionRecord, sentence: string, key: string, time = this.#options.clock()): Detection {
		return {
			type: id,
			time: time * 1e6,
			source: { name: this.#options.sensor },
			key,
			sentence,
			confidence: 1,
			reasons: [{ points: severity, text: title }],
			frames: [],
		};
	}

	#note(record: DetectionRecord, sentence: string, key: string, time?: number): void {
		const change = this.#options.book.detect(this.#self(record, sentence, key, time));
		if (change !== undefined) this.#options.keep([change]);
	}

	#over(record: DetectionRecord, sentence: string, key: string, time?: number): void {
		const change = this.#options.book.end(this.#self(record, sentence, key, time));
		if (change !== undefined) this.#options.keep([change]);
	}
}
