/**
 * HART in neutral words: one operation for each command, said when it is answered; what a device publishes is a report. A point is a device variable by its code, in which the dynamic variables, the loop current
 * and the percent of range have numbers of their own, or an analog channel. The unit is the device behind the server.
 */
import type { OperationSink, Outcome } from "../../src/decode/protocol.ts";
import { COMMAND, commandVerb, manufacturerName, SESSION_CODE, SPACE, VARIABLE, variableName } from "./codes.ts";
import type { HartObservation } from "./observation.ts";
import { MESSAGE_ID } from "./wire.ts";

/** Those that a person knows by the tag of the device. */
const NAMED = [VARIABLE.pv, VARIABLE.sv, VARIABLE.tv, VARIABLE.qv, VARIABLE.loopCurrent] as const;

export function operations(o: HartObservation, sink: OperationSink): void {
	switch (o.kind) {
		case "response":
			if (o.isMatched) say(o, sink, "ok");
			identity(o, sink);
			return;
		case "publish":
			say(o, sink, "unsolicited");
			return;
		case "error":
			if (o.isMatched) say(o, sink, "refused");
			return;
		case "malformed":
			// What it answers was carried out all the same.
			if (o.isMatched) say(o, sink, "ok");
			return;
		case "session":
			if (o.isMatched) say(o, sink, "ok");
			return;
		case "unanswered":
			say(o, sink, "unanswered");
			return;
	}
}

function say(o: HartObservation, sink: OperationSink, outcome: Outcome): void {
	// That a session is kept and closed is no news.
	if (o.command < 0 && o.messageId !== MESSAGE_ID.sessionInitiate && o.messageId !== MESSAGE_ID.auditLog) return;
	const operation = sink.begin(o.unit);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame >= 0 ? o.requestFrame : o.frame;
	operation.verb =
		outcome === "unsolicited"
			? "report"
			: o.command >= 0
				? commandVerb(o.command)
				: o.messageId === MESSAGE_ID.auditLog
					? "diagnose"
					: "other";
	operation.code = o.command >= 0 ? o.command : SESSION_CODE + o.messageId;
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? (o.responseCode >= 0 ? o.responseCode : o.status) : 0;
	operation.latency = o.latency;
	for (let index = 0; index < o.variableCount; index++) sink.range(o.isChannel ? SPACE.channel : SPACE.variable, o.codes[index]!, 1);
	// Of what was only asked for no values are said.
	const isRead = operation.verb === "read" && outcome !== "ok";
	if (!isRead && operation.pointCount === o.variableCount) {
		for (let index = 0; index < o.variableCount; index++) operation.values[index] = o.values[index]!;
		operation.valueCount = o.variableCount;
	}
	sink.commit();
}

const hex4 = (value: number): string => value.toString(16).padStart(4, "0").toUpperCase();

/** A device says what it is, and how people call it. */
function identity(o: HartObservation, sink: OperationSink): void {
	const { details } = o;
	if (details === undefined) return;
	switch (o.command) {
		case COMMAND.identity:
		case COMMAND.identityByTag:
		case COMMAND.identityByLongTag:
		case COMMAND.findDevice:
			device(o, details, o.isSelf || o.unit < 0 ? -1 : o.unit, sink);
			return;
		case COMMAND.pollSubDevice:
		case COMMAND.subDeviceSummary:
			device(o, details, Number(details.deviceNumber), sink);
			return;
		case COMMAND.tag:
		case COMMAND.longTag: {
			const tag = String(details.longTag ?? details.tag).trim();
			// A device that was never given one has blanks or a row of the same character.
			if (tag === "" || /^(.)\1*$/.test(tag)) return;
			for (const code of NAMED) sink.label(`variable:${code}`, `${tag} ${variableName(code)}`);
			if (o.isSelf) sink.identity({ hostName: tag, evidence: "HART tag" });
			return;
		}
	}
}

function device(o: HartObservation, details: Record<string, unknown>, unit: number, sink: OperationSink): void {
	const type = Number(details.expandedDeviceType);
	if (Number.isNaN(type)) return;
	const vendor = manufacturerName(Number(details.manufacturer));
	const serialNumber = Number(details.deviceNumber);
	const statements = new Map([["device type", hex4(type)]]);
	if (typeof details.deviceRevision === "number" && o.command !== COMMAND.subDeviceSummary) {
		statements.set("device revision", String(details.deviceRevision));
		statements.set("software revision", String(details.softwareRevision));
	}
	sink.identity({
		...(vendor !== undefined && { vendor }),
		model: `HART device type ${hex4(type)}`,
		...(typeof details.softwareRevision === "number" && { firmware: String(details.softwareRevision) }),
		...(serialNumber > 0 && { serialNumber: String(serialNumber) }),
		...(unit > 0 && { unit }),
		// What a device behind the server is, it says of itself where it is asked.
		...(unit === o.unit && { statements }),
		evidence: "HART unique identifier",
	});
}
