/** An observation as the fields of a `decode` line: the standard's names. */

import { plainOf } from "../../src/wire/mmsData.ts";
import { objectClassName, outcomeName, PDU, pduName, SERVICE, serviceName, unconfirmedName } from "./codes.ts";
import type { MmsObservation, Report } from "./observation.ts";

/** VMD logical and physical status (ISO 9506-2, 10.2). */
const LOGICAL = ["state-changes-allowed", "no-state-changes-allowed", "limited-services-permitted", "support-services-allowed"];
const PHYSICAL = ["operational", "partially-operational", "inoperable", "needs-commissioning"];

function reportRecord(report: Report): Record<string, unknown> {
	const { rptId, sqNum, timeOfEntry, dataSet, confRev, bufferOverflow, points, values } = report;
	return {
		rptId,
		...(sqNum !== undefined && { sqNum }),
		...(timeOfEntry !== undefined && { timeOfEntry: plainOf(timeOfEntry) }),
		...(dataSet !== "" && { dataSet }),
		...(confRev !== undefined && { confRev }),
		...(bufferOverflow !== undefined && { bufferOverflow }),
		points: [...points],
		values: values.map(plainOf),
	};
}

export function recordOf(o: MmsObservation): Record<string, unknown> {
	const pdu = pduName(o.pdu);
	const isUnconfirmed = o.pdu === PDU.unconfirmed;
	return {
		...(pdu !== undefined && { pdu }),
		...(o.invokeId >= 0 && { invokeID: o.invokeId }),
		...(o.service >= 0 && { service: isUnconfirmed ? unconfirmedName(o.service) : serviceName(o.service) }),
		...(o.list !== "" && { variableListName: o.list }),
		...(o.objectClass >= 0 && { objectClass: objectClassName(o.objectClass) }),
		...(o.subject !== "" && { subject: o.subject }),
		...(o.target !== "" && { target: o.target }),
		...(o.names.length > 0 && { names: [...o.names] }),
		...(o.written.length > 0 && { listOfData: o.written.map(plainOf) }),
		...(o.values.length > 0 && { listOfAccessResult: resultsOf(o) }),
		...(o.report !== undefined && { report: reportRecord(o.report) }),
		...(o.moreFollows !== undefined && { moreFollows: o.moreFollows }),
		...(o.length >= 0 && { length: o.length }),
		...(o.vendor !== "" && { vendorName: o.vendor }),
		...(o.model !== "" && { modelName: o.model }),
		...(o.revision !== "" && { revision: o.revision }),
		...(o.logicalStatus >= 0 && { vmdLogicalStatus: LOGICAL[o.logicalStatus] ?? o.logicalStatus }),
		...(o.physicalStatus >= 0 && { vmdPhysicalStatus: PHYSICAL[o.physicalStatus] ?? o.physicalStatus }),
		...(o.callingTitle !== "" && { callingApTitle: o.callingTitle }),
		...(o.calledTitle !== "" && { calledApTitle: o.calledTitle }),
		...(o.applicationContext !== "" && { applicationContext: o.applicationContext }),
		...(o.mechanism !== "" && { authenticationMechanism: o.mechanism }),
		...(o.hasPassword && { hasPassword: true }),
		...(o.pduSize >= 0 && { localDetail: o.pduSize }),
		...(o.outcomeCode !== 0 && { error: outcomeName(o.outcomeCode) }),
		...(o.latency >= 0 && { latencyMs: Math.round(o.latency) / 1000 }),
		...(o.requestFrame > 0 && { requestFrame: o.requestFrame }),
		...(o.violation !== "" && { violations: [o.violation] }),
	};
}

/** Of a write: true, or why not. */
const resultsOf = (o: MmsObservation): unknown[] =>
	o.service === SERVICE.write ? o.values.map((value) => (value === true ? "success" : { error: value })) : o.values.map(plainOf);
