/** What we say of LDAP, message by message against tshark: the lab's recordings, and the public capture that has some. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { linesOf, pathOf } from "./captures.ts";
import { columnsOf, hasTshark } from "./tshark.ts";

const RECORDED = ["directory-work", "directory-guessing"].map((name) =>
	fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url)),
);
const PUBLIC = ["OISF+suricata-verify/tests/ldap-starttls/input.pcap"].map(pathOf).filter(existsSync);

/** Numbers of the operations that we say by the one that they answer; entries are counted, unbind and abandon have no answer. */
const REQUESTS: Readonly<Record<string, string>> = {
	0: "bind",
	2: "unbind",
	3: "search",
	6: "modify",
	8: "add",
	10: "delete",
	12: "modify DN",
	14: "compare",
	16: "abandon",
	23: "extended",
};
const ANSWERS: Readonly<Record<string, string>> = {
	1: "bind",
	5: "search",
	7: "modify",
	9: "add",
	11: "delete",
	13: "modify DN",
	15: "compare",
	24: "extended",
};

describe.skipIf(!hasTshark)("LDAP against tshark", () => {
	it.each([...RECORDED, ...PUBLIC])("says the same messages, names and results: %s", { timeout: 60_000 }, async (recorded) => {
		const fields = ["frame.number", "ldap.messageID", "ldap.protocolOp", "ldap.resultCode", "ldap.baseObject", "ldap.name"] as const;
		const rows = await columnsOf(recorded, "(ldap || cldap) && !tls", fields);
		const lines = await linesOf(recorded, ["ldap"]);
		// Each message of a frame by itself; an entry is no line of ours.
		const theirs = rows.flatMap((row) =>
			row["ldap.protocolOp"].flatMap((op, at) => {
				const [frame, id] = [Number(row["frame.number"][0]), Number(row["ldap.messageID"][at])];
				if (REQUESTS[op] !== undefined) return [[frame, id, REQUESTS[op], "request"]];
				return ANSWERS[op] === undefined ? [] : [[frame, id, ANSWERS[op], "response"]];
			}),
		);
		const ours = lines.filter(({ kind }) => kind === "request" || kind === "response");
		expect(ours.map(({ frame, messageId, operation, kind }) => [frame, messageId, operation, kind])).toEqual(theirs);
		expect(ours.length).toBeGreaterThan(1);
		for (const row of rows) {
			const frame = Number(row["frame.number"][0]);
			const here = ours.filter((line) => line.frame === frame);
			if (row["ldap.resultCode"].length > 0)
				expect(here.filter(({ kind }) => kind === "response").map(({ resultCode }) => resultCode)).toEqual(
					row["ldap.resultCode"].map(Number),
				);
			const [name] = row["ldap.name"];
			if (row["ldap.protocolOp"][0] === "0") expect(here[0]!.name).toBe(name ?? "");
			const [base] = row["ldap.baseObject"];
			if (row["ldap.protocolOp"][0] === "3") expect(here[0]!.baseObject).toBe(base ?? "");
		}
	});
});
