/** What can be odd on the network itself, whatever is spoken: guessed passwords, searches, servers that nobody expects. */
import type { DetectionRecord } from "./detection.ts";
import { LOGIN_LIMITS } from "./logins.ts";
import { LOOKUP_LIMITS } from "./lookups.ts";
import { NAME_LIMITS } from "./names.ts";
import { RESET_LIMITS } from "./resets.ts";
import { SCAN_LIMITS } from "./scans.ts";
import { declare } from "./techniques.ts";
import { LEARNED } from "./thresholds.ts";

export const PASSWORD_GUESSING = declare({
	id: "password-guessing",
	title: "Somebody guesses passwords",
	nature: "fact",
	severity: 60,
	techniques: ["T0859", "T0812"],
	needs: "Logins of a protocol that is decoded, readable, with the answers.",
	threshold: {
		value: LOGIN_LIMITS,
		why: "Who mistypes tries three or four times; Microsoft alarms at 10 failed logins within ten minutes. A device with an old password that tries once in half an hour is slow guessing, too.",
	},
	causes: [
		"A password was changed at the server and not in the client, which tries on by itself.",
		"A client was set up with a wrong user name or certificate.",
	],
	advice: [
		"Ask whether the password was changed lately, and whether this client is known.",
		"If not, cut the client off, and look whether one of its logins was accepted.",
		"Look for default passwords at the server.",
	],
});

export const PASSWORD_GUESSED = declare({
	id: "password-guessed",
	title: "Login accepted after many refusals",
	nature: "fact",
	severity: 70,
	techniques: ["T0859", "T0812"],
	needs: "Logins of a protocol that is decoded, readable, with the answers.",
	threshold: { value: LOGIN_LIMITS, why: "The same limits as for guessing: the login that is accepted then is the one that was sought." },
	causes: ["Somebody found the right password in the end, after it had been changed.", "A client was set up anew while it kept trying."],
	advice: [
		"Ask at once who logged in there.",
		"If nobody did, cut the client off and change the password at the server.",
		"Look at what was read and changed through this login.",
	],
});

const SCAN_WHY =
	"Microsoft's limit for a port scan, and 50 in ten minutes for a slow one; who knows the network calls the same few. What is answered counts too, once the network is known.";

export const HOST_SCAN = declare({
	id: "host-scan",
	title: "Host searches the network",
	nature: "fact",
	isLearnable: true,
	severity: 60,
	techniques: ["T0846"],
	needs: "Frames of the calling host; answers of those that are called, to know that there was none.",
	threshold: { value: `addresses and ports tried: ${SCAN_LIMITS.tried}`, why: SCAN_WHY },
	causes: ["An inventory, backup or management system looks for devices.", "A client keeps calling devices that are switched off."],
	advice: ["Ask whether a scanner is being run on purpose.", "If not, cut the host off and check it for malware."],
});

export const PORT_SCAN = declare({
	id: "port-scan",
	title: "Host searches a device's services",
	nature: "fact",
	isLearnable: true,
	severity: 60,
	techniques: ["T0846", "T0888"],
	needs: "Frames of the calling host; answers of the device, to know that there was none.",
	threshold: { value: `ports of one device tried: ${SCAN_LIMITS.tried}`, why: SCAN_WHY },
	causes: ["An inventory or vulnerability scanner looks at this device.", "A tool looks for the port on which a service was put."],
	advice: [
		"Ask whether a scanner is being run on purpose; scanners have stopped PLCs.",
		"If not, cut the host off and check it for malware.",
	],
});

export const ADDRESS_SCAN = declare({
	id: "address-scan",
	title: "Host asks for every address",
	nature: "fact",
	isLearnable: true,
	severity: 50,
	techniques: ["T0846"],
	needs: "ARP requests, which every port of the network sees.",
	threshold: {
		value: SCAN_LIMITS.asked,
		why: "Microsoft's limit is 40 in six minutes. A station that starts up asks for all its devices, but they are there.",
	},
	causes: [
		"An inventory or address management tool looks for free or used addresses.",
		"A router passes on a search that comes from another network.",
	],
	advice: [
		"Ask whether such a tool is being run on purpose.",
		"If not, find the switch port of the host: whoever searches by ARP is on this very network.",
	],
});

export const UNEXPECTED_SERVER = declare({
	id: "unexpected-server",
	title: "Server that nobody expects",
	nature: "deviation",
	severity: 45,
	techniques: ["T0830"],
	needs:
		"Answers of the servers of addresses (DHCP), names (DNS), time (NTP) and mail (SMTP); the network on which addresses are given out.",
	threshold: {
		value: "the first, after learning.hours of watched time, and nothing new of its kind in the latest quarter of it",
		why: "A network has one or two of each, for years; they are too few and too rare to count.",
	},
	causes: [
		"A server was added, replaced, or took over from its other half for the first time.",
		"Somebody brought a router, a telephone or a virtual machine that gives out addresses by itself.",
		"A host was set up with a name or time server of its own.",
	],
	advice: [
		"Ask whether this server is wanted.",
		"If not, find its switch port and unplug it: it may lead the traffic of others through itself.",
		"Look which hosts believed it: they keep what it told them until they ask again.",
	],
});

export const NEW_DOMAIN = declare({
	id: "new-domain",
	title: "Host of the plant asks for a new domain",
	nature: "deviation",
	severity: 30,
	techniques: ["T0869", "T0884"],
	needs: "Name queries (DNS) and their answers in clear, of a PLC or of a client of one.",
	threshold: LEARNED,
	causes: ["A program was installed or updated.", "Somebody browses from an operator station."],
	advice: [
		"Ask whether this host needs the internet at all.",
		"Look what it did with the address that it got.",
		"If nobody knows, check the host for malware.",
	],
});

export const NEW_GROUP = declare({
	id: "new-group",
	title: "Host of the plant speaks to a group that it never spoke to",
	nature: "deviation",
	severity: 30,
	techniques: ["T0846"],
	needs: "Datagrams to many (multicast, broadcast) of a PLC or of a client of one; no decoder.",
	threshold: LEARNED,
	causes: [
		"A service that finds devices by itself was switched on, as printers and cameras have it.",
		"A program was installed or updated that publishes what it knows.",
	],
	advice: [
		"Ask what was installed or switched on there.",
		"If nobody knows, check the host for malware: asking all at once is the quickest way to learn who is there.",
	],
});

export const MADE_UP_NAMES = declare({
	id: "made-up-names",
	title: "Host asks for domains that do not exist",
	nature: "fact",
	isLearnable: true,
	severity: 55,
	techniques: ["T0869", "T0884"],
	needs:
		"Name queries (DNS) and their answers in clear, on the way from the host itself; a server that asks on behalf of others is left out.",
	threshold: {
		value: LOOKUP_LIMITS.unknown,
		why: "A wrong set-up asks for the same few again and again; a program that looks for its master tries domain after domain. Microsoft alarms at 25 queries a minute, whatever was asked.",
	},
	causes: ["A program asks for servers that were given up.", "A mail or log server looks up what others told it."],
	advice: ["Look at the names: are they words or random letters?", "If they are random, cut the host off and check it for malware."],
});

export const NAME_TUNNEL = declare({
	id: "name-tunnel",
	title: "Data hidden in name queries",
	nature: "fact",
	isLearnable: true,
	severity: 60,
	techniques: ["T0869", "T0884"],
	needs: "Name queries (DNS) in clear, on the way from the host itself; a server that asks on behalf of others is left out.",
	threshold: {
		value: LOOKUP_LIMITS.long,
		why: "Servers in a cloud have long names, too, but the same ones each day; what carries data is never the same twice.",
	},
	causes: [
		"A virus scanner or mail filter asks its maker about each file or sender by name.",
		"A monitoring service measures by names that are asked for once.",
	],
	advice: [
		"Ask whether the owner of the domain is known.",
		"If not, block the domain at the name server and cut the host off: it sends or gets data past the firewall.",
	],
});

export const NAME_POISONING = declare({
	id: "name-poisoning",
	title: "Host answers for names that are not its own",
	nature: "fact",
	isLearnable: true,
	severity: 60,
	techniques: ["T0830", "T0842"],
	needs:
		"Answers to names that all are asked for (LLMNR, multicast DNS, NetBIOS): on their way from one host to another, so a mirror of the port of either.",
	threshold: {
		value: NAME_LIMITS,
		why: "A host has one name, by NetBIOS cut to 15 characters, and perhaps an alias. Who wants others to log in to him answers whatever is mistyped; tools for it are on every tester's disk.",
	},
	causes: [
		"A server has aliases, or the names of several that it took over.",
		"Two computers were given the same name, as copies of one disk are.",
		"A test of the network's security is being run.",
	],
	advice: [
		"Ask who works at this host, and whether it has these names.",
		"If not, unplug it: who believed it sent it the user's name and an answer made of the password.",
		"Change the passwords of the users that logged in to it, and switch LLMNR and NetBIOS names off where nobody needs them.",
	],
});

export const CONNECTIONS_RESET = declare({
	id: "connections-reset",
	title: "Connections are reset again and again",
	nature: "deviation",
	severity: 35,
	techniques: ["T0814", "T0816"],
	needs: "Both directions of the traffic, with the resets; no decoder.",
	threshold: {
		value: RESET_LIMITS,
		why: "A device that restarts resets each of its connections once; some end every connection by a reset, which is learned.",
	},
	causes: [
		"The device has no connection left: too many clients, or one that does not close its own.",
		"The device or its program is faulty or restarts again and again.",
		"A firewall between the two ends connections in the device's name.",
	],
	advice: [
		"Ask whether the device restarted, and whether a client was added.",
		"Look whether its usual clients still get their values.",
		"If both are in order, look for somebody who sends resets in the device's name.",
	],
});

export const NEW_REMOTE_ACCESS = declare({
	id: "new-remote-access",
	title: "New remote access to the plant",
	nature: "deviation",
	severity: 45,
	techniques: ["T0886", "T0822"],
	needs: "Both directions of the traffic; no decoder.",
	threshold: LEARNED,
	causes: ["Somebody maintains this device from another host than usual.", "A tool for remote access was installed."],
	advice: [
		"Ask who is logged in there, and whether it is wanted.",
		"If nobody knows, end the connection and change the account's password.",
		"Look what this host did afterwards.",
	],
});

export const NETWORK_DETECTIONS: readonly DetectionRecord[] = [
	HOST_SCAN,
	PORT_SCAN,
	ADDRESS_SCAN,
	PASSWORD_GUESSING,
	PASSWORD_GUESSED,
	UNEXPECTED_SERVER,
	NEW_DOMAIN,
	NEW_GROUP,
	MADE_UP_NAMES,
	NAME_TUNNEL,
	NAME_POISONING,
	CONNECTIONS_RESET,
	NEW_REMOTE_ACCESS,
];
