/** GOOSE in neutral words: each message is a report of who publishes it, with all values. Entries are points, by data set and place. */
import { OPERATION_POINTS, type Operation, type OperationSink } from "../../src/decode/protocol.ts";
import { numberOf, type Value } from "../../src/wire/mmsData.ts";
import { MESSAGE } from "./codes.ts";
import type { GooseObservation } from "./observation.ts";

export function operations(o: GooseObservation, sink: OperationSink): void {
	if (o.kind === "malformed") return;
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = operation.requestFrame = o.frame;
	operation.verb = "report";
	operation.code = MESSAGE;
	operation.outcome = "ok";
	add(operation, sink, o.datSet === "" ? o.gocbRef : o.datSet, o.values);
	for (let index = 0; index < operation.pointCount; index++)
		if (!Number.isNaN(operation.values[index])) operation.valueCount = operation.pointCount;
	sink.commit();
	if (o.isNews) identify(o, sink);
}

/** Structures are said by their parts: `set[3].0`. Depth is bounded where they are read. */
function add(operation: Operation, sink: OperationSink, name: string, values: readonly Value[], isPart = false): void {
	for (const [index, value] of values.entries()) {
		const own = isPart ? `${name}.${index}` : `${name}[${index}]`;
		if (Array.isArray(value)) {
			add(operation, sink, own, value, true);
			continue;
		}
		const place = operation.pointCount;
		if (place === OPERATION_POINTS) return;
		sink.named(own);
		operation.values[place] = numberOf(value);
	}
}

/** Another revision of a control block's configuration is another configuration of the device. */
function identify(o: GooseObservation, sink: OperationSink): void {
	sink.identity({
		role: "IEC 61850 device",
		statements: new Map([[`configuration revision of ${o.gocbRef}`, String(o.confRev)]]),
		evidence: `GOOSE ${o.gocbRef}`,
	});
}

/** `LD/LN$DataSet[place]`, as it is. */
export const pointName = (name: string): string => name;
export const parsePoint = (text: string): string | undefined => (/^[^\s[\]]+\/[^\s[\]]+\[\d+\](?:\.\d+)*$/.test(text) ? text : undefined);
