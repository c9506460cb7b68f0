/**
 * Names of Sparkplug topics (Sparkplug 3.0, 4): `spBv1.0/group/type/node[/device]`, and that of a host application's state, `spBv1.0/STATE/host`, up to 2.2 `STATE/host`. Numbers of the fields of its payload
 * (6.4, Protocol Buffers).
 */

const NAMESPACE = "spBv1.0/";
const OLD_STATE = "STATE/";
const STATE = "STATE";

export const MESSAGE_TYPES = ["NBIRTH", "NDEATH", "DBIRTH", "DDEATH", "NDATA", "DDATA", "NCMD", "DCMD", STATE] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

export interface Place {
	readonly type: MessageType;
	readonly group: string;
	readonly node: string;
	readonly device: string;
	/** Of a host application. */
	readonly host: string;
}

/** What a topic says; undefined where it is none of Sparkplug's. */
export function placeOf(topic: string): Place | undefined {
	if (topic.startsWith(OLD_STATE)) {
		const host = topic.slice(OLD_STATE.length);
		return host === "" || host.includes("/") ? undefined : { type: STATE, group: "", node: "", device: "", host };
	}
	if (!topic.startsWith(NAMESPACE)) return undefined;
	const [group = "", type = "", node = "", device = "", ...more] = topic.slice(NAMESPACE.length).split("/");
	if (more.length > 0 || group === "" || type === "") return undefined;
	if (group === STATE) return node === "" ? { type: STATE, group: "", node: "", device: "", host: type } : undefined;
	if (node === "" || type === STATE || !MESSAGE_TYPES.includes(type as MessageType)) return undefined;
	// A message of a device names it, one of a node names none.
	return type.startsWith("D") === (device !== "") ? { type: type as MessageType, group, node, device, host: "" } : undefined;
}

export const PAYLOAD = { timestamp: 1, metrics: 2, seq: 3, uuid: 4, body: 5 } as const;
export const METRIC = {
	name: 1,
	alias: 2,
	timestamp: 3,
	datatype: 4,
	isHistorical: 5,
	isTransient: 6,
	isNull: 7,
	int: 10,
	long: 11,
	float: 12,
	double: 13,
	boolean: 14,
	string: 15,
	bytes: 16,
	dataSet: 17,
	template: 18,
} as const;
export const DATA_SET = { columns: 2, rows: 4 } as const;
export const TEMPLATE = { metrics: 2, reference: 4, isDefinition: 5 } as const;

/** What the uuid of a payload says whose body is another one, compressed (6.4.3). */
export const COMPRESSED = "SPBV1.0_COMPRESSED";
