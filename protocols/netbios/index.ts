/** NetBIOS over TCP/IP: which host has which name, who asks for it, and what servers announce of themselves. */
import type { Protocol } from "../../src/decode/protocol.ts";
import {
	commandName,
	datagramName,
	errorName,
	NODE_TYPES,
	opcodeName,
	responseName,
	STATUS_CODE,
	serverTypes,
	suffixName,
	typeName,
} from "./codes.ts";
import { netbiosUdp } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { NetbiosName, NetbiosObservation } from "./observation.ts";
import { operations } from "./operations.ts";

/** `name`, `suffix`, `nameType` of a name, behind `prefix`. */
function shown(prefix: string, one: NetbiosName | undefined): Record<string, unknown> {
	if (one === undefined) return {};
	// All names of a node are asked for by one that is none (RFC 1002, 4.2.17).
	const meaning = one.name === "*" ? undefined : suffixName(one.suffix, one.isGroup);
	const key = (word: string) => (prefix === "" ? word : `${prefix}${word[0]!.toUpperCase()}${word.slice(1)}`);
	return {
		[key("name")]: one.name,
		[key("suffix")]: one.suffix,
		...(meaning !== undefined && { [key("nameType")]: meaning }),
		...(one.isGroup !== undefined && { [key("group")]: one.isGroup }),
	};
}

function record(o: NetbiosObservation): Record<string, unknown> {
	const { announcement } = o;
	const isAnswer = o.kind === "response" || o.kind === "unsolicited";
	return {
		transactionId: o.transactionId,
		...(!o.isDatagram && { opcode: opcodeName(o.opcode), type: typeName(o.type) }),
		...(o.isDatagram && { datagramType: datagramName(o.datagramType), sourceIp: o.sourceIp }),
		...shown(o.isDatagram ? "source" : "", o.name),
		...shown("destination", o.destination),
		...(o.isBroadcast && { broadcast: true }),
		...(isAnswer && { responseCode: responseName(o.responseCode), matched: o.isMatched, ...(o.isNameServer && { nameServer: true }) }),
		...(o.addresses.length > 0 && {
			addresses: o.addresses.map(({ ip, isGroup, nodeType }) => ({ ip, group: isGroup, nodeType: NODE_TYPES[nodeType] })),
		}),
		...(o.names.length > 0 && { names: o.names.map((one) => ({ ...shown("", one), ...(one.isInConflict && { inConflict: true }) })) }),
		...(o.unitId !== "" && { unitId: o.unitId }),
		...(o.timeToLive >= 0 && { ttl: o.timeToLive }),
		...(o.errorCode >= 0 && { error: errorName(o.errorCode) }),
		...(o.isFragment && { fragment: true }),
		...(o.mailslot !== "" && { mailslot: o.mailslot }),
		...(o.command >= 0 && { command: commandName(o.command) }),
		...(announcement !== undefined && {
			announced: announcement.name,
			...(announcement.version !== "" && { osVersion: announcement.version }),
			...(announcement.serverType !== 0 && { serverTypes: serverTypes(announcement.serverType) }),
			...(announcement.comment !== "" && { comment: announcement.comment }),
		}),
		...(o.latency >= 0 && { latencyMs: Math.round(o.latency) / 1000 }),
		...(o.requestFrame !== o.frame && { requestFrame: o.requestFrame }),
		...(o.violation !== "" && { violations: [o.violation] }),
	};
}

export const netbios: Protocol<NetbiosObservation> = {
	name: "netbios",
	title: "NetBIOS",
	udp: netbiosUdp,
	isControl: false,
	service: {},
	spaces: [],
	record,
	operations,
	operationName: (code) => (code === STATUS_CODE ? "node status" : `name ${opcodeName(code)}`),
	outcomeName: responseName,
	pointName: (name) => name,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
