/** What is said of those who show themselves otherwise than they used to. */
import type { DetectionRecord } from "./detection.ts";
import { declare } from "./techniques.ts";
import { LEARNED } from "./thresholds.ts";

export const CLIENT_CHANGED = declare({
	id: "client-identity-changed",
	title: "Known address shows another application or certificate",
	nature: "deviation",
	severity: 45,
	techniques: ["T0848", "T0859"],
	needs: "The beginning of a connection of a protocol whose clients say who they are.",
	threshold: LEARNED,
	causes: [
		"The client's software was updated or installed anew, or its certificate was renewed.",
		"An engineer uses another program on the same machine.",
		"The machine was replaced, and has the old one's address.",
	],
	advice: [
		"Ask the owner of the client whether software or certificates were changed.",
		"If not, another machine may have its address, or a program that nobody wanted runs on it: look at what it did.",
	],
});

export const SERVER_CHANGED = declare({
	id: "server-identity-changed",
	title: "PLC or server shows another application or certificate",
	nature: "deviation",
	severity: 50,
	techniques: ["T0830", "T0849"],
	needs: "The beginning of a connection of a protocol whose servers say who they are.",
	threshold: LEARNED,
	causes: ["The server's certificate was renewed.", "The server was replaced or set up anew.", "Somebody in between answers in its place."],
	advice: [
		"Compare the thumbprint with the certificate that is installed in the server.",
		"If it is another one, look for a device between: ARP alerts, another MAC address at the same IP address.",
		"Passwords that were sent since then may be known: change them.",
	],
});

export const NEW_USER = declare({
	id: "new-user",
	title: "User who never logged in from there",
	nature: "deviation",
	severity: 40,
	techniques: ["T0859"],
	needs: "The client's logins, readable; the password need not be.",
	threshold: LEARNED,
	causes: ["Another shift or a stand-in works at this station.", "An account was renamed, or is new."],
	advice: ["Ask whether this user works at this station now.", "If not, change the password, and look at what was done in his name."],
});

export const SECURITY_LOWERED = declare({
	id: "security-lowered",
	title: "Connection less secured than ever between these two",
	nature: "deviation",
	severity: 55,
	techniques: ["T0830"],
	needs: "The beginning of a connection of a protocol that says how it is secured.",
	threshold: LEARNED,
	causes: [
		"Somebody looks for an error and has switched security off for it.",
		"A client was set up anew, and its security forgotten.",
		"Somebody in between offers only weak security.",
	],
	advice: [
		"Ask who changed the client or the server.",
		"Set it back, and switch what is not secured off at the server.",
		"What was sent meanwhile, passwords and sessions among it, may be known.",
	],
});

export const CREDENTIAL_DETECTIONS: readonly DetectionRecord[] = [CLIENT_CHANGED, SERVER_CHANGED, NEW_USER, SECURITY_LOWERED];
