/** What is played on the plant's serial line: a day to learn from, another one, and somebody who clips on. */
import { MENU } from "./plant.ts";
import type { ScenarioRecord } from "./scenarios.ts";
import { LINE_NAME, type SerialLine, UNITS } from "./serialLine.ts";

export interface SerialScenario extends ScenarioRecord {
	play(line: SerialLine): Promise<void>;
}

/** A listener cannot tell who speaks on a line: whoever asks is its master. */
const MASTER = `${LINE_NAME}-master`;

async function operate(line: SerialLine, rounds: number, first = 0): Promise<void> {
	const inner = (values: readonly number[], index: number) => values[1 + (index % (values.length - 2))]!;
	for (let index = first; index < first + rounds; index++) {
		await line.pause(0.8);
		await line.level(inner(MENU.level, index * 2));
		await line.pause(0.6);
		await line.speed(inner(MENU.speed, index * 3));
	}
}

async function stopPump(line: SerialLine): Promise<void> {
	await line.pump(false);
	await line.pause(2.5);
	await line.pump(true);
	await line.pause(1.5);
}

export const SERIAL_SCENARIOS: readonly SerialScenario[] = [
	{
		name: "serial-normal",
		title:
			"A day of a serial line in short, to learn from: a controller polls a level controller, a pump drive and an energy meter, and writes every set point over its range",
		verdict: "benign",
		isRoutine: true,
		seconds: 60,
		mustFind: [],
		mayFind: [],
		play: async (line) => {
			await line.until(2);
			await operate(line, 8);
			for (let turn = 0; turn < 2; turn++) {
				await line.level(3500);
				await line.speed(1450);
				await line.pause(4);
				await line.level(1500);
				await line.speed(700);
				await line.pause(4);
				await stopPump(line);
				await stopPump(line);
			}
			await operate(line, 6, 3);
		},
	},
	{
		name: "serial-routine",
		title: "The same line on another day: set points between the widest ones, the pump stopped and started",
		verdict: "benign",
		isRoutine: true,
		seconds: 25,
		mustFind: [],
		mayFind: [],
		play: async (line) => {
			await line.until(2);
			await operate(line, 5, 2);
			await stopPump(line);
			await operate(line, 4, 1);
		},
	},
	{
		name: "serial-clip",
		title:
			"Somebody clips a laptop on the line, asks every unit up to 20 whether it is there, reads registers that the drive does not have, and sets the pump to twice the speed that it ever had",
		verdict: "attack",
		isRoutine: false,
		seconds: 24,
		mustFind: [
			{ type: "write-outside", source: MASTER, destination: LINE_NAME, points: ["holding:0"], values: [2900] },
			{ type: "unit-scan", source: MASTER, destination: LINE_NAME },
		],
		mayFind: ["new-function", "new-unit", "new-point", "new-refusal", "value-outside"],
		play: async (line) => {
			await line.until(2);
			await operate(line, 2);
			await line.until(6);
			await line.clipOn();
			await line.scanUnits(1, 20);
			await line.pause(1);
			await line.intrude("readBeyond", UNITS.pump, { address: 120, count: 20 }, (client) => client.readHoldingRegisters(120, 20));
			await line.pause(1);
			await line.intrude("setSpeed", UNITS.pump, { value: 2900 }, (client) => client.writeRegister(0, 2900));
		},
	},
];
