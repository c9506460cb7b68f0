/**
 * Sparkplug in neutral words: a birth and data are reports of their node, whose metrics are the points; a command is a write of who sends it to the points of its node, or asks for a rebirth, a reboot or another
 * server. What a broker delivers is a copy, and said by itself only where it is a command that was not seen on its way there.
 */
import { type IdentityClaim, OPERATION_POINTS, type OperationSink, type Verb } from "../../src/decode/protocol.ts";
import { CODE, CONTROLS, codeOf, pointOf } from "./codes.ts";
import type { Metric, SparkplugObservation } from "./observation.ts";

/** What a command asks of its node beside a write; undefined where it is a write. */
export function controlOf({ metrics, kind }: SparkplugObservation): { code: number; metric: Metric } | undefined {
	if (kind !== "command") return undefined;
	for (const metric of metrics) {
		const code = CONTROLS.get(metric.name);
		// False asks for nothing.
		if (code !== undefined && metric.value !== false) return { code, metric };
	}
	return undefined;
}

const VERBS: Readonly<Record<number, Verb>> = { [CODE.rebirth]: "browse", [CODE.reboot]: "command", [CODE.nextServer]: "configure" };

export function operations(o: SparkplugObservation, sink: OperationSink): void {
	switch (o.kind) {
		case "birth":
			if (o.isCopy) return;
			if (o.type === "NBIRTH") identity(o, sink);
			say(o, sink, "report", codeOf(o.type));
			return;
		case "data":
			if (!o.isCopy) say(o, sink, "report", codeOf(o.type));
			return;
		case "command": {
			if (!o.isNews) return;
			const control = controlOf(o);
			if (control === undefined) say(o, sink, "write", codeOf(o.type));
			else say(o, sink, VERBS[control.code]!, control.code);
			return;
		}
	}
}

function say(o: SparkplugObservation, sink: OperationSink, verb: Verb, code: number): void {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.frame;
	operation.verb = verb;
	operation.code = code;
	operation.outcome = verb === "report" ? "unsolicited" : "ok";
	for (const { name, number, isHistorical } of o.metrics) {
		const at = operation.pointCount;
		if (at >= OPERATION_POINTS) break;
		sink.named(pointOf(o.group, o.node, o.device, name));
		if (operation.pointCount === at) continue;
		// What was measured before says nothing of now.
		operation.values[operation.valueCount++] = isHistorical ? Number.NaN : number;
	}
	sink.commit();
}

/** Metrics by which a node says what it is (Sparkplug 3.0, 6.4.9), as their last part is written by its makers. */
type Property = "vendor" | "model" | "firmware" | "serialNumber" | "operatingSystem";
const PROPERTIES: Readonly<Record<string, Property>> = {
	hardwaremake: "vendor",
	hardwaremodel: "model",
	fw: "firmware",
	fwversion: "firmware",
	firmware: "firmware",
	firmwareversion: "firmware",
	serialnumber: "serialNumber",
	os: "operatingSystem",
};

function identity(o: SparkplugObservation, sink: OperationSink): void {
	if (o.sender === undefined) return;
	const claim: Pick<IdentityClaim, Property> = {};
	for (const { name, value } of o.metrics) {
		if (!/^(Node )?(Info|Properties)\//i.test(name) || typeof value !== "string" || value === "") continue;
		const field =
			PROPERTIES[
				name
					.slice(name.lastIndexOf("/") + 1)
					.replaceAll(/[ _-]/g, "")
					.toLowerCase()
			];
		if (field !== undefined) claim[field] ??= value;
	}
	sink.identity({
		...claim,
		ip: o.sender,
		application: `Sparkplug node ${o.group}/${o.node}`,
		role: "Sparkplug edge node",
		evidence: `Sparkplug birth of ${o.group}/${o.node}`,
	});
}
