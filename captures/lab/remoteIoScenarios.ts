/** Remote inputs and outputs alone, while the rest of the plant is silent: a day of a controller and its device to learn from, and somebody else at the device (`remoteIo.ts`). */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";
import type { Stage } from "./stage.ts";

const DEVICE = addressOf("gateway");
const ATTACKER = addressOf("attacker");

async function begin(stage: Stage): Promise<void> {
	await stage.work("gateway", "openRemoteIo", { controller: "plc-1" });
	await stage.work("plc-1", "openController", { device: "gateway", run: 1 });
}

async function end(stage: Stage): Promise<void> {
	await stage.work("plc-1", "releaseRemoteIo", { device: "gateway" });
	for (const host of ["plc-1", "gateway"]) await stage.work(host, "closeRemoteIo");
}

export const REMOTE_IO_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "remote-io-normal",
		title:
			"A day of remote inputs and outputs in short, to learn from: the tank's PLC finds its PROFINET device by its name, gives it its address, connects and exchanges cyclic data; the device reports a diagnosis; the connection is released and begun again",
		verdict: "benign",
		isRoutine: true,
		seconds: 26,
		mustFind: [],
		mayFind: [],
		play: async (stage) => {
			await begin(stage);
			await stage.until(6);
			await stage.work("gateway", "alarmRemoteIo", { controller: "plc-1" });
			for (const [run, seconds] of [
				[2, 9],
				[3, 14],
				[4, 19],
			] as const) {
				await stage.until(seconds);
				await stage.work("plc-1", "releaseRemoteIo", { device: "gateway" });
				await stage.pause(1);
				await stage.work("plc-1", "openController", { device: "gateway", run, isAgain: true, stops: run === 3 });
			}
			await stage.until(24);
			await end(stage);
		},
	}),
	alone({
		name: "remote-io-attack",
		title:
			"While the tank's PLC exchanges cyclic data with its PROFINET device, an unknown computer looks who is there, lets the device blink, reads who it is, takes its inputs and outputs, writes records, sends what is no message, gives the device another name and an address for good, resets it, and answers the PLC's search in its name",
		verdict: "attack",
		isRoutine: false,
		seconds: 22,
		mustFind: [
			{ type: "new-device", source: ATTACKER },
			{ type: "new-talker", source: ATTACKER },
			{ type: "profinet-takeover", source: ATTACKER, destination: DEVICE },
			{ type: "profinet-malformed", source: ATTACKER, destination: DEVICE },
			{ type: "device-address", source: ATTACKER },
			{ type: "controller-restart", source: ATTACKER },
			{ type: "profinet-name-conflict" },
		],
		mayFind: ["first-write", "new-refusal", "new-function", "new-point"],
		play: async (stage) => {
			await begin(stage);
			await stage.until(8);
			await stage.attack("attacker", "raidRemoteIo", { device: "gateway" });
			await stage.pause(1);
			await stage.work("plc-1", "releaseRemoteIo", { device: "gateway" });
			await stage.work("plc-1", "openController", { device: "gateway", run: 2, isAgain: true });
			await stage.pause(3);
			await stage.work("attacker", "closeRemoteIo");
			await end(stage);
		},
	}),
];
