/** An observation as the fields of a `decode` line. */
import { connackName, isRefusal, LEVEL, LEVEL_NAMES, PACKET, PACKET_NAMES, reasonName } from "./codes.ts";
import { PRESENT } from "./decoder.ts";
import type { MqttObservation } from "./observation.ts";

/** Packets whose reason is worth saying when it is "success". */
const ALWAYS_REASON: ReadonlySet<number> = new Set([PACKET.connack, PACKET.disconnect, PACKET.auth]);
const ACKNOWLEDGEMENTS: ReadonlySet<number> = new Set([
	PACKET.connack,
	PACKET.puback,
	PACKET.pubrec,
	PACKET.pubrel,
	PACKET.pubcomp,
	PACKET.suback,
	PACKET.unsuback,
	PACKET.pingresp,
]);

export function recordOf(o: MqttObservation): Record<string, unknown> {
	const out: Record<string, unknown> = { packet: PACKET_NAMES[o.packetType] };
	if (o.kind !== "unanswered") {
		out.sender = o.isFromServer ? "server" : "client";
		out.size = o.size;
	}
	if (o.level > 0) out.version = LEVEL_NAMES[o.level];
	if (o.clientId !== undefined) out.clientId = o.clientId;
	if (o.kind === "malformed") {
		out.reason = o.reason;
		return out;
	}
	if (o.packetId >= 0) out.packetId = o.packetId;
	if (o.topic !== "" || o.packetType === PACKET.publish) out.topic = o.topic;
	if (o.kind === "publish") {
		if (o.topicAlias > 0) out.topicAlias = o.topicAlias;
		out.qos = o.qos;
		out.retain = o.isRetained;
		if (o.isDuplicate) out.dup = true;
		out.payloadSize = o.payloadSize;
		if (!Number.isNaN(o.value)) out.value = o.value;
	} else if (o.kind === "connect") {
		out.cleanStart = o.isCleanStart;
		out.keepAlive = o.keepAlive;
		if (o.isBridge) out.bridge = true;
		if (o.userName !== undefined) out.userName = o.userName;
		if (o.hasPassword) {
			out.password = PRESENT;
			out.inClear = true;
		}
		if (o.will !== undefined) {
			const { topic, qos, retain, payloadSize, properties } = o.will;
			out.will = { topic, qos, retain, payloadSize, ...(properties && { properties: { ...properties } }) };
		}
	} else if (o.kind === "connack" && o.level !== LEVEL.v31) out.sessionPresent = o.isSessionPresent;
	if (o.reasonCode > 0 || (o.reasonCode === 0 && ALWAYS_REASON.has(o.packetType))) {
		out.reasonCode = o.reasonCode;
		out.reason = o.packetType === PACKET.connack ? connackName(o.reasonCode) : reasonName(o.reasonCode);
	}
	if (o.filters.length > 0) out.filters = o.filters.map((filter) => filterOf(filter, o));
	if (o.properties !== undefined) out.properties = { ...o.properties };
	if (ACKNOWLEDGEMENTS.has(o.packetType) && o.kind !== "unanswered") {
		out.matched = o.isMatched;
		if (o.latency >= 0) out.latencyMs = o.latency / 1000;
		if (o.requestFrame >= 0) out.requestFrame = o.requestFrame;
	}
	return out;
}

function filterOf(filter: MqttObservation["filters"][number], o: MqttObservation): Record<string, unknown> {
	const { topicFilter, qos, noLocal, retainAsPublished, retainHandling, reasonCode } = filter;
	return {
		...(topicFilter !== "" && { topicFilter }),
		...(qos >= 0 && { qos }),
		...(noLocal && { noLocal }),
		...(retainAsPublished && { retainAsPublished }),
		...(retainHandling > 0 && { retainHandling }),
		...(reasonCode >= 0 && {
			reasonCode,
			reason: isRefusal(reasonCode) || o.packetType === PACKET.unsuback ? reasonName(reasonCode) : `granted QoS ${reasonCode}`,
		}),
	};
}
