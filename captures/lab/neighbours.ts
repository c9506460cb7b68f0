/**
 * What devices say to each other on one network besides their work: pings, announcements of LLDP and CDP by lldpd, and the spanning tree by the kernel's own bridges. All is
 * silent until the lab says so.
 */
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Actions, HostContext } from "./host.ts";
import { LabError, tool, toolExists } from "./network.ts";

const BRIDGE = "br9";
/** Until a switch has said that it is one: a second between two hellos. */
const HELLO = 1500;

export function neighbourActions(context: HostContext): Actions {
	return {
		/** Asks a host whether it is there, `count` times. */
		ping: (args) => {
			if (!toolExists("ping")) throw new LabError("the tool ping is missing (apt-get install iputils-ping)");
			tool("ping", "-n", "-q", "-c", String(args.count), "-i", "0.5", context.address(String(args.host)));
		},
		/** Says by LLDP and CDP who this host is, for `seconds`. */
		announce: async (args) => {
			if (!toolExists("lldpd")) throw new LabError("the tool lldpd is missing (apt-get install lldpd)");
			// It gives its rights up, and has to reach its own socket still.
			const folder = mkdtempSync(join(tmpdir(), "spanwatch-lldpd-"));
			chmodSync(folder, 0o755);
			const settings = join(folder, "settings");
			// Nothing of the machine on which this runs.
			writeFileSync(
				settings,
				["hostname laptop-3", "description 'Laptop of the engineer'", "platform 'Example Book'"]
					.map((line) => `configure system ${line}\n`)
					.join(""),
			);
			const daemon = spawn(
				"lldpd",
				["-d", "-l", "-cc", "-i", "-k", "-C", "eth0", "-I", "eth0", "-O", settings, "-u", join(folder, "socket")],
				{
					stdio: "ignore",
				},
			);
			await sleep(Number(args.seconds) * 1000);
			daemon.kill();
			rmSync(folder, { recursive: true, force: true });
		},
		/** Becomes a switch of the spanning tree with this priority; gives its own port to it. */
		joinTree: async (args) => {
			tool("ip", "link", "add", "name", BRIDGE, "type", "bridge", "stp_state", "1", "hello_time", "100", "priority", String(args.priority));
			tool("ip", "link", "set", "eth0", "master", BRIDGE);
			tool("ip", "link", "set", BRIDGE, "up");
			await sleep(HELLO);
		},
		leaveTree: () => tool("ip", "link", "del", BRIDGE),
	};
}
