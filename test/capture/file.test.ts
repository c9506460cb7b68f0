import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { CaptureError } from "../../src/capture/error.ts";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import { interfaceBlock, join, packetBlock, pcapHeader, pcapRecord, sectionBlock } from "../support/pcapBuilder.ts";

const folder = mkdtempSync(joinPath(tmpdir(), "spanwatch-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

function stored(name: string, bytes: Uint8Array): string {
	const path = joinPath(folder, name);
	writeFileSync(path, bytes);
	return path;
}

/** Times of all frames, with the reader. */
async function readAll(path: string, input = new CaptureInput(path)) {
	const times: number[] = [];
	const reader = await readCapture(input, (frame) => times.push(frame.time));
	return { times, reader, input };
}

/** Frames that gzip cannot make small, and more than one read's worth of them. */
function large(count: number): Uint8Array {
	const pieces = [pcapHeader()];
	let noise = 1;
	for (let i = 0; i < count; i++) {
		const data = Array.from({ length: 500 }, () => (noise = (noise * 1103515245 + 12345) & 0x7fffffff) >> 16);
		pieces.push(pcapRecord(i, 0, data));
	}
	return join(...pieces);
}

const small = join(pcapHeader(), pcapRecord(1, 0, [1, 2, 3]), pcapRecord(2, 0, [4]));
const blocks = join(sectionBlock(), interfaceBlock(), packetBlock(0, 3n, [1]));

describe("a file", () => {
	it("is read whole, in several reads, with progress", async () => {
		const bytes = large(5000);
		const input = new CaptureInput(stored("large.pcap", bytes));
		const progress: number[] = [];
		const times: number[] = [];
		await readCapture(input, (frame) => times.push(frame.time), {
			onProgress: ({ bytesRead, bytesTotal }) => {
				expect(bytesTotal).toBe(bytes.length);
				progress.push(bytesRead);
			},
		});
		expect(times).toEqual(Array.from({ length: 5000 }, (_, index) => index * 1e6));
		expect(progress.length).toBeGreaterThan(2);
		expect(progress.at(-1)).toBe(bytes.length);
	});

	it("may be left in the middle", async () => {
		for await (const chunk of new CaptureInput(joinPath(folder, "large.pcap")).chunks()) {
			expect(chunk.length).toBeGreaterThan(0);
			break;
		}
	});

	const failure = (path: string) =>
		readAll(path).then(
			() => "no error",
			(error: unknown) => {
				if (!(error instanceof CaptureError)) throw error;
				return `${error.code}: ${error.message}`;
			},
		);

	it("that is missing, a directory, empty or no capture is told in one sentence", async () => {
		expect(await failure("/no/such.pcap")).toBe(
			"SPANWATCH_CAPTURE_NO_FILE: There is no file /no/such.pcap: check the path of the capture.",
		);
		expect(await failure(folder)).toBe(
			`SPANWATCH_CAPTURE_IS_DIRECTORY: ${folder} is a directory: name the capture files in it one by one.`,
		);
		expect(await failure(stored("empty", new Uint8Array()))).toMatch(/^SPANWATCH_CAPTURE_EMPTY: .*empty is empty/);
		expect(await failure(stored("short", Uint8Array.of(0x1f)))).toMatch(/^SPANWATCH_CAPTURE_NOT_A_CAPTURE: .*the bytes 1f,/);
		expect(await failure(stored("text", new TextEncoder().encode("hello")))).toMatch(/^SPANWATCH_CAPTURE_NOT_A_CAPTURE/);
		expect(await failure(stored("text.gz", gzipSync("hello")))).toMatch(/^SPANWATCH_CAPTURE_NOT_A_CAPTURE: .*68 65 6c 6c/);
	});

	// Root may read everything.
	it.skipIf(process.getuid?.() === 0)("that may not be read is told in one sentence", async () => {
		const path = stored("locked.pcap", small);
		chmodSync(path, 0);
		expect(await failure(path)).toMatch(/^SPANWATCH_CAPTURE_NO_PERMISSION: .*may not be read by this user/);
	});
});

describe("gzip", () => {
	it("is recognised by its bytes, whatever the name", async () => {
		expect((await readAll(stored("a.pcap", gzipSync(small)))).times).toEqual([1e6, 2e6]);
		expect((await readAll(stored("b.gz", blocks))).times).toEqual([3]);
		expect((await readAll(stored("c.gz", gzipSync(blocks)))).times).toEqual([3]);
	});

	it("may have several members, and zeros behind the last", async () => {
		const members = join(gzipSync(small.subarray(0, 30)), gzipSync(small.subarray(30)));
		const { times, reader } = await readAll(stored("members.gz", members));
		expect(times).toEqual([1e6, 2e6]);
		expect(reader.warnings).toEqual([]);
		const padded = await readAll(stored("padded.gz", join(gzipSync(small), new Uint8Array(600))));
		expect(padded.times).toEqual([1e6, 2e6]);
		expect(padded.reader.warnings).toEqual([]);
	});

	it("larger than all buffers is read whole", async () => {
		const { times, reader, input } = await readAll(stored("large.gz", gzipSync(large(8000))));
		expect(times.length).toBe(8000);
		expect(reader.warnings).toEqual([]);
		expect(input.bytesRead).toBe(input.bytesTotal);
	});

	it("that is cut gives what could be inflated, and says so", async () => {
		const whole = gzipSync(large(6000));
		const half = whole.subarray(0, whole.length >> 1);
		const inflated = gunzipSync(half, { finishFlush: constants.Z_SYNC_FLUSH }).length;
		const { times, reader } = await readAll(stored("cut.gz", half));
		expect(times.length).toBe(Math.floor((inflated - 24) / 516));
		expect(times.length).toBeGreaterThan(1000);
		expect(reader.warnings.at(-1)).toMatch(/cut\.gz is cut: its gzip stream has no end; what could be inflated was read\.$/);
		expect(reader.warnings.length).toBeLessThanOrEqual(2);
	});

	it("that is cut anywhere never hangs and never throws but a CaptureError", async () => {
		const whole = gzipSync(small);
		for (let length = 0; length < whole.length; length++) {
			const input = new CaptureInput(stored("cut.gz", whole.subarray(0, length)));
			await readAll("", input).then(
				({ reader }) => expect(reader.warnings.length).toBeGreaterThan(0),
				(error: unknown) => expect(error).toBeInstanceOf(CaptureError),
			);
		}
	});

	it("that is damaged gives what came before, and says so", async () => {
		const whole = gzipSync(large(6000));
		whole.fill(0xff, whole.length >> 1, (whole.length >> 1) + 500);
		const { times, reader } = await readAll(stored("damaged.gz", whole));
		expect(times.length).toBeGreaterThan(1000);
		expect(reader.warnings.at(-1)).toMatch(/damaged\.gz is damaged/);
	});
});

describe("standard input", () => {
	// A program of its own, because standard input is one per process; it runs what the build made.
	const program = `
		import { CaptureInput, readCapture } from ${JSON.stringify(new URL("../../dist/src/capture/file.js", import.meta.url).href)};
		const reader = await readCapture(new CaptureInput("-"), () => {});
		console.log(reader.frames, reader.warnings.join(" "));`;
	const pipe = (input: Uint8Array) => {
		const run = spawnSync(process.execPath, ["--input-type=module", "--eval", program], { input, encoding: "utf8" });
		return run.stdout.trim() || run.stderr;
	};

	it("is read like a file, gzip too", () => {
		expect(pipe(large(2000))).toBe("2000");
		expect(pipe(gzipSync(small))).toBe("2");
		expect(pipe(small.subarray(0, -1))).toBe(
			"1 standard input is cut: the last record needs 17 bytes and 16 are there; all 1 whole frames before it were read.",
		);
		expect(pipe(new Uint8Array())).toContain("standard input is empty");
	});
});
