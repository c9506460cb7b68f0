/** SSH: bytes written from RFC 4253, through the whole engine. */
import { keyExchangeInit, line, NEW_KEYS, type Offer, packet, reply, rsaKey, string, u32 } from "../protocols/sshMessages.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, WireBed } from "./wireBed.ts";

const ENGINEER = "10.0.0.4";
const DEVICE = "10.0.0.7";
const START = 1_700_000_000e6;

const scene = (play: (connection: Connection) => void) => (): readonly Said[] => {
	const bed = new WireBed(START);
	const connection = bed.connect(ENGINEER, DEVICE, 22);
	play(connection.answer(line("SSH-2.0-dropbear_2018.76")).request(line("SSH-2.0-OpenSSH_9.2p1")));
	connection.close();
	bed.wait(2);
	return alertsOf(bed.detections);
};
const exchange = (offer: Partial<Offer>, bits: number) =>
	scene((connection) =>
		connection
			.request(keyExchangeInit(offer))
			.answer(keyExchangeInit(offer))
			.request(packet(Uint8Array.of(30), string(new Uint8Array(32))))
			.answer(reply(rsaKey(bits)))
			.answer(NEW_KEYS)
			.request(NEW_KEYS),
	);
const OPEN = packet(Uint8Array.of(90), string("session"), u32(0), u32(0x8000), u32(0x4000));
const HOST_KEY = { hostKey: "rsa-sha2-256" };

export const SHELLS: readonly CatalogueEntry[] = [
	{
		id: "weak-protocol",
		answers: ["G7"],
		fires: exchange({ ...HOST_KEY, cipher: "arcfour" }, 3072),
		twin: exchange(HOST_KEY, 3072),
		twinIs: "the same exchange with a cipher of today",
	},
	{
		id: "weak-protocol",
		answers: ["G7"],
		fires: exchange(HOST_KEY, 1024),
		twin: exchange(HOST_KEY, 2048),
		twinIs: "a host key that is long enough",
	},
	{
		id: "ssh-exploit",
		answers: ["G7"],
		fires: scene((connection) => connection.request(keyExchangeInit()).request(OPEN)),
		twin: scene((connection) => connection.request(keyExchangeInit()).answer(keyExchangeInit())),
		twinIs: "a key exchange that is left off",
	},
	{
		id: "ssh-malformed",
		answers: ["G7"],
		fires: scene((connection) => connection.request(packet(Uint8Array.of(20), new Uint8Array(16), u32(0xffff)))),
		twin: scene((connection) => connection.request(keyExchangeInit())),
		twinIs: "a key exchange whose lists fit",
	},
];
