/** Names that are found without a name server, and somebody who answers for all of them. The rest of the plant is silent. */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";

const ATTACKER = addressOf("attacker");
const ENGINEER = addressOf("engineer");

export const NAME_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "names-without-server",
		title:
			"The server of services becomes the master browser of a workgroup, the gateway announces its web page by multicast DNS, and the engineer finds both, asks the server for all its names, and the operator station by LLMNR",
		verdict: "benign",
		isRoutine: false,
		seconds: 28,
		mustFind: [],
		mayFind: ["new-service", "new-group"],
		withoutPermit: [{ type: "new-group", source: ENGINEER }],
		play: async (stage) => {
			await stage.work("services", "openNames", { name: "PLANT-FILES" });
			await stage.work("gateway", "announceService", {
				name: "gateway-14",
				service: "Energy meters",
				type: "_http._tcp",
				port: 80,
				texts: ["vendor=Example Works", "model=EW-GW 4", "fw=2.7.1", "serial=EW-0014", "path=/meters"],
			});
			await stage.work("hmi", "ownName", { name: "hmi" });
			await stage.work("engineer", "lookUp", { args: ["plant-files"] });
			await stage.work("engineer", "lookUp", { args: ["-A", "@services"] });
			await stage.work("engineer", "askEverybody", { names: ["hmi", "plant-files", "gateway-14"] });
			await stage.until(24);
			for (const host of ["services", "gateway", "hmi"]) await stage.work(host, "closeNames");
		},
	}),
	alone({
		name: "name-poisoning",
		title:
			"An unknown computer answers for every name that the engineer mistypes, for that of the operator station, which answers too, and for the one by which programs look for a proxy",
		verdict: "attack",
		isRoutine: false,
		seconds: 16,
		mustFind: [
			{ type: "new-device", source: ATTACKER },
			{ type: "name-poisoning", source: ATTACKER },
		],
		mayFind: ["new-service", "new-group"],
		play: async (stage) => {
			await stage.work("hmi", "ownName", { name: "hmi" });
			await stage.until(2);
			await stage.attack("attacker", "answerForAll");
			for (const names of [["plant-fiels"], ["hmi"], ["recipes"], ["wpad"]]) {
				await stage.work("engineer", "askEverybody", { names });
				await stage.pause(1);
			}
			await stage.attack("attacker", "closeNames");
			await stage.work("hmi", "closeNames");
		},
	}),
];
