/** SMB1, SMB2 and SMB3: who logs in to which host, which files go where, and what is called through its pipes. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { COMMAND, commandName, isLoginRefusal, OLD, OLD_COMMAND, statusName } from "./codes.ts";
import { MAX_MESSAGE, probe, SmbStream, sender } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { SmbObservation } from "./observation.ts";
import { operations } from "./operations.ts";
import { recordOf } from "./record.ts";

const isSession = (code: number): boolean => code === COMMAND.sessionSetup || code === OLD + OLD_COMMAND.sessionSetup;

export const smb: Protocol<SmbObservation> = {
	name: "smb",
	title: "SMB",
	tcp: {
		ports: [445, 139],
		carriesFiles: true,
		maxMessage: MAX_MESSAGE,
		probe,
		sender,
		open: (context) => new SmbStream(context),
	},
	isControl: false,
	service: {},
	spaces: [],
	record: recordOf,
	operations,
	operationName: (code) => (isSession(code) ? `log in (${commandName(code)})` : commandName(code)),
	outcomeName: statusName,
	isLogin: (code, outcomeCode) => isSession(code) && (outcomeCode === 0 || isLoginRefusal(outcomeCode)),
	pointName: (name) => name,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
