/** Field devices by HART-IP: messages written from the specification, through the whole engine, between a station that looks after the devices behind a gateway, and an archive that does what it never did. */
import { answer, command, longTag, message, OPEN, OPENED, READ, TAG_DATA, VALUES } from "../protocols/hartIpMessages.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, type WireBed, wireGround } from "./wireBed.ts";

const STATION = "10.0.0.2";
const ARCHIVE = "10.0.0.3";
const GATEWAY = "10.0.0.7";
const PORT = 5094;
const START = 1_700_000_000e6;

const begin = (bed: WireBed, client: string): Connection => bed.connect(client, GATEWAY, PORT).request(OPEN).answer(OPENED);
const ask = (connection: Connection, code: number, data: string, said = data): Connection =>
	connection.request(command(code, data)).answer(answer(code, said));
const CLOCK = "00 1c0b7e 00000000 0000";

/** A station polls, takes back the sign of a change and sets the clock; an archive polls. */
const ground = wireGround(START, (bed) => {
	const station = begin(bed, STATION);
	const archive = begin(bed, ARCHIVE);
	for (let round = 0; round < 600; round++) {
		station.request(READ).answer(VALUES);
		if (round % 2 === 0) archive.request(READ).answer(VALUES);
		if (round % 60 === 20) ask(station, 38, "0002");
		if (round % 60 === 30) ask(station, 89, CLOCK);
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
		station.request(READ).answer(VALUES);
		archive.request(READ).answer(VALUES);
		bed.wait(1);
	};
	for (let round = 0; round < 5; round++) poll();
	play(station, archive);
	bed.wait(1);
	for (let round = 0; round < 5; round++) poll();
	bed.wait(35);
	return alertsOf(bed.detections);
};
/** The archive asks, and the device does it. */
const does = (code: number, data = "", said = data) => scene((_, archive) => ask(archive, code, data, said));
const STATUS = does(48, "", "100407000000 02 00 00 00 00 00 00");

const entry = (id: string, fires: CatalogueEntry["fires"], twin: CatalogueEntry["twin"], twinIs: string): CatalogueEntry => ({
	id,
	answers: ["G17"],
	fires,
	twin,
	twinIs,
});

export const HART_IP: readonly CatalogueEntry[] = [
	entry("controller-restart", does(42), STATUS, "it is asked for its state"),
	entry("controller-reserved", does(71, "02"), does(71, "00"), "the lock is opened"),
	entry(
		"credential-change",
		does(31, `0300 ${"00".repeat(16)}`, "0300"),
		does(31, "0306", "0306 1234"),
		"the number of its network is read",
	),
	entry("device-address", does(22, longTag("FT-102")), does(13, "", TAG_DATA), "its tag is read"),
	entry("values-forced", does(40, "41200000"), does(40, "00000000"), "the loop current follows the measurement again"),
	entry(
		"hart-measurement-changed",
		does(35, "07 41200000 00000000"),
		does(15, "", "00 00 07 41200000 00000000 3f800000 fb fa 00"),
		"the range is read",
	),
	entry(
		"hart-change-flag-reset",
		does(38, "0002"),
		scene((station) => ask(station, 38, "0002")),
		"the station takes the sign back, as it does every minute",
	),
	entry(
		"clock-set",
		does(89, CLOCK),
		scene((station) => ask(station, 89, CLOCK)),
		"the station sets the clock, as it does every minute",
	),
	entry(
		"hart-ip-malformed",
		scene((_, archive) => archive.request(message(0, 3, "82 a64e0000d2 03 00 00"))),
		scene((_, archive) => archive.request(command(200, "01")).answer(answer(200, "", 1, undefined, "40 00"))),
		"a command that the device does not know, in a sound frame",
	),
];
