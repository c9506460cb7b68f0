/** Facts of S7comm and S7comm-plus: bytes as the public captures have them, through the whole engine, between hosts that usually talk. */
import { TO_SERVER } from "../../src/flow/flow.ts";
import {
	answer,
	any,
	ask,
	CREATE_BLOCK,
	connection,
	job,
	MODULES,
	PLUS_READ,
	PLUS_VALUES,
	PLUS_WRITE,
	packet,
	plusAnswer,
	plusRequest,
	READ,
	READ_DATA,
	SESSION,
	SESSION_ANSWER,
	SETUP,
	STOP_STATE,
	tell,
} from "../protocols/s7Samples.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, type WireBed, wireGround } from "./wireBed.ts";

const HMI = "10.0.0.2";
const ENGINEER = "10.0.0.3";
/** One speaks S7comm, the other S7comm-plus. */
const PLC = "10.0.0.5";
const CPU = "10.0.0.6";
const PORT = 102;
const START = 1_700_000_000e6;

function open(bed: WireBed, client: string): Connection {
	const [request, confirmation] = connection("0100", "0102");
	return bed.connect(client, PLC, PORT).request(request).answer(confirmation).request(job(1, SETUP)).answer(answer(1, SETUP));
}
const poll = (at: Connection, round: number): Connection => at.request(job(2 + round, READ)).answer(answer(2 + round, "04 04", READ_DATA));

function openPlus(bed: WireBed): Connection {
	const [request, confirmation] = connection("0600", "53494d415449432d524f4f542d484d49");
	const at = bed.connect(HMI, CPU, PORT).request(request).answer(confirmation);
	return at.request(plusRequest(0x4ca, 1, SESSION, 1, 0x120)).answer(plusAnswer(0x4ca, 1, SESSION_ANSWER, 1));
}
const pollPlus = (at: Connection, round: number): Connection =>
	at.request(plusRequest(0x54c, 2 + round, PLUS_READ)).answer(plusAnswer(0x54c, 2 + round, PLUS_VALUES));

const setClock = (at: Connection, reference: number): Connection =>
	at.request(ask(reference, 7, 2, "00 19 26 11 28 10 00 00 12 37")).answer(tell(reference, 7, 2));

/** Ten minutes: a screen polls both, an engineer's station looks at one and sets its clock. */
const ground = wireGround(START, (bed) => {
	const plc = open(bed, HMI);
	const station = open(bed, ENGINEER);
	const cpu = openPlus(bed);
	for (let round = 0; round < 600; round++) {
		poll(plc, round);
		pollPlus(cpu, round);
		if (round % 20 === 0) poll(station, round);
		if (round % 60 === 0) setClock(station, 4000 + round);
		bed.wait(1);
	}
	for (const at of [plc, station, cpu]) at.close();
});

const scene =
	(begin: (bed: WireBed) => Connection, go: (at: Connection, round: number) => Connection) => (play: (at: Connection) => void) => () => {
		const bed = ground();
		const at = begin(bed);
		for (let round = 0; round < 5; round++) {
			go(at, round);
			bed.wait(1);
		}
		play(at);
		bed.wait(1);
		for (let round = 100; round < 105; round++) {
			go(at, round);
			bed.wait(1);
		}
		bed.wait(10);
		return alertsOf(bed.detections) as readonly Said[];
	};
const byScreen = scene((bed) => open(bed, HMI), poll);
const byStation = scene((bed) => open(bed, ENGINEER), poll);
const atCpu = scene(openPlus, pollPlus);

/** A job by its parameters, and its answer. */
const does = (parameters: string, told = parameters.trim().slice(0, 2)) =>
	byScreen((at) => at.request(job(900, parameters)).answer(answer(900, told)));
const asks = (group: number, subFunction: number, contents: string) =>
	byScreen((at) => at.request(ask(900, group, subFunction, contents)).answer(tell(900, group, subFunction)));
const FILE = "5f3041 3030303031 50";
const VARIABLE = "0002 0008 0000 0001 0201 0000 0004";

/** Identification, lists of blocks, variables, the clock, messages. */
const LOOKING = byScreen((at) => {
	at.request(ask(900, 4, 1, "0011 0000")).answer(tell(900, 4, 1, MODULES));
	at.request(ask(901, 3, 1)).answer(tell(901, 3, 1, "3038 0001 3041 0002"));
	at.request(ask(902, 1, 2, VARIABLE)).answer(tell(902, 1, 2, undefined, { sequence: 3 }));
	at.request(ask(903, 7, 1)).answer(tell(903, 7, 1, "00 19 26 11 28 10 00 00 12 37"));
	at.request(ask(904, 1, 22, "00")).answer(tell(904, 1, 22));
});
const looks = "identification, blocks, variables and the clock are read, as an engineer's look does";

const PLUS_LOOKING = atCpu((at) => {
	at.request(plusRequest(0x4bb, 900, "00000003 00 01 00 01 00 01 8169 00000000")).answer(plusAnswer(0x4bb, 900, "00 00000003 00000000"));
	at.request(plusRequest(0x542, 901, PLUS_WRITE)).answer(plusAnswer(0x542, 901, "00 00 00000000"));
	at.request(plusRequest(0x4d4, 902, "000003c0 00 00000000")).answer(plusAnswer(0x4d4, 902, "00 000003c0 00000000"));
});
const looksPlus = "objects are explored, variables written, and a session ends";
const tells = (code: number, set: string) =>
	atCpu((at) => at.request(plusRequest(code, 900, set)).answer(plusAnswer(code, 900, "00 00000000")));

const siemens = (id: string, fires: () => readonly Said[], twin = LOOKING, twinIs = looks): CatalogueEntry => ({
	id,
	answers: ["G17"],
	fires,
	twin,
	twinIs,
});
const plus = (id: string, fires: () => readonly Said[], twin = PLUS_LOOKING, twinIs = looksPlus): CatalogueEntry => ({
	id,
	answers: ["G17"],
	fires,
	twin,
	twinIs,
});

export const SIEMENS: readonly CatalogueEntry[] = [
	siemens("controller-stop", does("29 0000000000 09 505f50524f4752414d")),
	siemens("controller-start", does("28 000000000000fd 0000 09 505f50524f4752414d")),
	siemens("controller-mode", asks(1, 11, "00")),
	siemens("controller-restart", asks(1, 12, "00")),
	siemens("program-halt", asks(1, 10, "00")),
	siemens("values-forced", asks(1, 9, `${VARIABLE.replace("0008", "000e")} 0009 0002 beef`)),
	siemens("controller-memory-write", does("28 000000000000fd 0002 4550 05 5f4d4f4455")),
	siemens(
		"program-download",
		does(`1a 00 0100 00000000 09 ${FILE} 0d 31 303030323136 303030303838`),
		does(`1d 00 0000 00000000 09 ${FILE}`, "1d 00 0000 00000007 07 30303030323136"),
		"a backup takes the same block: what goes the other way",
	),
	siemens("program-upload", does(`1d 00 0000 00000000 09 ${FILE}`, "1d 00 0000 00000007 07 30303030323136")),
	siemens(
		"program-delete",
		does("28 000000000000fd 000a 0100 3041303030303142 05 5f44454c45"),
		does("28 000000000000fd 0000 05 5f47415242"),
		"the memory is compressed, which deletes nothing",
	),
	{
		id: "clock-set",
		answers: ["G17"],
		fires: byScreen((at) => setClock(at, 900)),
		twin: byStation((at) => setClock(at, 900)),
		twinIs: "the station sets the clock, as it does every minute",
	},
	{
		id: "s7comm-password-in-clear",
		answers: ["G16"],
		fires: asks(5, 1, "213a1b1d6e681b1d"),
		twin: LOOKING,
		twinIs: looks,
	},
	{
		id: "s7comm-malformed",
		answers: ["G10"],
		fires: byScreen((at) => at.request(packet("32 01 0000 0384 00ff 0000 04 01"))),
		twin: byScreen((at) => at.request(job(900, `04 01 ${any(4, 1, 99, 0x84, 0)}`)).answer(answer(900, "04 01", "0a000000"))),
		twinIs: "the controller refuses a block that it does not have",
	},
	plus("controller-stop", tells(0x4f2, STOP_STATE)),
	plus("controller-start", tells(0x4f2, STOP_STATE.replace("00 08 01", "00 08 03"))),
	plus("controller-restart", tells(0x4f2, STOP_STATE.replace("00 08 01", "00 08 02"))),
	plus("controller-mode", tells(0x4f2, STOP_STATE.replace("00 08 01", "00 08 09"))),
	plus("program-download", tells(0x4ca, CREATE_BLOCK)),
	plus("program-upload", tells(0x4bb, "8a320001 00 01 00 01 00 02 8169 9414 00000000")),
	plus("program-delete", tells(0x4d4, "8a320001 00 00000000")),
	plus("credential-change", tells(0x4f2, "00000032 01 9a7b 00 08 02 00000000")),
	plus("firmware-change", tells(0x4f2, "00000010 01 9a00 00 08 02 00000000")),
	{
		id: "s7comm-plus-malformed",
		answers: ["G10"],
		fires: atCpu((at) => at.request(packet("72 02 00ff 31 0000"))),
		twin: atCpu((at) => at.again(TO_SERVER, plusRequest(0x54c, 2 + 4, PLUS_READ))),
		twinIs: "TCP sends a request again",
	},
];
