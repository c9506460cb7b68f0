/** Names of points for people, and as other tools write them. */

/** English and German letters of areas: inputs, outputs, flags, timers, counters. */
const AREAS: Readonly<Record<string, string>> = { E: "I", A: "Q", Z: "C" };
const BLOCK = /^(D[BI])(\d{1,5})[.,]D([BI])?([XBWD])(\d{1,5})(?:\.([0-7]))?$/;
const AREA = /^([IQMEAPLV])([XBWD])?(\d{1,5})(?:\.([0-7]))?$/;
const NUMBERED = /^([TCZ])(\d{1,5})$/;

const WORDS: Readonly<Record<string, string>> = {
	"operating-mode": "the operating mode",
	"diagnostic-event": "the latest diagnostic event",
};

export function pointName(name: string): string {
	if (name.startsWith("alarm:")) return `alarm ${name.slice("alarm:".length)}`;
	return WORDS[name] ?? name;
}

/** An address of STEP 7 in its stable form: `DB1.DBW4`, `M10.2`, `IW0`, `T5`; German letters and commas are taken too. */
export function parsePoint(text: string, _table: string): string | undefined {
	const written = text.replace(/[\s%"]/g, "").toUpperCase();
	const block = BLOCK.exec(written);
	if (block !== null) {
		const [, kind, db, letter, width, at, bit] = block;
		if ((letter !== undefined && letter !== kind![1]) || (width === "X") !== (bit !== undefined)) return undefined;
		return `${kind}${Number(db)}.${kind}${width}${Number(at)}${bit === undefined ? "" : `.${bit}`}`;
	}
	const numbered = NUMBERED.exec(written);
	if (numbered !== null) return `${AREAS[numbered[1]!] ?? numbered[1]}${Number(numbered[2])}`;
	const area = AREA.exec(written);
	if (area === null) return undefined;
	const [, letter, width, at, bit] = area;
	const isBit = bit !== undefined;
	if (isBit ? width !== undefined && width !== "X" : width === undefined || width === "X") return undefined;
	const name = AREAS[letter!] ?? letter;
	return isBit ? `${name}${Number(at)}.${bit}` : `${name}${width}${Number(at)}`;
}
