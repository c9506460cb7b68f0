/** The times of the frames of a recording, seconds since the epoch. */
import { readFileSync } from "node:fs";
import { CaptureReader } from "../../src/capture/reader.ts";

export function frameTimes(file: string): number[] {
	const times: number[] = [];
	const reader = new CaptureReader(({ time }) => times.push(time / 1e6));
	reader.push(readFileSync(file));
	reader.end();
	return times;
}
