/** What belongs to a group that is learned by itself: the servers of a kind, the domains that a host asks for, who comes in to whom. Bounded, and judged by its own evidence. */
import { type Evidence, QUIET_SHARE } from "../baseline/maturity.ts";
import type { Plant } from "../baseline/plant.ts";

interface Group {
	/** How often each was seen. */
	readonly members: Map<string, number>;
	observations: number;
	born: number;
	lastNew: number;
	epoch: number;
}

export interface MembersBounds {
	/** Groups; the one met first gives way. */
	readonly groups: number;
	/** Members of a group; one that is full knows no more and judges nobody. */
	readonly members: number;
}

/** When something was met: watched microseconds, negative where it never was, and the plant's epoch. */
export interface Met {
	readonly born: number;
	readonly epoch: number;
}

/** It was watched long enough, or declared normal, since it was met. */
export const isMet = (plant: Plant, { born, epoch }: Met): boolean =>
	born >= 0 && (plant.isForced(epoch) || plant.watched - born >= plant.learningSeconds * 1e6);

export class Members {
	/** Groups that gave way or are full. */
	displaced = 0;
	readonly #plant: Plant;
	readonly #bounds: MembersBounds;
	/** When the network was met. */
	readonly #met: () => Met;
	readonly #groups = new Map<string, Group>();
	readonly #dirty = new Set<string>();

	constructor(plant: Plant, bounds: MembersBounds, met: () => Met) {
		this.#plant = plant;
		this.#bounds = bounds;
		this.#met = met;
	}

	/** One was seen; true where it belongs to the group. */
	see(group: string, member: string): boolean {
		const known = this.#groups.get(group);
		const count = known?.members.get(member);
		if (known === undefined || count === undefined) return false;
		known.members.set(member, count + 1);
		known.observations++;
		this.#dirty.add(group);
		return true;
	}

	/** It belongs to the group; it was not seen now. */
	has(group: string, member: string): boolean {
		return this.#groups.get(group)?.members.has(member) === true;
	}

	/** It belongs to the group from here on. */
	learn(group: string, member: string): void {
		let known = this.#groups.get(group);
		const { watched, epoch } = this.#plant;
		if (known === undefined) {
			if (this.#groups.size >= this.#bounds.groups) {
				const oldest = this.#groups.keys().next().value!;
				this.#groups.delete(oldest);
				this.#dirty.add(oldest);
				this.displaced++;
			}
			known = { members: new Map(), observations: 0, born: watched, lastNew: watched, epoch };
			this.#groups.set(group, known);
		}
		this.#dirty.add(group);
		known.observations++;
		if (known.members.size >= this.#bounds.members) {
			this.displaced++;
			return;
		}
		known.members.set(member, 1);
		known.lastNew = watched;
	}

	/** Those of a group, in the order of sight. */
	of(group: string): string[] {
		return [...(this.#groups.get(group)?.members.keys() ?? [])];
	}

	/** Watched microseconds since the group was met; since the network was met where it never was. */
	age(group: string): number {
		return this.#plant.watched - (this.#groups.get(group)?.born ?? Math.max(0, this.#met().born));
	}

	/** True where a stranger to the group is worth a word. Where the group is empty that is so once the network is known: nobody is what is normal. */
	judges(group: string): boolean {
		const plant = this.#plant;
		const known = this.#groups.get(group);
		if (known === undefined) return isMet(plant, this.#met());
		if (known.members.size >= this.#bounds.members) return false;
		let singletons = 0;
		for (const count of known.members.values()) if (count === 1) singletons++;
		const { observations, members, born, lastNew, epoch } = known;
		return plant.judges({
			observations,
			members: members.size,
			singletons,
			born,
			lastNew,
			isForced: plant.isForced(epoch),
		} satisfies Evidence);
	}

	/** The same where members are few and rare by their nature: time alone decides. */
	judgesByTime(group: string): boolean {
		const plant = this.#plant;
		const known = this.#groups.get(group);
		if (known === undefined || plant.isForced(known.epoch)) return this.judges(group);
		const age = plant.watched - known.born;
		return (
			known.members.size < this.#bounds.members && age >= plant.learningSeconds * 1e6 && plant.watched - known.lastNew >= QUIET_SHARE * age
		);
	}

	/** Groups that changed since the last time, as plain data; null for one that is gone. */
	*save(): Generator<[group: string, value: unknown]> {
		for (const group of this.#dirty) {
			const known = this.#groups.get(group);
			yield [group, known === undefined ? null : { group, ...known, members: [...known.members] }];
		}
		this.#dirty.clear();
	}

	/** Takes a saved group back; false where it is damaged. */
	restore(saved: unknown): boolean {
		const { group, members, observations, born, lastNew, epoch } = (saved ?? {}) as Record<string, unknown>;
		if (typeof group !== "string" || !Array.isArray(members) || this.#groups.size >= this.#bounds.groups) return false;
		if (![observations, born, lastNew, epoch].every(Number.isFinite)) return false;
		const known = members
			.slice(0, this.#bounds.members)
			.filter((one): one is [string, number] => Array.isArray(one) && typeof one[0] === "string" && Number.isFinite(one[1]));
		this.#groups.set(group, {
			members: new Map(known),
			observations: observations as number,
			born: born as number,
			lastNew: lastNew as number,
			epoch: epoch as number,
		});
		return true;
	}
}
