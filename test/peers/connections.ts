/** Connections and what they carry, as Zeek's conn.log and nDPI's results have them, against our flows. */
import { readFileSync } from "node:fs";
import { type Line, pathOf } from "./captures.ts";
import { type Reason, type Row, text, UNSET } from "./zeekLog.ts";

/** What the peers call the protocols. */
const ZEEK_SERVICES: Readonly<Record<string, string>> = { modbus: "modbus", opcua: "opcua-binary" };
const NDPI_PROTOCOLS: Readonly<Record<string, string>> = { modbus: "Modbus", opcua: "OPC-UA" };

const addresses = (flow: Line): Row => ({
	"id.orig_h": text(flow.client.ip),
	"id.orig_p": text(flow.client.port),
	"id.resp_h": text(flow.server.ip),
	"id.resp_p": text(flow.server.port),
	proto: text(flow.transport),
});

/** What was recognised by its bytes; a port alone says nothing. */
const serviceOf = (flow: Line, names: Readonly<Record<string, string>>): string =>
	flow.serviceBy === "bytes" ? (names[flow.service] ?? UNSET) : UNSET;

export const connectionsOf = (flows: readonly Line[]): Row[] =>
	flows.map((flow) => ({
		...addresses(flow),
		service: serviceOf(flow, ZEEK_SERVICES),
		orig_bytes: text(flow.bytesToServer),
		resp_bytes: text(flow.bytesToClient),
		orig_pkts: text(flow.packetsToServer),
		resp_pkts: text(flow.packetsToClient),
	}));
export const CONNECTION_KEY = ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"] as const;

/** `	1	TCP 10.0.0.1:2074 <-> 10.0.0.2:502 [proto: 44/Modbus]...[51 pkts/3366 bytes <-> 51 pkts/3315 bytes]...` */
const NDPI_FLOW =
	/^\t\d+\t(TCP|UDP) (\S+):(\d+) <?-> (\S+):(\d+) \[proto: [\d.]+\/([^\]]+)\].*?\[(\d+) pkts\/\d+ bytes <?-> (\d+) pkts\/\d+ bytes\]/;

export function ndpiFlowsIn(name: string): Row[] {
	return readFileSync(pathOf(name), "utf8")
		.split("\n")
		.map((line) => NDPI_FLOW.exec(line))
		.filter((found) => found !== null)
		.map(([, transport, origH, origP, respH, respP, protocol, orig, resp]) => ({
			"id.orig_h": origH!,
			"id.orig_p": origP!,
			"id.resp_h": respH!,
			"id.resp_p": respP!,
			proto: transport!.toLowerCase(),
			protocol: protocol!,
			orig_pkts: orig!,
			resp_pkts: resp!,
		}));
}

export const ndpiFlowsOf = (flows: readonly Line[]): Row[] =>
	flows.map((flow) => ({
		...addresses(flow),
		protocol: serviceOf(flow, NDPI_PROTOCOLS),
		orig_pkts: text(flow.packetsToServer),
		resp_pkts: text(flow.packetsToClient),
	}));

/** Where conn.log has other words than we, and why. */
export const CONNECTION_REASONS: readonly Reason[] = [
	{
		reason: "either: the bare acknowledgement behind both FINs: Zeek counts it, for us the connection has ended",
		log: "conn",
		fields: ["orig_pkts", "resp_pkts"],
		applies: (theirs, ours, { conn_state }) => conn_state === "SF" && Number(theirs) === Number(ours) + 1,
	},
	{
		reason: "theirs: what breaks the protocol and is never answered is no Modbus to Zeek; we report each violation",
		log: "conn",
		fields: ["service"],
		applies: (theirs, ours, row) => theirs === UNSET && ours === "modbus" && row.resp_bytes === "0" && row.orig_bytes !== "0",
	},
	{
		reason: "theirs: a SYN that was sent again after some seconds, with the same number, begins another connection",
		log: "conn",
		fields: [],
		applies: (theirs, _, row) => theirs !== "" && row.conn_state === "S0" && row.orig_bytes === "0" && row.resp_pkts === "0",
	},
	{
		reason: "theirs: the first SYNs of a connection are counted as another one's",
		log: "conn",
		fields: ["orig_pkts"],
		applies: (theirs, ours, { conn_state }) => conn_state === "S1" && Number(ours) === Number(theirs) + 2,
	},
];
