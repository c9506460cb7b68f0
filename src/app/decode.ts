/** `spanwatch decode FILE...`: one JSON line per observation. */

import { protocols, services } from "../../protocols/index.ts";
import { CaptureInput, readCapture } from "../capture/file.ts";
import type { Arguments, CommandRecord } from "./arguments.ts";
import { Engine } from "./engine.ts";
import { EXIT, UsageError } from "./failure.ts";
import { flowLine, LineWriter, observationLine } from "./lines.ts";
import { Progress } from "./progress.ts";

/** The word in `--protocol` for flows that nobody decodes. */
const FLOW = "flow";

async function run(input: Arguments): Promise<number> {
	const files = input.operands;
	if (files.length === 0) throw new UsageError("decode: no capture was named; give one or more files, or - for standard input.");
	const wanted = new Set(
		input
			.texts("protocol")
			.flatMap((list) => list.split(","))
			.filter((name) => name !== ""),
	);
	const known = [...protocols.map(({ name }) => name), FLOW];
	for (const name of wanted) {
		if (!known.includes(name)) throw new UsageError(`decode: there is no protocol "${name}"; there are ${known.join(", ")}.`);
	}
	const isWanted = (name: string) => wanted.size === 0 || wanted.has(name);
	const lines = new LineWriter("-");
	const progress = new Progress();
	for (const file of files) {
		const engine = new Engine({
			protocols,
			services,
			onObservation: (protocol, observation, flow) => {
				if (isWanted(protocol.name)) lines.write(observationLine(protocol, observation, flow));
			},
			onFlow: (flow, service) => {
				const isDecoded = protocols.some(({ name }) => name === service?.service) && service?.by === "bytes";
				if (!isDecoded && isWanted(FLOW)) lines.write(flowLine(flow, service));
			},
		});
		await readCapture(new CaptureInput(file), engine.frame, {
			onWarning: (sentence) => {
				progress.clear();
				process.stderr.write(`spanwatch: ${sentence}\n`);
			},
			onProgress: ({ name, bytesRead, bytesTotal }) =>
				progress.show(() => `${name}: ${engine.frames} frames${bytesTotal > 0 ? `, ${Math.floor((100 * bytesRead) / bytesTotal)} %` : ""}`),
		});
		engine.endSource();
		if (lines.isClosed) break;
	}
	progress.clear();
	lines.close();
	return EXIT.fine;
}

export const decode: CommandRecord = {
	name: "decode",
	operands: "FILE...",
	help: "Prints one JSON line for each observation in captures (pcap or pcapng, also gzip; - is standard input), and one for each flow that no protocol claims.",
	options: {
		protocol: {
			type: "string",
			multiple: true,
			value: "P,P",
			help: `only these: ${[...protocols.map(({ name }) => name), FLOW].join(", ")}`,
		},
	},
	run,
};
