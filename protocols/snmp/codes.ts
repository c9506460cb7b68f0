/** Words of SNMP: PDUs, error status, generic traps, reports, object types, and who owns enterprise numbers. */
import { BER } from "../../src/wire/ber.ts";
import { PDU, VALUE } from "./wire.ts";

const PDU_NAMES: Readonly<Record<number, string>> = {
	[PDU.get]: "GetRequest",
	[PDU.getNext]: "GetNextRequest",
	[PDU.response]: "Response",
	[PDU.set]: "SetRequest",
	[PDU.trapV1]: "Trap",
	[PDU.getBulk]: "GetBulkRequest",
	[PDU.inform]: "InformRequest",
	[PDU.trap]: "SNMPv2-Trap",
	[PDU.report]: "Report",
};
export const pduName = (tag: number): string => PDU_NAMES[tag] ?? `PDU ${tag}`;

export const VERSION_NAMES: Readonly<Record<number, string>> = { 0: "SNMPv1", 1: "SNMPv2c", 3: "SNMPv3" };

/** RFC 3416, 3; the first six are of RFC 1157. */
const ERRORS = [
	"noError",
	"tooBig",
	"noSuchName",
	"badValue",
	"readOnly",
	"genErr",
	"noAccess",
	"wrongType",
	"wrongLength",
	"wrongEncoding",
	"wrongValue",
	"noCreation",
	"inconsistentValue",
	"resourceUnavailable",
	"commitFailed",
	"undoFailed",
	"authorizationError",
	"notWritable",
	"inconsistentName",
] as const;
export const errorName = (status: number): string => ERRORS[status] ?? `error ${status}`;

/** RFC 1157, 4.1.6. */
const TRAPS = ["coldStart", "warmStart", "linkDown", "linkUp", "authenticationFailure", "egpNeighborLoss", "enterpriseSpecific"] as const;
export const trapName = (generic: number): string => TRAPS[generic] ?? `trap ${generic}`;

/** Counters that a Report names (RFC 3414, 5; RFC 3412, 5): what was wrong with the request. */
const REPORTS: Readonly<Record<string, string>> = {
	"1.3.6.1.6.3.15.1.1.1": "usmStatsUnsupportedSecLevels",
	"1.3.6.1.6.3.15.1.1.2": "usmStatsNotInTimeWindows",
	"1.3.6.1.6.3.15.1.1.3": "usmStatsUnknownUserNames",
	"1.3.6.1.6.3.15.1.1.4": "usmStatsUnknownEngineIDs",
	"1.3.6.1.6.3.15.1.1.5": "usmStatsWrongDigests",
	"1.3.6.1.6.3.15.1.1.6": "usmStatsDecryptionErrors",
	"1.3.6.1.6.3.11.2.1.1": "snmpUnknownSecurityModels",
	"1.3.6.1.6.3.11.2.1.2": "snmpInvalidMsgs",
	"1.3.6.1.6.3.11.2.1.3": "snmpUnknownPDUHandlers",
};
const REPORT_NAMES = Object.values(REPORTS);
/** Codes of reports lie behind those of the error status. */
const REPORT_BASE = 1000;
/** The code by which a report's first variable is said, or -1 where it is none that is known. */
export function reportCode(oid: string): number {
	const name = REPORTS[oid] ?? REPORTS[oid.replace(/\.0$/, "")];
	return name === undefined ? -1 : REPORT_BASE + REPORT_NAMES.indexOf(name);
}
export const reportName = (code: number): string => REPORT_NAMES[code - REPORT_BASE] ?? `report ${code - REPORT_BASE}`;
const codeOf = (name: string): number => REPORT_BASE + REPORT_NAMES.indexOf(name);
export const REPORT = {
	notInTime: codeOf("usmStatsNotInTimeWindows"),
	unknownUser: codeOf("usmStatsUnknownUserNames"),
	unknownEngine: codeOf("usmStatsUnknownEngineIDs"),
	wrongDigest: codeOf("usmStatsWrongDigests"),
} as const;
export const isReport = (code: number): boolean => code >= REPORT_BASE;

const TYPES: Readonly<Record<number, string>> = {
	[BER.integer]: "INTEGER",
	[BER.octetString]: "OCTET STRING",
	[BER.null]: "NULL",
	[BER.objectIdentifier]: "OBJECT IDENTIFIER",
	[VALUE.ipAddress]: "IpAddress",
	[VALUE.counter32]: "Counter32",
	[VALUE.gauge32]: "Gauge32",
	[VALUE.timeTicks]: "TimeTicks",
	[VALUE.opaque]: "Opaque",
	[VALUE.counter64]: "Counter64",
	[VALUE.noSuchObject]: "noSuchObject",
	[VALUE.noSuchInstance]: "noSuchInstance",
	[VALUE.endOfMibView]: "endOfMibView",
};
export const typeName = (tag: number): string | undefined => TYPES[tag];

/** Objects that are read or matter everywhere (RFC 1213, RFC 3418, RFC 2863, RFC 6933), for people. */
const OBJECTS: Readonly<Record<string, string>> = {
	"1.3.6.1.2.1.1.1": "sysDescr",
	"1.3.6.1.2.1.1.2": "sysObjectID",
	"1.3.6.1.2.1.1.3": "sysUpTime",
	"1.3.6.1.2.1.1.4": "sysContact",
	"1.3.6.1.2.1.1.5": "sysName",
	"1.3.6.1.2.1.1.6": "sysLocation",
	"1.3.6.1.2.1.1.7": "sysServices",
	"1.3.6.1.2.1.2.1": "ifNumber",
	"1.3.6.1.2.1.2.2.1.2": "ifDescr",
	"1.3.6.1.2.1.2.2.1.5": "ifSpeed",
	"1.3.6.1.2.1.2.2.1.6": "ifPhysAddress",
	"1.3.6.1.2.1.2.2.1.7": "ifAdminStatus",
	"1.3.6.1.2.1.2.2.1.8": "ifOperStatus",
	"1.3.6.1.2.1.2.2.1.10": "ifInOctets",
	"1.3.6.1.2.1.2.2.1.16": "ifOutOctets",
	"1.3.6.1.2.1.31.1.1.1.1": "ifName",
	"1.3.6.1.2.1.31.1.1.1.6": "ifHCInOctets",
	"1.3.6.1.2.1.31.1.1.1.10": "ifHCOutOctets",
	"1.3.6.1.6.3.1.1.4.1": "snmpTrapOID",
};
/** An object with its instance, as people call it; undefined where it has no name here. */
export function objectName(oid: string): string | undefined {
	for (let end = oid.length; end > 0; end = oid.lastIndexOf(".", end - 1)) {
		const name = OBJECTS[oid.slice(0, end)];
		if (name !== undefined) return name + oid.slice(end);
	}
	return undefined;
}

/** Owners of enterprise numbers (IANA, Private Enterprise Numbers) whose devices stand in plants and their networks. Those of programs (311 Microsoft, 8072 net-snmp) say nothing of the maker. */
const ENTERPRISES: Readonly<Record<number, string>> = {
	9: "Cisco",
	95: "Rockwell Automation",
	244: "Lantronix",
	248: "Hirschmann",
	318: "APC",
	332: "Digi International",
	409: "Mitsubishi Electric",
	476: "Vertiv",
	534: "Eaton",
	553: "GarrettCom",
	674: "Dell",
	1916: "Extreme Networks",
	2011: "Huawei",
	2636: "Juniper Networks",
	3442: "Advantech",
	3833: "Schneider Electric",
	4196: "Siemens",
	4329: "Siemens",
	4346: "Phoenix Contact",
	6876: "VMware",
	7427: "Yokogawa",
	8691: "Moxa",
	10297: "Advantech",
	12356: "Fortinet",
	13576: "WAGO",
	14988: "MikroTik",
	15004: "RuggedCom",
	16177: "Westermo",
	16838: "Omron",
	20540: "Red Lion",
	25157: "Beckhoff",
	25461: "Palo Alto Networks",
	28381: "Red Lion",
	31823: "Schweitzer Engineering Laboratories",
	41112: "Ubiquiti",
	43144: "HMS Industrial Networks",
	43236: "Pilz",
};
const ENTERPRISE_PREFIX = "1.3.6.1.4.1.";
export const enterpriseName = (number: number): string | undefined => ENTERPRISES[number];
/** The enterprise below which an object identifier lies; -1 for none. */
export const enterpriseOf = (oid: string): number =>
	oid.startsWith(ENTERPRISE_PREFIX) ? Number.parseInt(oid.slice(ENTERPRISE_PREFIX.length), 10) : -1;
