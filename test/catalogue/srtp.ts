/** GE's controllers by SRTP: messages written from what is published, through the whole engine, between a station that polls a controller and writes to it, and an archive that does what it never did. */
import { HELLO, READ, refusal, reply, replyText, request, VALUE, WELCOME, WRITE, WRITTEN } from "../protocols/srtpMessages.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, type WireBed, wireGround } from "./wireBed.ts";

const STATION = "10.0.0.2";
const ARCHIVE = "10.0.0.3";
const CONTROLLER = "10.0.0.7";
const PORT = 18_245;
const START = 1_700_000_000e6;

const begin = (bed: WireBed, client: string): Connection => bed.connect(client, CONTROLLER, PORT).request(HELLO).answer(WELCOME);
const CLOCK = request(8, "24");

/** A station polls, writes its set point and sets the clock; an archive polls. */
const ground = wireGround(START, (bed) => {
	const station = begin(bed, STATION);
	const archive = begin(bed, ARCHIVE);
	for (let round = 0; round < 600; round++) {
		station.request(READ).answer(VALUE);
		if (round % 20 === 0) station.request(WRITE).answer(WRITTEN);
		if (round % 2 === 0) archive.request(READ).answer(VALUE);
		if (round % 60 === 30) station.request(CLOCK).answer(reply(8));
		bed.wait(1);
	}
	station.close();
	archive.close();
});

const scene = (play: (station: Connection, archive: Connection) => void) => (): readonly Said[] => {
	const bed = ground();
	const station = begin(bed, STATION);
	const archive = begin(bed, ARCHIVE);
	const poll = () => {
		station.request(READ).answer(VALUE);
		archive.request(READ).answer(VALUE);
		bed.wait(1);
	};
	for (let round = 0; round < 5; round++) poll();
	play(station, archive);
	bed.wait(1);
	for (let round = 0; round < 5; round++) poll();
	bed.wait(15);
	return alertsOf(bed.detections);
};
/** The archive asks, and the controller does it. */
const does = (text: string) => scene((_, archive) => archive.request(request(9, text)).answer(reply(9)));

const STATUS = does("00");
const NAMES = does("03");
const entry = (id: string, fires: string, twin: CatalogueEntry["twin"], twinIs: string): CatalogueEntry => ({
	id,
	answers: ["G17"],
	fires: does(fires),
	twin,
	twinIs,
});

export const SRTP: readonly CatalogueEntry[] = [
	entry("controller-mode", "23 02", STATUS, "it is asked whether it runs"),
	entry("controller-reserved", "20", STATUS, "it is asked whether it runs"),
	entry("program-download", "40", NAMES, "it is asked for the names of its programs"),
	entry("program-upload", "3f", NAMES, "it is asked for the names of its programs"),
	entry("controller-memory-write", "08 00 0000 0200 0102", does("05 00 0000 0100"), "the memory of a task is read"),
	entry(
		"device-address",
		"22",
		scene((_, archive) => archive.request(request(9, "43")).answer(replyText(9, "5055 4d50 3100 0001"))),
		"it is asked for its name",
	),
	entry("values-forced", "44", does("07 08 c700 0100 2c01"), "a register is written"),
	entry("srtp-faults-cleared", "39", does("38"), "the faults are read"),
	{
		id: "clock-set",
		answers: ["G17"],
		fires: does("24"),
		twin: scene((station) => station.request(CLOCK).answer(reply(8))),
		twinIs: "the station sets the clock, as it does every minute",
	},
	{
		id: "srtp-malformed",
		answers: ["G17"],
		fires: scene((_, archive) => archive.request(VALUE)),
		twin: scene((_, archive) => archive.request(request(9, "99")).answer(refusal(9, "0100"))),
		twinIs: "a service that the controller does not know, in a sound message",
	},
];
