/** What we say of RDP, message by message against tshark: the lab's recordings, as no public capture beside the project has a connection of it. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { linesOf } from "./captures.ts";
import { columnsOf, hasTshark } from "./tshark.ts";

const RECORDED = ["desktop-work", "desktop-break-in"].map((name) => fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url)));

describe.skipIf(!hasTshark)("RDP against tshark", () => {
	it.each(RECORDED)("says the same requests, settings and users: %s", { timeout: 60_000 }, async (recorded) => {
		const fields = [
			"frame.number",
			"rdp.rt_cookie",
			"rdp.negReq.requestedProtocols",
			"rdp.negReq.selectedProtocol",
			"rdp.client.name",
			"rdp.client.build",
			"rdp.name",
			"rdp.encryptionMethod",
			"rdp.encryptionLevel",
			"rdp.flags.encrypt",
			"rdp.userName",
			"rdp.domain",
		] as const;
		const rows = (await columnsOf(recorded, "rdp", fields)).map((row) => ({ ...row, frame: Number(row["frame.number"][0]) }));
		const lines = await linesOf(recorded, ["rdp"]);
		const frames = (kind: string) => lines.filter((line) => line.kind === kind).map(({ frame }) => frame);
		const having = (field: (typeof fields)[number]) => rows.filter((row) => row[field].length > 0);

		expect(frames("request")).toEqual(having("rdp.rt_cookie").map(({ frame }) => frame));
		expect(frames("client")).toEqual(having("rdp.client.name").map(({ frame }) => frame));
		expect(frames("server")).toEqual(having("rdp.encryptionLevel").map(({ frame }) => frame));
		expect(lines.length).toBeGreaterThan(6);
		for (const line of lines) {
			const row = rows.find(({ frame }) => frame === line.frame);
			if (line.kind === "request") {
				expect(row!["rdp.rt_cookie"][0]).toBe(`Cookie: mstshash=${line.cookie}`);
				expect(row!["rdp.negReq.requestedProtocols"]).toHaveLength(line.requestedProtocols === undefined ? 0 : 1);
			} else if (line.kind === "client") {
				expect([row!["rdp.client.name"][0], Number(row!["rdp.client.build"][0])]).toEqual([line.clientName, line.clientBuild]);
				expect(row!["rdp.name"]).toEqual(line.clientChannels);
			} else if (line.kind === "information" && line.encrypted === false)
				expect([row!["rdp.userName"][0], row!["rdp.domain"][0]]).toEqual([line.user, line.domain]);
		}
	});
});
