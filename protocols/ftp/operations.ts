/**
 * FTP in neutral words, said when a command is answered in the end: files are read and written, folders looked through; SITE is a command to the server. The name of the file, as it was
 * sent, is the point. A server of files steers no machine, so its points are not learned.
 */
import type { OperationSink, Outcome } from "../../src/decode/protocol.ts";
import { codeOf, hasPath, isTransfer, LOGIN, REPLY, verbOf } from "./codes.ts";
import type { FtpObservation } from "./observation.ts";

/** Longest name that is a point. */
const MAX_POINT = 256;
/** RFC 959, 4.2: from here on a reply refuses. */
const REFUSED = 400;

export function operations(o: FtpObservation, sink: OperationSink): void {
	const { command } = o;
	if (o.kind === "command" && command !== undefined) {
		if (isTransfer(command.name) && command.argument !== "") sink.trace("file-name", command.argument, false);
		return;
	}
	if (o.kind === "reply") {
		if (o.isGreeting && o.replyCode === REPLY.ready) greet(o, sink);
		if (o.login !== "") login(o, sink);
		if (o.replyCode === REPLY.system && command?.name === "SYST") nameSystem(o, sink);
		if (o.replyCode >= 200) say(o, sink, o.replyCode >= REFUSED ? "refused" : "ok");
	} else if (o.kind === "unanswered") say(o, sink, "unanswered");
}

function say(o: FtpObservation, sink: OperationSink, outcome: Outcome): void {
	const { command } = o;
	const verb = command === undefined ? undefined : verbOf(command.name);
	if (command === undefined || verb === undefined) return;
	begin(o, sink, outcome).verb = verb;
	if (command.from !== "") sink.named(command.from.slice(0, MAX_POINT));
	if (hasPath(command.name) && command.argument !== "") sink.named(command.argument.slice(0, MAX_POINT));
	sink.commit();
}

function login(o: FtpObservation, sink: OperationSink): void {
	const operation = begin(o, sink, o.login === "refused" ? "refused" : "ok");
	operation.verb = "authenticate";
	operation.code = LOGIN;
	sink.commit();
	if (o.login === "ok" && o.userName !== "") sink.credential({ kind: "user", text: o.userName, isServer: false });
}

function begin(o: FtpObservation, sink: OperationSink, outcome: Outcome) {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.command!.frame;
	operation.code = codeOf(o.command!.name);
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? o.replyCode : 0;
	operation.latency = o.latency;
	return operation;
}

/** Software with its version as servers write it; else what they say, cut. */
const SOFTWARE =
	/\b(?:vsFTPd|ProFTPD|Pure-FTPd|FileZilla Server|Microsoft FTP Service|Serv-U FTP Server|wu-ftpd?|bftpd|VxWorks[^,;)]{0,20})(?:[ -/]v?[\d.][\w.-]{0,15})?/i;

function greet({ replyText }: FtpObservation, sink: OperationSink): void {
	const application = (SOFTWARE.exec(replyText)?.[0] ?? replyText.slice(0, 80)).trim();
	if (application !== "") sink.identity({ application, presumed: true, evidence: "FTP greeting" });
}

/** RFC 959, 4.1.3: the first word is a name of the list of operating systems (IANA). */
function nameSystem({ replyText }: FtpObservation, sink: OperationSink): void {
	const operatingSystem = replyText.slice(0, 80).trim();
	if (operatingSystem !== "") sink.identity({ operatingSystem, presumed: true, evidence: "FTP SYST" });
}
