/**
 * An analyst that is told other operations than those that were seen: each that a protocol says can be changed, left out, said twice or joined by others before it is learned
 * and judged. So a change can be injected into any recording, whatever its protocol, without rewriting its bytes.
 */
import type { AnyProtocol, Credential, Lookup, ObservationBase, Operation, OperationSink } from "../../src/decode/protocol.ts";
import { Analyst, type AnalystOptions } from "../../src/detect/analyst.ts";
import { blankOperation } from "../../src/detect/recorder.ts";
import { type Flow, type FlowView, ROLE } from "../../src/flow/flow.ts";

const STRANGER = "00:1b:21:66:66:66";

type Scalars = Omit<Operation, "points" | "values" | "pointCount" | "valueCount" | "rangeSpace" | "rangeFirst" | "rangeCount">;

/** An operation as it was said. */
export interface Saying {
	client: string;
	server: string;
	fields: Scalars;
	/** Consecutive points of a space, or one named point. */
	runs: ({ space: number; first: number; count: number } | { name: string })[];
	values: number[];
	/** Where it is not said by the flow's own client. */
	from?: string;
}

/** What is said instead of an operation: it alone, another, several or nothing. */
export type Rule = (saying: Saying) => readonly Saying[];

/** Names of the points in order: `space:number`, or the name. */
export const pointsOf = ({ runs }: Saying): string[] =>
	runs.flatMap((run) => ("name" in run ? [run.name] : Array.from({ length: run.count }, (_, at) => `${run.space}:${run.first + at}`)));

/** Stands for an observation where a saying is put in. */
class Inserted {
	readonly saying: Saying;
	readonly protocol: string;
	readonly kind = "inserted";
	readonly time: number;
	readonly frame: number;

	constructor(saying: Saying, protocol: string) {
		this.saying = saying;
		this.protocol = protocol;
		this.time = saying.fields.time;
		this.frame = saying.fields.frame;
	}
}

function speak({ fields, runs, values }: Saying, sink: OperationSink): void {
	const operation = sink.begin(fields.unit);
	Object.assign(operation, fields);
	for (const run of runs) {
		if ("name" in run) sink.named(run.name);
		else sink.range(run.space, run.first, run.count);
	}
	values.forEach((value, at) => {
		operation.values[at] = value;
	});
	operation.valueCount = values.length;
	sink.commit();
}

/** Takes down what a protocol says. */
class Listener implements OperationSink {
	readonly operation = blankOperation();
	sink!: OperationSink;
	runs: Saying["runs"] = [];
	readonly #onSaying: (fields: Scalars, runs: Saying["runs"], values: number[]) => void;

	constructor(onSaying: (fields: Scalars, runs: Saying["runs"], values: number[]) => void) {
		this.#onSaying = onSaying;
	}

	begin(unit: number): Operation {
		this.runs = [];
		this.sink.begin(unit); // labels go to the real one
		return Object.assign(this.operation, {
			time: 0,
			frame: 0,
			requestFrame: 0,
			verb: "other",
			code: 0,
			subCode: -1,
			unit,
			outcome: "ok",
			outcomeCode: 0,
			latency: -1,
			pointCount: 0,
			valueCount: 0,
		});
	}

	range(space: number, first: number, count: number): void {
		this.runs.push({ space, first, count });
		this.operation.pointCount += count;
	}

	named(name: string): void {
		this.runs.push({ name });
		this.operation.pointCount++;
	}

	label(name: string, label: string): void {
		this.sink.label(name, label);
	}

	commit(): void {
		const { time, frame, requestFrame, verb, code, subCode, unit, outcome, outcomeCode, latency, isBroadcast, values, valueCount } =
			this.operation;
		const fields = { time, frame, requestFrame, verb, code, subCode, unit, outcome, outcomeCode, latency, isBroadcast };
		this.#onSaying(fields, this.runs, [...values.subarray(0, valueCount)]);
	}

	identity(claim: Parameters<OperationSink["identity"]>[0]): void {
		this.sink.identity(claim);
	}

	credential(credential: Credential): void {
		this.sink.credential(credential);
	}

	answers(unit: number): void {
		this.sink.answers(unit);
	}

	seek(source: string, ip: string): void {
		this.sink.seek(source, ip);
	}

	takesName(source: string, name: string, ip: string): void {
		this.sink.takesName(source, name, ip);
	}

	lookup(lookup: Lookup): void {
		this.sink.lookup(lookup);
	}

	trace(...[kind, value, byServer]: Parameters<OperationSink["trace"]>): void {
		this.sink.trace(kind, value, byServer);
	}
}

const nameOf = ({ ip, line, mac }: FlowView["client"]): string => ip ?? line ?? mac ?? "";

/** A connection to the same server that somebody else has just opened. */
function strangersFlow({ id, transport, client, server, vlan }: FlowView, ip: string): FlowView {
	const view: Partial<Flow> = {
		id,
		transport: transport as Flow["transport"],
		client: { ...client, ip, mac: STRANGER },
		server,
		vlan,
		isConversation: true,
		macChanges: 1,
		role: ROLE.handshake,
		analysis: undefined,
	};
	return view as FlowView;
}

export class TamperedAnalyst extends Analyst {
	readonly #wrapped = new Map<AnyProtocol, AnyProtocol>();
	readonly #rule: Rule;
	#flow!: FlowView;
	#strangers: Saying[] = [];

	constructor(options: AnalystOptions, rule: Rule) {
		super(options);
		this.#rule = rule;
	}

	override observe(protocol: AnyProtocol, observation: ObservationBase, flow: FlowView): void {
		this.#flow = flow;
		const wrapped = this.#wrap(protocol);
		super.observe(wrapped, observation, flow);
		for (const saying of this.#strangers.splice(0)) {
			const view = strangersFlow(flow, saying.from!);
			super.observe(wrapped, new Inserted(saying, protocol.name) as unknown as ObservationBase, view);
		}
	}

	#wrap(protocol: AnyProtocol): AnyProtocol {
		const known = this.#wrapped.get(protocol);
		if (known !== undefined) return known;
		const listener = new Listener((fields, runs, values) => {
			const { client, server } = this.#flow;
			for (const saying of this.#rule({ client: nameOf(client), server: nameOf(server), fields, runs, values })) {
				if (saying.from === undefined) speak(saying, listener.sink);
				else this.#strangers.push(saying);
			}
		});
		const wrapped: AnyProtocol = {
			...protocol,
			operations(observation, sink) {
				if (observation instanceof Inserted) speak(observation.saying, sink);
				else {
					listener.sink = sink;
					protocol.operations(observation, listener);
				}
			},
			detect(observation, flow, report) {
				if (!(observation instanceof Inserted)) protocol.detect(observation, flow, report);
			},
		};
		this.#wrapped.set(protocol, wrapped);
		return wrapped;
	}
}
