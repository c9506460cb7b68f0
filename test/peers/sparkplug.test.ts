/** What we say of Sparkplug, against tshark, which reads the topics and hands the payload to nobody: of the lab's recording, message by message. No public capture has any. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { byFrame, type Line, linesOf } from "./captures.ts";
import { Tally } from "./tally.ts";
import { columnsOf, hasTshark, version } from "./tshark.ts";

const RECORDED = fileURLToPath(new URL("../../captures/edge-takeover.pcap", import.meta.url));
const FIELDS = [
	"frame.number",
	"sparkplugb.namespace",
	"sparkplugb.groupid",
	"sparkplugb.messagetype",
	"sparkplugb.edgenodeid",
	"sparkplugb.deviceid",
	"mqtt.topic",
	"mqtt.msgtype",
] as const;
const STATE = "a state of a host application is no topic of nodes for tshark";

async function compare(alter: (line: Line) => void = () => {}): Promise<Tally> {
	const tally = new Tally(RECORDED, `tshark ${version}`);
	const lines = await linesOf(RECORDED, ["sparkplug"]);
	lines.forEach(alter);
	const mine = byFrame(lines);
	const rows = new Map((await columnsOf(RECORDED, "mqtt.msgtype == 3", FIELDS)).map((row) => [Number(row["frame.number"][0]), row]));
	for (const frame of new Set([...rows.keys(), ...mine.keys()])) {
		const row = rows.get(frame);
		const own = mine.get(frame) ?? [];
		for (const line of own) tally.saw("ours", line.messageType);
		for (const type of row?.["sparkplugb.messagetype"] ?? []) tally.saw("theirs", type);
		const nodes = own.filter(({ messageType }) => messageType !== "STATE");
		const said = (of: (line: Line) => unknown) => nodes.map(of).filter((value) => value !== undefined);
		const names = [
			["group", said(({ group }) => group), row?.["sparkplugb.groupid"]],
			["type", said(({ messageType }) => messageType), row?.["sparkplugb.messagetype"]],
			["node", said(({ node }) => node), row?.["sparkplugb.edgenodeid"]],
			["device", said(({ device }) => device), row?.["sparkplugb.deviceid"]],
		] as const;
		const different = names.filter(([, one, other]) => one.join() !== (other ?? []).join());
		if (different.length === 0 && nodes.length > 0) tally.same();
		else if (different.length === 0 || row?.["mqtt.topic"].some((topic) => topic.startsWith("spBv1.0/STATE/")) === true) {
			if (own.length > 0) tally.because([STATE]);
		} else
			tally.differs(
				`frame ${frame}: ${different.map(([name, one, other]) => `${name}: ours ${one.join()}, tshark ${other?.join()}`).join("; ")}`,
			);
	}
	return tally;
}

describe.skipIf(!hasTshark)("Sparkplug against tshark", () => {
	it("says the same of the recording", { timeout: 120_000 }, async () => {
		const tally = await compare();
		expect(tally.examples).toEqual([]);
		expect(tally.equal).toBeGreaterThan(80);
	});

	it("sees a node that is wrong", { timeout: 120_000 }, async () => {
		let isDone = false;
		const tally = await compare((line) => {
			if (isDone || line.node === undefined) return;
			line.node += "x";
			isDone = true;
		});
		expect(tally.unexplained).toBe(1);
	});
});
