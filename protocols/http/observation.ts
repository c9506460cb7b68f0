import type { ObservationBase } from "../../src/decode/protocol.ts";
import type { Attack } from "./attack.ts";
import type { Management } from "./management.ts";

/** A request, or what it asked of the response that answers it. Owned; every text is from the wire and hostile, without control and hidden characters. */
export interface HttpRequest {
	/** Microseconds. */
	readonly time: number;
	readonly frame: number;
	readonly method: string;
	/** Path and query as they were sent, or authority or `*`, cut; values of parameters that are named like secrets are left out. */
	readonly uri: string;
	/** The path without its query, cut: the point of its operation. */
	readonly path: string;
	/** Of the target, else of the Host field; empty where neither says it. */
	readonly host: string;
	/** Asked of a proxy: the target names the server, or it asks for a tunnel. */
	readonly isProxied: boolean;
	readonly userAgent: string;
	readonly referrer: string;
	/** In lower case: "basic", "digest", "ntlm"; empty where it has no credentials. */
	readonly scheme: string;
	/** Of Basic, Digest and NTLM; empty where it names none. */
	readonly userName: string;
	/** Basic, with a password that is not empty. It is not kept. */
	readonly hasPassword: boolean;
	/** Its answer decides a login: credentials that are complete, and others than those that this connection showed before. */
	readonly isLogin: boolean;
}

/** One message of HTTP. On loan. */
export interface HttpObservation extends ObservationBase {
	readonly protocol: "http";
	/** A malformed one is a body whose framing cannot be read, or a head without an end. */
	kind: "request" | "response" | "management" | "unanswered" | "malformed";
	isFromServer: boolean;
	/** Addresses of the flow's two sides. */
	readonly ends: { client: string | undefined; server: string | undefined };
	/** Of a response the request that it answers, where that was seen. */
	request: HttpRequest | undefined;
	/** "1.1". */
	version: string;
	contentType: string;
	/** -1 where the head says none, or none that can be read. */
	contentLength: number;
	isChunked: boolean;
	/** Of an Upgrade field; empty for none. */
	upgrade: string;

	/** Response. */
	statusCode: number;
	statusMessage: string;
	server: string;
	/** Challenge (RFC 9110, 11.3): schemes in lower case, and the realm. */
	challenges: readonly string[];
	realm: string;
	location: string;
	/** Name that a download is to be saved under (RFC 6266). */
	fileName: string;
	/** Microseconds; -1 where unknown. */
	latency: number;
	/** Of a response that decides a login: "ok" or "refused"; empty where it decides none. */
	login: "" | "ok" | "refused";

	/** Said for the first time in this connection: the agent of a request, the server or the realm of a response, the password of a request. */
	isNewAgent: boolean;
	isNewServer: boolean;
	isNewPassword: boolean;
	/** Of a request that tries to break out of the server. */
	attack: Attack | undefined;
	/** Of `management`: what a request of WS-Management does. */
	management: Management | undefined;
	/** Fixed words. */
	violations: readonly string[];
}

export const NONE: readonly string[] = [];

export const newObservation = (): HttpObservation => ({
	protocol: "http",
	kind: "request",
	time: 0,
	frame: 0,
	isFromServer: false,
	ends: { client: undefined, server: undefined },
	request: undefined,
	version: "",
	contentType: "",
	contentLength: -1,
	isChunked: false,
	upgrade: "",
	statusCode: -1,
	statusMessage: "",
	server: "",
	challenges: NONE,
	realm: "",
	location: "",
	fileName: "",
	latency: -1,
	login: "",
	isNewAgent: false,
	isNewServer: false,
	isNewPassword: false,
	attack: undefined,
	management: undefined,
	violations: NONE,
});
