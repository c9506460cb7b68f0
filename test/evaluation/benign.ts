/** What happens in a plant and looks like an attack: near twins of what `attacks.ts` plays, none of which should be more than informational. */
import type { Random } from "../../captures/lab/random.ts";
import type { Scene } from "./attacks.ts";
import { pick, SECOND } from "./calendar.ts";
import { Conversation, FLAG, type Host, ipOf, type Play, plcHost, sendArp } from "./guests.ts";
import { MACHINES, PLC, RECIPES } from "./machines.ts";
import { CLIENT, CLIENTS, CONNECTIONS } from "./network.ts";
import { NODES, SCADA, Session } from "./opcuaPlant.ts";
import { type Deed, type Request, write } from "./people.ts";
import type { Habit } from "./truth.ts";

export interface Event {
	readonly words: string;
	/** What the simulation's people do, from its start on. */
	readonly deeds?: readonly Deed[];
	readonly play?: Play;
}

export interface EventKind {
	readonly name: string;
	draft(scene: Scene, start: number): Event;
}

const HMI: Host = CLIENTS[CLIENT.hmi]!;
const deed = (at: number, client: number, plc: number, what: Deed["what"]): Deed => ({ at, client, plc, what, words: "benign" });
const ask = (at: number, client: number, plc: number, ...requests: Request[]): Deed => deed(at, client, plc, { kind: "ask", requests });
const plcOf = (client: number, random: Random): number =>
	pick(
		random,
		CONNECTIONS.filter((one) => one.client === client && one.polls.length > 0),
	).plc;
const between = (random: Random, from: number, to: number): number => from + random.next() * (to - from);

/** A set point that is written often, so its range is known. */
const setPoints = (habits: readonly Habit[]): Habit[] =>
	habits.filter(
		({ variable: { plc, space, at } }) => space === "holding" && ((plc === PLC.tank && at === 0) || (plc === PLC.pumps && at === 0)),
	);

export const BENIGN: readonly EventKind[] = [
	{
		name: "an operator goes to the limit",
		draft({ random, habits }, start) {
			const { variable, min, max } = pick(random, setPoints(habits));
			const value = random.next() < 0.5 ? min : max;
			return { words: `${variable.name} ${value}`, deeds: [ask(start, CLIENT.hmi, variable.plc, write("holding", variable.at, value))] };
		},
	},
	{
		name: "a recipe of the shift is written again",
		draft({ random }, start) {
			const recipe = pick(random, RECIPES);
			return { words: `recipe ${recipe[0]}`, deeds: [ask(start, CLIENT.hmi, PLC.reactor, write("holding", 10, ...recipe))] };
		},
	},
	{
		name: "alarms are acknowledged",
		draft({ random }, start) {
			const plc = pick(random, [PLC.tank, PLC.packing]);
			const deeds = [0, 3, 9].map((after) => ask(start + after * SECOND, CLIENT.hmi, plc, write("coil", 1, 1), write("coil", 1, 0)));
			return { words: MACHINES[plc]!.name, deeds };
		},
	},
	{
		name: "a screen with more on it is opened",
		draft({ random }, start) {
			const until = start + between(random, 60, 200) * SECOND;
			const poll = { space: "holding", first: 100, count: 4 } as const;
			return { words: "the tuning screen", deeds: [deed(start, CLIENT.hmi, PLC.reactor, { kind: "screen", poll, until })] };
		},
	},
	{
		name: "a connection of the HMI breaks and comes back",
		draft({ random }, start) {
			const plc = plcOf(CLIENT.hmi, random);
			const seconds = between(random, 2, 30);
			return { words: `${MACHINES[plc]!.name}, ${seconds.toFixed(0)} s`, deeds: [deed(start, CLIENT.hmi, plc, { kind: "drop", seconds })] };
		},
	},
	{
		name: "the historian connects anew everywhere",
		draft({ random }, start) {
			const own = CONNECTIONS.filter(({ client, polls }) => client === CLIENT.historian && polls.length > 0);
			const seconds = between(random, 3, 25);
			const deeds = own.map(({ plc }, at) => deed(start + at * 0.1 * SECOND, CLIENT.historian, plc, { kind: "drop", seconds }));
			return { words: `${seconds.toFixed(0)} s`, deeds };
		},
	},
	{
		name: "a PLC loses power for a moment",
		draft({ random }, start) {
			const plc = pick(random, [PLC.tank, PLC.pumps, PLC.packing]);
			const seconds = between(random, 5, 40);
			return { words: `${MACHINES[plc]!.name}, ${seconds.toFixed(0)} s`, deeds: [deed(start, -1, plc, { kind: "restart", seconds })] };
		},
	},
	{
		name: "a PLC announces its own address",
		draft({ random, guests }) {
			const plc = Math.floor(random.next() * MACHINES.length);
			const host = plcHost(plc);
			function* play(): Play {
				for (let count = 0; count < 3; count++) {
					sendArp(guests, host, host, host, false);
					yield 1;
				}
			}
			return { words: ipOf(host), play: play() };
		},
	},
	{
		name: "the station of OPC UA connects once more",
		draft({ random, guests, dosing }) {
			function* play(): Play {
				const session = new Session(guests, dosing, SCADA, 52_000 + Math.floor(random.next() * 1000));
				yield* session.channel();
				yield* session.login("station", "operator2");
				for (let count = 0; count < 6; count++) {
					yield* session.read(NODES);
					yield 10;
				}
				yield* session.close();
			}
			return { words: "a minute long", play: play() };
		},
	},
	{
		name: "an operator mistypes a password once",
		draft({ random, guests, dosing }) {
			function* play(): Play {
				const session = new Session(guests, dosing, SCADA, 53_000 + Math.floor(random.next() * 1000));
				yield* session.channel();
				yield* session.login("station", "operator1", false);
				yield 4;
				yield* session.activate("operator1", true);
				yield* session.read(NODES);
				yield* session.close();
			}
			return { words: "then it is right", play: play() };
		},
	},
	{
		name: "somebody calls a PLC's port three times in vain",
		draft({ random, guests }) {
			const plc = plcOf(CLIENT.hmi, random);
			function* play(): Play {
				for (let count = 0; count < 3; count++) {
					new Conversation(guests, HMI, plcHost(plc), 502, 54_000 + count).send(true, FLAG.syn);
					yield 1;
				}
			}
			return { words: MACHINES[plc]!.name, play: play() };
		},
	},
	{
		name: "an hour in which nothing happens",
		draft: () => ({ words: "work as usual" }),
	},
];
