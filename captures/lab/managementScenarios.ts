/** A station that is managed from afar by WS-Management. The rest of the plant is silent. */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";

const ATTACKER = addressOf("attacker");
const HMI = addressOf("hmi");
const USER = { user: "operator", password: "panel-9" } as const;

export const MANAGEMENT_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "remote-command",
		title:
			"An unknown computer that knows the operator's password asks the operator station by WinRM which services it has, opens a shell and runs a command there",
		verdict: "attack",
		isRoutine: false,
		seconds: 8,
		mustFind: [
			{ type: "new-device", source: ATTACKER },
			{ type: "cleartext-password", source: ATTACKER, destination: HMI },
			{ type: "remote-execution", source: ATTACKER, destination: HMI },
		],
		mayFind: ["new-service", "new-remote-access", "new-talker"],
		play: async (stage) => {
			await stage.work("hmi", "openManagement", USER);
			await stage.until(1);
			await stage.attack("attacker", "manage", { host: "hmi", ...USER, command: ["cmd.exe", "/c", "net user helper panel-10 /add"] });
			await stage.pause(1);
			await stage.work("hmi", "closeManagement");
		},
	}),
];
