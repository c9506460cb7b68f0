/** What `spanwatch doctor` says of one thing that it looked at. */
export type Verdict = "ok" | "warn" | "fail";

export interface Finding {
	verdict: Verdict;
	/** What was looked at, in a word or two. */
	what: string;
	/** What was seen. */
	seen: string;
	/** What to do; absent where all is well. */
	mend?: string;
}
