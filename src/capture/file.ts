/**
 * The bytes of a capture from a file or standard input, as chunks for a `CaptureReader`; gzip (RFC 1952) is recognised by its first bytes and
 * taken off, however many members it has. Memory is bounded by a few buffers, whatever the size of the file.
 */

import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { CAPTURE_ERROR, CaptureError } from "./error.ts";
import type { Frame } from "./frame.ts";
import { CaptureReader, type CaptureReaderOptions } from "./reader.ts";

/** Bytes per read of a file: large enough that the reads cost nothing, small enough that the event loop turns every few milliseconds. */
const READ_BYTES = 1 << 20;
/** Bytes inflated at a time. */
const INFLATE_BYTES = 1 << 18;
/** How a gzip member begins: two magic bytes, and the only method there is (RFC 1952, 2.3.1). */
const GZIP = [0x1f, 0x8b, 8] as const;

/** One capture to read. */
export class CaptureInput {
	/** What sentences call it: the path, or "standard input". */
	readonly name: string;
	/** Bytes read so far, as stored (before gzip is taken off). */
	bytesRead = 0;
	/** Bytes that the file has; 0 while unknown, and for standard input. */
	bytesTotal = 0;
	/** At most one sentence: a gzip that is cut or damaged. */
	readonly warnings: string[] = [];
	readonly #path: string;

	/** `path` is a file, or "-" for standard input. */
	constructor(path: string) {
		this.#path = path;
		this.name = path === "-" ? "standard input" : path;
	}

	/**
	 * The bytes, from the beginning, once. A chunk is on loan until the next one is asked for.
	 * Throws a `CaptureError` when the file cannot be read. Leaving the loop early closes the file.
	 */
	async *chunks(): AsyncGenerator<Uint8Array, void, void> {
		const stored = this.#path === "-" ? this.#standardInput() : this.#file();
		try {
			const first = await atLeast(stored, GZIP.length);
			if (first === undefined) return;
			const isGzip = GZIP.every((byte, index) => first[index] === byte);
			if (isGzip) yield* this.#inflate(first, stored);
			else {
				yield first;
				yield* stored;
			}
		} finally {
			await stored.return();
		}
	}

	async *#file(): AsyncGenerator<Uint8Array, void, void> {
		let handle: FileHandle;
		try {
			handle = await open(this.#path, "r");
		} catch (error) {
			throw this.#unreadable(error);
		}
		// Two buffers: one is read into while the other is on loan.
		let reading: Promise<number> | undefined;
		try {
			const status = await handle.stat();
			if (status.isDirectory())
				throw new CaptureError(CAPTURE_ERROR.isDirectory, `${this.name} is a directory: name the capture files in it one by one.`);
			this.bytesTotal = status.size;
			let filling = new Uint8Array(READ_BYTES);
			let lent = new Uint8Array(READ_BYTES);
			const read = async (into: Uint8Array) => (await handle.read(into, 0, into.length, null)).bytesRead;
			reading = read(filling);
			for (;;) {
				const length = await reading;
				if (length === 0) return;
				[filling, lent] = [lent, filling];
				reading = read(filling);
				this.bytesRead += length;
				yield length === lent.length ? lent : lent.subarray(0, length);
			}
		} catch (error) {
			throw this.#unreadable(error);
		} finally {
			await reading?.catch(() => {});
			await handle.close();
		}
	}

	async *#standardInput(): AsyncGenerator<Uint8Array, void, void> {
		try {
			for await (const chunk of process.stdin) {
				this.bytesRead += (chunk as Uint8Array).length;
				yield chunk as Uint8Array;
			}
		} catch (error) {
			throw this.#unreadable(error);
		}
	}

	/** Ends the inflater only when all before is read out: what a cut file still holds is then not lost with the error. */
	async *#inflate(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
		const gunzip = createGunzip({ chunkSize: INFLATE_BYTES });
		let wake = () => {};
		let failure: NodeJS.ErrnoException | undefined;
		let isEnded = false;
		gunzip.on("readable", () => wake());
		gunzip.on("end", () => {
			isEnded = true;
			wake();
		});
		gunzip.on("error", (error) => {
			failure = error;
			wake();
		});
		try {
			let chunk: Uint8Array | undefined = first;
			const source = rest[Symbol.asyncIterator]();
			while (!isEnded && failure === undefined) {
				let isTaken = false;
				if (chunk === undefined) gunzip.end();
				else
					gunzip.write(chunk, () => {
						isTaken = true;
						wake();
					});
				for (;;) {
					for (let inflated: Buffer | null; (inflated = gunzip.read()) !== null; ) yield inflated;
					if (isTaken || isEnded || failure !== undefined) break;
					await new Promise<void>((resolve) => {
						wake = resolve;
					});
				}
				if (chunk !== undefined && failure === undefined) {
					const next: IteratorResult<Uint8Array> = await source.next();
					chunk = next.done ? undefined : next.value;
				}
			}
		} finally {
			gunzip.destroy();
		}
		if (failure === undefined) return;
		const what = failure.code === "Z_BUF_ERROR" ? "is cut" : `is damaged (${failure.message})`;
		this.warnings.push(`${this.name} ${what}: its gzip stream has no end; what could be inflated was read.`);
	}

	#unreadable(error: unknown): CaptureError {
		if (error instanceof CaptureError) return error;
		const { code, message } = error as NodeJS.ErrnoException;
		if (code === "ENOENT" || code === "ENOTDIR")
			return new CaptureError(CAPTURE_ERROR.noFile, `There is no file ${this.name}: check the path of the capture.`);
		if (code === "EACCES" || code === "EPERM")
			return new CaptureError(
				CAPTURE_ERROR.noPermission,
				`${this.name} may not be read by this user: give it read permission, or run as its owner.`,
			);
		if (code === "EISDIR")
			return new CaptureError(CAPTURE_ERROR.isDirectory, `${this.name} is a directory: name the capture files in it one by one.`);
		return new CaptureError(CAPTURE_ERROR.unreadable, `${this.name} could not be read: ${message}.`);
	}
}

/** The first `count` bytes at least, copied together if they come in pieces; fewer when there are no more, `undefined` when there are none. */
async function atLeast(source: AsyncGenerator<Uint8Array, void, void>, count: number): Promise<Uint8Array | undefined> {
	let held: Uint8Array | undefined;
	for (;;) {
		const next = await source.next();
		if (next.done) return held;
		if (held === undefined && next.value.length >= count) return next.value;
		const joined = new Uint8Array((held?.length ?? 0) + next.value.length);
		joined.set(held ?? []);
		joined.set(next.value, held?.length ?? 0);
		if (joined.length >= count) return joined;
		held = joined;
	}
}

/**
 * Reads a whole capture: every frame goes to `onFrame`, on loan. Gives back the reader with its counts; its warnings include those of gzip.
 * Throws a `CaptureError` when there is no such file or it is no capture.
 */
export async function readCapture(
	input: CaptureInput,
	onFrame: (frame: Frame) => void,
	options: CaptureReaderOptions & { onProgress?: (input: CaptureInput, reader: CaptureReader) => void } = {},
): Promise<CaptureReader> {
	const reader = new CaptureReader(onFrame, { name: input.name, ...options });
	for await (const chunk of input.chunks()) {
		reader.push(chunk);
		options.onProgress?.(input, reader);
	}
	reader.end();
	for (const sentence of input.warnings) {
		reader.warnings.push(sentence);
		options.onWarning?.(sentence);
	}
	return reader;
}
