/** The command line's arguments: one table a command, which gives the parser and the help. */
import { parseArgs } from "node:util";
import { UsageError } from "./failure.ts";

export interface OptionRecord {
	readonly type: "string" | "boolean";
	/** May be given several times. */
	readonly multiple?: boolean;
	/** The word for its value in the help. */
	readonly value?: string;
	readonly help: string;
}

export interface CommandRecord {
	readonly name: string;
	/** Positional arguments, for the help; undefined where it takes none. */
	readonly operands?: string;
	readonly help: string;
	readonly options: Readonly<Record<string, OptionRecord>>;
	readonly run: (input: Arguments) => Promise<number>;
}

/** What was given. */
export interface Arguments {
	readonly operands: readonly string[];
	text(name: string): string | undefined;
	texts(name: string): readonly string[];
	flag(name: string): boolean;
}

/** Reads the arguments of one command; throws a UsageError that says what is wrong. */
export function readArguments(command: CommandRecord, args: readonly string[]): Arguments {
	const options: Record<string, { type: "string" | "boolean"; multiple?: boolean }> = {};
	for (const [name, { type, multiple }] of Object.entries(command.options)) options[name] = { type, multiple: multiple ?? false };
	let parsed: ReturnType<typeof parseArgs>;
	try {
		parsed = parseArgs({ args: [...args], options, allowPositionals: command.operands !== undefined, strict: true });
	} catch (error) {
		const [reason = ""] = (error as Error).message.split(". To specify");
		throw new UsageError(`${command.name}: ${reason.replace(/\.$/, "")}; see \`spanwatch ${command.name} --help\`.`);
	}
	const { values } = parsed;
	const texts = (name: string): readonly string[] => {
		const value = values[name];
		return Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];
	};
	return { operands: parsed.positionals, texts, text: (name) => texts(name).at(-1), flag: (name) => values[name] === true };
}

/** Columns of a line of help. */
const LINE = 160;

/** A text that begins at a column, in lines that are broken between its words. */
function wrapped(text: string, column: number): string {
	const lines = [""];
	for (const word of text.split(" ")) {
		const line = lines.at(-1)!;
		if (line === "") lines[lines.length - 1] = word;
		else if (column + line.length + 1 + word.length <= LINE) lines[lines.length - 1] = `${line} ${word}`;
		else lines.push(word);
	}
	return lines.join(`\n${" ".repeat(column)}`);
}

/** The help of one command. */
export function commandHelp(command: CommandRecord): string {
	const rows = Object.entries(command.options).map(([name, { value, help }]) => [
		`--${name}${value === undefined ? "" : ` ${value}`}`,
		help,
	]);
	const width = Math.max(0, ...rows.map(([left]) => left!.length));
	const operands = command.operands === undefined ? "" : ` ${command.operands}`;
	return [
		`spanwatch ${command.name}${rows.length > 0 ? " [options]" : ""}${operands}`,
		"",
		command.help,
		...(rows.length > 0 ? ["", ...rows.map(([left, help]) => `  ${left!.padEnd(width)}  ${wrapped(help!, width + 4)}`)] : []),
		"",
	].join("\n");
}
