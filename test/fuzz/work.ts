/** What the command line and its workers say to each other. */
import type { Instrumented } from "./instrument.ts";
import type { Seeds } from "./seeds.ts";

/** The counters between the two: inputs begun, and bytes of the one at hand, which follow behind. */
export const BEAT = 0;
export const LENGTH = 1;
export const HEAD_BYTES = 8;
export const SHARED_BYTES = HEAD_BYTES + (4 << 20);

/** What one worker is to do. */
export type Task =
	| { readonly kind: "fuzz"; readonly inputs: number; readonly seconds: number; readonly seed: number; readonly isCosting: boolean }
	| { readonly kind: "replay"; readonly finds: readonly string[] };

export interface WorkerData {
	readonly target: string;
	readonly seeds: Seeds;
	readonly instrumented: Instrumented;
	readonly shared: SharedArrayBuffer;
	readonly task: Task;
}

export interface FoundText {
	readonly rule: string;
	readonly detail: string;
	/** As it is saved. */
	readonly text: string;
}

export interface FuzzResult {
	readonly kind: "fuzz";
	readonly inputs: number;
	readonly seconds: number;
	readonly corpus: number;
	readonly covered: number;
	readonly blocks: number;
	readonly perByte: number;
	readonly growth: number;
	readonly finds: readonly FoundText[];
	/** Empty where it was not asked for. */
	readonly costs: readonly CostRow[];
}

export interface ReplayResult {
	readonly kind: "replay";
	/** One for each find, undefined where every promise holds now. */
	readonly breaches: readonly (string | undefined)[];
}

/** How the cost of one shape grows. */
export interface CostRow {
	readonly shape: string;
	/** Blocks and copied bytes per byte, by size. */
	readonly perByte: readonly number[];
	/** Of the power of the size with which cost grows: 1 is linear. */
	readonly exponent: number;
}

export type Result = FuzzResult | ReplayResult;
