/** Secure authentication, version 5 (IEEE 1815-2012, clause 7 and A.45): the objects of group 120. What is encrypted or hashed is only named by its length. */
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { authenticationErrorName, keyStatusName, userOperationName } from "./codes.ts";
import { timeAt } from "./reader.ts";
import { textOf } from "./text.ts";

export const AUTHENTICATION_GROUP = 120;
export const AUTHENTICATION_OBJECT = {
	challenge: 1,
	reply: 2,
	aggressive: 3,
	keyStatusRequest: 4,
	keyStatus: 5,
	keyChange: 6,
	error: 7,
	certificate: 8,
	code: 9,
	userStatus: 10,
	updateRequest: 11,
	updateReply: 12,
	updateChange: 13,
	updateSignature: 14,
	updateConfirmation: 15,
} as const;
/** Shortest length of each variation, without what is as long as it says. */
const LENGTHS = [0, 8, 6, 6, 2, 11, 6, 15, 2, 0, 16, 5, 8, 8, 0, 0] as const;

export interface AuthenticationFacts {
	challengeSequence?: number;
	userNumber?: number;
	macAlgorithm?: number;
	reason?: number;
	keyChangeSequence?: number;
	keyWrapAlgorithm?: number;
	keyStatus?: number;
	associationId?: number;
	errorCode?: number;
	time?: number;
	keyChangeMethod?: number;
	operation?: number;
	userRole?: number;
	userName?: string;
	text?: string;
	/** Bytes of a code, a key, a challenge, a certificate. */
	dataLength?: number;
}

/** What one object of group 120 says; undefined where it is cut. */
export function authenticationFactsOf(bytes: Uint8Array, start: number, end: number, variation: number): AuthenticationFacts | undefined {
	const shortest = LENGTHS[variation];
	if (shortest === undefined || end - start < shortest) return undefined;
	const after = (length: number) => end - start - length;
	switch (variation) {
		case AUTHENTICATION_OBJECT.challenge:
			return {
				challengeSequence: u32le(bytes, start),
				userNumber: u16le(bytes, start + 4),
				macAlgorithm: u8(bytes, start + 6),
				reason: u8(bytes, start + 7),
				dataLength: after(8),
			};
		case AUTHENTICATION_OBJECT.reply:
		case AUTHENTICATION_OBJECT.aggressive:
			return {
				challengeSequence: u32le(bytes, start),
				userNumber: u16le(bytes, start + 4),
				...(variation === AUTHENTICATION_OBJECT.reply && { dataLength: after(6) }),
			};
		case AUTHENTICATION_OBJECT.keyStatusRequest:
			return { userNumber: u16le(bytes, start) };
		case AUTHENTICATION_OBJECT.keyStatus:
			return {
				keyChangeSequence: u32le(bytes, start),
				userNumber: u16le(bytes, start + 4),
				keyWrapAlgorithm: u8(bytes, start + 6),
				keyStatus: u8(bytes, start + 7),
				macAlgorithm: u8(bytes, start + 8),
			};
		case AUTHENTICATION_OBJECT.keyChange:
			return { keyChangeSequence: u32le(bytes, start), userNumber: u16le(bytes, start + 4), dataLength: after(6) };
		case AUTHENTICATION_OBJECT.error:
			return {
				challengeSequence: u32le(bytes, start),
				userNumber: u16le(bytes, start + 4),
				associationId: u16le(bytes, start + 6),
				errorCode: u8(bytes, start + 8),
				time: timeAt(bytes, start + 9),
				...(after(15) > 0 && { text: textOf(bytes, start + 15, end) }),
			};
		case AUTHENTICATION_OBJECT.certificate:
			return { keyChangeMethod: u8(bytes, start), dataLength: after(2) };
		case AUTHENTICATION_OBJECT.userStatus:
			return {
				keyChangeMethod: u8(bytes, start),
				operation: u8(bytes, start + 1),
				userRole: u16le(bytes, start + 6),
				userName: textOf(bytes, start + 16, Math.min(end, start + 16 + u16le(bytes, start + 10))),
			};
		case AUTHENTICATION_OBJECT.updateRequest:
			return {
				keyChangeMethod: u8(bytes, start),
				userName: textOf(bytes, start + 5, Math.min(end, start + 5 + u16le(bytes, start + 1))),
			};
		case AUTHENTICATION_OBJECT.updateReply:
		case AUTHENTICATION_OBJECT.updateChange:
			return { keyChangeSequence: u32le(bytes, start), userNumber: u16le(bytes, start + 4), dataLength: u16le(bytes, start + 6) };
		default:
			return { dataLength: end - start };
	}
}

/** The fields of a line. */
export function authenticationRecord({ keyStatus, errorCode, operation, time, ...facts }: AuthenticationFacts): Record<string, unknown> {
	return {
		...facts,
		...(keyStatus !== undefined && { keyStatus: keyStatusName(keyStatus) }),
		...(errorCode !== undefined && { errorCode, error: authenticationErrorName(errorCode) }),
		...(operation !== undefined && { operation: userOperationName(operation) }),
		...(time !== undefined && time > 0 && { time: time / 1000 }),
	};
}
