/** Everyday work that is nearest to the attacks whose alarms do the most harm when they are wrong: what was announced, what restarts, what catches up. */
import { fileURLToPath } from "node:url";
import { learnedFor } from "../../captures/lab/playbill.ts";
import { protocols, services } from "../../protocols/index.ts";
import type { Permit } from "../../src/alert/permit.ts";
import { Engine } from "../../src/app/engine.ts";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import type { Detection } from "../../src/detect/detection.ts";
import { adu } from "../protocols/modbusSamples.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { ground, HMI, PLC, READ, VALUES } from "./modbusFacts.ts";
import type { WireBed } from "./wireBed.ts";

const FOLDER = fileURLToPath(new URL("../../captures/", import.meta.url));

const permit = (clients: readonly string[], plcs: readonly string[], verbs: Permit["verbs"]): Permit => ({
	id: "announced",
	by: "shift leader",
	why: "yearly check",
	given: 0,
	clients,
	plcs,
	verbs,
});

/** A recording of the lab, watched as `spanwatch replay` does, with a maintenance window. */
const announced = (file: string, given: Permit) => async (): Promise<readonly Said[]> => {
	const detections: Detection[] = [];
	const analyst = new Analyst({
		protocols,
		habits: { services },
		onDetection: (detection) => void detections.push(structuredClone(detection)),
	});
	for (const name of [learnedFor(file), file]) {
		const engine = new Engine({ protocols, services, analyst });
		await readCapture(new CaptureInput(FOLDER + name), engine.frame, {});
		engine.endSource();
		if (name === file) continue;
		analyst.endLearning();
		detections.length = 0;
	}
	return alertsOf(detections, [given]);
};
const CONTRACTOR = permit(["10.20.0.145", "00:d0:c9:20:00:45"], ["10.20.0.11"], ["write"]);
const check = announced("permitted-engineer.pcap", CONTRACTOR);
const restart = announced("restart-command.pcap", permit(["10.20.0.40"], ["10.20.0.13"], ["command"]));

const scene = (play: (bed: WireBed) => void) => (): readonly Said[] => {
	const bed = ground();
	play(bed);
	bed.wait(10);
	return alertsOf(bed.detections);
};
/** The usual poll on one connection. */
function poll(bed: WireBed, rounds: number): void {
	const connection = bed.connect(HMI, PLC);
	for (let round = 0; round < rounds; round++) {
		connection.request(adu(round, 1, READ)).answer(adu(round, 1, VALUES));
		bed.wait(1);
	}
	connection.close();
}
/** Addresses of a network that nobody was seen at before. */
const hosts = (count: number): string[] => Array.from({ length: count }, (_, at) => `10.0.1.${at + 1}`);

export const MAINTENANCE: readonly CatalogueEntry[] = [
	{
		id: "first-write",
		answers: ["M3"],
		fires: "permitted-engineer",
		twin: check,
		twinIs: "the same check by the same laptop, announced",
	},
	{
		id: "new-talker",
		answers: ["M1"],
		fires: "new-talker-write",
		twin: check,
		twinIs: "a new laptop identifies the PLC, reads and writes, announced",
		twins: [
			{ scene: "hmi-restart", is: "the operator station restarts: every connection is a new one" },
			{
				scene: scene((bed) => {
					for (let round = 0; round < 30; round++) poll(bed, 1);
				}),
				is: "a client that opens a connection for each poll, each from another port",
			},
		],
	},
	{
		id: "new-device",
		answers: ["G1"],
		fires: "permitted-engineer",
		twin: check,
		twinIs: "the same laptop, announced by its address and its card",
	},
	{
		id: "modbus-restart",
		answers: ["M11"],
		fires: "restart-command",
		twin: restart,
		twinIs: "the same command in its maintenance window",
		twins: [
			{
				scene: scene((bed) => {
					const connection = bed.connect(HMI, PLC);
					for (const sub of ["0000 a537", "0002 0000", "000b 0000"])
						connection.request(adu(7, 1, `08 ${sub}`)).answer(adu(7, 1, `08 ${sub}`));
					connection.close();
				}),
				is: "other diagnostics: query data, the diagnostic register and the counters are read",
			},
		],
	},
	{
		id: "flood",
		answers: ["M15"],
		fires: "flood",
		twin: scene((bed) => {
			const connection = bed.connect(HMI, PLC);
			// 150 within a second, three times.
			for (let burst = 0; burst < 3; burst++) {
				for (let round = 0; round < 150; round++) connection.request(adu(round, 1, READ)).answer(adu(round, 1, VALUES));
				bed.wait(5);
			}
			connection.close();
		}),
		twinIs: "a client that was away catches up as fast as it is answered, a burst at a time",
		twins: [
			{
				scene: scene((bed) => {
					for (let attempt = 0; attempt < 300; attempt++) {
						bed.knock(HMI, PLC, 502, true);
						bed.wait(0.2);
					}
					poll(bed, 5);
				}),
				is: "the operator station tries to connect five times a second for a minute while the PLC reboots",
			},
		],
	},
	{
		id: "host-scan",
		answers: ["G4"],
		fires: "host-scan",
		twin: scene((bed) => {
			for (const host of hosts(20)) {
				const connection = bed.connect(HMI, host);
				connection.request(adu(1, 1, READ)).answer(adu(1, 1, VALUES));
				connection.close();
			}
		}),
		twinIs: "a station that was given twenty devices more calls them all, and all answer",
		twins: [
			{
				scene: scene((bed) => {
					for (let round = 0; round < 60; round++) {
						for (const host of hosts(12)) bed.knock(HMI, host, 502, false);
						bed.wait(5);
					}
				}),
				is: "a part of the plant is switched off, and its station calls the same twelve devices for five minutes",
			},
		],
	},
];
