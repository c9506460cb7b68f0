/** Silence at an interface that has its link; what else the monitor says of itself is in the catalogue (`test/catalogue/station.ts`) and with the station that runs. */
import { describe, expect, it } from "vitest";
import { AlertBook, type AlertChange } from "../../src/alert/book.ts";
import { records } from "../../src/app/records.ts";
import { SelfWatch } from "../../src/app/selfWatch.ts";
import type { InterfaceHealth } from "../../src/health/health.ts";

const HOUR = 3600;

class Box {
	now = 1_700_000_000;
	readonly said: string[] = [];
	readonly port: InterfaceHealth = { name: "eth1", state: "up", frames: 0, kernelDrops: 0, interfaceDrops: 0, lastFrame: 0 };
	readonly watch = new SelfWatch({
		sensor: "box",
		book: new AlertBook({ site: "site", sensor: "box", records }),
		keep: (changes: readonly AlertChange[]) => {
			for (const { alert } of changes) this.said.push(`${alert.type} ${alert.status}: ${alert.sentence}`);
		},
		clock: () => this.now,
	});
	run(seconds: number, { hasFrames = true, isLive = true } = {}): this {
		for (let passed = 0; passed < seconds; passed++) {
			this.now++;
			if (hasFrames) this.port.lastFrame = this.now - 0.5;
			this.watch.health({ time: this.now, interfaces: [this.port] }, isLive);
		}
		return this;
	}
}
const still = { hasFrames: false };

describe("an interface that has its link and shows no frame", () => {
	it("is blind after five minutes, said once, until a frame comes", () => {
		const box = new Box().run(HOUR + 2);
		box.run(290, still);
		expect(box.said).toEqual([]);
		box.run(HOUR, still).run(1);
		expect(box.said).toEqual([
			"sensor-blind open: eth1 has its link, and no frame came for 5 minutes; before, the longest pause was 1 second. The mirror port may show nothing.",
			"sensor-blind closed: Frames come at eth1 again.",
		]);
	});

	it("is none that was listened on for less than an hour, or never had a frame, or is played", () => {
		expect(new Box().run(HOUR - 60).run(HOUR, still).said).toEqual([]);
		expect(new Box().run(3 * HOUR, still).said).toEqual([]);
		expect(new Box().run(2 * HOUR, { isLive: false }).run(HOUR, { hasFrames: false, isLive: false }).said).toEqual([]);
	});

	it("is blind where frames stay away behind a new engine too, and no sooner", () => {
		const box = new Box().run(2 * HOUR);
		box.port.lastFrame = 0;
		box.watch.interface("eth1", false, box.now, "Capture on eth1 is open.");
		box.run(290, still);
		expect(box.said).toEqual([]);
		box.run(20, still);
		expect(box.said).toHaveLength(1);
	});

	it("is none where the box's clock is set back, and is one later", () => {
		const box = new Box().run(2 * HOUR);
		box.now -= 2 * HOUR;
		box.run(2 * HOUR);
		expect(box.said).toEqual([]);
		box.run(400, still);
		expect(box.said).toHaveLength(1);
	});
});
