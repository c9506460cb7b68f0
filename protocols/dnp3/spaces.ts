/** The point types of DNP3 (IEEE 1815-2012, annex A) as numbered spaces, and which of them a group of objects is about. */

/** Names of points begin with them. */
export const SPACES = [
	"binary-input",
	"double-bit-input",
	"binary-output",
	"counter",
	"frozen-counter",
	"analog-input",
	"frozen-analog-input",
	"analog-input-deadband",
	"analog-output",
	"class",
	"bcd",
	"unsigned",
	"octet-string",
	"virtual-terminal",
	"security-statistic",
	"device-attribute",
	"data-set",
	"internal-indication",
	"time",
] as const;
const WORDS: Readonly<Record<string, string>> = {
	bcd: "BCD value",
	unsigned: "unsigned integer",
	class: "class",
	"double-bit-input": "double-bit binary input",
	"analog-input-deadband": "deadband of analog input",
	"internal-indication": "internal indication",
};
export const SPACE = Object.fromEntries(SPACES.map((name, index) => [name, index])) as Record<(typeof SPACES)[number], number>;

const GROUPS: Readonly<Record<number, (typeof SPACES)[number]>> = {
	1: "binary-input",
	2: "binary-input",
	3: "double-bit-input",
	4: "double-bit-input",
	10: "binary-output",
	11: "binary-output",
	12: "binary-output",
	13: "binary-output",
	20: "counter",
	21: "frozen-counter",
	22: "counter",
	23: "frozen-counter",
	30: "analog-input",
	31: "frozen-analog-input",
	32: "analog-input",
	33: "frozen-analog-input",
	34: "analog-input-deadband",
	40: "analog-output",
	41: "analog-output",
	42: "analog-output",
	43: "analog-output",
	50: "time",
	80: "internal-indication",
	85: "data-set",
	86: "data-set",
	87: "data-set",
	88: "data-set",
	101: "bcd",
	102: "unsigned",
	110: "octet-string",
	111: "octet-string",
	112: "virtual-terminal",
	113: "virtual-terminal",
	121: "security-statistic",
	122: "security-statistic",
};
const OF_GROUP = Int8Array.from({ length: 256 }, (_, group) => {
	const name = GROUPS[group];
	return name === undefined ? -1 : SPACE[name];
});
/** Index into `SPACES`, or -1 where the objects of a group are no points. */
export const spaceOf = (group: number): number => OF_GROUP[group] ?? -1;

/** "analog input 5" for `analog-input:5`. */
export function pointName(name: string): string {
	const colon = name.lastIndexOf(":");
	const space = name.slice(0, colon);
	if (!(space in SPACE)) return name.startsWith("file:") ? `file ${name.slice("file:".length)}` : name;
	return `${WORDS[space] ?? space.replaceAll("-", " ")} ${name.slice(colon + 1)}`;
}

/** Short forms of other tools, by point type: "AI5", "BI 3". */
const SHORT: Readonly<Record<string, (typeof SPACES)[number]>> = {
	bi: "binary-input",
	di: "double-bit-input",
	dbi: "double-bit-input",
	bo: "binary-output",
	ct: "counter",
	ctr: "counter",
	fc: "frozen-counter",
	ai: "analog-input",
	fai: "frozen-analog-input",
	ao: "analog-output",
	os: "octet-string",
};
const HIGHEST_INDEX = 2 ** 30;
const LONGEST_POINT = 64;

/** `analog-input:5` for "AI5", "analog-input 5", or "5" with the table "analog input". */
export function parsePoint(text: string, table: string): string | undefined {
	if (text.length > LONGEST_POINT) return undefined;
	const [, letters = "", digits = ""] = /^([a-z][a-z -]*?)?[\s:.]*(\d{1,10})$/i.exec(text.trim()) ?? [];
	if (digits === "" || Number(digits) >= HIGHEST_INDEX) return undefined;
	const said = (letters || table).trim().toLowerCase().replaceAll(" ", "-");
	const space = said in SPACE ? said : SHORT[said];
	return space === undefined ? undefined : `${space}:${Number(digits)}`;
}
