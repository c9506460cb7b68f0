/**
 * Addresses of the data model as other tools write them: `holding:107`, the five and six digit references of Modicon (40108, 400108: the first digit is the table, the rest
 * counts from 1; MODBUS Application Protocol V1.1b3, 4.4 for the counting), `4x108`, IEC 61131-3 as Schneider uses it (`%MW107`, `%M5`: from 0), or a number from 0 beside the
 * name of its table.
 */
import { SPACES } from "./tables.ts";

const MOST = 65_535;
const [COIL, DISCRETE, INPUT, HOLDING] = ["coil", "discrete", "input", "holding"];

/** First digit of a reference. */
const BY_DIGIT: Readonly<Record<string, string | undefined>> = { 0: COIL, 1: DISCRETE, 3: INPUT, 4: HOLDING };
/** What tools call the tables, and the function that reads each. */
const BY_WORD: Readonly<Record<string, string | undefined>> = {
	coil: COIL,
	coils: COIL,
	co: COIL,
	outputcoil: COIL,
	"0x": COIL,
	"1": COIL,
	"01": COIL,
	fc1: COIL,
	fc01: COIL,
	discrete: DISCRETE,
	discreteinput: DISCRETE,
	discreteinputs: DISCRETE,
	inputstatus: DISCRETE,
	di: DISCRETE,
	"1x": DISCRETE,
	"2": DISCRETE,
	"02": DISCRETE,
	fc2: DISCRETE,
	fc02: DISCRETE,
	holding: HOLDING,
	holdingregister: HOLDING,
	holdingregisters: HOLDING,
	hr: HOLDING,
	"4x": HOLDING,
	"3": HOLDING,
	"03": HOLDING,
	fc3: HOLDING,
	fc03: HOLDING,
	input: INPUT,
	inputregister: INPUT,
	inputregisters: INPUT,
	ir: INPUT,
	"3x": INPUT,
	"4": INPUT,
	"04": INPUT,
	fc4: INPUT,
	fc04: INPUT,
};

const point = (space: string | undefined, number: number): string | undefined =>
	space !== undefined && Number.isInteger(number) && number >= 0 && number <= MOST ? `${space}:${number}` : undefined;

/** The stable name of a point; undefined where the text is none. */
export function parsePoint(text: string, table: string): string | undefined {
	const own = /^([a-z]+):(\d{1,5})$/.exec(text);
	if (own !== null && SPACES.includes(own[1]!)) return point(own[1], Number(own[2]));
	const iec = /^%(MW|M)(\d{1,5})$/i.exec(text);
	if (iec !== null) return point(iec[1]!.toUpperCase() === "MW" ? HOLDING : COIL, Number(iec[2]));
	const prefixed = /^([0134])[xX:](\d{1,5})$/.exec(text);
	// "0x6B" would be hexadecimal, which needs its table.
	if (prefixed !== null && table === "") return point(BY_DIGIT[prefixed[1]!], Number(prefixed[2]) - 1);
	const word = table.toLowerCase().replace(/[^a-z0-9]/g, "");
	if (word !== "") {
		const space = Object.hasOwn(BY_WORD, word) ? BY_WORD[word] : undefined;
		if (/^0x[0-9a-f]{1,4}$/i.test(text) || /^\d{1,4}$/.test(text)) return point(space, Number(text));
		if (space === undefined) return undefined;
		// A reference, where the first digit is that of the table; else a number from 0.
		const reference = /^([0134])(\d{4,5})$/.exec(text);
		if (reference !== null && BY_DIGIT[reference[1]!] === space) return point(space, Number(reference[2]) - 1);
		return /^\d{5}$/.test(text) ? point(space, Number(text)) : undefined;
	}
	const reference = /^([0134])(\d{4,5})$/.exec(text);
	return reference === null ? undefined : point(BY_DIGIT[reference[1]!], Number(reference[2]) - 1);
}
