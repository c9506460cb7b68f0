/** What we say of Kerberos, message by message against tshark: the lab's recordings, as the one public capture beside the project that names it holds no whole message. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { linesOf } from "./captures.ts";
import { columnsOf, hasTshark } from "./tshark.ts";

const RECORDED = ["tickets-work", "tickets-guessing"].map((name) => fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url)));
const TYPES: Readonly<Record<string, string>> = { 10: "AS-REQ", 11: "AS-REP", 12: "TGS-REQ", 13: "TGS-REP", 30: "KRB-ERROR" };

describe.skipIf(!hasTshark)("Kerberos against tshark", () => {
	it.each(RECORDED)("says the same messages, names and errors: %s", { timeout: 60_000 }, async (recorded) => {
		const fields = [
			"frame.number",
			"kerberos.msg_type",
			"kerberos.CNameString",
			"kerberos.SNameString",
			"kerberos.error_code",
			"kerberos.realm",
		] as const;
		const rows = await columnsOf(recorded, "kerberos", fields);
		const lines = await linesOf(recorded, ["kerberos"]);
		expect(lines.length).toBeGreaterThan(6);
		// A request for a ticket has another one in it, with a type of its own.
		expect(lines.map(({ frame, messageType }) => [frame, messageType])).toEqual(
			rows.map((row) => [Number(row["frame.number"][0]), TYPES[row["kerberos.msg_type"][0]!]]),
		);
		for (const [at, line] of lines.entries()) {
			const row = rows[at]!;
			if (row["kerberos.error_code"].length > 0) expect(line.errorCode).toBe(Number(row["kerberos.error_code"][0]));
			const client = row["kerberos.CNameString"];
			if (client.length > 0) expect(line.client).toBe(client.join("/"));
			const server = row["kerberos.SNameString"].join("/");
			if (line.messageType !== "TGS-REQ") expect(line.service).toBe(server);
			else expect(server).toContain(line.service);
		}
	});
});
