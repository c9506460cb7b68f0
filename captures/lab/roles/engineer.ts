/** An engineering laptop: identifies a PLC, reads its tuning, changes it, leaves. It also commissions an OPC UA server. */
import { joinByDhcp, resolveName } from "../everyday.ts";
import type { Actions, HostContext } from "../host.ts";
import { ModbusLink } from "../link.ts";
import { MAP, NETWORK, UNIT } from "../plant.ts";

const BASIC_IDENTIFICATION = 1;
const TUNING = MAP.tank.holding.gain;

export function start(context: HostContext): Actions {
	let tour: (() => Promise<void>) | undefined;
	let watch: ((policy: "encrypted" | "plain") => Promise<object>) | undefined;
	return {
		join: () => (context.isLoopback ? undefined : joinByDhcp(context)),
		session: async (args) => {
			const plc = String(args.plc);
			const link = new ModbusLink(context, plc);
			await resolveName(context, `${plc}.${NETWORK.domain}`);
			await link.run(UNIT.plc, async (client) => {
				await client.readDeviceIdentification(BASIC_IDENTIFICATION, 0);
				await client.readHoldingRegisters(TUNING, 4);
				if (args.tuning !== undefined) {
					await client.writeRegisters(TUNING, args.tuning as number[]);
					await client.readHoldingRegisters(TUNING, 4);
				}
				await client.readInputRegisters(0, 8);
			});
			await link.close();
		},
		/** Makes the keys of the OPC UA client, and waits for the server to call. */
		prepareTour: async () => {
			const { prepareTour } = await import("./tourClient.ts");
			tour = await prepareTour(context);
		},
		tour: () => tour?.(),
		prepareWatch: async () => {
			const { prepareWatch } = await import("./watchClient.ts");
			watch = await prepareWatch(context);
		},
		/** Works over one channel; tells the names of all messages. */
		watch: (args) => watch?.(args.policy === "plain" ? "plain" : "encrypted"),
	};
}
