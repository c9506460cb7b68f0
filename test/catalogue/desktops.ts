/** RDP: bytes written from [MS-RDPBCGR], through the whole engine. */
import * as message from "../../captures/lab/rdpMessages.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, WireBed } from "./wireBed.ts";

const ENGINEER = "10.0.0.4";
const PANEL = "10.0.0.7";
const START = 1_700_000_000e6;

const scene = (play: (connection: Connection) => void) => (): readonly Said[] => {
	const bed = new WireBed(START);
	const connection = bed.connect(ENGINEER, PANEL, 3389);
	play(connection);
	connection.close();
	bed.wait(2);
	return alertsOf(bed.detections);
};
/** Standard RDP security; without encryption a password may follow. */
const standard = (channels: readonly string[], password = "") =>
	scene((connection) =>
		connection
			.request(message.request("Cookie: mstshash=ann"))
			.answer(message.response())
			.request(message.clientSettings(message.clientCore("PANEL", 7601), message.clientNetwork(...channels)))
			.answer(message.serverSettings(message.serverCore, message.serverSecurity(0, 0)))
			.request(message.information("PLANT", "ann", password)),
	);
const negotiated = scene((connection) => connection.request(message.request("Cookie: mstshash=ann", 3)).answer(message.response(2)));

export const DESKTOPS: readonly CatalogueEntry[] = [
	{
		id: "weak-protocol",
		answers: ["G7"],
		fires: standard(["rdpdr"]),
		twin: negotiated,
		twinIs: "the same connection by CredSSP",
	},
	{
		id: "cleartext-password",
		answers: ["G16"],
		fires: standard(["rdpdr"], "level-7"),
		twin: standard(["rdpdr"]),
		twinIs: "a login at the screen itself, without a password in the connection",
	},
	{
		id: "rdp-exploit",
		answers: ["G7"],
		fires: standard(["rdpdr", "MS_T120"]),
		twin: standard(["rdpdr", "rdpsnd", "cliprdr", "drdynvc"]),
		twinIs: "the channels that clients ask for",
	},
	{
		id: "rdp-malformed",
		answers: ["G7"],
		fires: scene((connection) =>
			connection
				.request(message.request("", 3))
				.answer(message.response())
				.request(message.clientSettings(Buffer.from("01c0ffff", "hex"))),
		),
		twin: negotiated,
		twinIs: "a negotiation that fits",
	},
];
