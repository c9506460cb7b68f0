import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import { writePollingCapture } from "./polling.ts";

it("makes the same capture each time, with as many packets as asked, time never running backwards", async () => {
	const folder = mkdtempSync(join(tmpdir(), "spanwatch-polling-"));
	try {
		const [one, two] = [join(folder, "one.pcap"), join(folder, "two.pcap")];
		const bytes = writePollingCapture(one, 20_000);
		writePollingCapture(two, 20_000);
		expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
		let last = 0;
		let disorder = 0;
		const reader = await readCapture(new CaptureInput(one), (frame) => {
			if (frame.time <= last) disorder++;
			last = frame.time;
		});
		expect([reader.frames, reader.bytes, disorder, reader.warnings]).toEqual([20_000, bytes, 0, []]);
		expect(bytes / 20_000).toBeGreaterThan(68);
		expect(bytes / 20_000).toBeLessThan(90);
	} finally {
		rmSync(folder, { recursive: true });
	}
});
