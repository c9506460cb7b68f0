/**
 * NetBIOS over TCP/IP: operations, response codes and types of the name service, types of datagrams (RFC 1002, 4.2 and 4.4), what the last byte of a name means ([MS-BRWS] 2.1.1,
 * [MS-NBTE] 2.2.1 and Microsoft's list of NetBIOS suffixes), commands of the browser and kinds of servers ([MS-BRWS] 2.2).
 */

/** 4.2.1.1; 15 is that of hosts with several addresses, as Windows sends it ([MS-NBTE] 2.2.2). */
const OPERATIONS: Readonly<Record<number, string>> = {
	0: "query",
	5: "registration",
	6: "release",
	7: "wait",
	8: "refresh",
	9: "refresh",
	15: "multi-homed registration",
};
export const OPCODE = { query: 0, registration: 5, release: 6, wait: 7, refresh: 8, refreshToo: 9, multiHomed: 15 } as const;
export const isOpcode = (code: number): boolean => OPERATIONS[code] !== undefined;
export const opcodeName = (code: number): string => OPERATIONS[code] ?? `operation ${code}`;
/** Of an operation: a question for all names of a node. */
export const STATUS_CODE = 100;

/** 4.2.1.3. */
export const TYPE = { name: 0x20, status: 0x21 } as const;
const TYPES: Readonly<Record<number, string>> = { 1: "A", 2: "NS", 10: "NULL", 32: "NB", 33: "NBSTAT" };
export const typeName = (type: number): string => TYPES[type] ?? `type ${type}`;

/** 4.2.6, 4.2.11, 4.2.14. */
const RESPONSES: Readonly<Record<number, string>> = {
	0: "success",
	1: "format error",
	2: "server failure",
	3: "no such name",
	4: "unsupported request",
	5: "refused",
	6: "name in use by another",
	7: "name in conflict",
};
export const RESPONSE = { conflict: 7 } as const;
export const isResponseCode = (code: number): boolean => RESPONSES[code] !== undefined;
export const responseName = (code: number): string => RESPONSES[code] ?? `code ${code}`;

/** Name suffixes: those of unique names, and those of names that a group shares. */
const UNIQUE: Readonly<Record<number, string>> = {
	0: "workstation",
	3: "messenger",
	6: "remote access server",
	27: "domain master browser",
	29: "master browser",
	31: "NetDDE",
	32: "file server",
	33: "remote access client",
	190: "network monitor agent",
	191: "network monitor",
};
const GROUP: Readonly<Record<number, string>> = {
	0: "domain or workgroup",
	1: "master browsers",
	28: "domain controllers",
	30: "browser election",
};
export const SUFFIX = { workstation: 0, messenger: 3, domainMaster: 0x1b, controllers: 0x1c, master: 0x1d, server: 0x20 } as const;
/** What a name with this suffix stands for; undefined where nobody says. Where a message does not tell a name from a group's, the unique one is named. */
export const suffixName = (suffix: number, isGroup: boolean | undefined): string | undefined =>
	isGroup === true ? GROUP[suffix] : (UNIQUE[suffix] ?? (isGroup === undefined ? GROUP[suffix] : undefined));

/** 4.2.1.3, NB_FLAGS: owner node type. */
export const NODE_TYPES = ["B", "P", "M", "H"] as const;

/** 4.4.1. */
const DATAGRAMS: Readonly<Record<number, string>> = {
	16: "direct unique",
	17: "direct group",
	18: "broadcast",
	19: "error",
	20: "query request",
	21: "positive query response",
	22: "negative query response",
};
export const DATAGRAM = { unique: 0x10, group: 0x11, broadcast: 0x12, error: 0x13, query: 0x14, found: 0x15, notFound: 0x16 } as const;
export const isDatagramType = (type: number): boolean => DATAGRAMS[type] !== undefined;
export const datagramName = (type: number): string => DATAGRAMS[type] ?? `type ${type}`;
/** 4.4.3. */
const ERRORS: Readonly<Record<number, string>> = {
	130: "destination name not present",
	131: "invalid source name format",
	132: "invalid destination name format",
};
export const errorName = (code: number): string => ERRORS[code] ?? `code ${code}`;

/** [MS-BRWS] 2.2. */
const COMMANDS: Readonly<Record<number, string>> = {
	1: "HostAnnouncement",
	2: "AnnouncementRequest",
	8: "RequestElection",
	9: "GetBackupListRequest",
	10: "GetBackupListResponse",
	11: "BecomeBackup",
	12: "DomainAnnouncement",
	13: "MasterAnnouncement",
	14: "ResetStateRequest",
	15: "LocalMasterAnnouncement",
};
export const COMMAND = { host: 1, election: 8, backup: 11, domain: 12, master: 13, reset: 14, localMaster: 15 } as const;
export const commandName = (command: number): string => COMMANDS[command] ?? `command ${command}`;

/** [MS-BRWS] 2.2.1, of [MS-SRVS] 2.2.2.7: what a server says to be, bit by bit. */
const SERVER_TYPES: readonly (readonly [bit: number, name: string])[] = [
	[0x1, "workstation"],
	[0x2, "server"],
	[0x4, "SQL server"],
	[0x8, "domain controller"],
	[0x10, "backup domain controller"],
	[0x20, "time source"],
	[0x40, "Apple file server"],
	[0x80, "Novell server"],
	[0x100, "domain member"],
	[0x200, "print server"],
	[0x400, "dial-in server"],
	[0x800, "Unix server"],
	[0x1000, "NT workstation"],
	[0x2000, "Windows for Workgroups"],
	[0x4000, "Netware file and print server"],
	[0x8000, "NT server"],
	[0x10000, "potential browser"],
	[0x20000, "backup browser"],
	[0x40000, "master browser"],
	[0x80000, "domain master browser"],
	[0x100000, "OSF server"],
	[0x200000, "VMS server"],
	[0x400000, "Windows 95"],
	[0x800000, "DFS root"],
	[0x1000000, "cluster"],
	[0x2000000, "terminal server"],
	[0x10000000, "DCE"],
	[0x20000000, "alternate transport"],
	[0x40000000, "local list only"],
	[0x80000000, "domain"],
];
export const SERVER = { controller: 0x8, backupController: 0x10, unix: 0x800, windows: 0x1000 | 0x2000 | 0x8000 | 0x400000 } as const;
export const serverTypes = (bits: number): string[] => SERVER_TYPES.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
