/** Who searches the network: addresses and ports tried, fast and slow, and addresses asked for by ARP and the like. Times are watched microseconds; all is bounded. */
import { type Found, Searches, type Span } from "./search.ts";

/** Different addresses and ports, in vain or for the first time. */
const FAST: Span = { micros: 120e6, count: 25 };
/** The same of connections and addresses alone: datagrams that nobody answers are many a device's habit. */
const SLOW: readonly Span[] = [
	{ micros: 3600e6, count: 40 },
	{ micros: 86_400e6, count: 64 },
];
/** Different addresses asked for, of which half or more belong to nobody. */
const ASKED: Span = { micros: 360e6, count: 40 };
const BOUNDS = { parties: 1024, things: 256 } as const;

/** The limits in words, for the records. */
export const SCAN_LIMITS = {
	tried: `${FAST.count} within ${FAST.micros / 60e6} minutes; of connections also ${SLOW[0]!.count} within an hour or ${SLOW[1]!.count} within a day, not counting those that were answered once`,
	asked: `${ASKED.count} different addresses asked for within ${ASKED.micros / 60e6} minutes, of which half or more belong to nobody`,
} as const;

/** An address and a port that was tried; the port is missing where only the address was asked for. */
export interface Tried {
	readonly ip: string;
	readonly port: string;
	readonly isAnswered: boolean;
}
const triedOf = (thing: string): Tried => {
	const [ip = "", port = "", answered] = thing.split("|");
	return { ip, port, isAnswered: answered !== undefined };
};
/** "10.0.0.5:502" or "10.0.0.5". */
export const triedWords = ({ ip, port }: Tried): string => (port === "" ? ip : `${ip.includes(":") ? `[${ip}]` : ip}:${port}`);

export interface Scan {
	readonly tried: readonly Tried[];
	readonly count: number;
	readonly lasted: number;
	readonly firstFrame: number;
}

export class Scans {
	readonly #fast = new Searches([FAST], BOUNDS);
	readonly #slow = new Searches(SLOW, BOUNDS);
	/** Of one device by one host: ports alone. */
	readonly #ports = new Searches([FAST], BOUNDS);
	readonly #asked = new Searches([ASKED], BOUNDS);

	/** Parties that gave way. */
	get displaced(): number {
		return this.#fast.displaced + this.#slow.displaced + this.#ports.displaced + this.#asked.displaced;
	}

	/** A call in vain, or the first one that was answered; the scan, where this makes one or is part of one. `isSlow` where slow ones count too. */
	tried(source: string, { ip, port, isAnswered }: Tried, isSlow: boolean, watched: number, frame: number): Scan | undefined {
		const thing = `${ip}|${port}${isAnswered ? "|answered" : ""}`;
		const wasFound = this.#fast.foundSince(source, watched) <= watched;
		const found = this.#fast.add(source, thing, watched, frame, hasCall);
		if (wasFound || found !== undefined || !isSlow) return scanOf(found);
		return scanOf(this.#slow.add(source, thing, watched, frame, hasCall));
	}

	/** The same of the ports of one device, whatever else the host does; where they are tried slowly it is what `tried` finds. */
	port(source: string, { ip, port, isAnswered }: Tried, watched: number, frame: number): Scan | undefined {
		return scanOf(this.#ports.add(`${source}|${ip}`, `${ip}|${port}${isAnswered ? "|answered" : ""}`, watched, frame));
	}

	/** An address was asked for; the search, where this makes one or is part of one. */
	asked(source: string, ip: string, watched: number, frame: number): Scan | undefined {
		return scanOf(this.#asked.add(source, ip, watched, frame));
	}

	/** True where it was found by its slow search alone. */
	isSlow(source: string, watched: number): boolean {
		return this.#fast.foundSince(source, watched) > watched;
	}

	/** Since when this host is known to search by calls, and by asking for addresses; Infinity where it is not. */
	since(source: string, watched: number): { calling: number; asking: number } {
		return {
			calling: Math.min(this.#fast.foundSince(source, watched), this.#slow.foundSince(source, watched)),
			asking: this.#asked.foundSince(source, watched),
		};
	}

	/** As plain data. */
	save(): Record<"fast" | "slow" | "ports" | "asked", unknown[]> {
		return { fast: this.#fast.save(), slow: this.#slow.save(), ports: this.#ports.save(), asked: this.#asked.save() };
	}

	/** Takes saved ones back. What is damaged is left out. */
	restore(saved: unknown): void {
		const { fast, slow, ports, asked } = (saved ?? {}) as Record<string, unknown>;
		this.#fast.restore(fast);
		this.#slow.restore(slow);
		this.#ports.restore(ports);
		this.#asked.restore(asked);
	}
}

/** Whoever only asks for addresses calls nobody. */
function hasCall(things: ReadonlySet<string>): boolean {
	for (const thing of things) if (!thing.endsWith("|")) return true;
	return false;
}

function scanOf(found: Found | undefined): Scan | undefined {
	if (found === undefined) return undefined;
	const { things, count, lasted, firstFrame } = found;
	return { tried: [...things].map(triedOf), count, lasted, firstFrame };
}
