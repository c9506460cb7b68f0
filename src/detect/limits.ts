/**
 * The plant's own alarm limits (register maps): a value beyond one is a fact, whatever was learned. Said when a limit is passed, not while the value stays beyond it.
 * An operation costs a search in the limits of its PLC; PLCs without a map cost nothing.
 */
import type { Target } from "../baseline/plant.ts";
import { engineering, isWide, type LimitName, type MapEntry, type RegisterMaps } from "../baseline/registerMap.ts";
import type { OperationRecorder } from "./recorder.ts";

/** A limit that was passed. */
export interface Crossing {
	entry: MapEntry;
	limit: LimitName;
	/** In engineering units. */
	value: number;
	/** Index of the point in the operation. */
	index: number;
	/** Further points of the operation beyond a limit of theirs. */
	others: number;
}

/** How far beyond: 0 within. */
export const DEPTH: Readonly<Record<LimitName, number>> = { low: 1, high: 1, lowLow: 2, highHigh: 2 };

interface Watched {
	entry: MapEntry;
	space: number;
	at: number;
	depth: number;
}

/** The limits of one PLC, numbered points in order. */
interface TargetLimits {
	numbered: Watched[];
	named: Map<string, Watched>;
}

/** The deepest limit that a value (engineering units) is beyond. */
export const passedLimit = ({ limits }: MapEntry, value: number): LimitName | undefined => {
	if (limits.highHigh !== undefined && value > limits.highHigh) return "highHigh";
	if (limits.lowLow !== undefined && value < limits.lowLow) return "lowLow";
	if (limits.high !== undefined && value > limits.high) return "high";
	return limits.low !== undefined && value < limits.low ? "low" : undefined;
};

export class Limits {
	readonly #maps: RegisterMaps;
	readonly #targets = new Map<Target, TargetLimits | undefined>();

	constructor(maps: RegisterMaps) {
		this.#maps = maps;
	}

	/** The deepest limit that this operation newly passed, of values read or written. */
	judge(target: Target, spaces: readonly string[], recorder: OperationRecorder): Crossing | undefined {
		if (this.#maps.size === 0 || recorder.operation.valueCount === 0) return undefined;
		let limits = this.#targets.get(target);
		if (limits === undefined && !this.#targets.has(target)) {
			limits = this.#limitsOf(target, spaces);
			this.#targets.set(target, limits);
		}
		if (limits === undefined) return undefined;
		let worst: Crossing | undefined;
		let crossings = 0;
		let index = 0;
		for (let run = 0; run < recorder.runs; run++) {
			const space = recorder.spaces[run]!;
			const first = recorder.firsts[run]!;
			const count = recorder.counts[run]!;
			if (space < 0) {
				const watched = limits.named.get(recorder.names[first]!);
				if (watched !== undefined) take(this.#look(watched, index, 1, recorder));
			} else {
				const { numbered } = limits;
				for (let at = place(numbered, space, first); at < numbered.length; at++) {
					const watched = numbered[at]!;
					if (watched.space !== space || watched.at >= first + count) break;
					take(this.#look(watched, index + watched.at - first, first + count - watched.at, recorder));
				}
			}
			index += count;
		}
		if (worst !== undefined) worst.others = crossings - 1;
		return worst;

		function take(crossing: Crossing | undefined): void {
			if (crossing === undefined) return;
			crossings++;
			if (worst === undefined || DEPTH[crossing.limit] > DEPTH[worst.limit]) worst = crossing;
		}
	}

	/** One value; `left` are the points from it to the end of its run. */
	#look(watched: Watched, index: number, left: number, { operation }: OperationRecorder): Crossing | undefined {
		const { entry } = watched;
		const wide = isWide(entry) && watched.space >= 0;
		// Half of a number says nothing.
		if (index + (wide ? 1 : 0) >= operation.valueCount || (wide && left < 2)) return undefined;
		const value = engineering(entry, operation.values[index]!, wide ? operation.values[index + 1]! : 0);
		if (!Number.isFinite(value)) return undefined;
		const limit = passedLimit(entry, value);
		const depth = limit === undefined ? 0 : DEPTH[limit];
		// What is written is judged for itself: whether the value gets there is seen when it is read.
		if (operation.verb === "write") return limit === undefined ? undefined : { entry, limit, value, index, others: 0 };
		const before = watched.depth;
		watched.depth = depth;
		return limit === undefined || depth <= before ? undefined : { entry, limit, value, index, others: 0 };
	}

	#limitsOf(target: Target, spaces: readonly string[]): TargetLimits | undefined {
		const map = this.#maps.of(target.server.address, target.unit);
		const limits: TargetLimits = { numbered: [], named: new Map() };
		for (const entry of map?.values() ?? []) {
			if (Object.keys(entry.limits).length === 0) continue;
			const cut = entry.point.lastIndexOf(":");
			const space = spaces.indexOf(entry.point.slice(0, cut));
			if (space >= 0) limits.numbered.push({ entry, space, at: Number(entry.point.slice(cut + 1)), depth: 0 });
			else limits.named.set(entry.point, { entry, space: -1, at: 0, depth: 0 });
		}
		limits.numbered.sort((one, other) => one.space - other.space || one.at - other.at);
		return limits.numbered.length + limits.named.size > 0 ? limits : undefined;
	}
}

/** The first of them at or after a point. */
function place(numbered: readonly Watched[], space: number, first: number): number {
	let low = 0;
	let high = numbered.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		const one = numbered[middle]!;
		if (one.space < space || (one.space === space && one.at < first)) low = middle + 1;
		else high = middle;
	}
	return low;
}

export const LIMIT_WORDS: Readonly<Record<LimitName, string>> = {
	lowLow: "lowest alarm limit",
	low: "low alarm limit",
	high: "high alarm limit",
	highHigh: "highest alarm limit",
};
