/** Everything that can be played, on the plant's network and on its serial line, by name. */
import { AXES_SCENARIOS } from "./axesScenarios.ts";
import { CELL_SCENARIOS } from "./cellScenarios.ts";
import { DESKTOP_SCENARIOS } from "./desktopScenarios.ts";
import { DIRECTORY_SCENARIOS } from "./directoryScenarios.ts";
import { FIELD_SCENARIOS } from "./fieldScenarios.ts";
import { MAIL_SCENARIOS } from "./mailScenarios.ts";
import { MAINTENANCE_SCENARIOS } from "./maintenanceScenarios.ts";
import { MANAGEMENT_SCENARIOS } from "./managementScenarios.ts";
import { NAME_SCENARIOS } from "./nameScenarios.ts";
import { OUTSTATION_SCENARIOS } from "./outstationScenarios.ts";
import { PROTECTION_SCENARIOS } from "./protectionScenarios.ts";
import { REMOTE_IO_SCENARIOS } from "./remoteIoScenarios.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { SERIAL_SCENARIOS, type SerialScenario } from "./serialScenarios.ts";
import { SHELL_SCENARIOS } from "./shellScenarios.ts";
import { SUBSTATION_SCENARIOS } from "./substationScenarios.ts";
import { TELECONTROL_SCENARIOS } from "./telecontrolScenarios.ts";
import { TICKET_SCENARIOS } from "./ticketScenarios.ts";

export const PLAYBILL: readonly (Scenario | SerialScenario)[] = [
	...SCENARIOS,
	...CELL_SCENARIOS,
	...TELECONTROL_SCENARIOS,
	...OUTSTATION_SCENARIOS,
	...REMOTE_IO_SCENARIOS,
	...SUBSTATION_SCENARIOS,
	...PROTECTION_SCENARIOS,
	...AXES_SCENARIOS,
	...MAINTENANCE_SCENARIOS,
	...SHELL_SCENARIOS,
	...FIELD_SCENARIOS,
	...NAME_SCENARIOS,
	...MAIL_SCENARIOS,
	...MANAGEMENT_SCENARIOS,
	...DESKTOP_SCENARIOS,
	...DIRECTORY_SCENARIOS,
	...TICKET_SCENARIOS,
	...SERIAL_SCENARIOS,
];

/** Parts of the plant with a day of their own to learn from. */
const PARTS: readonly (readonly Scenario[])[] = [
	CELL_SCENARIOS,
	TELECONTROL_SCENARIOS,
	OUTSTATION_SCENARIOS,
	REMOTE_IO_SCENARIOS,
	SUBSTATION_SCENARIOS,
	PROTECTION_SCENARIOS,
	AXES_SCENARIOS,
];

/** The recording that another one is judged by: a day of the same network, of the same part of the plant, or of the same line. */
export const learnedFor = (name: string): string =>
	SERIAL_SCENARIOS.some((one) => one.name === name)
		? `${SERIAL_SCENARIOS[0]!.name}.pcapng`
		: `${(PARTS.find((scenarios) => scenarios.some((one) => one.name === name)) ?? SCENARIOS)[0]!.name}.pcap`;

export const scenarioNamed = (name: string): Scenario | SerialScenario | undefined => PLAYBILL.find((one) => one.name === name);

export const isSerial = (scenario: Scenario | SerialScenario): scenario is SerialScenario =>
	SERIAL_SCENARIOS.some((one) => one === scenario);
