/**
 * The full pipeline on a live interface, for `live.ts`: `node dist/bench/listen.js IF`. Says {"started":true}, then at the line "stop" on standard input
 * what it took and lost, as one JSON line.
 */
import { createInterface } from "node:readline";
import { protocols, services } from "../../protocols/index.ts";
import { Engine } from "../../src/app/engine.ts";
import { LiveCapture } from "../../src/capture/live.ts";
import { Analyst } from "../../src/detect/analyst.ts";

const analyst = new Analyst({ protocols, onDetection: () => {} });
const engine = new Engine({ protocols, services, analyst });
const live = new LiveCapture({ interfaces: [process.argv[2]!] });
/** The longest that the event loop did not turn, milliseconds: a page of this process would have waited so long. */
let longestStall = 0;
let last = performance.now();
setInterval(() => {
	const now = performance.now();
	longestStall = Math.max(longestStall, now - last - 10);
	last = now;
}, 10).unref();

async function main(): Promise<void> {
	await live.start(engine.frame);
	process.stdout.write('{"started":true}\n');
	for await (const line of createInterface(process.stdin)) if (line === "stop") break;
	const [health] = live.health();
	const { observations } = engine.counts();
	process.stdout.write(
		`${JSON.stringify({
			frames: engine.frames,
			kernelDrops: health!.kernelDrops,
			interfaceDrops: health!.interfaceDrops,
			observations: Object.values(observations).reduce((sum, count) => sum + count, 0),
			longestStall: Math.round(longestStall),
			memory: process.memoryUsage.rss(),
			cpuSeconds: (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
		})}\n`,
	);
	await live.stop();
	process.exit(0);
}
void main();
