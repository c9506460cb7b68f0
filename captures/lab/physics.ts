/**
 * The small process behind the PLCs: a pump pushes water through a valve into a tank, whose outlet holds the level at its set point.
 * It lives in the lab's main process; the PLCs get its measurements and give it their set points, as field wiring would.
 */
import { Random } from "./random.ts";

/** What the PLCs tell the process. */
export interface Actuators {
	/** Millimetres. */
	levelSetPoint: number;
	outletOpen: boolean;
	/** Revolutions a minute. */
	speedSetPoint: number;
	run: boolean;
	/** Thousandths of the stroke. */
	positionSetPoint: number;
	enable: boolean;
}

/** What the process shows to the instruments. */
export interface Measurements {
	level: number;
	inflow: number;
	outflow: number;
	temperature: number;
	/** Tenths of a cubic metre since the plant was built. */
	total: number;
	speed: number;
	current: number;
	pressure: number;
	vibration: number;
	/** Seconds that the pump has run. */
	runSeconds: number;
	position: number;
	torque: number;
	strokes: number;
	/** Seconds since the plant was built. */
	seconds: number;
	/** Energy meters: volts, amperes, kilowatts, kilowatt hours. */
	volts: number;
	amperes: number;
	power: number;
	energy: number;
}

export const INITIAL_ACTUATORS: Readonly<Actuators> = {
	levelSetPoint: 2600,
	outletOpen: true,
	speedSetPoint: 1100,
	run: true,
	positionSetPoint: 600,
	enable: true,
};

const LITRES_PER_REVOLUTION_PER_MINUTE = 0.04;
const MILLIMETRES_PER_LITRE = 20;
const OUTLET_LITRES = 60;
const NOMINAL_LEVEL = 3000;
const TANK_TOP = 5000;
/** Litres a second that the counters assume for the time before the lab was started. */
const MEAN_FLOW = 26;

export class Physics {
	readonly actuators: Actuators = { ...INITIAL_ACTUATORS };
	readonly #random: Random;
	#seconds: number;
	#level: number = INITIAL_ACTUATORS.levelSetPoint;
	#speed: number = INITIAL_ACTUATORS.speedSetPoint;
	#position: number = INITIAL_ACTUATORS.positionSetPoint;
	#inflow = 0;
	#outflow = 0;
	#litres: number;
	#runSeconds: number;
	#strokes: number;
	#energy: number;

	/** `age`: seconds that the plant has run before; its counters start accordingly. */
	constructor(seed: number, age: number) {
		this.#random = new Random(seed);
		this.#seconds = 20_000 + age;
		this.#litres = 1_400_000 + age * MEAN_FLOW;
		this.#runSeconds = 18_000 + age;
		this.#strokes = 4000 + age * 0.1;
		this.#energy = 3000 + age * 0.003;
	}

	step(seconds: number): void {
		const { actuators } = this;
		this.#seconds += seconds;
		const speedTarget = actuators.run ? actuators.speedSetPoint : 0;
		this.#speed += (speedTarget - this.#speed) * Math.min(1, seconds / 0.8);
		if (actuators.enable) {
			const way = Math.max(-500 * seconds, Math.min(500 * seconds, actuators.positionSetPoint - this.#position));
			this.#position += way;
			this.#strokes += Math.abs(way) / 1000;
		}
		this.#inflow = (this.#speed * LITRES_PER_REVOLUTION_PER_MINUTE * this.#position) / 1000;
		const opening = actuators.outletOpen ? Math.max(0, Math.min(1, 0.55 + (this.#level - actuators.levelSetPoint) / 800)) : 0;
		const demand = 1 + 0.03 * Math.sin((2 * Math.PI * this.#seconds) / 17);
		this.#outflow = opening * OUTLET_LITRES * Math.sqrt(this.#level / NOMINAL_LEVEL) * demand;
		this.#level = Math.max(0, Math.min(TANK_TOP, this.#level + (this.#inflow - this.#outflow) * MILLIMETRES_PER_LITRE * seconds));
		this.#litres += this.#inflow * seconds;
		if (actuators.run) this.#runSeconds += seconds;
		this.#energy += (this.#power() * seconds) / 3600;
	}

	measure(): Measurements {
		const noise = (amplitude: number) => this.#random.noise(amplitude);
		const slow = Math.sin((2 * Math.PI * this.#seconds) / 25);
		const load = this.#speed / 1450;
		return {
			level: round(this.#level + noise(4)),
			inflow: round(this.#inflow * 10 + (this.#inflow > 0.1 ? noise(3) : 0)),
			outflow: round(this.#outflow * 10 + (this.#outflow > 0.1 ? noise(3) : 0)),
			temperature: round(215 + 5 * slow + noise(1)),
			total: Math.floor(this.#litres / 100),
			speed: round(this.#speed + (this.#speed > 5 ? noise(3) : 0)),
			current: round(load * load * 900 + (this.#speed > 5 ? 250 + noise(8) : 0)),
			pressure: round(110 + load * load * 420 * (1.2 - this.#position / 2500) + noise(2)),
			vibration: round(12 + load * 30 + noise(3)),
			runSeconds: Math.floor(this.#runSeconds),
			position: round(this.#position),
			torque: round(180 + (Math.abs(this.actuators.positionSetPoint - this.#position) > 1 ? 240 : 0) + noise(10)),
			strokes: Math.floor(this.#strokes),
			seconds: Math.floor(this.#seconds),
			volts: 400 + slow * 2 + noise(0.5),
			amperes: 12 + load * 14 + noise(0.2),
			power: this.#power() + noise(0.05),
			energy: this.#energy,
		};
	}

	#power(): number {
		const load = this.#speed / 1450;
		return 4 + load * load * load * 11;
	}
}

function round(value: number): number {
	return Math.max(0, Math.round(value));
}
