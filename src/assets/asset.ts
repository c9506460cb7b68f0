/** An asset: one device that was seen, and what the traffic said about it. Plain data; goes to the store, the page and MQTT. */
import type { Placement } from "./placement.ts";

/** With where it belongs, as far as that is told, guessed or said; that part is made when it is shown, and not stored. */
export interface Asset extends Placement {
	/** Stable on this site: made from the MAC address where the device is on the link, else from the IP address, or the serial line. */
	id: string;
	ips: string[];
	macs: string[];
	/** A serial line with all devices on it (its units), or whoever asks on it. */
	line?: string;
	/** Of the MAC address (offline OUI registry). */
	vendor?: string;
	/** The best name: given by a person, else from the traffic. */
	name?: string;
	/** All names with what said them; bounded. */
	names: { name: string; evidence: string }[];
	model?: string;
	firmware?: string;
	application?: string;
	/** e.g. "PLC", "HMI or SCADA", "DHCP server", "router". */
	roles: string[];
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
