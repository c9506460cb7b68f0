/** Mail of the plant, and somebody who guesses his way in and mails a program. The rest of the plant is silent. */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";

const ATTACKER = addressOf("attacker");
const SERVICES = addressOf("services");
const USER = { user: "engineer", password: "report-4" } as const;

export const MAIL_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "mail-program",
		title:
			"An unknown computer guesses the engineer's password at the mail server, logs in with it and mails the operators a program; then the historian mails a report behind TLS and by CRAM-MD5, and is refused to mail somebody outside",
		verdict: "attack",
		isRoutine: false,
		seconds: 14,
		mustFind: [
			{ type: "new-device", source: ATTACKER },
			{ type: "cleartext-password", source: ATTACKER, destination: SERVICES },
			{ type: "password-guessing", source: ATTACKER, destination: SERVICES },
			{ type: "password-guessed", source: ATTACKER, destination: SERVICES },
			{ type: "smtp-program-attached", source: ATTACKER, destination: SERVICES },
		],
		mayFind: ["unexpected-server", "new-service"],
		play: async (stage) => {
			await stage.work("services", "openMail", USER);
			await stage.until(1);
			const passwords = [...Array.from({ length: 12 }, (_, at) => `report-${at + 10}`), USER.password];
			await stage.attack("attacker", "guessMail", { host: "services", user: USER.user, passwords });
			await stage.attack("attacker", "sendMail", {
				host: "services",
				method: "PLAIN",
				...USER,
				to: ["operators@plant.example"],
				subject: "New tool",
				file: "viewer.exe",
				isProgram: true,
			});
			await stage.pause(1);
			const to = ["operators@plant.example", "head@plant.example"];
			await stage.work("historian", "sendMail", {
				host: "services",
				...USER,
				to,
				subject: "Report",
				file: "levels.csv",
				isEncrypted: true,
			});
			await stage.work("historian", "sendMail", {
				host: "services",
				method: "CRAM-MD5",
				...USER,
				to,
				subject: "Report of the day",
				file: "levels.csv",
			});
			await stage.work("historian", "sendMail", { host: "services", to: ["someone@example.org"], subject: "Outside" });
			await stage.pause(1);
			await stage.work("services", "closeMail");
		},
	}),
];
