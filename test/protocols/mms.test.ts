/** MMS: layers with their octets written out, pairing, lost bytes, hostile lengths, operations, identities, facts. */
import { describe, expect, it } from "vitest";
import { mms } from "../../protocols/mms/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { streamSuite } from "../contract/stream.ts";
import { hex, join, StreamHarness } from "../support/decoderHarness.ts";
import {
	associate,
	associated,
	CLOSED,
	CONCLUDE,
	CONCLUDED,
	CONVERSATIONS,
	CURRENT,
	data,
	IDENTIFY,
	INITIATE,
	INTENSITY,
	identity,
	integer,
	OPERATE,
	object,
	open,
	operation,
	PASSWORD,
	POSITION,
	presented,
	RELEASE,
	RELEASED,
	read,
	refusal,
	rejection,
	report,
	request,
	response,
	session,
	text,
	tlv,
	values,
	variable,
	write,
	written,
} from "./mmsMessages.ts";
import { connection, job, packet, SETUP } from "./s7Samples.ts";

streamSuite(mms, CONVERSATIONS);

const start = () => new StreamHarness(mms, {}).request(associate()).response(associated());
const play = (index: number) => {
	const harness = new StreamHarness(mms, {});
	for (const { bytes, direction } of CONVERSATIONS[index]!) harness.send(direction, bytes);
	return harness;
};
/** One request and its answer, as records and operations. */
const exchange = (asked: Uint8Array, told?: Uint8Array) => {
	const harness = start();
	harness.request(asked);
	if (told !== undefined) harness.response(told);
	return harness;
};
const last = (harness: StreamHarness<never> | ReturnType<typeof start>) => harness.records.at(-1);

describe("MMS: associations", () => {
	it("opens and ends", () => {
		const harness = start().request(CONCLUDE).response(CONCLUDED).request(RELEASE).response(RELEASED);
		expect(harness.records).toMatchObject([
			{
				kind: "associate",
				pdu: "initiate-RequestPDU",
				applicationContext: "1.0.9506.2.3",
				callingApTitle: "1.3.9999.2",
				localDetail: 65_000,
			},
			{ kind: "associated", pdu: "initiate-ResponsePDU", localDetail: 65_000, requestFrame: 1 },
			{ kind: "conclude" },
			{ kind: "concluded" },
			{ kind: "release" },
			{ kind: "released" },
		]);
		expect(harness.operations).toMatchObject([{ verb: "other", code: 110, outcome: "ok" }]);
		expect(mms.operationName(110)).toBe("associate (AARQ, initiate)");
	});

	it("sees a password, does not keep it, and says whether it was taken", () => {
		const harness = play(1);
		expect(harness.records).toMatchObject([
			{ kind: "associate", hasPassword: true, authenticationMechanism: "2.2.3.1" },
			{ kind: "associated", error: "association rejected: authentication failure" },
		]);
		expect(JSON.stringify(harness.records)).not.toContain("superset");
		expect(harness.operations).toMatchObject([{ verb: "authenticate", code: 110, outcome: "refused", outcomeCode: 0x410d }]);
		expect(mms.isLogin!(110, 0x410d)).toBe(true);
		expect(mms.isLogin!(110, 0x4101)).toBe(false);
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["cleartext-password"]);
		const taken = new StreamHarness(mms, {}).request(associate(PASSWORD)).response(associated());
		expect(taken.operations).toMatchObject([{ verb: "authenticate", outcome: "ok" }]);
	});

	it("says of one that nobody answers that nobody did, of one that is refused or aborted that it was", () => {
		const silent = new StreamHarness(mms, {}).request(associate());
		silent.advance(silent.clock.time + 60_000_000);
		expect(last(silent)).toMatchObject({ kind: "unanswered", frame: 1 });
		expect(silent.operations).toMatchObject([{ code: 110, outcome: "unanswered" }]);
		const refused = new StreamHarness(mms, {}).request(associate()).response(packet("0c 03 32 01 02"));
		expect(last(refused)).toMatchObject({ kind: "associated" });
		expect(refused.operations).toMatchObject([{ code: 110, outcome: "refused" }]);
		const aborted = start().request(read(1, POSITION)).response(packet("19 03 11 01 0b"));
		aborted.advance(aborted.clock.time + 60_000_000);
		expect(last(aborted)).toMatchObject({ kind: "abort" });
	});

	it("is told from the other users of the transport", () => {
		const probe = (bytes: Uint8Array, isHinted?: boolean) => mms.tcp!.probe(bytes, 0, bytes.length, isHinted);
		const [ask] = connection("0001", "0001");
		expect(probe(ask, true)).toBe(PROBE.more);
		expect(probe(join(ask, associate()), false)).toBe(PROBE.certain);
		expect(probe(read(1, POSITION), false)).toBe(PROBE.certain);
		expect(probe(read(1, POSITION).subarray(0, 21), false)).toBe(PROBE.certain);
		expect(probe(read(1, POSITION).subarray(0, 14), false)).toBe(PROBE.more);
		expect(probe(job(1, SETUP), true)).toBe(PROBE.mismatch);
		expect(probe(packet("72 01 00 00"), true)).toBe(PROBE.mismatch);
		expect(probe(associate().subarray(0, 40), true)).toBe(PROBE.match);
		expect(probe(associate().subarray(0, 40), false)).toBe(PROBE.more);
		expect(probe(associate().subarray(0, 16), true)).toBe(PROBE.more);
		expect(probe(data("a0020101").subarray(0, 9), true)).toBe(PROBE.more);
		const bare = packet(tlv("a0", "020101", "8200"));
		expect(probe(bare, true)).toBe(PROBE.match);
		expect(probe(bare, false)).toBe(PROBE.mismatch);
		expect(last(new StreamHarness(mms, {}).request(bare))).toMatchObject({ kind: "request", service: "identify" });
		// Another application of the same layers, and no session at all.
		expect(probe(session(13, "", hex("3100")), true)).toBe(PROBE.mismatch);
		expect(probe(packet("01000100 6103 020105"), true)).toBe(PROBE.mismatch);
		expect(probe(packet("0e 00"), undefined)).toBe(PROBE.match);
		const sender = (bytes: Uint8Array) => mms.tcp!.sender!(bytes, 0, bytes.length);
		expect(sender(associate())).toBe("client");
		expect(sender(associated())).toBe("server");
		expect(sender(read(1, POSITION))).toBe("client");
		expect(sender(values(1, CLOSED))).toBe("server");
		expect(sender(report(text("8a", "x")))).toBe("server");
		expect(sender(refusal(1, "87", 2))).toBe("server");
		expect(sender(request(1, text("9b", "D")))).toBe("server");
		expect(sender(CONCLUDE)).toBeUndefined();
	});
});

describe("MMS: variables", () => {
	it("reads values by their type", () => {
		const time = "91085e000000800000 0a";
		const harness = exchange(
			read(7, POSITION, CURRENT, "IED1/LLN0$ST$x"),
			values(7, CLOSED, INTENSITY, tlv("a2", "8301ff", "8502ff38", "86020100", text("8a", "on"), time, "8c06000000010001", "890401020304")),
		);
		expect(last(harness)).toMatchObject({
			kind: "response",
			service: "read",
			invokeID: 7,
			names: [POSITION, CURRENT, "IED1/LLN0$ST$x"],
			listOfAccessResult: ["0b10", 100, [true, -200, 256, "on", "2019-12-22T23:45:04.500Z", "1984-01-02T00:00:00.001Z", "01020304"]],
		});
		expect(harness.operations.at(-1)).toMatchObject({
			verb: "read",
			code: 4,
			outcome: "ok",
			points: [POSITION, CURRENT, "IED1/LLN0$ST$x"],
			values: [2, 100, Number.NaN],
		});
	});

	it("says apart what was refused", () => {
		const harness = exchange(read(7, POSITION, CURRENT), values(7, "80010a", INTENSITY));
		expect(harness.operations.slice(1)).toMatchObject([
			{ verb: "read", outcome: "ok", points: [CURRENT], values: [100] },
			{ verb: "read", outcome: "refused", outcomeCode: 0x10a, points: [POSITION] },
		]);
		expect(mms.outcomeName(0x10a)).toBe("object-non-existent (data access error 10)");
	});

	it("reads lists of variables, of an association and of a device, and elements of arrays", () => {
		const list = request(8, tlv("a4", "8001ff", tlv("a1", tlv("a1", object("IED1/LLN0$Set")))));
		const one = exchange(list, values(8, CLOSED, INTENSITY));
		expect(one.operations.at(-1)).toMatchObject({ points: ["IED1/LLN0$Set[0]", "IED1/LLN0$Set[1]"], values: [2, 100] });
		const of = (...names: Uint8Array[]) => exchange(request(8, tlv("a4", tlv("a1", tlv("a0", ...names)))));
		const own = tlv("30", tlv("a0", text("82", "mine")));
		const whole = tlv("30", tlv("a0", text("80", "clock")));
		const element = tlv("30", tlv("a0", object("D/arr")), tlv("a5", "820103"));
		const nested = tlv("30", tlv("a0", object("D/arr")), tlv("a5", tlv("a0", "810103", tlv("30", text("81", "f")))));
		const range = tlv("30", tlv("a0", object("D/arr")), tlv("a5", tlv("a3", "800101", "810102")));
		const address = tlv("30", tlv("a1", "800105"));
		const symbol = tlv("30", tlv("a1", text("81", "X1")));
		expect(last(of(own, whole, element, nested, range, address, symbol))).toMatchObject({
			kind: "request",
			names: ["@/mine", "clock", "D/arr[3]", "D/arr[3].f", "D/arr[1+2]", "@5", "@X1"],
		});
	});

	it("knows controls, settings and the rest by their functional constraint", () => {
		const wrote = (name: string, value: Uint8Array | string, result = "8100") =>
			exchange(write(4, name, value), written(4, result)).operations.at(-1);
		expect(wrote(OPERATE, operation("01"))).toMatchObject({
			verb: "command",
			code: 122,
			points: [OPERATE],
			subCode: 1,
			values: [],
			outcome: "ok",
		});
		expect(wrote(OPERATE, operation("00"), "800103")).toMatchObject({ verb: "command", outcome: "refused", outcomeCode: 0x103 });
		expect(wrote(OPERATE.replace("Oper", "SBOw"), operation("01"))).toMatchObject({ verb: "command", code: 121 });
		expect(wrote(OPERATE.replace("Oper", "Cancel"), operation("01"))).toMatchObject({ verb: "command", code: 123 });
		expect(wrote("IED1/PTOC1$SP$StrVal$setMag$f", INTENSITY)).toMatchObject({ verb: "write", code: 129, values: [100] });
		expect(wrote("IED1/PTOC1$SE$StrVal$setMag$f", INTENSITY)).toMatchObject({ verb: "configure", code: 124, values: [] });
		expect(wrote("IED1/LLN0$SP$SGCB$ActSG", "860102")).toMatchObject({ verb: "configure", code: 124, values: [] });
		expect(wrote("IED1/LLN0$CF$Mod$ctlModel", "850101")).toMatchObject({ verb: "configure", code: 125 });
		expect(wrote("IED1/LLN0$RP$rcb01$RptEna", "8301ff")).toMatchObject({ verb: "configure", code: 126 });
		expect(wrote("IED1/LLN0$GO$gcb01$GoEna", "830100")).toMatchObject({ verb: "configure", code: 127 });
		expect(wrote("ICC1/Transfer_Set", "850101")).toMatchObject({ verb: "write", code: 5, values: [1] });
		for (const code of [5, 121, 122, 123, 124, 125, 126, 127, 128, 129])
			expect(mms.operationName(code)).toMatch(/write|substitute|operate|select|cancel/);
	});

	it("takes the read of SBO for a select", () => {
		const point = OPERATE.replace("Oper", "SBO");
		expect(exchange(read(5, point), values(5, text("8a", point))).operations.at(-1)).toMatchObject({
			verb: "command",
			code: 120,
			outcome: "ok",
		});
		expect(exchange(read(5, point), values(5, "8a00")).operations.at(-1)).toMatchObject({
			code: 120,
			outcome: "refused",
			outcomeCode: 0x103,
		});
	});

	it("reads reports: their members by reference, or by their place in the data set", () => {
		const harness = play(0);
		const said = harness.records.find(({ kind }) => kind === "unconfirmed")!;
		expect(said).toMatchObject({
			service: "informationReport",
			variableListName: "RPT",
			report: {
				rptId: "rpt01",
				sqNum: 7,
				timeOfEntry: "2028-11-08T00:00:00.000Z",
				dataSet: "IED1CTRL/LLN0$Status",
				points: ["IED1CTRL/LLN0$Status[0]", "IED1CTRL/LLN0$Status[1]"],
				values: ["0b10", 100],
			},
		});
		expect(harness.operations.at(-1)).toMatchObject({
			verb: "report",
			code: 100,
			points: ["IED1CTRL/LLN0$Status[0]", "IED1CTRL/LLN0$Status[1]"],
			values: [2, 100],
		});
		const named = start().response(report(text("8a", "r"), "84030604 00", "84020540", text("8a", "D/LN$ST$Ind"), "8301ff"));
		expect(named.operations.at(-1)).toMatchObject({ points: ["D/LN$ST$Ind"], values: [1] });
		// Not the values of a report: a list like any other.
		expect(start().response(report("8301ff")).operations.at(-1)).toMatchObject({ points: ["RPT[0]"], values: [1] });
	});

	it("reads what is reported by name", () => {
		const termination = data(tlv("a3", tlv("a0", tlv("a0", variable(OPERATE)), tlv("a0", operation("01")))));
		expect(start().response(termination).operations.at(-1)).toMatchObject({ verb: "report", points: [OPERATE] });
		expect(last(start().response(data(tlv("a3", tlv("a1", "800101", "810102")))))).toMatchObject({
			service: "unsolicitedStatus",
			vmdLogicalStatus: "no-state-changes-allowed",
			vmdPhysicalStatus: "inoperable",
		});
		expect(
			start()
				.response(data(tlv("a3", tlv("a2", tlv("a0", object("D/event"))))))
				.operations.at(-1),
		).toMatchObject({ code: 102, points: ["D/event"] });
	});
});

describe("MMS: services", () => {
	it("learns who it is", () => {
		const harness = exchange(request(1, IDENTIFY), identity(1));
		expect(last(harness)).toMatchObject({ vendorName: "Relay Works", modelName: "RW-61850", revision: "3.1" });
		expect(harness.operations.at(-1)).toMatchObject({ verb: "identify", code: 2, outcome: "ok" });
		expect(harness.identities).toMatchObject([{ vendor: "Relay Works", model: "RW-61850", firmware: "3.1", evidence: "MMS identify" }]);
		const plate = exchange(
			read(1, "IED1/LPHD1$DC$PhyNam$serNum", "IED1/MMXU1$DC$NamPlt$swRev"),
			values(1, text("8a", "4711"), text("8a", "9")),
		);
		expect(plate.identities).toMatchObject([{ serialNumber: "4711" }]);
		expect(exchange(request(1, IDENTIFY), response(1, tlv("a2", "8000"))).identities).toEqual([]);
	});

	it("looks at names, states and files", () => {
		const harness = play(2);
		expect(harness.records).toMatchObject(
			[
				{ kind: "request", service: "getNameList", objectClass: "domain" },
				{ kind: "unsolicited", service: "getNameList" },
				{ kind: "request", service: "fileOpen", subject: "COMTRADE/FRA00001.DAT" },
				{ kind: "error", error: "file: file-non-existent" },
			].map((one) =>
				one.kind === "unsolicited" ? { ...one, kind: "response", names: ["IED1CTRL", "IED1MEAS"], moreFollows: false } : one,
			),
		);
		expect(harness.operations).toMatchObject([
			{ verb: "browse", code: 1, subCode: 9 },
			{ verb: "read", code: 72, outcome: "refused", outcomeCode: 0x1b07, points: ["file:COMTRADE/FRA00001.DAT"] },
		]);
		expect(harness.traces).toEqual([{ kind: "file-name", value: "COMTRADE/FRA00001.DAT", byServer: false }]);
		expect(mms.pointName("file:A")).toBe("file A");
		expect(mms.pointName("")).toBe("a variable without a name");
		expect(exchange(request(3, "8001ff"), response(3, tlv("a0", "800100", "810100"))).records.at(-1)).toMatchObject({
			service: "status",
			vmdLogicalStatus: "state-changes-allowed",
			vmdPhysicalStatus: "operational",
		});
		expect(exchange(request(3, tlv("bf4b", tlv("a0", text("19", "a")), tlv("a1", text("19", "b"))))).records.at(-1)).toMatchObject({
			subject: "a",
			target: "b",
		});
		expect(exchange(request(3, "9f490105"), response(3, tlv("bf49", "800401020304", "8101ff"))).records.at(-1)).toMatchObject({
			length: 4,
			moreFollows: true,
		});
		const listing = tlv("bf4d", tlv("a0", tlv("30", tlv("30", tlv("a0", text("19", "A.CFG")), tlv("a1", "800105")))), "810100");
		expect(exchange(request(3, tlv("bf4d", tlv("a0", text("19", "/")))), response(3, listing)).records.at(-1)).toMatchObject({
			names: ["A.CFG"],
		});
		const obtained = exchange(
			request(3, tlv("bf2e", tlv("a1", text("19", "fw.bin")), tlv("a2", text("19", "/fw")))),
			response(3, "9f2e00"),
		);
		expect(obtained.operations.at(-1)).toMatchObject({ verb: "write", code: 46, points: ["file:fw.bin", "file:/fw"] });
	});

	it("names lists and their members", () => {
		const define = exchange(request(3, tlv("ab", object("D/LLN0$Set"), tlv("a0", variable(POSITION)))), response(3, "8b00"));
		expect(last(define)).toMatchObject({ variableListName: "D/LLN0$Set", names: [POSITION] });
		expect(define.operations.at(-1)).toMatchObject({ verb: "configure", code: 11, points: ["D/LLN0$Set"] });
		const members = exchange(request(3, tlv("ac", object("D/LLN0$Set"))), response(3, tlv("ac", "800100", tlv("a1", variable(POSITION)))));
		expect(last(members)).toMatchObject({ names: [POSITION] });
		expect(last(exchange(request(3, tlv("ad", "800100", tlv("a1", object("D/LLN0$Set"))))))).toMatchObject({ names: ["D/LLN0$Set"] });
		expect(last(exchange(request(3, tlv("a6", tlv("a0", object(POSITION))))))).toMatchObject({ names: [POSITION] });
	});

	it("says what does not go well", () => {
		const refused = exchange(read(2, POSITION), refusal(2, "87", 2));
		expect(last(refused)).toMatchObject({ kind: "error", error: "access: object-non-existent" });
		expect(refused.operations.at(-1)).toMatchObject({ verb: "read", outcome: "refused", outcomeCode: 0x1702, points: [POSITION] });
		const rejected = exchange(read(2, POSITION), rejection(2, "81", 1));
		expect(last(rejected)).toMatchObject({ kind: "reject", error: "rejected: confirmed-requestPDU 1" });
		expect(rejected.operations.at(-1)).toMatchObject({ outcome: "refused", outcomeCode: 0x3101 });
		const silent = exchange(write(2, OPERATE, operation("01")));
		silent.advance(silent.clock.time + 20_000_000);
		expect(silent.operations.at(-1)).toMatchObject({ verb: "command", outcome: "unanswered", subCode: 1, points: [OPERATE] });
		expect(last(start().response(values(99, CLOSED)))).toMatchObject({ kind: "unsolicited" });
		expect(start().request(data("850105")).response(data("860105")).records.slice(2)).toMatchObject([
			{ kind: "cancel", invokeID: 5 },
			{ kind: "cancelled", invokeID: 5 },
		]);
		expect(last(start().response(data(tlv("a7", "800105", tlv("a1", tlv("a0", "8a0101"))))))).toMatchObject({
			error: "cancel: invoke-id-unknown",
		});
		const lost = exchange(read(2, POSITION));
		lost.gap(TO_CLIENT);
		lost.advance(lost.clock.time + 20_000_000);
		expect(last(lost)).toMatchObject({ kind: "request" });
	});

	it("turns the ends round where the other side asks, but not for parts of a download", () => {
		const harness = start().response(read(5, POSITION)).request(values(5, CLOSED));
		expect(harness.between.slice(2).map((between) => between?.client.ip)).toEqual(["10.0.0.2", "10.0.0.2"]);
		expect(last(start().response(request(5, text("9b", "PLC"))))).toMatchObject({ service: "downloadSegment", subject: "PLC" });
		expect(
			start()
				.response(request(5, text("9b", "PLC")))
				.between.at(-1),
		).toBeUndefined();
	});

	it("reads points as people write them", () => {
		expect(mms.parsePoint!("LD/LN$ST$Pos$stVal", "")).toBe("LD/LN$ST$Pos$stVal");
		expect(mms.parsePoint!("LD/CSWI1.Pos.stVal [ST]", "")).toBe("LD/CSWI1$ST$Pos$stVal");
		expect(mms.parsePoint!("holding:1", "")).toBeUndefined();
	});
});

describe("MMS: facts", () => {
	const fired = (bytes: Uint8Array) =>
		start()
			.request(bytes)
			.facts.map(({ record, sentence }) => [record.id, sentence]);
	const program = (tag: string, name = "Main") => request(1, tlv(tag, text("80", name)));
	it.each([
		["program-download", request(1, tlv("ba", text("80", "Main"), "a100", "8201ff")), "take Main as a part of its program"],
		["program-download", program("bf22"), "load Main as a part of its program from a file"],
		["program-upload", request(1, text("9d", "Main")), "give out Main of its program"],
		["program-upload", program("bf23"), "store Main of its program in a file"],
		["program-delete", request(1, text("9f24", "Main")), "delete Main of its program"],
		["program-delete", request(1, text("9f27", "Main")), "delete the program invocation Main"],
		["controller-start", program("bf28"), "start the program Main"],
		["controller-stop", program("bf29"), "stop the program Main"],
		["controller-start", program("bf2a"), "go on with the program Main"],
		["controller-restart", program("bf2b"), "reset the program Main"],
		["controller-stop", program("bf2c"), "kill the program Main"],
		["controller-mode", write(1, "IED1PROT/LLN0$CO$Mod$Oper", tlv("a2", "850105", "860100")), "change the mode of IED1PROT/LLN0 to off"],
		["values-forced", write(1, "IED1/MMXU1$SV$TotW$subEna", "8301ff"), "instead of the measured one"],
	])("%s", (id, bytes, words) => {
		const [fact] = fired(bytes);
		expect(fact?.[0]).toBe(id);
		expect(fact?.[1]).toContain(words);
	});

	it("says nothing of a plant's own traffic", () => {
		expect(play(0).facts).toEqual([]);
		expect(play(2).facts).toEqual([]);
		expect(fired(write(1, "IED1/MMXU1$SV$TotW$subEna", "830100"))).toEqual([]);
		expect(fired(write(1, OPERATE, operation("01")))).toEqual([]);
	});

	it.each([
		["session", packet("0d 20 05 06")],
		["presentation", packet("01000100 6105 3003 020103")],
		["presentation", packet("01000100 3000")],
		["acse", packet(join(hex("01000100"), tlv("61", tlv("30", "020101", tlv("a0", "4900")))))],
		["pdu", data("a0020101")],
		["pdu", data(tlv("a0", "850101"))],
		["pdu", data("a100")],
		["pdu", data("a200")],
		["pdu", data("a300")],
		["service", request(1, "9f7f00")],
		["names", request(1, tlv("a4", tlv("a1", tlv("a0", tlv("30", "0500")))))],
		["values", write(1, POSITION, "9900")],
		["results", request(1, tlv("a5", tlv("a0", variable(POSITION)), tlv("a0", CLOSED, CLOSED)))],
	])("finds what is malformed: %s", (violation, bytes) => {
		const harness = start().request(bytes);
		expect(last(harness)).toMatchObject({ kind: "malformed", violations: [violation] });
		expect(harness.facts.map(({ record, key }) => [record.id, key])).toEqual([["mms-malformed", violation]]);
	});

	it("finds answers that do not fit what was asked", () => {
		expect(last(exchange(read(1, POSITION), values(1, CLOSED, CLOSED)))).toMatchObject({ kind: "malformed", violations: ["results"] });
		expect(last(exchange(read(1, POSITION), identity(1)))).toMatchObject({ kind: "malformed", violations: ["service"] });
		expect(exchange(read(1, POSITION), values(1, CLOSED, CLOSED)).facts[0]).toMatchObject({ byServer: true });
	});
});

describe("MMS: BER", () => {
	it("reads indefinite lengths and long tags", () => {
		const pdu = open(
			"a0",
			"020107",
			open("a4", open("a1", open("a0", open("30", open("a0", open("a1", text("1a", "D"), text("1a", "x"))))))),
		);
		const harness = start().request(packet(join(hex("01000100"), open("61", open("30", "020103", open("a0", pdu))))));
		expect(last(harness)).toMatchObject({ kind: "request", invokeID: 7, names: ["D/x"] });
	});

	it("gives up on bombs, and goes on", () => {
		const deep = hex("a280".repeat(20_000));
		const harness = start().request(join(packetOf(deep), read(1, POSITION)));
		expect(harness.records.slice(2).map(({ kind }) => kind)).toEqual(["malformed", "request"]);
		// Structures in structures: values beyond the depth are left out.
		let nested = hex("a200");
		for (let level = 0; level < 60; level++) nested = tlv("a2", nested);
		const bomb = exchange(read(1, POSITION), values(1, nested));
		expect(last(bomb)).toMatchObject({ kind: "response" });
		expect(bomb.counts).toMatchObject({ values: 1 });
		const many = start().response(packetOf(tlv("a1", "020101", tlv("a4", tlv("a1", tlv("a2", "830100".repeat(9000)))))));
		expect(many.counts).toMatchObject({ values: 1 });
		expect(last(start().request(data("a084ffffffff")))).toMatchObject({ kind: "malformed" });
	});

	it("puts messages together that come in several packets", () => {
		const whole = join(hex("01000100"), presented(tlv("a0", integer("02", 3), tlv("a4", tlv("a1", tlv("a0", variable(POSITION)))))));
		const harness = start().request(join(packet(whole.subarray(0, 21), false), packet(whole.subarray(21))));
		expect(last(harness)).toMatchObject({ kind: "request", names: [POSITION] });
		const endless = start();
		for (let part = 0; part < 12; part++) endless.request(packet(join(hex("01000100"), new Uint8Array(8000)), false));
		expect(last(endless)).toMatchObject({ kind: "malformed", violations: ["long"] });
		expect(endless.counts).toMatchObject({ "long-message": 1 });
	});

	it("forgets the oldest request beyond the bound", () => {
		const harness = start();
		for (let id = 0; id < 70; id++) harness.request(read(id, POSITION));
		expect(harness.counts).toMatchObject({ requests: 6 });
		expect(harness.send(TO_SERVER, associate()).records.at(-1)).toMatchObject({ kind: "associate" });
		expect(INITIATE.length).toBeGreaterThan(20);
	});
});

/** A message longer than a packet, in several. */
function packetOf(pdu: Uint8Array): Uint8Array {
	const whole = join(hex("01000100"), presented(pdu));
	const parts: Uint8Array[] = [];
	for (let at = 0; at < whole.length; at += 4000) parts.push(packet(whole.subarray(at, at + 4000), at + 4000 >= whole.length));
	return join(...parts);
}
