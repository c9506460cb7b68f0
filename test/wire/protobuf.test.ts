/** Fields of Protocol Buffers with the bytes written out (Encoding, protobuf.dev). */
import { describe, expect, it } from "vitest";
import { ProtobufReader, WIRE } from "../../src/wire/protobuf.ts";
import { hex } from "../support/decoderHarness.ts";

const reader = (text: string) => {
	const bytes = hex(text);
	return new ProtobufReader(bytes, 0, bytes.length);
};

describe("fields of Protocol Buffers", () => {
	it("are read one after another", () => {
		const fields = reader("08 96 01 # 1: 150\n 12 02 41 42 # 2: AB\n 1d 00 00 20 40 # 3: 2.5\n 21 00 00 00 00 00 00 04 40 # 4: 2.5\n");
		expect([fields.next(), fields.number, fields.wire, fields.value]).toEqual([true, 1, WIRE.varint, 150]);
		expect([fields.next(), fields.number, fields.wire, fields.start, fields.end]).toEqual([true, 2, WIRE.bytes, 5, 7]);
		expect([fields.next(), fields.wire, fields.float()]).toEqual([true, WIRE.fixed32, 2.5]);
		expect([fields.next(), fields.wire, fields.double()]).toEqual([true, WIRE.fixed64, 2.5]);
		expect([fields.next(), fields.isBroken]).toEqual([false, false]);
	});

	it.each<[string, number, number, number]>([
		["08 00", 0, 0, 0],
		["08 ff ff ff ff 0f", 2 ** 32 - 1, 0xffffffff, 0],
		["08 80 80 80 80 10", 2 ** 32, 0, 1],
		["08 ff ff ff ff ff ff ff 0f", 2 ** 53 - 1, 0xffffffff, 0x1fffff],
		["08 ff ff ff ff ff ff ff ff ff 01", 2 ** 64, 0xffffffff, 0xffffffff],
	])("%s is a number", (text, value, low, high) => {
		const fields = reader(text);
		expect(fields.next()).toBe(true);
		expect([fields.value, fields.low, fields.high]).toEqual([value, low, high]);
	});

	it.each([
		"08",
		"08 ff",
		"12 05 41",
		"1d 00 00",
		"21 00",
		"0b",
		"0c",
		"0e",
		"0f",
		"00 00",
		"08 ff ff ff ff ff ff ff ff ff ff 01",
		"ff ff ff ff 7f 00",
	])("%s is none", (text) => {
		const fields = reader(text);
		expect([fields.next(), fields.isBroken, fields.next()]).toEqual([false, true, false]);
	});
});
