import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { captureFilter } from "../../src/alert/filter.ts";

const cases: [string, Parameters<typeof captureFilter>, string | undefined][] = [
	[
		"two IPv4 hosts and the service's port",
		[
			{ ip: "10.0.0.7", port: 49152 },
			{ ip: "10.0.0.3", port: 502 },
		],
		"(host 10.0.0.7 and host 10.0.0.3 and port 502) or (vlan and host 10.0.0.7 and host 10.0.0.3 and port 502)",
	],
	["one IPv6 host", [{ ip: "fd00::1" }, undefined], "(host fd00::1) or (vlan and host fd00::1)"],
	[
		"MAC addresses where there is no IP address",
		[{ mac: "02:00:00:00:00:0A" }, { ip: "10.0.0.3" }],
		"(ether host 02:00:00:00:00:0a and host 10.0.0.3) or (vlan and ether host 02:00:00:00:00:0a and host 10.0.0.3)",
	],
	["nothing that is no address", [{ ip: "10.0.0.1; rm -rf" }, { mac: "x or ip" }], undefined],
	["no port without a host", [{ port: 502 }, undefined], undefined],
	["no port that is none", [{ ip: "10.0.0.1", port: 70000 }, { port: 0 }], "(host 10.0.0.1) or (vlan and host 10.0.0.1)"],
];

describe("captureFilter", () => {
	for (const [name, args, expected] of cases) it(`names ${name}`, () => expect(captureFilter(...args)).toBe(expected));

	it.skipIf(!existsSync("/usr/bin/tcpdump"))("is understood by libpcap (needs tcpdump)", () => {
		for (const [, args, expected] of cases) {
			if (expected === undefined) continue;
			const program = execFileSync("tcpdump", ["-y", "EN10MB", "-d", captureFilter(...args)!], {
				encoding: "utf8",
				stdio: ["ignore", "pipe", "ignore"],
			});
			expect(program).toContain("ret");
		}
	});
});
