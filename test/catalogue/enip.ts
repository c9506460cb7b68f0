/** Facts of EtherNet/IP: what an engineering tool asks of a controller, bytes as tools send them, through the whole engine, beside a screen that reads and writes tags. */
import {
	ask,
	FORWARD_OPEN,
	FORWARD_OPENED,
	onTag,
	packet,
	packetAnswer,
	pccc,
	pcccAnswer,
	REGISTER,
	REGISTERED,
	rr,
	tell,
	UNREGISTER,
} from "../protocols/enipMessages.ts";
import { hex } from "../support/decoderHarness.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, type WireBed, wireGround } from "./wireBed.ts";

const HMI = "10.0.0.2";
const PLC = "10.0.0.5";
const PORT = 44_818;
const START = 1_700_000_000e6;

/** A screen reads two tags in one packet. */
function poll(connection: Connection, round: number): void {
	connection.request(ask(round, packet([onTag(0x4c, "Tank.Level", "0100"), onTag(0x4c, "Pump.Run", "0100")])));
	connection.answer(tell(round, packetAnswer("00 00", [`cc 00 00 00 c300 ${round % 2 === 0 ? "6400" : "6500"}`, "cc 00 00 00 c100 01"])));
}

/** Sessions begin by registering, and open a connection to the router of messages. */
function open(bed: WireBed): Connection {
	const connection = bed.connect(HMI, PLC, PORT);
	connection.request(REGISTER).answer(REGISTERED).request(rr(FORWARD_OPEN)).answer(rr(FORWARD_OPENED));
	return connection;
}

/** What a screen or an archive asks beside its tags: who the controller is, what time it has, its mode, a file that describes it, data of an older controller. */
const LOOKS: readonly (readonly [request: string, answer: string])[] = [
	["01 02 2001 2401", "81 00 00 00 0100 0e00 3600 140b 6030 eeffc000 02 4c36"],
	["0e 03 208b 2401 3006", "8e 00 00 00 0087 9323 085a 0400"],
	["0e 03 208e 2401 3003", "8e 00 00 00 0100"],
	["0e 03 20f5 2401 3001", "8e 00 00 00 01000000"],
	["0e 03 205d 2401 3001", "8e 00 00 00 02"],
	["4b 02 2037 24c8", "cb 00 00 00 00000000 0a"],
	["4b 02 20ac 2401 01000100", "cb 00 00 00"],
	[pccc("0f 00 0100 a2 04 07 89 0a 00"), pcccAnswer("4f 00 0100 0500 0600")],
	[pccc("06 00 0200 03"), pcccAnswer("46 00 0200 00ee3403")],
];

function look(connection: Connection, looks: typeof LOOKS, first: number): void {
	for (const [index, [request, answer]] of looks.entries())
		connection.request(ask(first + index, request)).answer(tell(first + index, answer));
}

/** A screen that polls a controller for ten minutes. */
const ground = wireGround(START, (bed) => {
	const connection = open(bed);
	for (let round = 0; round < 600; round++) {
		poll(connection, round);
		if (round % 60 === 0) look(connection, LOOKS, 2000);
		bed.wait(1);
	}
	connection.request(UNREGISTER).close();
});

/** The screen connects anew, polls, does what is played, and polls on. */
const scene = (play: (connection: Connection) => void) => (): readonly Said[] => {
	const bed = ground();
	const connection = open(bed);
	for (let round = 0; round < 5; round++) {
		poll(connection, round);
		bed.wait(1);
	}
	play(connection);
	bed.wait(1);
	for (let round = 5; round < 10; round++) {
		poll(connection, round);
		bed.wait(1);
	}
	bed.wait(10);
	return alertsOf(bed.detections);
};

/** Services over the connection, each answered with success and nothing more. */
const services = (...requests: readonly (string | Uint8Array)[]) =>
	scene((connection) => {
		for (const [index, request] of requests.entries()) {
			const service = (typeof request === "string" ? hex(request) : request)[0]! | 0x80;
			connection.request(ask(3000 + index, request)).answer(tell(3000 + index, `${service.toString(16)} 00 00 00`));
		}
	});
const commands = (...requests: readonly string[]) =>
	scene((connection) => {
		for (const [index, request] of requests.entries()) {
			const command = hex(request);
			connection.request(ask(3000 + index, pccc(request)));
			connection.answer(tell(3000 + index, pcccAnswer(`${(command[0]! | 0x40).toString(16)} 00 ${request.slice(6, 10)}`)));
		}
	});
const LOOKING = scene((connection) => look(connection, LOOKS, 3000));
const LOOKING_IS = "the screen asks who the controller is, its time, mode and settings, and reads data";

const LOCK = "4b 04 208e 2401 2074 2401 00";
const UNLOCK = "4c 04 208e 2401 2074 2401";
const ANSWERS = ["G17"] as const;
const row = (id: string, fires: CatalogueEntry["fires"], twin = LOOKING, twinIs = LOOKING_IS): CatalogueEntry => ({
	id,
	answers: ANSWERS,
	fires,
	twin,
	twinIs,
});

export const ENIP: readonly CatalogueEntry[] = [
	{
		id: "enip-malformed",
		answers: [],
		// Offsets that lead out of the packet have stopped controllers.
		fires: scene((connection) => connection.request(rr("0a 02 2002 2401 0100 f4f0 0909 8804"))),
		twin: scene((connection) =>
			connection.request(rr(packet(["0e 03 2001 2401 3001"]))).answer(rr(packetAnswer("1e 00", ["8e 00 14 00"]))),
		),
		twinIs: "a packet whose one service the controller refuses",
	},
	row("controller-stop", services("07 02 208e 2401")),
	row("controller-start", services("06 02 208e 2401")),
	row(
		"controller-stop",
		commands("0f 00 0100 80 01"),
		commands("0f 00 0100 a2 04 07 89 0a 00"),
		"data of the same older controller is read",
	),
	row("controller-mode", commands("0f 00 0100 80 07")),
	row("controller-restart", services("05 02 2001 2401 00")),
	row("controller-reserved", services(LOCK, UNLOCK)),
	row("enip-controller-unlocked", services(UNLOCK), services(LOCK), "the lock is taken, and not given up"),
	row(
		"program-download",
		services(LOCK, "08 03 2068 2500 2024 0100 0a00 0000", "50 03 206a 2500 fa1b 00000000 0100 41", UNLOCK),
		services("4f 03 206a 2500 fa1b 00000000 0100"),
		"a backup reads the program: what goes the other way",
	),
	row("program-upload", services("4f 03 206a 2500 fa1b 00000000 0100", "4c 06 2068 2500 2024 206d 2500 2024 0000 00000000")),
	row(
		"program-delete",
		services(LOCK, "09 06 2068 2500 2024 206d 2500 2024", UNLOCK),
		services(LOCK, UNLOCK),
		"locked and unlocked, and nothing deleted",
	),
	row(
		"firmware-change",
		services("4b 02 20a1 2401 00000000", "4d 02 20a1 2401 00000000"),
		services("0e 03 20a1 2401 3001"),
		"an attribute of the same object is read",
	),
	row("enip-file-write", services("4c 02 2037 24c8 00", "50 02 2037 24c8 00"), LOOKING, "the same file is read"),
	row("credential-change", services("10 03 205d 2401 3001 01")),
	row("enip-network-settings", services("10 03 20f5 2401 3005 0a000005 00ffffff")),
	row(
		"values-forced",
		commands("0f 00 0100 ab 02 00 a1 00 00 0100 0100"),
		commands("0f 00 0100 aa 02 07 89 0a 00 0500"),
		"a value of a data table is written",
	),
	row("controller-memory-write", commands("0f 00 0100 18 00000000 01"), commands("0f 00 0100 17 00000000 01"), "the same memory is read"),
	row("clock-set", services("04 02 208b 2401 0100 0600 c058722208 5a0400")),
];
