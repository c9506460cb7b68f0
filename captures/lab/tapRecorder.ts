/** Records what the tap of a serial line shows, as the monitor's own sniffer writes it: pcapng with LINKTYPE_RTAC_SERIAL (250), the line's name that of its interface. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { SnifferMessage } from "../../src/capture/parent.ts";
import type { SerialSnifferOptions } from "../../src/capture/serialSniffer.ts";
import { LabError } from "./network.ts";

const SNIFFER = fileURLToPath(new URL("../../src/capture/serialSniffer.js", import.meta.url));
/** The last bytes are on their way. */
const SETTLE = 300;

/** Writes to `file` what is heard at `path` for as long as `work` takes. */
export async function captureTap(path: string, name: string, file: string, work: () => Promise<void>): Promise<void> {
	const options: SerialSnifferOptions = {
		path,
		name,
		baudRate: 19_200,
		format: { dataBits: 8, parity: "even", stopBits: 1 },
		mustExist: true,
	};
	const descriptor = openSync(file, "w");
	const sniffer = fork(SNIFFER, [JSON.stringify(options)], { stdio: ["ignore", descriptor, "inherit", "ipc"], execArgv: [] });
	const ended = once(sniffer, "exit");
	try {
		const [message] = (await Promise.race([once(sniffer, "message"), ended.then(() => [undefined])])) as [SnifferMessage | undefined];
		if (message?.type !== "opened") throw new LabError(`The tap cannot be recorded: ${JSON.stringify(message)}`);
		await work();
		await sleep(SETTLE);
	} finally {
		if (sniffer.connected) sniffer.disconnect();
		await ended;
		closeSync(descriptor);
	}
}
