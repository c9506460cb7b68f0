/** Brakes: growing delays after failed logins, and a budget of requests per address. Both tables are bounded. Times are milliseconds. */

/** The unit that one visitor controls: an IPv4 address, or the /64 network of an IPv6 address. */
export function visitorOf(address: string): string {
	const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
	if (mapped !== null) return mapped[1]!;
	if (!address.includes(":")) return address;
	const [head = "", tail] = address.split("%")[0]!.toLowerCase().split("::");
	const left = head === "" ? [] : head.split(":");
	const right = tail === undefined || tail === "" ? [] : tail.split(":");
	while (tail !== undefined && left.length + right.length < 8) left.push("0");
	return left
		.concat(right)
		.slice(0, 4)
		.map((group) => group.replace(/^0+(?=.)/, ""))
		.join(":");
}

interface Failures {
	count: number;
	until: number;
	last: number;
}

/** Enough for a site's people and a busy guesser; the least recently used entry makes room. */
const MAX_ENTRIES = 2048;
/** A quarter of an hour without an attempt is a fresh start. */
const FORGET_MS = 15 * 60_000;

/** After `free` attempts each further one doubles the wait, from one second up to `maxDelay`: slow for guessing, never a lockout. */
export class Throttle {
	readonly #table = new Map<string, Failures>();
	readonly #free: number;
	readonly #maxDelay: number;

	constructor(free: number, maxDelay: number) {
		this.#free = free;
		this.#maxDelay = maxDelay;
	}

	/** Milliseconds to wait before the next attempt; 0 for none. */
	wait(key: string, now: number): number {
		const wait = (this.#table.get(key)?.until ?? 0) - now;
		// Longer than any delay: the clock was set back, and nobody is locked out for that.
		return wait > this.#maxDelay ? 0 : Math.max(0, wait);
	}

	/** Counts an attempt before its outcome is known, so that attempts side by side count too. */
	count(key: string, now: number): void {
		const old = this.#table.get(key);
		const count = old === undefined || now - old.last > FORGET_MS ? 1 : old.count + 1;
		const over = count - this.#free;
		const until = over <= 0 ? 0 : now + Math.min(this.#maxDelay, 1000 * 2 ** Math.min(over - 1, 20));
		this.#table.delete(key);
		this.#table.set(key, { count, until, last: now });
		if (this.#table.size > MAX_ENTRIES) this.#table.delete(this.#table.keys().next().value!);
	}

	/** The attempt was good: nothing is held against the key. */
	clear(key: string): void {
		this.#table.delete(key);
	}
}

/** A page load is about 12 requests; a person cannot use up 40 a second, a loop can. */
const BURST = 200;
const REFILL_PER_MS = 0.04;

/** Requests per visitor: a bucket that refills. */
export class Budget {
	readonly #table = new Map<string, { left: number; time: number }>();

	/** True when this request may pass. */
	take(key: string, now: number): boolean {
		const old = this.#table.get(key);
		const left = old === undefined ? BURST : Math.min(BURST, old.left + Math.max(0, now - old.time) * REFILL_PER_MS);
		this.#table.delete(key);
		this.#table.set(key, { left: Math.max(0, left - 1), time: now });
		if (this.#table.size > MAX_ENTRIES) this.#table.delete(this.#table.keys().next().value!);
		return left >= 1;
	}
}
