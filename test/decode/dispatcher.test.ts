/** The dispatcher: the port is a hint, the bytes decide; a bad message, a hole or a foreign protocol blinds nothing. */
import { describe, expect, it } from "vitest";
import { Dispatcher, HELD_BYTES } from "../../src/decode/dispatcher.ts";
import {
	type AnyProtocol,
	type CarrierContext,
	type Clock,
	type DecoderContext,
	type ObservationBase,
	PROBE,
	REJECT,
} from "../../src/decode/protocol.ts";
import type { ServiceGuess } from "../../src/decode/service.ts";
import { type Direction, type Flow, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { FakeFlow } from "../support/fakeFlow.ts";
import { elfImage } from "../support/programs.ts";

/**
 * A protocol of tests. A message is: magic byte, `q` or `a` (question from a client, answer from a server), length n, n letters. The letter `!` as first one is
 * a message that its decoder refuses. `certainMagic` makes the probe certain.
 */
interface Said extends ObservationBase {
	text: string;
	direction: Direction;
}
function letters(name: string, magic: string, ports: number[], isCertain = false, maxMessage = 300): AnyProtocol {
	const code = magic.charCodeAt(0);
	const probe = (bytes: Uint8Array, start: number, end: number) => {
		if (bytes[start] !== code) return PROBE.mismatch;
		if (end - start < 2) return PROBE.more;
		const kind = String.fromCharCode(bytes[start + 1]!);
		if (kind !== "q" && kind !== "a") return PROBE.mismatch;
		return isCertain ? PROBE.certain : PROBE.match;
	};
	const context = (given: DecoderContext<Said>) => ({
		deadline: Number.POSITIVE_INFINITY,
		data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
			let at = start;
			while (end - at >= 3) {
				if (probe(bytes, at, end) === PROBE.mismatch || (end - at > 3 && bytes[at + 3] === 0x21)) return at === start ? REJECT : at - start;
				const length = 3 + bytes[at + 2]!;
				if (end - at < length) break;
				given.emit({
					protocol: name,
					kind: "said",
					time: given.clock.time,
					frame: given.clock.frame,
					text: new TextDecoder().decode(bytes.subarray(at + 3, at + length)),
					direction,
				});
				at += length;
			}
			return at - start;
		},
		gap() {},
		expire() {},
	});
	return {
		name,
		title: name,
		tcp: {
			ports,
			maxMessage,
			probe,
			sender: (bytes: Uint8Array, start: number) => (bytes[start + 1] === 0x71 ? "client" : "server"),
			open: context,
		},
		isControl: false,
		spaces: [],
		record: () => ({}),
		operations: () => {},
		operationName: String,
		outcomeName: String,
		pointName: (point: string) => point,
		detections: [],
		detect: () => {},
	};
}

const message = (magic: string, kind: "q" | "a", text: string) => `${magic}${kind}${String.fromCharCode(text.length)}${text}`;
const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

function setUp(protocols: AnyProtocol[]) {
	const clock: Clock = { time: 0, frame: 0 };
	const said: { protocol: string; text: string; direction: Direction; frame: number }[] = [];
	const closed: (ServiceGuess | undefined)[] = [];
	const programs: string[] = [];
	const dispatcher = new Dispatcher({
		protocols,
		services: [
			{ name: "hello", transport: "tcp", ports: [9], test: (bytes, start) => bytes[start] === 0x48 },
			{ name: "discard", transport: "tcp", ports: [10] },
		],
		clock,
		onObservation: (protocol, observation) => {
			const { text, direction, frame } = observation as Said;
			said.push({ protocol: protocol.name, text, direction, frame });
		},
		onClosed: (_flow, service) => closed.push(service),
		onProgram: (_flow, { format, machine }) => programs.push(`${format} ${machine}`),
	});
	const send = (flow: Flow, direction: Direction, text: string) => {
		clock.frame++;
		clock.time += 1000;
		const bytes = bytesOf(text);
		const lent = new Uint8Array(bytes.length + 4);
		lent.set(bytes, 2);
		dispatcher.data(flow, lent, 2, 2 + bytes.length, direction);
		lent.fill(0xee); // what was lent is gone
	};
	return { dispatcher, said, closed, programs, send, texts: () => said.map(({ text }) => text) };
}

const PORT = 7_777;
const ALPHA = letters("alpha", "A", [PORT]);
const BETA = letters("beta", "B", []);
const GAMMA = letters("gamma", "G", [], true);

describe("dispatcher", () => {
	it("looks for programs in what nobody decodes, and in what a protocol decodes that carries files", () => {
		const program = message("A", "a", Buffer.from(elfImage({ machine: 40 })).toString("latin1"));
		const found = (protocol: AnyProtocol): string[] => {
			const { send, programs } = setUp([protocol]);
			const flow = new FakeFlow();
			send(flow, TO_SERVER, message("A", "q", "one"));
			send(flow, TO_CLIENT, program);
			return programs;
		};
		expect(found(ALPHA)).toEqual([]);
		expect(found({ ...ALPHA, tcp: { ...ALPHA.tcp!, carriesFiles: true } })).toEqual(["ELF ARM"]);
		expect(found(GAMMA)).toEqual(["ELF ARM"]);
	});

	it("takes a protocol on its own port from the first message of one side", () => {
		const { send, said } = setUp([ALPHA, BETA]);
		send(new FakeFlow(), TO_SERVER, message("A", "q", "one"));
		expect(said).toEqual([{ protocol: "alpha", text: "one", direction: TO_SERVER, frame: 1 }]);
	});

	it("asks both directions elsewhere, and then decodes what was kept, with its own frames", () => {
		const { send, said } = setUp([ALPHA, BETA]);
		const flow = new FakeFlow({ server: { port: 1234 } });
		send(flow, TO_SERVER, message("B", "q", "one"));
		expect(said).toEqual([]);
		send(flow, TO_CLIENT, message("B", "a", "two"));
		expect(said).toEqual([
			{ protocol: "beta", text: "one", direction: TO_SERVER, frame: 1 },
			{ protocol: "beta", text: "two", direction: TO_CLIENT, frame: 2 },
		]);
	});

	it("believes one direction that goes on fitting, where the other is never seen", () => {
		const { send, texts } = setUp([BETA]);
		const flow = new FakeFlow({ server: { port: 1234 } });
		for (const text of ["1", "2", "3"]) send(flow, TO_SERVER, message("B", "q", text));
		expect(texts()).toEqual([]);
		send(flow, TO_SERVER, message("B", "q", "4"));
		expect(texts()).toEqual(["1", "2", "3", "4"]);
	});

	it("believes bytes that cannot be anything else, even on another protocol's port", () => {
		const { send, said } = setUp([ALPHA, GAMMA]);
		send(new FakeFlow(), TO_SERVER, message("G", "q", "one"));
		expect(said).toMatchObject([{ protocol: "gamma", text: "one" }]);
	});

	it("puts messages together however they are cut", () => {
		const whole = message("A", "q", "alpha") + message("A", "q", "") + message("A", "q", "omega");
		for (let cut = 1; cut < whole.length; cut++) {
			const { send, texts } = setUp([ALPHA]);
			const flow = new FakeFlow();
			send(flow, TO_SERVER, whole.slice(0, cut));
			send(flow, TO_SERVER, whole.slice(cut));
			expect(texts(), `cut at ${cut}`).toEqual(["alpha", "", "omega"]);
		}
		const { send, texts } = setUp([ALPHA]);
		const flow = new FakeFlow();
		for (const letter of whole) send(flow, TO_SERVER, letter);
		expect(texts()).toEqual(["alpha", "", "omega"]);
	});

	it("goes on behind a message that the decoder refuses, in the same segment and in the next", () => {
		const { dispatcher, send, texts } = setUp([ALPHA]);
		const flow = new FakeFlow();
		send(flow, TO_SERVER, message("A", "q", "one"));
		send(flow, TO_SERVER, `${message("A", "q", "!bad")}${message("A", "q", "two")}`);
		send(flow, TO_SERVER, "garbage without any sense");
		send(flow, TO_SERVER, message("A", "q", "three"));
		expect(texts()).toEqual(["one", "two", "three"]);
		expect(dispatcher.rejected).toBe(2);
	});

	it("finds the next message after lost bytes, and forgets the unfinished one", () => {
		const { dispatcher, send, texts } = setUp([ALPHA]);
		const flow = new FakeFlow();
		send(flow, TO_SERVER, message("A", "q", "one"));
		send(flow, TO_SERVER, message("A", "q", "lost in the middle").slice(0, 9));
		dispatcher.gap(flow, TO_SERVER, 100);
		send(flow, TO_SERVER, `idle${message("A", "q", "two")}`);
		expect(texts()).toEqual(["one", "two"]);
	});

	it("goes on behind a refused message and behind lost bytes where segments are shorter than a message's beginning", () => {
		const { dispatcher, send, texts } = setUp([ALPHA]);
		const flow = new FakeFlow();
		send(flow, TO_SERVER, message("A", "q", "one"));
		for (const letter of `${message("A", "q", "!bad")}${message("A", "q", "two")}`) send(flow, TO_SERVER, letter);
		dispatcher.gap(flow, TO_SERVER, 100);
		for (const letter of `idle${message("A", "q", "three")}`) send(flow, TO_SERVER, letter);
		expect(texts()).toEqual(["one", "two", "three"]);
	});

	it("is found on its port after a beginning that was something else", () => {
		const { send, texts } = setUp([ALPHA]);
		const flow = new FakeFlow();
		for (let piece = 0; piece < 50; piece++) send(flow, TO_SERVER, `noise ${piece}`);
		send(flow, TO_SERVER, message("A", "q", "one"));
		expect(texts()).toEqual(["one"]);
	});

	it("is found in datagrams on its port after some of another service", () => {
		const { tcp, ...rest } = ALPHA;
		const { probe } = tcp!;
		const said: string[] = [];
		const dispatcher = new Dispatcher({
			protocols: [
				{
					...rest,
					udp: {
						ports: [PORT],
						probe: (bytes, start, end) => probe(bytes, start, end, true),
						open: () => ({
							deadline: Number.POSITIVE_INFINITY,
							data: (bytes, start, end) => said.push(String.fromCharCode(...bytes.subarray(start, end))) > 0,
							expire() {},
						}),
					},
				},
			],
			services: [{ name: "hello", transport: "udp", ports: [9], test: (bytes, start) => bytes[start] === 0x48 }],
			clock: { time: 0, frame: 0 },
			onObservation: () => {},
		});
		const flow = new FakeFlow({ transport: "udp" });
		for (const text of ["Hello", "noise", "Aq1"]) dispatcher.datagram(flow, bytesOf(text), 0, text.length, TO_SERVER, true);
		expect(said).toEqual(["Aq1"]);
	});

	it("is found in datagrams on its port after one of another protocol, and stays there", () => {
		const said: string[] = [];
		/** Each takes datagrams that begin with its letter; the first on a port, the other wherever it is certain. */
		const taking = (name: string, letter: string, ports: number[], answer: typeof PROBE.match | typeof PROBE.certain): AnyProtocol => {
			const { tcp, ...rest } = ALPHA;
			const isOwn = (bytes: Uint8Array, start: number) => bytes[start] === letter.charCodeAt(0);
			return {
				...rest,
				name,
				udp: {
					ports,
					probe: (bytes, start) => (isOwn(bytes, start) ? answer : PROBE.mismatch),
					open: () => ({
						deadline: Number.POSITIVE_INFINITY,
						data: (bytes, start, end) =>
							isOwn(bytes, start) && said.push(`${name} ${String.fromCharCode(...bytes.subarray(start, end))}`) > 0,
						expire() {},
					}),
				},
			};
		};
		const dispatcher = new Dispatcher({
			protocols: [taking("home", "h", [PORT], PROBE.match), taking("guest", "g", [], PROBE.certain)],
			services: [],
			clock: { time: 0, frame: 0 },
			onObservation: () => {},
		});
		const flow = new FakeFlow({ transport: "udp" });
		for (const text of ["g1", "g2", "x", "h1", "g3", "h2"]) dispatcher.datagram(flow, bytesOf(text), 0, text.length, TO_SERVER, true);
		expect(said).toEqual(["guest g1", "guest g2", "home h1", "home h2"]);
		expect(dispatcher.serviceOf(flow)).toEqual({ service: "home", by: "bytes" });
		expect(dispatcher.rejected).toBe(2);
	});

	describe("in datagrams of a shape that others share", () => {
		/** Letters A, then q or a; nothing is decoded before both directions fit. */
		const pairing = (ask: boolean) => {
			const { tcp, ...rest } = ALPHA;
			const said: string[] = [];
			const clock: Clock = { time: 0, frame: 0 };
			const dispatcher = new Dispatcher({
				protocols: [
					{
						...rest,
						udp: {
							ports: [],
							probe: (bytes, start, end) => (tcp!.probe(bytes, start, end, false) === PROBE.mismatch ? PROBE.mismatch : PROBE.more),
							...(ask && { sender: tcp!.sender! }),
							open: () => ({
								deadline: Number.POSITIVE_INFINITY,
								data: (bytes, start, end, direction) =>
									said.push(`${clock.frame} ${direction} ${String.fromCharCode(...bytes.subarray(start, end))}`) > 0,
								expire() {},
							}),
						},
					},
				],
				services: [],
				clock,
				onObservation: () => {},
			});
			const flow = new FakeFlow({ transport: "udp", sawHandshake: false });
			const send = (direction: Direction, text: string) => {
				clock.frame++;
				const lent = bytesOf(text);
				dispatcher.datagram(flow, lent, 0, lent.length, direction, true);
				lent.fill(0xee);
			};
			return { said, send, flow };
		};

		it("waits for the answer, then decodes both with the frames they came in", () => {
			const { said, send } = pairing(true);
			send(TO_SERVER, "Aq1");
			expect(said).toEqual([]);
			send(TO_CLIENT, "Aa1");
			send(TO_SERVER, "Aq2");
			expect(said).toEqual([`1 ${TO_SERVER} Aq1`, `2 ${TO_CLIENT} Aa1`, `3 ${TO_SERVER} Aq2`]);
		});

		it("turns what it kept where the server spoke first", () => {
			const { said, send, flow } = pairing(true);
			send(TO_SERVER, "Aa1");
			send(TO_CLIENT, "Aq1");
			expect(flow.swaps).toBe(1);
			expect(said).toEqual([`1 ${TO_CLIENT} Aa1`, `2 ${TO_SERVER} Aq1`]);
		});

		it("is not believed where both ask, nor with something else between, nor from one side alone", () => {
			const both = pairing(true);
			for (const direction of [TO_SERVER, TO_CLIENT, TO_SERVER, TO_CLIENT] as const) both.send(direction, "Aq1");
			expect(both.said).toEqual([]);
			const between = pairing(false);
			between.send(TO_SERVER, "Aq1");
			between.send(TO_CLIENT, "other");
			between.send(TO_CLIENT, "Aa1");
			expect(between.said).toEqual([]);
			const alone = pairing(false);
			for (let count = 0; count < 20; count++) alone.send(TO_SERVER, "Aq1");
			expect(alone.said).toEqual([]);
		});
	});

	it("corrects who the server is, unless a handshake said it", () => {
		const joined = setUp([ALPHA]);
		const flow = new FakeFlow({ sawHandshake: false, client: { port: PORT }, server: { port: 40_000 } });
		joined.send(flow, TO_CLIENT, message("A", "q", "one"));
		expect(flow.swaps).toBe(1);
		expect(joined.said).toMatchObject([{ text: "one", direction: TO_SERVER }]);

		const shaken = setUp([ALPHA]);
		const handshake = new FakeFlow();
		shaken.send(handshake, TO_CLIENT, message("A", "q", "one"));
		expect(handshake.swaps).toBe(0);
	});

	it("keeps no message longer than the protocol's longest, and goes on behind it", () => {
		const { dispatcher, send, texts } = setUp([letters("short", "S", [PORT], false, 100)]);
		const flow = new FakeFlow();
		send(flow, TO_SERVER, `Sq${String.fromCharCode(255)}${"x".repeat(120)}`);
		expect(dispatcher.rejected).toBe(1);
		send(flow, TO_SERVER, message("S", "q", "one"));
		expect(texts()).toEqual(["one"]);
	});

	it("keeps no more of all flows together than there is room for: who kept first gives way, and goes on after the gap", () => {
		const lost: number[] = [];
		const patient = letters("patient", "P", [PORT], true, 1 << 20);
		const { open } = patient.tcp!;
		const protocol: AnyProtocol = {
			...patient,
			tcp: {
				...patient.tcp!,
				open: (context: CarrierContext<Said>) => {
					const stream = open(context);
					const { data } = stream;
					// Letters `...` begin a message that is longer than all that comes.
					stream.data = (bytes, start, end, direction) => (bytes[start + 3] === 0x2e ? 0 : data(bytes, start, end, direction));
					stream.gap = () => {
						lost.push(context.flow.id);
					};
					return stream;
				},
			},
		};
		const { dispatcher, send, texts } = setUp([protocol]);
		const flows = Array.from({ length: 80 }, (_, index) => new FakeFlow({ id: index + 1 }));
		const long = new Uint8Array(600_000).fill(0x2e);
		const before = process.memoryUsage().arrayBuffers;
		for (const flow of flows) {
			send(flow, TO_SERVER, "Pq");
			dispatcher.data(flow, long, 0, long.length, TO_SERVER);
		}
		// Each keeps twice its bytes, so that they may grow.
		const given = flows.length - Math.floor(HELD_BYTES / (2 * (long.length + 2)));
		expect(lost).toEqual(Array.from({ length: given }, (_, index) => index + 1));
		expect(dispatcher.counters["unfinished-given-up"]).toBe(given);
		expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * HELD_BYTES);
		send(flows[0]!, TO_SERVER, message("P", "q", "one"));
		expect(texts()).toEqual(["one"]);
		for (const flow of flows) dispatcher.closed(flow);
		for (const flow of flows.slice(0, 40)) {
			send(flow, TO_SERVER, "Pq");
			dispatcher.data(flow, long, 0, long.length, TO_SERVER);
		}
		expect(dispatcher.counters["unfinished-given-up"]).toBe(given);
	});

	it("lets a decoder say what will not be answered when a connection ends, but not when the capture does", () => {
		const waiting = letters("waiting", "W", [PORT]);
		const { open } = waiting.tcp!;
		const protocol: AnyProtocol = {
			...waiting,
			tcp: {
				...waiting.tcp!,
				open: (context: CarrierContext<Said>) => {
					const stream = open(context);
					stream.deadline = 5_000_000;
					stream.expire = () => {
						stream.deadline = Number.POSITIVE_INFINITY;
						context.emit({ protocol: "waiting", kind: "said", time: 0, frame: 0, text: "unanswered", direction: TO_SERVER });
					};
					return stream;
				},
			},
		};
		for (const isEnding of [false, true]) {
			const { dispatcher, send, texts } = setUp([protocol]);
			const flow = new FakeFlow();
			send(flow, TO_SERVER, message("W", "q", "one"));
			dispatcher.isEnding = isEnding;
			dispatcher.closed(flow);
			expect(texts()).toEqual(isEnding ? ["one"] : ["one", "unanswered"]);
		}
	});

	it("names what nobody decodes: bytes first, then the port", () => {
		const { dispatcher, send, closed } = setUp([ALPHA]);
		const hello = new FakeFlow({ server: { port: 1 } });
		send(hello, TO_SERVER, "Hello");
		dispatcher.closed(hello);
		const discard = new FakeFlow({ server: { port: 10 } });
		send(discard, TO_SERVER, "x");
		dispatcher.closed(discard);
		const nothing = new FakeFlow({ server: { port: 2 } });
		dispatcher.closed(nothing);
		expect(closed).toEqual([{ service: "hello", by: "bytes" }, { service: "discard", by: "port" }, undefined]);
	});
});
