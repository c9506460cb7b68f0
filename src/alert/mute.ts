/** Mutes: what a person does not want to be told of until a time. A muted alert is kept and counted, and no message leaves, unless it gets worse than it was. */
import { type Alert, severityName } from "./alert.ts";

export interface Mute {
	/** Of the audit entry that set it. */
	readonly id: string;
	/** What repeats are recognised by (`AlertBook`). */
	readonly fold: string;
	readonly title: string;
	readonly by: string;
	readonly why: string;
	/** Seconds since the epoch. */
	readonly until: number;
	/** What was muted weighed so much; heavier is said. */
	readonly severity: number;
}

/** How an alert names its mute. */
export interface MuteMark {
	id: string;
	until: number;
	by: string;
	why: string;
}

export const MAX_MUTES = 1000;

export class Mutes {
	/** By fold: the latest word holds. */
	readonly #mutes = new Map<string, Mute>();

	get all(): Mute[] {
		return [...this.#mutes.values()];
	}

	find(id: string): Mute | undefined {
		return this.all.find((mute) => mute.id === id);
	}

	set(mute: Mute): void {
		this.#mutes.set(mute.fold, mute);
	}

	delete(mute: Mute): void {
		if (this.#mutes.get(mute.fold) === mute) this.#mutes.delete(mute.fold);
	}

	at(fold: string): Mute | undefined {
		return this.#mutes.get(fold);
	}

	/** The mark of the mute that covers an alert last seen at `time` (seconds); undefined where none does. */
	of(fold: string, { severity }: Alert, time: number): MuteMark | undefined {
		const mute = this.#mutes.get(fold);
		if (mute === undefined || time >= mute.until) return undefined;
		if (severity > mute.severity && severityName(severity) !== severityName(mute.severity)) return undefined;
		const { id, until, by, why } = mute;
		return { id, until, by, why };
	}
}
