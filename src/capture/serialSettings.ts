/** A serial line to listen on, as a person writes it: `PATH[,RATE[,FORMAT]]`, e.g. `/dev/ttyUSB0,19200,8E1`; what is left out or `auto` is found out. */
import { basename } from "node:path";
import { CAPTURE_ERROR, CaptureError } from "./error.ts";

/** How characters are sent. */
export interface CharacterFormat {
	dataBits: 7 | 8;
	parity: "none" | "even" | "odd";
	stopBits: 1 | 2;
}

export interface SerialSettings {
	path: string;
	/** What the line is called: the last part of the path. */
	name: string;
	/** Bits a second, and the format of a character; undefined: to be found out. */
	baudRate: number | undefined;
	format: CharacterFormat | undefined;
}

const PARITY = { N: "none", E: "even", O: "odd" } as const;
const LOWEST_RATE = 50;
const HIGHEST_RATE = 4_000_000;

/** Reads `PATH[,RATE[,FORMAT]]`; throws a `CaptureError` for a person. */
export function serialSettings(text: string): SerialSettings {
	const [path = "", rate = "auto", format = "auto", ...more] = text.split(",").map((part) => part.trim());
	const baudRate = rate === "auto" ? undefined : Number(rate);
	const isRate = baudRate === undefined || (Number.isInteger(baudRate) && baudRate >= LOWEST_RATE && baudRate <= HIGHEST_RATE);
	const character = format === "auto" ? undefined : characterFormat(format);
	if (!path.startsWith("/") || !isRate || (format !== "auto" && character === undefined) || more.length > 0)
		throw new CaptureError(
			CAPTURE_ERROR.badSerial,
			`"${text}" names no serial line: write the port, its rate and its format, e.g. /dev/ttyUSB0,19200,8E1, or /dev/ttyUSB0,auto.`,
		);
	return { path, name: basename(path), baudRate, format: character };
}

function characterFormat(text: string): CharacterFormat | undefined {
	const parts = /^([78])([NEO])([12])$/i.exec(text);
	if (parts === null) return undefined;
	return {
		dataBits: parts[1] === "7" ? 7 : 8,
		parity: PARITY[parts[2]!.toUpperCase() as keyof typeof PARITY],
		stopBits: parts[3] === "2" ? 2 : 1,
	};
}

/** "19200 8E1". */
export const settingsWords = (baudRate: number, { dataBits, parity, stopBits }: CharacterFormat): string =>
	`${baudRate} ${dataBits}${parity[0]!.toUpperCase()}${stopBits}`;
