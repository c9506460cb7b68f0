/** What is suspicious in an ARP message by itself. That an address moves to another device is seen by the inventory, from all protocols. */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import type { ArpObservation } from "./observation.ts";

const FORGED: DetectionRecord = {
	id: "arp-forged-sender",
	title: "ARP message in another device's name",
	nature: "fact",
	severity: 45,
	techniques: ["T0830"],
	needs: "ARP of the network on which the sender is.",
	causes: [
		"A wireless bridge, a proxy-ARP router or a redundancy protocol answers for others.",
		"A misconfigured bonded network card sends with the address of its other half.",
	],
	advice: [
		"Find the device behind the frame's MAC address in the switch's table.",
		"Ask whether it is a bridge or a redundant pair; if not, unplug it.",
	],
};

/** A group address as sender: bit 0 of the first byte (IEEE 802, 8.2). */
const isGroup = (mac: string): boolean => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;

export const detections: readonly DetectionRecord[] = [FORGED];

export function detect(observation: ArpObservation, report: ReportFact): void {
	if (observation.frameMac === undefined && !isGroup(observation.senderMac)) return;
	const claim = `${observation.senderIp} is at ${observation.senderMac}`;
	report({
		record: FORGED,
		sentence:
			observation.frameMac === undefined
				? `An ARP message says that ${claim}, which is a group address and belongs to no device.`
				: `${observation.frameMac} sent an ARP message that says that ${claim}; a device normally speaks for its own address only.`,
		key: `${observation.senderIp}|${observation.senderMac}`,
		frames: [observation.frame],
	});
}
