/** Words of Sparkplug: its data types (Sparkplug 3.0, 6.4.16), what it calls its messages, controls of a node (6.4.8), names of points. */
import { MESSAGE_TYPES } from "./wire.ts";

const TYPES = [
	"Unknown",
	"Int8",
	"Int16",
	"Int32",
	"Int64",
	"UInt8",
	"UInt16",
	"UInt32",
	"UInt64",
	"Float",
	"Double",
	"Boolean",
	"String",
	"DateTime",
	"Text",
	"UUID",
	"DataSet",
	"Bytes",
	"File",
	"Template",
	"PropertySet",
	"PropertySetList",
	"Int8Array",
	"Int16Array",
	"Int32Array",
	"Int64Array",
	"UInt8Array",
	"UInt16Array",
	"UInt32Array",
	"UInt64Array",
	"FloatArray",
	"DoubleArray",
	"BooleanArray",
	"StringArray",
	"DateTimeArray",
] as const;
export const typeName = (type: number): string => TYPES[type] ?? `type ${type}`;
/** Of a signed type: how many bits it has. 0 for the others. */
export const signedBits = (type: number): number => (type >= 1 && type <= 4 ? 4 << type : 0);

/** Numbers of operations: the messages in their order, and what a command to a node may ask beside a write. */
export const CODE = { rebirth: 20, reboot: 21, nextServer: 22 } as const;
export const codeOf = (type: (typeof MESSAGE_TYPES)[number]): number => MESSAGE_TYPES.indexOf(type) + 1;

/** Metrics by which a node is controlled (6.4.8), as commands. */
export const CONTROLS: ReadonlyMap<string, number> = new Map([
	["Node Control/Rebirth", CODE.rebirth],
	["Node Control/Reboot", CODE.reboot],
	["Node Control/Next Server", CODE.nextServer],
	["Device Control/Rebirth", CODE.rebirth],
	["Device Control/Reboot", CODE.reboot],
]);

const OPERATIONS: Readonly<Record<number, string>> = {
	[codeOf("NBIRTH")]: "birth of a node",
	[codeOf("DBIRTH")]: "birth of a device",
	[codeOf("NDATA")]: "data of a node",
	[codeOf("DDATA")]: "data of a device",
	[codeOf("NCMD")]: "command to a node",
	[codeOf("DCMD")]: "command to a device",
	[CODE.rebirth]: "rebirth of a node",
	[CODE.reboot]: "reboot of a node",
	[CODE.nextServer]: "next server of a node",
};
export function operationName(code: number): string {
	const type = MESSAGE_TYPES[code - 1];
	return `${OPERATIONS[code] ?? "message"} (${type ?? "NCMD"})`;
}

/** `group/node/device/metric`, where a metric of the node itself has no device, and a metric may have slashes. */
export const pointOf = (group: string, node: string, device: string, metric: string): string => `${group}/${node}/${device}/${metric}`;
export function pointName(name: string): string {
	const [group, node, device, ...metric] = name.split("/");
	return `${metric.join("/")} of ${device === "" ? "" : `device ${device} of `}node ${group}/${node}`;
}
/** At least a group, a node, a device or none, and a metric. */
export const parsePoint = (text: string): string | undefined => (/^[^/]+\/[^/]+\/[^/]*\/.+$/.test(text) ? text : undefined);
