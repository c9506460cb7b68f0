/**
 * What the two ends of a conversation show of themselves when it begins: the name of an application, a certificate, a user, how the channel is secured. A trait of who shows it: of a
 * client at one server, or of a server at one address and port.
 */
import { isRecord } from "./subjects.ts";

/** Who shows something, and what each of them shows at most. A client has one to three of a kind. */
const MAX_HOLDERS = 4096;
const MAX_MEMBERS = 32;

export interface Shown {
	readonly kind: string;
	readonly text: string;
	/** What stays when it is renewed. */
	readonly names: string;
	/** How safe it is; 0 where that is no question. */
	readonly rank: number;
	count: number;
	/** Watched time at which it was seen last. */
	seen: number;
}

export interface Holder {
	readonly key: string;
	readonly shown: Shown[];
	/** Watched time of the first one and of the latest new one. */
	readonly born: number;
	lastNew: number;
	/** Of the learning when it was made; a person who ends that one says that what it holds is normal. */
	readonly epoch: number;
}

export class Credentials {
	readonly #holders = new Map<string, Holder>();
	readonly #dirty = new Set<string>();
	/** What its records are stored under, before a slash. */
	readonly name: string;
	/** Tells that a bound was reached. */
	readonly #refuse: (bound: string) => void;

	constructor(name: string, refuse: (bound: string) => void) {
		this.name = name;
		this.#refuse = refuse;
	}

	/** Who shows something at `key`; made when it is not there, undefined where there is no room. */
	holder(key: string, watched: number, epoch: number): Holder | undefined {
		let holder = this.#holders.get(key);
		if (holder === undefined) {
			if (this.#holders.size >= MAX_HOLDERS) {
				this.#refuse(`${this.name}-bound`);
				return undefined;
			}
			holder = { key, shown: [], born: watched, lastNew: 0, epoch };
			this.#holders.set(key, holder);
		}
		return holder;
	}

	/** One that is normal was seen again. */
	seen(holder: Holder, shown: Shown, watched: number): void {
		shown.count++;
		shown.seen = watched;
		this.#dirty.add(holder.key);
	}

	/** From now on it is normal. */
	add(holder: Holder, shown: Omit<Shown, "count" | "seen">, watched: number): void {
		if (holder.shown.length >= MAX_MEMBERS) {
			this.#refuse(`${this.name}-shown-bound`);
			return;
		}
		holder.shown.push({ ...shown, count: 1, seen: watched });
		holder.lastNew = watched;
		this.#dirty.add(holder.key);
	}

	*save(): Generator<[key: string, value: unknown]> {
		for (const key of this.#dirty) yield [`${this.name}/${key}`, structuredClone(this.#holders.get(key))];
		this.#dirty.clear();
	}

	/** Takes a saved holder back; false where it is damaged. */
	restore(record: unknown): boolean {
		if (!isRecord(record) || typeof record.key !== "string" || !Array.isArray(record.shown)) return false;
		const { born, lastNew, epoch } = record;
		if (![born, lastNew, epoch].every(Number.isFinite)) return false;
		const shown = record.shown.slice(0, MAX_MEMBERS).filter(isShown);
		if (this.#holders.size >= MAX_HOLDERS) return false;
		this.#holders.set(record.key, { key: record.key, shown, born: born as number, lastNew: lastNew as number, epoch: epoch as number });
		return true;
	}
}

function isShown(value: unknown): value is Shown {
	if (!isRecord(value)) return false;
	const { kind, text, names, rank, count, seen } = value;
	return [kind, text, names].every((word) => typeof word === "string") && [rank, count, seen].every(Number.isFinite);
}
