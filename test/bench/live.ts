/**
 * The full pipeline on a live interface: tcpreplay sends a capture through a pair of virtual interfaces in network namespaces at a fixed rate, and above it.
 * Sender and monitor share the machine, so what is measured is both.
 */
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Wire, whyNoLiveCapture } from "../support/namespace.ts";

const listener = fileURLToPath(new URL("../../bench/listen.js", import.meta.url));
/** Milliseconds from the last frame sent until all that was buffered is taken. */
const SETTLE = 3000;

interface Taken {
	frames: number;
	kernelDrops: number;
	interfaceDrops: number;
	observations: number;
	longestStall: number;
	memory: number;
	cpuSeconds: number;
}

/** Plays `file` at `rate` packets a second (0: as fast as it goes) into the pipeline. */
async function play(file: string, rate: number): Promise<{ sent: string; taken: Taken }> {
	const wire = new Wire();
	try {
		wire.connect("bench0");
		const monitor = spawn("ip", ["netns", "exec", wire.monitored, process.execPath, listener, "bench0"], {
			stdio: ["pipe", "pipe", "inherit"],
		});
		const lines = createInterface(monitor.stdout)[Symbol.asyncIterator]();
		await lines.next();
		const pace = rate > 0 ? ["--pps", String(rate)] : ["--topspeed"];
		const words = ["netns", "exec", wire.sender, "tcpreplay", "--preload-pcap", ...pace, "-i", "bench0p", file];
		const sent = await new Promise<string>((resolve) => {
			const sender = spawn("ip", words, { stdio: ["ignore", "pipe", "ignore"] });
			let text = "";
			sender.stdout.on("data", (chunk) => {
				text += chunk;
			});
			sender.on("close", () => resolve(/Rated: .*?([\d.]+) pps/.exec(text)?.[1] ?? "?"));
		});
		await new Promise((resolve) => setTimeout(resolve, SETTLE));
		monitor.stdin.write("stop\n");
		const { value } = await lines.next();
		return { sent, taken: JSON.parse(value as string) as Taken };
	} finally {
		wire.close();
	}
}

/** Prints the table, or why there is none. */
export async function benchLive(file: string): Promise<void> {
	const reason = whyNoLiveCapture() ?? (spawnSync("tcpreplay", ["--version"]).status === 0 ? undefined : "tcpreplay is not installed");
	if (reason !== undefined) {
		process.stdout.write(`\nLive capture is not measured: ${reason}.\n`);
		return;
	}
	process.stdout.write("\nLive, full pipeline, through a pair of virtual interfaces:\n\n");
	process.stdout.write(
		"| asked for | sent a second | taken | lost (kernel, interface) | messages | longest stall | memory | processor |\n",
	);
	process.stdout.write("| --- | --: | --: | --: | --: | --: | --: | --: |\n");
	for (const rate of [200_000, 0]) {
		const { sent, taken } = await play(file, rate);
		const megabytes = (taken.memory / 2 ** 20).toFixed(0);
		process.stdout.write(
			`| ${rate > 0 ? `${rate} a second` : "as fast as it goes"} | ${sent} | ${taken.frames} | ${taken.kernelDrops}, ${taken.interfaceDrops} | ${taken.observations} | ${taken.longestStall} ms | ${megabytes} MiB | ${taken.cpuSeconds.toFixed(1)} s |\n`,
		);
	}
}
