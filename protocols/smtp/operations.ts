/**
 * SMTP in neutral words: a login is an `authenticate`, a mail that the server answers for a `write`, what it is asked about names a `browse`. Greetings say who both sides are. A server of mail steers no machine,
 * so nothing of it is learned.
 */
import type { OperationSink, Outcome } from "../../src/decode/protocol.ts";
import { systemOf } from "../../src/wire/ntlm.ts";
import { codeOf, LOGIN, MAIL, REPLY } from "./codes.ts";
import type { SmtpObservation } from "./observation.ts";

/** RFC 5321, 4.2.1: from here on a reply refuses. */
const REFUSED = 400;
/** What asks whether a name exists (RFC 5321, 3.5). */
const ASKING: ReadonlySet<string> = new Set(["VRFY", "EXPN"]);
/** Names of hosts as they should greet (RFC 5321, 4.1.1.1); an address, or a name of nobody, is none. */
const HOST = /^(?=.*[a-z])(?!localhost\b)[a-z0-9](?:[a-z0-9._-]{0,252}[a-z0-9])?$/i;
/** Software with its version as servers write it. */
const SOFTWARE =
	/\b(?:Postfix|Exim|Sendmail|Microsoft ESMTP MAIL Service|Exchange|MailEnable|hMailServer|OpenSMTPD|qmail|Haraka|Dovecot)(?:[ /,:-]{1,3}(?:Version:? )?v?\d[\w.-]{0,15})?/i;

export function operations(o: SmtpObservation, sink: OperationSink): void {
	const { command, kind } = o;
	if (o.identity !== undefined) nameHost(o, sink);
	if (kind === "command") {
		if ((command?.name === "EHLO" || command?.name === "HELO") && o.clientIp !== "" && HOST.test(o.clientName))
			sink.identity({ ip: o.clientIp, hostName: o.clientName, presumed: true, evidence: "SMTP greeting" });
		return;
	}
	if (kind === "mail") {
		say(o, sink, "write", MAIL, o.replyCode >= REFUSED ? "refused" : "ok");
		for (const name of o.mail!.attachments) sink.trace("file-name", name, false);
		return;
	}
	if (kind === "reply" && o.isGreeting && o.replyCode === REPLY.ready) greet(o, sink);
	if (o.login !== "") say(o, sink, "authenticate", LOGIN, o.login === "refused" ? "refused" : "ok");
	else if (command !== undefined && ASKING.has(command.name))
		say(o, sink, "browse", codeOf(command.name), kind === "unanswered" ? "unanswered" : o.replyCode >= REFUSED ? "refused" : "ok");
}

function say(o: SmtpObservation, sink: OperationSink, verb: "authenticate" | "browse" | "write", code: number, outcome: Outcome): void {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.command!.frame;
	operation.verb = verb;
	operation.code = code;
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? o.replyCode : 0;
	operation.latency = o.latency;
	sink.commit();
}

/** RFC 5321, 4.3.1: the server's name comes first, then what it likes. */
function greet({ replyText }: SmtpObservation, sink: OperationSink): void {
	const [name = ""] = replyText.split(" ", 1);
	const application = SOFTWARE.exec(replyText)?.[0];
	if (HOST.test(name)) sink.identity({ hostName: name, presumed: true, evidence: "SMTP greeting" });
	if (application !== undefined) sink.identity({ application, presumed: true, evidence: "SMTP greeting" });
}

function nameHost({ identity, clientIp }: SmtpObservation, sink: OperationSink): void {
	const { isServer, hostName, version } = identity!;
	const said = { ...(hostName !== "" && { hostName }), ...(version !== "" && { operatingSystem: systemOf(version) }) };
	if (Object.keys(said).length === 0 || (!isServer && clientIp === "")) return;
	sink.identity({ ...(!isServer && { ip: clientIp }), ...said, presumed: true, evidence: "SMTP login (NTLM)" });
}
