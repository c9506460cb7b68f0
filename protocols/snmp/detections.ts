/** What is suspicious in SNMP by itself. Technique ids are those of ATT&CK for ICS v18. */
import { accessFact, CLEARTEXT_PASSWORD } from "../../src/detect/access.ts";
import type { DetectionOperation, DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { objectName, VERSION_NAMES } from "./codes.ts";
import type { SnmpObservation, Violation } from "./observation.ts";
import { operationName } from "./operations.ts";
import { MANY_COMMUNITIES, PDU, VERSION } from "./wire.ts";

const NEEDS = "The messages, not encrypted.";
const POINTS_SHOWN = 16;

const MALFORMED: DetectionRecord = {
	id: "snmp-malformed",
	title: "Malformed SNMP message",
	nature: "fact",
	severity: 45,
	techniques: ["T0814", "T0866"],
	needs: "The messages.",
	causes: ["an agent or manager that encodes carelessly", "an engineer's test tool", "messages damaged or cut on the way to the monitor"],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one host?",
		"Ask who runs the sender; an unknown one is to be found and disconnected.",
		"Check that the device still answers its usual manager: agents were stopped by such messages before.",
	],
};

const INTERFACE_DOWN: DetectionRecord = {
	id: "snmp-interface-down",
	title: "Port of a network device switched off",
	nature: "fact",
	severity: 65,
	techniques: ["T0814", "T0813", "T0815"],
	needs: NEEDS,
	causes: ["an administrator who closes a port that nobody needs", "a network management system that keeps loops or strangers out"],
	advice: [
		"Look up what is connected to that port, and that it still talks to its controllers and stations.",
		"Ask the network's administrator whether this was intended.",
		"If nobody did it, switch the port on again, isolate the client, and change the communities that can write.",
	],
};

const GUESSING: DetectionRecord = {
	id: "snmp-community-guessing",
	title: "SNMP communities tried one after another",
	nature: "fact",
	severity: 60,
	techniques: ["T0812", "T0859", "T0888"],
	needs: NEEDS,
	threshold: {
		value: `${MANY_COMMUNITIES} different communities in one conversation`,
		why: "A manager has one to read and at most one to write; behind an @ some devices are told a VLAN, which is no other community.",
	},
	causes: ["a scanner of weaknesses that was let loose on purpose", "a management system that looks for the community of a new device"],
	advice: [
		"Ask who runs the client: a management system tries the few communities that it was given.",
		"If nobody does, isolate it, and look at what it asked other devices.",
		"Change communities that are names such as public and private, or switch to version 3.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [MALFORMED, INTERFACE_DOWN, GUESSING, CLEARTEXT_PASSWORD];

const VIOLATIONS: Readonly<Record<Violation, string>> = {
	message: "a message that is shorter or longer than it says",
	header: "a message of version 3 whose header cannot be read",
	security: "a message whose community or security parameters cannot be read",
	pdu: "a message whose contents cannot be read",
	variable: "a message with a variable that cannot be read",
};

/** RFC 2863: ifAdminStatus, and the state in which nothing passes. */
const ADMIN_STATUS = "1.3.6.1.2.1.2.2.1.7.";
const DOWN = 2;

export function detect(o: SnmpObservation, report: ReportFact): void {
	if (o.violation !== undefined) {
		const [sender, other] = o.isFromServer ? ["{server}", "{client}"] : ["{client}", "{server}"];
		report({
			record: MALFORMED,
			sentence: `${sender} sent ${other} ${VIOLATIONS[o.violation]}; no software that keeps to the standard does.`,
			key: o.violation,
			frames: [o.frame],
			byServer: o.isFromServer,
		});
		return;
	}
	if (o.communities === MANY_COMMUNITIES)
		report({
			record: GUESSING,
			sentence: `{client} used ${MANY_COMMUNITIES} different communities at {server}; a manager has one to read and one to write.`,
			key: "",
			frames: [o.frame],
		});
	if (o.pdu === PDU.set && o.kind === "request") set(o, report);
}

function set(o: SnmpObservation, report: ReportFact): void {
	const frames = [o.frame];
	const operation: DetectionOperation = {
		verb: "write",
		name: operationName(o.pdu),
		code: o.pdu,
		points: o.variables.slice(0, POINTS_SHOWN).map(({ oid }) => oid),
		pointCount: o.variableCount,
		values: o.variables.slice(0, POINTS_SHOWN).map(({ number }) => (Number.isNaN(number) ? null : number)),
		outcome: "requested",
	};
	if (o.version !== VERSION.three)
		report(
			accessFact({
				record: CLEARTEXT_PASSWORD,
				words: `{client} changed settings of {server} by ${VERSION_NAMES[o.version]} with a community that can write`,
				against: "it is a password, and everybody on the way can read it and do the same",
				key: "",
				frames,
				operation,
			}),
		);
	for (const { oid, number } of o.variables) {
		if (!oid.startsWith(ADMIN_STATUS) || number !== DOWN) continue;
		report({
			record: INTERFACE_DOWN,
			sentence: `{client} told {server} to switch its port ${oid.slice(ADMIN_STATUS.length)} off (${objectName(oid)} = down); what hangs on it is cut off.`,
			key: oid,
			frames,
			operation,
		});
	}
}
