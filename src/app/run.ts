/** `spanwatch run`: the monitor. */
import { loadConfig } from "../config/load.ts";
import type { Arguments, CommandRecord } from "./arguments.ts";
import { EXIT, UsageError } from "./failure.ts";
import { serialLines } from "./serialLines.ts";
import { Station } from "./station.ts";
import { say, sayAlert, sayEntrance, untilStopped } from "./terminal.ts";

async function start(input: Arguments): Promise<number> {
	const state = input.text("state");
	const config = loadConfig(input.text("config"), {
		interfaces: input.texts("interface"),
		serial: input.texts("serial"),
		...(state !== undefined && { stateDir: state }),
	});
	const { interfaces, filter, snapLength, bufferMegabytes } = config.capture;
	const serial = serialLines("run", config.capture.serial);
	if (interfaces.length === 0 && serial.length === 0) {
		throw new UsageError(
			"run: no interface was named; give --interface IF or --serial LINE, or capture.interfaces or capture.serial in the configuration (`spanwatch demo` shows the monitor without one).",
		);
	}
	const station = new Station({
		config,
		source: { kind: "live", interfaces, serial, ...(filter !== "" && { filter }), snapLength, bufferMegabytes },
		onPhase: () => {},
		onAlert: sayAlert,
		onWarning: say,
	});
	const stopped = untilStopped();
	const entrance = await station.start();
	say(`listening on ${[...interfaces, ...serial.map(({ path }) => path)].join(", ")}; nothing is sent there`);
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
		serial: {
			type: "string",
			multiple: true,
			value: "LINE",
			help: "listen on this serial line instead of on the configuration's: /dev/ttyUSB0,19200,8E1 or /dev/ttyUSB0,auto",
		},
		state: { type: "string", value: "DIR", help: "keep state here instead of in the configuration's stateDir" },
	},
	run: start,
};
