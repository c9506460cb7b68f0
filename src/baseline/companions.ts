/**
 * Points of one PLC that go together: a pump that runs and a flow that moves, a recipe and its temperatures, three phases of one motor. Of two of them, what one says is known
 * from the other, so a value that would be normal by itself is seen to be wrong.
 *
 * First each pair is sought: twelve times an hour each moving point leaves one bit (above or below its mean), and points whose bits of a day agree are tried. Then a bond is
 * learned: what one (the follower) did while the other (the leader) was in each of up to eight parts of its range or states. Parts in which the follower does different things,
 * and which brought nothing new on the latest days, may judge. What a part learned does not grow once it judges.
 */
import { bitCount } from "./bits.ts";
import { PAGE, type Plant, type Target } from "./plant.ts";
import { isNumber, isRecord } from "./subjects.ts";

/** Each tenth look leaves a bit; a day of bits is compared. */
const BIT_EVERY = 10;
const BITS = 288;
const WORDS = BITS / 32;
const DAY_LOOKS = BIT_EVERY * BITS;
/** Of the latest bits, the mean of a point remembers about so many. */
const MEAN_BITS = 48;
/** Share of a day's bits in which two points agree (or disagree) to be tried; share that is 1 (or 0), and changes, that make bits worth comparing. */
const ALIKE = 0.8;
const LEAST_ONES = 0.04;
const LEAST_CHANGES = 6;
/** Moving points of a unit that are compared, and those of all; 100 bytes each. Leaders tried of one follower, bonds of a unit and of all; 400 bytes each. */
const MAX_POINTS = 256;
const MAX_SKETCHES = 32_768;
const MAX_LEADERS = 3;
export const MAX_BONDS = 256;
const MAX_ALL_BONDS = 8192;

/** Parts of a leader's range, and most states of one that has few. */
export const PARTS = 8;
/** Microseconds of capture time within which both must have been read. */
const FRESH_MICROS = 60e6;
/** Looks for which the leader stays where it is before the follower is looked at: it takes its time. */
const SETTLED = 2;
/**
 * A visit of a part is counted once in so many looks (ten minutes). Before a part judges it was visited so often and on so many days, and on the latest of them, and on half of
 * all, it brought nothing new: what else the two hang on (a recipe, a shift, the weather) has had time to change.
 */
const VISIT_LOOKS = 20;
const MIN_VISITS = 18;
const MIN_DAYS = 3;
const QUIET_DAYS = 2;
const QUIET_SHARE = 0.5;
/** A bond that was contradicted so often, and held again after each time, was none: it is learned anew. */
const MAX_SAID = 2;
/** Watched time after which a bond that tells nothing goes, so that other leaders are tried. */
const TRIAL_MICROS = 7 * 86_400e6;
/** How far a follower may leave what it did in a part: a share of the width of that, and of its whole range. */
const MARGIN = 0.75;
const LEAST_MARGIN = 0.08;
/** The width that a part may allow, as a share of the follower's range, to tell anything; and all parts of a bond on average. */
const TELLING = 0.65;
const TELLING_MEAN = 0.5;
/** Looks in a row (two minutes) that must be odd. */
const ODD_LOOKS = 4;
/** By then it is looked at which other bonds are odd: after so many looks that is likely the same. */
const LIKELY_LOOKS = 2;

export interface Place {
	readonly space: number;
	readonly at: number;
}

/** What the follower did while the leader was in one part. */
class Part {
	low = Number.POSITIVE_INFINITY;
	high = Number.NEGATIVE_INFINITY;
	visits = 0;
	/** Days on which it was visited, and how many those were when it last brought something new. */
	days = 0;
	grown = 0;
	/** Look of the latest visit that was counted. */
	visitedAt = Number.NEGATIVE_INFINITY;
}

class Bond {
	readonly leader: Place;
	readonly follower: Place;
	readonly leaderId: number;
	readonly followerId: number;
	/** The leader's states; empty where it has a range. */
	readonly states: readonly number[];
	readonly from: number;
	readonly width: number;
	/** Watched time since which it is learned. */
	born: number;
	readonly parts = Array.from({ length: PARTS }, () => new Part());
	/** Its parts tell, as of the latest day. */
	isTelling = false;
	/** Where the leader was at the latest look, -1 where it is not known, and for how many looks it has been about there. */
	part = -1;
	settled = 0;
	odd = 0;
	/** The part in which it was contradicted when that was said, and still is so, -1 for none; how often it was. */
	saidIn = -1;
	said = 0;

	constructor(leader: Place, follower: Place, ids: readonly [number, number], kind: Pick<Bond, "states" | "from" | "width" | "born">) {
		this.leader = leader;
		this.follower = follower;
		[this.leaderId, this.followerId] = ids;
		this.states = kind.states;
		this.from = kind.from;
		this.width = kind.width;
		this.born = kind.born;
	}

	partOf(value: number): number {
		if (this.states.length > 0) return this.states.indexOf(value);
		const part = Math.floor((PARTS * (value - this.from)) / this.width);
		return part === PARTS && value === this.from + this.width ? PARTS - 1 : part >= 0 && part < PARTS ? part : -1;
	}

	/** The values of the leader that make a part. */
	reach(part: number): { low: number; high: number } {
		const state = this.states[part];
		if (state !== undefined) return { low: state, high: state };
		return { low: this.from + (part * this.width) / PARTS, high: this.from + ((part + 1) * this.width) / PARTS };
	}
}

/** Points of a unit with their bits, in columns: there may be many units. */
class Sketches {
	size = 0;
	readonly #rows = new Map<number, number>();
	#ids = new Int32Array(8);
	#spaces = new Int16Array(8);
	#ats = new Int32Array(8);
	means = new Float64Array(8);
	/** Bits that it left today. */
	counts = new Uint16Array(8);
	/** WORDS to a row. */
	bits = new Int32Array(8 * WORDS);

	/** Row of a point, -1 for none. */
	row(id: number): number {
		return this.#rows.get(id) ?? -1;
	}

	add(id: number, { space, at }: Place): number {
		const row = this.size++;
		if (row >= this.#ids.length) this.#grow();
		this.#rows.set(id, row);
		this.#ids[row] = id;
		this.#spaces[row] = space;
		this.#ats[row] = at;
		this.means[row] = 0;
		this.counts[row] = 0;
		this.bits.fill(0, row * WORDS, (row + 1) * WORDS);
		return row;
	}

	/** Takes a row out; the last one gets its place. */
	remove(row: number): void {
		const last = --this.size;
		this.#rows.delete(this.#ids[row]!);
		if (row === last) return;
		for (const column of [this.#ids, this.#spaces, this.#ats, this.means, this.counts]) column[row] = column[last]!;
		this.bits.copyWithin(row * WORDS, last * WORDS, (last + 1) * WORDS);
		this.#rows.set(this.#ids[row]!, row);
	}

	id(row: number): number {
		return this.#ids[row]!;
	}

	place(row: number): Place {
		return { space: this.#spaces[row]!, at: this.#ats[row]! };
	}

	/** The bits of a row, on loan. */
	bitsOf(row: number): Int32Array {
		return this.bits.subarray(row * WORDS, (row + 1) * WORDS);
	}

	save(): unknown[] {
		return Array.from({ length: this.size }, (_, row) => [
			savePlace(this.place(row)),
			this.means[row],
			this.counts[row],
			Buffer.from(this.bits.buffer, 4 * row * WORDS, 4 * WORDS).toString("base64"),
		]);
	}

	/** False where a saved row is damaged, or of a point that has one. */
	restore(saved: unknown, target: Target): boolean {
		if (!Array.isArray(saved) || saved.length !== 4) return false;
		const [savedPlace, mean, count, bits] = saved as unknown[];
		const place = restorePlace(savedPlace, target);
		const bytes = Buffer.from(typeof bits === "string" ? bits : "", "base64");
		if (place === undefined || this.#rows.has(place.id) || !isNumber(mean) || !isCount(count) || count > BITS || bytes.length !== 4 * WORDS)
			return false;
		const row = this.add(place.id, place);
		this.means[row] = mean;
		this.counts[row] = count;
		for (let word = 0; word < WORDS; word++) this.bits[row * WORDS + word] = bytes.readInt32LE(4 * word);
		return true;
	}

	#grow(): void {
		const length = 2 * this.#ids.length;
		const grown = <T extends Int32Array | Int16Array | Uint16Array | Float64Array>(old: T, fresh: T): T => {
			fresh.set(old);
			return fresh;
		};
		this.#ids = grown(this.#ids, new Int32Array(length));
		this.#spaces = grown(this.#spaces, new Int16Array(length));
		this.#ats = grown(this.#ats, new Int32Array(length));
		this.means = grown(this.means, new Float64Array(length));
		this.counts = grown(this.counts, new Uint16Array(length));
		this.bits = grown(this.bits, new Int32Array(length * WORDS));
	}
}

/** What a follower did while its leader was in a part that judges. */
export interface KnownPart {
	readonly part: number;
	readonly low: number;
	readonly high: number;
}

/** A bond that tells something, for a document (companionsDescriber.ts). */
export interface KnownBond extends Pick<Bond, "leader" | "follower" | "states" | "from" | "width" | "born"> {
	readonly parts: readonly KnownPart[];
	/** Of the part that was visited least. */
	readonly visits: number;
}

interface Unit {
	looks: number;
	bonds: Bond[];
	readonly sketches: Sketches;
	/** Points that were said to lie, until one of the bonds that said so holds again where it did not. */
	liars: Set<number>;
	/** Looks when it was last saved. */
	savedAt: number;
	/** Something was learned that a judgement hangs on. */
	isNews: boolean;
}

/** Points that go together and do not. */
export interface Disagreement {
	/** The one that most others contradict, and its value. Of two of which neither is the likelier, `isEither`. */
	readonly liar: Place & { readonly id: number; readonly value: number };
	readonly isEither: boolean;
	/** A point that it goes with, its value, and between what `liar` lay while that one lay between `from` and `to`. */
	readonly companion: Place & { readonly value: number; readonly from: number; readonly to: number };
	readonly low: number;
	readonly high: number;
	/** Companions that contradict it, `companion` first, and how many agree with it. */
	readonly against: readonly Place[];
	readonly agreeing: number;
	/** Watched microseconds since the bond is known. */
	readonly age: number;
}

export class Companions {
	/** Bounds reached. */
	refused = 0;
	readonly #plant: Plant;
	readonly #saveLooks: number;
	readonly #units = new Map<Target, Unit>();
	#sketches = 0;
	#bonds = 0;

	/** After `saveLooks` looks a unit is saved, whatever changed. */
	constructor(plant: Plant, saveLooks: number) {
		this.#plant = plant;
		this.#saveLooks = Math.max(1, saveLooks);
	}

	/** One look at a unit, at fixed watched times; `moving` of its points move, `now` is capture time. What is to be said of it. */
	look(target: Target, moving: number, now: number): Disagreement | undefined {
		let unit = this.#units.get(target);
		if (unit === undefined && moving < 2) return undefined;
		if (unit === undefined) this.#units.set(target, (unit = newUnit(firstLooks(target))));
		unit.looks++;
		const { points } = this.#plant;
		let isDue = false;
		for (const bond of unit.bonds) {
			// A look later the others that it contradicts have been seen to do so too.
			if (bond.odd > ODD_LOOKS && !isExplained(bond, unit)) isDue = true;
			this.#step(unit, bond, now);
		}
		if (!points.isHeld) {
			if (unit.looks % BIT_EVERY === 0) this.#sketch(unit, target, now);
			if (unit.looks % DAY_LOOKS === 0) this.#endDay(unit, target);
		}
		return isDue && !points.isHeld ? this.#find(unit) : undefined;
	}

	/** The bonds of a unit that judge. */
	known(target: Target): KnownBond[] {
		const bonds: KnownBond[] = [];
		for (const bond of this.#units.get(target)?.bonds ?? []) {
			const closed = bond.parts.map((part, at) => ({ part, at })).filter(({ part }) => isClosed(part));
			if (!bond.isTelling || closed.length === 0) continue;
			const { leader, follower, states, from, width, born } = bond;
			const parts = closed.map(({ part: { low, high }, at }) => ({ part: at, low, high }));
			bonds.push({ leader, follower, states, from, width, born, parts, visits: Math.min(...closed.map(({ part }) => part.visits)) });
		}
		return bonds;
	}

	/** Takes a bond that a document knows, between points that are known; it judges at once. False where it is known or there is no room. */
	adopt(target: Target, known: KnownBond & { readonly leader: { id: number }; readonly follower: { id: number } }): boolean {
		let unit = this.#units.get(target);
		if (unit === undefined) this.#units.set(target, (unit = newUnit(firstLooks(target))));
		const { leader, follower } = known;
		if (unit.bonds.length >= MAX_BONDS || this.#bonds >= MAX_ALL_BONDS) return false;
		if (unit.bonds.some(({ leaderId, followerId }) => leaderId === leader.id && followerId === follower.id)) return false;
		const place = ({ space, at }: Place): Place => ({ space, at });
		const bond = new Bond(place(leader), place(follower), [leader.id, follower.id], known);
		for (const { part, low, high } of known.parts)
			Object.assign(bond.parts[part]!, { low, high, visits: Math.max(MIN_VISITS, known.visits), days: MIN_DAYS, visitedAt: unit.looks });
		bond.isTelling = true;
		unit.bonds.push(bond);
		unit.isNews = true;
		this.#bonds++;
		return true;
	}

	#step(unit: Unit, bond: Bond, now: number): void {
		const { points } = this.#plant;
		const { leaderId, followerId } = bond;
		const isFresh = now - points.lastTime[leaderId]! <= FRESH_MICROS && now - points.lastTime[followerId]! <= FRESH_MICROS;
		// What deviates by itself was said, and teaches nothing of others.
		const at = isFresh && !points.isOff(leaderId) && !points.isOff(followerId) ? bond.partOf(points.last[leaderId]!) : -1;
		const before = bond.part;
		bond.part = at;
		const isNear = at >= 0 && before >= 0 && (bond.states.length > 0 ? at === before : Math.abs(at - before) <= 1);
		bond.settled = isNear ? bond.settled + 1 : 0;
		if (bond.settled < SETTLED) {
			bond.odd = 0;
			return;
		}
		const part = bond.parts[at]!;
		const value = points.last[followerId]!;
		const margin = this.#margin(bond, part);
		const isOutside = value < part.low - margin || value > part.high + margin;
		if (bond.isTelling && isClosed(part)) {
			if (isOutside && this.#width(bond, part) <= TELLING) bond.odd++;
			else {
				bond.odd = 0;
				if (bond.saidIn === at && value >= part.low && value <= part.high) this.#settle(unit, bond);
			}
			return;
		}
		bond.odd = 0;
		if (points.isHeld) return;
		if (unit.looks - part.visitedAt >= VISIT_LOOKS) {
			part.visits++;
			if (dayOf(unit.looks) !== dayOf(part.visitedAt)) part.days++;
			part.visitedAt = unit.looks;
		}
		if (isOutside) part.grown = part.days;
		part.low = Math.min(part.low, value);
		part.high = Math.max(part.high, value);
	}

	/** What was said of a follower is over. */
	#settle(unit: Unit, { followerId }: Bond): void {
		unit.isNews = true;
		unit.liars.delete(followerId);
		for (const bond of unit.bonds) {
			if (bond.followerId !== followerId) continue;
			bond.saidIn = -1;
			if (bond.said >= MAX_SAID) this.#relearn(bond);
		}
	}

	#relearn(bond: Bond): void {
		bond.said = 0;
		bond.isTelling = false;
		bond.born = this.#plant.watched;
		for (const part of bond.parts) {
			part.grown = part.days;
			part.visits = 0;
		}
	}

	#margin({ followerId }: Bond, { low, high }: Part): number {
		const { max, min } = this.#plant.points;
		return high < low ? 0 : Math.max(MARGIN * (high - low), LEAST_MARGIN * (max[followerId]! - min[followerId]!));
	}

	/** The width that a part allows, as a share of the follower's range. */
	#width(bond: Bond, part: Part): number {
		const { max, min } = this.#plant.points;
		return (part.high - part.low + 2 * this.#margin(bond, part)) / (max[bond.followerId]! - min[bond.followerId]!);
	}

	/** The mean width that a closed part allows, as a share of the follower's range; infinite where no two closed parts tell it apart. */
	#looseness(bond: Bond): number {
		const closed = bond.parts.filter(isClosed);
		const limits = closed.map((part) => {
			const margin = this.#margin(bond, part);
			return { from: part.low - margin, to: part.high + margin };
		});
		if (!limits.some(({ from }) => limits.some(({ to }) => to < from))) return Number.POSITIVE_INFINITY;
		return closed.reduce((sum, part) => sum + Math.min(1, this.#width(bond, part)), 0) / closed.length;
	}

	/** Each moving point leaves its bit. */
	#sketch(unit: Unit, target: Target, now: number): void {
		const { points } = this.#plant;
		const bit = (unit.looks / BIT_EVERY - 1) % BITS;
		const { sketches } = unit;
		const mask = 1 << (bit & 31);
		for (const [space, number, page] of target.pages()) {
			for (let at = 0; at < PAGE; at++) {
				const id = page.ids[at]!;
				if (id < 0 || !points.isMoving(id)) continue;
				let row = sketches.row(id);
				if (row < 0) {
					if (page.isWide(at) || !MAY_GO.has(points.kind(id))) continue;
					if (sketches.size >= MAX_POINTS || this.#sketches >= MAX_SKETCHES) {
						this.refused++;
						continue;
					}
					this.#sketches++;
					row = sketches.add(id, { space, at: number * PAGE + at });
				}
				if (now - points.lastTime[id]! > FRESH_MICROS) continue;
				const value = points.last[id]!;
				const count = ++sketches.counts[row]!;
				sketches.means[row]! += (value - sketches.means[row]!) / Math.min(MEAN_BITS, count);
				const word = row * WORDS + (bit >>> 5);
				if (value > sketches.means[row]!) sketches.bits[word]! |= mask;
				else sketches.bits[word]! &= ~mask;
			}
		}
	}

	/** Bonds that do not tell go, pairs whose bits agree come. */
	#endDay(unit: Unit, target: Target): void {
		const { points } = this.#plant;
		const kept = unit.bonds.filter((bond) => {
			if (isWord(bond.leader, target) || isWord(bond.follower, target)) return false;
			bond.isTelling = this.#looseness(bond) <= TELLING_MEAN;
			// What is still being learned goes on for a while.
			return bond.isTelling || this.#plant.watched - bond.born < TRIAL_MICROS;
		});
		this.#bonds -= unit.bonds.length - kept.length;
		unit.bonds = kept;
		// Where no bond is left that could hold again, nothing is waited for.
		for (const id of unit.liars)
			if (!kept.some(({ followerId, saidIn, isTelling }) => followerId === id && saidIn >= 0 && isTelling)) unit.liars.delete(id);
		const { sketches } = unit;
		const lively: number[] = [];
		for (let row = 0; row < sketches.size; row++) {
			const isFit = sketches.counts[row]! >= BITS / 2 && this.#mayGo(sketches, row, target);
			if (isFit && isLively(sketches.bitsOf(row))) lively.push(row);
		}
		for (const follower of lively) {
			const id = sketches.id(follower);
			// Where a person sets it, he may set it otherwise.
			if (points.writes[id]! > 0 || points.kind(id) === "set point") continue;
			const leaders = lively
				.filter((leader) => leader !== follower)
				.map((leader) => ({ leader, likeness: likeness(sketches.bitsOf(leader), sketches.bitsOf(follower)) }))
				.filter((one) => one.likeness >= ALIKE)
				.sort((one, other) => other.likeness - one.likeness);
			for (const { leader } of leaders) {
				if (unit.bonds.filter(({ followerId }) => followerId === id).length >= MAX_LEADERS) break;
				const leaderId = sketches.id(leader);
				if (unit.bonds.some((bond) => bond.leaderId === leaderId && bond.followerId === id)) continue;
				this.#bind(unit, sketches, leader, follower);
			}
		}
		sketches.counts.fill(0);
		for (let row = sketches.size - 1; row >= 0; row--) {
			if (this.#mayGo(sketches, row, target)) continue;
			sketches.remove(row);
			this.#sketches--;
		}
		if (unit.bonds.length > 0) unit.isNews = true;
	}

	#mayGo(sketches: Sketches, row: number, target: Target): boolean {
		return MAY_GO.has(this.#plant.points.kind(sketches.id(row))) && !isWord(sketches.place(row), target);
	}

	#bind(unit: Unit, sketches: Sketches, leader: number, follower: number): void {
		if (unit.bonds.length >= MAX_BONDS || this.#bonds >= MAX_ALL_BONDS) {
			this.refused++;
			return;
		}
		const { points, watched } = this.#plant;
		const ids = [sketches.id(leader), sketches.id(follower)] as const;
		const { states = [], min, max } = points.band(ids[0]);
		if (states.length > PARTS) states.length = 0;
		const kind = { states, from: min, width: max - min, born: watched };
		this.#bonds++;
		unit.bonds.push(new Bond(sketches.place(leader), sketches.place(follower), ids, kind));
	}

	/** Both are as they were known, where that says something. */
	#agrees(bond: Bond): boolean {
		if (bond.settled < SETTLED || bond.odd > 0 || !bond.isTelling) return false;
		const part = bond.parts[bond.part]!;
		return isClosed(part) && this.#width(bond, part) <= TELLING;
	}

	/** Which point lies: the one that the largest share of its companions contradicts. */
	#find(unit: Unit): Disagreement | undefined {
		const odd = unit.bonds.filter((bond) => bond.odd >= LIKELY_LOOKS && !isExplained(bond, unit));
		const suspects = new Map<number, { against: Set<number>; agreeing: Set<number> }>();
		for (const bond of unit.bonds) {
			const isOdd = bond.odd >= LIKELY_LOOKS;
			if (!isOdd && !this.#agrees(bond)) continue;
			for (const [id, other] of [
				[bond.leaderId, bond.followerId],
				[bond.followerId, bond.leaderId],
			] as const) {
				let suspect = suspects.get(id);
				if (suspect === undefined) suspects.set(id, (suspect = { against: new Set(), agreeing: new Set() }));
				(isOdd ? suspect.against : suspect.agreeing).add(other);
			}
		}
		let worst = odd[0]?.followerId ?? -1;
		let most = 0;
		let isEither = false;
		// Only followers: a bond says what its follower should be. Of equals what is measured, not what is on or off; then the first.
		const isMeasured = (id: number): boolean => this.#plant.points.kind(id) === "continuous";
		for (const { followerId } of odd) {
			const { against, agreeing } = suspects.get(followerId)!;
			const share = against.size ** 2 / (against.size + agreeing.size);
			if (share < most || (share === most && (isMeasured(worst) || !isMeasured(followerId)))) continue;
			most = share;
			worst = followerId;
		}
		const own = odd.filter(({ followerId }) => followerId === worst);
		const bond = own[0];
		if (bond === undefined) return undefined;
		for (const { leaderId } of own) {
			const { against, agreeing } = suspects.get(leaderId)!;
			if (against.size ** 2 / (against.size + agreeing.size) >= most) isEither = true;
		}
		// What the worst explains is said with it; what is left gets a look of its own.
		unit.liars.add(worst);
		for (const one of own) {
			one.saidIn = one.part;
			one.said++;
		}
		unit.isNews = true;
		const { last } = this.#plant.points;
		const { low: from, high: to } = bond.reach(bond.part);
		const { low, high } = bond.parts[bond.part]!;
		return {
			liar: { ...bond.follower, id: worst, value: last[worst]! },
			isEither,
			companion: { ...bond.leader, value: last[bond.leaderId]!, from, to },
			low,
			high,
			against: own.map(({ leader }) => leader),
			agreeing: suspects.get(worst)!.agreeing.size,
			age: this.#plant.watched - bond.born,
		};
	}

	/** Units of which something changed; unless `isWhole`, those of which something is new that a judgement hangs on. */
	*save(isWhole: boolean): Generator<[key: string, value: unknown]> {
		for (const [target, unit] of this.#units) {
			const isDue = isWhole && unit.looks - unit.savedAt >= this.#saveLooks;
			if (!unit.isNews && !isDue) continue;
			unit.isNews = false;
			unit.savedAt = unit.looks;
			const { looks, bonds, sketches, liars } = unit;
			const said = bonds.flatMap(({ leader, leaderId, follower, followerId }) => [
				...(liars.has(leaderId) ? [leader] : []),
				...(liars.has(followerId) ? [follower] : []),
			]);
			const { protocol, address, key } = target.server;
			yield [
				`together/${key}/${target.unit}`,
				{
					protocol,
					address,
					unit: target.unit,
					looks,
					bonds: bonds.map((bond) => saveBond(bond, looks)),
					sketches: sketches.save(),
					liars: said.map(savePlace),
				},
			];
		}
	}

	/** Takes a saved unit back, after the plant's own records; false where something of it was damaged, which is left out. */
	restore(record: unknown): boolean {
		if (!isRecord(record) || typeof record.protocol !== "string" || typeof record.address !== "string") return false;
		const { protocol, address, unit: number, looks, bonds, sketches, liars } = record;
		const target = this.#plant.servers.get(`${protocol}|${address}`)?.targets.get(number as number);
		if (target === undefined || this.#units.has(target)) return false;
		if (!isCount(looks) || !Array.isArray(bonds) || !Array.isArray(sketches) || !Array.isArray(liars)) return false;
		const unit = newUnit(looks);
		this.#units.set(target, unit);
		let isWhole = true;
		for (const saved of bonds.slice(0, MAX_BONDS)) {
			const bond = this.#bonds < MAX_ALL_BONDS ? restoreBond(saved, target, looks) : undefined;
			if (bond === undefined) isWhole = false;
			else {
				this.#bonds++;
				unit.bonds.push(bond);
			}
		}
		for (const saved of sketches.slice(0, MAX_POINTS)) {
			if (this.#sketches < MAX_SKETCHES && unit.sketches.restore(saved, target)) this.#sketches++;
			else isWhole = false;
		}
		for (const saved of liars.slice(0, 2 * MAX_BONDS)) {
			const place = restorePlace(saved, target);
			if (place === undefined) isWhole = false;
			else unit.liars.add(place.id);
		}
		return isWhole;
	}
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

/** Space and number of a point, as saved. */
type SavedPlace = [space: number, at: number];
const savePlace = ({ space, at }: Place): SavedPlace => [space, at];

function restorePlace(saved: unknown, target: Target): (Place & { id: number }) | undefined {
	if (!Array.isArray(saved) || saved.length !== 2) return undefined;
	const [space, at] = saved as [unknown, unknown];
	if (!Number.isInteger(space) || !isCount(at)) return undefined;
	const id = target.page(space as number, Math.floor(at / PAGE))?.ids[at % PAGE] ?? -1;
	return id < 0 ? undefined : { space: space as number, at, id };
}

const saveBond = (bond: Bond, looks: number): unknown => ({
	leader: savePlace(bond.leader),
	follower: savePlace(bond.follower),
	states: bond.states,
	from: bond.from,
	width: bond.width,
	born: bond.born,
	isTelling: bond.isTelling,
	part: bond.part,
	settled: bond.settled,
	odd: bond.odd,
	saidIn: bond.saidIn,
	said: bond.said,
	// Of a part that was never visited there is nothing.
	parts: bond.parts.map(({ low, high, visits, days, grown, visitedAt }) =>
		days === 0 ? null : [low, high, visits, days, grown, looks - visitedAt],
	),
});

function restoreBond(saved: unknown, target: Target, looks: number): Bond | undefined {
	if (!isRecord(saved)) return undefined;
	const { states, from, width, born, part, settled, odd, said, saidIn, parts } = saved;
	const leader = restorePlace(saved.leader, target);
	const follower = restorePlace(saved.follower, target);
	if (leader === undefined || follower === undefined) return undefined;
	if (!Array.isArray(states) || states.length > PARTS || !states.every(isNumber) || !isNumber(from) || !isNumber(width)) return undefined;
	if (!isNumber(born) || born < 0 || !isCount(said) || !isCount(settled) || !isCount(odd) || !Array.isArray(parts)) return undefined;
	const isPart = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= -1 && (value as number) < PARTS;
	if (parts.length !== PARTS || !isPart(part) || !isPart(saidIn)) return undefined;
	const place = ({ space, at }: Place): Place => ({ space, at });
	const bond = new Bond(place(leader), place(follower), [leader.id, follower.id], { states, from, width, born });
	for (const [index, numbers] of parts.entries()) {
		if (numbers === null) continue;
		if (!Array.isArray(numbers) || numbers.length !== 6 || !numbers.every(isNumber)) return undefined;
		const [low, high, visits, days, grown, ago] = numbers as [number, number, number, number, number, number];
		Object.assign(bond.parts[index]!, { low, high, visits, days, grown, visitedAt: looks - ago });
	}
	bond.isTelling = saved.isTelling === true;
	bond.part = part as number;
	bond.settled = settled;
	bond.odd = odd;
	bond.saidIn = saidIn as number;
	bond.said = said;
	return bond;
}

const newUnit = (looks: number): Unit => ({
	looks,
	bonds: [],
	sketches: new Sketches(),
	liars: new Set(),
	savedAt: looks,
	isNews: false,
});

/** Units end their days one after the other: a number that hangs on the unit's name alone (FNV-1a), so that it is the same after a restart. */
function firstLooks({ server, unit }: Target): number {
	let hash = 0x811c9dc5;
	for (const character of `${server.key}/${unit}`) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
	return (hash >>> 0) % (DAY_LOOKS / 2);
}

/** One of its points was said to lie, and still does. */
const isExplained = ({ leaderId, followerId }: Bond, { liars }: Unit): boolean => liars.has(leaderId) || liars.has(followerId);

/** Kinds of points that may go with others. What counts, goes round or jumps about goes with time or with nothing. */
const MAY_GO: ReadonlySet<string> = new Set(["continuous", "few states", "set point"]);

/** One half of a number in two registers? */
const isWord = ({ space, at }: Place, target: Target): boolean => target.page(space, Math.floor(at / PAGE))?.isWide(at % PAGE) === true;

const isClosed = ({ visits, days, grown }: Part): boolean =>
	visits >= MIN_VISITS && days >= MIN_DAYS && days - grown >= Math.max(QUIET_DAYS, QUIET_SHARE * days);

const dayOf = (looks: number): number => Math.floor(looks / DAY_LOOKS);

/** Share of a day in which two points were on the same side of their means, or on opposite ones. */
function likeness(one: Int32Array, other: Int32Array): number {
	let different = 0;
	for (let word = 0; word < WORDS; word++) different += bitCount(one[word]! ^ other[word]!);
	return Math.max(different, BITS - different) / BITS;
}

function isLively(bits: Int32Array): boolean {
	let ones = 0;
	let changes = 0;
	let before = bits[WORDS - 1]! >>> 31;
	for (let word = 0; word < WORDS; word++) {
		const now = bits[word]!;
		ones += bitCount(now);
		changes += bitCount(now ^ ((now << 1) | before));
		before = now >>> 31;
	}
	return changes >= LEAST_CHANGES && ones >= LEAST_ONES * BITS && BITS - ones >= LEAST_ONES * BITS;
}
