/** What can be wrong between zones. */
import type { DetectionRecord } from "./detection.ts";
import { declare } from "./techniques.ts";

const ONCE = {
	value:
		"the first conversation of the two over this service, and again after a week without one; beyond 20 peers of one host in an hour one alert for the rest",
	why: "That two talk at all is what matters; how often they do is said by the traffic itself.",
};

export const OUTSIDER_TO_PLC = declare({
	id: "outsider-to-plc",
	title: "Host outside of OT straight to a PLC",
	nature: "fact",
	isLearnable: true,
	severity: 55,
	techniques: ["T0886", "T0848"],
	needs: "Settings (`zones`) that say what is IT or remote; no decoder beyond that the PLC was seen to be one.",
	threshold: ONCE,
	causes: [
		"A report or a dashboard in IT reads the PLC directly.",
		"An engineer works from his office.",
		"A network is told of the wrong zone.",
	],
	advice: [
		"Ask the host's owner what it needs from the PLC, and whether a server in the DMZ could give it.",
		"Find the firewall rule that lets it through, and close it if nobody needs it.",
		"If it wrote, call the operator: is the process safe?",
	],
});

export const TO_INTERNET = declare({
	id: "ot-to-internet",
	title: "Host of OT talks to the Internet",
	nature: "fact",
	isLearnable: true,
	severity: 60,
	techniques: ["T0869", "T0883"],
	needs: "Frames of the calling host. Without `zones` public addresses count as the Internet, and networks where controllers speak as OT.",
	threshold: ONCE,
	causes: [
		"A program looks for updates or for its licence.",
		"A device of a maker's remote service calls home.",
		"The plant uses public addresses of its own: tell so in `zones`.",
	],
	advice: [
		"Ask what on this host calls there, and whether it needs to.",
		"Close the way at the firewall; updates belong on a server in the DMZ.",
		"If nobody knows it, cut the host off and check it for malware: it may be asking for orders.",
	],
});

export const FROM_INTERNET = declare({
	id: "internet-to-ot",
	title: "Somebody on the Internet reaches OT",
	nature: "fact",
	isLearnable: true,
	severity: 70,
	techniques: ["T0883", "T0822"],
	needs:
		"Both directions of the traffic. Without `zones` public addresses count as the Internet, and networks where controllers speak as OT.",
	threshold: ONCE,
	causes: [
		"A port is forwarded for remote maintenance.",
		"A mobile router gives its device a public address.",
		"The plant uses public addresses of its own: tell so in `zones`.",
	],
	advice: [
		"Close the way at the firewall or the router now: search engines find such devices within hours.",
		"Look at what was done over it: logins, writes, changed settings.",
		"Bring whoever needs it in through the DMZ, with a login of his own.",
	],
});

export const REMOTE_ACCESS = declare({
	id: "remote-access",
	title: "Remote access into OT",
	nature: "fact",
	isLearnable: true,
	severity: 55,
	techniques: ["T0822", "T0886"],
	needs: "Connections by which people come in from afar (known by first bytes or port); `zones` that say what is IT or remote.",
	threshold: ONCE,
	causes: [
		"A technician or a maker's service maintains a machine.",
		"An administrator manages the host from IT.",
		"A network is told of no zone, or of the wrong one.",
	],
	advice: [
		"Ask who is logged in, and whether it was agreed.",
		"If nobody knows, end the session, change the account's password and look at what was done.",
		"Lead remote access over a host in the DMZ.",
	],
});

export const DMZ_BYPASS = declare({
	id: "dmz-bypass",
	title: "IT and OT talk past the DMZ",
	nature: "fact",
	isLearnable: true,
	severity: 45,
	techniques: ["T0886"],
	needs: "Settings (`zones`) with OT, IT and a DMZ; both directions of the traffic.",
	threshold: ONCE,
	causes: [
		"A service (names, time, backup, printing) was never moved to the DMZ.",
		"A firewall rule was opened for a project and left open.",
		"A network is told of the wrong zone.",
	],
	advice: [
		"Find the firewall rule, and who asked for it.",
		"Move the service to the DMZ, or name the two in `conduits` if the way is wanted.",
		"If nobody knows it, check both hosts for malware.",
	],
});

export const CROSSING_DETECTIONS: readonly DetectionRecord[] = [OUTSIDER_TO_PLC, TO_INTERNET, FROM_INTERNET, REMOTE_ACCESS, DMZ_BYPASS];
