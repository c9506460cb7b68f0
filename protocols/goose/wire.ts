/** IEC 61850-8-1:2011+A1:2020, annex C.2 (frame) and annex A (APDU). */
import { application, context } from "../../src/wire/ber.ts";

export const ETHER_TYPE = 0x88b8;

/** What follows the EtherType (table C.3). */
export const HEADER = { appId: 0, length: 2, reserved1: 4, size: 8 } as const;
/** Of Reserved 1: S, what is sent is simulated (C.2.8). */
export const SIMULATED = 0x8000;

/** GOOSEpdu: [APPLICATION 1]. */
export const GOOSE_PDU = application(1);

/** IECGoosePdu. */
export const FIELD = {
	gocbRef: context(0),
	timeAllowedtoLive: context(1),
	datSet: context(2),
	goID: context(3),
	t: context(4),
	stNum: context(5),
	sqNum: context(6),
	simulation: context(7),
	confRev: context(8),
	ndsCom: context(9),
	numDatSetEntries: context(10),
	allData: context(11),
} as const;
