/** What the configuration says of zones and conduits, read and checked: which network, VLAN or interface is of which zone, and who may talk across. */
import { type Network, readNetwork } from "./network.ts";

export const ZONES = ["OT", "IT", "DMZ", "remote", "internet"] as const;
export type Zone = (typeof ZONES)[number];

/** One entry of `zones:`, as it is written. */
export interface ZoneEntry {
	zone: Zone;
	networks?: string[];
	vlans?: number[];
	interfaces?: string[];
}

/** One entry of `conduits:`, as it is written. */
export interface ConduitEntry {
	from: string;
	to: string;
	services?: string[];
}

export interface ZoneSettings {
	zones: ZoneEntry[];
	conduits: ConduitEntry[];
}

export interface ZoneNetwork {
	readonly zone: Zone;
	readonly text: string;
	readonly network: Network;
}

/** One end of a conduit: a zone or a network. */
export type ConduitEnd = Zone | Network;

export interface Conduit {
	readonly from: ConduitEnd;
	readonly to: ConduitEnd;
	/** As `tcp/502` or a service's name; empty for all. */
	readonly services: readonly string[];
}

/** Everything that was told, ready to be asked. */
export interface ZonePlan {
	/** The longest first: the most specific wins. */
	readonly networks: readonly ZoneNetwork[];
	readonly vlans: ReadonlyMap<number, Zone>;
	readonly interfaces: ReadonlyMap<string, Zone>;
	readonly conduits: readonly Conduit[];
}

const isZone = (text: string): text is Zone => (ZONES as readonly string[]).includes(text);

/** The plan, or one sentence that says what is wrong. */
export function readZones({ zones, conduits }: ZoneSettings): ZonePlan | { problem: string } {
	const networks = new Map<string, ZoneNetwork & { at: number }>();
	const vlans = new Map<number, Zone>();
	const interfaces = new Map<string, Zone>();
	for (const [at, entry] of zones.entries()) {
		const { zone } = entry;
		const where = `zones.${at}`;
		if ((entry.networks?.length ?? 0) + (entry.vlans?.length ?? 0) + (entry.interfaces?.length ?? 0) === 0)
			return { problem: `${where} says nothing of what is ${zone}: give networks, vlans or interfaces.` };
		for (const text of entry.networks ?? []) {
			const network = readNetwork(text);
			if ("problem" in network) return { problem: `${where}: ${text} ${network.problem}.` };
			const key = `${network.bytes.join(".")}/${network.bits}`;
			const other = networks.get(key);
			if (other !== undefined && other.zone !== zone)
				return {
					problem: `${where}: the network ${text} is ${zone} here and ${other.zone} in zones.${other.at}: it can be of one zone only.`,
				};
			networks.set(key, { zone, text, network, at });
		}
		for (const [what, told, list] of [
			["VLAN", vlans, entry.vlans],
			["interface", interfaces, entry.interfaces],
		] as [string, Map<number | string, Zone>, (number | string)[] | undefined][]) {
			for (const one of list ?? []) {
				const other = told.get(one);
				if (other !== undefined && other !== zone)
					return { problem: `${where}: the ${what} ${one} is ${zone} here and ${other} further up: it can be of one zone only.` };
				told.set(one, zone);
			}
		}
	}
	const read: Conduit[] = [];
	for (const [at, { from, to, services = [] }] of conduits.entries()) {
		const ends: ConduitEnd[] = [];
		for (const [name, text] of Object.entries({ from, to })) {
			const end = isZone(text) ? text : readNetwork(text);
			if (typeof end !== "string" && "problem" in end)
				return { problem: `conduits.${at}.${name}: ${text} ${end.problem}, or a zone: ${ZONES.join(", ")}.` };
			ends.push(end);
		}
		read.push({ from: ends[0]!, to: ends[1]!, services });
	}
	return {
		networks: [...networks.values()].sort((one, other) => other.network.bits - one.network.bits),
		vlans,
		interfaces,
		conduits: read,
	};
}

/** Nothing told. */
export const NO_ZONES: ZoneSettings = { zones: [], conduits: [] };
