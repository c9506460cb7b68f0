/** TLS records and hellos, from bytes written out. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	certificatesOf,
	handshakeLength,
	readClientHello,
	readServerHello,
	recordFits,
	recordLength,
	TLS_1_2,
	TLS_1_3,
} from "../../src/wire/tls.ts";
import { hex } from "./frameBuilder.ts";

const bytes = (text: string) => Uint8Array.from(hex(text.replace(/#.*$/gm, "")));
const RANDOM = "00".repeat(32);

const CLIENT = bytes(`0303 ${RANDOM} 00
	0008 1a1a 1301 c02b c02f   # cipher suites, the first without meaning (RFC 8701)
	01 00                      # compression
	002e                       # extensions
	0000 0010 000e 00 000b 706c632e6578616d706c65   # server_name: plc.example
	002b 0007 06 2a2a 0304 0303                       # supported_versions
	0010 000b 0009 06 6d6f64627573 01 78              # ALPN: modbus, x`);

describe("records", () => {
	it("have a type, a version and a length that fit", () => {
		const fits = (text: string) => recordFits(bytes(text), 0, bytes(text).length);
		expect(fits("16 0301 0001 00")).toBe(true);
		expect(fits("17 0303 0000")).toBe(true);
		expect(fits("16")).toBe(true);
		expect(fits("16 03")).toBe(true);
		expect(fits("16 0303 48")).toBe(true);
		expect(fits("")).toBe(false);
		expect(fits("13 0303 0001")).toBe(false);
		expect(fits("16 0203 0001")).toBe(false);
		expect(fits("16 0305 0001")).toBe(false);
		expect(fits("16 0303 0000")).toBe(false);
		expect(fits("16 0303 4801")).toBe(false);
		expect(recordLength(bytes("16 0303 4800"), 0)).toBe(18_432);
		expect(handshakeLength(bytes("01 010203"), 0)).toBe(0x010203);
	});
});

describe("hellos", () => {
	it("of a client", () => {
		expect(readClientHello(CLIENT, 0, CLIENT.length)).toEqual({
			version: TLS_1_3,
			cipherSuites: [0x1301, 0xc02b, 0xc02f],
			serverName: "plc.example",
			protocols: ["modbus", "x"],
			sessionId: "",
			hasTicket: false,
			isExact: true,
			ja4: "t13d0303ms_28fa9b2900ea_b9a491fefe05",
		});
		const old = bytes(`0302 ${RANDOM} 00 0002 002f 01 00`);
		expect(readClientHello(old, 0, old.length)).toEqual({
			version: 0x0302,
			cipherSuites: [0x2f],
			serverName: undefined,
			protocols: [],
			sessionId: "",
			hasTicket: false,
			isExact: true,
			ja4: "t11i010000_ba72b8082249_000000000000",
		});
	});

	it("of a server", () => {
		const both = bytes(`0303 ${RANDOM} 00 1301 00 0006 002b 0002 0304`);
		const plain = { sessionId: "", protocol: undefined, isPreShared: false, isRetry: false, isExact: true };
		expect(readServerHello(both, 0, both.length)).toEqual({ ...plain, version: TLS_1_3, cipherSuite: 0x1301 });
		const old = bytes(`0303 ${RANDOM} 02 0102 c02b 00 0009 0010 0005 0003 02 6832`);
		expect(readServerHello(old, 0, old.length)).toEqual({
			...plain,
			version: TLS_1_2,
			cipherSuite: 0xc02b,
			sessionId: "0102",
			protocol: "h2",
		});
		// Drafts of TLS 1.3 before the 22nd have no session and no compression.
		const draft = bytes(`7f12 ${RANDOM} 1301 0000`);
		expect(readServerHello(draft, 0, draft.length)).toEqual({ ...plain, version: 0x7f12, cipherSuite: 0x1301 });
	});

	it("stay short whatever they hold", () => {
		const long = bytes(`0303 ${RANDOM} 00 0800 ${"c02b".repeat(1024)} 01 00 0410 0000 040c 040a 00 0407 ${"61".repeat(1031)}`);
		const hello = readClientHello(long, 0, long.length)!;
		expect(hello.cipherSuites).toHaveLength(128);
		expect(hello.serverName).toBe("a".repeat(255));
	});

	it("never read outside their bytes, and never throw", () => {
		fc.assert(
			fc.property(
				fc.nat({ max: CLIENT.length }),
				fc.array(fc.tuple(fc.nat({ max: CLIENT.length - 1 }), fc.nat({ max: 255 })), { maxLength: 4 }),
				(cut, edits) => {
					const damaged = CLIENT.slice();
					for (const [at, value] of edits) damaged[at] = value;
					const read = (poison: number) => {
						const all = new Uint8Array(cut + 600).fill(poison);
						all.set(damaged.subarray(0, cut), 300);
						return [readClientHello(all, 300, 300 + cut), readServerHello(all, 300, 300 + cut), certificatesOf(all, 300, 300 + cut, 9)];
					};
					expect(read(0xff)).toEqual(read(0x00));
				},
			),
			{ numRuns: 3_000, interruptAfterTimeLimit: 3_000 },
		);
	});
});

describe("certificates", () => {
	it("of TLS 1.2 stand one behind another, as many as are wanted and whole", () => {
		const list = bytes("00000c 000003 010203 000003 040506");
		expect(certificatesOf(list, 0, list.length, 9)).toEqual([
			{ start: 6, end: 9 },
			{ start: 12, end: 15 },
		]);
		expect(certificatesOf(list, 0, list.length, 1)).toEqual([{ start: 6, end: 9 }]);
		expect(certificatesOf(list, 0, list.length - 1, 9)).toEqual([{ start: 6, end: 9 }]);
		expect(certificatesOf(bytes("000000"), 0, 3, 9)).toEqual([]);
	});
});
