/**
 * A thread that reads the box's advisories and says which devices they concern (`advisoryMatcher.ts` starts it). Reading thousands of documents takes seconds, and
 * comparing uses words from the wire: neither may hold up the station.
 */
import { parentPort, workerData } from "node:worker_threads";
import { AdvisoryLibrary, type Described } from "../assets/advisories/library.ts";
import { StoreError } from "../store/error.ts";
import type { DeviceAdvisories } from "../web/view.ts";
import { readAdvisories } from "./advisoryFiles.ts";

/** Matches of one device that are handed over: the most serious. */
const MOST_MATCHES = 100;

/** What the station asks: these devices, each compared anew. */
export type AdvisoryOrder = readonly Described[];

export type AdvisoryReport =
	/** Said first. */
	| { kind: "library"; documents: number; damaged: number }
	/** The file cannot be read; the thread ends. */
	| { kind: "problem"; sentence: string }
	/** Answers one order; also of devices that nothing concerns. */
	| { kind: "devices"; devices: DeviceAdvisories[] };

/** Folder of the state. */
export type AdvisoryWorkerData = string;

const port = parentPort!;
const report = (message: AdvisoryReport) => port.postMessage(message);

function described(library: AdvisoryLibrary, device: Described): DeviceAdvisories {
	const matches = library.match(device);
	const affected = matches.filter(({ status }) => status === "affected").length;
	// The affected come first, and the highest score of each kind before the others.
	const score = matches[0]?.score;
	return {
		asset: device.id,
		affected,
		mayBeAffected: matches.length - affected,
		...(score !== undefined && { score }),
		matches: matches.slice(0, MOST_MATCHES),
	};
}

try {
	const { advisories, damaged } = readAdvisories(workerData as AdvisoryWorkerData);
	const library = new AdvisoryLibrary(advisories.values());
	report({ kind: "library", documents: library.size, damaged });
	port.on("message", (order: AdvisoryOrder) => report({ kind: "devices", devices: order.map((device) => described(library, device)) }));
} catch (error) {
	// What else fails ends the thread, and the station says so.
	if (!(error instanceof StoreError)) throw error;
	report({ kind: "problem", sentence: error.message });
}
