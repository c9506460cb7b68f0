import type { ObservationBase } from "../../src/decode/protocol.ts";

/** What is said of a Telnet connection: what both sides negotiate, and how somebody logs in. What is typed and shown beside is not kept. On loan. */
export interface TelnetObservation extends ObservationBase {
	readonly protocol: "telnet";
	/** `password`: one was typed. `login`: it was accepted, or not. A malformed one is a subnegotiation without an end. */
	kind: "command" | "subnegotiation" | "password" | "login" | "malformed";
	isFromServer: boolean;
	/** Command (RFC 854); -1 for none. */
	command: number;
	/** -1 for none. */
	option: number;
	/** Terminal type (RFC 1091) of a subnegotiation; empty for none. */
	terminalType: string;
	/** As it was typed; empty where none was seen. */
	userName: string;
	outcome: "" | "ok" | "refused";
	/** Name that the server's prompt begins with; empty for none. */
	hostName: string;
	/** Frame in which the password was typed; microseconds from then to the verdict, -1 where unknown. */
	requestFrame: number;
	latency: number;
}

export const newObservation = (): TelnetObservation => ({
	protocol: "telnet",
	kind: "command",
	time: 0,
	frame: 0,
	isFromServer: false,
	command: -1,
	option: -1,
	terminalType: "",
	userName: "",
	outcome: "",
	hostName: "",
	requestFrame: 0,
	latency: -1,
});
