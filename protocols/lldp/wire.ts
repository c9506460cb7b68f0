/** TLVs of LLDP (IEEE 802.1AB-2016, 8.4) and of LLDP-MED (ANSI/TIA-1057, 10.2). */

/** Seven bits of type and nine of length before each value (8.4.1, 8.4.2). */
export const TLV_HEADER = 2;
export const TYPE = {
	end: 0,
	chassisId: 1,
	portId: 2,
	timeToLive: 3,
	portDescription: 4,
	systemName: 5,
	systemDescription: 6,
	capabilities: 7,
	managementAddress: 8,
	organisation: 127,
} as const;

/** Subtypes of the chassis (8.5.2.2) and of the port (8.5.3.2), under the word by which they are named here. */
export const CHASSIS_SUBTYPE: Readonly<Record<number, string>> = {
	1: "component",
	2: "interface",
	3: "port",
	4: "mac",
	5: "address",
	6: "interface-name",
	7: "local",
};
export const PORT_SUBTYPE: Readonly<Record<number, string>> = {
	1: "interface",
	2: "port",
	3: "mac",
	4: "address",
	5: "interface-name",
	6: "circuit",
	7: "local",
};

/** IANA address family numbers. */
export const FAMILY = { ipv4: 1, ipv6: 2 } as const;

/** Organisation in the high 24 bits, its subtype in the low 8 (8.6.1.3). ANSI/TIA-1057, 10.2.6: the inventory; IEEE 802.1Q, D.2.1: the VLAN of the port. */
export const ORGANISATION = {
	portVlan: 0x0080c201,
	hardware: 0x0012bb05,
	firmware: 0x0012bb06,
	software: 0x0012bb07,
	serialNumber: 0x0012bb08,
	manufacturer: 0x0012bb09,
	model: 0x0012bb0a,
} as const;
