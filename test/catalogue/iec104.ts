/** Telecontrol by IEC 60870-5-104: bytes written from the standard, through the whole engine, between a control centre and its station. */
import { TO_CLIENT } from "../../src/flow/flow.ts";
import {
	asdu,
	information,
	Numbers,
	STARTDT_ACT,
	STARTDT_CON,
	STOPDT_ACT,
	STOPDT_CON,
	TESTFR_ACT,
	TESTFR_CON,
} from "../protocols/iec104Messages.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, type WireBed, wireGround } from "./wireBed.ts";

const CENTRE = "10.0.0.3";
const STATION = "10.0.0.7";
const STRANGER = "10.0.0.4";
const PORT = 2404;
const START = 1_700_000_000e6;

const CLOCK = "000000 d2041e0d1c0b12";
const ON = "e90300 01";
const RECORD = "010000 0200";
const FILE = "010000 0100";

/** One client of the station: its connection, and the numbers of both sides. */
class Talk {
	readonly connection: Connection;
	readonly numbers = new Numbers();
	readonly #bed: WireBed;

	constructor(bed: WireBed, client: string) {
		this.#bed = bed;
		this.connection = bed.connect(client, STATION, PORT);
	}

	start(): this {
		this.connection.request(STARTDT_ACT).answer(STARTDT_CON);
		return this;
	}

	/** An activation and its confirmation, with the same object unless another one is given. */
	ask(type: number, object: string, cause = 6, answer = object): this {
		this.connection.request(this.numbers.request(type, cause, object)).answer(this.numbers.answer(type, cause + 1, answer));
		return this;
	}

	/** An interrogation with all that it brings. */
	interrogate(): this {
		this.ask(100, "000000 14");
		this.connection
			.answer(this.numbers.answer(1, 20, "010000 00 020000 01", 2))
			.answer(this.numbers.answer(13, 20, "bd0200 00004841 00"))
			.answer(this.numbers.answer(100, 10, "000000 14"));
		return this;
	}

	command(): this {
		this.ask(45, ON);
		this.connection.answer(this.numbers.answer(45, 10, ON));
		return this;
	}

	/** Fetches a record of what happened, as a control centre does. */
	fetch(): this {
		this.connection
			.request(this.numbers.request(122, 13, `${RECORD} 00 01`))
			.answer(this.numbers.answer(120, 13, `${RECORD} 020000 00`))
			.request(this.numbers.request(122, 13, `${RECORD} 00 02`))
			.answer(this.numbers.answer(121, 13, `${RECORD} 01 020000 00`))
			.request(this.numbers.request(122, 13, `${RECORD} 01 06`))
			.answer(this.numbers.answer(125, 13, `${RECORD} 01 02 aabb`))
			.answer(this.numbers.answer(123, 13, `${RECORD} 01 01 65`))
			.request(this.numbers.request(124, 13, `${RECORD} 01 01`));
		return this;
	}

	report(round: number): this {
		this.connection.answer(this.numbers.answer(13, 3, `bd0200 0000${(0x40 + (round % 4)).toString(16)}41 00`));
		return this;
	}

	/** `seconds` of usual work. */
	work(seconds: number): this {
		for (let round = 0; round < seconds; round++) {
			this.report(round);
			if (round % 20 === 10) this.interrogate();
			if (round % 60 === 30) this.command().fetch();
			if (round % 60 === 50) this.connection.request(TESTFR_ACT).answer(TESTFR_CON);
			this.#bed.wait(1);
		}
		return this;
	}
}

const ground = wireGround(START, (bed) => {
	new Talk(bed, CENTRE).start().work(600).connection.close();
});
/** The same with a control centre that sets the clock, thresholds, and stops data before it closes. */
const tendedGround = wireGround(START, (bed) => {
	for (let shift = 0; shift < 4; shift++) {
		const talk = new Talk(bed, CENTRE).start().ask(103, CLOCK).ask(112, "bd0200 0000803f 01").work(150);
		talk.connection.request(STOPDT_ACT).answer(STOPDT_CON).close();
	}
});

/** The control centre connects anew, works, does what is played, and works on. */
const on = (made: () => WireBed, play: (talk: Talk, bed: WireBed) => void) => (): readonly Said[] => {
	const bed = made();
	const talk = new Talk(bed, CENTRE).start().work(5);
	play(talk, bed);
	bed.wait(1);
	talk.work(5);
	bed.wait(40);
	return alertsOf(bed.detections);
};
const scene = (play: (talk: Talk, bed: WireBed) => void) => on(ground, play);

const USUAL = scene((talk) => talk.interrogate().command().fetch());
const DOWNLOAD = scene((talk) => {
	talk.connection
		.request(talk.numbers.request(120, 13, `${FILE} 030000 00`))
		.answer(talk.numbers.answer(122, 13, `${FILE} 00 02`))
		.request(talk.numbers.request(125, 13, `${FILE} 01 03 010203`))
		.request(talk.numbers.request(123, 13, `${FILE} 01 01 06`))
		.answer(talk.numbers.answer(124, 13, `${FILE} 01 01`));
});
const UPLOAD = scene((talk) => {
	talk.connection
		.request(talk.numbers.request(122, 13, `${FILE} 00 01`))
		.answer(talk.numbers.answer(120, 13, `${FILE} 020000 00`))
		.request(talk.numbers.request(122, 13, `${FILE} 00 02`));
});
const WORK = "the control centre interrogates, commands and fetches a record of disturbances";

export const IEC104: readonly CatalogueEntry[] = [
	{
		id: "controller-restart",
		answers: ["G17"],
		fires: scene((talk) => talk.ask(105, "000000 01")),
		twin: scene((talk) => talk.connection.answer(talk.numbers.answer(70, 4, "000000 00"))),
		twinIs: "the station says that it was restarted, by a switch of its own",
	},
	{ id: "program-download", answers: ["G17"], fires: DOWNLOAD, twin: UPLOAD, twinIs: "a file goes the other way" },
	{ id: "program-upload", answers: ["G17"], fires: UPLOAD, twin: USUAL, twinIs: WORK },
	{
		id: "program-delete",
		answers: ["G17"],
		fires: scene((talk) => talk.connection.request(talk.numbers.request(122, 13, `${FILE} 00 04`))),
		twin: scene((talk) => talk.connection.request(talk.numbers.request(122, 13, `${RECORD} 00 04`))),
		twinIs: "a record of disturbances is deleted once it was fetched",
	},
	{
		id: "clock-set",
		answers: ["G17"],
		fires: scene((talk) => talk.ask(103, CLOCK)),
		twin: on(tendedGround, (talk) => talk.ask(103, CLOCK)),
		twinIs: "a control centre that sets the clock at each beginning",
	},
	{
		id: "iec104-parameter",
		answers: ["G17"],
		fires: scene((talk) => talk.ask(112, "bd0200 00004842 01")),
		twin: on(tendedGround, (talk) => talk.ask(112, "bd0200 0000803f 01")),
		twinIs: "a control centre that loads the threshold at each beginning",
	},
	{
		id: "iec104-reporting-stopped",
		answers: ["G17"],
		fires: scene((talk) => talk.connection.request(STOPDT_ACT).answer(STOPDT_CON).request(STARTDT_ACT).answer(STARTDT_CON)),
		twin: on(tendedGround, (talk) => talk.connection.request(STOPDT_ACT).answer(STOPDT_CON).request(STARTDT_ACT).answer(STARTDT_CON)),
		twinIs: "a control centre that stops data whenever it closes",
	},
	{
		id: "iec104-events-discarded",
		answers: ["G17"],
		fires: scene((talk) => talk.ask(105, "000000 02")),
		twin: USUAL,
		twinIs: WORK,
	},
	{
		id: "iec104-malformed",
		answers: ["G17"],
		fires: scene((_, bed) => {
			new Talk(bed, STRANGER).start().connection.request(information(0, 0, asdu(45, 2, 6, 1, "e90300 01")));
		}),
		twin: scene((talk) => {
			talk.connection.request(talk.numbers.request(45, 6, "ea0300 01")).answer(talk.numbers.answer(45, 0x6f, "ea0300 01"));
		}),
		twinIs: "the station does not know the object of a command, and says so",
	},
	{
		id: "iec104-sequence",
		answers: ["G17"],
		fires: scene((_, bed) => {
			const other = new Talk(bed, CENTRE).start();
			for (const number of [0, 1, 1, 2]) other.connection.answer(information(number, 0, asdu(13, 1, 3, 1, "bd0200 00004841 00")));
			other.connection.close();
		}),
		twin: scene((_, bed) => {
			const other = new Talk(bed, CENTRE).start();
			const again = information(1, 0, asdu(13, 1, 3, 1, "bd0200 00004841 00"));
			other.connection
				.answer(information(0, 0, asdu(13, 1, 3, 1, "bd0200 00004841 00")))
				.answer(again)
				.again(TO_CLIENT, again);
			other.connection.answer(information(2, 0, asdu(13, 1, 3, 1, "bd0200 00004841 00"))).close();
		}),
		twinIs: "TCP sends a message again, because it was not acknowledged",
	},
	{
		id: "iec104-answer-mismatch",
		answers: ["G17"],
		fires: scene((talk) => talk.ask(45, ON, 6, "e90300 00")),
		twin: scene((talk) => {
			talk.connection.request(talk.numbers.request(45, 6, ON)).answer(talk.numbers.answer(45, 0x47, "e90300 00"));
		}),
		twinIs: "the station refuses, and mirrors what it would have done",
	},
];
