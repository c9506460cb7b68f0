/** A maintenance tablet: gets its address by DHCP, asks for a few names and the time, speaks to no PLC. */
import { joinByDhcp, keepTime, resolveName } from "../everyday.ts";
import type { Actions, HostContext } from "../host.ts";
import { Cycle } from "../link.ts";
import { NETWORK } from "../plant.ts";

const NAMES = ["services", "opcua", "hmi"] as const;

export function start(context: HostContext): Actions {
	const life = new Cycle();
	return {
		connect: async () => {
			if (context.isLoopback) return;
			await joinByDhcp(context);
			life.start(
				() => context.random.jitter(5000, 0.2),
				async (round) => {
					await resolveName(context, `${NAMES[round % NAMES.length]}.${NETWORK.domain}`);
					if (round % 2 === 0) await keepTime(context);
				},
			);
		},
		disconnect: () => life.stop(),
	};
}
