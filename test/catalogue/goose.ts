/** GOOSE: frames written from IEC 61850-8-1, through the whole engine, of a relay and of somebody on its network. */
import { goose, type Said as Message } from "../protocols/gooseMessages.ts";
import { ethernet, frameOf } from "../wire/frameBuilder.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { type WireBed, wireGround } from "./wireBed.ts";

const RELAY = "00:30:a7:00:00:01";
const OTHER = "00:30:a7:00:00:02";
const GROUP = "01:0c:cd:01:00:01";
const TYPE = 0x88b8;
const START = 1_700_000_000e6;

function send(bed: WireBed, source: string, message: Message | Uint8Array): void {
	const bytes = message instanceof Uint8Array ? message : goose(message);
	bed.time += 1000;
	bed.engine.frame(frameOf(ethernet(TYPE, Array.from(bytes), { source, destination: GROUP }), { number: ++bed.frames, time: bed.time }));
}

const ground = wireGround(START, (bed) => {
	for (let round = 0; round < 300; round++) {
		send(bed, RELAY, { stNum: 5 + Math.floor(round / 60), sqNum: round % 60, isTripped: Math.floor(round / 60) % 2 === 1 });
		bed.wait(1);
	}
});
const scene = (play: (bed: WireBed) => void) => (): readonly Said[] => {
	const bed = ground();
	send(bed, RELAY, { stNum: 9, sqNum: 100 });
	play(bed);
	bed.wait(15);
	return alertsOf(bed.detections);
};

export const GOOSE: readonly CatalogueEntry[] = [
	{
		id: "goose-two-publishers",
		answers: [],
		fires: scene((bed) => {
			send(bed, OTHER, { stNum: 10, isTripped: true });
			send(bed, RELAY, { stNum: 9, sqNum: 101 });
		}),
		twin: scene((bed) => {
			bed.wait(3);
			send(bed, OTHER, { stNum: 1 });
			bed.wait(1);
			send(bed, OTHER, { stNum: 1, sqNum: 1 });
		}),
		twinIs: "a device that was replaced: the old one is silent before the new one begins",
	},
	{
		id: "goose-two-publishers",
		answers: [],
		fires: scene((bed) => {
			send(bed, RELAY, { stNum: 10, isTripped: true });
			send(bed, RELAY, { stNum: 9, sqNum: 101 });
		}),
		twin: scene((bed) => {
			send(bed, RELAY, { stNum: 1, isTripped: true });
			send(bed, RELAY, { stNum: 1, sqNum: 1, isTripped: true });
		}),
		twinIs: "a relay that starts anew counts from the beginning",
	},
	{
		id: "goose-simulation",
		answers: [],
		fires: scene((bed) => send(bed, RELAY, { stNum: 1, isTripped: true, isSimulation: true, isMarked: true })),
		twin: scene((bed) => send(bed, RELAY, { stNum: 10, isTripped: true })),
		twinIs: "the same message, not marked as simulated",
	},
	{
		id: "goose-malformed",
		answers: [],
		fires: scene((bed) => send(bed, RELAY, goose({ stNum: 10 }).subarray(0, 60))),
		twin: scene((bed) => send(bed, RELAY, { stNum: 10 })),
		twinIs: "the whole message",
	},
];
