/** Telnet: terminals, and who logs in. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { commandName, LOGIN, optionName, REFUSED } from "./codes.ts";
import { telnetTcp } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { TelnetObservation } from "./observation.ts";
import { operations } from "./operations.ts";

function record(o: TelnetObservation): Record<string, unknown> {
	return {
		sender: o.isFromServer ? "server" : "client",
		...(o.command >= 0 && { command: commandName(o.command) }),
		...(o.option >= 0 && { option: optionName(o.option) }),
		...(o.terminalType !== "" && { terminalType: o.terminalType }),
		...(o.userName !== "" && { userName: o.userName }),
		...(o.kind === "password" && { password: "(present)", inClear: true }),
		...(o.outcome !== "" && { login: o.outcome }),
		...(o.latency >= 0 && { latencyMs: Math.round(o.latency) / 1000 }),
		...(o.requestFrame !== o.frame && { requestFrame: o.requestFrame }),
	};
}

export const telnet: Protocol<TelnetObservation> = {
	name: "telnet",
	title: "Telnet",
	tcp: telnetTcp,
	isControl: false,
	service: { isRemoteAccess: true },
	spaces: [],
	record,
	operations,
	operationName: (code) => (code === LOGIN ? "log in" : "other"),
	outcomeName: (code) => (code === REFUSED ? "refused" : "unknown"),
	isLogin: (code) => code === LOGIN,
	pointName: (name) => name,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
