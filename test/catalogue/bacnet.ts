/** BACnet: messages written from ASHRAE 135, through the whole engine, between stations that usually talk to a controller and one that does what it never did. */
import { answer, bvlc, I_AM, READ, unicast, VALUE, WRITE, WRITTEN } from "../protocols/bacnetSamples.ts";
import { ipv4, udp } from "../wire/frameBuilder.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type WireBed, wireGround } from "./wireBed.ts";

const STATION = "10.0.0.2";
const ARCHIVE = "10.0.0.3";
const CONTROLLER = "10.0.0.7";
const OTHER = "10.0.0.8";
const BROADCAST = "10.0.0.255";
const PORT = 47808;
const UDP = 17;
const IP = 0x0800;
const START = 1_700_000_000e6;

function send(bed: WireBed, source: string, destination: string, bytes: Uint8Array): void {
	const datagram = udp(Array.from(bytes), { from: PORT, to: PORT });
	bed.frame(source, destination, IP, ipv4(UDP, datagram, { source, destination, id: bed.frames & 0xffff }));
}
/** Asks the controller, and gives its answer where there is one. */
function ask(bed: WireBed, source: string, request: Uint8Array, response?: Uint8Array): void {
	send(bed, source, CONTROLLER, request);
	if (response !== undefined) send(bed, CONTROLLER, source, response);
}

const ACK = (service: string) => answer(`20 09 ${service}`);
const TIME = answer("10 06 a47e0b1c06 b40a141e28");
const REGISTER = bvlc(5, "003c");
const READ_TABLE = bvlc(6, "");
const CREATE = unicast("0005 09 0a 0e 1c05000005 0f");
const CREATED = answer("30 09 0a c405000005");
const LIFE_SAFETY = unicast("0005 09 1b 0901 1c 00 6d6178 2901");
const READ_FILE = unicast("0005 09 06 c402800001 0e 3100 22 1000 0f");
const FILE = answer("30 09 06 11 0e 3100 64deadbeef 0f");
const WRITE_FILE = unicast("0005 09 07 c402800001 0e 3100 64deadbeef 0f");
const FILE_WRITTEN = answer("30 09 07 0900");

/** What a station does now and then as a part of its work: clocks, its registration, trend logs, alarms that are silenced, files of logs. */
const CHORES: readonly (readonly [Uint8Array, Uint8Array?])[] = [
	[TIME],
	[REGISTER, bvlc(0, "0000")],
	[READ_TABLE, bvlc(7, "")],
	[CREATE, CREATED],
	[LIFE_SAFETY, ACK("1b")],
	[READ_FILE, FILE],
	[WRITE_FILE, FILE_WRITTEN],
];

/** A station and an archive poll a controller for ten minutes; the station writes its set point, and does its chores. */
const ground = wireGround(START, (bed) => {
	for (let round = 0; round < 600; round++) {
		ask(bed, STATION, READ, VALUE);
		if (round % 20 === 0) ask(bed, STATION, WRITE, WRITTEN);
		if (round % 2 === 0) ask(bed, ARCHIVE, READ, VALUE);
		if (round % 60 === 30) for (const [request, response] of CHORES) ask(bed, STATION, request, response);
		bed.wait(1);
	}
});

const scene = (play: (bed: WireBed) => void) => (): readonly Said[] => {
	const bed = ground();
	const poll = () => {
		ask(bed, STATION, READ, VALUE);
		ask(bed, ARCHIVE, READ, VALUE);
		bed.wait(1);
	};
	for (let round = 0; round < 5; round++) poll();
	play(bed);
	bed.wait(1);
	for (let round = 0; round < 5; round++) poll();
	bed.wait(15);
	return alertsOf(bed.detections);
};
const asks = (source: string, request: Uint8Array, response?: Uint8Array) => scene((bed) => ask(bed, source, request, response));
const announces = (...sources: string[]) =>
	scene((bed) => {
		for (const source of sources) {
			send(bed, source, BROADCAST, I_AM);
			bed.wait(5);
		}
	});

const reinitialize = (state: string, password = "") => unicast(`0005 09 14 09${state} ${password}`);
const PASSWORD = "1d 09 00 66696c6973746572";
const inProcedure = (state: string, request: Uint8Array, response: Uint8Array) =>
	scene((bed) => {
		ask(bed, ARCHIVE, reinitialize(state), ACK("14"));
		ask(bed, ARCHIVE, request, response);
	});
const write = (tags: string) => asks(ARCHIVE, unicast(`0005 09 0f ${tags}`), ACK("0f"));
const first = (id: string, index: number, what: string, answers: readonly string[] = []): CatalogueEntry => ({
	id,
	answers,
	fires: asks(ARCHIVE, ...CHORES[index]!),
	twin: asks(STATION, ...CHORES[index]!),
	twinIs: `the station ${what}, as it does every minute`,
});
const PROGRAM = "0c04000001 195a";

export const BACNET: readonly CatalogueEntry[] = [
	{
		id: "bacnet-malformed",
		answers: [],
		fires: asks(ARCHIVE, unicast("0005 09 0c 0c00000003")),
		twin: asks(ARCHIVE, unicast("0005 09 0c 0c00000009 1955"), answer("50 09 0c 9101 911f")),
		twinIs: "a whole request for an object that does not exist",
	},
	{
		id: "controller-silenced",
		answers: ["G17"],
		fires: asks(ARCHIVE, unicast("0005 09 11 0905 1901"), ACK("11")),
		twin: asks(ARCHIVE, unicast("0005 09 11 1900"), ACK("11")),
		twinIs: "the controller is told that it may speak again",
	},
	{
		id: "controller-restart",
		answers: ["G17"],
		fires: asks(ARCHIVE, reinitialize("01"), ACK("14")),
		twin: asks(ARCHIVE, reinitialize("03"), ACK("14")),
		twinIs: "the end of a backup, by the same service",
	},
	{
		id: "program-upload",
		answers: ["G17"],
		fires: inProcedure("02", READ_FILE, FILE),
		twin: asks(STATION, READ_FILE, FILE),
		twinIs: "a file of logs is read, outside of a backup",
	},
	{
		id: "program-download",
		answers: ["G17"],
		fires: inProcedure("04", WRITE_FILE, FILE_WRITTEN),
		twin: asks(STATION, WRITE_FILE, FILE_WRITTEN),
		twinIs: "the station writes its file, outside of a restore",
	},
	{
		id: "program-delete",
		answers: ["G17"],
		fires: asks(ARCHIVE, unicast("0005 09 0b c404000001"), ACK("0b")),
		twin: asks(ARCHIVE, unicast("0005 09 0b c405000005"), ACK("0b")),
		twinIs: "a trend log is deleted, which is no program",
	},
	{
		id: "controller-stop",
		answers: ["G17"],
		fires: write(`${PROGRAM} 3e 9103 3f`),
		twin: write("0c04000001 191c 3e 73 00 6f6b 3f"),
		twinIs: "the description of the same program is written",
	},
	{
		id: "controller-start",
		answers: ["G17"],
		fires: write(`${PROGRAM} 3e 9102 3f`),
		twin: write(`${PROGRAM} 3e 9100 3f`),
		twinIs: "ready is what the property says when nothing is to be done",
	},
	{
		id: "values-forced",
		answers: ["G17"],
		fires: write("0c00000003 1951 3e 11 3f"),
		twin: write("0c00000003 1951 3e 10 3f"),
		twinIs: "the object is put in service again",
	},
	{
		id: "credential-change",
		answers: ["G17"],
		fires: asks(ARCHIVE, bvlc(0x0a, "01 80 11 0001")),
		twin: asks(ARCHIVE, bvlc(0x0a, "01 80 12"), bvlc(0x0a, "01 80 13 07d1 01")),
		twinIs: "the number of the network is asked for",
	},
	{
		id: "bacnet-password-in-clear",
		answers: [],
		fires: asks(ARCHIVE, reinitialize("03", PASSWORD), ACK("14")),
		twin: asks(ARCHIVE, reinitialize("03"), ACK("14")),
		twinIs: "the same request without a password",
	},
	{
		id: "bacnet-broadcast-table-written",
		answers: [],
		fires: asks(ARCHIVE, bvlc(1, "0a000003bac0ffffffff"), bvlc(0, "0000")),
		twin: asks(ARCHIVE, bvlc(2, ""), bvlc(3, "0a000007bac0ffffffff")),
		twinIs: "the same table is read",
	},
	{
		id: "bacnet-foreign-device-removed",
		answers: [],
		fires: asks(ARCHIVE, bvlc(8, "0a000002bac0"), bvlc(0, "0000")),
		twin: asks(STATION, bvlc(8, "0a000002bac0"), bvlc(0, "0000")),
		twinIs: "the device ends its own registration",
	},
	{
		id: "bacnet-routing-changed",
		answers: [],
		fires: asks(ARCHIVE, bvlc(0x0a, "01 84 06 01 07d1 01 00"), bvlc(0x0a, "01 80 07")),
		twin: asks(ARCHIVE, bvlc(0x0a, "01 84 06 00"), bvlc(0x0a, "01 80 07 01 07d1 01 00")),
		twinIs: "the routing table is asked for",
	},
	{
		id: "bacnet-virtual-terminal",
		answers: [],
		fires: asks(ARCHIVE, unicast("0005 09 15 9100 2101"), answer("30 09 15 2101")),
		twin: asks(ARCHIVE, unicast("0005 09 13 0c020004d2 2900 3d 06 00 68656c6c6f"), ACK("13")),
		twinIs: "a text message is sent to the operators",
	},
	{
		id: "bacnet-instance-conflict",
		answers: [],
		fires: announces(CONTROLLER, OTHER, CONTROLLER),
		twin: announces(CONTROLLER, CONTROLLER, OTHER, OTHER),
		twinIs: "a device that got another address announces itself there",
	},
	first("clock-set", 0, "sets the clock", ["G17"]),
	first("bacnet-foreign-device", 1, "renews its registration"),
	first("bacnet-table-read", 2, "reads the table"),
	first("bacnet-object-change", 3, "creates its trend log"),
	first("bacnet-life-safety", 4, "silences an alarm"),
	first("bacnet-file-read", 5, "reads its file"),
	first("bacnet-file-write", 6, "writes its file"),
];
