/** Facts of protected and unprotected logins: Modbus/TCP Security by real TLS, MQTT by a real broker and real clients, through the whole engine. */
import { createServer } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import { Aedes } from "aedes";
import mqtt, { type IClientOptions } from "mqtt";
import { type Credentials, makeCredentials } from "../../captures/lab/credentials.ts";
import { adu } from "../protocols/modbusSamples.ts";
import { connack, connect, packet, text } from "../protocols/mqttPackets.ts";
import { type Chunk, recordSession, type SessionOptions } from "../protocols/tlsSession.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { relayed } from "./relay.ts";
import { type WireBed, wireGround } from "./wireBed.ts";

const HMI = "10.0.0.2";
const GATEWAY = "10.0.0.3";
const PLC = "10.0.0.5";
const BROKER = "10.0.0.8";
const SECURE_MODBUS = 802;
const PLAIN_MQTT = 1883;
const SECURE_MQTT = 8883;

/** Days for which the operator station's certificate is valid; the PLC's lasts longer. */
const DAYS = 30;
const DAY = 86_400;
const ROLE = "1.3.6.1.4.1.50316.802.1=ASN1:UTF8String:Operator";
const plc = makeCredentials("/O=Plant/CN=plc-1", { days: 20 * DAYS });
const operator = makeCredentials("/O=Plant/CN=hmi", { days: DAYS, extensions: [ROLE] });
/** Microseconds; a minute on, for a certificate is valid from the full second in which it was made. */
const START = (Date.now() + 60_000) * 1000;

const messages = [adu(1, 1, "03 0000 000a"), adu(2, 1, "06 0001 0007")];
const session = (options: Partial<SessionOptions>): Promise<Chunk[]> =>
	recordSession({ version: "TLSv1.2", server: plc, messages, ...options });
const mutual = { client: operator, isMutual: true };
const usual = await session(mutual);
const anonymous = await session({});
const old = await session({ ...mutual, version: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
const resumed = await session({ ...mutual, connections: 2 });

/** The broker knows one user; without a name nobody is asked for a password. */
const broker = await Aedes.createBroker({
	authenticate: (_client, user, password, done) => done(null, user === undefined || (user === "gateway" && String(password) === "right")),
});
/** One login, a publication where it succeeds, and goodbye. */
async function login(options: IClientOptions, credentials?: Credentials): Promise<Chunk[]> {
	const server =
		credentials === undefined ? createServer(broker.handle) : createSecureServer(credentials, (socket) => void broker.handle(socket));
	const [chunks] = await relayed(server, async (port) => {
		const client = mqtt.connect({
			host: "127.0.0.1",
			port,
			protocol: credentials === undefined ? "mqtt" : "mqtts",
			rejectUnauthorized: false,
			reconnectPeriod: 0,
			clientId: "gateway",
			...options,
		});
		const isIn = await new Promise<boolean>((resolve) => {
			client.once("connect", () => resolve(true)).once("error", () => resolve(false));
		});
		if (isIn) await client.publishAsync("plant/level", "2.5", { qos: 1 });
		await client.endAsync();
	});
	return chunks!;
}
const withoutPassword = await login({});
const withPassword = await login({ username: "gateway", password: "right" });
const refused = await login({ username: "gateway", password: "wrong" });
const protectedLogin = await login({ username: "gateway", password: "right" }, plc);
const newer = await login({ protocolVersion: 5, properties: { sessionExpiryInterval: 60, userProperties: { site: "north" } } });
broker.close();

function play(bed: WireBed, client: string, server: string, port: number, chunks: readonly Chunk[]): void {
	const connection = bed.connect(client, server, port);
	for (const { direction, bytes } of chunks) connection.send(direction, bytes);
	connection.close();
	bed.wait(1);
}

/** Ten minutes in which station and gateway connect as they always do. */
const ground = wireGround(START, (bed) => {
	for (let round = 0; round < 60; round++) {
		play(bed, HMI, PLC, SECURE_MODBUS, usual);
		play(bed, GATEWAY, BROKER, PLAIN_MQTT, withoutPassword);
		play(bed, GATEWAY, BROKER, SECURE_MQTT, protectedLogin);
		bed.wait(7);
	}
});

/** The same conversation three times, on three connections, as a client that connects anew. */
const scene =
	(client: string, server: string, port: number, chunks: readonly Chunk[], after = 0) =>
	(): readonly Said[] => {
		const bed = ground();
		// The monitor was off meanwhile.
		bed.time += after * DAY * 1e6;
		for (let round = 0; round < 3; round++) play(bed, client, server, port, chunks);
		bed.wait(10);
		return alertsOf(bed.detections);
	};
const secureModbus = (chunks: readonly Chunk[], after = 0) => scene(HMI, PLC, SECURE_MODBUS, chunks, after);
const atBroker = (chunks: readonly Chunk[], port = PLAIN_MQTT) => scene(GATEWAY, BROKER, port, chunks);

/** A session of the broker that ends with what the client sends, unanswered. */
const ends = (bytes: Uint8Array): readonly Chunk[] => [
	{ direction: 0, bytes: connect() },
	{ direction: 1, bytes: connack() },
	{ direction: 0, bytes },
];

export const SECURE: readonly CatalogueEntry[] = [
	{
		id: "mbaps-no-client-certificate",
		answers: [],
		fires: secureModbus(anonymous),
		twin: secureModbus(usual),
		twinIs: "the same station shows its certificate",
		twins: [{ scene: secureModbus(resumed), is: "a session is taken up again: neither side shows a certificate a second time" }],
	},
	{
		id: "mbaps-old-version",
		answers: [],
		fires: secureModbus(old),
		twin: secureModbus(usual),
		twinIs: "the same station over TLS 1.2, the oldest that is allowed",
		twins: [{ scene: "secure-no-role", is: "TLS 1.1 is asked for, and the PLC refuses it" }],
	},
	{
		id: "mbaps-certificate-not-valid",
		answers: [],
		fires: secureModbus(usual, DAYS + 1),
		twin: secureModbus(usual, DAYS - 1),
		twinIs: "the same certificate on its last day",
	},
	{
		id: "cleartext-password",
		answers: ["G16"],
		fires: "telemetry-spoof",
		twin: atBroker(protectedLogin, SECURE_MQTT),
		twinIs: "a login with name and password over TLS",
		twins: [{ scene: atBroker(withoutPassword), is: "a client without a password, in clear" }],
	},
	{
		id: "mqtt-login-refused",
		answers: [],
		fires: "telemetry-spoof",
		twin: atBroker(withPassword),
		twinIs: "the same kind of login, with the right password",
	},
	{
		id: "mqtt-login-refused",
		answers: [],
		fires: atBroker(refused),
		twin: atBroker(withoutPassword),
		twinIs: "the gateway connects anew as it always does",
	},
	{
		id: "mqtt-malformed",
		answers: [],
		// A publication whose topic is longer than the packet.
		fires: atBroker(ends(packet(0x30, Uint8Array.of(0xff, 0xff), text("plant/level")))),
		twin: atBroker(newer),
		twinIs: "a client of MQTT 5.0 comes to a broker that knows 3.1.1 alone, and is refused in the form of that",
	},
];
