/** What takes days to know: levels, bonds and drift of values, hours and amounts, and that what was normal is seen no more, or did not run. */
import { services } from "../../protocols/index.ts";
import type { MapEntry } from "../../src/baseline/registerMap.ts";
import { PlantBed } from "../detect/plantBed.ts";
import { random } from "../support/random.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";

const HMI = "10.0.0.2";
const PLC = "10.0.0.5";
const OPCUA = "10.0.0.6";
const ENGINEER = "10.0.0.7";
const ARCHIVE = "10.0.0.8";
const BACKUP = "10.0.0.9";
const DAY = 86_400;
const HOUR = 3600;
/** Seconds between two reads, and two looks of the engine. */
const LOOK = 30;
/** What is not seen for so many days is normal no more. */
const FORGET_DAYS = 8;

const noise = random(17);
/** About Gaussian, with deviation 1. */
const gauss = (): number => {
	let sum = -6;
	for (let count = 0; count < 12; count++) sum += noise();
	return sum;
};

/** Set points of the pump, one in each hour of work. */
const SPEEDS = [700, 1000, 1400];

/** Holding registers of the PLC: a level that is noise, whether the pump runs, the flow that it makes, its set point. */
interface Shown {
	level: number;
	pump: number;
	flow: number;
	speed: number;
}

/** A plant in which each hour of the day has its work. Hours are those of UTC. */
class Plant {
	readonly bed: PlantBed;
	/** Bytes of one direction of the encrypted channel between two looks. */
	amount = () => 20_000 + Math.floor(8000 * noise());
	/** The archive reads once in six hours. */
	hasArchive = true;
	/** Minute after 23:00 at which the PLC's program is fetched for the backup. */
	backup: number | undefined = 30;
	/** The operator moves the set point in this hour of the day. */
	writes = (hour: number): boolean => hour >= 8 && hour < 16;
	show = (shown: Shown): Shown => shown;
	#speed = SPEEDS[0]!;

	constructor() {
		this.bed = new PlantBed({ habits: { services, timeZone: "UTC", forgetSeconds: FORGET_DAYS * DAY } });
	}

	get hour(): number {
		return Math.floor(this.bed.time / 1e6 / HOUR) % 24;
	}

	run(seconds: number): this {
		for (let passed = 0; passed < seconds; passed += LOOK) this.#look();
		return this;
	}

	/** To the beginning of this hour. */
	runTo(hour: number): this {
		while (this.hour === hour) this.#look();
		while (this.hour !== hour) this.#look();
		return this;
	}

	set(speed: number): void {
		this.#speed = speed;
		this.bed.write(HMI, PLC, 3, [speed]);
	}

	/** Somebody comes in from afar: over a service that is known for it. */
	enter(client: string, server: string, port = 22, service = "ssh"): void {
		const { bed } = this;
		bed.flows.delete(`${client}>${server}:${port}`);
		const flow = bed.flow(client, server, port);
		bed.analyst.flowOpened(flow);
		bed.analyst.flowClosed(flow, service);
	}

	#look(): void {
		const { bed } = this;
		const second = Math.round(bed.time / 1e6);
		const minute = Math.floor(second / 60) % 60;
		const { hour } = this;
		const isOnTheMinute = second % 60 < LOOK;
		const pump = Math.floor(second / 1500) % 2;
		const shown = this.show({
			level: Math.round(500 + 20 * gauss()),
			pump,
			flow: pump * (340 + Math.floor(20 * noise())),
			speed: this.#speed,
		});
		bed.read(HMI, PLC, 0, [shown.level, shown.pump, shown.flow, shown.speed]);
		if (this.writes(hour) && isOnTheMinute && minute % 20 === 7) this.set(SPEEDS[hour % SPEEDS.length]!);
		if (isOnTheMinute && hour === 23 && minute === this.backup) this.enter(BACKUP, PLC, 21, "ftp");
		if (isOnTheMinute && minute === 30) {
			if (hour === 9) this.enter(ENGINEER, HMI);
			if (this.hasArchive && hour % 6 === 0) bed.read(ARCHIVE, PLC, 0, [shown.level, shown.pump]);
		}
		const channel = bed.flow(HMI, OPCUA, 4840);
		if (channel.analysis === undefined) bed.analyst.flowOpened(channel);
		const bytes = channel.bytes as [number, number];
		bytes[0] += 2000;
		bytes[1] += this.amount();
		bed.time += LOOK * 1e6;
		bed.analyst.advance(bed.time);
	}
}

/** Nine days of it, learned once; each scene goes on from there. */
let learned: { time: number; frame: number; entries: [string, unknown][] } | undefined;
function ground(): Plant {
	if (learned === undefined) {
		const { bed } = new Plant().run(9 * DAY);
		learned = { time: bed.time, frame: bed.frame, entries: structuredClone([...bed.analyst.save()]) };
	}
	const plant = new Plant();
	plant.bed.time = learned.time;
	plant.bed.frame = learned.frame;
	plant.bed.analyst.restore(learned.entries.filter(([, value]) => value !== null));
	return plant;
}
const scene = (play: (plant: Plant) => void) => (): readonly Said[] => {
	const plant = ground();
	plant.run(600);
	plant.bed.detections.length = 0;
	play(plant);
	plant.bed.wait(2);
	return alertsOf(plant.bed.detections);
};
/** What is played is over after so many seconds, and all is as before. */
const shows = (seconds: number, show: (shown: Shown) => Shown) =>
	scene((plant) => {
		plant.show = show;
		plant.run(seconds);
		plant.show = (shown) => shown;
		plant.run(HOUR);
	});

/** The flow goes on for so many seconds when the pump stops, again and again. */
const lagging = (seconds: number) => {
	let left = 0;
	return shows(3 * HOUR, (shown) => {
		left = shown.pump === 1 ? seconds : left - LOOK;
		return left >= 0 && shown.pump === 0 ? { ...shown, flow: 345 } : shown;
	});
};

/** A temperature, read every five minutes for days; what moves it, by the day. */
const SPARSE = 300;
const drifting = (degrees: (day: number) => number) => (): readonly Said[] => {
	const bed = new PlantBed();
	const run = (days: number, value: (day: number) => number): void => {
		const from = bed.time;
		for (let passed = 0; passed < days * DAY; passed += SPARSE) {
			bed.read(HMI, PLC, 0, [Math.round(1000 + 20 * gauss() + value((bed.time - from) / 1e6 / DAY))]);
			bed.time += SPARSE * 1e6;
			bed.analyst.advance(bed.time);
		}
	};
	run(4, () => 0);
	bed.detections.length = 0;
	run(12, degrees);
	bed.wait(2);
	return alertsOf(bed.detections);
};

const SPEED: MapEntry = {
	point: "holding:3",
	name: "Pump speed",
	unit: "1/min",
	scale: 1,
	offset: 0,
	order: "ABCD",
	limits: { high: 1400 },
};
const limited = (play: (plant: Plant) => void) =>
	scene((plant) => {
		plant.bed.analyst.maps.set(PLC, [SPEED]);
		plant.runTo(10);
		play(plant);
		plant.run(600);
	});

export const TIME: readonly CatalogueEntry[] = [
	{
		id: "value-level",
		answers: [],
		fires: shows(HOUR, (shown) => ({ ...shown, level: shown.level + 45 })),
		twin: shows(300, (shown) => ({ ...shown, level: shown.level + 45 })),
		twinIs: "the same level, for five minutes",
	},
	{
		id: "values-disagree",
		answers: ["M20"],
		fires: shows(HOUR, (shown) => ({ ...shown, flow: 345 })),
		twin: lagging(60),
		twinIs: "the flow stops a minute after the pump: it takes its time",
	},
	{
		id: "value-drift",
		answers: [],
		fires: drifting((day) => 1.5 * day),
		twin: drifting((day) => 10 * Math.sin(2 * Math.PI * day)),
		twinIs: "the value goes with the day, further than the drift went",
	},
	{
		id: "alarm-limit",
		answers: [],
		fires: limited((plant) => {
			plant.show = (shown) => ({ ...shown, speed: 1401 });
		}),
		twin: limited((plant) => plant.set(1400)),
		twinIs: "an operator goes to the limit",
	},
	{
		id: "alarm-limit",
		answers: [],
		fires: limited((plant) => plant.set(1401)),
		which: { source: HMI },
		twin: limited((plant) => plant.set(1400)),
		twinIs: "an operator goes to the limit",
	},
	{
		id: "unusual-hour",
		answers: ["G13"],
		fires: scene((plant) => {
			plant.runTo(2);
			plant.set(SPEEDS[0]!);
			plant.run(HOUR);
		}),
		twin: scene((plant) => {
			plant.runTo(16);
			plant.set(SPEEDS[0]!);
			plant.run(HOUR);
		}),
		twinIs: "a shift that works a little longer",
	},
	{
		id: "unusual-remote-hour",
		answers: ["G7", "G13"],
		fires: scene((plant) => {
			plant.runTo(2);
			plant.enter(ENGINEER, HMI);
			plant.run(HOUR);
		}),
		twin: scene((plant) => {
			plant.runTo(10);
			plant.enter(ENGINEER, HMI);
			plant.run(HOUR);
		}),
		twinIs: "the engineer comes an hour later than usual",
	},
	{
		id: "unusual-volume",
		answers: ["G13", "U15"],
		fires: scene((plant) => {
			plant.amount = () => 150_000;
			plant.run(600);
		}),
		twin: scene((plant) => {
			plant.amount = () => 150_000;
			plant.run(60);
			plant.amount = () => 20_000;
			plant.run(600);
		}),
		twinIs: "one large answer over the encrypted channel",
	},
	{
		id: "job-missed",
		answers: ["G20"],
		fires: scene((plant) => {
			plant.backup = undefined;
			plant.run(2 * DAY);
		}),
		twin: scene((plant) => {
			plant.backup = 50;
			plant.run(DAY);
		}),
		twinIs: "the backup waits twenty minutes for another",
	},
	{
		id: "baseline-faded",
		answers: [],
		fires: scene((plant) => {
			plant.hasArchive = false;
			plant.run((FORGET_DAYS + 1) * DAY);
		}),
		twin: scene((plant) => {
			plant.hasArchive = false;
			plant.run((FORGET_DAYS - 1) * DAY);
			plant.hasArchive = true;
			plant.run(2 * DAY);
		}),
		twinIs: "the archive was off for a week, and is back",
	},
];
