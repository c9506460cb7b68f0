/** Facts of SNMP: messages written out from the RFCs, through the whole engine, between a manager that polls a device and one that changes it. */
import { element, integer, message, NULL, octets, pdu, SYS_DESCR, SYS_UP_TIME, secured } from "../protocols/snmpMessages.ts";
import { hex, join } from "../support/decoderHarness.ts";
import { ipv4, udp } from "../wire/frameBuilder.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type WireBed, wireGround } from "./wireBed.ts";

const MANAGER = "10.0.0.2";
const DEVICE = "10.0.0.7";
const PORT = 161;
const FROM = 40_161;
const UDP = 17;
const IP = 0x0800;
const START = 1_700_000_000e6;

function send(bed: WireBed, source: string, destination: string, from: number, to: number, bytes: Uint8Array): void {
	const datagram = udp(Array.from(bytes), { from, to });
	bed.frame(source, destination, IP, ipv4(UDP, datagram, { source, destination, id: bed.frames & 0xffff }));
}
function ask(bed: WireBed, request: Uint8Array, response?: Uint8Array): void {
	send(bed, MANAGER, DEVICE, FROM, PORT, request);
	if (response !== undefined) send(bed, DEVICE, MANAGER, PORT, FROM, response);
}

const GET = message(pdu(0xa0, 5, [[SYS_UP_TIME, NULL]]));
const ANSWER = message(pdu(0xa2, 5, [[SYS_UP_TIME, element(0x43, hex("01 e240"))]]));
const ADMIN_STATUS = "1.3.6.1.2.1.2.2.1.7.3";
const set = (name: string, value: Uint8Array, tag = 0xa3) => pdu(tag, 6, [[name, value]]);
const protectedBy = { flags: 5, user: "operator" };

/** A manager polls a device for five minutes. */
const ground = wireGround(START, (bed) => {
	for (let round = 0; round < 60; round++) {
		ask(bed, GET, ANSWER);
		bed.wait(5);
	}
});

const scene = (play: (bed: WireBed) => void) => (): readonly Said[] => {
	const bed = ground();
	for (let round = 0; round < 3; round++) {
		ask(bed, GET, ANSWER);
		bed.wait(1);
	}
	play(bed);
	bed.wait(15);
	return alertsOf(bed.detections);
};
const asks = (request: Uint8Array, response?: Uint8Array) => scene((bed) => ask(bed, request, response));
const tries = (communities: readonly string[]) =>
	scene((bed) => {
		for (const community of communities) ask(bed, message(pdu(0xa0, 5, [[SYS_UP_TIME, NULL]]), { community }));
	});

export const SNMP: readonly CatalogueEntry[] = [
	{
		id: "snmp-malformed",
		answers: [],
		fires: asks(join(GET, hex("00"))),
		twin: asks(message(pdu(0xa0, 5, [[SYS_DESCR, NULL]])), message(pdu(0xa2, 5, [[SYS_DESCR, NULL]], [2, 1]), { version: 0 })),
		twinIs: "a whole request for an object that the device does not have",
	},
	{
		id: "snmp-interface-down",
		answers: [],
		fires: asks(secured(set(ADMIN_STATUS, integer(2)), protectedBy), secured(set(ADMIN_STATUS, integer(2), 0xa2), protectedBy)),
		twin: asks(secured(set(ADMIN_STATUS, integer(1)), protectedBy), secured(set(ADMIN_STATUS, integer(1), 0xa2), protectedBy)),
		twinIs: "the same port is switched on",
	},
	{
		id: "snmp-community-guessing",
		answers: [],
		fires: tries(["private", "admin", "manager", "secret"]),
		twin: tries(["public@10", "public@20", "public@30", "private"]),
		twinIs: "a manager asks for three VLANs by the community that it has, and once by the other one",
	},
	{
		id: "cleartext-password",
		answers: [],
		fires: asks(message(set("1.3.6.1.2.1.1.6.0", octets("pump house"))), message(set("1.3.6.1.2.1.1.6.0", octets("pump house"), 0xa2))),
		twin: asks(secured(set("1.3.6.1.2.1.1.6.0", octets("pump house")), protectedBy)),
		twinIs: "the same is written by version 3, by which no password travels",
		twins: [{ scene: asks(GET, ANSWER), is: "the device is read by a community, as ever" }],
	},
];
