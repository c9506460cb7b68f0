/** The four tables of the data model (MODBUS Application Protocol V1.1b3, 4.3), and which one a function touches. */
import { WIDE_TYPES, type WideSpace } from "../../src/decode/protocol.ts";
import { FUNCTION } from "./codes.ts";

/** A point is `holding:107`. */
export const SPACES: readonly string[] = ["coil", "discrete", "input", "holding"];

/** Numbers in two registers, by what they are and which register comes first; Modbus itself knows registers only. */
export const WIDE: readonly (WideSpace & { readonly name: string })[] = ["input", "holding"]
	.flatMap((words) => WIDE_TYPES.flatMap((type) => [false, true].map((isSwapped) => ({ words, type, isSwapped }))))
	.map(({ words, type, isSwapped }, at) => ({
		name: `${words}.${type}${isSwapped ? "-swapped" : ""}`,
		space: SPACES.length + at,
		words: SPACES.indexOf(words),
		type,
		isSwapped,
	}));
export const COIL = 0;
const DISCRETE = 1;
const INPUT = 2;
export const HOLDING = 3;

/** By function code; -1 for none. */
const SPACE_OF = new Int8Array(256).fill(-1);
SPACE_OF[FUNCTION.readCoils] = COIL;
SPACE_OF[FUNCTION.writeSingleCoil] = COIL;
SPACE_OF[FUNCTION.writeMultipleCoils] = COIL;
SPACE_OF[FUNCTION.readDiscreteInputs] = DISCRETE;
SPACE_OF[FUNCTION.readInputRegisters] = INPUT;
for (const code of [
	FUNCTION.readHoldingRegisters,
	FUNCTION.writeSingleRegister,
	FUNCTION.writeMultipleRegisters,
	FUNCTION.maskWriteRegister,
	FUNCTION.readWriteMultipleRegisters,
]) {
	SPACE_OF[code] = HOLDING;
}

/** Index into SPACES, or -1. */
export const spaceOf = (code: number): number => SPACE_OF[code] ?? -1;

/** True where a table holds bits. */
export const isBits = (space: number): boolean => space === COIL || space === DISCRETE;
