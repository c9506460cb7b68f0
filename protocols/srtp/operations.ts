/** SRTP in neutral words: one operation for each request, said when it is replied to. A point is a word or a bit of the controller's memory, numbered as its tools do. */
import type { OperationSink, Outcome } from "../../src/decode/protocol.ts";
import { outcomeOf, PRIVILEGE_REFUSED, SERVICE, SERVICES } from "./codes.ts";
import { rangeOf } from "./memory.ts";
import type { SrtpObservation } from "./observation.ts";

/** Services about memory that has points. */
const OF_POINTS: ReadonlySet<number> = new Set([SERVICE.readSystem, SERVICE.writeSystem]);

/** A privilege level that was given, or refused. */
export const isLogin = (code: number, outcomeCode: number): boolean =>
	code === SERVICE.privilege && (outcomeCode === 0 || PRIVILEGE_REFUSED.has(outcomeCode >> 8));

export function operations(o: SrtpObservation, sink: OperationSink): void {
	if (o.kind === "unanswered") say(o, sink, "unanswered");
	else if (o.isMatched && o.kind === "error") say(o, sink, "refused");
	else if (o.isMatched && o.kind === "response") {
		say(o, sink, "ok");
		if (o.name !== "")
			sink.identity({
				model: o.name,
				presumed: true,
				statements: new Map([["controller", o.name]]),
				evidence: "SRTP controller type and ID",
			});
	}
}

function say(o: SrtpObservation, sink: OperationSink, outcome: Outcome): void {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame >= 0 ? o.requestFrame : o.frame;
	operation.verb = SERVICES.get(o.service)?.verb ?? "other";
	operation.code = o.service;
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? outcomeOf(o.status, o.minor) : 0;
	operation.latency = o.latency;
	if (OF_POINTS.has(o.service)) {
		const range = rangeOf(o);
		if (range !== undefined) sink.range(range.space, range.first, range.count);
		if (o.valueCount > 0 && o.valueCount === operation.pointCount) {
			for (let index = 0; index < o.valueCount; index++) operation.values[index] = o.values[index]!;
			operation.valueCount = o.valueCount;
		}
	}
	sink.commit();
}
