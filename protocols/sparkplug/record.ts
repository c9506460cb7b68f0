/** An observation as the fields of a `decode` line. */
import { typeName } from "./codes.ts";
import type { Metric, SparkplugObservation } from "./observation.ts";

/** Metrics that a line shows. */
const SHOWN = 64;

export function recordOf(o: SparkplugObservation): Record<string, unknown> {
	const record: Record<string, unknown> = { messageType: o.type };
	if (o.group !== "") {
		record.group = o.group;
		record.node = o.node;
	}
	if (o.device !== "") record.device = o.device;
	if (o.broker !== undefined) record.broker = o.broker;
	if (o.isCopy) record.copy = true;
	record.length = o.size;
	if (o.host !== "") {
		record.host = o.host;
		if (o.kind === "state") record.online = o.isOnline;
	}
	if (o.timestamp >= 0) record.timestamp = o.timestamp;
	if (o.sequence >= 0) record.sequence = o.sequence;
	if (o.expectedSequence >= 0) record.expectedSequence = o.expectedSequence;
	if (o.birthSequence >= 0) record.bdSeq = o.birthSequence;
	if (o.isStale) record.stale = true;
	if (o.isCompressed) record.compressed = true;
	if (o.metrics.length > 0) record.metrics = o.metrics.slice(0, SHOWN).map(metricOf);
	if (o.metrics.length > SHOWN || o.isCut) record.metricCount = o.metrics.length;
	if (o.otherSpeaker !== undefined) record.otherHost = o.otherSpeaker.host;
	if (o.violation !== "") record.violation = o.violation;
	return record;
}

function metricOf(metric: Metric): Record<string, unknown> {
	const one: Record<string, unknown> = { name: metric.name };
	if (metric.alias >= 0) one.alias = metric.alias;
	if (metric.datatype >= 0) one.type = typeName(metric.datatype);
	if (metric.timestamp >= 0) one.timestamp = metric.timestamp;
	if (metric.value !== undefined) one.value = metric.value;
	if (metric.isNull) one.null = true;
	if (metric.isHistorical) one.historical = true;
	if (metric.isTransient) one.transient = true;
	return one;
}
