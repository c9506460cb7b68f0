/** `spanwatch assets FILE...`: who is in captures, and what says so. */
import { assetDocument, assetTable } from "../assets/assetDocument.ts";
import { loadConfig } from "../config/load.ts";
import type { Arguments, CommandRecord } from "./arguments.ts";
import { EXIT, UsageError } from "./failure.ts";
import { LineWriter } from "./lines.ts";
import { Replay } from "./replay.ts";

const FORMATS = ["json", "csv"] as const;

async function run(input: Arguments): Promise<number> {
	const files = input.operands;
	if (files.length === 0) throw new UsageError("assets: no capture was named; give one or more files, or - for standard input.");
	const format = input.text("format") ?? "json";
	if (!(FORMATS as readonly string[]).includes(format))
		throw new UsageError(`assets: there is no format "${format}"; there are ${FORMATS.join(" and ")}.`);
	const config = input.text("config");
	const replay = new Replay({
		steps: files.map((path) => ({ path, isLearned: true })),
		zones: config === undefined ? undefined : loadConfig(config),
		onWarning: (sentence) => void process.stderr.write(`spanwatch: ${sentence}\n`),
	});
	await replay.run();
	const assets = replay.analyst.assets().sort((a, b) => a.firstSeen - b.firstSeen || (a.id < b.id ? -1 : 1));
	const lines = new LineWriter("-");
	if (format === "csv") lines.print(assetTable(assets));
	else for (const asset of assets) lines.write(assetDocument(asset));
	lines.close();
	return EXIT.fine;
}

export const assets: CommandRecord = {
	name: "assets",
	operands: "FILE...",
	help: [
		"Prints the devices that captures show (pcap or pcapng, also gzip; - is standard input): vendor, model, firmware, serial number, names, roles and",
		"addresses, each with what said it (protocol, frame, time) and how sure that is, and what changed. One JSON line each, or a table.",
	].join("\n"),
	options: {
		format: { type: "string", value: "json|csv", help: "JSON lines (the default), or a table for a spreadsheet" },
		config: { type: "string", value: "FILE", help: "configuration of a box; its zones hold here too" },
	},
	run,
};
