/** What is played between a telecontrol station and its outstations by DNP3, while the rest of the plant is silent: a day to learn from, and somebody who attacks it (`outstations.ts`). */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";
import type { Stage } from "./stage.ts";

const ENGINEER = addressOf("engineer");
const ATTACKER = addressOf("attacker");
const TANK = addressOf("plc-1");
const FEEDERS = addressOf("gateway");

/** Link addresses: the tank, two feeders behind one address, and a feeder that is reached by UDP. */
const OUTSTATIONS = { tank: 10, feeders: [20, 21], far: 30 } as const;

async function begin(stage: Stage): Promise<void> {
	await stage.work("plc-1", "openDnp3", { addresses: [OUTSTATIONS.tank] });
	await stage.work("gateway", "openDnp3", { addresses: OUTSTATIONS.feeders });
	await stage.work("plc-3", "openDnp3", { addresses: [OUTSTATIONS.far], isUdp: true });
	await stage.work("scada", "startDnp3Master", {
		stations: [
			{ host: "plc-1", addresses: [OUTSTATIONS.tank] },
			{ host: "gateway", addresses: OUTSTATIONS.feeders },
			{ host: "plc-3", addresses: [OUTSTATIONS.far], isUdp: true },
		],
	});
}

async function end(stage: Stage): Promise<void> {
	await stage.work("scada", "stopDnp3Master");
	for (const host of ["plc-1", "gateway", "plc-3"]) await stage.work(host, "closeDnp3");
}

/** Operators at the station. */
async function operate(stage: Stage, levels: readonly number[]): Promise<void> {
	for (const [index, value] of levels.entries()) {
		await stage.work("scada", "dnp3SetOutput", { address: OUTSTATIONS.tank, index: 0, value });
		await stage.pause(1.2);
		await stage.work("scada", "dnp3Operate", { address: 20 + (index & 1), index: 0, isOn: index % 4 < 2 });
		await stage.pause(1.2);
	}
}

export const OUTSTATION_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "outstations-normal",
		title:
			"A day of telecontrol in short, to learn from: a station polls four DNP3 outstations, two of them behind one address and one by UDP, is told what changes, sets a level and opens and closes breakers",
		verdict: "benign",
		isRoutine: true,
		seconds: 34,
		mustFind: [],
		mayFind: [],
		play: async (stage) => {
			await begin(stage);
			await stage.pause(4);
			await operate(stage, [2000, 2300, 2600, 2900, 2400, 3100, 1800, 2600]);
			await stage.pause(5);
			await end(stage);
		},
	}),
	alone({
		name: "outstations-attack",
		title:
			"The engineer's laptop, taken over, reads what a feeder's relay is and its protection file, writes another one and restarts it; an unknown computer operates a breaker without its select and with another one, silences the tank's outstation and stops its application",
		verdict: "attack",
		isRoutine: false,
		seconds: 30,
		mustFind: [
			{ type: "program-upload", source: ENGINEER, destination: FEEDERS },
			{ type: "program-download", source: ENGINEER, destination: FEEDERS },
			{ type: "program-delete", source: ENGINEER, destination: FEEDERS },
			{ type: "controller-restart", source: ENGINEER, destination: FEEDERS },
			{ type: "dnp3-restarted", source: FEEDERS },
			{ type: "new-device", source: ATTACKER },
			{ type: "dnp3-operate-without-select", source: ATTACKER, destination: FEEDERS },
			{ type: "controller-silenced", source: ATTACKER, destination: TANK },
			{ type: "controller-stop", source: ATTACKER, destination: TANK },
		],
		mayFind: [
			"new-talker",
			"first-write",
			"new-function",
			"new-point",
			"new-unit",
			"new-refusal",
			"write-outside",
			"value-outside",
			"poll-silent",
			"dnp3-identification",
			"dnp3-reporting-changed",
			"clock-set",
		],
		play: async (stage) => {
			await begin(stage);
			await stage.pause(3);
			await operate(stage, [2300, 2600]);
			const feeder = { host: "gateway", address: OUTSTATIONS.feeders[0] };
			await stage.attack("engineer", "dnp3Session", { ...feeder, steps: ["identify", "readFile", "writeFile"] });
			await stage.pause(2);
			await stage.attack("engineer", "dnp3Session", { ...feeder, steps: ["poll", "deleteFile", "restart"] });
			await stage.pause(3);
			await stage.attack("attacker", "dnp3Session", { ...feeder, steps: ["poll", "operateAlone", "operateOther", "trip"] });
			await stage.pause(2);
			const tank = { host: "plc-1", address: OUTSTATIONS.tank };
			await stage.attack("attacker", "dnp3Session", { ...tank, steps: ["silence", "takeAway", "stop"] });
			await stage.pause(5);
			await end(stage);
		},
	}),
];
