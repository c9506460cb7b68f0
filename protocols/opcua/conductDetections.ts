/** What a client does to an OPC UA server that is suspicious by itself, and what a server says of itself. Technique ids are those of ATT&CK for ICS v18. */
import type { DetectionOperation, DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { attributeName, isBad, SERVICE, VALUE_ATTRIBUTE } from "./codes.ts";
import { COLLECTED, type Finding, FOUND, GUESSED, HELD, NO_ROOM, SEARCHED, STOPPED_MICROS, WALKED } from "./conduct.ts";
import type { OpcuaObservation } from "./observation.ts";
import { operationName, pointName, verbOf } from "./operations.ts";

const seconds = (micros: number): string => `${micros / 1e6} s`;

const SERVER_SEARCH: DetectionRecord = {
	id: "opcua-server-search",
	title: "Search for OPC UA servers",
	nature: "fact",
	isLearnable: true,
	severity: 55,
	techniques: ["T0846", "T0888"],
	needs: "Channels without encryption, on which servers are asked for their endpoints.",
	threshold: {
		value: `${SEARCHED.limit} servers asked for their endpoints within ${seconds(SEARCHED.micros)}, at none of which the client has a session or a secured channel`,
		why: "A client asks the server that it then connects to, one after the other. Nobody else publishes a limit.",
	},
	causes: [
		"an inventory or asset management system looks for servers",
		"an engineer's tool shows all servers of the network",
		"a client's configuration is made anew",
	],
	advice: [
		"Ask whether somebody looks for servers on purpose.",
		"If not, cut the host off and check it for malware: what it learned is how each server can be reached, and how badly it is protected.",
		"On the servers, switch off the endpoints without security.",
	],
};

const ADDRESS_WALK: DetectionRecord = {
	id: "opcua-address-walk",
	title: "Walk through the nodes of an OPC UA server",
	nature: "fact",
	isLearnable: true,
	severity: 50,
	techniques: ["T0861", "T0802"],
	needs: "A channel that is not encrypted.",
	threshold: {
		value: `the references of ${WALKED.limit} different nodes asked for within ${seconds(WALKED.micros)}`,
		why: "A person who opens folders needs a second for each; a client that knows its nodes browses few. Nobody else publishes a limit.",
	},
	causes: [
		"an engineer reads all tags into a configuration",
		"a gateway or a historian takes over all nodes when it starts: learn it then",
		"an inventory scanner runs",
	],
	advice: [
		"Ask the owner of the client whether it imports tags now.",
		"If not, cut it off: knowing the nodes is the step before writing to them.",
	],
};

const LOGIN_GUESSING: DetectionRecord = {
	id: "opcua-login-guessing",
	title: "Passwords of an OPC UA server are being guessed",
	nature: "fact",
	severity: 65,
	techniques: ["T0859", "T0812", "T0891"],
	needs: "A channel that is not encrypted: whether the password itself is makes no difference.",
	threshold: {
		value: `${GUESSED.limit} logins of one client refused within ${seconds(GUESSED.micros)}`,
		why: "A person who mistypes gives up or succeeds before; Microsoft counts ten in ten minutes for file shares, Darktrace two failures in five minutes.",
	},
	causes: [
		"a client whose password was changed on the server, and which tries again and again",
		"an account that has expired or is locked",
		"somebody who guesses",
	],
	advice: [
		"Look at the user names: one and the same is a client that was forgotten, several are somebody who guesses.",
		"Look whether a login succeeded afterwards, and what was done with it.",
		"Isolate the host if nobody knows what it does.",
	],
};

const SESSION_TAKEN: DetectionRecord = {
	id: "opcua-session-taken",
	title: "OPC UA session used from another address",
	nature: "fact",
	severity: 75,
	techniques: ["T0830", "T0859"],
	needs: "The session's requests from both addresses, on channels that are not encrypted.",
	causes: ["a client that got another address while its session lived", "a redundant pair of clients that share one session"],
	advice: [
		"Ask whether the client named has two addresses, or moved.",
		"If not, its session was taken by somebody who has listened: end the session at the server, and cut the other host off.",
		"Switch policy None off on the server: on a channel that is not encrypted anyone can read the token of a session.",
	],
};

const REPORTS_STOPPED: DetectionRecord = {
	id: "opcua-reports-stopped",
	title: "OPC UA client stopped all its reports and stays",
	nature: "fact",
	isLearnable: true,
	severity: 45,
	techniques: ["T0804", "T0878", "T0815"],
	needs: "The session from its beginning, on a channel that is not encrypted.",
	threshold: {
		value: `the last subscription or item of a session deleted or disabled, nothing begun in its place, and the session used after ${seconds(STOPPED_MICROS)}`,
		why: "A client that changes its screens begins other reports at once, one that is switched off closes its session.",
	},
	causes: [
		"an operator's screen without values is shown",
		"a client that is being set up",
		"a program that reads by itself from now on instead of being told",
	],
	advice: [
		"Look whether the client's screens, trends and alarms still move.",
		"If they stand still and nobody wanted that, restart the client, and find out what made it stop.",
	],
};

const EXHAUSTION: DetectionRecord = {
	id: "opcua-exhaustion",
	title: "OPC UA server is used up",
	nature: "fact",
	severity: 55,
	techniques: ["T0814"],
	needs: "The beginnings of connections; of sessions those on channels that are not encrypted.",
	threshold: {
		value: `${HELD.sessions} sessions, ${HELD.channels} channels or ${HELD.connections} connections begun by one client and not ended within ${seconds(HELD.micros)}; or ${NO_ROOM.limit} refusals within ${seconds(NO_ROOM.micros)} because the server has no room`,
		why: "Servers have room for ten to a hundred sessions, and a client needs one to three. One that connects anew ends the old one first, or waits longer each time.",
	},
	causes: [
		"a client with an error that connects again and again without closing",
		"a server that is set up for fewer clients than there are",
		"a load test",
	],
	advice: [
		"Check that the server still answers its usual clients.",
		"Stop the client named, at the switch if need be; what it left behind ends by itself after the session timeout.",
		"Set the server's limits for each client.",
	],
};

const HISTORY_CHANGED: DetectionRecord = {
	id: "opcua-history-changed",
	title: "History changed in an OPC UA server",
	nature: "fact",
	isLearnable: true,
	severity: 50,
	techniques: ["T0872", "T0809"],
	needs: "A channel that is not encrypted, both directions.",
	causes: [
		"a collector that writes history here all the time: learn it then",
		"laboratory values, or corrections, entered by hand",
		"a historian that fills a hole after a failure",
	],
	advice: [
		"Ask who corrects the history of these points, and why.",
		"Keep a copy of what is left: backups of the historian, records of the client.",
		"If nobody knows of it, somebody may be covering what was done to the process: look at what was written before.",
	],
};

const HISTORY_COLLECTED: DetectionRecord = {
	id: "opcua-history-collected",
	title: "History of many points read from an OPC UA server",
	nature: "fact",
	isLearnable: true,
	severity: 35,
	techniques: ["T0811", "T0802"],
	needs: "A channel that is not encrypted.",
	threshold: {
		value: `the history of ${COLLECTED.limit} different nodes within ${seconds(COLLECTED.micros)}`,
		why: "A trend shows up to eight or sixteen pens; who takes more takes stock. Nobody else publishes a limit.",
	},
	causes: ["a report or a historian that reads all points: learn it then", "a person who exports data for a study"],
	advice: [
		"Ask the owner of the client what it collects, and for whom.",
		"If nobody knows, cut it off, and see where it sends what it has.",
	],
};

const NODES_CHANGED: DetectionRecord = {
	id: "opcua-nodes-changed",
	title: "Nodes of an OPC UA server added or deleted",
	nature: "fact",
	severity: 60,
	techniques: ["T0889"],
	needs: "A channel that is not encrypted, both directions.",
	causes: ["an engineer changes the server's program or set-up", "a gateway that makes a node for each device that it finds"],
	advice: [
		"Ask who changes this server now, and whether it is planned.",
		"Compare the server's nodes with its engineering project: what is there that should not be, what is missing?",
		"Clients whose nodes are gone show the last value: check the screens.",
	],
};

const ATTRIBUTE_WRITTEN: DetectionRecord = {
	id: "opcua-attribute-written",
	title: "OPC UA attribute other than a value written",
	nature: "fact",
	isLearnable: true,
	severity: 45,
	techniques: ["T0836", "T0889"],
	needs: "A channel that is not encrypted, both directions.",
	causes: [
		"an engineer's tool sets names, descriptions or access rights",
		"a client that writes descriptions when it starts: learn it then",
	],
	advice: [
		"Look which attribute it was: access rights and data types change what the node is, names and descriptions what people believe that it is.",
		"Ask who works on this server; if nobody does, put it back from the engineering project.",
	],
};

const PUBLISH_LATE: DetectionRecord = {
	id: "opcua-publish-late",
	title: "OPC UA server reports later than agreed",
	nature: "fact",
	severity: 35,
	techniques: ["T0804", "T0815"],
	needs: "The creation of the subscription, on a channel that is not encrypted, both directions.",
	threshold: {
		value:
			"one and a half times the publishing interval times the keep-alive count, as the server revised them, and a second, while a Publish request waits",
		why: "The server itself promised a message within that time, if only to say that nothing changed (OPC 10000-4, 5.14.1).",
	},
	causes: ["a server that is overloaded or was restarted", "a network that loses packets", "somebody who holds back what the server sends"],
	advice: [
		"Compare the client's screens with the machine: they show old values.",
		"Look whether other clients of this server are served.",
		"If the server is well, look for a device between the two.",
	],
};

const SERVER_EVENT: DetectionRecord = {
	id: "opcua-server-event",
	title: "OPC UA server reports an event that wants attention",
	nature: "fact",
	isLearnable: true,
	severity: 35,
	techniques: ["T0816", "T0826"],
	needs: "A client that subscribes to the server's events, on a channel that is not encrypted.",
	threshold: {
		value:
			"event types of failures, of certificates that are not accepted, of nodes and history changed; any other of severity 900 and more",
		why: "OPC 10000-5 divides 1 to 1000 into five parts; what operators and auditors get every day is below the highest, or of other types.",
	},
	causes: ["the plant's own alarm, which operators see too", "a device that fails", "a certificate that nobody renewed or trusted yet"],
	advice: ["Read the event in the sentence, and look at the device that it names.", "Ask the operator whether he knows of it."],
};

const SERVER_STATE: DetectionRecord = {
	id: "opcua-server-state",
	title: "OPC UA server does not run",
	nature: "fact",
	severity: 40,
	techniques: ["T0816", "T0881"],
	needs: "A client that reads the server's state, on a channel that is not encrypted.",
	causes: ["a planned shutdown or a test", "a configuration that is being loaded", "a device behind the server that cannot be reached"],
	advice: ["Ask whether somebody works on this server.", "If not, look at what was called or written just before, and by whom."],
};

export const CONDUCT_DETECTIONS: readonly DetectionRecord[] = [
	SERVER_SEARCH,
	ADDRESS_WALK,
	LOGIN_GUESSING,
	SESSION_TAKEN,
	REPORTS_STOPPED,
	EXHAUSTION,
	HISTORY_CHANGED,
	HISTORY_COLLECTED,
	NODES_CHANGED,
	ATTRIBUTE_WRITTEN,
	PUBLISH_LATE,
	SERVER_EVENT,
	SERVER_STATE,
];

/** Part 5, 12.6 ServerState. */
const STATES = ["Running", "Failed", "NoConfiguration", "Suspended", "Shutdown", "Test", "CommunicationFault", "Unknown"];
const RUNNING = 0;
const STATE_NODE = "i=2259";
/** Nodes named in a sentence. */
const NAMED = 3;

/** Microseconds as words: a tenth of a second is exact enough, and no time at all is said as less than that. */
const within = (micros: number): string => (micros < 1e5 ? "less than 0.1 s" : `${Math.round(micros / 1e5) / 10} s`);
const listed = (names: readonly string[], count: number): string =>
	names.length === 0 ? "" : ` (${names.join(", ")}${count > names.length ? ", ..." : ""})`;

/** What an observation is the last straw of, or says by itself. */
export function detectConduct(o: OpcuaObservation, report: ReportFact): void {
	for (const finding of o.findings) findings(o, finding, report);
	for (const { kind, source, words, severity, isUrgent } of o.events) {
		const what = isUrgent ? `an event of severity ${severity}` : `"${kind}"`;
		report({
			record: SERVER_EVENT,
			sentence: `{server} told {client} of ${what}${source === "" ? "" : ` of ${source}`}${words === "" ? "" : `: ${words}`}.`,
			key: `${kind}|${source}`,
			frames: [o.frame],
			byServer: true,
		});
	}
	const { request } = o;
	if (o.kind !== "response" || request === undefined || isBad(o.serviceResult) || o.contradiction !== "") return;
	switch (request.service.id) {
		case SERVICE.historyUpdate:
			changed(o, HISTORY_CHANGED, "changed the history of", report);
			break;
		case SERVICE.addNodes:
			changed(o, NODES_CHANGED, "added nodes below", report);
			break;
		case SERVICE.deleteNodes:
			changed(o, NODES_CHANGED, "deleted", report);
			break;
		case SERVICE.addReferences:
			changed(o, NODES_CHANGED, "added references of", report);
			break;
		case SERVICE.deleteReferences:
			changed(o, NODES_CHANGED, "deleted references of", report);
			break;
		case SERVICE.write:
			attributes(o, report);
			break;
		case SERVICE.read:
			if (request.isAskingState) state(o, report);
			break;
	}
}

function findings(o: OpcuaObservation, { what, count, micros, frame, names }: Finding, report: ReportFact): void {
	const frames = frame > 0 && frame < o.frame ? [frame, o.frame] : [o.frame];
	const some = listed(names, count);
	switch (what) {
		case FOUND.search:
			report({
				record: SERVER_SEARCH,
				sentence: `{client} asked ${count} OPC UA servers${some} within ${within(micros)} how they can be reached, and has no session at any of them; normally a client asks the one that it works with.`,
				key: "",
				frames,
				isAlone: true,
			});
			break;
		case FOUND.walk:
			report({
				record: ADDRESS_WALK,
				sentence: `{client} asked {server} what is below ${count} nodes${some} within ${within(micros)}; normally a client knows the few that it needs.`,
				key: "",
				frames,
				operation: operationOf(o),
			});
			break;
		case FOUND.collected:
			report({
				record: HISTORY_COLLECTED,
				sentence: `{client} read the history of ${count} nodes${some} of {server} within ${within(micros)}; a trend shows eight or sixteen.`,
				key: "",
				frames,
				operation: operationOf(o),
			});
			break;
		case FOUND.guessing:
			report({
				record: LOGIN_GUESSING,
				sentence: `{server} refused {client} ${count} logins within ${within(micros)}, as ${names.join(", ")}; who mistypes a password needs two or three.`,
				key: "",
				frames,
				operation: operationOf(o),
			});
			break;
		case FOUND.taken:
			report({
				record: SESSION_TAKEN,
				sentence: `{client} speaks to {server} in a session${o.session?.name === undefined ? "" : ` (${o.session.name})`} that ${names[0]} had; its secret token normally stays with one host.`,
				key: names[0] ?? "",
				frames,
				operation: operationOf(o),
			});
			break;
		case FOUND.stopped:
			report({
				record: REPORTS_STOPPED,
				sentence: `{client} ended by ${names[0]} what {server} reported to it (${count === 1 ? "the last one" : `the last ${count}`}), and goes on without for ${within(micros)}; normally it begins other reports at once, or leaves.`,
				key: names[0] ?? "",
				frames,
			});
			break;
		case FOUND.late:
			report({
				record: PUBLISH_LATE,
				sentence:
					o.kind === "unanswered"
						? `{server} has reported nothing to {client} for ${within(micros)}, though it is asked to and promised to say at least that it lives.`
						: `{server} reported to {client} after ${within(micros)}; it had promised a message every ${names[0]} at the latest.`,
				key: "",
				frames,
				byServer: true,
			});
			break;
		default:
			report({
				record: EXHAUSTION,
				sentence: names[0]?.startsWith("refusals")
					? `{server} told {client} ${count} times within ${within(micros)} that it has no room for more; normally there is room for all clients.`
					: `{client} began ${count} ${names[0]} with {server} within ${within(micros)} and ended none of them; normally a client has one to three.`,
				key: names[0] ?? "",
				frames,
				operation: operationOf(o),
			});
	}
}

/** What the server did of a request that changes more than values. */
function changed(o: OpcuaObservation, record: DetectionRecord, words: string, report: ReportFact): void {
	const { request, items } = o;
	const done: string[] = [];
	let count = 0;
	for (let index = 0; index < Math.min(items.count, request!.nameCount); index++) {
		if (isBad(items.statuses[index]!)) continue;
		count++;
		const name = request!.names[index]!;
		if (done.length < NAMED && !done.includes(name)) done.push(name);
	}
	if (count === 0) return;
	const where = done.map((name) => nameOf(o, name)).join(", ");
	report({
		record,
		sentence: `{client} ${words} ${where}${count > done.length ? ` (${count} items)` : ""} in {server} by ${request!.service.name}; what is normal there is reading and writing values.`,
		key: "",
		frames: framesOf(o),
		operation: { ...operationOf(o), points: done, pointCount: count },
	});
}

function attributes(o: OpcuaObservation, report: ReportFact): void {
	const { request, items } = o;
	for (let index = 0; index < Math.min(items.count, request!.nameCount); index++) {
		const attribute = request!.attributes[index]!;
		if (attribute === VALUE_ATTRIBUTE || isBad(items.statuses[index]!)) continue;
		const name = request!.names[index]!;
		report({
			record: ATTRIBUTE_WRITTEN,
			sentence: `{client} wrote ${nameOf(o, name)} in {server}; normally values are written, and nothing that says what a node is.`,
			key: attributeName(attribute),
			frames: framesOf(o),
			operation: { ...operationOf(o), points: [name], pointCount: 1 },
		});
		return;
	}
}

function state(o: OpcuaObservation, report: ReportFact): void {
	const { request, items } = o;
	for (let index = 0; index < Math.min(items.count, request!.nameCount); index++) {
		const value = items.values[index]!;
		if (request!.names[index] !== STATE_NODE || isBad(items.statuses[index]!) || !(value > RUNNING)) continue;
		report({
			record: SERVER_STATE,
			sentence: `{server} told {client} that its state is ${STATES[value] ?? value}; normally it is ${STATES[RUNNING]}.`,
			key: String(value),
			frames: framesOf(o),
			byServer: true,
		});
		return;
	}
}

/** A node with the name that it was given in passing. */
function nameOf(o: OpcuaObservation, point: string): string {
	const known = o.nameOf(point);
	return known === undefined ? pointName(point) : `${known} (${point})`;
}

const framesOf = ({ requestFrame, frame }: OpcuaObservation): number[] =>
	requestFrame >= 0 && requestFrame < frame ? [requestFrame, frame] : [frame];

function operationOf(o: OpcuaObservation): DetectionOperation {
	const code = o.request?.service.id ?? o.service?.id ?? 0;
	return {
		verb: verbOf(code),
		name: operationName(code),
		code,
		points: o.request?.names.slice(0, Math.min(NAMED, o.request.nameCount)) ?? [],
		pointCount: o.request?.nameCount ?? 0,
		values: [],
		outcome: o.kind === "request" ? "requested" : isBad(o.serviceResult) && o.serviceResult >= 0 ? "refused" : "ok",
	};
}
