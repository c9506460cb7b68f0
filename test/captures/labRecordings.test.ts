import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SCENARIOS } from "../../captures/lab/scenarios.ts";
import { type PlainFrame, readFrames } from "./frames.ts";

const FOLDER = new URL("../../captures/", import.meta.url);

/** Where OPC UA publishers send to (OPC 10000-14, 7.3.2.1). */
const PUBSUB_GROUP_MAC = "01:00:5e:00:02:0e";
const PLANT_ADDRESS = /^(10\.20\.0\.\d+|0\.0\.0\.0|255\.255\.255\.255|224\.0\.2\.14)$/;

interface Entry {
	name: string;
	file: string;
	verdict: string;
	bytes: number;
	frames: number;
	seconds: number;
	sha256: string;
	attack?: { start: number; end: number; firstFrame: number; lastFrame: number; ip: string };
	mustFind: { type: string }[];
}
const index = JSON.parse(readFileSync(new URL("index.json", FOLDER), "utf8")) as {
	captures: Entry[];
	hosts: { ip: string; mac: string }[];
};

describe("the recordings", () => {
	it("are there for every scenario, and no file is there without an entry", () => {
		expect(index.captures.map((one) => one.name)).toEqual(SCENARIOS.map((one) => one.name));
		const recorded = new Set(index.captures.map((one) => one.file));
		const files = readdirSync(FOLDER).filter((file) => /\.pcap(ng)?(\.gz)?$/.test(file));
		expect(files.filter((file) => SCENARIOS.some((one) => file === `${one.name}.pcap`)).sort()).toEqual([...recorded].sort());
	});

	it("are small", () => {
		for (const one of index.captures) expect(one.bytes, one.file).toBeLessThan(1_000_000);
		expect(index.captures.reduce((sum, one) => sum + one.bytes, 0)).toBeLessThan(15_000_000);
	});

	describe.each(index.captures)("$file", (entry) => {
		const bytes = readFileSync(new URL(entry.file, FOLDER));
		const frames = readFrames(bytes);

		it("is the file that the index describes", () => {
			expect(bytes.length).toBe(entry.bytes);
			expect(createHash("sha256").update(bytes).digest("hex")).toBe(entry.sha256);
			expect(frames.length).toBe(entry.frames);
			expect(frames.at(-1)!.time - frames[0]!.time).toBeCloseTo(entry.seconds, 2);
		});

		it("holds the plant's own machines only", () => {
			const macs = new Set([...index.hosts.map((host) => host.mac), "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", PUBSUB_GROUP_MAC]);
			for (const frame of frames) {
				expect(macs.has(frame.source) && macs.has(frame.destination), `frame ${frame.number}`).toBe(true);
				expect([0x0800, 0x0806], `frame ${frame.number}`).toContain(frame.etherType);
				for (const ip of frame.addresses) expect(ip, `frame ${frame.number}`).toMatch(PLANT_ADDRESS);
			}
		});

		it("is in the order of time", () => {
			for (let i = 1; i < frames.length; i++) expect(frames[i]!.time).toBeGreaterThanOrEqual(frames[i - 1]!.time);
		});

		it("has its attack where the index says, from the host that it names", () => {
			if (entry.attack === undefined) return expect(entry.verdict).toBe("benign");
			const { start, end, firstFrame, lastFrame, ip } = entry.attack;
			expect(start).toBeGreaterThan(4);
			expect(end).toBeLessThanOrEqual(entry.seconds);
			const window = frames.slice(firstFrame - 1, lastFrame);
			expect(window.some((frame: PlainFrame) => frame.addresses[0] === ip)).toBe(true);
		});
	});
});
