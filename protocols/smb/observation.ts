/** What the decoder says of SMB. One object, reused: on loan. Every text is from the wire and hostile, without hidden characters. */
import type { ObservationBase } from "../../src/decode/protocol.ts";

export interface SmbObservation extends ObservationBase {
	readonly protocol: "smb";
	/**
	 * `exchange`: a command and its answer. `transfer`: what went into and out of an open file since the last one, where it is not closed. `call`: a remote procedure call through
	 * a pipe, or the binding of interfaces. `session`: NetBIOS. `encrypted`, `compressed`: the first such message of a connection.
	 */
	kind: "exchange" | "unanswered" | "transfer" | "call" | "bind" | "session" | "encrypted" | "compressed" | "exploit" | "malformed";
	/** 1, or 2 for SMB2 and 3; 0 for NetBIOS. */
	version: number;
	/** As in codes.ts; -1 where it is not known. */
	command: number;
	/** Of what is one-sided: the server sent it. */
	isFromServer: boolean;
	/** -1 for none. */
	status: number;
	/** -1 for none. */
	sessionId: number;
	treeId: number;
	requestFrame: number;
	/** Microseconds; -1 where unknown. */
	latency: number;

	/** NEGOTIATE. */
	dialects: readonly string[];
	dialect: string;
	/** Signing, by both sides' words. */
	isSigningRequired: boolean;
	/** SMB1 was settled on, or is spoken: said once a connection. */
	isOldVersion: boolean;

	/** SESSION_SETUP; `user` is also who asks for a share or calls a procedure, with the domain in front. */
	mechanism: string;
	user: string;
	domain: string;
	workstation: string;
	/** Of the server's challenge. */
	computer: string;
	dnsComputer: string;
	targetDomain: string;
	dnsDomain: string;
	/** Versions of Windows, and what SMB1 calls native system and LAN manager. */
	clientVersion: string;
	serverVersion: string;
	clientSystem: string;
	clientManager: string;
	serverSystem: string;
	serverManager: string;
	isGuest: boolean;
	isAnonymous: boolean;
	/** The server asked for passwords as they are, and one came. */
	isPasswordInClear: boolean;

	/** Of the tree. */
	share: string;
	shareType: string;
	/** Of the file, or the pipe; the new name of a rename. */
	fileName: string;
	newName: string;
	disposition: string;
	action: string;
	isDirectory: boolean;
	isDeleted: boolean;
	fileSize: number;
	/** Since it was opened, or said last. */
	bytesRead: number;
	bytesWritten: number;
	reads: number;
	writes: number;
	/** Function of an IOCTL or a transaction. */
	subFunction: string;
	/** Index of the interface, -1 for one that is not known; its UUID; number of the operation, -1 for none. */
	interfaceIndex: number;
	interfaceId: string;
	operation: number;
	isFault: boolean;
	/** What the call is about: a service, a program, a task. */
	subject: string;
	program: string;
	/** Interfaces of a bind. */
	interfaces: readonly string[];
	/** Called and calling name. */
	calledName: string;
	callingName: string;
	/** Of a malformed message. */
	reason: string;
	/** Bytes of it. */
	size: number;
	readonly ends: { client: string | undefined; server: string | undefined };
}

const NO_TEXTS: readonly string[] = [];

/** Everything but who, when and whose. */
export const BLANK: Omit<SmbObservation, "protocol" | "time" | "frame" | "ends"> = {
	kind: "exchange",
	version: 0,
	command: -1,
	isFromServer: false,
	status: -1,
	sessionId: -1,
	treeId: -1,
	requestFrame: -1,
	latency: -1,
	dialects: NO_TEXTS,
	dialect: "",
	isSigningRequired: false,
	isOldVersion: false,
	mechanism: "",
	user: "",
	domain: "",
	workstation: "",
	computer: "",
	dnsComputer: "",
	targetDomain: "",
	dnsDomain: "",
	clientVersion: "",
	serverVersion: "",
	clientSystem: "",
	clientManager: "",
	serverSystem: "",
	serverManager: "",
	isGuest: false,
	isAnonymous: false,
	isPasswordInClear: false,
	share: "",
	shareType: "",
	fileName: "",
	newName: "",
	disposition: "",
	action: "",
	isDirectory: false,
	isDeleted: false,
	fileSize: -1,
	bytesRead: 0,
	bytesWritten: 0,
	reads: 0,
	writes: 0,
	subFunction: "",
	interfaceIndex: -1,
	interfaceId: "",
	operation: -1,
	isFault: false,
	subject: "",
	program: "",
	interfaces: NO_TEXTS,
	calledName: "",
	callingName: "",
	reason: "",
	size: -1,
};

/** What a request says already. */
export type Said = Partial<Omit<SmbObservation, "protocol" | "time" | "frame" | "ends" | "kind">>;

export const newObservation = (): SmbObservation => ({
	...BLANK,
	protocol: "smb",
	time: 0,
	frame: 0,
	ends: { client: undefined, server: undefined },
});
