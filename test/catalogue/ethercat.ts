/** EtherCAT: frames written from ETG.1000, through the whole engine, between a master and its segment. */
import { download, downloaded, fileAnswer, process, readFile, setState, status, writeFile } from "../protocols/ethercatMessages.ts";
import { ethernet, frameOf } from "../wire/frameBuilder.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type WireBed, wireGround } from "./wireBed.ts";

const MASTER = "00:01:05:00:00:01";
const SEGMENT = "02:01:05:00:00:01";
const ALL = "ff:ff:ff:ff:ff:ff";
const TYPE = 0x88a4;
const STATION = 1001;
const START = 1_700_000_000e6;

function send(bed: WireBed, source: string, bytes: Uint8Array): void {
	bed.time += 1000;
	bed.engine.frame(frameOf(ethernet(TYPE, Array.from(bytes), { source, destination: ALL }), { number: ++bed.frames, time: bed.time }));
}
/** A frame on its way out and back, and what is fetched then. */
function run(bed: WireBed, out: Uint8Array, back: Uint8Array, answer?: Uint8Array): void {
	send(bed, MASTER, out);
	send(bed, SEGMENT, back);
	if (answer !== undefined) send(bed, SEGMENT, answer);
}
const turn = (bed: WireBed, state: number) => run(bed, setState(STATION, state), setState(STATION, state, 1), status(STATION, state));

const ground = wireGround(START, (bed) => {
	for (const state of [1, 2, 4, 8]) turn(bed, state);
	for (let round = 0; round < 300; round++) {
		run(bed, process(0), process(1));
		if (round % 10 === 0) run(bed, download(STATION, 0x6040, 0, 15), download(STATION, 0x6040, 0, 15, 1), downloaded(STATION, 0x6040, 0));
		bed.wait(1);
	}
});
const scene = (play: (bed: WireBed) => void) => (): readonly Said[] => {
	const bed = ground();
	// The monitor has not seen the state of the slave again yet.
	send(bed, SEGMENT, status(STATION, 8));
	play(bed);
	bed.wait(15);
	return alertsOf(bed.detections);
};

export const ETHERCAT: readonly CatalogueEntry[] = [
	{
		id: "controller-stop",
		answers: ["G17"],
		fires: scene((bed) => run(bed, setState(STATION, 4), setState(STATION, 4, 1))),
		twin: scene((bed) => run(bed, setState(STATION, 8), setState(STATION, 8, 1))),
		twinIs: "a slave in OP is told to go to OP",
	},
	{
		id: "controller-mode",
		answers: ["G17"],
		fires: scene((bed) => run(bed, setState(1002, 3), setState(1002, 3, 1))),
		twin: scene((bed) => run(bed, setState(1002, 2), setState(1002, 2, 1))),
		twinIs: "a slave that starts is told to go to PREOP",
	},
	{
		id: "firmware-change",
		answers: ["G17"],
		fires: scene((bed) => run(bed, writeFile(STATION, "a.efw"), writeFile(STATION, "a.efw", 1), fileAnswer(STATION, 4))),
		twin: scene((bed) => run(bed, readFile(STATION, "a.efw"), readFile(STATION, "a.efw", 1), fileAnswer(STATION, 3))),
		twinIs: "the same file is read",
	},
	{
		id: "ethercat-malformed",
		answers: [],
		fires: scene((bed) => send(bed, MASTER, process(0).slice(0, 12))),
		twin: scene((bed) => send(bed, MASTER, process(0))),
		twinIs: "the whole frame",
	},
];
