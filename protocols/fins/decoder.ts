/** FINS over UDP, a frame in each datagram, and over TCP, where each message says its length and is found again by its first four octets. */
import { MessageReader, type MessageUser, MORE, UNFINISHED } from "../../src/decode/messageReader.ts";
import { type DatagramDecoder, PROBE, type Probe, type Stream, type StreamDecoder } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u16, u32 } from "../../src/wire/bytes.ts";
import { COMMANDS } from "./codes.ts";
import { Exchange } from "./exchange.ts";
import type { FinsObservation } from "./observation.ts";
import { BROKEN, FRAME, isAnswer, isFrame, isKnown, MAX_MESSAGE, messageAt, NONE, PORT, TCP, TCP_COMMAND } from "./wire.ts";

const TCP_COMMANDS: ReadonlySet<number> = new Set(Object.values(TCP_COMMAND));

type Sender = "client" | "server" | undefined;

export const finsUdp: DatagramDecoder<FinsObservation> = {
	ports: [PORT],
	probe: probeDatagram,
	sender: (bytes, start, end) => (isFrame(bytes, start, end) ? (isAnswer(bytes, start) ? "server" : "client") : undefined),
	open: (context) => new FinsDatagrams(context),
};

export const finsTcp: StreamDecoder<FinsObservation> = {
	ports: [PORT],
	maxMessage: MAX_MESSAGE,
	probe: probeStream,
	sender: senderOf,
	open: (context) => new FinsStream(context),
};

/** A header has few bits that are fixed, so off its own port both directions have to fit; one of a command that nobody knows does not even there. */
function probeDatagram(bytes: Uint8Array, start: number, end: number): Probe {
	if (!isFrame(bytes, start, end)) return PROBE.mismatch;
	if (!isKnown(bytes, start)) return PROBE.more;
	if (isAnswer(bytes, start)) return PROBE.match;
	return end - start - FRAME.text >= COMMANDS.get(u16(bytes, start + FRAME.command))!.least ? PROBE.match : PROBE.more;
}

/** The first four octets with a length and a command are certain. */
function probeStream(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	const length = messageAt(bytes, start, end);
	if (length === NONE) return PROBE.mismatch;
	if (length === BROKEN) return isHinted === true ? PROBE.match : PROBE.mismatch;
	if (length === MORE || end - start < TCP.error) return PROBE.more;
	if (TCP_COMMANDS.has(u32(bytes, start + TCP.command))) return PROBE.certain;
	return isHinted === true ? PROBE.match : PROBE.mismatch;
}

function senderOf(bytes: Uint8Array, start: number, end: number): Sender {
	if (messageAt(bytes, start, end) <= 0 || end - start <= TCP.body) return undefined;
	const command = u32(bytes, start + TCP.command);
	if (command === TCP_COMMAND.clientNode) return "client";
	if (command === TCP_COMMAND.serverNode) return "server";
	return command === TCP_COMMAND.frame ? (isAnswer(bytes, start + TCP.body) ? "server" : "client") : undefined;
}

class FinsDatagrams extends Exchange {
	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		if (!isFrame(bytes, start, end)) return false;
		this.begin(end - start);
		this.finsFrame(bytes, start, end, direction);
		return true;
	}
}

class FinsStream extends Exchange implements Stream, MessageUser {
	readonly soundness = PROBE.certain;
	readonly #reader = new MessageReader(this, this.context.clock);

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		return this.#reader.data(bytes, start, end, direction);
	}

	gap(direction: Direction): void {
		this.#reader.gap(direction);
		this.forget();
	}

	lengthAt(bytes: Uint8Array, at: number, end: number): number {
		return messageAt(bytes, at, end);
	}

	probe(bytes: Uint8Array, start: number, end: number): Probe {
		return probeStream(bytes, start, end);
	}

	broken(size: number, direction: Direction, why: number): void {
		this.begin(size).violation = why === UNFINISHED ? "unfinished" : why === BROKEN ? "length" : "magic";
		this.emit(direction, direction === TO_CLIENT);
	}

	message(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const body = start + TCP.body;
		const out = this.begin(Math.max(0, end - body));
		out.tcpCommand = u32(bytes, start + TCP.command);
		out.tcpError = u32(bytes, start + TCP.error);
		const size = end - body;
		switch (out.tcpCommand) {
			case TCP_COMMAND.frame:
				if (isFrame(bytes, body, end)) {
					this.finsFrame(bytes, body, end, direction);
					return;
				}
				out.violation = "header";
				break;
			case TCP_COMMAND.clientNode:
				if (size < 4) out.violation = "length";
				else out.clientNode = u8(bytes, body + 3);
				break;
			case TCP_COMMAND.serverNode:
				// Where it refuses, nothing need stand behind the error.
				if (size >= 8) {
					out.clientNode = u8(bytes, body + 3);
					out.serverNode = u8(bytes, body + 7);
				} else if (out.tcpError === 0) out.violation = "length";
				break;
			case TCP_COMMAND.error:
			case TCP_COMMAND.confirm:
				break;
			default:
				out.violation = "tcp-command";
		}
		if (out.violation === "") out.kind = "connection";
		const isByServer = out.tcpCommand === TCP_COMMAND.serverNode || (out.tcpCommand !== TCP_COMMAND.clientNode && direction !== TO_SERVER);
		this.emit(direction, isByServer);
	}
}
