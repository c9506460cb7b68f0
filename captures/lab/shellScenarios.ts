/** Devices of the plant that are worked on by SSH. The rest of the plant is silent. */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";

const ATTACKER = addressOf("attacker");
const ENGINEER = addressOf("engineer");
const PUMP = addressOf("plc-2");
const VALVE = addressOf("plc-3");

export const SHELL_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "shell-work",
		title:
			"The engineer works on the pump's PLC by SSH with a key, and on the valve's, an old device that knows only algorithms that are broken",
		verdict: "benign",
		isRoutine: false,
		seconds: 10,
		mustFind: [],
		mayFind: ["weak-protocol", "new-service", "new-remote-access"],
		withoutPermit: [{ type: "weak-protocol", source: ENGINEER, destination: VALVE }],
		play: async (stage) => {
			await stage.work("engineer", "makeKey");
			await stage.work("plc-2", "openShell");
			await stage.work("plc-3", "openShell", { isOld: true });
			await stage.until(4);
			await stage.work("engineer", "workShell", { host: "plc-2" });
			await stage.work("engineer", "workShell", { host: "plc-3", isOld: true });
			await stage.pause(1);
			await stage.work("plc-2", "closeShell");
			await stage.work("plc-3", "closeShell");
		},
	}),
	alone({
		name: "shell-guessing",
		title:
			"An unknown computer guesses passwords of the pump's PLC by SSH, and sends the valve's a message by which some devices are entered without a login",
		verdict: "attack",
		isRoutine: false,
		seconds: 12,
		mustFind: [
			{ type: "new-device", source: ATTACKER },
			{ type: "password-guessing", source: ATTACKER, destination: PUMP },
			{ type: "ssh-exploit", source: ATTACKER, destination: VALVE },
		],
		mayFind: ["new-remote-access"],
		play: async (stage) => {
			await stage.work("engineer", "makeKey");
			await stage.work("plc-2", "openShell");
			await stage.work("plc-3", "openShell");
			await stage.until(4);
			const passwords = Array.from({ length: 11 }, (_, at) => `pump-${at + 1}`);
			await stage.attack("attacker", "guessShell", { host: "plc-2", passwords });
			await stage.attack("attacker", "breakShell", { host: "plc-3" });
			await stage.pause(1);
			await stage.work("plc-2", "closeShell");
			await stage.work("plc-3", "closeShell");
		},
	}),
];
