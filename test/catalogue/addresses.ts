/** Facts of DHCP: messages written out from RFC 2131 and 2132, through the whole engine. */
import { hex } from "../support/decoderHarness.ts";
import { ipv4, udp } from "../wire/frameBuilder.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { ground } from "./modbusFacts.ts";
import type { WireBed } from "./wireBed.ts";

const SERVER = "10.0.0.7";
const STRANGER = "10.0.0.66";
const ALL = "255.255.255.255";
const PORT = { client: 68, server: 67 } as const;
const UDP = 17;
const IP = 0x0800;

const scene = (play: (bed: WireBed) => void) => (): readonly Said[] => {
	const bed = ground();
	play(bed);
	bed.wait(10);
	return alertsOf(bed.detections);
};
/** `of` is the card; `source` what stands as the sender's address. */
function send(bed: WireBed, of: string, source: string, from: number, to: number, message: string): void {
	const datagram = udp(Array.from(hex(message)), { from, to });
	bed.frame(of, undefined, IP, ipv4(UDP, datagram, { source, destination: ALL, id: bed.frames & 0xffff }));
}
/** RFC 2131, 2, up to the options. */
const header = (operation: string, client: string, relay = "00000000"): string =>
	`${operation} 01 06 00 cafe0001 0000 8000 00000000 00000000 00000000 ${relay} ${client} ${"00".repeat(202)} 63825363`;
const clientOf = (ip: string): string =>
	`0200${ip
		.split(".")
		.map((part) => Number(part).toString(16).padStart(2, "0"))
		.join("")}`;
const discover = (bed: WireBed, of: string, client: string, rest = "ff"): void =>
	send(bed, of, "0.0.0.0", PORT.client, PORT.server, `${header("01", client)} 350101 ${rest}`);
const acknowledge = (bed: WireBed, routes: string): void =>
	send(bed, SERVER, SERVER, PORT.server, PORT.client, `${header("02", clientOf(STRANGER))} 350105 36040a000007 ${routes} ff`);
const many = (bed: WireBed, count: number, of: (at: number) => string): void => {
	for (let at = 0; at < count; at++) discover(bed, of(at), clientOf(`10.0.1.${at}`));
};

export const ADDRESSES: readonly CatalogueEntry[] = [
	{
		id: "dhcp-exhaustion",
		answers: [],
		fires: scene((bed) => many(bed, 12, () => STRANGER)),
		twin: scene((bed) => {
			for (let round = 0; round < 4; round++) many(bed, 9, () => STRANGER);
		}),
		twinIs: "nine devices behind a wireless bridge ask again and again",
		twins: [{ scene: scene((bed) => discover(bed, STRANGER, clientOf(STRANGER))), is: "a new device asks" }],
	},
	{
		id: "dhcp-route-injected",
		answers: [],
		fires: scene((bed) => acknowledge(bed, "790c 01000a000042 01800a000042")),
		twin: scene((bed) => acknowledge(bed, "790d 180a09000a000001 000a000001")),
		twinIs: "a server names the way to one network, and the default one",
	},
	{
		id: "dhcp-malformed",
		answers: [],
		fires: scene((bed) => discover(bed, STRANGER, clientOf(STRANGER), "0cff4142")),
		twin: scene((bed) => discover(bed, STRANGER, clientOf(STRANGER), "0c024142 ff")),
		twinIs: "the same option, of the length that it has",
	},
];
