/** Kerberos: bytes written from RFC 4120, through the whole engine. */
import { failure, field, framed, message, reply, request, sequence } from "../protocols/kerberosMessages.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, WireBed } from "./wireBed.ts";

const HOST = "10.0.0.4";
const KEYS = "10.0.0.7";
const START = 1_700_000_000e6;
const TGT = "krbtgt/PLANT";

const scene = (play: (connection: Connection) => void) => (): readonly Said[] => {
	const bed = new WireBed(START);
	const connection = bed.connect(HOST, KEYS, 88);
	play(connection);
	connection.close();
	bed.wait(2);
	return alertsOf(bed.detections);
};
const ticket = (encryption: number) =>
	scene((connection) =>
		connection
			.request(framed(request(12, { server: "cifs/files", types: [18, 23], proofs: [1] })))
			.answer(framed(reply(13, "ann", "cifs/files", encryption))),
	);
const proven = scene((connection) =>
	connection
		.request(framed(request(10, { nonce: 1 })))
		.answer(framed(failure(25)))
		.request(framed(request(10, { nonce: 2, proofs: [2] })))
		.answer(framed(reply(11, "ann", TGT, 18))),
);

export const TICKETS: readonly CatalogueEntry[] = [
	{
		id: "weak-protocol",
		answers: ["G7"],
		fires: ticket(23),
		twin: ticket(18),
		twinIs: "a ticket by AES, of a client that knows RC4 too",
	},
	{
		id: "kerberos-no-preauthentication",
		answers: ["G7"],
		fires: scene((connection) => connection.request(framed(request(10))).answer(framed(reply(11, "ann", TGT, 18)))),
		twin: proven,
		twinIs: "a login that asks without a proof first, as most do",
	},
	{
		id: "kerberos-malformed",
		answers: ["G7"],
		fires: scene((connection) => connection.request(framed(request(10))).request(framed(message(10, 1, field(4, sequence()))))),
		twin: proven,
		twinIs: "a login whose messages fit",
	},
];
