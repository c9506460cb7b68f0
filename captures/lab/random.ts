/** Repeatable random numbers (mulberry32): the same seed gives the same plant. */

export class Random {
	#state: number;

	constructor(seed: number) {
		this.#state = seed >>> 0;
	}

	/** 0 (included) to 1 (excluded). */
	next(): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let mixed = this.#state;
		mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
	}

	/** Between `-amplitude` and `amplitude`. */
	noise(amplitude: number): number {
		return (this.next() * 2 - 1) * amplitude;
	}

	/** `milliseconds` give or take `share` of it. */
	jitter(milliseconds: number, share: number): number {
		return milliseconds * (1 + this.noise(share));
	}
}

/** A seed from a name (FNV-1a), so that each host and scenario has its own. */
export function seedOf(name: string): number {
	let hash = 0x811c9dc5;
	for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
	return hash >>> 0;
}
