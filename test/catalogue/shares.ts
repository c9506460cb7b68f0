/** Shares and the hosts that offer them, by SMB: bytes written from the specifications, through the whole engine, between an engineer's laptop and a server. */

import * as m from "../protocols/smbMessages.ts";
import { join } from "../support/decoderHarness.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, type WireBed, wireGround } from "./wireBed.ts";

const LAPTOP = "10.0.0.3";
const SERVER = "10.0.0.7";
const PORT = 445;
const START = 1_700_000_000e6;

const ground = wireGround(START, (bed) => {
	work(bed.connect(LAPTOP, SERVER, PORT)).close();
	bed.wait(10);
});

/** A login by SMB3, and a share that is opened. */
function login(connection: Connection): Connection {
	return connection
		.request(m.packet(m.negotiate([0x0202, 0x0311], { id: 0, tree: 0, session: 0 })))
		.answer(m.packet(m.negotiated(0x0311, { id: 0, tree: 0, session: 0 })))
		.request(m.packet(m.sessionSetup(m.ntlmNegotiate(), { id: 1, tree: 0, session: 0 })))
		.answer(m.packet(m.sessionAnswer(m.ntlmChallenge(), { id: 1, tree: 0, status: 0xc0000016 })))
		.request(m.packet(m.sessionSetup(m.ntlmAuthenticate({ workstation: "LAPTOP" }), { id: 2, tree: 0 })))
		.answer(m.packet(m.sessionAnswer(m.zeros(0), { id: 2, tree: 0 })));
}

function work(connection: Connection): Connection {
	return login(connection)
		.request(m.packet(m.treeConnect("\\\\srv\\recipes", { id: 3 })))
		.answer(m.packet(m.treeAnswer(1, { id: 3 })))
		.request(m.packet(m.create("7.csv", { id: 4 })))
		.answer(m.packet(m.created(42, { id: 4 })))
		.request(m.packet(m.read(m.fileId(42), 100, { id: 5 })))
		.answer(m.packet(m.readAnswer(m.narrow("level"), { id: 5 })))
		.request(m.packet(m.close(m.fileId(42), { id: 6 })))
		.answer(m.packet(m.closed({ id: 6 })));
}

/** The pipe of the service control manager, and one call through it. */
function control(connection: Connection, call: Uint8Array, response: Uint8Array): Connection {
	return login(connection)
		.request(m.packet(m.treeConnect("\\\\srv\\IPC$", { id: 3 })))
		.answer(m.packet(m.treeAnswer(2, { id: 3 })))
		.request(m.packet(m.create("svcctl", { id: 4 })))
		.answer(m.packet(m.created(50, { id: 4 })))
		.request(m.packet(m.transceive(m.fileId(50), m.bind(m.SVCCTL), { id: 5 })))
		.answer(m.packet(m.transceived(m.fileId(50), m.bindAck(), { id: 5 })))
		.request(m.packet(m.transceive(m.fileId(50), call, { id: 6 })))
		.answer(m.packet(m.transceived(m.fileId(50), response, { id: 6 })));
}

const old = (connection: Connection, mode = 3): Connection =>
	connection.request(m.oldNegotiate("NT LM 0.12")).answer(m.oldNegotiated(0, mode));
const oldLogin = (connection: Connection, mode: number, password: Uint8Array): Connection =>
	old(connection, mode).request(m.oldLogin("operator", password)).answer(m.oldLoggedIn());

const scene = (play: (connection: Connection, bed: WireBed) => void) => (): readonly Said[] => {
	const bed = ground();
	const connection = bed.connect(LAPTOP, SERVER, PORT);
	play(connection, bed);
	connection.close();
	bed.wait(40);
	return alertsOf(bed.detections);
};
const USUAL = scene((connection) => work(connection));

/** A transaction of which the rest comes as the given kind. */
const transaction = (secondary: number) =>
	scene((connection) =>
		oldLogin(connection, 3, m.zeros(24))
			.request(m.oldNtTransact(1, 500, 100))
			.answer(m.oldInterim(0xa0))
			.request(m.oldSecondary(secondary)),
	);

export const SHARES: readonly CatalogueEntry[] = [
	{
		id: "weak-protocol",
		answers: [],
		fires: scene((connection) => old(connection)),
		twin: scene((connection) =>
			connection.request(m.oldNegotiate("NT LM 0.12", "SMB 2.???")).answer(m.packet(m.negotiated(0x02ff, { id: 0, tree: 0, session: 0 }))),
		),
		twinIs: "SMB1 is offered, and the server answers with SMB2",
	},
	{
		id: "cleartext-password",
		answers: ["G16"],
		fires: scene((connection) => oldLogin(connection, 1, m.narrow("secret\0"))),
		twin: scene((connection) => oldLogin(connection, 3, m.zeros(24))),
		twinIs: "the same login with an answer to a challenge in place of the password",
		twins: [{ scene: scene((connection) => oldLogin(connection, 1, m.zeros(1))), is: "nobody logs in, with a password of nothing" }],
	},
	{
		id: "remote-execution",
		answers: [],
		fires: scene((connection) =>
			control(connection, m.createService("updater", "C:\\u.exe"), m.response(join(m.le32(0), m.HANDLE, m.le32(0)))),
		),
		twin: scene((connection) => control(connection, m.request(6, m.HANDLE), m.response(m.zeros(32)))),
		twinIs: "the state of a service is asked for, through the same pipe",
		twins: [{ scene: USUAL, is: "a file is read" }],
	},
	{
		id: "smb-exploit",
		answers: [],
		fires: transaction(0x33),
		twin: transaction(0xa1),
		twinIs: "the same long transaction, continued as its own kind",
		twins: [
			{ scene: scene((connection) => login(connection).request(m.compressed(200, 0))), is: "a compressed message whose lengths fit" },
		],
	},
	{
		id: "smb-backdoor",
		answers: [],
		fires: scene((connection) => oldLogin(connection, 3, m.zeros(24)).request(m.oldTransaction2(14, m.zeros(12)))),
		twin: scene((connection) =>
			oldLogin(connection, 3, m.zeros(24))
				.request(m.oldTransaction2(1, join(m.zeros(12), m.wide("\\*\0"))))
				.answer(m.oldTransacted2()),
		),
		twinIs: "the same command, with a subcommand that there is: a list of files",
	},
	{
		id: "smb-malformed",
		answers: [],
		fires: scene((connection) => login(connection).request(m.packet(m.ask(3, m.zeros(40))))),
		twin: USUAL,
		twinIs: "the same share is opened by a message that is right",
	},
];
