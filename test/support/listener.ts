/**
 * A live capture as a program, so that a test can run it inside a network namespace. Its first argument are `LiveOptions` as JSON with
 * `holdMicros`, how long each frame is held. Prints JSON lines: {event}, {frame} (the text after "n=" in each UDP payload, with its number and
 * interface), and on the line "health" or "stop" on standard input {health}.
 */
import { createInterface } from "node:readline";
import { CaptureError } from "../../src/capture/error.ts";
import { LiveCapture, type LiveOptions } from "../../src/capture/live.ts";

const {
	holdMicros = 0,
	isQuiet = false,
	...options
} = JSON.parse(process.argv[2]!) as LiveOptions & { holdMicros?: number; isQuiet?: boolean };
const say = (line: unknown) => console.log(JSON.stringify(line));
const MARK = Buffer.from("n=");
/** Ethernet, IPv4 and UDP headers. */
const PAYLOAD = 42;

const live = new LiveCapture(options);
try {
	await live.start(
		(frame) => {
			if (holdMicros > 0) for (const end = performance.now() + holdMicros / 1000; performance.now() < end; );
			if (isQuiet) return;
			const bytes = Buffer.from(frame.bytes.buffer, frame.bytes.byteOffset + frame.start, frame.capturedLength);
			// At its place, not found anywhere: the number or the checksum of the IP header may hold the same two bytes.
			if (!bytes.subarray(PAYLOAD, PAYLOAD + MARK.length).equals(MARK)) return;
			const text = bytes.toString("latin1", PAYLOAD + MARK.length);
			say({ frame: Number.parseInt(text, 10), number: frame.number, interfaceId: frame.interfaceId, length: frame.wireLength });
		},
		(event) => say({ event }),
	);
	say({ started: true });
} catch (error) {
	if (!(error instanceof CaptureError)) throw error;
	say({ error: error.code, message: error.message });
	process.exit(1);
}
for await (const line of createInterface(process.stdin)) {
	if (line === "stop") await live.stop();
	say({ health: live.health() });
	if (line === "stop") break;
}
process.exit(0);
