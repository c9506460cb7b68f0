import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { protocols } from "../../protocols/index.ts";
import { mapRows } from "../../src/app/map.ts";
import { engineering, MAP_HEADER, type MapEntry, mapCells, ORDERS, readRegisterMap, TYPES } from "../../src/baseline/registerMap.ts";
import { readTable, writeTable } from "../../src/config/table.ts";

const read = (text: string) => readRegisterMap(text, "map.csv", protocols);
const problem = (text: string): string => {
	try {
		read(text);
	} catch (error) {
		expect((error as Error).name).toBe("ConfigError");
		return (error as Error).message;
	}
	throw new Error("it was taken");
};

describe("register maps", () => {
	it("are read from what an engineer types", () => {
		const { entries, unused } = read(
			"address,name,unit,scale,offset,type,word order,low,high,high high,remark\nholding:107,Tank level,mm,0.1,-5,uint16,,10,90,95,new\n400109,Flow,m³/h,,,float32,CDAB,,,,\n",
		);
		expect(entries).toEqual([
			{
				point: "holding:107",
				name: "Tank level",
				unit: "mm",
				scale: 0.1,
				offset: -5,
				type: "uint16",
				order: "ABCD",
				limits: { low: 10, high: 90, highHigh: 95 },
			},
			{ point: "holding:108", name: "Flow", unit: "m³/h", scale: 1, offset: 0, type: "float32", order: "CDAB", limits: {} },
		]);
		expect(unused).toEqual(["remark"]);
	});

	it("are read as a European spreadsheet saves them: semicolons, decimal commas, a byte order mark, quotes over lines", () => {
		const { entries } = read('\ufeffsep=;\r\nRegister;Tag Name;Eng. Units;Factor\r\n\r\n40108;"Kessel ""A""\r\nDruck";bar;0,01\r\n');
		expect(entries).toEqual([
			{ point: "holding:107", name: 'Kessel "A"\r\nDruck', unit: "bar", scale: 0.01, offset: 0, order: "ABCD", limits: {} },
		]);
	});

	it("are read as an OPC server's tag export: raw and scaled ranges", () => {
		const { entries, unused } = read(
			'Tag Name,Address,Data Type,Respect Data Type,Client Access,Scan Rate,Scaling,Raw Low,Raw High,Scaled Low,Scaled High,Eng Units,Description\n"T1","400108",Word,1,R/W,100,Linear,0,4000,-50,150,°C,x\n',
		);
		expect(entries[0]).toMatchObject({ point: "holding:107", name: "T1", scale: 0.05, offset: -50, unit: "°C" });
		expect(unused).toEqual(["Respect Data Type", "Client Access", "Scan Rate", "Scaling", "Description"]);
	});

	it("name points as tools name them", () => {
		const points = (table: string, ...addresses: string[]) =>
			addresses.map((address) => read(`address,table\n"${address}",${table}\n`).entries[0]!.point);
		expect(points("", "40001", "400001", "465536", "30010", "10001", "00001", "4x108", "4:108", "%MW107", "%M5", "coil:3")).toEqual([
			"holding:0",
			"holding:0",
			"holding:65535",
			"input:9",
			"discrete:0",
			"coil:0",
			"holding:107",
			"holding:107",
			"holding:107",
			"coil:5",
			"coil:3",
		]);
		expect(points("Holding Register", "107", "0x6B", "40108", "50000")).toEqual([
			"holding:107",
			"holding:107",
			"holding:107",
			"holding:50000",
		]);
		expect(points("FC04", "7")).toEqual(["input:7"]);
		expect(points("", "ns=2;s=Tank.Level", "i=2258", "ns=4;g=09087e75-8e5e-499b-954f-f2a9603db28a")).toEqual([
			"ns=2;s=Tank.Level",
			"i=2258",
			"ns=4;g=09087e75-8e5e-499b-954f-f2a9603db28a",
		]);
	});

	it("say all that is wrong, with lines", () => {
		expect(
			problem(
				"address,scale,type,low,high\n40001,x,,,\n\n107,,,,\n40002,,quad,,\n40003,,,9,3\n40004,0,,,\n40004,,,,\n40004,,,,\n,,word,,\n",
			),
		).toBe(
			'map.csv, line 2: scale must be a number; it is "x"; line 4: "107" is no address that is known: write holding:107, 40108, 400108, %MW107, ns=2;s=Tank.Level, or give the table in a column of its own; ' +
				'line 5: the type "quad" is none of bool, uint16, int16, uint32, int32, float32; line 6: the limit low lies above high; line 7: the scale is 0: every value would be the same; line 9: holding:3 stands there twice, first in line 8; line 10: the address is empty.',
		);
		expect(problem("name,unit\nTank,mm\n")).toContain("map.csv, line 1: no column is an address");
		expect(problem("")).toContain("is empty");
		expect(problem('address,name\n40001,"open\n')).toBe("map.csv, line 2: a quotation mark is not closed.");
		expect(problem("address\n400000\n")).toContain('"400000" is no address');
		expect(problem("address\n499999\n")).toContain('"499999" is no address');
	});

	it("never throw anything else, whatever the bytes", () => {
		fc.assert(
			fc.property(
				fc.oneof(
					fc.string(),
					fc.array(fc.constantFrom("address", ",", ";", '"', "\n", "\r", "40001", "x", "\t", "=", "'")).map((parts) => parts.join("")),
				),
				(text) => {
					try {
						read(text);
					} catch (error) {
						expect((error as Error).name).toBe("ConfigError");
					}
				},
			),
			{ numRuns: 2000 },
		);
	});

	it("stay the same when they are written and read", () => {
		const text = fc
			.stringMatching(/^[ -~äμ°]{1,20}$/)
			.map((one) => one.trim())
			.filter((one) => one !== "" && !one.startsWith("'"));
		const entry: fc.Arbitrary<MapEntry> = fc
			.record({
				at: fc.nat({ max: 65_535 }),
				name: text,
				unit: text,
				scale: fc.constantFrom(1, 0.1, -2.5e-7),
				offset: fc.double({ noNaN: true, noDefaultInfinity: true }),
				type: fc.constantFrom(...TYPES),
				order: fc.constantFrom(...ORDERS),
				limits: fc.constantFrom({}, { low: -1.5 }, { lowLow: -9, low: 1, high: 2, highHigh: 3 }),
			})
			.map(({ at, ...rest }) => ({ point: `holding:${at}`, ...rest }));
		fc.assert(
			fc.property(fc.uniqueArray(entry, { selector: ({ point }) => point, maxLength: 10 }), (entries) => {
				const rows = entries.map((one) => [...mapCells(one), "", "", "", ""]);
				const back = read(writeTable([MAP_HEADER, ...rows]));
				expect(back.entries).toEqual(entries.map((one) => ({ ...one, offset: one.offset + 0 })));
				expect(back.unused).toEqual([]);
			}),
		);
	});

	it("take no formula from the wire into a spreadsheet", () => {
		expect(writeTable([["=cmd|' /C calc'!A0", "-1", 5]])).toBe("\"'=cmd|' /C calc'!A0\",'-1,5\r\n");
		expect(readTable("a\n'=b\n", "x").rows[0]?.cells).toEqual(["'=b"]);
	});
});

describe("engineering values", () => {
	const entry = (rest: Partial<MapEntry>): MapEntry => ({ point: "holding:0", scale: 1, offset: 0, order: "ABCD", limits: {}, ...rest });

	it("are scaled, signed and put together from two registers", () => {
		expect(engineering(entry({ type: "int16", scale: 0.5, offset: 1 }), 0xffff)).toBe(0.5);
		// 0x12345678 and 1.5 = 0x3FC00000, in all orders.
		expect(engineering(entry({ type: "uint32" }), 0x1234, 0x5678)).toBe(0x12345678);
		expect(engineering(entry({ type: "uint32", order: "CDAB" }), 0x5678, 0x1234)).toBe(0x12345678);
		expect(engineering(entry({ type: "uint32", order: "BADC" }), 0x3412, 0x7856)).toBe(0x12345678);
		expect(engineering(entry({ type: "uint32", order: "DCBA" }), 0x7856, 0x3412)).toBe(0x12345678);
		expect(engineering(entry({ type: "int32" }), 0xffff, 0xfffe)).toBe(-2);
		expect(engineering(entry({ type: "float32" }), 0x3fc0, 0)).toBe(1.5);
		expect(engineering(entry({ type: "float32", order: "DCBA" }), 0, 0xc03f)).toBe(1.5);
	});
});

describe("a map of what was found", () => {
	it("has a number in two registers once, with its type and order, and can be read again", () => {
		const found = [
			{ point: "holding:10", kind: "constant", min: 7, max: 7 },
			{ point: "holding:11", kind: "range", min: 16_000, max: 17_000 },
			{ point: "holding:12", kind: "range", min: 0, max: 65_535 },
			{ point: "holding.float32-swapped:11", kind: "range", min: 1.5, max: 70 },
			{ point: "input:0", kind: "range", min: 0, max: 5 },
			{ point: "input:1", kind: "range", min: 0, max: 65_535 },
			{ point: "input.uint32:0", kind: "counter", min: 100_000, max: 400_000, written: { seen: 2 } },
		];
		const level: MapEntry = { point: "holding:11", name: "Level", unit: "mm", scale: 10, offset: 0, order: "ABCD", limits: { high: 900 } };
		const text = writeTable([MAP_HEADER, ...mapRows(found, new Map([[level.point, level]]))]);
		expect(read(text).entries).toEqual([
			{ point: "holding:10", scale: 1, offset: 0, order: "ABCD", limits: {} },
			{ ...level, type: "float32", order: "CDAB" },
			{ point: "input:0", scale: 1, offset: 0, type: "uint32", order: "ABCD", limits: {} },
		]);
		expect(text.split("\n")[2]).toContain("1.5");
	});
});
