/**
 * One run of our own code over a capture, in a process of its own, bundled as the program is: `node dist/bench/pipeline.js decode|full FILE`.
 * `decode` is capture to observations; `full` learns and judges too, as `spanwatch replay` does. Prints one JSON line.
 */
import { protocols, services } from "../../protocols/index.ts";
import { Engine } from "../../src/app/engine.ts";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import { Analyst } from "../../src/detect/analyst.ts";

const [mode, file] = process.argv.slice(2);
if ((mode !== "decode" && mode !== "full") || file === undefined) {
	process.stderr.write("usage: pipeline.js decode|full FILE\n");
	process.exit(2);
}
let detections = 0;
let observations = 0;
const analyst =
	mode === "full"
		? new Analyst({
				protocols,
				onDetection: () => {
					detections++;
				},
			})
		: undefined;
const engine = new Engine({
	protocols,
	services,
	...(analyst && { analyst }),
	onObservation: () => {
		observations++;
	},
});

async function main(file: string): Promise<void> {
	const began = performance.now();
	await readCapture(new CaptureInput(file), engine.frame);
	engine.endSource();
	const milliseconds = performance.now() - began;
	process.stdout.write(`${JSON.stringify({ frames: engine.frames, observations, detections, milliseconds })}\n`);
}
void main(file);
