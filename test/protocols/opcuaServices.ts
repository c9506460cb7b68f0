/**
 * Which services of OPC 10000-4 are shown by real messages, and whether our line of each is what node-opcua's codec reads: a table, written between the markers of the
 * decoder's README. `node dist/test/protocols/opcuaServices.js`
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ANSWERED_BY_THE_LAB } from "../../captures/lab/roles/tourAnswers.ts";
import { type Comparison, compareTraffic } from "./opcuaTraffic.ts";

/** The services that clause 5 of OPC 10000-4 1.05 defines, by service set, in its order. */
export const SERVICE_SETS: readonly (readonly [set: string, services: readonly string[]])[] = [
	["Discovery", ["FindServers", "FindServersOnNetwork", "GetEndpoints", "RegisterServer", "RegisterServer2"]],
	["SecureChannel", ["OpenSecureChannel", "CloseSecureChannel"]],
	["Session", ["CreateSession", "ActivateSession", "CloseSession", "Cancel"]],
	["NodeManagement", ["AddNodes", "AddReferences", "DeleteNodes", "DeleteReferences"]],
	["View", ["Browse", "BrowseNext", "TranslateBrowsePathsToNodeIds", "RegisterNodes", "UnregisterNodes"]],
	["Query", ["QueryFirst", "QueryNext"]],
	["Attribute", ["Read", "HistoryRead", "Write", "HistoryUpdate"]],
	["Method", ["Call"]],
	["MonitoredItem", ["CreateMonitoredItems", "ModifyMonitoredItems", "SetMonitoringMode", "SetTriggering", "DeleteMonitoredItems"]],
	[
		"Subscription",
		[
			"CreateSubscription",
			"ModifySubscription",
			"SetPublishingMode",
			"Publish",
			"Republish",
			"TransferSubscriptions",
			"DeleteSubscriptions",
		],
	],
];

/** The project, also where this runs compiled. */
const project = [new URL("../../../", import.meta.url), new URL("../../", import.meta.url)].find((folder) =>
	existsSync(new URL("protocols/README.md", folder)),
)!;

export const RECORDING = fileURLToPath(new URL("captures/opcua-services.pcap", project));
const README = new URL("protocols/opcua/README.md", project);
const BEGIN = "<!-- services:begin -->";
const END = "<!-- services:end -->";

/** What is no service and yet a message: the names of node-opcua's classes, or our letters where it is encrypted. */
const OTHERS: readonly (readonly [title: string, structure: string])[] = [
	["ServiceFault", "ServiceFault"],
	["Hello (HEL)", "HelloMessage"],
	["Acknowledge (ACK)", "AcknowledgeMessage"],
	["ReverseHello (RHE)", "ReverseHelloMessage"],
	["OPN of a policy other than None (its headers)", "OPN"],
	["MSG and CLO, encrypted (their outside)", "MSG"],
];

/** The table as Markdown. */
export function servicesTable({ messages, differences, surplus }: Comparison): string {
	const tally = (structure: string) => {
		let all = 0;
		let equal = 0;
		for (const [index, message] of messages.entries()) {
			const name = message.structure ?? (message.letters === "CLO" ? "MSG" : message.letters);
			if (name !== structure) continue;
			all++;
			if (!differences.has(index)) equal++;
		}
		return { all, equal };
	};
	const lines = ["| service | request | response | shown by | equal to node-opcua |", "| --- | ---: | ---: | --- | ---: |"];
	let count = 0;
	for (const [set, services] of SERVICE_SETS) {
		lines.push(`| **${set}** | | | | |`);
		for (const service of services) {
			count++;
			const request = tally(`${service}Request`);
			const response = tally(`${service}Response`);
			const shown = (ANSWERED_BY_THE_LAB as readonly string[]).includes(service)
				? "recording; the answer's contents are the lab's, as node-opcua's server has no such service"
				: response.all === 0
					? "recording; there is no answer on TCP (Part 6, 7.1.4), it is made from the specification in the test"
					: "recording";
			const equal = `${request.equal + response.equal} of ${request.all + response.all}`;
			lines.push(`| ${service} | ${request.all} | ${response.all} | ${shown} | ${equal} |`);
		}
	}
	lines.push("| **no service** | | | | |");
	for (const [title, structure] of OTHERS) {
		const { all, equal } = tally(structure);
		lines.push(`| ${title} | | ${all} | recording | ${equal} of ${all} |`);
	}
	const equal = messages.length - differences.size;
	lines.push(
		"",
		`${count} services. ${equal.toLocaleString("en")} of the ${messages.length.toLocaleString("en")} messages of the recording are equal in every field; ${surplus} lines too many.`,
	);
	return lines.join("\n");
}

/** What stands between the markers. */
export function writtenTable(): string {
	const text = readFileSync(README, "utf8");
	return text.slice(text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)).trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const text = readFileSync(README, "utf8");
	const table = servicesTable(await compareTraffic(RECORDING));
	writeFileSync(README, `${text.slice(0, text.indexOf(BEGIN) + BEGIN.length)}\n${table}\n${text.slice(text.indexOf(END))}`);
}
