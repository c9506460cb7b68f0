/**
 * Four simple detectors per variable, for comparison alone (Wolsing et al., "Can Industrial Intrusion Detection Be SIMPLE?", 2022): minimum and maximum, gradient, steady time, histogram.
 * Each is trained on what is normal and alarms at what lies beyond; alarms of one variable are one until an hour was quiet, as an alert of the product.
 */
import { HOUR, SECOND } from "./calendar.ts";
import type { Rule } from "./tampering.ts";

export const DETECTORS = ["min/max", "gradient", "steady time", "histogram"] as const;
export type Detector = (typeof DETECTORS)[number];

const BINS = 16;
/** Readings of one window of the histogram. */
const WINDOW = 60;
const QUIET = HOUR;

/** What is normal for one variable. */
export interface Model {
	min: number;
	max: number;
	/** Differences of one reading to the next. */
	fall: number;
	rise: number;
	/** Longest and shortest time for which a value stayed, microseconds. */
	longest: number;
	shortest: number;
	/** Per bin of its range, the fewest and the most readings of a window. The range is known only after a while, so windows are kept as they come. */
	least: number[];
	most: number[];
}

export interface Alarm {
	detector: Detector;
	variable: string;
	/** Microseconds since the epoch. */
	time: number;
}

interface Variable {
	name: string;
	model: Model;
	last: number;
	since: number;
	isSteadySaid: boolean;
	bins: Uint16Array;
	readings: number;
	alarmed: Float64Array;
}

const newModel = (): Model => ({
	min: Number.POSITIVE_INFINITY,
	max: Number.NEGATIVE_INFINITY,
	fall: Number.POSITIVE_INFINITY,
	rise: Number.NEGATIVE_INFINITY,
	longest: Number.NEGATIVE_INFINITY,
	shortest: Number.POSITIVE_INFINITY,
	least: new Array<number>(BINS).fill(WINDOW),
	most: new Array<number>(BINS).fill(0),
});

export type Models = ReadonlyMap<string, Model>;

/** The bins of a histogram span the range of the first part of the training; what lies outside counts in the outer ones. */
const RANGE_SHARE = 2;

export class Simple {
	readonly alarms: Alarm[] = [];
	readonly #models: Map<string, Model>;
	readonly #runs = new Map<string, (Variable | undefined)[]>();
	readonly #variables = new Map<string, Variable>();
	/** Microseconds since the epoch: until the first only ranges are learned, until the second all; then it judges. */
	readonly #half: number;
	readonly #until: number;

	/** Learns from `from` to `until`; with models it judges from the beginning. */
	constructor(options: { from: number; until: number } | { models: Models }) {
		if ("models" in options) {
			this.#models = new Map(options.models);
			this.#half = this.#until = Number.NEGATIVE_INFINITY;
		} else {
			this.#models = new Map();
			this.#half = options.from + (options.until - options.from) / RANGE_SHARE;
			this.#until = options.until;
		}
	}

	/** What was learned; a copy. */
	models(): Models {
		return structuredClone(this.#models);
	}

	/** Listens to what is read, and lets it pass. */
	readonly rule: Rule = (saying) => {
		const { fields, server, runs, values } = saying;
		if (fields.verb !== "read" || fields.outcome !== "ok" || values.length === 0) return [saying];
		let index = 0;
		for (const run of runs) {
			const count = "name" in run ? 1 : run.count;
			const key = "name" in run ? `${server}|${run.name}` : `${server}|${fields.unit}|${run.space}|${run.first}|${count}`;
			let variables = this.#runs.get(key);
			if (variables === undefined) {
				variables = Array.from({ length: count }, (_, at) =>
					this.#variable("name" in run ? key : `${server}|${fields.unit}|${run.space}|${run.first + at}`),
				);
				this.#runs.set(key, variables);
			}
			for (let at = 0; at < count && index < values.length; at++, index++) this.#look(variables[at]!, values[index]!, fields.time);
		}
		return [saying];
	};

	#variable(name: string): Variable {
		let variable = this.#variables.get(name);
		if (variable === undefined) {
			let model = this.#models.get(name);
			if (model === undefined) {
				model = newModel();
				this.#models.set(name, model);
			}
			variable = {
				name,
				model,
				last: Number.NaN,
				since: Number.NaN,
				isSteadySaid: false,
				bins: new Uint16Array(BINS),
				readings: 0,
				alarmed: new Float64Array(DETECTORS.length).fill(Number.NEGATIVE_INFINITY),
			};
			this.#variables.set(name, variable);
		}
		return variable;
	}

	#look(variable: Variable, value: number, time: number): void {
		const { model } = variable;
		const isLearning = time < this.#until;
		if (isLearning) {
			if (value < model.min) model.min = value;
			if (value > model.max) model.max = value;
		} else if (value < model.min || value > model.max) this.#alarm(variable, 0, time);
		if (!Number.isNaN(variable.last)) {
			const step = value - variable.last;
			if (isLearning) {
				if (step < model.fall) model.fall = step;
				if (step > model.rise) model.rise = step;
			} else if (step < model.fall || step > model.rise) this.#alarm(variable, 1, time);
		}
		this.#steady(variable, value, time, isLearning);
		if (time >= this.#half) this.#histogram(variable, value, time, isLearning);
		variable.last = value;
	}

	#steady(variable: Variable, value: number, time: number, isLearning: boolean): void {
		const { model } = variable;
		const stayed = time - variable.since;
		if (value !== variable.last) {
			// The first value was there before anybody looked.
			if (!Number.isNaN(variable.since)) {
				if (isLearning) {
					if (stayed > model.longest) model.longest = stayed;
					if (stayed < model.shortest) model.shortest = stayed;
				} else if (stayed < model.shortest - SECOND) this.#alarm(variable, 2, time);
			}
			variable.since = Number.isNaN(variable.last) ? Number.NaN : time;
			variable.isSteadySaid = false;
		} else if (!isLearning && stayed > model.longest + SECOND && !variable.isSteadySaid && model.longest > 0) {
			variable.isSteadySaid = true;
			this.#alarm(variable, 2, time);
		}
	}

	#histogram(variable: Variable, value: number, time: number, isLearning: boolean): void {
		const { model, bins } = variable;
		const width = model.max - model.min;
		const bin =
			width > 0 ? Math.max(0, Math.min(BINS - 1, Math.floor(((value - model.min) / width) * BINS))) : value === model.min ? 0 : BINS - 1;
		bins[bin]!++;
		if (++variable.readings < WINDOW) return;
		for (let at = 0; at < BINS; at++) {
			const count = bins[at]!;
			if (isLearning) {
				if (count < model.least[at]!) model.least[at] = count;
				if (count > model.most[at]!) model.most[at] = count;
			} else if (count < model.least[at]! || count > model.most[at]!) this.#alarm(variable, 3, time);
		}
		bins.fill(0);
		variable.readings = 0;
	}

	#alarm(variable: Variable, detector: number, time: number): void {
		const isNew = time - variable.alarmed[detector]! > QUIET;
		variable.alarmed[detector] = time;
		if (isNew) this.alarms.push({ detector: DETECTORS[detector]!, variable: variable.name, time });
	}
}
