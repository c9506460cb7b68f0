/** Example: messages with the bytes written out, answers with what they answer, and the suite that every decoder passes. */
import { describe, expect, it } from "vitest";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { streamSuite } from "../contract/stream.ts";
import { hex, StreamHarness } from "../support/decoderHarness.ts";
import { example } from "./example/index.ts";

const REQUEST = hex("5a7e 0007 01 0102");
const ANSWER = hex("5a7e 0009 81 0102 002a");

describe("Example", () => {
	it("pairs an answer with its request, and says it", () => {
		const harness = new StreamHarness(example, {});
		harness.request(REQUEST).response(ANSWER);
		expect(harness.records).toMatchObject([
			{ kind: "request", functionCode: 1, function: "READ", transactionId: 0x102 },
			{ kind: "response", functionCode: 0x81, transactionId: 0x102, value: 42, latencyMs: expect.any(Number) },
		]);
		expect(harness.operations).toMatchObject([{ verb: "read", outcome: "ok", points: ["value"], values: [42] }]);
	});

	it("reports what cannot be read", () => {
		const harness = new StreamHarness(example, {});
		harness.request(hex("5a7e 0008 01 0102 00"));
		expect(harness.records).toMatchObject([{ kind: "malformed", violations: ["length"] }]);
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["example-malformed"]);
	});

	it("says that nobody answered", () => {
		const harness = new StreamHarness(example, {});
		harness.request(REQUEST);
		harness.advance(harness.stream.deadline);
		expect(harness.operations).toMatchObject([{ verb: "read", outcome: "unanswered" }]);
	});
});

streamSuite(example, [
	[
		{ name: "a request", bytes: REQUEST, direction: TO_SERVER },
		{ name: "an answer", bytes: ANSWER, direction: TO_CLIENT },
	],
]);
