/** What a message carries behind its function code, as it was on the wire, for functions whose line has bytes and not fields. */
import type { Line } from "./captures.ts";

/** What an answer of UMAS (function 90) has in the place of its function. */
const UMAS_STATUS: Readonly<Record<string, number>> = { ok: 0xfe, error: 0xfd };

export function carriedBy(line: Line): string {
	const data: string = line.data ?? "";
	// UMAS has its key and function before its data, and our line says them by name.
	if (line.pairingKey === undefined) return data;
	const code: number = line.kind === "request" ? line.umasFunction : UMAS_STATUS[line.umasStatus];
	return Buffer.from([line.pairingKey, code]).toString("hex") + data;
}
