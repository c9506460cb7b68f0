/**
 * Who tries many different things lately: so many within so long make a search. Windows slide, so a search cannot hide across the end of one; a slow search has a longer
 * span of its own. What was tried already counts once. Times are watched microseconds; all is bounded.
 */

/** So many different things within so long are a search. */
export interface Span {
	readonly micros: number;
	readonly count: number;
}

export interface SearchBounds {
	/** Parties that are remembered; the one that began longest ago gives way. */
	readonly parties: number;
	/** Things remembered of a party; the oldest give way. At least the largest count of a span. */
	readonly things: number;
}

/** A search that is found now, or goes on. */
export interface Found {
	/** In the order of sight; on loan. */
	readonly things: ReadonlySet<string>;
	/** All, also those that gave way. */
	readonly count: number;
	/** Watched microseconds that it took so far. */
	readonly lasted: number;
	/** Frame of the first of the things. */
	readonly firstFrame: number;
}

interface Tried {
	/** In the order of sight. */
	readonly things: Set<string>;
	readonly times: number[];
	readonly frames: number[];
	/** Things that gave way. */
	dropped: number;
	/** While it is found: since when, and when it is over if nothing more comes. */
	foundSince: number;
	foundUntil: number;
	/** Of the span that found it. */
	patience: number;
}

export class Searches {
	/** Parties that gave way. */
	displaced = 0;
	readonly #spans: readonly Span[];
	readonly #bounds: SearchBounds;
	readonly #memory: number;
	readonly #parties = new Map<string, Tried>();

	/** `spans` from the shortest to the longest. */
	constructor(spans: readonly Span[], bounds: SearchBounds) {
		this.#spans = spans;
		this.#bounds = bounds;
		this.#memory = Math.max(...spans.map(({ micros }) => micros));
	}

	/** A party tried something; the search, where this makes one or is part of one. `mayBe` has the last word, and is asked once there are enough things. */
	add(
		party: string,
		thing: string,
		watched: number,
		frame: number,
		mayBe: (things: ReadonlySet<string>) => boolean = () => true,
	): Found | undefined {
		const tried = this.#of(party, watched);
		const { things, times, frames } = tried;
		if (things.has(thing)) return undefined;
		if (things.size >= this.#bounds.things) {
			this.#forgetFirst(tried);
			tried.dropped++;
		}
		things.add(thing);
		times.push(watched);
		frames.push(frame);
		if (watched <= tried.foundUntil) tried.foundUntil = watched + tried.patience;
		else {
			const span = this.#spans.find(({ micros, count }) => times.length >= count && watched - times[times.length - count]! <= micros);
			if (span === undefined || !mayBe(things)) return undefined;
			// What came before belongs to nothing that was found.
			while (watched - times[0]! > span.micros) this.#forgetFirst(tried);
			tried.patience = span.micros;
			tried.foundSince = watched;
			tried.foundUntil = watched + span.micros;
		}
		return {
			things,
			count: things.size + tried.dropped,
			lasted: watched - times[0]!,
			firstFrame: frames[0]!,
		};
	}

	/** Since when what this party does is a search; Infinity where it is none. */
	foundSince(party: string, watched: number): number {
		const tried = this.#parties.get(party);
		return tried !== undefined && watched <= tried.foundUntil ? tried.foundSince : Number.POSITIVE_INFINITY;
	}

	#of(party: string, watched: number): Tried {
		let tried = this.#parties.get(party);
		// A search that is over has been said: its things make no other one.
		if (tried !== undefined && tried.foundUntil >= 0 && watched > tried.foundUntil) {
			this.#parties.delete(party);
			tried = undefined;
		}
		if (tried === undefined) {
			if (this.#parties.size >= this.#bounds.parties) {
				this.#parties.delete(this.#parties.keys().next().value!);
				this.displaced++;
			}
			tried = { things: new Set(), times: [], frames: [], dropped: 0, foundSince: -1, foundUntil: -1, patience: 0 };
			this.#parties.set(party, tried);
		}
		if (tried.foundUntil < 0) while (tried.times.length > 0 && watched - tried.times[0]! > this.#memory) this.#forgetFirst(tried);
		return tried;
	}

	#forgetFirst({ things, times, frames }: Tried): void {
		things.delete(things.values().next().value!);
		times.shift();
		frames.shift();
	}

	/** As plain data. */
	save(): unknown[] {
		return [...this.#parties].map(([party, { things, times, frames, dropped, foundSince, foundUntil, patience }]) => [
			party,
			[...things],
			[...times],
			[...frames],
			dropped,
			foundSince,
			foundUntil,
			patience,
		]);
	}

	/** Takes saved ones back. What is damaged is left out. */
	restore(saved: unknown): void {
		for (const entry of Array.isArray(saved) ? saved.slice(0, this.#bounds.parties) : []) {
			if (!Array.isArray(entry)) continue;
			const [party, things, times, frames, ...numbers] = entry as unknown[];
			if (typeof party !== "string" || !isList(things, "string") || !isList(times, "number") || !isList(frames, "number")) continue;
			if (numbers.length !== 4 || !numbers.every(Number.isFinite)) continue;
			if (things.length === 0 || things.length > this.#bounds.things || new Set(things).size !== things.length) continue;
			if (times.length !== things.length || frames.length !== things.length) continue;
			const [dropped, foundSince, foundUntil, patience] = numbers as [number, number, number, number];
			this.#parties.set(party, {
				things: new Set(things as string[]),
				times: [...(times as number[])],
				frames: [...(frames as number[])],
				dropped,
				foundSince,
				foundUntil,
				patience,
			});
		}
	}
}

const isList = (value: unknown, type: "string" | "number"): value is unknown[] =>
	Array.isArray(value) && value.every((one) => typeof one === type && (type === "string" || Number.isFinite(one)));
