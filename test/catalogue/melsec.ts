/** Mitsubishi's controllers by the MELSEC protocol: frames written from the manuals, through the whole engine, between a station that polls a controller and writes to it, and an archive that does what it never did. */
import { answer, DONE, IDENTIFY, IDENTITY, READ, REFUSED, request, VALUE, WRITE } from "../protocols/melsecMessages.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, type WireBed, wireGround } from "./wireBed.ts";

const STATION = "10.0.0.2";
const ARCHIVE = "10.0.0.3";
const CONTROLLER = "10.0.0.7";
const PORT = 5007;
const START = 1_700_000_000e6;

const begin = (bed: WireBed, client: string): Connection => bed.connect(client, CONTROLLER, PORT);

/** A station polls and writes its set point; an archive polls. */
const ground = wireGround(START, (bed) => {
	const station = begin(bed, STATION);
	const archive = begin(bed, ARCHIVE);
	for (let round = 0; round < 600; round++) {
		station.request(READ).answer(VALUE);
		if (round % 20 === 0) station.request(WRITE).answer(DONE);
		if (round % 2 === 0) archive.request(READ).answer(VALUE);
		bed.wait(1);
	}
	station.close();
	archive.close();
});

const scene = (play: (archive: Connection) => void) => (): readonly Said[] => {
	const bed = ground();
	const station = begin(bed, STATION);
	const archive = begin(bed, ARCHIVE);
	const poll = () => {
		station.request(READ).answer(VALUE);
		archive.request(READ).answer(VALUE);
		bed.wait(1);
	};
	for (let round = 0; round < 5; round++) poll();
	play(archive);
	bed.wait(1);
	for (let round = 0; round < 5; round++) poll();
	bed.wait(15);
	return alertsOf(bed.detections);
};
/** The archive asks, and the controller does it. */
const does = (text: string) => scene((archive) => archive.request(request(text)).answer(DONE));

const IDENTIFIED = scene((archive) => archive.request(IDENTIFY).answer(IDENTITY));
const SEARCHED = does("1118 0000 00000000");
const entry = (id: string, fires: string, twin: CatalogueEntry["twin"], twinIs: string): CatalogueEntry => ({
	id,
	answers: ["G17"],
	fires: does(fires),
	twin,
	twinIs,
});
const ASKED = "it is asked what it is";
const FILES = "a file is searched";

export const MELSEC: readonly CatalogueEntry[] = [
	entry("controller-stop", "0210 0000 0100", IDENTIFIED, ASKED),
	entry("controller-start", "0110 0000 0100 00 00", IDENTIFIED, ASKED),
	entry("controller-mode", "0310 0000 0100", IDENTIFIED, ASKED),
	entry("controller-restart", "0610 0000 0100", does("1716 0000"), "an error is cleared"),
	entry("program-download", "2918 0000 0000 00000000 0200 0102", SEARCHED, FILES),
	entry("program-upload", "2818 0000 0000 00000000 0001", SEARCHED, FILES),
	entry("program-delete", "2218 0000 00000000", SEARCHED, FILES),
	entry("device-address", "310e 0000 00", does("300e 0000 00"), "stations are searched"),
	entry("cleartext-password", "3016 0000 0400 31323334", does("3116 0000 0400 31323334"), "the controller is locked again"),
	{
		id: "melsec-malformed",
		answers: ["G17"],
		fires: scene((archive) => archive.request(request("0114 0000 640000 a8 0200 0700")).answer(answer("61c0"))),
		twin: scene((archive) => archive.request(request("0104 0000 640000 a8 ff7f")).answer(REFUSED)),
		twinIs: "more points are asked for than there may be, and the controller says so",
	},
];
