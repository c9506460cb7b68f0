/** SMB1, SMB2 and SMB3: messages with the bytes written out (`smbMessages.ts`), what is said of them, and what is suspicious in them. */
import { describe, expect, it } from "vitest";
import { smb } from "../../protocols/smb/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { type Sample, streamSuite } from "../contract/stream.ts";
import { hex, join, StreamHarness } from "../support/decoderHarness.ts";
import * as m from "./smbMessages.ts";

const FLOW = { client: { ip: "10.0.0.1", port: 40_000, mac: undefined }, server: { ip: "10.0.0.9", port: 445, mac: undefined } };
const harness = () => new StreamHarness(smb, { flow: FLOW });
type Talk = StreamHarness<typeof smb extends { operations(o: infer O, ...rest: never): void } ? O & never : never>;
const kinds = ({ records }: Pick<Talk, "records">) => records.map(({ kind }) => kind);

const LOGIN: readonly Sample[] = [
	{
		name: "NEGOTIATE",
		direction: TO_SERVER,
		bytes: m.packet(m.negotiate([0x0202, 0x0210, 0x0300, 0x0311], { id: 0, tree: 0, session: 0 })),
	},
	{ name: "its answer", direction: TO_CLIENT, bytes: m.packet(m.negotiated(0x0311, { id: 0, tree: 0, session: 0 })) },
	{ name: "SESSION_SETUP", direction: TO_SERVER, bytes: m.packet(m.sessionSetup(m.ntlmNegotiate(), { id: 1, tree: 0, session: 0 })) },
	{
		name: "a challenge",
		direction: TO_CLIENT,
		bytes: m.packet(m.sessionAnswer(m.ntlmChallenge(), { id: 1, tree: 0, status: 0xc0000016 })),
	},
	{ name: "a login", direction: TO_SERVER, bytes: m.packet(m.sessionSetup(m.ntlmAuthenticate(), { id: 2, tree: 0 })) },
	{ name: "welcome", direction: TO_CLIENT, bytes: m.packet(m.sessionAnswer(m.zeros(0), { id: 2, tree: 0 })) },
	{ name: "TREE_CONNECT", direction: TO_SERVER, bytes: m.packet(m.treeConnect("\\\\srv\\recipes", { id: 3 })) },
	{ name: "a tree", direction: TO_CLIENT, bytes: m.packet(m.treeAnswer(1, { id: 3 })) },
];
const FILES: readonly Sample[] = [
	{ name: "CREATE", direction: TO_SERVER, bytes: m.packet(m.create("batch\\7.csv", { id: 4 }, { disposition: 5 })) },
	{ name: "a file", direction: TO_CLIENT, bytes: m.packet(m.created(42, { id: 4 }, { action: 2 })) },
	{ name: "WRITE", direction: TO_SERVER, bytes: m.packet(m.write(m.fileId(42), m.narrow("level;2600"), { id: 5 })) },
	{ name: "written", direction: TO_CLIENT, bytes: m.packet(m.written(10, { id: 5 })) },
	{ name: "READ", direction: TO_SERVER, bytes: m.packet(m.read(m.fileId(42), 100, { id: 6 })) },
	{ name: "data", direction: TO_CLIENT, bytes: m.packet(m.readAnswer(m.narrow("level"), { id: 6 })) },
	{ name: "rename", direction: TO_SERVER, bytes: m.packet(m.setInfo(m.fileId(42), 10, m.renameTo("batch\\8.csv"), { id: 7 })) },
	{ name: "renamed", direction: TO_CLIENT, bytes: m.packet(m.infoSet({ id: 7 })) },
	{ name: "CLOSE", direction: TO_SERVER, bytes: m.packet(m.close(m.fileId(42), { id: 8 })) },
	{ name: "closed", direction: TO_CLIENT, bytes: m.packet(m.closed({ id: 8 })) },
	{
		name: "a chain",
		direction: TO_SERVER,
		bytes: m.chain(
			m.create("old.csv", { id: 9 }),
			m.setInfo(m.RELATED, 13, Uint8Array.of(1), { id: 10, flags: 4 }),
			m.close(m.RELATED, { id: 11, flags: 4 }),
		),
	},
	{ name: "its answers", direction: TO_CLIENT, bytes: m.chain(m.created(43, { id: 9 }), m.infoSet({ id: 10 }), m.closed({ id: 11 })) },
];
const CALLS: readonly Sample[] = [
	{ name: "IPC$", direction: TO_SERVER, bytes: m.packet(m.treeConnect("\\\\srv\\IPC$", { id: 20 })) },
	{ name: "a tree of pipes", direction: TO_CLIENT, bytes: m.packet(m.treeAnswer(2, { id: 20, tree: 6 })) },
	{ name: "a pipe", direction: TO_SERVER, bytes: m.packet(m.create("svcctl", { id: 21, tree: 6 })) },
	{ name: "its handle", direction: TO_CLIENT, bytes: m.packet(m.created(50, { id: 21, tree: 6 })) },
	{ name: "bind", direction: TO_SERVER, bytes: m.packet(m.write(m.fileId(50), m.bind(m.SVCCTL), { id: 22, tree: 6 })) },
	{ name: "bind written", direction: TO_CLIENT, bytes: m.packet(m.written(72, { id: 22, tree: 6 })) },
	{ name: "read of the pipe", direction: TO_SERVER, bytes: m.packet(m.read(m.fileId(50), 1024, { id: 23, tree: 6 })) },
	{ name: "bind ack", direction: TO_CLIENT, bytes: m.packet(m.readAnswer(m.bindAck(), { id: 23, tree: 6 })) },
	{
		name: "a service",
		direction: TO_SERVER,
		bytes: m.packet(m.transceive(m.fileId(50), m.createService("updater", "C:\\u.exe"), { id: 24, tree: 6 })),
	},
	{
		name: "created",
		direction: TO_CLIENT,
		bytes: m.packet(m.transceived(m.fileId(50), m.response(join(m.le32(0), m.HANDLE, m.le32(0))), { id: 24, tree: 6 })),
	},
	{ name: "a start", direction: TO_SERVER, bytes: m.packet(m.transceive(m.fileId(50), m.startService(), { id: 25, tree: 6 })) },
	{
		name: "started",
		direction: TO_CLIENT,
		bytes: m.packet(m.transceived(m.fileId(50), m.response(m.le32(0), 3), { id: 25, tree: 6 })),
	},
];
const OLD: readonly Sample[] = [
	{ name: "a NetBIOS session", direction: TO_SERVER, bytes: m.sessionRequest("OLD-SRV", "HMI-1") },
	{ name: "accepted", direction: TO_CLIENT, bytes: m.POSITIVE },
	{ name: "old NEGOTIATE", direction: TO_SERVER, bytes: m.oldNegotiate("LANMAN1.0", "NT LM 0.12") },
	{ name: "old answer", direction: TO_CLIENT, bytes: m.oldNegotiated(1) },
	{ name: "old login", direction: TO_SERVER, bytes: m.oldLogin("operator", m.zeros(24)) },
	{ name: "old welcome", direction: TO_CLIENT, bytes: m.oldLoggedIn() },
	{ name: "old tree", direction: TO_SERVER, bytes: m.oldTree("\\\\OLD-SRV\\DATA") },
	{ name: "old tree answer", direction: TO_CLIENT, bytes: m.oldTreeAnswer("A:") },
	{ name: "old create", direction: TO_SERVER, bytes: m.oldCreate("\\log.txt", {}, 5) },
	{ name: "old created", direction: TO_CLIENT, bytes: m.oldCreated(7, {}, 2) },
	{ name: "old read", direction: TO_SERVER, bytes: m.oldRead(7) },
	{ name: "old data", direction: TO_CLIENT, bytes: m.oldReadAnswer(m.narrow("some")) },
	{ name: "old write", direction: TO_SERVER, bytes: m.oldWrite(7, m.narrow("more data")) },
	{ name: "old written", direction: TO_CLIENT, bytes: m.oldWritten(9) },
	{ name: "old close", direction: TO_SERVER, bytes: m.oldClose(7) },
	{ name: "old closed", direction: TO_CLIENT, bytes: m.oldClosed() },
];
const play = (...conversations: readonly (readonly Sample[])[]) => {
	const talk = harness();
	for (const { direction, bytes } of conversations.flat()) talk.send(direction, bytes);
	return talk;
};
const send = (talk: ReturnType<typeof harness>, direction: Direction, bytes: Uint8Array) => talk.send(direction, bytes);

describe("SMB2 and SMB3", () => {
	it("tells who logs in where, and what both sides are", () => {
		const talk = play(LOGIN);
		expect(talk.records).toMatchObject([
			{
				kind: "exchange",
				version: "SMB2",
				command: "NEGOTIATE",
				dialects: ["SMB 2.0.2", "SMB 2.1", "SMB 3.0", "SMB 3.1.1"],
				dialect: "SMB 3.1.1",
				requestFrame: 1,
			},
			{
				command: "SESSION_SETUP",
				status: "STATUS_MORE_PROCESSING_REQUIRED",
				mechanism: "NTLM",
				serverComputer: "PLANT-SRV",
				serverDomain: "PLANT",
				serverDnsComputer: "srv.plant.example",
				serverVersion: "10.0.17763",
			},
			{
				command: "SESSION_SETUP",
				status: "STATUS_SUCCESS",
				mechanism: "NTLMv2",
				user: "operator",
				domain: "PLANT",
				workstation: "HMI-1",
				clientVersion: "10.0.17763",
			},
			{ command: "TREE_CONNECT", share: "\\\\srv\\recipes", shareType: "disk", user: "PLANT\\operator" },
		]);
		expect(talk.operations).toMatchObject([
			{ verb: "identify", code: 0, outcome: "ok" },
			{ verb: "authenticate", code: 1, outcome: "ok", outcomeCode: 0 },
			{ verb: "authenticate", code: 3, points: ["recipes"] },
		]);
		expect(smb.isLogin!(1, 0)).toBe(true);
		expect(smb.isLogin!(3, 0)).toBe(false);
		expect(talk.identities).toMatchObject([
			{ ip: "10.0.0.9", hostName: "srv.plant.example", operatingSystem: "Windows 10 or later (10.0.17763)", evidence: "NTLM challenge" },
			{ ip: "10.0.0.1", hostName: "HMI-1", evidence: "NTLM login" },
		]);
		expect(Object.fromEntries(talk.identities[0]!.statements!)).toEqual({ "computer name": "PLANT-SRV", domain: "PLANT" });
		expect(talk.credentials).toEqual([{ kind: "user", text: "PLANT\\operator", isServer: false, isNameless: false }]);
		expect(talk.facts).toEqual([]);
	});

	it.each([
		[0xc000006d, "STATUS_LOGON_FAILURE", true],
		[0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT", true],
		[0xc000009a, "STATUS_INSUFFICIENT_RESOURCES", false],
	])("knows a login that is refused (%i)", (status, name, isLogin) => {
		const talk = play(LOGIN.slice(0, 5));
		send(talk, TO_CLIENT, m.packet(m.answer(1, m.ERROR, { id: 2, status })));
		expect(talk.records.at(-1)).toMatchObject({ command: "SESSION_SETUP", status: name, user: "operator" });
		expect(talk.operations.at(-1)).toMatchObject({ verb: "authenticate", outcome: "refused", outcomeCode: status });
		expect(smb.isLogin!(1, status)).toBe(isLogin);
		expect(smb.outcomeName(status)).toBe(name);
	});

	it("knows guests, nobody, and tickets", () => {
		const talk = play(LOGIN.slice(0, 4));
		send(
			talk,
			TO_SERVER,
			m.packet(m.sessionSetup(m.ntlmAuthenticate({ user: "", domain: "", response: 0, flags: 0xe2888a15 }), { id: 2 })),
		);
		send(talk, TO_CLIENT, m.packet(m.sessionAnswer(m.zeros(0), { id: 2 }, 2)));
		expect(talk.records.at(-1)).toMatchObject({ anonymous: true, status: "STATUS_SUCCESS" });
		expect(talk.credentials).toEqual([{ kind: "user", text: "", isServer: false, isNameless: true }]);
		send(talk, TO_SERVER, m.packet(m.sessionSetup(hex("6082 0607 2b06 0000 2a864886f71201020201 0000"), { id: 3 })));
		send(talk, TO_CLIENT, m.packet(m.sessionAnswer(m.zeros(0), { id: 3 }, 1)));
		expect(talk.records.at(-1)).toMatchObject({ guest: true });
		send(talk, TO_SERVER, m.packet(m.sessionSetup(hex("6082 2a864886f712010202 0100 6e82"), { id: 4 })));
		send(talk, TO_CLIENT, m.packet(m.sessionAnswer(m.zeros(0), { id: 4 })));
		expect(talk.records.at(-1)).toMatchObject({ mechanism: "Kerberos" });
	});

	it("says what goes through a file when it is closed, and what is renamed and removed", () => {
		const talk = play(LOGIN, FILES);
		expect(talk.records.slice(4)).toMatchObject([
			{ command: "CREATE", fileName: "batch\\7.csv", share: "\\\\srv\\recipes", disposition: "overwrite if", action: "created" },
			{ command: "SET_INFO", subFunction: "rename", newName: "batch\\8.csv" },
			{ command: "CLOSE", fileName: "batch\\7.csv", reads: 1, bytesRead: 5, writes: 1, bytesWritten: 10 },
			{ command: "CREATE", fileName: "old.csv", action: "opened" },
			{ command: "SET_INFO", subFunction: "delete", delete: true, fileName: "old.csv" },
			{ command: "CLOSE", fileName: "old.csv", delete: true },
		]);
		expect(talk.operations.slice(3)).toMatchObject([
			{ verb: "write", code: 5, points: ["recipes\\batch\\7.csv"] },
			{ verb: "write", code: 17, points: ["recipes\\batch\\7.csv"] },
			{ verb: "read", code: 8, points: ["recipes\\batch\\7.csv"] },
			{ verb: "write", code: 9, points: ["recipes\\batch\\7.csv"] },
			{ verb: "browse", code: 5, points: ["recipes\\old.csv"] },
			{ verb: "write", code: 17, points: ["recipes\\old.csv"] },
		]);
		expect(talk.traces.map(({ value }) => value)).toEqual(["batch\\7.csv", "batch\\7.csv", "batch\\8.csv", "old.csv", "old.csv"]);
		expect(smb.pointName("recipes\\old.csv")).toBe("recipes\\old.csv");
	});

	it("says what went through a file that stays open, each minute", () => {
		const talk = play(LOGIN, FILES.slice(0, 4));
		const opened = talk.records.length;
		talk.advance(talk.clock.time + 61_000_000);
		expect(talk.records.slice(opened)).toMatchObject([
			{ kind: "transfer", command: "CLOSE", writes: 1, bytesWritten: 10, fileName: "batch\\7.csv" },
		]);
		send(talk, TO_SERVER, m.packet(m.read(m.fileId(42), 100, { id: 6 })));
		send(talk, TO_CLIENT, m.packet(m.readAnswer(m.narrow("level"), { id: 6 })));
		send(talk, TO_SERVER, m.packet(m.close(m.fileId(42), { id: 8 })));
		send(talk, TO_CLIENT, m.packet(m.answer(6, m.ERROR, { id: 8, status: 0xc0000022 })));
		expect(talk.records.at(-1)).toMatchObject({ command: "CLOSE", status: "STATUS_ACCESS_DENIED", reads: 1, bytesRead: 5 });
		expect(talk.records.at(-1)).not.toHaveProperty("writes");
	});

	it("keeps the beginning of a long message until its end came", () => {
		const talk = play(LOGIN, FILES.slice(0, 2));
		const bytes = m.packet(m.write(m.fileId(42), new Uint8Array(200_000).fill(0x41), { id: 5 }));
		for (let at = 0; at < bytes.length; at += 9000) send(talk, TO_SERVER, bytes.slice(at, at + 9000));
		send(talk, TO_CLIENT, m.packet(m.written(200_000, { id: 5 })));
		send(talk, TO_SERVER, m.packet(m.close(m.fileId(42), { id: 8 })));
		send(talk, TO_CLIENT, m.packet(m.closed({ id: 8 })));
		expect(talk.records.at(-1)).toMatchObject({ command: "CLOSE", writes: 1, bytesWritten: 200_000 });
		expect(talk.rejects).toBe(0);
	});

	it("tells refusals, and takes a missing file for none", () => {
		const talk = play(LOGIN);
		send(talk, TO_SERVER, m.packet(m.create("secret.csv", { id: 4 })));
		send(talk, TO_CLIENT, m.packet(m.answer(5, m.ERROR, { id: 4, status: 0xc0000022 })));
		send(talk, TO_SERVER, m.packet(m.create("none.csv", { id: 5 })));
		send(talk, TO_CLIENT, m.packet(m.answer(5, m.ERROR, { id: 5, status: 0xc0000034 })));
		send(talk, TO_SERVER, m.packet(m.read(m.fileId(9), 100, { id: 6 })));
		send(talk, TO_CLIENT, m.packet(m.answer(8, m.ERROR, { id: 6, status: 0xc0000022 })));
		send(talk, TO_SERVER, m.packet(m.read(m.fileId(9), 100, { id: 7 })));
		send(talk, TO_CLIENT, m.packet(m.answer(8, m.ERROR, { id: 7, status: 0xc0000011 })));
		expect(talk.operations.slice(3)).toMatchObject([
			{ verb: "browse", outcome: "refused", outcomeCode: 0xc0000022 },
			{ verb: "browse", outcome: "ok", outcomeCode: 0 },
			{ verb: "read", outcome: "refused" },
		]);
	});

	it("says what nobody answered, and waits for what the server put off", () => {
		const talk = play(LOGIN);
		const before = talk.records.length;
		send(talk, TO_SERVER, m.packet(m.create("lost.csv", { id: 4 })));
		send(talk, TO_SERVER, m.packet(m.ask(15, join(m.le16(32), m.zeros(30)), { id: 5 })));
		send(talk, TO_SERVER, m.packet(m.ask(13, join(m.le16(4), m.zeros(2)), { id: 6 })));
		send(talk, TO_CLIENT, m.packet(m.answer(13, m.ERROR, { id: 6, status: 0x103, flags: 2 })));
		talk.advance(talk.clock.time + 120_000_000);
		expect(talk.records.slice(before)).toMatchObject([{ kind: "unanswered", command: "CREATE", fileName: "lost.csv" }]);
		expect(talk.operations.at(-1)).toMatchObject({ verb: "browse", outcome: "unanswered", points: ["recipes\\lost.csv"] });
		send(talk, TO_CLIENT, m.packet(m.answer(13, join(m.le16(4), m.zeros(2)), { id: 6, flags: 2 })));
		expect(talk.records.at(-1)).toMatchObject({ command: "ECHO", status: "STATUS_SUCCESS", latencyMs: 120_000 });
	});

	it("lists directories, and other commands by their names", () => {
		const talk = play(LOGIN);
		send(talk, TO_SERVER, m.packet(m.queryDirectory(m.fileId(9), "*.csv", { id: 4 })));
		send(talk, TO_CLIENT, m.packet(m.directory(m.zeros(64), { id: 4 })));
		send(talk, TO_SERVER, m.packet(m.queryDirectory(m.fileId(9), "*.csv", { id: 5 })));
		send(talk, TO_CLIENT, m.packet(m.answer(14, m.ERROR, { id: 5, status: 0x80000006 })));
		expect(talk.records.slice(-2)).toMatchObject([
			{ command: "QUERY_DIRECTORY", subFunction: "*.csv" },
			{ status: "STATUS_NO_MORE_FILES" },
		]);
		expect(talk.operations.slice(-2)).toMatchObject([
			{ verb: "browse", code: 14, outcome: "ok" },
			{ verb: "browse", outcome: "ok" },
		]);
		expect([smb.operationName(1), smb.operationName(0x173), smb.operationName(77), smb.operationName(400)]).toEqual([
			"log in (SESSION_SETUP)",
			"log in (SESSION_SETUP_ANDX)",
			"command 77",
			"SMB1 command 144",
		]);
	});

	it("says once that it is encrypted or compressed", () => {
		const talk = play(LOGIN);
		const before = talk.records.length;
		for (let count = 0; count < 3; count++) talk.request(m.encrypted()).response(m.encrypted());
		talk.request(m.compressed(200, 0)).response(m.compressed(200, 0));
		expect(talk.records.slice(before)).toMatchObject([
			{ kind: "encrypted", sessionId: 0x11, user: "PLANT\\operator", sender: "client" },
			{ kind: "compressed", sender: "client" },
		]);
		expect(talk.facts).toEqual([]);
	});
});

describe("remote procedure calls through pipes", () => {
	it("names interfaces, operations, services and programs", () => {
		const talk = play(LOGIN, CALLS);
		expect(talk.records.slice(6)).toMatchObject([
			{ kind: "bind", interfaces: ["svcctl"], fileName: "svcctl", user: "PLANT\\operator" },
			{ kind: "call", command: "svcctl: RCreateServiceW", opnum: 12, subject: "updater", program: "C:\\u.exe", status: "STATUS_SUCCESS" },
			{ kind: "exchange", command: "IOCTL", subFunction: "FSCTL_PIPE_TRANSCEIVE" },
			{ kind: "call", command: "svcctl: RStartServiceW", subject: "updater" },
			{ kind: "exchange", command: "IOCTL" },
		]);
		expect(talk.operations.filter(({ verb }) => verb === "command")).toMatchObject([{ points: ["updater"] }, { points: ["updater"] }]);
		expect(talk.facts.map(({ record, sentence, key }) => [record.id, key, sentence])).toEqual([
			[
				"remote-execution",
				"create a service|updater",
				"{client} asked {server}, as PLANT\\operator, to create a service updater that runs C:\\u.exe (svcctl: RCreateServiceW); only who manages hosts does this.",
			],
			[
				"remote-execution",
				"start a service|updater",
				"{client} asked {server}, as PLANT\\operator, to start a service updater (svcctl: RStartServiceW); only who manages hosts does this.",
			],
		]);
		expect(talk.traces.at(-1)).toMatchObject({ kind: "file-name", value: "C:\\u.exe" });
	});

	const ATSVC = hex("8206f71f 510a e830 076d 740be8cee98b");
	const TASKS = hex("4959d386 c983 4440 b424 db363231fd0c");
	const SRVSVC = hex("c84f324b 7016 d301 1278 5a47bf6ee188");
	const called = (uuid: Uint8Array, request: Uint8Array, response?: Uint8Array) => {
		const talk = play(LOGIN, CALLS.slice(0, 4));
		send(talk, TO_SERVER, m.packet(m.write(m.fileId(50), m.bind(uuid), { id: 22, tree: 6 })));
		send(talk, TO_SERVER, m.packet(m.write(m.fileId(50), request, { id: 23, tree: 6 })));
		send(talk, TO_SERVER, m.packet(m.read(m.fileId(50), 1024, { id: 24, tree: 6 })));
		if (response !== undefined) send(talk, TO_CLIENT, m.packet(m.readAnswer(response, { id: 24, tree: 6 })));
		else talk.advance(talk.clock.time + 31_000_000);
		return talk;
	};

	it("knows jobs and tasks, answered or not", () => {
		const job = join(m.le32(1), m.ndr("\\\\srv"), m.le32(3_600_000), m.le32(0), m.le32(0), m.le32(1), m.ndr("cmd /c x.bat"));
		const add = called(ATSVC, m.request(0, job), m.response(m.le32(0)));
		expect(add.records.at(-1)).toMatchObject({ kind: "call", command: "atsvc: NetrJobAdd", program: "cmd /c x.bat" });
		expect(add.facts[0]!.sentence).toContain("to run a program at a time that runs cmd /c x.bat");
		const task = join(m.le32(1), m.ndr("\\evil"), m.ndr("<Task><Exec><Command>calc.exe</Command></Exec></Task>"), m.le32(6));
		const register = called(TASKS, m.request(1, task));
		expect(register.records.at(-1)).toMatchObject({
			kind: "unanswered",
			command: "ITaskSchedulerService: SchRpcRegisterTask",
			subject: "\\evil",
			program: "calc.exe",
		});
		expect(register.facts).toMatchObject([{ record: { id: "remote-execution" }, operation: { outcome: "unanswered" } }]);
		expect(register.operations.at(-1)).toMatchObject({ verb: "command", outcome: "unanswered" });
	});

	it("takes a list of shares for browsing, and a fault for a refusal", () => {
		const list = called(SRVSVC, m.request(15, m.zeros(32)), m.response(m.zeros(32)));
		expect(list.operations.at(-1)).toMatchObject({ verb: "browse", outcome: "ok" });
		expect(list.facts).toEqual([]);
		const refused = called(SRVSVC, m.request(14, m.zeros(32)), m.fault(5));
		expect(refused.records.at(-1)).toMatchObject({ command: "srvsvc: NetrShareAdd", fault: true, status: "0x00000005" });
		expect(refused.operations.at(-1)).toMatchObject({ verb: "configure", outcome: "refused", outcomeCode: 5 });
		const unknown = called(m.zeros(16), m.request(200, m.zeros(8)), m.response(m.zeros(4)));
		expect(unknown.records.at(-1)).toMatchObject({
			command: "an unknown interface: operation 200",
			interfaceId: "00000000-0000-0000-0000-000000000000",
		});
		expect(unknown.operations.at(-1)).toMatchObject({ verb: "other" });
	});

	it("goes on where a call is longer than one write, and stays calm where there is none", () => {
		const long = m.request(12, m.zeros(3000));
		const talk = play(LOGIN, CALLS.slice(0, 6));
		send(talk, TO_SERVER, m.packet(m.write(m.fileId(50), long.slice(0, 1000), { id: 30, tree: 6 })));
		send(talk, TO_SERVER, m.packet(m.write(m.fileId(50), join(long.slice(1000), m.startService()), { id: 31, tree: 6 })));
		send(talk, TO_SERVER, m.packet(m.read(m.fileId(50), 100, { id: 32, tree: 6 })));
		send(talk, TO_CLIENT, m.packet(m.readAnswer(join(m.response(m.le32(0)), m.response(m.le32(0), 3)), { id: 32, tree: 6 })));
		expect(talk.records.filter(({ kind }) => kind === "call")).toMatchObject([{ opnum: 12 }, { opnum: 19 }]);
		send(talk, TO_SERVER, m.packet(m.write(m.fileId(50), m.narrow("no call at all"), { id: 33, tree: 6 })));
		expect(talk.rejects).toBe(0);
	});
});

describe("SMB1", () => {
	it("tells logins, native systems, shares and files, and that it is SMB1 once", () => {
		const talk = play(OLD);
		expect(talk.records).toMatchObject([
			{ kind: "session", version: "NetBIOS", action: "requested", calledName: "OLD-SRV", callingName: "HMI-1", sender: "client" },
			{ kind: "session", action: "accepted", sender: "server" },
			{
				version: "SMB1",
				command: "NEGOTIATE",
				dialects: ["LANMAN1.0", "NT LM 0.12"],
				dialect: "NT LM 0.12",
				serverDomain: "PLANT",
				serverComputer: "OLD-SRV",
			},
			{
				command: "SESSION_SETUP_ANDX",
				user: "operator",
				domain: "PLANT",
				mechanism: "NTLMv1",
				clientNativeOs: "Windows 5.1",
				clientNativeLanMan: "Windows 2000 LAN Manager",
				serverNativeOs: "Unix",
				serverNativeLanMan: "Samba 3.0.20",
			},
			{ command: "TREE_CONNECT_ANDX", share: "\\\\OLD-SRV\\DATA", shareType: "disk", user: "PLANT\\operator" },
			{ command: "NT_CREATE_ANDX", fileName: "\\log.txt", action: "created", fileSize: 100, share: "\\\\OLD-SRV\\DATA" },
			{ command: "CLOSE", fileName: "\\log.txt", reads: 1, bytesRead: 4, writes: 1, bytesWritten: 9 },
		]);
		expect(talk.facts.map(({ record, sentence }) => [record.id, sentence])).toEqual([
			[
				"weak-protocol",
				"{client} and {server} speak SMB1 (NT LM 0.12); this version protects neither what is said nor who says it, and worms spread by its faults.",
			],
		]);
		expect(talk.operations).toMatchObject([
			{ verb: "identify", code: 256 + 0x72 },
			{ verb: "authenticate", code: 256 + 0x73 },
			{ verb: "authenticate", code: 256 + 0x75, points: ["DATA"] },
			{ verb: "write", code: 256 + 0xa2, points: ["DATA\\log.txt"] },
			{ verb: "read", code: 256 + 0x2e },
			{ verb: "write", code: 256 + 0x2f },
		]);
		expect(talk.identities).toMatchObject([
			{ ip: "10.0.0.1", hostName: "HMI-1", evidence: "NetBIOS session" },
			{ ip: "10.0.0.9", hostName: "OLD-SRV" },
			{ ip: "10.0.0.9", hostName: "OLD-SRV", evidence: "SMB negotiation" },
			{ ip: "10.0.0.9", operatingSystem: "Unix", application: "Samba 3.0.20" },
			{ ip: "10.0.0.1", operatingSystem: "Windows 5.1", application: "Windows 2000 LAN Manager" },
		]);
	});

	it("is not SMB1 where it is only offered", () => {
		const talk = harness();
		talk.request(m.oldNegotiate("NT LM 0.12", "SMB 2.002", "SMB 2.???"));
		talk.response(m.packet(m.negotiated(0x02ff, { id: 0, tree: 0, session: 0 })));
		talk.advance(talk.clock.time + 60_000_000);
		expect(talk.records).toMatchObject([
			{
				kind: "exchange",
				version: "SMB2",
				dialects: ["NT LM 0.12", "SMB 2.002", "SMB 2.???"],
				dialect: "SMB 2",
				action: "negotiate again",
				requestFrame: 1,
			},
		]);
		expect(talk.facts).toEqual([]);
		const refused = harness();
		refused.request(m.oldNegotiate("LANMAN1.0")).response(m.oldNegotiated(0xffff));
		expect(refused.facts).toEqual([]);
	});

	it("sees a password that comes as it is", () => {
		const password = m.narrow("secret\0");
		const clear = harness();
		clear
			.request(m.oldNegotiate("NT LM 0.12"))
			.response(m.oldNegotiated(0, 1))
			.request(m.oldLogin("operator", password))
			.response(m.oldLoggedIn());
		expect(clear.facts.map(({ record }) => record.id)).toEqual(["weak-protocol", "cleartext-password"]);
		expect(clear.facts[1]!.sentence).toBe(
			"{client} sent {server} the password of PLANT\\operator by SMB1 as it is; everybody who listens on the way can read it.",
		);
		expect(JSON.stringify(clear.records)).not.toContain("secret");
		expect(clear.records.at(-1)).toMatchObject({ passwordInClear: true, mechanism: "password" });
		const hidden = harness();
		hidden
			.request(m.oldNegotiate("NT LM 0.12"))
			.response(m.oldNegotiated(0))
			.request(m.oldLogin("operator", m.zeros(24)))
			.response(m.oldLoggedIn());
		expect(hidden.facts.map(({ record }) => record.id)).toEqual(["weak-protocol"]);
		const nobody = harness();
		nobody
			.request(m.oldNegotiate("NT LM 0.12"))
			.response(m.oldNegotiated(0, 1))
			.request(m.oldLogin("", m.zeros(1)))
			.response(m.oldLoggedIn({}, 1));
		expect(nobody.facts.map(({ record }) => record.id)).toEqual(["weak-protocol"]);
		expect(nobody.records.at(-1)).toMatchObject({ anonymous: true, guest: true });
	});

	it("reads calls of TRANSACTION, and refusals of old classes", () => {
		const talk = play(OLD.slice(2, 6));
		send(talk, TO_SERVER, m.oldTree("\\\\OLD-SRV\\IPC$"));
		send(talk, TO_CLIENT, m.oldTreeAnswer("IPC"));
		send(talk, TO_SERVER, m.oldCreate("\\svcctl"));
		send(talk, TO_CLIENT, m.oldCreated(8));
		send(talk, TO_SERVER, m.oldTransact(8, m.bind(m.SVCCTL)));
		send(talk, TO_CLIENT, m.oldTransacted(m.bindAck()));
		send(talk, TO_SERVER, m.oldTransact(8, m.createService("x", "x.exe")));
		send(talk, TO_CLIENT, m.oldTransacted(m.response(join(m.le32(0), m.HANDLE, m.le32(0)))));
		expect(talk.records.slice(-4)).toMatchObject([
			{ kind: "bind", interfaces: ["svcctl"] },
			{ kind: "exchange", command: "TRANSACTION", subFunction: "TRANSACT_NMPIPE" },
			{ kind: "call", subject: "x", program: "x.exe" },
			{ kind: "exchange" },
		]);
		expect(talk.facts.at(-1)!.record.id).toBe("remote-execution");
		send(talk, TO_SERVER, m.oldLogin("operator", m.zeros(24), { id: 30 }));
		send(talk, TO_CLIENT, m.oldAnswer(0x73, m.zeros(0), m.zeros(0), { id: 30, status: 0x00020002, flags2: 0x8001 }));
		expect(talk.records.at(-1)).toMatchObject({ status: "ERRSRV ERRbadpw" });
		expect(smb.isLogin!(256 + 0x73, 0x00020002)).toBe(true);
	});

	it("reads names of other commands, and removal", () => {
		const talk = play(OLD.slice(2, 8));
		const path = (text: string) => join(Uint8Array.of(4), m.zeros(0), m.wide(`${text}\0`));
		send(talk, TO_SERVER, m.old(0x06, m.le16(0), join(path("\\old.txt")), { id: 20 }));
		send(talk, TO_CLIENT, m.oldAnswer(0x06, m.zeros(0), m.zeros(0), { id: 20 }));
		send(talk, TO_SERVER, m.old(0x07, m.le16(0), join(path("\\a.txt"), Uint8Array.of(4), m.zeros(1), m.wide("\\b.txt\0")), { id: 21 }));
		send(talk, TO_CLIENT, m.oldAnswer(0x07, m.zeros(0), m.zeros(0), { id: 21 }));
		send(talk, TO_SERVER, m.oldTransaction2(1, join(m.zeros(12), m.wide("\\*\0"))));
		send(talk, TO_CLIENT, m.oldTransacted2());
		expect(talk.records.slice(-3)).toMatchObject([
			{ command: "DELETE", fileName: "\\old.txt", delete: true },
			{ command: "RENAME", fileName: "\\a.txt", newName: "\\b.txt" },
			{ command: "TRANSACTION2", subFunction: "FIND_FIRST2", fileName: "\\*" },
		]);
		expect(talk.operations.slice(-3)).toMatchObject([{ verb: "write" }, { verb: "write" }, { verb: "browse" }]);
	});

	it("knows the knock of an implant and its answer", () => {
		const talk = play(OLD.slice(2, 6));
		send(talk, TO_SERVER, m.oldTransaction2(14, m.zeros(12), m.zeros(0), { id: 65 }));
		send(talk, TO_CLIENT, m.oldAnswer(0x32, m.zeros(0), m.zeros(0), { id: 81, status: 0xc0000002 }));
		expect(talk.facts.slice(1)).toMatchObject([
			{ record: { id: "smb-backdoor" }, key: "knock" },
			{ record: { id: "smb-backdoor" }, key: "answer", byServer: true },
		]);
		const clean = play(OLD.slice(2, 6));
		send(clean, TO_SERVER, m.oldTransaction2(14, m.zeros(12), m.zeros(0), { id: 65 }));
		send(clean, TO_CLIENT, m.oldAnswer(0x32, m.zeros(0), m.zeros(0), { id: 65, status: 0xc0000002 }));
		expect(clean.facts.slice(1)).toMatchObject([{ record: { id: "smb-backdoor" }, key: "knock" }]);
	});

	it("knows a transaction that goes on as another kind", () => {
		const played = (secondary: number) => {
			const talk = play(OLD.slice(2, 6));
			send(talk, TO_SERVER, m.oldNtTransact(0, 66_512, 100));
			send(talk, TO_CLIENT, m.oldInterim(0xa0));
			for (let count = 0; count < 3; count++) send(talk, TO_SERVER, m.oldSecondary(secondary));
			return talk.facts.slice(1).map(({ record, key }) => `${record.id} ${key}`);
		};
		expect(played(0x33)).toEqual(["smb-exploit mixed transaction"]);
		expect(played(0xa1)).toEqual([]);
	});
});

describe("broken messages", () => {
	it("knows a compressed message with impossible lengths", () => {
		const talk = play(LOGIN);
		talk.request(m.compressed(0xffff_ffff, 0x10));
		expect(talk.facts).toMatchObject([{ record: { id: "smb-exploit" }, key: "overflowing compression" }]);
	});

	const cases: readonly (readonly [string, Direction, Uint8Array, string])[] = [
		["a short header", TO_SERVER, m.packet(hex("fe534d42"), m.zeros(40)), "shorter than its header"],
		["another size of the header", TO_SERVER, m.packet(hex("fe534d42 4100"), m.zeros(80)), "no header of SMB"],
		["no such command", TO_SERVER, m.packet(m.ask(99, m.zeros(40))), "no such command"],
		["an answer of the client", TO_SERVER, m.packet(m.closed()), "an answer of the client, or a question of the server"],
		["a wrong structure", TO_SERVER, m.packet(m.ask(3, m.zeros(40))), "the size of its structure is another one"],
		["a name outside", TO_SERVER, m.packet(m.treeConnect("x").subarray(0, 72)), "something in it lies outside of it"],
		["a next command outside", TO_SERVER, m.packet(m.close(m.fileId(1), { next: 4096 })), "the next command lies outside of it"],
		["data outside", TO_SERVER, m.packet(m.write(m.fileId(1), m.zeros(100)).subarray(0, 120)), "something in it lies outside of it"],
		["a short SMB1", TO_SERVER, m.packet(hex("ff534d42 72"), m.zeros(20)), "shorter than its header"],
		["too many words", TO_SERVER, m.packet(hex("ff534d42 72"), m.zeros(27), hex("ff 0000")), "its words do not fit in it"],
		["an SMB1 answer of the client", TO_SERVER, m.oldClosed(), "an answer of the client, or a question of the server"],
		["a chain that goes back", TO_SERVER, m.old(0x74, hex("7400 2000"), m.zeros(0)), "something in it lies outside of it"],
		[
			"data of a write outside",
			TO_SERVER,
			m.oldWrite(7, m.zeros(20)).map((byte, at) => (at === 4 + 33 + 22 ? 0xff : byte)),
			"something in it lies outside of it",
		],
		["a short transform", TO_CLIENT, m.packet(hex("fd534d42"), m.zeros(20)), "shorter than its header"],
	];
	it.each(cases)("reports %s and goes on", (_, direction, bytes, reason) => {
		const talk = harness();
		send(talk, direction, bytes);
		expect(talk.records).toMatchObject([{ kind: "malformed", reason, sender: direction === TO_SERVER ? "client" : "server" }]);
		expect(talk.facts).toMatchObject([{ record: { id: "smb-malformed" }, byServer: direction === TO_CLIENT }]);
		for (const sample of LOGIN) send(talk, sample.direction, sample.bytes);
		expect(kinds(talk).slice(1)).toEqual(["exchange", "exchange", "exchange", "exchange"]);
		expect(talk.rejects).toBe(0);
	});
});

describe("what is SMB", () => {
	const probe = (bytes: Uint8Array, isHinted?: boolean) => smb.tcp!.probe(bytes, 0, bytes.length, isHinted);
	it("is certain of a header, and careful with four bytes", () => {
		expect(probe(LOGIN[0]!.bytes, false)).toBe(PROBE.certain);
		expect(probe(m.sessionRequest("A", "B"), false)).toBe(PROBE.certain);
		expect(probe(m.KEEP_ALIVE, false)).toBe(PROBE.mismatch);
		expect(probe(m.KEEP_ALIVE, true)).toBe(PROBE.match);
		expect(probe(hex("83000001 82"), true)).toBe(PROBE.match);
		expect(probe(hex("84000006 0a000001 01bd"), true)).toBe(PROBE.match);
		expect(probe(hex("83000001 00"), true)).toBe(PROBE.mismatch);
		expect(probe(hex("00000040 ff 53"), true)).toBe(PROBE.more);
		expect(probe(hex("00000040 ff 54"), true)).toBe(PROBE.mismatch);
		expect(probe(hex("00000004 ff534d42"), true)).toBe(PROBE.mismatch);
		expect(probe(hex("16030100"), true)).toBe(PROBE.mismatch);
		expect(probe(hex("81000044 20 20"), true)).toBe(PROBE.mismatch);
	});

	it("takes keep-alives and refusals of NetBIOS in its stride", () => {
		const talk = harness();
		talk
			.request(m.sessionRequest("*SMBSERVER", "HMI-1"))
			.response(hex("83000001 82"))
			.request(m.KEEP_ALIVE)
			.response(hex("84000006 0a000001 01bd"));
		expect(talk.records).toMatchObject([{ action: "requested" }, { action: "refused" }, { action: "sent elsewhere" }]);
		expect(talk.identities).toMatchObject([{ hostName: "HMI-1" }]);
	});
});

streamSuite(smb, [LOGIN, [...LOGIN, ...FILES], [...LOGIN, ...CALLS], OLD]);
