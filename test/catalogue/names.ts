/** Names without a name server: messages written from RFC 1002 (NetBIOS), RFC 4795 (LLMNR) and RFC 6762 (multicast DNS), through the whole engine. */
import { claim, conflictDemand, positive, query, registered } from "../protocols/netbiosMessages.ts";
import { hex, join } from "../support/decoderHarness.ts";
import { ipv4, udp } from "../wire/frameBuilder.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { ground } from "./modbusFacts.ts";
import type { WireBed } from "./wireBed.ts";

const STATION = "10.0.0.2";
const SERVER = "10.0.0.7";
const STRANGER = "10.0.0.66";
const ALL = "10.0.0.255";
const PORT = { netbios: 137, llmnr: 5355, mdns: 5353 } as const;
const UDP = 17;
const IP = 0x0800;

const scene = (play: (bed: WireBed) => void) => (): readonly Said[] => {
	const bed = ground();
	play(bed);
	bed.wait(10);
	return alertsOf(bed.detections);
};
function send(bed: WireBed, source: string, destination: string, from: number, to: number, bytes: Uint8Array): void {
	const datagram = udp(Array.from(bytes), { from, to });
	bed.frame(source, destination, IP, ipv4(UDP, datagram, { source, destination, id: bed.frames & 0xffff }));
	bed.wait(1);
}
const netbios = (bed: WireBed, source: string, destination: string, bytes: Uint8Array) =>
	send(bed, source, destination, PORT.netbios, PORT.netbios, bytes);

const letters = (name: string): Uint8Array =>
	Uint8Array.from([...name.split(".").flatMap((label) => [label.length, ...Array.from(label, (letter) => letter.charCodeAt(0))]), 0]);
const ADDRESS = hex("0001 0001");
const answer = (flags: string, name: string, ip: string): Uint8Array =>
	join(hex(`4100 ${flags} 0000 0001 0000 0000`), letters(name), ADDRESS, hex("0000001e 0004"), Uint8Array.from(ip.split(".").map(Number)));
/** A station asks everybody, and one answers. */
function findByLlmnr(bed: WireBed, name: string, source: string, at = source): void {
	const port = bed.frames + 50_000;
	send(bed, STATION, "224.0.0.252", port, PORT.llmnr, join(hex("4100 0000 0001 0000 0000 0000"), letters(name), ADDRESS));
	send(bed, source, STATION, PORT.llmnr, port, answer("8000", name, at));
}
const announce = (bed: WireBed, source: string, name: string, at = source) =>
	send(bed, source, "224.0.0.251", PORT.mdns, PORT.mdns, answer("8400", name, at));

export const NAMES: readonly CatalogueEntry[] = [
	{
		id: "name-poisoning",
		answers: [],
		fires: scene((bed) => {
			for (const name of ["recieps", "plant-fiels", "archvie"]) findByLlmnr(bed, name, STRANGER);
		}),
		twin: scene((bed) => {
			for (const name of ["recipes", "RECIPES", "recipes"]) findByLlmnr(bed, name, SERVER);
			announce(bed, SERVER, "recipes.local");
			netbios(bed, SERVER, STATION, positive(1, "RECIPES", 0x20, SERVER));
			netbios(bed, SERVER, STATION, positive(2, "FILES", 0x20, SERVER));
		}),
		twinIs: "a server that has an alias answers for both of its names, by all three services",
		which: { source: STRANGER },
		twins: [
			{
				scene: scene((bed) => {
					for (const name of ["camera-1.local", "camera-2.local", "camera-3.local"])
						announce(bed, STRANGER, name, `10.0.0.${name.slice(7, 8)}1`);
				}),
				is: "a host passes on from another network which names are where",
			},
			{
				scene: scene((bed) => {
					findByLlmnr(bed, "hmi", SERVER);
					bed.wait(700);
					findByLlmnr(bed, "hmi", STRANGER);
				}),
				is: "a computer is replaced by another one of the same name",
			},
		],
	},
	{
		id: "name-poisoning",
		answers: [],
		fires: scene((bed) => {
			findByLlmnr(bed, "hmi", SERVER);
			netbios(bed, STATION, ALL, query(3, "HMI", 0x20));
			netbios(bed, STRANGER, STATION, positive(3, "HMI", 0x20, STRANGER));
		}),
		twin: scene((bed) => {
			findByLlmnr(bed, "hmi", SERVER);
			findByLlmnr(bed, "hmi", SERVER, "192.168.7.1");
			findByLlmnr(bed, "scada", STRANGER);
		}),
		twinIs: "a host with two cards says where it is by either, and another one has another name",
		which: { source: STRANGER },
	},
	{
		id: "name-poisoning",
		answers: [],
		fires: scene((bed) => findByLlmnr(bed, "wpad", STRANGER)),
		twin: scene((bed) =>
			send(bed, STATION, "224.0.0.252", 50_000, PORT.llmnr, join(hex("4100 0000 0001 0000 0000 0000"), letters("wpad"), ADDRESS)),
		),
		twinIs: "a station looks for a proxy, as every Windows does, and nobody answers",
		which: { source: STRANGER },
	},
	{
		id: "netbios-name-conflict",
		answers: [],
		fires: scene((bed) => netbios(bed, STRANGER, STATION, conflictDemand(7, "HMI-1", 0))),
		twin: scene((bed) => {
			netbios(bed, STATION, ALL, claim(7, "HMI-1", 0, STATION));
			netbios(bed, SERVER, STATION, registered(7, "HMI-1", 0, SERVER, 6));
		}),
		twinIs: "a host that claims a name is told by its owner that it is taken",
	},
	{
		id: "netbios-malformed",
		answers: [],
		fires: scene((bed) => netbios(bed, STRANGER, STATION, claim(7, "HMI-1", 0, STRANGER).slice(0, -2))),
		twin: scene((bed) => netbios(bed, STRANGER, STATION, claim(7, "HMI-1", 0, STRANGER, { broadcast: false }))),
		twinIs: "the same claim, whole, to a host that is no name server",
	},
];
