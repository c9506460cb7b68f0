/** The engine under test, from frames to alerts, in one place: what it learned can be kept and given to another, and what it alerts is collected as a SOC would get it. */
import { protocols, services } from "../../protocols/index.ts";
import type { Alert } from "../../src/alert/alert.ts";
import { AlertBook, type AlertChange } from "../../src/alert/book.ts";
import { Engine } from "../../src/app/engine.ts";
import { records } from "../../src/app/records.ts";
import { vendorOf } from "../../src/assets/vendor.ts";
import type { Frame } from "../../src/capture/frame.ts";
import { Analyst, type AnalystOptions } from "../../src/detect/analyst.ts";
import { type Rule, TamperedAnalyst } from "./tampering.ts";

/** From here on an alert is more than informational. */
const FINDING = 30;
/** How often the book closes what is quiet, microseconds of capture time. */
const BOOK_MICROS = 60e6;

/** What was learned, as the store would hold it: JSON by key. */
export type Knowledge = ReadonlyMap<string, string>;

/** An alert above informational, and when it became one, microseconds since the epoch. */
export interface Finding {
	alert: Alert;
	key: string;
	time: number;
}

/** What makes two alerts the same happening. */
export const foldOf = ({ alert, key }: Finding): string =>
	JSON.stringify([alert.type, alert.source.ip ?? alert.source.mac, alert.destination?.ip ?? alert.destination?.mac, key]);

export class Watch {
	readonly analyst: Analyst;
	readonly engine: Engine;
	readonly #book: AlertBook;
	readonly #alerts = new Map<string, { alert: Alert; key: string }>();
	readonly #found = new Map<string, number>();
	readonly #kept = new Map<string, string>();
	#nextBook = 0;

	constructor(options: { knowledge?: Knowledge; learningSeconds?: number; rule?: Rule } = {}) {
		this.#book = new AlertBook({ site: "plant", sensor: "evaluation", records });
		const analystOptions: AnalystOptions = {
			protocols,
			vendorOf,
			...(options.learningSeconds !== undefined && { learningSeconds: options.learningSeconds }),
			onDetection: (detection) => {
				const change = this.#book.detect(detection);
				// It counts from when it leaves, not from when what it is about was seen.
				if (change !== undefined) this.#take(change, Math.max(detection.time, this.engine.time));
			},
		};
		this.analyst = options.rule === undefined ? new Analyst(analystOptions) : new TamperedAnalyst(analystOptions, options.rule);
		if (options.knowledge !== undefined) {
			for (const [key, value] of options.knowledge) this.#kept.set(key, value);
			this.analyst.restore([...options.knowledge].map(([key, value]) => [key, JSON.parse(value)]));
		}
		this.engine = new Engine({ protocols, services, analyst: this.analyst });
	}

	readonly frame = (frame: Readonly<Frame>): void => {
		if (frame.time >= this.#nextBook) {
			this.#nextBook = frame.time + BOOK_MICROS;
			for (const change of this.#book.advance(frame.time)) this.#take(change, frame.time);
		}
		this.engine.frame(frame);
	};

	/** All that was learned so far. The run goes on. */
	knowledge(): Knowledge {
		for (const [key, value] of this.analyst.save()) {
			if (value === null) this.#kept.delete(key);
			else this.#kept.set(key, JSON.stringify(value));
		}
		return new Map(this.#kept);
	}

	end(): void {
		this.engine.endSource();
		for (const change of this.#book.flush(true)) this.#take(change, this.engine.time);
	}

	/** Alerts in order of first sight; with `isAll` the informational ones too. */
	findings(isAll = false): Finding[] {
		return [...this.#alerts.values()]
			.filter(({ alert }) => isAll || alert.severity >= FINDING)
			.map(({ alert, key }) => ({ alert, key, time: this.#found.get(alert.id) ?? alert.ts * 1e6 }))
			.sort((one, other) => one.time - other.time);
	}

	#take({ alert, key }: AlertChange, time: number): void {
		this.#alerts.set(alert.id, { alert, key });
		if (alert.severity >= FINDING && !this.#found.has(alert.id)) this.#found.set(alert.id, time);
	}
}
