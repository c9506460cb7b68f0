/** What we say of TFTP on the port that was asked, packet by packet against tshark: of the lab's recording, and of a server that keeps to one port. No public capture has TFTP. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { byFrame, type Line, linesOf } from "./captures.ts";
import { columnsOf, hasTshark } from "./tshark.ts";

const FIELDS = [
	"frame.number",
	"tftp.opcode",
	"tftp.source_file",
	"tftp.destination_file",
	"tftp.type",
	"tftp.option.name",
	"tftp.option.value",
	"tftp.block",
	"tftp.error.code",
	"tftp.error.message",
	"udp.length",
] as const;
const OPCODES = ["", "RRQ", "WRQ", "DATA", "ACK", "ERROR", "OACK"];
/** Before the bytes of a block: the header of UDP, opcode and block. */
const HEADERS = 12;

/** Our line in the words of tshark's columns. */
function ours(line: Line | undefined): Record<string, unknown> {
	if (line === undefined) return {};
	const options: { name: string; value: string }[] = line.options ?? [];
	const { opcode, fileName, mode, block, length, errorCode, errorText } = line;
	return { opcode, fileName, mode, block, length, errorCode, errorText, options: options.map(({ name, value }) => `${name}=${value}`) };
}

describe.skipIf(!hasTshark)("TFTP against tshark", () => {
	it.each([
		["captures/file-transfers.pcap", 3],
		["test/fuzz/seeds/tftp.pcap", 24],
	])("says the same of %s", async (file, packets) => {
		const capture = fileURLToPath(new URL(`../../${file}`, import.meta.url));
		const rows = await columnsOf(capture, "tftp && udp.port == 69", FIELDS);
		const lines = byFrame(await linesOf(capture, ["tftp"]));
		expect([rows.length, lines.size]).toEqual([packets, packets]);
		for (const row of rows) {
			const first = (field: (typeof FIELDS)[number]): string | undefined => row[field][0];
			const number = (field: (typeof FIELDS)[number]): number | undefined =>
				first(field) === undefined ? undefined : Number(first(field));
			const opcode = OPCODES[number("tftp.opcode")!]!;
			// tshark names the file of a transfer at each of its packets, we where it was asked for and where it was refused.
			const isNamed = opcode === "RRQ" || opcode === "WRQ" || opcode === "ERROR";
			expect(ours(lines.get(number("frame.number")!)?.[0])).toEqual({
				opcode,
				fileName: isNamed ? (first("tftp.source_file") ?? first("tftp.destination_file")) : undefined,
				mode: first("tftp.type"),
				block: number("tftp.block"),
				length: opcode === "DATA" ? number("udp.length")! - HEADERS : undefined,
				errorCode: number("tftp.error.code"),
				errorText: first("tftp.error.message"),
				options: row["tftp.option.name"].map((name, at) => `${name}=${row["tftp.option.value"][at]}`),
			});
		}
	});
});
