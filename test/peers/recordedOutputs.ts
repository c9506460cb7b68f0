/** What peers have said of the public captures, in files that lie beside them: each file by the reader of its kind. */
import { basename } from "node:path";
import { flowsOf, type Line, linesOf, type Output, outputsOf } from "./captures.ts";
import { CONNECTION_KEY, CONNECTION_REASONS, connectionsOf, ndpiFlowsIn, ndpiFlowsOf } from "./connections.ts";
import { EVENT_KEY, EVENT_REASONS, eventsIn, eventsOf, WEIRD_KEY, weirdsOf } from "./modbusEvents.ts";
import { MODBUS_LOG_REASONS, MODBUS_LOGS } from "./modbusLogs.ts";
import { OPCUA_LOG_REASONS, OPCUA_LOGS } from "./opcuaLogs.ts";
import { Tally } from "./tally.ts";
import { type Comparison, compareRows, type Reason, type Row, rowsOf } from "./zeekLog.ts";

/** A protocol as we call it, and as the list of captures does. */
interface Listed {
	name: string;
	listed: string;
}
export const MODBUS: Listed = { name: "modbus", listed: "Modbus" };
export const OPCUA: Listed = { name: "opcua", listed: "OPC UA" };

export const LOG_REASONS: readonly Reason[] = [...MODBUS_LOG_REASONS, ...EVENT_REASONS, ...OPCUA_LOG_REASONS, ...CONNECTION_REASONS];

/** What we say of a capture. */
interface Said {
	lines: readonly Line[];
	flows: readonly Line[];
}

/** A log of its own kind, or a general one. */
function comparisonOf(file: string, { lines, flows }: Said): Omit<Comparison, "reasons"> | undefined {
	const log = basename(file, ".log");
	const known = MODBUS_LOGS[log] ?? OPCUA_LOGS[log];
	if (known !== undefined) return { log, theirs: rowsOf(file, known.columns), ours: known.rows(lines), key: known.key };
	if (/^conn(-\w+)?$/.test(log))
		return { log: "conn", theirs: rowsOf(file).filter(isHere), ours: connectionsOf(flows), key: CONNECTION_KEY };
	if (/^weird(-\w+)?$/.test(log)) return { log: "weird", theirs: rowsOf(file), ours: weirdsOf(lines), key: WEIRD_KEY };
	if (/^(compressed-)?output$/.test(log)) {
		const theirs = eventsIn(file).filter(isHere);
		return { log: "events", theirs, ours: eventsOf(lines, log.startsWith("compressed")), key: EVENT_KEY };
	}
	if (file.endsWith(".out")) return { log: "ndpi", theirs: ndpiFlowsIn(file), ours: ndpiFlowsOf(flows), key: CONNECTION_KEY };
	return undefined;
}

/** Files that say nothing of a message: how many kinds of events the test of Zeek has printed. */
const isSilent = (file: string): boolean => basename(file) === "coverage";

/** The test of Zeek's events reads two traces. The first is these captures and one more connection, which no capture has. */
const FIRST_TRACE = ["part1", "part2"].map((part) => `ITI+ICS-Security-Tools/pcaps/ModbusTCP/modbus_test_data_${part}.pcap`);
const ABSENT = "10.1.1.234";
const isHere = (row: Row): boolean => (row.orig_h ?? row["id.orig_h"]) !== ABSENT;
function partsOf({ capture, file }: Output): string[] {
	if (!file.includes("modbus.events/") || file.endsWith("conn-second.log")) return [capture];
	return file.endsWith("conn-first.log") ? FIRST_TRACE : [...FIRST_TRACE, capture];
}

/** `alter` may change our lines, to prove that a difference is seen. */
export async function compareOutputs(
	protocol: Listed,
	alter: (line: Line) => void = () => {},
): Promise<{ tallies: Tally[]; unread: string[] }> {
	const tallies: Tally[] = [];
	const unread: string[] = [];
	const heard = new Map<string, Said>();
	for (const output of outputsOf((protocols) => protocols.includes(protocol.listed))) {
		const said: { lines: Line[]; flows: Line[] } = { lines: [], flows: [] };
		for (const capture of partsOf(output)) {
			let one = heard.get(capture);
			if (one === undefined) {
				const lines = await linesOf(capture, [protocol.name]);
				lines.forEach(alter);
				heard.set(capture, (one = { lines, flows: await flowsOf(capture) }));
			}
			said.lines.push(...one.lines);
			said.flows.push(...one.flows);
		}
		if (isSilent(output.file)) continue;
		const comparison = comparisonOf(output.file, said);
		if (comparison === undefined) {
			unread.push(output.file);
			continue;
		}
		const tally = new Tally(output.capture, output.file);
		compareRows(tally, { ...comparison, reasons: LOG_REASONS });
		tallies.push(tally);
	}
	return { tallies, unread };
}
