/**
 * Attacks on the simulated plant, each kind with random time, target, addresses and values: the abilities of caldera's plugin for Modbus, FrostyGoop (S1165), INCONTROLLER
 * (S1045), and what else the lab's own attackers do. What they send is written from what is published of them; nothing of them is executed.
 */
import type { Random } from "../../captures/lab/random.ts";
import { pick } from "./calendar.ts";
import { Conversation, FLAG, type Guests, type Host, ipOf, knock, type Play, plcHost, resolve, sendArp } from "./guests.ts";
import { MACHINES, PLC } from "./machines.ts";
import { answerOf, framedModbus, high, low, unitOf } from "./modbusDevice.ts";
import { CLIENT, CLIENTS, CONNECTIONS } from "./network.ts";
import { type Dosing, NODES, OPCUA_SERVER, SCADA, Session } from "./opcuaPlant.ts";
import type { Space } from "./points.ts";
import type { Habit } from "./truth.ts";

/** What an attack has to work with. */
export interface Scene {
	readonly guests: Guests;
	readonly dosing: Dosing;
	readonly random: Random;
	/** What each variable did while it was learned. */
	readonly habits: readonly Habit[];
}

export interface Attack {
	/** Where it happens, in words. */
	readonly words: string;
	readonly play: Play;
	/** Addresses of which an alert must name one. */
	readonly parties: readonly string[];
}

export interface AttackKind {
	readonly name: string;
	readonly family: "caldera" | "FrostyGoop" | "INCONTROLLER" | "lab";
	/** Ids of records that say what makes it an attack. A mere new device does not. */
	readonly by: RegExp;
	/** The record that should say it is a fact, so it should not take long. */
	readonly isFact: boolean;
	draft(scene: Scene): Attack;
}

const MODBUS_PORT = 502;
const HMI: Host = CLIENTS[CLIENT.hmi]!;
const HISTORIAN: Host = CLIENTS[CLIENT.historian]!;
const LAPTOP: Host = CLIENTS[CLIENT.laptop]!;
const MEMORY: Readonly<Record<Space, number>> = { coil: 32, discrete: 32, input: 64, holding: 128 };
const READ: Readonly<Record<Space, number>> = { coil: 1, discrete: 2, holding: 3, input: 4 };

const whole = (random: Random, from: number, to: number): number => from + Math.floor(random.next() * (to - from + 1));
/** An address at which nobody was so far. */
const newHost = (random: Random): Host => ({ host: whole(random, 60, 99) });
const anyPlc = (random: Random): number => whole(random, 0, MACHINES.length - 1);
/** A PLC with set points that people write. */
const anyWritten = (random: Random): number => pick(random, [PLC.tank, PLC.reactor, PLC.pumps, PLC.packing]);
const nameOf = (plc: number): string => `${MACHINES[plc]!.name} (${ipOf(plcHost(plc))} unit ${unitOf(plc)})`;

/** A client of Modbus/TCP with a connection of its own. */
class Client {
	readonly #scene: Scene;
	readonly #plc: number;
	readonly #conversation: Conversation;
	#transaction = 0;

	constructor(scene: Scene, host: Host, plc: number) {
		this.#scene = scene;
		this.#plc = plc;
		this.#conversation = new Conversation(scene.guests, host, plcHost(plc), MODBUS_PORT, whole(scene.random, 33_000, 60_000));
	}

	open = (): Play => this.#conversation.open();
	close = (): Play => this.#conversation.close();

	/** A request, and its answer where there is one; `period` seconds in all. */
	*ask(pdu: readonly number[], unit = unitOf(this.#plc), isThere = true, period = 0.0025 + 0.006 * this.#scene.random.next()): Play {
		this.#transaction++;
		const said = isThere ? answerOf(this.#scene.guests.plant, this.#plc, pdu) : undefined;
		const answer = said === undefined ? undefined : framedModbus(this.#transaction, unit, said);
		yield* this.#conversation.exchange(framedModbus(this.#transaction, unit, pdu), answer, period * 0.8, period * 0.2);
	}

	/** Bytes as they are, without an answer. */
	*raw(bytes: Uint8Array): Play {
		yield* this.#conversation.exchange(bytes, undefined);
	}
}

const place = (code: number, first: number, count: number): number[] => [code, high(first), low(first), high(count), low(count)];
const writeOne = (code: 5 | 6, at: number, value: number): number[] => [
	code,
	high(at),
	low(at),
	...(code === 5 ? [value ? 0xff : 0, 0] : [high(value), low(value)]),
];
const writeMany = (first: number, values: readonly number[]): number[] => [
	...place(16, first, values.length),
	values.length * 2,
	...values.flatMap((value) => [high(value), low(value)]),
];
const IDENTIFY = [0x2b, 0x0e, 1, 0];

/** One connection of one client to one PLC. */
function session(scene: Scene, host: Host, plc: number, words: string, play: (client: Client) => Play): Attack {
	function* whole(): Play {
		const client = new Client(scene, host, plc);
		yield* client.open();
		yield* play(client);
		yield* client.close();
	}
	return { words: `${ipOf(host)} at ${nameOf(plc)}: ${words}`, play: whole(), parties: [ipOf(host), ipOf(plcHost(plc))] };
}

/** A host that is no client of this PLC yet, but of the plant. */
const strangerOrHistorian = (random: Random): Host => (random.next() < 0.7 ? newHost(random) : HISTORIAN);

const caldera: readonly AttackKind[] = [
	{
		name: "reads coils, inputs or registers",
		family: "caldera",
		by: /^(new-talker|point-scan)$/,
		isFact: false,
		draft(scene) {
			const { random } = scene;
			const space = pick(random, Object.keys(READ) as Space[]);
			const first = whole(random, 0, 15);
			const count = whole(random, 1, 16);
			return session(scene, newHost(random), anyPlc(random), `${space} ${first} and ${count - 1} more`, function* (client) {
				yield* client.ask(place(READ[space], first, count));
			});
		},
	},
	{
		name: "writes a coil, a register or several",
		family: "caldera",
		by: /^(first-write|write-outside)$/,
		isFact: false,
		draft(scene) {
			const { random } = scene;
			const at = whole(random, 0, 5);
			const value = whole(random, 0, 5000);
			const [words, pdu] = pick<readonly [string, readonly number[]]>(random, [
				["write single coil", writeOne(5, at, value & 1)],
				["write single register", writeOne(6, at, value)],
				["write multiple coils", [...place(15, at, 3), 1, value & 7]],
				["write multiple registers", writeMany(at, [value, value >> 1])],
				["mask write register", [22, high(at), low(at), 0xff, 0xf0, 0, value & 15]],
			]);
			return session(scene, newHost(random), anyWritten(random), `${words} at ${at}`, function* (client) {
				yield* client.ask(pdu);
			});
		},
	},
	{
		name: "fuzzes coils or registers",
		family: "caldera",
		by: /^(first-write|write-outside|point-scan|flood|.*burst.*|.*brute.*)$/,
		isFact: false,
		draft(scene) {
			const { random } = scene;
			const code = pick(random, [5, 6] as const);
			const count = whole(random, 20, 80);
			const pause = 0.02 + 0.2 * random.next();
			return session(scene, newHost(random), anyWritten(random), `${count} random writes with function ${code}`, function* (client) {
				for (let done = 0; done < count; done++) {
					yield* client.ask(writeOne(code, whole(random, 0, MEMORY[code === 5 ? "coil" : "holding"] - 1), whole(random, 0, 65_535)));
					yield pause;
				}
			});
		},
	},
	{
		name: "reads the device identification",
		family: "caldera",
		by: /^(new-talker|new-function|.*identi.*)$/,
		isFact: false,
		draft(scene) {
			const { random } = scene;
			return session(scene, strangerOrHistorian(random), anyPlc(random), "function 43/14", function* (client) {
				yield* client.ask(IDENTIFY);
			});
		},
	},
];

const frostyGoop: AttackKind = {
	name: "goes through a list of tasks: reads and writes holding registers",
	family: "FrostyGoop",
	by: /^(first-write|write-outside)$/,
	isFact: false,
	draft(scene) {
		const { random } = scene;
		const host = newHost(random);
		// As in its configuration: a list of addresses, each with tasks of code, address, count and value.
		const targets = Array.from({ length: whole(random, 1, 3) }, () => anyWritten(random)).map((plc) => ({
			plc,
			tasks: Array.from({ length: whole(random, 2, 6) }, (_, at) => ({
				code: at === 0 ? 3 : pick(random, [3, 6, 16]),
				address: whole(random, 0, 20),
				value: whole(random, 0, 65_535),
			})),
		}));
		targets[0]!.tasks.push({ code: pick(random, [6, 16]), address: whole(random, 0, 5), value: whole(random, 0, 65_535) });
		function* play(): Play {
			for (const { plc, tasks } of targets) {
				const client = new Client(scene, host, plc);
				yield* client.open();
				for (const { code, address, value } of tasks) {
					if (code === 3) yield* client.ask(place(3, address, 1 + (value & 7)));
					else yield* client.ask(code === 6 ? writeOne(6, address, value) : writeMany(address, [value, value]));
					yield 0.05 + 0.5 * random.next();
				}
				yield* client.close();
				yield 0.2;
			}
		}
		return {
			words: `${ipOf(host)} at ${targets.map(({ plc }) => nameOf(plc)).join(", ")}`,
			play: play(),
			parties: [ipOf(host), ...targets.map(({ plc }) => ipOf(plcHost(plc)))],
		};
	},
};

const incontroller: readonly AttackKind[] = [
	{
		name: "searches for Modbus devices and identifies them",
		family: "INCONTROLLER",
		by: /^(host-scan|new-talker|.*identi.*|.*scan.*)$/,
		isFact: true,
		draft(scene) {
			const { random, guests } = scene;
			const host = newHost(random);
			const there = new Set(MACHINES.map(({ host: last }) => last));
			const from = whole(random, 1, 3);
			const pause = 0.02 + 0.3 * random.next();
			function* play(): Play {
				for (let last = from; last < from + 40; last++) {
					const plc = MACHINES.findIndex((machine) => machine.host === last);
					if (!there.has(last))
						yield* knock(guests, host, { host: last, isPlc: true }, MODBUS_PORT, 33_000 + last, last === 20 || last === 30);
					else {
						const client = new Client(scene, host, plc);
						yield* client.open();
						yield* client.ask(IDENTIFY);
						yield* client.close();
					}
					yield pause;
				}
			}
			return { words: `${ipOf(host)} calls 40 addresses`, play: play(), parties: [ipOf(host)] };
		},
	},
	{
		name: "writes many registers at once",
		family: "INCONTROLLER",
		by: /^(first-write|write-outside)$/,
		isFact: false,
		draft(scene) {
			const { random } = scene;
			const plc = anyWritten(random);
			const first = whole(random, 0, 4);
			const values = Array.from({ length: whole(random, 4, 20) }, () => whole(random, 0, 65_535));
			const words = `${values.length} registers from ${first} on`;
			return session(scene, strangerOrHistorian(random), plc, words, function* (client) {
				yield* client.ask(writeMany(first, values));
			});
		},
	},
	{
		name: "asks OPC UA servers for their endpoints",
		family: "INCONTROLLER",
		by: /^(new-talker|host-scan|.*(discover|endpoint|server-search|sweep).*)$/,
		isFact: false,
		draft(scene) {
			const { random, guests, dosing } = scene;
			const host = newHost(random);
			function* play(): Play {
				for (let last = 15; last < 24; last++) {
					if (last !== OPCUA_SERVER.host) yield* knock(guests, host, { host: last, isPlc: true }, 4840, 34_000 + last, last === 15);
					else {
						const session = new Session(guests, dosing, host, 34_000 + last);
						yield* session.channel();
						yield* session.service("FindServers", { endpointUrl: "opc.tcp://plc:4840" }, { servers: [] });
						yield* session.service("GetEndpoints", { endpointUrl: "opc.tcp://plc:4840" }, { endpoints: [] });
						yield* session.conversation.close();
					}
					yield 0.1 + random.next();
				}
			}
			return { words: `${ipOf(host)} at nine addresses`, play: play(), parties: [ipOf(host)] };
		},
	},
	...(["a new host", "the station"] as const).map(
		(who): AttackKind => ({
			name: `walks through the address space of OPC UA, from ${who}`,
			family: "INCONTROLLER",
			by: who === "a new host" ? /^(new-talker|point-scan|.*(browse|walk).*)$/ : /^(new-function|new-point|point-scan|.*(browse|walk).*)$/,
			isFact: false,
			draft(scene) {
				const { random, guests, dosing } = scene;
				const host = who === "a new host" ? newHost(random) : SCADA;
				const nodes = whole(random, 30, 120);
				function* play(): Play {
					const session = new Session(guests, dosing, host, whole(random, 35_000, 40_000));
					yield* session.channel();
					yield* session.login("explorer", "operator1");
					for (let at = 0; at < nodes; at++) {
						yield* session.service(
							"Browse",
							{
								nodesToBrowse: [
									{ nodeId: `ns=2;s=Node${at}`, browseDirection: 0, includeSubtypes: true, nodeClassMask: 0, resultMask: 63 },
								],
							},
							{ results: [{ statusCode: 0, references: [] }] },
						);
						yield 0.02 + 0.1 * random.next();
					}
					yield* session.close();
				}
				return { words: `${ipOf(host)}, ${nodes} nodes`, play: play(), parties: [ipOf(host), ipOf(OPCUA_SERVER)] };
			},
		}),
	),
	...(["a new host", "the station"] as const).map(
		(who): AttackKind => ({
			name: `guesses passwords of OPC UA, from ${who}`,
			family: "INCONTROLLER",
			// That a new client logs in is not yet that it guesses; one refusal comes of a mistyped password too.
			by: /(login|logon|password|brute|guess|authenti|activat)/,
			isFact: true,
			draft(scene) {
				const { random, guests, dosing } = scene;
				const host = who === "a new host" ? newHost(random) : SCADA;
				const tries = whole(random, 12, 40);
				const pause = 0.1 + random.next();
				function* play(): Play {
					const session = new Session(guests, dosing, host, whole(random, 40_000, 45_000));
					yield* session.channel();
					yield* session.login("explorer", "admin", false);
					for (let at = 1; at < tries; at++) {
						yield pause;
						yield* session.activate(pick(random, ["admin", "operator", "root", "user"]), at === tries - 1 && tries % 2 === 0);
					}
				}
				return { words: `${ipOf(host)}, ${tries} tries`, play: play(), parties: [ipOf(host), ipOf(OPCUA_SERVER)] };
			},
		}),
	),
	{
		name: "writes tags of OPC UA",
		family: "INCONTROLLER",
		by: /^(first-write|write-outside|new-point|new-function)$/,
		isFact: false,
		draft(scene) {
			const { random, guests, dosing } = scene;
			const host = random.next() < 0.6 ? newHost(random) : SCADA;
			const node = pick(random, NODES);
			const value = whole(random, 20, 900);
			function* play(): Play {
				const session = new Session(guests, dosing, host, whole(random, 45_000, 48_000));
				yield* session.channel();
				yield* session.login("explorer", "operator1");
				yield* session.write(node, value);
				yield* session.close();
			}
			return { words: `${ipOf(host)} writes ${value} to ${node}`, play: play(), parties: [ipOf(host), ipOf(OPCUA_SERVER)] };
		},
	},
];

/** One request of diagnostics or of function 90 by the maintenance laptop, taken over. */
const command = (name: string, by: RegExp, pdu: readonly number[], effect?: (scene: Scene, plc: number) => void): AttackKind => ({
	name,
	family: "lab",
	by,
	isFact: true,
	draft(scene) {
		const { random } = scene;
		const plc = anyPlc(random);
		return session(scene, random.next() < 0.5 ? LAPTOP : newHost(random), plc, name, function* (client) {
			yield* client.ask(pdu);
			effect?.(scene, plc);
		});
	},
});

const away =
	(seconds: number) =>
	({ guests }: Scene, plc: number): void => {
		guests.plant.plcs[plc]!.awayUntil = guests.time + seconds * 1e6;
	};

const lab: readonly AttackKind[] = [
	command("tells a PLC to restart", /^modbus-restart$/, [8, 0, 1, 0, 0], away(8)),
	command("tells a PLC to be silent", /^modbus-listen-only$/, [8, 0, 4, 0, 0], away(30)),
	command("clears counters", /^modbus-clear-counters$/, [8, 0, 10, 0, 0]),
	command("stops a PLC with function 90", /^controller-stop$/, [90, 1, 0x41, 0xff, 0]),
	{
		name: "tries out functions",
		family: "lab",
		by: /^function-scan$/,
		isFact: true,
		draft(scene) {
			const { random } = scene;
			const pause = 0.05 + 0.3 * random.next();
			return session(scene, pick(random, [newHost(random), HISTORIAN]), anyPlc(random), "functions 1 to 30", function* (client) {
				for (let code = 1; code <= 30; code++) {
					yield* client.ask(
						code === 8 ? [8, 0, 0, 1, 2] : code === 15 ? [...place(15, 0, 1), 1, 0] : code === 16 ? writeMany(0, [0]) : place(code, 0, 1),
					);
					yield pause;
				}
			});
		},
	},
	{
		name: "searches through the registers",
		family: "lab",
		by: /^point-scan$/,
		isFact: true,
		draft(scene) {
			const { random } = scene;
			const block = whole(random, 8, 20);
			const pause = 0.02 + 0.3 * random.next();
			return session(scene, pick(random, [newHost(random), HISTORIAN, HMI]), anyPlc(random), `blocks of ${block}`, function* (client) {
				for (let at = 0; at < 60; at++) {
					yield* client.ask(place(3, at * block, block));
					yield pause;
				}
			});
		},
	},
	{
		name: "searches for units behind the gateway",
		family: "lab",
		by: /^unit-scan$/,
		isFact: true,
		draft(scene) {
			const { random } = scene;
			const pause = 0.05 + 0.5 * random.next();
			return session(scene, pick(random, [newHost(random), HISTORIAN]), PLC.meter11, "units 1 to 30", function* (client) {
				for (let unit = 1; unit <= 30; unit++) {
					yield* client.ask(place(4, 0, 1), unit, unit === 11 || unit === 12);
					yield pause;
				}
			});
		},
	},
	{
		name: "knocks at port 502 of many addresses",
		family: "lab",
		by: /^(host|address)-scan$/,
		isFact: true,
		draft(scene) {
			const { random, guests } = scene;
			const host = pick(random, [newHost(random), HISTORIAN]);
			const from = whole(random, 100, 150);
			const pause = 0.01 + random.next();
			function* play(): Play {
				for (let last = from; last < from + 60; last++) {
					yield* resolve(guests, host, { host: last }, false);
					yield pause;
				}
			}
			return { words: `${ipOf(host)} calls 60 addresses`, play: play(), parties: [ipOf(host)] };
		},
	},
	{
		name: "sends malformed messages",
		family: "lab",
		by: /^modbus-(malformed|illegal-function)$/,
		isFact: true,
		draft(scene) {
			const { random } = scene;
			const kind = whole(random, 0, 3);
			const plc = anyPlc(random);
			return session(scene, pick(random, [newHost(random), LAPTOP]), plc, `form ${kind}`, function* (client) {
				const unit = unitOf(plc);
				const good = framedModbus(9, unit, place(3, 0, 2));
				if (kind === 0) yield* client.raw(Uint8Array.from(good, (byte, at) => (at === 2 ? 0x41 : byte)));
				else if (kind === 1) yield* client.ask(place(3, 0, whole(random, 200, 60_000)));
				else if (kind === 2) yield* client.ask([5, 0, 0, 0x12, 0x34]);
				else yield* client.ask([0, 0, 0, 0, 1]);
			});
		},
	},
	{
		name: "floods a PLC with requests",
		family: "lab",
		by: /^flood$/,
		isFact: true,
		draft(scene) {
			const { random } = scene;
			// Below 200 a second it is another pace, not a flood.
			const rate = whole(random, 300, 900);
			const words = `${rate} requests a second`;
			return session(scene, pick(random, [newHost(random), HISTORIAN]), pick(random, [PLC.tank, PLC.reactor]), words, function* (client) {
				for (let at = 0; at < 4 * rate; at++) yield* client.ask(place(4, 0, 2), undefined, true, 1 / rate);
			});
		},
	},
	{
		name: "opens connections by the hundred",
		family: "lab",
		by: /^flood$/,
		isFact: true,
		draft(scene) {
			const { random, guests } = scene;
			const host = newHost(random);
			const plc = anyPlc(random);
			function* play(): Play {
				yield* resolve(guests, host, plcHost(plc), true);
				for (let at = 0; at < 800; at++) {
					new Conversation(guests, host, plcHost(plc), MODBUS_PORT, 10_000 + at).send(true, FLAG.syn);
					yield 0.005;
				}
			}
			return { words: `${ipOf(host)} at ${nameOf(plc)}`, play: play(), parties: [ipOf(host), ipOf(plcHost(plc))] };
		},
	},
	{
		name: "takes the address of a PLC",
		family: "lab",
		by: /^address-takeover$/,
		isFact: true,
		draft(scene) {
			const { random, guests } = scene;
			const host = newHost(random);
			const plc = anyPlc(random);
			const claimed: Host = { host: plcHost(plc).host };
			function* play(): Play {
				sendArp(guests, host, host, HMI, false);
				yield 0.5;
				for (let at = 0; at < 5; at++) {
					sendArp(guests, host, claimed, claimed, true);
					yield 1;
				}
			}
			return { words: `${ipOf(host)} claims ${ipOf(claimed)}`, play: play(), parties: [ipOf(host), ipOf(claimed)] };
		},
	},
	{
		name: "sets a set point beyond its range, from the HMI",
		family: "lab",
		by: /^write-outside$/,
		isFact: false,
		draft(scene) {
			const { random, habits } = scene;
			const own = habits.filter(
				({ variable, min, max, changes }) =>
					variable.space === "holding" && variable.kind === "set point" && changes > 4 && max > min && max < 20_000,
			);
			const { variable, min, max } = pick(random, own);
			const value = Math.min(65_535, Math.round(max + (max - min) * (1.2 + 2 * random.next())));
			return session(scene, HMI, variable.plc, `${value} to ${variable.name} (${min} to ${max})`, function* (client) {
				yield* client.ask(writeOne(6, variable.at, value));
			});
		},
	},
	{
		name: "writes as the first time, from the historian",
		family: "lab",
		by: /^first-write$/,
		isFact: false,
		draft(scene) {
			const { random } = scene;
			const plc = pick(
				random,
				CONNECTIONS.filter(({ client, polls }) => client === CLIENT.historian && polls.length > 0),
			).plc;
			const at = whole(random, 0, 20);
			const value = whole(random, 0, 3000);
			return session(scene, HISTORIAN, plc, `${value} to holding register ${at}`, function* (client) {
				yield* client.ask(writeOne(6, at, value));
			});
		},
	},
];

export const ATTACKS: readonly AttackKind[] = [...caldera, frostyGoop, ...incontroller, ...lab];
