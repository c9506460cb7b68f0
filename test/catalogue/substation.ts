/** Facts of MMS, as IEC 61850 uses it: messages made layer by layer, through the whole engine, between hosts that usually talk. */
import {
	associate,
	associated,
	CLOSED,
	CURRENT,
	data,
	INTENSITY,
	OPERATE,
	operation,
	PASSWORD,
	POSITION,
	read,
	refusal,
	request,
	response,
	text,
	tlv,
	values,
	write,
	written,
} from "../protocols/mmsMessages.ts";
import { connection } from "../protocols/s7Samples.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, type WireBed, wireGround } from "./wireBed.ts";

const CENTRE = "10.0.0.2";
const RELAY = "10.0.0.5";
const PORT = 102;
const START = 1_700_000_000e6;

function open(bed: WireBed, proof = ""): Connection {
	const [asked, confirmed] = connection("0001", "0001");
	return bed.connect(CENTRE, RELAY, PORT).request(asked).answer(confirmed).request(associate(proof)).answer(associated());
}
const poll = (at: Connection, round: number): Connection =>
	at.request(read(round, POSITION, CURRENT)).answer(values(round, CLOSED, INTENSITY));

/** Ten minutes: a control centre polls a relay, and operates its breaker now and then. */
const ground = wireGround(START, (bed) => {
	const at = open(bed);
	for (let round = 0; round < 600; round++) {
		poll(at, round);
		if (round % 60 === 0) at.request(write(2000 + round, OPERATE, operation("01"))).answer(written(2000 + round));
		bed.wait(1);
	}
	at.close();
});

const scene =
	(play: (at: Connection, bed: WireBed) => void, proof = "") =>
	() => {
		const bed = ground();
		const at = open(bed, proof);
		for (let round = 0; round < 5; round++) {
			poll(at, round);
			bed.wait(1);
		}
		play(at, bed);
		bed.wait(1);
		for (let round = 100; round < 105; round++) {
			poll(at, round);
			bed.wait(1);
		}
		bed.wait(10);
		return alertsOf(bed.detections) as readonly Said[];
	};

const PROGRAM = "PROTECTION";
/** A service about a program, and its answer. */
const asks = (service: Uint8Array, told: string) => scene((at) => at.request(request(900, service)).answer(response(900, told)));

/** The attributes of a domain and of a program are read, files are listed, and a breaker is operated. */
const LOOKING = scene((at) => {
	at.request(request(900, text("9f25", PROGRAM))).answer(refusal(900, "82", 1));
	at.request(request(901, text("9f2d", PROGRAM))).answer(refusal(901, "82", 1));
	at.request(request(902, tlv("bf4d", tlv("a0", text("19", "/"))))).answer(response(902, tlv("bf4d", tlv("a0", "3000"))));
	at.request(write(903, OPERATE, operation("00"))).answer(written(903));
});
const looks = "domains, programs and files are looked at, and the breaker is operated";

const mms = (id: string, fires: () => readonly Said[], twin = LOOKING, twinIs = looks): CatalogueEntry => ({
	id,
	answers: ["G17"],
	fires,
	twin,
	twinIs,
});

export const SUBSTATION: readonly CatalogueEntry[] = [
	mms("controller-stop", asks(tlv("bf29", text("80", PROGRAM)), "9f2900")),
	mms("controller-start", asks(tlv("bf28", text("80", PROGRAM)), "9f2800")),
	mms("controller-restart", asks(tlv("bf2b", text("80", PROGRAM)), "9f2b00")),
	mms("program-download", asks(tlv("ba", text("80", PROGRAM), "a100", "820100"), "9a00")),
	mms("program-upload", asks(text("9d", PROGRAM), "bd05 800101 a100")),
	mms("program-delete", asks(text("9f24", PROGRAM), "9f2400")),
	mms(
		"controller-mode",
		scene((at) => at.request(write(900, "IED1PROT/LLN0$CO$Mod$Oper", tlv("a2", "850105", "860100"))).answer(written(900))),
		scene((at) => at.request(read(900, "IED1PROT/LLN0$ST$Mod$stVal")).answer(values(900, "850101"))),
		"the mode is read",
	),
	mms(
		"values-forced",
		scene((at) => at.request(write(900, "IED1MEAS/MMXU1$SV$TotW$subEna", "8301ff")).answer(written(900))),
		scene((at) => at.request(write(900, "IED1MEAS/MMXU1$SV$TotW$subEna", "830100")).answer(written(900))),
		"the substitution is taken back",
	),
	{
		id: "cleartext-password",
		answers: ["G16"],
		fires: scene(() => {}, PASSWORD),
		twin: scene((_, bed) => open(bed).close()),
		twinIs: "a second association without a password",
	},
	{
		id: "mms-malformed",
		answers: ["G10"],
		fires: scene((at) => at.request(data("a0020101"))),
		twin: scene((at) => at.request(read(900, "IED1CTRL/CSWI9$ST$Pos$stVal")).answer(values(900, "80010a"))),
		twinIs: "the relay refuses a variable that it does not have",
	},
];
