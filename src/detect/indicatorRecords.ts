/** What stands on a list of indicators, declared. Which way it went says which technique it would be. */
import type { DetectionRecord, Threshold } from "./detection.ts";
import { declare } from "./techniques.ts";

/** Confidence of an entry, 0 to 100, below which it weighs less. */
export const UNSURE = 30;
export const HALF_SURE = 60;
export const UNSURE_POINTS = -40;
export const HALF_SURE_POINTS = -20;

const SURE: Threshold = {
	value: `Once; an entry of confidence below ${HALF_SURE} weighs ${-HALF_SURE_POINTS} less, below ${UNSURE} ${-UNSURE_POINTS} less`,
	why: "Who is not sure of an entry says so; it asks to be looked at, and no more.",
};

const CAUSES = [
	"An entry that is out of date: the address or name belongs to somebody else by now.",
	"An entry that is too broad, as an address that many share (a content network, a name service).",
	"A test of the monitor.",
] as const;
const FIRST = "Read in the alert which list says so, since when and how sure it is; look the entry up there.";

export const INDICATOR_CALLED = declare({
	id: "indicator-address-called",
	title: "Host called an address of an indicator list",
	nature: "fact",
	severity: 70,
	techniques: ["T0869", "T0885"],
	needs: "A list of indicators; the first packet of a TCP or UDP connection to the address.",
	threshold: SURE,
	causes: CAUSES,
	advice: [
		FIRST,
		"See in the alert's frames whether the other side answered; block the address at the firewall in any case.",
		"Isolate the host until it is known which program called, if the plant allows it.",
	],
});

export const INDICATOR_CALLER = declare({
	id: "indicator-address-caller",
	title: "Address of an indicator list called a host",
	nature: "fact",
	severity: 60,
	techniques: ["T0883", "T0886"],
	needs: "A list of indicators; the first packet of a TCP or UDP connection from the address.",
	threshold: SURE,
	causes: ["A scan of the whole Internet that reaches this host too.", ...CAUSES],
	advice: [
		FIRST,
		"Close the way in: no host of a plant should be reached from outside; look up the firewall rule or port forwarding that lets it through.",
		"See whether the host answered, and what it was asked.",
	],
});

export const INDICATOR_DOMAIN = declare({
	id: "indicator-domain",
	title: "Name of an indicator list was asked for",
	nature: "fact",
	severity: 70,
	techniques: ["T0869", "T0884"],
	needs: "A list of indicators; a DNS question or answer in the clear, or the server name of a TLS handshake.",
	threshold: SURE,
	causes: [...CAUSES, "A name server or a mail gateway that looks names up for others."],
	advice: [
		FIRST,
		"Find the host that wants the name: where a name server asked, its log says for whom.",
		"Block the name, and look what the host called afterwards.",
	],
});

export const INDICATOR_TLS = declare({
	id: "indicator-tls-client",
	title: "TLS client with a fingerprint of an indicator list",
	nature: "fact",
	severity: 55,
	techniques: ["T0869", "T0885"],
	needs: "A list of indicators; the first message of a TLS connection.",
	threshold: SURE,
	causes: ["A harmless program that is built with the same TLS library.", ...CAUSES],
	advice: [
		FIRST,
		"Find out which program on the host makes the connection, and whether other hosts with the same software show the fingerprint too.",
		"Look up where the connection goes.",
	],
});

export const INDICATOR_CERTIFICATE = declare({
	id: "indicator-certificate",
	title: "Certificate of an indicator list was shown",
	nature: "fact",
	severity: 70,
	techniques: ["T0869", "T0859"],
	needs: "A list of indicators; a handshake of TLS 1.2 or before, or of an OPC UA channel with security.",
	threshold: SURE,
	causes: ["A certificate that a product ships with, and that many therefore have.", ...CAUSES],
	advice: [FIRST, "Isolate who showed it until it is known whose key that is.", "Look up who else spoke to it."],
});

export const INDICATOR_FILE = declare({
	id: "indicator-file",
	title: "File of an indicator list was asked for or sent",
	nature: "fact",
	severity: 70,
	techniques: ["T0867"],
	needs:
		"A list of indicators with names of files; TFTP, which names the file in its request. What is in a file is not seen, so hashes do not fire.",
	threshold: SURE,
	causes: ["A file with a common name.", ...CAUSES],
	advice: [FIRST, "Keep the file from being run at its destination, and have it examined.", "Look where else it went."],
});

export const INDICATOR_RECORDS: readonly DetectionRecord[] = [
	INDICATOR_CALLED,
	INDICATOR_CALLER,
	INDICATOR_DOMAIN,
	INDICATOR_TLS,
	INDICATOR_CERTIFICATE,
	INDICATOR_FILE,
];
