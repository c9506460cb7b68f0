/**
 * The suites that every decoder passes (DESIGN section 8): it never throws, never claims more bytes than it was given, reads nothing outside
 * them and keeps none; it says the same however the stream is cut; it recovers after bytes that make no sense and after lost ones; its memory is
 * bounded. `streamSuite` is for TCP, `datagramSuite` for UDP, `messageSuite` for frames and for messages inside other protocols. Call them at the top of a test file, inside or outside `describe`.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ObservationBase, PROBE, type Protocol, REJECT } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { DatagramHarness, type HarnessOptions, join, MessageHarness, StreamHarness } from "../support/decoderHarness.ts";

/** Exactly one message of the protocol. */
export interface Sample {
	readonly name: string;
	readonly bytes: Uint8Array;
	readonly direction: Direction;
}

export interface SuiteOptions {
	certificate?: NonNullable<HarnessOptions["certificate"]>;
	/** Milliseconds that each random property may take; default 700. */
	budget?: number;
	/** Of what has no ports: its ends, where they are to be others than those of all tests. */
	flow?: NonNullable<HarnessOptions["flow"]>;
	/** Bytes that are no message, in place of the usual ones, where those are some of this protocol. */
	foreign?: readonly (readonly [string, Uint8Array])[];
}

const FOREIGN: readonly (readonly [string, Uint8Array])[] = [
	["text", new TextEncoder().encode("GET /index.html HTTP/1.1\r\nHost: plant\r\n\r\n")],
	["ones", new Uint8Array(48).fill(0xff)],
];
const FLOOD = 20_000; // messages of the memory test
const GROWTH = 16 << 20; // bytes the heap and array buffers may have grown by then
const DEADLINES = 10_000; // no conversation of samples needs more steps of `expire`

/** One property: random, reproducible (fast-check prints the seed), and over when its time is. */
export function property<T extends [unknown, ...unknown[]]>(
	budget: number,
	arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
	check: (...values: T) => void,
): void {
	fc.assert(fc.property(...(arbitraries as unknown as [fc.Arbitrary<unknown>]), check as (...values: unknown[]) => void), {
		numRuns: 2_000,
		interruptAfterTimeLimit: budget,
		endOnFailure: true,
	});
}

const isBad = (record: { kind: string }) => record.kind === "malformed";

/** Consecutive messages of one direction as one run of bytes: what TCP may cut anywhere. */
function runsOf(conversation: readonly Sample[]): { direction: Direction; bytes: Uint8Array }[] {
	const runs: { direction: Direction; bytes: Uint8Array }[] = [];
	for (const { direction, bytes } of conversation) {
		const last = runs.at(-1);
		if (last?.direction === direction) last.bytes = join(last.bytes, bytes);
		else runs.push({ direction, bytes });
	}
	return runs;
}

/** Bytes of a sample with a few places overwritten, left out or put in. */
const mutated = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
	fc
		.array(
			fc.tuple(fc.nat({ max: Math.max(0, bytes.length - 1) }), fc.constantFrom("set", "cut", "put"), fc.integer({ min: 0, max: 255 })),
			{
				maxLength: 4,
			},
		)
		.map((edits) => {
			const out = [...bytes];
			for (const [at, how, value] of edits) {
				if (how === "set") out[at] = value;
				else if (how === "cut") out.splice(at, 1);
				else out.splice(at, 0, value);
			}
			return Uint8Array.from(out, (value) => value ?? 0);
		});

/** A conversation in which some messages are damaged, repeated, left out or change places. */
const damaged = (conversation: readonly Sample[]): fc.Arbitrary<{ direction: Direction; bytes: Uint8Array }[]> =>
	fc.array(
		fc.nat({ max: conversation.length - 1 }).chain((index) =>
			fc.record({
				direction: fc.oneof(
					{ weight: 9, arbitrary: fc.constant(conversation[index]!.direction) },
					{ weight: 1, arbitrary: fc.constantFrom<Direction>(TO_SERVER, TO_CLIENT) },
				),
				bytes: mutated(conversation[index]!.bytes),
			}),
		),
		{ maxLength: 12 },
	);

const anyDirection = fc.constantFrom<Direction>(TO_SERVER, TO_CLIENT);

/** Bytes in use after collecting garbage; twice, since array buffers are given back by the sweep that follows a collection. */
export function memoryInUse(): number {
	setFlagsFromString("--expose-gc");
	const collect = runInNewContext("gc") as () => void;
	collect();
	collect();
	const { heapUsed, arrayBuffers } = process.memoryUsage();
	return heapUsed + arrayBuffers;
}

/** The contract of a TCP decoder; each conversation is a list of single whole messages in the order they were sent. */
export function streamSuite<O extends ObservationBase>(
	protocol: Protocol<O>,
	conversations: readonly (readonly Sample[])[],
	options: SuiteOptions = {},
): void {
	const budget = options.budget ?? 700;
	const certificate = options.certificate === undefined ? {} : { certificate: options.certificate };
	const open = (extra: HarnessOptions = {}) => new StreamHarness(protocol, { ...certificate, ...extra });
	const replay = (conversation: readonly { direction: Direction; bytes: Uint8Array }[], extra: HarnessOptions = {}) => {
		const harness = open(extra);
		for (const [index, { direction, bytes }] of conversation.entries()) harness.send(direction, bytes, { frame: index + 1 });
		return harness;
	};
	const conversation = fc.constantFrom(...conversations);

	describe(`${protocol.name}: the contract of a stream decoder`, () => {
		it("has samples in both directions", () => {
			const directions = new Set(conversations.flat().map(({ direction }) => direction));
			expect(directions).toEqual(new Set([TO_SERVER, TO_CLIENT]));
		});

		it.each(conversations.flat())("recognises $name", ({ bytes, direction }) => {
			const harness = open();
			const lent = harness.lend(bytes);
			const start = (lent.length - bytes.length) / 2;
			const probe = harness.decoder.probe(lent, start, start + bytes.length);
			expect([PROBE.match, PROBE.certain]).toContain(probe);
			const sender = harness.decoder.sender?.(lent, start, start + bytes.length);
			if (sender !== undefined) expect(sender).toBe(direction === TO_SERVER ? "client" : "server");
		});

		it("says something of every conversation", () => {
			for (const samples of conversations) {
				const harness = replay(samples);
				expect(harness.rejects).toBe(0);
				expect(harness.observations).toBeGreaterThan(0);
			}
		});

		it("asks for more while a message is not whole, and says nothing of it", () => {
			for (const samples of conversations) {
				for (const [index, { name, bytes, direction }] of samples.entries()) {
					for (let cut = 1; cut < bytes.length; cut++) {
						const harness = replay(samples.slice(0, index));
						const before = harness.observations;
						const lent = harness.lend(bytes.subarray(0, cut));
						const start = (lent.length - cut) / 2;
						const where = `${name}, ${cut} of ${bytes.length} bytes`;
						expect(harness.decoder.probe(lent, start, start + cut), where).not.toBe(PROBE.mismatch);
						expect(harness.stream.data(lent, start, start + cut, direction), where).toBe(0);
						expect(harness.observations, where).toBe(before);
					}
				}
			}
		});

		it("says the same however the stream is cut", () => {
			property(budget, [conversation, fc.array(fc.nat({ max: 4_000 }), { maxLength: 12 }), fc.boolean()], (samples, places, everyByte) => {
				const runs = runsOf(samples);
				const whole = replay(runs);
				const harness = open();
				let offset = 0;
				for (const [index, { direction, bytes }] of runs.entries()) {
					const cuts = everyByte
						? bytes.keys()
						: places
								.map((place) => place - offset)
								.filter((cut) => cut > 0 && cut < bytes.length)
								.sort((a, b) => a - b);
					let from = 0;
					for (const cut of cuts) {
						if (cut > from) harness.send(direction, bytes.slice(from, cut), { frame: index + 1 });
						from = Math.max(from, cut);
					}
					harness.send(direction, bytes.slice(from), { frame: index + 1 });
					offset += bytes.length;
				}
				expect(harness.records).toEqual(whole.records);
				expect(harness.operations).toEqual(whole.operations);
				expect(harness.facts).toEqual(whole.facts);
				expect(harness.rejects).toBe(0);
			});
		});

		it("reads nothing outside the bytes it is given", () => {
			property(budget, [conversation.chain(damaged)], (messages) => {
				const one = replay(messages, { poison: 0x00 });
				const other = replay(messages, { poison: 0xff });
				expect(other.records).toEqual(one.records);
				expect(other.operations).toEqual(one.operations);
				expect(other.rejects).toBe(one.rejects);
			});
		});

		it.each(options.foreign ?? FOREIGN)("recovers after foreign bytes (%s)", (_, foreign) => {
			for (const samples of conversations) {
				const clean = replay(samples).records.filter((record) => !isBad(record));
				for (let place = 0; place < samples.length; place++) {
					for (const isOneSegment of [true, false]) {
						const harness = open();
						for (const [index, { direction, bytes }] of samples.entries()) {
							const frame = index + 1;
							if (index === place && !isOneSegment) harness.send(direction, foreign, { frame });
							harness.send(direction, index === place && isOneSegment ? join(foreign, bytes) : bytes, { frame });
						}
						expect(
							harness.records.filter((record) => !isBad(record)),
							`before ${samples[place]!.name}`,
						).toEqual(clean);
					}
				}
			}
		});

		it("recovers after a gap in the middle of a message", () => {
			for (const samples of conversations) {
				const clean = replay(samples).records;
				for (const { direction, bytes } of samples) {
					const harness = open();
					harness.send(direction, bytes.slice(0, bytes.length >> 1)).gap(direction);
					const before = harness.records.length;
					for (const [index, sample] of samples.entries()) harness.send(sample.direction, sample.bytes, { frame: index + 1 });
					expect(harness.records.slice(before)).toEqual(clean);
				}
			}
		});

		it("never throws on damaged conversations", () => {
			property(budget, [conversation.chain(damaged), fc.boolean()], (messages, withGap) => {
				const harness = open();
				for (const [index, { direction, bytes }] of messages.entries()) {
					if (withGap && index === messages.length >> 1) harness.gap(direction);
					harness.send(direction, bytes, { time: harness.clock.time + index * 300_000 });
				}
			});
		});

		it("never throws on random bytes", () => {
			property(budget, [fc.array(fc.tuple(anyDirection, fc.uint8Array({ maxLength: 400 })), { maxLength: 6 })], (segments) => {
				const harness = open();
				for (const [direction, bytes] of segments) {
					harness.send(direction, bytes);
					harness.decoder.sender?.(bytes, 0, bytes.length);
				}
			});
		});

		it("answers REJECT or a number of bytes to anything at the front", () => {
			property(budget, [fc.uint8Array({ minLength: 1, maxLength: 300 }), anyDirection], (bytes, direction) => {
				const used = open().stream.data(bytes, 0, bytes.length, direction);
				if (used !== REJECT) {
					expect(used).toBeGreaterThanOrEqual(0);
					expect(used).toBeLessThanOrEqual(bytes.length);
				}
			});
		});

		it("moves its deadline on, and comes to rest", () => {
			for (const samples of conversations) {
				for (const side of [TO_SERVER, TO_CLIENT, undefined]) {
					const { stream, clock } = replay(samples.filter(({ direction }) => direction !== side));
					for (let step = 0; stream.deadline !== Number.POSITIVE_INFINITY; step++) {
						expect(step).toBeLessThan(DEADLINES);
						const reached = stream.deadline;
						clock.time = Math.max(clock.time, reached);
						stream.expire(clock.time);
						expect(stream.deadline).toBeGreaterThan(reached);
					}
				}
			}
		});

		it("holds a bounded amount of memory", () => {
			const messages = conversations.flat();
			const harness = open({ keep: false });
			const flood = (rounds: number) => {
				for (let round = 0; round < rounds; round++) {
					const { direction, bytes } = messages[(round * 7 + (round >> 3)) % messages.length]!;
					const copy = bytes.slice();
					// Each differs somewhere, so that whatever is kept under a key from the wire would pile up.
					copy[round % copy.length] = (round * 31) & 255;
					copy[(round >> 8) % copy.length] = (round >> 4) & 255;
					harness.send(direction, copy, { frame: 1, time: harness.clock.time + 50 });
				}
			};
			flood(FLOOD / 10);
			const before = memoryInUse();
			flood(FLOOD);
			expect(memoryInUse() - before).toBeLessThan(GROWTH);
		});
	});
}

/** The contract of a UDP decoder; each conversation is a list of whole datagrams in the order they were sent. */
export function datagramSuite<O extends ObservationBase>(
	protocol: Protocol<O>,
	conversations: readonly (readonly Sample[])[],
	options: SuiteOptions = {},
): void {
	const budget = options.budget ?? 700;
	const certificate = options.certificate === undefined ? {} : { certificate: options.certificate };
	const open = (extra: HarnessOptions = {}) => new DatagramHarness(protocol, { ...certificate, ...extra });
	const replay = (conversation: readonly { direction: Direction; bytes: Uint8Array }[], extra: HarnessOptions = {}) => {
		const harness = open(extra);
		for (const [index, { direction, bytes }] of conversation.entries()) harness.send(direction, bytes, { frame: index + 1 });
		return harness;
	};
	const conversation = fc.constantFrom(...conversations);

	describe(`${protocol.name}: the contract of a datagram decoder`, () => {
		it.each(conversations.flat())("recognises $name", ({ bytes, direction }) => {
			const harness = open();
			const lent = harness.lend(bytes);
			const start = (lent.length - bytes.length) / 2;
			const probe = harness.decoder.probe(lent, start, start + bytes.length);
			expect([PROBE.more, PROBE.match, PROBE.certain]).toContain(probe);
			const sender = harness.decoder.sender?.(lent, start, start + bytes.length);
			if (sender !== undefined) expect(sender).toBe(direction === TO_SERVER ? "client" : "server");
		});

		it("takes every sample and says something of every conversation", () => {
			for (const samples of conversations) {
				const harness = replay(samples);
				expect(harness.refused).toBe(0);
				expect(harness.observations).toBeGreaterThan(0);
			}
		});

		it("never throws on a datagram cut anywhere, and reads nothing outside it", () => {
			for (const samples of conversations) {
				for (const [index, { bytes, direction }] of samples.entries()) {
					for (let cut = 0; cut <= bytes.length; cut++) {
						const messages = [...samples.slice(0, index), { direction, bytes: bytes.slice(0, cut) }];
						const one = replay(messages, { poison: 0x00 });
						const other = replay(messages, { poison: 0xff });
						expect(other.records).toEqual(one.records);
						expect(other.operations).toEqual(one.operations);
						expect(other.refused).toBe(one.refused);
						one.decoder.probe(bytes, 0, cut);
						one.decoder.sender?.(bytes, 0, cut);
					}
				}
			}
		});

		it("refuses foreign bytes and is not disturbed by them", () => {
			for (const samples of conversations) {
				const clean = replay(samples).records.filter((record) => !isBad(record));
				for (const [, foreign] of FOREIGN) {
					const harness = open();
					for (const [index, { direction, bytes }] of samples.entries()) {
						harness.send(direction, foreign, { frame: index + 1 });
						harness.send(direction, bytes, { frame: index + 1 });
					}
					expect(harness.records.filter((record) => !isBad(record))).toEqual(clean);
				}
			}
		});

		it("never throws on damaged conversations, and reads nothing outside the bytes", () => {
			property(budget, [conversation.chain(damaged)], (messages) => {
				const one = replay(messages, { poison: 0x00 });
				const other = replay(messages, { poison: 0xff });
				expect(other.records).toEqual(one.records);
				expect(other.operations).toEqual(one.operations);
				expect(other.refused).toBe(one.refused);
				one.advance(one.clock.time + 3_600_000_000);
			});
		});

		it("never throws on random bytes", () => {
			property(budget, [fc.array(fc.tuple(anyDirection, fc.uint8Array({ maxLength: 600 })), { maxLength: 6 })], (messages) => {
				const harness = open();
				for (const [direction, bytes] of messages) {
					harness.send(direction, bytes);
					harness.decoder.probe(bytes, 0, bytes.length);
					harness.decoder.sender?.(bytes, 0, bytes.length);
				}
			});
		});

		it("moves its deadline on, and comes to rest", () => {
			for (const samples of conversations) {
				for (const side of [TO_SERVER, TO_CLIENT, undefined]) {
					const { datagrams, clock } = replay(samples.filter(({ direction }) => direction !== side));
					for (let step = 0; datagrams.deadline !== Number.POSITIVE_INFINITY; step++) {
						expect(step).toBeLessThan(DEADLINES);
						const reached = datagrams.deadline;
						clock.time = Math.max(clock.time, reached);
						datagrams.expire(clock.time);
						expect(datagrams.deadline).toBeGreaterThan(reached);
					}
				}
			}
		});

		it("holds a bounded amount of memory", () => {
			const messages = conversations.flat();
			const harness = open({ keep: false });
			const flood = (rounds: number) => {
				for (let round = 0; round < rounds; round++) {
					const { direction, bytes } = messages[(round * 7 + (round >> 3)) % messages.length]!;
					const copy = bytes.slice();
					copy[round % copy.length] = (round * 31) & 255;
					copy[(round >> 8) % copy.length] = (round >> 4) & 255;
					harness.send(direction, copy, { frame: 1, time: harness.clock.time + 50 });
				}
			};
			flood(FLOOD / 10);
			const before = memoryInUse();
			flood(FLOOD);
			expect(memoryInUse() - before).toBeLessThan(GROWTH);
		});
	});
}

/** One whole message, and the name under which a carrier hands it on. */
export interface MessageSample {
	readonly name: string;
	readonly bytes: Uint8Array;
	readonly topic?: string;
	readonly direction?: Direction;
}

/** The contract of a decoder of Ethernet frames, of packets of IP or of messages inside another protocol; each conversation is a list of whole messages in the order they were sent. */
export function messageSuite<O extends ObservationBase>(
	protocol: Protocol<O>,
	carrier: "link" | "ip" | "message",
	conversations: readonly (readonly MessageSample[])[],
	options: SuiteOptions = {},
): void {
	const budget = options.budget ?? 700;
	const open = (extra: HarnessOptions = {}) =>
		new MessageHarness(protocol, carrier, { ...(options.flow && { flow: options.flow }), ...extra });
	const replay = (conversation: readonly Omit<MessageSample, "name">[], extra: HarnessOptions = {}) => {
		const harness = open(extra);
		for (const [index, { bytes, ...how }] of conversation.entries()) harness.send(bytes, { ...how, frame: index + 1 });
		return harness;
	};
	const conversation = fc.constantFrom(...conversations);

	describe(`${protocol.name}: the contract of a ${carrier} decoder`, () => {
		it("takes every sample and says something of every conversation", () => {
			for (const samples of conversations) {
				const harness = replay(samples);
				expect(harness.refused).toBe(0);
				expect(harness.observations).toBeGreaterThan(0);
				for (const { bytes, topic = "" } of samples) {
					const probe = protocol.message?.probe;
					if (carrier === "message") expect(probe?.(bytes, 0, bytes.length, topic)).toBe(PROBE.certain);
				}
			}
		});

		it("never throws on a message cut anywhere, and reads nothing outside it", () => {
			for (const samples of conversations) {
				for (const [index, sample] of samples.entries()) {
					for (let cut = 0; cut <= sample.bytes.length; cut++) {
						const messages = [...samples.slice(0, index), { ...sample, bytes: sample.bytes.slice(0, cut) }];
						const one = replay(messages, { poison: 0x00 });
						const other = replay(messages, { poison: 0xff });
						expect(other.records).toEqual(one.records);
						expect(other.operations).toEqual(one.operations);
						expect(other.refused).toBe(one.refused);
						protocol.message?.probe(sample.bytes, 0, cut, sample.topic ?? "");
						if (carrier !== "message") protocol[carrier]?.sender?.(sample.bytes, 0, cut);
					}
				}
			}
		});

		it("refuses foreign bytes and is not disturbed by them", () => {
			for (const samples of conversations) {
				const clean = replay(samples).records.filter((record) => !isBad(record));
				for (const [, foreign] of FOREIGN) {
					const harness = open();
					for (const [index, { bytes, ...how }] of samples.entries()) {
						harness.send(foreign, { ...how, frame: index + 1 });
						harness.send(bytes, { ...how, frame: index + 1 });
					}
					expect(harness.records.filter((record) => !isBad(record))).toEqual(clean);
				}
			}
		});

		it("never throws on damaged messages and random bytes", () => {
			property(budget, [conversation, fc.nat(), fc.uint8Array({ maxLength: 400 })], (samples, which, random) => {
				const harness = replay(samples.slice(0, 2));
				const sample = samples[which % samples.length]!;
				harness.send(random, { topic: sample.topic ?? "" });
				fc.sample(mutated(sample.bytes), { numRuns: 3, seed: which }).forEach((bytes, index) => {
					harness.send(bytes, { topic: sample.topic ?? "", time: harness.clock.time + index });
				});
			});
		});

		it("holds a bounded amount of memory", () => {
			const messages = conversations.flat();
			const harness = open({ keep: false });
			const flood = (rounds: number) => {
				for (let round = 0; round < rounds; round++) {
					const { bytes, topic = "", direction = TO_SERVER } = messages[(round * 7 + (round >> 3)) % messages.length]!;
					const copy = bytes.slice();
					copy[round % copy.length] = (round * 31) & 255;
					copy[(round >> 8) % copy.length] = (round >> 4) & 255;
					harness.send(copy, { direction, topic, frame: 1, time: harness.clock.time + 50 });
				}
			};
			flood(FLOOD / 10);
			const before = memoryInUse();
			flood(FLOOD);
			expect(memoryInUse() - before).toBeLessThan(GROWTH);
		});
	});
}
