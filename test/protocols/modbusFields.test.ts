/**
 * Every field of the logs that peers write of Modbus, and where our line has it: modbus.log, register_change and known_modbus of Zeek, the four logs of
 * ICSNPP, and Suricata's EVE. Each is read from the lines of one conversation.
 */
import { describe, expect, it } from "vitest";
import { modbus } from "../../protocols/modbus/index.ts";
import type { ModbusObservation } from "../../protocols/modbus/observation.ts";
import { observationLine } from "../../src/app/lines.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { StreamHarness } from "../support/decoderHarness.ts";
import { adu } from "./modbusSamples.ts";

// biome-ignore lint/suspicious/noExplicitAny: lines hold whatever a protocol puts there
type Line = Record<string, any>;

const lines: Line[] = [];
const harness = new StreamHarness(modbus);
const clock = { time: 1_700_000_000_000_000, frame: 0 };
const stream = modbus.tcp!.open({
	clock,
	flow: harness.flow,
	emit: (observation: ModbusObservation) => void lines.push(observationLine(modbus, observation, harness.flow)),
	count: () => {},
	certificate: () => undefined,
	inner: () => false,
});
const send = (direction: Direction, bytes: Uint8Array) => {
	clock.time += 2_000;
	clock.frame++;
	stream.data(bytes, 0, bytes.length, direction);
};
let transaction = 6;
/** The lines of a request and its answer. */
function exchange(request: string, response: string): { request: Line; response: Line } {
	transaction++;
	send(TO_SERVER, adu(transaction, 5, request));
	send(TO_CLIENT, adu(transaction, 5, response));
	return { request: lines.at(-2)!, response: lines.at(-1)! };
}

const read = exchange("03 0063 0002", "03 04 0001 0002");
const changed = exchange("03 0063 0002", "03 04 0001 0009");
const coils = exchange("0f 0013 000a 02 cd01", "0f 0013 000a");
const write = exchange("06 0001 0003", "06 0001 0003");
const refused = exchange("03 0258 000a", "83 02");
const diagnostics = exchange("08 0002 0000", "08 0002 8001");
const mask = exchange("16 0004 00f2 0025", "16 0004 00f2 0025");
const both = exchange("17 0003 0002 000e 0003 06 00ff 00fe 00fd", "17 04 00fe 0acd");
const identified = exchange("2b 0e 01 00", "2b 0e 01 82 00 00 01 00 03 414243");
const vendor = exchange("5a 00 02", "5a 00 fe 01");
const user = exchange("41 01", "41 02");
const wrong = exchange("03 0000 0000", "83 03");
send(TO_SERVER, Uint8Array.of(0, 1, 0xbe, 0xef, 0, 2, 5, 3));
const foreign = lines.at(-1)!;

/** [log, its field, what our lines have, what it must be]. */
const FIELDS: readonly (readonly [log: string, field: string, ours: unknown, expected: unknown])[] = [
	// Zeek, modbus.log and the header of its script events.
	["modbus.log", "ts", read.request.ts, 1_700_000_000.002],
	["modbus.log", "uid", [read.request.client, read.request.server].map(({ port }) => port), [40000, 1]],
	["modbus.log", "id.orig_h", read.request.client.ip, "10.0.0.1"],
	["modbus.log", "id.orig_p", read.request.client.port, 40000],
	["modbus.log", "id.resp_h", read.request.server.ip, "10.0.0.2"],
	["modbus.log", "id.resp_p", read.request.server.port, 1],
	["modbus.log", "tid", read.request.transactionId, 7],
	["modbus.log", "unit", read.request.unitId, 5],
	["modbus.log", "func", read.request.function, "READ_HOLDING_REGISTERS"],
	["modbus.log", "pdu_type REQ", read.request.kind, "request"],
	["modbus.log", "pdu_type RESP", read.response.kind, "response"],
	["modbus.log", "exception", refused.response.exception, "ILLEGAL_DATA_ADDRESS"],
	["modbus events", "pid", foreign.violations, ["protocol-id"]],
	["modbus events", "len", read.request.length, 6],
	["modbus events", "function_code", read.request.functionCode, 3],
	// ICSNPP, modbus_detailed.log.
	["modbus_detailed.log", "address", read.response.address, 99],
	["modbus_detailed.log", "quantity", read.response.quantity, 2],
	["modbus_detailed.log", "request_values", coils.request.values, [true, false, true, true, false, false, true, true, true, false]],
	["modbus_detailed.log", "response_values", read.response.values, [1, 2]],
	["modbus_detailed.log", "modbus_detailed_link_id", read.response.requestFrame, read.request.frame],
	["modbus_detailed.log", "matched", read.response.matched, true],
	["modbus_detailed.log", "request_subfunction_code", diagnostics.request.subFunctionName, "Return Diagnostic Register"],
	["modbus_detailed.log", "response_subfunction_code", diagnostics.response.subFunctionName, "Return Diagnostic Register"],
	["modbus_detailed.log", "request_data", diagnostics.request.data, "0000"],
	["modbus_detailed.log", "response_data", diagnostics.response.data, "8001"],
	["modbus_detailed.log", "exception_code", refused.response.exceptionCode, 2],
	["modbus_detailed.log", "mei_type", identified.request.meiName, "Read Device Identification"],
	// ICSNPP, modbus_mask_write_register.log.
	["modbus_mask_write_register.log", "is_orig, request_response", [mask.request.kind, mask.response.kind], ["request", "response"]],
	["modbus_mask_write_register.log", "source_h, source_p", mask.request.client, { ip: "10.0.0.1", port: 40000, mac: "02:00:00:00:00:01" }],
	[
		"modbus_mask_write_register.log",
		"destination_h, destination_p",
		mask.request.server,
		{ ip: "10.0.0.2", port: 1, mac: "02:00:00:00:00:02" },
	],
	["modbus_mask_write_register.log", "address", mask.request.address, 4],
	["modbus_mask_write_register.log", "and_mask", mask.request.andMask, 0xf2],
	["modbus_mask_write_register.log", "or_mask", mask.request.orMask, 0x25],
	// ICSNPP, modbus_read_write_multiple_registers.log.
	["modbus_read_write_multiple_registers.log", "write_start_address", both.request.writeAddress, 14],
	["modbus_read_write_multiple_registers.log", "write_registers", both.request.writeValues, [255, 254, 253]],
	["modbus_read_write_multiple_registers.log", "read_start_address", both.request.address, 3],
	["modbus_read_write_multiple_registers.log", "read_quantity", both.request.quantity, 2],
	["modbus_read_write_multiple_registers.log", "read_registers", both.response.values, [254, 2765]],
	// ICSNPP, modbus_read_device_identification.log.
	["modbus_read_device_identification.log", "mei_type", identified.response.mei, 14],
	["modbus_read_device_identification.log", "conformity_level_code", identified.response.conformityLevel, 0x82],
	["modbus_read_device_identification.log", "conformity_level", identified.response.conformity, "regular, stream and individual"],
	[
		"modbus_read_device_identification.log",
		"device_id_code",
		[identified.request.readDeviceIdCode, identified.request.readDeviceId],
		[1, "basic"],
	],
	["modbus_read_device_identification.log", "object_id_code", [identified.request.objectId, identified.response.objects[0].id], [0, 0]],
	[
		"modbus_read_device_identification.log",
		"object_id",
		[identified.request.objectName, identified.response.objects[0].name],
		["VendorName", "VendorName"],
	],
	["modbus_read_device_identification.log", "object_value", identified.response.objects[0].value, "ABC"],
	// Zeek, modbus_register_change.log: its register is our address and one.
	["modbus_register_change.log", "register", changed.response.changes[0].address + 1, 101],
	["modbus_register_change.log", "new_val", changed.response.changes[0].raw, 9],
	["modbus_register_change.log", "old_val", changed.response.changes[0].previous, 2],
	["modbus_register_change.log", "delta", changed.response.changes[0].delta, 7],
	// Zeek, known_modbus.log.
	["known_modbus.log", "host MODBUS_MASTER", read.request.client.ip, "10.0.0.1"],
	["known_modbus.log", "host MODBUS_SLAVE", read.request.server.ip, "10.0.0.2"],
	// Suricata, EVE modbus.
	["eve modbus", "id", read.request.frame, 1],
	["eve modbus", "transaction_id", read.request.transactionId, 7],
	["eve modbus", "protocol_id", foreign.data.slice(4, 8), "beef"],
	["eve modbus", "unit_id", read.request.unitId, 5],
	["eve modbus", "function_raw", refused.response.functionCode | (refused.response.exceptionCode > 0 ? 0x80 : 0), 0x83],
	["eve modbus", "function_code", refused.response.function, "READ_HOLDING_REGISTERS"],
	["eve modbus", "access_type READ | HOLDING", [read.request.function, read.request.table], ["READ_HOLDING_REGISTERS", "holding"]],
	["eve modbus", "access_type WRITE | MULTIPLE | COILS", [coils.request.function, coils.request.table], ["WRITE_MULTIPLE_COILS", "coil"]],
	["eve modbus", "category PUBLIC_ASSIGNED", read.request.category ?? "public-assigned", "public-assigned"],
	["eve modbus", "category RESERVED", vendor.request.category, "reserved"],
	["eve modbus", "category USER_DEFINED", user.request.category, "user-defined"],
	["eve modbus", "error_flags DATA_VALUE", wrong.request.violations, ["quantity"]],
	[
		"eve modbus",
		"exception.raw, exception.code",
		[refused.response.exceptionCode, refused.response.exception],
		[2, "ILLEGAL_DATA_ADDRESS"],
	],
	[
		"eve modbus",
		"diagnostic.raw, diagnostic.code",
		[diagnostics.request.subFunction, diagnostics.request.subFunctionName],
		[2, "Return Diagnostic Register"],
	],
	["eve modbus", "diagnostic.data", diagnostics.response.data, "8001"],
	["eve modbus", "mei.raw, mei.code", [identified.request.mei, identified.request.meiName], [14, "Read Device Identification"]],
	["eve modbus", "read.address, read.quantity", [read.request.address, read.request.quantity], [99, 2]],
	["eve modbus", "read.data", read.response.values, [1, 2]],
	["eve modbus", "write.address, write.data", [write.request.address, write.request.values], [1, [3]]],
	["eve modbus", "write.quantity", coils.request.quantity, 10],
	["eve modbus", "write.and_mask, write.or_mask", [mask.request.andMask, mask.request.orMask], [0xf2, 0x25]],
	// Beyond all of them.
	["nobody", "latency", read.response.latencyMs, 2],
	["nobody", "MAC addresses", [read.request.client.mac, read.request.server.mac], ["02:00:00:00:00:01", "02:00:00:00:00:02"]],
	[
		"nobody",
		"per value: table, unit, previous, age",
		[changed.response.table, changed.response.unitId, changed.response.previous, changed.response.ageMs],
		["holding", 5, [1, 2], [4, 4]],
	],
	[
		"nobody",
		"an exception with the request that caused it",
		[refused.response.address, refused.response.quantity, refused.response.requestFrame],
		[600, 10, refused.request.frame],
	],
];

describe("the fields of the peers' logs", () => {
	it.each(FIELDS)("%s: %s", (_log, _field, ours, expected) => {
		expect(ours).toEqual(expected);
	});

	it("and the request that nobody answers, at its time", () => {
		send(TO_SERVER, adu(99, 5, "03 0000 0001"));
		const asked = clock.time;
		clock.time += 10_000_000;
		stream.expire(clock.time);
		expect(lines.at(-1)).toMatchObject({ kind: "unanswered", ts: (asked + 2_000_000) / 1e6, transactionId: 99 });
	});
});
