/** An asset: one device that was seen, and what the traffic said about it. Plain data; goes to the store, the page and MQTT. */
import type { Placement } from "./placement.ts";

/** The message that said something of a device. */
export interface Source {
	/** Name of the protocol. */
	readonly protocol: string;
	/** From 1, counted per capture, or since the box listens. */
	readonly frame: number;
}

/** Where and when something was said of a device; without protocol and frame by a document or by what it does. */
export interface Sighting extends Partial<Source> {
	/** Seconds since the epoch. */
	readonly time: number;
}

/** What one way of asking said of a device, together: a model with the firmware that was said with it. */
export interface AssetIdentity {
	/** What said it, e.g. "Modbus device identification". */
	evidence: string;
	/** Where it was said first like this; absent in what an earlier program stored. */
	seen?: Sighting;
	/** It stands in until somebody says more. */
	isPresumed?: true;
	/** The unit that said it, where one address may have several devices behind it. */
	unit?: number;
	vendor?: string;
	model?: string;
	/** Order number or product code, where it is another text than the model. */
	productCode?: string;
	firmware?: string;
	serialNumber?: string;
	operatingSystem?: string;
	application?: string;
}

/** The texts of an identity. */
export const IDENTITY_FIELDS = ["vendor", "model", "productCode", "firmware", "serialNumber", "operatingSystem", "application"] as const;
export type IdentityField = (typeof IDENTITY_FIELDS)[number];

/** A role, or an address, with what says so. */
export interface Grounds {
	value: string;
	evidence: string;
	seen: Sighting;
}

/** The same source said something else than before: another program, another device, or somebody who pretends. */
export interface AssetChange {
	field: IdentityField;
	from: string;
	to: string;
	evidence: string;
	unit?: number;
	seen: Sighting;
}

/** With where it belongs, as far as that is told, guessed or said; that part is made when it is shown, and not stored. */
export interface Asset extends Placement {
	/** Stable on this site: made from the MAC address where the device is on the link, else from the IP address, or the serial line. */
	id: string;
	ips: string[];
	macs: string[];
	/** A serial line with all devices on it (its units), or whoever asks on it. */
	line?: string;
	/** Of the MAC address (offline OUI registry), else as the device says. */
	vendor?: string;
	/** The best name: given by a person, else from the traffic. */
	name?: string;
	/** All names with what said them; bounded. */
	names: { name: string; evidence: string; seen?: Sighting }[];
	model?: string;
	productCode?: string;
	firmware?: string;
	serialNumber?: string;
	/** A guess, but where the device itself names it. */
	operatingSystem?: string;
	application?: string;
	/** Each by what said it, bounded: the fields above are the latest of any. Absent where nothing was said. */
	identities?: AssetIdentity[];
	/** e.g. "PLC", "HMI or SCADA", "DHCP server", "router". */
	roles: string[];
	/** Why it has these roles, and why these addresses are one device; bounded as they are. */
	roleGrounds?: Grounds[];
	addressGrounds?: Grounds[];
	/** The latest, bounded. */
	changes?: AssetChange[];
	/** Speaks a control protocol as a server. */
	isControl: boolean;
	/** Protocols or services it serves, e.g. "modbus". */
	services: string[];
	/** VLAN ids seen. */
	vlans: number[];
	/** Interfaces of the box on which it was heard, where the configuration tells zones by interface. */
	interfaces?: string[];
	/** Seconds since the epoch. */
	firstSeen: number;
	lastSeen: number;
}
