/** The PLCs' memory as Modbus shows it, and the variables that lie in it. */

export const SPACES = ["coil", "discrete", "input", "holding"] as const;
export type Space = (typeof SPACES)[number];

/** Registers and bits of one unit. */
export interface Image {
	coil: Uint8Array;
	discrete: Uint8Array;
	input: Uint16Array;
	holding: Uint16Array;
}

export const newImage = (): Image => ({
	coil: new Uint8Array(32),
	discrete: new Uint8Array(32),
	input: new Uint16Array(64),
	holding: new Uint16Array(128),
});

export function copyImage(from: Image, to: Image): void {
	for (const space of SPACES) to[space].set(from[space]);
}

/** What a variable is: what the learner has to find out. */
export const KINDS = ["constant", "bit", "bits", "states", "set point", "continuous", "counter", "ramp", "random", "clock"] as const;
export type Kind = (typeof KINDS)[number];

/** `u32` and `float` take two registers; `high`: the word with the higher bits comes first. */
export type Encoding = "u16" | "u32" | "float";
export type Order = "high" | "low";

export interface Variable {
	/** Index of the PLC. */
	plc: number;
	space: Space;
	at: number;
	kind: Kind;
	name: string;
	encoding: Encoding;
	order: Order;
}

const scratch = new DataView(new ArrayBuffer(4));

export const wordsOf = ({ encoding }: Pick<Variable, "encoding">): number => (encoding === "u16" ? 1 : 2);

export function readVariable(image: Image, { space, at, encoding, order }: Omit<Variable, "plc" | "kind" | "name">): number {
	const words = image[space];
	if (encoding === "u16") return words[at]!;
	const high = order === "high" ? words[at]! : words[at + 1]!;
	const low = order === "high" ? words[at + 1]! : words[at]!;
	if (encoding === "u32") return high * 65536 + low;
	scratch.setUint32(0, high * 65536 + low);
	return scratch.getFloat32(0);
}

export function writeVariable(image: Image, { space, at, encoding, order }: Omit<Variable, "plc" | "kind" | "name">, value: number): void {
	const words = image[space];
	if (encoding === "u16") {
		words[at] = Math.max(0, Math.min(65535, Math.round(value)));
		return;
	}
	if (encoding === "float") scratch.setFloat32(0, value);
	else scratch.setUint32(0, Math.max(0, Math.min(0xffffffff, Math.round(value))));
	const high = scratch.getUint16(0);
	const low = scratch.getUint16(2);
	words[at] = order === "high" ? high : low;
	words[at + 1] = order === "high" ? low : high;
}
