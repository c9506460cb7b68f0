/**
 * SNMP in neutral words. Get, GetNext and GetBulk read, Set writes, traps and informs report; the objects are the points. What an agent answers of itself names the device. A report says what was
 * wrong with a request of version 3: who asks which engine it is talks to (discovery) identifies; a user that is not known, or a wrong password, is a login that was refused.
 */
import type { IdentityClaim, Operation, OperationSink, Outcome, Verb } from "../../src/decode/protocol.ts";
import { OPERATION_POINTS } from "../../src/decode/protocol.ts";
import {
	enterpriseName,
	enterpriseOf,
	errorName,
	isReport,
	objectName,
	pduName,
	REPORT,
	reportCode,
	reportName,
	VERSION_NAMES,
} from "./codes.ts";
import type { SnmpObservation, Variable } from "./observation.ts";
import { FLAG, PDU, VALUE, VERSION } from "./wire.ts";

/** Operations that are no PDU: a login of version 3, and an encrypted exchange. */
const LOGIN = 1;
const ENCRYPTED = 0;

export function operationName(code: number): string {
	if (code === LOGIN) return "SNMPv3 login";
	return code === ENCRYPTED ? "encrypted SNMPv3 exchange" : `SNMP ${pduName(code)}`;
}
export const outcomeName = (code: number): string => (isReport(code) ? reportName(code) : `${errorName(code)} (error ${code})`);
/** RFC 3414, 3.2: only these two say that a name or a password was wrong. */
export const isLogin = (code: number, outcomeCode: number): boolean =>
	code === LOGIN && (outcomeCode === 0 || outcomeCode === REPORT.unknownUser || outcomeCode === REPORT.wrongDigest);

export function pointName(name: string): string {
	const words = objectName(name);
	return words === undefined ? `object ${name}` : `${words} (${name})`;
}

const verbOf = (pdu: number): Verb => {
	if (pdu === PDU.set) return "write";
	if (pdu === PDU.trap || pdu === PDU.trapV1 || pdu === PDU.inform) return "report";
	return pdu === 0 ? "other" : "read";
};

export function operations(o: SnmpObservation, sink: OperationSink): void {
	switch (o.kind) {
		case "response":
			if (o.requestPdu === 0) return;
			if (o.errorStatus === 0) {
				// What was read is what came back; what was written is what was asked for, and comes back.
				say(o, sink, o.requestPdu, "ok", 0);
				if (o.requestPdu !== PDU.set) identify(o, sink);
			} else say(o, sink, o.requestPdu, "refused", o.errorStatus);
			show(o, sink);
			break;
		case "report":
			report(o, sink);
			break;
		case "unanswered":
			say(o, sink, o.requestPdu, "unanswered", 0);
			break;
		case "notification":
			say(o, sink, o.pdu, "unsolicited", 0);
			break;
		case "encrypted":
			if (o.isFromServer && o.latency >= 0) {
				say(o, sink, ENCRYPTED, "ok", 0);
				login(o, sink, "ok", 0);
				show(o, sink);
			}
	}
	if (o.kind === "response" && o.version === VERSION.three && o.latency >= 0 && (o.flags & FLAG.authenticated) !== 0)
		login(o, sink, "ok", 0);
}

function begin(o: SnmpObservation, sink: OperationSink, verb: Verb, code: number, outcome: Outcome, outcomeCode: number): Operation {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame;
	operation.verb = verb;
	operation.code = code;
	operation.outcome = outcome;
	operation.outcomeCode = outcomeCode;
	operation.latency = o.latency;
	return operation;
}

function say(o: SnmpObservation, sink: OperationSink, code: number, outcome: Outcome, outcomeCode: number): void {
	const operation = begin(o, sink, verbOf(code), code, outcome, outcomeCode);
	const count = Math.min(o.variables.length, OPERATION_POINTS);
	const hasValues = outcome !== "unanswered" || code === PDU.set;
	for (let at = 0; at < count; at++) {
		const variable = o.variables[at]!;
		sink.named(variable.oid);
		if (hasValues) operation.values[at] = variable.number;
	}
	operation.valueCount = hasValues ? operation.pointCount : 0;
	sink.commit();
}

function login(o: SnmpObservation, sink: OperationSink, outcome: Outcome, outcomeCode: number): void {
	begin(o, sink, "authenticate", LOGIN, outcome, outcomeCode);
	sink.commit();
}

function report(o: SnmpObservation, sink: OperationSink): void {
	const code = reportCode(o.variables[0]?.oid ?? "");
	if (code === REPORT.unknownUser || code === REPORT.wrongDigest) login(o, sink, "refused", code);
	else if (code === REPORT.unknownEngine || code === REPORT.notInTime) {
		// RFC 3414, 4: so a manager learns the agent's engine and clock.
		begin(o, sink, "identify", PDU.report, "ok", 0);
		sink.commit();
	} else if (o.requestPdu !== 0) say(o, sink, o.requestPdu, "refused", code);
	const vendor = o.engine === undefined ? undefined : enterpriseName(o.engine.enterprise);
	if (vendor !== undefined) sink.identity({ vendor, presumed: true, evidence: "SNMP engine id" });
}

/** How the two secure what they say, and who asks, once the agent has answered it. Of a community nothing is said: it is a password, and anybody's. */
function show(o: SnmpObservation, sink: OperationSink): void {
	const version = VERSION_NAMES[o.version]!;
	if (o.version !== VERSION.three) {
		sink.credential({ kind: "security", text: `${version} with a community`, isServer: false, isNameless: true, rank: 0 });
		return;
	}
	const isAuthenticated = (o.flags & FLAG.authenticated) !== 0;
	const isPrivate = (o.flags & FLAG.private) !== 0;
	const words = isPrivate ? "signed and encrypted" : isAuthenticated ? "signed" : "without protection";
	sink.credential({ kind: "security", text: `${version} ${words}`, isServer: false, rank: isPrivate ? 3 : isAuthenticated ? 2 : 1 });
	if (o.userName !== "") sink.credential({ kind: "user", text: o.userName, isServer: false });
}

const SYSTEM = "1.3.6.1.2.1.1.";
/** The first physical entity of a device is the device, in all but those that begin with a stack or a slot (RFC 6933, entPhysicalTable). */
const ENTITY = "1.3.6.1.2.1.47.1.1.1.1.";
/** NET-SNMP-TC: the agents of net-snmp say by this which system they run on. */
const NET_SNMP = "1.3.6.1.4.1.8072.3.2.";
const NET_SNMP_SYSTEMS: Readonly<Record<string, string>> = { "8": "FreeBSD", "10": "Linux", "13": "Windows", "16": "macOS" };

/** Objects whose value is a text of the device about itself. */
const TEXTS: Readonly<Record<string, keyof IdentityClaim>> = {
	[`${SYSTEM}5.0`]: "hostName",
	[`${ENTITY}9.1`]: "firmware",
	[`${ENTITY}11.1`]: "serialNumber",
	[`${ENTITY}12.1`]: "vendor",
	[`${ENTITY}13.1`]: "model",
};
const STATED: Readonly<Record<string, string>> = {
	[`${SYSTEM}1.0`]: "sysDescr",
	[`${SYSTEM}2.0`]: "sysObjectID",
	[`${ENTITY}9.1`]: "entPhysicalFirmwareRev",
	[`${ENTITY}11.1`]: "entPhysicalSerialNum",
};

function identify(o: SnmpObservation, sink: OperationSink): void {
	let claim: Record<string, string> | undefined;
	let statements: Map<string, string> | undefined;
	for (const variable of o.variables) {
		const { oid } = variable;
		if (!oid.startsWith(SYSTEM) && !oid.startsWith(ENTITY)) continue;
		const text = variable.text.trim();
		if (text === "") continue;
		const field = TEXTS[oid];
		if (field !== undefined) claim = { ...claim, [field]: text };
		const said = claimOf(variable, text);
		if (said !== undefined) claim = { ...said, ...claim };
		const statement = STATED[oid];
		if (statement !== undefined) statements = (statements ?? new Map<string, string>()).set(statement, text);
	}
	if (claim === undefined && statements === undefined) return;
	sink.identity({ ...claim, ...(statements !== undefined && { statements }), evidence: "SNMP answer" });
}

/** What sysDescr and sysObjectID give away. */
function claimOf({ oid, type }: Variable, text: string): Record<string, string> | undefined {
	if (oid === `${SYSTEM}2.0` && type !== VALUE.noSuchObject) {
		if (text.startsWith(NET_SNMP)) {
			const operatingSystem = NET_SNMP_SYSTEMS[text.slice(NET_SNMP.length)];
			return { application: "net-snmp", ...(operatingSystem !== undefined && { operatingSystem }) };
		}
		const vendor = enterpriseName(enterpriseOf(text));
		return vendor === undefined ? undefined : { vendor };
	}
	if (oid !== `${SYSTEM}1.0`) return undefined;
	// uname -a, as net-snmp gives it.
	const release = /^Linux \S+ (\d[\w.+~-]*)/.exec(text)?.[1];
	return release === undefined ? undefined : { operatingSystem: `Linux ${release}` };
}
