/**
 * What people do in fourteen days: set points by daily habit, recipes by shift, an order every Monday at six, alarms acknowledged, a screen opened now and then, the
 * maintenance laptop on Tuesdays and Thursdays; and what happens by itself: connections that break, a PLC that restarts, an HMI that is replaced.
 */
import { Random } from "../../captures/lab/random.ts";
import { DAY, HOUR, isWeekend, MINUTE, pick, SECOND, weekdayOf } from "./calendar.ts";
import { PLC, RECIPES } from "./machines.ts";
import { CLIENT, CONNECTIONS, type Poll } from "./network.ts";
import type { Space } from "./points.ts";

/** A request that is no read of the cycle. */
export type Request =
	| { readonly kind: "read"; readonly poll: Poll }
	/** With `isSingle` function 5 or 6, else 15 or 16. */
	| {
			readonly kind: "write";
			readonly space: Space;
			readonly first: number;
			readonly values: readonly number[];
			readonly isSingle: boolean;
	  }
	/** Read Device Identification. */
	| { readonly kind: "identify" };

export interface Deed {
	/** Microseconds of the simulation. */
	readonly at: number;
	/** Of the client and the PLC that it is about; -1 for none. */
	readonly client: number;
	readonly plc: number;
	readonly what:
		| { readonly kind: "ask"; readonly requests: readonly Request[] }
		/** A screen with more on it: its poll is asked in each cycle until then. */
		| { readonly kind: "screen"; readonly poll: Poll; readonly until: number }
		/** The connection breaks and is opened again after so many seconds. */
		| { readonly kind: "drop"; readonly seconds: number }
		| { readonly kind: "restart"; readonly seconds: number }
		/** The client is off for so long, and another machine with its address comes instead. */
		| { readonly kind: "replace"; readonly seconds: number };
	/** For the list of alerts: what they may be about. */
	readonly words: string;
}

export const DAYS = 14;
export const LEARNED_DAYS = 7;
/** What happens once, in the second week. */
export const RESTART = { at: 9 * DAY + 11 * HOUR + 20 * MINUTE, plc: PLC.packing, seconds: 45 } as const;
export const REPLACEMENT = { at: 11 * DAY + 13 * HOUR, client: CLIENT.hmi, seconds: 1500 } as const;

export const write = (space: Space, first: number, ...values: number[]): Request => ({
	kind: "write",
	space,
	first,
	values,
	isSingle: values.length === 1,
});

/** All deeds in order of time. */
export function agenda(seed: number): Deed[] {
	const random = new Random(seed);
	const deeds: Deed[] = [];
	const about = (base: number, spread: number): number => base + random.noise(spread);
	const ask = (at: number, client: number, plc: number, words: string, ...requests: Request[]): void => {
		deeds.push({ at, client, plc, words, what: { kind: "ask", requests } });
	};
	for (let day = 0; day < DAYS; day++) {
		const start = day * DAY;
		const isOff = isWeekend(start);
		if (weekdayOf(start) === 0) {
			const order = write("holding", 10, 412 + day / 7, pick(random, [4800, 5200, 5600]));
			ask(about(start + 6 * HOUR, 2 * MINUTE), CLIENT.hmi, PLC.packing, "the order of the week", order);
		}
		for (const [shift, hour] of [6, 14, 22].entries()) {
			const change = about(start + hour * HOUR, 6 * MINUTE);
			ask(change, CLIENT.hmi, PLC.tank, "an operator comes on duty", write("holding", 5, 1 + ((day + shift) % 6)));
			const recipe = [...RECIPES[isOff ? 3 : shift]!];
			recipe[1]! += 5 * Math.round(random.noise(2));
			ask(change + about(3 * MINUTE, MINUTE), CLIENT.hmi, PLC.reactor, "the recipe of the shift", write("holding", 10, ...recipe));
			if (!isOff && hour < 22) {
				const speed = write("holding", 0, pick(random, [40, 60, 60, 80]));
				ask(change + about(6 * MINUTE, MINUTE), CLIENT.hmi, PLC.packing, "the line starts", speed, write("coil", 0, 1));
			}
			if (!isOff && hour === 22) ask(change, CLIENT.hmi, PLC.packing, "the line stops", write("coil", 0, 0));
			if (random.next() < 0.6) {
				const at = about(start + (hour + 3) * HOUR, 100 * MINUTE);
				const manual = [write("holding", 3, 1), write("holding", 4, 180 + 10 * Math.floor(random.next() * 11))];
				ask(at, CLIENT.hmi, PLC.tank, "manual operation", ...manual);
				ask(at + about(9 * MINUTE, 5 * MINUTE), CLIENT.hmi, PLC.tank, "back to automatic", write("holding", 3, 0));
			}
		}
		const levels: [hour: number, values: number[]][] = isOff
			? [[8, [2000, 2100, 2200, 2300]]]
			: [
					[7, [2800, 2900, 3000, 3100, 3200]],
					[13, [2400, 2500, 2600]],
					[19.5, [1900, 2000, 2100, 2200]],
				];
		for (const [hour, values] of levels)
			ask(
				about(start + hour * HOUR, 25 * MINUTE),
				CLIENT.hmi,
				PLC.tank,
				"the level of the time of day",
				write("holding", 0, pick(random, values)),
			);
		const pressures = isOff ? 1 : 3 + Math.floor(random.next() * 3);
		for (let count = 0; count < pressures; count++) {
			const value = 380 + 10 * Math.floor(random.next() * 15);
			ask(start + (6 + random.next() * 16) * HOUR, CLIENT.hmi, PLC.pumps, "another pressure", write("holding", 0, value));
		}
		if (weekdayOf(start) === 6) {
			ask(about(start + 10 * HOUR, 10 * MINUTE), CLIENT.hmi, PLC.tank, "the tank is drawn down to be cleaned", write("holding", 0, 900));
			ask(about(start + 13 * HOUR, 10 * MINUTE), CLIENT.hmi, PLC.tank, "the tank is filled again", write("holding", 0, 2100));
		}
		if (day % 7 === 2 + Math.floor(day / 7)) {
			// On Wednesday, and in the second week on Thursday: a batch of another recipe between.
			const rush = start + (8 + 4 * random.next()) * HOUR;
			ask(rush, CLIENT.hmi, PLC.reactor, "a rush order", write("holding", 10, ...RECIPES[2]!));
		}
		ask(about(start + 7 * HOUR, 10 * MINUTE), CLIENT.hmi, PLC.pumps, "the other pump's turn", write("holding", 3, 1 + (day % 2)));
		for (let count = 0; count < 4; count++) {
			const plc = pick(random, [PLC.tank, PLC.tank, PLC.packing]);
			const at = start + random.next() * DAY;
			ask(at, CLIENT.hmi, plc, "an alarm acknowledged", write("coil", 1, 1), write("coil", 1, 0));
		}
		for (let count = 0; count < (isOff ? 0 : 2); count++) {
			const at = start + (8 + random.next() * 8) * HOUR;
			const until = at + about(2.5 * MINUTE, 1.5 * MINUTE);
			const poll = { space: "holding", first: 100, count: 4 } as const;
			deeds.push({ at, client: CLIENT.hmi, plc: PLC.reactor, words: "the tuning screen", what: { kind: "screen", poll, until } });
		}
		if (weekdayOf(start) === 1 || weekdayOf(start) === 3) {
			const at = about(start + 9 * HOUR, 10 * MINUTE);
			const looks: Request[] = [
				{ kind: "identify" },
				{ kind: "read", poll: { space: "holding", first: 100, count: 4 } },
				{ kind: "read", poll: { space: "input", first: 0, count: 15 } },
			];
			if (weekdayOf(start) === 3) looks.push(write("holding", 100, 118 + Math.floor(random.next() * 5)));
			ask(at, CLIENT.laptop, PLC.reactor, "the laptop's visit", ...looks);
			const pumps: Request[] = [{ kind: "identify" }, { kind: "read", poll: { space: "input", first: 0, count: 13 } }];
			ask(at + 4 * MINUTE, CLIENT.laptop, PLC.pumps, "the laptop's visit", ...pumps);
		}
		for (const { client, plc, polls } of CONNECTIONS) {
			if (polls.length === 0 || random.next() > 0.4) continue;
			const seconds = 2 + random.next() ** 3 * 60;
			deeds.push({ at: start + random.next() * DAY, client, plc, words: "a connection broke", what: { kind: "drop", seconds } });
		}
	}
	deeds.push({ ...RESTART, client: -1, words: "the PLC restarted", what: { kind: "restart", seconds: RESTART.seconds } });
	deeds.push({ ...REPLACEMENT, plc: -1, words: "the HMI was replaced", what: { kind: "replace", seconds: REPLACEMENT.seconds } });
	return deeds.filter(({ at }) => at > 10 * SECOND).sort((one, other) => one.at - other.at);
}
