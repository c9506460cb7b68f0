/** Logins of the plant's people: the directory that knows them. The rest of the plant is silent. */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";

const ATTACKER = addressOf("attacker");
const ENGINEER = addressOf("engineer");
const SERVER = addressOf("services");
const ADMIN = { user: "cn=admin,dc=plant,dc=example", password: "plant-3" };

export const DIRECTORY_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "directory-work",
		title:
			"The engineer looks for the plant's directory by UDP, asks it for its root and for people, once in TLS, and changes entries with a password in clear, which he mistyped at first",
		verdict: "benign",
		isRoutine: false,
		seconds: 5,
		mustFind: [],
		mayFind: ["cleartext-password", "new-service"],
		withoutPermit: [{ type: "cleartext-password", source: ENGINEER, destination: SERVER }],
		play: async (stage) => {
			await stage.work("services", "openDirectory", { password: ADMIN.password });
			await stage.until(1);
			const host = { host: "services" };
			await stage.work("engineer", "findDirectory", host);
			await stage.work("engineer", "searchDirectory", { ...host, isRoot: true, filter: "(objectClass=*)", attributes: ["+"] });
			const filter = "(&(objectClass=inetOrgPerson)(|(uid=a*)(!(title=operator))))";
			await stage.work("engineer", "searchDirectory", { ...host, filter, attributes: ["cn", "title"] });
			await stage.work("engineer", "searchDirectory", { ...host, ...ADMIN, isSecured: true, filter: "(uid=bob)", attributes: ["cn"] });
			await stage.work("engineer", "changeDirectory", { ...host, ...ADMIN, password: "plant-2" });
			await stage.work("engineer", "changeDirectory", { ...host, ...ADMIN });
			await stage.pause(1);
			await stage.work("services", "closeDirectory");
		},
	}),
	alone({
		name: "directory-guessing",
		title: "An unknown computer guesses the password of one of the plant's people at the directory, finds it, and asks who else is there",
		verdict: "attack",
		isRoutine: false,
		seconds: 5,
		mustFind: [
			{ type: "new-device", source: ATTACKER },
			{ type: "cleartext-password", source: ATTACKER, destination: SERVER },
			{ type: "password-guessing", source: ATTACKER, destination: SERVER },
			{ type: "password-guessed", source: ATTACKER, destination: SERVER },
		],
		mayFind: [],
		play: async (stage) => {
			await stage.work("services", "openDirectory", { password: ADMIN.password });
			await stage.until(1);
			const passwords = Array.from({ length: 12 }, (_, at) => `pump-${at - 2}`);
			await stage.attack("attacker", "guessDirectory", { host: "services", uid: "ann", passwords });
			await stage.pause(1);
			await stage.work("services", "closeDirectory");
		},
	}),
];
