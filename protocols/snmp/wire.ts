/** SNMP messages (RFC 1157, 3416, 3412, 3414): tags and bounds. Elements are read by `src/wire/ber.ts`. */

/** Commands and notifications (RFC 3430, 3; IANA). */
export const PORTS: readonly number[] = [161, 162];

export const VERSION = { one: 0, twoC: 1, three: 3 } as const;

/** Tags of PDUs (RFC 1157, 4.1; RFC 3416, 3). */
export const PDU = {
	get: 0xa0,
	getNext: 0xa1,
	response: 0xa2,
	set: 0xa3,
	trapV1: 0xa4,
	getBulk: 0xa5,
	inform: 0xa6,
	trap: 0xa7,
	report: 0xa8,
} as const;

/** Tags of values (RFC 2578, 7.1; RFC 3416, 3): universal ones are those of BER. */
export const VALUE = {
	ipAddress: 0x40,
	counter32: 0x41,
	gauge32: 0x42,
	timeTicks: 0x43,
	opaque: 0x44,
	counter64: 0x46,
	noSuchObject: 0x80,
	noSuchInstance: 0x81,
	endOfMibView: 0x82,
} as const;

/** Bits of msgFlags (RFC 3412, 6.4). */
export const FLAG = { authenticated: 1, private: 2, reportable: 4 } as const;
/** The user-based security model (RFC 3411, 5). */
export const USER_MODEL = 3;

/** Variables of one message that are kept; a message of 1,472 bytes has less than a hundred. */
export const MAX_VARIABLES = 256;
/** Bytes of a text that are kept. */
export const MAX_TEXT = 256;
/** Requests of one flow that wait for their answer. */
export const MAX_PENDING = 64;
/** Microseconds after which a request counts as unanswered; managers ask again after one to five seconds. */
export const PATIENCE = 5_000_000;
/** Communities that one flow may use before somebody is guessing them; a manager needs one to read and one to write. */
export const MANY_COMMUNITIES = 4;
