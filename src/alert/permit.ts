/**
 * Permits: maintenance windows. What a permitted client changes at a PLC inside its window is kept as an informational alert linked to the permit, and no message
 * leaves; the same outside the window weighs more, because the plant said when such work is done. Who is named and may change something may look around first: of such a
 * client its other deviations at these PLCs, and that it is new, are inside too; facts are not, but for those of permitted verbs. A permit teaches nothing.
 */
import { LocalTime } from "../baseline/localTime.ts";
import { isWithin, type WeeklyHours } from "../baseline/weeklyHours.ts";
import { PERMITTED_VERBS } from "../config/command.ts";
import { partyKey, weightOf } from "../detect/desk.ts";
import type { Detection, Party } from "../detect/detection.ts";

type PermittedVerb = (typeof PERMITTED_VERBS)[number];

export interface Permit {
	/** Of the audit entry that gave it. */
	readonly id: string;
	readonly by: string;
	readonly why: string;
	/** Seconds since the epoch. */
	readonly given: number;
	/** Addresses; empty for all. */
	readonly clients: readonly string[];
	readonly plcs: readonly string[];
	/** Empty for all of PERMITTED_VERBS. */
	readonly verbs: readonly PermittedVerb[];
	/** Seconds since the epoch; of a weekly permit the time in which it holds at all. */
	readonly from?: number;
	readonly until?: number;
	readonly weekly?: readonly WeeklyHours[];
}

/** How an alert names its permit. */
export interface PermitMark {
	id: string;
	by: string;
	why: string;
}

export const MAX_PERMITS = 500;
/** An alert inside a window is informational, whatever it would be otherwise. */
const INSIDE_SEVERITY = 20;
/** What the same weighs more outside. */
const OUTSIDE_POINTS = 15;
/** Seconds around a single window in which work outside of it weighs more: who had it asked for this week's work. */
const AROUND_SECONDS = 7 * 86_400;

const has = (list: readonly string[], one: string): boolean => list.length === 0 || list.includes(one);

/** True at `time` (seconds) inside the window; weekly hours are those on the clocks of `local`. */
export function isInside(permit: Permit, time: number, local: LocalTime): boolean {
	if (time < (permit.from ?? Number.NEGATIVE_INFINITY) || time >= (permit.until ?? Number.POSITIVE_INFINITY)) return false;
	return permit.weekly === undefined || isWithin(permit.weekly, local, time * 1e6);
}

/** A client that it names, by whichever of its addresses. */
const isNamed = ({ clients }: Permit, { ip, mac, line }: Party): boolean =>
	clients.some((one) => one === ip || one === mac || one === line);

/** True while it says something about the time outside its window. */
const isStanding = ({ from, until, weekly }: Permit, time: number): boolean =>
	weekly === undefined
		? time >= (from ?? time) - AROUND_SECONDS && time < (until ?? time) + AROUND_SECONDS
		: time < (until ?? Number.POSITIVE_INFINITY);

export class Permits {
	readonly #permits = new Map<string, Permit>();
	readonly #local: LocalTime;

	/** `timeZone` (an IANA name) is that of the plant's people (`learning.timeZone`), whatever zone the operating system runs in. */
	constructor(timeZone?: string) {
		this.#local = new LocalTime(timeZone);
	}

	get all(): Permit[] {
		return [...this.#permits.values()];
	}

	get(id: string): Permit | undefined {
		return this.#permits.get(id);
	}

	set(permit: Permit): void {
		this.#permits.set(permit.id, permit);
	}

	delete(id: string): boolean {
		return this.#permits.delete(id);
	}

	/** The detection as it weighs with the permits, and the one that it is inside of. Never changes what it is given. */
	weigh(detection: Detection, isDeviation: boolean): { detection: Detection; permit?: PermitMark } {
		if (this.#permits.size === 0) return { detection };
		const { source, destination, operation } = detection;
		const verb = (PERMITTED_VERBS as readonly (string | undefined)[]).includes(operation?.verb) ? operation!.verb : undefined;
		if (verb === undefined && !isDeviation) return { detection };
		const client = partyKey(source);
		const plc = partyKey(destination);
		const time = detection.time / 1e6;
		let outside: Permit | undefined;
		for (const permit of this.#permits.values()) {
			const isChange = verb !== undefined && has(permit.clients, client) && has(permit.plcs, plc) && has(permit.verbs, verb);
			const isLook = verb === undefined && isNamed(permit, source) && (destination === undefined || has(permit.plcs, plc));
			if (!isChange && !isLook) continue;
			if (isInside(permit, time, this.#local)) {
				const { id, by, why } = permit;
				const points = Math.min(0, INSIDE_SEVERITY - weightOf(detection));
				const reason = { points, text: `inside the maintenance window that ${by} gave: ${why}` };
				// An alert of its own, so that work inside and outside the window never count as one.
				return {
					detection: { ...detection, key: `permit/${id}/${detection.key}`, reasons: [...detection.reasons, reason] },
					permit: { id, by, why },
				};
			}
			if (isChange && outside === undefined && isStanding(permit, time)) outside = permit;
		}
		if (outside === undefined) return { detection };
		const reason = { points: OUTSIDE_POINTS, text: `outside the maintenance window for this work: ${outside.why}` };
		return { detection: { ...detection, reasons: [...detection.reasons, reason] } };
	}
}
