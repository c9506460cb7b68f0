/** Reports of IEC 61850 (8-1, 17.2.2 and 17.2.3): an information report about the list `RPT`, whose values say first which of them there are. */
import { OPERATION_POINTS } from "../../src/decode/protocol.ts";
import type { Value } from "../../src/wire/mmsData.ts";
import type { Report } from "./observation.ts";

/** Optional fields, in the order of their bits and of their values. */
const OPTION = {
	sequenceNumber: 1,
	timeOfEntry: 2,
	reason: 3,
	dataSet: 4,
	dataReference: 5,
	bufferOverflow: 6,
	entryId: 7,
	confRev: 8,
	segmentation: 9,
} as const;
export const REPORT_LIST = "RPT";

/** Undefined where the values are not those of a report. */
export function reportOf(values: readonly Value[]): Report | undefined {
	const [rptId, options] = values;
	if (typeof rptId !== "string" || typeof options !== "string" || !/^0b[01]{10}$/.test(options)) return undefined;
	const has = (bit: number): boolean => options[2 + bit] === "1";
	let at = 2;
	const take = (bit: number): Value | undefined => (has(bit) ? values[at++] : undefined);
	const sqNum = take(OPTION.sequenceNumber);
	const timeOfEntry = take(OPTION.timeOfEntry);
	const dataSet = take(OPTION.dataSet);
	const bufferOverflow = take(OPTION.bufferOverflow);
	take(OPTION.entryId);
	const confRev = take(OPTION.confRev);
	take(OPTION.segmentation);
	take(OPTION.segmentation);
	const inclusion = values[at++];
	if (typeof inclusion !== "string" || !/^0b[01]*$/.test(inclusion)) return undefined;
	const members: number[] = [];
	for (let index = 0; index + 2 < inclusion.length; index++) if (inclusion[index + 2] === "1") members.push(index);
	const count = members.length;
	const parts = 1 + (has(OPTION.dataReference) ? 1 : 0);
	if (values.length < at + count * parts) return undefined;
	const references = has(OPTION.dataReference) ? values.slice(at, at + count) : undefined;
	if (references !== undefined) at += count;
	const set = typeof dataSet === "string" ? dataSet : rptId;
	return {
		rptId,
		sqNum: typeof sqNum === "number" ? sqNum : undefined,
		timeOfEntry,
		dataSet: typeof dataSet === "string" ? dataSet : "",
		confRev: typeof confRev === "number" ? confRev : undefined,
		bufferOverflow: typeof bufferOverflow === "boolean" ? bufferOverflow : undefined,
		points: members.slice(0, OPERATION_POINTS).map((member, index) => {
			const reference = references?.[index];
			return typeof reference === "string" ? reference : `${set}[${member}]`;
		}),
		values: values.slice(at, at + Math.min(count, OPERATION_POINTS)),
	};
}
