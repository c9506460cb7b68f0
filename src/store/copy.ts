/**
 * A look at state that another process owns: LevelDB has one opener, but its files only grow or are replaced whole. A copy of them is that process's state of one moment
 * if its manifest, which lists the valid files, is the same before and after.
 */
import { constants } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoreError } from "./error.ts";
import { type LevelStore, openStore } from "./level.ts";

/** A manifest changes once for each 4 MB that are written; so many times in a row is another kind of trouble. */
const ATTEMPTS = 20;
const PAUSE = 50;

/** The manifest's name and length. */
async function manifestOf(folder: string): Promise<string> {
	const name = (await readFile(join(folder, "CURRENT"), "utf8")).trim();
	return `${name} ${(await stat(join(folder, name))).size}`;
}

async function copyOnce(from: string, to: string): Promise<boolean> {
	const before = await manifestOf(from);
	for (const name of await readdir(from)) {
		if (name === "LOCK" || name.startsWith("LOG")) continue;
		await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE);
	}
	return before === (await manifestOf(from));
}

/** Opens a copy of the state in `dir`, which may be in use; it is thrown away when it is closed. Throws a `StoreError`. */
export async function openCopy(dir: string): Promise<LevelStore> {
	const from = join(dir, "store");
	const copy = await mkdtemp(join(tmpdir(), "spanwatch-copy-"));
	const discard = () => rm(copy, { recursive: true, force: true });
	try {
		for (let attempt = 0; ; attempt++) {
			const to = join(copy, "store");
			await rm(to, { recursive: true, force: true });
			await mkdir(to, { mode: 0o700 });
			try {
				if (await copyOnce(from, to)) break;
			} catch (error) {
				// A file that was listed and is gone was replaced meanwhile.
				const { code } = error as NodeJS.ErrnoException;
				if (code !== "ENOENT")
					throw new StoreError(
						"STORE_FOLDER",
						`The state in ${dir} cannot be read (${code}): read it as the user that runs the monitor.`,
						error,
					);
				if (attempt === 0 && !(await stat(join(from, "CURRENT")).catch(() => undefined)))
					throw new StoreError(
						"STORE_FOLDER",
						`There is no state in ${dir}: name the folder that the monitor was given with --state or stateDir.`,
						error,
					);
			}
			if (attempt >= ATTEMPTS) throw new StoreError("STORE_FAILED", `The state in ${dir} changes faster than it can be copied: try again.`);
			await new Promise((resolve) => setTimeout(resolve, PAUSE));
		}
		const store = await openStore(copy);
		const close = store.close.bind(store);
		store.close = async () => {
			await close();
			await discard();
		};
		return store;
	} catch (error) {
		await discard();
		throw error;
	}
}
