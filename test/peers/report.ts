/**
 * Writes what the comparisons with peers gave: every capture on standard output, and the sums between the markers of the README files of the decoders.
 * `node dist/test/peers/report.js`
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { hasCaptures } from "./captures.ts";
import { compareIcsnpp } from "./modbusLogs.ts";
import { compareAllModbus, compareModbus, LARGEST } from "./modbusTshark.ts";
import { compareAllMqtt } from "./mqttTshark.ts";
import { compareAllNetwork } from "./networkTshark.ts";
import { compareAllOpcua } from "./opcuaTshark.ts";
import { reasonsOf, sum, type Tally, table } from "./tally.ts";
import { hasTshark, version } from "./tshark.ts";

const BEGIN = "<!-- peers:begin -->";
const END = "<!-- peers:end -->";

/** The project, also where this runs compiled. */
const project = [new URL("../../../", import.meta.url), new URL("../../", import.meta.url)].find((folder) =>
	existsSync(new URL("protocols/README.md", folder)),
)!;

/** A table of sums; names of captures stay out of the decoders' folders. */
function summary(rows: readonly [what: string, tallies: readonly Tally[]][]): string {
	const lines = ["| compared with | messages | equal | differ, explained | unexplained |", "| --- | ---: | ---: | ---: | ---: |"];
	for (const [what, tallies] of rows) {
		const counts = [
			sum(tallies, ({ compared }) => compared),
			sum(tallies, ({ equal }) => equal),
			sum(tallies, ({ different }) => different),
			sum(tallies, ({ unexplained }) => unexplained),
		];
		lines.push(`| ${[what, ...counts.map((count) => count.toLocaleString("en"))].join(" | ")} |`);
	}
	lines.push("");
	for (const [reason, count] of reasonsOf(rows.flatMap(([, tallies]) => tallies))) lines.push(`- ${count.toLocaleString("en")}: ${reason}`);
	return lines.join("\n");
}

/** Puts `text` between the markers of a file, at its end where it has none. */
function put(protocol: string, text: string): void {
	const file = new URL(`protocols/${protocol}/README.md`, project);
	const before = readFileSync(file, "utf8");
	const block = `${BEGIN}\n${text}\n${END}`;
	const from = before.indexOf(BEGIN);
	const to = before.indexOf(END);
	const after =
		from < 0 || to < from
			? `${before.trimEnd()}\n\n## Compared with peers\n\n${block}\n`
			: before.slice(0, from) + block + before.slice(to + END.length);
	writeFileSync(file, after);
}

if (!hasCaptures || !hasTshark) {
	process.exitCode = 1;
} else {
	const logs = await compareIcsnpp();
	const modbus = [...(await compareAllModbus()), await compareModbus(LARGEST)];
	const opcua = await compareAllOpcua();
	const network = await compareAllNetwork();
	const mqtt = await compareAllMqtt();
	for (const [title, tallies] of [
		["Modbus", [...logs, ...modbus]],
		["OPC UA", opcua],
		["DNS, DHCP, ARP", network],
		["MQTT", mqtt],
	] as const) {
		console.log(`## ${title}\n\n${table(tallies)}\n`);
		for (const [reason, rows] of reasonsOf(tallies)) console.log(`- ${rows}: ${reason}`);
		for (const example of tallies.flatMap(({ examples }) => examples)) console.log(`- unexplained: ${example}`);
		console.log("");
	}
	put(
		"modbus",
		summary([
			["the logs of ICSNPP and Zeek of ICSNPP's own example", logs],
			[`tshark ${version}, ${modbus.length} public captures`, modbus],
		]),
	);
	put("mqtt", summary([[`tshark ${version}, each packet of a public capture and of a recording`, mqtt]]));
	put("opcua", summary([[`tshark ${version}, all fields of each message, ${opcua.length} public captures`, opcua]]));
}
