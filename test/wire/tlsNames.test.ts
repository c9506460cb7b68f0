/** Names of IANA's registries, and what is said of suites by them. */
import { describe, expect, it } from "vitest";
import { alertName, isWithoutCertificate, suiteName, versionName, weaknessOf } from "../../src/wire/tlsNames.ts";

describe("names of TLS", () => {
	it("are those of the registry, or numbers", () => {
		expect([0x1301, 0xc02f, 0x0005, 0xccaa, 0x9999].map(suiteName)).toEqual([
			"TLS_AES_128_GCM_SHA256",
			"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
			"TLS_RSA_WITH_RC4_128_SHA",
			"TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
			"0x9999",
		]);
		expect([2, 0x0300, 0x0304, 0x7f12, 0x1234].map(versionName)).toEqual(["SSL 2.0", "SSL 3.0", "TLS 1.3", "TLS 1.3 draft 18", "0x1234"]);
		expect([0, 48, 255].map(alertName)).toEqual(["close notify", "unknown certificate authority", "alert 255"]);
	});

	it("tell which suites protect nothing or are broken, and which show no certificate", () => {
		const weak = [0x0000, 0x003b, 0x0018, 0x0003, 0x0005, 0x0009, 0x0062, 0xc016, 0xc0b4];
		expect(weak.filter((suite) => weaknessOf(suite) === undefined)).toEqual([]);
		const sound = [0x000a, 0x002f, 0x009c, 0x1301, 0xc02f, 0x00ff, 0x9999, -1];
		expect(sound.filter((suite) => weaknessOf(suite) !== undefined)).toEqual([]);
		expect([0x0034, 0x008c, 0xc01d, 0x0020].map(isWithoutCertificate)).toEqual([true, true, true, true]);
		expect([0x002f, 0xc01e, 0x0094, 0x1301].map(isWithoutCertificate)).toEqual([false, false, false, false]);
	});
});
