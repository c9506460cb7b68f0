/** FINS, frame by frame and field by field against tshark. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { byFrame, type Line, linesOf } from "./captures.ts";
import { Tally } from "./tally.ts";
import { type Columns, columnsOf, version } from "./tshark.ts";

/** The public captures that hold FINS; and the lab's own recording. */
export const PUBLIC: readonly string[] = [
	"EmreEkin+ICS-Pcaps/OMRON/omron1.pcap",
	"EmreEkin+ICS-Pcaps/OMRON/omron2.pcap",
	"ITI+ICS-Security-Tools/pcaps/omron/omron_test.pcap",
	"idaholab+Malcolm-Test-Artifacts/pcap/protocols/OmronFINS.pcap",
];
export const RECORDED = fileURLToPath(
	["../../captures/mixer-takeover.pcap", "../../../captures/mixer-takeover.pcap"]
		.map((path) => new URL(path, import.meta.url))
		.find((file) => existsSync(file))!,
);

const FIELDS = [
	"frame.number",
	"omron.tcp.command",
	"omron.tcp.error_code",
	"omron.tcp.client_node_address",
	"omron.tcp.server_node_address",
	"omron.icf",
	"omron.gct",
	"omron.dna",
	"omron.da1",
	"omron.da2",
	"omron.sna",
	"omron.sa1",
	"omron.sa2",
	"omron.sid",
	"omron.command",
	"omron.response.code",
	"omron.memory.area.read",
	"omron.memory.address",
	"omron.memory.address.bits",
	"omron.memory.numitems",
	"omron.controller.model",
	"omron.controller.version",
	"omron.program_number",
	"omron.mode_code",
	"omron.set_reset_specification",
] as const;
type Row = Columns<(typeof FIELDS)[number]>;
type Said = Record<string, readonly (number | string)[]>;

const REASON = {
	names: "theirs: bits that are forced, and what goes between memory and file, have fields of other names",
	answers:
		"theirs: of an answer that nobody asked for, tshark shows areas and numbers as if it were asked; we show them with what was asked",
	endCode: "theirs: an answer with more or less behind its end code than is described is taken for a command, without an end code",
	stop: "theirs: STOP may name a program, which tshark does not show",
	command: "malformed: FINS/TCP has no such command; tshark says nothing of it",
} as const;

const numbers = (values: readonly string[]): number[] => values.map(Number);
const hexOf = (code: string | undefined): number => Number.parseInt((code ?? "").replace(" ", ""), 16);
const present = (values: readonly (number | string | undefined)[]): (number | string)[] =>
	values.filter((value): value is number | string => value !== undefined);

const FORCES: Readonly<Record<string, number>> = {
	"force-reset": 0,
	"force-set": 1,
	"release and off": 0x8000,
	"release and on": 0x8001,
	release: 0xffff,
};

function ours(lines: readonly Line[]): Said {
	const frames = lines.filter(({ icf }) => icf !== undefined);
	const at = (end: "destination" | "source", index: number) => frames.map((line) => Number(line[end].split(".")[index]));
	// An answer says nothing of what was asked.
	const asked = frames.filter(({ endCode }) => endCode === undefined);
	const items = asked.flatMap((line) => line.items ?? []);
	const raw = (line: Line): number =>
		hexOf(line.endCode) | (line.relayError ? 0x8000 : 0) | (line.nonFatalError ? 0x80 : 0) | (line.fatalError ? 0x40 : 0);
	return {
		tcpCommand: present(lines.map((line) => line.tcpCommandCode)),
		tcpError: lines.filter((line) => line.tcpCommandCode !== undefined).map((line) => line.tcpErrorCode ?? 0),
		clientNode: present(lines.map((line) => line.clientNode)),
		serverNode: present(lines.map((line) => line.serverNode)),
		icf: frames.map((line) => line.icf),
		gatewayCount: frames.map((line) => line.gatewayCount),
		destinationNetwork: at("destination", 0),
		destinationNode: at("destination", 1),
		destinationUnit: at("destination", 2),
		sourceNetwork: at("source", 0),
		sourceNode: at("source", 1),
		sourceUnit: at("source", 2),
		sid: frames.map((line) => line.sid),
		command: frames.map((line) => hexOf(line.commandCode)),
		endCode: frames.filter((line) => line.endCode !== undefined).map(raw),
		areas: items.map((item: { areaCode: number }) => item.areaCode),
		addresses: items.map((item: { address: number }) => item.address),
		bits: items.map((item: { bit?: number }) => item.bit ?? 0),
		counts: asked.flatMap((line) => (/^(01 0[1235]|22 0A|23 0A)$/.test(line.commandCode) ? [line.items?.[0].count ?? 0] : [])),
		model: present(frames.map((line) => line.model)),
		version: present(frames.map((line) => line.version)),
		program: present(frames.map((line) => (line.endCode === undefined || /^03 0[67]$/.test(line.commandCode) ? line.program : undefined))),
		forces: items.flatMap((item: { force?: string }) => (item.force === undefined ? [] : [FORCES[item.force]!])),
	};
}

const theirs = (row: Row): Said => ({
	tcpCommand: numbers(row["omron.tcp.command"]),
	tcpError: numbers(row["omron.tcp.error_code"]),
	clientNode: numbers(row["omron.tcp.client_node_address"]),
	serverNode: numbers(row["omron.tcp.server_node_address"]),
	icf: numbers(row["omron.icf"]),
	gatewayCount: numbers(row["omron.gct"]),
	destinationNetwork: numbers(row["omron.dna"]),
	destinationNode: numbers(row["omron.da1"]),
	destinationUnit: numbers(row["omron.da2"]),
	sourceNetwork: numbers(row["omron.sna"]),
	sourceNode: numbers(row["omron.sa1"]),
	sourceUnit: numbers(row["omron.sa2"]),
	sid: numbers(row["omron.sid"]),
	command: numbers(row["omron.command"]),
	endCode: numbers(row["omron.response.code"]),
	areas: numbers(row["omron.memory.area.read"]),
	addresses: numbers(row["omron.memory.address"]),
	bits: numbers(row["omron.memory.address.bits"]),
	counts: numbers(row["omron.memory.numitems"]),
	model: row["omron.controller.model"].map((text) => text.trim()),
	version: row["omron.controller.version"].map((text) => text.trim()),
	program: numbers(row["omron.program_number"]),
	forces: numbers(row["omron.set_reset_specification"]),
});

const ITEMS = new Set(["areas", "addresses", "bits", "counts"]);
const NAMED_OTHERWISE = new Set([0x220a, 0x220b, 0x2301, 0x230a].map(String));

/** `alter` may change our lines, to prove that a difference is seen. */
export async function compareFins(capture: string, alter: (line: Line) => void = () => {}): Promise<Tally> {
	const tally = new Tally(capture, `tshark ${version}`);
	const lines = (await linesOf(capture, ["fins"])).filter(({ kind }) => kind !== "unanswered");
	lines.forEach(alter);
	const mine = byFrame(lines);
	const rows = new Map((await columnsOf(capture, "omron", FIELDS)).map((row) => [Number(row["frame.number"][0]), row]));
	for (const frame of [...new Set([...rows.keys(), ...mine.keys()])].sort((a, b) => a - b)) {
		const own = mine.get(frame);
		const row = rows.get(frame);
		if (row === undefined && own?.every(({ violation }) => violation === "tcp-command")) {
			tally.because([REASON.command]);
			continue;
		}
		if (own !== undefined) for (const line of own) tally.saw("ours", line.command ?? line.tcpCommand ?? line.kind);
		if (row !== undefined)
			for (const _ of row["omron.tcp.command"].length > 0 ? row["omron.tcp.command"] : [0]) tally.saw("theirs", "frame");
		if (own === undefined || row === undefined) {
			tally.differs(`frame ${frame}: only ${own === undefined ? "tshark" : "we"} see FINS`);
			continue;
		}
		const said = ours(own);
		const peer = theirs(row);
		const names = Object.keys(said).filter((name) => said[name]!.join() !== peer[name]!.join());
		const isAnswer = said.endCode!.length > 0;
		const reasons = names.map((name) => {
			if (NAMED_OTHERWISE.has(said.command!.join()) && !isAnswer && ITEMS.has(name)) return REASON.names;
			if (isAnswer && ITEMS.has(name) && said[name]!.length === 0) return REASON.answers;
			if (name === "program" && said.command!.join() === String(0x0402)) return REASON.stop;
			if (name === "program" && isAnswer && peer.program!.length === 0) return REASON.answers;
			return name === "endCode" && peer.endCode!.length === 0 ? REASON.endCode : undefined;
		});
		if (names.length === 0) tally.same();
		else if (reasons.every((reason) => reason !== undefined)) tally.because([...new Set(reasons as string[])]);
		else
			tally.differs(
				`frame ${frame}: ${names.map((name) => `${name}: ours ${said[name]!.join()}, tshark ${peer[name]!.join()}`).join("; ")}`,
			);
	}
	return tally;
}
