/** The historian: slower and wider than the operator station, and the only one who reads the energy meters. */
import { keepTime, resolveName } from "../everyday.ts";
import type { Actions, HostContext } from "../host.ts";
import { Cycle, ModbusLink } from "../link.ts";
import { NETWORK, UNIT } from "../plant.ts";

const SERVERS = ["plc-1", "plc-2", "plc-3", "gateway"] as const;
const POLL = 2000;

export function start(context: HostContext): Actions {
	const links = new Map(SERVERS.map((server) => [server as string, new ModbusLink(context, server)]));
	const collect = new Cycle();
	const time = new Cycle();
	const round = async () => {
		for (const [server, link] of links) {
			if (server === "gateway") {
				for (const unit of UNIT.meters) await link.run(unit, (client) => client.readInputRegisters(0, 8)).catch(() => undefined);
				continue;
			}
			await link
				.run(UNIT.plc, async (client) => {
					await client.readHoldingRegisters(0, 6);
					await client.readInputRegisters(0, 8);
					await client.readCoils(0, 2);
				})
				.catch(() => undefined);
		}
	};
	return {
		connect: async () => {
			for (const server of SERVERS) await resolveName(context, `${server}.${NETWORK.domain}`);
			collect.start(() => context.random.jitter(POLL, 0.05), round);
			time.start(
				() => context.random.jitter(11_000, 0.1),
				() => keepTime(context),
			);
		},
		disconnect: async () => {
			await Promise.all([collect.stop(), time.stop()]);
			for (const link of links.values()) await link.close();
		},
	};
}
