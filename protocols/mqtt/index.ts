/** MQTT 3.1, 3.1.1 and 5.0 over TCP: who publishes what to which broker, who reads it, and who logs in. It carries messages of other protocols. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { connackName, isCredentialRefusal, PACKET, PACKET_NAMES, reasonName } from "./codes.ts";
import { MAX_MESSAGE, MqttStream, probe, sender } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { MqttObservation } from "./observation.ts";
import { operations } from "./operations.ts";
import { recordOf } from "./record.ts";

export const mqtt: Protocol<MqttObservation> = {
	name: "mqtt",
	title: "MQTT",
	tcp: { ports: [1883], maxMessage: MAX_MESSAGE, probe, sender, open: (context) => new MqttStream(context) },
	isControl: false,
	spaces: [],
	record: recordOf,
	operations,
	operationName: (code) => (code === PACKET.connect ? "log in (CONNECT)" : (PACKET_NAMES[code] ?? `packet ${code}`)),
	outcomeName: (code) => (code > 0 && code < 6 ? connackName(code) : reasonName(code)),
	isLogin: (code, outcomeCode) => code === PACKET.connect && (outcomeCode === 0 || isCredentialRefusal(outcomeCode)),
	pointName: (name) => `topic ${name}`,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
