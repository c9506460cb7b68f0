/**
 * A sniffer's side to the process that started it: messages over the channel between them, frames over standard output. Standard output is a blocking pipe: when
 * the reader is slow, the sniffer waits.
 */
import { writeSync } from "node:fs";
import type { CaptureErrorCode } from "./error.ts";

/** What it tells, beside the frames. */
export type SnifferMessage =
	/** Frames are flowing from here on; `as` says with which settings, where there are any. */
	| { type: "opened"; as?: string }
	/** It cannot see, or sees nothing because the cable is out, until the next message; repeated once a second while it waits. */
	| { type: "blind"; state: "down" | "deaf"; sentence: string }
	/** The cable is back. */
	| { type: "seeing" }
	/** It could not open the interface, and ends. */
	| { type: "failed"; code: CaptureErrorCode; sentence: string };

/** A pause when a pipe that ought to block says "try again". */
const RETRY_MILLIS = 1;

// The parent decides when this ends: a Ctrl-C at the terminal reaches the whole group.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});

/** Resolves when the message is on its way, or nobody is there to hear it. */
export function tell(message: SnifferMessage): Promise<void> {
	return new Promise((resolve) => {
		if (process.connected) process.send!(message, undefined, undefined, () => resolve());
		else resolve();
	});
}

export async function fail(code: CaptureErrorCode, sentence: string): Promise<never> {
	await tell({ type: "failed", code, sentence });
	process.exit(1);
}

/** Writes frames; ends the process where the reader is gone. */
export function write(bytes: Uint8Array): void {
	for (let at = 0; at < bytes.length; ) {
		try {
			at += writeSync(1, bytes, at, bytes.length - at);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "EAGAIN") process.exit(0);
			Atomics.wait(sleeper, 0, 0, RETRY_MILLIS);
		}
	}
}
const sleeper = new Int32Array(new SharedArrayBuffer(4));
