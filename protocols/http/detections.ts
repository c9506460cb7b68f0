/** What is suspicious in HTTP by itself, whatever was learned. Technique ids are those of ATT&CK for ICS v18. */
import { accessFact, CLEARTEXT_PASSWORD, REMOTE_EXECUTION } from "../../src/detect/access.ts";
import type { DetectionOperation, DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import type { Attack } from "./attack.ts";
import { codeOf, operationName, verbOf } from "./codes.ts";
import type { Management } from "./management.ts";
import type { HttpObservation, HttpRequest } from "./observation.ts";

const WEB_ATTACK: DetectionRecord = {
	id: "web-attack",
	title: "Web request that tries to break into its server",
	nature: "fact",
	severity: 75,
	techniques: ["T0819", "T0866"],
	needs: "The requests of a connection without TLS; their bodies are not read.",
	causes: ["a scan for weaknesses that somebody ordered", "a web application that passes file names or commands in its addresses"],
	advice: [
		"Ask whether a scan for weaknesses was ordered, from this host and at this time.",
		"If not, isolate the client: no browser sends such a request by itself.",
		"Look at what the server answered, and whether it did anything new afterwards; a device that ran the command is no longer to be trusted.",
	],
};

const MALFORMED: DetectionRecord = {
	id: "http-malformed",
	title: "Malformed HTTP message",
	nature: "fact",
	severity: 45,
	techniques: ["T0866", "T0820"],
	needs: "A connection without TLS.",
	causes: ["a device or program that implements HTTP carelessly", "a test tool", "packets damaged or cut on the way to the monitor"],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one program?",
		"Two lengths in one request hide a second request from a proxy or a firewall: ask who runs the client, and isolate it where nobody does.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [CLEARTEXT_PASSWORD, REMOTE_EXECUTION, WEB_ATTACK, MALFORMED];

const TRIES: Readonly<Record<Attack["kind"], string>> = {
	"path-traversal": "to reach files outside those that it serves",
	"command-injection": "to run a command of its shell",
	shellshock: "to run a command by a fault of bash (Shellshock)",
	log4shell: "to load a program by a fault of Log4j (Log4Shell)",
};

const WRONG: Readonly<Record<string, string>> = {
	nul: "it has a zero byte",
	"bare-cr": "a line is broken without its end",
	"obs-fold": "a field goes on in the next line",
	"field-name": "a field has no name that can be read",
	"content-length": "it gives lengths that differ, or are no numbers",
	"length-and-encoding": "it gives its length twice, in two ways",
	"transfer-encoding": "its length cannot be known from its encoding",
	host: "it names its host twice",
	chunk: "its body is not cut into parts as it says",
	"head-length": "its head has no end",
};
/** A response with these can mean two things; what else is careless of devices is in the line alone. */
const OF_RESPONSES: ReadonlySet<string> = new Set(["nul", "content-length", "length-and-encoding", "chunk", "head-length"]);

export function detect(o: HttpObservation, report: ReportFact): void {
	const { request } = o;
	const wrong = o.isFromServer ? o.violations.filter((violation) => OF_RESPONSES.has(violation)) : o.violations;
	if (wrong.length > 0)
		report({
			record: MALFORMED,
			sentence: `A message of ${o.isFromServer ? "{server} to {client}" : "{client} to {server}"} is no HTTP that can be read in one way: ${wrong.map((violation) => WRONG[violation]).join(", ")}.`,
			key: wrong.join(),
			frames: [o.frame],
			byServer: o.isFromServer,
		});
	if (o.management !== undefined && request !== undefined && runs(o.management))
		report(
			accessFact({
				record: REMOTE_EXECUTION,
				words: `{client} told {server} to run ${o.management.commandLine || "a program"} (WinRM)`,
				against: "normally nobody runs programs on a host of the plant from afar",
				key: "WinRM",
				frames: [o.frame],
				operation: operationOf(request),
			}),
		);
	if (o.kind !== "request" || request === undefined) return;
	if (o.isNewPassword)
		report(
			accessFact({
				record: CLEARTEXT_PASSWORD,
				words: `{client} logged in to a web page of {server}${request.userName === "" ? "" : ` as ${request.userName}`} with a password that is not encrypted`,
				against: "anybody on the way can read it (Basic authentication)",
				key: request.userName,
				frames: [o.frame],
				operation: operationOf(request),
			}),
		);
	if (o.attack !== undefined)
		report({
			record: WEB_ATTACK,
			sentence: `{client} sent {server} a request that tries ${TRIES[o.attack.kind]} (${request.method} with ${o.attack.text}); no browser sends it by itself.`,
			key: o.attack.kind,
			frames: [o.frame],
			operation: operationOf(request),
		});
}

/** A command in a shell ([MS-WSMV] 3.1.4.11), or a process by WMI. */
const runs = ({ action, resource, commandLine }: Management): boolean =>
	action === "Command" || (action === "Create" && resource === "Win32_Process" && commandLine !== "");

const operationOf = ({ method, path }: HttpRequest): DetectionOperation => ({
	verb: verbOf(method),
	name: operationName(codeOf(method)),
	code: codeOf(method),
	points: [path],
	pointCount: 1,
	values: [],
	outcome: "requested",
});
