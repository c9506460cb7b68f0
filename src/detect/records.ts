/** What the engine itself can detect, whatever the protocol. Each protocol adds its own facts. */

import { CREDENTIAL_DETECTIONS } from "./credentialRecords.ts";
import { CROSSING_DETECTIONS } from "./crossingRecords.ts";
import type { DetectionRecord } from "./detection.ts";
import { HABIT_DETECTIONS } from "./habitRecords.ts";
import { INDICATOR_RECORDS } from "./indicatorRecords.ts";
import { NETWORK_DETECTIONS } from "./networkRecords.ts";
import { STRAIN_DETECTIONS } from "./strainRecords.ts";
import { SEARCH_LIMITS } from "./sweep.ts";
import { declare } from "./techniques.ts";
import { FLOOD_LIMITS, LEARNED, VALUES } from "./thresholds.ts";
import { TRANSFER_DETECTIONS } from "./transfers.ts";

export const NEW_DEVICE = declare({
	id: "new-device",
	title: "New device on the network",
	nature: "deviation",
	severity: 35,
	techniques: ["T0864"],
	needs: "Frames of the network on which the device is: a MAC address is seen only there.",
	threshold: LEARNED,
	causes: ["Somebody plugged in a laptop or a replacement part.", "A device that is switched on seldom came back with another address."],
	advice: [
		"Ask the people on site whether they connected something.",
		"Find the switch port of its MAC address.",
		"If nobody knows it, unplug it there.",
	],
});

export const NEW_TALKER = declare({
	id: "new-talker",
	title: "New client of a PLC",
	nature: "deviation",
	severity: 50,
	techniques: ["T0848"],
	needs: "Both directions of the traffic to the PLC.",
	threshold: LEARNED,
	causes: ["A new operator station, historian or engineering laptop was put into service.", "A known client got another address."],
	advice: [
		"Ask whether this host is meant to talk to this PLC.",
		"Look at what it did: reading looks around, writing changes the plant.",
		"If nobody knows it, cut it off at the switch or firewall.",
	],
});

export const FIRST_WRITE = declare({
	id: "first-write",
	title: "First write to a PLC by this client",
	nature: "deviation",
	severity: 60,
	techniques: ["T0855", "T0836"],
	needs: "The client's requests, readable.",
	threshold: LEARNED,
	causes: ["A permitted engineer works from a station that never wrote before.", "A new operator station was commissioned."],
	advice: [
		"Call the operator: is this change wanted, and is the process safe?",
		"If not, put the value back from the usual station, or go to manual.",
		"Then cut the writing host off, and find out what it is.",
	],
});

export const NEW_FUNCTION = declare({
	id: "new-function",
	title: "New function between a client and a PLC",
	nature: "deviation",
	severity: 35,
	techniques: ["T0855", "T0888"],
	needs: "The client's requests, readable.",
	threshold: LEARNED,
	causes: ["The client's software was updated or set up anew.", "An engineer uses a function of his tool for the first time."],
	advice: ["Ask the owner of the client whether its software or set-up changed.", "If not, check the client for malware."],
});

export const NEW_UNIT = declare({
	id: "new-unit",
	title: "Known client addresses a new unit",
	nature: "deviation",
	severity: 35,
	techniques: ["T0846"],
	needs: "The client's requests, readable.",
	threshold: LEARNED,
	causes: ["A device was added behind the gateway.", "The client was set up with a wrong unit number."],
	advice: ["Ask whether a device was added behind this gateway.", "Compare the client's set-up with the drawing."],
});

export const NEW_POINT = declare({
	id: "new-point",
	title: "Point never touched before",
	nature: "deviation",
	severity: 30,
	techniques: ["T0861", "T0836"],
	needs: "The client's requests, readable.",
	threshold: LEARNED,
	causes: ["A tag was added to the client's screen or archive.", "A page of the operator's screens was opened for the first time."],
	advice: ["Ask whether tags were added at the client.", "For a write: check with the operator that the change is wanted."],
});

export const VALUE_OUTSIDE = declare({
	id: "value-outside",
	title: "Value outside what is normal",
	nature: "deviation",
	severity: 30,
	techniques: ["T0832", "T0856"],
	needs: "Answers with values, readable.",
	threshold: VALUES,
	causes: [
		"The process is in a state that was not seen while learning.",
		"A sensor fails or was changed.",
		"A set point was changed by a permitted write.",
	],
	advice: [
		"Compare with the instrument on site.",
		"Look for writes to this PLC just before.",
		"If both disagree, somebody may be altering what the PLC says.",
	],
});

export const VALUE_REPLAYED = declare({
	id: "value-replayed",
	title: "Values repeat what was before",
	nature: "deviation",
	severity: 50,
	techniques: ["T0856"],
	needs: "Answers with values, readable; a point whose changes are no clean cycle.",
	threshold: {
		value: "64 changes of the point, 32 turns among them, one by one as before; four times the longest repetition that was learned",
		why: "A turn is worth about a bit, so chance does it once in four thousand million times; a plant with few values repeats itself now and then, and is known to.",
	},
	causes: ["A simulator or a test program feeds the point.", "The device sends stored values again after it was out of reach."],
	advice: [
		"Do not trust the screens: read the value at the machine.",
		"Ask whether somebody tests or simulates.",
		"If not, look for a device between the PLC and its clients, and for a changed program in the PLC.",
	],
});

export const VALUE_FROZEN = declare({
	id: "value-frozen",
	title: "Value that usually moves stands still",
	nature: "deviation",
	severity: 35,
	techniques: ["T0856", "T0832"],
	needs: "Answers with values, readable; a point that changed a hundred times or more.",
	threshold: {
		value: "5 minutes, 20 reads, and four times the longest stillness that was learned",
		why: "A plant that rests at night is known to rest, and a weekend is shorter than four nights.",
	},
	causes: ["A sensor hangs, or its line is broken.", "The machine stands still.", "The PLC's program was stopped."],
	advice: [
		"Compare with the instrument on site.",
		"If the machine runs, have the sensor and the PLC's program checked.",
		"If both are fine, somebody may be showing an old picture.",
	],
});

export const VALUE_LEVEL = declare({
	id: "value-level",
	title: "Value at a level where it never was",
	nature: "deviation",
	severity: 30,
	techniques: ["T0832", "T0856"],
	needs: "Answers with values, readable; a day or more of a continuous point.",
	threshold: {
		value: "the mean of ten minutes, beyond all learned ones by three quarters of their range",
		why: "One reading may be noise; ten minutes of them are the process.",
	},
	causes: ["The process runs in a state that was not seen while learning.", "A sensor drifts or was changed."],
	advice: [
		"Compare with the instrument on site.",
		"Ask the operator whether the process is meant to run there.",
		"If not, find out who changed it: step by step, a value can be moved far without one value that stands out.",
	],
});

export const VALUES_DISAGREE = declare({
	id: "values-disagree",
	title: "Values that go together disagree",
	nature: "deviation",
	severity: 35,
	techniques: ["T0832", "T0856"],
	needs: "Answers with values of both points, readable, within a minute of each other.",
	threshold: {
		value: "two minutes, on a bond that held for 18 visits on three days and more",
		why: "What else the two hang on (a recipe, a shift, the weather) has had time to change.",
	},
	causes: [
		"A sensor fails, or its line is broken.",
		"A machine runs without effect: a blocked pipe, a worn coupling, a valve that hangs.",
		"The process runs in a way that was not seen while learning, such as by hand.",
	],
	advice: [
		"Read both values at the machine.",
		"If the machine shows another one, somebody may be altering what the PLC says: compare with an instrument that is not on the network.",
		"If the machine shows the same, look for a mechanical fault.",
	],
});

export const VALUE_DRIFT = declare({
	id: "value-drift",
	title: "Value drifts slowly",
	nature: "deviation",
	severity: 30,
	techniques: ["T0832"],
	needs: "Answers with values, readable, for more than a day.",
	threshold: {
		value: "limits that moved by a twentieth of the range; they follow by a hundredth a day, and never by more than a quarter",
		why: "A season moves a temperature by a quarter of its range in months; somebody who nudges a set point is faster.",
	},
	causes: ["The season changes.", "A sensor ages, a filter clogs, a machine wears."],
	advice: ["Calibrate the sensor if nothing else explains it.", "Look for wear."],
});

export const ALARM_LIMIT = declare({
	id: "alarm-limit",
	title: "Value beyond the plant's own alarm limit",
	nature: "fact",
	severity: 40,
	techniques: ["T0832", "T0836"],
	needs: "A register map with alarm limits (`spanwatch map`), and answers with values, readable.",
	threshold: {
		value: "the limits of the register map, each time one is passed",
		why: "The plant's own engineers set them; while a value stays beyond one it is not said again.",
	},
	causes: [
		"The process is in alarm: the operator's screens should show the same.",
		"A sensor fails.",
		"The register map has a wrong scale or limit.",
	],
	advice: [
		"Ask the operator whether his screens show this alarm; if they do not, somebody may be hiding it.",
		"Look for writes to this PLC just before.",
	],
});

export const WRITE_OUTSIDE = declare({
	id: "write-outside",
	title: "Value written outside what is normal",
	nature: "deviation",
	severity: 60,
	techniques: ["T0836", "T0831"],
	needs: "The client's requests with values, readable.",
	threshold: VALUES,
	causes: ["An operator chose a set point that was not used before.", "A recipe was changed.", "A typing error."],
	advice: [
		"Call the operator: is this value wanted?",
		"If not, write the usual value back from the operator's station.",
		"Check who was at the writing station.",
	],
});

export const NEW_REFUSAL = declare({
	id: "new-refusal",
	title: "PLC refuses what it never refused",
	nature: "deviation",
	severity: 30,
	techniques: ["T0888", "T0861"],
	needs: "Both directions of the traffic, readable.",
	threshold: LEARNED,
	causes: [
		"The client asks for something that the PLC does not have: set up wrongly, or the PLC's program changed.",
		"The PLC is busy or faulty.",
	],
	advice: [
		"Ask whether client or PLC were changed.",
		"Look at the client's other alerts: who tries what is not there may be looking around.",
	],
});

export const NEW_SERVICE = declare({
	id: "new-service",
	title: "New service at a PLC",
	nature: "deviation",
	severity: 40,
	techniques: ["T0886"],
	needs: "Both directions of the traffic; no decoder.",
	threshold: LEARNED,
	causes: ["Maintenance uses the device's web page or file transfer.", "A function of the device was switched on."],
	advice: ["Ask whether somebody maintains this device now.", "If the service is not needed, switch it off in the device."],
});

export const ADDRESS_TAKEOVER = declare({
	id: "address-takeover",
	title: "Address taken over by another device",
	nature: "fact",
	severity: 60,
	techniques: ["T0830"],
	needs: "ARP, DHCP or DNS, or the device's own frames, on the network where it is.",
	causes: [
		"A device or its network card was replaced.",
		"The address was given to another device (DHCP), or set twice by mistake.",
		"A redundant pair switched over.",
	],
	advice: [
		"Find the switch ports of both MAC addresses.",
		"If the old device is still there, unplug the new one: it may read and alter everything that goes to this address.",
		"Treat values read from this address as doubtful until then.",
	],
});

export const CONTRADICTION = declare({
	id: "contradicting-values",
	title: "Somebody alters what a PLC says",
	nature: "fact",
	severity: 70,
	techniques: ["T0830", "T0856"],
	needs: "Frames of both devices that answer for one address.",
	threshold: {
		value: "two answers within 100 ms that differ by a twentieth of the point's range, twice",
		why: "A proxy takes a few milliseconds; a difference within the range's noise, or a single one, is an accident.",
	},
	causes: ["A redundant pair whose two halves do not agree.", "Two PLCs with the same address."],
	advice: [
		"Do not trust the screens: read the value at the machine.",
		"Find the switch ports of both MAC addresses, and unplug the one that is not the PLC's.",
		"Look at what was written through it meanwhile.",
	],
});

export const POINT_SCAN = declare({
	id: "point-scan",
	title: "Client searches through a PLC's points",
	nature: "fact",
	severity: 60,
	techniques: ["T0861"],
	needs: "Both directions of the traffic, readable.",
	threshold: {
		value: SEARCH_LIMITS.points,
		why: "A client that is set up wrongly asks for the same few again and again. Quickdraw alarms at five refusals in 60 s, whatever was asked.",
	},
	causes: ["A commissioning tool or an inventory scanner runs.", "A client was set up with the wrong address map."],
	advice: [
		"Ask whether a tool is being run on purpose.",
		"If not, cut the client off: mapping the points is the step before writing to them.",
	],
});

export const FUNCTION_SCAN = declare({
	id: "function-scan",
	title: "Client tries out a PLC's functions",
	nature: "fact",
	severity: 65,
	techniques: ["T0888"],
	needs: "Both directions of the traffic, readable.",
	threshold: {
		value: SEARCH_LIMITS.functions,
		why: "A client that starts up tries many functions, but knows which are there. Quickdraw alarms at three refusals in 60 s.",
	},
	causes: ["A vulnerability or inventory scanner runs."],
	advice: ["Ask whether a scanner is being run on purpose; scanners have stopped PLCs.", "If not, cut the client off."],
});

export const UNIT_SCAN = declare({
	id: "unit-scan",
	title: "Client searches for units behind a gateway",
	nature: "fact",
	severity: 60,
	techniques: ["T0846"],
	needs: "The client's requests, readable.",
	threshold: {
		value: SEARCH_LIMITS.units,
		why: "A gateway whose devices were switched off is asked for the same few; nobody else publishes a limit.",
	},
	causes: ["A commissioning tool looks for devices.", "An inventory scanner runs."],
	advice: ["Ask whether a tool is being run on purpose.", "If not, cut the client off."],
});

export const FLOOD = declare({
	id: "flood",
	title: "PLC is flooded with requests",
	nature: "fact",
	severity: 60,
	techniques: ["T0814", "T0806"],
	needs: "Both directions of the traffic.",
	threshold: {
		value: FLOOD_LIMITS,
		why: "A polling client has few a second; one that starts up has a burst, which does not last. Suricata calls 500 unanswered requests a flood.",
	},
	causes: ["A client with an error asks without pause.", "A load test."],
	advice: ["Watch whether the PLC still answers its usual clients.", "Stop the client that floods, at the switch if need be."],
});

export const OVERLAP_CONFLICT = declare({
	id: "overlap-conflict",
	title: "Two versions of the same bytes on one connection",
	nature: "fact",
	severity: 55,
	techniques: ["T0830"],
	needs: "All frames of the connection, without loss.",
	causes: [
		"A faulty network card or mirror port damages frames.",
		"The mirror shows the traffic before and after a device that alters it.",
	],
	advice: ["Compare the two versions in a capture.", "If it happens again, look for a device between the two ends."],
});

export const RULE = declare({
	id: "rule",
	title: "A rule of the plant was broken",
	nature: "fact",
	severity: 50,
	techniques: ["T0855", "T0836"],
	needs: "Rule files (`rules`), and the traffic that they speak of, readable.",
	threshold: {
		value: "what the rule says; its own severity and techniques stand in the alert",
		why: "The plant's people know what may not happen there.",
	},
	causes: ["Work that the rule's author did not think of.", "The rule is written too widely."],
	advice: ["Ask whether this was wanted.", "If it was, exempt the host, the point or the hours in the rule, or give a maintenance window."],
});

export const BASELINE_FADED = declare({
	id: "baseline-faded",
	title: "Was normal, and was not seen for long",
	nature: "fact",
	severity: 10,
	techniques: [],
	needs: "Traffic that was watched for longer than `learning.forgetDays`.",
	threshold: {
		value: "90 watched days (learning.forgetDays)",
		why: "What comes once a quarter stays normal; what is gone for longer may not come back unseen.",
	},
	causes: ["A client or a device was taken out of service.", "The process runs otherwise than it did."],
	advice: ["Nothing has to be done.", "If it comes rarely and is wanted, give learning.forgetDays a longer time."],
});

/** All of them, for the page, the manual and the alerts. */
export const DETECTIONS: readonly DetectionRecord[] = [
	NEW_DEVICE,
	NEW_TALKER,
	FIRST_WRITE,
	NEW_FUNCTION,
	NEW_UNIT,
	NEW_POINT,
	VALUE_OUTSIDE,
	VALUE_REPLAYED,
	VALUE_FROZEN,
	VALUE_LEVEL,
	VALUES_DISAGREE,
	VALUE_DRIFT,
	ALARM_LIMIT,
	WRITE_OUTSIDE,
	NEW_REFUSAL,
	NEW_SERVICE,
	ADDRESS_TAKEOVER,
	CONTRADICTION,
	POINT_SCAN,
	FUNCTION_SCAN,
	UNIT_SCAN,
	FLOOD,
	OVERLAP_CONFLICT,
	RULE,
	BASELINE_FADED,
	...HABIT_DETECTIONS,
	...INDICATOR_RECORDS,
	...CROSSING_DETECTIONS,
	...TRANSFER_DETECTIONS,
	...NETWORK_DETECTIONS,
	...CREDENTIAL_DETECTIONS,
	...STRAIN_DETECTIONS,
];
