/**
 * Floods: many alerts of one kind from one end, to one end, or at all, within a short time are one alert that counts them and gives examples. Nobody reads a
 * thousand alerts of one kind; forged addresses could raise millions.
 */
import type { Party } from "../detect/detection.ts";

/** Alerts of one type that begin within the book's quiet time and have one end in common, and of one type at all: beyond, they are counted together. */
export const MAX_OF_END = 20;
export const MAX_OF_TYPE = 100;
/** Groups that are counted; the one that began first is forgotten. */
const MAX_GROUPS = 10_000;

/** One of those that were counted together. */
export interface Example {
	/** Seconds since the epoch. */
	ts: number;
	sentence: string;
	source: Party;
	destination?: Party;
}

/** What many alerts have in common: the type, and the source, the destination or neither. */
export interface Group {
	/** Key of the alert that collects it. */
	readonly key: string;
	/** Of the map in which it is counted, and of the alert that collects it. */
	readonly fold: string;
	readonly source?: Party;
	readonly destination?: Party;
}

/** Key of the collecting alert, before the rule's name where it is one's; its own end stands beside it, and no other. */
export const MANY = "many";

interface Count {
	/** Microseconds. */
	since: number;
	count: number;
}

export class Floods {
	readonly #quiet: number;
	readonly #mostOfEnd: number;
	readonly #mostOfType: number;
	readonly #groups = new Map<string, Count>();

	constructor({ quiet, ofEnd, ofType }: { quiet: number; ofEnd: number; ofType: number }) {
		this.#quiet = quiet;
		this.#mostOfEnd = ofEnd;
		this.#mostOfType = ofType;
	}

	mostOf({ source, destination }: Group): number {
		return source === undefined && destination === undefined ? this.#mostOfType : this.#mostOfEnd;
	}

	/** Counts one more alert in each of its groups; gives the first in which it is too many. */
	begin(groups: readonly Group[], time: number): Group | undefined {
		let full: Group | undefined;
		for (const group of groups) {
			const known = this.#groups.get(group.fold);
			if (known === undefined || Math.abs(time - known.since) > this.#quiet) {
				this.#groups.delete(group.fold);
				if (this.#groups.size >= MAX_GROUPS) this.#groups.delete(this.#groups.keys().next().value!);
				this.#groups.set(group.fold, { since: time, count: 1 });
			} else if (++known.count > this.mostOf(group)) {
				full = group;
				break;
			}
		}
		return full;
	}

	/** It was full at `time`: what is stored says so. */
	fill(group: Group, time: number): void {
		const known = this.#groups.get(group.fold);
		if (known === undefined || Math.abs(time - known.since) > this.#quiet)
			this.#groups.set(group.fold, { since: time, count: this.mostOf(group) });
		else known.count = Math.max(known.count, this.mostOf(group));
	}
}
