/**
 * The suite that every decoder of serial lines passes: it never throws, reads nothing outside the bytes it is given and keeps none; it says the same however an
 * adapter splits and joins what it hands over; it finds the next message behind noise and lost bytes; its memory is bounded; its deadline comes to rest.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ObservationBase, Protocol } from "../../src/decode/protocol.ts";
import { type HarnessOptions, join, LineHarness } from "../support/decoderHarness.ts";
import { memoryInUse, property } from "./stream.ts";

/** One whole message on the line, and the microseconds of silence before it. */
export interface LineMessage {
	readonly name: string;
	readonly bytes: Uint8Array;
	readonly pause: number;
}

const BUDGET = 1_500;
const FLOOD = 20_000;
const GROWTH = 16 << 20;
const DEADLINES = 10_000;
const STILL = 5_000_000;
const NOISE = Uint8Array.of(0xff, 0x00, 0xfe, 0xff, 0xf8, 0xff);

export function lineSuite<O extends ObservationBase>(protocol: Protocol<O>, conversations: readonly (readonly LineMessage[])[]): void {
	const open = (extra: HarnessOptions = {}) => new LineHarness(protocol, extra);
	const good = (harness: LineHarness<O>) => harness.records.filter(({ kind }) => kind !== "malformed");
	/** Each message at its time, as one chunk, then stillness. */
	const replay = (messages: readonly Pick<LineMessage, "bytes" | "pause">[], extra: HarnessOptions = {}) => {
		const harness = open(extra);
		for (const [index, { bytes, pause }] of messages.entries()) harness.send(bytes, { time: harness.clock.time + pause, frame: index + 1 });
		return harness.advance(harness.clock.time + STILL);
	};
	const conversation = fc.constantFrom(...conversations);

	describe(`${protocol.name}: the contract of a line decoder`, () => {
		it("says something of every message, and has nothing left over", () => {
			for (const messages of conversations) {
				const { records } = replay(messages);
				expect(records.length).toBeGreaterThanOrEqual(messages.length);
				expect(records.some(({ kind }) => kind === "malformed")).toBe(false);
			}
		});

		it("says the same however the bytes are handed over", () => {
			property(BUDGET, [conversation, fc.array(fc.nat({ max: 4_000 }), { maxLength: 30 }), fc.boolean()], (messages, places, everyByte) => {
				const whole = replay(messages);
				const harness = open();
				for (const [index, { bytes, pause }] of messages.entries()) {
					const time = harness.clock.time + pause;
					const cuts = everyByte ? [...bytes.keys()] : places.map((place) => place % bytes.length).sort((a, b) => a - b);
					let from = 0;
					for (const cut of [...cuts, bytes.length]) {
						if (cut > from) harness.send(bytes.slice(from, cut), { time, frame: index + 1 });
						from = Math.max(from, cut);
					}
				}
				harness.advance(harness.clock.time + STILL);
				expect(harness.records).toEqual(whole.records);
				expect(harness.operations).toEqual(whole.operations);
			});
		});

		it("finds every message in one chunk that joins them all", () => {
			for (const messages of conversations) {
				const bytes = join(...messages.map((message) => message.bytes));
				const { records } = open()
					.send(bytes)
					.advance(2 * STILL + 1_000_000_000);
				expect(records.filter(({ kind }) => kind !== "unanswered").length).toBe(messages.length);
				expect(records.some(({ kind }) => kind === "malformed")).toBe(false);
			}
		});

		it("recovers after noise before any message, and after lost bytes", () => {
			for (const messages of conversations) {
				const clean = good(replay(messages));
				for (let place = 0; place < messages.length; place++) {
					const noisy = messages.map(({ bytes, pause }, at) => ({ bytes: at === place ? join(NOISE, bytes) : bytes, pause }));
					expect(good(replay(noisy)), `before ${messages[place]!.name}`).toEqual(clean);
				}
				const harness = open();
				harness.send(messages[0]!.bytes.slice(0, messages[0]!.bytes.length >> 1)).gap();
				const before = harness.records.length;
				for (const { bytes, pause } of messages) harness.send(bytes, { time: harness.clock.time + pause });
				harness.advance(harness.clock.time + STILL);
				expect(harness.records.slice(before).map(({ kind }) => kind)).toEqual(clean.map(({ kind }) => kind));
			}
		});

		it("reads nothing outside the bytes it is given, and never throws, whatever they are", () => {
			const damaged = conversation.chain((messages) =>
				fc.array(
					fc.oneof(
						fc.constantFrom(...messages).map(({ bytes }) => bytes),
						fc
							.constantFrom(...messages)
							.chain(({ bytes }) =>
								fc
									.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }))
									.map(([at, value]) => bytes.map((byte, index) => (index === at ? value : byte))),
							),
						fc.constantFrom(...messages).chain(({ bytes }) => fc.nat({ max: bytes.length }).map((at) => bytes.slice(0, at))),
						fc.uint8Array({ maxLength: 600 }),
					),
					{ maxLength: 12 },
				),
			);
			property(BUDGET, [damaged, fc.constantFrom(0, 1_000, 20_000, 400_000)], (pieces, pause) => {
				const messages = pieces.map((bytes) => ({ bytes, pause }));
				const one = replay(messages, { poison: 0x00 });
				const other = replay(messages, { poison: 0xff });
				expect(other.records).toEqual(one.records);
				expect(other.operations).toEqual(one.operations);
			});
		});

		it("moves its deadline on, and comes to rest", () => {
			for (const messages of conversations) {
				for (let count = 1; count <= messages.length; count++) {
					const harness = open();
					for (const { bytes, pause } of messages.slice(0, count)) harness.send(bytes, { time: harness.clock.time + pause });
					harness.send(messages[0]!.bytes.slice(0, 3));
					const { line, clock } = harness;
					for (let step = 0; line.deadline !== Number.POSITIVE_INFINITY; step++) {
						expect(step).toBeLessThan(DEADLINES);
						const reached = line.deadline;
						clock.time = Math.max(clock.time, reached);
						line.expire(clock.time);
						expect(line.deadline).toBeGreaterThan(reached);
					}
				}
			}
		});

		it("holds a bounded amount of memory", () => {
			const messages = conversations.flat();
			const harness = open({ keep: false });
			const flood = (rounds: number) => {
				for (let round = 0; round < rounds; round++) {
					const copy = messages[(round * 7 + (round >> 3)) % messages.length]!.bytes.slice();
					copy[round % copy.length] = (round * 31) & 255;
					harness.send(copy, { frame: 1, time: harness.clock.time + 50 });
				}
			};
			flood(FLOOD / 10);
			const before = memoryInUse();
			flood(FLOOD);
			expect(memoryInUse() - before).toBeLessThan(GROWTH);
		});
	});
}
