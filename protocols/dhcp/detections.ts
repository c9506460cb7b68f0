/** What is suspicious in DHCP by itself. A server that nobody expects is found by the engine. Technique ids are those of ATT&CK for ICS v18. */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { messageName } from "./codes.ts";
import type { DhcpObservation } from "./observation.ts";

/** Different clients within a minute, and those for which another host asks. */
const MANY_CLIENTS = 100;
const MANY_OTHERS = 10;
/** Two routes of this size are all addresses, and stand before every default route. */
const HALF = 1;

const EXHAUSTION: DetectionRecord = {
	id: "dhcp-exhaustion",
	title: "Addresses asked for in the names of many",
	nature: "fact",
	severity: 55,
	techniques: ["T0814", "T0830"],
	needs: "Requests for addresses, which every port of the network sees.",
	threshold: {
		value: `${MANY_OTHERS} different clients within a minute whose requests another card sent, or ${MANY_CLIENTS} whatever sent them`,
		why: "A device asks for itself, and a relay says that it is one. After a power failure a whole plant asks at once, but hardly a hundred within a minute.",
	},
	causes: [
		"Many devices behind a wireless bridge that puts its own address in front of theirs.",
		"All devices of a large network start at once.",
	],
	advice: [
		"Look whether the server of addresses still has some: new devices get none when they are used up.",
		"Find the switch port of the host, and unplug it.",
		"Look for another server of addresses that appears now: who takes those of the first wants to give out his own.",
	],
};

const ROUTES: DetectionRecord = {
	id: "dhcp-route-injected",
	title: "Server of addresses takes over all routes",
	nature: "fact",
	severity: 60,
	techniques: ["T0830", "T0842"],
	needs: "Answers of the server, on their way to a client or to all.",
	causes: ["A network was set up so that all traffic takes another way than the default one, on purpose."],
	advice: [
		"Ask whether this server is wanted, and who set these routes.",
		"If nobody did, unplug it: what its clients send, also what should go through a VPN, passes through the router that it named.",
		"Have its clients ask for their address again once it is gone.",
	],
};

const MALFORMED: DetectionRecord = {
	id: "dhcp-malformed",
	title: "Malformed DHCP message",
	nature: "fact",
	severity: 40,
	techniques: ["T0866", "T0814"],
	needs: "The messages.",
	causes: ["a device that implements DHCP carelessly", "a test tool", "messages damaged or cut on the way to the monitor"],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one host?",
		"Ask who runs the sender; an unknown one is to be found and disconnected.",
		"Check that the clients still have their addresses: DHCP clients of controllers were broken into by options that do not fit.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [EXHAUSTION, ROUTES, MALFORMED];

export function detect(o: DhcpObservation, report: ReportFact): void {
	const { kind, asking, askingForOthers, routes } = o;
	if (kind === "malformed")
		report({
			record: MALFORMED,
			sentence: `{client} and {server} exchanged a DHCP message (${messageName(o.messageType)}) with an option that is longer than the message; normally none is.`,
			key: o.violation,
			frames: [o.frame],
		});
	if (askingForOthers >= MANY_OTHERS || asking >= MANY_CLIENTS)
		report({
			record: EXHAUSTION,
			sentence:
				askingForOthers >= MANY_OTHERS
					? `{client} asked for an address for ${askingForOthers} different clients within a minute, none of which it is; normally a device asks for itself.`
					: `At least ${asking} different clients asked for an address within a minute; normally a few do.`,
			key: "",
			frames: [o.frame],
			isAlone: true,
		});
	const halves = kind === "response" ? routes.filter(({ bits }) => bits === HALF) : [];
	if (halves.length >= 2)
		report({
			record: ROUTES,
			sentence: `{server} gave {client} routes by which all addresses are reached through ${halves[0]!.router}, before any default route; normally a server names one default router.`,
			key: halves[0]!.router,
			frames: [o.frame],
			byServer: true,
		});
}
