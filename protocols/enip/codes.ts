/** Names of the encapsulation: commands, status, items of the common packet format (CIP Vol. 2, EtherNet/IP Adaptation of CIP, 2-3 to 2-6). */
export const COMMAND = {
	nop: 0x00,
	/** Kept for what was there before the specification; Rockwell's tools still ask it. */
	legacy: 0x01,
	listServices: 0x04,
	listIdentity: 0x63,
	listInterfaces: 0x64,
	registerSession: 0x65,
	unregisterSession: 0x66,
	sendRRData: 0x6f,
	sendUnitData: 0x70,
	indicateStatus: 0x72,
	cancel: 0x73,
	startDtls: 0xc8,
} as const;

const COMMANDS: Readonly<Record<number, string>> = {
	0: "NOP",
	1: "Legacy command 1",
	4: "List Services",
	99: "List Identity",
	100: "List Interfaces",
	101: "Register Session",
	102: "Unregister Session",
	111: "Send RR Data",
	112: "Send Unit Data",
	114: "Indicate Status",
	115: "Cancel",
	200: "StartDTLS",
};

const STATUSES: Readonly<Record<number, string>> = {
	0: "Success",
	1: "Invalid or unsupported command",
	2: "Insufficient memory resources",
	3: "Malformed or incorrect data",
	100: "Invalid session handle",
	101: "Invalid length",
	105: "Unsupported protocol version",
	106: "Encapsulated CIP service not allowed on this port",
};

export const ITEM = {
	nullAddress: 0x0000,
	identity: 0x000c,
	connectedAddress: 0x00a1,
	connectedData: 0x00b1,
	unconnectedData: 0x00b2,
	services: 0x0100,
	socketToTarget: 0x8000,
	socketToOriginator: 0x8001,
	sequencedAddress: 0x8002,
	unconnectedUdp: 0x8003,
} as const;

const DEVICE_STATES: Readonly<Record<number, string>> = {
	0: "Nonexistent",
	1: "Device Self Testing",
	2: "Standby",
	3: "Operational",
	4: "Major Recoverable Fault",
	5: "Major Unrecoverable Fault",
};

export const isCommand = (command: number): boolean => COMMANDS[command] !== undefined;
export const isStatus = (status: number): boolean => STATUSES[status] !== undefined;
export const commandName = (command: number): string => COMMANDS[command] ?? `command ${command}`;
export const statusName = (status: number): string => STATUSES[status] ?? `status ${status}`;
export const stateName = (state: number): string => DEVICE_STATES[state] ?? `state ${state}`;
/** Commands whose answer has the same sender context (2-4). */
export const isAnswered = (command: number): boolean =>
	command !== COMMAND.nop &&
	command !== COMMAND.unregisterSession &&
	command !== COMMAND.sendUnitData &&
	command !== COMMAND.indicateStatus &&
	command !== COMMAND.cancel;
