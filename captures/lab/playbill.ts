/** Everything that can be played, on the plant's network and on its serial line, by name. */
import { CELL_SCENARIOS } from "./cellScenarios.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { SERIAL_SCENARIOS, type SerialScenario } from "./serialScenarios.ts";
import { TELECONTROL_SCENARIOS } from "./telecontrolScenarios.ts";

export const PLAYBILL: readonly (Scenario | SerialScenario)[] = [
	...SCENARIOS,
	...CELL_SCENARIOS,
	...TELECONTROL_SCENARIOS,
	...SERIAL_SCENARIOS,
];

/** The recording that another one is judged by: the first of those who play in the same place, be it the plant's network, one that is alone in it, or the same line. */
export function learnedFor(name: string): string {
	if (SERIAL_SCENARIOS.some((one) => one.name === name)) return `${SERIAL_SCENARIOS[0]!.name}.pcapng`;
	const group = [CELL_SCENARIOS, TELECONTROL_SCENARIOS].find((scenarios) => scenarios.some((one) => one.name === name)) ?? SCENARIOS;
	return `${group[0]!.name}.pcap`;
}

export const scenarioNamed = (name: string): Scenario | SerialScenario | undefined => PLAYBILL.find((one) => one.name === name);

export const isSerial = (scenario: Scenario | SerialScenario): scenario is SerialScenario =>
	SERIAL_SCENARIOS.some((one) => one === scenario);
