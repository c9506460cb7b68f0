/** LDAP: bytes written from RFC 4511, through the whole engine. */
import { entry, extended, message, number, present, result, START_TLS, search, simpleBind, text } from "../protocols/ldapMessages.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, WireBed } from "./wireBed.ts";

const HOST = "10.0.0.4";
const DIRECTORY = "10.0.0.7";
const START = 1_700_000_000e6;
const ADMIN = "cn=admin,dc=plant";

const scene = (play: (connection: Connection) => void) => (): readonly Said[] => {
	const bed = new WireBed(START);
	const connection = bed.connect(HOST, DIRECTORY, 389);
	play(connection);
	connection.close();
	bed.wait(2);
	return alertsOf(bed.detections);
};
const answered = (attributes: Readonly<Record<string, string>>) =>
	scene((connection) =>
		connection
			.request(search(1, "dc=plant", present("objectClass")))
			.answer(entry(1, "cn=x,dc=plant", attributes))
			.answer(result(1, 0x65, 0)),
	);

export const DIRECTORY_ROWS: readonly CatalogueEntry[] = [
	{
		id: "cleartext-password",
		answers: ["G16"],
		fires: scene((connection) => connection.request(simpleBind(1, ADMIN, "plant-3")).answer(result(1, 0x61, 0))),
		twin: scene((connection) =>
			connection
				.request(extended(1, START_TLS))
				.answer(result(1, 0x78, 0))
				.request(Buffer.from("16030100050100000100", "hex")),
		),
		twinIs: "a client that goes on in TLS first",
		twins: [
			{
				scene: scene((connection) => connection.request(simpleBind(1, "", "")).answer(result(1, 0x61, 0))),
				is: "a bind without a name",
			},
		],
	},
	{
		id: "ldap-code",
		answers: ["G7"],
		fires: answered({ javaClassName: "Main", javaCodeBase: "http://10.9.9.9/" }),
		twin: answered({ cn: "java", description: "javaCodeBase" }),
		twinIs: "an entry that only speaks of Java",
	},
	{
		id: "ldap-malformed",
		answers: ["G7"],
		fires: scene((connection) => connection.request(simpleBind(1, "", "")).request(message(2, number(3, 0x60)))),
		twin: scene((connection) => connection.request(simpleBind(1, "", "")).request(message(2, text("cn=x", 0x4a)))),
		twinIs: "a request whose parts fit",
	},
];
