/**
 * `npm run bench`: packets per second of our decode and of our full pipeline beside the peers that are installed, on the same files, interleaved, each
 * several times; whole processes, start-up included. Read the ratios: the machine's own speed drifts.
 *
 *   npm run bench                      the generated polling capture, the public one where it is there, and live
 *   npm run bench -- --packets 300000  a smaller one
 *   npm run bench -- --rounds 3
 *   npm run bench -- FILE...           these captures too
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benchLive } from "./live.ts";
import { writePollingCapture } from "./polling.ts";

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { packets: { type: "string", default: "1500000" }, rounds: { type: "string", default: "5" } },
});
const packets = Number(values.packets);
const rounds = Number(values.rounds);
if (!Number.isInteger(packets) || packets < 1000 || !Number.isInteger(rounds) || rounds < 1) {
	process.stderr.write("bench: --packets takes a whole number from 1000, --rounds one from 1.\n");
	process.exit(2);
}

const pipeline = fileURLToPath(new URL("../../bench/pipeline.js", import.meta.url));
const folder = join(tmpdir(), "spanwatch-bench");
mkdirSync(folder, { recursive: true });

/** The peers' commands: what the issue of speed is compared with. */
const contestants = (file: string): [name: string, command: string, args: string[]][] =>
	(
		[
			["spanwatch, decode alone", process.execPath, [pipeline, "decode", file]],
			["spanwatch, full pipeline", process.execPath, [pipeline, "full", file]],
			["ndpiReader -q", "/usr/bin/ndpiReader", ["-q", "-i", file]],
			["tcpdump -nn", "/usr/bin/tcpdump", ["-nn", "-r", file]],
			["tshark -T fields -e modbus.func_code", "/usr/bin/tshark", ["-r", file, "-T", "fields", "-e", "modbus.func_code"]],
		] as [string, string, string[]][]
	).filter(([, command]) => existsSync(command));

interface Run {
	seconds: number;
	/** Peak resident memory, bytes. */
	memory: number;
	/** Our own programs: seconds from the first byte read to the last frame, without the start of Node. */
	inside: number | undefined;
}

/** Runs one command to its end; its output is thrown away, but for the line in which our own programs say how long they took. */
function measure(command: string, args: string[]): Promise<Run> {
	return new Promise((resolve, reject) => {
		const began = performance.now();
		const isOurs = command === process.execPath;
		const child = spawn(command, args, { stdio: ["ignore", isOurs ? "pipe" : "ignore", "ignore"] });
		let said = "";
		child.stdout?.on("data", (text) => {
			said += text;
		});
		let memory = 0;
		const watch = setInterval(() => {
			try {
				const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"));
				if (peak !== null) memory = Math.max(memory, Number(peak[1]) * 1024);
			} catch {
				// it ended between two looks
			}
		}, 5);
		child.on("error", reject);
		child.on("close", (code) => {
			clearInterval(watch);
			const inside = isOurs && code === 0 ? (JSON.parse(said) as { milliseconds: number }).milliseconds / 1000 : undefined;
			if (code === 0) resolve({ seconds: (performance.now() - began) / 1000, memory, inside });
			else reject(new Error(`${command} ended with ${code}`));
		});
	});
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
const thousands = (number: number): string => Math.round(number).toLocaleString("en");

async function compare(file: string, frames: number): Promise<void> {
	const names = contestants(file);
	const runs = new Map<string, Run[]>(names.map(([name]) => [name, []]));
	for (let round = 0; round < rounds; round++) {
		// Every second round the other way round, so that a drift of the machine falls on all alike.
		for (const [name, command, args] of round % 2 === 0 ? names : [...names].reverse()) {
			process.stderr.write(`\r\x1b[Kround ${round + 1} of ${rounds}: ${name}`);
			runs.get(name)!.push(await measure(command, args));
		}
	}
	process.stderr.write("\r\x1b[K");
	const rate = (name: string) => frames / median(runs.get(name)!.map(({ seconds }) => seconds));
	const peers = names.map(([name]) => name).filter((name) => !name.startsWith("spanwatch"));
	process.stdout.write(`\n${basename(file)}: ${thousands(frames)} packets, ${thousands(statSync(file).size)} bytes, ${rounds} rounds\n\n`);
	process.stdout.write(
		`| program | packets/s, median | slowest to fastest | peak memory | ${peers.map((peer) => `times ${peer.split(" ")[0]}`).join(" | ")} |\n`,
	);
	process.stdout.write(`| --- | --: | --- | --: | ${peers.map(() => "--:").join(" | ")} |\n`);
	for (const [name] of names) {
		const own = runs.get(name)!;
		const rates = own.map(({ seconds }) => frames / seconds).sort((a, b) => a - b);
		const ratios = peers.map((peer) => (rate(name) / rate(peer)).toFixed(2));
		const memory = Math.max(...own.map(({ memory: one }) => one)) / 2 ** 20;
		process.stdout.write(
			`| ${name} | ${thousands(rate(name))} | ${thousands(rates[0]!)} – ${thousands(rates.at(-1)!)} | ${memory.toFixed(0)} MiB | ${ratios.join(" | ")} |\n`,
		);
	}
	const ndpi = names.map(([name]) => name).find((name) => name.startsWith("ndpiReader"));
	for (const [name, command] of names)
		if (command === process.execPath) sayInside(name, frames, runs.get(name)!, ndpi === undefined ? undefined : rate(ndpi));
}

/** Our own rates without the start of Node, below the table. */
function sayInside(name: string, frames: number, runs: readonly Run[], peer: number | undefined): void {
	const rate = frames / median(runs.map(({ inside, seconds }) => inside ?? seconds));
	process.stdout.write(
		`\nOnce Node has started, ${name}: ${thousands(rate)} packets/s${peer === undefined ? "" : `, ${(rate / peer).toFixed(2)} times ndpiReader`}.\n`,
	);
}

/** Frames of a capture, counted by our own reader. */
async function count(file: string): Promise<number> {
	const { CaptureInput, readCapture } = await import("../../src/capture/file.ts");
	return (await readCapture(new CaptureInput(file), () => {})).frames;
}

process.stdout.write(`Node ${process.version}, ${cpus().length} processors, load ${loadavg()[0]!.toFixed(1)}\n`);
const generated = join(folder, `polling-${packets}.pcap`);
if (!existsSync(generated)) await writePollingCapture(generated, packets);
/** Real polling and writes, from the public captures for checking. */
const real = fileURLToPath(new URL("../../../../shared/captures/antoine-lemay+Modbus_dataset/channel_5d_3s.pcap", import.meta.url));
for (const file of [generated, ...[real].filter((path) => existsSync(path)), ...positionals]) await compare(file, await count(file));
await benchLive(generated);
