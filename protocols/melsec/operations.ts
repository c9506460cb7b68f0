/**
 * The MELSEC communication protocol in neutral words: one operation for each request, said when it is answered. A point is a device: a word, or a bit; a word of a device that is bits is sixteen
 * points. The unit is the device behind the address that was asked, where it is not the CPU of the station itself.
 */
import { OPERATION_POINTS, type Operation, type OperationSink, type Outcome } from "../../src/decode/protocol.ts";
import { COMMAND, COMMANDS, DEVICES, PASSWORD_REFUSED } from "./codes.ts";
import type { MelsecObservation } from "./observation.ts";
import { pointsOf } from "./parameters.ts";

/** Numbers of points have 31 bits. */
const LARGEST = 0x7fffffff;

/** A remote password that was right, or wrong. */
export const isLogin = (code: number, outcomeCode: number): boolean =>
	code === COMMAND.unlock && (outcomeCode === 0 || PASSWORD_REFUSED.has(outcomeCode));

export function operations(o: MelsecObservation, sink: OperationSink): void {
	switch (o.kind) {
		case "report":
			say(o, sink, "unsolicited");
			return;
		case "response":
			if (!o.isMatched) return;
			say(o, sink, "ok");
			identity(o, sink);
			return;
		case "error":
			if (o.isMatched) say(o, sink, "refused");
			return;
		case "malformed":
			// What it answers was carried out all the same.
			if (o.isMatched) say(o, sink, "ok");
			return;
		case "unanswered":
			say(o, sink, "unanswered");
			return;
	}
}

function say(o: MelsecObservation, sink: OperationSink, outcome: Outcome): void {
	const operation = sink.begin(o.unit);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame >= 0 ? o.requestFrame : o.frame;
	operation.verb = COMMANDS.get(o.command)?.verb ?? "other";
	operation.code = o.command;
	if (o.mode >= 0) operation.subCode = o.mode;
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? o.endCode : 0;
	operation.latency = o.latency;
	points(o, sink, operation);
	sink.commit();
}

function points(o: MelsecObservation, sink: OperationSink, operation: Operation): void {
	for (let index = 0; index < o.itemCount && operation.pointCount < OPERATION_POINTS; index++) {
		const device = DEVICES[o.codes[index]!];
		const address = o.addresses[index]!;
		if (device === undefined || address > LARGEST) sink.named(`device-${o.codes[index]! & 255}:${address}`);
		else sink.range(device.space, address, pointsOf(o, index));
	}
	// Registering what is to be watched reads nothing yet.
	if (o.valueCount === 0 || o.valueCount !== operation.pointCount || o.command === COMMAND.registerMonitor) return;
	for (let index = 0; index < o.valueCount; index++) operation.values[index] = o.values[index]!;
	operation.valueCount = o.valueCount;
}

/** A CPU says its type. */
function identity(o: MelsecObservation, sink: OperationSink): void {
	if (o.model === "") return;
	sink.identity({
		vendor: "Mitsubishi Electric",
		model: o.model,
		...(o.unit >= 0 && { unit: o.unit }),
		statements: new Map([["type name", o.model]]),
		evidence: "MELSEC type name",
	});
}
