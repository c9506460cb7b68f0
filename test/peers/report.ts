/**
 * Writes what the comparisons with peers gave: the sums between the markers of the README files of the decoders, every capture in that of this folder,
 * and on standard output what nobody explains. `node dist/test/peers/report.js`
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { hasCaptures } from "./captures.ts";
import { compareAllModbus, compareModbus, LARGEST } from "./modbusTshark.ts";
import { compareAllMqtt } from "./mqttTshark.ts";
import { compareAllNetwork } from "./networkTshark.ts";
import { compareAllOpcua } from "./opcuaTshark.ts";
import { compareOutputs, MODBUS, OPCUA } from "./recordedOutputs.ts";
import { kindsOf, reasonsOf, sum, type Tally } from "./tally.ts";
import { hasTshark, version } from "./tshark.ts";

const BEGIN = "<!-- peers:begin -->";
const END = "<!-- peers:end -->";

/** The project, also where this runs compiled. */
const project = [new URL("../../../", import.meta.url), new URL("../../", import.meta.url)].find((folder) =>
	existsSync(new URL("protocols/README.md", folder)),
)!;

const number = (value: number): string => value.toLocaleString("en");

/** Numbers stand to the right, as the first row has them. */
function table(titles: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
	const sides = titles.map((_, at) => (typeof rows[0]?.[at] === "number" ? "---:" : "---"));
	return [titles, sides, ...rows.map((row) => row.map((cell) => (typeof cell === "number" ? number(cell) : cell)))]
		.map((cells) => `| ${cells.join(" | ")} |`)
		.join("\n");
}

const RESULT = ["rows", "equal", "differ, explained", "unexplained"];
const result = (tallies: readonly Tally[]): number[] => [
	sum(tallies, ({ compared }) => compared),
	sum(tallies, ({ equal }) => equal),
	sum(tallies, ({ different }) => different),
	sum(tallies, ({ unexplained }) => unexplained),
];
const reasons = (tallies: readonly Tally[]): string =>
	reasonsOf(tallies)
		.map(([reason, rows]) => `- ${number(rows)}: ${reason}`)
		.join("\n");

/** One comparison of several captures, and why rows differ. */
const sums = (what: string, tallies: readonly Tally[]): string =>
	[table(["compared with", "captures", ...RESULT], [[what, tallies.length, ...result(tallies)]]), reasons(tallies)]
		.filter(Boolean)
		.join("\n\n");

/** The project that wrote an output: the folder's name is its owner's and its own. */
const projectOf = (path: string): string => path.slice(path.indexOf("+") + 1, path.indexOf("/"));
/** Recorded outputs by the peer that wrote them. Bro is what Zeek was called. */
function peerOf({ peer }: Tally): string {
	if (peer.endsWith(".out")) return "nDPI";
	if (/\/opcua_binary\w*\.log$|\/modbus_\w+\.log$/.test(peer)) return `ICSNPP (${projectOf(peer)})`;
	return /\/MODBUS\//.test(peer) ? "Bro" : "Zeek";
}

function groups<T>(all: readonly T[], nameOf: (one: T) => string): [name: string, members: T[]][] {
	const found = new Map<string, T[]>();
	for (const one of all) found.set(nameOf(one), [...(found.get(nameOf(one)) ?? []), one]);
	return [...found];
}

const WHOSE =
	"Rows that differ, by reason. `theirs`: the peer is wrong or says less; `either`: both may stand, and the sentence says what we chose. A difference that is ours is no reason: it is mended. A row may have two reasons.";

/** Sums for the README of a decoder, where no capture is named. */
function summary(outputs: readonly Tally[], shark: readonly Tally[], kind: string): string {
	const rows = groups(outputs, peerOf).map(([peer, tallies]) => [
		peer,
		new Set(tallies.map(({ capture }) => capture)).size,
		tallies.length,
		new Set(tallies.flatMap(({ columns }) => [...columns])).size,
		...result(tallies),
		sum(tallies, ({ fields }) => fields),
		sum(tallies, ({ equalFields }) => equalFields),
	]);
	rows.push([`tshark ${version}, run now, message by message`, shark.length, "", "", ...result(shark), "", ""]);
	return [
		table(["compared with", "captures", "files", "fields", ...RESULT, "values", "equal values"], rows),
		"",
		WHOSE,
		"",
		reasons([...outputs, ...shark]),
		"",
		`What ${shark.length} captures hold, by tshark and by us:`,
		"",
		table(
			[kind, "tshark", "ours"],
			[
				["all messages", sum(shark, ({ messages }) => messages.theirs), sum(shark, ({ messages }) => messages.ours)],
				...kindsOf(shark).map(([name, { ours, theirs }]) => [name, theirs, ours]),
			],
		),
	].join("\n");
}

/** `3 x51, 16 x2`; what both say once. */
function kindCells({ kinds }: Tally): [theirs: string, ours: string] {
	const cell = (side: "ours" | "theirs") =>
		[...kinds]
			.filter(([, counts]) => counts[side] > 0)
			.map(([kind, counts]) => `${kind} x${counts[side]}`)
			.join(", ");
	const [theirs, ours] = [cell("theirs"), cell("ours")];
	return [theirs, ours === theirs ? "the same" : ours];
}

/** Every capture, for the README of the comparisons. */
function everyCapture(title: string, outputs: readonly Tally[], shark: readonly Tally[], kind: string): string {
	return [
		`### ${title}, recorded outputs`,
		"",
		table(
			["capture", "output", ...RESULT],
			outputs.map((tally) => [tally.capture, tally.peer, ...result([tally])]),
		),
		"",
		`### ${title}, tshark ${version}`,
		"",
		table(
			["capture", "messages, tshark", "messages, ours", ...RESULT, `${kind}, tshark`, `${kind}, ours`],
			shark.map((tally) => [tally.capture, tally.messages.theirs, tally.messages.ours, ...result([tally]), ...kindCells(tally)]),
		),
	].join("\n");
}

/** Puts `text` between the markers of a file. */
function put(path: string, text: string): void {
	const file = new URL(path, project);
	const before = readFileSync(file, "utf8");
	const from = before.indexOf(BEGIN);
	const to = before.indexOf(END);
	if (from < 0 || to < from) throw new Error(`${path} has lost its markers`);
	writeFileSync(file, `${before.slice(0, from)}${BEGIN}\n${text}\n${before.slice(to)}`);
}

if (!hasCaptures || !hasTshark) {
	process.exitCode = 1;
} else {
	const modbusOutputs = await compareOutputs(MODBUS);
	const opcuaOutputs = await compareOutputs(OPCUA);
	const modbus = [...(await compareAllModbus()), await compareModbus(LARGEST)];
	const opcua = await compareAllOpcua();
	const network = await compareAllNetwork();
	const mqtt = await compareAllMqtt();
	put("protocols/modbus/README.md", summary(modbusOutputs.tallies, modbus, "function"));
	put("protocols/opcua/README.md", summary(opcuaOutputs.tallies, opcua, "service"));
	put("protocols/mqtt/README.md", sums(`tshark ${version}, each packet`, mqtt));
	put(
		"test/peers/README.md",
		[
			everyCapture("Modbus", modbusOutputs.tallies, modbus, "functions"),
			everyCapture("OPC UA", opcuaOutputs.tallies, opcua, "services"),
			`### DNS, DHCP, ARP\n\n${sums(`tshark ${version}`, network)}`,
		].join("\n\n"),
	);
	const all = [...modbusOutputs.tallies, ...opcuaOutputs.tallies, ...modbus, ...opcua, ...network, ...mqtt];
	for (const example of all.flatMap(({ examples }) => examples)) console.log(`unexplained: ${example}`);
	for (const file of [...modbusOutputs.unread, ...opcuaOutputs.unread]) console.log(`not read: ${file}`);
}
