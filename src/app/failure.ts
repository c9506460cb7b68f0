/** How a command ends when it cannot do its work: one clear sentence, an exit code, never a stack trace. */

/** Exit codes of the command line (src/README.md, "The command line"). */
export const EXIT = { fine: 0, finding: 1, wrongUse: 2 } as const;

/** Wrong use of the command line: exit code 2. */
export class UsageError extends Error {
	readonly code = "USAGE";
	override readonly name = "UsageError";
}

/** Names of the errors that say a wrong argument, file or setting rather than a failure of the machine. */
const WRONG_USE: ReadonlySet<string> = new Set(["UsageError", "ConfigError", "CaptureError"]);
/** The same by code, of errors that may also be a failure of the machine. */
const WRONG_SETTING: ReadonlySet<string> = new Set([
	"STORE_FOLDER",
	"WEB_ADDRESS_UNAVAILABLE",
	"WEB_TLS_INVALID",
	"BROKER_ADDRESS",
	"COMMAND_INVALID",
	"COMMAND_NO_BOX",
]);
/** Names of the errors whose message is a sentence for people. */
const OURS: ReadonlySet<string> = new Set([
	...WRONG_USE,
	"StoreError",
	"WebError",
	"OutputError",
	"BrokerError",
	"EngineError",
	"CommandError",
]);

/** The sentence for a person; a programmer's mistake says its message, not its stack. */
export function sentenceOf(error: unknown): string {
	if (!(error instanceof Error)) return `unexpected failure: ${String(error)}`;
	return OURS.has(error.name) ? error.message : `unexpected failure: ${error.message}`;
}

/** Says an error in one sentence on standard error and gives the exit code. */
export function sayFailure(error: unknown): number {
	process.stderr.write(`spanwatch: ${sentenceOf(error)}\n`);
	const { name, code } = error as { name?: string; code?: string };
	return WRONG_USE.has(name ?? "") || WRONG_SETTING.has(code ?? "") ? EXIT.wrongUse : EXIT.finding;
}
