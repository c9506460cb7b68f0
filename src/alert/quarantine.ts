/**
 * Which clients and PLCs are part of an open incident: an open alert of a severity at or above a threshold. What is new there is judged and not learned, so that
 * an attacker's own traffic never becomes normal. It ends with the alert, whether a person closes it or it closes by itself after an hour of quiet: from then on
 * what was held back is judged, or learned, as if it were seen for the first time. What was inside a permit or about the monitor itself holds nothing.
 */
import { partyKey } from "../detect/desk.ts";
import type { Alert } from "./alert.ts";

export class Quarantine {
	readonly #threshold: number;
	readonly #open = new Map<string, string[]>();

	constructor(threshold: number) {
		this.#threshold = threshold;
	}

	/** Takes a changed alert; true where the addresses changed. */
	take({ id, status, severity, nature, permit, source, destination }: Alert): boolean {
		const isHolding = status === "open" && severity >= this.#threshold && nature !== "health" && permit === undefined;
		if (!isHolding) return this.#open.delete(id);
		if (this.#open.has(id)) return false;
		this.#open.set(
			id,
			[partyKey(source), partyKey(destination)].filter((address) => address !== ""),
		);
		return true;
	}

	get addresses(): string[] {
		return [...new Set([...this.#open.values()].flat())];
	}
}
