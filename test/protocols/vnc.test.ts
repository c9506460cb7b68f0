/** VNC: handshakes of RFB written out (RFC 6143), each version, each end; and the contract. */
import { describe, expect, it } from "vitest";
import { vnc } from "../../protocols/vnc/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { type Sample, streamSuite } from "../contract/stream.ts";
import { hex, join, StreamHarness } from "../support/decoderHarness.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const version = (text: string): Uint8Array => ascii(`RFB ${text}\n`);
const [V3, V7, V8] = ["003.003", "003.007", "003.008"].map(version) as [Uint8Array, Uint8Array, Uint8Array];
const CHALLENGE = new Uint8Array(16).fill(7);
const screenOf = (name: string) =>
	join(hex("0040 0030 20180001 00ff00ff00ff 100800 000000 0000"), Uint8Array.of(0, name.length), ascii(name));
const SCREEN = screenOf("panel-3:1 (operator)");
const open = () => new StreamHarness(vnc, {});
/** Messages of server (`true`) and client, in their order; `step` bytes a segment. */
function talk(messages: readonly (readonly [isServer: boolean, bytes: Uint8Array])[], step = 4000) {
	const harness = open();
	for (const [isServer, bytes] of messages)
		for (let at = 0; at < bytes.length; at += step)
			harness.send(isServer ? TO_CLIENT : TO_SERVER, bytes.slice(at, at + step), { frame: isServer ? 2 : 1 });
	return harness;
}

type Messages = [boolean, Uint8Array][];
const AFTER: Messages = [
	[false, hex("01")],
	[true, SCREEN],
	[false, hex("06000000 00000003 616263")],
	[true, hex("00 00 0001")],
];

describe("a handshake", () => {
	it.each<[string, Messages, string[], [string, string][]]>([
		[
			"3.8 with a password",
			[
				[true, V8],
				[false, V8],
				[true, hex("02 02 10")],
				[false, hex("02")],
				[true, CHALLENGE],
				[false, CHALLENGE],
				[true, hex("00000000")],
				...AFTER,
			],
			["version", "version", "security", "choice", "result", "screen"],
			[["VNC Authentication", "ok"]],
		],
		[
			"3.8 that is refused",
			[
				[true, V8],
				[false, V8],
				[true, hex("01 02")],
				[false, hex("02")],
				[true, CHALLENGE],
				[false, CHALLENGE],
				[true, hex("00000001 00000003 6e6f21")],
			],
			["version", "version", "security", "choice", "result"],
			[["VNC Authentication", "refused"]],
		],
		[
			"3.8 without security",
			[[true, V8], [false, V8], [true, hex("01 01")], [false, hex("01")], [true, hex("00000000")], ...AFTER],
			["version", "version", "security", "choice", "result", "screen"],
			[["None", "ok"]],
		],
		[
			"3.8 without a type",
			[
				[true, V8],
				[false, V8],
				[true, hex("00 00000004 66756c6c")],
			],
			["version", "version", "refusal"],
			[],
		],
		[
			"3.8 with a type of its own",
			[
				[true, V8],
				[false, V8],
				[true, hex("01 13")],
				[false, hex("13")],
				[true, hex("0002")],
				[false, hex("0002")],
			],
			["version", "version", "security", "choice"],
			[],
		],
		[
			"3.7 without security",
			[[true, V8], [false, V7], [true, hex("01 01")], [false, hex("01")], ...AFTER],
			["version", "version", "security", "choice", "screen"],
			[["None", "ok"]],
		],
		[
			"3.7 that is refused",
			[
				[true, V7],
				[false, V7],
				[true, hex("01 02")],
				[false, hex("02")],
				[true, CHALLENGE],
				[false, CHALLENGE],
				[true, hex("00000002")],
			],
			["version", "version", "security", "choice", "result"],
			[["VNC Authentication", "refused"]],
		],
		[
			"3.3 with a password",
			[[true, V8], [false, V3], [true, hex("00000002")], [true, CHALLENGE], [false, CHALLENGE], [true, hex("00000000")], ...AFTER],
			["version", "version", "security", "choice", "result", "screen"],
			[["VNC Authentication", "ok"]],
		],
		[
			"3.3 without security",
			[[true, V3], [false, V3], [true, hex("00000001")], ...AFTER],
			["version", "version", "security", "choice", "screen"],
			[["None", "ok"]],
		],
		[
			"3.3 that is refused",
			[
				[true, V3],
				[false, V3],
				[true, hex("00000000 00000002 6e6f")],
			],
			["version", "version", "refusal"],
			[],
		],
		[
			"of later versions",
			[
				[true, version("005.000")],
				[false, version("004.001")],
				[true, hex("01 01")],
				[false, hex("01")],
				[true, hex("00000000")],
				...AFTER,
			],
			["version", "version", "security", "choice", "result", "screen"],
			[["None", "ok"]],
		],
	])("%s", (_, messages, kinds, logins) => {
		const whole = talk(messages);
		expect(whole.records.map(({ kind }) => kind)).toEqual(kinds);
		expect(whole.operations.map(({ verb, code, outcome }) => [verb, vnc.operationName(code), outcome])).toEqual(
			logins.map(([type, outcome]) => ["authenticate", `log in (${type})`, outcome]),
		);
		for (const { code } of whole.operations) expect(vnc.isLogin!(code, 0)).toBe(vnc.operationName(code).includes("VNC"));
		expect(whole.rejects).toBe(0);
		for (const step of [1, 5]) expect(talk(messages, step).records).toEqual(whole.records);
	});

	it("says what is offered, why it ends, and what is shown", () => {
		const harness = talk([[true, V8], [false, V8], [true, hex("02 01 fa")], [false, hex("01")], [true, hex("00000000")], ...AFTER]);
		expect(harness.records).toMatchObject([
			{ sender: "server", version: "3.8" },
			{ sender: "client", version: "3.8" },
			{ securityTypes: ["None", "security type 250"] },
			{ securityType: "None" },
			{ result: "ok", requestFrame: 1 },
			{ width: 64, height: 48, desktopName: "panel-3:1 (operator)" },
		]);
		expect(harness.identities).toMatchObject([{ hostName: "panel-3", presumed: true }]);
		expect(harness.facts).toMatchObject([{ record: { id: "weak-protocol" } }]);
		const refused = talk([
			[true, V8],
			[false, V8],
			[true, hex("00 00000004 66756c6c")],
		]);
		expect(refused.records[2]).toMatchObject({ kind: "refusal", reason: "full" });
		expect([vnc.outcomeName(1), vnc.outcomeName(2), vnc.outcomeName(7), vnc.pointName("x")]).toEqual([
			"failed",
			"failed, too many tries",
			"result 7",
			"x",
		]);
	});

	it.each<[string, Messages]>([
		[
			"a reason that is too long",
			[
				[true, V8],
				[false, V8],
				[true, hex("00 00ffffff")],
			],
		],
		[
			"a type that is none",
			[
				[true, V3],
				[false, V3],
				[true, hex("00010000")],
			],
		],
		[
			"a result that is none",
			[
				[true, V8],
				[false, V8],
				[true, hex("01 01")],
				[false, hex("01")],
				[true, hex("00000009")],
			],
		],
		[
			"a name that is too long",
			[
				[true, V3],
				[false, V3],
				[true, hex("00000001")],
				[false, hex("01")],
				[true, join(SCREEN.slice(0, 20), hex("7fffffff"))],
			],
		],
	])("with %s is malformed, and the next one is read", (_, messages) => {
		const harness = talk(messages);
		expect(harness.records.at(-1)).toMatchObject({ kind: "malformed", sender: "server" });
		harness.response(V8).request(V8).response(hex("01 02"));
		expect(harness.records.at(-1)).toMatchObject({ kind: "security" });
	});

	it("is sought after lost bytes", () => {
		const harness = talk([
			[true, V8],
			[false, V8],
		]).gap(TO_CLIENT);
		harness
			.response(join(hex("00 52 46 42"), V8))
			.request(join(hex("01"), V7))
			.response(hex("01 01"))
			.request(hex("01"));
		expect(harness.records.at(-1)).toMatchObject({ kind: "choice", securityType: "None" });
	});
});

it("probes the version alone", () => {
	const probe = (text: string) => vnc.tcp!.probe(ascii(text), 0, text.length);
	expect(["RFB 003.008\n", "RFB 003.889\n", "RFB 0", "RFB 009.001\n", "RFB 003.008\r", "RFX", "GET / HTTP/1.1"].map(probe)).toEqual([
		PROBE.certain,
		PROBE.certain,
		PROBE.more,
		PROBE.mismatch,
		PROBE.mismatch,
		PROBE.mismatch,
		PROBE.mismatch,
	]);
});

const sample = (name: string, bytes: Uint8Array, direction: 0 | 1): Sample => ({ name, bytes, direction });
streamSuite(vnc, [[sample("the server's version", V8, TO_CLIENT), sample("the client's version", V7, TO_SERVER)]]);
