/** SSH: who works on which host, by which software, keys and algorithms, and how logins end. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { messageName, OPERATION, reasonName } from "./codes.ts";
import { sshTcp } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { Agreement, AlgorithmLists, SshObservation } from "./observation.ts";
import { operationName, operations, outcomeName } from "./operations.ts";

/** Names of a list that a line shows, and letters of each. */
const MAX_NAMES = 64;
const MAX_NAME = 64;

const names = (list: string): string[] => (list === "" ? [] : list.split(",", MAX_NAMES).map((name) => name.slice(0, MAX_NAME)));
const sender = ({ isFromServer }: SshObservation) => ({ sender: isFromServer ? "server" : "client" });

/** Names as Zeek has them in its log. */
const agreed = ({ kex, hostKey, cipher, mac, compression }: Agreement) => {
	const cut = (name: string) => name.slice(0, MAX_NAME);
	return {
		kexAlgorithm: cut(kex),
		hostKeyAlgorithm: cut(hostKey),
		cipherAlgorithm: cipher.map(cut),
		macAlgorithm: mac.map(cut),
		compressionAlgorithm: compression.map(cut),
	};
};

const offered = ({ kex, hostKey, encryption, mac, compression }: AlgorithmLists) => ({
	kexAlgorithms: names(kex),
	serverHostKeyAlgorithms: names(hostKey),
	encryptionAlgorithms: encryption.map(names),
	macAlgorithms: mac.map(names),
	compressionAlgorithms: compression.map(names),
});

function record(o: SshObservation): Record<string, unknown> {
	const answered = {
		...(o.requestFrame > 0 && { requestFrame: o.requestFrame }),
		...(o.latency >= 0 && { latencyMs: Math.round(o.latency) / 1000 }),
	};
	switch (o.kind) {
		case "version":
			return {
				...sender(o),
				version: o.protocolVersion,
				software: o.software,
				...(o.comments !== "" && { comments: o.comments }),
				...(o.agreedVersion > 0 && { agreedVersion: o.agreedVersion }),
			};
		case "key-exchange-init":
			return { ...sender(o), [o.isFromServer ? "hasshServer" : "hassh"]: o.hassh, ...offered(o.lists!) };
		case "agreement":
		case "no-agreement":
			return { ...agreed(o.agreement!), ...answered };
		case "host-key":
			return {
				hostKeyType: o.hostKeyType.slice(0, MAX_NAME),
				...(o.hostKeyBits >= 0 && { hostKeyBits: o.hostKeyBits }),
				fingerprint: o.fingerprint,
				...(o.groupBits >= 0 && { groupBits: o.groupBits }),
			};
		case "disconnect":
			return { ...sender(o), ...(o.reason >= 0 && { reason: o.reason, reasonName: reasonName(o.reason), description: o.description }) };
		case "early":
			return { ...sender(o), messageType: o.messageType, message: messageName(o.messageType) };
		case "login":
			return { result: o.isLetIn ? "ok" : "refused", answers: o.answers };
		case "session":
			return { bytesToServer: o.bytes[0], bytesToClient: o.bytes[1], durationMs: Math.round(o.duration) / 1000 };
		default:
			return { ...sender(o), ...answered };
	}
}

export const ssh: Protocol<SshObservation> = {
	name: "ssh",
	title: "SSH",
	tcp: sshTcp,
	isControl: false,
	service: { isRemoteAccess: true },
	spaces: [],
	record,
	operations,
	operationName,
	outcomeName,
	isLogin: (code) => code === OPERATION.login,
	pointName: (name) => name,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
