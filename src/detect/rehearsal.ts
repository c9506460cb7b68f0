/**
 * What the alarm limits of a register map would have said in the last seven days, before they are set: each day's extremes of what was read of each point are held against
 * them. On which days, not how often a day: that a value passed its limit twice in one day is not kept.
 */
import { dateOfDay } from "../baseline/calendar.ts";
import type { Plant, Target } from "../baseline/plant.ts";
import { PAGE } from "../baseline/plant.ts";
import { engineering, isWide, type LimitName, type MapEntry, type RegisterMaps } from "../baseline/registerMap.ts";
import { type DayExtremes, dayOf, WEEK_DAYS } from "../baseline/week.ts";
import type { AnyProtocol } from "../decode/protocol.ts";
import { DEPTH, LIMIT_WORDS, passedLimit } from "./limits.ts";
import { amountWords } from "./narrator.ts";
import { countWords } from "./words.ts";

/** Points that the words name. */
const MAX_NAMED = 20;
const SIGN = 0x8000;

/** A limit that a point passed on some of the days: the deepest. */
export interface Passed {
	entry: MapEntry;
	limit: LimitName;
	/** Numbered from 1970, the earliest first. */
	days: number[];
	/** The furthest value, in engineering units, and its day. */
	value: number;
	day: number;
}

/** One PLC: points with limits by what is known of them. */
export interface Rehearsal {
	plc: string;
	/** -1 for none. */
	unit: number;
	protocol: string;
	/** On most days first. */
	passed: Passed[];
	within: number;
	/** Not read in these days. */
	unread: number;
	/** Read, but not kept as the number that the map says it is. */
	unclear: number;
	/** Days of which something is known, at most seven. */
	days: number;
}

/** Holds the limits of the maps against what is known at `now` (capture time, microseconds). Changes nothing. */
export function rehearse(plant: Plant, maps: RegisterMaps, protocols: ReadonlyMap<string, AnyProtocol>, now: number): Rehearsal[] {
	const rehearsals: Rehearsal[] = [];
	for (const server of plant.servers.values()) {
		const protocol = protocols.get(server.protocol);
		for (const target of server.targets.values()) {
			const entries = [...(maps.of(server.address, target.unit)?.values() ?? [])].filter(({ limits }) => Object.keys(limits).length > 0);
			if (protocol === undefined || entries.length === 0) continue;
			const rehearsal: Rehearsal = {
				plc: server.address,
				unit: target.unit,
				protocol: protocol.name,
				passed: [],
				within: 0,
				unread: 0,
				unclear: 0,
				days: 0,
			};
			let first = Number.POSITIVE_INFINITY;
			for (const entry of entries) {
				const week = weekOf(plant, target, protocol, entry, now);
				if (week === undefined) rehearsal.unclear++;
				else if (week.length === 0) rehearsal.unread++;
				else {
					first = Math.min(first, week[0]!.day);
					const passed = deepest(entry, week);
					if (passed === undefined) rehearsal.within++;
					else rehearsal.passed.push(passed);
				}
			}
			if (Number.isFinite(first)) rehearsal.days = Math.min(WEEK_DAYS, dayOf(now) - first + 1);
			rehearsal.passed.sort((one, other) => other.days.length - one.days.length || (one.entry.point < other.entry.point ? -1 : 1));
			rehearsals.push(rehearsal);
		}
	}
	return rehearsals;
}

/** Days of a point, in engineering units; undefined where what is kept does not tell. */
function weekOf({ points }: Plant, target: Target, protocol: AnyProtocol, entry: MapEntry, now: number): DayExtremes[] | undefined {
	const cut = entry.point.lastIndexOf(":");
	let space = protocol.spaces.indexOf(entry.point.slice(0, cut));
	const at = space < 0 ? target.ordinals.get(entry.point) : Number(entry.point.slice(cut + 1));
	if (at === undefined) return [];
	const isRead = (target.page(space, Math.floor(at / PAGE))?.ids[at % PAGE] ?? -1) >= 0;
	const isNumber = space >= 0 && isWide(entry);
	if (isNumber) {
		const form = protocol.wide?.find(
			({ words, type, isSwapped }) => words === space && type === entry.type && entry.order === (isSwapped ? "CDAB" : "ABCD"),
		);
		if (form === undefined) return isRead ? undefined : [];
		space = form.space;
	}
	const id = target.page(space, Math.floor(at / PAGE))?.ids[at % PAGE] ?? -1;
	if (id < 0) return isNumber && isRead ? undefined : [];
	const scaled = { ...entry, type: isNumber ? undefined : entry.type } as MapEntry;
	const week: DayExtremes[] = [];
	for (const { day, low, high } of points.week(id, now)) {
		// Of a signed word that changed its sign the extremes of the unsigned one say nothing.
		if (scaled.type === "int16" && low < SIGN && high >= SIGN) return undefined;
		const [one, other] = [engineering(scaled, low), engineering(scaled, high)];
		week.push({ day, low: Math.min(one, other), high: Math.max(one, other) });
	}
	return week;
}

function deepest(entry: MapEntry, week: readonly DayExtremes[]): Passed | undefined {
	let worst: Passed | undefined;
	const days: number[] = [];
	for (const { day, low, high } of week) {
		let isPassed = false;
		for (const value of [low, high]) {
			const limit = passedLimit(entry, value);
			if (limit === undefined) continue;
			isPassed = true;
			if (worst === undefined || excess(entry, limit, value) > excess(entry, worst.limit, worst.value))
				worst = { entry, limit, days, value, day };
		}
		if (isPassed) days.push(day);
	}
	return worst;
}

/** Order of what is further beyond: the deeper limit first, then the distance from it. */
const excess = ({ limits }: MapEntry, limit: LimitName, value: number): number => {
	const distance = Math.abs(value - limits[limit]!);
	return DEPTH[limit] + distance / (1 + distance);
};

/** Lines for people: one of the PLC, and one of each point that would have alarmed (the first of them). */
export function rehearsalWords(
	{ plc, unit, passed, within, unread, unclear, days }: Rehearsal,
	pointName: (point: string) => string,
): string[] {
	const where = `PLC ${plc}${unit < 0 ? "" : ` unit ${unit}`}`;
	const time =
		days === WEEK_DAYS ? "in the last 7 days" : days === 1 ? "in the one day that is known" : `in the ${days} days that are known`;
	if (days === 0) return [`${where}: nothing is known yet of its points with limits.`];
	const lines: string[] = [];
	if (passed.length === 0) lines.push(`${where}: ${time} these limits would not have alarmed.`);
	else {
		const alarmed = new Set(passed.flatMap((one) => one.days)).size;
		lines.push(
			`${where}: ${time} these limits would have alarmed on ${countWords(alarmed, "day")}, at ${countWords(passed.length, "point")}:`,
		);
		for (const { entry, limit, days: on, value, day } of passed.slice(0, MAX_NAMED)) {
			const name = pointName(entry.point);
			const point = entry.name === undefined || entry.name === name ? name : `${entry.name} (${name})`;
			const side = limit === "high" || limit === "highHigh" ? "above" : "below";
			lines.push(
				`  ${point} was ${side} its ${LIMIT_WORDS[limit]} of ${amountWords(entry, entry.limits[limit]!)} on ${countWords(on.length, "day")}, furthest with ${amountWords(entry, value)} on ${dateOfDay(day)}.`,
			);
		}
		if (passed.length > MAX_NAMED) lines.push(`  ${countWords(passed.length - MAX_NAMED, "more point")}.`);
	}
	const rest = [
		...(within > 0 && passed.length > 0 ? [`${countWords(within, "point")} stayed within`] : []),
		...(unread > 0 ? [`${countWords(unread, "point")} with limits ${unread === 1 ? "was" : "were"} not read`] : []),
		...(unclear > 0
			? [
					`of ${countWords(unclear, "point")} it cannot be said (a signed word around zero, or two registers that were not read as that number)`,
				]
			: []),
	];
	if (rest.length > 0) lines.push(`  ${rest.join("; ")}.`);
	return lines;
}
