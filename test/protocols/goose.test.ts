/** GOOSE (IEC 61850-8-1), with the bytes written out in `gooseMessages.ts`. */
import { describe, expect, it } from "vitest";
import { goose as protocol } from "../../protocols/goose/index.ts";
import { messageSuite } from "../contract/stream.ts";
import { hex, join, MessageHarness } from "../support/decoderHarness.ts";
import { framed, goose, REFERENCE, type Said, SET, tlv } from "./gooseMessages.ts";

const GROUP = "01:0c:cd:01:00:01";
const RELAY = "02:00:00:00:00:11";
const OTHER = "02:00:00:00:00:66";
const START = 1_700_000_000e6;

/** Messages with the milliseconds after the first at which they come. The sender of all is `mac`, or who is named. */
type Step = readonly [number, Said | Uint8Array, string?];
function play(...steps: readonly Step[]) {
	const ends = { ip: undefined, port: undefined };
	const server = { ...ends, mac: RELAY };
	const harness = new MessageHarness(protocol, "link", { flow: { client: { ...ends, mac: GROUP }, server, vlan: 0 } });
	for (const [at, said, mac = RELAY] of steps) {
		server.mac = mac;
		harness.send(said instanceof Uint8Array ? said : goose(said), { time: START + at * 1000 });
	}
	return harness;
}
const repeats = (...steps: readonly Step[]) => play(...steps).records.map(({ repeat }) => repeat);
const factsOf = (...steps: readonly Step[]) => play(...steps).facts.map(({ record }) => record.id);

describe("GOOSE", () => {
	it("is said with the names of the standard", () => {
		const { records, operations, identities, facts } = play([0, { stNum: 7, isTripped: true }]);
		expect(records).toMatchObject([
			{
				kind: "message",
				appid: "0x3001",
				gocbRef: REFERENCE,
				timeAllowedtoLive: 2000,
				datSet: SET,
				goID: "TRIP1",
				t: "2023-11-14T22:13:20.500Z",
				stNum: 7,
				sqNum: 0,
				simulation: false,
				confRev: 3,
				ndsCom: false,
				numDatSetEntries: 4,
				allData: ["0b10", "0b0000000000000", true, [true, 1.5]],
			},
		]);
		expect(operations).toMatchObject([
			{
				verb: "report",
				code: 1,
				outcome: "ok",
				points: [0, 1, 2].map((at) => `${SET}[${at}]`).concat(`${SET}[3].0`, `${SET}[3].1`),
				values: [2, Number.NaN, 1, 1, 1.5],
			},
		]);
		expect(identities).toEqual([
			{
				role: "IEC 61850 device",
				statements: new Map([[`configuration revision of ${REFERENCE}`, "3"]]),
				evidence: `GOOSE ${REFERENCE}`,
			},
		]);
		expect(facts).toEqual([]);
	});

	it("knows a new state from what repeats one", () => {
		const { records, operations, facts } = play(
			[0, { stNum: 5, sqNum: 9 }],
			[1000, { stNum: 5, sqNum: 10 }],
			[1500, { stNum: 6, isTripped: true }],
			[1510, { stNum: 6, sqNum: 1, isTripped: true }],
		);
		expect(records.map(({ repeat }) => repeat)).toEqual([false, true, false, true]);
		expect(operations.map(({ points }) => points.length)).toEqual([5, 5, 5, 5]);
		expect(facts).toEqual([]);
	});

	it("takes values that change without a new state for what they are", () => {
		expect(repeats([0, { stNum: 5, sqNum: 1 }], [500, { stNum: 5, sqNum: 2, isTripped: true }])).toEqual([false, false]);
	});

	it("tells of messages that were missed, and of those that come too late", () => {
		const { records } = play(
			[0, { stNum: 5, sqNum: 1 }],
			[900, { stNum: 5, sqNum: 4 }],
			[4000, { stNum: 5, sqNum: 5 }],
			[4500, { stNum: 5, sqNum: 6 }],
		);
		expect(records.map(({ missed, lateMs }) => [missed, lateMs])).toEqual([
			[undefined, undefined],
			[2, undefined],
			[undefined, 3100],
			[undefined, undefined],
		]);
	});

	it("says anew who a publisher is when its configuration changes", () => {
		const { identities } = play([0, { sqNum: 4 }], [500, { sqNum: 5 }], [900, { stNum: 1, sqNum: 0, confRev: 4 }]);
		expect(identities.map(({ statements }) => [...statements!.values()])).toEqual([["3"], ["4"]]);
	});

	describe("one control block has one publisher", () => {
		it("another sender while the first one is waited for", () => {
			const { facts, records } = play([0, { stNum: 5 }], [900, { stNum: 50, isTripped: true }, OTHER]);
			expect(facts).toMatchObject([{ record: { id: "goose-two-publishers" }, frames: [1, 2], byServer: true }]);
			expect(facts[0]!.sentence).toContain(`{server} and ${RELAY} both publish under "${REFERENCE}" (states 50 and 5)`);
			expect(records[1]).toMatchObject({ rival: RELAY, rivalFrame: 1 });
		});

		it("another one after the first is silent takes its place, and the first is the other one then", () => {
			const taken: Step[] = [
				[0, { stNum: 5 }],
				[2001, { stNum: 1 }, OTHER],
			];
			expect(factsOf(...taken)).toEqual([]);
			expect(factsOf(...taken, [2500, { stNum: 5, sqNum: 1 }])).toEqual(["goose-two-publishers"]);
		});

		it("two sequences with one address: the true one goes on behind a forged state", () => {
			const { facts } = play([0, { stNum: 5, sqNum: 8 }], [500, { stNum: 6, isTripped: true }], [1000, { stNum: 5, sqNum: 9 }]);
			expect(facts).toMatchObject([{ record: { id: "goose-two-publishers" }, frames: [2, 3] }]);
			expect(facts[0]!.sentence).toContain("Two sequences of messages are published with the address of {server}");
		});

		it.each<[string, Said]>([
			["far ahead", { stNum: 4000 }],
			["from before", { stNum: 3, sqNum: 7 }],
			["as if it had begun anew", { stNum: 1 }],
		])("two sequences with one address: a forged state %s", (_, forged) => {
			expect(factsOf([0, { stNum: 5, sqNum: 8 }], [500, { ...forged, isTripped: true }], [1000, { stNum: 5, sqNum: 9 }])).toEqual([
				"goose-two-publishers",
			]);
		});

		it("the true one makes a new state while a forged one is repeated", () => {
			expect(factsOf([0, { stNum: 5, sqNum: 8 }], [500, { stNum: 90 }], [1000, { stNum: 6, isTripped: true }])).toEqual([
				"goose-two-publishers",
			]);
		});

		it("another state under the same number", () => {
			expect(factsOf([0, { stNum: 5, sqNum: 0 }], [10, { stNum: 5, sqNum: 0, isTripped: true }])).toEqual(["goose-two-publishers"]);
		});

		it.each<[string, Step[]]>([
			[
				"a device begins anew",
				[
					[0, { stNum: 5, sqNum: 8 }],
					[900, { stNum: 1 }],
					[910, { stNum: 1, sqNum: 1 }],
				],
			],
			[
				"a device begins anew soon after it began",
				[
					[0, { stNum: 1, sqNum: 3 }],
					[900, { stNum: 1, isTripped: true }],
					[910, { stNum: 1, sqNum: 1, isTripped: true }],
				],
			],
			[
				"messages come twice, also late",
				[
					[0, { stNum: 5, sqNum: 8 }],
					[1, { stNum: 5, sqNum: 8 }],
					[9, { stNum: 6, isTripped: true }],
					[10, { stNum: 5, sqNum: 8 }],
					[11, { stNum: 6, isTripped: true }],
				],
			],
			[
				"states were missed",
				[
					[0, { stNum: 5, sqNum: 8 }],
					[900, { stNum: 9 }],
					[1800, { stNum: 9, sqNum: 1 }],
				],
			],
			[
				"an old sequence goes on after its time",
				[
					[0, { stNum: 5, sqNum: 8 }],
					[900, { stNum: 1 }],
					[2001, { stNum: 5, sqNum: 9 }],
				],
			],
			[
				"two control blocks of one device",
				[
					[0, { stNum: 5 }],
					[1, { stNum: 5, isTripped: true, reference: "BAY1PROT/LLN0$GO$gcbOther" }],
				],
			],
		])("nobody else where %s", (_, steps) => {
			expect(factsOf(...steps)).toEqual([]);
		});
	});

	it.each<[string, Said]>([
		["by its field", { isSimulation: true }],
		["by its frame", { isMarked: true }],
	])("a simulated message is told %s, and stands beside the real ones", (_, said) => {
		const steps: Step[] = [
			[0, { stNum: 5 }],
			[500, { stNum: 1, isTripped: true, ...said }, OTHER],
			[900, { stNum: 5, sqNum: 1 }],
		];
		const { facts, records } = play(...steps);
		expect(facts.map(({ record }) => record.id)).toEqual(["goose-simulation"]);
		expect(records.map(({ repeat }) => repeat)).toEqual([false, false, true]);
	});

	const whole = goose();
	it.each<[string, string, Uint8Array]>([
		["length", "a frame that is cut", whole.subarray(0, 40)],
		["length", "a length without room for its header", join(hex("3001 0007 00000000"), whole.subarray(8))],
		["pdu", "another PDU", framed(tlv(0x62, hex("800100")))],
		["pdu", "nothing", framed(hex(""))],
		["pdu", "a field that does not fit", framed(tlv(0x61, hex("8005 41")))],
		["field", "no data", framed(tlv(0x61, hex("8001 41")))],
		["field", "a time of four octets", framed(tlv(0x61, hex("8404 00000000")))],
		["field", "a flag of two octets", framed(tlv(0x61, hex("8702 0000")))],
		["field", "a number below zero", framed(tlv(0x61, hex("8501 ff")))],
		["field", "data that are none", goose({ data: hex("9f1f00") })],
		["entries", "fewer entries than it says", goose({ entries: 5 })],
	])("reports %s: %s", (violation, _, frame) => {
		const { records, operations, identities, facts } = play([0, frame]);
		expect(records).toMatchObject([{ kind: "malformed", violations: [violation] }]);
		expect([operations, identities]).toEqual([[], []]);
		expect(facts.map(({ record }) => record.id)).toEqual(["goose-malformed"]);
	});

	it("refuses what has no header, and ends where the frame says", () => {
		expect(play([0, hex("3001 0007")]).refused).toBe(1);
		expect(play([0, join(whole, hex("00000000"))]).records).toMatchObject([{ kind: "message" }]);
	});

	it("forgets the publication that it knows longest when there are too many", () => {
		const many = Array.from({ length: 4097 }, (_, at): Step => [0, { reference: `R${at}`, stNum: 5 }]);
		const { counts, records } = play(
			...many,
			[1, { reference: "R0", stNum: 5, sqNum: 1 }],
			[2, { reference: "R4096", stNum: 5, sqNum: 1 }],
		);
		expect(counts).toEqual({ "publications-bound": 2 });
		expect(records.slice(-2).map(({ repeat }) => repeat)).toEqual([false, true]);
	});

	it("knows its points as people write them", () => {
		expect(protocol.parsePoint!(`${SET}[3].1`, "")).toBe(`${SET}[3].1`);
		expect(protocol.parsePoint!("40001", "")).toBeUndefined();
		expect(protocol.operationName(1)).toBe("GOOSE message");
	});
});

messageSuite(protocol, "link", [
	[
		{ name: "a state", bytes: goose({ stNum: 5 }) },
		{ name: "again", bytes: goose({ stNum: 5, sqNum: 1 }) },
		{ name: "another", bytes: goose({ stNum: 6, isTripped: true }) },
	],
	[{ name: "a simulated one", bytes: goose({ isSimulation: true, isMarked: true }) }],
]);
