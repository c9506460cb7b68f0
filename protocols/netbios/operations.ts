/**
 * NetBIOS in neutral words: a question that one host alone is asked is a `browse` of its names, a node status an `identify`; names that are claimed, asked for and announced say who a
 * host is, and who answers for a name without being a name server takes it.
 */
import type { IdentityClaim, OperationSink } from "../../src/decode/protocol.ts";
import { WINDOWS } from "../../src/wire/ntlm.ts";
import { COMMAND, OPCODE, SERVER, STATUS_CODE, SUFFIX, TYPE } from "./codes.ts";
import type { NetbiosName, NetbiosObservation } from "./observation.ts";

export function operations(o: NetbiosObservation, sink: OperationSink): void {
	if (o.kind === "malformed") return;
	if (o.isDatagram) {
		announce(o, sink);
		return;
	}
	const isFirst = o.kind === "request" || (o.kind === "unsolicited" && o.opcode === OPCODE.query);
	if (isFirst && o.type === TYPE.name && o.name !== undefined && o.opcode === OPCODE.query)
		sink.trace("domain", o.name.name, o.kind !== "request");
	if (o.kind === "request") claim(o, sink);
	else {
		if (o.kind !== "unsolicited") say(o, sink);
		if (o.kind !== "unanswered") answer(o, sink);
	}
}

/** An exchange with one host, which was asked for itself. */
function say(o: NetbiosObservation, sink: OperationSink): void {
	if (o.opcode === OPCODE.wait) return;
	const isStatus = o.type === TYPE.status;
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame;
	operation.verb = isStatus ? "identify" : o.opcode === OPCODE.query ? "browse" : "configure";
	operation.code = isStatus ? STATUS_CODE : o.opcode;
	operation.outcome = o.kind === "unanswered" ? "unanswered" : o.responseCode === 0 ? "ok" : "refused";
	operation.outcomeCode = o.responseCode;
	operation.latency = o.latency;
	sink.commit();
}

/** The role that a name stands for. */
function roleOf({ suffix, isGroup }: NetbiosName): string | undefined {
	if (suffix === SUFFIX.controllers && isGroup === true) return "domain controller";
	if (isGroup === true) return undefined;
	if (suffix === SUFFIX.domainMaster) return "domain master browser";
	return suffix === SUFFIX.master ? "master browser" : undefined;
}
/** It names the host itself. */
const isHost = ({ suffix, isGroup }: NetbiosName): boolean =>
	isGroup === false && (suffix === SUFFIX.workstation || suffix === SUFFIX.server);

/** Who registers or refreshes a name at his own address says who he is. */
function claim(o: NetbiosObservation, sink: OperationSink): void {
	const isClaim = o.opcode !== OPCODE.query && o.opcode !== OPCODE.release && o.opcode !== OPCODE.wait;
	const { name, senderIp: ip } = o;
	if (!isClaim || name === undefined || ip === "" || !o.addresses.some((one) => one.ip === ip)) return;
	const role = roleOf(name);
	if (isHost(name)) sink.identity({ ip, hostName: name.name, evidence: "NetBIOS registration" });
	else if (role !== undefined) sink.identity({ ip, role, presumed: true, evidence: "NetBIOS registration" });
}

function answer(o: NetbiosObservation, sink: OperationSink): void {
	const { name, names, senderIp: ip } = o;
	if (ip === "" || o.responseCode !== 0) return;
	if (o.isNameServer && o.isMatched) sink.identity({ ip, role: "NetBIOS name server", duty: "names", evidence: "NetBIOS answer" });
	if (names.length > 0) {
		const host = names.find(isHost);
		const role = names.map(roleOf).find((one) => one !== undefined);
		const statements = new Map<string, string>();
		if (host !== undefined) statements.set("name", host.name);
		const domain = names.find(({ suffix, isGroup }) => suffix === SUFFIX.workstation && isGroup === true);
		if (domain !== undefined) statements.set("domain", domain.name);
		if (o.unitId !== "") statements.set("unit id", o.unitId);
		sink.identity({ ip, ...(host !== undefined && { hostName: host.name }), statements, evidence: "NetBIOS node status" });
		if (role !== undefined) sink.identity({ ip, role, presumed: true, evidence: "NetBIOS node status" });
	}
	// A name server answers for others; a host for itself alone.
	if (o.opcode !== OPCODE.query || o.type !== TYPE.name || name === undefined || o.isNameServer || !isHost(name)) return;
	for (const { ip: at } of o.addresses) sink.takesName(ip, name.name, at);
	if (o.addresses.some((one) => one.ip === ip)) sink.identity({ ip, hostName: name.name, presumed: true, evidence: "NetBIOS answer" });
}

/** [MS-BRWS] 2.2.1, 2.2.10: who a server says to be. What a domain announces is about the domain. */
function announce(o: NetbiosObservation, sink: OperationSink): void {
	const { announcement, command, senderIp: ip, sourceIp } = o;
	// Passed on by somebody else, or forged: it is about another host.
	if (announcement === undefined || ip === "" || ip !== sourceIp) return;
	const evidence = "NetBIOS announcement";
	if (command === COMMAND.domain || command === COMMAND.master) {
		sink.identity({ ip, role: command === COMMAND.domain ? "master browser" : "domain master browser", presumed: true, evidence });
		return;
	}
	if (command !== COMMAND.host && command !== COMMAND.localMaster) return;
	const { name, version, serverType } = announcement;
	const isUnix = (serverType & SERVER.unix) !== 0;
	const system = isUnix ? "Unix" : (serverType & SERVER.windows) !== 0 ? WINDOWS[version] : undefined;
	const role =
		(serverType & (SERVER.controller | SERVER.backupController)) !== 0
			? "domain controller"
			: command === COMMAND.localMaster
				? "master browser"
				: undefined;
	const claim: IdentityClaim = { ip, evidence };
	if (name !== "") claim.hostName = name;
	sink.identity(claim);
	if (system !== undefined || role !== undefined)
		sink.identity({
			ip,
			...(system !== undefined && { operatingSystem: system }),
			...(role !== undefined && { role }),
			presumed: true,
			evidence,
		});
}
