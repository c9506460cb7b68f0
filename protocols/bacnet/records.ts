/** What BACnet can show that deserves an alert: facts that no plant's own traffic shows, and functions whose first use by a client has a word of its own. */
import type { Verb } from "../../src/decode/protocol.ts";
import type { DetectionRecord, Threshold } from "../../src/detect/detection.ts";
import { CLOCK_SET } from "../../src/detect/engineering.ts";
import { BVLC_FUNCTION, CONFIRMED, OPERATION, UNCONFIRMED } from "./codes.ts";

const NEEDS = "The client's requests, readable.";
const ENGINEER = "an engineer at work on the building's controllers with the maker's tool";
const ASK = "Ask the engineer on duty whether this was intended.";
const ISOLATE = "If nobody did it, isolate the client.";
const FIRST: Threshold = {
	value:
		"the first of a client, once it is known which functions it uses there, or, of a client that is not known, who the controller's clients are",
	why: "Whoever does so as a part of his work has done it while that was learned.",
};

export const MALFORMED: DetectionRecord = {
	id: "bacnet-malformed",
	title: "Malformed BACnet message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "Whole messages: one that the capture cut is not judged.",
	causes: ["a device that implements BACnet carelessly", "an engineer's test tool", "messages damaged on the way to the monitor"],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one device?",
		"Check that the device that it was sent to still answers its usual clients.",
		"Ask who runs the sender; an unknown one is to be found and disconnected.",
	],
};

export const PASSWORD_IN_CLEAR: DetectionRecord = {
	id: "bacnet-password-in-clear",
	title: "BACnet password sent in clear",
	nature: "fact",
	severity: 45,
	techniques: ["T0859", "T0842"],
	needs: NEEDS,
	causes: [ENGINEER, "a building management system that backs up its controllers"],
	advice: [
		"Take the password for known: anyone on the network could read it. Change it.",
		"Look at who else could have listened on this network.",
		"Where the devices can do it, ask for BACnet/SC in place of BACnet/IP.",
	],
};

export const BROADCAST_TABLE_WRITTEN: DetectionRecord = {
	id: "bacnet-broadcast-table-written",
	title: "Broadcast distribution table of a BACnet device written",
	nature: "fact",
	severity: 60,
	techniques: ["T0830", "T0836"],
	needs: NEEDS,
	causes: [ENGINEER, "a network that gets a new subnet"],
	advice: [
		"Read the table of the device: every address in it gets all broadcasts of the site, and may send some.",
		ASK,
		"If nobody did it, isolate the client and write the released table again.",
	],
};

export const FOREIGN_DEVICE_REMOVED: DetectionRecord = {
	id: "bacnet-foreign-device-removed",
	title: "Foreign device of another host removed from a BACnet broadcast manager",
	nature: "fact",
	severity: 55,
	techniques: ["T0804", "T0814"],
	needs: NEEDS,
	causes: [ENGINEER, "a station that cleans up registrations of a program that ended"],
	advice: ["Check that the device that was removed still sees the site: it gets no broadcasts until it registers again.", ASK, ISOLATE],
};

export const ROUTING_CHANGED: DetectionRecord = {
	id: "bacnet-routing-changed",
	title: "Routing table of a BACnet router changed",
	nature: "fact",
	severity: 65,
	techniques: ["T0830", "T0803"],
	needs: NEEDS,
	causes: [ENGINEER, "a network that gets a new segment"],
	advice: [
		"Read the routing table of the router: a wrong entry takes the devices of a network away, or leads to somebody else.",
		ASK,
		ISOLATE,
	],
};

export const VIRTUAL_TERMINAL: DetectionRecord = {
	id: "bacnet-virtual-terminal",
	title: "Virtual terminal opened on a BACnet device",
	nature: "fact",
	severity: 60,
	techniques: ["T0807", "T0886"],
	needs: NEEDS,
	causes: [ENGINEER],
	advice: ["Find out what the terminal of this device can do: what is typed there is no BACnet.", ASK, ISOLATE],
};

export const INSTANCE_CONFLICT: DetectionRecord = {
	id: "bacnet-instance-conflict",
	title: "Two devices say that they are the same BACnet device",
	nature: "fact",
	severity: 60,
	techniques: ["T0830", "T0849", "T0856"],
	needs: "Both announcements, in the subnet of the devices.",
	threshold: {
		value: "announced by one address, by another, and by the first again within ten minutes",
		why: "A device that got another address announces itself there alone.",
	},
	causes: [
		"a controller that was replaced, and the old one is back on the network",
		"two controllers set up with the same instance",
		"a second interface of one device",
	],
	advice: [
		"Find the two devices: clients send what is for the one to whichever spoke last.",
		"Give one of them another instance.",
		"If one of them is unknown, isolate it: somebody may pose as the controller.",
	],
};

export const FOREIGN_DEVICE: DetectionRecord = {
	id: "bacnet-foreign-device",
	title: "Client registers as a foreign device for the first time",
	nature: "deviation",
	severity: 50,
	techniques: ["T0848", "T0846"],
	needs: NEEDS,
	threshold: FIRST,
	causes: ["a station in another subnet that is set up", "an engineer with the maker's tool on a notebook"],
	advice: [
		"Ask the owner of the client whether it belongs to the building's system: from now on it gets all broadcasts of the site, and may send some.",
		"Look at what it asks next.",
		ISOLATE,
	],
};

export const TABLE_READ: DetectionRecord = {
	id: "bacnet-table-read",
	title: "Tables of a BACnet broadcast manager read for the first time",
	nature: "deviation",
	severity: 45,
	techniques: ["T0846", "T0840"],
	needs: NEEDS,
	threshold: FIRST,
	causes: [ENGINEER, "a station that watches its broadcast managers, newly set up"],
	advice: ["Ask the owner of the client: the tables name the subnets of the site and all who registered from outside.", ISOLATE],
};

export const OBJECT_CHANGE: DetectionRecord = {
	id: "bacnet-object-change",
	title: "Objects of a BACnet device created or deleted by a client for the first time",
	nature: "deviation",
	severity: 60,
	techniques: ["T0836", "T0889"],
	needs: NEEDS,
	threshold: FIRST,
	causes: [ENGINEER, "a management system that sets up trend logs, schedules or alarms in a controller"],
	advice: [ASK, "Compare the objects of the device with the released configuration.", ISOLATE],
};

export const LIFE_SAFETY: DetectionRecord = {
	id: "bacnet-life-safety",
	title: "Life safety alarms silenced or reset by a client for the first time",
	nature: "deviation",
	severity: 75,
	techniques: ["T0878", "T0880"],
	needs: NEEDS,
	threshold: FIRST,
	causes: ["an operator who silences an alarm at another station than usual", "a test of the alarm system"],
	advice: [
		"Check that alarms of the fire or security system sound and are shown.",
		"Ask who is on duty whether this was intended.",
		ISOLATE,
	],
};

export const FILE_READ: DetectionRecord = {
	id: "bacnet-file-read",
	title: "Files read from a BACnet device for the first time",
	nature: "deviation",
	severity: 55,
	techniques: ["T0845", "T0893"],
	needs: NEEDS,
	threshold: FIRST,
	causes: [ENGINEER, "a client that fetches logs of the device, newly set up"],
	advice: [ASK, "Find out what these files are on this device: many keep their program or configuration there.", ISOLATE],
};

export const FILE_WRITE: DetectionRecord = {
	id: "bacnet-file-write",
	title: "Files written to a BACnet device for the first time",
	nature: "deviation",
	severity: 75,
	techniques: ["T0843", "T0889"],
	needs: NEEDS,
	threshold: FIRST,
	causes: ["an engineer who loads a program, a configuration or firmware into the device"],
	advice: [
		ASK,
		"Compare program and configuration in the device with the released ones.",
		"If nobody did it, isolate the client, and keep what is in the device as evidence.",
	],
};

/** The code of an operation to what its first use is called. */
const FIRST_USES: ReadonlyMap<number, DetectionRecord> = new Map([
	[OPERATION.unconfirmed + UNCONFIRMED.timeSynchronization, CLOCK_SET],
	[OPERATION.unconfirmed + UNCONFIRMED.utcTimeSynchronization, CLOCK_SET],
	[OPERATION.bvlc + BVLC_FUNCTION.registerForeignDevice, FOREIGN_DEVICE],
	[OPERATION.bvlc + BVLC_FUNCTION.readBroadcastTable, TABLE_READ],
	[OPERATION.bvlc + BVLC_FUNCTION.readForeignTable, TABLE_READ],
	[CONFIRMED.createObject, OBJECT_CHANGE],
	[CONFIRMED.deleteObject, OBJECT_CHANGE],
	[CONFIRMED.lifeSafetyOperation, LIFE_SAFETY],
	[CONFIRMED.atomicReadFile, FILE_READ],
	[CONFIRMED.atomicWriteFile, FILE_WRITE],
]);

/** In a backup or a restore a file is a program, and that is a fact. */
export const firstUseOf = (code: number, verb: Verb): DetectionRecord | undefined =>
	verb === "program" ? undefined : FIRST_USES.get(code);
