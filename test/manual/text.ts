/** The manual's table of all that can fire, made from the records. */
import { protocols } from "../../protocols/index.ts";
import { records } from "../../src/app/records.ts";
import { ACCESS } from "../../src/detect/access.ts";
import type { DetectionRecord } from "../../src/detect/detection.ts";
import { ENGINEERING } from "../../src/detect/engineering.ts";
import { table } from "../evaluation/tables.ts";

const HEAD = [
	"id",
	"title",
	"techniques",
	"nature",
	"severity",
	"default threshold",
	"needs",
	"innocent causes",
	"what to do first",
	"learnable",
];
/** Of what several protocols report: which of them. */
const TOLD_BY = "told by";

/** Said as a sentence, whoever wrote it as half of one. */
const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1) + (/[.?!]$/.test(text) ? "" : ".");

const learnable = ({ nature, isLearnable }: DetectionRecord): string =>
	nature === "deviation" ? "yes" : isLearnable ? "yes, of these two" : "no";

const thresholdOf = ({ threshold, nature }: DetectionRecord): string =>
	threshold === undefined ? (nature === "health" ? "–" : "Once.") : `${sentence(threshold.value)} ${sentence(threshold.why)}`;

const rowOf = (record: DetectionRecord): string[] => [
	`\`${record.id}\``,
	record.title,
	record.techniques.join(", ") || "–",
	record.nature,
	String(record.severity),
	thresholdOf(record),
	record.needs ?? "–",
	record.causes.map(sentence).join(" "),
	record.advice.map(sentence).join(" "),
	learnable(record),
];

/** What several protocols tell in the same words. */
const SHARED: readonly [string, readonly DetectionRecord[]][] = [
	["Work on controllers", ENGINEERING],
	["Ways into hosts", ACCESS],
];

/** The text of `appliance/detections.md`. */
export function manualText(): string {
	const ofProtocols = new Set(protocols.flatMap(({ detections }) => detections.map(({ id }) => id)));
	const shared = SHARED.map(([title, list]): [string, string[][]] => [
		title,
		list
			.filter(({ id }) => ofProtocols.has(id))
			.map((record) => [
				...rowOf(record),
				protocols
					.filter(({ detections }) => detections.includes(record))
					.map(({ title }) => title)
					.join(", "),
			]),
	]);
	const parts: [string, readonly DetectionRecord[]][] = [
		["Whatever the protocol", [...records.values()].filter(({ id, nature }) => !ofProtocols.has(id) && nature !== "health")],
		...protocols
			.map(({ title, detections }): [string, readonly DetectionRecord[]] => [
				title,
				detections.filter((one) => !SHARED.some(([, list]) => list.includes(one))),
			])
			.filter(([, own]) => own.length > 0),
		["The monitor itself", [...records.values()].filter(({ nature }) => nature === "health")],
	];
	return [
		"# What can fire",
		"",
		"Written by `npm run manual` from the records of the program; a test holds the two together. A *fact* fires at once. A *deviation* fires once what is normal is known well enough. The severity is the",
		"one before context: each alert shows what added to it and what took from it. Technique ids are those of ATT&CK for ICS, version 18. What is *learnable* a person may declare normal; anything can be closed or muted.",
		...parts.flatMap(([title, own], at) => [
			"",
			`## ${title}`,
			"",
			table(HEAD, own.map(rowOf)),
			...(at === 0
				? shared.filter(([, rows]) => rows.length > 0).flatMap(([title, rows]) => ["", `## ${title}`, "", table([...HEAD, TOLD_BY], rows)])
				: []),
		]),
		"",
	].join("\n");
}
