/** Facts of TLS: real sessions of node:tls, through the whole engine. */
import { makeCredentials } from "../../captures/lab/credentials.ts";
import { type Chunk, recordSession } from "../protocols/tlsSession.ts";
import { hex } from "../support/decoderHarness.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type WireBed, wireGround } from "./wireBed.ts";

const STATION = "10.0.0.2";
const DEVICE = "10.0.0.7";
const PORT = 443;
/** Days for which the device's certificate is valid. */
const DAYS = 30;
const DAY = 86_400;
const device = makeCredentials("/O=Plant/CN=device", { days: DAYS });
/** Microseconds; a minute on, for a certificate is valid from the full second in which it was made. */
const START = (Date.now() + 60_000) * 1000;

/** Somebody in the device's place. */
const other = makeCredentials("/O=Elsewhere/CN=device", { days: DAYS });

const messages = [new TextEncoder().encode("GET / HTTP/1.0\r\n\r\n")];
const old = { ciphers: "DEFAULT@SECLEVEL=0", messages, server: device };
const usual = await recordSession({ version: "TLSv1.2", server: device, messages });
const outdated = await recordSession({ ...old, version: "TLSv1.1" });
const refused = await recordSession({ version: "TLSv1.2", server: device, client: device, isMutual: true, isStrict: true, messages });
const forged = await recordSession({ version: "TLSv1.2", server: other, messages });
const resumed = await recordSession({ version: "TLSv1.2", server: device, messages, connections: 2 });

function play(bed: WireBed, chunks: readonly Chunk[]): void {
	const connection = bed.connect(STATION, DEVICE, PORT);
	for (const { direction, bytes } of chunks) connection.send(direction, bytes);
	connection.close();
	bed.wait(1);
}

/** Ten minutes in which a station looks at the device's page now and then. */
const ground = wireGround(START, (bed) => {
	for (let round = 0; round < 60; round++) {
		play(bed, usual);
		bed.wait(9);
	}
});

/** The same conversation three times. */
const scene =
	(chunks: readonly Chunk[], after = 0) =>
	(): readonly Said[] => {
		const bed = ground();
		// The monitor was off meanwhile.
		bed.time += after * DAY * 1e6;
		for (let round = 0; round < 3; round++) play(bed, chunks);
		bed.wait(10);
		return alertsOf(bed.detections);
	};

/** A hello, and a heartbeat behind it: one that asks for 16 KiB and brings nothing, and one that is as it should be. */
const beats = (body: string): readonly Chunk[] => [usual[0]!, { direction: 0, bytes: hex(body) }];

export const TLS: readonly CatalogueEntry[] = [
	{
		id: "weak-protocol",
		answers: [],
		fires: scene(outdated),
		twin: scene(usual),
		twinIs: "the same device over TLS 1.2, the oldest version that is not known to be broken",
		twins: [{ scene: scene(resumed), is: "a session of TLS 1.2 is taken up again" }],
	},
	{
		id: "server-identity-changed",
		answers: [],
		fires: scene(forged),
		twin: scene(usual),
		twinIs: "the certificate that the device always shows",
		twins: [{ scene: scene(resumed), is: "a session is taken up again: no certificate is shown" }],
	},
	{
		id: "security-lowered",
		answers: [],
		fires: scene(outdated),
		twin: scene(usual),
		twinIs: "the version that the two always agree on",
	},
	{
		id: "tls-certificate-not-valid",
		answers: [],
		fires: scene(usual, DAYS + 1),
		twin: scene(usual, DAYS - 1),
		twinIs: "the same certificate on its last day",
		twins: [{ scene: scene(resumed, DAYS + 1), is: "a session is taken up again: no certificate is shown" }],
	},
	{
		id: "tls-malformed",
		answers: [],
		fires: scene(beats("18 0303 0003 01 4000")),
		twin: scene(beats(`18 0303 0014 01 0001 61 ${"00".repeat(16)}`)),
		twinIs: "a heartbeat that asks for what it brings",
		twins: [{ scene: scene(refused), is: "the device refuses a certificate by an alert" }],
	},
];
