/**
 * What people said: members that they admitted or dismissed, values and facts that they accept, where devices belong, and the addresses of open incidents, where nothing new is learned.
 * Members live in the baseline itself (`baseline/admission.ts`). Accepted values are kept apart from it: they never widen the range that a point has learned, so
 * taking one back leaves nothing behind.
 */
import type { Asset } from "../assets/asset.ts";
import { PLACES, type PlaceName } from "../assets/placement.ts";
import { admit, dismiss, type SpacesOf } from "../baseline/admission.ts";
import type { Plant } from "../baseline/plant.ts";
import type { FactThing, PlaceThing, ServiceThing, Thing, ValueThing } from "../baseline/thing.ts";

/** Values, facts and places accepted at most, over all points and devices. */
const MAX_ACCEPTED = 4096;
/** Addresses held at most; a site with more of them in open incidents has one problem. */
const MAX_HELD = 4096;

export interface VerdictsOptions {
	readonly plant: Plant;
	readonly spacesOf: SpacesOf;
	/** Makes a service normal, or no longer; true where that changed anything. */
	readonly service: (thing: ServiceThing, isNormal: boolean) => boolean;
}

const valueKey = (protocol: string, server: string, unit: number, point: string): string => `${protocol}|${server}|${unit}|${point}`;
const factKey = ({ type, source, destination, key }: Omit<FactThing, "trait">): string => JSON.stringify([type, source, destination, key]);
const placeKey = (address: string, place: PlaceName): string => `${place}|${address}`;
const isSame = (one: ValueThing, other: ValueThing): boolean =>
	one.from === other.from && one.to === other.to && one.client === other.client;

export class Verdicts {
	readonly #options: VerdictsOptions;
	/** By point. */
	readonly #values = new Map<string, ValueThing[]>();
	readonly #facts = new Map<string, FactThing>();
	readonly #places = new Map<string, PlaceThing>();
	#held: ReadonlySet<string> = new Set();
	#accepted = 0;
	#isDirty = false;

	constructor(options: VerdictsOptions) {
		this.#options = options;
	}

	/** True where any value was accepted: only then there is anything to ask. */
	get hasValues(): boolean {
		return this.#values.size > 0;
	}

	/** Addresses of clients and PLCs that are part of an open incident; replaces those of before. Returns how many did not fit. */
	hold(addresses: readonly string[]): number {
		this.#held = new Set(addresses.slice(0, MAX_HELD));
		return Math.max(0, addresses.length - MAX_HELD);
	}

	isHeld(client: string, server: string): boolean {
		return this.#held.size > 0 && (this.#held.has(client) || this.#held.has(server));
	}

	/** Takes things out, then others in. Gives those that really changed, for undoing exactly that. */
	teach(admitted: readonly Thing[], dismissed: readonly Thing[]): { admitted: Thing[]; dismissed: Thing[]; refused: Thing[] } {
		const done = { admitted: [] as Thing[], dismissed: [] as Thing[], refused: [] as Thing[] };
		for (const thing of dismissed) if (this.#dismiss(thing)) done.dismissed.push(thing);
		for (const thing of admitted) {
			// One place is instead of another: undoing it brings the other one back.
			const older = thing.trait === "place" ? this.#places.get(placeKey(thing.address, thing.place)) : undefined;
			if (older !== undefined && older.is !== (thing as PlaceThing).is && this.#dismiss(older)) done.dismissed.push(older);
			const isNew = this.#admit(thing);
			if (isNew === undefined) done.refused.push(thing);
			else if (isNew) done.admitted.push(thing);
		}
		return done;
	}

	#admit(thing: Thing): boolean | undefined {
		if (thing.trait === "service") return this.#options.service(thing, true);
		if (thing.trait !== "value" && thing.trait !== "fact" && thing.trait !== "place")
			return admit(this.#options.plant, thing, this.#options.spacesOf);
		const isFull = this.#accepted >= MAX_ACCEPTED;
		if (thing.trait === "fact") {
			const key = factKey(thing);
			if (this.#facts.has(key)) return false;
			if (isFull) return undefined;
			this.#facts.set(key, thing);
		} else if (thing.trait === "place") {
			const key = placeKey(thing.address, thing.place);
			if (this.#places.has(key)) return false;
			if (isFull) return undefined;
			this.#places.set(key, thing);
		} else {
			const key = valueKey(thing.protocol, thing.server, thing.unit, thing.point);
			const values = this.#values.get(key) ?? [];
			if (values.some((other) => isSame(thing, other))) return false;
			if (isFull) return undefined;
			this.#values.set(key, [...values, thing]);
		}
		this.#accepted++;
		this.#isDirty = true;
		return true;
	}

	#dismiss(thing: Thing): boolean {
		if (thing.trait === "service") return this.#options.service(thing, false);
		if (thing.trait !== "value" && thing.trait !== "fact" && thing.trait !== "place")
			return dismiss(this.#options.plant, thing, this.#options.spacesOf);
		if (thing.trait === "fact") {
			if (!this.#facts.delete(factKey(thing))) return false;
		} else if (thing.trait === "place") {
			const key = placeKey(thing.address, thing.place);
			if (this.#places.get(key)?.is !== thing.is) return false;
			this.#places.delete(key);
		} else {
			const key = valueKey(thing.protocol, thing.server, thing.unit, thing.point);
			const values = this.#values.get(key) ?? [];
			const left = values.filter((other) => !isSame(thing, other));
			if (left.length === values.length) return false;
			if (left.length === 0) this.#values.delete(key);
			else this.#values.set(key, left);
		}
		this.#accepted--;
		this.#isDirty = true;
		return true;
	}

	/**
	 * What a person said of this value: true for normal, false where a person named the values that this client may write here and this is none of them,
	 * undefined where nobody said anything. `client` is undefined for a value that the PLC reported.
	 */
	ofValue(protocol: string, server: string, unit: number, point: string, value: number, client: string | undefined): boolean | undefined {
		let said: boolean | undefined;
		for (const accepted of this.#values.get(valueKey(protocol, server, unit, point)) ?? []) {
			if (accepted.client !== client) continue;
			if (value >= accepted.from && value <= accepted.to) return true;
			if (client !== undefined) said = false;
		}
		return said;
	}

	isAcceptedFact(fact: Omit<FactThing, "trait">): boolean {
		return this.#facts.size > 0 && this.#facts.has(factKey(fact));
	}

	/** Where a person said that a device belongs, by any of its addresses. */
	placeOf({ id, ips, macs, line }: Asset, place: PlaceName): string | undefined {
		if (this.#places.size === 0) return undefined;
		for (const address of [id, ...ips, ...macs, line]) {
			const said = address === undefined ? undefined : this.#places.get(placeKey(address, place));
			if (said !== undefined) return said.is;
		}
		return undefined;
	}

	/** What is accepted, as plain data; undefined where that did not change. */
	save(): unknown {
		if (!this.#isDirty) return undefined;
		this.#isDirty = false;
		return structuredClone([...[...this.#values.values()].flat(), ...this.#facts.values(), ...this.#places.values()]);
	}

	/** Takes saved data back; false where it is damaged. */
	restore(saved: unknown): boolean {
		if (!Array.isArray(saved)) return false;
		for (const thing of saved.slice(0, MAX_ACCEPTED)) {
			if (!isAccepted(thing)) return false;
			this.#admit(thing);
		}
		this.#isDirty = false;
		return true;
	}
}

function isAccepted(value: unknown): value is ValueThing | FactThing | PlaceThing {
	const thing = value as Record<string, unknown> | null;
	const isText = (...names: string[]) => names.every((name) => typeof thing![name] === "string");
	if (typeof thing !== "object" || thing === null) return false;
	if (thing.trait === "fact") return isText("type", "source", "destination", "key");
	if (thing.trait === "place")
		return (
			isText("address", "place", "is") &&
			Object.hasOwn(PLACES, thing.place as string) &&
			(PLACES[thing.place as PlaceName] as readonly string[]).includes(thing.is as string)
		);
	return (
		thing.trait === "value" &&
		isText("protocol", "server", "point") &&
		Number.isInteger(thing.unit) &&
		Number.isFinite(thing.from) &&
		Number.isFinite(thing.to) &&
		(thing.client === undefined || isText("client"))
	);
}
