/** What is suspicious in SSH by itself, whatever was learned. Technique ids are those of ATT&CK for ICS v18. */
import { accessFact, WEAK_PROTOCOL } from "../../src/detect/access.ts";
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { LEAST_BITS, messageName, weaknessOf } from "./codes.ts";
import type { SshObservation } from "./observation.ts";

const EXPLOIT: DetectionRecord = {
	id: "ssh-exploit",
	title: "SSH message that serves to break into a host",
	nature: "fact",
	severity: 90,
	techniques: ["T0866", "T0886"],
	needs: "The beginning of the connection.",
	causes: ["a scanner that looks for hosts with this fault"],
	advice: [
		"Ask whether somebody scans for faults now, and from this host.",
		"If nobody does, isolate both hosts: a server that takes such a message runs what it is told, without a login.",
		"Look at what the host that was asked did next, and install what its maker gave out against this fault (CVE-2025-32433 of Erlang/OTP, which many devices are built on).",
	],
};

const MALFORMED: DetectionRecord = {
	id: "ssh-malformed",
	title: "Malformed SSH message",
	nature: "fact",
	severity: 45,
	techniques: ["T0866", "T0814"],
	needs: "The beginning of the connection.",
	causes: [
		"a scanner of weaknesses that was let loose on purpose",
		"a device whose SSH is implemented carelessly",
		"messages damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one host?",
		"Ask who runs the sender; an unknown one is to be found and disconnected.",
		"Check that the server still serves its usual clients.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [EXPLOIT, MALFORMED, WEAK_PROTOCOL];

export function detect(o: SshObservation, report: ReportFact): void {
	const [sender, other] = o.isFromServer ? ["{server}", "{client}"] : ["{client}", "{server}"];
	switch (o.kind) {
		case "version":
			if (o.agreedVersion === 1)
				weak(o, report, "agreed on SSH 1", "whoever sits between the two can read and change what it carries", "SSH 1");
			return;
		case "agreement":
			agreed(o, report);
			return;
		case "host-key":
			if (/^ssh-rsa/.test(o.hostKeyType) && o.hostKeyBits > 0 && o.hostKeyBits < LEAST_BITS)
				weak(
					o,
					report,
					`use a host key of RSA with ${o.hostKeyBits} bits`,
					`less than ${LEAST_BITS} bits are not safe any more`,
					"host key",
				);
			if (o.groupBits > 0 && o.groupBits < LEAST_BITS)
				weak(o, report, `agree on keys in a group of ${o.groupBits} bits`, `less than ${LEAST_BITS} bits are not safe any more`, "group");
			return;
		case "early":
			report({
				record: o.isFromServer ? MALFORMED : EXPLOIT,
				sentence: `${sender} sent ${other} a message (${messageName(o.messageType)}) before any login and any key; only a broken server acts on it.`,
				key: "early",
				frames: [o.frame],
				byServer: o.isFromServer,
			});
			return;
		case "malformed":
			report({
				record: MALFORMED,
				sentence: `${sender} sent ${other} a message of the key exchange whose parts do not fit each other; software that keeps to the standard never does.`,
				key: "key exchange",
				frames: [o.frame],
				byServer: o.isFromServer,
			});
	}
}

/** All that is broken at once: who keeps old algorithms keeps several. */
function agreed(o: SshObservation, report: ReportFact): void {
	const { kex, hostKey, cipher, mac } = o.agreement!;
	const broken = [...new Set([kex, hostKey, ...cipher, ...mac])].filter((name) => weaknessOf(name) !== undefined);
	if (broken.length === 0) return;
	const against = broken.map((name) => `${name} ${weaknessOf(name)}`).join(", ");
	weak(o, report, `agreed on ${broken.join(", ")} for SSH`, against, broken.join());
}

function weak(o: SshObservation, report: ReportFact, words: string, against: string, key: string): void {
	report(accessFact({ record: WEAK_PROTOCOL, words: `{client} and {server} ${words}`, against, key, frames: [o.frame] }));
}
