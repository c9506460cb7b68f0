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
	take({ id, status, severity, lowered, nature, permit, source, destination, addresses = [] }: Alert): boolean {
		// Whoever comes back until it bores people must not get it learned.
		const isHeavy = (lowered?.from ?? severity) >= this.#threshold;
		const isHolding = status === "open" && isHeavy && nature !== "health" && permit === undefined;
		if (!isHolding) return this.#open.delete(id);
		const held = [partyKey(source), partyKey(destination), ...addresses].filter((address) => address !== "");
		if (this.#open.get(id)?.length === held.length) return false;
		this.#open.set(id, held);
		return true;
	}

	get addresses(): string[] {
		return [...new Set([...this.#open.values()].flat())];
	}
}
