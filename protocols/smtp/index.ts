/** SMTP: who sends mail by which server, how he logs in, and what is attached. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { LOGIN, operationName, REPLY, replyName } from "./codes.ts";
import { smtpTcp } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { SmtpObservation } from "./observation.ts";
import { operations } from "./operations.ts";

function record(o: SmtpObservation): Record<string, unknown> {
	const { command, mail, identity, kind } = o;
	return {
		...(kind === "malformed" && { sender: o.isFromServer ? "server" : "client" }),
		...(command !== undefined && kind !== "mail" && { command: command.name }),
		...(command !== undefined && command.argument !== "" && { argument: command.argument }),
		...(o.clientName !== "" && { helo: o.clientName }),
		...(o.userName !== "" && { userName: o.userName }),
		...(o.mechanism !== "" && { mechanism: o.mechanism }),
		...(o.hasPassword && { password: "(present)", inClear: true }),
		...(identity !== undefined && {
			...(identity.hostName !== "" && { hostName: identity.hostName }),
			...(identity.version !== "" && { version: identity.version }),
		}),
		...(mail !== undefined && {
			from: mail.from,
			recipients: mail.recipients,
			domains: [...mail.domains],
			size: mail.size,
			...(mail.attachments.length > 0 && { attachments: [...mail.attachments] }),
			...(mail.programs.length > 0 && { programs: [...mail.programs] }),
		}),
		...((kind === "reply" || kind === "mail") && {
			replyCode: o.replyCode,
			...(o.replyText !== "" && { replyText: o.replyText }),
			matched: command !== undefined,
		}),
		...(o.login !== "" && { login: o.login }),
		...(o.isProtected && { encrypted: true }),
		...(o.latency >= 0 && { latencyMs: Math.round(o.latency) / 1000 }),
		...(command !== undefined && command.frame !== o.frame && { requestFrame: command.frame }),
		...(o.violation !== "" && { violations: [o.violation] }),
	};
}

export const smtp: Protocol<SmtpObservation> = {
	name: "smtp",
	title: "SMTP",
	tcp: smtpTcp,
	isControl: false,
	service: { duty: "mail" },
	spaces: [],
	record,
	operations,
	operationName,
	outcomeName: replyName,
	isLogin: (code, outcomeCode) => code === LOGIN && (outcomeCode === 0 || outcomeCode === REPLY.wrongLogin),
	pointName: (name) => name,
	postponing: [REPLY.closing],
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
