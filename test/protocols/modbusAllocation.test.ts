/** Modbus is the hot path: a message costs no allocation. Alone in its file, because code that other tests have led astray is not what the engine runs. */
import { expect, it } from "vitest";
import { modbus } from "../../protocols/modbus/index.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { StreamHarness } from "../support/decoderHarness.ts";
import { adu } from "./modbusSamples.ts";

const T0 = 1_000_000_000;

it("allocates nothing for a message", () => {
	const clock = { time: T0, frame: 1 };
	let values = 0;
	const stream = modbus.tcp!.open({
		clock,
		flow: new StreamHarness(modbus).flow,
		emit: (observation) => {
			values += observation.valueCount;
		},
		count: () => {},
		certificate: () => undefined,
		inner: () => false,
	});
	const messages = ["03 0000 0003", "10 0000 0001 02 0007", "01 0000 0003"].flatMap((pdu, index) => [
		adu(index, 1, pdu),
		adu(index, 1, ["03 06 0001 0002 0003", "10 0000 0001", "01 01 05"][index]!),
	]);
	const batch = () => {
		for (let round = 0; round < 1000; round++) {
			// No iterator: this loop must not allocate either.
			for (let index = 0; index < messages.length; index++) {
				clock.time += 1000;
				stream.data(messages[index]!, 0, messages[index]!.length, index % 2 === 0 ? TO_SERVER : TO_CLIENT);
				if (stream.deadline <= clock.time) stream.expire(clock.time);
			}
		}
	};
	const batches = 50;
	for (let index = 0; index < batches; index++) batch();
	// What is allocated shows as growth between two looks, even if it is collected later.
	let allocated = 0;
	for (let index = 0; index < batches; index++) {
		const before = process.memoryUsage().heapUsed;
		batch();
		allocated += Math.max(0, process.memoryUsage().heapUsed - before);
	}
	// 300,000 messages: the smallest object for each would be 5 MB.
	expect(allocated).toBeLessThan(2 << 20);
	expect(values).toBe(2 * batches * 1000 * 6);
});
