/** The manual's table of all that can fire, made from the records. */
import { protocols } from "../../protocols/index.ts";
import { records } from "../../src/app/records.ts";
import type { DetectionRecord } from "../../src/detect/detection.ts";
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

/** The text of `appliance/detections.md`. */
export function manualText(): string {
	const declared = protocols.flatMap(({ detections }) => detections.map(({ id }) => id));
	const ofProtocols = new Set(declared);
	// A record that several protocols can show stands once, and each of them names it.
	const isShared = ({ id }: DetectionRecord): boolean => declared.indexOf(id) !== declared.lastIndexOf(id);
	const shared = [...records.values()].filter(isShared);
	const parts: [string, readonly DetectionRecord[], string?][] = [
		["Whatever the protocol", [...records.values()].filter(({ id, nature }) => !ofProtocols.has(id) && nature !== "health")],
		...(shared.length > 0 ? [["Several protocols", shared] as [string, readonly DetectionRecord[]]] : []),
		...protocols
			.filter(({ detections }) => detections.length > 0)
			.map(({ title, detections }): [string, readonly DetectionRecord[], string?] => [
				title,
				detections.filter((record) => !isShared(record)),
				detections
					.filter(isShared)
					.map(({ id }) => `\`${id}\``)
					.join(", "),
			]),
		["The monitor itself", [...records.values()].filter(({ nature }) => nature === "health")],
	];
	return [
		"# What can fire",
		"",
		"Written by `npm run manual` from the records of the program; a test holds the two together. A *fact* fires at once. A *deviation* fires once what is normal is known well enough. The severity is the",
		"one before context: each alert shows what added to it and what took from it. Technique ids are those of ATT&CK for ICS, version 18. What is *learnable* a person may declare normal; anything can be closed or muted.",
		...parts.flatMap(([title, own, others = ""]) => [
			"",
			`## ${title}`,
			...(own.length > 0 ? ["", table(HEAD, own.map(rowOf))] : []),
			...(others === "" ? [] : ["", `Of those of several protocols: ${others}.`]),
		]),
		"",
	].join("\n");
}
