/** What is suspicious in Sparkplug by itself, and what deserves a word when a client first does it. Technique ids are those of ATT&CK for ICS v18. */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { CONTROLLER_RESTART, engineeringFact } from "../../src/detect/engineering.ts";
import { CODE, operationName, pointOf } from "./codes.ts";
import type { SparkplugObservation } from "./observation.ts";
import { controlOf } from "./operations.ts";

const MALFORMED: DetectionRecord = {
	id: "sparkplug-malformed",
	title: "Malformed Sparkplug message",
	nature: "fact",
	severity: 45,
	techniques: ["T0814", "T0866"],
	needs: "What is published to a broker, readable.",
	causes: ["a program that publishes something else under a topic of Sparkplug", "an engineer's test tool"],
	advice: [
		"Look at the frames named in the evidence: which client publishes this, and since when?",
		"Ask who runs the client; an unknown one is to be found and disconnected.",
	],
};

const SHARED: DetectionRecord = {
	id: "sparkplug-shared-name",
	title: "Two hosts speak as one Sparkplug node or host application",
	nature: "fact",
	severity: 65,
	techniques: ["T0856", "T0830"],
	needs: "What is published to the broker, of all its clients.",
	causes: [
		"a node that was set up by copying another one",
		"a redundant pair of which both halves publish",
		"a node with two network addresses",
	],
	advice: [
		"Find out which of the two hosts the node is; the other one should not publish in its name.",
		"Compare the values of both with those at the machine: whoever reads from the broker cannot tell the two apart.",
		"If the other host is not known, isolate it, and let the broker allow each client its own topics alone.",
	],
};

const NEXT_SERVER: DetectionRecord = {
	id: "sparkplug-next-server",
	title: "Sparkplug node told to leave its broker for another one",
	nature: "fact",
	severity: 65,
	techniques: ["T0814", "T0830"],
	needs: "What is published to the broker, readable.",
	causes: ["maintenance of a broker, for which its nodes are sent to the other one"],
	advice: [
		"Check that the node is back, and at which broker.",
		"Ask who looks after the brokers whether this was intended.",
		"If nobody did it, isolate the client.",
	],
};

const REBIRTH: DetectionRecord = {
	id: "sparkplug-rebirth",
	title: "Sparkplug node asked to be born again, by a client for the first time",
	nature: "deviation",
	severity: 40,
	techniques: ["T0861", "T0814"],
	needs: "What is published to the broker, readable.",
	threshold: {
		value:
			"the first of a client, once it is known which functions it uses there, or, of a client that is not known, who the node's clients are",
		why: "A host application asks for a birth when it has missed one, and did so while that was learned.",
	},
	causes: ["a host application that was started anew", "a tool that shows what there is at a broker"],
	advice: [
		"Ask the owner of the client what it needs the list of all metrics for: a birth says which points there are.",
		"Look at what the same client published then.",
		"If nobody did it, isolate the client.",
	],
};

export const detections: readonly DetectionRecord[] = [CONTROLLER_RESTART, NEXT_SERVER, REBIRTH, SHARED, MALFORMED];

/** What the first use of a function is called. */
export const firstUseOf = (code: number): DetectionRecord | undefined => (code === CODE.rebirth ? REBIRTH : undefined);

export function detect(o: SparkplugObservation, report: ReportFact): void {
	if (o.kind === "malformed") malformed(o, report);
	else if (o.otherSpeaker !== undefined) shared(o, report);
	if (o.kind !== "command" || !o.isNews) return;
	const control = controlOf(o);
	if (control === undefined || control.code === CODE.rebirth) return;
	const isReboot = control.code === CODE.reboot;
	const point = pointOf(o.group, o.node, o.device, control.metric.name);
	report(
		engineeringFact({
			record: isReboot ? CONTROLLER_RESTART : NEXT_SERVER,
			controller: `the Sparkplug node ${o.group}/${o.node} at {server}`,
			words: isReboot ? "restart" : "leave its broker for another one",
			name: `${o.type}, ${control.metric.name}`,
			key: `${o.group}/${o.node}`,
			frames: [o.frame],
			operation: {
				verb: isReboot ? "command" : "configure",
				code: control.code,
				name: operationName(control.code),
				points: [point],
				pointCount: 1,
				values: [null],
			},
		}),
	);
}

function shared(o: SparkplugObservation, report: ReportFact): void {
	const { host, frame } = o.otherSpeaker!;
	const isState = o.kind === "state";
	const name = isState ? `host application ${o.host}` : `node ${o.group}/${o.node}`;
	const who = isState ? "{client}" : "{server}";
	report({
		record: SHARED,
		sentence: `${who} published a message (${o.type}) as the Sparkplug ${name}, which is ${host}: that one was born in this name, and the other was not.`,
		key: `${name}/${host}`,
		frames: frame > 0 && frame < o.frame ? [frame, o.frame] : [o.frame],
		...(isState ? {} : { byServer: true }),
	});
}

function malformed(o: SparkplugObservation, report: ReportFact): void {
	// A copy is malformed where the original was.
	if (o.isCopy) return;
	const isSent = o.type === "NCMD" || o.type === "DCMD" || o.type === "STATE";
	report({
		record: MALFORMED,
		sentence: `A message (${o.type}) that ${isSent ? "{client}" : "{server}"} published under a topic of Sparkplug is none: its ${o.violation === "state" ? "state says neither online nor offline" : "payload cannot be read"}.`,
		key: `${o.group}/${o.node}/${o.type}`,
		frames: [o.frame],
		...(isSent ? {} : { byServer: true }),
	});
}
