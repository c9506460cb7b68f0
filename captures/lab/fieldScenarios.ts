/** Field devices and what they report to: HART-IP, Sparkplug. The rest of the plant is silent. */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";

const ATTACKER = addressOf("attacker");
const GATEWAY = addressOf("gateway");
const FLOW = "a606001a2b";
const PRESSURE = "9121000bb8";

export const FIELD_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "field-takeover",
		title:
			"The SCADA station, taken over, looks after two transmitters behind a HART gateway by UDP, which nobody did; an unknown computer asks by TCP who is there, gives the flow transmitter another range and tag, holds its loop current at a value, locks it against others and resets it, writes past the gateway's own addressing to the pressure transmitter, takes the sign of the change back, and sends what is no frame",
		verdict: "attack",
		isRoutine: false,
		seconds: 26,
		mustFind: [
			{ type: "new-device", source: ATTACKER },
			{ type: "hart-measurement-changed", source: ATTACKER, destination: GATEWAY },
			{ type: "device-address", source: ATTACKER, destination: GATEWAY },
			{ type: "values-forced", source: ATTACKER, destination: GATEWAY },
			{ type: "controller-reserved", source: ATTACKER, destination: GATEWAY },
			{ type: "controller-restart", source: ATTACKER, destination: GATEWAY },
			{ type: "hart-ip-malformed", source: ATTACKER, destination: GATEWAY },
		],
		mayFind: ["new-service", "new-talker"],
		play: async (stage) => {
			await stage.work("gateway", "openFieldGateway");
			await stage.attack("scada", "watchField", { host: "gateway" });
			await stage.until(8);
			const use = async (...commands: (readonly [string, string])[]): Promise<void> => {
				await stage.attack("attacker", "workOnField", { host: "gateway", commands });
				await stage.pause(1);
			};
			await use(
				["80", "00"],
				[FLOW, "00"],
				[FLOW, "0f"],
				[PRESSURE, "0d"],
				["", "0000 0001 00 0030 00 0306 00"],
				[FLOW, "23 13 42c80000 00000000"],
				[FLOW, `16 ${Buffer.from("FT-999".padEnd(32, "\0")).toString("hex")}`],
			);
			await use([FLOW, "28 41800000"], [FLOW, "03"], ["80", "4d 010205 82 9121000bb8 22 04 3f800000"]);
			await use([FLOW, "26 0003"], [FLOW, "47 02"], [FLOW, "2a"], [FLOW, "c8 01"]);
			await stage.attack("attacker", "workOnField", { host: "gateway", commands: [], isBroken: true });
			await stage.pause(3);
			for (const host of ["scada", "gateway"]) await stage.work(host, "closeField");
		},
	}),
	alone({
		name: "edge-takeover",
		title:
			"The gateway is a Sparkplug node at the broker of the plant, the SCADA station its host application, which gives it a limit; an unknown computer reads all, asks the node to be born again, gives it another limit, speaks as the node, restarts it and sends it to another broker, says that it is dead and the host application is gone, and publishes what is no payload",
		verdict: "attack",
		isRoutine: false,
		seconds: 24,
		mustFind: [
			{ type: "sparkplug-shared-name", source: ATTACKER },
			{ type: "controller-restart", source: ATTACKER, destination: GATEWAY },
			{ type: "sparkplug-next-server", source: ATTACKER, destination: GATEWAY },
			{ type: "sparkplug-malformed", source: ATTACKER },
		],
		mayFind: ["new-device", "new-talker", "new-service", "first-write"],
		play: async (stage) => {
			await stage.work("services", "startBroker");
			await stage.work("gateway", "openEdgeNode", { broker: "services" });
			await stage.pause(3);
			await stage.work("scada", "openHostApplication", { broker: "services" });
			for (const value of [110, 115]) {
				await stage.pause(3);
				await stage.work("scada", "setLimit", { value });
			}
			await stage.pause(2);
			await stage.attack("attacker", "impersonate", { broker: "services" });
			await stage.pause(2);
			await stage.work("gateway", "closeSparkplug");
			await stage.pause(1);
			await stage.work("scada", "closeSparkplug");
			await stage.work("services", "stopTelemetry");
		},
	}),
];
