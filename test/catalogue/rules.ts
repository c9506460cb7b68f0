/** Rules of the plant's people: one, as a plant would write it, over recordings of real stations. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { protocols, services } from "../../protocols/index.ts";
import { Engine } from "../../src/app/engine.ts";
import { CaptureReader } from "../../src/capture/reader.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import type { Detection } from "../../src/detect/detection.ts";
import { readRules } from "../../src/detect/rule.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";

const STATIONS_ONLY = `
rule: pump-writers
text: Only the operator station changes the pump.
severity: 70
exceptWho: 10.20.0.30
plc: 10.20.0.12
verb: write
point: [holding, coil]
`;

const watched = (recording: string) => (): readonly Said[] => {
	const detections: Detection[] = [];
	const analyst = new Analyst({ protocols, habits: { services }, onDetection: (detection) => detections.push(detection) });
	analyst.rules.set(readRules([{ file: "pump.yaml", text: STATIONS_ONLY }], protocols));
	const engine = new Engine({ protocols, services, analyst });
	const file = fileURLToPath(new URL(`../../captures/${recording}.pcap`, import.meta.url));
	const reader = new CaptureReader(engine.frame, { name: recording });
	reader.push(readFileSync(file));
	reader.end();
	engine.endSource();
	return alertsOf(detections);
};

export const RULES: readonly CatalogueEntry[] = [
	{
		id: "rule",
		answers: [],
		fires: watched("new-talker-write"),
		twin: watched("recipe-change"),
		twinIs: "the same set point, and more, written by the station that the rule exempts",
	},
];
