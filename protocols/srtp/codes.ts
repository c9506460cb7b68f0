/** Words of SRTP: services (DFRWS 2017, table 2), segment selectors (table 3), errors (GFK-0529, tables 3-12 to 3-14) and states (table 3-8). */
import type { Verb } from "../../src/decode/protocol.ts";

export const SERVICE = {
	readSystem: 0x04,
	readProgram: 0x06,
	writeSystem: 0x07,
	writeTask: 0x08,
	writeProgram: 0x09,
	logon: 0x20,
	privilege: 0x21,
	setId: 0x22,
	setState: 0x23,
	setTime: 0x24,
	clearFaults: 0x39,
	store: 0x3f,
	load: 0x40,
	controllerType: 0x43,
	force: 0x44,
} as const;

interface ServiceRecord {
	readonly name: string;
	readonly verb: Verb;
}
const service = (name: string, verb: Verb): ServiceRecord => ({ name, verb });

export const SERVICES: ReadonlyMap<number, ServiceRecord> = new Map([
	[0x00, service("PLC short status", "diagnose")],
	[0x03, service("return control program names", "browse")],
	[0x04, service("read system memory", "read")],
	[0x05, service("read task memory", "read")],
	[0x06, service("read program memory", "program")],
	[0x07, service("write system memory", "write")],
	[0x08, service("write task memory", "write")],
	[0x09, service("write program block memory", "program")],
	[0x20, service("programmer logon", "authenticate")],
	[0x21, service("change privilege level", "authenticate")],
	[0x22, service("set control ID", "configure")],
	[0x23, service("set PLC state (run or stop)", "command")],
	[0x24, service("set PLC time and date", "configure")],
	[0x25, service("return PLC time and date", "diagnose")],
	[0x38, service("return fault table", "diagnose")],
	[0x39, service("clear fault table", "command")],
	[0x3f, service("program store (upload)", "program")],
	[0x40, service("program load (download)", "program")],
	[0x43, service("return controller type and ID", "identify")],
	[0x44, service("toggle force system memory", "write")],
]);

export const hex2 = (code: number): string => code.toString(16).padStart(2, "0").toUpperCase();
export const serviceName = (code: number): string => SERVICES.get(code)?.name ?? "unknown service";
/** The operation for people. */
export const operationName = (code: number): string => `${serviceName(code)} (service ${hex2(code)})`;

const MAJOR: Readonly<Record<number, string>> = {
	1: "illegal service request",
	2: "insufficient privilege",
	4: "protocol sequence error",
	5: "service request error",
	6: "illegal mailbox type",
	7: "request queue full",
};
export const QUEUE_FULL = 7;
export const PRIVILEGE_REFUSED: ReadonlySet<number> = new Set([2, 5]);

/** Major and minor status in one number. */
export const outcomeOf = (major: number, minor: number): number => major * 256 + minor;
const statusName = (major: number): string => (major === 0 ? "no error" : (MAJOR[major] ?? "unknown"));
export const outcomeName = (code: number): string => `${statusName(code >> 8)} (status ${hex2(code >> 8)} ${hex2(code & 255)})`;

const STATES = [
	"run, outputs enabled",
	"run, outputs disabled",
	"stop, outputs disabled",
	"stop, faulted",
	"halted",
	"suspended",
	"stop, outputs enabled",
] as const;
/** The upper four bits of the status word. */
export const stateName = (word: number): string => STATES[word >> 12] ?? "unknown";
/** A programming tool is attached. */
export const ATTACHED = 0x40;

export const SPACES = ["r", "ai", "aq", "i", "q", "t", "m", "sa", "sb", "sc", "s", "g"] as const;

/** How a selector counts. */
export const UNIT = { word: 0, byte: 1, bit: 2 } as const;
interface SelectorRecord {
	/** Index into `SPACES`. */
	readonly space: number;
	readonly unit: number;
}
const SELECTORS: ReadonlyMap<number, SelectorRecord> = new Map<number, SelectorRecord>([
	...[0x08, 0x0a, 0x0c].map((code, space) => [code, { space, unit: UNIT.word }] as const),
	...[0x10, 0x12, 0x14, 0x16, 0x18, 0x1a, 0x1c, 0x1e, 0x38].map((code, index) => [code, { space: 3 + index, unit: UNIT.byte }] as const),
	...[0x46, 0x48, 0x4a, 0x4c, 0x4e, 0x50, 0x52, 0x54, 0x56].map((code, index) => [code, { space: 3 + index, unit: UNIT.bit }] as const),
]);
export const selectorOf = (code: number): SelectorRecord | undefined => SELECTORS.get(code);
export const selectorName = (code: number): string => {
	const record = SELECTORS.get(code);
	return record === undefined ? `selector ${hex2(code)}` : `%${SPACES[record.space]!.toUpperCase()}`;
};

const POINT = /^(r|ai|aq|i|q|t|m|sa|sb|sc|s|g):(\d{1,7})$/;
/** A point for people: "%R100". */
export function pointName(name: string): string {
	const [, space, digits] = POINT.exec(name) ?? [];
	return space === undefined ? name : `%${space.toUpperCase()}${Number(digits)}`;
}

/** The stable name of a point as it is written elsewhere: "%R100", "R100", or a number beside the name of its memory. */
export function parsePoint(text: string, table: string): string | undefined {
	if (POINT.test(text)) return text;
	const [, letters = table.replace("%", ""), digits] = /^%?(r|ai|aq|i|q|t|m|sa|sb|sc|s|g)?(\d{1,7})$/i.exec(text) ?? [];
	const name = `${letters.toLowerCase()}:${Number(digits)}`;
	return digits !== undefined && Number(digits) > 0 && POINT.test(name) ? name : undefined;
}
