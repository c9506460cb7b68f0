/**
 * The sniffer of a serial line: a process of its own, which copies what it reads from the port into pcapng (LINKTYPE_RTAC_SERIAL, 250) on its standard output, and
 * does nothing else. `LiveCapture` starts it and reads it like the sniffer of a network interface; it tells the same messages (`parent.ts`).
 *
 * Listens only: `serialport` opens the port for a moment to set rate and format, since no file system call can; what is read is read through a descriptor that is
 * open for reading alone, so that the kernel refuses any write, and no other descriptor of the port is left open.
 */
import { constants, openSync, read } from "node:fs";
import { Batch } from "./batch.ts";
import { CAPTURE_ERROR, type CaptureErrorCode } from "./error.ts";
import { LINK_TYPE } from "./frame.ts";
import { LineSense } from "./lineSense.ts";
import { fail, tell, write } from "./parent.ts";
import { RateFinder, type Trial } from "./rateFinder.ts";
import { serialPorts } from "./serialPorts.ts";
import { type SerialSettings, settingsWords } from "./serialSettings.ts";

/** What the sniffer is told, as JSON in its first argument. */
export interface SerialSnifferOptions extends SerialSettings {
	/** Fail when there is no such port, instead of waiting for it. */
	mustExist: boolean;
}

/** Bytes of one read. A line at 115,200 baud brings 11 a millisecond. */
const READ_BYTES = 1024;
/** LINKTYPE_RTAC_SERIAL: seconds, microseconds, event, control lines, reserved. */
const HEADER = 12;
const EVENT = { at: 8, dataReceived: 2, captureLost: 5 } as const;
const STATISTICS_MILLIS = 1000;
const RETRY_MILLIS = 250;
const RETRIES_PER_MESSAGE = 4;
/** The clock is read anew when it has moved against the steady one by more than this, milliseconds. */
const CLOCK_DRIFT = 2;

const options = JSON.parse(process.argv[2] ?? "{}") as SerialSnifferOptions;
const { path, name } = options;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Microseconds since the epoch, finer than the clock's milliseconds. */
class FineClock {
	#offset = Date.now() - performance.now();

	now(): number {
		const steady = performance.now();
		const offset = Date.now() - steady;
		if (Math.abs(offset - this.#offset) > CLOCK_DRIFT) this.#offset = offset;
		return Math.floor((steady + this.#offset) * 1000);
	}
}

const batch = new Batch(READ_BYTES, READ_BYTES + HEADER);
const clock = new FineClock();
const words = new Uint32Array((HEADER + READ_BYTES) / 4);
const record = new Uint8Array(words.buffer);
const header = new DataView(words.buffer);
let chunks = 0;

/** Writes bytes that were read as one frame; or that bytes were lost before those that follow. */
function give(bytes: Uint8Array, time: number, event: number = EVENT.dataReceived): void {
	const seconds = Math.floor(time / 1e6);
	header.setUint32(0, seconds);
	header.setUint32(4, time - seconds * 1e6);
	header.setUint8(EVENT.at, event);
	record.set(bytes, HEADER);
	chunks++;
	batch.add(seconds, time - seconds * 1e6, HEADER + bytes.length, HEADER + bytes.length, words);
	flush();
}

function flush(): void {
	write(batch.bytes);
	batch.clear();
}

/** For the sentence that a port is not there. */
function existing(): string {
	const ports = serialPorts();
	return ports.length === 0 ? "There is none that is known to be one" : `There is ${ports.join(", ")}`;
}

type SerialPortClass = typeof import("serialport").SerialPort;

/** Request to send is off; and an adapter hands bytes over at once, where it can. */
const CONTROL = { rts: false, dtr: true, lowLatency: true };

/** Sets rate and format; `meanwhile` is done while the port is open: a port that nobody has open may forget them. */
async function configure(SerialPort: SerialPortClass, { baudRate, format }: Trial, meanwhile: () => void = () => {}): Promise<void> {
	const port = new SerialPort({ path, baudRate, ...format, autoOpen: false, lock: false, hupcl: false });
	await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
	// An adapter that takes RTS for "send" must not hold the line. Pseudo terminals have no such lines.
	await new Promise<void>((resolve) => port.set(CONTROL, () => resolve()));
	try {
		meanwhile();
	} finally {
		await new Promise<void>((resolve) => port.close(() => resolve()));
	}
}

/** Why a port could not be opened: it may come yet, or never. */
function explain(error: unknown, trial: Trial): { isGone: boolean; code: CaptureErrorCode; sentence: string } {
	const { message, code } = error as NodeJS.ErrnoException;
	const isGone = /no such (?:file|device)|input\/output error|ENOENT|ENXIO|ENODEV|EIO/i.test(`${code} ${message}`);
	if (isGone)
		return {
			isGone,
			code: CAPTURE_ERROR.noSerialPort,
			sentence: `There is no serial port ${path}. ${existing()}: is the adapter plugged in?`,
		};
	if (/permission|EACCES|EPERM/i.test(`${code} ${message}`))
		return {
			isGone,
			code: CAPTURE_ERROR.noPermission,
			sentence: `No permission to read ${path}: let the user of Spanwatch into the group that owns it (usually "dialout").`,
		};
	return {
		isGone,
		code: CAPTURE_ERROR.openFailed,
		sentence: `${path} could not be opened at ${settingsWords(trial.baudRate, trial.format)} (${message}): is it a serial port, and does it know this rate?`,
	};
}

async function main(): Promise<void> {
	let SerialPort: SerialPortClass;
	try {
		({ SerialPort } = await import("serialport"));
	} catch (error) {
		const why = (error as Error).message.split("\n")[0];
		return fail(
			CAPTURE_ERROR.noSerialport,
			`Listening on serial lines needs the package "serialport", which is not here (${why}): run "npm install" again.`,
		);
	}
	process.on("disconnect", () => process.exit(0));
	if (!process.connected) process.exit(0);
	batch.open(name, LINK_TYPE.rtacSerial, READ_BYTES + HEADER);
	flush();
	const isFixed = options.baudRate !== undefined && options.format !== undefined;
	const finder = new RateFinder(options);
	setInterval(() => {
		batch.statistics(Date.now() * 1000, chunks, 0, 0);
		flush();
	}, STATISTICS_MILLIS);

	const { trial } = finder;
	let descriptor = -1;
	for (let tries = 0; ; tries++) {
		try {
			await configure(SerialPort, trial, () => {
				descriptor = openSync(path, constants.O_RDONLY | constants.O_NOCTTY);
			});
			break;
		} catch (error) {
			const { isGone, code, sentence } = explain(error, trial);
			if (!isGone || (tries === 0 && options.mustExist)) return fail(code, sentence);
			if (tries % RETRIES_PER_MESSAGE === 0) await tell({ type: "blind", state: "down", sentence: `${path} is gone.` });
			await pause(RETRY_MILLIS);
		}
	}
	if (isFixed) await tell({ type: "opened", as: settingsWords(trial.baudRate, trial.format) });
	else {
		await tell({ type: "blind", state: "deaf", sentence: `The rate of ${path} is being found out; its line must be in use for that.` });
		await find(SerialPort, descriptor, finder);
	}
	const sense = new LineSense();
	for (;;) {
		const bytes = await take(descriptor);
		if (bytes === undefined) return lose();
		const time = clock.now();
		give(bytes, time);
		if (isFixed || sense.take(bytes, time)) continue;
		const was = settingsWords(finder.trial.baudRate, finder.trial.format);
		const sentence = `What arrives at ${path} makes no sense any more at ${was}: its rate is being found out again.`;
		await tell({ type: "blind", state: "deaf", sentence });
		try {
			finder.next();
			await configure(SerialPort, finder.trial);
		} catch {
			return lose();
		}
		// Nobody shall wait for an answer that may have been among what is not understood.
		give(NO_BYTES, time, EVENT.captureLost);
		await find(SerialPort, descriptor, finder);
	}
}

/** The port is gone. A new process begins anew: it costs little, and holds nothing of before. */
async function lose(): Promise<never> {
	await tell({ type: "blind", state: "down", sentence: `${path} is gone.` });
	process.exit(0);
}

const buffer = new Uint8Array(READ_BYTES);
/** What comes next, on loan until the next call; undefined where the port is gone. */
const take = (descriptor: number): Promise<Uint8Array | undefined> =>
	new Promise((resolve) =>
		read(descriptor, buffer, 0, READ_BYTES, null, (error, count) =>
			resolve(error !== null || count === 0 ? undefined : buffer.subarray(0, count)),
		),
	);

/** Tries one setting after the other until the line is understood; what was read in the right one is given. */
async function find(SerialPort: SerialPortClass, descriptor: number, finder: RateFinder): Promise<void> {
	for (let waiting: Promise<Uint8Array | undefined> | undefined; ; ) {
		waiting ??= take(descriptor);
		const bytes = await Promise.race([waiting, pause(STATISTICS_MILLIS).then(() => NO_BYTES)]);
		if (bytes === undefined) return lose();
		if (bytes !== NO_BYTES) waiting = undefined;
		const { trial } = finder;
		const verdict = finder.take(bytes, clock.now());
		if (verdict === "found") {
			give(finder.bytes, clock.now());
			await tell({ type: "opened", as: settingsWords(trial.baudRate, trial.format) });
			// A read that is under way goes on; its bytes are the next.
			if (waiting !== undefined) give((await waiting) ?? (await lose()), clock.now());
			return;
		}
		if (verdict === "more") continue;
		try {
			await configure(SerialPort, finder.trial);
		} catch {
			return lose();
		}
	}
}
const NO_BYTES = new Uint8Array(0);

void main();
