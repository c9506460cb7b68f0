/** What we say of SSH, message by message against tshark: the lab's recordings, as no public capture beside the project has a connection of it. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { linesOf } from "./captures.ts";
import { columnsOf, hasTshark } from "./tshark.ts";

const RECORDED = ["shell-work", "shell-guessing"].map((name) => fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url)));
const INIT = "20";
const NEW_KEYS = "21";

describe.skipIf(!hasTshark)("SSH against tshark", () => {
	it.each(RECORDED)("says the same versions, offers, fingerprints and keys: %s", { timeout: 60_000 }, async (recorded) => {
		const fields = [
			"frame.number",
			"ssh.protocol",
			"ssh.message_code",
			"ssh.kex_algorithms",
			"ssh.server_host_key_algorithms",
			"ssh.encryption_algorithms_client_to_server",
			"ssh.encryption_algorithms_server_to_client",
			"ssh.mac_algorithms_client_to_server",
			"ssh.mac_algorithms_server_to_client",
			"ssh.kex.hassh",
			"ssh.kex.hasshserver",
			"ssh.host_key.type",
			"ssh.disconnect_description",
		] as const;
		const rows = await columnsOf(recorded, "ssh", fields);
		const lines = await linesOf(recorded, ["ssh"]);
		const of = (kind: string) => lines.filter((line) => line.kind === kind);

		const versions = of("version").map(({ frame, version, software, comments }) => [
			frame,
			`SSH-${version}-${software}${comments === undefined ? "" : ` ${comments}`}`,
		]);
		expect(versions.length).toBeGreaterThan(3);
		expect(versions).toEqual(
			rows.filter((row) => row["ssh.protocol"].length > 0).map((row) => [Number(row["frame.number"][0]), row["ssh.protocol"][0]]),
		);

		const list = (names: unknown) => (names as string[]).join();
		const offers = of("key-exchange-init").map((line) => [
			line.frame,
			list(line.kexAlgorithms),
			list(line.serverHostKeyAlgorithms),
			...(line.encryptionAlgorithms as string[][]).map(list),
			...(line.macAlgorithms as string[][]).map(list),
			line.hassh ?? line.hasshServer,
		]);
		expect(offers).toEqual(
			rows
				.filter((row) => row["ssh.message_code"].includes(INIT))
				.map((row) => [
					Number(row["frame.number"][0]),
					row["ssh.kex_algorithms"][0],
					row["ssh.server_host_key_algorithms"][0],
					row["ssh.encryption_algorithms_client_to_server"][0],
					row["ssh.encryption_algorithms_server_to_client"][0],
					row["ssh.mac_algorithms_client_to_server"][0],
					row["ssh.mac_algorithms_server_to_client"][0],
					row["ssh.kex.hassh"][0] ?? row["ssh.kex.hasshserver"][0],
				]),
		);

		expect(of("host-key").map(({ frame, hostKeyType }) => [frame, hostKeyType])).toEqual(
			rows.filter((row) => row["ssh.host_key.type"].length > 0).map((row) => [Number(row["frame.number"][0]), row["ssh.host_key.type"][0]]),
		);
		expect(of("new-keys").map(({ frame }) => frame)).toEqual(
			rows.filter((row) => row["ssh.message_code"].includes(NEW_KEYS)).map((row) => Number(row["frame.number"][0])),
		);
	});
});
