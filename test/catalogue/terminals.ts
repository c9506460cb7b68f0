/** Terminals by Telnet and screens by VNC: bytes written from RFC 854 and RFC 6143, through the whole engine. */
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, WireBed } from "./wireBed.ts";

const ENGINEER = "10.0.0.4";
const DEVICE = "10.0.0.7";
const START = 1_700_000_000e6;

const scene = (port: number, play: (connection: Connection) => void) => (): readonly Said[] => {
	const bed = new WireBed(START);
	const connection = bed.connect(ENGINEER, DEVICE, port);
	play(connection);
	connection.close();
	bed.wait(2);
	return alertsOf(bed.detections);
};
const text = (words: string): Uint8Array => Buffer.from(words);
const hex = (digits: string): Uint8Array => Buffer.from(digits.replaceAll(" ", ""), "hex");
const asked = (connection: Connection): Connection =>
	connection.answer(hex("fffd18 fffb01")).request(hex("fffb18 fffd01")).answer(text("drive-7 login: "));

/** Version 3.8 with one type of security, up to the client's choice. */
const screen = (type: number) =>
	scene(5900, (connection) =>
		connection
			.answer(text("RFB 003.008\n"))
			.request(text("RFB 003.008\n"))
			.answer(Uint8Array.of(1, type))
			.request(Uint8Array.of(type))
			.answer(type === 1 ? new Uint8Array(4) : new Uint8Array(16)),
	);

export const TERMINALS: readonly CatalogueEntry[] = [
	{
		id: "cleartext-password",
		answers: ["G16"],
		fires: scene(23, (connection) =>
			asked(connection).request(text("ann\r\n")).answer(text("ann\r\nPassword: ")).request(text("s3cret\r\n")).answer(text("\r\n$ ")),
		),
		twin: scene(23, (connection) => asked(connection).answer(text("\r\nLogin timed out.\r\n"))),
		twinIs: "a terminal that is opened and left, without a login",
	},
	{
		id: "weak-protocol",
		answers: ["G7"],
		fires: screen(1),
		twin: screen(2),
		twinIs: "the same screen behind a password",
	},
];
