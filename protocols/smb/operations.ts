/**
 * SMB in neutral words. A session is an authentication; opening a share is one too, of the share. A file is read or written when what went through it is said; one that is
 * created, renamed or removed is written, one that is only opened, and a list of files, is browsing. A procedure call is a command where it starts a program.
 */
import type { Operation, OperationSink, Outcome, Verb } from "../../src/decode/protocol.ts";
import { systemOf } from "../../src/wire/ntlm.ts";
import { COMMAND, isCall, OLD, OLD_COMMAND, operationOf, STATUS } from "./codes.ts";
import { isExecution } from "./execution.ts";
import type { SmbObservation } from "./observation.ts";
import { userOf } from "./smb2.ts";

/** Longest name that is a point. */
const MAX_POINT = 512;

/** What is said of commands as they are answered. */
const VERBS: ReadonlyMap<number, Verb> = new Map<number, Verb>([
	[COMMAND.negotiate, "identify"],
	[COMMAND.sessionSetup, "authenticate"],
	[COMMAND.treeConnect, "authenticate"],
	[COMMAND.create, "browse"],
	[COMMAND.queryDirectory, "browse"],
	[COMMAND.setInfo, "write"],
	[COMMAND.read, "read"],
	[COMMAND.write, "write"],
	[OLD + OLD_COMMAND.negotiate, "identify"],
	[OLD + OLD_COMMAND.sessionSetup, "authenticate"],
	[OLD + OLD_COMMAND.treeConnect, "authenticate"],
	[OLD + OLD_COMMAND.treeConnectAndx, "authenticate"],
	[OLD + OLD_COMMAND.ntCreate, "browse"],
	[OLD + OLD_COMMAND.openAndx, "browse"],
	[OLD + OLD_COMMAND.open, "browse"],
	[OLD + OLD_COMMAND.create, "write"],
	[OLD + OLD_COMMAND.readAndx, "read"],
	[OLD + OLD_COMMAND.read, "read"],
	[OLD + OLD_COMMAND.writeAndx, "write"],
	[OLD + OLD_COMMAND.write, "write"],
	[OLD + OLD_COMMAND.createDirectory, "write"],
	[OLD + OLD_COMMAND.deleteDirectory, "write"],
	[OLD + OLD_COMMAND.delete, "write"],
	[OLD + OLD_COMMAND.rename, "write"],
]);
const isSession = (command: number): boolean => command === COMMAND.sessionSetup || command === OLD + OLD_COMMAND.sessionSetup;
const isNegotiation = (command: number): boolean => command === COMMAND.negotiate || command === OLD + OLD_COMMAND.negotiate;
const READ_CODE = [OLD + OLD_COMMAND.readAndx, COMMAND.read] as const;
const WRITE_CODE = [OLD + OLD_COMMAND.writeAndx, COMMAND.write] as const;

export function operations(o: SmbObservation, sink: OperationSink): void {
	switch (o.kind) {
		case "exchange":
			exchange(o, sink);
			return;
		case "transfer":
			transferred(o, sink);
			return;
		case "call":
			called(o, sink, o.isFault ? "refused" : "ok");
			return;
		case "unanswered":
			if (isCall(o.command)) called(o, sink, "unanswered");
			else if (VERBS.has(o.command)) {
				begin(o, sink, VERBS.get(o.command)!, o.command, "unanswered");
				point(o, sink);
				sink.commit();
			}
			return;
		case "session":
			if (o.action === "requested") nameBoth(o, sink);
			return;
	}
}

function begin(o: SmbObservation, sink: OperationSink, verb: Verb, code: number, outcome: Outcome): Operation {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame >= 0 ? o.requestFrame : o.frame;
	operation.verb = verb;
	operation.code = code;
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? o.status : 0;
	operation.latency = o.latency;
	return operation;
}

/** Share and file, as a path of the server. */
function point(o: SmbObservation, sink: OperationSink): void {
	const path = pathOf(o);
	if (path !== "") sink.named(path);
}

const shareOf = (o: SmbObservation): string => o.share.slice(o.share.lastIndexOf("\\") + 1);

function pathOf(o: SmbObservation): string {
	const name = o.fileName.replace(/^\\+/, "");
	const share = shareOf(o);
	return (share === "" ? name : name === "" ? share : `${share}\\${name}`).slice(-MAX_POINT);
}

function exchange(o: SmbObservation, sink: OperationSink): void {
	const { command, status } = o;
	if (isSession(command)) {
		loggedIn(o, sink);
		return;
	}
	const isGood = status >>> 30 < 2;
	if (isNegotiation(command)) identifyByNegotiation(o, sink);
	if (command === COMMAND.close || command === OLD + OLD_COMMAND.close) {
		transferred(o, sink);
		return;
	}
	const isDirectoryList = command === OLD + OLD_COMMAND.transaction2 && o.subFunction === "FIND_FIRST2";
	let verb = isDirectoryList ? "browse" : VERBS.get(command);
	if (verb === undefined) return;
	if (command === COMMAND.setInfo && o.subFunction === "") return;
	if (verb === "browse" && (o.action === "created" || o.action === "overwritten" || o.action === "superseded")) verb = "write";
	// A pipe has a name, and is no file.
	if (o.fileName !== "" && o.shareType !== "pipe") sink.trace("file-name", o.fileName, false);
	if (o.newName !== "") sink.trace("file-name", o.newName, false);
	// What is not there any more, or not yet, is no refusal: programs look for what they want.
	const isMissing = verb === "browse" && MISSING.has(status);
	const operation = begin(o, sink, verb, command, isGood || isMissing ? "ok" : "refused");
	if (isMissing) operation.outcomeCode = 0;
	point(o, sink);
	sink.commit();
}

/** [MS-ERREF] 2.3.1: no such file, no more files, name not found, path not found. */
const MISSING: ReadonlySet<number> = new Set([0x80000006, 0xc000000f, 0xc0000034, 0xc000003a, 0x00020001]);

function transferred(o: SmbObservation, sink: OperationSink): void {
	if (o.shareType === "pipe" || o.reads + o.writes === 0) return;
	const version = o.version === 1 ? 0 : 1;
	for (const isRead of [true, false]) {
		const amount = isRead ? o.bytesRead : o.bytesWritten;
		if (amount === 0) continue;
		const operation = begin(o, sink, isRead ? "read" : "write", (isRead ? READ_CODE : WRITE_CODE)[version]!, "ok");
		operation.latency = -1;
		point(o, sink);
		sink.commit();
	}
}

function called(o: SmbObservation, sink: OperationSink, outcome: Outcome): void {
	const name = operationOf(o.interfaceIndex, o.operation);
	const verb: Verb = isExecution(o.interfaceIndex, o.operation)
		? "command"
		: /Enum|Lookup|lookup|Query|Get|Open|Connect|Find|Read|inq|map/.test(name)
			? "browse"
			: /Set|Create|Add|Delete|Del|Remove|Change|Save|Restore|Replace|Load|Store|Control|Initiate|Clear|Register/.test(name)
				? "configure"
				: "other";
	begin(o, sink, verb, o.command, outcome);
	if (o.subject !== "") sink.named(o.subject.slice(0, MAX_POINT));
	if (o.program !== "") sink.trace("file-name", o.program, false);
	sink.commit();
}

function loggedIn(o: SmbObservation, sink: OperationSink): void {
	if (o.computer !== "" || o.dnsComputer !== "" || o.serverVersion !== "") identifyServer(o, sink, "NTLM challenge");
	if (o.serverSystem !== "" || o.serverManager !== "") identifyNative(o, sink);
	if (o.status === STATUS.moreProcessing) return;
	const isGood = o.status === STATUS.ok;
	begin(o, sink, "authenticate", o.command, isGood ? "ok" : "refused");
	sink.commit();
	if (!isGood) return;
	const { client } = o.ends;
	if (client !== undefined && (o.workstation !== "" || o.clientVersion !== ""))
		sink.identity({
			ip: client,
			...(o.workstation !== "" && { hostName: o.workstation }),
			...(o.clientVersion !== "" && { operatingSystem: systemOf(o.clientVersion) }),
			evidence: "NTLM login",
		});
	if (client !== undefined && o.clientSystem !== "")
		sink.identity({
			ip: client,
			operatingSystem: o.clientSystem,
			...(o.clientManager !== "" && { application: o.clientManager }),
			evidence: "SMB session",
			presumed: true,
		});
	if (o.user !== "" || o.isAnonymous)
		sink.credential({ kind: "user", text: userOf(o), isServer: false, isNameless: o.isAnonymous && o.user === "" });
}

function identifyServer(o: SmbObservation, sink: OperationSink, evidence: string): void {
	const { server } = o.ends;
	if (server === undefined) return;
	const statements = new Map<string, string>();
	if (o.computer !== "") statements.set("computer name", o.computer);
	if (o.targetDomain !== "") statements.set("domain", o.targetDomain);
	const hostName = o.dnsComputer || o.computer;
	sink.identity({
		ip: server,
		...(hostName !== "" && { hostName }),
		...(o.serverVersion !== "" && { operatingSystem: systemOf(o.serverVersion) }),
		...(statements.size > 0 && { statements }),
		evidence,
	});
}

function identifyNative(o: SmbObservation, sink: OperationSink): void {
	const { server } = o.ends;
	if (server === undefined) return;
	sink.identity({
		ip: server,
		...(o.serverSystem !== "" && { operatingSystem: o.serverSystem }),
		...(o.serverManager !== "" && { application: o.serverManager }),
		evidence: "SMB session",
		presumed: true,
	});
}

/** SMB1 without extended security names its server as it answers. */
function identifyByNegotiation(o: SmbObservation, sink: OperationSink): void {
	if (o.computer !== "") identifyServer(o, sink, "SMB negotiation");
}

/** RFC 1002: who calls and who is called; the general name "*SMBSERVER" is nobody's. */
function nameBoth(o: SmbObservation, sink: OperationSink): void {
	const { client, server } = o.ends;
	const claims = [
		[client, o.callingName],
		[server, o.calledName],
	] as const;
	for (const [ip, hostName] of claims)
		if (ip !== undefined && hostName !== "" && !hostName.startsWith("*")) sink.identity({ ip, hostName, evidence: "NetBIOS session" });
}
