/** Public captures that may lie beside the project; nothing of them is kept here. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { protocols, services } from "../../protocols/index.ts";
import { Engine } from "../../src/app/engine.ts";
import { flowLine, observationLine } from "../../src/app/lines.ts";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import type { Frame } from "../../src/capture/frame.ts";

/** Beside the project; where this runs compiled, the project is one level further up. */
const homes = ["../../../shared/captures/", "../../../../shared/captures/"].map((path) => new URL(path, import.meta.url));
const home = homes.find((folder) => existsSync(new URL("MANIFEST.tsv", folder))) ?? homes[0]!;

export const hasCaptures = existsSync(new URL("MANIFEST.tsv", home));
if (!hasCaptures) console.warn(`skipped: there are no public captures in ${home.pathname}`);

/** Path of a capture, or of a peer's log, by its name in the list; a whole path is one of our own. */
export const pathOf = (name: string): string => (name.startsWith("/") ? name : fileURLToPath(home) + name);

function listed(): { name: string; protocols: string[]; outputs: string[] }[] {
	const [head, ...lines] = readFileSync(pathOf("MANIFEST.tsv"), "utf8").trimEnd().split("\n");
	const at = head!.split("\t").indexOf("protocols");
	const outputsAt = head!.split("\t").indexOf("expected_output");
	return lines
		.map((line) => line.split("\t"))
		.map((columns) => ({
			name: columns[0]!,
			protocols: columns[at]!.split(","),
			outputs: (columns[outputsAt] ?? "").split(" | ").filter((output) => output !== ""),
		}));
}

/** Names of the captures that the list says hold a protocol. */
export const capturesOf = (protocol: string): string[] =>
	listed()
		.filter(({ protocols }) => protocols.includes(protocol))
		.map(({ name }) => name);

/** Compared only where PEERS=all asks for it, as that takes minutes and holds more of the same: a capture of more bytes; and where a protocol has more captures than these, three in four. */
const LARGE = 1_500_000;
const MANY = 12;
export const isWhole = process.env.PEERS === "all";

/** Of many captures those that are compared each time. */
export const someOf = (names: readonly string[]): string[] =>
	isWhole || names.length <= MANY ? [...names] : names.filter((_, at) => at % 4 === 0);

/** The same, of those that are compared each time; with PEERS=all every one. */
export function comparedOf(protocol: string): string[] {
	const all = capturesOf(protocol);
	if (isWhole) return all;
	return someOf(all.filter((name) => statSync(pathOf(name)).size <= LARGE));
}

/** What a peer said of a capture, in a file that lies beside it. */
export interface Output {
	capture: string;
	file: string;
}

/** Every file of every peer's output that the list has, for captures of some protocols. */
export const outputsOf = (isMeant: (protocols: readonly string[]) => boolean): Output[] =>
	listed()
		.filter(({ protocols }) => isMeant(protocols))
		.flatMap(({ name, outputs }) =>
			outputs
				.flatMap((output) => (output.endsWith("/") ? readdirSync(pathOf(output)).map((file) => output + file) : [output]))
				.map((file) => ({ capture: name, file })),
		);

/** Names of those that hold none of some. */
export const capturesWithout = (some: readonly string[]): string[] =>
	listed()
		.filter(({ protocols }) => !protocols.some((protocol) => some.includes(protocol)))
		.map(({ name }) => name);

/** A `decode` line; what a protocol adds is read by its name. */
export interface Line {
	frame: number;
	ts: number;
	protocol: string;
	kind: string;
	client: { ip?: string; port?: number; mac?: string };
	server: { ip?: string; port?: number; mac?: string };
	// biome-ignore lint/suspicious/noExplicitAny: fields differ by protocol
	[field: string]: any;
}

/** The lines that `spanwatch decode --protocol` prints for a capture. `copies` takes the numbers of frames that were taken for copies of others. */
export async function linesOf(name: string, wanted: readonly string[], copies?: Set<number>): Promise<Line[]> {
	const lines: Line[] = [];
	const engine = new Engine({
		protocols,
		services,
		onObservation: (protocol, observation, flow) => {
			if (wanted.includes(protocol.name)) lines.push(observationLine(protocol, observation, flow) as Line);
		},
	});
	let duplicates = 0;
	const frame = (one: Readonly<Frame>): void => {
		engine.frame(one);
		if (copies === undefined || engine.counts().duplicates === duplicates) return;
		duplicates++;
		copies.add(one.number);
	};
	await readCapture(new CaptureInput(pathOf(name)), frame, {});
	engine.endSource();
	return lines;
}

/** Every flow of a capture, as `spanwatch decode` prints it, with the guess who serves. */
export async function flowsOf(name: string): Promise<Line[]> {
	const flows: Line[] = [];
	const engine = new Engine({ protocols, services, onFlow: (flow, service) => flows.push(flowLine(flow, service) as Line) });
	await readCapture(new CaptureInput(pathOf(name)), engine.frame, {});
	engine.endSource();
	return flows;
}

/** By frame, in the order in which they were said. */
export function byFrame(lines: readonly Line[]): Map<number, Line[]> {
	const frames = new Map<number, Line[]>();
	for (const line of lines) {
		const there = frames.get(line.frame);
		if (there === undefined) frames.set(line.frame, [line]);
		else there.push(line);
	}
	return frames;
}
