/** The payload of a message (Sparkplug 3.0, 6.4): its metrics with their values. */
import { ProtobufReader, WIRE } from "../../src/wire/protobuf.ts";
import { hexOf, utf8Of } from "../../src/wire/text.ts";
import { signedBits } from "./codes.ts";
import type { Metric, SparkplugObservation } from "./observation.ts";
import { COMPRESSED, DATA_SET, METRIC, PAYLOAD, TEMPLATE } from "./wire.ts";

/** Metrics of one message; what is behind them is counted. */
export const MAX_METRICS = 2048;
/** Bytes of a name that are read, and of a text or bytes that are shown. */
const MAX_NAME = 256;
const MAX_TEXT = 128;

const UNKNOWN = 0;
const BOOLEAN = 11;

/** Reads all of a payload; false where it is none. */
export function readPayload(o: SparkplugObservation, bytes: Uint8Array, start: number, end: number): boolean {
	const reader = new ProtobufReader(bytes, start, end);
	while (reader.next()) {
		switch (reader.number) {
			case PAYLOAD.timestamp:
				if (reader.wire !== WIRE.varint) return false;
				o.timestamp = reader.value;
				break;
			case PAYLOAD.seq:
				if (reader.wire !== WIRE.varint) return false;
				o.sequence = reader.value;
				break;
			case PAYLOAD.uuid:
				if (reader.wire !== WIRE.bytes) return false;
				o.isCompressed ||= utf8Of(bytes, reader.start, Math.min(reader.end, reader.start + MAX_NAME)) === COMPRESSED;
				break;
			case PAYLOAD.metrics: {
				if (reader.wire !== WIRE.bytes) return false;
				if (o.metrics.length >= MAX_METRICS) {
					o.isCut = true;
					break;
				}
				const metric = readMetric(bytes, reader.start, reader.end);
				if (metric === undefined) return false;
				o.metrics.push(metric);
				break;
			}
		}
	}
	return !reader.isBroken;
}

/** The raw value of a metric, of which the type says what it means. */
interface Raw {
	field: number;
	value: number;
	low: number;
	high: number;
	start: number;
	end: number;
	real: number;
}

function readMetric(bytes: Uint8Array, start: number, end: number): Metric | undefined {
	const metric: Metric = {
		name: "",
		alias: -1,
		timestamp: -1,
		datatype: -1,
		isHistorical: false,
		isTransient: false,
		isNull: false,
		value: undefined,
		number: Number.NaN,
		signed: Number.NaN,
	};
	const reader = new ProtobufReader(bytes, start, end);
	let raw: Raw | undefined;
	while (reader.next()) {
		const isVarint = reader.wire === WIRE.varint;
		switch (reader.number) {
			case METRIC.name:
				if (reader.wire !== WIRE.bytes) return undefined;
				metric.name = utf8Of(bytes, reader.start, Math.min(reader.end, reader.start + MAX_NAME));
				break;
			case METRIC.alias:
				if (!isVarint) return undefined;
				metric.alias = reader.value;
				break;
			case METRIC.timestamp:
				if (!isVarint) return undefined;
				metric.timestamp = reader.value;
				break;
			case METRIC.datatype:
				if (!isVarint) return undefined;
				metric.datatype = reader.value;
				break;
			case METRIC.isHistorical:
				metric.isHistorical = isVarint && reader.value !== 0;
				break;
			case METRIC.isTransient:
				metric.isTransient = isVarint && reader.value !== 0;
				break;
			case METRIC.isNull:
				metric.isNull = isVarint && reader.value !== 0;
				break;
			default:
				if (reader.number < METRIC.int || reader.number > METRIC.template) break;
				if (reader.wire !== WIRES[reader.number]) return undefined;
				raw = {
					field: reader.number,
					value: reader.value,
					low: reader.low,
					high: reader.high,
					start: reader.start,
					end: reader.end,
					real: reader.wire === WIRE.fixed32 ? reader.float() : reader.wire === WIRE.fixed64 ? reader.double() : Number.NaN,
				};
		}
	}
	if (reader.isBroken) return undefined;
	if (raw !== undefined && !metric.isNull) setValue(metric, raw, bytes);
	return metric;
}

const WIRES: Readonly<Record<number, number>> = {
	[METRIC.int]: WIRE.varint,
	[METRIC.long]: WIRE.varint,
	[METRIC.float]: WIRE.fixed32,
	[METRIC.double]: WIRE.fixed64,
	[METRIC.boolean]: WIRE.varint,
	[METRIC.string]: WIRE.bytes,
	[METRIC.bytes]: WIRE.bytes,
	[METRIC.dataSet]: WIRE.bytes,
	[METRIC.template]: WIRE.bytes,
};

function setValue(metric: Metric, raw: Raw, bytes: Uint8Array): void {
	const { field, start, end } = raw;
	switch (field) {
		case METRIC.int:
		case METRIC.long:
			setNumber(metric, raw.value);
			if (raw.high >= 2 ** 31) metric.signed = (raw.high | 0) * 2 ** 32 + raw.low;
			interpret(metric);
			return;
		case METRIC.float:
		case METRIC.double:
			setNumber(metric, raw.real);
			return;
		case METRIC.boolean:
			metric.value = raw.value !== 0;
			metric.number = raw.value !== 0 ? 1 : 0;
			return;
		case METRIC.string:
			metric.value = utf8Of(bytes, start, Math.min(end, start + MAX_TEXT));
			return;
		case METRIC.bytes:
			metric.value = { octets: end - start, hex: hexOf(bytes, start, Math.min(end, start + MAX_TEXT)) };
			return;
		case METRIC.dataSet:
			metric.value = shapeOf(bytes, start, end, DATA_SET.columns, DATA_SET.rows, ["columns", "rows"]);
			return;
		case METRIC.template:
			metric.value = {
				...shapeOf(bytes, start, end, TEMPLATE.metrics, TEMPLATE.isDefinition, ["metrics", "definition"]),
				...referenceOf(bytes, start, end),
			};
			return;
	}
}

function setNumber(metric: Metric, value: number): void {
	metric.number = value;
	metric.value = Number.isFinite(value) ? value : String(value);
}

/** Gives an integer the sign that its type has: it is sent as its bits. */
function interpret(metric: Metric): void {
	const { number, datatype } = metric;
	if (typeof metric.value !== "number" || !Number.isInteger(number) || number < 0) return;
	const bits = signedBits(datatype);
	if (bits === 0) {
		if (datatype === BOOLEAN) metric.value = number !== 0;
		return;
	}
	// Narrow types are sent in their own bits, in 32, or extended to 64.
	if (!Number.isNaN(metric.signed)) setNumber(metric, metric.signed);
	else if (bits < 64 && number >= 2 ** 31 && number < 2 ** 32) setNumber(metric, number - 2 ** 32);
	else if (bits < 32 && number >= 2 ** (bits - 1) && number < 2 ** bits) setNumber(metric, number - 2 ** bits);
}

/** How many of two fields there are. */
function shapeOf(
	bytes: Uint8Array,
	start: number,
	end: number,
	one: number,
	other: number,
	names: readonly [string, string],
): Record<string, unknown> {
	const reader = new ProtobufReader(bytes, start, end);
	const counts = [0, 0];
	while (reader.next()) {
		if (reader.number === one) counts[0]!++;
		else if (reader.number === other) counts[1]!++;
	}
	return { [names[0]]: counts[0], [names[1]]: counts[1] };
}

function referenceOf(bytes: Uint8Array, start: number, end: number): Record<string, unknown> {
	const reader = new ProtobufReader(bytes, start, end);
	while (reader.next())
		if (reader.number === TEMPLATE.reference && reader.wire === WIRE.bytes)
			return { reference: utf8Of(bytes, reader.start, Math.min(reader.end, reader.start + MAX_NAME)) };
	return {};
}

/** A type that the birth said, where the metric says none. */
export function giveType(metric: Metric, datatype: number): void {
	if (metric.datatype > UNKNOWN) return;
	metric.datatype = datatype;
	interpret(metric);
}
