/** Names that hosts answer for when all are asked: many names at one address, and one name at two hosts. Bounded. */
import { type Found, Searches, type Span } from "./search.ts";

/** Different names at one address. */
const MANY: Span = { micros: 600e6, count: 3 };
/** Names whose host is remembered; the one that was said longest ago gives way. */
const MAX_NAMES = 4096;
/** Watched microseconds for which an answer is remembered. */
const MEMORY = 600e6;
/** NetBIOS has no longer ones ([MS-NBTE] 2.2.1). */
const MAX_NAME = 15;
/** The name by which clients look for their proxy, whatever the user does (draft-ietf-wrec-wpad-01, 4.4); name servers of Windows never answer for it by themselves. */
const BAIT = "wpad";

/** The limits in words, for the records. */
export const NAME_LIMITS = `${MANY.count} different names at one address within ${MANY.micros / 60e6} minutes, or one name at two hosts, or the name ${BAIT} once`;

export const isBait = (name: string): boolean => name === BAIT;

/** A name as the three services of names without a server share it: without `.local`, in small letters, no longer than one of them has. */
export const nameOf = (said: string): string =>
	said
		.toLowerCase()
		.replace(/\.local$/, "")
		.slice(0, MAX_NAME);

/** A host that answered for a name. */
export interface Answered {
	/** What the host is known by: its asset, whatever address it answers from. */
	readonly host: string;
	readonly source: string;
	readonly ip: string;
	/** Watched microseconds. */
	readonly watched: number;
	readonly frame: number;
}

export class Names {
	readonly #many = new Searches([MANY], { parties: 1024, things: 32 });
	/** By name and kind of address; the one that was said longest ago first. */
	readonly #hosts = new Map<string, Answered>();
	#displaced = 0;

	/** Addresses and names that gave way. */
	get displaced(): number {
		return this.#many.displaced + this.#displaced;
	}

	/** The names at this address, where they are too many for a host of its own. */
	many(ip: string, name: string, watched: number, frame: number): Found | undefined {
		return this.#many.add(ip, name, watched, frame);
	}

	/** Another host that answered for this name lately, at another address. */
	rival(name: string, answered: Answered): Answered | undefined {
		const key = `${name}|${answered.ip.includes(":") ? 6 : 4}`;
		const known = this.#hosts.get(key);
		const isOther =
			known !== undefined && known.host !== answered.host && known.ip !== answered.ip && answered.watched - known.watched <= MEMORY;
		this.#hosts.delete(key);
		if (this.#hosts.size >= MAX_NAMES) {
			this.#hosts.delete(this.#hosts.keys().next().value!);
			this.#displaced++;
		}
		this.#hosts.set(key, answered);
		return isOther ? known : undefined;
	}

	/** As plain data. */
	save(): Record<"many" | "hosts", unknown[]> {
		return { many: this.#many.save(), hosts: [...this.#hosts] };
	}

	/** Takes saved ones back. What is damaged is left out. */
	restore(saved: unknown): void {
		const { many, hosts } = (saved ?? {}) as Record<string, unknown>;
		this.#many.restore(many);
		for (const entry of Array.isArray(hosts) ? hosts.slice(0, MAX_NAMES) : []) {
			const [key, answered] = Array.isArray(entry) ? (entry as [unknown, Partial<Answered> | undefined]) : [undefined, undefined];
			if (typeof key !== "string" || typeof answered !== "object" || answered === null) continue;
			const { host, source, ip, watched, frame } = answered;
			if (typeof host !== "string" || typeof source !== "string" || typeof ip !== "string") continue;
			if (Number.isFinite(watched) && Number.isFinite(frame)) this.#hosts.set(key, { host, source, ip, watched: watched!, frame: frame! });
		}
	}
}
