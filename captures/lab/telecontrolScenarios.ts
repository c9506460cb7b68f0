/** Telecontrol alone, while the rest of the plant is silent: a day of a control centre and its station to learn from, and somebody else who operates the station (`telecontrol.ts`). */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";
import type { Stage } from "./stage.ts";

const CENTRE = addressOf("scada");
const STATION = addressOf("gateway");
const ATTACKER = addressOf("attacker");

async function begin(stage: Stage): Promise<void> {
	await stage.work("gateway", "openStation");
	await stage.work("scada", "openCentre", { host: "gateway" });
}

async function end(stage: Stage): Promise<void> {
	await stage.work("scada", "closeCentre");
	await stage.work("gateway", "closeStation");
}

export const TELECONTROL_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "telecontrol-normal",
		title:
			"A day of telecontrol in short, to learn from: a control centre interrogates the gateway's station by IEC 60870-5-104, opens and closes its breaker, sets a limit, and connects anew",
		verdict: "benign",
		isRoutine: true,
		seconds: 40,
		mustFind: [],
		mayFind: [],
		play: async (stage) => {
			await begin(stage);
			for (const limit of [450, 380, 500]) {
				await stage.pause(4);
				await stage.work("scada", "operateStation", { limit });
			}
			await stage.work("scada", "closeCentre");
			await stage.pause(2);
			await stage.work("scada", "openCentre", { host: "gateway" });
			for (const limit of [420, 460]) {
				await stage.pause(3);
				await stage.work("scada", "operateStation", { limit });
			}
			await stage.pause(2);
			await end(stage);
		},
	}),
	alone({
		name: "telecontrol-attack",
		title:
			"The control centre, taken over, sets a limit far from any before and stops the data of its station; then an unknown computer starts data transfer there, looks at everything, opens the breaker, loads a file, sends what is no message, sets the clock, and has the station reset",
		verdict: "attack",
		isRoutine: false,
		seconds: 30,
		mustFind: [
			{ type: "write-outside", source: CENTRE, destination: STATION, points: ["set-point:1201"] },
			{ type: "iec104-reporting-stopped", source: CENTRE, destination: STATION },
			{ type: "new-device", source: ATTACKER },
			{ type: "new-talker", source: ATTACKER, destination: STATION },
			{ type: "first-write", source: ATTACKER, destination: STATION },
			{ type: "program-download", source: ATTACKER, destination: STATION },
			{ type: "iec104-malformed", source: ATTACKER, destination: STATION },
			{ type: "clock-set", source: ATTACKER, destination: STATION },
			{ type: "controller-restart", source: ATTACKER, destination: STATION },
		],
		mayFind: ["new-refusal", "new-function", "new-point", "poll-silent"],
		play: async (stage) => {
			await begin(stage);
			await stage.pause(3);
			await stage.work("scada", "operateStation", { limit: 450 });
			await stage.pause(4);
			await stage.attack("scada", "setLimit", { limit: 9000 });
			await stage.attack("scada", "stopStation");
			await stage.pause(3);
			await stage.attack("attacker", "raidStation", { host: "gateway" });
			await stage.pause(2);
			await end(stage);
		},
	}),
];
