/** What is remembered of a site beyond one flow: connections (ARs), the requests that wait for their answers, which may come from another port, and messages in fragments. */
import type { Clock } from "../../src/decode/protocol.ts";
import type { Asked } from "./observation.ts";

const MAX_RELATIONS = 1024;
const MAX_EXCHANGES = 1024;
/** Messages of several fragments that are not whole at a time, and bytes of one: ArgsMaximum is 65,535 as a rule. */
const MAX_ASSEMBLIES = 16;
const MAX_BODY = 65_536;
const MAX_STATIONS = 4096;
/** Microseconds after which a message whose fragments stopped coming makes way. */
const FORGOTTEN = 10e6;

export interface Exchange extends Asked {
	/** On which it was asked: who asks again does so from the same port. */
	readonly flow: number;
	/** Of what it says. */
	readonly digest: number;
	readonly sequence: number;
	readonly operation: number;
	readonly interface: number;
	/** Who sent it is the server of its flow. */
	readonly isServersFlow: boolean;
	isAnswered: boolean;
	isOverdue: boolean;
}

interface Ar {
	isParametrising: boolean;
}

interface Assembly {
	bytes: Uint8Array;
	length: number;
	next: number;
	time: number;
}

type Count = (what: string) => void;

/** Bounded by giving up the oldest. */
function put<K, V>(map: Map<K, V>, key: K, value: V, bound: number, count: Count, what: string): void {
	if (!map.has(key) && map.size >= bound) {
		map.delete(map.keys().next().value!);
		count(what);
	}
	map.set(key, value);
}

export class SiteMemory {
	readonly #ars = new Map<string, Ar>();
	readonly #exchanges = new Map<string, Exchange>();
	readonly #assemblies = new Map<string, Assembly>();
	/** Controllers and devices by MAC address, as their connections say. */
	readonly #stations = new Map<string, "controller" | "device">();

	/** A connection begins: until its parameters are ended, what is written are parameters. */
	connects(arUuid: string, controller: string, count: Count): void {
		put(this.#ars, arUuid, { isParametrising: true }, MAX_RELATIONS, count, "relations-bound");
		put(this.#stations, controller, "controller", MAX_STATIONS, count, "stations-bound");
	}

	isDevice(mac: string, count: Count): void {
		put(this.#stations, mac, "device", MAX_STATIONS, count, "stations-bound");
	}

	parametrises(arUuid: string, isParametrising: boolean): void {
		const ar = this.#ars.get(arUuid);
		if (ar !== undefined) ar.isParametrising = isParametrising;
	}

	isParametrising(arUuid: string): boolean {
		return this.#ars.get(arUuid)?.isParametrising === true;
	}

	releases(arUuid: string): void {
		this.#ars.delete(arUuid);
	}

	stationAt(mac: string | undefined): "controller" | "device" | undefined {
		return mac === undefined ? undefined : this.#stations.get(mac);
	}

	exchange(key: string): Exchange | undefined {
		return this.#exchanges.get(key);
	}

	/** An activity of a client asks one thing at a time (C706, 10.1.3). */
	asks(key: string, exchange: Exchange, count: Count): void {
		this.#exchanges.delete(key);
		put(this.#exchanges, key, exchange, MAX_EXCHANGES, count, "exchanges-bound");
	}

	/** Adds a fragment; the whole body where it was the last one, else undefined. Fragments come in their order, or the message is given up. */
	assemble(
		key: string,
		number: number,
		isLast: boolean,
		bytes: Uint8Array,
		from: number,
		to: number,
		time: number,
		count: Count,
	): Uint8Array | undefined {
		let assembly = this.#assemblies.get(key);
		if (number === 0) {
			if (assembly === undefined && this.#assemblies.size >= MAX_ASSEMBLIES) {
				for (const [name, one] of this.#assemblies) if (time - one.time > FORGOTTEN) this.#assemblies.delete(name);
				if (this.#assemblies.size >= MAX_ASSEMBLIES) {
					this.#assemblies.delete(this.#assemblies.keys().next().value!);
					count("fragments-bound");
				}
			}
			assembly = { bytes: bytes.slice(from, to), length: 0, next: 0, time };
			this.#assemblies.set(key, assembly);
		}
		if (assembly === undefined) return undefined;
		if (number < assembly.next) return undefined;
		if (number > assembly.next || assembly.length + to - from > MAX_BODY) {
			this.#assemblies.delete(key);
			count("fragments-lost");
			return undefined;
		}
		const length = assembly.length + to - from;
		if (length > assembly.bytes.length) {
			const longer = new Uint8Array(Math.min(MAX_BODY, 2 * length));
			longer.set(assembly.bytes.subarray(0, assembly.length));
			assembly.bytes = longer;
		}
		assembly.bytes.set(bytes.subarray(from, to), assembly.length);
		assembly.length = length;
		assembly.next = number + 1;
		assembly.time = time;
		if (!isLast) return undefined;
		this.#assemblies.delete(key);
		return assembly.bytes.subarray(0, assembly.length);
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
