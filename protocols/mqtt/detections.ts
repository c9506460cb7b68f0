/** What is suspicious in MQTT by itself, whatever was learned. Technique ids are those of ATT&CK for ICS v18. */
import { accessFact, CLEARTEXT_PASSWORD } from "../../src/detect/access.ts";
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { connackName, isCredentialRefusal, PACKET_NAMES } from "./codes.ts";
import type { MqttObservation } from "./observation.ts";

export const MALFORMED: DetectionRecord = {
	id: "mqtt-malformed",
	title: "Malformed MQTT packet",
	nature: "fact",
	severity: 45,
	techniques: ["T0814", "T0866"],
	needs: "A connection without TLS.",
	causes: [
		"a client or broker that implements MQTT carelessly",
		"an engineer's test tool",
		"packets damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of packet, again and again, from one program?",
		"Ask who runs the client; an unknown one is to be found and disconnected.",
		"Check that the broker still serves its usual clients.",
	],
};

export const LOGIN_REFUSED: DetectionRecord = {
	id: "mqtt-login-refused",
	title: "MQTT broker refused a login",
	nature: "fact",
	severity: 40,
	techniques: ["T0859", "T0812", "T0891"],
	needs: "The beginning of a connection without TLS, both directions.",
	causes: [
		"a password that was changed on the broker and not in the device",
		"a device that is not yet entered at the broker",
		"a typing error while a client is set up",
	],
	advice: [
		"Ask who set up or changed the client named; one refusal and then silence or success is a person at work.",
		"Many refusals, other user names each time, or default names such as admin are somebody who guesses: isolate the host.",
		"Look at what the same host did before and after.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [MALFORMED, CLEARTEXT_PASSWORD, LOGIN_REFUSED];

export function detect(o: MqttObservation, report: ReportFact): void {
	if (o.kind === "malformed") {
		report({
			record: MALFORMED,
			sentence: `A packet (${PACKET_NAMES[o.packetType]}) of ${o.isFromServer ? "{server} to {client}" : "{client} to {server}"} cannot be read as MQTT: ${o.reason}.`,
			key: o.reason,
			frames: [o.frame],
			byServer: o.isFromServer,
		});
	} else if (o.kind === "connect" && o.hasPassword) {
		report(
			accessFact({
				record: CLEARTEXT_PASSWORD,
				words: `{client} logged in to the broker {server}${o.userName === undefined ? "" : ` as ${o.userName}`} with a password that is not encrypted`,
				against: "anybody on the way can read it (MQTT without TLS)",
				key: o.userName ?? "",
				frames: [o.frame],
			}),
		);
	} else if (o.kind === "connack" && isCredentialRefusal(o.reasonCode)) {
		const who = o.clientId === undefined || o.clientId === "" ? "" : ` (client ${o.clientId})`;
		report({
			record: LOGIN_REFUSED,
			sentence: `The broker {server} refused a login of {client}${who}: ${connackName(o.reasonCode)}.`,
			key: "",
			frames: o.requestFrame >= 0 && o.requestFrame < o.frame ? [o.requestFrame, o.frame] : [o.frame],
		});
	}
}
