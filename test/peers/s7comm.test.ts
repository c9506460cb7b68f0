/** What we say of S7comm, message by message against tshark, and of ICSNPP's logs beside one capture, row by row: public captures and the lab's recording. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { capturesOf, comparedOf, hasCaptures, isWhole, type Line, linesOf, pathOf } from "./captures.ts";
import { compareS7 } from "./s7Tshark.ts";
import { inPairs, reasonsOf, sum } from "./tally.ts";
import { hasTshark } from "./tshark.ts";

const RECORDED = fileURLToPath(new URL("../../captures/siemens-takeover.pcap", import.meta.url));

describe.skipIf(!hasTshark)("S7comm against tshark", () => {
	it("says the same of the lab's recording, and sees one altered value", async () => {
		const tally = await compareS7(RECORDED);
		expect(tally.examples).toEqual([]);
		expect(tally.equal).toBeGreaterThan(60);
		let altered = 0;
		const other = await compareS7(RECORDED, (line) => {
			if (line.function === "Read Var" && line.kind === "response" && altered++ === 0) line.items[0].values[0] = 77;
		});
		expect(other.unexplained).toBe(1);
	});

	it.skipIf(!hasCaptures)("says the same of public captures, but for reasons that are declared", { timeout: 900_000 }, async () => {
		const tallies = await inPairs(comparedOf("S7comm"), (capture) => compareS7(capture));
		console.log(
			`S7comm, tshark: ${tallies.length} captures, ${sum(tallies, ({ compared }) => compared)} messages, ${sum(tallies, ({ equal }) => equal)} equal, ` +
				`${sum(tallies, ({ different }) => different)} differ: ${reasonsOf(tallies)
					.map(([reason, rows]) => `${reason} (${rows})`)
					.join("; ")}`,
		);
		expect(tallies.flatMap(({ examples }) => examples).slice(0, 20)).toEqual([]);
		expect(sum(tallies, ({ equal }) => equal)).toBeGreaterThan(isWhole ? 100_000 : 3_000);
	});
});

const LOGS = "cisagov+icsnpp-s7comm/tests/baseline/analyzer.snap7/";
/** A log of Zeek as rows by field. */
function rowsOf(file: string): Record<string, string>[] {
	const lines = readFileSync(pathOf(`${LOGS}${file}`), "utf8")
		.trimEnd()
		.split("\n");
	const fields = lines
		.find((line) => line.startsWith("#fields"))!
		.split("\t")
		.slice(1);
	return lines
		.filter((line) => !line.startsWith("#"))
		.map((line) => Object.fromEntries(line.split("\t").map((value, at) => [fields[at]!, value])));
}
const hex = (value: number): string => `0x${value.toString(16).padStart(2, "0")}`;
/** ICSNPP reads the reference with the lower byte first. */
const turned = (reference: number): string => String(((reference & 255) << 8) | (reference >> 8));

describe.skipIf(!hasCaptures)("S7comm against ICSNPP's logs", () => {
	const capture = () => capturesOf("S7comm").find((name) => name.endsWith("snap7_s300_everything.pcapng"))!;

	it("says the same of every message: kind, reference, function, sub-function", async () => {
		// It puts answers in parts together too, and logs neither the parts before the last nor what asks for the next.
		const lines = (await linesOf(capture(), ["s7comm"])).filter(
			({ rosctr, moreFollows, kind, sequence }) => rosctr !== undefined && moreFollows !== true && !(kind === "request" && sequence > 0),
		);
		const rows = rowsOf("s7comm.log");
		const ours = lines.map((line) => {
			const isAnswer = line.kind === "response";
			const isData = line.functionGroup !== undefined;
			return {
				rosctr_code: String(line.rosctr),
				pdu_reference: turned(line.pduReference),
				function_code: isData ? hex(((isAnswer ? 8 : 4) << 4) | line.functionGroup) : line.rosctr === 2 ? "-" : hex(line.functionCode),
				subfunction_code: isData ? hex(line.subFunction) : line.functionCode === 0x28 && !isAnswer ? String(line.piService) : "-",
			};
		});
		// It logs no acknowledgement that has no data; what it logs must be ours.
		const keyOf = (row: Record<string, string | undefined>): string => `${row.rosctr_code} ${row.pdu_reference} ${row.function_code}`;
		const mine = new Map(ours.map((row) => [keyOf(row), row as Record<string, string>]));
		expect(rows.length).toBeGreaterThan(40);
		const differences = rows.flatMap((row) => {
			const one = mine.get(keyOf(row));
			if (one === undefined) return [`ICSNPP alone: ${keyOf(row)}`];
			return one.subfunction_code === row.subfunction_code
				? []
				: [`${keyOf(row)}: ours ${one.subfunction_code}, ICSNPP ${row.subfunction_code}`];
		});
		expect(differences).toEqual([]);
	});

	it("says the same of the lists that were read and of the blocks that were given out", async () => {
		const lines: Line[] = await linesOf(capture(), ["s7comm"]);
		const lists = lines.filter(({ szlId, szlIndex }) => szlId !== undefined && szlIndex !== undefined);
		const logged = new Set(
			rowsOf("s7comm_read_szl.log").map(({ szl_id, szl_id_name, szl_index }) => `${szl_id} ${szl_id_name} ${szl_index}`),
		);
		const said = new Set(lists.map(({ szlId, szlIdName, szlIndex }) => `${szlId} ${szlIdName} ${szlIndex}`));
		expect([...logged].filter((one) => !said.has(one))).toEqual([]);
		const transfers = lines.filter(({ function: name }) => /upload/i.test(name ?? ""));
		const named = transfers.filter(({ fileName }) => fileName !== undefined).map(({ fileName, blockLength }) => [fileName, blockLength]);
		expect(named).toEqual(
			rowsOf("s7comm_upload_download.log")
				.filter(({ filename }) => filename !== "-")
				.map(({ filename }) => [filename, undefined]),
		);
		const sessions = transfers
			.filter(({ kind, sessionId }) => kind === "response" && sessionId !== undefined)
			.map(({ sessionId, blockLength }) => `${sessionId} ${blockLength}`);
		expect(sessions).toEqual(
			rowsOf("s7comm_upload_download.log")
				.filter(({ rosctr, function_name, session_id }) => rosctr === "ACK-Data" && function_name === "Start Upload" && session_id !== "-")
				.map(({ session_id, blocklength }) => `${session_id} ${blocklength}`),
		);
	});
});
