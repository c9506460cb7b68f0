/**
 * OPC UA, declared: binary over TCP (OPC 10000-6, OPC 10000-4) and PubSub over UDP, Ethernet and MQTT (OPC 10000-14), version 1.05. One name for all: a device that serves both is
 * one server. The two have observations of their own.
 */
import type { Protocol } from "../../src/decode/protocol.ts";
import { opcuaDecoder } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { OpcuaObservation } from "./observation.ts";
import { isLogin, operationName, outcomeName, pointName, sayOperations } from "./operations.ts";
import { pubSubDatagrams, pubSubFrames, pubSubMessages } from "./pubsub.ts";
import { detectPubSub, PUBSUB_DETECTIONS } from "./pubsubDetections.ts";
import { PubSubObservation } from "./pubsubObservation.ts";
import { pubSubOperationName, pubSubPointName, sayPubSub } from "./pubsubOperations.ts";
import { pubSubRecord } from "./pubsubRecord.ts";
import { recordOf } from "./record.ts";

export const opcua: Protocol<OpcuaObservation | PubSubObservation> = {
	name: "opcua",
	title: "OPC UA",
	tcp: opcuaDecoder,
	udp: pubSubDatagrams,
	link: pubSubFrames,
	message: pubSubMessages,
	isControl: true,
	spaces: [],
	record: (o) => (o instanceof PubSubObservation ? pubSubRecord(o) : recordOf(o)),
	operations: (o, sink) => (o instanceof PubSubObservation ? sayPubSub(o, sink) : sayOperations(o, sink)),
	operationName: (code) => pubSubOperationName(code) ?? operationName(code),
	outcomeName,
	isLogin,
	// Part 6, 5.3.1.10: a node id as text is the point's name.
	parsePoint: (text) => (/^(ns=\d{1,5};)?[isgb]=./.test(text) ? text : undefined),
	pointName: (name) => pubSubPointName(name) ?? pointName(name),
	detections: [...DETECTIONS, ...PUBSUB_DETECTIONS],
	detect: (o, flow, report) => (o instanceof PubSubObservation ? detectPubSub(o, report) : detect(o, flow, report)),
};
