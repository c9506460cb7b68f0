/**
 * TFTP (RFC 1350) with its options (RFC 2347) over UDP. One datagram, one packet. A request goes to port 69; the answer comes from a port that the server chooses for the
 * transfer (RFC 1350, 4), and so in a flow of its own, in which nothing is certain enough to be claimed: a block is four bytes and any data. What is read is the request's
 * flow, where servers that keep to one port answer too.
 */
import { type DecoderContext, PROBE, type Probe } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT } from "../../src/flow/flow.ts";
import { u8, u16 } from "../../src/wire/bytes.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { isErrorCode, MODES, OPCODE } from "./codes.ts";
import type { TftpObservation } from "./observation.ts";
import { LENGTH, MAX_REQUEST, OFFSET } from "./wire.ts";

/** Options of one packet that are kept; five are defined (RFC 2090, 2348, 2349, 7440). */
const MAX_OPTIONS = 16;
/** Bytes of a text that are kept: of a file's name the last ones, of others the first. A request that is not too long has less. */
const MAX_TEXT = 512;

const LONGEST_MODE = "netascii".length;

const textFrom = (bytes: Uint8Array, start: number, end: number): string => utf8Of(bytes, start, Math.min(end, start + MAX_TEXT));

/** Where the zero byte is that ends a text; `end` where there is none. */
function zeroFrom(bytes: Uint8Array, start: number, end: number): number {
	const at = bytes.subarray(0, end).indexOf(0, start);
	return at < 0 ? end : at;
}

/** Whether a byte may begin an honest name. */
const isVisible = (byte: number): boolean => byte > 0x20 && byte !== 0x7f;

/** The mode of the request whose mode begins at `start`, in lower case; empty where it is none (RFC 1350, 5: any combination of upper and lower case). */
function modeAt(bytes: Uint8Array, start: number, end: number): string {
	const last = Math.min(end, start + LONGEST_MODE + 1);
	const stop = zeroFrom(bytes, start, last);
	if (stop === last) return "";
	const mode = utf8Of(bytes, start, stop).toLowerCase();
	return MODES.has(mode) ? mode : "";
}

/** Whether the bytes are a TFTP packet. Only a request with its mode is one wherever it is seen; of the others too little is fixed. */
export function probe(bytes: Uint8Array, start: number, end: number): Probe {
	if (end - start < LENGTH.shortest) return PROBE.mismatch;
	switch (u16(bytes, start)) {
		case OPCODE.read:
		case OPCODE.write: {
			const first = u8(bytes, start + OFFSET.fileName);
			if (first === 0) return PROBE.mismatch;
			const stop = zeroFrom(bytes, start + OFFSET.fileName, end);
			return isVisible(first) && stop < end && modeAt(bytes, stop + 1, end) !== "" ? PROBE.certain : PROBE.match;
		}
		case OPCODE.data:
			return PROBE.match;
		case OPCODE.acknowledgement:
			return end - start === LENGTH.acknowledgement ? PROBE.match : PROBE.mismatch;
		case OPCODE.error:
			return end - start >= LENGTH.error && isErrorCode(u16(bytes, start + OFFSET.errorCode)) ? PROBE.match : PROBE.mismatch;
		case OPCODE.optionAcknowledgement:
			return isVisible(u8(bytes, start + OFFSET.options)) ? PROBE.match : PROBE.mismatch;
		default:
			return PROBE.mismatch;
	}
}

/** Who sent it: only a client asks, and only a server acknowledges options. Blocks go both ways. */
export function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (end - start < LENGTH.shortest) return undefined;
	const opcode = u16(bytes, start);
	if (opcode === OPCODE.read || opcode === OPCODE.write) return "client";
	return opcode === OPCODE.optionAcknowledgement ? "server" : undefined;
}

/** Decodes one flow's datagrams. */
export class TftpDatagrams {
	readonly deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<TftpObservation>;
	/** The flow's latest request, until an error answers it; opcode 0 for none. */
	readonly #asked = { opcode: 0, fileName: "", time: 0, frame: 0 };
	readonly #out: TftpObservation = {
		protocol: "tftp",
		kind: "request",
		time: 0,
		frame: 0,
		opcode: 0,
		fileName: "",
		mode: "",
		options: [],
		block: -1,
		length: -1,
		errorCode: -1,
		errorText: "",
		requestOpcode: 0,
		requestFrame: 0,
		latency: -1,
		violation: "",
	};

	constructor(context: DecoderContext<TftpObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		if (probe(bytes, start, end) === PROBE.mismatch) return false;
		const out = this.#out;
		const { clock, emit } = this.#context;
		out.time = clock.time;
		out.frame = clock.frame;
		out.opcode = u16(bytes, start);
		out.fileName = out.mode = out.errorText = out.violation = "";
		out.options = [];
		out.block = out.length = out.errorCode = out.latency = -1;
		out.requestOpcode = 0;
		out.requestFrame = clock.frame;
		switch (out.opcode) {
			case OPCODE.data:
				out.kind = "data";
				out.block = u16(bytes, start + OFFSET.block);
				out.length = end - start - OFFSET.data;
				break;
			case OPCODE.acknowledgement:
				out.kind = "acknowledgement";
				out.block = u16(bytes, start + OFFSET.block);
				break;
			case OPCODE.error:
				this.#error(bytes, start, end, direction);
				break;
			case OPCODE.optionAcknowledgement:
				out.kind = "option-acknowledgement";
				this.#options(bytes, start + OFFSET.options, end);
				break;
			default:
				this.#request(bytes, start, end);
		}
		if (out.violation !== "") out.kind = "malformed";
		emit(out);
		return true;
	}

	/** Nothing waits: whether anybody answers is not seen in this flow. */
	expire(_now: number): void {}

	/** RFC 1350, 5: file name and mode, each ended by a zero byte; options behind them (RFC 2347). */
	#request(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		out.kind = "request";
		const from = start + OFFSET.fileName;
		const stop = zeroFrom(bytes, from, end);
		out.fileName = utf8Of(bytes, Math.max(from, stop - MAX_TEXT), stop);
		if (stop >= end) out.violation = "file-name";
		else {
			out.mode = modeAt(bytes, stop + 1, end);
			if (out.mode === "") out.violation = "mode";
			else this.#options(bytes, stop + 2 + out.mode.length, end);
		}
		if (out.violation === "" && end - start > MAX_REQUEST) out.violation = "length";
		Object.assign(this.#asked, { opcode: out.opcode, fileName: out.fileName, time: out.time, frame: out.frame });
	}

	/** RFC 2347: name and value, each ended by a zero byte. Zero bytes at the end fill up. */
	#options(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		for (let at = start; at < end; ) {
			const name = zeroFrom(bytes, at, end);
			const value = zeroFrom(bytes, name + 1, end);
			if (name === at) {
				if (bytes.subarray(at, end).some((byte) => byte !== 0)) out.violation = "option";
				return;
			}
			if (name >= end || value >= end || out.options.length === MAX_OPTIONS) {
				out.violation = "option";
				return;
			}
			out.options.push({ name: textFrom(bytes, at, name).toLowerCase(), value: textFrom(bytes, name + 1, value) });
			at = value + 1;
		}
	}

	/** RFC 1350, 5: a code and a text for people. The text may lack its zero byte. */
	#error(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const out = this.#out;
		const asked = this.#asked;
		out.kind = "error";
		out.errorCode = u16(bytes, start + OFFSET.errorCode);
		const from = start + OFFSET.errorText;
		out.errorText = textFrom(bytes, from, zeroFrom(bytes, from, end));
		if (direction !== TO_CLIENT || asked.opcode === 0) return;
		out.requestOpcode = asked.opcode;
		out.fileName = asked.fileName;
		out.requestFrame = asked.frame;
		out.latency = out.time - asked.time;
		asked.opcode = 0;
	}
}
