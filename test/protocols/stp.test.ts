/** The spanning tree (IEEE 802.1D) and who is its root, with the bytes written out. */
import { describe, expect, it } from "vitest";
import { stp } from "../../protocols/stp/index.ts";
import { messageSuite } from "../contract/stream.ts";
import { hex, join, MessageHarness } from "../support/decoderHarness.ts";

const LLC = hex("424203");
const bpdu = (root: string, bridge: string, { head = "0000 00 00", flags = "00" } = {}): Uint8Array =>
	join(LLC, hex(`${head} ${flags} ${root} 00000000 ${bridge} 8001 0000 1400 0200 0f00`));
const OLD = "8000 0200000000aa";
const NEW = "1000 0200000000bb";

describe("spanning tree", () => {
	const seen = (...frames: Uint8Array[]) => {
		const harness = new MessageHarness(stp, "link", {});
		for (const frame of frames) harness.send(frame);
		return harness;
	};

	it("reads who is root, and takes senders for switches", () => {
		const { records, identities, facts } = seen(
			bpdu(OLD, OLD),
			bpdu(OLD, "8000 0200000000cc", { head: "0000 02 02", flags: "3d" }),
			join(LLC, hex("0000 00 80")),
		);
		expect(records).toMatchObject([
			{ kind: "configuration", version: "STP", root: "32768/02:00:00:00:00:aa", bridge: "32768/02:00:00:00:00:aa", port: 0x8001 },
			{ kind: "configuration", version: "RSTP", bridge: "32768/02:00:00:00:00:cc", topologyChange: true },
			{ kind: "notification" },
		]);
		expect(identities).toEqual([
			{ mac: "02:00:00:00:00:aa", role: "switch", evidence: "spanning tree" },
			{ mac: "02:00:00:00:00:cc", role: "switch", evidence: "spanning tree" },
		]);
		expect(facts).toEqual([]);
	});

	it("reports who takes the root over, once", () => {
		const { records, facts } = seen(bpdu(OLD, OLD), bpdu(OLD, OLD), bpdu(NEW, NEW), bpdu(NEW, NEW));
		expect(records[2]).toMatchObject({ root: "4096/02:00:00:00:00:bb", deposed: "32768/02:00:00:00:00:aa" });
		expect(facts).toMatchObject([{ record: { id: "stp-root-taken" }, key: "4096/02:00:00:00:00:bb", frames: [2, 3] }]);
	});

	it("takes a lower priority for a lower one, whatever its number of digits", () => {
		expect(seen(bpdu("f000 0200000000aa", "f000 0200000000aa"), bpdu(NEW, NEW)).facts).toHaveLength(1);
		expect(seen(bpdu(NEW, NEW), bpdu("f000 0200000000aa", "f000 0200000000aa")).facts).toEqual([]);
	});

	it("says nothing where the root went away, where another only repeats what it heard, or in another VLAN's tree", () => {
		expect(seen(bpdu(NEW, NEW), bpdu(OLD, OLD)).facts).toEqual([]);
		expect(seen(bpdu(OLD, OLD), bpdu(NEW, "8000 0200000000cc")).facts).toEqual([]);
		const pvst = join(hex("aaaa03 00000c 010b"), bpdu(NEW, NEW).subarray(3));
		expect(seen(bpdu(OLD, OLD), pvst).facts).toEqual([]);
		expect(seen(pvst).records).toMatchObject([{ root: "4096/02:00:00:00:00:bb" }]);
		const ofVlan = (bridge: string, vlan: string) =>
			join(hex("aaaa03 00000c 010b"), bpdu(bridge, bridge).subarray(3), hex(`00 0000 0002 ${vlan}`));
		expect(seen(ofVlan(OLD, "0001"), ofVlan(NEW, "000a"), ofVlan(OLD, "0001")).facts).toEqual([]);
		const { records, facts } = seen(ofVlan(OLD, "000a"), ofVlan(NEW, "000a"));
		expect([records[0]!.treeVlan, facts.length]).toEqual([10, 1]);
	});

	it.each([
		["length", bpdu(OLD, OLD).subarray(0, 37)],
		["type", join(LLC, hex("0000 00 33"))],
	])("reports a broken message: %s", (violation, frame) => {
		const { records, facts } = seen(frame);
		expect(records).toMatchObject([{ kind: "malformed", violations: [violation] }]);
		expect(facts.map(({ record }) => record.id)).toEqual(["stp-malformed"]);
	});

	it("remembers the roots of 128 trees", () => {
		const harness = new MessageHarness(stp, "link", {});
		const flow = harness.flow as { vlan: number };
		for (let vlan = 0; vlan < 130; vlan++) {
			flow.vlan = vlan;
			harness.send(bpdu(OLD, OLD));
		}
		expect(harness.counts).toEqual({ trees: 2 });
	});

	it("leaves other frames alone", () => {
		expect(seen(hex("e0e003 0000000000000000"), join(LLC, hex("0001 00 00")), LLC).refused).toBe(3);
	});
});

messageSuite(stp, "link", [[OLD, NEW].map((root) => ({ name: root, bytes: bpdu(root, root) }))]);
