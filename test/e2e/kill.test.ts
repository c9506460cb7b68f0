/** A replay with state that is killed again and again, as by a power failure: nothing is lost, nothing is said twice. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Alert } from "../../src/alert/alert.ts";
import { CaptureReader } from "../../src/capture/reader.ts";
import { openStore } from "../../src/store/level.ts";
import { isBuilt, PROGRAM } from "../support/monitor.ts";

const KILLS = 20;
/** Nothing learned longer ago than this before the kill may be missing, seconds of capture time. */
const MAY_BE_LOST = 30;
const WATCHED = ["mitm-alter", "function-scan", "recipe-change", "register-scan", "new-talker-write", "malformed", "plant-routine"];

const capture = (name: string): string => fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url));
const FILES = [capture("plant-normal"), ...WATCHED.map(capture)];
const ARGS = ["replay", "--learn", FILES[0]!, ...FILES.slice(1).flatMap((file) => ["--watch", file]), "--summary", "--state"];

/** A generator of small random numbers: the moments differ from machine to machine anyway, the seed makes a run easier to follow. */
function random(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}

async function textOf(child: ChildProcess): Promise<string> {
	let text = "";
	child.stdout!.setEncoding("utf8").on("data", (part: string) => {
		text += part;
	});
	await once(child, "close");
	return text;
}

interface Place {
	step: number;
	frame: number;
	isFinished: boolean;
}

/** What the store says right after a death. */
async function look(state: string): Promise<{ place: Place | undefined; watched: number; baseline: Map<string, unknown> }> {
	const store = await openStore(state);
	try {
		const baseline = new Map<string, unknown>();
		for await (const [key, value] of store.list("baseline")) baseline.set(key, value);
		const clock = baseline.get("clock") as { watched: number } | undefined;
		return { place: (await store.get("meta", "replay")) as Place | undefined, watched: (clock?.watched ?? 0) / 1e6, baseline };
	} finally {
		await store.close();
	}
}

/** Capture time of each frame, seconds, by capture. */
const times = FILES.map((file) => framesOf(readFileSync(file)));

function framesOf(bytes: Uint8Array): number[] {
	const seconds: number[] = [];
	new CaptureReader((frame) => seconds.push(frame.time / 1e6), { name: "capture" }).push(bytes);
	return seconds;
}
/** Capture seconds that were watched when `frames` of capture `step` had been read. */
const watchedAt = (step: number, frame: number): number => {
	let sum = 0;
	for (let at = 0; at < step; at++) sum += times[at]!.at(-1)! - times[at]![0]!;
	return step < times.length && frame > 0 ? sum + times[step]![frame - 1]! - times[step]![0]! : sum;
};

const told = (text: string): unknown[] =>
	text
		.trim()
		.split("\n")
		.map((line) => {
			const { revision: _, ...rest } = JSON.parse(line) as Alert;
			return rest;
		});

describe.skipIf(!isBuilt)("a replay that is killed", { timeout: 180_000 }, () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "spanwatch-kill-"));
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));
	const start = (state: string) =>
		spawn(process.execPath, [PROGRAM, ...ARGS, join(folder, state)], { stdio: ["ignore", "pipe", "inherit"] });

	it(`${KILLS} times ends with the same alerts and the same baseline as one that was not`, async () => {
		const began = performance.now();
		const whole = told(await textOf(start("whole")));
		const length = performance.now() - began;
		const expected = await look(join(folder, "whole"));
		expect(whole.length).toBeGreaterThan(10);

		const next = random(42);
		let kills = 0;
		let rounds = 0;
		const depths: number[] = [];
		let last = 0;
		while (kills < KILLS) {
			const child = start("cut");
			const output = textOf(child);
			const timer = setTimeout(() => child.kill("SIGKILL"), length * (0.15 + 0.85 * next()));
			const text = await output;
			clearTimeout(timer);
			if (child.signalCode === null || text !== "") {
				// It had said all it had to say before the kill: that one is judged, and another begins.
				expect(told(text)).toEqual(whole);
				expect([...(await look(join(folder, "cut"))).baseline]).toEqual([...expected.baseline]);
				rmSync(join(folder, "cut"), { recursive: true });
				rounds++;
				last = 0;
				continue;
			}
			kills++;
			expect(child.signalCode).toBe("SIGKILL");
			const { place, watched } = await look(join(folder, "cut"));
			if (place === undefined) continue;
			expect(place.isFinished).toBe(false);
			// What the store holds is what had been watched at the place that it names, and never less than before.
			expect(Math.abs(watched - watchedAt(place.step, place.frame))).toBeLessThan(1.5);
			expect(watched).toBeGreaterThanOrEqual(last);
			last = watched;
			depths.push(Math.round(watched));
		}
		expect(told(await textOf(start("cut")))).toEqual(whole);
		const final = await look(join(folder, "cut"));
		expect(final.place?.isFinished).toBe(true);
		expect([...final.baseline]).toEqual([...expected.baseline]);
		expect(new Set(depths).size, "the kills were spread").toBeGreaterThan(3);
		console.info(`killed ${kills} times after ${depths.join(", ")} s of capture time; ${rounds} runs ended before their kill`);
	});

	it(`has stored what it learned more than ${MAY_BE_LOST} s of capture time before`, async () => {
		// From a pipe: what was written into it has been read, but for what the pipe itself holds (some seconds of this capture).
		const bytes = readFileSync(FILES[0]!);
		for (const share of [0.5, 0.75, 0.98]) {
			const state = `pipe-${share}`;
			const child = spawn(process.execPath, [PROGRAM, "replay", "--learn", "-", "--state", join(folder, state)], {
				stdio: ["pipe", "ignore", "inherit"],
			});
			const end = once(child, "close");
			const part = bytes.subarray(0, Math.floor(bytes.length * share));
			await new Promise<void>((resolve, reject) => child.stdin.write(part, (error) => (error == null ? resolve() : reject(error))));
			child.kill("SIGKILL");
			await end;
			const { watched, baseline } = await look(join(folder, state));
			expect(watched).toBeGreaterThan(watchedAt(0, framesOf(part).length) - MAY_BE_LOST);
			expect([...baseline.keys()].some((key) => key.includes("/points/"))).toBe(true);
		}
	});
});
