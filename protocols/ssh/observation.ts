import type { ObservationBase } from "../../src/decode/protocol.ts";

/** The lists of a key exchange initialisation (RFC 4253, 7.1), in its order, as they were sent: names between commas. */
export interface AlgorithmLists {
	readonly kex: string;
	readonly hostKey: string;
	readonly encryption: readonly [toServer: string, toClient: string];
	readonly mac: readonly [toServer: string, toClient: string];
	readonly compression: readonly [toServer: string, toClient: string];
}

/** What the two agree on (7.1); empty where no name is on both lists. Pairs are those of a client's and of a server's packets. */
export interface Agreement {
	readonly kex: string;
	readonly hostKey: string;
	readonly cipher: readonly [toServer: string, toClient: string];
	readonly mac: readonly [toServer: string, toClient: string];
	readonly compression: readonly [toServer: string, toClient: string];
}

/**
 * `version` of either side; `key-exchange-init`: what it offers; `agreement`, or `no-agreement` of their lists; `host-key`: the server's, in its reply; `new-keys`: what the sender
 * says from now on is encrypted; `disconnect` in the clear; `early`: a message in the clear that belongs behind the login; `login`: how it ended, as lengths tell; `session`: how much went through.
 * On loan; texts are from the wire and hostile.
 */
export interface SshObservation extends ObservationBase {
	readonly protocol: "ssh";
	kind:
		| "version"
		| "key-exchange-init"
		| "agreement"
		| "no-agreement"
		| "host-key"
		| "new-keys"
		| "disconnect"
		| "early"
		| "login"
		| "session"
		| "malformed";
	isFromServer: boolean;
	/** Of `version`: "2.0", "OpenSSH_9.2p1", "Debian-2+deb12u6". */
	protocolVersion: string;
	software: string;
	comments: string;
	/** Of the second `version`: the version that both speak, 1 or 2; else 0. */
	agreedVersion: number;
	lists: AlgorithmLists | undefined;
	/** HASSH of a client, hasshServer of a server. */
	hassh: string;
	agreement: Agreement | undefined;
	hostKeyType: string;
	/** -1 where it is not said. */
	hostKeyBits: number;
	fingerprint: string;
	/** Of `host-key` after a group exchange: bits of its prime; else -1. */
	groupBits: number;
	/** Of `new-keys`: the other side's came before. */
	isComplete: boolean;
	/** Of `disconnect`. */
	reason: number;
	description: string;
	/** Of `early`: the message's number. */
	messageType: number;
	/** Of `login`. */
	isLetIn: boolean;
	/** Of `login`: answers to what the client offered; where it was let in, the one that let it in too. */
	answers: number;
	/** Of `session`: encrypted bytes of client and server. */
	bytes: readonly [toServer: number, toClient: number];
	/** Of `session`: microseconds from the first new keys to the last byte. */
	duration: number;
	/** Of `new-keys` that complete the exchange, and of `no-agreement`: frame of the first version line; microseconds since then, -1 where it is no question. */
	requestFrame: number;
	latency: number;
	serverPort: number;
	ends: { client: string | undefined; server: string | undefined };
}

const NOTHING = [0, 0] as const;

export const newObservation = (): SshObservation => ({
	protocol: "ssh",
	kind: "version",
	time: 0,
	frame: 0,
	isFromServer: false,
	protocolVersion: "",
	software: "",
	comments: "",
	agreedVersion: 0,
	lists: undefined,
	hassh: "",
	agreement: undefined,
	hostKeyType: "",
	hostKeyBits: -1,
	fingerprint: "",
	groupBits: -1,
	isComplete: false,
	reason: -1,
	description: "",
	messageType: -1,
	isLetIn: false,
	answers: 0,
	bytes: NOTHING,
	duration: -1,
	requestFrame: 0,
	latency: -1,
	serverPort: 0,
	ends: { client: undefined, server: undefined },
});
