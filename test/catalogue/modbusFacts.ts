/** Facts of Modbus that no real program says on purpose: bytes written from the specification, through the whole engine, between two hosts that usually talk. */
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { adu } from "../protocols/modbusSamples.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, wireGround } from "./wireBed.ts";

export const HMI = "10.0.0.2";
export const PLC = "10.0.0.5";
const MODICON = "10.0.0.6";
const START = 1_700_000_000e6;

/** Ten registers are read, or one is written; every answer is one of these two. */
export const READ = "03 0000 000a";
export const VALUES = "03 14 0001 0002 0003 0004 0005 0006 0007 0008 0009 000a";
export const OTHERS = "03 14 0001 0002 0003 0004 0005 0006 0007 0008 0009 0009";
const UMAS_READ = "5a 00 22 44332211 01 02 2b00 01 2301 45";
const UMAS_VALUE = "5a 00 fe 3930";
/** What a screen or an archive asks of a Modicon: begin, identification, project, keep-alive, a variable, a block of memory; a reservation that it never had is given back. */
const LOOKS = ["01 00", "02", "04", "12", "22 44332211 01 02 2b00 01 2301 45", "20 01 1400 6400 0000 0200", "11 21"];

/** Functions of UMAS one after the other, each answered with OK. */
function ask(connection: Connection, requests: readonly string[]): void {
	for (const [at, request] of requests.entries()) {
		connection.request(adu(100 + at, 1, `5a 00 ${request}`)).answer(adu(100 + at, 1, "5a 00 fe 21"));
	}
}

/** A station that polls a PLC of any make, and a Modicon by its own function, for ten minutes. */
export const ground = wireGround(START, (bed) => {
	const plc = bed.connect(HMI, PLC);
	const modicon = bed.connect(HMI, MODICON);
	for (let round = 0; round < 600; round++) {
		plc.request(adu(round, 1, READ)).answer(adu(round, 1, VALUES));
		// A gateway behind the same connection refuses what it does not have.
		if (round % 10 === 0) plc.request(adu(round, 1, "03 0100 0001")).answer(adu(round, 1, "83 02"));
		modicon.request(adu(round, 1, UMAS_READ)).answer(adu(round, 1, UMAS_VALUE));
		if (round % 60 === 0) ask(modicon, LOOKS);
		bed.wait(1);
	}
	plc.close();
	modicon.close();
});

/** The station connects anew, polls, does what is played, and polls on. */
const scene = (server: string, play: (connection: Connection) => void) => (): readonly Said[] => {
	const bed = ground();
	const connection = bed.connect(HMI, server);
	const poll = (transaction: number): void => {
		if (server === PLC) connection.request(adu(transaction, 1, READ)).answer(adu(transaction, 1, VALUES));
		else connection.request(adu(transaction, 1, UMAS_READ)).answer(adu(transaction, 1, UMAS_VALUE));
		bed.wait(1);
	};
	for (let round = 0; round < 5; round++) poll(round);
	play(connection);
	bed.wait(1);
	for (let round = 200; round < 205; round++) poll(round);
	bed.wait(10);
	return alertsOf(bed.detections);
};
export const atPlc = (play: (connection: Connection) => void) => scene(PLC, play);

/** What an engineering station asks of a Modicon PLC. */
const umas = (...requests: readonly string[]) => scene(MODICON, (connection) => ask(connection, requests));
const TAKE_RESERVATION = "10 3b0e0000 07 454e47494e3031";
const DOWNLOAD = ["30 0001", "31 0001 0100 0400 deadbeef", "31 0001 0200 0400 deadbeef", "32 0001 0200"];
const UPLOAD = ["33 0001 fb03", "34 0001 0100", "34 0001 0200", "35 0001 0200"];
const LOOKING = umas(...LOOKS);

export const MODBUS_FACTS: readonly CatalogueEntry[] = [
	{
		id: "modbus-illegal-function",
		answers: ["M21"],
		fires: atPlc((connection) => connection.request(adu(100, 1, "00 0000 000a"))),
		twin: atPlc((connection) => connection.request(adu(100, 1, "03 0100 0001")).answer(adu(100, 1, "83 02"))),
		twinIs: "the PLC refuses a read, as it always does: only a server may send an exception",
	},
	{
		id: "modbus-illegal-function",
		answers: ["M21"],
		fires: atPlc((connection) => connection.request(adu(100, 1, "83 02"))),
		twin: atPlc((connection) => connection.request(adu(100, 1, "41 0102")).answer(adu(100, 1, "41 030405"))),
		twinIs: "a function that the specification leaves to the vendor",
	},
	{
		id: "modbus-diverging-answer",
		answers: ["M14"],
		fires: atPlc((connection) =>
			connection
				.request(adu(100, 1, READ))
				.answer(adu(100, 1, VALUES))
				.answer(adu(100, 1, OTHERS)),
		),
		twin: atPlc((connection) => {
			for (const values of [VALUES, OTHERS]) connection.request(adu(100, 1, READ)).answer(adu(100, 1, values));
		}),
		twinIs: "a client that uses one transaction number for ever is answered with a value that moved",
	},
	{
		id: "modbus-duplicate-answer",
		answers: ["M14"],
		fires: atPlc((connection) =>
			connection
				.request(adu(100, 1, READ))
				.answer(adu(100, 1, VALUES))
				.answer(adu(100, 1, VALUES)),
		),
		twin: atPlc((connection) => {
			connection
				.request(adu(100, 1, READ))
				.answer(adu(100, 1, VALUES))
				.again(TO_CLIENT, adu(100, 1, VALUES));
		}),
		twinIs: "TCP sends the same answer again, because it was not acknowledged",
	},
	{
		id: "modbus-answer-mismatch",
		answers: ["M14"],
		fires: atPlc((connection) => connection.request(adu(100, 1, READ)).answer(adu(100, 1, "03 04 0001 0002"))),
		twin: atPlc((connection) => {
			connection
				.request(adu(100, 1, READ))
				.request(adu(101, 1, "03 0000 0002"))
				.answer(adu(101, 1, "03 04 0001 0002"))
				.answer(adu(100, 1, VALUES));
		}),
		twinIs: "two requests at once, answered the other way round",
	},
	{
		id: "modbus-reused-transaction",
		answers: ["M14"],
		fires: atPlc((connection) => {
			connection.request(adu(100, 1, READ)).request(adu(100, 1, "03 0000 0002"));
			connection.answer(adu(100, 1, VALUES)).answer(adu(100, 1, "03 04 0001 0002"));
		}),
		twin: atPlc((connection) => {
			connection
				.request(adu(100, 1, READ))
				.again(TO_SERVER, adu(100, 1, READ))
				.answer(adu(100, 1, VALUES));
			connection.request(adu(100, 1, "03 0000 0002")).answer(adu(100, 1, "03 04 0001 0002"));
		}),
		twinIs: "TCP sends a request again; the next one has the same number, after the answer",
	},
	{
		id: "controller-reserved",
		answers: ["M22"],
		fires: umas(TAKE_RESERVATION, "11 21"),
		twin: LOOKING,
		twinIs: "identification, keep-alive, variables and memory are read; a reservation is given back",
	},
	{
		id: "controller-stop",
		answers: ["M22"],
		fires: umas(TAKE_RESERVATION, "41 ff00", "11 21"),
		twin: LOOKING,
		twinIs: "identification, keep-alive, variables and memory are read",
	},
	{
		id: "controller-start",
		answers: ["M22"],
		fires: umas(TAKE_RESERVATION, "40 ff00", "11 21"),
		twin: LOOKING,
		twinIs: "identification, keep-alive, variables and memory are read",
	},
	{
		id: "controller-restart",
		answers: ["M22"],
		fires: umas(TAKE_RESERVATION, "42 ff00", "11 21"),
		twin: LOOKING,
		twinIs: "identification, keep-alive, variables and memory are read",
	},
	{
		id: "controller-mode",
		answers: ["M22"],
		fires: umas(TAKE_RESERVATION, "43 ff00", "11 21"),
		twin: LOOKING,
		twinIs: "identification, keep-alive, variables and memory are read",
	},
	{
		id: "program-halt",
		answers: ["M22"],
		fires: umas(TAKE_RESERVATION, "60 0001 0000", "11 21"),
		twin: LOOKING,
		twinIs: "identification, keep-alive, variables and memory are read",
	},
	{
		id: "program-download",
		answers: ["M22"],
		fires: umas(TAKE_RESERVATION, ...DOWNLOAD, "11 21"),
		twin: umas(...UPLOAD),
		twinIs: "a backup reads the program: what goes the other way",
	},
	{
		id: "program-upload",
		answers: ["M22"],
		fires: umas(...UPLOAD),
		twin: LOOKING,
		twinIs: "a block of memory and variables are read, as a screen does",
	},
	{
		id: "controller-memory-write",
		answers: ["M22"],
		fires: umas(TAKE_RESERVATION, "21 01 1400 6400 0000 0200 beef", "11 21"),
		twin: LOOKING,
		twinIs: "the same block of memory is read",
	},
];
