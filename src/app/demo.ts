/** `spanwatch demo`: the whole monitor on bundled recordings: learns from a clean one, watches routine work and attacks as if they happened now. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../config/load.ts";
import type { Arguments, CommandRecord } from "./arguments.ts";
import { EXIT, UsageError } from "./failure.ts";
import { type Entrance, Station, type StationOptions } from "./station.ts";
import { say, sayAlert, sayEntrance, untilStopped } from "./terminal.ts";
import { ROOT } from "./version.ts";

const LEARN = "plant-normal.pcap";
/** Routine work first: nothing is to be said about it. */
const WATCH = ["recipe-change.pcap", "new-talker-write.pcap", "value-out-of-range.pcap", "restart-command.pcap"];
const DEFAULT_SPEED = 1;

/** Starts a station; where a port is taken by another program, on a free one. */
async function startAnyway(options: StationOptions): Promise<{ station: Station; entrance: Entrance }> {
	const { config } = options;
	for (;;) {
		const station = new Station(options);
		try {
			return { station, entrance: await station.start() };
		} catch (error) {
			const { code } = error as { code?: string };
			const place = code === "WEB_PORT_IN_USE" ? config.web : code === "BROKER_PORT_IN_USE" ? config.broker : undefined;
			if (place === undefined || place.port === 0) throw error;
			say(`port ${place.port} is taken by another program: ${place === config.web ? "the page" : "MQTT"} takes a free one`);
			place.port = 0;
		}
	}
}

async function start(input: Arguments): Promise<number> {
	const speed = Number(input.text("speed") ?? DEFAULT_SPEED);
	if (!(speed >= 0.1 && speed <= 1000))
		throw new UsageError("demo: --speed takes a number from 0.1 to 1000: how many times faster than it happened.");
	const given = input.text("state");
	const isKept = given !== undefined;
	const config = loadConfig(input.text("config"));
	const stateDir = given ?? mkdtempSync(join(tmpdir(), "spanwatch-demo-"));
	config.stateDir = stateDir;
	const bundled = (name: string) => join(ROOT, "captures", name);
	const stopped = untilStopped();
	try {
		const { station, entrance } = await startAnyway({
			config,
			source: { kind: "files", learn: [bundled(LEARN)], watch: WATCH.map(bundled), speed },
			onPhase: (phase, file) => {
				if (phase === "learning") say(`learning what is normal from ${file}`);
				else if (phase === "watching") say(`watching ${file}${speed === 1 ? "" : `, ${speed} times as fast as it happened`}`);
				else say("the recordings are over; the page stays until you press Ctrl-C");
			},
			onAlert: sayAlert,
			onWarning: say,
		});
		sayEntrance(entrance);
		say("try next: open an alert on the page and read its reasons; then on your network: npm start -- --interface eth1");
		await stopped;
		say("stopping");
		await station.stop();
	} finally {
		if (!isKept) rmSync(stateDir, { recursive: true, force: true });
	}
	return EXIT.fine;
}

export const demo: CommandRecord = {
	name: "demo",
	help: "The whole monitor on bundled recordings of the lab's plant: learns from a clean one, then watches routine work and three attacks.",
	options: {
		speed: { type: "string", value: "N", help: `times faster than it happened (${DEFAULT_SPEED})` },
		config: { type: "string", value: "FILE", help: "configuration (YAML); every key has a default" },
		state: { type: "string", value: "DIR", help: "keep state here; without it, it is thrown away at the end" },
	},
	run: start,
};
