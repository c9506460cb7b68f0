/** FTP: who takes which file from where, or puts it there, and who logs in. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { LOGIN, operationName, REPLY, replyName } from "./codes.ts";
import { ftpTcp } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { FtpObservation } from "./observation.ts";
import { operations } from "./operations.ts";

function record(o: FtpObservation): Record<string, unknown> {
	const { command } = o;
	return {
		...(o.kind === "malformed" && { sender: o.isFromServer ? "server" : "client" }),
		...(command !== undefined && { command: command.name }),
		...(command !== undefined && command.argument !== "" && { argument: command.argument }),
		...(command !== undefined && command.from !== "" && { from: command.from }),
		...(o.userName !== "" && { userName: o.userName }),
		...(o.hasPassword && { password: "(present)", inClear: true }),
		...(o.kind === "reply" && { replyCode: o.replyCode, replyText: o.replyText, matched: command !== undefined }),
		...(o.login !== "" && { login: o.login }),
		...(o.latency >= 0 && { latencyMs: Math.round(o.latency) / 1000 }),
		...(command !== undefined && command.frame !== o.frame && { requestFrame: command.frame }),
		...(o.violation !== "" && { violations: [o.violation] }),
	};
}

export const ftp: Protocol<FtpObservation> = {
	name: "ftp",
	title: "FTP",
	tcp: ftpTcp,
	isControl: false,
	service: {},
	spaces: [],
	record,
	operations,
	operationName,
	outcomeName: replyName,
	isLogin: (code, outcomeCode) =>
		code === LOGIN && (outcomeCode === 0 || outcomeCode === REPLY.notLoggedIn || outcomeCode === REPLY.invalidLogin),
	pointName: (name) => `file ${name}`,
	postponing: [REPLY.closing],
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
