/** DNP3: what is suspicious in its messages, and what an engineering tool asks of an outstation. The twins are what masters do every day. */
import { LATCH_ON, request, response } from "../protocols/dnp3Frames.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type Connection, wireGround } from "./wireBed.ts";

/** A master that also looks after the outstation, one that only polls, and the outstation. */
const MASTER = "10.0.0.2";
const READER = "10.0.0.3";
const OUTSTATION = "10.0.0.7";
const PORT = 20_000;
const START = 1_700_000_000e6;

const POLL = "01 3c 02 06 3c 03 06 3c 04 06";
const NOTHING = "81 0000";
const FLAGS = "81 0000 0a 02 00 03 03 81";
const TIME = "02 32 01 07 01 00e876481701";
const ATTRIBUTES = "01 00 fe 00 00 00";
const MODEL = "81 0000 00 fa 00 00 00 01 05 5254552d35";
const SILENCE = "15 3c 02 06";
const SPEAK = "14 3c 02 06";
const TERMINAL = "02 70 03 00 00 00 6c730a";
const LATCH_OFF = LATCH_ON.replace("03 03 01", "03 04 01");
/** A file named a.cf is opened: mode 1 reads, 2 writes. */
const openFile = (mode: number, functionCode = "19", name = "612e6366"): string =>
	`${functionCode} 46 03 5b 01 ${(26 + name.length / 2).toString(16)}00 1a00 0${name.length / 2}00 000000000000 0000 00000000 00000000 0${mode}00 0004 0100 ${name}`;
const OPENED = "81 0000 46 04 5b 01 0d00 01000000 00010000 0004 0100 00";
const APPLICATION = "5a 01 5b 01 0300 706c63";
const KEYS = "20 78 06 5b 01 0a00 01000000 0100 deadbeef";
const KEYS_TAKEN = "83 0000 78 05 5b 01 0f00 01000000 0100 01 01 04 0400 deadbeef";
const USER = "20 78 0a 5b 01 1300 03 01 01000000 0100 0000 0300 0000 0000 626f62";
const LOGIN = "1d 46 02 5b 01 1200 0c00 0300 0f00 0300 00000000 6f7072 736563";
const NAMELESS = "1d 46 02 5b 01 0f00 0c00 0300 0f00 0000 00000000 6f7072";

/** What is asked and what is answered in turn, each under the next sequence. */
type Turn = readonly [asked: string, answered?: string];

class Session {
	readonly #connection: Connection;
	readonly #link: number;
	#sequence = 0;

	constructor(connection: Connection, link: number) {
		this.#connection = connection;
		this.#link = link;
	}

	say(...turns: readonly Turn[]): void {
		for (const [asked, answered] of turns) {
			const control = (0xc0 | (this.#sequence++ % 16)).toString(16);
			this.#connection.request(request(`${control} ${asked}`, 10, this.#link));
			if (answered !== undefined) this.#connection.answer(response(`${control} ${answered}`, 10, this.#link));
		}
	}

	send(bytes: Uint8Array): void {
		this.#connection.request(bytes);
	}

	answer(bytes: Uint8Array): void {
		this.#connection.answer(bytes);
	}
}

/** What the master that looks after the outstation does now and then. */
const DUTIES: readonly Turn[] = [
	[TIME, NOTHING],
	[ATTRIBUTES, MODEL],
	[SILENCE, NOTHING],
	["16 3c 02 06 1e 00 06", NOTHING],
	[TERMINAL, NOTHING],
	[`03 ${LATCH_ON}`, `81 0000 ${LATCH_ON}`],
	[`04 ${LATCH_ON}`, `81 0000 ${LATCH_ON}`],
];
const LINKS = { [MASTER]: 1, [READER]: 2 } as const;

const ground = wireGround(START, (bed) => {
	const open = (host: keyof typeof LINKS) => {
		const connection = bed.connect(host, OUTSTATION, PORT);
		return { connection, session: new Session(connection, LINKS[host]) };
	};
	const reader = open(READER);
	let master = open(MASTER);
	for (let round = 0; round < 600; round++) {
		master.session.say([POLL, FLAGS]);
		reader.session.say([POLL, FLAGS]);
		if (round % 60 === 0) {
			// Once it spoke, to be silent would be news: each duty has its own connection.
			master.connection.close();
			master = open(MASTER);
			master.session.say(...DUTIES);
		}
		bed.wait(1);
	}
	master.connection.close();
	reader.connection.close();
});

/** A master connects anew, polls, does what is played, and polls on. */
const scene =
	(host: keyof typeof LINKS, play: (session: Session) => void, rounds = 5, first: string = FLAGS) =>
	(): readonly Said[] => {
		const bed = ground();
		const session = new Session(bed.connect(host, OUTSTATION, PORT), LINKS[host]);
		for (let round = 0; round < rounds; round++) {
			session.say([POLL, first]);
			bed.wait(1);
		}
		play(session);
		bed.wait(1);
		for (let round = 0; round < 5; round++) {
			session.say([POLL, first]);
			bed.wait(1);
		}
		bed.wait(10);
		return alertsOf(bed.detections);
	};
const asked = (...turns: readonly Turn[]) => scene(MASTER, (session) => session.say(...turns));
const byReader = (...turns: readonly Turn[]) => scene(READER, (session) => session.say(...turns));
const DAILY = asked(...DUTIES);
const damaged = (text: string): Uint8Array => {
	const bytes = request(text, 10, 1);
	bytes[12]! ^= 1;
	return bytes;
};

export const DNP3: readonly CatalogueEntry[] = [
	{
		id: "dnp3-malformed",
		answers: ["G12"],
		fires: scene(MASTER, (session) => session.send(damaged(`c5 ${POLL}`))),
		twin: asked([POLL, "81 0000 c8 01 07 01 00"]),
		twinIs: "the outstation answers with an object of its maker, which the library does not have",
	},
	{
		id: "dnp3-illegal-function",
		answers: ["G12"],
		fires: asked(["63", "81 0001"]),
		twin: asked(["1f 46 08 5b 01 0100 61".replace("1f", "18"), "81 0001"]),
		twinIs: "a function of the standard that the outstation does not have",
	},
	{
		id: "dnp3-operate-without-select",
		answers: ["G17"],
		fires: asked([`04 ${LATCH_ON}`, `81 0000 ${LATCH_ON}`]),
		twin: DAILY,
		twinIs: "the same operate after its select",
	},
	{
		id: "dnp3-operate-without-select",
		answers: ["G17"],
		fires: asked([`03 ${LATCH_ON}`, `81 0000 ${LATCH_ON}`], [`04 ${LATCH_OFF}`, `81 0000 ${LATCH_OFF}`]),
		twin: asked([`05 ${LATCH_ON}`, `81 0000 ${LATCH_ON}`]),
		twinIs: "a direct operate, which wants no select",
	},
	{
		id: "dnp3-password-in-clear",
		answers: ["G16"],
		fires: asked([LOGIN, NOTHING]),
		twin: asked([NAMELESS, NOTHING]),
		twinIs: "a user name without a password",
	},
	{
		id: "dnp3-unasked-response",
		answers: ["G12"],
		fires: scene(MASTER, (session) => session.answer(response(`cf ${FLAGS}`, 10, 1)), 14),
		twin: scene(MASTER, (session) => session.answer(response("f1 82 0000 02 01 28 0100 0300 81", 10, 1)), 14),
		twinIs: "an unsolicited response, which says what it is",
	},
	{
		id: "dnp3-restarted",
		answers: ["G12"],
		fires: asked([POLL, "81 8000"]),
		twin: scene(MASTER, () => {}, 5, "81 8000"),
		twinIs: "an outstation that said so from the first response on, as its master does not clear it",
	},
	{
		id: "dnp3-configuration-corrupt",
		answers: ["G18"],
		fires: asked([POLL, "81 0020"]),
		twin: asked([POLL, "81 1000"]),
		twinIs: "the outstation wants the time",
	},
	{
		id: "dnp3-reporting-changed",
		answers: ["G17"],
		fires: byReader([SILENCE, NOTHING]),
		twin: DAILY,
		twinIs: "the master that does so whenever it connects",
	},
	{
		id: "dnp3-virtual-terminal",
		answers: ["G17"],
		fires: byReader([TERMINAL, NOTHING]),
		twin: DAILY,
		twinIs: "the master from which the outstation is looked after",
	},
	{
		id: "dnp3-identification",
		answers: ["G18"],
		fires: byReader([ATTRIBUTES, MODEL]),
		twin: DAILY,
		twinIs: "the master that asks whenever it connects",
	},
	{
		id: "clock-set",
		answers: ["G17"],
		fires: byReader([TIME, NOTHING]),
		twin: DAILY,
		twinIs: "the master that sets the clock whenever it connects",
	},
	{
		id: "controller-stop",
		answers: ["G17"],
		fires: asked([`12 ${APPLICATION}`, NOTHING]),
		twin: DAILY,
		twinIs: "the master's everyday duties",
	},
	{
		id: "controller-start",
		answers: ["G17"],
		fires: asked([`11 ${APPLICATION}`, NOTHING]),
		twin: DAILY,
		twinIs: "the master's everyday duties",
	},
	{
		id: "controller-restart",
		answers: ["G17"],
		fires: asked(["0d", "81 0000 34 02 07 01 e803"]),
		twin: asked(["17", "81 0000 34 02 07 01 0000"]),
		twinIs: "a delay measurement, which is answered in the same words",
	},
	{
		id: "controller-silenced",
		answers: ["G17"],
		fires: asked([SPEAK, NOTHING], [SILENCE, NOTHING]),
		twin: asked([SILENCE, NOTHING], [SPEAK, NOTHING]),
		twinIs: "a master that switches reports off as it begins, and on when it is ready",
	},
	{
		id: "program-download",
		answers: ["G17"],
		fires: asked([openFile(2), OPENED]),
		twin: asked([openFile(1, "19", "2e"), OPENED]),
		twinIs: "the list of a directory is read",
	},
	{
		id: "program-upload",
		answers: ["G17"],
		fires: asked([openFile(1), OPENED]),
		twin: asked([openFile(1, "19", "2e"), OPENED]),
		twinIs: "the list of a directory is read",
	},
	{
		id: "program-delete",
		answers: ["G17"],
		fires: asked([openFile(0, "1b"), OPENED]),
		twin: asked([openFile(0, "1c"), OPENED]),
		twinIs: "the size of the same file is asked for",
	},
	{
		id: "credential-change",
		answers: ["G17"],
		fires: asked([USER, "83 0000"]),
		twin: asked([KEYS, KEYS_TAKEN]),
		twinIs: "new keys for the session, as every quarter of an hour",
	},
];
