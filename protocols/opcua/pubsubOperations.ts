/**
 * PubSub in neutral words: each DataSetMessage is a `report` of its publisher, its fields are the points. A point of UADP is named by the place of its field, which every message
 * has, and labelled with the name that a description gives; a point of JSON has only its name.
 */
import { OPERATION_POINTS, type OperationSink } from "../../src/decode/protocol.ts";
import { isBad } from "./codes.ts";
import { DATA_SET_TYPE, POINT_PREFIX, PUBLISH_DATA_SET } from "./pubsubCodes.ts";
import type { DataSet, PubSubObservation } from "./pubsubObservation.ts";

export const pubSubOperationName = (code: number): string | undefined =>
	code === PUBLISH_DATA_SET ? "publish a data set (PubSub)" : undefined;

/** `pubsub:2234/100/62541/0` as "field 0 of writer 62541 of publisher 2234". */
export function pubSubPointName(name: string): string | undefined {
	if (!name.startsWith(POINT_PREFIX)) return undefined;
	const found = /^(.*)\/([^/]*)\/([^/]*)\/([^/]*)$/.exec(name.slice(POINT_PREFIX.length));
	if (found === null) return undefined;
	const [, publisher, group, writer, field] = found;
	const where = writer === "-" ? `group ${group}` : `writer ${writer}`;
	return `${/^\d+$/.test(field!) ? `field ${field}` : field} of ${where} of publisher ${publisher}`;
}

export function sayPubSub(o: PubSubObservation, sink: OperationSink): void {
	if (o.isCopy || o.kind === "malformed" || o.kind === "chunk" || o.kind === "probe") return;
	identify(o, sink);
	// A publisher is the server of its flow; of the other side nothing can be said that is the server's.
	if (o.kind !== "data" || !o.isFromServer) return;
	for (let index = 0; index < o.dataSetCount; index++) {
		const one = o.dataSets[index]!;
		if (one.isValid && one.fieldCount > 0 && one.type <= DATA_SET_TYPE.deltaFrame) report(o, one, sink);
	}
}

function report(o: PubSubObservation, one: DataSet, sink: OperationSink): void {
	const isWorthless = one.status >= 0 && isBad(one.status);
	const end = one.firstField + one.fieldCount;
	let place = one.firstField;
	while (place < end) {
		const operation = sink.begin(-1);
		operation.time = o.time;
		operation.frame = o.frame;
		operation.requestFrame = o.frame;
		operation.verb = "report";
		operation.code = PUBLISH_DATA_SET;
		for (; place < end && operation.pointCount < OPERATION_POINTS; place++) {
			const point = pointOf(o, one, place);
			const at = operation.pointCount;
			sink.named(point);
			if (operation.pointCount === at) continue;
			operation.values[operation.valueCount++] = isWorthless || isBad(o.statuses[place]!) ? Number.NaN : o.numbers[place]!;
			if (one.isNamed) {
				const name = o.fieldNames[place];
				if (name !== undefined && name !== "") sink.label(point, one.name === "" ? name : `${one.name}.${name}`);
			}
		}
		sink.commit();
	}
}

function pointOf(o: PubSubObservation, one: DataSet, place: number): string {
	const names = one.points!;
	return o.mapping === "json" ? `${names.prefix}${o.fieldNames[place]}` : names.at(o.fieldIndex[place]!);
}

/** Who publishes, once for each address; who it says that it is, when it says so. */
function identify(o: PubSubObservation, sink: OperationSink): void {
	const { publisherHost: ip, publisherMac: mac } = o;
	const who = ip !== undefined ? { ip } : mac !== undefined ? { mac } : undefined;
	if (who === undefined) return;
	if (o.isNewPublisher) sink.identity({ ...who, role: "OPC UA publisher", evidence: `OPC UA PubSub, publisher ${o.publisherId}` });
	if (o.applicationName !== "" || o.applicationUri !== "")
		sink.identity({
			...who,
			application: o.applicationName === "" ? o.applicationUri : o.applicationName,
			evidence: "OPC UA PubSub announcement",
		});
}
