/**
 * Variables of the programming tool's jobs (variable table: monitor, modify, force): sizes of parameters and data, parameters, then a list of addresses and, where they are written, values.
 * What is read comes as pushes of the job.
 */
import { u8, u16, u32 } from "../../src/wire/bytes.ts";
import { PROGRAMMER, TYPE } from "./codes.ts";
import { dataLength } from "./items.ts";
import type { S7Observation } from "./observation.ts";
import { DATA_HEADER } from "./wire.ts";

/** Variables of one job that are kept. */
const MAX_VARIABLES = 256;
const SIZES = 4;
const ADDRESS = 6;

/** Names, and the bytes of each variable; 0 for a bit. */
export interface Watch {
	readonly names: readonly string[];
	readonly widths: readonly number[];
}

export const hasWatch = (subFunction: number): boolean =>
	subFunction === PROGRAMMER.variableStatus || subFunction === PROGRAMMER.modify || subFunction === PROGRAMMER.force;

/** Memory area: a letter in the upper four bits, a width in the lower. */
const LETTERS: Readonly<Record<number, string>> = { 0: "M", 1: "I", 2: "Q", 3: "P" };
const WIDTHS = ["X", "B", "W", "D"] as const;
const AREA = { dataBlock: 7, timer: 0x54, counter: 0x64 } as const;

/** Where the list stands; undefined where the contents are none. */
function listAt({ contents, contentsStart: start, contentsEnd: end }: S7Observation): number | undefined {
	if (end - start < SIZES) return undefined;
	const at = start + SIZES + u16(contents, start);
	return end - at >= 2 && end - at >= u16(contents, start + 2) ? at : undefined;
}

export function watchOf(o: S7Observation): Watch | undefined {
	const at = listAt(o);
	if (at === undefined) return undefined;
	const { contents, contentsEnd: end } = o;
	const count = Math.min(u16(contents, at), MAX_VARIABLES, Math.floor((end - at - 2) / ADDRESS));
	const names: string[] = [];
	const widths: number[] = [];
	for (let index = 0; index < count; index++) {
		const here = at + 2 + index * ADDRESS;
		const area = u8(contents, here);
		const start = u16(contents, here + 4);
		if (area === AREA.timer || area === AREA.counter) {
			names.push(`${area === AREA.timer ? "T" : "C"}${start}`);
			widths.push(2);
			continue;
		}
		const width = area & 3;
		const isBlock = area >> 4 === AREA.dataBlock;
		const place = width === 0 ? `${isBlock ? "X" : ""}${start}.${u8(contents, here + 1)}` : `${WIDTHS[width]}${start}`;
		names.push(isBlock ? `DB${u16(contents, here + 2)}.DB${place}` : `${LETTERS[area >> 4] ?? `A${area}_`}${place}`);
		widths.push(width === 0 ? 0 : 2 ** (width - 1));
	}
	return { names, widths };
}

/** Values beside the variables, where a request writes them or a push has them; NaN where one has none. */
export function watchValuesOf(o: S7Observation): number[] {
	const { watch, contents, contentsEnd: end } = o;
	const first = watch === undefined ? undefined : listAt(o);
	if (watch === undefined || first === undefined) return [];
	const isAddressed = o.type === TYPE.request;
	// A push to what modifies has return codes alone.
	if (isAddressed === (o.subFunction === PROGRAMMER.variableStatus)) return [];
	const values: number[] = [];
	let at = first + 2 + (isAddressed ? u16(contents, first) * ADDRESS : 0);
	for (const width of watch.widths) {
		if (end - at < DATA_HEADER) return [];
		const start = at + DATA_HEADER;
		const stop = start + dataLength(u8(contents, at + 1), u16(contents, at + 2));
		if (stop > end) return [];
		values.push(stop - start >= Math.max(1, width) ? numberAt(contents, start, width) : Number.NaN);
		at = stop + ((stop - start) & 1);
	}
	return values;
}

function numberAt(bytes: Uint8Array, at: number, width: number): number {
	switch (width) {
		case 0:
			return u8(bytes, at) === 0 ? 0 : 1;
		case 1:
			return u8(bytes, at);
		case 2:
			return u16(bytes, at);
		default:
			return u32(bytes, at);
	}
}
