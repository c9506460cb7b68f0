/** Omron controllers by FINS: frames written from the manuals, through the whole engine, between a station that polls a controller and writes to it, and an archive that does what it never did. */
import { answer, command, fileName, framed, HELLO, message, READ, VALUE, WELCOME, WRITE, WRITTEN } from "../protocols/finsMessages.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, type WireBed, wireGround } from "./wireBed.ts";

const STATION = "10.0.0.2";
const ARCHIVE = "10.0.0.3";
const CONTROLLER = "10.0.0.7";
const PORT = 9600;
const START = 1_700_000_000e6;

const begin = (bed: WireBed, client: string): Connection => bed.connect(client, CONTROLLER, PORT).request(HELLO).answer(WELCOME);
const ask = (connection: Connection, request: Uint8Array, response: Uint8Array): Connection =>
	connection.request(framed(request)).answer(framed(response));

const CLOCK = ["0702 261128133000", "0702 0000"] as const;

/** A station polls, writes its set point and sets the clock; an archive polls. */
const ground = wireGround(START, (bed) => {
	const station = begin(bed, STATION);
	const archive = begin(bed, ARCHIVE);
	for (let round = 0; round < 600; round++) {
		ask(station, READ, VALUE);
		if (round % 20 === 0) ask(station, WRITE, WRITTEN);
		if (round % 2 === 0) ask(archive, READ, VALUE);
		if (round % 60 === 30) ask(station, command(CLOCK[0]), answer(CLOCK[1]));
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
		ask(station, READ, VALUE);
		ask(archive, READ, VALUE);
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
const does = (text: string, more = "") => scene((_, archive) => ask(archive, command(text), answer(`${text.slice(0, 4)} 0000 ${more}`)));

const STATUS = does("0601", "01 04");
const entry = (id: string, fires: string, twin: CatalogueEntry["twin"], twinIs: string): CatalogueEntry => ({
	id,
	answers: ["G17"],
	fires: does(fires),
	twin,
	twinIs,
});
const LOG = fileName("LOG.CSV");
const PROGRAM = fileName("AUTOEXEC.OBJ");

export const FINS: readonly CatalogueEntry[] = [
	entry("controller-stop", "0402 ffff", STATUS, "it is asked whether it runs"),
	entry("controller-start", "0401 ffff 04", STATUS, "it is asked whether it runs"),
	entry("controller-mode", "0401 ffff 01", STATUS, "it is asked in which mode it is"),
	entry("controller-restart", "0403", STATUS, "it is asked whether it runs"),
	entry("controller-reserved", "0c01 ffff", does("0c03 ffff"), "the right of access is given back"),
	entry(
		"program-download",
		`2203 0000 0001 ${PROGRAM} 00000000 0002 0102`,
		does(`2203 0000 0001 ${LOG} 00000000 0002 0102`),
		"a file of data is written",
	),
	entry("program-upload", `2202 0000 ${PROGRAM} 00000000 0100`, does(`2202 0000 ${LOG} 00000000 0100`), "a log is read"),
	entry("program-delete", `2205 0000 0001 ${PROGRAM}`, does(`2205 0000 0001 ${LOG}`), "a log is deleted once it was read"),
	entry("controller-memory-write", "0202 8010 0000 8001 0102", does("0201 8010 0000 0001", "8010 0000 8001 0102"), "the settings are read"),
	entry("credential-change", "0304 ffff 00 00000000 ffffffff 50415353", STATUS, "it is asked whether it runs"),
	entry("device-address", "2757 c0a80a05 ffffff00", does("2767", "c0a80a05 ffffff00"), "it is asked for its address"),
	entry("values-forced", "2301 0001 0001 30 000a 03", does("2301 0001 ffff 30 000a 03"), "a bit is let go"),
	entry("fins-log-cleared", "2103", does("2102 0000 0014", "0014 0000 0000"), "the log of errors is read"),
	{
		id: "clock-set",
		answers: ["G17"],
		fires: does(CLOCK[0]),
		twin: scene((station) => ask(station, command(CLOCK[0]), answer(CLOCK[1]))),
		twinIs: "the station sets the clock, as it does every minute",
	},
	{
		id: "fins-malformed",
		answers: ["G17"],
		fires: scene((_, archive) => archive.request(message(9, ""))),
		twin: scene((_, archive) => ask(archive, command("9999"), answer("9999 0401"))),
		twinIs: "a command that the controller does not know, in a sound frame",
	},
];
