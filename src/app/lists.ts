/** Files that a site imports: named one by one, or as the folder that they lie in. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { CONFIG_ERROR, ConfigError } from "../config/error.ts";

/** Files of one folder; more is another folder by mistake. */
const MAX_FILES = 10_000;

export interface ListFile {
	path: string;
	/** Its name without the folder. */
	source: string;
	text: string;
}

const unreadable = (what: string, path: string, code: string | undefined): ConfigError =>
	new ConfigError(CONFIG_ERROR.unreadable, `${what}: ${path} cannot be read (${code ?? "unknown"}): check the path and its owner.`);

/** The files of `paths`, a folder's in the order of their names; `ends` says which of them. Throws a ConfigError where one cannot be read. */
export function* listFiles(paths: readonly string[], what: string, ends: RegExp, maxBytes: number): Generator<ListFile> {
	for (const path of paths) {
		let names: string[];
		try {
			names = statSync(path).isDirectory()
				? readdirSync(path)
						.filter((name) => ends.test(name))
						.sort()
						.map((name) => join(path, name))
				: [path];
		} catch (error) {
			throw unreadable(what, path, (error as NodeJS.ErrnoException).code);
		}
		if (names.length > MAX_FILES)
			throw new ConfigError(CONFIG_ERROR.unreadable, `${what}: ${path} holds more than ${MAX_FILES} files: name the folder that is meant.`);
		for (const name of names) yield { path: name, source: basename(name), text: textOf(name, what, maxBytes) };
	}
}

function textOf(path: string, what: string, maxBytes: number): string {
	try {
		// A larger file would not fit into one text.
		if (statSync(path).size > maxBytes)
			throw new ConfigError(CONFIG_ERROR.unreadable, `${what}: ${path} is larger than ${maxBytes / 2 ** 20} MiB: cut it into several.`);
		return readFileSync(path, "utf8");
	} catch (error) {
		if (error instanceof ConfigError) throw error;
		throw unreadable(what, path, (error as NodeJS.ErrnoException).code);
	}
}
