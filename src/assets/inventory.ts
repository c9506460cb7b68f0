/**
 * Who exists. Assets come from conversations (both sides spoke) and from what devices say about themselves; lone packets with forged senders make none.
 * A MAC address is a device's own where a claim says so (ARP, a lease), or as long as traffic shows a single address behind it: a router's MAC has many.
 */
import type { IdentityClaim } from "../decode/protocol.ts";
import { type Asset, type AssetIdentity, IDENTITY_FIELDS, type IdentityField, type Sighting, type Source } from "./asset.ts";
import { cleanText } from "./text.ts";

/** A large site has a few thousand devices. */
export const MAX_ASSETS = 16_384;
/** Part of them that claims alone may fill: a forger of ARP messages leaves room for those who really speak. */
const MAX_CLAIMED = MAX_ASSETS / 2;
/** Lists of one asset: more is noise, or somebody filling memory. */
const MAX_LIST = 16;
const MAX_NAMES = 8;
/** Of one asset: a gateway has as many devices behind it as its lines carry units, 31 of them without a repeater. */
const MAX_IDENTITIES = 32;
/** Changes kept of one asset: the latest. */
const MAX_CHANGES = 16;
/** Addresses behind one MAC that make it a router's: a multi-homed server has two or three. */
const ROUTER_ADDRESSES = 4;
/** Addresses remembered per MAC. */
const MAX_BEHIND = 8;
/** Addresses whose owner is watched. */
const MAX_BINDINGS = 16_384;

/** An address is now claimed by another device than the one that held it. */
export interface Takeover {
	ip: string;
	/** Who held it, and who claims it now. */
	oldMac: string;
	newMac: string;
	/** Microseconds since the holder was last heard with this address. */
	oldSilence: number;
	/** The claimant holds these addresses by its own claims. */
	others: string[];
	/** One of the two is a redundancy protocol's virtual address. */
	isVirtual: boolean;
	/** An address server gave the address to the claimant. */
	isAssigned: boolean;
	/** Only the traffic shows it; no claim was heard. */
	isByTraffic: boolean;
	/** The same device took it before, and the holder has been silent for long: nothing new. */
	isKnown: boolean;
	/** What said it. */
	evidence: string;
}

/** A holder of an address that was silent for so long, microseconds, was probably replaced by who took it; until then each claim counts. */
export const GONE_MICROS = 3600e6;

interface Binding {
	mac: string;
	lastSeen: number;
	/** A claim said so, not only traffic. */
	isClaimed: boolean;
	/** MAC to which an address server gave the address. */
	leasedTo: string | undefined;
	/** MAC that took the address while its holder was silent, and whether it claimed it or only used it. A replaced device is one happening, not one each time that it speaks. */
	takenBy: string | undefined;
	isTakenByClaim: boolean;
}

type SavedBinding = [key: string, mac: string, lastSeen: number, leasedTo: string | null, takenBy: string | null, isTakenByClaim: boolean];

interface Card {
	mac: string;
	/** Addresses behind it by traffic, and by its own claims; bounded. */
	behind: Set<string>;
	claimed: Set<string>;
	isRouter: boolean;
}

/** An asset with what only the inventory knows. */
class Entry {
	readonly asset: Asset;
	/** Watched how often; asset without a conversation is claimed only. */
	sightings = 0;
	hasSpoken = false;
	constructor(asset: Asset) {
		this.asset = asset;
	}
}

/** Virtual MAC addresses of VRRP (RFC 9568, 7.3), HSRP (RFC 2281, 5; version 2) and GLBP, CARP: the address moves by design. */
const VIRTUAL = /^(?:00:00:5e:00:0[12]|00:00:0c:07:ac|00:00:0c:9f:f|00:07:b4:00)/;
export const isVirtualMac = (mac: string): boolean => VIRTUAL.test(mac);

/** Group and broadcast MAC addresses have bit 0 of the first byte set. */
const isDeviceMac = (mac: string): boolean => /^[0-9a-f][02468ace]:/.test(mac) && mac !== "00:00:00:00:00:00";

/**
 * True for an address that one device can hold: not 0/8, loopback, multicast, 255.255.255.255. Which address is the broadcast of its own network cannot be told without the
 * network's length (10.0.0.255 is a host of 10.0.0.0/16): whoever speaks from it, or says that it is his, is one device.
 */
export function isDeviceIp(ip: string): boolean {
	if (ip.includes(":")) return ip !== "::" && ip !== "::1" && !ip.startsWith("ff");
	const first = Number.parseInt(ip, 10);
	return first > 0 && first !== 127 && first < 224;
}

/** What says so where nobody does: frames alone. */
export const TRAFFIC = "traffic";
/** What a model goes with. */
const OF_MODEL = ["productCode", "firmware", "serialNumber"] as const;

const sightingOf = (time: number, by?: Partial<Source>): Sighting => ({ ...by, time: time / 1e6 });

/** The first thing that says so stands, but that a claim says more than traffic. */
function addGrounds(asset: Asset, value: string, evidence: string, seen: Sighting): void {
	asset.addressGrounds ??= [];
	const known = asset.addressGrounds.find((one) => one.value === value);
	if (known === undefined) asset.addressGrounds.push({ value, evidence, seen });
	else if (known.evidence === TRAFFIC && evidence !== TRAFFIC) Object.assign(known, { evidence, seen });
}

function dropGrounds(asset: Asset, address: string): void {
	if (asset.addressGrounds !== undefined) asset.addressGrounds = asset.addressGrounds.filter(({ value }) => value !== address);
}

/** True for an IPv6 address that never leaves the link. */
const isLinkLocal = (ip: string): boolean => /^fe[89ab]/.test(ip);

export class Inventory {
	/** Bounds reached, by fixed name. */
	readonly counters: Record<string, number> = {};
	/** How often assets were seen, all together. */
	sightings = 0;
	/** Counts up when a controller, or an address of one, is new or gone. */
	controllerRevision = 0;

	readonly #entries = new Map<string, Entry>();
	readonly #byIp = new Map<string, Entry>();
	readonly #byMac = new Map<string, Entry>();
	readonly #byLine = new Map<string, Entry>();
	readonly #cards = new Map<string, Card>();
	/** By VLAN, then by address. */
	readonly #bindings = new Map<number, Map<string, Binding>>();
	#bindingCount = 0;
	readonly #vendorOf: (mac: string) => string | undefined;
	#claimedOnly = 0;
	#changed = new Set<Entry>();
	/** To be stored; and those of them of which more is new than that they were seen again. */
	#unsaved = new Set<Entry>();
	#news = new Set<Entry>();

	/** Called for each new asset, when it is complete; set by the owner. */
	onNew: (asset: Asset) => void = () => {};

	constructor(vendorOf: (mac: string) => string | undefined) {
		this.#vendorOf = vendorOf;
	}

	get size(): number {
		return this.#entries.size;
	}

	/** Assets that were seen once. */
	singletons(): number {
		let singles = 0;
		for (const entry of this.#entries.values()) if (entry.sightings === 1) singles++;
		return singles;
	}

	byIp(ip: string | undefined): Asset | undefined {
		return ip === undefined ? undefined : this.#byIp.get(ip)?.asset;
	}

	byMac(mac: string | undefined): Asset | undefined {
		return mac === undefined ? undefined : this.#byMac.get(mac)?.asset;
	}

	/** A serial line, or whoever asks on it. */
	byLine(line: string): Asset | undefined {
		return this.#byLine.get(line)?.asset;
	}

	/** By an IP address, a serial line, or a MAC address. */
	byAddress(address: string | undefined): Asset | undefined {
		return address === undefined ? undefined : (this.#entryAt(address) ?? this.#byMac.get(address))?.asset;
	}

	all(): Asset[] {
		return [...this.#entries.values()].map((entry) => entry.asset);
	}

	/** Those that serve a control protocol. */
	controllers(): Asset[] {
		return this.all().filter(({ isControl }) => isControl);
	}

	/** Assets that changed since the last call. */
	changed(): Asset[] {
		const changed = [...this.#changed].map((entry) => entry.asset);
		this.#changed.clear();
		return changed;
	}

	/** True where the device itself claimed an address: it is on the link, not behind a router. */
	isOnLink(asset: Asset): boolean {
		return asset.macs.some((mac) => (this.#cards.get(mac)?.claimed.size ?? 0) > 0);
	}

	/** True where this MAC address carries the traffic of many. */
	isRouter(mac: string): boolean {
		return this.#cards.get(mac)?.isRouter === true;
	}

	/**
	 * An endpoint took part in a conversation. `time` is capture time in microseconds.
	 * Returns a takeover where the traffic of a claimed address comes from another device of the same VLAN.
	 */
	spoke(ip: string | undefined, mac: string | undefined, vlan: number, time: number, by?: Partial<Source>): Takeover | undefined {
		const card = mac === undefined ? undefined : (this.#cards.get(mac) ?? (isDeviceMac(mac) ? this.#card(mac) : undefined));
		let entry = ip !== undefined ? this.#byIp.get(ip) : card && this.#byMac.get(card.mac);
		if (entry === undefined && ip !== undefined && !isDeviceIp(ip)) return undefined;
		const isOwn = card !== undefined && ip !== undefined && this.#seenBehind(card, ip);
		if (entry === undefined) {
			// A MAC address that is known by its own claims and has no IP address yet is the same device.
			const known = isOwn ? this.#byMac.get(card.mac) : undefined;
			if (known !== undefined && (known.asset.ips.length === 0 || isLinkLocal(ip!))) entry = known;
			else entry = this.#add(ip ?? card?.mac, time, true);
			if (entry === undefined) return undefined;
			const seen = sightingOf(time, by);
			if (ip !== undefined) this.#addIp(entry, ip, TRAFFIC, seen);
			if (card !== undefined && (isOwn || ip === undefined)) this.#addMac(entry, card.mac, TRAFFIC, seen);
			this.#vlan(entry, vlan);
			this.#see(entry, time, true);
			if (known !== entry) this.onNew(entry.asset);
		} else {
			if (isOwn && entry.asset.macs.length === 0) this.#addMac(entry, card.mac, TRAFFIC, sightingOf(time, by));
			this.#vlan(entry, vlan);
			this.#see(entry, time, true);
		}
		return ip !== undefined && card !== undefined ? this.#bind(ip, card, vlan, time, TRAFFIC, false) : undefined;
	}

	/** An endpoint was heard on this interface of the box. */
	heardOn(ip: string | undefined, mac: string | undefined, name: string): void {
		const entry = (ip !== undefined ? this.#byIp.get(ip) : undefined) ?? (mac !== undefined ? this.#byMac.get(mac) : undefined);
		if (entry === undefined) return;
		entry.asset.interfaces ??= [];
		const { interfaces } = entry.asset;
		if (interfaces.includes(name) || interfaces.length >= MAX_LIST) return;
		interfaces.push(name);
		this.#touch(entry);
	}

	/** Somebody spoke on a serial line. It is there because a person named it: it is no new device. */
	spokeOn(line: string, time: number): void {
		let entry = this.#byLine.get(line);
		if (entry === undefined) {
			entry = this.#add(line, time, true);
			if (entry === undefined) return;
			entry.asset.line = line;
			this.#byLine.set(line, entry);
		}
		this.#see(entry, time, true);
	}

	/** A device that a document names, before it was seen here: it is no new device. `time` in microseconds. */
	introduce(address: string, name: string, evidence: string, time: number): void {
		let entry = this.#entryAt(address);
		if (entry === undefined) {
			entry = this.#add(address, time, true);
			if (entry === undefined) return;
			if (isDeviceMac(address)) this.#addMac(entry, address, evidence, sightingOf(time));
			else if (isDeviceIp(address)) this.#addIp(entry, address, evidence, sightingOf(time));
			else {
				entry.asset.line = address;
				this.#byLine.set(address, entry);
			}
		}
		this.#describe(entry, { hostName: name, evidence }, sightingOf(time));
		this.#see(entry, time, true);
	}

	/** What traffic says about a device. Returns a takeover, where the claim is one. */
	claim(claim: IdentityClaim, vlan: number, time: number, by?: Partial<Source>): Takeover | undefined {
		const ip = claim.ip !== undefined && isDeviceIp(claim.ip) ? claim.ip : undefined;
		const mac = claim.mac !== undefined && isDeviceMac(claim.mac) ? claim.mac : undefined;
		if (ip === undefined && mac === undefined) return undefined;
		const seen = sightingOf(time, by);
		const says = cleanText(claim.evidence) ?? TRAFFIC;
		let entry: Entry | undefined;
		let isNew = false;
		let takeover: Takeover | undefined;
		if (mac !== undefined) {
			const card = this.#card(mac);
			if (ip !== undefined && card !== undefined) {
				takeover = this.#bind(ip, card, vlan, time, claim.evidence, claim.assigned === true);
				if (card.claimed.size < MAX_BEHIND && takeover === undefined) {
					if (card.claimed.size === 0 && this.#byMac.get(mac)?.asset.isControl) this.controllerRevision++;
					card.claimed.add(ip);
				}
			}
			entry = this.#byMac.get(mac);
			const holder = ip === undefined ? undefined : this.#byIp.get(ip);
			if (entry === undefined && holder !== undefined && (holder.asset.macs.length === 0 || isVirtualMac(mac))) entry = holder;
			if (entry === undefined) {
				entry = this.#add(mac, time, false);
				if (entry === undefined) return takeover;
				isNew = true;
			}
			this.#addMac(entry, mac, says, seen);
			// An address that somebody else holds stays his until a person, or an address server, says otherwise.
			if (ip !== undefined && (takeover === undefined || takeover.isAssigned)) this.#addIp(entry, ip, says, seen);
		} else {
			// A name for an address says nothing about whether that device is here: it makes no asset.
			entry = this.#byIp.get(ip!);
			if (entry === undefined) return undefined;
		}
		this.#describe(entry, claim, seen);
		this.#vlan(entry, vlan);
		this.#see(entry, time, false);
		if (isNew) this.onNew(entry.asset);
		return takeover;
	}

	/** What a device says of itself in a conversation; it makes no asset. Alerts go on naming the maker of its network card, which it cannot choose by words. */
	describe(address: string | undefined, claim: IdentityClaim, time: number, by?: Partial<Source>): void {
		const entry = address === undefined ? undefined : (this.#entryAt(address) ?? this.#byMac.get(address));
		if (entry !== undefined) this.#describe(entry, claim, sightingOf(time, by), entry.asset.vendor !== undefined);
	}

	/** Notes a service that an address (an IP address or a serial line) serves. */
	serves(address: string | undefined, mac: string | undefined, service: string, isControl: boolean): void {
		const entry = (address !== undefined ? this.#entryAt(address) : undefined) ?? (mac !== undefined ? this.#byMac.get(mac) : undefined);
		if (entry === undefined) return;
		const { asset } = entry;
		if (isControl && !asset.isControl) {
			asset.isControl = true;
			this.controllerRevision++;
			this.#touch(entry);
		}
		if (!asset.services.includes(service) && asset.services.length < MAX_LIST) {
			asset.services.push(service);
			this.#touch(entry);
		}
	}

	/** What a person said of it changed: it is to be shown anew. */
	again(address: string): void {
		const entry = this.#entryAt(address) ?? this.#byMac.get(address) ?? this.#entries.get(address);
		if (entry !== undefined) this.#changed.add(entry);
	}

	/** Sets what an asset is, among the roles that behaviour shows, with what shows it; a role that a message proved stays. `time` in microseconds. */
	role(address: string | undefined, role: string, isHeld: boolean, evidence: string, time: number): void {
		const entry = address === undefined ? undefined : this.#entryAt(address);
		if (entry === undefined || entry.asset.roles.includes(role) === isHeld) return;
		const { asset } = entry;
		if (isHeld) this.#addRole(entry, role, evidence, sightingOf(time));
		else {
			asset.roles.splice(asset.roles.indexOf(role), 1);
			if (asset.roleGrounds !== undefined) asset.roleGrounds = asset.roleGrounds.filter(({ value }) => value !== role);
			this.#touch(entry);
		}
	}

	#addRole(entry: Entry, role: string, evidence: string, seen: Sighting): void {
		const { asset } = entry;
		if (asset.roles.includes(role) || asset.roles.length >= MAX_LIST) return;
		asset.roles.push(role);
		asset.roleGrounds ??= [];
		asset.roleGrounds.push({ value: role, evidence, seen });
		this.#touch(entry);
	}

	#entryAt(address: string): Entry | undefined {
		return this.#byIp.get(address) ?? this.#byLine.get(address);
	}

	#count(what: string): void {
		this.counters[what] = (this.counters[what] ?? 0) + 1;
	}

	#touch(entry: Entry): void {
		this.#changed.add(entry);
		this.#unsaved.add(entry);
		this.#news.add(entry);
	}

	#add(idOf: string | undefined, time: number, hasSpoken: boolean): Entry | undefined {
		if (idOf === undefined) return undefined;
		const known = this.#entries.get(idOf);
		if (known !== undefined) return known;
		if (this.#entries.size >= MAX_ASSETS || (!hasSpoken && this.#claimedOnly >= MAX_CLAIMED)) {
			this.#count("assets-bound");
			return undefined;
		}
		const entry = new Entry({
			id: idOf,
			ips: [],
			macs: [],
			names: [],
			roles: [],
			isControl: false,
			services: [],
			vlans: [],
			firstSeen: time / 1e6,
			lastSeen: time / 1e6,
		});
		if (!hasSpoken) this.#claimedOnly++;
		else entry.hasSpoken = true;
		this.#entries.set(idOf, entry);
		this.#touch(entry);
		return entry;
	}

	#see(entry: Entry, time: number, hasSpoken: boolean): void {
		this.sightings++;
		entry.sightings++;
		if (hasSpoken && !entry.hasSpoken) {
			entry.hasSpoken = true;
			this.#claimedOnly--;
		}
		const { asset } = entry;
		if (time / 1e6 > asset.lastSeen) asset.lastSeen = time / 1e6;
		this.#unsaved.add(entry);
	}

	#addIp(entry: Entry, ip: string, evidence: string, seen: Sighting): void {
		const holder = this.#byIp.get(ip);
		if (holder === entry) {
			addGrounds(entry.asset, ip, evidence, seen);
			return;
		}
		if (holder !== undefined) {
			holder.asset.ips.splice(holder.asset.ips.indexOf(ip), 1);
			dropGrounds(holder.asset, ip);
			if (holder.asset.isControl) this.controllerRevision++;
			this.#touch(holder);
			if (holder.asset.ips.length === 0 && holder.asset.macs.length === 0) this.#merge(holder, entry);
		}
		if (entry.asset.ips.length >= MAX_LIST) {
			this.#count("asset-addresses-bound");
			return;
		}
		entry.asset.ips.push(ip);
		addGrounds(entry.asset, ip, evidence, seen);
		this.#byIp.set(ip, entry);
		if (entry.asset.isControl) this.controllerRevision++;
		this.#touch(entry);
	}

	/** What was known of an address without a device goes to the device. */
	#merge(from: Entry, into: Entry): void {
		const one = from.asset;
		const other = into.asset;
		other.isControl ||= one.isControl;
		other.firstSeen = Math.min(other.firstSeen, one.firstSeen);
		for (const service of one.services)
			if (!other.services.includes(service) && other.services.length < MAX_LIST) other.services.push(service);
		for (const name of one.names) if (other.names.length < MAX_NAMES) other.names.push(name);
		for (const { value, evidence, seen } of one.roleGrounds ?? []) this.#addRole(into, value, evidence, seen);
		if (other.name === undefined && one.name !== undefined) other.name = one.name;
		for (const { seen, isPresumed = false, ...identity } of one.identities ?? [])
			this.#identify(into, { ...identity, presumed: isPresumed }, seen ?? { time: one.firstSeen }, true);
		this.#entries.delete(one.id);
		this.#changed.delete(from);
		this.#unsaved.delete(from);
		this.#news.delete(from);
		this.#gone.push(one.id);
	}
	#gone: string[] = [];

	#addMac(entry: Entry, mac: string, evidence: string, seen: Sighting): void {
		if (this.#byMac.get(mac) === entry) {
			addGrounds(entry.asset, mac, evidence, seen);
			return;
		}
		if (this.#byMac.has(mac) || entry.asset.macs.length >= MAX_LIST) return;
		entry.asset.macs.push(mac);
		addGrounds(entry.asset, mac, evidence, seen);
		this.#byMac.set(mac, entry);
		const vendor = this.#vendorOf(mac);
		if (entry.asset.vendor === undefined && vendor !== undefined) entry.asset.vendor = cleanText(vendor)!;
		this.#touch(entry);
	}

	#vlan(entry: Entry, vlan: number): void {
		if (vlan < 0 || entry.asset.vlans.includes(vlan) || entry.asset.vlans.length >= MAX_LIST) return;
		entry.asset.vlans.push(vlan);
		this.#touch(entry);
	}

	#describe(entry: Entry, claim: IdentityClaim, seen: Sighting, keepsVendor = false): void {
		const { asset } = entry;
		const evidence = cleanText(claim.evidence) ?? TRAFFIC;
		const name = cleanText(claim.hostName);
		if (name !== undefined && !asset.names.some((known) => known.name === name) && asset.names.length < MAX_NAMES) {
			asset.names.push({ name, evidence, seen });
			asset.name ??= name;
			this.#touch(entry);
		}
		for (const field of IDENTITY_FIELDS) {
			const text = field === "vendor" && keepsVendor ? undefined : cleanText(claim[field]);
			if (text === undefined || asset[field] === text || (claim.presumed === true && asset[field] !== undefined)) continue;
			asset[field] = text;
			this.#touch(entry);
		}
		this.#identify(entry, claim, seen);
		const role = cleanText(claim.role);
		if (role !== undefined) this.#addRole(entry, role, evidence, seen);
	}

	/** What is said together stays together. What gives way takes no other text's place. */
	#identify(entry: Entry, claim: IdentityClaim, seen: Sighting, givesWay = claim.presumed === true): void {
		const said: Partial<Record<IdentityField, string>> = {};
		for (const field of IDENTITY_FIELDS) {
			const text = cleanText(claim[field]);
			if (text !== undefined) said[field] = text;
		}
		if (Object.keys(said).length === 0) return;
		const evidence = cleanText(claim.evidence) ?? TRAFFIC;
		const identities = entry.asset.identities ?? [];
		let identity = identities.find((one) => one.evidence === evidence && one.unit === claim.unit);
		if (identity === undefined) {
			if (identities.length >= MAX_IDENTITIES) {
				this.#count("asset-identities-bound");
				return;
			}
			identity = { evidence, ...(claim.unit !== undefined && { unit: claim.unit }), ...(claim.presumed === true && { isPresumed: true }) };
			identities.push(identity);
			entry.asset.identities = identities;
		}
		let isNews = false;
		for (const field of IDENTITY_FIELDS) {
			const text = said[field];
			const before = identity[field];
			if (text === undefined || before === text || (givesWay && before !== undefined)) continue;
			if (before !== undefined && identity.isPresumed !== true) this.#changedTo(entry.asset, identity, field, text, seen);
			// Another model is another device: the firmware of the one before is not its own.
			if (field === "model" && before !== undefined) for (const other of OF_MODEL) delete identity[other];
			identity[field] = text;
			isNews = true;
		}
		if (!isNews) return;
		identity.seen = seen;
		if (claim.presumed !== true) delete identity.isPresumed;
		this.#touch(entry);
	}

	#changedTo(asset: Asset, { evidence, unit, ...identity }: AssetIdentity, field: IdentityField, to: string, seen: Sighting): void {
		asset.changes ??= [];
		asset.changes.push({ field, from: identity[field]!, to, evidence, ...(unit !== undefined && { unit }), seen });
		if (asset.changes.length > MAX_CHANGES) asset.changes.shift();
	}

	#card(mac: string): Card | undefined {
		let card = this.#cards.get(mac);
		if (card === undefined) {
			if (this.#cards.size >= MAX_ASSETS) {
				this.#count("cards-bound");
				return undefined;
			}
			card = { mac, behind: new Set(), claimed: new Set(), isRouter: false };
			this.#cards.set(mac, card);
		}
		return card;
	}

	/** Notes that traffic of `ip` came from the card; true while that is the only address it carried. */
	#seenBehind(card: Card, ip: string): boolean {
		if (card.behind.size === 1 && card.behind.has(ip)) return card.claimed.size === 0 || card.claimed.has(ip);
		if (card.claimed.has(ip) || isLinkLocal(ip)) return true;
		// A device may use any number of IPv6 addresses at once: they show neither a device's own address nor a router.
		if (card.isRouter || ip.includes(":")) return false;
		card.behind.add(ip);
		if (card.behind.size === 1) return card.claimed.size === 0;
		// More than one: the card belongs to none of those that only traffic put behind it.
		const owner = this.#byMac.get(card.mac);
		if (owner !== undefined && card.claimed.size === 0) {
			this.#byMac.delete(card.mac);
			owner.asset.macs.splice(owner.asset.macs.indexOf(card.mac), 1);
			dropGrounds(owner.asset, card.mac);
			if (owner.asset.macs.length === 0) delete owner.asset.vendor;
			this.#touch(owner);
		}
		if (card.behind.size >= ROUTER_ADDRESSES) {
			card.isRouter = true;
			const router = this.#byMac.get(card.mac);
			if (router !== undefined)
				this.#addRole(router, "router", `traffic of ${card.behind.size} addresses and more`, { time: router.asset.lastSeen });
		}
		return false;
	}

	#bind(ip: string, card: Card, vlan: number, time: number, evidence: string, isAssigned: boolean): Takeover | undefined {
		const isByTraffic = evidence === TRAFFIC;
		const binding = this.#bindings.get(vlan)?.get(ip);
		if (binding === undefined) {
			if (isByTraffic) return undefined; // it may be a router's; a claim makes the binding
			this.#addBinding(vlan, ip, {
				mac: card.mac,
				lastSeen: time,
				isClaimed: true,
				leasedTo: isAssigned ? card.mac : undefined,
				takenBy: undefined,
				isTakenByClaim: false,
			});
			return undefined;
		}
		if (isAssigned) binding.leasedTo = card.mac;
		if (binding.mac === card.mac) {
			binding.lastSeen = time;
			binding.takenBy = undefined;
			return undefined;
		}
		if (isByTraffic && (card.isRouter || card.claimed.size === 0)) return undefined; // routed traffic, or a device that never spoke for itself
		const takeover: Takeover = {
			ip,
			oldMac: binding.mac,
			newMac: card.mac,
			oldSilence: Math.max(0, time - binding.lastSeen),
			others: [...card.claimed].filter((other) => other !== ip),
			isVirtual: isVirtualMac(card.mac) || isVirtualMac(binding.mac),
			isAssigned: binding.leasedTo === card.mac,
			isByTraffic,
			isKnown: binding.takenBy === card.mac && (isByTraffic || binding.isTakenByClaim) && time - binding.lastSeen >= GONE_MICROS,
			evidence,
		};
		if (takeover.isAssigned || takeover.isVirtual) {
			binding.mac = card.mac;
			binding.lastSeen = time;
			binding.takenBy = undefined;
		} else if (!takeover.isKnown) {
			binding.takenBy = card.mac;
			binding.isTakenByClaim = !isByTraffic;
			const holder = this.#byIp.get(ip);
			if (holder !== undefined) this.#touch(holder);
		}
		return takeover;
	}

	#addBinding(vlan: number, ip: string, binding: Binding): void {
		if (this.#bindingCount >= MAX_BINDINGS) {
			this.#count("bindings-bound");
			return;
		}
		let ofVlan = this.#bindings.get(vlan);
		if (ofVlan === undefined) {
			ofVlan = new Map();
			this.#bindings.set(vlan, ofVlan);
		}
		if (!ofVlan.has(ip)) this.#bindingCount++;
		ofVlan.set(ip, binding);
	}

	/** What changed since the last time. */
	*save(isWhole = true): Generator<[key: string, value: unknown]> {
		for (const id of this.#gone) yield [`asset/${id}`, null];
		this.#gone = [];
		const unsaved = isWhole ? this.#unsaved : this.#news;
		if (isWhole) this.#unsaved = new Set();
		this.#news = new Set();
		for (const entry of unsaved) {
			this.#unsaved.delete(entry);
			const cards = entry.asset.macs.map((mac) => this.#cards.get(mac)).filter((card) => card !== undefined);
			yield [
				`asset/${entry.asset.id}`,
				{
					asset: structuredClone(entry.asset),
					sightings: entry.sightings,
					hasSpoken: entry.hasSpoken,
					cards: cards.map((card) => [card.mac, [...card.behind], [...card.claimed], card.isRouter]),
					bindings: this.#bindingsOf(entry.asset),
				},
			];
		}
	}

	#bindingsOf(asset: Asset): SavedBinding[] {
		const bindings: SavedBinding[] = [];
		for (const ip of asset.ips) {
			for (const vlan of asset.vlans.length > 0 ? asset.vlans : [-1]) {
				const binding = this.#bindings.get(vlan)?.get(ip);
				if (binding === undefined) continue;
				const { mac, lastSeen, leasedTo, takenBy, isTakenByClaim } = binding;
				bindings.push([`${vlan}|${ip}`, mac, lastSeen, leasedTo ?? null, takenBy ?? null, isTakenByClaim]);
			}
		}
		return bindings;
	}

	/** Takes one saved asset back; false where it is damaged. */
	restore(value: unknown): boolean {
		const saved = value as { asset?: Asset; sightings?: unknown; hasSpoken?: unknown; cards?: unknown; bindings?: unknown } | null;
		const asset = saved?.asset;
		if (!isAsset(asset) || !Number.isFinite(saved?.sightings) || this.#entries.has(asset.id) || this.#entries.size >= MAX_ASSETS)
			return false;
		const entry = new Entry(structuredClone(asset));
		entry.sightings = saved!.sightings as number;
		entry.hasSpoken = saved!.hasSpoken === true;
		if (!entry.hasSpoken) this.#claimedOnly++;
		this.sightings += entry.sightings;
		this.#entries.set(asset.id, entry);
		if (asset.isControl) this.controllerRevision++;
		for (const ip of asset.ips) this.#byIp.set(ip, entry);
		for (const mac of asset.macs) this.#byMac.set(mac, entry);
		if (asset.line !== undefined) this.#byLine.set(asset.line, entry);
		for (const saved_ of Array.isArray(saved!.cards) ? saved!.cards : []) {
			if (!Array.isArray(saved_) || typeof saved_[0] !== "string" || !isTexts(saved_[1]) || !isTexts(saved_[2])) return false;
			const card = this.#card(saved_[0]);
			if (card === undefined) return false;
			for (const ip of saved_[1].slice(0, MAX_BEHIND)) card.behind.add(ip);
			for (const ip of saved_[2].slice(0, MAX_BEHIND)) card.claimed.add(ip);
			card.isRouter = saved_[3] === true;
		}
		for (const binding of Array.isArray(saved!.bindings) ? saved!.bindings : []) {
			if (!Array.isArray(binding) || typeof binding[0] !== "string" || typeof binding[1] !== "string" || !Number.isFinite(binding[2]))
				return false;
			const bar = binding[0].indexOf("|");
			const vlan = Number(binding[0].slice(0, bar));
			if (bar < 1 || !Number.isInteger(vlan)) return false;
			this.#addBinding(vlan, binding[0].slice(bar + 1), {
				mac: binding[1],
				lastSeen: binding[2],
				isClaimed: true,
				leasedTo: typeof binding[3] === "string" ? binding[3] : undefined,
				takenBy: typeof binding[4] === "string" ? binding[4] : undefined,
				isTakenByClaim: binding[5] === true,
			});
		}
		return true;
	}
}

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((text) => typeof text === "string");

function isAsset(value: unknown): value is Asset {
	const asset = value as Asset | null | undefined;
	return (
		typeof asset === "object" &&
		asset !== null &&
		typeof asset.id === "string" &&
		isTexts(asset.ips) &&
		isTexts(asset.macs) &&
		(asset.line === undefined || typeof asset.line === "string") &&
		isTexts(asset.roles) &&
		isTexts(asset.services) &&
		Array.isArray(asset.names) &&
		asset.names.every((name) => typeof name?.name === "string" && typeof name.evidence === "string") &&
		(asset.identities === undefined ||
			(Array.isArray(asset.identities) && asset.identities.every((identity) => typeof identity?.evidence === "string"))) &&
		Array.isArray(asset.vlans) &&
		asset.vlans.every(Number.isInteger) &&
		(asset.interfaces === undefined || isTexts(asset.interfaces)) &&
		Number.isFinite(asset.firstSeen) &&
		Number.isFinite(asset.lastSeen)
	);
}
