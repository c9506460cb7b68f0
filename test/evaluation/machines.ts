/**
 * The five machines: what each PLC measures, counts and shows, one scan a second. State is plain numbers, so that a run can be copied and taken up anywhere.
 * Set points are read from the holding registers and coils that clients write.
 */
import { bell, DAY, dayCurve, draw, HOUR, hourOf, isWeekend, MINUTE, SECOND, type Seeded, shiftOf } from "./calendar.ts";
import { type Encoding, type Image, type Kind, type Order, type Space, type Variable, writeVariable } from "./points.ts";

export type Condition = Seeded & Record<string, number>;

export interface Machine {
	readonly name: string;
	/** Last byte of its address; two machines may stand behind one gateway. */
	readonly host: number;
	readonly unit: number;
	readonly variables: readonly Omit<Variable, "plc">[];
	readonly initial: Readonly<Record<string, number>>;
	/** What is in the registers that nobody computes. */
	readonly settings: readonly (readonly [space: Space, at: number, values: readonly number[]])[];
	/** One second of the machine. */
	scan(state: Condition, image: Image, time: number): void;
	/** After a restart. */
	restart?(state: Condition): void;
}

type Row = readonly [space: Space, at: number, kind: Kind, name: string, encoding?: Encoding, order?: Order];
const variables = (rows: readonly Row[]): Omit<Variable, "plc">[] =>
	rows.map(([space, at, kind, name, encoding = "u16", order = "high"]) => ({ space, at, kind, name, encoding, order }));

const clamp = (value: number, from: number, to: number): number => Math.max(from, Math.min(to, value));
/** Noise of an instrument: about normal, and now and then a reading that is far out. */
const noise = (state: Condition): number => bell(state) * (draw(state) < 0.0001 ? 4 : 1);
/** Wanders around zero with about this deviation, forgetting within `seconds`. */
function wander(state: Condition, name: string, deviation: number, seconds: number): number {
	const next = state[name]! * (1 - 1 / seconds) + bell(state) * deviation * Math.sqrt(2 / seconds);
	state[name] = next;
	return next;
}
const float = (image: Image, at: number, value: number, order: Order = "high"): void =>
	writeVariable(image, { space: "input", at, encoding: "float", order }, value);
const double = (image: Image, at: number, value: number, order: Order = "high"): void =>
	writeVariable(image, { space: "input", at, encoding: "u32", order }, Math.floor(value));
const word = (image: Image, at: number, value: number): void => {
	image.input[at] = clamp(Math.round(value), 0, 65535);
};
/** Degrees of the river: the year's wave, the day's, and weather. */
const waterTemperature = (time: number, weather: number): number =>
	9 + 7 * Math.sin((2 * Math.PI * (time / DAY - 45)) / 365) + 0.8 * dayCurve(time) + weather;

/** Once in the second week more is wanted than ever before. */
const STORM = { from: 10 * DAY + 15 * HOUR, until: 10 * DAY + 18 * HOUR } as const;

export const TANK: Machine = {
	name: "tank",
	host: 11,
	unit: 1,
	variables: variables([
		["holding", 0, "set point", "level set point"],
		["holding", 1, "constant", "high limit"],
		["holding", 2, "constant", "low limit"],
		["holding", 3, "states", "mode"],
		["holding", 4, "set point", "manual output"],
		["holding", 5, "states", "operator on duty"],
		["holding", 100, "constant", "gain"],
		["holding", 101, "constant", "integral time"],
		["input", 0, "continuous", "level"],
		["input", 1, "continuous", "inflow"],
		["input", 2, "continuous", "outflow"],
		["input", 3, "continuous", "water temperature"],
		["input", 4, "counter", "total", "u32"],
		["input", 6, "bits", "status"],
		["input", 7, "counter", "heartbeat"],
		["input", 8, "continuous", "pump current"],
		["coil", 0, "bit", "outlet open"],
		["coil", 1, "bit", "acknowledge"],
		["discrete", 0, "bit", "high level"],
		["discrete", 1, "bit", "low level"],
		["discrete", 2, "bit", "filling"],
	]),
	initial: { level: 2100, inflow: 22, total: 14_100_000, life: 21_000, demandWander: 0, weather: 0, output: 0 },
	settings: [
		["holding", 0, [2100, 4500, 500, 0, 300, 3]],
		["holding", 100, [120, 45]],
		["coil", 0, [1]],
	],
	scan(state, image, time) {
		const { holding } = image;
		const storm = time > STORM.from && time < STORM.until ? 5 : 0;
		const demand = Math.max(4, 22 + 7 * dayCurve(time) + storm + wander(state, "demandWander", 2, 900));
		const isManual = holding[3] === 1;
		const target = isManual ? holding[4]! / 10 : clamp(demand + (holding[0]! - state.level!) * 0.03, 0, 60);
		state.inflow! += (target - state.inflow!) / 4;
		state.level = clamp(state.level! + (state.inflow! - demand) * 0.12, 0, 5000);
		state.total! += state.inflow! / 10;
		state.life = (state.life! + 1) & 0xffff;
		const load = state.inflow! / 60;
		word(image, 0, state.level + noise(state) * 3);
		word(image, 1, state.inflow! * 10 + noise(state) * 2);
		word(image, 2, demand * 10 + noise(state) * 2);
		word(image, 3, waterTemperature(time, wander(state, "weather", 0.5, 40_000)) * 10 + bell(state) * 0.7);
		double(image, 4, state.total!);
		const isFilling = state.inflow! > demand + 1;
		const isHigh = state.level > 3300;
		const isLow = state.level < 1700;
		const beat = Math.floor(time / SECOND / 30) & 1;
		image.input[6] =
			1 | (isManual ? 0 : 2) | (isFilling ? 4 : 0) | (isHigh ? 8 : 0) | (isLow ? 16 : 0) | (image.coil[0]! << 5) | (beat << 6);
		image.input[7] = state.life;
		word(image, 8, 180 + load * load * 700 + noise(state) * 6);
		image.discrete[0] = isHigh ? 1 : 0;
		image.discrete[1] = isLow ? 1 : 0;
		image.discrete[2] = isFilling ? 1 : 0;
	},
	restart(state) {
		state.life = 0;
		state.inflow = 0;
	},
};

/** Of each recipe: temperature, minutes of reaction, stirrer speed, doses. Written by the HMI at the change of shift. */
export const RECIPES: readonly (readonly number[])[] = [
	[1, 780, 40, 240, 155, 62],
	[2, 840, 55, 300, 180, 48],
	[3, 720, 45, 210, 140, 75],
	[4, 650, 70, 180, 120, 90],
];
const PHASE = { idle: 0, fill: 1, heat: 2, react: 3, cool: 4, drain: 5, clean: 6 } as const;
const PHASE_MINUTES = [9, 10, 0, 0, 15, 8, 12];

export const REACTOR: Machine = {
	name: "reactor",
	host: 12,
	unit: 1,
	variables: variables([
		["holding", 10, "states", "recipe"],
		["holding", 11, "set point", "temperature set point"],
		["holding", 12, "set point", "reaction time"],
		["holding", 13, "set point", "stirrer set point"],
		["holding", 14, "set point", "dose A"],
		["holding", 15, "set point", "dose B"],
		["holding", 100, "set point", "gain"],
		["holding", 101, "constant", "integral time"],
		["holding", 102, "constant", "derivative time"],
		["holding", 103, "constant", "filter"],
		["input", 0, "continuous", "temperature", "float"],
		["input", 2, "continuous", "jacket temperature", "float"],
		["input", 4, "continuous", "pressure", "float"],
		["input", 6, "continuous", "level", "float"],
		["input", 8, "continuous", "acidity", "float"],
		["input", 10, "states", "phase"],
		["input", 11, "ramp", "seconds left"],
		["input", 12, "counter", "batch number"],
		["input", 13, "continuous", "stirrer speed"],
		["input", 14, "bits", "status"],
		["coil", 0, "bit", "release"],
		["coil", 1, "bit", "acknowledge"],
	]),
	initial: { temperature: 21, jacket: 21, level: 0, acidity: 7, phase: PHASE.idle, left: 300, batch: 4120, stirrer: 0, ambient: 0 },
	settings: [
		["holding", 10, RECIPES[2]!],
		["holding", 100, [120, 30, 8, 5]],
		["coil", 0, [1]],
	],
	scan(state, image) {
		const { holding } = image;
		const setPoint = holding[11]! / 10;
		state.left!--;
		if (state.phase === PHASE.heat ? state.temperature! >= setPoint - 0.5 : state.left! <= 0) {
			state.phase = (state.phase! + 1) % 7;
			if (state.phase === PHASE.fill) state.batch = (state.batch! + 1) & 0xffff;
			const minutes = state.phase === PHASE.react ? holding[12]! : PHASE_MINUTES[state.phase]! * (0.95 + 0.1 * draw(state));
			state.left = Math.round(minutes * 60);
		}
		const { phase } = state;
		const room = 21 + wander(state, "ambient", 0.8, 20_000);
		const isHot = phase === PHASE.heat || phase === PHASE.react;
		const jacketTarget = isHot ? setPoint + clamp((setPoint - state.temperature!) * 1.5, -10, 18) : phase === PHASE.cool ? 12 : room;
		state.jacket! += (jacketTarget - state.jacket!) / 60;
		state.temperature! += (state.jacket! - state.temperature!) / 300;
		const fullAt = (holding[14]! + holding[15]!) / 3;
		if (phase === PHASE.fill) state.level = Math.min(fullAt, state.level! + fullAt / 500);
		if (phase === PHASE.drain) state.level = Math.max(0, state.level! - 0.3);
		if (phase === PHASE.react) state.acidity! += (4.6 - state.acidity!) / 900;
		else if (phase === PHASE.clean) state.acidity! += (7 - state.acidity!) / 120;
		const stirrer = phase! >= PHASE.fill && phase! <= PHASE.cool ? holding[13]! : 0;
		state.stirrer! += (stirrer - state.stirrer!) / 3;
		float(image, 0, state.temperature! + bell(state) * 0.08);
		float(image, 2, state.jacket! + bell(state) * 0.1);
		float(image, 4, 1.01 + Math.max(0, state.temperature! - 40) * 0.012 + bell(state) * 0.002);
		float(image, 6, state.level! + (state.level! > 0 ? bell(state) * 0.15 : 0));
		float(image, 8, state.acidity! + bell(state) * 0.01);
		image.input[10] = phase!;
		image.input[11] = phase === PHASE.heat ? 0 : Math.max(0, state.left!);
		image.input[12] = state.batch!;
		word(image, 13, state.stirrer! + (state.stirrer! > 5 ? bell(state) * 1.5 : 0));
		image.input[14] = (1 << phase!) | (isHot ? 0x100 : 0) | (image.coil[0]! << 9);
	},
	restart(state) {
		state.stirrer = 0;
	},
};

export const PUMPS: Machine = {
	name: "pumps",
	host: 13,
	unit: 1,
	variables: variables([
		["holding", 0, "set point", "pressure set point"],
		["holding", 1, "constant", "lowest speed"],
		["holding", 2, "constant", "highest speed"],
		["holding", 3, "states", "duty pump"],
		["holding", 100, "constant", "gain"],
		["input", 0, "continuous", "pressure"],
		["input", 1, "continuous", "speed of pump 1"],
		["input", 2, "continuous", "speed of pump 2"],
		["input", 3, "continuous", "current"],
		["input", 4, "continuous", "vibration"],
		["input", 5, "continuous", "water temperature"],
		["input", 6, "counter", "run seconds of pump 1", "u32", "low"],
		["input", 8, "counter", "run seconds of pump 2", "u32", "low"],
		["input", 10, "ramp", "filter resistance"],
		["input", 11, "bits", "status"],
		["input", 12, "counter", "heartbeat"],
		["coil", 0, "bit", "enable"],
		["coil", 1, "bit", "acknowledge"],
		["discrete", 0, "bit", "pump 1 runs"],
		["discrete", 1, "bit", "pump 2 runs"],
		["discrete", 2, "bit", "backwash"],
	]),
	initial: { speed1: 0, speed2: 900, run1: 8_120_400, run2: 7_998_100, filter: 120, wash: 0, life: 400, flowWander: 0, weather: 0 },
	settings: [
		["holding", 0, [450, 300, 1500, 2]],
		["holding", 100, [75]],
		["coil", 0, [1]],
	],
	scan(state, image, time) {
		const { holding } = image;
		const isWashing = state.wash! > 0;
		const need = isWashing ? 350 : 700 + 120 * dayCurve(time) + (holding[0]! - 450) * 2.2 + wander(state, "flowWander", 35, 600);
		const target = image.coil[0] === 1 ? clamp(need, holding[1]!, holding[2]!) : 0;
		const isFirst = holding[3] === 1;
		state.speed1! += ((isFirst ? target : 0) - state.speed1!) / 5;
		state.speed2! += ((isFirst ? 0 : target) - state.speed2!) / 5;
		if (state.speed1! > 20) state.run1!++;
		if (state.speed2! > 20) state.run2!++;
		state.life = (state.life! + 1) & 0xffff;
		if (isWashing) {
			state.wash!--;
			state.filter = Math.max(110, state.filter! - 1.2);
		} else {
			state.filter! += 0.0045 + 0.001 * draw(state);
			if (state.filter! > 520) state.wash = 360;
		}
		const speed = Math.max(state.speed1!, state.speed2!);
		word(image, 0, speed * 0.52 + 90 + noise(state) * 2);
		word(image, 1, state.speed1! > 2 ? state.speed1! + bell(state) * 3 : 0);
		word(image, 2, state.speed2! > 2 ? state.speed2! + bell(state) * 3 : 0);
		word(image, 3, speed > 2 ? 120 + (speed / 1500) ** 2 * 800 + bell(state) * 5 : 0);
		word(image, 4, 14 + (speed / 1500) * 30 + noise(state) * 1.5);
		word(image, 5, waterTemperature(time, wander(state, "weather", 0.5, 40_000)) * 10 + bell(state) * 0.7);
		double(image, 6, state.run1!, "low");
		double(image, 8, state.run2!, "low");
		word(image, 10, state.filter!);
		const runs1 = state.speed1! > 20 ? 1 : 0;
		const runs2 = state.speed2! > 20 ? 1 : 0;
		image.input[11] = runs1 | (runs2 << 1) | (isWashing ? 4 : 0) | (image.coil[0]! << 3);
		image.input[12] = state.life;
		image.discrete[0] = runs1;
		image.discrete[1] = runs2;
		image.discrete[2] = isWashing ? 1 : 0;
	},
	restart(state) {
		state.life = 0;
	},
};

const meter = (unit: number, rated: number, isLine: boolean): Machine => ({
	name: `meter ${unit}`,
	host: 14,
	unit,
	variables: variables([
		["input", 0, "continuous", "voltage 1", "float", "low"],
		["input", 2, "continuous", "voltage 2", "float", "low"],
		["input", 4, "continuous", "current 1", "float", "low"],
		["input", 6, "continuous", "current 2", "float", "low"],
		["input", 8, "continuous", "power", "float", "low"],
		["input", 10, "continuous", "frequency", "float", "low"],
		["input", 12, "counter", "energy", "u32", "low"],
		["input", 14, "constant", "transformer ratio"],
	]),
	initial: { energy: 3_400_000 + unit * 10_000, grid: 0, load: 0, frequency: 0 },
	settings: [["input", 14, [200]]],
	scan(state, image, time) {
		const grid = 231 - 2 * dayCurve(time) + wander(state, "grid", 1, 300);
		const isRunning = !isLine || (!isWeekend(time) && shiftOf(time) < 2);
		const amperes = Math.max(
			0.3,
			(isRunning ? rated : rated * 0.08) * (1 + 0.15 * dayCurve(time)) + wander(state, "load", rated * 0.04, 120),
		);
		const power = (grid * amperes * 3 * 0.93) / 1000;
		state.energy! += power / 36;
		float(image, 0, grid + bell(state) * 0.15, "low");
		float(image, 2, grid + 0.8 + bell(state) * 0.15, "low");
		float(image, 4, amperes + bell(state) * 0.05, "low");
		float(image, 6, amperes * 1.03 + bell(state) * 0.05, "low");
		float(image, 8, power, "low");
		float(image, 10, 50 + wander(state, "frequency", 0.012, 60), "low");
		double(image, 12, state.energy!, "low");
	},
});

const FAULTS = [3, 7, 12];

export const PACKING: Machine = {
	name: "packing line",
	host: 15,
	unit: 1,
	variables: variables([
		["holding", 0, "states", "line speed"],
		["holding", 1, "constant", "sealing temperature"],
		["holding", 10, "set point", "order number"],
		["holding", 11, "set point", "order quantity"],
		["input", 0, "counter", "good packs of the shift"],
		["input", 1, "counter", "bad packs of the shift"],
		["input", 2, "counter", "packs", "u32"],
		["input", 4, "states", "fault"],
		["input", 5, "continuous", "speed"],
		["input", 6, "continuous", "sealer temperature"],
		["input", 7, "random", "last label"],
		["input", 8, "bits", "status"],
		["input", 10, "clock", "hour"],
		["input", 11, "clock", "minute"],
		["input", 12, "clock", "second"],
		["coil", 0, "bit", "run"],
		["coil", 1, "bit", "acknowledge"],
		["discrete", 0, "bit", "infeed occupied"],
		["discrete", 1, "bit", "outfeed occupied"],
		["discrete", 2, "bit", "guard closed"],
	]),
	initial: { packs: 9_200_000, good: 0, bad: 0, part: 0, speed: 0, sealer: 200, fault: 0, faultLeft: 0, label: 0, shift: 2, infeed: 0 },
	settings: [
		["holding", 0, [60, 1800]],
		["holding", 10, [411, 4800]],
		["coil", 0, [0]],
	],
	scan(state, image, time) {
		const isOn = image.coil[0] === 1;
		if (state.fault! > 0 && --state.faultLeft! <= 0) state.fault = 0;
		else if (isOn && state.fault === 0 && draw(state) < 1 / 2400) {
			state.fault = FAULTS[Math.floor(draw(state) ** 2 * 3)]!;
			state.faultLeft = 30 + Math.floor(draw(state) * 200);
		}
		const isMoving = isOn && state.fault === 0;
		state.speed! += ((isMoving ? image.holding[0]! : 0) - state.speed!) / 3;
		state.sealer! += ((isOn ? image.holding[1]! + 25 * Math.sin(time / (4 * MINUTE)) : 210) - state.sealer!) / 240;
		const shift = shiftOf(time);
		if (shift !== state.shift) {
			state.shift = shift;
			state.good = state.bad = 0;
		}
		state.part! += state.speed! / 60;
		while (state.part! >= 1) {
			state.part!--;
			if (draw(state) < 0.012) state.bad!++;
			else state.good!++;
			state.packs!++;
			state.label = Math.floor(draw(state) * 65536);
		}
		image.input[0] = state.good! & 0xffff;
		image.input[1] = state.bad! & 0xffff;
		double(image, 2, state.packs!);
		image.input[4] = state.fault!;
		word(image, 5, state.speed! > 0.5 ? state.speed! + bell(state) * 0.6 : 0);
		word(image, 6, state.sealer! + bell(state) * 2);
		image.input[7] = state.label!;
		const infeed = isMoving && draw(state) < 0.7 ? 1 : 0;
		const outfeed = isMoving && draw(state) < 0.5 ? 1 : 0;
		const isGuarded = state.fault === 7 ? 0 : 1;
		image.input[8] = (isOn ? 1 : 0) | (isMoving ? 2 : 0) | (state.fault! > 0 ? 4 : 0) | (infeed << 4) | (outfeed << 5) | (isGuarded << 6);
		image.input[10] = Math.floor(hourOf(time));
		image.input[11] = Math.floor((time % HOUR) / MINUTE);
		image.input[12] = Math.floor((time % MINUTE) / SECOND);
		image.discrete[0] = infeed;
		image.discrete[1] = outfeed;
		image.discrete[2] = isGuarded;
	},
	restart(state) {
		state.speed = 0;
		state.good = state.bad = 0;
	},
};

export const MACHINES: readonly Machine[] = [TANK, REACTOR, PUMPS, meter(11, 60, false), meter(12, 85, true), PACKING];
/** By index of the machine. */
export const PLC = { tank: 0, reactor: 1, pumps: 2, meter11: 3, meter12: 4, packing: 5 } as const;

export const VARIABLES: readonly Variable[] = MACHINES.flatMap((machine, plc) => machine.variables.map((one) => ({ ...one, plc })));
