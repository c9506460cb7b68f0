/** An observation as the fields of a `decode` line. */
import { commandName, statusName } from "./codes.ts";
import type { SmbObservation } from "./observation.ts";

const VERSIONS: readonly string[] = ["NetBIOS", "SMB1", "SMB2"];

export function recordOf(o: SmbObservation): Record<string, unknown> {
	const record: Record<string, unknown> = { version: VERSIONS[o.version]! };
	const text = (name: string, value: string): void => {
		if (value !== "") record[name] = value;
	};
	const flag = (name: string, value: boolean): void => {
		if (value) record[name] = true;
	};
	if (o.command >= 0 && o.kind !== "bind") record.command = commandName(o.command);
	if (o.kind === "malformed" || o.kind === "session" || o.kind === "encrypted" || o.kind === "compressed" || o.kind === "exploit")
		record.sender = o.isFromServer ? "server" : "client";
	if (o.status >= 0)
		record.status = o.kind === "call" && o.status !== 0 ? `0x${o.status.toString(16).padStart(8, "0")}` : statusName(o.status);
	if (o.sessionId > 0) record.sessionId = o.sessionId;
	if (o.treeId >= 0 && o.command >= 0) record.treeId = o.treeId;
	text("subFunction", o.subFunction);
	if (o.dialects.length > 0) record.dialects = [...o.dialects];
	text("dialect", o.dialect);
	flag("signingRequired", o.isSigningRequired);
	text("mechanism", o.mechanism);
	text("user", o.user);
	text("domain", o.domain);
	text("workstation", o.workstation);
	text("serverComputer", o.computer);
	text("serverDnsComputer", o.dnsComputer);
	text("serverDomain", o.targetDomain);
	text("serverDnsDomain", o.dnsDomain);
	text("clientVersion", o.clientVersion);
	text("serverVersion", o.serverVersion);
	text("clientNativeOs", o.clientSystem);
	text("clientNativeLanMan", o.clientManager);
	text("serverNativeOs", o.serverSystem);
	text("serverNativeLanMan", o.serverManager);
	flag("guest", o.isGuest);
	flag("anonymous", o.isAnonymous);
	flag("passwordInClear", o.isPasswordInClear);
	text("share", o.share);
	text("shareType", o.shareType);
	text("fileName", o.fileName);
	text("newName", o.newName);
	text("disposition", o.disposition);
	text("action", o.action);
	flag("directory", o.isDirectory);
	flag("delete", o.isDeleted);
	if (o.fileSize >= 0) record.fileSize = o.fileSize;
	if (o.reads > 0) Object.assign(record, { reads: o.reads, bytesRead: o.bytesRead });
	if (o.writes > 0) Object.assign(record, { writes: o.writes, bytesWritten: o.bytesWritten });
	if (o.interfaces.length > 0) record.interfaces = [...o.interfaces];
	text("interfaceId", o.interfaceId);
	if (o.operation >= 0) record.opnum = o.operation;
	flag("fault", o.isFault);
	text("subject", o.subject);
	text("program", o.program);
	text("calledName", o.calledName);
	text("callingName", o.callingName);
	text("reason", o.reason);
	if (o.size >= 0) record.size = o.size;
	if (o.latency >= 0) record.latencyMs = Math.round(o.latency) / 1000;
	if (o.requestFrame >= 0 && o.requestFrame !== o.frame) record.requestFrame = o.requestFrame;
	return record;
}
