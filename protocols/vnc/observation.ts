import type { ObservationBase } from "../../src/decode/protocol.ts";

/** One step of the handshake. What is shown and typed behind it is not looked at. On loan; texts are from the wire and hostile. */
export interface VncObservation extends ObservationBase {
	readonly protocol: "vnc";
	/**
	 * `version` of either side; `security`: the types that the server offers; `choice`: the type that counts; `refusal`: the server gives a reason and ends; `result` of the login;
	 * `screen`: how the server describes what it shows.
	 */
	kind: "version" | "security" | "choice" | "refusal" | "result" | "screen" | "malformed";
	isFromServer: boolean;
	/** "3.8" */
	version: string;
	securityTypes: readonly number[];
	/** -1 while none was chosen. */
	securityType: number;
	/** -1 for none. */
	result: number;
	reason: string;
	width: number;
	height: number;
	desktopName: string;
	/** Frame in which the client answered the challenge, or chose; microseconds from then to the result, -1 where unknown. */
	requestFrame: number;
	latency: number;
}

export const NONE: readonly number[] = [];

export const newObservation = (): VncObservation => ({
	protocol: "vnc",
	kind: "version",
	time: 0,
	frame: 0,
	isFromServer: false,
	version: "",
	securityTypes: NONE,
	securityType: -1,
	result: -1,
	reason: "",
	width: -1,
	height: -1,
	desktopName: "",
	requestFrame: 0,
	latency: -1,
});
