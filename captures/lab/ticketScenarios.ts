/** Tickets for the plant's people and services. The rest of the plant is silent. */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";

const ATTACKER = addressOf("attacker");
const ENGINEER = addressOf("engineer");
const SERVER = addressOf("services");

export const TICKET_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "tickets-work",
		title:
			"The engineer logs in by Kerberos, at the second try, and gets tickets for two services, one of which knows RC4 alone, and asks for one that is not known; then the same by TCP",
		verdict: "benign",
		isRoutine: false,
		seconds: 6,
		mustFind: [],
		mayFind: ["weak-protocol", "new-service"],
		withoutPermit: [{ type: "weak-protocol", source: ENGINEER, destination: SERVER }],
		play: async (stage) => {
			await stage.work("services", "openTickets");
			await stage.until(1);
			const services = ["host/files", "host/drive", "host/none"];
			await stage.work("engineer", "useTickets", { host: "services", user: "ann", passwords: ["pump-8", "pump-9"], services });
			await stage.work("engineer", "useTickets", {
				host: "services",
				user: "ann",
				passwords: ["pump-9"],
				services: ["host/files"],
				isTcp: true,
			});
			await stage.pause(1);
			await stage.work("services", "closeTickets");
		},
	}),
	alone({
		name: "tickets-guessing",
		title:
			"An unknown computer guesses the password of one of the plant's people by Kerberos, and takes the ticket of an account that has to prove nothing, to guess its password at home",
		verdict: "attack",
		isRoutine: false,
		seconds: 6,
		mustFind: [
			{ type: "new-device", source: ATTACKER },
			{ type: "password-guessing", source: ATTACKER, destination: SERVER },
			{ type: "kerberos-no-preauthentication", source: ATTACKER, destination: SERVER },
		],
		mayFind: [],
		play: async (stage) => {
			await stage.work("services", "openTickets");
			await stage.until(1);
			const passwords = Array.from({ length: 11 }, (_, at) => `pump-${at + 10}`);
			await stage.attack("attacker", "useTickets", { host: "services", user: "ann", passwords, services: [] });
			await stage.attack("attacker", "useTickets", { host: "services", user: "backup", passwords: ["backup-9"], services: [] });
			await stage.pause(1);
			await stage.work("services", "closeTickets");
		},
	}),
];
