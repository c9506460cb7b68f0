/** Hosts of the plant whose screens are worked on by RDP. The rest of the plant is silent. */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";

const ATTACKER = addressOf("attacker");
const ENGINEER = addressOf("engineer");
const PANEL = addressOf("hmi");
const SERVER = addressOf("services");
const USUAL = ["rdpdr", "rdpsnd", "cliprdr"];

export const DESKTOP_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "desktop-work",
		title:
			"The engineer works on the screen of the server of services by RDP in TLS, and on that of the operator's old panel, which knows only the encryption of RDP itself",
		verdict: "benign",
		isRoutine: false,
		seconds: 6,
		mustFind: [],
		mayFind: ["weak-protocol", "new-service", "new-remote-access"],
		withoutPermit: [{ type: "weak-protocol", source: ENGINEER, destination: PANEL }],
		play: async (stage) => {
			await stage.work("services", "openDesktop", { security: "credssp" });
			await stage.work("hmi", "openDesktop", { security: "encrypted" });
			await stage.until(1);
			const work = { user: "engineer", password: "", channels: USUAL };
			await stage.work("engineer", "workDesktop", { host: "services", ...work });
			await stage.pause(1);
			await stage.work("engineer", "workDesktop", { host: "hmi", isOld: true, ...work });
			await stage.pause(1);
			await stage.work("services", "closeDesktop");
			await stage.work("hmi", "closeDesktop");
		},
	}),
	alone({
		name: "desktop-break-in",
		title:
			"An unknown computer asks the operator's old panel for a channel of RDP by which Windows is broken into, and then works on the screen of the server of services, which encrypts nothing, with a password in clear",
		verdict: "attack",
		isRoutine: false,
		seconds: 6,
		mustFind: [
			{ type: "new-device", source: ATTACKER },
			{ type: "rdp-exploit", source: ATTACKER, destination: PANEL },
			{ type: "cleartext-password", source: ATTACKER, destination: SERVER },
		],
		mayFind: ["weak-protocol", "new-remote-access"],
		play: async (stage) => {
			await stage.work("hmi", "openDesktop", { security: "encrypted" });
			await stage.work("services", "openDesktop", { security: "none" });
			await stage.until(1);
			const channels = ["rdpdr", "MS_T120", "rdpsnd"];
			await stage.attack("attacker", "workDesktop", { host: "hmi", isOld: true, user: "guest", password: "", channels });
			await stage.pause(1);
			await stage.attack("attacker", "workDesktop", {
				host: "services",
				isOld: true,
				user: "operator",
				password: "level-7",
				channels: USUAL,
			});
			await stage.pause(1);
			await stage.work("hmi", "closeDesktop");
			await stage.work("services", "closeDesktop");
		},
	}),
];
