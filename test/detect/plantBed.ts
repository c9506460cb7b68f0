/** A made-up control protocol and network, to drive the analyst without any bytes. Its observations are the operations themselves. */
import type { AnyProtocol, IdentityClaim, Outcome, Verb } from "../../src/decode/protocol.ts";
import { Analyst, type AnalystOptions } from "../../src/detect/analyst.ts";
import { weightOf } from "../../src/detect/desk.ts";
import type { Detection, DetectionRecord } from "../../src/detect/detection.ts";
import type { Endpoint, Flow } from "../../src/flow/flow.ts";

export interface Deed {
	protocol: string;
	kind: string;
	time: number;
	frame: number;
	verb: Verb;
	code: number;
	subCode?: number;
	unit: number;
	outcome: Outcome;
	outcomeCode: number;
	space: number;
	first: number;
	count: number;
	names: string[];
	values: number[];
	claim: IdentityClaim | undefined;
}

export const STOP: DetectionRecord = {
	id: "toy-stop",
	title: "PLC told to stop",
	nature: "fact",
	severity: 75,
	techniques: ["T0858"],
	causes: ["Maintenance."],
	advice: ["Ask."],
};
const CODE_STOP = 40;

export const toy: AnyProtocol = {
	name: "toy",
	title: "Toy protocol",
	isControl: true,
	spaces: ["coil", "holding"],
	record: (observation: Deed) => ({ ...observation }),
	operations(observation: Deed, sink) {
		if (observation.claim !== undefined) {
			sink.identity(observation.claim);
			return;
		}
		const operation = sink.begin(observation.unit);
		operation.time = observation.time;
		operation.frame = observation.frame;
		operation.requestFrame = observation.frame - 1;
		operation.verb = observation.verb;
		operation.code = observation.code;
		operation.subCode = observation.subCode ?? -1;
		operation.outcome = observation.outcome;
		operation.outcomeCode = observation.outcomeCode;
		if (observation.count > 0) sink.range(observation.space, observation.first, observation.count);
		for (const name of observation.names) sink.named(name);
		for (let at = 0; at < observation.values.length; at++) operation.values[at] = observation.values[at]!;
		operation.valueCount = observation.values.length;
		sink.commit();
	},
	operationName: (code: number) => `toy function ${code}`,
	outcomeName: (code: number) => `toy exception ${code}`,
	pointName: (name: string) => name.replace(/^(\w+):(\d+)$/, "$1 register $2"),
	detections: [STOP],
	detect(observation: Deed, _flow, report) {
		if (observation.code === CODE_STOP)
			report({ record: STOP, sentence: "{client} told {server} to stop.", key: String(observation.unit), frames: [observation.frame] });
	},
};

const end = (ip: string, port: number, mac: string): Endpoint => ({ ip, port, mac });

/** `02:...` would be a locally administered address; this block belongs to nobody in particular. */
export const macOf = (ip: string): string =>
	`00:10:20:00:${Number(ip.split(".")[2]).toString(16).padStart(2, "0")}:${Number(ip.split(".")[3]).toString(16).padStart(2, "0")}`;

export class PlantBed {
	readonly detections: Detection[] = [];
	analyst: Analyst;
	/** Microseconds. */
	readonly start = 1_700_000_000e6;
	time = this.start;
	frame = 0;
	readonly flows = new Map<string, Flow>();
	#ids = 0;
	readonly #options: Partial<AnalystOptions>;

	constructor(options: Partial<AnalystOptions> = {}) {
		this.#options = options;
		this.analyst = this.make();
	}

	make(): Analyst {
		return new Analyst({
			protocols: [toy],
			onDetection: (detection) => this.detections.push(structuredClone(detection)),
			...this.#options,
		});
	}

	/** A new analyst that knows what this one saved; flows begin anew. */
	restart(): void {
		const entries = structuredClone([...this.analyst.save()]);
		this.records = new Map([...this.records, ...entries]);
		this.analyst = this.make();
		this.analyst.restore([...this.records].filter(([, value]) => value !== null));
		for (const flow of this.flows.values()) flow.analysis = undefined;
	}
	records = new Map<string, unknown>();

	flow(client: string, server: string, port = 9000, options: Partial<Flow> = {}): Flow {
		const key = `${client}>${server}:${port}`;
		let flow = this.flows.get(key);
		if (flow === undefined) {
			flow = {
				id: ++this.#ids,
				transport: "tcp",
				client: end(client, 40_000 + this.#ids, macOf(client)),
				server: end(server, port, macOf(server)),
				vlan: -1,
				firstTime: this.time,
				lastTime: this.time,
				firstFrame: this.frame + 1,
				lastFrame: this.frame + 1,
				packets: [1, 1],
				bytes: [1, 1],
				isConversation: true,
				sawHandshake: true,
				isReversed: false,
				isResetByServer: false,
				role: 2,
				macChanges: 1,
				swap() {},
				confirm() {},
				decoding: undefined,
				analysis: undefined,
				...options,
			};
			this.flows.set(key, flow);
		}
		return flow;
	}

	/** Time goes on, with ticks each tenth of a second (or fewer for long stretches). */
	wait(seconds: number): void {
		const ticks = Math.max(1, Math.min(50, Math.round(seconds * 10)));
		for (let tick = 0; tick < ticks; tick++) {
			this.time += (seconds * 1e6) / ticks;
			this.analyst.advance(this.time);
		}
	}

	do(client: string, server: string, deed: Partial<Deed>): void {
		this.frame += 2;
		this.analyst.observe(
			this.#options.protocols?.[0] ?? toy,
			{
				protocol: "toy",
				kind: "response",
				time: this.time,
				frame: this.frame,
				verb: "read",
				code: 3,
				unit: 1,
				outcome: "ok",
				outcomeCode: 0,
				space: 1,
				first: 0,
				count: 0,
				names: [],
				values: [],
				claim: undefined,
				...deed,
			} as Deed,
			this.flow(client, server),
		);
	}

	read(client: string, server: string, first: number, values: number[], deed: Partial<Deed> = {}): void {
		this.do(client, server, { verb: "read", code: 3, first, count: values.length, values, ...deed });
	}

	write(client: string, server: string, first: number, values: number[], deed: Partial<Deed> = {}): void {
		this.do(client, server, { verb: "write", code: 6, first, count: values.length, values, ...deed });
	}

	claim(claim: IdentityClaim): void {
		this.frame++;
		const view = {
			id: 0,
			transport: "link" as const,
			client: { ip: undefined, port: undefined, mac: claim.mac },
			server: { ip: undefined, port: undefined, mac: "ff:ff:ff:ff:ff:ff" },
			vlan: -1,
		};
		this.analyst.observe(
			this.#options.protocols?.[0] ?? toy,
			{ protocol: "toy", kind: "claim", time: this.time, frame: this.frame, code: 0, claim } as unknown as Deed,
			view,
		);
	}

	/** Lets what waits leave, and empties the list. Nobody polls meanwhile: that this is noticed has tests of its own. */
	take(): Detection[] {
		this.wait(2);
		return this.detections.splice(0).filter(({ type }) => type !== "poll-silent");
	}
}

export const severity = (detection: Detection): number => Math.max(0, Math.min(100, weightOf(detection)));
export const types = (detections: Detection[]): string[] => detections.map(({ type }) => type);
