/** What a comparison with a peer gave: each row is equal, differs for a reason that is known, or differs. */

/** Examples kept of what nobody explains. */
const MAX_EXAMPLES = 12;

interface Counts {
	ours: number;
	theirs: number;
}

export class Tally {
	readonly capture: string;
	readonly peer: string;
	equal = 0;
	/** Rows that differ for known reasons. */
	different = 0;
	/** Rows by reason; one row may have several. */
	readonly explained = new Map<string, number>();
	unexplained = 0;
	/** Fields of the rows that hold something, and those that were the same; their names. */
	fields = 0;
	equalFields = 0;
	readonly columns = new Set<string>();
	/** Fields of the peer's rows that ours do not have. */
	readonly left = new Set<string>();
	/** How often each function or service was seen, and how many messages in all: by us and by the peer. */
	readonly kinds = new Map<string, Counts>();
	readonly messages: Counts = { ours: 0, theirs: 0 };
	readonly examples: string[] = [];

	constructor(capture: string, peer: string) {
		this.capture = capture;
		this.peer = peer;
	}

	get compared(): number {
		return this.equal + this.different + this.unexplained;
	}

	/** A message that one side has seen, and what it is. */
	saw(side: keyof Counts, kind: string): void {
		this.messages[side]++;
		let counts = this.kinds.get(kind);
		if (counts === undefined) this.kinds.set(kind, (counts = { ours: 0, theirs: 0 }));
		counts[side]++;
	}

	same(rows = 1): void {
		this.equal += rows;
	}

	because(reasons: readonly string[], rows = 1): void {
		this.different += rows;
		for (const reason of reasons) this.explained.set(reason, (this.explained.get(reason) ?? 0) + rows);
	}

	differs(example: string, rows = 1): void {
		this.unexplained += rows;
		if (this.examples.length < MAX_EXAMPLES) this.examples.push(`${this.capture}: ${example}`);
	}

	/** Counts rows with a reason or without one. */
	count(reason: string | undefined, example: string, rows = 1): void {
		if (reason === undefined) this.differs(example, rows);
		else this.because([reason], rows);
	}
}

/** Runs `task` for all, two at a time. */
export async function inPairs<T, R>(all: readonly T[], task: (one: T) => Promise<R>): Promise<R[]> {
	const results: R[] = new Array<R>(all.length);
	let next = 0;
	const worker = async () => {
		while (next < all.length) {
			const at = next++;
			results[at] = await task(all[at]!);
		}
	};
	await Promise.all([worker(), worker()]);
	return results;
}

/** The sums of all kinds, the most frequent first. */
export function kindsOf(tallies: readonly Tally[]): [kind: string, counts: Counts][] {
	const sums = new Map<string, Counts>();
	for (const { kinds } of tallies)
		for (const [kind, { ours, theirs }] of kinds) {
			const before = sums.get(kind) ?? { ours: 0, theirs: 0 };
			sums.set(kind, { ours: before.ours + ours, theirs: before.theirs + theirs });
		}
	return [...sums].sort(([a, one], [b, two]) => two.ours - one.ours || two.theirs - one.theirs || (a < b ? -1 : 1));
}

/** Rows by reason, the most frequent first. */
export function reasonsOf(tallies: readonly Tally[]): [reason: string, rows: number][] {
	const sums = new Map<string, number>();
	for (const { explained } of tallies) for (const [reason, rows] of explained) sums.set(reason, (sums.get(reason) ?? 0) + rows);
	return [...sums].sort((a, b) => b[1] - a[1]);
}

export const sum = (tallies: readonly Tally[], of: (tally: Tally) => number): number =>
	tallies.reduce((total, tally) => total + of(tally), 0);
