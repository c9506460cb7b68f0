/**
 * Serial lines: each is one flow without an end, whose server is the line (the devices on it are its units) and whose client is whoever asks there. A line is known by
 * the name of the interface that listens on it, so that it is the same line in each run and in its recordings.
 */
import type { Frame } from "../capture/frame.ts";
import { isLoss, SERIAL_HEADER, serialEvent } from "../wire/serial.ts";
import type { Endpoint, FlowView } from "./flow.ts";

/** A box has a few; a capture may claim any number. */
export const MAX_LINES = 64;
const MAX_NAME = 64;
/** What a recording without names of interfaces calls its line. */
const NAMELESS = "serial";

/** One line. */
export class LineFlow implements FlowView {
	readonly id: number;
	readonly transport = "serial";
	readonly client: Endpoint;
	readonly server: Endpoint;
	readonly vlan = -1;
	readonly macChanges = 0;
	readonly isConversation = true;
	/** Slots for the layers to the right, as in a flow of the flow table. */
	decoding: unknown = undefined;
	analysis: unknown = undefined;

	constructor(id: number, name: string) {
		this.id = id;
		this.server = { ip: undefined, port: undefined, mac: undefined, line: name };
		this.client = { ip: undefined, port: undefined, mac: undefined, line: `${name}-master` };
	}
}

/** Takes what the lines carry. Bytes are on loan. */
export interface LineSink {
	/** Bytes of a line as they were handed over together. */
	lineData(line: LineFlow, bytes: Uint8Array, start: number, end: number): void;
	/** Bytes of a line were lost. */
	lineGap(line: LineFlow): void;
	/** Nothing more comes: the capture ended. */
	lineClosed(line: LineFlow): void;
}

export class Lines {
	readonly counters = { serialFrames: 0, serialBytes: 0, serialLost: 0, serialUnreadable: 0, linesBound: 0 };
	readonly #sink: LineSink;
	readonly #lines = new Map<string, LineFlow>();

	constructor(sink: LineSink) {
		this.#sink = sink;
	}

	/** A frame of LINKTYPE_RTAC_SERIAL. */
	frame(frame: Readonly<Frame>): void {
		const { bytes, start, interfaceName = "" } = frame;
		const end = Math.min(start + frame.capturedLength, bytes.length);
		const event = serialEvent(bytes, start, end);
		if (event < 0) {
			this.counters.serialUnreadable++;
			return;
		}
		let line = this.#lines.get(interfaceName);
		if (line === undefined) {
			if (this.#lines.size >= MAX_LINES) {
				this.counters.linesBound++;
				return;
			}
			line = new LineFlow(this.#lines.size + 1, nameOf(interfaceName));
			this.#lines.set(interfaceName, line);
		}
		this.counters.serialFrames++;
		if (isLoss(event)) {
			this.counters.serialLost++;
			this.#sink.lineGap(line);
		}
		const from = start + SERIAL_HEADER;
		if (from < end) {
			this.counters.serialBytes += end - from;
			this.#sink.lineData(line, bytes, from, end);
		}
		if (frame.wireLength > frame.capturedLength) this.#sink.lineGap(line);
	}

	/** The capture ended. */
	flush(): void {
		for (const line of this.#lines.values()) this.#sink.lineClosed(line);
		this.#lines.clear();
	}
}

/** A name from a capture becomes part of ids and topics: the last part of a path, of plain characters. */
function nameOf(interfaceName: string): string {
	const name = interfaceName.slice(interfaceName.lastIndexOf("/") + 1).replace(/[^\w.:-]/g, "_");
	return name === "" ? NAMELESS : name.slice(0, MAX_NAME);
}
