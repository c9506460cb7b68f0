/**
 * A serial line with Modbus on it (MODBUS over Serial Line V1.02): one client ("master") asks, the servers ("slaves") answer, one at a time (2.1). A tap sees both
 * sides of the same wire, so who sent a frame follows from its length, from what is waited for, and from the time.
 */
import type { Clock, DecoderContext, Line, LineDecoder } from "../../src/decode/protocol.ts";
import { FUNCTION, VIOLATION } from "./codes.ts";
import { Exchange } from "./exchange.ts";
import { Framer, type NoiseRun, PAUSE, type SerialFrame } from "./framer.ts";
import type { ModbusObservation } from "./observation.ts";
import { REQUEST, RESPONSE } from "./rtu.ts";
import { MAX_LENGTH, senderOf } from "./wire.ts";

export const modbusLine: LineDecoder<ModbusObservation> = { open: (context) => new ModbusLine(context) };

/** Microseconds of stillness after which no adapter hands over the rest of a frame any more (an FTDI holds bytes for up to 16 ms, a busy machine longer). */
const PATIENCE = 100_000;
/** A frame that comes again within this time, unless it may be the answer, is its echo. */
const ECHO_WITHIN = 50_000;
/** Echoes, or frames without one, in a row after which it is taken for granted that each frame has one, or none. */
const ECHO_SURE = 3;
/** Microseconds within which a frame that looks like the request is its answer: for a server that has not answered yet; and at least and in its longest latencies. */
const FIRST_ANSWER = 400_000;
const SOON = 100_000;
const LATENCIES = 4;
/** Bytes of noise that may have been a frame. */
const DISTURBED_BYTES = 2;
/** What the longest latency of a server loses with each answer, so that one slow answer is not believed for ever. */
const FADING = 0.99;

class ModbusLine implements Line {
	readonly #context: DecoderContext<ModbusObservation>;
	readonly #clock: Clock = { time: 0, frame: 0 };
	readonly #exchange: Exchange;
	readonly #framer: Framer;

	/** The latest request: unit and PDU, when, and whether it waits for an answer. */
	readonly #asked = new Uint8Array(MAX_LENGTH);
	#askedLength = 0;
	#askedAt = 0;
	#isWaiting = false;
	/** The latest frame of any kind, when its last byte came, and whether it was an echo. */
	readonly #latest = new Uint8Array(MAX_LENGTH);
	#latestLength = 0;
	#latestTime = Number.NEGATIVE_INFINITY;
	#latestIsEcho = false;
	#latestIsPlain = false;
	/** Above 0: frames in a row that had an echo; below: that had none. */
	#echoes = 0;
	/** Noise of which it is not yet known whether a pause follows: how many bytes, and when it ended. */
	#burstBytes = 0;
	#burstTime = 0;
	/** When a request, as it seems, was disturbed. */
	#disturbedAt = Number.NEGATIVE_INFINITY;
	/** By unit: microseconds from request to answer, the longest; 0 for none. */
	readonly #latencies = new Float64Array(256);

	constructor(context: DecoderContext<ModbusObservation>) {
		this.#context = context;
		this.#exchange = new Exchange(context, this.#clock);
		this.#framer = new Framer(
			{
				found: (frame) => this.#found(frame),
				noise: (run) => this.#noise(run),
				isDue: (unit, code, time) => unit === this.#asked[0] && (code & 127) === this.#asked[1] && this.#isExpected(time),
			},
			PATIENCE,
		);
	}

	get deadline(): number {
		return Math.min(this.#framer.deadline, this.#exchange.deadline);
	}

	data(bytes: Uint8Array, start: number, end: number): void {
		const { time, frame } = this.#context.clock;
		this.#framer.push(bytes, start, end, time, frame);
	}

	gap(): void {
		this.#framer.quiet();
		this.#exchange.forget();
		this.#isWaiting = false;
	}

	end(): void {
		this.#framer.quiet();
	}

	expire(now: number): void {
		if (now >= this.#framer.deadline) this.#framer.quiet();
		this.#exchange.expire(now);
	}

	#found(frame: SerialFrame): void {
		const { bytes, pdu, size, unit } = frame;
		this.#settleBurst(frame.since);
		const plain = plainShape(frame);
		if (this.#isEcho(frame, plain !== undefined)) {
			this.#context.count("echo");
			return;
		}
		this.#clock.time = frame.time;
		this.#clock.frame = frame.frame;
		this.#exchange.framing = frame.framing;
		const violations = frame.isOdd ? VIOLATION.length : 0;
		const sender = plain ?? (this.#isAnswer(frame) || this.#followsDisturbed(frame) ? RESPONSE : REQUEST);
		this.#disturbedAt = Number.NEGATIVE_INFINITY;
		if (sender === REQUEST) {
			this.#exchange.giveUpAll();
			this.#exchange.request(bytes, pdu, size, -1, unit, violations);
			this.#isWaiting = this.#exchange.isWaiting;
			this.#askedAt = frame.time;
			this.#askedLength = keep(this.#asked, frame);
		} else {
			if (this.#isWaiting && unit === this.#asked[0]) {
				this.#latencies[unit] = Math.max(this.#latencies[unit]! * FADING, frame.time - this.#askedAt);
				this.#isWaiting = false;
			}
			this.#exchange.answer(bytes, pdu, size, -1, unit, violations);
		}
	}

	/** A frame that could be either is the answer where its own request waits, it says what that answer would say, and it comes in time. */
	#isAnswer(frame: SerialFrame): boolean {
		const { bytes, pdu, size, unit } = frame;
		// 2.2: no answer is returned to a broadcast.
		if (unit === 0 || unit !== this.#asked[0] || (bytes[pdu]! & 127) !== this.#asked[1]) return false;
		if (!this.#isExpected(frame.time)) return false;
		switch (bytes[pdu]) {
			case FUNCTION.readCoils:
			case FUNCTION.readDiscreteInputs:
				// Three bytes of answer look like a request.
				return bytes[pdu + 1] === (((this.#asked[4]! << 8) | this.#asked[5]!) + 7) >> 3;
			case FUNCTION.writeSingleCoil:
			case FUNCTION.writeSingleRegister:
			case FUNCTION.writeFileRecord:
			case FUNCTION.maskWriteRegister:
				return size + 1 === this.#askedLength && isSame(this.#asked, frame);
			case FUNCTION.diagnostics:
				return bytes[pdu + 1] === this.#asked[2] && bytes[pdu + 2] === this.#asked[3];
			default:
				return true;
		}
	}

	/** The answer to the latest request may yet come: the client has not gone on by itself. */
	#isExpected(time: number): boolean {
		const longest = this.#latencies[this.#asked[0]!]!;
		return this.#isWaiting && time - this.#askedAt <= (longest > 0 ? Math.max(SOON, LATENCIES * longest) : FIRST_ANSWER);
	}

	/** Noise by itself, with more than the stray byte of a driver that switches, was a frame: the answer that was due (to a disturbed request too), else a request. */
	#settleBurst(next: number): void {
		if (this.#burstBytes >= DISTURBED_BYTES && next - this.#burstTime >= PAUSE) {
			const isAnswer = this.#isExpected(this.#burstTime) || this.#burstTime - this.#disturbedAt <= SOON;
			this.#disturbedAt = isAnswer ? Number.NEGATIVE_INFINITY : this.#burstTime;
			this.#isWaiting = false;
		}
		this.#burstBytes = 0;
	}

	/** Behind a disturbed request, it is the answer to what was disturbed. */
	#followsDisturbed({ unit, since }: SerialFrame): boolean {
		const pause = since - this.#disturbedAt;
		return unit !== 0 && pause >= PAUSE && pause <= SOON;
	}

	/**
	 * Some taps show each frame twice. A frame that is surely a request, or surely an answer, does not come twice at once; the others do (a write and its answer), and are
	 * believed to be echoes where the line is known to have them.
	 */
	#isEcho(frame: SerialFrame, isPlain: boolean): boolean {
		const isAgain =
			!this.#latestIsEcho &&
			frame.size + 1 === this.#latestLength &&
			frame.since - this.#latestTime < ECHO_WITHIN &&
			isSame(this.#latest, frame);
		const isEcho = isAgain && (isPlain || this.#echoes >= ECHO_SURE);
		if (isEcho) {
			if (isPlain && this.#echoes < ECHO_SURE) this.#echoes = Math.max(0, this.#echoes) + 1;
		} else if (this.#latestIsPlain && !this.#latestIsEcho && this.#echoes > -ECHO_SURE) this.#echoes--;
		this.#latestIsEcho = isEcho;
		this.#latestIsPlain = isPlain;
		this.#latestTime = frame.time;
		if (!isEcho) this.#latestLength = keep(this.#latest, frame);
		return isEcho;
	}

	#noise(run: NoiseRun): void {
		this.#context.count("noise");
		this.#settleBurst(run.since);
		this.#burstBytes = run.count;
		this.#burstTime = run.time;
		this.#clock.time = run.time;
		this.#clock.frame = run.frame;
		this.#exchange.noise(run.bytes, run.shown, run.count);
	}
}

/** REQUEST or RESPONSE where the frame itself says which. */
function plainShape({ shapes, bytes, pdu, size, isOdd }: SerialFrame): number | undefined {
	if (shapes !== (REQUEST | RESPONSE)) return shapes;
	if (isOdd) return undefined;
	const sender = senderOf(bytes, pdu, pdu + size, size);
	return sender === undefined ? undefined : sender === "client" ? REQUEST : RESPONSE;
}

/** Keeps unit and PDU of a frame; returns how many bytes. */
function keep(into: Uint8Array, { bytes, pdu, size }: SerialFrame): number {
	for (let index = -1; index < size; index++) into[index + 1] = bytes[pdu + index]!;
	return size + 1;
}

function isSame(kept: Uint8Array, { bytes, pdu, size }: SerialFrame): boolean {
	for (let index = -1; index < size; index++) if (kept[index + 1] !== bytes[pdu + index]) return false;
	return true;
}
