/**
 * Advisories on the disk: the folders that people import them from, and what the box keeps of them (`STATE/advisories.jsonl`). That file is replaced whole, so an import
 * works while the monitor runs, which takes it up, and whatever the power cuts off leaves the one before.
 */
import {
	closeSync,
	type Dirent,
	fchownSync,
	fsyncSync,
	openSync,
	readdirSync,
	readFileSync,
	readSync,
	renameSync,
	rmSync,
	statSync,
	writeSync,
} from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import type { Advisory } from "../assets/advisories/advisory.ts";
import { MAX_DOCUMENT, readCsaf } from "../assets/advisories/csaf.ts";
import { MAX_ADVISORIES, MAX_LIBRARY_PRODUCTS } from "../assets/advisories/library.ts";
import { compareVersions, readVersion } from "../assets/advisories/version.ts";
import { StoreError } from "../store/error.ts";
import { UsageError } from "./failure.ts";

/** Files of one import. */
const MAX_FILES = 100_000;
/** Folders below folders: agencies have one for each year. */
const MAX_FOLDERS = 8;
/** What is written at a time. */
const BATCH = 1 << 20;
/** Characters of one advisory as it is kept. */
const MAX_LINE = 64 << 20;
const SCHEMA = 1;

const pathOf = (stateDir: string): string => join(stateDir, "advisories.jsonl");
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;

/** Changes when the file does, or who may read it; empty where there is none. Throws where that cannot be told. */
export function advisoriesMark(stateDir: string): string {
	const found = statSync(pathOf(stateDir), { throwIfNoEntry: false });
	return found === undefined ? "" : `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
}

/** What the box keeps. Damaged lines are left out and counted. */
export function readAdvisories(stateDir: string): { advisories: Map<string, Advisory>; damaged: number } {
	const advisories = new Map<string, Advisory>();
	let damaged = 0;
	let isHead = true;
	for (const line of linesOf(pathOf(stateDir))) {
		if (isHead) {
			if (line !== `{"schema":${SCHEMA}}`) return { advisories, damaged: 1 };
			isHead = false;
			continue;
		}
		if (line === "") continue;
		try {
			const advisory = JSON.parse(line) as Advisory;
			if (!isAdvisory(advisory) || advisories.size >= MAX_ADVISORIES) damaged++;
			else advisories.set(advisory.id, advisory);
		} catch {
			damaged++;
		}
	}
	return { advisories, damaged };
}

/** The lines of a file, piece by piece: all of it at once may be hundreds of megabytes. None where there is no file; what a line too long hides is given as one line. */
function* linesOf(path: string): Generator<string> {
	let file: number | undefined;
	try {
		file = openSync(path, "r");
		const decoder = new StringDecoder();
		const bytes = Buffer.alloc(BATCH);
		let rest = "";
		for (let count = readSync(file, bytes); count > 0 && rest.length <= MAX_LINE; count = readSync(file, bytes)) {
			const lines = (rest + decoder.write(bytes.subarray(0, count))).split("\n");
			rest = lines.pop()!;
			yield* lines;
		}
		yield rest.slice(0, MAX_LINE);
	} catch (error) {
		if (codeOf(error) === "ENOENT") return;
		throw new StoreError("STORE_FOLDER", `${path} cannot be read (${codeOf(error)}): read it as the user that runs the monitor.`, error);
	} finally {
		if (file !== undefined) closeSync(file);
	}
}

const isAdvisory = (value: Advisory | null): boolean =>
	typeof value?.id === "string" &&
	typeof value.version === "string" &&
	Array.isArray(value.products) &&
	Array.isArray(value.vulnerabilities);

/** Puts these in place of what the box keeps: all or nothing. */
export function writeAdvisories(stateDir: string, advisories: Iterable<Advisory>): void {
	const path = pathOf(stateDir);
	const part = `${path}.${process.pid}`;
	try {
		const file = openSync(part, "w", 0o600);
		try {
			let text = `{"schema":${SCHEMA}}\n`;
			for (const advisory of advisories) {
				text += `${JSON.stringify(advisory)}\n`;
				if (text.length < BATCH) continue;
				writeWhole(file, text);
				text = "";
			}
			writeWhole(file, text);
			// Imported by root, it belongs to whom the state belongs to: the monitor must be able to read it.
			const { uid, gid } = statSync(stateDir);
			if (process.getuid?.() === 0) fchownSync(file, uid, gid);
			fsyncSync(file);
		} finally {
			closeSync(file);
		}
		renameSync(part, path);
		const folder = openSync(stateDir, "r");
		fsyncSync(folder);
		closeSync(folder);
	} catch (error) {
		rmSync(part, { force: true });
		throw new StoreError(
			"STORE_FOLDER",
			`The advisories cannot be kept in ${stateDir} (${codeOf(error)}): name the state folder of the monitor, which this user may write to.`,
			error,
		);
	}
}

function writeWhole(file: number, text: string): void {
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** What an import found. */
export interface Found {
	/** By id, each in its newest version. */
	advisories: Map<string, Advisory>;
	/** Documents that are advisories. */
	read: number;
	/** One sentence for each file that gave nothing, or not all. */
	problems: string[];
}

/** Reads all documents of files and folders. Throws a UsageError where a path is none. */
export function readFolders(paths: readonly string[]): Found {
	const found: Found = { advisories: new Map(), read: 0, problems: [] };
	let files = 0;
	const take = (path: string, size: number) => {
		if (++files > MAX_FILES) return;
		if (size > MAX_DOCUMENT)
			return void found.problems.push(`${path} was left out: it has ${size} bytes, and ${MAX_DOCUMENT} is the most.`);
		let text: string;
		try {
			text = readFileSync(path, "utf8");
		} catch (error) {
			return void found.problems.push(`${path} was left out: it cannot be read (${codeOf(error)}).`);
		}
		const read = readCsaf(text);
		if ("problem" in read) return void found.problems.push(`${path} was left out: ${read.problem}.`);
		if (read.left !== undefined) found.problems.push(`${path} was not taken whole: ${read.left} were left out.`);
		found.read++;
		const { advisory } = read;
		if (isNewer(advisory, found.advisories.get(advisory.id))) found.advisories.set(advisory.id, advisory);
	};
	const walk = (folder: string, depth: number) => {
		let entries: Dirent[];
		try {
			entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
		} catch (error) {
			return void found.problems.push(`${folder} was left out: it cannot be read (${codeOf(error)}).`);
		}
		for (const entry of entries) {
			const path = join(folder, entry.name);
			if (entry.isDirectory()) {
				if (depth < MAX_FOLDERS) walk(path, depth + 1);
				else found.problems.push(`${path} was left out: it lies deeper than ${MAX_FOLDERS} folders.`);
			} else if (entry.isFile() && /\.json$/i.test(entry.name)) take(path, statSync(path, { throwIfNoEntry: false })?.size ?? 0);
		}
	};
	for (const path of paths) {
		const what = statSync(path, { throwIfNoEntry: false });
		if (what?.isDirectory()) walk(path, 1);
		else if (what?.isFile()) take(path, what.size);
		else throw new UsageError(`advisories: ${path} is no file and no folder: check the path.`);
	}
	if (files > MAX_FILES) found.problems.push(`${files - MAX_FILES} files were left out: ${MAX_FILES} is the most of one import.`);
	return found;
}

/** By tracking.version (an integer, or three numbers), then by date. A version that is no such thing is no reason to keep an older document. */
export function isNewer(advisory: Advisory, known: Advisory | undefined): boolean {
	if (known === undefined) return true;
	const [version, other] = [readVersion(advisory.version), readVersion(known.version)];
	const difference = version === undefined || other === undefined ? undefined : compareVersions(version, other);
	if (difference !== undefined && difference !== 0) return difference > 0;
	return (Date.parse(advisory.released) || 0) > (Date.parse(known.released) || 0);
}

/** What an import changed. */
export interface Merged {
	advisories: Map<string, Advisory>;
	added: number;
	renewed: number;
	/** Known in this version, or in a later one. */
	known: number;
	/** Beyond the bound. */
	left: number;
}

export function merge(kept: ReadonlyMap<string, Advisory>, found: ReadonlyMap<string, Advisory>): Merged {
	const merged: Merged = { advisories: new Map(kept), added: 0, renewed: 0, known: 0, left: 0 };
	let products = [...kept.values()].reduce((sum, advisory) => sum + advisory.products.length, 0);
	for (const [id, advisory] of found) {
		const before = merged.advisories.get(id);
		const more = advisory.products.length - (before?.products.length ?? 0);
		if (!isNewer(advisory, before)) merged.known++;
		else if ((before === undefined && merged.advisories.size >= MAX_ADVISORIES) || products + more > MAX_LIBRARY_PRODUCTS) merged.left++;
		else {
			merged.advisories.set(id, advisory);
			products += more;
			if (before === undefined) merged.added++;
			else merged.renewed++;
		}
	}
	return merged;
}
