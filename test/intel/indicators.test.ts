/** Lists and the table of indicators: what is read, what matches, and what stands just beside it. */
import { describe, expect, it } from "vitest";
import { INDICATOR_KINDS, type IndicatorColumns, type IndicatorKind, normalised, piecesOf } from "../../src/intel/indicator.ts";
import { IndicatorLists } from "../../src/intel/indicatorList.ts";
import { IndicatorTable } from "../../src/intel/indicatorTable.ts";
import { addressKey, networkOf } from "../../src/intel/network.ts";

const NOW = Date.UTC(2026, 0, 1) / 1000;
const ALWAYS = () => true;

function read(text: string, source = "list.csv"): { lists: IndicatorLists; columns: IndicatorColumns; table: IndicatorTable } {
	const lists = new IndicatorLists(NOW);
	lists.read(text, `/lists/${source}`, source);
	const columns = lists.columns();
	const table = new IndicatorTable();
	table.add(columns);
	return { lists, columns, table };
}

const bundle = (...objects: object[]) => JSON.stringify({ type: "bundle", id: "bundle--1", objects });
const indicator = (id: number, pattern: string, more: object = {}) => ({
	type: "indicator",
	spec_version: "2.1",
	id: `indicator--${id}`,
	created: "2025-01-01T00:00:00Z",
	modified: "2025-01-01T00:00:00Z",
	valid_from: "2025-01-01T00:00:00Z",
	pattern,
	pattern_type: "stix",
	...more,
});

describe("addresses", () => {
	it("are the same however they are written", () => {
		expect(addressKey("::ffff:192.0.2.1")).toBe(addressKey("192.0.2.1"));
		expect(addressKey("2001:db8::1")).toBe(addressKey("2001:0DB8:0:0:0:0:0:1"));
		expect(networkOf("2001:db8:ffff::/33")?.text).toBe("2001:0db8:8000:0000:0000:0000:0000:0000/33");
		expect(networkOf("::ffff:192.0.2.77/120")?.text).toBe("192.0.2.0/24");
	});

	it.each([
		"",
		"1.2.3",
		"1.2.3.4.5",
		"1.2.3.256",
		"01.2.3.4",
		"1.2.3.4/33",
		"1.2.3.4/x",
		"1.2.3.4/",
		":::",
		"1::2::3",
		"g::1",
		"1:2:3:4:5:6:7",
		"::1/129",
		"1:2:3:4:5:6:7:8::",
		"a".repeat(99),
	])("%j is none", (text) => {
		expect(networkOf(text)).toBeUndefined();
	});
});

describe("a network of a list", () => {
	it.each([
		"0.0.0.0",
		"127.0.0.1",
		"255.255.255.255",
		"224.0.0.251",
		"::1",
		"ff02::fb",
		"10.0.0.0/8",
		"10.7.0.0/16",
		"192.168.1.0/24",
		"192.0.0.0/8",
		"fe80::/64",
		"fd00::/16",
	])("may not be %s", (text) => {
		expect(normalised("address", text)).toMatchObject({ problem: expect.stringContaining(text) });
	});

	it.each(["10.0.0.7", "192.168.1.1", "fe80::1", "192.0.2.0/24", "2001:db8::/32", "172.32.0.0/16"])("may be %s", (text) => {
		expect(normalised("address", text)).toHaveProperty("value");
	});
});

describe("a list", () => {
	it("of one value on each line is read by the form of each", () => {
		const { lists, table } = read(
			"# from a colleague\n192.0.2.7\n198.51.100.0/24\nevil[.]example\n*.bad.example\nt13d1516h2_8daaf6152771_e5627efa2ab1\n2001:db8::/32\n",
		);
		expect(lists.counts).toMatchObject([{ kinds: { address: 3, domain: 2, ja4: 1 }, unmapped: 0 }]);
		expect(table.address("192.0.2.7", ALWAYS)?.listing).toEqual({ source: "list.csv", id: "", name: "list.csv" });
	});

	it("with a header may say type, name, confidence, end, labels and reference", () => {
		const { columns } = read(
			`Type;Indicator;Description;Confidence;Valid until;Tags;Reference\nip;192.0.2.7;"C2; of a worm";high;2026-06-01;worm, c2;https://cert.example/1\nthumbprint;${"AB:".repeat(19)}AB;;40;;;\n`,
		);
		expect(columns.values).toEqual(["192.0.2.7", "ab".repeat(20)]);
		expect(columns.listings).toEqual([
			{
				source: "list.csv",
				id: "",
				name: "C2; of a worm",
				confidence: 85,
				validUntil: Date.UTC(2026, 5, 1) / 1000,
				labels: ["worm", "c2"],
				references: ["https://cert.example/1"],
			},
			{ source: "list.csv", id: "", name: "list.csv", confidence: 40 },
		]);
	});

	it("says with its line what does not map and why", () => {
		const { lists } = read(
			"type,value,confidence,expires\nemail,a@b.example,,\nip,999.1.1.1,,\n,abcdef0123456789abcdef0123456789abcdef01,,\ndomain,com,,\nip,192.0.2.1,200,\nip,192.0.2.1,,soon\n,what is this,,\nip,192.0.2.1,50,2030-01-01\n",
		);
		expect(lists.counts[0]).toMatchObject({ unmapped: 7, kinds: { address: 1 } });
		expect(lists.counts[0]!.notes.map(({ where, why }) => `${where}: ${why}`)).toEqual([
			'line 2: the type "email" is not seen on this wire',
			'line 3: "999.1.1.1" is no address',
			"line 4: a hash alone may be of a certificate or of a file: give a column type",
			'line 5: "com" has no dot: it would name a whole top-level domain',
			'line 6: the confidence "200" is none from 0 to 100',
			'line 7: "soon" is no date like 2030-01-31',
			'line 8: "what is this" is no address, domain, JA4 or hash',
		]);
	});

	it.each([
		["", "is empty"],
		["hello world\n", "holds no indicator"],
		['{"type": "bundle",\n"objects": [', "/lists/x: line 2: it begins like JSON and is none from there on"],
		['{"type": "bundle",\n"objects": [\n{"a": 1,}\n]\n}\n', "/lists/x: line 3: it begins like JSON and is none from there on"],
		["[1, 2]", "is no STIX 2.1 bundle"],
		["{}", "is no STIX 2.1 bundle"],
		['value\n"192.0.2.1\n', "line 2: a quotation mark is not closed"],
		[`${"[".repeat(200_000)}${"]".repeat(200_000)}`, "is no STIX 2.1 bundle"],
	])("that is none is one sentence: %#", (text, sentence) => {
		const lists = new IndicatorLists(NOW);
		expect(() => lists.read(text, "/lists/x", "x")).toThrow(
			expect.objectContaining({ name: "ConfigError", message: expect.stringContaining(sentence) }),
		);
	});

	it("names the line of each indicator of a bundle that does not map", () => {
		const text = JSON.stringify(
			{
				type: "bundle",
				objects: [
					{ type: "relationship", id: "relationship--1", source_ref: "indicator--2" },
					indicator(1, "[ipv4-addr:value = '192.0.2.1']"),
					indicator(2, "[process:name = 'x']"),
					indicator(3, "[ipv4-addr:value = '10.0.0.0/8']"),
				],
			},
			undefined,
			"\t",
		);
		const { lists } = read(text, "bundle.json");
		const lines = text.split("\n");
		for (const { where } of lists.counts[0]!.notes) {
			const [, line, id] = /^line (\d+), (.*)$/.exec(where)!;
			expect(lines[Number(line) - 1]).toContain(`"id": "${id}"`);
		}
		expect(lists.counts[0]!.notes.map(({ why }) => why)).toEqual([
			"process:name is not seen on this wire",
			"10.0.0.0/8 is a network that any site may have, and would name the plant itself: list single addresses of it",
		]);
	});

	it("takes types that feeds use, also of an address with its port and of a URL that is a host", () => {
		const { columns, lists } = read(
			"ioc_type,ioc_value\nip:port,192.0.2.1:443\nip-dst|port,2001:db8::1|8080\nurl,hxxps://evil[.]example/\nurl,http://192.0.2.9/a.exe\nip:port,192.0.2.1\ndomain,bücher.example\n",
		);
		expect(columns.kinds.map((kind, at) => [kind, columns.values[at], columns.listings[columns.listing[at]!]!.port])).toEqual([
			["address", "192.0.2.1", 443],
			["address", "2001:0db8:0000:0000:0000:0000:0000:0001", 8080],
			["domain", "evil.example", undefined],
			["domain", "xn--bcher-kva.example", undefined],
		]);
		expect(lists.counts[0]!.notes).toMatchObject([{ where: "line 5" }, { where: "line 6" }]);
	});

	it("is not led astray by words that every object has", () => {
		const { lists } = read(
			"type,value,confidence,constructor\nconstructor,192.0.2.1,,\nip,192.0.2.1,valueOf,\n__proto__,192.0.2.1,,\nip,192.0.2.1,toString,\nip,192.0.2.2,,\n",
		);
		expect(lists.counts[0]).toMatchObject({ unmapped: 4, kinds: { address: 1 } });
	});

	it("takes times without a zone as UTC, wherever the box stands", () => {
		const { columns } = read("value,expires\n192.0.2.1,2026-06-01 10:00:00\n192.0.2.2,2026-06-01T10:00:00+02:00\n192.0.2.3,2026-06-01\n");
		expect(columns.listings.map(({ validUntil }) => new Date(validUntil! * 1000).toISOString())).toEqual([
			"2026-06-01T10:00:00.000Z",
			"2026-06-01T08:00:00.000Z",
			"2026-06-01T00:00:00.000Z",
		]);
	});

	it("that has the name of another one keeps its own count", () => {
		const lists = new IndicatorLists(NOW);
		lists.read(bundle(indicator(1, "[ipv4-addr:value = '192.0.2.1']")), "/a/x.json", "x.json");
		lists.read(bundle(indicator(2, "[mutex:name = 'x']")), "/b/x.json", "x.json");
		lists.columns();
		expect(lists.counts.map(({ kinds, notes }) => [kinds.address, notes.length])).toEqual([
			[1, 0],
			[0, 1],
		]);
	});

	it("keeps no control characters of a name", () => {
		const { columns } = read('value,name\n192.0.2.1,"\u001b[31mred\u202e"\n');
		expect(columns.listings[0]!.name).toBe("[31mred");
	});
});

describe("a STIX bundle", () => {
	it("gives names, confidence, end, labels and references; the rest of it is left alone", () => {
		const { columns, lists } = read(
			bundle(
				{ type: "identity", id: "identity--1", name: "CERT" },
				indicator(1, "[ipv4-addr:value = '192.0.2.7' OR domain-name:value = 'evil.example']", {
					name: "C2",
					confidence: 80,
					valid_until: "2026-06-01T00:00:00Z",
					indicator_types: ["malicious-activity"],
					labels: ["frostygoop"],
					external_references: [
						{ source_name: "mitre-attack", external_id: "S1165" },
						{ source_name: "blog", url: "https://x.example" },
					],
				}),
			),
			"bundle.json",
		);
		expect(columns.values).toEqual(["192.0.2.7", "evil.example"]);
		expect(columns.listings).toEqual([
			{
				source: "bundle.json",
				id: "indicator--1",
				name: "C2",
				confidence: 80,
				validUntil: Date.UTC(2026, 5, 1) / 1000,
				labels: ["frostygoop", "malicious-activity"],
				references: ["mitre-attack S1165", "blog https://x.example"],
			},
		]);
		expect(lists.counts[0]!.notes).toEqual([]);
	});

	it("leaves out what was revoked, counts what is over, and says what does not map by its id", () => {
		const { columns, lists } = read(
			bundle(
				indicator(1, "[ipv4-addr:value = '192.0.2.1']", { revoked: true }),
				indicator(2, "[ipv4-addr:value = '192.0.2.2']", { valid_until: "2025-06-01T00:00:00Z" }),
				indicator(3, "[process:name = 'x']"),
				indicator(4, "alert tcp any any", { pattern_type: "snort" }),
				indicator(5, undefined as unknown as string),
				null as unknown as object,
				7 as unknown as object,
			),
			"bundle.json",
		);
		expect(columns.values).toEqual(["192.0.2.2"]);
		expect(lists.counts).toMatchObject([{ revoked: 1, expired: 1, unmapped: 3 }]);
		expect(lists.counts[0]!.notes.map(({ where, why }) => `${where}: ${why}`)).toEqual([
			"line 1, indicator--4: a pattern of type snort",
			"line 1, indicator--5: it has no pattern",
			"line 1, indicator--3: process:name is not seen on this wire",
		]);
	});

	it("takes the latest version of an object, in whichever list it stands", () => {
		const later = { modified: "2025-05-01T00:00:00Z", revoked: true };
		for (const order of [0, 1]) {
			const lists = new IndicatorLists(NOW);
			const texts = [
				bundle(indicator(1, "[ipv4-addr:value = '192.0.2.1']")),
				bundle(indicator(1, "[ipv4-addr:value = '192.0.2.1']", later)),
			];
			if (order === 1) texts.reverse();
			for (const [at, text] of texts.entries()) lists.read(text, `/${at}`, `${at}.json`);
			expect(lists.columns().values).toEqual([]);
		}
	});
});

describe("the table", () => {
	it("finds an address by the longest network that is listed, and not its neighbours", () => {
		const { table } = read("value,name\n192.0.2.7,one\n192.0.2.0/28,few\n192.0.0.0/16,many\n2001:db8:1::/48,six\n", "x.csv");
		const name = (ip: string) => table.address(ip, ALWAYS)?.listing.name;
		expect([name("192.0.2.7"), name("192.0.2.8"), name("192.0.2.16"), name("192.1.0.0"), name("191.255.255.255")]).toEqual([
			"one",
			"few",
			"many",
			undefined,
			undefined,
		]);
		expect([name("2001:db8:1::7"), name("2001:db8:1:ffff::"), name("2001:db8:2::"), name("2001:db8:0:ffff::1")]).toEqual([
			"six",
			"six",
			undefined,
			undefined,
		]);
		expect(name("::ffff:192.0.2.7")).toBe("one");
		expect(table.address("192.0.2.9", ALWAYS)?.listed).toBe("192.0.2.0/28");
		expect(table.address("no address", ALWAYS)).toBeUndefined();
	});

	it("finds a name and all below it, and none that only ends alike", () => {
		const { table } = read("evil.example\ndeep.bad.example\n");
		const listed = (name: string) => table.domain(name, ALWAYS)?.listed;
		expect(["evil.example", "EVIL.example.", "a.b.evil.example"].map(listed)).toEqual(["evil.example", "evil.example", "evil.example"]);
		expect(["notevil.example", "evil.example.com", "example", "bad.example", "evil.exampl", "", "."].map(listed)).toEqual(
			Array(7).fill(undefined),
		);
		expect(listed(`${"a.".repeat(120)}evil.example`)).toBe("evil.example");
		expect(listed("a.".repeat(100_000))).toBeUndefined();
	});

	it("takes the next listing of a value where one does not hold", () => {
		const { table } = read("value,name,expires\n192.0.2.7,old,2025-01-01\n192.0.2.7,new,2027-01-01\n192.0.2.0/24,wide,\n");
		const holds = (now: number) => (listing: { validUntil?: number }) => listing.validUntil === undefined || now < listing.validUntil;
		expect(table.address("192.0.2.7", holds(NOW))?.listing.name).toBe("new");
		expect(table.address("192.0.2.7", holds(NOW + 5e8))?.listing.name).toBe("wide");
	});

	it("is the same when it comes in pieces", () => {
		const text = `value,name\n${Array.from({ length: 500 }, (_, at) => `10.1.${at >> 8}.${at & 255},n${at % 7}`).join("\n")}\n`;
		const { columns, table } = read(text);
		const other = new IndicatorTable();
		for (const piece of piecesOf(columns, 37)) {
			expect(piece.listings.length).toBeLessThanOrEqual(7);
			other.add(piece);
		}
		expect(other.size).toBe(500);
		for (let at = 0; at < 500; at++) {
			const ip = `10.1.${at >> 8}.${at & 255}`;
			expect(other.address(ip, ALWAYS)).toEqual(table.address(ip, ALWAYS));
		}
	});

	it("keeps half a million, and counts what is beyond", () => {
		const table = new IndicatorTable();
		const size = 125_001;
		const kinds = Array<IndicatorKind>(size).fill("address");
		const listing = Array<number>(size).fill(0);
		for (let part = 0; part < 4; part++) {
			const values = Array.from({ length: size }, (_, at) => `${10 + part}.${at >> 16}.${(at >> 8) & 255}.${at & 255}`);
			table.add({ listings: [{ source: "x", id: "", name: "x" }], kinds, values, listing });
		}
		expect(table.size).toBe(500_000);
		expect(table.leftOut).toBe(4);
		expect(table.address("10.1.0.0", ALWAYS)?.listed).toBe("10.1.0.0");
		expect(table.address("14.0.0.0", ALWAYS)).toBeUndefined();
	});

	it("knows each kind", () => {
		expect(INDICATOR_KINDS).toEqual(["address", "domain", "ja4", "certificate", "file-name", "file-hash"]);
		const { table } = read(`type,value\nfilename,C:\\temp\\Bad.exe\nsha256,${"EF".repeat(32)}\n`);
		expect(table.text("file-name", "bad.EXE", ALWAYS)?.listed).toBe("bad.exe");
		expect(table.text("file-hash", "ef".repeat(32), ALWAYS)).toBeDefined();
		expect(table.text("certificate", "ef".repeat(32), ALWAYS)).toBeUndefined();
	});
});
