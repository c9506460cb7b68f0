/** A store in memory, for tests: values are copied in and out, as a real store does. */
import type { Change, Kind, ListOptions, Store } from "../../src/store/store.ts";

export class MemoryStore implements Store {
	readonly #kinds = new Map<Kind, Map<string, string>>();

	async get(kind: Kind, key: string): Promise<unknown> {
		const value = this.#kind(kind).get(key);
		return value === undefined ? undefined : JSON.parse(value);
	}

	async batch(changes: readonly Change[], _options: { durable: boolean }): Promise<void> {
		for (const { kind, key, value } of changes) {
			if (value === null) this.#kind(kind).delete(key);
			else this.#kind(kind).set(key, JSON.stringify(value));
		}
	}

	async *list(kind: Kind, options: ListOptions = {}): AsyncIterable<[key: string, value: unknown]> {
		const keys = [...this.#kind(kind).keys()]
			.filter((key) => (options.from === undefined || key >= options.from) && (options.to === undefined || key < options.to))
			.sort();
		if (options.reverse) keys.reverse();
		for (const key of keys.slice(0, options.limit)) yield [key, JSON.parse(this.#kind(kind).get(key)!)];
	}

	async close(): Promise<void> {}

	/** Everything, as one text: to look for what must not be in it. */
	dump(): string {
		return JSON.stringify([...this.#kinds].map(([kind, values]) => [kind, [...values]]));
	}

	#kind(kind: Kind): Map<string, string> {
		let values = this.#kinds.get(kind);
		if (values === undefined) this.#kinds.set(kind, (values = new Map()));
		return values;
	}
}
