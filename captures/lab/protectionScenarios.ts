/** Two bays that tell each other by GOOSE what their breakers do, alone, while the rest of the plant is silent: a day to learn from, and somebody who trips a breaker in the name of its relay (`protection.ts`). */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";
import type { Stage } from "./stage.ts";

const ATTACKER = addressOf("attacker");

const RELAYS = [
	["gateway", 1],
	["plc-2", 2],
] as const;

async function begin(stage: Stage): Promise<void> {
	for (const [host, bay] of RELAYS) await stage.work(host, "openBreaker", { bay });
}

export const PROTECTION_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "protection-normal",
		title:
			"A day of two protection relays in short, to learn from: they repeat by GOOSE that all is well, and trip and close their breakers now and then",
		verdict: "benign",
		isRoutine: true,
		seconds: 26,
		mustFind: [],
		mayFind: [],
		play: async (stage) => {
			await begin(stage);
			for (const host of ["gateway", "plc-2", "gateway", "plc-2"]) {
				await stage.pause(4);
				await stage.work(host, "trip");
			}
			await stage.until(25);
			for (const [host] of RELAYS) await stage.work(host, "closeBreaker");
		},
	}),
	alone({
		name: "protection-attack",
		title:
			"While two protection relays repeat by GOOSE that all is well, an unknown computer publishes that one of them trips, first from its own address, then from the relay's between its messages, then as a simulation, and sends what is no message",
		verdict: "attack",
		isRoutine: false,
		seconds: 20,
		mustFind: [
			{ type: "goose-two-publishers", source: ATTACKER },
			{ type: "goose-simulation", source: ATTACKER },
			{ type: "goose-malformed", source: ATTACKER },
		],
		mayFind: [],
		play: async (stage) => {
			await begin(stage);
			await stage.until(8);
			await stage.attack("attacker", "raidBreaker", { host: "gateway", bay: 1 });
			await stage.pause(3);
			for (const host of ["attacker", "gateway", "plc-2"]) await stage.work(host, "closeBreaker");
		},
	}),
];
