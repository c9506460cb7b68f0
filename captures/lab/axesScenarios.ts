/** Drives on EtherCAT alone, while the rest of the plant is silent: a day of a master and its slaves to learn from, and somebody else on their cable (`axes.ts`). */
import { addressOf } from "./plant.ts";
import { alone, type Scenario } from "./scenarios.ts";

const ATTACKER = addressOf("attacker");

export const AXES_SCENARIOS: readonly Scenario[] = [
	alone({
		name: "axes-normal",
		title:
			"A day of two drives on EtherCAT in short, to learn from: a master starts them, asks who they are, exchanges process data, and writes a control word now and then",
		verdict: "benign",
		isRoutine: true,
		seconds: 20,
		mustFind: [],
		mayFind: [],
		play: async (stage) => {
			await stage.work("gateway", "openAxes");
			await stage.work("plc-2", "openMaster");
			await stage.until(19);
			for (const host of ["plc-2", "gateway"]) await stage.work(host, "closeAxes");
		},
	}),
	alone({
		name: "axes-attack",
		title:
			"While a master exchanges process data with two drives on EtherCAT, an unknown computer on their cable writes to one, has the other leave OP for BOOT, sends it a file, and sends what is no frame",
		verdict: "attack",
		isRoutine: false,
		seconds: 14,
		mustFind: [
			{ type: "controller-stop", source: ATTACKER },
			{ type: "controller-mode", source: ATTACKER },
			{ type: "firmware-change", source: ATTACKER },
			{ type: "ethercat-malformed", source: ATTACKER },
		],
		mayFind: [],
		play: async (stage) => {
			await stage.work("gateway", "openAxes");
			await stage.work("plc-2", "openMaster");
			await stage.until(8);
			await stage.attack("attacker", "raidAxes");
			await stage.pause(2);
			for (const host of ["attacker", "plc-2", "gateway"]) await stage.work(host, "closeAxes");
		},
	}),
];
