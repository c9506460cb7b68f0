/**
 * Which devices the box's advisories concern, kept up to date while the monitor runs: each device is compared when what it says of itself changes, and all when there
 * are other advisories. A thread does it (`advisoryWorker.ts`) that ends when nothing more is to be compared, and the memory of thousands of documents with it; what stays here
 * is what was found.
 */
import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { type AdvisoryMatch, bySeriousness, type Described, isDescribed } from "../assets/advisories/library.ts";
import type { AdvisoryNews, DeviceAdvisories } from "../web/view.ts";
import { advisoriesMark } from "./advisoryFiles.ts";
import type { AdvisoryOrder, AdvisoryReport, AdvisoryWorkerData } from "./advisoryWorker.ts";

/** Matches kept of all devices together, the most serious; about 3 kB each. */
const MAX_KEPT = 10_000;
/** So many more before the least serious go: sorting each time would hold up the station. */
const BEYOND = 1000;
/** Devices of one order; the next is given after the answer, so the answers never come faster than the station takes them. */
const ORDERED = 8;
/** Milliseconds that a thread with nothing to do stays: devices say who they are one after the other. */
const IDLE_AFTER = 120_000;
/** Heap of the thread: the most advisories that a box keeps take three quarters of it. */
const MEGABYTES = 768;
/** Mark of a file of which nothing can be told: any other differs. */
const UNKNOWN = "unknown";
/** Beside this module where it was compiled; a program of its own in the bundle. */
const WORKER = ["./advisoryWorker.js", "./advisoryWorker/advisoryWorker.js"];

export interface AdvisoryMatcherOptions {
	stateDir: string;
	/** What is found has changed. */
	onChange: () => void;
	/** One sentence, once for each file that is not as it should be. */
	onWarning: (sentence: string) => void;
}

export class AdvisoryMatcher {
	readonly #options: AdvisoryMatcherOptions;
	/** What devices say of themselves, with its words for comparing. Those of which no advisory can speak are not in it. */
	readonly #described = new Map<string, { device: Described; words: string }>();
	readonly #waiting = new Set<string>();
	readonly #found = new Map<string, DeviceAdvisories>();
	#kept = 0;
	/** Of the file that was read last. */
	#mark = "";
	#documents = 0;
	#problem: string | undefined;
	/** Nothing can be compared until the file is another. */
	#isFailed = false;
	#revision = 0;
	#worker: Worker | undefined;
	#isReading = false;
	/** The answer to an order is not there yet. */
	#isAsked = false;
	#idle: NodeJS.Timeout | undefined;

	constructor(options: AdvisoryMatcherOptions) {
		this.#options = options;
	}

	get news(): AdvisoryNews {
		return {
			documents: this.#documents,
			described: this.#described.size,
			isComparing: this.#isReading || this.#isAsked,
			revision: this.#revision,
			...(this.#problem !== undefined && { problem: this.#problem }),
			devices: [...this.#found.values()],
		};
	}

	/** Takes up an import. */
	look(): void {
		const { stateDir } = this.#options;
		let mark: string;
		try {
			mark = advisoriesMark(stateDir);
		} catch (error) {
			this.#mark = UNKNOWN;
			return void this.#fail(`The advisories in ${stateDir} cannot be read (${(error as Error).message}).`);
		}
		if (mark === this.#mark) return;
		this.#mark = mark;
		this.#end();
		this.#problem = undefined;
		this.#isFailed = false;
		for (const id of this.#described.keys()) this.#waiting.add(id);
		if (mark === "") this.#empty();
		else this.#start();
	}

	/** A device that is new, or says something else of itself. */
	take(device: Described): void {
		const { id, vendor, model, firmware, identities } = device;
		if (!isDescribed(device)) return void this.#forget(id);
		const words = JSON.stringify([vendor, model, firmware, identities]);
		if (words === this.#described.get(id)?.words) return;
		this.#described.set(id, {
			device: {
				id,
				...(vendor !== undefined && { vendor }),
				...(model !== undefined && { model }),
				...(firmware !== undefined && { firmware }),
				...(identities !== undefined && { identities }),
			},
			words,
		});
		this.#waiting.add(id);
	}

	/** Forgets devices that are gone. */
	retain(ids: ReadonlyMap<string, unknown>): void {
		for (const id of this.#described.keys()) if (!ids.has(id)) this.#forget(id);
	}

	/** Has what was taken compared. */
	compare(): void {
		if (this.#waiting.size === 0 || this.#documents === 0 || this.#isFailed || this.#isReading || this.#isAsked) return;
		if (this.#worker === undefined) return void this.#start();
		const order: Described[] = [];
		for (const id of this.#waiting) {
			this.#waiting.delete(id);
			if (order.push(this.#described.get(id)!.device) === ORDERED) break;
		}
		this.#isAsked = true;
		clearTimeout(this.#idle);
		this.#worker.postMessage(order satisfies AdvisoryOrder);
	}

	async stop(): Promise<void> {
		const worker = this.#worker;
		this.#end();
		await worker?.terminate();
	}

	#start(): void {
		const path = WORKER.map((file) => new URL(file, import.meta.url)).find((url) => existsSync(url));
		let worker: Worker;
		try {
			worker = new Worker(path!, {
				workerData: this.#options.stateDir satisfies AdvisoryWorkerData,
				resourceLimits: { maxOldGenerationSizeMb: MEGABYTES },
			});
		} catch (error) {
			return void this.#fail(`The advisories could not be compared (${(error as Error).message}).`);
		}
		this.#worker = worker;
		this.#isReading = true;
		worker.on("message", (report: AdvisoryReport) => {
			if (worker === this.#worker) this.#hear(report);
		});
		worker.on("error", (error: NodeJS.ErrnoException) => {
			if (worker !== this.#worker) return;
			this.#end();
			this.#fail(
				error.code === "ERR_WORKER_OUT_OF_MEMORY"
					? `The advisories take more than the ${MEGABYTES} megabytes that there are for them: import fewer.`
					: `The advisories could not be compared (${error.message}).`,
			);
		});
	}

	#hear(report: AdvisoryReport): void {
		if (report.kind === "problem") {
			this.#end();
			this.#fail(report.sentence);
		} else if (report.kind === "library") {
			this.#isReading = false;
			this.#documents = report.documents;
			if (report.damaged > 0)
				this.#say(
					`${report.damaged} ${report.damaged === 1 ? "line" : "lines"} of the box's advisories cannot be read: import the advisories again.`,
				);
			if (report.documents === 0) {
				this.#end();
				this.#empty();
			} else {
				this.compare();
				this.#rest();
				this.#changed();
			}
		} else {
			this.#isAsked = false;
			for (const device of report.devices) this.#put(device);
			this.#trim();
			this.compare();
			this.#rest();
			this.#changed();
		}
	}

	/** Ends a thread that is not asked for a while. */
	#rest(): void {
		if (this.#isAsked) return;
		clearTimeout(this.#idle);
		this.#idle = setTimeout(() => this.#end(), IDLE_AFTER).unref();
	}

	#end(): void {
		clearTimeout(this.#idle);
		void this.#worker?.terminate();
		this.#worker = undefined;
		this.#isReading = false;
		this.#isAsked = false;
	}

	#put(device: DeviceAdvisories): void {
		// Gone meanwhile.
		if (!this.#described.has(device.asset)) return;
		this.#drop(device.asset);
		if (device.affected + device.mayBeAffected === 0) return;
		this.#found.set(device.asset, device);
		this.#kept += device.matches.length;
	}

	#drop(id: string): void {
		this.#kept -= this.#found.get(id)?.matches.length ?? 0;
		this.#found.delete(id);
	}

	#forget(id: string): void {
		this.#described.delete(id);
		this.#waiting.delete(id);
		if (!this.#found.has(id)) return;
		this.#drop(id);
		this.#changed();
	}

	/** Keeps to the bound; the numbers of each device stay true. */
	#trim(): void {
		if (this.#kept <= MAX_KEPT + BEYOND) return;
		const all = [...this.#found.values()].flatMap(({ matches }) => matches).sort(bySeriousness);
		const kept = new Set<AdvisoryMatch>(all.slice(0, MAX_KEPT));
		for (const device of this.#found.values()) device.matches = device.matches.filter((match) => kept.has(match));
		this.#kept = kept.size;
	}

	#empty(): void {
		this.#documents = 0;
		this.#found.clear();
		this.#kept = 0;
		this.#changed();
	}

	/** What was found before stays. */
	#fail(sentence: string): void {
		this.#isFailed = true;
		if (sentence === this.#problem) return;
		this.#say(sentence);
		this.#changed();
	}

	#say(sentence: string): void {
		// A thread that was started again reads the same file.
		if (sentence !== this.#problem) this.#options.onWarning(sentence);
		this.#problem = sentence;
	}

	#changed(): void {
		this.#revision++;
		this.#options.onChange();
	}
}
