/** STIX patterns: what maps, and that all else is said. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPattern } from "../../src/intel/stixPattern.ts";

const terms = (pattern: string) => {
	const { terms, problems } = readPattern(pattern);
	expect(problems, pattern).toEqual([]);
	return terms.map(({ kind, value, ...rest }) => [kind, value, ...(Object.keys(rest).length > 0 ? [rest] : [])]);
};
const problem = (pattern: string) => {
	const { terms, problems } = readPattern(pattern);
	expect(terms, pattern).toEqual([]);
	return problems.join("; ");
};

describe("a pattern", () => {
	it("names addresses, networks, domains, certificates, files and JA4", () => {
		expect(terms("[ipv4-addr:value = '198.51.100.7']")).toEqual([["address", "198.51.100.7"]]);
		expect(terms("[ipv4-addr:value = '198.51.100.7/24']")).toEqual([["address", "198.51.100.0/24"]]);
		expect(terms("[ipv4-addr:value ISSUBSET '198.51.100.0/24']")).toEqual([["address", "198.51.100.0/24"]]);
		expect(terms("[ipv6-addr:value = '2001:DB8::1']")).toEqual([["address", "2001:0db8:0000:0000:0000:0000:0000:0001"]]);
		expect(terms("[domain-name:value = 'Evil.Example.']")).toEqual([["domain", "evil.example"]]);
		expect(terms("[domain-name:value LIKE '%.evil.example']")).toEqual([["domain", "evil.example"]]);
		const [sha1, sha256] = ["AB".repeat(20), "cd".repeat(32)];
		expect(terms(`[x509-certificate:hashes.'SHA-1' = '${sha1}']`)).toEqual([["certificate", sha1.toLowerCase()]]);
		expect(terms(`[x509-certificate:hashes.'SHA-256' = '${sha256}']`)).toEqual([["certificate", sha256]]);
		expect(terms(`[file:hashes.MD5 = '${"0".repeat(32)}' OR file:name = 'Payload.DLL']`)).toEqual([
			["file-hash", "0".repeat(32)],
			["file-name", "payload.dll"],
		]);
		const ja4 = "t13d1516h2_8daaf6152771_e5627efa2ab1";
		for (const path of ["x-ja4:value", "x-ja4-fingerprint:value", "network-traffic:extensions.'tls-ext'.ja4", "network-traffic:x_ja4"])
			expect(terms(`[${path} = '${ja4}']`)).toEqual([["ja4", ja4]]);
	});

	it("takes sets, alternatives in one observation and several observations", () => {
		expect(terms("[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]")).toHaveLength(2);
		expect(terms("[ipv4-addr:value = '192.0.2.1' OR domain-name:value = 'a.example']")).toHaveLength(2);
		expect(terms("([ipv4-addr:value = '192.0.2.1'] OR [domain-name:value = 'a.example'])")).toHaveLength(2);
		expect(terms("[ipv4-addr:value = '192.0.2.1'] WITHIN 60 SECONDS")).toHaveLength(1);
	});

	it("takes AND where it only narrows: type, end, port and transport", () => {
		expect(
			terms(
				"[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 443 AND network-traffic:protocols[*] = 'tcp']",
			),
		).toEqual([["address", "192.0.2.1", { end: "server", port: 443, transport: "tcp" }]]);
		expect(
			terms("[network-traffic:src_ref.value = '192.0.2.1' AND (network-traffic:dst_port = 80 OR network-traffic:dst_port = 443)]"),
		).toEqual([
			["address", "192.0.2.1", { end: "client", port: 80 }],
			["address", "192.0.2.1", { end: "client", port: 443 }],
		]);
	});

	it("takes a URL that is a host, and no other", () => {
		expect(terms("[url:value = 'https://evil.example/']")).toEqual([["domain", "evil.example"]]);
		expect(terms("[url:value = 'http://192.0.2.1:8080']")).toEqual([["address", "192.0.2.1", { end: "server", port: 8080 }]]);
		expect(problem("[url:value = 'https://drive.example/file?x=1']")).toBe("the path of a URL is not seen");
	});

	it.each([
		["[domain-name:value = 'a.example' AND ipv4-addr:value = '192.0.2.1']", "AND of several values: they would have to be seen together"],
		[
			"[ipv4-addr:value = '192.0.2.1'] AND [domain-name:value = 'a.example']",
			"AND of observations: several would have to be seen together",
		],
		[
			"[ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [ipv4-addr:value = '192.0.2.2']",
			"FOLLOWEDBY of observations: several would have to be seen together",
		],
		["[ipv4-addr:value = '192.0.2.1'] REPEATS 5 TIMES", "the qualifier REPEATS"],
		["[ipv4-addr:value != '192.0.2.1']", "!= of ipv4-addr:value"],
		["[ipv4-addr:value NOT = '192.0.2.1']", "NOT of ipv4-addr:value"],
		["[domain-name:value MATCHES '^evil']", "MATCHES of domain-name:value"],
		["[domain-name:value LIKE '%evil.example']", "LIKE '%evil.example'"],
		["[email-addr:value = 'a@b.example']", "email-addr:value is not seen on this wire"],
		["[ipv4-addr:value = '0.0.0.0/0']", "0.0.0.0/0 takes in too much of the Internet"],
		["[ipv4-addr:value = '192.0.2.300']", '"192.0.2.300" is no address'],
		["[domain-name:value = 'com']", '"com" has no dot: it would name a whole top-level domain'],
		["[network-traffic:dst_port = 443]", "it names no address, domain, fingerprint, certificate or file"],
		["ipv4-addr:value = '192.0.2.1'", '"ipv4-addr" is not expected there: an observation begins with ['],
		["[ipv4-addr:value = '192.0.2.1'", '"the end" is not expected there: ] is missing'],
		["[ipv4-addr:value = '192.0.2.1", "it is no pattern from"],
		["", '"the end" is not expected there'],
	])("says why it does not map: %s", (pattern, why) => {
		expect(problem(pattern)).toContain(why);
	});

	it("keeps the alternatives that map beside those that do not", () => {
		const { terms, problems } = readPattern("[ipv4-addr:value = '192.0.2.1' OR mutex:name = 'x']");
		expect(terms).toHaveLength(1);
		expect(problems).toEqual(["mutex:name is not seen on this wire"]);
	});

	it("never throws, and costs no more where it is made to: deep nesting, explosions, any text", () => {
		expect(problem(`[${"(".repeat(100_000)}`)).toContain("longer than 64 KiB");
		expect(problem(`[${"(".repeat(1000)}`)).toBe("it is nested too deep");
		const many = `(${Array.from({ length: 200 }, (_, at) => `network-traffic:dst_port = ${at}`).join(" OR ")})`;
		expect(problem(`[${many} AND ${many} AND ${many}]`)).toBe("it has too many alternatives");
		fc.assert(
			fc.property(
				fc.array(
					fc.constantFrom(
						"[",
						"]",
						"(",
						")",
						"AND",
						"OR",
						"NOT",
						"=",
						"IN",
						"'x'",
						"'192.0.2.1'",
						"ipv4-addr",
						":",
						"value",
						".",
						",",
						"\\",
						"'",
					),
				),
				(parts) => {
					readPattern(parts.join(" "));
				},
			),
			{ numRuns: 500 },
		);
	});
});
