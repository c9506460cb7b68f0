/** What each device said of itself, statement by statement: what it says otherwise than before is a change of its program, or another device. Bounded; survives a restart. */

/** Devices (units behind an address) and statements of each. */
const MAX_DEVICES = 4096;
const MAX_STATEMENTS = 16;
/** Characters of a statement that are compared. */
const MAX_TEXT = 128;

export interface Restatement {
	readonly name: string;
	readonly before: string;
	readonly now: string;
}

interface Known {
	readonly statements: Map<string, string>;
	isDirty: boolean;
}

export class Identities {
	/** Devices that found no room. */
	refused = 0;
	readonly #devices = new Map<string, Known>();

	/** Takes what a device says; gives what it said otherwise before. The new words are what is known from here on. */
	note(device: string, statements: ReadonlyMap<string, string>): Restatement[] {
		let known = this.#devices.get(device);
		if (known === undefined) {
			if (this.#devices.size >= MAX_DEVICES) {
				this.refused++;
				return [];
			}
			known = { statements: new Map(), isDirty: false };
			this.#devices.set(device, known);
		}
		const changes: Restatement[] = [];
		for (const [name, text] of statements) {
			const now = text.slice(0, MAX_TEXT);
			const before = known.statements.get(name);
			if (before === now || (before === undefined && known.statements.size >= MAX_STATEMENTS)) continue;
			known.statements.set(name, now);
			known.isDirty = true;
			if (before !== undefined) changes.push({ name, before, now });
		}
		return changes;
	}

	*save(): Generator<[key: string, value: unknown]> {
		for (const [device, known] of this.#devices) {
			if (!known.isDirty) continue;
			known.isDirty = false;
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
		this.#devices.set(key.slice("identity/".length), { statements, isDirty: false });
		return true;
	}
}
