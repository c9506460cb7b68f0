/** Which services each device offers: a member of what is normal there. A service is what two hosts talked over, by transport and port of the one that serves: `tcp/502`. */
import { isRecord } from "./subjects.ts";

/** Services of one device, and devices. */
const MAX_SERVICES = 64;
const MAX_DEVICES = 16_384;

/** One service of one device. */
export interface Service {
	/** Conversations. */
	count: number;
	isNormal: boolean;
}

export class Services {
	readonly #devices = new Map<string, Map<string, Service>>();
	readonly #dirty = new Set<string>();
	/** Tells that a bound was reached. */
	readonly #refuse: (bound: string) => void;

	constructor(refuse: (bound: string) => void) {
		this.#refuse = refuse;
	}

	/** A conversation; the service is on loan. Undefined where there is no room for it. */
	note(address: string, key: string): Service | undefined {
		let services = this.#devices.get(address);
		if (services === undefined) {
			if (this.#devices.size >= MAX_DEVICES) {
				this.#refuse("served-bound");
				return undefined;
			}
			services = new Map();
			this.#devices.set(address, services);
		}
		let service = services.get(key);
		if (service === undefined) {
			if (services.size >= MAX_SERVICES) {
				this.#refuse("services-bound");
				return undefined;
			}
			service = { count: 0, isNormal: false };
			services.set(key, service);
		}
		service.count++;
		this.#dirty.add(address);
		return service;
	}

	isNormal(address: string, key: string): boolean {
		return this.#devices.get(address)?.get(key)?.isNormal === true;
	}

	/** Those of a device that are normal, in the order of sight. */
	*normal(address: string): Generator<[key: string, service: Service]> {
		for (const [key, service] of this.#devices.get(address) ?? []) if (service.isNormal) yield [key, service];
	}

	/** A person's word; false where it changes nothing. */
	set(address: string, key: string, isNormal: boolean): boolean {
		const service = this.#devices.get(address)?.get(key);
		if (service === undefined || service.isNormal === isNormal) return false;
		service.isNormal = isNormal;
		this.#dirty.add(address);
		return true;
	}

	/** Takes what a document says of a device; false where it is known or there is no room. */
	adopt(address: string, key: string, count: number): boolean {
		if (this.#devices.get(address)?.has(key)) return false;
		const service = this.note(address, key);
		if (service === undefined) return false;
		service.count = count;
		service.isNormal = true;
		return true;
	}

	*save(): Generator<[key: string, value: unknown]> {
		for (const address of this.#dirty) {
			const services = [...this.#devices.get(address)!].map(([key, { count, isNormal }]) => [key, count, isNormal]);
			yield [`services/${address}`, { address, services }];
		}
		this.#dirty.clear();
	}

	/** Takes a saved device back; false where it is damaged. */
	restore(record: unknown): boolean {
		if (!isRecord(record) || typeof record.address !== "string" || !Array.isArray(record.services)) return false;
		const services = new Map<string, Service>();
		for (const entry of record.services.slice(0, MAX_SERVICES) as unknown[])
			if (Array.isArray(entry) && typeof entry[0] === "string" && Number.isFinite(entry[1]))
				services.set(entry[0], { count: entry[1], isNormal: entry[2] === true });
		this.#devices.set(record.address, services);
		return true;
	}
}
