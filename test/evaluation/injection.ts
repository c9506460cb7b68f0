/**
 * Changes to inject: each is one tampering with an otherwise same run, drawn at random over all points, connections and kinds. What is larger than a point's own normal
 * range is marked, as it has a target of its own.
 */
import { Random } from "../../captures/lab/random.ts";
import { clockWords, DAY, HOUR, hourOf, isWeekend, MINUTE, pick, SECOND, weekdayOf } from "./calendar.ts";
import { MACHINES, PLC, RECIPES } from "./machines.ts";
import { addressOf, CLIENT, CLIENTS, CONNECTIONS, type Poll } from "./network.ts";
import { DAYS, type Deed, LEARNED_DAYS, REPLACEMENT, RESTART, type Request, write } from "./people.ts";
import { copyImage, type Image, newImage, readVariable, type Variable, writeVariable } from "./points.ts";
import { copyState, type PlantState, Simulation, type Tamper } from "./simulation.ts";
import { type Habit, rangeOf, widthOf } from "./truth.ts";

export const VALUE_FAULTS = [
	"value outside, read",
	"value outside, written",
	"impossible step",
	"frozen",
	"replayed",
	"slow drift",
] as const;
export const FAULTS = [...VALUE_FAULTS, "wrong writer", "wrong hour", "wrong order", "missing poll", "faster poll", "new point"] as const;
/** Beside the list: a value that would be normal by itself, where others of the PLC say that it is not. */
export const LIE = "believable value";
export type Fault = (typeof FAULTS)[number] | typeof LIE;

/** Clean traffic before each change, and after it. */
export const WARM_UP = 10 * MINUTE;
const AFTER = 3 * MINUTE;
const DRIFT = 5 * HOUR;
const LONGEST = WARM_UP + DRIFT + AFTER;

/** A moment from which runs are taken up. */
export interface Moment {
	/** Where the clean traffic begins. */
	from: number;
	state: PlantState;
}

export interface Injection {
	fault: Fault;
	/** What kind of point or connection, for the tables. */
	of: string;
	/** For the list of what was missed. */
	words: string;
	/** A value that lies outside by at least the point's own normal range. */
	isLarge: boolean;
	/** When the change begins, and when the run may end. */
	start: number;
	until: number;
	tamper: Tamper;
	/** Addresses that an alert may name. */
	plc: string;
	client: string | undefined;
	/** The point as alerts name it, where the change is one of a point. */
	point: string | undefined;
}

/** Times in the watched days, away from what happens there once. */
export function momentTimes(random: Random, count: number): number[] {
	const times: number[] = [];
	while (times.length < count) {
		// Spread over the week, then at random within the stretch.
		const at = LEARNED_DAYS * DAY + ((times.length + random.next()) / count) * ((DAYS - LEARNED_DAYS) * DAY - LONGEST);
		const isNear = [RESTART.at, REPLACEMENT.at].some((once) => at > once - LONGEST && at < once + 2 * HOUR);
		times.push(isNear ? at + (REPLACEMENT.at - at > 0 && REPLACEMENT.at - at < LONGEST ? -LONGEST : 8 * HOUR) : at);
	}
	return times.sort((one, other) => one - other);
}

type Draft = Omit<Injection, "fault" | "start" | "until" | "plc" | "client"> & { seconds: number; plc: number; client?: number };

const pointOf = ({ space, at }: Variable): string => `${space}:${at}`;
const nameOf = ({ plc, name }: Variable): string => `${MACHINES[plc]!.name}, ${name}`;
const shows = (variable: Variable, start: number, seconds: number, value: (image: Image, time: number) => number): Tamper => ({
	show(plc, shown, time) {
		if (plc === variable.plc && time >= start && time < start + seconds * SECOND) writeVariable(shown, variable, value(shown, time));
	},
});
const asks = (at: number, client: number, plc: number, ...requests: Request[]): Tamper => ({
	deeds: [{ at, client, plc, words: "injected", what: { kind: "ask", requests } } satisfies Deed],
});
const limitOf = ({ encoding, space }: Variable): number =>
	space === "coil" || space === "discrete" ? 1 : encoding === "u16" ? 65_535 : encoding === "u32" ? 2 ** 32 - 1 : Number.POSITIVE_INFINITY;

/** A value that lies outside by so many widths, on the side where there is room; undefined where there is none. */
function outside(habit: Habit, widths: number, isUp: boolean): number | undefined {
	const way = widthOf(habit) * widths;
	const round = (value: number): number => (habit.variable.encoding === "float" ? value : Math.round(value));
	const up = round(habit.max + Math.max(way, habit.variable.encoding === "float" ? 0 : 1));
	const down = round(habit.min - Math.max(way, habit.variable.encoding === "float" ? 0 : 1));
	const least = habit.variable.encoding === "float" ? Number.NEGATIVE_INFINITY : 0;
	const options = [...(up <= limitOf(habit.variable) ? [up] : []), ...(down >= least ? [down] : [])];
	return isUp ? options[0] : options.at(-1);
}

/** Changes in the learned week of a point that has a range of its own; what is set once or twice may be set to anything next time. */
const KNOWN_CHANGES = 4;
/** True where a value lies further outside than the normal range is wide. */
const isBeyond = (habit: Habit, value: number): boolean =>
	(habit.changes >= KNOWN_CHANGES || rangeOf(habit) === 0) && Math.max(value - habit.max, habit.min - value) >= rangeOf(habit);

/** The request with which a value is usually written there. */
function usualWrite(variable: Variable, value: number, state: PlantState): Request {
	const { plc, space, at } = variable;
	const { holding } = state.plcs[plc]!.image;
	const block = plc === PLC.reactor && at < 16 ? [10, 6] : plc === PLC.packing && at >= 10 ? [10, 2] : undefined;
	if (block === undefined) return write(space, at, value);
	const values = [...holding.subarray(block[0], block[0]! + block[1]!)];
	values[at - block[0]!] = value;
	return write("holding", block[0]!, ...values);
}

export class Injector {
	readonly #random: Random;
	readonly #habits: readonly Habit[];

	constructor(random: Random, habits: readonly Habit[]) {
		this.#random = random;
		this.#habits = habits;
	}

	/** One change of a kind at a moment; undefined where the moment has nothing for it. */
	make(fault: Fault, moment: Moment): Injection | undefined {
		const start = moment.from + WARM_UP;
		const draft = this.#drafts[fault](start, moment);
		if (draft === undefined) return undefined;
		const { seconds, plc, client, ...rest } = draft;
		return {
			...rest,
			fault,
			words: `${clockWords(start)}: ${draft.words}`,
			start,
			until: start + seconds * SECOND + AFTER,
			plc: addressOf(MACHINES[plc]!.host),
			client: client === undefined ? undefined : addressOf(CLIENTS[client]!.host),
		};
	}

	#habit(isFit: (habit: Habit) => boolean): Habit | undefined {
		const fit = this.#habits.filter(isFit);
		return fit.length === 0 ? undefined : pick(this.#random, fit);
	}

	#between(from: number, to: number): number {
		return from + this.#random.next() * (to - from);
	}

	readonly #drafts: Readonly<Record<Fault, (start: number, moment: Moment) => Draft | undefined>> = {
		"value outside, read": (start, { state }) => {
			const widths = this.#random.next() < 0.35 ? this.#between(0.15, 0.95) : this.#between(1.02, 4);
			const isUp = this.#random.next() < 0.5;
			const habit = this.#habit((one) => !["clock", "random"].includes(one.variable.kind) && outside(one, widths, isUp) !== undefined);
			if (habit === undefined) return undefined;
			if (habit.variable.kind === "bits") return this.#bit(habit, start);
			const { variable } = habit;
			// What counts is ahead by then.
			const now = readVariable(state.plcs[variable.plc]!.image, variable);
			const isCounter = variable.kind === "counter" && variable.encoding === "u32";
			const value = isCounter ? Math.min(limitOf(variable), now + widthOf(habit) * Math.max(1, widths)) : outside(habit, widths, isUp)!;
			const noise = rangeOf(habit) > 0 && variable.kind === "continuous" ? 0.01 * rangeOf(habit) : 0;
			const seconds = Math.round(this.#between(30, 300));
			const random = new Random(Math.floor(start / SECOND));
			return {
				of: variable.kind,
				words: `${nameOf(variable)} shows ${value} (normally ${habit.min} to ${habit.max})`,
				isLarge: isCounter || isBeyond(habit, value),
				seconds,
				tamper: shows(variable, start, seconds, () => value + (variable.encoding === "float" ? random.noise(noise) : 0)),
				plc: variable.plc,
				point: pointOf(variable),
			};
		},
		"value outside, written": (start, { state }) => {
			const widths = this.#random.next() < 0.35 ? this.#between(0.3, 0.95) : this.#between(1.02, 4);
			const isUp = this.#random.next() < 0.6;
			const habit = this.#habit(
				({ variable, ...one }) =>
					variable.space === "holding" &&
					(variable.kind === "set point" || variable.kind === "states") &&
					variable.at < 100 &&
					outside({ variable, ...one }, widths, isUp) !== undefined,
			);
			if (habit === undefined) return undefined;
			const { variable } = habit;
			const value = outside(habit, widths, isUp)!;
			return {
				of: variable.kind,
				words: `the HMI writes ${value} to ${nameOf(variable)} (normally ${habit.min} to ${habit.max})`,
				isLarge: isBeyond(habit, value),
				seconds: 60,
				tamper: asks(start, CLIENT.hmi, variable.plc, usualWrite(variable, value, state)),
				plc: variable.plc,
				client: CLIENT.hmi,
				point: pointOf(variable),
			};
		},
		"impossible step": (start, { state }) => {
			const habit = this.#habit(
				(one) =>
					rangeOf(one) > 10 * one.step &&
					((one.variable.kind === "counter" && one.variable.encoding === "u32") || (one.variable.kind === "continuous" && one.step > 0)),
			);
			if (habit === undefined) return undefined;
			const { variable } = habit;
			const now = readVariable(state.plcs[variable.plc]!.image, variable);
			const range = rangeOf(habit);
			const isCounter = variable.kind === "counter";
			const value = isCounter
				? now - Math.round(range * this.#between(0.3, 0.9))
				: now < habit.min + range / 2
					? now + range * this.#between(0.4, 0.5)
					: now - range * this.#between(0.4, 0.5);
			const seconds = Math.round(this.#between(60, 300));
			return {
				of: variable.kind,
				words: `${nameOf(variable)} jumps from ${now} to ${value} (largest step in ten seconds ${habit.step})`,
				isLarge: false,
				seconds,
				tamper: shows(variable, start, seconds, () => value),
				plc: variable.plc,
				point: pointOf(variable),
			};
		},
		frozen: (start, { state }) => {
			const moving = movingHabits(this.#habits, state);
			const habit = this.#habit((one) => one.changes > 0.25 * one.scans && one.variable.space === "input" && moving.has(one));
			if (habit === undefined) return undefined;
			const { variable } = habit;
			let held: number | undefined;
			return {
				of: variable.kind,
				words: `${nameOf(variable)} stands still`,
				isLarge: false,
				seconds: 1800,
				tamper: shows(variable, start, 1800, (image) => {
					held ??= readVariable(image, variable);
					return held;
				}),
				plc: variable.plc,
				point: pointOf(variable),
			};
		},
		replayed: (start, { from, state }) => {
			const isWhole = this.#random.next() < 0.5;
			const moving = movingHabits(this.#habits, state);
			const habit = this.#habit((one) => one.changes > 0.25 * one.scans && one.variable.kind === "continuous" && moving.has(one));
			if (habit === undefined) return undefined;
			const { variable } = habit;
			const { plc } = variable;
			const recorded: Image[] = [];
			return {
				of: isWhole ? "a whole PLC" : variable.kind,
				words: `${isWhole ? `all of ${MACHINES[plc]!.name}` : nameOf(variable)} is what it was ten minutes before, again and again`,
				isLarge: false,
				seconds: 1800,
				tamper: {
					show(index, shown, time) {
						if (index !== plc) return;
						if (time < start && time >= from) {
							const image = newImage();
							copyImage(shown, image);
							recorded.push(image);
						} else if (time >= start && time < start + 1800 * SECOND && recorded.length > 0) {
							const old = recorded[Math.floor((time - start) / SECOND) % recorded.length]!;
							if (isWhole) copyImage(old, shown);
							else writeVariable(shown, variable, readVariable(old, variable));
						}
					},
				},
				plc,
				point: isWhole ? undefined : pointOf(variable),
			};
		},
		[LIE]: (start, { state }) => {
			const habit = this.#habit(({ variable, min, max }) => {
				const now = readVariable(state.plcs[variable.plc]!.image, variable);
				return variable.kind === "continuous" && Math.max(now - min, max - now) > 0.5 * (max - min);
			});
			if (habit === undefined) return undefined;
			const { variable, min, max } = habit;
			const now = readVariable(state.plcs[variable.plc]!.image, variable);
			const way = (max - min) * this.#between(0.4, 0.45) * (now - min < max - now ? 1 : -1);
			const random = new Random(Math.floor(start / SECOND));
			return {
				of: nameOf(variable),
				words: `${nameOf(variable)} shows ${Math.abs(way)} too ${way > 0 ? "much" : "little"} (normally ${min} to ${max})`,
				isLarge: false,
				seconds: 3600,
				// It goes there within ten minutes, and back.
				tamper: shows(variable, start, 3600, (image, time) =>
					Math.max(
						min,
						Math.min(
							max,
							readVariable(image, variable) +
								way * Math.min(1, (time - start) / (10 * MINUTE), (start + HOUR - time) / (10 * MINUTE)) +
								random.noise(0.01 * (max - min)),
						),
					),
				),
				plc: variable.plc,
				point: pointOf(variable),
			};
		},
		"slow drift": (start, { state }) => {
			const habit = this.#habit(({ variable }) => variable.kind === "continuous");
			if (habit === undefined) return undefined;
			const { variable } = habit;
			const way = rangeOf(habit) * this.#between(1.2, 2);
			const now = readVariable(state.plcs[variable.plc]!.image, variable);
			const isDown = variable.encoding === "float" && this.#random.next() < 0.5;
			const seconds = DRIFT / SECOND;
			return {
				of: variable.kind,
				words: `${nameOf(variable)} drifts from ${now} by ${isDown ? -way : way} within ${seconds / 3600} hours (normally ${habit.min} to ${habit.max})`,
				isLarge: false,
				seconds,
				tamper: shows(variable, start, seconds, (image, time) => {
					const share = (time - start) / DRIFT;
					return readVariable(image, variable) + way * share * (isDown ? -1 : 1);
				}),
				plc: variable.plc,
				point: pointOf(variable),
			};
		},
		"wrong writer": (start) => {
			const habit = this.#habit(
				({ variable }) => variable.space === "holding" && (variable.kind === "set point" || variable.kind === "states"),
			);
			if (habit === undefined) return undefined;
			const { variable } = habit;
			const { plc } = variable;
			const clients = [CLIENT.historian, CLIENT.panel, CLIENT.stranger, ...(plc === PLC.reactor ? [] : [CLIENT.laptop])];
			const client = pick(this.#random, clients);
			const value = Math.round(this.#between(habit.min, habit.max));
			return {
				of: CLIENTS[client]!.name,
				words: `the ${CLIENTS[client]!.name} writes ${value} to ${nameOf(variable)}`,
				isLarge: false,
				seconds: 60,
				tamper: asks(start, client, plc, write(variable.space, variable.at, value)),
				plc,
				client,
				point: pointOf(variable),
			};
		},
		"wrong hour": (start, { state }) => {
			const hour = hourOf(start);
			const isFar = (...hours: number[]): boolean => hours.every((one) => Math.min(Math.abs(one - hour), 24 - Math.abs(one - hour)) >= 1.5);
			const options: [plc: number, client: number, words: string, requests: Request[]][] = [];
			const hmi = (plc: number, words: string, ...requests: Request[]): void => void options.push([plc, CLIENT.hmi, words, requests]);
			const { holding } = state.plcs[PLC.packing]!.image;
			if (isFar(6, 14, 22)) {
				hmi(PLC.reactor, "a recipe", write("holding", 10, ...RECIPES[1]!));
				hmi(PLC.tank, "an operator on duty", write("holding", 5, 2));
			}
			if (isFar(6, 14)) hmi(PLC.packing, "the start of the line", write("holding", 0, 60), write("coil", 0, 1));
			if (isFar(6) || weekdayOf(start) !== 0) hmi(PLC.packing, "the order of the week", write("holding", 10, holding[10]!, 5200));
			if (isFar(7)) hmi(PLC.pumps, "the other pump's turn", write("holding", 3, 3 - state.plcs[PLC.pumps]!.image.holding[3]!));
			if (hour < 5 || hour > 23) hmi(PLC.pumps, "another pressure", write("holding", 0, 440));
			if (isFar(9) || isWeekend(start))
				options.push([PLC.reactor, CLIENT.laptop, "the laptop's visit", [{ kind: "identify" }, write("holding", 100, 120)]]);
			if (options.length === 0) return undefined;
			const [plc, client, words, requests] = pick(this.#random, options);
			return {
				of: words,
				words: `${words}, at this hour`,
				isLarge: false,
				seconds: 60,
				tamper: asks(start, client, plc, ...requests),
				plc,
				client,
				point: undefined,
			};
		},
		"wrong order": (start) => {
			if (this.#random.next() < 0.2) {
				const isMode = this.#random.next() < 0.5;
				const requests = isMode
					? [write("holding", 4, 240), write("holding", 3, 1), write("holding", 3, 0)]
					: [write("coil", 1, 0), write("coil", 1, 1)];
				return {
					of: "writes",
					words: isMode ? "the HMI writes the manual output before the mode" : "the HMI takes back the acknowledgement before it gives it",
					isLarge: false,
					seconds: 60,
					tamper: asks(start, CLIENT.hmi, PLC.tank, ...requests),
					plc: PLC.tank,
					client: CLIENT.hmi,
					point: undefined,
				};
			}
			const index = this.#connection(2);
			const { client, plc, polls } = CONNECTIONS[index]!;
			const reorder = (list: readonly Poll[]): readonly Poll[] => (list.length > 2 ? [...list].reverse() : [...list, list[0]!]);
			return this.#channel(
				"the cycle in reverse",
				index,
				600,
				{
					cycle: (at, list, time) => (at === index && time >= start && time < start + 600 * SECOND ? reorder(list) : list),
				},
				client,
				plc,
				polls,
			);
		},
		"missing poll": (start) => {
			const index = this.#connection(1);
			const { client, plc, polls } = CONNECTIONS[index]!;
			const missing = polls.length === 1 || this.#random.next() < 0.2 ? -1 : Math.floor(this.#random.next() * polls.length);
			const rest = (list: readonly Poll[]): readonly Poll[] => (missing < 0 ? [] : list.filter((_, at) => at !== missing));
			return this.#channel(
				missing < 0 ? "nothing is asked" : `request ${missing + 1} of the cycle is missing`,
				index,
				1200,
				{
					cycle: (at, list, time) => (at === index && time >= start && time < start + 1200 * SECOND ? rest(list) : list),
				},
				client,
				plc,
				polls,
			);
		},
		"faster poll": (start) => {
			const index = this.#connection(1);
			const { client, plc, polls } = CONNECTIONS[index]!;
			const factor = pick(this.#random, [2, 3, 5, 10]);
			return this.#channel(
				`polls ${factor} times as often`,
				index,
				600,
				{
					period: (at, seconds, time) => (at === index && time >= start && time < start + 600 * SECOND ? seconds / factor : seconds),
				},
				client,
				plc,
				polls,
			);
		},
		"new point": (start) => {
			const index = this.#connection(1);
			const { client, plc } = CONNECTIONS[index]!;
			const isWrite = client === CLIENT.hmi && this.#random.next() < 0.4;
			const at = 20 + Math.floor(this.#random.next() * 25);
			const request: Request = isWrite
				? write("holding", 1, 700)
				: {
						kind: "read",
						poll: { space: this.#random.next() < 0.5 ? "input" : "holding", first: at, count: 1 + Math.floor(this.#random.next() * 4) },
					};
			return {
				of: isWrite ? "written" : "read",
				words: `the ${CLIENTS[client]!.name} ${isWrite ? "writes" : "reads"} what it never did of ${MACHINES[plc]!.name}`,
				isLarge: false,
				seconds: 60,
				tamper: asks(start, client, plc, request),
				plc,
				client,
				point: undefined,
			};
		},
	};

	/** A bit of a status word that is never set. */
	#bit({ variable, bits, min, max }: Habit, start: number): Draft {
		const bit = pick(
			this.#random,
			Array.from({ length: 16 }, (_, at) => at).filter((at) => ((bits >> at) & 1) === 0),
		);
		const seconds = Math.round(this.#between(30, 300));
		return {
			of: variable.kind,
			words: `bit ${bit} of ${nameOf(variable)} is set, which never was`,
			isLarge: 2 ** bit > 2 * max - min,
			seconds,
			tamper: shows(variable, start, seconds, (image) => readVariable(image, variable) | (1 << bit)),
			plc: variable.plc,
			point: pointOf(variable),
		};
	}

	/** A polling connection with at least so many polls in its cycle. */
	#connection(polls: number): number {
		const fit = CONNECTIONS.flatMap((plan, index) => (plan.polls.length >= polls ? [index] : []));
		return pick(this.#random, fit);
	}

	#channel(what: string, index: number, seconds: number, tamper: Tamper, client: number, plc: number, polls: readonly Poll[]): Draft {
		return {
			of: CLIENTS[client]!.name,
			words: `${CLIENTS[client]!.name} to ${MACHINES[plc]!.name} (connection ${index}, ${polls.length} in a cycle): ${what}`,
			isLarge: false,
			seconds,
			tamper,
			plc,
			client,
			point: undefined,
		};
	}
}

/** Variables that change in the clean minutes after a moment. */
function movingHabits(habits: readonly Habit[], from: PlantState): Set<Habit> {
	const values = habits.map(({ variable }) => readVariable(from.plcs[variable.plc]!.image, variable));
	const changes = habits.map(() => 0);
	const simulation = new Simulation(copyState(from), [], () => {});
	simulation.run(from.time + MINUTE, ({ plcs }) => {
		for (const [at, { variable }] of habits.entries()) {
			const value = readVariable(plcs[variable.plc]!.image, variable);
			if (value !== values[at]) changes[at]!++;
			values[at] = value;
		}
	});
	return new Set(habits.filter((_, at) => changes[at]! >= 5));
}
