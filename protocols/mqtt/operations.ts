/**
 * MQTT in neutral words. Who publishes reports values: a topic is a point. A subscription configures what the broker sends; a login is an authentication.
 * What a broker delivers is a copy of what somebody reported, and no operation.
 */
import { OPERATION_POINTS, type Operation, type OperationSink, type Outcome, type Verb } from "../../src/decode/protocol.ts";
import { isRefusal, PACKET } from "./codes.ts";
import type { MqttObservation } from "./observation.ts";

/** Longest topic that is a point of its own. */
const MAX_POINT = 512;

const VERBS: ReadonlyMap<number, Verb> = new Map<number, Verb>([
	[PACKET.connect, "authenticate"],
	[PACKET.publish, "report"],
	[PACKET.subscribe, "configure"],
	[PACKET.unsubscribe, "configure"],
]);

const pointOf = (topic: string): string => topic.slice(0, MAX_POINT);

export function operations(o: MqttObservation, sink: OperationSink): void {
	switch (o.kind) {
		case "connack":
			begin(o, sink, PACKET.connect, o.reasonCode === 0 ? "ok" : "refused", o.reasonCode);
			sink.commit();
			identify(o, sink);
			return;
		case "connect":
			if (o.clientId !== undefined && o.clientId !== "") nameClient(o, sink);
			return;
		case "publish":
			// One that waits for its acknowledgement is said when that came.
			if (!o.isFromServer && o.qos === 0) report(o, sink, "ok");
			return;
		case "puback":
		case "pubcomp":
			if (o.isFromServer && o.isMatched && o.topic !== "") report(o, sink, isRefusal(o.reasonCode) ? "refused" : "ok");
			return;
		case "pubrec":
			if (o.isFromServer && o.isMatched && o.topic !== "" && isRefusal(o.reasonCode)) report(o, sink, "refused");
			return;
		case "suback":
		case "unsuback":
			if (!o.isMatched) return;
			filters(o, sink, o.kind === "suback" ? PACKET.subscribe : PACKET.unsubscribe);
			return;
		case "unanswered":
			if (o.isFromServer || !VERBS.has(o.packetType)) return;
			if (o.packetType === PACKET.publish) report(o, sink, "unanswered");
			else {
				begin(o, sink, o.packetType, "unanswered", 0);
				for (const { topicFilter } of o.filters) sink.named(pointOf(topicFilter));
				sink.commit();
			}
			return;
	}
}

function begin(o: MqttObservation, sink: OperationSink, type: number, outcome: Outcome, outcomeCode: number): Operation {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame >= 0 ? o.requestFrame : o.frame;
	operation.verb = VERBS.get(type)!;
	operation.code = type;
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? o.reasonCode : outcomeCode;
	operation.latency = o.latency;
	return operation;
}

function report(o: MqttObservation, sink: OperationSink, outcome: Outcome): void {
	if (o.topic === "") return;
	const operation = begin(o, sink, PACKET.publish, outcome, 0);
	sink.named(pointOf(o.topic));
	operation.values[operation.valueCount++] = o.value;
	sink.commit();
}

/** One operation for the entries that were granted, one for those refused. */
function filters(o: MqttObservation, sink: OperationSink, type: number): void {
	for (const isRefused of [false, true]) {
		const some = o.filters.filter(({ reasonCode }) => isRefusal(reasonCode) === isRefused);
		if (some.length === 0) continue;
		const operation = begin(o, sink, type, isRefused ? "refused" : "ok", 0);
		if (isRefused) operation.outcomeCode = some[0]!.reasonCode;
		for (const { topicFilter } of some) if (operation.pointCount < OPERATION_POINTS) sink.named(pointOf(topicFilter));
		sink.commit();
	}
}

/** Who answered is a broker; who it let in is the client. */
function identify(o: MqttObservation, sink: OperationSink): void {
	const { server } = o.ends;
	if (o.reasonCode === 0 && server !== undefined) sink.identity({ ip: server, role: "MQTT broker", evidence: "MQTT CONNACK" });
}

function nameClient(o: MqttObservation, sink: OperationSink): void {
	const { client } = o.ends;
	if (client !== undefined) sink.identity({ ip: client, application: `MQTT client ${o.clientId}`, evidence: "MQTT CONNECT" });
}
