/** What we say of EtherNet/IP, message by message against tshark: of every public capture that has it, and of the lab's recording. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { comparedOf, hasCaptures, type Line, linesOf, outputsOf, pathOf } from "./captures.ts";
import { ndpiFlowsIn } from "./connections.ts";
import { Tally } from "./tally.ts";
import { columnsOf, hasTshark } from "./tshark.ts";

const FIELDS = [
	"frame.number",
	"enip.command",
	"enip.session",
	"enip.context",
	"enip.lir.name",
	"enip.lir.serial",
	"enip.cpf.sai.connid",
	"enip.cpf.sai.seq",
	"cip.seq",
	"cip.rr",
	"cip.genstat",
	"cip.symbol",
	"cip.pccc.cmd.code",
	"cip.cm.ot_connid",
	"cip.cm.otrpi",
] as const;
type Row = Record<(typeof FIELDS)[number], string[]>;

const RECORDED = [fileURLToPath(new URL("../../captures/enip-takeover.pcap", import.meta.url))].filter((file) => existsSync(file));
const COMMANDS: Readonly<Record<number, string>> = {
	0: "NOP",
	1: "Legacy command 1",
	4: "List Services",
	99: "List Identity",
	100: "List Interfaces",
	101: "Register Session",
	102: "Unregister Session",
	111: "Send RR Data",
	112: "Send Unit Data",
};

/** What both say of one frame. */
type Said = Record<string, string>;
const listed = (values: readonly unknown[]): string => values.join("|");
const hex = (value: string): number => Number.parseInt(value, 16);

/** Lines of one message: those of the services in a packet follow it. */
const heads = (lines: readonly Line[]): Line[] => lines.filter(({ embedded }) => embedded === undefined);

function oursOf(lines: readonly Line[]): Said {
	const messages = heads(lines);
	const answers = lines.filter(({ generalStatus }) => generalStatus !== undefined);
	const opens = lines.filter(({ service, kind }) => kind === "request" && /^(Large )?Forward Open$/.test(service ?? ""));
	return {
		commands: listed(messages.filter(({ command }) => command !== undefined).map(({ command }) => command)),
		sessions: listed(messages.filter(({ command }) => command !== undefined).map(({ sessionHandle }) => sessionHandle)),
		sequences: listed(messages.filter(({ sequenceCount }) => sequenceCount !== undefined).map(({ sequenceCount }) => sequenceCount)),
		statuses: listed(answers.map(({ generalStatus }) => generalStatus)),
		symbols: listed(
			lines
				.filter(({ tag }) => tag !== undefined)
				.flatMap(({ tag }) =>
					String(tag)
						.split(".")
						.map((symbol) => symbol.replace(/\[.*$/, "")),
				),
		),
		names: listed(lines.flatMap(({ identities }) => (identities ?? []).map(({ productName }: { productName: string }) => productName))),
		serials: listed(
			lines.flatMap(({ identities }) => (identities ?? []).map(({ serialNumber }: { serialNumber: string }) => hex(serialNumber))),
		),
		io: listed(
			lines.filter(({ kind }) => kind === "io").map(({ connectionId, sequenceNumber }) => `${Number(connectionId)}/${sequenceNumber}`),
		),
		pccc: listed(lines.filter(({ pccc, kind }) => pccc !== undefined && kind === "request").map(({ pccc }) => pccc.commandCode)),
		rpi: listed(opens.map(({ connection }) => Math.round(connection.toTarget.rpiMs * 1000))),
	};
}

function theirsOf(row: Row): Said {
	return {
		commands: listed(row["enip.command"].map((command) => COMMANDS[Number(command)] ?? `command ${Number(command)}`)),
		sessions: listed(row["enip.session"]),
		sequences: listed(row["cip.seq"].map(Number)),
		statuses: listed(row["cip.genstat"].map(Number)),
		symbols: listed(row["cip.symbol"]),
		names: listed(row["enip.lir.name"]),
		serials: listed(row["enip.lir.serial"].map(Number)),
		io: listed(row["enip.cpf.sai.connid"].map((id, at) => `${Number(id)}/${Number(row["enip.cpf.sai.seq"][at])}`)),
		pccc: listed(row["cip.pccc.cmd.code"].map(Number)),
		rpi: listed(row["cip.cm.otrpi"].map(Number)),
	};
}

/** Segments that were lost, repeated or changed places: tshark reads a segment where it stands, we the stream. */
const UNEVEN = "segments were lost, repeated or changed places";

async function compare(capture: string): Promise<Tally> {
	const tally = new Tally(capture, "tshark");
	const copies = new Set<number>();
	const lines = await linesOf(capture, ["enip"], copies);
	const frames = new Map<number, Line[]>();
	for (const line of lines) {
		if (line.kind === "unanswered") continue;
		const there = frames.get(line.frame);
		if (there === undefined) frames.set(line.frame, [line]);
		else there.push(line);
	}
	const rows = await columnsOf(capture, "(enip || cipio) && !icmp", FIELDS);
	const uneven = new Set((await columnsOf(capture, "tcp.analysis.flags", ["frame.number"])).map((row) => Number(row["frame.number"][0])));
	const unevenOf = (frame: number): string | undefined => (uneven.has(frame) ? UNEVEN : undefined);
	for (const row of rows) {
		const frame = Number(row["frame.number"][0]);
		const own = frames.get(frame);
		frames.delete(frame);
		if (own === undefined) {
			tally.count(
				copies.has(frame) ? "a copy of a frame that was seen" : unevenOf(frame),
				`frame ${frame}: tshark alone, ${row["enip.command"].join()}`,
			);
			continue;
		}
		if (own.every(({ kind }) => kind === "malformed")) {
			tally.because(["we take it for malformed, and tshark reads what it can"]);
			continue;
		}
		const ours = oursOf(own);
		const theirs = theirsOf(row);
		const different = Object.keys(ours).filter((field) => ours[field] !== theirs[field]);
		if (different.length === 0) tally.same();
		else {
			tally.count(
				unevenOf(frame),
				`frame ${frame}: ${different.map((field) => `${field} ${ours[field]} and tshark ${theirs[field]}`).join("; ")}`,
			);
		}
	}
	for (const [frame, own] of frames)
		tally.count(
			own.every(({ kind }) => kind === "malformed") ? "bytes that are no message, which only we report" : unevenOf(frame),
			`frame ${frame}: we alone`,
		);
	return tally;
}

const CAPTURES = hasCaptures ? comparedOf("ENIP/CIP") : [];

describe.skipIf(!hasTshark)("EtherNet/IP against tshark", () => {
	it.each([...CAPTURES, ...RECORDED])("says the same of %s", { timeout: 300_000 }, async (capture) => {
		const tally = await compare(capture);
		console.log(
			`${capture}: ${tally.compared} frames, ${tally.equal} equal, ${tally.different} explained ${JSON.stringify([...tally.explained])}, ${tally.unexplained} not`,
		);
		expect(tally.examples).toEqual([]);
		expect(tally.equal).toBeGreaterThan(0);
	});
});

describe.skipIf(!hasCaptures)("EtherNet/IP against nDPI", () => {
	it("sees it in the flows in which nDPI does", async () => {
		let seen = 0;
		for (const { capture, file } of outputsOf((protocols) => protocols.includes("ENIP/CIP"))) {
			if (!file.endsWith(".out") || !existsSync(pathOf(file))) continue;
			const flows = ndpiFlowsIn(file).filter(({ protocol }) => /EthernetIP|CIP/.test(protocol ?? ""));
			const own = new Set(
				(await linesOf(capture, ["enip"])).map(({ client, server }) =>
					[`${client.ip}:${client.port}`, `${server.ip}:${server.port}`].sort().join(" "),
				),
			);
			expect(own.size).toBe(flows.length);
			seen += flows.length;
		}
		expect(seen).toBe(5);
	});
});
