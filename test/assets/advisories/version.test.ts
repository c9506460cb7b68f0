import { describe, expect, it } from "vitest";
import { fixesOf, isWithin, readRange } from "../../../src/assets/advisories/range.ts";
import { compareVersions, readVersion } from "../../../src/assets/advisories/version.ts";

const compare = (a: string, b: string) => compareVersions(readVersion(a)!, readVersion(b)!);
const within = (range: string, version: string) => isWithin(readRange(range), readVersion(version)!);

describe("a version", () => {
	it.each([
		["V2.8", "V2.9"],
		["v2.9.7", "2.10"],
		["4.0.1", "4.0.1 SP1"],
		["V4.0 SP1", "V4.0 SP1 Update 3"],
		["V14 SP1 Update 3", "V14 SP1 Update 10"],
		["1.275M", "1.290C"],
		["1.04D", "1.04E"],
		["Firmware__20.011", "v.32.011"],
		["34.052_kit1", "34.052_kit2"],
		["5.2 Build 21091612", "5.2 Build 22010101"],
		["2.0 beta", "2.0"],
		["2.0 rc2", "V2.0"],
		["01.02.03(11)", "01.02.03(12)"],
		["03.20", "3.30"],
		["SV2.90", "SV3.20"],
		["35.9", "V35.011"],
		["7.6x", "7.7"],
	])("%s is before %s", (a, b) => {
		expect(compare(a, b)).toBe(-1);
		expect(compare(b, a)).toBe(1);
	});

	it.each([
		["V2.8", "2.8.0"],
		["v35.11", "V35.011"],
		["Firmware Version: 3.1", "3.1.0.0"],
		["1.4 LTS", "1.4"],
	])("%s is %s", (a, b) => {
		expect(compare(a, b)).toBe(0);
	});

	it.each([
		["3.2", "3.20", "as a fraction it is the same, counted it is not"],
		["2.70", "2.9", "as a fraction it is before, counted it is after"],
		["1.04", "1.04E", "a letter that the other does not say"],
		["4.0 SP1", "4.0 Update 2", "two kinds of updates"],
		["7.6x", "7.6.3", "one of those that it stands for"],
		["5.2", "5.2 Build 3", "which build is not said"],
	])("%s and %s cannot be told apart: %s", (a, b) => {
		expect(compare(a, b)).toBeUndefined();
	});

	it.each([
		"",
		"unknown",
		"V",
		"1.0 or 2.0",
		"The first 5 digits",
		"6ES7 515-2FM02-0AB0",
		`1.${"9".repeat(20)}`,
		Array(12).fill(1).join("."),
		"1".repeat(100),
	])("is not %j", (text) => {
		expect(readVersion(text)).toBeUndefined();
	});
});

describe("a range of versions", () => {
	it.each([
		["vers:all/*", "9.9", "in"],
		["all versions", "9.9", "in"],
		["*", "9.9", "in"],
		["vers:all/<V3.1.4", "V3.1.3", "in"],
		["vers:all/<V3.1.4", "V3.1.4", "out"],
		["vers:intdot/>=2.0|<3.1|>=4.0|<4.2", "3.5", "out"],
		["vers:intdot/>=2.0|<3.1|>=4.0|<4.2", "4.1", "in"],
		["vers:generic/>=1.0|!=1.5|<2.0", "1.5", "out"],
		["vers:generic/1.0|1.2", "1.2", "in"],
		["vers:generic/1.0|1.2", "1.1", "out"],
		["vers:generic/>=1.0%2E1", "1.0.2", "in"],
		["vers:generic/%zz", "1.0", "unknown"],
		["<=1.0.0", "1.0.0", "in"],
		["<=1.006_", "1.007", "out"],
		[">=1.275M|<1.290C", "1.280A", "in"],
		[">v33.011|<v33.015", "33.11", "out"],
		["All versions prior to V2.8", "2.7.9", "in"],
		["All versions < V4.0 SP1", "4.0", "in"],
		["All versions >= V2.0 < V3.1.4", "V1.9", "out"],
		["V1.0 through V2.3", "2.3", "in"],
		["V1.0 to V2.3", "0.9", "out"],
		["from V1.0 up to and including 2.3", "2.3", "in"],
		["up to (and including) 2.3", "2.4", "out"],
		["2.3 and earlier", "2.2", "in"],
		["Versions 2.3 and prior", "2.4", "out"],
		["V2.0 and later", "2.1", "in"],
		["versions before 03.10.08", "03.10.07", "in"],
		["<V33.017_V34.014_V35.013_V36.011", "34.013", "in"],
		["<V33.017_V34.014_V35.013_V36.011", "34.014", "out"],
		["<V33.017_V34.014_V35.013_V36.011", "32.1", "in"],
		["<V33.017_V34.014_V35.013_V36.011", "37.1", "out"],
		["<V33.017_V35.013", "34.014", "unknown"],
		["V35.011", "35.11", "in"],
		["V35.011", "35.12", "out"],
		["V7.6x", "7.6.584", "in"],
		["V6", "6.16", "unknown"],
		["V6", "7.1", "out"],
		["<3.20", "3.2", "unknown"],
		['<=The_first_5_digits_of_serial_No._"26061"', "26060", "unknown"],
		[">=3.05F_Packaged_with_MC_Works64_4.03D", "3.06", "unknown"],
		["All versions with maintenance service port open", "1.0", "unknown"],
		["<2.0 or >=3.0", "2.5", "unknown"],
	])("%s: %s is %s", (range, version, expected) => {
		expect(within(range, version)).toBe(expected);
	});

	it("names the first versions that are well again", () => {
		const fixes = (range: string) => fixesOf(readRange(range)).map(({ text }) => text);
		expect(fixes("vers:all/<V3.1.4")).toEqual(["V3.1.4"]);
		expect(fixes("<V33.017_V34.014")).toEqual(["V33.017", "V34.014"]);
		expect(fixes("<=1.0")).toEqual([]);
		expect(fixes("vers:all/*")).toEqual([]);
	});
});
