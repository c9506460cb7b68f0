/** Who lives in the lab: every host with its role, address and MAC, and the register map of the PLCs. All of it is fixed, so recordings stay comparable. */

import type { ZoneSettings } from "../../src/config/zones.ts";

export type Role =
	| "plc"
	| "gateway"
	| "hmi"
	| "historian"
	| "engineer"
	| "opcuaServer"
	| "scada"
	| "services"
	| "tablet"
	| "attacker"
	| "router"
	| "far";

export interface LabHost {
	readonly name: string;
	readonly role: Role;
	/** Address on the plant network; empty for a host that asks DHCP for one. */
	readonly ip: string;
	readonly mac: string;
	readonly title: string;
}

export const NETWORK = { prefix: "10.20.0.", bits: 24, domain: "plant.example" } as const;

/** Address that DHCP gives to each of its known clients. */
export const LEASES: Readonly<Record<string, string>> = {
	"00:d0:c9:20:00:41": "10.20.0.141",
	"00:d0:c9:20:00:45": "10.20.0.145",
};

export const HOSTS: readonly LabHost[] = [
	{ name: "services", role: "services", ip: "10.20.0.2", mac: "00:0c:29:20:00:02", title: "DNS, DHCP and time of the plant" },
	{ name: "plc-1", role: "plc", ip: "10.20.0.11", mac: "00:80:f4:20:00:11", title: "PLC of the tank" },
	{ name: "plc-2", role: "plc", ip: "10.20.0.12", mac: "00:80:f4:20:00:12", title: "PLC of the pump" },
	{ name: "plc-3", role: "plc", ip: "10.20.0.13", mac: "00:0e:8c:20:00:13", title: "PLC of the valve" },
	{
		name: "gateway",
		role: "gateway",
		ip: "10.20.0.14",
		mac: "00:90:e8:20:00:14",
		title: "Modbus gateway with two energy meters (units 11 and 12)",
	},
	{ name: "opcua", role: "opcuaServer", ip: "10.20.0.20", mac: "00:0c:29:20:00:20", title: "OPC UA server of the plant" },
	{ name: "hmi", role: "hmi", ip: "10.20.0.30", mac: "00:01:05:20:00:30", title: "Operator station" },
	{ name: "historian", role: "historian", ip: "10.20.0.31", mac: "00:0c:29:20:00:31", title: "Historian" },
	{ name: "scada", role: "scada", ip: "10.20.0.32", mac: "00:0c:29:20:00:32", title: "SCADA station (OPC UA client)" },
	{ name: "engineer", role: "engineer", ip: "10.20.0.40", mac: "00:d0:c9:20:00:40", title: "Engineering laptop of the plant" },
	{ name: "tablet", role: "tablet", ip: "", mac: "00:d0:c9:20:00:41", title: "Maintenance tablet, address by DHCP (10.20.0.141)" },
	{
		name: "contractor",
		role: "engineer",
		ip: "",
		mac: "00:d0:c9:20:00:45",
		title: "Laptop of a permitted engineer, address by DHCP (10.20.0.145)",
	},
	{ name: "router", role: "router", ip: "10.20.0.1", mac: "00:00:0c:20:00:01", title: "Router to the networks beyond; silent by itself" },
	{ name: "office", role: "far", ip: "10.30.0.50", mac: "00:1b:21:30:00:50", title: "A computer of the office, behind the router" },
	{ name: "dmz", role: "far", ip: "10.25.0.60", mac: "00:0c:29:25:00:60", title: "Server in the DMZ: copy of the history, updates" },
	{ name: "outside", role: "far", ip: "203.0.113.80", mac: "00:1b:21:cb:00:80", title: "A host on the Internet" },
	{ name: "attacker", role: "attacker", ip: "10.20.0.66", mac: "b8:27:eb:20:00:66", title: "A computer that has no business here" },
];

/** The zones of these networks, as a box at this plant would be told. */
export const PLANT_ZONES: ZoneSettings = {
	zones: [
		{ zone: "OT", networks: ["10.20.0.0/16"] },
		{ zone: "DMZ", networks: ["10.25.0.0/16"] },
		{ zone: "IT", networks: ["10.30.0.0/16"] },
	],
	conduits: [],
};

export function hostNamed(name: string): LabHost {
	const host = HOSTS.find((one) => one.name === name);
	if (host === undefined) throw new Error(`The lab has no host called ${name}.`);
	return host;
}

/** The address of a host, also of one whose address comes by DHCP. */
export function addressOf(name: string): string {
	const host = hostNamed(name);
	return host.ip === "" ? LEASES[host.mac]! : host.ip;
}

export const UNIT = { plc: 1, meters: [11, 12] } as const;

/** Set points that operators use. The widest ones appear in the recording to learn from; routine work stays between them. */
export const MENU = {
	level: [1500, 1800, 2000, 2300, 2600, 2800, 3000, 3200, 3500],
	speed: [700, 800, 950, 1000, 1100, 1200, 1300, 1400, 1450],
	position: [200, 350, 400, 500, 600, 700, 800, 950],
} as const;

/** Where things are in the PLCs (addresses from 0), for scenarios and for the manual. */
export const MAP = {
	tank: {
		holding: {
			levelSetPoint: 0,
			highLimit: 1,
			lowLimit: 2,
			mode: 3,
			recipe: 4,
			dose: 5,
			gain: 100,
			integralTime: 101,
			derivativeTime: 102,
			filter: 103,
		},
		input: { level: 0, inflow: 1, outflow: 2, temperature: 3, totalHigh: 4, totalLow: 5, status: 6, life: 7 },
		coil: { outletOpen: 0, acknowledge: 1 },
		discrete: { highLevel: 0, lowLevel: 1, pumpPermit: 2 },
	},
	pump: {
		holding: { speedSetPoint: 0, ramp: 1, maximum: 2, mode: 3, gain: 100, integralTime: 101, derivativeTime: 102, filter: 103 },
		input: { speed: 0, current: 1, pressure: 2, vibration: 3, runHigh: 4, runLow: 5, status: 6, life: 7 },
		coil: { run: 0, reset: 1 },
		discrete: { running: 0, fault: 1, atSpeed: 2 },
	},
	valve: {
		holding: {
			positionSetPoint: 0,
			travelTime: 1,
			torqueLimit: 2,
			mode: 3,
			gain: 100,
			integralTime: 101,
			derivativeTime: 102,
			filter: 103,
		},
		input: { position: 0, flow: 1, torque: 2, temperature: 3, strokesHigh: 4, strokesLow: 5, status: 6, life: 7 },
		coil: { enable: 0, reset: 1 },
		discrete: { openEnd: 0, closedEnd: 1, moving: 2 },
	},
} as const;
