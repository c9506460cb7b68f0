/** Sparkplug at a broker: packets written from the specifications, through the whole engine, between a node, its host application, and an archive that reads along and does what it never did. */
import { connack, connect, publish } from "../protocols/mqttPackets.ts";
import {
	COMMAND,
	DEVICE_BIRTH,
	metric,
	NODE_BIRTH,
	number,
	payload,
	REBIRTH,
	REBOOT,
	TYPE,
	topic,
} from "../protocols/sparkplugMessages.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, type WireBed, wireGround } from "./wireBed.ts";

const NODE = "10.0.0.5";
const HOST = "10.0.0.2";
const ARCHIVE = "10.0.0.3";
const BROKER = "10.0.0.7";
const START = 1_700_000_000e6;

const begin = (bed: WireBed, client: string): Connection =>
	bed
		.connect(client, BROKER, 1883)
		.request(connect({ clientId: client }))
		.answer(connack());
const data = (sequence: number): Uint8Array => payload(sequence % 256, metric("", 2, 0, number(10, sequence % 7)));
const DDATA = topic("DDATA", "Edge1", "Tank");
const DCMD = topic("DCMD", "Edge1", "Tank");
const NCMD = topic("NCMD");
const born = (node: Connection): Connection =>
	node.request(publish(topic("NBIRTH"), NODE_BIRTH)).request(publish(topic("DBIRTH", "Edge1", "Tank"), DEVICE_BIRTH));

/** A node publishes; its host application writes a set point and asks for births; an archive writes one too. */
const ground = wireGround(START, (bed) => {
	const node = born(begin(bed, NODE));
	const host = begin(bed, HOST);
	const archive = begin(bed, ARCHIVE);
	for (let round = 0; round < 600; round++) {
		node.request(publish(DDATA, data(round + 2)));
		if (round % 20 === 0) host.request(publish(DCMD, COMMAND));
		if (round % 20 === 10) archive.request(publish(DCMD, COMMAND));
		if (round % 60 === 30) {
			host.request(publish(NCMD, REBIRTH));
			born(node);
		}
		bed.wait(1);
	}
	for (const one of [node, host, archive]) one.close();
});

const scene = (play: (archive: Connection, host: Connection) => void) => (): readonly Said[] => {
	const bed = ground();
	const node = born(begin(bed, NODE));
	const host = begin(bed, HOST);
	const archive = begin(bed, ARCHIVE);
	const poll = (round: number) => {
		node.request(publish(DDATA, data(round + 2)));
		bed.wait(1);
	};
	for (let round = 0; round < 5; round++) poll(round);
	play(archive, host);
	bed.wait(1);
	for (let round = 5; round < 10; round++) poll(round);
	return alertsOf(bed.detections);
};
const says = (name: string, content: Uint8Array | string) => scene((archive) => archive.request(publish(name, content)));
const control = (name: string, value: number): Uint8Array =>
	payload(-1, metric(`Node Control/${name}`, -1, TYPE.boolean, number(14, value)));

const entry = (id: string, fires: CatalogueEntry["fires"], twin: CatalogueEntry["twin"], twinIs: string): CatalogueEntry => ({
	id,
	answers: ["G17"],
	fires,
	twin,
	twinIs,
});

export const SPARKPLUG: readonly CatalogueEntry[] = [
	entry("controller-restart", says(NCMD, REBOOT), says(NCMD, control("Reboot", 0)), "the wish is taken back"),
	entry("sparkplug-next-server", says(NCMD, control("Next Server", 1)), says(DCMD, COMMAND), "a set point is written"),
	entry(
		"sparkplug-rebirth",
		says(NCMD, REBIRTH),
		scene((_, host) => host.request(publish(NCMD, REBIRTH))),
		"the host application asks, as it does every minute",
	),
	entry(
		"sparkplug-shared-name",
		says(DDATA, data(9)),
		scene((archive) =>
			archive.request(publish(topic("NBIRTH", "Edge2"), NODE_BIRTH)).request(publish(topic("NDATA", "Edge2"), payload(1))),
		),
		"the archive is born as a node of its own",
	),
	entry(
		"sparkplug-malformed",
		says(topic("NDATA", "Edge2"), "no payload"),
		says("plant/note", "no payload"),
		"the same text under another topic",
	),
];
