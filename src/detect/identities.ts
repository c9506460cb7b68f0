/** What each device said of itself, statement by statement: what it says otherwise than before is a change of its program, or another device. Bounded; survives a restart. */
import { cleanText } from "../assets/text.ts";

/** Devices (units behind an address) and statements of each. */
const MAX_DEVICES = 4096;
const MAX_STATEMENTS = 16;

export interface Restatement {
	readonly name: string;
	readonly before: string;
	readonly now: string;
}

interface Known {
	readonly statements: Map<string, string>;
	isDirty: boolean;
	isStored: boolean;
}

export class Identities {
	/** Devices that were let go of, because too many spoke after them. */
	forgotten = 0;
	/** The one that spoke last is the last. */
	readonly #devices = new Map<string, Known>();
	/** Of those that were let go of, which are stored. */
	readonly #gone = new Set<string>();

	/** Takes what a device says; gives what it said otherwise before. The new words are what is known from here on. */
	note(device: string, statements: ReadonlyMap<string, string>): Restatement[] {
		const known = this.#devices.get(device) ?? { statements: new Map(), isDirty: false, isStored: this.#gone.delete(device) };
		if (!this.#devices.delete(device) && this.#devices.size >= MAX_DEVICES) this.#forget();
		this.#devices.set(device, known);
		const changes: Restatement[] = [];
		for (const [name, text] of statements) {
			const now = cleanText(text);
			if (now === undefined) continue;
			const before = known.statements.get(name);
			if (before === now || (before === undefined && known.statements.size >= MAX_STATEMENTS)) continue;
			known.statements.set(name, now);
			known.isDirty = true;
			if (before !== undefined) changes.push({ name, before, now });
		}
		return changes;
	}

	#forget(): void {
		const [device, { isStored }] = this.#devices.entries().next().value!;
		this.#devices.delete(device);
		if (isStored) this.#gone.add(device);
		this.forgotten++;
	}

	/** What changed since the last time; null deletes. */
	*save(): Generator<[key: string, value: unknown]> {
		for (const device of this.#gone) yield [`identity/${device}`, null];
		this.#gone.clear();
		for (const [device, known] of this.#devices) {
			if (!known.isDirty) continue;
			known.isDirty = false;
			known.isStored = true;
			yield [`identity/${device}`, [...known.statements]];
		}
	}

	/** Takes a record back; false where it is damaged. */
	restore(key: string, saved: unknown): boolean {
		if (!Array.isArray(saved) || this.#devices.size >= MAX_DEVICES) return false;
		const statements = new Map<string, string>();
		for (const entry of saved.slice(0, MAX_STATEMENTS)) {
			if (!Array.isArray(entry) || typeof entry[0] !== "string" || typeof entry[1] !== "string") return false;
			statements.set(entry[0], entry[1]);
		}
		this.#devices.set(key.slice("identity/".length), { statements, isDirty: false, isStored: true });
		return true;
	}
}
