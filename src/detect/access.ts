/**
 * How hosts are entered and worked on over the services of offices and of maintenance (files, terminals, screens, web pages), whatever the protocol. Declared once; a protocol
 * names those it can see among its `detections` and reports them by `accessFact`. A plant may live with some of these for years: people can say that one is normal of these two.
 */
import type { DetectionRecord, Fact } from "./detection.ts";

const NEEDS = "The conversation's beginning, readable.";
const PROTECT = "Have the service replaced by one that encrypts, or let it be reached from the stations alone that need it.";

const fact = (record: Omit<DetectionRecord, "nature" | "needs" | "isLearnable">): DetectionRecord => ({
	...record,
	nature: "fact",
	isLearnable: true,
	needs: NEEDS,
});

export const CLEARTEXT_PASSWORD = fact({
	id: "cleartext-password",
	title: "Password sent where everybody on the way can read it",
	severity: 35,
	techniques: ["T0842", "T0859"],
	causes: ["an old device or service that has no other way", "a service that was set up without encryption"],
	advice: [PROTECT, "Use this password nowhere else, and change it where it was used elsewhere."],
});

export const WEAK_PROTOCOL = fact({
	id: "weak-protocol",
	title: "Version of a protocol that is known to be broken, or has no protection",
	severity: 35,
	techniques: ["T0866", "T0830"],
	causes: ["an old device or operating system that knows no other version", "a service that was set up so for such a device"],
	advice: [PROTECT, "Where both sides know a newer version, have the old one switched off."],
});

export const REMOTE_EXECUTION = fact({
	id: "remote-execution",
	title: "Host told to run a program for another",
	severity: 70,
	techniques: ["T0886", "T0871"],
	causes: ["an administrator or a tool that manages hosts", "a server that installs updates"],
	advice: [
		"Ask the administrator whether this was done, and from this host.",
		"If nobody did it, isolate both hosts: this is how intruders and malware go from host to host.",
		"Look at what the client copied there before, and what the host did next.",
	],
});

/** All of them. */
export const ACCESS: readonly DetectionRecord[] = [CLEARTEXT_PASSWORD, WEAK_PROTOCOL, REMOTE_EXECUTION];

/** What was seen, as a protocol knows it. */
export interface AccessObserved extends Pick<Fact, "key" | "frames" | "operation" | "reasons" | "byServer"> {
	/** One of the protocol's `detections`. */
	readonly record: DetectionRecord;
	/** What `{client}` did at `{server}`, a whole main clause without its full stop, with `{client}` and `{server}` in it. */
	readonly words: string;
	/** What is normal, or why it matters, behind a semicolon. */
	readonly against: string;
}

export const accessFact = ({ words, against, ...fact }: AccessObserved): Fact => ({ ...fact, sentence: `${words}; ${against}.` });
