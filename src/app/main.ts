#!/usr/bin/env node
/** The command line: `spanwatch COMMAND` (src/README.md, "The command line"). */
import { type CommandRecord, commandHelp, readArguments } from "./arguments.ts";
import { EXIT, sayFailure, UsageError } from "./failure.ts";
import { VERSION } from "./version.ts";

/** Commands are loaded when they are wanted: decoding a file needs no web server. */
const COMMANDS: Readonly<Record<string, { line: string; load: () => Promise<CommandRecord> }>> = {
	run: { line: "the monitor: listen on interfaces, learn, alert, show the page", load: async () => (await import("./run.ts")).run },
	demo: {
		line: "the monitor on bundled recordings, at a pace that a person can follow",
		load: async () => (await import("./demo.ts")).demo,
	},
	decode: { line: "print what is in captures, one JSON line an observation", load: async () => (await import("./decode.ts")).decode },
	replay: { line: "learn from and watch captures, print alerts as JSON lines", load: async () => (await import("./replay.ts")).replay },
	assets: { line: "print who is in captures, and what says so", load: async () => (await import("./assets.ts")).assets },
	baseline: {
		line: "export, compare and import what was learned, as documents for people",
		load: async () => (await import("./baseline.ts")).baseline,
	},
	map: {
		line: "register maps: names, units and alarm limits of points, from CSV and back",
		load: async () => (await import("./map.ts")).map,
	},
	advisories: {
		line: "security advisories (CSAF): import them, and say which devices they concern",
		load: async () => (await import("./advisories.ts")).advisories,
	},
	indicators: {
		line: "what is in lists of indicators, and what of it does not map; read them again",
		load: async () => (await import("./indicators.ts")).indicators,
	},
	rules: { line: "rules of the plant's people: what they say of captures", load: async () => (await import("./rules.ts")).rules },
	learn: { line: "what an alert is about is normal: exactly that", load: async () => (await import("./commandLine.ts")).learn },
	mute: { line: "tell nobody of an alert and its repeats until a time", load: async () => (await import("./commandLine.ts")).mute },
	close: { line: "close an alert", load: async () => (await import("./commandLine.ts")).close },
	unlearn: { line: "forget what was learned, or one thing of it", load: async () => (await import("./commandLine.ts")).unlearn },
	permit: { line: "give a maintenance window", load: async () => (await import("./commandLine.ts")).permit },
	place: {
		line: "say where a device belongs: zone, Purdue level, criticality",
		load: async () => (await import("./commandLine.ts")).place,
	},
	undo: { line: "take back what an entry of the audit log did", load: async () => (await import("./commandLine.ts")).undo },
	audit: { line: "print the audit log, one JSON line an entry", load: async () => (await import("./commandLine.ts")).audit },
	doctor: {
		line: "say what is wrong with this box and its mirror port, and how to mend it",
		load: async () => (await import("./doctor.ts")).doctor,
	},
};

const COLUMN = Math.max(...Object.keys(COMMANDS).map(({ length }) => length));

const help = (): string =>
	[
		`spanwatch ${VERSION}: a passive monitor for operational technology`,
		"",
		"spanwatch COMMAND [options]",
		"",
		...Object.entries(COMMANDS).map(([name, { line }]) => `  ${name.padEnd(COLUMN)}  ${line}`),
		"",
		"spanwatch COMMAND --help says more; spanwatch --version prints the version.",
		"Exit codes: 0 fine, 1 findings or failure, 2 wrong use.",
		"",
	].join("\n");

async function main(args: readonly string[]): Promise<number> {
	const [name, ...rest] = args;
	if (name === "--version" || name === "-v") {
		process.stdout.write(`${VERSION}\n`);
		return EXIT.fine;
	}
	if (name === "--help" || name === "-h" || name === "help") {
		process.stdout.write(help());
		return EXIT.fine;
	}
	if (name === undefined) {
		process.stderr.write(help());
		return EXIT.wrongUse;
	}
	const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
	if (entry === undefined) throw new UsageError(`there is no command "${name}"; there are ${Object.keys(COMMANDS).join(", ")}.`);
	const command = await entry.load();
	if (rest.includes("--help") || rest.includes("-h")) {
		process.stdout.write(commandHelp(command));
		return EXIT.fine;
	}
	return command.run(readArguments(command, rest));
}

main(process.argv.slice(2))
	.catch(sayFailure)
	.then((code) => {
		process.exitCode = code;
	});
