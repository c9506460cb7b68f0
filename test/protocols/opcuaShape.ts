/**
 * How often the guess at an encrypted message is right, where the truth is known: the diary of the lab's station over its encrypted channel, and as its twin every
 * clear or signed channel of the lab's recordings, each message as long as encryption would make it. Written between the markers of the decoder's README.
 * `node dist/test/protocols/opcuaShape.js`
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { opcua } from "../../protocols/opcua/index.ts";
import type { OpcuaObservation } from "../../protocols/opcua/observation.ts";
import { Shape } from "../../protocols/opcua/shape.ts";
import { Engine } from "../../src/app/engine.ts";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { type Message, readTheirs } from "./opcuaTraffic.ts";

const project = [new URL("../../../", import.meta.url), new URL("../../", import.meta.url)].find((folder) =>
	existsSync(new URL("protocols/README.md", folder)),
)!;
const captures = fileURLToPath(new URL("captures/", project));
const README = new URL("protocols/opcua/README.md", project);
const BEGIN = "<!-- guesses:begin -->";
const END = "<!-- guesses:end -->";

/** From here on a guess is more than a hint. */
const CONFIDENT = 0.6;

/** What a right guess would be; undefined for what no guess is made of. */
function truthOf(name: string): string | undefined {
	switch (name) {
		case "PublishRequest":
			return "publish request";
		case "PublishResponse":
		case "RepublishResponse":
			return "publish with data";
		case "KeepAlive":
			return "publish keep-alive";
	}
	const service = name.replace(/Request$|Response$/, "");
	if (service === "CreateSession" || service === "ActivateSession") return "session set-up";
	if (service === "Read") return "read poll";
	if (service === "Write") return "write";
	if (service === "Browse" || service === "BrowseNext" || service === "TranslateBrowsePathsToNodeIds") return "browse burst";
	return undefined;
}

export interface Row {
	messages: number;
	right: number;
	wrong: number;
	confident: number;
	confidentRight: number;
}
export type Tallies = Map<string, Row>;

const OTHER = "any other service";

function note(tallies: Tallies, truth: string | undefined, guess: { service: string; confidence: number } | undefined): void {
	const key = truth ?? OTHER;
	const row = tallies.get(key) ?? { messages: 0, right: 0, wrong: 0, confident: 0, confidentRight: 0 };
	tallies.set(key, row);
	row.messages++;
	if (guess === undefined) return;
	const isRight = guess.service === truth;
	if (isRight) row.right++;
	else row.wrong++;
	if (guess.confidence < CONFIDENT) return;
	row.confident++;
	if (isRight) row.confidentRight++;
}

interface Mark {
	name: string;
	host: string;
	parameters: { policy?: string };
	result?: { client: string[]; server: string[] };
}

/** The encrypted channel of the diary: the guesses on our lines, against the names that the station noted. */
export async function measureDiary(): Promise<Tallies> {
	const { marks } = JSON.parse(readFileSync(`${captures}opcua-encrypted.marks.json`, "utf8")) as { marks: Mark[] };
	const diary = marks.find(({ name, parameters }) => name === "watch" && parameters.policy === "encrypted")!.result!;
	const { hosts } = JSON.parse(readFileSync(`${captures}index.json`, "utf8")) as { hosts: { name: string; ip: string }[] };
	const { ip } = hosts.find(({ name }) => name === "engineer")!;
	const seen: {
		client: ({ service: string; confidence: number } | undefined)[];
		server: ({ service: string; confidence: number } | undefined)[];
	} = {
		client: [],
		server: [],
	};
	const engine = new Engine({
		protocols: [opcua],
		services: [],
		onObservation: (_protocol, observation, flow) => {
			const { encrypted, messageType, isFromServer, guess } = observation as OpcuaObservation;
			if (flow.client.ip !== ip || encrypted !== true || messageType !== "MSG") return;
			seen[isFromServer ? "server" : "client"].push(guess === undefined ? undefined : { ...guess });
		},
	});
	await readCapture(new CaptureInput(`${captures}opcua-encrypted.pcap`), engine.frame, {});
	engine.endSource();
	const tallies: Tallies = new Map();
	for (const side of ["client", "server"] as const) {
		if (seen[side].length !== diary[side].length)
			throw new Error(`${seen[side].length} messages of the ${side}, ${diary[side].length} in the diary`);
		for (const [index, name] of diary[side].entries()) note(tallies, truthOf(name), seen[side][index]);
	}
	return tallies;
}

const HEADERS = 24;
const SIGNATURE = 32;
const BLOCK = 16;

/** Bytes that Basic256Sha256 would make of a message, chunk by chunk (Part 6, 6.7.2). */
function encryptedSize({ size, chunks, signature }: Message): number {
	const body = size - chunks * (HEADERS + signature);
	const each = Math.ceil(body / chunks);
	return chunks * (16 + Math.ceil((8 + each + 1 + SIGNATURE) / BLOCK) * BLOCK);
}

/** All messages that can be read, guessed at as if they could not. */
export function measureTwin(path: string, tallies: Tallies): void {
	const shapes = new Map<string, Shape>();
	for (const message of readTheirs(path)) {
		const { structure, letters, connection, said } = message;
		if (letters !== "MSG" || structure === undefined) continue;
		const key = `${connection} ${said.secureChannelId}`;
		let shape = shapes.get(key);
		if (shape === undefined) {
			shape = new Shape(true);
			shapes.set(key, shape);
		}
		const direction = structure.endsWith("Request") ? TO_SERVER : TO_CLIENT;
		const isEmpty =
			structure === "PublishResponse" &&
			((said.parameters as { notificationMessage: { notificationData: unknown[] | null } }).notificationMessage.notificationData?.length ??
				0) === 0;
		const guess = shape.take(direction, message.time * 1e6, encryptedSize(message), message.chunks, SIGNATURE);
		note(tallies, truthOf(isEmpty ? "KeepAlive" : structure), guess);
	}
}

/** Recordings of the lab. */
export const recordings = (): string[] =>
	readdirSync(captures)
		.filter((name) => name.endsWith(".pcap"))
		.map((name) => captures + name);

const percent = (part: number, whole: number): string => (whole === 0 ? "" : `${((100 * part) / whole).toFixed(1)} %`);

export function guessesTable(diary: Tallies, twin: Tallies): string {
	const keys = [...new Set([...diary.keys(), ...twin.keys()])].sort((one, other) => Number(one === OTHER) - Number(other === OTHER));
	const cells = (row: Row | undefined) =>
		row === undefined
			? ["", "", ""]
			: [
					row.messages.toLocaleString("en"),
					percent(row.right, row.messages),
					row.confident === 0 ? "" : percent(row.confidentRight, row.confident),
				];
	const sum = (tallies: Tallies): Row => {
		const all: Row = { messages: 0, right: 0, wrong: 0, confident: 0, confidentRight: 0 };
		for (const row of tallies.values()) for (const key of Object.keys(all) as (keyof Row)[]) all[key] += row[key];
		return all;
	};
	const line = (name: string, one: Row | undefined, other: Row | undefined) => `| ${[name, ...cells(one), ...cells(other)].join(" | ")} |`;
	return [
		`| truth | encrypted: messages | guessed right | right when confident (${CONFIDENT} or more) | twin: messages | guessed right | right when confident |`,
		"| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
		...keys.map((key) => line(key, diary.get(key), twin.get(key))),
		line("**all**", sum(diary), sum(twin)),
	].join("\n");
}

export async function measure(): Promise<{ diary: Tallies; twin: Tallies }> {
	const twin: Tallies = new Map();
	for (const path of recordings()) measureTwin(path, twin);
	return { diary: await measureDiary(), twin };
}

export function writtenGuesses(): string {
	const text = readFileSync(README, "utf8");
	return text.slice(text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)).trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const text = readFileSync(README, "utf8");
	const { diary, twin } = await measure();
	const table = guessesTable(diary, twin);
	console.log(table);
	writeFileSync(README, `${text.slice(0, text.indexOf(BEGIN) + BEGIN.length)}\n${table}\n${text.slice(text.indexOf(END))}`);
}
