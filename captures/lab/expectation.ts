/**
 * What the engine says about a recording, for `npm run lab -- expect` and for the tests that hold it to that: the decode lines as counts and a digest with the
 * first of them readable, and the alerts whole, after learning from the recording of a normal day.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, parse } from "node:path";
import { protocols, services } from "../../protocols/index.ts";
import type { Alert } from "../../src/alert/alert.ts";
import { Engine } from "../../src/app/engine.ts";
import { flowLine, observationLine } from "../../src/app/lines.ts";
import { Replay, type Step } from "../../src/app/replay.ts";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import { learnedFor, scenarioNamed } from "./playbill.ts";
import { protocolTable } from "./protocolTable.ts";
import type { CaptureEntry, CaptureIndex } from "./recorder.ts";

/** What `index.json` says under `expect`. `NAME.observations.jsonl` holds the first lines, `NAME.alerts.jsonl` the alerts where there are any. */
export interface Expectation {
	/** Lines that `spanwatch decode` prints, and the SHA-256 of all of them with their line ends. */
	lines: number;
	sha256: string;
	/** How many, by protocol and kind. */
	observations: Record<string, Record<string, number>>;
	alerts: number;
}

/** Lines kept readable. */
const SAMPLE = 20;

export interface Decoded extends Omit<Expectation, "alerts"> {
	sample: string;
}

/** Decodes as `spanwatch decode` does. */
export async function decodeRecording(path: string): Promise<Decoded> {
	const digest = createHash("sha256");
	const observations: Expectation["observations"] = {};
	let lines = 0;
	let sample = "";
	const take = (line: Record<string, unknown>): void => {
		const text = `${JSON.stringify(line)}\n`;
		digest.update(text);
		if (lines++ < SAMPLE) sample += text;
		const kinds = (observations[line.protocol as string] ??= {});
		kinds[line.kind as string] = (kinds[line.kind as string] ?? 0) + 1;
	};
	const engine = new Engine({
		protocols,
		services,
		onObservation: (protocol, observation, flow) => take(observationLine(protocol, observation, flow)),
		onFlow: (flow, service) => {
			if (!(service?.by === "bytes" && protocols.some(({ name }) => name === service.service))) take(flowLine(flow, service));
		},
	});
	await readCapture(new CaptureInput(path), engine.frame, {});
	engine.endSource();
	return { lines, sha256: digest.digest("hex"), observations, sample };
}

export interface Watched {
	alerts: Alert[];
	/** Capture time, seconds since the epoch, at which each alert was given out first, by id. */
	given: Map<string, number>;
}

/** Learns a normal day of the same network or line, then watches as `spanwatch replay` does. The normal day itself is only learned. */
export async function watchRecording(folder: string, file: string): Promise<Watched> {
	const learned = learnedFor(parse(file).name);
	const steps: Step[] = [{ path: join(folder, learned), isLearned: true }];
	if (file !== learned) steps.push({ path: join(folder, file), isLearned: false });
	const given = new Map<string, number>();
	const zones = scenarioNamed(parse(file).name)?.zones;
	const replay = new Replay({ steps, zones, onAlert: (alert, time) => given.set(alert.id, time / 1e6) });
	await replay.run();
	return { alerts: replay.alerts(), given };
}

export const alertLines = (alerts: readonly Alert[]): string => alerts.map((alert) => `${JSON.stringify(alert)}\n`).join("");

/** Writes what is expected of every recording, or of those named, as the engine says it now. Look at the differences before committing them. */
export async function writeExpectations(folder: string, names: readonly string[], say: (line: string) => void): Promise<void> {
	const index = join(folder, "index.json");
	const content = JSON.parse(readFileSync(index, "utf8")) as CaptureIndex;
	for (const entry of content.captures) {
		if (names.length > 0 && !names.includes(entry.name)) continue;
		entry.expect = await writeExpectation(folder, entry);
		say(`${entry.file}: ${entry.expect.lines} lines, ${entry.expect.alerts} alerts`);
	}
	writeFileSync(index, `${JSON.stringify(content, undefined, "\t")}\n`);
	const readme = join(folder, "README.md");
	const text = readFileSync(readme, "utf8");
	writeFileSync(readme, text.replace(PROTOCOL_MARKS, `$1\n${protocolTable(content)}\n\n$2`));
}

const PROTOCOL_MARKS = /(<!-- protocols[^>]*-->\n)[\s\S]*?(<!-- end of protocols -->)/;
async function writeExpectation(folder: string, entry: CaptureEntry): Promise<Expectation> {
	const { sample, ...decoded } = await decodeRecording(join(folder, entry.file));
	const { alerts } = await watchRecording(folder, entry.file);
	writeFileSync(join(folder, `${entry.name}.observations.jsonl`), sample);
	const path = join(folder, `${entry.name}.alerts.jsonl`);
	if (alerts.length > 0) writeFileSync(path, alertLines(alerts));
	else if (existsSync(path)) rmSync(path);
	return { ...decoded, alerts: alerts.length };
}
