/** Facts of single frames: what ARP says in another's name, and bytes of a connection that come in two versions. */
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { adu } from "../protocols/modbusSamples.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { atPlc, ground, OTHERS, PLC, READ, VALUES } from "./modbusFacts.ts";
import type { WireBed } from "./wireBed.ts";

const LAPTOP = "10.0.0.7";

const scene = (play: (bed: WireBed) => void) => (): readonly Said[] => {
	const bed = ground();
	play(bed);
	bed.wait(10);
	return alertsOf(bed.detections);
};

export const FRAMES: readonly CatalogueEntry[] = [
	{
		id: "arp-forged-sender",
		answers: ["G2"],
		fires: scene((bed) => {
			for (let second = 0; second < 20; second++) {
				bed.announce(LAPTOP, PLC);
				bed.wait(1);
			}
		}),
		twin: scene((bed) => {
			for (let second = 0; second < 20; second++) {
				bed.announce(PLC, PLC);
				bed.wait(1);
			}
		}),
		twinIs: "the PLC announces itself, again and again",
		twins: [{ scene: "plc-reboot", is: "a PLC that was away announces its own address" }],
	},
	{
		id: "overlap-conflict",
		answers: [],
		fires: atPlc((connection) =>
			connection
				.request(adu(100, 1, READ))
				.answer(adu(100, 1, VALUES))
				.again(TO_CLIENT, adu(100, 1, OTHERS)),
		),
		twin: atPlc((connection) =>
			connection
				.request(adu(100, 1, READ))
				.answer(adu(100, 1, VALUES))
				.again(TO_CLIENT, adu(100, 1, VALUES)),
		),
		twinIs: "TCP sends the same answer again",
		twins: [
			{
				scene: atPlc((connection) => {
					const [request, next] = [adu(100, 1, READ), adu(101, 1, READ)];
					connection.request(request).request(next);
					// Both of them, in one segment.
					connection.again(TO_SERVER, Uint8Array.of(...request, ...next));
					connection.answer(adu(100, 1, VALUES)).answer(adu(101, 1, OTHERS));
				}),
				is: "TCP sends two requests again in one segment, and two answers differ",
			},
		],
	},
];
