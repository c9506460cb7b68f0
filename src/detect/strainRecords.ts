/** What strains a PLC or shows that it is strained: too many writes, refusals, answers that put off, no answers; and what is said to all or by another device than before. */
import type { DetectionRecord } from "./detection.ts";
import { MISS_MICROS, MISSES, POSTPONEMENTS, REFUSALS, SPREAD, tooMany, WRITES } from "./strainLimits.ts";
import { declare } from "./techniques.ts";
import { LEARNED } from "./thresholds.ts";

export const WRITE_BURST = declare({
	id: "write-burst",
	title: "Point written far more often than usual",
	nature: "deviation",
	severity: 50,
	techniques: ["T0806", "T0855"],
	needs: "The client's writes, readable.",
	threshold: {
		value: tooMany(WRITES, "writes to one point", "ten seconds"),
		why: "An operator who ramps a set point writes it once or twice a second, a tool as fast as the PLC answers.",
	},
	causes: [
		"An operator station ramps a set point in many small steps.",
		"A client's program writes in a loop by mistake.",
		"A new control loop is closed over the network.",
	],
	advice: [
		"Look at the machine behind this point: does it switch or move without pause?",
		"Ask the owner of the client whether it is meant to write so fast.",
		"If not, cut the client off, and put the value back from the usual station.",
	],
});

export const WRITE_SPREAD = declare({
	id: "write-spread",
	title: "Client writes one point after the other",
	nature: "deviation",
	severity: 55,
	techniques: ["T0806", "T0855"],
	needs: "The client's writes, readable.",
	threshold: {
		value: tooMany(SPREAD, "different points or ranges of one unit written", "ten seconds"),
		why: "A recipe is one message or a dozen of them; whoever tries all outputs goes through tables.",
	},
	causes: ["A recipe or a set of parameters is downloaded point by point.", "A new PLC is commissioned."],
	advice: [
		"Call the operator: is somebody downloading parameters?",
		"If not, cut the client off and bring the process into a safe state: outputs may have been switched at random.",
		"Compare the set points in the PLC with the released ones.",
	],
});

export const REFUSAL_STORM = declare({
	id: "refusal-storm",
	title: "PLC refuses a client again and again",
	nature: "deviation",
	severity: 40,
	techniques: ["T0814", "T0806"],
	needs: "Both directions of the traffic to the PLC, readable.",
	threshold: {
		value: tooMany(REFUSALS, "refusals of one PLC to one client", "an hour"),
		why: "Microsoft's limit for Modbus exceptions; clients that ask all day for what is not there are common, and learned.",
	},
	causes: [
		"The client was set up for another program of the PLC.",
		"The PLC's program was changed and lacks what the client asks for.",
		"A part of the PLC failed.",
	],
	advice: [
		"Ask whether client or PLC were changed.",
		"Look at what is refused: requests to write or of unusual functions are tries, not mistakes.",
		"Check that the PLC serves its other clients.",
	],
});

export const POSTPONED = declare({
	id: "plc-busy",
	title: "PLC puts off what it is asked",
	nature: "deviation",
	severity: 40,
	techniques: ["T0814"],
	needs: "The PLC's answers, readable.",
	threshold: {
		value: tooMany(POSTPONEMENTS, "answers of one unit that put off (busy, or accepted for later)", "a minute"),
		why: "Quickdraw's limit; one alone follows a large transfer.",
	},
	causes: ["The PLC is being programmed or backs up its memory.", "Too many clients ask it at once.", "A fault keeps its processor busy."],
	advice: [
		"Ask whether somebody works on the PLC.",
		"Look at which clients ask how often, and stop the one that asks too much.",
		"If nobody works on it, check the PLC's own diagnostics.",
	],
});

export const UNRESPONSIVE = declare({
	id: "device-unresponsive",
	title: "PLC no longer answers",
	nature: "deviation",
	severity: 40,
	techniques: ["T0814", "T0815"],
	needs:
		"Both directions of the traffic to the PLC, readable; a unit that has answered before and that nobody polls: whoever is polled has `poll-silent`.",
	threshold: {
		value: `${MISSES} requests in a row without an answer within ${MISS_MICROS / 60e6} minutes`,
		why: "Microsoft's limit; one answer is lost now and then, and who asks again has asked twice.",
	},
	causes: ["The PLC or its gateway is switched off or restarts.", "A cable or switch on the way failed."],
	advice: [
		"Check whether the PLC runs, and whether others reach it.",
		"Look at what was sent to it just before: a message may have stopped it.",
		"If it hangs, restart it under supervision.",
	],
});

export const BROADCAST_WRITE = declare({
	id: "broadcast-write",
	title: "Write to every unit at once",
	nature: "deviation",
	severity: 60,
	techniques: ["T0855", "T0806"],
	needs:
		"The client's requests, readable; a protocol in which one address is that of every unit, and half a second without an answer from there.",
	threshold: LEARNED,
	causes: ["The controller sets clocks or modes of all units together.", "A tool was left at its default unit number."],
	advice: [
		"Call the operator: is something switched at every unit of this line?",
		"Nothing acknowledges such a write: read the point back at each unit.",
		"If nobody knows of it, cut the client off.",
	],
});

export const IDENTITY_CHANGED = declare({
	id: "identity-changed",
	title: "Device says that it is another one than before",
	nature: "fact",
	severity: 55,
	techniques: ["T0857", "T0839"],
	needs: "Two answers of the device in which it says what it is, readable: somebody asks it now and then.",
	causes: [
		"Its firmware was updated.",
		"It was replaced by a spare part of another revision.",
		"Two devices share the address, as a redundant pair does.",
	],
	advice: [
		"Ask whether the device was updated or replaced, and by whom.",
		"If nobody did it, compare its program and firmware with the released ones before it is trusted again.",
		"Look at who worked on it since it last said what it was.",
	],
});

export const STRAIN_DETECTIONS: readonly DetectionRecord[] = [
	WRITE_BURST,
	WRITE_SPREAD,
	REFUSAL_STORM,
	POSTPONED,
	UNRESPONSIVE,
	BROADCAST_WRITE,
	IDENTITY_CHANGED,
];
