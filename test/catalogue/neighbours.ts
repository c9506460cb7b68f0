/** What hosts and switches say to each other below the protocols of applications: bytes written from the standards, through the whole engine. */
import { hex, join } from "../support/decoderHarness.ts";
import { ipv4 } from "../wire/frameBuilder.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { ground, PLC } from "./modbusFacts.ts";
import type { WireBed } from "./wireBed.ts";

const HOST = "10.0.0.9";
const SWITCH = "10.0.0.200";
const OTHER_SWITCH = "10.0.0.201";
const LLDP = 0x88cc;
const IP = 0x0800;
const ICMP = 1;

const scene = (play: (bed: WireBed) => void) => (): readonly Said[] => {
	const bed = ground();
	play(bed);
	bed.wait(10);
	return alertsOf(bed.detections);
};

const icmp = (bed: WireBed, source: string, destination: string, message: Uint8Array): void =>
	bed.frame(source, destination, IP, ipv4(ICMP, [...message], { source, destination, id: bed.frames & 0xffff }));
/** Behind its length in place of an EtherType. */
const llc = (bed: WireBed, source: string, payload: Uint8Array): void => bed.frame(source, undefined, payload.length, [...payload]);

/** UDP from the host to the PLC. */
const QUOTED = hex("45 00 0020 0001 0000 40 11 0000 0a000009 0a000002 9c40 01f6 000c 0000");
const ECHO = hex("08 00 0000 1234 0001 6162636465666768");
const ROOT = "8000 0200000000aa";
const bpdu = (bridge: string): Uint8Array => hex(`424203 0000 02 02 3c ${bridge} 00000000 ${bridge} 8001 0000 1400 0200 0f00`);
const ANNOUNCEMENT = hex("0207 04 020000000001 0405 05 706f7274 0602 0078 0000");
const CISCO = hex("aaaa03 00000c 2000 02 b4 0000 0001 0008 73773031");

export const NEIGHBOURS: readonly CatalogueEntry[] = [
	{
		id: "icmp-redirect",
		answers: [],
		fires: scene((bed) => icmp(bed, SWITCH, HOST, join(hex("05 01 0000 0a000063"), QUOTED))),
		twin: scene((bed) => icmp(bed, SWITCH, HOST, join(hex("03 01 0000 00000000"), QUOTED))),
		twinIs: "a router says that it cannot reach the same host",
	},
	{
		id: "icmp-altered-echo",
		answers: [],
		fires: scene((bed) => {
			icmp(bed, HOST, PLC, ECHO);
			icmp(bed, PLC, HOST, hex("00 00 0000 1234 0001 6465666768616263"));
		}),
		twin: scene((bed) => {
			icmp(bed, HOST, PLC, ECHO);
			icmp(bed, PLC, HOST, hex("00 00 0000 1234 0001 6162636465666768"));
		}),
		twinIs: "the answer returns what was sent",
	},
	{
		id: "icmp-malformed",
		answers: [],
		fires: scene((bed) => icmp(bed, SWITCH, HOST, join(hex("03 01 0000 00000000"), QUOTED.subarray(0, 12)))),
		twin: scene((bed) => icmp(bed, SWITCH, HOST, join(hex("03 01 0000 00000000"), QUOTED))),
		twinIs: "the same error with the whole head of the packet",
	},
	{
		id: "lldp-malformed",
		answers: [],
		fires: scene((bed) => bed.frame(SWITCH, undefined, LLDP, [...ANNOUNCEMENT.subarray(0, 9), ...hex("0610 0078")])),
		twin: scene((bed) => bed.frame(SWITCH, undefined, LLDP, [...ANNOUNCEMENT])),
		twinIs: "the same announcement, whole",
	},
	{
		id: "cdp-malformed",
		answers: [],
		fires: scene((bed) => llc(bed, SWITCH, CISCO.subarray(0, CISCO.length - 1))),
		twin: scene((bed) => llc(bed, SWITCH, CISCO)),
		twinIs: "the same announcement, whole",
	},
	{
		id: "stp-root-taken",
		answers: [],
		fires: scene((bed) => {
			llc(bed, SWITCH, bpdu(ROOT));
			bed.wait(2);
			llc(bed, OTHER_SWITCH, bpdu("0000 0200000000bb"));
		}),
		twin: scene((bed) => {
			llc(bed, SWITCH, bpdu(ROOT));
			bed.wait(2);
			llc(bed, OTHER_SWITCH, bpdu("9000 0200000000bb"));
		}),
		twinIs: "a new switch with a higher number says that it would be root, until it hears of the right one",
	},
	{
		id: "stp-malformed",
		answers: [],
		fires: scene((bed) => llc(bed, SWITCH, bpdu(ROOT).subarray(0, 30))),
		twin: scene((bed) => llc(bed, SWITCH, bpdu(ROOT))),
		twinIs: "the same message, whole",
	},
];
