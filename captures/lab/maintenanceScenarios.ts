/** Devices of the plant that are looked after over what offices use too: web pages, files, terminals and screens. The rest of the plant is silent. */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";

const ATTACKER = addressOf("attacker");
const ENGINEER = addressOf("engineer");
const SERVICES = addressOf("services");
const PUMP = addressOf("plc-2");

export const MAINTENANCE_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "page-break-in",
		title:
			"The engineer looks at the web page of the server of services, which asks for a password; an unknown computer guesses it, asks the page for files of its system, for commands and for two requests in one, then logs in, reads values, changes a setting and fetches the firmware",
		verdict: "attack",
		isRoutine: false,
		seconds: 14,
		mustFind: [
			{ type: "new-device", source: ATTACKER },
			{ type: "cleartext-password", source: ATTACKER, destination: SERVICES },
			{ type: "password-guessing", source: ATTACKER, destination: SERVICES },
			{ type: "password-guessed", source: ATTACKER, destination: SERVICES },
			{ type: "web-attack", source: ATTACKER, destination: SERVICES },
			{ type: "http-malformed", source: ATTACKER, destination: SERVICES },
		],
		mayFind: [],
		play: async (stage) => {
			await stage.work("services", "openPage", { user: "admin", password: "meter-11" });
			await stage.until(1);
			await stage.work("engineer", "lookAtPage", { host: "services" });
			await stage.until(6);
			const passwords = Array.from({ length: 12 }, (_, at) => `meter-${at + 20}`);
			await stage.attack("attacker", "breakIn", { host: "services", passwords });
			await stage.attack("attacker", "visitPage", { host: "services", user: "admin", password: "meter-11" });
			await stage.pause(1);
			await stage.work("engineer", "lookAtPage", { host: "services" });
			await stage.work("services", "closePage");
		},
	}),
	alone({
		name: "remote-maintenance",
		title:
			"The engineer looks after the pump's PLC from afar: fetches its program and puts parameters there by FTP, logs in to its terminal by Telnet at the second try, and works on its screen by VNC, which asks for no password",
		verdict: "benign",
		isRoutine: false,
		seconds: 16,
		mustFind: [],
		mayFind: ["cleartext-password", "weak-protocol", "new-service", "new-remote-access"],
		withoutPermit: [
			{ type: "cleartext-password", source: ENGINEER, destination: PUMP },
			{ type: "weak-protocol", source: ENGINEER, destination: PUMP },
		],
		play: async (stage) => {
			const user = { user: "service", password: "drive-7" };
			await stage.work("plc-2", "openMaintenance", user);
			await stage.until(2);
			await stage.work("engineer", "fetchAndPut", { host: "plc-2", ...user });
			await stage.pause(1);
			await stage.work("engineer", "typeCommands", { host: "plc-2", ...user });
			await stage.pause(1);
			await stage.work("engineer", "watchScreen", { host: "plc-2" });
			await stage.pause(1);
			await stage.work("plc-2", "closeMaintenance");
		},
	}),
];
