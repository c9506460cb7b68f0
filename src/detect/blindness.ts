/** What the monitor says of itself: that it cannot see, or that something of it failed. Raised by the station, closed when it is over. */
import type { DetectionRecord } from "./detection.ts";

const MIRROR = [
	"Look at the cable and the mirror port's setting on the switch.",
	"Run `spanwatch doctor` on the box: it says what is missing.",
];

export const BLIND_INTERFACE: DetectionRecord = {
	id: "sensor-blind",
	title: "The monitor cannot see the network",
	nature: "health",
	severity: 60,
	techniques: [],
	needs: "Nothing: it is of the monitor itself.",
	causes: [
		"The cable was pulled or the switch restarted.",
		"The mirror session was removed from the switch.",
		"The interface was taken down on the box.",
		"The rate or the format of a serial line was changed.",
	],
	advice: MIRROR,
};

export const DROPPED_FRAMES: DetectionRecord = {
	id: "sensor-drops",
	title: "The monitor missed frames",
	nature: "health",
	severity: 40,
	techniques: [],
	needs: "The counters of the kernel; nothing of the network.",
	causes: ["More traffic is mirrored than the box can take.", "Another program on the box takes its processor."],
	advice: ["Mirror only the ports of the control network, or set a capture filter.", "Use a faster box."],
};

export const ENGINE_RESTARTED: DetectionRecord = {
	id: "sensor-restarted",
	title: "The monitor's engine ended and was started again",
	nature: "health",
	severity: 60,
	techniques: [],
	needs: "Nothing: it is of the monitor itself.",
	causes: ["The box ran out of memory.", "A defect of the monitor met unusual traffic."],
	advice: [
		"Report it, with the log of the box around that time.",
		"Look at what was on the network then: an attack on the monitor looks like this too.",
	],
};

export const STORE_FAILING: DetectionRecord = {
	id: "sensor-disk",
	title: "The monitor cannot write to its disk",
	nature: "health",
	severity: 60,
	techniques: [],
	needs: "Nothing: it is of the monitor itself.",
	causes: ["The disk is full.", "The SD card is worn out."],
	advice: ["Free some space, or replace the card.", "Alerts are kept in memory until then; do not restart the box before there is space."],
};

export const healthRecords: readonly DetectionRecord[] = [BLIND_INTERFACE, DROPPED_FRAMES, ENGINE_RESTARTED, STORE_FAILING];
