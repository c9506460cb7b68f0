/** The operator station: polls the three PLCs with jitter and writes what operators set. */

import { keepTime, resolveName } from "../everyday.ts";
import type { Actions, HostContext } from "../host.ts";
import { Cycle, ModbusLink } from "../link.ts";
import { NETWORK, UNIT } from "../plant.ts";

const PLCS = ["plc-1", "plc-2", "plc-3"] as const;
const POLL = 550;
const JITTER = 0.25;

export function start(context: HostContext): Actions {
	const links = new Map<string, ModbusLink>();
	const cycles = new Map<string, Cycle>();
	const time = new Cycle();
	for (const plc of PLCS) {
		links.set(plc, new ModbusLink(context, plc));
		cycles.set(plc, new Cycle());
	}
	const link = (name: unknown) => {
		const found = links.get(String(name));
		if (found === undefined) throw new Error(`the operator station knows no ${String(name)}`);
		return found;
	};
	const poll = async (plc: string, round: number) => {
		await link(plc).run(UNIT.plc, async (client) => {
			await client.readInputRegisters(0, 8);
			await client.readDiscreteInputs(0, 3);
			if (round % 3 === 0) await client.readHoldingRegisters(0, 6);
			if (round % 3 === 1) await client.readCoils(0, 2);
		});
	};
	const connect = async () => {
		for (const plc of PLCS) await resolveName(context, `${plc}.${NETWORK.domain}`);
		for (const plc of PLCS) {
			cycles.get(plc)!.start(
				() => context.random.jitter(POLL, JITTER),
				(round) => poll(plc, round),
			);
		}
		time.start(
			() => context.random.jitter(9000, 0.1),
			() => keepTime(context),
		);
	};
	const disconnect = async () => {
		await Promise.all([time.stop(), ...PLCS.map((plc) => cycles.get(plc)!.stop())]);
		for (const plc of PLCS) await link(plc).close();
	};
	return {
		connect,
		disconnect,
		restart: async () => {
			await disconnect();
			await connect();
		},
		writeRegister: (args) =>
			link(args.plc)
				.run(UNIT.plc, (client) => client.writeRegister(Number(args.address), Number(args.value)))
				.then(() => undefined),
		writeRegisters: (args) =>
			link(args.plc)
				.run(UNIT.plc, (client) => client.writeRegisters(Number(args.address), args.values as number[]))
				.then(() => undefined),
		writeCoil: (args) =>
			link(args.plc)
				.run(UNIT.plc, (client) => client.writeCoil(Number(args.address), args.value === true))
				.then(() => undefined),
		/** Asks for registers; the exception code where the PLC refuses, else 0. */
		readHolding: (args) =>
			link(args.plc).run(UNIT.plc, (client) =>
				client.readHoldingRegisters(Number(args.address), Number(args.count)).then(
					() => 0,
					(error: { modbusCode?: number }) => error.modbusCode ?? -1,
				),
			),
	};
}
