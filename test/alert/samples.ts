/** Detections and their records for tests. */
import type { AlertBookOptions } from "../../src/alert/book.ts";
import type { Detection, DetectionRecord } from "../../src/detect/detection.ts";

const record = (id: string, nature: DetectionRecord["nature"], severity: number): DetectionRecord => ({
	id,
	title: `Title of ${id}`,
	nature,
	severity,
	techniques: nature === "health" ? [] : ["T0836"],
	causes: ["a cause"],
	advice: ["look"],
});

export const records = new Map(
	[record("new-writer", "deviation", 60), record("restart", "fact", 70), record("blind", "health", 50)].map((one) => [one.id, one]),
);
export const options: AlertBookOptions = { site: "plant", sensor: "box", records };

/** 2023-11-14 22:13:20 UTC in microseconds. */
export const START = 1_700_000_000_000_000;

/** A detection `seconds` after START, in the frame of that number. */
export const detection = (seconds: number, change: Partial<Detection> = {}): Detection => ({
	type: "new-writer",
	time: START + seconds * 1e6,
	protocol: "modbus",
	source: { ip: "10.0.0.7", port: 40_000, mac: "02:00:00:00:00:07", name: "eng" },
	destination: { ip: "10.0.0.3", port: 502 },
	key: "1",
	sentence: `wrote at ${seconds}`,
	confidence: 0.8,
	reasons: [{ points: 60, text: "a new writer" }],
	frames: [seconds + 1],
	...change,
});
