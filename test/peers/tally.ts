/** What a comparison with a peer gave: each row is equal, differs for a reason that is known, or differs. */

/** Examples kept of what nobody explains. */
const MAX_EXAMPLES = 12;

export class Tally {
	readonly capture: string;
	readonly peer: string;
	equal = 0;
	readonly explained = new Map<string, number>();
	unexplained = 0;
	readonly examples: string[] = [];

	constructor(capture: string, peer: string) {
		this.capture = capture;
		this.peer = peer;
	}

	get compared(): number {
		return this.equal + this.different + this.unexplained;
	}

	/** Rows that differ for a known reason. */
	get different(): number {
		let sum = 0;
		for (const count of this.explained.values()) sum += count;
		return sum;
	}

	same(rows = 1): void {
		this.equal += rows;
	}

	because(reason: string, rows = 1): void {
		this.explained.set(reason, (this.explained.get(reason) ?? 0) + rows);
	}

	differs(example: string, rows = 1): void {
		this.unexplained += rows;
		if (this.examples.length < MAX_EXAMPLES) this.examples.push(`${this.capture}: ${example}`);
	}

	/** Counts rows with a reason or without one. */
	count(reason: string | undefined, example: string, rows = 1): void {
		if (reason === undefined) this.differs(example, rows);
		else this.because(reason, rows);
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

/** One row for each capture. */
export function table(tallies: readonly Tally[]): string {
	const lines = ["| capture | peer | compared | equal | differ, explained | unexplained |", "| --- | --- | ---: | ---: | ---: | ---: |"];
	for (const tally of tallies) {
		const { capture, peer, compared, equal, different, unexplained } = tally;
		lines.push(`| ${capture} | ${peer} | ${compared} | ${equal} | ${different} | ${unexplained} |`);
	}
	return lines.join("\n");
}

/** Rows by reason, the most frequent first. */
export function reasonsOf(tallies: readonly Tally[]): [reason: string, rows: number][] {
	const sums = new Map<string, number>();
	for (const { explained } of tallies) for (const [reason, rows] of explained) sums.set(reason, (sums.get(reason) ?? 0) + rows);
	return [...sums].sort((a, b) => b[1] - a[1]);
}

export const sum = (tallies: readonly Tally[], of: (tally: Tally) => number): number =>
	tallies.reduce((total, tally) => total + of(tally), 0);
