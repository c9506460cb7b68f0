/** What we say of SMTP, line by line against tshark: of the lab's recording, and of the public captures that have it. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { hasCaptures, linesOf } from "./captures.ts";
import { columnsOf, hasTshark } from "./tshark.ts";

const RECORDED = fileURLToPath(new URL("../../captures/mail-program.pcap", import.meta.url));
const PUBLIC = ["EmreEkin+ICS-Pcaps/RTPS/LocalCapture_ShapeDemo.pcap", "OISF+suricata-verify/tests/smtp-rset-starttls/input.pcap"];
const FIELDS = ["frame.number", "smtp.req.command", "smtp.response.code", "smtp.data.fragment"] as const;

/** Frames with the commands and codes of replies in them. Mails are no commands, and lines of a login, which tshark shows by name alone, are none of its commands. */
async function compare(name: string): Promise<number> {
	const rows = await columnsOf(name, "smtp", FIELDS);
	const lines = (await linesOf(name, ["smtp"])).filter(({ kind }) => kind !== "unanswered");
	const ours = lines.flatMap((line) => {
		if (line.kind !== "command") return [[line.frame, String(line.replyCode)]];
		// tshark shows four letters of a command.
		return [[line.frame, line.command.slice(0, 4)]];
	});
	const theirs = rows.flatMap((row) => {
		const frame = Number(row["frame.number"][0]);
		const codes = row["smtp.response.code"].filter((code, at, all) => code !== all[at - 1]);
		return [...row["smtp.req.command"].map((command) => [frame, command.toUpperCase()]), ...codes.map((code) => [frame, code])];
	});
	// A line of a login is one more of ours.
	const known = new Set(theirs.map((one) => one.join()));
	const logins = ours.filter(([frame, what]) => what === "AUTH" && !known.has([frame, what].join()));
	expect(ours.filter((one) => !logins.includes(one))).toEqual(theirs);
	return theirs.length;
}

describe.skipIf(!hasTshark)("SMTP against tshark", () => {
	it("says the same of the lab's recording", { timeout: 120_000 }, async () => {
		expect(await compare(RECORDED)).toBeGreaterThan(80);
	});

	it.skipIf(!hasCaptures).each(PUBLIC)("says the same of %s", { timeout: 120_000 }, async (name) => {
		expect(await compare(name)).toBeGreaterThan(3);
	});
});
