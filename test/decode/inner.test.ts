/** Messages inside messages: who gets them, in which flow, one level deep, and for nothing where nobody wants them. */
import { describe, expect, it } from "vitest";
import { Dispatcher } from "../../src/decode/dispatcher.ts";
import {
	type AnyProtocol,
	type CarrierContext,
	type Clock,
	type DecoderContext,
	type ObservationBase,
	PROBE,
} from "../../src/decode/protocol.ts";
import { type Direction, type FlowView, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { FakeFlow } from "../support/fakeFlow.ts";

const rest = {
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

/** Carries: the first byte of a segment is the length of a topic, the rest of it topic and message. */
const carrier = (answers: boolean[]): AnyProtocol => ({
	...rest,
	name: "carrier",
	title: "carrier",
	tcp: {
		ports: [7_777],
		maxMessage: 100,
		probe: () => PROBE.match,
		open: (context: CarrierContext<ObservationBase>) => ({
			deadline: Number.POSITIVE_INFINITY,
			data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
				const topicEnd = start + 1 + bytes[start]!;
				const topic = new TextDecoder().decode(bytes.subarray(start + 1, topicEnd));
				answers.push(context.inner(bytes, topicEnd, end, direction, topic));
				return end - start;
			},
			gap() {},
			expire() {},
		}),
	},
});

interface Said extends ObservationBase {
	text: string;
	topic: string;
	direction: Direction;
}

/** Takes messages that begin with its letter. `opened` counts its decoders. */
const letter = (name: string, probes: string[], opened: { count: number; keys: string[][] }): AnyProtocol => ({
	...rest,
	name,
	title: name,
	message: {
		probe: (bytes: Uint8Array, start: number, end: number, topic: string) => {
			probes.push(`${name} ${topic}`);
			if (start >= end) return PROBE.mismatch;
			return bytes[start] === name.charCodeAt(0) ? PROBE.certain : PROBE.match;
		},
		open: (context: DecoderContext<Said>) => {
			opened.count++;
			opened.keys.push(Object.keys(context));
			return {
				data(bytes: Uint8Array, start: number, end: number, direction: Direction, topic: string): boolean {
					const text = new TextDecoder().decode(bytes.subarray(start, end));
					context.emit({ protocol: name, kind: "said", time: context.clock.time, frame: context.clock.frame, text, topic, direction });
					return !text.endsWith("!");
				},
			};
		},
	},
});

function setUp(names: string[]) {
	const clock: Clock = { time: 5, frame: 9 };
	const answers: boolean[] = [];
	const probes: string[] = [];
	const opened = { count: 0, keys: [] as string[][] };
	const said: {
		protocol: string;
		text: string;
		topic: string;
		direction: Direction;
		frame: number;
		client: string;
		server: string;
		flow: FlowView;
	}[] = [];
	const dispatcher = new Dispatcher({
		protocols: [carrier(answers), ...names.map((name) => letter(name, probes, opened))],
		services: [],
		clock,
		onObservation: (protocol, observation, flow) => {
			const { text, topic, direction, frame } = observation as Said;
			said.push({ protocol: protocol.name, text, topic, direction, frame, client: flow.client.ip!, server: flow.server.ip!, flow });
		},
	});
	const flow = new FakeFlow();
	const send = (direction: Direction, topic: string, text: string) => {
		const bytes = new TextEncoder().encode(`${String.fromCharCode(topic.length)}${topic}${text}`);
		dispatcher.data(flow, bytes, 0, bytes.length, direction);
	};
	return { dispatcher, answers, probes, opened, said, send, flow };
}

describe("messages inside messages", () => {
	it("go to the protocol that is certain of them; who sent them is the server", () => {
		const { send, answers, said, opened, dispatcher } = setUp(["alpha", "beta"]);
		send(TO_SERVER, "t/1", "beta one");
		send(TO_SERVER, "t/2", "beta two");
		send(TO_CLIENT, "t/1", "alpha one");
		expect(answers).toEqual([true, true, true]);
		expect(said).toMatchObject([
			{ protocol: "beta", text: "beta one", topic: "t/1", direction: TO_SERVER, frame: 9, client: "10.0.0.2", server: "10.0.0.1" },
			{ protocol: "beta", text: "beta two", topic: "t/2" },
			{ protocol: "alpha", text: "alpha one", direction: TO_CLIENT, client: "10.0.0.1", server: "10.0.0.2" },
		]);
		expect(said[0]!.flow).toBe(said[1]!.flow);
		expect(said[2]!.flow).not.toBe(said[0]!.flow);
		expect(opened.count).toBe(2);
		expect(dispatcher.observations).toEqual({ carrier: 0, alpha: 1, beta: 2 });
	});

	it("are nobody's where nobody is certain, or where who was certain finds that they are not its own", () => {
		const { send, answers, said } = setUp(["alpha", "beta"]);
		send(TO_SERVER, "t", "gamma");
		send(TO_SERVER, "t", "alpha!");
		expect(answers).toEqual([false, false]);
		expect(said).toHaveLength(1);
	});

	it("cost nothing where no protocol wants any", () => {
		const { send, answers, probes } = setUp([]);
		send(TO_SERVER, "t", "alpha");
		expect(answers).toEqual([false]);
		expect(probes).toEqual([]);
	});

	it("carry nothing further: the context of what is inside has no such call", () => {
		const { send, opened } = setUp(["alpha"]);
		send(TO_SERVER, "t", "alpha");
		expect(opened.keys[0]).not.toContain("inner");
	});

	it("begin anew with each connection", () => {
		const { send, opened, dispatcher, flow } = setUp(["alpha"]);
		send(TO_SERVER, "t", "alpha");
		dispatcher.closed(flow);
		send(TO_SERVER, "t", "alpha");
		expect(opened.count).toBe(2);
	});
});
