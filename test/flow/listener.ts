/** A listener on a wire of the test's making: builds packets, plays them through parser and flow table, and notes what comes out. */
import { type Direction, type Flow, type FlowSink, TO_SERVER } from "../../src/flow/flow.ts";
import { Intake } from "../../src/flow/intake.ts";
import { FlowTable, type FlowTableOptions } from "../../src/flow/table.ts";
import { ethernet, FLAG, frameOf, ipv4, tcp, udp } from "../wire/frameBuilder.ts";

export interface Event {
	what: string;
	flow: number;
	direction?: Direction;
	bytes?: number[];
	lost?: number;
	isWhole?: boolean;
}

export class Listener implements FlowSink {
	readonly events: Event[] = [];
	readonly flows = new Map<number, Flow>();
	readonly table: FlowTable;
	readonly intake = new Intake(1);
	time = 1_700_000_000_000_000;
	number = 0;
	/** Called with each data event, e.g. to swap. */
	onData: (flow: Flow) => void = () => {};

	constructor(options: Partial<FlowTableOptions> = {}) {
		this.table = new FlowTable(this, { serverPorts: new Set([502, 20000]), seed: 7, maxFlows: 64, ...options });
	}

	opened(flow: Flow): void {
		this.flows.set(flow.id, flow);
		this.events.push({ what: "opened", flow: flow.id });
	}
	data(flow: Flow, bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		this.events.push({ what: "data", flow: flow.id, direction, bytes: [...bytes.subarray(start, end)] });
		this.onData(flow);
	}
	gap(flow: Flow, direction: Direction, lost: number): void {
		this.events.push({ what: "gap", flow: flow.id, direction, lost });
	}
	datagram(flow: Flow, bytes: Uint8Array, start: number, end: number, direction: Direction, isWhole: boolean): void {
		this.events.push({ what: "datagram", flow: flow.id, direction, bytes: [...bytes.subarray(start, end)], isWhole });
	}
	anomaly(flow: Flow, anomaly: string, direction: Direction): void {
		this.events.push({ what: anomaly, flow: flow.id, direction });
	}
	closed(flow: Flow): void {
		this.events.push({ what: "closed", flow: flow.id });
	}

	/** Plays one frame, by default a millisecond after the last. */
	frame(bytes: readonly number[], { after = 1000, cut = 0 } = {}): void {
		this.time += after;
		const frame = frameOf(bytes, { number: ++this.number, time: this.time, cut });
		if (this.intake.frame(frame) && this.intake.packet.ipVersion !== 0) this.table.packet(this.intake.packet, frame);
	}

	/** Events without those named, shortened to what is compared. */
	said(...without: string[]): string[] {
		return this.events
			.filter(({ what }) => !without.includes(what))
			.map(({ what, flow, direction, bytes, lost, isWhole }) =>
				[
					what,
					`#${flow}`,
					direction === undefined ? "" : direction === TO_SERVER ? "to server" : "to client",
					bytes === undefined ? "" : String.fromCharCode(...bytes),
					lost ?? "",
					isWhole === false ? "cut" : "",
				]
					.filter((part) => part !== "")
					.join(" "),
			);
	}

	/** What was delivered in one direction, with each lost byte as an underscore. */
	stream(direction: Direction, flow?: number): string {
		return this.events
			.filter((event) => event.direction === direction && (flow === undefined || event.flow === flow))
			.map(({ bytes, lost }) => (bytes === undefined ? "_".repeat(lost ?? 0) : String.fromCharCode(...bytes)))
			.join("");
	}
}

export interface SegmentOptions {
	/** Sequence and acknowledgment relative to the initial numbers. */
	seq?: number;
	ack?: number;
	flags?: number;
	after?: number;
	cut?: number;
	vlan?: number;
	ttl?: number;
	mac?: string;
	/** Of IPv4; counts up by itself. */
	id?: number;
}

/** Two hosts with one TCP connection: sequence numbers count from the initial ones. */
export class Connection {
	readonly listener: Listener;
	readonly clientStart: number;
	readonly serverStart: number;
	readonly clientPort: number;
	readonly serverPort: number;
	readonly client: string;
	readonly server: string;
	#id = 1;

	constructor(
		listener: Listener,
		{ clientStart = 1000, serverStart = 5000, clientPort = 40000, serverPort = 502, client = "10.0.0.1", server = "10.0.0.2" } = {},
	) {
		this.listener = listener;
		this.clientStart = clientStart;
		this.serverStart = serverStart;
		this.clientPort = clientPort;
		this.serverPort = serverPort;
		this.client = client;
		this.server = server;
	}

	/** A segment of the client with `text` as payload; `seq` 0 is the byte after the SYN. */
	toServer(text: string, options: SegmentOptions = {}): void {
		this.#send(true, text, options);
	}
	toClient(text: string, options: SegmentOptions = {}): void {
		this.#send(false, text, options);
	}
	handshake(): void {
		this.toServer("", { seq: -1, flags: FLAG.syn });
		this.toClient("", { seq: -1, flags: FLAG.syn | FLAG.ack });
		this.toServer("");
	}

	#send(isClient: boolean, text: string, { seq = 0, ack = 0, flags = FLAG.ack, after, cut, vlan, ttl, mac, id }: SegmentOptions): void {
		const own = isClient ? this.clientStart : this.serverStart;
		const other = isClient ? this.serverStart : this.clientStart;
		const payload = [...text].map((letter) => letter.charCodeAt(0));
		const segment = tcp(payload, {
			from: isClient ? this.clientPort : this.serverPort,
			to: isClient ? this.serverPort : this.clientPort,
			sequence: (own + seq) >>> 0,
			acknowledgment: (flags & FLAG.ack) === 0 ? 0 : (other + ack) >>> 0,
			flags,
		});
		const packet = ipv4(6, segment, {
			source: isClient ? this.client : this.server,
			destination: isClient ? this.server : this.client,
			id: id ?? this.#id++ & 0xffff,
			ttl: ttl ?? 64,
		});
		const source = mac ?? (isClient ? "02:00:00:00:00:0a" : "02:00:00:00:00:0b");
		const frame = ethernet(0x0800, packet, { source, tags: vlan === undefined ? [] : [[0x8100, vlan]] });
		this.listener.frame(frame, { ...(after === undefined ? {} : { after }), ...(cut === undefined ? {} : { cut }) });
	}
}

export const datagram = (
	text: string,
	{ from = 40000, to = 53, source = "10.0.0.1", destination = "10.0.0.2", id = 1, ttl = 64 } = {},
): number[] =>
	ethernet(
		0x0800,
		ipv4(
			17,
			udp(
				[...text].map((letter) => letter.charCodeAt(0)),
				{ from, to },
			),
			{ source, destination, id, ttl },
		),
	);

export const endpoint = ({ ip, port }: { ip: string | undefined; port: number | undefined }): string => `${ip}:${port}`;
