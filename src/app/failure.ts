/** How a command ends when it cannot do its work: one clear sentence, an exit code, never a stack trace. */

/** Exit codes of the command line (src/README.md, "The command line"). */
export const EXIT = { fine: 0, finding: 1, wrongUse: 2 } as const;

/** Wrong use of the command line: exit code 2. */
export class UsageError extends Error {
	readonly code = "SPANWATCH_USAGE";
	override readonly name = "UsageError";
}

/** Codes of errors that name a wrong argument, file or setting rather than a failure of the machine. */
const WRONG_USE = /^SPANWATCH_(USAGE|CONFIG|CAPTURE)/;

/** Says an error in one sentence on standard error and gives the exit code. A programmer's mistake keeps its name, not its stack. */
export function sayFailure(error: unknown): number {
	const failure = error as { code?: unknown; message?: unknown };
	const code = typeof failure?.code === "string" ? failure.code : "";
	const message = typeof failure?.message === "string" ? failure.message : String(error);
	const isOurs = code.startsWith("SPANWATCH_");
	process.stderr.write(`spanwatch: ${isOurs ? message : `unexpected failure: ${message}`}\n`);
	return WRONG_USE.test(code) ? EXIT.wrongUse : EXIT.finding;
}
