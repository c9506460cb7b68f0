/**
 * FINS in neutral words: one operation for each command, said when it is answered, or at once where nobody is to answer. A point is an element of a memory area; words and the bits of
 * words are spaces of their own. The unit is the device behind the address that was asked, where it is not the CPU unit of the node itself.
 */
import { OPERATION_POINTS, type Operation, type OperationSink, type Outcome, type Verb } from "../../src/decode/protocol.ts";
import { AREAS, COMMAND, COMMANDS, FORCE, indexAt, spaceAt } from "./codes.ts";
import type { FinsObservation } from "./observation.ts";
import { ICF } from "./wire.ts";

/** Files of a program and of the parameters beside it, as CPU units have them on a memory card (W342, 5-3-29). */
const PROGRAM_FILE = /\.(OBJ|STD|CXP|BKP|PRM)$/i;
export const isProgramFile = (o: FinsObservation): boolean => o.details?.files?.some((file) => PROGRAM_FILE.test(file)) === true;

/** Of a transfer between memory and file: to memory, and a comparison. */
export const TO_MEMORY = 1;
const COMPARE = 2;
/** Of a message command: bits that ask for other things than to read it. */
const MESSAGE_CLEAR = 0x4000;

/** What a command wants, of which its code alone may not tell. */
export function verbOf(o: FinsObservation): Verb {
	switch (o.command) {
		case COMMAND.memoryFile:
			return o.parameter === TO_MEMORY ? "write" : "read";
		case COMMAND.parameterFile:
			return o.parameter === TO_MEMORY ? "configure" : "read";
		case COMMAND.programFile:
			return o.parameter === COMPARE ? "diagnose" : "program";
		case COMMAND.fileRead:
		case COMMAND.fileWrite:
		case COMMAND.fileDelete:
			return isProgramFile(o) ? "program" : COMMANDS.get(o.command)!.verb;
		case COMMAND.forcedSet:
			return isForcing(o) ? "write" : "command";
		case COMMAND.message:
			return (o.parameter & MESSAGE_CLEAR) !== 0 ? "command" : "diagnose";
		default:
			return COMMANDS.get(o.command)?.verb ?? "other";
	}
}

/** At least one bit is held at a value from now on. */
export function isForcing(o: FinsObservation): boolean {
	for (let index = 0; index < o.itemCount; index++) if (o.forces[index] === FORCE.set || o.forces[index] === FORCE.reset) return true;
	return false;
}

export function operations(o: FinsObservation, sink: OperationSink): void {
	switch (o.kind) {
		case "request":
			if ((o.icf & ICF.silent) !== 0 || o.isBroadcast) say(o, sink, "ok");
			return;
		case "response":
			if (o.isMatched) say(o, sink, "ok");
			identity(o, sink);
			return;
		case "error":
			if (o.isMatched) say(o, sink, "refused");
			return;
		case "malformed":
			// What it answers was carried out all the same.
			if (o.isMatched) say(o, sink, o.endCode === 0 ? "ok" : "refused");
			return;
		case "unanswered":
			say(o, sink, "unanswered");
			return;
	}
}

function say(o: FinsObservation, sink: OperationSink, outcome: Outcome): void {
	const operation = sink.begin(o.unit);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame >= 0 ? o.requestFrame : o.frame;
	operation.verb = verbOf(o);
	operation.code = o.command;
	if (o.command === COMMAND.run && o.mode >= 0) operation.subCode = o.mode;
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? o.endCode : 0;
	operation.latency = o.latency;
	operation.isBroadcast = o.isBroadcast;
	points(o, sink, operation);
	sink.commit();
}

function points(o: FinsObservation, sink: OperationSink, operation: Operation): void {
	// What is copied from elsewhere is not touched.
	const first = o.command === COMMAND.memoryTransfer ? 1 : 0;
	for (let index = first; index < o.itemCount && operation.pointCount < OPERATION_POINTS; index++) {
		const area = AREAS[o.areas[index]!];
		const address = o.addresses[index]!;
		if (area === undefined) sink.named(`area-${o.areas[index]!.toString(16).padStart(2, "0")}:${address}`);
		else sink.range(spaceAt(area, address), indexAt(area, address, o.bits[index]!), o.counts[index]!);
	}
	if (o.command === COMMAND.forcedSet) {
		if (operation.verb !== "write") return;
		for (let index = 0; index < operation.pointCount; index++) operation.values[index] = forcedValue(o.forces[index]!);
		operation.valueCount = operation.pointCount;
		return;
	}
	if (o.valueCount === 0 || o.valueCount !== operation.pointCount) return;
	for (let index = 0; index < o.valueCount; index++) operation.values[index] = o.values[index]!;
	operation.valueCount = o.valueCount;
}

const forcedValue = (force: number): number => (force === FORCE.release ? Number.NaN : force & 1);

/** A controller says what it is. */
function identity(o: FinsObservation, sink: OperationSink): void {
	const { details } = o;
	if (o.command !== COMMAND.controllerData || details?.model === undefined || details.model === "") return;
	const statements = new Map([["model", details.model]]);
	if (details.version !== undefined && details.version !== "") statements.set("version", details.version);
	if (details.internalVersion !== undefined) statements.set("internal version", details.internalVersion);
	sink.identity({
		vendor: "OMRON",
		model: details.model,
		...(details.version !== undefined && details.version !== "" && { firmware: details.version }),
		...(o.unit >= 0 && { unit: o.unit }),
		statements,
		evidence: "FINS controller data",
	});
}
