/** What the page and MQTT show of one PLC (a unit behind an address). Plain data. */

/** One trait of a PLC, over all that it is about. */
export interface TraitStatus {
	/** `members`, `value`, `cadence`, `sequence`, `schedule`, `volume`. */
	trait: string;
	/** How many things it is about, and for how many of them it judges. */
	subjects: number;
	judging: number;
	/** 0 to 1. */
	maturity: number;
	/** Why it is not further, of the one that is least far: "12 of 50 observations". */
	reason: string;
	/** "judges", "mature in about 5 hours", "nothing says when". */
	forecast: string;
}

export interface PlcStatus {
	/** Stable: the asset's id, with the unit where there is one. */
	id: string;
	asset: string;
	/** Its IP address, else its serial line or MAC address. */
	ip: string;
	unit?: number;
	name: string;
	protocol: string;
	/** `talking`: answered within its usual time; `unanswered`: asked without answer; `silent`: nobody asks or answers. */
	state: "talking" | "unanswered" | "silent";
	/** Seconds since the epoch. */
	lastRequest: number;
	lastAnswer: number;
	/** Clients that read and that write, as addresses; bounded. */
	readers: string[];
	writers: string[];
	points: number;
	operations: number;
	refused: number;
	unanswered: number;
	lastWrite?: { time: number; client: string; point: string; value: number | null };
	/** When what is known of it was taken from a document, in seconds since the epoch. */
	imported?: number;
	/** What traits would have said that are still learning; absent where nothing. */
	shadow?: string;
	/** 0 to 1 over its traits, and the same in words ("learning: 3 of 5 traits judge; 12 new things in the last hour"). */
	maturity: number;
	maturityReason: string;
	traits?: TraitStatus[];
}
