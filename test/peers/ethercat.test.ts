/** What we say of EtherCAT, state by state and mailbox by mailbox, against tshark in the public capture that has some and in the lab's recordings. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { hasCaptures, type Line, linesOf } from "./captures.ts";
import { columnsOf, hasTshark } from "./tshark.ts";

const recorded = (name: string): string => fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url));
const PUBLIC = "EmreEkin+ICS-Pcaps/EtherCat/ethercat.pcap";

const FIELDS = [
	"frame.number",
	"ecat.cmd",
	"ecat.ado",
	"ecat.cnt",
	"ecat_mailbox.type",
	"ecat_mailbox.coe.type",
	"ecat_mailbox.coe.sdoidx",
	"ecat_mailbox.foe_filename",
] as const;
const NAMES = ["NOP", "APRD", "APWR", "APRW", "FPRD", "FPWR", "FPRW", "BRD", "BWR", "BRW", "LRD", "LWR", "LRW", "ARMW", "FRMW"];
const WRITES = ["APWR", "APRW", "FPWR", "FPRW", "BWR", "BRW"];
const CONTROL = 0x120;
const MAILBOXES: Readonly<Record<string, number>> = { AoE: 1, EoE: 2, CoE: 3, FoE: 4, SoE: 5, VoE: 15 };
const SERVICES: Readonly<Record<string, number>> = { "SDO Request": 2, "SDO Response": 3 };

/** States that are asked for, by frame; and mailboxes. Of what is `broken` tshark reads on as far as it goes. */
async function theirs(
	capture: string,
	broken: ReadonlySet<number> = new Set(),
): Promise<{ frames: number; controls: string[]; mailboxes: string[] }> {
	const controls: string[] = [];
	const mailboxes: string[] = [];
	const rows = await columnsOf(capture, "ecat", FIELDS);
	for (const row of rows) {
		const frame = row["frame.number"][0];
		if (broken.has(Number(frame))) continue;
		row["ecat.cmd"].forEach((command, at) => {
			const name = NAMES[Number(command)]!;
			if (Number(row["ecat.ado"][at]) === CONTROL && WRITES.includes(name))
				controls.push(`${frame} ${name} ${Number(row["ecat.cnt"][at])}`);
		});
		for (const [at, type] of row["ecat_mailbox.type"].entries())
			mailboxes.push(
				[
					frame,
					Number(type),
					Number(row["ecat_mailbox.coe.type"][at] ?? -1),
					Number(row["ecat_mailbox.coe.sdoidx"][at] ?? -1),
					row["ecat_mailbox.foe_filename"][at] ?? "",
				].join(" "),
			);
	}
	return { frames: rows.length, controls, mailboxes };
}

function ours(lines: readonly Line[]): { controls: string[]; mailboxes: string[] } {
	const said = lines.filter(({ kind }) => kind === "control" || kind === "mailbox");
	return {
		controls: said
			.filter(({ kind }) => kind === "control")
			.map(({ frame, command, workingCounter = 0 }) => `${frame} ${command} ${workingCounter}`),
		mailboxes: said
			.filter(({ kind }) => kind === "mailbox")
			.map(({ frame, mailbox, service, index, fileName, abort }) =>
				[
					frame,
					MAILBOXES[mailbox],
					SERVICES[service] ?? -1,
					// Of an abort tshark has no field for the object.
					index === undefined || abort !== undefined ? -1 : Number(index),
					fileName !== undefined && service === "Write" ? fileName : "",
				].join(" "),
			),
	};
}

describe.skipIf(!hasTshark)("EtherCAT against tshark", () => {
	it.each([
		["axes-normal", 6, 20],
		["axes-attack", 8, 20],
	])("says the same of the lab's recording %s", async (name, controls, mailboxes) => {
		const lines = await linesOf(recorded(name), ["ethercat"]);
		const broken = lines.filter(({ kind }) => kind === "malformed").map(({ frame }) => frame as number);
		expect(broken.length).toBeLessThanOrEqual(2);
		const peer = await theirs(recorded(name), new Set(broken));
		expect(ours(lines).controls).toEqual(peer.controls);
		expect(ours(lines).mailboxes).toEqual(peer.mailboxes);
		expect(peer.controls.length).toBeGreaterThanOrEqual(controls);
		expect(peer.mailboxes.length).toBeGreaterThanOrEqual(mailboxes);
	});

	it.skipIf(!hasCaptures)("says the same of the public capture", { timeout: 120_000 }, async () => {
		const lines = await linesOf(PUBLIC, ["ethercat"]);
		const peer = await theirs(PUBLIC);
		const { controls, mailboxes } = ours(lines);
		expect(lines.filter(({ kind }) => kind === "malformed")).toEqual([]);
		expect(controls).toEqual(peer.controls);
		expect(mailboxes).toEqual(peer.mailboxes);
		expect([peer.frames, peer.controls.length, peer.mailboxes.length]).toEqual([986, 38, 30]);
	});

	it("sees one altered value", async () => {
		const lines = await linesOf(recorded("axes-normal"), ["ethercat"]);
		const first = lines.find(({ kind }) => kind === "control")!;
		first.workingCounter = 7;
		expect(ours(lines).controls).not.toEqual((await theirs(recorded("axes-normal"))).controls);
	});
});
