/** JA4 against fingerprints that others published for the same offers. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Ja4Parts, ja4Of } from "../../src/wire/ja4.ts";
import { readClientHello } from "../../src/wire/tls.ts";
import { clientHello } from "../protocols/tlsHello.ts";

const list = (text: string): number[] => text.split(",").map((one) => Number.parseInt(one, 16));
const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** A browser's offer in the order in which it was sent. */
const BROWSER: Ja4Parts = {
	version: 0x0304,
	cipherSuites: list("1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035"),
	extensions: list("002d,0033,0010,fe0d,0017,44cd,0000,000b,000a,002b,ff01,0023,0012,0005,000d,001b"),
	signatureAlgorithms: list("0403,0804,0401,0503,0805,0501,0806,0601"),
	firstProtocol: ascii("h2"),
};

describe("JA4", () => {
	it("is what was published for the same offer", () => {
		expect(ja4Of(BROWSER)).toBe("t13d1516h2_8daaf6152771_d8a2da3f94cd");
		// FoxIO's own example.
		const extensions = list("001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015");
		expect(ja4Of({ ...BROWSER, extensions })).toBe("t13d1516h2_8daaf6152771_e5627efa2ab1");
	});

	it("says versions, counts and the absence of a name as they are", () => {
		const head = (parts: Partial<Ja4Parts>) => ja4Of({ ...BROWSER, ...parts }).split("_", 1)[0];
		expect(head({ version: 0x0303 })).toBe("t12d1516h2");
		expect(head({ version: 0x0300 })).toBe("ts3d1516h2");
		expect(head({ version: 0x7f1c })).toBe("t00d1516h2");
		expect(head({ extensions: list("0010,000d") })).toBe("t13i1502h2");
		expect(head({ cipherSuites: Array.from({ length: 120 }, (_, at) => at) })).toBe("t13d9916h2");
	});

	it("hashes nothing to zeros, and leaves the signature algorithms out where there are none", () => {
		expect(ja4Of({ version: 0x0303, cipherSuites: [], extensions: [], signatureAlgorithms: [], firstProtocol: undefined })).toBe(
			"t12i000000_000000000000_000000000000",
		);
		const hash = createHash("sha256").update("0005,000a").digest("hex").slice(0, 12);
		expect(ja4Of({ ...BROWSER, extensions: [10, 5], signatureAlgorithms: [] })).toBe(`t13i1502h2_8daaf6152771_${hash}`);
	});

	it.each([
		["http/1.1", "h1"],
		["x", "xx"],
		["\xab", "ab"],
		["\xab\xcd", "ad"],
		["0\xab", "3b"],
		["01\xab\xcd", "3d"],
		["0\xab\xcd1", "01"],
		["\x0a\x0a", "0a"],
	])("takes the ends of the ALPN %j as %s", (protocol, ends) => {
		expect(ja4Of({ ...BROWSER, firstProtocol: ascii(protocol) }).slice(8, 10)).toBe(ends);
	});
});

describe("a ClientHello", () => {
	const read = (hello: Uint8Array) => readClientHello(hello, 0, hello.length);

	it("gives the same fingerprint with GREASE everywhere and in any order", () => {
		const plain = read(clientHello(BROWSER));
		expect(plain?.ja4).toBe("t13d1516h2_8daaf6152771_d8a2da3f94cd");
		const greased = read(
			clientHello({
				...BROWSER,
				cipherSuites: [0x0a0a, ...BROWSER.cipherSuites.toReversed()],
				extensions: [0xfafa, ...BROWSER.extensions.toReversed(), 0x3a3a],
				signatureAlgorithms: [0x1a1a, ...BROWSER.signatureAlgorithms],
			}),
		);
		expect(greased?.ja4).toBe(plain?.ja4);
	});

	it("takes its version from supported_versions, and from the front where there is none", () => {
		const extensions = BROWSER.extensions.filter((type) => type !== 0x2b);
		expect(read(clientHello({ ...BROWSER, extensions }))?.ja4).toMatch(/^t12d1515h2_/);
	});

	it("with more than any client offers has none, and is read all the same", () => {
		const hello = read(clientHello({ ...BROWSER, cipherSuites: Array.from({ length: 1025 }, (_, at) => at + 0x2000) }));
		expect(hello?.ja4).toBeUndefined();
		expect(hello?.cipherSuites).toHaveLength(128);
	});
});
