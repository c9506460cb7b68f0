/** What is played in the dosing cell alone, while the rest of the plant is silent: a day to learn from, another one, and somebody who attacks it (`opcuaCell.ts`). */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";
import type { Stage } from "./stage.ts";

const STATION = addressOf("scada");
const SERVER = addressOf("opcua");
const ATTACKER = addressOf("attacker");

/** Server and station at work. */
async function begin(stage: Stage): Promise<void> {
	await stage.work("opcua", "openCell");
	await stage.work("scada", "cellStation");
}

async function end(stage: Stage): Promise<void> {
	await stage.work("scada", "leaveCell");
	await stage.work("opcua", "closeCell");
}

export const CELL_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "cell-normal",
		title:
			"A day of the dosing cell in short, to learn from: a station reads an OPC UA server over a signed channel as a user, an engineer looks after it twice",
		verdict: "benign",
		isRoutine: true,
		seconds: 30,
		mustFind: [],
		mayFind: [],
		play: async (stage) => {
			await begin(stage);
			await stage.pause(4);
			await stage.work("engineer", "maintain");
			await stage.pause(5);
			await stage.work("scada", "changeScreen");
			await stage.pause(3);
			await stage.work("engineer", "maintain");
			await stage.pause(6);
			await end(stage);
		},
	}),
	alone({
		name: "cell-routine",
		title:
			"The cell on another day: the engineer mistypes his password once and opens a few folders, the station shows another screen, connects anew and is switched off",
		verdict: "benign",
		isRoutine: true,
		seconds: 34,
		mustFind: [],
		mayFind: [],
		play: async (stage) => {
			await begin(stage);
			await stage.pause(3);
			await stage.work("engineer", "maintain", { mistypes: true });
			await stage.pause(3);
			await stage.work("scada", "changeScreen");
			await stage.pause(12);
			await stage.work("scada", "leaveCell");
			await stage.work("scada", "cellStation");
			await stage.pause(4);
			await end(stage);
		},
	}),
	alone({
		name: "cell-attack",
		title:
			"An unknown computer searches the cell for OPC UA servers, guesses passwords, walks through the nodes and uses the sessions up; a foreign program comes from the station without security, its reports are stopped, and another server answers in the place of the old one",
		verdict: "attack",
		isRoutine: false,
		seconds: 55,
		mustFind: [
			{ type: "opcua-server-search", source: ATTACKER },
			{ type: "opcua-login-guessing", source: ATTACKER, destination: SERVER },
			{ type: "opcua-address-walk", source: ATTACKER, destination: SERVER },
			{ type: "opcua-exhaustion", source: ATTACKER, destination: SERVER },
			{ type: "security-lowered", source: STATION, destination: SERVER },
			{ type: "new-user", source: STATION, destination: SERVER },
			{ type: "client-identity-changed", source: STATION, destination: SERVER },
			{ type: "opcua-reports-stopped", source: STATION, destination: SERVER },
			{ type: "server-identity-changed", source: SERVER },
		],
		mayFind: [
			"new-device",
			"new-talker",
			"new-service",
			"first-write",
			"point-scan",
			"new-function",
			"new-point",
			"new-refusal",
			"poll-silent",
		],
		play: async (stage) => {
			await begin(stage);
			await stage.work("opcua", "openRelays");
			await stage.pause(3);
			await stage.attack("attacker", "searchServers");
			await stage.attack("attacker", "guessPasswords");
			await stage.attack("attacker", "walkNodes");
			await stage.attack("attacker", "useUp");
			await stage.pause(1);
			await stage.attack("scada", "comeWithout");
			await stage.attack("scada", "stopReports");
			await stage.pause(12);
			await stage.work("scada", "leaveCell");
			await stage.work("opcua", "closeCell");
			await stage.attack("opcua", "openCell", { name: "impostor", title: "Impostor" });
			await stage.work("scada", "cellStation");
			await stage.pause(2);
			await end(stage);
		},
	}),
];
