/** Which protocol is in which recording, for the README of the recordings. */
import { protocols } from "../../protocols/index.ts";
import type { CaptureEntry, CaptureIndex } from "./recorder.ts";

/** Recordings named for a protocol. */
const MOST_NAMED = 6;

/** Where each protocol is to be seen: the recordings that have it, those with the most lines first. */
export function protocolTable({ captures }: CaptureIndex): string {
	const rows = protocols.map(({ name, title }) => {
		const linesIn = ({ expect }: CaptureEntry): number =>
			Object.values(expect?.observations[name] ?? {}).reduce((sum, count) => sum + count, 0);
		const having = captures.filter((one) => linesIn(one) > 0).sort((one, other) => linesIn(other) - linesIn(one));
		const named = having.slice(0, MOST_NAMED).map((one) => `\`${one.file}\` (${linesIn(one)})`);
		const others = having.length > MOST_NAMED ? ` and ${having.length - MOST_NAMED} more` : "";
		return `| ${name} | ${title} | ${named.join(", ")}${others} |`;
	});
	return ["| protocol | | recordings (lines) |", "| --- | --- | --- |", ...rows].join("\n");
}
