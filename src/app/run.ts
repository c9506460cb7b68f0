/** `spanwatch run`: the monitor. */
import { loadConfig } from "../config/load.ts";
import type { Arguments, CommandRecord } from "./arguments.ts";
import { EXIT, UsageError } from "./failure.ts";
import { Station } from "./station.ts";
import { say, sayAlert, sayEntrance, untilStopped } from "./terminal.ts";

async function start(input: Arguments): Promise<number> {
	const state = input.text("state");
	const config = loadConfig(input.text("config"), {
		interfaces: input.texts("interface"),
		...(state !== undefined && { stateDir: state }),
	});
	const { interfaces, filter, snapLength, bufferMegabytes } = config.capture;
	if (interfaces.length === 0) {
		throw new UsageError(
			"run: no interface was named; give --interface IF or capture.interfaces in the configuration (`spanwatch demo` shows the monitor without one).",
		);
	}
	const station = new Station({
		config,
		source: { kind: "live", interfaces, ...(filter !== "" && { filter }), snapLength, bufferMegabytes },
		onPhase: () => {},
		onAlert: sayAlert,
		onWarning: say,
	});
	const stopped = untilStopped();
	const entrance = await station.start();
	say(`listening on ${interfaces.join(", ")}; nothing is sent there`);
	sayEntrance(entrance);
	await stopped;
	say("stopping");
	await station.stop();
	return EXIT.fine;
}

export const run: CommandRecord = {
	name: "run",
	help: "The monitor: listens on interfaces, learns what each PLC normally does, alerts when that changes, shows the plant on a local page.",
	options: {
		config: { type: "string", value: "FILE", help: "configuration (YAML); every key has a default" },
		interface: { type: "string", multiple: true, value: "IF", help: "listen here instead of on the configuration's interfaces" },
		state: { type: "string", value: "DIR", help: "keep state here instead of in the configuration's stateDir" },
	},
	run: start,
};
