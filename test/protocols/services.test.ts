/** Services: first bytes before ports; each test claims its own bytes and no other's. */
import { describe, expect, it } from "vitest";
import { services } from "../../protocols/index.ts";
import { ServiceTable, servicesOf } from "../../src/decode/service.ts";
import { hex } from "../support/decoderHarness.ts";

const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** First bytes of each, written out from the specification. */
const BEGINNINGS: readonly [service: string, transport: "tcp" | "udp", bytes: Uint8Array][] = [
	["iso-tsap", "tcp", hex("0300 0016 11 e0 0000 0001 00 c0010a c1020100 c2020102")],
	["dcerpc", "tcp", hex("05 00 0b 03 10000000 4800 0000 01000000")],
	["ntp", "udp", hex(`e3 00 06 ec ${"00".repeat(44)}`)],
	["ssdp", "udp", ascii("M-SEARCH * HTTP/1.1\r\n")],
];

describe("services", () => {
	const table = new ServiceTable(services);

	it.each(BEGINNINGS)("%s over %s is known by its bytes", (service, transport, bytes) => {
		expect(table.ofBytes(transport, bytes, 0, bytes.length)).toEqual({ service, by: "bytes" });
	});

	it("is not fooled by what lies outside the given bytes", () => {
		for (const [, transport, bytes] of BEGINNINGS) {
			const padded = new Uint8Array(bytes.length + 8);
			padded.set(bytes, 4);
			expect(table.ofBytes(transport, padded, 4, 4 + bytes.length)).toEqual(table.ofBytes(transport, bytes, 0, bytes.length));
			expect(table.ofBytes(transport, padded, 4, 5)).toBeUndefined();
		}
	});

	it("knows registered ports where the bytes say nothing", () => {
		expect(table.ofPort("tcp", 3306)).toEqual({ service: "mysql", by: "port" });
		expect(table.ofPort("udp", 3306)).toBeUndefined();
		expect(table.ofPort("tcp", undefined)).toBeUndefined();
	});

	it("lists no port of one transport twice", () => {
		const seen = new Set<string>();
		for (const { transport, ports } of services) {
			for (const port of ports) {
				expect(seen.has(`${transport}${port}`), `${transport} ${port}`).toBe(false);
				seen.add(`${transport}${port}`);
			}
		}
	});

	it("are protocols too that hosts offer, by their ports and with what that means", () => {
		const tcp = { ports: [1, 2] };
		const udp = { ports: [3] };
		const derived = servicesOf([
			{ name: "control", tcp },
			{ name: "plain", service: {}, udp },
			{ name: "desk", service: { isRemoteAccess: true }, tcp, udp },
		]);
		expect(derived).toEqual([
			{ name: "plain", transport: "udp", ports: [3] },
			{ name: "desk", transport: "tcp", ports: [1, 2], isRemoteAccess: true },
			{ name: "desk", transport: "udp", ports: [3], isRemoteAccess: true },
		]);
	});
});
