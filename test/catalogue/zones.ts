/** Across zones, and programs that are carried into OT. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { services } from "../../protocols/index.ts";
import type { ZoneSettings } from "../../src/config/zones.ts";
import { PlantBed } from "../detect/plantBed.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { WireBed } from "./wireBed.ts";

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

/** Eight kilobytes of a real program: the one that runs this. */
const program = (): Buffer => readFileSync(process.execPath).subarray(0, 8192);
/** FTP's answer to a request for a file, and the file on its own connection (RFC 959, 3.3). */
const copies = (sender: string, receiver: string, file: () => Uint8Array) => (): readonly Said[] => {
	const bed = new WireBed(1_788_770_000e6);
	bed.connect(HMI, PLC).request(Buffer.from("000100000006010300000001", "hex")).answer(Buffer.from("0001000000050103020007", "hex"));
	bed.wait(2);
	bed.detections.length = 0;
	bed.connect(receiver, sender, 21).request(Buffer.from("RETR tool.exe\r\n")).answer(Buffer.from("150 Here it comes.\r\n"));
	bed.connect(receiver, sender, 50_021).answer(file()).close();
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
	{
		id: "executable-transfer",
		answers: ["G9"],
		fires: copies("10.20.0.40", HMI, program),
		twin: copies("10.20.0.40", HMI, () => gzipSync(program())),
		twinIs: "the station fetches a packed archive from the same server",
		twins: [{ scene: copies("10.30.0.50", "10.30.0.51", program), is: "an office computer fetches the program from another" }],
	},
];
