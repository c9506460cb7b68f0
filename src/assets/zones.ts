/**
 * Which zone an address is of. A person's word comes first, then the configuration (the longest network, then the VLAN, then the interface), then a guess: a
 * network where controllers speak is OT, a public address is on the Internet, and of any other private network nothing is said. Asked once a flow or an alert.
 *
 * VLAN and interface say where a frame was, which is where its sender is only when no router stands between: they count for devices with a card of their own.
 */
import { contains, ipBytes } from "../config/network.ts";
import { type Conduit, type ConduitEnd, NO_ZONES, readZones, type Zone, type ZonePlan, type ZoneSettings } from "../config/zones.ts";
import type { Asset } from "./asset.ts";
import type { Inventory } from "./inventory.ts";
import type { Placed } from "./placement.ts";

/** Networks with public addresses that are known to be here; a plant has a few. */
const MAX_LOCAL = 1024;
/** How sure a guess is. */
const SURE_OT = 0.8;
const SURE_INTERNET = 0.9;

/** The network of an address, as a site usually cuts them: /24, and the first half of an IPv6 address. */
export const netOf = (ip: string): string => (ip.includes(":") ? ip.split(":", 4).join(":") : ip.slice(0, ip.lastIndexOf(".")));
const netWords = (ip: string): string => (ip.includes(":") ? `${netOf(ip)}::/64` : `${netOf(ip)}.0/24`);

/** RFC 1918, 3927, 6598 and 4193, link-local: addresses of a site. */
export const isPrivate = (ip: string): boolean =>
	/^(?:10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd]|fe[89ab])/.test(ip);

/** An address that routers of the Internet pass on (RFC 6890 names those that they do not), with those that stand for such in documents (RFC 5737, 3849). */
const isPublic = (ip: string): boolean => {
	if (ip.includes(":")) return /^[23]/.test(ip);
	const first = Number.parseInt(ip, 10);
	return first > 0 && first !== 127 && first < 224 && !isPrivate(ip) && !/^198\.1[89]\./.test(ip);
};

const TOLD = "the configuration";

export class ZoneMap {
	readonly #plan: ZonePlan;
	readonly #inventory: Inventory;
	/** What a person said of an asset. */
	readonly #said: (asset: Asset) => Placed<Zone> | undefined;
	/** Public networks of which two hosts talk to each other under our eyes: no router stands between. */
	readonly #local = new Set<string>();
	#isDirty = false;
	/** By network, a controller there. */
	#controllers = new Map<string, string>();
	#revision = -1;

	constructor(settings: ZoneSettings | undefined, inventory: Inventory, said: (asset: Asset) => Placed<Zone> | undefined) {
		const plan = readZones(settings ?? NO_ZONES);
		if ("problem" in plan) throw new TypeError(plan.problem);
		this.#plan = plan;
		this.#inventory = inventory;
		this.#said = said;
	}

	/** True where the plant has a network between OT and IT. */
	get hasDmz(): boolean {
		const { networks, vlans, interfaces } = this.#plan;
		return networks.some(({ zone }) => zone === "DMZ") || [...vlans.values(), ...interfaces.values()].includes("DMZ");
	}

	/** Two hosts of one network talk to each other. */
	talked(one: string, other: string): void {
		if (!isPublic(one)) return;
		const net = netOf(one);
		if (net !== netOf(other) || this.#local.has(net) || this.#local.size >= MAX_LOCAL) return;
		this.#local.add(net);
		this.#isDirty = true;
	}

	ofAsset(asset: Asset): Placed<Zone> | undefined {
		const said = this.#said(asset);
		if (said !== undefined) return said;
		if (asset.line !== undefined) return { is: "OT", by: "configuration", evidence: "it is on a serial line of the plant" };
		for (const ip of asset.ips) {
			const told = this.#toldOf(ip);
			if (told !== undefined) return told;
		}
		const wired = this.#wired(asset);
		if (wired !== undefined) return wired;
		for (const ip of asset.ips) {
			const guess = this.#guess(ip, asset);
			if (guess !== undefined) return guess;
		}
		return undefined;
	}

	/** Of an IP address, whether a device is known there or not. */
	ofIp(ip: string | undefined): Placed<Zone> | undefined {
		if (ip === undefined) return undefined;
		const asset = this.#inventory.byIp(ip);
		const said = asset === undefined ? undefined : this.#said(asset);
		return said ?? this.#toldOf(ip) ?? (asset === undefined ? undefined : this.#wired(asset)) ?? this.#guess(ip, asset);
	}

	/** True where the configuration lets these two talk over this service. `names` are what it is called: `tcp/502`, `modbus`. */
	isConduit(client: string, from: Zone | undefined, server: string, to: Zone | undefined, names: readonly (string | undefined)[]): boolean {
		const { conduits } = this.#plan;
		if (conduits.length === 0) return false;
		const isAt = (end: ConduitEnd, ip: readonly number[] | undefined, zone: Zone | undefined): boolean =>
			typeof end === "string" ? end === zone : ip !== undefined && contains(end, ip);
		const one = ipBytes(client);
		const other = ipBytes(server);
		return conduits.some(
			(conduit: Conduit) =>
				isAt(conduit.from, one, from) &&
				isAt(conduit.to, other, to) &&
				(conduit.services.length === 0 || names.some((name) => name !== undefined && conduit.services.includes(name))),
		);
	}

	#toldOf(ip: string): Placed<Zone> | undefined {
		if (this.#plan.networks.length === 0) return undefined;
		const bytes = ipBytes(ip);
		const found = bytes === undefined ? undefined : this.#plan.networks.find(({ network }) => contains(network, bytes));
		return found && { is: found.zone, by: "configuration", evidence: `${TOLD} says so of ${found.text}` };
	}

	/** By the VLAN or the interface that a device is on. */
	#wired({ macs, vlans, interfaces }: Asset): Placed<Zone> | undefined {
		const { vlans: told, interfaces: toldOf } = this.#plan;
		if (macs.length === 0) return undefined;
		for (const vlan of vlans) {
			const zone = told.get(vlan);
			if (zone !== undefined) return { is: zone, by: "configuration", evidence: `${TOLD} says so of VLAN ${vlan}` };
		}
		for (const one of interfaces ?? []) {
			const zone = toldOf.get(one);
			if (zone !== undefined) return { is: zone, by: "configuration", evidence: `${TOLD} says so of interface ${one}` };
		}
		return undefined;
	}

	#guess(ip: string, asset: Asset | undefined): Placed<Zone> | undefined {
		const controller = this.#controllersByNet().get(netOf(ip));
		if (controller !== undefined) {
			const evidence = `a controller speaks in its network ${netWords(ip)}: ${controller}`;
			return { is: "OT", by: "guess", evidence, confidence: SURE_OT };
		}
		if (!isPublic(ip) || this.#isHere(ip, asset)) return undefined;
		return { is: "internet", by: "guess", evidence: "its address is a public one", confidence: SURE_INTERNET };
	}

	/** A public address in use on the plant's own network. */
	#isHere(ip: string, asset: Asset | undefined): boolean {
		return this.#local.has(netOf(ip)) || (asset !== undefined && this.#inventory.isOnLink(asset));
	}

	#controllersByNet(): ReadonlyMap<string, string> {
		if (this.#revision === this.#inventory.controllerRevision + this.#local.size) return this.#controllers;
		this.#revision = this.#inventory.controllerRevision + this.#local.size;
		this.#controllers = new Map();
		for (const asset of this.#inventory.controllers()) {
			for (const ip of asset.ips) {
				// Somebody's device on the Internet makes no OT of the network that it is in.
				if (ip.startsWith("169.254.") || /^fe[89ab]/.test(ip) || (isPublic(ip) && !this.#isHere(ip, asset))) continue;
				if (!this.#controllers.has(netOf(ip))) this.#controllers.set(netOf(ip), ip);
			}
		}
		return this.#controllers;
	}

	/** What was found out, as plain data; undefined where nothing changed. */
	save(): unknown {
		if (!this.#isDirty) return undefined;
		this.#isDirty = false;
		return [...this.#local];
	}

	/** Takes saved data back; false where it is damaged. */
	restore(saved: unknown): boolean {
		if (!Array.isArray(saved) || !saved.every((net) => typeof net === "string")) return false;
		for (const net of saved.slice(0, MAX_LOCAL)) this.#local.add(net);
		return true;
	}
}
