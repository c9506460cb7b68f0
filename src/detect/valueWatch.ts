/**
 * Looks now and then at what the time says of points: those that stand still, those whose limits followed a drift. In the order of the plant and at fixed watched times, so that
 * a restart changes nothing. A hundred thousand points take a few milliseconds.
 */
import { PAGE, type Plant, type PointPage, type Target } from "../baseline/plant.ts";
import { VERDICT, type Verdict } from "../baseline/points.ts";
import { MAX_THINGS } from "../baseline/thing.ts";

/** Watched time between two looks. */
const EVERY_MICROS = 30e6;
/** Points of one unit of which the same is to be said. */
export interface Finding {
	readonly verdict: Verdict;
	readonly target: Target;
	/** As many as a person can learn of one alert, each by space, index and id; the others are counted. */
	readonly points: { space: number; index: number; id: number }[];
	/** All of them, and the points of the unit that move. */
	count: number;
	moving: number;
	/** Of the other points of the unit, those that usually move within the time for which the first of these stood still, and how many of them stood still too. */
	peers: number;
	standing: number;
}

export interface ValueWatchOptions {
	readonly plant: Plant;
	/** Of a PLC whose address is held nothing is said: what stands still there is looked at by people. */
	readonly isHeld: (address: string) => boolean;
	/** A person said that this is normal at this point. */
	readonly isAccepted: (verdict: Verdict, target: Target, space: number, index: number) => boolean;
	readonly say: (finding: Finding) => void;
}

export class ValueWatch {
	readonly #options: ValueWatchOptions;

	constructor(options: ValueWatchOptions) {
		this.#options = options;
	}

	/** Watched time went on from `before`; it is `now` of capture time. */
	advance(before: number, now: number): void {
		const { plant } = this.#options;
		if (Math.floor(before / EVERY_MICROS) === Math.floor(plant.watched / EVERY_MICROS)) return;
		for (const server of plant.servers.values()) for (const target of server.targets.values()) this.#look(target, now);
	}

	#look(target: Target, now: number): void {
		const { plant, isHeld, isAccepted, say } = this.#options;
		const { points } = plant;
		const findings = new Map<Verdict, Finding>();
		let moving = 0;
		points.isHeld = isHeld(target.server.address);
		for (const [space, number, page] of pagesOf(target)) {
			for (let at = 0; at < PAGE; at++) {
				const id = page.ids[at]!;
				if (id < 0 || !points.isMoving(id)) continue;
				moving++;
				const verdict = points.inspect(id, now);
				if (points.isNoted || verdict !== VERDICT.normal) plant.touch(page);
				if (verdict === VERDICT.normal) continue;
				const index = number * PAGE + at;
				if (isAccepted(verdict, target, space, index)) continue;
				let finding = findings.get(verdict);
				if (finding === undefined)
					findings.set(verdict, (finding = { verdict, target, points: [], count: 0, moving: 0, peers: 0, standing: 0 }));
				finding.count++;
				if (finding.points.length < MAX_THINGS) finding.points.push({ space, index, id });
			}
		}
		for (const finding of findings.values()) {
			finding.moving = moving;
			if (finding.verdict === VERDICT.frozen) this.#compare(finding);
			say(finding);
		}
	}

	/** Does only this point stand still, or the machine? */
	#compare(finding: Finding): void {
		const { points } = this.#options.plant;
		const { id: first } = finding.points[0]!;
		const { still } = points.stillness(first);
		for (const [, , page] of pagesOf(finding.target)) {
			for (const id of page.ids) {
				if (id < 0 || id === first || !points.isMoving(id)) continue;
				const other = points.stillness(id);
				if (other.longest >= still) continue;
				finding.peers++;
				if (2 * other.still >= still) finding.standing++;
			}
		}
	}
}

function* pagesOf({ spaces }: Target): Generator<[space: number, number: number, page: PointPage]> {
	for (let slot = 0; slot < spaces.length; slot++)
		for (const [number, page] of spaces[slot]?.entries() ?? []) yield [slot - 1, number, page];
}
