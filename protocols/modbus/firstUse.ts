/** Functions whose first use by a client has a word of its own: what it may mean is more than that of any other function. */
import type { DetectionRecord, Threshold } from "../../src/detect/detection.ts";
import { categoryOf, FUNCTION, HIGHEST_FUNCTION } from "./codes.ts";

const NEEDS = "The client's requests, readable.";
const FIRST: Threshold = {
	value:
		"the first of a client, once it is known which functions it uses there, or, of a client that is not known, who the PLC's clients are",
	why: "Whoever does so as a part of his work has done it while that was learned.",
};

const FILE_READ: DetectionRecord = {
	id: "modbus-file-read",
	title: "Files read from a PLC for the first time",
	nature: "deviation",
	severity: 60,
	techniques: ["T0845"],
	needs: NEEDS,
	threshold: FIRST,
	causes: [
		"an engineer who saves the program or the configuration of the device",
		"a client that fetches the logs of the device, newly set up",
	],
	advice: [
		"Ask the engineer on duty whether this was intended.",
		"Find out what these files are on this device: many keep their program or configuration there.",
		"If nobody did it, isolate the client.",
	],
};

const FILE_WRITE: DetectionRecord = {
	id: "modbus-file-write",
	title: "Files written to a PLC for the first time",
	nature: "deviation",
	severity: 75,
	techniques: ["T0843", "T0889"],
	needs: NEEDS,
	threshold: FIRST,
	causes: ["an engineer who loads a program or a configuration into the device", "a recipe system that was newly set up"],
	advice: [
		"Ask the engineer on duty whether this was intended.",
		"Compare program and configuration in the device with the released ones.",
		"If nobody did it, isolate the client, and keep what is in the device as evidence.",
	],
};

const RESERVED_FUNCTION: DetectionRecord = {
	id: "modbus-reserved-function",
	title: "Modbus function that is reserved or not assigned",
	nature: "deviation",
	severity: 50,
	techniques: ["T0866", "T0855"],
	needs: NEEDS,
	threshold: FIRST,
	causes: [
		"a programming tool of an old controller, for which the function was reserved",
		"a maker's own function under a number that is not free",
		"a scanner in a planned security test",
	],
	advice: [
		"Ask whether a tool is being run on purpose, and which.",
		"Check that the PLC still answers and its program still runs: some of these functions program controllers.",
		"If nobody knows of it, isolate the client.",
	],
};

const IDENTIFICATION: DetectionRecord = {
	id: "modbus-identification",
	title: "PLC asked for the first time what it is",
	nature: "deviation",
	severity: 45,
	techniques: ["T0888"],
	needs: NEEDS,
	threshold: FIRST,
	causes: [
		"an inventory system or an engineering tool that looks which device and firmware it talks to",
		"a client whose driver was updated and asks when it connects",
	],
	advice: [
		"Ask the owner of the client whether its software was changed, or an inventory is being made.",
		"Look at what it does next: whoever prepares an attack asks first which PLC and firmware he has before him.",
		"If nobody knows of it, isolate the client.",
	],
};

export const FIRST_USES: readonly DetectionRecord[] = [FILE_READ, FILE_WRITE, RESERVED_FUNCTION, IDENTIFICATION];

/** What the first use of a function is called; `code` may be a function of UMAS. */
export function firstUseOf(code: number, verb: string): DetectionRecord | undefined {
	if (verb === "identify") return IDENTIFICATION;
	if (code === FUNCTION.readFileRecord) return FILE_READ;
	if (code === FUNCTION.writeFileRecord) return FILE_WRITE;
	if (code <= 0 || code > HIGHEST_FUNCTION || code === FUNCTION.umas) return undefined;
	const category = categoryOf(code, -1, -1);
	return category === "reserved" || category === "public-unassigned" ? RESERVED_FUNCTION : undefined;
}
