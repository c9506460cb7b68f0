/** Who asks whom: the clients of the plant, their connections and what they poll in a cycle. */
import { MACHINES, PLC } from "./machines.ts";
import type { Space } from "./points.ts";

export interface Poll {
	readonly space: Space;
	readonly first: number;
	readonly count: number;
}

export interface ConnectionPlan {
	readonly client: number;
	readonly plc: number;
	/** One cycle, in order; empty for who only comes to do something. */
	readonly polls: readonly Poll[];
	/** Seconds from cycle to cycle, and the deviation of a cycle's begin as a share of them. */
	readonly period: number;
	readonly jitter: number;
}

export interface ClientPlan {
	readonly name: string;
	/** Last byte of address and MAC. */
	readonly host: number;
}

export const CLIENTS: readonly ClientPlan[] = [
	{ name: "HMI", host: 30 },
	{ name: "historian", host: 31 },
	{ name: "panel", host: 33 },
	{ name: "maintenance laptop", host: 40 },
	{ name: "stranger", host: 66 },
];
export const CLIENT = { hmi: 0, historian: 1, panel: 2, laptop: 3, stranger: 4 } as const;

const poll = (space: Space, first: number, count: number): Poll => ({ space, first, count });

const HMI_POLLS: Readonly<Record<number, readonly Poll[]>> = {
	[PLC.tank]: [poll("input", 0, 9), poll("holding", 0, 6), poll("coil", 0, 2), poll("discrete", 0, 3)],
	[PLC.reactor]: [poll("input", 0, 15), poll("holding", 10, 6), poll("coil", 0, 2)],
	[PLC.pumps]: [poll("input", 0, 13), poll("holding", 0, 4), poll("discrete", 0, 3)],
	[PLC.packing]: [poll("input", 0, 9), poll("input", 10, 3), poll("holding", 0, 2), poll("holding", 10, 2), poll("coil", 0, 2)],
};
const HISTORIAN_POLLS: Readonly<Record<number, readonly Poll[]>> = {
	[PLC.tank]: [poll("input", 0, 9), poll("holding", 0, 1)],
	[PLC.reactor]: [poll("input", 0, 15), poll("holding", 10, 6), poll("holding", 100, 4)],
	[PLC.pumps]: [poll("input", 0, 12), poll("holding", 0, 4)],
	[PLC.meter11]: [poll("input", 0, 15)],
	[PLC.meter12]: [poll("input", 0, 15)],
	[PLC.packing]: [poll("input", 0, 6), poll("discrete", 0, 3)],
};

const plan = (client: number, polls: Readonly<Record<number, readonly Poll[]>>, period: number, jitter: number): ConnectionPlan[] =>
	Object.entries(polls).map(([plc, cycle]) => ({ client, plc: Number(plc), polls: cycle, period, jitter }));

export const CONNECTIONS: readonly ConnectionPlan[] = [
	...plan(CLIENT.hmi, HMI_POLLS, 3, 0.02),
	...plan(CLIENT.historian, HISTORIAN_POLLS, 10, 0.004),
	{
		client: CLIENT.panel,
		plc: PLC.packing,
		polls: [poll("input", 4, 5), poll("coil", 0, 2), poll("discrete", 0, 3)],
		period: 2,
		jitter: 0.01,
	},
	// Visitors: no polls, opened when they have something to do.
	...[CLIENT.laptop, CLIENT.stranger, CLIENT.panel].flatMap((client) =>
		MACHINES.flatMap((_, plc): ConnectionPlan[] =>
			client === CLIENT.panel && plc === PLC.packing ? [] : [{ client, plc, polls: [], period: 0, jitter: 0 }],
		),
	),
];

/** The connection over which a client does something to a PLC: its own polling one where it has one. */
export const connectionOf = (client: number, plc: number): number =>
	CONNECTIONS.findIndex((connection) => connection.client === client && connection.plc === plc);

/** Connections on which nothing but a cycle is ever asked. */
export const isStrictlyCyclic = ({ client, polls }: ConnectionPlan): boolean => polls.length > 0 && client !== CLIENT.hmi;

export const addressOf = (host: number): string => `10.30.0.${host}`;
