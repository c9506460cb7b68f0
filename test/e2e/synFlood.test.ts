/** A million connection attempts from forged addresses while the plant goes on: bounded memory, nothing missed, nobody invented, and one alert that says so. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { protocols, services } from "../../protocols/index.ts";
import type { Alert } from "../../src/alert/alert.ts";
import { AlertBook } from "../../src/alert/book.ts";
import { Engine } from "../../src/app/engine.ts";
import { records } from "../../src/app/records.ts";
import type { Frame } from "../../src/capture/frame.ts";
import { CaptureReader } from "../../src/capture/reader.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import { Dice } from "../fuzz/mutation.ts";

const ATTEMPTS = 1_000_000;
/** Bytes that the process may hold more at the end than before the flood. */
const MOST_GROWTH = 250e6;
const PLC = [10, 20, 0, 12];

function readFrames(name: string): Frame[] {
	const frames: Frame[] = [];
	const reader = new CaptureReader(
		(frame) => frames.push({ ...frame, bytes: frame.bytes.slice(frame.start, frame.start + frame.capturedLength), start: 0 }),
		{ name },
	);
	reader.push(readFileSync(new URL(`../../captures/${name}.pcap`, import.meta.url)));
	reader.end();
	return frames;
}

/** An Ethernet frame with a SYN to port 502 of the pump's PLC; sender and MAC address are filled in for each. */
function attempt(): Uint8Array {
	const bytes = new Uint8Array(54);
	bytes.set([0x00, 0x80, 0xf4, 0x20, 0x00, 0x12, 0, 0, 0, 0, 0, 0, 0x08, 0x00]);
	bytes.set([0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 0, 0, 0, 0, ...PLC], 14);
	bytes.set([0, 0, 0x01, 0xf6, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0], 34);
	return bytes;
}

class Monitor {
	readonly alerts = new Map<string, Alert>();
	readonly #book = new AlertBook({ site: "test", sensor: "test", records });
	readonly analyst = new Analyst({
		protocols,
		onDetection: (detection) => {
			const change = this.#book.detect(detection);
			if (change !== undefined) this.alerts.set(change.alert.id, change.alert);
		},
	});
	engine = this.#make();

	#make(): Engine {
		return new Engine({ protocols, services, analyst: this.analyst });
	}

	learn(frames: readonly Frame[]): void {
		for (const frame of frames) this.engine.frame(frame);
		this.engine.endSource();
		this.analyst.endLearning();
		this.engine = this.#make();
	}

	end(): Alert[] {
		this.engine.endSource();
		for (const { alert } of this.#book.flush(true)) this.alerts.set(alert.id, alert);
		return [...this.alerts.values()];
	}
}

describe("a flood of a million forged connection attempts", { timeout: 180_000 }, () => {
	const normal = readFrames("plant-normal");
	const watched = readFrames("plant-routine");

	it.each([
		["with addresses of everywhere, from one card", 1],
		["with addresses and cards of everywhere", 1 << 24],
	])("%s blinds nothing and grows nothing", (_, cards) => {
		const quiet = new Monitor();
		quiet.learn(normal);
		for (const frame of watched) quiet.engine.frame(frame);
		quiet.end();

		const monitor = new Monitor();
		monitor.learn(normal);
		const { size: before } = new Set(monitor.analyst.assets());
		const dice = new Dice(1);
		const bytes = attempt();
		const view = new DataView(bytes.buffer);
		const forged: Frame = { ...watched[0]!, bytes, start: 0, capturedLength: bytes.length, wireLength: bytes.length };
		const each = Math.ceil(ATTEMPTS / watched.length);
		globalThis.gc?.();
		const memory = process.memoryUsage.rss();
		let most = 0;
		let number = 0;
		let sent = 0;
		for (const [at, frame] of watched.entries()) {
			monitor.engine.frame({ ...frame, number: ++number });
			const next = watched[at + 1]?.time ?? frame.time;
			for (let count = 0; count < each && sent < ATTEMPTS; count++, sent++) {
				// Any address but those that are special: 11.0.0.0 to 99.255.255.255.
				view.setUint32(26, (11 + dice.below(89)) * 2 ** 24 + dice.below(2 ** 24));
				view.setUint32(8, 0xb8270000 + dice.below(cards));
				view.setUint16(6, 0x0002);
				view.setUint16(34, 1024 + dice.below(60_000));
				view.setUint32(38, dice.below(2 ** 32));
				forged.time = frame.time + ((next - frame.time) * count) / each;
				forged.number = ++number;
				monitor.engine.frame(forged);
			}
			if (at % 64 === 0) most = Math.max(most, process.memoryUsage.rss());
		}
		const alerts = monitor.end();
		expect(sent).toBe(ATTEMPTS);

		const { observations, counters } = monitor.engine.counts();
		expect(observations).toEqual(quiet.engine.counts().observations);
		expect(monitor.analyst.stats().operations).toBe(quiet.analyst.stats().operations);
		expect(monitor.analyst.stats().points).toBe(quiet.analyst.stats().points);
		expect(monitor.analyst.assets().length).toBe(quiet.analyst.assets().length);
		expect(monitor.analyst.assets().length).toBeGreaterThanOrEqual(before);
		expect(monitor.analyst.stats().servers).toBe(quiet.analyst.stats().servers);

		const floods = alerts.filter(({ type }) => type === "flood");
		expect(floods).toHaveLength(1);
		expect(floods[0]!.destination).toMatchObject({ ip: PLC.join("."), port: 502 });
		expect(floods[0]!.sentence).toMatch(/connection attempts from 256 or more addresses to PLC/);
		expect(alerts.filter(({ type, severity }) => type !== "flood" && severity >= 30).map(({ sentence }) => sentence)).toEqual([]);

		console.info(`grew by ${Math.round((most - memory) / 1e6)} MB at most; ${JSON.stringify(counters)}`);
		expect(most - memory).toBeLessThan(MOST_GROWTH);
	});
});
