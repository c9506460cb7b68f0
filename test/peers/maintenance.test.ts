/** What we say of FTP, Telnet and VNC, message by message against tshark: the lab's recording, as no public capture beside the project has a session of them. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { linesOf } from "./captures.ts";
import { columnsOf, hasTshark } from "./tshark.ts";

const RECORDED = fileURLToPath(new URL("../../captures/remote-maintenance.pcap", import.meta.url));

describe.skipIf(!hasTshark)("remote maintenance against tshark", () => {
	it("says the same of FTP", { timeout: 60_000 }, async () => {
		const fields = ["frame.number", "ftp.request.command", "ftp.request.arg", "ftp.response.code"] as const;
		const rows = await columnsOf(RECORDED, "ftp", fields);
		const lines = await linesOf(RECORDED, ["ftp"]);
		expect(lines.length).toBeGreaterThan(30);
		const ours = lines.map((line) =>
			line.kind === "command"
				? [line.frame, line.command, line.command === "PASS" ? "" : (line.argument ?? "")]
				: [line.frame, line.replyCode],
		);
		// Each line of a reply is one there; ours is said at the last.
		const theirs = rows.map((row) => {
			const [frame, command] = [Number(row["frame.number"][0]), row["ftp.request.command"][0]];
			return command === undefined
				? [frame, Number(row["ftp.response.code"].at(-1))]
				: [frame, command, command === "PASS" ? "" : (row["ftp.request.arg"][0] ?? "")];
		});
		expect(ours).toEqual(theirs.filter(([, code], at) => typeof code === "string" || code !== theirs[at + 1]?.[1]));
	});

	it("says the same of Telnet", { timeout: 60_000 }, async () => {
		const rows = await columnsOf(RECORDED, "telnet.cmd", ["frame.number", "telnet.cmd"] as const);
		const lines = (await linesOf(RECORDED, ["telnet"])).filter(({ kind }) => kind === "command" || kind === "subnegotiation");
		const counts = new Map<number, number>();
		for (const { frame } of lines) counts.set(frame, (counts.get(frame) ?? 0) + 1);
		// The end of a subnegotiation (240) is a command of its own there.
		const theirs = rows.map((row) => [Number(row["frame.number"][0]), row["telnet.cmd"].filter((command) => command !== "240").length]);
		expect([...counts]).toEqual(theirs);
		expect(lines.length).toBeGreaterThan(8);
	});

	it("says the same of VNC", { timeout: 60_000 }, async () => {
		const fields = [
			"frame.number",
			"vnc.server_proto_ver",
			"vnc.client_proto_ver",
			"vnc.security_type",
			"vnc.client_security_type",
			"vnc.auth_result",
			"vnc.width",
			"vnc.desktop_name",
		] as const;
		const rows = (await columnsOf(RECORDED, "vnc", fields)).filter((row) =>
			fields.some((field) => field !== "frame.number" && row[field].length > 0),
		);
		const lines = await linesOf(RECORDED, ["vnc"]);
		expect(lines.map(({ frame, kind }) => [frame, kind])).toHaveLength(6);
		const row = (field: (typeof fields)[number]) => rows.find((one) => one[field].length > 0);
		const at = (kind: string, isServer = true) => lines.find((line) => line.kind === kind && (line.sender === "server") === isServer)!;
		expect(Number(row("vnc.server_proto_ver")!["frame.number"][0])).toBe(at("version").frame);
		expect(row("vnc.server_proto_ver")!["vnc.server_proto_ver"][0]).toBe("003.008");
		expect(Number(row("vnc.client_proto_ver")!["frame.number"][0])).toBe(at("version", false).frame);
		expect(Number(row("vnc.security_type")!["frame.number"][0])).toBe(at("security").frame);
		expect(Number(row("vnc.client_security_type")!["frame.number"][0])).toBe(at("choice", false).frame);
		expect(Number(row("vnc.auth_result")!["frame.number"][0])).toBe(at("result").frame);
		expect(Number(row("vnc.width")!["vnc.width"][0])).toBe(at("screen").width);
		expect(row("vnc.desktop_name")!["vnc.desktop_name"][0]).toBe(at("screen").desktopName);
	});
});
