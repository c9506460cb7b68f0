/** What is remembered of a site beyond one flow: where each device instance says that it is, and the segmented messages that are not whole yet. */
import type { Clock } from "../../src/decode/protocol.ts";
import { Assemblies } from "./segments.ts";

/** Device instances whose address is known; beyond it the one that was heard longest ago is forgotten. */
const MAX_DEVICES = 4096;
/** Microseconds within which two addresses that take turns are rivals, and no device that moved. */
const TURN = 600e6;

interface Place {
	address: string;
	frame: number;
	/** The address before this one, and when it changed. */
	before: string;
	changed: number;
}

export class SiteMemory {
	readonly assemblies = new Assemblies();
	readonly #places = new Map<number, Place>();

	/**
	 * A device says that it is at `address`. The other address and its frame where that one says so too and both took turns; undefined otherwise, also for a device that
	 * moved once.
	 */
	heard(
		instance: number,
		address: string,
		time: number,
		frame: number,
		count: (what: string) => void,
	): { address: string; frame: number } | undefined {
		const place = this.#places.get(instance);
		if (place === undefined) {
			if (this.#places.size >= MAX_DEVICES) {
				this.#places.delete(this.#places.keys().next().value!);
				count("devices-bound");
			}
			this.#places.set(instance, { address, frame, before: "", changed: Number.NEGATIVE_INFINITY });
			return undefined;
		}
		this.#places.delete(instance);
		this.#places.set(instance, place);
		if (place.address === address) {
			place.frame = frame;
			return undefined;
		}
		const rival = { address: place.address, frame: place.frame };
		const isTurn = place.before === address && time - place.changed <= TURN;
		place.before = place.address;
		place.address = address;
		place.frame = frame;
		place.changed = time;
		return isTurn ? rival : undefined;
	}
}

/** One memory for each engine, which has one clock. */
const MEMORIES = new WeakMap<Readonly<Clock>, SiteMemory>();

export function siteMemoryOf(clock: Readonly<Clock>): SiteMemory {
	let memory = MEMORIES.get(clock);
	if (memory === undefined) {
		memory = new SiteMemory();
		MEMORIES.set(clock, memory);
	}
	return memory;
}
