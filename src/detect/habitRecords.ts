/** What can be odd about habits: rhythm, order, hour, amount, and what did not come. */
import type { DetectionRecord } from "./detection.ts";
import { declare } from "./techniques.ts";

export const POLL_SILENT = declare({
	id: "poll-silent",
	title: "Cyclic exchange fell silent",
	nature: "deviation",
	severity: 35,
	techniques: ["T0804", "T0814", "T0815"],
	needs: "Both directions of the traffic to the PLC, readable; a poll that comes at least once an hour.",
	threshold: {
		value: "3.5 periods, a minute, and four times the second longest pause of its life",
		why: "A connection that broke is open again within a minute; one pause is an accident, two are a habit.",
	},
	causes: [
		"The client or the PLC was switched off, restarted or is being maintained.",
		"A cable or switch between them failed.",
		"The client's screen or archive was set up anew and no longer asks for this.",
	],
	advice: [
		"Ask the operator whether the values on the screen still move.",
		"Check whether client and PLC run and reach each other.",
		"If both do, find out who keeps them from talking.",
	],
});

export const POLL_PACE = declare({
	id: "poll-pace",
	title: "Cyclic exchange at another pace",
	nature: "deviation",
	severity: 30,
	techniques: ["T0802", "T0814"],
	needs: "The client's requests, readable; four of five intervals that agree on a period.",
	threshold: {
		value: "five intervals in a row beyond 15 % of the period, or beyond six usual deviations",
		why: "One late answer is no other pace; what disturbs it while it learns raises the limit by itself.",
	},
	causes: [
		"The client's polling time was changed.",
		"The client, the PLC or the network is overloaded.",
		"A second program on the client's host reads the same.",
	],
	advice: [
		"Ask the owner of the client whether its polling was changed.",
		"If not, check the client's host for a program that does not belong there.",
		"Watch whether the PLC's answers become slow.",
	],
});

export const UNUSUAL_ORDER = declare({
	id: "unusual-order",
	title: "Requests in an order never seen",
	nature: "deviation",
	severity: 30,
	techniques: ["T0855", "T0848"],
	needs: "The client's requests, readable and without loss; a channel in which cycles hold four of five messages.",
	threshold: {
		value: "three misfits close together where there is a cycle, five where there is none",
		why: "A lost frame is one misfit; two requests that changed places are three.",
	},
	causes: [
		"The client's software was updated or set up anew.",
		"A screen was opened that asks in another order.",
		"Frames were lost on the mirror port.",
	],
	advice: [
		"Ask the owner of the client whether its software or set-up changed.",
		"Compare with the client's other alerts: somebody may speak in its name.",
		"Run `spanwatch doctor` to see whether frames are lost.",
	],
});

export const UNUSUAL_HOUR = declare({
	id: "unusual-hour",
	title: "Change of a PLC at an hour at which it never happens",
	nature: "deviation",
	severity: 40,
	techniques: ["T0855", "T0836"],
	needs: "The client's requests, readable; a week, and acts on three days or in two weeks at about the same hour.",
	threshold: {
		value: "an hour of the week at which it never came, nor in the hours beside it",
		why: "People are not punctual; acts at any time of the day agree on a habit by chance once in 56 to 64 times.",
	},
	causes: ["Maintenance or commissioning outside the usual hours.", "A shift worked longer, or a holiday moved the work."],
	advice: [
		"Call the operator on duty: who changes something now, and is it wanted?",
		"If nobody does, cut the client off and bring the PLC into a safe state.",
	],
});

export const UNUSUAL_REMOTE_HOUR = declare({
	id: "unusual-remote-hour",
	title: "Remote access at an hour at which it never happens",
	nature: "deviation",
	severity: 35,
	techniques: ["T0822", "T0886"],
	needs: "Connections by which people come in from afar; no decoder.",
	threshold: {
		value: "an hour of the week at which it never came, nor in the hours beside it",
		why: "People are not punctual; acts at any time of the day agree on a habit by chance once in 56 to 64 times.",
	},
	causes: ["A technician on call works from home.", "A backup or a management system was set to another hour."],
	advice: ["Ask who is logged in, and whether it is wanted.", "If nobody knows, end the session and change the account's password."],
});

export const UNUSUAL_VOLUME = declare({
	id: "unusual-volume",
	title: "Unusual amount of traffic",
	nature: "deviation",
	severity: 30,
	techniques: ["T0802", "T0814"],
	needs: "Both directions of the traffic; no decoder.",
	threshold: {
		value:
			"three intervals of a minute in a row beyond twice the largest of that hour, or below half the smallest; one of sixteen times that",
		why: "Traffic varies by factors; a single large answer is over within a minute.",
	},
	causes: ["A backup, an update or a large report is transferred.", "A program was started or stopped on one of the two."],
	advice: ["Ask the owners of both hosts what is transferred.", "If nobody knows, look at what is copied, and whereto."],
});

export const JOB_MISSED = declare({
	id: "job-missed",
	title: "Regular job did not run",
	nature: "deviation",
	severity: 30,
	techniques: ["T0881"],
	needs: "Connections of the client, or its acts, readable; five days of two weeks, or three weeks, at the same ten minutes.",
	threshold: {
		value: "half an hour after its time, where it ran on each day like this one that was watched",
		why: "Programs are punctual and people are not; a job that waits for another is seldom later than that.",
	},
	causes: [
		"The backup or the transfer failed, or its host is switched off.",
		"The job was set to another time, or is no longer needed.",
		"It is a holiday, and the job runs on working days.",
	],
	advice: [
		"Look at the log of the job on its host: a backup that is missing is missed when it is needed.",
		"Where it was set to another time nothing has to be done: that is learned within days.",
	],
});

export const HABIT_DETECTIONS: readonly DetectionRecord[] = [
	POLL_SILENT,
	POLL_PACE,
	UNUSUAL_ORDER,
	UNUSUAL_HOUR,
	UNUSUAL_REMOTE_HOUR,
	UNUSUAL_VOLUME,
	JOB_MISSED,
];
