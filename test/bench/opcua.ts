/**
 * `npm run bench:opcua`: OPC UA messages a second, ours beside node-opcua's codec, over the lab's recordings. Ours does all that the monitor does with a frame (capture record, wire, TCP, chunks, channel, service, pairing) and
 * then says the message: as operations, as learning gets it, or as the whole line with every field. Theirs gets the bodies alone, already found and put together. Rounds take turns, so a noisy machine is the same for
 * all; the best of each counts. The table goes into `protocols/opcua/README.md`, between its marks.
 */
import { fileURLToPath } from "node:url";
import { opcua } from "../../protocols/opcua/index.ts";
import type { OpcuaObservation } from "../../protocols/opcua/observation.ts";
import { Engine } from "../../src/app/engine.ts";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import type { Frame } from "../../src/capture/frame.ts";
import { OperationRecorder } from "../../src/detect/recorder.ts";
import { table, writeBetween } from "../evaluation/tables.ts";
import { decodeService, readTheirs } from "../protocols/opcuaTraffic.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const RECORDINGS = ["opcua-services", "plant-normal"];
const ROUNDS = 15;
/** Plants of a recording that are read in a round: the same bytes between other addresses, a plant after the other. */
const PLANTS = 40;
const ETHERNET = 14;
const IPV4 = 0x0800;
const TCP = 6;

interface Way {
	name: string;
	/** Reads all plants once; returns their messages with a readable service. */
	read: () => number;
}

let said = 0;
const recorder = new OperationRecorder({
	commit: () => void said++,
	identity: () => {},
	answers: () => {},
	credential: () => {},
	seek: () => {},
	lookup: () => {},
	takesName: () => {},
	label: () => {},
	trace: () => {},
});

/** Frames of a recording, in memory, read by an engine of their own. */
function ours(frames: readonly Frame[], say: (observation: OpcuaObservation) => void): number {
	let messages = 0;
	const engine = new Engine({
		protocols: [opcua],
		services: [],
		onObservation: (_protocol, one) => {
			const observation = one as OpcuaObservation;
			if (observation.kind !== "unanswered" && observation.encrypted === false) messages++;
			say(observation);
		},
	});
	for (const frame of frames) engine.frame(frame);
	engine.endSource();
	return messages;
}

/** Its two ends as `opcuaTraffic.ts` names a connection; empty for what is no TCP over IPv4. */
function connectionOf(bytes: Uint8Array): string {
	const view = new DataView(bytes.buffer);
	if (bytes.length < ETHERNET + 40 || view.getUint16(ETHERNET - 2) !== IPV4 || bytes[ETHERNET + 9] !== TCP) return "";
	const tcp = ETHERNET + (bytes[ETHERNET]! & 15) * 4;
	const end = (ip: number, port: number): string => `${bytes.subarray(ip, ip + 4).join(".")}:${view.getUint16(port)}`;
	return [end(ETHERNET + 12, tcp), end(ETHERNET + 16, tcp + 2)].sort().join(" ");
}

/** The frame between addresses of another plant, at another time. Nobody checks the checksum of the header: a mirror port often shows wrong ones. */
function moved(frame: Frame, plant: number, seconds: number): Frame {
	const bytes = frame.bytes.slice();
	for (const address of [12, 16]) bytes[ETHERNET + address + 1]! += plant;
	return { ...frame, bytes, time: frame.time + plant * (seconds + 1) * 1e6 };
}

async function waysOf(path: string): Promise<Way[]> {
	const messages = readTheirs(path);
	const connections = new Set(messages.map(({ connection }) => connection));
	const recorded: Frame[] = [];
	await readCapture(
		new CaptureInput(path),
		(frame) => {
			const bytes = frame.bytes.slice(frame.start, frame.start + frame.capturedLength);
			if (connections.has(connectionOf(bytes))) recorded.push({ ...frame, bytes, start: 0 });
		},
		{},
	);
	const seconds = Math.ceil((recorded.at(-1)!.time - recorded[0]!.time) / 1e6);
	const frames = Array.from({ length: PLANTS }, (_, plant) => recorded.map((frame) => moved(frame, plant, seconds))).flat();
	const own = messages.flatMap(({ body }) => body ?? []);
	const bodies = Array.from({ length: PLANTS }, () => own).flat();
	return [
		{ name: "frames to operations", read: () => ours(frames, (one) => opcua.operations(one, recorder)) },
		{
			name: "frames to whole lines",
			read: () =>
				ours(frames, (one) => {
					said += Object.keys(opcua.record(one)).length;
				}),
		},
		{
			name: "node-opcua's codec, bodies to objects",
			read: () => {
				for (const body of bodies) decodeService(body);
				return bodies.length;
			},
		},
	];
}

const rows: (string | number)[][] = [];
for (const name of RECORDINGS) {
	const ways = await waysOf(`${ROOT}captures/${name}.pcap`);
	const best = ways.map(() => 0);
	for (let round = 0; round < ROUNDS; round++) {
		for (const [at, { read }] of ways.entries()) {
			const began = performance.now();
			const messages = read();
			best[at] = Math.max(best[at]!, (1000 * messages) / (performance.now() - began));
		}
	}
	const theirs = best.at(-1)!;
	ways.forEach((way, at) => {
		rows.push([name, way.name, way.read(), Math.round(best[at]! / 1000), (best[at]! / theirs).toFixed(1)]);
	});
}
const text = table(["recording", "what", "messages", "thousand a second", "times node-opcua's codec"], rows);
process.stdout.write(`${text}\n${said > 0 ? "" : "nothing was said\n"}`);
writeBetween(`${ROOT}protocols/opcua/README.md`, "throughput", text);
