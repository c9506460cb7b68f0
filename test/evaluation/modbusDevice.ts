/** What a simulated PLC answers to any request of Modbus, from the memory that the simulation keeps; a write is done to it. */

import { MACHINES } from "./machines.ts";
import type { Space } from "./points.ts";
import type { PlantState } from "./simulation.ts";

const SPACE_OF: Readonly<Record<number, Space>> = {
	1: "coil",
	2: "discrete",
	3: "holding",
	4: "input",
	5: "coil",
	6: "holding",
	15: "coil",
	16: "holding",
	22: "holding",
};
const IDENTITY = ["Plant PLC", "P-200", "V2.4"];

export const high = (word: number): number => (word >> 8) & 0xff;
export const low = (word: number): number => word & 0xff;
const word = (bytes: readonly number[], at: number): number => bytes[at]! * 256 + bytes[at + 1]!;
const refusal = (code: number, exception: number): number[] => [code | 0x80, exception];

/** The answer to a protocol data unit; undefined where there is none. */
export function answerOf(state: PlantState, plc: number, request: readonly number[]): number[] | undefined {
	const device = state.plcs[plc]!;
	const code = request[0]!;
	if (state.time < device.awayUntil) return undefined;
	if (code === 0x2b) {
		const objects = IDENTITY.flatMap((text, id) => [id, text.length, ...new TextEncoder().encode(text)]);
		return [0x2b, 0x0e, 1, 1, 0, 0, IDENTITY.length, ...objects];
	}
	if (code === 8) return [...request];
	const space = SPACE_OF[code];
	if (space === undefined) return refusal(code, 1);
	const memory = device.image[space];
	const first = word(request, 1);
	const count = code === 5 || code === 6 || code === 22 ? 1 : word(request, 3);
	if (first + count > memory.length) return refusal(code, 2);
	if (code <= 4) {
		const shown = device.shown[space];
		if (code <= 2) {
			const bits: number[] = new Array(Math.ceil(count / 8)).fill(0);
			for (let at = 0; at < count; at++) if (shown[first + at] === 1) bits[at >> 3]! |= 1 << (at & 7);
			return [code, bits.length, ...bits];
		}
		return [code, count * 2, ...Array.from({ length: count }, (_, at) => shown[first + at]!).flatMap((value) => [high(value), low(value)])];
	}
	const put = (at: number, value: number): void => {
		memory[at] = value;
		device.shown[space][at] = value;
	};
	if (code === 5) put(first, request[3] === 0xff ? 1 : 0);
	else if (code === 6) put(first, word(request, 3));
	else if (code === 22) put(first, (memory[first]! & word(request, 3)) | (word(request, 5) & ~word(request, 3)));
	else
		for (let at = 0; at < count; at++) put(first + at, code === 16 ? word(request, 6 + 2 * at) : (request[6 + (at >> 3)]! >> (at & 7)) & 1);
	return code === 22 ? [...request] : [...request.slice(0, 5)];
}

/** With the header of Modbus/TCP. */
export function framedModbus(transaction: number, unit: number, pdu: readonly number[]): Uint8Array {
	return Uint8Array.from([high(transaction), low(transaction), 0, 0, high(pdu.length + 1), low(pdu.length + 1), unit, ...pdu]);
}

export const unitOf = (plc: number): number => MACHINES[plc]!.unit;
