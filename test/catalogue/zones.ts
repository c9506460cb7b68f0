/** Across zones. */
import { services } from "../../protocols/services.ts";
import type { ZoneSettings } from "../../src/config/zones.ts";
import { PlantBed } from "../detect/plantBed.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";

const HMI = "10.20.0.30";
const PLC = "10.20.0.11";
const OFFICE = "10.30.0.50";
const JUMP = "10.25.0.10";
const OUTSIDE = "203.0.113.80";
const TOLD: ZoneSettings = {
	zones: [
		{ zone: "OT", networks: ["10.20.0.0/16"] },
		{ zone: "DMZ", networks: ["10.25.0.0/16"] },
		{ zone: "IT", networks: ["10.30.0.0/16"] },
	],
	conduits: [],
};

/** One conversation from its first packet to its end, in a plant whose station polls its PLC. */
const talk = (client: string, server: string, port: number) => (): readonly Said[] => {
	const bed = new PlantBed({ habits: { services }, zones: TOLD });
	bed.read(HMI, PLC, 0, [7]);
	bed.wait(1);
	const flow = bed.flow(client, server, port);
	bed.analyst.flowOpened(flow);
	bed.wait(2);
	bed.analyst.flowClosed(flow);
	bed.wait(2);
	return alertsOf(bed.detections);
};

export const ZONES: readonly CatalogueEntry[] = [
	{
		id: "outsider-to-plc",
		answers: ["G15"],
		fires: "zone-crossing",
		twin: "zone-ways",
		twinIs: "the server in the DMZ reads the same of the PLC for its copy of the history",
	},
	{
		id: "ot-to-internet",
		answers: ["G6"],
		fires: "zone-crossing",
		twin: "zone-ways",
		twinIs: "the same file comes from the server in the DMZ",
	},
	{
		id: "internet-to-ot",
		answers: ["G6"],
		fires: talk(OUTSIDE, HMI, 3389),
		twin: talk(OUTSIDE, JUMP, 3389),
		twinIs: "a maker's technician comes to the host in the DMZ that is meant for it",
	},
	{
		id: "remote-access",
		answers: ["G7"],
		fires: talk(OFFICE, HMI, 3389),
		twin: talk(JUMP, HMI, 3389),
		twinIs: "the same work by way of the DMZ",
	},
	{
		id: "dmz-bypass",
		answers: ["G15"],
		fires: talk(OFFICE, HMI, 445),
		twin: talk(OFFICE, JUMP, 445),
		twinIs: "the file goes to the server in the DMZ",
	},
];
