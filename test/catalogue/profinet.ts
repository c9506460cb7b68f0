/** PROFINET: messages written from IEC 61158-6-10, through the whole engine, between a controller with its device and somebody else. */
import {
	arBlock,
	CONNECT,
	CONNECTED,
	FOUND_NAME,
	IM0,
	PARAMETERS_END,
	PARAMETERS_ENDED,
	READ_IM0,
	RESET,
	request,
	SEARCH_NAME,
	SET_IP,
	SET_NAME,
	SIGNAL,
	setDone,
	WRITE,
	WRITTEN,
} from "../protocols/profinetMessages.ts";
import { ipv4, udp } from "../wire/frameBuilder.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type WireBed, wireGround } from "./wireBed.ts";

const CONTROLLER = "10.0.0.3";
const DEVICE = "10.0.0.7";
const STRANGER = "10.0.0.4";
const IMPOSTOR = "10.0.0.5";
const TYPE = { ip: 0x0800, profinet: 0x8892 } as const;
const UDP = 17;
const PORT = 34964;
const START = 1_700_000_000e6;

function datagram(bed: WireBed, source: string, destination: string, bytes: Uint8Array): void {
	const content = udp(Array.from(bytes), { from: PORT, to: PORT });
	bed.frame(source, destination, TYPE.ip, ipv4(UDP, content, { source, destination, id: bed.frames & 0xffff }));
}
/** A search, which goes to all, and its answer. */
function find(bed: WireBed, client: string, ...answering: string[]): void {
	bed.frame(client, undefined, TYPE.profinet, Array.from(SEARCH_NAME));
	for (const device of answering) bed.frame(device, client, TYPE.profinet, Array.from(FOUND_NAME));
}
function set(bed: WireBed, client: string, request: Uint8Array, xid: number, about: string): void {
	bed.frame(client, DEVICE, TYPE.profinet, Array.from(request));
	bed.frame(DEVICE, client, TYPE.profinet, Array.from(setDone(xid, about)));
}
/** As a controller begins, each time. */
function connect(bed: WireBed, client: string): void {
	find(bed, client, DEVICE);
	set(bed, client, SET_IP, 0x01000005, "0102");
	for (const [asked, answer] of [
		[CONNECT, CONNECTED],
		[WRITE, WRITTEN],
		[PARAMETERS_END, PARAMETERS_ENDED],
		[READ_IM0, IM0],
	] as const) {
		datagram(bed, client, DEVICE, asked);
		datagram(bed, DEVICE, client, answer);
	}
}

const ground = wireGround(START, (bed) => {
	for (let round = 0; round < 40; round++) {
		connect(bed, CONTROLLER);
		bed.wait(15);
	}
});
const scene = (play: (bed: WireBed) => void) => (): readonly Said[] => {
	const bed = ground();
	connect(bed, CONTROLLER);
	bed.wait(2);
	play(bed);
	bed.wait(15);
	return alertsOf(bed.detections);
};
const asks = (client: string, bytes: Uint8Array) => scene((bed) => datagram(bed, client, DEVICE, bytes));

export const PROFINET: readonly CatalogueEntry[] = [
	{
		id: "device-address",
		answers: ["G17"],
		fires: scene((bed) => set(bed, STRANGER, SET_NAME, 0x01000004, "0202")),
		twin: scene((bed) => connect(bed, CONTROLLER)),
		twinIs: "a controller that starts gives its device an address for now",
	},
	{
		id: "controller-restart",
		answers: ["G17"],
		fires: scene((bed) => set(bed, STRANGER, RESET, 0x01000007, "0506")),
		twin: scene((bed) => set(bed, STRANGER, SIGNAL, 0x01000008, "0503")),
		twinIs: "the device is told to blink, by the same service",
	},
	{
		id: "profinet-malformed",
		answers: [],
		fires: asks(STRANGER, request(0, "0101 0100 01 00")),
		twin: asks(STRANGER, CONNECT),
		twinIs: "a whole request to connect",
	},
	{
		id: "profinet-name-conflict",
		answers: [],
		fires: scene((bed) => find(bed, CONTROLLER, DEVICE, IMPOSTOR)),
		twin: scene((bed) => find(bed, CONTROLLER, DEVICE, DEVICE)),
		twinIs: "the device answers twice",
	},
	{
		id: "profinet-takeover",
		answers: [],
		fires: asks(STRANGER, request(0, arBlock("0006", "00000001", "tool"))),
		twin: asks(STRANGER, request(0, arBlock("0006", "00000101", "tool"))),
		twinIs: "a supervisor that asks for records alone",
	},
];
