/** A broken promise of a decoder. */

/** What every decoder promises for any bytes (src/decode/protocol.ts), in the words in which a find is reported. */
export const RULE = {
	throws: "throws",
	answer: "answers something that the contract does not know",
	deadline: "has a deadline that does not move on",
	record: "gives a record that is not plain data",
	recordSize: "gives records out of proportion to the bytes",
	operation: "says an operation that is none",
	fact: "reports a fact that it does not declare",
	lent: "reads bytes that it was not given, or keeps lent ones",
	cost: "costs more than its bytes allow",
	hang: "does not end",
	memory: "takes memory without a bound",
	blindAfterGap: "does not understand a good exchange after garbage and lost bytes",
	blindAfterGarbage: "does not understand good exchanges behind garbage",
	blindAnew: "does not understand a good exchange on a new connection after garbage",
} as const;
export type Rule = (typeof RULE)[keyof typeof RULE];

export class Breach extends Error {
	readonly rule: Rule;

	constructor(rule: Rule, detail: string) {
		super(`${rule}: ${detail}`);
		this.rule = rule;
	}
}

/** The breach that an exception is. */
export const breachOf = (error: unknown): Breach =>
	error instanceof Breach ? error : new Breach(RULE.throws, error instanceof Error ? (error.stack ?? error.message) : String(error));
