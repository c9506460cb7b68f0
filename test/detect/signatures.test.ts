/** Signatures of Suricata and Snort as rules of the plant's people. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { protocols } from "../../protocols/index.ts";
import { readRules } from "../../src/detect/rule.ts";
import { type Imported, importSignatures, SignatureVariables } from "../../src/detect/signature.ts";

const variables = (given: Readonly<Record<string, string>> = {}): SignatureVariables => {
	const all = new SignatureVariables();
	for (const [name, value] of Object.entries(given)) all.set(name, value);
	return all;
};
const read = (text: string, given?: Readonly<Record<string, string>>): Imported =>
	importSignatures([{ file: "site.rules", text }], variables(given), protocols);
/** The rule of one signature, but for its name, text and severity. */
function conditions(text: string, given?: Readonly<Record<string, string>>): Record<string, unknown> {
	const { rules, left } = read(text, given);
	expect(left).toEqual([]);
	expect(rules).toHaveLength(1);
	readRules([{ file: "import", text: JSON.stringify(rules[0]!.rule) }], protocols); // the manual's reader takes it
	const { rule: _name, text: _text, severity: _severity, ...rest } = rules[0]!.rule;
	return rest;
}
const why = (text: string, given?: Readonly<Record<string, string>>): string => {
	const { rules, left } = read(text, given);
	expect(rules).toEqual([]);
	expect(left).toHaveLength(1);
	return left[0]!.why;
};
const modbus = (keyword: string): string => `alert modbus any any -> any any (msg:"m"; modbus: ${keyword}; sid:1;)`;
const snort = (options: string, head = "any any -> any 502"): string => `alert tcp ${head} (msg:"m"; ${options} sid:1;)`;

describe("Suricata's keyword modbus", () => {
	it.each([
		["function 21", { code: 21 }],
		["function 8, subfunction 4", { code: 8, subcode: 4 }],
		["function user", { code: ["65-72", "100-110"] }],
		["function reserved", { code: ["9-10", "13-14", "41-42", "90-91", "125-127", "23040-23295"] }],
		["function !public", { code: ["9-10", "13-14", "41-42", "65-72", "90-91", "100-110", "125-127", "23040-23295"] }],
		["function all", {}],
		["access read", { verb: "read" }],
		["access write", { verb: "write" }],
		["access read input", { verb: "read", point: "input" }],
		["access write coils", { verb: "write", point: "coil" }],
		// Its addresses begin with 1.
		["access read discretes, address <100", { verb: "read", point: "discrete:0-98" }],
		["access read holding, address 1", { verb: "read", point: "holding:0" }],
		["access read holding, address 100<>200", { verb: "read", point: "holding:100-198" }],
		["access write holding, address >100", { verb: "write", point: "holding:100-65535" }],
		["access write holding, address 500, value >200", { verb: "write", point: "holding:499", value: { above: 200 } }],
		["access write holding, address 500, value <200", { verb: "write", point: "holding:499", value: { below: 200 } }],
		["access write holding, address 500, value 10<>20", { verb: "write", point: "holding:499", value: { above: 10, below: 20 } }],
		["access write coils, address 7, value 1", { verb: "write", point: "coil:6", value: { is: 1 } }],
		["unit 10", { unit: 10 }],
		["unit 10<>15, function 5", { unit: "11-14", code: 5 }],
		['"unit >246, access write holding"', { unit: "247-255", verb: "write", point: "holding" }],
	])("%s", (keyword, expected) => {
		expect(conditions(modbus(keyword))).toEqual({ protocol: "modbus", ...expected });
	});

	it.each([
		["function 4, subfunction 4", "only functions 8 and 43 have a sub-function"],
		["function some", 'there are no "some" functions'],
		["function constructor", 'there are no "constructor" functions'],
		["access write input", "nobody can write to input"],
		["access read holding, address 0", "there is no address 0: Suricata's begin with 1"],
		["access read holding, address 5<>6", "there is no number that is 5<>6"],
		["access read holding, address x", '"x" is no number or range'],
		["access read, address 5", "it gives an address without a table"],
		["access erase", 'an access is read or write, not "erase"'],
		["access write coils, address 7, value 200", "a coil is 0 or 1"],
		["registers 5", 'the keyword modbus has no "registers"'],
	])("has no rule for %s", (keyword, expected) => {
		expect(why(modbus(keyword))).toBe(expected);
	});
});

describe("bytes of a message", () => {
	const head = 'content:"|00 00|"; offset:2; depth:2; ';
	it.each([
		[`${head}content:"|08 00 0A|"; offset:7; depth:3;`, { code: 8, subcode: 10 }],
		[`${head}content:"|2B|"; distance:3; within:1;`, { code: 43 }],
		[`${head}content:"|2B 0E|"; offset:7; depth:2;`, { code: 43, subcode: 14 }],
		['content:"|05|"; offset:6; depth:1; content:"|11|"; distance:0; within:1;', { unit: 5, code: 17 }],
		[`${head}pcre:"/[\\S\\s]{3}(\\x05|\\x06|\\x0F|\\x10)/iAR";`, { code: ["5-6", "15-16"] }],
		['pcre:"/^.{7}[\\x5a\\x5b]/s";', { code: ["90-91", "23040-23295"] }],
		['content:"|06 00 64 01 2c|", offset 7, depth 5, fast_pattern;', { verb: "write", code: 6, point: "holding:100", value: { is: 300 } }],
		['content:"|05 00 02 ff 00|"; offset:7; depth:5;', { verb: "write", code: 5, point: "coil:2", value: { is: 1 } }],
		["byte_test: 1, =, 6, 7; byte_test: 2, >, 500, 10;", { verb: "write", code: 6, value: { above: 500 } }],
		["modbus_func: write_multiple_coils; modbus_unit: 3;", { unit: 3, code: 15 }],
		['modbus_func: 8; modbus_data; content:"|00 01|"; depth:2;', { code: 8, subcode: 1 }],
	])("%s", (options, expected) => {
		expect(conditions(snort(options))).toEqual({ protocol: "modbus", ...expected });
	});

	it("a refusal is the server's, and counted by it", () => {
		const text = snort(
			`flow:established; ${head}byte_test: 1, >=, 0x80, 7; content:"|02|"; offset:8; depth:1; threshold: type threshold, track by_src, count 5, seconds 60;`,
			"10.0.0.5 502 -> 10.0.0.2 any",
		);
		expect(conditions(text)).toEqual({
			protocol: "modbus",
			refusal: 2,
			plc: "10.0.0.5",
			who: "10.0.0.2",
			rate: { times: 5, seconds: 60, per: "plc" },
		});
		expect(conditions(snort('content:"|83 02|"; offset:7; depth:2;', "10.0.0.5 502 -> any any"))).toEqual({
			protocol: "modbus",
			code: 3,
			refusal: 2,
			plc: "10.0.0.5",
		});
		expect(conditions(snort("byte_test: 1, &, 0x80, 7;", "any 502 -> any any"))).toEqual({ protocol: "modbus", outcome: "refused" });
	});

	it.each([
		['content:"|00 5a 01 34|";', 'it looks for bytes ("|00 5a 01 34|") anywhere in a message'],
		['content:"|06|"; offset:7; depth:20;', 'it looks for bytes ("|06|") at more than one place in a message'],
		['content:!"|06|"; offset:7; depth:1;', "a rule cannot ask for bytes that are not there"],
		['content:"|06|"; offset:0; depth:1;', "a rule cannot ask for byte 1 of a message"],
		['content:"|03|"; offset:7; depth:1; content:"|00 7d|"; offset:10; depth:2;', "a rule cannot ask for byte 11 of a message"],
		['content:"|06|"; offset:7; depth:1; content:"|05|"; offset:7; depth:1;', "no message has all the bytes that it asks for"],
		['pcre:"/\\x05+/";', "its pattern is looked for anywhere in a message"],
		['pcre:"/^.{7}\\x05+/";', "its pattern is more than bytes at a place"],
		['pcre:"/[\\S\\s]{2}(?!\\x00\\x00)/iAR";', "none is needed: modbus-malformed finds it by itself"],
		["dsize:>300;", "none is needed: modbus-malformed finds it by itself"],
		['flowbits:set,seen; content:"|06|"; offset:7; depth:1;', 'a rule cannot do what "flowbits" does'],
		["byte_test: 1, =, x, 7;", '"x" is no number'],
		["flow:established;", "it says nothing of Modbus that a rule could ask for"],
	])("has no rule for %s", (options, expected) => {
		expect(why(snort(options))).toBe(expected);
	});

	it("what is found without a rule is said to be", () => {
		const event = (name: string): string => `alert modbus any any -> any any (msg:"m"; app-layer-event:modbus.${name}; sid:1;)`;
		expect(why(event("invalid_function_code"))).toBe("none is needed: modbus-illegal-function finds it by itself");
		expect(why(event("no_such_thing"))).toBe("there is no event modbus.no_such_thing");
	});
});

describe("who and where", () => {
	const text = (head: string) => `alert modbus ${head} (msg:"m"; modbus: access write; sid:1;)`;
	it("lists, exceptions and variables", () => {
		expect(conditions(text("[10.0.0.0/24,!10.0.0.2] any -> $PLCS any"), { PLCS: "[10.1.0.5, 10.1.0.6]" })).toEqual({
			protocol: "modbus",
			verb: "write",
			who: "10.0.0.0/24",
			exceptWho: "10.0.0.2",
			plc: ["10.1.0.5", "10.1.0.6"],
		});
		expect(conditions(text("!$HMI any -> any any"), { HMI: "[$A,$B]", A: "10.0.0.1", B: "10.0.0.2" })).toEqual({
			protocol: "modbus",
			verb: "write",
			exceptWho: ["10.0.0.1", "10.0.0.2"],
		});
		expect(conditions(text("$EXTERNAL_NET any -> any any"), { EXTERNAL_NET: "!$HOME_NET", HOME_NET: "10.0.0.0/8" })).toMatchObject({
			exceptWho: "10.0.0.0/8",
		});
	});

	it.each([
		["$HMI any -> any any", {}, "$HMI is not known: say it with --var HMI=..."],
		["$A any -> any any", { A: "$B", B: "$A" }, "its variables name each other without end"],
		["!any any -> any any", {}, "!any is nobody"],
		["![10.0.0.0/8,!10.0.0.1] any -> any any", {}, "![10.0.0.0/8,!10.0.0.1] is all but some, and but for others"],
	])("%s is not guessed", (head, given, expected) => {
		expect(why(text(head), given)).toBe(expected);
	});

	it("variables of a suricata.yaml and of a snort.conf; what is given first stays", () => {
		const all = variables({ A: "10.0.0.1" });
		all.read('vars:\n  address-groups:\n    A: "[1.1.1.1]"\n    HOME_NET: "[10.0.0.0/8,!10.1.0.0/16]" # ours\n    HTTP: any\n');
		all.read("ipvar PLCS [10.0.0.5,10.0.0.6]\nportvar MODBUS 502\nvar RULE_PATH ../rules\n");
		expect(["A", "HOME_NET", "PLCS", "MODBUS", "HTTP"].map((name) => all.get(name))).toEqual([
			"10.0.0.1",
			"[10.0.0.0/8,!10.1.0.0/16]",
			"[10.0.0.5,10.0.0.6]",
			"502",
			"any",
		]);
	});

	it("a port of its own is said to be none of a rule's", () => {
		const { rules } = read('alert modbus any any -> any 5020 (msg:"m"; modbus: function 6; sid:1;)');
		expect(rules[0]!.notes).toEqual(["it is about port 5020 alone; a rule is about the protocol at any port"]);
	});
});

describe("a file", () => {
	it("severity by priority, else by class; techniques of ICS; rates; what blocks only says so", () => {
		const { rules } = read(`
alert modbus any any -> any any (msg:"one"; modbus: function 6; priority:1; classtype:misc-activity; sid:11; metadata: mitre_technique_id T0855, x T9999;)
drop modbus any any -> any any (msg:"two\\; too"; modbus: function 6; classtype:attempted-admin; sid:12; detection_filter: track by_dst, count 5, seconds 10;)
alert modbus any any -> any any (msg:"three"; modbus: function 6; classtype:protocol-command-decode; sid:13; threshold: type limit, track by_src, count 1, seconds 60;)
alert modbus any any -> any any (msg:"four"; modbus: function 6; priority:9; sid:13;) \t
`);
		expect(rules.map(({ rule }) => rule)).toEqual([
			{ rule: "sid-11", text: "one", severity: 70, protocol: "modbus", code: 6, techniques: ["T0855"] },
			{ rule: "sid-12", text: "two; too", severity: 70, protocol: "modbus", code: 6, rate: { times: 6, seconds: 10, per: "plc" } },
			{ rule: "sid-13", text: "three", severity: 30, protocol: "modbus", code: 6 },
			{ rule: "sid-13-2", text: "four", severity: 10, protocol: "modbus", code: 6 },
		]);
		expect(rules[1]!.notes).toEqual(["it would drop; a rule only says so"]);
		expect(rules.map(({ from }) => from)).toEqual(["site.rules:2", "site.rules:3", "site.rules:4", "site.rules:5"]);
	});

	it("counts what is about others and what is switched off; goes on in the next line; says what is broken", () => {
		const { rules, left, foreign, disabled } = read(`# a comment
# alert modbus any any -> any any (msg:"off"; modbus: function 6; sid:1;)
alert http any any -> any any (msg:"web"; content:"GET"; sid:2;)
alert tcp any any -> any 20000 (msg:"dnp3"; content:"|05 64|"; sid:3;)
alert tcp any any -> any $UNKNOWN (msg:"who knows"; content:"x"; sid:4;)
alert modbus any any -> any any ( \\
  msg:"on two lines"; modbus: function 6; sid:5;)
alert modbus any any -> any
pass modbus 10.0.0.2 any -> any any (msg:"silent"; modbus: function 6; sid:6;)
`);
		expect({ foreign, disabled }).toEqual({ foreign: 3, disabled: 1 });
		expect(rules.map(({ from, message }) => `${from} ${message}`)).toEqual(["site.rules:6 on two lines"]);
		expect(left).toEqual([
			{ from: "site.rules:8", message: "alert modbus any any -> any", why: "it is no whole signature" },
			{ from: "site.rules:9", message: "silent", why: "it silences other signatures: exempt in the rule what is right" },
		]);
	});

	it("whatever it holds, nothing is thrown, and what is taken the manual's reader takes", () => {
		const word = fc.constantFrom(
			"alert",
			"modbus",
			"tcp",
			"any",
			"->",
			"<>",
			"502",
			"(",
			")",
			";",
			":",
			'"',
			"|",
			"\\",
			"[",
			"]",
			"!",
			"$A",
			",",
			"content",
			"modbus:",
			"function",
			"access write holding",
			"address",
			"value",
			"unit",
			"pcre:",
			"/^.{7}(\\x05|\\x06)/",
			"offset:7",
			"depth:1",
			"byte_test:",
			"1, =, 6, 7",
			"msg",
			"sid:1",
			"threshold:",
			"type threshold, track by_src, count 3, seconds 60",
			"\n",
			"10.0.0.0/8",
			"<5",
			"5<>9",
			"\u0000",
			"\u202e",
		);
		const whole = fc
			.tuple(fc.array(word, { maxLength: 12 }), fc.array(word, { maxLength: 20 }))
			.map(([head, body]) => `alert modbus ${head.join(" ")} (msg:"m"; ${body.join(" ")}; sid:1;)`);
		fc.assert(
			fc.property(
				fc.oneof(
					whole,
					fc.array(word).map((words) => words.join(" ")),
					fc.string(),
				),
				(text) => {
					const { rules, left } = read(text);
					for (const { rule } of rules) {
						try {
							readRules([{ file: "import", text: JSON.stringify(rule) }], protocols);
						} catch (error) {
							// Addresses are checked by the reader alone.
							expect((error as Error).message).toMatch(/is no place|is no network|the name|list/);
						}
					}
					expect(left.every((one) => one.why.length > 0)).toBe(true);
				},
			),
			{ numRuns: 2000 },
		);
	});
});
