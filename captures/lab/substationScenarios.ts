/** A bay of a substation alone, while the rest of the plant is silent: a day of a control centre and its relay to learn from, and somebody who attacks the relay (`substation.ts`). */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";
import type { Stage } from "./stage.ts";

const CENTRE = addressOf("scada");
const RELAY = addressOf("gateway");
const ATTACKER = addressOf("attacker");

async function begin(stage: Stage): Promise<void> {
	await stage.work("gateway", "openRelay");
	await stage.work("scada", "openBay", { host: "gateway" });
}

async function end(stage: Stage): Promise<void> {
	await stage.work("scada", "closeBay");
	await stage.work("gateway", "closeRelay");
}

export const SUBSTATION_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "substation-normal",
		title:
			"A day of a substation in short, to learn from: a control centre reads a protection relay by IEC 61850, is told what changes, opens and closes its breaker, sets when it picks up, and connects anew",
		verdict: "benign",
		isRoutine: true,
		seconds: 40,
		mustFind: [],
		mayFind: [],
		play: async (stage) => {
			await begin(stage);
			for (const pickup of [1.1, 1.3, 1.2]) {
				await stage.pause(4);
				await stage.work("scada", "operateBay", { pickup });
			}
			await stage.work("scada", "closeBay");
			await stage.pause(2);
			await stage.work("scada", "openBay", { host: "gateway" });
			for (const pickup of [1.25, 1.15]) {
				await stage.pause(3);
				await stage.work("scada", "operateBay", { pickup });
			}
			await stage.pause(2);
			await end(stage);
		},
	}),
	alone({
		name: "substation-attack",
		title:
			"The control centre, taken over, sets a protection relay so that it picks up far too late; then an unknown computer logs in with a password that anyone can read, takes a disturbance record and the logic, opens the breaker, switches the protection off, has it take a value for the measured one, and stops, replaces and starts its logic",
		verdict: "attack",
		isRoutine: false,
		seconds: 24,
		mustFind: [
			{ type: "write-outside", source: CENTRE, destination: RELAY },
			{ type: "new-device", source: ATTACKER },
			{ type: "cleartext-password", source: ATTACKER, destination: RELAY },
			{ type: "controller-mode", source: ATTACKER, destination: RELAY },
			{ type: "values-forced", source: ATTACKER, destination: RELAY },
			{ type: "program-upload", source: ATTACKER, destination: RELAY },
			{ type: "controller-stop", source: ATTACKER, destination: RELAY },
			{ type: "program-delete", source: ATTACKER, destination: RELAY },
			{ type: "program-download", source: ATTACKER, destination: RELAY },
			{ type: "controller-restart", source: ATTACKER, destination: RELAY },
			{ type: "controller-start", source: ATTACKER, destination: RELAY },
			{ type: "mms-malformed", source: ATTACKER, destination: RELAY },
		],
		mayFind: ["value-outside", "new-talker", "first-write", "new-refusal", "new-function", "new-point", "poll-silent"],
		play: async (stage) => {
			await begin(stage);
			await stage.pause(3);
			await stage.work("scada", "operateBay", { pickup: 1.2 });
			await stage.pause(4);
			await stage.attack("scada", "setPickup", { pickup: 400 });
			await stage.pause(3);
			await stage.attack("attacker", "raidBay", { host: "gateway" });
			await stage.pause(3);
			await end(stage);
		},
	}),
];
