/** JSON lines on standard output or in a file, and the common fields of a `decode` line (DESIGN section 7). */
import { closeSync, openSync, writeSync } from "node:fs";
import type { AnyProtocol, ObservationBase } from "../decode/protocol.ts";
import type { ServiceGuess } from "../decode/service.ts";
import type { Endpoint, Flow, FlowView } from "../flow/flow.ts";
import { UsageError } from "./failure.ts";

/** Text gathered before it is written. */
const BATCH = 65_536;

/** Writes lines in batches, synchronously: a slow reader slows us, it does not fill memory. */
export class LineWriter {
	readonly #descriptor: number;
	readonly #isFile: boolean;
	#text = "";
	/** The reader went away (a closed pipe): nothing more is written. */
	isClosed = false;

	/** `path` or "-" for standard output. Throws a UsageError where the file cannot be written. */
	constructor(path: string) {
		this.#isFile = path !== "-";
		try {
			this.#descriptor = this.#isFile ? openSync(path, "w") : 1;
		} catch (error) {
			throw new UsageError(
				`${path} cannot be written (${(error as NodeJS.ErrnoException).code}): name a file in a folder that you may write to.`,
			);
		}
	}

	write(value: unknown): void {
		this.print(`${JSON.stringify(value)}\n`);
	}

	/** Text that is no JSON line: a document, a sentence; with its line end. */
	print(text: string): void {
		this.#text += text;
		if (this.#text.length > BATCH) this.flush();
	}

	flush(): void {
		const bytes = Buffer.from(this.#text);
		this.#text = "";
		let at = 0;
		while (at < bytes.length && !this.isClosed) {
			try {
				at += writeSync(this.#descriptor, bytes, at);
			} catch (error) {
				const { code } = error as NodeJS.ErrnoException;
				if (code === "EAGAIN") Atomics.wait(NAP, 0, 0, 1);
				else if (code === "EPIPE") this.isClosed = true;
				else throw error;
			}
		}
	}

	close(): void {
		this.flush();
		if (this.#isFile) closeSync(this.#descriptor);
	}
}

/** Data for standard output. */
export function output(text: string): void {
	const lines = new LineWriter("-");
	lines.print(text);
	lines.flush();
	lines.close();
}

const NAP = new Int32Array(new SharedArrayBuffer(4));

/** Microseconds to seconds with six decimals. */
export const seconds = (micros: number): number => Math.round(micros) / 1e6;

const party = ({ ip, port, mac, line }: Endpoint): { ip?: string; port?: number; mac?: string; line?: string } => ({
	...(ip !== undefined && { ip }),
	...(port !== undefined && { port }),
	...(mac !== undefined && { mac }),
	...(line !== undefined && { line }),
});

/** The line of one observation. Owned by the caller. */
export function observationLine(protocol: AnyProtocol, observation: ObservationBase, flow: FlowView): Record<string, unknown> {
	return {
		frame: observation.frame,
		ts: seconds(observation.time),
		protocol: protocol.name,
		kind: observation.kind,
		client: party(flow.client),
		server: party(flow.server),
		...protocol.record(observation),
	};
}

/** The line of a flow that ended: what it was and how much it carried. */
export function flowLine(flow: Flow, service: ServiceGuess | undefined): Record<string, unknown> {
	return {
		frame: flow.lastFrame,
		ts: seconds(flow.lastTime),
		protocol: "flow",
		kind: "flow",
		client: party(flow.client),
		server: party(flow.server),
		transport: flow.transport,
		...(service !== undefined && { service: service.service, serviceBy: service.by }),
		first: seconds(flow.firstTime),
		firstFrame: flow.firstFrame,
		packetsToServer: flow.packets[0],
		packetsToClient: flow.packets[1],
		bytesToServer: flow.bytes[0],
		bytesToClient: flow.bytes[1],
		...(flow.vlan >= 0 && { vlan: flow.vlan }),
		...(flow.transport === "tcp" && { handshake: flow.sawHandshake }),
		...(flow.isReversed && { reversed: true }),
	};
}
