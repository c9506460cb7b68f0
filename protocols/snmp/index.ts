/** SNMP: who asks devices what they are and how they are, who changes them, and what they report. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { errorName, pduName, trapName, typeName, VERSION_NAMES } from "./codes.ts";
import { probe, SnmpDatagrams, sender } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { SnmpObservation, Variable } from "./observation.ts";
import { isLogin, operationName, operations, outcomeName, pointName } from "./operations.ts";
import { FLAG, PDU, PORTS } from "./wire.ts";

/** Variables of one line. */
const SHOWN = 32;

const shown = ({ oid, type, number, text }: Variable) => ({
	oid,
	type: typeName(type) ?? `tag ${type}`,
	...(Number.isNaN(number) ? text !== "" && { value: text } : { value: number }),
});

function security({ engine, engineBoots, engineTime, userName, flags }: SnmpObservation): Record<string, unknown> {
	if (flags < 0) return {};
	return {
		...(engine !== undefined && {
			engineId: engine.id,
			...(engine.mac !== "" && { engineMac: engine.mac }),
			...(engine.ip !== "" && { engineIp: engine.ip }),
			...(engine.text !== "" && { engineText: engine.text }),
			engineBoots,
			engineTime,
		}),
		...(userName !== "" && { userName }),
		authenticated: (flags & FLAG.authenticated) !== 0,
		encrypted: (flags & FLAG.private) !== 0,
	};
}

function record(o: SnmpObservation): Record<string, unknown> {
	const isTrapV1 = o.pdu === PDU.trapV1;
	const hasStatus = o.kind === "response" && o.errorStatus !== 0;
	return {
		...(o.version >= 0 && { version: VERSION_NAMES[o.version] }),
		...(o.pdu !== 0 && { pdu: pduName(o.pdu) }),
		...(o.kind !== "malformed" && !isTrapV1 && { requestId: o.requestId }),
		...security(o),
		...(hasStatus && { errorStatus: o.errorStatus, error: errorName(o.errorStatus), errorIndex: o.errorIndex }),
		...(o.nonRepeaters >= 0 && { nonRepeaters: o.nonRepeaters, maxRepetitions: o.maxRepetitions }),
		...(isTrapV1 &&
			o.kind !== "malformed" && {
				enterprise: o.enterprise,
				trap: trapName(o.genericTrap),
				specificTrap: o.specificTrap,
				agentAddress: o.agentAddress,
			}),
		...(o.variables.length > 0 && { variables: o.variables.slice(0, SHOWN).map(shown) }),
		...(o.variableCount > SHOWN && { variableCount: o.variableCount }),
		...(o.requestPdu !== 0 && { requestPdu: pduName(o.requestPdu) }),
		...(o.requestFrame !== o.frame && { requestFrame: o.requestFrame }),
		...(o.latency >= 0 && { latencyMs: o.latency / 1000 }),
		...(o.violation !== undefined && { violations: [o.violation] }),
	};
}

export const snmp: Protocol<SnmpObservation> = {
	name: "snmp",
	title: "SNMP",
	udp: { ports: PORTS, probe, sender, open: (context) => new SnmpDatagrams(context) },
	isControl: false,
	service: {},
	spaces: [],
	record,
	operations,
	operationName,
	outcomeName,
	isLogin,
	pointName,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
