/** The peer: tshark's dissection of a capture, as columns or as a tree. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { pathOf } from "./captures.ts";

const found = spawnSync("tshark", ["--version"], { encoding: "utf8" });
/** "4.0.17", or empty where there is none. */
export const version = found.status === 0 ? (/(\d+\.\d+\.\d+)/.exec(found.stdout)?.[1] ?? "") : "";
export const hasTshark = version !== "";
if (!hasTshark) console.warn("skipped: there is no tshark to compare with (apt-get install tshark)");

/** Ends a tshark that hangs. */
const TIMEOUT = 150_000;

async function* output(name: string, options: readonly string[]): AsyncGenerator<string> {
	const child = spawn("tshark", ["-n", "-r", pathOf(name), ...options], { stdio: ["ignore", "pipe", "ignore"], timeout: TIMEOUT });
	const ended = once(child, "close");
	yield* createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY });
	await ended;
	// Half an answer would be taken for all of it.
	if (child.signalCode !== null) throw new Error(`tshark had not read ${name} after ${TIMEOUT / 1000} s`);
}

/** One frame's columns: every occurrence of each field, in the order of the frame. */
export type Columns<F extends string> = Record<F, string[]>;

/** Between occurrences: a character that no text of a capture has. */
const BETWEEN = "\u0001";

export async function columnsOf<F extends string>(
	name: string,
	filter: string,
	fields: readonly F[],
	options: readonly string[] = [],
): Promise<Columns<F>[]> {
	const rows: Columns<F>[] = [];
	const selection = fields.flatMap((field) => ["-e", field]);
	for await (const line of output(name, [
		...options,
		"-Y",
		filter,
		"-T",
		"fields",
		"-E",
		"occurrence=a",
		"-E",
		`aggregator=${BETWEEN}`,
		...selection,
	])) {
		const columns = line.split("\t");
		rows.push(Object.fromEntries(fields.map((field, at) => [field, columns[at] ? columns[at]!.split(BETWEEN) : []])) as Columns<F>);
	}
	return rows;
}

/** One line of the tree: `name` is the field's, or empty for a heading; `show` is its value, `label` what a person reads. */
export interface Branch {
	name: string;
	show: string;
	label: string;
	children: Branch[];
}

const ENTITIES: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&#x0A;": "\n" };
const plain = (text: string): string => text.replace(/&(amp|lt|gt|quot|apos|#x0A);/g, (entity) => ENTITIES[entity]!);
const attribute = (line: string, name: string): string => plain(new RegExp(` ${name}="([^"]*)"`).exec(line)?.[1] ?? "");

/** The trees of the layer `layer`, by frame. */
export async function treesOf(name: string, layer: string, options: readonly string[] = []): Promise<Map<number, Branch[]>> {
	const frames = new Map<number, Branch[]>();
	let frame = 0;
	let path: Branch[] = [];
	let isWithin = false;
	for await (const line of output(name, [...options, "-Y", layer, "-T", "pdml"])) {
		if (line.includes('<field name="num" ')) frame = Number(attribute(line, "show"));
		else if (line.includes(`<proto name="${layer}"`)) {
			isWithin = true;
			const root: Branch = { name: layer, show: "", label: "", children: [] };
			frames.set(frame, [...(frames.get(frame) ?? []), root]);
			path = [root];
		} else if (line.includes("</proto>")) isWithin = false;
		else if (isWithin && line.includes("<field ")) {
			const branch: Branch = {
				name: attribute(line, "name"),
				show: attribute(line, "show"),
				label: attribute(line, "showname"),
				children: [],
			};
			path.at(-1)!.children.push(branch);
			if (!line.trimEnd().endsWith("/>")) path.push(branch);
		} else if (isWithin && line.includes("</field>")) path.pop();
	}
	return frames;
}
